"""Des feuilles à lire et à reprendre : un titre, un tableau déclaré comme tel, ses notes ; le classeur Excel.

Une cellule garde son nombre et l'écriture de la page. Un texte reste un texte, et rien n'est fusionné.

Source : Government Analysis Function, Releasing statistics in spreadsheets (titre en A1, notes hors du tableau, un
tableau par feuille).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableStyleInfo

from citelib.chargement.ecriture import en_octets, neutraliser
from citelib.classeurs.pose import GRAS, LIEN, REPLI, hauteur, imprimer, poser
from citelib.formats import distincts

NOMBRE = re.compile(r"([+−]?)(\d[\d\u202f\u00a0 ]*)(?:,(\d+))?(?:[\u202f\u00a0 ](%|€|points?|jours?))?")
LARGEURS = 10, 60
"""Largeur d'une colonne, en signes ; au-delà, le texte va à la ligne."""


class Format(NamedTuple):
    """L'écriture d'un nombre : ses décimales, son unité, ses milliers séparés, son signe toujours dit."""

    decimales: int = 0
    unite: str = ""
    milliers: bool = True
    signe: bool = False

    @property
    def excel(self) -> str:
        """Son code de format ; le tableur y met lui-même la virgule et les espaces de sa langue."""
        chiffres = ("#,##0" if self.milliers else "0") + f".{'0' * self.decimales}" * bool(self.decimales)
        suffixe = {"": "", "%": '"\u202f"%'}.get(self.unite, f'"\u00a0{self.unite}"')
        return f"+{chiffres}{suffixe};\u2212{chiffres}{suffixe};0{suffixe}" if self.signe else chiffres + suffixe


class Case(NamedTuple):
    """Une cellule : un texte, ou un nombre et son écriture ; `lien` est le nom d'une feuille."""

    valeur: str | float
    format: Format | None = None
    lien: str = ""


@dataclass(frozen=True)
class Feuille:
    """
    Une feuille.

    Args:
        nom: 31 caractères au plus, unique dans le classeur.
        titres: ce qui se lit au-dessus du tableau, le titre d'abord.
        colonnes: intitulés des colonnes.
        lignes: cellules, ligne par ligne.
        notes: ce qui se lit sous le tableau.
        cle: nom du tableau, unique : lettres, chiffres et soulignés.
    """

    nom: str
    titres: Sequence[Case]
    colonnes: Sequence[str]
    lignes: Sequence[Sequence[Case]]
    notes: Sequence[str]
    cle: str

    @property
    def entete(self) -> int:
        """Rang de la ligne des intitulés, à partir de 1."""
        return len(self.titres) + 1

    @property
    def derniere(self) -> int:
        """Rang de la dernière ligne du tableau."""
        return self.entete + len(self.lignes)

    @property
    def intitules(self) -> list[str]:
        """Les intitulés à écrire, tous différents : un tableau d'Excel l'exige."""
        return distincts(map(neutraliser, self.colonnes))

    @functools.cached_property
    def largeurs(self) -> list[int]:
        """Largeur de chaque colonne, d'après son texte le plus long."""
        textes = [[Case(titre) for titre in self.colonnes], *self.lignes]
        longueurs = (max(len(str(case.valeur)) for case in colonne) + 4 for colonne in zip(*textes, strict=True))
        return [min(max(longueur, LARGEURS[0]), LARGEURS[1]) for longueur in longueurs]

    def hauteur(self, valeurs: Iterable[str | float]) -> int:
        """Celle d'une ligne de ces valeurs."""
        return hauteur(map(str, valeurs), (large - 2 for large in self.largeurs))


def case(texte: str, valeur: float | None = None) -> Case:
    """
    La cellule d'un texte affiché et de son nombre ; un texte que le nombre seul ne redonnerait pas reste un texte.

    >>> case("80\u202f%", 0.8), case("9 sur 18", 0.5).valeur
    (Case(valeur=0.8, format=Format(decimales=0, unite='%', milliers=False, signe=False), lien=''), '9 sur 18')
    """
    lu = NOMBRE.fullmatch(texte) if valeur is not None else None
    if lu is None:
        return Case(texte)
    signe, entier, decimales, unite = lu.groups(default="")
    ecrit = float(f"{'-' * (signe == '−')}{re.sub(r'[^0-9]', '', entier)}.{decimales or 0}")
    echelle = next((e for e in (1, 100) if abs(valeur * e - ecrit) <= 0.5 * 10 ** -len(decimales) + 1e-6), None)
    if echelle is None:
        return Case(texte)
    nombre = round(valeur * echelle / (100 if unite == "%" else 1), 4)
    milliers = not entier.isdigit() or unite == "€"
    return Case(nombre, Format(len(decimales), unite, milliers, signe == "+"))


def en_xlsx(feuilles: Sequence[Feuille], *, titre: str) -> bytes:
    """
    Un classeur Excel ; les mêmes feuilles donnent les mêmes octets.

    Args:
        feuilles: dans l'ordre.
        titre: celui du document.
    """
    classeur = Workbook()
    classeur.remove(classeur.active)
    classeur.properties.title, classeur.properties.language = titre, "fr-FR"
    classeur.properties.creator = "citelib"
    for feuille in feuilles:
        page, large = classeur.create_sheet(feuille.nom), len(feuille.colonnes)
        for rang, tete in enumerate(feuille.titres, start=1):
            _poser(page.cell(rang, 1), tete, font=Font(name="Calibri", bold=rang == 1, size=14 if rang == 1 else 11))
        for rang, (intitule, largeur) in enumerate(zip(feuille.intitules, feuille.largeurs, strict=True), start=1):
            poser(page.cell(feuille.entete, rang), intitule, font=GRAS, alignment=REPLI)
            page.column_dimensions[get_column_letter(rang)].width = largeur
        page.row_dimensions[feuille.entete].height = feuille.hauteur(feuille.colonnes)
        for ligne, cases in enumerate(feuille.lignes, start=feuille.entete + 1):
            for rang, dite in enumerate(cases, start=1):
                _poser(page.cell(ligne, rang), dite, alignment=REPLI)
            page.row_dimensions[ligne].height = feuille.hauteur(dite.valeur for dite in cases)
        for rang, note in enumerate(feuille.notes, start=feuille.derniere + 1):
            _poser(page.cell(rang, 1), Case(note))
        tableau = Table(displayName=feuille.cle, ref=f"A{feuille.entete}:{get_column_letter(large)}{feuille.derniere}")
        tableau.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        page.add_table(tableau)
        imprimer(page, feuille.entete)
    return en_octets(classeur)


def _poser(cellule, dite: Case, **style) -> None:
    """Écrit une cellule, son format et son renvoi."""
    poser(cellule, neutraliser(dite.valeur) if isinstance(dite.valeur, str) else dite.valeur, **style)
    if dite.format:
        cellule.number_format = dite.format.excel
    if dite.lien:
        cellule.hyperlink = f"#'{dite.lien}'!A1"
        cellule.font = LIEN
