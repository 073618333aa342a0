"""Protocole : ce que l'on veut juger peut-il l'être, et les données sont-elles arrivées ?

D'abord l'évaluabilité (`chaine`) : un objectif sans indicateur, sans valeur de départ, sans cible ou sans
source ne se juge pas, quels que soient les chiffres. Puis la collecte et la qualité des données (`suivi`), et
le cadre de la cité : territoire, gouvernance, étapes, protocole (`cadre`).
"""
# ruff: noqa: F401

from citelib.protocole.cadre import (
    ateliers,
    dimensions,
    etablissements,
    etapes,
    gouvernance,
    orientations,
    quartiers,
    territoire,
)
from citelib.protocole.chaine import couverture, evaluabilite, evaluabilite_par_axe, themes_evalues
from citelib.protocole.suivi import collecte, qualite, resume_collecte
