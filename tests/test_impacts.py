"""Les impacts : collèges comparés, enquêtes avant et après, et niveau de preuve de chaque changement."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from citelib import impacts, secret
from citelib.formats import INSECABLE

INTERDITS = re.compile(r"gr[âa]ce à|efficac|effet prouvé|impact prouvé", re.IGNORECASE)


@pytest.fixture
def referentiel(table):
    """Des indicateurs d'impact publiés, d'enquête et de contexte, et un de réalisation."""
    return table(
        """
        indicateur_code | dimension   | unite  | sens     | delta | seuil_fiabilite
        I01             | impacts     | part   | baisse   | 0,01  | 30
        I04             | impacts     | part   | hausse   | 0,05  | 20
        I05             | impacts     | points | hausse   | 3     | 20
        I11             | impacts     | indice | contexte | 2     |
        I12             | impacts     | score  | hausse   | 0,2   | 30
        I14             | impacts     | part   | hausse   | 0,05  | 30
        I15             | impacts     | part   | hausse   | 0,1   | 30
        I16             | impacts     | part   | hausse   |       | 30
        R01             | realisation | part   | hausse   |       |
        """,
        "indicateurs",
        libelle="Intitulé",
    )


@pytest.fixture
def ecoles(table):
    """Deux collèges."""
    return table("nom | uai\nCollège Un | 0132327J\nCollège Deux | 0132326H", "etablissements")


@pytest.fixture
def publiees(table):
    """Brevet de deux collèges et de l'académie sur deux ans, valeur ajoutée, IPS dont la méthode change."""
    return table(
        """
        indicateur_code | annee | niveau        | territoire_code | perimetre_version | denominateur | valeur
        I04             | 2023  | etablissement | 0132327J        | DNB               | 90           | 0,74
        I04             | 2024  | etablissement | 0132327J        | DNB               | 87           | 0,69
        I04             | 2023  | etablissement | 0132326H        | DNB               | 92           | 0,85
        I04             | 2024  | etablissement | 0132326H        | DNB               | 19           | 0,91
        I04             | 2023  | academie      | aix-marseille   | publics           | 26010        | 0,88
        I04             | 2024  | academie      | aix-marseille   | publics           | 25964        | 0,84
        I04             | 2024  | reseau        | rep_plus_france | publics           | 38616        | 0,735
        I05             | 2023  | etablissement | 0132327J        |                   | 90           | -2
        I05             | 2024  | etablissement | 0132327J        |                   | 87           | -6
        I11             | 2023  | etablissement | 0132327J        | ancienne méthode  |              | 70,9
        I11             | 2024  | etablissement | 0132327J        | nouvelle méthode  | 443          | 73,9
        """,
        "valeurs",
        periode="an",
        statut_valeur="observee",
    )


@pytest.fixture
def questions(table):
    """Une question de climat, son inverse, une question aux parents, un changement perçu."""
    return table(
        """
        questionnaire | item    | libelle             | echelle_max | inverse | domaine   | indicateur_code
        jeunes        | climat  | Je me sens bien.    | 4           | non     | école     | I12
        jeunes        | ecart   | Je suis à l'écart.  | 4           | oui     | école     | I12
        jeunes        | oser    | J'ose parler.       | 4           | non     | confiance | I15
        parents       | aise    | Je suis à l'aise.   | 4           | non     | école     | I14
        """,
        "items",
    )


def vague(annee, notes, *, item="climat", questionnaire="jeunes", premier=0, classes=None) -> pd.DataFrame:
    """Une réponse par personne ; la personne k se nomme « p(premier + k) »."""
    n = len(notes)
    return pd.DataFrame(
        {
            "vague": f"T{annee - 2023}",
            "annee": annee,
            "questionnaire": questionnaire,
            "repondant_pseudo": [f"p{premier + k}" for k in range(n)],
            "classe_pseudo": classes if classes is not None else [None] * n,
            "item": item,
            "reponse": [str(note) for note in notes],
        }
    )


def evolution(avant, apres, referentiel, questions, *, analyse=impacts.changement_declare, **options):
    """La première ligne de l'analyse de deux vagues, 2023 et 2024."""
    decalage = options.pop("decalage", 0)
    reponses = [vague(2023, avant, **options), vague(2024, apres, premier=decalage, **options)]
    return analyse(pd.concat(reponses), questions, referentiel, annee=2024).iloc[0]


# ------------------------------------------------------------------------------------------- collèges


def test_un_college_se_compare_a_lui_meme_et_a_l_academie(publiees, referentiel, ecoles):
    """69 % contre 74 % : −5 points, un de moins que l'académie (84 contre 88, −4), 15 sous elle."""
    table = impacts.indicateurs_scolaires(publiees, referentiel, ecoles, annee=2024)
    college = table[table["territoire"].eq("Collège Un") & table["indicateur_code"].eq("I04")].iloc[0]

    ecarts = college[["ecart", "ecart_academie", "ecart_evolutions"]].tolist()
    assert ecarts == pytest.approx([-0.05, -0.15, -0.01])
    assert college["nb_eleves"] == 87
    assert impacts.SANS_IMPUTATION.replace("'", "’") in college["phrase"]
    assert f"−5{INSECABLE}points" in college["phrase"]


def test_les_territoires_vont_du_plus_proche_au_plus_large(publiees, referentiel, ecoles):
    """Les collèges dans l'ordre de leur table, l'académie, le réseau ; eux n'ont pas d'écart à l'académie."""
    table = impacts.indicateurs_scolaires(publiees, referentiel, ecoles, annee=2024, codes=("I04",))

    noms = ["Collège Un", "Collège Deux", "Académie d’Aix-Marseille", "Collèges REP+ (France)"]
    assert table["territoire"].tolist() == noms
    assert table["ecart_academie"].isna().tolist() == [False, True, True, True]


def test_sous_vingt_candidats_la_valeur_n_est_pas_donnee(publiees, referentiel, ecoles):
    """Dix-neuf candidats : ni valeur, ni écart, ni phrase, mais la raison."""
    table = impacts.indicateurs_scolaires(publiees, referentiel, ecoles, annee=2024, codes=("I04",))
    petit = table[table["territoire"].eq("Collège Deux")].iloc[0]

    assert pd.isna(petit["valeur"]) and pd.isna(petit["ecart"])
    assert petit["phrase"] == "" and "trop peu d'élèves" in petit["note"]


def test_une_evolution_ne_traverse_pas_une_rupture(publiees, referentiel, ecoles):
    """L'IPS change de méthode : deux valeurs, pas d'écart, et deux courbes."""
    table = impacts.indicateurs_scolaires(publiees, referentiel, ecoles, annee=2024, codes=("I11",)).iloc[0]
    courbe = impacts.serie(publiees, referentiel, ecoles, code="I11", annees=(2023, 2024))

    assert pd.isna(table["ecart"]) and "rupture" in table["note"]
    assert courbe["serie"].tolist() == ["Collège Un (ancienne méthode)", "Collège Un (nouvelle méthode)"]


def test_sans_effectif_publie_on_lit_celui_du_brevet(publiees, referentiel, ecoles):
    """L'IPS de 2023 n'a pas d'effectif : les 90 candidats de l'année ; celui de 2024 a le sien."""
    courbe = impacts.serie(publiees, referentiel, ecoles, code="I11", annees=(2023, 2024))

    assert courbe["nb_eleves"].tolist() == [90, 443]


def test_la_valeur_ajoutee_est_celle_du_ministere(publiees, ecoles):
    """Deux ans, en points, sans transformation."""
    table = impacts.valeur_ajoutee(publiees, ecoles, annee=2024)

    assert table[["annee", "valeur_ajoutee"]].values.tolist() == [[2023, -2], [2024, -6]]
    assert impacts.valeur_ajoutee(publiees, ecoles, annee=2025).empty


def test_sans_aucune_valeur_publiee_les_colonnes_gardent_leur_type(publiees, referentiel, ecoles):
    """Une cité qui commence : des courbes vides, et non une page en échec."""
    vide = impacts.serie(publiees.iloc[:0], referentiel, ecoles, code="I04", annees=[2024])

    assert vide.empty and vide["serie"].dtype == "str"
    assert impacts.valeur_ajoutee(publiees.iloc[:0], ecoles, annee=2024)["territoire"].dtype == "str"


def test_une_phrase_ne_laisse_pas_deviner_un_petit_groupe(table, referentiel, ecoles):
    """Trois absents sur 300 : la table se protège, la phrase se tait."""
    valeurs = table(
        """
        indicateur_code | annee | territoire_code | numerateur | denominateur | valeur
        I01             | 2024  | 0132327J        | 3          | 300          | 0,01
        """,
        "valeurs",
        niveau="etablissement",
        periode="janvier",
        statut_valeur="observee",
    )
    ligne = impacts.indicateurs_scolaires(valeurs, referentiel, ecoles, annee=2024, codes=("I01",))

    assert (ligne["nb_plus_petit_groupe"].item(), ligne["phrase"].item()) == (3, "")
    assert secret.proteger(ligne, diffusion="cotech").est_masquee("Collège Un", "valeur")


# ------------------------------------------------------------------------------------------- enquêtes


def test_assez_de_paires_donnent_un_test_apparie(referentiel, questions):
    """Quarante jeunes retrouvés : même écart, même p que le test t apparié de scipy ; solde 15 en plus."""
    alea = np.random.default_rng(1)
    avant = alea.integers(1, 4, 40)
    apres = np.where(np.arange(40) < 20, avant + 1, avant)
    apres[35:] = np.maximum(avant[35:] - 1, 1)
    ligne = evolution(avant, apres, referentiel, questions)
    attendu = stats.ttest_rel(apres, avant)

    assert (ligne["nb_paires"], ligne["appariement"], ligne["niveau"]) == (40, "mêmes personnes", "C")
    assert ligne["p"] == pytest.approx(attendu.pvalue)
    assert ligne["ecart"] == pytest.approx(ligne["moyenne_apres"] - ligne["moyenne_avant"])
    assert ligne["solde"] == pytest.approx(((apres > avant).sum() - (apres < avant).sum()) / 40)


def test_sans_assez_de_paires_on_compare_des_vagues(referentiel, questions):
    """Dix-neuf retrouvés sur quarante : test de Welch sur les deux vagues, pas de solde."""
    avant, apres = [1, 2, 3, 4] * 10, [2, 3, 4, 4] * 10
    ligne = evolution(avant, apres, referentiel, questions, decalage=21)

    assert (ligne["nb_paires"], ligne["nb_base"]) == (19, 40)
    assert ligne["appariement"] == "personnes en partie différentes" and pd.isna(ligne["solde"])
    assert ligne["p"] == pytest.approx(stats.ttest_ind(apres, avant, equal_var=False).pvalue)


def test_la_moitie_des_repondants_doit_etre_retrouvee(referentiel, questions):
    """Vingt-cinq paires suffisent en nombre, mais pas sur soixante répondants de départ."""
    ligne = evolution([2, 3] * 30, [3, 2] * 30, referentiel, questions, decalage=35)

    assert ligne["nb_paires"] == 25 and "Welch" in ligne["methode"]


def test_par_classe_le_test_porte_sur_les_moyennes_de_classe(referentiel, questions):
    """Quatre classes de dix, personnes différentes : Welch sur quatre et quatre moyennes."""
    classes = np.repeat(["c1", "c2", "c3", "c4"], 10)
    avant, apres = np.tile([1, 2, 3, 4, 2], 8), np.tile([2, 2, 3, 4, 4], 8)
    avant[:10], apres[30:] = 1, 4
    ligne = evolution(avant, apres, referentiel, questions, decalage=100, classes=classes)
    moyennes = [pd.Series(notes).groupby(classes).mean() for notes in (apres, avant)]

    assert ligne["methode"] == "test de Welch sur les moyennes de classe"
    assert ligne["p"] == pytest.approx(stats.ttest_ind(*moyennes, equal_var=False).pvalue)
    assert ligne["ecart"] == pytest.approx(ligne["moyenne_apres"] - ligne["moyenne_avant"])


def test_sous_trente_reponses_on_ne_conclut_pas(referentiel, questions):
    """Vingt-neuf personnes différentes par vague : ni verdict, ni p corrigée, et ce qu'il faudrait."""
    ligne = evolution([1] * 14 + [2] * 15, [3] * 14 + [4] * 15, referentiel, questions, decalage=50)

    assert ligne["verdict_code"] == "donnees_insuffisantes"
    assert pd.isna(ligne["p"]) and pd.isna(ligne["q"])
    assert "30 réponses par vague" in ligne["phrase"]


def test_une_premiere_vague_n_a_pas_de_changement(referentiel, questions):
    """Sans vague avant, le niveau est E, et la phrase le dit."""
    ligne = impacts.changement_declare(vague(2024, [3] * 40), questions, referentiel, annee=2024).iloc[0]

    assert (ligne["niveau"], ligne["nb_avant"], ligne["verdict"]) == ("E", 0, "Données insuffisantes")
    assert "vague d’enquête précédente" in ligne["phrase"]


def test_un_meme_pas_pour_tous_ne_donne_ni_intervalle_ni_test(referentiel, questions):
    """Tous montent d'un cran : rien ne varie, les mêmes personnes restent comparées et le solde vaut 1."""
    ligne = evolution([2, 3] * 15, [3, 4] * 15, referentiel, questions)

    assert (ligne["appariement"], ligne["ecart"], ligne["solde"]) == ("mêmes personnes", 1, 1)
    assert pd.isna(ligne["borne_basse"]) and ligne["verdict_code"] == "donnees_insuffisantes"


def test_une_question_inverse_est_retournee(referentiel, questions):
    """Se sentir moins à l'écart est un progrès : la même enquête, réponses retournées, dit la même chose."""
    avant, apres = [2, 3, 2, 1] * 10, [3, 3, 4, 2] * 10
    directe = evolution(avant, apres, referentiel, questions)
    inverse = evolution(
        [5 - note for note in avant], [5 - note for note in apres], referentiel, questions, item="ecart"
    )

    memes = ["ecart", "borne_basse", "p", "verdict", "solde"]
    assert inverse[memes].tolist() == directe[memes].tolist()


def test_ne_sait_pas_sort_de_la_base(referentiel, questions):
    """Cinq « NSP » sur quarante : trente-cinq paires."""
    ligne = evolution([2, 3] * 20, ["NSP"] * 5 + [3] * 35, referentiel, questions)

    assert ligne[["nb_avant", "nb_apres", "nb_paires"]].tolist() == [40, 35, 35]


def test_un_changement_percu_est_de_niveau_d(referentiel, questions):
    """Ce que les jeunes disent d'eux-mêmes ne vaut pas une mesure."""
    assert evolution([2, 3] * 20, [3, 3] * 20, referentiel, questions, item="oser")["niveau"] == "D"


def test_les_comparaisons_multiples_sont_corrigees_dans_la_table(referentiel, questions):
    """Deux questions : q de la plus petite p vaut deux fois p, ou la plus grande p (Benjamini-Hochberg)."""
    alea = np.random.default_rng(3)
    morceaux = [
        vague(annee, alea.integers(1, 5, 60), item=item) for annee in (2023, 2024) for item in ("climat", "oser")
    ]
    table = impacts.changement_declare(pd.concat(morceaux), questions, referentiel, annee=2024)

    petite, grande = sorted(table["p"])
    assert sorted(table["q"]) == pytest.approx([min(2 * petite, grande), grande])


def test_la_part_de_parents_a_l_aise_retrouve_l_exemple_de_newcombe(referentiel, questions):
    """Newcombe (1998), tableau II a : 56/70 et 48/80 ; écart 0,20, intervalle de 0,0524 à 0,3339."""
    ligne = evolution(
        [4] * 48 + [1] * 32,
        [3] * 56 + [2] * 14,
        referentiel,
        questions,
        analyse=impacts.avant_apres_part,
        item="aise",
        questionnaire="parents",
        decalage=200,
    )

    bornes = ligne[["ecart", "borne_basse", "borne_haute"]].tolist()
    assert bornes == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)
    assert ligne[["nb_favorables_avant", "nb_compares_avant", "part_apres"]].tolist() == [48, 80, 0.8]


def test_la_part_des_memes_parents_suit_bonett_et_price(referentiel, questions):
    """12 parents gagnés, 8 restés, aucun perdu sur 40 : écart 0,30 ; bornes de la formule, à la main."""
    ligne = evolution(
        [1] * 12 + [4] * 8 + [1] * 20,
        [4] * 20 + [1] * 20,
        referentiel,
        questions,
        analyse=impacts.avant_apres_part,
        item="aise",
        questionnaire="parents",
    )
    p01, p10 = 13 / 42, 1 / 42
    marge = 1.959964 * ((p01 + p10 - (p01 - p10) ** 2) / 42) ** 0.5

    assert ligne["ecart"] == pytest.approx(0.3)
    bornes = ligne[["borne_basse", "borne_haute"]].tolist()
    assert bornes == pytest.approx([p01 - p10 - marge, p01 - p10 + marge], abs=1e-6)
    assert (ligne["nb_compares_avant"], ligne["verdict"]) == (40, "Progression nette")


def test_l_ecart_ne_rend_pas_la_part_qu_un_petit_groupe_fait_masquer(referentiel, questions):
    """16 favorables sur 30, puis 29 sur 30 : 53 % et + 43 points diraient le seul parent qui n'est pas à l'aise."""
    reponses = pd.concat(
        [
            vague(2023, [4] * 16 + [1] * 14, item="aise", questionnaire="parents"),
            vague(2024, [4] * 29 + [1], item="aise", questionnaire="parents"),
        ]
    )
    table = impacts.avant_apres_part(reponses, questions, referentiel, annee=2024)
    lue = secret.proteger(table, diffusion="cotech").donnees.iloc[0]

    assert lue[["part_apres", "ecart", "borne_basse", "borne_haute"]].isna().all()
    assert "43" not in lue["phrase"] and "l’ampleur n’est pas dite" in lue["phrase"]


def test_la_question_aux_parents_n_est_que_dans_sa_table(referentiel, questions):
    """Une part ne se lit pas aussi comme un score."""
    reponses = pd.concat([vague(an, [2, 3] * 20, item="aise", questionnaire="parents") for an in (2023, 2024)])

    assert impacts.changement_declare(reponses, questions, referentiel, annee=2024).empty
    assert len(impacts.avant_apres_part(reponses, questions, referentiel, annee=2024)) == 1


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=20, max_size=60))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_echanger_les_vagues_change_le_signe(paires):
    """Loi : avant et après échangés, l'écart et le solde changent de signe, la probabilité reste."""
    fiche = pd.DataFrame(
        {"indicateur_code": ["I12"], "dimension": "impacts", "unite": "score", "sens": "hausse", "delta": 0.2}
    )
    question = pd.DataFrame(
        {"questionnaire": ["jeunes"], "item": "climat", "libelle": "Bien", "echelle_max": 4}
    ).assign(inverse=False, domaine="école", indicateur_code="I12")
    avant, apres = zip(*paires, strict=True)
    aller, retour = evolution(avant, apres, fiche, question), evolution(apres, avant, fiche, question)

    assert aller[["ecart", "solde"]].tolist() == pytest.approx([-retour["ecart"], -retour["solde"]])
    assert (pd.isna(aller["p"]) and pd.isna(retour["p"])) or aller["p"] == pytest.approx(retour["p"])
    assert -1 <= aller["solde"] <= 1


# ------------------------------------------------------------------------------------------- solidité


@pytest.fixture
def enquete():
    """Deux vagues : climat et confiance des mêmes jeunes, aisance de parents différents."""
    morceaux = [
        vague(2023, [2, 3, 2, 3] * 10),
        vague(2024, [3, 3, 4, 3] * 10),
        vague(2023, [2, 3] * 20, item="oser"),
        vague(2024, [2, 3] * 20, item="oser"),
        vague(2023, [1, 4] * 20, item="aise", questionnaire="parents"),
        vague(2024, [4, 4] * 20, item="aise", questionnaire="parents", premier=90),
    ]
    return pd.concat(morceaux)


def test_chaque_impact_du_referentiel_a_sa_ligne(publiees, referentiel, ecoles, enquete, questions):
    """Mesuré ou non : aucun impact n'est tu, et un indicateur de réalisation n'y est pas."""
    table = impacts.tableau_solidite(referentiel, publiees, ecoles, enquete, questions, annee=2024)
    niveaux = dict(zip(table["indicateur_code"], table["niveau"], strict=True))

    attendus = {"I01": "E", "I04": "C", "I05": "C", "I11": "C"}
    assert niveaux == attendus | {"I12": "C", "I14": "C", "I15": "D", "I16": "E"}
    assert table.loc[table["niveau"].eq("E"), "valeur_presente"].eq("non").all()


def test_un_indicateur_publie_se_decrit_sans_verdict(publiees, referentiel, ecoles, enquete, questions):
    """Le brevet a une comparaison, pas d'année d'avant le label : « Décrit, sans verdict »."""
    table = impacts.tableau_solidite(referentiel, publiees, ecoles, enquete, questions, annee=2024)
    brevet = table.set_index("indicateur_code").loc["I04"]

    assert brevet["verdict"] == "Décrit, sans verdict"
    assert brevet["comparaison"].startswith("évolutions comparées : Académie d’Aix-Marseille")
    assert impacts.SANS_IMPUTATION in brevet["phrase"]


def test_une_valeur_de_la_cite_donne_un_sens_sans_nombre(table, referentiel, ecoles, enquete, questions):
    """De 7 % à 5 % d'absents : « baisse », sans chiffre qui trahirait un petit effectif."""
    valeurs = table(
        """
        annee | numerateur | denominateur | valeur | perimetre_version
        2023  | 7          | 100          | 0,07   | QPV 2015
        2024  | 5          | 100          | 0,05   | QPV 2015
        """,
        "valeurs",
        indicateur_code="I01",
        niveau="cite",
        territoire_code="miramas",
        periode="an",
        statut_valeur="observee",
    )

    def lire(lues):
        ecrite = impacts.tableau_solidite(referentiel, lues, ecoles, enquete, questions, annee=2024)
        return ecrite.set_index("indicateur_code").loc["I01", "phrase"]

    assert lire(valeurs).startswith(f"De 2023 à 2024{INSECABLE}: baisse.")
    rompues = valeurs.assign(perimetre_version=["QPV 2015", "QPV 2024"])
    assert "sans valeur comparable" in lire(rompues)


def test_seules_les_paroles_permises_se_publient(table):
    """Une parole permise, une refusée, une sans réponse, une d'une autre année."""
    recueillies = table(
        """
        annee | texte_anonymise | diffusable
        2024  | Oui             | oui
        2024  | Non             | non
        2024  | Vide            |
        2023  | Avant           | oui
        """,
        "verbatims",
        type_acteur="parent",
    )
    permises = secret.proteger(impacts.paroles(recueillies, annee=2024), diffusion="public").donnees

    assert permises[["parole", "type_acteur"]].values.tolist() == [["Oui", "parent"]]


def test_aucune_phrase_n_attribue_un_changement(publiees, referentiel, ecoles, enquete, questions):
    """Les mots d'une relation de cause à effet ne sont jamais écrits."""
    tables = [
        impacts.tableau_solidite(referentiel, publiees, ecoles, enquete, questions, annee=2024),
        impacts.indicateurs_scolaires(publiees, referentiel, ecoles, annee=2024),
        impacts.changement_declare(enquete, questions, referentiel, annee=2024),
        impacts.avant_apres_part(enquete, questions, referentiel, annee=2024),
    ]

    for calculee in tables:
        assert calculee["phrase"].ne("").any()
        assert not calculee["phrase"].str.contains(INTERDITS).any()


@pytest.mark.parametrize("diffusion", ["interne", "cotech", "public"])
def test_chaque_table_se_publie(publiees, referentiel, ecoles, enquete, questions, diffusion):
    """La porte du secret connaît chaque colonne."""
    lues = publiees, referentiel, ecoles
    tables = [
        impacts.indicateurs_scolaires(*lues, annee=2024),
        impacts.serie(*lues, code="I04", annees=(2023, 2024)),
        impacts.valeur_ajoutee(publiees, ecoles, annee=2024),
        impacts.changement_declare(enquete, questions, referentiel, annee=2024),
        impacts.avant_apres_part(enquete, questions, referentiel, annee=2024),
        impacts.tableau_solidite(referentiel, publiees, ecoles, enquete, questions, annee=2024),
    ]

    for calculee in tables:
        assert len(secret.proteger(calculee, diffusion=diffusion).donnees) == len(calculee) > 0


def test_une_annee_sans_donnees_donne_des_tables_vides(publiees, referentiel, ecoles, enquete, questions):
    """Mêmes colonnes, aucune ligne."""
    lues = publiees, referentiel, ecoles
    tables = [
        impacts.indicateurs_scolaires(*lues, annee=1999),
        impacts.serie(*lues, code="I04", annees=(1999,)),
        impacts.changement_declare(enquete, questions, referentiel, annee=1999),
        impacts.avant_apres_part(enquete, questions, referentiel, annee=1999),
        impacts.tableau_solidite(referentiel, publiees, ecoles, enquete, questions, annee=1999),
    ]

    for vide in tables:
        assert vide.empty and len(vide.columns) > 4
        assert secret.proteger(vide, diffusion="public").donnees.empty


def test_les_tables_de_la_cite_ne_sont_pas_modifiees(publiees, referentiel, ecoles, enquete, questions):
    """Chaque analyse rend une table neuve."""
    lues = (referentiel, publiees, ecoles, enquete, questions)
    copies = [lue.copy() for lue in lues]
    impacts.tableau_solidite(*lues, annee=2024)

    for copie, lue in zip(copies, lues, strict=True):
        pd.testing.assert_frame_equal(copie, lue)
