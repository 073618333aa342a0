"""Suivi : quels objectifs ont changé d'état depuis l'an dernier, et que ne mesure-t-on toujours pas ?

Une valeur d'une année ne prolonge celle d'avant que si leur périmètre est le même : un changement de liste des
quartiers, par exemple, est une rupture, et se dit.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee
from citelib.resultats.cibles import objectifs as juger
from citelib.resultats.publics import ATTENDUS
from citelib.tables import AXES, libelle

RANGS = {"non atteint": 0, "partiel": 1, "atteint": 2}
"""Du moins au plus favorable ; un état « au plus » ou « non mesurable » ne se range pas."""
CHANGEMENTS = (
    "progresse",
    "recule",
    "sans changement",
    "devient mesurable",
    "n'est plus mesurable",
    "sans comparaison",
)
AVANT = {"valeur": "valeur_precedente", "etat": "etat_precedent", "nb_plus_petit_groupe": "nb_groupe_precedent"}


@publiable(
    effectifs=("nb_base", "nb_plus_petit_groupe", "nb_groupe_precedent"),
    bases=dict.fromkeys(("valeur", "borne_basse", "borne_haute", "taux_atteinte"), "nb_plus_petit_groupe")
    | {"valeur_precedente": "nb_groupe_precedent"},
    libres=("valeur_initiale", "cible", "annee_cible"),
)
def objectifs_suivis(objectifs, indicateurs, valeurs, *, annee: int, beneficiaires=None) -> pd.DataFrame:
    """
    Les objectifs de l'année (voir `cibles.objectifs`), et leur état l'année d'avant.

    Returns:
        Les colonnes de `objectifs`, puis `valeur_precedente`, `etat_precedent`, `nb_groupe_precedent`,
        `changement` (l'un de CHANGEMENTS) et `rupture_serie` (ce qui empêche de relier les deux valeurs).
    """
    donnees = (objectifs, indicateurs, valeurs)
    table = juger(*donnees, annee=annee, beneficiaires=beneficiaires)
    avant = juger(*donnees, annee=annee - 1, beneficiaires=beneficiaires)
    gardees = avant[["objectif_id", "indicateur_code", "cible", "perimetre_version", *AVANT]].rename(columns=AVANT)
    deux = table.merge(gardees, on="objectif_id", how="left", suffixes=("", "_avant"))
    meme = deux["indicateur_code"].eq(deux["indicateur_code_avant"]).fillna(False)
    vides = {nom: deux[nom].mask(~meme) for nom in ("valeur_precedente", "nb_groupe_precedent")}
    deux = deux.assign(**vides)
    lignes = deux.to_dict("records")
    suivis = deux.assign(changement=[_changement(x) for x in lignes], rupture_serie=[_rupture(x) for x in lignes])
    suivis = suivis.fillna({"etat_precedent": ""})
    return suivis[[*table, *AVANT.values(), "changement", "rupture_serie"]]


def _changement(ligne: dict) -> str:
    """Ce qui est arrivé à un objectif, l'un de CHANGEMENTS."""
    avant, apres = ligne["etat_precedent"], ligne["etat"]
    if pd.isna(avant) or ("au plus" in avant + apres and avant != apres):
        return "sans comparaison"
    if avant == apres:
        return "sans changement"
    if "non mesurable" in (avant, apres):
        return "devient mesurable" if avant == "non mesurable" else "n'est plus mesurable"
    return "progresse" if RANGS[apres] > RANGS[avant] else "recule"


def _rupture(ligne: dict) -> str:
    """Pourquoi la valeur de l'année ne prolonge pas celle d'avant ; vide si rien ne l'empêche."""
    if pd.isna(ligne["valeur_precedente"]) or pd.isna(ligne["valeur"]):
        return ""
    perimetres = ligne["perimetre_version_avant"], ligne["perimetre_version"]
    autre = f"rupture de série : {' puis '.join(perimetres)}" if all(perimetres) and len({*perimetres}) > 1 else ""
    cible = ligne["cible"] != ligne["cible_avant"] if not pd.isna(ligne["cible_avant"]) else False
    return " ; ".join(filter(None, (autre, "la cible a changé" if cible else "")))


@publiable(libres=("n_objectifs",))
def resume_changements(suivis: pd.DataFrame) -> pd.DataFrame:
    """
    Combien d'objectifs ont changé d'état.

    Args:
        suivis: ce que rend `objectifs_suivis`.

    Returns:
        `changement` (chacun de CHANGEMENTS, même à zéro, puis « Ensemble »), `n_objectifs`.

    >>> resume_changements(pd.DataFrame({"changement": ["progresse"]}))["n_objectifs"].tolist()
    [1, 0, 0, 0, 0, 0, 1]
    """
    comptes = suivis["changement"].value_counts().reindex(CHANGEMENTS, fill_value=0)
    comptes.loc[ENSEMBLE] = len(suivis)
    table = comptes.rename_axis("changement").rename("n_objectifs").reset_index()
    return table if len(suivis) else table.iloc[:0]


@publiable()
def changements(suivis: pd.DataFrame) -> pd.DataFrame:
    """
    Les objectifs dont l'état a changé.

    Args:
        suivis: ce que rend `objectifs_suivis`.

    Returns:
        `objectif_operationnel`, `axe`, `etat_precedent`, `etat`, `changement`, `rupture_serie`.
    """
    autres = suivis[~suivis["changement"].isin(["sans changement", "sans comparaison"])]
    return autres[
        ["objectif_operationnel", "axe", "etat_precedent", "etat", "changement", "rupture_serie"]
    ].reset_index(drop=True)


@publiable()
def non_mesures(suivis: pd.DataFrame, beneficiaires, populations, quartiers, actions, *, annee: int) -> pd.DataFrame:
    """
    Ce que l'on ne mesure pas encore, axe par axe : objectifs non mesurables, publics et lieux sans donnée.

    Args:
        suivis: ce que rend `objectifs_suivis` (ou `objectifs`) pour l'année.

    Returns:
        `axe` (« Tous les axes » pour ce qui n'en a pas), `quoi`, `manque`.
    """
    muets = suivis[suivis["etat"].eq("non mesurable")]
    rangees = [(x["axe"], f"objectif « {x['objectif_operationnel']} »", x["manque"]) for x in muets.to_dict("records")]
    comptes = de_l_annee(beneficiaires, annee)
    programme = de_l_annee(actions, annee)
    for axe in AXES if len(comptes) else ():
        siennes = comptes[comptes["action_id"].isin(programme.loc[programme["axe"].eq(axe), "action_id"])]
        for public, (colonne, code) in ATTENDUS.items():
            if not siennes.loc[siennes[colonne].eq(code), "nb_uniques"].sum():
                rangees.append(
                    (libelle(axe), f"public « {public} »", "aucune personne comptée dans les bilans de l'axe")
                )
        sans_bilan = programme[programme["axe"].eq(axe) & ~programme["action_id"].isin(comptes["action_id"])]
        if len(sans_bilan):
            noms = " ; ".join(sorted(sans_bilan["intitule"]))
            rangees.append((libelle(axe), "bénéficiaires d'actions du programme", f"aucun compte reçu : {noms}"))
    connues = set(populations.loc[populations["annee"].le(annee), "qpv_code"])
    for nom, codes in quartiers.groupby("nom")["qpv_code"]:
        if not connues & {*codes}:
            rangees.append(("Tous les axes", f"couverture du quartier « {nom} »", "aucune population par âge"))
    rang = {nom: n for n, nom in enumerate([*map(libelle, AXES), "Tous les axes"])}
    rangees.sort(key=lambda rangee: rang.get(rangee[0], len(rang)))
    return pd.DataFrame(rangees, columns=["axe", "quoi", "manque"])
