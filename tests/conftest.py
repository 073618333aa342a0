"""Ce que partagent les tests : des tables dessinées, et des figures fermées après chaque test."""

import shutil
import sys

import pandas as pd
import pytest

from citelib.chargement import charger
from citelib.contrats.typage import typer
from citelib.tables import PAR_NOM

LONGS = (
    "test_chaine",
    "test_donnees_hostiles",
    "test_chargement_volumes",
    "test_annexes",
    "test_importer",
    "test_calibration",
    "test_exploration",
    "test_sources",
    "test_secret_sentinelles",
    "test_secret_plan",
    "test_discussion",
    "test_moteur",
)
"""Les fichiers de tests les plus longs, dans l'ordre : ils partent d'abord, et les cœurs finissent ensemble."""


def pytest_collection_modifyitems(items):
    """Met les fichiers les plus longs en tête ; les autres, et les tests d'un fichier, gardent leur ordre."""
    rangs = {nom: rang for rang, nom in enumerate(LONGS)}
    items.sort(key=lambda item: rangs.get(item.path.stem, len(LONGS)))


@pytest.fixture(scope="session")
def table():
    """
    Lit une table dessinée avec des barres ; une case vide est une donnée absente.

    Avec le nom d'une table de la cité, ses colonnes sont typées par leur contrat, et celles qui ne sont
    pas dessinées sont là, vides. `fixes` donne une même valeur à toutes les lignes.
    """

    def lire(dessin: str, contrat: str | None = None, **fixes: str) -> pd.DataFrame:
        entetes, *lignes = [[c.strip() for c in ligne.split("|")] for ligne in dessin.strip().splitlines()]
        if {len(ligne) for ligne in lignes} - {len(entetes)}:
            raise ValueError(f"Table mal dessinée : chaque ligne doit avoir {len(entetes)} cases.")
        brut = pd.DataFrame(lignes, columns=entetes, dtype="str").assign(**fixes)
        if contrat is None:
            return brut.mask(brut.eq("")).apply(_nombres)
        origine = pd.DataFrame({"fichier": "dessin", "feuille": "", "ligne": range(len(brut))}, index=brut.index)
        return typer(PAR_NOM[contrat], brut, origine).table

    return lire


def _nombres(colonne: pd.Series) -> pd.Series:
    """La colonne en nombres si elle ne contient que cela."""
    try:
        return pd.to_numeric(colonne).convert_dtypes()
    except ValueError:
        return colonne


@pytest.fixture(autouse=True)
def figures_fermees():
    """Ferme les figures ouvertes par le test, s'il en a dessiné."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def miramas(pytestconfig):
    """La cité de l'exemple, chargée une fois : ses tables ne se modifient pas."""
    return charger(pytestconfig.rootpath / "data" / "miramas")


@pytest.fixture
def copie_de_miramas(pytestconfig, tmp_path):
    """Le dossier de l'exemple, recopié : ses fichiers se changent."""
    return shutil.copytree(pytestconfig.rootpath / "data" / "miramas", tmp_path / "miramas")


@pytest.fixture
def sans_compagnons(monkeypatch):
    """Un rapport sans compagnons : des pages inventées n'ont pas de quoi en faire."""
    from citelib.compagnons import registre

    monkeypatch.setattr(registre, "COMPAGNONS", {})
