"""Une page écrite d'après un gabarit, hors du rapport : vérification, ordre du jour, questionnaire à imprimer."""

from __future__ import annotations

from pathlib import Path

import jinja2

from citelib.formats import typographie
from citelib.tables import FICTIF

GABARITS = Path(__file__).parents[1] / "gabarits"
CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Ce qu'une page s'interdit : tout script, et toute requête."""


def rendre(gabarit: str, **champs: object) -> str:
    """
    Le texte d'un gabarit de `gabarits/`, tout ce qu'on lui donne étant échappé.

    Tout gabarit dispose aussi du filtre `typo`, de `csp` et de `fictives`, la mention des données inventées.

    Args:
        gabarit: nom du fichier.
        champs: ce que le gabarit emploie, ni plus ni moins.
    """
    gabarits = jinja2.Environment(
        loader=jinja2.FileSystemLoader(GABARITS),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    gabarits.filters["typo"] = typographie
    gabarits.globals |= {"csp": CSP, "fictives": FICTIF}
    return gabarits.get_template(gabarit).render(**champs)
