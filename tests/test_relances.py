"""Ce qui reste à faire : échéances, relances, et le calendrier qui s'ajoute à un agenda."""

import datetime as dt
import re

import pandas as pd
import pytest

from citelib import protocole, secret
from citelib.annexes.calendrier import calendrier, ecrire_ics, plier
from citelib.annexes.messages import ecrire_relances
from citelib.erreurs import ErreurSecret
from citelib.formats import FINE, INSECABLE
from citelib.tableaux import Messages

AU = dt.date(2025, 1, 20)

MESSAGE = """\
Bonjour,

Pour évaluer le programme 2024 de la cité éducative d’Arles, il nous manque encore de votre part :

- Crédits demandés, accordés, versés et justifiés : attendu le 10 janvier 2025, 10 jours de retard ;
- Valeurs collectées des indicateurs : attendu le 19 janvier 2025, 1 jour de retard.

Ce que nous vous demandons :
1. remplir le classeur que vous avez reçu, ou nous envoyer le fichier que vous tenez déjà, tel quel ;
2. écrire « NC » si vous ne savez pas, « sans objet » si vous n’êtes pas concernés : une case vide n’est pas un zéro ;
3. ne mettre ni nom, ni adresse, ni date de naissance : des nombres suffisent ;
4. nous répondre avec le fichier en pièce jointe, même incomplet.

Si ces données n’existent pas cette année, dites-le-nous en une ligne : le rapport l’écrira. Si votre envoi a croisé \
ce message, merci de ne pas en tenir compte.

Merci de votre aide,
L’équipe de projet
Cité éducative d’Arles
"""


@pytest.fixture
def envois(table):
    """La Ville doit deux tables, les porteurs ont répondu, le rectorat n'est pas encore en retard."""
    return table(
        """
        table        | producteur | attendu_le | recu_le    | relances
        valeurs      | Ville      | 19/01/2025 |            | 1
        financements | Ville      | 10/01/2025 |            | 2
        realisations | Porteurs   | 10/01/2025 | 15/01/2025 | 1
        valeurs      | Rectorat   | 01/03/2025 |            |
        """,
        "collecte",
        annee="2024",
    )


@pytest.fixture
def suivi(envois):
    return protocole.collecte(envois, annee=2024, au=AU)


@pytest.fixture
def decisions(table):
    """Une décision ouverte sans responsable, une faite, une sans échéance."""
    return table(
        """
        decision_id | libelle  | statut  | echeance   | responsable_role
        D1          | Ouvrir   | a_faire | 25/01/2025 |
        D2          | Fermer   | faite   | 01/01/2025 | CPO
        D3          | Informer | en_cours |           | CPO
        """,
        "decisions",
        annee="2024",
    )


@pytest.fixture
def financements(table):
    """Deux actions sans compte rendu (l'une arrive après le suivi), une justifiée, une refusée, une valorisée."""
    return table(
        """
        action_id | nature       | accorde | compte_rendu_recu_le
        X1        | numeraire    | 100     |
        X2        | numeraire    | 100     | 30/01/2025
        X3        | numeraire    | 100     | 10/01/2025
        X4        | numeraire    | 0       |
        X5        | valorisation | 100     |
        """,
        "financements",
        annee="2024",
        financeur="ville",
        credit="specifique",
    )


@pytest.fixture
def instances(table):
    """Un comité technique à venir, une réunion de l'équipe plus tôt, une passée."""
    return table(
        """
        reunion_id | annee | instance | date       | tenue
        R1         | 2024  | cotech   | 01/12/2024 | oui
        R2         | 2025  | ept      | 22/01/2025 | non
        R3         | 2025  | cotech   | 28/02/2025 | non
        """,
        "instances",
    )


# -------------------------------------------------------------------------------------------- relances


def test_le_message_dit_ce_qui_est_du_et_quoi_faire(suivi):
    """Le plus ancien d'abord : 10 puis 1 jour de retard au 20 janvier ; la typographie est celle du rapport."""
    (ligne,) = protocole.relances(suivi, cite="Arles", annee=2024).to_dict("records")

    assert ligne["producteur"] == "Ville"
    assert (ligne["n_tables"], ligne["jours_retard"], ligne["relances"]) == (2, 10, 3)
    assert ligne["texte"].replace(INSECABLE, " ").replace(FINE, " ") == MESSAGE
    assert ligne["objet"] == f"Cité éducative d’Arles, programme 2024{INSECABLE}: données attendues"


def test_qui_a_repondu_ou_n_est_pas_en_retard_n_est_pas_relance(envois):
    """Au 5 janvier, rien n'est encore dû : la table est vide et le dit."""
    tot = protocole.collecte(envois, annee=2024, au=dt.date(2025, 1, 5))
    vides = protocole.relances(tot, cite="Arles", annee=2024)

    assert vides.empty
    assert "personne n'est à relancer" in vides.attrs["motif"]


def test_les_messages_se_copient_sauf_en_diffusion_publique(suivi):
    """Un pli par producteur ; la version publique ne nomme pas qui est en retard."""
    relances = protocole.relances(suivi, cite="Arles", annee=2024)
    montres = Messages(secret.proteger(relances, diffusion="cotech"), source="Suivi").html()
    publics = Messages(secret.proteger(relances, diffusion="public"), source="Suivi").html()

    assert montres.count("<details") == 1 and "Message à copier pour Ville" in montres
    assert "Ville" not in publics and "version publique" in publics
    with pytest.raises(ErreurSecret):
        Messages(relances, source="Suivi")


def test_sans_retard_la_page_dit_que_personne_n_est_a_relancer(suivi):
    """Le motif de la table vide tient lieu de messages."""
    vide = protocole.relances(suivi[suivi["etat"].ne("en retard")], cite="Arles", annee=2024)

    assert "personne n’est à relancer" in Messages(secret.proteger(vide, diffusion="cotech"), source="Suivi").html()


def test_les_messages_s_ecrivent_et_ceux_d_avant_disparaissent(miramas, tmp_path):
    """Un producteur est en retard en 2024 ; un message périmé ne reste pas, un autre fichier n'est pas touché."""
    (tmp_path / "relance-09-ancien.txt").write_text("périmé", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("à garder", encoding="utf-8")
    ecrits = ecrire_relances(miramas, annee=2024, vers=tmp_path)

    assert [f.name for f in ecrits] == ["relance-01-mission_jeunes_participation_fictive.txt"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["notes.txt", ecrits[0].name]
    assert ecrits[0].read_text("utf-8").startswith("Objet : [Données fictives] Cité éducative de Miramas")


# ------------------------------------------------------------------------------------------- échéances


def test_les_echeances_reunissent_envois_decisions_comptes_rendus_et_reunions(
    suivi, decisions, financements, instances
):
    """Deux comptes rendus manquent (X1, X2) ; les écarts se comptent depuis le 20 janvier."""
    table = protocole.echeances(suivi, decisions, financements, instances, annee=2024, au=AU)
    lues = table.replace(INSECABLE, " ", regex=True)[["quoi", "qui", "etat"]].values.tolist()

    assert lues == [
        ["Recevoir : Crédits demandés, accordés, versés et justifiés", "Ville", "en retard de 10 jours"],
        ["Recevoir : Bilans : ce que chaque action est devenue", "Porteurs", "reçu"],
        ["Recevoir : Valeurs collectées des indicateurs", "Ville", "en retard de 1 jour"],
        ["Réunir : équipe de projet territorial", "Équipe de projet", "dans 2 jours"],
        ["Exécuter : Ouvrir", "à désigner", "dans 5 jours"],
        ["Réunir : comité technique", "Équipe de projet", "dans 39 jours"],
        ["Recevoir : Valeurs collectées des indicateurs", "Rectorat", "dans 40 jours"],
        ["Recevoir : comptes rendus financiers de 2 actions", "Porteurs", "dans 161 jours"],
    ]
    assert table["cle"].is_unique


def test_a_faire_s_arrete_au_prochain_comite(suivi, decisions, financements, instances):
    """Ni ce qui est reçu, ni ce qui vient après le comité technique du 28 février."""
    table = protocole.echeances(suivi, decisions, financements, instances, annee=2024, au=AU)
    restes = protocole.a_faire(table, au=AU)

    assert restes["echeance"].dt.strftime("%d/%m").tolist() == ["10/01", "19/01", "22/01", "25/01", "28/02"]


def test_sans_comite_connu_les_dix_premieres_echeances_sont_montrees(decisions, suivi, financements, instances):
    """Douze décisions ouvertes, aucune réunion : dix lignes."""
    douze = pd.concat([decisions.head(1)] * 12, ignore_index=True)
    table = protocole.echeances(suivi.iloc[:0], douze, financements.iloc[:0], instances.head(1), annee=2024, au=AU)

    assert len(protocole.a_faire(table, au=AU)) == 10
    vide = protocole.a_faire(table.iloc[:0], au=AU).attrs["motif"]
    assert vide.replace(INSECABLE, " ") == "aucune échéance ouverte n'est connue au 20 janvier 2025"


def test_un_jour_d_echeance_n_est_pas_un_retard(decisions, suivi, financements, instances):
    """Le 25 janvier, la décision du 25 est à faire aujourd'hui."""
    vides = suivi.iloc[:0], decisions, financements.iloc[:0], instances.iloc[:0]
    table = protocole.echeances(*vides, annee=2024, au=dt.date(2025, 1, 25))

    assert table["etat"].tolist() == ["aujourd'hui"]


# ------------------------------------------------------------------------------------------- iCalendar


def evenement(**champs):
    """Une échéance."""
    donnees = {"quoi": "Recevoir : bilans", "qui": "Porteurs", "echeance": pd.Timestamp(2025, 1, 10), "etat": "reçu"}
    return pd.DataFrame([donnees | {"cle": "2024|envoi|x"} | champs])


def deplier(octets: bytes) -> list[str]:
    """Les lignes d'un fichier iCalendar, celles qui suivent réunies (RFC 5545, 3.1)."""
    return re.sub(r"\r\n[ \t]", "", octets.decode()).split("\r\n")


def test_le_calendrier_suit_la_rfc():
    """Les propriétés qu'exigent les sections 3.4 et 3.6.1 : VERSION, PRODID, UID, DTSTAMP, DTSTART, en CRLF."""
    octets = ecrire_ics(evenement(), nom="Cité", domaine="miramas", au=dt.date(2025, 1, 20))
    lignes = deplier(octets)

    assert octets.endswith(b"END:VCALENDAR\r\n") and octets.count(b"\n") == octets.count(b"\r\n")
    assert lignes[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert [lig for lig in lignes if lig.startswith("DT")] == [
        "DTSTAMP:20250120T000000Z",
        "DTSTART;VALUE=DATE:20250110",
    ]
    assert "SUMMARY:Recevoir : bilans (Porteurs)" in lignes
    assert "DESCRIPTION:reçu au 20/01/2025\\nCité" in lignes


def test_un_texte_est_echappe():
    r"""RFC 5545, 3.3.11 : \ ; , et les fins de ligne ; le deux-points et l'apostrophe restent."""
    octets = ecrire_ics(evenement(quoi="l'a;b,c\\d\re\x07", qui="x\r\ny"), nom="n", domaine="d", au=AU)

    assert "SUMMARY:l'a\\;b\\,c\\\\d\\ne (x\\ny)" in deplier(octets)


def test_une_ligne_se_plie_a_75_octets_sans_couper_un_caractere():
    """« é » pèse deux octets : SUMMARY: (8) et 33 é font 74 octets, le 34e passe à la ligne, après une espace."""
    plie = plier("SUMMARY:" + "é" * 40)

    assert plie == "SUMMARY:" + "é" * 33 + "\r\n " + "é" * 7 + "\r\n"
    assert plier("x" * 75) == "x" * 75 + "\r\n"


def test_le_calendrier_de_miramas_est_stable_et_tient_ses_lignes(miramas):
    """Huit envois, deux décisions en retard, une à venir, les comptes rendus : douze ; deux fois les mêmes octets."""
    octets = calendrier(miramas, annee=2024, diffusion="cotech")
    identifiants = re.findall(r"UID:(\S+)", octets.decode())

    assert octets == calendrier(miramas, annee=2024, diffusion="public")
    assert len(identifiants) == len(set(identifiants)) == 12
    assert max(map(len, octets.split(b"\r\n"))) <= 75
    assert b"fictives" in octets.replace(b"\r\n ", b"")
    autre = ecrire_ics(evenement(etat="en retard"), nom="n", domaine="miramas", au=AU)
    assert re.findall(rb"UID:\S+", autre) == re.findall(
        rb"UID:\S+", ecrire_ics(evenement(), nom="autre", domaine="miramas", au=dt.date(2026, 1, 1))
    )
