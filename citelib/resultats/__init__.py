"""Résultats : les objectifs fixés ont-ils été atteints ? Qui sont les bénéficiaires des actions conduites ?

`cibles` confronte chaque objectif à sa valeur, `publics` dit qui a été touché et ce qu'il en
pense, `personnes` combien de personnes différentes, `presences` recompte les séances.
"""
# ruff: noqa: F401

from citelib.resultats.cibles import etats_par_axe, objectifs
from citelib.resultats.personnes import assiduite, couverture_ensemble, personnes_uniques
from citelib.resultats.presences import presences
from citelib.resultats.publics import (
    age_et_sexe,
    beneficiaires,
    comparaison,
    couverture,
    par_etablissement,
    part_en_quartier,
    residence,
    satisfaction,
)
