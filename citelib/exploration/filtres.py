"""Ne garder d'une cité que ce qui relève d'un axe, d'un quartier, d'une tranche d'âge, d'un porteur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.journal import Lectures
from citelib.realisation.decoupes import tranches

PROPRES = {
    "axe": {"actions": "axe", "objectifs": "axe"},
    "porteur": {"actions": "porteur_nom"},
    "quartier": {"actions": "qpv", "beneficiaires": "residence", "populations": "qpv_code"},
    "tranche_age": {
        "actions": "age_min",
        "beneficiaires": "tranche_age",
        "populations": "tranche_age",
        "reponses_beneficiaires": "tranche_age",
    },
}
"""Dimension → table → la colonne qui la dit ; une action peut viser plusieurs quartiers et plusieurs âges."""
CLE = ("action_id", "annee")


def filtrer(cite: Cite, filtres: Mapping[str, str], noms: Iterable[str]) -> Cite:
    """
    La même cité, réduite aux lignes que les filtres retiennent.

    Une table qui dit elle-même la dimension (le quartier d'un bénéficiaire) s'y réduit ; une autre qui nomme une
    action garde celles des actions retenues ; le reste (réunions, collèges…) ne change pas.

    Args:
        cite: la cité ; elle n'est pas modifiée.
        filtres: dimension → code.
        noms: les tables à réduire ; les autres restent entières.
    """
    tables = {nom: getattr(cite, nom) for nom in noms}
    gardees = {nom: table[retenues(nom, table, cite.actions, filtres)] for nom, table in tables.items()}
    reduites = {nom: replace(cite.lectures[nom], table=table) for nom, table in gardees.items()}
    return replace(cite, lectures=Lectures({**cite.lectures, **reduites}))


def retenues(nom: str, table: pd.DataFrame, actions: pd.DataFrame, filtres: Mapping[str, str]) -> pd.Series:
    """
    Les lignes d'une table que les filtres gardent : un booléen par ligne.

    Args:
        nom, table: la table.
        actions: toutes les actions, pour les tables qui n'en disent que le code.
        filtres: dimension → code.

    >>> actions = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "axe": ["A1", "A2"]})
    >>> bilans = pd.DataFrame({"action_id": ["b", "a", "c"], "annee": 2024})
    >>> retenues("realisations", bilans, actions, {"axe": "A1"}).tolist()
    [False, True, False]
    """
    gardees = pd.Series(True, index=table.index)
    for dimension, code in filtres.items():
        if nom in PROPRES[dimension]:
            gardees &= _propres(nom, table, dimension, code)
        else:
            gardees &= rattachees(table, actions[_propres("actions", actions, dimension, code)], CLE)
    return gardees


def _propres(nom: str, table: pd.DataFrame, dimension: str, code: str) -> pd.Series:
    """Les lignes d'une table qui portent elles-mêmes ce code."""
    if nom == "actions" and dimension == "tranche_age":
        return pd.Series([code in servies for servies in tranches(table)], index=table.index, dtype=bool)
    colonne = table[PROPRES[dimension][nom]]
    if nom == "actions" and dimension == "quartier":
        return pd.Series([code in vises for vises in colonne], index=table.index, dtype=bool)
    return colonne.eq(code).fillna(False).astype(bool)


def rattachees(table: pd.DataFrame, autre: pd.DataFrame, cle: Sequence[str]) -> pd.Series:
    """Les lignes dont la clé est dans une autre table ; toutes, si la table ne porte pas cette clé."""
    if not set(cle) <= {*table}:
        return pd.Series(True, index=table.index)
    siennes = pd.MultiIndex.from_frame(autre[[*cle]])
    return pd.Series(pd.MultiIndex.from_frame(table[[*cle]]).isin(siennes), index=table.index)
