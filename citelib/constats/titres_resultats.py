"""Les titres de la page Résultats : ce que montrent ses figures, d'après une table protégée."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citelib.constats.constat import lu
from citelib.constats.titres import EXCEPTIONS, sans_total
from citelib.formats import accord, arrondi, liste, pourcentage
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret import TableProtegee

DEGRES = {
    2: ("Non satisfait", "Satisfait"),
    3: ("Pas satisfait", "Moyennement", "Satisfait"),
    4: ("Pas du tout", "Plutôt pas", "Plutôt", "Tout à fait"),
    5: ("Pas du tout", "Plutôt pas", "Ni oui ni non", "Plutôt", "Tout à fait"),
}
"""Nom de chaque degré de satisfaction, selon la longueur de l'échelle."""


def titre_cibles(protegee: TableProtegee) -> str:
    """
    Combien d'objectifs atteignent leur cible, s'en approchent, ou ne se mesurent pas.

    Args:
        protegee: table protégée qui a une colonne `etat`.
    """
    etats = protegee.donnees["etat"].value_counts()
    if etats.empty:
        return "Aucun objectif"
    au_plus = etats[etats.index.str.startswith("au plus")].sum()
    muets = etats.get("non mesurable", 0)
    mots = "non mesurable" if muets < 2 else "non mesurables"
    suites = {"au plus": au_plus, "en partie": etats.get("partiel", 0), mots: muets}
    atteintes = accord(etats.get("atteint", 0), "cible atteinte", "cibles atteintes")
    return ", ".join([atteintes, *(f"{combien} {nom}" for nom, combien in suites.items() if combien)])


def titre_zone(protegee: TableProtegee, colonne: str, *, zone: tuple[float, float], quoi: str) -> str:
    """
    Qui est dans une zone visée, et qui n'y est pas.

    Args:
        protegee: table protégée, une ligne par modalité.
        colonne: part lue, de 0 à 1.
        zone: bornes de la zone, comprises.
        quoi: ce qui est mesuré, en tête du titre : « Part de filles ».
    """
    lignes = sans_total(protegee, colonne)
    if lignes.empty:
        return f"{quoi} : aucune donnée"
    dehors = lignes[~_dedans(lignes, zone)]
    bornes = f"la zone {pourcentage(zone[0])} à {pourcentage(zone[1])}"
    if dehors.empty:
        return f"{quoi} : toujours dans {bornes}"
    if len(dehors) <= EXCEPTIONS:
        return f"{quoi} : {liste(f'« {nom} »' for nom in dehors.index)} hors de {bornes}"
    return f"{quoi} : {len(dehors)} sur {len(lignes)} hors de {bornes}"


def titre_intervalles(protegee: TableProtegee, valeur: str, *, bas: str, haut: str, quoi: str) -> str:
    """
    La modalité la plus haute et la plus basse, si leurs intervalles sont disjoints ; sinon, qu'on ne sait pas.

    Deux intervalles disjoints assurent l'écart ; deux intervalles qui se recouvrent ne prouvent pas l'égalité.

    Args:
        protegee: table protégée, une ligne par modalité.
        valeur, bas, haut: colonnes de la mesure et de son intervalle.
        quoi: ce qui est mesuré, en tête du titre : « Satisfaction ».
    """
    mesures, basses, hautes = (sans_total(protegee, nom) for nom in (valeur, bas, haut))
    if mesures.empty:
        return f"{quoi} : aucune donnée"
    premier, dernier = mesures.idxmax(), mesures.idxmin()
    if len(mesures) < 2:
        return f"{quoi} : pas de comparaison possible"
    if basses[premier] > hautes[dernier]:
        return f"{quoi} : « {premier} » au-dessus de « {dernier} »"
    return f"{quoi} : aucun écart établi"


def titre_changements_etat(protegee: TableProtegee) -> str:
    """
    Combien d'objectifs changent d'état : une valeur peut monter, et l'état baisser, quand la cible a monté.

    Args:
        protegee: table protégée de `resultats.resume_changements`.
    """
    if protegee.donnees.empty or lu(protegee, "n_objectifs", "sans comparaison") == lu(protegee, "n_objectifs"):
        return "Aucun objectif à comparer"
    hausse, recul = (int(protegee.valeur(nom, "n_objectifs")) for nom in ("progresse", "recule"))
    if not hausse + recul:
        return "Aucun objectif n'a changé d'état"
    mieux = accord(hausse, "objectif change d'état en mieux", "objectifs changent d'état en mieux")
    return f"{mieux}, {recul} en moins bien"


def hors_zone(protegee: TableProtegee, colonne: str, *, zone: tuple[float, float]) -> TableProtegee:
    """
    Les lignes montrées dont une part sort d'une zone : une ligne masquée n'est jamais retenue.

    Args:
        protegee: table protégée.
        colonne: part lue, de 0 à 1.
        zone: bornes de la zone, comprises.
    """
    connues = protegee.donnees[colonne].notna()
    return protegee.retenir(connues & ~_dedans(protegee.donnees[colonne], zone))


def _dedans(parts: pd.Series, zone: tuple[float, float]) -> pd.Series:
    """Vrai pour les parts qui sont dans la zone telles qu'elles s'affichent, au pour cent près."""
    return parts.map(lambda valeur: float(arrondi(valeur, 2)), na_action="ignore").astype("Float64").between(*zone)


def degres(protegee: TableProtegee) -> Mapping[str, str]:
    """
    Les colonnes de parts d'une table de `resultats.avis`, et le nom de leur degré : pour `figures.likert`.

    Args:
        protegee: la table.
    """
    colonnes = [nom for nom in protegee.donnees if nom.startswith("part_degre_")]
    return dict(zip(colonnes, DEGRES[len(colonnes)], strict=True))


def titre_likert(protegee: TableProtegee) -> str:
    """
    La réponse la plus fréquente de l'ensemble, ou pourquoi on ne la dit pas.

    Args:
        protegee: table protégée de `resultats.avis`.
    """
    if protegee.donnees.empty:
        return "Aucune réponse"
    noms = degres(protegee)
    parts = {nom: protegee.valeur(ENSEMBLE, colonne) for colonne, nom in noms.items()}
    connues = {nom: valeur for nom, valeur in parts.items() if valeur is not None}
    if len(connues) < 2:
        return "Réponses trop peu nombreuses pour être détaillées"
    premier = max(connues, key=connues.get)
    # une part masquée est petite ou en protège une autre : elle peut dépasser celles que l'on montre
    if len(connues) < len(parts) and connues[premier] <= 1 - sum(connues.values()):
        return "Réponses en partie protégées"
    return f"« {premier} » est la réponse la plus fréquente"


def en_tetes_avis(protegee: TableProtegee) -> Mapping[str, str]:
    """
    Les colonnes montrées d'une table de `resultats.avis`, et leur titre.

    Args:
        protegee: la table.
    """
    noms = degres(protegee)
    nombres = {nom.replace("part_", "nb_"): f"{titre} (n)" for nom, titre in noms.items()}
    premiere = protegee.donnees.columns[0]
    titres = {premiere: {"axe": "Axe", "questionnaire": "Public interrogé", "sexe": "Sexe"}.get(premiere, "Périmètre")}
    fin = {"part_satisfaits": "Satisfaits", "borne_basse": "Borne basse", "borne_haute": "Borne haute"}
    return titres | dict(noms) | nombres | fin | {"nb_exprimes": "Réponses exprimées", "nb_nsp": "Ne savent pas"}
