"""Poser une valeur dans une cellule de classeur, et préparer une feuille à l'impression : pareil partout."""

from __future__ import annotations

import math
from collections.abc import Iterable

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement.ecriture import TEXTE_XLSX_MAX, poser_texte

ENCRE = "000091"
GRAS, LIEN = Font(name="Calibri", bold=True), Font(name="Calibri", underline="single", color="0B4A8F")
REPLI, CENTRE = Alignment(wrap_text=True, vertical="top"), Alignment("center", "center", wrap_text=True)
TRAIT = Border(*[Side("thin", "B0B0B0")] * 4)
SIGNES_PAR_PAGE = 210
"""Une A4 en largeur tient 140 signes de corps 11 ; 210, c'est du corps 7, le plus petit qui se lise sur papier."""


def lisible(texte: str) -> str:
    """Le texte, sans les caractères qu'un classeur ne peut pas contenir."""
    return ILLEGAL_CHARACTERS_RE.sub("", texte)


def poser(cellule: Cell, valeur: object, **style) -> Cell:
    """
    Écrit une cellule ; un texte reste un texte, même s'il commence comme une formule.

    Args:
        cellule: où écrire.
        valeur: un texte, un nombre ou une date.
        style: attributs de la cellule (`font`, `fill`, `alignment`…).
    """
    if isinstance(valeur, str):
        poser_texte(cellule, lisible(valeur)[:TEXTE_XLSX_MAX])
    else:
        cellule.value = valeur
    for attribut, voulu in style.items():
        setattr(cellule, attribut, voulu)
    return cellule


def hauteur(textes: Iterable[str], largeurs: Iterable[int]) -> int:
    """Celle d'une ligne dont les textes se replient, en points : un tableur ne l'ajuste pas toujours à l'ouverture."""
    return 15 * max(-(-len(texte) // large) for texte, large in zip(textes, largeurs, strict=True))


def imprimer(feuille: Worksheet, entete: int) -> None:
    """A4 en largeur, assez de pages pour se lire ; la première colonne et les lignes d'en-tête s'y répètent."""
    pages = math.ceil(sum(colonne.width for colonne in feuille.column_dimensions.values()) / SIGNES_PAR_PAGE) or 1
    feuille.page_setup.orientation, feuille.page_setup.paperSize = "landscape", 9
    feuille.page_setup.fitToWidth, feuille.page_setup.fitToHeight = pages, 0
    feuille.sheet_properties.pageSetUpPr.fitToPage = True
    feuille.print_title_rows = f"1:{entete}"
    feuille.print_title_cols = "A:A" if pages > 1 else None
    feuille.oddFooter.center.text = "&A, page &P sur &N"
    feuille.freeze_panes = feuille.cell(entete + 1, 1)


def imprimer_large(feuille: Worksheet, reperes: int) -> None:
    """Une feuille trop large pour une page : A3, sur deux pages, les premières colonnes figées et répétées."""
    feuille.page_setup.paperSize, feuille.page_setup.fitToWidth = 8, 2
    feuille.print_title_cols = f"A:{get_column_letter(reperes)}"
    feuille.freeze_panes = feuille.cell(2, reperes + 1)
