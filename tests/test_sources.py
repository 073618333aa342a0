"""Les fichiers du ministère : lus par nom de colonne, quelle que soit leur époque."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from citelib.erreurs import ErreurParametre
from citelib.sources import education
from citelib.tables import PAR_NOM

PUBLICS = Path(__file__).parents[2] / "shared" / "data" / "public"
sans_les_fichiers = pytest.mark.skipif(
    not PUBLICS.is_dir(), reason="fichiers officiels absents : la lecture des fichiers entiers n'est pas vérifiée"
)

IVAC_LIBELLES = """\ufeffnum_ligne;Session;UAI;Nom de l'établissement;Académie;Secteur;\
Nb candidats G;Taux de réussite G;VA du taux de réussite G;Taux d'accès 6eme 3eme;\
Part présents 3eme ordinaire total
1;2024;0132327J;COLLEGE MIRAMARIS;AIX-MARSEILLE;PU;80;50.0;-6.0;92.0;97.0
2;2024;0130001A;COLLEGE VOISIN;AIX-MARSEILLE;PU;20;100.0;;90.0;95.0
3;2024;0750001A;COLLEGE PRIVE;PARIS;PR;100;100.0;1.0;99.0;99.0
3;2024;0750001A;COLLEGE PRIVE;PARIS;PR;100;100.0;1.0;99.0;99.0
"""
IVAC_CHAMPS = """session;uai;nom_de_l_etablissement;academie;secteur;nb_candidats_g;taux_de_reussite_g;\
va_du_taux_de_reussite_g;taux_d_acces_6eme_3eme;part_presents_3eme_ordinaire_total
2023;0132327J;COLLEGE MIRAMARIS;AIX-MARSEILLE;PU;91;74,0;-2,0;88;95
2023;0130001A;COLLEGE VOISIN;AIX-MARSEILLE;PU;30;ND;ND;;
"""
IPS_2021 = """rentree_scolaire,academie,uai,nom_de_l_etablissment,secteur,ips
2021-2022,AIX-MARSEILLE,0132327J,COLLEGE MIRAMARIS,public,70.9
"""
IPS_2023 = """num_ligne;Rentrée scolaire;Académie;UAI;Nom de l'établissement;Secteur;IPS
10001.0;2023-2024;AIX-MARSEILLE;0132327J;COLLEGE MIRAMARIS;public;NA
"""
EP = """uai;ep_2022_2023;nom_etablissement;qp_a_proximite;nombre_d_eleves
0132327J;REP+;Collège Miramaris;QP013063;488
0130001A;HORS EP;Collège voisin;Hors QP;300
"""


@pytest.fixture
def fichier(tmp_path):
    """Dépose un texte dans un fichier et rend son chemin."""

    def deposer(texte: str) -> Path:
        chemin = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        chemin.write_text(texte, encoding="utf-8")
        return chemin

    return deposer


@pytest.fixture
def valeurs(fichier):
    """Les lignes tirées des petits fichiers ci-dessus."""
    return education.valeurs_colleges(
        education.lire_ivac(fichier(IVAC_LIBELLES)),
        education.lire_ips(fichier(IPS_2021)),
        education.lire_education_prioritaire(fichier(EP)),
        uai=["0132327J"],
        academie="Aix-Marseille",
        date_extraction=dt.date(2026, 11, 23),
    ).set_index(["indicateur_code", "niveau"])


def test_les_parts_vont_de_zero_a_un_et_la_valeur_ajoutee_reste_en_points(fichier):
    """Le fichier écrit 50.0 pour 50 % et -6.0 pour moins six points."""
    lu = education.lire_ivac(fichier(IVAC_LIBELLES)).iloc[0]

    assert (lu["taux_reussite"], lu["valeur_ajoutee"], lu["taux_acces"]) == (0.5, -6.0, 0.92)


def test_une_ligne_publiee_deux_fois_compte_une_fois(fichier):
    """Le fichier IVAC contient des lignes entièrement en double."""
    assert education.lire_ivac(fichier(IVAC_LIBELLES))["uai"].is_unique


def test_les_noms_de_champs_se_lisent_comme_les_libelles(fichier):
    """Virgule décimale et « ND » compris."""
    lu = education.lire_ivac(fichier(IVAC_CHAMPS))

    assert lu["taux_reussite"].tolist() == [0.74, pd.NA]
    assert lu["secteur"].tolist() == ["public", "public"]


def test_les_deux_orthographes_de_l_ips_se_lisent(fichier):
    """« etablissment » jusqu'en 2022, « établissement » ensuite ; « NA » n'est pas un nombre."""
    assert education.lire_ips(fichier(IPS_2021))["ips"].tolist() == [70.9]
    assert education.lire_ips(fichier(IPS_2023))["ips"].isna().all()


def test_un_quartier_hors_liste_reste_vide(fichier):
    """« Hors QP » n'est pas un code de quartier."""
    codes = education.lire_education_prioritaire(fichier(EP))["qpv_code"]

    assert codes.tolist()[0] == "QP013063"
    assert codes.isna().tolist() == [False, True]


def test_une_colonne_absente_est_nommee(fichier):
    """Le message dit laquelle, et ce qui a été lu."""
    with pytest.raises(ErreurParametre, match=r"academie.*introuvable.*Lues : uai, autre"):
        education.lire_ivac(fichier("uai;autre\n0132327J;1\n"))


def test_la_moyenne_d_academie_est_ponderee_par_les_candidats(valeurs):
    """80 candidats à 50 % et 20 à 100 % : (40 + 20) ÷ 100 = 60 %, le privé n'y est pas."""
    academie = valeurs.loc[("I04", "academie")]

    assert (academie["valeur"], academie["denominateur"]) == (0.6, 100)


def test_le_reseau_ne_compte_que_les_colleges_rep_plus(valeurs):
    """Un seul collège est REP+ dans la liste."""
    assert valeurs.loc[("I04", "reseau"), "valeur"] == 0.5


def test_la_valeur_ajoutee_n_a_pas_de_moyenne(valeurs):
    """Elle compare déjà chaque collège à ses semblables."""
    assert valeurs.loc["I05"].index.tolist() == ["etablissement"]


def test_le_nombre_d_admis_n_est_pas_invente(valeurs):
    """Un taux arrondi au point ne donne pas le numérateur ; l'effectif de troisième n'est pas publié."""
    assert valeurs["numerateur"].isna().all()
    assert valeurs.loc[("I06", "etablissement"), "denominateur"] is pd.NA


def test_l_ips_se_range_a_l_annee_ou_finit_l_annee_scolaire(valeurs):
    """2021-2022 donne 2022, et la méthode est dite."""
    ips = valeurs.loc[("I11", "etablissement")]

    assert (ips["annee"], ips["perimetre_version"]) == (2022, "IPS, méthode de 2016 à 2021")


def test_les_lignes_ont_les_colonnes_de_la_table_valeurs(valeurs):
    """Aucune colonne de trop, aucune de moins."""
    assert set(valeurs.reset_index().columns) == set(PAR_NOM["valeurs"].noms)


def test_un_college_inconnu_est_refuse(fichier):
    """Un code mal recopié ne doit pas donner une table vide."""
    with pytest.raises(ErreurParametre, match="0132327K"):
        education.valeurs_colleges(
            education.lire_ivac(fichier(IVAC_LIBELLES)),
            education.lire_ips(fichier(IPS_2021)),
            education.lire_education_prioritaire(fichier(EP)),
            uai=["0132327K"],
            academie="Aix-Marseille",
            date_extraction=dt.date(2026, 11, 23),
        )


@sans_les_fichiers
def test_le_fichier_ivac_entier_se_lit():
    """20 053 lignes, trois sessions, un collège par ligne (décompte de la fiche du fichier)."""
    ivac = education.lire_ivac(PUBLICS / "ivac" / "ivac_2022-2024_libelles.csv")

    assert len(ivac) == 20053
    assert ivac["session"].unique().tolist() == [2022, 2023, 2024]


@sans_les_fichiers
def test_les_fichiers_ips_de_trois_epoques_se_lisent():
    """Virgule en 2021, point-virgule ensuite, « NA » depuis 2023."""
    dossier = PUBLICS / "ips_colleges"
    noms = (
        "ips_colleges_2021-2022_champs_virgule.csv",
        "fr-en-ips-colleges-ap2022_2022-2023.csv",
        "EXEMPLE_fr-en-ips-colleges-ap2023_champs_ouest.csv",
    )

    assert [len(education.lire_ips(dossier / nom)) for nom in noms] == [6967, 6973, 1017]


@sans_les_fichiers
def test_la_liste_de_l_education_prioritaire_compte_361_colleges_et_ecoles_de_miramas():
    """8 500 établissements distincts, dont six écoles REP+ dans le quartier QP013063."""
    ep = education.lire_education_prioritaire(
        PUBLICS / "education_prioritaire" / "fr-en-etablissements-ep_2022-2023.csv"
    )
    ecoles = ep[ep["qpv_code"].eq("QP013063") & ep["ep"].eq("REP+") & ep["nom"].str.startswith("Ecole")]

    assert len(ep) == 8500
    assert len(ecoles) == 6
