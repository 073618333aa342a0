"""Savoir ce qui a été publié : chaque table protégée peut se lire dans un tableau, une phrase ou un titre.

L'audit d'un rapport ne demande donc pas à chaque objet ce qu'il montre : il lit tout ce qui a passé la porte.
"""

from __future__ import annotations

from collections import deque

from citelib.secret.protegee import TableProtegee

TYPE_COMPTES = "application/vnd.citelib.comptes+json"
"""Ce qu'un notebook exécuté garde des effectifs qu'il a pu montrer (`TableProtegee.comptes`)."""

_PASSEES: deque[TableProtegee] = deque(maxlen=1000)


def noter(protegee: TableProtegee) -> TableProtegee:
    """Note une table protégée, et la rend."""
    if protegee.publiable.effectifs and len(protegee.donnees) and protegee.seuil:
        _PASSEES.append(protegee)
    return protegee


def passees() -> list[dict]:
    """Les effectifs des tables protégées depuis le dernier appel ; aucune en diffusion interne, qui montre tout."""
    prises = [protegee.comptes() for protegee in _PASSEES]
    _PASSEES.clear()
    return prises
