"""Le temps d'un rapport, face aux commandes que l'on taperait à la main et au plancher de scripts nus.

    python benchmarks/moteur.py --tours 3 --vers docs/performance.md

Chaque tour passe toutes les façons l'une après l'autre, dans un ordre qui tourne, chacune dans des processus neufs et
un dossier vide ; les rapports de durées se calculent dans un même tour, puis leur médiane se prend sur les tours :
une machine occupée ralentit tout le monde. La mémoire est celle de tous les processus de la façon (Linux), relevée
dix fois par seconde, les pages partagées comptées une fois (PSS).

- `commandes` : `python -m papermill` puis `python -m nbconvert`, page après page, le code masqué ;
- `commandes à deux` : les mêmes, deux pages à la fois ;
- `plancher` : les cellules des mêmes notebooks en scripts nus, deux processus, sans page ni annexe ;
- `citelib` : `citelib rapport` dans un dossier vide, pages finies, contrôlées, et annexes comprises ;
- `une table` : la même commande après un changement dans la table des collèges ;
- `inchangé` : la même commande quand rien n'a changé.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
PAGES = sorted((RACINE / "notebooks").glob("*.ipynb"))
PAGES = [page for page in PAGES if page.stem != "exploration"]
ANNEE = "2024"
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


def rapport(donnees: Path, vers: Path) -> None:
    """Notre commande."""
    lancer("-m", "citelib", "rapport", donnees, "--annee", ANNEE, "--sortie", vers / "r")


def changer_une_table(donnees: Path) -> None:
    """Retire la dernière ligne de la table des collèges."""
    fichier = donnees / "colleges.csv"
    fichier.write_text("\n".join(fichier.read_text("utf-8-sig").splitlines()[:-1]) + "\n", "utf-8-sig")


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
        while not fini.wait(0.1):
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
        vers = {nom: Path(provisoire) / nom for nom in ("seul", "deux", "nus", "nous")}
        for dossier in vers.values():
            dossier.mkdir()

        def nous() -> dict[str, tuple[float, float]]:
            faites = {"citelib": mesurer(lambda: rapport(donnees, vers["nous"]))}
            faites["inchangé"] = mesurer(lambda: rapport(donnees, vers["nous"]))
            changer_une_table(donnees)
            return faites | {"une table": mesurer(lambda: rapport(donnees, vers["nous"]))}

        facons = [
            lambda: {"commandes": mesurer(lambda: commandes(donnees, vers["seul"]))},
            lambda: {"commandes à deux": mesurer(lambda: commandes(donnees, vers["deux"], a_la_fois=2))},
            lambda: {"plancher": mesurer(lambda: plancher(donnees, vers["nus"]))},
            nous,
        ]
        decalees = facons[rang % len(facons) :] + facons[: rang % len(facons)]
        return {nom: mesure for facon in decalees for nom, mesure in facon().items()}


def page_markdown(tours: list[dict[str, tuple[float, float]]], source: Path) -> str:
    """Les médianes et les rapports, avec la version de tout ce qui a été mesuré."""
    depot = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=RACINE, capture_output=True, text=True)
    versions = {nom: importlib.metadata.version(nom) for nom in ("papermill", "nbconvert", "pandas", "matplotlib")}
    lignes = []
    for nom in ("commandes", "commandes à deux", "plancher", "citelib", "une table", "inchangé"):
        durees, pics = zip(*(mesures[nom] for mesures in tours), strict=True)
        rapports = [mesures["commandes"][0] / mesures[nom][0] for mesures in tours]
        bornes = f"{min(rapports):.1f} à {max(rapports):.1f}"
        ecrit = f"| {nom} | {statistics.median(durees):.1f} | {statistics.median(pics):.0f} "
        lignes.append(f"{ecrit}| {statistics.median(rapports):.1f} ({bornes}) |".replace(".", ","))
    au_plancher = statistics.median(m["citelib"][0] / m["plancher"][0] for m in tours)
    memoires = statistics.median(m["citelib"][1] / m["commandes à deux"][1] for m in tours)
    return "\n".join(
        [
            "# Performance",
            "",
            "Écrit par `python benchmarks/moteur.py` : les façons mesurées y sont décrites. Un rapport : "
            f"`{source.name}`, programme {ANNEE}, {len(PAGES)} pages.",
            "",
            "| façon | secondes | Mo au plus haut | fois plus vite que les commandes (bornes) |",
            "|---|---|---|---|",
            *lignes,
            "",
            f"citelib ÷ plancher à deux processus : {au_plancher:.2f}. ".replace(".", ",", 1)
            + f"Mémoire, citelib ÷ commandes à deux : {memoires:.2f}.".replace(".", ",", 1),
            "",
            f"Médianes de {len(tours)} tours alternés ; {os.cpu_count()} cœurs, {platform.machine()}, "
            f"charge de la machine {os.getloadavg()[0]:.1f} à la fin. Dépôt {depot.stdout.strip()}, "
            f"Python {platform.python_version()}, {', '.join(f'{n} {v}' for n, v in versions.items())}.",
            "",
        ]
    )


def main() -> None:
    """Lit les options, mesure, écrit."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tours", type=int, default=3)
    options.add_argument("--donnees", type=Path, default=RACINE / "data" / "miramas")
    options.add_argument("--vers", type=Path, help="fichier Markdown à écrire ; l'écran sinon")
    choix = options.parse_args()
    tours = []
    for rang in range(choix.tours):
        tours.append(tour(rang, choix.donnees))
        print(f"tour {rang + 1} : " + ", ".join(f"{nom} {m[0]:.1f} s" for nom, m in tours[-1].items()), file=sys.stderr)
    page = page_markdown(tours, choix.donnees)
    if choix.vers:
        choix.vers.write_text(page, encoding="utf-8", newline="\n")
    else:
        print(page)


if __name__ == "__main__":
    main()
