"""La simulation : même graine, mêmes lignes ; le réel intact ; l'inventé avoué ; l'effet retrouvé."""

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from citelib import simulation
from citelib.chargement import charger, verifier
from citelib.contrats import CodeUai
from citelib.erreurs import ErreurParametre
from citelib.tables import FICTIF, PAR_NOM, TABLES

MIRAMAS = Path(__file__).parents[1] / "data" / "miramas"
ANNEES = (2022, 2023, 2024)


def simuler(**options) -> dict[str, pd.DataFrame]:
    """Une petite cité inventée."""
    return simulation.simuler(None, None, **({"annees": ANNEES, "graine": 7, "n_actions": 25} | options))


@pytest.fixture(scope="module")
def inventee():
    """Les tables d'une cité inventée."""
    return simuler()


def notes(tables: dict[str, pd.DataFrame], vague: str) -> pd.Series:
    """Notes d'une vague à la question de satisfaction."""
    reponses = tables["reponses_beneficiaires"].query("vague == @vague and item == 'satisfaction'")
    return pd.to_numeric(reponses["reponse"], errors="coerce")


def test_la_meme_graine_donne_les_memes_lignes(inventee):
    """Deux appels, vingt-trois tables égales."""
    encore = simuler()

    for nom, table in inventee.items():
        assert_frame_equal(encore[nom], table)


def test_une_autre_graine_donne_une_autre_cite(inventee):
    """Les bénéficiaires ne sont plus les mêmes."""
    assert not simuler(graine=8)["beneficiaires"].equals(inventee["beneficiaires"])


def test_le_hasard_d_une_table_ne_depend_pas_des_autres(inventee, monkeypatch):
    """Sans les verbatims, les réponses des partenaires restent les mêmes."""
    restants = {nom: g for nom, g in simulation.CHAQUE_ANNEE.items() if nom != "verbatims"}
    monkeypatch.setattr(simulation, "CHAQUE_ANNEE", restants)

    assert_frame_equal(simuler()["reponses_partenaires"], inventee["reponses_partenaires"])


def test_chaque_ligne_inventee_le_dit(inventee):
    """La source commence par « Données fictives » dans toutes les tables."""
    for nom, table in inventee.items():
        assert table["source"].str.startswith(FICTIF).all(), nom


def test_une_cite_inventee_se_charge_sans_probleme(tmp_path):
    """Écrite puis relue : aucun contrat rompu."""
    (dossier,) = simulation.completer(tmp_path / "cité inventée", graine=3)

    assert verifier(dossier) == []


def test_ce_qui_est_ecrit_se_relit_a_l_identique(tmp_path):
    """Types, dates, listes et vides survivent à l'aller et retour."""
    (dossier,) = simulation.completer(tmp_path / "cite", graine=3)
    cite = charger(dossier)
    tables = simulation.simuler(None, cite.reglages, annees=ANNEES, graine=3)

    for nom in ("actions", "beneficiaires", "financements", "decisions", "valeurs"):
        assert_frame_equal(getattr(cite, nom), tables[nom])


def test_les_codes_inventes_ont_la_bonne_forme_et_un_departement_impossible(inventee):
    """Lettre de contrôle valide, département 999."""
    codes = inventee["etablissements"]["uai"]

    assert codes.str.startswith("999").all()
    assert not any(CodeUai().refuse(code) for code in codes)


def test_plusieurs_cites_ont_chacune_leur_dossier_et_leur_graine(tmp_path):
    """Deux cités, deux clés, deux programmes."""
    dossiers = simulation.completer(tmp_path, cites=2, annees=1, graine=5)
    cites = [charger(dossier) for dossier in dossiers]

    assert [dossier.name for dossier in dossiers] == ["cite-001", "cite-002"]
    assert cites[0].reglages["cle"] != cites[1].reglages["cle"]
    assert not cites[0].beneficiaires.equals(cites[1].beneficiaires)


def test_on_ne_demande_pas_plusieurs_cites_dans_une_seule():
    """--cites n'a pas de sens pour une cité qui existe."""
    with pytest.raises(ErreurParametre, match="déjà une cité"):
        simulation.completer(MIRAMAS, cites=2)


def test_on_choisit_le_nombre_d_actions_par_an(tmp_path):
    """Soixante programmées chaque année ; trop peu est refusé avec le minimum."""
    (dossier,) = simulation.completer(tmp_path / "grande", annees=1, n_actions=60)
    programme = charger(dossier).actions

    assert (~programme["hors_programmation"]).sum() == 60
    with pytest.raises(ErreurParametre, match="20 au moins"):
        simulation.completer(tmp_path / "petite", n_actions=5)


def test_les_lignes_reelles_ne_bougent_pas(miramas):
    """Une autre graine refait le fictif et garde le réel, ligne pour ligne."""
    base = {table.nom: getattr(miramas, table.nom) for table in TABLES}
    tables = simulation.simuler(base, miramas.reglages, annees=ANNEES, graine=1)

    for nom, avant in base.items():
        reelles = [t[~t["source"].str.startswith(FICTIF)].reset_index(drop=True) for t in (avant, tables[nom])]
        assert_frame_equal(reelles[1], reelles[0])


def test_l_exemple_livre_se_refait_octet_pour_octet(miramas, tmp_path):
    """`make exemple` ne change rien à ce qui est enregistré."""
    for fichier in MIRAMAS.iterdir():
        if fichier.is_file():
            (tmp_path / fichier.name).write_bytes(fichier.read_bytes())
    simulation.completer(tmp_path, graine=13063)

    for table in TABLES:
        nom = f"{table.nom}.csv"
        assert (tmp_path / nom).read_bytes() == (MIRAMAS / nom).read_bytes(), nom


def test_un_grand_effet_se_voit_et_un_effet_nul_ne_deplace_rien(inventee):
    """Avec deux écarts-types, la deuxième vague monte d'un point au moins ; la première ne change pas."""
    avec = simuler(effet=2.0)

    assert_frame_equal(
        avec["reponses_beneficiaires"].query("vague == 'T0'"), inventee["reponses_beneficiaires"].query("vague == 'T0'")
    )
    assert notes(avec, "T1").mean() - notes(avec, "T0").mean() > 0.7
    assert abs(notes(inventee, "T1").mean() - notes(inventee, "T0").mean()) < 0.3


def test_l_effet_favorable_baisse_une_question_inversee():
    """« Je me sens à l'écart » : une amélioration donne des notes plus basses."""
    reponses = simuler(effet=2.0)["reponses_beneficiaires"].query("item == 'a_l_ecart'")
    moyennes = pd.to_numeric(reponses["reponse"], errors="coerce").groupby(reponses["vague"]).mean()

    assert moyennes["T1"] < moyennes["T0"]


def test_la_moitie_des_repondants_revient_d_une_vague_a_l_autre(inventee):
    """61 jeunes sur 122 et 29 parents sur 58 : 90 sur 180."""
    groupes = inventee["reponses_beneficiaires"].groupby("vague")["repondant_pseudo"].agg(set)

    assert [len(groupe) for groupe in groupes] == [180, 180, 180]
    assert (len(groupes["T0"] & groupes["T1"]), len(groupes["T1"] & groupes["T2"])) == (90, 90)


def test_un_theme_par_an_reste_sans_action(inventee):
    """L'exemple montre un trou dans le programme, et pas deux."""
    themes = inventee["actions"].groupby("annee")["theme"].nunique()

    assert set(themes) == {14}


def test_les_participations_disent_la_meme_chose_que_les_beneficiaires(inventee):
    """Autant de personnes et de présences dans les deux tables, action par action."""
    cles = ["annee", "action_id"]
    suivies = inventee["participations"].groupby(cles)["participant_pseudo"].agg(["nunique", "size"])
    comptees = inventee["beneficiaires"].groupby(cles)[["nb_uniques", "nb_participations"]].sum()

    assert len(suivies) > 0
    assert (suivies.to_numpy() == comptees.loc[suivies.index].to_numpy()).all()


def test_les_montants_demandes_font_le_cout_de_l_action(inventee):
    """La somme des demandes d'une action est son coût prévu."""
    cles = ["annee", "action_id"]
    demandes = inventee["financements"].groupby(cles)["demande"].sum()
    couts = inventee["actions"].set_index(cles)["cout_total_prevu"].astype("float64")

    assert (demandes - couts.loc[demandes.index]).abs().max() < 100


def test_la_simulation_rend_toutes_les_tables_dans_l_ordre_des_contrats(inventee):
    """Mêmes noms, mêmes colonnes."""
    assert list(inventee) == [table.nom for table in TABLES]
    assert all(list(table.columns) == PAR_NOM[nom].noms for nom, table in inventee.items())


def test_une_demande_se_depose_toujours_avant_sa_notification():
    """Avec cette graine, un tirage extrême la plaçait après."""
    financements = simuler(annees=(2023, 2024), graine=13, n_actions=50)["financements"]
    dates = financements[["date_depot", "date_notification"]].dropna().apply(pd.to_datetime, dayfirst=True)
    assert len(dates) > 100 and (dates["date_depot"] < dates["date_notification"]).all()
