"""Impacts : qu'est-ce qui change dans la vie quotidienne, et avec quelle solidité peut-on le dire ?

Rien ici n'attribue un changement à la cité éducative : sans groupe de comparaison suivi depuis avant le
label, une évolution se décrit. Les indicateurs des collèges sont dans `colleges`, le choix de leurs semblables dans
`comparateurs`, l'écart de leurs évolutions dans `comparaison`, ce qui le fragilise dans `controles`, les enquêtes
avant et après dans `enquetes` (les réponses dans `vagues` et `echelles`, les personnes dans `repondants` et
`invites`), l'analyse de contribution dans `contribution`, la règle imprimée dans `regle`, le tableau qui réunit tout,
avec son niveau de preuve, dans `solidite` ; ce que valent leurs verdicts, dans `calibration`. Les tables sont celles
de la cité, toutes années ; les codes I01 à I16, ceux du référentiel d'indicateurs.
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
from citelib.impacts.contribution import REGLE, contributions_par_objectif, raisons_par_objectif, verifications
from citelib.impacts.controles import controles
from citelib.impacts.echelles import fiabilite_des_echelles, niveaux_declares
from citelib.impacts.enquetes import (
    NOTE_FAMILLES,
    avant_apres_part,
    changement_declare,
    changement_des_echelles,
    changement_par_groupe,
)
from citelib.impacts.mensuelles import series_mensuelles
from citelib.impacts.regle import note_de_la_regle, regle_de_decision
from citelib.impacts.repondants import attrition, profil_de_reponse, reponse_par_vague
from citelib.impacts.solidite import paroles, recueil_des_paroles, tableau_solidite
