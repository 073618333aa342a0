"""Ce que l'on choisit au bureau : l'année, l'axe, le quartier, la tranche d'âge, le porteur, et la vue.

Un choix s'écrit par son code ou par son libellé ; un nom inconnu reçoit la liste de ce qui est possible.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from citelib.chargement import Cite
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.exploration.vues import DIMENSIONS, VUES
from citelib.formats import liste, typographie
from citelib.realisation import quartiers_de
from citelib.tables import TRANCHES_AGE

TITRES = {
    "annee": "Année",
    "vue": "Vue",
    "axe": "Axe",
    "quartier": "Quartier",
    "tranche_age": "Tranche d'âge",
    "porteur": "Porteur",
}
"""Chaque choix, dans l'ordre des listes, et son titre affiché."""
FEMININS = ("annee", "vue", "tranche_age")


@dataclass(frozen=True)
class Choix:
    """
    Ce qui est choisi, par codes.

    Args:
        annee: année du programme.
        vue: code d'une vue, voir `VUES`.
        axe, quartier, tranche_age, porteur: ce qu'il faut retenir ; None pour tout garder.
    """

    annee: int
    vue: str
    axe: str | None = None
    quartier: str | None = None
    tranche_age: str | None = None
    porteur: str | None = None

    @property
    def filtres(self) -> dict[str, str]:
        """Les filtres posés : dimension → code."""
        return {nom: getattr(self, nom) for nom in DIMENSIONS if getattr(self, nom) is not None}


def possibles(cite: Cite, annee: int) -> dict[str, dict]:
    """Ce que l'on peut choisir une année donnée : nom du choix → code → libellé."""
    actions = cite.actions
    porteurs = sorted(actions.loc[actions["annee"].eq(annee), "porteur_nom"].dropna().unique(), key=sans_accent)
    return {
        "annee": {an: str(an) for an in cite.annees},
        "vue": {code: typographie(vue.titre) for code, vue in VUES.items()},
        "axe": {code: typographie(nom) for code, nom in cite.axes.items()},
        "quartier": {code: typographie(nom) for code, nom in quartiers_de(cite.quartiers, annee=annee).items()},
        "tranche_age": {tranche: typographie(f"{tranche} ans") for tranche in TRANCHES_AGE},
        "porteur": {nom: typographie(nom) for nom in porteurs},
    }


def reconnaitre(nom: str, voulu: object, connus: Mapping[object, str]) -> object:
    """
    Le code de ce qui est demandé, par son code ou par son libellé, sans égard aux accents ni aux majuscules.

    Args:
        nom: le choix, une clé de `TITRES`.
        voulu: ce qui est demandé.
        connus: code → libellé.

    Raises:
        ErreurParametre: s'il n'existe pas ; elle propose le plus proche, et dit tous les choix.

    >>> reconnaitre("axe", "role de l'ecole", {"A1": "Rôle de l'école"})
    'A1'
    >>> try:
    ...     reconnaitre("axe", "ecol", {"A1": "école", "A2": "familles"})
    ... except ErreurParametre as erreur:
    ...     print(str(erreur).replace("\\u00a0", " ").replace("\\u202f", " "))
    Axe inconnu : « ecol ». Vouliez-vous dire « école » ? Choix : A1 (école) et A2 (familles).
    """
    formes = {sans_accent(str(dit)): code for code, libelle in connus.items() for dit in (libelle, code)}
    cherche = sans_accent(str(voulu))
    if cherche in formes:
        return formes[cherche]
    proches = [forme for forme in formes if cherche and cherche in forme] or difflib.get_close_matches(
        cherche, formes, 1
    )
    choix = [str(code) if sans_accent(str(code)) == sans_accent(dit) else f"{code} ({dit})"
             for code, dit in connus.items()]  # fmt: skip
    quoi = f"{TITRES[nom]} inconnue" if nom in FEMININS else f"{TITRES[nom]} inconnu"
    raise inconnu(quoi, voulu, [connus[formes[forme]] for forme in proches], choix)


def inconnu(quoi: str, lu: object, proches: Sequence[str], choix: Iterable[str]) -> ErreurParametre:
    """L'erreur d'un nom inconnu : le plus proche, puis tous les choix."""
    suggestion = f" Vouliez-vous dire « {proches[0]} » ?" if proches else ""
    return ErreurParametre(typographie(f"{quoi} : « {lu} ».{suggestion} Choix : {liste(choix) or 'aucun'}."))


def choisir(cite: Cite, **voulus: object) -> Choix:
    """
    Les choix demandés, reconnus et complétés : la dernière année, la première vue, aucun filtre.

    Args:
        cite: la cité.
        voulus: les choix, par leur nom ; None vaut « tout ».

    Raises:
        ErreurParametre: si un choix, ou son nom, n'existe pas.
    """
    for nom in voulus:
        if nom not in TITRES:
            raise inconnu("Choix inconnu", nom, difflib.get_close_matches(nom, TITRES, 1), TITRES)
    demandes = {"annee": cite.annees[-1], "vue": next(iter(VUES))}
    demandes |= {nom: voulu for nom, voulu in voulus.items() if voulu is not None}
    annees = {an: str(an) for an in cite.annees}
    connus = possibles(cite, reconnaitre("annee", demandes["annee"], annees))
    return Choix(**{nom: reconnaitre(nom, voulu, connus[nom]) for nom, voulu in demandes.items()})
