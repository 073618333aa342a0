"""Mettre en place le dossier d'une année, d'un seul geste, avec de quoi le refaire et le vérifier."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from citelib import compagnons, impacts, reprise
from citelib.annexes import Annexe
from citelib.chargement import Cite
from citelib.chargement.distant import MANIFESTE
from citelib.chargement.remplacement import dossier_neuf
from citelib.constats.adresses import PAGES
from citelib.execution import PageFaite, Tache
from citelib.page import egares, page_en_echec
from citelib.secret import seuil_applicable

BIBLIOTHEQUES = ("pandas", "numpy", "scipy", "networkx", "matplotlib", "seaborn", "papermill", "nbconvert")


@dataclass(frozen=True)
class Production:
    """
    Ce qu'une production a fait, prêt à être publié.

    Args:
        cite: la cité.
        taches: ce qui était à faire.
        faites: ce que chaque page a donné.
        annexes: les fichiers qui accompagnent les pages.
        entrees, empreintes: de quoi reconnaître la prochaine fois ce qui n'a pas changé ; rien n'est noté sans elles.
    """

    cite: Cite
    taches: Sequence[Tache]
    faites: Mapping[str, PageFaite]
    annexes: Mapping[str, Annexe] = field(default_factory=dict)
    entrees: str = ""
    empreintes: Mapping[str, str] = field(default_factory=dict)

    @property
    def parametres(self) -> dict:
        """Ceux de toutes ses pages : dossier, année, diffusion."""
        return self.taches[0].parametres


def publier(production: Production, cible: Path) -> dict[str, Annexe]:
    """
    Met en place le dossier d'une année, entier, à la place du précédent.

    Args:
        production: ce qui est à publier.
        cible: dossier de l'année.

    Returns:
        Les fichiers qui accompagnent les pages, compagnons compris, ou pourquoi ils n'ont pas été faits.
    """
    with dossier_neuf(cible) as neuf:
        # Une page faite pour un public plus restreint n'a rien à faire à côté de celles d'un plus large.
        if cible.is_dir() and meme_diffusion(cible, production.parametres["diffusion"]):
            shutil.copytree(cible, neuf, dirs_exist_ok=True)
        (neuf / "notebooks").mkdir(exist_ok=True)
        statuts = {tache.page: _poser(tache, production.faites[tache.page], neuf) for tache in production.taches}
        etats = _ancien(neuf / MANIFESTE).get("pages", {}) | statuts
        en_echec = [page for page, etat in etats.items() if etat["statut"] == "échec"]
        contexte = production.taches[0].contexte
        fichiers = {**production.annexes, **compagnons.preparer(neuf, contexte, en_echec=en_echec)}
        jointes = {nom: _joindre(fichier, neuf / nom) for nom, fichier in fichiers.items()}
        jointes = {nom: etat for nom, etat in jointes.items() if etat}
        ecrire_manifeste(production, statuts, jointes, neuf / MANIFESTE)
        if production.empreintes:
            _noter(production, jointes, neuf)
    return fichiers


def _poser(tache: Tache, faite: PageFaite, neuf: Path) -> dict[str, str]:
    """Écrit une page, son notebook exécuté et ses figures ; rend son état pour le manifeste."""
    fichier, execute = neuf / PAGES[tache.page][0], neuf / "notebooks" / Path(tache.notebook).name
    if faite.retiree:
        fichier.unlink(missing_ok=True)
        execute.unlink(missing_ok=True)
    ancienne = fichier.read_text(encoding="utf-8") if fichier.is_file() else ""
    html = faite.html or page_en_echec(ancienne, faite.erreur, contexte=tache.contexte)
    fichier.write_text(html, encoding="utf-8", newline="\n")
    if faite.notebook:
        execute.write_text(faite.notebook, encoding="utf-8", newline="\n")
    if faite.retiree or not faite.erreur:
        _poser_les_figures(faite, neuf / "figures")
    return {
        "fichier": fichier.name,
        "statut": "échec" if faite.erreur else "faite",
        "erreur": faite.erreur,
        "sha256": hashlib.sha256(html.encode()).hexdigest(),
    }


def _poser_les_figures(page: PageFaite, dossier: Path) -> None:
    """Chaque figure d'une page, en PNG et en SVG, à la place de celles d'avant ; la page y renvoie."""
    dossier.mkdir(exist_ok=True)
    for ancienne in dossier.glob(f"{page.page}-figure-*"):
        ancienne.unlink()
    for objet in page.objets:
        for format, image in objet.get("images", {}).items():
            octets = base64.b64decode(image) if format == "png" else image.encode()
            (dossier / f"{objet['nom']}.{format}").write_bytes(octets)


def _noter(production: Production, annexes: Mapping[str, dict], neuf: Path) -> None:
    """Note de quoi chaque page et chaque annexe dépend ; une page en échec n'est pas notée, elle se refera."""
    parametres = production.parametres
    entrees = reprise.resume(production.entrees, parametres["annee"], parametres["diffusion"])
    pages = reprise.lire(neuf).get("pages", {})
    for tache in production.taches:
        pages.pop(tache.page, None)
        faite = production.faites[tache.page]
        if not faite.erreur:
            figures = sorted(f"figures/{f.name}" for f in (neuf / "figures").glob(f"{tache.page}-figure-*"))
            noms = (PAGES[tache.page][0], f"notebooks/{Path(tache.notebook).name}", *figures)
            cle = reprise.cle_de_page(Path(tache.notebook), tache.parametres, faite.lues, production.empreintes)
            pages[tache.page] = {
                "entrees": entrees,
                "cle": cle,
                "lues": list(faite.lues),
                "fichiers": {nom: reprise.sha256(neuf / nom) for nom in noms},
            }
    note = {"entrees": entrees, "pages": pages, "annees": production.cite.annees, "prevues": list(PAGES)}
    note["annexes"] = {nom: etat.get("sha256", "") for nom, etat in annexes.items() if "manque" not in etat}
    reprise.ecrire(neuf, note)


def meme_diffusion(cible: Path, diffusion: str) -> bool:
    """Vrai si le rapport en place, s'il y en a un, est fait pour ce public."""
    try:
        manifeste = json.loads((cible / MANIFESTE).read_text(encoding="utf-8"))
        return manifeste["parametres"]["diffusion"] == diffusion
    except (OSError, ValueError, KeyError, TypeError):
        return not (cible.is_dir() and any(cible.glob("*.html")))


def _joindre(annexe: Annexe, chemin: Path) -> dict:
    """Met une annexe à la place de la précédente ; rend son état pour le manifeste, vide si elle n'a rien à dire."""
    chemin.unlink(missing_ok=True)
    if annexe.erreur:
        return {"statut": "échec", "erreur": annexe.erreur}
    if annexe.manque:
        return {"statut": "non faite", "manque": annexe.manque}
    if not annexe.octets:
        return {}
    chemin.write_bytes(annexe.octets)
    return {"statut": "faite", "sha256": hashlib.sha256(annexe.octets).hexdigest()}


def ecrire_manifeste(production: Production, statuts: dict, annexes: dict, chemin: Path) -> None:
    """Écrit ce qui permet de refaire le rapport et de le vérifier : entrées, paramètres, versions, constats."""
    ancien, cite, diffusion = _ancien(chemin), production.cite, production.parametres["diffusion"]
    constats = {page: list(faite.constats) for page, faite in production.faites.items() if not faite.erreur}
    carnets = {Path(tache.notebook) for tache in production.taches}
    manifeste = {
        "cite": cite.reglages["cle"],
        "nom": cite.nom,
        "parametres": production.parametres | {"dossier": cite.dossier.name},
        "seuil": seuil_applicable(diffusion, seuil=cite.seuil(diffusion)),
        "arrete_le": production.taches[0].contexte.arrete_le.isoformat(),
        "citelib": importlib.metadata.version("citelib"),
        "python": platform.python_version(),
        "bibliotheques": {nom: importlib.metadata.version(nom) for nom in BIBLIOTHEQUES},
        "donnees": {fichier.name: reprise.sha256(fichier) for fichier in reprise.fichiers_de_donnees(cite.dossier)},
        "notebooks": {carnet.name: reprise.sha256(carnet) for carnet in sorted(carnets)},
        "comparaison": impacts.pour_le_manifeste(cite.colleges, cite.etablissements, cite.reglages),
        "avertissements": [str(probleme) for probleme in (*cite.problemes, *egares(cite))],
        "pages": _dans_l_ordre(ancien.get("pages", {}) | statuts),
        "annexes": annexes,
        "constats": _dans_l_ordre(ancien.get("constats", {}) | constats),
    }
    chemin.write_text(json.dumps(manifeste, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _ancien(chemin: Path) -> dict:
    """Le manifeste de la production précédente, vide s'il n'y en a pas."""
    return json.loads(chemin.read_text(encoding="utf-8")) if chemin.is_file() else {}


def _dans_l_ordre(par_page: dict) -> dict:
    return {page: par_page[page] for page in PAGES if page in par_page}
