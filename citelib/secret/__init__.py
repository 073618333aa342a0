"""La seule porte vers la publication : ce qui peut être montré, à qui.

`diffusions` dit les publics et leurs seuils ; `porte` masque les petits effectifs et rend une `TableProtegee`, que
`protegee` décrit ; `suppression` choisit les autres cases à masquer pour qu'aucune ne se retrouve par soustraction, et
vérifie le résultat comme le ferait un attaquant.
"""

from citelib.secret.diffusions import DIFFUSIONS, seuil_applicable
from citelib.secret.journal import TYPE_COMPTES, passees
from citelib.secret.plan import Plan, planifier
from citelib.secret.porte import proteger
from citelib.secret.protegee import MARQUE, TableProtegee

__all__ = [
    "DIFFUSIONS",
    "MARQUE",
    "TYPE_COMPTES",
    "Plan",
    "TableProtegee",
    "passees",
    "planifier",
    "proteger",
    "seuil_applicable",
]
