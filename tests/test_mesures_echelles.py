"""Échelles et pondération : résultats publiés, calculs à la main, et conditions d'emploi."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citelib.erreurs import ErreurParametre
from citelib.mesures import (
    caler,
    deff_kish,
    fiabilite,
    hedges_g_apparie,
    ic_wilson,
    n_efficace,
    ponderer,
    score_d_echelle,
    solde,
)

# Chatterjee et Price (1977), données « attitude » de R : psych::alpha(attitude) donne 0,84, corrélation moyenne 0,43.
ATTITUDE = """
43 51 30 39 61 92 45 / 63 64 51 54 63 73 47 / 71 70 68 69 76 86 48 / 61 63 45 47 54 84 35 / 81 78 56 66 71 83 47
43 55 49 44 54 49 34 / 58 67 42 56 66 68 35 / 71 75 50 55 70 66 41 / 72 82 72 67 71 83 31 / 67 61 45 47 62 80 41
64 53 53 58 58 67 34 / 67 60 47 39 59 74 41 / 69 62 57 42 55 63 25 / 68 83 83 45 59 77 35 / 77 77 54 72 79 77 46
81 90 50 72 60 54 36 / 74 85 64 69 79 79 63 / 65 60 65 75 55 80 60 / 65 70 46 57 75 85 46 / 50 58 68 54 64 78 52
50 40 33 34 43 64 33 / 64 61 52 62 66 80 41 / 53 66 52 50 63 80 37 / 40 37 42 58 50 57 49 / 63 54 42 48 66 75 33
66 77 66 63 88 76 72 / 78 75 58 74 80 78 49 / 48 57 44 45 51 83 38 / 85 85 71 71 77 74 55 / 82 82 39 59 64 78 39
"""


def attitude() -> pd.DataFrame:
    lignes = [ligne for rang in ATTITUDE.strip().splitlines() for ligne in rang.split("/")]
    return pd.DataFrame([[int(note) for note in ligne.split()] for ligne in lignes]).add_prefix("q")


def test_l_alpha_de_cronbach_retrouve_celui_de_psych():
    """0,8431, corrélation moyenne 0,43, intervalle de Feldt de 0,739 à 0,916."""
    lue = fiabilite(attitude())

    assert lue.alpha.valeur == pytest.approx(0.8431, abs=1e-4)
    assert [lue.alpha.borne_basse, lue.alpha.borne_haute] == pytest.approx([0.739, 0.916], abs=1e-3)
    assert (lue.correlation, lue.n_questions, lue.alpha.n) == (pytest.approx(0.43, abs=6e-3), 7, 30)
    assert (lue.code, lue.agregeable) == ("utilisable", True)


def test_sous_trente_reponses_completes_aucun_alpha():
    """Vingt-neuf sur trente : rien n'est calculé, et ce qu'il faudrait est dit."""
    table = attitude().astype(float)
    table.loc[0, "q0"] = np.nan
    lue = fiabilite(table)

    assert math.isnan(lue.alpha.valeur) and lue.alpha.manque == "30 réponses complètes"
    assert (lue.code, lue.agregeable) == ("non_calculee", False)


@pytest.mark.parametrize(
    ("correlation", "code"), [(0.10, "non_agregee"), (0.35, "fragile"), (0.60, "utilisable"), (0.95, "redondante")]
)
def test_le_jugement_suit_la_valeur(correlation, code):
    """Quatre questions de même corrélation r : alpha = 4r ÷ (1 + 3r), soit 0,31 ; 0,68 ; 0,86 ; 0,99."""
    matrice = np.full((4, 4), correlation) + (1 - correlation) * np.eye(4)
    brut = np.random.default_rng(5).normal(size=(60, 4))
    brut -= brut.mean(axis=0)
    blanc = brut @ np.linalg.inv(np.linalg.cholesky(np.cov(brut, rowvar=False)).T)
    lue = fiabilite(pd.DataFrame(blanc @ np.linalg.cholesky(matrice).T))

    assert lue.alpha.valeur == pytest.approx(4 * correlation / (1 + 3 * correlation))
    assert lue.code == code


def test_deux_questions_se_jugent_par_spearman_brown():
    """Corrélation 0,6 : 2 × 0,6 ÷ 1,6 = 0,75."""
    un = np.tile([-1.0, 1, -1, 1], 10)
    autre = np.tile([-1.0, -1, 1, 1], 10)
    lue = fiabilite(pd.DataFrame({"a": un, "b": 0.6 * un + 0.8 * autre}))

    assert (lue.alpha.methode, lue.alpha.valeur) == ("coefficient de Spearman-Brown", pytest.approx(0.75))
    assert lue.alpha.borne_basse < 0.75 < lue.alpha.borne_haute


def test_une_question_seule_n_est_pas_une_echelle():
    with pytest.raises(ErreurParametre, match="deux questions au moins"):
        fiabilite(pd.DataFrame({"a": [1, 2]}))


def test_le_score_demande_deux_reponses_sur_trois():
    """Trois questions : deux réponses suffisent, une non ; quatre questions : il en faut trois."""
    trois = pd.DataFrame({"a": [1.0, 1, 1], "b": [2.0, 3, None], "c": [3.0, None, None]})
    quatre = pd.DataFrame({"a": [1.0, 1], "b": [2.0, 2], "c": [3.0, None], "d": [None, None]}, dtype=float)

    assert score_d_echelle(trois).tolist()[:2] == [2, 2] and score_d_echelle(trois).isna().tolist()[2]
    assert score_d_echelle(quatre).isna().tolist() == [False, True]


def test_le_solde_a_l_intervalle_de_la_multinomiale():
    """(50 − 20) ÷ 100 ; √((0,5 + 0,2 − 0,09) ÷ 100) = 0,0781 ; ± 1,96 × 0,0781 = 0,1531."""
    lu = solde(50, 20, 100)

    assert [lu.valeur, lu.borne_basse, lu.borne_haute] == pytest.approx([0.3, 0.1469, 0.4531], abs=1e-4)
    assert math.isnan(solde(5, 2, 29).borne_basse) and solde(5, 2, 29).manque == "30 réponses"
    with pytest.raises(ErreurParametre):
        solde(20, 20, 30)


def test_le_solde_tient_compte_des_invites_comme_la_part():
    """70 favorables et 43 défavorables sur 113, 221 invités : 113 × 220 ÷ 108 = 230,2 ;
    0,2389 ± 1,96 × √((1 − 0,0571) ÷ 230,2) = 0,2389 ± 0,1254, et ± 0,1790 sans les invités. Tous répondent : rien.
    """
    connus, inconnus = solde(70, 43, 113, population=221), solde(70, 43, 113)

    assert [connus.borne_basse, connus.borne_haute] == pytest.approx([0.1135, 0.3643], abs=2e-4)
    assert inconnus.borne_haute - inconnus.valeur == pytest.approx(0.1790, abs=2e-4)
    assert math.isnan(solde(70, 43, 113, population=113).borne_basse)


def test_le_solde_d_une_question_retrouve_celui_de_profchal():
    """Heiberger et Robbins (2014), HH::ProfChal, toutes réponses : 513 favorables et 25 défavorables sur 565."""
    assert solde(513, 25, 565).valeur == pytest.approx(0.863716814159292, abs=1e-9)


def test_le_g_apparie_retrouve_l_exemple_de_borenstein():
    """Borenstein et al. (2009), p. 29 : écart 3, écart-type 5,5, r = 0,7, n = 50 ; d 0,4225, g 0,4160, Vg 0,0126.

    L'écart-type des personnes, 5,5 ÷ √0,6 = 7,1005, est donné aux deux vagues.
    """
    alea = np.random.default_rng(2).normal(size=(50, 2))
    alea -= alea.mean(axis=0)
    blanc = alea @ np.linalg.inv(np.linalg.cholesky(np.cov(alea, rowvar=False)).T)
    avant = blanc[:, 0] * 5.5 / math.sqrt(0.6)
    apres = 3 + (0.7 * blanc[:, 0] + math.sqrt(0.51) * blanc[:, 1]) * 5.5 / math.sqrt(0.6)
    lu = hedges_g_apparie(avant, apres)

    assert lu.valeur == pytest.approx(0.4160, abs=1e-4)
    assert ((lu.borne_haute - lu.borne_basse) / 2 / 1.959964) ** 2 == pytest.approx(0.0126, abs=1e-4)


def test_une_population_connue_resserre_l_intervalle():
    """25 réponses sur 32 : 25 × 31 ÷ 7 = 110,7 remplacent 25 ; toutes reçues, plus d'intervalle."""
    finie, large = ic_wilson(15, 25, population=32), ic_wilson(0.6 * 25 * 31 / 7, 25 * 31 / 7)

    assert [finie.borne_basse, finie.borne_haute] == pytest.approx([large.borne_basse, large.borne_haute])
    assert (finie.valeur, finie.n) == (0.6, 25)
    assert math.isnan(ic_wilson(15, 25, population=25).borne_basse)
    with pytest.raises(ErreurParametre, match="25 réponses pour 20"):
        ic_wilson(15, 25, population=20)


# ------------------------------------------------------------------------------------------- pondération


def test_l_effet_de_plan_est_celui_de_kish():
    """Kish (1965), poids 1, 1, 2 et 4 : 4 × 22 ÷ 64 = 1,375 ; effectif efficace 2,909."""
    assert deff_kish([1, 1, 2, 4]) == pytest.approx(1.375, abs=1e-12)
    assert n_efficace([1, 1, 2, 4]) == pytest.approx(2.909090909090909, abs=1e-12)


def test_caler_une_table_plate_donne_l_independance():
    """Marges 3 et 7, 4 et 6 sur 10 : 1,2 ; 1,8 ; 2,8 ; 4,2."""
    cases = pd.DataFrame({"ligne": ["1", "1", "2", "2"], "colonne": ["1", "2", "1", "2"]})
    poids = caler([1, 1, 1, 1], cases, {"ligne": {"1": 3, "2": 7}, "colonne": {"1": 4, "2": 6}})

    assert poids == pytest.approx([1.2, 1.8, 2.8, 4.2], abs=1e-9)
    with pytest.raises(ErreurParametre, match="vis-à-vis"):
        caler([1, 1, 1, 1], cases, {"ligne": {"1": 10}})


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.lists(st.integers(1, 50), min_size=2, max_size=4))
def test_caler_respecte_toujours_les_marges(lignes, colonnes):
    """Loi : la somme des poids de chaque modalité est celle voulue, dans les deux sens."""
    cases = pd.DataFrame([(i, j) for i in range(len(lignes)) for j in range(len(colonnes))], columns=["l", "c"])
    total = sum(lignes)
    marges = {"l": dict(enumerate(lignes)), "c": {j: total * v / sum(colonnes) for j, v in enumerate(colonnes)}}
    sommes = cases.assign(poids=caler(np.ones(len(cases)), cases, marges))

    for nom, marge in marges.items():
        assert sommes.groupby(nom)["poids"].sum().to_dict() == pytest.approx(marge)


def test_on_pondere_quand_les_trois_conditions_sont_remplies():
    """30 filles et 10 garçons pour 100 et 100 invités : poids 20/30 et 20/10, effet de plan 1,333."""
    lue = ponderer(pd.DataFrame({"sexe": ["F"] * 30 + ["G"] * 10}), {"sexe": {"F": 100, "G": 100}})

    assert lue.motif == "" and lue.poids.tolist() == pytest.approx([2 / 3] * 30 + [2] * 10)
    assert lue.deff == pytest.approx(40 * (30 * 4 / 9 + 10 * 4) / 1600)


@pytest.mark.parametrize(
    ("sexes", "marges", "motif"),
    [
        (["F"] * 30, {}, "population invitée inconnue"),
        (["F"] * 30 + ["G"] * 9, {"sexe": {"F": 50, "G": 50}}, "moins de 10 répondants"),
        (["F"] * 30, {"sexe": {"F": 50, "G": 50}}, "moins de 10 répondants"),
        (["F"] * 30 + ["NR"] * 20, {"sexe": {"F": 50, "G": 50}}, "modalité dont la population n'est pas connue"),
        (["F"] * 190 + ["G"] * 10, {"sexe": {"F": 20, "G": 180}}, "poids trop inégaux"),
    ],
)
def test_sinon_on_ne_pondere_pas_et_l_on_dit_pourquoi(sexes, marges, motif):
    """Chaque condition qui manque laisse des poids égaux."""
    lue = ponderer(pd.DataFrame({"sexe": sexes}), marges)

    assert motif in lue.motif and set(lue.poids) == {1.0}
