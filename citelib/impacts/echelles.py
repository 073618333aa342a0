"""Ce que les personnes répondent cette année : la fiabilité des échelles, et chaque question."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd

from citelib.contrats import publiable
from citelib.impacts.enquetes import SOLDE
from citelib.impacts.invites import TEMOIGNAGES, ecart_de_profil, invites, regime
from citelib.impacts.vagues import (
    PERSONNE,
    de_la_vague,
    fiabilites,
    notes_orientees,
    questions_d_impact,
    vagues_comparees,
)
from citelib.mesures import Estimation, Ponderation, ic_wilson, n_efficace, ponderer, solde
from citelib.mesures.comptes import typer
from citelib.mesures.echelles import JUGEMENTS

ALPHA = ("alpha", "alpha_bas", "alpha_haut", "correlation")
FAVORABLES = ("part_favorables", "borne_basse", "borne_haute")
PONDEREE = ("part_ponderee", "ponderee_basse", "ponderee_haute", "effet_de_plan")
DEUX_COTES = ("nb_favorables", "nb_defavorables")


@publiable(effectifs=("nb_repondants",), bases=dict.fromkeys(ALPHA, "nb_repondants"), libres=("n_questions",))
def fiabilite_des_echelles(reponses_beneficiaires, items, indicateurs, *, annee: int) -> pd.DataFrame:
    """
    Chaque échelle, et si ses questions se réunissent : alpha de Cronbach dans la dernière vague de l'année.

    Sous 0,60 les questions ne sont pas réunies ; de 0,60 à 0,70 l'échelle est fragile ; au-dessus de 0,95, redondante.
    Deux questions : coefficient de Spearman-Brown. Rien sous trente réponses complètes.

    Returns:
        `libelle`, `n_questions`, `nb_repondants` (réponses complètes), `alpha`, `alpha_bas`, `alpha_haut`,
        `correlation` (moyenne, entre questions), `methode`, `jugement`.

    Source:
        Note de méthode, §4.1.
    """
    notes, rangees = notes_orientees(reponses_beneficiaires, items), []
    for echelle, lue in fiabilites(notes, items, indicateurs, annee):
        mots = {"libelle": echelle["libelle"], "n_questions": lue.n_questions, "nb_repondants": int(lue.alpha.n)}
        nombres = dict(zip(ALPHA, (*lue.alpha.trio, lue.correlation), strict=True))
        rangees.append(mots | nombres | {"methode": lue.alpha.methode, "jugement": JUGEMENTS[lue.code]})
    table = pd.DataFrame(rangees, columns=["libelle", "n_questions", "nb_repondants", *ALPHA, "methode", "jugement"])
    table = typer(table.astype(dict.fromkeys(ALPHA, "Float64")))
    table.attrs["motif"] = "aucune échelle : la colonne « echelle » de la table des questions les déclare"
    return table


SENSIBLES = ("santé", "discipline", "handicap")
"""Domaines où « tous » et « aucun » en disent trop sur chacun. Source : domaine, règles de publication."""


@publiable(
    effectifs=("nb_reponses", *DEUX_COTES, "nb_sans_avis"),
    parts={f"part_{nom}": (f"nb_{nom}", "nb_reponses") for nom in ("favorables", "defavorables")},
    bases=dict.fromkeys((*FAVORABLES[1:], *SOLDE, *PONDEREE), "nb_reponses"),
    fractions=(*SOLDE, *PONDEREE[:3]),
    population="réponses aux enquêtes",
    dimensions={"libelle": "question"},
    mesures={"nb_reponses": ("nb_apres", {})},
)
def niveaux_declares(
    reponses_beneficiaires, items, indicateurs, *, annee: int, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Chaque question d'impact dans la dernière vague de l'année : part favorable, défavorable, et leur différence.

    « Ne sait pas » sort de la base et se compte à part. Quand les invités sont connus, l'intervalle tient compte de
    leur nombre, et la part redressée se lit à côté de la part brute si les conditions du redressement sont remplies.
    Des témoignages (moins de trente réponses, ou moins d'une pour dix invités) n'ont pas de pourcentage.

    Args:
        invitations: personnes invitées, par âge et sexe.

    Returns:
        `libelle`, `nb_reponses`, `nb_favorables`, `nb_defavorables` (les deux degrés extrêmes de chaque côté, une
        question inverse retournée), `nb_sans_avis`, `part_favorables`, `borne_basse`, `borne_haute`,
        `part_defavorables`, `solde`, `solde_bas`, `solde_haut`, `part_ponderee`, `ponderee_basse`, `ponderee_haute`,
        `effet_de_plan`, `ponderation` (« faite », ou pourquoi elle ne l'est pas), `lecture`.

    Source:
        Note de méthode, §4.1 et §4.2.
    """
    notes, rangees, sensibles = notes_orientees(reponses_beneficiaires, items), [], set()
    for question in questions_d_impact(items, indicateurs):
        sensibles |= {question["libelle"]} if question["domaine"] in SENSIBLES else set()
        lignes = notes[notes["questionnaire"].eq(question["questionnaire"]) & notes["item"].eq(question["item"])]
        couple = vagues_comparees(lignes, annee=annee)
        if couple is not None:
            convies = invites(invitations, question["questionnaire"], couple[1])
            rangees.append(_niveau(question, de_la_vague(lignes, couple[1]), convies))
    colonnes = ["libelle", "nb_reponses", *DEUX_COTES, "nb_sans_avis", *FAVORABLES, "part_defavorables"]
    table = pd.DataFrame(rangees, columns=[*colonnes, *SOLDE, *PONDEREE, "ponderation", "lecture"])
    table = typer(table.astype(dict.fromkeys((*SOLDE, *PONDEREE), "Float64")))
    table.attrs["sensibles"] = table["libelle"].isin(sensibles).tolist()
    return table


def _niveau(question: dict, lignes: pd.DataFrame, convies: pd.DataFrame) -> dict:
    """La ligne d'une question."""
    exprimees = lignes.dropna(subset="note").drop_duplicates(PERSONNE)
    maximum, n = int(question["echelle_max"]), len(exprimees)
    largeur = min(2, maximum // 2)
    favorables, defavorables = exprimees["note"].gt(maximum - largeur), exprimees["note"].le(largeur)
    hauts, bas = int(favorables.sum()), int(defavorables.sum())
    n_invites = int(convies["nb_invites"].sum()) if len(convies) else None
    n_invites = n_invites if n_invites is None or n_invites >= n else None  # plus de réponses que d'invités : inconnu
    lecture = regime(n, n_invites, ecart_de_profil(exprimees, convies))
    ligne = {"libelle": question["libelle"], "nb_reponses": n, "nb_favorables": hauts, "nb_defavorables": bas}
    ligne |= {"nb_sans_avis": int(lignes["nsp"].sum()), "lecture": lecture}
    if lecture == TEMOIGNAGES:
        return ligne | {"ponderation": "sans objet : témoignages"}
    lue, net = ic_wilson(hauts, n, population=n_invites), solde(hauts, bas, n, population=n_invites)
    poids = _poids(exprimees, convies)
    redressee = _redressee(favorables.to_numpy(float), poids, n_invites)
    nombres = lue.sous(*FAVORABLES) | net.sous(*SOLDE) | redressee.sous(*PONDEREE[:3])
    nombres |= {"part_defavorables": bas / n, "effet_de_plan": nan if poids.motif else poids.deff}
    return ligne | nombres | {"ponderation": poids.motif or "faite"}


def _poids(repondants: pd.DataFrame, convies: pd.DataFrame) -> Ponderation:
    """Poids par sexe et âge ; qui ne les dit pas garde un poids de 1, les autres se partagent le reste."""
    noms = ["sexe", "tranche_age"]
    dits = repondants[noms].ne("NR").all(axis=1).to_numpy()
    connus = convies[convies[noms].ne("NR").all(axis=1)]
    marges = {nom: connus.groupby(nom)["nb_invites"].sum().astype(float).to_dict() for nom in noms}
    lue = ponderer(repondants.loc[dits, noms].reset_index(drop=True), marges)
    poids = np.ones(len(repondants))
    poids[dits] = lue.poids
    return replace(lue, poids=poids)


def _redressee(favorables: np.ndarray, poids: Ponderation, n_invites: int | None) -> Estimation:
    """Part favorable redressée, et son intervalle de Wilson sur l'effectif efficace."""
    if poids.motif:
        return Estimation(nan, nan, nan, len(favorables), "", "part")
    n = n_efficace(poids.poids)
    return ic_wilson(float(np.average(favorables, weights=poids.poids)) * n, n, population=n_invites)
