"""Le cadre de la cité, tel que ses documents le disent : des textes, chacun avec sa source.

Rien n'est calculé ici. `reglages` est le contenu de cite.toml, dont la section [sources] donne la source de
chaque section et de chaque fait ; une table de la cité a la sienne.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

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
    Les faits qui situent la cité : son identité et sa section [territoire].

    Returns:
        `fait`, `valeur` (texte mis en forme), `source` ; seulement les faits donnés. Un fait que citelib ne
        connaît pas s'affiche à la fin, sous le nom de sa clé.

    >>> territoire({"territoire": {"ecoles": 19}, "sources": {"ecoles": "Plaquette"}}).values.tolist()
    [['Écoles', '19', 'Plaquette']]
    """
    donnes = {cle: reglages[cle] for cle in FAITS if cle in reglages} | dict(reglages.get("territoire", {}))
    ordre = [cle for cle in FAITS if cle in donnes] + [cle for cle in donnes if cle not in FAITS]
    rangees = [(_intitule(cle), _ecrit(cle, donnes[cle]), _source(reglages, cle)) for cle in ordre]
    return pd.DataFrame(rangees, columns=["fait", "valeur", "source"], dtype="str")


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
    Les ateliers de co-construction ; le nombre de participants est un minimum, qui s'écrit « plus de 100 ».

    Returns:
        `theme`, `annee`, `participants` (texte), `source`.
    """
    presents = [f"plus de{INSECABLE}{nombre(borne)}" for borne in ateliers["participants_plus_de"]]
    table = ateliers.assign(participants=pd.Series(presents, index=ateliers.index, dtype="str"))
    return table[["theme", "annee", "participants", "source"]].reset_index(drop=True)


@publiable()
def gouvernance(reglages: Mapping) -> pd.DataFrame:
    """
    Les instances des sections [[gouvernance]] : qui les compose et ce qu'elles font, mot pour mot.

    Returns:
        `instance`, `composition`, `role`, `source`.
    """
    noms = {"nom": "instance", "qui": "composition", "quoi": "role"}
    return _sections(reglages, "gouvernance", reglages.get("gouvernance", []), noms)


@publiable()
def orientations(reglages: Mapping) -> pd.DataFrame:
    """
    Les thèmes des sections [[axe]], dans l'ordre du plan.

    Returns:
        `theme`, `axe`, `nature` (orientation ou stratégie), `note`, `source` ; une ligne par thème.
    """
    themes = [axe | {"theme": theme} for axe in reglages.get("axe", []) for theme in axe["themes"]]
    return _sections(reglages, "axe", themes, {"theme": "theme", "libelle": "axe", "nature": "nature", "note": "note"})


@publiable(libres=("annee",))
def etapes(reglages: Mapping) -> pd.DataFrame:
    """
    Les faits des sections [[etape]], une ligne par fait.

    Returns:
        `etape`, `annee`, `detail`, `source`.
    """
    faits = [
        etape | {"detail": detail}
        for etape in reglages.get("etape", [])
        for detail in etape.get("details") or [etape["titre"]]
    ]
    table = _sections(reglages, "etape", faits, {"titre": "etape", "annee": "annee", "detail": "detail"})
    return table.astype({"annee": "Int64"})


def _sections(reglages: Mapping, cle: str, sections: list[Mapping], noms: Mapping[str, str]) -> pd.DataFrame:
    """Une table de textes : un champ par colonne, vide s'il n'est pas donné, puis la source de la section."""
    rangees = [[section.get(champ, "") for champ in noms] + [_source(reglages, cle)] for section in sections]
    return pd.DataFrame(rangees, columns=[*noms.values(), "source"], dtype="str")


def _source(reglages: Mapping, cle: str) -> str:
    """Source d'une section ou d'un fait de cite.toml."""
    return reglages.get("sources", {}).get(cle, SANS_SOURCE)


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
    return pd.DataFrame(rangees, columns=["dimension", "rubrique", "contenu", "source"], dtype="str")


def _elements(contenu: object) -> list[str]:
    """Les éléments d'une rubrique : un texte, des textes, ou des échéances (`quand`, `quoi`)."""
    if isinstance(contenu, str):
        return [contenu]
    return [
        typographie(f"{element['quand']} : {element['quoi']}") if isinstance(element, Mapping) else element
        for element in contenu
    ]


@publiable(libres=("population", "population_millesime"))
def quartiers(quartiers: pd.DataFrame) -> pd.DataFrame:
    """
    Les quartiers prioritaires, dans les deux listes.

    Returns:
        `quartier`, `qpv_code`, `generation`, `correspondance`, `contour_modifie`, `population`,
        `population_millesime`, `a_confirmer`.
    """
    colonnes = ["quartier", "qpv_code", "generation", "correspondance", "contour_modifie", "population"]
    table = quartiers.rename(columns={"nom": "quartier"}).reset_index(drop=True)
    return table[[*colonnes, "population_millesime", "a_confirmer"]]


@publiable(libres=("effectif",))
def etablissements(etablissements: pd.DataFrame) -> pd.DataFrame:
    """
    Les écoles et les collèges, les collèges d'abord.

    Returns:
        `etablissement`, `uai`, `type`, `ep`, `effectif`, `annee_scolaire`, `source`.
    """
    table = etablissements.assign(college=etablissements["type"].ne("college"))
    table = table.sort_values(["college", "nom"], ignore_index=True).rename(columns={"nom": "etablissement"})
    return table[["etablissement", "uai", "type", "ep", "effectif", "annee_scolaire", "source"]]
