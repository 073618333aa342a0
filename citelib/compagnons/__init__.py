"""Les fichiers faits des pages finies : tout le rapport en un fichier, en PDF, en diaporama, en classeurs.

Un compagnon ne lit que ce que les pages publient déjà (`Matiere`) : aucune table de la cité n'arrive ici. L'inscrire
dans `registre.COMPAGNONS` suffit pour que `rapport` l'écrive.
"""
# ruff: noqa: F401

from citelib.compagnons.matiere import Matiere, rassembler
from citelib.compagnons.registre import COMPAGNONS, preparer, prevus
