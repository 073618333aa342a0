"""Les dessins de position : points et intervalles, pentes, lignes, carte de chaleur."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from citelib.erreurs import ErreurParametre
from citelib.figures.trame import (
    CIBLE,
    COULEURS,
    GRIS,
    MARQUEURS,
    TEXTE,
    Vue,
    creux,
    dessin,
    ecarter,
    etiqueter,
    graduer,
    hauteur,
    legende,
    replie,
)
from citelib.formats import pourcentage, typographie
from citelib.secret import MARQUE
from citelib.tableaux.cellules import titre_courant

PENTES_MAXI = 6
COLONNES_SERREES = 8
INTENSITE = LinearSegmentedColormap.from_list("intensite", ["#F1F6FB", "#12436D"])


@dessin("Points et intervalles", "{modalite} : {valeur}")
def points_intervalle(
    protegee, *, modalite, valeur, bas, haut, cible=None, reference=0, baisse=False, unite="", ax=None, formats=None
) -> Axes:
    """
    Un point, son intervalle et sa cible ; la valeur est écrite à droite.

    Le point est plein si la cible est atteinte, ou, sans cible, si l'intervalle exclut la référence.

    Args:
        protegee: table protégée, une ligne par mesure.
        modalite, valeur, bas, haut: colonnes de l'intitulé, de la mesure et de son intervalle.
        cible: colonne de la cible, marquée d'un trait.
        reference: valeur à laquelle comparer, sans cible ; None n'en trace pas.
        baisse: la cible est à atteindre en descendant.
        unite: nom de l'axe.
        ax: axes où dessiner ; de nouveaux sinon.
        formats: colonne → fonction qui écrit ses nombres.
    """
    vue = Vue(protegee, modalite, formats)
    mesure, mini, maxi = (vue.lire(nom) for nom in (valeur, bas, haut))
    but = vue.lire(cible) if cible else None
    vue.poser(ax)
    for y, (v, b, h) in enumerate(zip(mesure.valeurs, mini.valeurs, maxi.valeurs, strict=True)):
        if but and not np.isnan(but.valeurs[y]):
            t = but.valeurs[y]
            ax.plot([t, t], [y - 0.3, y + 0.3], color=CIBLE, linewidth=3, solid_capstyle="butt")
        intervalle = f" [{mini.textes[y]} ; {maxi.textes[y]}]" if b < h else ""
        ecrit = typographie(mesure.textes[y] + intervalle)
        ax.text(1.02, y, ecrit, va="center", transform=ax.get_yaxis_transform())
        if np.isnan(v):
            creux(ax, y, mesure.textes[y], epaisseur=0.4, ecrire=False)
            continue
        ax.plot([b, h], [y, y], color=GRIS, linewidth=3, solid_capstyle="butt")
        plein = _atteinte(v, but.valeurs[y], baisse) if but else _exclut(reference, b, h)
        fond = COULEURS[0] if plein else "white"
        ax.plot(v, y, "o", markersize=9, color=COULEURS[0], markerfacecolor=fond, markeredgewidth=2)
    if reference is not None and not but:
        ax.axvline(reference, color=TEXTE, linewidth=1)
    if but and mesure.format is pourcentage:
        ax.set_xlim(0, 1)
    graduer(ax.xaxis, np.array([0.5]), mesure.format)
    ax.set_xlabel(typographie(unite))
    if but or reference is not None:
        _legende_points(ax, bool(but))


def _atteinte(valeur: float, cible: float, baisse: bool) -> bool:
    """Vrai si la cible est connue et atteinte."""
    return bool(valeur <= cible if baisse else valeur >= cible)


def _exclut(reference: float | None, bas: float, haut: float) -> bool:
    """Vrai si l'intervalle est connu et ne contient pas la référence."""
    return reference is None or bool(bas > reference or haut < reference)


def _legende_points(ax: Axes, cible: bool) -> None:
    """Plein, creux, et le trait de la cible."""
    noms = ("Cible atteinte", "Cible non atteinte") if cible else ("Écart net", "Écart non concluant")
    rond = {"marker": "o", "markersize": 9, "markeredgewidth": 2, "linestyle": "none", "color": COULEURS[0]}
    poignees = [
        Line2D([], [], label=noms[0], **rond),
        Line2D([], [], label=noms[1], markerfacecolor="white", **rond),
        Line2D([], [], color=GRIS, linewidth=3, label="Intervalle à 95\u202f%"),
    ]
    if cible:
        trait = {"marker": "|", "markersize": 13, "markeredgewidth": 3, "linestyle": "none"}
        poignees.append(Line2D([], [], color=CIBLE, label="Cible", **trait))
    legende(ax, poignees)


@dessin("Pentes entre deux dates", "{modalite} : de {avant} à {apres}")
def pentes(protegee, *, modalite, avant, apres, noms=None, ax=None, formats=None) -> Axes:
    """
    Une ligne par modalité, d'une date à l'autre, nommée à son arrivée.

    Args:
        protegee: table protégée, une ligne par modalité, six au plus.
        modalite, avant, apres: colonnes de l'intitulé et des deux valeurs.
        noms: nom affiché des deux dates ; le titre courant des colonnes sinon.
        ax: axes où dessiner ; de nouveaux sinon.
        formats: colonne → fonction qui écrit ses nombres.
    """
    vue = Vue(protegee, modalite, formats)
    if len(vue.noms) > PENTES_MAXI:
        raise ErreurParametre(f"{len(vue.noms)} pentes : en montrer six au plus, ou employer points_intervalle.")
    debut, fin = vue.lire(avant), vue.lire(apres)
    hauteur(ax, 4.2)
    traces = [k for k in range(len(vue.noms)) if not np.isnan(debut.valeurs[k] + fin.valeurs[k])]
    etendue = np.concatenate([debut.valeurs[traces], fin.valeurs[traces], [] if traces else [0, 1]])
    ecart = 0.09 * (np.ptp(etendue) or abs(etendue[0]) or 1)
    departs, arrivees = ecarter(debut.valeurs[traces], ecart), ecarter(fin.valeurs[traces], ecart)
    for place_, k in enumerate(traces):
        style = {"color": COULEURS[k % 4], "marker": MARQUEURS[k % 4], "linestyle": "-" if k < 4 else "--"}
        ax.plot([0, 1], [debut.valeurs[k], fin.valeurs[k]], linewidth=2.4, markersize=8, **style)
        etiqueter(ax, 0, departs[place_], debut.textes[k], decalage=-9)
        etiqueter(ax, 1, arrivees[place_], f"{fin.textes[k]}  {replie(vue.noms[k], 28)}", decalage=9)
    caches = [k for k in range(len(vue.noms)) if k not in traces]
    plancher = etendue.min() - ecart
    for rang, k in enumerate(caches):
        ax.plot([1], [plancher - rang * ecart], "s", color=GRIS, markerfacecolor="none", markersize=9, label=MARQUE)
        texte = f"{vue.noms[k]} : de {debut.textes[k]} à {fin.textes[k]}"
        etiqueter(ax, 1, plancher - rang * ecart, replie(texte, 34), decalage=9)
    dates = noms or (titre_courant(avant), titre_courant(apres))
    ax.set_xticks([0, 1], [typographie(nom) for nom in dates])
    ax.set_xlim(-0.02, 1.02)
    ax.set_yticks([])
    ax.vlines([0, 1], etendue.min(), etendue.max(), color="#BBBBBB", linewidth=1, zorder=0)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


@dessin("Lignes dans le temps", "{serie}, {x} : {y}")
def lignes(protegee, *, x, y, serie, avant=(), depuis_zero=True, unite="", ax=None, formats=None) -> Axes:
    """
    Une ligne par série, nommée à son dernier point ; au plus quatre en couleur, les autres en gris.

    Args:
        protegee: table protégée, une ligne par série et par date.
        x, y, serie: colonnes de la date, de la valeur et du nom de la série.
        avant: séries mises en avant ; toutes s'il y en a quatre au plus.
        depuis_zero: l'axe des valeurs part de zéro.
        unite: nom de l'axe des valeurs.
        ax: axes où dessiner ; de nouveaux sinon.
        formats: colonne → fonction qui écrit ses nombres.
    """
    vue = Vue(protegee, serie, formats)
    mesure, dates = vue.lire(y), vue.lire(x, nombres=False).textes
    series, instants = list(dict.fromkeys(vue.noms)), sorted(set(dates), key=dates.index)
    avant = [nom for nom in series if nom in {typographie(n) for n in avant}] or series
    if len(avant) > len(COULEURS):
        raise ErreurParametre(f"{len(avant)} séries en couleur : en nommer quatre au plus avec avant=.")
    hauteur(ax, 4.2)
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
    places = ecarter([mesure.valeurs[k] for k in bouts.values()], 0.075 * np.ptp(ax.get_ylim()))
    for place_, (nom, k) in zip(places, bouts.items(), strict=True):
        quand = "" if dates[k] == instants[-1] else f" ({dates[k]})"
        gras = "bold" if nom in avant and avant != series else "normal"
        texte = f"{mesure.textes[k]}{quand}  {replie(nom, 24)}"
        etiqueter(ax, len(instants) - 1, place_, texte, decalage=10, weight=gras)
    ax.set_xticks(range(len(instants)), instants)
    graduer(ax.yaxis, mesure.valeurs, mesure.format)
    ax.grid(axis="y")
    ax.set_ylabel(typographie(unite))


def _style_serie(avant: list[str], nom: str) -> dict:
    """Couleur et forme d'une série ; gris et sans forme si elle n'est pas mise en avant."""
    if nom not in avant:
        return {"color": GRIS, "linewidth": 1, "marker": "."}
    rang = avant.index(nom)
    return {"color": COULEURS[rang], "linewidth": 2.4, "marker": MARQUEURS[rang]}


def _point_masque(ax: Axes, x: float, rang: int) -> None:
    """Un point masqué, posé au bas du dessin, sans rapport avec sa valeur."""
    repere, hauteur_ = ax.get_xaxis_transform(), 0.05 + 0.07 * rang
    style = {"color": GRIS, "markerfacecolor": "white", "markersize": 8, "linestyle": "none", "label": MARQUE}
    ax.plot([x], [hauteur_], marker=MARQUEURS[rang % 4], transform=repere, **style)
    ax.annotate(MARQUE, (x, hauteur_), (7, 0), xycoords=repere, textcoords="offset points", va="center")


@dessin("Carte de chaleur", "{ligne} et {colonne} : {valeur}")
def carte_chaleur(protegee, *, ligne, colonne, valeur, triangle=True, ax=None, formats=None) -> Axes:
    """
    Une case par couple, son nombre écrit dedans, d'autant plus foncée qu'il est grand.

    Args:
        protegee: table protégée, une ligne par couple.
        ligne, colonne, valeur: colonnes des deux intitulés et du nombre.
        triangle: les deux intitulés sont de même nature ; chaque couple se lit sous la diagonale.
        ax: axes où dessiner ; de nouveaux sinon.
        formats: colonne → fonction qui écrit ses nombres.
    """
    vue = Vue(protegee, ligne, formats)
    mesure, autres = vue.lire(valeur), vue.lire(colonne, nombres=False).textes
    noms = list(dict.fromkeys([*vue.noms, *autres]))
    verticaux = noms if triangle else list(dict.fromkeys(vue.noms))
    horizontaux = noms if triangle else list(dict.fromkeys(autres))
    plafond = np.nanmax([*mesure.valeurs, 0]) or 1
    for k, (nom, autre) in enumerate(zip(vue.noms, autres, strict=True)):
        y, x = verticaux.index(nom), horizontaux.index(autre)
        if triangle and nom == autre:
            continue
        y, x = (max(x, y), min(x, y)) if triangle else (y, x)
        _case(ax, x, y, mesure.valeurs[k] / plafond, mesure.textes[k])
    debut = 1 if triangle else 0
    ax.set_yticks(range(debut, len(verticaux)), [replie(nom, 26) for nom in verticaux[debut:]])
    horizontaux = horizontaux[: len(horizontaux) - debut]
    noms = [replie(nom, 13) for nom in horizontaux]
    if len(noms) > COLONNES_SERREES:
        # un intitulé sur deux descend d'une ligne : ils restent horizontaux sans se toucher
        noms = ["\n" * (rang % 2) + nom for rang, nom in enumerate(noms)]
    ax.set_xticks(range(len(noms)), noms)
    ax.set_xlim(-0.5, len(horizontaux) - 0.5)
    ax.set_ylim(len(verticaux) - 0.5, debut - 0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    hauteur(ax, 1.4 + 0.55 * len(verticaux))


def _case(ax: Axes, x: int, y: int, part: float, texte: str) -> None:
    """Une case et son nombre ; creuse et pointillée sans valeur."""
    if np.isnan(part):
        style = {"fill": False, "edgecolor": GRIS, "linestyle": "--"} | ({"label": MARQUE} if texte == MARQUE else {})
        ax.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, **style))
    else:
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=INTENSITE(part), edgecolor="white"))
    ax.text(x, y, texte, ha="center", va="center", color="white" if part > 0.5 else TEXTE)
