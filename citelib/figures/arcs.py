"""Le réseau des partenaires, en arcs : un nom par ligne, lisible avec soixante partenaires, à l'écran et imprimé."""

from __future__ import annotations

from matplotlib.lines import Line2D
from matplotlib.patches import Arc

from citelib.figures.trame import COULEURS, GRIS, Vue, dessin, hauteur, legende
from citelib.formats import accord, typographie

PAR_LIGNE = 0.2
"""Hauteur d'un nom, en pouces : à soixante, le dessin tient encore dans une page."""
NOM_MAXI = 44
PLACES = {
    "centre": {"marker": "s", "markerfacecolor": COULEURS[0], "label": "Centre du réseau"},
    "bord": {"marker": "o", "markerfacecolor": "white", "label": "Autour"},
    "isolé": {"marker": "x", "markerfacecolor": "white", "label": "Isolé"},
}
"""Place d'un organisme → sa marque ; une forme, non une couleur seule."""


@dessin("Réseau en arcs", "{organisme} et {autre} : {valeur}")
def arcs(protegee, *, organisme, autre, valeur, place, ax, formats) -> None:
    """
    Un arc par couple lié, d'autant plus épais et foncé que le nombre est grand ; le nombre de liens suit chaque nom.

    Args:
        protegee: table protégée, une ligne par couple, et une par organisme isolé.
        organisme, autre, valeur: colonnes des deux intitulés et du nombre.
        place: colonne de la place du premier : « centre », « bord » ou « isolé ».
    """
    vue = Vue(protegee, organisme, formats)
    mesure, autres, places = vue.lire(valeur), vue.mots(autre), vue.mots(place)
    couples = [
        (un, deux, combien)
        for un, deux, combien in zip(vue.noms, autres, mesure.valeurs, strict=True)
        if combien > 0  # un isolé n'a pas d'arc
    ]
    noms = list(dict.fromkeys([*vue.noms, *(deux for _, deux, _ in couples)]))
    formes = {nom: "bord" for nom in noms} | dict(zip(vue.noms, places, strict=True))
    liens = {nom: sum(nom in couple[:2] for couple in couples) for nom in noms}
    plafond = max((combien for *_, combien in couples), default=1)
    for un, deux, combien in couples:
        bas, haut = sorted((noms.index(un), noms.index(deux)))
        part = combien / plafond
        style = {"linewidth": 0.4 + 2.2 * part, "alpha": 0.25 + 0.6 * part, "color": COULEURS[0]}
        ax.add_patch(Arc((0, (bas + haut) / 2), haut - bas, haut - bas, theta1=-90, theta2=90, **style))
    for y, nom in enumerate(noms):
        style = PLACES[formes[nom]] | {"label": None}
        ax.plot(0, y, markersize=6, color=COULEURS[0] if formes[nom] != "isolé" else GRIS, **style)
    ax.set_yticks(range(len(noms)), [_etiquette(nom, liens[nom]) for nom in noms], fontsize=9)
    ax.tick_params(length=0, pad=8)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.6, max(len(noms) / 2, 1))
    ax.set_ylim(len(noms) - 0.4, -0.6)
    vues = [cle for cle in PLACES if cle in formes.values()]
    legende(ax, [Line2D([], [], linestyle="none", color=COULEURS[0], **PLACES[cle]) for cle in vues])
    hauteur(ax, 0.8 + PAR_LIGNE * len(noms))


def _etiquette(nom: str, liens: int) -> str:
    """Un nom sur une seule ligne, et son nombre de liens."""
    court = nom if len(nom) <= NOM_MAXI else nom[: NOM_MAXI - 1].rsplit(" ", 1)[0] + "…"
    return typographie(f"{court} ({accord(liens, 'lien')})")
