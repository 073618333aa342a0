"""Les pages d'un rapport, et l'adresse d'une partie de page."""

from __future__ import annotations

from collections.abc import Mapping

from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre

PAGES: Mapping[str, tuple[str, str]] = {
    "synthese": ("index.html", "Synthèse"),
    "protocole": ("protocole.html", "Protocole"),
    "realisation": ("realisation.html", "Réalisation"),
    "resultats": ("resultats.html", "Résultats"),
    "impacts": ("impacts.html", "Impacts"),
    "partenariat": ("partenariat.html", "Partenariat et pilotage"),
    "fiches": ("fiches.html", "Fiches action"),
}
"""Les pages d'un rapport : fichier et titre, dans l'ordre de lecture ; chacune a son notebook."""


def ancre(section: str) -> str:
    """
    L'identifiant d'une partie de page, tiré de son titre.

    >>> ancre("Qui n'est pas touché")
    'partie-qui_n_est_pas_touche'
    """
    return f"partie-{sans_accent(section)}"


def lieu(page: str, section: str = "") -> str:
    """
    Une page, ou une de ses parties, en toutes lettres.

    >>> lieu("realisation", "Crédits")
    'Réalisation, « Crédits »'
    """
    return PAGES[page][1] + (f", « {section} »" if section else "")


def adresse(page: str, section: str = "") -> str:
    """
    L'adresse d'une page, ou d'une de ses parties, depuis le dossier du rapport.

    Raises:
        ErreurParametre: si aucune page ne porte ce nom.

    >>> adresse("realisation", "Crédits")
    'realisation.html#partie-credits'
    """
    if page not in PAGES:
        raise ErreurParametre(f"Page inconnue : « {page} ». Choisir parmi : {', '.join(PAGES)}.")
    return PAGES[page][0] + (f"#{ancre(section)}" if section else "")
