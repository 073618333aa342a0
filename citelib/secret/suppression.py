"""Quelles cases masquer : le calcul derrière `secret`.

`cellules_a_masquer` connaît les vraies valeurs et choisit les cases de moindre coût, par plans coupants ;
`masque_approuve` ne rend son choix que si `attaque.audit`, écrit à part, l'accepte.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_array, vstack

from citelib.secret.attaque import DELAI, Grille, audit, differences, proches

SURCOUT_MARGE = 6
"""Masquer un total prive de plus d'information que masquer une case : il coûte six fois plus."""

TAILLE_EXACTE = 300
"""Nombre de cases jusqu'auquel on cherche le meilleur masque ; au-delà, un bon masque suffit."""

TOURS, TOURS_EXACTS = 25, 100
"""Tours où l'on cherche le meilleur masque, au-delà de cette taille et en deçà ; puis on le complète case par case."""

NOEUDS = 5000
"""Nœuds que le solveur explore à chaque tour : un nombre, et non une durée, pour que tout ordinateur masque de même."""


AMPLITUDE = 20
"""Plus grand écart prêté à une case, en largeurs visées ; prudent : le lecteur, lui, n'a pas ce plafond."""

EPSILON = 1e-6
"""Tolérance des solveurs : toutes les quantités en jeu sont des entiers."""


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
    valeurs: np.ndarray,
    grille: Grille,
    *,
    seuil: int,
    sensible: bool = False,
    marges: np.ndarray,
    totaux: np.ndarray,
    imposees: np.ndarray | None = None,
) -> tuple[np.ndarray, bool] | None:
    """
    Masque les petites cases et ce qu'il faut d'autres ; si l'audit refuse, tout sauf les totaux généraux.

    Args:
        valeurs: valeur de chaque case ; NaN si elle est vide.
        seuil: plus petite valeur non nulle montrable.
        sensible: un zéro est masqué comme une petite valeur.
        marges: vrai pour les totaux et sous-totaux, plus coûteux à masquer.
        totaux: vrai pour les totaux généraux, montrés sauf s'ils sont petits.
        imposees: vrai pour les cases masquées ailleurs, donc ici aussi ; aucune par défaut.

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
    primaires |= False if imposees is None else imposees
    options = {
        "primaires": primaires,
        "visibles": totaux | ~(valeurs >= plancher),
        "largeur": seuil - 1,
        "plancher": plancher,
        "couts": (1 + np.log1p(connues)) * np.where(marges, SURCOUT_MARGE, 1),
        "complements": complements,
    }
    tours = TOURS if len(valeurs) > TAILLE_EXACTE else TOURS_EXACTS
    choix = cellules_a_masquer(connues, grille, **options, tours=tours)
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
    ecarts = grille.ecarts(valeurs)
    complements = (ecarts >= minimum) & (ecarts < seuil)
    # sous un dénominateur montré, montrer le numérateur serait montrer le complément
    primaires = petites.copy()
    primaires[num[complements[: len(num)] & ~petites[den]]] = True
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
    tours: int = TOURS_EXACTS,
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
        complements: vrai pour les différences elles-mêmes trop petites ; aucune par défaut.
        tours: nombre de tours où l'on cherche le meilleur masque, avant de le compléter case par case.
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
    n_cases, ecarts = len(valeurs), grille.ecarts(valeurs)
    # les différences s'ajoutent aux cases : jamais publiées, donc masquées sans coût ni choix
    aucun, tous = np.full(len(ecarts), False), np.full(len(ecarts), True)
    lignes = [((total,), termes) for total, termes in grille.sommes]
    lignes += [(plus, (*moins, n_cases + k)) for k, (plus, moins) in enumerate(grille.differences)]
    modele = _Modele(
        liens=csr_array(-differences(lignes, n_cases + len(ecarts))),
        # un zéro publié est sous le plancher : il ne bouge pas
        baisse=np.maximum(np.concatenate([valeurs - plancher, ecarts]), 0),
        hausse=AMPLITUDE * largeur,
        impose=np.concatenate([primaires, tous]),
        interdit=np.concatenate([visibles & ~primaires, aucun]),
        surveillee=np.concatenate([np.full(n_cases, True), aucun if complements is None else complements]),
        couts=np.concatenate([couts, np.zeros(len(ecarts))]),
        largeur=largeur,
    )
    choix = _plans_coupants(modele, tours, time.monotonic() + delai)
    return None if choix is None else choix[:n_cases]


def _plans_coupants(modele: _Modele, tours: int, echeance: float) -> np.ndarray | None:
    """Choisit un masque, interdit ce qui se devine encore, recommence jusqu'à ce que tout tienne."""
    coupes, minima = _deux_par_somme(modele)
    masque, preuves = modele.impose, {}
    while (reste := echeance - time.monotonic()) > 0:
        tours -= 1
        choisir = _meilleur if tours >= 0 else _complete
        masque = choisir(modele, coupes, minima, masque, reste)
        if masque is None:
            return None
        nouvelles = _coupes_violees(modele, masque, echeance, preuves)
        if nouvelles is None:
            return None
        if len(nouvelles) == 0:
            return masque
        coupes = vstack([coupes, csr_array(nouvelles)], format="csr")
        minima = np.concatenate([minima, np.zeros(len(nouvelles))])
    return None


def _meilleur(modele: _Modele, coupes, minima: np.ndarray, _: np.ndarray, reste: float) -> np.ndarray | None:
    """Le masque de moindre coût qui respecte toutes les coupes ; None s'il n'y en a pas, ou hors délai."""
    choix = milp(
        modele.couts,
        integrality=np.ones(len(modele.couts)),
        bounds=Bounds(modele.impose.astype(float), (~modele.interdit).astype(float)),
        constraints=LinearConstraint(coupes, lb=minima) if len(minima) else None,
        options={"time_limit": reste, "node_limit": NOEUDS},
    )
    return None if choix.x is None else choix.x > 0.5


def _complete(modele: _Modele, coupes, minima: np.ndarray, masque: np.ndarray, _: float) -> np.ndarray | None:
    """Le masque précédent, et la case qui apporte le plus pour son coût tant qu'une coupe n'est pas respectée."""
    masque = masque.copy()
    while (manque := minima - coupes @ masque.astype(float)).max(initial=0) > EPSILON:
        violees = coupes[manque > EPSILON]
        gains = violees.maximum(0).sum(axis=0)
        gains = np.where(masque | modele.interdit, 0, gains) / np.maximum(modele.couts, EPSILON)
        if gains.max(initial=0) > 0:
            masque[gains.argmax()] = True
            continue
        # une case que rien ne peut protéger ne se masque pas, si elle n'est pas petite elle-même
        perdue = coupes[[(manque > EPSILON).argmax()]].toarray().argmin()
        if modele.impose[perdue]:
            return None
        modele.interdit[perdue], masque = True, modele.impose.copy()
    return masque


def _deux_par_somme(modele: _Modele) -> tuple[csr_array, np.ndarray]:
    """Une case masquée seule dans une somme se retrouve par soustraction : il en faut deux."""
    presence = abs(modele.liens)
    exigees = modele.impose & modele.surveillee
    coupes = presence[presence @ exigees.astype(float) > 0]
    return coupes, np.full(coupes.shape[0], 2.0)


def _coupes_violees(modele: _Modele, masque: np.ndarray, echeance: float, preuves: dict) -> np.ndarray | None:
    """Pour chaque case masquée trop facile à deviner, ce qu'il faut masquer de plus ; None hors délai."""
    inconnues = np.flatnonzero(masque)
    liens = modele.liens[:, inconnues]
    voisins = proches(liens)
    # une case que rien ne lie à une autre ne se devine pas
    suivies = [k for k in np.flatnonzero(modele.surveillee[inconnues]) if len(voisins[k][0])]
    # ce qui la rendait floue est encore masqué : elle l'est encore
    suivies = [k for k in suivies if inconnues[k] not in preuves or not masque[preuves[inconnues[k]]].all()]
    if not suivies:
        return np.empty((0, len(masque)))
    # un bloc par case et par sens : sa plus forte hausse, puis sa plus forte baisse
    blocs = [(sens, k, *voisins[k]) for sens in (-1, 1) for k in suivies]
    baisses = np.concatenate([modele.baisse[inconnues[la]] for *_, la, _ in blocs])
    solution = linprog(
        np.concatenate([sens * (la == k) for sens, k, _, la, _ in blocs]),
        A_eq=block_diag([liens for *_, liens in blocs], format="csr"),
        b_eq=np.zeros(sum(len(ici) for _, _, ici, _, _ in blocs)),
        bounds=np.column_stack([-baisses, np.full(len(baisses), modele.hausse)]),
        options={"time_limit": max(echeance - time.monotonic(), 0.1)},
    )
    if solution.status != 0:
        return None
    objectifs, duaux = np.zeros((len(blocs), len(masque))), np.zeros((len(blocs), liens.shape[0]))
    ecarts, appuis, ligne, colonne = np.zeros(len(blocs)), [], 0, 0
    for rang, (sens, k, ici, la, _) in enumerate(blocs):
        objectifs[rang, inconnues[k]] = sens
        duaux[rang, ici] = solution.eqlin.marginals[ligne : ligne + len(ici)]
        trouvee = solution.x[colonne : colonne + len(la)]
        ecarts[rang] = -sens * trouvee[la == k][0]
        appuis.append(inconnues[la[np.abs(trouvee) > EPSILON]])
        ligne, colonne = ligne + len(ici), colonne + len(la)
    haut, bas = slice(None, len(suivies)), slice(len(suivies), None)
    poids = _prix(modele, duaux, objectifs)
    coupes = np.minimum(poids[haut] + poids[bas], modele.largeur)
    coupes[np.arange(len(suivies)), inconnues[suivies]] -= modele.largeur
    floues = ecarts[haut] + ecarts[bas] >= modele.largeur - EPSILON
    for rang in np.flatnonzero(floues):
        preuves[inconnues[suivies[rang]]] = np.concatenate([appuis[rang], appuis[rang + len(suivies)]])
    return coupes[~floues]


def _prix(modele: _Modele, duaux: np.ndarray, objectifs: np.ndarray) -> np.ndarray:
    """Le flou que chaque case masquée ajoute, par bloc : un prix dual vaut pour tout masque, d'où une coupe valide."""
    prix = (duaux @ modele.liens - objectifs).round(9)
    return modele.hausse * np.maximum(prix, 0) + modele.baisse * np.maximum(-prix, 0)
