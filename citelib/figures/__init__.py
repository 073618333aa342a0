"""Dessiner une table protégée, et publier le dessin. La seule salle qui emploie matplotlib et seaborn.

Chaque fonction de dessin prend une table, des colonnes, et au besoin des axes (`ax`) et l'écriture des
nombres de certaines colonnes (`formats`) ; elle rend les axes, ne calcule rien et ne met pas de titre. Le
titre appartient à `Illustration`, qui tire d'une même table l'image, le texte de remplacement, le tableau
et les fichiers à télécharger.
"""
# ruff: noqa: F401

from citelib.figures.arcs import arcs
from citelib.figures.barres import barres, barres_empilees, likert, prevu_realise
from citelib.figures.cascade import cascade
from citelib.figures.illustration import Illustration
from citelib.figures.points import carte_chaleur, lignes, points_groupes, points_intervalle
from citelib.figures.reperes import atteinte, autour_zone, fourchettes
from citelib.figures.schemas import calendrier, logique, matrice
