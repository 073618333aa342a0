"""La porte, devant une table écrite à la main : un test lui donne le contrat que son analyse lui donnerait."""

import pandas as pd

from citelib import secret
from citelib.contrats import Publiable


def proteger(table: pd.DataFrame, *, publiable: Publiable | None = None, **options) -> secret.TableProtegee:
    """Protège la table sous ce contrat ; sans lui, sous celui qu'elle porte."""
    table = table.copy()
    if publiable is not None:
        table.attrs["publiable"] = publiable
    return secret.proteger(table, **options)
