"""Les mêmes feuilles ne se relisent pas ; rien d'autre ne doit s'en apercevoir."""

import dataclasses

import pytest

from citelib.chargement import lecture
from citelib.chargement.entetes import pas_encore_dits
from citelib.chargement.fichiers import Feuille
from citelib.chargement.lecture import lire_table
from citelib.contrats import Probleme
from citelib.tables import PAR_NOM

ENTETE = [colonne.nom for colonne in PAR_NOM["quartiers"].colonnes]
QUARTIER = {"code": "QN01301M", "nom": "Maille I", "source": "fictive", "date_extraction": "15/01/2025"}


@pytest.fixture(autouse=True)
def lues(monkeypatch):
    """Les tables vraiment lues."""
    vraie, faites = lecture._lire, []
    monkeypatch.setattr(lecture, "_LECTURES", type(lecture._LECTURES)())
    monkeypatch.setattr(lecture, "_lire", lambda table, *reste: (faites.append(table.nom), vraie(table, *reste))[1])
    return faites


def feuille(nom="Maille I"):
    """Une feuille d'un seul quartier."""
    ligne = [(QUARTIER | {"nom": nom}).get(colonne, "") for colonne in ENTETE]
    return Feuille("quartiers.csv", "", [(1, ENTETE), (2, ligne)])


def lire(*feuilles, table=PAR_NOM["quartiers"], corrections=()):
    return lire_table(table, feuilles, corrections)


def test_les_memes_feuilles_ne_se_lisent_qu_une_fois(lues):
    (une, problemes), (autre, encore) = lire(feuille()), lire(feuille())
    assert lues == ["quartiers"]
    assert une.table.equals(autre.table) and problemes == encore


def test_une_cellule_ou_une_correction_changee_se_relit(lues):
    correction = {"table": "quartiers", "ou": {"nom": "Maille I"}, "colonne": "nom", "lu": "Maille I", "corrige": "II"}
    noms = [lire(feuille())[0], lire(feuille("Mercure"))[0], lire(feuille(), corrections=[correction])[0]]
    assert [lue.table["nom"].item() for lue in noms] == ["Maille I", "Mercure", "II"]
    assert len(lues) == 3


def test_un_autre_contrat_se_relit(lues):
    lire(feuille())
    lire(feuille(), table=dataclasses.replace(PAR_NOM["quartiers"], titre="Autre"))
    assert len(lues) == 2


def test_modifier_ce_qui_a_ete_lu_ne_change_pas_la_lecture_suivante():
    lue, problemes = lire(feuille())
    lue.table.loc[0, "nom"] = "changé"
    problemes.append("faute")
    lue.problemes.append("faute")
    relue, autres = lire(feuille())
    assert relue.table["nom"].item() == "Maille I"
    assert "faute" not in [*autres, *relue.problemes]


def test_seules_les_dernieres_lectures_sont_gardees(lues, monkeypatch):
    monkeypatch.setattr(lecture, "GARDEES", 2)
    for nom in ("a", "b", "c", "a"):
        lire(feuille(nom))
    assert len(lues) == 4 and len(lecture._LECTURES) == 2


def test_une_colonne_absente_se_dit_une_fois_un_nombre_fusionne_n_en_tait_aucun_autre():
    """La colonne absente est dite par l'en-tête ; un nombre fusionné ne dit rien des autres nombres de sa colonne."""
    absente = Probleme("erreur", "a.csv", colonne="axe", message="colonne absente")
    fusionne = Probleme("erreur", "a.csv", ligne=3, colonne="age_min", valeur="6", message="nombre fusionné")
    vide = Probleme("erreur", "a.csv", ligne=4, colonne="axe", message="cellule vide")
    refuse = Probleme("erreur", "a.csv", ligne=9, colonne="age_min", valeur="six", message="valeur refusée")

    assert pas_encore_dits([absente, fusionne], [vide, refuse]) == [refuse]
