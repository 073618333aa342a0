"""La seule porte vers la publication : ce qui peut être montré, à qui.

`diffusions` dit les publics et leurs seuils ; `porte` masque les petits effectifs et rend une `TableProtegee`, que
`protegee` décrit et dont `lecture` lit le contrat. `suppression` choisit les autres cases à masquer, `attaque` vérifie
comme le ferait un lecteur. `cles` reconnaît le même effectif d'une table à l'autre, et `plan` les masque ensemble.
`journal` retient ce qui a passé la porte, `audit` l'attaque une fois publié, `registre` le confronte à ce qui l'a été.
"""
# ruff: noqa: F401

from citelib.secret.diffusions import DIFFUSIONS, seuil_applicable
from citelib.secret.journal import TYPE_COMPTES, passees, rappeler, suivre
from citelib.secret.plan import Plan, planifier
from citelib.secret.porte import proteger
from citelib.secret.protegee import MARQUE, TableProtegee
