"""La seule porte vers la publication : ce qui peut être montré, à qui.

`porte` masque les petits effectifs et rend une `TableProtegee` ; `suppression` choisit les autres cases à masquer
pour qu'aucune ne se retrouve par soustraction, et vérifie le résultat comme le ferait un attaquant.
"""

from citelib.secret.porte import DIFFUSIONS, MARQUE, TableProtegee, gardien, proteger, seuil_applicable

__all__ = ["DIFFUSIONS", "MARQUE", "TableProtegee", "gardien", "proteger", "seuil_applicable"]
