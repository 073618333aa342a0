"""rapport.pdf : le dossier complet à imprimer et à archiver, balisé selon PDF/UA-1.

Le papier ne se déplie pas : ce qui est replié à l'écran s'y réduit à une ligne, qui dit dans quelle feuille de
tableaux.xlsx le lire. WeasyPrint met en page dans un processus à part, car il y passe plusieurs secondes.

Source : ISO 14289-1 (PDF/UA-1) ; RGAA 4, critère 13.3.
"""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from importlib.resources import files

from bs4 import BeautifulSoup, Tag
from PIL import Image

from citelib.compagnons.matiere import Matiere
from citelib.compagnons.tableur import nom_de_feuille
from citelib.constats.adresses import PAGES
from citelib.erreurs import ErreurExecution
from citelib.formats import typographie
from citelib.tableaux.cellules import en_adresse

IDENTIFIANT = b"citelib"
"""Celui du PDF, toujours le même : les mêmes pages donnent les mêmes octets."""
MOT, COURANTE = 14, 20
"""Largeurs d'une colonne, en signes : celle d'un mot long, et celle au-delà de laquelle elle ne croît plus guère."""
PLACE, PLACE_LARGE, TITRE = 100, 115, 7
"""Signes d'une ligne de tableau, d'une ligne de tableau large, plus petite ; et d'un titre, ce qui ne se coupe pas."""
LIGNES = 12
"""Au-delà, les données d'une figure ne sont que dans le classeur."""
POINTS = 1180
"""Largeur d'une image : 200 points par pouce sur 15 cm."""
_EN_COURS: set[subprocess.Popen] = set()


def rapport_pdf(matiere: Matiere) -> bytes:
    """
    Le PDF.

    Raises:
        ErreurExecution: si WeasyPrint échoue.
    """
    commande, tuyau = [sys.executable, "-m", __name__, str(os.getpid())], subprocess.PIPE
    with subprocess.Popen(commande, stdin=tuyau, stdout=tuyau, stderr=tuyau) as processus:
        _EN_COURS.add(processus)
        pdf, erreurs = processus.communicate(matiere.dossier.encode())
        _EN_COURS.discard(processus)
    if processus.returncode:
        *_, raison = erreurs.decode(errors="replace").strip().splitlines() or [f"code {processus.returncode}"]
        raise ErreurExecution(f"WeasyPrint a échoué : {raison} (docs/compagnons.md dit ce qu'il demande).")
    return pdf


def tout_arreter() -> None:
    """Tue les mises en page en cours, quand la production est interrompue."""
    for processus in [*_EN_COURS]:
        processus.kill()


def pour_le_papier(page: BeautifulSoup) -> BeautifulSoup:
    """
    Le dossier complet sans rien de replié : un renvoi à la place, et les données d'une figure sous elle.

    Args:
        page: le dossier, modifié sur place.
    """
    titre = page.title.string = page.title.string.replace("Dossier complet", "Rapport")
    page.h1.string = titre
    page.style.string = files("citelib").joinpath("gabarits/rapport/pdf.css").read_text(encoding="utf-8")
    for inutile in page.select(".evitement, meta[http-equiv]"):
        inutile.decompose()
    page.main.p.string = typographie(
        "Les pages du rapport, à imprimer. Ce qui s’y déplie à l’écran est dans tableaux.xlsx et tableaux.ods, les "
        "images dans le dossier figures. Le rapport en HTML reste la version la plus accessible."
    )
    page.select_one("#sommaire-titre").string = "Sommaire"
    page.main.p.insert_after(page.select_one("#sommaire").extract())
    _en_deux(page, page.select_one(".parties"))
    for objet in page.select("figure.constat, div.tableau"):
        _deplier(page, objet)
    for pli in page.select("details"):
        _renvoyer(page, pli, f"{pli.summary.get_text()} : à lire dans {PAGES[_partie_de(pli)][0]}.")
    for image in page.select("img"):
        image["src"] = _reduite(image["src"])
    for table in page.select("table"):
        _elargir(page, table)
    return page


def _en_deux(page: BeautifulSoup, sommaire: Tag) -> None:
    """Le sommaire en deux listes côte à côte : une mise en colonnes prendrait le tiers du temps du PDF."""
    entrees = sommaire.find_all("li", recursive=False)
    poids = [len(entree.select("li")) + 1 for entree in entrees]
    seconde = page.new_tag(sommaire.name, attrs=sommaire.attrs)
    while len(entrees) > 1 and sum(poids[: len(entrees)]) > sum(poids) / 2:
        seconde.insert(0, entrees.pop().extract())
    sommaire.insert_after(seconde)


def _deplier(page: BeautifulSoup, objet: Tag) -> None:
    """Un objet sans pli : la suite d'un long tableau, un tableau secondaire et les fiches sont dans le classeur."""
    partie, genre, numero = objet["id"].split("-")
    dans = f"dans tableaux.xlsx, feuille « {nom_de_feuille({'page': partie, 'genre': genre, 'numero': numero})} »."
    fiches = objet.select_one(".fiches")
    if fiches:
        _renvoyer(page, fiches, f"Chaque fiche est dans {PAGES[partie][0]}, et {dans}")
    premier = objet.find(True, recursive=False)
    if premier is not None and premier.name == "details":
        _renvoyer(page, premier, f"{premier.summary.get_text()} : {dans}")
    for pli in objet.select("figure > details"):
        if len(pli.select("tbody tr")) > LIGNES:
            objet.img["alt"] = objet.img["alt"].replace("Données en tableau sous la figure", f"Données {dans[:-1]}")
            _renvoyer(page, pli, f"Données : {dans}")
        else:
            pli.summary.decompose()
            pli.unwrap()
    for pli in objet.select("details.suite"):
        _renvoyer(page, pli, f"{pli.summary.get_text().removeprefix('Voir les ').capitalize()} : {dans}")


def _partie_de(element: Tag) -> str:
    """La page d'où vient un élément du dossier."""
    return element.find_parent("section", "page").h2["id"]


def _renvoyer(page: BeautifulSoup, element: Tag, texte: str) -> None:
    """Remplace un élément par une ligne qui dit où le lire."""
    renvoi = page.new_tag("p", attrs={"class": "renvoi"})
    renvoi.string = typographie(texte)
    element.replace_with(renvoi)


def _reduite(adresse: str) -> str:
    """L'image d'une page à la taille du papier ; WeasyPrint garde un JPEG tel quel, et recoderait lentement un PNG."""
    image = Image.open(io.BytesIO(base64.b64decode(adresse.partition(",")[2]))).convert("RGB")
    image.thumbnail((POINTS, 2 * POINTS), Image.Resampling.BOX)
    tampon = io.BytesIO()
    image.save(tampon, format="JPEG", quality=80, subsampling=0)
    return en_adresse(tampon.getvalue(), "image/jpeg")


def _elargir(page: BeautifulSoup, table: Tag) -> None:
    """Donne à chaque colonne une largeur selon ses textes : la chercher prendrait un temps considérable."""
    rangees = [rangee.find_all(["th", "td"]) for rangee in table.select("tr")]
    chiffrees = ["num" in cellule.get("class", ()) for cellule in rangees[0]]
    textes = zip(*([cellule.get_text() for cellule in rangee] for rangee in rangees), strict=True)
    place = PLACE_LARGE if "large" in table.get("class", ()) else PLACE
    parts = _partager([*zip(chiffrees, textes, strict=True)], place)
    colonnes = page.new_tag("colgroup")
    for part in parts:
        colonnes.append(page.new_tag("col", attrs={"style": f"width: {100 * part / sum(parts):.2f}%"}))
    table.caption.insert_after(colonnes)


def _partager(colonnes: Sequence[tuple[bool, Sequence[str]]], place: int) -> list[float]:
    """
    La part de chaque colonne (chiffrée ou non, ses textes) ; si la page manque, les textes cèdent, pas les nombres.

    >>> _partager([(False, ["Axe", "Conforter le rôle de l'école"]), (True, ["Versé", "8\u202f400\u202f€"])], 25)
    [16.0, 9.0]
    """
    voulues = [_part(textes) for _, textes in colonnes]
    if sum(voulues) <= place:
        return voulues
    mots = [max(_mot(t[1:]), min(_mot(t[:1]), TITRE)) if chiffree else min(_mot(t), TITRE) for chiffree, t in colonnes]
    minima = [round(1.15 * mot) + 1 for mot in mots]  # un titre, un total sont en gras, donc plus larges
    envies = [0 if c else max(v - m, 0) for (c, _), v, m in zip(colonnes, voulues, minima, strict=True)]
    reste = min(max(place - sum(minima), 0) / (sum(envies) or 1), 1)
    return [m + reste * envie for m, envie in zip(minima, envies, strict=True)]


def _mot(textes: Sequence[str]) -> int:
    """Le plus long mot ; une espace insécable ne sépare pas : « 8 400 € » en est un."""
    return max((len(mot) for texte in textes for mot in texte.split(" ")), default=0)


def _part(textes: Sequence[str]) -> float:
    """
    La largeur d'une colonne : ses mots entiers, et d'autant plus que ses textes sont longs.

    >>> _part(["Axe", "Faire Cité"]), _part(["Avec", "x" * 13 + " " + "y" * 22])
    (11.0, 24.0)
    """
    longueur = max(map(len, textes))
    return max(min(_mot(textes) + 1, MOT), min(longueur + 1, COURANTE) + max(0, longueur - COURANTE) ** 0.5)


def mettre_en_page(dossier: str) -> bytes:
    """Le PDF d'un dossier complet, balisé ; les mêmes octets pour le même dossier."""
    import weasyprint

    papier = pour_le_papier(BeautifulSoup(dossier, "html.parser"))
    return weasyprint.HTML(string=str(papier)).write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=IDENTIFIANT)


def _suivre(parent: int) -> None:
    """S'en va avec la production : tuée, elle ne peut plus rien arrêter."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_suivre, args=(int(sys.argv[1]),), daemon=True).start()
    sys.stdout.buffer.write(mettre_en_page(sys.stdin.buffer.read().decode()))
