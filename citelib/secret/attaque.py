"""Ce qu'un lecteur devine : les opérations qu'il peut refaire, et les bornes qu'il en tire.

`audit` ne reçoit que ce qui est publié, et borne chaque case en nombres entiers. Écrit sans rien savoir de
`suppression`, qui choisit les cases : l'un vérifie l'autre, et lui seul autorise la publication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, block_diag, csr_array
from scipy.sparse.csgraph import connected_components

LOT = 25
"""Questions posées à la fois au solveur."""

DELAI = 600.0
"""Secondes laissées au solveur ; au-delà, il n'y a pas de réponse : une sécurité, jamais atteinte en usage normal."""


@dataclass(frozen=True)
class Grille:
    """
    Les opérations qu'un lecteur peut refaire sur une table, dont les cases sont numérotées.

    Args:
        sommes: (case du total, cases qui s'y additionnent).
        couples: (case du numérateur, case du dénominateur) ; leur différence, le complément, n'est
            écrite nulle part mais se déduit, et ne peut être négative.
        restes: (cases d'un ensemble, cases de ses parties) ; comme un couple, si l'un des deux s'écrit par morceaux.
    """

    sommes: tuple[tuple[int, tuple[int, ...]], ...] = ()
    couples: tuple[tuple[int, int], ...] = ()
    restes: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()

    @property
    def differences(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Les couples puis les restes : (ce dont on retire, ce qu'on en retire)."""
        return (*(((den,), (num,)) for num, den in self.couples), *self.restes)

    def ecarts(self, valeurs: np.ndarray) -> np.ndarray:
        """La valeur de chaque différence."""
        return np.array([valeurs[list(plus)].sum() - valeurs[list(moins)].sum() for plus, moins in self.differences])


def proches(liens: csr_array) -> list[tuple[np.ndarray, np.ndarray, csr_array]]:
    """Pour chaque inconnue, les sommes et les inconnues dont elle dépend, de proche en proche, et ce qui les lie."""
    n_sommes = liens.shape[0]
    _, groupes = connected_components(block_array([[None, liens], [liens.T, None]]), directed=False)
    sommes, inconnues = groupes[:n_sommes], groupes[n_sommes:]
    membres = {}
    for g in np.unique(inconnues):
        ici, la = np.flatnonzero(sommes == g), np.flatnonzero(inconnues == g)
        membres[g] = (ici, la, liens[ici][:, la])
    return [membres[g] for g in inconnues]


def audit(
    affiche: np.ndarray,
    masque: np.ndarray,
    grille: Grille,
    *,
    seuil: int,
    plancher: int = 1,
    sensible: bool = False,
    marge: int = 0,
) -> pd.DataFrame:
    """
    Borne chaque case et chaque complément comme le ferait un lecteur muni de la seule table publiée.

    Args:
        affiche: valeur publiée de chaque case ; ce qu'il y a sous le masque n'est pas lu.
        masque: vrai pour les cases masquées.
        seuil: une case masquée doit garder au moins `seuil` valeurs possibles.
        plancher: plus petite valeur qu'il prête à une case masquée ; 1 si les zéros sont publiés.
        sensible: un zéro publié est une fuite.
        marge: de combien l'arrondi a pu éloigner une valeur publiée, non nulle, de la vraie.

    Returns:
        Une ligne par case, puis par différence : `cellule` (numéro de la case ; de ce qu'on retire pour un
        complément), `nature` (« case », « complément »), `masquee`, `borne_basse` et `borne_haute`
        (vides si le système n'a pas de solution, infinie sans limite), `largeur`, `ok`. Une case vide et
        non masquée n'a pas de ligne.

    >>> un_un_deux = Grille(sommes=((2, (0, 1)),))
    >>> audit(np.array([9, 9, 2]), np.array([True, True, False]), un_un_deux, seuil=2)["largeur"].tolist()
    [0.0, 0.0, 0.0]
    """
    affiche = np.where(masque, np.nan, np.asarray(affiche, dtype=float))
    publiees = np.flatnonzero(masque | ~np.isnan(affiche))
    retires = [moins for _, moins in grille.differences]
    cachees = [any(masque[k] for k in (*plus, *moins)) for plus, moins in grille.differences]
    resultat = pd.DataFrame(
        {
            "cellule": np.concatenate([publiees, [moins[0] if moins else -1 for moins in retires]]).astype(int),
            "nature": ["case"] * len(publiees) + ["complément"] * len(retires),
            "masquee": np.concatenate([masque[publiees], np.array(cachees, dtype=bool)]),
        }
    )
    questions = np.zeros((len(resultat), len(affiche)))
    questions[np.arange(len(publiees)), publiees] = 1
    questions[len(publiees) :] = differences(grille.differences, len(affiche))
    posees = resultat["masquee"].to_numpy()
    basses, hautes = _bornes(questions, posees, affiche, masque, grille, plancher, marge, seuil)
    resultat = resultat.assign(borne_basse=basses, borne_haute=hautes, largeur=hautes - basses)
    # une case masquée doit rester floue ; ce qui se lit ou se déduit peut aussi n'avoir rien de petit
    connue = (resultat["nature"] == "complément") | ~resultat["masquee"]
    anodine = (basses >= seuil) | ((hautes == 0) & (not sensible))
    # entre des arrondis, une différence qui peut être nulle, ou d'au moins le seuil, n'est pas dite petite
    nulle = (resultat["nature"] == "complément") & (basses <= 0)
    anodine |= (marge > 0) & (nulle | (~resultat["masquee"] & (hautes >= seuil)))
    return resultat.assign(ok=(resultat["largeur"] >= seuil - 1) | (connue & anodine))


def differences(paires: Sequence[tuple[tuple[int, ...], tuple[int, ...]]], n_cases: int) -> np.ndarray:
    """Une ligne par différence : 1 pour ce dont on retire, −1 pour ce qu'on retire."""
    lignes = np.zeros((len(paires), n_cases))
    for ligne, (plus, moins) in zip(lignes, paires, strict=True):
        ligne[list(plus)], ligne[list(moins)] = 1, -1
    return lignes


def _bornes(questions, posees, affiche, masque, grille, plancher, marge, seuil) -> tuple[np.ndarray, np.ndarray]:
    """
    Ce que le lecteur déduit de chaque combinaison de cases : plus petite et plus grande valeur entière.

    Une question qui n'est pas posée ne porte que sur des cases montrées : il les lit, à l'arrondi près. Entre des
    arrondis, les bornes sont celles de la programmation linéaire, ramenées à des entiers.
    """
    lues = np.nan_to_num(affiche)
    # milp ne distingue pas toujours « sans limite » d'« impossible » : un plafond hors d'atteinte suffit
    plafond = 10 * (lues.sum() + 1000)
    arrondies = (lues > 0) & (marge > 0)
    basses = np.where(masque, plancher, np.where(arrondies, np.maximum(lues - marge, min(seuil, plafond)), lues))
    hautes = np.where(masque, plafond, np.where(arrondies, lues + marge, lues))
    # un total moins ses termes fait zéro ; une différence n'est pas négative
    nulles = [((total,), termes) for total, termes in grille.sommes]
    savoir = differences([*nulles, *grille.differences], len(affiche))
    exces = np.where(np.arange(len(savoir)) < len(nulles), 0, np.inf)
    ouvertes = np.flatnonzero(masque | arrondies)
    fixes = np.delete(lues, ouvertes)
    constantes = -(np.delete(savoir, ouvertes, axis=1) @ fixes)
    ajoutes, retires = np.maximum(questions, 0), np.maximum(-questions, 0)
    lisibles = np.array([ajoutes @ basses - retires @ hautes, ajoutes @ hautes - retires @ basses])
    extremes = np.where(posees, np.delete(questions, ouvertes, axis=1) @ fixes, lisibles)
    systeme, rangs = csr_array(savoir[:, ouvertes]), np.flatnonzero(posees)
    if len(rangs):
        voisins = proches(systeme)
        for sens, extreme in zip((1, -1), extremes, strict=True):
            blocs = []
            for rang in rangs:
                # toutes les inconnues d'une question dépendent les unes des autres
                ici, la, liens = voisins[np.flatnonzero(questions[rang, ouvertes])[0]]
                bornes = Bounds(basses[ouvertes[la]], hautes[ouvertes[la]])
                limites = (constantes[ici], constantes[ici] + exces[ici])
                blocs.append((sens * questions[rang, ouvertes[la]], liens, *limites, bornes))
            lots = [_minima(blocs[k : k + LOT], entiers=marge == 0) for k in range(0, len(blocs), LOT)]
            extreme[rangs] += sens * np.concatenate(lots)
    extremes[np.abs(extremes) > plafond / 2] *= np.inf
    return extremes[0], extremes[1]


def _minima(blocs: list[tuple], *, entiers: bool) -> np.ndarray:
    """Minimum de chaque objectif, un bloc par objectif ; vides si le solveur ne conclut pas."""
    objectifs, systemes, bas, haut, bornes = zip(*blocs, strict=True)
    solution = milp(
        np.concatenate(objectifs),
        integrality=np.full(sum(map(len, objectifs)), entiers, dtype=int),
        bounds=Bounds(np.concatenate([b.lb for b in bornes]), np.concatenate([b.ub for b in bornes])),
        constraints=LinearConstraint(block_diag(systemes, format="csr"), np.concatenate(bas), np.concatenate(haut)),
        options={"time_limit": DELAI},
    )
    if solution.status != 0:
        return np.full(len(blocs), np.nan)
    fins = np.cumsum([len(objectif) for objectif in objectifs])[:-1]
    valeurs = zip(objectifs, np.split(solution.x, fins), strict=True)
    return np.ceil(np.array([objectif @ x for objectif, x in valeurs]) - 1e-6)
