"""Ce que chaque notebook importerait, importé une fois : le serveur de processus charge ce module, puis se dédouble.

Rien ne s'exécute ici qui ouvrirait un fil, un port ou une figure : un processus dédoublé n'en hériterait qu'à moitié.
"""

from __future__ import annotations

import gc
import os

# Avant pyplot, sinon il choisirait un dessin sans affichage, et les figures d'un notebook disparaîtraient sans erreur.
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

import pandas as pd

import citelib
from citelib.moteur import enfant

COLONNES = 20
"""Colonnes qu'une table montre dans un notebook : importé hors d'un notebook, pandas se croit dans un terminal."""

PRETS = (enfant, *(getattr(citelib, nom) for nom in citelib.__all__ if nom != "rapport"))
pd.set_option("display.max_columns", COLONNES)
gc.collect()
gc.freeze()  # le ramasse-miettes ne touche plus ces objets : leur mémoire reste partagée entre les processus
