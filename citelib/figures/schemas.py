"""Les dessins en plan : matrice, calendrier des échéances, logique d'action."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from citelib.figures.points import INTENSITE
from citelib.figures.trame import (
    CIBLE,
    CONTOUR,
    COULEURS,
    GRIS,
    LARGEUR,
    TEXTE,
    Vue,
    a_droite,
    dessin,
    etager,
    hauteur,
    legende,
    replie,
)
from citelib.formats import MOIS, accord
from citelib.protocole.logique import MESURE, NON_MESURE, SEPARATEUR, TOUT_L_AXE
from citelib.secret import MARQUE

HACHURES = {"facecolor": "white", "edgecolor": GRIS, "hatch": "////", "linewidth": 0.6}
LIGNE = 0.155
"""Hauteur d'une ligne de texte d'un schéma, en pouces."""


@dessin("Matrice", "{modalite} : {colonnes}")
def matrice(protegee, *, modalite, colonnes, a_part=(), ax, formats) -> None:
    """
    Une case par ligne et par colonne, son nombre dedans ; ce qui n'est pas un nombre est écrit sur des hachures.

    Args:
        protegee: table protégée.
        modalite: colonne de l'intitulé des lignes.
        colonnes: colonne → intitulé, de gauche à droite ; un nombre est d'autant plus foncé qu'il est grand.
        a_part: colonnes sans teinte, comme la ligne du total : elles ne se comparent pas aux autres.
    """
    vue = Vue(protegee, modalite, formats)
    valeurs = protegee.donnees[list(colonnes)].apply(pd.to_numeric, errors="coerce").to_numpy(float, na_value=np.nan)
    teintes = valeurs.copy()
    teintes[[nom in vue.totaux for nom in vue.noms]] = 0
    teintes[:, [nom in a_part for nom in colonnes]] = 0
    plafond = np.nanmax([*teintes.ravel(), 0]) or 1
    for x, nom in enumerate(colonnes):
        for y, mot in enumerate(vue.mots(nom)):
            _case(ax, x, y, mot, float(np.where(np.isnan(valeurs[y, x]), np.nan, teintes[y, x] / plafond)))
    ax.set_xticks(range(len(colonnes)), [replie(nom, 14) for nom in colonnes.values()])
    ax.set_yticks(range(len(vue.noms)), [replie(nom, 40) for nom in vue.noms])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=10)
    ax.set_xlim(-0.5, len(colonnes) - 0.5)
    ax.set_ylim(len(vue.noms) - 0.5, -0.5)
    ax.spines[:].set_visible(False)
    hauteur(ax, 0.9 + 0.37 * len(vue.noms))


def _case(ax: Axes, x: int, y: int, mot: str, part: float) -> None:
    """Une case : un nombre sur un fond plus ou moins foncé, un mot sur des hachures."""
    absent = np.isnan(part)
    fond = HACHURES if absent else {"facecolor": INTENSITE(part) if part else "white", "edgecolor": "#DDDDDD"}
    style, nom = (CONTOUR, MARQUE) if mot == MARQUE else (fond, None)
    ax.add_patch(Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, label=nom, **style))
    dessous = {"facecolor": "white", "edgecolor": "none", "pad": 1.5} if absent else None
    couleur = "white" if part > 0.5 else TEXTE
    ax.text(x, y, mot, ha="center", va="center", fontsize=9.5, color=couleur, bbox=dessous)


@dessin("Calendrier", "{modalite} : {etat}")
def calendrier(protegee, *, modalite, detail, attendu, recu, etat, retard, au: dt.date, ax, formats) -> None:
    """
    Une ligne par envoi : un trait à la date attendue, un rond à la date reçue, l'état écrit à droite.

    Args:
        protegee: table protégée, une ligne par envoi.
        modalite, detail: colonnes de qui envoie et de ce qui est envoyé.
        attendu, recu: colonnes des deux dates.
        etat, retard: colonnes de l'état, en mots, et des jours de retard.
        au: date du suivi, jusqu'où court un envoi qui manque.
    """
    vue = Vue(protegee, modalite, formats)
    dus, venus = (protegee.donnees[nom] for nom in (attendu, recu))
    for y, (du, venu, mot) in enumerate(zip(dus, venus, vue.mots(etat), strict=True)):
        jours = protegee.donnees[retard].iloc[y]
        suite = f", {accord(jours, 'jour')}" if pd.notna(jours) and jours else ""
        a_droite(ax, y, replie(mot + suite, 24), fontsize=10)
        fin = au if pd.isna(venu) else venu
        trait = {"linestyle": ":", "color": CIBLE} if pd.isna(venu) else {"linestyle": "-", "color": GRIS}
        if pd.notna(venu) or suite:
            ax.plot([_jour(du), _jour(fin)], [y, y], linewidth=2, **trait)
        ax.plot(_jour(du), y, marker="|", markersize=15, markeredgewidth=3, color=CIBLE)
        if pd.notna(venu):
            plein = COULEURS[0] if _jour(venu) <= _jour(du) else "white"
            ax.plot(_jour(venu), y, marker="o", markersize=9, markeredgewidth=2, color=COULEURS[0], mfc=plein)
    envois = zip(vue.noms, vue.mots(detail), strict=True)
    intitules = [f"{replie(f'{qui} :', 40)}\n{replie(quoi, 40)}" for qui, quoi in envois]
    etager(ax, intitules, corps=9.5, bords=1.4, pas=0.62)
    ax.axvline(_jour(au), color=TEXTE, linewidth=1, linestyle="--")
    _mois(ax, [_jour(jour) for jour in [*dus, *venus.dropna(), au]])
    rond = {"marker": "o", "markersize": 9, "markeredgewidth": 2, "linestyle": "none", "color": COULEURS[0]}
    cles = [
        Line2D([], [], marker="|", markersize=13, markeredgewidth=3, linestyle="none", color=CIBLE, label="Attendu"),
        Line2D([], [], label="Reçu à temps", **rond),
        Line2D([], [], label="Reçu en retard", markerfacecolor="white", **rond),
        Line2D([], [], color=TEXTE, linewidth=1, linestyle="--", label="Arrêt des données"),
    ]
    legende(ax, cles)


def _jour(date: dt.date) -> int:
    """Un jour en abscisse."""
    return date.toordinal()


def _mois(ax: Axes, jours: Sequence[int]) -> None:
    """Des graduations au premier du mois, sept au plus, l'année dessous."""
    debut, fin = (dt.date.fromordinal(jour) for jour in (min(jours), max(jours)))
    combien = (fin.year - debut.year) * 12 + fin.month - debut.month + 2
    gardes = pd.date_range(debut.replace(day=1), periods=combien, freq="MS")[:: -(-combien // 7)]
    noms = [f"{MOIS[jour.month - 1]}\n{jour.year}" for jour in gardes]
    ax.set_xticks([jour.toordinal() for jour in gardes], noms, fontsize=9.5)
    marge = max(5, (max(jours) - min(jours)) // 40)
    ax.set_xlim(min(jours) - marge, max(jours) + marge)


HAUT, MARGE, ENTRE = 0.55, 0.16, 0.14
"""Où commencent les boîtes d'un schéma, leur marge et leur écart, en pouces."""
ETAPES = {
    "Actions": (0.0, 2.95, 40),
    "Réalisation": (3.2, 1.25, 16),
    "Résultats": (4.7, 1.6, 21),
    "Impacts": (6.55, 1.6, 21),
}
"""Étape de la logique d'action → bord gauche, largeur (en pouces) et signes par ligne de ses boîtes."""


@dessin("Schéma", "{groupe}, mesuré : {mesure}")
def logique(protegee, *, groupe, mesure, ax, formats) -> None:
    """
    Des actions à leur réalisation, à leurs résultats et aux changements attendus : une ligne par objectif.

    ● marque un indicateur mesuré, ○ un indicateur qui ne l'est pas ; une boîte pointillée, ce qui manque.

    Args:
        protegee: table protégée que rend `protocole.logique`.
        groupe, mesure: colonnes de l'objectif et de « mesuré ».
    """
    lignes = protegee.donnees.to_dict("records")
    *etapes, finale = ETAPES.values()
    y, milieux = HAUT, []
    for ligne in (ligne for ligne in lignes if ligne[groupe] != TOUT_L_AXE):
        titre = replie(ligne[groupe], 37)
        cellules = ligne["actions"], ligne["realisation"], ligne["resultats"]
        textes = [_replies(cellule, signes) for cellule, (*_, signes) in zip(cellules, etapes, strict=True)]
        haut = MARGE + LIGNE * max(_lignes(f"{titre}\n{textes[0]}"), *map(_lignes, textes))
        for (x, largeur, _), texte in zip(etapes, textes, strict=True):
            _boite(ax, (x, y), largeur, haut, texte, titre if x == 0 else "")
        milieux.append(y + haut / 2)
        y += haut + ENTRE
    attendus = SEPARATEUR.join(filter(None, (ligne["impacts"] for ligne in lignes)))
    texte = _replies(attendus, finale[2]) or "aucun indicateur"
    fin = max(y - ENTRE, HAUT + MARGE + LIGNE * _lignes(texte))
    _boite(ax, (finale[0], HAUT), finale[1], fin - HAUT, texte)
    _fleches(ax, milieux)
    _entetes(ax, fin)


def _entetes(ax: Axes, fin: float) -> None:
    """Le nom de chaque étape, ce que veulent dire les ronds, et les bords du schéma."""
    for nom, (x, largeur, _) in ETAPES.items():
        ax.text(x + largeur / 2, 0.3, nom, ha="center", va="center", weight="bold", fontsize=10.5)
    ax.text(0, 0.05, "● mesuré   ○ non mesuré", va="center", fontsize=9.5)
    ax.set_xlim(-0.02, LARGEUR - 0.03)
    ax.set_ylim(fin + 0.05, 0)
    ax.set_axis_off()
    hauteur(ax, fin + 0.1)


def _replies(cellule: str, largeur: int) -> str:
    """Les éléments d'une cellule, chacun à la ligne, leur état remplacé par un rond plein ou creux."""
    ecrits = []
    for element in filter(None, cellule.split(SEPARATEUR)):
        for etat, rond in ((NON_MESURE, "○"), (MESURE, "●")):
            element = f"{rond} {element.removesuffix(etat).strip()}" if element.endswith(etat) else element
        ecrits.append(replie(element, largeur))
    return "\n".join(ecrits)


def _lignes(texte: str) -> int:
    return texte.count("\n") + 1


def _boite(ax: Axes, coin: tuple[float, float], largeur: float, haut: float, texte: str, titre: str = "") -> None:
    """Une boîte et son texte ; pointillée si rien n'y est fait ou mesuré."""
    x, y = coin
    creuse = not texte or texte.startswith("aucun")
    style = CONTOUR if creuse else {"facecolor": "#F1F6FB", "edgecolor": COULEURS[0], "linewidth": 1}
    ax.add_patch(Rectangle(coin, largeur, haut, **style))
    ecrit = {"va": "top", "ha": "left", "fontsize": 8.5, "linespacing": 1.25}
    if titre:
        ax.text(x + 0.07, y + 0.08, titre, weight="bold", **ecrit)
    dessous = LIGNE * _lignes(titre) if titre else 0
    ax.text(x + 0.07, y + 0.08 + dessous, texte, style="italic" if creuse else "normal", **ecrit)


def _fleches(ax: Axes, milieux: Sequence[float]) -> None:
    """Une flèche d'une étape à la suivante, à chaque ligne."""
    bords = [(x, x + largeur) for x, largeur, _ in ETAPES.values()]
    for y in milieux:
        for (_, depart), (arrivee, _) in itertools.pairwise(bords):
            fleche = {"arrowstyle": "-|>", "color": GRIS, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (arrivee, y), (depart, y), arrowprops=fleche)
