"""Lire les cellules d'un fichier tel que les services le font : CSV français, classeur Excel ou LibreOffice.

Chaque cellule est lue comme un texte, avec la ligne d'où elle vient ; y retrouver une table est l'affaire
d'`entetes`, la typer celle de `typage`. Un fichier vide, abîmé, chiffré, déguisé ou démesuré est refusé d'une
phrase, avant d'occuper la mémoire.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime as dt
import errno
import io
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from citelib.chargement.archives import CELLULES_MAX, DEPOUILLER, FichierIllisible, lire_feuilles
from citelib.contrats import Probleme
from citelib.erreurs import ErreurDonnees

SUFFIXES_CLASSEUR = (".xlsx", ".xlsm", ".xls", ".ods")
A_CORRIGER = "À corriger"
"""Feuille que nous ajoutons au classeur renvoyé à un partenaire ; elle ne se relit pas."""
MARQUE = "_citelib"
"""Feuille cachée de nos classeurs à remplir, qui s'importent ; un lecteur ignore les feuilles en « _ »."""
OUVERT = "~$"
"""Début du nom de ce qu'Excel pose à côté d'un classeur tant qu'il est ouvert."""

TAILLE_MAX = 100 * 2**20  # octets : le double du plus gros fichier public du ministère
LIGNES_MAX, COLONNES_MAX = 2**20, 2**14  # ce qu'un tableur peut montrer
CELLULE_MAX = 2**17  # caractères : quatre fois la limite d'Excel, et celle, d'origine, du module csv
ECHANTILLON = 2**16  # caractères du début d'un CSV où l'on reconnaît son séparateur

CLASSEUR = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
BINAIRE = (b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"PAR1")
PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|meta|body|table|style|div|\?xml)\b", re.IGNORECASE)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ACCENT_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]")
LATIN_9 = re.compile(rb"\xa4|[A-Za-z]\xbd|[\xbc\xbd][A-Za-z]")  # € et œ, qu'on lirait ¤ et ½ en Windows-1252
SEP = re.compile(r'"?sep=([;,\t|:])"?[;,\t]*\r?\n', re.IGNORECASE)
FORMULE = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@])")  # ce qu'un tableur calculerait, ou qu'une apostrophe en garde

OBSTACLES = {errno.ENOENT: "fichier introuvable", errno.EACCES: "le système en interdit la lecture"}
OBSTACLES |= {errno.ELOOP: "c'est un lien qui revient sur lui-même"}
RENOMMER = "Lui rendre son vrai suffixe, ou l'enregistrer de nouveau en .xlsx ou en .csv."
REFERMER = "Fermer ce guillemet, ou doubler ceux qui font partie du texte ; au mieux, enregistrer en .xlsx."


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

    Args:
        chemin: le fichier ; son suffixe dit ce qu'il est, son contenu doit le confirmer.

    Raises:
        ErreurDonnees: si le fichier est illisible ; elle porte un seul problème.
    """
    with dire_le_refus(chemin):
        if chemin.name.startswith(OUVERT):
            raise FichierIllisible("c'est la trace d'un classeur ouvert", f"Donner {chemin.name.removeprefix(OUVERT)}.")
        octets = _lire_octets(chemin)
        classeur = chemin.suffix.lower() in SUFFIXES_CLASSEUR
        controler_nature(octets, classeur=classeur)
        if not classeur:
            lignes, *_ = decouper(octets)
            return [Feuille(chemin.name, "", lignes)]
        return [
            Feuille(chemin.name, nom, _en_textes(enumerate(lignes, 1)), cachee, fusions)
            for nom, lignes, cachee, fusions in lire_feuilles(octets)
        ]


@contextlib.contextmanager
def dire_le_refus(chemin: Path) -> Iterator[None]:
    """Ce qui rend un fichier illisible devient une ErreurDonnees d'un seul problème."""
    try:
        yield
        return
    except FichierIllisible as erreur:
        raison, remede, ligne = str(erreur), erreur.remede, erreur.ligne
    except OSError as erreur:
        raison, ligne = OBSTACLES.get(erreur.errno, "le système n'arrive pas à le lire"), None
        remede = "Vérifier l'emplacement du fichier et ses droits."
    message = f"fichier illisible : {raison}"
    raise ErreurDonnees([Probleme("erreur", chemin.name, ligne=ligne, message=message, remede=remede)])


def _lire_octets(chemin: Path) -> bytes:
    """Le contenu d'un fichier ordinaire, ni vide ni trop gros."""
    etat = chemin.stat()
    if not stat.S_ISREG(etat.st_mode):
        raise FichierIllisible("c'est un dossier ou un périphérique, pas un fichier", "Le renommer ou le retirer.")
    if etat.st_size > TAILLE_MAX:
        raise FichierIllisible(f"{etat.st_size // 2**20} Mo, au plus {TAILLE_MAX // 2**20} sont acceptés", DEPOUILLER)
    with chemin.open("rb") as flux:
        octets = flux.read(TAILLE_MAX)
    if not octets or octets.isspace():
        remede = "Le redemander ; s'il n'y a rien à dire, laisser la seule ligne d'en-tête."
        raise FichierIllisible("il est vide", remede)
    return octets


def controler_nature(octets: bytes, *, classeur: bool) -> None:
    """Refuse un contenu qui n'est pas celui qu'annonce le suffixe du fichier."""
    attendu = "un classeur" if classeur else "un CSV"
    if PAGE.match(octets):
        raise FichierIllisible(f"c'est une page web (HTML ou XML) enregistrée comme {attendu}")
    if octets.startswith(CLASSEUR):
        lu = "" if classeur else "un classeur ou une archive renommés"
    elif octets.startswith(BINAIRE) or (b"\0" in octets and not octets.startswith(UTF_16)):
        lu = "des données binaires"
    else:
        lu = "un texte, sans doute un CSV renommé" if classeur else ""
    if lu:
        raise FichierIllisible(f"ce n'est pas {attendu} mais {lu}", RENOMMER)


def _en_textes(lignes: Iterable[tuple[int, list]]) -> list[tuple[int, list[str]]]:
    """Les valeurs lues, en textes ; une ligne trop large ou une cellule trop longue est refusée."""
    lues = []
    for numero, valeurs in lignes:
        # Un texte sans apostrophe au début, le cas de presque toutes les cellules, reste ce qu'il est.
        textes = [v if type(v) is str and not "'" <= v < "(" else sans_apostrophe(en_texte(v)) for v in valeurs]
        if len(textes) > COLONNES_MAX or max(map(len, textes), default=0) > CELLULE_MAX:
            raison = f"plus de {COLONNES_MAX} colonnes, ou de {CELLULE_MAX} caractères dans une cellule"
            raise FichierIllisible(raison, DEPOUILLER, numero)
        lues.append((numero, textes))
    return lues


def decouper(octets: bytes, *, complet: bool = True) -> tuple[list[tuple[int, list[str]]], str, str]:
    """
    Les lignes d'un CSV, son séparateur et son encodage, qui se devinent ; la ligne « sep=; » d'Excel n'en est pas une.

    Args:
        octets: son contenu ; s'il n'est pas complet, ce qui suit une cellule coupée est laissé.

    Raises:
        FichierIllisible: s'il est démesuré, indéchiffrable, ou si un guillemet n'est pas refermé.
    """
    encodage = deviner_encodage(octets)
    flux = io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")
    debut = flux.read(ECHANTILLON)
    flux.seek(0)
    declare = SEP.match(debut)
    separateur = declare[1] if declare else _separateur(debut)
    lignes = max(octets.count(b"\n"), octets.count(b"\r"))
    if lignes > LIGNES_MAX or lignes + octets.count(separateur.encode()) > CELLULES_MAX:
        raise FichierIllisible(f"plus de {LIGNES_MAX} lignes ou de {CELLULES_MAX} cellules", DEPOUILLER)
    lues = _en_textes(_lignes(flux, separateur, complet))
    return lues[1:] if declare else lues, separateur, encodage


def _lignes(flux: Iterable[str], separateur: str, complet: bool) -> Iterator[tuple[int, list[str]]]:
    """Les lignes d'un CSV, chacune au numéro où elle commence ; un guillemet mal fermé est refusé."""
    lecteur, numero, largeur = csv.reader(flux, delimiter=separateur, strict=True), 1, 0
    try:
        for cellules in lecteur:
            largeur = max(largeur, len(cellules))
            if lecteur.line_num > numero and any(_avale(cellule, separateur, largeur) for cellule in cellules):
                raise FichierIllisible("un guillemet ouvert avale les lignes suivantes", REFERMER, numero)
            yield numero, cellules
            numero = lecteur.line_num + 1  # une cellule peut tenir sur plusieurs lignes
    except csv.Error as erreur:
        if complet:
            raison = "un guillemet est ouvert sans être bien refermé, ou une cellule est trop longue"
            raise FichierIllisible(raison, REFERMER, numero) from erreur


def _avale(cellule: str, separateur: str, largeur: int) -> bool:
    """
    La cellule prend-elle une ligne entière, ou la fin d'une et le début de la suivante ?

    Dans une phrase, une espace suit le séparateur.
    """
    lignes = cellule.splitlines()
    if largeur < 3 or len(lignes) < 2:
        return False
    prises = [lignes[0] + lignes[-1], *lignes[1:-1]]
    return any(p.count(separateur) == largeur - 1 and f"{separateur} " not in p for p in prises)


def deviner_encodage(octets: bytes) -> str:
    """L'encodage d'un texte : celui de sa marque d'ordre, l'UTF-8, sinon celui d'un tableur français."""
    for encodage in ("utf-16",) if octets.startswith(UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            octets.decode(encodage)
        except UnicodeDecodeError as erreur:
            faute = erreur
            if ACCENT_UTF_8.search(octets):  # de l'UTF-8 et un autre encodage mêlés : aucun n'est le bon
                break
        else:
            latin_9 = encodage == "cp1252" and LATIN_9.search(octets) and not re.search(rb"[\x80-\x9f]", octets)
            return "iso8859-15" if latin_9 else encodage
    remede = "L'enregistrer de nouveau en « CSV UTF-8 », ou en .xlsx."
    raise FichierIllisible("un caractère est indéchiffrable", remede, octets.count(b"\n", 0, faute.start) + 1)


def _separateur(debut: str) -> str:
    """Le séparateur qui coupe le plus régulièrement le début d'un CSV ; « ; » si rien ne le coupe."""
    entier = debut[: debut.rfind("\n") + 1] if len(debut) == ECHANTILLON else debut

    def regularite(separateur: str) -> float:
        lues = [cellules for cellules in csv.reader(io.StringIO(entier, newline=""), delimiter=separateur) if cellules]
        # Une virgule suivie d'une espace est celle d'une phrase, sauf si l'en-tête est coupé comme elle.
        nettes = [c for c in lues if len(c) == len(lues[0]) or not any(texte.startswith(" ") for texte in c[1:])]
        largeurs = Counter(len(cellules) for cellules in nettes if len(cellules) > 1)
        return max(largeurs.values(), default=0) / max(len(lues), 1)

    return max(";\t,", key=regularite)


def sans_apostrophe(texte: str) -> str:
    """
    Le texte sans l'apostrophe qui empêche un tableur de le calculer.

    >>> sans_apostrophe("'=1+1"), sans_apostrophe("'90")
    ('=1+1', "'90")
    """
    return texte[1:] if texte[:1] == "'" and FORMULE.match(texte) else texte


def en_texte(valeur: object) -> str:
    """
    Une cellule de tableur, telle qu'un Français l'écrirait.

    Trois décimales en prennent une quatrième : « 12,125 » pourrait être douze mille cent vingt-cinq.

    >>> en_texte(3.5), en_texte(12.0), en_texte(12.125), en_texte(True), en_texte(dt.date(2024, 9, 1))
    ('3,5', '12', '12,1250', 'oui', '01/09/2024')
    """
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, dt.date):
        return f"{valeur:%d/%m/%Y %H:%M:%S}".removesuffix(" 00:00:00")
    if isinstance(valeur, float):
        if valeur.is_integer():
            return str(int(valeur))
        texte = f"{Decimal(repr(float(valeur))):f}".replace(".", ",")
        return f"{texte}0" if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", texte) else texte
    return str(valeur)
