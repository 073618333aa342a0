"""La page de tous les rapports d'un dossier : ce que les manifestes disent, et rien d'autre."""

import json

import pytest
from bs4 import BeautifulSoup

from citelib.__main__ import main
from citelib.recapitulatif import ecrire_recapitulatif, page, rangee


def manifeste(nom, annee, *, pages=(), annexes=(), diffusion="cotech"):
    """Un manifeste où ces pages et ces annexes ont échoué."""
    etats = {page: {"statut": "échec" if page in pages else "faite"} for page in ("synthese", "impacts")}
    joints = {nom: {"statut": "échec" if nom in annexes else "faite"} for nom in ("rapport.pdf",)}
    parametres = {"annee": annee, "diffusion": diffusion}
    return {"nom": nom, "parametres": parametres, "arrete_le": "2025-01-15", "pages": etats, "annexes": joints}


@pytest.fixture
def rapports(tmp_path):
    """Deux cités, trois rapports, et un dossier caché d'une production en cours."""
    poses = {
        "miramas/2023": manifeste("Miramas", 2023),
        "miramas/2024": manifeste("Miramas", 2024, pages=["impacts"], annexes=["rapport.pdf"]),
        "istres/2024": manifeste("Istres <b>", 2024, diffusion="public"),
        "istres/.2024-x": manifeste("Istres", 1999),
    }
    for chemin, contenu in poses.items():
        (tmp_path / chemin).mkdir(parents=True)
        (tmp_path / chemin / "manifeste.json").write_text(json.dumps(contenu), "utf-8")
    return tmp_path


def cellules(html):
    lignes = BeautifulSoup(html, "html.parser").select("tbody tr")
    return [[cellule.get_text().replace("\u00a0", " ") for cellule in ligne.find_all(["th", "td"])] for ligne in lignes]


def test_chaque_rapport_a_sa_ligne_le_plus_recent_d_abord(rapports):
    ecrire_recapitulatif(str(rapports), [])
    html = (rapports / "index.html").read_text("utf-8")
    assert cellules(html) == [
        ["Cité éducative d’Istres <b>, programme 2024", "Document public", "15 janvier 2025", "Toutes les pages"],
        [
            "Cité éducative de Miramas, programme 2024",
            "Document réservé au comité technique (COTECH)",
            "15 janvier 2025",
            "2 échecs : Impacts et rapport.pdf",
        ],
        [
            "Cité éducative de Miramas, programme 2023",
            "Document réservé au comité technique (COTECH)",
            "15 janvier 2025",
            "Toutes les pages",
        ],
    ]
    assert 'href="miramas/2023/index.html"' in html


def test_deux_cites_du_meme_nom_se_distinguent_par_leur_dossier(rapports):
    """WCAG 2.4.4 : un texte de lien ne mène qu'à une page ; la page n'en est pas refusée."""
    (rapports / "miramas-est/2024").mkdir(parents=True)
    (rapports / "miramas-est/2024/manifeste.json").write_text(json.dumps(manifeste("Miramas", 2024)), "utf-8")
    ecrire_recapitulatif(str(rapports), [])
    titres = [ligne[0] for ligne in cellules((rapports / "index.html").read_text("utf-8"))]
    assert titres[1:] == [
        "Cité éducative de Miramas (miramas), programme 2024",
        "Cité éducative de Miramas, programme 2023",
        "Cité éducative de Miramas (miramas-est), programme 2024",
    ]


def test_une_cite_refusee_se_lit_sans_ses_donnees(rapports):
    """Le message d'un refus cite des cellules : il n'a rien à faire sur une page."""
    refus = {"quoi": "refus", "dossier": "data/istres", "message": "actions.csv, ligne 3 : « Léa Martin »"}
    ecrire_recapitulatif(str(rapports), [refus, {"quoi": "fin"}])
    html = (rapports / "index.html").read_text("utf-8")
    assert "data/istres" in html and "Léa" not in html


def test_sans_rapport_la_page_le_dit():
    assert "Aucun rapport ici." in page([], [])


def test_un_echec_au_singulier():
    assert (
        rangee("a/2024/manifeste.json", manifeste("A", 2024, pages=["synthese"]))["etat"] == "1\u00a0échec : Synthèse"
    )


def test_les_rapports_d_une_adresse_ont_aussi_leur_page(rapports):
    fsspec = pytest.importorskip("fsspec", reason="fsspec n'est pas installé : l'adresse n'est pas lue")
    lointain = fsspec.filesystem("memory")
    lointain.pipe_file("/recapitules/miramas/2024/manifeste.json", json.dumps(manifeste("Miramas", 2024)).encode())
    ecrire_recapitulatif("memory://recapitules", [])
    assert cellules(lointain.cat_file("/recapitules/index.html").decode())[0][0].endswith("Miramas, programme 2024")


def test_la_commande_ecrit_la_page_si_elle_a_produit(rapports, monkeypatch, tmp_path):
    from citelib import __main__ as commande

    monkeypatch.setattr(commande, "mener", lambda demandes, dire, executeur: dire("inchange") or 0)
    assert main(["rapport", "x", "--sortie", str(rapports)]) == 0
    assert not (rapports / "index.html").exists()
    page_faite = {"page": "Impacts", "etat": "faite", "message": ""}
    monkeypatch.setattr(commande, "mener", lambda demandes, dire, executeur: dire("page", **page_faite) or 0)
    assert main(["rapport", "x", "--sortie", str(rapports)]) == 0
    assert (rapports / "index.html").is_file()
