"""Séances, nouveaux venus et personnes différentes, sur des tables dessinées ou tirées au hasard."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import resultats, secret
from citelib.resultats.frequentation import COMMUN, PROPRE, UNE_SEULE


@pytest.fixture(scope="module")
def actions(table):
    """Trois actions de deux axes."""
    return table(
        "action_id | axe | intitule\na | A1 | Chorale\nb | A1 | Échecs\nc | FC | Fête", "actions", annee="2024"
    )


def presences(*lignes: tuple) -> pd.DataFrame:
    """Une présence par (action, pseudonyme, nombre de séances, année)."""
    rangees = [
        {"action_id": action, "annee": an, "participant_pseudo": qui, "seance": pd.Timestamp(an, 1, jour + 1)}
        for action, qui, combien, an in lignes
        for jour in range(combien)
    ]
    return pd.DataFrame(rangees, columns=["action_id", "annee", "participant_pseudo", "seance"])


def test_les_rythmes_separent_une_deux_a_cinq_et_six_seances(actions):
    """Chorale : 1, 2, 5 et 6 séances ; une personne de deux actions compte dans chacune."""
    venues = presences(("a", "x", 1, 2024), ("a", "y", 2, 2024), ("a", "z", 5, 2024), ("a", "t", 6, 2024))
    venues = pd.concat([venues, presences(("b", "x", 7, 2024))])
    table = resultats.frequence(venues, actions, annee=2024).set_index("intitule")

    comptes = ["nb_une_fois", "nb_deux_a_cinq", "nb_six_ou_plus", "nb_inscriptions"]
    assert table.loc["Chorale", comptes].tolist() == [1, 2, 1, 4]
    assert table.loc["Échecs", comptes].tolist() == [0, 0, 1, 1]
    assert table.loc["Ensemble", comptes].tolist() == [1, 2, 2, 5]
    assert table.loc["Ensemble", "part_six_ou_plus"] == 0.4


def test_une_presence_repetee_ne_fait_pas_une_seance_de_plus(actions):
    """Le même jour saisi deux fois reste un jour."""
    une = presences(("a", "x", 1, 2024))

    assert resultats.frequence(pd.concat([une, une]), actions, annee=2024)["nb_une_fois"].tolist() == [1, 1]


@pytest.fixture(scope="module")
def comptes(table):
    """Deux bilans qui disent leurs nouveaux et leurs heures, un qui se tait ; zéro nouveau n'est pas inconnu."""
    return table(
        """
        action_id | type_public  | nb_uniques | nb_nouveaux | heures_proposees | heures_suivies
        a         | enfant_jeune | 40         | 10          | 400              | 300
        b         | enfant_jeune | 20         | 0           | 100              | 90
        c         | parent       | 30         |             |                  |
        """,
        "beneficiaires",
        annee="2024",
        tranche_age="NR",
    )


def test_les_nouveaux_se_rapportent_a_ceux_dont_on_le_sait(comptes):
    """10 nouveaux sur 60 inscriptions renseignées ; les 30 parents sont inconnus, et non anciens."""
    ensemble = resultats.nouveaux(comptes, annee=2024).iloc[0]

    assert ensemble[["nb_nouveaux", "nb_anciens", "nb_renseignes"]].tolist() == [10, 50, 60]
    assert ensemble["part_nouveaux"] == pytest.approx(1 / 6)
    assert ensemble[["n_actions", "n_sans_nouveaux"]].tolist() == [3, 1]


def test_l_assiduite_est_un_rapport_de_sommes(comptes, actions):
    """(300 + 90) ÷ (400 + 100) = 78 %, et non la moyenne 82,5 % de 75 % et 90 %."""
    table = resultats.assiduite(comptes, annee=2024, par="axe", actions=actions).set_index("axe")

    assert table.loc["Ensemble", ["n_actions", "n_sans_heures", "nb_suivis", "taux_assiduite"]].tolist() == [
        3, 1, 60, pytest.approx(0.78),
    ]  # fmt: skip
    assert pd.isna(table.loc["Faire Cité", "taux_assiduite"])


def test_un_pseudonyme_commun_donne_un_nombre_exact(comptes, actions):
    """x suit les deux actions : 3 personnes et non 4 ; avec la fête, comptée 30, de 30 à 33."""
    venues = presences(("a", "x", 1, 2024), ("a", "y", 1, 2024), ("b", "x", 1, 2024), ("b", "z", 1, 2024))
    table = resultats.personnes(comptes, venues, actions, annee=2024).set_index("comptage")

    assert table.loc["par pseudonyme", ["n_actions", "nb_min", "nb_max", "note"]].tolist() == [2, 3, 3, COMMUN]
    assert table.loc["par pseudonyme", "lesquelles"] == "Chorale ; Échecs"
    assert table.loc["Ensemble", ["n_actions", "nb_min", "nb_max"]].tolist() == [3, 30, 33]


def test_sans_pseudonyme_commun_on_revient_a_des_bornes(comptes, actions):
    """Deux personnes dans l'une, une dans l'autre, aucun nom en commun : de 2 à 3, et la note le dit."""
    venues = presences(("a", "x", 1, 2024), ("a", "y", 1, 2024), ("b", "z", 1, 2024))
    table = resultats.personnes(comptes, venues, actions, annee=2024)

    assert table.iloc[0][["nb_min", "nb_max", "note"]].tolist() == [2, 3, PROPRE]


def test_une_seule_action_suivie_est_exacte(comptes, actions):
    """Rien à dédoublonner d'une action à l'autre."""
    table = resultats.personnes(comptes, presences(("a", "x", 3, 2024)), actions, annee=2024)

    assert table.iloc[0][["nb_min", "nb_max", "note"]].tolist() == [1, 1, UNE_SEULE]


def test_le_retour_d_une_annee_a_l_autre_demande_un_pseudonyme_conserve():
    """x revient ; sans aucun pseudonyme retrouvé, le retour est inconnu, et non nul."""
    gardes = presences(("a", "x", 1, 2023), ("a", "x", 1, 2024), ("a", "y", 1, 2024))
    perdus = presences(("a", "u", 1, 2023), ("a", "x", 1, 2024))

    assert resultats.revenus(gardes, annee=2024).iloc[0][["nb_uniques", "nb_revenus"]].tolist() == [2, 1]
    assert pd.isna(resultats.revenus(perdus, annee=2024)["nb_revenus"].iloc[0])
    assert "ne se mesure pas" in resultats.revenus(perdus, annee=2024)["note"].iloc[0]
    assert "aucune présence" in resultats.revenus(gardes, annee=2023)["note"].iloc[0]


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_chaque_table_se_publie_et_une_annee_vide_aussi(comptes, actions, diffusion):
    """La porte accepte contrats et totaux ; les colonnes restent."""
    venues = presences(("a", "x", 1, 2024), ("b", "x", 6, 2024))
    for annee, vide in ((2024, False), (2030, True)):
        for table in (
            resultats.frequence(venues, actions, annee=annee),
            resultats.nouveaux(comptes, annee=annee, par="type_public"),
            resultats.assiduite(comptes, annee=annee, par="axe", actions=actions),
            resultats.personnes(comptes, venues, actions, annee=annee),
            resultats.revenus(venues, annee=annee),
        ):
            assert secret.proteger(table, diffusion=diffusion).donnees.empty is vide


FOULE = st.dictionaries(st.integers(0, 30), st.sets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=30)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(FOULE, st.sets(st.sampled_from("abc")))
def test_les_bornes_contiennent_toujours_la_verite(foule, suivies):
    """Loi : quels que soient les gens et les actions suivies par pseudonyme, leur nombre est entre les bornes."""
    inscrits = [(action, qui) for qui, siennes in foule.items() for action in sorted(siennes)]
    venues = presences(*[(action, f"p{qui}", 1, 2024) for action, qui in inscrits if action in suivies])
    bilans = pd.Series([action for action, _ in inscrits]).value_counts()
    comptes = pd.DataFrame({"action_id": bilans.index, "nb_uniques": bilans.to_numpy(), "annee": 2024})
    actions = pd.DataFrame({"action_id": list("abc"), "annee": 2024, "intitule": list("ABC")})

    suivies_, autres, ensemble = resultats.personnes(comptes, venues, actions, annee=2024).to_dict("records")

    assert ensemble["nb_min"] <= len(foule) <= ensemble["nb_max"]
    assert suivies_["nb_max"] == len({qui for action, qui in inscrits if action in suivies})
    assert ensemble["nb_max"] == suivies_["nb_max"] + autres["nb_max"]
    assert ensemble["nb_max"] <= len(inscrits)
