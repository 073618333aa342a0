"""Éprouver la lecture : n'importe quel fichier donne des tables ou une ErreurDonnees, et rien d'autre.

`python tests/fuzz_lecture.py 100000 [graine]` tire autant de fichiers : de vrais fichiers abîmés, des grilles de
cellules au hasard, des octets au hasard. Chacun est lu, rapproché d'une table, typé et vérifié ; un CSV prend aussi
le chemin des très grands. Une exception imprévue s'affiche avec la graine qui la redonne, et le code de sortie est 1.
"""

import functools
import io
import random
import struct
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
from ecrivain import ecrire

from citelib.chargement import volumes
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import lire_fichier
from citelib.contrats.typage import typer, verifier_regles
from citelib.erreurs import ErreurDonnees
from citelib.tables import TABLES

CSV = (".csv", ".tsv")
SUFFIXES = (*CSV, ".xlsx", ".xlsm", ".xls", ".ods")
CELLULES = (
    "", "NC", "sans objet", "≈30", "30 à 40", "1 200 €", "85,7 %", "01/02/2024", "31/02/2024", "sept-23", "2023/2024",
    "1e400", "-0", "9" * 400, "nan", "inf", "²", "١٢", "٣,٥", "=1+1", "'=1", '"', "a;b", "l1\nl2", "\t", "total", "oui",
    "0000-00-00", "0001-01-01", "9999-12-31", "01/01/99999", "≈", "env. ", "|;,", "A1|A2", "0132327J", "١٣٢٣٢٧٠J",
    "QP013063", "\ufeff", "\u202e", "é" * 300, "\U0001f600", "\x0b", "\x1f", "\x85", "\u2028", "#N/A", "e\u0301",
)  # fmt: skip

MORCEAUX = tuple(
    replace(table, nom=f"{table.nom}-{rang}", cle=(colonnes[0].nom,), colonnes=colonnes, regles=())
    for table in TABLES
    for rang, colonnes in enumerate(zip(*[iter(table.colonnes)] * 4, strict=False))
)
"""Chaque table, quatre colonnes à la fois : les mêmes contraintes, cinq fois plus vite typées."""
CONTRATS = {table.nom: table for table in (*TABLES, *MORCEAUX)}
XML = (b'r="XFD1048576"', b't="s"', b'repeated="99999999"', b"<v>1e999</v>", b"&#0;", b"<", b"&", b"]]>", b'"', b"-1")


@functools.cache
def modeles() -> tuple[tuple[str, bytes], ...]:
    """De vrais fichiers de chaque sorte, à abîmer : une grille écrite en CSV, en Excel et en LibreOffice."""
    sorties = []
    with tempfile.TemporaryDirectory() as dossier:
        for table in MORCEAUX[:6]:
            exemple = {colonne.nom: [colonne.exemple] for colonne in table.colonnes}
            brut = pd.DataFrame(exemple, dtype="str")
            lecture = typer(table, brut, pd.DataFrame({"fichier": "a", "feuille": "", "ligne": [2]}))
            for suffixe in (".csv", ".xlsx", ".ods"):
                chemin = Path(dossier) / f"{table.nom}{suffixe}"
                ecrire(table, lecture.table, chemin)
                sorties.append((chemin.name, chemin.read_bytes()))
    cellules = [(ligne, rang, f"{ligne}{nom}") for ligne in range(3) for rang, nom in enumerate(MORCEAUX[0].noms)]
    return (*sorties, *[("actions-0.xls", xls(cellules))] * 2)


def xls(cellules: list[tuple[int, int, str]]) -> bytes:
    """Un classeur de l'ancien Excel (MS-XLS), d'une feuille : (ligne, colonne, texte) de chaque cellule."""

    def enregistrement(nature: int, format_: str = "", *champs: object) -> bytes:
        return struct.pack(f"<HH{format_}", nature, struct.calcsize(f"<{format_}"), *champs)

    globaux = enregistrement(0x0809, "4H2L", 0x0600, 5, 0, 0, 0, 0)
    feuille = enregistrement(0x0809, "4H2L", 0x0600, 16, 0, 0, 0, 0)
    for ligne, rang, texte in cellules:
        octets = texte.encode("utf-16-le")
        feuille += enregistrement(0x0204, f"4HB{len(octets)}s", ligne, rang, 0, len(texte), 1, octets)
    globaux += enregistrement(0x0085, "LH2Bc", len(globaux) + 17, 0, 1, 0, b"F") + enregistrement(0x000A)
    return _ole((globaux + feuille + enregistrement(0x000A)).ljust(4096, b"\0"))


def _ole(flux: bytes) -> bytes:
    """Un conteneur OLE (MS-CFB) d'un seul flux, « Workbook », de 4 096 octets : table, répertoire, huit secteurs."""
    fin, libre = 0xFFFFFFFE, b"\xff"
    entete = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    entete += struct.pack("<9L", 1, 1, 0, 4096, fin, 0, fin, 0, 0) + libre * 432
    table = struct.pack("<10L", 0xFFFFFFFD, fin, *range(3, 10), fin).ljust(512, libre)
    repertoire = b""
    for nom, nature, debut, taille in (("Root Entry", 5, fin, 0), ("Workbook", 2, 2, 4096)):
        repertoire += nom.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(nom) + 2, nature, 1)
        repertoire += libre * 12 + bytes(36) + struct.pack("<LQ", debut, taille)
    return entete + table + repertoire.ljust(512, b"\0") + flux


def tirer(graine: int) -> tuple[str, bytes]:
    """Un nom de fichier et son contenu, toujours les mêmes pour une même graine."""
    hasard = random.Random(graine)
    sorte = hasard.choices((_abime, _grille, _octets), (4, 5, 2))[0]
    nom, octets = sorte(hasard)
    if hasard.random() < 0.1:
        nom = Path(nom).stem + hasard.choice(SUFFIXES)
    return nom, octets


def _octets(hasard: random.Random) -> tuple[str, bytes]:
    """Des octets au hasard, parfois après la signature d'un classeur."""
    signature = hasard.choice((b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"))
    alphabet = hasard.choice((bytes(range(256)), b";,\t\"\n\r '=+a1", b"<>/ table:r=\"'"))
    return f"actions-0{hasard.choice(SUFFIXES)}", signature + bytes(hasard.choices(alphabet, k=hasard.randrange(3000)))


def _grille(hasard: random.Random) -> tuple[str, bytes]:
    """Une table dont l'en-tête et les cellules sont brouillés, en CSV ou en Excel."""
    table = hasard.choice(MORCEAUX if hasard.random() < 0.95 else TABLES)
    noms = [hasard.choice((c.nom, c.nom, c.titre, hasard.choice(CELLULES))) for c in table.colonnes]
    lignes = [[hasard.choice(CELLULES)] * hasard.randrange(4) for _ in range(hasard.randrange(3))] + [noms]
    for _ in range(hasard.randrange(6)):
        ligne = [hasard.choice((c.exemple, hasard.choice(CELLULES))) for c in table.colonnes]
        lignes.append(ligne[: hasard.choice((len(ligne), len(ligne), hasard.randrange(len(ligne))))])
    if hasard.random() < 0.1:
        classeur, tampon = openpyxl.Workbook(), io.BytesIO()
        for ligne in lignes:
            classeur.active.append([openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", texte) for texte in ligne])
        classeur.save(tampon)
        return f"{table.nom}.xlsx", tampon.getvalue()
    separateur, encodage = hasard.choice(";,\t|"), hasard.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252"))
    guillemets = (lambda t: '"' + t.replace('"', '""') + '"') if hasard.random() < 0.6 else str
    texte = hasard.choice(("\n", "\r\n", "\r")).join(separateur.join(map(guillemets, ligne)) for ligne in lignes)
    return f"{table.nom}.csv", texte.encode(encodage, "replace")


def _abime(hasard: random.Random) -> tuple[str, bytes]:
    """Un vrai fichier abîmé : ses octets, ou ceux d'un membre de son archive."""
    nom, octets = hasard.choice(modeles())
    if not octets.startswith(b"PK") or hasard.random() < 0.2:
        return nom, _muter(hasard, octets)
    tampon = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as lue, zipfile.ZipFile(tampon, "w") as ecrite:
        vise = hasard.choice(lue.namelist())
        for membre in lue.namelist():
            contenu = lue.read(membre)
            ecrite.writestr(membre, _muter(hasard, contenu) if membre == vise or hasard.random() < 0.05 else contenu)
    return nom, tampon.getvalue()


def _muter(hasard: random.Random, octets: bytes) -> bytes:
    """Des octets remplacés, retirés, doublés, ou remplacés par un morceau de XML dangereux."""
    mutes = bytearray(octets)
    for _ in range(hasard.choice((1, 1, 2, 5, 20))):
        place = hasard.randrange(len(mutes) + 1)
        longueur = hasard.choice((1, 1, 4, 30))
        mutes[place : place + longueur] = hasard.choice(
            (b"", bytes(mutes[place : place + longueur]) * 2, hasard.randbytes(longueur), hasard.choice(XML))
        )
    return bytes(mutes)


def essayer(chemin: Path, *, seuil: int = volumes.VOLUMINEUX) -> str:
    """
    Lit un fichier jusqu'au bout : « table » ou « refus » ; toute autre issue est une exception.

    Args:
        chemin: le fichier.
        seuil: taille, en octets, au-delà de laquelle un CSV prend le chemin des très grands.
    """
    grand = chemin.suffix in CSV and chemin.stat().st_size > seuil
    try:
        feuilles = [volumes.lire_debut(chemin)] if grand else lire_fichier(chemin)
    except ErreurDonnees as erreur:
        if len(erreur.problemes) != 1 or not str(erreur.problemes[0]):
            raise AssertionError("un refus porte un problème, et un seul") from erreur
        return "refus"
    table = CONTRATS.get(chemin.stem, MORCEAUX[0])
    for feuille in feuilles:
        brut, origine, problemes = volumes.lire_volumineux(table, feuille) if grand else rapprocher(table, feuille)
        lecture = typer(table, brut, origine)
        problemes += lecture.problemes + verifier_regles(table, {table.nom: lecture})
        if list(lecture.table.columns) != table.noms or not all(map(str, problemes)):
            raise AssertionError("la table lue n'a pas ses colonnes, ou un problème n'a pas de texte")
    return "table"


def main(nombre: int, graine: int = 0) -> int:
    """Éprouve `nombre` fichiers à partir d'une graine ; rend 1 si l'un d'eux a échappé à la lecture."""
    issues, debut = Counter(), time.monotonic()
    volumes.DEBUT, volumes.BLOC = 512, 4096  # assez peu pour qu'un petit fichier ait un début, une suite et des blocs
    with tempfile.TemporaryDirectory() as dossier:
        for rang in range(graine, graine + nombre):
            nom, octets = tirer(rang)
            chemin = Path(dossier) / nom
            chemin.write_bytes(octets)
            issues[f"{_eprouver(chemin, rang, volumes.VOLUMINEUX)}, petit"] += 1
            if chemin.suffix in CSV:
                issues[f"{_eprouver(chemin, rang, 0)}, grand"] += 1
            chemin.unlink()
            if (rang - graine + 1) % 5000 == 0:
                print(f"{rang - graine + 1} fichiers, {time.monotonic() - debut:.0f} s : {dict(issues)}", flush=True)
    print(f"{nombre} fichiers à partir de la graine {graine} : {dict(issues)}")
    return int(any(issue.startswith("échec") for issue in issues))


def _eprouver(chemin: Path, rang: int, seuil: int) -> str:
    """L'issue d'un essai ; un échec, ou plus de dix secondes, s'affiche avec la graine qui le redonne."""
    avant = time.monotonic()
    try:
        issue = essayer(chemin, seuil=seuil)
    except KeyboardInterrupt:
        raise
    except BaseException as erreur:  # une bibliothèque écrite en Rust panique hors d'Exception
        issue = f"échec {type(erreur).__name__}"
        print(f"graine {rang}, {chemin.name}, seuil {seuil} :", traceback.format_exc(limit=-3), flush=True)
    if time.monotonic() - avant > 10:
        print(f"graine {rang}, {chemin.name}, seuil {seuil} : {time.monotonic() - avant:.0f} s", flush=True)
    return issue


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:] or ["1000"])))
