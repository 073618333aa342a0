"""Finir une page : ce que seule la page entière sait, que le gabarit ne peut pas écrire.

Numéros des figures et des tableaux, identifiants, sommaire, typographie ; et la page qui dit qu'un
notebook a échoué.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from bs4 import BeautifulSoup, NavigableString, Tag

from citelib.chargement.commentaires import Partie
from citelib.constats.adresses import ancre
from citelib.formats import cite_educative, date_longue, typographie
from citelib.page.commentaires import placer
from citelib.page.gabarits import rendre
from citelib.page.objets import nom

DECLARATION = "accessibilite.html"
"""Nom de la déclaration d'accessibilité, une annexe à laquelle chaque page renvoie."""


@dataclass(frozen=True)
class Contexte:
    """
    Ce que le gabarit écrit autour du contenu d'une page.

    Args:
        nom_cite: « Miramas », ou le nom entier s'il s'écrit autrement que « Cité éducative de … ».
        annee: année du programme.
        page, titre: clé et titre de la page.
        diffusion: « interne », « cotech » ou « public ».
        mention: ce que la page dit de sa diffusion.
        fictive: une partie au moins des données est inventée.
        pages: pages du rapport : clé, fichier, titre.
        arrete_le: date du relevé le plus récent.
        valide_le: jour où le comité technique a validé ce rapport ; aucun pour une version de travail.
        sources: sources de toute la page.
        empreinte: empreinte des données.
        trace: ce qui l'a produite, par exemple « citelib 0.1.0 ».
        annexes: noms des fichiers qui l'accompagnent.
        commentaires: ce que l'évaluateur dit de chaque section.
        toleres: écritures que le contrôle accepte, car les données les portent (voir `controle.ecritures`).
    """

    nom_cite: str
    annee: int
    page: str
    titre: str
    diffusion: str
    mention: str = ""
    fictive: bool = False
    pages: tuple[tuple[str, str, str], ...] = ()
    arrete_le: dt.date | None = None
    valide_le: dt.date | None = None
    sources: str = ""
    empreinte: str = ""
    trace: str = "citelib"
    annexes: tuple[str, ...] = ()
    commentaires: tuple[Partie, ...] = ()
    toleres: frozenset[str] = frozenset()

    @property
    def cite(self) -> str:
        """« Cité éducative de Miramas »."""
        return cite_educative(self.nom_cite)

    @property
    def titre_de_page(self) -> str:
        """« Réalisation 2024 – Cité éducative de Miramas »."""
        return typographie(f"{self.titre} {self.annee} – {self.cite}")

    @property
    def reperes(self) -> list[str]:
        """Programme, statut et date des données, pour le bandeau."""
        arrete = [f"Données arrêtées au {date_longue(self.arrete_le)}"] if self.arrete_le else []
        validee = f"Validé en comité technique le {date_longue(self.valide_le)}" if self.valide_le else ""
        return [f"Programme {self.annee}", validee or "Version de travail", *arrete]

    @property
    def fichiers(self) -> list[str]:
        """Les annexes à reprendre : toutes, sauf la déclaration d'accessibilité, qui se lit."""
        return [nom for nom in self.annexes if nom != DECLARATION]

    @property
    def declaration(self) -> str:
        """Le fichier de la déclaration d'accessibilité ; vide s'il n'accompagne pas la page."""
        return DECLARATION if DECLARATION in self.annexes else ""

    @property
    def trace_ecrite(self) -> str:
        """Ce qui permet de retrouver comment la page a été faite."""
        empreinte = f", empreinte des données {self.empreinte}" if self.empreinte else ""
        return f"page produite par {self.trace}{empreinte}."


ILLISIBLES = {"pre", "code", "style", "script"}


def finir(html: str, *, contexte: Contexte) -> str:
    """
    Complète une page : grand titre, numéros des figures et des tableaux, sommaire, typographie.

    Args:
        html: la page telle que le gabarit la rend.
        contexte: celui que le gabarit a reçu.

    Returns:
        La page finie ; finir deux fois donne le même texte.
    """
    page = BeautifulSoup(html, "html.parser")
    _titrer(page, contexte)
    placer(page, contexte.commentaires)
    _numeroter(page.select("figure.constat"), "figure", contexte.page)
    _numeroter(page.select("div.tableau"), "tableau", contexte.page)
    for titre in page.select("main h2, main h3"):
        titre["id"] = ancre(titre.get_text())
    _rendre_uniques(page)
    _sommaire(page)
    _typographier(page)
    for figure in page.select("figure.constat"):
        figure["aria-label"] = figure.figcaption.get_text()
    return str(page)


def _titrer(page: BeautifulSoup, contexte: Contexte) -> None:
    """Un grand titre qui dit l'année du programme."""
    titre = page.select_one("main h1")
    if titre is None:
        titre = page.new_tag("h1", string=contexte.titre)
        page.select_one("main").insert(0, titre)
    titre.attrs.pop("id", None)
    if str(contexte.annee) not in titre.get_text():
        titre.append(f" du programme {contexte.annee}")


def _numeroter(objets: Iterable[Tag], genre: str, cle: str) -> None:
    """Donne son numéro à chaque objet, dans ses textes, ses identifiants et les noms de ses fichiers."""
    for numero, objet in enumerate(objets, start=1):
        for emplacement in objet.select("[data-forme]"):
            emplacement.string = emplacement.attrs.pop("data-forme").format(n=numero)
        ancien, nouveau = objet["id"], f"{genre}-{numero}"
        for attribut in ("id", "aria-labelledby"):
            for element in [objet, *objet.select(f"[{attribut}]")]:
                if element.get(attribut, "").startswith(ancien):
                    element[attribut] = nouveau + element[attribut].removeprefix(ancien)
        for lien in objet.select("a[download]"):
            fichier = f"{nom(cle, genre, numero)}.{lien['download'].rpartition('.')[2]}"
            lien["download"] = fichier
            if lien["href"].startswith("figures/"):
                lien["href"] = f"figures/{fichier}"


def _rendre_uniques(page: BeautifulSoup) -> None:
    """Distingue par un rang les identifiants répétés, et suit l'élément qu'ils nomment."""
    vus: dict[str, int] = {}
    for element in page.select("[id]"):
        nom = element["id"]
        vus[nom] = vus.get(nom, 0) + 1
        if vus[nom] > 1:
            element["id"] = f"{nom}-{vus[nom]}"
            nomme = element.find_parent(attrs={"aria-labelledby": nom})
            if nomme:
                nomme["aria-labelledby"] = element["id"]


def _sommaire(page: BeautifulSoup) -> None:
    """Un lien par partie de la page ; sans partie, pas de sommaire."""
    liste, parties = page.select_one("#sommaire ol"), page.select("main h2")
    if not parties:
        for element in page.select('#sommaire, a[href="#sommaire"]'):
            element.decompose()
    elif liste is not None:
        liste.clear()
        for partie in parties:
            ligne = page.new_tag("li")
            ligne.append(page.new_tag("a", href=f"#{partie['id']}", string=partie.get_text()))
            liste.append(ligne)


def _typographier(page: BeautifulSoup) -> None:
    """La typographie française, partout sauf dans le code."""
    for texte in list(textes_lus(page)):
        texte.replace_with(typographie(str(texte)))
    for attribut in ("alt", "aria-label"):
        for element in page.select(f"[{attribut}]"):
            element[attribut] = typographie(element[attribut])


def textes_lus(element: Tag, hors: Callable[[Tag], bool] = lambda element: False) -> Iterator[NavigableString]:
    """
    Les textes que le lecteur lit, hors du code.

    Args:
        element: la page, ou une partie.
        hors: vrai pour un élément où ne pas chercher.
    """
    for enfant in element.children:
        if isinstance(enfant, Tag):
            if enfant.name not in ILLISIBLES and not hors(enfant):
                yield from textes_lus(enfant, hors)
        elif type(enfant) is NavigableString:  # un commentaire ou un style en est une sous-classe
            yield enfant


def page_en_echec(ancienne: str, raison: str, *, contexte: Contexte) -> str:
    """
    La page d'une production qui a échoué : celle d'avant et un avertissement, ou l'avertissement seul.

    Hors diffusion interne, la raison est réduite à l'endroit de l'arrêt : un message peut citer une donnée.

    Args:
        ancienne: la dernière page réussie, vide s'il n'y en a pas.
        raison: pourquoi la page n'a pas pu être faite.
        contexte: celui de la page.
    """
    dite = raison if contexte.diffusion == "interne" else raison.split(" : ")[0]
    suite = "La version ci-dessous date de la production précédente. " if ancienne else ""
    avis = (
        '<div class="echec" role="note"><p>'
        "<strong>Cette partie du rapport n’a pas pu être calculée.</strong> "
        f"{suite}{escape(typographie(dite), quote=False)}.</p></div>"
    )
    page = BeautifulSoup(ancienne or rendre("echec.html.j2", contexte=contexte), "html.parser")
    for perime in page.select("main > .echec"):
        perime.decompose()
    page.select_one("main").insert(0 if ancienne else 1, BeautifulSoup(avis, "html.parser"))
    return str(page)
