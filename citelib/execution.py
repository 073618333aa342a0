"""Exécuter un notebook paramétré et l'exporter en page HTML : papermill, puis nbconvert.

Une `Tache` est indépendante des autres et se transmet à un autre processus ; n'importe quel exécuteur de
`concurrent.futures` peut donc les répartir.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import nbformat
import papermill
from nbconvert.exporters import HTMLExporter
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from citelib.constats import TYPE_CONSTATS
from citelib.erreurs import ErreurExecution, ErreurParametre
from citelib.page import Contexte, defauts, finir, objets_publies

TYPES_ADMIS = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Tache:
    """
    Une page à faire.

    Args:
        page: clé de la page.
        notebook: chemin du notebook.
        parametres: paramètres injectés.
        contexte: ce que le gabarit écrit autour du contenu.
    """

    page: str
    notebook: str
    parametres: dict
    contexte: Contexte


@dataclass(frozen=True)
class PageFaite:
    """
    Ce qu'une tâche a donné.

    Args:
        page: clé de la page.
        html: la page, vide si elle n'a pas pu être faite.
        notebook: le notebook exécuté (JSON), même arrêté en route.
        constats: constats que la page montre.
        erreur: pourquoi elle n'a pas pu être faite, vide sinon.
    """

    page: str
    html: str
    notebook: str
    constats: tuple = ()
    erreur: str = ""


def verifier_parametres(notebook: Path, parametres: dict) -> None:
    """
    Refuse, avant toute exécution, un paramètre inconnu ou d'un autre type que celui déclaré.

    papermill ne fait qu'avertir : une faute de frappe publierait un rapport aux valeurs par défaut.

    Raises:
        ErreurParametre: avec ce que le notebook déclare.
    """
    declares = {nom: decrit["inferred_type_name"] for nom, decrit in papermill.inspect_notebook(str(notebook)).items()}
    inconnus = sorted(set(parametres) - set(declares))
    if inconnus:
        raise ErreurParametre(
            f"{notebook.name} ne déclare pas : {', '.join(inconnus)}. Paramètres déclarés : {', '.join(declares)}."
        )
    for nom, valeur in parametres.items():
        attendu = TYPES_ADMIS.get(declares[nom])
        if attendu is None or type(valeur) is not attendu:
            raise ErreurParametre(f"{nom}={valeur!r} : {notebook.name} attend le type « {declares[nom]} ».")


def executer(tache: Tache) -> PageFaite:
    """
    Exécute le notebook d'une tâche et en fait une page.

    Une erreur du notebook, ou une page qui ne passe pas le contrôle, est rendue dans le résultat : les
    autres pages n'en souffrent pas.

    Args:
        tache: la page à faire.

    Returns:
        La page, ou la raison pour laquelle elle n'a pas pu être faite.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as temporaire:
        sortie = Path(temporaire) / Path(tache.notebook).name
        erreur = ""
        try:
            papermill.execute_notebook(
                tache.notebook,
                str(sortie),
                tache.parametres,
                kernel_name="python3",
                progress_bar=False,
                config=_noyau(Path(temporaire)),
            )
        except PapermillExecutionError as arret:
            erreur = f"{sortie.name}, cellule {arret.cell_index + 1} : {arret.ename} : {arret.evalue}"
        execute = sans_traces(nbformat.read(sortie, as_version=4))
    constats = tuple(lire_constats(execute))
    html = ""
    if not erreur:
        html = exporter(execute, tache.contexte)
        refus = defauts(html, attendus=objets_publies(execute))
        erreur = f"page refusée par le contrôle : {' ; '.join(refus)}" if refus else ""
    return PageFaite(tache.page, "" if erreur else html, nbformat.writes(execute) + "\n", constats, erreur)


def _noyau(dossier: Path) -> Config:
    """Un noyau qui se tait, et qui parle par un fichier à lui : aucun port ouvert, deux noyaux ne se gênent pas."""
    reglages = Config({"NotebookClient": {"extra_arguments": ["--log-level=50"]}})
    if os.name == "posix":  # Windows ne connaît que les ports
        reglages.KernelManager.update(transport="ipc", ip=str(dossier / "noyau"))
    return reglages


def sans_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Le notebook sans heures ni chemins, pour que deux exécutions donnent les mêmes octets."""
    propre = nbformat.reads(nbformat.writes(notebook), as_version=4)
    propre.metadata.pop("papermill", None)
    for cellule in propre.cells:
        for cle in ("papermill", "execution"):
            cellule.metadata.pop(cle, None)
        if "injected-parameters" in cellule.metadata.get("tags", ()):
            cellule.id = "parametres"  # papermill la tire au hasard
    return propre


def lire_constats(notebook: nbformat.NotebookNode) -> Iterator[dict]:
    """Les constats que les cellules d'un notebook exécuté ont montrés."""
    for cellule in notebook.cells:
        for sortie in cellule.get("outputs", ()):
            yield from sortie.get("data", {}).get(TYPE_CONSTATS, ())


def exporter(notebook: nbformat.NotebookNode, contexte: Contexte) -> str:
    """
    Fait d'un notebook exécuté une page HTML autonome et en français.

    Args:
        notebook: notebook exécuté sans erreur.
        contexte: ce que le gabarit écrit autour du contenu.

    Raises:
        ErreurExecution: si une cellule porte une erreur ; nbconvert, lui, la publierait.
    """
    if any(sortie.output_type == "error" for c in notebook.cells for sortie in c.get("outputs", ())):
        raise ErreurExecution(f"{contexte.titre} : le notebook contient une erreur, il n'est pas exporté.")
    with as_file(files("citelib") / "gabarits") as gabarits:
        exportateur = HTMLExporter(
            template_name="rapport",
            extra_template_basedirs=[str(gabarits)],
            language_code="fr",
            exclude_anchor_links=True,
            require_js_url="",
            mathjax_url="",
        )
        corps, _ = exportateur.from_notebook_node(notebook, resources={"contexte": contexte})
    return finir(corps, contexte=contexte)


def executer_toutes(
    taches: Iterable[Tache], *, executeur: Executor, au_fil: Callable[[PageFaite], None] = lambda page: None
) -> dict[str, PageFaite]:
    """
    Exécute des tâches indépendantes, et rend chaque page sous sa clé.

    Args:
        taches: les pages à faire.
        executeur: exécuteur de `concurrent.futures` (processus locaux, grappe Dask…).
        au_fil: appelée à chaque page terminée, pour dire l'avancement.
    """
    attendues = {executeur.submit(executer, tache): tache for tache in taches}
    faites = {}
    for attendue in as_completed(attendues):
        page = attendues[attendue].page
        try:
            faites[page] = attendue.result()
        except Exception as erreur:  # un processus tué, un disque plein : la page échoue, pas le rapport
            faites[page] = PageFaite(page, "", "", erreur=f"{type(erreur).__name__} : {erreur}")
        au_fil(faites[page])
    return faites
