"""Partenariat : les instances se tiennent-elles, qui y vient, et comment les partenaires coopèrent-ils ?

Le pilotage se lit dans les relevés de réunions et de décisions (`pilotage`) ; la qualité de la coopération, dans
des questionnaires reconnus, dont la structure est une donnée (`questionnaires`) ; la forme du réseau, dans les
présences et les liens déclarés (`reseaux`). On y compte des organismes, jamais des personnes, sauf les réponses.
Les tables sont celles de la cité, toutes années ; les codes P01 à P14, ceux du référentiel d'indicateurs.
"""
# ruff: noqa: F401

from citelib.partenariat.memoire import liste_memoire, memoire
from citelib.partenariat.pilotage import (
    decisions,
    instances_tenues,
    liste_decisions,
    place_habitants,
    presence,
    recommandations,
)
from citelib.partenariat.questionnaires import (
    bande_vpat,
    ecart_pilotes,
    items_odap,
    points_a_travailler,
    points_appui,
    profil_odap,
    score_vpat,
)
from citelib.partenariat.reseaux import matrice_copresence, mesures_reseau, reseau, reseau_declare
