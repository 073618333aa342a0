"""La réalisation du programme, sur des tables dessinées à la main."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import secret
from citelib.erreurs import ErreurParametre
from citelib.realisation import actions as realisation
from citelib.tables import STATUTS_ACTION, libelle

PREVISIONS = ("seances_prevues", "public_prevu")


@pytest.fixture(scope="module")
def actions(table):
    """Cinq actions prévues en 2024 (exemple de la note de domaine), et une ajoutée."""
    return table(
        """
        action_id | axe| porteur_nom | hors_programmation | public_prevu | seances_prevues | date_debut_prevue
        a1        | A1  | Ville       | non                | 100          | 10              | 08/01/2024
        a2        | A1  | Asso        | non                | 60           | 8               | 08/01/2024
        a3        | A2  | Asso        | non                | 30           | 5               | 01/03/2024
        a4        | FC  | Ville       | non                | 40           | 4               | 01/03/2024
        a5        | A2  | Ville       | non                | 20           | 6               | 01/03/2024
        a6        | A3  | Asso        | oui                | 15           | 3               | 01/04/2024
        """,
        "actions",
        annee="2024",
        intitule="Action",
        theme="Thème",
    )


@pytest.fixture(scope="module")
def bilans(table):
    """Réalisée, partielle, reportée, réalisée, annulée ; l'action ajoutée est réalisée."""
    return table(
        """
        action_id | statut    | motif_ecart | seances_tenues | date_debut_reelle | date_fin_reelle
        a1        | realisee  |             | 9              | 18/01/2024        | 30/06/2024
        a2        | partielle | public      |                | 08/01/2024        | 30/03/2024
        a3        | reportee  | budget      | 0              |                   |
        a4        | realisee  |             | 4              | 04/03/2024        | 05/03/2024
        a5        | annulee   | budget      | 0              |                   |
        a6        | realisee  |             | 3              | 01/04/2024        | 30/04/2024
        """,
        "realisations",
        annee="2024",
    ).assign(bilan_recu_le=pd.to_datetime(["2025-01-10", "2025-01-31", "2025-02-01", "2025-01-10", None, "2025-01-10"]))


@pytest.fixture(scope="module")
def touches(table):
    """92, 25 et 55 personnes ; rien n'est écrit pour l'action reportée ni pour l'action annulée."""
    return table(
        """
        action_id | tranche_age | nb_uniques
        a1        | 6-10        | 90
        a1        | 11-15       | 2
        a2        | 6-10        | 25
        a4        | 11-15       | 55
        a6        | 11-15       | 12
        """,
        "beneficiaires",
        annee="2024",
        sexe="NR",
        residence="NR",
        type_public="enfant_jeune",
    )


@pytest.fixture(scope="module")
def credits(table):
    """32 000 euros accordés et justifiés à 19 800, plus un crédit encore sans compte rendu."""
    return table(
        """
        action_id | financeur | demande | accorde | verse | depense_justifiee
        a1        | etat_p147 | 25000   | 20000   | 20000 | 15000
        a2        | ville     | 12000   | 12000   | 12000 | 4800
        a3        | etat_p147 | 5000    | 4000    |       |
        """,
        "financements",
        annee="2024",
        nature="numeraire",
        credit="specifique",
    )


def test_les_deux_taux_de_realisation_de_cinq_actions(actions, bilans):
    """2 réalisées sur 5 : 40 % ; 2,5 sur 5 avec la partielle : 50 % (exemple de la note de domaine)."""
    taux = realisation.taux_realisation(actions, bilans, annee=2024).iloc[0]

    assert taux["n_prevues"] == 5
    assert taux["taux_strict"] == pytest.approx(0.4)
    assert taux["taux_pondere"] == pytest.approx(0.5)


def test_par_axe_les_lignes_finissent_par_l_ensemble(actions, bilans):
    """A3 n'a qu'une action ajoutée : il n'a pas de ligne ; Faire Cité vient d'abord."""
    taux = realisation.taux_realisation(actions, bilans, annee=2024, par="axe")

    assert taux["axe"].tolist() == [libelle("FC"), libelle("A1"), libelle("A2"), "Ensemble"]
    assert taux["n_prevues"].tolist() == [1, 2, 2, 5]
    assert taux["taux_strict"].tolist() == [1, 0.5, 0, 0.4]


def test_une_action_sans_bilan_est_sans_information(actions, bilans):
    """Elle reste au dénominateur."""
    taux = realisation.taux_realisation(actions, bilans[bilans["action_id"] != "a1"], annee=2024).iloc[0]

    assert (taux["n_sans_information"], taux["n_realisees"], taux["n_prevues"]) == (1, 1, 5)


def test_une_decoupe_inconnue_est_refusee_avec_la_liste(actions, bilans):
    """Le message donne les quatre choix."""
    with pytest.raises(ErreurParametre, match="None, axe, theme, porteur_nom"):
        realisation.taux_realisation(actions, bilans, annee=2024, par="axes")


def test_les_actions_ajoutees_se_rapportent_aux_actions_menees(actions, bilans):
    """1 ajoutée et menée ÷ 4 menées (2 réalisées, 1 partielle, l'ajoutée)."""
    ajoutees = realisation.actions_ajoutees(actions, bilans, annee=2024).iloc[0]

    assert ajoutees.tolist() == ["Ensemble", 1, 1, 4, 0.25]


def test_une_action_ajoutee_puis_annulee_n_est_pas_menee(actions, bilans):
    """L'ajoutée annulée : 0 menée ÷ 3 menées ; elle reste comptée comme ajoutée."""
    annulee = bilans.assign(statut=bilans["statut"].mask(bilans["action_id"].eq("a6"), "annulee"))
    ajoutees = realisation.actions_ajoutees(actions, annulee, annee=2024).iloc[0]

    assert ajoutees.tolist() == ["Ensemble", 1, 0, 3, 0.0]


def test_les_motifs_en_francais(actions, bilans):
    """Une reportée et une annulée pour le budget ; la partielle n'en est pas."""
    croises = realisation.motifs(actions, bilans, annee=2024)
    seuls = realisation.motifs(actions, bilans, annee=2024, detail=False)

    assert croises.values.tolist() == [["reportée", libelle("budget"), 1], ["annulée", libelle("budget"), 1]]
    assert seuls.values.tolist() == [[libelle("budget"), 2]]


def test_les_seances_inconnues_sortent_des_deux_termes(actions, bilans):
    """9 + 0 + 4 + 0 tenues sur 10 + 5 + 4 + 6 prévues ; l'action partielle n'a pas dit les siennes."""
    seances = realisation.seances(actions, bilans, annee=2024).iloc[0]

    assert seances.tolist()[1:] == [4, 1, 25, 13, 0.52]


def test_ce_qui_n_etait_pas_prevu_en_nombre_sort_aussi_des_deux_termes(actions, bilans, touches):
    """Sans les prévisions de a1 : 0 + 4 + 0 séances sur 5 + 4 + 6 ; 25 + 0 + 55 + 0 personnes sur 60 + 30 + 40 + 20."""
    muettes = actions.assign(**{nom: actions[nom].mask(actions["action_id"].eq("a1")) for nom in PREVISIONS})
    seances = realisation.seances(muettes, bilans, annee=2024).iloc[0]
    public = realisation.public_atteint(muettes, touches, bilans, annee=2024).iloc[0]

    assert seances.tolist()[1:4] == [3, 2, 15] and seances["n_seances_tenues"] == 4
    assert public[["n_actions", "n_sans_information", "public_prevu", "nb_uniques"]].tolist() == [4, 1, 150, 80]


def test_l_ecart_au_calendrier_est_une_mediane(actions, bilans):
    """Écarts de 10, 0 et 3 jours : médiane 3, deux retards sur trois."""
    ecart = realisation.ecart_calendrier(actions, bilans, annee=2024).iloc[0]

    assert ecart["jours_median"] == 3
    assert ecart["taux_en_retard"] == pytest.approx(2 / 3)


def test_le_public_atteint_brut_et_plafonne(actions, bilans, touches):
    """172 ÷ 250 brut, 157 ÷ 250 quand l'action à 55 pour 40 est plafonnée (exemple de la note de domaine)."""
    public = realisation.public_atteint(actions, touches, bilans, annee=2024).iloc[0]

    assert (public["public_prevu"], public["nb_uniques"]) == (250, 172)
    assert public["taux_atteinte_brut"] == pytest.approx(0.688)
    assert public["taux_atteinte_plafonne"] == pytest.approx(0.628)


def test_une_action_menee_sans_compte_n_a_pas_touche_zero_personne(actions, bilans, touches):
    """Sans le compte de a2 : (92 + 55) ÷ (250 − 60), et une action sans information."""
    public = realisation.public_atteint(actions, touches[touches["action_id"] != "a2"], bilans, annee=2024)

    assert public["n_sans_information"].tolist() == [1]
    assert public["taux_atteinte_brut"].tolist() == [pytest.approx(147 / 190)]


def test_la_completude_arrete_les_bilans_au_31_janvier(actions, bilans):
    """6 dus, 5 reçus, 4 à temps (le 31 compte, le 1er février non) ; 5 sur 6 dépasse 80 %."""
    complet = realisation.completude(actions, bilans, annee=2024).iloc[0]

    assert complet[["n_bilans_attendus", "n_bilans_recus", "n_bilans_a_temps"]].tolist() == [6, 5, 4]
    assert complet["note"] == ""
    # 4 actions menées × 4 champs et 2 motifs ; manquent 4 méthodes de comptage et les séances de a2
    assert complet[["n_champs_attendus", "n_champs_remplis"]].tolist() == [18, 13]


def test_sous_80_pour_cent_de_bilans_l_annee_est_provisoire(actions, bilans):
    """4 bilans reçus sur 6 ; 4 sur 5, tout juste 80 %, suffisent."""
    recus = bilans[bilans["action_id"] != "a1"]

    assert realisation.completude(actions, recus, annee=2024)["note"].tolist() == ["provisoire"]
    assert realisation.completude(actions[actions["action_id"] != "a1"], recus, annee=2024)["note"].tolist() == [""]


ANALYSES = {
    "taux_realisation": lambda a, b, t, c, an: realisation.taux_realisation(a, b, annee=an, par="axe"),
    "actions_ajoutees": lambda a, b, t, c, an: realisation.actions_ajoutees(a, b, annee=an),
    "motifs": lambda a, b, t, c, an: realisation.motifs(a, b, annee=an),
    "seances": lambda a, b, t, c, an: realisation.seances(a, b, annee=an, par="theme"),
    "ecart_calendrier": lambda a, b, t, c, an: realisation.ecart_calendrier(a, b, annee=an),
    "public_atteint": lambda a, b, t, c, an: realisation.public_atteint(a, t, b, annee=an, par="axe"),
    "public_atteint seul": lambda a, b, t, c, an: realisation.public_atteint(a, t, b, annee=an),
    "completude": lambda a, b, t, c, an: realisation.completude(a, b, annee=an, par="porteur_nom"),
}


@pytest.mark.parametrize("nom", ANALYSES)
@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_chaque_table_peut_se_publier(actions, bilans, touches, credits, nom, diffusion):
    """La porte de publication accepte son contrat, même pour un thème à petits effectifs."""
    resultat = ANALYSES[nom](actions, bilans, touches, credits, 2024)

    assert len(secret.proteger(resultat, diffusion=diffusion).donnees) == len(resultat) > 0


@pytest.mark.parametrize("nom", ANALYSES)
def test_une_annee_sans_programme_donne_une_table_vide(actions, bilans, touches, credits, nom):
    """Les colonnes restent, et la table se publie."""
    pleine = ANALYSES[nom](actions, bilans, touches, credits, 2024)
    vide = ANALYSES[nom](actions, bilans, touches, credits, 2030)

    assert (len(vide), list(vide)) == (0, list(pleine))
    assert secret.proteger(vide, diffusion="public").donnees.empty


@pytest.mark.parametrize("nom", ANALYSES)
def test_aucune_analyse_ne_modifie_ses_tables(actions, bilans, touches, credits, nom):
    """Les arguments ressortent tels quels."""
    tables = (actions, bilans, touches, credits)
    copies = [donnees.copy(deep=True) for donnees in tables]

    ANALYSES[nom](*tables, 2024)

    for donnees, copie in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["A1", "A2"]), st.sampled_from(STATUTS_ACTION)), min_size=1, max_size=12))
def test_les_lignes_se_somment_et_le_taux_strict_ne_depasse_pas_le_pondere(couples):
    """Loi : Σ des lignes = Ensemble, Σ des statuts = prévues, strict ≤ pondéré ≤ 1."""
    numeros = [f"a{rang}" for rang in range(len(couples))]
    axes, statuts = zip(*couples, strict=True)
    actions = pd.DataFrame({"action_id": numeros, "annee": 2024, "axe": axes, "hors_programmation": False})
    bilans = pd.DataFrame({"action_id": numeros, "annee": 2024, "statut": statuts})

    taux = realisation.taux_realisation(actions, bilans, annee=2024, par="axe")

    comptes = [nom for nom in taux if nom.startswith("n_")]
    assert (taux[comptes].iloc[:-1].sum() == taux[comptes].iloc[-1]).all()
    assert (taux[comptes[1:]].sum(axis=1) == taux["n_prevues"]).all()
    assert (taux["taux_strict"] <= taux["taux_pondere"]).all()
    assert taux["taux_pondere"].max() <= 1
