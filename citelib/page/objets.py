"""Relire ce qu'un notebook exécuté a publié : de quoi compter sa page, et faire les fichiers qui l'accompagnent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from citelib.tableaux.cellules import TYPE_OBJETS

ETIQUETTES_MUETTES = {"parameters", "injected-parameters", "masquer"}


def objets(notebook: Mapping, *, page: str) -> list[dict]:
    """
    Les figures et les tableaux que la page d'un notebook exécuté montre, dans l'ordre.

    Args:
        notebook: notebook exécuté, au format 4.
        page: clé de la page.

    Returns:
        Ce que dit `Publication.objet`, plus `page`, `numero` (celui que la page donne, par genre) et `nom`, de quoi
        nommer un fichier : « resultats-figure-3 ».
    """
    rangs: Counter = Counter()
    publies = []
    for cellule in notebook["cells"]:
        if ETIQUETTES_MUETTES & set(cellule["metadata"].get("tags", ())):
            continue
        for sortie in cellule.get("outputs", ()):
            for objet in sortie.get("data", {}).get(TYPE_OBJETS, ()):
                rangs[objet["genre"]] += 1
                numero = rangs[objet["genre"]]
                publies.append(dict(objet) | {"page": page, "numero": numero, "nom": nom(page, objet["genre"], numero)})
    return publies


def nom(page: str, genre: str, numero: int) -> str:
    """
    Le nom d'un objet publié, unique dans un rapport.

    >>> nom("resultats", "figure", 3)
    'resultats-figure-3'
    """
    return f"{page}-{genre}-{numero}"
