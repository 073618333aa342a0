"""La gouvernance vécue, les délais, les actions coportées, le dessin du réseau et l'ordre du jour."""

import datetime as dt
import itertools

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from citelib import figures, partenariat, secret
from citelib.annexes.reunion import ordre_du_jour
from citelib.chargement import charger
from citelib.figures.trame import LARGEUR
from citelib.page import defauts

CERCLE = [
    {"instance": "ept", "categories": ["ville", "association"]},
    {"instance": "cotech", "categories": ["ville", "etat"]},
    {"instance": "copil", "categories": ["ville"]},
    {"instance": "dynamique_terrain"},
]


@pytest.fixture(scope="module")
def organismes(table):
    return table(
        """
        structure_id | nom   | categorie         | pilote
        S1           | Ville | ville             | oui
        S2           | État  | etat              | oui
        S3           | Asso  | association       | non
        S4           | Ruche | parents_habitants | non
        """,
        "structures",
    )


@pytest.fixture(scope="module")
def reunions(table):
    """L'EPT et le comité technique se tiennent ; le comité de pilotage jamais ; un groupe n'était pas prévu."""
    return table(
        """
        reunion_id | instance          | date       | tenue
        R1         | ept               | 10/03/2024 | oui
        R2         | cotech            | 10/06/2024 | oui
        R3         | copil             | 10/09/2024 | non
        R4         | groupe_thematique | 10/10/2024 | oui
        """,
        "instances",
        annee="2024",
    )


@pytest.fixture(scope="module")
def venues(table):
    return table(
        """
        reunion_id | structure_id | invite | present
        R1         | S1           | oui    | oui
        R1         | S3           | oui    | oui
        R1         | S4           | oui    | non
        R2         | S1           | oui    | oui
        R2         | S2           | oui    | non
        R3         | S1           | oui    | oui
        R4         | S4           | oui    | oui
        """,
        "presences",
        annee="2024",
    )


@pytest.fixture(scope="module")
def releve(table):
    lignes = "decision_id | reunion_id | libelle | origine | statut\nD1 | R1 | Un | pilote | faite"
    return table(lignes, "decisions", annee="2024")


def test_une_instance_qui_ne_s_est_jamais_reunie_le_dit(reunions, venues, organismes, releve):
    """Prévue et non tenue, prévue sans aucune réunion inscrite, tenue sans être prévue : trois mots différents."""
    table = partenariat.gouvernance_vecue(reunions, venues, organismes, releve, CERCLE, annee=2024)
    constats = dict(zip(table["instance"], table["constat"], strict=True))

    assert constats == {
        "équipe de projet territorial": "s'est réunie",
        "comité technique": "s'est réunie",
        "comité de pilotage": "ne s'est pas réunie",
        "dynamique terrain": "aucune réunion inscrite : à planifier, ou à relever",
        "groupe thématique": "s'est réunie, hors de la gouvernance prévue",
    }
    assert table["n_decisions"].tolist() == [1, 0, 0, 0, 0]
    # l'État manque au comité technique ; on ne reproche aucune absence à une réunion qui n'a pas eu lieu
    assert table["absents"].tolist() == ["", "État", "", "", ""]


def test_le_cercle_dit_qui_siege_ou_et_qui_manque(reunions, venues, organismes):
    """Un organisme de la Ville à l'EPT et au comité technique ; l'État, attendu au second, n'y est pas venu."""
    table = partenariat.cercle(venues, reunions, organismes, CERCLE, annee=2024).set_index("categorie")

    assert table.loc["Ville", ["ept", "cotech", "copil"]].tolist() == ["1", "1", "attendue, absente"]
    assert table.loc["État", ["ept", "cotech"]].tolist() == ["–", "attendue, absente"]
    assert table.loc["parents et habitants", "groupe_thematique"] == "1"


def test_les_passerelles_sont_les_organismes_de_deux_instances_voisines(reunions, venues, organismes):
    """La Ville relie l'EPT au comité technique ; rien ne passe du comité de pilotage, qui ne s'est pas tenu."""
    table = partenariat.passerelles(venues, reunions, organismes, CERCLE, annee=2024)

    assert table["organismes"].tolist() == ["Ville", "aucun", "aucun", "aucun"]
    assert table["passage"].iloc[3] == "dynamique terrain → équipe de projet territorial"


def test_une_annee_sans_reunion_donne_des_tables_vides_et_leur_motif(reunions, venues, organismes, releve):
    """Sans gouvernance déclarée non plus, rien ne casse."""
    quatre = (reunions, venues, organismes, releve)
    tables = [partenariat.gouvernance_vecue(*quatre, CERCLE, annee=1999)]
    tables += [partenariat.cercle(venues, reunions, organismes, CERCLE, annee=1999)]
    tables += [partenariat.passerelles(venues, reunions, organismes, CERCLE, annee=1999)]
    tables += [partenariat.evolution_reseau(venues, reunions, organismes, annee=1999)]

    for vide in tables:
        assert vide.empty and "1999" in vide.attrs["motif"]
        assert secret.proteger(vide, diffusion="public").donnees.empty
    assert len(partenariat.gouvernance_vecue(*quatre, (), annee=2024)) == 4


def test_les_decisions_se_suivent_par_origine(table):
    """Deux des pilotes, dont une à temps ; une des parents, non échue ; toutes les origines sont montrées."""
    releve = table(
        """
        decision_id | libelle | origine           | echeance   | statut   | date_execution
        D1          | Un      | pilote            | 01/06/2024 | faite    | 01/05/2024
        D2          | Deux    | pilote            | 01/06/2024 | en_cours |
        D3          | Trois   | parents_habitants | 01/06/2025 | a_faire  |
        """,
        "decisions",
        annee="2024",
        reunion_id="R1",
    )
    suivi = partenariat.decisions(releve, annee=2024, au=dt.date(2025, 1, 15), par="origine")

    assert suivi["origine"].tolist() == ["pilote", "technique", "parents et habitants", "jeunes", "Ensemble"]
    assert suivi["n_dues"].tolist() == [2, 0, 0, 0, 2]
    assert suivi["taux_execution"].iloc[[0, 4]].tolist() == [0.5, 0.5] and pd.isna(suivi["taux_execution"].iloc[2])


# --------------------------------------------------------------------------------------- financements


@pytest.fixture(scope="module")
def programme(table):
    lignes = "action_id | axe | porteur_nom\nA | A1 | Asso\nB | A1 | Ville\nC | A2 | Asso"
    return table(lignes, "actions", annee="2024")


@pytest.fixture(scope="module")
def credits(table):
    return table(
        """
        action_id | financeur       | nature       | accorde | date_depot | date_notification | date_versement
        A         | etat_p147       | numeraire    | 100     | 01/01/2024 | 31/01/2024        | 01/03/2024
        A         | ville           | valorisation | 50      |            |                   |
        B         | ville           | numeraire    | 100     |            | 31/01/2024        | 10/02/2024
        B         | autofinancement | numeraire    | 20      | 01/01/2024 | 01/01/2024        | 01/01/2024
        C         | caf             | numeraire    | 80      | 01/01/2024 | 20/02/2024        |
        C         | autofinancement | numeraire    | 0       |            |                   |
        """,
        "financements",
        annee="2024",
        credit="specifique",
    )


def test_les_delais_ne_comptent_que_les_dates_connues(credits):
    """
    Du dépôt à la notification : 30 et 50 jours, médiane 40, une date manquante ; les fonds propres n'y sont pas.

    De la notification au versement : 30 et 10 jours, médiane 20 ; du dépôt au versement : 60 jours, deux manquent.
    """
    table = partenariat.delais(credits, annee=2024)

    assert table[["n_demandes", "n_sans_date", "jours_median"]].values.tolist() == [[2, 1, 40], [2, 1, 20], [1, 2, 60]]


def test_un_fichier_sans_date_de_depot_se_lit_encore(table):
    """La colonne est facultative : le délai est inconnu, non nul."""
    vieux = table("action_id | accorde\nA | 10", "financements", annee="2024", financeur="ville", nature="numeraire")
    resultat = partenariat.delais(vieux, annee=2024)

    assert resultat["n_demandes"].tolist() == [0, 0, 0] and resultat["jours_median"].isna().all()


def test_une_action_coportee_a_deux_categories_qui_contribuent(programme, credits, organismes):
    """A : État et Ville (en nature). B : la Ville paie et porte, une seule catégorie. C : la Caf seule, zéro propre."""
    table = partenariat.actions_coportees(programme, credits, organismes, annee=2024).set_index("axe")

    assert table.loc["Ensemble", ["n_actions", "n_coportees"]].tolist() == [3, 1]
    assert table.loc["Conforter le rôle de l’école", "taux_coportees"] == 0.5


# --------------------------------------------------------------------------------------------- réseau

ARCS = ["AB", "AC", "BA", "BD", "CD", "DC"]


def test_la_reciprocite_se_nomme_car_ses_deux_definitions_different():
    """Oracle net_reciprocite : 4 déclarations rendues sur 6 ; 2 couples confirmés sur 4."""
    mesures = partenariat.mesures_liens(ARCS)

    assert mesures["taux_arcs_rendus"] == pytest.approx(2 / 3)
    assert mesures["taux_confirmes"] == 0.5


def test_une_etoile_a_un_centre_et_un_cercle_n_en_a_pas():
    """Modèle « un centre, des bords » : l'étoile lui ressemble parfaitement, le cercle pas assez."""
    etoile = partenariat.mesures_reseau(range(6), [(0, k) for k in range(1, 6)])
    cercle = partenariat.mesures_reseau(range(6), [(k, (k + 1) % 6) for k in range(6)])

    assert etoile["centre"] == [0] and etoile["taux_centre"] == pytest.approx(1)
    assert cercle["centre"] == [] and cercle["taux_centre"] < 0.5


def test_l_intermediaire_du_cerf_volant_est_heather():
    """Krackhardt (1990) : par H passent le plus de chemins (intermédiarité 0,389) ; D a le plus de liens."""
    liens = ["AB", "AC", "AD", "AF", "BD", "BE", "BG", "CD", "CF", "DE", "DF", "DG", "EG", "FG", "FH", "GH", "HI", "IJ"]

    assert partenariat.mesures_reseau("ABCDEFGHIJ", liens)["intermediaires"] == ["H"]


def rencontres(*couples: tuple[str, str], annee: int = 2024) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Une réunion à deux par couple : présences, réunions et organismes."""
    venues = pd.DataFrame(
        [(f"{annee}-{k}", qui, True, True) for k, couple in enumerate(couples) for qui in couple],
        columns=["reunion_id", "structure_id", "invite", "present"],
    )
    reunions = pd.DataFrame({"reunion_id": venues["reunion_id"].unique(), "annee": annee, "instance": "ept"})
    connus = sorted({qui for couple in couples for qui in couple})
    organismes = pd.DataFrame({"structure_id": connus, "categorie": "autre", "nom": connus})
    return venues, reunions.assign(tenue=True), organismes


def test_le_reseau_se_compare_sur_les_memes_organismes():
    """2023 : A-B, B-C, C-D. 2024 : A-B, B-C, A-C, C-E. Entre A, B et C : deux liens sur trois, puis trois."""
    avant, apres = rencontres("AB", "BC", "CD", annee=2023), rencontres("AB", "BC", "AC", "CE", annee=2024)
    lues = [pd.concat(deux, ignore_index=True) for deux in zip(avant, apres, strict=True)]
    table = partenariat.evolution_reseau(lues[0], lues[1], lues[2].drop_duplicates("structure_id"), annee=2024)

    assert table["n_organismes"].tolist() == [3, 3]
    assert table["taux_densite"].tolist() == pytest.approx([2 / 3, 1])
    assert table.iloc[1][["n_venus", "n_partis"]].tolist() == [1, 1]


def test_un_isole_reste_dans_le_dessin(organismes, reunions, venues):
    """La Ruche vient seule à sa réunion, l'État jamais : deux isolés, une ligne chacun."""
    table = partenariat.liens_du_reseau(venues, reunions, organismes, annee=2024).set_index("organisme")

    assert table.loc[["Ruche", "État"], "place"].tolist() == ["isolé", "isolé"]
    assert table["avec"].to_dict() == {"Asso": "Ville : 1", "Ville": "", "Ruche": "", "État": ""}


@pytest.mark.parametrize("combien", [3, 24, 60])
def test_le_dessin_et_la_matrice_restent_lisibles_avec_soixante_partenaires(combien):
    """Un nom par ligne, en corps 9, dans une figure qui tient sur une page ; une case par couple."""
    noms = [f"Association de quartier n° {k}" for k in range(combien)]
    lues = rencontres(*((noms[0], nom) for nom in noms[1:]), *itertools.pairwise(noms))
    liens = secret.proteger(partenariat.liens_du_reseau(*lues, annee=2024), diffusion="public")
    ax = figures.arcs(liens, organisme="organisme", liens="n_liens", avec="avec", place="place")
    textes = [texte.get_text() for texte in ax.get_yticklabels()]

    assert len(textes) == combien and all("lien" in texte for texte in textes)
    # le premier est lié à tous, et chacun au suivant : 2n − 3 arcs
    assert len(ax.patches) == 2 * combien - 3
    assert ax.figure.get_figheight() <= 1.6 * LARGEUR
    couples = secret.proteger(partenariat.matrice_copresence(*lues, annee=2024), diffusion="public")
    carte = figures.carte_chaleur(couples, ligne="organisme", colonne="autre_organisme", valeur="n_reunions")
    assert carte.figure.get_figheight() <= 1.6 * LARGEUR
    assert len(carte.patches) == combien * (combien - 1) / 2


def test_un_partenaire_sous_deux_noms_se_signale_a_la_verification(tmp_path):
    """La page compte deux organismes ; la vérification des données dit qu'ils n'en font sans doute qu'un."""
    from citelib.chargement.doutes import _homonymes
    from citelib.contrats.typage import typer
    from citelib.tables import PAR_NOM

    brut = pd.DataFrame({"structure_id": ["S1", "S2"], "nom": ["Centre social Albert Camus", "C.S. Albert-Camus"]})
    origine = pd.DataFrame({"fichier": "structures.csv", "feuille": "", "ligne": [2, 3]})
    lecture = typer(PAR_NOM["structures"], brut.astype("str"), origine)

    (doute,) = _homonymes({"structures": lecture})
    assert "structure peut-être déjà saisie" in doute.message


# --------------------------------------------------------------------------------------- ordre du jour


@pytest.mark.parametrize(("annee", "diffusion"), [(2024, "cotech"), (2022, "public")])
def test_l_ordre_du_jour_passe_le_controle_des_pages(annee, diffusion):
    """Une page complète, sans défaut, où chaque point a sa question et la place de sa décision."""
    html = ordre_du_jour(charger("data/miramas"), annee=annee, diffusion=diffusion).decode()
    page = BeautifulSoup(html, "html.parser")
    points = page.select("ol.points > li")

    assert defauts(html) == []
    assert "Données fictives" in html
    assert 0 < len(points) <= 5
    assert all(
        point.select_one(".question").get_text().endswith("?") and point.select_one(".ligne") for point in points
    )
