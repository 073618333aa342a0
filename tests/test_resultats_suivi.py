"""Objectifs comptés par action, changements d'état et ce qui ne se mesure pas, sur des tables dessinées."""

import pandas as pd
import pytest

from citelib import resultats, secret
from citelib.resultats import cibles
from citelib.tables import libelle


@pytest.fixture(scope="module")
def indicateurs(table):
    """Un nombre de parents, une part à la hausse, une part à la baisse."""
    return table(
        """
        indicateur_code | unite  | sens   | nature
        S13             | nombre | hausse | exhaustif
        S12             | part   | hausse | exhaustif
        I01             | part   | baisse | exhaustif
        """,
        "indicateurs",
        libelle="Indicateur",
        dimension="resultats",
        producteur="Porteurs",
    )


@pytest.fixture(scope="module")
def parents(table):
    """98 parents dans une action, 160 et 38 dans deux autres : entre 160 et 296 personnes différentes."""
    return table(
        """
        action_id | nb_uniques
        a1        | 98
        a2        | 160
        a3        | 38
        """,
        "beneficiaires",
        annee="2024",
        type_public="parent",
        tranche_age="adulte",
    )


@pytest.fixture(scope="module")
def juger(table, indicateurs, parents):
    """Juge un objectif de parents touchés : sa valeur, sa cible, et ce que dit son producteur."""

    def lire(valeur: str, cible: str, *, commentaire: str = "", comptes=parents) -> pd.Series:
        fixes = {"annee": "2024", "axe": "A1", "indicateur_code": "S13", "cible": cible, "valeur_initiale": "1"}
        objectif = table("objectif_id\nO1", "objectifs", **fixes)
        dessin = f"niveau | territoire_code | valeur | statut_valeur | commentaire\ncite | m | {valeur} | observee | "
        valeurs = table(dessin + commentaire, "valeurs", annee="2024", periode="2024", indicateur_code="S13")
        return cibles.objectifs(objectif, indicateurs, valeurs, annee=2024, beneficiaires=comptes).iloc[0]

    return lire


@pytest.mark.parametrize(
    ("cible", "etat"),
    [
        ("150", "atteint"),  # 160 parents dans une seule action suffisent
        ("260", "au plus atteint"),  # 296 l'atteint, 160 non
        ("400", "au plus partiel"),  # 296 ÷ 400 = 74 %, 160 ÷ 400 = 40 %
        ("600", "non atteint"),  # même 296 n'en fait que 49 %
    ],
)
def test_un_nombre_compte_par_action_n_atteint_sa_cible_qu_au_plus(juger, cible, etat):
    """296 inscriptions de parents : de 160 à 296 personnes."""
    resultat = juger("296", cible)

    assert resultat["etat"] == etat
    assert resultat[["borne_basse", "borne_haute"]].tolist() == [160, 296]
    assert "compté par action" in resultat["note"]


def test_un_nombre_dedoublonne_par_son_producteur_est_exact(juger):
    """270 n'est pas la somme 296 : le producteur a ôté les doubles comptes."""
    resultat = juger("270", "260")

    assert (resultat["etat"], resultat["note"]) == ("atteint", "")
    assert pd.isna(resultat["borne_basse"])


def test_une_seule_action_n_a_pas_de_double_compte(juger, parents):
    """98 parents dans la seule action a1 : 98 personnes, atteint."""
    resultat = juger("98", "90", comptes=parents[parents["action_id"].eq("a1")])

    assert (resultat["etat"], resultat["note"]) == ("atteint", "")
    assert pd.isna(resultat["borne_basse"])


def test_le_producteur_peut_dire_qu_il_compte_par_action(juger):
    """Sans bilans à confronter, la borne basse est zéro."""
    resultat = juger("296", "260", commentaire="Compté par action", comptes=None)

    assert resultat["etat"] == "au plus atteint"
    assert resultat["borne_basse"] == 0


def test_la_borne_basse_ne_depasse_pas_la_valeur(juger):
    """100 relevés, alors que les bilans comptent 160 personnes dans une seule action."""
    resultat = juger("100", "260", commentaire="Compté par action")

    assert resultat[["borne_basse", "borne_haute"]].tolist() == [100, 100]


def test_l_ecart_des_bornes_d_un_nombre_se_protege_aussi(juger):
    """160 puis 163 : leur différence dirait que trois personnes sont venues ailleurs."""
    comptes = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "type_public": "parent", "nb_uniques": [160, 3]})

    assert juger("163", "150", comptes=comptes)["nb_plus_petit_groupe"] == 3


def test_les_etats_au_plus_se_comptent_a_part():
    """Un atteint, un au plus atteint, un au plus partiel : 1 atteint, 2 incertains, sur 3."""
    etats = pd.DataFrame({"axe": "A1", "etat": ["atteint", "au plus atteint", "au plus partiel"]})
    ensemble = resultats.etats_par_axe(etats).iloc[-1]

    assert ensemble[["n_objectifs", "n_atteints", "n_incertains", "n_partiels"]].tolist() == [3, 1, 2, 0]


@pytest.fixture(scope="module")
def deux_annees(table, indicateurs):
    """Quatre objectifs de 2023 à 2024 : l'un monte, un autre baisse, un troisième se tait, le dernier est nouveau."""
    objectifs = table(
        """
        objectif_id | annee | indicateur_code | cible
        O1          | 2023  | S12             | 0,5
        O1          | 2024  | S12             | 0,5
        O2          | 2023  | I01             | 0,05
        O2          | 2024  | I01             | 0,04
        O3          | 2023  | S13             | 10
        O3          | 2024  | S13             | 10
        O4          | 2024  | S12             | 0,5
        """,
        "objectifs",
        axe="A1",
        valeur_initiale="0,1",
        objectif_operationnel="Faire venir",
    )
    valeurs = table(
        """
        indicateur_code | annee | numerateur | denominateur | valeur | statut_valeur | perimetre_version
        S12             | 2023  | 40         | 100          | 0,4    | observee      | QPV 2015
        S12             | 2024  | 60         | 100          | 0,6    | observee      | QPV 2024
        I01             | 2023  | 20         | 400          | 0,05   | observee      | collèges
        I01             | 2024  | 18         | 400          | 0,045  | observee      | collèges
        S13             | 2023  |            |              | 20     | observee      |
        S13             | 2024  |            |              |        | non_collectee |
        """,
        "valeurs",
        niveau="cite",
        territoire_code="m",
        periode="annee",
    )
    return objectifs, indicateurs, valeurs


@pytest.fixture(scope="module")
def suivis(deux_annees):
    """Les quatre objectifs, en 2024."""
    return resultats.objectifs_suivis(*deux_annees, annee=2024)


def test_chaque_objectif_dit_ce_qui_a_change(suivis):
    """40 % puis 60 % pour 50 % ; 5 % (cible 5 %) puis 4,5 % (cible 4 %, 89 %) : recule ; non collecté ; nouveau."""
    assert suivis["etat_precedent"].tolist() == ["partiel", "atteint", "atteint", ""]
    assert suivis["changement"].tolist() == ["progresse", "recule", "n'est plus mesurable", "sans comparaison"]
    assert suivis["valeur_precedente"].tolist() == [0.4, 0.05, 20, pd.NA]


def test_un_changement_de_perimetre_est_une_rupture_et_une_cible_changee_se_dit(suivis):
    """Les quartiers ont changé de liste pour O1 ; pour O2, seule la cible a changé."""
    assert suivis["rupture_serie"].tolist() == [
        "rupture de série : QPV 2015 puis QPV 2024",
        "la cible a changé",
        "",
        "",
    ]


def test_le_resume_compte_tous_les_changements_meme_nuls(suivis):
    """1 + 1 + 0 + 0 + 1 + 1 = 4."""
    assert resultats.resume_changements(suivis)["n_objectifs"].tolist() == [1, 1, 0, 0, 1, 1, 4]
    assert resultats.changements(suivis)["changement"].tolist() == ["progresse", "recule", "n'est plus mesurable"]


def test_une_annee_sans_precedente_n_a_rien_a_comparer(deux_annees):
    """2023 est la première année : aucun état d'avant."""
    premiers = resultats.objectifs_suivis(*deux_annees, annee=2023)

    assert set(premiers["changement"]) == {"sans comparaison"}


def test_un_indicateur_change_ne_se_compare_pas(deux_annees):
    """O1 passe de S12 à I01 : sa valeur d'avant n'est plus la même chose."""
    objectifs, *reste = deux_annees
    autre = objectifs.assign(indicateur_code=objectifs["indicateur_code"].mask(objectifs["annee"].eq(2023), "I01"))

    assert pd.isna(resultats.objectifs_suivis(autre, *reste, annee=2024)["valeur_precedente"].iloc[0])


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_les_tables_de_suivi_se_publient_et_une_annee_vide_aussi(deux_annees, diffusion):
    """Les colonnes restent."""
    for annee, combien in ((2024, 4), (2030, 0)):
        table = resultats.objectifs_suivis(*deux_annees, annee=annee)
        for autre in (table, resultats.resume_changements(table), resultats.changements(table)):
            assert secret.proteger(autre, diffusion=diffusion).donnees.empty is (combien == 0)


def test_la_valeur_d_avant_a_son_propre_secret(deux_annees):
    """2 familles sur 100 en 2023 : masquée, quand 60 sur 100 se montre."""
    objectifs, indicateurs, valeurs = deux_annees
    ancienne = valeurs["annee"].eq(2023) & valeurs["indicateur_code"].eq("S12")
    rares = valeurs.assign(
        numerateur=valeurs["numerateur"].mask(ancienne, 2), valeur=valeurs["valeur"].mask(ancienne, 0.02)
    )
    protegee = secret.proteger(
        resultats.objectifs_suivis(objectifs, indicateurs, rares, annee=2024), diffusion="cotech"
    )

    assert protegee.est_masquee("O1", "valeur_precedente")
    assert protegee.valeur("O1", "valeur") == 0.6


def test_ce_qui_n_est_pas_mesure_se_lit_dans_les_donnees(suivis, parents, table):
    """Un objectif muet, des publics absents de l'axe, une action sans bilan, un quartier sans population."""
    actions = table(
        "action_id | axe | intitule\na1 | A1 | Un\na2 | A1 | Deux\na3 | A1 | Trois\na4 | A1 | Muette",
        "actions",
        annee="2024",
    )
    quartiers = table("qpv_code | nom\nQP013062 | La Maille", "quartiers")
    populations = table("qpv_code | annee\nQP013063 | 2024", "populations")

    lignes = resultats.non_mesures(suivis, parents, populations, quartiers, actions, annee=2024)
    ecole = lignes[lignes["axe"].eq(libelle("A1"))]

    assert "objectif « Faire venir »" in ecole["quoi"].tolist()
    assert "public « parents »" not in ecole["quoi"].tolist()
    assert "public « 0-2 ans »" in ecole["quoi"].tolist()
    assert "aucun compte reçu : Muette" in ecole["manque"].tolist()
    assert lignes.iloc[-1].tolist() == [
        "Tous les axes", "couverture du quartier « La Maille »", "aucune population par âge",
    ]  # fmt: skip
