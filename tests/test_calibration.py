"""Ce que valent les verdicts : les essais ont l'effet annoncé, les comptes livrés sont ceux que l'on cite."""

import doctest
import importlib
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from epreuves import SUIVIS, essai_colleges, essai_enquete
from scipy.stats import fisher_exact
from typographie import lisible

from citelib import impacts
from citelib.__main__ import main
from citelib.impacts import calibration

RACINE = Path(__file__).parents[1]
HYPOTHESES = RACINE / "docs" / "hypotheses.md"


@pytest.fixture(scope="module")
def banc():
    """Le programme benchmarks/calibration.py."""
    return importlib.import_module("calibration")


# Les essais ont l'effet annoncé -----------------------------------------------------------------------


def test_les_exemples_des_essais_passent():
    """Ceux des docstrings de benchmarks/epreuves.py, que `make test` ne parcourt pas."""
    lus = doctest.testmod(importlib.import_module("epreuves"))

    assert (lus.failed, lus.attempted > 0) == (0, True)


@pytest.mark.parametrize("gain", [0.0, 0.10])
def test_les_colleges_d_un_essai_gagnent_ce_qui_est_annonce(gain):
    """
    Soixante collèges face à soixante : variance d'un changement 2+2 sessions, au plus 2 × (0,03² + 0,7 × 0,3 / 105)
    = 0,0058, donc erreur type de l'écart au plus √(0,0058 × 2 / 60) = 0,014 ; quatre fois : 0,056.
    """
    essai = essai_colleges(np.random.default_rng(3), n_cite=60, n_comparables=60, avant=2, apres=2, gain=gain)
    table = impacts.comparaisons(*essai.tables, annee=essai.annee)

    assert essai.vrai == gain
    assert table["indicateur_code"].tolist() == ["I04", "I06", "I07"]
    assert (table["ecart"] - gain).abs().max() < 0.056


@pytest.mark.parametrize("effet", [0.0, 0.5])
def test_une_enquete_bouge_de_ce_qui_est_annonce(effet):
    """
    Trois mille élèves, 300 classes. Notes de 1 à 4, écart-type 0,9 au plus ; ressemblance de classe 0,05, dix élèves
    par classe : effet de grappe 1,45 ; erreur type au plus 0,9 × √(1,45 × 2 / 3000) = 0,028 ; quatre fois : 0,11.
    """
    essai = essai_enquete(np.random.default_rng(5), effet=effet, eleves=3000, classes=300)
    scores = impacts.changement_declare(*essai.tables, annee=essai.annee)
    parts = impacts.avant_apres_part(*essai.tables, annee=essai.annee)

    assert len(scores) == len(parts) == 2
    assert (scores["ecart"] - essai.vrai["score"]).abs().max() < 0.11
    assert (parts["ecart"] - essai.vrai["part"]).abs().max() < 0.06
    assert (essai.vrai["score"] == essai.vrai["part"] == 0) == (effet == 0)


def test_un_quart_des_eleves_suivis_se_perd_et_aucun_autre_ne_revient():
    """Attrition de 25 % sur 2 000 élèves : écart-type √(0,25 × 0,75 / 2000) = 0,0097, quatre fois 0,039."""
    reponses = essai_enquete(np.random.default_rng(8), eleves=2000, attrition=0.25).tables[0]
    groupes = reponses.groupby(["questionnaire", "vague"])["repondant_pseudo"].agg(set).unstack()
    retrouves = {nom: len(vagues["T0"] & vagues["T1"]) / 2000 for nom, vagues in groupes.iterrows()}

    assert retrouves.pop(SUIVIS) == pytest.approx(0.75, abs=0.039)
    assert set(retrouves.values()) == {0}
    assert {len(groupe) for groupe in groupes.to_numpy().ravel()} == {2000}


# Les comptes ------------------------------------------------------------------------------------------


def test_les_comptes_d_un_plan(banc):
    """Six verdicts sans effet, dont un sans test ; deux avec : une évolution trouvée, une conclue à l'envers."""
    codes = ["progression_nette", "recul_mesurable", "signal_a_confirmer", "stabilite", "stabilite", "graphique_seul"]
    lignes = pd.DataFrame(
        {
            "plan": "colleges",
            "effet": [0] * 6 + [1] * 2,
            "rang": [0, 0, 1, 1, 2, 3, 0, 1],
            "code": [*codes, "progression_mesurable", "recul_net"],
            "couvert": [False, True, True, True, True, None, True, False],
        }
    )
    comptes = banc._comptes(lignes)

    assert [comptes[nom] for nom in ("tests", "nettes", "mesurables", "signaux", "sans_test")] == [5, 1, 1, 1, 1]
    assert (comptes["cites_alertees"], comptes["cites"]) == (1, 3)
    assert (comptes["couverts"], comptes["intervalles"]) == (5, 7)
    assert comptes["effets"] == [{"taille": 0.05, "tests": 2, "trouves": 1, "contraires": 1}]


def test_la_meme_graine_donne_les_memes_verdicts(banc):
    """Quel que soit le processus qui la lit."""
    assert banc.cite_tiree(4, 1, 10) == banc.lot((4, 1, range(10, 11)))[0]


def test_les_comptes_s_ecrivent_et_se_relisent(banc):
    """Un aller et retour par le fichier."""
    bloc = {"plan": "colleges", "tests": 5, "effets": [{"taille": 0.05, "tests": 2}]}
    relu = calibration.lire(banc.en_toml({"version": "1", "graine": 3}, [bloc]))

    assert relu == {"version": "1", "graine": 3, "plans": {"colleges": bloc}}


# Ce que l'on cite -------------------------------------------------------------------------------------


def test_les_chiffres_cites_par_la_page_sont_ceux_du_fichier():
    """Parts refaites du fichier lu sans citelib."""
    lue = tomllib.loads(calibration.FICHIER.read_text("utf-8"))
    blocs = [b for b in lue["plans"] if b["plan"] == "colleges" or re.fullmatch("(suivis|classes)_.*", b["plan"])]
    premiere, deuxieme, troisieme = map(lisible, impacts.fiabilite())
    nettes = 100 * sum(b["nettes"] for b in blocs) / sum(b["tests"] for b in blocs)
    (colleges,) = (b for b in blocs if b["plan"] == "colleges")
    trouves = [f"{100 * e['trouves'] / e['tests']:.0f} %" for e in colleges["effets"]]

    assert len(blocs) == 5
    assert f"Sur {lue['cites']:,} cités".replace(",", " ") in premiere
    assert f"{nettes:.1f} % des verdicts annoncent une évolution nette".replace(".", ",") in premiere
    assert f"(5 ; 8 ; 10 ; 15 points) : {', '.join(trouves[:3])} et {trouves[3]}" in deuxieme
    assert "verdicts sur cent" in troisieme


def test_le_tableau_des_hypotheses_est_celui_du_fichier(banc):
    """`python benchmarks/calibration.py --tableau` n'y changerait rien."""
    texte = HYPOTHESES.read_text("utf-8")

    assert banc.ranger(texte, banc.en_markdown(calibration.comptes_livres())) == texte


def test_un_plan_de_colleges_se_dit_par_son_nombre_ou_sa_duree(banc):
    """Trois collèges face à douze ; cinq sessions d'avant, trois d'après."""
    assert banc.nom_du_plan("colleges_3v12") == "collèges, 3 face à 12"
    assert banc.nom_du_plan("colleges_5+3") == "collèges, 5 sessions avant et 3 après"


def test_les_seuils_decrits_sont_ceux_du_code():
    """Chaque constante citée par docs/hypotheses.md y a sa valeur."""
    cites = re.findall(r"^\| `([\w.]+)\.(\w+)` \| ([\d,]+) \|", HYPOTHESES.read_text("utf-8"), re.M)

    assert len(cites) >= 14
    for module, nom, valeur in cites:
        assert getattr(importlib.import_module(f"citelib.{module}"), nom) == float(valeur.replace(",", ".")), nom


def test_les_cibles_sont_tenues():
    """Sans effet, au plus 5 % de « nette » (borne haute comprise) ; 93 à 97 % des intervalles contiennent la vérité."""
    lue = calibration.comptes_livres()

    assert lue["cites"] >= 2000
    for nom in calibration.PRINCIPAUX:
        bloc = lue["plans"][nom]
        assert calibration.part_de(bloc, "nettes").borne_haute <= 0.05, nom
        assert 0.93 <= calibration.part_de(bloc, "couverts", "intervalles").valeur <= 0.97, nom


@pytest.mark.lent
def test_une_petite_calibration_s_accorde_avec_celle_qui_est_livree(banc):
    """Soixante autres cités : ni les alertes ni la couverture ne diffèrent plus que le hasard (un sur mille)."""
    lignes = [ligne for rang in range(60) for ligne in banc.cite_tiree(77, 0, rang)]
    comptes = {bloc["plan"]: bloc for bloc in banc.compter(pd.DataFrame(lignes))}
    for nom in calibration.PRINCIPAUX:
        ici, livre = comptes[nom], calibration.comptes_livres()["plans"][nom]
        for quoi, sur in (("cites_alertees", "cites"), ("couverts", "intervalles")):
            tableau = [[bloc[quoi], bloc[sur] - bloc[quoi]] for bloc in (ici, livre)]
            assert fisher_exact(tableau).pvalue > 0.001, (nom, quoi)


# De la commande à la page -----------------------------------------------------------------------------


@pytest.mark.lent
@pytest.mark.parametrize(("effet", "trouve"), [("1.5", True), ("0", False)])
def test_la_page_trouve_un_effet_connu_et_ne_l_invente_pas(effet, trouve, tmp_path, capsys, sans_compagnons):
    """
    Six années de label, six avant : quinze points et un écart-type et demi se trouvent ; sans effet, rien n'est conclu.

    La graine est fixée : sans effet, quelques cités sur cent auraient, par hasard, une conclusion.
    """
    dossier = str(tmp_path / "cite")
    creer = ["simuler", dossier, "--annees", "6", "--effet", effet, "--actions", "20", "--graine", "5"]
    assert main(creer) == 0
    assert main(["rapport", dossier, "--annee", "2023", "--seulement", "impacts", "--sortie", str(tmp_path / "r")]) == 0
    (page,) = (tmp_path / "r").rglob("impacts.html")
    contenu = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    for tableau in contenu.find_all("table"):  # la page imprime aussi la règle, où chaque verdict est écrit
        if "La règle de décision" in tableau.get_text():
            tableau.decompose()
    texte = lisible(contenu.get_text(" "))

    assert ("compatible avec une contribution de la Cité éducative, sans la démontrer" in texte) == trouve
    assert ("Progression nette" in texte) == trouve
    assert trouve or not re.search("Progression|Recul (net|mesurable)|: à examiner", texte)
