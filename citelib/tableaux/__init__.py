"""Ce qu'une page montre sans dessin : tableaux, chiffres clés, encadrés et commentaires.

`cellules` écrit une cellule ; `publication` en fait un `Tableau` ; `blocs` dit le reste d'une page.
"""

from citelib.tableaux.blocs import Chiffre, Chiffres, Commentaire, Encadre, chiffres_cles
from citelib.tableaux.publication import Publication, Tableau

__all__ = ["Chiffre", "Chiffres", "Commentaire", "Encadre", "Publication", "Tableau", "chiffres_cles"]
