"""La chaîne entière, sur l'exemple de Miramas : des fichiers de data/ aux pages que lit le comité."""

import base64
import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from urllib.parse import unquote

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from citelib.compagnons import COMPAGNONS, prevus, registre
from citelib.rapport import PAGES, produire

pytestmark = pytest.mark.lent

PERSONNES = (
    "Filles|Garçons|Sexe connu|Non renseigné|Inscriptions|Au moins|Au plus|Participations|Personnes différentes"
    "|Satisfaits|Réponses.*|Paires|Effectif|Élèves|Ne savent pas"
)
"""Titres des colonnes qui comptent des personnes."""


@pytest.fixture(scope="module")
def donnees(pytestconfig):
    """Lit un fichier de l'exemple avec pandas seul, sans citelib."""

    def lire(table, annee=2024):
        lignes = pd.read_csv(pytestconfig.rootpath / "data" / "miramas" / f"{table}.csv", sep=";", decimal=",")
        return lignes[lignes["annee"] == annee] if "annee" in lignes and annee else lignes

    return lire


@pytest.fixture(scope="module")
def bilan(pytestconfig, tmp_path_factory):
    """Le rapport 2024 de Miramas, pour le comité technique."""
    return produire(pytestconfig.rootpath / "data" / "miramas", annee=2024, sortie=tmp_path_factory.mktemp("rapports"))


@pytest.fixture(scope="module")
def pages(bilan):
    return {
        page: BeautifulSoup((bilan.dossier / fichier).read_text("utf-8"), "html.parser")
        for page, (fichier, _) in PAGES.items()
    }


@pytest.fixture(scope="module")
def cellule(pages):
    """Lit une cellule d'un tableau publié, par son titre, l'intitulé de sa ligne et celui de sa colonne."""

    def lire(page, titre, ligne, colonne):
        for table in pages[page].find_all("table"):
            if titre in normal(table.caption.get_text()):
                entetes = [normal(th.get_text()) for th in table.thead.find_all("th")]
                for rangee in table.tbody.find_all("tr"):
                    cellules = [normal(c.get_text()) for c in rangee.find_all(["th", "td"])]
                    if cellules[0] == ligne:
                        return cellules[entetes.index(colonne)]
        raise AssertionError(f"{page} : pas de « {ligne} » dans « {titre} »")

    return lire


def normal(texte):
    """Un texte sans ses finesses typographiques : espaces simples et apostrophes droites."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", texte).replace("\u2019", "'").replace("\u2212", "-").strip()


def lisible(page):
    return normal(page.get_text(" "))


def millier(nombre):
    """1234 → « 1 234 » ; la moitié s'éloigne de zéro."""
    return f"{int(nombre + 0.5):,}".replace(",", " ")


def pour_cent(haut, bas):
    return f"{int(100 * haut / bas + 0.5)} %"


def test_toutes_les_pages_sont_faites(bilan):
    assert bilan.echecs == {}
    assert set(bilan.faites) == set(PAGES)


def test_deux_productions_donnent_les_memes_octets(bilan, pytestconfig, tmp_path, monkeypatch):
    """Pages, notebooks, figures et annexes, empruntés ou non ; les compagnons ont leur propre test."""
    vides = {nom: replace(compagnon, faire=lambda matiere: b"") for nom, compagnon in COMPAGNONS.items()}
    monkeypatch.setattr(registre, "COMPAGNONS", vides)
    dossier = pytestconfig.rootpath / "data" / "miramas"
    encore = produire(dossier, annee=2024, sortie=tmp_path, seulement=["impacts", "synthese"]).dossier
    propres = {"manifeste.json", *(fichier for fichier, _ in PAGES.values())} - {"impacts.html", "index.html"}
    refaits = [f.relative_to(encore) for f in encore.rglob("*") if f.is_file() and f.name not in propres]
    assert {"impacts.html", "index.html", "impacts.ipynb", "impacts-figure-1.png", "indicateurs.json"} <= {
        fichier.name for fichier in refaits
    }
    for fichier in refaits:
        assert (encore / fichier).read_bytes() == (bilan.dossier / fichier).read_bytes(), fichier


def test_les_compagnons_reprennent_toutes_les_pages(bilan, pages):
    """Ceux du manifeste, à leur empreinte ; autant de figures et de tableaux ; les mêmes nombres, les mêmes masques."""
    annexes = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))["annexes"]
    for nom in prevus():  # sans Pango, pas de PDF
        assert annexes[nom]["sha256"] == hashlib.sha256((bilan.dossier / nom).read_bytes()).hexdigest(), nom
        assert all(page.select(f'footer a[href="{nom}"]') for page in pages.values())
    dossier = BeautifulSoup((bilan.dossier / "dossier-complet.html").read_text("utf-8"), "html.parser")
    montres = {nom: len(page.select("figure.constat, .tableau")) for nom, page in pages.items()}
    assert len(dossier.select("figure.constat, .tableau")) == sum(montres.values())
    feuilles = pd.read_excel(bilan.dossier / "tableaux.xlsx", sheet_name=None, header=None, engine="calamine")
    assert len(feuilles["Sommaire"]) == 3 + sum(montres.values())
    assert feuilles["Synthèse T1"].iloc[8, [0, 1, 2]].tolist() == ["Ensemble", 45, 36]
    assert any(feuille.eq("[s]").any(axis=None) for feuille in feuilles.values())


def test_aucune_page_ne_demande_rien_au_dehors(bilan):
    for fichier, _ in PAGES.values():
        html = (bilan.dossier / fichier).read_text("utf-8")
        assert "<script" not in html
        liens = re.findall(r"""(?:src|href)=["'](?!data:|#|[a-z-]+\.html)([^"']*)["']""", html)
        assert [lien for lien in liens if not (bilan.dossier / lien).is_file()] == []  # les annexes, à côté
        assert re.findall(r"@import|url\((?!data:)", html) == []
        assert "default-src 'none'" in html
        assert "No description has been provided" not in html


FAITS = [
    "La Maille",
    "La Carraire",
    "QP013063",
    "QN01366I",
    "QN01367M",
    "La Crau",
    "Collège Miramaris",
    "0132327J",
    "Collège Albert Camus",
    "0132326H",
    "Collège La Carraire",
    "0132497U",
    "27 060",
    "7 392",
    "4 385",
    "Écoles en REP+ 6",
    "Écoles hors éducation prioritaire 13",
    "Centres sociaux 3",
    "Préfet des Bouches-du-Rhône",
    "Académie d'Aix-Marseille",
    "Ville de Miramas",
    "plus de 100",
    "plus de 55",
    "plus de 72",
    "plus de 69",
    "plus de 50",
    "Une cité : pour quoi faire ?",
    "Définition de l'organisation, de la gouvernance et des modalités de concertation",
    "Identification des objectifs communs en tenant compte des échanges des ateliers participatifs",
    "Co-élaboration des orientations pour la définition des plans d'actions",
    "Gouvernance en coopération circulaire",
    "Sa structure est définie au niveau local",
    "C'est l'énergie de la cité éducative",
    "Anime la cité, fait le lien entre le terrain et les autres instances",
    "Fait l'interface entre l'équipe de projet et le comité de pilotage",
    "Pilote le dispositif, valide les orientations proposées",
    "Techniciens représentant les pilotes",
    "Faire Cité",
    "Mise en visibilité de l'existant",
    "Implication des habitants",
    "Coopération des acteurs",
    "Développement et partage de la connaissance",
    "Suivi et évaluation",
    "Conforter le rôle de l'école",
    "Relations entre les établissements scolaires et les familles",
    "Orientation scolaire",
    "Promouvoir la continuité éducative",
    "Bien-être et santé",
    "Orientation et insertion professionnelle",
    "Absentéisme et décrochage scolaire",
    "Alphabétisation et linguistique",
    "Usage du numérique",
    "Ouvrir le champ des possibles",
    "Pratiques artistiques et sportives",
    "Interculturalité",
    "Environnement de proximité",
    "ce que nous avons prévu de faire a-t-il été réalisé ?",
    "les objectifs fixés ont-ils été atteints ? Qui sont les bénéficiaires des actions conduites ?",
    "quels sont les changements produits du fait des actions dans la vie quotidienne des bénéficiaires ?",
]


@pytest.mark.parametrize("fait", FAITS)
def test_chaque_fait_du_document_de_lancement_est_sur_une_page(pages, fait):
    assert any(fait.lower() in lisible(page).lower() for page in pages.values())


def test_ce_qui_est_invente_le_dit(pages):
    for page in pages.values():
        assert "Données fictives" in page.header.get_text()
        for objet in page.select("figure.constat, .tableau"):
            assert ("Données fictives" in objet.get_text()) == bool(objet.select(".fictif"))


def test_les_actions_se_recomptent(donnees, cellule):
    prevues = donnees("actions").query("hors_programmation == 'non'")
    bilans = prevues.merge(donnees("realisations"), on="action_id", how="left")
    for axe, nom in (
        ("FC", "Faire Cité"),
        ("A1", "Conforter le rôle de l'école"),
        ("A3", "Ouvrir le champ des possibles"),
    ):
        siennes = bilans[bilans["axe"] == axe]
        assert cellule("synthese", "par axe", nom, "Prévues") == str(len(siennes))
        assert cellule("synthese", "par axe", nom, "Réalisées") == str((siennes["statut"] == "realisee").sum())
    faites, partielles = (bilans["statut"] == "realisee").sum(), (bilans["statut"] == "partielle").sum()
    assert cellule("synthese", "par axe", "Ensemble", "Taux de réalisation") == pour_cent(faites, len(bilans))
    comparaison = "Le programme 2024 et le précédent"
    assert cellule("realisation", comparaison, "2024", "Réalisées en partie") == str(partielles)
    assert cellule("realisation", comparaison, "2024", "Taux pondéré") == pour_cent(
        faites + partielles / 2, len(bilans)
    )
    avant = set(donnees("actions", 2023).query("hors_programmation == 'non'")["action_id"])
    reportees = donnees("realisations", 2023).query("statut == 'reportee'")["action_id"]
    cascade, reconduites = "Actions prévues", avant & set(prevues["action_id"]) - set(reportees)
    assert cellule("realisation", cascade, "Reconduites", "Actions") == str(len(reconduites))
    sans_suite = bilans[~bilans["statut"].isin(["realisee", "partielle"])]
    humains = (sans_suite["motif_ecart"] == "moyens_humains").sum()
    assert cellule("realisation", "Motifs d'écart", "moyens humains", "Actions") == str(humains)


def test_les_seances_et_les_credits_se_recomptent(donnees, cellule, pages):
    prevues = donnees("actions").query("hors_programmation == 'non'")
    seances = prevues.merge(donnees("realisations"), on="action_id").dropna(
        subset=["seances_prevues", "seances_tenues"]
    )
    titre = "de séances tenues"
    assert cellule("realisation", titre, "Ensemble", "Séances prévues") == millier(seances["seances_prevues"].sum())
    assert cellule("realisation", titre, "Ensemble", "Séances tenues") == millier(seances["seances_tenues"].sum())
    credits = donnees("financements").query("nature == 'numeraire'")
    titre = "Crédits par financeur"
    for colonne, titre_colonne in (("demande", "Demandé"), ("accorde", "Accordé"), ("verse", "Versé")):
        assert cellule("realisation", titre, "Ensemble", titre_colonne) == f"{millier(credits[colonne].sum())} €"
    ville = credits[credits["financeur"] == "ville"]
    assert cellule("realisation", titre, "Ville", "Accordé") == f"{millier(ville['accorde'].sum())} €"
    connus = credits.dropna(subset=["accorde", "depense_justifiee"])
    # une subvention jamais versée n'appelle pas de compte rendu : son zéro est écrit d'avance
    connus = connus[connus["verse"].ne(0) | connus["compte_rendu_recu_le"].notna()]
    taux = pour_cent(connus["depense_justifiee"].sum(), connus["accorde"].sum())
    assert cellule("realisation", titre, "Ensemble", "Taux de consommation") == taux


def test_les_beneficiaires_se_recomptent(donnees, cellule):
    touches = donnees("beneficiaires")
    titre = "Bénéficiaires et participations, par public"
    assert cellule("resultats", titre, "Ensemble", "Au plus") == millier(touches["nb_uniques"].sum())
    assert cellule("resultats", titre, "Ensemble", "Au moins") == millier(
        touches.groupby("action_id")["nb_uniques"].sum().max()
    )
    jeunes = touches.query("type_public == 'enfant_jeune'")
    ages = "Inscriptions par âge"
    par_sexe = jeunes.groupby("sexe")["nb_uniques"].sum()
    assert cellule("resultats", ages, "Ensemble", "Filles") == millier(par_sexe["F"])
    assert cellule("resultats", ages, "Ensemble", "Garçons") == millier(par_sexe["G"])
    assert cellule("resultats", ages, "6-10", "Filles") == millier(
        jeunes.query("sexe == 'F' and tranche_age == '6-10'")["nb_uniques"].sum()
    )
    maille = touches["residence"].isin(["QP013063", "QN01367M"])
    assert cellule("resultats", "des inscriptions situées viennent", "La Maille", "Inscriptions") == millier(
        touches.loc[maille, "nb_uniques"].sum()
    )


def test_les_indicateurs_publics_des_colleges_sont_ceux_du_ministere(cellule):
    # DEPP, IVAC, session 2024 : taux de réussite en série générale ; France 84,3 %, académie 83,6 %.
    attendus = {
        "Collège Albert Camus": "91 %",
        "Collège Miramaris": "69 %",
        "Académie d'Aix-Marseille": "84 %",
        "France": "84 %",
    }
    titre = "Indicateurs publics des collèges"
    assert {ou: cellule("impacts", titre, ou, "Valeur") for ou in attendus} == attendus


def test_le_pilotage_se_recompte(donnees, cellule):
    reunions = donnees("instances")
    tenues = (reunions["tenue"] == "oui").sum()
    titre = "de réunions tenues"
    assert cellule("partenariat", titre, "Ensemble", "Prévues") == str(len(reunions))
    assert cellule("partenariat", titre, "Ensemble", "Tenues") == str(tenues)
    presences = donnees("presences").merge(reunions.query("tenue == 'oui'")[["reunion_id"]], on="reunion_id")
    invites = presences.query("invite == 'oui'")
    venus = (invites["present"] == "oui").sum()
    assert cellule("partenariat", "Présence par instance", "Ensemble", "Invitations") == str(len(invites))
    assert cellule("partenariat", "Présence par instance", "Ensemble", "Présences") == str(venus)
    decisions = donnees("decisions")
    assert cellule("partenariat", "De qui viennent les décisions", "Ensemble", "Décisions") == str(len(decisions))
    jeunes = (decisions["origine"] == "jeunes").sum()
    assert cellule("partenariat", "De qui viennent les décisions", "jeunes", "Décisions") == str(jeunes)


def test_levaluabilite_se_recompte(donnees, cellule):
    objectifs = donnees("objectifs")
    complets = objectifs.dropna(subset=["indicateur_code", "valeur_initiale", "cible", "source_prevue"])
    titre = "d'objectifs évaluables"
    assert cellule("protocole", titre, "Ensemble", "Objectifs") == str(len(objectifs))
    assert cellule("protocole", titre, "Ensemble", "Évaluables") == str(len(complets))


def test_aucun_petit_effectif_nest_montre_ni_dans_les_tableaux_ni_dans_les_fichiers(pages):
    for nom, page in pages.items():
        for table in page.find_all("table"):
            entetes = [normal(th.get_text()) for th in table.thead.find_all("th")]
            for rangee in table.tbody.find_all("tr"):
                cellules = [normal(c.get_text()) for c in rangee.find_all(["th", "td"])]
                # une fiche se lit en travers : c'est la rubrique qui dit si la ligne compte des personnes
                titres = cellules[:1] * len(cellules) if entetes[0] == "Rubrique" else entetes
                verifier_ligne(nom, titres, cellules)
        for lien in page.find_all("a", download=re.compile(r"\.csv$")):
            octets = base64.b64decode(unquote(lien["href"].split(",", 1)[1]))
            entetes, *lignes = csv.reader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";")
            for ligne in lignes:
                verifier_ligne(nom, [normal(e) for e in entetes], [normal(c) for c in ligne])


def verifier_ligne(page, entetes, cellules):
    for entete, texte in zip(entetes, cellules, strict=True):
        if re.fullmatch(f"{PERSONNES}|Personnes", entete):
            assert texte not in {"1", "2", "3", "4"}, f"{page}, {entete} : {cellules}"


def test_des_cases_sont_bien_masquees(pages):
    assert "[s]" in lisible(pages["resultats"])
    assert "secret statistique" in lisible(pages["resultats"])


def test_aucune_phrase_ne_pretend_a_un_effet(pages):
    for nom, page in pages.items():
        texte = lisible(page).lower()
        for mot in ("grâce à", "efficace", "effet prouvé", "impact prouvé"):
            assert mot not in texte, f"{nom} : {mot}"
    assert "non imputable à la cité éducative seule" in lisible(pages["impacts"])


def test_le_manifeste_porte_les_constats_et_les_entrees(bilan):
    manifeste = json.loads((bilan.dossier / "manifeste.json").read_text("utf-8"))
    # les fiches reprennent chaque action : elles ne concluent rien
    parlantes = {page: page != "fiches" for page in PAGES}
    assert {page: len(constats) > 0 for page, constats in manifeste["constats"].items()} == parlantes
    assert set(manifeste["donnees"]) >= {"actions.csv", "cite.toml", "2024-realisation.md"}
    assert manifeste["bibliotheques"]["pandas"]
