"""Les quarante indicateurs de réalisation et de résultats, sur une petite cité dont tout se compte à la main."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from citelib import indicateurs, secret
from citelib.chargement import verifier
from citelib.chargement.cite import Source
from citelib.indicateurs.calculs import REGISTRE
from citelib.tableaux import TableauIndicateurs, json_indicateurs
from citelib.tables import CALCULS, FICTIF, TABLES

RIEN = math.nan


@dataclass(frozen=True)
class Attendu:
    """Ce qu'un indicateur doit valoir en 2024, et le calcul à la main qui le dit."""

    a_la_main: str
    valeur: float = RIEN
    bornes: tuple = (RIEN, RIEN)
    termes: tuple = (RIEN, RIEN)
    n: float = RIEN
    bis: float = RIEN
    origine: str = "calculé"


# fmt: off
ATTENDUS = {
    "R01": Attendu("2 réalisées sur 5 prévues (note de domaine : 40,0 %)", 0.4, termes=(2, 5)),
    "R02": Attendu("2 + 0,5 pour la partielle, sur 5 (note de domaine : 50,0 %)", 0.5, termes=(2.5, 5)),
    "R03": Attendu("a6 sur a1, a2, a4 et a6, menées", 1 / 4, termes=(1, 4)),
    "R04": Attendu("a3 reportée et a5 annulée, sur 5", 2, termes=(RIEN, 5)),
    "R05": Attendu("saisi : 95 engagés sur 100 notifiés", 0.95, termes=(RIEN, 100), origine="collecté"),
    "R06": Attendu("15 000 + 4 800 sur 20 000 + 12 000 (note de domaine : 61,9 %)", 0.61875, termes=(19800, 32000)),
    "R07": Attendu("3 subventions ; a1 rendue en mai 2025, a2 en juillet, a3 jamais", 1 / 3, termes=(1, 3)),
    "R08": Attendu("9 + 0 + 4 + 0 tenues sur 10 + 5 + 4 + 6 ; a2 ne dit rien", 13 / 25, termes=(13, 25)),
    "R09": Attendu("retards de 10, 0 et 3 jours : médiane 3", 3, termes=(RIEN, 3)),
    "R10": Attendu("Ville 12 000 + département 4 000 sur 40 000", 0.4, termes=(16000, 40000)),
    "R11": Attendu("4 000 de droit commun sur 25 000 + 15 000 + 10 000 de coût", 0.08, termes=(4000, 50000)),
    "R12": Attendu("a1 et a2 sur 6 actions ; 32 000 sur 36 000 euros de numéraire", 1 / 3, termes=(2, 6), bis=32 / 36),
    "R13": Attendu("6-10 (a1), 3-5 (a2), 11-15 et 16-17 (a4) sur 6 tranches", 4 / 6, termes=(4, 6)),
    "R14": Attendu("a1 et a4 touchent deux collèges, a3 est reportée ; 22 établissements", 2 / 22, termes=(2, 22)),
    "R15": Attendu("a1, a2, a4, a6 au 31 janvier sur 6 ; 17 champs sur 18", 4 / 6, termes=(4, 6), bis=17 / 18),
    "S01": Attendu("92 dans la plus grande action, 92 + 25 + 55 + 12 en tout", bornes=(92, 184), n=184),
    "S02": Attendu("400 + 300 + 60 + 90 + 5 + 16 + 4 présences de 159 inscrits", 875, n=159),
    "S03": Attendu("875 présences ÷ 159 inscriptions qui en ont", 875 / 159, n=159),
    "S04": Attendu("172 sur 250, et 92 + 25 + 40 plafonnés (note : 68,8 et 62,8 %)", 0.688, n=172, bis=0.628),
    "S05": Attendu("40 + 15 + 20 résidents de QPV sur 139 de résidence connue", 75 / 139, n=139),
    "S06": Attendu("40 + 15 + 20 filles sur 157 enfants de sexe connu", 75 / 157, n=157),
    "S07": Attendu("40 dans la plus grande action, 75 en tout, pour 300 habitants", bornes=(40 / 300, 0.25), n=75),
    "S08": Attendu("80 + 50 heures suivies sur 100 + 60 ; 60 inscriptions", 130 / 160, n=60),
    "S09": Attendu("OBJ-1 atteint, OBJ-2 et OBJ-3 non, OBJ-4 sans cible", 1 / 4, termes=(1, 4)),
    "S10": Attendu("OBJ-4 n'a pas de cible", 3 / 4, termes=(3, 4)),
    "S11": Attendu("45 sur 60 : 75 % [62,8 ; 84,2] (note de domaine)", 0.75, bornes=(0.628, 0.842), n=60),
    "S12": Attendu("90/100 et 10/50 : 100 ÷ 150, et non 55 %", 100 / 150, n=150, origine="collecté"),
    "S13": Attendu("10 parents en a2 et 8 en a6 : de 10 à 18", bornes=(10, 18), n=18),
    "S14": Attendu("saisi : 88 sur 100", 0.88, n=100, origine="collecté"),
    "S15": Attendu("saisi : 60 sur 150", 0.4, n=150, origine="collecté"),
    "S16": Attendu("saisi : 30 sur 60", 0.5, n=60, origine="collecté"),
    "S17": Attendu("non collecté", origine="non collecté"),
    "S18": Attendu("saisi : 128 jeunes", 128, n=128, origine="collecté"),
    "S19": Attendu("saisi et estimé : 60 apprenants", 60, n=60, origine="estimé"),
    "S20": Attendu("saisi : 100 sur 125", 0.8, n=125, origine="collecté"),
    "S21": Attendu("saisi : 45 sur 60", 0.75, n=60, origine="collecté"),
    "S22": Attendu("saisi : zéro sur 80, qui n'est pas une absence", 0, n=80, origine="collecté"),
    "S23": Attendu("sans objet", origine="sans objet"),
    "S24": Attendu("saisi : 240 sur 400", 0.6, n=400, origine="collecté"),
    "S25": Attendu("5 professionnels en a4 et 4 en a6", bornes=(5, 9), n=9),
}
# fmt: on

TEXTES_FIXES = {"intitule": "Action", "objectif_operationnel_id": "OBJ-1", "type_porteur": "association"}


def _programme(table) -> dict:
    """Les cinq actions de la note de domaine et une ajoutée, leurs bilans et leurs crédits."""
    actions = """
    action_id | axe | theme                     | hors_programmation | age_min | age_max | uai      | parents_vises
    a1        | A1  | Orientation scolaire      | non                | 6       | 10      | 0132327J | non
    a2        | A1  | Insertion professionnelle | non                | 3       | 5       |          | oui
    a3        | A2  | Bien-être et santé        | non                | 0       | 2       | 0132497U | non
    a4        | FC  | Coopération des acteurs   | non                | 11      | 17      | 0132326H | non
    a5        | A2  | Usage du numérique        | non                | 18      | 25      |          | non
    a6        | A3  | Interculturalité          | oui                | 11      | 15      |          | oui
    """
    prevu = """
    action_id | porteur_nom | public_prevu | seances_prevues | date_debut_prevue | cout_total_prevu
    a1        | Ville       | 100          | 10              | 08/01/2024        | 25000
    a2        | Asso        | 60           | 8               | 08/01/2024        | 15000
    a3        | Asso        | 30           | 5               | 01/03/2024        |
    a4        | Ville       | 40           | 4               | 01/03/2024        | 10000
    a5        | Ville       | 20           | 6               | 01/03/2024        |
    a6        | Asso        | 15           | 3               | 01/04/2024        |
    """
    realisations = """
    action_id | statut    | motif_ecart | seances_tenues | date_debut_reelle | date_fin_reelle | bilan_recu_le
    a1        | realisee  |             | 9              | 18/01/2024        | 30/06/2024      | 10/01/2025
    a2        | partielle | public      |                | 08/01/2024        | 30/03/2024      | 31/01/2025
    a3        | reportee  | budget      | 0              |                   |                 | 01/02/2025
    a4        | realisee  |             | 4              | 04/03/2024        | 05/03/2024      | 10/01/2025
    a5        | annulee   | budget      | 0              |                   |                 |
    a6        | realisee  |             | 3              | 01/04/2024        | 30/04/2024      | 10/01/2025
    """
    financements = """
    action_id | financeur   | nature       | credit       | accorde | depense_justifiee | compte_rendu_recu_le
    a1        | etat_p147   | numeraire    | specifique   | 20000   | 15000             | 20/05/2025
    a2        | ville       | numeraire    | specifique   | 12000   | 4800              | 10/07/2025
    a3        | etat_p147   | numeraire    | specifique   | 4000    |                   |
    a4        | departement | valorisation | droit_commun | 4000    |                   |
    """
    colleges = "nom | uai | type | ep\nMiramaris | 0132327J | college | REP+\nCamus | 0132326H | college | hors EP"
    ecoles = "".join(f"\nÉcole {rang} | | ecole | hors EP" for rang in range(19))
    prevues = table(prevu, "actions", annee="2024", **TEXTES_FIXES)
    qui = ["axe", "theme", "hors_programmation", "age_min", "age_max", "uai", "parents_vises"]
    return {
        "actions": prevues.assign(**table(actions, "actions", annee="2024")[qui]),
        "realisations": table(realisations, "realisations", annee="2024", methode_comptage="nominatif"),
        "financements": table(financements, "financements", annee="2024", date_extraction="15/09/2025"),
        "etablissements": table(f"{colleges}\nLa Carraire | 0132497U | college | hors EP{ecoles}", "etablissements"),
    }


def _publics(table) -> dict:
    """Qui est venu, qui a répondu, et combien d'habitants ont les quartiers."""
    beneficiaires = """
    action_id | tranche_age | sexe | residence | type_public   | nb_uniques | nb_participations
    a1        | 6-10        | F    | QP013062  | enfant_jeune  | 40         | 400
    a1        | 6-10        | G    | hors_qpv  | enfant_jeune  | 52         | 300
    a2        | 3-5         | F    | QP013062  | enfant_jeune  | 15         |
    a2        | adulte      | F    | NR        | parent        | 10         |
    a4        | 11-15       | F    | QP013063  | enfant_jeune  | 20         | 60
    a4        | 11-15       | G    | NR        | enfant_jeune  | 30         | 90
    a4        | adulte      | NR   | NR        | professionnel | 5          | 5
    a6        | adulte      | F    | hors_qpv  | parent        | 8          | 16
    a6        | adulte      | G    | hors_qpv  | professionnel | 4          | 4
    """
    heures = {"heures_proposees": {0: 100, 4: 60}, "heures_suivies": {0: 80, 4: 50}}
    quartiers = "qpv_code | nom | generation\nQP013062 | La Carraire | 2015\nQP013063 | La Maille | 2015"
    tranches = ("0-2", "3-5", "6-10", "11-15", "16-17", "18-25")
    habitants = "".join(f"\n{qpv} | {t} | F | 25" for qpv in ("QP013062", "QP013063") for t in tranches)
    notes = "".join(f"\nr{rang} | {4 if rang < 45 else 1}" for rang in range(60))
    lus = {"questionnaire": "jeunes", "item": "satisfaction", "vague": "T1", "tranche_age": "11-15", "sexe": "F"}
    item = "questionnaire | item | echelle_max | inverse | indicateur_code\njeunes | satisfaction | 4 | non | S11"
    return {
        "beneficiaires": table(beneficiaires, "beneficiaires", annee="2024").assign(
            **{nom: pd.Series(lues, dtype="Float64") for nom, lues in heures.items()}
        ),
        "quartiers": table(quartiers, "quartiers", contour_modifie="non"),
        "populations": table(f"qpv_code | tranche_age | sexe | population{habitants}", "populations", annee="2020"),
        "reponses_beneficiaires": table(
            f"repondant_pseudo | reponse{notes}", "reponses_beneficiaires", annee="2024", **lus
        ),
        "items": table(item, "items"),
    }


def _saisies(table) -> dict:
    """Les valeurs saisies : des rapports, des nombres, un zéro, une estimation, une absence et un sans-objet."""
    valeurs = """
    indicateur_code | niveau        | territoire_code | numerateur | denominateur | valeur | statut_valeur
    R05             | cite          | c               | 95         | 100          | 0,95   | observee
    S12             | etablissement | 0132327J        | 90         | 100          | 0,9    | observee
    S12             | etablissement | 0132326H        | 10         | 50           | 0,2    | observee
    S14             | cite          | c               | 88         | 100          | 0,88   | observee
    S15             | cite          | c               | 60         | 150          | 0,4    | observee
    S16             | cite          | c               | 30         | 60           | 0,5    | observee
    S17             | cite          | c               |            |              |        | non_collectee
    S18             | cite          | c               |            |              | 128    | observee
    S19             | cite          | c               |            |              | 60     | estimee
    S20             | cite          | c               | 100        | 125          | 0,8    | observee
    S21             | cite          | c               | 45         | 60           | 0,75   | observee
    S22             | cite          | c               | 0          | 80           | 0      | observee
    S23             | cite          | c               |            |              |        | non_concernee
    S24             | cite          | c               | 240        | 400          | 0,6    | observee
    """
    objectifs = """
    objectif_id | indicateur_code | valeur_initiale | cible | source_prevue
    OBJ-1       | S14             | 0,5             | 0,8   | Collèges
    OBJ-2       | R01             | 0,3             | 0,9   | Bilans
    OBJ-3       | S12             | 0,3             | 0,99  | Écoles
    OBJ-4       | S15             | 0,3             |       | CIO
    """
    return {
        "valeurs": table(valeurs, "valeurs", annee="2024", periode="2024"),
        "objectifs": table(objectifs, "objectifs", annee="2024", axe="A1", theme="Orientation scolaire"),
    }


@pytest.fixture(scope="module")
def cite(table, miramas):
    """La petite cité, avec le référentiel de l'exemple ; une table non dessinée est vide."""
    vides = {contrat.nom: contrat.vide() for contrat in TABLES}
    dessinees = _programme(table) | _publics(table) | _saisies(table)
    return SimpleNamespace(**vides | dessinees | {"indicateurs": miramas.indicateurs}, reglages={})


def avec(cite, **tables) -> SimpleNamespace:
    """La même cité, certaines tables changées."""
    return SimpleNamespace(**vars(cite) | tables)


@pytest.fixture(scope="module")
def releve(cite):
    """Les quarante lignes de 2024, sous leur code."""
    lus = indicateurs.tableau(cite, annee=2024, diffusion="interne")
    return lus.set_index("indicateur_code", drop=False)


def test_les_quarante_indicateurs_ont_chacun_leur_calcul_a_la_main(miramas):
    """Un indicateur ajouté au référentiel, ou oublié ici, se voit."""
    codes = miramas.indicateurs.loc[miramas.indicateurs["dimension"].isin(("realisation", "resultats"))]

    assert list(ATTENDUS) == [f"R{n:02d}" for n in range(1, 16)] + [f"S{n:02d}" for n in range(1, 26)]
    assert list(ATTENDUS) == codes["indicateur_code"].tolist()


@pytest.mark.parametrize("code", ATTENDUS)
def test_chaque_indicateur_vaut_ce_que_dit_le_calcul_a_la_main(releve, code):
    """Valeur, bornes, termes, effectif, seconde lecture et origine : voir ATTENDUS."""
    ligne, attendu = releve.loc[code], ATTENDUS[code]

    lus = ligne[["valeur", "borne_basse", "borne_haute", "numerateur", "denominateur", "nb_base", "valeur_bis"]]
    voulus = [attendu.valeur, *attendu.bornes, *attendu.termes, attendu.n, attendu.bis]
    assert lus.astype("Float64").to_numpy(float, na_value=RIEN) == pytest.approx(voulus, abs=5e-4, nan_ok=True)
    assert ligne["origine"] == attendu.origine


@pytest.mark.parametrize("code", ["S17", "S23"])
def test_une_valeur_absente_dit_pourquoi(releve, code):
    """Jamais une case vide sans raison ; « sans objet » n'est pas « non collecté »."""
    assert releve.loc[code, "manque"] == {"S17": "valeur non collectée", "S23": "sans objet"}[code]


def test_ce_qui_depend_des_actions_ne_compte_personne_et_le_reste_est_protege(releve):
    """Les actions et les euros se montrent ; 40 filles sur 157 laissent voir 75 et 82 personnes."""
    assert releve.loc[[f"R{n:02d}" for n in range(1, 16)], "sans_personne"].all()
    assert releve.loc["S06", "nb_plus_petit_groupe"] == 75
    assert releve.loc["S01", "nb_plus_petit_groupe"] == 92
    assert releve.loc["S13", "nb_plus_petit_groupe"] == 8  # 18 − 10


def test_le_comite_technique_ne_voit_pas_quatre_professionnels(releve):
    """De 5 à 9 : la différence, 4, est sous le seuil ; les bornes sont masquées, le taux d'actions ne l'est pas."""
    lue = secret.proteger(_sans_index(releve), diffusion="cotech")

    assert lue.est_masquee("S25", "borne_basse") and lue.est_masquee("S25", "borne_haute")
    assert lue.valeur("R01", "valeur") == 0.4


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_le_tableau_se_publie_pour_chaque_public(cite, diffusion):
    """Aucune colonne n'échappe au contrat."""
    table = indicateurs.tableau(cite, annee=2024, diffusion=diffusion)

    assert len(secret.proteger(table, diffusion=diffusion).donnees) == 42


def _sans_index(table: pd.DataFrame) -> pd.DataFrame:
    neuve = table.reset_index(drop=True)
    neuve.attrs = table.attrs
    return neuve


# ------------------------------------------------------------------------------- pièges et règles


def test_des_pseudonymes_communs_a_toutes_les_actions_donnent_un_compte_exact(cite, table):
    """x1 est venu en a1 et en a6 : 5 personnes, et non 6 ; sans la déclaration, ce sont les bornes."""
    lignes = "action_id | participant_pseudo\na1 | x1\na1 | x2\na2 | x3\na4 | x4\na6 | x1\na6 | x5"
    presences = table(lignes, "participations", annee="2024", seance="10/01/2024")
    declaree = avec(cite, participations=presences, reglages={"participations": {"pseudonyme_commun": True}})
    partielle = avec(declaree, participations=presences[presences["action_id"] != "a4"])
    muette = avec(cite, participations=presences)

    assert _lire(declaree, "S01")["valeur"] == 5
    assert [_lire(c, "S01")["borne_haute"] for c in (partielle, muette)] == [184, 184]


def test_un_public_ne_se_retrouve_pas_en_otant_les_autres_du_total(cite):
    """3 professionnels : masqués, ils se liraient si l'on montrait les 18 parents à côté du total."""
    lignes = cite.beneficiaires
    petits = lignes[~(lignes["type_public"].eq("professionnel") & lignes["action_id"].eq("a6"))]
    comptes = petits["nb_uniques"].mask(petits["type_public"].eq("professionnel"), 3)

    assert _lire(avec(cite, beneficiaires=petits.assign(nb_uniques=comptes)), "S13")["nb_plus_petit_groupe"] == 3


def test_une_valeur_saisie_precise_des_bornes_si_elle_y_est(cite):
    """15 parents sont entre 10 et 18 ; 40 n'y sont pas, et la qualité des données le dit."""
    saisie = {"indicateur_code": "S13", "annee": 2024, "niveau": "cite", "statut_valeur": "observee"}
    dedans, dehors = (avec(cite, valeurs=_ajouter(cite.valeurs, saisie | {"valeur": v})) for v in (15, 40))

    assert _lire(dedans, "S13")[["valeur", "origine"]].tolist() == [15, "collecté"]
    assert pd.isna(_lire(dehors, "S13")["valeur"])
    assert indicateurs.desaccords(dedans, annee=2024) == []
    assert [p.valeur for p in indicateurs.desaccords(dehors, annee=2024)] == ["40"]


def test_une_valeur_saisie_qui_contredit_le_calcul_est_signalee_a_l_arrondi_pres(cite):
    """R15 vaut 4 ÷ 6 : 0,67 et 0,667 s'accordent, 0,7 aussi à une décimale, 0,75 non."""
    saisie = {"indicateur_code": "R15", "annee": 2024, "niveau": "cite", "statut_valeur": "observee"}
    lus = {v: avec(cite, valeurs=_ajouter(cite.valeurs, saisie | {"valeur": v})) for v in (0.67, 0.667, 0.7, 0.75)}

    assert [v for v, c in lus.items() if indicateurs.desaccords(c, annee=2024)] == [0.75]
    assert _lire(lus[0.75], "R15")["valeur"] == pytest.approx(4 / 6)


def test_un_objectif_se_juge_sur_la_valeur_calculee(cite, releve):
    """R01 n'est saisi nulle part : 40 % pour 90 % visés, soit 44 % de la cible, non atteint."""
    assert releve.loc["R01", ["cible", "etat"]].tolist() == [0.9, "non atteint"]
    assert releve.loc["S13", "etat"] == "sans cible"
    assert releve.loc["S02", "etat"] == "de contexte"
    completes = indicateurs.valeurs_completes(cite, annee=2024)
    assert completes.loc[completes["indicateur_code"].eq("R01"), "valeur"].tolist() == [0.4]


def test_un_objectif_atteint_au_plus_n_est_pas_un_objectif_atteint(cite):
    """12 parents visés, de 10 à 18 touchés, 18 saisis, la somme : au plus atteint. S09 reste 1 sur 5, non 2."""
    saisie = {"indicateur_code": "S13", "annee": 2024, "niveau": "cite", "statut_valeur": "observee", "valeur": 18}
    vise = cite.objectifs.iloc[0].to_dict() | {"objectif_id": "OBJ-5", "indicateur_code": "S13", "cible": 12}
    tables = {"valeurs": _ajouter(cite.valeurs, saisie), "objectifs": _ajouter(cite.objectifs, vise)}
    lues = indicateurs.tableau(avec(cite, **tables), annee=2024).set_index("indicateur_code")

    assert lues.loc["S13", "etat"] == "au plus atteint"
    assert lues.loc["S09", ["numerateur", "denominateur"]].tolist() == [1, 5]
    assert lues.loc["S09", "note"].startswith("au plus : 1 ; en partie : ")


def test_le_taux_de_reponse_n_est_inconnu_que_si_les_invites_le_sont(cite):
    """Cent jeunes invités en 2024 : la page Impacts dit le taux ; aucun en 2023, ou des parents, ne le disent pas."""
    invites = {"vague": "T1", "questionnaire": "jeunes", "tranche_age": "11-15", "sexe": "F", "nb_invites": 100}
    jeunes, parents = (
        avec(cite, invitations=_ajouter(cite.invitations, invites | {"annee": 2024, "questionnaire": qui}))
        for qui in ("jeunes", "parents")
    )

    assert "page « Impacts »" in _lire(jeunes, "S11")["note"]
    assert "inconnu" in _lire(parents, "S11")["note"] and "inconnu" in _lire(cite, "S11")["note"]


def test_les_deux_annees_d_avant_sont_a_leur_place(cite):
    """En 2025, 2024 est l'année d'avant ; rien n'est connu de 2025, ni de 2023."""
    ligne = _lire(cite, "R01", annee=2025)

    assert ligne["manque"] == "aucune donnée pour 2025"
    assert ligne["valeur_n1"] == 0.4
    assert pd.isna(ligne["valeur_n2"])


def test_hors_interne_un_indicateur_non_diffusable_perd_sa_valeur(cite):
    """Le producteur de S14 ne veut pas qu'il sorte ; S16 demande onze personnes, et dix sont prises en charge."""
    fiches, saisies = cite.indicateurs, cite.valeurs
    numerateurs = saisies["numerateur"].mask(saisies["indicateur_code"].eq("S16"), 10)
    reservees = fiches.assign(diffusable=fiches["indicateur_code"].ne("S14"))
    reserve = avec(cite, indicateurs=reservees, valeurs=saisies.assign(numerateur=numerateurs))

    assert _lire(reserve, "S14", diffusion="cotech")["manque"] == "indicateur non diffusable"
    assert "seuil de secret" in _lire(reserve, "S16", diffusion="cotech")["manque"]
    assert _lire(reserve, "S14")["valeur"] == 0.88


def test_sous_son_seuil_de_fiabilite_une_part_calculee_ne_se_montre_pas(cite):
    """20 répondants pour 30 demandés."""
    peu = avec(cite, reponses_beneficiaires=cite.reponses_beneficiaires.iloc[:20])

    assert _lire(peu, "S11")["manque"] == "effectif sous le seuil de fiabilité"


def test_une_justification_attendue_est_provisoire_avant_l_echeance(cite):
    """Relevé en janvier, quand l'échéance est en juin : un compte rendu peut encore arriver à temps."""
    tot = avec(cite, financements=cite.financements.assign(date_extraction=pd.Timestamp(2025, 1, 15)))

    assert _lire(tot, "R07")["note"] == "provisoire : l'échéance est le 30 juin 2025"
    assert _lire(cite, "R07")["note"] == ""


def test_le_repere_national_accompagne_la_repartition(releve):
    """12 % des actions de 2021 (INJEP, premier rapport national)."""
    assert "12\u202f% des actions de 2021" in releve.loc["R12", "note"]


def test_le_registre_et_la_liste_des_calculs_disent_la_meme_chose(miramas):
    """Un nom que le chargement accepte sait se calculer, et le référentiel de départ s'en sert."""
    assert tuple(REGISTRE) == CALCULS
    assert set(CALCULS) <= set(miramas.indicateurs["calcul"].dropna())


def test_une_cite_sans_aucune_donnee_a_tous_ses_indicateurs(cite):
    """Chaque ligne dit ce qui manque, aucune ne s'arrête."""
    vide = SimpleNamespace(**{c.nom: c.vide() for c in TABLES} | {"indicateurs": cite.indicateurs}, reglages={})
    lus = indicateurs.tableau(vide, annee=2024)

    assert len(lus) == 42
    assert lus["valeur"].isna().all() and lus["manque"].ne("").all()


def _lire(cite, code: str, *, annee: int = 2024, diffusion: str = "interne") -> pd.Series:
    """La ligne d'un indicateur."""
    dimension = {"R": "realisation", "S": "resultats"}[code[0]]
    lus = indicateurs.tableau(cite, annee=annee, dimension=dimension, diffusion=diffusion)
    return lus.set_index("indicateur_code").loc[code]


def _ajouter(table: pd.DataFrame, *lignes: dict) -> pd.DataFrame:
    """La table, et des lignes de plus."""
    neuves = pd.DataFrame(lignes).reindex(columns=table.columns).astype(table.dtypes)
    return pd.concat([table, neuves], ignore_index=True)


# ----------------------------------------------------------------------------- tableau et fichier


@pytest.fixture(scope="module")
def montre(releve):
    """Le tableau que voit le comité technique."""
    protegee = secret.proteger(_sans_index(releve), diffusion="cotech")
    return TableauIndicateurs(protegee, annee=2024, titre="Les indicateurs", source=Source(FICTIF, True))


def test_chaque_valeur_s_ecrit_dans_son_unite_avec_sa_base(montre):
    """Des parts, des jours, des personnes et des bornes dans une même colonne."""
    cellules = montre.cellules().set_index("libelle")
    lues = {code[:3]: ligne for code, ligne in cellules.iterrows()}

    assert lues["R01"][["valeur", "nb_base", "cible"]].tolist() == ["40\u202f%", "2 sur 5", "90\u202f% (non atteint)"]
    assert lues["R09"]["valeur"] == "3\u00a0jours"
    assert lues["S01"][["valeur", "nb_base"]].tolist() == ["92 à 184", "n\u00a0=\u00a0184"]
    assert lues["S11"]["valeur"] == "75\u202f% [63\u202f%\u00a0; 84\u202f%]"
    assert lues["S17"][["valeur", "origine"]].tolist() == ["non collectée", "non collecté"]
    assert lues["S22"]["valeur"] == "0\u202f%"
    assert lues["S25"]["valeur"] == "[s]"


def test_les_limites_sont_sous_le_tableau_et_le_fichier_a_tout(montre):
    """Un tableau court à l'écran ; formules, sources et limites dessous ; tout dans le CSV."""
    html = montre.html()

    assert "62,8" not in html and "63" in html
    assert "82" not in montre.cellules().loc[0, "valeur"]
    assert "63\u202f% plafonné par action" in html
    assert "Actions réalisées ÷ actions programmées." in html
    assert montre.csv().decode("utf-8-sig").splitlines()[0].startswith("indicateur_code;libelle;dimension;formule")


def test_le_json_est_stable_et_distingue_masque_et_absent(montre):
    """Mêmes données, mêmes octets ; « Données fictives » y est dit."""
    ecrits = [
        json_indicateurs(montre.protegee, cle="petite", nom="Petite", annee=2024, source=montre.source)
        for _ in range(2)
    ]
    lu = json.loads(ecrits[0])
    par_code = {fiche["code"]: fiche for fiche in lu["indicateurs"]}

    assert ecrits[0] == ecrits[1]
    assert (lu["format"], lu["donnees_fictives"], lu["mention"]) == ("indicateurs/1", True, "Données fictives")
    assert (par_code["R01"]["valeur"], par_code["R01"]["numerateur"]) == (0.4, 2)
    assert [par_code[code]["etat_valeur"] for code in ("R01", "S17", "S25")] == ["publiée", "absente", "masquée"]
    assert par_code["S25"]["borne_haute"] is None
    assert list(par_code["R01"]["annees_precedentes"]) == ["2023", "2022"]


def test_l_exemple_se_charge_avec_ses_formules(pytestconfig):
    """Le référentiel de départ ne soulève aucun problème."""
    problemes = verifier(Path(pytestconfig.rootpath) / "data" / "miramas")

    assert [p for p in problemes if p.colonne == "calcul"] == []
