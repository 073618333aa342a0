"""Ce qu'une colonne et une table peuvent contenir : vérifier, typer, décrire, exporter.

Une `Table` réunit des colonnes, une clé et des règles. `contraintes` dit ce qu'une valeur doit respecter,
`cellules` lit une cellule, `typage` confronte la table à ce qui a été lu, `dictionnaire` la décrit. `publication`
est le contrat d'une table *calculée*.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from citelib.contrats.contraintes import (  # noqa: F401 : les contraintes s'importent d'ici
    CODE_QPV,
    IDENTIFIANT,
    SIRET,
    AnneeScolaire,
    Code,
    CodeUai,
    Contrainte,
    Entre,
    Motif,
    Parmi,
    sans_accent,
)
from citelib.contrats.problemes import Probleme, Problemes, lieu  # noqa: F401 : ils s'importent d'ici
from citelib.contrats.publication import Publiable, porter, publiable  # noqa: F401 : de même

TYPES = {
    "texte": "str",
    "entier": "Int64",
    "nombre": "Float64",
    "booleen": "boolean",
    "date": "datetime64[us]",
    "liste": "object",
}
"""Type de pandas de chaque type de colonne ; une liste est un n-uplet de textes."""

UNITE_DE_L_INDICATEUR = "celle de l'indicateur"
"""Unité d'une colonne où elle change à chaque ligne ; un « % » n'y a de sens que si l'indicateur est une part."""


@dataclass(frozen=True)
class Colonne:
    """
    Une colonne : nom, type, titre français, exemple et contraintes.

    Args:
        nom: nom ASCII de la colonne.
        type: une clé de TYPES.
        titre: ce que la colonne contient, en français.
        exemple: une valeur écrite comme dans le fichier ; elle respecte le contrat.
        contraintes: ce que chaque valeur (ou chaque élément d'une liste) doit respecter.
        obligatoire: une cellule vide est une erreur.
        unite: unité de la mesure, en français.
    """

    nom: str
    type: str
    titre: str
    exemple: str
    contraintes: tuple = ()
    obligatoire: bool = False
    unite: str = ""


@dataclass(frozen=True)
class Reference:
    """Chaque valeur de `colonne` doit exister dans `cible.colonne_cible` (règle entre deux tables)."""

    colonne: str
    cible: str
    colonne_cible: str
    par_annee: bool = False
    sauf: tuple[str, ...] = ()

    @property
    def attendu(self) -> str:
        meme_annee = " pour la même année" if self.par_annee else ""
        return f"une valeur de la colonne {self.colonne_cible} de la table {self.cible}{meme_annee}"


@dataclass(frozen=True)
class Ordre:
    """Dans une ligne, `petite` ne dépasse pas `grande` (règle entre deux colonnes)."""

    petite: str
    grande: str

    @property
    def colonne(self) -> str:
        """Celle où se signale la faute."""
        return self.petite

    @property
    def attendu(self) -> str:
        return f"{self.petite} au plus égal à {self.grande}"


@dataclass(frozen=True)
class Table:
    """
    Une table d'une cité : titre, grain (« une ligne par… »), clé, colonnes et règles.

    Args:
        nom, titre, grain: comment elle s'appelle, ce qu'elle est, de quoi chaque ligne parle.
        cle: colonnes qui, ensemble, désignent une ligne et une seule.
        facultative: son absence est normale et ne se signale pas.
    """

    nom: str
    titre: str
    grain: str
    cle: tuple[str, ...]
    colonnes: tuple[Colonne, ...]
    regles: tuple = ()
    facultative: bool = False

    def colonne(self, nom: str) -> Colonne:
        """La colonne de ce nom."""
        return next(c for c in self.colonnes if c.nom == nom)

    @property
    def noms(self) -> list[str]:
        """Noms des colonnes, dans l'ordre."""
        return [c.nom for c in self.colonnes]

    def vide(self) -> pd.DataFrame:
        """La table sans ligne, avec ses types."""
        return pd.DataFrame({c.nom: pd.Series(dtype=TYPES[c.type]) for c in self.colonnes})
