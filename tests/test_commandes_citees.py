"""Les commandes de la documentation s'exécutent, page après page, dans l'ordre où une personne les tape.

Les rapports eux-mêmes sont produits par `test_chaine.py` : ici, une commande « rapport » s'arrête juste avant.
Restent à `test_importer.py` les fichiers du ministère, à `test_premiere_heure.py` la page du même nom, à
`test_campagne.py` les grappes et les adresses ; aucun test n'emploie le réseau.
"""

import shlex
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
import valcombe
from test_docs import DOCUMENTS, lignes_de_commande, nom_de

from citelib import __main__ as commande
from citelib import campagne
from citelib.__main__ import main
from citelib.chargement import ouvrir

RACINE = Path(__file__).parents[1]
CITELIB = "python -m citelib "
PREVU = {"exporter": 1}  # des collèges de Miramas sont sans SIRET : l'export se fait, et le dit
LAISSEES = ("importer education",)
PAGES = [
    page
    for page in DOCUMENTS
    if page.stem != "premiere-heure" and any(ligne.startswith(CITELIB) for ligne in lignes_de_commande(page))
]


@pytest.fixture
def projet(tmp_path, monkeypatch):
    """Un dossier où taper les commandes, avec les données de Miramas, et les rapports demandés."""
    shutil.copytree(RACINE / "data" / "miramas", tmp_path / "data" / "miramas")
    shutil.copytree(RACINE / "docs" / "schemas", tmp_path / "docs" / "schemas")
    shutil.copy(RACINE / "docs" / "dictionnaire.md", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    demandes = []
    monkeypatch.setattr(campagne, "repondre", lambda demande, dire: demandes.append(demande) or 0)
    monkeypatch.setattr(commande, "grappe", lambda ordonnanceur: nullcontext())
    return demandes


def preparer(mots: list[str]) -> None:
    """Ce que la page suppose déjà fait : le classeur du programme rempli, et importé pour toute autre commande."""
    cites = {Path(mot) for mot in mots if mot.startswith("data/") and mot != "data/miramas"}
    if mots[0] == "nouvelle-cite":  # la page des commandes repart de rien à chaque exemple
        shutil.rmtree(mots[1], ignore_errors=True)
        return
    for cite in cites:
        if not cite.is_dir():
            assert main(["nouvelle-cite", str(cite), "--nom", "Ma ville", "--annee", "2025"]) == 0
        programme = cite / "modeles" / "cpo.xlsx"
        if not (cite / "actions.csv").read_text("utf-8").count("2025"):
            valcombe.remplir(programme, valcombe.CPO, organisme="Ville", le="15/01/2026")
            corrections = [*valcombe.CORRECTIONS_CPO, ("Actions", "Ville", "Nom du", "Ville de Valcombe")]
            valcombe.reprendre(programme, corrections)
        for recu in (mot for mot in mots if mot.endswith(".xlsx")):
            shutil.copy(programme, recu)
        if mots[0] != "importer":
            main(["importer", "classeur", str(programme), "--vers", str(cite), "--oui"])


@pytest.mark.parametrize("page", PAGES, ids=nom_de)
def test_les_commandes_d_une_page_passent_l_une_apres_l_autre(page, projet, capsys):
    for ligne in lignes_de_commande(page):
        commande = ligne.removeprefix(CITELIB)
        if not ligne.startswith(CITELIB) or commande.startswith(LAISSEES):
            continue
        mots = shlex.split(commande)
        preparer(mots)
        code = main([*mots, "--oui"] if mots[0] == "importer" else mots)
        assert code == PREVU.get(mots[0], 0), f"{ligne}\n{''.join(capsys.readouterr())}"
    for demande in (demande for demande in projet if "://" not in demande.dossier):
        cite, _ = ouvrir(Path(demande.dossier))
        assert cite.annees and (demande.annee is None or demande.annee in cite.annees), demande
