"""Les crédits du programme, sur des tables dessinées à la main."""

import itertools

import pandas as pd
import pytest

from citelib import secret
from citelib.realisation import financement

JOUR = pd.Timestamp(2025, 3, 1)


@pytest.fixture(scope="module")
def actions(table):
    """Deux actions, deux axes."""
    return table(
        """
        action_id | axe | theme   | porteur_nom
        a1        | A1  | Parents | Ville
        a2        | A2  | Santé   | Asso
        """,
        "actions",
        annee="2024",
    )


@pytest.fixture(scope="module")
def credits(table):
    """32 000 euros justifiés à 19 800, 4 000 encore sans compte rendu, une valorisation de la Ville."""
    return table(
        """
        action_id | financeur       | nature       | credit       | accorde | verse | depense_justifiee
        a1        | etat_p147       | numeraire    | specifique   | 20000   | 20000 | 15000
        a2        | ville           | numeraire    | droit_commun | 12000   | 12000 | 4800
        a2        | fonds_ce        | numeraire    | specifique   | 4000    |       |
        a2        | ville           | valorisation | droit_commun | 3000    |       |
        a2        | autofinancement | numeraire    | specifique   | 1000    |       | 1000
        """,
        "financements",
        annee="2024",
    )


def test_la_consommation_ne_porte_que_sur_les_comptes_rendus_recus(actions, credits):
    """19 800 ÷ 32 000 = 61,9 % (exemple de la note de domaine), malgré 4 000 euros encore à justifier."""
    sans_propres = credits[credits["financeur"] != "autofinancement"]

    budget = financement.budget(actions, sans_propres, annee=2024).iloc[0]

    assert (budget["montant_accorde"], budget["montant_examine"], budget["montant_justifie"]) == (36000, 32000, 19800)
    assert budget["taux_consommation"] == pytest.approx(0.61875)


def test_une_subvention_jamais_versee_n_est_pas_un_compte_rendu_recu(actions, credits):
    """Annulée, non versée, zéro justifié écrit d'avance : l'examiné reste 32 000 euros, non 40 400, et 61,9 %."""
    annulee = credits.iloc[[2]].assign(financeur="caf", accorde=8400, verse=0, depense_justifiee=0)
    lignes = pd.concat([credits[credits["financeur"] != "autofinancement"], annulee], ignore_index=True)

    budget = financement.budget(actions, lignes, annee=2024).iloc[0]
    attestee = lignes.assign(compte_rendu_recu_le=lignes["compte_rendu_recu_le"].mask(lignes["verse"].eq(0), JOUR))

    assert (budget["montant_accorde"], budget["montant_examine"], budget["montant_justifie"]) == (44400, 32000, 19800)
    assert budget["taux_consommation"] == pytest.approx(0.61875)
    assert financement.budget(actions, attestee, annee=2024)["montant_examine"].iloc[0] == 40400


def test_un_montant_que_personne_n_a_donne_reste_vide(actions, credits):
    """Rien n'a été versé au titre du fonds de la cité : ce n'est pas zéro euro versé."""
    par = financement.budget(actions, credits, annee=2024, par="financeur").set_index("financeur")

    assert par["montant_verse"].isna().sum() == 2
    assert par["montant_accorde"].iloc[-1] == par["montant_accorde"].iloc[:-1].sum() == 37000


def test_le_cofinancement_local_compte_tout_ce_qui_n_est_pas_l_etat(actions, credits):
    """État 24 000, Ville 15 000, autres 1 000 sur 40 000 : 40 % ; droit commun 15 000 : 37,5 %."""
    parts = financement.cofinancement(actions, credits, annee=2024).iloc[0]

    assert parts["part_cofinancement"] == pytest.approx(0.4)
    assert parts["part_droit_commun"] == pytest.approx(0.375)
    assert parts["montant_etat"] + parts["montant_ville"] + parts["montant_autres"] == parts["montant_total"]


def test_du_demande_au_justifie_par_nature(actions, credits):
    """Numéraire 37 000 accordés, valorisation 3 000 : 40 000 en tout."""
    par = financement.budget(actions, credits, annee=2024, par="nature", nature=None)

    assert par["nature"].tolist() == ["numéraire", "valorisation", "Ensemble"]
    assert par["montant_accorde"].tolist() == [37000, 3000, 40000]


def test_les_comptes_rendus_sont_attendus_six_mois_apres_l_exercice(actions, table):
    """
    Quatre subventions à justifier : reçue le 30 juin (à temps), reçue le 1er juillet, jamais reçue, versement inconnu.
    N'en sont pas : une subvention non versée, des fonds propres, une valorisation.
    """
    credits = table(
        """
        action_id | financeur       | nature       | accorde | verse | compte_rendu_recu_le
        a1        | etat_p147       | numeraire    | 100     | 100   | 30/06/2025
        a1        | ville           | numeraire    | 100     | 100   | 01/07/2025
        a2        | ville           | numeraire    | 100     | 100   |
        a2        | caf             | numeraire    | 100     |       |
        a2        | ars             | numeraire    | 100     | 0     |
        a1        | autofinancement | numeraire    | 100     | 100   |
        a1        | departement     | valorisation | 100     | 100   |
        """,
        "financements",
        annee="2024",
        credit="specifique",
    )
    recus = financement.justifications(actions, credits, annee=2024).iloc[0]

    assert recus[["n_subventions", "n_recus", "n_recus_a_temps"]].tolist() == [4, 2, 1]
    assert recus["taux_recus_a_temps"] == 0.25


def test_l_engagement_se_lit_dans_les_valeurs_relevees(table):
    """R05 : 266 200 engagés sur 279 016 notifiés, 95,4 % ; l'année non relevée le dit, et ne vaut pas zéro."""
    valeurs = table(
        """
        annee | statut_valeur | numerateur | denominateur
        2023  | observee      | 266200     | 279016
        2024  | non_collectee |            |
        """,
        "valeurs",
        indicateur_code="R05",
        niveau="cite",
    )
    engagement = financement.engagement(valeurs, annee=2024)

    assert engagement["annee"].tolist() == [2022, 2023, 2024]
    assert engagement["taux_engagement"].iloc[1] == pytest.approx(0.954, abs=0.0005)
    assert engagement["note"].tolist() == ["non relevé", "", "non relevé"]


def test_la_repartition_par_axe_fait_cent_pour_cent(actions, credits):
    """A1 : 20 000 sur 37 000 en numéraire, une action sur deux."""
    parts = financement.repartition(actions, credits, annee=2024)

    assert parts["part_actions"].tolist() == [0.5, 0.5, 1]
    assert parts["part_accorde"].tolist() == [pytest.approx(20 / 37), pytest.approx(17 / 37), 1]


@pytest.fixture(scope="module")
def quartiers(table):
    """Deux quartiers de la liste de 2024."""
    return table("qpv_code | nom\nQN01366I | La Carraire\nQN01367M | La Maille", "quartiers", generation="2024")


@pytest.fixture(scope="module")
def populations(table):
    """100 et 300 jeunes en 2023 ; une année à venir ne se lit pas."""
    return table(
        """
        qpv_code | annee | population
        QN01366I | 2023  | 100
        QN01367M | 2023  | 200
        QN01367M | 2023  | 100
        QN01367M | 2025  | 999
        """,
        "populations",
        tranche_age="6-10",
        sexe="F",
    )


def test_l_argent_d_une_action_de_deux_quartiers_ne_se_partage_pas(actions, credits, quartiers, populations):
    """
    a1 vise La Maille : 20 000 ÷ 300 = 66,67 € ; a2, les deux : 17 000 ÷ 400 = 42,50 € ; en tout 92,50 €.
    La Carraire n'a pas d'action à elle seule : vide, non zéro.
    """
    vises = actions.assign(qpv=[("QN01367M",), ("QN01366I", "QN01367M")])
    par = financement.credits_par_jeune(vises, credits, populations, quartiers, annee=2024).set_index("qpv")

    assert par.loc["La Maille", ["population", "annee_population"]].tolist() == [300, 2023]
    assert par["montant_par_jeune"].iloc[1:4].tolist() == [pytest.approx(200 / 3), 42.5, 92.5]
    assert par.loc[["La Carraire", "actions sans quartier visé"], "montant_par_jeune"].isna().all()
    axes = financement.credits_par_jeune(vises, credits, populations, quartiers, annee=2024, par="axe")
    assert axes["montant_par_jeune"].dropna().tolist() == [50, 42.5, 92.5]


def test_sans_population_de_tous_les_quartiers_il_n_y_a_pas_de_montant_par_jeune(
    actions, credits, quartiers, populations
):
    """Un dénominateur incomplet ferait un montant trop grand."""
    vises = actions.assign(qpv=[("QN01367M",), ("QN01366I", "QN01367M")])
    connue = populations[populations["qpv_code"].eq("QN01367M")]
    par = financement.credits_par_jeune(vises, credits, connue, quartiers, annee=2024).set_index("qpv")

    assert par["montant_par_jeune"].notna().sum() == 1
    assert par.loc["actions qui visent un quartier", ["population", "annee_population"]].isna().all()


DECOUPES = [{}, {"par": "axe"}, {"par": "theme"}, {"par": "porteur_nom"}]
DECOUPEES = (financement.budget, financement.cofinancement, financement.justifications)


@pytest.mark.parametrize(
    ("analyse", "options"), [*itertools.product(DECOUPEES, DECOUPES), (financement.droit_commun, {})]
)
def test_chaque_table_peut_se_publier_et_une_annee_vide_aussi(actions, credits, analyse, options):
    """Rien n'y compte de personnes : le comité technique voit tout."""
    pleine = analyse(actions, credits, annee=2024, **options)
    vide = analyse(actions, credits, annee=2030, **options)

    assert not secret.proteger(pleine, diffusion="cotech").masque.to_numpy().any()
    assert (len(vide), list(vide)) == (0, list(pleine))
    assert secret.proteger(vide, diffusion="public").donnees.empty


def test_le_droit_commun_se_rapporte_au_cout_total_connu(actions, credits):
    """a2 : 12 000 + 3 000 de droit commun pour 20 000 de coût ; a1 n'a pas de coût, et sort des deux termes."""
    chiffrees = actions.assign(cout_total_prevu=pd.array([None, 20000], dtype="Float64"))

    lu = financement.droit_commun(chiffrees, credits, annee=2024).iloc[0]

    assert lu[["n_actions", "n_sans_cout", "montant_droit_commun", "montant_cout"]].tolist() == [1, 1, 15000, 20000]
    assert lu["taux_droit_commun"] == pytest.approx(0.75)


def test_l_orientation_se_compare_au_repere_national(actions, credits):
    """Une action sur deux a l'orientation pour thème : 20 000 € sur 37 000 en numéraire ; aucune est un zéro."""
    themees = actions.assign(theme=["Orientation scolaire", "Arts et sports"])

    lu = financement.orientation(themees, credits, annee=2024).iloc[0]
    aucune = financement.orientation(actions.assign(theme="Arts"), credits, annee=2024).iloc[0]

    assert lu[["n_actions", "n_total", "part_actions"]].tolist() == [1, 2, 0.5]
    assert lu["part_accorde"] == pytest.approx(20 / 37)
    assert aucune[["n_actions", "part_actions", "montant_accorde"]].tolist() == [0, 0, 0]
    assert financement.REPERE_ORIENTATION == 0.12
    assert financement.orientation(actions, credits, annee=2030).empty


def test_des_justifications_relevees_avant_l_echeance_sont_provisoires(actions, credits):
    """Au 15 janvier, l'échéance du 30 juin n'est pas passée."""
    tot = credits.assign(date_extraction=pd.Timestamp(2025, 1, 15), compte_rendu_recu_le=pd.NaT)

    assert financement.justifications(actions, tot, annee=2024)["note"].tolist() == ["provisoire"]
