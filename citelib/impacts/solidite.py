"""Le tableau de solidité : pour chaque impact du référentiel, ce qui est mesuré et ce qu'on peut en dire."""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord, liste, typographie
from citelib.impacts.colleges import SANS_IMPUTATION, ecrire, ecrire_ecart, indicateurs_scolaires
from citelib.impacts.comparaison import delta_de
from citelib.impacts.enquetes import avant_apres_part, changement_declare
from citelib.mesures import Estimation, verdict
from citelib.mesures.comptes import NON_RENSEIGNE, de_l_annee, regrouper
from citelib.tables import CONNUES

NIVEAUX = {
    "A": "comparaison d'évolutions testée",
    "B": "comparaison d'évolutions indicative",
    "C": "avant et après, sans comparaison testée",
    "D": "déclaratif (changement perçu)",
    "E": "non mesuré",
}
"""Niveaux de preuve, du plus solide au plus faible. Source : note de méthode, §3.2."""
AUCUNE = "aucune"
VALEUR_AJOUTEE = "I05"
COLONNES = ["indicateur_code", "libelle", "valeur_presente", "comparaison", "niveau", "solidite"]
COLONNES += ["verdict", "verdict_code", "phrase"]


@publiable()
def tableau_solidite(
    indicateurs, valeurs, etablissements, reponses_beneficiaires, items, *, annee: int, comparees=None, invitations=None
) -> pd.DataFrame:
    """
    Une ligne par indicateur d'impact du référentiel, mesuré ou non.

    Args:
        comparees: table de `comparaisons` ; un indicateur qu'elle teste y prend son verdict et son niveau.
        invitations: voir `enquetes.changement_declare`.

    Une enquête avant et après donne un verdict ; une valeur exhaustive ou publiée se décrit, sans verdict.
    Les phrases ne donnent aucun nombre qui reposerait sur un petit effectif.

    Returns:
        `indicateur_code`, `libelle`, `valeur_presente` (« oui » ou « non »), `comparaison`, `niveau` (A à E),
        `solidite` (le niveau en mots), `verdict`, `verdict_code` (« description » sans verdict, «
        non_mesure »), `phrase`. Vide si l'année n'a ni valeur ni réponse.
    """
    lues = reponses_beneficiaires, items, indicateurs
    options = {"annee": annee, "invitations": invitations}
    enquetes = pd.concat([analyse(*lues, **options) for analyse in (changement_declare, avant_apres_part)])
    impacts = indicateurs[indicateurs["dimension"].eq("impacts")]
    codes = list(impacts["indicateur_code"])
    scolaires = indicateurs_scolaires(valeurs, indicateurs, etablissements, annee=annee, codes=codes)
    rangees = []
    for fiche in impacts.to_dict("records"):
        code = fiche["indicateur_code"]
        declares, colleges = (table[table["indicateur_code"].eq(code)] for table in (enquetes, scolaires))
        if len(declares):
            lecture = _enquete(declares)
        elif colleges["niveau_territoire"].eq("etablissement").any():
            lecture = _colleges(colleges, annee) | _comparee(comparees, code)
        else:
            lecture = _cite(fiche, valeurs, annee)
        present = "non" if lecture["verdict_code"] == "non_mesure" else "oui"
        lecture |= {"solidite": NIVEAUX[lecture["niveau"]], "phrase": typographie(lecture["phrase"])}
        rangees.append({"indicateur_code": code, "libelle": fiche["libelle"], "valeur_presente": present} | lecture)
    mesures = any(rangee["valeur_presente"] == "oui" for rangee in rangees)
    return pd.DataFrame(rangees if mesures else [], columns=COLONNES, dtype="str")


@publiable()
def paroles(verbatims, *, annee: int) -> pd.DataFrame:
    """
    Les paroles recueillies dans l'année dont la publication est permise.

    Returns:
        `parole`, `type_acteur`, `tonalite`, `recueil` (manière dont elle a été recueillie).
    """
    permises = verbatims[verbatims["annee"].eq(annee) & verbatims["diffusable"].fillna(False).astype(bool)]
    colonnes = ["texte_anonymise", "type_acteur", "tonalite", "recueil"]
    return permises[colonnes].rename(columns={"texte_anonymise": "parole"}).reset_index(drop=True)


@publiable(libres=("n_paroles", "n_montrees", "n_non_montrees"))
def recueil_des_paroles(verbatims, *, annee: int) -> pd.DataFrame:
    """
    Comment les paroles de l'année ont été recueillies, auprès de qui, par qui, et combien ne sont pas montrées.

    Returns:
        `recueil` (puis « Ensemble »), `type_acteur` et `saisi_par_role` (tous ceux du recueil), `n_paroles`,
        `n_montrees`, `n_non_montrees` (la publication n'en est pas permise).
    """
    lignes = de_l_annee(verbatims, annee).assign(
        recueil=lambda x: x["recueil"].fillna(NON_RENSEIGNE), permise=lambda x: x["diffusable"].fillna(False)
    )

    def calcul(x: pd.DataFrame) -> dict:
        dits = {nom: liste(sorted({*x[nom].dropna()})) or NON_RENSEIGNE for nom in ("type_acteur", "saisi_par_role")}
        comptes = {"n_paroles": len(x), "n_montrees": int(x["permise"].sum())}
        return dits | comptes | {"n_non_montrees": len(x) - comptes["n_montrees"]}

    return regrouper(lignes, "recueil", calcul, acceptes=("recueil",))


def _enquete(lignes: pd.DataFrame) -> dict:
    """Ce que disent les questions d'un indicateur : leur verdict commun, ou combien de chaque."""
    verdicts = lignes["verdict"].value_counts(sort=False)
    sortes = [sorte for sorte in lignes["appariement"].drop_duplicates() if sorte]
    comparaison = f"deux vagues, {liste(sortes)}" if sortes else AUCUNE
    lecture = lignes.iloc[0][["verdict", "verdict_code", "phrase"]].to_dict()
    if len(verdicts) > 1:
        lecture |= {"verdict": "Selon la question", "verdict_code": "selon_la_question"}
    if len(lignes) > 1:
        comptes = liste(f"« {libelle} » ({combien})" for libelle, combien in verdicts.items())
        lecture["phrase"] = f"{accord(len(lignes), 'question')} : {comptes}. {SANS_IMPUTATION}"
    return lecture | {"comparaison": comparaison, "niveau": max(lignes["niveau"])}


def _colleges(lignes: pd.DataFrame, annee: int) -> dict:
    """Ce que montrent les collèges : étendue des valeurs et des évolutions, face à l'académie."""
    colleges = lignes[lignes["niveau_territoire"].eq("etablissement")]
    references = lignes.loc[lignes["niveau_territoire"].ne("etablissement"), "territoire"]
    phrase = f"Valeurs connues pour {accord(len(colleges), 'collège')} en {annee}."
    if colleges["phrase"].ne("").all():
        unite, vues = colleges["unite"].iloc[0], colleges["valeur"]
        phrase = f"De {ecrire(vues.min(), unite)} à {ecrire(vues.max(), unite)} selon le collège en {annee}"
        ecarts = colleges["ecart"].dropna()
        academie = lignes.loc[lignes["niveau_territoire"].eq("academie"), "ecart"].dropna()
        if len(ecarts):
            bornes = [ecrire_ecart(ecart, unite) for ecart in (ecarts.min(), ecarts.max())]
            phrase += f" ; évolutions sur un an de {bornes[0]} à {bornes[1]}"
        if len(ecarts) and len(academie):
            phrase += f", contre {ecrire_ecart(academie.iloc[0], unite)} dans l'académie"
        phrase += "."
    comparaison = f"évolutions comparées : {liste(references)}" if len(references) else AUCUNE
    if lignes["indicateur_code"].iloc[0] == VALEUR_AJOUTEE:
        comparaison = "taux attendu d'élèves comparables, calculé par le ministère"
    return _description(f"{phrase} {SANS_IMPUTATION}") | {"comparaison": comparaison}


def _comparee(comparees: pd.DataFrame | None, code: str) -> dict:
    """Le verdict de la comparaison à des collèges semblables, si elle a pu être faite."""
    if comparees is None:
        return {}
    ligne = next(iter(comparees[comparees["indicateur_code"].eq(code)].to_dict("records")), None)
    if ligne is None or ligne["verdict_code"] == "donnees_insuffisantes":
        return {}
    combien = f"évolutions comparées : {accord(ligne['n_comparables'], 'collège semblable', 'collèges semblables')}"
    return {nom: ligne[nom] for nom in ("niveau", "verdict", "verdict_code", "phrase")} | {"comparaison": combien}


def _cite(fiche: dict, valeurs: pd.DataFrame, annee: int) -> dict:
    """Ce que montre la valeur de la cité : le sens de l'évolution, sans nombre."""
    lues = valeurs[valeurs["indicateur_code"].eq(fiche["indicateur_code"]) & valeurs["statut_valeur"].isin(CONNUES)]
    lues = lues[lues["niveau"].isin(("cite", "quartier"))]
    ici, avant = de_l_annee(lues, annee), de_l_annee(lues, annee - 1)
    if ici.empty:
        phrase = f"Aucune valeur en {annee} : changement non mesuré."
        mots = {"verdict": "Non mesuré", "verdict_code": "non_mesure", "phrase": phrase}
        return {"comparaison": AUCUNE, "niveau": "E"} | mots
    couple = [*avant["valeur"].dropna(), *ici["valeur"].dropna()]
    perimetres = pd.concat([ici, avant])["perimetre_version"].nunique(dropna=False)
    if len(avant) != 1 or len(ici) != 1 or len(couple) != 2 or perimetres > 1:
        return _description(f"Valeur connue en {annee}, sans valeur comparable en {annee - 1}. {SANS_IMPUTATION}")
    inconnue = float("nan")
    ecart = Estimation(float(couple[1] - couple[0]), inconnue, inconnue, 0, "valeurs collectées", fiche["unite"])
    sens = verdict(ecart, delta=delta_de(fiche), sens=fiche["sens"], exhaustif=True).libelle.lower()
    return _description(f"De {annee - 1} à {annee} : {sens}. {SANS_IMPUTATION}")


def _description(phrase: str) -> dict:
    """Une lecture sans verdict."""
    mots = {"verdict": "Décrit, sans verdict", "verdict_code": "description", "phrase": phrase}
    return {"comparaison": AUCUNE, "niveau": "C"} | mots
