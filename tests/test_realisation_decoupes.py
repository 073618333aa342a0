"""Le programme découpé par quartier, école, âge, temps et trimestre, sur des actions dessinées à la main."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import realisation, secret
from citelib.erreurs import ErreurParametre
from citelib.realisation.decoupes import DECOUPES, modalites_de, quartiers_de
from citelib.tables import STATUTS_ACTION, TRANCHES_AGE

QUARTIERS = {"Q1": "La Carraire", "Q2": "La Maille"}


@pytest.fixture(scope="module")
def actions(table):
    """Quatre actions prévues, dont une dans deux quartiers et sur trois trimestres, et une sans rien de renseigné."""
    lues = table(
        """
        action_id | qpv   | uai   | age_min | age_max | temps         | seances_prevues | debut | fin
        a1        | Q1;Q2 | E1    | 0       | 4       | scolaire      | 10              | 15/01 | 10/09
        a2        | Q2    | E1;E2 | 11      | 15      | extrascolaire | 6               | 01/03 | 31/03
        a3        | Q2    |       | 18      | 25      | scolaire      | 4               | 01/10 | 15/12
        a4        |       |       |         |         |               | 5               |       |
        """
    )
    listes = {
        nom: lues[nom].map(lambda codes: () if pd.isna(codes) else tuple(codes.split(";"))) for nom in ("qpv", "uai")
    }
    dates = {f"date_{nom}_prevue": pd.to_datetime(lues[nom] + "/2024", format="%d/%m/%Y") for nom in ("debut", "fin")}
    fixes = {"annee": 2024, "hors_programmation": False, "axe": "A1", "theme": "Thème", "porteur_nom": "Ville"}
    return lues.drop(columns=["debut", "fin"]).assign(**listes, **dates, **fixes)


@pytest.fixture(scope="module")
def bilans(table):
    """Réalisée (8 séances), réalisée en partie (3), annulée (0), sans bilan."""
    return table(
        """
        action_id | statut    | seances_tenues
        a1        | realisee  | 8
        a2        | partielle | 3
        a3        | annulee   | 0
        """
    ).assign(annee=2024)


def _lignes(table: pd.DataFrame, *colonnes: str) -> list[list]:
    return table[list(colonnes)].to_numpy().tolist()


def test_une_action_dans_deux_quartiers_compte_dans_chacun_et_une_fois_dans_l_ensemble(actions, bilans):
    """La Maille : a1, a2, a3, dont une réalisée ; ensemble : quatre actions, non cinq. Taux : 1/1, 1/3, 0/1, 1/4."""
    par = realisation.prevu_et_fait(actions, bilans, annee=2024, par="qpv", modalites=QUARTIERS)

    assert _lignes(par, "qpv", "n_prevues", "n_realisees", "n_partielles", "n_non_menees") == [
        ["La Carraire", 1, 1, 0, 0],
        ["La Maille", 3, 1, 1, 1],
        ["aucun quartier visé", 1, 0, 0, 1],
        ["Ensemble", 4, 1, 1, 2],
    ]
    assert par["taux_strict"].tolist() == [1, pytest.approx(1 / 3), 0, 0.25]
    assert par.attrs["publiable"].total_ligne is None


def test_les_seances_se_rapportent_aux_deux_nombres_connus(actions, bilans):
    """La Maille : 11 tenues sur 20 prévues ; l'action sans bilan n'a pas zéro séance tenue."""
    par = realisation.prevu_et_fait(actions, bilans, annee=2024, par="qpv", modalites=QUARTIERS).set_index("qpv")

    assert par.loc["La Maille", ["n_seances_prevues", "n_seances_tenues"]].tolist() == [20, 11]
    assert pd.isna(par.loc["aucun quartier visé", "n_seances_prevues"])
    assert par.loc["Ensemble", "taux_seances"] == pytest.approx(11 / 20)


def test_les_six_tranches_d_age_sont_toujours_la_et_une_action_ne_se_coupe_pas(actions, bilans):
    """0-4 ans sert 0-2 et 3-5 ; personne ne vise 6-10 ni 16-17 : zéro, non une ligne absente."""
    par = realisation.prevu_et_fait(actions, bilans, annee=2024, par="tranche_age")

    assert par["tranche_age"].tolist() == [*TRANCHES_AGE, "non renseigné", "Ensemble"]
    assert par["n_prevues"].tolist() == [1, 1, 0, 1, 0, 1, 1, 4]


def test_une_action_compte_dans_chaque_trimestre_que_ses_dates_prevues_rencontrent(actions, bilans):
    """a1 : de janvier à septembre ; a2 : mars ; a3 : d'octobre à décembre ; a4 n'a pas de date."""
    civil = realisation.prevu_et_fait(actions, bilans, annee=2024, par="trimestre")
    scolaire = realisation.prevu_et_fait(actions, bilans, annee=2024, par="trimestre_scolaire")

    assert civil["n_prevues"].tolist() == [2, 1, 1, 1, 1, 4]
    # janvier à mars : a1, a2 ; avril à août : a1 ; septembre à décembre : a1 (10 septembre) et a3
    assert scolaire["n_prevues"].tolist() == [2, 1, 2, 1, 4]
    assert "2023-2024" in scolaire["trimestre_scolaire"].iloc[0]


def test_les_temps_de_l_enfant_et_les_ecoles(actions, bilans):
    """Deux actions scolaires, aucune pendant les vacances, une sans temps dit."""
    temps = realisation.prevu_et_fait(actions, bilans, annee=2024, par="temps")
    ecoles = realisation.prevu_et_fait(actions, bilans, annee=2024, par="uai", modalites={"E0": "Collège C"})

    assert temps["temps"].tolist()[:2] == ["scolaire", "périscolaire"]
    assert temps["n_prevues"].tolist() == [2, 0, 1, 0, 1, 4]
    # une école que rien ne vise reste à zéro ; celles qu'on n'a pas nommées suivent
    assert _lignes(ecoles, "uai", "n_prevues")[:3] == [["Collège C", 0], ["E1", 2], ["E2", 1]]


def test_les_quartiers_sont_ceux_de_la_liste_en_vigueur(table):
    """La liste de 2024 s'applique à partir de 2024."""
    quartiers = table(
        "qpv_code | nom | generation\nQP013063 | La Maille | 2015\nQN01367M | La Maille | 2024", "quartiers"
    )

    assert quartiers_de(quartiers, annee=2023) == {"QP013063": "La Maille"}
    assert quartiers_de(quartiers, annee=2024) == {"QN01367M": "La Maille"}


def test_une_decoupe_inconnue_est_refusee(actions, bilans):
    """Le message donne tous les choix."""
    with pytest.raises(ErreurParametre, match="None, axe, theme, porteur_nom, qpv, uai, tranche_age, trimestre"):
        realisation.prevu_et_fait(actions, bilans, annee=2024, par="quartier")


@pytest.mark.parametrize("par", DECOUPES)
def test_chaque_decoupe_se_publie_et_une_annee_vide_aussi(actions, bilans, par):
    """Rien n'y compte de personnes ; les colonnes restent, les arguments ne changent pas."""
    copies = [donnees.copy(deep=True) for donnees in (actions, bilans)]
    pleine = realisation.prevu_et_fait(actions, bilans, annee=2024, par=par)
    vide = realisation.prevu_et_fait(actions, bilans, annee=2030, par=par)

    assert not secret.proteger(pleine, diffusion="public").masque.to_numpy().any()
    assert (len(vide), list(vide)) == (0, list(pleine))
    for donnees, copie in zip((actions, bilans), copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(["Q1", "Q2", "Q3"])),
            st.integers(0, 25),
            st.integers(0, 25),
            st.sampled_from(STATUTS_ACTION),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_aucune_modalite_ne_depasse_l_ensemble_et_leur_somme_l_atteint(tirage):
    """Loi : chaque ligne ≤ Ensemble ≤ somme des lignes, quelle que soit la découpe à plusieurs valeurs."""
    quartiers, uns, autres, statuts = zip(*tirage, strict=True)
    numeros = [f"a{rang}" for rang in range(len(tirage))]
    bornes = {
        "age_min": [min(p) for p in zip(uns, autres, strict=True)],
        "age_max": [max(p) for p in zip(uns, autres, strict=True)],
    }
    actions = pd.DataFrame(
        {"action_id": numeros, "annee": 2024, "hors_programmation": False, "seances_prevues": 1, **bornes}
    ).assign(qpv=[tuple(sorted(q)) for q in quartiers])
    bilans = pd.DataFrame({"action_id": numeros, "annee": 2024, "statut": statuts, "seances_tenues": 1})

    for par in ("qpv", "tranche_age"):
        comptes = realisation.prevu_et_fait(actions, bilans, annee=2024, par=par)[["n_prevues", "n_realisees"]]
        lignes, ensemble = comptes.iloc[:-1], comptes.iloc[-1]
        assert (lignes <= ensemble).all().all()
        assert (lignes.sum() >= ensemble).all()
    assert len(modalites_de("tranche_age", 2024)) == 6
