"""Le site du guide : Sphinx lit les pages de `docs/`, les docstrings et les contrats ; `make guide` le construit.

Le site se lit sans réseau, depuis un dossier : aucune police, feuille de style ou script ne vient d'ailleurs.
"""

import re
import sys
import tomllib
from pathlib import Path

ICI = Path(__file__).resolve().parent
RACINE = ICI.parent
sys.path.insert(0, str(RACINE))

project = "citelib"
author = "Les contributeurs de citelib"
release = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "fr"
copyright = "les contributeurs de citelib, licence EUPL-1.2"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
include_patterns = ["*.md", "guide/*.md", "decisions/*.md"]
myst_heading_anchors = 3
# « json », « toml » et « sh » sont coloriés ; un exemple de sortie reste tel quel.
highlight_language = "none"
default_role = "code"
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_inherit_docstrings = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"citelib {release}, guide de l'évaluateur"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}

ACCES = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
}
LIEN = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")


def sans_sortir(lien: re.Match, dossier: Path) -> str:
    """Un lien vers un fichier du projet que le site n'a pas devient son nom : le site se lit sans le projet."""
    texte, cible = lien[1], lien[2].partition("#")[0]
    if "://" in lien[2] or not cible:
        return lien[0]
    chemin = (dossier / cible).resolve()
    if chemin.is_relative_to(ICI) and not chemin.is_dir():
        return lien[0]
    nom = chemin.relative_to(RACINE).as_posix()
    return texte if nom in texte else f"{texte} (`{nom}`)"


def rester_dans_le_site(application, page: str, source: list[str]) -> None:
    """Avant de lire une page, retire les liens qui sortent de `docs/`."""
    dossier = (ICI / page).parent
    source[0] = LIEN.sub(lambda lien: sans_sortir(lien, dossier), source[0])


def charges_d_ailleurs(texte: str) -> list[str]:
    """Ce qu'un fichier du site irait chercher sur le réseau : script, image, feuille de style ou police."""
    return re.findall(r"""(?:\bsrc=|<link[^>]*\bhref=|url\(|@import )["']?(?:https?:)?//[^"'\s)>]+""", texte)


def accessible(html: str) -> str:
    """Une page telle que le thème aurait dû l'écrire : des titres qui ont un rang, des cadres que le clavier défile."""
    for trouve, voulu in ACCES.items():
        html = html.replace(trouve, voulu)
    return html


def finir_le_site(application, erreur) -> None:
    """Le site fini, le rend accessible et refuse ce qui demanderait une connexion."""
    for fichier in [] if erreur else Path(application.outdir).rglob("*"):
        if fichier.suffix == ".html":
            fichier.write_text(accessible(fichier.read_text("utf-8")), "utf-8")
        if fichier.suffix in (".html", ".css") and (trouves := charges_d_ailleurs(fichier.read_text("utf-8"))):
            raise ValueError(f"{fichier.name} demande le réseau : {trouves[0]}")


def setup(application) -> dict:
    """Branche la relecture des liens, puis la finition du site."""
    application.connect("source-read", rester_dans_le_site)
    application.connect("build-finished", finir_le_site)
    return {"parallel_read_safe": True}
