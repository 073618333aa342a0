"""D'un bout à l'autre, par la commande : ce que fait l'évaluateur qui reçoit des fichiers, sans programmer."""

import shutil

import pytest

import citelib
from citelib.__main__ import main
from citelib.sources.subventions import lire_scdl


@pytest.fixture
def miramas_recue(pytestconfig, tmp_path):
    """Une copie de Miramas où un partenaire a écrit le nom de la Ville à sa façon."""
    copie = shutil.copytree(pytestconfig.rootpath / "data" / "miramas", tmp_path / "miramas")
    actions = copie / "actions.csv"
    actions.write_text(actions.read_text("utf-8-sig").replace(";Ville de Miramas;", ";ville MIRAMAS;"), "utf-8-sig")
    return copie


def test_un_nom_propose_puis_accepte_ne_bloque_plus(miramas_recue, tmp_path, capsys):
    """La proposition n'agit pas seule ; décommentée et déposée, elle suffit, et le fichier reçu n'a pas changé."""
    recu = (miramas_recue / "actions.csv").read_bytes()
    assert main(["verifier", str(miramas_recue), "--sortie", str(tmp_path / "r")]) == 1
    propose = (tmp_path / "r" / "miramas" / "verification" / "rapprochements.toml").read_text("utf-8")
    depose = miramas_recue / "rapprochements.toml"

    depose.write_text(propose, "utf-8")
    assert main(["verifier", str(miramas_recue), "--sortie", str(tmp_path / "r")]) == 1

    depose.write_text(propose.replace('retenu = ""', "").replace('# retenu = "Ville', 'retenu = "Ville'), "utf-8")
    assert main(["verifier", str(miramas_recue), "--sortie", str(tmp_path / "r")]) == 0
    assert (miramas_recue / "actions.csv").read_bytes() == recu
    assert "ville MIRAMAS" not in set(citelib.charger(miramas_recue).actions["porteur_nom"])
    assert "rapprochements.toml" in capsys.readouterr().out


def test_les_subventions_s_ecrivent_au_format_national(pytestconfig, tmp_path, capsys):
    """La Ville, 2024 : le fichier écrit se relit sans faute, et ce qui manque aux autres lignes est dit."""
    fichier, siret = tmp_path / "subventions.csv", "21130063500012"
    options = ["--annee", "2024", "--financeur", "ville", "--nom", "Ville de Miramas", "--siret", siret]
    main(["exporter", "subventions", str(pytestconfig.rootpath / "data" / "miramas"), *options, "--vers", str(fichier)])

    lecture = lire_scdl(fichier)
    ecrites = lecture.table
    assert lecture.problemes == []
    assert len(ecrites)
    assert set(ecrites["idAttribuant"]) == {siret}
    # Un montant inventé ne peut pas passer pour une subvention publique, même hors de nos pages.
    assert ecrites["objet"].str.startswith("Données fictives").all()
    assert f"{len(ecrites)}" in capsys.readouterr().out


def test_exporter_refuse_un_financeur_inconnu(pytestconfig, tmp_path, capsys):
    """Le message dit les financeurs possibles, et rien n'est écrit."""
    options = ["--annee", "2024", "--financeur", "mairie", "--nom", "Ville", "--siret", "21130063500012"]
    dossier, fichier = str(pytestconfig.rootpath / "data" / "miramas"), tmp_path / "s.csv"

    assert main(["exporter", "subventions", dossier, *options, "--vers", str(fichier)]) == 2
    assert "ville" in capsys.readouterr().err
    assert not fichier.exists()
