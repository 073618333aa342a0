"""Compter, estimer, conclure : ce que partagent les analyses.

`comptes` regroupe et somme ; `estimation` donne intervalles et évolutions ; `verdicts` dit ce qu'on a le
droit d'en conclure.
"""

from citelib.mesures.estimation import (
    PAIRES_MINIMALES,
    REPONSES_MINIMALES,
    ajuster_bh,
    evolution_appariee,
    evolution_non_appariee,
    hedges_g,
    ic_diff_appariee,
    ic_diff_newcombe,
    ic_wilson,
)
from citelib.mesures.verdicts import Estimation, Verdict, emd, emd_proportion, verdict

__all__ = [
    "PAIRES_MINIMALES",
    "REPONSES_MINIMALES",
    "Estimation",
    "Verdict",
    "ajuster_bh",
    "emd",
    "emd_proportion",
    "evolution_appariee",
    "evolution_non_appariee",
    "hedges_g",
    "ic_diff_appariee",
    "ic_diff_newcombe",
    "ic_wilson",
    "verdict",
]
