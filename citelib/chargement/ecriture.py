"""Écrire une table comme un tableur français la lit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from citelib.chargement.fichiers import en_texte
from citelib.contrats import Table


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
    return en_texte(valeur) if isinstance(valeur, (bool, float, dt.date)) else str(valeur)
