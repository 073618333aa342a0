"""Le cadre de la cité, tel que ses documents le disent : des textes, chacun avec sa source.

Rien n'est calculé ici. Un nombre de participants donné comme « plus de 100 » le reste : c'est un minimum,
non un effectif.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import INSECABLE, date_longue, liste, nombre, pourcentage, typographie

FAITS = {
    "commune": "Commune",
    "code_insee": "Code Insee",
    "departement": "Département",
    "academie": "Académie",
    "reseau": "Réseau d'établissements",
    "annonce_label": "Annonce du label",
    "partenaires_officiels": "Partenaires officiels",
    "habitants": "Habitants",
    "habitants_qpv": "Habitants des quartiers prioritaires",
    "eleves": "Élèves",
    "ecoles": "Écoles",
    "ecoles_rep_plus": "Écoles en REP+",
    "ecoles_hors_ep": "Écoles hors éducation prioritaire",
    "colleges": "Collèges",
    "college_rep_plus": "Collège en REP+",
    "centres_sociaux": "Centres sociaux",
    "qpv": "Quartiers prioritaires",
    "noms_qpv": "Noms des quartiers prioritaires",
}
"""Intitulé des faits d'identité de cite.toml et de sa section [territoire], dans l'ordre d'affichage."""
PAUVRETE = "taux_pauvrete_"
RUBRIQUES = {
    "questions": "Questions",
    "outils": "Outils",
    "methodologie": "Méthodologie",
    "ressources_humaines": "Ressources humaines",
    "planning": "Planning",
    "note": "Note",
}
"""Rubriques d'une dimension du protocole, dans l'ordre d'affichage."""
SANS_SOURCE = "source non indiquée"


@publiable()
def territoire(reglages: Mapping) -> pd.DataFrame:
    """
    Les faits qui situent la cité.

    Args:
        reglages: contenu de cite.toml ; identité, section [territoire], et [sources] (clé du fait → source).

    Returns:
        `fait`, `valeur` (texte mis en forme), `source` ; seulement les faits donnés. Un fait que citelib ne
        connaît pas s'affiche à la fin, sous le nom de sa clé.

    >>> territoire({"territoire": {"ecoles": 19}, "sources": {"ecoles": "Plaquette"}}).values.tolist()
    [['Écoles', '19', 'Plaquette']]
    """
    donnes = {cle: reglages[cle] for cle in FAITS if cle in reglages} | dict(reglages.get("territoire", {}))
    ordre = [cle for cle in FAITS if cle in donnes] + [cle for cle in donnes if cle not in FAITS]
    sources = reglages.get("sources", {})
    rangees = [(_intitule(cle), _ecrit(cle, donnes[cle]), sources.get(cle, SANS_SOURCE)) for cle in ordre]
    return _textes(rangees, ["fait", "valeur", "source"])


def _intitule(cle: str) -> str:
    """Intitulé d'un fait, connu ou non."""
    if cle.startswith(PAUVRETE):
        lieu = cle.removeprefix(PAUVRETE).replace("_", " ")
        return f"Taux de pauvreté, {lieu if lieu == 'agglomération' else lieu.title()}"
    return FAITS.get(cle, cle.replace("_", " ").capitalize())


def _ecrit(cle: str, valeur: object) -> str:
    """Un fait en toutes lettres : un code reste un code, une part devient un pourcentage."""
    if isinstance(valeur, str):
        return valeur
    if isinstance(valeur, dt.date):
        return date_longue(valeur)
    if isinstance(valeur, list | tuple):
        return liste(valeur)
    return pourcentage(valeur, 1) if cle.startswith("taux_") else nombre(valeur, int(valeur % 1 != 0))


@publiable(libres=("annee",))
def ateliers(ateliers: pd.DataFrame) -> pd.DataFrame:
    """
    Les ateliers de co-construction et leur participation, « plus de » compris.

    Args:
        ateliers: table des ateliers.

    Returns:
        `theme`, `annee`, `participants` (texte : « plus de 100 »), `source`.
    """
    presents = [f"plus de{INSECABLE}{nombre(borne)}" for borne in ateliers["participants_plus_de"]]
    table = ateliers[["theme", "annee", "source"]].reset_index(drop=True)
    table.insert(2, "participants", pd.Series(presents, dtype="str"))
    return table.astype({"annee": "Int64"})


@publiable()
def gouvernance(reglages: Mapping) -> pd.DataFrame:
    """
    Les instances : qui les compose et ce qu'elles font, mot pour mot.

    Args:
        reglages: contenu de cite.toml ; sections [[gouvernance]] (`nom`, `qui`, `quoi`).

    Returns:
        `instance`, `composition`, `role`, `source`.
    """
    rangees = [
        (instance["nom"], instance.get("qui", ""), instance.get("quoi", ""), _source(reglages, "gouvernance"))
        for instance in reglages.get("gouvernance", [])
    ]
    return _textes(rangees, ["instance", "composition", "role", "source"])


@publiable()
def orientations(reglages: Mapping) -> pd.DataFrame:
    """
    Les axes du programme et leurs thèmes, dans l'ordre du plan.

    Args:
        reglages: contenu de cite.toml ; sections [[axe]] (`libelle`, `nature`, `themes`, `note`).

    Returns:
        `theme`, `axe`, `nature` (orientation ou stratégie), `note`, `source` ; une ligne par thème.
    """
    rangees = [
        (theme, axe["libelle"], axe.get("nature", ""), axe.get("note", ""), _source(reglages, "axe"))
        for axe in reglages.get("axe", [])
        for theme in axe["themes"]
    ]
    return _textes(rangees, ["theme", "axe", "nature", "note", "source"])


@publiable(libres=("annee",))
def etapes(reglages: Mapping) -> pd.DataFrame:
    """
    Les étapes de la cité, une ligne par fait.

    Args:
        reglages: contenu de cite.toml ; sections [[etape]] (`annee`, `titre`, `details`).

    Returns:
        `etape`, `annee`, `detail`, `source`.
    """
    rangees = [
        (etape["titre"], etape["annee"], detail, _source(reglages, "etape"))
        for etape in reglages.get("etape", [])
        for detail in etape.get("details") or [etape["titre"]]
    ]
    return pd.DataFrame(rangees, columns=["etape", "annee", "detail", "source"]).astype(
        {"etape": "str", "annee": "Int64", "detail": "str", "source": "str"}
    )


@publiable()
def dimensions(protocole: Mapping) -> pd.DataFrame:
    """
    Le protocole, dimension par dimension : questions, outils, méthodologie, ressources humaines, planning.

    Args:
        protocole: contenu de protocole.toml ; `proposition` nomme les rubriques qui ne viennent pas du
            document source, et `mention_proposition` dit comment les signaler.

    Returns:
        `dimension`, `rubrique`, `contenu`, `source` ; une ligne par élément d'une rubrique.
    """
    proposees, source = protocole.get("proposition", []), protocole.get("source", SANS_SOURCE)
    mention = protocole.get("mention_proposition", "Proposition")
    rangees = [
        (dimension["titre"], intitule, contenu, mention if rubrique in proposees else source)
        for dimension in protocole.get("dimension", [])
        for rubrique, intitule in RUBRIQUES.items()
        for contenu in _elements(dimension.get(rubrique, []))
    ]
    return _textes(rangees, ["dimension", "rubrique", "contenu", "source"])


def _elements(contenu: object) -> list[str]:
    """Les éléments d'une rubrique : un texte, des textes, ou des échéances (`quand`, `quoi`)."""
    if isinstance(contenu, str):
        return [contenu]
    return [
        typographie(f"{element['quand']} : {element['quoi']}") if isinstance(element, Mapping) else element
        for element in contenu
    ]


def _source(reglages: Mapping, cle: str) -> str:
    """Source d'une section de cite.toml."""
    return reglages.get("sources", {}).get(cle, SANS_SOURCE)


def _textes(rangees: Iterable[tuple], colonnes: list[str]) -> pd.DataFrame:
    """Une table de textes."""
    return pd.DataFrame(list(rangees), columns=colonnes, dtype="str")


@publiable(libres=("population", "population_millesime"))
def quartiers(quartiers: pd.DataFrame) -> pd.DataFrame:
    """
    Les quartiers prioritaires, dans les deux listes.

    Args:
        quartiers: table des quartiers.

    Returns:
        `quartier`, `qpv_code`, `generation`, `correspondance`, `contour_modifie`, `population`,
        `population_millesime`, `a_confirmer`.
    """
    colonnes = ["nom", "qpv_code", "generation", "correspondance", "contour_modifie", "population"]
    table = quartiers[[*colonnes, "population_millesime", "a_confirmer"]]
    return table.rename(columns={"nom": "quartier"}).reset_index(drop=True)


@publiable(libres=("effectif",))
def etablissements(etablissements: pd.DataFrame) -> pd.DataFrame:
    """
    Les écoles et les collèges, les collèges d'abord.

    Args:
        etablissements: table des établissements.

    Returns:
        `etablissement`, `uai`, `type`, `ep`, `effectif`, `annee_scolaire`, `source`.
    """
    table = etablissements[["nom", "uai", "type", "ep", "effectif", "annee_scolaire", "source"]]
    table = table.assign(college=table["type"].ne("college")).sort_values(["college", "nom"], ignore_index=True)
    return table.drop(columns="college").rename(columns={"nom": "etablissement"})
