"""Compter les présences relevées séance par séance : ce que les bilans déclarent, recompté à la source."""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable


@publiable(effectifs=("nb_uniques", "nb_participations"), libres=("annee", "n_seances"))
def presences(participations: pd.DataFrame) -> pd.DataFrame:
    """
    Séances, présences et personnes différentes de chaque action (S02, et S01 quand il est exact).

    Args:
        participations: une ligne par action, séance et participant (`action_id`, `annee`, `seance`,
            `participant_pseudo`) ; dix millions de lignes ne lui font pas peur.

    Returns:
        Une ligne par action et année : `n_seances` (dates différentes), `nb_participations` (présences
        cumulées) et `nb_uniques` (pseudonymes différents).

    >>> lignes = {"action_id": ["A1-01"] * 3, "annee": [2024] * 3}
    >>> jours = pd.to_datetime(["2024-01-10", "2024-01-10", "2024-01-17"])
    >>> presences(pd.DataFrame(lignes | {"seance": jours, "participant_pseudo": ["x1", "x2", "x1"]})).values.tolist()
    [['A1-01', 2024, 2, 3, 2]]
    """
    groupes = participations.groupby(["action_id", "annee"], observed=True)
    comptes = groupes.agg(
        n_seances=("seance", "nunique"),
        nb_participations=("seance", "size"),
        nb_uniques=("participant_pseudo", "nunique"),
    )
    return comptes.reset_index().astype({"action_id": "str"})
