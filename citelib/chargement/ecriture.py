"""Écrire une table comme un tableur français la lit : CSV, Excel ou LibreOffice, sans rien perdre.

Un texte reste un texte (zéros de tête, signe « = » du début), un état reste dit (« ≈30 », « NC », « sans objet »),
et le fichier déjà là n'est remplacé que par un fichier complet.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell

from citelib.chargement.fichiers import FORMULE, en_texte
from citelib.contrats import Table
from citelib.contrats.typage import ESTIMEE, NON_COLLECTEE, NON_CONCERNEE
from citelib.erreurs import ErreurParametre

ETATS_ECRITS = {NON_COLLECTEE: "NC", NON_CONCERNEE: "sans objet"}
TEXTE_XLSX_MAX = 32_767  # caractères d'une cellule d'Excel ; openpyxl couperait la suite sans le dire
INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # ce qu'aucun XML n'accepte
MIME_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def ecrire_table(
    table: Table,
    donnees: pd.DataFrame,
    chemin: Path,
    *,
    etats: pd.DataFrame | None = None,
    encodage: str = "utf-8-sig",
    separateur: str = ";",
) -> None:
    """
    Écrit une table typée, telle que `lire_fichier` la relira.

    Args:
        table: son contrat ; les colonnes s'écrivent sous leur nom, dans son ordre.
        donnees: la table typée.
        chemin: .csv et .tsv s'écrivent en texte, à la française ; .xlsx et .ods avec de vrais nombres et dates.
        etats: celui de la `Lecture` : les cellules estimées, non collectées ou sans objet s'écrivent comme telles.
        encodage: d'un CSV ; la marque d'ordre fait voir les accents à Excel.
        separateur: d'un CSV ; un .tsv a toujours des tabulations.

    Raises:
        ErreurParametre: si le suffixe est inconnu, si un caractère ne peut s'écrire, si le dossier le refuse.
    """
    chemin = Path(chemin)
    suffixe = chemin.suffix.lower()
    # Windows-1252 n'a pas le signe ≈ : « ~30 » se lit comme « ≈30 ».
    environ = "≈" if suffixe not in (".csv", ".tsv") or encodage.startswith("utf") else "~"
    lignes = [table.noms, *_lignes(table, donnees, etats, environ)]
    if suffixe in (".csv", ".tsv"):
        octets = _en_csv(lignes, encodage, "\t" if suffixe == ".tsv" else separateur)
    elif suffixe in (".xlsx", ".ods"):
        octets = (_en_xlsx if suffixe == ".xlsx" else _en_ods)(table.nom, lignes)
    else:
        raise ErreurParametre(f"{chemin.name} : suffixe inconnu. Choisir parmi .csv, .tsv, .xlsx et .ods.")
    remplacer(chemin, octets)


def neutraliser(texte: str) -> str:
    """
    Le texte, précédé d'une apostrophe si un tableur le calculerait ; `sans_apostrophe` la retire.

    >>> neutraliser("=1+1"), neutraliser("'=1+1"), neutraliser("- un")
    ("'=1+1", "''=1+1", "'- un")
    """
    return f"'{texte}" if FORMULE.match(texte) else texte


def poser_texte(cellule: Cell, texte: str) -> None:
    """Écrit un texte dans une cellule Excel, qui le garde tel quel : ni formule, ni nombre, ni `_x0041_` déchiffré."""
    if len(texte) > TEXTE_XLSX_MAX:
        raise ErreurParametre(f"Un texte dépasse {TEXTE_XLSX_MAX} caractères : l'écrire en .csv ou en .ods.")
    cellule.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", texte)
    cellule.data_type = "s"
    if FORMULE.match(texte):
        cellule.quotePrefix = True


def remplacer(chemin: Path, octets: bytes) -> None:
    """Remplace un fichier d'un seul coup : qui le lit voit l'ancien ou le nouveau, jamais une moitié."""
    chemin = chemin.resolve()
    brouillon = chemin.with_name(f".{chemin.name}.tmp")
    try:
        brouillon.write_bytes(octets)
        if chemin.exists():
            shutil.copymode(chemin, brouillon)
        brouillon.replace(chemin)
    except OSError as erreur:
        brouillon.unlink(missing_ok=True)
        raison = "Le fermer s'il est ouvert dans un tableur ; vérifier le dossier, ses droits et la place."
        raise ErreurParametre(f"{chemin.name} ne s'écrit pas. {raison}") from erreur


def archiver(membres: dict[str, bytes]) -> bytes:
    """Une archive zip sans date : les mêmes membres donnent les mêmes octets ; `mimetype` n'est pas compressé."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as archive:
        for nom, contenu in membres.items():
            mode = zipfile.ZIP_STORED if nom == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(nom), contenu, mode)
    return tampon.getvalue()


def _lignes(table: Table, donnees: pd.DataFrame, etats: pd.DataFrame | None, environ: str) -> list[tuple]:
    """Les lignes à écrire, en valeurs Python : texte, nombre, booléen, date, ou None."""
    colonnes = {nom: [_valeur(valeur) for valeur in donnees[nom].astype("object")] for nom in table.noms}
    rangs = {indice: rang for rang, indice in enumerate(donnees.index)}
    for etat in () if etats is None else etats.itertuples():
        colonne, rang = colonnes[etat.colonne], rangs[etat.ligne]
        if etat.etat == ESTIMEE and colonne[rang] is not None:
            colonne[rang] = f"{environ}{en_texte(colonne[rang])}"
        elif colonne[rang] is None:
            colonne[rang] = ETATS_ECRITS.get(etat.etat)
    return list(zip(*colonnes.values(), strict=True))


def _valeur(valeur: object) -> object:
    """Une valeur de la table, en type de Python ; un texte n'a que des fins de ligne simples."""
    if isinstance(valeur, tuple):
        valeur = "|".join(valeur) or None
    if pd.isna(valeur):
        return None
    if isinstance(valeur, pd.Timestamp):
        return valeur.to_pydatetime()
    if isinstance(valeur, str):
        interdit = INTERDITS.search(valeur)
        if interdit:
            raise ErreurParametre(f"Caractère de commande U+{ord(interdit[0]):04X} dans « {valeur[:40]!a} ».")
        return re.sub("\r\n?", "\n", valeur)
    return valeur.item() if hasattr(valeur, "item") else valeur


def _en_csv(lignes: list[tuple], encodage: str, separateur: str) -> bytes:
    """Un CSV à la française : virgule décimale, jj/mm/aaaa, oui et non."""
    flux, ecrites = io.StringIO(newline=""), []
    for ligne in lignes:
        ecrites.append([neutraliser(v) if isinstance(v, str) else "" if v is None else en_texte(v) for v in ligne])
    csv.writer(flux, delimiter=separateur, lineterminator="\n").writerows(ecrites)
    texte = flux.getvalue()
    try:
        return texte.encode(encodage)
    except UnicodeEncodeError as erreur:
        fautif = texte[erreur.start]
        raison = f"Le caractère « {fautif} » (U+{ord(fautif):04X}) ne s'écrit pas en {encodage}"
        raise ErreurParametre(f"{raison} : écrire en utf-8-sig, ou en .xlsx.") from erreur


def _en_xlsx(nom: str, lignes: list[tuple]) -> bytes:
    """Un classeur Excel d'une feuille."""
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    feuille.title = nom
    for numero, ligne in enumerate(lignes, 1):
        for rang, valeur in enumerate(ligne, 1):
            cellule = feuille.cell(numero, rang)
            if isinstance(valeur, str):
                poser_texte(cellule, neutraliser(valeur) if valeur.startswith("'") else valeur)
            elif valeur is not None:
                cellule.value = valeur
                cellule.number_format = "DD/MM/YYYY" if isinstance(valeur, dt.date) else "General"
    tampon = io.BytesIO()
    classeur.save(tampon)
    with zipfile.ZipFile(tampon) as archive:
        membres = {nom: archive.read(nom) for nom in archive.namelist()}
    propriete = "docProps/core.xml"
    membres[propriete] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2000-01-01T00:00:00Z", membres[propriete])
    return archiver(membres)


def _en_ods(nom: str, lignes: list[tuple]) -> bytes:
    """Un classeur LibreOffice d'une feuille."""
    espaces = " ".join(
        f'xmlns:{prefixe}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
        for prefixe, urn in {"office": "office", "table": "table", "text": "text", "manifest": "manifest"}.items()
    )
    rangees = "".join(f"<table:table-row>{''.join(map(_cellule_ods, ligne))}</table:table-row>" for ligne in lignes)
    contenu = (
        f'<office:document-content {espaces} office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="{nom}">{rangees}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    entrees = "".join(
        f'<manifest:file-entry manifest:full-path="{membre}" manifest:media-type="{mime}"/>'
        for membre, mime in (("/", MIME_ODS), ("content.xml", "text/xml"))
    )
    manifeste = f'<manifest:manifest {espaces} manifest:version="1.3">{entrees}</manifest:manifest>'
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return archiver(
        {
            "mimetype": MIME_ODS.encode(),
            "content.xml": (declaration + contenu).encode(),
            "META-INF/manifest.xml": (declaration + manifeste).encode(),
        }
    )


def _cellule_ods(valeur: object) -> str:
    """Une cellule LibreOffice : sa valeur, et les paragraphes du texte qu'elle montre."""
    if valeur is None:
        return "<table:table-cell/>"
    if isinstance(valeur, str):
        texte, attribut = neutraliser(valeur) if valeur.startswith("'") else valeur, 'value-type="string"'
    elif isinstance(valeur, bool):
        texte, attribut = en_texte(valeur), f'value-type="boolean" office:boolean-value="{str(valeur).lower()}"'
    elif isinstance(valeur, dt.date):
        texte, attribut = en_texte(valeur), f'value-type="date" office:date-value="{valeur:%Y-%m-%d}"'
    else:
        texte, attribut = en_texte(valeur), f'value-type="float" office:value="{valeur!r}"'
    paragraphes = "".join(f"<text:p>{escape(ligne)}</text:p>" for ligne in texte.split("\n"))
    return f"<table:table-cell office:{attribut}>{paragraphes}</table:table-cell>"
