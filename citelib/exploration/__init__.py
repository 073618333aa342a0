"""Le bureau de l'évaluateur : explorer une cité dans JupyterLab, trier, chercher, remonter aux lignes, exporter.

Rien n'y est masqué, et tout le dit : ce qui sort passe par `exporter`, donc par `secret`. Les listes (ipywidgets) et
les tableaux à trier (itables) sont dans l'extra « exploration » ; sans lui, tout marche avec des tableaux simples.
"""
# ruff: noqa: F401

from citelib.exploration.accueil import accueillir, constats_de, preparer
from citelib.exploration.bureau import Exploration, explorer
from citelib.exploration.export import exporter
from citelib.exploration.lignes import Lignes, lignes_de
from citelib.exploration.triable import Triable
from citelib.exploration.vues import VUES
