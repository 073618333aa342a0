"""Quelles cases masquer, et qu'en devine un lecteur : le calcul derrière `secret`.

Deux calculs écrits séparément, pour que l'un vérifie l'autre, et que `masque_approuve` enchaîne :

* `cellules_a_masquer` connaît les vraies valeurs et choisit les cases de moindre coût, par plans coupants ;
* `audit` ne reçoit que ce qui est publié, comme un lecteur, et borne chaque case en nombres entiers.
  Lui seul autorise la publication.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_array, vstack

SURCOUT_MARGE = 6
"""Masquer un total prive de plus d'information que masquer une case : il coûte six fois plus."""

DELAI = 20.0
"""Secondes laissées au choix des cases ; au-delà, il n'y a pas de réponse."""

AMPLITUDE = 20
"""Plus grand écart prêté à une case, en largeurs visées ; prudent : le lecteur, lui, n'a pas ce plafond."""

EPSILON = 1e-6
"""Tolérance des solveurs : toutes les quantités en jeu sont des entiers."""


@dataclass(frozen=True)
class Grille:
    """
    Les opérations qu'un lecteur peut refaire sur une table, dont les cases sont numérotées.

    Args:
        sommes: (case du total, cases qui s'y additionnent).
        couples: (case du numérateur, case du dénominateur) ; leur différence, le complément, n'est
            écrite nulle part mais se déduit, et ne peut être négative.
    """

    sommes: tuple[tuple[int, tuple[int, ...]], ...] = ()
    couples: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class _Modele:
    """Le choix à faire : les cases, puis les compléments, tous liés par `liens @ valeurs = 0`."""

    liens: csr_array
    baisse: np.ndarray  # de combien chaque case peut baisser avant son plancher
    hausse: float
    impose: np.ndarray  # toujours masquée
    interdit: np.ndarray  # jamais masquée
    surveillee: np.ndarray  # doit rester floue si elle est masquée
    couts: np.ndarray
    largeur: float


def masque_approuve(
    valeurs: np.ndarray, grille: Grille, *, seuil: int, sensible: bool = False, marges: np.ndarray, totaux: np.ndarray
) -> tuple[np.ndarray, bool] | None:
    """
    Masque les petites cases et ce qu'il faut d'autres ; si l'audit refuse, tout sauf les totaux généraux.

    Args:
        valeurs: valeur de chaque case ; NaN si elle est vide.
        seuil: plus petite valeur non nulle montrable.
        sensible: un zéro est masqué comme une petite valeur.
        marges: vrai pour les totaux et sous-totaux, plus coûteux à masquer.
        totaux: vrai pour les totaux généraux, montrés sauf s'ils sont petits.

    Returns:
        Vrai pour chaque case masquée, et si seuls les totaux restent ; None si même eux en disent trop.

    >>> paire, rien = Grille(sommes=((2, (0, 1)),)), np.zeros(3, dtype=bool)
    >>> masque, totaux_seuls = masque_approuve(
    ...     np.array([3.0, 40.0, 43.0]), paire, seuil=5, marges=rien, totaux=np.array([False, False, True])
    ... )
    >>> masque.tolist(), totaux_seuls
    ([True, True, False], False)
    """
    plancher, connues = (0 if sensible else 1), np.nan_to_num(valeurs)
    primaires, complements = _primaires(valeurs, grille, plancher, seuil)
    choix = cellules_a_masquer(
        connues,
        grille,
        primaires=primaires,
        visibles=totaux | ~(valeurs >= plancher),
        largeur=seuil - 1,
        plancher=plancher,
        couts=(1 + np.log1p(connues)) * np.where(marges, SURCOUT_MARGE, 1),
        complements=complements,
    )
    # dans le repli les zéros sont masqués aussi : le lecteur ne peut plus supposer au moins 1
    repli = (valeurs >= 0) & (primaires | ~totaux)
    for masque, plus_petite in ((choix, plancher), (repli, 0)):
        if masque is not None and not (primaires & ~masque).any():
            publiees = np.where(masque, np.nan, valeurs)
            verdict = audit(publiees, masque, grille, seuil=seuil, plancher=plus_petite, sensible=sensible)
            if verdict["ok"].all():
                return masque, masque is repli
    return None


def _primaires(valeurs, grille, minimum, seuil) -> tuple[np.ndarray, np.ndarray]:
    """Les cases à masquer pour elles-mêmes, et les couples dont le complément est trop petit."""
    petites = (valeurs >= minimum) & (valeurs < seuil)
    num, den = np.array(grille.couples, dtype=int).reshape(-1, 2).T
    differences = valeurs[den] - valeurs[num]
    complements = (differences >= minimum) & (differences < seuil)
    # sous un dénominateur montré, montrer le numérateur serait montrer le complément
    primaires = petites.copy()
    primaires[num[complements & ~petites[den]]] = True
    return primaires, complements


def cellules_a_masquer(
    valeurs: np.ndarray,
    grille: Grille,
    *,
    primaires: np.ndarray,
    visibles: np.ndarray,
    largeur: float,
    couts: np.ndarray,
    plancher: int = 1,
    complements: np.ndarray | None = None,
    delai: float = DELAI,
) -> np.ndarray | None:
    """
    Choisit, au moindre coût, les cases à masquer pour qu'aucune case masquée ne se devine de près.

    Args:
        valeurs: valeur de chaque case, un entier positif ou nul ; les sommes de la grille sont exactes.
        primaires: vrai pour les cases à masquer de toute façon.
        visibles: vrai pour les cases à ne jamais masquer (total général, zéros publiés).
        largeur: écart minimal entre les deux bornes que le lecteur trouve pour une case masquée.
        couts: ce que coûte de masquer chaque case.
        plancher: plus petite valeur qu'il prête à une case masquée ; 1 si les zéros sont publiés.
        complements: vrai pour les couples dont le complément est lui-même trop petit ; aucun par défaut.
        delai: secondes accordées.

    Returns:
        Vrai pour chaque case à masquer, primaires comprises ; None sans solution, ou hors délai.

    Source:
        Fischetti et Salazar-González, « Solving the cell suppression problem on tabular data with linear
        constraints », Management Science 47 (2001) ; ici, « sliding protection » de chaque case masquée.

    >>> trois, total = np.array([3, 40, 60, 103]), Grille(sommes=((3, (0, 1, 2)),))
    >>> cellules_a_masquer(trois, total, primaires=trois < 5, visibles=trois == 103, largeur=4, couts=trois).tolist()
    [True, True, False, False]
    """
    n_cases, n_couples = len(valeurs), len(grille.couples)
    # les compléments s'ajoutent aux cases : jamais publiés, donc masqués sans coût ni choix
    aucun, tous = np.full(n_couples, False), np.full(n_couples, True)
    lignes = [*grille.sommes, *((den, (num, n_cases + k)) for k, (num, den) in enumerate(grille.couples))]
    differences = [valeurs[den] - valeurs[num] for num, den in grille.couples]
    modele = _Modele(
        liens=_matrice(lignes, n_cases + n_couples),
        # un zéro publié est sous le plancher : il ne bouge pas
        baisse=np.maximum(np.concatenate([valeurs - plancher, differences]), 0),
        hausse=AMPLITUDE * largeur,
        impose=np.concatenate([primaires, tous]),
        interdit=np.concatenate([visibles & ~primaires, aucun]),
        surveillee=np.concatenate([np.full(n_cases, True), aucun if complements is None else complements]),
        couts=np.concatenate([couts, np.zeros(n_couples)]),
        largeur=largeur,
    )
    choix = _plans_coupants(modele, time.monotonic() + delai)
    return None if choix is None else choix[:n_cases]


def _matrice(lignes: list[tuple[int, tuple[int, ...]]], n_cases: int) -> csr_array:
    """Une ligne par somme : 1 pour chaque terme, −1 pour le total."""
    matrice = np.zeros((len(lignes), n_cases))
    for rang, (total, termes) in enumerate(lignes):
        matrice[rang, list(termes)] = 1
        matrice[rang, total] = -1
    return csr_array(matrice)


def _plans_coupants(modele: _Modele, echeance: float) -> np.ndarray | None:
    """Masque au moindre coût, interdit ce qui se devine encore, recommence jusqu'à ce que tout tienne."""
    coupes, minima = _deux_par_somme(modele)
    while (reste := echeance - time.monotonic()) > 0:
        choix = milp(
            modele.couts,
            integrality=np.ones(len(modele.couts)),
            bounds=Bounds(modele.impose.astype(float), (~modele.interdit).astype(float)),
            constraints=LinearConstraint(coupes, lb=minima) if len(minima) else None,
            options={"time_limit": reste},
        )
        if choix.status != 0:
            return None
        masque = choix.x > 0.5
        nouvelles = _coupes_violees(modele, masque, echeance)
        if nouvelles is None:
            return None
        if len(nouvelles) == 0:
            return masque
        coupes = vstack([coupes, csr_array(nouvelles)], format="csr")
        minima = np.concatenate([minima, np.zeros(len(nouvelles))])
    return None


def _deux_par_somme(modele: _Modele) -> tuple[csr_array, np.ndarray]:
    """Une case masquée seule dans une somme se retrouve par soustraction : il en faut deux."""
    presence = abs(modele.liens)
    exigees = modele.impose & modele.surveillee
    coupes = presence[presence @ exigees.astype(float) > 0]
    return coupes, np.full(coupes.shape[0], 2.0)


def _coupes_violees(modele: _Modele, masque: np.ndarray, echeance: float) -> np.ndarray | None:
    """Pour chaque case masquée trop facile à deviner, ce qu'il faut masquer de plus ; None hors délai."""
    suivies, inconnues = np.flatnonzero(masque & modele.surveillee), np.flatnonzero(masque)
    rangs = np.arange(len(suivies))
    if len(suivies) == 0:
        return np.empty((0, len(masque)))
    # un bloc par case et par sens : sa plus forte hausse, puis sa plus forte baisse
    objectifs = np.zeros((2 * len(suivies), len(masque)))
    objectifs[rangs, suivies], objectifs[rangs + len(suivies), suivies] = -1, 1
    solution = linprog(
        objectifs[:, inconnues].ravel(),
        A_eq=block_diag([modele.liens[:, inconnues]] * len(objectifs), format="csr"),
        b_eq=np.zeros(len(objectifs) * modele.liens.shape[0]),
        bounds=[(-modele.baisse[k], modele.hausse) for k in inconnues] * len(objectifs),
        options={"time_limit": max(echeance - time.monotonic(), 0.1)},
    )
    if solution.status != 0:
        return None
    ecarts = -(objectifs[:, inconnues] * solution.x.reshape(len(objectifs), -1)).sum(axis=1)
    # le prix dual d'une case vaut pour tout masque, pas seulement celui-ci : d'où une coupe valide
    prix = solution.eqlin.marginals.reshape(len(objectifs), -1) @ modele.liens - objectifs
    poids = modele.hausse * np.maximum(prix.round(9), 0) + modele.baisse * np.maximum(-prix.round(9), 0)
    haut, bas = slice(None, len(suivies)), slice(len(suivies), None)
    coupes = np.minimum(poids[haut] + poids[bas], modele.largeur)
    coupes[rangs, suivies] -= modele.largeur
    return coupes[ecarts[haut] + ecarts[bas] < modele.largeur - EPSILON]


def audit(
    affiche: np.ndarray, masque: np.ndarray, grille: Grille, *, seuil: int, plancher: int = 1, sensible: bool = False
) -> pd.DataFrame:
    """
    Borne chaque case et chaque complément comme le ferait un lecteur muni de la seule table publiée.

    Args:
        affiche: valeur publiée de chaque case ; ce qu'il y a sous le masque n'est pas lu.
        masque: vrai pour les cases masquées.
        seuil: une case masquée doit garder au moins `seuil` valeurs possibles.
        plancher: plus petite valeur qu'il prête à une case masquée ; 1 si les zéros sont publiés.
        sensible: un zéro publié est une fuite.

    Returns:
        Une ligne par case, puis par couple : `cellule` (numéro de la case ; du numérateur pour un
        complément), `nature` (« case », « complément »), `masquee`, `borne_basse` et `borne_haute`
        (vides si le système n'a pas de solution, infinie sans limite), `largeur`, `ok`. Une case vide et
        non masquée n'a pas de ligne.

    >>> un_un_deux = Grille(sommes=((2, (0, 1)),))
    >>> audit(np.array([9, 9, 2]), np.array([True, True, False]), un_un_deux, seuil=2)["largeur"].tolist()
    [0.0, 0.0, 0.0]
    """
    affiche = np.where(masque, np.nan, np.asarray(affiche, dtype=float))
    publiees = np.flatnonzero(masque | ~np.isnan(affiche))
    num, den = np.array(grille.couples, dtype=int).reshape(-1, 2).T
    resultat = pd.DataFrame(
        {
            "cellule": np.concatenate([publiees, num]),
            "nature": ["case"] * len(publiees) + ["complément"] * len(num),
            "masquee": np.concatenate([masque[publiees], masque[num] | masque[den]]),
        }
    )
    questions = np.zeros((len(resultat), len(affiche)))
    questions[np.arange(len(publiees)), publiees] = 1
    differences = len(publiees) + np.arange(len(num))
    questions[differences, den], questions[differences, num] = 1, -1
    basses, hautes = _bornes(questions, affiche, masque, grille, plancher)
    resultat = resultat.assign(borne_basse=basses, borne_haute=hautes, largeur=hautes - basses)
    # une case masquée doit rester floue ; ce qui se lit ou se déduit peut aussi n'avoir rien de petit
    connue = (resultat["nature"] == "complément") | ~resultat["masquee"]
    anodine = (basses >= seuil) | ((hautes == 0) & (not sensible))
    return resultat.assign(ok=(resultat["largeur"] >= seuil - 1) | (connue & anodine))


def _bornes(questions, affiche, masque, grille, plancher) -> tuple[np.ndarray, np.ndarray]:
    """Ce que le lecteur déduit de chaque combinaison de cases : plus petite et plus grande valeur entière."""
    connues = np.nan_to_num(affiche)
    # milp ne distingue pas toujours « sans limite » d'« impossible » : un plafond hors d'atteinte suffit
    plafond = 10 * (connues.sum() + 1000)
    savoir = np.zeros((len(grille.sommes) + len(grille.couples), len(affiche)))
    for rang, (total, termes) in enumerate(grille.sommes):
        savoir[rang, total], savoir[rang, list(termes)] = 1, -1
    for rang, (num, den) in enumerate(grille.couples, start=len(grille.sommes)):
        savoir[rang, den], savoir[rang, num] = 1, -1
    exces = np.where(np.arange(len(savoir)) < len(grille.sommes), 0, np.inf)
    utiles = savoir[:, masque].any(axis=1)
    systeme, constantes = csr_array(savoir[utiles][:, masque]), -(savoir[utiles] @ connues)
    extremes = np.tile(questions @ connues, (2, 1))
    ouvertes = questions[:, masque].any(axis=1)
    for sens, extreme in zip((1, -1), extremes, strict=True):
        objectifs = sens * questions[ouvertes][:, masque]
        extreme[ouvertes] += sens * _minima(objectifs, systeme, constantes, exces[utiles], plancher, plafond)
    extremes[np.abs(extremes) > plafond / 2] *= np.inf
    return extremes[0], extremes[1]


def _minima(objectifs, systeme, constantes, exces, plancher, plafond) -> np.ndarray:
    """Minimum entier de chaque objectif, un bloc par objectif ; vides si le solveur ne conclut pas."""
    if objectifs.size == 0:
        return np.zeros(len(objectifs))
    solution = milp(
        objectifs.ravel(),
        integrality=np.ones(objectifs.size),
        bounds=Bounds(plancher, plafond),
        constraints=LinearConstraint(
            block_diag([systeme] * len(objectifs), format="csr"),
            np.tile(constantes, len(objectifs)),
            np.tile(constantes + exces, len(objectifs)),
        )
        if systeme.shape[0]
        else None,
        options={"time_limit": DELAI},
    )
    if solution.status != 0:
        return np.full(len(objectifs), np.nan)
    return (objectifs * solution.x.reshape(objectifs.shape)).sum(axis=1).round()
