"""Le dessin d'une cascade : d'un niveau à un autre, chaque étape à sa place."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Patch

from citelib.figures.trame import COULEURS, EPAISSEUR, GRIS, TEXTE, Vue, dessin, etiqueter, graduer, legende
from citelib.formats import MOINS, typographie

STYLES = {
    "niveau": {"color": COULEURS[0]},
    "en plus": {"facecolor": "white", "edgecolor": COULEURS[2], "hatch": "////"},
    "en moins": {"facecolor": "white", "edgecolor": COULEURS[1], "hatch": "...."},
}
"""Une couleur et une trame par sens : la cascade se lit aussi en gris."""
SIGNES = {"niveau": "", "en plus": "+", "en moins": MOINS}


@dessin("Cascade", "{modalite}, {sens} : {valeur}")
def cascade(protegee, *, modalite, sens, valeur, apres, unite="", ax, formats) -> None:
    """
    Des niveaux pleins, et entre eux une barre tramée par étape, son nombre et son signe au bout.

    Args:
        protegee: table protégée, une ligne par niveau ou par étape, dans l'ordre.
        modalite: colonne de l'intitulé.
        sens: colonne « niveau », « en plus » ou « en moins ».
        valeur, apres: colonnes du nombre (toujours positif) et du niveau après l'étape.
        unite: nom de l'axe.
    """
    vue = Vue(protegee, modalite, formats)
    pas, niveaux = vue.lire(valeur), vue.lire(apres)
    genres = [str(genre) for genre in protegee.donnees[sens].iloc[vue.gardes]]
    vue.poser(ax)
    for y, genre in enumerate(genres):
        longueur, arrivee = np.nan_to_num(pas.valeurs[y]), np.nan_to_num(niveaux.valeurs[y])
        gauche = {"niveau": 0, "en plus": arrivee - longueur, "en moins": arrivee}[genre]
        ax.barh(y, longueur, left=gauche, height=EPAISSEUR, linewidth=1.2, **STYLES[genre])
        if y + 1 < len(genres):
            ax.plot([arrivee] * 2, [y, y + 1], color=GRIS, linewidth=1, zorder=0)
        etiqueter(ax, gauche + longueur, y, SIGNES[genre] + pas.textes[y], color=TEXTE)
    # l'axe part de zéro et laisse la place des nombres au bout des barres
    ax.set_xlim(0, 1.16 * (np.nanmax([*niveaux.valeurs, *pas.valeurs, 0]) or 1))
    graduer(ax.xaxis, niveaux.valeurs, niveaux.format)
    ax.set_xlabel(typographie(unite))
    legende(ax, [Patch(label=genre.capitalize(), **style) for genre, style in STYLES.items()])
