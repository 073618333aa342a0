"""Redresser une enquête : seulement si l'on sait vers quoi, et sans qu'un répondant en pèse trop d'autres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citelib.erreurs import ErreurParametre

REPONDANTS_PAR_CASE, DEFF_MAXIMAL = 10, 2.0
"""Répondants qu'il faut dans chaque case ; perte de précision admise. Source : note de méthode, §4.2."""
POIDS_EXTREMES = (0.3, 3.0)
"""Un poids ne sort pas de ces bornes, sa moyenne valant 1."""
TOURS, TOLERANCE = 200, 1e-10


@dataclass(frozen=True)
class Ponderation:
    """
    Des poids, ou la raison de ne pas pondérer.

    Args:
        poids: un par répondant, de moyenne 1 ; tous à 1 si l'on ne pondère pas.
        motif: pourquoi l'on ne pondère pas ; vide sinon.
    """

    poids: np.ndarray
    motif: str = ""

    @property
    def deff(self) -> float:
        """Perte de précision due à l'inégalité des poids."""
        return deff_kish(self.poids)


def deff_kish(poids: Sequence[float]) -> float:
    """
    Effet de plan de Kish : n Σw² ÷ (Σw)².

    Source:
        Kish, Survey Sampling (1965).

    >>> deff_kish([1, 1, 2, 4])
    1.375
    """
    w = np.asarray(poids, dtype=float)
    return float(len(w) * (w**2).sum() / w.sum() ** 2)


def n_efficace(poids: Sequence[float]) -> float:
    """
    Effectif efficace : (Σw)² ÷ Σw².

    >>> round(n_efficace([1, 1, 2, 4]), 3)
    2.909
    """
    return len(poids) / deff_kish(poids)


def caler(depart: Sequence[float], cases: pd.DataFrame, marges: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    """
    Ajuste des poids jusqu'à ce que leurs sommes égalent chaque marge (calage itératif).

    Args:
        depart: poids de départ.
        cases: une ligne par poids, une colonne par variable de calage.
        marges: variable → modalité → somme voulue ; chaque modalité présente y est.

    Raises:
        ErreurParametre: si les marges ne couvrent pas les modalités, n'ont pas le même total ou sont
            inconciliables.

    Source:
        Deming et Stephan, Ann. Math. Stat. 11:427 (1940).

    >>> cases = pd.DataFrame({"sexe": ["F", "F", "G"]})
    >>> caler([1, 1, 1], cases, {"sexe": {"F": 1, "G": 2}}).tolist()
    [0.5, 0.5, 2.0]
    """
    poids = np.asarray(depart, dtype=float)
    totaux = {nom: sum(marge.values()) for nom, marge in marges.items()}
    absents = {nom: sorted({*cases[nom]} ^ {*marge}) for nom, marge in marges.items()}
    if any(absents.values()) or not np.allclose([*totaux.values()], next(iter(totaux.values()))):
        raise ErreurParametre(f"caler : modalités sans vis-à-vis {absents}, ou totaux différents {totaux}.")
    for _ in range(TOURS):
        precedents = poids
        for nom, marge in marges.items():
            sommes = pd.Series(poids).groupby(cases[nom].to_numpy()).transform("sum").to_numpy()
            poids = poids * cases[nom].map(dict(marge)).to_numpy(float) / sommes
        if np.abs(poids - precedents).max() <= TOLERANCE * poids.max():
            return poids
    raise ErreurParametre("caler : les marges ne se concilient pas.")


def ponderer(cases: pd.DataFrame, marges: Mapping[str, Mapping[str, float]]) -> Ponderation:
    """
    Poids des répondants, si les trois conditions sont remplies ; sinon des poids égaux et la raison.

    Il faut connaître la population par modalité, au moins dix répondants dans chaque case, et un effet de plan
    d'au plus 2 une fois les poids ramenés entre 0,3 et 3.

    Args:
        cases: une ligne par répondant, une colonne par variable.
        marges: population par variable et modalité ; une variable vide, ou sans population, n'est pas employée.

    >>> cases = pd.DataFrame({"sexe": ["F"] * 30 + ["G"] * 10})
    >>> p = ponderer(cases, {"sexe": {"F": 100, "G": 100}})
    >>> p.poids[[0, -1]].round(3).tolist(), round(p.deff, 3)
    ([0.667, 2.0], 1.333)
    """
    utiles = {nom: dict(marge) for nom, marge in marges.items() if len(marge) > 1 and sum(marge.values()) > 0}
    egaux = np.ones(len(cases))
    if not utiles or cases.empty:
        return Ponderation(egaux, "population invitée inconnue par sexe et par âge")
    if any({*cases[nom]} - {*marge} for nom, marge in utiles.items()):
        return Ponderation(egaux, "répondants d'une modalité dont la population n'est pas connue")
    comptes = [cases[nom].value_counts().reindex(marge, fill_value=0) for nom, marge in utiles.items()]
    if any(n.lt(REPONDANTS_PAR_CASE).any() for n in (*comptes, cases.groupby(list(utiles)).size())):
        return Ponderation(egaux, f"moins de {REPONDANTS_PAR_CASE} répondants dans une case")
    parts = {nom: {m: len(cases) * v / sum(marge.values()) for m, v in marge.items()} for nom, marge in utiles.items()}
    poids = np.clip(caler(egaux, cases, parts), *POIDS_EXTREMES)
    poids = poids / poids.mean()
    if deff_kish(poids) > DEFF_MAXIMAL:
        return Ponderation(egaux, "poids trop inégaux : la précision serait divisée par plus de deux")
    return Ponderation(poids)
