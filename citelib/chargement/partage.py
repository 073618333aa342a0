"""Ce qui se calcule d'une cité une fois par production : la cité elle-même, puis ce que plusieurs pages en tirent.

Tous les notebooks d'un rapport lisent ainsi les mêmes données, même si un fichier change pendant qu'ils calculent.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import pandas as pd

from citelib import prets
from citelib.chargement import journal

T = TypeVar("T")
_CLES: weakref.WeakKeyDictionary[Hashable, str] = weakref.WeakKeyDictionary()


def pretee(dossier: Path, charger: Callable[[], T]) -> T:
    """La cité de ce dossier : celle de la production en cours, ou celle que `charger` donne."""
    cle = str(dossier.resolve())
    cite = prets.emprunter(cle, charger)
    _CLES[cite] = cle
    return cite


def une_fois(fonction: Callable[..., T]) -> Callable[..., T]:
    """
    Décore une fonction `(cite, …)` dont plusieurs notebooks ont besoin : un seul la calcule, les autres l'empruntent.

    Ce que le calcul a lu de la cité est noté chez tous : une page dépend de ce que d'autres ont lu pour elle. Une
    table rendue est une copie : la modifier ne change pas celle des autres.
    """

    @functools.lru_cache(maxsize=64)
    def calculer(cite: Hashable, *args, **options) -> tuple[T, list[str]]:
        def faire() -> tuple[T, list[str]]:
            return journal.suivre(lambda: fonction(cite, *args, **options))

        if cite not in _CLES:  # une cité modifiée par son notebook n'est plus celle de la production
            return faire()
        quoi = (_CLES[cite], fonction.__module__, fonction.__qualname__, args, sorted(options.items()))
        return prets.emprunter(repr(quoi), faire)

    @functools.wraps(fonction)
    def appeler(cite: Hashable, *args, **options) -> T:
        if not isinstance(cite, Hashable):  # des tables réunies à la main
            return fonction(cite, *args, **options)
        resultat, lues = calculer(cite, *args, **options)
        for nom in lues:
            journal.noter(nom)
        return resultat.copy(deep=False) if isinstance(resultat, pd.DataFrame) else resultat

    return appeler
