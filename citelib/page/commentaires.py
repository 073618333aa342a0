"""Mettre chaque commentaire de l'évaluateur sous sa section, et dire celui qui n'en trouve pas."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup, Tag

from citelib.chargement import Cite
from citelib.chargement.commentaires import CLOTURE, DOSSIER, Partie, decouper, lire
from citelib.constats.adresses import PAGES
from citelib.contrats import Probleme, sans_accent
from citelib.tableaux import Commentaire

TITRE = "Commentaire de l'équipe de projet"
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NOM = re.compile(r"(\d{4})-(.+)")


def placer(page: BeautifulSoup, parties: Sequence[Partie]) -> None:
    """
    Met chaque partie sous le titre de niveau 2 qu'elle commente ; les autres, avec leur titre, avant le premier.

    Args:
        page: la page, modifiée sur place ; les parties d'un passage précédent en sont ôtées.
        parties: les commentaires des sections.
    """
    for ancienne in page.select("main .commentaire[data-section]"):
        ancienne.decompose()
    titres = page.select("main h2")
    sections = {sans_accent(titre.get_text()): titre for titre in reversed(titres)}
    for partie in reversed(parties):
        section = sections.get(sans_accent(partie.titre))
        titre = TITRE if section else f"{TITRE} : « {partie.titre} »"
        bloc = BeautifulSoup(Commentaire(partie.markdown, titre, niveau=3 if section else None).html(), "html.parser")
        if bloc.div is None:
            continue
        bloc.div["data-section"] = partie.titre
        if section:
            section.insert_after(bloc)
        elif titres:
            _bloc_de(titres[0]).insert_before(bloc)
        else:
            page.select_one("main").append(bloc)


def _bloc_de(titre: Tag) -> Tag:
    """L'élément de la page, enfant direct de `main`, qui contient un titre."""
    return next(parent for parent in [titre, *titre.parents] if parent.parent.name == "main")


def sections(notebook: Path) -> list[str]:
    """Les titres de niveau 2 d'un notebook, ceux des sections de sa page."""
    titres, code = [], False
    for cellule in nbformat.read(notebook, as_version=4).cells:
        if cellule.cell_type == "markdown":
            for ligne in cellule.source.splitlines():
                code ^= CLOTURE.match(ligne) is not None
                titres += [ligne.removeprefix("## ").strip()] if ligne.startswith("## ") and not code else []
    return titres


def egares(cite: Cite) -> Iterator[Probleme]:
    """
    Les commentaires qui ne sont pas à leur place : fichier d'aucune page, ou titre d'aucune section.

    Args:
        cite: la cité, et son dossier de commentaires.
    """
    for chemin in sorted((cite.dossier / DOSSIER).glob("*.md")):
        fichier, nom = f"{DOSSIER}/{chemin.name}", NOM.fullmatch(chemin.stem)
        annee, page = (int(nom[1]), nom[2]) if nom else (None, chemin.stem)
        if page not in PAGES or annee not in cite.annees:
            proche = difflib.get_close_matches(page, PAGES, 1, 0)[0]
            exemple = f"{annee if annee in cite.annees else cite.annees[-1]}-{proche}.md" if cite.annees else ""
            message = "ce commentaire n'est celui d'aucune page, il n'est pas publié"
            remede = f"Le nommer d'après une année et une page, par exemple {exemple}." if exemple else ""
            yield Probleme("avertissement", fichier, message=message, remede=remede)
            continue
        connues = {sans_accent(titre): titre for titre in sections(NOTEBOOKS / f"{page}.ipynb")}
        for partie in decouper(lire(chemin))[1:]:
            if sans_accent(partie.titre) not in connues:
                proche = difflib.get_close_matches(sans_accent(partie.titre), connues, 1, 0)
                remede = f"Écrire le titre de la section la plus proche : « {connues[proche[0]]} »." if proche else ""
                message = "ce titre n'est celui d'aucune section de la page, la suite s'affiche en haut"
                yield Probleme("avertissement", fichier, "", partie.ligne, "", partie.titre, message, remede)
