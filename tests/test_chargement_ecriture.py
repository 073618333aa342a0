"""Écrire une table : ce qui est écrit se relit à l'identique, ne se calcule pas, et ne détruit rien."""

import csv
import datetime as dt
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from ecrivain import ecrire
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import lectures, textes

from citelib.chargement.ecriture import ecrire_table, en_octets, en_textes, neutraliser, poser_texte
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import lire_fichier, sans_apostrophe
from citelib.contrats import Colonne, Table
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.typage import typer
from citelib.erreurs import ErreurParametre
from citelib.tables import TABLES

NOTES = Table(
    "notes",
    "Notes",
    "note",
    ("code",),
    (
        Colonne("code", "texte", "Code", "007", obligatoire=True),
        Colonne("texte", "texte", "Texte", "rien"),
        Colonne("nb", "entier", "Nombre", "12"),
        Colonne("montant", "nombre", "Montant", "3,5"),
        Colonne("jour", "date", "Jour", "01/09/2024"),
        Colonne("vu", "booleen", "Vu", "oui"),
        Colonne("axes", "liste", "Axes", "A1|A2"),
    ),
)
ENCODAGES = ("utf-8", "utf-8-sig", "cp1252")


def relire(table, chemin):
    """La lecture d'un fichier d'une feuille, et les problèmes de son en-tête."""
    (feuille,) = lire_fichier(chemin)
    brut, origine, problemes = rapprocher(table, feuille)
    lecture = typer(table, brut, origine)
    return lecture, problemes + lecture.problemes


def normalisee(donnees):
    """La table, ses blancs réduits comme la lecture les réduit."""
    textes = donnees.select_dtypes("str").columns
    return donnees.assign(**{nom: donnees[nom].map(sans_blancs, na_action="ignore").astype("str") for nom in textes})


def notes(**colonnes):
    """Une table `notes` ; ce qui n'est pas donné est vide."""
    vide = NOTES.vide()
    lignes = len(next(iter(colonnes.values())))
    return pd.DataFrame(
        {
            nom: pd.Series(colonnes.get(nom, [() if nom == "axes" else None] * lignes), dtype=vide[nom].dtype)
            for nom in NOTES.noms
        }
    )


@pytest.mark.parametrize(("suffixe", "tirages"), [(".csv", 30), (".xlsx", 20), (".ods", 20)])
def test_ce_qui_est_ecrit_se_relit(tmp_path, suffixe, tirages):
    """Chaque table du contrat, valeurs et états compris, dans chaque format, encodage et séparateur."""
    chemin = tmp_path / f"relue{suffixe}"

    @settings(
        deadline=None,
        derandomize=True,
        max_examples=tirages,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],  # une machine chargée ne fait pas une faute
    )
    @given(st.data())
    def loi(tirage):
        encodage = tirage.draw(st.sampled_from(ENCODAGES if suffixe == ".csv" else ["utf-8"]))
        table = tirage.draw(st.sampled_from(TABLES))
        donnees, etats = tirage.draw(lectures(table, encodage))

        separateur = tirage.draw(st.sampled_from(";,\t"))
        ecrire(table, donnees, chemin, etats=etats, encodage=encodage, separateur=separateur)
        lecture, problemes = relire(table, chemin)

        assert [str(probleme) for probleme in problemes] == []
        pd.testing.assert_frame_equal(lecture.table, normalisee(donnees))
        assert set(lecture.etats.itertuples(index=False, name=None)) == set(etats.itertuples(index=False, name=None))

    loi()


@settings(deadline=None, derandomize=True, max_examples=300)
@given(texte=textes())
def test_l_apostrophe_posee_est_celle_qui_est_retiree(texte):
    """Neutraliser ne laisse rien qu'un tableur calcule, et se défait exactement."""
    neutre = neutraliser(texte)

    assert sans_apostrophe(neutre) == texte
    assert neutre.lstrip()[0] not in "=+-@" or re.fullmatch(r"-[\d,]+", neutre)


@pytest.mark.parametrize("texte", ["=1+1", "+33 6", "-5 euros", "@SOMME(A1)", "\t=1+1", "=HYPERLINK(0)", "'=1"])
def test_un_texte_qui_commence_une_formule_n_en_devient_pas_une(tmp_path, texte):
    """En CSV une apostrophe le précède ; en Excel c'est une cellule de texte marquée comme telle."""
    ecrire_table(NOTES, notes(code=["1"], texte=[texte]), tmp_path / "notes.csv")
    cellule = openpyxl.Workbook().active["B2"]
    poser_texte(cellule, texte)

    (ligne,) = list(csv.DictReader(io.StringIO((tmp_path / "notes.csv").read_text("utf-8-sig")), delimiter=";"))
    assert ligne["texte"] == "'" + texte
    assert (cellule.data_type, cellule.quotePrefix) == ("s", True)


def test_un_nombre_negatif_reste_un_nombre(tmp_path):
    """Son signe n'est pas le début d'une formule : un tableur doit pouvoir le sommer, même déjà écrit en texte."""
    for montant in (pd.Series([-3.5]), pd.Series(["-3,5"])):
        ecrire_table(NOTES, notes(code=["1"]).assign(montant=montant), tmp_path / "notes.csv")

        assert (tmp_path / "notes.csv").read_text("utf-8-sig").splitlines()[1] == "1;;;-3,5;;;"


def test_les_etats_s_ecrivent_comme_on_les_lit():
    """« ≈30 », « NC », « sans objet » et le vide restent quatre choses."""
    donnees = notes(code=["a", "b", "c", "d"], nb=[30, None, None, None])
    etats = [(0, "nb", "estimee"), (1, "nb", "non_collectee"), (2, "nb", "non_concernee"), (3, "nb", "vide")]
    etats = pd.DataFrame(etats, columns=["ligne", "colonne", "etat"])

    assert en_textes(NOTES, donnees, etats)["nb"].tolist() == ["≈30", "NC", "sans objet", ""]


@pytest.mark.parametrize("caractere", ["\x00", "\x07", "\ufffe"])
def test_un_caractere_de_commande_est_refuse(tmp_path, caractere):
    """Aucun tableur ne le relirait ; le fichier déjà là reste ce qu'il était."""
    (tmp_path / "notes.csv").write_text("ancien")
    donnees = notes(code=["1"]).astype({"texte": "object"})  # pyarrow n'accepte pas un demi-caractère
    donnees["texte"] = pd.Series([f"a{caractere}b"], dtype="object")
    with pytest.raises(ErreurParametre, match=rf"U\+{ord(caractere):04X}"):
        ecrire_table(NOTES, donnees, tmp_path / "notes.csv")

    assert [(c.name, c.read_text()) for c in tmp_path.iterdir()] == [("notes.csv", "ancien")]


def test_le_refus_d_un_caractere_ne_montre_pas_le_texte(tmp_path):
    """Il peut contenir un nom."""
    with pytest.raises(ErreurParametre) as levee:
        ecrire_table(NOTES, notes(code=["1"], texte=["Mme Martin\x07"]), tmp_path / "notes.csv")
    assert "Martin" not in str(levee.value)


def test_un_texte_trop_long_pour_excel_n_est_pas_coupe(tmp_path):
    """Excel s'arrête à 32 767 caractères ; un CSV non."""
    donnees = notes(code=["1"], texte=["x" * 32_768])

    with pytest.raises(ErreurParametre, match="32767"):
        poser_texte(openpyxl.Workbook().active["A1"], "x" * 32_768)
    ecrire_table(NOTES, donnees, tmp_path / "notes.csv")
    assert "x" * 32_768 in (tmp_path / "notes.csv").read_text("utf-8")


def test_une_ecriture_qui_echoue_ne_perd_pas_l_ancien_fichier(tmp_path, monkeypatch):
    """Le disque est plein au dernier moment : l'ancien est intact, le brouillon effacé."""
    chemin = tmp_path / "notes.csv"
    chemin.write_text("ancien")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "plein")))

    with pytest.raises(ErreurParametre, match=r"notes\.csv ne s'écrit pas"):
        ecrire_table(NOTES, notes(code=["1"]), chemin)

    assert (chemin.read_text(), [c.name for c in tmp_path.iterdir()]) == ("ancien", ["notes.csv"])


def test_les_droits_du_fichier_remplace_sont_gardes(tmp_path):
    """Un fichier partagé avec un service le reste."""
    chemin = tmp_path / "notes.csv"
    chemin.write_text("ancien")
    chemin.chmod(0o660)
    ecrire_table(NOTES, notes(code=["1"]), chemin)

    assert chemin.stat().st_mode & 0o777 == 0o660


def test_les_memes_donnees_donnent_les_memes_octets(tmp_path):
    """Ni date ni heure d'écriture dans un classeur."""
    classeur = openpyxl.Workbook()
    classeur.active["A1"] = "a"
    avant = en_octets(classeur)
    classeur.properties.created = dt.datetime(1999, 1, 1)

    assert en_octets(classeur) == avant
    with zipfile.ZipFile(io.BytesIO(avant)) as archive:
        assert {membre.date_time[0] for membre in archive.infolist()} == {1980}
