"""Tuer une production n'importe quand, n'importe où, et regarder ce qui reste.

    python benchmarks/pannes.py --fois 200

À chaque fois, une production de sept petites pages d'une petite cité est lancée, puis l'un de ses processus
(elle-même, le serveur de processus, un notebook, la mise en page du PDF) est tué ou prié de s'arrêter, à un instant
tiré au hasard. On vérifie alors :

* que le rapport en place est l'ancien entier ou le neuf entier ; une page ancienne n'y est mêlée au neuf que si le
  manifeste la dit en échec et si elle porte l'avertissement ;
* que le code de retour ne dit « tout est fait » (0) que si c'est vrai ;
* qu'aucun processus ne survit trente secondes, et que la production suivante passe.

Écrit une ligne par défaut trouvé et le compte de ce qui a été observé ; le code de retour est le nombre de défauts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import nbformat

from citelib.simulation import completer

MARQUE = "CITELIB_PANNE"
"""Variable d'environnement qui numérote une production, et permet de retrouver tous ses processus."""

PRODUIRE = """
import sys
from citelib import rapport
rapport.preparer = lambda *_, **__: {}
bilan = rapport.produire(sys.argv[1], annee=2024, sortie=sys.argv[2], notebooks=rapport.Path(sys.argv[3]))
sys.exit(bilan.code)
"""


def main() -> int:
    """Lance les productions, et rend le nombre de défauts."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--fois", type=int, default=200)
    options.add_argument("--graine", type=int, default=1)
    options = options.parse_args()
    hasard, defauts, vus, plus_longue = random.Random(options.graine), [], Counter(), 0.0
    with tempfile.TemporaryDirectory() as dossier:
        atelier = Path(dossier)
        carnets(atelier / "notebooks")
        completer(atelier / "cite", annees=1, n_actions=20, graine=3)
        debut = time.monotonic()
        assert attendre(lancer(atelier, 0)) == 0, "la première production, sans panne, doit passer"
        duree = time.monotonic() - debut
        for numero in range(1, options.fois + 1):
            avant = generation(atelier)
            debut = time.monotonic()
            code, cible = panne(atelier, numero, hasard, duree)
            if code in (0, 1):  # allée à son terme : la durée suit l'allure de la machine
                duree = time.monotonic() - debut
            attente, restes = survivants(numero)
            plus_longue = max(plus_longue, attente)
            trouves = [*controler(atelier, numero, avant, code), *restes]
            defauts += [f"{numero} ({cible}, code {code}) : {defaut}" for defaut in trouves]
            print(numero, cible, code, *trouves, sep=" | ", file=sys.stderr)
            vus[cible, code, "neuf" if generation(atelier) == str(numero) else "ancien"] += 1
        if attendre(lancer(atelier, options.fois + 1)) != 0 or generation(atelier) != str(options.fois + 1):
            defauts.append("la dernière production, sans panne, n'est pas passée")
    for (cible, code, reste), combien in sorted(vus.items(), key=str):
        print(f"{combien:4d}  {cible:<22} code {code:<4} rapport {reste}")
    print(*defauts, f"{len(defauts)} défaut(s) en {options.fois} pannes", sep="\n")
    print(
        f"Le dernier processus d'une production frappée est parti en {plus_longue:.1f} s au plus.".replace(".", ",", 1)
    )
    return len(defauts)


def carnets(dossier: Path) -> None:
    """Sept notebooks qui ne font qu'écrire le numéro de la production."""
    from citelib.constats.adresses import PAGES

    dossier.mkdir()
    cellules = (
        "import os, time\nfrom citelib.tableaux import Encadre\ntime.sleep(0.1)",
        f"Encadre('Numéro', ['Génération ' + os.environ['{MARQUE}'] + '.'])",
    )
    for page, (_, titre) in PAGES.items():
        parametres = 'dossier: str = ""  # d\nannee: int = 2024  # a\ndiffusion: str = "cotech"  # p'
        carnet = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell(f"# {titre}"),
                nbformat.v4.new_code_cell(parametres, metadata={"tags": ["parameters"]}),
                *map(nbformat.v4.new_code_cell, cellules),
            ],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(carnet, dossier / f"{page}.ipynb")


def lancer(atelier: Path, numero: int) -> subprocess.Popen:
    """Une production, dans un groupe de processus à elle."""
    mots = [sys.executable, "-c", PRODUIRE, *(str(atelier / nom) for nom in ("cite", "r", "notebooks"))]
    return subprocess.Popen(
        mots, env=os.environ | {MARQUE: str(numero)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def attendre(production: subprocess.Popen) -> int:
    return production.wait(timeout=120)


def panne(atelier: Path, numero: int, hasard: random.Random, duree: float) -> tuple[int, str]:
    """Une production que l'on frappe ; son code de retour, et ce qui a été frappé."""
    production = lancer(atelier, numero)
    time.sleep(hasard.uniform(0, 1.1 * duree))
    signal_ = hasard.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
    candidats = [pid for pid in processus(numero) if pid != production.pid]
    if hasard.random() < 0.5 or not candidats:
        victime, cible = production.pid, f"elle-même, {signal_.name}"
    else:
        victime, cible = hasard.choice(candidats), f"un enfant, {signal_.name}"
    if production.poll() is None:
        try:
            os.kill(victime, signal_)
        except ProcessLookupError:
            cible = "trop tard"
    else:
        cible = "trop tard"
    return attendre(production), cible


def processus(numero: int) -> list[int]:
    """Les processus de cette production, quel que soit leur parent."""
    marque, trouves = f"{MARQUE}={numero}\0".encode(), []
    for dossier in Path("/proc").glob("[0-9]*"):
        try:
            if marque in dossier.joinpath("environ").read_bytes() + b"\0":
                trouves.append(int(dossier.name))
        except OSError:
            continue
    return trouves


def survivants(numero: int) -> tuple[float, list[str]]:
    """Les secondes qu'ont mis à s'en aller ceux qui restaient, et ce qui vit encore trente secondes après."""
    debut = time.monotonic()
    while (restants := processus(numero)) and time.monotonic() < debut + 30:
        time.sleep(0.05)
    noms = [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:80] for pid in restants]
    return time.monotonic() - debut, [f"survit : {nom}" for nom in noms]


def rapport(atelier: Path) -> Path:
    """Le dossier publié ; son nom est celui de la cité inventée."""
    return next((atelier / "r").glob("*/2024"), atelier / "r/aucun")


def faites(atelier: Path) -> dict[str, str]:
    """Page réussie → numéro de la production dont elle vient."""
    manifeste = json.loads((rapport(atelier) / "manifeste.json").read_text("utf-8"))
    reussies = {page: etat for page, etat in manifeste["pages"].items() if etat["statut"] == "faite"}
    lues = {page: (rapport(atelier) / etat["fichier"]).read_text("utf-8") for page, etat in reussies.items()}
    return {page: re.search(r"Génération (\d+)", html)[1] for page, html in lues.items()}


def generation(atelier: Path) -> str:
    """La production dont le rapport est en place."""
    return max(faites(atelier).values(), key=int, default="")


def controler(atelier: Path, numero: int, avant: str, code: int) -> list[str]:
    """Les défauts du rapport en place."""
    if not rapport(atelier).is_dir():
        return ["plus de rapport en place"]
    manifeste, numeros = json.loads((rapport(atelier) / "manifeste.json").read_text("utf-8")), faites(atelier)
    trouves = []
    for page, etat in manifeste["pages"].items():
        html = (rapport(atelier) / etat["fichier"]).read_text("utf-8")
        if hashlib.sha256(html.encode()).hexdigest() != etat["sha256"]:
            trouves.append(f"{page} n'est pas celle du manifeste")
        if page not in numeros and 'class="echec"' not in html:
            trouves.append(f"{page} est en échec sans le dire")
    if len({*numeros.values()}) > 1:
        trouves.append(f"pages mêlées : {numeros}")
    if not {*numeros.values()} <= {avant, str(numero)}:
        trouves.append(f"ni l'ancien rapport ({avant}) ni le neuf : {numeros}")
    if code == 0 and (len(numeros) < len(manifeste["pages"]) or {*numeros.values()} != {str(numero)}):
        trouves.append("dit que tout est fait, et ne l'est pas")
    return trouves


if __name__ == "__main__":
    sys.exit(main())
