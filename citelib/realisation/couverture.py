"""Couverture : quels thèmes, quels âges, quels établissements, quels mois le programme sert-il ?

Les tables et `annee` se lisent comme dans `realisation`. Ce qui n'est servi par aucune action figure avec un
zéro : c'est ce que l'on vient chercher ici. Une année sans programme donne une table vide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.formats import MOIS
from citelib.mesures.comptes import ENSEMBLE, NON_RENSEIGNE, part, somme, typer
from citelib.realisation.actions import MENEES, bilans
from citelib.realisation.financement import budget
from citelib.tables import AXES, TRANCHES_AGE, libelle


@publiable(libres=("n_prevues", "n_realisees", "n_partielles", "n_ajoutees"))
def themes_couverts(actions, realisations, axes_themes: Mapping[str, Sequence[str]], *, annee: int) -> pd.DataFrame:
    """
    Actions de chaque thème du plan ; un thème que le plan ne prévoit pas vient à la fin, et `note` le dit.

    Args:
        axes_themes: code d'axe → ses thèmes, dans l'ordre du plan.

    Returns:
        `theme`, `axe`, `n_prevues`, `n_realisees`, `n_partielles` (parmi les prévues), `n_ajoutees`, `note`.

    >>> actions = pd.DataFrame({"action_id": ["a"], "annee": 2024, "axe": "A3", "theme": "Arts-sports",
    ...                         "hors_programmation": False})
    >>> bilans = pd.DataFrame({"action_id": ["a"], "annee": 2024, "statut": ["realisee"]})
    >>> plan = {"A3": ["Arts-sports", "Interculturalité"]}
    >>> themes_couverts(actions, bilans, plan, annee=2024)[["theme", "n_prevues", "n_realisees"]]
                  theme  n_prevues  n_realisees
    0       Arts-sports          1            1
    1  Interculturalité          0            0
    """
    lignes = bilans(actions, realisations, annee)
    cles = list(zip(lignes["axe"], lignes["theme"].map(sans_accent), strict=True))
    du_plan = {(axe, sans_accent(theme)): theme for axe, themes in axes_themes.items() for theme in themes}
    hors_plan = {cle: theme for cle, theme in zip(cles, lignes["theme"], strict=True) if cle not in du_plan}
    rangees = []
    for cle, theme in (du_plan | hors_plan).items():
        du_theme = lignes.loc[[autre == cle for autre in cles]]
        ajoutee = du_theme["hors_programmation"]
        statuts = du_theme.loc[~ajoutee, "statut"]
        comptes = (len(statuts), statuts.eq("realisee").sum(), statuts.eq("partielle").sum(), ajoutee.sum())
        rangees.append((theme, libelle(cle[0]), *comptes, "hors du plan" if cle in hors_plan else ""))
    colonnes = ["theme", "axe", "n_prevues", "n_realisees", "n_partielles", "n_ajoutees", "note"]
    return typer(pd.DataFrame(rangees if len(lignes) else [], columns=colonnes))


@publiable(libres=("n_actions", "n_menees", "n_couvertes", "n_tranches", "taux_couverture", "montant_accorde"))
def tranches_couvertes(actions, realisations, financements, *, annee: int) -> pd.DataFrame:
    """
    Tranches d'âge servies par au moins une action menée, en tout ou partie (R13).

    Une action sert toutes les tranches que son âge minimal et son âge maximal rencontrent : ses crédits
    comptent dans chacune, et les lignes ne se somment pas.

    Returns:
        `tranche_age` (les six, puis « non renseigné » pour les actions sans âge, puis « Ensemble »),
        `n_actions`, `n_menees`, `n_couvertes` (0 ou 1, et leur somme), `n_tranches`,
        `taux_couverture`, `montant_accorde` (numéraire).
    """
    lignes = bilans(actions, realisations, annee)
    ages = lignes[["age_min", "age_max"]].astype("Float64")
    inconnus = ages.isna().any(axis=1)
    groupes = {}
    for tranche in TRANCHES_AGE:
        jeune, vieux = map(int, tranche.split("-"))
        groupes[tranche] = (ages["age_min"].le(vieux) & ages["age_max"].ge(jeune)).fillna(False)
    groupes |= {NON_RENSEIGNE: inconnus} if inconnus.any() else {}
    groupes[ENSEMBLE] = inconnus | True
    rangees = [_servis(tranche, lignes[garde], actions, financements, annee) for tranche, garde in groupes.items()]
    return _couverture(pd.DataFrame(rangees), "n_couvertes", "n_tranches", TRANCHES_AGE, vide=lignes.empty)


def _servis(tranche: str, lignes: pd.DataFrame, actions, financements, annee: int) -> dict:
    """Actions d'une tranche d'âge, et leurs crédits."""
    credits = budget(actions, financements[financements["action_id"].isin(lignes["action_id"])], annee=annee)
    menees = int(lignes["statut"].isin(MENEES).sum())
    comptes = {"tranche_age": tranche, "n_actions": len(lignes), "n_menees": menees}
    return comptes | {"montant_accorde": somme(credits["montant_accorde"])}


def _couverture(table: pd.DataFrame, couverts: str, possibles: str, modalites, *, vide: bool) -> pd.DataFrame:
    """Ajoute à chaque modalité si elle est servie, et à la dernière ligne, l'ensemble, combien le sont."""
    comptees = table.iloc[:, 0].isin(modalites)
    servies = (comptees & table["n_menees"].gt(0)).astype(int)
    servies.iloc[-1], comptees = servies.sum() - servies.iloc[-1], comptees.astype(int)
    comptees.iloc[-1] = comptees.sum()
    taux = [part(servie, comptee) for servie, comptee in zip(servies, comptees, strict=True)]
    table = table.assign(**{couverts: servies, possibles: comptees, "taux_couverture": taux})
    return typer(table.iloc[:0] if vide else table)


@publiable(libres=("n_actions", "n_menees", "n_couverts", "n_etablissements", "taux_couverture"))
def etablissements_couverts(actions, realisations, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Établissements de la cité touchés par au moins une action menée, en tout ou partie (R14).

    Un établissement sans code UAI ne se rapproche d'aucune action : ses nombres sont vides et `note`
    le dit. Il reste au dénominateur de l'ensemble, dont le taux est donc un minimum.

    Returns:
        `nom` (puis « Ensemble »), `type`, `ep`, `n_actions`, `n_menees`, `n_couverts` (0 ou 1, et leur
        somme), `n_etablissements`, `taux_couverture`, `note`.
    """
    lignes = bilans(actions, realisations, annee)
    rangees = []
    for ecole in etablissements.to_dict("records"):
        connu = not pd.isna(ecole["uai"])
        servies = lignes.loc[[connu and ecole["uai"] in codes for codes in lignes["uai"]]]
        menees = int(servies["statut"].isin(MENEES).sum())
        qualite = {"nom": ecole["nom"], "type": libelle(ecole["type"]), "ep": ecole["ep"]}
        note = "" if connu else "code UAI inconnu, couverture non vérifiable"
        rangees.append(qualite | {"n_actions": len(servies), "n_menees": menees, "note": note})
    visees = lignes[lignes["uai"].map(len).gt(0)]
    comptes = {"n_actions": len(visees), "n_menees": int(visees["statut"].isin(MENEES).sum())}
    rangees.append({"nom": ENSEMBLE, "type": "", "ep": "", **comptes, "note": ""})
    noms = etablissements["nom"]
    table = _couverture(pd.DataFrame(rangees), "n_couverts", "n_etablissements", noms, vide=lignes.empty)
    inconnus = table["note"].ne("").to_numpy()
    table.loc[inconnus, ["n_actions", "n_menees", "n_couverts", "taux_couverture"]] = pd.NA
    return table[[nom for nom in table if nom != "note"] + ["note"]]


@publiable(libres=("n_actions",))
def calendrier(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    Actions en cours chaque mois de l'année, par axe ; sans ses deux dates réelles, une action n'y est pas.

    Returns:
        `mois` (nom), `axe`, `n_actions` : douze mois pour chaque axe, zéros compris.
    """
    lignes = bilans(actions, realisations, annee)
    rangees = []
    for axe in AXES:
        de_l_axe = lignes[lignes["axe"].eq(axe)]
        for rang, mois in enumerate(MOIS, start=1):
            debut = pd.Timestamp(annee, rang, 1)
            commencee = de_l_axe["date_debut_reelle"] < debut + pd.offsets.MonthBegin()
            rangees.append((mois, libelle(axe), int((commencee & (de_l_axe["date_fin_reelle"] >= debut)).sum())))
    return typer(pd.DataFrame(rangees if len(lignes) else [], columns=["mois", "axe", "n_actions"]))
