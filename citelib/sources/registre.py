"""Les sources que `citelib importer` connaît, et l'import d'un fichier : lire, comparer, raconter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from citelib.chargement import ouvrir
from citelib.erreurs import ErreurParametre
from citelib.formats import accord
from citelib.sources import Apport
from citelib.sources.classeur import lire_classeur
from citelib.sources.education import lire_source
from citelib.sources.enquetes import lire_enquete
from citelib.sources.fusion import TECHNIQUES, Difference, Fusion, exiger_nom, fusionner
from citelib.sources.officiels import DESCRIPTION, reconnaitre
from citelib.sources.subventions import lire_subventions
from citelib.sources.telechargement import telecharger

DETAILS = 15
"""Nombre de changements racontés un à un, toutes tables réunies."""

SOURCES: Mapping[str, Callable[..., Apport]] = {
    "classeur": lire_classeur,
    **{nom: partial(lire_source, source=nom) for nom in DESCRIPTION["source"]},
    "education": lire_source,
    "enquete": lire_enquete,
    "subventions": lire_subventions,
}
"""Par source, de quoi lire un fichier : fonction(chemin, cite, **options)."""
AVEC_VIVIER = ("ivac", "dnb")


def demandes(source: str, fichiers: Sequence[str]) -> list[tuple[str, str | None, str | None]]:
    """
    Les imports à faire, un à un : source, fichier (None : à télécharger) et jeu (None : le plus récent).

    Sans fichier, « education » veut tous les jeux du ministère ; d'abord ceux des établissements, dont la liste des
    REP+, qu'emploient les autres.
    """
    if fichiers or source != "education":
        return [(source, fichier, None) for fichier in fichiers or [None]]
    decrites = sorted(DESCRIPTION["source"].items(), key=lambda decrite: "indicateurs" in decrite[1])
    jeux = [(nom, None, jeu["id"]) for nom, description in decrites for jeu in description["jeu"]]
    return list(dict.fromkeys(jeux))  # un même jeu peut porter deux séries


def preparer(
    source: str,
    fichier: str | None,
    vers: str | Path,
    *,
    jeu: str | None = None,
    correspondance: str | None = None,
    retirer: bool = False,
    vivier: str | None = None,
) -> tuple[Apport, Fusion | None]:
    """
    Lit un fichier et compare ce qu'il apporte à la cité ; rien n'est écrit dans ses tables.

    Args:
        source: une clé de SOURCES.
        fichier: le fichier à lire ; None : le télécharger dans le sous-dossier « telechargements ».
        vers: dossier de la cité.
        jeu: le jeu de la source à télécharger ; le plus récent par défaut.
        correspondance: pour un questionnaire, le TOML qui relie ses colonnes aux questions.
        retirer: les lignes que la source ne donne plus seront retirées.
        vivier: « france » ou « academie » : remplir aussi la table des collèges auxquels comparer.

    Returns:
        L'apport, et sa fusion ; pas de fusion si l'apport a des erreurs.

    Raises:
        ErreurParametre: si la source, le dossier ou une option ne conviennent pas.
        ErreurDonnees: si le fichier est illisible ou contient des données personnelles.
    """
    if source not in SOURCES:
        raise ErreurParametre(f"Source inconnue : {source}. Sources : {', '.join(SOURCES)}.")
    if source == "education" and fichier:
        source = reconnaitre(Path(fichier))
    if (source == "enquete") != bool(correspondance):
        emploi = "demande" if source == "enquete" else "n'emploie pas"
        raise ErreurParametre(f"La source « {source} » {emploi} --correspondance.")
    if vivier and source not in AVEC_VIVIER:
        raise ErreurParametre(f"La source « {source} » n'emploie pas --vivier.")
    cite, _ = ouvrir(vers)
    exiger_nom(cite)
    if fichier is None:
        for voulue in (*(("ips", "ep") if vivier else ()), source):
            voulu = jeu if voulue == source else None
            fichier = telecharger(voulue, cite, dossier=cite.dossier / "telechargements", jeu=voulu)
    options = {"correspondance": Path(correspondance)} if correspondance else {}
    options |= {"vivier": vivier} if vivier else {}
    apport = SOURCES[source](Path(fichier), cite, **options)
    refuse = any(probleme.gravite == "erreur" for probleme in apport.problemes)
    return apport, None if refuse else fusionner(cite, apport, retirer=retirer)


def raconter(fusion: Fusion) -> list[str]:
    """Ce que la fusion changerait : les comptes de chaque table, puis les premiers changements."""
    comptes = [_compter(difference, fusion.retirer) for difference in fusion.differences.values()]
    details = [ligne for difference in fusion.differences.values() for ligne in _details(difference, fusion.retirer)]
    suite = [f"  … et {accord(len(details) - DETAILS, 'autre')}"] if len(details) > DETAILS else []
    return comptes + details[:DETAILS] + suite


def _compter(difference: Difference, retirer: bool) -> str:
    """Les comptes d'une table, en une phrase."""
    sort = "" if difference.disparues.empty else ", à retirer" if retirer else ", à garder"
    morceaux = [
        accord(len(difference.nouvelles), "nouvelle ligne", "nouvelles lignes"),
        accord(difference.modifiees["cle"].nunique(), "modifiée"),
        accord(len(difference.disparues), "disparue") + sort,
        accord(difference.identiques, "identique"),
    ]
    if difference.laissees:
        morceaux.append(accord(difference.laissees, "cellule vide laissée de côté", "cellules vides laissées de côté"))
    return f"{difference.table.nom} : {', '.join(morceaux)}."


def _details(difference: Difference, retirer: bool) -> Iterator[str]:
    """Chaque changement d'une table, une ligne chacun ; les dates de relevé et les sources vont sans dire."""
    nom, cle = difference.table.nom, list(difference.table.cle)
    for nouvelle in difference.nouvelles[cle].itertuples(index=False):
        yield f"  + {nom} {' + '.join(filter(None, nouvelle))}"
    for changee in difference.modifiees.itertuples(index=False):
        if changee.colonne not in TECHNIQUES:
            yield f"  ~ {nom} {changee.cle}, {changee.colonne} : « {changee.avant} » → « {changee.apres} »"
    for disparue in difference.disparues[cle].itertuples(index=False):
        suite = "à retirer" if retirer else "gardée ; --retirer la retire"
        yield f"  - {nom} {' + '.join(filter(None, disparue))} ({suite})"
