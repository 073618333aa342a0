"""Le temps d'un rapport, face aux commandes que l'on taperait à la main et au plancher de scripts nus.

    python benchmarks/moteur.py --tours 3 --ecrire

Chaque tour passe toutes les façons l'une après l'autre, dans un ordre qui tourne, chacune dans des processus neufs et
un dossier vide ; les rapports de durées se calculent dans un même tour, puis leur médiane se prend sur les tours :
une machine occupée ralentit tout le monde. La mémoire est celle de tous les processus de la façon (Linux), les pages
partagées comptées une fois (PSS) ; relevée chaque seconde, et pas plus : le relevé lui-même arrête les processus.

- `commandes` : `python -m papermill` puis `python -m nbconvert`, page après page, le code masqué ;
- `commandes à deux` : les mêmes, deux pages à la fois ;
- `ploomber-engine` : papermill et son moteur « embedded », puis nbconvert, dans un seul processus ;
- `jupyter-cache` et `jupyter-cache, inchangé` : les notebooks exécutés et gardés, puis nbconvert, un seul processus ;
- `plancher` : les cellules des mêmes notebooks en scripts nus, deux processus, sans page ni annexe ;
- `pages` : nos pages finies et contrôlées, sans annexe ni compagnon : ce que les autres façons donnent au mieux ;
- `pages, une table` : les mêmes après un changement dans la table des collèges, et `ces pages` : dans un dossier vide,
  celles qui la lisent et elles seules ;
- `citelib` : `citelib rapport` dans un dossier vide, annexes et compagnons (PDF, diaporama, classeurs) compris ;
- `inchangé` : la même commande quand rien n'a changé ;
- `une table` : la même commande après un changement dans la table des collèges.

Avec `--rapports N`, les façons marquées d'une étoile produisent N cités au lieu d'une, et les autres ne sont pas
mesurées. `ploomber-engine` et `jupyter-cache` ne sont mesurés que s'ils sont installés.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from performance import RACINE, commit, copier, ranger

PAGES = sorted((RACINE / "notebooks").glob("*.ipynb"))
PAGES = [page for page in PAGES if page.stem != "exploration"]
ANNEE, TABLE = "2024", "colleges"
SCRIPT = """
import sys, nbformat
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for page in sys.argv[2:]:
    shell.user_ns.update(dossier=sys.argv[1], annee=2024, diffusion="cotech")
    for cellule in nbformat.read(page, as_version=4).cells:
        if cellule.cell_type == "code" and "parameters" not in cellule.metadata.get("tags", []):
            resultat = shell.run_cell(cellule.source, silent=True)
            resultat.raise_error()
            if resultat.result is not None:
                shell.display_formatter.format(resultat.result)
"""


PLOOMBER = """
import sys, papermill
from nbconvert.exporters import HTMLExporter
donnees, vers, *pages = sys.argv[1:]
for page in pages:
    fait = f"{vers}/{page.rpartition('/')[2]}"
    reglages = {"dossier": donnees, "annee": 2024, "diffusion": "cotech"}
    papermill.execute_notebook(page, fait, reglages, engine_name="embedded", progress_bar=False)
    html, _ = HTMLExporter(exclude_input=True).from_filename(fait)
    open(fait + ".html", "w", encoding="utf-8").write(html)
"""
CACHE = """
import sys, nbformat
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from nbconvert.exporters import HTMLExporter
vers, *pages = sys.argv[1:]
cache = get_cache(vers + "/cache")
for page in pages:
    cache.add_nb_to_project(page)
load_executor("local-serial", cache).run_and_cache(timeout=600)
for page in pages:
    _, fait = cache.merge_match_into_notebook(nbformat.read(page, 4))
    html, _ = HTMLExporter(exclude_input=True).from_notebook_node(fait)
    open(f"{vers}/{page.rpartition('/')[2]}.html", "w", encoding="utf-8").write(html)
"""
PAGES_SEULES = """
import sys
from citelib import moteur, rapport, reprise
from citelib.compagnons import registre
from citelib.moteur.processus import rechauffer
if __name__ == "__main__":
    rechauffer()
    rapport.preparer, registre.COMPAGNONS = lambda *_, **__: {}, {}
    donnees, sortie, *pages = sys.argv[1:]
    entrees = reprise.entrees(donnees)
    sys.exit(rapport.produire(donnees, annee=2024, sortie=sortie, seulement=pages, entrees=entrees).code)
"""


def lancer(*mots: object) -> None:
    """Une commande, dans un processus neuf, depuis la racine du projet."""
    commande = [sys.executable, *map(str, mots)]
    environnement = os.environ | {"PYTHONPATH": str(RACINE), "PYTHONUTF8": "1"}
    subprocess.run(commande, cwd=RACINE, env=environnement, check=True, capture_output=True)


def page_a_la_main(page: Path, donnees: Path, vers: Path) -> None:
    """Les deux commandes d'une page."""
    execute = vers / page.name
    parametres = ["-p", "dossier", donnees, "-p", "annee", ANNEE, "-p", "diffusion", "cotech"]
    lancer("-m", "papermill", page, execute, "-k", "python3", "--no-progress-bar", *parametres)
    lancer("-m", "nbconvert", "--to", "html", "--no-input", execute)


def commandes(donnees: Path, vers: Path, *, a_la_fois: int = 1) -> None:
    """Les deux commandes, pour chaque page."""
    with ThreadPoolExecutor(a_la_fois) as fils:
        list(fils.map(lambda page: page_a_la_main(page, donnees, vers), PAGES))


def plancher(donnees: Path, vers: Path) -> None:
    """Le code des pages en scripts nus, les plus longues réparties entre deux processus."""
    longues = sorted(PAGES, key=lambda page: -page.stat().st_size)
    with ThreadPoolExecutor(2) as fils:
        list(fils.map(lambda parite: lancer("-c", SCRIPT, donnees, *longues[parite::2]), (0, 1)))


def ploomber(donnees: Path, vers: Path) -> None:
    """papermill et le moteur de ploomber, page après page."""
    lancer("-c", PLOOMBER, donnees, vers, *PAGES)


def cache(donnees: Path, vers: Path) -> None:
    """jupyter-cache, sur une copie des notebooks : il n'injecte pas de paramètre, et les exécute où ils sont."""
    copies = vers / "notebooks"
    if not copies.is_dir():
        copies.mkdir()
        for page in PAGES:
            texte = page.read_text("utf-8")
            (copies / page.name).write_text(texte.replace("data/miramas", donnees.as_posix()), "utf-8")
    lancer("-c", CACHE, vers, *sorted(copies.glob("*.ipynb")))


def pages_seules(donnees: Path, vers: Path, *pages: str) -> None:
    """Nos pages, ou celles-ci, sans rien qui les accompagne."""
    lancer("-c", PAGES_SEULES, donnees, vers / "r", *pages)


def lisent(table: str, vers: Path) -> list[str]:
    """Les pages qui lisent une table, d'après ce que leur production a noté."""
    (note,) = (vers / "r").glob(f"*/{ANNEE}/.reprise.json")
    return [page for page, sienne in json.loads(note.read_text("utf-8"))["pages"].items() if table in sienne["lues"]]


def rapport(donnees: Path, vers: Path) -> None:
    """Notre commande."""
    lancer("-m", "citelib", "rapport", donnees, "--annee", ANNEE, "--sortie", vers / "r")


def plusieurs(faire: Callable[[Path, Path], None], copies: Sequence[Path], vers: Path) -> None:
    """Une façon, sur plusieurs cités l'une après l'autre."""
    for copie in copies:
        (vers / copie.name).mkdir()
        faire(copie, vers / copie.name)


def nos_rapports(copies: Sequence[Path], vers: Path) -> None:
    """Notre commande, une seule pour toutes les cités."""
    lancer("-m", "citelib", "rapport", *copies, "--annee", ANNEE, "--sortie", vers / "r")


@contextmanager
def une_table_changee(donnees: Path) -> Iterator[None]:
    """La table des collèges sans sa dernière ligne, le temps d'un bloc."""
    fichier = donnees / f"{TABLE}.csv"
    avant = fichier.read_bytes()
    fichier.write_bytes(b"\n".join(avant.splitlines()[:-1]) + b"\n")
    yield
    fichier.write_bytes(avant)


def descendants(racine: int) -> list[int]:
    """Les processus nés d'un processus, à toute profondeur."""
    parents = {}
    for fiche in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(fiche.parent.name)] = int(fiche.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    trouves, rangs = [], [racine]
    while rangs:
        rangs = [pid for pid, parent in parents.items() if parent in rangs]
        trouves += rangs
    return trouves


def memoire() -> int:
    """Kilo-octets de tous nos descendants, les pages partagées comptées une fois ; 0 ailleurs que sous Linux."""
    total = 0
    for pid in descendants(os.getpid()):
        try:
            lignes = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(ligne.split()[1]) for ligne in lignes if ligne.startswith("Pss:"))
        except OSError:
            continue
    return total


def mesurer(faire: Callable[[], None]) -> tuple[float, float]:
    """Secondes, et mégaoctets au plus haut."""
    pics, fini = [0], threading.Event()

    def relever() -> None:
        while not fini.wait(1.0):
            pics.append(memoire())

    releveur = threading.Thread(target=relever)
    releveur.start()
    debut = time.perf_counter()
    try:
        faire()
    finally:
        duree = time.perf_counter() - debut
        fini.set()
        releveur.join()
    return duree, max(pics) / 1024


def tour(rang: int, source: Path) -> dict[str, tuple[float, float]]:
    """Une mesure de chaque façon, dans un ordre qui change à chaque tour."""
    with tempfile.TemporaryDirectory() as provisoire:
        donnees = shutil.copytree(source, Path(provisoire) / "cite")

        def vers(nom: str) -> Path:
            dossier = Path(provisoire) / nom
            dossier.mkdir(exist_ok=True)
            return dossier

        def nous() -> dict[str, tuple[float, float]]:
            faites = {nom: mesurer(lambda: rapport(donnees, vers("nous"))) for nom in ("citelib", "inchangé")}
            with une_table_changee(donnees):
                faites["une table"] = mesurer(lambda: rapport(donnees, vers("nous")))
            return faites

        def pages() -> dict[str, tuple[float, float]]:
            faites = {"pages": mesurer(lambda: pages_seules(donnees, vers("pages")))}
            with une_table_changee(donnees):
                faites["pages, une table"] = mesurer(lambda: pages_seules(donnees, vers("pages")))
                siennes = lisent(TABLE, vers("pages"))
                faites["ces pages"] = mesurer(lambda: pages_seules(donnees, vers("ces pages"), *siennes))
            return faites

        def gardes() -> dict[str, tuple[float, float]]:
            noms = ("jupyter-cache", "jupyter-cache, inchangé")
            return {nom: mesurer(lambda: cache(donnees, vers("cache"))) for nom in noms}

        facons = [
            lambda: {"commandes": mesurer(lambda: commandes(donnees, vers("seul")))},
            lambda: {"commandes à deux": mesurer(lambda: commandes(donnees, vers("deux"), a_la_fois=2))},
            lambda: {"plancher": mesurer(lambda: plancher(donnees, vers("nus")))},
            pages,
            nous,
        ]
        if find_spec("ploomber_engine"):
            facons.append(lambda: {"ploomber-engine": mesurer(lambda: ploomber(donnees, vers("ploomber")))})
        if find_spec("jupyter_cache"):
            facons.append(gardes)
        return _alterner(facons, rang)


def grand_tour(rang: int, source: Path, combien: int) -> dict[str, tuple[float, float]]:
    """Plusieurs rapports, par les façons qui s'y prêtent."""
    with tempfile.TemporaryDirectory() as provisoire:
        copies = copier(source, Path(provisoire), combien)
        vers = {nom: Path(provisoire) / nom for nom in ("deux", "nus", "pages", "nous")}
        for dossier in vers.values():
            dossier.mkdir()
        a_deux = partial(commandes, a_la_fois=2)
        facons = [
            lambda: {"commandes à deux": mesurer(lambda: plusieurs(a_deux, copies, vers["deux"]))},
            lambda: {"plancher": mesurer(lambda: plusieurs(plancher, copies, vers["nus"]))},
            lambda: {"pages": mesurer(lambda: plusieurs(pages_seules, copies, vers["pages"]))},
            lambda: {"citelib": mesurer(lambda: nos_rapports(copies, vers["nous"]))},
        ]
        return _alterner(facons, rang)


def _alterner(facons: list[Callable[[], dict]], rang: int) -> dict[str, tuple[float, float]]:
    """Toutes les façons, en commençant par une autre à chaque tour."""
    decalees = facons[rang % len(facons) :] + facons[: rang % len(facons)]
    mesures = {}
    for facon in decalees:
        faites = facon()
        print(", ".join(f"{nom} {duree:.1f} s" for nom, (duree, _) in faites.items()), file=sys.stderr, flush=True)
        mesures |= faites
    return mesures


def tableau(tours: list[dict[str, tuple[float, float]]], reference: str) -> list[str]:
    """Une ligne par façon : durée et mémoire médianes, et combien de fois plus vite que la façon de référence."""
    lignes = [
        f"| façon | secondes | Mo au plus haut | fois plus vite que « {reference} » (bornes) |",
        "|---|---|---|---|",
    ]
    for nom in sorted(tours[0], key=lambda nom: -statistics.median(t[nom][0] for t in tours)):
        durees, pics = zip(*(mesures[nom] for mesures in tours), strict=True)
        rapports = [mesures[reference][0] / mesures[nom][0] for mesures in tours]
        bornes = f"{min(rapports):.1f} à {max(rapports):.1f}"
        ecrit = f"| {nom} | {statistics.median(durees):.1f} | {statistics.median(pics):.0f} "
        lignes.append(f"{ecrit}| {statistics.median(rapports):.1f} ({bornes}) |".replace(".", ","))
    return lignes


def buts(tours: list[dict[str, tuple[float, float]]]) -> list[str]:
    """Les rapports que le projet s'est donnés pour buts, pour un seul rapport."""
    if "commandes" not in tours[0]:
        return []
    rapports = {
        "pages, fois plus vite que les commandes (but : 8)": ("commandes", "pages", 0),
        "pages ÷ plancher à deux processus (but : 1,03 au plus)": ("pages", "plancher", 0),
        "mémoire, pages ÷ commandes à deux (but : 0,75 au plus)": ("pages", "commandes à deux", 1),
        "inchangé, fois plus vite que jupyter-cache (but : 12)": ("jupyter-cache, inchangé", "inchangé", 0),
        "une table changée, pages ÷ celles qui la lisent, dans un dossier vide (but : 1)": (
            "pages, une table",
            "ces pages",
            0,
        ),
        "une table changée ÷ rapport entier, compagnons compris": ("une table", "citelib", 0),
    }
    dites = []
    for quoi, (haut, bas, rang) in rapports.items():
        if {haut, bas} <= tours[0].keys():
            valeur = statistics.median(t[haut][rang] / t[bas][rang] for t in tours)
            dites.append(f"- {quoi} : {valeur:.2f}".replace(".", ","))
    return dites


def trace(tours: list, source: Path) -> str:
    """Ce qu'il faut pour refaire la mesure."""
    noms = ("papermill", "nbconvert", "pandas", "matplotlib")
    versions = ", ".join(f"{nom} {importlib.metadata.version(nom)}" for nom in noms)
    return (
        f"Médianes de {len(tours)} tours alternés ; {source.name}, programme {ANNEE}, {len(PAGES)} pages ; "
        f"{os.cpu_count()} cœurs, {platform.machine()}. Dépôt {commit()}, "
        f"Python {platform.python_version()}, {versions}."
    )


def main() -> None:
    """Lit les options, mesure, écrit."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tours", type=int, default=3)
    options.add_argument("--rapports", type=int, default=1)
    options.add_argument("--donnees", type=Path, default=RACINE / "data" / "miramas")
    options.add_argument("--ecrire", action="store_true", help="écrit aussi docs/performance.md")
    choix = options.parse_args()
    seul, tours = choix.rapports == 1, []
    for rang in range(choix.tours):
        tours.append(tour(rang, choix.donnees) if seul else grand_tour(rang, choix.donnees, choix.rapports))
    lignes = tableau(tours, "commandes" if seul else "commandes à deux")
    texte = "\n".join([*lignes, "", *buts(tours), "", trace(tours, choix.donnees)])
    print(texte)
    if choix.ecrire:
        ranger("un rapport" if seul else "plusieurs rapports", texte)


if __name__ == "__main__":
    main()
