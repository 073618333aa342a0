"""Partenariat : les instances se tiennent-elles, qui y vient, et comment les partenaires coopèrent-ils ?

Le pilotage se lit dans les relevés de réunions et de décisions (`pilotage`, `memoire`), face à la gouvernance prévue
(`cooperation`), et dans les dates et les parts des financements (`instruction`). La qualité de la coopération se lit
dans des questionnaires, dont la structure est une donnée (`instruments`) : profil (`questionnaires`), notes (`notes`),
accords et évolutions (`accord`). La forme du réseau se lit dans les présences et les liens déclarés (`reseaux`).
On y compte des organismes, jamais des personnes, sauf les réponses. Les tables sont celles de la cité, toutes années ;
les codes P01 à P14, ceux du référentiel d'indicateurs.
"""
# ruff: noqa: F401

from citelib.partenariat.accord import accord_categories, ecart_pilotes, evolution_conditions, fidelite
from citelib.partenariat.cooperation import cercle, gouvernance_vecue, passerelles
from citelib.partenariat.instruction import actions_coportees, delais
from citelib.partenariat.instruments import INSTRUMENTS, bande, instrument_de, lire_instrument
from citelib.partenariat.memoire import liste_memoire, memoire
from citelib.partenariat.notes import scores
from citelib.partenariat.pilotage import (
    decisions,
    instances_tenues,
    liste_decisions,
    place_habitants,
    presence,
    recommandations,
)
from citelib.partenariat.questionnaires import (
    intitule,
    items_conditions,
    points_a_travailler,
    points_appui,
    profil_conditions,
)
from citelib.partenariat.reseaux import (
    evolution_reseau,
    liens_du_reseau,
    matrice_copresence,
    mesures_liens,
    mesures_reseau,
    reseau,
    reseau_declare,
)
