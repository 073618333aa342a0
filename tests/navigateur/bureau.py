"""Ouvrir le bureau dans un vrai navigateur : pour l'éprouver (`eprouver_bureau.py`), et pour le photographier."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

RACINE = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
JETON = "eprouver"
SECONDES = 240
SOBRE = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def copier(vers: Path) -> None:
    """Une copie du notebook et des données : rien ne s'écrit dans le projet."""
    shutil.copytree(RACINE / "data" / "miramas", vers / "data" / "miramas")
    (vers / "notebooks").mkdir()
    shutil.copy(RACINE / "notebooks" / "exploration.ipynb", vers / "notebooks")


@contextlib.contextmanager
def servir(projet: Path) -> Iterator[str]:
    """L'adresse d'un JupyterLab qui n'écoute que cette machine, arrêté à la fin."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    commande = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    commande += ["--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={JETON}", f"--ServerApp.root_dir={projet}"]
    commande += ["--LabApp.default_url=/lab/tree/notebooks/exploration.ipynb", "--ServerApp.port_retries=0"]
    chemins = os.pathsep.join(filter(None, [str(RACINE), os.environ.get("PYTHONPATH", "")]))
    with (projet / "jupyter.log").open("w") as journal:
        serveur = subprocess.Popen(
            commande, cwd=projet, env=os.environ | {"PYTHONPATH": chemins}, stdout=journal, stderr=subprocess.STDOUT
        )
        try:
            yield _attendre(f"http://127.0.0.1:{port}", serveur, projet / "jupyter.log")
        finally:
            serveur.terminate()
            serveur.wait(30)


def _attendre(adresse: str, serveur: subprocess.Popen, journal: Path) -> str:
    """L'adresse, une fois que le serveur y répond."""
    limite = time.monotonic() + SECONDES
    while time.monotonic() < limite and serveur.poll() is None:
        try:
            urllib.request.urlopen(f"{adresse}/api?token={JETON}", timeout=5).close()
            return adresse
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"JupyterLab n'a pas démarré :\n{journal.read_text()[-2000:]}")


def ouvrir(playwright, adresse: str, *, hauteur: int = 2400):
    """Le notebook, toutes ses cellules exécutées ; `page.demandees` note chaque requête."""
    navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SOBRE])
    ouverte = navigateur.new_page(viewport={"width": 1280, "height": hauteur}, locale="fr-FR")
    ouverte.demandees = []
    ouverte.on("request", lambda requete: ouverte.demandees.append(requete.url))
    ouverte.set_default_timeout(SECONDES * 1000)
    ouverte.goto(f"{adresse}/?token={JETON}")
    # avant, le menu se refermerait
    ouverte.locator(".jp-Notebook .jp-CodeCell").nth(3).wait_for()
    ouverte.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
    for _ in range(20):
        if _tout_executer(ouverte):
            break
    _tout_est_execute(ouverte)
    return ouverte


def _tout_executer(page) -> bool:
    """Demande d'exécuter toutes les cellules ; faux si un noyau à peine démarré a perdu l'ordre."""
    page.get_by_role("menuitem", name="Exécution").click()
    page.get_by_role("menuitem", name="Exécuter toutes les cellules", exact=True).click()
    page.wait_for_timeout(3000)
    return any(
        invite.strip() != "[ ]:" for invite in page.locator(".jp-CodeCell .jp-InputArea-prompt").all_inner_texts()
    )


def _tout_est_execute(page) -> None:
    """Attend que le noyau ait fini : la dernière cellule a son numéro, aucune n'attend."""
    page.wait_for_function(
        """() => {
            const invites = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map(e => e.textContent);
            return invites.length > 5 && invites.every(texte => /\\[\\d+\\]/.test(texte));
        }"""
    )
