"""Dire les problèmes d'un dossier : un écran, une page, et les feuilles des partenaires à leur renvoyer."""

import io
import re
import shutil
import zipfile

import openpyxl
import pytest
from bs4 import BeautifulSoup

from citelib.__main__ import main
from citelib.chargement import ouvrir
from citelib.chargement.fichiers import Feuille
from citelib.chargement.identite import refuser_personnel
from citelib.classeurs import pose
from citelib.classeurs.renvoi import ecrire
from citelib.classeurs.verification import ecran, grouper
from citelib.contrats import Probleme
from citelib.formats import INSECABLE

SECRETS = ("Zébulon", "Mme Quidam", "06 98 76 54 32", "quidam@exemple.fr", "12/03/2014", "14 rue Inventée", "INE0001")


def modifier(chemin, changer):
    """Réécrit un CSV : `changer` reçoit l'en-tête et les lignes, en listes de cellules, et les modifie."""
    entete, *lignes = [ligne.split(";") for ligne in chemin.read_text("utf-8-sig").splitlines()]
    changer(entete, lignes)
    chemin.write_text("\n".join(";".join(ligne) for ligne in [entete, *lignes]) + "\n", "utf-8-sig")


def poser(chemin, ligne, colonne, valeur):
    modifier(chemin, lambda entete, lignes: lignes[ligne - 2].__setitem__(entete.index(colonne), valeur))


@pytest.fixture
def cite(pytestconfig, tmp_path):
    """Une copie de Miramas à salir."""
    return shutil.copytree(pytestconfig.rootpath / "data" / "miramas", tmp_path / "recu")


@pytest.fixture
def sortie(tmp_path):
    return tmp_path / "rapports"


def verifier(cite, sortie, *options):
    return main(["verifier", str(cite), "--sortie", str(sortie), *options]), sortie / "miramas" / "verification"


def colorees(feuille):
    return {cellule.coordinate for ligne in feuille.iter_rows() for cellule in ligne if cellule.fill.fill_type}


def test_le_fichier_le_plus_fautif_vient_dabord_puis_les_erreurs_puis_les_plus_nombreuses():
    problemes = [Probleme("avertissement", "b.csv", ligne=n, message="doute") for n in range(9)]
    problemes += [Probleme("erreur", "a.csv", ligne=2, colonne="x", message="cellule vide")]
    problemes += [Probleme("erreur", "c.csv", ligne=n, colonne="y", message=f"déjà vue, ligne {n}") for n in (4, 5)]
    problemes += [Probleme("avertissement", "c.csv", ligne=8, message="doute")]
    fichiers = grouper(problemes)
    assert [(fichier.nom, fichier.comptes) for fichier in fichiers] == [
        ("c.csv", (2, 1)),
        ("a.csv", (1, 0)),
        ("b.csv", (0, 9)),
    ]
    assert [str(groupe) for groupe in fichiers[0].groupes] == [
        "colonne y : déjà vue, ligne …, 2 fois (lignes 4, 5).",
        "avertissement, doute (ligne 8).",
    ]


def test_des_valeurs_refusees_se_disent_en_une_phrase():
    lus = {3: "fini", 5: "en cours", 9: "fini", 12: "clos"}
    refus = [
        Probleme("erreur", "a.csv", "", ligne, "statut", lu, "valeur refusée, attendu realisee", "Corriger la cellule.")
        for ligne, lu in lus.items()
    ]
    ((groupe,),) = (fichier.groupes for fichier in grouper(refus))
    assert str(groupe) == (
        "colonne statut : 4 valeurs refusées, attendu realisee (lignes 3, 5, 9… ; lu « fini », « en cours »…). "
        "Corriger la cellule."
    )


@pytest.mark.parametrize("fichiers", [1, 4, 40])
@pytest.mark.parametrize("sortes", [1, 50])
def test_cinq_cents_problemes_tiennent_en_un_ecran(tmp_path, fichiers, sortes):
    problemes = [
        Probleme(
            "erreur", f"fichier-{n % fichiers}.csv", "", n, f"colonne_au_nom_long_{n % sortes}", "une valeur " * 9,
            "valeur refusée, attendu : " + ", ".join(["une_longue_liste"] * 12), "Corriger la cellule.",
        )
        for n in range(500)
    ]  # fmt: skip
    ecrits = [tmp_path / "r" / "verification.html", tmp_path / "r" / "a-renvoyer" / "fichier-0.xlsx"]
    lignes = ecran(problemes, tmp_path, ecrits).splitlines()
    assert len(lignes) <= 24
    assert max(map(len, lignes[:-2])) <= 100
    assert lignes[0].replace(INSECABLE, " ").startswith(f"500 erreurs et 0 avertissement dans {fichiers} fichier")
    assert any(ligne.startswith("Écrit dans ") for ligne in lignes)
    tout = ecran(problemes, tmp_path, ecrits, tout=True).splitlines()
    assert sum(ligne.startswith("- erreur : ") for ligne in tout) == 500


def test_les_cellules_colorees_sont_exactement_les_fautives(cite, sortie, capsys):
    """Dans actions.csv, `public_prevu` est la quinzième colonne (O), `intitule` la troisième (C)."""
    poser(cite / "actions.csv", 2, "public_prevu", "beaucoup")
    poser(cite / "actions.csv", 7, "intitule", "")
    modifier(cite / "actions.csv", lambda entete, lignes: lignes.append(lignes[3]))
    modifier(cite / "actions.csv", lambda entete, lignes: [ligne.append("zz") for ligne in [entete, *lignes]])
    derniere = len((cite / "actions.csv").read_text("utf-8-sig").splitlines())
    code, dossier = verifier(cite, sortie)
    assert code == 1
    for chemin in (dossier / "verification.xlsx", dossier / "a-renvoyer" / "actions.xlsx"):
        feuille = openpyxl.load_workbook(chemin)["actions"]
        fin = feuille.cell(1, feuille.max_column).coordinate
        attendues = {"O2", "C7", f"A{derniere}", fin}
        assert colorees(feuille) >= attendues
        assert colorees(feuille) == {c.coordinate for ligne in feuille for c in ligne if c.comment}
        assert len(colorees(feuille)) <= len(attendues)
        assert feuille["O2"].comment.text == (
            "ERREUR : valeur refusée, attendu un nombre entier. Corriger la cellule, par exemple « 60 »."
        )
        assert feuille["O2"].comment.author == "citelib"
        assert feuille["C7"].comment.text.startswith("ERREUR : cellule vide")
        assert feuille[fin].comment.text.startswith("AVERTISSEMENT : colonne inconnue")
        assert feuille["O2"].fill.fgColor != feuille[fin].fill.fgColor
        assert feuille["O2"].value == "beaucoup"
        assert feuille.freeze_panes == "A2"
        assert feuille.page_setup.orientation == "landscape"
    assert "4 fichiers" not in capsys.readouterr().out


def test_une_copie_a_toutes_les_lignes_et_ses_valeurs_aux_memes_places(cite, sortie, capsys):
    poser(cite / "structures.csv", 2, "categorie", "inventee")
    poser(cite / "structures.csv", 3, "siret", "00123456700012")
    poser(cite / "structures.csv", 3, "annee", "2021")
    _, dossier = verifier(cite, sortie)
    feuille = openpyxl.load_workbook(dossier / "verification.xlsx")["structures"]
    recu = [ligne.split(";") for ligne in (cite / "structures.csv").read_text("utf-8-sig").splitlines()]
    assert feuille.max_row == len(recu)
    lu = [
        ["" if cellule is None else str(cellule) for cellule in ligne] for ligne in feuille.iter_rows(values_only=True)
    ]
    assert [ligne[0] for ligne in lu] == [ligne[0] for ligne in recu]
    colonnes = recu[0]
    assert feuille.cell(3, colonnes.index("siret") + 1).value == "00123456700012"
    assert feuille.cell(3, colonnes.index("annee") + 1).value == 2021


def test_la_feuille_dun_classeur_garde_ses_titres_et_son_nom(cite, sortie, capsys):
    classeur = openpyxl.Workbook()
    classeur.active.title = "Notes"
    feuille = classeur.create_sheet("quartiers")
    feuille.append(["Quartiers suivis"])
    feuille.append([])
    lignes = [ligne.split(";") for ligne in (cite / "quartiers.csv").read_text("utf-8-sig").splitlines()]
    for ligne in lignes:
        feuille.append(ligne)
    (cite / "quartiers.csv").unlink()
    feuille.cell(4, lignes[0].index("qpv_code") + 1).value = "QP12"
    classeur.save(cite / "Retour CPO.xlsx")
    _, dossier = verifier(cite, sortie)
    rendu = openpyxl.load_workbook(dossier / "a-renvoyer" / "Retour CPO.xlsx")
    assert rendu.sheetnames == ["À corriger", "Notes", "quartiers"]
    place = rendu["quartiers"].cell(4, lignes[0].index("qpv_code") + 1).coordinate
    assert rendu["quartiers"]["A1"].value == "Quartiers suivis"
    assert place in colorees(rendu["quartiers"])
    liens = [cellule.hyperlink.location for (cellule,) in rendu["À corriger"]["H2:H4"] if cellule.hyperlink]
    assert f"'quartiers'!{place}" in liens


def test_un_partenaire_ne_recoit_pas_les_lignes_dun_autre(cite, sortie, capsys):
    entete, *lignes = (cite / "actions.csv").read_text("utf-8-sig").splitlines()
    (cite / "actions.csv").unlink()
    for nom, part in {"ville": lignes[::2], "caf": lignes[1::2]}.items():
        (cite / f"actions-{nom}.csv").write_text("\n".join([entete, *part]), "utf-8-sig")
        modifier(cite / f"actions-{nom}.csv", lambda e, ls, nom=nom: [x.__setitem__(2, f"secret de {nom}") for x in ls])
        poser(cite / f"actions-{nom}.csv", 3, "public_prevu", "beaucoup")
    _, dossier = verifier(cite, sortie)
    for nom, autre in (("ville", "caf"), ("caf", "ville")):
        contenu = _contenu(dossier / "a-renvoyer" / f"actions-{nom}.xlsx")
        assert f"secret de {nom}" in contenu
        assert f"secret de {autre}" not in contenu


def test_un_classeur_renvoye_corrige_se_relit(cite, sortie, capsys):
    poser(cite / "actions.csv", 2, "public_prevu", "beaucoup")
    _, dossier = verifier(cite, sortie)
    rendu = openpyxl.load_workbook(dossier / "a-renvoyer" / "actions.xlsx")
    rendu["actions"]["O2"].value = 60
    (cite / "actions.csv").unlink()
    rendu.save(cite / "actions.xlsx")
    assert verifier(cite, sortie)[0] == 0
    assert "Aucun problème" in capsys.readouterr().out
    assert [chemin.name for chemin in dossier.iterdir()] == ["verification.html"]
    assert "Il n'y a rien à renvoyer" in (dossier / "verification.html").read_text("utf-8")


def _contenu(chemin):
    """Tout ce que contient un fichier, décompressé."""
    if chemin.suffix != ".xlsx":
        return chemin.read_text("utf-8")
    with zipfile.ZipFile(io.BytesIO(chemin.read_bytes())) as archive:
        return "\n".join(archive.read(nom).decode("utf-8") for nom in archive.namelist())


def test_aucune_donnee_personnelle_ne_sort(cite, sortie, capsys, caplog):
    """Dans une colonne hors contrat, une cellule attendue, un titre, un code refusé ou une correction : nulle part."""

    def salir(entete, lignes):
        entete += ["Prénom", "Contact", "Suivi par", "Mme Quidam"]
        for ligne in lignes:
            ligne += ["Zébulon", "", "", ""]
        lignes[0][-3], lignes[5][-2], lignes[6][2] = "quidam@exemple.fr", "INE0001, née le 12/03/2014", "06 98 76 54 32"
        lignes[7][entete.index("porteur_nom")] = "Mme Quidam"
        lignes[8][entete.index("public_prevu")] = "06 98 76 54 32"
        lignes[9][entete.index("axe")] = "quidam@exemple.fr"

    modifier(cite / "actions.csv", salir)
    poser(cite / "verbatims.csv", 4, "texte_anonymise", "Il habite 14 rue Inventée")
    classeur = openpyxl.Workbook()
    for ligne in (["Élèves suivis"], ["Nom", "Prénom", "Date de naissance"], ["Quidam", "Zébulon", "12/03/2014"]):
        classeur.active.append(ligne)
    classeur.save(cite / "liste.xlsx")
    (cite / "relevé de Mme Quidam.csv").write_text("une;liste\n", "utf-8")
    with (cite / "corrections.toml").open("a", encoding="utf-8") as fichier:
        fichier.write('\n[[correction]]\ntable = "actions"\nou = { action_id = "zz" }\ncolonne = "intitule"\n')
        fichier.write('lu = "quidam@exemple.fr"\ncorrige = ""\nmotif = "adresse"\n')
    code, dossier = verifier(cite, sortie, "--tout")
    assert code == 1
    verifier(cite, sortie)
    affiche = capsys.readouterr()
    sorties = {chemin.name: _contenu(chemin) for chemin in dossier.rglob("*") if chemin.is_file()}
    assert {"verification.html", "verification.xlsx", "actions.xlsx", "verbatims.xlsx", "liste.xlsx"} <= sorties.keys()
    sorties |= {"écran": affiche.out, "erreurs": affiche.err, "journal": caplog.text}
    assert [(nom, secret) for nom, texte in sorties.items() for secret in SECRETS if secret in texte] == []
    assert "Donnée personnelle retirée" in sorties["actions.xlsx"]
    for attendu in ("colonne Prénom", "colonne Contact", "ressemble à un numéro de téléphone", "une adresse postale"):
        assert attendu in " ".join(affiche.out.split())


def test_une_formule_recue_reste_un_texte(cite, sortie, capsys):
    poser(cite / "actions.csv", 2, "intitule", "=cmd|' /C calc'!A0")
    poser(cite / "actions.csv", 2, "public_prevu", "+1+1")
    _, dossier = verifier(cite, sortie)
    feuille = openpyxl.load_workbook(dossier / "a-renvoyer" / "actions.xlsx")["actions"]
    for place in ("C2", "O2"):
        assert (feuille[place].data_type, feuille[place].quotePrefix) == ("s", True)
    assert feuille["C2"].value == "=cmd|' /C calc'!A0"


def test_un_caractere_de_commande_ne_passe_ni_a_lecran_ni_dans_un_classeur(cite, sortie, capsys):
    poser(cite / "actions.csv", 2, "public_prevu", "rouge\x1b[31m \x07" + "x" * 5000)
    modifier(cite / "actions.csv", lambda entete, lignes: [ligne.append("\x1b[2J") for ligne in [entete, *lignes]])
    _, dossier = verifier(cite, sortie, "--tout")
    affiche = capsys.readouterr().out
    assert "rouge" in affiche
    assert not re.search("[\x00-\x09\x0b-\x1f]", affiche)
    assert max(map(len, affiche.splitlines())) <= 1000
    assert openpyxl.load_workbook(dossier / "a-renvoyer" / "actions.xlsx")["actions"]["O2"].value.startswith(
        "rouge[31m "
    )


def test_la_page_est_bien_formee_et_dit_les_memes_comptes(cite, sortie, capsys):
    poser(cite / "actions.csv", 2, "public_prevu", "<script>alert(1)</script>")
    modifier(
        cite / "realisations.csv",
        lambda entete, lignes: [x.__setitem__(entete.index("statut"), "fini") for x in lignes[:40]],
    )
    (cite / "quartiers.csv").unlink()
    code, dossier = verifier(cite, sortie)
    assert code == 2
    _, problemes = ouvrir(cite)
    page = BeautifulSoup((dossier / "verification.html").read_text("utf-8"), "html.parser")
    assert page.html["lang"] == "fr"
    assert len(page.find_all("h1")) == 1
    assert not page.find_all("script")
    assert "Document interne, ne pas diffuser" in page.header.text
    assert page.table.caption
    assert all(th["scope"] for th in page.find_all("th"))
    comptes = [[cellule.text for cellule in ligne.find_all(["th", "td"])] for ligne in page.tbody.find_all("tr")]
    assert comptes[0] == ["realisations.csv", "40", "0"]
    for fichier, erreurs, avertissements in comptes:
        gravites = [probleme.gravite for probleme in problemes if probleme.fichier == fichier]
        assert (int(erreurs), int(avertissements)) == (gravites.count("erreur"), gravites.count("avertissement"))
    ids = [balise["id"] for balise in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.find_all("a")} <= set(ids)
    bilan = openpyxl.load_workbook(dossier / "verification.xlsx")["Bilan"]
    lignes = list(bilan.iter_rows(min_row=2, values_only=True))
    assert [[nom, str(e), str(a)] for nom, e, a, _ in lignes] == comptes
    assert dict((nom, etat) for nom, *_, etat in lignes)["quartiers.csv"] == "absent, illisible ou sans feuille"


def test_un_dossier_ou_lon_ne_peut_ecrire_se_dit_et_ne_change_pas_le_code(cite, tmp_path, capsys):
    (tmp_path / "plein").write_text("")
    assert main(["verifier", str(cite), "--sortie", str(tmp_path / "plein")]) == 0
    affiche = capsys.readouterr()
    assert "Aucun problème" in affiche.out
    assert "Rien n'a été écrit" in affiche.err


def test_une_ecriture_qui_echoue_laisse_la_derniere_version(cite, sortie, monkeypatch, capsys):
    _, dossier = verifier(cite, sortie)
    avant = (dossier / "verification.html").read_bytes()
    poser(cite / "actions.csv", 2, "public_prevu", "beaucoup")
    monkeypatch.setattr(openpyxl.Workbook, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "plus de place")))
    assert verifier(cite, sortie)[0] == 1
    assert "plus de place" in capsys.readouterr().err
    assert (dossier / "verification.html").read_bytes() == avant
    assert [chemin.name for chemin in dossier.parent.iterdir()] == ["verification"]


def test_miramas_na_aucune_donnee_personnelle(pytestconfig):
    _, problemes = ouvrir(pytestconfig.rootpath / "data" / "miramas")
    assert [probleme for probleme in problemes if "ressemble à" in probleme.message] == []


@pytest.mark.parametrize(
    ("lignes", "attendus"),
    [
        ([["Nom", "Prénom", "Classe"], ["Quidam", "Zébulon", "5e B"]], [("erreur", 1, "Nom"), ("erreur", 1, "Prénom")]),
        ([["Liste"], [], ["Élève", "DDN"], ["Z", "12/03/14"]], [("erreur", 3, "DDN")]),
        (
            [["annee", "structure_id", "nom", "Référent"], ["2024", "S-1", "Ville", "Mme Quidam"]],
            [("erreur", 1, "Référent")],
        ),
        ([["annee", "structure_id", "nom"], ["2024", "S-1", "Mme Quidam"]], [("avertissement", 2, "nom")]),
        ([["annee", "structure_id", "nom"], ["2024", "S-1", "q@exemple.fr"]], [("erreur", 2, "nom")]),
        ([["annee", "structure_id", "nom"], ["2024", "S-1", "Ville", "q@exemple.fr"]], [("erreur", 1, "n° 4")]),
        ([["Mail : q@exemple.fr"], ["annee", "structure_id", "nom"]], [("erreur", 1, "annee")]),
        ([["UAI", "nom_de_l_etablissment"], ["0132327J", "17 RUE DE LA MAIRIE"]], []),
        ([["Adresse du site", "Nom de l'établissement"], ["www.exemple.fr", "Collège Mme de Sévigné"]], []),
        ([], []),
    ],
)
def test_une_feuille_brute_est_refusee_quelle_que_soit_sa_table(lignes, attendus):
    feuille = Feuille("recu.xlsx", "Feuil1", list(enumerate(lignes, start=1)))
    problemes = refuser_personnel([feuille])
    assert [(p.gravite, p.ligne, p.colonne) for p in problemes] == attendus
    assert not any(re.search("Quidam|Zébulon|q@|12/03", str(probleme)) for probleme in problemes)


def test_les_chemins_ecrits_sont_rendus(cite, sortie):
    poser(cite / "actions.csv", 2, "public_prevu", "beaucoup")
    ouverte, problemes = ouvrir(cite)
    ecrits = ecrire(ouverte, problemes, sortie)
    assert {chemin.name for chemin in ecrits} == {"verification.html", "verification.xlsx", "actions.xlsx"}
    assert all(chemin.is_file() for chemin in ecrits)


def test_un_texte_qui_ressemble_a_un_code_de_caractere_reste_tel_quel():
    """Excel lirait « _x0041_ » comme « A » ; l'échappement est celui de la norme OOXML (ST_Xstring)."""
    cellule = pose.poser(openpyxl.Workbook().active["A1"], "_x0041_")
    assert cellule.value == "_x005F_x0041_"
