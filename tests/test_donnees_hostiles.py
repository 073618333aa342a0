"""Ce qu'une personne écrit dans ses données ne change que son propre texte, dans tout ce que le rapport produit."""

import base64
import csv
import io
import json
import re
import shutil
import zlib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from citelib import verifier
from citelib.chargement.reglages import verifier_noms
from citelib.compagnons import COMPAGNONS
from citelib.contrats import Colonne, Reference
from citelib.contrats.cellules import lire_cellule
from citelib.rapport import produire
from citelib.tables import TABLES

HOSTILES = (
    "{} <script>alert(1)</script>",
    '{} " onmouseover="alert(1)" x=\'',
    "{} <img src=x onerror=alert(1)>",
    '=HYPERLINK("http://ailleurs.fr";"{}")',
    "@SOMME(A1) {}",
    "{} ../../../etc/passwd",
    "{} \u202eegnarté\u200f",
    "{} {{n}} {{0.__class__}} %(n)s {{{{ 7*7 }}}}",
    "{} Web 2.0 nan None Traceback C:\\temp",
    "{} </td></tr></table></main></body> ]]> -->",
    "{}\r\nEND:VEVENT\r\nATTENDEE:x",
    "{} [ici](javascript:alert(1)) http://ailleurs.fr",
)
TENUES = {"theme", "table", "calcul", "territoire_code"}
"""Textes que les réglages ou les formules de la cité nomment : un autre y serait une erreur."""
INTERDIT = "parole-qui-ne-doit-pas-sortir"
COMMENTAIRE = (
    "\n\n<script>alert(1)</script> <img src=x onerror=alert(1)> [ici](javascript:alert(1)) ![v](http://ailleurs.fr)"
    "\n\n| a |\n|---|\n| <svg onload=alert(1)> |\n\n\u202eegnarté, Web 2.0\n"
)
BALISES = """
html head meta title style body p a header section ul ol li nav main div h1 h2 h3 h4 strong em small span dl dt dd
figure code figcaption img details summary table caption thead tbody tr th td footer pre br hr blockquote
"""
ATTRIBUTS = """
lang dir charset name content http-equiv class role id href aria-label aria-labelledby aria-current tabindex scope
colspan width src alt download data-section rel start
"""
INTERNE = r"#|data:|[\w./-]+(#[\w-]+)?$|https://(\w+\.)+\w+/"
"""Ce à quoi un lien peut mener : un endroit du rapport, un fichier, ou la page d'un recours."""


def hostile(valeur: str) -> str:
    """Toujours la même forme hostile d'un même texte : les tables se répondent encore."""
    return HOSTILES[zlib.crc32(valeur.encode()) % len(HOSTILES)].format(valeur) if valeur else valeur


def libres(table) -> list[str]:
    """Les colonnes où l'on écrit ce que l'on veut, celles d'un code d'une autre table exceptées."""
    codes = {r.colonne for r in table.regles if isinstance(r, Reference) and r.colonne_cible not in ("nom", "intitule")}
    return [c.nom for c in table.colonnes if c.type == "texte" and not c.contraintes and c.nom not in TENUES | codes]


@pytest.fixture(scope="module")
def cite(pytestconfig, tmp_path_factory) -> Path:
    """Miramas, où chaque texte libre est hostile."""
    dossier = shutil.copytree(pytestconfig.rootpath / "data/miramas", tmp_path_factory.mktemp("hostile") / "miramas")
    for table in TABLES:
        fichier = dossier / f"{table.nom}.csv"
        if not fichier.is_file() or table.nom == "participations":
            continue
        lignes = pd.read_csv(fichier, sep=";", dtype="str", keep_default_na=False, encoding="utf-8-sig")
        for nom in libres(table):
            if nom in lignes and nom != "source":
                lignes[nom] = lignes[nom].map(hostile)
        if table.nom == "verbatims":
            lignes.loc[lignes["diffusable"].eq("non"), "texte_anonymise"] = INTERDIT
        lignes.to_csv(fichier, sep=";", index=False, encoding="utf-8-sig")
    for commentaire in (dossier / "commentaires").glob("*.md"):
        commentaire.write_text(commentaire.read_text("utf-8") + COMMENTAIRE, "utf-8")
    reglages = (dossier / "cite.toml").read_text("utf-8")
    nom = 'nom = "Miramas <script>alert(1)</script> \u202e{n} Web 2.0"'
    (dossier / "cite.toml").write_text(reglages.replace('nom = "Miramas"', nom, 1), "utf-8")
    return dossier


@pytest.fixture(scope="module")
def rapport(cite, tmp_path_factory) -> Path:
    """
    Son rapport, dont aucune page ni aucune annexe n'est en échec.

    Sans PDF : fait du dossier complet, qui est contrôlé ici, il n'y ajoute aucun texte.
    """
    with pytest.MonkeyPatch.context() as sans_pdf:
        sans_pdf.delitem(COMPAGNONS, "rapport.pdf")
        bilan = produire(cite, annee=2024, sortie=tmp_path_factory.mktemp("rapports"))
    assert bilan.echecs == {}
    return bilan.dossier


def fichiers(rapport: Path, suffixe: str) -> list[Path]:
    """Les fichiers d'une sorte ; il y en a."""
    trouves = sorted(rapport.rglob(f"*.{suffixe}"))
    assert trouves
    return trouves


def tables_csv(page: BeautifulSoup):
    """Chaque fichier CSV que la page contient, ligne par ligne."""
    for lien in page.select('a[href^="data:text/csv"]'):
        octets = base64.b64decode(unquote(lien["href"].partition(",")[2]))
        yield list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.lent
def test_une_page_n_a_que_nos_balises_et_nos_attributs(rapport):
    """Un script, une image ou un attribut venus des données seraient d'autres balises, ou d'autres attributs."""
    for fichier in fichiers(rapport, "html"):
        page = BeautifulSoup(fichier.read_text("utf-8"), "html.parser")
        elements = page.find_all(True)

        assert {e.name for e in elements} <= {*BALISES.split()}, fichier.name
        assert {nom for e in elements for nom in e.attrs} <= {*ATTRIBUTS.split()}, fichier.name
        assert all(re.match(INTERNE, e["href"]) for e in page.select("[href]"))
        assert all(e["src"].startswith("data:image/png;base64,") for e in page.select("[src]"))


@pytest.mark.lent
def test_le_texte_hostile_se_lit_tel_quel(rapport):
    """Rien n'est ôté non plus, sauf les marques invisibles : le lecteur voit ce qui a été écrit."""
    lu = " ".join(BeautifulSoup(f.read_text("utf-8"), "html.parser").get_text() for f in fichiers(rapport, "html"))

    for attendu in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "../../../etc/passwd", "{n}", "2.0"):
        assert attendu in lu
    assert "=HYPERLINK(" in lu and "END:VEVENT" in lu


@pytest.mark.lent
def test_aucun_fichier_ne_renverse_le_sens_de_lecture_ni_ne_dit_une_parole_retenue(rapport):
    """Une marque de droite à gauche dans une cellule changerait tout ce qui la suit."""
    for fichier in (
        f for f in rapport.rglob("*") if f.is_file() and f.suffix not in (".png", ".xlsx", ".ods", ".pptx", ".pdf")
    ):
        texte = fichier.read_text("utf-8")

        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]|\\\\u202[a-e]", texte), fichier.name
        assert INTERDIT not in texte, fichier.name


@pytest.mark.lent
def test_un_tableur_n_execute_rien(rapport):
    """Dans un CSV, une apostrophe ; dans un classeur, un texte, et aucun lien qui sorte du rapport."""
    for fichier in fichiers(rapport, "html"):
        for lignes in tables_csv(BeautifulSoup(fichier.read_text("utf-8"), "html.parser")):
            assert {len(ligne) for ligne in lignes} == {len(lignes[0])}
            for cellule in (cellule for ligne in lignes for cellule in ligne):
                assert not re.match(r"[=+@\t\r]|-(?!\d)", cellule), cellule
    for fichier in fichiers(rapport, "xlsx"):
        for feuille in openpyxl.load_workbook(fichier):
            cellules = [cellule for ligne in feuille.iter_rows() for cellule in ligne]
            assert not [c.value for c in cellules if c.data_type == "f" and not c.quotePrefix]
            liens = [c.hyperlink.target for c in cellules if c.hyperlink and c.hyperlink.target]
            assert all(re.fullmatch(r"[a-z-]+\.html(#[\w-]+)?|#'[\w ]+'!A1", lien) for lien in liens)
            assert INTERDIT not in str([c.value for c in cellules])


@pytest.mark.lent
def test_un_agenda_n_a_que_nos_lignes(rapport):
    """Un retour à la ligne dans une cellule ne devient pas une propriété."""
    texte = (rapport / "calendrier.ics").read_text("utf-8").replace("\r\n ", "").replace("\n ", "")
    noms = {re.split("[:;]", ligne)[0] for ligne in texte.splitlines()}

    assert noms <= {
        *("BEGIN", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "UID", "DTSTAMP", "DTSTART", "SUMMARY"),
        *("DESCRIPTION", "TRANSP", "END"),
    }
    assert texte.count("\nBEGIN:VEVENT") == texte.count("\nEND:VEVENT") == texte.count("\nUID:")


@pytest.mark.lent
def test_le_reste_se_relit(rapport):
    """JSON et SVG bien formés, sans script ; aucun nom de fichier ne vient des données."""
    for fichier in fichiers(rapport, "json"):
        json.loads(fichier.read_text("utf-8"))
    for fichier in fichiers(rapport, "svg"):
        noms = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(fichier.read_text("utf-8")).iter()}
        assert not noms & {"script", "image", "a", "foreignObject"}
    assert all(re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z]+)?", f.name) for f in rapport.rglob("*"))


@pytest.mark.parametrize("cle", ["../ailleurs", "a/b", "/etc", "C:\\x", ".", "a" * 61, "é", 3])
def test_un_nom_de_dossier_ou_de_fichier_reste_dans_le_rapport(cle):
    """La clé de cite.toml nomme un dossier, un financeur nomme un fichier."""
    problemes = verifier_noms({"cle": cle, "financeurs": {cle: {}}})

    assert [p.gravite for p in problemes] == ["erreur"] * 2
    assert verifier_noms({"cle": "miramas", "financeurs": {"ville": {}}}) == []


def test_une_cle_qui_sort_du_dossier_arrete_le_chargement(tmp_path):
    """Rien n'est alors écrit nulle part."""
    (tmp_path / "cite.toml").write_text('cle = "../ailleurs"\nnom = "Essai"\naxe = []\n', "utf-8")

    assert [p.valeur for p in verifier(tmp_path) if "lettres sans accent" in p.message] == ["../ailleurs"]


@pytest.mark.parametrize("texte", ["x" * 10_000_000, "../" * 2_000, "\x00" * 10 + "y" * 5_001])
def test_une_cellule_demesuree_est_une_erreur(texte):
    """Dix mégaoctets dans une case rendraient la page illisible."""
    valeur, _, refus = lire_cellule(texte, Colonne("intitule", "texte", "Intitulé", "Chorale"))

    assert valeur is None and "5000 caractères" in refus.attendu


@pytest.mark.parametrize(("longueur", "attendu"), [(20_000, "5000 caractères"), (10_000_000, "trop longue")])
def test_le_message_d_une_cellule_demesuree_est_court(tmp_path, pytestconfig, longueur, attendu):
    """L'erreur dit où, sans redire la cellule."""
    exemple = pytestconfig.rootpath / "data/miramas"
    shutil.copy(exemple / "cite.toml", tmp_path)
    lignes = pd.read_csv(exemple / "structures.csv", sep=";", dtype="str", encoding="utf-8-sig")
    lignes.loc[3, "nom"] = "x" * longueur
    lignes.to_csv(tmp_path / "structures.csv", sep=";", index=False, encoding="utf-8-sig")
    dits = [str(probleme) for probleme in verifier(tmp_path)]

    assert any("ligne 5" in dit and attendu in dit for dit in dits)
    assert max(map(len, dits)) < 1_000
