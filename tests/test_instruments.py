"""Les instruments de partenariat : des données vérifiées à la lecture, un organisme compté une seule fois."""

import itertools
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from citelib import partenariat, secret
from citelib.chargement import charger
from citelib.classeurs.questionnaire import correspondance, ecrire_questionnaire, reponses_possibles
from citelib.erreurs import ErreurParametre
from citelib.partenariat.instruments import bande, instrument_de, lire_instrument
from citelib.sources.enquetes import lire_enquete

CATEGORIES = ("etat", "ville", "association")


def reponses(lettres: dict[str, str], *, instrument="COURT", annee=2024, organismes=None, categories=CATEGORIES):
    """Une ligne par répondant et question ; « ? » est « ne sait pas »."""
    lignes = [
        {
            "annee": annee,
            "repondant_pseudo": qui,
            "structure_id": (organismes or {}).get(qui),
            "categorie": categorie,
            "instrument": instrument,
            "item": numero,
            "reponse": {"?": "NSP"}.get(lettre, lettre),
        }
        for (qui, suite), categorie in zip(lettres.items(), itertools.cycle(categories), strict=False)
        for numero, lettre in enumerate(suite, start=1)
    ]
    return pd.DataFrame(lignes)


# ------------------------------------------------------------------------------------ ce qu'est un instrument


@pytest.mark.parametrize("nom", partenariat.INSTRUMENTS)
def test_chaque_instrument_se_lit_et_range_chaque_question_une_fois(nom):
    """La lecture refuse un numéro absent ou répété ; seul le nôtre, libre, porte le texte de ses questions."""
    instrument = lire_instrument(nom)

    assert instrument["sigle"] == nom.upper()
    assert bool(instrument["libelles"]) == (nom == "court")
    assert "Licence Ouverte" in lire_instrument("court")["droits"]


def test_notre_questionnaire_couvre_les_six_conditions_en_quatorze_phrases():
    """Mêmes conditions que l'ODAP, dans le même ordre ; une phrase par question."""
    conditions = [[d["libelle"] for d in lire_instrument(nom)["dimension"]] for nom in ("court", "odap")]

    assert conditions[0] == conditions[1]
    assert len(lire_instrument("court")["libelles"]) == 14


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ("questions = [1, 2, 3]", "questions = [1, 2]", "chacun dans une dimension et une seule"),
        ('droits = "', 'droit = "', "droits : attendu un texte"),
        ("repondants = 5", "repondants = 3", "publication.repondants : attendu 5 au moins"),
        ('C = "Pas encore"', 'D = "Pas encore"', "echelle : attendu le sens de A, B et C"),
        ('14 = "', '15 = "', "libelles : numéros inconnus 15"),
        ("questions = 14", "questions = ", "instrument illisible"),
    ],
)
def test_un_instrument_mal_declare_est_refuse_en_disant_quoi(tmp_path, avant, apres, attendu):
    """Le fichier de la cité l'emporte sur le nôtre ; ce qui n'y va pas se dit, avec le fichier."""
    notre = Path(partenariat.__file__).parents[1] / "instruments" / "court.toml"
    (tmp_path / "court.toml").write_text(notre.read_text("utf-8").replace(avant, apres, 1), encoding="utf-8")

    with pytest.raises(ErreurParametre, match=attendu) as erreur:
        lire_instrument("court", tmp_path)
    assert "court.toml" in str(erreur.value)


def test_un_instrument_inconnu_est_refuse():
    """Le message donne les cinq."""
    with pytest.raises(ErreurParametre, match="odap, court, vpat, wilder, psats"):
        lire_instrument("autre")


@pytest.mark.parametrize(
    ("nom", "score", "attendu"),
    [
        *(("wilder", s, b) for s, b in ((4.0, "Point fort"), (3.9, "À consolider"), (3.95, "À consolider"))),
        *(("wilder", s, b) for s, b in ((2.9, "Point de vigilance"), (2.95, "Point de vigilance"))),
        *(("psats", s, b) for s, b in ((2.9, "Danger"), (3.0, "Travail"), (3.9, "Travail"), (4.0, "Avancée"))),
        *(("psats", s, b) for s, b in ((4.5, "Avancée"), (4.55, "Avancée"), (4.6, "Cible"))),
    ],
)
def test_les_zones_publiees_se_lisent_sur_la_moyenne_non_arrondie(nom, score, attendu):
    """Wilder et PSAT (oracles wilder_cfi, psat_zones) ; 3,95 tombe entre deux bornes arrondies : e3."""
    assert bande(lire_instrument(nom), score)["libelle"] == attendu


# ------------------------------------------------------------------------------------------- outils notés


def en_notes(instrument: str, colonnes: dict[int, list]) -> pd.DataFrame:
    """Une ligne par répondant et question notée."""
    return pd.concat(
        pd.DataFrame(
            {
                "annee": 2024,
                "repondant_pseudo": [f"p{k}" for k in range(len(notes))],
                "categorie": "ville",
                "instrument": instrument,
                "item": numero,
                "reponse": [str(note) for note in notes],
            }
        )
        for numero, notes in colonnes.items()
    )


def test_les_moyennes_publiees_du_psat_court_se_retrouvent():
    """
    e4 : Cramm 2011, moyennes des questions d'animation et d'efficience ; 2,793 et 2,653.

    Cent répondants par question : 297 points sur 100 donnent 2,97 (97 « 3 » et 3 « 2 »), et ainsi de suite.
    """
    publiees = [2.97, 2.81, 2.80, 2.75, 2.61, 2.92, 2.93, 2.68, 2.77, 2.67, 2.81, 2.64, 2.82, 2.50]
    notes = {n: [3] * round(100 * m - 200) + [2] * round(300 - 100 * m) for n, m in enumerate(publiees, 1)}
    table = partenariat.scores(en_notes("PSATS", notes), annee=2024)

    assert table["domaine"].tolist() == ["Animation", "Efficience"]
    assert table["score"].round(3).tolist() == [2.793, 2.653]
    # zones non confirmées, et aucune note d'ensemble
    assert table["bande"].tolist() == ["", ""]


def test_wilder_juge_chaque_facteur_et_n_a_pas_de_note_d_ensemble():
    """Six répondants à 4 partout : vingt points forts, pas de vingt-et-unième ligne."""
    table = partenariat.scores(en_notes("WILDER", {n: [4] * 6 for n in range(1, 41)}), annee=2024)

    assert len(table) == 20 and set(table["bande"]) == {"Point fort"}
    assert table["score_maximal"].tolist() == [5] * 20


# ---------------------------------------------------------------------------------- un organisme, une réponse


def test_plusieurs_personnes_d_un_organisme_ne_comptent_qu_une_fois():
    """
    Ville : A, B, C, le milieu est B ; État : A et C, à égalité, la moins favorable, C ; une asso : A et NSP.

    Restent six organismes (deux autres assos et un habitant répondent A) : A 4, B 1, C 1.
    """
    lettres = dict(zip("abcdefghij", "ABCACA?AAA", strict=True))
    qui = dict(zip("abcdefghi", ["V", "V", "V", "E", "E", "X", "X", "Y", "Z"], strict=True))
    categories = ["ville"] * 3 + ["etat"] * 2 + ["association"] * 4 + ["parents_habitants"]
    lignes = reponses(lettres, organismes=qui, categories=categories)
    question = partenariat.items_conditions(lignes, annee=2024).set_index("question").loc[1]

    assert question[["nb_A", "nb_B", "nb_C", "nb_nsp"]].tolist() == [4, 1, 1, 0]


def test_cinq_personnes_d_un_meme_organisme_ne_font_pas_cinq_repondants():
    """Un seul organisme : rien ne se publie, et le motif le dit."""
    lignes = reponses(dict.fromkeys("abcdef", "A" * 14), organismes=dict.fromkeys("abcdef", "S1"))
    profil = partenariat.profil_conditions(lignes, annee=2024)

    assert profil.empty and profil.attrs["motif"] == "il faudrait au moins 5 répondants"


def test_ne_sait_pas_a_sa_part_et_n_entre_pas_dans_la_base():
    """Vingt répondants, une question : quinze A, cinq « ne sait pas » ; 25 % d'un côté, 100 % de A de l'autre."""
    lignes = reponses({f"p{k}": "A" if k < 15 else "?" for k in range(20)})
    profil = partenariat.profil_conditions(lignes, annee=2024).set_index("condition")

    assert profil.loc["Couverture des perspectives", ["part_A", "part_nsp"]].tolist() == [1, 0.25]
    protege = secret.proteger(partenariat.profil_conditions(lignes, annee=2024), diffusion="cotech")
    assert protege.valeur("Couverture des perspectives", "part_nsp") == 0.25


def test_personne_n_a_d_avis_se_dit_sans_erreur():
    """Toutes les analyses sont vides, avec le même motif ; la porte du secret les accepte."""
    lignes = reponses({f"p{k}": "?" * 14 for k in range(8)})
    analyses = (partenariat.profil_conditions, partenariat.points_appui, partenariat.accord_categories)

    for analyse in (*analyses, partenariat.evolution_conditions, partenariat.fidelite):
        table = analyse(lignes, annee=2024)
        assert table.empty and "toutes les réponses sont « ne sait pas »" in table.attrs["motif"]
        assert secret.proteger(table, diffusion="public").donnees.empty


def test_l_annee_choisit_l_instrument_le_plus_rempli():
    """Six réponses à notre questionnaire, trois à l'ODAP ; sans réponse, l'ODAP et le VPAT."""
    deux = pd.concat([reponses(dict.fromkeys("abcdef", "A")), reponses(dict.fromkeys("xyz", "A"), instrument="ODAP")])

    assert instrument_de(deux, annee=2024)["sigle"] == "COURT"
    assert instrument_de(deux, annee=1999)["sigle"] == "ODAP"
    assert instrument_de(deux, annee=2024, note=True)["sigle"] == "VPAT"


# ------------------------------------------------------------------------------------------- ce qui se compare


def deux_categories(etat: int, ville: int, autres: int = 0) -> pd.DataFrame:
    """L'État répond A, la Ville B, les autres C, à la première question."""
    qui = ["etat"] * etat + ["ville"] * ville + ["association"] * autres
    lettres = {f"p{k}": {"etat": "A", "ville": "B"}.get(code, "C") for k, code in enumerate(qui)}
    return reponses(lettres, categories=qui)


def test_l_accord_ne_compare_que_des_categories_assez_nombreuses():
    """Cinq A, cinq B : 50 points, des avis différents ; les deux associations ne sont pas comparées."""
    table = partenariat.accord_categories(deux_categories(5, 5, 2), annee=2024)

    assert table.iloc[0][["n_categories", "nb_repondants", "ecart_indice", "accord"]].tolist() == [
        2,
        5,
        50,
        "avis différents",
    ]
    trop_peu = partenariat.accord_categories(deux_categories(5, 4, 2), annee=2024)
    assert trop_peu.empty and "deux catégories" in trop_peu.attrs["motif"]


def test_un_repondant_isole_ne_se_retrouve_pas_par_elimination():
    """
    Cinq État, cinq Ville, une association : le profil donne tout le monde, l'écart ne donne aucun indice.

    L'écart de 50 points et les comptes masqués du profil laissent l'association entre A, B et C.
    """
    lignes = deux_categories(5, 5, 1)
    ecart = secret.proteger(partenariat.accord_categories(lignes, annee=2024), diffusion="cotech")
    profil = secret.proteger(partenariat.profil_conditions(lignes, annee=2024), diffusion="cotech")

    assert not {"indice", "categorie"} & set(ecart.donnees)
    assert profil.est_masquee("Couverture des perspectives", "nb_C")
    assert sum(profil.est_masquee("Couverture des perspectives", f"nb_{lettre}") for lettre in "ABC") >= 2
    assert profil.est_masquee("Couverture des perspectives", "indice")
    assert not {"nb_A", "indice"} & set(partenariat.points_appui(lignes, annee=2024))


def vagues(communs: int, nouveaux: int, anciens: int) -> pd.DataFrame:
    """2023 : tous B ; 2024 : tous A, à toutes les questions."""
    avant = {f"c{k}": "B" * 14 for k in range(communs)} | {f"a{k}": "B" * 14 for k in range(anciens)}
    apres = {f"c{k}": "A" * 14 for k in range(communs)} | {f"n{k}": "A" * 14 for k in range(nouveaux)}
    return pd.concat([reponses(avant, annee=2023), reponses(apres, annee=2024)])


def test_deux_vagues_se_comparent_sur_leurs_repondants_communs():
    """Neuf communs sur quinze : 60 %, juste assez ; de B (50) à A (100), 50 points."""
    table = partenariat.evolution_conditions(vagues(9, 6, 6), annee=2024)

    assert table["ecart_indice"].tolist() == [50] * 6
    assert table.iloc[0][["annee_avant", "nb_repondants", "nb_autres"]].tolist() == [2023, 9, 6]


@pytest.mark.parametrize(
    ("communs", "nouveaux", "anciens", "motif"),
    [
        (8, 6, 6, "moins de 60 % des mêmes organismes"),
        (9, 2, 0, "se retrouveraient par soustraction"),
        (5, 0, 5, "moins de 60 %"),
    ],
)
def test_deux_vagues_ne_se_comparent_pas_si_ce_n_est_pas_les_memes(communs, nouveaux, anciens, motif):
    """8 sur 14, soit 57 % ; deux nouveaux seulement, que la soustraction désignerait ; 5 sur 10."""
    table = partenariat.evolution_conditions(vagues(communs, nouveaux, anciens), annee=2024)

    assert table.empty and motif in table.attrs["motif"]


def test_la_premiere_vague_n_a_rien_a_quoi_se_comparer():
    """Ni zéro, ni tableau muet."""
    table = partenariat.evolution_conditions(vagues(9, 0, 0), annee=2023)

    assert table.attrs["motif"].startswith("première vague")


# ---------------------------------------------------------------------------------------------- fidélité


def test_la_fidelite_demande_trente_repondants():
    """Trente répondants qui répondent tout A ou tout C : un alpha de 1 ; vingt-neuf : rien."""
    lettres = {f"p{k}": "AC"[k % 2] * 14 for k in range(30)}
    table = partenariat.fidelite(reponses(lettres), annee=2024)
    peu = partenariat.fidelite(reponses(dict(list(lettres.items())[:29])), annee=2024)

    assert table["alpha"].round(6).tolist() == [1] * 6
    assert set(table["lecture"]) == {"utilisable, questions redondantes"}
    assert peu.empty and "30 répondants" in peu.attrs["motif"]


# ------------------------------------------------------------------------------ du papier à la table


@pytest.fixture(scope="module")
def cite():
    return charger("data/miramas")


def test_le_questionnaire_rempli_revient_par_l_import(cite, tmp_path):
    """Deux lignes saisies dans la feuille, importées par la correspondance écrite à côté : nos codes, sans nom."""
    import openpyxl

    chemin, plan = ecrire_questionnaire("court", cite, tmp_path / "enquete.xlsx", annee=2024)
    livre = openpyxl.load_workbook(chemin)
    saisie = livre["Saisie"]
    saisie.append(["Ville", "Ville de Miramas", "plus de trois ans", *["Oui, c’est le cas"] * 14])
    saisie.append(["parents et habitants", None, None, "Je ne sais pas", *["Pas encore"] * 12, None])
    livre.save(chemin)
    apport = lire_enquete(chemin, cite, correspondance=plan, tirage=iter(["p1", "p2"]).__next__)

    assert [str(p) for p in apport.problemes if p.gravite == "erreur"] == []
    table = apport.lectures["reponses_partenaires"].table
    premiere, seconde = (table[table["repondant_pseudo"].eq(qui)] for qui in ("p1", "p2"))
    assert set(premiere["reponse"]) == {"A"} and set(premiere["structure_id"]) == {"S-VILLE"}
    assert set(premiere["instrument"]) == {"COURT"} and set(premiere["anciennete"]) == {"plus_3_ans"}
    assert seconde.set_index("item")["reponse"].fillna("").tolist() == ["NSP", *["C"] * 12, ""]
    assert seconde["structure_id"].isna().all()


def test_le_questionnaire_a_imprimer_donne_chaque_phrase_et_chaque_reponse(cite, tmp_path):
    """Quatorze phrases, quatre cases chacune ; un outil sans texte garde la place du sien."""
    (chemin,) = ecrire_questionnaire("court", cite, tmp_path / "court.html", annee=2024)
    html = chemin.read_text("utf-8")

    assert html.count("<td>☐</td>") == 14 * 4
    assert "Nous sommes associés avant que les grands choix" in html and "Licence Ouverte" in html
    (autre,) = ecrire_questionnaire("odap", cite, tmp_path / "odap.html", annee=2024)
    assert "Rapports de pouvoir (question 13)" in autre.read_text("utf-8")


@pytest.mark.parametrize("nom", partenariat.INSTRUMENTS)
def test_chaque_instrument_a_sa_correspondance(cite, nom):
    """Elle se relit, une question par question de l'instrument."""
    instrument = lire_instrument(nom)
    lue = tomllib.loads(correspondance(instrument, cite, annee=2024))

    assert [q["item"] for q in lue["question"]] == [str(n) for n in range(1, instrument["questions"] + 1)]
    assert list(reponses_possibles(instrument).values())[-1] == "NSP"


def test_une_autre_extension_est_refusee(cite, tmp_path):
    """Rien n'est écrit."""
    with pytest.raises(ErreurParametre, match=r"\.xlsx ou \.html"):
        ecrire_questionnaire("court", cite, tmp_path / "court.docx", annee=2024)
    assert list(tmp_path.iterdir()) == []
