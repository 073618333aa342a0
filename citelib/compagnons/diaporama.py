"""diaporama.pptx : le rapport en quelques diapositives pour le comité de pilotage, aux graphiques modifiables.

Une question par diapositive : ses constats, et un graphique d'une figure de sa page. Une valeur masquée n'y est pas ;
elle se lit « [s] » sous le graphique.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from citelib.chargement.ecriture import sans_heure
from citelib.compagnons.graphique import Graphique, graphique
from citelib.compagnons.matiere import Matiere
from citelib.compagnons.tableur import nom_de_feuille, notes_de
from citelib.constats.adresses import PAGES
from citelib.formats import date_longue, typographie
from citelib.tables import FICTIF

QUESTIONS = ("realisation", "resultats", "impacts", "partenariat")
CONSTATS, DECISIONS = 3, 5
ENCRE, GRIS = "12436D", "55565A"
COULEURS = (ENCRE, "B1430A", "757575", "5F2501", "1B6CA8", "6A4C93")
"""Une étiquette blanche s'y lit : contraste d'au moins 4,5."""
GENRES = {
    "barres": XL_CHART_TYPE.BAR_CLUSTERED,
    "empilees": XL_CHART_TYPE.BAR_STACKED,
    "lignes": XL_CHART_TYPE.LINE_MARKERS,
}
LARGE, HAUT = Inches(13.333), Inches(7.5)


def diaporama(matiere: Matiere) -> bytes:
    """Le diaporama ; les mêmes pages donnent les mêmes octets."""
    suite = Presentation()
    _elargir(suite)
    contexte, dits = matiere.contexte, matiere.constats
    titre = suite.slides.add_slide(suite.slide_layouts[0])
    titre.shapes.title.text = f"Rapport {contexte.annee} au comité de pilotage"
    sous_titre = [contexte.cite, contexte.mention, FICTIF if contexte.fictive else ""]
    arrete = f"Données arrêtées au {date_longue(contexte.arrete_le)}" if contexte.arrete_le else ""
    titre.placeholders[1].text = "\n".join(filter(None, [*sous_titre, arrete]))
    for ligne in titre.placeholders[1].text_frame.paragraphs:
        ligne.font.size, ligne.font.color.rgb = Pt(20), RGBColor.from_string(GRIS)
    _diapositive(suite, "L’essentiel de l’année", [c["phrase"] for c in dits.get("synthese", ())])
    for page in QUESTIONS:
        if dits.get(page):
            _question(suite, matiere, page)
    decisions = {c["code"]: c for page in QUESTIONS for c in dits.get(page, ()) if "decision" in c}
    points = [f"{c['decision']} ({c['titre']})." for c in [*decisions.values()][:DECISIONS]]
    _diapositive(suite, "Ce que le comité peut décider", points)
    _diapositive(suite, "Pour lire ces chiffres", _reperes(matiere))
    for rang, diapositive in enumerate(suite.slides, start=1):
        aveu = f" · {FICTIF}" if contexte.fictive else ""
        pied = f"{contexte.cite} · {contexte.mention}{aveu} · {rang} sur {len(suite.slides)}"
        _texte(diapositive, pied, Inches(0.6), HAUT - Inches(0.5), LARGE - Inches(1.2), 11)
    return _enregistrer(suite, matiere.titre)


def _elargir(suite: Presentation) -> None:
    """Passe le modèle de python-pptx, en 4:3, au format large."""
    rapport = LARGE / suite.slide_width
    suite.slide_width, suite.slide_height = LARGE, HAUT
    for modele in (suite.slide_master, *suite.slide_layouts):
        for forme in modele.placeholders:
            forme.left, forme.width = Emu(round(forme.left * rapport)), Emu(round(forme.width * rapport))


def _diapositive(suite: Presentation, titre: str, points: Iterable[str], reserves: Iterable[str] = ()) -> Slide:
    """Un titre et une liste."""
    diapositive = suite.slides.add_slide(suite.slide_layouts[1])
    tete, corps = diapositive.shapes.title, diapositive.placeholders[1]
    tete.left, tete.top, tete.width, tete.height = Inches(0.6), Inches(0.3), LARGE - Inches(1.2), Inches(1.1)
    corps.left, corps.top, corps.width, corps.height = Inches(0.6), Inches(1.5), LARGE - Inches(1.2), Inches(5.3)
    tete.text_frame.word_wrap = corps.text_frame.word_wrap = True
    tete.text, corps.text = typographie(titre), "\n".join(map(typographie, points))
    (dit,) = tete.text_frame.paragraphs
    dit.alignment, dit.font.size, dit.font.bold = PP_ALIGN.LEFT, Pt(28), True
    dit.font.color.rgb = RGBColor.from_string(ENCRE)
    for ligne in corps.text_frame.paragraphs:
        ligne.font.size, ligne.space_after = Pt(18), Pt(8)
    for reserve in filter(None, reserves):
        ligne = corps.text_frame.add_paragraph()
        ligne.text, ligne.level, ligne.font.size, ligne.font.italic = typographie(reserve), 1, Pt(13), True
    return diapositive


def _question(suite: Presentation, matiere: Matiere, page: str) -> None:
    """Une question : ses premiers constats à gauche, un graphique à droite, sa lecture dans les notes."""
    constats = matiere.constats[page][:CONSTATS]
    titre = f"{PAGES[page][1]} : {constats[0]['titre'][0].lower()}{constats[0]['titre'][1:]}"
    reserves = dict.fromkeys(constat.get("reserve", "") for constat in constats)
    diapositive = _diapositive(suite, titre, [constat["phrase"] for constat in constats], reserves)
    figures = (objet for objet in matiere.objets if objet["page"] == page and objet["genre"] == "figure")
    trouve = next(((objet, dessin) for objet in figures if (dessin := graphique(objet))), None)
    notes = [f"Page {PAGES[page][0]} du rapport."]
    if trouve:
        objet, dessin = trouve
        diapositive.placeholders[1].width = Inches(5.2)
        _dessiner(diapositive, objet, dessin)
        notes += notes_de(objet)
    diapositive.notes_slide.notes_text_frame.text = typographie("\n".join(notes))


def _dessiner(diapositive: Slide, objet: dict, dessin: Graphique) -> None:
    """Le graphique d'une figure, son titre au-dessus, ce qui est masqué et sa source au-dessous."""
    gauche, largeur = Inches(6.1), LARGE - Inches(6.7)
    fictive = f" ({FICTIF.lower()})" if objet["fictive"] else ""
    _texte(diapositive, f"{objet['titre']}{fictive}", gauche, Inches(1.5), largeur, 14, gras=True)
    donnees = CategoryChartData(number_format=dessin.format)
    donnees.categories = dessin.categories
    for nom, valeurs in dessin.series.items():
        donnees.add_series(nom, valeurs)
    cadre = diapositive.shapes.add_chart(GENRES[dessin.genre], gauche, Inches(2.1), largeur, Inches(4.0), donnees)
    alternative = objet["alternative"].replace(" Données en tableau sous la figure.", "")
    ou = f"Données : tableaux.xlsx, feuille « {nom_de_feuille(objet)} »."
    cadre._element.nvGraphicFramePr.cNvPr.set("descr", typographie(f"{alternative} {ou}"))
    cadre.name = f"Graphique : {objet['titre']}"
    _habiller(cadre.chart, dessin)
    masques = f"[s] : valeur masquée pour {', '.join(dessin.masquees)}. " if dessin.masquees else ""
    pied = f"{objet['sous_titre']}. {masques}Source : {objet['source']}. {ou}"
    _texte(diapositive, pied, gauche, Inches(6.15), largeur, 10)


def _habiller(chart, dessin: Graphique) -> None:
    """Couleurs du rapport, étiquettes en français, légende s'il y a plusieurs séries."""
    chart.font.size, chart.has_title = Pt(12), False
    chart.has_legend = len(dessin.series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    trace = chart.plots[0]
    for rang, serie in enumerate(trace.series):
        couleur = RGBColor.from_string(COULEURS[rang % len(COULEURS)])
        serie.format.line.color.rgb = couleur
        fond = (serie.marker if dessin.genre == "lignes" else serie).format.fill
        fond.solid()
        fond.fore_color.rgb = couleur
        if dessin.genre == "lignes":
            serie.smooth = False
    chart.value_axis.tick_labels.number_format, chart.value_axis.has_major_gridlines = dessin.format, False
    chart.value_axis.tick_labels.number_format_is_linked = False
    if dessin.genre != "lignes":
        chart.category_axis.reverse_order, trace.gap_width = True, 50
        trace.has_data_labels = True
        etiquettes = trace.data_labels
        etiquettes.number_format, etiquettes.number_format_is_linked = f"{dessin.format};;", False
        etiquettes.font.size = Pt(11)
        if dessin.genre == "empilees":
            etiquettes.font.color.rgb = RGBColor(255, 255, 255)


def _reperes(matiere: Matiere) -> list[str]:
    """Ce qu'il faut savoir avant de citer un chiffre."""
    return [
        matiere.contexte.mention + ".",
        *([f"{FICTIF} : une partie au moins de ces nombres est inventée."] if matiere.contexte.fictive else []),
        *matiere.legendes,
        "Le détail, les marges d’erreur et les limites sont dans le rapport ; les nombres, dans tableaux.xlsx.",
        *matiere.manques,
    ]


def _texte(diapositive: Slide, texte: str, gauche: int, haut: int, largeur: int, taille: int, *, gras=False) -> None:
    """Un texte à sa place, hors des listes."""
    cadre = diapositive.shapes.add_textbox(gauche, haut, largeur, Inches(0.4)).text_frame
    cadre.word_wrap, cadre.text = True, typographie(texte)
    for ligne in cadre.paragraphs:
        ligne.font.size, ligne.font.bold = Pt(taille), gras


def _enregistrer(suite: Presentation, titre: str) -> bytes:
    """Le fichier : en français, titré, sans l'heure de son écriture."""
    suite.core_properties.title, suite.core_properties.language = titre, "fr-FR"
    suite.core_properties.author = suite.core_properties.last_modified_by = "citelib"
    tampon = io.BytesIO()
    suite.save(tampon)
    return sans_heure(tampon.getvalue(), remplacer={b'lang="en-US"': b'lang="fr-FR"'})
