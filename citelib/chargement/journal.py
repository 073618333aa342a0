"""Savoir ce qu'une page a lu : les tables, et les commentaires, demandés à la cité depuis le début du processus.

Une page dont rien de ce qu'elle a lu n'a changé n'est pas à refaire. Dans le doute, tout est dit lu.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import pandas as pd

from citelib.contrats.typage import Lecture

T = TypeVar("T")
_LUES: set[str] = set()


def noter(nom: str) -> None:
    """Note qu'une table, ou un fichier de commentaires, a été lu."""
    _LUES.add(nom)


def lues() -> list[str]:
    """Ce qui a été lu depuis le début du processus, dans l'ordre alphabétique."""
    return sorted(_LUES)


def suivre(calculer: Callable[[], T]) -> tuple[T, list[str]]:
    """Ce qu'un calcul donne, et ce qu'il a lu."""
    avant = {*_LUES}
    _LUES.clear()
    try:
        return calculer(), lues()
    finally:
        _LUES.update(avant)


class Lectures(dict):
    """Les lectures des tables, par nom ; prendre l'une la note, les parcourir les note toutes."""

    def __getitem__(self, nom: str) -> Lecture:
        noter(nom)
        return super().__getitem__(nom)

    def __iter__(self) -> Iterator[str]:
        _LUES.update(super().keys())
        return super().__iter__()

    def get(self, nom: str, defaut: Lecture | None = None) -> Lecture | None:
        noter(nom)
        return super().get(nom, defaut)

    def keys(self):
        _LUES.update(super().keys())
        return super().keys()

    def values(self):
        _LUES.update(super().keys())
        return super().values()

    def items(self):
        _LUES.update(super().keys())
        return super().items()


def empreinte(lecture: Lecture) -> str:
    """
    L'empreinte d'une table lue : la même tant que ni ses valeurs, ni leur origine, ni leurs états ne changent.

    Args:
        lecture: la table et ce qui l'accompagne.
    """
    somme = hashlib.sha256(repr((lecture.problemes, lecture.pourcents)).encode())
    for table in (lecture.table, lecture.origine, lecture.etats):
        somme.update(repr([*table.dtypes.items()]).encode())
        somme.update(pd.util.hash_pandas_object(table).to_numpy().tobytes())
    return somme.hexdigest()
