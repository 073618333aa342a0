"""Lire un fichier : les bons se lisent comme il faut, les mauvais se refusent d'une phrase, sans trace ni casse."""

import csv
import datetime as dt
import os
import struct
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from fuzz_lecture import essayer, tirer, xls

from citelib.chargement import fichiers
from citelib.chargement.fichiers import en_texte, lire_fichier
from citelib.contrats.cellules import lire_cellule
from citelib.erreurs import ErreurDonnees
from citelib.tables import PAR_NOM

MIME_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def refus(chemin):
    """Le problème, unique, qui fait refuser un fichier."""
    with pytest.raises(ErreurDonnees) as levee:
        lire_fichier(chemin)
    (probleme,) = levee.value.problemes
    assert probleme.gravite == "erreur" and probleme.fichier == chemin.name
    assert probleme.message.startswith("fichier illisible") and probleme.remede
    return probleme


def textes(chemin):
    """Les textes de l'unique feuille d'un fichier."""
    (feuille,) = lire_fichier(chemin)
    return [cellules for _, cellules in feuille.lignes]


def ecrire(chemin, contenu, encodage="utf-8"):
    """Le chemin, où l'on vient d'écrire un texte ou des octets."""
    chemin.write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode(encodage))
    return chemin


def archive(chemin, **membres):
    """Une archive compressée de ces membres ; un nom de membre s'écrit sans suffixe .xml."""
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as sortie:
        for nom, contenu in membres.items():
            sortie.writestr(nom.replace("__", "/") + ("" if nom == "mimetype" else ".xml"), contenu)
    return chemin


def ods(chemin, tableau, manifeste=b"<manifest:manifest/>"):
    """Un classeur LibreOffice réduit à ce tableau."""
    contenu = f'<office:spreadsheet><table:table table:name="F">{tableau}</table:table></office:spreadsheet>'
    return archive(chemin, mimetype=MIME_ODS, content=contenu, **{"META-INF__manifest": manifeste})


def xlsx(chemin, **cellules):
    """Un classeur Excel où seules ces cellules sont remplies."""
    classeur = openpyxl.Workbook()
    for place, valeur in cellules.items():
        classeur.active[place] = valeur
    classeur.save(chemin)
    return chemin


# --- Ce que le suffixe annonce et ce que le fichier contient ---


@pytest.mark.parametrize(
    ("nom", "contenu", "dit"),
    [
        ("a.csv", b"", "il est vide"),
        ("a.xlsx", b"  \n", "il est vide"),
        ("a.xlsx", b"code;nb\n1;2\n", "un texte, sans doute un CSV renommé"),
        ("a.xls", b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>", "page web"),
        ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "page web"),
        ("a.csv", b"<!DOCTYPE html><html></html>", "page web"),
        ("a.csv", b"PK\x03\x04" + bytes(60), "un classeur ou une archive"),
        ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(600), "un classeur ou une archive"),
        ("a.csv", b"%PDF-1.7\n1 0 obj", "des données binaires"),
        ("a.csv", b"code;nb\n1;\x00\n", "des données binaires"),
        ("a.xlsx", bytes(range(256)), "des données binaires"),
        ("a.xlsx", b"PK\x03\x04" + bytes(200), "classeur abîmé"),
        ("a.ods", b"PK\x05\x06" + bytes(18), "archive qui n'est pas un classeur"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "classeur abîmé"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "mot de passe"),
    ],
)
def test_un_contenu_qui_dement_son_suffixe_est_nomme(tmp_path, nom, contenu, dit):
    """Le message dit ce que le fichier est vraiment, le remède quoi en faire."""
    assert dit in refus(ecrire(tmp_path / nom, contenu)).message


def test_un_dossier_nomme_comme_un_csv(tmp_path):
    """Un dossier n'est pas un fichier."""
    (tmp_path / "actions.csv").mkdir()

    assert "un dossier" in refus(tmp_path / "actions.csv").message


def test_un_fichier_absent(tmp_path):
    """Le message le dit en français."""
    assert refus(tmp_path / "actions.csv").message.endswith("fichier introuvable")


@pytest.mark.skipif(sys.platform == "win32", reason="pas de tubes ni de liens sans droits sous Windows")
def test_un_tube_ou_un_lien_en_boucle_n_attend_pas(tmp_path):
    """Ouvrir un tube attendrait pour toujours que quelqu'un y écrive."""
    os.mkfifo(tmp_path / "tube.csv")
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")

    assert "un dossier ou un périphérique" in refus(tmp_path / "tube.csv").message
    assert "un lien qui revient sur lui-même" in refus(tmp_path / "a.csv").message


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="l'administrateur a tous les droits")
def test_un_fichier_interdit_de_lecture(tmp_path):
    """Le remède parle des droits."""
    chemin = ecrire(tmp_path / "a.csv", "code\n1\n")
    chemin.chmod(0)

    assert "droits" in refus(chemin).remede


def test_un_refus_du_systeme_est_dit_en_francais(tmp_path, monkeypatch):
    """Même si le test tourne avec tous les droits."""
    chemin = ecrire(tmp_path / "a.csv", "code\n1\n")
    monkeypatch.setattr("pathlib.Path.open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))

    assert "le système en interdit la lecture" in refus(chemin).message


# --- Les tailles ---


def test_un_fichier_trop_gros_n_est_pas_ouvert(tmp_path, monkeypatch):
    """Un fichier creux d'un téraoctet ne prend pas de place, et ne doit pas en prendre en mémoire."""
    chemin = tmp_path / "a.csv"
    with chemin.open("wb") as flux:
        flux.truncate(2**40)
    monkeypatch.setattr("pathlib.Path.open", lambda *_: pytest.fail("ouvert"))

    assert "1048576 Mo, au plus 100" in refus(chemin).message


def test_la_taille_acceptee_se_compte_a_l_octet(tmp_path, monkeypatch):
    """La limite comprise se lit ; un octet de plus est refusé."""
    chemin = ecrire(tmp_path / "a.csv", "code;nb\n" + "1;2\n" * 10)

    monkeypatch.setattr(fichiers, "TAILLE_MAX", 48)
    assert len(lire_fichier(chemin)[0].lignes) == 11
    monkeypatch.setattr(fichiers, "TAILLE_MAX", 47)
    with pytest.raises(ErreurDonnees, match="Mo, au plus"):
        lire_fichier(chemin)


def test_un_million_de_colonnes(tmp_path):
    """Excel en montre 16 384."""
    assert "plus de 16384 colonnes" in refus(ecrire(tmp_path / "a.csv", ";".join(["x"] * 1_000_000))).message


def test_une_ligne_de_cinquante_millions_de_separateurs(tmp_path):
    """Elle est comptée avant d'être découpée : le découpage prendrait un gigaoctet."""
    assert "10000000 cellules" in refus(ecrire(tmp_path / "a.csv", b"a;b" + b";" * 50_000_000)).message


def test_des_millions_de_lignes_vides(tmp_path):
    """Chaque ligne, même vide, prend de la place."""
    assert "1048576 lignes" in refus(ecrire(tmp_path / "a.csv", b"a;b\n" + b"\n" * 5_000_000)).message


def test_une_cellule_enorme(tmp_path, monkeypatch):
    """Refusée même si un autre programme a levé la limite du module csv, que l'on n'a pas touchée."""
    ancienne = csv.field_size_limit()
    chemin = ecrire(tmp_path / "a.csv", "code;note\n1;" + "x" * 200_000)

    assert refus(chemin).ligne == 2
    assert csv.field_size_limit() == ancienne == fichiers.CELLULE_MAX
    try:
        csv.field_size_limit(2**30)
        assert "131072 caractères dans une cellule" in refus(chemin).message
    finally:
        csv.field_size_limit(ancienne)


# --- Les classeurs piégés ---


def test_une_bombe_zip(tmp_path):
    """Un mégaoctet qui en vaut mille : refusé à ce qu'il annonce."""
    chemin = tmp_path / "a.xlsx"
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as sortie:
        sortie.writestr("[Content_Types].xml", bytes(200 * 2**20))

    assert "archive piégée ou démesurée (200 Mo" in refus(chemin).message


def test_une_bombe_zip_qui_ment_sur_sa_taille(tmp_path):
    """Elle annonce dix octets et en contient cinquante millions : on ne décompresse que ce qui est annoncé."""
    bombe = archive(tmp_path / "a.ods", mimetype=MIME_ODS, content=b"<a>" + bytes(50_000_000))
    octets = bombe.read_bytes()
    vraie = struct.pack("<L", 50_000_003)
    ecrire(bombe, octets.replace(vraie, struct.pack("<L", 10)))

    assert "classeur abîmé" in refus(bombe).message


def test_des_archives_emboitees(tmp_path):
    """Une archive dans une archive n'est pas un classeur."""
    dedans = archive(tmp_path / "dedans.zip", a=b"1").read_bytes()

    assert "archive qui n'est pas un classeur" in refus(archive(tmp_path / "a.xlsx", dedans=dedans)).message


def test_une_cellule_a_l_autre_bout_de_la_feuille(tmp_path):
    """XFD1048576 est la dernière cellule d'Excel : 17 milliards de cases à réserver pour une valeur égarée."""
    probleme = refus(xlsx(tmp_path / "a.xlsx", A1="code", XFD1048576="x"))

    assert f"feuille démesurée : {16384 * 1048576} cases" in probleme.message
    assert "Ctrl+Fin" in probleme.remede


def test_une_mise_en_forme_loin_du_tableau_ne_gene_pas(tmp_path):
    """Une couleur posée à l'autre bout ne remplit aucune case."""
    classeur = openpyxl.load_workbook(xlsx(tmp_path / "a.xlsx", A1="code"))
    classeur.active["XFD1048576"].fill = openpyxl.styles.PatternFill("solid", "FF0000")
    classeur.save(tmp_path / "a.xlsx")

    assert textes(tmp_path / "a.xlsx") == [["code"]]


VIDE_ODS = '<table:table-cell table:number-columns-repeated="16384"/>'
TEXTE_ODS = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
REPETEE_ODS = TEXTE_ODS.replace(" office", ' table:number-columns-repeated="16384" office', 1)


def test_les_repetitions_vides_de_libreoffice_se_lisent(tmp_path):
    """LibreOffice finit chaque feuille par un million de lignes vides de seize mille cellules."""
    tableau = (
        f"<table:table-row>{TEXTE_ODS}{VIDE_ODS}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048575">{VIDE_ODS}</table:table-row>'
    )

    assert textes(ods(tmp_path / "a.ods", tableau)) == [["x"]]


@pytest.mark.parametrize(
    "tableau",
    [
        # Une valeur au bout d'une ligne vide, une autre au bout d'une colonne vide.
        f"<table:table-row>{VIDE_ODS}{TEXTE_ODS}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048574">{VIDE_ODS}</table:table-row>'
        f"<table:table-row>{TEXTE_ODS}</table:table-row>",
        # Une ligne pleine répétée un million de fois.
        f'<table:table-row table:number-rows-repeated="1048576">{TEXTE_ODS * 20}</table:table-row>',
        # Une cellule pleine répétée sur toute la largeur, mille fois.
        f"<table:table-row>{REPETEE_ODS}</table:table-row>" * 1000,
    ],
)
def test_les_repetitions_pleines_sont_comptees(tmp_path, tableau):
    """Quelques octets y valent des milliards de cellules."""
    assert "feuille démesurée" in refus(ods(tmp_path / "a.ods", tableau)).message


def test_un_milliard_d_espaces_repetees(tmp_path):
    """LibreOffice écrit plusieurs espaces par leur nombre."""
    cellule = '<table:table-cell office:value-type="string"><text:p><text:s text:c="1000000000"/></text:p>'
    tableau = f"<table:table-row>{cellule}</table:table-cell></table:table-row>"

    assert "un million de caractères" in refus(ods(tmp_path / "a.ods", tableau)).message


def test_un_classeur_libreoffice_chiffre(tmp_path):
    """Son manifeste le dit."""
    manifeste = b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"

    assert "mot de passe" in refus(ods(tmp_path / "a.ods", "", manifeste)).message


def test_une_archive_chiffree(tmp_path):
    """Le drapeau de chiffrement d'une archive zip est son premier bit."""
    chemin = xlsx(tmp_path / "a.xlsx", A1="code")
    octets = bytearray(chemin.read_bytes())
    for signature, decalage in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = octets.find(signature)
        while place >= 0:
            octets[place + decalage] |= 1
            place = octets.find(signature, place + 4)

    assert "mot de passe" in refus(ecrire(chemin, bytes(octets))).message


@pytest.mark.parametrize("garde", [0.2, 0.5, 0.9, 0.99])
def test_un_classeur_tronque(tmp_path, garde):
    """Un téléchargement interrompu."""
    octets = xlsx(tmp_path / "a.xlsx", A1="code").read_bytes()

    assert "abîmé" in refus(ecrire(tmp_path / "a.xlsx", octets[: int(len(octets) * garde)])).message


def test_un_lecteur_qui_meurt_n_emporte_personne(tmp_path, monkeypatch):
    """Faute de mémoire, la bibliothèque arrête son processus sans exception : ce n'est pas le nôtre."""
    mort = subprocess.CompletedProcess([], -6, b"", b"memory allocation failed")
    monkeypatch.setattr("subprocess.Popen.communicate", lambda *_, **__: (mort.stdout, mort.stderr))
    monkeypatch.setattr("subprocess.Popen.poll", lambda *_: -6)

    assert "classeur abîmé" in refus(xlsx(tmp_path / "a.xlsx", A1="code")).message


def test_un_xls_qui_demande_toute_la_memoire_est_refuse(tmp_path):
    """L'ancien format n'est pas contrôlé avant : le processus à part, borné, échoue seul."""
    chemin = ecrire(tmp_path / "a.xls", xls([(0, 0, "code"), (65535, 65535, "x")]))

    assert "classeur abîmé" in refus(chemin).message


def test_un_xls_se_lit(tmp_path):
    """L'ancien format d'Excel sort encore des logiciels des établissements."""
    assert textes(ecrire(tmp_path / "a.xls", xls([(0, 0, "code"), (1, 1, "é")]))) == [["code", ""], ["", "é"]]


def test_un_xls_protege(tmp_path):
    """L'enregistrement FILEPASS suit alors le premier (MS-XLS, 2.1.7.20.1)."""
    octets = xls([(0, 0, "code")])
    debut = octets.index(b"\x09\x08\x10\x00") + 20

    protege = ecrire(tmp_path / "a.xls", octets[:debut] + b"\x2f\x00\x06\x00" + bytes(6) + octets[debut:-10])
    assert "mot de passe" in refus(protege).message


def test_une_feuille_de_graphique_n_a_pas_de_cellules(tmp_path):
    """Excel en fait une feuille à part entière."""
    classeur = openpyxl.load_workbook(xlsx(tmp_path / "a.xlsx", A1="code"))
    classeur.create_chartsheet("Graphique").add_chart(openpyxl.chart.BarChart())
    classeur.save(tmp_path / "a.xlsx")

    assert [feuille.nom for feuille in lire_fichier(tmp_path / "a.xlsx")] == ["Sheet"]


def test_un_classeur_au_mauvais_suffixe_de_classeur_se_lit(tmp_path):
    """Un .xlsx nommé .xls : Excel le lit après un avertissement."""
    assert textes(xlsx(tmp_path / "a.xlsx", A1="code").rename(tmp_path / "a.xls")) == [["code"]]


# --- Les encodages ---


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "iso8859-15", "utf-16"])
def test_les_encodages_des_bureaux_se_lisent(tmp_path, encodage):
    """« Texte Unicode » d'Excel est de l'UTF-16 à tabulations ; l'ISO-8859-15 a inventé l'euro à la place de ¤."""
    attendus = [["montant", "thème"], ["1 200 €", "cœur de l'été"]]
    chemin = ecrire(tmp_path / "a.csv", "montant\tthème\r\n1 200 €\tcœur de l'été\r\n", encodage)

    assert textes(chemin) == attendus


def test_l_apostrophe_courbe_dit_windows_1252(tmp_path):
    """Son octet n'existe pas en ISO-8859-15 : un ¤ à côté en est bien un."""
    chemin = ecrire(tmp_path / "a.csv", "unité;note\n¤;l’été\n", "cp1252")

    assert textes(chemin) == [["unité", "note"], ["¤", "l’été"]]


@pytest.mark.parametrize(
    "contenu",
    [
        "code;note\nA;été\n".encode() + "B;hôtel\n".encode("cp1252"),  # deux fichiers collés bout à bout
        b"code;note\nA;ok\nB;\x81\x8d\n",  # des octets que Windows-1252 n'a pas
    ],
)
def test_un_caractere_indechiffrable_est_situe(tmp_path, contenu):
    """Deviner donnerait « Ã© » partout ; on dit la ligne."""
    probleme = refus(ecrire(tmp_path / "a.csv", contenu))

    assert (probleme.ligne, probleme.message) == (3, "fichier illisible : un caractère est indéchiffrable")


# --- Le séparateur et les guillemets ---


@pytest.mark.parametrize(
    ("contenu", "attendus"),
    [
        (
            '"Nom, prénom, âge";Ville\n"Un, deux, 3";Miramas\n',
            [["Nom, prénom, âge", "Ville"], ["Un, deux, 3", "Miramas"]],
        ),
        ("Nom, prénom, âge;Ville\n", [["Nom, prénom, âge", "Ville"]]),
        ("code;montant\nA;1,5\nB;2,5\nC;3,5\n", [["code", "montant"], ["A", "1,5"], ["B", "2,5"], ["C", "3,5"]]),
        ("code,axes\nA,A1;A2\nB,A1;A3\n", [["code", "axes"], ["A", "A1;A2"], ["B", "A1;A3"]]),
        ("Suivi 2024\n\ncode,nb\nA,1\nB,2\n", [["Suivi 2024"], [], ["code", "nb"], ["A", "1"], ["B", "2"]]),
        ("Avis\nOui, bien\nNon, hélas\n", [["Avis"], ["Oui, bien"], ["Non, hélas"]]),
        ("code\n1\n2\n", [["code"], ["1"], ["2"]]),
        ("a, b\n1, 2\n", [["a", " b"], ["1", " 2"]]),
    ],
)
def test_le_separateur_se_reconnait_a_sa_regularite(tmp_path, contenu, attendus):
    """Une virgule de phrase, de décimale ou entre guillemets ne sépare rien."""
    assert textes(ecrire(tmp_path / "a.csv", contenu)) == attendus


@pytest.mark.parametrize("declaration", ["sep=|", "SEP=|", '"sep=|"'])
def test_la_ligne_sep_d_excel_est_suivie_et_sautee(tmp_path, declaration):
    """Les numéros de ligne restent ceux du fichier."""
    (feuille,) = lire_fichier(ecrire(tmp_path / "a.csv", f"\ufeff{declaration}\r\ncode|note\r\nA|b;c;d\r\n"))

    assert feuille.lignes == [(2, ["code", "note"]), (3, ["A", "b;c;d"])]


@pytest.mark.parametrize(
    ("contenu", "ligne"),
    [
        ('code;note\nA;"jamais fermé\nB;b\nC;c\n', 2),
        ('code;note\nA;a\nB;"dernière', 3),
        ('code;note;nb\nA;"ouvert;1\nB;b;2\nC;c;3\nD;fermé loin";4\n', 2),
        ('code;note\nA;"Maison" des jeunes\n', 2),
        ('code;note\nA;"x" ;"y;z"\n', 2),
    ],
)
def test_un_guillemet_seul_n_avale_pas_la_suite(tmp_path, contenu, ligne):
    """Il est dit à la ligne où il s'ouvre, au lieu d'une cellule qui contient le reste du fichier."""
    probleme = refus(ecrire(tmp_path / "a.csv", contenu))

    assert probleme.ligne == ligne and "guillemet" in probleme.message


def test_un_guillemet_n_avale_pas_la_fin_d_une_ligne_et_le_debut_de_la_suivante(tmp_path):
    """Deux lignes lues comme une seule : la seconde serait perdue sans un mot."""
    chemin = ecrire(tmp_path / "a.csv", 'a;b;c;d\n1;2;"x;y\n3;4;z";w\n5;6;7;8\n')

    assert refus(chemin).ligne == 2


def test_une_balise_de_mille_attributs_n_attend_pas(tmp_path):
    """Un million d'octets d'attributs répétés se parcourent une fois, pas une fois par attribut."""
    feuille = b"<sheetData><row><c " + b'r="A1" ' * 150_000 + b"/></row></sheetData>"

    refus(archive(tmp_path / "a.xlsx", **{"[Content_Types]": b"<Types/>", "xl__worksheets__sheet1": feuille}))


def test_des_fusions_qui_se_recouvrent_n_attendent_pas(tmp_path):
    """Deux mille fois la même colonne de dix mille lignes, ce qu'aucun tableur n'écrit."""
    fusions = b'<mergeCell ref="A1:A10000"/>' * 2000
    classeur = openpyxl.Workbook()
    classeur.active["A1"], classeur.active["A10000"] = "a", "b"
    classeur.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source:
        membres = {nom: source.read(nom) for nom in source.namelist()}
    feuille = "xl/worksheets/sheet1.xml"
    fin = b"</sheetData>"
    membres[feuille] = membres[feuille].replace(fin, fin + b"<mergeCells>" + fusions + b"</mergeCells>")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as sortie:
        for nom, contenu in membres.items():
            sortie.writestr(nom, contenu)

    assert "fusionnées" in refus(tmp_path / "a.xlsx").message


def test_un_texte_sur_plusieurs_lignes_n_est_pas_un_guillemet_oublie(tmp_path):
    """Ses virgules sont suivies d'une espace, celles d'un tableau non ; un guillemet au milieu d'un mot se garde."""
    contenu = 'code,note,nb\nA,"Un,\nun, deux, trois\nfin",1\nB,écran 15",2\n'

    assert textes(ecrire(tmp_path / "a.csv", contenu))[1:] == [
        ["A", "Un,\nun, deux, trois\nfin", "1"],
        ["B", 'écran 15"', "2"],
    ]


# --- Les valeurs ---


@pytest.mark.parametrize(
    ("nombre", "attendu"), [(1e-5, "0,00001"), (1e20, "100000000000000000000"), (0.1, "0,1"), (-2.0, "-2")]
)
def test_un_nombre_s_ecrit_sans_puissance_de_dix(nombre, attendu):
    """« 1e-05 » ne se lit pas comme un nombre français."""
    assert en_texte(nombre) == attendu


def test_l_heure_d_une_date_n_est_pas_perdue(tmp_path):
    """L'horodatage d'une enquête."""
    chemin = xlsx(tmp_path / "a.xlsx", A1=dt.datetime(2024, 9, 1, 10, 30), B1=dt.datetime(2024, 9, 1))
    assert textes(chemin) == [["01/09/2024 10:30:00", "01/09/2024"]]


# --- Le hasard ---


@pytest.mark.parametrize("graine", range(300))
def test_n_importe_quels_octets_donnent_une_table_ou_une_erreur_prevue(tmp_path, graine):
    """La même épreuve que `python tests/fuzz_lecture.py`, sur quelques centaines de fichiers, par les deux chemins."""
    nom, octets = tirer(graine)
    chemin = ecrire(tmp_path / nom, octets)

    assert {essayer(chemin), essayer(chemin, seuil=0)} <= {"table", "refus"}


def test_une_formule_en_erreur_n_est_pas_une_cellule_vide(tmp_path):
    """Excel garde « #N/A » à la place d'un nombre qu'il n'a pas pu calculer ; une somme le compterait pour rien."""
    classeur = openpyxl.Workbook()
    classeur.active.title = "ateliers"
    classeur.active.append(["participants_plus_de", "theme"])
    classeur.active.append(["#N/A", "Faire cité"])
    classeur.active["A2"].data_type = "e"
    classeur.save(tmp_path / "ateliers.xlsx")
    (feuille,) = lire_fichier(tmp_path / "ateliers.xlsx")
    valeur, etat, refus = lire_cellule(feuille.lignes[1][1][0], PAR_NOM["ateliers"].colonne("participants_plus_de"))

    assert feuille.lignes[1][1] == ["#N/A", "Faire cité"]
    assert (valeur, etat) == (None, None)
    assert "formule" in refus.remede


def test_une_formule_en_erreur_refuse_le_classeur_libreoffice(tmp_path):
    """Sa cellule serait lue vide, sans que l'on sache laquelle : le classeur entier est refusé."""
    contenu = '<table:table-cell calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    espaces = " ".join(f'xmlns:{nom}="urn:{nom}"' for nom in ("office", "table", "text", "calcext"))
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", f"<office:document-content {espaces}>{contenu}</office:document-content>")
    with pytest.raises(ErreurDonnees, match="formule du classeur est en erreur"):
        lire_fichier(tmp_path / "a.ods")
