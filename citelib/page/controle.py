"""Contrôler une page finie, sans navigateur : dire en français ce qui empêcherait un lecteur de la lire.

Une page qui a un défaut n'est pas publiée. Ces contrôles ne couvrent qu'une partie du RGAA : ils ne
remplacent ni un audit, ni un essai par une personne.

Source : RGAA 4, critères 1.1 à 1.3, 1.9, 5.4 à 5.7, 6.1, 8.2, 8.3, 8.5, 9.1, 9.3, 12.6, 12.7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from bs4 import BeautifulSoup

from citelib.chargement import Cite
from citelib.erreurs import ErreurExecution
from citelib.formats import typographie
from citelib.page.finition import Contexte, finir, textes_lus
from citelib.page.gabarits import CSP, rendre

POIDS_MAXI = 1_500_000
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
    r"«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»": "un guillemet sans espace insécable",
    r"(?<![\w/(.-])-\d": "un trait d'union à la place du signe moins",
}
ACTIFS = ("script", "iframe", "object", "embed", "form", "input", "button", "link", "base", "svg", "audio", "video")
PARENTS = {
    "li": ("ul", "ol"),
    "dt": ("dl", "div"),
    "dd": ("dl", "div"),
    "figcaption": ("figure",),
    "summary": ("details",),
    "caption": ("table",),
    "tbody": ("table",),
    "thead": ("table",),
    "tr": ("thead", "tbody"),
    "td": ("tr",),
    "th": ("tr",),
}
"""Élément → ceux qui peuvent le contenir directement, pour HTML."""
TITRES = ["h1", "h2", "h3", "h4", "h5", "h6"]
TEXTES = ["p", "summary", "caption", *TITRES]
BLOCS = ["p", "ul", "ol", "dl", "div", "table", "figure", "details", "pre", *TITRES]


def defauts(
    html: str,
    *,
    attendus: int | None = None,
    toleres: frozenset[str] = frozenset(),
    ecriture: bool = True,
    poids: int = POIDS_MAXI,
) -> list[str]:
    """
    Contrôle une page finie : langue, titres, repères, images, tableaux, liens, textes, autonomie, poids.

    Args:
        html: la page.
        attendus: nombre de figures et de tableaux qu'elle doit montrer ; non vérifié sinon.
        toleres: écritures que les données de la cité portent elles-mêmes (voir `ecritures`).
        ecriture: contrôler aussi l'écriture ; une page qui cite des cellules fautives s'en passe.
        poids: octets qu'elle ne peut pas dépasser.

    Returns:
        Une phrase par défaut ; aucune si la page peut être publiée.
    """
    page = BeautifulSoup(html, "html.parser")
    trouves = [defaut for controle in CONTROLES for defaut in controle(page)]
    trouves += _ecriture(page, toleres) if ecriture else ()
    if len(html.encode()) > poids:
        trouves.append(f"Page de {_mo(len(html.encode()))}, {_mo(poids)} au plus.")
    montres = len(page.select("figure.constat, div.tableau"))
    if attendus is not None and montres != attendus:
        trouves.append(f"{montres} figures et tableaux dans la page, {attendus} dans le notebook.")
    return trouves


def controler(html: str, *, toleres: frozenset[str] = frozenset(), ecriture: bool = True) -> str:
    """
    Rend une page telle quelle, si elle peut être publiée ; options de `defauts`.

    Raises:
        ErreurExecution: si elle a un défaut.
    """
    trouves = defauts(html, toleres=toleres, ecriture=ecriture)
    if trouves:
        raise ErreurExecution(f"page refusée par le contrôle : {' ; '.join(trouves)}")
    return html


def composer(gabarit: str, cite: Cite, *, contexte: Contexte, **champs: object) -> str:
    """
    Une page à part du rapport, d'après son gabarit : finie, puis contrôlée.

    Args:
        champs: ce que le gabarit emploie, outre `contexte`.

    Raises:
        ErreurExecution: si elle ne passe pas le contrôle.
    """
    html = rendre(gabarit, contexte=contexte, **champs)
    return controler(finir(html, contexte=contexte), toleres=ecritures(cite))


def ecritures(cite: Cite) -> frozenset[str]:
    """
    Ce que les textes d'une cité écrivent comme un programme en panne, et qui n'est pas un défaut : « Web 2.0 ».

    Args:
        cite: ses tables, ses réglages et son protocole.
    """
    textes = [*_textes(cite.reglages), *_textes(cite.protocole)]
    for nom, lecture in cite.lectures.items():
        ecrites = lecture.table.select_dtypes(exclude=["number", "bool", "datetime"])
        for colonne in ecrites if nom != "participations" else ():  # dix millions de pseudonymes, jamais montrés
            textes += [str(texte) for texte in ecrites[colonne].explode().dropna().unique()]
    return frozenset(mot for texte in textes for mot in _refusees(typographie(texte)))


def _textes(valeur: object) -> Iterator[str]:
    """Les textes d'un réglage, aussi loin qu'ils soient rangés."""
    if isinstance(valeur, str):
        yield valeur
    elif isinstance(valeur, Mapping | list | tuple):
        for element in valeur.values() if isinstance(valeur, Mapping) else valeur:
            yield from _textes(element)


def _refusees(texte: str) -> Iterator[str]:
    """Les écritures refusées d'un texte."""
    return (trouve[0] for motif in TEXTES_REFUSES for trouve in re.finditer(motif, texte))


def _mo(octets: int) -> str:
    return f"{octets / 1e6:.1f} Mo".replace(".", ",")


def _langue(page: BeautifulSoup) -> Iterator[str]:
    if page.html is None or page.html.get("lang") != "fr":
        yield "La page ne dit pas qu'elle est en français (html lang)."
    titre = page.title.get_text() if page.title else ""
    if not re.fullmatch(r".+ – .+", titre):
        yield f"Titre de fenêtre « {titre} », attendu « Page 2024 – Cité éducative de … »."
    for nom in ("viewport", "color-scheme"):
        if page.find("meta", attrs={"name": nom}) is None:
            yield f"La page n'a pas de balise meta {nom}."


def _reperes(page: BeautifulSoup) -> Iterator[str]:
    """Bandeau, contenu et pied, une fois chacun, et un clavier qui arrive d'abord au lien d'évitement."""
    for nom, role in {"header": "banner", "main": None, "footer": "contentinfo"}.items():
        lus = page.find_all(nom)
        if len(lus) != 1 or lus[0].get("role") != role:
            yield f"La page doit avoir un élément {nom}, et un seul, avec son rôle."
    premier = page.find(["a", "summary"]) or page.find(tabindex="0")
    if premier is None or premier.get_text() != "Aller au contenu" or premier.get("href") != "#contenu":
        yield "Le premier lien de la page doit être « Aller au contenu »."
    if page.find("main", id="contenu", tabindex="-1") is None:
        yield "Le contenu ne peut pas recevoir le clavier (main id=contenu, tabindex=-1)."
    for pli in page.find_all("details"):
        tete = pli.find(True, recursive=False)
        if tete is None or tete.name != "summary" or not tete.get_text(strip=True):
            yield f"Un pli n'a pas d'intitulé : « {pli.get_text(' ', strip=True)[:60]} »."
    for zone in page.select(".defile, pre:not(.commentaire pre)"):  # un commentaire va à la ligne
        nommee = zone.get("aria-label") or zone.get("aria-labelledby")
        if zone.get("tabindex") != "0" or zone.get("role") != "region" or not nommee:
            yield f"Une zone qui défile n'est pas atteinte au clavier : « {zone.get_text(' ', strip=True)[:60]} »."


def _structure(page: BeautifulSoup) -> Iterator[str]:
    """Ce qu'un validateur HTML refuserait de l'emboîtement des éléments."""
    for nom, permis in PARENTS.items():
        for element in page.find_all(nom):
            if element.parent.name not in permis:
                yield f"HTML : {nom} dans {element.parent.name}, attendu dans {' ou '.join(permis)}."
                break
    for element in (texte.find(BLOCS) for texte in page.find_all(TEXTES)):
        if element is not None:
            yield f"HTML : {element.name} dans un texte : « {element.get_text(' ', strip=True)[:60]} »."
    if page.select("[data-forme]"):
        yield "Un objet n'a pas reçu son numéro : l'émettre dans sa figure ou son tableau."
    for element in page.select(":is(a, summary) a"):
        yield f"HTML : un lien dans un autre : « {element.get_text(' ', strip=True)[:60]} »."


def _titres(page: BeautifulSoup) -> Iterator[str]:
    niveaux = [(int(titre.name[1]), titre.get_text()) for titre in page.find_all(TITRES)]
    if [niveau for niveau, _ in niveaux].count(1) != 1:
        yield "La page doit avoir un titre de niveau 1, et un seul."
    if not all(texte.strip() for _, texte in niveaux):
        yield "Un titre est vide."
    for (avant, _), (apres, texte) in zip([(0, ""), *niveaux], niveaux, strict=False):
        if apres > avant + 1:
            yield f"Titre « {texte} » : le niveau {apres} suit le niveau {avant}."
    for partie in page.select("section.page") or page.select("main"):
        dites = [e.get_text() for e in partie.select("h2, h3, .titre-encadre")]
        rangs = [rang for texte in dites for rang, nom in enumerate(SECTIONS) if texte.startswith(nom)]
        if rangs != sorted(rangs):
            yield f"Parties dans le désordre ; l'ordre est : {', '.join(SECTIONS)}."


def _autonomie(page: BeautifulSoup) -> Iterator[str]:
    politique = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    if politique is None or politique.get("content") != CSP:
        yield f"La page n'interdit pas les requêtes (Content-Security-Policy : {CSP})."
    if page.find(ACTIFS) or page.find("meta", attrs={"http-equiv": "refresh"}):
        yield "La page contient un script ou un objet actif."
    for element in page.find_all(lambda e: any(nom.startswith("on") or nom == "style" for nom in e.attrs)):
        yield f"Un élément porte un script ou un style : {element.name}."
    if any(re.search(r"url\(|@import|expression\(", style.get_text()) for style in page.find_all("style")):
        yield "Une feuille de style charge un fichier."
    for element in page.select("[src], [href], [srcset]"):
        adresse = element.get("src") or element.get("href") or element.get("srcset", "")
        permise = element.name == "a" and {"license", "help"} & {*element.get("rel", ())}
        if re.match(r"\s*(?:[a-z+.-]+:)?//", adresse, re.I) and not permise:
            yield f"Adresse extérieure : {adresse}."
        elif re.match(r"\s*(?!https?:|mailto:|data:)[a-z+.-]+:", adresse, re.I):
            yield f"Adresse refusée : {adresse[:60]}."
        elif re.match(r"data:", adresse) and element.name != "img" and "download" not in element.attrs:
            yield f"Un lien ouvre des données : {adresse[:60]}."


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
        # les pages réunies dans un dossier n'ont rien à télécharger
        reunie = figure.find_parent("section", "page")
        complete = figure.table and (reunie or (".csv" in fichiers and ".png" in fichiers))
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


def _ecriture(page: BeautifulSoup, toleres: frozenset[str]) -> Iterator[str]:
    lus = [*_lus(page)]
    for motif, quoi in TEXTES_REFUSES.items():
        fautif = next((t for t in lus if {m[0] for m in re.finditer(motif, t)} - toleres), None)
        if fautif is not None:
            yield f"Le texte contient {quoi} : « {fautif.strip()[:80]} »."


def _lus(page: BeautifulSoup) -> Iterable[str]:
    """Les textes que le lecteur lit ou entend, hors du pied et de ce qu'une personne a commenté."""
    yield from map(str, textes_lus(page, lambda e: e.name == "footer" or "commentaire" in e.get("class", ())))
    for element in page.select("[alt], [aria-label]"):
        yield from (element[nom] for nom in ("alt", "aria-label") if nom in element.attrs)


CONTROLES: Mapping[Callable, str] = {
    _langue: "la langue et le titre de la page sont dits ; elle s'adapte à l'écran, en clair et en sombre ;",
    _reperes: "le clavier arrive d'abord au lien d'évitement, et atteint chaque pli et chaque zone qui défile ;",
    _structure: "les éléments s'emboîtent comme HTML le demande ;",
    _titres: "un seul grand titre, des titres qui se suivent, des parties dans le même ordre partout ;",
    _autonomie: "ni script, ni requête, ni adresse extérieure qui ne soit un contact ou une licence ;",
    _images: "chaque image a un texte de remplacement, une légende, un tableau et des fichiers ;",
    _tableaux: "chaque tableau a un titre, et des en-têtes de ligne et de colonne ;",
    _ancres: "chaque renvoi mène quelque part, chaque lien se comprend seul.",
}
"""Contrôle → ce qu'il vérifie, en une phrase que la déclaration d'accessibilité reprend."""
