"""Ce que tous les dessins partagent : style, couleurs, lecture de la table, valeurs masquées, étiquettes.

Une valeur masquée est un contour creux marqué « [s] » : sa taille et sa place ne disent rien d'elle.
"""

from __future__ import annotations

import functools
import itertools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.formats import typographie
from citelib.secret import MARQUE, TableProtegee
from citelib.tableaux.cellules import AUCUNE_DONNEE, TOTAUX, format_de, textes

TEXTE, GRIS, CIBLE = "#1E1E1E", "#757575", "#B1430A"
COULEURS = ("#12436D", "#C56405", "#2089F6", "#5F2501")
MARQUEURS = ("o", "s", "^", "D")
"""Une couleur va toujours avec une forme : l'information passe aussi en gris."""

LARGEUR = 8.2
SIGNES_PAR_LIGNE = 66
NOTRE = "citelib"
EPAISSEUR = 0.56
CREUX = 0.08
"""Longueur de tout contour creux, en part de la largeur du dessin."""
CONTOUR = {"fill": False, "edgecolor": GRIS, "linestyle": "--", "linewidth": 1.2}

STYLE = seaborn.axes_style("ticks") | {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.edgecolor": GRIS,
    "axes.labelcolor": TEXTE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#DDDDDD",
    "text.color": TEXTE,
    "xtick.color": TEXTE,
    "ytick.color": TEXTE,
    "legend.frameon": False,
}


def dessin(nature: str, phrase: str) -> Callable:
    """
    Décore une fonction de dessin : style, axes, table vide, et de quoi décrire l'image en mots.

    Args:
        nature: type de graphique, en tête du texte de remplacement.
        phrase: comment dire une ligne ; `{option}` y est remplacé par la cellule de la colonne que nomme
            cette option.
    """

    def decorer(tracer: Callable) -> Callable:
        @functools.wraps(tracer)
        def dessiner(protegee: TableProtegee, *, ax: Axes | None = None, formats=None, **options) -> Axes:
            if not isinstance(protegee, TableProtegee):
                recu = type(protegee).__name__
                raise ErreurSecret(f"{tracer.__name__} : reçu {recu}. Passer la table par secret.proteger.")
            with matplotlib.rc_context(STYLE):
                if ax is None:
                    _, ax = plt.subplots(figsize=(LARGEUR, 4), layout="constrained")
                    ax.set_gid(NOTRE)
                if protegee.donnees.empty:
                    hauteur(ax, 1)
                    ax.set_axis_off()
                    ax.text(0.5, 0.5, AUCUNE_DONNEE, ha="center", transform=ax.transAxes)
                else:
                    tracer(protegee, ax=ax, formats=formats or {}, **options)
            return ax

        dessiner.nature, dessiner.phrase = nature, phrase
        return dessiner

    return decorer


@dataclass(frozen=True)
class Colonne:
    """Une colonne prête à dessiner : valeurs (NaN sans valeur), textes affichés et format des axes."""

    valeurs: np.ndarray
    textes: list[str]
    format: Callable[[float], str]

    @property
    def vues(self) -> np.ndarray:
        """Rangs des valeurs que l'on peut dessiner."""
        return np.flatnonzero(~np.isnan(self.valeurs))


class Vue:
    """
    Les lignes d'une table que l'on dessine, dans l'ordre de la table.

    Args:
        protegee: table protégée.
        modalite: colonne de leur intitulé.
        formats: colonne → fonction qui écrit ses nombres.
        total: garder la ligne du total.
    """

    def __init__(self, protegee: TableProtegee, modalite: str, formats: Mapping[str, Callable], *, total: bool = True):
        self.protegee, self.formats, self.gardes = protegee, formats, slice(None)
        self.totaux = {*TOTAUX, str(protegee.publiable.total_ligne)}
        self.gardes = [rang for rang, nom in enumerate(self.mots(modalite)) if total or nom not in self.totaux]
        self.noms = self.mots(modalite)

    def mots(self, colonne: str) -> list[str]:
        """Les textes d'une colonne, aux lignes dessinées."""
        if colonne not in self.protegee.donnees:
            connues = ", ".join(self.protegee.donnees)
            raise ErreurParametre(f"Colonne {colonne!r} absente de la table. Colonnes : {connues}.")
        return textes(self.protegee, [colonne], self.formats)[colonne].iloc[self.gardes].to_list()

    def lire(self, colonne: str) -> Colonne:
        """Une colonne de nombres, aux lignes dessinées."""
        mots, ecrire = self.mots(colonne), self.formats.get(colonne) or format_de(self.protegee, colonne)
        valeurs = pd.to_numeric(self.protegee.donnees[colonne]).to_numpy(float, na_value=np.nan)
        return Colonne(valeurs[self.gardes], mots, ecrire)

    def poser(self, ax: Axes, *, signes: int = 30, **options) -> None:
        """Un intitulé par ligne, replié à `signes` signes ; options d'`etager`."""
        etager(ax, [replie(nom, signes) for nom in self.noms], **options)


def etager(ax: Axes, noms: Sequence[str], *, corps: float | None = None, bords: float = 1.1, pas: float = 0.55) -> None:
    """Un intitulé par ligne, de haut en bas, et une figure haute de ses `bords` et d'un `pas` par ligne, en pouces."""
    ax.set_yticks(range(len(noms)), noms, fontsize=corps)
    ax.set_ylim(len(noms) - 0.4, -0.6)
    ax.tick_params(length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    hauteur(ax, bords + pas * len(noms))


def a_droite(ax: Axes, y: float, texte: str, **style) -> None:
    """Un texte au bout d'une ligne, hors du dessin."""
    ax.text(1.02, y, typographie(texte), va="center", transform=ax.get_yaxis_transform(), **style)


def hauteur(ax: Axes, pouces: float) -> None:
    """Donne à la figure sa hauteur, si c'est nous qui l'avons faite."""
    if ax.get_gid() == NOTRE:
        ax.figure.set_size_inches(LARGEUR, pouces)


def replie(texte: str, largeur: int = 30) -> str:
    """
    Un texte sur plusieurs lignes ; les espaces insécables ne se coupent pas.

    >>> replie("Promouvoir la continuité éducative", 22)
    'Promouvoir la\\ncontinuité éducative'
    """
    return "\n".join(textwrap.wrap(typographie(texte), largeur, break_long_words=False))


def graduer(axe: Axis, valeurs: np.ndarray, ecrire: Callable[[float], str]) -> None:
    """Des graduations françaises, entières quand les valeurs le sont."""
    connues = valeurs[~np.isnan(valeurs)]
    entieres = bool((connues % 1 == 0).all()) and (connues > 1).any()
    axe.set_major_locator(MaxNLocator(nbins=6, integer=entieres, steps=[1, 2, 2.5, 5, 10]))
    axe.set_major_formatter(FuncFormatter(lambda valeur, _: ecrire(valeur)))


def creux(ax: Axes, y: float, texte: str, *, epaisseur: float = EPAISSEUR) -> None:
    """Ce qui tient lieu d'une valeur masquée : un contour toujours pareil."""
    if texte == MARQUE:
        place = {"transform": ax.get_yaxis_transform(), "label": MARQUE}
        ax.add_patch(Rectangle((0, y - epaisseur / 2), CREUX, epaisseur, **place, **CONTOUR))


def legende(ax: Axes, poignees: Sequence) -> None:
    """La légende, au-dessus du dessin, sur autant de lignes qu'il le faut."""
    plus_long = max(len(poignee.get_label()) for poignee in poignees)
    colonnes = min(len(poignees), max(1, SIGNES_PAR_LIGNE // (plus_long + 7)))
    ax.legend(handles=poignees, loc="lower left", bbox_to_anchor=(0, 1), ncols=colonnes, handlelength=1.4)


def ecarter(positions: Sequence[float], ecart: float) -> np.ndarray:
    """
    Des places d'étiquettes dans le même ordre, séparées d'au moins `ecart`.

    >>> ecarter([10, 10, 50], 4).tolist()
    [8.0, 12.0, 50.0]
    """
    voulues = np.asarray(positions, dtype=float)
    places = voulues.copy()
    ordre = np.argsort(voulues, kind="stable")
    for _ in range(len(ordre)):
        for bas, haut in itertools.pairwise(ordre):
            manque = ecart - (places[haut] - places[bas])
            if manque > 1e-9:
                places[bas] -= manque / 2
                places[haut] += manque / 2
    return places


def etiqueter(ax: Axes, x: float, y: float, texte: str, *, decalage: int = 7, **style) -> None:
    """Un texte à côté d'un point, décalé de quelques points d'imprimerie."""
    style = {"va": "center", "ha": "left" if decalage > 0 else "right", **style}
    ax.annotate(texte, (x, y), (decalage, 0), textcoords="offset points", annotation_clip=False, **style)
