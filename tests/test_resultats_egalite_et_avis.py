"""Filles et garçons, familles, satisfaction et couverture par sexe, sur des tables dessinées à la main."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import resultats, secret
from citelib.erreurs import ErreurParametre
from citelib.resultats.couverture import AUTRE_LISTE, CONTOUR


@pytest.fixture(scope="module")
def actions(table):
    """Foot et danse, de deux thèmes du même axe."""
    return table(
        """
        action_id | axe | theme | temps    | intitule
        a         | A3  | Sport | scolaire | Foot
        b         | A3  | Danse | vacances | Danse
        c         | FC  | Fête  | vacances | Fête
        """,
        "actions",
        annee="2024",
    )


@pytest.fixture(scope="module")
def comptes(table):
    """Foot : 5 filles, 25 garçons, 4 inconnus ; danse : 18 filles, 6 garçons ; fête : 12 filles, 3 parents."""
    return table(
        """
        action_id | sexe | nb_uniques | type_public  | residence | tranche_age
        a         | F    | 5          | enfant_jeune | QP013063  | 6-10
        a         | G    | 25         | enfant_jeune | QP013063  | 11-15
        a         | NR   | 4          | enfant_jeune | QP013063  | 6-10
        b         | F    | 18         | enfant_jeune | QP013063  | 0-2
        b         | G    | 6          | enfant_jeune | hors_qpv  | 6-10
        c         | F    | 12         | enfant_jeune | NR        | NR
        c         | F    | 3          | parent       | QP013063  | adulte
        """,
        "beneficiaires",
        annee="2024",
    )


def test_la_part_de_filles_ignore_les_sexes_inconnus_et_les_parents(comptes, actions):
    """Sport : 5 ÷ 30 ; danse : 18 ÷ 24 ; ensemble : 35 ÷ 66, ni moyenne de parts ni 4 inconnus."""
    themes = resultats.part_filles(comptes, annee=2024, par="theme", actions=actions).set_index("theme")

    assert themes["part_filles"].to_dict() == pytest.approx(
        {"Sport": 5 / 30, "Danse": 18 / 24, "Fête": 1.0, "Ensemble": 35 / 66}
    )
    assert themes["nb_non_renseigne"].to_dict() == {"Sport": 4, "Danse": 0, "Fête": 0, "Ensemble": 4}


def test_une_dimension_imprevue_est_refusee(comptes, actions):
    """Le message dit lesquelles le sont."""
    with pytest.raises(ErreurParametre, match="tranche_age, axe, theme"):
        resultats.part_filles(comptes, annee=2024, par="porteur_nom", actions=actions)


def test_une_petite_action_n_entre_pas_dans_la_liste(comptes, actions):
    """Foot (30) et danse (24) y sont ; la fête, 12 sexes connus, non ; pas de total à soustraire."""
    assert resultats.filles_par_action(comptes, actions, annee=2024)["intitule"].tolist() == ["Danse", "Foot"]


def test_les_publics_oublies_se_voient_meme_a_zero(comptes):
    """0-2 ans : 18 dans une action ; 3-5 ans et professionnels : zéro ; 3 parents."""
    table = resultats.publics_attendus(comptes, annee=2024).set_index("public")

    assert table["nb_max"].to_dict() == {"0-2 ans": 18, "3-5 ans": 0, "parents": 3, "professionnels": 0}
    assert table["n_actions"].to_dict() == {"0-2 ans": 1, "3-5 ans": 0, "parents": 1, "professionnels": 0}


def test_les_parents_se_comptent_dans_chaque_axe_meme_sans_parent(comptes, actions):
    """Trois parents dans Faire Cité, aucun ailleurs ; le total les somme."""
    assert resultats.parents_par_axe(comptes, actions, annee=2024)["nb_max"].tolist() == [3, 0, 0, 0, 3]


def test_un_type_d_ecole_est_inconnu_tant_que_des_parents_ne_sont_pas_situes(comptes, table):
    """Trois parents sans établissement : zéro parent de collège serait une invention."""
    ecoles = table("nom | uai | type | ep\nCollège | 0132327J | college | REP+", "etablissements")
    types = resultats.parents_par_type(comptes, ecoles, annee=2024)

    assert types["type"].tolist() == ["collège", "non renseigné", "Ensemble"]
    assert types["nb_max"].tolist() == [pd.NA, 3, 3]


@pytest.fixture(scope="module")
def rencontres(table):
    """Deux collèges dont l'un n'a rien transmis, une école sans code, et 90 + 10 familles venues sur 150."""
    ecoles = table(
        """
        nom | uai      | type    | ep
        A   | 0132327J | college | REP+
        B   | 0132326H | college | hors EP
        C   | 0132497U | college | hors EP
        D   |          | ecole   | hors EP
        """,
        "etablissements",
    )
    valeurs = table(
        """
        territoire_code | numerateur | denominateur | statut_valeur
        0132327J        | 90         | 100          | observee
        0132326H        | 10         | 50           | observee
        0132497U        |            |              | non_collectee
        """,
        "valeurs",
        annee="2024",
        niveau="etablissement",
        indicateur_code="S12",
        periode="2024",
    )
    return valeurs, ecoles


def test_les_familles_venues_se_rapportent_aux_invitees(rencontres):
    """100 ÷ 150 = 66,7 %, et non la moyenne 55 % de 90 % et 20 % ; l'école est vide, et non à zéro."""
    types = resultats.rencontres(*rencontres, annee=2024).set_index("type")

    assert types.loc["collège", ["n_etablissements", "n_renseignes", "nb_venues", "nb_invitees"]].tolist() == [
        3, 2, 100, 150,
    ]  # fmt: skip
    assert types.loc["Ensemble", "part_venues"] == pytest.approx(2 / 3)
    assert types.loc["école", ["nb_venues", "part_venues"]].isna().all()


@pytest.fixture(scope="module")
def quartiers(table):
    """Un quartier, sous ses deux codes liés."""
    return table(
        """
        qpv_code | nom       | generation | correspondance | contour_modifie
        QP013063 | La Maille | 2015       | QN01367M       | non
        QN01367M | La Maille | 2024       | QP013063       |
        """,
        "quartiers",
    )


@pytest.fixture(scope="module")
def populations(table):
    """50 filles et 100 garçons dans la liste de 2015 ; une seule tranche d'âge."""
    dessin = "qpv_code | annee | tranche_age | sexe | population\nQP013063 | 2023 | 6-10 | F | 50"
    return table(dessin + "\nQP013063 | 2023 | 6-10 | G | 100", "populations")


def test_la_couverture_par_sexe_est_une_fourchette(comptes, populations, quartiers):
    """Filles : 5 et 18 dans deux actions, donc de 18 à 23 sur 50 ; garçons : 25 sur 100, exactement."""
    taux = resultats.couverture(comptes, populations, quartiers, annee=2024, par="sexe").set_index("habitants")

    assert taux.loc["La Maille, filles", ["nb_min", "nb_max", "population"]].tolist() == [18, 23, 50]
    assert taux.loc["La Maille, filles", ["taux_min", "taux_max"]].tolist() == pytest.approx([0.36, 0.46])
    assert taux.loc["La Maille, garçons", ["taux_min", "taux_max"]].tolist() == [0.25, 0.25]
    assert taux["liste"].tolist() == ["2015", "2015"]


def test_une_population_d_une_autre_liste_que_les_residences_se_dit(comptes, populations, quartiers):
    """Résidences relevées dans la liste de 2024, population de celle de 2015 ; un contour modifié passe avant."""
    neuves = comptes.assign(residence=comptes["residence"].replace("QP013063", "QN01367M"))
    modifies = quartiers.assign(contour_modifie=True)

    assert set(resultats.couverture(neuves, populations, quartiers, annee=2024)["note"]) == {AUTRE_LISTE}
    assert set(resultats.couverture(neuves, populations, modifies, annee=2024)["note"]) == {CONTOUR}
    assert set(resultats.couverture(comptes, populations, quartiers, annee=2024)["note"]) == {""}


def test_une_dimension_de_couverture_imprevue_est_refusee(comptes, populations, quartiers):
    """Jamais trois variables croisées."""
    with pytest.raises(ErreurParametre, match="tranche_age, sexe"):
        resultats.couverture(comptes, populations, quartiers, annee=2024, par="axe")


def test_le_rattachement_compte_ce_qui_est_situe_et_ce_qui_ne_l_est_pas(rencontres, table):
    """30 élèves situés sur 40 ; une école sur quatre n'a pas de code."""
    dessin = "action_id | uai | nb_uniques\na | 0132327J | 30\na | | 10"
    eleves = table(dessin, "beneficiaires", annee="2024", type_public="enfant_jeune")
    ligne = resultats.rattachement(eleves, rencontres[1], annee=2024).iloc[0]

    assert ligne[["nb_situes", "nb_non_situes", "nb_total", "n_avec_uai", "n_sans_uai"]].tolist() == [30, 10, 40, 3, 1]


@pytest.fixture(scope="module")
def items(table):
    """Une question de satisfaction sur 4 points, une inversée sur 4, une sur 10."""
    return table(
        """
        questionnaire | item  | echelle_max | inverse
        jeunes        | satis | 4           | non
        jeunes        | decu  | 4           | oui
        parents       | note  | 10          | non
        """,
        "items",
        indicateur_code="S11",
    )


@pytest.fixture(scope="module")
def reponses(table):
    """45 satisfaits sur 60 (30 plutôt, 15 tout à fait) ; 10 plutôt pas, 5 pas du tout ; 2 ne savent pas."""
    notes = [3] * 30 + [4] * 15 + [2] * 10 + [1] * 5 + ["NSP"] * 2
    lignes = [f"j{rang} | jeunes | satis | {note} | a" for rang, note in enumerate(notes)]
    lignes.append("m1 | parents | note | 9 | b")
    dessin = "\n".join(["repondant_pseudo | questionnaire | item | reponse | action_id", *lignes])
    return table(dessin, "reponses_beneficiaires", annee="2024", vague="T1", tranche_age="NR", sexe="NR")


def test_les_degres_et_la_part_satisfaite(reponses, items):
    """45/60 : 75 % [62,8 ; 84,2] (Wilson, exemple de la note de domaine) ; une échelle de 10 reste de côté."""
    ligne = resultats.avis(reponses, items, annee=2024).iloc[0]

    assert ligne[[f"nb_degre_{rang}" for rang in (1, 2, 3, 4)]].tolist() == [5, 10, 30, 15]
    assert ligne[["nb_satisfaits", "nb_non_satisfaits", "nb_exprimes", "nb_nsp"]].tolist() == [45, 15, 60, 2]
    assert ligne[["part_satisfaits", "borne_basse", "borne_haute"]].tolist() == pytest.approx(
        [0.75, 0.628, 0.842], abs=5e-4
    )
    assert ligne["part_degre_3"] == 0.5
    assert ligne["n_autres_echelles"] == 1


def test_un_degre_inverse_se_retourne(table, items):
    """« Êtes-vous déçu ? » : 1 sur 4 est tout à fait satisfait."""
    une = table(
        "repondant_pseudo | questionnaire | item | reponse\nj1 | jeunes | decu | 1",
        "reponses_beneficiaires", annee="2024", vague="T1", tranche_age="NR", sexe="NR",
    )  # fmt: skip

    assert resultats.avis(une, items, annee=2024)["nb_degre_4"].tolist() == [1]


def test_le_taux_de_reponse_se_lit_dans_les_actions_interrogees(reponses, items, comptes, actions):
    """20 jeunes de foot ont répondu, sur 34 comptés : 59 % ; la mère de la danse n'a pas d'effectif de parents."""
    vingt = pd.concat([reponses.iloc[:20], reponses.iloc[-1:]])
    taux = resultats.taux_reponse(vingt, items, comptes, actions, annee=2024).iloc[0]

    assert taux[["n_actions", "nb_repondants", "nb_invites", "n_sans_effectif", "note"]].tolist() == [2, 20, 34, 1, ""]
    assert taux["taux_reponse"] == pytest.approx(20 / 34)


def test_plus_de_repondants_que_de_participants_se_dit(reponses, items, comptes, actions):
    """62 répondants pour 34 participants : le taux reste tel quel, et la note le dit."""
    taux = resultats.taux_reponse(reponses, items, comptes, actions, annee=2024).iloc[0]

    assert taux[["nb_repondants", "nb_invites"]].tolist() == [62, 34]
    assert "plus de répondants" in taux["note"]


def test_une_action_de_moins_de_trente_reponses_n_est_que_temoignages(reponses, items, actions):
    """Le foot en a 60, la danse une ; s'il ne reste rien, la table dit pourquoi."""
    seules = resultats.satisfaction_par_action(reponses, items, actions, annee=2024)
    aucune = resultats.satisfaction_par_action(reponses.iloc[-1:], items, actions, annee=2024)

    assert seules["intitule"].tolist() == ["Foot"]
    assert aucune.attrs["motif"] == "aucune action n'a 30 réponses (1 action interrogée)"


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_ces_tables_se_publient_et_une_annee_vide_aussi(
    comptes, actions, rencontres, populations, quartiers, reponses, items, diffusion
):
    """La porte accepte contrats et totaux ; les colonnes restent."""
    for annee, vide in ((2024, False), (2030, True)):
        for table in (
            resultats.part_filles(comptes, annee=annee, par="theme", actions=actions),
            resultats.filles_par_action(comptes, actions, annee=annee),
            resultats.publics_attendus(comptes, annee=annee),
            resultats.parents_par_axe(comptes, actions, annee=annee),
            resultats.parents_par_type(comptes, rencontres[1], annee=annee),
            resultats.rencontres(*rencontres, annee=annee),
            resultats.couverture(comptes, populations, quartiers, annee=annee, par="sexe"),
            resultats.rattachement(comptes, rencontres[1], annee=annee),
            resultats.avis(reponses, items, annee=annee, par="axe", actions=actions),
            resultats.taux_reponse(reponses, items, comptes, actions, annee=annee, par="axe"),
            resultats.satisfaction_par_action(reponses, items, actions, annee=annee),
        ):
            assert secret.proteger(table, diffusion=diffusion).donnees.empty is vide


def test_en_diffusion_publique_le_taux_ne_rend_pas_l_effectif(comptes, populations, quartiers):
    """18 à 23 filles sur 50 : arrondis à 20 et 25, soit 40 % et 50 % ; 36 % et 46 % rendraient 18 et 23."""
    grands = comptes.assign(nb_uniques=comptes["nb_uniques"] * 10)
    nombreux = populations.assign(population=populations["population"] * 10)
    table = resultats.couverture(
        grands.assign(nb_uniques=grands["nb_uniques"] + 2), nombreux, quartiers, annee=2024, par="sexe"
    )
    montre = secret.proteger(table, diffusion="public").donnees.set_index("habitants").loc["La Maille, filles"]

    # 52 et 182 filles : de 182 à 234 sur 500, montrées 180 et 235 : 36 % et 47 %
    assert montre[["nb_min", "nb_max", "taux_min", "taux_max"]].tolist() == [180, 235, 0.36, 0.47]


FOULE = st.lists(st.tuples(st.sampled_from("FG"), st.sets(st.sampled_from("abc"), min_size=1)), min_size=1, max_size=25)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(FOULE)
def test_la_couverture_encadre_le_vrai_taux(quartiers, populations, foule):
    """Loi : le nombre de filles vraiment touchées, sur 50, est entre les deux taux."""
    inscrits = [(action, sexe) for sexe, siennes in foule for action in sorted(siennes)]
    comptes = pd.DataFrame(inscrits, columns=["action_id", "sexe"]).value_counts().rename("nb_uniques").reset_index()
    comptes = comptes.assign(annee=2024, type_public="enfant_jeune", residence="QP013063", tranche_age="6-10")

    taux = resultats.couverture(comptes, populations, quartiers, annee=2024, par="sexe").iloc[0]

    assert taux["taux_min"] <= sum(sexe == "F" for sexe, _ in foule) / 50 <= taux["taux_max"]
