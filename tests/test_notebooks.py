"""Les notebooks : minces, sans sortie, et paramétrés comme papermill sait le lire."""

import ast
from pathlib import Path

import nbformat
import papermill
import pytest

from citelib.erreurs import ErreurParametre
from citelib.execution import verifier_parametres
from citelib.rapport import PAGES

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
INTERDITS = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With, ast.Lambda)
INSTRUCTIONS_PAR_CELLULE = 8


def cellules(chemin, genre="code"):
    return [cellule for cellule in nbformat.read(chemin, as_version=4).cells if cellule.cell_type == genre]


@pytest.fixture(params=NOTEBOOKS, ids=lambda chemin: chemin.stem)
def chemin(request):
    return request.param


def test_il_y_a_un_notebook_par_page_et_le_bureau_de_levaluateur():
    assert {chemin.stem for chemin in NOTEBOOKS} == {*PAGES, "exploration"}


def test_aucune_sortie_nest_gardee(chemin):
    assert [c.outputs for c in cellules(chemin) if c.outputs or c.execution_count] == []


def test_une_cellule_appelle_et_ne_programme_pas(chemin):
    for cellule in cellules(chemin):
        assert len(ast.parse(cellule.source).body) <= INSTRUCTIONS_PAR_CELLULE, cellule.source
        interdits = [type(n).__name__ for n in ast.walk(ast.parse(cellule.source)) if isinstance(n, INTERDITS)]
        assert interdits == [], cellule.source


def test_seul_citelib_est_importe(chemin):
    for cellule in cellules(chemin):
        for noeud in ast.walk(ast.parse(cellule.source)):
            noms = [noeud.module] if isinstance(noeud, ast.ImportFrom) else []
            noms += [alias.name for alias in noeud.names] if isinstance(noeud, ast.Import) else []
            assert all(nom.split(".")[0] == "citelib" for nom in noms), cellule.source


def test_le_notebook_souvre_sur_un_titre_unique(chemin):
    titres = [ligne for c in cellules(chemin, "markdown") for ligne in c.source.splitlines() if ligne.startswith("# ")]
    assert len(titres) == 1
    assert nbformat.read(chemin, as_version=4).cells[0].source.startswith("# ")


def test_les_parametres_sont_litteraux_types_et_expliques(chemin):
    (cellule,) = [c for c in cellules(chemin) if "parameters" in c.metadata.get("tags", [])]
    affectations = ast.parse(cellule.source).body
    assert all(isinstance(a, ast.AnnAssign) for a in affectations)
    declares = papermill.inspect_notebook(str(chemin))
    assert [a.target.id for a in affectations] == list(declares) == ["dossier", "annee", "diffusion"]
    for affectation in affectations:
        ast.literal_eval(affectation.value)
    assert all(decrit["help"] for decrit in declares.values())


@pytest.mark.parametrize(
    ("parametres", "message"),
    [
        ({"annnee": 2024}, "ne déclare pas : annnee. Paramètres déclarés : dossier, annee, diffusion"),
        ({"annee": "2024"}, "attend le type « int »"),
        ({"annee": True}, "attend le type « int »"),
        ({"dossier": 3}, "attend le type « str »"),
    ],
)
def test_un_parametre_inconnu_ou_mal_type_est_refuse_avant_toute_execution(parametres, message):
    with pytest.raises(ErreurParametre, match=message):
        verifier_parametres(NOTEBOOKS[0], parametres)
