"""Ce qu'une colonne et une table peuvent contenir : dire, vérifier, décrire, exporter.

`declaration` tient les contrats ; `typage` leur confronte ce qui a été lu.
"""

from citelib.contrats.declaration import (
    CODE_QPV,
    CONSONNES_UAI,
    IDENTIFIANT,
    SIRET,
    TYPES,
    CodeUai,
    Colonne,
    Entre,
    Motif,
    Ordre,
    Parmi,
    Probleme,
    Publiable,
    Reference,
    Table,
    ecrire_dictionnaire,
    publiable,
    sans_accent,
)

__all__ = [
    "CODE_QPV",
    "CONSONNES_UAI",
    "IDENTIFIANT",
    "SIRET",
    "TYPES",
    "CodeUai",
    "Colonne",
    "Entre",
    "Motif",
    "Ordre",
    "Parmi",
    "Probleme",
    "Publiable",
    "Reference",
    "Table",
    "ecrire_dictionnaire",
    "publiable",
    "sans_accent",
]
