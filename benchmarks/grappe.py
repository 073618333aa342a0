"""Une grappe Dask de vrais processus : le temps gagné, et ce qui reste quand un ouvrier est tué.

    python benchmarks/grappe.py --cites 4 --ecrire

Un ordonnanceur et des ouvriers, chacun dans son processus, n'écoutent que cet ordinateur. Les rapports entiers de
plusieurs copies d'une cité sont produits, dans des dossiers vides, par un ouvrier, par deux, puis par deux dont l'un
est tué (SIGKILL) dès le premier rapport fini. On vérifie que chaque rapport est entier, que la commande dit
« réussi » (0), et que le rapport d'une cité a les mêmes octets, quelle que soit la façon. Écrit un tableau Markdown,
et la durée qu'il annonce pour toutes les cités éducatives de France ; le code de retour est le nombre de défauts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from performance import RACINE, commit, copier, ranger

ENVIRONNEMENT = os.environ | {"PYTHONPATH": str(RACINE), "PYTHONUTF8": "1"}
COEURS = (1, 8, 64)
CITES, ANNEES = 250, 5


@contextmanager
def grappe(ouvriers: int) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Un ordonnanceur et ses ouvriers, arrêtés à la fin : l'adresse, et les processus des ouvriers."""
    with tempfile.TemporaryDirectory() as dossier:
        fiche = Path(dossier) / "ordonnanceur.json"
        mots = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(fiche)]
        processus = [_lancer(mots)]
        try:
            while not fiche.is_file():
                time.sleep(0.1)
            adresse = json.loads(fiche.read_text("utf-8"))["address"]
            # « --no-nanny » : un ouvrier tué ne renaît pas ; un seul fil : un rapport à la fois
            reglages = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
            processus += [_lancer(["worker", adresse, *reglages]) for _ in range(ouvriers)]
            yield adresse, processus[1:]
        finally:
            for un in reversed(processus):
                un.kill()
                un.wait()


def _lancer(mots: Sequence[str]) -> subprocess.Popen:
    muet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + mots[0], *mots[1:]],
        cwd=RACINE, env=ENVIRONNEMENT, stdout=muet, stderr=muet,
    )  # fmt: skip


def produire(cites: Sequence[Path], sortie: Path, *, ouvriers: int, tuer: bool = False) -> tuple[float, int]:
    """Produit les rapports sur une grappe neuve ; rend les secondes et le code de retour."""
    with grappe(ouvriers) as (adresse, processus):
        mots = ["rapport", *map(str, cites), "--annee", "2024", "--sortie", str(sortie), "--taches", "1"]
        mots += ["--executeur", "dask", "--ordonnanceur", adresse]
        debut = time.perf_counter()
        commande = subprocess.Popen(
            [sys.executable, "-m", "citelib", *mots], cwd=RACINE, env=ENVIRONNEMENT, stdout=subprocess.DEVNULL
        )
        while tuer and commande.poll() is None:
            if len(empreintes(sortie)) >= 1:
                processus[0].kill()
                break
            time.sleep(0.2)
        code = commande.wait()
        return time.perf_counter() - debut, code


def empreintes(sortie: Path) -> dict[str, str]:
    """Par cité, l'empreinte de ses pages finies ; une page dont le manifeste donne une autre empreinte n'en est pas."""
    trouvees = {}
    for manifeste in sorted(sortie.glob("*/2024/manifeste.json")):
        pages = json.loads(manifeste.read_text("utf-8"))["pages"].values()
        octets = [(manifeste.parent / page["fichier"]).read_bytes() for page in pages]
        if all(hashlib.sha256(o).hexdigest() == p["sha256"] for o, p in zip(octets, pages, strict=True)):
            trouvees[manifeste.parts[-3]] = hashlib.sha256(b"".join(octets)).hexdigest()
    return trouvees


def tableau(mesures: dict[str, float], cites: int) -> list[str]:
    """Une ligne par façon."""
    lignes = [f"| façon, {cites} rapports entiers | secondes | fois plus vite qu'un ouvrier |", "|---|---|---|"]
    for nom, duree in mesures.items():
        lignes.append(f"| {nom} | {duree:.0f} | {mesures['un ouvrier'] / duree:.2f} |".replace(".", ","))
    return lignes


def projection(secondes: float) -> list[str]:
    """
    Ce que dureraient tous les rapports de France, si les cœurs de plus travaillent comme ceux qui ont été mesurés.

    Args:
        secondes: celles d'un rapport sur un ouvrier, un par cœur, tous occupés.

    >>> projection(36)[-1]
    '| 64 | 12 min |'
    """
    lignes = [f"| cœurs | {CITES} cités × {ANNEES} années |", "|---|---|"]
    for coeurs in COEURS:
        minutes = CITES * ANNEES * secondes / coeurs / 60
        lignes.append(f"| {coeurs} | {f'{minutes / 60:.1f} h' if minutes >= 100 else f'{minutes:.0f} min'} |")
    return [ligne.replace(".", ",") for ligne in lignes]


def main() -> int:
    """Mesure les trois façons, écrit les tableaux, rend le nombre de défauts."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cites", type=int, default=4)
    options.add_argument("--ecrire", action="store_true", help="écrit aussi docs/performance.md")
    choix = options.parse_args()
    facons = {"un ouvrier": {"ouvriers": 1}, "deux": {"ouvriers": 2}, "deux, l'un tué": {"ouvriers": 2, "tuer": True}}
    mesures, defauts, attendu = {}, [], {}
    with tempfile.TemporaryDirectory() as provisoire:
        cites = copier(RACINE / "data" / "miramas", Path(provisoire), choix.cites)
        for nom, facon in facons.items():
            sortie = Path(provisoire) / nom
            mesures[nom], code = produire(cites, sortie, **facon)
            obtenu = empreintes(sortie)
            attendu = attendu or obtenu
            defauts += [f"{nom} : code {code}"] if code else []
            defauts += [f"{nom} : {len(obtenu)} rapports entiers sur {len(cites)}"] if len(obtenu) < len(cites) else []
            defauts += [f"{nom} : d'autres octets"] if obtenu != attendu else []
            print(nom, f"{mesures[nom]:.0f} s", file=sys.stderr, flush=True)
    secondes = mesures["deux"] / math.ceil(len(cites) / 2)  # l'ouvrier le plus chargé en fait autant l'un après l'autre
    suite = f"{secondes:.0f} secondes par rapport et par ouvrier, deux ouvriers occupant deux cœurs."
    texte = [*tableau(mesures, len(cites)), "", f"{len(defauts)} défaut(s). {suite} Dépôt {commit()}.", ""]
    texte += projection(secondes)
    print(*texte, *defauts, sep="\n")
    if choix.ecrire and not defauts:
        ranger("grappe", "\n".join(texte))
    return len(defauts)


if __name__ == "__main__":
    sys.exit(main())
