"""Exécuter un notebook paramétré et l'exporter en page HTML : papermill et notre moteur, puis nbconvert.

Une `Tache` est indépendante des autres et se transmet à un autre processus ; n'importe quel exécuteur de
`concurrent.futures` peut donc les répartir. Sans exécuteur, cet ordinateur s'en charge : autant de notebooks à la
fois que de cœurs, et les pages s'écrivent ici pendant que les suivants calculent.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType

import nbformat
import papermill
from nbconvert.exporters import HTMLExporter
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from citelib.constats import TYPE_CONSTATS
from citelib.erreurs import ErreurExecution, ErreurParametre
from citelib.moteur.greffon import NOM, MoteurCitelib
from citelib.moteur.processus import tout_arreter
from citelib.page import Contexte, defauts, finir, objets
from citelib.prets import Reserve

papermill_engines.register(NOM, MoteurCitelib)  # même là où le paquet n'est pas installé
TEMOIN = "citelib.chargement.journal:lues"
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
        lues: tables et commentaires que le notebook a lus ; aucun si on ne le sait pas.
        reprise: le calcul est celui d'une production précédente.
        objets: figures et tableaux que la page montre (`page.objets`).
        retiree: le secret l'a refusée ; sa version précédente ne reste pas en place non plus.
    """

    page: str
    html: str
    notebook: str
    constats: tuple = ()
    erreur: str = ""
    lues: tuple[str, ...] = ()
    reprise: bool = False
    objets: tuple[dict, ...] = ()
    retiree: bool = False


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


@dataclass(frozen=True)
class Calcul:
    """
    Un notebook exécuté.

    Args:
        notebook: le notebook, même arrêté en route.
        erreur: où et pourquoi il s'est arrêté, vide sinon.
        lues: tables et commentaires qu'il a lus ; aucun si on ne le sait pas.
        reprise: il vient d'une production précédente.
    """

    notebook: nbformat.NotebookNode
    erreur: str = ""
    lues: tuple[str, ...] = ()
    reprise: bool = False


def executer(tache: Tache, moteur: str = "") -> PageFaite:
    """
    Exécute le notebook d'une tâche et en fait une page.

    Une erreur du notebook, ou une page qui ne passe pas le contrôle, est rendue dans le résultat : les
    autres pages n'en souffrent pas.

    Args:
        tache: la page à faire.
        moteur: celui de papermill ; le nôtre (« citelib ») par défaut, « nbclient » pour un noyau ordinaire.

    Returns:
        La page, ou la raison pour laquelle elle n'a pas pu être faite.
    """
    return habiller(tache, calculer(tache, moteur))


def calculer(tache: Tache, moteur: str = "", reserve: Reserve | None = None) -> Calcul:
    """Exécute le notebook d'une tâche ; options d'`executer`, et la réserve où ils se prêtent leurs calculs."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    # Un processus « démon » n'a pas le droit d'en créer par multiprocessing : il lui reste le noyau ordinaire.
    moteur = moteur or ("nbclient" if multiprocessing.current_process().daemon else NOM)
    with tempfile.TemporaryDirectory() as temporaire:
        sortie = Path(temporaire) / Path(tache.notebook).name
        erreur = ""
        try:
            papermill.execute_notebook(
                tache.notebook,
                str(sortie),
                tache.parametres,
                engine_name=moteur,
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,
                **({"temoin": TEMOIN, "reserve": reserve} if moteur == NOM else {"config": _noyau(Path(temporaire))}),
            )
        except PapermillExecutionError as arret:
            erreur = f"{sortie.name}, cellule {arret.cell_index + 1} : {arret.ename} : {arret.evalue}"
        notebook = nbformat.read(sortie, as_version=4)
        lues = tuple(notebook.metadata.pop("temoin", ()))
        return Calcul(sans_traces(notebook), erreur, lues)


def relire(fichier: Path, lues: Iterable[str]) -> Calcul:
    """Le calcul d'une production précédente, tel qu'il a été publié."""
    return Calcul(nbformat.read(fichier, as_version=4), lues=tuple(lues), reprise=True)


def habiller(tache: Tache, calcul: Calcul) -> PageFaite:
    """Fait une page d'un notebook exécuté, si elle passe le contrôle."""
    html, erreur, publies = "", calcul.erreur, objets(calcul.notebook, page=tache.page)
    if not erreur:
        html = exporter(calcul.notebook, tache.contexte)
        refus = defauts(html, attendus=len(publies), toleres=tache.contexte.toleres)
        erreur = f"page refusée par le contrôle : {' ; '.join(refus)}" if refus else ""
    texte, constats = nbformat.writes(calcul.notebook) + "\n", tuple(lire_constats(calcul.notebook))
    html, publies = ("", ()) if erreur else (html, tuple(publies))
    return PageFaite(tache.page, html, texte, constats, erreur, calcul.lues, calcul.reprise, publies)


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
        executeur: exécuteur de `concurrent.futures` (processus, grappe Dask…).
        au_fil: appelée à chaque page terminée, pour dire l'avancement.
    """
    return _recueillir({executeur.submit(executer, tache): tache for tache in taches}, au_fil)


def executer_ici(
    taches: Sequence[Tache],
    *,
    jointes: Callable[[], tuple[str, ...]] = tuple,
    connus: Mapping[str, Calcul] = MappingProxyType({}),
    au_fil: Callable[[PageFaite], None] = lambda page: None,
    places: int | None = None,
    reserve: Reserve | None = None,
) -> dict[str, PageFaite]:
    """
    Exécute des tâches sur cet ordinateur, un notebook par cœur, et rend chaque page sous sa clé.

    Args:
        taches: les pages à faire.
        jointes: prépare, pendant que les notebooks calculent, les fichiers que les pages citent ; rend leurs noms.
        connus: par page, le calcul d'une production précédente, qui n'est pas à refaire.
        au_fil: appelée à chaque page terminée.
        places: notebooks exécutés à la fois ; autant que de cœurs sinon.
        reserve: où les notebooks se prêtent leurs calculs ; chacun fait tous les siens sinon.
    """
    libres, abandon = threading.Semaphore(places or os.cpu_count() or 1), threading.Event()
    annexes: Future = Future()

    def faire(tache: Tache) -> PageFaite:
        calcul = connus.get(tache.page)
        if calcul is None:
            with libres:
                if abandon.is_set():
                    raise CancelledError
                calcul = calculer(tache, reserve=reserve)
        return habiller(replace(tache, contexte=replace(tache.contexte, annexes=annexes.result())), calcul)

    longues = sorted(taches, key=lambda tache: -Path(tache.notebook).stat().st_size)
    with ThreadPoolExecutor(len(taches)) as fils:
        attendues = {fils.submit(faire, tache): tache for tache in longues}
        try:
            annexes.set_result(jointes())
            return _recueillir(attendues, au_fil)
        except BaseException:  # Ctrl-C, le plus souvent : rien ne doit continuer sans nous
            abandon.set()
            annexes.cancel()
            while wait(attendues, 0.1).not_done:
                tout_arreter()
            raise


def _recueillir(attendues: dict[Future, Tache], au_fil: Callable[[PageFaite], None]) -> dict[str, PageFaite]:
    """Chaque page sous sa clé, à mesure qu'elles arrivent."""
    faites = {}
    for attendue in as_completed(attendues):
        page = attendues[attendue].page
        try:
            faites[page] = attendue.result()
        except Exception as erreur:  # un processus tué, un disque plein : la page échoue, pas le rapport
            faites[page] = PageFaite(page, "", "", erreur=f"{type(erreur).__name__} : {erreur}")
        au_fil(faites[page])
    return faites
