"""Les prêts entre notebooks : chaque calcul une seule fois, jamais perdu, jamais d'une autre cité."""

import dataclasses
import multiprocessing
import threading
import time

import pandas as pd
import pytest

from citelib import charger, prets, resultats
from citelib.chargement import journal, partage
from citelib.chargement.partage import pretee, une_fois
from citelib.constats.gardien import etablie_une_fois
from citelib.prets import Guichet, Reserve, emprunter
from citelib.secret import passees, proteger


@pytest.fixture
def guichet():
    """Le guichet d'un autre processus, et la réserve qui lui répond."""
    reserve, (comptoir, bout) = Reserve(), multiprocessing.Pipe()
    threading.Thread(target=reserve.servir, args=(comptoir,), daemon=True).start()
    yield Guichet(bout), reserve, bout
    bout.close()


def test_ce_qu_un_processus_depose_un_autre_le_prend(guichet):
    ici, reserve, _ = guichet
    assert ici.prendre("somme") is None  # à lui de calculer
    ici.deposer("somme", b"4")
    assert ici.prendre("somme") == reserve.prendre("somme") == b"4"


def test_un_second_demandeur_attend_le_premier(guichet):
    ici, reserve, _ = guichet
    assert reserve.prendre("plan") is None
    recus = []
    autre = threading.Thread(target=lambda: recus.append(ici.prendre("plan")))
    autre.start()
    time.sleep(0.1)
    assert recus == []
    reserve.deposer("plan", b"fait")
    autre.join(10)
    assert recus == [b"fait"]


def test_ce_qu_un_processus_tue_n_a_pas_fini_revient_au_suivant(guichet):
    ici, reserve, bout = guichet
    assert ici.prendre("plan") is None
    bout.close()
    assert reserve.prendre("plan") is None  # rendue, au lieu d'attendre sans fin


def test_un_calcul_en_erreur_se_rend_et_se_dit():
    with prets.ouvrir():
        with pytest.raises(ZeroDivisionError):
            emprunter("un", lambda: 1 / 0)
        assert emprunter("un", lambda: 1) == 1


def test_hors_d_une_production_chacun_calcule():
    appels = []
    for _ in range(2):
        emprunter("un", lambda: appels.append(1))
    assert len(appels) == 2


@pytest.fixture
def compteur():
    """Une fonction d'une cité, et le nombre de fois où elle a été calculée."""
    appels = []

    @une_fois
    def lignes(cite, *, annee):
        appels.append(annee)
        return pd.DataFrame({"n": [len(cite.actions)]})

    return lignes, appels


def test_deux_notebooks_partagent_une_cite_et_ses_calculs(miramas, compteur):
    """Deux chargements de la même production rendent les mêmes données, et ne calculent qu'une fois."""
    lignes, appels = compteur
    with prets.ouvrir():
        pretee(miramas.dossier, lambda: miramas)
        une, autre = charger(miramas.dossier), charger(miramas.dossier)
        assert une is not autre and une.actions.equals(miramas.actions)
        assert lignes(une, annee=2024).equals(lignes(autre, annee=2024))
    assert appels == [2024]


def test_une_cite_que_le_notebook_a_changee_ne_recoit_pas_les_calculs_d_une_autre(miramas, compteur):
    lignes, appels = compteur
    moindre = dataclasses.replace(miramas, lectures={**miramas.lectures})
    with prets.ouvrir():
        pretee(miramas.dossier, lambda: miramas)
        lignes(miramas, annee=2024)
        lignes(moindre, annee=2024)
    assert len(appels) == 2 and moindre not in partage._CLES


def test_modifier_une_table_empruntee_ne_change_pas_celle_des_autres(miramas, compteur):
    lignes, _ = compteur
    table = lignes(miramas, annee=2024)
    table["n"] = 0
    assert lignes(miramas, annee=2024)["n"].item() == len(miramas.actions)


def test_ce_qu_un_autre_a_lu_pour_une_page_est_note_chez_elle(miramas, compteur):
    """Sinon, une table changée ne referait pas la page qui en dépend."""
    lignes, _ = compteur
    lignes(miramas, annee=2024)
    _, lues = journal.suivre(lambda: lignes(miramas, annee=2024))
    assert lues == ["actions"]


def test_ce_qu_un_autre_a_protege_pour_une_page_va_a_son_audit(miramas):
    """Des constats empruntés publient les tables d'où ils viennent : l'audit de la page doit les voir."""

    @etablie_une_fois
    def constats(cite, *, annee, diffusion):
        proteger(resultats.residence(cite.beneficiaires, cite.quartiers, annee=annee), diffusion=diffusion)
        return annee

    passees()
    vus = []
    with prets.ouvrir():
        pretee(miramas.dossier, lambda: miramas)
        for cite in (charger(miramas.dossier), charger(miramas.dossier)):
            constats(cite, annee=2024, diffusion="cotech")
            vus.append(passees())
    assert vus[0] == vus[1] and len(vus[0]) == 1
