"""Ce que protocole.toml déclare comme données : lu s'il est sûr, refusé avec le remède sinon."""

import pytest

import citelib
from citelib.chargement.protocole import lire_protocole

BONNE = {"role": "CPO", "mois": "Février", "jours": 2.5, "tache": "Relancer", "dimension": "resultats"}


def test_une_charge_bien_ecrite_est_gardee_et_son_mois_reconnu():
    """« Février », « fevrier » et « février » sont le même mois."""
    lu, problemes = lire_protocole({"charge": [BONNE, BONNE | {"mois": "fevrier"}], "objet": "Suivre"}, set())

    assert problemes == []
    assert [tache["mois"] for tache in lu["charge"]] == ["février", "février"]
    assert lu["objet"] == "Suivre"


@pytest.mark.parametrize(
    ("cle", "valeur", "attendu"),
    [
        ("role", "", "attendu un texte"),
        ("tache", 3, "attendu un texte"),
        ("mois", "13", "attendu un mois en toutes lettres"),
        ("mois", 2, "attendu un mois en toutes lettres"),
        ("jours", "2", "attendu un nombre de jours plus grand que zéro"),
        ("jours", True, "attendu un nombre de jours plus grand que zéro"),
        ("jours", 0, "attendu un nombre de jours plus grand que zéro"),
        ("jours", float("inf"), "attendu un nombre de jours plus grand que zéro"),
        ("jours", float("nan"), "attendu un nombre de jours plus grand que zéro"),
        ("dimension", "resultat", "attendu l'un des codes realisation, resultats, impacts et partenariat"),
        ("dimension", ["impacts"], "attendu l'un des codes realisation, resultats, impacts et partenariat"),
    ],
)
def test_une_charge_mal_ecrite_est_un_probleme_avec_sa_tache_et_sa_cle(cle, valeur, attendu):
    """Elle n'entre pas dans la charge : un total faux ne se verrait pas."""
    lu, (probleme,) = lire_protocole({"charge": [BONNE, BONNE | {cle: valeur}]}, set())

    assert len(lu["charge"]) == 1
    assert (probleme.gravite, probleme.fichier) == ("erreur", "protocole.toml")
    assert probleme.colonne == f"charge, tâche n° 2, {cle}"
    assert probleme.message == attendu
    assert "role = " in probleme.remede


@pytest.mark.parametrize("charge", ["deux jours", 3, {"role": "CPO"}])
def test_une_charge_qui_n_est_pas_une_liste_de_taches_est_refusee(charge):
    """Chaque clé qui manque est dite."""
    lu, problemes = lire_protocole({"charge": charge}, set())

    assert lu["charge"] == []
    assert {p.colonne.rsplit(", ")[-1] for p in problemes} >= {"mois", "jours", "dimension", "tache"}


@pytest.mark.parametrize(
    ("publics", "lus", "valeur"),
    [
        ({"parents": ["S13", "S99"]}, {"parents": ["S13"]}, "S99"),
        ({"jeunes": ["S13"]}, {}, "jeunes = ['S13']"),
        ({"parents": "S13"}, {}, "parents = S13"),
        (["S13"], {}, "transversaux = ['S13']"),
        ({"parents": [["S13"]]}, {"parents": []}, "['S13']"),
    ],
)
def test_un_public_ou_un_indicateur_inconnu_est_un_probleme(publics, lus, valeur):
    """Seuls les codes du référentiel sont gardés."""
    lu, (probleme,) = lire_protocole({"transversaux": publics}, {"S13"})

    assert lu["transversaux"] == lus
    assert probleme.valeur == valeur and probleme.remede


def test_un_protocole_sans_charge_ni_public_se_charge():
    """Les protocoles d'avant n'ont ni l'une ni l'autre."""
    assert lire_protocole({"dimension": []}, set()) == ({"dimension": [], "charge": [], "transversaux": {}}, [])


def test_le_protocole_de_miramas_est_lu_sans_probleme(miramas):
    """Sa charge est une proposition, et le dit ; ses indicateurs sont au référentiel."""
    assert "charge" in miramas.protocole["proposition"]
    assert sum(tache["jours"] for tache in miramas.protocole["charge"]) == 35
    assert miramas.protocole["transversaux"]["parents"] == ["S12", "S13", "I14", "P10"]
    assert not [p for p in citelib.verifier(miramas.dossier) if p.fichier == "protocole.toml"]
