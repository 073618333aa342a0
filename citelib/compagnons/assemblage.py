"""Assembler les pages d'un rapport en une seule, où figures, renvois et sommaire restent uniques et justes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bs4 import BeautifulSoup, NavigableString, Tag

from citelib.constats.adresses import PAGES
from citelib.formats import typographie
from citelib.page import Contexte

FICHIERS = {fichier: page for page, (fichier, _) in PAGES.items()}
PRESENTATION = (
    "Ce fichier réunit toutes les pages du rapport. Les nombres à reprendre (tableaux.xlsx, tableaux.ods) et les "
    "images (dossier figures) l’accompagnent dans le dossier du rapport."
)


def assembler(pages: Mapping[str, str], contexte: Contexte, manques: Sequence[str]) -> BeautifulSoup:
    """
    Toutes les pages, chacune une partie numérotée ; ce qui les entoure vient de la première.

    Un titre descend d'un niveau, un identifiant prend le nom de sa page, la figure 3 de la partie 4 devient la figure
    4-3, un lien vers une page devient un renvoi. Rien ne s'y télécharge : les fichiers sont dans le dossier du rapport.

    Args:
        pages: par page, son HTML fini.
        contexte: celui de l'une d'elles.
        manques: une phrase par page qui n'a pas pu être calculée.
    """
    lues = {page: BeautifulSoup(html, "html.parser") for page, html in pages.items()}
    parties = [_partie(page, rang, lue.main) for rang, (page, lue) in enumerate(lues.items(), start=1)]
    entier = next(iter(lues.values()))
    entier.title.string = f"Dossier complet {contexte.annee} – {contexte.cite}"
    for superflu in entier.select("nav.pages, footer a:not([href$='.html'])"):
        superflu.unwrap() if superflu.name == "a" else superflu.decompose()
    entier.main.clear()
    entier.main.append(_balise("h1", f"Dossier complet du programme {contexte.annee}"))
    entier.main.append(_balise("p", typographie(" ".join([PRESENTATION, *manques]))))
    entier.main.extend(parties)
    _sommaire(entier, parties)
    for lien in entier.select("a[href]"):
        _renvoyer(lien)
    return entier


def _partie(page: str, rang: int, contenu: Tag) -> Tag:
    """Le contenu d'une page, devenu une partie du dossier."""
    for absent in contenu.select(".telecharger, details.calcul"):
        absent.decompose()
    for titre in contenu.find_all(re.compile("^h[1-5]$")):
        titre.name = f"h{int(titre.name[1]) + 1}"
    tete = contenu.h2
    tete.insert(0, f"{rang}. ")
    for objet in contenu.select("figure.constat, div.tableau"):
        _renumeroter(objet, rang)
    for element in contenu.select("[id]"):
        element["id"] = f"{page}-{element['id']}"
    for element in contenu.select("[aria-labelledby]"):
        element["aria-labelledby"] = f"{page}-{element['aria-labelledby']}"
    for lien in contenu.select('a[href^="#"]'):
        lien["href"] = f"#{page}-{lien['href'][1:]}"
    tete["id"] = page
    partie = _balise("section", attributs={"class": "page"})
    partie.extend([*contenu.contents])
    return partie


def _renumeroter(objet: Tag, rang: int) -> None:
    """Le numéro d'une figure ou d'un tableau, précédé de celui de sa partie, dans ses titres et ses renvois."""
    genre, numero = objet["id"].split("-")[:2]
    dit, voulu = re.compile(rf"\b({genre}[ \u00a0]){numero}\b", re.I), rf"\g<1>{rang}-{numero}"
    for tete in objet.select("figcaption, caption, summary, .titre-tableau"):
        for texte in tete.find_all(string=dit):
            texte.replace_with(dit.sub(voulu, texte))
    if objet.name == "figure":
        objet["aria-label"] = dit.sub(voulu, objet["aria-label"])


def _sommaire(entier: BeautifulSoup, parties: list[Tag]) -> None:
    """Un lien par partie et, sous elle, un lien par section."""
    for ancien in entier.select("#sommaire"):
        ancien.decompose()
    repere = {"class": "sommaire", "id": "sommaire", "tabindex": "-1", "aria-labelledby": "sommaire-titre"}
    nav, liste = _balise("nav", attributs=repere), _balise("ol", attributs={"class": "parties"})
    nav.extend([_balise("p", "Sommaire du dossier", {"id": "sommaire-titre"}), liste])
    entier.main.insert_before(nav)
    for partie in parties:
        ligne, sections = _ligne(partie.h2), _balise("ol")
        sections.extend(map(_ligne, partie.find_all("h3")))
        ligne.extend([sections] if sections.contents else [])
        liste.append(ligne)


def _ligne(titre: Tag) -> Tag:
    ligne = _balise("li")
    ligne.append(_balise("a", titre.get_text(), {"href": f"#{titre['id']}"}))
    return ligne


def _renvoyer(lien: Tag) -> None:
    """Un lien vers une page mène à sa partie ; un lien vers un autre fichier dit où il est."""
    fichier, _, ancre = lien["href"].partition("#")
    if fichier in FICHIERS:
        lien["href"] = f"#{'-'.join(filter(None, [FICHIERS[fichier], ancre]))}"
    elif re.fullmatch(r"[\w.-]+", fichier):
        dit = lien.get_text()
        ou = "dans le dossier du rapport" if fichier in dit else f"{fichier}, dans le dossier du rapport"
        lien.replace_with(NavigableString(f"{dit} ({ou})"))


def _balise(nom: str, texte: str = "", attributs: dict[str, str] | None = None) -> Tag:
    balise = Tag(name=nom, attrs=attributs)
    if texte:
        balise.string = texte
    return balise
