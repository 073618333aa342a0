"""Les bénéficiaires et leur satisfaction, sur des tables dessinées à la main."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import resultats, secret
from citelib.erreurs import ErreurParametre
from citelib.resultats.couverture import IMPOSSIBLE, PLUS_DE_TOUS
from citelib.resultats.publics import PAR
from citelib.tables import TRANCHES_AGE, libelle


@pytest.fixture(scope="module")
def comptes(table):
    """Deux actions : 60 enfants, puis 40 enfants et 20 parents."""
    return table(
        """
        action_id | tranche_age | sexe | residence | uai      | type_public  | nb_uniques | nb_participations
        a1        | 6-10        | F    | QP013062  | 0132327J | enfant_jeune | 20         | 100
        a1        | 6-10        | G    | QP013062  | 0132327J | enfant_jeune | 30         | 150
        a1        | 11-15       | NR   | NR        |          | enfant_jeune | 10         | 20
        a2        | 6-10        | F    | QN01367M  | 0132327J | enfant_jeune | 25         | 25
        a2        | 11-15       | G    | hors_qpv  |          | enfant_jeune | 15         | 15
        a2        | adulte      | F    | QP013063  |          | parent       | 20         | 20
        """,
        "beneficiaires",
        annee="2024",
    )


@pytest.fixture(scope="module")
def actions(table):
    """Les deux actions servent deux axes."""
    return table(
        """
        action_id | axe
        a1        | A1
        a2        | FC
        """,
        "actions",
        annee="2024",
    )


@pytest.fixture(scope="module")
def quartiers(table):
    """La Maille sous ses deux codes, liés, au contour modifié ; La Carraire sous un seul."""
    return table(
        """
        qpv_code | nom         | generation | correspondance | contour_modifie
        QP013062 | La Maille   | 2015       | QN01367M       | non
        QN01367M | La Maille   | 2024       |                | oui
        QP013063 | La Carraire | 2015       |                | non
        """,
        "quartiers",
    )


@pytest.fixture(scope="module")
def populations(table):
    """La Maille en 2022 (ancien code) et en 2024 (nouveau), La Carraire en 2022, toutes pour 6-10 ans."""
    return table(
        """
        qpv_code | annee | tranche_age | sexe | population
        QP013062 | 2022  | 6-10        | F    | 400
        QN01367M | 2024  | 6-10        | F    | 30
        QN01367M | 2024  | 6-10        | G    | 30
        QP013063 | 2022  | 6-10        | G    | 90
        QP013063 | 2025  | 6-10        | G    | 95
        """,
        "populations",
    )


@pytest.fixture(scope="module")
def etablissements(table):
    """Un collège de 100 élèves, une école sans code."""
    return table(
        """
        nom               | uai      | type    | ep      | effectif
        Collège Miramaris | 0132327J | college | REP+    | 100
        École n° 1        |          | ecole   | hors EP | 200
        """,
        "etablissements",
    )


@pytest.fixture(scope="module")
def items(table):
    """Une question de satisfaction sur 4 points, une autre inversée sur 5, une qui n'en est pas."""
    return table(
        """
        questionnaire | item   | echelle_max | inverse | indicateur_code
        jeunes        | satis  | 4           | non     | S11
        parents       | decus  | 5           | oui     | S11
        jeunes        | climat | 4           | non     | I12
        """,
        "items",
    )


@pytest.fixture(scope="module")
def reponses(table):
    """15 jeunes, 12 à 3 ou 4 ; un jeune ne sait pas ; une mère à 1 sur l'échelle inversée, une à 3."""
    jeunes = [f"j{rang} | jeunes | satis | {4 if rang < 6 else 3 if rang < 12 else 2} | F" for rang in range(15)]
    autres = [
        "j15 | jeunes  | satis  | NSP | G",
        "j0  | jeunes  | climat | 1   | F",
        "m1  | parents | decus  | 1   | F",
        "m2  | parents | decus  | 3   | G",
    ]
    dessin = "\n".join(["repondant_pseudo | questionnaire | item | reponse | sexe", *jeunes, *autres])
    return table(dessin, "reponses_beneficiaires", annee="2024", vague="T2", tranche_age="NR", action_id="a1")


def test_les_personnes_de_plusieurs_actions_ont_deux_bornes(comptes):
    """60 dans l'une et 60 dans l'autre : entre 60 et 120 personnes différentes, 330 participations."""
    bornes = resultats.beneficiaires(comptes, annee=2024).iloc[0]

    assert bornes[["n_actions", "nb_min", "nb_max", "nb_participations"]].tolist() == [2, 60, 120, 330]
    assert bornes["part_certaine"] == 0.5
    assert bornes["intensite"] == pytest.approx(330 / 120)


def test_les_bornes_par_public(comptes):
    """Enfants : 60 et 40 ; parents : 20 dans une seule action, donc exactement 20."""
    bornes = resultats.beneficiaires(comptes, annee=2024, par="type_public")

    assert bornes["type_public"].tolist() == [libelle("enfant_jeune"), libelle("parent"), "Ensemble"]
    assert bornes["nb_min"].tolist() == [60, 20, 60]
    assert bornes["nb_max"].tolist() == [100, 20, 120]


def test_l_intensite_se_lit_sur_les_actions_qui_donnent_leurs_participations(comptes):
    """Sans celles de la seconde action : 270 pour 60 inscriptions, et une action sans participations."""
    trouees = comptes["nb_participations"].mask(comptes["action_id"].eq("a2"))
    bornes = resultats.beneficiaires(comptes.assign(nb_participations=trouees), annee=2024).iloc[0]

    assert bornes[["nb_participations", "intensite", "n_sans_participations"]].tolist() == [270, 4.5, 1]


def test_par_axe_demande_les_actions(comptes, actions):
    """Faire Cité d'abord ; sans la table des actions, le message dit quoi ajouter."""
    bornes = resultats.beneficiaires(comptes, annee=2024, par="axe", actions=actions)

    assert bornes["axe"].tolist() == [libelle("FC"), libelle("A1"), "Ensemble"]
    with pytest.raises(ErreurParametre, match="demande la table des actions"):
        resultats.beneficiaires(comptes, annee=2024, par="axe")


def test_les_six_tranches_d_age_et_la_part_de_filles(comptes):
    """6-10 : 45 filles sur 75 de sexe connu ; la petite enfance est à zéro, et se voit."""
    ages = resultats.age_et_sexe(comptes, annee=2024).set_index("tranche_age")

    assert ages.index.tolist() == [*TRANCHES_AGE, "Ensemble"]
    assert ages.loc["6-10"].tolist() == [45, 30, 75, 0.6, 0]
    assert ages.loc["0-2", "nb_sexe_connu"] == 0
    assert ages.loc["Ensemble"].tolist() == [45, 45, 90, 0.5, 10]


def test_la_residence_reunit_les_deux_codes_d_un_quartier(comptes, quartiers):
    """La Maille : 20 + 30 sous l'ancien code, 25 sous le nouveau."""
    lieux = resultats.residence(comptes, quartiers, annee=2024)

    assert lieux["residence"].tolist() == [
        "La Maille", "La Carraire", libelle("hors_qpv"), libelle("NR"), "Ensemble",
    ]  # fmt: skip
    assert lieux["nb"].tolist() == [75, 20, 15, 10, 120]


def test_la_part_en_quartier_ignore_les_residences_inconnues(comptes):
    """95 sur 110 de résidence connue, 10 inconnues à part."""
    part = resultats.part_en_quartier(comptes, annee=2024).iloc[0]

    assert part[["nb_qpv", "nb_hors_qpv", "nb_residence_connue", "nb_non_renseigne"]].tolist() == [95, 15, 110, 10]
    assert part["part_qpv"] == pytest.approx(95 / 110)


def test_la_couverture_prend_la_population_la_plus_recente_et_signale_l_impossible(comptes, populations, quartiers):
    """La Maille : entre 50 et 75 pour 60 habitants ; La Carraire : 0 pour 90, et non les 95 de 2025."""
    taux = resultats.couverture(comptes, populations, quartiers, annee=2024)
    six_dix = taux[taux["tranche_age"].eq("6-10")].set_index("quartier")

    assert len(taux) == 12
    assert six_dix.loc["La Maille", ["nb_min", "nb_max", "population", "annee_population"]].tolist() == [
        50,
        75,
        60,
        2024,
    ]
    assert six_dix.loc["La Maille", "taux_max"] == 1.25
    assert six_dix.loc["La Maille", "note"] == PLUS_DE_TOUS
    assert six_dix.loc["La Carraire", ["population", "taux_min", "note"]].tolist() == [90, 0, ""]


def test_une_seule_action_plus_nombreuse_que_la_population_est_une_erreur(comptes, populations, quartiers):
    """50 enfants dans une action, pour 20 habitants."""
    rares = populations.assign(population=10)

    notes = resultats.couverture(comptes, rares, quartiers, annee=2024)["note"]

    assert IMPOSSIBLE in notes.tolist()


def test_les_eleves_d_un_etablissement_se_rapportent_a_son_effectif(comptes, etablissements):
    """Collège : 50 puis 25 pour 100 élèves ; les 25 sans établissement restent à part."""
    taux = resultats.par_etablissement(comptes, etablissements, annee=2024)

    assert taux["etablissement"].tolist() == ["Collège Miramaris", "non renseigné"]
    assert taux["nb_max"].tolist() == [75, 25]
    assert taux["taux_min"].tolist()[0] == 0.5
    assert taux["taux_max"].isna().tolist() == [False, True]


def test_la_satisfaction_et_son_intervalle_de_wilson(reponses, items):
    """Jeunes : 12 sur 15, 80 % [54,8 ; 93,0] (Wilson, exemple de la note de domaine) ; un ne sait pas."""
    jeunes = reponses[reponses["questionnaire"].eq("jeunes")]
    part = resultats.satisfaction(jeunes, items, annee=2024).iloc[0]

    assert part[["nb_satisfaits", "nb_repondants", "nb_nsp"]].tolist() == [12, 15, 1]
    assert part[["part_satisfaits", "borne_basse", "borne_haute"]].tolist() == pytest.approx(
        [0.8, 0.548, 0.930], abs=5e-4
    )
    assert part["note"] == "effectif faible"


def test_une_question_inversee_se_lit_a_l_envers_et_le_milieu_n_est_pas_satisfait(reponses, items):
    """« Êtes-vous déçue ? » : 1 sur 5 est satisfaite, 3 sur 5 ne l'est pas."""
    meres = reponses[reponses["questionnaire"].eq("parents")]

    assert resultats.satisfaction(meres, items, annee=2024)["nb_satisfaits"].tolist() == [1]


def test_une_note_hors_de_l_echelle_n_est_pas_une_reponse(reponses, items):
    """« 10 » saisi pour une question notée de 1 à 4 : ni satisfait, ni compté parmi ceux qui ont répondu."""
    jeunes = reponses[reponses["questionnaire"].eq("jeunes")]
    fautive = jeunes.assign(reponse=jeunes["reponse"].mask(jeunes["reponse"].eq("4"), "10"))
    part = resultats.satisfaction(fautive, items, annee=2024).iloc[0]

    assert part["nb_repondants"] == 15 - jeunes["reponse"].eq("4").sum()


def test_un_repondant_de_deux_vagues_compte_une_fois(reponses, items):
    """La même table deux fois, sous deux vagues : toujours 15 réponses exprimées."""
    jeunes = reponses[reponses["questionnaire"].eq("jeunes")]
    deux = pd.concat([jeunes, jeunes.assign(vague="T1")])

    assert resultats.satisfaction(deux, items, annee=2024)["nb_repondants"].tolist() == [15]


def test_la_comparaison_dit_quand_l_annee_d_avant_manque(comptes):
    """2024 a ses nombres, 2023 une phrase et des cases vides."""
    deux = resultats.comparaison(comptes, annee=2024)

    assert deux["annee"].tolist() == [2023, 2024]
    assert deux["nb_max"].tolist() == [pd.NA, 120]
    assert deux["note"].tolist() == ["Aucun bénéficiaire relevé en 2023.", ""]


ANALYSES = {
    **{
        f"beneficiaires {par}": lambda d, an, par=par: resultats.beneficiaires(
            d["comptes"], annee=an, par=par, actions=d["actions"]
        )
        for par in PAR
    },
    "age_et_sexe": lambda d, an: resultats.age_et_sexe(d["comptes"], annee=an),
    "residence": lambda d, an: resultats.residence(d["comptes"], d["quartiers"], annee=an),
    "part_en_quartier": lambda d, an: resultats.part_en_quartier(d["comptes"], annee=an),
    "couverture": lambda d, an: resultats.couverture(d["comptes"], d["populations"], d["quartiers"], annee=an),
    "par_etablissement": lambda d, an: resultats.par_etablissement(d["comptes"], d["etablissements"], annee=an),
    "satisfaction": lambda d, an: resultats.satisfaction(d["reponses"], d["items"], annee=an),
    "satisfaction par sexe": lambda d, an: resultats.satisfaction(d["reponses"], d["items"], annee=an, par="sexe"),
    "comparaison": lambda d, an: resultats.comparaison(d["comptes"], annee=an),
}


@pytest.fixture(scope="module")
def donnees(comptes, actions, quartiers, populations, etablissements, items, reponses):
    """Toutes les tables, par leur nom."""
    return {nom: valeur for nom, valeur in locals().items()}


@pytest.mark.parametrize("nom", ANALYSES)
@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_chaque_table_peut_se_publier(donnees, nom, diffusion):
    """La porte de publication accepte son contrat et ses totaux."""
    resultat = ANALYSES[nom](donnees, 2024)

    assert len(secret.proteger(resultat, diffusion=diffusion).donnees) == len(resultat) > 0


@pytest.mark.parametrize("nom", ANALYSES)
def test_une_annee_sans_donnees_donne_une_table_vide(donnees, nom):
    """Les colonnes restent, et la table se publie."""
    pleine, vide = ANALYSES[nom](donnees, 2024), ANALYSES[nom](donnees, 2030)

    assert (len(vide), list(vide)) == (0, list(pleine))
    assert secret.proteger(vide, diffusion="public").donnees.empty


@pytest.mark.parametrize("nom", ANALYSES)
def test_aucune_analyse_ne_modifie_ses_tables(donnees, nom):
    """Les arguments ressortent tels quels."""
    copies = {cle: valeur.copy(deep=True) for cle, valeur in donnees.items()}

    ANALYSES[nom](donnees, 2024)

    for cle, copie in copies.items():
        pd.testing.assert_frame_equal(donnees[cle], copie)


LIGNE = st.tuples(
    st.sampled_from("abc"), st.sampled_from(TRANCHES_AGE), st.sampled_from(["F", "G", "NR"]), st.integers(0, 40)
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(LIGNE, min_size=1, max_size=15))
def test_les_bornes_s_ordonnent_et_les_lignes_se_somment(lignes):
    """Loi : nb_min ≤ nb_max partout ; Σ des lignes = Ensemble pour ce qui s'additionne."""
    comptes = pd.DataFrame(lignes, columns=["action_id", "tranche_age", "sexe", "nb_uniques"])
    comptes = comptes.assign(annee=2024, type_public="enfant_jeune", nb_participations=comptes["nb_uniques"])

    bornes = resultats.beneficiaires(comptes, annee=2024, par="tranche_age")
    ages = resultats.age_et_sexe(comptes, annee=2024).drop(columns=["tranche_age", "part_filles"])

    assert (bornes["nb_min"] <= bornes["nb_max"]).all()
    assert bornes["nb_max"].iloc[:-1].sum() == bornes["nb_max"].iloc[-1] == comptes["nb_uniques"].sum()
    assert (ages.iloc[:-1].sum() == ages.iloc[-1]).all()
    assert (ages["nb_filles"] + ages["nb_garcons"] == ages["nb_sexe_connu"]).all()


@pytest.fixture
def un_college(table):
    """Le collège Miramaris, seul."""
    return table(
        """
        nom               | uai      | type    | ep   | effectif
        Collège Miramaris | 0132327J | college | REP+ | 443
        """,
        "etablissements",
    )


def test_lecart_des_deux_bornes_ne_laisse_pas_lire_un_petit_effectif(table, un_college):
    """13 dans une action, 1 dans l'autre : montrer « de 13 à 14 » dirait qu'une action compte une seule personne."""
    comptes = table(
        """
        action_id | uai      | nb_uniques
        A         | 0132327J | 13
        B         | 0132327J | 1
        """,
        "beneficiaires",
        annee="2024",
        type_public="enfant_jeune",
    )
    touches = resultats.par_etablissement(comptes, un_college, annee=2024).iloc[:1]
    montres = secret.proteger(touches, diffusion="cotech").donnees
    assert not (montres["nb_min"].notna() & montres["nb_max"].notna()).any()


def test_un_etablissement_que_rien_ne_situe_est_inconnu_et_non_a_zero(table, un_college):
    """Cent élèves sans établissement : on ne sait pas combien sont dans celui-ci."""
    comptes = table(
        """
        action_id | uai | nb_uniques
        A         |     | 100
        """,
        "beneficiaires",
        annee="2024",
        type_public="enfant_jeune",
    )
    touches = resultats.par_etablissement(comptes, un_college, annee=2024)
    assert touches[["nb_min", "nb_max", "taux_max"]].iloc[0].isna().all()
