"""La commande : une aide en français, et un code de retour auquel un planificateur peut se fier."""

import re

import pytest

import citelib
from citelib.__main__ import analyseur, main
from citelib.chargement import ouvrir
from citelib.sources.subventions import lire_scdl


@pytest.fixture
def miramas_abimee(copie_de_miramas):
    """Une copie de Miramas où un texte a pris la place d'un nombre."""
    texte = (copie_de_miramas / "actions.csv").read_text("utf-8-sig")
    entete, premiere, *suite = texte.splitlines()
    cellules = premiere.split(";")
    cellules[entete.split(";").index("public_prevu")] = "beaucoup"
    (copie_de_miramas / "actions.csv").write_text("\n".join([entete, ";".join(cellules), *suite]), "utf-8-sig")
    return copie_de_miramas


@pytest.fixture
def verifier(tmp_path):
    """Vérifie un dossier, sans rien écrire hors du dossier temporaire."""
    return lambda dossier, *options: main(["verifier", str(dossier), "--sortie", str(tmp_path / "r"), *options])


def test_des_donnees_saines_rendent_zero(pytestconfig, verifier, capsys):
    assert verifier(pytestconfig.rootpath / "data" / "miramas") == 0
    assert "Aucun problème" in capsys.readouterr().out


def test_un_texte_a_la_place_dun_nombre_est_dit_a_sa_cellule(miramas_abimee, verifier, capsys):
    assert verifier(miramas_abimee, "--tout") == 1
    sortie = capsys.readouterr().out
    assert "1 erreur" in sortie.replace("\u00a0", " ")
    assert "actions.csv, ligne 2, colonne public_prevu : valeur refusée, attendu un nombre entier" in sortie
    assert "(lu : « beaucoup »)" in sortie
    assert "Corriger la cellule, par exemple « 60 »." in sortie


def test_un_fichier_absent_ou_illisible_rend_deux(miramas_abimee, verifier, capsys):
    (miramas_abimee / "actions.csv").unlink()
    assert verifier(miramas_abimee) == 2
    assert "fichier introuvable, attendu la table" in capsys.readouterr().out
    (miramas_abimee / "actions.xlsx").write_bytes(b"ceci n'est pas un classeur")
    assert verifier(miramas_abimee) == 2
    assert "fichier illisible" in capsys.readouterr().out


def test_un_rapport_sur_de_mauvaises_donnees_rend_deux_et_necrit_rien(miramas_abimee, tmp_path, capsys):
    assert main(["rapport", str(miramas_abimee), "--annee", "2024", "--sortie", str(tmp_path / "r")]) == 2
    assert "beaucoup" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verifier", "nulle-part"], "Dossier introuvable"),
        (["rapport", "{miramas}", "--annee", "1999"], "Pas de programme 1999"),
        (["rapport", "{miramas}", "--diffusion", "presse"], "presse"),
        (["rapport", "{miramas}", "--seulement", "impact"], "Page inconnue"),
        (["rapport", "{miramas}", "--annee", "2024", "--toutes-les-annees"], "s'excluent"),
    ],
)
def test_un_argument_refuse_rend_deux(pytestconfig, capsys, arguments, message):
    miramas = str(pytestconfig.rootpath / "data" / "miramas")
    assert main([argument.format(miramas=miramas) for argument in arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "attendu"),
    [
        ([], "Erreur : il manque COMMANDE. Toutes les options : python -m citelib --aide"),
        (["raport"], "COMMANDE « raport » inconnue. Vouliez-vous dire « rapport » ? Prévu : rapport, verifier, "),
        (["verifier"], "il manque DOSSIER. Toutes les options : python -m citelib verifier --aide"),
        (["rapport", "--anee", "2024"], "option inconnue : --anee. Vouliez-vous dire « --annee » ?"),
        (["rapport", "--annee", "deux"], "--annee attend un nombre entier (lu : « deux »)"),
        (["rapport", "--annee"], "--annee attend une valeur."),
        (["rapport", "--to"], "--to est abrégé, et peut être --toutes-les-annees, --tout-refaire"),
        (["relances", "data/ma", "cité"], "« cité » est de trop : un chemin qui contient une espace"),
        (["simuler", "x", "--effet", "0,3"], "--effet attend un nombre, avec un point (lu : « 0,3 »)"),
    ],
)
def test_une_faute_de_frappe_est_dite_en_francais_et_rend_deux(capsys, arguments, attendu):
    with pytest.raises(SystemExit) as sortie:
        main(arguments)
    assert sortie.value.code == 2
    dit = capsys.readouterr().err
    assert attendu in dit
    assert not re.search(r"usage|error|required|invalid", dit)


def test_un_dossier_qui_nest_pas_celui_dune_cite_dit_lequel_donner(
    pytestconfig, monkeypatch, tmp_path, verifier, capsys
):
    """Une lettre oubliée, un fichier, le dossier au-dessus, un autre endroit."""
    monkeypatch.chdir(pytestconfig.rootpath)
    for demande, attendu in {
        "data/mirama": "Vouliez-vous dire data/miramas ?",
        "data/miramas/actions.csv": "est un fichier. Donner le dossier de la cité : data/miramas.",
        "data": "n'est pas le dossier d'une cité, mais il en contient : donner data/miramas.",
    }.items():
        assert verifier(demande) == 2
        assert attendu in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert verifier("data/miramas") == 2
    assert f"Il a été cherché dans {tmp_path} :" in capsys.readouterr().err


def test_simuler_ecrit_une_cite_sans_erreur(tmp_path, verifier, capsys):
    assert main(["simuler", str(tmp_path / "essai"), "--annees", "1", "--graine", "3"]) == 0
    assert verifier(tmp_path / "essai") == 0
    assert ouvrir(tmp_path / "essai")[0].reglages["sources"]["plaquette"]
    capsys.readouterr()


def test_un_nom_propose_puis_accepte_ne_bloque_plus(copie_de_miramas, tmp_path, capsys):
    """La Ville écrite à la façon d'un partenaire : la proposition n'agit pas seule ; décommentée, elle suffit."""
    actions = copie_de_miramas / "actions.csv"
    actions.write_text(actions.read_text("utf-8-sig").replace(";Ville de Miramas;", ";ville MIRAMAS;"), "utf-8-sig")
    recu = actions.read_bytes()
    assert main(["verifier", str(copie_de_miramas), "--sortie", str(tmp_path / "r")]) == 1
    propose = (tmp_path / "r" / "miramas" / "verification" / "rapprochements.toml").read_text("utf-8")
    depose = copie_de_miramas / "rapprochements.toml"

    depose.write_text(propose, "utf-8")
    assert main(["verifier", str(copie_de_miramas), "--sortie", str(tmp_path / "r")]) == 1

    depose.write_text(propose.replace('retenu = ""', "").replace('# retenu = "Ville', 'retenu = "Ville'), "utf-8")
    assert main(["verifier", str(copie_de_miramas), "--sortie", str(tmp_path / "r")]) == 0
    assert actions.read_bytes() == recu
    assert "ville MIRAMAS" not in set(citelib.charger(copie_de_miramas).actions["porteur_nom"])
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


def test_le_dictionnaire_publie_est_a_jour(capsys):
    assert main(["dictionnaire", "--verifier"]) == 0
    assert "À jour" in capsys.readouterr().out


def test_chaque_commande_est_dans_le_readme(pytestconfig):
    readme = (pytestconfig.rootpath / "README.md").read_text("utf-8")
    (commandes,) = (action for action in analyseur()._actions if action.dest == "==SUPPRESS==" or action.choices)
    for commande in commandes.choices:
        assert f"citelib {commande}" in readme, commande


def test_les_noms_publics_se_trouvent_depuis_citelib():
    assert citelib.rapport.produire
    assert all(hasattr(citelib, nom) for nom in citelib.__all__)
    with pytest.raises(AttributeError, match="citelib n'a pas « rapports »"):
        _ = citelib.rapports
