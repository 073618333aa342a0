"""Écrire une table comme un partenaire nous la rend : autre encodage, autre séparateur, Excel ou LibreOffice.

Le produit n'écrit ses tables qu'en CSV ; il lit tout le reste : ces fichiers-ci éprouvent la lecture.
"""

import csv
import datetime as dt
import io
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd

from citelib.chargement.ecriture import archiver, ecrire_table, en_octets, en_textes, neutraliser, poser_texte
from citelib.chargement.fichiers import en_texte

MANIFESTE = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest manifest:version="1.3" xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
  <manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
  <manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""
CONTENU = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.3"
  xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
  <office:body><office:spreadsheet>
    <table:table table:name="{nom}">{rangees}</table:table>
  </office:spreadsheet></office:body>
</office:document-content>"""


def ecrire(table, donnees, chemin, *, etats=None, encodage="utf-8-sig", separateur=";"):
    """Écrit une table et ses états dans le format que dit le suffixe ; un classeur a de vrais nombres et dates."""
    chemin = Path(chemin)
    if chemin.suffix in (".csv", ".tsv"):
        ecrire_table(table, en_textes(table, donnees, etats), chemin)
        lignes = csv.reader(io.StringIO(chemin.read_text("utf-8-sig"), newline=""), delimiter=";")
        flux = io.StringIO(newline="")
        csv.writer(flux, delimiter=separateur, lineterminator="\n").writerows(lignes)
        # Windows-1252 n'a pas le signe ≈ : qui l'emploie écrit « ~30 ».
        texte = flux.getvalue() if encodage.startswith("utf") else flux.getvalue().replace("≈", "~")
        chemin.write_bytes(texte.encode(encodage))
        return
    lignes = [table.noms, *zip(*_colonnes(table, donnees, etats), strict=True)]
    chemin.write_bytes((en_ods if chemin.suffix == ".ods" else en_xlsx)(table.nom, lignes))


def _colonnes(table, donnees, etats):
    """Les colonnes à écrire : une valeur de Python, ou le texte d'une liste ou d'un état."""
    textes = en_textes(table, donnees, etats)
    for nom in table.noms:
        typees = [None if isinstance(v, tuple) or pd.isna(v) else v for v in donnees[nom].astype("object")]
        paires = zip(typees, textes[nom], strict=True)
        yield [valeur if valeur is not None and not texte.startswith("≈") else texte for valeur, texte in paires]


def _de_texte(texte):
    """Un texte tel qu'un tableur le range : son apostrophe de tête est doublée, pour être relue."""
    texte = texte.replace("\r\n", "\n").replace("\r", "\n")
    return neutraliser(texte) if texte.startswith("'") else texte


def en_xlsx(nom, lignes):
    """Un classeur Excel d'une feuille."""
    classeur = openpyxl.Workbook()
    classeur.active.title = nom
    for numero, ligne in enumerate(lignes, 1):
        for rang, valeur in enumerate(ligne, 1):
            cellule = classeur.active.cell(numero, rang)
            if isinstance(valeur, str) and valeur:
                poser_texte(cellule, _de_texte(valeur))
            elif not isinstance(valeur, str):
                cellule.value = valeur
                cellule.number_format = "DD/MM/YYYY" if isinstance(valeur, dt.date) else "General"
    return en_octets(classeur)


def en_ods(nom, lignes):
    """Un classeur LibreOffice d'une feuille."""
    rangees = "".join(f"<table:table-row>{''.join(map(_cellule_ods, ligne))}</table:table-row>" for ligne in lignes)
    contenu = CONTENU.format(nom=nom, rangees=rangees)
    membres = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": contenu}
    return archiver({nom: texte.encode() for nom, texte in (membres | {"META-INF/manifest.xml": MANIFESTE}).items()})


def _cellule_ods(valeur):
    """Une cellule LibreOffice : sa valeur, et le texte qu'elle montre, un paragraphe par ligne."""
    if isinstance(valeur, str):
        valeur = _de_texte(valeur)
        nature, attribut = "string", ""
    elif isinstance(valeur, bool):
        nature, attribut = "boolean", f'office:boolean-value="{str(valeur).lower()}"'
    elif isinstance(valeur, dt.date):
        nature, attribut = "date", f'office:date-value="{valeur:%Y-%m-%d}"'
    else:
        nature, attribut = "float", f'office:value="{valeur!r}"'
    if valeur == "":
        return "<table:table-cell/>"
    paragraphes = "".join(f"<text:p>{escape(ligne)}</text:p>" for ligne in en_texte(valeur).split("\n"))
    return f'<table:table-cell office:value-type="{nature}" {attribut}>{paragraphes}</table:table-cell>'
