"""Les dessins de position : points et intervalles, lignes, carte de chaleur."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from citelib.figures.trame import (
    CONTOUR,
    COULEURS,
    GRIS,
    MARQUEURS,
    TEXTE,
    Vue,
    a_droite,
    creux,
    dessin,
    ecarter,
    etager,
    etiqueter,
    graduer,
    hauteur,
    legende,
    replie,
)
from citelib.formats import typographie
from citelib.secret import MARQUE

COLONNES_SERREES, COLONNES_NUMEROTEES, NOM_MAXI = 8, 12, 40
TRAITS = ("-", "--", ":")
INTENSITE = LinearSegmentedColormap.from_list("intensite", ["#F1F6FB", "#12436D"])


@dessin("Points et intervalles", "{modalite} : {valeur}")
def points_intervalle(protegee, *, modalite, valeur, bas, haut, ecart=True, ax, formats) -> None:
    """
    Un point et son intervalle, écrits à droite ; pour un écart, le point est plein si l'intervalle exclut zéro.

    Args:
        protegee: table protégée, une ligne par mesure.
        modalite, valeur, bas, haut: colonnes de l'intitulé, de la mesure et de son intervalle.
        ecart: la mesure est un écart à zéro ; sinon c'est une part, lue de 0 à 1.
    """
    vue = Vue(protegee, modalite, formats)
    mesure, mini, maxi = (vue.lire(nom) for nom in (valeur, bas, haut))
    vue.poser(ax)
    rond = {"marker": "o", "markersize": 9, "markeredgewidth": 2, "linestyle": "none", "color": COULEURS[0]}
    for y, (v, b, h) in enumerate(zip(mesure.valeurs, mini.valeurs, maxi.valeurs, strict=True)):
        intervalle = f" [{mini.textes[y]} ; {maxi.textes[y]}]" if b < h else ""
        a_droite(ax, y, mesure.textes[y] + intervalle)
        if np.isnan(v):
            creux(ax, y, mesure.textes[y], epaisseur=0.4)
            continue
        ax.plot([b, h], [y, y], color=GRIS, linewidth=3, solid_capstyle="butt")
        ax.plot(v, y, markerfacecolor=COULEURS[0] if b > 0 or h < 0 else "white", **rond)
    graduer(ax.xaxis, np.array([0.5]), mesure.format)
    if ecart:
        ax.axvline(0, color=TEXTE, linewidth=1)
    else:
        ax.set_xlim(0, 1)
    cles = [
        Line2D([], [], label="Écart net" if ecart else "Mesure", **rond),
        *([Line2D([], [], label="Écart non concluant", markerfacecolor="white", **rond)] if ecart else []),
        Line2D([], [], color=GRIS, linewidth=3, label="Intervalle à 95\u202f%"),
    ]
    legende(ax, cles)


@dessin("Lignes dans le temps", "{serie}, {x} : {y}")
def lignes(protegee, *, x, y, serie, avant=(), depuis_zero=True, depart=None, ax, formats) -> None:
    """
    Une ligne par série, nommée à son dernier point ; celles mises en avant en couleur, les autres en gris.

    Au-delà de quatre en couleur, les mêmes couleurs reviennent en traits de plus en plus coupés.

    Args:
        protegee: table protégée, une ligne par série et par date.
        x, y, serie: colonnes de la date, de la valeur et du nom de la série.
        avant: séries mises en avant ; toutes sinon.
        depuis_zero: l'axe des valeurs part de zéro.
        depart: date à partir de laquelle quelque chose commence, marquée d'un trait ; None sans trait.
    """
    vue = Vue(protegee, serie, formats)
    mesure, dates = vue.lire(y), vue.mots(x)
    series, instants = list(dict.fromkeys(vue.noms)), list(dict.fromkeys(dates))
    avant = [nom for nom in series if nom in {typographie(n) for n in avant}] or series
    hauteur(ax, max(4.2, 0.32 * len(series)))
    bouts = {}
    for nom in series:
        rangs = [k for k, autre in enumerate(vue.noms) if autre == nom]
        abscisses = [instants.index(dates[k]) for k in rangs]
        style = _style_serie(avant, nom)
        ax.plot(abscisses, mesure.valeurs[rangs], markersize=7, **style)
        for k, place_ in zip(rangs, abscisses, strict=True):
            if mesure.textes[k] == MARQUE:
                _point_masque(ax, place_, series.index(nom))
        vus = [k for k in rangs if not np.isnan(mesure.valeurs[k])]
        if vus:
            bouts[nom] = vus[-1]
    ax.set_ylim(bottom=0 if depuis_zero else None, top=ax.get_ylim()[1] * 1.05)
    _reperes(ax, [str(instant) for instant in instants], depart)
    places = ecarter([mesure.valeurs[k] for k in bouts.values()], 0.075 * np.ptp(ax.get_ylim()))
    for place_, (nom, k) in zip(places, bouts.items(), strict=True):
        quand = "" if dates[k] == instants[-1] else f" ({dates[k]})"
        gras = "bold" if nom in avant and avant != series else "normal"
        texte = f"{mesure.textes[k]}{quand}  {replie(nom, 24)}"
        etiqueter(ax, len(instants) - 1, place_, texte, decalage=10, weight=gras)
    ax.set_xticks(range(len(instants)), instants)
    graduer(ax.yaxis, mesure.valeurs, mesure.format)
    ax.grid(axis="y")


def _reperes(ax: Axes, instants: list[str], depart: object) -> None:
    """Le zéro, si les valeurs changent de signe ou l'approchent, et le trait d'un départ entre deux dates."""
    bas, haut = ax.get_ylim()
    if bas < 0 < haut:
        ax.axhline(0, color=TEXTE, linewidth=1)
    avant = [instant for instant in instants if depart is not None and instant < str(depart)]
    if avant and len(avant) < len(instants):
        x = len(avant) - 0.5
        ax.axvline(x, color=TEXTE, linewidth=1, linestyle="--")
        ax.annotate("Label", (x, 1), (4, -4), ("data", "axes fraction"), textcoords="offset points", va="top")


def _style_serie(avant: list[str], nom: str) -> dict:
    """Couleur et forme d'une série ; gris et sans forme si elle n'est pas mise en avant."""
    if nom not in avant:
        return {"color": GRIS, "linewidth": 1, "marker": "."}
    tour, place = divmod(avant.index(nom), len(COULEURS))
    trait = TRAITS[tour % len(TRAITS)]
    return {"color": COULEURS[place], "linewidth": 2.4, "marker": MARQUEURS[place], "linestyle": trait}


def _point_masque(ax: Axes, x: float, rang: int) -> None:
    """Un point masqué, posé au bas du dessin, sans rapport avec sa valeur."""
    repere, hauteur_ = ax.get_xaxis_transform(), 0.05 + 0.07 * rang
    style = {"color": GRIS, "markerfacecolor": "white", "markersize": 8, "linestyle": "none", "label": MARQUE}
    ax.plot([x], [hauteur_], marker=MARQUEURS[rang % 4], transform=repere, **style)
    ax.annotate(MARQUE, (x, hauteur_), (7, 0), xycoords=repere, textcoords="offset points", va="center")


@dessin("Points par groupe", "{modalite} : {valeur}")
def points_groupes(protegee, *, modalite, valeur, groupe, avant, ax, formats) -> None:
    """
    Un point par ligne : celles d'un groupe sont nommées, une par étage ; les autres partagent l'étage du bas.

    Args:
        protegee: table protégée, une ligne par point.
        modalite, valeur, groupe: colonnes de l'intitulé, de la mesure et du groupe.
        avant: groupe dont chaque ligne est nommée.
    """
    vue = Vue(protegee, modalite, formats)
    mesure, groupes = vue.lire(valeur), vue.mots(groupe)
    voulu = typographie(avant)
    nommees = [k for k, nom in enumerate(groupes) if nom in (voulu, voulu.capitalize())]
    autres = [k for k in range(len(groupes)) if k not in nommees]
    ensemble = f"{len(autres)} collèges comparables"
    rond = {"markersize": 9, "markeredgewidth": 1.5, "linestyle": "none"}
    for etage, k in enumerate(nommees):
        a_droite(ax, etage, mesure.textes[k])
        if np.isnan(mesure.valeurs[k]):
            creux(ax, etage, mesure.textes[k], epaisseur=0.4)
        ax.plot(mesure.valeurs[k], etage, marker=MARQUEURS[0], color=COULEURS[0], **rond)
    vus = [k for k in autres if not np.isnan(mesure.valeurs[k])]
    if vus:
        bas, haut = (quoi(vus, key=lambda k: mesure.valeurs[k]) for quoi in (min, max))
        fond = {"color": GRIS, "markerfacecolor": "none", "marker": "o"}
        ax.plot(mesure.valeurs[vus], len(nommees) - 0.16 * _rangs_egaux(mesure.valeurs[vus]), **fond, **rond)
        a_droite(ax, len(nommees), f"de {mesure.textes[bas]} à {mesure.textes[haut]}")
    etages = [vue.noms[k] for k in nommees] + [ensemble] * bool(autres)
    etager(ax, [replie(nom) for nom in etages])
    ax.axvline(0, color=TEXTE, linewidth=1)
    graduer(ax.xaxis, mesure.valeurs, mesure.format)


def _rangs_egaux(valeurs: np.ndarray) -> np.ndarray:
    """Rang de chaque valeur parmi celles qui se confondent avec elle : des points égaux s'empilent."""
    pas = max(float(np.ptp(valeurs)) / 40, 1e-9)
    cases = np.round(valeurs / pas)
    return np.array([(cases[:k] == case).sum() for k, case in enumerate(cases)])


@dessin("Carte de chaleur", "{ligne} et {colonne} : {valeur}")
def carte_chaleur(protegee, *, ligne, colonne, valeur, triangle=True, ax, formats) -> None:
    """
    Une case par couple, son nombre écrit dedans, d'autant plus foncée qu'il est grand.

    Args:
        protegee: table protégée, une ligne par couple.
        ligne, colonne, valeur: colonnes des deux intitulés et du nombre.
        triangle: les deux intitulés sont de même nature ; chaque couple se lit sous la diagonale.
    """
    vue = Vue(protegee, ligne, formats)
    mesure, autres = vue.lire(valeur), vue.mots(colonne)
    noms = list(dict.fromkeys([*vue.noms, *autres]))
    verticaux = noms if triangle else list(dict.fromkeys(vue.noms))
    horizontaux = noms if triangle else list(dict.fromkeys(autres))
    plafond = np.nanmax([*mesure.valeurs, 0]) or 1
    corps = None if len(noms) <= COLONNES_NUMEROTEES else 8 if len(noms) <= 30 else 5
    for k, (nom, autre) in enumerate(zip(vue.noms, autres, strict=True)):
        y, x = verticaux.index(nom), horizontaux.index(autre)
        if triangle and nom == autre:
            continue
        y, x = (max(x, y), min(x, y)) if triangle else (y, x)
        _case(ax, x, y, mesure.valeurs[k] / plafond, mesure.textes[k], corps)
    serree = triangle and len(noms) > COLONNES_NUMEROTEES
    debut, intitules = int(triangle and not serree), [replie(nom, 26) for nom in verticaux]
    if serree:  # les colonnes portent le numéro de leur ligne : les intitulés restent horizontaux et lisibles
        courts = (textwrap.shorten(nom, NOM_MAXI, placeholder="…") for nom in verticaux)
        intitules = [f"{court} {rang}" for rang, court in enumerate(courts, start=1)]
    ax.set_yticks(range(debut, len(verticaux)), intitules[debut:], fontsize=9 if serree else None)
    horizontaux = horizontaux[: len(horizontaux) - triangle]
    noms = [str(rang) for rang in range(1, len(horizontaux) + 1)] if serree else [replie(n, 13) for n in horizontaux]
    if len(noms) > COLONNES_SERREES and not serree:
        # un intitulé sur deux descend d'une ligne : ils restent horizontaux sans se toucher
        noms = ["\n" * (rang % 2) + nom for rang, nom in enumerate(noms)]
    ax.set_xticks(range(len(noms)), noms, fontsize=6 if len(noms) > 40 else 8 if serree else None)
    ax.set_xlim(-0.5, len(horizontaux) - 0.5)
    ax.set_ylim(len(verticaux) - 0.5, debut - 0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    hauteur(ax, 0.8 + 0.2 * len(verticaux) if serree else 1.4 + 0.55 * len(verticaux))


def _case(ax: Axes, x: int, y: int, part: float, texte: str, corps: float | None = None) -> None:
    """Une case et son nombre ; creuse et pointillée sans valeur."""
    if np.isnan(part):
        marque = MARQUE if texte == MARQUE else None
        ax.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, label=marque, **CONTOUR))
    else:
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=INTENSITE(part), edgecolor="white"))
    ax.text(x, y, texte, ha="center", va="center", color="white" if part > 0.5 else TEXTE, fontsize=corps)
