"""Lire une table d'une cité, toutes ses feuilles réunies ; les mêmes feuilles ne se relisent pas dans un programme.

Un import lit la cité avant et après, un bureau la recharge à chaque essai : d'une fois à l'autre, presque toutes les
tables sont les mêmes.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from citelib.chargement.corrections import corriger
from citelib.chargement.entetes import pas_encore_dits, rapprocher, sans_repetition
from citelib.chargement.fichiers import Feuille
from citelib.chargement.volumes import lire_volumineux
from citelib.contrats import Probleme, Table
from citelib.contrats.typage import Lecture, typer

GARDEES = 64
"""Lectures gardées : celles de deux cités."""
_LECTURES: OrderedDict[tuple[Table, bytes], tuple[Lecture, list[Probleme]]] = OrderedDict()


def lire_table(
    table: Table, feuilles: Sequence[Feuille], corrections: Sequence[dict]
) -> tuple[Lecture, list[Probleme]]:
    """
    La lecture d'une table, et ses problèmes.

    Args:
        table: son contrat.
        feuilles: les siennes, dans tous les fichiers du dossier ; aucune si elle n'a pas de fichier.
        corrections: celles que corrections.toml déclare, pour toutes les tables.
    """
    if not feuilles:
        return _sans_fichier(table, corrections)
    if any(feuille.reste for feuille in feuilles):  # un très grand fichier a son propre cache
        return _lire(table, feuilles, corrections)
    siennes = [correction for correction in corrections if correction["table"] == table.nom]
    cle = table, hashlib.sha256(pickle.dumps((feuilles, siennes))).digest()
    lue, problemes = _LECTURES.pop(cle, None) or _lire(table, feuilles, corrections)
    _LECTURES[cle] = lue, problemes
    if len(_LECTURES) > GARDEES:
        _LECTURES.popitem(last=False)
    tables = {nom: getattr(lue, nom).copy(deep=False) for nom in ("table", "origine", "etats")}
    return replace(lue, **tables, problemes=[*lue.problemes]), [*problemes]


def _sans_fichier(table: Table, corrections: Sequence[dict]) -> tuple[Lecture, list[Probleme]]:
    """Une table vide, qu'elle puisse manquer ou non."""
    if table.facultative:
        problemes = corriger(table, table.vide().astype("str"), corrections)[1]
    else:
        message = f"fichier introuvable, attendu la table « {table.titre} »"
        remede = "Le déposer là ; s'il n'y a rien à dire, laisser la seule ligne d'en-tête."
        problemes = [Probleme("erreur", f"{table.nom}.csv", message=message, remede=remede)]
    origine = pd.DataFrame(columns=["fichier", "feuille", "ligne"])
    return Lecture(table.vide(), origine, pd.DataFrame(columns=["ligne", "colonne", "etat"]), []), problemes


def _lire(table: Table, feuilles: Sequence[Feuille], corrections: Sequence[dict]) -> tuple[Lecture, list[Probleme]]:
    """Rapproche les colonnes, corrige, type ; les lignes identiques ne comptent qu'une fois."""
    lues = (lire_volumineux(table, f) if f.reste else rapprocher(table, f) for f in feuilles)
    bruts, origines, entetes = zip(*lues, strict=True)
    entetes = [probleme for feuille in entetes for probleme in feuille]
    brut, obsoletes = corriger(table, pd.concat(bruts, ignore_index=True), corrections)
    lecture = typer(table, brut, pd.concat(origines, ignore_index=True))
    repetees = []
    if any(" + ".join(table.cle) == p.colonne for p in lecture.problemes):
        brut, origine, repetees = sans_repetition(brut, lecture.origine)
        lecture = typer(table, brut, origine)
    return lecture, [*entetes, *repetees, *obsoletes, *pas_encore_dits(entetes, lecture.problemes)]
