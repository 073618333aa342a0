"""Les fiches action et le tableau de programmation, et le secret de leurs personnes."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from citelib import realisation, secret
from citelib.secret import proteger
from citelib.tableaux import Fiches


@pytest.fixture(scope="module")
def actions(table):
    """Quatre actions de l'axe A1, dont une ajoutée, et une de l'axe A2."""
    return table(
        """
        action_id | intitule | axe | hors_programmation | public_prevu | seances_prevues | age_min | age_max | qpv
        a1        | Forum    | A1  | non                | 100          | 10              | 11      | 15      | QN01367M
        a2        | Club     | A1  | non                | 10           | 8               |         |         |
        a3        | Chorale  | A1  | non                | 60           | 5               |         |         |
        a4        | Sortie   | A1  | oui                | 15           | 3               |         |         |
        a5        | Visite   | A2  | non                | 30           | 6               |         |         |
        """,
        "actions",
        annee="2024",
        theme="Thème",
        porteur_nom="Ville",
        objectif_operationnel_id="OBJ-01",
        cout_total_prevu="1000",
    )


@pytest.fixture(scope="module")
def bilans(table):
    """Réalisée, réalisée, partielle, réalisée, annulée."""
    return table(
        """
        action_id | statut    | motif_ecart | commentaire_ecart   | seances_tenues
        a1        | realisee  |             |                     | 9
        a2        | realisee  |             |                     | 8
        a3        | partielle | public      | Peu d'inscrits      | 2
        a4        | realisee  |             |                     | 3
        a5        | annulee   | budget      | Versement trop tard | 0
        """,
        "realisations",
        annee="2024",
    )


@pytest.fixture(scope="module")
def touches(table):
    """90 personnes, 3 seulement au club, 40 et 12 ; aucune à la visite annulée."""
    return table(
        """
        action_id | tranche_age | nb_uniques
        a1        | 11-15       | 90
        a2        | 11-15       | 3
        a3        | 6-10        | 40
        a4        | 6-10        | 12
        """,
        "beneficiaires",
        annee="2024",
        sexe="NR",
        residence="NR",
        type_public="enfant_jeune",
    )


@pytest.fixture(scope="module")
def credits(table):
    """Deux financeurs, des fonds propres et une valorisation pour la première action."""
    return table(
        """
        action_id | financeur       | nature       | demande | accorde | verse | depense_justifiee
        a1        | etat_p147       | numeraire    | 500     | 400     | 400   | 380
        a1        | ville           | numeraire    | 300     | 300     | 300   |
        a1        | autofinancement | numeraire    | 50      | 50      | 50    |
        a1        | ville           | valorisation | 100     | 100     |       |
        a3        | caf             | numeraire    | 200     | 200     |       |
        """,
        "financements",
        annee="2024",
        credit="specifique",
    )


OBJECTIFS = pd.DataFrame(
    {
        "objectif_id": ["OBJ-01"],
        "objectif_operationnel": ["Faire venir les familles"],
        "indicateur_code": ["S12"],
        "libelle": ["Participation des familles"],
        "unite": ["part"],
        "cible": [0.5],
        "valeur": [0.4],
        "nb_plus_petit_groupe": [40],
    }
)


@pytest.fixture(scope="module")
def fiches(actions, bilans, touches, credits):
    """Les fiches de 2024, quartiers nommés."""
    noms = {"quartiers": {"QN01367M": "La Maille"}, "objectifs": OBJECTIFS}
    return realisation.fiches(actions, bilans, touches, credits, annee=2024, **noms)


def publiees(fiches, diffusion="cotech") -> Fiches:
    """Les fiches, telles que la page les montre."""
    return Fiches(
        proteger(fiches, diffusion=diffusion),
        titre="Les actions",
        source="Bilans",
        rubriques=realisation.RUBRIQUES,
        sans=realisation.HORS_FICHE,
    )


def test_les_fiches_vont_des_plus_eloignees_aux_plus_proches(fiches):
    """L'annulée, la partielle, puis les réalisées, par ordre alphabétique."""
    assert fiches["intitule"].tolist() == ["Visite", "Chorale", "Club", "Forum", "Sortie"]
    assert fiches["nb_uniques"].tolist() == [0, 40, 3, 90, 12]


def test_une_fiche_met_le_plan_et_le_bilan_cote_a_cote(fiches):
    """Forum : 9 séances sur 10, 90 personnes sur 100, 750 € accordés en numéraire dont 380 justifiés."""
    forum = fiches.set_index("intitule").loc["Forum"]

    assert (forum["n_seances_prevues"], forum["n_seances_tenues"], forum["public_prevu"]) == (10, 9, 100)
    assert (forum["montant_demande"], forum["montant_accorde"], forum["montant_verse"]) == (850, 750, 750)
    assert (forum["montant_justifie"], forum["montant_valorise"], forum["montant_cout"]) == (380, 100, 1000)
    assert (forum["quartiers"], forum["public_vise"]) == ("La Maille", "de 11 à 15 ans")
    assert (forum["objectif"], forum["indicateur"]) == ("Faire venir les familles", "S12, Participation des familles")
    assert fiches["montant_accorde"].isna().sum() == 3


def test_la_somme_publiee_ailleurs_ne_rend_pas_une_action_masquee(fiches, actions, bilans, touches):
    """
    La page publie 133 personnes pour les actions prévues de l'axe A1 : 90 + 3 + 40. Masquer le club seul le
    rendrait (133 − 90 − 40 = 3) ; une autre action prévue de cet axe est donc masquée aussi, et elle seule.
    """
    par_axe = realisation.public_atteint(actions, touches, bilans, annee=2024, par="axe")
    assert par_axe["nb_uniques"].iloc[0] == 133

    protegees = proteger(fiches, diffusion="cotech")
    masquees = set(fiches.loc[protegees.masque["nb_uniques"].to_numpy(), "intitule"])

    assert masquees == {"Club", "Chorale"}
    assert not proteger(fiches, diffusion="interne").masque["nb_uniques"].any()


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_les_fiches_se_publient_et_une_annee_vide_aussi(actions, bilans, touches, credits, diffusion):
    """Les colonnes restent ; les arguments ne changent pas."""
    tables = (actions, bilans, touches, credits)
    copies = [donnees.copy(deep=True) for donnees in tables]

    pleine = realisation.fiches(*tables, annee=2024)
    vide = realisation.fiches(*tables, annee=2030)

    assert len(proteger(pleine, diffusion=diffusion).donnees) == 5
    assert (len(vide), list(vide)) == (0, list(pleine))
    assert "Aucune donnée" in publiees(vide, diffusion).html()
    for donnees, copie in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(donnees, copie)


def test_chaque_fiche_est_un_pli_et_un_tableau_accessible(fiches):
    """Un titre par axe, un pli par action avec son statut, un tableau titré ; le 3 masqué n'est nulle part."""
    objet = publiees(fiches)
    page = BeautifulSoup(objet.html(), "html.parser")

    assert [titre.get_text() for titre in page.find_all("h3")] == [
        "Conforter le rôle de l’école",
        "Promouvoir la continuité éducative",
    ]
    assert page.details.summary.get_text() == "Chorale (réalisée en partie)"
    assert all(tableau.caption.get_text() for tableau in page.find_all("table"))
    assert {th["scope"] for th in page.find_all("th")} == {"col", "row"}
    club = next(pli for pli in page.find_all("details") if pli.summary.get_text().startswith("Club"))
    personnes = next(ligne for ligne in club.find_all("tr") if ligne.th.get_text() == "Personnes")
    assert [case.get_text() for case in personnes.find_all("td")] == ["10", "[s]"]
    ligne = next(ligne for ligne in objet.csv().decode("utf-8-sig").splitlines() if ligne.startswith("Club"))
    assert "[s]" in ligne and "3" not in ligne.split(";")


def test_une_rubrique_dont_on_ne_sait_rien_n_est_pas_montree(fiches):
    """La visite n'a ni crédits ni établissement ; son motif et son commentaire, si."""
    page = BeautifulSoup(publiees(fiches).html(), "html.parser")
    visite = next(pli for pli in page.find_all("details") if pli.summary.get_text().startswith("Visite"))
    rubriques = [ligne.th.get_text() for ligne in visite.tbody.find_all("tr")]

    assert {"Motif de l’écart", "Commentaire de l’écart", "Séances"} <= set(rubriques)
    assert not {"Établissements", "Accordé, versé", "Valorisations accordées"} & set(rubriques)
