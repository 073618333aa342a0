"""Impacts : qu'est-ce qui change dans la vie quotidienne, et avec quelle solidité peut-on le dire ?

Rien ici n'attribue un changement à la cité éducative : sans groupe de comparaison suivi depuis avant le
label, une évolution se décrit. Les indicateurs des collèges sont dans `colleges`, le choix de leurs semblables dans
`comparateurs`, l'écart de leurs évolutions dans `comparaison`, ce qui le fragilise dans `controles`, les enquêtes
avant et après dans `enquetes`, le tableau qui réunit tout, avec son niveau de preuve, dans `solidite` ; ce que valent
leurs verdicts, dans `calibration`. Les tables sont celles de la cité, toutes années ; les codes I01 à I16, ceux du
référentiel d'indicateurs.
"""
# ruff: noqa: F401

from citelib.impacts.calibration import fiabilite
from citelib.impacts.colleges import SANS_IMPUTATION, indicateurs_scolaires, serie, valeur_ajoutee
from citelib.impacts.comparaison import comparaisons, ecarts_par_annee, evolutions_par_college
from citelib.impacts.comparateurs import (
    DANS_LA_CITE,
    ce_qu_on_ignore,
    equilibre,
    groupe_de_comparaison,
    pour_le_manifeste,
    regle_de,
)
from citelib.impacts.controles import controles
from citelib.impacts.enquetes import avant_apres_part, changement_declare
from citelib.impacts.mensuelles import series_mensuelles
from citelib.impacts.solidite import paroles, tableau_solidite
