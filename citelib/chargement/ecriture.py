"""Écrire une table comme un tableur français la lit, en CSV, sans rien perdre ; et ce que tout classeur écrit demande.

Un texte reste un texte (zéros de tête, signe « = » du début), un état reste dit (« ≈30 », « NC », « sans objet »),
et le fichier déjà là n'est remplacé que par un fichier complet.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell

from citelib.chargement.fichiers import FORMULE, en_texte
from citelib.chargement.remplacement import remplacer
from citelib.contrats import Table
from citelib.contrats.cellules import ESTIMEE, NON_COLLECTEE, NON_CONCERNEE
from citelib.erreurs import ErreurParametre

ETATS_ECRITS = {NON_COLLECTEE: "NC", NON_CONCERNEE: "sans objet"}
NEGATIF = re.compile(r"-\d+(?:,\d+)?")  # un nombre écrit à la française ne calcule rien
TEXTE_XLSX_MAX = 32_767  # caractères d'une cellule d'Excel ; openpyxl couperait la suite sans le dire
INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # ce qu'aucun XML n'accepte

HEURE = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")


def ecrire_table(table: Table, donnees: pd.DataFrame, chemin: Path) -> None:
    """
    Écrit une table en CSV à la française, telle que `lire_fichier` la relira ; ses colonnes s'écrivent sous leur nom.

    La marque d'ordre de l'UTF-8 fait voir les accents à Excel.

    Args:
        table: son contrat.
        donnees: la table typée, ou déjà en textes (`en_textes`).
        chemin: le fichier .csv.

    Raises:
        ErreurParametre: si un caractère ne peut s'écrire, ou si le système le refuse.
    """
    textes = en_textes(table, donnees).apply(lambda colonne: colonne.map({t: _proteger(t) for t in colonne.unique()}))
    remplacer(Path(chemin), textes.to_csv(index=False, sep=";", lineterminator="\n").encode("utf-8-sig"))


def en_textes(table: Table, donnees: pd.DataFrame, etats: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Une table telle qu'on l'écrit, en textes : « 3,5 », « oui », « 01/09/2024 », « ≈30 », « NC », « sans objet ».

    Args:
        table, donnees: comme `ecrire_table`.
        etats: ceux de la `Lecture` : estimée, non collectée ou sans objet, une cellule le reste.
    """
    colonnes = {nom: [_ecrire(valeur) for valeur in donnees[nom].astype("object")] for nom in table.noms}
    rangs = {indice: rang for rang, indice in enumerate(donnees.index)}
    for etat in () if etats is None else etats.itertuples():
        colonne, rang = colonnes[etat.colonne], rangs[etat.ligne]
        if etat.etat == ESTIMEE and colonne[rang]:
            colonne[rang] = f"≈{colonne[rang]}"
        elif not colonne[rang]:
            colonne[rang] = ETATS_ECRITS.get(etat.etat, "")
    return pd.DataFrame(colonnes, index=donnees.index, dtype="str")


def _ecrire(valeur: object) -> str:
    """Une valeur de la table, en texte ; vide si elle manque."""
    if isinstance(valeur, tuple):
        return "|".join(valeur)
    return "" if pd.isna(valeur) else en_texte(valeur)


def _proteger(texte: str) -> str:
    """Le texte à écrire : neutralisé si un tableur le calculerait ; un caractère de commande est refusé."""
    if interdit := INTERDITS.search(texte):
        place = f"U+{ord(interdit[0]):04X} en position {interdit.start() + 1} d'un texte"
        raise ErreurParametre(f"Caractère de commande {place} : l'ôter.")
    return neutraliser(re.sub("\r\n?", "\n", texte))


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


def archiver(membres: dict[str, bytes]) -> bytes:
    """Une archive zip sans date : les mêmes membres donnent les mêmes octets ; `mimetype` n'est pas compressé."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as archive:
        for nom, contenu in membres.items():
            mode = zipfile.ZIP_STORED if nom == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(nom), contenu, mode)
    return tampon.getvalue()


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
