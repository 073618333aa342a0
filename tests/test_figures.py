"""Ce qui est dessiné, lu sur les objets du dessin et non sur les pixels."""

import datetime as dt
import io
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.patches import Rectangle
from PIL import Image, ImageColor
from sous_contrat import proteger

from citelib import figures
from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.figures import Illustration
from citelib.figures.barres import DEGRES
from citelib.figures.illustration import NOMBRE
from citelib.formats import FINE, INSECABLE
from citelib.secret import MARQUE, TYPE_COMPTES
from citelib.tableaux.cellules import TYPE_OBJETS


def protegee(colonnes: dict, diffusion: str = "cotech", **contrat):
    """Une table protégée, en une ligne."""
    return proteger(pd.DataFrame(colonnes), diffusion=diffusion, publiable=Publiable(**contrat))


@pytest.fixture(scope="module")
def programme():
    """Trois axes et leur total : des actions, donc rien à masquer."""
    colonnes = {"axe": ["École", "Cité", "Champ", "Ensemble"], "n_prevues": [14, 6, 1200, 1220]}
    colonnes["n_realisees"] = [12, 4, 1000, 1016]
    libres = ("n_prevues", "n_realisees")
    return protegee(colonnes, "interne", libres=libres, total_ligne="Ensemble")


@pytest.fixture(scope="module")
def personnes():
    """Quatre groupes sans total, dont deux de moins de cinq personnes."""
    return protegee({"axe": ["Zoé", "École", "Bus", "Cité"], "nb_min": [4, 40, 90, 2]}, effectifs=("nb_min",))


def contours(ax) -> list[Rectangle]:
    """Les contours creux d'un dessin."""
    return [p for p in ax.patches if isinstance(p, Rectangle) and p.get_label() == MARQUE]


def ecrits(ax) -> list[str]:
    """Les textes du dessin."""
    return [texte.get_text() for texte in ax.texts]


PREVU = {"modalite": "axe", "prevu": "n_prevues", "realise": "n_realisees"}


def test_une_table_non_protegee_n_est_pas_dessinee():
    """Aucun dessin ne contourne le secret."""
    with pytest.raises(ErreurSecret, match=r"secret\.proteger"):
        figures.barres(pd.DataFrame({"axe": ["École"]}), modalite="axe", valeur="n")


def test_prevu_realise_dessine_barres_traits_et_textes(programme):
    """Le total, bien plus long que ses parties, n'est pas dessiné."""
    ax = figures.prevu_realise(programme, **PREVU)

    assert [barre.get_width() for barre in ax.patches] == [12, 4, 1000]
    assert [ligne.get_xdata()[0] for ligne in ax.lines] == [14, 6, 1200]
    assert ecrits(ax)[0] == "12 sur 14"
    assert ax.get_title() == ""


def test_le_dessin_se_fait_dans_les_axes_donnes(programme):
    """La figure de l'appelant garde sa taille."""
    libre = figures.barres(programme, modalite="axe", valeur="n_prevues")
    taille = tuple(libre.figure.get_size_inches())
    libre.clear()
    libre.set_gid(None)

    assert figures.prevu_realise(programme, ax=libre, **PREVU) is libre
    assert tuple(libre.figure.get_size_inches()) == taille


def test_l_axe_ecrit_les_nombres_a_la_francaise(programme):
    """1200 s'écrit avec une espace fine, 0,5 avec une virgule."""
    ax = figures.prevu_realise(programme, **PREVU)
    part = protegee({"axe": ["École"], "taux_strict": [0.5]}, "interne", libres=("taux_strict",))

    assert ax.xaxis.get_major_formatter()(1200, 0) == f"1{FINE}200"
    taux = figures.barres(part, modalite="axe", valeur="taux_strict")
    assert taux.xaxis.get_major_formatter()(0.5, 0) == f"50{FINE}%"


def test_les_graduations_d_un_compte_sont_entieres():
    """Jamais « 2,5 actions »."""
    table = protegee({"axe": ["École", "Cité"], "n_actions": [2, 3]}, "interne", libres=("n_actions",))
    ax = figures.barres(table, modalite="axe", valeur="n_actions")

    assert (np.asarray(ax.get_xticks()) % 1 == 0).all()


def test_une_valeur_masquee_est_un_contour_creux_toujours_pareil(personnes):
    """Ni zéro, ni absente ; sa longueur et l'étendue de l'axe ne disent rien d'elle."""
    ax = figures.barres(personnes, modalite="axe", valeur="nb_min")
    creux = contours(ax)

    assert len(creux) == 2
    assert len({contour.get_width() for contour in creux}) == 1
    assert not any(contour.get_fill() for contour in creux)
    assert ecrits(ax).count(MARQUE) == 2
    assert sorted(b.get_width() for b in ax.patches if b not in creux) == [40, 90]


def test_deux_tables_qui_ne_different_que_sous_le_masque_donnent_la_meme_image():
    """L'image ne dépend d'aucune valeur masquée."""
    images = []
    for cachee in (1, 4):
        table = protegee({"axe": ["École", "Bus"], "nb_min": [cachee, 90]}, effectifs=("nb_min",))
        options = {"modalite": "axe", "valeur": "nb_min"}
        images.append(Illustration(table, figures.barres, options=options, titre="Public", source="S").image)

    assert images[0] == images[1]


def test_les_barres_empilees_ecrivent_les_comptes_et_gardent_la_place_des_masques():
    """3 et 5 se suivent ; un morceau masqué est creux."""
    table = protegee(
        {"age": ["6-10", "11-15"], "nb_filles": [30, 3], "nb_garcons": [50, 80]}, effectifs=("nb_filles", "nb_garcons")
    )
    ax = figures.barres_empilees(table, modalite="age", parties={"nb_filles": "Filles", "nb_garcons": "Garçons"})

    assert [barre.get_x() for barre in ax.patches[:2]] == [0, 30]
    assert ecrits(ax) == ["30", "50", MARQUE, "80"]
    assert len(contours(ax)) == 1


def test_plus_de_cinq_parties_sont_refusees(programme):
    """Un tableau dit mieux six catégories."""
    with pytest.raises(ErreurParametre, match="cinq"):
        figures.barres_empilees(programme, modalite="axe", parties=dict.fromkeys("abcdef", "n"))


def test_un_ecart_dont_l_intervalle_contient_zero_est_creux():
    """« Non concluant » se voit."""
    colonnes = {"libelle": ["Net", "Flou"], "ecart": [2.0, 1.0], "bas": [1.0, -1.0], "haut": [3.0, 3.0]}
    table = protegee(colonnes, "interne", libres=("ecart", "bas", "haut"))
    ax = figures.points_intervalle(table, modalite="libelle", valeur="ecart", bas="bas", haut="haut")
    points = [ligne for ligne in ax.lines if ligne.get_marker() == "o"]

    assert [point.get_markerfacecolor() == "white" for point in points] == [False, True]


def test_les_lignes_grises_restent_nommees_et_un_point_masque_laisse_un_trou():
    """La série masquée en 2024 s'arrête en 2023, et le dit."""
    table = protegee(
        {"lieu": ["A", "A", "B", "B"], "annee": [2023, 2024] * 2, "taux": [0.5, 0.6, 0.7, 0.8], "nb": [50, 3, 60, 60]},
        effectifs=("nb",),
        bases={"taux": "nb"},
        libres=("annee",),
    )
    ax = figures.lignes(table, x="annee", y="taux", serie="lieu", avant=("A",))

    assert np.isnan(ax.lines[0].get_ydata()[1])
    assert [texte.get_text() for texte in ax.get_xticklabels()] == ["2023", "2024"]
    assert any(texte.endswith("B") for texte in ecrits(ax))
    assert any("(2023)" in texte for texte in ecrits(ax))


def test_le_desaccord_est_a_gauche_et_l_accord_a_droite():
    """0,1 + 0,2 de désaccord : la barre commence à −0,3 ; elle finit à 0,7."""
    table = protegee(
        {"item": ["Q"], "part_d": [0.1], "part_c": [0.2], "part_b": [0.3], "part_a": [0.4]},
        "interne",
        libres=("part_d", "part_c", "part_b", "part_a"),
    )
    niveaux = {"part_d": "Pas du tout", "part_c": "Plutôt non", "part_b": "Plutôt", "part_a": "Tout à fait"}
    ax = figures.likert(table, modalite="item", niveaux=niveaux)

    assert ax.patches[0].get_x() == pytest.approx(-0.3)
    assert ax.patches[-1].get_x() + ax.patches[-1].get_width() == pytest.approx(0.7)


def test_la_carte_de_chaleur_ecrit_chaque_nombre_sous_la_diagonale():
    """Le couple (A, B) se lit ligne B, colonne A."""
    table = protegee({"a": ["A", "A", "B"], "b": ["B", "C", "C"], "n": [6, 3, 1]}, "interne", libres=("n",))
    ax = figures.carte_chaleur(table, ligne="a", colonne="b", valeur="n")
    places = {texte.get_text(): texte.get_position() for texte in ax.texts}

    assert places == {"6": (0, 1), "3": (0, 2), "1": (1, 2)}


def test_la_matrice_ecrit_les_nombres_et_hachure_ce_qui_n_en_est_pas_un():
    """Deux thèmes, deux dimensions : le plus grand nombre est le plus foncé, « non évalué » est hachuré."""
    colonnes = {
        "theme": ["Arts", "Sports"],
        "n_actions": [9, 4],
        "resultats": ["2", "non évalué"],
        "impacts": ["1", "0"],
    }
    table = protegee(colonnes, libres=("n_actions",))
    montrees = {"n_actions": "Actions", "resultats": "Résultats", "impacts": "Impacts"}
    ax = figures.matrice(table, modalite="theme", colonnes=montrees, a_part=("n_actions",))
    cases = dict(zip([(c.get_x() + 0.46, c.get_y() + 0.42) for c in ax.patches], ax.patches, strict=True))

    assert ecrits(ax) == ["9", "4", "2", "non évalué", "1", "0"]
    assert [bool(case.get_hatch()) for case in ax.patches] == [False, False, False, True, False, False]
    clarte = {place: sum(case.get_facecolor()[:3]) for place, case in cases.items()}
    assert clarte[1, 0] < clarte[2, 0] < clarte[2, 1] == clarte[0, 0] == 3  # 2, puis 1 ; 0 et les actions sont blancs


def test_la_ligne_du_total_n_a_pas_de_teinte():
    """Un total, bien plus grand que ses parties, écraserait leurs nuances."""
    colonnes = {"fonction": ["CPO", "Ensemble"], "jours_01": [2.0, 20.0], "jours_02": [1.0, 10.0]}
    table = protegee(colonnes, libres=("jours_01", "jours_02"))
    ax = figures.matrice(table, modalite="fonction", colonnes={"jours_01": "janv.", "jours_02": "févr."})

    assert [sum(case.get_facecolor()[:3]) == 3 for case in ax.patches] == [False, True, False, True]


def test_une_case_masquee_de_la_matrice_est_un_contour_creux():
    """Moins de cinq personnes : ni nombre, ni teinte."""
    table = protegee({"axe": ["École", "Bus"], "nb_min": [40, 3]}, effectifs=("nb_min",))
    ax = figures.matrice(table, modalite="axe", colonnes={"nb_min": "Personnes"})

    assert len(contours(ax)) == 1 and not contours(ax)[0].get_fill()
    assert ecrits(ax) == ["40", MARQUE]


ENVOIS = {
    "producteur": ["Ville", "Ville", "Caf", "Ars"],
    "titre": ["Bilans", "Crédits", "Valeurs", "Avis"],
    "attendu_le": pd.to_datetime(["2025-01-10", "2025-01-10", "2025-01-05", "2025-03-01"]),
    "recu_le": pd.to_datetime(["2025-01-08", "2025-01-15", None, None]),
    "etat": ["reçu à temps", "reçu en retard", "en retard", "attendu"],
    "jours_retard": pd.array([0, 5, 15, None], dtype="Int64"),
}


def test_le_calendrier_montre_l_attendu_le_recu_et_le_retard():
    """Un trait par envoi, un rond plein à temps, creux en retard ; ce qui manque court jusqu'à la date du suivi."""
    dates = {"attendu": "attendu_le", "recu": "recu_le", "etat": "etat", "retard": "jours_retard"}
    au = dt.date(2025, 1, 20)
    table = protegee(ENVOIS, libres=("jours_retard",))
    ax = figures.calendrier(table, modalite="producteur", detail="titre", au=au, **dates)
    traits = [ligne.get_xdata()[0] for ligne in ax.lines if ligne.get_marker() == "|"]
    ronds = [ligne for ligne in ax.lines if ligne.get_marker() == "o"]
    manque = [ligne.get_xdata() for ligne in ax.lines if ligne.get_linestyle() == ":"]

    assert traits == [dt.date(2025, *jour).toordinal() for jour in ((1, 10), (1, 10), (1, 5), (3, 1))]
    assert [rond.get_markerfacecolor() == "white" for rond in ronds] == [False, True]
    assert [list(bouts) for bouts in manque] == [[dt.date(2025, 1, 5).toordinal(), au.toordinal()]]
    dits = [texte.replace(INSECABLE, " ").replace("\n", " ") for texte in ecrits(ax)]
    assert dits == ["reçu à temps", "reçu en retard, 5 jours", "en retard, 15 jours", "attendu"]


CHAINE = {
    "groupe": ["Stages", "Cultures", "Tout l'axe"],
    "actions": ["Forum ; Visites", "aucune action", ""],
    "realisation": ["2 menées sur 2", "", ""],
    "resultats": ["Stages trouvés (mesuré)", "aucun indicateur", ""],
    "impacts": ["", "Brevet (non mesuré)", "Bien-être (mesuré)"],
    "mesure": ["oui", "non", "oui"],
}


def test_la_logique_marque_ce_qui_est_mesure_et_ce_qui_manque():
    """Deux objectifs de trois boîtes, une boîte pour les impacts ; trois flèches par objectif."""
    ax = figures.logique(protegee(CHAINE), groupe="groupe", mesure="mesure")
    creuses = [boite for boite in ax.patches if isinstance(boite, Rectangle) and not boite.get_fill()]

    assert len([boite for boite in ax.patches if isinstance(boite, Rectangle)]) == 7
    assert len(creuses) == 3  # aucune action, sa réalisation, aucun indicateur
    assert {"Forum\nVisites", "● Stages trouvés", "○ Brevet\n● Bien-être", "Stages"} <= set(ecrits(ax))
    assert len([texte for texte in ax.texts if getattr(texte, "arrow_patch", None)]) == 6


def test_une_image_haute_a_plus_de_place_a_l_impression(programme):
    """Trois barres tiennent en 7,6 cm ; vingt, non."""
    longue = protegee(
        {"axe": [f"Axe {rang}" for rang in range(20)], "n_prevues": list(range(20))}, libres=("n_prevues",)
    )
    options = {"titre": "Titre", "source": "Suivi", "dessin": figures.barres}
    courte = Illustration(programme, options={"modalite": "axe", "valeur": "n_prevues"}, **options)

    assert 'class="haute"' not in courte.html()
    assert 'class="haute"' in Illustration(longue, options={"modalite": "axe", "valeur": "n_prevues"}, **options).html()


def test_une_cascade_pose_chaque_etape_entre_deux_niveaux():
    """45 ; − 8, de 37 à 45 ; + 6, de 37 à 43 ; 43. Le signe et la trame disent le sens sans couleur."""
    colonnes = {"etape": ["Avant", "Parties", "Venues", "Après"], "sens": ["niveau", "en moins", "en plus", "niveau"]}
    colonnes |= {"n_actions": [45, 8, 6, 43], "n_apres": [45, 37, 43, 43]}
    table = protegee(colonnes, "interne", libres=("n_actions", "n_apres"))
    ax = figures.cascade(table, modalite="etape", sens="sens", valeur="n_actions", apres="n_apres")
    barres = [(barre.get_x(), barre.get_x() + barre.get_width()) for barre in ax.patches]

    assert barres == [(0, 45), (37, 45), (37, 43), (0, 43)]
    assert ecrits(ax) == ["45", "\u22128", "+6", "43"]
    assert len({barre.get_hatch() for barre in ax.patches}) == 3


@pytest.mark.parametrize("dessin", [figures.barres, figures.lignes, figures.likert, figures.carte_chaleur])
def test_une_table_vide_le_dit(dessin):
    """Le dessin ne fait pas semblant."""
    vide = protegee({"axe": pd.Series(dtype="str"), "n": pd.Series(dtype="Int64")}, "interne", libres=("n",))

    assert ecrits(dessin(vide)) == ["Aucune donnée à afficher pour cette question."]


def test_une_cite_de_cinq_colleges_garde_sa_page():
    """Cinq lignes en couleur : la cinquième reprend la première couleur, en traits coupés."""
    noms = [f"Collège {lettre}" for lettre in "ABCDE"]
    colonnes = {"annee": [2023, 2024] * 5, "serie": np.repeat(noms, 2), "valeur": np.linspace(70, 90, 10)}
    table = protegee(colonnes, "interne", libres=("annee", "valeur"))
    tracees = figures.lignes(table, x="annee", y="valeur", serie="serie").get_lines()

    styles = {(ligne.get_color(), ligne.get_linestyle()) for ligne in tracees if len(ligne.get_xdata()) == 2}
    assert len(styles) == 5
    assert [couleur for couleur, trait in styles if trait == "--"] == [figures.trame.COULEURS[0]]


# ----------------------------------------------------------------------------------- l'illustration


@pytest.fixture(scope="module")
def illustration(programme):
    """Une illustration complète."""
    return Illustration(programme, figures.prevu_realise, options=PREVU, titre="Presque tout est fait", source="Bilans")


def test_l_image_est_la_meme_deux_fois(programme):
    """Mêmes données, mêmes octets : ni date, ni version de logiciel dedans."""
    images = [
        Illustration(programme, figures.prevu_realise, options=PREVU, titre="T", source="S").image_titree
        for _ in range(2)
    ]

    assert images[0] == images[1]


def test_un_aplat_garde_sa_couleur_exacte():
    """Réduire les couleurs d'une image ne teinte pas le degré neutre : il reste le gris de la légende."""
    niveaux = {nom: f"degré {nom}" for nom in "EDCBA"}
    parts = {"item": [f"Item {n}" for n in range(9)]} | {nom: [0.2] * 9 for nom in niveaux}
    table = protegee(parts, "interne", libres=tuple(niveaux))
    options = {"modalite": "item", "niveaux": niveaux}
    textes = {"titre": "T", "source": "S", "alternative": "Degrés par item."}
    dite = Illustration(table, figures.likert, options=options, colonnes={"item": "Item"} | niveaux, **textes)
    image = Image.open(io.BytesIO(dite.image)).convert("RGB")
    presentes = {couleur for _, couleur in image.getcolors(1000)}

    assert {ImageColor.getrgb(couleur) for couleur in DEGRES} <= presentes


def test_l_image_tient_en_64_couleurs_et_200_points_par_pouce(illustration):
    """8,2 pouces à 200 points : 1 640 pixels de large."""
    image = Image.open(io.BytesIO(illustration.image))

    assert image.width == 1640
    assert len(image.getcolors()) <= 64
    assert set(image.info) <= {"dpi"}


def test_des_donnees_fictives_se_voient_dans_l_image(programme):
    """L'image fictive diffère de la réelle, et elle est plus haute d'une ligne."""

    class Fictive:
        texte, fictive = "Bilans", True

    images = [
        Illustration(programme, figures.prevu_realise, options=PREVU, titre="T", source=source).image
        for source in ("Bilans", Fictive())
    ]
    reelle, fictive = (Image.open(io.BytesIO(image)) for image in images)
    assert fictive.height > reelle.height


def test_le_texte_de_remplacement_ne_dit_que_des_nombres_du_tableau(illustration):
    """Type, titre, deux à quatre valeurs, renvoi au tableau : 250 caractères au plus."""
    texte = illustration.alternative

    assert texte.startswith("Barres horizontales")
    assert texte.endswith("Données en tableau sous la figure.")
    assert 20 <= len(texte) <= 250
    page = BeautifulSoup(illustration.html(), "html.parser")
    assert set(NOMBRE.findall(texte)) <= set(NOMBRE.findall(page.table.get_text(" | ")))
    assert page.img["alt"] == texte


def test_un_nombre_absent_du_tableau_est_refuse(programme):
    """87 n'est dans aucune cellule."""
    with pytest.raises(ErreurParametre, match="dit 87"):
        Illustration(
            programme,
            figures.prevu_realise,
            options=PREVU,
            titre="T",
            source="S",
            alternative="Barres : 87 actions. Données en tableau sous la figure.",
        )


def test_un_dessin_qui_ne_sait_pas_se_decrire_exige_une_alternative(programme):
    """Pas d'image sans texte de remplacement."""
    with pytest.raises(ErreurParametre, match="alternative="):
        Illustration(programme, lambda table, ax: ax, titre="T", source="S")


def test_une_alternative_ne_devoile_pas_une_valeur_masquee(personnes):
    """Elle lit la table protégée, elle aussi."""
    options = {"modalite": "axe", "valeur": "nb_min"}
    texte = Illustration(personnes, figures.barres, options=options, titre="Public", source="S").alternative

    assert MARQUE in texte
    assert not re.search(r"\b[24]\b", texte)


@pytest.mark.parametrize("manque", ["titre", "source"])
def test_une_illustration_sans_titre_ou_sans_source_est_refusee(programme, manque):
    """Comme un tableau."""
    textes = {"titre": "T", "source": "S"} | {manque: ""}
    with pytest.raises(ErreurParametre, match=manque):
        Illustration(programme, figures.prevu_realise, options=PREVU, **textes)


def test_la_figure_porte_son_nom_son_tableau_et_ses_trois_fichiers(illustration):
    """RGAA 1.9.1 : le nom accessible de la figure est sa légende."""
    page = BeautifulSoup(illustration.html(), "html.parser")

    assert page.figure["aria-label"] == page.figcaption.get_text() == "Presque tout est fait"
    assert [lien["download"].rsplit(".")[-1] for lien in page.find_all("a")] == ["csv", "png", "svg"]
    assert page.details.table.caption


def test_l_image_peut_defiler_dans_une_zone_nommee_que_le_clavier_atteint(illustration):
    """À 320 px, réduite à l'écran, elle serait illisible (WCAG 1.4.10 excepte un graphique)."""
    page = BeautifulSoup(illustration.html(), "html.parser")
    zone = page.img.parent

    assert (zone["role"], zone["tabindex"]) == ("region", "0")
    assert page.find(id=zone["aria-labelledby"]) is page.figcaption


def test_le_notebook_recoit_le_html_l_image_decrite_et_le_texte(illustration):
    """nbconvert prend le HTML ; un autre outil trouve l'image et son texte de remplacement."""
    donnees, complements = illustration._repr_mimebundle_()

    assert set(donnees) - {TYPE_COMPTES} == {"text/html", "image/png", "text/plain", TYPE_OBJETS}
    assert complements["image/png"]["alt"] == illustration.alternative


def test_l_image_de_la_page_est_celle_a_reprendre_sans_son_titre(programme):
    """Un titre de deux lignes : 2 × 0,25 pouce à 200 points, soit 100 rangées de pixels de plus, et rien d'autre."""
    titre = "Trois axes sur quatre dépassent 80 % de réalisation, et le quatrième ne les rejoint pas cette année"
    longue = Illustration(programme, figures.prevu_realise, options=PREVU, titre=titre, source="S")
    page, titree = (Image.open(io.BytesIO(octets)).convert("RGB") for octets in (longue.image, longue.image_titree))

    assert titree.height - page.height == 100
    assert titree.crop((0, 100, *titree.size)).tobytes() == page.tobytes()
    assert titree.crop((0, 94, titree.width, 100)).getcolors() == [(6 * titree.width, (255, 255, 255))]


def test_le_dessin_vectoriel_porte_son_titre_et_se_refait_a_l_identique(programme):
    """Ni date, ni identifiant tiré au hasard, ni police à fournir."""
    deux = [
        Illustration(programme, figures.prevu_realise, options=PREVU, titre="L'essentiel", source="S").image_vectorielle
        for _ in range(2)
    ]

    assert deux[0] == deux[1]
    assert "<title>L’essentiel</title>" in deux[0]
    assert not re.search(r"<text|<script|<dc:date", deux[0])


def test_l_objet_dit_ce_qui_est_montre_et_rien_de_ce_qui_est_masque(personnes):
    """Les mêmes textes que le tableau, les nombres montrés, et null sous le masque : 2 et 4 n'y sont pas."""
    options = {"modalite": "axe", "valeur": "nb_min"}
    objet = Illustration(personnes, figures.barres, options=options, titre="Public", source="S").objet()

    places = [
        (valeur, cache)
        for v, m in zip(objet["valeurs"], objet["masque"], strict=True)
        for valeur, cache in zip(v, m, strict=True)
    ]
    assert any(cache for _, cache in places)
    assert all(valeur is None for valeur, cache in places if cache)
    assert {
        texte
        for ligne, caches in zip(objet["lignes"], objet["masque"], strict=True)
        for texte, cache in zip(ligne, caches, strict=True)
        if cache
    } == {MARQUE}
    assert not {2, 4} & {valeur for valeur, _ in places}


def test_une_illustration_vide_ne_montre_pas_d_image():
    """Une phrase, et sa source."""
    vide = protegee({"axe": pd.Series(dtype="str"), "n": pd.Series(dtype="Int64")}, "interne", libres=("n",))
    options = {"modalite": "axe", "valeur": "n"}
    colonnes = {"axe": "Axe", "n": "Actions"}
    figure = Illustration(vide, figures.barres, options=options, colonnes=colonnes, titre="T", source="S")
    page = BeautifulSoup(figure.html(), "html.parser")

    assert page.img is None
    assert "Aucune donnée" in page.select_one(".vide").get_text()


@pytest.fixture(scope="module")
def objectifs():
    """Une hausse à 120 % de sa cible, une baisse à 90 %, un maximum, et un objectif sans valeur."""
    return protegee(
        {
            "objectif": ["Hausse", "Baisse", "Maximum", "Muet"],
            "unite": ["part", "part", "nombre", "part"],
            "sens": ["hausse", "baisse", "hausse", "hausse"],
            "valeur": pd.array([0.6, 0.05, 296, None], dtype="Float64"),
            "borne_basse": pd.array([0.5, None, 160, None], dtype="Float64"),
            "borne_haute": pd.array([0.7, None, 296, None], dtype="Float64"),
            "cible": [0.5, 0.045, 260, 0.4],
            "valeur_precedente": pd.array([0.45, 0.06, None, None], dtype="Float64"),
            "etat": ["atteint", "partiel", "au plus atteint", "non mesurable"],
            "rupture_serie": ["", "rupture de série : a puis b", "", ""],
        },
        "interne",
        libres=("valeur", "borne_basse", "borne_haute", "cible", "valeur_precedente"),
    )


ATTEINTE = {
    "modalite": "objectif", "valeur": "valeur", "bas": "borne_basse", "haut": "borne_haute", "cible": "cible",
    "avant": "valeur_precedente", "sens": "sens", "etat": "etat", "rupture": "rupture_serie",
}  # fmt: skip


def test_cent_est_la_cible_de_chaque_objectif_hausse_ou_baisse(objectifs):
    """60 % pour 50 % : 120 ; 5 % pour 4,5 % à baisser : 90 ; 296 pour 260 : 113,8, un triangle."""
    ax = figures.atteinte(objectifs, **ATTEINTE)
    points = [ligne for ligne in ax.lines if ligne.get_marker() in ("o", "<")]

    assert [float(point.get_xdata()[0]) for point in points] == pytest.approx([120, 90, 100 * 296 / 260])
    assert [point.get_marker() for point in points] == ["o", "o", "<"]
    assert [point.get_markerfacecolor() == "white" for point in points] == [False, True, True]
    assert "non mesurable" in ecrits(ax)
    assert f"60{FINE}% pour 50{FINE}%" in ecrits(ax)


def test_une_rupture_de_serie_ne_se_relie_pas_a_l_annee_d_avant(objectifs):
    """La hausse est reliée à son losange, la baisse, de périmètre changé, non."""
    ax = figures.atteinte(objectifs, **ATTEINTE)
    liens = [ligne.get_alpha() for ligne in ax.lines if ligne.get_alpha() is not None]

    assert liens == [1.0, 0.0, 1.0]


def test_une_fourchette_masquee_est_un_contour_creux():
    """La première va de 20 à 60 %, la seconde est masquée, la troisième n'a qu'une valeur."""
    colonnes = {"groupe": ["a", "b", "c"], "ou": ["La Maille", "La Maille", "La Carraire"], "population": [100] * 3}
    colonnes |= {
        "nb_min": [20, 2, 30],
        "nb_max": [60, 3, 30],
        "taux_min": [0.2, 0.02, 0.3],
        "taux_max": [0.6, 0.03, 0.3],
    }
    table = protegee(
        colonnes,
        effectifs=("nb_min", "nb_max"),
        rapports={"taux_min": ("nb_min", "population"), "taux_max": ("nb_max", "population")},
        libres=("population",),
    )
    ax = figures.fourchettes(table, modalite="groupe", bas="taux_min", haut="taux_max", groupe="ou")

    assert ecrits(ax) == [f"20{FINE}% à 60{FINE}%", f"{MARQUE} à {MARQUE}".split(" à ")[0], f"30{FINE}%"]
    assert len(contours(ax)) == 1
    assert [texte.get_text() for texte in ax.get_legend().get_texts()] == ["La Maille", "La Carraire"]


def test_un_point_hors_de_la_zone_est_creux_et_son_effectif_est_ecrit():
    """44,6 % s'affiche 45 % et reste dans la zone ; 30 % en sort."""
    table = protegee(
        {"theme": ["a", "b"], "nb_filles": [446, 30], "nb": [1000, 100], "part_filles": [0.446, 0.3]},
        effectifs=("nb_filles", "nb"),
        parts={"part_filles": ("nb_filles", "nb")},
    )
    ax = figures.autour_zone(table, modalite="theme", valeur="part_filles", effectif="nb", zone=(0.45, 0.55))
    points = [ligne for ligne in ax.lines if ligne.get_marker() == "o"]

    assert [point.get_markerfacecolor() == "white" for point in points] == [False, True]
    assert ecrits(ax) == [f"45{FINE}% (n = 1{FINE}000)", f"30{FINE}% (n = 100)"]


def test_une_part_et_son_intervalle_vont_de_zero_a_un():
    """Sans écart à juger, ni trait à zéro ni point creux."""
    table = protegee(
        {"axe": ["a"], "part": [0.6], "bas": [0.5], "haut": [0.7]}, "interne", libres=("part", "bas", "haut")
    )
    ax = figures.points_intervalle(table, modalite="axe", valeur="part", bas="bas", haut="haut", ecart=False)

    assert ax.get_xlim() == (0, 1)
    assert [texte.get_text() for texte in ax.get_legend().get_texts()] == ["Mesure", f"Intervalle à 95{FINE}%"]


def test_l_axe_du_milieu_ne_traverse_pas_une_case_masquee():
    """Cinq réponses masquées : leurs contours, pleins et couleur du papier, sont posés sur le trait du zéro."""
    niveaux = {"nb_non": "Non", "nb_bof": "En partie", "nb_oui": "Oui"}
    table = protegee({"item": ["Q"], "nb_non": [2], "nb_bof": [2], "nb_oui": [1]}, effectifs=tuple(niveaux))
    ax = figures.likert(table, modalite="item", niveaux=niveaux)
    (milieu,) = (ligne for ligne in ax.lines if list(ligne.get_xdata()) == [0, 0])

    assert len(contours(ax)) == 3
    for case in contours(ax):
        assert case.get_facecolor() == (1, 1, 1, 1)
        assert case.get_zorder() > milieu.get_zorder()


def test_ceux_qui_ne_savent_pas_s_ecrivent_hors_de_la_barre():
    """À droite, avec l'effectif."""
    table = protegee(
        {"item": ["Q"], "part_non": [0.4], "part_oui": [0.6], "n_exprimes": [50], "n_nsp": [7]},
        "interne",
        libres=("part_non", "part_oui", "n_exprimes", "n_nsp"),
    )
    niveaux, a_cote = {"part_non": "Non", "part_oui": "Oui"}, {"n_exprimes": "n =", "n_nsp": "ne savent pas"}
    ax = figures.likert(table, modalite="item", niveaux=niveaux, a_cote=a_cote)

    assert "n = 50\nne savent pas 7" in ecrits(ax)
