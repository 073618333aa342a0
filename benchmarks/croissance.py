"""Le temps des calculs de trois pages quand le programme et les années grandissent : une pente, non une durée.

    python benchmarks/croissance.py --actions 50 100 200 400 --annees 1 2 4 6

Chaque cité est inventée, écrite, chargée une fois ; les cellules de code des notebooks `protocole`, `realisation` et
`resultats` sont ensuite exécutées comme sur la page, sans dessiner ni écrire de HTML : les fonctions de la page, telles
qu'elle les appelle. Le chargement n'est pas compté. Chaque mesure, en temps de processeur, est la plus courte de
`--tours` passages. La pente est celle de la droite des moindres carrés de log(temps) selon log(taille) : 1, le temps
croît comme les données ; 2, comme leur carré. Une part fixe la fait paraître plus faible sur de petites cités : lire
surtout la dernière marche.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np

import citelib
from citelib.simulation import completer

PAGES = ("protocole", "realisation", "resultats")
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ANNEE = 2024


def cellules(page: str) -> list[str]:
    """Le code d'une page, sans sa cellule de paramètres."""
    notebook = nbformat.read(NOTEBOOKS / f"{page}.ipynb", as_version=4)
    codes = [c for c in notebook.cells if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])]
    return [cellule.source for cellule in codes]


def passer(page: str, dossier: Path) -> float:
    """Secondes de processeur des cellules d'une page, sans celle qui charge la cité."""
    noms = {"dossier": str(dossier), "annee": ANNEE, "diffusion": "cotech"}
    duree = 0.0
    for code in cellules(page):
        debut = time.process_time()
        exec(compile(code, page, "exec"), noms)
        duree += 0 if "charger(" in code else time.process_time() - debut
    return duree


def mesurer(tailles: list[tuple[int, int]], tours: int) -> list[dict]:
    """Une ligne par taille (actions, années) et par page."""
    mesures = []
    for n_actions, annees in tailles:
        with tempfile.TemporaryDirectory() as provisoire:
            (dossier,) = completer(Path(provisoire) / "cite", annees=annees, n_actions=n_actions, graine=13)
            lignes = sum(len(lecture.table) for lecture in citelib.charger(dossier).lectures.values())
            for page in PAGES:
                secondes = min(passer(page, dossier) for _ in range(tours))
                mesures.append(
                    {"page": page, "actions": n_actions, "annees": annees, "lignes": lignes, "s": round(secondes, 3)}
                )
                print(json.dumps(mesures[-1]), flush=True)
    return mesures


def pentes(mesures: list[dict], quoi: str) -> dict[str, dict[str, float]]:
    """Pour chaque page, la pente en échelle logarithmique : sur toutes les tailles, et sur la dernière marche."""
    resultat = {}
    for page in PAGES:
        siennes = sorted((m[quoi], m["s"]) for m in mesures if m["page"] == page)
        tailles, durees = np.log(np.array(siennes, dtype=float)).T
        derniere = (durees[-1] - durees[-2]) / (tailles[-1] - tailles[-2])
        resultat[page] = {"ensemble": round(np.polyfit(tailles, durees, 1)[0], 2), "derniere": round(derniere, 2)}
    return resultat


def main() -> None:
    """Mesure les deux croissances, et écrit leurs pentes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--actions", type=int, nargs="+", default=[50, 100, 200, 400])
    options.add_argument("--annees", type=int, nargs="+", default=[1, 2, 4, 6])
    options.add_argument("--tours", type=int, default=2)
    choix = options.parse_args()
    par_actions = mesurer([(n, 2) for n in choix.actions], choix.tours)
    par_annees = mesurer([(100, an) for an in choix.annees], choix.tours)
    print(json.dumps({"pente selon les actions": pentes(par_actions, "actions")}, ensure_ascii=False))
    print(json.dumps({"pente selon les années": pentes(par_annees, "annees")}, ensure_ascii=False))


if __name__ == "__main__":
    main()
