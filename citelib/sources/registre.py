"""Les sources que `citelib importer` connaît, et l'import d'un fichier : lire, comparer, raconter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from citelib.chargement import ouvrir
from citelib.contrats import Probleme
from citelib.contrats.personnel import nature
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.formats import accord
from citelib.sources import Apport
from citelib.sources.fusion import Difference, Fusion, fusionner

DETAILS = 15
"""Nombre de changements racontés un à un, toutes tables réunies."""


@dataclass(frozen=True)
class Source:
    """
    Une source : ce que c'est, qui la lit, et avec quoi.

    Args:
        aide: ce que contient le fichier.
        module, fonction: la fonction `lire(chemin, cite, **options) -> Apport`, importée à l'usage.
        options: celles qui sont toujours les mêmes.
        correspondance: il lui faut le TOML de --correspondance.
    """

    aide: str
    module: str
    fonction: str
    options: Mapping = field(default_factory=dict)
    correspondance: bool = False


def _education(code: str, aide: str) -> Source:
    return Source(aide, "education", "lire_source", {"source": code})


SOURCES = {
    "classeur": Source("classeur rempli par un partenaire", "classeur", "lire_classeur"),
    "ivac": _education("ivac", "indicateurs de valeur ajoutée des collèges"),
    "ips": _education("ips", "indices de position sociale"),
    "dnb": _education("dnb", "résultats du brevet par établissement"),
    "ep": _education("ep", "liste de l'éducation prioritaire"),
    "effectifs": _education("effectifs", "effectifs des écoles et des collèges"),
    "evaluations": _education("evaluations", "évaluations nationales de sixième"),
    "enquete": Source("réponses à un questionnaire", "enquetes", "lire_enquete", correspondance=True),
    "subventions": Source("subventions au format national SCDL", "subventions", "lire_subventions"),
}
"""Par nom, chaque source."""


def preparer(
    source: str,
    fichier: str | Path | None,
    vers: str | Path,
    *,
    correspondance: str | None = None,
    retirer: bool = False,
) -> tuple[Apport, Fusion | None]:
    """
    Lit un fichier et compare ce qu'il apporte à la cité ; rien n'est écrit dans ses tables.

    Args:
        source: une clé de SOURCES.
        fichier: le fichier à lire ; None : le télécharger dans le sous-dossier « telechargements ».
        vers: dossier de la cité.
        correspondance: pour un questionnaire, le TOML qui relie ses colonnes aux questions.
        retirer: les lignes que la source ne donne plus seront retirées.

    Returns:
        L'apport, et sa fusion ; pas de fusion si l'apport a des erreurs.

    Raises:
        ErreurParametre: si la source, le dossier ou une option ne conviennent pas.
        ErreurDonnees: si le fichier est illisible ou contient des données personnelles.
    """
    if source not in SOURCES:
        raise ErreurParametre(f"Source inconnue : {source}. Sources : {', '.join(SOURCES)}.")
    choix = SOURCES[source]
    if choix.correspondance != bool(correspondance):
        manque = "demande" if choix.correspondance else "n'emploie pas"
        raise ErreurParametre(f"La source « {source} » {manque} --correspondance.")
    cite, _ = ouvrir(vers)
    if fichier is None:
        telecharger = import_module("citelib.sources.telechargement").telecharger
        fichier = telecharger(source, cite, dossier=cite.dossier / "telechargements")
    lire = getattr(import_module(f"citelib.sources.{choix.module}"), choix.fonction)
    options = dict(choix.options) | ({"correspondance": Path(correspondance)} if correspondance else {})
    apport = lire(Path(fichier), cite, **options)
    personnelles = list(_personnelles(apport))
    if personnelles:
        raise ErreurDonnees(personnelles)
    if any(probleme.gravite == "erreur" for probleme in apport.problemes):
        return apport, None
    return apport, fusionner(cite, apport, retirer=retirer)


def _personnelles(apport: Apport) -> Iterator[Probleme]:
    """Un problème par cellule de texte qui semble désigner quelqu'un ; ce qu'elle contient n'est jamais redit."""
    for lecture in apport.lectures.values():
        for nom in lecture.table.select_dtypes("str"):
            sortes = {texte: nature(texte) for texte in lecture.table[nom].dropna().unique()}
            for indice, texte in lecture.table[nom].items():
                if sortes.get(texte):
                    lieu = lecture.origine.loc[indice]
                    message = f"la cellule semble contenir {sortes[texte]} : rien n'a été importé"
                    remede = "La retirer du fichier : seuls des nombres, des fonctions et des pseudonymes sont admis."
                    endroit = (lieu["fichier"], lieu["feuille"], int(lieu["ligne"]), nom)
                    yield Probleme("erreur", *endroit, "", message, remede)


def raconter(fusion: Fusion, *, retirer: bool = False) -> list[str]:
    """Ce que la fusion changerait : les comptes de chaque table, puis les premiers changements."""
    comptes = [_compter(difference, retirer) for difference in fusion.differences.values()]
    details = [ligne for difference in fusion.differences.values() for ligne in _details(difference, retirer)]
    suite = [f"  … et {accord(len(details) - DETAILS, 'autre')}"] if len(details) > DETAILS else []
    return comptes + details[:DETAILS] + suite


def _compter(difference: Difference, retirer: bool) -> str:
    """Les comptes d'une table, en une phrase."""
    n_modifiees, n_disparues = difference.modifiees["cle"].nunique(), len(difference.disparues)
    sort = "à retirer" if retirer else "gardée" if n_disparues == 1 else "gardées (--retirer les retire)"
    morceaux = [
        accord(len(difference.nouvelles), "nouvelle ligne", "nouvelles lignes"),
        f"{accord(n_modifiees, 'modifiée')} ({accord(len(difference.modifiees), 'cellule')})",
        f"{accord(n_disparues, 'disparue')}{', ' + sort if n_disparues else ''}",
        accord(difference.identiques, "identique"),
    ]
    vides = accord(difference.laissees, "cellule vide, laissé tel quel", "cellules vides, laissé tel quel")
    return f"{difference.table.nom} : {', '.join(morceaux + [vides] * bool(difference.laissees))}."


def _details(difference: Difference, retirer: bool) -> Iterator[str]:
    """Chaque changement d'une table, une ligne chacun."""
    cle = list(difference.table.cle)
    for nouvelle in difference.nouvelles[cle].itertuples(index=False):
        yield f"  + {difference.table.nom} {' + '.join(filter(None, nouvelle))}"
    for changee in difference.modifiees.itertuples(index=False):
        endroit = f"{difference.table.nom} {changee.cle}, {changee.colonne}"
        yield f"  ~ {endroit} : « {changee.avant} » → « {changee.apres} »"
    for disparue in difference.disparues[cle].itertuples(index=False):
        yield f"  {'-' if retirer else '?'} {difference.table.nom} {' + '.join(filter(None, disparue))}"
