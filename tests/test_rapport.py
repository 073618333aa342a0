"""Produire un rapport : vérifié d'avance, publié d'un seul geste, jamais à moitié."""

import hashlib
import json
import re
import shutil
from concurrent.futures import Executor, Future

import nbformat
import pytest

from citelib import publication, rapport
from citelib.annexes import ANNEXES, Annexe, preparer
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.execution import PageFaite, executer
from citelib.rapport import PAGES, produire
from citelib.simulation import completer

pytestmark = pytest.mark.usefixtures("sans_compagnons", "une_annexe")

PARAMETRES = 'dossier: str = "x"  # Dossier\nannee: int = 2024  # Année\ndiffusion: str = "cotech"  # Public visé'


class SurPlace(Executor):
    """Un exécuteur sans processus, qui rend ce qu'on lui a dit de rendre à la place des notebooks."""

    def __init__(self, rendre):
        self.rendre, self.demandees = rendre, []

    def submit(self, fonction, tache):
        self.demandees.append(tache.page)
        attendu = Future()
        try:
            attendu.set_result(self.rendre(tache))
        except Exception as erreur:
            attendu.set_exception(erreur)
        return attendu


@pytest.fixture
def une_annexe(monkeypatch):
    """Une annexe qui ne calcule rien : les vraies ont leurs tests."""
    monkeypatch.setattr(rapport, "preparer", lambda cite, **_: {"calendrier.ics": Annexe(b"BEGIN:VCALENDAR")})


@pytest.fixture
def annexes_entieres(une_annexe, monkeypatch):
    """Toutes les annexes de la cité, au lieu d'une."""
    monkeypatch.setattr(rapport, "preparer", preparer)


def page(texte):
    return lambda tache: PageFaite(tache.page, f"<html><main>{texte} {tache.page}</main></html>", "{}\n")


@pytest.fixture(scope="module")
def cite_inventee(tmp_path_factory):
    (dossier,) = completer(tmp_path_factory.mktemp("donnees") / "essai", annees=1, graine=7)
    return dossier


@pytest.fixture
def copie(cite_inventee, tmp_path):
    return shutil.copytree(cite_inventee, tmp_path / "essai")


def test_le_rapport_a_ses_pages_ses_notebooks_et_son_manifeste(copie, tmp_path):
    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    assert bilan.code == 0
    assert {f.name for f in bilan.dossier.glob("*.html")} == {fichier for fichier, _ in PAGES.values()}
    manifeste = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))
    assert manifeste["parametres"] == {"dossier": "essai", "annee": 2024, "diffusion": "cotech"}
    assert set(manifeste["pages"]) == set(PAGES)
    assert len(manifeste["donnees"]["actions.csv"]) == 64
    assert str(tmp_path) not in json.dumps(manifeste)


@pytest.mark.usefixtures("annexes_entieres")
def test_les_annexes_sont_a_cote_des_pages_et_au_manifeste(copie, tmp_path):
    """Leur empreinte est celle du fichier."""
    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    annexes = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))["annexes"]
    assert set(annexes) >= set(ANNEXES) and {"ordre-du-jour.html", "accessibilite.html"} <= set(ANNEXES)
    for nom, dite in annexes.items():
        assert dite["statut"] == "faite"
        assert dite["sha256"] == hashlib.sha256((bilan.dossier / nom).read_bytes()).hexdigest()


@pytest.mark.usefixtures("annexes_entieres")
def test_le_rapport_porte_ses_indicateurs_proteges(copie, tmp_path, monkeypatch):
    seule = {"indicateurs.json": ANNEXES["indicateurs.json"]}
    monkeypatch.setattr("citelib.annexes.registre.ANNEXES", seule)
    dossier = produire(copie, annee=2024, sortie=tmp_path, executeur=SurPlace(page("x"))).dossier
    lu = json.loads((dossier / "indicateurs.json").read_text("utf-8"))
    assert (lu["annee"], lu["diffusion"], lu["seuil"]) == (2024, "cotech", 5)
    assert lu["mention"] == "Données fictives"
    assert {fiche["code"] for fiche in lu["indicateurs"]} >= {"R15", "S11", "S13"}


def test_une_page_en_echec_garde_la_precedente_et_le_dit(copie, tmp_path):
    produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("première version")))

    def impacts_en_panne(tache):
        if tache.page == "impacts":
            return PageFaite("impacts", "", "{}\n", erreur="impacts.ipynb, cellule 4 : division par zéro")
        return page("seconde version")(tache)

    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(impacts_en_panne))
    assert bilan.code == 1
    assert set(bilan.echecs) == {"impacts"}
    impacts = (bilan.dossier / "impacts.html").read_text("utf-8")
    assert "première version impacts" in impacts
    assert "impacts.ipynb, cellule 4" in impacts
    assert "division par zéro" not in impacts  # un message d'erreur peut citer des données
    assert "seconde version" in (bilan.dossier / "resultats.html").read_text("utf-8")
    manifeste = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))
    assert manifeste["pages"]["impacts"]["statut"] == "échec"


def test_une_page_en_echec_sans_version_precedente_dit_quelle_na_pas_pu_etre_faite(copie, tmp_path):
    def en_panne(tache):
        raise MemoryError("plus de mémoire")

    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(en_panne))
    assert bilan.code == 1
    texte = (bilan.dossier / "index.html").read_text("utf-8")
    assert "n’a pas pu être calculée" in texte


def test_seulement_une_page_laisse_les_autres_en_place(copie, tmp_path):
    produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("ancienne")))
    executeur = SurPlace(page("nouvelle"))
    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=executeur, seulement=["resultats"])
    assert executeur.demandees == ["resultats"]
    assert "nouvelle" in (bilan.dossier / "resultats.html").read_text("utf-8")
    assert "ancienne" in (bilan.dossier / "impacts.html").read_text("utf-8")
    assert set(json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))["pages"]) == set(PAGES)


def test_un_dossier_ne_mele_pas_les_pages_de_deux_diffusions(copie, tmp_path):
    """Une page interne ne reste pas à côté de pages publiques : ni refaites une à une, ni gardées après un échec."""
    sortie = tmp_path / "r"
    interne = produire(copie, annee=2024, sortie=sortie, diffusion="interne", executeur=SurPlace(page("interne")))
    with pytest.raises(ErreurParametre, match="autre diffusion"):
        produire(copie, annee=2024, sortie=sortie, diffusion="public", seulement=["resultats"])
    assert "interne" in (interne.dossier / "resultats.html").read_text("utf-8")

    def impacts_en_panne(tache):
        return PageFaite("impacts", "", "{}\n", erreur="panne") if tache.page == "impacts" else page("public")(tache)

    bilan = produire(copie, annee=2024, sortie=sortie, diffusion="public", executeur=SurPlace(impacts_en_panne))
    assert set(bilan.echecs) == {"impacts"}
    publiees = {fichier for fichier, _ in PAGES.values()}
    assert not any("<main>interne" in (bilan.dossier / fichier).read_text("utf-8") for fichier in publiees)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"annee": 1999}, "Pas de programme 1999"),
        ({"annee": 2024, "diffusion": "presse"}, "presse"),
        ({"annee": 2024, "seulement": ["impact"]}, "Page inconnue : impact"),
    ],
)
def test_un_parametre_refuse_ne_touche_a_rien(copie, tmp_path, options, message):
    executeur = SurPlace(page("x"))
    with pytest.raises(ErreurParametre, match=message):
        produire(copie, sortie=tmp_path / "r", executeur=executeur, **options)
    assert executeur.demandees == []
    assert not (tmp_path / "r").exists()


def test_de_mauvaises_donnees_laissent_le_rapport_precedent_intact(copie, tmp_path):
    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    avant = {f: f.read_bytes() for f in bilan.dossier.rglob("*") if f.is_file()}
    (copie / "actions.csv").unlink()
    with pytest.raises(ErreurDonnees, match=r"actions\.csv"):
        produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("autre")))
    assert {f: f.read_bytes() for f in bilan.dossier.rglob("*") if f.is_file()} == avant


def test_une_publication_interrompue_laisse_lancien_rapport_entier(copie, tmp_path, monkeypatch):
    bilan = produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("bon")))
    monkeypatch.setattr(publication, "ecrire_manifeste", lambda *_: (_ for _ in ()).throw(OSError("disque plein")))
    with pytest.raises(OSError, match="disque plein"):
        produire(copie, annee=2024, sortie=tmp_path / "r", executeur=SurPlace(page("autre")))
    assert "bon" in (bilan.dossier / "index.html").read_text("utf-8")
    voisins = {f.name for f in bilan.dossier.parent.iterdir()}
    assert voisins <= {"2024", "registre.json", ".2024.verrou", ".registre.json.verrou"}


def test_une_erreur_de_notebook_est_rendue_avec_sa_cellule(copie, tmp_path):
    carnet = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Impacts"),
            nbformat.v4.new_code_cell(PARAMETRES, metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("1 / 0"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(carnet, tmp_path / "impacts.ipynb")
    cite = rapport.charger(copie)
    (tache,) = rapport.prevoir(cite, annee=2024, diffusion="cotech", seulement=["impacts"], notebooks=tmp_path)
    faite = executer(tache)
    assert re.search(r"impacts\.ipynb, cellule \d+ : ZeroDivisionError", faite.erreur)
    assert faite.html == ""
    assert "ZeroDivisionError" in faite.notebook
