"""Lire les cellules d'un fichier tel que les services le font : CSV français, classeur Excel ou LibreOffice.

Chaque cellule est lue comme un texte, avec la ligne d'où elle vient ; y retrouver une table est l'affaire
d'`entetes`, la typer celle de `typage`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

import python_calamine

from citelib.contrats import Probleme
from citelib.erreurs import ErreurDonnees

SUFFIXES_CLASSEUR = (".xlsx", ".xlsm", ".xls", ".ods")
A_CORRIGER = "À corriger"
"""Feuille que nous ajoutons au classeur renvoyé à un partenaire ; elle ne se relit pas."""


@dataclass(frozen=True)
class Reste:
    """Où lire la suite d'un très grand CSV dont une feuille n'a que le début, et comment il est écrit."""

    chemin: Path
    separateur: str
    encodage: str


@dataclass(frozen=True)
class Feuille:
    """
    Une feuille lue : ses lignes de textes, chacune avec le numéro que montre un tableur.

    Args:
        cachee: le classeur ne la montre pas.
        fusions: cellules fusionnées sur plusieurs lignes : rang de la colonne, première et dernière lignes.
        reste: les lignes ne sont que le début d'un très grand CSV ; voilà où lire les autres.
    """

    fichier: str
    nom: str
    lignes: list[tuple[int, list[str]]]
    cachee: bool = False
    fusions: tuple[tuple[int, int, int], ...] = ()
    reste: Reste | None = None


def lire_fichier(chemin: Path) -> list[Feuille]:
    """
    Lit toutes les cellules d'un classeur ou d'un fichier CSV, qui a une seule feuille sans nom, comme des textes.

    Raises:
        ErreurDonnees: si le fichier est illisible.
    """
    try:
        if chemin.suffix.lower() in SUFFIXES_CLASSEUR:
            return _lire_classeur(chemin)
        return [Feuille(chemin.name, "", decouper(chemin.read_bytes()).lignes)]
    except (OSError, python_calamine.CalamineError, csv.Error) as erreur:
        message = f"fichier illisible ({erreur})"
        remede = "L'ouvrir dans un tableur et l'enregistrer de nouveau en .xlsx ou en .csv."
        raise ErreurDonnees([Probleme("erreur", chemin.name, message=message, remede=remede)]) from erreur


@dataclass(frozen=True)
class Decoupe:
    """Les lignes d'un CSV, et comment il est écrit."""

    lignes: list[tuple[int, list[str]]]
    separateur: str
    encodage: str


def decouper(octets: bytes) -> Decoupe:
    """Découpe un CSV dont le séparateur et l'encodage se devinent."""
    encodage = "utf-8-sig"
    try:
        texte = octets.decode(encodage)
    except UnicodeDecodeError:  # l'enregistrement « CSV » d'un Excel français
        encodage = "cp1252"
        texte = octets.decode(encodage, errors="replace")
    entete = next((ligne for ligne in texte.splitlines() if ligne.strip()), "")
    separateur = max(";\t,", key=entete.count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
    lignes, debut = [], 1
    for cellules in lecteur:
        lignes.append((debut, cellules))
        debut = lecteur.line_num + 1  # une cellule peut tenir sur plusieurs lignes
    return Decoupe(lignes, separateur, encodage)


def _lire_classeur(chemin: Path) -> list[Feuille]:
    classeur = python_calamine.CalamineWorkbook.from_path(str(chemin))
    feuilles = []
    for fiche in classeur.sheets_metadata:
        feuille = classeur.get_sheet_by_name(fiche.name)
        cellules = feuille.to_python(skip_empty_area=False)
        lignes = [(numero, [en_texte(v) for v in ligne]) for numero, ligne in enumerate(cellules, start=1)]
        plages = feuille.merged_cell_ranges or ()
        fusions = tuple((c, debut + 1, fin + 1) for (debut, c), (fin, _) in plages if fin > debut)
        cachee = fiche.visible != python_calamine.SheetVisibleEnum.Visible
        feuilles.append(Feuille(chemin.name, fiche.name, lignes, cachee, fusions))
    return feuilles


def en_texte(valeur: object) -> str:
    """
    Une cellule de tableur, telle qu'un Français l'écrirait.

    >>> en_texte(3.5), en_texte(12.0), en_texte(True), en_texte(dt.date(2024, 9, 1))
    ('3,5', '12', 'oui', '01/09/2024')
    """
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, dt.date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return str(valeur).replace(".", ",") if isinstance(valeur, float) else str(valeur)
