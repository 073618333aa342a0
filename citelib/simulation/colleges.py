"""Les collèges d'une cité inventée et leur vivier : de longues séries, et un effet connu que le rapport doit trouver.

Chaque collège a son niveau ; chaque session, un choc commun à tous, un écart propre qui s'efface à moitié d'une
année à l'autre, et le hasard d'une centaine de candidats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from citelib.contrats.contraintes import CONSONNES_UAI
from citelib.simulation.monde import Alea, Lignes, Monde

ANNEES_D_AVANT = 6
COMPARABLES = 20
"""Collèges de comparaison inventés pour chaque statut d'éducation prioritaire."""
POINTS_PAR_UNITE = 0.10
"""Gain de réussite d'un effet de 1 : l'écart-type de la réussite d'un collège à l'autre."""
NIVEAUX = {"REP+": (0.70, 74), "REP": (0.73, 84), "hors EP": (0.77, 95)}
"""Réussite et position sociale moyennes selon le statut."""
ECART_COLLEGE, ECART_COMMUN, ECART_ANNEE = 0.05, 0.02, 0.03
"""Écarts-types de la réussite : entre collèges, d'une session à l'autre pour tous, et pour un collège."""


def colleges(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Le vivier d'une cité inventée, avant et après son label ; rien si ses établissements sont réels."""
    if monde.reelles["etablissements"]:
        return
    avant = monde.annees[0] - ANNEES_D_AVANT
    annees = list(range(avant, monde.annees[-1] + 1))
    voulues = [a for a in annees if a == annee or (annee == monde.annees[0] and a < annee)]
    fiches = _fiches(monde)
    gains = [POINTS_PAR_UNITE * monde.effet if fiche["cite_educative"] else 0.0 for fiche in fiches]
    # Le même tirage à chaque appel : une série ne change pas quand une année s'ajoute.
    moyennes = [NIVEAUX[fiche["ep"]][0] for fiche in fiches]
    tirage = tirer_series(monde.alea("series"), annees, moyennes=moyennes, gains=gains, debut=monde.annees[0])
    for fiche, reussites, candidats in zip(fiches, *tirage, strict=True):
        for voulue in voulues:
            rang = annees.index(voulue)
            propre = monde.alea(f"college {fiche['uai']}", voulue)
            yield fiche | {
                "annee": voulue,
                "nb_candidats": int(candidats[rang]),
                "taux_reussite": round(float(reussites[rang]), 2),
                "valeur_ajoutee": round(100 * float(reussites[rang] - NIVEAUX[fiche["ep"]][0])),
                "taux_acces": round(float(propre.uniform(0.84, 0.95)), 2),
                "part_presents": round(float(propre.uniform(0.93, 0.99)), 2),
                "perimetre_version": "DNB fictif",
            }


def tirer_series(
    alea: Alea, annees: Sequence[int], *, moyennes: Sequence[float], gains: Sequence[float], debut: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    Réussites et candidats, collèges en lignes et sessions en colonnes.

    Args:
        alea: générateur.
        moyennes: réussite moyenne autour de laquelle chaque collège est tiré.
        gains: ce que chaque collège gagne à partir de la session `debut` (0,05 : cinq points).

    >>> y, n = tirer_series(np.random.default_rng(1), [2020, 2021], moyennes=[0.8] * 3, gains=[0.0] * 3, debut=2021)
    >>> y.shape, bool((0 < y).all() and (y <= 1).all()), bool((n >= 60).all())
    ((3, 2), True, True)
    """
    n_colleges, n_annees = len(moyennes), len(annees)
    niveaux = np.asarray(moyennes)[:, None] + alea.normal(0, ECART_COLLEGE, (n_colleges, 1))
    communs = alea.normal(0, ECART_COMMUN, (1, n_annees))
    propres = np.zeros((n_colleges, n_annees))
    innovations = alea.normal(0, ECART_ANNEE, (n_colleges, n_annees))
    propres[:, 0] = innovations[:, 0]
    for rang in range(1, n_annees):
        propres[:, rang] = 0.5 * propres[:, rang - 1] + np.sqrt(0.75) * innovations[:, rang]
    apres = (np.asarray(annees) >= debut)[None, :] * np.asarray(gains)[:, None]
    candidats = np.clip(alea.normal(105, 15, (n_colleges, 1)) + alea.normal(0, 5, (n_colleges, n_annees)), 60, None)
    candidats = candidats.round()
    chances = np.clip(niveaux + communs + propres + apres, 0.2, 0.99)
    return alea.binomial(candidats.astype(int), chances) / candidats, candidats


def _fiches(monde: Monde) -> Lignes:
    """Ce qui ne change pas d'une session à l'autre : les collèges de la cité, puis leurs semblables."""
    alea, fiches = monde.alea("vivier"), []
    cite = [e for e in monde.toutes("etablissements") if e["type"] == "college" and isinstance(e["uai"], str)]
    for etablissement in cite:
        propres = {nom: etablissement[nom] for nom in ("nom", "uai", "ep")}
        fiches.append(propres | {"commune": "Ville fictive", "cite_educative": True})
    for ep in sorted({fiche["ep"] for fiche in fiches}):
        for rang in range(COMPARABLES):
            numero = 9990101 + len(fiches)
            propres = {
                "nom": f"Collège fictif {ep} {rang + 1}",
                "uai": f"{numero}{CONSONNES_UAI[numero % 23]}",
                "ep": ep,
            }
            fiches.append(propres | {"commune": "Autre ville fictive", "cite_educative": False})
    communs = {"academie": "Académie fictive", "secteur": "public"}
    return [fiche | communs | {"ips": round(float(alea.normal(NIVEAUX[fiche["ep"]][1], 5)), 1)} for fiche in fiches]
