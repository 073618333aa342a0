"""Le partenariat : instances, décisions, questionnaires et réseau, d'après des exemples publiés."""

import datetime as dt
import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import partenariat, secret
from citelib.erreurs import ErreurParametre
from citelib.partenariat.instruments import lire_instrument

ODAP = {
    "R1": "AABABBABBAABBCBCBB",
    "R2": "ABBBABABAABBCCBBBA",
    "R3": "AACBABBBBABBCCCCBB",
    "R4": "BABAAAABBAAABBBBAB",
    "R5": "ABCCBBBCBBBCCCCCBC",
    "R6": "AABBAAA?AAABBCBBAA",
}
"""Exemple construit de la note de domaine (e1) : six répondants, dix-huit questions, une sans réponse."""
VPAT = lire_instrument("vpat")
CATEGORIES = ("etat", "ville", "association", "etat", "ville", "association")
AU = dt.date(2025, 1, 15)


def en_lignes(reponses: dict[str, str], instrument: str, categories=CATEGORIES) -> pd.DataFrame:
    """Une ligne par répondant et question ; « ? » est « ne sait pas »."""
    lignes = [
        (2024, qui, categorie, instrument, numero, {"?": "NSP"}.get(lettre, lettre))
        for (qui, lettres), categorie in zip(reponses.items(), itertools.cycle(categories), strict=False)
        for numero, lettre in enumerate(lettres, start=1)
    ]
    colonnes = ["annee", "repondant_pseudo", "categorie", "instrument", "item", "reponse"]
    return pd.DataFrame(lignes, columns=colonnes)


@pytest.fixture
def reunions(table):
    """Deux comités de pilotage dont un annulé, un comité technique."""
    return table(
        """
        reunion_id | instance | date       | tenue
        R1         | copil    | 10/03/2024 | oui
        R2         | copil    | 10/06/2024 | non
        R3         | cotech   | 10/09/2024 | oui
        """,
        "instances",
        annee="2024",
    )


@pytest.fixture
def organismes(table):
    """Quatre organismes ; deux pilotes."""
    return table(
        """
        structure_id | nom    | categorie         | pilote
        S1           | Ville  | ville             | oui
        S2           | État   | etat              | oui
        S3           | Asso   | association       | non
        S4           | Ruche  | parents_habitants | non
        """,
        "structures",
    )


@pytest.fixture
def venues(table):
    """Aux deux réunions tenues ; celle qui n'a pas eu lieu ne compte pas, un venu sans invitation compte."""
    return table(
        """
        reunion_id | structure_id | invite | present
        R1         | S1           | oui    | oui
        R1         | S2           | oui    | oui
        R1         | S4           | oui    | non
        R2         | S4           | oui    | oui
        R3         | S1           | oui    | oui
        R3         | S3           | non    | oui
        R3         | S4           | oui    | non
        """,
        "presences",
        annee="2024",
    )


@pytest.fixture
def releve(table):
    """Faite à temps, faite en retard, en retard, pas encore due, abandonnée, faite sans date."""
    return table(
        """
        decision_id | libelle | origine           | echeance   | statut     | date_execution
        D1          | Un      | pilote            | 01/06/2024 | faite      | 01/06/2024
        D2          | Deux    | jeunes            | 01/06/2024 | faite      | 02/06/2024
        D3          | Trois   | parents_habitants | 01/06/2024 | en_cours   |
        D4          | Quatre  | technique         | 01/06/2025 | a_faire    |
        D5          | Cinq    | pilote            | 01/06/2024 | abandonnee |
        D6          | Six     | pilote            | 01/06/2024 | faite      |
        """,
        "decisions",
        annee="2024",
        reunion_id="R1",
    )


# ------------------------------------------------------------------------------------------- pilotage


def test_le_taux_d_instances_tenues_rapporte_les_reunions_tenues_aux_prevues(reunions):
    """Un comité de pilotage sur deux, un comité technique sur un : deux sur trois."""
    resultat = partenariat.instances_tenues(reunions, annee=2024)

    assert resultat["instance"].tolist() == ["comité technique", "comité de pilotage", "Ensemble"]
    assert resultat["taux_tenues"].tolist() == pytest.approx([1, 0.5, 2 / 3])


def test_la_presence_ne_compte_que_les_reunions_tenues(venues, reunions, organismes):
    """Six sièges, quatre occupés ; la Ruche n'est venue qu'à une réunion annulée."""
    resultat = partenariat.presence(venues, reunions, organismes, annee=2024).set_index("categorie")

    assert resultat.loc["Ensemble", ["n_invitations", "n_presences"]].tolist() == [6, 4]
    assert resultat.loc["parents et habitants", "taux_presence"] == 0
    assert resultat.loc["association", ["n_invitations", "n_presences"]].tolist() == [1, 1]
    assert resultat.loc["Ville", "part_sieges"] == 0.5


def test_une_decoupe_inconnue_est_refusee(venues, reunions, organismes):
    """Le message donne les découpes possibles."""
    with pytest.raises(ErreurParametre, match="categorie, instance"):
        partenariat.presence(venues, reunions, organismes, annee=2024, par="quartier")


def test_une_decision_faite_sans_date_n_est_pas_faite_a_temps(releve):
    """Cinq décisions échues : trois faites, dont une à temps ; une en retard, une abandonnée."""
    resultat = partenariat.decisions(releve, annee=2024, au=AU).iloc[0]

    comptes = ["n_decisions", "n_dues", "n_faites", "n_faites_a_temps", "n_en_retard", "n_abandonnees"]
    assert resultat[comptes].tolist() == [6, 5, 3, 1, 1, 1]
    assert resultat["taux_execution"] == 0.2


def test_ce_qui_est_fait_apres_la_date_ne_l_est_pas_encore(releve):
    """Au 1er juin, la deuxième décision, faite le 2, est en retard."""
    resultat = partenariat.liste_decisions(releve, annee=2024, au=dt.date(2024, 6, 1)).set_index("decision")

    assert resultat.loc["Deux", "etat"] == "en retard"
    assert resultat.loc["Un", "etat"] == "faite à temps"


def test_la_liste_des_decisions_commence_par_les_retards(releve):
    """Puis ce qui reste à faire, ce qui est fait, ce qui est abandonné."""
    resultat = partenariat.liste_decisions(releve, annee=2024, au=AU)

    attendus = ["en retard", "à faire", "faite à temps", "faite en retard", "faite", "abandonnée"]
    assert resultat["etat"].tolist() == attendus


def test_la_place_des_habitants_reunit_parents_habitants_et_jeunes(releve):
    """Deux décisions sur six viennent d'eux, dont une faite."""
    resultat = partenariat.place_habitants(releve, annee=2024).set_index("origine")

    assert resultat.loc["Parents, habitants et jeunes"].tolist() == pytest.approx([2, 1 / 3, 1])


def test_les_suites_sont_celles_des_recommandations_de_l_annee_precedente(table):
    """Trois recommandations en 2023, lues en 2024 ; les suites sans exemple sont à zéro."""
    registre = table(
        """
        reco_id | annee | texte | statut
        A       | 2023  | Un    | faite
        B       | 2023  | Deux  | faite
        C       | 2023  | Trois | sans_suite
        D       | 2024  | Non   | faite
        """,
        "recommandations",
    )
    resultat = partenariat.recommandations(registre, annee=2024)

    assert resultat["n_recommandations"].tolist() == [2, 0, 0, 1, 3]


# ----------------------------------------------------------------------------------------------- ODAP


def test_le_profil_retrouve_l_exemple_de_la_note_de_domaine():
    """e1 : comptes, pourcentages et indice des six conditions ; en tout A 36, B 52, C 19, une absente."""
    profil = partenariat.profil_conditions(en_lignes(ODAP, "ODAP"), annee=2024)

    comptes = profil[["nb_A", "nb_B", "nb_C", "nb_nsp", "nb_valides"]].values.tolist()
    assert comptes == [
        [9, 3, 0, 0, 12],
        [0, 4, 2, 0, 6],
        [2, 3, 1, 0, 6],
        [14, 10, 0, 0, 24],
        [1, 11, 12, 0, 24],
        [10, 21, 4, 1, 35],
        [36, 52, 19, 1, 107],
    ]
    assert profil["indice"].iloc[:6].round(1).tolist() == [87.5, 33.3, 58.3, 79.2, 27.1, 58.6]
    assert (100 * profil["part_B"].iloc[:6].astype(float)).round(1).tolist() == [25, 66.7, 50, 41.7, 45.8, 60]
    assert pd.isna(profil["indice"].iloc[6])


def test_les_points_faibles_sont_ceux_de_la_note_de_domaine():
    """e1 : questions 14 (8,3), 13 et 16 (25,0) ; leurs comptes, que le profil rendrait, ne se publient pas."""
    lignes = en_lignes(ODAP, "ODAP")
    indices = partenariat.items_conditions(lignes, annee=2024).set_index("question")["indice"]
    faibles = partenariat.points_a_travailler(lignes, annee=2024)

    assert indices[[14, 13, 16, 3, 15]].round(1).tolist() == [8.3, 25, 25, 33.3, 33.3]
    assert faibles["item"].tolist() == [f"Rapports de pouvoir (question {n})" for n in (14, 13, 16)]
    assert faibles.columns.tolist() == ["item", "condition", "avis_partages"]
    # la question 1, cinq A et un B, vaut 11/12 : 91,7, la plus haute
    assert partenariat.points_appui(lignes, annee=2024)["condition"].iloc[0] == "Couverture des perspectives"


def test_les_avis_partages_se_disent():
    """Deux A, deux C et deux B : un tiers à chaque bout, l'indice de 50 cacherait le désaccord."""
    reponses = dict(zip("abcdef", ("A", "A", "B", "B", "C", "C"), strict=True))
    questions = partenariat.items_conditions(en_lignes(reponses, "ODAP"), annee=2024).set_index("question")

    assert questions.loc[1, ["indice", "avis_partages"]].tolist() == [50, "oui"]


@pytest.mark.parametrize(
    ("combien", "categories", "motif"),
    [(4, CATEGORIES, "5 répondants"), (6, ("etat", "ville"), "3 catégories"), (0, CATEGORIES, "aucune")],
)
def test_trop_peu_de_repondants_ne_se_publient_pas(combien, categories, motif):
    """Le profil est vide et son motif dit ce qui manque."""
    lignes = en_lignes(dict(list(ODAP.items())[:combien]), "ODAP", categories)

    for analyse in (partenariat.profil_conditions, partenariat.items_conditions):
        table = analyse(lignes, annee=2024)
        assert table.empty and motif in table.attrs["motif"]
        assert secret.proteger(table, diffusion="cotech").donnees.empty


def test_le_profil_se_publie_sans_petits_effectifs():
    """Sous cinq réponses, le compte et sa part sont masqués ; le total reste."""
    protege = secret.proteger(partenariat.profil_conditions(en_lignes(ODAP, "ODAP"), annee=2024), diffusion="cotech")

    assert protege.est_masquee("Rôle de négociation et d'influence", "nb_A")
    assert protege.est_masquee("Rôle de négociation et d'influence", "indice")
    assert protege.valeur("Ensemble", "nb_valides") == 107


def test_l_ecart_entre_pilotes_demande_assez_de_repondants(organismes):
    """À la question 1, cinq « A » à la Ville, cinq « B » à l'État : 50 points ; quatre à l'État, pas d'écart."""
    reponses = {f"v{k}": "A" for k in range(5)} | {f"e{k}": "B" for k in range(5)} | {"x": "C"}
    categories = ["ville"] * 5 + ["etat"] * 5 + ["association"]
    lignes = en_lignes(reponses, "ODAP", categories)
    ecart = partenariat.ecart_pilotes(lignes, organismes, annee=2024)
    trop_peu = partenariat.ecart_pilotes(lignes[lignes["repondant_pseudo"].ne("e0")], organismes, annee=2024)

    assert ecart["ecart_indice"].dropna().to_dict() == {0: 50, 6: 50}
    assert ecart["condition"].iloc[6] == "Écart entre pilotes"
    assert trop_peu.empty and "5 répondants" in trop_peu.attrs["motif"]


@given(st.lists(st.text("ABC?", min_size=18, max_size=18), min_size=5, max_size=9))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_les_conditions_se_partagent_toutes_les_reponses(reponses):
    """Loi : les six conditions somment l'ensemble, et chaque indice est entre 0 et 100."""
    lignes = en_lignes({f"p{k}": lettres for k, lettres in enumerate(reponses)}, "ODAP")
    profil = partenariat.profil_conditions(lignes, annee=2024)
    if set("".join(reponses)) == {"?"}:
        assert profil.empty and "ne sait pas" in profil.attrs["motif"]
        return
    comptes = profil[["nb_A", "nb_B", "nb_C", "nb_nsp"]]

    assert comptes.iloc[:6].sum().tolist() == comptes.iloc[6].tolist()
    assert profil["indice"].dropna().between(0, 100).all()
    assert comptes.iloc[6].sum() == 18 * len(reponses)


def test_un_instrument_dit_ses_droits_et_ne_porte_aucune_question():
    """Le texte des questions appartient à leurs auteurs ; chaque question a un domaine et un seul."""
    for nom in ("odap", "vpat"):
        instrument = lire_instrument(nom)
        numeros = [n for dimension in instrument["dimension"] for n in dimension["questions"]]

        assert sorted(numeros) == list(range(1, instrument["questions"] + 1))
        assert instrument["droits"].startswith("©") and not instrument.get("libelles")


# ----------------------------------------------------------------------------------------------- VPAT


def test_les_six_vagues_publiees_tombent_dans_les_bandes_publiees():
    """NoGAPS (Injury Prevention 22:386, table 2) : 125,1 en bande 2, puis cinq vagues en bande 3."""
    totaux = (125.1, 134.7, 136.0, 137.4, 139.6, 141.2)

    assert [partenariat.bande(VPAT, total)["numero"] for total in totaux] == [2, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("total", "bande"), [(35, 1), (84, 1), (84.99, 1), (85, 2), (126, 2), (126.4, 2), (126.99, 2), (127, 3), (175, 3)]
)
def test_une_moyenne_entre_deux_bandes_a_une_bande(total, bande):
    """e2 : moins de 85, moins de 127, le reste ; l'édition de 0 à 4 retire 35 partout."""
    assert partenariat.bande(VPAT, total)["numero"] == bande
    assert partenariat.bande(VPAT | {"minimum": 0, "maximum": 4}, total - 35)["numero"] == bande


@pytest.mark.parametrize(("total", "minimum"), [(34, 1), (176, 1), (-1, 0), (141, 0), (float("nan"), 1)])
def test_un_score_hors_de_l_echelle_est_refuse(total, minimum):
    """Un total de 34 n'existe pas de 1 à 5."""
    with pytest.raises(ErreurParametre, match="score attendu"):
        partenariat.bande(VPAT | {"minimum": minimum, "maximum": minimum + 4}, total)


def test_le_score_remplace_les_reponses_absentes_ou_ecarte_la_personne():
    """28 réponses sur 35 valent 35 fois leur moyenne (4 × 35 = 140) ; avec 27, la personne est exclue."""
    reponses = {f"p{k}": "4" * 35 for k in range(4)} | {"p4": "4" * 28 + "?" * 7, "p5": "1" * 27 + "?" * 8}
    table = partenariat.scores(en_lignes(reponses, "VPAT"), annee=2024).set_index("domaine")

    assert table.loc["Ensemble", ["nb_repondants", "nb_exclus", "score"]].tolist() == [5, 1, 140]
    assert table.loc["Ensemble", "bande"] == "Collaboration véritable"
    assert table["score_maximal"].tolist() == [25] * 7 + [175]
    # premier domaine : cinq fois 20, et une fois 5 pour la personne exclue du total seulement
    assert table["score"].iloc[0] == pytest.approx(105 / 6)


def test_le_score_ne_se_publie_pas_sous_cinq_repondants():
    """Quatre répondants : rien, et pourquoi."""
    table = partenariat.scores(en_lignes({k: "3" * 35 for k in "abcd"}, "VPAT"), annee=2024)

    assert table.empty and "5 répondants" in table.attrs["motif"]


# --------------------------------------------------------------------------------------------- réseau

E5 = [("Ville", "EN"), ("Ville", "État"), ("EN", "État"), ("Ville", "CS1"), ("Ville", "CS2"), ("EN", "CS1")]
E5 += [("Ville", "MJC")]


def test_le_reseau_de_la_note_de_domaine():
    """e5 : six organismes, densité 7/15, centralisation 80 % ; sans la Ville, le réseau se coupe."""
    mesures = partenariat.mesures_reseau({nom for lien in E5 for nom in lien}, E5)

    assert (mesures["n_organismes"], mesures["n_liens"]) == (6, 7)
    assert mesures["taux_densite"] == pytest.approx(7 / 15)
    assert mesures["taux_centralisation"] == pytest.approx(0.8)
    assert (mesures["articulations"], mesures["isoles"]) == (["Ville"], [])


def test_une_etoile_est_centree_et_un_cercle_ne_l_est_pas():
    """Freeman (1978) : 1 et 0."""
    etoile = partenariat.mesures_reseau(range(5), [(0, k) for k in range(1, 5)])
    cercle = partenariat.mesures_reseau(range(5), [(k, (k + 1) % 5) for k in range(5)])

    assert (etoile["taux_centralisation"], cercle["taux_centralisation"]) == (1, 0)


CERF_VOLANT = ["AB", "AC", "AD", "AF", "BD", "BE", "BG", "CD", "CF"]
CERF_VOLANT += ["DE", "DF", "DG", "EG", "FG", "FH", "GH", "HI", "IJ"]


def reunions_de(liens) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Une réunion à deux par lien : présences, réunions et organismes."""
    venues = pd.DataFrame(
        [(f"R{k}", qui, True, True) for k, lien in enumerate(liens) for qui in lien],
        columns=["reunion_id", "structure_id", "invite", "present"],
    )
    reunions = pd.DataFrame({"reunion_id": venues["reunion_id"].unique(), "annee": 2024, "instance": "ept"})
    organismes = pd.DataFrame({"structure_id": venues["structure_id"].unique(), "categorie": "autre"})
    return venues, reunions.assign(tenue=True), organismes.assign(nom=organismes["structure_id"])


def test_le_cerf_volant_de_krackhardt():
    """Krackhardt (1990) : dix personnes, dix-huit liens, deux qui tiennent la queue du cerf-volant."""
    lues = reunions_de(CERF_VOLANT)
    forme = partenariat.reseau(*lues, annee=2024).iloc[0]

    assert forme["taux_densite"] == pytest.approx(0.4)
    assert forme["taux_centralisation"] == pytest.approx(1 / 3)
    assert forme["articulations"] == "H et I"


def test_un_invite_jamais_venu_est_un_isole(venues, reunions, organismes):
    """La Ville siège avec l'État, puis avec l'association ; la Ruche, attendue, n'est jamais venue."""
    forme = partenariat.reseau(venues, reunions, organismes, annee=2024).iloc[0]

    assert forme[["n_organismes", "n_liens", "n_isoles", "isoles"]].tolist() == [4, 2, 1, "Ruche"]
    assert "très centré" not in forme["phrase"] and "centré sur Ville" in forme["phrase"]


def test_la_matrice_donne_chaque_couple_une_fois(venues, reunions, organismes):
    """Six couples, dont deux ont siégé ensemble ; la Ville, la plus liée, vient d'abord."""
    matrice = partenariat.matrice_copresence(venues, reunions, organismes, annee=2024)

    assert len(matrice) == 6 and matrice["n_reunions"].sum() == 2
    assert matrice["organisme"].iloc[0] == "Ville"


def test_un_lien_declare_d_un_seul_cote_existe_sans_etre_confirme(table, organismes):
    """Entre trois déclarants, trois liens dont un confirmé ; trois déclarants sur quatre cités."""
    liens = table(
        """
        structure_id | structure_liee_id
        S1           | S2
        S2           | S1
        S1           | S3
        S3           | S2
        S3           | S4
        """,
        "liens",
        annee="2024",
    )
    resultat = partenariat.reseau_declare(liens, organismes, annee=2024).iloc[0]

    assert resultat[["n_organismes", "n_liens", "n_declarants"]].tolist() == [4, 4, 3]
    assert resultat["taux_confirmes"] == pytest.approx(1 / 3)
    assert not pd.isna(resultat["taux_centralisation"])


def test_la_forme_d_un_reseau_peu_declare_n_est_pas_decrite(table, organismes):
    """Un seul déclarant sur quatre : les liens et leur densité, rien de plus."""
    liens = table("structure_id | structure_liee_id\nS1 | S2\nS1 | S3\nS1 | S4", "liens", annee="2024")
    resultat = partenariat.reseau_declare(liens, organismes, annee=2024).iloc[0]

    assert resultat["taux_densite"] == 0.5
    assert pd.isna(resultat["taux_centralisation"]) and resultat["articulations"] == ""
    assert "centralisation" not in resultat["phrase"]


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_densite_et_centralisation_restent_entre_0_et_1(liens):
    """Loi : quel que soit le réseau de huit organismes, et dans quelque sens que les liens soient donnés."""
    mesures = partenariat.mesures_reseau(range(8), liens)
    retournes = partenariat.mesures_reseau(range(8), [(b, a) for a, b in liens])

    assert 0 <= mesures["taux_densite"] <= 1 and 0 <= mesures["taux_centralisation"] <= 1
    assert mesures == retournes


# --------------------------------------------------------------------------------------------- partout


def test_une_annee_sans_donnees_donne_des_tables_vides(venues, reunions, organismes, releve):
    """Mêmes colonnes, aucune ligne, et la porte du secret les accepte."""
    trio = (venues, reunions, organismes)
    tables = [partenariat.instances_tenues(reunions, annee=1999), partenariat.presence(*trio, annee=1999)]
    tables += [partenariat.decisions(releve, annee=1999, au=AU), partenariat.reseau(*trio, annee=1999)]
    tables += [partenariat.place_habitants(releve, annee=1999), partenariat.matrice_copresence(*trio, annee=1999)]

    for vide in tables:
        assert vide.empty and len(vide.columns) >= 3
        assert secret.proteger(vide, diffusion="public").donnees.empty


def test_les_tables_de_la_cite_ne_sont_pas_modifiees(venues, reunions, organismes, releve):
    """Chaque analyse rend une table neuve."""
    copies = [lue.copy() for lue in (venues, reunions, organismes, releve)]
    partenariat.presence(venues, reunions, organismes, annee=2024)
    partenariat.reseau(venues, reunions, organismes, annee=2024)
    partenariat.liste_decisions(releve, annee=2024, au=AU)

    for copie, lue in zip(copies, (venues, reunions, organismes, releve), strict=True):
        pd.testing.assert_frame_equal(copie, lue)
