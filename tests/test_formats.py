"""Les formats français, vérifiés par leurs points de code."""

import datetime as dt

import numpy as np
import pytest

from citelib import formats
from citelib.formats import FINE, INSECABLE


@pytest.mark.parametrize(
    ("valeur", "decimales", "attendu"),
    [
        (1234.5, 1, f"1{FINE}234,5"),
        (0, 0, "0"),
        (-0.2, 0, "0"),  # jamais « −0 »
        (-1.25, 1, "\u22121,3"),  # la moitié s'éloigne de zéro, comme sur une calculatrice
        (1.005, 2, "1,01"),  # 1.005 n'est pas exact en binaire : on arrondit ce qui est écrit
        (None, 0, "[nd]"),
        (float("nan"), 0, "[nd]"),
    ],
)
def test_un_nombre_secrit_a_la_francaise(valeur, decimales, attendu):
    assert formats.nombre(valeur, decimales) == attendu


def test_un_nombre_venu_de_numpy_secrit_comme_les_autres():
    assert formats.nombre(np.float64(2.5), np.bool_(True)) == "2,5"


@pytest.mark.parametrize(
    ("ecrit", "attendu"),
    [
        (formats.pourcentage(29 / 200), f"15{FINE}%"),  # 14,5 %, et non 14,499999999999998
        (formats.pourcentage(57 / 200), f"29{FINE}%"),  # 28,5 %
        (formats.points(0.7833333333333333 - 0.8008333333333333, 1), f"\u22121,8{INSECABLE}point"),  # 78,33 − 80,08
        (formats.nombre(123_456_789_012_345), FINE.join(["123", "456", "789", "012", "345"])),  # tous ses chiffres
    ],
)
def test_une_moitie_ne_se_perd_pas_dans_le_calcul_flottant(ecrit, attendu):
    """Le produit par cent et la différence de deux parts laissent du bruit à la seizième décimale."""
    assert ecrit == attendu


def test_un_pourcentage_a_une_espace_fine_avant_son_signe():
    assert formats.pourcentage(0.6237, 1) == f"62,4{FINE}%"


@pytest.mark.parametrize(
    ("ecart", "attendu"),
    [(0.14, "+14|points"), (-0.01, "\u22121|point"), (0.0, "0|point"), (0.016, "+2|points"), (0.0149, "+1|point")],
)
def test_les_points_saccordent_avec_le_nombre_affiche(ecart, attendu):
    assert formats.points(ecart) == attendu.replace("|", INSECABLE)


@pytest.mark.parametrize(
    ("elements", "attendu"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_une_liste_se_termine_par_et(elements, attendu):
    assert formats.liste(elements) == attendu


def test_le_pluriel_commence_a_deux():
    assert [formats.accord(n, "jour")[-5:].strip(INSECABLE) for n in (0, 1, 1.4, 2)] == [
        "jour",
        "jour",
        "jour",
        "jours",
    ]


def test_le_premier_du_mois_secrit_1er():
    assert formats.date_longue(dt.date(2024, 8, 1)) == f"1er{INSECABLE}août{INSECABLE}2024"


def test_la_typographie_rend_insecables_les_espaces_de_la_ponctuation():
    assert formats.typographie("« Qu'est-ce ? » : 3 %") == (
        f"«{INSECABLE}Qu\u2019est-ce{FINE}?{INSECABLE}»{INSECABLE}: 3{FINE}%"
    )
