"""dossier-complet.html : toutes les pages en un fichier, car une page envoyée par courriel perd ses voisines."""

from __future__ import annotations

from citelib.compagnons.matiere import Matiere
from citelib.erreurs import ErreurExecution
from citelib.page import defauts

NOM = "dossier-complet.html"
POIDS_MAXI = 7_000_000
"""Une messagerie refuse souvent plus de 10 Mo, et un envoi pèse un tiers de plus que son fichier."""


def dossier_complet(matiere: Matiere) -> bytes:
    """
    Le dossier complet, s'il passe le contrôle des pages ; chacune a déjà passé celui de l'écriture.

    Raises:
        ErreurExecution: s'il a un défaut ; le message les dit tous.
    """
    refus = defauts(matiere.dossier, ecriture=False, poids=POIDS_MAXI)
    if refus:
        raise ErreurExecution(f"{NOM}, refusé par le contrôle : {' ; '.join(refus)}")
    return matiere.dossier.encode()
