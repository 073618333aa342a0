"""À qui l'on montre, et à partir de quel effectif : les diffusions et leurs seuils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citelib.erreurs import ErreurParametre

SEUIL_MINIMAL = 5
"""Hors diffusion interne, aucun réglage ne descend au-dessous. Source : Ofqual, et usage courant."""

SEUIL_SENSIBLE = 11
"""Seuil sur un thème sensible (santé, discipline, handicap) ; celui de la donnée fiscale (Insee)."""


@dataclass(frozen=True)
class Diffusion:
    """
    Un public et ce qu'on lui montre.

    Args:
        seuil: plus petit effectif non nul montré ; 0 ne masque rien.
        arrondi: multiple auquel les effectifs montrés sont arrondis ; None les laisse exacts.
        mention: ce que chaque page doit dire de sa diffusion.
        dominance: masque les euros qui désignent un contributeur (`Publiable.montants`) ; le comité technique, lui,
            instruit ces budgets.
    """

    seuil: int
    arrondi: int | None
    mention: str
    dominance: bool = False


DIFFUSIONS = {
    "interne": Diffusion(0, None, "Document interne, ne pas diffuser"),
    "cotech": Diffusion(SEUIL_MINIMAL, None, "Document réservé au comité technique (COTECH)"),
    "public": Diffusion(11, 5, "Document public", dominance=True),
}


def seuil_applicable(diffusion: str, *, seuil: int | None = None, sensible: bool = False) -> int:
    """
    Le plus petit effectif non nul montrable, le plus exigeant de ceux qui s'appliquent ; 0 en diffusion interne.

    Args:
        seuil: seuil demandé par cite.toml ou par la source ; il ne peut que relever celui de la diffusion.

    Raises:
        ErreurParametre: si la diffusion est inconnue ou si le seuil demandé est inférieur à 5.

    >>> seuil_applicable("cotech"), seuil_applicable("cotech", seuil=11), seuil_applicable("interne")
    (5, 11, 0)
    """
    if diffusion not in DIFFUSIONS:
        connues = ", ".join(DIFFUSIONS)
        raise ErreurParametre(f"diffusion={diffusion!r} n'est pas prévue. Choisir parmi : {connues}.")
    if diffusion == "interne":
        return 0
    if seuil is not None and (not isinstance(seuil, int | np.integer) or seuil < SEUIL_MINIMAL):
        raise ErreurParametre(
            f"seuil={seuil!r} refusé en diffusion {diffusion} : attendu un entier d'au moins "
            f"{SEUIL_MINIMAL}. Relever le seuil dans cite.toml, ou choisir la diffusion interne."
        )
    return max(DIFFUSIONS[diffusion].seuil, int(seuil or 0), SEUIL_SENSIBLE if sensible else 0)
