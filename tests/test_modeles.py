"""Les classeurs à remplir : ce qu'ils demandent, ce qu'ils vérifient, et ce qui en revient."""

import datetime as dt
import functools
import re
import shutil
import subprocess
import tomllib
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from citelib.__main__ import main
from citelib.chargement import ouvrir, verifier
from citelib.classeurs.modeles import ENTETE, PRODUCTEURS, modele
from citelib.contrats import Entre, Parmi, sans_accent
from citelib.sources.classeur import VERSION, lire_classeur
from citelib.sources.fusion import ecrire, fusionner
from citelib.tables import PAR_NOM


@pytest.fixture(scope="module")
def istres(tmp_path_factory):
    """Une cité nouvelle, créée une fois ; qui l'écrit la copie."""
    dossier = tmp_path_factory.mktemp("cites") / "istres"
    assert main(["nouvelle-cite", str(dossier), "--nom", 'Istres "Sud"', "--annee", "2024"]) == 0
    return dossier


REPONSES = {
    "organisme": "Maison des jeunes inventée",
    "fonction_de_la_personne_qui_remplit": "Coordinatrice",
    "date_du_releve": dt.datetime(2025, 1, 12),
    "annee_du_programme": 2024,
}


def remplir(classeur, feuille, *lignes):
    """Écrit des lignes (titre → valeur) sous l'exemple d'une feuille, et répond à la première feuille."""
    for rangee in classeur["Lisez-moi"].iter_rows():
        cle = sans_accent(str(rangee[0].value or ""))
        if cle in REPONSES:
            rangee[1].value = REPONSES[cle]
    titres = {str(cellule.value).removesuffix(" *"): cellule.column for cellule in classeur[feuille][ENTETE]}
    for numero, ligne in enumerate(lignes, start=ENTETE + 2):
        for titre, valeur in ligne.items():
            classeur[feuille].cell(numero, titres[titre]).value = valeur


def problemes_de(chemin, cite):
    return [str(probleme) for probleme in lire_classeur(chemin, cite).problemes]


def enregistrer(classeur, chemin):
    classeur.save(chemin)
    return chemin


BILAN = {
    "Identifiant de l'action, le même d'une année à l'autre": "A1-04 — Forum",
    "Statut en fin d'année": "réalisée en partie",
    "Motif principal de l'écart": "budget ou versement tardif",
    "Explication de l'écart": "Crédits versés tard",
    "Séances tenues": "≈30",
    "Début réel": "22/01/2024",
    "Fin réelle": dt.datetime(2024, 6, 28),
    "Manière de compter les personnes": "Émargement",
}
CREDIT = {
    "Identifiant de l'action, le même d'une année à l'autre": "A1-04",
    "Financeur": "Caf",
    "Numéraire ou valorisation": "numeraire",
    "Crédit spécifique ou de droit commun": "crédits spécifiques",
    "Montant demandé": "1 200 €",
    "Montant accordé (engagé)": 1000.5,
    "Dépense justifiée": "NC",
}


@pytest.mark.parametrize("producteur", PRODUCTEURS)
def test_chaque_liste_borne_et_date_se_verifie_dans_le_tableur(miramas, producteur):
    """Une colonne de liste, de nombre, de date ou de oui/non a sa règle, message français compris."""
    classeur = modele(producteur, miramas, 2024)
    for declaree in PRODUCTEURS[producteur]["feuille"]:
        feuille, table = classeur[declaree["nom"]], PAR_NOM[declaree["table"]]
        regles = {str(plage).split(":")[0]: r for r in feuille.data_validations.dataValidation for plage in r.sqref}
        colonnes = {colonne.titre: colonne for colonne in table.colonnes}
        for cellule in feuille[ENTETE]:
            colonne = colonnes[cellule.value.removesuffix(" *")]
            assert cellule.value.endswith("*") == colonne.obligatoire
            assert cellule.comment.text
            regle = regles.get(f"{cellule.column_letter}{ENTETE + 1}")
            fermee = any(isinstance(c, Parmi | Entre) for c in colonne.contraintes)
            if fermee or colonne.type in ("date", "booleen", "entier", "nombre"):
                assert regle and regle.error.startswith("Attendu") and len(regle.error) <= 225, colonne.nom
            if any(isinstance(c, Parmi) for c in colonne.contraintes) or colonne.type == "booleen":
                assert regle.type == "list"


@pytest.mark.parametrize(("producteur", "nom", "pages"), [("cpo", "Actions", 3), ("porteur", "Bilans", 1)])
def test_une_feuille_imprimee_se_lit(miramas, producteur, nom, pages):
    """Une A4 en largeur tient 140 signes de corps 11 : 456 signes y tombent à 3 points, à 8 ou 9 sur trois pages."""
    feuille = modele(producteur, miramas, 2024)[nom]
    assert (feuille.page_setup.orientation, feuille.page_setup.fitToWidth) == ("landscape", pages)
    assert feuille.print_title_rows == f"$1:${ENTETE}"
    assert feuille.print_title_cols == ("$A:$A" if pages > 1 else None)


def test_les_listes_montrent_les_libelles_et_les_codes_de_la_cite(miramas):
    """On choisit « réalisée », et une action par son code et son intitulé."""
    classeur = modele("porteur", miramas, 2024)
    listes = {colonne[0].value: [c.value for c in colonne[1:] if c.value] for colonne in classeur["_listes"].columns}
    assert listes["statut"][:2] == ["réalisée", "réalisée en partie"]
    action = miramas.actions.query("annee == 2024").iloc[0]
    assert f"{action['action_id']} — {action['intitule']}" in listes["action_id"]
    assert classeur["_listes"].sheet_state == "hidden"
    assert classeur["_citelib"].sheet_state == "veryHidden"
    assert (classeur["_citelib"]["A1"].value, classeur["_citelib"]["B1"].value) == ("citelib", VERSION)


def test_un_code_garde_ses_zeros_et_un_intitule_nest_jamais_une_formule(miramas, tmp_path):
    """Les colonnes de texte sont au format « @ », et un intitulé qui commence par « = » reste un texte."""
    actions = miramas.actions.copy()
    actions.loc[actions["annee"] == 2024, "intitule"] = "=1+1"
    lectures = dict(miramas.lectures)
    lectures["actions"] = replace(lectures["actions"], table=actions)
    piegee = replace(miramas, lectures=lectures)
    classeur = modele("porteur", piegee, 2024)
    assert {c.data_type for ligne in classeur["_listes"].iter_rows() for c in ligne} <= {"s", "n"}
    assert classeur["Bilans"].cell(ENTETE + 2, 1).number_format == "@"


def converti(chemin, dossier, extension):
    """Le classeur rouvert et enregistré par LibreOffice, sous un profil à part."""
    soffice = shutil.which("soffice")
    if not soffice:
        pytest.skip("LibreOffice absent : le passage par un vrai tableur (xlsx, ods) n'est pas essayé.")
    profil = f"-env:UserInstallation={(dossier / 'profil').as_uri()}"
    commande = [soffice, "--headless", profil, "--convert-to", extension, "--outdir", str(dossier / extension)]
    subprocess.run([*commande, str(chemin)], check=True, capture_output=True, timeout=120)
    return dossier / extension / f"{chemin.stem}.{extension}"


@pytest.mark.parametrize("extension", ["tel quel", "xlsx", "ods"])
def test_ce_quun_partenaire_remplit_revient_tel_quel_dans_la_cite(miramas, tmp_path, extension):
    """Modèle, rempli comme un partenaire, enregistré par LibreOffice, importé : mêmes valeurs."""
    copie = shutil.copytree(miramas.dossier, tmp_path / "cite")
    classeur = modele("porteur", miramas, 2024)
    remplir(classeur, "Bilans", BILAN)
    remplir(classeur, "Financements", CREDIT)
    chemin = enregistrer(classeur, tmp_path / "rendu.xlsx")
    if extension != "tel quel":
        chemin = converti(chemin, tmp_path, extension)
    cite, _ = ouvrir(copie)
    apport = lire_classeur(chemin, cite)
    assert (apport.problemes, set(apport.lectures)) == ((), {"realisations", "financements"})
    ecrire(fusionner(cite, apport))

    cite, problemes = ouvrir(copie)
    assert [probleme for probleme in problemes if probleme.gravite == "erreur"] == []
    bilan = cite.realisations.query("action_id == 'A1-04' and annee == 2024").iloc[0]
    assert list(bilan[["statut", "motif_ecart", "methode_comptage"]]) == ["partielle", "budget", "emargement"]
    assert (bilan["seances_tenues"], bilan["commentaire_ecart"]) == (30, "Crédits versés tard")
    dates = ["date_debut_reelle", "date_fin_reelle", "bilan_recu_le", "date_extraction"]
    assert [f"{bilan[nom]:%d/%m/%Y}" for nom in dates] == ["22/01/2024", "28/06/2024", "12/01/2025", "12/01/2025"]
    assert bilan["source"] == "Classeur porteur, Maison des jeunes inventée"
    assert bilan["saisi_par_role"] == "Coordinatrice"
    credit = cite.financements.query("action_id == 'A1-04' and financeur == 'caf' and demande == 1200").iloc[0]
    assert (credit["annee"], credit["accorde"], credit["credit"]) == (2024, 1000.5, "specifique")
    etats = cite.etats.query("etat in ['estimee', 'non_collectee']")
    assert {
        ("realisations", "seances_tenues", "estimee"),
        ("financements", "depense_justifiee", "non_collectee"),
    } <= set(etats[["table", "colonne", "etat"]].itertuples(index=False, name=None))


def test_une_feuille_renommee_se_retrouve_et_lexemple_ne_compte_pas(miramas, tmp_path):
    """La marque et les titres suffisent ; la ligne d'exemple est laissée de côté, et c'est dit."""
    classeur = modele("porteur", miramas, 2024)
    remplir(classeur, "Bilans", BILAN)
    classeur["Bilans"].title = "Mes bilans 2024"
    apport = lire_classeur(enregistrer(classeur, tmp_path / "rendu.xlsx"), miramas)
    assert list(apport.lectures["realisations"].table["action_id"]) == ["A1-04"]
    assert "feuille « Mes bilans 2024 », ligne 4 : exemple laissé de côté" in apport.notes


def test_un_vrai_lien_egal_a_lexemple_est_garde(miramas, tmp_path):
    """Une seule ligne d'exemple est écartée : la deuxième qui lui ressemble est une donnée."""
    classeur = modele("partenaire", miramas, 2024)
    titres = [cellule.value.removesuffix(" *") for cellule in classeur["Liens"][ENTETE]]
    remplir(classeur, "Liens", dict(zip(titres, ("S-01", "S-02"), strict=True)))
    apport = lire_classeur(enregistrer(classeur, tmp_path / "rendu.xlsx"), miramas)
    assert len(apport.lectures["liens"].table) == 1


@pytest.mark.parametrize(
    ("version", "message"),
    [(None, "sa marque est absente"), (VERSION + 1, "plus récent que ce citelib"), (VERSION - 1, "plus ancien")],
)
def test_la_marque_dit_si_le_classeur_peut_etre_lu(miramas, tmp_path, version, message):
    """Sans marque ou d'une version à venir : refusé ; d'une version passée : lu, avec un avertissement."""
    classeur = modele("porteur", miramas, 2024)
    remplir(classeur, "Bilans", BILAN)
    if version is None:
        del classeur["_citelib"]
    else:
        classeur["_citelib"]["B1"].value = version
    apport = lire_classeur(enregistrer(classeur, tmp_path / "rendu.xlsx"), miramas)
    (probleme,) = apport.problemes
    assert message in probleme.message
    assert (probleme.gravite == "erreur") == (not apport.lectures) == (version != VERSION - 1)


def test_tous_les_problemes_dun_classeur_sont_dits_dun_coup(miramas, tmp_path):
    """Une question sans réponse, une date impossible et un statut inconnu se lisent ensemble."""
    classeur = modele("porteur", miramas, 2024)
    remplir(classeur, "Bilans", BILAN | {"Statut en fin d'année": "bof", "Début réel": "31/02/2024"})
    for rangee in classeur["Lisez-moi"].iter_rows():
        if str(rangee[0].value).startswith("Organisme"):
            rangee[1].value = None
    textes = "\n".join(problemes_de(enregistrer(classeur, tmp_path / "rendu.xlsx"), miramas))
    assert "Organisme : attendu une réponse, lu aucune réponse" in textes
    assert "feuille « Bilans », ligne 5, colonne « Statut en fin d'année »" in textes
    assert "feuille « Bilans », ligne 5, colonne « Début réel »" in textes


def test_une_cite_nouvelle_se_verifie_sans_erreur(istres):
    """Le dossier créé est complet : réglages lisibles, tables vides, quatre classeurs, rien à redire."""
    assert verifier(istres) == []
    cite, _ = ouvrir(istres)
    assert cite.nom == 'Istres "Sud"'
    assert list(cite.axes) == ["FC", "A1", "A2", "A3"]
    assert len(cite.indicateurs) == 70
    assert sorted(chemin.name for chemin in (istres / "modeles").iterdir()) == sorted(f"{p}.xlsx" for p in PRODUCTEURS)
    for nom in ("cite", "protocole", "corrections", "rapprochements"):
        assert tomllib.loads((istres / f"{nom}.toml").read_text("utf-8")) is not None


def test_une_cite_nouvelle_a_ce_que_les_notebooks_demandent(istres, pytestconfig):
    """Chaque réglage lu entre crochets par un notebook est dans le cite.toml écrit."""
    textes = [notebook.read_text("utf-8") for notebook in (pytestconfig.rootpath / "notebooks").glob("*.ipynb")]
    demandes = {cles for texte in textes for cles in re.findall(r'cite\.reglages((?:\[\\"\w+\\"\])+)', texte)}
    chemins = [re.findall(r"\w+", cles) for cles in demandes]
    reglages = ouvrir(istres)[0].reglages

    assert ["sources", "plaquette"] in chemins
    assert [c for c in chemins if functools.reduce(lambda lu, cle: lu.get(cle, {}), c, reglages) == {}] == []


def test_un_dossier_deja_rempli_nest_jamais_ecrase(tmp_path, capsys):
    """Rien n'est écrit dans un dossier qui contient déjà quelque chose."""
    (tmp_path / "note.txt").write_text("à garder")
    assert main(["nouvelle-cite", str(tmp_path)]) == 2
    assert "n'est pas vide" in capsys.readouterr().err
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["note.txt"]


def test_refaire_les_modeles_garde_les_precedents(istres, tmp_path, capsys):
    """Un classeur déjà rempli dans « modeles » passe dans « anciens »."""
    shutil.copytree(istres, tmp_path / "x")
    (tmp_path / "x" / "modeles" / "porteur.xlsx").write_bytes(b"rempli")
    assert main(["nouvelle-cite", str(tmp_path / "x"), "--annee", "2027", "--modeles"]) == 0
    (ancien,) = (tmp_path / "x" / "anciens").glob("*/modeles/porteur.xlsx")
    assert ancien.read_bytes() == b"rempli"
    openpyxl.load_workbook(tmp_path / "x" / "modeles" / "porteur.xlsx")
    capsys.readouterr()


def test_un_programme_rempli_dans_une_cite_nouvelle_simporte(istres, tmp_path, capsys):
    """Le classeur du CPO d'une cité vide : l'organisme, l'objectif et l'action arrivent ensemble."""
    shutil.copytree(istres, tmp_path / "x")
    cite, _ = ouvrir(tmp_path / "x")
    classeur = modele("cpo", cite, 2024)
    for feuille in ("Organismes", "Objectifs", "Actions"):
        table = next(d["table"] for d in PRODUCTEURS["cpo"]["feuille"] if d["nom"] == feuille)
        ligne = {c.titre: c.exemple for c in PAR_NOM[table].colonnes if c.obligatoire}
        titres = [str(cellule.value).removesuffix(" *") for cellule in classeur[feuille][ENTETE]]
        remplir(classeur, feuille, {titre: texte for titre, texte in ligne.items() if titre in titres})
    chemin = enregistrer(classeur, tmp_path / "cpo.xlsx")
    assert main(["importer", "classeur", str(chemin), "--vers", str(tmp_path / "x"), "--oui"]) == 0
    capsys.readouterr()
    cite, problemes = ouvrir(tmp_path / "x")
    assert problemes == []
    assert [len(getattr(cite, nom)) for nom in ("structures", "objectifs", "actions")] == [1, 1, 1]
    assert pd.notna(cite.actions["date_extraction"]).all()
