"""Deux petits effectifs posés exprès dans une cité : aucun fichier de son rapport ne les écrit."""

import base64
import csv
import io
import json
import re
import shutil
import subprocess
import warnings
import zipfile

import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from citelib import rapport
from citelib.systeme import pango

SENTINELLES = {"A2-16": ("Sentinelle des trois", 3), "A3-07": ("Sentinelle des sept", 7)}
"""Action → son intitulé, et ce qu'elle a compté de personnes."""


def ecrire(dossier, nom, changer):
    """Change les lignes d'une table de la cité, telles qu'elles sont écrites."""
    chemin = dossier / f"{nom}.csv"
    table = pd.read_csv(chemin, sep=";", dtype="str", keep_default_na=False, encoding="utf-8-sig")
    changer(table).to_csv(chemin, sep=";", index=False, encoding="utf-8-sig")


def poser(dossier):
    """Les deux actions comptent 3 et 7 inscrits ; leurs autres nombres ne sont ni 3 ni 7."""

    def actions(table):
        siennes = table["annee"].eq("2024") & table["action_id"].isin(SENTINELLES)
        table.loc[siennes, "intitule"] = table["action_id"].map({code: nom for code, (nom, _) in SENTINELLES.items()})
        table.loc[siennes, ["public_prevu", "seances_prevues"]] = "20"
        return table

    def realisations(table):
        table.loc[table["annee"].eq("2024") & table["action_id"].isin(SENTINELLES), "seances_tenues"] = "20"
        return table

    def beneficiaires(table):
        siennes = table["annee"].eq("2024") & table["action_id"].isin(SENTINELLES)
        premieres = siennes & ~table[siennes].duplicated("action_id").reindex(table.index, fill_value=False)
        for code, (_, combien) in SENTINELLES.items():
            table.loc[premieres & table["action_id"].eq(code), "nb_uniques"] = str(combien)
        table.loc[premieres, ["nb_participations", "nb_nouveaux", "heures_proposees", "heures_suivies"]] = ""
        return table[~siennes | premieres]

    for changer in (actions, realisations, beneficiaires):
        ecrire(dossier, changer.__name__, changer)
    reglages = dossier / "cite.toml"
    texte = reglages.read_text("utf-8")
    reglages.write_text(texte.replace("cotech = 5\n", "cotech = 11\n"), encoding="utf-8")


@pytest.fixture(scope="module")
def publie(pytestconfig, tmp_path_factory):
    """Le rapport de cette cité : les pages qui comptent des inscrits, et les annexes."""
    dossier = tmp_path_factory.mktemp("cite") / "miramas"
    shutil.copytree(pytestconfig.rootpath / "data" / "miramas", dossier)
    poser(dossier)
    sortie = tmp_path_factory.mktemp("rapports")
    bilan = rapport.produire(dossier, annee=2024, sortie=sortie, seulement=("fiches", "resultats"))
    assert bilan.code == 0, bilan.echecs
    return sortie


def rangees(fichier):
    """Les rangées de cellules d'un fichier publié : lignes d'un tableau, d'un CSV, d'un JSON, d'un classeur."""
    if fichier.suffix == ".html":
        page = BeautifulSoup(fichier.read_text("utf-8"), "html.parser")
        for bloc in page.select("details.fiche"):
            yield [bloc.summary.get_text(), *(case.get_text() for case in bloc.select("td"))]
        for ligne in page.select("table.grille tr"):
            yield [case.get_text() for case in ligne.select("th, td")]
        for lien in page.select('a[href^="data:text/csv"]'):
            yield from lire_csv(lien["href"])
    elif fichier.suffix in (".json", ".ipynb"):
        yield from feuilles(json.loads(fichier.read_text("utf-8")))
    elif fichier.suffix == ".xlsx":
        for feuille in openpyxl.load_workbook(fichier):
            yield from ([str(v) for v in ligne if v is not None] for ligne in feuille.iter_rows(values_only=True))
    elif fichier.suffix == ".png":
        yield [str(v) for v in Image.open(io.BytesIO(fichier.read_bytes())).info.values()]
    elif fichier.suffix in (".ods", ".pptx"):
        with zipfile.ZipFile(fichier) as archive:
            for nom in archive.namelist():
                if nom.endswith(".xml"):
                    page = BeautifulSoup(archive.read(nom), "xml")
                    # une ligne de feuille, un paragraphe de diapositive, une série de graphique
                    yield from (list(e.stripped_strings) for e in page.find_all(["table-row", "p", "ser"]))
    elif fichier.suffix == ".pdf" and not shutil.which("pdftotext"):
        warnings.warn("pdftotext absent : le PDF n'est pas relu", stacklevel=2)
    elif fichier.suffix == ".pdf":
        mots = ["pdftotext", "-layout", str(fichier), "-"]
        texte = subprocess.run(mots, capture_output=True, text=True, check=True).stdout
        yield from (re.split(r"\s{2,}", ligne.strip()) for ligne in texte.splitlines())
    elif fichier.suffix == ".svg":
        yield list(BeautifulSoup(fichier.read_text("utf-8"), "xml").stripped_strings)
    else:
        yield from (ligne.split(";") for ligne in fichier.read_text("utf-8").splitlines())


def lire_csv(adresse):
    """Les lignes d'un CSV contenu dans un lien."""
    texte = base64.b64decode(adresse.split(",", 1)[1]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texte), delimiter=";"))


def feuilles(donnee):
    """Chaque liste, ou dictionnaire, de valeurs simples d'un JSON."""
    valeurs = list(donnee.values()) if isinstance(donnee, dict) else donnee if isinstance(donnee, list) else []
    simples = [str(v) for v in valeurs if isinstance(v, str | int | float)]
    yield simples
    for valeur in valeurs:
        yield from feuilles(valeur)


@pytest.mark.lent
def test_aucun_fichier_du_rapport_n_ecrit_les_effectifs_sentinelles(publie):
    """Note de méthode, 5.2 : page, tableaux, CSV, notebooks, JSON, classeurs, images ; et ils y sont bien nommés."""
    fichiers = [f for f in publie.rglob("*") if f.is_file() and "verrou" not in f.name]
    nommees, ecrites = set(), []
    for fichier in fichiers:
        for rangee in rangees(fichier):
            for nom, combien in SENTINELLES.values():
                if any(nom in case for case in rangee):
                    nommees.add((fichier.suffix, nom))
                    ecrites += [(fichier.name, rangee)] if str(combien) in map(str.strip, rangee) else []

    assert ecrites == []
    assert {(suffixe, nom) for suffixe in (".html", ".ipynb") for nom, _ in SENTINELLES.values()} <= nommees
    attendus = {".html", ".ipynb", ".json", ".xlsx", ".ods", ".pptx", ".png", ".svg"} | ({".pdf"} if pango() else set())
    assert attendus <= {fichier.suffix for fichier in fichiers}


@pytest.mark.lent
def test_les_objets_d_un_notebook_alignent_leurs_lignes_sur_leurs_valeurs(publie):
    """Le nombre d'une sentinelle n'y est pas, même dans une autre liste que son intitulé."""
    lues = 0
    for fichier in publie.rglob("*.ipynb"):
        for cellule in json.loads(fichier.read_text("utf-8"))["cells"]:
            for sortie in cellule.get("outputs", ()):
                for nom, objets in sortie.get("data", {}).items():
                    for objet in objets if nom.startswith("application/vnd.citelib") else ():
                        for rang, ligne in enumerate(objet.get("lignes", ())):
                            ici = " ".join(ligne) if isinstance(ligne, list) else ligne
                            for intitule, combien in SENTINELLES.values():
                                if intitule in ici:
                                    lues += 1
                                    assert combien not in objet["valeurs"][rang]
    assert lues >= 4
