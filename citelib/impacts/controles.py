"""Ce qui soutient ou fragilise la comparaison des collèges : chaque vérification et ce qu'elle trouve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import isnan

import numpy as np
import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord, liste, nombre, points, typographie
from citelib.impacts.comparaison import Etude, etendue, etudier
from citelib.impacts.comparateurs import SANS_VIVIER
from citelib.mesures import Estimation, rebond_attendu, synthetique
from citelib.mesures.ecarts import AVANT_DE_LA_PENTE, AVANT_DU_PLACEBO, RAPPORT_DE_TAILLES, conclut

ANNEES_DE_BASE = 3
"""Le niveau de départ se lit sur les trois dernières années d'avant : une seule serait trop chanceuse."""
VOISINES_MINIMALES = 4


@publiable()
def controles(colleges, etablissements, reglages: Mapping, *, annee: int, code: str = "I04") -> pd.DataFrame:
    """
    Les vérifications d'une comparaison, en mots.

    Returns:
        `controle`, `resultat`, `lecture`. Vide, avec son motif, sans vivier.
    """
    etude = etudier(colleges, etablissements, reglages, annee=annee, code=code)
    rangees = [] if etude is None else [*_donnees(etude), *(_mesures(etude) if etude.comparaison.mesuree else ())]
    ecrites = [[typographie(mot) for mot in rangee] for rangee in rangees]
    table = pd.DataFrame(ecrites, columns=["controle", "resultat", "lecture"], dtype="str")
    table.attrs["motif"] = SANS_VIVIER
    return table


def _donnees(etude: Etude) -> Iterator[tuple[str, str, str]]:
    """Ce qui a été comparé, et ce qui a dû être laissé."""
    lue = etude.comparaison
    avant = etendue(lue.avant) if lue.avant else "aucune"
    apres = etendue(lue.apres) if lue.apres else "aucune"
    lecture = "Les mêmes pour tous les collèges."
    if not lue.mesuree:
        lecture = "Sans deux années d'avant, l'évolution se compare ; aucun effet ne s'estime."
    yield "Sessions lues", f"Avant le label : {avant}. Après : {apres}.", lecture
    for note in etude.notes:
        yield "Interruption de la série", note, "La courbe s'interrompt et aucun calcul ne la traverse."
    if lue.ecartes:
        noms = etude.panel.drop_duplicates("unite").set_index("unite")["nom"]
        dits = liste(f"{noms[unite]} ({raison})" for unite, raison in lue.ecartes)
        yield "Collèges écartés", dits, "Leur série est incomplète."


def _mesures(etude: Etude) -> Iterator[tuple[str, str, str]]:
    """Ce que valent l'écart et sa comparaison."""
    lue = etude.comparaison
    yield "Moitiés des années d'avant", *_placebo(lue.placebo)
    if lue.pente is None:
        yield "Pente de l'écart avant", "Non calculable.", f"Il faut {AVANT_DE_LA_PENTE} années avant."
    else:
        pente = f"{points(lue.pente.valeur, 1)} par an."
        yield "Pente de l'écart avant", pente, "Proche de zéro si les deux groupes évoluaient ensemble."
    if lue.testee:
        bas, haut = (points(borne, 1) for borne in lue.plage)
        yield "En retirant un comparable", f"De {bas} à {haut}.", "Le résultat ne doit pas tenir à un seul collège."
    if lue.testee and not isnan(lue.ponderee):
        lecture = "À comparer à l'écart, où chaque collège compte autant."
        yield "Chaque collège pesant ses élèves", f"{points(lue.ponderee, 1)}.", lecture
    if not isnan(lue.rapport_tailles):
        grand = lue.rapport_tailles > RAPPORT_DE_TAILLES
        lecture = "Tailles trop inégales : résultat indicatif." if grand else "Tailles comparables."
        yield "Rapport des tailles", f"{nombre(lue.rapport_tailles, 1)}.", lecture
    yield from _rebond(etude)
    yield from _exploratoire(etude)


def _placebo(placebo: Estimation | None) -> tuple[str, str]:
    """La même mesure là où rien n'a pu changer."""
    if placebo is None:
        return "Non calculable.", f"Il faut {AVANT_DU_PLACEBO} années avant ; la figure reste à regarder."
    differents = conclut(placebo)
    lecture = "Les groupes évoluaient déjà différemment." if differents else "Aucune différence établie avant le label."
    return f"{points(placebo.valeur, 1)} (p = {nombre(placebo.p, 3)}).", lecture


def _rebond(etude: Etude) -> Iterator[tuple[str, str, str]]:
    """Ce que l'écart de départ ferait remonter, ou redescendre, de lui-même."""
    base = etude.comparaison.avant[-ANNEES_DE_BASE:]
    lues = etude.gardes[etude.gardes["annee"].isin(base)]
    voisines = lues[~lues["traite"]].pivot(index="unite", columns="annee", values="y").dropna()
    if len(base) < 2 or len(voisines) < VOISINES_MINIMALES or (voisines.std() == 0).any():
        return
    suites = [np.corrcoef(voisines[a], voisines[b])[0, 1] for a, b in pairwise(base)]
    depart, moyenne = (float(lues.loc[lues["traite"].eq(cote), "y"].mean()) for cote in (True, False))
    attendu = rebond_attendu(float(np.mean(suites)), depart, moyenne)
    resultat = f"Écart de départ : {points(depart - moyenne, 1)} ; retour attendu : {points(attendu, 1)}."
    lecture = "Un niveau bas remonte souvent de lui-même, un niveau haut redescend : à retrancher en pensée."
    yield "Retour vers la moyenne", resultat, lecture


def _exploratoire(etude: Etude) -> Iterator[tuple[str, str, str]]:
    """Le contrôle synthétique, là où ses conditions sont remplies."""
    panel = etude.recent[~etude.recent["annee"].isin(etude.regle.ruptures)]
    lu = synthetique(panel[panel["unite"].isin(etude.gardes["unite"])], annee_debut=etude.regle.annee_debut or 0)
    if not lu.manque:
        resultat = f"{points(lu.ecart, 1)} ; rang {lu.rang} sur {accord(lu.n, 'collège')}."
        yield "Contrôle synthétique (exploratoire)", resultat, "Ne conclut pas : il dépend des collèges mêlés."
