"""Les objectifs face à leurs cibles, sur des tables dessinées à la main."""

import pandas as pd
import pytest

from citelib import secret
from citelib.resultats import cibles


@pytest.fixture(scope="module")
def indicateurs(table):
    """Un indicateur par cas de jugement."""
    return table(
        """
        indicateur_code | unite  | sens     | nature      | delta | seuil_fiabilite
        S12             | part   | hausse   | exhaustif   |       |
        S11             | part   | hausse   | echantillon |       | 30
        I01             | part   | baisse   | exhaustif   |       |
        S13             | nombre | hausse   | exhaustif   |       |
        S06             | part   | cible    | exhaustif   | 0,05  |
        I11             | indice | contexte | exhaustif   |       |
        I05             | points | hausse   | exhaustif   |       |
        I02             | part   | baisse   | echantillon |       | 30
        S08             | part   | cible    | echantillon | 0,13  | 30
        """,
        "indicateurs",
        libelle="Indicateur",
        dimension="resultats",
    )


@pytest.fixture(scope="module")
def juger(table, indicateurs):
    """Juge un seul objectif : ses valeurs sont dessinées, sa cible et son départ donnés."""

    def lire(code: str, dessin: str, *, cible: str = "0,5", depart: str = "0,4") -> pd.Series:
        fixes = {"annee": "2024", "axe": "A1", "indicateur_code": code, "cible": cible, "valeur_initiale": depart}
        objectif = table("objectif_id\nO1", "objectifs", **fixes)
        entete = "niveau | territoire_code | numerateur | denominateur | valeur | statut_valeur"
        valeurs = table(f"{entete}\n{dessin}", "valeurs", annee="2024", periode="2024", indicateur_code=code)
        return cibles.objectifs(objectif, indicateurs, valeurs, annee=2024).iloc[0]

    return lire


def test_la_cible_juste_est_atteinte(juger):
    """50 % pour 50 % visés, en hausse comme en baisse."""
    assert juger("S12", "cite | m | 50 | 100 | 0,5 | observee")["etat"] == "atteint"
    assert juger("I01", "cite | m | 50 | 100 | 0,5 | observee")["etat"] == "atteint"


@pytest.mark.parametrize(
    ("lu", "taux", "etat"), [("0,55", 1.1, "atteint"), ("0,35", 0.7, "partiel"), ("0,34", 0.68, "non atteint")]
)
def test_une_hausse_se_juge_a_100_et_70_pour_cent_de_la_cible(juger, lu, taux, etat):
    """Cible 0,5 : 0,55 l'atteint, 0,35 en fait 70 %, 0,34 en fait 68 %."""
    resultat = juger("S12", f"cite | miramas | | 100 | {lu} | observee")

    assert (resultat["taux_atteinte"], resultat["etat"]) == (pytest.approx(taux), etat)


def test_une_baisse_se_juge_a_l_envers(juger):
    """Absentéisme à 10 % pour 8 % visés : 80 % de la cible, partiel ; à 4 %, atteint."""
    assert juger("I01", "cite | m | 10 | 100 | 0,1 | observee", cible="0,08")["taux_atteinte"] == pytest.approx(0.8)
    assert juger("I01", "cite | m | 4 | 100 | 0,04 | observee", cible="0,08")["etat"] == "atteint"


def test_une_cible_a_tenir_admet_son_delta(juger):
    """50 % visés à 5 points près : 45 et 55 % tiennent, 44 et 40 % non (80 % de la cible et plus : partiel)."""
    for lu, etat in (("0,45", "atteint"), ("0,55", "atteint"), ("0,44", "partiel"), ("0,4", "partiel")):
        assert juger("S06", f"cite | m | | 100 | {lu} | observee")["etat"] == etat, lu


def test_un_indicateur_de_contexte_ne_se_juge_pas(juger):
    """L'indice de position sociale n'est l'objectif de personne."""
    resultat = juger("I11", "cite | m | | 100 | 85 | observee", cible="90")

    assert resultat["etat"] == "non mesurable"
    assert resultat["manque"] == "indicateur de contexte, qui ne se juge pas"


def test_les_etablissements_se_reunissent_par_leurs_sommes(juger):
    """90 sur 100 et 10 sur 50 : 100 ÷ 150 = 66,7 %, et non la moyenne 55 % de 90 % et 20 %."""
    dessin = (
        "etablissement | 0132327J | 90 | 100 | 0,9 | observee\netablissement | 0132409Y | 10 | 50  | 0,2 | observee"
    )

    resultat = juger("S12", dessin)

    assert resultat["valeur"] == pytest.approx(100 / 150)
    assert resultat["nb_base"] == 150


def test_la_valeur_de_la_cite_passe_avant_celles_des_etablissements(juger):
    """On ne mêle pas deux niveaux ; l'académie ne compte jamais."""
    dessin = (
        "cite | m | 60 | 100 | 0,6 | observee\n"
        "etablissement | 0132327J | 1 | 100 | 0,01 | observee\n"
        "academie | aix | 99 | 100 | 0,99 | observee"
    )

    assert juger("S12", dessin)["valeur"] == 0.6


def test_un_etablissement_non_collecte_se_dit(juger):
    """La valeur porte sur ce qui est connu, avec une réserve."""
    dessin = "etablissement | 0132327J | 60 | 100 | | observee\netablissement | 0132409Y | | | | non_collectee"

    assert juger("S12", dessin)["note"] == "certaines valeurs n'ont pas été collectées"


@pytest.mark.parametrize(
    ("dessin", "options", "manque"),
    [
        ("cite | m | | | | non_collectee", {}, "valeur non collectée"),
        ("cite | m | | | | supprimee_secret", {}, "valeur supprimée par son producteur (secret)"),
        ("cite | m | 60 | 100 | 0,6 | observee", {"cible": ""}, "pas de cible"),
        ("cite | m | 60 | 100 | 0,6 | observee", {"depart": ""}, "pas de valeur de départ"),
        ("cite | m | | | | non_collectee", {"cible": ""}, "valeur non collectée ; pas de cible"),
        ("quartier | a | | | | non_concernee\nquartier | b | | | | non_concernee", {}, "sans objet"),
        ("quartier | a | | | | non_concernee\nquartier | b | | | | non_collectee", {}, "valeur non collectée"),
        (
            "etablissement | a | | | | supprimee_secret\netablissement | b | | | | non_collectee",
            {},
            "valeur supprimée par son producteur (secret)",
        ),
    ],
)
def test_ce_qui_manque_rend_l_objectif_non_mesurable(juger, dessin, options, manque):
    """Ni atteint, ni manqué : la phrase dit ce qui manque."""
    resultat = juger("S12", dessin, **options)

    assert (resultat["etat"], resultat["manque"]) == ("non mesurable", manque)
    assert pd.isna(resultat["taux_atteinte"])


def test_un_echantillon_sous_son_seuil_n_est_ni_montre_ni_juge(juger):
    """29 réponses pour un seuil de fiabilité de 30 ; trente suffisent."""
    resultat = juger("S11", "cite | m | 26 | 29 | 0,9 | observee")

    assert resultat["manque"] == "effectif sous le seuil de fiabilité"
    assert pd.isna(resultat["valeur"])
    assert juger("S11", "cite | m | 27 | 30 | 0,9 | observee")["manque"] == ""


def test_sur_un_echantillon_atteint_demande_la_borne_basse(juger):
    """45/60 : 75 % [62,8 ; 84,2] (Wilson, exemple de la note de domaine) : atteint 60 %, pas 70 %."""
    sur = juger("S11", "cite | m | 45 | 60 | 0,75 | observee", cible="0,6")
    doute = juger("S11", "cite | m | 45 | 60 | 0,75 | observee", cible="0,7")

    assert [sur["borne_basse"], sur["borne_haute"]] == pytest.approx([0.628, 0.842], abs=5e-4)
    assert (sur["etat"], doute["etat"]) == ("atteint", "partiel")
    assert "marge d'erreur" in doute["note"]


@pytest.mark.parametrize(
    ("code", "oui", "cible", "etat"),
    [
        ("I02", 15, "0,4", "atteint"),
        ("I02", 15, "0,3", "partiel"),
        ("S08", 45, "0,75", "atteint"),
        ("S08", 45, "0,7", "partiel"),
        ("S08", 45, "0,8", "partiel"),
    ],
)
def test_la_marge_d_erreur_compte_des_deux_cotes(juger, code, oui, cible, etat):
    """15/60 : [15,8 ; 37,2] % ; 45/60 : [62,8 ; 84,2] %, à tenir à 13 points près de 75, de 70 ou de 80 %."""
    assert juger(code, f"cite | m | {oui} | 60 | | observee", cible=cible)["etat"] == etat


def test_sans_effectif_un_echantillon_ne_dit_pas_la_cible_atteinte(juger):
    """75 % sur on ne sait combien de réponses, pour 60 % visés : la marge d'erreur est inconnue."""
    assert juger("S11", "cite | m | | | 0,75 | observee", cible="0,6")["etat"] == "partiel"


def test_une_valeur_negative_se_compare_sans_part_de_cible(juger):
    """−2 points de valeur ajoutée pour −1 visé : deux fois la cible, et pourtant plus loin d'elle."""
    resultat = juger("I05", "cite | m | | | -2 | observee", cible="-1", depart="-3")

    assert (resultat["etat"], pd.isna(resultat["taux_atteinte"])) == ("non atteint", True)


def test_un_objectif_sans_indicateur_est_non_mesurable(juger):
    """Le code n'est pas au référentiel."""
    assert juger("X99", "cite | m | 1 | 2 | 0,5 | observee")["manque"] == "pas d'indicateur"


def test_un_nombre_de_personnes_est_sa_propre_base(juger):
    """3 parents touchés : la base est 3, que le secret masquera."""
    resultat = juger("S13", "cite | m | | | 3 | observee", cible="10")

    assert (resultat["nb_base"], resultat["nb_plus_petit_groupe"]) == (3, 3)


def test_le_plus_petit_groupe_protege_aussi_ceux_qui_manquent(juger):
    """98 sur 100 laisse voir 2 personnes ; 100 sur 100 n'en laisse voir que 100."""
    assert juger("S12", "cite | m | 98 | 100 | 0,98 | observee")["nb_plus_petit_groupe"] == 2
    assert juger("S12", "cite | m | 100 | 100 | 1 | observee")["nb_plus_petit_groupe"] == 100


@pytest.fixture(scope="module")
def plusieurs(table, indicateurs):
    """Trois objectifs : 98 sur 100, 60 sur 100, et un sans valeur."""
    objectifs = table(
        """
        objectif_id | axe | indicateur_code
        O1          | A1  | S12
        O2          | A1  | S06
        O3          | FC  | S13
        """,
        "objectifs",
        annee="2024",
        cible="0,5",
        valeur_initiale="0,4",
    )
    valeurs = table(
        """
        indicateur_code | numerateur | denominateur | valeur
        S12             | 98         | 100          | 0,98
        S06             | 30         | 100          | 0,3
        """,
        "valeurs",
        annee="2024",
        niveau="cite",
        territoire_code="m",
        periode="2024",
        statut_valeur="observee",
    )
    return objectifs, indicateurs, valeurs


def test_les_etats_par_axe_se_somment(plusieurs):
    """Faire Cité : un non mesurable ; A1 : un atteint, un non atteint (0,3 pour 0,5)."""
    etats = cibles.etats_par_axe(cibles.objectifs(*plusieurs, annee=2024))

    comptes = etats[["n_objectifs", "n_atteints", "n_partiels", "n_non_atteints", "n_non_mesurables"]]
    assert comptes.values.tolist() == [[1, 0, 0, 0, 1], [2, 1, 0, 1, 0], [3, 1, 0, 1, 1]]
    assert etats["taux_mesurables"].iloc[-1] == pytest.approx(2 / 3)


def test_le_secret_masque_une_valeur_qui_laisse_voir_deux_personnes(plusieurs):
    """98 % disparaît avec tout ce qui permettrait de le retrouver ; 30 % reste."""
    protegee = secret.proteger(cibles.objectifs(*plusieurs, annee=2024), diffusion="cotech")

    assert protegee.est_masquee("O1", "valeur") and protegee.est_masquee("O1", "taux_atteinte")
    assert protegee.valeur("O2", "valeur") == 0.3


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_les_deux_tables_se_publient_et_une_annee_vide_aussi(plusieurs, diffusion):
    """Les colonnes restent, les arguments aussi."""
    copies = [donnees.copy(deep=True) for donnees in plusieurs]
    for annee, attendues in ((2024, 3), (2030, 0)):
        objectifs = cibles.objectifs(*plusieurs, annee=annee)
        assert len(secret.proteger(objectifs, diffusion=diffusion).donnees) == attendues
        assert len(secret.proteger(cibles.etats_par_axe(objectifs), diffusion=diffusion).donnees) == attendues
        assert tuple(objectifs) == cibles.COLONNES
    for donnees, copie in zip(plusieurs, copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)
