"""Dire un résultat en une phrase testée : constats de chaque page, titres et lectures des figures, synthèse."""

from citelib.constats.constat import TYPE_CONSTATS
from citelib.constats.pages import impacts_de, partenariat_de, protocole_de, realisation_de, resultats_de
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
from citelib.constats.titres_resultats import (
    degres,
    en_tetes_avis,
    hors_zone,
    titre_changements_etat,
    titre_cibles,
    titre_intervalles,
    titre_likert,
    titre_zone,
)

__all__ = [
    "FORMAT_PART",
    "FORMAT_SCORE",
    "TYPE_CONSTATS",
    "colleges",
    "constats_de_l_annee",
    "decisions",
    "degres",
    "en_tetes_avis",
    "essentiel",
    "hors_zone",
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
    "titre_changements_etat",
    "titre_cibles",
    "titre_extremes",
    "titre_intervalles",
    "titre_likert",
    "titre_serie",
    "titre_seuil",
    "titre_zone",
]
