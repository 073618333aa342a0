"""Photographier les pages d'un rapport pour le guide : `python docs/guide/captures.py reports/miramas/2024`.

Chromium suffit, sans autre outil ; la variable CHROMIUM dit où il est.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from PIL import Image

IMAGES = Path(__file__).parent / "images"
# Par page, l'endroit à montrer : le début de la page, ou l'une de ses parties.
VUES = {
    "protocole": "partie-peut_on_evaluer_chaque_objectif",
    "realisation": "partie-actions_prevues_et_realisees",
    "resultats": "partie-les_objectifs_sont_ils_atteints",
    "impacts": "partie-ce_que_l_on_sait_et_avec_quelle_solidite",
    "partenariat": "partie-les_instances_se_tiennent_elles_et_qui_y_vient",
    "fiches": "partie-les_actions_par_axe",
    "ordre-du-jour": "",
}
LARGEUR, HAUTEUR, COULEURS = 1100, 780, 48


def a_partir_de(page: Path, partie: str) -> str:
    """La page sans ce qui précède une partie : un navigateur sans écran ne sait pas photographier plus bas."""
    soupe = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    if partie:
        bloc = soupe.find(id=partie).parent
        for avant in [*bloc.find_previous_siblings(), *soupe.body.find_all(["header", "nav"], recursive=False)]:
            avant.decompose()
    return str(soupe)


def photographier(page: Path, partie: str, vers: Path) -> None:
    """L'image d'une page, telle qu'un écran la montre, en peu de couleurs pour rester légère."""
    with tempfile.TemporaryDirectory() as nom:
        dossier = Path(nom)
        (dossier / "page.html").write_text(a_partir_de(page, partie), encoding="utf-8")
        commande = [os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"]
        commande += ["--hide-scrollbars", f"--user-data-dir={dossier}", f"--window-size={LARGEUR},{HAUTEUR}"]
        commande += [f"--screenshot={dossier / 'page.png'}", (dossier / "page.html").as_uri()]
        subprocess.run(commande, check=True, capture_output=True, timeout=120)
        with Image.open(dossier / "page.png") as image:
            image.convert("RGB").quantize(COULEURS).save(vers, optimize=True)


def main(rapport: Path) -> None:
    """Une image par vue, dans `docs/guide/images`."""
    IMAGES.mkdir(exist_ok=True)
    for page, partie in VUES.items():
        photographier(rapport / f"{page}.html", partie, IMAGES / f"{page}.png")
        print(f"{page}.png : {(IMAGES / f'{page}.png').stat().st_size // 1000} ko")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
