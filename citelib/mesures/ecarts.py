"""Comparer l'évolution de quelques collèges à celle de collèges semblables, sans prétendre à plus.

Un à cinq collèges, quelques années : les erreurs types par grappe y donnent deux à trois fois trop de fausses
alertes. On garde un seul changement par collège (moyenne d'après moins moyenne d'avant), un intervalle de
Student à G − 2 degrés de liberté et toutes les permutations ; il faut les deux pour conclure. Les conditions
d'emploi décident du niveau de preuve, avant tout résultat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from math import comb, inf, isnan, nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from citelib.erreurs import ErreurParametre
from citelib.mesures.verdicts import SEUIL_Q, Estimation, emd

COMBINAISONS_MAXIMALES, TIRAGES = 20_000, 9_999
"""Au-delà de ce nombre de partages, on en tire au hasard, graine fixée."""
AVANT_MINIMAL, AVANT_DU_PLACEBO, AVANT_DE_LA_PENTE = 2, 4, 3
COMPARABLES_D_UN_TEST, COMPARABLES_D_UNE_PREUVE = 4, 6
"""Sous 4 collèges de comparaison, aucun test ; sous 6, un résultat indicatif. Source : note de méthode, §3.2."""
RAPPORT_DE_TAILLES = 2.0
"""Au-delà, un collège de la cité n'a pas la variabilité de ses semblables : résultat indicatif."""
METHODE = "écart des évolutions, intervalle de Student et permutations"


@dataclass(frozen=True)
class Comparaison:
    """
    L'écart entre l'évolution des collèges de la cité et celle de leurs semblables, et ce qui le qualifie.

    Args:
        estimation: l'écart, son intervalle t(G − 2) et sa probabilité par permutation ; `manque` s'il y a trop
            peu d'années ou de collèges.
        changements: une ligne par collège gardé : `unite`, `traite`, `avant`, `apres`, `changement`, `taille`.
        avant, apres: années comparées, les mêmes pour tous.
        ecartes: collèges écartés et pourquoi.
        p_min: plus petite probabilité que le nombre de collèges permet.
        plage: plus petit et plus grand écart quand un collège de comparaison est retiré.
        ponderee: le même écart, chaque collège pesant ses élèves ; NaN sans effectifs.
        rapport_tailles: taille médiane des semblables face au collège de la cité qui s'en éloigne le plus.
        placebo: la même mesure entre deux moitiés des années d'avant ; None sous quatre années.
        pente: évolution annuelle de l'écart avant le label ; None sous trois années.
    """

    estimation: Estimation
    changements: pd.DataFrame
    avant: tuple[int, ...] = ()
    apres: tuple[int, ...] = ()
    ecartes: tuple[tuple[str, str], ...] = ()
    p_min: float = nan
    plage: tuple[float, float] = (nan, nan)
    ponderee: float = nan
    rapport_tailles: float = nan
    placebo: Estimation | None = None
    pente: Estimation | None = None

    @property
    def n_cite(self) -> int:
        """Collèges de la cité comparés."""
        return int(self.changements["traite"].sum())

    @property
    def n_comparables(self) -> int:
        """Collèges de comparaison gardés."""
        return len(self.changements) - self.n_cite

    @property
    def mesuree(self) -> bool:
        """Vrai si un écart est calculé : assez d'années, au moins un collège de chaque côté."""
        return not isnan(self.estimation.valeur)

    @property
    def testee(self) -> bool:
        """Vrai si les nombres de collèges permettent un test à 5 %."""
        return self.mesuree and not self.estimation.manque

    @property
    def indicative(self) -> bool:
        """Vrai si le résultat n'est donné qu'à titre indicatif : peu de semblables, ou de tailles trop inégales."""
        return self.n_comparables < COMPARABLES_D_UNE_PREUVE or self.rapport_tailles > RAPPORT_DE_TAILLES

    @property
    def emd(self) -> float:
        """Plus petit écart que l'on avait 80 chances sur 100 de déceler."""
        return emd(self.estimation.erreur_type, ddl=self.estimation.ddl)

    def divergence(self, delta: float) -> bool:
        """Vrai si les collèges évoluaient déjà différemment avant : placebo établi, ou pente de plus de `delta`."""
        pente = self.pente is not None and abs(self.pente.valeur) > delta
        return pente or (self.placebo is not None and conclut(self.placebo))

    def niveau(self, delta: float) -> str:
        """Niveau de preuve : A, testée ; B, indicative ; C, sans test ou non interprétable ; E, non mesurée."""
        if not self.mesuree:
            return "E"
        if not self.testee or self.divergence(delta):
            return "C"
        return "B" if self.indicative else "A"


def conclut(estimation: Estimation) -> bool:
    """Vrai si l'intervalle et le test excluent ensemble l'absence d'écart."""
    exclut = estimation.borne_basse > 0 or estimation.borne_haute < 0
    return exclut and estimation.p is not None and estimation.p <= SEUIL_Q


def p_minimale(n_traites: int, n_comparables: int) -> float:
    """
    La plus petite probabilité qu'une permutation de collèges puisse donner.

    >>> round(p_minimale(3, 3), 3), round(p_minimale(3, 9), 4)
    (0.1, 0.0045)
    """
    partages = comb(n_traites + n_comparables, n_traites)
    return (2 if n_traites == n_comparables else 1) / partages


def comparables_necessaires(n_traites: int) -> int:
    """
    Nombre de collèges de comparaison à partir duquel un test à 5 % existe.

    >>> [comparables_necessaires(n) for n in (1, 2, 3, 5)]
    [19, 5, 4, 4]
    """
    n = COMPARABLES_D_UN_TEST
    while p_minimale(n_traites, n) > SEUIL_Q:
        n += 1
    return n


def permutation_exacte(traites: Sequence[float], autres: Sequence[float]) -> float:
    """
    Probabilité que le hasard du partage donne un écart de moyennes au moins aussi grand, en valeur absolue.

    Tous les partages sont énumérés jusqu'à 20 000 ; au-delà, 9 999 sont tirés et le partage observé compte.

    Source:
        Fisher (1935) ; règle |T*| ≥ |T|, et non deux fois la plus petite queue.

    >>> permutation_exacte([3.0], [1.0, 2.0])
    0.6666666666666666
    """
    valeurs, n = np.array([*traites, *autres], dtype=float), len(traites)
    total, observe = valeurs.sum(), abs(np.mean(traites) - np.mean(autres))
    partages = comb(len(valeurs), n)
    if partages <= COMBINAISONS_MAXIMALES:
        sommes = valeurs[_partages(len(valeurs), n)].sum(axis=1)
    else:
        melanges = np.random.default_rng(0).permuted(np.tile(valeurs, (TIRAGES, 1)), axis=1)
        sommes = melanges[:, :n].sum(axis=1)
    ecarts = np.abs(sommes / n - (total - sommes) / (len(valeurs) - n))
    extremes = int((ecarts >= observe - 1e-12 * max(1.0, observe)).sum())
    return extremes / partages if partages <= COMBINAISONS_MAXIMALES else (1 + extremes) / (1 + TIRAGES)


@lru_cache(maxsize=32)
def _partages(n: int, k: int) -> np.ndarray:
    """Tous les choix de `k` rangs parmi `n`, un par ligne."""
    return np.array(list(combinations(range(n), k)))


def did_colleges(panel: pd.DataFrame, *, annee_debut: int, exclure: Iterable[int] = ()) -> Comparaison:
    """
    Écart entre l'évolution des collèges de la cité et celle de leurs semblables (différence de différences).

    Mêmes années pour tous : celles que tous les collèges de la cité ont. Un collège qui a moins de deux années
    avant, aucune après, ou à qui manque l'une des années gardées, est écarté, et c'est dit.

    Args:
        panel: une ligne par collège et année : `unite`, `annee`, `y` (part de 0 à 1), `traite`, `taille`
            (élèves, facultative).
        annee_debut: première année d'après.
        exclure: années retirées des deux côtés (épreuve annulée, réforme).

    Raises:
        ErreurParametre: colonne absente, ou collège présent deux fois la même année.

    Source:
        Donald et Lang, Rev. Econ. Stat. 89:221 (2007), pour t(G − 2) ; note de méthode, §3 et §7.

    >>> y = [0.6, 0.6, 0.8, 0.6, 0.6, 0.7, 0.5, 0.5, 0.5]
    >>> panel = pd.DataFrame({"unite": list("AAABBBCCC"), "annee": [2020, 2021, 2022] * 3, "y": y})
    >>> panel["traite"] = panel["unite"].eq("A")
    >>> c = did_colleges(panel, annee_debut=2022)
    >>> round(c.estimation.valeur, 2), c.avant, c.estimation.manque
    (0.15, (2020, 2021), '19 collèges de comparaison')
    """
    valeurs, fiches = _matrice(panel, exclure)
    gardes, avant, apres, ecartes = _annees_communes(valeurs, fiches["traite"], annee_debut)
    valeurs, fiches = valeurs.loc[gardes, [*avant, *apres]], fiches.loc[gardes]
    changements = fiches.assign(avant=valeurs[avant].mean(axis=1), apres=valeurs[apres].mean(axis=1))
    changements = changements.assign(changement=changements["apres"] - changements["avant"]).reset_index()
    cite = changements["traite"]
    traites, autres = (changements.loc[cotes, "changement"].to_numpy() for cotes in (cite, ~cite))
    reste = {"avant": tuple(avant), "apres": tuple(apres), "ecartes": tuple(ecartes)}
    manque = _manque(len(avant), len(apres), len(traites), len(autres))
    if len(avant) < AVANT_MINIMAL or not apres or not len(traites) or not len(autres):
        vide = Estimation(nan, nan, nan, len(changements), METHODE, "points", manque=manque)
        return Comparaison(vide, changements, **reste)
    estimation = replace(_ecart(traites, autres), manque=manque)
    return Comparaison(
        estimation,
        changements,
        **reste,
        p_min=p_minimale(len(traites), len(autres)),
        plage=_sans_un(traites, autres),
        ponderee=_ponderee(changements),
        rapport_tailles=_rapport_tailles(changements),
        placebo=_placebo(valeurs[avant], fiches["traite"]),
        pente=_pente(valeurs[avant], fiches["traite"]),
    )


def ecarts_annuels(panel: pd.DataFrame, *, annee_debut: int, exclure: Iterable[int] = ()) -> pd.DataFrame:
    """
    L'écart entre les deux groupes, année par année : pour le voir, sans test d'aucune année.

    Args:
        panel, annee_debut, exclure: comme dans `did_colleges` ; une année exclue reste vide.

    Returns:
        `annee`, `moyenne_cite`, `moyenne_comparables`, `ecart`, `periode` (« avant », « après » ou « exclue »).
    """
    moyennes = panel.assign(traite=panel["traite"].astype(bool)).pivot_table("y", "annee", "traite", observed=True)
    moyennes = moyennes.reindex(columns=[True, False]).astype(float).sort_index()
    exclues = moyennes.index.isin(list(exclure))
    moyennes.loc[exclues] = nan
    periode = np.where(exclues, "exclue", np.where(moyennes.index < annee_debut, "avant", "après"))
    colonnes = {"moyenne_cite": moyennes[True], "moyenne_comparables": moyennes[False]}
    table = pd.DataFrame(colonnes).assign(ecart=moyennes[True] - moyennes[False], periode=periode)
    return table.rename_axis("annee").reset_index()


def _matrice(panel: pd.DataFrame, exclure: Iterable[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les valeurs, collèges en lignes et années en colonnes, et la fiche de chaque collège."""
    absentes = {"unite", "annee", "y", "traite"} - {*panel.columns}
    if absentes:
        raise ErreurParametre(f"Panel sans colonne {', '.join(sorted(absentes))} : en donner une par collège et année.")
    if panel.duplicated(["unite", "annee"]).any():
        double = panel.loc[panel.duplicated(["unite", "annee"]), ["unite", "annee"]].iloc[0].tolist()
        raise ErreurParametre(f"Panel : {double[0]} est deux fois en {double[1]}. Garder une ligne par année.")
    lues = panel[~panel["annee"].isin(list(exclure))].astype({"y": float, "traite": bool})
    lues = lues.assign(taille=lues["taille"].astype(float) if "taille" in lues else nan)
    fiches = lues.groupby("unite").agg(traite=("traite", "first"), taille=("taille", "mean"))
    valeurs = lues.pivot(index="unite", columns="annee", values="y").sort_index(axis=1)
    return valeurs.loc[fiches.index], fiches


def _annees_communes(valeurs: pd.DataFrame, traite: pd.Series, annee_debut: int) -> tuple:
    """Collèges gardés, années d'avant et d'après communes, et collèges écartés."""
    connues, annees = valeurs.notna(), valeurs.columns
    n_avant, n_apres = (connues.loc[:, cote].sum(axis=1) for cote in (annees < annee_debut, annees >= annee_debut))
    bons = n_avant.ge(AVANT_MINIMAL) & n_apres.ge(1)
    # Si aucun collège de la cité ne convient, c'est la période qui manque : aucun n'est à accuser.
    bons = bons if (bons & traite).any() else bons | True
    raisons = {
        u: "moins de deux années avant" if n_avant[u] < AVANT_MINIMAL else "aucune année après"
        for u in bons.index[~bons]
    }
    communes = [annee for annee in annees if connues.loc[bons & traite, annee].all()]
    incomplets = bons & ~traite & ~connues[communes].all(axis=1)
    for unite in bons.index[incomplets]:
        absentes = [str(annee) for annee in communes if not connues.loc[unite, annee]]
        raisons[unite] = f"sans valeur en {', '.join(absentes)}"
    gardes = bons.index[bons & ~incomplets]
    avant, apres = ([a for a in communes if (a < annee_debut) == cote] for cote in (True, False))
    return gardes, avant, apres, sorted(raisons.items())


def _manque(n_avant: int, n_apres: int, n_traites: int, n_autres: int) -> str:
    """La première condition d'emploi qui n'est pas remplie."""
    if n_avant < AVANT_MINIMAL:
        return "deux années communes avant le label"
    if not n_apres:
        return "une année commune après le label"
    if not n_traites:
        return "un collège de la cité dont la série est complète"
    voulus = comparables_necessaires(n_traites)
    return f"{voulus} collèges de comparaison" if n_autres < voulus else ""


def _ecart(traites: np.ndarray, autres: np.ndarray) -> Estimation:
    """Différence des changements moyens, intervalle t(G − 2), probabilité par permutation."""
    ecart, ddl = float(traites.mean() - autres.mean()), len(traites) + len(autres) - 2
    carres = sum(float(((groupe - groupe.mean()) ** 2).sum()) for groupe in (traites, autres))
    erreur = sqrt(carres / ddl * (1 / len(traites) + 1 / len(autres))) if ddl else nan
    marge = float(stats.t.ppf(0.975, ddl)) * erreur if ddl else nan
    p = permutation_exacte(traites, autres)
    return Estimation(ecart, ecart - marge, ecart + marge, ddl + 2, METHODE, "points", p=p, ddl=ddl or inf)


def _sans_un(traites: np.ndarray, autres: np.ndarray) -> tuple[float, float]:
    """Étendue de l'écart quand on retire tour à tour chaque collège de comparaison."""
    if len(autres) < 2:
        return nan, nan
    ecarts = traites.mean() - (autres.sum() - autres) / (len(autres) - 1)
    return float(ecarts.min()), float(ecarts.max())


def _ponderee(changements: pd.DataFrame) -> float:
    """L'écart, chaque collège pesant ses élèves."""
    if changements["taille"].isna().any():
        return nan
    moyennes = [
        np.average(changements.loc[cote, "changement"], weights=changements.loc[cote, "taille"])
        for cote in (changements["traite"], ~changements["traite"])
    ]
    return float(moyennes[0] - moyennes[1])


def _rapport_tailles(changements: pd.DataFrame) -> float:
    """Rapport, au moins 1, entre la taille médiane des semblables et le collège de la cité le plus différent."""
    mediane = changements.loc[~changements["traite"], "taille"].median()
    rapports = changements.loc[changements["traite"], "taille"] / mediane
    return float(np.maximum(rapports, 1 / rapports).max())


def _placebo(valeurs: pd.DataFrame, traite: pd.Series) -> Estimation | None:
    """La même mesure entre la première et la seconde moitié des années d'avant."""
    if valeurs.shape[1] < AVANT_DU_PLACEBO:
        return None
    moitie = valeurs.shape[1] // 2
    changements = valeurs.iloc[:, moitie:].mean(axis=1) - valeurs.iloc[:, :moitie].mean(axis=1)
    return _ecart(changements[traite].to_numpy(), changements[~traite].to_numpy())


def _pente(valeurs: pd.DataFrame, traite: pd.Series) -> Estimation | None:
    """Évolution annuelle de l'écart entre les deux groupes avant le label, et son intervalle."""
    n = valeurs.shape[1]
    if n < AVANT_DE_LA_PENTE:
        return None
    ecarts = valeurs[traite].mean() - valeurs[~traite].mean()
    droite = stats.linregress(np.asarray(valeurs.columns, dtype=float), ecarts.to_numpy())
    marge = float(stats.t.ppf(0.975, n - 2)) * float(droite.stderr)
    pente = float(droite.slope)
    return Estimation(pente, pente - marge, pente + marge, n, "moindres carrés", "points", ddl=n - 2)
