"""Le contrat d'une table calculée : ce qu'elle compte, pour que `secret` sache la protéger."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd


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


def porter(contrat_de: Callable[[pd.DataFrame], Publiable]) -> Callable:
    """Décore une analyse : la table qu'elle rend porte dans `attrs` son contrat, l'année et la découpe demandées."""

    def decorer(analyse: Callable) -> Callable:
        @functools.wraps(analyse)
        def analyser(*args, **options) -> pd.DataFrame:
            resultat = analyse(*args, **options)
            appel = {nom: options.get(nom) for nom in ("annee", "par")}
            resultat.attrs |= {"publiable": contrat_de(resultat), **appel}
            return resultat

        return analyser

    return decorer


def publiable(**champs) -> Callable:
    """
    Décore une analyse dont le contrat est toujours le même : voir `porter`.

    Args:
        champs: ceux de `Publiable`.

    >>> @publiable(libres=("n_actions",))
    ... def compte():
    ...     return pd.DataFrame({"n_actions": [3]})
    >>> compte().attrs["publiable"].libres
    ('n_actions',)
    """
    contrat = Publiable(**champs)
    return porter(lambda _: contrat)
