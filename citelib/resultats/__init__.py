"""Résultats : les objectifs fixés ont-ils été atteints ? Qui sont les bénéficiaires des actions conduites ?

`cibles` confronte chaque objectif à sa valeur, `suivi` à l'an dernier ; `publics` dit qui a été touché,
`couverture` qui ne l'est pas, `egalite` la place des filles, `frequentation` combien de fois et combien de
personnes, `satisfaction` ce qu'elles en disent.
"""
# ruff: noqa: F401

from citelib.resultats.cibles import etats_par_axe, objectifs
from citelib.resultats.couverture import couverture, couverture_ensemble, par_etablissement, rattachement
from citelib.resultats.egalite import age_et_sexe, filles_par_action, part_filles
from citelib.resultats.frequentation import (
    assiduite,
    frequence,
    nouveaux,
    personnes,
    personnes_uniques,
    presences,
    revenus,
)
from citelib.resultats.publics import (
    beneficiaires,
    comparaison,
    parents_par_axe,
    parents_par_type,
    part_en_quartier,
    publics_attendus,
    rencontres,
    residence,
)
from citelib.resultats.satisfaction import avis, satisfaction, satisfaction_par_action, taux_reponse
from citelib.resultats.suivi import changements, non_mesures, objectifs_suivis, resume_changements
