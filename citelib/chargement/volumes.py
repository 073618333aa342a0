"""Lire un très grand CSV (des millions de présences) : colonnes en catégories, et découpe gardée en Parquet.

Le chemin reste celui des petits fichiers : l'en-tête se cherche de la même façon, et `typer` lit chaque texte
différent une seule fois. Seul change l'outil qui découpe le fichier.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from tqdm import tqdm

from citelib.chargement.entetes import Entete, problemes_entete, reperer_entete
from citelib.chargement.fichiers import Decoupe, Feuille, decouper
from citelib.contrats import Probleme, Table

VOLUMINEUX = 20_000_000
"""Taille, en octets, au-delà de laquelle un CSV prend ce chemin : environ 300 000 présences."""

CACHE = ".cache"
DEBUT = 65_536
BLOC = 16 << 20
CATEGORIE = pa.dictionary(pa.int32(), pa.string())


def est_volumineux(chemin: Path) -> bool:
    """Le fichier est-il un CSV trop grand pour être lu cellule à cellule ?"""
    return chemin.suffix.lower() in (".csv", ".tsv", ".txt") and chemin.stat().st_size > VOLUMINEUX


def lire_volumineux(table: Table, chemin: Path) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Les textes d'une table, en catégories, l'origine de chaque ligne, et les problèmes d'en-tête et de découpe.

    La découpe est gardée en Parquet à côté du fichier, sous l'empreinte de son contenu : un fichier inchangé ne
    se découpe qu'une fois. Ici, une cellule ne tient pas sur plusieurs lignes.
    """
    with chemin.open("rb") as fichier:
        decoupe = decouper(fichier.read(DEBUT).rpartition(b"\n")[0])
    feuille = Feuille(chemin.name, "", decoupe.lignes)
    entete = reperer_entete(table, feuille)
    problemes = problemes_entete(table, feuille, entete)
    avant = feuille.lignes[entete.suite][0] - 1
    cache = chemin.parent / CACHE / f"{table.nom}-{_empreinte(chemin)}.parquet"
    fautes: list[int] = []
    if cache.is_file():
        brut = _retrouver(cache)
    else:
        brut, fautes = _lire_lignes(chemin, entete, avant, decoupe)
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
    lieu = {nom: pd.Categorical.from_codes(np.zeros(len(brut), "int8"), [valeur]) for nom, valeur in lieu.items()}
    return brut, pd.DataFrame({**lieu, "ligne": lignes}), problemes


def _lire_lignes(chemin: Path, entete: Entete, avant: int, decoupe: Decoupe) -> tuple[pd.DataFrame, list[int]]:
    """Les colonnes connues du fichier, et les lignes qui n'ont pas le bon nombre de cellules."""
    colonnes = [nom or f"_{rang}" for rang, nom in enumerate(entete.colonnes)]
    connues = [nom for nom in entete.colonnes if nom]
    fautes: list[int | None] = []

    def noter(ligne) -> str:
        fautes.append(ligne.number)
        return "skip"

    def lire(parallele: bool) -> pa.Table:
        with chemin.open("rb") as fichier:
            taille = chemin.stat().st_size
            barre = tqdm.wrapattr(fichier, "read", total=taille, desc=chemin.name, delay=1, disable=None, leave=False)
            with barre as suivi:
                return pa_csv.read_csv(
                    suivi,
                    pa_csv.ReadOptions(
                        skip_rows=avant,
                        column_names=colonnes,
                        use_threads=parallele,
                        encoding=decoupe.encodage,
                        block_size=BLOC,
                    ),
                    pa_csv.ParseOptions(
                        delimiter=decoupe.separateur, ignore_empty_lines=False, invalid_row_handler=noter
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
