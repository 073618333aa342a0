"""L'audit lit tout ce qui est publié, et le registre ce qui l'a été : rien ne se soustrait de rien."""

import copy
import datetime as dt
import json

import pytest

from citelib import garde
from citelib.annexes import Annexe
from citelib.erreurs import ErreurParametre
from citelib.execution import PageFaite
from citelib.secret import TYPE_COMPTES
from citelib.secret.audit import attaquer, comptes_de
from citelib.secret.registre import VIDE, controler


def publie(dessin, *dimensions, seuil=5, arrondi=None, annee=2024, **contrat):
    """
    Ce qu'une page publie d'une table dessinée : les dimensions, puis l'effectif ; « s » est masqué.

    « Ensemble » n'a pas de coordonnée, et somme les autres lignes.
    """
    lignes, valeurs, masque, cles = [], [], [], []
    for ligne in dessin.strip().splitlines():
        *modalites, effectif = (case.strip() for case in ligne.split("|"))
        ou = [[d, m] for d, m in zip(dimensions, modalites, strict=True) if m != "Ensemble"]
        lignes.append(modalites[0])
        valeurs.append([None if effectif == "s" else int(effectif)])
        masque.append([effectif == "s"])
        cles.append([["inscrits", annee, "nb", sorted(ou)]])
    return {
        **{"seuil": seuil, "sensible": False, "arrondi": arrondi, "totaux_seuls": False, "colonnes": ["nb"]},
        **{"lignes": lignes, "valeurs": valeurs, "masque": masque, "cles": cles, "sommes": {}, "couples": []},
        **{"reunions": {}, "total_ligne": "Ensemble", "additives": ["nb"], "separes": [], "classe_actions": False},
        **contrat,
    }


PAR_AGE = publie("3-5 ans | s \n 6-10 ans | s \n 11-15 ans | 40 \n Ensemble | 60", "age")


# --- Un rapport


def test_deux_cases_masquees_que_rien_d_autre_ne_donne_restent_floues():
    """20 à elles deux : chacune peut valoir de 1 à 19."""
    assert attaquer({"resultats": [PAR_AGE]}) == []


def test_une_case_masquee_seule_sous_un_total_est_vue():
    """60 − 40 − 17 = 3, et la page fautive est nommée."""
    (fuite,) = attaquer({"protocole": [], "resultats": [publie("a | s \n b | 40 \n c | 17 \n Ensemble | 60", "age")]})

    assert (fuite.page, fuite.ligne, fuite.colonne, fuite.basse, fuite.haute) == ("resultats", "a", "nb", 3, 3)
    assert "« a »" in str(fuite) and "gardien" in str(fuite)


def test_le_message_d_un_refus_ne_donne_pas_le_nombre_qu_il_protege():
    """Il se lit dans la page en échec."""
    (fuite,) = attaquer({"page": [publie("a | s \n b | 57 \n Ensemble | 60", "age")]})

    assert "3" not in str(fuite).replace(str(fuite.seuil), "")


def test_ce_qui_est_masque_ici_et_montre_la_est_vu():
    """Une seule page oubliée suffit, et c'est la case masquée qui est montrée du doigt."""
    (fuite, *_) = attaquer({"impacts": [publie("3-5 ans | 8", "age")], "resultats": [PAR_AGE]})

    assert (fuite.page, fuite.ligne) == ("resultats", "3-5 ans")


def test_deux_effectifs_montres_dont_la_difference_est_petite_sont_vus():
    """Total 8, hommes 7 : une seule femme (recueil, sdc_differencing)."""
    fuites = attaquer({"page": [publie("Ensemble | 8", "sexe"), publie("hommes | 7", "sexe", total_ligne=None)]})

    assert [(fuite.nature, fuite.basse, fuite.haute) for fuite in fuites] == [("complément", 1, 1)]


@pytest.mark.parametrize(
    ("montres", "options"),
    [
        ((60, 53), {"seuil": 11}),  # il en reste 7 : assez au seuil de 5, trop peu à celui de 11
        ((60, 60), {"sensible": True}),  # il n'en reste aucun : « tous » ne se dit pas d'un sujet sensible
    ],
)
def test_la_table_la_plus_exigeante_decide_pour_toutes_celles_de_sa_population(montres, options):
    """L'autre, seule, n'aurait rien à cacher ; des deux côtés à la fois, la différence est de trop."""
    ensemble, hommes = (f"Ensemble | {montres[0]}", f"hommes | {montres[1]}")
    tables = [publie(ensemble, "sexe"), publie(hommes, "sexe", total_ligne=None)]
    exigeante = publie(hommes, "sexe", total_ligne=None, **options)

    assert attaquer({"page": tables}) == []
    assert [fuite.nature for fuite in attaquer({"page": [tables[0], exigeante]})] == ["complément"]


def test_une_mesure_dite_a_part_ne_se_retranche_de_rien():
    """Ses effectifs ne comptent pas les mêmes personnes : 8 et 7 n'en laissent pas une seule."""
    tables = [publie("Ensemble | 8", "sexe"), publie("hommes | 7", "sexe", total_ligne=None)]

    assert attaquer({"page": [table | {"separes": ["nb"]} for table in tables]}) == []


def test_quand_il_ne_reste_que_le_total_une_case_masquee_peut_valoir_zero():
    """Deux cases sous 5 : de 0 à 5 chacune ; si les zéros étaient montrés, de 1 à 4, et c'est trop peu."""
    dessin = "a | s \n b | s \n Ensemble | 5"

    assert attaquer({"page": [publie(dessin, "age", totaux_seuls=True)]}) == []
    assert attaquer({"page": [publie(dessin, "age")]})


def somme(total, **lieux):
    """Des lieux, chacun reconnu par son nom, et leur somme publiée."""
    dessin = " \n ".join(f"{lieu} | {effectif}" for lieu, effectif in {**lieux, "Ensemble": total}.items())
    table = publie(dessin, "lieu", seuil=3)
    table["cles"][-1] = [None]
    return table


def test_deux_tables_sures_seules_se_trahissent_ensemble():
    """Recueil, sdc_linked : K ne se retrouve que par les deux tables à la fois, et masquer N suffit."""

    def devines(n, *tables):
        comtes = [somme(20, A="s", B="s", I=8, J=8), somme(16, K="s", L="s", M="s", N=n)]
        groupes = [somme(30, A="s", B="s", I=8, J=8, K="s", N=n), somme(6, L="s", M="s")]
        lues = {"comtes": comtes, "groupes": groupes}
        return {fuite.ligne for fuite in attaquer({nom: lues[nom] for nom in tables})}

    assert devines(7, "comtes") == devines(7, "groupes") == set()
    assert devines(7, "comtes", "groupes") == {"K"}
    assert devines("s", "comtes", "groupes") == set()


def test_une_fiche_situe_les_actions_qu_une_autre_table_ne_fait_que_nommer():
    """L'axe publie 23 filles ; ses deux actions en montrent 20 et en masquent : il en reste trois au plus."""
    fiches = publie("Chorale | Arts | 50 \n Dessin | Arts | 40", "action", "axe", classe_actions=True, total_ligne=None)
    filles = publie("Chorale | 20 \n Dessin | s", "action", total_ligne=None)
    axes = publie("Arts | 23", "axe", total_ligne=None)
    for table in (filles, axes):
        for rangee in table["cles"]:
            rangee[0][3].append(["sexe", "F"])

    assert "Dessin" in {fuite.ligne for fuite in attaquer({"page": [fiches, filles, axes]})}
    assert attaquer({"page": [filles, axes]}) == []


def test_une_case_vide_n_est_pas_une_case_masquee():
    """Elle n'entre dans aucune somme, et ne se devine pas."""
    table = copy.deepcopy(PAR_AGE)
    table["valeurs"][2][0] = None

    assert attaquer({"page": [table]}) == []


def test_entre_des_arrondis_une_case_masquee_reste_floue():
    """95 − 60 − 30, arrondis à 5, laisse de 1 à 11 ; 95 − 90, de 1 à 9 : c'est trop peu au seuil de 11."""
    options = {"seuil": 11, "arrondi": 5}

    assert attaquer({"page": [publie("a | s \n b | 60 \n c | 30 \n Ensemble | 95", "age", **options)]}) == []
    assert attaquer({"page": [publie("a | s \n b | 90 \n Ensemble | 95", "age", **options)]})


def test_les_effectifs_d_un_notebook_se_relisent_une_seule_fois():
    """Deux objets qui montrent la même table ne la publient pas deux fois."""
    sortie = {"output_type": "execute_result", "data": {TYPE_COMPTES: [PAR_AGE]}}
    notebook = {"cells": [{"cell_type": "code", "outputs": [sortie, sortie]}, {"cell_type": "markdown"}]}

    assert comptes_de(json.dumps(notebook)) == [PAR_AGE]
    assert comptes_de("") == []


# --- Plusieurs publications


def publier(registre, table, annee=2024, diffusion="cotech", valide_le="2025-03-12"):
    """Le contrôle d'une publication d'une seule table, validée par le comité technique."""
    quoi = {"annee": annee, "diffusion": diffusion, "arrete_le": f"{annee}-12-31", "fichier": "registre.json"}
    quoi |= {"valide_le": valide_le}
    return controler({"resultats": [table]}, registre, **quoi)


def test_publier_deux_fois_la_meme_chose_ne_change_pas_le_registre():
    """Mêmes entrées, mêmes octets."""
    refus, registre = publier(VIDE, PAR_AGE)

    assert refus == {} and publier(registre, PAR_AGE) == ({}, registre)
    assert len(registre["publications"]) == 1 and VIDE["publications"] == []


def test_une_decoupe_nouvelle_ne_se_soustrait_pas_d_une_ancienne():
    """D'abord les hommes, 7 ; plus tard le total, 8 (recueil, sdc_differencing)."""
    _, registre = publier(VIDE, publie("hommes | 7", "sexe", total_ligne=None))
    refus, apres = publier(registre, publie("Ensemble | 8", "sexe"), annee=2025)

    assert "2024" in refus["resultats"] and "registre.json" in refus["resultats"]
    assert apres == registre


@pytest.mark.parametrize(("corrige", "refuse"), [(62, True), (64, True), (65, False), (60, False), (40, False)])
def test_un_fichier_corrige_ne_differe_pas_de_quelques_personnes(corrige, refuse):
    """De 60 à 62 : les deux de plus se devinent ; de 60 à 65, ils sont cinq. Note de méthode, 5.2."""
    _, registre = publier(VIDE, publie("Ensemble | 60", "age"))
    refus, apres = publier(registre, publie(f"Ensemble | {corrige}", "age"))

    assert bool(refus) is refuse
    assert len(apres["publications"]) == (1 if refuse or corrige == 60 else 2)
    assert str(corrige) not in refus.get("resultats", "")


def test_une_version_de_travail_se_corrige_librement_une_version_validee_non():
    """De 60 à 62 entre deux brouillons : le second remplace le premier ; face à la version validée, c'est refusé."""
    brouillon = {"valide_le": ""}
    _, registre = publier(VIDE, publie("Ensemble | 60", "age"), **brouillon)
    refus, registre = publier(registre, publie("Ensemble | 62", "age"), **brouillon)
    assert refus == {} and len(registre["publications"]) == len(registre["tables"]) == 1

    _, registre = publier(registre, publie("Ensemble | 62", "age"))
    assert [publication["valide_le"] for publication in registre["publications"]] == ["2025-03-12"]
    refus, _ = publier(registre, publie("Ensemble | 63", "age"), **brouillon)
    assert "validé le 2025-03-12" in refus["resultats"]


def test_l_annee_d_avant_relue_cette_annee_reste_masquee():
    """Le rapport de 2024 masque les 3-5 ans ; celui de 2025 ne les montre pas comme « année d'avant »."""
    _, registre = publier(VIDE, PAR_AGE)
    refus, _ = publier(registre, publie("3-5 ans | 8", "age", total_ligne=None), annee=2025)

    assert "resultats" in refus


def test_un_public_ne_lit_pas_le_rapport_d_un_autre():
    """Le COTECH ne se voit pas opposer ce que le public a lu arrondi, ni l'inverse."""
    _, registre = publier(VIDE, publie("hommes | 7", "sexe", total_ligne=None))

    assert publier(registre, publie("Ensemble | 8", "sexe", seuil=5), diffusion="interne")[0] == {}


# --- La garde d'un rapport


class Cite:
    """Ce que la garde demande à une cité."""

    @staticmethod
    def arrete_le(annee):
        """La date de ses données."""
        return dt.date(annee, 12, 31)

    @staticmethod
    def valide_le(annee):
        """Rien n'est encore validé."""


def page(cle, *tables):
    """Une page faite, qui publie ces tables."""
    sorties = [{"output_type": "display_data", "metadata": {}, "data": {TYPE_COMPTES: list(tables)}}]
    cellule = {"cell_type": "code", "metadata": {}, "outputs": sorties}
    return PageFaite(cle, "<p>page</p>", json.dumps({"cells": [cellule]}), objets=({"genre": "figure"},))


def test_une_page_fautive_n_est_pas_publiee_et_les_autres_le_sont(tmp_path):
    """Ni sa page, ni son notebook, ni ses figures ; le registre ne retient que ce qui sort."""
    fautive = publie("a | s \n b | 57 \n Ensemble | 60", "age")
    faites = {"resultats": page("resultats", PAR_AGE), "impacts": page("impacts", {**fautive, "cles": [[None]] * 3})}
    annexes = {"revue.xlsx": Annexe(b"octets")}
    garde.garder(Cite, faites, annexes, tmp_path / "2024", diffusion="cotech", gardees=False)
    registre = json.loads((tmp_path / "registre.json").read_text("utf-8"))

    assert faites["resultats"].html and not faites["resultats"].erreur
    assert (faites["impacts"].html, faites["impacts"].notebook, faites["impacts"].objets) == ("", "", ())
    assert "secret statistique" in faites["impacts"].erreur
    assert annexes["revue.xlsx"].octets == b"octets"
    assert list(registre["tables"].values()) == [PAR_AGE]


def test_une_annexe_fautive_est_retiree(tmp_path):
    """Elle passe par le même audit que les pages."""
    annexes = {"revue.xlsx": Annexe(b"octets", comptes=(publie("3-5 ans | 8", "age", total_ligne=None),))}
    faites = {"resultats": page("resultats", PAR_AGE)}
    garde.garder(Cite, faites, annexes, tmp_path / "2024", diffusion="cotech", gardees=False)

    assert faites["resultats"].erreur or annexes["revue.xlsx"].erreur


def test_ce_qui_reste_fautif_une_fois_une_page_retiree_l_est_aussi(tmp_path):
    """La page qui masque est retirée ; celle qui montre un 3 l'est ensuite, et l'autre sort."""
    faites = {"impacts": page("impacts", publie("3-5 ans | 3", "age", total_ligne=None))}
    faites |= {"resultats": page("resultats", PAR_AGE), "protocole": page("protocole")}
    garde.garder(Cite, faites, {}, tmp_path / "2024", diffusion="cotech", gardees=False)

    assert [cle for cle, faite in faites.items() if not faite.erreur] == ["protocole"]


def test_une_page_gardee_de_la_fois_d_avant_compte_aussi(tmp_path):
    """Refaire une seule page ne dispense pas de la confronter aux autres."""
    ancienne = tmp_path / "2024" / "notebooks"
    ancienne.mkdir(parents=True)
    (ancienne / "impacts.ipynb").write_text(page("impacts", PAR_AGE).notebook, encoding="utf-8")
    faites = {"resultats": page("resultats", publie("3-5 ans | 8", "age", total_ligne=None))}
    garde.garder(Cite, faites, {}, tmp_path / "2024", diffusion="cotech", gardees=True)

    assert faites["resultats"].erreur


def test_le_registre_se_reecrit_a_l_identique(tmp_path):
    """Refaire un rapport sans rien changer ne touche pas le fichier."""
    for _ in range(2):
        garde.garder(
            Cite, {"resultats": page("resultats", PAR_AGE)}, {}, tmp_path / "2024", diffusion="cotech", gardees=False
        )
        octets = (tmp_path / "registre.json").read_bytes()

    assert octets.count(b"3-5 ans") == 2 and {f.name for f in tmp_path.iterdir()} == {
        "registre.json",
        ".registre.json.verrou",
    }


def test_un_registre_illisible_arrete_tout(tmp_path):
    """Sans lui, on ne saurait plus ce qui a été publié."""
    (tmp_path / "registre.json").write_text("{", encoding="utf-8")

    with pytest.raises(ErreurParametre, match="registre des publications illisible"):
        garde.garder(Cite, {}, {}, tmp_path / "2024", diffusion="cotech", gardees=False)


def test_en_diffusion_interne_rien_n_est_inscrit(tmp_path):
    """Ces pages ne gardent pas leurs effectifs : il n'y a rien à retenir d'un document qui ne se diffuse pas."""
    garde.garder(Cite, {"resultats": page("resultats")}, {}, tmp_path / "2024", diffusion="interne", gardees=False)

    assert not (tmp_path / "registre.json").exists()
