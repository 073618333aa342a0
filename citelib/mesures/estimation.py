"""Mesures partagées par les analyses : intervalles, évolutions d'avant vers après.

Un chiffre sort d'ici avec son intervalle, son effectif, sa méthode et, s'il le faut, ce qui lui manque pour
être interprété. Ce qu'on a le droit d'en conclure s'écrit dans `verdicts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from citelib.erreurs import ErreurParametre
from citelib.mesures.verdicts import Estimation

REPONSES_MINIMALES, PAIRES_MINIMALES, CLASSES_MINIMALES, MINIMUM_DE_CHAQUE_SORTE = 30, 20, 4, 5
"""Conditions d'emploi des méthodes, par vague ; en dessous, `Estimation.manque` le dit."""
CORRELATION_DE_CLASSE = 0.05
"""Ressemblance supposée des élèves d'une même classe, quand les classes sont trop peu nombreuses."""
NON_APPARIES = "les personnes interrogées avant et après ne sont pas les mêmes"


def _quantile(ddl: float = inf) -> float:
    """Quantile bilatéral à 95 % de la loi de Student, normale si `ddl` est infini."""
    return float(stats.t.ppf(0.975, ddl))


def _p_bilaterale(statistique: float, ddl: float = inf) -> float:
    """Probabilité critique bilatérale d'une statistique de Student."""
    return float(2 * stats.t.sf(abs(statistique), ddl))


def ic_wilson(x: float, n: float, *, population: float | None = None) -> Estimation:
    """
    Part `x` sur `n` réponses exprimées (effectif efficace si elles sont pondérées) et son intervalle de Wilson.

    Args:
        population: nombre de personnes invitées, s'il est connu : n(N − 1) ÷ (N − n) tient lieu de n, et il n'y a
            pas d'intervalle si toutes ont répondu.

    Raises:
        ErreurParametre: sauf si 0 <= x <= n, et n <= population.

    Source:
        Newcombe, Stat. Med. 17:857 (1998), méthode 3 ; population finie : note de méthode, §4.2 et §7.

    >>> e = ic_wilson(18, 30)
    >>> e.valeur, round(e.borne_basse, 3), round(e.borne_haute, 3)
    (0.6, 0.423, 0.754)
    """
    if not 0 <= x <= n < inf:
        raise ErreurParametre(f"ic_wilson : x={x}, n={n}. Donner 0 <= x <= n.")
    if population is not None and population < n:
        raise ErreurParametre(f"ic_wilson : {n} réponses pour {population} personnes invitées.")
    if n == 0:
        return Estimation(nan, nan, nan, n, "aucune réponse", "part")
    if population == n:
        return Estimation(x / n, nan, nan, n, "toutes les personnes ont répondu, sans marge d'erreur", "part")
    repondants, part, z2 = n, x / n, _quantile() ** 2
    if population is not None:
        n = n * (population - 1) / (population - n)
        x = part * n
    centre, echelle = part + z2 / (2 * n), 1 + z2 / n
    marge = sqrt(z2 * (part * (1 - part) / n + z2 / (4 * n**2)))
    # À 0 et à 1 la borne est exacte ; le calcul flottant, lui, tomberait juste à côté.
    basse = 0.0 if x == 0 else min((centre - marge) / echelle, part)
    haute = 1.0 if x == n else max((centre + marge) / echelle, part)
    reserves = ("effectif faible",) if repondants < REPONSES_MINIMALES else ()
    return Estimation(part, basse, haute, repondants, "intervalle de Wilson", "part", reserves)


def ic_diff_newcombe(x0: float, n0: float, x1: float, n1: float) -> Estimation:
    """
    Écart entre deux parts, personnes différentes : après (`x1` sur `n1`) moins avant (`x0` sur `n0`).

    Raises:
        ErreurParametre: si un compte est négatif ou dépasse son effectif.

    Source:
        Newcombe, Stat. Med. 17:873 (1998), méthode 10 ; p du khi-deux de Pearson sans correction.

    >>> e = ic_diff_newcombe(48, 80, 56, 70)
    >>> round(e.valeur, 2), round(e.borne_basse, 4), round(e.borne_haute, 4)
    (0.2, 0.0524, 0.3339)
    """
    avant, apres, reunis = ic_wilson(x0, n0), ic_wilson(x1, n1), ic_wilson(x0 + x1, n0 + n1).valeur
    ecart, manque = apres.valeur - avant.valeur, ""
    sous = np.hypot(apres.valeur - apres.borne_basse, avant.borne_haute - avant.valeur)
    sur = np.hypot(apres.borne_haute - apres.valeur, avant.valeur - avant.borne_basse)
    variance = reunis * (1 - reunis) * (1 / n0 + 1 / n1) if min(n0, n1) else 0
    p = _p_bilaterale(ecart / sqrt(variance)) if variance else None
    if min(n0, n1) < REPONSES_MINIMALES:
        manque = f"{REPONSES_MINIMALES} réponses par vague"
    elif min(x0 + x1, n0 + n1 - x0 - x1) < MINIMUM_DE_CHAQUE_SORTE:
        manque = f"{MINIMUM_DE_CHAQUE_SORTE} réponses de chaque sorte, les deux vagues réunies"
    bornes, methode = (float(ecart - sous), float(ecart + sur)), "intervalle de Newcombe, khi-deux"
    return Estimation(ecart, *bornes, n0 + n1, methode, "points", (NON_APPARIES,), p=p, manque=manque)


def _nombres(valeurs: Sequence[float], nom: str) -> np.ndarray:
    """Vecteur de nombres, NaN pour une réponse absente ; un texte illisible est refusé."""
    try:
        return pd.array(list(valeurs), dtype="Float64").to_numpy(float, na_value=nan)
    except (TypeError, ValueError) as erreur:
        raise ErreurParametre(f"{nom} : {erreur}. Donner des nombres, NaN sans réponse.") from erreur


def _paires(avant: Sequence[float], apres: Sequence[float]) -> tuple[np.ndarray, np.ndarray, dict]:
    """Paires complètes, avec la condition d'emploi qui leur manque et leurs réserves."""
    y0, y1 = _nombres(avant, "avant"), _nombres(apres, "apres")
    if len(y0) != len(y1):
        lus = f"avant a {len(y0)} valeurs et apres {len(y1)}"
        raise ErreurParametre(f"{lus} : en donner une par personne, dans le même ordre, NaN sans réponse.")
    manque, completes = "", ~np.isnan(y0) & ~np.isnan(y1)
    if completes.sum() < PAIRES_MINIMALES:
        manque = f"{PAIRES_MINIMALES} personnes interrogées avant et après"
    elif 2 * completes.sum() < (~np.isnan(y0)).sum():
        manque = "la moitié des répondants de départ retrouvés à l'arrivée"
    reserves = () if completes.all() else ("paires incomplètes écartées",)
    return y0[completes], y1[completes], {"manque": manque, "avertissements": reserves}


def ic_diff_appariee(avant: Sequence[float], apres: Sequence[float]) -> Estimation:
    """
    Écart observé entre deux parts, mêmes personnes avant et après.

    Args:
        avant, apres: 0 ou 1, une position par personne, NaN sans réponse.

    Raises:
        ErreurParametre: pour des valeurs autres que 0 et 1, ou des longueurs différentes.

    Source:
        Bonett et Price, J. Educ. Behav. Stat. 37:479 (2012) ; p binomiale exacte (McNemar).

    >>> e = ic_diff_appariee([0] * 12 + [1] * 8, [1] * 6 + [0] * 8 + [1] * 6)
    >>> round(e.valeur, 2), round(e.borne_basse, 3), round(e.borne_haute, 3), round(e.p, 3)
    (0.2, -0.089, 0.453, 0.289)
    """
    y0, y1, examen = _paires(avant, apres)
    if not np.isin([y0, y1], (0, 1)).all():
        raise ErreurParametre("ic_diff_appariee attend des 0 et des 1 ; pour un score, evolution_appariee.")
    n, gagnes, perdus = len(y0), int((y1 > y0).sum()), int((y1 < y0).sum())
    p01, p10 = (gagnes + 1) / (n + 2), (perdus + 1) / (n + 2)
    marge = _quantile() * sqrt((p01 + p10 - (p01 - p10) ** 2) / (n + 2))
    bornes = (max(p01 - p10 - marge, -1.0), min(p01 - p10 + marge, 1.0)) if n else (nan, nan)
    p = float(stats.binomtest(gagnes, gagnes + perdus).pvalue) if gagnes + perdus else 1.0
    methode = "intervalle de Bonett-Price, test binomial exact"
    return Estimation((gagnes - perdus) / n if n else nan, *bornes, n, methode, "points", p=p, **examen)


def _evolution_t(ecart: float, erreur_type: float, ddl: float, **reste) -> Estimation:
    """Évolution d'un score, intervalle et test de Student ; ni l'un ni l'autre si rien ne varie."""
    if not erreur_type > 1e-12 * max(1.0, abs(ecart)):
        reste["manque"] = reste["manque"] or "deux valeurs différentes"
        return Estimation(ecart, nan, nan, unite="score", **reste)
    marge, p = _quantile(ddl) * erreur_type, _p_bilaterale(ecart / erreur_type, ddl)
    return Estimation(ecart, ecart - marge, ecart + marge, unite="score", p=p, ddl=ddl, **reste)


def evolution_appariee(avant: Sequence[float], apres: Sequence[float]) -> Estimation:
    """
    Évolution moyenne d'un score, mêmes personnes avant et après (test t apparié).

    Args:
        avant, apres: scores, une position par personne, NaN sans réponse.

    Raises:
        ErreurParametre: pour des longueurs différentes ou une valeur qui n'est pas un nombre.

    Source:
        Student (1908).

    >>> e = evolution_appariee([2, 3, 2, 4], [3, 3, 4, 5])
    >>> e.valeur, round(e.borne_basse, 2), round(e.borne_haute, 2), round(e.p, 3)
    (1.0, -0.3, 2.3, 0.092)
    """
    y0, y1, examen = _paires(avant, apres)
    n, ecarts = len(y0), y1 - y0
    if n < 2:
        return _evolution_t(float(ecarts[0]) if n else nan, 0, inf, n=n, methode="trop peu de paires", **examen)
    ecart, ecart_type = float(ecarts.mean()), sqrt((y0.var(ddof=1) + y1.var(ddof=1)) / 2)
    examen |= {"n": n, "methode": "test t de Student apparié", "ecart_type": ecart_type}
    return _evolution_t(ecart, float(ecarts.std(ddof=1)) / sqrt(n), n - 1, **examen)


def _vague(valeurs: Sequence[float], classes: Sequence | None, nom: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores présents d'une vague, et moyennes de ses classes (aucune si elles sont inconnues)."""
    scores = _nombres(valeurs, nom)
    if classes is None:
        return scores[~np.isnan(scores)], np.array([])
    if len(classes) != len(scores):
        raise ErreurParametre(f"{nom} : {len(scores)} scores, {len(classes)} classes ; donner une classe par score.")
    table = pd.DataFrame({"score": scores, "classe": list(classes)}).dropna()
    return table["score"].to_numpy(), table.groupby("classe")["score"].mean().to_numpy()


def evolution_non_appariee(
    avant: Sequence[float],
    apres: Sequence[float],
    *,
    classe_avant: Sequence | None = None,
    classe_apres: Sequence | None = None,
) -> Estimation:
    """
    Évolution moyenne d'un score, personnes différentes avant et après (test de Welch).

    Les élèves répondent par classe : dès 4 classes par vague, le test porte sur leurs moyennes ; en dessous,
    l'erreur type est élargie par l'effet de grappe. Les ignorer triplerait les fausses alertes.

    Args:
        avant, apres: scores individuels, NaN sans réponse.
        classe_avant, classe_apres: classe de chaque réponse ; sans classe connue, la réponse est écartée.

    Raises:
        ErreurParametre: si une seule vague a des classes, ou si les longueurs diffèrent.

    Source:
        Welch, Biometrika 34:28 (1947) ; effet de grappe 1 + (m − 1)ρ de Kish (1965).

    >>> e = evolution_non_appariee([1, 2, 3, 4], [3, 4, 5, 8])
    >>> e.valeur, round(e.borne_basse, 2), round(e.p, 3), e.manque
    (2.5, -0.75, 0.105, '30 réponses par vague')
    """
    if (classe_avant is None) != (classe_apres is None):
        raise ErreurParametre("Classes données pour une seule vague : donner classe_avant et classe_apres.")
    (y0, c0), (y1, c1) = _vague(avant, classe_avant, "avant"), _vague(apres, classe_apres, "apres")
    u0, u1, deff, methode, reserves = y0, y1, 1.0, "test de Welch", ("réponses supposées indépendantes",)
    if min(len(c0), len(c1)) >= CLASSES_MINIMALES:
        u0, u1, methode, reserves = c0, c1, "test de Welch sur les moyennes de classe", ()
    elif len(c0) + len(c1):
        deff = 1 + ((len(y0) + len(y1)) / (len(c0) + len(c1)) - 1) * CORRELATION_DE_CLASSE
        methode, reserves = "test de Welch, effet de classe supposé", ("trop peu de classes par vague",)
    manque = f"{REPONSES_MINIMALES} réponses par vague" if min(len(y0), len(y1)) < REPONSES_MINIMALES else ""
    reste = {"n": len(y0) + len(y1), "manque": manque, "avertissements": (NON_APPARIES, *reserves)}
    if min(len(u0), len(u1)) < 2:
        return _evolution_t(nan, 0, inf, methode="trop peu de réponses", **reste)
    effet = hedges_g(y0.mean(), y1.mean(), y0.std(ddof=1), y1.std(ddof=1), len(y0), len(y1))
    v0, v1 = u0.var(ddof=1) / len(u0), u1.var(ddof=1) / len(u1)
    ddl = (v0 + v1) ** 2 / (v0**2 / (len(u0) - 1) + v1**2 / (len(u1) - 1)) if v0 + v1 else inf
    reste |= {"methode": methode, "ecart_type": effet.ecart_type}
    return _evolution_t(float(u1.mean() - u0.mean()), sqrt(deff * (v0 + v1)), float(ddl), **reste)


def _correction(ddl: float) -> float:
    """Correction de Hedges du biais des petits effectifs."""
    return 1 - 3 / (4 * ddl - 1)


def hedges_g(moyenne_avant, moyenne_apres, ecart_type_avant, ecart_type_apres, n_avant, n_apres) -> Estimation:
    """
    Évolution en écarts-types, corrigée des petits effectifs : g de Hedges, groupes indépendants.

    Raises:
        ErreurParametre: pour moins de deux scores dans une vague.

    Source:
        Borenstein et al., Introduction to Meta-Analysis (2009), p. 26-27.

    >>> round(hedges_g(100, 103, 4.5, 5.5, 50, 50).valeur, 4)
    0.5924
    """
    if min(n_avant, n_apres) < 2:
        raise ErreurParametre(f"hedges_g : n_avant={n_avant}, n_apres={n_apres} ; deux scores par vague au moins.")
    ddl, n = n_avant + n_apres - 2, n_avant + n_apres
    commun = sqrt(((n_avant - 1) * ecart_type_avant**2 + (n_apres - 1) * ecart_type_apres**2) / ddl)
    d, j = (moyenne_apres - moyenne_avant) / commun if commun else nan, _correction(ddl)
    g, marge = float(j * d), float(_quantile() * j * sqrt(n / (n_avant * n_apres) + d**2 / (2 * n)))
    return Estimation(g, g - marge, g + marge, n, "g de Hedges", "écart-type", ecart_type=commun)


def hedges_g_apparie(avant: Sequence[float], apres: Sequence[float]) -> Estimation:
    """
    Évolution en écarts-types, mêmes personnes avant et après, corrigée des petits effectifs.

    L'écart-type est celui des personnes, déduit de celui des écarts et de la corrélation des deux vagues.

    Source:
        Borenstein et al., Introduction to Meta-Analysis (2009), p. 28-30.

    >>> round(hedges_g_apparie([2, 3, 2, 4] * 10, [3, 3, 4, 5] * 10).valeur, 3)
    1.168
    """
    y0, y1, examen = _paires(avant, apres)
    n, ecarts = len(y0), y1 - y0
    if n < 3 or min(y0.std(), y1.std(), ecarts.std()) <= 1e-12:
        return Estimation(nan, nan, nan, n, "g de Hedges apparié", "écart-type", **examen)
    r = float(np.corrcoef(y0, y1)[0, 1])
    commun = float(ecarts.std(ddof=1)) / sqrt(2 * (1 - r))
    d, j = float(ecarts.mean()) / commun, _correction(n - 1)
    marge = _quantile() * j * sqrt((1 / n + d**2 / (2 * n)) * 2 * (1 - r))
    valeurs = (j * d, j * d - marge, j * d + marge)
    return Estimation(*valeurs, n, "g de Hedges apparié", "écart-type", ecart_type=commun, **examen)


def ajuster_bh(p: Sequence[float]) -> np.ndarray:
    """
    Probabilités critiques corrigées des comparaisons multiples ; une absente (NaN) le reste et ne compte pas.

    Raises:
        ErreurParametre: pour une valeur hors de [0 ; 1].

    Source:
        Benjamini et Hochberg, J. R. Stat. Soc. B 57:289 (1995).

    >>> ajuster_bh([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    q = _nombres(p, "p")
    presentes = ~np.isnan(q)
    if ((q < 0) | (q > 1)).any():
        raise ErreurParametre("ajuster_bh attend des probabilités entre 0 et 1.")
    if presentes.any():
        q[presentes] = stats.false_discovery_control(q[presentes])
    return q
