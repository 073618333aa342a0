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
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell

from citelib.chargement.fichiers import FORMULE, en_texte
from citelib.contrats import Table
from citelib.contrats.typage import ESTIMEE, NON_COLLECTEE, NON_CONCERNEE
from citelib.erreurs import ErreurParametre

ETATS_ECRITS = {NON_COLLECTEE: "NC", NON_CONCERNEE: "sans objet"}
NEGATIF = re.compile(r"-\d+(?:,\d+)?")  # un nombre écrit à la française ne calcule rien
TEXTE_XLSX_MAX = 32_767  # caractères d'une cellule d'Excel ; openpyxl couperait la suite sans le dire
INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # ce qu'aucun XML n'accepte

HEURE = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")

ODS = files("citelib").joinpath("gabarits/ods")  # les membres d'un classeur LibreOffice d'une feuille


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
    Écrit une table typée, telle que `lire_fichier` la relira ; ses colonnes s'écrivent sous leur nom.

    Args:
        table: son contrat.
        donnees: la table typée.
        chemin: .csv et .tsv s'écrivent à la française ; .xlsx et .ods avec de vrais nombres, dates et booléens.
        etats: ceux de la `Lecture` : estimée, non collectée ou sans objet, une cellule le reste.
        encodage, separateur: d'un CSV ; la marque d'ordre de l'UTF-8 fait voir les accents à Excel.

    Raises:
        ErreurParametre: si le suffixe est inconnu, si un caractère ne peut s'écrire, si le système le refuse.
    """
    chemin = Path(chemin)
    suffixe = chemin.suffix.lower()
    if suffixe not in (".csv", ".tsv", ".xlsx", ".ods"):
        raise ErreurParametre(f"{chemin.name} : suffixe inconnu. Choisir parmi .csv, .tsv, .xlsx et .ods.")
    en_texte_seul = suffixe in (".csv", ".tsv")
    lignes = [table.noms, *_lignes(table, donnees, etats, encodage if en_texte_seul else None)]
    if en_texte_seul:
        octets = _en_csv(lignes, encodage, "\t" if suffixe == ".tsv" else separateur)
    else:
        octets = (_en_xlsx if suffixe == ".xlsx" else _en_ods)(table.nom, lignes)
    remplacer(chemin, octets)


def neutraliser(texte: str) -> str:
    """
    Le texte, précédé d'une apostrophe si un tableur le calculerait ; `sans_apostrophe` la retire.

    >>> neutraliser("=1+1"), neutraliser("'=1+1"), neutraliser("- un"), neutraliser("-3,5")
    ("'=1+1", "''=1+1", "'- un", '-3,5')
    """
    return f"'{texte}" if FORMULE.match(texte) and not NEGATIF.fullmatch(texte) else texte


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


def _lignes(table: Table, donnees: pd.DataFrame, etats: pd.DataFrame | None, encodage: str | None) -> list[tuple]:
    """Les lignes à écrire, ses textes neutralisés ; un classeur n'a pas d'encodage."""
    # Windows-1252 n'a pas le signe ≈ : « ~30 » se lit comme « ≈30 ».
    environ = "≈" if encodage is None or encodage.startswith("utf") else "~"
    colonnes = en_colonnes(table, donnees, etats, environ=environ).values()
    proteges = ([_proteger(valeur, encodage is not None) for valeur in colonne] for colonne in colonnes)
    return list(zip(*proteges, strict=True))


def en_colonnes(
    table: Table, donnees: pd.DataFrame, etats: pd.DataFrame | None, *, environ: str = "≈"
) -> dict[str, list]:
    """
    Les colonnes d'une table telles qu'on les écrit : « ≈30 », « NC », « sans objet », ou une valeur de Python.

    Args:
        table, donnees, etats: comme `ecrire_table`.
        environ: le signe d'une estimation.
    """
    colonnes = {nom: [_valeur(valeur) for valeur in donnees[nom].astype("object")] for nom in table.noms}
    rangs = {indice: rang for rang, indice in enumerate(donnees.index)}
    for etat in () if etats is None else etats.itertuples():
        colonne, rang = colonnes[etat.colonne], rangs[etat.ligne]
        if etat.etat == ESTIMEE and colonne[rang] is not None:
            colonne[rang] = environ + en_texte(colonne[rang])
        elif colonne[rang] is None:
            colonne[rang] = ETATS_ECRITS.get(etat.etat)
    return colonnes


def _valeur(valeur: object) -> object:
    """Une valeur de la table, en type de Python, ou None ; une liste est un texte."""
    if isinstance(valeur, tuple):
        return "|".join(valeur) or None
    if pd.isna(valeur):
        return None
    return valeur.item() if hasattr(valeur, "item") else valeur


def _proteger(valeur: object, en_csv: bool) -> object:
    """La valeur à écrire ; un texte qu'un tableur calculerait est neutralisé, un caractère de commande refusé."""
    if not isinstance(valeur, str):
        return valeur
    interdit = INTERDITS.search(valeur)
    if interdit:
        place = f"U+{ord(interdit[0]):04X} en position {interdit.start() + 1} d'un texte"
        raise ErreurParametre(f"Caractère de commande {place} : l'ôter.")
    texte = re.sub("\r\n?", "\n", valeur)
    return neutraliser(texte) if en_csv or texte.startswith("'") else texte


def _en_csv(lignes: list[tuple], encodage: str, separateur: str) -> bytes:
    """Un CSV à la française : virgule décimale, jj/mm/aaaa, oui et non."""
    flux = io.StringIO(newline="")
    ecrites = ([("" if valeur is None else en_texte(valeur)) for valeur in ligne] for ligne in lignes)
    csv.writer(flux, delimiter=separateur, lineterminator="\n").writerows(ecrites)
    texte = flux.getvalue()
    try:
        return texte.encode(encodage)
    except UnicodeEncodeError as erreur:
        fautif = f"« {texte[erreur.start]} » (U+{ord(texte[erreur.start]):04X})"
        remede = "écrire en utf-8-sig, ou en .xlsx"
        raise ErreurParametre(f"Le caractère {fautif} ne s'écrit pas en {encodage} : {remede}.") from erreur


def _en_xlsx(nom: str, lignes: list[tuple]) -> bytes:
    """Un classeur Excel d'une feuille."""
    classeur = openpyxl.Workbook()
    classeur.active.title = nom
    for numero, ligne in enumerate(lignes, 1):
        for rang, valeur in enumerate(ligne, 1):
            cellule = classeur.active.cell(numero, rang)
            if isinstance(valeur, str):
                poser_texte(cellule, valeur)
            elif valeur is not None:
                cellule.value = valeur
                cellule.number_format = "DD/MM/YYYY" if isinstance(valeur, dt.date) else "General"
    return en_octets(classeur)


def en_octets(classeur: openpyxl.Workbook) -> bytes:
    """Un classeur Excel sans l'heure de son écriture : le même contenu donne les mêmes octets."""
    tampon = io.BytesIO()
    classeur.save(tampon)
    return sans_heure(tampon.getvalue())


def sans_heure(octets: bytes, *, remplacer: Mapping[bytes, bytes] = MappingProxyType({})) -> bytes:
    """
    Un fichier de bureautique sans l'heure de son écriture, ni celle des classeurs qu'il contient.

    Args:
        octets: le fichier.
        remplacer: ce qui est à remplacer dans chacun de ses textes.
    """
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        membres = {membre: archive.read(membre) for membre in archive.namelist()}
    for membre, contenu in membres.items():
        if membre.endswith(".xlsx"):
            membres[membre] = sans_heure(contenu)
        elif membre.endswith(".xml"):
            for ancien, nouveau in remplacer.items():
                membres[membre] = membres[membre].replace(ancien, nouveau)
    membres["docProps/core.xml"] = HEURE.sub(b"2000-01-01T00:00:00Z", membres["docProps/core.xml"])
    return archiver(membres)


def _en_ods(nom: str, lignes: list[tuple]) -> bytes:
    """Un classeur LibreOffice d'une feuille."""
    rangees = (f"<table:table-row>{''.join(map(_cellule_ods, ligne))}</table:table-row>" for ligne in lignes)
    membres = {
        membre: ODS.joinpath(membre).read_text("utf-8")
        for membre in ("mimetype", "content.xml", "META-INF/manifest.xml")
    }
    membres["content.xml"] = membres["content.xml"].format(nom=nom, rangees="".join(rangees))
    return archiver({membre: texte.encode() for membre, texte in membres.items()})


def _cellule_ods(valeur: object) -> str:
    """Une cellule LibreOffice : sa valeur, et le texte qu'elle montre, un paragraphe par ligne."""
    if valeur is None:
        return "<table:table-cell/>"
    if isinstance(valeur, str):
        nature, attribut = "string", ""
    elif isinstance(valeur, bool):
        nature, attribut = "boolean", f'office:boolean-value="{str(valeur).lower()}"'
    elif isinstance(valeur, dt.date):
        nature, attribut = "date", f'office:date-value="{valeur:%Y-%m-%d}"'
    else:
        nature, attribut = "float", f'office:value="{valeur!r}"'
    style = f'table:style-name="{nature}" ' if nature in ("date", "boolean") else ""
    paragraphes = "".join(f"<text:p>{escape(ligne)}</text:p>" for ligne in en_texte(valeur).split("\n"))
    return f'<table:table-cell {style}office:value-type="{nature}" {attribut}>{paragraphes}</table:table-cell>'
