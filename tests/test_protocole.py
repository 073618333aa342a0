"""Le protocole : ce qui peut se juger, ce qui est arrivé, et le cadre de la cité."""

import datetime as dt
import re

import pandas as pd
import pytest

from citelib import protocole, secret
from citelib.classeurs.modeles import ENTETE, modele
from citelib.contrats import Probleme
from citelib.formats import INSECABLE
from citelib.protocole.chaine import LIENS

PLAN = {"A1": ["Orientation scolaire", "Familles"], "A2": ["Numérique"]}


@pytest.fixture
def objectifs(table):
    """Un objectif complet, un sans cible, un sans indicateur, un dont l'indicateur n'existe pas."""
    return table(
        """
        objectif_id | axe | theme                | indicateur_code | valeur_initiale | cible | annee_cible
        O1          | A1  | Orientation scolaire | S14             | 0,5             | 0,7   | 2024
        O2          | A1  | orientation scolaire | I04             | 0,5             |       | 2024
        O3          | A2  | Numérique            |                 |                 |       |
        O4          | A3  | Arts                 | S99             | 1               | 2     | 2024
        """,
        "objectifs",
        annee="2024",
        objectif_strategique="Stratégie",
        objectif_operationnel="Faire",
        question_evaluative="Question ?",
        critere="Critère",
        source_prevue="Relevé",
    )


@pytest.fixture
def indicateurs(table):
    """Deux indicateurs du référentiel."""
    return table(
        """
        indicateur_code | dimension | libelle
        S14             | resultats | Stages
        I04             | impacts   | DNB
        """,
        "indicateurs",
        producteur="Collège",
    )


@pytest.fixture
def valeurs(table):
    """Une valeur observée, une valeur non collectée, une valeur d'une autre année."""
    return table(
        """
        indicateur_code | annee | numerateur | denominateur | valeur | statut_valeur
        S14             | 2024  | 3          | 4            |        | observee
        I04             | 2024  |            |              |        | non_collectee
        I04             | 2023  |            |              | 0,8    | observee
        """,
        "valeurs",
        niveau="cite",
        periode="an",
    )


@pytest.fixture
def envois(table):
    """Quatre envois attendus : à temps, en retard de cinq jours, jamais reçu, pas encore dû."""
    return table(
        """
        table         | producteur | attendu_le | recu_le    | relances | taux_completude
        actions       | Pilotes    | 10/01/2025 | 10/01/2025 | 0        | 0,9
        beneficiaires | Porteurs   | 10/01/2025 | 15/01/2025 | 1        | 0,8
        financements  | Ville      | 10/01/2025 |            | 2        |
        valeurs       | Rectorat   | 01/03/2025 |            |          |
        """,
        "collecte",
        annee="2024",
    )


# --------------------------------------------------------------------------------------- évaluabilité


def test_un_objectif_est_evaluable_avec_indicateur_depart_cible_et_source(objectifs, indicateurs, valeurs):
    """S10 : le deuxième n'a pas de cible, le troisième pas d'indicateur, le quatrième un code inconnu."""
    resultat = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)

    par_objectif = resultat.set_index("objectif_id")
    assert par_objectif["evaluable"].to_dict() == {"O1": True, "O2": False, "O3": False, "O4": False}
    assert par_objectif["n_manques"].to_dict() == {"O1": 0, "O2": 2, "O3": 6, "O4": 3}
    assert resultat["objectif_id"].tolist() == ["O3", "O4", "O2", "O1"]  # la chaîne la plus rompue d'abord


def test_ce_qui_manque_est_nomme(objectifs, indicateurs, valeurs):
    """La rupture se lit en français, et distingue un code absent du référentiel d'une case vide."""
    chaine = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)
    ruptures = chaine.set_index("objectif_id")["rupture"]

    assert ruptures["O1"] == ""
    assert ruptures["O2"] == "Il manque : cible et valeur de l’année.".replace(" :", f"{INSECABLE}:")
    assert "S99" in ruptures["O4"] and "n’est pas au référentiel" in ruptures["O4"]
    assert "référentiel" not in ruptures["O3"]


def test_une_valeur_se_lit_aussi_dans_ses_deux_comptes(objectifs, indicateurs, valeurs):
    """S14 n'a pas de valeur écrite mais 3 sur 4 ; I04 n'est pas collecté en 2024."""
    resultat = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)

    dits = resultat.set_index("objectif_id")["valeur_annee"].to_dict()
    assert dits == {"O1": "oui", "O2": "manque", "O3": "manque", "O4": "manque"}


def test_la_part_evaluable_se_compte_par_axe(objectifs, indicateurs, valeurs):
    """Un objectif évaluable sur quatre ; sur l'axe 1, un sur deux."""
    chaine = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)
    resultat = protocole.evaluabilite_par_axe(chaine).set_index("axe")

    assert resultat.loc["Conforter le rôle de l’école", "taux_evaluables"] == 0.5
    assert resultat.loc["Ensemble", ["n_objectifs", "n_evaluables", "n_avec_valeur"]].tolist() == [4, 1, 1]


MAILLONS = {
    "question_evaluative": "question évaluative",
    "critere": "critère",
    "indicateur_code": "indicateur, producteur et valeur de l’année",
    "valeur_initiale": "valeur de départ",
    "cible": "cible",
    "source_prevue": "source",
    "annee_cible": "échéance",
}
"""Colonne vidée d'un objectif complet → ce que la rupture doit nommer."""


@pytest.mark.parametrize("colonne", MAILLONS)
def test_chaque_maillon_rompu_est_nomme_avec_qui_peut_le_reparer(objectifs, indicateurs, valeurs, colonne):
    """O1 est complet : on lui ôte un maillon à la fois ; sans indicateur, ni producteur ni valeur de l'année."""
    un_seul = objectifs.head(1).assign(**{colonne: pd.NA}, responsable_role="Coordonnateur")
    (ligne,) = protocole.ruptures(protocole.evaluabilite(un_seul, indicateurs, valeurs, annee=2024)).to_dict("records")

    assert ligne["rupture"] == f"Il manque{INSECABLE}: {MAILLONS[colonne]}."
    assert ligne["responsable_role"] == "Coordonnateur"
    assert ligne["evaluable"] is (colonne in ("question_evaluative", "critere", "annee_cible"))


def test_sans_producteur_au_referentiel_la_chaine_est_rompue(objectifs, indicateurs, valeurs):
    """Le producteur vient du référentiel, non de l'objectif ; et nul n'est désigné pour y remédier."""
    muets = indicateurs.assign(producteur=pd.NA)
    (ligne,) = protocole.ruptures(protocole.evaluabilite(objectifs.head(1), muets, valeurs, annee=2024)).to_dict(
        "records"
    )

    assert ligne["rupture"] == f"Il manque{INSECABLE}: producteur."
    assert ligne["responsable_role"] == "à désigner"


def test_une_chaine_complete_n_a_rien_a_reparer(objectifs, indicateurs, valeurs):
    """La table est vide et dit pourquoi, ce qu'une année sans objectif ne dit pas."""
    complete = protocole.evaluabilite(objectifs.head(1), indicateurs, valeurs, annee=2024)

    assert protocole.ruptures(complete).empty
    assert protocole.ruptures(complete).attrs["motif"] == "aucune chaîne n'est rompue"
    assert protocole.ruptures(complete.iloc[:0]).attrs["motif"] == ""


def test_les_maillons_qui_manquent_se_comptent(objectifs, indicateurs, valeurs):
    """Valeur de l'année : O2, O3, O4. Indicateur et producteur : O3, O4. Cible : O2, O3. Départ, échéance : O3."""
    chaine = protocole.evaluabilite(objectifs, indicateurs, valeurs, annee=2024)
    comptes = protocole.ruptures_par_maillon(chaine)

    assert comptes["maillon"].iloc[0] == "valeur de l'année"
    assert dict(comptes[["maillon", "n_objectifs"]].values) == {
        "valeur de l'année": 3,
        "indicateur": 2,
        "cible": 2,
        "producteur": 2,
        "valeur de départ": 1,
        "échéance": 1,
    }


def test_chaque_maillon_dit_ou_il_s_ecrit(miramas):
    """La feuille et la colonne existent dans le classeur que reçoit le chargé de projet."""
    aucun = pd.DataFrame({nom: ["manque"] for nom in LIENS})
    dits = protocole.ruptures_par_maillon(aucun).set_index("maillon")["ou_ecrire"]
    titres = [cellule.value for cellule in modele("cpo", miramas, 2024)["Objectifs"][ENTETE]]

    for dit in dits[dits.str.startswith("classeur cpo.xlsx")]:
        feuille, titre = re.findall(f"«{INSECABLE}(.+?){INSECABLE}»", dit)
        assert feuille == "Objectifs"
        assert any(connu.replace("'", "’").startswith(titre) for connu in titres), titre
    assert "D’où l’indicateur doit venir" in dits["source"]
    assert dits.str.startswith("classeur cpo.xlsx").sum() == 7


# ------------------------------------------------------------------------------------ matrice de couverture

MESURES = {"S14", "I14"}


@pytest.fixture
def actions(table):
    """Un éveil à la crèche, un forum de collège, un atelier de parents sans âge."""
    return table(
        """
        action_id | intitule | axe | theme                | objectif_operationnel_id | age_min | age_max | parents_vises
        X1        | Éveil    | A1  | Familles             | O2                       | 0       | 3       | non
        X2        | Forum    | A1  | Orientation scolaire | O1                       | 12      | 15      | non
        X3        | Café     | A1  | Familles             | O2                       |         |         | oui
        """,
        "actions",
        annee="2024",
    )


def couvrir(objectifs, indicateurs, actions, *, transversaux=None, mesures=MESURES, annee=2024):
    """La matrice de ces tables, par intitulé."""
    lues = (objectifs, indicateurs, actions, PLAN, transversaux or {})
    return protocole.couverture(*lues, mesures=mesures, annee=annee).set_index("theme")


def test_la_couverture_montre_tous_les_themes_et_les_cases_vides(objectifs, indicateurs, actions):
    """Deux thèmes du plan n'ont pas d'indicateur pourvu ; « Arts », hors du plan, vient après eux."""
    resultat = couvrir(objectifs, indicateurs, actions)

    assert resultat.index.tolist()[:4] == ["Orientation scolaire", "Familles", "Numérique", "Arts"]
    assert resultat["resultats"].tolist()[:4] == ["1", "non évalué", "non évalué", "non évalué"]
    assert (resultat["impacts"] == "non évalué").all()
    assert resultat["n_actions"].tolist()[:4] == [1, 2, 0, 0]


def test_l_egalite_la_petite_enfance_et_les_parents_sont_toujours_la(objectifs, indicateurs, actions):
    """Même sans indicateur : l'éveil (0 à 3 ans) sert deux tranches, le café les parents."""
    toujours = couvrir(objectifs, indicateurs, actions).query("axe == 'Tous les axes'")

    assert toujours["n_actions"].to_dict() == {
        "Égalité entre filles et garçons": 0,
        "Petite enfance, 0 à 2 ans": 1,
        "Petite enfance, 3 à 5 ans": 1,
        "Parents": 1,
    }
    assert (toujours[["realisation", "resultats", "impacts", "partenariat"]] == "non évalué").all(axis=None)


def test_un_public_est_evalue_par_les_indicateurs_que_le_protocole_lui_donne(objectifs, indicateurs, actions):
    """S14 est mesuré, I04 ne l'est pas ; X2 sert un objectif que S14 suit, X1 et X3 un objectif que I04 suit."""
    resultat = couvrir(objectifs, indicateurs, actions, transversaux={"egalite": ["S14"], "parents": ["I04"]})

    assert resultat.loc["Égalité entre filles et garçons", ["n_actions", "resultats"]].tolist() == [1, "1"]
    assert resultat.loc["Parents", ["n_actions", "impacts"]].tolist() == [2, "non évalué"]


def test_une_enquete_de_l_annee_mesure_l_indicateur_de_ses_questions(table, valeurs):
    """S14 a une valeur ; I14 est renseigné par une question posée en 2024, I15 par une question de 2023."""
    items = table("questionnaire | item | indicateur_code\nparents | aise | I14\njeunes | avis | I15", "items")
    dessin = "vague | annee | questionnaire | repondant_pseudo | item | reponse\nT2 | 2024 | parents | a1 | aise | 4"
    reponses = table(f"{dessin}\nT1 | 2023 | jeunes | b1 | avis | 3", "reponses_beneficiaires")

    assert protocole.indicateurs_mesures(valeurs, items, reponses, annee=2024) == {"S14", "I14"}


# ------------------------------------------------------------------------------------------ logique d'action


@pytest.fixture
def bilans(table):
    """Le forum et le café sont menés, l'éveil est annulé."""
    return table(
        "action_id | annee | statut\nX1 | 2024 | annulee\nX2 | 2024 | realisee\nX3 | 2024 | partielle", "realisations"
    )


@pytest.fixture
def referentiel(table):
    """Un résultat, un impact employé, un que nul n'emploie, un contexte, un impact d'un autre axe."""
    return table(
        """
        indicateur_code | dimension | libelle  | axe | sens
        S14             | resultats | Stages   | A1  | hausse
        I04             | impacts   | Brevet   | A1  | hausse
        I14             | impacts   | Aisance  | A1  | hausse
        I11             | impacts   | IPS      | A1  | contexte
        I01             | impacts   | Absences | A2  | baisse
        """,
        "indicateurs",
    )


def test_la_logique_va_des_actions_aux_changements(actions, bilans, objectifs, referentiel):
    """O1 : une action menée sur une, un résultat mesuré. O2 : une menée sur deux, un impact sans mesure."""
    vises = objectifs.assign(objectif_operationnel=objectifs["objectif_id"])
    resultat = protocole.logique(actions, bilans, vises, referentiel, axe="A1", mesures=MESURES, annee=2024)

    assert resultat.replace(INSECABLE, " ", regex=True).values.tolist() == [
        ["O1", "Forum", "1 menée sur 1", "Stages (mesuré)", "", "oui"],
        ["O2", "Éveil ; Café", "1 menée sur 2", "aucun indicateur", "Brevet (non mesuré)", "non"],
        ["Tout l'axe", "", "", "", "Aisance (mesuré)", "oui"],
    ]


def test_un_objectif_sans_action_le_dit(actions, bilans, objectifs, referentiel):
    """O3, seul objectif de l'axe 2, n'a ni action ni indicateur."""
    resultat = protocole.logique(actions, bilans, objectifs, referentiel, axe="A2", mesures=MESURES, annee=2024)

    assert resultat.iloc[0][["actions", "realisation", "resultats", "mesure"]].tolist() == [
        "aucune action",
        "",
        "aucun indicateur",
        "non",
    ]


@pytest.mark.parametrize(("copies", "dites"), [(3, "A0 ; A1 ; A2"), (4, "A0 ; A1 ; et 2 autres"), (60, "60 actions")])
def test_beaucoup_d_actions_sont_comptees_plutot_que_nommees(actions, bilans, objectifs, referentiel, copies, dites):
    """Trois se nomment ; de quatre, deux se nomment ; soixante se comptent."""
    noms = [f"A{rang}" for rang in range(copies)]
    nombreuses = pd.concat([actions.iloc[[1]]] * copies, ignore_index=True).assign(action_id=noms, intitule=noms)
    resultat = protocole.logique(nombreuses, bilans, objectifs.head(1), referentiel, axe="A1", mesures=(), annee=2024)

    assert resultat["actions"].iloc[0].replace(INSECABLE, " ") == dites


def test_beaucoup_d_objectifs_sont_reunis_par_theme(actions, bilans, objectifs, referentiel):
    """Neuf objectifs d'un axe, en deux thèmes : deux lignes, puis celle de tout l'axe."""
    premiers = pd.concat([objectifs.iloc[[0]]] * 9, ignore_index=True)
    themes = ["Familles"] * 4 + ["Orientation scolaire"] * 5
    nombreux = premiers.assign(objectif_id=[f"O{rang}" for rang in range(9)], theme=themes)
    resultat = protocole.logique(actions, bilans, nombreux, referentiel, axe="A1", mesures=(), annee=2024)

    assert resultat["chaine"].tolist() == ["Familles", "Orientation scolaire", "Tout l'axe"]


# ------------------------------------------------------------------------------------------------- charge


def tache(role, mois, jours, dimension="impacts"):
    return {"role": role, "mois": mois, "jours": jours, "tache": "Faire", "dimension": dimension}


def test_la_charge_se_somme_par_fonction_et_par_mois():
    """CPO : 1,5 + 0,5 en mai, 1 en juin, soit 3 ; évaluateur : 4 en mai. Ensemble : 6 en mai, 1 en juin, 7."""
    prevues = [
        tache("CPO", "mai", 1.5),
        tache("CPO", "mai", 0.5),
        tache("CPO", "juin", 1),
        tache("Évaluateur", "mai", 4),
    ]
    resultat = protocole.charge({"charge": prevues}).set_index("fonction")

    assert resultat.index.tolist() == ["Évaluateur", "CPO", "Ensemble"]
    assert resultat[["jours_05", "jours_06", "jours_annee"]].values.tolist() == [[4, 0, 4], [2, 1, 3], [6, 1, 7]]
    assert resultat["jours_01"].tolist() == [0, 0, 0]


def test_les_taches_se_lisent_dans_l_ordre_des_mois():
    """Février avant mai, quel que soit l'ordre du fichier."""
    lues = protocole.taches({"charge": [tache("CPO", "mai", 1), tache("CPO", "février", 2, "realisation")]})

    assert lues[["mois", "jours", "dimension"]].values.tolist() == [
        ["février", 2, "réalisation"],
        ["mai", 1, "impacts"],
    ]


def test_un_protocole_sans_charge_le_dit():
    """La page l'écrit à la place de la figure et du tableau."""
    for vide in (protocole.charge({}), protocole.taches({})):
        lue = secret.proteger(vide, diffusion="cotech")
        assert lue.donnees.empty and "la déclarer dans protocole.toml" in lue.motif


def test_une_charge_proposee_n_est_pas_attribuee_au_document_source():
    """La mention du protocole, si « charge » est parmi les propositions ; sa source sinon."""
    dit = {"source": "Plaquette", "mention_proposition": "À valider"}

    assert protocole.source_charge(dit | {"proposition": ["charge"]}) == "À valider"
    assert protocole.source_charge(dit) == "Plaquette"


# --------------------------------------------------------------------------------- collecte et qualité


def test_le_suivi_dit_l_etat_de_chaque_envoi(envois):
    """Au 20 janvier : à temps, cinq jours de retard, dix jours de retard et toujours rien, pas encore dû."""
    resultat = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))

    assert resultat["etat"].tolist() == ["reçu à temps", "reçu en retard", "en retard", "attendu"]
    assert resultat["jours_retard"].tolist() == [0, 5, 10, pd.NA]
    assert resultat["titre"].iloc[1] == "Personnes touchées, par agrégats seulement"


def test_ce_qui_arrive_apres_la_date_du_suivi_n_est_pas_encore_la(envois):
    """Au 12 janvier, l'envoi du 15 a deux jours de retard, et sa complétude n'est pas connue."""
    ligne = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 12)).iloc[1]

    assert (ligne["etat"], ligne["jours_retard"]) == ("en retard", 2)
    assert pd.isna(ligne["recu_le"]) and pd.isna(ligne["taux_completude"])


def test_le_resume_montre_les_quatre_etats(envois):
    """Un envoi dans chaque état, trois relances connues, des retards de 5 et 10 jours."""
    suivi = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))
    resultat = protocole.resume_collecte(suivi).set_index("etat")

    assert resultat["n_lignes"].tolist() == [1, 1, 1, 1, 4]
    assert resultat.loc["Ensemble", ["relances", "jours_retard_median"]].tolist() == [3, 7.5]


def test_la_qualite_distingue_vide_nc_sans_objet_et_estimation():
    """Quatre états, quatre colonnes ; un avertissement sur un classeur d'actions revient à sa table."""
    etats = pd.DataFrame(
        {
            "table": ["valeurs"] * 4,
            "colonne": ["valeur"] * 4,
            "etat": ["vide", "non_collectee", "non_concernee", "estimee"],
        }
    )
    avertissement = Probleme("avertissement", "actions-2024.xlsx", message="doublon")
    resultat = protocole.qualite(etats, [avertissement])

    assert resultat["table"].tolist() == ["actions", "valeurs"]
    comptes = ["n_vides", "n_non_collectees", "n_sans_objet", "n_estimees"]
    assert resultat.loc[1, comptes].tolist() == [1, 1, 1, 1]
    assert resultat["n_avertissements"].tolist() == [1, 0]


# ---------------------------------------------------------------------------------------------- cadre

REGLAGES = {
    "commune": "Miramas",
    "annonce_label": dt.date(2021, 1, 29),
    "territoire": {"habitants": 27060, "taux_pauvrete_la_maille": 0.435, "piscines": 1},
    "sources": {"habitants": "Fiche", "gouvernance": "Plaquette"},
    "axe": [{"code": "A1", "libelle": "École", "themes": ["Familles", "Orientation"]}],
    "gouvernance": [{"instance": "copil", "nom": "Comité de pilotage", "qui": "Pilotes", "quoi": "Valide"}],
    "etape": [{"annee": 2021, "titre": "Ateliers", "details": ["Un", "Deux"]}, {"annee": 2021, "titre": "Fin"}],
}


def test_chaque_fait_du_territoire_a_sa_source():
    """Un nombre, une part et une date s'écrivent en français ; sans source donnée, cela se dit."""
    resultat = protocole.territoire(REGLAGES).set_index("fait")

    assert resultat.loc["Habitants"].tolist() == ["27\u202f060", "Fiche"]
    assert resultat.loc["Taux de pauvreté, La Maille", "valeur"] == "43,5\u202f%"
    assert resultat.loc["Annonce du label", "valeur"] == f"29{INSECABLE}janvier{INSECABLE}2021"
    assert resultat.loc["Piscines", "source"] == "source non indiquée"


def test_le_nombre_de_participants_reste_un_minimum(table):
    """« Plus de 100 » ne devient jamais le nombre 100."""
    ateliers = table(
        "atelier_id | annee | theme | participants_plus_de\nAT-1 | 2021 | Une cité | 100", "ateliers", source="P"
    )
    resultat = protocole.ateliers(ateliers)

    assert resultat["participants"].tolist() == [f"plus de{INSECABLE}100"]
    assert secret.proteger(resultat, diffusion="public").donnees["participants"].tolist() == [f"plus de{INSECABLE}100"]


def test_les_quartiers_gardent_leurs_deux_listes(table):
    """Un quartier de 2015 renvoie à celui de 2024 ; rien n'est masqué."""
    lus = table("qpv_code | nom | correspondance\nQP013062 | La Maille | QN01367M", "quartiers", generation="2015")
    resultat = secret.proteger(protocole.quartiers(lus), diffusion="public").donnees

    assert resultat[["quartier", "correspondance"]].values.tolist() == [["La Maille", "QN01367M"]]


def test_les_colleges_viennent_avant_les_ecoles(table):
    """Puis l'ordre alphabétique ; l'effectif d'un établissement est public."""
    lus = table("nom | type | effectif\nÉcole A | ecole | 90\nCollège B | college | 440", "etablissements")
    resultat = secret.proteger(protocole.etablissements(lus), diffusion="public").donnees

    assert resultat[["etablissement", "effectif"]].values.tolist() == [["Collège B", 440], ["École A", 90]]


def test_le_cadre_se_lit_dans_les_reglages():
    """Instances, thèmes et étapes, chacun avec la source de sa section."""
    gouvernance = protocole.gouvernance(REGLAGES)

    assert gouvernance.values.tolist() == [["Comité de pilotage", "Pilotes", "Valide", "Plaquette"]]
    assert protocole.orientations(REGLAGES)["theme"].tolist() == ["Familles", "Orientation"]
    assert protocole.etapes(REGLAGES)["detail"].tolist() == ["Un", "Deux", "Fin"]


def test_le_protocole_separe_le_document_source_des_propositions():
    """Une question vient du document ; un outil et une échéance sont proposés, et le disent."""
    dimension = {
        "titre": "La réalisation",
        "questions": ["Est-ce fait ?"],
        "outils": ["Bilans"],
        "planning": [{"quand": "Mai", "quoi": "Enquête"}],
    }
    lu = {
        "source": "Plaquette",
        "proposition": ["outils", "planning"],
        "mention_proposition": "Proposé",
        "dimension": [dimension],
    }
    resultat = protocole.dimensions(lu)

    assert resultat["source"].tolist() == ["Plaquette", "Proposé", "Proposé"]
    assert resultat["contenu"].iloc[2] == f"Mai{INSECABLE}: Enquête"


@pytest.mark.parametrize("diffusion", ["interne", "cotech", "public"])
def test_chaque_table_du_protocole_se_publie(objectifs, indicateurs, valeurs, envois, actions, bilans, diffusion):
    """Rien n'y compte des personnes : rien n'est masqué, rien n'est refusé."""
    lues = objectifs, indicateurs, valeurs
    chaine = protocole.evaluabilite(*lues, annee=2024)
    suivi = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 20))
    tables = [chaine, protocole.evaluabilite_par_axe(chaine), suivi, protocole.resume_collecte(suivi)]
    tables += [protocole.ruptures(chaine), protocole.ruptures_par_maillon(chaine), protocole.etapes(REGLAGES)]
    tables += [protocole.couverture(objectifs, indicateurs, actions, PLAN, {}, mesures=MESURES, annee=2024)]
    tables += [protocole.logique(actions, bilans, objectifs, indicateurs, axe="A1", mesures=MESURES, annee=2024)]
    tables += [protocole.charge({"charge": [tache("CPO", "mai", 1)]}), protocole.relances(suivi, cite="X", annee=2024)]

    for calculee in tables:
        assert not secret.proteger(calculee, diffusion=diffusion).masque.to_numpy().any()


def test_une_annee_sans_donnees_donne_des_tables_vides(objectifs, indicateurs, valeurs, envois, actions, bilans):
    """Mêmes colonnes, aucune ligne."""
    lues = objectifs, indicateurs, valeurs
    suivi = protocole.collecte(envois, annee=1999, au=dt.date(2025, 1, 20))
    chaine = protocole.evaluabilite(*lues, annee=1999)

    logique = protocole.logique(actions, bilans, objectifs, indicateurs, axe="A1", mesures=MESURES, annee=1999)
    relances = protocole.relances(suivi, cite="X", annee=1999)

    for vide in (
        chaine,
        suivi,
        logique,
        relances,
        protocole.ruptures(chaine),
        protocole.resume_collecte(suivi),
        protocole.evaluabilite_par_axe(chaine),
    ):
        assert vide.empty and len(vide.columns) > 3
    assert couvrir(objectifs, indicateurs, actions, annee=1999).empty
