"""Les enquêtes de près : échelles, groupes, répondants et perdus, part redressée ; jamais un mot de cause."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from citelib import impacts, secret
from citelib.impacts.invites import (
    EXPLOITABLES,
    NON_REPRESENTATIFS,
    PROFIL_DIFFERENT,
    SANS_INVITES,
    TEMOIGNAGES,
    regime,
)
from citelib.simulation import simuler

CAUSE = re.compile(
    r"gr[âa]ce [àa]|efficac|a permis d|ont permis d|a provoqué|en raison de"
    r"|impacts? (?:de|du|des) (?:la cité|programme)"
    r"|effets? (?:de|du|des) (?:la cité|programme|actions?)|prouve que|a fait (?:monter|baisser|progresser)|dû à|due à",
    re.IGNORECASE,
)


@pytest.fixture
def indicateurs(table):
    """Un score de climat, un changement perçu, une part de parents."""
    return table(
        """
        indicateur_code | dimension | axe | unite | sens   | delta
        I12             | impacts   | A2  | score | hausse | 0,2
        I15             | impacts   | A1  | score | hausse | 0,2
        """,
        "indicateurs",
        libelle="Intitulé",
    )


@pytest.fixture
def items(table):
    """Trois questions d'une échelle, dont une inverse, et une question seule."""
    return table(
        """
        questionnaire | item  | libelle     | echelle_max | inverse | domaine   | indicateur_code | echelle
        jeunes        | bien  | Bien.       | 4           | non     | école     | I12             | climat
        jeunes        | ecart | À l'écart.  | 4           | oui     | école     | I12             | climat
        jeunes        | ecou  | Écouté.     | 4           | non     | école     | I12             | climat
        jeunes        | oser  | J'ose.      | 4           | non     | confiance | I15             |
        """,
        "items",
    )


def reponses(humeurs: dict[int, np.ndarray], *, premier=None, sexes=None, bruit=0.3) -> pd.DataFrame:
    """Une vague par année : chaque personne répond autour de son humeur ; « ecart » est retournée."""
    alea, lignes = np.random.default_rng(7), []
    for annee, niveaux in humeurs.items():
        for rang, niveau in enumerate(niveaux):
            numero = rang + (premier or {}).get(annee, 0)
            for item in ("bien", "ecart", "ecou"):
                note = int(np.clip(round(niveau + alea.normal(0, bruit)), 1, 4))
                lignes.append(
                    {
                        "vague": f"T{annee - 2023}",
                        "annee": annee,
                        "questionnaire": "jeunes",
                        "repondant_pseudo": f"k{numero}",
                        "tranche_age": "11-15",
                        "sexe": sexes[numero] if sexes else "F",
                        "classe_pseudo": None,
                        "item": item,
                        "reponse": str(5 - note if item == "ecart" else note),
                    }
                )
    return pd.DataFrame(lignes)


def invites(nombres: dict[tuple, int]) -> pd.DataFrame:
    """Personnes invitées, par vague, année et sexe."""
    return pd.DataFrame(
        [
            {"vague": v, "annee": a, "questionnaire": "jeunes", "tranche_age": "11-15", "sexe": s, "nb_invites": n}
            for (v, a, s), n in nombres.items()
        ]
    )


def test_une_echelle_se_lit_comme_une_question(items, indicateurs):
    """Soixante jeunes retrouvés : écart et p du test t apparié de scipy, sur la moyenne des questions orientées."""
    depart = np.tile([1.6, 2.0, 2.6, 3.0], 15)
    lues = reponses({2023: depart, 2024: depart + 0.4})
    ligne = impacts.changement_des_echelles(lues, items, indicateurs, annee=2024).iloc[0]
    notes = lues.assign(note=lues["reponse"].astype(int))
    notes["note"] = notes["note"].where(notes["item"].ne("ecart"), 5 - notes["note"])
    scores = notes.groupby(["annee", "repondant_pseudo"])["note"].mean().unstack("annee")
    attendu = stats.ttest_rel(scores[2024], scores[2023])

    assert (ligne["libelle"], ligne["nb_paires"], ligne["famille"]) == ("Échelle climat", 60, "A2, échelles")
    assert ligne["ecart"] == pytest.approx((scores[2024] - scores[2023]).mean())
    assert (ligne["p"], ligne["q"]) == (pytest.approx(attendu.pvalue), pytest.approx(attendu.pvalue))
    erreur = (scores[2024] - scores[2023]).std() / 60**0.5
    quantiles = stats.t.ppf(0.975, 59) + stats.t.ppf(0.8, 59)
    assert ligne["emd"] == pytest.approx(quantiles * erreur)
    assert ligne["effet_bas"] < ligne["effet"] < ligne["effet_haut"]


def test_des_questions_sans_rapport_ne_se_reunissent_pas(items, indicateurs):
    """Réponses tirées au hasard : alpha sous 0,60, pas d'échelle, et la raison est dite."""
    lues = reponses({2023: np.full(80, 2.5), 2024: np.full(80, 2.5)}, bruit=1)
    fiabilite = impacts.fiabilite_des_echelles(lues, items, indicateurs, annee=2024).iloc[0]
    table = impacts.changement_des_echelles(lues, items, indicateurs, annee=2024)

    assert fiabilite["alpha"] < 0.6 and "non réunies" in fiabilite["jugement"]
    assert table.empty and "aucune échelle" in table.attrs["motif"]


def test_sans_colonne_echelle_rien_ne_change(items, indicateurs):
    """Un fichier d'avant la colonne se lit encore : des questions, aucune échelle."""
    lues = reponses({2023: np.tile([2.0, 3], 30), 2024: np.tile([2.0, 3], 30)})
    anciens = items.drop(columns="echelle")

    assert len(impacts.changement_declare(lues, anciens, indicateurs, annee=2024)) == 3
    assert impacts.fiabilite_des_echelles(lues, anciens, indicateurs, annee=2024).empty


def test_un_groupe_de_moins_de_trente_n_a_pas_de_mesure(items, indicateurs):
    """Trente et une filles, vingt-neuf garçons : les unes se mesurent, les autres non."""
    depart, sexes = np.tile([1.6, 2.0, 2.6, 3.0], 15), ["F"] * 31 + ["G"] * 29
    lues = reponses({2023: depart, 2024: depart + 0.3}, sexes=sexes)
    table = impacts.changement_par_groupe(lues, items, indicateurs, annee=2024, par="sexe")
    filles, garcons = table.to_dict("records")

    assert (filles["nb_base"], garcons["nb_base"]) == (31, 29)
    assert filles["ecart"] > 0 and pd.isna(garcons["ecart"]) and pd.isna(garcons["moyenne_avant"])
    assert garcons["verdict_code"] == "donnees_insuffisantes" and "phrase" not in table
    assert impacts.changement_par_groupe(lues, items, indicateurs, annee=2024, par="tranche_age").empty


def test_un_groupe_petit_se_masque_avec_un_autre(items, indicateurs):
    """Trois non renseignés sur soixante-trois : le total est publié ailleurs, une autre case les protège."""
    depart, sexes = np.tile([1.6, 2.0, 3.0], 21), ["F"] * 30 + ["G"] * 30 + ["NR"] * 3
    lues = reponses({2023: depart, 2024: depart}, sexes=sexes)
    protegee = secret.proteger(
        impacts.changement_par_groupe(lues, items, indicateurs, annee=2024, par="sexe"), diffusion="cotech"
    )

    assert protegee.donnees["nb_paires"].isna().sum() >= 2


def test_moins_d_une_reponse_pour_dix_invites_ne_conclut_pas(items, indicateurs):
    """Soixante réponses pour 700 invités en 2024 : rien ne se conclut, il faudrait dix pour cent."""
    depart = np.tile([1.6, 2.0, 2.6, 3.0], 15)
    lues = reponses({2023: depart, 2024: depart + 0.4})
    convies = invites({("T0", 2023, "F"): 100, ("T1", 2024, "F"): 700})
    for analyse in (impacts.changement_declare, impacts.changement_des_echelles):
        table = analyse(lues, items, indicateurs, annee=2024, invitations=convies)
        assert set(table["verdict_code"]) == {"donnees_insuffisantes"} and table["p"].isna().all()
        assert table["phrase"].str.contains("10 réponses pour 100 personnes invitées").all()


@pytest.mark.parametrize(
    ("n", "n_invites", "ecart", "attendu"),
    [
        (29, 40, 0.0, TEMOIGNAGES),
        (60, 601, 0.0, TEMOIGNAGES),
        (60, 600, 0.0, NON_REPRESENTATIFS),
        (60, 200, 0.0, NON_REPRESENTATIFS),
        (61, 200, 0.10, EXPLOITABLES),
        (61, 200, 0.11, PROFIL_DIFFERENT),
        (61, None, None, SANS_INVITES),
    ],
)
def test_le_taux_de_reponse_dit_ce_qui_se_publie(n, n_invites, ecart, attendu):
    """Moins de 30 réponses ou de 10 % ; jusqu'à 30 % ; au-delà, dix points de profil au plus."""
    assert regime(n, n_invites, ecart) == attendu


def test_chaque_vague_dit_les_retrouves_et_les_perdus(items):
    """Quarante puis cinquante, dont trente communs : dix perdus, vingt nouveaux, 50 réponses pour 80 invités."""
    lues = reponses({2023: np.full(40, 2.0), 2024: np.full(50, 2.0)}, premier={2024: 10})
    convies = invites({("T1", 2024, "F"): 80})
    table = impacts.reponse_par_vague(lues, items, annee=2024, invitations=convies)
    premiere, seconde = table.to_dict("records")

    assert pd.isna(premiere["nb_retrouves"]) and premiere["nb_nouveaux"] == 40 and pd.isna(premiere["nb_convies"])
    noms = ["nb_depart", "nb_retrouves", "nb_perdus", "nb_nouveaux", "taux_reponse", "part_retrouves"]
    assert [seconde[nom] for nom in noms] == [40, 30, 10, 20, 0.625, 0.75]
    assert len(impacts.reponse_par_vague(lues, items, annee=2023)) == 1


def test_le_profil_rapporte_les_repondants_aux_invites(items):
    """30 filles sur 40 invitées, 10 garçons sur 60."""
    lues = reponses({2024: np.full(40, 2.0)}, sexes=["F"] * 30 + ["G"] * 10)
    convies = invites({("T1", 2024, "F"): 40, ("T1", 2024, "G"): 60})
    table = impacts.profil_de_reponse(lues, items, annee=2024, par="sexe", invitations=convies)

    assert table["taux_reponse"].tolist() == pytest.approx([30 / 40, 10 / 60])


def test_les_perdus_qui_partaient_de_plus_bas_se_disent(items, indicateurs):
    """Quarante restés partis de 3, quarante perdus partis de 2 : écart d'un point environ, et la réserve."""
    lues = reponses({2023: np.r_[np.tile([2.7, 3.3], 20), np.tile([1.7, 2.3], 20)], 2024: np.tile([2.0, 4.0], 20)})
    ligne = impacts.attrition(lues, items, indicateurs, annee=2024).iloc[0]

    assert (ligne["nb_retrouves"], ligne["nb_perdus"]) == (40, 40)
    assert ligne["ecart"] == pytest.approx(1, abs=0.25) and "partaient de plus bas" in ligne["lecture"]


def test_la_part_redressee_se_lit_a_cote_de_la_brute(items, indicateurs):
    """30 filles toutes favorables, 10 garçons défavorables, autant d'invités : brute 75 %, redressée 50 %."""
    lues = reponses({2024: np.r_[np.full(30, 4.0), np.full(10, 1.0)]}, sexes=["F"] * 30 + ["G"] * 10, bruit=0)
    convies = invites({("T1", 2024, "F"): 50, ("T1", 2024, "G"): 50})
    ligne = impacts.niveaux_declares(lues, items, indicateurs, annee=2024, invitations=convies).iloc[0]

    assert ligne[["nb_reponses", "nb_favorables", "nb_defavorables"]].tolist() == [40, 30, 10]
    assert (ligne["part_favorables"], ligne["part_ponderee"]) == (0.75, pytest.approx(0.5))
    assert (ligne["ponderation"], ligne["solde"]) == ("faite", 0.5)
    assert ligne["lecture"] == PROFIL_DIFFERENT
    sans = impacts.niveaux_declares(lues, items, indicateurs, annee=2024).iloc[0]
    assert pd.isna(sans["part_ponderee"]) and "inconnue" in sans["ponderation"]
    assert sans["borne_haute"] - sans["borne_basse"] > ligne["borne_haute"] - ligne["borne_basse"]


def test_des_temoignages_n_ont_pas_de_pourcentage(items, indicateurs):
    """Vingt-neuf réponses : les comptes, et rien d'autre."""
    ligne = impacts.niveaux_declares(reponses({2024: np.full(29, 4.0)}), items, indicateurs, annee=2024).iloc[0]

    assert ligne["lecture"] == TEMOIGNAGES and ligne["nb_reponses"] == 29
    assert ligne[["part_favorables", "borne_basse", "solde", "part_ponderee"]].isna().all()


def test_chaque_famille_se_corrige_a_part(items, indicateurs):
    """Trois questions de l'axe A2 et une de l'axe A1 : celle-ci, seule, garde sa probabilité."""
    depart = np.tile([1.6, 2.0, 2.6, 3.0], 15)
    lues = reponses({2023: depart, 2024: depart + 0.1})
    seule = lues[lues["item"].eq("bien")].assign(item="oser")
    table = impacts.changement_declare(pd.concat([lues, seule]), items, indicateurs, annee=2024)
    reunies, isolee = table[table["famille"].eq("A2, questions")], table[table["famille"].eq("A1, questions")]

    assert isolee["q"].tolist() == isolee["p"].tolist()
    assert reunies["q"].tolist() == pytest.approx(stats.false_discovery_control(reunies["p"].astype(float)).tolist())


@pytest.mark.parametrize("effet", [-1.0, 0.0, 1.0])
def test_aucune_phrase_ne_parle_de_cause(effet):
    """Trois cités inventées, un effet défavorable, nul ou favorable : aucun mot de cause dans aucune table."""
    t = simuler(None, None, annees=[2022, 2023, 2024], graine=4, effet=effet, n_actions=20)
    lues, quand = (t["reponses_beneficiaires"], t["items"], t["indicateurs"]), {"invitations": t["invitations"]}
    textes, programme = [], [t[nom] for nom in ("objectifs", "actions", "realisations", "beneficiaires")]
    for annee in (2022, 2024):
        verifiees = impacts.verifications(
            *programme, t["indicateurs"], t["valeurs"], *lues[:2], annee=annee, contributions=t["contributions"]
        )
        tables = [
            impacts.changement_declare(*lues, annee=annee, **quand),
            impacts.changement_des_echelles(*lues, annee=annee, **quand),
            impacts.changement_par_groupe(*lues, annee=annee, par="sexe", **quand),
            impacts.avant_apres_part(*lues, annee=annee, **quand),
            impacts.attrition(*lues, annee=annee),
            impacts.reponse_par_vague(*lues[:2], annee=annee, **quand),
            impacts.tableau_solidite(
                t["indicateurs"], t["valeurs"], t["etablissements"], *lues[:2], annee=annee, **quand
            ),
            impacts.contributions_par_objectif(verifiees),
            impacts.raisons_par_objectif(verifiees),
            impacts.regle_de_decision(),
        ]
        textes += [texte for x in tables for texte in x.select_dtypes("str").stack()]
    textes += [impacts.REGLE, impacts.note_de_la_regle(), impacts.NOTE_FAMILLES]

    assert len(textes) > 500
    assert [texte for texte in textes if CAUSE.search(texte)] == []


def test_ni_le_notebook_ni_les_gabarits_ne_parlent_de_cause(pytestconfig):
    """Titres, notes et phrases écrites d'avance de la page Impacts."""
    racine = pytestconfig.rootpath
    fichiers = ["notebooks/impacts.ipynb", "citelib/gabarits/regle.toml", "citelib/gabarits/constats.toml"]

    assert [nom for nom in fichiers if CAUSE.search((racine / nom).read_text(encoding="utf-8"))] == []


def test_les_mots_de_cause_cherches_se_trouvent():
    """Le filet n'est pas vide : chaque tournure interdite y tombe."""
    for phrase in (
        "grâce à la cité",
        "une action efficace",
        "a permis de",
        "l'impact de la cité éducative",
        "effet du programme",
    ):
        assert CAUSE.search(phrase)
