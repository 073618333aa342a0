"""Les points à discuter : chacun vient d'une règle écrite, d'un nombre montrable, et mène à sa page."""

import re
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sous_contrat import proteger

from citelib import constats
from citelib.constats import discussion
from citelib.constats.adresses import PAGES
from citelib.constats.analyses import ANALYSES, Lecteur
from citelib.constats.discussion import REGLES, a_discuter, lire_regles, regles
from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre
from citelib.formats import FINE, INSECABLE
from citelib.page import NOTEBOOKS, sections
from citelib.tableaux import Tableau

REGLE = """
[[regle]]
titre = "Peu fait"
mesure = "taux de réalisation"
analyse = "taux_realisation"
colonne = "taux_strict"
sous = 0.8
phrase = "{n_realisees:action} sur {n_prevues} ({valeur})."
page = "realisation"
section = "Crédits"
"""


class Faux(Lecteur):
    """Un lecteur de tables dessinées, sans cité."""

    def __init__(self, dossier: Path, **tables):
        self.cite, self.annee, self._faites = type("Cite", (), {"dossier": dossier}), 2024, tables


def table(colonnes: dict, diffusion="cotech", **contrat):
    """Une table protégée."""
    return proteger(pd.DataFrame(colonnes), diffusion=diffusion, publiable=Publiable(**contrat))


def taux(valeur, realisees=3, prevues=4):
    """Le taux de réalisation d'un programme, en une ligne."""
    colonnes = {"axe": ["Ensemble"], "n_realisees": [realisees], "n_prevues": [prevues], "taux_strict": [valeur]}
    return table(colonnes, libres=("n_realisees", "n_prevues", "taux_strict"))


def lire(tmp_path, regle=REGLE, **tables):
    """Les points que cette règle tire de ces tables."""
    (tmp_path / "discussion.toml").write_text(regle, encoding="utf-8")
    return a_discuter(Faux(tmp_path, **tables))


def test_un_point_dit_le_nombre_la_regle_et_ou_regarder(tmp_path):
    """Trois actions sur quatre : 75 %, sous 80 %."""
    point = lire(tmp_path, taux_realisation=taux(0.75)).iloc[0]

    assert point["titre"] == "Peu fait"
    assert point["point"] == f"3{INSECABLE}actions sur 4 (75{FINE}%)."
    assert point["regle"] == f"Taux de réalisation : sous 80{FINE}%"
    assert (point["ou_regarder"], point["adresse"]) == ("Réalisation, « Crédits »", "realisation.html#partie-credits")


@pytest.mark.parametrize(
    ("condition", "valeur", "attendu"),
    [
        ("sous = 0.8", 0.8, False),
        ("sous = 0.8", 0.797, False),  # le lecteur lit 80 % : la page ne dit pas « 80 %, sous 80 % »
        ("sous = 0.8", 0.79, True),
        ("au_dela = 0.2", 0.2, False),
        ("au_dela = 0.2", 0.21, True),
        ("egal = 0", 0.0, True),
        ("egal = 0", 0.01, False),
        ("hors = [0.45, 0.55]", 0.45, False),
        ("hors = [0.45, 0.55]", 0.56, True),
    ],
)
def test_une_condition_se_lit_sur_le_nombre_affiche(tmp_path, condition, valeur, attendu):
    """Une borne n'est pas dépassée quand elle est atteinte."""
    regle = REGLE.replace("sous = 0.8", condition)

    assert len(lire(tmp_path, regle, taux_realisation=taux(valeur))) == attendu


def test_un_nombre_masque_ne_donne_aucun_point(tmp_path):
    """Trois enfants : visible en interne, ni point ni trace au comité technique."""
    regle = REGLE.replace("taux_realisation", "age_et_sexe").replace("taux_strict", "nb_filles").replace("0.8", "30")
    regle = regle.replace("{n_realisees:action} sur {n_prevues} ({valeur}).", "{valeur} filles.")
    colonnes = {"tranche_age": ["Ensemble"], "nb_filles": [3]}
    points = {
        d: lire(tmp_path, regle, age_et_sexe=table(colonnes, d, effectifs=("nb_filles",)))
        for d in ("interne", "cotech")
    }

    assert points["interne"]["point"].tolist() == ["3 filles."]
    assert points["cotech"].empty
    assert "3" not in points["cotech"].attrs["motif"].replace("règles", "")


def test_une_phrase_qui_citerait_un_nombre_masque_se_tait(tmp_path):
    """Le taux se montre, son effectif non : pas de « [nd] sur 40 »."""
    regle = REGLE.replace("{n_realisees:action} sur {n_prevues} ({valeur}).", "{nb_filles} sur {n_prevues}.")
    colonnes = {"axe": ["Ensemble"], "n_prevues": [40], "taux_strict": [0.1], "nb_filles": [3]}
    points = lire(
        tmp_path, regle, taux_realisation=table(colonnes, libres=("n_prevues", "taux_strict"), effectifs=("nb_filles",))
    )

    assert points.empty


def test_une_ligne_absente_n_est_un_zero_que_si_la_regle_le_dit(tmp_path):
    """Aucun parent compté : la table a d'autres publics, la règle dit ce que vaut l'absence."""
    regle = REGLE.replace("sous = 0.8", "egal = 0").replace("taux_strict", "n_prevues") + 'ligne = "parents"\n'
    regle = regle.replace("{n_realisees:action} sur {n_prevues} ({valeur}).", "Aucun parent.")

    assert lire(tmp_path, regle, taux_realisation=taux(0.5)).empty
    assert len(lire(tmp_path, regle + "absente = 0\n", taux_realisation=taux(0.5))) == 1
    assert lire(
        tmp_path, regle + "absente = 0\n", taux_realisation=table({"axe": [], "n_prevues": []}, libres=("n_prevues",))
    ).empty


def test_au_dela_de_huit_points_les_autres_sont_nommes(tmp_path):
    """Dix règles, huit points, « et 2 autres points » ; l'ordre est celui du fichier."""
    dix = "".join(REGLE.replace("Peu fait", f"Point {rang}") for rang in range(10))
    points = lire(tmp_path, dix, taux_realisation=taux(0.5))

    assert points["titre"].tolist() == [*(f"Point {rang}" for rang in range(8)), f"Et 2{INSECABLE}autres points"]
    assert points["point"].iloc[-1] == "Point 8, Point 9"


def test_aucune_regle_declenchee_se_dit(tmp_path):
    """Le tableau vide explique combien de règles ont été lues."""
    points = lire(tmp_path, taux_realisation=taux(0.9))

    assert points.empty
    assert points.attrs["motif"].startswith("aucune des 1 règles ne se déclenche")


@pytest.mark.parametrize(
    ("fautive", "message"),
    [
        (REGLE.replace("sous = 0.8\n", ""), "une seule condition parmi sous"),
        (REGLE.replace("sous = 0.8", "sous = 0.8\nau_dela = 1"), "une seule condition"),
        (REGLE.replace('"realisation"\n', '"realisations"\n'), r"n° 1 : page « realisations » inconnu"),
        (REGLE.replace('"taux_realisation"', '"taux"'), "analyse « taux » inconnu"),
        (REGLE.replace("mesure", "mesures"), "absentes : mesure ; inconnues : mesures"),
        ("[regle]\ntitre = 1", r"attendu des sections \[\[regle\]\]"),
        ("titre =", "illisible"),
    ],
)
def test_une_regle_fautive_est_refusee_avec_ce_qui_est_permis(tmp_path, fautive, message):
    """Le fichier d'une cité peut se tromper ; il ne produit pas un point faux."""
    (tmp_path / "discussion.toml").write_text(fautive, encoding="utf-8")
    with pytest.raises(ErreurParametre, match=message):
        lire_regles(tmp_path / "discussion.toml")


def test_une_colonne_ou_une_phrase_inconnue_est_refusee(tmp_path):
    """Le message dit les colonnes."""
    with pytest.raises(ErreurParametre, match="n'a pas de colonne « taux »"):
        lire(tmp_path, REGLE.replace("taux_strict", "taux"), taux_realisation=taux(0.5))
    with pytest.raises(ErreurParametre, match="cite n_prevue"):
        lire(tmp_path, REGLE.replace("{n_prevues}", "{n_prevue}"), taux_realisation=taux(0.5))


def test_les_regles_livrees_se_lisent_et_menent_a_une_section_qui_existe():
    """Un renvoi vers une section disparue se voit ici, avant le lecteur ; il en va de même des décisions proposées."""
    renvois = {(regle["page"], regle["section"]) for regle in lire_regles(REGLES)}
    modeles = discussion.ligne.__globals__["MODELES"]
    renvois |= {(code.split(".")[0], m["section"]) for code, m in modeles.items() if "section" in m}
    connues = {page: sections(NOTEBOOKS / f"{page}.ipynb") for page in PAGES}

    assert [renvoi for renvoi in renvois if renvoi[1] not in connues[renvoi[0]]] == []
    assert [code for code, m in modeles.items() if m.get("decision") and not m.get("section")] == []


@pytest.mark.parametrize("diffusion", ["interne", "cotech", "public"])
def test_les_regles_de_l_exemple_ont_toutes_un_etat(miramas, diffusion):
    """Chaque année, chaque règle se lit, et la page les montre toutes, dans le même ordre."""
    for annee in miramas.annees:
        lecteur = constats.Lecteur(miramas, annee=annee, diffusion=diffusion)
        lues = regles(lecteur)

        assert lues["titre"].tolist() == [regle["titre"] for regle in lire_regles(REGLES)]
        assert set(lues["etat"]) <= {discussion.DECLENCHEE, discussion.MUETTE, discussion.TUE}
        assert "[nd]" not in "".join(a_discuter(lecteur)["point"])


def test_chaque_analyse_nommee_se_calcule_et_dit_ses_tables(miramas):
    """Une analyse renommée ou qui change d'arguments se voit ici."""
    lecteur = constats.Lecteur(miramas, annee=2024, diffusion="cotech")

    assert [nom for nom in ANALYSES if not ANALYSES[nom].tables or lecteur(nom) is None] == []
    with pytest.raises(ErreurParametre, match="Analyse inconnue : « budjet »"):
        lecteur("budjet")


def test_le_tableau_mene_a_la_section(tmp_path):
    """Un lien du rapport, jamais d'ailleurs ; l'adresse n'est ni une colonne, ni dans le CSV."""
    points = lire(tmp_path, taux_realisation=taux(0.75))
    tableau = Tableau(
        proteger(points, diffusion="cotech"), titre="Points", source="Essai", liens={"ou_regarder": "adresse"},
        colonnes={"titre": "Point", "ou_regarder": "Où regarder"},
    )  # fmt: skip
    (lien,) = BeautifulSoup(tableau.html(), "html.parser").select("td a")

    assert lien["href"] == "realisation.html#partie-credits"
    assert not re.search(r"partie-credits", tableau.csv().decode())
