"""Éprouver le bureau dans un vrai navigateur : `make eprouver` ; hors de `make test`, qui n'en a pas.

JupyterLab démarre sur cette machine seule, port libre et jeton ; Chromium ouvre exploration.ipynb, exécute tout,
emploie chaque liste, et ce qu'il demande au dehors est noté. Rien n'y mesure de durée.
"""

import bureau
import pytest

GRAPHIQUE = ".jp-OutputArea-output figure.constat img"


@pytest.fixture(scope="module")
def playwright():
    """Playwright et un Chromium, s'ils sont installés ; sinon, dit ce qui manque avant de rien démarrer."""
    if bureau.CHROMIUM is None:
        pytest.skip("Chromium n'est pas installé : apt-get install chromium")
    pytest.importorskip("jupyterlab", reason="JupyterLab n'est pas installé : pip install citelib[bureau]")
    raison = "Playwright n'est pas installé : pip install -r tests/navigateur/requirements.txt"
    with pytest.importorskip("playwright.sync_api", reason=raison).sync_playwright() as outil:
        yield outil


@pytest.fixture(scope="module")
def projet(tmp_path_factory):
    copie = tmp_path_factory.mktemp("projet")
    bureau.copier(copie)
    return copie


@pytest.fixture(scope="module")
def laboratoire(playwright, projet):
    with bureau.servir(projet) as adresse:
        yield adresse


@pytest.fixture(scope="module")
def page(playwright, laboratoire):
    ouverte = bureau.ouvrir(playwright, laboratoire)
    yield ouverte
    ouverte.context.browser.close()


def choisir(page, titre: str, libelle: str) -> None:
    """Choisit dans la liste de ce titre, et attend que le code équivalent change."""
    avant = code(page)
    page.locator(f".widget-dropdown:has(label:text-is('{titre}')) select").select_option(label=libelle)
    page.wait_for_function(
        "avant => document.querySelector('.jp-OutputArea-output pre code')?.textContent !== avant", arg=avant
    )


def code(page) -> str:
    """Le code équivalent que montrent les listes."""
    return page.locator(".jp-OutputArea-output pre code").first.text_content()


def test_tout_sexecute_sans_erreur(page):
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0


def test_jupyterlab_parle_francais(page):
    assert page.get_by_role("menuitem", name="Fichier").is_visible()
    assert page.locator("html").get_attribute("lang").startswith("fr")


def test_un_tableau_se_trie_et_se_fouille(page):
    tableau = page.locator(".dt-container").first
    tableau.get_by_label("Chercher").fill("habitants")
    assert tableau.locator("tbody tr").count() == 1
    tableau.get_by_label("Chercher").fill("")
    titre = tableau.locator("th", has_text="Effectif").first
    titre.click()
    page.locator("th[aria-sort=ascending]", has_text="Effectif").first.wait_for()
    effectifs = [
        int("".join(filter(str.isdigit, e)) or 10**9) for e in tableau.locator("td:last-child").all_inner_texts()
    ]
    assert effectifs == sorted(effectifs)


def test_chaque_liste_change_ce_que_lon_voit(page):
    choisir(page, "Année", "2023")
    choisir(page, "Vue", "Inscriptions d’enfants et de jeunes, par tranche d’âge et sexe")
    choisir(page, "Axe", "Ouvrir le champ des possibles")
    choisir(page, "Quartier", "La Maille")
    choisir(page, "Tranche d’âge", "6-10 ans")
    choisir(page, "Porteur", "Ville de Miramas")
    assert code(page) == (
        "exploration.explorer(cite, annee=2023, vue='ages_sexes', axe='A3', quartier='QP013063', "
        "tranche_age='6-10', porteur='Ville de Miramas')"
    )


def test_un_export_filtre_qui_compte_des_personnes_est_refuse_et_dit_pourquoi(page, projet):
    page.get_by_role("button", name="Exporter ce que je vois").click()
    page.get_by_text("Export refusé").wait_for()
    assert not list(projet.rglob("*ages_sexes*"))


def test_le_graphique_est_visible(page):
    for titre in ("Axe", "Quartier", "Tranche d’âge", "Porteur"):
        choisir(page, titre, "Tout")
    avant = page.locator(GRAPHIQUE).count()
    page.get_by_role("button", name="Graphique").click()
    page.wait_for_function(f"n => document.querySelectorAll({GRAPHIQUE!r}).length > n", arg=avant)
    assert page.locator(GRAPHIQUE).first.is_visible()
    assert "6-10" in page.locator(GRAPHIQUE).first.get_attribute("alt")


def test_ce_que_lon_voit_sexporte_protege(page, projet):
    page.get_by_role("button", name="Exporter ce que je vois").click()
    page.get_by_text("-2023-ages_sexes-cotech.html").wait_for()  # « Exporté : » est déjà dans une autre cellule
    ecrits = {fichier.suffix: fichier for fichier in projet.rglob("*-2023-ages_sexes-cotech.*")}
    assert set(ecrits) == {".csv", ".html", ".png"}
    assert "[s]" in ecrits[".csv"].read_text(encoding="utf-8")


def test_rien_nest_demande_au_dehors(page, laboratoire):
    dehors = [adresse for adresse in page.demandees if not adresse.startswith((laboratoire, "data:", "blob:"))]
    assert dehors == []
