"""Ouvrir un classeur sans danger : contrôlé avant d'être lu, puis lu dans un processus à part (`isole`).

Un classeur est une archive, qui peut annoncer ou contenir mille fois sa taille, et dont une seule cellule posée
à l'autre bout de la feuille demande des milliards de cases.
"""

from __future__ import annotations

import importlib.util
import io
import itertools
import pickle
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import openpyxl

CELLULES_MAX = 10_000_000  # cases d'un fichier, vides comprises : un demi-gigaoctet de mémoire
DECOMPRESSE_MAX = 500 * 2**20  # octets d'un classeur décompressé : ce qu'occupent dix millions de cases
RAPPORT_MAX = 200  # un classeur gagne de 5 à 50 à être compressé ; une archive piégée, 1 000
DUREE = 10  # secondes laissées à la lecture, et une par mégaoctet : dix fois ce qu'elle demande
BLOC = 2**20  # octets décompressés à la fois

BALISE = re.compile(
    rb'<(?:\w+:)?c\s(?>[^<>]*?\br="([A-Z]{1,3})(\d{1,7})")[^<>/]*+>(?!</)'
    rb"|<table:(table|table-row|table-cell|covered-table-cell)(?![\w-])([^<>]*)"
    rb'|<(?:\w+:)?c\s[^<>]*?\bt="e"'
)
"""
Ce qui donne son étendue à une feuille : cellule Excel non vide ; feuille, ligne ou cellule LibreOffice. Une cellule
Excel en erreur compte aussi, même sans adresse.

Une balise de mille attributs se lit sans retour en arrière (`(?>…)`).
"""

EN_ERREUR = re.compile(rb'\bt="e"|value-type="error"')
REPETEE = re.compile(rb'repeated="(\d{1,9})"')
CHIFFRE_OLE = re.compile(rb"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0|\x09\x08\x10\0.{16}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
ESPACES = re.compile(rb'<text:s text:c="\d{6,}"')

DEPOUILLER = "Effacer ce qui est loin du tableau (Ctrl+Fin y mène), ou le copier seul dans un classeur neuf."
PROTEGE = ("classeur protégé par un mot de passe", "L'ouvrir avec ce mot de passe et l'enregistrer sans protection.")
ABIME = (zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError, ValueError, LookupError)
ABIME += (NotImplementedError, pickle.UnpicklingError)


class FichierIllisible(Exception):
    """Un fichier que l'on ne lira pas : pourquoi, ce qu'il faut faire, à quelle ligne."""

    def __init__(self, message: str, remede: str = "", ligne: int | None = None):
        super().__init__(message)
        self.remede = remede or "L'ouvrir dans un tableur et l'enregistrer de nouveau en .xlsx ou en .csv."
        self.ligne = ligne


def lire_feuilles(octets: bytes) -> list[tuple[str, list[list], bool, tuple]]:
    """
    De chaque feuille d'un classeur : nom, lignes de valeurs depuis A1, si elle est cachée, cellules fusionnées.

    Raises:
        FichierIllisible: si le classeur est abîmé, chiffré ou démesuré.
    """
    erreurs = []
    try:
        if octets.startswith(b"PK") and _controler(octets):
            erreurs = _formules_en_erreur(octets)
        elif CHIFFRE_OLE.search(octets):
            raise FichierIllisible(*PROTEGE)
        paquets = Path(importlib.util.find_spec("python_calamine").origin).parents[1]
        commande = [sys.executable, "-I", "-S", str(Path(__file__).with_name("isole.py")), str(paquets)]
        duree = DUREE + len(octets) / 2**20
        lecture = subprocess.run(commande, input=octets, capture_output=True, timeout=duree, check=True)
        feuilles = pickle.loads(lecture.stdout)
    except subprocess.TimeoutExpired as erreur:
        raise FichierIllisible("classeur trop long à lire") from erreur
    except subprocess.CalledProcessError as erreur:
        raise FichierIllisible("classeur abîmé") from erreur
    except ABIME as erreur:
        raise FichierIllisible("classeur abîmé ou incomplet") from erreur
    except RuntimeError as erreur:  # ce que zipfile dit d'une archive chiffrée
        raise FichierIllisible(*PROTEGE) from erreur
    for titre, ligne, colonne, texte in erreurs:
        lignes = next((lignes for nom, lignes, *_ in feuilles if nom == titre), [])
        if ligne <= len(lignes) and colonne <= len(lignes[ligne - 1]):
            lignes[ligne - 1][colonne - 1] = texte
    for nom, lignes, _, fusions in feuilles:
        if sum(min(fin, len(lignes)) - debut for _, debut, fin in fusions if debut <= len(lignes)) > CELLULES_MAX:
            raise FichierIllisible(f"feuille « {nom} » démesurée : ses cellules fusionnées se recouvrent", DEPOUILLER)
    return feuilles


def _formules_en_erreur(octets: bytes) -> list[tuple[str, int, int, str]]:
    """Feuille, ligne, colonne et texte (« #N/A ») des formules en erreur, que la lecture rendrait vides."""
    try:
        classeur = openpyxl.load_workbook(io.BytesIO(octets), read_only=True, data_only=True)
        cellules = [(f.title, c) for f in classeur for rangee in f.iter_rows() for c in rangee if c.data_type == "e"]
    except Exception as erreur:  # d'un classeur abîmé, openpyxl laisse passer n'importe quelle exception
        raise FichierIllisible("classeur abîmé") from erreur
    return [(titre, cellule.row, cellule.column, str(cellule.value)) for titre, cellule in cellules]


def _controler(octets: bytes) -> bool:
    """
    Refuse une archive démesurée, abîmée, ou qui n'est pas un classeur, sans jamais la décompresser en entier.

    Rend vrai si une formule d'un classeur Excel y est en erreur ; la place de celles de LibreOffice ne se sait pas.
    """
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        annonce, noms = sum(membre.file_size for membre in archive.infolist()), set(archive.namelist())
        if annonce > DECOMPRESSE_MAX or annonce > max(RAPPORT_MAX * len(octets), 50 * BLOC):
            raison = f"archive piégée ou démesurée ({annonce // 2**20} Mo une fois décompressée)"
            raise FichierIllisible(raison, DEPOUILLER)
        autres = {membre.compress_type for membre in archive.infolist()} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        if autres or "xl/workbook.bin" in noms or not noms & {"[Content_Types].xml", "content.xml"}:
            raise FichierIllisible("archive qui n'est pas un classeur .xlsx ou .ods")
        if "META-INF/manifest.xml" in noms and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise FichierIllisible(*PROTEGE)
        cases, en_erreur = 0, set()
        for membre in archive.infolist():
            with archive.open(membre) as flux:
                etendue, erreur = _etendue(flux) if membre.filename.endswith(".xml") else (0, False)
            cases += etendue
            en_erreur |= {membre.filename} if erreur else set()
            if cases > CELLULES_MAX:
                raison = f"feuille démesurée : {cases} cases, au plus {CELLULES_MAX} acceptées"
                raise FichierIllisible(raison, DEPOUILLER)
    if "content.xml" in en_erreur:
        remede = "La chercher (#DIV/0!, #N/A, #REF!, Err:…), la corriger, et enregistrer de nouveau."
        raise FichierIllisible("une formule du classeur est en erreur", remede)
    return any(nom.startswith("xl/worksheets/") for nom in en_erreur)


def _etendue(flux: io.BufferedIOBase) -> tuple[int, bool]:
    """Nombre de cases des rectangles que les feuilles occupent depuis A1, et si une formule y est en erreur."""
    total = ligne = colonne = hauteur = largeur = fois = 0
    erreur = False
    for balise in _balises(flux):
        lettres, numero, nature, attributs = balise.groups()
        erreur = erreur or EN_ERREUR.search(balise[0]) is not None
        if lettres:
            rang = sum((lettre - 64) * 26**place for place, lettre in enumerate(reversed(lettres)))
            hauteur, largeur = max(hauteur, int(numero)), max(largeur, rang)
        if nature is None:
            continue
        repetee = REPETEE.search(attributs)
        repetitions = int(repetee[1]) if repetee else 1
        if nature == b"table":
            total += hauteur * largeur
            ligne = hauteur = largeur = fois = 0
        elif nature == b"table-row":
            ligne, colonne, fois = ligne + fois, 0, repetitions
        else:
            colonne += repetitions
            if b"office:" in attributs or b"formula" in attributs:
                hauteur, largeur = ligne + fois, max(largeur, colonne)
    return total + hauteur * largeur, erreur


def _balises(flux: io.BufferedIOBase) -> Iterator[re.Match]:
    """Les balises d'un membre, lues bloc par bloc ; aucune n'est coupée en deux."""
    reste, analyseur = b"", expat.ParserCreate()
    while bloc := flux.read(BLOC):
        analyseur.Parse(bloc)  # un XML mal formé : la lecture chercherait sans fin une balise qui manque
        texte = reste + bloc
        # La dernière balise, et celle d'avant dont il faut voir la suite, attendent le bloc suivant.
        fin = max(texte.rfind(b"<", 0, max(texte.rfind(b"<"), 0)), 0)
        if len(texte) - fin > 2 * BLOC or ESPACES.search(texte):
            raise FichierIllisible("une cellule contient plus d'un million de caractères", DEPOUILLER)
        yield from itertools.takewhile(lambda balise, fin=fin: balise.start() < fin, BALISE.finditer(texte))
        reste = texte[fin:]
    analyseur.Parse(b"", True)
    yield from BALISE.finditer(reste)
