"""Mesures et verdicts : résultats publiés, règle de décision branche par branche, lois des intervalles."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, isnan, nan, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from typographie import lisible

from citelib.erreurs import ErreurParametre
from citelib.formats import typographie
from citelib.mesures import (
    Estimation,
    ajuster_bh,
    emd,
    evolution_appariee,
    evolution_non_appariee,
    hedges_g,
    ic_diff_appariee,
    ic_diff_newcombe,
    ic_wilson,
    verdict,
)
from citelib.mesures.verdicts import CONNUS, NEUTRES

ORACLES = Path(__file__).parents[2] / "shared" / "oracles" / "data"
LOIS = settings(deadline=None, derandomize=True)
SOMMEIL_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SOMMEIL_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def bornes(estimation):
    return estimation.borne_basse, estimation.borne_haute


def lire_oracle(nom):
    chemin = ORACLES / nom
    if not chemin.exists():
        pytest.skip(f"{nom} est absent : le résultat publié sur ces données n'est pas rejoué.")
    return pd.read_csv(chemin)


# Parts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "n", "basse", "haute"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_retrouve_newcombe_1998(x, n, basse, haute):
    """Newcombe, Stat. Med. 17:857 (1998), table I, méthode 3."""
    assert bornes(ic_wilson(x, n)) == pytest.approx((basse, haute), abs=6e-5)


@pytest.mark.parametrize(
    ("x", "n", "basse", "haute"),
    [(12, 15, 54.8, 93.0), (18, 30, 42.3, 75.4), (45, 60, 62.8, 84.2), (240, 400, 55.1, 64.7), (0, 12, 0, 24.2)],
)
def test_wilson_sur_des_enquetes_de_cite(x, n, basse, haute):
    """Cinq cas du cahier des charges, en pourcentage à une décimale."""
    assert [round(100 * b, 1) for b in bornes(ic_wilson(x, n))] == [basse, haute]


def test_sans_reponse_la_part_est_absente():
    """Zéro sur zéro n'est pas zéro."""
    assert isnan(ic_wilson(0, 0).valeur)


@pytest.mark.parametrize("cas", [(5, 4), (-1, 4), (nan, 4), (1, nan), (1, inf)])
def test_un_compte_impossible_est_refuse(cas):
    """Le message cite les nombres lus."""
    with pytest.raises(ErreurParametre, match=f"x={cas[0]}, n={cas[1]}"):
        ic_wilson(*cas)


@LOIS
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contient_la_part_et_reste_entre_0_et_1(compte):
    """Loi : 0 ≤ borne basse ≤ part ≤ borne haute ≤ 1, et le miroir de x est celui de l'intervalle."""
    x, n = compte
    basse, haute = bornes(ic_wilson(x, n))
    assert 0 <= basse <= x / n <= haute <= 1
    assert bornes(ic_wilson(n - x, n)) == pytest.approx((1 - haute, 1 - basse))


@LOIS
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(2, 9))
def test_wilson_se_resserre_quand_l_effectif_croit(compte, facteur):
    """Loi : à part égale, plus de réponses donnent un intervalle plus étroit."""
    x, n = compte
    assert np.diff(bornes(ic_wilson(facteur * x, facteur * n))) < np.diff(bornes(ic_wilson(x, n)))


# Écarts de parts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comptes", "attendu"),
    [((48, 80, 56, 70), (0.0524, 0.3339)), ((3, 10, 9, 10), (0.1705, 0.8090)), ((0, 20, 10, 10), (0.6791, 1.0))],
)
def test_newcombe_retrouve_la_methode_10(comptes, attendu):
    """Newcombe, Stat. Med. 17:873 (1998), table II : 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/20."""
    assert bornes(ic_diff_newcombe(*comptes)) == pytest.approx(attendu, abs=6e-5)


def test_newcombe_donne_le_p_du_khi_deux():
    """Même p que `chi2_contingency` sans correction."""
    attendu = stats.chi2_contingency([[48, 32], [56, 14]], correction=False).pvalue
    assert ic_diff_newcombe(48, 80, 56, 70).p == pytest.approx(attendu)


def test_trente_reponses_suffisent_par_vague():
    """Note de méthode, M4 : la condition porte sur moins de trente."""
    assert [ic_wilson(15, n).avertissements for n in (29, 30)] == [("effectif faible",), ()]
    assert [ic_diff_newcombe(15, n, 20, 40).manque for n in (29, 30)] == ["30 réponses par vague", ""]


def test_newcombe_dit_ce_qui_manque():
    """Trente réponses par vague, puis cinq oui et cinq non au total."""
    assert ic_diff_newcombe(10, 29, 20, 40).manque == "30 réponses par vague"
    assert ic_diff_newcombe(1, 40, 3, 40).manque == "5 réponses de chaque sorte, les deux vagues réunies"
    assert ic_diff_newcombe(2, 40, 3, 40).manque == ""


@LOIS
@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_newcombe_change_de_signe_avec_l_ordre_des_vagues(n0, n1, tirage):
    """Loi : échanger avant et après retourne l'écart et son intervalle, qui restent dans [−1 ; 1]."""
    x0, x1 = tirage.draw(st.integers(0, n0)), tirage.draw(st.integers(0, n1))
    aller, retour = ic_diff_newcombe(x0, n0, x1, n1), ic_diff_newcombe(x1, n1, x0, n0)
    basse, haute = bornes(aller)
    assert -1 - 1e-12 <= basse <= aller.valeur <= haute <= 1 + 1e-12
    assert bornes(retour) == pytest.approx((-haute, -basse))


def paires_binaires(stables_non, perdus, gagnes, stables_oui):
    avant = [0] * stables_non + [1] * perdus + [0] * gagnes + [1] * stables_oui
    apres = [0] * stables_non + [0] * perdus + [1] * gagnes + [1] * stables_oui
    return avant, apres


def test_bonett_price_retrouve_statpsych():
    """R statpsych, `ci.prop.ps(.05, 12, 4, 26, 6)` : [0,2548067 ; 0,6251933] ; écart observé 22/48."""
    estimation = ic_diff_appariee(*paires_binaires(12, 4, 26, 6))
    assert bornes(estimation) == pytest.approx((0.2548067, 0.6251933), abs=1e-7)
    assert estimation.valeur == pytest.approx(22 / 48)


def test_le_p_apparie_est_binomial_exact():
    """4 départs, 26 arrivées : 2 × P(X ≤ 4) pour X binomiale (30 ; 1/2), soit 2 × 31931 / 2^30."""
    attendu = 2 * (1 + 30 + 435 + 4060 + 27405) / 2**30
    assert ic_diff_appariee(*paires_binaires(12, 4, 26, 6)).p == pytest.approx(attendu)


def test_un_oui_ou_non_manquant_ecarte_la_paire():
    """La paire incomplète sort, et l'estimation le dit sans donner de nombre."""
    avant, apres = paires_binaires(12, 4, 26, 6)
    estimation = ic_diff_appariee([*avant, 1], [*apres, None])
    assert estimation.n == 48 and estimation.avertissements == ("paires incomplètes écartées",)


def test_un_score_n_est_pas_un_oui_ou_non():
    """Les valeurs 1 à 5 sont refusées, avec la fonction à employer."""
    with pytest.raises(ErreurParametre, match="evolution_appariee"):
        ic_diff_appariee([1, 2], [3, 4])


@LOIS
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80))
def test_l_intervalle_apparie_contient_l_ecart(paires):
    """Loi : l'intervalle contient l'écart observé, reste dans [−1 ; 1] et se retourne avec les vagues."""
    avant, apres = zip(*paires, strict=True)
    aller, retour = ic_diff_appariee(avant, apres), ic_diff_appariee(apres, avant)
    basse, haute = bornes(aller)
    assert -1 <= basse <= aller.valeur <= haute <= 1
    assert bornes(retour) == pytest.approx((-haute, -basse)) and retour.p == aller.p


# Évolutions de scores ----------------------------------------------------------------------------


def test_sommeil_de_student():
    """R ?t.test (sleep), groupe 1 moins groupe 2 : −1,58 [−2,4598858 ; −0,7001142], p = 0,002833, 9 ddl."""
    estimation = evolution_appariee(SOMMEIL_2, SOMMEIL_1)
    assert estimation.valeur == pytest.approx(-1.58, abs=1e-9)
    assert bornes(estimation) == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    assert estimation.p == pytest.approx(0.002833, abs=1e-6) and estimation.ddl == 9
    assert estimation.valeur / estimation.erreur_type == pytest.approx(-4.0621, abs=1e-4)


def test_sommeil_lu_dans_le_fichier_publie():
    """Le fichier sleep.csv donne les mêmes nombres que la liste écrite ici."""
    extra = lire_oracle("sleep.csv").sort_values(["group", "ID"]).groupby("group")["extra"]
    assert evolution_appariee(extra.get_group(2), extra.get_group(1)) == evolution_appariee(SOMMEIL_2, SOMMEIL_1)


def test_l_ecart_type_apparie_est_celui_des_deux_vagues():
    """Sommeil : variances 3,2006 et 4,0090, s = 1,8986."""
    assert evolution_appariee(SOMMEIL_1, SOMMEIL_2).ecart_type == pytest.approx(1.8986, abs=1e-4)


def test_il_faut_vingt_paires_et_la_moitie_du_depart():
    """19 paires sur 19, 20 sur 41, puis 20 sur 40."""
    score = list(np.linspace(1, 5, 41))
    apres = [*score[:20], *[nan] * 21]
    assert evolution_appariee(score[:19], score[:19]).manque == "20 personnes interrogées avant et après"
    assert "la moitié des répondants de départ" in evolution_appariee(score, apres).manque
    assert evolution_appariee(score[:40], np.array(apres[:40]) ** 2).manque == ""


def test_des_evolutions_toutes_egales_ne_se_testent_pas():
    """Chacun gagne 0,1 point : ni intervalle ni p, plutôt qu'une certitude fausse."""
    estimation = evolution_appariee(np.linspace(1, 4, 25), np.linspace(1, 4, 25) + 0.1)
    assert estimation.p is None and isnan(estimation.borne_basse)
    assert estimation.manque == "deux valeurs différentes"


@pytest.mark.parametrize("paires", [([], []), ([3], [4])])
def test_sans_paires_rien_n_est_estime(paires):
    """Zéro ou une paire : pas d'erreur Python, mais un manque."""
    assert evolution_appariee(*paires).manque and isnan(evolution_appariee(*paires).borne_basse)


def test_deux_vagues_appariees_ont_la_meme_longueur():
    """Le message donne les deux longueurs."""
    with pytest.raises(ErreurParametre, match="avant a 2 valeurs et apres 3"):
        evolution_appariee([1, 2], [1, 2, 3])


def test_un_texte_n_est_pas_un_score():
    """« NC » n'est ni zéro ni une absence : il est refusé."""
    with pytest.raises(ErreurParametre, match="NC"):
        evolution_appariee([1, 2], [3, "NC"])


@pytest.fixture
def eleves():
    alea = np.random.default_rng(13063)
    classes = np.repeat(list("abcdef"), 15)
    return alea.normal(3, 1, 90), alea.normal(3.3, 1, 90), classes


def test_welch_comme_scipy(eleves):
    """Sans classes, `scipy.stats.ttest_ind(equal_var=False)`."""
    avant, apres, _ = eleves
    attendu = stats.ttest_ind(apres[:60], avant, equal_var=False)
    estimation = evolution_non_appariee(avant, apres[:60])
    assert estimation.p == pytest.approx(attendu.pvalue) and estimation.ddl == pytest.approx(attendu.df)
    assert bornes(estimation) == pytest.approx(tuple(attendu.confidence_interval()))


def test_des_quatre_classes_le_test_porte_sur_leurs_moyennes(eleves):
    """Même résultat que `ttest_ind` sur six moyennes contre quatre ; n reste le nombre d'élèves."""
    avant, apres, classes = eleves
    moyennes = [avant[i : i + 15].mean() for i in range(0, 90, 15)]
    suivantes = [apres[i : i + 15].mean() for i in range(0, 60, 15)]
    attendu = stats.ttest_ind(suivantes, moyennes, equal_var=False)
    estimation = evolution_non_appariee(avant, apres[:60], classe_avant=classes, classe_apres=classes[:60])
    assert bornes(estimation) == pytest.approx(tuple(attendu.confidence_interval()))
    assert estimation.n == 150 and estimation.methode == "test de Welch sur les moyennes de classe"


def test_sous_quatre_classes_la_marge_est_elargie(eleves):
    """Trois classes de 15 par vague : effet de grappe 1 + 14 × 0,05 = 1,7."""
    avant, apres, classes = (serie[:45] for serie in eleves)
    simple = evolution_non_appariee(avant, apres)
    groupee = evolution_non_appariee(avant, apres, classe_avant=classes, classe_apres=classes)
    assert groupee.erreur_type / simple.erreur_type == pytest.approx(sqrt(1.7))
    assert "trop peu de classes par vague" in groupee.avertissements


def test_les_moyennes_de_classe_evitent_les_fausses_alertes():
    """Sans effet réel, classes ressemblantes (0,10) : Welch alerte à tort, les moyennes de classe non."""
    alea, classes = np.random.default_rng(6), np.repeat(np.arange(12), 22)
    alertes = np.zeros(2)
    for _ in range(200):
        vagues = [alea.normal(size=264) * sqrt(0.9) + alea.normal(size=12)[classes] * sqrt(0.1) for _ in "01"]
        groupees = evolution_non_appariee(*vagues, classe_avant=classes, classe_apres=classes)
        alertes += evolution_non_appariee(*vagues).p < 0.05, groupees.p < 0.05
    assert alertes[0] > 30 and alertes[1] < 20


def test_les_classes_se_donnent_pour_les_deux_vagues():
    """Une seule vague avec classes, ou une classe de trop : refusé."""
    with pytest.raises(ErreurParametre, match="une seule vague"):
        evolution_non_appariee([1, 2], [3, 4], classe_avant=["a", "b"])
    with pytest.raises(ErreurParametre, match="2 scores, 3 classes"):
        evolution_non_appariee([1, 2], [3, 4], classe_avant=["a", "b", "c"], classe_apres=["a", "b"])


@pytest.mark.parametrize("vagues", [([], []), ([1], [2, 3]), ([3.0] * 40, [3.0] * 40)])
def test_une_vague_vide_ou_sans_variation_ne_se_teste_pas(vagues):
    """Pas d'erreur Python, pas d'intervalle, et un manque."""
    estimation = evolution_non_appariee(*vagues)
    assert estimation.manque and isnan(estimation.borne_basse) and estimation.p is None


def test_hedges_retrouve_borenstein():
    """Borenstein et al. (2009), p. 26-27 : s = 5,0249, g = 0,5924, V_g = 0,0411."""
    g = hedges_g(100, 103, 4.5, 5.5, 50, 50)
    obtenu = (g.ecart_type, g.valeur, g.erreur_type**2)
    assert obtenu == pytest.approx((5.0249, 0.5924, 0.0411), abs=6e-5)


# Comparaisons multiples et effet détectable ------------------------------------------------------

P_BH = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0),
]


def test_benjamini_hochberg_1995():
    """Exemple de l'article (section 3) : quatre rejets à 5 % ; q de 0,0344 : 15 × 0,0344 / 8 = 0,0645."""
    q = ajuster_bh(P_BH)
    assert (q <= 0.05).sum() == 4
    assert q[[0, 3, 5, 7, 14]] == pytest.approx([0.0015, 0.035625, 0.0638571, 0.0645, 1.0])


def test_un_p_absent_ne_compte_pas_dans_la_famille():
    """Le NaN reste à sa place, les deux autres sont corrigés entre eux ; l'argument reste intact."""
    p = np.array([0.02, nan, 0.03])
    np.testing.assert_allclose(ajuster_bh(p), [0.03, nan, 0.03])
    assert p[0] == 0.02


def test_bh_refuse_ce_qui_n_est_pas_une_probabilite():
    """1,2 n'est pas une probabilité."""
    with pytest.raises(ErreurParametre, match="entre 0 et 1"):
        ajuster_bh([0.1, 1.2])


@LOIS
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_bh_garde_l_ordre_et_ne_diminue_rien(p):
    """Loi : p ≤ q ≤ 1, q croît avec p ; un test seul n'est pas corrigé."""
    p = np.array(p)
    q, rang = ajuster_bh(p), np.argsort(p)
    assert (q >= p - 1e-12).all() and (q <= 1).all()
    assert (np.diff(q[rang]) >= 0).all()
    assert ajuster_bh(p[:1]) == pytest.approx(p[:1])


def test_effet_minimal_detectable():
    """Bloom (1995) : 2,8016 × 1,2 ; Cohen (1988) : n = 64 par groupe décèlent 0,5 écart-type."""
    assert emd(1.2) == pytest.approx(3.36192, abs=1e-3)
    assert emd(sqrt(2 / 64), ddl=126) == pytest.approx(0.4991, abs=1e-3)


# Verdicts ----------------------------------------------------------------------------------------


def evolution(basse, haute, **champs):
    modele = Estimation((basse + haute) / 2, basse, haute, 400, "intervalle de Newcombe", "points")
    return replace(modele, **champs)


BRANCHES = [
    (0.08, 0.20, 0.01, "Progression nette", "↗"),
    (0.01, 0.13, 0.01, "Progression mesurable", "↗"),
    (0.05, 0.13, 0.01, "Progression mesurable", "↗"),
    (0.01, 0.13, 0.05, "Progression mesurable", "↗"),
    (0.01, 0.13, 0.06, "Signal à confirmer", "↗"),
    (0.08, 0.20, 0.06, "Signal à confirmer", "↗"),
    (-0.01, 0.03, 0.60, "Stabilité", "→"),
    (0.01, 0.03, 0.01, "Stabilité", "→"),
    (-0.03, -0.01, 0.30, "Stabilité", "→"),
    (-0.05, 0.03, 0.60, "Pas d'évolution mesurable", "–"),
    (0.00, 0.08, 0.06, "Pas d'évolution mesurable", "–"),
    (-0.13, -0.01, 0.06, "Signal défavorable à confirmer", "↘"),
    (-0.13, -0.01, 0.01, "Recul mesurable", "↘"),
    (-0.20, -0.08, 0.01, "Recul net", "↘"),
]


@pytest.mark.parametrize(("basse", "haute", "q", "libelle", "fleche"), BRANCHES)
def test_chaque_branche_de_la_regle(basse, haute, q, libelle, fleche):
    """Seuil d'intérêt de cinq points ; les bornes égales au seuil ou à zéro ne concluent pas ; un q égal à 5 %, si."""
    rendu = verdict(evolution(basse, haute), delta=0.05, q=q)
    assert (rendu.libelle, rendu.fleche) == (libelle, fleche)


PHRASES = [
    (
        evolution(0.08, 0.20),
        {},
        "Progression nette : +14 points (intervalle à 95 % : de +8 points à +20 points).",
    ),
    (
        evolution(0.01, 0.13),
        {},
        "Progression mesurable : +7 points ; ampleur incertaine : entre +1 point et +13 points.",
    ),
    (
        evolution(0.01, 0.13),
        {"q": 0.2},
        "Signal à confirmer : +7 points (intervalle à 95 % : de +1 point à +13 points) ; "
        "ne résiste pas à la correction pour comparaisons multiples.",
    ),
    (
        evolution(0.01, 0.13, p=0.06),
        {},
        "Signal à confirmer : +7 points (intervalle à 95 % : de +1 point à +13 points) ; "
        "l'intervalle et le test ne concordent pas.",
    ),
    (
        evolution(-0.01, 0.03),
        {},
        "Stabilité : +1 point (intervalle à 95 % : de −1 point à +3 points) ; "
        "une évolution de plus de 5 points est exclue.",
    ),
    (
        evolution(-0.05, 0.11),
        {},
        "Pas d'évolution mesurable : +3 points (intervalle à 95 % : de −5 points à +11 points) ; "
        "seule une évolution d'au moins 11 points aurait pu être détectée.",
    ),
    (
        evolution(-0.20, -0.08),
        {"sens": "baisse"},
        "Progression nette : −14 points, une baisse étant favorable "
        "(intervalle à 95 % : de −20 points à −8 points).",
    ),
    (
        evolution(0.004, 0.10),
        {},
        "Progression mesurable : +5,2 points ; ampleur incertaine : entre +0,4 point et +10,0 points.",
    ),
    (
        evolution(0.01, 0.13),
        {"manque": "30 réponses par vague"},
        "Données insuffisantes : il faudrait au moins 30 réponses par vague.",
    ),
    (evolution(0, 0, valeur=12, unite="séances"), {"exhaustif": True},
     "Hausse : +12 séances (donnée exhaustive, sans marge d'erreur)."),
    (evolution(0, 0, valeur=0.01), {"exhaustif": True},
     "Stable (±5 points) : +1 point (donnée exhaustive, sans marge d'erreur)."),
]  # fmt: skip


@pytest.mark.parametrize(("estimation", "options", "attendue"), PHRASES)
def test_les_phrases_telles_qu_elles_sont_lues(estimation, options, attendue):
    """Phrases complètes, nombres français, seuil de cinq points."""
    assert lisible(verdict(estimation, delta=0.05, **options).phrase) == attendue


def test_un_score_s_ecrit_avec_deux_decimales():
    """Un score n'a ni unité ni pourcentage."""
    rendu = verdict(evolution(0.25, 0.45, unite="score"), delta=0.2)
    assert lisible(rendu.phrase) == "Progression nette : +0,35 (intervalle à 95 % : de +0,25 à +0,45)."


def test_sans_effet_detectable_donne_il_est_deduit_de_l_erreur_type():
    """Intervalle de ±8 points : 2,8016 × 8 / 1,96 = 11,4 points."""
    assert "au moins 11 points" in lisible(verdict(evolution(-0.05, 0.11), delta=0.05).phrase)


def test_ce_qui_manque_passe_avant_tout():
    """La condition non remplie l'emporte, même sur un résultat net ou un dénombrement complet."""
    nette = evolution(0.08, 0.20, manque="30 réponses par vague")
    assert verdict(nette, delta=0.05).code == "donnees_insuffisantes"
    assert verdict(nette, delta=0.05, exhaustif=True, manque="une année").code == "donnees_insuffisantes"
    assert verdict(evolution(nan, nan), delta=0.05).code == "donnees_insuffisantes"
    assert verdict(evolution(nan, nan, valeur=0.1), delta=0.05).code == "donnees_insuffisantes"
    assert verdict(evolution(nan, nan), delta=0.05, exhaustif=True).code == "donnees_insuffisantes"


@pytest.mark.parametrize(
    ("ecart", "sens", "libelle"),
    [
        (0.65 - 0.60, "hausse", "Hausse"),
        (0.60 - 0.55, "hausse", "Hausse"),
        (0.55 - 0.60, "hausse", "Baisse"),
        (-0.20, "baisse", "Baisse"),
        (0.20, "baisse", "Hausse"),
        (0.20, "contexte", "Hausse"),
        (0.04, "hausse", "Stable"),
    ],
)
def test_un_denombrement_complet_se_lit_sans_intervalle(ecart, sens, libelle):
    """Le mot dit ce qui est compté, et non ce qui est souhaité ; cinq points comptent."""
    rendu = verdict(evolution(nan, nan, valeur=ecart), delta=0.05, sens=sens, exhaustif=True)
    assert rendu.libelle == libelle


def test_sans_q_la_probabilite_de_l_estimation_decide():
    """Une famille d'un seul test n'est pas corrigée ; sans test, l'intervalle suffit."""
    assert verdict(evolution(0.08, 0.20, p=0.2), delta=0.05).code == "signal_a_confirmer"
    assert verdict(evolution(0.08, 0.20, p=0.2), delta=0.05, q=0.01).code == "progression_nette"
    assert verdict(evolution(0.08, 0.20), delta=0.05).code == "progression_nette"


@pytest.mark.parametrize("reglage", [{"sens": "mieux"}, {"delta": 0}, {"delta": nan}, {"q": nan}, {"q": 1.2}])
def test_un_reglage_faux_est_refuse(reglage):
    """Le message nomme le réglage."""
    with pytest.raises(ErreurParametre, match=next(iter(reglage))):
        verdict(evolution(0.01, 0.13), **{"delta": 0.05, **reglage})


def test_aucun_verdict_ne_parle_de_cause():
    """Ni « grâce à », ni « efficace », ni « impact », ni « effet »."""
    textes = " ".join([libelle + suite for libelle, _, suite in CONNUS.values()] + [str(NEUTRES)])
    assert not re.search(r"grâce|efficac|impact|effet|prouv", textes, flags=re.IGNORECASE)


FLECHES = {"↗": "↘", "↘": "↗", "→": "→", "–": "–"}
MIROIR_DES_CODES = {"progression_nette": "recul_net", "progression_mesurable": "recul_mesurable",
                    "signal_a_confirmer": "signal_defavorable"}  # fmt: skip
MIROIR_DES_CODES |= {droite: gauche for gauche, droite in MIROIR_DES_CODES.items()}
intervalles = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)).map(sorted)


@LOIS
@given(intervalles, st.floats(0.001, 0.3), st.none() | st.floats(0, 1))
def test_retourner_le_signe_retourne_le_verdict(intervalle, delta, q):
    """Loi : [−U ; −L] a le verdict miroir de [L ; U], et « baisse » annule le changement de signe."""
    basse, haute = intervalle
    droit, inverse = evolution(basse, haute), evolution(-haute, -basse)
    rendu, miroir = verdict(droit, delta=delta, q=q), verdict(inverse, delta=delta, q=q)
    assert miroir.code == MIROIR_DES_CODES.get(rendu.code, rendu.code)
    assert miroir.fleche == FLECHES[rendu.fleche]
    retourne = verdict(inverse, delta=delta, q=q, sens="baisse")
    assert retourne.code == rendu.code


@LOIS
@given(intervalles, st.floats(0.001, 0.3), st.none() | st.floats(0, 1))
def test_un_indicateur_de_contexte_n_est_jamais_juge(intervalle, delta, q):
    """Loi : même flèche, aucun jugement, aucun mot de progrès ; la phrase commence par le libellé."""
    estime = verdict(evolution(*intervalle), delta=delta, q=q)
    neutre = verdict(evolution(*intervalle), delta=delta, q=q, sens="contexte")
    assert neutre.fleche == estime.fleche
    assert not re.search("progression|recul|favorable", neutre.phrase, flags=re.IGNORECASE)
    assert neutre.phrase.startswith(typographie(neutre.libelle))
