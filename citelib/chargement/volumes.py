"""Lire un très grand CSV (des millions de présences) : colonnes en catégories, et découpe gardée en Parquet.

Le chemin reste celui des petits fichiers : l'en-tête se cherche de la même façon, et `typer` lit chaque texte
différent une seule fois. Seul change l'outil qui découpe le fichier.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from tqdm import tqdm

from citelib.chargement.entetes import Entete, problemes_entete, rapprocher, reperer_entete
from citelib.chargement.fichiers import Feuille, Reste, controler_nature, decouper, dire_le_refus, lire_fichier
from citelib.contrats import Probleme, Table
from citelib.contrats.personnel import nature

VOLUMINEUX = 20_000_000
"""Taille, en octets, au-delà de laquelle un CSV prend ce chemin : environ 300 000 présences."""

CACHE = ".cache"
DEBUT = 65_536
BLOC = 16 << 20
CATEGORIE = pa.dictionary(pa.int32(), pa.string())


def est_volumineux(chemin: Path) -> bool:
    """Le fichier est-il un CSV trop grand pour être lu cellule à cellule ?"""
    return chemin.suffix.lower() in (".csv", ".tsv", ".txt") and chemin.is_file() and chemin.stat().st_size > VOLUMINEUX


def lire_debut(chemin: Path) -> Feuille:
    """Les premières lignes d'un très grand CSV : de quoi reconnaître sa table ; `reste` dit où lire les autres."""
    with dire_le_refus(chemin), chemin.open("rb") as fichier:
        debut = fichier.read(DEBUT)
        controler_nature(debut, classeur=False)
        decoupe = decouper(debut if len(debut) < DEBUT else debut.rpartition(b"\n")[0], complet=False)
    return Feuille(chemin.name, "", decoupe.lignes, reste=Reste(chemin, decoupe.separateur, decoupe.encodage))


def lire_feuilles(chemin: Path) -> list[Feuille]:
    """Les feuilles d'un fichier ; d'un très grand CSV, seulement le début de la sienne."""
    return [lire_debut(chemin)] if est_volumineux(chemin) else lire_fichier(chemin)


def lire_volumineux(table: Table, feuille: Feuille) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Ce que `rapprocher` rend d'une feuille, pour un très grand CSV : ses textes sont en catégories.

    La découpe est gardée en Parquet à côté du fichier, sous l'empreinte de son contenu : un fichier inchangé ne
    se découpe qu'une fois. Ici, une cellule ne tient pas sur plusieurs lignes.
    """
    chemin, entete = feuille.reste.chemin, reperer_entete(table, feuille)
    if entete.suite >= len(feuille.lignes):  # un en-tête, et rien dessous ou une ligne sans fin
        return _renoncer(table, feuille, entete) if chemin.stat().st_size > DEBUT else rapprocher(table, feuille)
    problemes = problemes_entete(table, feuille, entete)
    avant = feuille.lignes[entete.suite][0] - 1
    cache = chemin.parent / CACHE / f"{table.nom}-{_empreinte(chemin)}.parquet"
    fautes: list[int] = []
    if cache.is_file():
        brut = _retrouver(cache)
    else:
        try:
            brut, fautes = _lire_lignes(feuille.reste, entete, avant)
        except (ValueError, pa.ArrowException):  # une ligne plus longue qu'un bloc, ou d'un autre encodage
            return _renoncer(table, feuille, entete)
        if not fautes:
            _garder(brut, cache)
    lieu = {"fichier": chemin.name, "feuille": ""}
    remede = "Vérifier les séparateurs et les guillemets de cette ligne."
    for ligne in fautes:
        message = f"ligne sans les {len(entete.titres)} cellules de l'en-tête"
        problemes.append(Probleme("erreur", chemin.name, "", ligne, "", "", message, remede))
    lignes = np.setdiff1d(np.arange(avant + 1, avant + 1 + len(brut) + len(fautes)), fautes, assume_unique=True)
    vides = brut.iloc[:, 0].eq("")
    if vides.any():
        vides[vides] = brut[vides].eq("").all(axis=1)
        brut, lignes = brut[~vides].reset_index(drop=True), lignes[~vides]
    constantes = {nom: pd.Categorical.from_codes(np.zeros(len(brut), "int8"), [valeur]) for nom, valeur in lieu.items()}
    origine = pd.DataFrame({**constantes, "ligne": lignes})
    return brut, origine, problemes + _personnelles(brut, origine, feuille.lignes[-1][0])


def _renoncer(table: Table, feuille: Feuille, entete: Entete) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """Aucune ligne, et pourquoi."""
    brut, origine, problemes = rapprocher(table, replace(feuille, lignes=feuille.lignes[: entete.suite]))
    message = "fichier illisible : une ligne est démesurée, ou un caractère indéchiffrable"
    remede = "L'enregistrer de nouveau en « CSV UTF-8 », une ligne du tableau par ligne du fichier."
    return brut, origine, [*problemes, Probleme("erreur", feuille.fichier, message=message, remede=remede)]


def _personnelles(brut: pd.DataFrame, origine: pd.DataFrame, vue: int) -> list[Probleme]:
    """Un problème à la première ligne, après la ligne `vue`, de chaque texte qui ressemble à une donnée personnelle."""
    problemes = []
    for colonne in brut:
        textes = brut[colonne].cat.categories
        for texte in textes[textes.str.contains(r"[@\s]|\d{9}")]:
            if sorte := nature(texte):
                ligne = int(origine["ligne"].iloc[brut[colonne].eq(texte).argmax()])
                message, remede = f"la cellule ressemble à {sorte}", "L'effacer partout où elle est."
                lieu = (origine["fichier"].iloc[0], "", ligne, colonne)
                problemes += [Probleme("erreur", *lieu, "", message, remede)] if ligne > vue else []
    return problemes


def _lire_lignes(reste: Reste, entete: Entete, avant: int) -> tuple[pd.DataFrame, list[int]]:
    """Les colonnes connues du fichier, et les lignes qui n'ont pas le bon nombre de cellules."""
    colonnes = [nom or f"_{rang}" for rang, nom in enumerate(entete.colonnes)]
    connues = [nom for nom in entete.colonnes if nom]
    fautes: list[int | None] = []

    def noter(ligne) -> str:
        fautes.append(ligne.number)
        return "skip"

    def lire(parallele: bool) -> pa.Table:
        with reste.chemin.open("rb") as fichier:
            suivi = {"total": reste.chemin.stat().st_size, "desc": reste.chemin.name, "leave": False}
            barre = tqdm.wrapattr(fichier, "read", delay=1, disable=None, **suivi)
            with barre as suivi:
                return pa_csv.read_csv(
                    suivi,
                    pa_csv.ReadOptions(
                        skip_rows=avant,
                        column_names=colonnes,
                        use_threads=parallele,
                        encoding=reste.encodage,
                        block_size=BLOC,
                    ),
                    pa_csv.ParseOptions(
                        delimiter=reste.separateur, ignore_empty_lines=False, invalid_row_handler=noter
                    ),
                    pa_csv.ConvertOptions(include_columns=connues, column_types=dict.fromkeys(connues, CATEGORIE)),
                )

    textes = lire(parallele=True)
    if fautes:  # seule une lecture d'un seul tenant sait à quelles lignes
        fautes.clear()
        textes = lire(parallele=False)
    return textes.unify_dictionaries().to_pandas(), fautes


def _empreinte(chemin: Path) -> str:
    with chemin.open("rb") as fichier:
        return hashlib.file_digest(fichier, "sha256").hexdigest()[:16]


def _garder(brut: pd.DataFrame, cache: Path) -> None:
    """Écrit la découpe (des rangs, et les textes en attributs), et retire celle de l'état précédent du fichier."""
    rangs = brut.apply(lambda colonne: colonne.cat.codes)
    rangs.attrs = {nom: brut[nom].cat.categories.tolist() for nom in brut}
    cache.parent.mkdir(exist_ok=True)
    provisoire = cache.with_suffix(".partiel")
    rangs.to_parquet(provisoire, index=False)
    for ancien in cache.parent.glob(f"{cache.stem.rpartition('-')[0]}-*.parquet"):
        ancien.unlink()
    provisoire.replace(cache)


def _retrouver(cache: Path) -> pd.DataFrame:
    rangs = pd.read_parquet(cache)
    textes, rangs.attrs = rangs.attrs, {}  # pandas recopierait les attributs à chaque geste
    return pd.DataFrame({nom: pd.Categorical.from_codes(rangs[nom], textes[nom]) for nom in rangs})
