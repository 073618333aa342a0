"""Les collèges de la cité face à leurs semblables : la règle de choix, les ruptures, le verdict, le vivier officiel."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typographie import lisible

from citelib import constats, figures, impacts, secret
from citelib.chargement import charger
from citelib.chargement.reglages import verifier_comparaison
from citelib.contrats.typage import Lecture
from citelib.erreurs import ErreurParametre
from citelib.impacts.comparaison import etudier
from citelib.publication import Production, ecrire_manifeste
from citelib.rapport import prevoir
from citelib.simulation import simuler
from citelib.sources import education
from citelib.sources.registre import preparer
from citelib.tables import PAR_NOM

MIRAMAS = Path(__file__).parents[1] / "data" / "miramas"
PUBLICS = Path(__file__).parents[2] / "shared" / "data" / "public"
sans_les_fichiers = pytest.mark.skipif(
    not PUBLICS.is_dir(), reason="fichiers officiels absents : le vivier livré n'est pas recalculé"
)
REGLAGES = {"premiere_annee": 2023}
CITE = {"0132327J": "Collège Un", "0132326H": "Collège Deux", "0132497U": "Collège Trois"}
LETTRES = "ABCDEFGHJKLMNPRSTUVWXYZ"


def semblable(rang: int) -> str:
    """UAI du comparable de ce rang."""
    numero = 9990100 + rang
    return f"{numero}{LETTRES[numero % 23]}"


def ecoles(**changees) -> pd.DataFrame:
    """Les trois collèges de la cité ; `changees` : valeurs d'autres colonnes, pour le premier."""
    table = pd.DataFrame({"uai": list(CITE), "nom": list(CITE.values()), "type": "college"})
    table = table.reindex(columns=PAR_NOM["etablissements"].noms).astype(PAR_NOM["etablissements"].vide().dtypes)
    for nom, valeur in changees.items():
        table.loc[0, nom] = valeur
    return table


def vivier(gain: float = 0.0, *, annees=range(2018, 2026), n=14, graine=4, **changees) -> pd.DataFrame:
    """Trois collèges de la cité, qui gagnent `gain` dès 2023, et `n` semblables ; un point et demi de bruit."""
    alea, lignes = np.random.default_rng(graine), []
    for rang, uai in enumerate([*CITE, *(semblable(k) for k in range(n))]):
        ici = uai in CITE
        for annee in annees:
            y = 0.75 + (gain if ici and annee >= 2023 else 0) + alea.normal(0, 0.015)
            lignes.append(
                {
                    "uai": uai,
                    "annee": annee,
                    "nom": f"Collège {rang}",
                    "commune": "Ville" if ici else f"Commune {rang}",
                    "academie": "Ici" if ici or rang < 10 else "Ailleurs",
                    "secteur": "public",
                    "ep": "REP+" if rang % 3 == 0 else "hors EP",
                    "ips": 80.0 + rang,
                    "nb_candidats": 100 + rang,
                    "taux_reussite": round(y, 4),
                    "taux_acces": 0.9,
                    "part_presents": 0.97,
                    "cite_educative": ici,
                    "perimetre_version": "DNB",
                    "source": "Essai",
                }
            )
    table = pd.DataFrame(lignes).assign(**changees).reindex(columns=PAR_NOM["colleges"].noms)
    return table.astype(PAR_NOM["colleges"].vide().dtypes)


@pytest.fixture
def referentiel(table):
    """Réussite, accès, présence, et un indicateur de contexte."""
    return table(
        """
        indicateur_code | libelle  | dimension | unite | sens     | delta
        I04             | Réussite | impacts   | part  | hausse   | 0,05
        I06             | Accès    | impacts   | part  | hausse   | 0,05
        I11             | IPS      | impacts   | indice | contexte | 2
        """,
        "indicateurs",
    )


# La règle de choix -------------------------------------------------------------------------------


def test_le_plus_proche_de_meme_statut_a_tour_de_role():
    """Rangs 0, 3, 6… en REP+ ; Un (rang 0, IPS 80) prend 3 puis 6 ; Deux (81) prend 4, Trois (82) prend 5."""
    groupe = impacts.groupe_de_comparaison(vivier(), ecoles(), REGLAGES | {"comparaison": {"k": 4}})
    choisis = groupe[groupe["groupe"].eq("de comparaison")]

    assert choisis["nom"].tolist() == [f"Collège {k} (Commune {k})" for k in (3, 4, 5, 6)]
    assert choisis["semblable_a"].tolist() == ["Collège Un", "Collège Deux", "Collège Trois", "Collège Un"]
    assert choisis["ep"].tolist() == ["REP+", "hors EP", "hors EP", "REP+"]
    # 3 points d'IPS et 3 candidats : √((3/14,7)² + (3/43,9)²)
    assert choisis["distance"].iloc[0] == pytest.approx(((3 / 14.7) ** 2 + (3 / 43.9) ** 2) ** 0.5)


def test_les_resultats_n_entrent_pas_dans_le_choix():
    """Renverser toutes les réussites laisse les mêmes collèges."""
    tout = vivier(0.2)
    inverse = tout.assign(taux_reussite=1 - tout["taux_reussite"], valeur_ajoutee=9.0)

    assert_frame_equal(*(impacts.groupe_de_comparaison(table, ecoles(), REGLAGES) for table in (tout, inverse)))


def test_une_autre_cite_educative_un_prive_et_un_exclu_ne_servent_pas():
    """Rangs 3 (autre cité), 4 (privé) et 5 (exclu, avec son motif)."""
    tout = vivier()
    tout.loc[tout["uai"].eq(semblable(0)), "cite_educative"] = True
    tout.loc[tout["uai"].eq(semblable(1)), "secteur"] = "privé"
    exclus = [{"uai": semblable(2), "motif": "fusion en 2024"}]
    reglages = REGLAGES | {"comparaison": {"exclus": exclus}}
    groupe = impacts.groupe_de_comparaison(tout, ecoles(), reglages)

    assert not {semblable(k) for k in range(3)} & set(groupe["uai"])
    assert impacts.pour_le_manifeste(tout, ecoles(), reglages)["exclus"] == {semblable(2): "fusion en 2024"}


def test_le_vivier_peut_se_limiter_a_l_academie():
    """Rangs 3 à 9 sont ici, les autres ailleurs."""
    groupe = impacts.groupe_de_comparaison(vivier(), ecoles(), REGLAGES | {"comparaison": {"vivier": "academie"}})

    assert set(groupe["academie"]) == {"Ici"} and len(groupe) == 3 + 7


def test_des_colleges_designes_remplacent_la_regle():
    """Le comité en nomme deux ; chacun se rattache au plus proche."""
    reglages = REGLAGES | {"comparaison": {"uai": [semblable(5), semblable(9)]}}
    groupe = impacts.groupe_de_comparaison(vivier(), ecoles(), reglages)

    assert groupe["uai"].tolist()[3:] == [semblable(5), semblable(9)]
    assert impacts.regle_de(reglages).dite() == "Collèges désignés dans cite.toml."


def test_un_seul_college_demande_assez_de_semblables_pour_un_test():
    """Douze ne suffiraient pas : 1/13 > 5 %. Dix-neuf."""
    assert impacts.regle_de(REGLAGES).nombre(1) == 19
    assert impacts.regle_de(REGLAGES).nombre(3) == 12


def test_ce_que_l_on_ignore_est_dit():
    """Rien si tout est connu ; combien, sinon."""
    tout = vivier()
    groupe = impacts.groupe_de_comparaison(tout, ecoles(), REGLAGES)
    assert impacts.ce_qu_on_ignore(groupe) == ""
    tout.loc[tout["uai"].eq(semblable(0)), "cite_educative"] = pd.NA
    groupe = impacts.groupe_de_comparaison(tout, ecoles(), REGLAGES)
    assert "pas, de 1 des 12 collèges" in lisible(impacts.ce_qu_on_ignore(groupe))


def test_l_equilibre_se_voit_avant_la_comparaison():
    """IPS de la cité : (80 + 81 + 82)/3 = 81 ; celui des douze choisis est plus haut : à garder en tête."""
    table = impacts.equilibre(vivier(), ecoles(), REGLAGES).set_index("caractere")

    assert table.loc["Indice de position sociale", "moyenne_cite"] == pytest.approx(81)
    assert table.loc["Indice de position sociale", "lecture"] == "écart à garder en tête"
    assert table.loc["Réussite au brevet avant le label (%)", "moyenne_cite"] == pytest.approx(75, abs=1)


def test_une_moyenne_de_candidats_ne_part_pas_de_tailles_arrondies():
    """104 au lieu de 100 à l'une des huit sessions : 100,5 ; (100,5 + 101 + 102)/3 = 101,17, et non 101 ou 101,33."""
    lus = vivier()
    lus.loc[lus["uai"].eq(next(iter(CITE))) & lus["annee"].eq(2020), "nb_candidats"] = 104
    table = impacts.equilibre(lus, ecoles(), REGLAGES).set_index("caractere")

    assert table.loc["Candidats au brevet par session", "moyenne_cite"] == pytest.approx(303.5 / 3)


def test_sans_annee_d_avant_la_reussite_n_est_pas_dans_l_equilibre():
    """Elle ne décrirait pas un point de départ."""
    table = impacts.equilibre(vivier(annees=range(2023, 2026)), ecoles(), REGLAGES)

    assert table["caractere"].str.contains("Réussite").sum() == 0


# Verdicts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gain", "code", "niveau"), [(0.12, "progression_nette", "A"), (0.0, "stabilite", "A")])
def test_un_effet_connu_est_trouve_et_son_absence_aussi(gain, code, niveau, referentiel):
    """Douze points de gain pour un point et demi de bruit ; puis aucun."""
    table = impacts.comparaisons(vivier(gain), ecoles(), referentiel, REGLAGES, annee=2025)
    reussite = table.set_index("indicateur_code").loc["I04"]

    assert (reussite["verdict_code"], reussite["niveau"]) == (code, niveau)
    assert reussite["ecart"] == pytest.approx(gain, abs=0.02)
    assert reussite["ecart_detectable"] < 0.05 and reussite["n_comparables"] == 12


def test_les_indicateurs_sont_corriges_ensemble(referentiel):
    """Deux indicateurs testés : q de la réussite = 2 p au plus, l'IPS (contexte) n'y est pas."""
    table = impacts.comparaisons(vivier(0.12), ecoles(), referentiel, REGLAGES, annee=2025)

    assert table["indicateur_code"].tolist() == ["I04", "I06"]
    assert table["q"].iloc[0] == pytest.approx(2 * table["p"].iloc[0])


def test_une_cite_inventee_a_l_effet_connu_est_lue_par_la_page():
    """`citelib simuler` : effet de 1,5 trouvé, effet nul non trouvé, par le chemin même de la page."""
    codes = {}
    for effet in (0.0, 1.5):
        tables = simuler(None, None, annees=[2022, 2023, 2024], graine=5, n_actions=20, effet=effet)
        arguments = tables["colleges"], tables["etablissements"], tables["indicateurs"], {"premiere_annee": 2022}
        table = impacts.comparaisons(*arguments, annee=2024).set_index("indicateur_code")
        codes[effet] = table.loc["I04", "verdict_code"]

    assert codes[1.5].startswith("progression") and not codes[0.0].startswith("progression")


@pytest.mark.parametrize(("n_cite", "n"), [(1, 30), (2, 14), (3, 14)])
def test_de_un_a_trois_colleges_labellises(n_cite, n, referentiel):
    """Un seul collège trouve l'effet s'il a dix-neuf semblables."""
    table = impacts.comparaisons(vivier(0.15, n=n), ecoles().head(n_cite), referentiel, REGLAGES, annee=2025)

    # les collèges de la cité qui ne sont plus comptés sont d'une cité éducative : ils ne servent pas de comparaison
    assert table["n_cite"].iloc[0] == n_cite
    attendu = "graphique_seul" if table["n_comparables"].iloc[0] < 19 and n_cite == 1 else "progression_nette"
    assert table["verdict_code"].iloc[0] == attendu


def test_sans_annee_d_avant_aucun_effet_n_est_estime(referentiel):
    """Label en 2023, sessions 2023 à 2025 : des évolutions comparées, aucun nombre qui passe pour un effet."""
    table = impacts.comparaisons(vivier(annees=range(2023, 2026)), ecoles(), referentiel, REGLAGES, annee=2025)
    ligne = table.iloc[0]

    assert ligne[["ecart", "borne_basse", "borne_haute", "p", "ecart_detectable"]].isna().all()
    assert (ligne["niveau"], ligne["verdict"]) == ("C", "Données insuffisantes")
    assert "Évolution comparée, de 2023 à 2025" in lisible(ligne["phrase"])
    assert "effet" not in ligne["phrase"]


def test_une_session_a_venir_n_est_pas_lue(referentiel):
    """Le rapport de 2023 ne sait rien de 2024."""
    etude = etudier(vivier(), ecoles(), REGLAGES, annee=2023)

    assert etude.comparaison.apres == (2023,)


# Ruptures ----------------------------------------------------------------------------------------


def test_aucun_calcul_ne_traverse_un_changement_de_definition(referentiel):
    """Définition changée en 2022 : 2022 seule reste avant le label, il en faut deux ; la courbe s'interrompt."""
    tout = vivier(0.12)
    tout["perimetre_version"] = np.where(tout["annee"] < 2022, "tous candidats", "série générale")
    etude = etudier(tout, ecoles(), REGLAGES, annee=2025)
    courbe = impacts.ecarts_par_annee(tout, ecoles(), REGLAGES, annee=2025)

    assert etude.comparaison.estimation.manque == "deux années communes avant le label"
    assert "La définition change en 2022" in etude.notes[0]
    assert courbe["serie"].nunique() == 2
    assert courbe.groupby("serie", sort=False)["annee"].max().tolist() == [2021, 2025]


def test_une_session_exclue_reste_vide_et_se_dit():
    """2020 : contrôle continu."""
    reglages = REGLAGES | {"comparaison": {"ruptures": [2020]}}
    courbe = impacts.ecarts_par_annee(vivier(), ecoles(), reglages, annee=2025).set_index("annee")
    dits = impacts.controles(vivier(), ecoles(), reglages, annee=2025)

    assert pd.isna(courbe.loc[2020, "ecart"]) and courbe.loc[2020, "periode"] == "exclue"
    assert any("exclue pour tous" in lisible(texte) for texte in dits["resultat"])


def test_un_college_ferme_ou_deplace_n_est_plus_lu():
    """Validité jusqu'au 31 août 2023 : ses sessions 2024 et 2025 ne comptent pas, et c'est dit."""
    fermee = ecoles(valide_au=pd.Timestamp(2023, 8, 31))
    etude = etudier(vivier(0.12), fermee, REGLAGES, annee=2025)

    assert etude.comparaison.apres == (2023,)
    assert "Collège Un : 2024 et 2025 hors de ses dates de validité" in lisible(" ".join(etude.notes))


def test_sous_vingt_candidats_la_valeur_n_est_pas_lue():
    """Le ministère n'en publie pas : un tel nombre serait fragile, et désignerait des élèves."""
    tout = vivier()
    tout.loc[tout["uai"].eq(semblable(0)), "nb_candidats"] = 19
    etude = etudier(tout, ecoles(), REGLAGES, annee=2025)

    assert semblable(0) not in set(etude.panel["unite"])


def test_sans_vivier_la_page_dit_comment_le_remplir(referentiel):
    """Table absente : cinq tables vides, avec leur motif, et aucune erreur."""
    rien = PAR_NOM["colleges"].vide(), ecoles(), REGLAGES
    tables = [
        impacts.groupe_de_comparaison(*rien),
        impacts.equilibre(*rien),
        impacts.ecarts_par_annee(*rien, annee=2025),
        impacts.evolutions_par_college(*rien, annee=2025),
        impacts.controles(*rien, annee=2025),
        impacts.comparaisons(rien[0], rien[1], referentiel, REGLAGES, annee=2025),
    ]
    for table in tables:
        assert table.empty and "importer ivac" in secret.proteger(table, diffusion="cotech").motif


def test_les_verifications_disent_pente_placebo_et_retour_vers_la_moyenne():
    """Cinq années avant, trois après : tout se calcule, sauf le contrôle synthétique."""
    dits = impacts.controles(vivier(0.12), ecoles(), REGLAGES, annee=2025)["controle"].map(lisible).tolist()

    assert dits == [
        "Sessions lues",
        "Moitiés des années d'avant",
        "Pente de l'écart avant",
        "En retirant un comparable",
        "Chaque collège pesant ses élèves",
        "Rapport des tailles",
        "Retour vers la moyenne",
    ]


def test_le_controle_synthetique_ne_parait_que_si_ses_conditions_sont_remplies():
    """Onze années avant, douze semblables, un mélange qui suit la cité : il paraît, à titre exploratoire."""
    longues = vivier(annees=range(2012, 2026))
    suivie = longues["uai"].isin(CITE)
    moyennes = longues[~suivie].groupby("annee")["taux_reussite"].mean()
    longues.loc[suivie, "taux_reussite"] = longues.loc[suivie, "annee"].map(moyennes) + 0.001
    dits = impacts.controles(longues, ecoles(), REGLAGES, annee=2025)

    assert lisible(dits["controle"].iloc[-1]) == "Contrôle synthétique (exploratoire)"
    assert "sur 13 collèges" in lisible(dits["resultat"].iloc[-1])


# Séries mensuelles -------------------------------------------------------------------------------


def mensuelles(n=30, saut=0.5, debut="2022-07") -> pd.DataFrame:
    """Absents de deux collèges, 60 sur 1 000 par mois depuis janvier 2021, multipliés par `saut` après le label."""
    mois = [f"{2021 + k // 12}-{k % 12 + 1:02d}" for k in range(n)]
    lignes = [
        {"periode": m, "annee": int(m[:4]), "territoire_code": uai, "numerateur": 60 * (saut if m >= debut else 1)}
        for m in mois
        for uai in list(CITE)[:2]
    ]
    table = pd.DataFrame(lignes).assign(indicateur_code="I01", niveau="etablissement", denominateur=1000)
    return table.assign(statut_valeur="observee")


LABEL = {"annonce_label": pd.Timestamp(2022, 7, 1).date()}


def test_une_serie_mensuelle_assez_longue_dit_son_changement_de_niveau(table):
    """Divisée par deux au 18e mois : rapport 0,5, sans comparaison donc niveau C, sans cause."""
    fiches = table("indicateur_code | libelle | sens\nI01 | Absentéisme | baisse", "indicateurs")
    lue = impacts.series_mensuelles(mensuelles(), fiches, ecoles(), LABEL, annee=2024).iloc[0]

    assert lue["rapport"] == pytest.approx(0.5, abs=0.01) and lue["n_mois"] == 30
    assert (lue["niveau"], lue["verdict"]) == ("C", "Baisse mesurable")
    # après : 12 mois × 2 collèges × 30
    assert lue["nb_base"] == 720
    assert "la cause n'est pas connue" in lisible(lue["phrase"])


@pytest.mark.parametrize("options", [{"n": 23}, {"n": 23, "debut": "2021-03"}])
def test_sous_vingt_quatre_mois_rien_ne_se_teste(options, table):
    """La table est vide et dit ce qu'il faudrait."""
    fiches = table("indicateur_code | libelle | sens\nI01 | Absentéisme | baisse", "indicateurs")
    lue = impacts.series_mensuelles(mensuelles(**options), fiches, ecoles(), LABEL, annee=2024)

    assert lue.empty and "24 mois" in secret.proteger(lue, diffusion="cotech").motif


# Page, secret, manifeste -------------------------------------------------------------------------


@pytest.mark.parametrize("diffusion", secret.DIFFUSIONS)
def test_chaque_table_se_protege_pour_chaque_public(diffusion, referentiel):
    """Toutes les colonnes de nombres sont déclarées."""
    lues = vivier(0.12), ecoles(), REGLAGES
    for table in (
        impacts.groupe_de_comparaison(*lues),
        impacts.equilibre(*lues),
        impacts.ecarts_par_annee(*lues, annee=2025),
        impacts.evolutions_par_college(*lues, annee=2025),
        impacts.comparaisons(lues[0], lues[1], referentiel, REGLAGES, annee=2025),
        impacts.controles(*lues, annee=2025),
    ):
        assert len(secret.proteger(table, diffusion=diffusion).donnees) == len(table)


def test_les_figures_se_titrent_par_ce_qu_elles_montrent():
    """Écart d'avant et d'après ; nombre de collèges au-dessus de la moyenne de leurs semblables."""
    lues = vivier(0.12), ecoles(), REGLAGES
    ecarts = secret.proteger(impacts.ecarts_par_annee(*lues, annee=2025), diffusion="cotech")
    evolutions = secret.proteger(impacts.evolutions_par_college(*lues, annee=2025), diffusion="cotech")
    court = secret.proteger(
        impacts.ecarts_par_annee(vivier(annees=[2024, 2025]), ecoles(), REGLAGES, annee=2025), diffusion="cotech"
    )

    assert "avant le label" in constats.titre_comparaison(ecarts)
    assert constats.titre_comparaison(court).endswith("en 2025, sans année d'avant")
    titre = lisible(constats.titre_evolutions(evolutions, groupe=impacts.DANS_LA_CITE))
    assert titre == "3 collèges de la cité sur 3 au-dessus de l'évolution moyenne des collèges comparables"


def test_le_label_se_voit_sur_la_courbe_et_les_collegues_sous_leur_nom():
    """Un trait « Label » entre 2022 et 2023 ; un étage par collège de la cité, un pour tous les autres."""
    lues = vivier(0.12), ecoles(), REGLAGES
    ecarts = secret.proteger(impacts.ecarts_par_annee(*lues, annee=2025), diffusion="cotech")
    options = {"x": "annee", "y": "ecart", "serie": "serie", "depuis_zero": False}
    ax = figures.lignes(ecarts, **options, depart=2023)
    assert [t.get_text() for t in ax.texts].count("Label") == 1
    sans = figures.lignes(ecarts, **options, depart=2018)
    assert "Label" not in [t.get_text() for t in sans.texts]

    evolutions = secret.proteger(impacts.evolutions_par_college(*lues, annee=2025), diffusion="cotech")
    ax = figures.points_groupes(
        evolutions, modalite="nom", valeur="changement", groupe="groupe", avant=impacts.DANS_LA_CITE
    )
    etages = [lisible(t.get_text()) for t in ax.get_yticklabels()]
    assert sorted(etages) == ["12 collèges comparables", *sorted(CITE.values())]


def test_le_manifeste_garde_les_colleges_compares(tmp_path):
    """De quoi refaire la comparaison : règle, label, ruptures, UAI des deux groupes."""
    cite = charger(MIRAMAS)
    taches = prevoir(cite, annee=2024, diffusion="cotech", seulement=["impacts"])
    ecrire_manifeste(Production(cite, taches, {}), {}, {}, tmp_path / "manifeste.json")
    ecrit = pd.read_json(tmp_path / "manifeste.json", typ="series")["comparaison"]

    assert ecrit["cite"] == ["0132327J", "0132326H", "0132497U"]
    assert len(ecrit["comparables"]) == 12 and ecrit["annee_debut"] == 2021


# Réglages ----------------------------------------------------------------------------------------


def lectures() -> dict[str, Lecture]:
    """Les deux tables que la vérification lit."""
    vide = pd.DataFrame()
    return {nom: Lecture(t, vide, vide, []) for nom, t in (("colleges", vivier()), ("etablissements", ecoles()))}


@pytest.mark.parametrize(
    ("section", "ou", "attendu"),
    [
        ({"k": 0}, "comparaison.k", "entier positif"),
        ({"k": "douze"}, "comparaison.k", "entier positif"),
        ({"annee_debut": True}, "comparaison.annee_debut", "entier positif"),
        ({"vivier": "monde"}, "comparaison.vivier", "france ou academie"),
        ({"ruptures": ["2020"]}, "comparaison.ruptures", "liste d'années"),
        ({"uai": "0132327J"}, "comparaison.uai", "liste de codes UAI"),
        ({"uai": ["0132327J"]}, "comparaison.uai", "hors de la cité"),
        ({"uai": ["0750001A"]}, "comparaison.uai", "vivier"),
        ({"exclus": [{"uai": "0750001A"}]}, "comparaison.exclus", "motif"),
        ({"exclus": ["0750001A"]}, "comparaison.exclus", "sections"),
        ({"voisins": 3}, "comparaison.voisins", "clé inconnue"),
        ("oui", "comparaison", "section"),
    ],
)
def test_un_reglage_faux_se_dit_au_chargement(section, ou, attendu):
    """Où, ce qui était attendu, et que la règle par défaut s'applique sans lui."""
    (probleme,) = verifier_comparaison({"comparaison": section}, lectures())

    assert (probleme.gravite, probleme.fichier, probleme.colonne) == ("erreur", "cite.toml", ou)
    assert attendu in probleme.message


def test_un_reglage_juste_ne_dit_rien():
    """Ni une section absente, ni une section complète."""
    juste = {"k": 10, "vivier": "academie", "annee_debut": 2022, "ruptures": [2020], "uai": [semblable(1)]}
    juste["exclus"] = [{"uai": semblable(2), "motif": "fusion"}]

    assert verifier_comparaison({"comparaison": juste}, lectures()) == []
    assert verifier_comparaison({}, lectures()) == []


# Fichiers officiels ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    """Les trois fichiers officiels, rangés ensemble comme après un téléchargement."""
    ici = tmp_path_factory.mktemp("publics")
    for nom in (
        "ivac/ivac_2022-2024_libelles.csv",
        "ips_colleges/fr-en-ips-colleges-ap2022_2022-2023.csv",
        "education_prioritaire/fr-en-etablissements-ep_2022-2023.csv",
    ):
        shutil.copy(PUBLICS / nom, ici)
    return ici


@sans_les_fichiers
def test_le_vivier_livre_se_recalcule_des_fichiers_officiels(dossier):
    """`citelib importer ivac --vivier france` redonne colleges.csv, ligne à ligne."""
    cite = charger(MIRAMAS)
    apport = education.lire_source(dossier / "ivac_2022-2024_libelles.csv", cite, "ivac", vivier="france")
    attendu = apport.lectures["colleges"].table.assign(date_extraction=pd.Timestamp(2026, 11, 23).as_unit("us"))

    assert_frame_equal(cite.colleges, attendu)


@sans_les_fichiers
def test_les_trois_colleges_ont_les_chiffres_des_tables_extraites():
    """tables/miramas_ivac_2022-2024.csv, valeurs non retouchées : 9 lignes."""
    lue = pd.read_csv(PUBLICS / "tables" / "miramas_ivac_2022-2024.csv", sep=";").set_index(["UAI", "Session"])
    ici = charger(MIRAMAS).colleges.set_index(["uai", "annee"]).loc[lue.index]

    for notre, officiel, echelle in [
        ("taux_reussite", "Taux de réussite G", 100),
        ("valeur_ajoutee", "VA du taux de réussite G", 1),
        ("nb_candidats", "Nb candidats G", 1),
        ("taux_acces", "Taux d'accès 6eme 3eme", 100),
    ]:
        assert (ici[notre].astype(float) * echelle).tolist() == pytest.approx(lue[officiel].tolist()), notre


@sans_les_fichiers
def test_un_vivier_d_academie_ne_sort_pas_de_l_academie(dossier):
    """REP+ d'Aix-Marseille hors cités connues : Arles et Cavaillon seulement."""
    cite = charger(MIRAMAS)
    chemin = dossier / "ivac_2022-2024_libelles.csv"
    table = education.lire_source(chemin, cite, "ivac", vivier="academie").lectures["colleges"].table
    rep_plus = table[table["ep"].eq("REP+") & ~table["uai"].isin(["0132327J"])]

    assert set(table["academie"]) == {"Aix-Marseille"}
    assert set(rep_plus["commune"]) == {"Arles", "Cavaillon"}


@sans_les_fichiers
def test_la_liste_officielle_des_cites_remplace_la_notre(dossier, tmp_path):
    """Déposée à côté, elle exclut Forbach et rend toutes les autres communes connues."""
    for fichier in dossier.iterdir():
        shutil.copy(fichier, tmp_path)
    liste = "uai;libelle_long_cite_educative\n0572180K;Forbach\n0132327J;Miramas\n"
    (tmp_path / "fr-en-cites_educatives.csv").write_text(liste, encoding="utf-8")
    chemin = tmp_path / "ivac_2022-2024_libelles.csv"
    table = education.lire_source(chemin, charger(MIRAMAS), "ivac", vivier="france").lectures["colleges"].table

    assert "0572180K" not in set(table["uai"])
    assert table["cite_educative"].notna().all()


def test_sans_ips_ni_education_prioritaire_le_vivier_est_refuse(tmp_path):
    """Le message dit quels fichiers ranger là."""
    (tmp_path / "ivac.csv").write_text(
        "Session;UAI;Nom de l'établissement;Académie;Secteur;Nb candidats G;Taux de réussite G;"
        "VA du taux de réussite G;Taux d'accès 6eme 3eme;Part présents 3eme ordinaire total\n"
        "2024;0132327J;COLLEGE MIRAMARIS;AIX-MARSEILLE;PU;87;69.0;-6.0;92.0;97.0\n",
        encoding="utf-8",
    )
    with pytest.raises(ErreurParametre, match="fr-en-etablissements-ep"):
        education.lire_source(tmp_path / "ivac.csv", charger(MIRAMAS), "ivac", vivier="france")


def test_le_vivier_ne_se_demande_qu_avec_les_resultats_des_colleges():
    """Ni avec l'IPS, ni avec un classeur."""
    with pytest.raises(ErreurParametre, match="n'emploie pas --vivier"):
        preparer("ips", "ips.csv", MIRAMAS, vivier="france")


# Miramas -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def miramas():
    return charger(MIRAMAS)


def test_miramas_n_a_pas_d_annee_d_avant_et_la_page_le_dit(miramas):
    """81, 78, 82 en 2022 (80,3) ; 69, 91, 75 en 2024 (78,3) : −2 points, et aucun effet estimé."""
    lues = miramas.colleges, miramas.etablissements, miramas.indicateurs, miramas.reglages
    reussite = impacts.comparaisons(*lues, annee=2024).set_index("indicateur_code").loc["I04"]

    assert reussite["verdict"] == "Données insuffisantes" and pd.isna(reussite["ecart"])
    assert "de 2022 à 2024 : −2,0 points dans les collèges de la cité" in lisible(reussite["phrase"])


def test_la_baisse_de_2024_est_nationale(miramas):
    """MIRAMAS.md : France 88,4 → 84,3, académie 88,3 → 83,6, REP+ 79,6 → 73,5."""
    table = impacts.indicateurs_scolaires(miramas.valeurs, miramas.indicateurs, miramas.etablissements, annee=2024)
    phrase = lisible(constats.contexte(secret.proteger(table, diffusion="public"), annee=2024))
    exacte = lisible(constats.contexte(secret.proteger(table, diffusion="cotech"), annee=2024))

    assert "France −4,1 points" in exacte and "Académie d'Aix-Marseille −4,7 points" in exacte
    assert "Collèges REP+ (France) −6,1 points" in exacte and "recule partout ailleurs" in exacte
    assert "une baisse, cette année-là, ne serait pas propre à un collège de la cité" in phrase


def test_sans_reference_nationale_rien_n_est_dit_national(miramas):
    """2022 n'a pas d'année précédente."""
    table = impacts.indicateurs_scolaires(miramas.valeurs, miramas.indicateurs, miramas.etablissements, annee=2022)

    assert constats.contexte(secret.proteger(table, diffusion="cotech"), annee=2022) == ""
