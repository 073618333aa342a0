"""Dire un résultat en une phrase testée : constats de chaque page, titres et lectures des figures, synthèse."""

from citelib.constats.constat import TYPE_CONSTATS, Constat, Constats
from citelib.constats.impacts import impacts_de
from citelib.constats.partenariat import partenariat_de
from citelib.constats.protocole import protocole_de
from citelib.constats.realisation import realisation_de
from citelib.constats.resultats import resultats_de
from citelib.constats.synthese import constats_de_l_annee, decisions, essentiel, plan, tableau_de_bord
from citelib.constats.titres import (
    FORMAT_PART,
    FORMAT_SCORE,
    colleges,
    lecture,
    lecture_changement,
    titre_changements,
    titre_extremes,
    titre_serie,
    titre_seuil,
)

__all__ = [
    "FORMAT_PART",
    "FORMAT_SCORE",
    "TYPE_CONSTATS",
    "Constat",
    "Constats",
    "colleges",
    "constats_de_l_annee",
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
    "titre_extremes",
    "titre_serie",
    "titre_seuil",
]
