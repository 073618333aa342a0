"""Ne refaire que ce qui a changé : ni moins, ni plus, et tout dans le doute."""

import shutil

import nbformat
import pandas as pd
import pytest

from citelib import execution, rapport, reprise
from citelib.__main__ import main
from citelib.annexes import Annexe
from citelib.chargement import charger, journal
from citelib.execution import Calcul, PageFaite
from citelib.rapport import PAGES, produire
from citelib.simulation import completer

pytestmark = pytest.mark.usefixtures("sans_compagnons")

LUES = {page: ("actions", f"commentaires/2024-{page}.md") for page in PAGES} | {"impacts": ("actions", "colleges")}


@pytest.fixture(scope="module")
def cite_inventee(tmp_path_factory):
    (dossier,) = completer(tmp_path_factory.mktemp("donnees") / "essai", annees=1, graine=7)
    return dossier


@pytest.fixture
def atelier(cite_inventee, tmp_path, monkeypatch):
    """Une cité à soi, des notebooks qui ne calculent rien, et de quoi produire son rapport."""
    dossier, calculees = shutil.copytree(cite_inventee, tmp_path / "essai"), []

    def calculer(tache, **_):
        calculees.append(tache.page)
        return Calcul(nbformat.v4.new_notebook(cells=[]), lues=LUES[tache.page])

    def habiller(tache, calcul):
        html = f"<html><main>{tache.page} {tache.contexte.empreinte}</main></html>"
        return PageFaite(tache.page, html, nbformat.writes(calcul.notebook), (), "", calcul.lues, calcul.reprise)

    monkeypatch.setattr(execution, "calculer", calculer)
    monkeypatch.setattr(execution, "habiller", habiller)
    monkeypatch.setattr(rapport, "preparer", lambda cite, **_: {"calendrier.ics": Annexe(b"BEGIN:VCALENDAR")})

    class Atelier:
        sortie = tmp_path / "r"

        def __init__(self):
            self.dossier, self.publie = dossier, self.sortie / "essai" / "2024"

        def produire(self, **options):
            """Les pages calculées, dans l'ordre alphabétique."""
            calculees.clear()
            entrees = reprise.entrees(dossier)
            bilan = produire(dossier, annee=2024, sortie=self.sortie, entrees=entrees, **options)
            self.publie = bilan.dossier
            return sorted(calculees)

        def inchanges(self, **options):
            demande = {"sortie": str(self.sortie), "annee": None, "toutes": False, "diffusion": "cotech"}
            return reprise.inchanges(str(dossier), **demande | options)

    return Atelier()


def test_une_seconde_production_ne_calcule_rien_et_donne_les_memes_octets(atelier):
    assert atelier.produire() == sorted(PAGES)
    avant = {f: f.read_bytes() for f in atelier.publie.rglob("*") if f.is_file()}
    assert atelier.inchanges() == [(2024, atelier.publie)]
    assert atelier.produire() == []
    assert {f: f.read_bytes() for f in atelier.publie.rglob("*") if f.is_file()} == avant


def test_tout_refaire_refait_tout(atelier):
    atelier.produire()
    assert atelier.produire(tout_refaire=True) == sorted(PAGES)


def test_seules_les_pages_qui_lisent_une_table_changee_sont_calculees(atelier):
    atelier.produire()
    colleges = atelier.dossier / "colleges.csv"
    entete, _, *suite = colleges.read_text("utf-8-sig").splitlines()
    colleges.write_text("\n".join([entete, *suite]), "utf-8-sig")
    assert atelier.inchanges() == []
    assert atelier.produire() == ["impacts"]
    assert atelier.inchanges() == [(2024, atelier.publie)]


def test_un_commentaire_nouveau_ne_refait_que_sa_page(atelier):
    atelier.produire()
    (atelier.dossier / "commentaires").mkdir(exist_ok=True)
    (atelier.dossier / "commentaires" / "2024-resultats.md").write_text("À relire.", "utf-8")
    assert atelier.produire() == ["resultats"]


def test_un_reglage_de_la_cite_refait_tout(atelier):
    atelier.produire()
    reglages = atelier.dossier / "cite.toml"
    reglages.write_text(reglages.read_text("utf-8") + "\n# relu\n", "utf-8")
    assert atelier.produire() == sorted(PAGES)


def test_une_autre_diffusion_refait_tout(atelier):
    atelier.produire()
    assert atelier.inchanges(diffusion="public") == []
    assert atelier.produire(diffusion="public") == sorted(PAGES)


@pytest.mark.parametrize("abime", ["", "{", "[]", '{"pages": 3}', '{"pages": {"impacts": {}}}'])
def test_une_note_abimee_est_reconnue_et_tout_est_refait(atelier, abime):
    atelier.produire()
    (atelier.publie / reprise.NOM).write_text(abime, "utf-8")
    assert atelier.inchanges() == []
    assert atelier.produire() == sorted(PAGES)
    assert atelier.inchanges() == [(2024, atelier.publie)]


def test_un_calcul_publie_puis_abime_est_refait(atelier):
    atelier.produire()
    (atelier.publie / "notebooks" / "impacts.ipynb").write_text("abîmé", "utf-8")
    assert atelier.inchanges() == []
    assert atelier.produire() == ["impacts"]


@pytest.mark.parametrize("fichier", ["impacts.html", "calendrier.ics"])
def test_une_page_ou_une_annexe_touchee_se_republie(atelier, fichier):
    atelier.produire()
    avant = (atelier.publie / fichier).read_bytes()
    (atelier.publie / fichier).write_bytes(b"touche")
    assert atelier.inchanges() == []
    assert atelier.produire() == []
    assert (atelier.publie / fichier).read_bytes() == avant


def test_une_page_seule_ne_dit_pas_que_les_autres_sont_a_jour(atelier):
    assert atelier.produire(seulement=["impacts"]) == ["impacts"]
    assert atelier.inchanges(seulement=["impacts"]) == [(2024, atelier.publie)]
    assert atelier.inchanges() == []


def test_des_donnees_changees_pendant_le_calcul_ne_sont_pas_tenues_pour_lues(atelier, monkeypatch):
    vraies = reprise.entrees
    monkeypatch.setattr(reprise, "entrees", lambda dossier, *_: f"{vraies(dossier)}{len(atelier.tours)}")
    atelier.tours = []
    au_fil = atelier.tours.append  # chaque page faite change ce que disent les entrées
    atelier.produire(au_fil=au_fil)
    assert not (atelier.publie / reprise.NOM).exists()


def test_une_page_en_echec_se_refait(atelier, monkeypatch):
    habiller = execution.habiller
    monkeypatch.setattr(execution, "habiller", lambda tache, calcul: PageFaite(tache.page, "", "{}\n", erreur="panne"))
    atelier.produire()
    monkeypatch.setattr(execution, "habiller", habiller)
    assert atelier.inchanges() == []
    assert atelier.produire() == sorted(PAGES)


def test_la_commande_dit_que_rien_na_change(atelier, capsys):
    commande = ["rapport", str(atelier.dossier), "--annee", "2024", "--sortie", str(atelier.sortie)]
    assert main(commande) == 0
    assert "Impacts : faite" in capsys.readouterr().out
    assert main(commande) == 0
    dit = capsys.readouterr().out
    assert "rien n'a changé" in dit
    assert "index.html" in dit
    assert main([*commande, "--tout-refaire"]) == 0
    assert "Impacts : faite" in capsys.readouterr().out


def test_ce_quune_page_lit_est_note_et_parcourir_note_tout(cite_inventee, monkeypatch):
    cite = charger(cite_inventee)
    monkeypatch.setattr(journal, "_LUES", set())
    assert len(cite.actions) and journal.lues() == ["actions"]
    cite.commentaire("impacts", 2024)
    assert journal.lues() == ["actions", "commentaires/2024-impacts.md"]
    assert len(cite.etats.columns)
    assert {"financements", "colleges"} <= set(journal.lues())


def test_l_empreinte_d_une_table_distingue_un_zero_d_une_absence(cite_inventee):
    lecture = charger(cite_inventee).lectures["realisations"]
    zero = lecture.table.assign(seances_tenues=pd.array([0] * len(lecture.table), "Int64"))
    absente = lecture.table.assign(seances_tenues=pd.array([pd.NA] * len(lecture.table), "Int64"))
    empreintes = [rapport.empreinte_de(type(lecture)(t, lecture.origine, lecture.etats, [])) for t in (zero, absente)]
    assert empreintes[0] != empreintes[1]
    assert empreintes[0] == rapport.empreinte_de(type(lecture)(zero.copy(), lecture.origine, lecture.etats, []))
