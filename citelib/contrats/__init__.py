"""Ce qu'une colonne et une table peuvent contenir : vérifier, typer, décrire, exporter.

Une `Table` réunit des colonnes, une clé et des règles. `contraintes` dit ce qu'une valeur doit respecter,
`cellules` lit une cellule, `typage` confronte la table à ce qui a été lu. `Publiable` est le contrat d'une
table *calculée* : il dit à `secret` ce qu'elle compte.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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

TYPES = {
    "texte": "str",
    "entier": "Int64",
    "nombre": "Float64",
    "booleen": "boolean",
    "date": "datetime64[us]",
    "liste": "object",
}
"""Type de pandas de chaque type de colonne ; une liste est un n-uplet de textes."""

TYPES_EXPORTES = {
    "texte": {"type": "string"},
    "entier": {"type": "integer"},
    "nombre": {"type": "number", "decimalChar": ","},
    "booleen": {"type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
    "date": {"type": "date"},
    "liste": {"type": "string"},
}
"""Les mêmes, en Table Schema."""

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

    def table_schema(self) -> dict:
        """Le Table Schema (Frictionless, format de schema.data.gouv.fr) de la table."""
        return {
            "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
            "name": self.nom,
            "title": self.titre,
            "description": f"Une ligne par {self.grain}.",
            "fields": [_champ(colonne) for colonne in self.colonnes],
            "primaryKey": list(self.cle),
            "missingValues": ["", "NC", "sans objet"],
        }


def _champ(colonne: Colonne) -> dict:
    """Une colonne, en Table Schema."""
    type_ = dict(TYPES_EXPORTES[colonne.type])
    contraintes = {"required": True} if colonne.obligatoire else {}
    for contrainte in colonne.contraintes if colonne.type != "liste" else ():
        contraintes |= contrainte.table_schema()
    champ = {"name": colonne.nom, "title": colonne.titre, "type": type_.pop("type")}
    champ |= {"description": _description(colonne), "example": colonne.exemple, **type_}
    return champ | ({"constraints": contraintes} if contraintes else {})


def _description(colonne: Colonne) -> str:
    """Unité et contraintes d'une colonne, en une phrase."""
    morceaux = [colonne.unite] if colonne.unite else []
    morceaux += [contrainte.attendu for contrainte in colonne.contraintes]
    if colonne.type == "liste":
        morceaux.append("plusieurs valeurs séparées par une barre |")
    return " ; ".join(morceaux)


def ecrire_dictionnaire(tables: Iterable[Table]) -> dict[str, str]:
    """Contenu de chaque fichier de docs/ : `dictionnaire.md`, et `schemas/<table>.schema.json` de chaque table."""
    lignes = ["# Dictionnaire des tables", "", "Page écrite par « citelib dictionnaire » : ne pas la modifier."]
    fichiers = {}
    for table in tables:
        lignes += ["", f"## {table.nom}", "", f"{table.titre}. Une ligne par {table.grain}.", ""]
        lignes += [f"Clé : {', '.join(f'`{nom}`' for nom in table.cle)}.", ""]
        if table.regles:
            lignes += [*(f"- Règle : `{r.colonne}`, {r.attendu}." for r in table.regles), ""]
        lignes += ["| colonne | contenu | type | obligatoire | attendu | exemple |", "|---|---|---|---|---|---|"]
        for colonne in table.colonnes:
            attendu = _description(colonne).replace("|", "\\|")
            exemple = colonne.exemple.replace("|", "\\|")
            oui = "oui" if colonne.obligatoire else ""
            lignes.append(f"| `{colonne.nom}` | {colonne.titre} | {colonne.type} | {oui} | {attendu} | {exemple} |")
        schema = json.dumps(table.table_schema(), ensure_ascii=False, indent=1)
        fichiers[f"schemas/{table.nom}.schema.json"] = schema + "\n"
    return {"dictionnaire.md": "\n".join(lignes) + "\n"} | fichiers


@dataclass(frozen=True)
class Publiable:
    """
    Ce que contient une table calculée, pour que `secret` sache la protéger.

    Args:
        effectifs: colonnes qui comptent des personnes.
        parts: colonne de part → (colonne du numérateur, colonne du dénominateur).
        bases: colonne (moyenne, borne…) → colonne de l'effectif sur lequel elle repose.
        fractions: celles de ces colonnes qui en sont une fraction (un solde) : l'arrondi les suit, en personnes.
        rapports: colonne → (effectif, ce qui le divise : un effectif qui peut être plus petit, ou une colonne
            libre comme une population).
        sommes: colonne → les effectifs qui s'y additionnent sur la même ligne, quand il y a plusieurs sous-totaux.
        libres: colonnes numériques sans personne : choses, euros, jours, années.
        total_ligne: intitulé, en première colonne, de la ligne qui somme les autres.
        total_colonne: colonne qui somme, ligne à ligne, les colonnes `additives`.
        additives: colonnes qui se somment en `total_colonne`.
        sensible: thème sensible : les zéros et les « tous » sont masqués aussi.
        groupes: colonne d'effectif → colonne de texte dont chaque modalité a sa somme publiée ailleurs ; ces
            sommes ne sont pas dans la table, mais un lecteur les a.
        sans_personne: colonne de oui-non : les lignes qui ne comptent personne (actions, euros). Leurs effectifs
            sont vides, et ce qui repose sur eux n'y est pas masqué.
        montants: euros qu'aucune loi ne rend publics, et ce qui les rendrait : masqués ensemble, pour tout public, sur
            les lignes où un contributeur domine (`attrs["domines"]`, un oui-non par ligne). Ce sont des `libres`.
        population: qui est compté (« inscriptions »), pour reconnaître le même effectif dans une autre table ; vide,
            la table se protège seule.
        dimensions: colonne de texte qui dit lesquels → la dimension (« {par} » : celle que l'appel demande), ou une
            fonction de la modalité à ses coordonnées ({dimension: modalité}). « Ensemble » n'en a pas ; une colonne
            absente n'en dit rien.
        fixes: coordonnées communes à toutes les lignes.
        mesures: colonne d'effectif → son nom dans la population et les coordonnées qui lui sont propres, si ce n'est
            pas le nom de la colonne ; None si elle ne compte pas cette population.
        classe_actions: chaque ligne est une action, et ses dimensions disent aussi son axe, son thème… : une table
            qui ne la donne que par son nom s'y rattache.
        separes: effectifs qui ne s'additionnent pas d'une modalité à l'autre (la plus grande action).
        reunions: effectif d'une autre table (son nom dans la population) → les colonnes qui s'y additionnent ici.
        egaux_si_un: colonne libre → deux effectifs de la ligne qui se confondent quand elle vaut 1 : d'une seule
            action, la plus grande et la somme.
    """

    effectifs: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    fractions: tuple[str, ...] = ()
    rapports: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sommes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    libres: tuple[str, ...] = ()
    total_ligne: str | None = None
    total_colonne: str | None = None
    additives: tuple[str, ...] = ()
    sensible: bool = False
    groupes: Mapping[str, str] = field(default_factory=dict)
    sans_personne: str | None = None
    montants: tuple[str, ...] = ()
    population: str = ""
    dimensions: Mapping[str, str | Callable[[str], Mapping[str, str]]] = field(default_factory=dict)
    fixes: Mapping[str, str] = field(default_factory=dict)
    mesures: Mapping[str, tuple[str, Mapping[str, str]] | None] = field(default_factory=dict)
    classe_actions: bool = False
    separes: tuple[str, ...] = ()
    reunions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    egaux_si_un: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict) -> Publiable:
        """Lui-même : rien ne le modifie, et pandas recopie `attrs` à chaque geste."""
        return self


def appel(options: Mapping) -> dict:
    """Ce que l'appel d'une analyse dit de sa table : l'année, et la découpe demandée."""
    return {nom: options.get(nom) for nom in ("annee", "par")}


def publiable(**champs) -> Callable:
    """
    Décore une analyse : la table qu'elle rend porte dans `attrs` son contrat, l'année et la découpe demandées.

    Args:
        champs: ceux de `Publiable`.

    >>> @publiable(libres=("n_actions",))
    ... def compte():
    ...     return pd.DataFrame({"n_actions": [3]})
    >>> compte().attrs["publiable"].libres
    ('n_actions',)
    """
    contrat = Publiable(**champs)

    def decorer(analyse: Callable) -> Callable:
        @functools.wraps(analyse)
        def analyser(*args, **options) -> pd.DataFrame:
            resultat = analyse(*args, **options)
            resultat.attrs |= {"publiable": contrat, **appel(options)}
            return resultat

        return analyser

    return decorer
