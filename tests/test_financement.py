"""Les crédits du programme, sur des tables dessinées à la main."""

import pandas as pd
import pytest

from citelib import secret
from citelib.realisation import financement


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


def test_les_justifications_se_comptent_par_subvention_dans_les_six_mois(actions, credits):
    """Trois subventions, l'autofinancement et la valorisation n'en sont pas ; le 30 juin compte, le 1er juillet non."""
    recus = pd.to_datetime(["2025-06-30", "2025-07-01", None, "2025-01-10", "2025-01-10"])
    rendus = credits.assign(compte_rendu_recu_le=recus, date_extraction=pd.Timestamp(2025, 9, 1))

    lu = financement.justifications(actions, rendus, annee=2024).iloc[0]
    tot = rendus.assign(date_extraction=pd.Timestamp(2025, 1, 15))

    assert lu[["n_a_justifier", "n_recues", "n_a_temps", "note"]].tolist() == [3, 2, 1, ""]
    assert lu["taux_a_temps"] == pytest.approx(1 / 3)
    assert financement.justifications(actions, tot, annee=2024)["note"].tolist() == ["provisoire"]


def test_le_droit_commun_se_rapporte_au_cout_total_connu(actions, credits):
    """a2 : 12 000 + 3 000 de droit commun pour 20 000 de coût ; a1 n'a pas de coût, et sort des deux termes."""
    chiffrees = actions.assign(cout_total_prevu=pd.array([None, 20000], dtype="Float64"))

    lu = financement.droit_commun(chiffrees, credits, annee=2024).iloc[0]

    assert lu[["n_actions", "n_sans_cout", "montant_droit_commun", "montant_cout"]].tolist() == [1, 1, 15000, 20000]
    assert lu["taux_droit_commun"] == pytest.approx(0.75)


def test_la_repartition_a_une_ligne_par_axe_et_celle_du_repere_national(actions, credits):
    """A1 : 20 000 sur 40 000 ; aucun thème d'orientation, ce qui est un zéro et non une absence."""
    table = financement.repartition(actions, credits, annee=2024)
    lus = table.set_index("modalite")

    assert lus["n_actions"].tolist() == [0, 1, 1, 0, 0]
    assert lus.loc["Conforter le rôle de l’école", ["part_actions", "part_montants"]].tolist() == [0.5, 0.5]
    assert lus.iloc[-1][["part_actions", "montant_accorde"]].tolist() == [0, 0]
    assert financement.REPERE_ORIENTATION == 0.12
    assert not secret.proteger(table, diffusion="public").masque.to_numpy().any()
    assert financement.repartition(actions, credits, annee=2030).empty


@pytest.mark.parametrize("par", [None, "axe", "theme", "porteur_nom"])
@pytest.mark.parametrize(
    "analyse", [financement.budget, financement.cofinancement, financement.justifications, financement.droit_commun]
)
def test_chaque_table_peut_se_publier_et_une_annee_vide_aussi(actions, credits, analyse, par):
    """Rien n'y compte de personnes : tout se montre."""
    pleine = analyse(actions, credits, annee=2024, par=par)
    vide = analyse(actions, credits, annee=2030, par=par)

    assert not secret.proteger(pleine, diffusion="public").masque.to_numpy().any()
    assert (len(vide), list(vide)) == (0, list(pleine))
    assert secret.proteger(vide, diffusion="public").donnees.empty
