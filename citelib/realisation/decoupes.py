"""Découper le programme : par axe, par porteur, et par ce dont une même action peut avoir plusieurs valeurs.

Une action qui vise deux quartiers compte dans chacun d'eux, et une seule fois dans « Ensemble » : les lignes
d'une telle découpe ne se somment pas, et aucun total n'est déclaré. Servir une tranche d'âge n'est pas y
répartir des personnes : une action de 0 à 4 ans sert les 0-2 ans et les 3-5 ans, sans que rien ne soit coupé.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from citelib.mesures.comptes import NON_RENSEIGNE, PAR, regrouper
from citelib.tables import AGES, TEMPS, TRANCHES_AGE, libelle

SANS_QUARTIER, SANS_ECOLE = "aucun quartier visé", "aucun établissement visé"
TRIMESTRES = {"T1": (1, 3), "T2": (4, 6), "T3": (7, 9), "T4": (10, 12)}
"""Trimestres civils : premier et dernier mois."""
TRIMESTRES_SCOLAIRES = {"S2": (1, 3), "S3": (4, 8), "S1": (9, 12)}
"""Trimestres de l'école dans une année civile, au mois près ; chaque établissement a ses propres dates."""
ZONAGE_2024 = 2024
"""Première année de la liste des quartiers de 2024. Source : décret 2023-1314, entrée en vigueur au 1er janvier."""


def quartiers_de(quartiers: pd.DataFrame, *, annee: int) -> dict[str, str]:
    """Les quartiers prioritaires en vigueur l'année donnée : code → nom."""
    en_vigueur = quartiers[quartiers["generation"].eq("2024" if annee >= ZONAGE_2024 else "2015")]
    return dict(zip(en_vigueur["qpv_code"], en_vigueur["nom"], strict=True))


def ecoles_de(etablissements: pd.DataFrame) -> dict[str, str]:
    """Les établissements de la cité dont le code est connu : code UAI → nom."""
    connus = etablissements.dropna(subset="uai")
    return dict(zip(connus["uai"], connus["nom"], strict=True))


def tranches(lignes: pd.DataFrame) -> list[tuple[str, ...]]:
    """Les tranches d'âge que sert chaque action ; « non renseigné » sans ses deux âges."""
    return _rencontrees(lignes["age_min"], lignes["age_max"], AGES)


def periodes(lignes: pd.DataFrame, annee: int, mois: Mapping[str, tuple[int, int]]) -> list[tuple[str, ...]]:
    """Les périodes de l'année que rencontrent les dates prévues de chaque action ; « non renseigné » sans elles."""
    bornes = {
        nom: (pd.Timestamp(annee, premier, 1), pd.Timestamp(annee, dernier, 1) + pd.offsets.MonthEnd())
        for nom, (premier, dernier) in mois.items()
    }
    return _rencontrees(lignes["date_debut_prevue"], lignes["date_fin_prevue"], bornes)


def _rencontrees(debuts: pd.Series, fins: pd.Series, bornes: Mapping[str, tuple]) -> list[tuple[str, ...]]:
    """Les intervalles que rencontre chaque action, bornes comprises ; « non renseigné » si elle n'en dit rien."""
    rencontrees = []
    for debut, fin in zip(debuts, fins, strict=True):
        connue = not (pd.isna(debut) or pd.isna(fin))
        noms = tuple(nom for nom, (du, au) in bornes.items() if connue and debut <= au and fin >= du)
        rencontrees.append(noms or (NON_RENSEIGNE,))
    return rencontrees


def _codes(colonne: str, aucun: str) -> Callable:
    """Les codes d'une colonne de listes, ou ce que l'on dit de leur absence."""
    return lambda lignes, annee: [tuple(codes) or (aucun,) for codes in lignes[colonne]]


MULTIPLES: Mapping[str, Callable] = {
    "qpv": _codes("qpv", SANS_QUARTIER),
    "uai": _codes("uai", SANS_ECOLE),
    "tranche_age": lambda lignes, annee: tranches(lignes),
    "trimestre": lambda lignes, annee: periodes(lignes, annee, TRIMESTRES),
    "trimestre_scolaire": lambda lignes, annee: periodes(lignes, annee, TRIMESTRES_SCOLAIRES),
    "temps": lambda lignes, annee: [(NON_RENSEIGNE if pd.isna(temps) else temps,) for temps in lignes["temps"]],
}
"""Découpe → les modalités de chaque action, une ou plusieurs."""
DECOUPES = (*PAR, *MULTIPLES)
"""Toutes les valeurs de `par`."""


def modalites_de(par: str | None, annee: int) -> dict[str, str]:
    """
    Les modalités qu'une découpe montre toujours, même à zéro : code → intitulé.

    >>> list(modalites_de("trimestre", 2024).values())[:2]
    ['janvier à mars', 'avril à juin']
    >>> modalites_de("trimestre_scolaire", 2024)["S1"]
    'septembre à décembre 2024 (1er trimestre de 2024-2025)'
    """
    avant, apres = f"{annee - 1}-{annee}", f"{annee}-{annee + 1}"
    connues = {
        "tranche_age": {tranche: tranche for tranche in TRANCHES_AGE},
        "temps": {temps: libelle(temps) for temps in TEMPS},
        "trimestre": {"T1": "janvier à mars", "T2": "avril à juin", "T3": "juillet à septembre"}
        | {"T4": "octobre à décembre"},
        "trimestre_scolaire": {
            "S2": f"janvier à mars {annee} (2e trimestre de {avant})",
            "S3": f"avril à août {annee} (3e trimestre de {avant}, été compris)",
            "S1": f"septembre à décembre {annee} (1er trimestre de {apres})",
        },
    }
    return connues.get(par, {})


def eclater(lignes: pd.DataFrame, par: str | None, *, annee: int) -> pd.DataFrame:
    """
    Les actions, répétées pour chacune de leurs modalités ; telles quelles si elles n'en ont qu'une.

    >>> lignes = pd.DataFrame({"action_id": ["a", "b"], "qpv": [("QN1", "QN2"), ()]})
    >>> eclater(lignes, "qpv", annee=2024)["qpv"].tolist()
    ['QN1', 'QN2', 'aucun quartier visé']
    """
    if par not in MULTIPLES:
        return lignes
    valeurs = pd.Series(MULTIPLES[par](lignes, annee), index=lignes.index, dtype=object)
    return lignes.assign(**{par: valeurs}).explode(par, ignore_index=True)


def regrouper_actions(
    lignes: pd.DataFrame,
    par: str | None,
    calcul: Callable[[pd.DataFrame], dict],
    *,
    annee: int,
    modalites: Mapping[str, str] | None = None,
    acceptes: tuple = DECOUPES,
) -> pd.DataFrame:
    """
    Applique un calcul à chaque modalité d'une découpe des actions, puis à toutes les actions.

    Args:
        lignes: une ligne par action, colonnes de la table `actions` comprises.
        par, acceptes: découpe, l'une de `DECOUPES` ou de `acceptes`.
        calcul: des lignes à leurs nombres, par nom de colonne.
        annee: année du programme.
        modalites: code → intitulé des modalités toujours montrées ; celles de `modalites_de` sinon.

    Raises:
        ErreurParametre: si la découpe n'est pas prévue.
    """
    montrees = modalites_de(par, annee) if modalites is None else modalites
    eclatees = eclater(lignes, par if par in acceptes else None, annee=annee)
    return regrouper(lignes, par, calcul, acceptes=acceptes, eclatees=eclatees, modalites=montrees)
