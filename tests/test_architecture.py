"""L'architecture écrite est celle du code : couches, exclusivités, carte du README, tailles."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

RACINE = Path(__file__).parents[1]
PAQUET = RACINE / "citelib"

# De haut en bas : une salle n'importe que sa couche ou une couche plus basse.
COUCHES = {
    "publier": {
        "__init__",
        "__main__",
        "rapport",
        "publication",
        "garde",
        "annexes",
        "compagnons",
        "execution",
        "moteur",
        "page",
        "reprise",
        "compte_rendu",
        "recapitulatif",
        "campagne",
        "classeurs",
        "exploration",
    },
    "montrer": {"figures", "tableaux", "constats", "secret"},
    "calculer": {
        "protocole",
        "realisation",
        "resultats",
        "impacts",
        "partenariat",
        "indicateurs",
        "mesures",
        "simulation",
    },
    "lire et nommer": {
        "chargement",
        "sources",
        "tables",
        "contrats",
        "formats",
        "erreurs",
        "ligne",
        "prets",
        "systeme",
    },
}
RESERVES = {
    "matplotlib": {"figures"},
    "seaborn": {"figures"},
    "papermill": {"execution", "moteur"},
    "nbconvert": {"execution"},
    "openpyxl": {"chargement", "classeurs"},
    "pptx": {"compagnons"},
    "ipywidgets": {"exploration"},
    "itables": {"exploration"},
    "pyarrow": {"chargement"},
    "distributed": {"campagne"},
    "fsspec": {"chargement"},
    "python_calamine": {"chargement"},
    "weasyprint": {"compagnons"},
}
LECTURES = {"read_csv", "read_excel", "read_fwf", "read_table"}
LECTEURS = {"chargement", "sources"}
LIGNES_PAR_FONCTION = 40
"""Sans compter sa docstring."""
LIGNES_PAR_MODULE = 400
DECLARATIONS = {"citelib/tables.py"}  # rien à y suivre : une table après l'autre

Fichiers = dict[Path, ast.Module]


def salle(fichier: Path, paquet: Path = PAQUET) -> str:
    """Nom de la salle où se trouve un fichier : son module, ou son sous-paquet."""
    return fichier.relative_to(paquet).parts[0].removesuffix(".py")


def hauteur(fonction: ast.FunctionDef) -> int:
    """Lignes d'une fonction, docstring ôtée."""
    lignes = fonction.end_lineno - fonction.lineno + 1
    if ast.get_docstring(fonction) is not None:
        lignes -= fonction.body[0].end_lineno - fonction.body[0].lineno + 1
    return lignes


def imports(arbre: ast.Module, paquet: str = "citelib") -> set[str]:
    """Noms importés, en entier : `citelib.formats`, `pandas`, `matplotlib.pyplot`…"""
    noms = set()
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Import):
            noms |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            module = ".".join(filter(None, [paquet if noeud.level else "", noeud.module]))
            noms |= {f"{module}.{alias.name}" for alias in noeud.names} if module == paquet else {module}
    return noms


def dependances(fichiers: Fichiers, paquet: Path = PAQUET) -> dict[str, set[str]]:
    """Pour chaque salle, les salles qu'elle importe ; un nom qui n'est pas une salle vient de `__init__`."""
    salles = {salle(fichier, paquet) for fichier in fichiers}
    fleches: dict[str, set[str]] = {nom: set() for nom in salles}
    for fichier, arbre in fichiers.items():
        internes = {nom for nom in imports(arbre) if nom.split(".")[0] == "citelib"}
        visees = {f"{nom}.__init__".split(".")[1] for nom in internes}
        depart = salle(fichier, paquet)
        fleches[depart] |= {nom if nom in salles else "__init__" for nom in visees} - {depart}
    return fleches


def montees(fleches: dict[str, set[str]]) -> list[str]:
    """Les imports qui vont d'une couche vers une couche plus haute."""
    rang = {nom: i for i, noms in enumerate(COUCHES.values()) for nom in noms}
    paires = [(a, b) for a, visees in fleches.items() for b in visees if {a, b} <= rang.keys()]
    return sorted(f"{a} importe {b}" for a, b in paires if rang[b] < rang[a])


def cercle(fleches: dict[str, set[str]]) -> list[str]:
    """Un cercle d'imports s'il y en a un, sinon une liste vide."""
    try:
        graphlib.TopologicalSorter(fleches).prepare()
    except graphlib.CycleError as erreur:
        return erreur.args[1]
    return []


@pytest.fixture(scope="module")
def fichiers() -> Fichiers:
    """Chaque fichier Python de citelib et son arbre syntaxique."""
    return {f: ast.parse(f.read_text(encoding="utf-8"), f.name) for f in sorted(PAQUET.rglob("*.py"))}


def test_chaque_salle_a_une_couche_et_une_seule(fichiers):
    """Une salle nouvelle s'inscrit dans COUCHES avant d'être utilisée."""
    inscrites = [nom for noms in COUCHES.values() for nom in noms]

    assert len(inscrites) == len(set(inscrites))
    assert {salle(f) for f in fichiers} - set(inscrites) == set()


def test_les_imports_descendent_les_couches(fichiers):
    """Une flèche vers le haut se lit « mesures importe figures »."""
    assert montees(dependances(fichiers)) == []


def test_aucun_cercle_entre_les_salles(fichiers):
    """Deux salles d'une même couche ne s'appellent pas l'une l'autre, même de loin."""
    assert cercle(dependances(fichiers)) == []


@pytest.mark.parametrize("outil", RESERVES)
def test_un_outil_reserve_reste_dans_sa_salle(fichiers, outil):
    """Changer d'outil de dessin ou d'exécution ne touche qu'une salle."""
    racines = {f: {nom.split(".")[0] for nom in imports(arbre)} for f, arbre in fichiers.items()}

    assert {salle(f) for f, noms in racines.items() if outil in noms} <= RESERVES[outil]


def test_seul_le_chargement_ouvre_des_tableaux(fichiers):
    """Les habitudes françaises (séparateur, virgule, encodage) ne se règlent qu'à un endroit."""
    appels = {
        f"{salle(fichier)} appelle {noeud.attr}"
        for fichier, arbre in fichiers.items()
        if salle(fichier) not in LECTEURS
        for noeud in ast.walk(arbre)
        if isinstance(noeud, ast.Attribute) and noeud.attr in LECTURES
    }

    assert appels == set()


def test_aucune_fonction_ne_depasse_la_longueur_d_un_ecran(fichiers):
    """Une fonction se lit d'un coup d'œil, documentation comprise."""
    longues = {
        f"{fichier.relative_to(RACINE)} : {noeud.name}, {noeud.end_lineno - noeud.lineno + 1} lignes"
        for fichier, arbre in fichiers.items()
        for noeud in ast.walk(arbre)
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef) and hauteur(noeud) > LIGNES_PAR_FONCTION
    }

    assert longues == set()


def test_aucun_module_ne_devient_un_tiroir(fichiers):
    """Un module trop long sert deux idées : il se coupe."""
    tailles = {f.relative_to(RACINE).as_posix(): len(f.read_text("utf-8").splitlines()) for f in fichiers}

    assert {nom: taille for nom, taille in tailles.items() if taille > LIGNES_PAR_MODULE}.keys() <= DECLARATIONS


def test_la_carte_des_modules_du_readme_est_complete(fichiers):
    """Le README liste chaque salle (`nom.py`, ou `nom` pour un sous-paquet), et aucune qui n'existe pas."""
    readme = (RACINE / "README.md").read_text(encoding="utf-8")
    carte = re.search(r"^#+ [^\n]*carte des modules[^\n]*\n(.*?)(?=^#|\Z)", readme, re.I | re.M | re.S)
    assert carte, "README.md n'a pas de titre « Carte des modules »"

    lignes = re.findall(r"^\| *`([\w.]+)/?` *\|", carte[1], re.M)
    salles = {fichier.relative_to(PAQUET).parts[0] for fichier in fichiers} - {"__init__.py"}

    assert sorted(lignes) == sorted(salles)


def test_le_controle_voit_un_import_vers_le_haut():
    """Contre-épreuve : une analyse qui dessine est prise sur le fait, même par un import relatif."""
    paquet = Path("citelib")
    fautif = {
        paquet / "mesures.py": ast.parse("def f():\n    from . import figures"),
        paquet / "figures.py": ast.parse("from citelib.formats import nombre"),
        paquet / "formats.py": ast.parse("import math"),
    }

    assert montees(dependances(fautif, paquet)) == ["mesures importe figures"]


def test_le_controle_voit_un_cercle_dans_une_couche():
    """Contre-épreuve : tables → contrats → tables est un cercle, sous-paquet compris."""
    paquet = Path("citelib")
    fautif = {
        paquet / "tables.py": ast.parse("import citelib.sources.commun"),
        paquet / "sources" / "commun.py": ast.parse("from citelib import tables"),
    }

    assert set(cercle(dependances(fautif, paquet))) == {"tables", "sources"}
