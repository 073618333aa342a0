"""Comparer l'évolution de quelques collèges : résultats publiés, conditions d'emploi, mots convenus, lois."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typographie import lisible

from citelib.erreurs import ErreurParametre
from citelib.mesures import (
    did_colleges,
    ecarts_annuels,
    permutation_exacte,
    rebond_attendu,
    serie_interrompue,
    synthetique,
    verdict_colleges,
)
from citelib.mesures.ecarts import comparables_necessaires, p_minimale
from citelib.simulation.colleges import tirer_series

ORACLES = Path(__file__).parents[2] / "shared" / "oracles" / "data"
LOIS = settings(deadline=None, derandomize=True, max_examples=40)
DOUZE = {  # simulé, effet vrai de +3 : changement de chaque école, 2022-2025 moins 2018-2021
    "debut": 2022,
    "did": 1.523333,
    "p": 0.045455,
    "bornes": (0.0183, 3.0284),
}


def lire_oracle(nom: str) -> pd.DataFrame:
    if not (ORACLES / nom).exists():
        pytest.skip(f"{nom} est absent : le résultat publié sur ces données n'est pas rejoué.")
    return pd.read_csv(ORACLES / nom)


def panel(changements_cite, changements_autres, *, avant=3, apres=2, base=0.7, taille=100, bruit=0.0):
    """Des collèges au même niveau avant, chacun avec son changement après ; `bruit` alterne d'une année à l'autre."""
    lignes = []
    for rang, changement in enumerate([*changements_cite, *changements_autres]):
        for k in range(avant + apres):
            y = base + (changement if k >= avant else 0) + bruit * (-1) ** k
            traite = rang < len(changements_cite)
            lignes.append((f"{'T' if traite else 'C'}{rang:02d}", 2020 + k, y, traite, taille))
    return pd.DataFrame(lignes, columns=["unite", "annee", "y", "traite", "taille"])


def etude(changements_cite, changements_autres, **options):
    """La comparaison d'un panel à trois années d'avant."""
    avant = options.get("avant", 3)
    return did_colleges(panel(changements_cite, changements_autres, **options), annee_debut=2020 + avant)


ETALES = [-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, -0.015, 0.015]

# Résultats publiés -------------------------------------------------------------------------------


def test_douze_colleges_comme_trois_autres_logiciels():
    """statsmodels, pyfixest et diff-diff donnent 1,523333 ; t(10) et 220 permutations : note de méthode, §3."""
    lues = lire_oracle("did_12_colleges.csv").rename(columns={"ecole": "unite"})
    lues["traite"] = lues.groupby("unite")["cite"].transform("max").astype(bool)
    c = did_colleges(lues, annee_debut=DOUZE["debut"])

    assert c.estimation.valeur == pytest.approx(DOUZE["did"], abs=1e-4)
    bornes = c.estimation.borne_basse, c.estimation.borne_haute
    assert bornes == pytest.approx(DOUZE["bornes"], abs=1e-4)
    assert c.estimation.p == pytest.approx(DOUZE["p"], abs=1e-6)
    assert c.p_min == pytest.approx(1 / 220)


def test_la_californie_de_1988_comme_les_articles():
    """Écart simple −27,349 (Arkhangelsky et al., 2021) ; synthétique −19,6, rang 3 sur 39 sans covariables."""
    lues = lire_oracle("california_prop99.csv")
    lues = lues.rename(columns={"State": "unite", "Year": "annee", "PacksPerCapita": "y"})
    lues["traite"] = lues["unite"].eq("California")

    assert did_colleges(lues, annee_debut=1989).estimation.valeur == pytest.approx(-27.349, abs=1e-3)
    lu = synthetique(lues, annee_debut=1989)
    assert (lu.rang, lu.n, lu.manque) == (3, 39, "")
    assert lu.ecart == pytest.approx(-19.6, abs=0.15)
    assert lu.poids["Utah"] == pytest.approx(0.394, abs=1e-3)


def test_card_et_krueger_1994():
    """Table 3 : New Jersey 20,44 → 21,03, Pennsylvanie 23,33 → 21,17 ; écart 2,76."""
    lues = lire_oracle("card_krueger_njmin3.csv").dropna(subset="fte")
    moyennes = lues.groupby(["nj", "d"])["fte"].mean()
    deux = [(etat, annee, moyennes[etat, annee]) for etat in (0, 1) for annee in (0, 1)]
    # deux années d'avant sont exigées : la même, répétée, ne change pas l'écart
    deux += [(etat, -1, moyennes[etat, 0]) for etat in (0, 1)]
    lues = pd.DataFrame(deux, columns=["unite", "annee", "y"])
    lues["traite"] = lues["unite"].eq(1)

    assert did_colleges(lues, annee_debut=1).estimation.valeur == pytest.approx(2.76, abs=0.01)


def test_la_sicile_de_2005_comme_l_article():
    """Lopez Bernal et al. (2017) : rapport de taux 0,894, de 0,864 à 0,925."""
    lues = lire_oracle("sicily_its.csv")
    debut = int(lues["smokban"].eq(0).sum())
    lu = serie_interrompue(lues["aces"], debut, population=lues["stdpop"], elargir=False)

    assert [lu.valeur, lu.borne_basse, lu.borne_haute] == pytest.approx([0.894, 0.864, 0.925], abs=1.1e-3)
    large = serie_interrompue(lues["aces"], debut, population=lues["stdpop"])
    assert large.borne_basse < lu.borne_basse and large.borne_haute > lu.borne_haute


@pytest.mark.parametrize(("n", "attendue"), [(3, 0.1), (4, 1 / 35), (6, 1 / 84), (9, 1 / 220)])
def test_la_plus_petite_probabilite_possible(n, attendue):
    """1/C(3 + n, 3), doublée pour trois contre trois."""
    assert p_minimale(3, n) == pytest.approx(attendue, abs=1e-12)


def test_retour_vers_la_moyenne_de_galton():
    """(1 − 0,6) × (80 − 62) = 7,2."""
    assert rebond_attendu(0.6, 62, 80) == pytest.approx(7.2)


# Permutations ------------------------------------------------------------------------------------


def test_la_permutation_est_celle_que_l_on_ferait_a_la_main():
    """{5, 6} contre {1, 2, 4} : 10 partages ; |écart| ≥ 5,5 − 7/3 pour {5,6} (+3,17) et {1,2} (−3,5) : 2/10."""
    assert permutation_exacte([5, 6], [1, 2, 4]) == pytest.approx(0.2)


@LOIS
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=3), st.lists(st.integers(-20, 20), min_size=2, max_size=5))
def test_la_permutation_egale_l_enumeration(traites, autres):
    """Loi : la même chose que tous les partages, un par un."""
    valeurs, n = traites + autres, len(traites)
    observe, compte = abs(np.mean(traites) - np.mean(autres)), 0
    for choix in itertools.combinations(range(len(valeurs)), n):
        dans = [valeurs[k] for k in choix]
        hors = [valeurs[k] for k in range(len(valeurs)) if k not in choix]
        compte += abs(np.mean(dans) - np.mean(hors)) >= observe - 1e-9

    assert permutation_exacte(traites, autres) == pytest.approx(compte / comb(len(valeurs), n))


def test_au_dela_de_vingt_mille_partages_on_tire_toujours_les_memes():
    """C(25, 5) = 53 130 : tirage à graine fixée, jamais nul."""
    alea = np.random.default_rng(3)
    traites, autres = alea.normal(size=5), alea.normal(size=20)

    p = permutation_exacte(traites, autres)
    assert p == permutation_exacte(traites, autres) >= 1 / 10_000


# Calcul ------------------------------------------------------------------------------------------


def test_l_ecart_est_la_difference_des_changements_moyens():
    """(+6 + 8 + 10)/3 − (0 + 1 + 2 + 3 + 4 + 2)/6 = 8 − 2 = 6 points."""
    c = etude([0.06, 0.08, 0.10], [0, 0.01, 0.02, 0.03, 0.04, 0.02])

    assert c.estimation.valeur == pytest.approx(0.06)
    # sans le 4, les autres font 1,6 : 8 − 1,6 = 6,4 ; sans le 0, 2,4 : 5,6
    assert c.plage == pytest.approx((0.056, 0.064))
    # s² = (2² + 0 + 2² + 2² + 1 + 0 + 1 + 2² + 0)/7 = 18/7 points² ; erreur = √(18/7 × (1/3 + 1/6)) = √(9/7)
    assert c.estimation.erreur_type == pytest.approx((9 / 7) ** 0.5 / 100)
    assert c.emd == pytest.approx((2.36462 + 0.89603) * (9 / 7) ** 0.5 / 100, abs=1e-5)


def test_la_sensibilite_pese_les_eleves():
    """Deux collèges de la cité, +10 (300 élèves) et 0 (100) : 7,5 pesés, 5 sinon."""
    lues = panel([0.10, 0.0], ETALES)
    lues.loc[lues["unite"].eq("T00"), "taille"] = 300
    c = did_colleges(lues, annee_debut=2023)

    assert c.ponderee - c.estimation.valeur == pytest.approx(0.025)


def test_les_memes_annees_pour_tous():
    """Un comparable sans 2021 est écarté ; un autre qui n'a qu'une année avant aussi ; et c'est dit."""
    lues = panel([0.05, 0.06, 0.07], ETALES)
    lues = lues[~(lues["unite"].eq("C03") & lues["annee"].eq(2021))]
    lues = lues[~(lues["unite"].eq("C04") & lues["annee"].isin([2020, 2021]))]
    lues = lues[~(lues["unite"].eq("C05") & lues["annee"].ge(2023))]
    c = did_colleges(lues, annee_debut=2023)

    raisons = {"C03": "sans valeur en 2021", "C04": "moins de deux années avant", "C05": "aucune année après"}
    assert dict(c.ecartes) == raisons
    assert (c.n_cite, c.n_comparables) == (3, 6)


def test_une_annee_que_la_cite_n_a_pas_ne_sert_a_personne():
    """Un collège de la cité sans 2021 : 2021 n'est comparée pour aucun."""
    lues = panel([0.05, 0.06, 0.07], ETALES)
    c = did_colleges(lues[~(lues["unite"].eq("T00") & lues["annee"].eq(2021))], annee_debut=2023)

    assert (c.avant, c.apres, c.ecartes) == ((2020, 2022), (2023, 2024), ())


def test_une_annee_exclue_l_est_des_deux_cotes():
    """Brevet de 2020 en contrôle continu : exclu, il reste vide dans la courbe et hors du calcul."""
    lues = panel([0.05, 0.06, 0.07], ETALES)
    lues.loc[lues["annee"].eq(2020), "y"] = 0.99
    c = did_colleges(lues, annee_debut=2023, exclure=[2020])
    annuels = ecarts_annuels(lues, annee_debut=2023, exclure=[2020]).set_index("annee")

    assert c.avant == (2021, 2022) and c.estimation.valeur == pytest.approx(0.06)
    assert annuels["periode"].tolist() == ["exclue", "avant", "avant", "après", "après"]
    assert np.isnan(annuels.loc[2020, "ecart"]) and annuels.loc[2024, "ecart"] == pytest.approx(0.06)


def test_un_college_deux_fois_la_meme_annee_est_refuse():
    """Lequel des deux nombres croire ?"""
    lues = panel([0.05], ETALES)
    with pytest.raises(ErreurParametre, match="T00 est deux fois en 2020"):
        did_colleges(pd.concat([lues, lues.head(1)]), annee_debut=2023)


# Conditions d'emploi -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_autres", "niveau", "debut"),
    [
        (3, "C", "Comparaison graphique, sans test : nombre de collèges insuffisant."),
        (4, "B", "À titre indicatif : évolution plus favorable"),
        (5, "B", "À titre indicatif : évolution plus favorable"),
        (6, "A", "Évolution plus favorable"),
    ],
)
def test_le_nombre_de_comparables_fait_le_niveau(n_autres, niveau, debut):
    """Trois : dessin seul ; quatre ou cinq : indicatif ; six : testé. Effet : +20 points."""
    c = etude([0.20, 0.21, 0.19], [-0.01, 0.0, 0.01, 0.005, -0.005, 0.002][:n_autres])

    assert c.niveau(0.05) == niveau
    assert lisible(verdict_colleges(c, delta=0.05).phrase).startswith(debut)


@pytest.mark.parametrize(("n_cite", "voulus"), [(1, 19), (2, 5), (3, 4), (4, 4), (5, 4)])
def test_de_un_a_cinq_colleges_de_la_cite(n_cite, voulus):
    """Le plus petit nombre de comparables qui rend p ≤ 0,05 possible : 1/20, 1/21, 1/35, 2/70, 1/126."""
    assert comparables_necessaires(n_cite) == voulus
    alea = np.random.default_rng(n_cite)
    autres = alea.normal(0, 0.01, voulus + 2).tolist()
    trouve = etude([0.30] * n_cite, autres)
    assert trouve.testee and verdict_colleges(trouve, delta=0.05).code == "progression_nette"
    court = etude([0.30] * n_cite, autres[: voulus - 1])
    assert not court.testee and verdict_colleges(court, delta=0.05).code == "graphique_seul"


def test_un_college_bien_plus_petit_que_les_autres_rend_indicatif():
    """40 élèves contre 100 : rapport 2,5 ; 50 contre 100, tout juste le double, reste une preuve."""
    lues = panel([0.20, 0.21, 0.19], ETALES)
    niveaux = {}
    for taille in (40, 50):
        lues.loc[lues["unite"].eq("T01"), "taille"] = taille
        c = did_colleges(lues, annee_debut=2023)
        niveaux[c.rapport_tailles] = c.niveau(0.05)

    assert niveaux == {2.5: "B", 2.0: "A"}


@pytest.mark.parametrize(("avant", "mot"), [(0, "deux années communes avant"), (1, "deux années communes avant")])
def test_sans_deux_annees_avant_rien_n_est_estime(avant, mot):
    """Sessions 2022 à 2024, label en 2021 : pas de nombre du tout."""
    c = etude([0.2, 0.2, 0.2], ETALES, avant=avant)
    rendu = verdict_colleges(c, delta=0.05)

    assert np.isnan(c.estimation.valeur) and c.niveau(0.05) == "E"
    assert rendu.code == "donnees_insuffisantes" and mot in lisible(rendu.phrase)


@pytest.mark.parametrize("derive_annuelle", [0.06, -0.06])
def test_une_divergence_d_avant_bloque_la_conclusion(derive_annuelle):
    """Six points de plus, ou de moins, par an avant le label, quand cinq comptent ; trois années, donc sans placebo."""
    lues = panel([0.20, 0.21, 0.19], ETALES, base=0.5)
    derive = lues["traite"] & lues["annee"].lt(2023)
    lues.loc[derive, "y"] += derive_annuelle * (lues.loc[derive, "annee"] - 2020)
    c = did_colleges(lues, annee_debut=2023)
    rendu = verdict_colleges(c, delta=0.05)

    assert c.pente.valeur == pytest.approx(derive_annuelle)
    assert c.niveau(0.05) == "C" and rendu.code == "non_interpretable"
    assert "évoluaient déjà différemment avant la labellisation" in rendu.phrase


def test_le_placebo_seul_suffit_a_bloquer():
    """Une marche de quatre points au milieu des années d'avant, sous δ par an, mais établie."""
    lues = panel([0.20, 0.21, 0.19], ETALES, avant=6, base=0.5)
    alea = np.random.default_rng(1)
    lues["y"] += alea.normal(0, 0.002, len(lues))
    lues.loc[lues["traite"] & lues["annee"].between(2023, 2025), "y"] += 0.04
    c = did_colleges(lues, annee_debut=2026)

    assert abs(c.pente.valeur) < 0.05 and c.divergence(0.05)
    assert c.placebo.valeur == pytest.approx(0.04, abs=0.005)


def test_sous_quatre_annees_avant_le_placebo_n_existe_pas():
    """Quatre années : les deux ; trois : la pente seule ; deux : ni l'un ni l'autre."""
    assert etude([0.1], ETALES, avant=4).placebo is not None
    assert etude([0.1], ETALES).placebo is None and etude([0.1], ETALES).pente is not None
    assert etude([0.1], ETALES, avant=2).pente is None


def test_la_pente_d_avant_a_l_intervalle_des_moindres_carres():
    """Écarts 0, 1 et 3 points : pente 1,5 ; erreur type √(0,0000167 ÷ 2) = 0,00289 ; t(1) = 12,706 : ± 3,67 points."""
    lues = panel([0.20], ETALES)
    for annee, ecart in ((2021, 0.01), (2022, 0.03)):
        lues.loc[lues["traite"] & lues["annee"].eq(annee), "y"] += ecart

    assert did_colleges(lues, annee_debut=2023).pente.trio == pytest.approx((0.015, -0.0217, 0.0517), abs=5e-5)


def test_une_seule_annee_apres_suffit():
    """L'année du label compte parmi celles d'après."""
    assert etude([0.20, 0.21, 0.19], ETALES, apres=1).apres == (2023,)


@pytest.mark.parametrize(("avant", "donneurs", "manque"), [(7, 12, "8 années"), (8, 9, "10 collèges"), (8, 10, "")])
def test_le_controle_synthetique_a_ses_conditions(avant, donneurs, manque):
    """Huit années avant, dix collèges ; un mélange exact existe ici : l'écart est retrouvé."""
    alea = np.random.default_rng(7)
    y = alea.normal(0.7, 0.05, (donneurs, avant + 2))
    lignes = [(f"C{k}", 2010 + a, y[k, a], False) for k in range(donneurs) for a in range(avant + 2)]
    lignes += [("T", 2010 + a, y[:3, a].mean() + 0.1 * (a >= avant), True) for a in range(avant + 2)]
    lu = synthetique(pd.DataFrame(lignes, columns=["unite", "annee", "y", "traite"]), annee_debut=2010 + avant)

    assert lu.manque.startswith(manque) and bool(lu.manque) == bool(manque)
    if not manque:
        assert lu.ecart == pytest.approx(0.1, abs=1e-3) and lu.erreur_avant < 1e-3


def test_un_melange_eloigne_n_est_pas_retenu():
    """La cité est au-dessus de tous les autres : aucun mélange ne la suit."""
    alea = np.random.default_rng(7)
    y = alea.normal(0.5, 0.005, (12, 10))
    lignes = [(f"C{k}", 2010 + a, y[k, a], False) for k in range(12) for a in range(10)]
    lignes += [("T", 2010 + a, 0.9, True) for a in range(10)]
    lu = synthetique(pd.DataFrame(lignes, columns=["unite", "annee", "y", "traite"]), annee_debut=2018)

    assert "plus proche avant" in lu.manque


@pytest.mark.parametrize(("n", "debut"), [(23, 12), (24, 5), (24, 19)])
def test_une_serie_mensuelle_courte_ne_se_coupe_pas(n, debut):
    """Vingt-quatre mois, dont six de chaque côté."""
    lu = serie_interrompue([10] * n, debut)

    assert np.isnan(lu.valeur) and lu.manque.startswith("24 mois")


def test_une_serie_mensuelle_retrouve_son_saut():
    """Des comptes exactement divisés par deux, sans tendance : rapport 0,5."""
    assert serie_interrompue([100] * 18 + [50] * 18, 18).valeur == pytest.approx(0.5, abs=1e-6)


# Mots convenus -----------------------------------------------------------------------------------


def rendre(valeur, basse, haute, p, *, delta=0.05, sens="hausse", q=None):
    """Le verdict d'un écart choisi, pour trois collèges et neuf comparables."""
    c = etude([0.0, 0.01, 0.02], ETALES)
    lue = replace(c.estimation, valeur=valeur, borne_basse=basse, borne_haute=haute, p=p)
    return verdict_colleges(replace(c, estimation=lue), delta=delta, sens=sens, q=q)


@pytest.mark.parametrize(
    ("trio", "p", "attendu"),
    [
        ((0.10, 0.06, 0.14), 0.005, "Évolution plus favorable"),
        ((0.06, 0.01, 0.11), 0.02, "Évolution plus favorable"),
        ((0.06, 0.01, 0.11), 0.08, "Signal à confirmer"),
        ((0.00, -0.03, 0.03), 0.9, "Évolution comparable"),
        ((0.03, 0.01, 0.045), 0.01, "Évolution comparable"),
        ((0.02, -0.05, 0.09), 0.5, "Écart non mesurable"),
        ((-0.06, -0.11, -0.01), 0.02, "Évolution moins favorable"),
        ((-0.06, -0.11, -0.01), 0.08, "Signal défavorable à confirmer"),
    ],
)
def test_l_intervalle_et_la_permutation_concluent_ensemble(trio, p, attendu):
    """Note de méthode, §3.5 : les deux à la fois, dans l'ordre de la règle."""
    assert rendre(*trio, p).libelle == attendu


def test_la_phrase_convenue_mot_a_mot():
    """+8 points, de +2 à +14, p = 0,012."""
    attendue = (
        "Évolution plus favorable que dans les collèges comparables (+8,0 points, intervalle [+2,0 ; +14,0], "
        "p = 0,012) : compatible avec une contribution de la Cité éducative, sans la démontrer. "
    )
    assert lisible(rendre(0.08, 0.02, 0.14, 0.012).phrase).startswith(attendue)
    assert "à examiner" in rendre(-0.08, -0.14, -0.02, 0.012).phrase


def test_ce_qui_etait_detectable_est_toujours_dit():
    """Quel que soit le verdict testé."""
    for trio, p in [((0.1, 0.06, 0.14), 0.01), ((0, -0.01, 0.01), 0.9), ((0.02, -0.05, 0.09), 0.5)]:
        assert "d’au moins" in rendre(*trio, p).phrase


def test_la_correction_pour_plusieurs_indicateurs_est_nommee():
    """p = 0,02, mais q = 0,06 : le signal reste à confirmer, et la raison est la correction."""
    rendu = rendre(0.06, 0.01, 0.11, 0.02, q=0.06)

    assert rendu.code == "signal_a_confirmer" and "comparaisons multiples" in rendu.phrase


def test_une_baisse_souhaitee_est_favorable():
    """Absentéisme : −6 points est un progrès."""
    rendu = rendre(-0.06, -0.11, -0.01, 0.02, sens="baisse")

    assert rendu.libelle == "Évolution plus favorable"


# Lois --------------------------------------------------------------------------------------------

CHANGEMENTS = st.lists(st.integers(-15, 15), min_size=4, max_size=8)


@LOIS
@given(
    st.lists(st.integers(-15, 15), min_size=1, max_size=4),
    CHANGEMENTS,
    st.lists(st.floats(-0.2, 0.2), min_size=5, max_size=5),
)
def test_une_annee_bonne_ou_mauvaise_pour_tous_ne_change_rien(cite, autres, chocs):
    """Loi : ajouter à tous la même chose, une année donnée, laisse l'écart et sa probabilité."""
    lues = panel([x / 100 for x in cite], [x / 100 for x in autres])
    choquees = lues.assign(y=lues["y"] + lues["annee"].map(dict(zip(range(2020, 2025), chocs, strict=True))))
    a, b = (did_colleges(table, annee_debut=2023).estimation for table in (lues, choquees))

    assert a.valeur == pytest.approx(b.valeur, abs=1e-9) and a.p == pytest.approx(b.p, abs=1e-9)


@LOIS
@given(st.lists(st.integers(-15, 15), min_size=2, max_size=4), CHANGEMENTS)
def test_echanger_les_groupes_change_le_signe(cite, autres):
    """Loi : l'écart et ses bornes se retournent, la probabilité reste."""
    lues = panel([x / 100 for x in cite], [x / 100 for x in autres])
    a, b = (did_colleges(t, annee_debut=2023).estimation for t in (lues, lues.assign(traite=~lues["traite"])))

    assert (a.valeur, a.borne_basse) == pytest.approx((-b.valeur, -b.borne_haute), abs=1e-9)
    assert a.p == pytest.approx(b.p, abs=1e-9)


@LOIS
@given(st.randoms(use_true_random=False))
def test_l_ordre_des_lignes_ne_compte_pas(hasard):
    """Loi : mélanger les lignes ne change rien."""
    lues = panel([0.05, 0.02], ETALES)
    ordre = list(lues.index)
    hasard.shuffle(ordre)

    assert did_colleges(lues.loc[ordre], annee_debut=2023).estimation == did_colleges(lues, annee_debut=2023).estimation


# Fausses alertes et effets vrais -----------------------------------------------------------------


def simuler(graine, effet, n_cite=3, n_autres=9):
    """Cinq sessions avant, trois après, tirées comme celles d'une cité inventée."""
    annees, n = list(range(2017, 2025)), n_cite + n_autres
    gains = [effet] * n_cite + [0.0] * n_autres
    alea = np.random.default_rng(graine)
    y, _ = tirer_series(alea, annees, moyennes=[0.75] * n, gains=gains, debut=2022)
    lignes = [(str(k), a, y[k, j], k < n_cite) for k in range(n) for j, a in enumerate(annees)]
    return did_colleges(pd.DataFrame(lignes, columns=["unite", "annee", "y", "traite"]), annee_debut=2022)


def part_favorable(effet, n=200, **options):
    codes = [verdict_colleges(simuler(graine, effet, **options), delta=0.05).code for graine in range(n)]
    return sum(code.startswith("progression") for code in codes) / n


def test_sans_effet_les_fausses_alertes_restent_rares():
    """Sous 5 % : 2,5 % attendus d'un côté, moins ce que la règle double écarte."""
    assert part_favorable(0.0) <= 0.05


def test_un_effet_de_quinze_points_est_trouve():
    """Huit à dix points se voient huit fois sur dix ; quinze, presque toujours."""
    assert part_favorable(0.15, n=60) >= 0.9
