"""La commande `importer` : elle montre, demande, écrit, et dit par son code ce qu'elle a fait."""

import datetime as dt

import openpyxl
import pytest

from citelib import __main__ as commande
from citelib.__main__ import main
from citelib.chargement import ouvrir
from citelib.classeurs.modeles import ENTETE, modele
from citelib.contrats import sans_accent
from citelib.sources.classeur import MARQUE
from citelib.sources.registre import DETAILS, SOURCES, demandes


@pytest.fixture
def rendu(miramas, tmp_path):
    """Fabrique d'un classeur de partenaire rempli : une parole par texte donné."""

    def fabriquer(*paroles, organisme="Centre social inventé", action=""):
        classeur = modele("partenaire", miramas, 2024)
        reponses = {"organisme": organisme, "fonction": "Animatrice", "date": dt.datetime(2025, 1, 12)}
        for rangee in classeur["Lisez-moi"].iter_rows():
            cle = sans_accent(str(rangee[0].value or "")).split("_")[0]
            if cle in reponses:
                rangee[1].value = reponses[cle]
        titres = [str(cellule.value).removesuffix(" *") for cellule in classeur["Paroles"][ENTETE]]
        for rang, parole in enumerate(paroles):
            ligne = {
                "Identifiant": f"V-X-{rang}",
                "Qui parle": "parent",
                "Tonalité": "positive",
                "Action concernée": action,
            }
            ligne |= {"Parole, sans rien qui désigne quelqu'un": parole, "Peut-elle être publiée ?": "oui"}
            for colonne, titre in enumerate(titres, start=1):
                classeur["Paroles"].cell(ENTETE + 2 + rang, colonne).value = ligne.get(titre) or None
        chemin = tmp_path / "rendu.xlsx"
        classeur.save(chemin)
        return str(chemin)

    return fabriquer


def octets(dossier):
    return {c.relative_to(dossier): c.read_bytes() for c in sorted(dossier.rglob("*")) if c.is_file()}


def paroles(copie_de_miramas):
    return set(ouvrir(copie_de_miramas)[0].verbatims["verbatim_id"])


def test_importer_montre_ecrit_et_dit_ou_sont_les_anciens(copie_de_miramas, rendu, capsys):
    assert (
        main(["importer", "classeur", rendu("Je viens plus souvent."), "--vers", str(copie_de_miramas), "--oui"]) == 0
    )
    sortie = capsys.readouterr().out.replace("\u00a0", " ")
    assert "verbatims : 1 nouvelle ligne, 0 modifiée" in sortie
    assert "+ verbatims V-X-0" in sortie
    assert "Écrit : verbatims.csv." in sortie
    assert "anciens" in sortie
    assert "V-X-0" in paroles(copie_de_miramas)


def test_importer_deux_fois_na_rien_a_ecrire(copie_de_miramas, rendu, capsys):
    fichier = rendu("Je viens plus souvent.")
    main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas), "--oui"])
    avant = octets(copie_de_miramas)
    assert main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas)]) == 0
    assert "Rien à écrire" in capsys.readouterr().out
    assert octets(copie_de_miramas) == avant


def test_sans_terminal_ni_oui_rien_nest_ecrit(copie_de_miramas, rendu, capsys, monkeypatch):
    monkeypatch.setattr(commande.sys.stdin, "isatty", lambda: False, raising=False)
    avant = octets(copie_de_miramas)
    assert main(["importer", "classeur", rendu("Je viens plus souvent."), "--vers", str(copie_de_miramas)]) == 2
    assert "--oui" in capsys.readouterr().err
    assert octets(copie_de_miramas) == avant


@pytest.mark.parametrize(("reponse", "code"), [("o", 0), ("Oui", 0), ("", 2), ("n", 2)])
def test_la_reponse_decide(copie_de_miramas, rendu, capsys, monkeypatch, reponse, code):
    monkeypatch.setattr(commande.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", lambda question: reponse)
    assert main(["importer", "classeur", rendu("Je viens plus souvent."), "--vers", str(copie_de_miramas)]) == code
    assert ("V-X-0" in paroles(copie_de_miramas)) == (code == 0)
    capsys.readouterr()


@pytest.mark.parametrize(("geste", "code"), [(EOFError, 2), (KeyboardInterrupt, 130)])
def test_une_question_sans_reponse_necrit_rien(copie_de_miramas, rendu, capsys, monkeypatch, geste, code):
    """Ctrl-D, ou Ctrl-C, qui arrête aussi les fichiers suivants : une phrase, pas une trace."""
    questions = []

    def repondre(question):
        questions.append(question)
        raise geste

    monkeypatch.setattr(commande.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", repondre)
    avant, fichier = octets(copie_de_miramas), rendu("Je viens plus souvent.")
    assert main(["importer", "classeur", fichier, fichier, "--vers", str(copie_de_miramas)]) == code
    assert "Rien n'a été écrit" in capsys.readouterr().err
    assert len(questions) == (2 if geste is EOFError else 1)
    assert octets(copie_de_miramas) == avant


def test_un_probleme_du_fichier_rend_un_et_necrit_rien(copie_de_miramas, rendu, capsys):
    """Une action inconnue ne se voit qu'une fois les tables réunies : elle est dite à sa cellule du dossier."""
    avant = octets(copie_de_miramas)
    fichier = rendu("Je viens plus souvent.", action="ZZ-99")
    assert main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas), "--oui"]) == 1
    assert "attendu une valeur de la colonne action_id" in capsys.readouterr().out
    assert octets(copie_de_miramas) == avant


def test_une_donnee_personnelle_est_refusee_et_jamais_redite(copie_de_miramas, rendu, capsys):
    avant = octets(copie_de_miramas)
    fichier = rendu("Appelez-moi au 06 12 34 56 78.", "Rien à cacher.")
    assert main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas), "--oui"]) == 2
    sortie = "".join(capsys.readouterr())
    assert "colonne texte_anonymise" in sortie and "téléphone" in sortie
    assert "06 12" not in sortie
    assert octets(copie_de_miramas) == avant


def test_une_colonne_ajoutee_qui_annonce_des_personnes_est_refusee(copie_de_miramas, rendu, capsys):
    fichier = rendu("Je viens plus souvent.")
    classeur = openpyxl.load_workbook(fichier)
    classeur["Paroles"].cell(ENTETE, 9).value = "Nom et prénom"
    classeur["Paroles"].cell(ENTETE + 2, 9).value = "Personne Inventée"
    classeur.save(fichier)
    assert main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas), "--oui"]) == 2
    sortie = "".join(capsys.readouterr())
    assert "nom de personne" in sortie and "Personne Inventée" not in sortie


def test_un_long_detail_sarrete_a_un_ecran(copie_de_miramas, rendu, capsys):
    main(["importer", "classeur", rendu(*["Je viens plus souvent."] * 40), "--vers", str(copie_de_miramas), "--oui"])
    sortie = capsys.readouterr().out.replace("\u00a0", " ")
    assert sortie.count("  + ") == DETAILS
    assert f"et {40 - DETAILS} autres" in sortie


def test_un_fichier_illisible_nempeche_pas_le_suivant(copie_de_miramas, rendu, tmp_path, capsys):
    (tmp_path / "abime.xlsx").write_bytes(b"ceci n'est pas un classeur")
    (tmp_path / "Mme Quidam.xlsx").write_bytes(b"un autre")
    fichiers = [str(tmp_path / "abime.xlsx"), str(tmp_path / "Mme Quidam.xlsx"), rendu("Je viens plus souvent.")]
    assert main(["importer", "classeur", *fichiers, "--vers", str(copie_de_miramas), "--oui"]) == 2
    sortie = "".join(capsys.readouterr())
    assert sortie.count("fichier illisible") == 2 and "Quidam" not in sortie
    assert "V-X-0" in paroles(copie_de_miramas)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inconnue", "f.csv"], "Sources : classeur, ivac"),
        (["classeur"], "Donner un FICHIER"),
        (["ivac", "f.csv", "--telecharger"], "l'un des deux"),
        (["enquete", "f.csv"], "demande --correspondance"),
        (["enquete", "a.csv", "b.csv", "--correspondance", "c.toml"], "remplacerait le premier"),
        (["classeur", "f.xlsx", "--correspondance", "c.toml"], "n'emploie pas --correspondance"),
    ],
)
def test_un_argument_refuse_rend_deux(copie_de_miramas, capsys, arguments, message):
    assert main(["importer", *arguments, "--vers", str(copie_de_miramas)]) == 2
    assert message in capsys.readouterr().err


def test_la_liste_des_cites_educatives_se_lit_et_ne_change_rien(copie_de_miramas, tmp_path, capsys):
    """Elle ne sert qu'à choisir des collèges comparables ; « education » télécharge tous les jeux, elle comprise."""
    liste = tmp_path / "fr-en-cites_educatives.csv"
    liste.write_text("uai;libelle_long_cite_educative\n0132327J;Miramas\n", "utf-8")

    assert main(["importer", "education", str(liste), "--vers", str(copie_de_miramas), "--oui"]) == 0
    assert "source « education »" in (dit := capsys.readouterr().out) and "Rien à écrire." in dit
    assert {source for source, *_ in demandes("education", [])} <= SOURCES.keys()


def test_des_fichiers_du_ministere_simportent_ensemble(copie_de_miramas, tmp_path, capsys):
    """Chacun est reconnu à son en-tête ; celui que rien ne décrit n'empêche pas les autres."""
    effectifs = "Rentrée scolaire;Académie;UAI;Dénomination principale;Secteur;Nombre d'élèves total\n"
    (tmp_path / "a.csv").write_text(f"{effectifs}2025;AIX-MARSEILLE;0132327J;COLLEGE;PUBLIC;465\n", "utf-8")
    (tmp_path / "b.csv").write_text("uai;couleur\n0132327J;bleu\n", "utf-8")
    ips = "Rentrée scolaire;Académie;UAI;Secteur;IPS\n2025-2026;AIX-MARSEILLE;0132327J;public;71,5\n"
    (tmp_path / "c.csv").write_text(ips, "utf-8")
    fichiers = [str(tmp_path / nom) for nom in ("a.csv", "b.csv", "c.csv")]

    assert main(["importer", "education", *fichiers, "--vers", str(copie_de_miramas), "--oui"]) == 2
    assert "b.csv : fichier du ministère non reconnu" in capsys.readouterr().err
    cite = ouvrir(copie_de_miramas)[0]
    assert cite.etablissements.set_index("uai").at["0132327J", "effectif"] == 465
    assert 71.5 in set(cite.valeurs["valeur"])


def test_telecharger_education_demande_chaque_jeu_une_fois():
    """Onze séries du ministère et la liste des cités ; les REP+ d'abord, dont les moyennes se servent."""
    jeux = [(source, jeu) for source, _, jeu in demandes("education", [])]
    assert len(jeux) == len(set(jeux)) == 12
    assert jeux[0] == ("ep", "fr-en-etablissements-ep")
    assert {source for source, _ in jeux} == {"ivac", "ips", "dnb", "ep", "effectifs", "evaluations", "cites"}


def test_un_dossier_qui_nest_pas_une_cite_reste_intact(copie_de_miramas, rendu, tmp_path, capsys):
    """Ni import, ni classeurs, dans un dossier sans cite.toml."""
    ailleurs = tmp_path / "ailleurs"
    ailleurs.mkdir()
    assert main(["importer", "classeur", rendu("Bien."), "--vers", str(ailleurs), "--oui"]) == 2
    assert main(["nouvelle-cite", str(ailleurs), "--modeles"]) == 2
    assert capsys.readouterr().err.count("n'est pas une cité") == 2
    assert list(ailleurs.iterdir()) == []


def test_un_chemin_impossible_est_dit_en_francais(rendu, capsys):
    """Un dossier à créer sous un fichier : une phrase, pas une trace."""
    assert main(["nouvelle-cite", rendu("Bien.") + "/dessous"]) == 2
    assert "ne se lit ou ne s'écrit pas" in capsys.readouterr().err


@pytest.mark.parametrize(("cellule", "valeur"), [("B1", "²"), ("B2", "inconnue"), ("B2", None), ("D2", "source")])
def test_une_marque_abimee_est_dite(copie_de_miramas, rendu, capsys, cellule, valeur):
    """La feuille cachée a été retouchée : une phrase, pas une trace."""
    fichier = rendu("Bien.")
    classeur = openpyxl.load_workbook(fichier)
    classeur[MARQUE][cellule].value = valeur
    classeur.save(fichier)
    assert main(["importer", "classeur", fichier, "--vers", str(copie_de_miramas), "--oui"]) == 1
    assert "marque" in capsys.readouterr().out
