"""Indicateurs : chaque ligne du référentiel, et sa valeur de l'année.

`mesure` est ce que rend tout calcul ; `calculs` tient ceux de citelib, `formules` ceux qu'une cité écrit dans son
référentiel ; `releve` réunit les mesures d'une année, `tableau` les met en lignes.
"""
# ruff: noqa: F401

from citelib.indicateurs.releve import desaccords, objectifs_juges, valeurs_completes
from citelib.indicateurs.tableau import tableau
