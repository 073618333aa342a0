"""D'une année à l'autre : deux cascades qui tombent juste, sur des programmes dessinés à la main."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import realisation, secret
from citelib.tables import STATUTS_ACTION


@pytest.fixture(scope="module")
def actions(table):
    """2023 : a, b, c, r, s prévues et x ajoutée ; 2024 : a, c, r, x, n prévues et y ajoutée."""
    return table(
        """
        action_id | annee | intitule | axe | hors_programmation
        a         | 2023  | Un       | A1  | non
        b         | 2023  | Deux     | A1  | non
        c         | 2023  | Trois    | A2  | non
        r         | 2023  | Reprise  | A2  | non
        s         | 2023  | Sans     | A2  | non
        x         | 2023  | Ajout    | A3  | oui
        a         | 2024  | Un       | A1  | non
        c         | 2024  | Trois    | A2  | non
        r         | 2024  | Reprise  | A2  | non
        x         | 2024  | Ajout    | A3  | non
        n         | 2024  | Neuve    | A3  | non
        y         | 2024  | Autre    | FC  | oui
        """,
        "actions",
        theme="Thème",
        porteur_nom="Ville",
    )


@pytest.fixture(scope="module")
def bilans(table):
    """r et s ont été reportées en 2023."""
    return table(
        """
        action_id | annee | statut
        a         | 2023  | realisee
        r         | 2023  | reportee
        s         | 2023  | reportee
        a         | 2024  | realisee
        """,
        "realisations",
    )


@pytest.fixture(scope="module")
def credits(table):
    """Le montant de c n'est connu qu'en 2024, celui de n ne l'est pas ; une valorisation ne compte pas."""
    return table(
        """
        action_id | annee | nature       | accorde
        a         | 2023  | numeraire    | 1000,10
        b         | 2023  | numeraire    | 500
        r         | 2023  | numeraire    | 300
        s         | 2023  | numeraire    | 200
        x         | 2023  | numeraire    | 9999
        a         | 2024  | numeraire    | 1200,30
        a         | 2024  | valorisation | 7777
        c         | 2024  | numeraire    | 50
        r         | 2024  | numeraire    | 350
        x         | 2024  | numeraire    | 80
        y         | 2024  | numeraire    | 10
        """,
        "financements",
        financeur="ville",
        credit="specifique",
    )


def test_la_cascade_du_nombre_d_actions(actions, bilans):
    """5 prévues ; − b ; − r et s reportées ; 2 reconduites (a, c) ; + r ; + x ; + n = 5 ; + y = 6."""
    pas = realisation.cascade(actions, bilans, annee=2024)

    assert pas[["etape", "sens", "n_actions", "n_apres"]].to_numpy().tolist() == [
        ["Prévues en 2023", "niveau", 5, 5],
        ["Non reconduites au programme", "en moins", 1, 4],
        ["Reportées en 2023", "en moins", 2, 2],
        ["Reconduites", "niveau", 2, 2],
        ["Reportées de 2023, reprises", "en plus", 1, 3],
        ["Ajoutées en 2023, désormais prévues", "en plus", 1, 4],
        ["Nouvelles", "en plus", 1, 5],
        ["Prévues en 2024", "niveau", 5, 5],
        ["Ajoutées en cours d'année 2024", "en plus", 1, 6],
        ["Programme 2024, ajouts compris", "niveau", 6, 6],
    ]


def test_la_cascade_des_credits_au_centime(actions, bilans, credits):
    """
    2 000,10 en 2023 (sans l'ajout x) ; − 500 ; − 500 = 1 000,10 ; a : + 200,20 ; c, connu une seule année : + 50 ;
    r : + 350 ; x : + 80 ; n, inconnu ; = 1 680,30, soit 1 200,30 + 50 + 350 + 80 ; y : + 10.
    """
    pas = realisation.cascade_credits(actions, bilans, credits, annee=2024).set_index("etape")

    assert pas.loc["Accordé au programme 2023", "montant"] == 2000.10
    assert pas.loc["Reconduites, au montant de 2023", "montant"] == 1000.10
    assert pas.loc["Reconduites, montant en hausse", "montant"] == 200.20
    assert pas.loc["Reconduites, une année inconnue", ["montant", "n_sans_montant"]].tolist() == [50, 1]
    assert pas.loc["Nouvelles", ["montant", "n_sans_montant"]].tolist() == [0, 1]
    assert pas.loc["Accordé au programme 2024", "montant"] == 1680.30
    assert pas["montant_apres"].iloc[-1] == 1690.30


def test_chaque_etape_a_ses_actions_et_leurs_effets_la_somment(actions, bilans, credits):
    """r a deux lignes : elle part en 2023 et revient en 2024 ; la somme des effets est l'écart des deux programmes."""
    lignes = realisation.mouvements(actions, bilans, credits, annee=2024)

    assert lignes["intitule"].tolist() == [
        "Deux",
        "Reprise",
        "Sans",
        "Reprise",
        "Ajout",
        "Neuve",
        "Autre",
        "Un",
        "Trois",
    ]
    assert lignes["etape"].tolist()[-2:] == ["Reconduites, montant en hausse", "Reconduites, une année inconnue"]
    assert lignes["ecart_montant"].dropna().tolist() == pytest.approx([-500, -300, -200, 350, 80, 10, 200.20, 50])
    assert lignes["ecart_montant"].sum() == pytest.approx(1690.30 - 2000.10)


def test_sans_annee_precedente_on_le_dit(actions, bilans, credits):
    """2022 n'a pas de programme : table vide, et son motif jusqu'à la publication."""
    for pas in (
        realisation.cascade(actions, bilans, annee=2023),
        realisation.cascade_credits(actions, bilans, credits, annee=2023),
        realisation.mouvements(actions, bilans, credits, annee=2023),
    ):
        assert pas.empty
        assert "2022" in secret.proteger(pas, diffusion="public").motif


def test_la_comparaison_met_les_deux_annees_cote_a_cote(actions, bilans):
    """2023 : 5 prévues, 1 réalisée, 2 reportées, 2 sans information ; 2024 : 5 prévues, 4 sans information."""
    deux = realisation.comparaison(actions, bilans, annee=2024)

    assert deux[["annee", "n_prevues", "n_realisees", "n_reportees", "n_sans_information"]].to_numpy().tolist() == [
        [2023, 5, 1, 2, 2],
        [2024, 5, 1, 0, 4],
    ]


def test_une_annee_precedente_inconnue_se_dit_et_ne_vaut_pas_zero(actions, bilans):
    """La ligne reste vide, avec une phrase."""
    avant = realisation.comparaison(actions, bilans, annee=2023).iloc[0]

    assert pd.isna(avant["n_prevues"])
    assert avant["note"] == "Aucun programme connu en 2022."


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_les_cascades_se_publient(actions, bilans, credits, diffusion):
    """Rien n'y compte de personnes, et les arguments ne changent pas."""
    tables = (actions, bilans, credits)
    copies = [donnees.copy(deep=True) for donnees in tables]
    analyses = (realisation.cascade_credits, realisation.mouvements)

    for pas in [realisation.cascade(actions, bilans, annee=2024), *(a(*tables, annee=2024) for a in analyses)]:
        assert not secret.proteger(pas, diffusion=diffusion).masque.to_numpy().any()
    for donnees, copie in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)


ETATS = st.tuples(
    st.sampled_from(["absente", "prevue", "ajoutee"]),
    st.sampled_from(["absente", "prevue", "ajoutee"]),
    st.sampled_from(STATUTS_ACTION),
    st.none() | st.integers(0, 999_999),
    st.none() | st.integers(0, 999_999),
)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.lists(ETATS, max_size=12))
def test_le_depart_et_les_etapes_font_l_arrivee(tirage):
    """Loi : départ + étapes = arrivée, pour les actions comme pour les euros, comptés à part sans la cascade."""
    etats = [("prevue", "prevue", "realisee", 100, 100), *tirage]
    actions, bilans, credits = [], [], []
    for rang, (avant, apres, statut, *centimes) in enumerate(etats):
        for annee, etat, montant in zip((2023, 2024), (avant, apres), centimes, strict=True):
            if etat != "absente":
                actions.append((f"a{rang}", annee, f"Action {rang}", "A1", "Ville", etat == "ajoutee"))
                bilans.append((f"a{rang}", annee, statut))
                if montant is not None:
                    credits.append((f"a{rang}", annee, "numeraire", montant / 100))
    actions = pd.DataFrame(
        actions, columns=["action_id", "annee", "intitule", "axe", "porteur_nom", "hors_programmation"]
    )
    bilans = pd.DataFrame(bilans, columns=["action_id", "annee", "statut"])
    credits = pd.DataFrame(credits, columns=["action_id", "annee", "nature", "accorde"]).astype({"accorde": "Float64"})

    pas = realisation.cascade(actions, bilans, annee=2024)
    euros = realisation.cascade_credits(actions, bilans, credits, annee=2024)
    lignes = realisation.mouvements(actions, bilans, credits, annee=2024)

    de_l_an = {an: [e for e in etats if e[rang] == "prevue"] for rang, an in enumerate((2023, 2024))}
    assert pas["n_apres"].iloc[0] == len(de_l_an[2023])
    assert pas["n_apres"].iloc[-3] == len(de_l_an[2024])
    assert pas["n_apres"].iloc[-1] == sum(etat[1] != "absente" for etat in etats)
    assert round(100 * euros["montant_apres"].iloc[0]) == sum(e[3] or 0 for e in de_l_an[2023])
    assert round(100 * euros["montant_apres"].iloc[-3]) == sum(e[4] or 0 for e in de_l_an[2024])
    assert round(100 * euros["montant_apres"].iloc[-1]) == sum(e[4] or 0 for e in etats if e[1] != "absente")
    signes = euros["sens"].map({"niveau": 0, "en plus": 1, "en moins": -1}).astype(int)
    ecart = (signes * euros["montant"]).sum()
    assert round(100 * ecart) == round(100 * (euros["montant_apres"].iloc[-1] - euros["montant_apres"].iloc[0]))
    assert round(100 * ecart) == round(100 * lignes["ecart_montant"].sum())
