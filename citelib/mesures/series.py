"""Lire une série dans le temps : retour vers la moyenne, série mensuelle interrompue, contrôle synthétique.

Chaque méthode dit le nombre de points qu'il lui faut ; en dessous, elle ne rend pas de test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, nan, sqrt

import numpy as np
import pandas as pd
from scipy import optimize, stats

from citelib.erreurs import ErreurParametre
from citelib.mesures.verdicts import Estimation

POINTS_MENSUELS, POINTS_DE_CHAQUE_COTE = 24, 6
"""Sous 24 mois, ou 6 avant ou après, pas de série interrompue."""
AVANT_SYNTHETIQUE, DONNEURS_SYNTHETIQUE = 8, 10
"""Conditions d'un contrôle synthétique. Source : note de méthode, §3.2."""
POIDS_DE_LA_SOMME = 1e4


def rebond_attendu(correlation: float, base: float, moyenne: float) -> float:
    """
    Ce qu'un niveau bas (ou haut) regagne de lui-même d'une année à l'autre, sans que rien n'ait changé.

    Args:
        correlation: entre deux années successives, d'un collège à l'autre.
        base, moyenne: niveau de départ, et celui des collèges comparables.

    Source:
        Barnett, van der Pols et Dobson, Int. J. Epidemiol. 34:215 (2005).

    >>> round(rebond_attendu(0.6, 62, 80), 1)
    7.2
    """
    return (1 - correlation) * (moyenne - base)


def serie_interrompue(
    comptes: Sequence[float],
    debut: int,
    *,
    population: Sequence[float] | None = None,
    elargir: bool = True,
    saison: bool = False,
) -> Estimation:
    """
    Changement de niveau d'une série mensuelle de comptes, à tendance égale : rapport de taux (régression de Poisson).

    Args:
        comptes: un compte par mois, dans l'ordre.
        debut: rang du premier mois d'après.
        population: ce que l'on compte pour chaque mois (demi-journées dues, élèves) ; à défaut, rien n'est rapporté.
        elargir: l'intervalle est élargi quand les mois varient plus que des comptes au hasard.
        saison: retirer une vague annuelle (le mois se lit dans l'ordre de la série).

    Raises:
        ErreurParametre: compte négatif, population nulle ou longueurs différentes.

    Returns:
        Le rapport de taux, 1 sans changement ; `manque` sous 24 mois, ou sous 6 d'un côté.

    Source:
        Lopez Bernal, Cummins et Gasparrini, Int. J. Epidemiol. 46:348 (2017).
    """
    y = np.asarray(comptes, dtype=float)
    expose = np.ones_like(y) if population is None else np.asarray(population, dtype=float)
    if len(y) != len(expose) or (y < 0).any() or (expose <= 0).any():
        raise ErreurParametre("serie_interrompue : comptes positifs, autant de populations, toutes non nulles.")
    methode = "régression de Poisson segmentée"
    if len(y) < POINTS_MENSUELS or min(debut, len(y) - debut) < POINTS_DE_CHAQUE_COTE:
        manque = f"{POINTS_MENSUELS} mois, dont {POINTS_DE_CHAQUE_COTE} avant et {POINTS_DE_CHAQUE_COTE} après"
        return Estimation(nan, nan, nan, len(y), methode, "rapport", manque=manque)
    temps = np.arange(len(y), dtype=float)
    vagues = [onde(2 * np.pi * temps / 12) for onde in (np.sin, np.cos)] if saison else []
    plan = np.column_stack([np.ones_like(y), temps - temps.mean(), temps >= debut, *vagues])
    coefficients, covariance, dispersion = _poisson(plan, y, np.log(expose))
    erreur = sqrt(covariance[2, 2] * (max(1.0, dispersion) if elargir else 1.0))
    effet, z = float(coefficients[2]), float(stats.norm.ppf(0.975))
    p = float(2 * stats.norm.sf(abs(effet) / erreur))
    return Estimation(exp(effet), exp(effet - z * erreur), exp(effet + z * erreur), len(y), methode, "rapport", p=p)


def _poisson(plan: np.ndarray, y: np.ndarray, decalage: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, covariance et dispersion de Pearson d'un modèle log-linéaire (moindres carrés repondérés)."""
    coefficients = np.linalg.lstsq(plan, np.log(y + 0.5) - decalage, rcond=None)[0]
    for _ in range(50):
        attendus = np.exp(plan @ coefficients + decalage)
        cible = plan @ coefficients + (y - attendus) / attendus
        pesee = plan * attendus[:, None]
        suivants = np.linalg.solve(pesee.T @ plan, pesee.T @ cible)
        if np.abs(suivants - coefficients).max() < 1e-10:
            break
        coefficients = suivants
    attendus = np.exp(plan @ suivants + decalage)
    covariance = np.linalg.inv((plan * attendus[:, None]).T @ plan)
    dispersion = float(((y - attendus) ** 2 / attendus).sum() / (len(y) - plan.shape[1]))
    return suivants, covariance, dispersion


@dataclass(frozen=True)
class Synthetique:
    """
    Un collège composé : le mélange de collèges qui suit le mieux ceux de la cité avant le label.

    Args:
        ecart: écart moyen après le label ; exploratoire, sans intervalle.
        poids: part de chaque collège du mélange, les seules non négligeables.
        erreur_avant: écart quadratique moyen avant le label.
        rang, n: place du rapport après/avant parmi tous les collèges, si l'on fait comme si chacun était labellisé.
        manque: condition d'emploi non remplie ; vide sinon.
    """

    ecart: float
    poids: dict[str, float]
    erreur_avant: float
    rang: int
    n: int
    manque: str = ""


def synthetique(panel: pd.DataFrame, *, annee_debut: int) -> Synthetique:
    """
    Contrôle synthétique de la moyenne des collèges de la cité, à titre exploratoire.

    Args:
        panel: comme dans `did_colleges` ; les collèges et les années incomplets sont écartés.
        annee_debut: première année d'après.

    Returns:
        Huit années avant, dix collèges, et une erreur d'avant d'au plus un demi-écart-type des changements :
        sinon `manque` dit ce qui fait défaut.

    Source:
        Abadie, Diamond et Hainmueller, J. Am. Stat. Assoc. 105:493 (2010).
    """
    valeurs = panel.pivot(index="annee", columns="unite", values="y").astype(float).dropna(axis=1)
    traites = valeurs.columns.isin(panel.loc[panel["traite"].astype(bool), "unite"])
    cible, donneurs, avant = valeurs.loc[:, traites].mean(axis=1), valeurs.loc[:, ~traites], valeurs.index < annee_debut
    manque = ""
    if not traites.any() or avant.sum() < AVANT_SYNTHETIQUE or avant.all():
        manque = f"{AVANT_SYNTHETIQUE} années avant le label et une après"
    elif donneurs.shape[1] < DONNEURS_SYNTHETIQUE:
        manque = f"{DONNEURS_SYNTHETIQUE} collèges de comparaison"
    if manque:
        return Synthetique(nan, {}, nan, 0, donneurs.shape[1], manque)
    ecarts, poids = _melange(cible, donneurs, avant)
    rapports = [_rapport(_melange(donneurs[nom], donneurs.drop(columns=nom), avant)[0], avant) for nom in donneurs]
    changements = donneurs[~avant].mean() - donneurs[avant].mean()
    erreur = sqrt(float((ecarts[avant] ** 2).mean()))
    if erreur > changements.std(ddof=1) / 2:
        manque = "un mélange de collèges plus proche avant le label"
    rang = 1 + sum(rapport >= _rapport(ecarts, avant) for rapport in rapports)
    gardes = {nom: float(part) for nom, part in sorted(poids.items(), key=lambda p: -p[1]) if part > 0.005}
    return Synthetique(float(ecarts[~avant].mean()), gardes, erreur, rang, len(rapports) + 1, manque)


def _melange(cible: pd.Series, donneurs: pd.DataFrame, avant: np.ndarray) -> tuple[pd.Series, dict[str, float]]:
    """Écart de la cible au mélange (poids positifs, de somme 1) qui la suit le mieux avant."""
    x, y = donneurs.to_numpy()[avant], cible.to_numpy()[avant]
    lourd = POIDS_DE_LA_SOMME * max(1e-9, np.abs(x).mean())
    poids, _ = optimize.nnls(np.vstack([x, np.full(x.shape[1], lourd)]), np.append(y, lourd))
    return cible - donneurs @ poids, dict(zip(donneurs.columns, poids, strict=True))


def _rapport(ecarts: pd.Series, avant: np.ndarray) -> float:
    """Erreur quadratique d'après rapportée à celle d'avant."""
    return float((ecarts[~avant] ** 2).mean() / max(1e-12, (ecarts[avant] ** 2).mean()))
