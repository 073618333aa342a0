"""Partenariat : les instances se tiennent-elles, qui y vient, et comment les partenaires coopèrent-ils ?

Le pilotage se lit dans les relevés de réunions et de décisions (`pilotage`) ; la qualité de la coopération,
dans des questionnaires reconnus (`odap`, `echelles`), dont la structure est une donnée (`instruments`) ; la
forme du réseau, dans les présences et les liens déclarés (`reseaux`). On y compte des organismes, jamais des
personnes, sauf les réponses.
"""

from citelib.partenariat.echelles import bande_vpat, moyenne_psats, score_vpat, zone_wilder
from citelib.partenariat.instruments import lire_instrument
from citelib.partenariat.odap import ecart_pilotes, items_odap, points_a_travailler, points_appui, profil_odap
from citelib.partenariat.pilotage import (
    decisions,
    instances_tenues,
    liste_decisions,
    liste_recommandations,
    place_habitants,
    presence,
    recommandations,
)
from citelib.partenariat.reseaux import matrice_copresence, mesures_reseau, positions, reseau, reseau_declare

__all__ = [
    "bande_vpat",
    "decisions",
    "ecart_pilotes",
    "instances_tenues",
    "items_odap",
    "lire_instrument",
    "liste_decisions",
    "liste_recommandations",
    "matrice_copresence",
    "mesures_reseau",
    "moyenne_psats",
    "place_habitants",
    "points_a_travailler",
    "points_appui",
    "positions",
    "presence",
    "profil_odap",
    "recommandations",
    "reseau",
    "reseau_declare",
    "score_vpat",
    "zone_wilder",
]
