"""La fidélité d'une échelle : ses questions mesurent-elles la même chose ?"""

from __future__ import annotations

from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy.stats import f as loi_f

from citelib.mesures.verdicts import Estimation

REPONDANTS_ALPHA = 30
"""Sous ce nombre, l'intervalle de l'alpha est trop large pour servir. Source : note de méthode."""
LECTURES = ((0.95, "questions redondantes"), (0.7, "utilisable"), (0.6, "fragile"), (-np.inf, "à ne pas réunir"))
"""Alpha à partir duquel chaque mot s'emploie. Source : note de méthode."""


def alpha_cronbach(notes: pd.DataFrame) -> Estimation:
    """
    Alpha de Cronbach et son intervalle de Feldt ; pour deux questions, il vaut le coefficient de Spearman-Brown.

    Args:
        notes: un répondant par ligne, une question par colonne ; seules les lignes complètes comptent.

    Returns:
        L'alpha et son intervalle à 95 %, NaN sans au moins deux questions et trois répondants, ou si tous répondent
        pareil ; `n` est le nombre de lignes complètes.

    Source:
        Cronbach, Psychometrika 16:297 (1951) ; Feldt, Psychometrika 30:357 (1965).

    >>> round(alpha_cronbach(pd.DataFrame({"q1": [1, 2, 3, 4], "q2": [1, 3, 2, 4]})).valeur, 4)
    0.8889
    """
    completes = notes.dropna().astype(float).to_numpy()
    n, k = completes.shape
    methode = "alpha de Cronbach, intervalle de Feldt"
    total = completes.sum(axis=1).var(ddof=1) if n > 2 and k > 1 else 0.0
    if total == 0:
        return Estimation(nan, nan, nan, n, methode, "score")
    if k == 2:  # écarts-types différents : Spearman-Brown corrige la corrélation, l'alpha non
        r = np.corrcoef(completes.T)[0, 1]
        alpha = float(2 * r / (1 + r))
    else:
        alpha = float(k / (k - 1) * (1 - completes.var(axis=0, ddof=1).sum() / total))
    ddl = (n - 1, (n - 1) * (k - 1))
    basse, haute = (1 - (1 - alpha) * loi_f.ppf(q, *ddl) for q in (0.975, 0.025))
    return Estimation(alpha, float(basse), float(haute), n, methode, "score")


def lire_alpha(alpha: float) -> str:
    """
    Un alpha en mots, à afficher avec lui.

    >>> lire_alpha(0.84), lire_alpha(0.65), lire_alpha(float("nan"))
    ('utilisable', 'fragile', 'non calculable')
    """
    return next(mot for seuil, mot in LECTURES if alpha >= seuil) if isfinite(alpha) else "non calculable"
