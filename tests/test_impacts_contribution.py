"""La contribution : chaque vérification, la règle, la part de l'évaluateur ; et la règle de décision imprimée."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citelib import impacts
from citelib.chargement.reglages import verifier_contribution
from citelib.impacts.contribution import INCONNUES, VERIFICATIONS, conclure
from citelib.mesures.verdicts import CONNUS

CODES = list(VERIFICATIONS)


@pytest.fixture
def cite(table):
    """Un objectif, deux actions, un indicateur qui monte de dix points, une valeur de départ d'avant les actions."""
    return {
        "objectifs": table(
            """
            objectif_id | annee | theme       | indicateur_code | valeur_initiale | annee_initiale | cible
            OBJ-01      | 2024  | Orientation | S14             | 0,5             | 2021           | 0,7
            """,
            "objectifs",
            axe="A1",
            objectif_operationnel="Trouver un stage",
        ),
        "actions": table(
            """
            action_id | annee | hors_programmation | objectif_operationnel_id | public_prevu
            A1-01     | 2024  | non                | OBJ-01                   | 100
            A1-02     | 2024  | non                | OBJ-01                   | 100
            """,
            "actions",
        ),
        "realisations": table(
            """
            action_id | annee | statut   | date_debut_reelle
            A1-01     | 2024  | realisee | 15/01/2024
            A1-02     | 2024  | realisee | 20/02/2024
            """,
            "realisations",
        ),
        "beneficiaires": table(
            """
            action_id | annee | tranche_age | sexe | residence | type_public  | nb_uniques
            A1-01     | 2024  | 11-15       | F    | hors_qpv  | enfant_jeune | 80
            A1-02     | 2024  | 11-15       | G    | hors_qpv  | enfant_jeune | 70
            """,
            "beneficiaires",
        ),
        "indicateurs": table(
            """
            indicateur_code | dimension | unite | sens   | nature    | delta | theme
            S14             | resultats | part  | hausse | processus | 0,05  | Orientation
            I15             | impacts   | score | hausse | processus | 0,2   | Orientation
            """,
            "indicateurs",
            libelle="Intitulé",
            producteur="Collège",
        ),
        "valeurs": table(
            """
            indicateur_code | annee | numerateur | denominateur | valeur | statut_valeur | date_production
            S14             | 2024  | 60         | 100          | 0,6    | observee      | 15/12/2024
            """,
            "valeurs",
            periode="2024",
            niveau="cite",
            territoire_code="x",
        ),
        "reponses_beneficiaires": table("vague | annee\n", "reponses_beneficiaires"),
        "items": table("questionnaire | item\n", "items"),
    }


def reponses(cite, **options) -> dict[str, tuple]:
    """Réponse et origine de chaque vérification."""
    table = impacts.verifications(**cite, annee=2024, **options)
    return {ligne["code"]: (ligne["reponse"], ligne["origine"]) for ligne in table.to_dict("records")}


def test_les_donnees_repondent_a_ce_qu_elles_peuvent(cite):
    """2 actions sur 2 ; 150 touchés sur 200 (75 %) ; 0,50 puis 0,60 ; départ de 2021, actions de 2024."""
    lues = reponses(cite)

    assert list(lues) == CODES
    assert lues["actions_menees"] == lues["public_touche"] == ("oui", "données")
    assert lues["indicateur_favorable"] == lues["calendrier"] == ("oui", "données")
    assert lues["resultat_intermediaire"] == lues["autres_explications"] == ("inconnu", "")


@pytest.mark.parametrize(
    ("statuts", "attendue"),
    [
        (["realisee", "partielle"], "oui"),  # 1,5 sur 2 : 75 %
        (["realisee", "annulee"], "non"),  # 1 sur 2
        (["realisee", "sans_information"], "inconnu"),  # 1 ou 2 sur 2
        (["annulee", "sans_information"], "non"),  # au mieux 1 sur 2
    ],
)
def test_sept_actions_sur_dix_et_un_bilan_manquant_peut_tout_changer(cite, statuts, attendue):
    cite["realisations"] = cite["realisations"].assign(statut=statuts)

    assert reponses(cite)["actions_menees"][0] == attendue


def test_le_seuil_du_public_se_regle_dans_cite_toml(cite):
    """75 % du public prévu : oui à 70 %, non à 80 %."""
    assert reponses(cite, reglages={"contribution": {"public": 0.8}})["public_touche"][0] == "non"
    assert verifier_contribution({"contribution": {"public": 0.8}}) == [] == verifier_contribution({})
    for fautive in ({"public": 1.2}, {"public": True}, {"publique": 0.7}, 3):
        (probleme,) = verifier_contribution({"contribution": fautive})
        assert probleme.fichier == "cite.toml" and "attendu" in str(probleme)


@pytest.mark.parametrize(
    ("sens", "valeur", "attendue"),
    [("hausse", 0.55, "oui"), ("hausse", 0.54, "non"), ("hausse", 0.4, "non"), ("baisse", 0.4, "oui"),
     ("cible", 0.65, "oui"), ("cible", 0.4, "non"), ("contexte", 0.9, "inconnu")],
)  # fmt: skip
def test_l_indicateur_doit_bouger_d_au_moins_delta_du_bon_cote(cite, sens, valeur, attendue):
    """Départ 0,50, cible 0,70, plus petit changement qui compte 0,05."""
    cite["indicateurs"] = cite["indicateurs"].assign(sens=sens)
    cite["valeurs"] = cite["valeurs"].assign(valeur=valeur, numerateur=100 * valeur)

    assert reponses(cite)["indicateur_favorable"][0] == attendue


def test_sur_un_echantillon_la_marge_d_erreur_compte(cite):
    """60 sur 100 : Wilson de 0,50 à 0,69, à peine au-dessus de 0,50 ; face à un départ de 0,55, on ne sait pas."""
    cite["indicateurs"] = cite["indicateurs"].assign(nature="echantillon")
    assert reponses(cite)["indicateur_favorable"][0] == "oui"

    cite["objectifs"] = cite["objectifs"].assign(valeur_initiale=0.55)
    assert reponses(cite)["indicateur_favorable"][0] == "inconnu"


@pytest.mark.parametrize(
    ("depart", "debut", "produite", "attendue"),
    [
        (2021, "2024-01-15", "2024-12-15", "oui"),
        (2024, "2024-01-15", "2024-12-15", "inconnu"),
        (2024, "2023-01-15", "2024-12-15", "non"),
        (2021, "2024-09-15", "2024-03-01", "non"),
        (2021, None, "2024-12-15", "inconnu"),
    ],
)
def test_le_changement_doit_suivre_les_actions(cite, depart, debut, produite, attendue):
    """Départ avant les actions, mesure après leur début."""
    cite["objectifs"] = cite["objectifs"].assign(annee_initiale=depart)
    cite["realisations"] = cite["realisations"].assign(date_debut_reelle=pd.to_datetime(debut))
    cite["valeurs"] = cite["valeurs"].assign(date_production=pd.to_datetime(produite))

    assert reponses(cite)["calendrier"][0] == attendue


def enquete(cite, table, avant, apres):
    """Soixante jeunes retrouvés, une question du thème de l'objectif."""
    cite["items"] = table(
        "questionnaire | item | libelle | echelle_max | inverse | domaine | indicateur_code\n"
        "jeunes | oser | J'ose. | 4 | non | école | I15",
        "items",
    )
    lignes = [
        {"vague": vague, "annee": annee, "questionnaire": "jeunes", "repondant_pseudo": f"k{rang}", "item": "oser",
         "reponse": str(note)}
        for vague, annee, notes in (("T0", 2023, avant), ("T1", 2024, apres))
        for rang, note in enumerate(notes)
    ]  # fmt: skip
    cite["reponses_beneficiaires"] = pd.DataFrame(lignes)


@pytest.mark.parametrize(
    ("apres", "attendue"),
    [
        ([3, 4, 3] * 20, "oui"),
        ([1, 2, 2] * 20, "non"),
        ([2, 2, 3] * 19 + [3, 2, 2], "non"),
        ([1, 3, 3] * 20, "inconnu"),
    ],
)
def test_le_resultat_intermediaire_se_lit_aux_questions_du_theme(cite, table, apres, attendue):
    """Notes de départ 2, 2, 3 : progrès net, recul net, stabilité (même notes ou presque), rien de mesurable."""
    enquete(cite, table, [2, 2, 3] * 20, apres)

    assert reponses(cite)["resultat_intermediaire"][0] == attendue


def dites(table, dessin) -> pd.DataFrame:
    return table("objectif_id | annee | verification | reponse | explication\n" + dessin, "contributions")


def test_l_evaluateur_complete_sans_remplacer_les_donnees(cite, table):
    """Il répond à 3 et 6, inconnues ; sa réponse à 1, que les données donnent, est notée sans la changer."""
    contributions = dites(
        table,
        """OBJ-01 | 2024 | 1 | non | À revoir
        OBJ-01 | 2024 | 3 | oui | Entretiens
        OBJ-01 | 2024 | 6 | oui | Réforme du collège, examinée
        OBJ-01 | 2023 | 2 | non | Autre année""",
    )
    table = impacts.verifications(**cite, annee=2024, contributions=contributions)
    lues = table.set_index("code")

    assert lues.loc["actions_menees", ["reponse", "origine"]].tolist() == ["oui", "données"]
    assert "À revoir" in lues.loc["actions_menees", "explication"]
    assert lues.loc["resultat_intermediaire", ["reponse", "origine"]].tolist() == ["oui", "évaluateur"]
    (conclusion,) = impacts.contributions_par_objectif(table)["conclusion"]
    assert conclusion == "Contribution plausible"
    (raisons,) = impacts.raisons_par_objectif(table).to_dict("records")
    assert raisons["reserves"] == "" and "6. Réforme du collège" in raisons["appuis"]


def test_sans_objectif_il_n_y_a_pas_de_raison_a_donner(cite):
    """Une année sans objectif a une page Impacts : la table est vide, et a ses colonnes."""
    vide = impacts.raisons_par_objectif(impacts.verifications(**cite, annee=2024).head(0))
    assert (list(vide), len(vide)) == (["objectif_operationnel", "appuis", "reserves"], 0)


def test_examiner_les_autres_explications_sans_les_ecrire_ne_suffit_pas(cite, table):
    """La sixième vérification demande un texte : sans lui, elle reste inconnue et rien n'est plausible."""
    contributions = dites(table, "OBJ-01 | 2024 | 6 | oui | \nOBJ-01 | 2024 | 3 | oui | Entretiens")
    table = impacts.verifications(**cite, annee=2024, contributions=contributions)

    assert table.set_index("code").loc["autres_explications", "reponse"] == "inconnu"
    assert impacts.contributions_par_objectif(table)["conclusion"].tolist() == ["Contribution possible"]


@pytest.mark.parametrize(
    ("dessin", "attendue"),
    [
        ("oui oui oui oui oui oui", "Contribution plausible"),
        ("oui oui inconnu oui oui oui", "Contribution plausible"),
        ("oui oui oui oui oui non", "Contribution possible"),
        ("oui oui oui non oui oui", "Contribution possible"),
        ("oui oui inconnu oui inconnu oui", "Contribution possible"),
        ("oui oui oui inconnu inconnu inconnu", "Contribution possible"),
        ("oui oui non inconnu inconnu inconnu", "Non évaluable"),
        ("non oui oui oui oui oui", "Contribution non étayée"),
        ("oui oui non non inconnu inconnu", "Contribution non étayée"),
        ("inconnu inconnu inconnu oui oui oui", "Non évaluable"),
    ],
)
def test_la_conclusion_suit_la_regle(dessin, attendue):
    """Cinq oui dont 1, 2, 4 et 6 ; trois oui dont 1 ; trois inconnues."""
    assert conclure(dict(zip(CODES, dessin.split(), strict=True))) == attendue


@given(st.lists(st.sampled_from(["oui", "non", "inconnu"]), min_size=6, max_size=6), st.integers(0, 5))
def test_un_oui_de_plus_n_affaiblit_jamais_la_conclusion(reponses_, rang):
    """Loi : remplacer une réponse par oui ne fait pas perdre « plausible » ni « possible »."""
    rangs = {"Contribution plausible": 2, "Contribution possible": 1}
    avant = dict(zip(CODES, reponses_, strict=True))
    apres = avant | {CODES[rang]: "oui"}

    assert rangs.get(conclure(apres), 0) >= rangs.get(conclure(avant), 0)
    if conclure(avant) == "Contribution plausible":
        assert avant["autres_explications"] == "oui"
    if conclure(avant) == "Non évaluable":
        assert reponses_.count("inconnu") >= INCONNUES


# ------------------------------------------------------------------------------------------- la règle imprimée


def test_la_regle_imprimee_nomme_chaque_verdict_dans_l_ordre_ou_il_se_rend():
    """Chaque libellé y est une fois, et les seuils sont ceux du calcul : 0,05, 80 chances, 30, 20, 4, 6, 2."""
    table = impacts.regle_de_decision()
    imprimee = " | ".join(table["verdict"]).replace("’", "'")
    conditions = " ".join(table["condition"])

    assert all(imprimee.count(f"{libelle} {fleche}") == 1 for libelle, fleche, *_ in CONNUS.values())
    ordre = ["Données insuffisantes", "Progression nette", "Progression mesurable", "Signal à confirmer", "Stabilité"]
    places = [imprimee.index(mot) for mot in [*ordre, "Pas d'évolution mesurable", "Recul net"]]
    assert places == sorted(places)
    for seuil in ("30", "20", "0,05", "80 chances sur 100", "Moins de 4", "Moins de 6", "plus de 2"):
        assert seuil in conditions.replace("\xa0", " ").replace("\u202f", " ")
    assert "5 points" in impacts.note_de_la_regle().replace("\xa0", " ").replace("\u202f", " ")


def test_les_paroles_disent_combien_ne_sont_pas_montrees(table):
    """Quatre paroles, trois montrées, par manière de recueillir."""
    verbatims = table(
        """
        verbatim_id | annee | type_acteur | tonalite | texte_anonymise | recueil   | diffusable | saisi_par_role
        V-1         | 2024  | jeune       | positive | Un.             | Entretien | oui        | CPO
        V-2         | 2024  | parent      | positive | Deux.           | Entretien | non        | CPO
        V-3         | 2024  | parent      | positive | Trois.          |           | oui        |
        V-4         | 2024  | parent      | positive | Quatre.         | Entretien | oui        | CPO
        V-5         | 2023  | parent      | positive | Cinq.           | Entretien | oui        | CPO
        """,
        "verbatims",
    )
    lues = impacts.recueil_des_paroles(verbatims, annee=2024).set_index("recueil")

    assert lues.loc["Entretien", ["n_paroles", "n_montrees", "n_non_montrees"]].tolist() == [3, 2, 1]
    assert lues.loc["Entretien", ["type_acteur", "saisi_par_role"]].tolist() == ["jeune et parent", "CPO"]
    assert lues.loc["Ensemble", "n_paroles"] == 4 and lues.loc["non renseigné", "n_montrees"] == 1
    assert impacts.recueil_des_paroles(verbatims, annee=2022).empty
