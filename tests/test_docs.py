"""Ce que la documentation promet est vrai : liens, commandes, exemples et pages engendrées."""

import importlib
import inspect
import re
import runpy
import shlex
from pathlib import Path

import pytest

import citelib
from citelib.__main__ import analyseur
from citelib.constats.adresses import PAGES

RACINE = Path(__file__).parents[1]
DOCS = RACINE / "docs"
DOCUMENTS = sorted([*DOCS.rglob("*.md"), *(RACINE / f"{nom}.md" for nom in ("README", "CONTRIBUTING", "CHANGELOG"))])
BLOC = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
LIEN = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def nom_de(fichier: Path) -> str:
    return fichier.relative_to(RACINE).as_posix()


def blocs(fichier: Path, *langues: str) -> list[str]:
    """Le contenu des blocs de code écrits dans ces langues."""
    return [texte for langue, texte in BLOC.findall(fichier.read_text("utf-8")) if langue in langues]


def prose(fichier: Path) -> str:
    """Le texte d'une page, sans ses blocs de code."""
    return BLOC.sub("", fichier.read_text("utf-8"))


def ancres(fichier: Path) -> set[str]:
    """L'ancre de chaque titre, comme les forges et Sphinx l'écrivent."""
    titres = re.findall(r"^#+ (.+)$", prose(fichier), re.M)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", titre).lower()).replace(" ", "-") for titre in titres}


def lignes_de_commande(fichier: Path) -> list[str]:
    """Les lignes des blocs « sh », recollées et sans commentaire."""
    texte = "\n".join(blocs(fichier, "sh")).replace("\\\n", " ")
    return [ligne for brute in texte.splitlines() if (ligne := re.sub(r"\s#.*", "", brute).strip())]


@pytest.mark.parametrize("fichier", DOCUMENTS, ids=nom_de)
def test_chaque_lien_relatif_et_son_ancre_existent(fichier):
    """Sans réseau : une adresse du Web n'est pas suivie."""
    perdus = []
    for _, _, cible in LIEN.findall(prose(fichier)):
        chemin, _, ancre = cible.partition("#")
        vise = (fichier.parent / chemin).resolve() if chemin else fichier
        if "://" not in cible and (not vise.exists() or (ancre and ancre not in ancres(vise))):
            perdus.append(cible)
    assert perdus == []


@pytest.mark.parametrize("fichier", DOCUMENTS, ids=nom_de)
def test_chaque_image_est_decrite_et_legere(fichier):
    """Un texte de remplacement d'une phrase, et 150 ko au plus."""
    for est_image, texte, cible in LIEN.findall(prose(fichier)):
        if est_image:
            assert len(texte) > 20, cible
            assert (fichier.parent / cible).stat().st_size < 150_000, cible


@pytest.mark.parametrize("fichier", DOCUMENTS, ids=nom_de)
def test_chaque_commande_citee_est_comprise(fichier, capsys):
    """L'analyseur de la commande lit chaque ligne ; dans une phrase, il suffit que la commande existe."""
    for ligne in lignes_de_commande(fichier):
        mots = shlex.split(ligne)
        if mots[1:3] == ["-m", "citelib"]:
            assert analyseur().parse_args(mots[3:]).executer, ligne
    citees = set(re.findall(r"`(?:python -m )?citelib ([a-z][a-z-]+)", prose(fichier)))
    (choix,) = (action for action in analyseur()._actions if action.choices)
    assert citees <= set(choix.choices)


@pytest.mark.parametrize("fichier", DOCUMENTS, ids=nom_de)
def test_chaque_but_de_make_cite_existe(fichier):
    """« make » seul montre l'aide ; tout autre but est dans le Makefile."""
    buts = set(re.findall(r"^([a-z]+):", (RACINE / "Makefile").read_text("utf-8"), re.M))
    cites = re.findall(r"`make ([a-z]+)", prose(fichier))
    cites += [mots[1] for ligne in lignes_de_commande(fichier) if (mots := ligne.split())[0] == "make" and mots[1:]]
    assert set(cites) <= buts


@pytest.mark.parametrize("fichier", [f for f in DOCUMENTS if blocs(f, "python")], ids=nom_de)
def test_chaque_exemple_python_sexecute(fichier, monkeypatch):
    """Les exemples d'une page se suivent, comme dans un notebook."""
    monkeypatch.chdir(RACINE)
    noms = {}
    for exemple in blocs(fichier, "python"):
        exec(compile(exemple, nom_de(fichier), "exec"), noms)


def test_la_page_des_commandes_est_a_jour():
    """« python docs/guide/engendrer.py » la réécrit."""
    engendree = runpy.run_path(str(DOCS / "guide" / "engendrer.py"))["texte"]()
    assert (DOCS / "guide" / "commandes.md").read_text("utf-8") == engendree


def test_chaque_page_du_rapport_est_expliquee():
    """Le guide décrit toutes les pages que la chaîne produit."""
    guide = (DOCS / "guide" / "pages.md").read_text("utf-8")
    assert [fichier for fichier, _ in PAGES.values() if f"`{fichier}`" not in guide] == []


def test_chaque_page_de_docs_est_dans_le_site():
    """Le sommaire d'`index.md` les nomme toutes ; les décisions y entrent ensemble."""
    sommaires = re.findall(r"```{toctree}\n(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.S)
    pages = {f.relative_to(DOCS).with_suffix("").as_posix() for f in DOCS.rglob("*.md")} - {"index"}
    assert {page for page in pages if not page.startswith("decisions/")} - set("\n".join(sommaires).split()) == set()


def test_un_lien_qui_sort_du_site_devient_le_nom_du_fichier():
    """Le site se lit sans le projet ; un lien entre deux pages reste un lien, même mort, pour que Sphinx le dise."""
    site = runpy.run_path(str(DOCS / "conf.py"))
    relu = {
        texte: site["LIEN"].sub(lambda lien: site["sans_sortir"](lien, DOCS / "guide"), texte)
        for texte in ("[contribuer](../../CONTRIBUTING.md)", "[lire](lire.md#un-verdict)", "[rien](absente.md)")
    }
    assert list(relu.values()) == ["contribuer (`CONTRIBUTING.md`)", "[lire](lire.md#un-verdict)", "[rien](absente.md)"]


def test_une_page_du_site_se_lit_au_clavier_et_ses_titres_ont_un_rang():
    """WCAG 2.1.1 (un cadre qui défile prend le clavier) et 4.1.2 (un titre déclaré a son niveau)."""
    accessible = runpy.run_path(str(DOCS / "conf.py"))["accessible"]
    page = '<p class="caption" role="heading">A</p><pre>b</pre><div class="table-wrapper docutils">c</div>'
    assert accessible(page) == (
        '<p class="caption" role="heading" aria-level="2">A</p><pre tabindex="0">b</pre>'
        '<div tabindex="0" class="table-wrapper docutils">c</div>'
    )
    assert accessible(accessible(page)) == accessible(page)


def test_un_site_qui_demanderait_le_reseau_est_refuse():
    """Une adresse que l'on suit d'un clic est permise ; un script, une police ou une feuille d'ailleurs, non."""
    cherche = runpy.run_path(str(DOCS / "conf.py"))["charges_d_ailleurs"]
    assert cherche('<a href="https://exemple.fr">voir</a> <img src="images/a.png">') == []
    for demande in (
        '<script src="https://a.fr/b.js">',
        '<link rel="x" href="//a.fr/c.css">',
        "url('https://a.fr/d.woff')",
    ):
        assert cherche(demande)


def test_chaque_module_public_a_sa_place_sur_la_page_des_fonctions():
    page = (DOCS / "guide" / "api.md").read_text("utf-8")
    assert [m for m in citelib.__all__ if m not in citelib.ADRESSES and f"automodule:: citelib.{m}\n" not in page] == []


def test_chaque_nom_public_est_documente():
    """Ce que les modules publics offrent a une docstring : c'est elle que le site montre."""
    modules = [importlib.import_module(f"citelib.{nom}") for nom in citelib.__all__ if nom not in citelib.ADRESSES]
    offerts = [
        (f"{module.__name__}.{nom}", objet)
        for module in modules
        for nom, objet in vars(module).items()
        if (inspect.isfunction(objet) or inspect.isclass(objet)) and objet.__module__.startswith("citelib")
    ]
    assert len(offerts) > 100
    assert [
        nom for nom, objet in offerts if not nom.rpartition(".")[2].startswith("_") and not inspect.getdoc(objet)
    ] == []
