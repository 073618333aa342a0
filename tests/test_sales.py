"""Fichiers sales, écrits à la main : chacun donne exactement les problèmes et les valeurs de `sales/attendus.toml`.

Dans ce fichier, un problème est [gravité, ligne (0 : aucune), colonne, morceau du message, morceau du remède] et une
valeur [ligne, colonne, valeur, état]. Un dossier est une petite cité : ses problèmes et ses valeurs vont par fichier.
"""

import functools
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from citelib.chargement import noms, ouvrir

SALES = Path(__file__).parent / "sales"
ATTENDUS = tomllib.loads((SALES / "attendus.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lire(tmp_path_factory):
    """Ouvre, une seule fois, la cité qui ne contient que ce fichier, ou que ceux de ce dossier."""

    @functools.cache
    def ouvrir_seul(nom: str):
        source, dossier = SALES / nom, tmp_path_factory.mktemp("sale")
        for fichier in source.iterdir() if source.is_dir() else [source]:
            shutil.copy(fichier, dossier / fichier.name)
        return ouvrir(dossier)

    return ouvrir_seul


def par_fichier(nom: str, cle: str) -> dict[str, list]:
    """Ce que l'on attend, par fichier."""
    attendus = ATTENDUS[nom].get(cle, [])
    return attendus if isinstance(attendus, dict) else {nom: attendus}


def en_toml(valeur: object) -> object:
    """Une valeur lue, comme le TOML l'écrit : une date devient un texte, une valeur absente un texte vide."""
    if isinstance(valeur, tuple):
        return list(valeur)
    if pd.isna(valeur):
        return ""
    return f"{valeur:%Y-%m-%d}" if isinstance(valeur, pd.Timestamp) else valeur


@pytest.mark.parametrize("nom", ATTENDUS)
def test_un_fichier_sale_dit_exactement_ses_problemes(nom, lire):
    """Ni un de plus, ni un de moins, chacun à sa cellule, avec le remède voulu."""
    cite, problemes = lire(nom)
    presents = {chemin.name for chemin in cite.dossier.iterdir()}
    attendus = sorted((f, *p) for f, liste in par_fichier(nom, "problemes").items() for p in liste)
    lus = sorted(
        (p.fichier, p.gravite, p.ligne or 0, p.colonne, p.message, p.remede) for p in problemes if p.fichier in presents
    )

    assert [lu[:4] for lu in lus] == [attendu[:4] for attendu in attendus], "\n".join(map(str, problemes))
    for lu, attendu in zip(lus, attendus, strict=True):
        assert attendu[4] and attendu[4] in lu[4]
        assert attendu[5] in lu[5]


@pytest.mark.parametrize("nom", [nom for nom in ATTENDUS if "table" in ATTENDUS[nom]])
def test_un_fichier_sale_donne_exactement_ses_valeurs(nom, lire):
    """Le nombre de lignes, les valeurs et les états annoncés."""
    cite, _ = lire(nom)
    attendu = ATTENDUS[nom]
    lecture = cite.lectures[attendu["table"]]

    assert len(lecture.table) == attendu["lignes"]
    etats = lecture.etats.set_index(["ligne", "colonne"])["etat"].to_dict()
    for ligne, colonne, valeur, etat in attendu.get("valeurs", []):
        (indice,) = lecture.origine.index[lecture.origine["ligne"] == ligne][:1]
        assert (en_toml(lecture.table.loc[indice, colonne]), etats.get((indice, colonne), "")) == (valeur, etat)


def test_chaque_fichier_sale_est_declare():
    """Un fichier ajouté sans ce qu'on en attend ne prouverait rien."""
    assert {chemin.name for chemin in SALES.iterdir()} == {*ATTENDUS, "attendus.toml"}
    assert len(ATTENDUS) >= 45


def test_les_fichiers_sales_restent_petits():
    """Moins de 10 ko chacun."""
    assert [f.name for f in SALES.rglob("*") if f.stat().st_size > 10_000 and f.name != "attendus.toml"] == []


def test_les_noms_inconnus_se_proposent_dans_un_fichier_a_completer(lire):
    """Les noms proches sont en commentaire : rien n'est retenu à la place de l'évaluateur."""
    propose = noms.proposer(*lire("noms"))

    entrees = tomllib.loads(propose)["rapprochement"]
    assert entrees == [{"ecrit": nom, "retenu": ""} for nom in ("C.S. Albert Camus", "Clg. ALBERT CAMUS", "Zzz")]
    assert '# retenu = "Collège Albert Camus"\n' in propose


def test_un_rapprochement_decide_sapplique(lire):
    """Le porteur rapproché prend le nom de la table des structures."""
    cite, _ = lire("noms")

    assert cite.actions["porteur_nom"].tolist()[:2] == ["Centre social Albert-Camus", "C.S. Albert Camus"]
