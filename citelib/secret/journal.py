"""Savoir ce qui a été publié : chaque table protégée peut se lire dans un tableau, une phrase ou un titre.

L'audit d'un rapport ne demande donc pas à chaque objet ce qu'il montre : il lit tout ce qui a passé la porte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from citelib.secret.protegee import TableProtegee

TYPE_COMPTES = "application/vnd.citelib.comptes+json"
"""Ce qu'un notebook exécuté garde des effectifs qu'il a pu montrer (`TableProtegee.comptes`)."""

_PASSEES: deque[dict] = deque(maxlen=1000)
T = TypeVar("T")


def noter(protegee: TableProtegee) -> TableProtegee:
    """Note une table protégée, et la rend."""
    if protegee.publiable.effectifs and len(protegee.donnees) and protegee.seuil:
        _PASSEES.append(protegee.comptes())
    return protegee


def suivre(calculer: Callable[[], T]) -> tuple[T, list[dict]]:
    """Ce qu'un calcul donne, et les effectifs des tables qu'il a protégées ; `rappeler` les note."""
    avant = [*_PASSEES]
    _PASSEES.clear()
    try:
        return calculer(), passees()
    finally:
        _PASSEES.extend(avant)


def rappeler(comptes: Iterable[dict]) -> None:
    """Note ce qu'un calcul fait ailleurs a protégé : qui s'en sert le publie aussi."""
    _PASSEES.extend(comptes)


def passees() -> list[dict]:
    """Les effectifs des tables protégées depuis le dernier appel ; aucune en diffusion interne, qui montre tout."""
    prises = [*_PASSEES]
    _PASSEES.clear()
    return prises
