"""Savoir ce qu'une page a lu : les tables, et les commentaires, demandés à la cité depuis le début du processus.

Une page dont rien de ce qu'elle a lu n'a changé n'est pas à refaire. Dans le doute, tout est dit lu.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

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


class Lectures(Mapping[str, Lecture]):
    """Les lectures des tables, par nom ; prendre l'une la note, les parcourir les note toutes."""

    def __init__(self, lectures: Mapping[str, Lecture]):
        self._lectures = dict(lectures)

    def __getitem__(self, nom: str) -> Lecture:
        noter(nom)
        return self._lectures[nom]

    def __iter__(self) -> Iterator[str]:
        _LUES.update(self._lectures)
        return iter(self._lectures)

    def __len__(self) -> int:
        return len(self._lectures)

    def __contains__(self, nom: object) -> bool:  # savoir si une table existe n'est pas la lire
        return nom in self._lectures
