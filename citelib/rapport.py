"""Produire le rapport d'une cité et d'une année : prévoir, vérifier, exécuter, publier d'un seul geste.

Rien n'est écrit tant que les données et les paramètres de toutes les pages ne sont pas vérifiés. Le
dossier de l'année est préparé à côté, puis mis en place entier ; une page en échec garde sa version
précédente, avec un avertissement.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from citelib import impacts
from citelib.annexes import Annexe, preparer
from citelib.chargement import Cite, charger
from citelib.chargement.remplacement import dossier_neuf
from citelib.constats.adresses import PAGES
from citelib.erreurs import ErreurParametre
from citelib.execution import PageFaite, Tache, executer_ici, executer_toutes, verifier_parametres
from citelib.page import NOTEBOOKS, Contexte, egares, page_en_echec
from citelib.secret import DIFFUSIONS, seuil_applicable
from citelib.tables import PAR_NOM

BIBLIOTHEQUES = ("pandas", "numpy", "scipy", "networkx", "matplotlib", "seaborn", "papermill", "nbconvert")


@dataclass(frozen=True)
class Bilan:
    """
    Ce qu'une production a donné.

    Args:
        dossier: dossier publié.
        faites: pages faites.
        echecs: par page ou annexe en échec, la raison.
    """

    dossier: Path
    faites: tuple[str, ...]
    echecs: dict[str, str]

    @property
    def code(self) -> int:
        """Code de retour de la commande : 0 si toutes les pages sont faites, 1 sinon."""
        return 1 if self.echecs else 0


def produire(
    dossier: str | Path | Cite,
    *,
    annee: int,
    sortie: str | Path = "reports",
    diffusion: str = "cotech",
    executeur: Executor | None = None,
    seulement: Sequence[str] = (),
    notebooks: Path = NOTEBOOKS,
    au_fil: Callable[[PageFaite], None] = lambda page: None,
) -> Bilan:
    """
    Produit le rapport d'une cité pour une année.

    Args:
        dossier: dossier des données de la cité, ou la cité déjà chargée.
        annee: année du programme.
        sortie: dossier des rapports ; celui-ci va dans `sortie/<cité>/<année>`.
        diffusion: public visé, « interne », « cotech » ou « public ».
        executeur: exécuteur de `concurrent.futures` ; les cœurs de cet ordinateur sinon.
        seulement: pages à refaire, toutes sinon ; les autres gardent leur version précédente.
        notebooks: dossier des notebooks.
        au_fil: appelée à chaque page terminée.

    Returns:
        Le bilan : dossier publié, pages faites, échecs.

    Raises:
        ErreurDonnees: si les données ne respectent pas leur contrat ; rien n'est alors touché.
        ErreurParametre: si un paramètre est refusé ; rien n'est alors touché.
    """
    cite = dossier if isinstance(dossier, Cite) else charger(dossier)
    taches = prevoir(cite, annee=annee, diffusion=diffusion, seulement=seulement, notebooks=notebooks)
    cible = Path(sortie) / cite.reglages["cle"] / str(annee)
    annexes: dict[str, Annexe] = {}

    def jointes() -> tuple[str, ...]:
        annexes.update(preparer(cite, annee=annee, diffusion=diffusion))
        return tuple(nom for nom, annexe in annexes.items() if annexe.octets)

    if executeur is None:
        faites = executer_ici(taches, jointes=jointes, au_fil=au_fil)
    else:
        noms = jointes()
        taches = [replace(tache, contexte=replace(tache.contexte, annexes=noms)) for tache in taches]
        faites = executer_toutes(taches, executeur=executeur, au_fil=au_fil)
    publier(cite, taches, faites, annexes, cible)
    echecs = {page: faites[page].erreur for page in PAGES if page in faites and faites[page].erreur}
    echecs |= {nom: annexe.erreur for nom, annexe in annexes.items() if annexe.erreur}
    return Bilan(cible, tuple(page for page in faites if not faites[page].erreur), echecs)


def prevoir(
    cite: Cite, *, annee: int, diffusion: str, seulement: Sequence[str] = (), notebooks: Path = NOTEBOOKS
) -> list[Tache]:
    """
    Les pages à faire, tous paramètres vérifiés.

    Raises:
        ErreurParametre: page, année ou diffusion inconnue, notebook absent, paramètre refusé.
    """
    cite.annee_connue(annee)
    seuil_applicable(diffusion, seuil=cite.seuil(diffusion))
    inconnues = sorted(set(seulement) - set(PAGES))
    if inconnues:
        raise ErreurParametre(f"Page inconnue : {', '.join(inconnues)}. Pages prévues : {', '.join(PAGES)}.")
    taches = []
    for page in seulement or PAGES:
        notebook = notebooks / f"{page}.ipynb"
        if not notebook.is_file():
            raise ErreurParametre(f"Notebook introuvable : {notebook}. Lancer la commande depuis le projet.")
        parametres = {"dossier": str(cite.dossier), "annee": annee, "diffusion": diffusion}
        verifier_parametres(notebook, parametres)
        contexte = _contexte(cite, page, annee=annee, diffusion=diffusion)
        taches.append(Tache(page, str(notebook), parametres, contexte))
    return taches


def _contexte(cite: Cite, page: str, *, annee: int, diffusion: str) -> Contexte:
    """Ce que le gabarit écrit autour du contenu d'une page."""
    source = cite.source(*PAR_NOM, annee=annee)
    return Contexte(
        nom_cite=cite.nom,
        annee=annee,
        page=page,
        titre=PAGES[page][1],
        diffusion=diffusion,
        mention=DIFFUSIONS[diffusion].mention,
        fictive=source.fictive,
        pages=tuple((cle, fichier, titre) for cle, (fichier, titre) in PAGES.items()),
        arrete_le=cite.arrete_le(annee),
        sources=source.texte,
        empreinte=empreinte_donnees(cite)[:12],
        trace=f"citelib {importlib.metadata.version('citelib')}",
        commentaires=cite.commentaires(page, annee),
    )


# ------------------------------------------------------------------------------------- publication


def publier(
    cite: Cite, taches: Sequence[Tache], faites: dict[str, PageFaite], annexes: Mapping[str, Annexe], cible: Path
) -> None:
    """
    Met en place le dossier d'une année, entier, à la place du précédent.

    Args:
        cite: la cité, pour le manifeste.
        taches: ce qui était à faire.
        faites: ce que chaque page a donné.
        annexes: les fichiers qui accompagnent les pages.
        cible: dossier de l'année.
    """
    with dossier_neuf(cible) as neuf:
        if cible.is_dir():
            shutil.copytree(cible, neuf, dirs_exist_ok=True)
        (neuf / "notebooks").mkdir(exist_ok=True)
        statuts = {}
        for tache in taches:
            faite = faites[tache.page]
            fichier = neuf / PAGES[tache.page][0]
            ancienne = fichier.read_text(encoding="utf-8") if fichier.is_file() else ""
            html = faite.html or page_en_echec(ancienne, faite.erreur, contexte=tache.contexte)
            fichier.write_text(html, encoding="utf-8", newline="\n")
            if faite.notebook:
                executes = neuf / "notebooks" / Path(tache.notebook).name
                executes.write_text(faite.notebook, encoding="utf-8", newline="\n")
            statuts[tache.page] = {
                "fichier": fichier.name,
                "statut": "échec" if faite.erreur else "faite",
                "erreur": faite.erreur,
                "sha256": hashlib.sha256(html.encode()).hexdigest(),
            }
        jointes = {nom: _joindre(annexe, neuf / nom) for nom, annexe in annexes.items()}
        jointes = {nom: etat for nom, etat in jointes.items() if etat}
        ecrire_manifeste(cite, taches, faites, statuts, jointes, neuf / "manifeste.json")


def _joindre(annexe: Annexe, chemin: Path) -> dict:
    """Met une annexe à la place de la précédente ; rend son état pour le manifeste, vide si elle n'a rien à dire."""
    chemin.unlink(missing_ok=True)
    if annexe.erreur:
        return {"statut": "échec", "erreur": annexe.erreur}
    if not annexe.octets:
        return {}
    chemin.write_bytes(annexe.octets)
    return {"statut": "faite", "sha256": hashlib.sha256(annexe.octets).hexdigest()}


def ecrire_manifeste(
    cite: Cite, taches: Sequence[Tache], faites: dict[str, PageFaite], statuts: dict, annexes: dict, chemin: Path
) -> None:
    """Écrit ce qui permet de refaire le rapport et de le vérifier : entrées, paramètres, versions, constats."""
    ancien = json.loads(chemin.read_text(encoding="utf-8")) if chemin.is_file() else {}
    constats = {page: list(faite.constats) for page, faite in faites.items() if not faite.erreur}
    manifeste = {
        "cite": cite.reglages["cle"],
        "nom": cite.nom,
        "parametres": taches[0].parametres | {"dossier": cite.dossier.name},
        "seuil": seuil_applicable(
            taches[0].parametres["diffusion"], seuil=cite.seuil(taches[0].parametres["diffusion"])
        ),
        "arrete_le": taches[0].contexte.arrete_le.isoformat(),
        "citelib": importlib.metadata.version("citelib"),
        "python": platform.python_version(),
        "bibliotheques": {nom: importlib.metadata.version(nom) for nom in BIBLIOTHEQUES},
        "donnees": {fichier.name: _sha256(fichier) for fichier in fichiers_de_donnees(cite)},
        "notebooks": {Path(tache.notebook).name: _sha256(Path(tache.notebook)) for tache in taches},
        "comparaison": impacts.pour_le_manifeste(cite.colleges, cite.etablissements, cite.reglages),
        "avertissements": [str(probleme) for probleme in (*cite.problemes, *egares(cite))],
        "pages": _dans_l_ordre(ancien.get("pages", {}) | statuts),
        "annexes": annexes,
        "constats": _dans_l_ordre(ancien.get("constats", {}) | constats),
    }
    chemin.write_text(json.dumps(manifeste, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _dans_l_ordre(par_page: dict) -> dict:
    return {page: par_page[page] for page in PAGES if page in par_page}


def fichiers_de_donnees(cite: Cite) -> list[Path]:
    """Les fichiers d'entrée d'une cité, commentaires compris."""
    return sorted(f for f in cite.dossier.rglob("*") if f.is_file() and not f.name.startswith("."))


def empreinte_donnees(cite: Cite) -> str:
    """Une empreinte unique de toutes les entrées : la même tant qu'aucune n'a changé."""
    ensemble = hashlib.sha256()
    for fichier in fichiers_de_donnees(cite):
        ensemble.update(fichier.relative_to(cite.dossier).as_posix().encode() + fichier.read_bytes())
    return ensemble.hexdigest()


def _sha256(fichier: Path) -> str:
    return hashlib.sha256(fichier.read_bytes()).hexdigest()
