"""Compter, estimer, conclure : ce que partagent les analyses.

`comptes` regroupe et somme ; `estimation` donne intervalles et évolutions ; `ecarts` compare l'évolution de
quelques collèges à celle de leurs semblables ; `echelles` réunit des questions, `ponderation` redresse une enquête ;
`series` lit une série dans le temps ; `verdicts` et `verdicts_colleges` disent ce qu'on a le droit d'en conclure.
"""
# ruff: noqa: F401

from citelib.mesures.ecarts import Comparaison, did_colleges, ecarts_annuels, permutation_exacte
from citelib.mesures.echelles import Fiabilite, fiabilite, orienter, score_d_echelle, solde
from citelib.mesures.estimation import (
    PAIRES_MINIMALES,
    REPONSES_MINIMALES,
    ajuster_bh,
    evolution_appariee,
    evolution_non_appariee,
    hedges_g,
    hedges_g_apparie,
    ic_diff_appariee,
    ic_diff_newcombe,
    ic_wilson,
)
from citelib.mesures.ponderation import Ponderation, caler, deff_kish, n_efficace, ponderer
from citelib.mesures.series import rebond_attendu, serie_interrompue, synthetique
from citelib.mesures.verdicts import Estimation, Verdict, emd, verdict
from citelib.mesures.verdicts_colleges import verdict_colleges
