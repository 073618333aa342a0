"""Reconnaître une donnée personnelle à sa forme : des listes écrites à la main, toutes inventées.

Clés corses calculées par la règle officielle : la lettre devient 0, on ôte un million (A) ou deux (B).
"""

import re
from pathlib import Path

import pytest

from citelib.chargement.fichiers import Feuille, lire_fichier
from citelib.chargement.identite import refuser_personnel
from citelib.contrats import Probleme
from citelib.contrats.personnel import masquer, nature, nature_entete
from citelib.tables import PAR_NOM

PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "public"

POSITIFS = {
    "une adresse électronique": [
        "prenom.nom@exemple.fr",
        "Écrire à contact@asso-inventee.org.",
        "MAJUSCULE@EXEMPLE.FR",
        "a.b+cite@mail.exemple.co",
        "nom (at) exemple.fr",
        "nom [at] exemple.fr",
        "mailto:qui@exemple.fr",
    ],
    "un numéro de téléphone": [
        "06 12 34 56 78",
        "0612345678",
        "+33 6 12 34 56 78",
        "+33612345678",
        "0033 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "09 87 65 43 21",
        "01 23 45 67 89",
        "Tél.07 98 76 54 32, le soir",
        "06\u00a012\u00a034\u00a056\u00a078",
        "à joindre : 0490123456",
    ],
    "un numéro de sécurité sociale": [
        "1 85 05 78 006 084 91",
        "185057800608491",
        "2 69 05 49 588 157 80",
        "1 90 01 2A 004 005 59",
        "190012B00400586",
        "n° de sécurité sociale : 1850578006084",
        "NIR 2 69 05 49 588 157",
        "sécu 2690549588157",
    ],
    "un identifiant national d'élève (INE)": [
        "0123456789A",
        " 1234567890K ",
        "123456789AB",
        "INE : 123456789CD",
        "élève 987654321XY, 5e B",
        "INE 1234567890F",
    ],
    "une date de naissance": [
        "né le 12/03/2012",
        "née le 3 mars 2012",
        "né(e) le 01.02.2011",
        "Kévin, né.e le 1er avril 2010",
        "date de naissance : 12/03/2012",
        "DDN 12-03-12",
        "Date de naissance : 12 / 03 / 2012",
    ],
    "une adresse postale": [
        "12 bis rue des Lilas",
        "12 rue des Lilas, 13140 Miramas",
        "3, avenue Inventée",
        "8 bd Exemple",
        "24ter impasse du Moulin",
        "12, place du Marché",
        "5 place du Marché 13140 Miramas",
        "résidence Les Pins bât. C 13140 Miramas",
        "rue des Lilas 13140 Miramas",
        "habite au 7 allée des Tilleuls",
        "102 chemin du Vieux Four",
    ],
    "un nom de personne": [
        "M. Dupont",
        "Mme X. Martin",
        "Mlle Durand",
        "M. D.",
        "M.Dupont",
        "Monsieur Jean Dupont",
        "Madame DURAND",
        "MME MARTIN",
        "Mr Dupont-Durand",
        "Mme Le Gall",
        "M DUPONT Jean",
        "M Dupont",
        "MM. Dupont et Durand",
        "suivi par Mme Martin, le lundi",
        "collège Inventé, M. Dupont",
    ],
    "un numéro de compte": ["FR76 3000 6000 0112 3456 7890 189", "IBAN FR7630006000011234567890189"],
}

NEGATIFS = (
    """
0132327J|0132326H|QP013063|QN01315M|W131000001|82345678900012|823 456 789 00012|823456789|RECO-2024-01|OBJ-A1-02
A1-03|S-ETAT|P-0001|R0612345|13140|13063|2024|2023/2024|sept-23|01/09/2024|01-09-2024|2024-01-09|01/09/2024 12:30:00
1 200 €|312 450,50 €|1 006 123 456 €|0,0612345678|-12.799238233371794|4.858223997446036|185057800608492|≈30
30 à 40|85,7 %|12|0|NC|sans objet|oui
Collège Albert Camus|ECOLE ELEMENTAIRE PAUL CEZANNE|COLLEGE MADAME DE SEVIGNE|École M. Pagnol|G.S. P. ET M. CURIE
ECOLE ELEMENTAIRE LAKANAL MADAME CAMPAN|E.E.PU CAVE 11 rue Cave|ECOLE PRIMAIRE PUBLIQUE (36 RUE DE LA GARE)
M TSANGAMOUJI|Association Martin|Centre social La Carraire|Rue M. Berthelot
Monsieur le maire|Mme la principale|M. le préfet|MADAME LA RECTRICE|M. Le Maire|Monsieur le sous-préfet
Mme l'inspectrice|Madame, Monsieur,|Mesdames et messieurs|Mme la cheffe de projet|M. l'adjoint au maire
3 M. d'euros|à 300 m. du collège
12 cours de soutien|3 cours par semaine|20 places en crèche|2 places par enfant|1 résidence d'artiste|4 allées et venues
rue de la République|atelier dans la rue|projet né en 2021|le projet est né le lundi|date de naissance manquante
12000 enfants|Avenue Jean Moulin|enfants de 0-25 ans|tous les 06 du mois|lot 06 12 34|CPO, CTG, REP+|5e B|T0
0102030405060708|abcdef012345|9f8e7d6c5b4a|123456789a|rendez-vous @ la mairie|1234567890AB
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def test_les_listes_sont_assez_longues():
    assert sum(map(len, POSITIFS.values())) >= 60
    assert len(NEGATIFS) >= 60


@pytest.mark.parametrize(
    ("attendue", "texte"), [(sorte, texte) for sorte, textes in POSITIFS.items() for texte in textes]
)
def test_une_donnee_personnelle_est_reconnue_et_se_masque(attendue, texte):
    assert nature(texte) == attendue
    assert nature(masquer(texte)) is None


@pytest.mark.parametrize("texte", NEGATIFS)
def test_ce_qui_nest_pas_personnel_ne_lest_pas(texte):
    assert nature(texte) is None
    assert masquer(texte) == texte
    assert nature_entete(texte) is None


ENTETES = {
    "un nom de personne": "Nom|NOM|Prénom|Prénoms|Nom et prénom|nom_prenom|Nom de l'élève|Nom de famille|"
    "Nom de naissance|Responsable légal|Représentant légal 1|Nom du parent|Prénom de l'enfant|Nom du référent",
    "une date de naissance": "Date de naissance|date naissance|DDN|Né(e) le|Lieu de naissance",
    "une adresse électronique": "Courriel|E-mail|Mail|email du contact|Adresse électronique|Adresse mail|mél",
    "un numéro de téléphone": "Téléphone|Tél.|Tel parents|N° de portable|Portable|Telephone",
    "une adresse postale": "Adresse|Adresse postale|Adresse_1|Domicile|Adresse du domicile",
    "un identifiant national d'élève (INE)": "INE|N° INE|code INE|Identifiant national élève",
    "un numéro de sécurité sociale": "NIR|Numéro de sécurité sociale|n° sécu|N° de sécurité sociale",
    "un numéro d'allocataire": "Numéro allocataire|N° d'allocataire CAF|allocataire",
    "un numéro de compte": "IBAN|RIB",
}
ENTETES_ORDINAIRES = (
    """
Nom de l'établissement|Nom du porteur|Nom de l'organisme|Nom de l'action|Nom du quartier|Adresse du site|Patronyme
Adresse de l'établissement|Adresse internet|nomBeneficiaire|Nom de la commune|porteur_nom|date_debut|date de l'action
nombre de mails envoyés|nb_telephones|nombre d'allocataires|residence|effectif|Intitulé|ligne|machine|line|routine|hôtel
Taux de réussite|UAI|SIRET|porteur_siret|QPV|repondant_pseudo|tranche_age|sexe|commentaire_ecart|nom_departement|date
origine|nominatif|dénomination|renom|denominateur|accueil|matériel|mobile|code INSEE|ordinateur portable
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize(
    ("attendue", "titre"), [(s, titre) for s, titres in ENTETES.items() for titre in titres.split("|")]
)
def test_un_entete_personnel_est_reconnu(attendue, titre):
    assert nature_entete(titre) in (attendue, *(["une adresse électronique"] if "mail" in titre else []))


@pytest.mark.parametrize("titre", ENTETES_ORDINAIRES)
def test_un_entete_ordinaire_ne_lest_pas(titre):
    assert nature_entete(titre) is None


def test_un_probleme_ne_porte_jamais_de_donnee_personnelle():
    probleme = Probleme(
        "erreur",
        "a.csv",
        "",
        3,
        "Classe de Mme Martin",
        "qui@exemple.fr",
        "refusé pour 06 12 34 56 78",
        "voir M. Dupont",
    )
    assert probleme.valeur == "(donnée personnelle, non reproduite)"
    assert not re.search("Martin|exemple|06 12|Dupont", str(probleme))


@pytest.mark.parametrize("texte", ["A2-06 + 2022 + 1234567890A", "voir « M Dupont »", "{'repondant': '1234567890A'}"])
def test_une_valeur_citee_dans_un_message_se_masque(texte):
    """Ce qui se reconnaît seul dans sa cellule se reconnaît aussi dans une clé en double ou entre guillemets."""
    assert not re.search(r"\d{10}|Dupont", str(Probleme("erreur", "a.csv", valeur=texte, message=texte)))


@pytest.mark.parametrize("nom", ["Bilan Mme Martin.xlsx", "bilan_Mme_Martin_2024.csv", "j_martin@exemple.fr.csv"])
def test_le_nom_dun_fichier_ou_dune_feuille_se_masque(nom):
    """Un message cite le fichier, la feuille, et parfois le fichier où une ligne a déjà été vue."""
    dit = str(Probleme("erreur", nom, nom, 3, "axe", "", f"déjà vue : {nom}, ligne 2"))

    assert not re.search("(?i)martin|exemple", dit) and dit.count("…") == 3


def test_un_nom_de_fichier_ordinaire_ne_se_masque_pas():
    assert str(Probleme("erreur", "fr-en_ips_m_2.csv", message="illisible")) == "fr-en_ips_m_2.csv : illisible."


def test_un_probleme_ordinaire_garde_sa_valeur():
    assert Probleme("erreur", "a.csv", valeur="beaucoup").valeur == "beaucoup"


def _cellules(chemins):
    return {cellule for chemin in chemins for f in lire_fichier(chemin) for _, ligne in f.lignes for cellule in ligne}


def test_aucune_cellule_de_miramas_nest_prise_pour_personnelle(pytestconfig):
    cellules = _cellules((pytestconfig.rootpath / "data" / "miramas").glob("*.csv"))
    assert len(cellules) > 3000
    assert {cellule for cellule in cellules if nature(cellule)} == set()


def test_aucune_cellule_des_fichiers_publics_nest_prise_pour_personnelle():
    """Une école s'appelle « 17 RUE DE LA MAIRIE » : c'est une adresse, et la seule chose signalée."""
    chemins = [chemin for chemin in PUBLIC.rglob("*") if chemin.suffix in (".csv", ".xlsx")]
    if not chemins:
        pytest.skip("fichiers publics absents : les 160 000 cellules des fichiers du ministère ne sont pas éprouvées")
    assert {cellule for cellule in _cellules(chemins) if nature(cellule)} <= {"17 RUE DE LA MAIRIE"}


@pytest.mark.parametrize(
    ("table", "colonne", "gravite"),
    [("structures", "nom", "avertissement"), ("verbatims", "texte_anonymise", "erreur")],
)
def test_un_nom_de_personne_n_est_admis_que_la_ou_un_organisme_peut_le_porter(table, colonne, gravite):
    """« Association M. Martin » existe ; une parole « rendue anonyme » qui nomme quelqu'un irait dans le rapport."""
    feuille = Feuille(
        f"{table}.csv",
        "",
        [(1, PAR_NOM[table].noms), (2, ["" if n != colonne else "Voir M. Martin" for n in PAR_NOM[table].noms])],
    )

    assert [(p.gravite, p.colonne) for p in refuser_personnel([feuille])] == [(gravite, colonne)]
