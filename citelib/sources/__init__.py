"""Ce qui arrive d'ailleurs : classeurs rendus par les partenaires, données ouvertes, enquêtes, subventions.

Une source lit un fichier et rend un `Apport` : des lignes déjà confrontées aux contrats de nos tables, que
`fusion` compare à celles de la cité avant d'écrire quoi que ce soit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from citelib.contrats import Probleme, Table
from citelib.contrats.typage import Lecture


@dataclass(frozen=True)
class Apport:
    """
    Ce qu'une source apporte à une cité.

    Args:
        lectures: par nom de table, les lignes lues et typées.
        notes: ce qui a été compris, écarté ou compté en lisant, une phrase chacun.
        problemes: tout ce qui empêche d'importer (erreurs) ou qu'il faut savoir (avertissements).
        remplace: l'apport remplace tout ce que la même source avait donné pour la même année.
    """

    lectures: Mapping[str, Lecture]
    notes: tuple[str, ...] = ()
    problemes: tuple[Probleme, ...] = ()
    remplace: bool = False


def en_clair(table: Table, probleme: Probleme) -> Probleme:
    """Le même problème, sa colonne sous le titre que montre un classeur : qui le remplit ne connaît pas nos codes."""
    titres = [table.colonne(nom).titre for nom in probleme.colonne.split(" + ") if nom in table.noms]
    return replace(probleme, colonne=f"« {' + '.join(titres)} »") if titres else probleme
