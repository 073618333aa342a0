"""Les compagnons d'un rapport de trois petites pages : justes, protégés, accessibles, toujours les mêmes octets."""

import ctypes
import io
import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import openpyxl
import pandas as pd
import pikepdf
import pptx
import pytest
from bs4 import BeautifulSoup
from sous_contrat import proteger
from test_page import CONTEXTE, code, exporter

from citelib import figures, reprise, systeme
from citelib.compagnons import COMPAGNONS, pdf, preparer, prevus, rassembler, registre
from citelib.compagnons.graphique import graphique
from citelib.compagnons.registre import Compagnon
from citelib.constats.adresses import PAGES
from citelib.constats.constat import Constat, Constats
from citelib.contrats import Publiable
from citelib.figures import Illustration
from citelib.page import defauts
from citelib.secret import MARQUE
from citelib.tableaux import Encadre, Tableau

AVEC_PANGO = pytest.mark.skipif(not systeme.pango(), reason="Pango absent : pas de PDF")
TEXTE = nbformat.v4.new_markdown_cell
FORMULE = '=HYPERLINK("http://ailleurs.fr")'


@pytest.fixture(scope="module")
def carnets():
    """Trois notebooks exécutés : une figure dont une barre est masquée, un long tableau, un autre replié."""
    publics = pd.DataFrame(
        {"axe": [FORMULE, "École", "Cité"], "nb_filles": [3, 40, 1234], "part_filles": [0.1, 0.4, 0.8]}
    )
    publics["nb_total"] = [30, 100, 1542]
    contrat = Publiable(effectifs=("nb_filles", "nb_total"), parts={"part_filles": ("nb_filles", "nb_total")})
    protegee = proteger(publics, diffusion="cotech", publiable=contrat)
    longue = proteger(
        pd.DataFrame({"action": [f"Action {n}" for n in range(40)], "montant_verse": range(40)}),
        diffusion="cotech",
        publiable=Publiable(libres=("montant_verse",)),
    )
    options = {"modalite": "axe", "valeur": "nb_filles", "unite": "Filles"}
    dits = {"source": "Bilans", "lecture": "1 234 filles.", "sous_titre": "Inscriptions"}
    figure = Illustration(
        protegee,
        figures.barres,
        options=options,
        titre="Cité en tête",
        alternative="Barres : Cité, 1 234 filles. Données en tableau sous la figure.",
        **dits,
    )
    constat = Constat("essai", "La moitié", "Une action sur deux.", "Provisoire.", 0.5, decision="Trancher")
    lien = Encadre("À retenir avant de lire", ["Un effectif masqué reste inconnu."])
    return {
        "synthese": [
            TEXTE("# Synthèse\n\nVoir [Résultats](resultats.html#partie-qui)."),
            code("c", Constats((constat,))),
        ],
        "realisation": [
            TEXTE("# Réalisation"),
            code("c", Constats((constat,)), lien),
            TEXTE("## Qui\n\nVoir [le calendrier](calendrier.ics), ou [calendrier.ics](calendrier.ics)."),
            code("f", figure, Tableau(longue, titre="Toutes les actions", source="Bilans")),
        ],
        "resultats": [
            TEXTE("# Résultats"),
            code("c", lien),
            TEXTE("## Qui"),
            code("f", figure, Tableau(protegee, titre="Le détail", replie=True, **dits)),
        ],
    }


@pytest.fixture(scope="module")
def dossier(carnets, tmp_path_factory):
    """Le dossier d'un rapport : ses pages et ses notebooks exécutés."""
    racine = tmp_path_factory.mktemp("rapport")
    (racine / "notebooks").mkdir()
    for page, cellules in carnets.items():
        carnet = nbformat.v4.new_notebook(cells=cellules)
        for rang, cellule in enumerate(carnet.cells):
            cellule["id"] = f"c{rang}"
        nbformat.write(carnet, racine / "notebooks" / f"{page}.ipynb")
        contexte = CONTEXTE.__class__(**{**vars(CONTEXTE), "page": page, "titre": PAGES[page][1]})
        (racine / PAGES[page][0]).write_text(exporter(carnet, contexte), encoding="utf-8")
    return racine


@pytest.fixture(scope="module")
def faits(dossier):
    """Chaque compagnon, une fois."""
    return preparer(dossier, CONTEXTE)


@pytest.fixture(scope="module")
def page(faits):
    """Le dossier complet, prêt à fouiller."""
    return BeautifulSoup(faits["dossier-complet.html"].octets, "html.parser")


def test_tous_se_font_et_toujours_des_memes_octets(dossier, faits):
    encore = preparer(dossier, CONTEXTE)

    attendus = {nom: "sudo" if nom == "rapport.pdf" and not systeme.pango() else "" for nom in COMPAGNONS}
    assert not [fait.erreur for fait in faits.values() if fait.erreur]
    assert all(attendus[nom] in fait.manque and bool(fait.manque) == bool(attendus[nom]) for nom, fait in faits.items())
    assert {nom: fait.octets for nom, fait in encore.items()} == {nom: fait.octets for nom, fait in faits.items()}


# --------------------------------------------------------------------------------- dossier complet


def test_le_dossier_complet_passe_le_controle_des_pages(faits):
    assert defauts(faits["dossier-complet.html"].octets.decode(), attendus=4) == []


def test_les_renvois_d_une_page_a_l_autre_restent_dans_le_dossier(page):
    """La section existe dans deux pages : le lien mène à la bonne."""
    (lien,) = [a for a in page.select("main a") if a.get_text() == "Résultats"]

    assert lien["href"] == "#resultats-partie-qui"
    assert page.find(id="resultats-partie-qui").get_text() == "Qui"
    dits = "le calendrier (calendrier.ics, dans le dossier du rapport), ou calendrier.ics (dans le dossier du rapport)"
    assert dits in page.get_text()
    assert page.select("a[download]") == []


def test_les_figures_et_les_titres_sont_renumerotes(page):
    legendes = [legende.get_text() for legende in page.find_all("figcaption")]

    assert [titre.get_text() for titre in page.find_all("h1")] == ["Dossier complet du programme 2024"]
    assert [titre.get_text()[:3] for titre in page.find_all("h2")] == ["1. ", "2. ", "3. "]
    assert legendes == ["Figure 2-1. Cité en tête", "Figure 3-1. Cité en tête"]
    assert page.select_one("figure summary").get_text() == "Voir les données de la figure 2-1 en tableau"
    assert len(page.select(".sommaire .parties > li")) == 3


# ------------------------------------------------------------------------------------------ classeurs


@pytest.fixture(scope="module")
def classeur(faits):
    """Le classeur Excel, rouvert."""
    return openpyxl.load_workbook(io.BytesIO(faits["tableaux.xlsx"].octets))


def test_chaque_objet_publie_a_sa_feuille(classeur):
    assert classeur.sheetnames == [
        "Sommaire",
        "Notes",
        "Réalisation F1",
        "Réalisation T1",
        "Résultats F1",
        "Résultats T1",
    ]
    assert classeur.properties.language == "fr-FR"
    assert classeur.properties.title == "Rapport 2024 – Cité éducative de Miramas"
    for feuille in classeur:
        (tableau,) = feuille.tables.values()
        assert not feuille.merged_cells.ranges
        assert int(re.search(r"\d+", feuille.freeze_panes)[0]) == int(re.search(r"\d+", tableau.ref)[0]) + 1
        assert feuille["A1"].value
    liens = {
        cellule.value: cellule.hyperlink.location or cellule.hyperlink.ref for cellule in classeur["Sommaire"]["A"][3:]
    }
    assert set(liens) == set(classeur.sheetnames[2:])


def test_une_cellule_est_un_vrai_nombre_et_un_masque_un_texte(classeur):
    """La part de 0,1 se recalculerait sur l'effectif masqué : elle l'est aussi."""
    lignes = list(classeur["Résultats F1"].iter_rows(5, 7))
    valeurs = {ligne[0].value: [cellule.value for cellule in ligne[1:]] for ligne in lignes}
    formats = [cellule.number_format for cellule in lignes[2][1:]]

    assert valeurs["Cité"] == [1234, 0.8, 1542]
    assert formats == ["#,##0", '0"\u202f"%', "#,##0"]
    assert valeurs[f"'{FORMULE}"][:2] == [MARQUE, MARQUE]
    notes = [cellule.value for cellule in classeur["Résultats F1"]["A"]]
    assert "Source : Bilans" in [str(note).replace("\u00a0", " ") for note in notes]


def test_le_classeur_ne_dit_que_des_textes_et_des_nombres(classeur):
    """Rien ne s'y calcule à l'ouverture."""
    assert "f" not in {cellule.data_type for feuille in classeur for ligne in feuille for cellule in ligne}


@pytest.mark.lent
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice absent")
@pytest.mark.parametrize(("nom", "vers"), [("tableaux.ods", "xlsx"), ("tableaux.xlsx", "ods")])
def test_libreoffice_rouvre_les_memes_classeurs(faits, classeur, tmp_path, nom, vers):
    """Un aller simple par le vrai tableur : mêmes feuilles, mêmes valeurs, titres figés."""
    rendu = convertir(faits[nom].octets, nom, vers, tmp_path)
    lues = pd.read_excel(rendu, sheet_name=None, header=None, engine="calamine")

    assert list(lues) == classeur.sheetnames
    assert lues["Résultats F1"].iloc[6, :4].tolist() == ["Cité", 1234, 0.8, 1542]
    assert lues["Résultats F1"].iloc[4, :2].tolist() == [f"'{FORMULE}", MARQUE]
    if vers == "xlsx":
        refait = openpyxl.load_workbook(rendu)["Résultats F1"]
        assert "%" in refait["C7"].number_format


def convertir(octets, nom, vers, dossier):
    """Le fichier, rouvert et enregistré autrement par LibreOffice, sous un profil à part."""
    (dossier / nom).write_bytes(octets)
    commande = ["soffice", f"-env:UserInstallation=file://{dossier}/profil", "--headless", "--convert-to", vers]
    subprocess.run([*commande, "--outdir", dossier, dossier / nom], check=True, capture_output=True, timeout=300)
    return (dossier / nom).with_suffix(f".{vers}")


# ------------------------------------------------------------------------------------------------ PDF


@AVEC_PANGO
def test_le_pdf_est_balise_comme_pdf_ua_le_demande(faits):
    """Langue, titre, signets, une description par figure, les en-têtes de chaque cellule (ISO 14289-1, 7.1 à 7.5)."""
    with pikepdf.open(io.BytesIO(faits["rapport.pdf"].octets)) as pdf:
        racine = pdf.Root
        balises = [
            objet for objet in pdf.objects if isinstance(objet, pikepdf.Dictionary) and "/S" in objet and "/P" in objet
        ]
        figures_ = [balise for balise in balises if balise.S == "/Figure"]
        entetes = [balise for balise in balises if balise.S == "/TH"]
        with pdf.open_outline() as signets:
            titres = [signet.title for signet in signets.root[0].children]

        assert str(racine.Lang) == "fr" and racine.MarkInfo.Marked and racine.ViewerPreferences.DisplayDocTitle
        assert "pdfuaid" in bytes(racine.Metadata.read_bytes()).decode()
        assert str(pdf.docinfo.Title) == "Rapport 2024 – Cité éducative de Miramas"
        assert len(titres) == 3 and titres[1].startswith("2. Réalisation")
        assert len(figures_) == 2 and all(str(figure.Alt).startswith("Barres\u00a0: Cité, 1") for figure in figures_)
        assert entetes and len({str(entete.ID) for entete in entetes}) == len(entetes)
        assert all(len(balise.A.Headers) == 2 for balise in balises if balise.S == "/TD")  # ligne et colonne
        assert pdf.pages[0].MediaBox[2] == pytest.approx(595, abs=1)


@AVEC_PANGO
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler absent")
def test_le_pdf_dit_ou_lire_ce_qu_il_replie(faits, tmp_path):
    (tmp_path / "r.pdf").write_bytes(faits["rapport.pdf"].octets)
    lu = subprocess.run(["pdftotext", tmp_path / "r.pdf", "-"], check=True, capture_output=True, text=True).stdout
    texte = re.sub(r"[\s\u00a0\u202f]+", " ", lu)

    assert "Tableau 3-1. Le détail : dans tableaux.xlsx, feuille « Résultats T1 »." in texte
    assert "15 lignes suivantes : dans tableaux.xlsx, feuille « Réalisation T1 »." in texte
    assert "Action 24" in texte and "Action 25" not in texte


# ------------------------------------------------------------------------------------------ diaporama


def test_le_diaporama_a_un_graphique_modifiable_sans_valeur_masquee(faits):
    suite = pptx.Presentation(io.BytesIO(faits["diaporama.pptx"].octets))
    titres = [diapositive.shapes.title.text for diapositive in suite.slides]
    (realisation,) = [d for d in suite.slides if d.shapes.title.text.startswith("Réalisation")]
    (cadre,) = [forme for forme in realisation.shapes if forme.has_chart]
    (serie,) = cadre.chart.plots[0].series

    assert len(titres) == len(set(titres)) <= 10
    assert realisation.shapes[0] == realisation.shapes.title  # lu en premier
    assert tuple(serie.values) == (None, 40, 1234)
    assert cadre._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Barres\u00a0: Cité, 1")
    lus = " ".join(forme.text_frame.text for forme in realisation.shapes if forme.has_text_frame)
    assert "[s]" in lus and "Données fictives" in lus and "Une action sur deux." in lus
    assert "1 234 filles." in realisation.notes_slide.notes_text_frame.text.replace("\u202f", " ")


def test_le_diaporama_est_en_francais_et_sans_heure(faits):
    with zipfile.ZipFile(io.BytesIO(faits["diaporama.pptx"].octets)) as archive:
        textes = {nom: archive.read(nom) for nom in archive.namelist() if nom.endswith(".xml")}

    assert not [nom for nom, texte in textes.items() if b'lang="en-US"' in texte]
    assert b"2000-01-01T00:00:00Z" in textes["docProps/core.xml"]


@pytest.mark.lent
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice absent")
def test_libreoffice_ouvre_le_diaporama(faits, tmp_path):
    rendu = convertir(faits["diaporama.pptx"].octets, "diaporama.pptx", "pdf", tmp_path)

    assert rendu.read_bytes().startswith(b"%PDF")


def test_un_dessin_qui_ne_s_y_prete_pas_ne_fait_pas_de_graphique():
    assert graphique({"dessin": "arcs", "options": {}, "lignes": [["a"]]}) is None


# --------------------------------------------------------------------------------- échecs et absences


def test_une_bibliotheque_absente_se_dit_et_n_empeche_rien(dossier, monkeypatch):
    compagnons = {
        "rapport.pdf": Compagnon(bytes, "bibliotheque_absente", "pdf"),
        "bon": Compagnon(lambda matiere: b"x"),
    }
    monkeypatch.setattr(registre, "COMPAGNONS", compagnons)
    faits = preparer(dossier, CONTEXTE)

    assert faits["rapport.pdf"].manque == "il demande bibliotheque_absente : installer citelib[pdf]"
    assert faits["bon"].octets == b"x" and prevus() == ("bon",)


def test_sans_pango_le_pdf_dit_le_paquet_a_installer_et_n_est_pas_un_echec(dossier, monkeypatch):
    """Une machine nue ne l'a pas : ses pages se font, et le rapport se refait une fois le paquet installé."""
    pdf = replace(COMPAGNONS["rapport.pdf"], present=lambda: False)
    monkeypatch.setattr(registre, "COMPAGNONS", {"rapport.pdf": pdf})
    fait = preparer(dossier, CONTEXTE)["rapport.pdf"]

    assert (fait.erreur, fait.octets, prevus()) == ("", b"", ())
    assert "sudo apt-get install libpangoft2-1.0-0" in fait.manque


@pytest.mark.parametrize("charge", [True, False])
def test_pango_est_la_si_le_systeme_le_charge(monkeypatch, charge):
    def charger(nom):
        if not charge:
            raise OSError(nom)
        return ctypes.CDLL(None)

    monkeypatch.setattr(
        systeme, "ctypes", SimpleNamespace(CDLL=charger, util=SimpleNamespace(find_library=lambda _: None))
    )
    assert systeme.pango.__wrapped__() == charge


def test_pango_installe_change_l_empreinte_de_ce_qui_calcule(monkeypatch):
    """Sinon, le rapport fait sans lui passerait pour inchangé."""
    empreintes = set()
    for present in (True, False):
        monkeypatch.setattr(reprise, "pango", lambda present=present: present)
        empreintes.add(reprise.socle.__wrapped__())

    assert len(empreintes) == 2


def test_rien_n_est_repris_d_une_page_en_echec(dossier):
    """Son notebook arrêté en route peut n'avoir pas tout protégé."""
    matiere = rassembler(dossier, CONTEXTE, en_echec=["resultats"])

    assert {objet["page"] for objet in matiere.objets} == {"realisation"}
    assert "Résultats" in matiere.absentes


def test_un_notebook_abime_est_un_echec_de_compagnon(dossier, tmp_path):
    abime = shutil.copytree(dossier, tmp_path / "r")
    (abime / "notebooks" / "resultats.ipynb").write_text("abîmé", "utf-8")

    assert all(fait.erreur for fait in preparer(abime, CONTEXTE).values())


def test_une_production_interrompue_n_attend_pas_le_pdf(dossier, tmp_path, monkeypatch):
    """Ctrl-C pendant qu'un autre compagnon se fait : la mise en page, elle, durerait encore une minute."""
    lente, commencees = tmp_path / "lente", []
    lente.write_text("#!/bin/sh\nexec sleep 60\n")
    lente.chmod(0o755)
    monkeypatch.setattr(pdf.sys, "executable", str(lente))

    def interrompre(matiere):
        while not pdf._EN_COURS:
            time.sleep(0.01)
        commencees.extend(pdf._EN_COURS)
        raise KeyboardInterrupt

    compagnons = {"autre": Compagnon(interrompre), "rapport.pdf": Compagnon(pdf.rapport_pdf)}
    monkeypatch.setattr(registre, "COMPAGNONS", compagnons)
    with pytest.raises(KeyboardInterrupt):
        preparer(dossier, CONTEXTE)
    assert commencees and all(processus.poll() is not None for processus in commencees)


@AVEC_PANGO
def test_la_mise_en_page_s_en_va_avec_une_production_tuee():
    """Son parent n'est plus celui qu'on lui a dit : elle n'a plus personne à qui rendre son PDF."""
    orpheline = subprocess.run(
        [sys.executable, "-m", pdf.__name__, "1"], stdin=subprocess.PIPE, timeout=60, check=False
    )
    assert orpheline.returncode == 1
