"""L'exemple livré : les faits réels sont ceux des sources, et le reste se dit fictif."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from citelib.chargement import verifier
from citelib.contrats import CodeUai
from citelib.sources import education
from citelib.tables import FICTIF, INSTANCES, PAR_NOM

MIRAMAS = Path(__file__).parents[1] / "data" / "miramas"
PARTAGE = Path(__file__).parents[2] / "shared"
COLLEGES = {"Collège Miramaris": "0132327J", "Collège Albert Camus": "0132326H", "Collège La Carraire": "0132497U"}
REELLES = ("quartiers", "etablissements", "ateliers", "indicateurs", "colleges")


@pytest.fixture
def cite(miramas):
    """La cité éducative de Miramas."""
    return miramas


def test_l_exemple_n_a_aucun_probleme():
    """Ni erreur ni avertissement."""
    assert verifier(MIRAMAS) == []


def test_le_territoire_est_celui_des_sources(cite):
    """Plaquette de 2021 et fiche citeseducatives.fr."""
    territoire = cite.reglages["territoire"]

    assert (territoire["habitants"], territoire["habitants_qpv"], territoire["eleves"]) == (27060, 7392, 4385)
    assert (territoire["ecoles"], territoire["ecoles_rep_plus"], territoire["ecoles_hors_ep"]) == (19, 6, 13)
    assert (territoire["colleges"], territoire["centres_sociaux"], territoire["qpv"]) == (3, 3, 2)
    assert cite.reglages["annonce_label"] == dt.date(2021, 1, 29)


def test_chaque_chiffre_du_territoire_a_sa_source(cite):
    """Une clé de [territoire] sans source serait invérifiable."""
    assert set(cite.reglages["territoire"]) <= set(cite.reglages["sources"])


def test_les_axes_et_leurs_themes_sont_ceux_de_la_plaquette(cite):
    """Cinq lignes pour Faire Cité, puis deux, cinq et trois thèmes."""
    assert {code: len(themes) for code, themes in cite.themes.items()} == {"FC": 5, "A1": 2, "A2": 5, "A3": 3}
    assert list(cite.axes.values()) == [
        "Faire Cité",
        "Conforter le rôle de l'école",
        "Promouvoir la continuité éducative",
        "Ouvrir le champ des possibles",
    ]


def test_la_gouvernance_a_quatre_instances_connues(cite):
    """Du terrain au comité de pilotage, comme la plaquette les présente."""
    instances = [corps["instance"] for corps in cite.reglages["gouvernance"]]

    assert instances == ["dynamique_terrain", "ept", "cotech", "copil"]
    assert set(instances) <= set(INSTANCES)


def test_les_ateliers_ont_leurs_bornes_de_participants(cite):
    """Plus de 100, 55, 72, 69 et 50 participants."""
    assert cite.ateliers["participants_plus_de"].tolist() == [100, 55, 72, 69, 50]


def test_les_questions_du_protocole_sont_celles_de_la_plaquette(cite):
    """Les quatre questions, mot pour mot (la première lettre mise à part)."""
    questions = [q for dimension in cite.protocole["dimension"] for q in dimension["questions"]]

    assert questions[:4] == [
        "Ce que nous avons prévu de faire a-t-il été réalisé ?",
        "Les objectifs fixés ont-ils été atteints ?",
        "Qui sont les bénéficiaires des actions conduites ?",
        "Quels sont les changements produits du fait des actions dans la vie quotidienne des bénéficiaires ?",
    ]


def test_les_etablissements_sont_trois_colleges_et_dix_neuf_ecoles(cite):
    """Six écoles REP+, treize hors éducation prioritaire, dont six que rien ne nomme."""
    tous = cite.etablissements
    ecoles = tous[tous["type"].ne("college")]

    assert dict(tous.loc[tous["type"].eq("college"), ["nom", "uai"]].itertuples(index=False)) == COLLEGES
    assert ecoles["ep"].value_counts().to_dict() == {"hors EP": 13, "REP+": 6}
    assert ecoles["uai"].isna().sum() == 6
    assert not any(CodeUai().refuse(code) for code in tous["uai"].dropna())


def test_ce_qui_n_est_pas_etabli_sur_les_quartiers_est_a_confirmer(cite):
    """Seul le code de La Maille (2015) est nommé par un fichier ; aucune population n'est connue."""
    quartiers = cite.quartiers.set_index("qpv_code")

    assert quartiers.index[~quartiers["a_confirmer"]].tolist() == ["QP013063"]
    assert quartiers["population"].isna().all()


def test_le_referentiel_a_soixante_dix_indicateurs(cite):
    """Quinze de réalisation, vingt-cinq de résultats, seize d'impacts, quatorze de partenariat."""
    assert cite.indicateurs["dimension"].value_counts().to_dict() == {
        "resultats": 25,
        "impacts": 16,
        "realisation": 15,
        "partenariat": 14,
    }


@pytest.mark.parametrize(
    ("territoire", "attendus"),
    [
        ("aix-marseille", (0.880, 0.883, 0.836)),
        ("france", (0.868, 0.884, 0.843)),
        ("rep_plus_france", (0.784, 0.796, 0.735)),
        ("0132327J", (0.81, 0.74, 0.69)),
        ("0132326H", (0.78, 0.85, 0.91)),
        ("0132497U", (0.82, 0.73, 0.75)),
    ],
)
def test_la_reussite_au_dnb_est_celle_des_fichiers_publics(cite, territoire, attendus):
    """Sessions 2022, 2023 et 2024, série générale, secteur public, pondérée par les candidats."""
    dnb = cite.valeurs.query("indicateur_code == 'I04' and territoire_code == @territoire").sort_values("annee")

    assert dnb["valeur"].round(3).tolist() == list(attendus)


def test_les_indicateurs_publics_se_disent_reels_et_les_autres_fictifs(cite):
    """I04 à I07 et I11 viennent de la DEPP ; tout le reste est inventé."""
    valeurs = cite.valeurs
    publics = valeurs["indicateur_code"].isin(["I04", "I05", "I06", "I07", "I11"])

    assert (valeurs["source"].str.startswith("DEPP") == publics).all()
    assert (valeurs["source"].str.startswith(FICTIF) == ~publics).all()


def test_les_tables_de_faits_sont_reelles_et_celles_de_suivi_fictives(cite):
    """Aucune table ne mêle les deux, hormis les organismes et les valeurs."""
    for nom in cite.lectures:
        fictives = getattr(cite, nom)["source"].str.startswith(FICTIF)
        if nom in ("structures", "valeurs"):
            assert fictives.any()
            assert not fictives.all()
        else:
            assert fictives.all() == (nom not in REELLES), nom


def test_un_organisme_invente_ne_se_prend_pas_pour_un_vrai(cite):
    """Son nom porte le mot « fictif »."""
    organismes = cite.structures
    inventes = organismes[organismes["source"].str.startswith(FICTIF)]

    assert inventes["nom"].str.contains("ficti").all()


def test_les_commentaires_sont_signes_et_se_disent_fictifs():
    """Une page commentée par fichier, avec fonction et année."""
    for fichier in (MIRAMAS / "commentaires").glob("*.md"):
        lignes = fichier.read_text(encoding="utf-8").strip().splitlines()
        assert "fictif" in lignes[0], fichier.name
        assert lignes[-1].startswith("— "), fichier.name


def test_l_exemple_reste_leger():
    """Moins de 2,5 Mo, commentaires compris."""
    assert sum(fichier.stat().st_size for fichier in MIRAMAS.rglob("*") if fichier.is_file()) < 2_500_000


@pytest.mark.skipif(
    not PARTAGE.is_dir(), reason="fichiers officiels absents : les valeurs livrées ne sont pas recalculées"
)
def test_les_valeurs_livrees_se_recalculent_des_fichiers_officiels(cite):
    """L'import des trois fichiers redonne chaque ligne publique de valeurs.csv, comparaisons comprises."""
    public = PARTAGE / "data" / "public"
    ep = public / "education_prioritaire" / "fr-en-etablissements-ep_2022-2023.csv"
    fichiers = {
        public / "ivac" / "ivac_2022-2024_libelles.csv": "ivac",
        public / "ips_colleges" / "ips_colleges_2021-2022_champs_virgule.csv": "ips",
        public / "ips_colleges" / "fr-en-ips-colleges-ap2022_2022-2023.csv": "ips",
    }
    apports = [education.lire_source(chemin, cite, source, ep=ep) for chemin, source in fichiers.items()]
    attendues = pd.concat([apport.lectures["valeurs"].table for apport in apports])
    attendues = attendues.assign(date_extraction=pd.Timestamp(2026, 11, 23).as_unit("us"))
    attendues = attendues.sort_values(list(PAR_NOM["valeurs"].cle), ignore_index=True)

    livrees = cite.valeurs[~cite.valeurs["source"].str.startswith(FICTIF)].reset_index(drop=True)
    assert_frame_equal(livrees, attendues)


@pytest.mark.skipif(
    not PARTAGE.is_dir(), reason="document source absent : les citations ne sont pas confrontées au texte"
)
def test_la_gouvernance_est_citee_mot_pour_mot(cite):
    """Chaque « qui » et « quoi » se retrouve dans le document de lancement."""
    (document,) = (PARTAGE / "source").glob("*.txt")
    texte = " ".join(document.read_text(encoding="utf-8").split())

    for corps in cite.reglages["gouvernance"]:
        assert corps["qui"] in texte
        assert corps["quoi"] in texte
    for themes in cite.themes.values():
        assert all(theme in texte for theme in themes)
    assert all(detail in texte for detail in cite.reglages["etape"][1]["details"])
