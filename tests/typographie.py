"""Comparer un texte français à ce qu'une personne taperait, sans les finesses que `formats` y met."""

from citelib.formats import FINE, INSECABLE


def lisible(texte: object) -> str:
    """Le texte, ses espaces insécables rendues ordinaires et ses apostrophes droites."""
    return str(texte).replace(FINE, " ").replace(INSECABLE, " ").replace("’", "'")
