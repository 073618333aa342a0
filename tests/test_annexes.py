"""Les fichiers qui accompagnent un rapport : justes, protégés, toujours les mêmes, et aucun n'arrête les autres."""

import csv
import datetime as dt
import io
import json
import shutil
import subprocess

import openpyxl
import pytest
from test_rapport import SurPlace, page

from citelib import annexes, rapport
from citelib.chargement import charger
from citelib.classeurs.exports import A_COMPLETER, CHAMPS, lire_champs, revue_de_projet, tableau_de_programmation
from citelib.erreurs import ErreurParametre
from citelib.page import NOTEBOOKS, sections
from citelib.secret import MARQUE
from citelib.simulation import completer

pytestmark = pytest.mark.usefixtures("sans_compagnons")

CHAMP = """
[[champ]]
volet = "Évaluation"
champ = "Inscriptions de filles de moins de trois ans"
analyse = "age_et_sexe"
ligne = "0-2"
colonne = "nb_filles"
unite = "personnes"

[[champ]]
volet = "Communication"
champ = "=HYPERLINK(\\"http://ailleurs.fr\\")"
"""


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    """Une cité inventée d'une année."""
    (chemin,) = completer(tmp_path_factory.mktemp("annexes") / "essai", annees=1, graine=7)
    return chemin


@pytest.fixture
def copie(dossier, tmp_path):
    """La même, que l'on peut changer."""
    return shutil.copytree(dossier, tmp_path / "essai")


@pytest.fixture
def legeres(monkeypatch):
    """Les seules annexes qui ne préparent pas le secret de toutes les tables."""
    gardees = {nom: annexes.ANNEXES[nom] for nom in ("calendrier.ics", "tableau-de-programmation.xlsx")}
    monkeypatch.setattr(annexes.registre, "ANNEXES", gardees)
    return gardees


def ouvrir(octets):
    """Le classeur, relu par openpyxl."""
    return openpyxl.load_workbook(io.BytesIO(octets))


def lignes(feuille):
    """Les lignes d'une feuille, par titre."""
    titres, *suite = feuille.iter_rows(values_only=True)
    return [dict(zip(titres, ligne, strict=True)) for ligne in suite]


def test_la_revue_de_projet_remplit_ce_que_les_donnees_savent(miramas):
    """Un nombre, son unité, sa table et sa section ; le reste est à compléter, jamais à zéro."""
    classeur = ouvrir(revue_de_projet(miramas, annee=2024, diffusion="cotech"))
    par_champ = {ligne["Champ"]: ligne for ligne in lignes(classeur["Revue de projet"])}
    actions = miramas.actions[miramas.actions["annee"].eq(2024) & ~miramas.actions["hors_programmation"]]
    reunions = miramas.instances[miramas.instances["annee"].eq(2024)]

    assert par_champ["Actions prévues au programme"]["Valeur"] == len(actions)
    assert par_champ["Réunions des instances tenues"]["Valeur"] == int(reunions["tenue"].sum())
    assert par_champ["Actions prévues au programme"]["D’où vient le chiffre"].startswith("Données fictives")
    assert "actions et realisations" in par_champ["Actions prévues au programme"]["D’où vient le chiffre"]
    assert par_champ["Supports et événements de l’année"]["Valeur"] == A_COMPLETER
    assert list(dict.fromkeys(ligne["Volet"] for ligne in par_champ.values())) == [
        "Gouvernance",
        "Déploiement opérationnel",
        "Relations entre cités",
        "Communication",
        "Gestion financière",
        "Évaluation",
    ]


def test_les_renvois_de_la_revue_menent_a_une_section_qui_existe():
    """Le classeur est à côté des pages : son lien s'y ouvre."""
    champs = [champ for champ in lire_champs(CHAMPS) if "page" in champ]
    connues = {champ["page"]: sections(NOTEBOOKS / f"{champ['page']}.ipynb") for champ in champs}

    assert [champ["champ"] for champ in champs if champ["section"] not in connues[champ["page"]]] == []


def test_une_cite_remplace_la_liste_des_champs_et_rien_n_y_devient_une_formule(copie):
    """Son fichier fait foi ; un effectif masqué l'est aussi ici, un texte reste un texte."""
    (copie / "revue_de_projet.toml").write_text(CHAMP, encoding="utf-8")
    beneficiaires = (copie / "beneficiaires.csv").read_text("utf-8-sig").splitlines()
    titres = beneficiaires[0].split(";")
    age, sexe, nb = (titres.index(nom) for nom in ("tranche_age", "sexe", "nb_uniques"))
    modele = next(ligne.split(";") for ligne in beneficiaires[1:] if ligne.split(";")[sexe] == "F")
    gardees = [ligne for ligne in beneficiaires if ligne.split(";")[age] != "0-2"]
    modele[age], modele[nb] = "0-2", "3"
    (copie / "beneficiaires.csv").write_text("\n".join([*gardees, ";".join(modele)]) + "\n", encoding="utf-8")
    cite = charger(copie)
    valeurs = {}
    for diffusion in ("interne", "cotech"):
        feuille = ouvrir(revue_de_projet(cite, annee=2024, diffusion=diffusion))["Revue de projet"]
        valeurs[diffusion] = feuille["C2"].value
    formule = feuille["B3"]

    assert valeurs == {"interne": 3, "cotech": MARQUE}
    assert formule.value.startswith("=HYPERLINK") and formule.data_type == "s" and formule.quotePrefix


@pytest.mark.parametrize(
    ("fautif", "message"),
    [
        (CHAMP.replace('"age_et_sexe"', '"ages"'), "analyse « ages » inconnu"),
        (CHAMP.replace('"personnes"', '"euro"'), "unite « euro » inconnu"),
        (CHAMP.replace("colonne", "colone"), "absentes : colonne ; inconnues : colone"),
        (CHAMP.replace("[[champ]]", "[champ]", 1).split("[[champ]]")[0], r"attendu des sections \[\[champ\]\]"),
    ],
)
def test_un_champ_fautif_est_refuse(tmp_path, fautif, message):
    """Avec le rang du champ et ce qui est permis."""
    (tmp_path / "r.toml").write_text(fautif, encoding="utf-8")
    with pytest.raises(ErreurParametre, match=message):
        lire_champs(tmp_path / "r.toml")


def test_le_tableau_de_programmation_a_une_ligne_par_action_et_de_vraies_valeurs(miramas):
    """Nombres, dates, totaux à part, aucune cellule fusionnée, en-tête figé, paysage."""
    classeur = ouvrir(tableau_de_programmation(miramas, annee=2024, diffusion="cotech"))
    feuille, actions = classeur["Programmation"], miramas.actions[miramas.actions["annee"].eq(2024)]
    par_code = {ligne["Code"]: ligne for ligne in lignes(feuille)}
    credits = miramas.financements[miramas.financements["annee"].eq(2024)]
    action = actions.iloc[0]

    assert set(par_code) == set(actions["action_id"]) and len(par_code) == feuille.max_row - 1
    lue = par_code[action["action_id"]]
    assert lue["Début prévu"] == action["date_debut_prevue"].to_pydatetime()
    assert lue["Coût total prévu"] == action["cout_total_prevu"]
    assert lue["Demandé en tout"] == credits.loc[credits["action_id"].eq(action["action_id"]), "demande"].sum()
    assert lue["Source"].startswith("Données fictives")
    assert not feuille.merged_cells.ranges and feuille.freeze_panes == "C2"
    assert feuille.page_setup.orientation == "landscape"
    total = lignes(classeur["Totaux"])[-1]
    assert (total["Axe"], total["Actions"]) == ("Ensemble", len(actions))
    assert total["Demandé en tout"] == credits["demande"].sum()
    assert total["Coût total prévu"] == actions["cout_total_prevu"].sum()


def test_chaque_classeur_dit_sa_source_sa_date_et_sa_diffusion(miramas):
    """La feuille « Notes » suit le fichier partout."""
    for ecrire in (revue_de_projet, tableau_de_programmation):
        for diffusion, attendu in (("cotech", "1 à 4"), ("public", "1 à 10"), ("interne", "ne pas diffuser")):
            notes = ouvrir(ecrire(miramas, annee=2024, diffusion=diffusion))["Notes"]
            dites = {ligne["Sujet"]: ligne["Note"] for ligne in lignes(notes)}

            assert dites["Données"] == "Données fictives"
            assert dites["Données arrêtées au"] == dt.datetime.combine(miramas.arrete_le(2024), dt.time())
            assert attendu in dites["Secret statistique"]
            assert dites["Sources"] and dites["Diffusion"]


def test_les_memes_donnees_donnent_les_memes_octets(miramas):
    """Aucune heure de fabrication dans les classeurs."""
    premiers, seconds = (annexes.preparer(miramas, annee=2024, diffusion="cotech") for _ in range(2))

    assert {nom: faite.octets for nom, faite in premiers.items()} == {nom: f.octets for nom, f in seconds.items()}
    assert not [nom for nom, faite in premiers.items() if faite.erreur]


@pytest.mark.lent
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice absent")
def test_libreoffice_ouvre_les_classeurs(miramas, tmp_path):
    """Une feuille convertie en CSV a ses lignes."""
    preparees = annexes.preparer(miramas, annee=2024, diffusion="cotech").items()
    for nom, faite in [(nom, faite) for nom, faite in preparees if nom.endswith(".xlsx")]:
        (tmp_path / nom).write_bytes(faite.octets)
        commande = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless", "--convert-to", "csv"]
        subprocess.run([*commande, "--outdir", tmp_path, tmp_path / nom], check=True, capture_output=True, timeout=300)
        convertie = (tmp_path / nom).with_suffix(".csv").read_text(encoding="utf-8", errors="replace")

        assert len(list(csv.reader(io.StringIO(convertie)))) > 20


def test_une_annexe_en_echec_n_arrete_rien_et_se_dit(copie, legeres, tmp_path, monkeypatch):
    """Les autres sont écrites, la précédente est retirée, le manifeste et le bilan disent pourquoi."""
    premier = rapport.produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    assert premier.code == 0 and (premier.dossier / "calendrier.ics").is_file()
    manifeste = json.loads((premier.dossier / "manifeste.json").read_text("utf-8"))
    assert set(manifeste["annexes"]) == set(legeres)

    def en_panne(cite, *, annee, diffusion):
        raise ZeroDivisionError("division par zéro")

    monkeypatch.setattr(annexes.registre, "ANNEXES", legeres | {"calendrier.ics": en_panne})
    bilan = rapport.produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    manifeste = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))

    assert bilan.code == 1 and set(bilan.echecs) == {"calendrier.ics"}
    assert manifeste["annexes"]["calendrier.ics"]["statut"] == "échec"
    assert not (bilan.dossier / "calendrier.ics").exists()
    assert (bilan.dossier / "tableau-de-programmation.xlsx").is_file()


def test_un_financeur_declare_a_ses_subventions_au_format_national(copie, legeres):
    """Au schéma SCDL, marquées fictives ; ce qui manque aux autres est dans un fichier à côté."""
    reglages = copie / "cite.toml"
    declare = '\n[financeurs.ville]\nnom = "Ville d\'essai"\nsiret = "21130063500012"\n'
    reglages.write_text(reglages.read_text("utf-8") + declare, encoding="utf-8")
    faites = annexes.preparer(charger(copie), annee=2024, diffusion="public")
    publiees = list(csv.DictReader(io.StringIO(faites["subventions-ville.csv"].octets.decode())))

    assert {ligne["nomAttribuant"] for ligne in publiees} == {"Ville d'essai"}
    assert all(ligne["objet"].startswith("Données fictives") for ligne in publiees)
    assert faites["subventions-ville-a-completer.csv"].erreur == ""


@pytest.mark.parametrize("declare", ['siret = "123"\nnom = "Ville"', 'nom = "Ville"'])
def test_un_financeur_mal_declare_est_une_annexe_en_echec(copie, legeres, declare):
    """Les autres annexes sont faites."""
    reglages = copie / "cite.toml"
    reglages.write_text(reglages.read_text("utf-8") + f"\n[financeurs.ville]\n{declare}\n", encoding="utf-8")
    faites = annexes.preparer(charger(copie), annee=2024, diffusion="cotech")

    assert "siret" in faites["subventions-ville.csv"].erreur.lower()
    assert all(faites[nom].octets for nom in legeres)
