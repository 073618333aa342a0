"""Contrôler une page finie, sans navigateur : dire en français ce qui empêcherait un lecteur de la lire.

Une page qui a un défaut n'est pas publiée. Ces contrôles ne couvrent qu'une partie du RGAA : ils ne
remplacent ni un audit, ni un essai par une personne.

Source : RGAA 4, critères 1.1 à 1.3, 1.9, 5.4 à 5.7, 6.1, 8.3, 8.5, 9.1, 12.7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bs4 import BeautifulSoup

from citelib.page.finition import textes_lus

POIDS_MAXI = 3_000_000
SECTIONS = (
    "L’essentiel",
    "Chiffres clés",
    "À retenir avant de lire",
    "Ce que nous ne mesurons pas",
    "Méthode et limites",
)
"""Les parties dont l'ordre est le même sur toutes les pages ; aucune n'est obligatoire."""

TEXTES_REFUSES = {
    r"\b(?:nan|NaN|NaT|None)\b|<NA>": "une valeur manquante de Python",
    r"Traceback|\bIn \[": "une trace d'exécution",
    r"(?<![\w/.])/(?:home|root|tmp|usr|var|mnt|opt|srv|Users)/|\b[A-Z]:\\": "un chemin de cette machine",
    r"(?<![\w.])\d+\.\d+(?![\w.])": "un nombre à point décimal",
    "'": "une apostrophe droite",
    r" [:;!?%»€]|« ": "une espace ordinaire à la place d'une espace insécable",
}


def defauts(html: str, *, attendus: int | None = None) -> list[str]:
    """
    Contrôle une page finie : langue, titres, images, tableaux, liens, textes, autonomie, poids.

    Args:
        html: la page.
        attendus: nombre de figures et de tableaux qu'elle doit montrer ; non vérifié sinon.

    Returns:
        Une phrase par défaut ; aucune si la page peut être publiée.
    """
    page = BeautifulSoup(html, "html.parser")
    trouves = [defaut for controle in CONTROLES for defaut in controle(page)]
    if len(html.encode()) > POIDS_MAXI:
        trouves.append(f"Page de {len(html.encode()) / 1e6:.0f} Mo, {POIDS_MAXI / 1e6:.0f} Mo au plus.")
    montres = len(page.select("figure.constat, div.tableau"))
    if attendus is not None and montres != attendus:
        trouves.append(f"{montres} figures et tableaux dans la page, {attendus} dans le notebook.")
    return trouves


def _langue(page: BeautifulSoup) -> Iterator[str]:
    if page.html is None or page.html.get("lang") != "fr":
        yield "La page ne dit pas qu'elle est en français (html lang)."
    titre = page.title.get_text() if page.title else ""
    if not re.fullmatch(r".+ \d{4} – .+", titre):
        yield f"Titre de fenêtre « {titre} », attendu « Page 2024 – Cité éducative de … »."


def _titres(page: BeautifulSoup) -> Iterator[str]:
    niveaux = [(int(titre.name[1]), titre.get_text()) for titre in page.find_all(re.compile("^h[1-6]$"))]
    if [niveau for niveau, _ in niveaux].count(1) != 1:
        yield "La page doit avoir un titre de niveau 1, et un seul."
    for (avant, _), (apres, texte) in zip([(0, ""), *niveaux], niveaux, strict=False):
        if apres > avant + 1:
            yield f"Titre « {texte} » : le niveau {apres} suit le niveau {avant}."
    dites = [e.get_text() for e in page.select("main h2, main .titre-encadre")]
    rangs = [rang for texte in dites for rang, nom in enumerate(SECTIONS) if texte.startswith(nom)]
    if rangs != sorted(rangs):
        yield f"Parties dans le désordre ; l'ordre est : {', '.join(SECTIONS)}."


def _autonomie(page: BeautifulSoup) -> Iterator[str]:
    politique = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    if politique is None or "default-src 'none'" not in politique.get("content", ""):
        yield "La page n'interdit pas les requêtes (Content-Security-Policy)."
    if page.find(["script", "iframe", "object", "embed"]):
        yield "La page contient un script ou un objet actif."
    for element in page.select("[src], [href]"):
        adresse = element.get("src") or element.get("href", "")
        if re.match(r"(?:https?:)?//", adresse) and "license" not in element.get("rel", ()):
            yield f"Adresse extérieure : {adresse}."


def _images(page: BeautifulSoup) -> Iterator[str]:
    for image in page.find_all("img"):
        alternative = image.get("alt", "")
        if alternative.startswith("No description") or not 20 <= len(alternative) <= 300:
            yield f"Image mal décrite : « {alternative[:60]} » (attendu 20 à 300 caractères en français)."
        if not image.find_parent("figure"):
            yield "Image hors d'une figure : la publier avec Illustration."
    for figure in page.find_all("figure"):
        nom = figure.figcaption.get_text() if figure.figcaption else ""
        if not nom or figure.get("aria-label") != nom:
            yield f"Figure « {nom} » : son nom accessible n'est pas sa légende."
        fichiers = "".join(lien.get("download", "") for lien in figure.find_all("a"))
        complete = figure.table and ".csv" in fichiers and ".png" in fichiers
        if not (complete or figure.select(".vide")):
            yield f"Figure « {nom} » : il manque son tableau, son CSV ou son image à télécharger."


def _tableaux(page: BeautifulSoup) -> Iterator[str]:
    for table in page.find_all("table"):
        nom = table.caption.get_text() if table.caption else ""
        if not nom.strip():
            yield "Tableau sans titre : le publier avec Tableau."
        for entete in table.find_all("th"):
            if entete.get("scope") not in ("col", "row") or not entete.get_text(strip=True):
                yield f"Tableau « {nom[:60]} » : en-tête vide ou sans portée."
                break


def _ancres(page: BeautifulSoup) -> Iterator[str]:
    noms = [element["id"] for element in page.select("[id]")]
    for nom in sorted({nom for nom in noms if noms.count(nom) > 1}):
        yield f"Identifiant répété : {nom}."
    cites = [lien["href"][1:] for lien in page.select('a[href^="#"]')]
    cites += [nom for e in page.select("[aria-labelledby]") for nom in e["aria-labelledby"].split()]
    for nom in sorted(set(cites) - set(noms)):
        yield f"Renvoi vers un endroit absent : {nom}."
    cibles: dict[str, set[str]] = {}
    for lien in page.select("main a[href]"):
        cibles.setdefault(lien.get_text(" ", strip=True), set()).add(lien["href"])
    for intitule, adresses in cibles.items():
        if not intitule or len(adresses) > 1:
            yield f"Lien au texte vide ou ambigu : « {intitule} »."


def _ecriture(page: BeautifulSoup) -> Iterator[str]:
    pied = page.find("footer")
    lus = [texte for texte in textes_lus(page) if pied is None or texte.find_parent("footer") is not pied]
    # ce qu'une personne a écrit n'est pas un oubli
    lus = [str(texte) for texte in lus if texte.find_parent(class_="commentaire") is None]
    lus += [e[nom] for e in page.select("[alt], [aria-label]") for nom in ("alt", "aria-label") if nom in e.attrs]
    for motif, quoi in TEXTES_REFUSES.items():
        fautif = next((texte for texte in lus if re.search(motif, texte)), None)
        if fautif is not None:
            yield f"Le texte contient {quoi} : « {fautif.strip()[:80]} »."


CONTROLES: tuple[Callable, ...] = (_langue, _titres, _autonomie, _images, _tableaux, _ancres, _ecriture)
