"""Les fichiers qui accompagnent les pages d'un rapport : chacun par son nom, chacun d'une seule fonction.

Une annexe est refaite à chaque production. En échec, elle n'arrête ni les autres ni les pages ; elle est alors
retirée du dossier, car elle ne peut pas dire elle-même qu'elle date de la fois précédente.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from citelib import indicateurs
from citelib.annexes.accessibilite import declaration
from citelib.annexes.calendrier import calendrier
from citelib.annexes.reunion import ordre_du_jour
from citelib.chargement import Cite
from citelib.chargement.ecriture import neutraliser
from citelib.classeurs.exports import revue_de_projet, tableau_de_programmation
from citelib.constats.gardien import gardien
from citelib.contrats import Probleme
from citelib.erreurs import ErreurParametre
from citelib.page.finition import DECLARATION
from citelib.secret import passees
from citelib.sources.subventions import en_scdl, exporter_subventions
from citelib.tableaux import json_indicateurs
from citelib.tables import PAR_NOM


def indicateurs_json(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """Les indicateurs de l'année, protégés, pour les outils d'une autre équipe ; format dans docs/indicateurs.md."""
    table = indicateurs.tableau(cite, annee=annee, diffusion=diffusion)
    protegee = gardien(cite, annee=annee, diffusion=diffusion)(table)
    qui = {"cle": cite.reglages["cle"], "nom": cite.nom}
    return json_indicateurs(protegee, **qui, annee=annee, source=cite.source(*PAR_NOM, annee=annee)).encode()


ANNEXES: Mapping[str, Callable[..., bytes]] = {
    "indicateurs.json": indicateurs_json,
    "calendrier.ics": calendrier,
    "ordre-du-jour.html": ordre_du_jour,
    DECLARATION: declaration,
    "revue-de-projet.xlsx": revue_de_projet,
    "tableau-de-programmation.xlsx": tableau_de_programmation,
}
"""Nom du fichier → fonction(cite, *, annee, diffusion) qui en rend les octets, toujours les mêmes ; vides, rien n'est
écrit."""


def attendues(cite: Cite) -> dict[str, Callable[..., bytes]]:
    """
    Les annexes d'une cité : celles de toutes, et les subventions de chaque financeur que cite.toml nomme.

    Un financeur se déclare par une section [financeurs.<code>], avec son `nom` et son `siret` officiels ; le code est
    celui de la table financements.
    """
    declares = cite.reglages.get("financeurs", {})
    siennes = {}
    for code in declares if isinstance(declares, dict) else ():
        siennes[f"subventions-{code}.csv"] = partial(subventions, financeur=code)
        siennes[f"subventions-{code}-a-completer.csv"] = partial(a_completer, financeur=code)
    return {**ANNEXES, **siennes}


def subventions(cite: Cite, *, annee: int, diffusion: str, financeur: str) -> bytes:
    """Les subventions d'un financeur au format national SCDL ; rien s'il n'en a accordé aucune de complète."""
    table, _ = _exporter(cite, annee, financeur)
    return en_scdl(table) if len(table) else b""


def a_completer(cite: Cite, *, annee: int, diffusion: str, financeur: str) -> bytes:
    """Ce qui manque pour publier les autres subventions de ce financeur, un problème par ligne ; rien s'il n'y en a."""
    _, problemes = _exporter(cite, annee, financeur)
    lignes = [["Gravité", "Ce qui manque"], *([probleme.gravite, neutraliser(str(probleme))] for probleme in problemes)]
    flux = io.StringIO(newline="")
    csv.writer(flux, delimiter=";", lineterminator="\r\n").writerows(lignes)
    return flux.getvalue().encode("utf-8-sig") if problemes else b""


def _exporter(cite: Cite, annee: int, financeur: str) -> tuple[pd.DataFrame, list[Probleme]]:
    """Les subventions d'un financeur déclaré, et ce qui manque aux autres."""
    qui = cite.reglages["financeurs"][financeur]
    if not isinstance(qui, dict) or not {"nom", "siret"} <= qui.keys():
        raise ErreurParametre(f"cite.toml, [financeurs.{financeur}] : attendu un nom et un siret.")
    nom, siret = str(qui["nom"]), str(qui["siret"])
    return exporter_subventions(cite, annee, attribuant_nom=nom, attribuant_siret=siret, financeur=financeur)


@dataclass(frozen=True)
class Annexe:
    """
    Ce qu'une annexe a donné.

    Args:
        octets: son contenu, vide s'il n'y a rien à y mettre, ou si elle n'a pas pu être faite.
        erreur: pourquoi, vide sinon.
        comptes: les effectifs protégés qu'elle a pu montrer, pour l'audit.
        manque: ce qu'il faudrait installer pour la faire, vide sinon.
    """

    octets: bytes
    erreur: str = ""
    comptes: tuple[dict, ...] = ()
    manque: str = ""


def preparer(cite: Cite, *, annee: int, diffusion: str) -> dict[str, Annexe]:
    """
    Le contenu de chaque annexe, ou la raison de son échec.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """
    faites = {}
    for nom, ecrire in attendues(cite).items():
        try:
            passees()
            octets = ecrire(cite, annee=annee, diffusion=diffusion)
            faites[nom] = Annexe(octets, comptes=tuple(passees()))
        except Exception as erreur:  # une annexe en échec n'emporte ni les autres ni les pages
            faites[nom] = Annexe(b"", f"{type(erreur).__name__} : {erreur}")
    return faites
