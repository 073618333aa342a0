"""Les constats des impacts : aucun ne prétend plus que ce que les données portent."""

from __future__ import annotations

from citelib import impacts
from citelib.chargement import Cite
from citelib.constats.constat import Constat, Constats, assembler
from citelib.formats import accord, liste, nombre, points
from citelib.secret import TableProtegee, gardien


def impacts_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Quels changements observe-t-on dans la vie quotidienne des bénéficiaires ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(diffusion, seuil=cite.seuil(diffusion))
    colleges = impacts.indicateurs_scolaires(
        cite.valeurs, cite.indicateurs, cite.etablissements, annee=annee, codes=("I04",)
    )
    declares = impacts.changement_declare(cite.reponses_beneficiaires, cite.items, cite.indicateurs, annee=annee)
    preuves = impacts.tableau_solidite(
        cite.indicateurs, cite.valeurs, cite.etablissements, cite.reponses_beneficiaires, cite.items, annee=annee
    )
    return assembler(
        _declares(proteger(declares)), _reussite(proteger(colleges), annee), _non_mesures(proteger(preuves))
    )


def _declares(declares: TableProtegee) -> Constat | None:
    lignes = declares.donnees[declares.donnees["ecart"].notna()]
    if lignes.empty:
        return None
    mots = lignes["verdict"].value_counts()
    compte = liste(f"{mot.lower()} ({nombre(combien)})" for mot, combien in mots.items())
    return Constat(
        "impacts.changement_declare",
        f"Changement déclaré sur {accord(len(lignes), 'question')} : {mots.index[0].lower()} le plus souvent",
        f"Sur {accord(len(lignes), 'question')} posées avant et après, les conclusions sont : {compte}.",
        impacts.SANS_IMPUTATION,
        n=len(lignes),
        niveau=max(lignes["niveau"]),
    )


def _reussite(colleges: TableProtegee, annee: int) -> Constat | None:
    siens = colleges.donnees["niveau_territoire"].eq("etablissement") & colleges.donnees["ecart_academie"].notna()
    ecarts = colleges.donnees[siens]
    if ecarts.empty:
        return None
    detail = liste(f"{ligne['territoire']} {points(ligne['ecart_academie'])}" for _, ligne in ecarts.iterrows())
    return Constat(
        "impacts.reussite_dnb",
        f"Réussite au brevet {annee}, par rapport à l'académie",
        f"À la session {annee} du brevet, l'écart de chaque collège à l'académie est de : {detail}.",
        impacts.SANS_IMPUTATION,
        n=len(ecarts),
        niveau="C",
    )


def _non_mesures(preuves: TableProtegee) -> Constat | None:
    lignes = preuves.donnees
    if lignes.empty:
        return None
    muets = int(lignes["niveau"].eq("E").sum())
    return Constat(
        "impacts.non_mesures",
        f"{nombre(muets)} indicateurs d'impact sur {nombre(len(lignes))} ne sont pas mesurés",
        f"{nombre(muets)} des {nombre(len(lignes))} indicateurs d'impact du référentiel ne sont pas mesurés.",
        valeur=muets,
        n=len(lignes),
        decision=f"Choisir, parmi {nombre(muets)} indicateurs d'impact non mesurés, ceux à collecter" if muets else "",
    )
