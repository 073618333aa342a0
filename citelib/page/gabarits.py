"""Une page écrite d'après un gabarit, hors du rapport : vérification, ordre du jour, questionnaire à imprimer."""

from __future__ import annotations

from pathlib import Path

import jinja2

from citelib.formats import typographie

GABARITS = Path(__file__).parents[1] / "gabarits"


def rendre(gabarit: str, **champs: object) -> str:
    """
    Le texte d'un gabarit de `gabarits/`, tout ce qu'on lui donne étant échappé ; `typo` y est un filtre.

    Args:
        gabarit: nom du fichier.
        champs: ce que le gabarit emploie, ni plus ni moins.
    """
    gabarits = jinja2.Environment(
        loader=jinja2.FileSystemLoader(GABARITS),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    gabarits.filters["typo"] = typographie
    return gabarits.get_template(gabarit).render(**champs)
