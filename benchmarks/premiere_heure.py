"""La première heure, chronométrée : l'exemple, un graphique à soi, puis une deuxième cité, fautes comprises.

    python benchmarks/premiere_heure.py

Rejoue, avec les commandes qu'une personne taperait, `docs/guide/premiere-heure.md` : ce que les deux personnes de
Valcombe saisissent est dans `tests/valcombe.py`. Écrit une ligne par commande : ses secondes, son code de retour, la
commande. L'installation n'est pas comptée ici : sur une machine nue, c'est `time make installer`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE / "tests"))

import valcombe  # noqa: E402 : des tests, qui ne s'installent pas


def chronometrer(*commande: str | Path, attendu: int = 0) -> float:
    """Lance une commande, dit sa durée, et s'arrête si son code de retour n'est pas celui que l'on attend."""
    debut = time.perf_counter()
    fini = subprocess.run([sys.executable, "-m", *map(str, commande)], cwd=RACINE, capture_output=True, text=True)
    duree = time.perf_counter() - debut
    print(f"{duree:7.1f} s  code {fini.returncode}  python -m {' '.join(map(str, commande))}", flush=True)
    if fini.returncode != attendu:
        sys.exit(f"code {attendu} attendu\n{fini.stdout}\n{fini.stderr}")
    return duree


def exemple(ici: Path) -> float:
    """Le rapport de Miramas."""
    return chronometrer("citelib", "rapport", "data/miramas", "--annee", "2024", "--sortie", ici / "reports")


def bureau(ici: Path) -> float:
    """Le bureau de l'évaluateur, toutes cellules exécutées."""
    return chronometrer("papermill", "notebooks/exploration.ipynb", ici / "exploration.ipynb")


def deuxieme_cite(ici: Path) -> float:
    """De rien au rapport : trois essais pour le programme, trois pour le bilan d'une association."""
    cite, total = ici / "valcombe", 0.0

    def importer(fichier: Path, *, attendu: int = 0) -> float:
        return chronometrer("citelib", "importer", "classeur", fichier, "--vers", cite, "--oui", attendu=attendu)

    total += chronometrer("citelib", "nouvelle-cite", cite, "--nom", "Valcombe", "--annee", "2025")
    programme, bilan = cite / "modeles" / "cpo.xlsx", cite / "modeles" / "porteur.xlsx"
    valcombe.remplir(programme, valcombe.CPO, organisme="Ville de Valcombe", le="15/01/2026")
    total += importer(programme, attendu=1)
    valcombe.reprendre(programme, valcombe.CORRECTIONS_CPO)
    total += importer(programme, attendu=1)
    valcombe.reprendre(programme, [("Actions", "Ville", "Nom du", "Ville de Valcombe")])
    total += importer(programme)
    total += chronometrer("citelib", "nouvelle-cite", cite, "--modeles")
    valcombe.remplir(bilan, valcombe.PORTEUR, organisme="Tremplin", le="12 janvier 2026")
    total += importer(bilan, attendu=1)
    valcombe.reprendre(bilan, [("Bénéficiaires", "8 ou 9", "Personnes diff", "≈9")])
    total += importer(bilan, attendu=1)
    valcombe.reprendre(bilan, [("Bilans", "A3-1", "Identifiant", "A3-01")])
    total += importer(bilan)
    total += chronometrer("citelib", "verifier", cite)
    return total + chronometrer("citelib", "rapport", cite, "--annee", "2025", "--sortie", ici / "reports")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as dossier:
        for titre, mesure in [("l'exemple", exemple), ("le bureau", bureau), ("la deuxième cité", deuxieme_cite)]:
            print(f"== {titre} : {mesure(Path(dossier)):.0f} s", flush=True)
