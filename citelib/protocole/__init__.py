"""Protocole : ce que l'on veut juger peut-il l'être, et les données sont-elles arrivées ?

D'abord l'évaluabilité (`chaine`, `matrice`) : un objectif sans indicateur, sans valeur de départ, sans cible ou
sans source ne se juge pas, quels que soient les chiffres. Puis ce qui doit mener des actions aux changements
(`logique`), la collecte et la qualité des données (`suivi`, `relances`), les moyens humains (`charge`), et le cadre
de la cité : territoire, gouvernance, étapes, protocole (`cadre`).
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
from citelib.protocole.chaine import evaluabilite, evaluabilite_par_axe, ruptures, ruptures_par_maillon
from citelib.protocole.charge import MOIS_DE_CHARGE, charge, source_charge, taches
from citelib.protocole.logique import logique
from citelib.protocole.matrice import couverture, indicateurs_mesures, themes_evalues
from citelib.protocole.relances import a_faire, echeances, relances
from citelib.protocole.suivi import collecte, qualite, resume_collecte
