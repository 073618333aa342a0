"""Réalisation : ce que nous avions prévu de faire a-t-il été fait ?

`actions` compte ce qui a été fait, `financement` ce qui a été payé et par qui, `couverture` les thèmes, les âges,
les établissements et les mois que le programme a servis.
"""
# ruff: noqa: F401

from citelib.realisation.actions import (
    actions_ajoutees,
    comparaison,
    completude,
    ecart_calendrier,
    liste_actions,
    motifs,
    public_atteint,
    seances,
    taux_realisation,
)
from citelib.realisation.couverture import calendrier, etablissements_couverts, themes_couverts, tranches_couvertes
from citelib.realisation.financement import budget, cofinancement, droit_commun, justifications, repartition
