"""Photographier les pages d'un rapport, puis le bureau : `python docs/guide/captures.py reports/miramas/2024`.

Chromium suffit aux pages, la variable CHROMIUM dit où il est ; le bureau demande aussi Playwright, comme
`make eprouver`, qui l'installe.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from PIL import Image

IMAGES = Path(__file__).parent / "images"
RACINE = Path(__file__).parents[2]
# Par image, la page, et l'endroit à montrer : son début, ou l'une de ses parties.
VUES = {
    "../../images/synthese": ("index", ""),
    "protocole": ("protocole", "partie-peut_on_evaluer_chaque_objectif"),
    "realisation": ("realisation", "partie-actions_prevues_et_realisees"),
    "resultats": ("resultats", "partie-les_objectifs_sont_ils_atteints"),
    "impacts": ("impacts", "partie-ce_que_l_on_sait_et_avec_quelle_solidite"),
    "partenariat": ("partenariat", "partie-les_instances_se_tiennent_elles_et_qui_y_vient"),
    "fiches": ("fiches", "partie-les_actions_par_axe"),
    "ordre-du-jour": ("ordre-du-jour", ""),
}
CELLULES = {  # par image, une cellule du bureau
    "bureau-constats": ".jp-CodeCell:has-text('constats_de')",
    "bureau-listes": ".jp-CodeCell:has(.widget-dropdown)",
    "bureau-lignes": ".jp-CodeCell:has-text('lignes_de')",
}
LARGEUR, HAUTEURS, COULEURS = 1100, {"index": 1640}, 48
HAUTEUR = 780
"""D'une image dont `HAUTEURS` ne dit rien."""


def a_partir_de(page: Path, partie: str) -> str:
    """La page sans ce qui précède une partie : un navigateur sans écran ne sait pas photographier plus bas."""
    soupe = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    if partie:
        bloc = soupe.find(id=partie).parent
        for avant in [*bloc.find_previous_siblings(), *soupe.body.find_all(["header", "nav"], recursive=False)]:
            avant.decompose()
    return str(soupe)


def photographier(page: Path, partie: str, vers: Path) -> None:
    """L'image d'une page, telle qu'un écran la montre."""
    with tempfile.TemporaryDirectory() as nom:
        dossier = Path(nom)
        (dossier / "page.html").write_text(a_partir_de(page, partie), encoding="utf-8")
        hauteur = HAUTEURS.get(page.stem, HAUTEUR)
        commande = [os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"]
        commande += ["--hide-scrollbars", f"--user-data-dir={dossier}", f"--window-size={LARGEUR},{hauteur}"]
        commande += [f"--screenshot={dossier / 'page.png'}", (dossier / "page.html").as_uri()]
        subprocess.run(commande, check=True, capture_output=True, timeout=120)
        alleger(dossier / "page.png", vers)


def photographier_bureau() -> None:
    """Le haut du bureau, et quelques cellules une fois exécutées ; celle des listes montre un graphique."""
    sys.path.insert(0, str(RACINE / "tests" / "navigateur"))
    import bureau
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as nom, sync_playwright() as outil:
        projet = Path(nom)
        bureau.copier(projet)
        with bureau.servir(projet) as adresse:
            page = bureau.ouvrir(outil, adresse)
            page.get_by_role("button", name="Graphique").click()
            page.locator(".jp-CodeCell:has(.widget-dropdown) figure.constat img").first.wait_for()
            for image, cellule in CELLULES.items():
                page.locator(cellule).first.screenshot(path=projet / "cellule.png")
                alleger(projet / "cellule.png", IMAGES / f"{image}.png")
            page.set_viewport_size({"width": 1280, "height": 900})
            page.locator(".jp-WindowedPanel-outer").evaluate("panneau => panneau.scrollTo(0, 0)")
            page.screenshot(path=projet / "fenetre.png")
            alleger(projet / "fenetre.png", IMAGES / "bureau.png")
            page.context.browser.close()


def alleger(image: Path, vers: Path) -> None:
    """Une photographie en peu de couleurs, pour qu'elle reste légère."""
    with Image.open(image) as ouverte:
        ouverte.convert("RGB").quantize(COULEURS).save(vers, optimize=True)
    print(f"{vers.name} : {vers.stat().st_size // 1000} ko")


def main(rapport: Path) -> None:
    """Une image par vue, dans `docs/guide/images`."""
    IMAGES.mkdir(exist_ok=True)
    for image, (page, partie) in VUES.items():
        photographier(rapport / f"{page}.html", partie, IMAGES / f"{image}.png")
    photographier_bureau()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
