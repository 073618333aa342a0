"""Ce que le programme sert, et ce qu'il ne sert pas, sur des tables dessinées à la main."""

import pandas as pd
import pytest

from citelib import secret
from citelib.realisation import couverture
from citelib.tables import libelle

PLAN = {"A2": ["Bien-être-santé", "Numérique"], "A3": ["Arts-sports"]}


@pytest.fixture(scope="module")
def actions(table):
    """Trois actions ; la deuxième va de 0 à 4 ans, la troisième n'a pas d'âge et a été ajoutée."""
    return table(
        """
        action_id | axe | theme           | hors_programmation | age_min | age_max | uai
        a1        | A2  | bien-être santé | non                | 11      | 15      | 0132327J
        a2        | A3  | Arts-sports     | non                | 0       | 4       |
        a3        | A3  | Cuisine         | oui                |         |         | 0132327J
        """,
        "actions",
        annee="2024",
    )


@pytest.fixture(scope="module")
def bilans(table):
    """La première est réalisée de mi-janvier à début mars, la deuxième annulée, la troisième sans dates."""
    return table(
        """
        action_id | statut    | date_debut_reelle | date_fin_reelle
        a1        | realisee  | 15/01/2024        | 01/03/2024
        a2        | annulee   |                   |
        a3        | partielle | 01/05/2024        |
        """,
        "realisations",
        annee="2024",
    )


@pytest.fixture(scope="module")
def credits(table):
    """7 000 euros pour la première action."""
    return table(
        """
        action_id | financeur | accorde
        a1        | ville     | 7000
        """,
        "financements",
        annee="2024",
        nature="numeraire",
        credit="specifique",
    )


@pytest.fixture(scope="module")
def etablissements(table):
    """Un collège, et une école dont le code n'est pas connu."""
    return table(
        """
        nom               | uai      | type    | ep
        Collège Miramaris | 0132327J | college | REP+
        École n° 1        |          | ecole   | hors EP
        """,
        "etablissements",
    )


def test_un_theme_sans_action_reste_a_zero_et_un_theme_imprevu_se_voit(actions, bilans):
    """« Numérique » n'a rien ; « Cuisine » n'est pas au plan."""
    themes = couverture.themes_couverts(actions, bilans, PLAN, annee=2024)

    assert themes["theme"].tolist() == ["Bien-être-santé", "Numérique", "Arts-sports", "Cuisine"]
    assert themes["n_prevues"].tolist() == [1, 0, 1, 0]
    assert themes["n_realisees"].tolist() == [1, 0, 0, 0]
    assert themes["n_ajoutees"].tolist() == [0, 0, 0, 1]
    assert themes["note"].tolist() == ["", "", "", "hors du plan"]


def test_les_six_tranches_d_age_sont_toujours_la(actions, bilans, credits):
    """Seule 11-15 est servie : 1 sur 6 ; l'action annulée touchait 0-2 et 3-5, une autre n'a pas d'âge."""
    tranches = couverture.tranches_couvertes(actions, bilans, credits, annee=2024)

    assert tranches["n_actions"].tolist() == [1, 1, 0, 1, 0, 0, 1, 3]
    assert tranches["n_menees"].tolist() == [0, 0, 0, 1, 0, 0, 1, 2]
    assert tranches["n_couvertes"].tolist() == [0, 0, 0, 1, 0, 0, 0, 1]
    assert tranches["n_tranches"].iloc[-1] == 6
    assert tranches["taux_couverture"].iloc[-1] == pytest.approx(1 / 6)
    assert tranches["montant_accorde"].dropna().tolist() == [7000, 7000]


def test_un_etablissement_sans_code_reste_au_denominateur(actions, bilans, etablissements):
    """Un collège couvert sur deux établissements ; de l'école on ne sait rien, et la note le dit."""
    couverts = couverture.etablissements_couverts(actions, bilans, etablissements, annee=2024)

    assert couverts["n_couverts"].fillna(-1).tolist() == [1, -1, 1]
    assert couverts["n_menees"].fillna(-1).tolist() == [2, -1, 2]
    assert couverts["taux_couverture"].iloc[-1] == 0.5
    assert couverts["note"].tolist() == ["", "code UAI inconnu, couverture non vérifiable", ""]


def test_une_action_compte_dans_chacun_de_ses_mois(actions, bilans):
    """Janvier, février et mars pour l'action de santé ; rien sans les deux dates."""
    mois = couverture.calendrier(actions, bilans, annee=2024)

    assert len(mois) == 48
    assert mois.loc[mois["n_actions"] > 0, ["mois", "axe"]].values.tolist() == [
        ["janvier", libelle("A2")],
        ["février", libelle("A2")],
        ["mars", libelle("A2")],
    ]


def test_l_annee_du_programme_traverse_deux_annees_scolaires(actions, bilans):
    """a1 : de janvier à mars ; une action d'août à janvier suivant est des deux années scolaires, et finit après."""
    autre = bilans.assign(
        date_debut_reelle=pd.to_datetime(["2024-01-15", None, "2024-08-20"]),
        date_fin_reelle=pd.to_datetime(["2024-03-01", None, "2025-01-10"]),
    )
    periodes = couverture.exercices(actions, autre, annee=2024)

    assert periodes["n_actions"].tolist() == [2, 1, 1, 0, 1]
    assert periodes["n_prevues"].tolist() == [0, 0, 0, 0, 0]
    assert "2023-2024" in periodes["periode"].iloc[0]


ANALYSES = {
    "themes": lambda a, b, c, e, an: couverture.themes_couverts(a, b, PLAN, annee=an),
    "tranches": lambda a, b, c, e, an: couverture.tranches_couvertes(a, b, c, annee=an),
    "etablissements": lambda a, b, c, e, an: couverture.etablissements_couverts(a, b, e, annee=an),
    "calendrier": lambda a, b, c, e, an: couverture.calendrier(a, b, annee=an),
    "exercices": lambda a, b, c, e, an: couverture.exercices(a, b, annee=an),
}


@pytest.mark.parametrize("nom", ANALYSES)
def test_chaque_table_peut_se_publier_et_une_annee_vide_aussi(actions, bilans, credits, etablissements, nom):
    """Rien n'y compte de personnes : tout se montre ; les arguments ne changent pas."""
    copies = [donnees.copy(deep=True) for donnees in (actions, bilans, credits, etablissements)]

    pleine = ANALYSES[nom](actions, bilans, credits, etablissements, 2024)
    vide = ANALYSES[nom](actions, bilans, credits, etablissements, 2030)

    assert not secret.proteger(pleine, diffusion="public").masque.to_numpy().any()
    assert (len(vide), list(vide)) == (0, list(pleine))
    assert secret.proteger(vide, diffusion="public").donnees.empty
    for donnees, copie in zip((actions, bilans, credits, etablissements), copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)
