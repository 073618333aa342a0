"""Dire un résultat en une phrase testée : constats de chaque page, titres et lectures des figures, synthèse."""

from citelib.constats.constat import TYPE_CONSTATS
from citelib.constats.pages import impacts_de, partenariat_de, protocole_de, realisation_de, resultats_de
from citelib.constats.synthese import constats_de_l_annee, decisions, essentiel, plan, tableau_de_bord
from citelib.constats.titres import (
    FORMAT_DISTANCE,
    FORMAT_ECARTS,
    FORMAT_EQUILIBRE,
    FORMAT_EVOLUTIONS,
    FORMAT_PART,
    FORMAT_SCORE,
    colleges,
    contexte,
    lecture,
    lecture_changement,
    titre_changements,
    titre_comparaison,
    titre_evolutions,
    titre_extremes,
    titre_serie,
    titre_seuil,
)

__all__ = [
    "FORMAT_DISTANCE",
    "FORMAT_ECARTS",
    "FORMAT_EQUILIBRE",
    "FORMAT_EVOLUTIONS",
    "FORMAT_PART",
    "FORMAT_SCORE",
    "TYPE_CONSTATS",
    "colleges",
    "constats_de_l_annee",
    "contexte",
    "decisions",
    "essentiel",
    "impacts_de",
    "lecture",
    "lecture_changement",
    "partenariat_de",
    "plan",
    "protocole_de",
    "realisation_de",
    "resultats_de",
    "tableau_de_bord",
    "titre_changements",
    "titre_comparaison",
    "titre_evolutions",
    "titre_extremes",
    "titre_serie",
    "titre_seuil",
]
