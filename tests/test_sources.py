"""Les fichiers du ministère : lus par nom de colonne, quelle que soit leur époque, et rattachés à leur série."""

import csv
import dataclasses
import datetime as dt
import io
import json
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib.chargement import charger
from citelib.contrats.cellules import ESTIMEE
from citelib.erreurs import ErreurParametre
from citelib.sources import education, officiels
from citelib.tables import PAR_NOM

PUBLICS = Path(__file__).parents[2] / "shared" / "data" / "public"
MIRAMAS = Path(__file__).parents[1] / "data" / "miramas"
sans_les_fichiers = pytest.mark.skipif(
    not PUBLICS.is_dir(), reason="fichiers officiels absents : la lecture des fichiers entiers n'est pas vérifiée"
)

IVAC_LIBELLES = """\ufeffnum_ligne;Session;UAI;Nom de l'établissement;Code académie;Académie;Code département;Secteur;\
Nb candidats G;Taux de réussite G;VA du taux de réussite G;Taux d'accès 6eme 3eme;\
Part présents 3eme ordinaire total;Part présents 3eme ordinaire G
1;2024;0132327J;COLLEGE MIRAMARIS;02;AIX-MARSEILLE;13;PU;80;50.0;-6.0;92.0;97.0;
2;2024;0130001A;COLLEGE VOISIN;02;AIX-MARSEILLE;04;PU;20;100.0;;90.0;95.0;
3;2024;0750001A;COLLEGE PRIVE;01;PARIS;75;PR;100;100.0;1.0;99.0;99.0;
3;2024;0750001A;COLLEGE PRIVE;01;PARIS;75;PR;100;100.0;1.0;99.0;99.0;
"""
IVAC_CHAMPS = """session;uai;nom_de_l_etablissement;commune;departement;academie;secteur;nb_candidats_g;\
taux_de_reussite_g;va_du_taux_de_reussite_g;taux_d_acces_6eme_3eme;part_presents_3eme_ordinaire_total
2023;0132327J;COLLEGE MIRAMARIS;MIRAMAS;BOUCHES-DU-RHONE;AIX-MARSEILLE;PU;91;74,0;-2,0;88;95
2023;0132326H;COLLEGE CAMUS;MIRAMAS;BOUCHES-DU-RHONE;AIX-MARSEILLE;PU;30;ND;ND;;
"""
IVAC_RETOUCHE = """Session;UAI;nom_etab;nom_com;nom_dept;acad;Secteur;Nb_candidats_G;Taux_reussite_G;\
VA_taux_reussite_G;Taux_acces_6eme_3eme;Part_presents_3eme_ordinaire_Total
2023;0132327J;COLLEGE MIRAMARIS;MIRAMAS;BOUCHES-DU-RHONE;AIX-MARSEILLE;PU;91;74.0;-2.0;88.0;None
"""
IPS_2021 = """rentree_scolaire,academie,code_du_departement,departement,uai,nom_de_l_etablissment,secteur,ips
2021-2022,AIX-MARSEILLE,013,BOUCHES-DU-RHONE,0132327J,COLLEGE MIRAMARIS,public,70.9
"""
IPS_LIBELLES = """Rentrée scolaire;Académie;Code du département;Département;UAI;Nom de l'établissment;\
Code INSEE de la commune;Nom de la commune;Secteur;IPS;Ecart-type de l'IPS
2017-2018;AIX-MARSEILLE;013;BOUCHES-DU-RHONE;0132327J;COLLEGE MIRAMARIS;13063;MIRAMAS;public;70.1;
"""
IPS_2022 = """rentree_scolaire;academie;code_du_departement;uai;nom_de_l_etablissment;secteur;effectifs;ips
2022-2023;AIX-MARSEILLE;013;0132327J;COLLEGE MIRAMARIS;public;450.0;73.9
"""
IPS_2023 = """Rentrée scolaire;Code académie;Académie;Code du département;UAI;Nom de l'établissement;Secteur;IPS;\
Ecart type de l'IPS;IPS national public;num_ligne
2023-2024;02;AIX-MARSEILLE;13;0132327J;COLLEGE MIRAMARIS;privé sous contrat;NA;;100.9;10001.0
"""
IPS_ECOLES = """rentree_scolaire;academie;code_du_departement;uai;nom_de_l_etablissment;secteur;effectifs;ips
2024-2025;AIX-MARSEILLE;013;0132486G;ECOLE ELEMENTAIRE JEAN GIONO;public;149.0;NS
"""
DNB_LIBELLES = """Session;Numero d'etablissement;Type d'etablissement;Patronyme;Secteur d'enseignement;Commune;\
Code département;Code académie;Libellé académie;Inscrits;Presents;Admis;Taux de réussite
2019;0132327J;COLLEGE;MIRAMARIS;PUBLIC;13063;013;02;AIX-MARSEILLE;99;95;90;94,7%
2021;0132327J;COLLEGE;-;PUBLIC;13063;013;02;AIX-MARSEILLE;99;97;80;82,5%
"""
DNB_CHAMPS_2022 = """session;numero_d_etablissement;denomination_principale;patronyme;secteur_d_enseignement;\
commune_et_arrondissement;departement;departement_libelle;academie;academie_libelle;inscrits;presents;admis;taux_de_reussite
2019;0132327J;COLLEGE;MIRAMARIS;PUBLIC;13063;013;BOUCHES-DU-RHONE;02;AIX-MARSEILLE;99;95;90;94,7%
"""
EP = """uai;ep_2022_2023;nom_etablissement;statut_public_prive;libelle_academie;qp_a_proximite;nom_du_qp;\
nombre_d_eleves;code_departement;code_academie
0132327J;REP;Collège Miramaris;Public;Aix-Marseille;QP013063;Miramas;488;13;2
0132486G;REP+;Ecole élémentaire Jean Giono;;Aix-Marseille;QP013063;La Maille;154;13;2
"""
EP_AILLEURS = "".join(
    f"0{code:02}0001A;REP;Collège ailleurs;Public;Aix-Marseille;Hors QP;;300;{code};2\n" for code in (4, 5, 84)
)
EFFECTIFS_CHAMPS = """rentree_scolaire;academie;departement;numero_college;denomination_principale;patronyme;\
secteur;rep;rep0;nombre_eleves_total;6eme_total;code_postal
2023;AIX-MARSEILLE;BOUCHES-DU-RHONE;0132327J;COLLEGE;MIRAMARIS;PUBLIC;0;1;480;110;13140
2024;AIX-MARSEILLE;BOUCHES-DU-RHONE;0132327J;COLLEGE;MIRAMARIS;PUBLIC;1;0;470;100;13140
"""
EFFECTIFS_2025 = """num_ligne;Rentrée scolaire;Académie;Code département;Code postal;UAI;Dénomination principale;\
Patronyme;Secteur;REP;REP +;Nombre d'élèves total;Nombre d'élèves total hors Segpa hors ULIS
1;2025-09-01;AIX-MARSEILLE;13;13140;0132327J;COLLEGE;MIRAMARIS;PUBLIC;0;1;465;440
"""
EFFECTIFS_ECOLES = """rentree_scolaire;academie;code_departement;code_commune_insee;numero_ecole;\
denomination_principale;patronyme;secteur;rep;rep_plus;nombre_total_eleves
2024;AIX-MARSEILLE;13;13140;0132486G;ECOLE ELEMENTAIRE PUBLIQUE;JEAN GIONO;SECTEUR PUBLIC;SANS OBJET;1;160
"""
EVALUATIONS = """Année;Libellé académie;Libellé département;UAI;Libellé secteur;Matière;Caractéristique;\
Effectif;Score moyen;Groupe 1;Groupe 2;Groupe 3;Groupe 4;Groupe 5;Groupe 6
2024-01-01;AIX-MARSEILLE;BOUCHES-DU-RHONE;0132327J;Public;Français;Ensemble;113;230;20;25,5;20;15;12;7,5
2024-01-01;AIX-MARSEILLE;BOUCHES-DU-RHONE;0132327J;Public;Français;Fille;60;235;10;20;20;20;20;10
2024-01-01;AIX-MARSEILLE;BOUCHES-DU-RHONE;0132327J;Public;Mathématiques;Ensemble;113;225;30;30;20;10;5;5
"""
EVALUATIONS_CHAMPS = """annee;uai;libelle_academie;discipline;caracteristique;effectif;score_moyen;groupe_1;groupe_2;\
groupe_3;groupe_4;groupe_5;groupe_6
2024;0132327J;AIX-MARSEILLE;Français;Ensemble;113;230;20;25,5;20;15;12;7,5
"""
PETITS = {
    "ivac": (IVAC_LIBELLES, IVAC_CHAMPS, IVAC_RETOUCHE),
    "ips": (IPS_2021, IPS_LIBELLES, IPS_2022, IPS_2023, IPS_ECOLES),
    "dnb": (DNB_LIBELLES, DNB_CHAMPS_2022),
    "ep": (EP,),
    "effectifs": (EFFECTIFS_CHAMPS, EFFECTIFS_2025, EFFECTIFS_ECOLES),
    "evaluations": (EVALUATIONS, EVALUATIONS_CHAMPS),
}


@pytest.fixture
def fichier(tmp_path):
    """Dépose un texte dans un fichier et rend son chemin."""

    def deposer(texte: str, nom: str = "fichier.csv", encodage: str = "utf-8") -> Path:
        (tmp_path / nom).write_text(texte, encoding=encodage)
        return tmp_path / nom

    return deposer


def valeurs_de(apport) -> pd.DataFrame:
    """Les lignes de `valeurs` d'un apport, par indicateur et territoire."""
    return apport.lectures["valeurs"].table.set_index(["indicateur_code", "territoire_code"])


def etablissement(apport, uai: str) -> pd.Series:
    """Un établissement, tel que l'apport le laisse."""
    return apport.lectures["etablissements"].table.set_index("uai").loc[uai]


def france(candidats: int = 10, taux: str = "100") -> str:
    """Un fichier IVAC de 2024 : dix candidats reçus dans un collège public par département de chaque académie."""
    lignes = ["session;uai;academie;departement;secteur;nb_candidats_g;taux_de_reussite_g;va_du_taux_de_reussite_g;"]
    lignes[0] += "taux_d_acces_6eme_3eme;part_presents_3eme_ordinaire_total"
    for academie, n_departements in officiels.DESCRIPTION["academies"].items():
        for rang in range(n_departements):
            miramaris = (academie, rang) == ("aix_marseille", 0)
            uai = "0132327J" if miramaris else f"{len(lignes):07}A"
            lu = "30;20" if miramaris else f"{candidats};{taux}"
            lignes.append(f"2024;{uai};{academie.replace('_', '-').upper()};{academie} {rang};PU;{lu};;;")
    return "\n".join(lignes)


def test_les_parts_vont_de_zero_a_un_et_la_valeur_ajoutee_reste_en_points(fichier):
    """Le fichier écrit 50.0 pour 50 % et -6.0 pour moins six points."""
    lu = officiels.lire(fichier(IVAC_LIBELLES), "ivac").table.iloc[0]

    assert (lu["taux_reussite"], lu["valeur_ajoutee"], lu["taux_acces"]) == (0.5, -6.0, 0.92)


def test_une_ligne_publiee_deux_fois_compte_une_fois_et_se_dit(fichier):
    """Quatre lignes, trois collèges."""
    releve = officiels.lire(fichier(IVAC_LIBELLES), "ivac")

    assert releve.table["uai"].tolist() == ["0132327J", "0130001A", "0750001A"]
    assert releve.notes[0].endswith("4\u00a0lignes lues, 3\u00a0gardées")
    assert releve.notes[1].startswith("1\u00a0doublon écarté")


def test_de_deux_lignes_contraires_la_meme_est_toujours_gardee(fichier):
    """L'ordre d'un export n'est pas stable : le résultat n'en dépend pas, et l'écart se compte."""
    entete, ligne, *_ = IPS_2022.splitlines()
    autre = ligne.replace("73.9", "75.0")
    lus = [officiels.lire(fichier("\n".join([entete, *paire])), "ips") for paire in ((ligne, autre), (autre, ligne))]

    assert lus[0].table["ips"].tolist() == lus[1].table["ips"].tolist()
    assert "dont 1 de contenu différent" in lus[0].notes[1]


@pytest.mark.parametrize("texte", [IVAC_CHAMPS, IVAC_RETOUCHE])
def test_noms_de_champs_et_titres_retouches_se_lisent_comme_les_libelles(fichier, texte):
    """Virgule décimale et « None » compris."""
    lu = officiels.lire(fichier(texte), "ivac").table.iloc[0]

    assert (lu["taux_reussite"], lu["valeur_ajoutee"], lu["secteur"]) == (0.74, -2.0, "public")


@pytest.mark.parametrize(
    ("texte", "debut", "perimetre", "ips"),
    [
        (IPS_LIBELLES, 2017, "IPS, méthode de 2016 à 2021", 70.1),
        (IPS_2021, 2021, "IPS, méthode de 2016 à 2021", 70.9),
        (IPS_2022, 2022, "IPS, méthode de 2022", 73.9),
        (IPS_2023, 2023, "IPS, série de 2023", None),
    ],
)
def test_les_trois_series_de_l_ips_restent_separees(fichier, texte, debut, perimetre, ips):
    """« etablissment » jusqu'en 2022, « établissement » ensuite ; « NA » n'est pas un nombre."""
    lu = officiels.lire(fichier(texte), "ips").table.iloc[0]

    assert (lu["debut"], lu["perimetre"], lu["public"]) == (debut, perimetre, "college")
    assert lu["ips"] == ips if ips else pd.isna(lu["ips"])


def test_le_dnb_tous_candidats_ne_se_confond_ni_avec_l_ivac_ni_avec_le_controle_continu(fichier, miramas):
    """« 94,7% » est un texte ; 90 admis sur 95 présents sont publiés, donc le numérateur est connu."""
    apport = education.lire_source(fichier(DNB_LIBELLES), miramas, "dnb")
    lignes = apport.lectures["valeurs"].table

    assert lignes["perimetre_version"].tolist() == ["DNB, tous candidats", "DNB, tous candidats, contrôle continu"]
    assert lignes.loc[0, ["numerateur", "denominateur", "valeur"]].tolist() == [90, 95, 0.947]
    assert any("Ne pas l'enchaîner avec l'IVAC" in note for note in apport.notes)


def test_dans_l_api_de_2022_l_academie_du_dnb_est_le_libelle_pas_le_code(fichier):
    """La colonne `academie` y contient « 02 », `academie_libelle` le nom."""
    lu = officiels.lire(fichier(DNB_CHAMPS_2022), "dnb").table.iloc[0]

    assert (lu["academie"], lu["departement"], lu["type_etablissement"]) == ("AIX-MARSEILLE", "13", "COLLEGE")


def test_les_zeros_de_tete_sont_rendus_la_ou_la_largeur_est_connue(fichier):
    """Département 013 ou 1, académie 2, UAI d'un département 01 à 09 ; un libellé reste tel quel."""
    texte = IPS_2022.replace("013;0132327J", "1;10005A")
    ep = officiels.lire(fichier(EP), "ep").table.iloc[0]

    assert officiels.lire(fichier(texte), "ips").table.loc[0, ["departement", "uai"]].tolist() == ["01", "0010005A"]
    assert (ep["departement"], ep["code_academie"]) == ("13", "02")
    assert officiels.lire(fichier(IVAC_CHAMPS), "ivac").table.loc[0, "departement"] == "BOUCHES-DU-RHONE"


@pytest.mark.parametrize(
    ("source", "texte"), [(source, texte) for source, textes in PETITS.items() for texte in textes]
)
@settings(deadline=None, derandomize=True, max_examples=8)
@given(donnees=st.data())
def test_l_ordre_des_colonnes_et_le_separateur_ne_changent_rien(tmp_path_factory, source, texte, donnees):
    """Lire par nom, jamais par position : `num_ligne` est passée de la première à la dernière colonne."""
    separateur = "," if texte is IPS_2021 else ";"
    lignes = list(csv.reader(io.StringIO(texte.removeprefix("\ufeff")), delimiter=separateur))
    ordre = donnees.draw(st.permutations(range(len(lignes[0]))))
    melange = io.StringIO()
    redacteur = csv.writer(melange, delimiter=donnees.draw(st.sampled_from(";,\t")), lineterminator="\r\n")
    redacteur.writerows([[ligne[rang] for rang in ordre] for ligne in lignes])
    dossier = tmp_path_factory.mktemp("ordre")
    (dossier / "a.csv").write_text(texte, encoding="utf-8")
    (dossier / "b.csv").write_text(melange.getvalue(), encoding=donnees.draw(st.sampled_from(["utf-8", "utf-8-sig"])))
    lus = [officiels.lire(dossier / nom, source).table for nom in ("a.csv", "b.csv")]

    pd.testing.assert_frame_equal(*lus)


def test_un_classeur_et_un_csv_d_excel_se_lisent_comme_l_export(fichier, tmp_path):
    """Le fichier de l'éducation prioritaire est un .xlsx ; un enregistrement Windows perd l'UTF-8."""
    classeur = openpyxl.Workbook()
    for ligne in csv.reader(io.StringIO(EP), delimiter=";"):
        classeur.active.append([int(cellule) if cellule.isdigit() else cellule for cellule in ligne])
    classeur.save(tmp_path / "ep.xlsx")
    attendu = officiels.lire(fichier(EP), "ep").table

    pd.testing.assert_frame_equal(officiels.lire(tmp_path / "ep.xlsx", "ep").table, attendu)
    pd.testing.assert_frame_equal(officiels.lire(fichier(EP, encodage="cp1252"), "ep").table, attendu)


def test_une_colonne_absente_est_nommee_avec_ce_qui_a_ete_lu(fichier):
    """Le message dit laquelle, les titres connus, et ce qui a été lu."""
    with pytest.raises(ErreurParametre, match=r"academie.*introuvable.*Libellé académie.*Lues : uai, autre"):
        officiels.lire(fichier("uai;autre\n0132327J;1\n"), "ivac")


@pytest.mark.parametrize("annee", ["2031", "1999", "2022-2024", "22", ""])
def test_une_annee_que_rien_ne_decrit_est_refusee(fichier, annee):
    """Une série nouvelle peut avoir changé de méthode : on ne l'enchaîne pas sans la décrire."""
    texte = IPS_2022.replace("2022-2023", annee)
    with pytest.raises(
        ErreurParametre, match=r"année inconnue.*fr-en-ips-colleges-ap2022, 2022 à 2022.*education\.toml"
    ):
        officiels.lire(fichier(texte), "ips")


@pytest.mark.parametrize(
    ("source", "texte", "avant", "apres", "attendu"),
    [
        ("ivac", IVAC_LIBELLES, ";50.0;", ";150.0;", "ligne 2, colonne taux_reussite : attendu un taux"),
        ("ivac", IVAC_LIBELLES, ";-6.0;", ";beaucoup;", "attendu un nombre .lu : « beaucoup »"),
        ("ivac", IVAC_CHAMPS, "74,0", "0,74", "attendu un taux de 0 à 100 .lu : « 0,74 »"),
        ("ips", IPS_2022, "public", "étranger", "attendu public ou privé"),
        ("ep", EP, ";REP;", ";ZEP;", "attendu hors EP ou REP"),
        ("evaluations", EVALUATIONS, "25,5", "5,5", "les groupes font 80%, attendu 100 %"),
    ],
)
def test_une_cellule_ou_une_echelle_inattendue_est_refusee(fichier, source, texte, avant, apres, attendu):
    """À sa ligne, avec ce qui a été lu et ce qui était attendu ; jamais devinée."""
    with pytest.raises(ErreurParametre, match=attendu):
        officiels.lire(fichier(texte.replace(avant, apres)), source)


@pytest.mark.parametrize("texte", ["", "\n\n", "\x00\x01", 'uai;"a\n'])
def test_ce_qui_n_est_pas_un_tableau_est_refuse(fichier, texte):
    """Fichier vide, blanc, binaire ou tronqué dans un guillemet."""
    with pytest.raises(ErreurParametre):
        officiels.lire(fichier(texte), "ivac")


def test_une_source_inconnue_est_refusee(fichier):
    """Le message dit celles qui existent."""
    with pytest.raises(ErreurParametre, match="ivac, ips, dnb, ep, effectifs, evaluations"):
        officiels.lire(fichier(EP), "absenteisme")


def test_la_moyenne_est_ponderee_la_ou_le_fichier_couvre_le_territoire(fichier, miramas):
    """Académie : 30 à 20 % et 3 × 10 à 100 %, (6 + 30) ÷ 60 = 60 %. France : 97 départements, (6 + 960) ÷ 990."""
    fichier("uai;ep_2022_2023;libelle_academie\n0132327J;REP+;Aix-Marseille\n", "fr-en-etablissements-ep.csv")
    lignes = valeurs_de(education.lire_source(fichier(france()), miramas))

    assert lignes.loc[("I04", "aix-marseille"), ["valeur", "denominateur"]].tolist() == [0.6, 60]
    assert lignes.loc[("I04", "rep_plus_france"), "valeur"] == 0.2
    n_departements = sum(officiels.DESCRIPTION["academies"].values())
    attendue = round((6 + 10 * (n_departements - 1)) / (30 + 10 * (n_departements - 1)), 4)
    assert lignes.loc[("I04", "france"), "valeur"] == attendue


def test_un_extrait_ne_donne_pas_de_moyenne_de_ce_qu_il_ne_couvre_pas(fichier, miramas):
    """Deux départements de l'académie sur quatre ; sans liste REP+, pas de réseau."""
    apport = education.lire_source(fichier(IVAC_LIBELLES), miramas)

    assert set(apport.lectures["valeurs"].table["niveau"]) == {"etablissement"}
    assert sum("pas de moyenne" in note for note in apport.notes) == 3


def test_l_academie_entiere_suffit_a_sa_moyenne(fichier, miramas):
    """Le même fichier réduit à l'académie : sa moyenne est la même, celle de la France n'existe pas."""
    entete, *lignes = france().splitlines()
    texte = "\n".join([entete, *(ligne for ligne in lignes if "AIX-MARSEILLE" in ligne)])
    lues = valeurs_de(education.lire_source(fichier(texte), miramas))

    assert lues.loc[("I04", "aix-marseille"), "valeur"] == 0.6
    assert ("I04", "france") not in lues.index


def test_les_lycees_du_dnb_ne_comptent_pas_dans_une_moyenne_de_colleges(fichier, miramas):
    """80 admis sur 100 au collège de chaque département ; le lycée, à 0 sur 100, n'y est pas."""
    entete, ligne, _ = DNB_LIBELLES.splitlines()
    lignes = []
    for rang, departement in enumerate(("004", "005", "013", "084")):
        ici = ligne.replace(";95;90;94,7%", ";100;80;80,00%").replace(";013;", f";{departement};")
        ici = ici if departement == "013" else ici.replace("0132327J", f"000000{rang}A")
        lignes += [
            ici,
            ici.replace("COLLEGE", "LYCEE").replace(";80;80,00%", ";0;0,00%").replace("0132327J", "0139999A"),
        ]
    lignes = [li.replace("000000", "000001") if "LYCEE" in li else li for li in lignes]
    lues = valeurs_de(education.lire_source(fichier("\n".join([entete, *lignes])), miramas, "dnb"))
    academie = lues.loc[("I04", "aix-marseille")]

    assert academie[["numerateur", "denominateur", "valeur"]].tolist() == [320, 400, 0.8]
    assert academie["perimetre_version"] == "DNB, tous candidats, collèges publics"


def test_la_valeur_ajoutee_n_a_pas_de_moyenne_et_le_numerateur_ne_s_invente_pas(fichier, miramas):
    """Elle compare déjà à des semblables ; un taux arrondi au point ne donne pas le nombre d'admis."""
    lignes = education.lire_source(fichier(IVAC_LIBELLES), miramas).lectures["valeurs"].table

    assert lignes.loc[lignes["indicateur_code"].eq("I05"), "niveau"].tolist() == ["etablissement"]
    assert lignes["numerateur"].isna().all()
    assert lignes.set_index("indicateur_code").loc["I06", "denominateur"] is pd.NA


def test_non_diffuse_se_dit_et_une_case_vide_ne_fait_pas_de_ligne(fichier, miramas):
    """« ND » : une ligne sans valeur, non collectée ; vide : rien."""
    apport = education.lire_source(fichier(IVAC_CHAMPS), miramas)
    lignes = valeurs_de(apport).xs("0132326H", level="territoire_code")

    assert lignes.index.tolist() == ["I04", "I05"]
    assert lignes["statut_valeur"].tolist() == ["non_collectee"] * 2
    assert set(lignes["commentaire"]) == {"Non diffusé par le ministère"}
    assert apport.lectures["valeurs"].etats["etat"].tolist() == ["non_collectee"] * 2


def test_l_ips_non_significatif_d_une_ecole_est_non_collecte(fichier, miramas):
    """« NS » depuis 2022 ; l'effectif retenu pour l'IPS ne remplace pas l'effectif de l'école."""
    apport = education.lire_source(fichier(IPS_ECOLES), miramas, "ips")
    ips = valeurs_de(apport).loc[("I11", "0132486G")]

    assert (ips["annee"], ips["statut_valeur"], ips["perimetre_version"]) == (
        2025,
        "non_collectee",
        "IPS, méthode de 2022",
    )
    assert etablissement(apport, "0132486G")["effectif"] == 154


def test_l_ips_se_range_a_l_annee_ou_finit_l_annee_scolaire(fichier, miramas):
    """2021-2022 donne 2022."""
    ips = valeurs_de(education.lire_source(fichier(IPS_2021), miramas, "ips")).loc[("I11", "0132327J")]

    assert (ips["annee"], ips["periode"]) == (2022, "année scolaire 2021-2022")


def test_l_effectif_decimal_de_l_ips_est_un_nombre_d_eleves(fichier, miramas):
    """« 450.0 » remplace les 443 élèves connus pour la même rentrée, et la source le dit une fois."""
    miramaris = etablissement(education.lire_source(fichier(IPS_2022), miramas, "ips"), "0132327J")

    assert (miramaris["effectif"], miramaris["annee_scolaire"]) == (450, "2022-2023")
    assert miramaris["source"].count("(effectif)") == 1


@pytest.mark.parametrize(
    ("source", "texte"), [(source, texte) for source, textes in PETITS.items() for texte in textes]
)
def test_un_fichier_du_ministere_se_reconnait_a_son_en_tete(fichier, source, texte):
    """Chaque époque de chaque source, libellés ou noms de champs."""
    assert officiels.reconnaitre(fichier(texte)) == source


def test_un_en_tete_inconnu_se_dit(fichier):
    with pytest.raises(ErreurParametre, match="non reconnu, son en-tête n'est celui d'aucune source"):
        officiels.reconnaitre(fichier("uai;nom\n0132327J;Miramaris\n"))


@pytest.mark.parametrize("texte", [EVALUATIONS, EVALUATIONS_CHAMPS])
def test_les_evaluations_disent_ce_qu_elles_mesurent(fichier, miramas, texte):
    """Septembre 2024 est la rentrée 2024-2025 ; groupes 1 et 2 : 20 + 25,5 = 45,5 %, en français, tous élèves."""
    apport = education.lire_source(fichier(texte), miramas, "evaluations")
    ligne = valeurs_de(apport).loc[("I08", "0132327J")]

    assert (ligne["annee"], ligne["periode"]) == (2024, "rentrée 2024-2025")
    assert (ligne["valeur"], ligne["denominateur"]) == (0.455, 113)
    assert ligne["perimetre_version"] == "français, groupes 1 et 2 sur 6, entrée en 6e"
    assert "acquis à l'entrée du collège" in ligne["commentaire"]


def test_un_college_absent_de_la_liste_est_hors_education_prioritaire(fichier, miramas):
    """Camus et La Carraire n'y sont pas ; une école absente, elle, ne change pas."""
    apport = education.lire_source(fichier(EP + EP_AILLEURS), miramas, "ep")

    assert etablissement(apport, "0132327J")["ep"] == "REP"
    assert etablissement(apport, "0132497U")["ep"] == "hors EP"
    assert etablissement(apport, "0132765K")["ep"] == "REP+"
    assert any(note.startswith("Absents du fichier") and "0132497U" in note for note in apport.notes)


@pytest.mark.parametrize(
    "texte",
    [EP, (EP + EP_AILLEURS).replace(";REP;", ";REP+;"), (EP + EP_AILLEURS).replace(";84;2", ";13;2")],
    ids=["deux lignes de la ville", "les REP+ seulement", "un département de moins"],
)
def test_un_fichier_filtre_a_la_main_ne_dit_rien_des_absents(fichier, miramas, texte):
    """Absents d'une liste d'Aix-Marseille qui n'a pas ses quatre départements, ses REP et ses REP+."""
    apport = education.lire_source(fichier(texte), en_rep(miramas, miramas.reglages), "ep")

    assert etablissement(apport, "0132497U")["ep"] == "REP"
    assert any("laissés tels quels" in note and "Carraire" in note for note in apport.notes)


def test_la_liste_d_une_autre_academie_ne_dit_rien_des_absents(fichier, miramas):
    """Le statut de La Carraire reste ce qu'il était."""
    apport = education.lire_source(fichier(EP + EP_AILLEURS), en_rep(miramas, {"academie": "Lyon"}), "ep")

    assert etablissement(apport, "0132497U")["ep"] == "REP"
    assert etablissement(apport, "0132486G")["ep"] == "REP+"


def test_un_effectif_estime_que_le_fichier_ne_change_pas_reste_estime(fichier, miramas, tmp_path):
    """« ≈352 » ne devient pas 352 en lisant la liste de l'éducation prioritaire ; un effectif lu n'est plus estimé."""
    copie = shutil.copytree(MIRAMAS, tmp_path / "copie")
    texte = (copie / "etablissements.csv").read_text(encoding="utf-8-sig")
    assert ";352;" in texte
    (copie / "etablissements.csv").write_text(texte.replace(";352;", ";≈352;", 1), encoding="utf-8-sig")
    cite = charger(copie)
    apport = education.lire_source(fichier(EP), cite, "ep")
    lecture = apport.lectures["etablissements"]
    (etat,) = lecture.etats[lecture.etats["etat"].eq(ESTIMEE)].itertuples()
    assert (lecture.table.at[etat.ligne, "uai"], etat.colonne) == ("0132497U", "effectif")
    changee = lecture.table.assign(effectif=1)
    gardes = education._etats_gardes(cite.lectures["etablissements"], changee)
    assert ESTIMEE not in set(gardes["etat"])


def en_rep(cite, reglages):
    """La même cité, dont tous les établissements sont en REP."""
    lecture = cite.lectures["etablissements"]
    rep = dataclasses.replace(lecture, table=lecture.table.assign(ep="REP"))
    return dataclasses.replace(cite, reglages=reglages, lectures={"etablissements": rep})


def test_le_nom_du_quartier_des_colleges_est_la_commune_on_ne_le_lit_pas(fichier):
    """« Miramas » n'est pas un quartier."""
    table = officiels.lire(fichier(EP), "ep").table

    assert "nom_du_qp" not in table
    assert table["qp_a_proximite"].tolist() == ["QP013063", "QP013063"]


def test_rep0_veut_dire_rep_plus(fichier, miramas):
    """En 2023, « rep0 » vaut 1 et la cité dit REP+ : rien à signaler ; en 2024 il vaut 0 et « rep » 1."""
    plus_recent = education.lire_source(fichier(EFFECTIFS_CHAMPS), miramas, "effectifs")
    texte = "\n".join(EFFECTIFS_CHAMPS.splitlines()[:2])
    accord = education.lire_source(fichier(texte), miramas, "effectifs")

    assert any("REP dans ce fichier, REP+ dans la cité" in note for note in plus_recent.notes)
    assert not any("dans ce fichier" in note for note in accord.notes)


@pytest.mark.parametrize(
    ("texte", "uai", "effectif", "annee"),
    [
        (EFFECTIFS_CHAMPS, "0132327J", 470, "2024-2025"),
        (EFFECTIFS_2025, "0132327J", 465, "2025-2026"),
        (EFFECTIFS_ECOLES, "0132486G", 160, "2024-2025"),
    ],
)
def test_les_effectifs_les_plus_recents_mettent_a_jour_l_etablissement(fichier, miramas, texte, uai, effectif, annee):
    """La rentrée s'écrit 2024 ou 2025-09-01."""
    lu = etablissement(education.lire_source(fichier(texte), miramas, "effectifs"), uai)

    assert (lu["effectif"], lu["annee_scolaire"]) == (effectif, annee)


def test_le_code_postal_ecrit_a_la_place_du_code_insee_n_est_jamais_lu(fichier):
    """« 13140 » est le code postal de Miramas, dont le code Insee est 13063."""
    table = officiels.lire(fichier(EFFECTIFS_ECOLES), "effectifs").table

    assert not table.astype("str").eq("13140").any(axis=None)


def test_les_effectifs_d_une_academie_entiere_ne_disent_rien_de_l_education_prioritaire(fichier, miramas):
    """Les quatre départements d'Aix-Marseille : la cité, absente ou non, garde ses REP+."""
    ligne = EFFECTIFS_2025.splitlines()[1]
    ailleurs = [ligne.replace(";13;13140;0132327J", f";{code:02};;0{code:02}0001A") for code in (4, 5, 84)]
    apport = education.lire_source(fichier("\n".join([EFFECTIFS_2025.rstrip(), *ailleurs])), miramas, "effectifs")

    assert apport.lectures["etablissements"].table["ep"].tolist() == miramas.etablissements["ep"].tolist()


def test_un_effectif_plus_ancien_ne_remplace_pas_un_plus_recent(fichier, miramas):
    """La cité connaît 2022-2023 ; un fichier de 2019 n'y change rien."""
    texte = EFFECTIFS_CHAMPS.replace("\n2023;", "\n2019;").replace("\n2024;", "\n2020;")
    lu = etablissement(education.lire_source(fichier(texte), miramas, "effectifs"), "0132327J")

    assert (lu["effectif"], lu["annee_scolaire"]) == (443, "2022-2023")


def test_la_date_d_extraction_vient_de_la_fiche_du_telechargement(fichier, miramas):
    """À défaut, de la date du fichier."""
    chemin = fichier(IPS_2021)
    fichier(json.dumps({"date": "2026-10-05T08:00:00+00:00"}), f"{chemin.name}.json")
    lignes = valeurs_de(education.lire_source(chemin, miramas, "ips"))

    assert lignes["date_extraction"].dt.date.tolist() == [dt.date(2026, 10, 5)]


def test_les_lignes_ont_la_forme_de_leurs_tables_et_leur_ligne_d_origine(fichier, miramas):
    """Mêmes colonnes, mêmes types que le contrat ; Miramaris est à la ligne 2 du fichier."""
    for nom, lecture in education.lire_source(fichier(IPS_2022), miramas, "ips").lectures.items():
        assert lecture.table.dtypes.equals(PAR_NOM[nom].vide().dtypes), nom
        assert lecture.origine["ligne"].max() == 2


def test_un_fichier_sans_aucun_etablissement_de_la_cite_est_refuse(fichier, miramas):
    """Un code mal recopié ne doit pas donner une table vide."""
    with pytest.raises(ErreurParametre, match=r"aucun établissement de la cité.*0132327J"):
        education.lire_source(fichier(IPS_2022.replace("0132327J", "0750001A")), miramas, "ips")


ATTENDUS = {
    "ivac/ivac_2022-2024_libelles.csv": ("ivac", 20053),
    "ips_colleges/ips_colleges_2021-2022_champs_virgule.csv": ("ips", 6967),
    "ips_colleges/fr-en-ips-colleges-ap2022_2022-2023.csv": ("ips", 6973),
    "ips_colleges/EXEMPLE_fr-en-ips-colleges-ap2023_champs_ouest.csv": ("ips", 1017),
    "ips_ecoles/ips_ecoles_2021-2022_champs_virgule.csv": ("ips", 32091),
    "ips_ecoles/fr-en-ips-ecoles-ap2022_2022-2023.csv": ("ips", 30059),
    "education_prioritaire/fr-en-etablissements-ep.xlsx": ("ep", 8500),
    "education_prioritaire/fr-en-etablissements-ep_2022-2023.csv": ("ep", 8500),
    "dnb/EXEMPLE_dnb_nantes-bordeaux-limoges-poitiers_champs.csv": ("dnb", 1426),
    "dnb/EXEMPLE_dnb_nantes-bordeaux-limoges-poitiers_libelles.csv": ("dnb", 1426),
    "effectifs/EXEMPLE_35_fr-en-college-effectifs-niveau-sexe-lv_2019-.csv": ("effectifs", 374),
    "effectifs/EXEMPLE_35_fr-en-ecoles-effectifs-nb_classes_2022-.csv": ("effectifs", 2704),
    "effectifs/EXEMPLE_fr-en-ecoles-effectifs-nb_classes_champs_pays-de-la-loire_400.csv": ("effectifs", 400),
    "tables/aix-marseille_ivac_colleges_publics_2022-2024.csv": ("ivac", 619),
    "tables/aix-marseille_ivac_tous_secteurs_2022-2024.csv": ("ivac", 819),
    "tables/aix-marseille_ips_colleges_2021-2022.csv": ("ips", 561),
    "tables/aix-marseille_ips_ecoles_2021-2022.csv": ("ips", 2246),
    "tables/aix-marseille_education_prioritaire_2022-2023.csv": ("ep", 477),
}
"""Lignes gardées de chaque fichier : décomptes des fiches de provenance, doublon de l'éducation prioritaire écarté."""


@sans_les_fichiers
@pytest.mark.parametrize(("nom", "source", "lignes"), [(nom, *attendu) for nom, attendu in ATTENDUS.items()])
def test_chaque_fichier_public_a_les_lignes_de_sa_fiche(nom, source, lignes):
    """Toutes les époques, tous les formats ; aucun fichier du dossier n'est oublié."""
    assert officiels.reconnaitre(PUBLICS / nom) == source
    assert len(officiels.lire(PUBLICS / nom, source).table) == lignes


@sans_les_fichiers
def test_aucun_fichier_public_n_est_oublie():
    """Les extraits de Miramas sont vérifiés à part ; la table large est un croisement maison."""
    presents = {str(p.relative_to(PUBLICS)) for p in PUBLICS.rglob("*") if p.suffix in (".csv", ".xlsx")}
    ailleurs = {nom for nom in presents if "miramas_" in nom or nom.endswith("colleges_publics_comparaison.csv")}

    assert presents - ailleurs == set(ATTENDUS)


@sans_les_fichiers
def test_les_sessions_de_l_ivac_sont_celles_de_la_fiche():
    """6 622, 6 615 et 6 816 collèges ; 1 171 valeurs ajoutées manquantes."""
    table = officiels.lire(PUBLICS / "ivac" / "ivac_2022-2024_libelles.csv", "ivac").table

    assert table.groupby("debut").size().to_dict() == {2022: 6622, 2023: 6615, 2024: 6816}
    assert table["valeur_ajoutee"].isna().sum() == 1171


@sans_les_fichiers
def test_l_education_prioritaire_compte_les_colleges_de_la_fiche():
    """361 REP+, 732 REP (dont une annexe en double), 322 hors EP ; le classeur et sa conversion se valent."""
    dossier = PUBLICS / "education_prioritaire"
    classeur = officiels.lire(dossier / "fr-en-etablissements-ep.xlsx", "ep").table
    table = officiels.lire(dossier / "fr-en-etablissements-ep_2022-2023.csv", "ep").table
    with (dossier / "fr-en-etablissements-ep_2022-2023.csv").open(encoding="utf-8") as flux:
        colleges = {li["uai"] for li in csv.DictReader(flux, delimiter=";") if li["type_etablissement"] == "Collège"}

    pd.testing.assert_frame_equal(classeur, table)
    comptes = table.loc[table["uai"].isin(colleges), "ep"].value_counts()
    assert comptes.to_dict() == {"REP": 732 - 1, "REP+": 361, "hors EP": 322}


MIRAMAS_ATTENDU = {
    "miramas_ivac_2022-2024.csv": (
        "ivac",
        9,
        ["ivac/ivac_2022-2024_libelles.csv"],
        {"Session": "session", "Nb candidats G": "nb_candidats", "VA du taux de réussite G": "valeur_ajoutee"},
        {
            "Taux de réussite G": "taux_reussite",
            "Taux d'accès 6eme 3eme": "taux_acces",
            "Part présents 3eme ordinaire total": "part_presents",
        },
    ),
    "miramas_ips_colleges_2021-2022.csv": (
        "ips",
        6,
        [nom for nom in list(ATTENDUS)[1:3]],
        {"rentree_scolaire": "rentree", "ips": "ips", "effectifs": "effectif", "nom_de_l_etablissment": "nom"},
        {},
    ),
    "miramas_ips_ecoles_2021-2022.csv": (
        "ips",
        24,
        [nom for nom in list(ATTENDUS)[4:6]],
        {"rentree_scolaire": "rentree", "ips": "ips", "effectifs": "effectif", "nom_de_l_etablissment": "nom"},
        {},
    ),
    "miramas_education_prioritaire_2022-2023.csv": (
        "ep",
        8,
        ["education_prioritaire/fr-en-etablissements-ep.xlsx"],
        {"nom_etablissement": "nom", "qp_a_proximite": "qp_a_proximite", "nombre_d_eleves": "effectif"},
        {},
    ),
}
"""Par extrait : source, lignes, fichiers entiers, colonnes gardées telles quelles, colonnes ramenées de 100 à 1."""


@sans_les_fichiers
@pytest.mark.parametrize("extrait", MIRAMAS_ATTENDU)
def test_les_lignes_de_miramas_sont_celles_des_extraits(extrait):
    """Cellule par cellule, entre l'extrait lu comme du texte et le fichier entier."""
    source, n_lignes, noms, telles, parts = MIRAMAS_ATTENDU[extrait]
    lues = pd.concat([officiels.lire(PUBLICS / nom, source).table for nom in noms])
    lues = lues.set_index(lues["uai"] + " " + lues["rentree"].str[:4])
    with (PUBLICS / "tables" / extrait).open(encoding="utf-8") as flux:
        attendues = list(csv.DictReader(flux, delimiter=";"))

    assert len(attendues) == n_lignes
    for attendue in attendues:
        uai = attendue.get("uai") or attendue["UAI"]
        annee = attendue.get("Session") or attendue.get("rentree_scolaire", "2022")[:4]
        lue = lues.loc[f"{uai} {annee}"]
        for titre, nom in (telles | parts).items():
            if not attendue[titre]:
                assert pd.isna(lue[nom]), (uai, titre)
            elif isinstance(lue[nom], str):
                assert lue[nom] == attendue[titre], (uai, titre)
            else:
                echelle = 100 if titre in parts else 1
                assert lue[nom] == pytest.approx(float(attendue[titre]) / echelle), (uai, titre)
        if source == "ep":
            assert lue["ep"] == attendue["ep_2022_2023"].replace("HORS", "hors")


@pytest.mark.parametrize("texte", [texte for textes in PETITS.values() for texte in textes])
def test_un_en_tete_sans_ligne_n_apporte_rien_et_se_refuse(fichier, miramas, texte):
    """Un filtre qui ne trouve personne : l'API rend l'en-tête seul."""
    source = next(nom for nom, textes in PETITS.items() if texte in textes)
    with pytest.raises(ErreurParametre, match="aucun établissement de la cité"):
        education.lire_source(fichier(texte.splitlines()[0]), miramas, source)


def test_une_ligne_decalee_est_refusee_plutot_que_lue_de_travers(fichier):
    """Un point-virgule de trop dans un nom déplacerait toutes les valeurs qui suivent."""
    with pytest.raises(ErreurParametre, match="ligne 2 : plus de cellules que de titres"):
        officiels.lire(fichier(IPS_2022.replace("COLLEGE MIRAMARIS", "COLLEGE;MIRAMARIS")), "ips")
