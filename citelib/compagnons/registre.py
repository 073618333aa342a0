"""Les compagnons d'un rapport, ce que chacun demande d'installé, et leur production."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from citelib.annexes import Annexe
from citelib.compagnons.matiere import Matiere, rassembler
from citelib.compagnons.pdf import rapport_pdf, tout_arreter
from citelib.compagnons.tableur import tableaux_ods, tableaux_xlsx
from citelib.erreurs import ErreurExecution
from citelib.page import Contexte, defauts
from citelib.systeme import PAQUET, pango

DOSSIER = "dossier-complet.html"
POIDS_MAXI = 7_000_000
"""Une messagerie refuse souvent plus de 10 Mo, et un envoi pèse un tiers de plus que son fichier."""


@dataclass(frozen=True)
class Compagnon:
    """
    Un fichier fait des pages.

    Args:
        faire: fonction(matiere) qui en rend les octets, toujours les mêmes.
        module: bibliothèque qu'il demande, vide s'il n'en demande aucune.
        extra: groupe de dépendances qui l'apporte.
        present: fonction() vraie si ce qu'il demande au système est là.
        paquet: celui de Debian et d'Ubuntu qui l'y met.
    """

    faire: Callable[[Matiere], bytes]
    module: str = ""
    extra: str = ""
    present: Callable[[], bool] = lambda: True
    paquet: str = ""

    @property
    def manque(self) -> str:
        """Ce qu'il faut installer pour le faire ; vide s'il n'y a rien à installer."""
        if self.module and find_spec(self.module) is None:
            return f"il demande {self.module} : installer citelib[{self.extra}]"
        return "" if self.present() else f"il demande {self.paquet} : sudo apt-get install {self.paquet}, puis relancer"


def dossier_complet(matiere: Matiere) -> bytes:
    """
    Toutes les pages en un fichier, car une page envoyée par courriel perd ses voisines, s'il passe leur contrôle.

    Chacune a déjà passé celui de l'écriture.

    Raises:
        ErreurExecution: s'il a un défaut ; le message les dit tous.
    """
    refus = defauts(matiere.dossier, ecriture=False, poids=POIDS_MAXI)
    if refus:
        raise ErreurExecution(f"{DOSSIER}, refusé par le contrôle : {' ; '.join(refus)}")
    return matiere.dossier.encode()


def _diaporama(matiere: Matiere) -> bytes:
    """Le diaporama, dont la bibliothèque n'est pas toujours là."""
    from citelib.compagnons.diaporama import diaporama

    return diaporama(matiere)


COMPAGNONS: Mapping[str, Compagnon] = {
    "rapport.pdf": Compagnon(rapport_pdf, "weasyprint", "pdf", pango, PAQUET),
    "tableaux.xlsx": Compagnon(tableaux_xlsx),
    "tableaux.ods": Compagnon(tableaux_ods),
    "diaporama.pptx": Compagnon(_diaporama, "pptx", "bureautique"),
    DOSSIER: Compagnon(dossier_complet),
}
"""Nom du fichier → comment il se fait ; le plus long d'abord, les autres se font pendant ce temps."""


def prevus() -> tuple[str, ...]:
    """Les compagnons que ce qui est installé permet de faire."""
    return tuple(nom for nom, compagnon in COMPAGNONS.items() if not compagnon.manque)


def preparer(dossier: Path, contexte: Contexte, *, en_echec: Sequence[str] = ()) -> dict[str, Annexe]:
    """
    Le contenu de chaque compagnon, ce qui manque pour le faire, ou la raison de son échec ; options de `rassembler`.

    Un échec n'emporte ni les autres compagnons ni les pages.
    """
    try:
        matiere = rassembler(dossier, contexte, en_echec=en_echec)
    except Exception as erreur:  # un notebook publié puis abîmé
        return {nom: _echec(erreur) for nom in COMPAGNONS}
    with ThreadPoolExecutor(2) as fils:
        faits = fils.map(functools.partial(_faire, matiere), COMPAGNONS.values())
        try:
            return dict(zip(COMPAGNONS, faits, strict=True))
        except BaseException:  # Ctrl-C ou arrêt demandé par le système : le PDF n'a pas à se finir
            tout_arreter()
            raise


def _faire(matiere: Matiere, compagnon: Compagnon) -> Annexe:
    """Ce qu'un compagnon donne."""
    try:
        return Annexe(b"" if compagnon.manque else compagnon.faire(matiere), manque=compagnon.manque)
    except Exception as erreur:
        return _echec(erreur)


def _echec(erreur: Exception) -> Annexe:
    return Annexe(b"", f"{type(erreur).__name__} : {erreur}")
