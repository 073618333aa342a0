"""Dire un résultat en une phrase testée : constats de chaque page, titres et lectures des figures, synthèse."""
# ruff: noqa: F401

from citelib.constats.analyses import Lecteur
from citelib.constats.constat import TYPE_CONSTATS
from citelib.constats.discussion import a_discuter, questions, regles
from citelib.constats.gardien import gardien
from citelib.constats.pages import impacts_de, partenariat_de, protocole_de, realisation_de, resultats_de
from citelib.constats.synthese import constats_de_l_annee, decisions, essentiel, plan, tableau_de_bord
from citelib.constats.titres import (
    COLONNES_AMPLEUR,
    COLONNES_CHANGEMENT,
    COLONNES_GROUPE,
    FORMAT_ALPHA,
    FORMAT_DEPART,
    FORMAT_DISTANCE,
    FORMAT_ECARTS,
    FORMAT_EQUILIBRE,
    FORMAT_EVOLUTIONS,
    FORMAT_NIVEAU,
    FORMAT_PART,
    FORMAT_PARTS,
    FORMAT_SCORE,
    HORS_CHANGEMENTS,
    colleges,
    contexte,
    lecture,
    lecture_changement,
    titre_cascade,
    titre_changements,
    titre_charge,
    titre_collecte,
    titre_comparaison,
    titre_couverture,
    titre_evolutions,
    titre_extremes,
    titre_logique,
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
