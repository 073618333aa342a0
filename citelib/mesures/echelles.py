"""Les réponses à une échelle : leur résumé, le score d'une personne, et ce qui permet de réunir des questions."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from citelib.erreurs import ErreurParametre
from citelib.mesures.estimation import REPONSES_MINIMALES
from citelib.mesures.verdicts import Estimation

PART_REPONDUE = 2 / 3
"""Part des questions d'une échelle auxquelles il faut avoir répondu pour y avoir un score."""
ALPHA_MINIMAL, ALPHA_SOLIDE, ALPHA_REDONDANT = 0.60, 0.70, 0.95
"""Bornes du jugement d'une échelle. Source : note de méthode, §4.1."""
JUGEMENTS = {
    "non_calculee": "trop peu de réponses complètes : non calculée",
    "non_agregee": "questions trop différentes : non réunies",
    "fragile": "fragile",
    "utilisable": "utilisable",
    "redondante": "utilisable, questions redondantes",
}
"""Ce que vaut une échelle, du code à ses mots."""


@dataclass(frozen=True)
class Fiabilite:
    """
    Ce qui permet de réunir des questions, ou l'interdit.

    Args:
        alpha: alpha de Cronbach et son intervalle (Feldt) ; pour deux questions, leur coefficient de
            Spearman-Brown, dont `Estimation.methode` porte le nom.
        n_questions: questions de l'échelle.
        correlation: corrélation moyenne des questions deux à deux.
    """

    alpha: Estimation
    n_questions: int
    correlation: float = nan

    @property
    def code(self) -> str:
        """Une clé de JUGEMENTS."""
        valeur = self.alpha.valeur
        if self.alpha.manque or np.isnan(valeur):
            return "non_calculee"
        if valeur < ALPHA_MINIMAL:
            return "non_agregee"
        if valeur < ALPHA_SOLIDE:
            return "fragile"
        return "redondante" if valeur > ALPHA_REDONDANT else "utilisable"

    @property
    def agregeable(self) -> bool:
        """Vrai si l'on peut publier le score de l'échelle."""
        return self.code not in ("non_calculee", "non_agregee")


def fiabilite(reponses: pd.DataFrame) -> Fiabilite:
    """
    Fiabilité d'une échelle : alpha de Cronbach ; deux questions : Spearman-Brown.

    Args:
        reponses: une ligne par personne, une colonne par question, déjà orientée ; les réponses incomplètes
            ne comptent pas.

    Raises:
        ErreurParametre: pour moins de deux questions.

    Source:
        Cronbach (1951) ; intervalle de Feldt, Woodruff et Salih (1987) ; Eisinga et al. (2013) pour deux questions.

    >>> fiabilite(pd.DataFrame({"a": [1, 2, 3] * 10, "b": [1, 2, 3] * 10, "c": [2, 3, 4] * 10})).code
    'redondante'
    """
    completes = reponses.dropna().astype(float)
    n, k = completes.shape
    if k < 2:
        raise ErreurParametre(f"Une échelle réunit deux questions au moins ; {k} donnée.")
    manque = f"{REPONSES_MINIMALES} réponses complètes" if n < REPONSES_MINIMALES else ""
    methode = "coefficient de Spearman-Brown" if k == 2 else "alpha de Cronbach"
    if manque or not completes.var(ddof=1).gt(0).all():
        manque = manque or "deux réponses différentes à chaque question"
        return Fiabilite(Estimation(nan, nan, nan, n, methode, "indice", manque=manque), k)
    correlations = np.corrcoef(completes.to_numpy(), rowvar=False)
    moyenne = float(correlations[np.triu_indices(k, 1)].mean())
    if k == 2:
        return Fiabilite(_spearman_brown(moyenne, n, methode), k, moyenne)
    valeur = alpha_de_cronbach(completes)
    haute, basse = (1 - (1 - valeur) * stats.f.ppf(q, n - 1, (n - 1) * (k - 1)) for q in (0.025, 0.975))
    alpha = Estimation(valeur, float(basse), float(haute), n, methode, "indice")
    return Fiabilite(alpha, k, moyenne)


def alpha_de_cronbach(completes: pd.DataFrame) -> float:
    """
    k ÷ (k − 1) × (1 − Σ variances des questions ÷ variance de leur somme).

    >>> alpha_de_cronbach(pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]}))
    1.0
    """
    k, totale = completes.shape[1], completes.sum(axis=1).var(ddof=1)
    return float(k / (k - 1) * (1 - completes.var(ddof=1).sum() / totale)) if totale else nan


def _spearman_brown(r: float, n: int, methode: str) -> Estimation:
    """2r ÷ (1 + r), et les bornes de r (Fisher) transformées de même."""
    ecart = stats.norm.ppf(0.975) / sqrt(n - 3)
    bornes = np.tanh(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) + np.array([0, -ecart, ecart]))
    valeur, basse, haute = (float(2 * lu / (1 + lu)) for lu in bornes)
    return Estimation(valeur, basse, haute, n, methode, "indice")


def orienter(reponses: pd.Series, *, maximum: pd.Series, inverse: pd.Series) -> pd.Series:
    """
    La note de chaque réponse codée, du moins au plus favorable ; vide pour « ne sait pas » et hors de l'échelle.

    >>> codes = pd.DataFrame({"reponse": ["1", "NSP", "7", "1"], "echelle_max": 4, "inverse": [False] * 3 + [True]})
    >>> orienter(codes["reponse"], maximum=codes["echelle_max"], inverse=codes["inverse"]).tolist()
    [1.0, nan, nan, 4.0]
    """
    notes, maximum = pd.to_numeric(reponses, errors="coerce").astype(float), maximum.astype(float)
    notes = notes.where(notes.ge(1) & notes.le(maximum))
    return notes.mask(inverse.fillna(False).astype(bool), maximum + 1 - notes)


def score_d_echelle(reponses: pd.DataFrame) -> pd.Series:
    """
    Score de chaque personne : moyenne de ses réponses, si elle a répondu aux deux tiers des questions au moins.

    >>> score_d_echelle(pd.DataFrame({"a": [1.0, 2], "b": [2.0, None], "c": [3.0, None]})).tolist()
    [2.0, nan]
    """
    repondu = reponses.notna().mean(axis=1)
    return reponses.mean(axis=1).where(repondu.ge(PART_REPONDUE - 1e-9))


def solde(plus: int, moins: int, n: int, *, population: int | None = None) -> Estimation:
    """
    Part qui progresse moins part qui recule, et son intervalle ; sous 30 personnes, aucun intervalle.

    Args:
        population: nombre de personnes invitées, s'il est connu : comme dans `ic_wilson`, n(N − 1) ÷ (N − n) tient
            lieu de n, et il n'y a pas d'intervalle si toutes ont répondu.

    Raises:
        ErreurParametre: sauf si 0 <= plus, 0 <= moins et plus + moins <= n.

    Source:
        Variance d'une différence de parts multinomiales, (p⁺ + p⁻ − (p⁺ − p⁻)²) ÷ n ; note de méthode, §4.1.

    >>> e = solde(50, 20, 100)
    >>> e.valeur, round(e.borne_basse, 3), round(e.borne_haute, 3)
    (0.3, 0.147, 0.453)
    """
    if min(plus, moins) < 0 or plus + moins > n:
        raise ErreurParametre(f"solde : plus={plus}, moins={moins}, n={n}. Donner 0 <= plus + moins <= n.")
    if n == 0:
        return Estimation(nan, nan, nan, n, "aucune réponse", "points")
    p, m = plus / n, moins / n
    if n < REPONSES_MINIMALES:
        manque = f"{REPONSES_MINIMALES} réponses"
        return Estimation(p - m, nan, nan, n, "solde, sans intervalle", "points", manque=manque)
    if population == n:
        return Estimation(p - m, nan, nan, n, "toutes les personnes ont répondu, sans marge d'erreur", "points")
    efficace = n if population is None else n * (population - 1) / (population - n)
    marge = float(stats.norm.ppf(0.975)) * sqrt((p + m - (p - m) ** 2) / efficace)
    return Estimation(p - m, max(p - m - marge, -1.0), min(p - m + marge, 1.0), n, "solde", "points")
