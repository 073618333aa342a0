"""Plusieurs cités, plusieurs années : ici ou sur une grappe, sur ce disque ou ailleurs."""

import getpass
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest
from distributed import LocalCluster

from citelib import campagne
from citelib.__main__ import main
from citelib.campagne import Demande, grappe, mener
from citelib.chargement.distant import deposer, rapatrier
from citelib.erreurs import ErreurParametre
from citelib.simulation import completer


def faux_rapport(demande):
    """Ce qu'un ouvrier répondrait : la cité « perdue » n'est jamais finie, « ratee » a une page en échec."""
    if demande.dossier == "perdue":
        raise RuntimeError("ouvrier perdu")
    code = int(demande.dossier == "ratee")
    qui = {"dossier": demande.dossier, "annee": demande.annee, "diffusion": demande.diffusion}
    return [{"quoi": "fin", **qui, "rapport": "r/index.html"}], code


@pytest.fixture
def dits():
    return []


@pytest.fixture
def dire(dits):
    return lambda quoi, **details: dits.append({"quoi": quoi, **details})


@pytest.mark.parametrize(("dossiers", "code"), [(["une"], 0), (["une", "ratee"], 1), (["une", "perdue", "autre"], 1)])
def test_un_rapport_perdu_n_emporte_pas_les_autres(monkeypatch, dits, dire, dossiers, code):
    """Chaque cité a sa réponse, la perdue est dite, et le code est le plus grave."""
    monkeypatch.setattr(campagne, "au_loin", faux_rapport)
    with ThreadPoolExecutor(2) as executeur:
        assert mener([Demande(d, annee=2024) for d in dossiers], dire, executeur=executeur) == code
    assert sorted(dit["dossier"] for dit in dits) == sorted(dossiers)
    assert [dit["message"] for dit in dits if dit["quoi"] == "refus"] == (
        ["RuntimeError : ouvrier perdu"] if "perdue" in dossiers else []
    )


def test_une_grappe_dask_rend_les_evenements_de_chaque_rapport(dits, dire):
    """Un vrai ordonnanceur, sur la boucle locale ; les données absentes y sont refusées comme ici."""
    with (
        LocalCluster(n_workers=1, processes=False, dashboard_address=None, host="tcp://127.0.0.1") as locale,
        grappe(locale.scheduler_address) as executeur,
    ):
        assert mener([Demande("nulle-part", annee=2024), Demande("pas-la", annee=2024)], dire, executeur=executeur) == 2
    assert {(dit["quoi"], dit["dossier"]) for dit in dits} == {("refus", "nulle-part"), ("refus", "pas-la")}


def test_une_grappe_sans_adresse_est_refusee(capsys):
    assert main(["rapport", "data/miramas", "--executeur", "dask"]) == 2
    assert "--ordonnanceur tcp://machine:8786" in capsys.readouterr().err


@pytest.mark.parametrize("octets", [b"\xff" * 4096, b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20, b"\x01" + bytes(800)])
def test_ce_qui_n_est_pas_un_ordonnanceur_se_dit_en_francais(capsys, octets):
    """Un autre service tient le port : selon ce qu'il répond, distributed se croit à court de mémoire, ou pire."""
    with socket.create_server(("127.0.0.1", 0)) as service:

        def repondre_n_importe_quoi():
            connexion, _ = service.accept()
            connexion.sendall(octets)

        fil = threading.Thread(target=repondre_n_importe_quoi)
        fil.start()
        adresse = f"tcp://127.0.0.1:{service.getsockname()[1]}"
        code = main(["rapport", "data/miramas", "--executeur", "dask", "--ordonnanceur", adresse])
        fil.join()

    assert code == 2
    assert f"{adresse} : rien n'y répond comme un ordonnanceur Dask" in capsys.readouterr().err


# ------------------------------------------------------------------------------------- les adresses


@pytest.fixture
def memoire():
    """Un magasin d'objets qui ne vit que le temps du test."""
    systeme = fsspec.filesystem("memory")
    systeme.pipe({"/d/cite/cite.toml": b'cle = "cite"', "/d/cite/commentaires/a.md": "Été".encode()})
    yield systeme
    systeme.rm("/", recursive=True)


def test_des_donnees_lointaines_se_lisent_dossiers_compris(memoire):
    with rapatrier("memory://d/cite") as ici:
        lus = {f"{f.parent.name}/{f.name}": f.read_text("utf-8") for f in Path(ici).rglob("*") if f.is_file()}
    assert lus == {"cite/cite.toml": 'cle = "cite"', "commentaires/a.md": "Été"}


def test_une_adresse_se_lit_toujours_au_meme_endroit_et_n_y_laisse_rien(memoire):
    """Les notebooks publiés disent d'où viennent leurs données : un chemin tiré au hasard changerait leurs octets."""
    copies = []
    for _ in range(2):
        with rapatrier("memory://d/cite") as ici:
            copies.append(ici)
            assert Path(ici).parents[1].stat().st_mode & 0o077 == 0
        assert not Path(ici).parent.exists()
    assert copies[0] == copies[1]


def test_deux_adresses_de_meme_nom_ne_se_melangent_pas(memoire):
    memoire.pipe("/autre/cite/cite.toml", b'cle = "autre"')
    with rapatrier("memory://d/cite") as une, rapatrier("memory://autre/cite") as autre:
        assert Path(une).name == Path(autre).name == "cite"
        assert Path(une, "cite.toml").read_bytes() != Path(autre, "cite.toml").read_bytes()


def test_une_copie_ne_se_fait_pas_chez_quelqu_un_d_autre(memoire, tmp_path, monkeypatch):
    """Un dossier préparé par un autre, ouvert à tous, est refusé : des données d'enfants s'y liraient."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    piege = tmp_path / f"citelib-{getpass.getuser()}"
    piege.mkdir()
    piege.chmod(0o777)
    with pytest.raises(ErreurParametre, match="vous seul"), rapatrier("memory://d/cite"):
        pass


def test_un_rapport_se_depose_manifeste_en_dernier_et_sans_reste(memoire, monkeypatch):
    """Ce qui a disparu du rapport disparaît là-bas ; ce qui n'a pas changé n'est pas renvoyé."""
    memoire.pipe({"/r/cite/2024/index.html": b"ancien", "/r/cite/2024/perimee.html": b"p", "/r/cite/2023/a": b"garde"})
    envoyes = []
    vrai = type(memoire).pipe_file
    monkeypatch.setattr(type(memoire), "pipe_file", lambda s, nom, o: (envoyes.append(nom), vrai(s, nom, o))[1])
    with rapatrier("memory://d/cite") as donnees, deposer("memory://r", donnees) as sortie:
        annee = Path(sortie) / "cite/2024"
        assert (annee / "index.html").read_bytes() == b"ancien"
        (annee / "index.html").write_bytes(b"neuf")
        (annee / "manifeste.json").write_bytes(b"{}")
        (annee / "resultats.html").write_bytes(b"neuf")
        (annee / "perimee.html").unlink()
    assert envoyes[-1].endswith("manifeste.json")
    assert len(envoyes) == 3
    assert sorted(nom for nom in memoire.find("/r")) == [
        "/r/cite/2023/a", "/r/cite/2024/index.html", "/r/cite/2024/manifeste.json", "/r/cite/2024/resultats.html",
    ]  # fmt: skip


def test_un_rapport_en_echec_ne_depose_rien(memoire):
    with pytest.raises(ZeroDivisionError), rapatrier("memory://d/cite") as d, deposer("memory://r", d) as sortie:
        Path(sortie).joinpath("cite").mkdir(parents=True)
        Path(sortie).joinpath("cite/a").write_bytes(b"x")
        raise ZeroDivisionError
    assert not memoire.exists("/r/cite/a")


@pytest.mark.parametrize("adresse", ["memory://rien", "inconnu://x"])
def test_une_adresse_qui_ne_mene_a_rien_le_dit(adresse):
    with pytest.raises(ErreurParametre, match=adresse), rapatrier(adresse):
        pass


def test_le_journal_dit_l_adresse_demandee_et_non_celle_de_la_copie(memoire, capsys):
    """Des données lointaines refusées : le message nomme ce que l'utilisateur a écrit."""
    assert main(["rapport", "memory://d/cite", "--sortie", "memory://r", "--journal", "json"]) == 2
    refus = json.loads(capsys.readouterr().err.splitlines()[0])
    assert (refus["quoi"], refus["dossier"]) == ("refus", "memory://d/cite")


def test_des_rapports_lointains_ne_se_refont_pas_pour_rien(tmp_path, dits, dire):
    """Deux productions de suite, données et rapports à une adresse : la seconde ne fait que le constater."""
    (cite,) = completer(tmp_path / "cite", annees=1, n_actions=20, graine=3)
    ou = {"sortie": f"file://{tmp_path}/rapports", "seulement": ("partenariat",)}
    for _ in range(2):
        assert campagne.repondre(Demande(f"file://{cite}", **ou), dire) == 0
    assert [dit["quoi"] for dit in dits] == ["debut", "page", "fin", "debut", "inchange", "fin"]
