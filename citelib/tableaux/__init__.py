"""Ce qu'une page montre sans dessin : tableaux, chiffres clés, encadrés et commentaires.

`cellules` écrit une cellule ; `publication` en fait un `Tableau`, `fiches` des fiches repliées ; `blocs` dit le
reste d'une page.
"""
# ruff: noqa: F401

from citelib.tableaux.blocs import Chiffre, Commentaire, Encadre, Messages, Suite, chiffres_cles
from citelib.tableaux.fiches import Fiches
from citelib.tableaux.indicateurs import TableauIndicateurs, json_indicateurs
from citelib.tableaux.publication import Tableau
