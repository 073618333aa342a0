"""Lire et écrire les fichiers tels que les services les font : CSV français, classeurs, en-têtes variables.

Chaque cellule est lue comme un texte, avec l'endroit d'où elle vient ; la typer est l'affaire de `typage`.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import python_calamine

from citelib.contrats import Probleme, Table, sans_accent
from citelib.contrats.typage import sans_blancs
from citelib.erreurs import ErreurDonnees

SUFFIXES_CLASSEUR = (".xlsx", ".xlsm", ".xls", ".ods")
LIGNES_DE_TITRE = 20
"""Nombre de lignes où l'on cherche l'en-tête : au-dessus se trouvent parfois des titres."""

TOTAL = re.compile(r"^(sous[- ])?tota(l|ux)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Feuille:
    """Une feuille lue : ses lignes de textes, chacune avec le numéro que montre un tableur."""

    fichier: str
    nom: str
    lignes: list[tuple[int, list[str]]]


def lire_fichier(chemin: Path) -> list[Feuille]:
    """
    Lit toutes les cellules d'un classeur ou d'un fichier CSV, qui a une seule feuille sans nom, comme des textes.

    Raises:
        ErreurDonnees: si le fichier est illisible.
    """
    try:
        if chemin.suffix.lower() in SUFFIXES_CLASSEUR:
            return _lire_classeur(chemin)
        return [_lire_csv(chemin)]
    except (OSError, python_calamine.CalamineError, csv.Error) as erreur:
        message = f"fichier illisible ({erreur})"
        remede = "L'ouvrir dans un tableur et l'enregistrer de nouveau en .xlsx ou en .csv."
        raise ErreurDonnees([Probleme("erreur", chemin.name, message=message, remede=remede)]) from erreur


def _lire_csv(chemin: Path) -> Feuille:
    octets = chemin.read_bytes()
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:  # l'enregistrement « CSV » d'un Excel français
        texte = octets.decode("cp1252", errors="replace")
    entete = next((ligne for ligne in texte.splitlines() if ligne.strip()), "")
    separateur = max(";\t,", key=entete.count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
    lignes, debut = [], 1
    for cellules in lecteur:
        lignes.append((debut, cellules))
        debut = lecteur.line_num + 1  # une cellule peut tenir sur plusieurs lignes
    return Feuille(chemin.name, "", lignes)


def _lire_classeur(chemin: Path) -> list[Feuille]:
    classeur = python_calamine.CalamineWorkbook.from_path(str(chemin))
    feuilles = []
    for nom in classeur.sheet_names:
        cellules = classeur.get_sheet_by_name(nom).to_python(skip_empty_area=False)
        lignes = [(numero, [_en_texte(v) for v in ligne]) for numero, ligne in enumerate(cellules, start=1)]
        feuilles.append(Feuille(chemin.name, nom, lignes))
    return feuilles


def _en_texte(valeur: object) -> str:
    """Une cellule de tableur, telle qu'un Français l'écrirait."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, dt.date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return str(valeur)


def ecrire_table(table: Table, donnees: pd.DataFrame, chemin: Path) -> None:
    """
    Écrit en CSV une table typée comme un tableur français la lit : « ; », virgule décimale, jj/mm/aaaa, oui/non.

    Une marque d'ordre précède l'UTF-8, pour qu'Excel voie les accents.
    """
    ecrites = pd.DataFrame({nom: donnees[nom].map(_ecrire_cellule).astype("str") for nom in table.noms})
    texte = ecrites.to_csv(sep=";", index=False, lineterminator="\n")
    chemin.write_bytes(texte.encode("utf-8-sig"))


def _ecrire_cellule(valeur: object) -> str:
    if isinstance(valeur, tuple):
        return "|".join(valeur)
    if pd.isna(valeur):
        return ""
    if isinstance(valeur, (bool, dt.date)):
        return _en_texte(valeur)
    return _en_texte(valeur).replace(".", ",") if isinstance(valeur, float) else str(valeur)


def rapprocher(table: Table, feuille: Feuille) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Retrouve une table dans une feuille : ligne d'en-tête, colonnes, lignes utiles.

    Returns:
        Les textes par colonne du contrat, l'origine de chaque ligne, les problèmes d'en-tête. Les
        titres au-dessus de l'en-tête, les lignes vides et les lignes de total sont laissés de côté.
    """
    connus = {sans_accent(nom): c.nom for c in table.colonnes for nom in (c.titre, *c.autres_noms, c.nom)}
    debut = [cellules for _, cellules in feuille.lignes[:LIGNES_DE_TITRE]]
    reconnues = [sum(sans_accent(cellule) in connus for cellule in cellules) for cellules in debut]
    rang = reconnues.index(max(reconnues)) if any(reconnues) else 0
    numero, entete = feuille.lignes[rang] if feuille.lignes else (1, [])
    colonnes = [connus.get(sans_accent(cellule)) for cellule in entete]
    problemes = _problemes_entete(table, feuille, numero, entete, colonnes)
    textes, origine = [], []
    for ligne, cellules in feuille.lignes[rang + 1 :]:
        premiere = next((sans_blancs(cellule) for cellule in cellules if cellule.strip()), None)
        if premiere is None:
            continue
        if TOTAL.match(premiere):
            problemes.append(_avertir(feuille, ligne, premiere, "ligne de total, laissée de côté"))
            continue
        lus = dict(zip(colonnes, cellules, strict=False))
        textes.append([lus.get(nom, "") for nom in table.noms])
        origine.append((feuille.fichier, feuille.nom, ligne))
    brut = pd.DataFrame(textes, columns=table.noms, dtype="str")
    return brut, pd.DataFrame(origine, columns=["fichier", "feuille", "ligne"]), problemes


def _problemes_entete(
    table: Table, feuille: Feuille, numero: int, entete: list[str], colonnes: list[str | None]
) -> list[Probleme]:
    """Colonnes inconnues (avertissement), absentes ou répétées (erreur)."""
    titres = zip(map(sans_blancs, entete), colonnes, strict=True)
    inconnues = [titre for titre, nom in titres if titre and nom is None]
    message = f"colonne inconnue de la table {table.nom}, ignorée"
    problemes = [_avertir(feuille, numero, titre, message) for titre in inconnues]
    for colonne in table.colonnes:
        if colonnes.count(colonne.nom) > 1:
            message, remede = "colonne en double", "N'en garder qu'une."
        elif colonne.obligatoire and colonne.nom not in colonnes:
            proches = difflib.get_close_matches(colonne.nom, [sans_accent(titre) for titre in inconnues], 1, 0.6)
            message = f"colonne absente, attendu « {colonne.nom} » ({colonne.titre})"
            remede = f"Renommer la colonne « {proches[0]} » ?" if proches else "L'ajouter à l'en-tête."
        else:
            continue
        problemes.append(Probleme("erreur", feuille.fichier, feuille.nom, numero, colonne.nom, "", message, remede))
    return problemes


def _avertir(feuille: Feuille, ligne: int, valeur: str, message: str) -> Probleme:
    return Probleme("avertissement", feuille.fichier, feuille.nom, ligne, "", valeur, message)
