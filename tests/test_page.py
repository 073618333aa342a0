"""Une page passe son contrôle, chaque défaut planté s'y voit, et rien du notebook ne s'y perd."""

import dataclasses
import datetime as dt
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from sous_contrat import proteger

from citelib import figures, tableaux
from citelib.contrats import Publiable
from citelib.erreurs import ErreurExecution
from citelib.figures import Illustration
from citelib.page import Contexte, controler, defauts, ecritures, finir, objets, page_en_echec
from citelib.tableaux import Commentaire, Encadre, Tableau

GABARITS = Path(tableaux.__file__).parents[1] / "gabarits"
CONTEXTE = Contexte(
    nom_cite="Miramas",
    annee=2024,
    page="realisation",
    titre="Réalisation",
    diffusion="cotech",
    mention="Document réservé au comité technique",
    fictive=True,
    pages=(("synthese", "index.html", "Synthèse"), ("realisation", "realisation.html", "Réalisation")),
    arrete_le=dt.date(2025, 1, 15),
    empreinte="0123456789ab",
)


def sortie(objet) -> nbformat.NotebookNode:
    """La sortie de cellule d'un objet affiché."""
    paquet = objet._repr_mimebundle_()
    donnees, complements = paquet if isinstance(paquet, tuple) else (paquet, {})
    return nbformat.v4.new_output("display_data", donnees, metadata=complements)


def code(source: str, *objets, etiquettes=()) -> nbformat.NotebookNode:
    """Une cellule de code exécutée."""
    cellule = nbformat.v4.new_code_cell(source, execution_count=1, outputs=[sortie(objet) for objet in objets])
    cellule.metadata["tags"] = list(etiquettes)
    return cellule


@pytest.fixture(scope="module")
def carnet() -> nbformat.NotebookNode:
    """Un petit notebook exécuté : deux figures, deux tableaux de même titre, des cellules muettes."""
    table = pd.DataFrame({"axe": ["École", "Cité"], "n_prevues": [14, 6], "n_realisees": [12, 4]})
    contrat = Publiable(libres=("n_prevues", "n_realisees"))
    protegee = proteger(table, diffusion="interne", publiable=contrat)
    options = {"modalite": "axe", "prevu": "n_prevues", "realise": "n_realisees"}
    figure = Illustration(protegee, figures.prevu_realise, options=options, titre="L'école avance", source="Bilans")
    tableau = Tableau(protegee, titre="Prévu et réalisé", source="Bilans")
    texte = nbformat.v4.new_markdown_cell
    return nbformat.v4.new_notebook(
        cells=[
            texte("# Réalisation\n\nA-t-on fait ce qu'on avait prévu ?"),
            code("annee: int = 2024  # secret", tableau, etiquettes=["parameters"]),
            code("annee = 2024", etiquettes=["injected-parameters"]),
            code("brouillon()", tableau, etiquettes=["masquer"]),
            code("bilan", Encadre("L'essentiel", ["12 actions sur 14."]), Commentaire("Une *bonne* année.")),
            texte("## Les actions"),
            code("montrer(figure)", figure, tableau),
            texte("## Le détail\n\n### Par axe"),
            code("montrer(figure)", figure, tableau),
            nbformat.v4.new_code_cell(
                "table",
                execution_count=9,
                outputs=[
                    nbformat.v4.new_output("execute_result", {"text/plain": "donnée brute"}, execution_count=9),
                    nbformat.v4.new_output("stream", name="stdout", text="imprimé"),
                    nbformat.v4.new_output("stream", name="stderr", text="/home/a/avertissement"),
                ],
            ),
        ]
    )


def exporter(carnet: nbformat.NotebookNode, contexte: Contexte = CONTEXTE) -> str:
    """La page finie, par le gabarit du projet."""
    exportateur = HTMLExporter(
        template_name="rapport", extra_template_basedirs=[str(GABARITS)], language_code="fr", exclude_anchor_links=True
    )
    brute, _ = exportateur.from_notebook_node(carnet, resources={"contexte": contexte})
    return finir(brute, contexte=contexte)


@pytest.fixture(scope="module")
def html(carnet) -> str:
    """La page du petit notebook."""
    return exporter(carnet)


@pytest.fixture(scope="module")
def page(html) -> BeautifulSoup:
    """La même, prête à fouiller."""
    return BeautifulSoup(html, "html.parser")


def test_la_page_du_gabarit_n_a_aucun_defaut(html, carnet):
    """Le contrôle accepte ce que le projet produit."""
    assert defauts(html, attendus=len(objets(carnet, page="realisation"))) == []


def test_la_page_a_toutes_les_figures_du_notebook(page, carnet):
    """Deux figures et deux tableaux visibles ; ceux des cellules muettes n'en sont pas."""
    noms = [objet["nom"] for objet in objets(carnet, page="realisation")]
    assert noms == [f"realisation-{nom}" for nom in ("figure-1", "tableau-1", "figure-2", "tableau-2")]
    assert len(page.select("figure.constat")) == len(page.select("div.tableau")) == 2


def test_l_export_ordinaire_de_nbconvert_est_refuse(carnet):
    """Un contrôle qui accepterait l'export par défaut ne contrôlerait rien."""
    brut, _ = HTMLExporter(template_name="lab").from_notebook_node(carnet)
    trouves = " ".join(defauts(brut))

    for attendu in ("en français", "Content-Security-Policy", "script", "Adresse extérieure"):
        assert attendu in trouves


def test_finir_deux_fois_ne_change_rien(html):
    """Ni numéro ni titre ne se répètent."""
    assert finir(html, contexte=CONTEXTE) == html


def test_deux_exports_donnent_les_memes_octets(carnet, html):
    """Ni date, ni identifiant au hasard."""
    assert exporter(carnet) == html


def test_les_objets_sont_numerotes_et_leurs_identifiants_uniques(page):
    """Deux figures de même titre restent deux endroits de la page."""
    noms = [figure.figcaption.get_text() for figure in page.select("figure.constat")]

    assert noms == ["Figure 1. L’école avance", "Figure 2. L’école avance"]
    assert [f["aria-label"] for f in page.select("figure.constat")] == noms
    assert "Tableau 2. Prévu et réalisé" in page.select("div.tableau")[1].caption.get_text()
    assert [f["id"] for f in page.select("figure.constat")] == ["figure-1", "figure-2"]
    assert (
        page.find("a", string=None, attrs={"download": "realisation-figure-1.csv"})
        .get_text()
        .startswith("Télécharger les données de la figure 1 (CSV")
    )


def test_le_sommaire_mene_a_chaque_partie(page):
    """Un lien par titre de niveau 2, dans l'ordre."""
    liens = page.select("#sommaire a")

    assert [lien.get_text() for lien in liens] == ["Les actions", "Le détail"]
    assert all(page.find("h2", id=lien["href"][1:]) for lien in liens)


def test_le_grand_titre_dit_l_annee(page):
    """Un notebook sert à toutes les années."""
    assert page.h1.get_text() == "Réalisation du programme 2024"
    assert page.title.get_text() == "Réalisation 2024 – Cité éducative de Miramas"


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("Miramas", "Cité éducative de Miramas"),
        ("Évry", "Cité éducative d’Évry"),
        ("Le Havre", "Cité éducative du Havre"),
        ("Les Mureaux", "Cité éducative des Mureaux"),
        ("Cité éducative du Grand Nord", "Cité éducative du Grand Nord"),
    ],
)
def test_le_nom_de_la_cite_est_en_francais(nom, attendu):
    """L'élision et la contraction se font seules."""
    contexte = Contexte(nom, 2024, "realisation", "Réalisation", "cotech")

    assert contexte.cite == attendu


def test_le_bandeau_dit_la_cite_l_annee_le_public_et_la_fiction(page):
    """Une page imprimée ou transmise garde ses mentions."""
    bandeau = page.header.get_text(" ")

    for attendu in ("Miramas", "Programme 2024", "comité technique", "Données fictives", "15\u00a0janvier\u00a02025"):
        assert attendu in bandeau
    assert page.select_one('nav.pages a[aria-current="page"]').get_text() == "Réalisation"


def test_le_pied_dit_que_l_accessibilite_n_a_pas_ete_auditee(page):
    """On ne se dit pas conforme sans audit."""
    assert "non conforme" in page.footer.get_text()
    assert "0123456789ab" in page.footer.get_text()


def test_les_cellules_muettes_et_les_sorties_brutes_ne_passent_pas(html):
    """Une table affichée sans protection n'atteint jamais la page."""
    for absent in ("secret", "brouillon", "donnée brute", "imprimé", "avertissement"):
        assert absent not in html


@pytest.mark.parametrize(("diffusion", "plis"), [("cotech", 0), ("public", 0), ("interne", 4)])
def test_le_calcul_ne_se_voit_qu_en_interne_apres_le_resultat(carnet, diffusion, plis):
    """Les cellules à étiquette muette n'ont pas de pli non plus."""
    contexte = Contexte("Miramas", 2024, "realisation", "Réalisation", diffusion)
    finie = exporter(carnet, contexte)
    page = BeautifulSoup(finie, "html.parser")

    assert len(page.select("details.calcul")) == plis
    assert defauts(finie) == []
    if plis:
        premier = page.select_one("figure.constat")
        assert premier.find_next("details", class_="calcul").summary.get_text().startswith("Voir le calcul")


DEFAUTS = {
    "langue": ('<html dir="ltr" lang="fr">', '<html lang="en">', "en français"),
    "titre": ("<title>Réalisation 2024 – ", "<title>Notebook ", "Titre de fenêtre"),
    "deux h1": ("<h2 ", "<h1>Encore</h1><h2 ", "niveau 1"),
    "saut de titre": ("<h3 ", "<h4>Trop bas</h4><h3 ", "le niveau 4 suit le niveau 2"),
    "script": ("</main>", "<script>1</script></main>", "script"),
    "requête": ("</main>", '<link href="https://exemple.fr/a.css"></main>', "Adresse extérieure"),
    "politique": ("Content-Security-Policy", "X-Rien", "n'interdit pas"),
    "image": (' alt="Barres', ' title="Barres', "Image mal décrite"),
    "image anglaise": (
        ' alt="Barres',
        ' alt="No description has been provided for this image" title="',
        "Image mal décrite",
    ),
    "nom de figure": ('aria-label="Figure 1', 'aria-label="Autre', "nom accessible"),
    "csv": ('download="realisation-figure-1.csv"', 'download="l_ecole_avance.txt"', "manque son tableau"),
    "table sans titre": ("<caption>", "<caption hidden></caption><caption>", "Tableau sans titre"),
    "portée": ('<th scope="row">', "<th>", "sans portée"),
    "en-tête vide": ('<th scope="col">Axe</th>', '<th scope="col"></th>', "en-tête vide"),
    "identifiant": ('id="figure-2"', 'id="figure-1"', "Identifiant répété"),
    "renvoi": ('href="#partie-les_actions"', 'href="#ailleurs"', "endroit absent"),
    "lien": ("</main>", '<a href="#figure-1">ici</a> <a href="#figure-2">ici</a></main>', "ambigu"),
    "nan": ("</main>", "<p>nan</p></main>", "manquante"),
    "trace": ("</main>", "<p>Traceback</p></main>", "trace"),
    "chemin": ("</main>", "<p>/home/alice/x.csv</p></main>", "chemin"),
    "point décimal": ("</main>", "<p>0.8571</p></main>", "point décimal"),
    "apostrophe": ("</main>", "<p>l'an</p></main>", "apostrophe"),
    "espace": ("</main>", "<p>Vraiment ?</p></main>", "insécable"),
    "politique affaiblie": ("form-action 'none'", "form-action 'self'", "n'interdit pas"),
    "écran étroit": ('name="viewport"', 'name="rien"', "meta viewport"),
    "mode sombre": ('name="color-scheme"', 'name="rien"', "meta color-scheme"),
    "évitement": ("Aller au contenu", "Sauter", "premier lien"),
    "contenu": ('<main id="contenu" tabindex="-1">', '<main id="contenu">', "recevoir le clavier"),
    "pied": (' role="contentinfo"', "", "élément footer"),
    "pli": ("<summary>", "<p>Avant</p><summary>", "pas d'intitulé"),
    "zone qui défile": (' role="region" tabindex="0"', ' role="region"', "pas atteinte au clavier"),
    "ligne sans liste": ("</main>", "<div><li>x</li></div></main>", "li dans div"),
    "légende à l'écart": ("<figcaption", "<figcaption>x</figcaption><div><figcaption", "figcaption dans div"),
    "bloc dans un texte": ("</main>", "<p><div>x</div></p></main>", "div dans un texte"),
    "numéro oublié": ("</main>", '<p data-forme="Figure {n}"></p></main>', "reçu son numéro"),
    "liens emboîtés": ("</main>", '<a href="#a">a <a href="#b">b</a></a></main>', "un lien dans un autre"),
    "titre vide": ("</main>", "<h2></h2></main>", "titre est vide"),
    "gestionnaire": ("<main ", '<main onclick="x()" ', "porte un script"),
    "style à part": ("<main ", '<main style="color:red" ', "porte un script ou un style"),
    "feuille qui charge": ("</style>", "p{background:url(a.png)}</style>", "charge un fichier"),
    "formulaire": ("</main>", "<form></form></main>", "actif"),
    "lien actif": ("</main>", '<a href="javascript:x">x</a></main>', "Adresse refusée"),
    "lien de données": ("</main>", '<a href="data:text/html,x">x</a></main>', "ouvre des données"),
    "guillemets": ("</main>", "<p>«mot»</p></main>", "guillemet"),
    "signe moins": ("</main>", "<p>de -5 points</p></main>", "signe moins"),
    "ordre": ("L’essentiel", "Méthode et limites</p><p class='titre-encadre'>L’essentiel", "désordre"),
}


@pytest.mark.parametrize("nom", DEFAUTS)
def test_chaque_defaut_plante_se_voit(html, nom):
    """Un seul changement dans une page saine, une phrase qui le dit."""
    avant, apres, attendu = DEFAUTS[nom]
    assert avant in html
    trouves = defauts(html.replace(avant, apres, 1))

    assert any(attendu in defaut for defaut in trouves), trouves


def test_une_table_de_pandas_affichee_telle_quelle_est_refusee(carnet):
    """Ni titre, ni portée : elle n'est pas passée par Tableau, donc par le secret."""
    brute = pd.DataFrame({"n": [1]})
    cellule = nbformat.v4.new_code_cell(
        "brute", outputs=[nbformat.v4.new_output("display_data", {"text/html": brute._repr_html_()})]
    )
    copie = nbformat.from_dict({**carnet, "cells": [*carnet.cells, cellule]})

    assert "Tableau sans titre : le publier avec Tableau." in defauts(exporter(copie))


def test_une_image_seule_est_refusee(carnet):
    """Un `plt.show()` n'a ni texte de remplacement, ni tableau, ni source."""
    cellule = nbformat.v4.new_code_cell(
        "plt.show()", outputs=[nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]
    )
    copie = nbformat.from_dict({**carnet, "cells": [*carnet.cells, cellule]})

    assert "Image hors d'une figure : la publier avec Illustration." in defauts(exporter(copie))


def test_ce_que_les_donnees_ecrivent_n_est_pas_un_defaut(html, miramas):
    """« Web 2.0 » est le nom d'une action ; « 3.5 », un nombre que la page aurait mal écrit."""
    actions = miramas.actions.assign(intitule="Web 2.0 : l'atelier")
    lecture = dataclasses.replace(miramas.lectures["actions"], table=actions)
    cite = dataclasses.replace(miramas, lectures=type(miramas.lectures)({**miramas.lectures, "actions": lecture}))
    page = html.replace("</main>", "<p>Web 2.0</p></main>")

    assert ecritures(miramas) == frozenset()
    assert ecritures(cite) == {"2.0"}
    assert defauts(page) and not defauts(page, toleres=ecritures(cite))
    assert defauts(page.replace("2.0", "3.5"), toleres=ecritures(cite))


def test_controler_rend_la_page_saine_et_refuse_l_autre(html):
    """Ce qui écrit une page hors du rapport passe par la même porte."""
    assert controler(html) == html
    with pytest.raises(ErreurExecution, match="script"):
        controler(html.replace("</main>", "<script>1</script></main>"))
    assert controler(html.replace("</main>", "<p>0.5</p></main>"), ecriture=False)


def test_un_objet_perdu_et_une_page_trop_lourde_se_voient(html):
    """Le compte du notebook fait foi ; un mégaoctet et demi au plus."""
    assert defauts(html, attendus=5) == ["4 figures et tableaux dans la page, 5 dans le notebook."]
    assert "Mo au plus" in defauts(html.replace("</main>", f"<!--{'x' * 1_500_000}--></main>"))[0]


def test_une_page_en_echec_garde_l_ancienne_et_le_dit(html):
    """La deuxième fois, l'avertissement remplace le premier."""
    une = page_en_echec(html, "a.ipynb, cellule 4 : ValueError : 3 élèves", contexte=CONTEXTE)
    deux = page_en_echec(une, "a.ipynb, cellule 5 : KeyError : x", contexte=CONTEXTE)
    page = BeautifulSoup(deux, "html.parser")

    assert defauts(deux) == []
    assert len(page.select(".echec")) == 1
    assert "cellule 5" in page.select_one(".echec").get_text()
    assert "production précédente" in page.select_one(".echec").get_text()
    assert page.figure


def test_une_page_en_echec_sans_ancienne_est_une_page_correcte():
    """La raison détaillée, qui peut citer une donnée, ne sort qu'en interne."""
    raison = "a.ipynb, cellule 4 : ValueError : 3 élèves"
    cotech = page_en_echec("", raison, contexte=CONTEXTE)
    interne = Contexte("Miramas", 2024, "realisation", "Réalisation", "interne")

    assert defauts(cotech) == []
    assert "cellule 4" in cotech and "3 élèves" not in cotech
    assert "3 élèves" in page_en_echec("", raison, contexte=interne)


def test_sans_titre_de_partie_il_n_y_a_pas_de_sommaire():
    """Ni sommaire vide, ni lien qui n'y mène pas ; le grand titre vient du contexte."""
    finie = exporter(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Un texte.")]))
    page = BeautifulSoup(finie, "html.parser")

    assert defauts(finie) == []
    assert page.find(id="sommaire") is None
    assert page.h1.get_text() == "Réalisation du programme 2024"
