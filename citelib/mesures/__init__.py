"""Compter, estimer, conclure : ce que partagent les analyses.

`comptes` regroupe et somme ; `estimation` donne intervalles, évolutions et échelles ; `verdicts` dit ce qu'on a le
droit d'en conclure.
"""

from citelib.mesures.estimation import (
    PAIRES_MINIMALES,
    REPONSES_MINIMALES,
    ResumeLikert,
    ajuster_bh,
    alpha_cronbach,
    evolution_appariee,
    evolution_non_appariee,
    hedges_g,
    ic_diff_appariee,
    ic_diff_newcombe,
    ic_wilson,
    resume_likert,
)
from citelib.mesures.verdicts import Estimation, Verdict, emd, emd_proportion, verdict

__all__ = [
    "PAIRES_MINIMALES",
    "REPONSES_MINIMALES",
    "Estimation",
    "ResumeLikert",
    "Verdict",
    "ajuster_bh",
    "alpha_cronbach",
    "emd",
    "emd_proportion",
    "evolution_appariee",
    "evolution_non_appariee",
    "hedges_g",
    "ic_diff_appariee",
    "ic_diff_newcombe",
    "ic_wilson",
    "resume_likert",
    "verdict",
]
