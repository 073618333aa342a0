"""Réalisation : ce que nous avions prévu de faire a-t-il été fait ?

`actions` compte ce qui a été fait, selon les découpes de `decoupes` ; `evolution` explique ce qui a changé depuis
l'année d'avant ; `financement` dit ce qui a été payé et par qui, `couverture` les thèmes, les âges, les
établissements et les mois que le programme a servis ; `fiches` reprend chaque action une par une.
"""
# ruff: noqa: F401

from citelib.realisation.actions import (
    actions_ajoutees,
    completude,
    ecart_calendrier,
    motifs,
    prevu_et_fait,
    public_atteint,
    seances,
    taux_realisation,
)
from citelib.realisation.couverture import (
    calendrier,
    etablissements_couverts,
    exercices,
    themes_couverts,
    tranches_couvertes,
)
from citelib.realisation.decoupes import ecoles_de, quartiers_de
from citelib.realisation.evolution import cascade, cascade_credits, comparaison, mouvements
from citelib.realisation.fiches import HORS_FICHE, HORS_LISTE, RUBRIQUES, fiches
from citelib.realisation.financement import (
    budget,
    cofinancement,
    credits_par_jeune,
    droit_commun,
    engagement,
    justifications,
    orientation,
    repartition,
)
from citelib.realisation.programmation import programmation, totaux_programmation
