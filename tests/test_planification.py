"""La production planifiée : seule à écrire, arrêtée proprement, et qui dit ce qu'elle a fait."""

import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from citelib import __main__ as commande
from citelib import campagne, rapport
from citelib.chargement import remplacement
from citelib.chargement.remplacement import dossier_neuf, remplacer, reserver
from citelib.compte_rendu import courriel
from citelib.erreurs import ErreurDonnees, ErreurOccupe
from citelib.rapport import Bilan


def contenu(dossier):
    return {f.name: f.read_text("utf-8") for f in dossier.iterdir()}


@pytest.fixture
def publie(tmp_path):
    """Un rapport en place."""
    cible = tmp_path / "2024"
    with dossier_neuf(cible) as neuf:
        (neuf / "index.html").write_text("ancien", "utf-8")
    return cible


def test_deux_programmes_n_ecrivent_pas_le_meme_rapport(publie):
    """Le second s'arrête tout de suite, et sait qui tient le verrou."""
    with reserver(publie), pytest.raises(ErreurOccupe, match=f"processus {os.getpid()} sur"), reserver(publie):
        pass
    with reserver(publie):  # rendu à la fin du premier
        assert contenu(publie) == {"index.html": "ancien"}


def test_deux_fils_ecrivent_le_meme_fichier_sans_se_gener(tmp_path):
    """Chacun a son brouillon : le fichier est toujours l'un des deux, entier, et rien ne traîne à côté."""
    fichier, textes = tmp_path / "registre.json", [bytes([65 + rang]) * 10_000 for rang in range(8)]
    with ThreadPoolExecutor(8) as fils:
        list(fils.map(lambda octets: [remplacer(fichier, octets) for _ in range(50)], textes))

    assert fichier.read_bytes() in textes
    assert list(tmp_path.iterdir()) == [fichier]


def test_le_verrou_d_un_programme_tue_ne_bloque_pas_le_suivant(publie):
    """Aucun verrou périmé : celui du système tombe avec le processus."""
    script = f"""
        import sys, time, pathlib
        from citelib.chargement.remplacement import reserver
        with reserver(pathlib.Path({str(publie)!r})):
            print("pris", flush=True)
            time.sleep(60)
    """
    tenant = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert tenant.stdout.readline() == "pris\n"
    with pytest.raises(ErreurOccupe, match=f"processus {tenant.pid}"), reserver(publie):
        pass
    tenant.kill()
    tenant.wait()
    with reserver(publie):
        assert f"processus {os.getpid()} sur" in (publie.parent / ".2024.verrou").read_text("utf-8")


@pytest.mark.parametrize("echange", [True, False], ids=["d'un geste", "en deux temps"])
def test_l_ancien_rapport_ou_le_neuf_jamais_un_melange(publie, monkeypatch, echange):
    """Là où le système ne sait pas échanger deux dossiers, le résultat est le même."""
    if not echange:
        monkeypatch.setattr(remplacement, "_echanger", lambda *_: False)
    with pytest.raises(OSError, match="disque plein"), dossier_neuf(publie) as neuf:
        (neuf / "index.html").write_text("neuf", "utf-8")
        raise OSError("disque plein")
    assert contenu(publie) == {"index.html": "ancien"}
    with dossier_neuf(publie) as neuf:
        (neuf / "autre.html").write_text("neuf", "utf-8")
    assert contenu(publie) == {"autre.html": "neuf"}
    assert [d.name for d in publie.parent.iterdir()] == ["2024"]


def test_ce_qu_un_programme_tue_a_laisse_est_range(publie):
    """Tué entre les deux temps d'un remplacement : l'ancien rapport revient ; tué avant : son brouillon s'efface."""
    publie.rename(publie.parent / ".2024-ancien")
    (publie.parent / ".2024-brouillon").mkdir()
    with reserver(publie):
        assert contenu(publie) == {"index.html": "ancien"}
    assert sorted(d.name for d in publie.parent.iterdir()) == [".2024.verrou", "2024"]


@contextmanager
def disque_plein(octets):
    """Aucun fichier ne dépasse cette taille : le système refuse le reste, comme un disque plein."""
    souple, dure = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, dure))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (souple, dure))


def test_un_disque_plein_laisse_l_ancien_rapport(publie):
    with pytest.raises(OSError), disque_plein(1000), dossier_neuf(publie) as neuf:
        (neuf / "index.html").write_text("neuf" * 1000, "utf-8")
    assert contenu(publie) == {"index.html": "ancien"}


# ------------------------------------------------------------------------------- ce qui en est dit


@pytest.fixture
def produire(monkeypatch, tmp_path):
    """Une production qui ne calcule rien : « une » réussit, « deux » a une page en échec, « trois » est refusée."""

    def charger(dossier):
        if dossier == "trois":
            raise ErreurDonnees(["actions.csv, ligne 3 : texte au lieu d'un nombre"])
        return SimpleNamespace(annees=[2024], derniere_annee=2024, dossier=dossier)

    def faux(cite, *, au_fil, **_):
        rate = cite.dossier == "deux"
        au_fil(SimpleNamespace(page="synthese", erreur="", reprise=False))
        au_fil(SimpleNamespace(page="impacts", erreur="cellule 3 : ErreurSecret" if rate else "", reprise=True))
        return Bilan(tmp_path / cite.dossier / "2024", ("synthese",), {"impacts": "cellule 3"} if rate else {}, {})

    monkeypatch.setattr("citelib.chargement.charger", charger)
    monkeypatch.setattr(rapport, "produire", faux)
    return lambda *mots: commande.main(["rapport", *mots, "--sortie", str(tmp_path / "r")])


def test_une_cite_refusee_n_empeche_pas_les_autres(produire, capsys):
    """Le code de retour est le plus grave des trois : 2, données refusées."""
    assert produire("trois", "deux", "une") == 2
    ecrit = capsys.readouterr()
    assert "  Impacts : ÉCHEC, cellule 3 : ErreurSecret" in ecrit.out
    assert ecrit.out.count("Rapport : ") == 2
    assert "actions.csv, ligne 3" in ecrit.err
    assert produire("deux") == 1
    assert produire("une") == 0


def test_le_journal_en_json_a_une_ligne_par_page(produire, capsys):
    produire("deux", "--journal", "json")
    lignes = [json.loads(ligne) for ligne in capsys.readouterr().out.splitlines()]
    assert [ligne["quoi"] for ligne in lignes] == ["debut", "page", "page", "fin"]
    assert [ligne["etat"] for ligne in lignes[1:3]] == ["faite", "echec"]
    assert all(ligne["annee"] == 2024 and ligne["quand"] for ligne in lignes)


def test_le_courriel_dit_ce_qui_est_a_regarder(produire, tmp_path):
    """Son objet suffit à savoir s'il faut l'ouvrir."""
    produire("une", "deux", "trois", "--courriel", str(tmp_path / "courriel.txt"))
    objet, vide, *corps = (tmp_path / "courriel.txt").read_text("utf-8").splitlines()
    assert objet.endswith("à regarder (1 à jour, 1 en échec, 1 refusé)")
    assert vide == ""
    assert any(ligne.startswith("une, programme 2024") and ligne.endswith("à jour.") for ligne in corps)
    assert "  Impacts : cellule 3 : ErreurSecret" in corps
    assert "  - actions.csv, ligne 3 : texte au lieu d'un nombre" in corps


def test_sans_rien_a_regarder_le_courriel_le_dit():
    fin = {"quoi": "fin", "dossier": "une", "annee": 2024, "diffusion": "cotech", "rapport": "r/index.html"}
    assert courriel([{"quoi": "debut"}, fin]).startswith(
        "Objet : Rapports des cités éducatives : tout est fait (1 à jour)"
    )


def test_un_arret_demande_par_le_systeme_finit_comme_ctrl_c(monkeypatch, capsys):
    """SIGTERM, que cron et systemd envoient : code 143, et rien à moitié fait."""
    ancien = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(campagne, "repondre", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        assert commande.main(["rapport", "une"]) == 143
    finally:
        signal.signal(signal.SIGTERM, ancien)
    assert "Rien n'a été écrit de ce qui était en cours" in capsys.readouterr().err


# --------------------------------------------------------------------------- les fichiers à copier

PLANIFICATION = Path(__file__).parent.parent / "docs/planification"


def test_la_table_de_cron_a_cinq_champs_un_compte_et_des_options_connues():
    """Le format de /etc/cron.d, crontab(5) ; et la commande qu'il lance existe."""
    (tache,) = [
        ligne for ligne in (PLANIFICATION / "citelib.cron").read_text("utf-8").splitlines() if re.match(r"[\d*]", ligne)
    ]
    *quand, compte, commande_ = tache.split(maxsplit=6)[:7]
    bornes = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
    assert all(champ == "*" or bas <= int(champ) <= haut for champ, (bas, haut) in zip(quand, bornes, strict=True))
    assert compte == "citelib"
    assert options_connues(commande_)


def test_l_unite_systemd_et_son_minuteur_se_lisent():
    """Un fichier d'unité est au format INI ; la vérification complète est celle de systemd, s'il est là."""
    unite, minuteur = (ConfigParser(interpolation=None) for _ in range(2))
    unite.optionxform = minuteur.optionxform = str
    unite.read(PLANIFICATION / "citelib.service", "utf-8")
    minuteur.read(PLANIFICATION / "citelib.timer", "utf-8")
    assert options_connues(unite["Service"]["ExecStart"])
    assert minuteur["Install"]["WantedBy"] == "timers.target"
    assert re.fullmatch(r"Mon \*-\*-\* \d\d:\d\d:\d\d", minuteur["Timer"]["OnCalendar"])
    verificateur = shutil.which("systemd-analyze")
    if verificateur:
        calendrier = [verificateur, "calendar", minuteur["Timer"]["OnCalendar"]]
        assert subprocess.run(calendrier, capture_output=True, check=False).returncode == 0
    else:
        print("systemd-analyze absent : seul le format des unités est vérifié.")


def test_la_tache_de_la_forge_se_lit_et_garde_les_rapports():
    """YAML, avec les clés que GitLab attend d'une tâche planifiée."""
    tache = yaml.safe_load((PLANIFICATION / "gitlab-ci.yml").read_text("utf-8"))["rapports"]
    assert tache["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert options_connues(tache["script"][0])
    assert {"reports/", "courriel.txt"} == set(tache["artifacts"]["paths"])


def options_connues(ligne):
    """Les mots qui suivent « -m citelib », jusqu'à une redirection, sont compris par la commande."""
    mots = shlex.split(re.split(r"[;>|]", ligne.split("-m citelib ")[1])[0])
    return commande.analyseur().parse_args(mots)
