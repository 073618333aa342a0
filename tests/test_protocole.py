"""Le protocole : ce qui peut se juger, ce qui est arrivé, et le cadre de la cité."""

import datetime as dt

import pandas as pd
import pytest

from citelib import protocole, secret
from citelib.contrats import Probleme
from citelib.formats import INSECABLE

PLAN = {"A1": ["Orientation scolaire", "Familles"], "A2": ["Numérique"]}


@pytest.fixture
def objectifs(table):
    """Un objectif complet, un sans cible, un sans indicateur, un dont l'indicateur n'existe pas."""
    return table(
        """
        objectif_id | axe | theme                | indicateur_code | valeur_initiale | cible | annee_cible
        O1          | A1  | Orientation scolaire | S14             | 0,5             | 0,7   | 2024
        O2          | A1  | orientation scolaire | I04             | 0,5             |       | 2024
        O3          | A2  | Numérique            |                 |                 |       |
        O4          | A3  | Arts                 | S99             | 1               | 2     | 2024
        """,
        "objectifs",
        annee="2024",
        objectif_strategique="Stratégie",
        objectif_operationnel="Faire",
        question_evaluative="Question ?",
        critere="Critère",
        source_prevue="Relevé",
    )


@pytest.fixture
def indicateurs(table):
    """Deux indicateurs du référentiel."""
    return table(
        """
        indicateur_code | dimension | libelle
        S14             | resultats | Stages
        I04             | impacts   | DNB
        """,
        "indicateurs",
        producteur="Collège",
    )


@pytest.fixture
def valeurs(table):
    """Une valeur observée, une valeur non collectée, une valeur d'une autre année."""
    return table(
        """
        indicateur_code | annee | numerateur | denominateur | valeur | statut_valeur
        S14             | 2024  | 3          | 4            |        | observee
        I04             | 2024  |            |              |        | non_collectee
        I04             | 2023  |            |              | 0,8    | observee
        """,
        "valeurs",
        niveau="cite",
        periode="an",
    )


@pytest.fixture
def envois(table):
    """Quatre envois attendus : à temps, en retard de cinq jours, jamais reçu, pas encore dû."""
    return table(
        """
        table         | producteur | attendu_le | recu_le    | relances | taux_completude
        actions       | Pilotes    | 10/01/2025 | 10/01/2025 | 0        | 0,9
        beneficiaires | Porteurs   | 10/01/2025 | 15/01/2025 | 1        | 0,8
        financements  | Ville      | 10/01/2025 |            | 2        |
        valeurs       | Rectorat   | 01/03/2025 |            |          |
        """,
        "collecte",
        annee="2024",
    )


# --------------------------------------------------------------------------------------- évaluabilité


def test_un_objectif_est_evaluable_avec_indicateur_depart_cible_et_source(objectifs, indicateurs, valeurs):
    """S10 : le deuxième n'a pas de cible, le troisième pas d'indicateur, le quatrième un code inconnu."""
    resultat = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)

    assert resultat["evaluable"].tolist() == [True, False, False, False]
    assert resultat["n_manques"].tolist() == [0, 2, 6, 3]


def test_ce_qui_manque_est_nomme(objectifs, indicateurs, valeurs):
    """La rupture se lit en français, et distingue un code absent du référentiel d'une case vide."""
    ruptures = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)["rupture"].tolist()

    assert ruptures[0] == ""
    assert ruptures[1] == "Il manque : cible et valeur de l’année.".replace(" :", f"{INSECABLE}:")
    assert "S99" in ruptures[3] and "n’est pas au référentiel" in ruptures[3]
    assert "référentiel" not in ruptures[2]


def test_une_valeur_se_lit_aussi_dans_ses_deux_comptes(objectifs, indicateurs, valeurs):
    """S14 n'a pas de valeur écrite mais 3 sur 4 ; I04 n'est pas collecté en 2024."""
    resultat = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)

    assert resultat["valeur_annee"].tolist() == ["oui", "non", "non", "non"]


def test_la_part_evaluable_se_compte_par_axe(objectifs, indicateurs, valeurs):
    """Un objectif évaluable sur quatre ; sur l'axe 1, un sur deux."""
    chaine = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)
    resultat = protocole.evaluabilite_par_axe(chaine).set_index("axe")

    assert resultat.loc["Conforter le rôle de l’école", "taux_evaluables"] == 0.5
    assert resultat.loc["Ensemble", ["n_objectifs", "n_evaluables", "n_avec_valeur"]].tolist() == [4, 1, 1]


def test_la_couverture_montre_tous_les_themes_et_les_cases_vides(objectifs, indicateurs, valeurs):
    """Deux thèmes du plan n'ont pas d'indicateur pourvu ; « Arts », hors du plan, vient à la fin."""
    resultat = protocole.couverture(objectifs, indicateurs, valeurs, PLAN, annee=2024)

    assert resultat["theme"].tolist() == ["Orientation scolaire", "Familles", "Numérique", "Arts"]
    assert resultat["resultats"].tolist() == ["1", "non évalué", "non évalué", "non évalué"]
    assert (resultat["impacts"] == "non évalué").all()


# --------------------------------------------------------------------------------- collecte et qualité


def test_le_suivi_dit_l_etat_de_chaque_envoi(envois):
    """Au 20 janvier : à temps, cinq jours de retard, dix jours de retard et toujours rien, pas encore dû."""
    resultat = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))

    assert resultat["etat"].tolist() == ["reçu à temps", "reçu en retard", "en retard", "attendu"]
    assert resultat["jours_retard"].tolist() == [0, 5, 10, pd.NA]
    assert resultat["titre"].iloc[1] == "Personnes touchées, par agrégats seulement"


def test_ce_qui_arrive_apres_la_date_du_suivi_n_est_pas_encore_la(envois):
    """Au 12 janvier, l'envoi du 15 a deux jours de retard, et sa complétude n'est pas connue."""
    ligne = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 12)).iloc[1]

    assert (ligne["etat"], ligne["jours_retard"]) == ("en retard", 2)
    assert pd.isna(ligne["recu_le"]) and pd.isna(ligne["taux_completude"])


def test_le_resume_montre_les_quatre_etats(envois):
    """Un envoi dans chaque état, trois relances connues, des retards de 5 et 10 jours."""
    suivi = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))
    resultat = protocole.resume_collecte(suivi).set_index("etat")

    assert resultat["n_lignes"].tolist() == [1, 1, 1, 1, 4]
    assert resultat.loc["Ensemble", ["relances", "jours_retard_median"]].tolist() == [3, 7.5]


def test_la_qualite_distingue_vide_nc_sans_objet_et_estimation():
    """Quatre états, quatre colonnes ; un avertissement sur un classeur d'actions revient à sa table."""
    etats = pd.DataFrame(
        {
            "table": ["valeurs"] * 4,
            "colonne": ["valeur"] * 4,
            "etat": ["vide", "non_collectee", "non_concernee", "estimee"],
        }
    )
    avertissement = Probleme("avertissement", "actions-2024.xlsx", message="doublon")
    resultat = protocole.qualite(etats, [avertissement])

    assert resultat["table"].tolist() == ["actions", "valeurs"]
    comptes = ["n_vides", "n_non_collectees", "n_sans_objet", "n_estimees"]
    assert resultat.loc[1, comptes].tolist() == [1, 1, 1, 1]
    assert resultat["n_avertissements"].tolist() == [1, 0]


# ---------------------------------------------------------------------------------------------- cadre

REGLAGES = {
    "commune": "Miramas",
    "annonce_label": dt.date(2021, 1, 29),
    "territoire": {"habitants": 27060, "taux_pauvrete_la_maille": 0.435, "piscines": 1},
    "sources": {"habitants": "Fiche", "gouvernance": "Plaquette"},
    "axe": [{"code": "A1", "libelle": "École", "themes": ["Familles", "Orientation"]}],
    "gouvernance": [{"instance": "copil", "nom": "Comité de pilotage", "qui": "Pilotes", "quoi": "Valide"}],
    "etape": [{"annee": 2021, "titre": "Ateliers", "details": ["Un", "Deux"]}, {"annee": 2021, "titre": "Fin"}],
}


def test_chaque_fait_du_territoire_a_sa_source():
    """Un nombre, une part et une date s'écrivent en français ; sans source donnée, cela se dit."""
    resultat = protocole.territoire(REGLAGES).set_index("fait")

    assert resultat.loc["Habitants"].tolist() == ["27\u202f060", "Fiche"]
    assert resultat.loc["Taux de pauvreté, La Maille", "valeur"] == "43,5\u202f%"
    assert resultat.loc["Annonce du label", "valeur"] == f"29{INSECABLE}janvier{INSECABLE}2021"
    assert resultat.loc["Piscines", "source"] == "source non indiquée"


def test_le_nombre_de_participants_reste_un_minimum(table):
    """« Plus de 100 » ne devient jamais le nombre 100."""
    ateliers = table(
        "atelier_id | annee | theme | participants_plus_de\nAT-1 | 2021 | Une cité | 100", "ateliers", source="P"
    )
    resultat = protocole.ateliers(ateliers)

    assert resultat["participants"].tolist() == [f"plus de{INSECABLE}100"]
    assert secret.proteger(resultat, diffusion="public").donnees["participants"].tolist() == [f"plus de{INSECABLE}100"]


def test_les_quartiers_gardent_leurs_deux_listes(table):
    """Un quartier de 2015 renvoie à celui de 2024 ; rien n'est masqué."""
    lus = table("qpv_code | nom | correspondance\nQP013062 | La Maille | QN01367M", "quartiers", generation="2015")
    resultat = secret.proteger(protocole.quartiers(lus), diffusion="public").donnees

    assert resultat[["quartier", "correspondance"]].values.tolist() == [["La Maille", "QN01367M"]]


def test_les_colleges_viennent_avant_les_ecoles(table):
    """Puis l'ordre alphabétique ; l'effectif d'un établissement est public."""
    lus = table("nom | type | effectif\nÉcole A | ecole | 90\nCollège B | college | 440", "etablissements")
    resultat = secret.proteger(protocole.etablissements(lus), diffusion="public").donnees

    assert resultat[["etablissement", "effectif"]].values.tolist() == [["Collège B", 440], ["École A", 90]]


def test_le_cadre_se_lit_dans_les_reglages():
    """Instances, thèmes et étapes, chacun avec la source de sa section."""
    gouvernance = protocole.gouvernance(REGLAGES)

    assert gouvernance.values.tolist() == [["Comité de pilotage", "Pilotes", "Valide", "Plaquette"]]
    assert protocole.orientations(REGLAGES)["theme"].tolist() == ["Familles", "Orientation"]
    assert protocole.etapes(REGLAGES)["detail"].tolist() == ["Un", "Deux", "Fin"]


def test_le_protocole_separe_le_document_source_des_propositions():
    """Une question vient du document ; un outil et une échéance sont proposés, et le disent."""
    dimension = {
        "titre": "La réalisation",
        "questions": ["Est-ce fait ?"],
        "outils": ["Bilans"],
        "planning": [{"quand": "Mai", "quoi": "Enquête"}],
    }
    lu = {
        "source": "Plaquette",
        "proposition": ["outils", "planning"],
        "mention_proposition": "Proposé",
        "dimension": [dimension],
    }
    resultat = protocole.dimensions(lu)

    assert resultat["source"].tolist() == ["Plaquette", "Proposé", "Proposé"]
    assert resultat["contenu"].iloc[2] == f"Mai{INSECABLE}: Enquête"


@pytest.mark.parametrize("diffusion", ["interne", "cotech", "public"])
def test_chaque_table_du_protocole_se_publie(objectifs, indicateurs, valeurs, envois, diffusion):
    """Rien n'y compte des personnes : rien n'est masqué, rien n'est refusé."""
    lues = objectifs, indicateurs, valeurs
    chaine = protocole.evaluabilite(*lues, annee=2024)
    suivi = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))
    tables = [chaine, protocole.evaluabilite_par_axe(chaine), suivi, protocole.resume_collecte(suivi)]
    tables += [protocole.couverture(*lues, PLAN, annee=2024), protocole.etapes(REGLAGES)]

    for calculee in tables:
        assert not secret.proteger(calculee, diffusion=diffusion).masque.to_numpy().any()


def test_une_annee_sans_donnees_donne_des_tables_vides(objectifs, indicateurs, valeurs, envois):
    """Mêmes colonnes, aucune ligne."""
    lues = objectifs, indicateurs, valeurs
    suivi = protocole.collecte(envois, annee=1999, au=dt.date(2025, 1, 20))
    chaine = protocole.evaluabilite(*lues, annee=1999)

    for vide in (chaine, suivi, protocole.resume_collecte(suivi), protocole.evaluabilite_par_axe(chaine)):
        assert vide.empty and len(vide.columns) > 3
    assert protocole.couverture(*lues, PLAN, annee=1999).empty
