"""Le téléchargement : repris après une coupure, vérifié, gardé en cache ; un serveur local tient lieu de ministère."""

import contextlib
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from citelib.erreurs import ErreurParametre
from citelib.sources import telechargement
from citelib.sources.telechargement import adresse, telecharger

CORPS = ("Session;UAI\n" + "2024;0132327J\n" * 40_000).encode()
CITE = SimpleNamespace(etablissements=pd.DataFrame({"uai": ["0132327J", None, "0132326H"]}))


class Ministere(BaseHTTPRequestHandler):
    """Répond selon `server.reponses` (une par demande, la dernière répétée) et note ce qui est demandé."""

    def do_GET(self):
        """Sert le corps entier, une partie, une coupure, « inchangé » ou une erreur."""
        serveur = self.server
        serveur.demandes.append((self.path, dict(self.headers)))
        attendue = serveur.reponses[min(len(serveur.demandes), len(serveur.reponses)) - 1]
        if isinstance(attendue, int):
            self.send_response(attendue)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        debut = 0
        if attendue != "sans reprise" and self.headers.get("Range") and self.headers.get("If-Range") == serveur.etag:
            debut = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        corps = CORPS[debut:]
        self.send_response(206 if debut else 200)
        if debut:
            self.send_header("Content-Range", f"bytes {debut}-{len(CORPS) - 1}/{len(CORPS)}")
        self.send_header("Content-Type", "text/html" if attendue == "portail" else "text/csv")
        self.send_header("Content-Length", str(len(corps)))
        if serveur.etag:
            self.send_header("ETag", serveur.etag)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # le client raccroche sans lire la page d'un portail
            self.wfile.write(corps[: len(corps) // 2] if attendue == "coupure" else corps)

    def log_message(self, *args):
        """Rien sur la sortie d'erreur."""


@pytest.fixture
def ministere(monkeypatch):
    """Un serveur de la machine elle-même, arrêté à la fin ; sans attente entre deux essais."""
    monkeypatch.setattr(telechargement, "PAUSE", 0.0)
    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Ministere)
    serveur.demandes, serveur.reponses, serveur.etag = [], ["entier"], '"v1"'
    serveur.url = f"http://127.0.0.1:{serveur.server_address[1]}"
    fil = threading.Thread(target=serveur.serve_forever, args=(0.01,), daemon=True)
    fil.start()
    yield serveur
    serveur.shutdown()
    serveur.server_close()
    fil.join()


def prendre(ministere, dossier, **options):
    """Télécharge l'IVAC auprès du serveur local."""
    return telecharger("ivac", CITE, dossier=dossier, serveur=ministere.url, **options)


def test_le_fichier_entier_arrive_avec_sa_fiche(ministere, tmp_path):
    """Adresse, date, taille et SHA-256 (calculé ici sur le corps servi)."""
    chemin = prendre(ministere, tmp_path / "cache")
    fiche = json.loads((tmp_path / "cache" / f"{chemin.name}.json").read_text(encoding="utf-8"))

    assert chemin.name == "fr-en-indicateurs-valeur-ajoutee-colleges.csv"
    assert chemin.read_bytes() == CORPS
    assert (fiche["octets"], fiche["sha256"]) == (len(CORPS), hashlib.sha256(CORPS).hexdigest())
    assert fiche["url"].startswith(ministere.url)
    assert sorted(p.name for p in chemin.parent.iterdir()) == [chemin.name, f"{chemin.name}.json"]


def test_une_copie_intacte_et_recente_n_est_pas_redemandee(ministere, tmp_path):
    """Une seule demande pour deux appels."""
    prendre(ministere, tmp_path)
    prendre(ministere, tmp_path)

    assert len(ministere.demandes) == 1


def test_une_coupure_se_reprend_ou_elle_s_est_produite(ministere, tmp_path):
    """La seconde demande part du milieu, et les deux moitiés font le corps."""
    ministere.reponses = ["coupure", "entier"]

    assert prendre(ministere, tmp_path).read_bytes() == CORPS
    assert ministere.demandes[1][1]["Range"] == f"bytes={len(CORPS) // 2}-"


@pytest.mark.parametrize(("reponses", "etag"), [(["coupure", "sans reprise"], '"v1"'), (["coupure", "entier"], "")])
def test_un_serveur_qui_ne_sait_pas_reprendre_redonne_tout(ministere, tmp_path, reponses, etag):
    """Une réponse 200, ou l'absence de repère de version : on recommence, sans coller deux versions."""
    ministere.reponses, ministere.etag = reponses, etag

    assert prendre(ministere, tmp_path).read_bytes() == CORPS


def test_une_reprise_refusee_recommence_du_debut(ministere, tmp_path):
    """416 : le fichier partiel ne vaut plus rien."""
    ministere.reponses = ["coupure", 416, "entier"]

    assert prendre(ministere, tmp_path).read_bytes() == CORPS
    assert "Range" not in ministere.demandes[2][1]


def test_une_copie_alteree_est_retelechargee(ministere, tmp_path):
    """L'empreinte ne correspond plus."""
    chemin = prendre(ministere, tmp_path)
    chemin.write_bytes(b"autre chose")

    assert prendre(ministere, tmp_path).read_bytes() == CORPS
    assert "If-None-Match" not in ministere.demandes[1][1]


def test_une_copie_ancienne_est_gardee_si_le_serveur_la_dit_inchangee(ministere, tmp_path):
    """Demande conditionnelle, réponse 304, date de la fiche rafraîchie."""
    chemin = prendre(ministere, tmp_path)
    fiche = tmp_path / f"{chemin.name}.json"
    fiche.write_text(json.dumps(json.loads(fiche.read_text()) | {"date": "2020-01-01T00:00:00+00:00"}))
    ministere.reponses = [304]

    assert prendre(ministere, tmp_path).read_bytes() == CORPS
    assert ministere.demandes[1][1]["If-None-Match"] == '"v1"'
    assert json.loads(fiche.read_text())["date"] > "2026"


def test_un_fichier_toujours_tronque_n_est_pas_garde(ministere, tmp_path):
    """Ni copie ni fiche : le prochain appel reprendra la partie reçue."""
    ministere.reponses = ["coupure"]
    with pytest.raises(ErreurParametre, match="coupé 4 fois"):
        prendre(ministere, tmp_path)

    assert [p.name for p in tmp_path.glob("*.csv")] == []


def test_sans_reseau_le_message_dit_quoi_faire(ministere, tmp_path):
    """Connexion refusée : l'adresse à ouvrir à la main est donnée."""
    ministere.server_close()
    with pytest.raises(ErreurParametre, match=r"pas de réseau.*Télécharger à la main http://127\.0\.0\.1"):
        prendre(ministere, tmp_path)


def test_sans_reseau_une_copie_ancienne_est_signalee(ministere, tmp_path):
    """On dit qu'elle existe, sans la faire passer pour neuve."""
    prendre(ministere, tmp_path)
    ministere.reponses = [503]
    with pytest.raises(ErreurParametre, match=r"réponse 503.*Une copie du 20"):
        prendre(ministere, tmp_path, jours=0)

    assert len(ministere.demandes) == 1 + 4


@pytest.mark.parametrize(("code", "dit"), [(404, "jeu introuvable"), (400, "filtre"), (403, "accès refusé")])
def test_un_refus_du_serveur_se_dit_en_francais_sans_insister(ministere, tmp_path, code, dit):
    """Une seule demande : attendre n'y changerait rien."""
    ministere.reponses = [code]
    with pytest.raises(ErreurParametre, match=f"{dit}.*{code}"):
        prendre(ministere, tmp_path)

    assert len(ministere.demandes) == 1


def test_un_serveur_fatigue_est_reessaye(ministere, tmp_path):
    """Deux 503, puis le fichier."""
    ministere.reponses = [503, 503, "entier"]

    assert prendre(ministere, tmp_path).read_bytes() == CORPS


def test_la_page_d_un_portail_n_est_pas_prise_pour_un_fichier(ministere, tmp_path):
    """Un hôtel ou un rectorat répond parfois 200 avec sa page de connexion."""
    ministere.reponses = ["portail"]
    with pytest.raises(ErreurParametre, match="page web"):
        prendre(ministere, tmp_path)


def test_la_france_entiere_quand_il_faut_comparer_la_cite_sinon():
    """IVAC sans filtre ; écoles par UAI ; évaluations réduites à l'ensemble des élèves."""

    def demande(source, jeu=None):
        parties = urlsplit(adresse(source, CITE, jeu=jeu))
        assert (parties.scheme, parties.netloc) == ("https", "data.education.gouv.fr")
        return parties.path.split("/")[-3], parse_qs(parties.query).get("where")

    assert demande("ivac") == ("fr-en-indicateurs-valeur-ajoutee-colleges", None)
    ecoles = 'numero_ecole in ("0132326H","0132327J")'
    assert demande("effectifs", "fr-en-ecoles-effectifs-nb_classes")[1] == [ecoles]
    assert demande("ips", "fr-en-ips-ecoles-ap2022")[1] == ['uai in ("0132326H","0132327J")']
    assert demande("evaluations")[1] == ['caracteristique="Ensemble"']


def test_un_jeu_inconnu_est_refuse():
    """Le message dit ceux qui existent."""
    with pytest.raises(ErreurParametre, match="fr-en-ips-colleges-ap2023"):
        adresse("ips", CITE, jeu="fr-en-ips")
