"""La première heure d'une cité nouvelle, rejouée : ses fautes sont dites là où la personne les a faites."""

import pytest
import valcombe

from citelib.__main__ import main
from citelib.chargement import ouvrir

pytestmark = pytest.mark.lent


@pytest.fixture(scope="module")
def heure(tmp_path_factory):
    """Le dossier de Valcombe, vide, et la commande d'import, qui rend son code et ce qu'elle a dit."""
    dossier = tmp_path_factory.mktemp("heure") / "valcombe"
    assert main(["nouvelle-cite", str(dossier), "--nom", "Cité éducative de Valcombe", "--annee", "2025"]) == 0
    return dossier


@pytest.fixture
def importer(heure, capsys):
    def essayer(fichier):
        code = main(["importer", "classeur", str(fichier), "--vers", str(heure), "--oui"])
        return code, capsys.readouterr().out.replace("\u00a0", " ").replace("\u202f", " ")

    return essayer


def test_le_nom_ne_se_redit_pas_et_la_suite_se_recopie(tmp_path, capsys):
    """« Cité éducative de » ne s'écrit pas deux fois ; chaque commande proposée commence par python -m."""
    assert main(["nouvelle-cite", str(tmp_path / "v"), "--nom", "cité éducative d'Istres"]) == 0
    suite = capsys.readouterr().out
    assert ouvrir(tmp_path / "v")[0].nom == "Istres"
    assert suite.count("python -m citelib") == suite.count("citelib ") == 4


@pytest.mark.parametrize("commande", ["rapport", "relances"])
def test_sans_aucune_action_la_commande_dit_quoi_remplir(heure, capsys, commande):
    """Un rapport demandé trop tôt n'est pas une énigme."""
    assert main([commande, str(heure)]) == 2
    assert "Valcombe n'a encore aucune action. Remplir ce classeur, puis : python -m" in capsys.readouterr().err


def test_une_colonne_retiree_et_des_nombres_en_toutes_lettres_sont_dits_ensemble(heure, importer, tmp_path):
    """Le titre est celui du classeur, pas notre code."""
    fichier = heure / "modeles" / "cpo.xlsx"
    copie = tmp_path / "cpo.xlsx"
    copie.write_bytes(fichier.read_bytes())
    valcombe.remplir(copie, valcombe.CPO, organisme="Ville de Valcombe", le="15/01/2026")
    valcombe.retirer_colonne(copie, "Actions", "Nature du porteur")
    code, dit = importer(copie)
    assert code == 1
    assert "ligne 3, colonne « Nature du porteur » : colonne absente" in dit
    assert "ligne 8, colonne « Personnes que l'action prévoit de toucher »" in dit and "« une trentaine »" in dit
    assert "ligne 5, colonne « Début prévu »" in dit and "« mi-mars »" in dit


def test_le_programme_puis_le_bilan_entrent_une_fois_corriges(heure, importer):
    """Un nom et un code inconnus se voient une fois les tables réunies : ils sont dits à leur ligne du classeur."""
    programme = heure / "modeles" / "cpo.xlsx"
    valcombe.remplir(programme, valcombe.CPO, organisme="Ville de Valcombe", le="15/01/2026")
    valcombe.reprendre(programme, valcombe.CORRECTIONS_CPO)
    code, dit = importer(programme)
    assert code == 1
    assert "cpo.xlsx, feuille « Actions », ligne 5" in dit and "Si c'est « Ville de Valcombe »" in dit
    valcombe.reprendre(programme, [("Actions", "Ville", "Nom du", "Ville de Valcombe")])
    assert importer(programme)[0] == 0

    assert main(["nouvelle-cite", str(heure), "--modeles"]) == 0
    bilan = heure / "modeles" / "porteur.xlsx"
    valcombe.remplir(bilan, valcombe.PORTEUR, organisme="Tremplin", le="12 janvier 2026")
    valcombe.reprendre(bilan, [("Bénéficiaires", "8 ou 9", "Personnes diff", "≈9")])
    code, dit = importer(bilan)
    assert code == 1
    assert "porteur.xlsx, feuille « Bilans », ligne 5" in dit and "« A3-1 »" in dit
    valcombe.reprendre(bilan, [("Bilans", "A3-1", "Identifiant", "A3-01")])
    assert importer(bilan)[0] == 0

    cite, problemes = ouvrir(heure)
    assert problemes == []
    lus = cite.beneficiaires.set_index(["action_id", "sexe", "residence"])
    assert lus.loc[("A2-01", "G", "hors_qpv"), "heures_suivies"] == 12.5
    assert cite.beneficiaires["annee"].eq(2025).all()  # les classeurs refaits gardent l'année du programme
    assert len(cite.actions) == 6
