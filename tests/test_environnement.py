"""Une seule vérité sur les dépendances : pyproject, verrou, environnement conda et imports s'accordent."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RACINE = Path(__file__).parents[1]
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
VERROU = (RACINE / "requirements.lock").read_text(encoding="utf-8")
CONDA = (RACINE / "environment.yml").read_text(encoding="utf-8")

# Nom d'import → nom de distribution, quand ils diffèrent.
DISTRIBUTIONS = {"bs4": "beautifulsoup4", "PIL": "pillow", "pptx": "python-pptx", "yaml": "pyyaml"}
# Déclarés sans être importés : chacun avec sa raison.
SANS_IMPORT = {
    "jupyterlab": "le bureau de l'évaluateur, ouvert par `make explorer`",
    "jupyterlab-language-pack-fr-fr": "les menus du bureau en français",
    "pytest-xdist": "les tests sur tous les cœurs, par `make test`",
    "ruff": "la relecture du code, lancée par `make test`",
    "setuptools": "la construction du paquet, sans réseau",
}
ADRESSE = re.compile(r"://|@ |\bwww\.|-index-url|--find-links|\b[\w-]+\.(com|dev|eu|fr|io|net|org)\b")


GROUPES = ("bureau", "bureautique", "dask", "exploration", "pdf", "tests")


def declarees(*groupes: str) -> dict[str, Requirement]:
    """Les dépendances directes, avec celles des groupes optionnels nommés."""
    options = PROJET["project"]["optional-dependencies"]
    lignes = [*PROJET["project"]["dependencies"], *(ligne for g in groupes for ligne in options[g])]
    return {canonicalize_name(r.name): r for r in map(Requirement, lignes)}


def importees(dossier: str) -> set[str]:
    """Les distributions tierces qu'importent les fichiers Python d'un dossier."""
    noms = set()
    for fichier in (RACINE / dossier).rglob("*.py"):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"), fichier.name)):
            if isinstance(noeud, ast.Import):
                noms |= {alias.name.split(".")[0] for alias in noeud.names}
            elif isinstance(noeud, ast.ImportFrom) and not noeud.level:
                noms.add(noeud.module.split(".")[0])
    maison = {
        "citelib",
        *(f.stem for nom in ("tests", "tests/navigateur", "benchmarks") for f in (RACINE / nom).glob("*.py")),
    }
    tierces = noms - set(sys.stdlib_module_names) - maison
    return {canonicalize_name(DISTRIBUTIONS.get(nom, nom)) for nom in tierces}


def verrouillees() -> dict[str, str]:
    """Nom → version de chaque paquet du verrou."""
    trouvees = re.findall(r"^([\w.-]+)==([^\s;\\]+)", VERROU, re.M)
    return {canonicalize_name(nom): version for nom, version in trouvees}


def conda() -> dict[str, str]:
    """Nom → version de chaque paquet épinglé dans environment.yml, partie pip comprise."""
    trouvees = re.findall(r"^ +- ([\w.-]+)={1,2}([^\s=]+)$", CONDA, re.M)
    return {canonicalize_name(nom): version for nom, version in trouvees}


def test_chaque_import_de_citelib_est_une_dependance_declaree():
    """Rien ne marche « par chance », grâce à un paquet venu avec un autre."""
    assert importees("citelib") - set(declarees("bureautique", "dask", "exploration", "pdf")) == set()


def test_chaque_import_des_tests_est_declare():
    """Les tests ont leur propre groupe, `tests` ; ils emploient aussi la bureautique et la grappe qu'ils éprouvent."""
    assert importees("tests") - set(declarees("bureautique", "dask", "tests")) == set()


def test_chaque_dependance_declaree_sert():
    """Une dépendance ni importée ni justifiée s'enlève."""
    utiles = importees("citelib") | importees("tests") | set(SANS_IMPORT)

    assert set(declarees(*GROUPES)) - utiles == set()


def test_chaque_justification_est_encore_utile():
    """Une justification part avec la dépendance qu'elle explique, ou quand un import la remplace."""
    assert set(SANS_IMPORT) <= set(declarees(*GROUPES)) - importees("citelib")


def test_chaque_dependance_est_expliquee_dans_la_decision():
    """docs/decisions/0002 dit pourquoi chacune est là."""
    decision = (RACINE / "docs" / "decisions" / "0002-dependances.md").read_text(encoding="utf-8").lower()

    assert {nom for nom in declarees(*GROUPES) if f"`{nom}`" not in decision} == set()


@pytest.mark.parametrize(("nom", "exigence"), declarees(*GROUPES).items())
def test_le_verrou_tient_les_bornes_du_projet(nom, exigence):
    """Chaque dépendance directe est verrouillée, à une version que pyproject.toml admet."""
    assert exigence.specifier.contains(verrouillees()[nom])


def test_environment_yml_epingle_les_memes_versions_que_le_verrou():
    """Les mêmes chiffres sortent d'un environnement conda et d'un environnement pip."""
    verrou = verrouillees()

    assert conda() == {nom: verrou[nom] for nom in declarees(*GROUPES)}


def test_environment_yml_demande_le_meme_python():
    """La borne de Python est écrite deux fois : elle est la même."""
    assert f"- python{PROJET['project']['requires-python']}\n" in CONDA


def test_chaque_paquet_du_verrou_a_ses_empreintes():
    """Un paquet sans empreinte ferait échouer, ou pire accepter, une installation altérée."""
    entrees = re.split(r"^(?=[\w.-]+==)", VERROU, flags=re.M)[1:]
    empreinte = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")

    assert len(entrees) == len(verrouillees())
    assert [e.splitlines()[0] for e in entrees if not empreinte.search(e)] == []


def test_aucune_ligne_du_verrou_n_echappe_au_controle():
    """Une ligne est un paquet, une empreinte, un commentaire, et rien d'autre."""
    formes = re.compile(r"[\w.-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|\s*#.*|")

    assert [ligne for ligne in VERROU.splitlines() if not formes.fullmatch(ligne)] == []


@pytest.mark.parametrize("fichier", ["requirements.lock", "environment.yml", "docs/requirements.lock"])
def test_aucune_adresse_dans_les_listes_de_paquets(fichier):
    """D'où viennent les paquets se règle sur la machine (miroir, dossier hors ligne), pas ici."""
    texte = (RACINE / fichier).read_text(encoding="utf-8")

    assert [ligne for ligne in texte.splitlines() if ADRESSE.search(ligne)] == []


def test_le_site_du_guide_a_son_verrou_aux_memes_versions():
    """`make guide` installe son groupe à part, sans changer un paquet que citelib emploie déjà."""
    texte = (RACINE / "docs" / "requirements.lock").read_text(encoding="utf-8")
    site = {canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==([^\s;\\]+)", texte, re.M)}
    groupe = [Requirement(ligne) for ligne in PROJET["dependency-groups"]["guide"]]
    decision = (RACINE / "docs" / "decisions" / "0008-site-du-guide.md").read_text(encoding="utf-8")

    assert all(exigence.specifier.contains(site[canonicalize_name(exigence.name)]) for exigence in groupe)
    assert [exigence.name for exigence in groupe if f"`{exigence.name}`" not in decision] == []
    assert {nom: site[nom] for nom in site.keys() & verrouillees().keys()}.items() <= verrouillees().items()
    assert texte.count("--hash=sha256:") >= len(site) > 20


def test_le_journal_des_changements_commence_par_la_version_du_projet():
    """Publier une version sans dire ce qu'elle change aux chiffres n'est pas permis."""
    titres = re.findall(r"^## (\S+)", (RACINE / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)

    assert titres[0] == PROJET["project"]["version"]
