"""La synthèse : ce que les cinq autres pages établissent, réuni pour qui n'en lira qu'une."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from citelib import indicateurs, realisation, resultats
from citelib.chargement import Cite
from citelib.constats.adresses import adresse, lieu
from citelib.constats.constat import Constats
from citelib.constats.pages import impacts_de, partenariat_de, protocole_de, realisation_de, resultats_de
from citelib.contrats import publiable

PAGES: Mapping[str, tuple[str, Callable]] = {
    "realisation": ("Équipe de projet territorial", realisation_de),
    "resultats": ("Comité technique", resultats_de),
    "impacts": ("Comité technique", impacts_de),
    "partenariat": ("Comité de pilotage", partenariat_de),
    "protocole": ("Comité technique", protocole_de),
}
"""Page → instance à qui une décision revient et constats, dans l'ordre des questions du protocole.

L'EPT instruit, le comité technique organise l'évaluation, le comité de pilotage décide de la gouvernance.
Source : plaquette de lancement, 2021.
"""

DECISIONS = 3


def constats_de_l_annee(cite: Cite, *, annee: int, diffusion: str) -> dict[str, Constats]:
    """
    Les constats de chaque page, tels qu'elle les établit.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """
    return {page: etablir(cite, annee=annee, diffusion=diffusion) for page, (_, etablir) in PAGES.items()}


def essentiel(par_page: Mapping[str, Constats]) -> Constats:
    """Le premier constat de chaque page : un par dimension."""
    premiers = tuple(next(iter(constats)) for constats in par_page.values() if len(constats))
    return Constats(premiers, montres=len(premiers))


@publiable()
def decisions(par_page: Mapping[str, Constats]) -> pd.DataFrame:
    """
    Trois constats qui appellent une décision, un par page au plus.

    Args:
        par_page: ce que rend `constats_de_l_annee`.

    Returns:
        `constat`, `ou_regarder` (page et section) et son `adresse`, `decision_proposee`, `instance_competente` à qui
        elle revient.
    """
    appels = {page: next((c for c in constats if c.decision), None) for page, constats in par_page.items()}
    lignes = [
        (c.titre, lieu(page, c.section), c.decision, PAGES[page][0], adresse(page, c.section))
        for page, c in appels.items()
        if c
    ]
    noms = ["constat", "ou_regarder", "decision_proposee", "instance_competente", "adresse"]
    return pd.DataFrame(lignes[:DECISIONS], columns=noms)


@publiable(libres=("n_prevues", "n_realisees", "taux_strict", "n_objectifs", "n_atteints", "n_non_mesurables"))
def tableau_de_bord(cite: Cite, *, annee: int) -> pd.DataFrame:
    """
    Chaque axe : ce qui a été réalisé, et les cibles atteintes.

    Returns:
        `axe` (puis « Ensemble »), `n_prevues`, `n_realisees`, `taux_strict`, `n_objectifs`, `n_atteints`,
        `n_non_mesurables`.
    """
    faites = realisation.taux_realisation(cite.actions, cite.realisations, annee=annee, par="axe")
    vises = indicateurs.objectifs_juges(cite, annee=annee)
    gardees = ["axe", "n_objectifs", "n_atteints", "n_non_mesurables"]
    faites = faites[["axe", "n_prevues", "n_realisees", "taux_strict"]]
    return faites.merge(resultats.etats_par_axe(vises)[gardees], on="axe", how="left")


@publiable()
def plan(par_page: Mapping[str, Constats]) -> pd.DataFrame:
    """
    Le plan du rapport : chaque `page`, son premier `constat`, et l'`adresse` de la page.

    Args:
        par_page: ce que rend `constats_de_l_annee`.
    """
    premiers = {page: next((c.titre for c in constats), "") for page, constats in par_page.items()}
    lignes = [(lieu(page), constat, adresse(page)) for page, constat in premiers.items()]
    return pd.DataFrame(lignes, columns=["page", "constat", "adresse"])
