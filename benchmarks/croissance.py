"""Le temps et la mémoire quand les données grandissent : une pente, non une durée.

    python benchmarks/croissance.py --ecrire

Trois grandeurs : les actions d'un programme, les années d'une cité, les lignes de présences. Chaque mesure est prise
dans un processus neuf. Pour les deux premières, une cité est inventée, écrite, chargée ; les cellules de code des
notebooks `protocole`, `realisation` et `resultats` sont ensuite exécutées comme sur la page, sans dessiner ni écrire
de HTML, et c'est le chargement et elles qui sont comptés, en temps de processeur, au plus court de `--tours` passages.
Pour la troisième, le fichier est lu, vérifié et sommé. La pente est celle de la droite des moindres carrés de
log(temps) selon log(taille) : 1, le temps croît comme les données ; 2, comme leur carré. Une part fixe la fait
paraître plus faible sur de petites tailles : la dernière marche est donnée aussi.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
import numpy as np
from performance import RACINE, commit, ranger
from presences import inventer

PAGES = ("protocole", "realisation", "resultats")
NOTEBOOKS = RACINE / "notebooks"
IMAGE = RACINE / "docs" / "images" / "croissance.png"
ANNEE = 2024


def cellules(page: str) -> list[str]:
    """Le code d'une page, sans sa cellule de paramètres."""
    notebook = nbformat.read(NOTEBOOKS / f"{page}.ipynb", as_version=4)
    codes = [c for c in notebook.cells if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])]
    return [cellule.source for cellule in codes]


def passer(dossier: Path) -> float:
    """Secondes de processeur des cellules de toutes les pages, chargement compris, dans cet ordre."""
    debut = time.process_time()
    for page in PAGES:
        noms = {"dossier": str(dossier), "annee": ANNEE, "diffusion": "cotech"}
        for code in cellules(page):
            exec(compile(code, page, "exec"), noms)
    return time.process_time() - debut


def une_cite(actions: int, annees: int, tours: int) -> dict[str, float]:
    """La mesure d'une cité, dans ce processus."""
    from citelib.simulation import completer

    with tempfile.TemporaryDirectory() as provisoire:
        (dossier,) = completer(Path(provisoire) / "cite", annees=annees, n_actions=actions, graine=13)
        return {"s": min(passer(dossier) for _ in range(tours)), "memoire": _memoire()}


def _memoire() -> float:
    """Mégaoctets de ce processus au plus haut."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ailleurs(*mots: object) -> dict[str, float]:
    """Ce qu'un programme de ce dossier mesure dans un processus neuf."""
    commande = [sys.executable, *map(str, mots)]
    return json.loads(subprocess.run(commande, check=True, capture_output=True, text=True).stdout)


def des_presences(lignes: int) -> dict[str, float]:
    """Lire, vérifier et sommer autant de lignes."""
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / "participations.csv"
        inventer(fichier, lignes, graine=1)
        lue = ailleurs(Path(__file__).with_name("presences.py"), "--un", "citelib", fichier)
        return {"s": lue["duree"], "memoire": lue["memoire"] * 1024}


def pente(tailles: Sequence[float], durees: Sequence[float]) -> float:
    """
    La pente d'une droite des moindres carrés, en échelles logarithmiques.

    >>> round(pente([1, 10, 100], [2, 20, 200]), 2)
    1.0
    """
    return float(np.polyfit(np.log(tailles), np.log(durees), 1)[0])


def tableau(courbes: dict[str, dict[int, dict[str, float]]]) -> str:
    """Une ligne par grandeur : bornes, pentes du temps et de la mémoire."""
    entetes = ("ce qui grandit", "de … à …", "pente du temps", "dernière marche", "pente de la mémoire")
    lignes = [f"| {' | '.join(entetes)} |", "|---|---|---|---|---|"]
    for nom, mesures in courbes.items():
        tailles, durees = [*mesures], [m["s"] for m in mesures.values()]
        pentes = [pente(tailles, durees), pente(tailles[-2:], durees[-2:])]
        pentes.append(pente(tailles, [m["memoire"] for m in mesures.values()]))
        haut = f"{durees[-1]:.1f} s, {mesures[tailles[-1]]['memoire']:.0f} Mo"
        bornes = f"{tailles[0]} ({durees[0]:.1f} s) à {tailles[-1]} ({haut})"
        lignes.append(f"| {nom} | {bornes} | {' | '.join(f'{p:.2f}' for p in pentes)} |".replace(".", ","))
    return "\n".join(lignes)


def dessiner(courbes: dict[str, dict[int, dict[str, float]]]) -> None:
    """Le temps et la mémoire selon la taille, en échelles logarithmiques, et une droite de pente 1."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for ax, quoi, titre in zip(axes, ("s", "memoire"), ("Temps (secondes)", "Mémoire (Mo)"), strict=True):
        for marque, (nom, mesures) in zip("osD", courbes.items(), strict=True):
            tailles, valeurs = [*mesures], [m[quoi] for m in mesures.values()]
            relatives = [taille / tailles[0] for taille in tailles]
            ax.loglog(relatives, valeurs, marker=marque, label=nom, color="#12436d" if marque == "o" else None)
        bas = min(m[quoi] for mesures in courbes.values() for m in mesures.values())
        ax.loglog([1, 100], [bas, 100 * bas], linestyle=":", color="#666666", label="pente 1")
        ax.set(title=titre, xlabel="taille, en multiples de la plus petite")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    IMAGE.parent.mkdir(exist_ok=True)
    figure.savefig(IMAGE, dpi=110, metadata={"Software": None})


def main() -> None:
    """Mesure les trois croissances, et écrit leurs pentes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--actions", type=int, nargs="+", default=[50, 100, 200, 400])
    options.add_argument("--annees", type=int, nargs="+", default=[1, 2, 4, 6])
    options.add_argument("--presences", type=int, nargs="+", default=[10**3, 10**4, 10**5, 10**6, 10**7])
    options.add_argument("--tours", type=int, default=2)
    options.add_argument("--une", type=int, nargs=2, metavar=("ACTIONS", "ANNEES"), help=argparse.SUPPRESS)
    options.add_argument("--ecrire", action="store_true", help="écrit aussi docs/performance.md et son image")
    choix = options.parse_args()
    if choix.une:
        print(json.dumps(une_cite(*choix.une, choix.tours)))
        return
    ici = (Path(__file__), "--tours", choix.tours, "--une")
    courbes = {
        "actions d'un programme (deux années)": {n: ailleurs(*ici, n, 2) for n in choix.actions},
        "années (cent actions)": {an: ailleurs(*ici, 100, an) for an in choix.annees},
        "lignes de présences": {n: des_presences(n) for n in choix.presences},
    }
    texte = f"{tableau(courbes)}\n\nDépôt {commit()}."
    print(texte)
    if choix.ecrire:
        dessiner(courbes)
        ranger("croissance", texte)


if __name__ == "__main__":
    main()
