"""Le réseau des partenaires, en arcs : un nom par ligne, lisible avec soixante partenaires, à l'écran et imprimé."""

from __future__ import annotations

from matplotlib.lines import Line2D
from matplotlib.patches import Arc

from citelib.figures.trame import COULEURS, GRIS, Vue, dessin, hauteur, legende
from citelib.formats import accord, typographie
from citelib.partenariat.reseaux import SEPARATEUR

PAR_LIGNE = 0.2
"""Hauteur d'un nom, en pouces : à soixante, le dessin tient encore dans une page."""
NOM_MAXI = 44
PLACES = {
    "centre": {"marker": "s", "markerfacecolor": COULEURS[0], "label": "Centre du réseau"},
    "bord": {"marker": "o", "markerfacecolor": "white", "label": "Autour"},
    "isolé": {"marker": "x", "markerfacecolor": "white", "label": "Isolé"},
}
"""Place d'un organisme → sa marque ; une forme, non une couleur seule."""


@dessin("Réseau en arcs", "{organisme} : {liens}")
def arcs(protegee, *, organisme, liens, avec, place, ax, formats) -> None:
    """
    Un arc par couple lié, d'autant plus épais et foncé que le nombre est grand ; le nombre de liens suit chaque nom.

    Args:
        protegee: table protégée, une ligne par organisme, isolés compris.
        organisme, liens: colonnes de l'intitulé et du nombre de liens.
        avec: colonne des voisins plus bas, « Ville : 8 | État : 2 », comme `partenariat.liens_du_reseau`.
        place: colonne de la place : « centre », « bord » ou « isolé ».
    """
    vue = Vue(protegee, organisme, formats)
    bruts = protegee.donnees[organisme].tolist()
    formes = dict(zip(bruts, vue.mots(place), strict=True))
    couples = [
        (rang, bruts.index(autre), int(combien))
        for rang, voisins in enumerate(protegee.donnees[avec])
        for autre, combien in (voisin.rsplit(" : ", 1) for voisin in voisins.split(SEPARATEUR) if voisin)
    ]
    plafond = max((combien for *_, combien in couples), default=1)
    for bas, haut, combien in couples:
        part = combien / plafond
        style = {"linewidth": 0.4 + 2.2 * part, "alpha": 0.25 + 0.6 * part, "color": COULEURS[0]}
        ax.add_patch(Arc((0, (bas + haut) / 2), haut - bas, haut - bas, theta1=-90, theta2=90, **style))
    for y, nom in enumerate(bruts):
        style = PLACES[formes[nom]] | {"label": None}
        ax.plot(0, y, markersize=6, color=COULEURS[0] if formes[nom] != "isolé" else GRIS, **style)
    nombres = vue.lire(liens).valeurs
    ax.set_yticks(range(len(bruts)), [_etiquette(*dit) for dit in zip(bruts, nombres, strict=True)], fontsize=9)
    ax.tick_params(length=0, pad=8)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.6, max(len(bruts) / 2, 1))
    ax.set_ylim(len(bruts) - 0.4, -0.6)
    vues = [cle for cle in PLACES if cle in formes.values()]
    legende(ax, [Line2D([], [], linestyle="none", color=COULEURS[0], **PLACES[cle]) for cle in vues])
    hauteur(ax, 0.8 + PAR_LIGNE * len(bruts))


def _etiquette(nom: str, liens: float) -> str:
    """Un nom sur une seule ligne, et son nombre de liens."""
    court = nom if len(nom) <= NOM_MAXI else nom[: NOM_MAXI - 1].rsplit(" ", 1)[0] + "…"
    return typographie(f"{court} ({accord(int(liens), 'lien')})")
