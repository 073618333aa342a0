"""Charger une cité : des fichiers des services à une `Cite`, ou la liste de tout ce qui ne va pas."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import citelib
from citelib.chargement.cite import Cite
from citelib.chargement.corrections import corriger
from citelib.chargement.ecriture import ecrire_table
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import Feuille, lire_fichier
from citelib.classeurs.modeles import modele
from citelib.contrats import Colonne, Table
from citelib.contrats.typage import Lecture, typer
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.tables import TABLES

VISITES = Table(
    "visites",
    "Visites",
    "visite",
    ("code",),
    (
        Colonne("code", "texte", "Code de la visite", "V1", obligatoire=True),
        Colonne("nb_presents", "entier", "Effectif", "12"),
    ),
)


def remplacer(fichier, ancien, nouveau):
    texte = fichier.read_text(encoding="utf-8-sig")
    assert ancien in texte
    fichier.write_text(texte.replace(ancien, nouveau, 1), encoding="utf-8-sig")


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_un_csv_se_lit_quels_que_soient_son_encodage_et_son_separateur(tmp_path, encodage, separateur):
    chemin = tmp_path / "visites.csv"
    chemin.write_bytes(
        separateur.join(["code", "présents"]).encode(encodage) + b"\r\nA;1".replace(b";", separateur.encode())
    )
    (feuille,) = lire_fichier(chemin)
    assert feuille.lignes == [(1, ["code", "présents"]), (2, ["A", "1"])]


def test_une_cellule_sur_deux_lignes_ne_decale_pas_les_numeros(tmp_path):
    chemin = tmp_path / "visites.csv"
    chemin.write_text('code;note\nA;"deux\nlignes"\nB;rien\n', encoding="utf-8")
    (feuille,) = lire_fichier(chemin)
    assert [numero for numero, _ in feuille.lignes] == [1, 2, 4]


def test_un_classeur_se_lit_comme_un_francais_lecrirait(tmp_path):
    classeur = openpyxl.Workbook()
    classeur.active.append(["code", "jour", "oui", "nombre"])
    classeur.active.append(["007", pd.Timestamp(2024, 9, 1).to_pydatetime(), True, 12.0])
    classeur.save(tmp_path / "visites.xlsx")
    (feuille,) = lire_fichier(tmp_path / "visites.xlsx")
    assert feuille.lignes[1] == (2, ["007", "01/09/2024", "oui", "12"])


def test_titres_au_dessus_totaux_et_lignes_vides_sont_laisses_de_cote():
    feuille = Feuille(
        "visites.xlsx",
        "2024",
        [
            (1, ["Suivi des visites", ""]),
            (2, ["", ""]),
            (3, ["Code de la\nvisite", "EFFECTIF"]),
            (4, ["V1", "12"]),
            (5, ["", ""]),
            (6, ["TOTAL", "12"]),
        ],
    )
    brut, origine, problemes = rapprocher(VISITES, feuille)
    assert brut.to_dict("list") == {"code": ["V1"], "nb_presents": ["12"]}
    assert origine["ligne"].tolist() == [4]
    assert [(p.gravite, p.ligne) for p in problemes] == [("avertissement", 6)]


def test_une_colonne_mal_nommee_est_suggeree():
    feuille = Feuille("visites.csv", "", [(1, ["codes", "nb_presents"]), (2, ["V1", "3"])])
    _, _, problemes = rapprocher(VISITES, feuille)
    absente = next(p for p in problemes if p.gravite == "erreur")
    assert "colonne absente, attendu « code »" in absente.message
    assert "codes" in absente.remede


def test_une_correction_declaree_sapplique_et_se_plaint_quand_elle_na_plus_dobjet():
    brut = pd.DataFrame({"code": ["V1", "V2"], "nb_presents": ["5", "7"]}, dtype="str")
    correction = {
        "table": VISITES.nom,
        "ou": {"code": "V1"},
        "colonne": "nb_presents",
        "lu": "5",
        "corrige": "50",
        "motif": "zéro oublié",
    }
    corrige, problemes = corriger(VISITES, brut, [correction])
    assert (corrige["nb_presents"].tolist(), problemes) == (["50", "7"], [])
    assert brut["nb_presents"].tolist() == ["5", "7"]
    _, (probleme,) = corriger(VISITES, corrige, [correction])
    assert probleme.fichier == "corrections.toml"
    assert "sans objet" in probleme.message


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.nom)
def test_ce_qui_est_ecrit_se_relit_a_lidentique(table, tmp_path, miramas):
    donnees = getattr(miramas, table.nom)
    ecrire_table(table, donnees, tmp_path / f"{table.nom}.csv")
    (feuille,) = lire_fichier(tmp_path / f"{table.nom}.csv")
    brut, origine, problemes = rapprocher(table, feuille)
    assert problemes == []

    pd.testing.assert_frame_equal(typer(table, brut, origine).table, donnees, check_exact=False, rtol=1e-12)


def test_une_cite_ne_se_modifie_pas_par_ses_tables(miramas):
    actions = miramas.actions
    actions["intitule"] = "autre"
    assert (miramas.actions["intitule"] != "autre").all()


@pytest.mark.parametrize(
    ("bilans", "collecte", "attendu"),
    [
        ("2025-02-01", "2025-01-15", "2025-02-01"),
        ("2025-01-10", "2025-01-15", "2025-01-15"),
        (None, "2025-01-15", "2025-01-15"),
        (None, None, "2025-03-01"),
    ],
)
def test_l_annee_s_arrete_au_dernier_releve_du_suivi_sinon_a_celui_du_programme(bilans, collecte, attendu):
    """Le programme, relevé le 1er mars, ne compte que si rien n'a été suivi ; 2023 ne compte pas pour 2024."""
    releves = {"realisations": bilans, "collecte": collecte, "actions": "2025-03-01"}
    lectures = {}
    for nom, jour in releves.items():
        table = pd.DataFrame({"annee": [2024, 2023], "date_extraction": pd.to_datetime([jour, "2026-01-01"])})
        lectures[nom] = Lecture(table, table, table, [])

    assert str(Cite(Path(), {}, {}, lectures).arrete_le(2024)) == attendu


def test_un_nom_de_table_inconnu_dit_les_tables(miramas):
    with pytest.raises(AttributeError, match="Pas de table « action »"):
        _ = miramas.action


def test_un_fichier_absent_est_dit_avec_son_remede(copie_de_miramas):
    (copie_de_miramas / "actions.csv").unlink()
    with pytest.raises(ErreurDonnees, match=r"actions\.csv : fichier introuvable") as levee:
        citelib.charger(copie_de_miramas)
    # Les autres tables citent des actions : on ne répète pas mille fois le même manque.
    assert len(levee.value.problemes) == 1


def test_une_colonne_renommee_est_dite_une_seule_fois(copie_de_miramas):
    remplacer(copie_de_miramas / "realisations.csv", "statut", "etat_final")
    problemes = [p for p in citelib.verifier(copie_de_miramas) if p.gravite == "erreur"]
    assert [(p.fichier, p.colonne) for p in problemes] == [("realisations.csv", "statut")]


def test_une_action_inconnue_dans_une_autre_table_est_un_probleme(copie_de_miramas):
    bilans = pd.read_csv(copie_de_miramas / "realisations.csv", sep=";", dtype=str)
    identifiant = bilans["action_id"].iloc[0]
    remplacer(copie_de_miramas / "realisations.csv", f"\n{identifiant};", "\nFANTOME;")
    problemes = [p for p in citelib.verifier(copie_de_miramas) if p.gravite == "erreur"]
    assert [(p.fichier, p.ligne, p.valeur) for p in problemes] == [("realisations.csv", 2, "FANTOME")]


def test_un_excel_illisible_est_dit_sans_trace(copie_de_miramas):
    (copie_de_miramas / "actions.csv").unlink()
    (copie_de_miramas / "actions.xlsx").write_bytes(b"ceci n'est pas un classeur")
    with pytest.raises(ErreurDonnees, match="fichier illisible"):
        citelib.charger(copie_de_miramas)


def test_un_classeur_rempli_depose_parmi_les_tables_dit_comment_simporter(miramas, copie_de_miramas):
    """Lu comme une table, il ferait des dizaines d'erreurs de colonnes absentes."""
    modele("cpo", miramas, 2024).save(copie_de_miramas / "cpo.xlsx")
    (probleme,) = citelib.verifier(copie_de_miramas)
    assert probleme.gravite == "avertissement"
    assert "importer classeur" in probleme.remede and "cpo.xlsx --vers" in probleme.remede


def test_la_trace_dun_classeur_ouvert_dit_lequel_donner(tmp_path):
    (tmp_path / "~$cpo.xlsx").write_bytes(b"\x08Chargee")
    with pytest.raises(ErreurDonnees, match=r"trace d.un classeur ouvert\. Donner cpo\.xlsx"):
        lire_fichier(tmp_path / "~$cpo.xlsx")


def test_un_dossier_absent_est_refuse():
    with pytest.raises(ErreurParametre, match="Dossier introuvable"):
        citelib.charger("data/nulle-part")


def test_la_source_dit_si_une_ligne_au_moins_est_inventee(miramas):
    reelle = miramas.source("valeurs", annee=2024, indicateur_code=["I04"])
    inventee = miramas.source("actions", annee=2024)
    assert not reelle.fictive
    assert inventee.fictive and inventee.texte.startswith("Données fictives")


def test_une_seule_ligne_inventee_rend_la_source_fictive():
    """Une ligne du ministère, une de la simulation : les deux se citent, et l'ensemble se dit fictif."""
    table = pd.DataFrame({"source": ["DEPP", "Données fictives (essai)"], "date_extraction": pd.NaT})
    source = Cite(Path(), {}, {}, {"valeurs": Lecture(table, table, table, [])}).source("valeurs")

    assert source.fictive and "DEPP" in source.texte


def test_le_verrou_d_un_classeur_ouvert_et_un_fichier_cache_ne_se_lisent_pas(copie_de_miramas):
    """« ~$actions.xlsx » est ce qu'Excel pose à côté d'un classeur ouvert."""
    for nom in ("~$actions.xlsx", ".actions.csv"):
        (copie_de_miramas / nom).write_bytes(b"verrou")

    assert citelib.verifier(copie_de_miramas) == []


def test_les_erreurs_viennent_avant_les_avertissements(copie_de_miramas):
    """Un fichier inconnu, « a.csv », n'est qu'un avertissement ; l'erreur d'un fichier d'après passe devant."""
    (copie_de_miramas / "a.csv").write_text("x;y\n1;2\n")
    remplacer(copie_de_miramas / "realisations.csv", "statut", "etat_final")
    dits = [(p.gravite, p.fichier) for p in citelib.verifier(copie_de_miramas)]

    assert dits[0] == ("erreur", "realisations.csv")
    assert ("avertissement", "a.csv") in dits


def test_un_notebook_ouvert_dans_son_dossier_trouve_les_donnees(pytestconfig, monkeypatch):
    monkeypatch.chdir(pytestconfig.rootpath / "notebooks")
    assert citelib.charger("data/miramas").nom == "Miramas"


@pytest.mark.parametrize("titre", ["Effectif (en milliers)", "Effectif (%)"])
def test_une_autre_unite_dans_l_entete_est_une_erreur(titre):
    """Douze milliers ne se lisent pas douze."""
    _, _, problemes = rapprocher(VISITES, Feuille("v.csv", "", [(1, ["code", titre]), (2, ["V1", "12"])]))

    assert [(p.gravite, p.ligne, p.colonne) for p in problemes] == [("erreur", 1, "nb_presents")]


def test_une_ligne_plus_longue_que_son_entete_est_une_erreur():
    """« 12,5 » dans un CSV à virgules décale tout ce qui suit."""
    _, _, problemes = rapprocher(VISITES, Feuille("v.csv", "", [(1, ["code", "effectif"]), (2, ["V1", "12", "5"])]))

    assert [(p.gravite, p.ligne) for p in problemes] == [("erreur", 2)]


def test_une_feuille_laissee_de_cote_se_dit(copie_de_miramas):
    """Deux feuilles de même forme dans un fichier du nom d'une table : la seconde ne se perd pas sans un mot."""
    (feuille,) = lire_fichier(copie_de_miramas / "instances.csv")
    classeur = openpyxl.Workbook()
    for rang, onglet in enumerate([classeur.active, classeur.create_sheet("Secteur sud")]):
        for _, cellules in feuille.lignes[:1] + feuille.lignes[1 + rang :: 2]:
            onglet.append(cellules)
    classeur.save(copie_de_miramas / "instances.xlsx")
    (copie_de_miramas / "instances.csv").unlink()

    dits = [(p.gravite, p.feuille) for p in citelib.verifier(copie_de_miramas) if p.fichier == "instances.xlsx"]
    assert ("avertissement", "Secteur sud") in dits


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (b'cle = "x"\nnom = "Istres\n', "TOML mal écrit, ligne 2"),
        (b"cle = [1,", "TOML mal écrit, à la fin du fichier"),
        ('nom = "Été"'.encode("cp1252"), "attendu un texte en UTF-8"),
        (b"a = " + b"[" * 5000, "trop de crochets l'un dans l'autre"),
    ],
)
def test_un_toml_mal_ecrit_se_dit_en_francais(copie_de_miramas, contenu, raison):
    """Le lecteur de TOML ne parle qu'anglais."""
    (copie_de_miramas / "cite.toml").write_bytes(contenu)
    dit = next(p for p in citelib.verifier(copie_de_miramas) if p.fichier == "cite.toml")

    assert dit.message == f"fichier illisible : {raison}"
    assert "guillemets" in dit.remede


def test_un_dossier_a_la_place_d_un_toml_est_un_probleme(copie_de_miramas):
    chemin = copie_de_miramas / "cite.toml"
    chemin.unlink()
    chemin.mkdir()

    assert ("erreur", "cite.toml") in [(p.gravite, p.fichier) for p in citelib.verifier(copie_de_miramas)]
