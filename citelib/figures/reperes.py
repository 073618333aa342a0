"""Les dessins qui situent une valeur : face à sa cible, dans une fourchette, autour d'un équilibre."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from citelib.figures.trame import (
    CIBLE,
    COULEURS,
    GRIS,
    MARQUEURS,
    TEXTE,
    Vue,
    a_droite,
    creux,
    dessin,
    graduer,
    legende,
)
from citelib.formats import ABSENT, arrondi, nombre, pourcentage, typographie

PLAFOND = 200.0
"""Au-delà de deux fois la cible, un point reste au bord : sa valeur est écrite."""
ROND = {"markersize": 8, "markeredgewidth": 2, "linestyle": "none", "color": COULEURS[0]}


@dessin("Points et cibles", "{modalite} : {valeur} pour {cible}, {etat}")
def atteinte(protegee, *, modalite, valeur, bas, haut, cible, avant, sens, etat, rupture, ax, formats) -> None:
    """
    Un point par objectif sur une même règle, où 100 est sa cible ; l'année d'avant en losange gris.

    Un objectif à baisser se lit à l'envers (cible ÷ valeur) : la cible est toujours atteinte à droite. Les
    unités diffèrent, donc la règle est commune et les valeurs sont écrites. Ce qui n'est pas mesurable se dit.

    Args:
        protegee: table protégée, une ligne par objectif.
        modalite, valeur, bas, haut, cible, avant: colonnes de l'intitulé et des nombres.
        sens, etat, rupture: colonnes de textes ; une rupture de série ne se relie pas à l'année d'avant.
    """
    vue = Vue(protegee, modalite, formats, total=False)
    mesures = {nom: vue.lire(nom) for nom in (valeur, bas, haut, cible, avant)}
    donnees = protegee.donnees.iloc[vue.gardes].reset_index(drop=True)
    vue.poser(ax, signes=44, corps=9, bords=1.6, pas=0.4)
    places = {nom: _sur_la_regle(m.valeurs, mesures[cible].valeurs, donnees[sens]) for nom, m in mesures.items()}
    for y, dit in enumerate(donnees[etat]):
        ecrit = f"{mesures[valeur].textes[y]} pour {mesures[cible].textes[y]}"
        if ABSENT not in ecrit:
            a_droite(ax, y, ecrit, fontsize=9)
        if np.isnan(places[valeur][y]) or dit == "non mesurable":
            creux(ax, y, mesures[valeur].textes[y], epaisseur=0.4)
            ax.text(0.1, y, typographie(dit), va="center", fontsize=9, color=GRIS, transform=ax.get_yaxis_transform())
            continue
        ax.plot([places[bas][y], places[haut][y]], [y, y], color=GRIS, linewidth=3, solid_capstyle="butt")
        reliee = "rupture" not in str(donnees[rupture].iloc[y])
        ax.plot([places[avant][y], places[valeur][y]], [y, y], color=GRIS, linewidth=1, alpha=float(reliee))
        ax.plot(places[avant][y], y, **AVANT)
        ax.plot(places[valeur][y], y, **_marque(dit))
    ax.axvline(100, color=CIBLE, linewidth=3, zorder=0.9)
    connues = np.concatenate([*places.values()])
    ax.set_xlim(0, 1.05 * np.nanmax([*connues, 110]))
    graduer(ax.xaxis, np.array([50.0]), nombre)
    ax.set_xlabel(typographie("Part de la cible (100 = cible)"))
    legende(ax, _cles_atteinte())


AVANT = {"marker": "D", "markersize": 6, "markerfacecolor": "white", "markeredgecolor": GRIS, "linestyle": "none"}


def _sur_la_regle(valeurs: np.ndarray, cibles: np.ndarray, sens) -> np.ndarray:
    """La place de chaque valeur sur la règle commune, 100 étant sa cible."""
    with np.errstate(divide="ignore", invalid="ignore"):
        places = 100 * np.where(sens.eq("baisse").to_numpy(bool, na_value=False), cibles / valeurs, valeurs / cibles)
    return np.minimum(np.where(np.isfinite(places), places, np.nan), PLAFOND)


def _marque(etat: str) -> dict:
    """Rond plein si la cible est atteinte, creux sinon ; triangle si la valeur n'est qu'un maximum."""
    forme = {"marker": "<" if etat.startswith("au plus") else "o"}
    return ROND | forme | {"markerfacecolor": COULEURS[0] if etat == "atteint" else "white"}


def _cles_atteinte() -> list[Line2D]:
    """Les entrées de la légende."""
    return [
        Line2D([], [], label="Cible atteinte", **_marque("atteint")),
        Line2D([], [], label="Non atteinte", **_marque("partiel")),
        Line2D([], [], label="Au plus", **_marque("au plus atteint")),
        Line2D([], [], label="Année d’avant", **AVANT),
        Line2D([], [], color=CIBLE, linewidth=3, label="Cible"),
        Line2D([], [], color=GRIS, linewidth=3, label="Intervalle"),
    ]


@dessin("Fourchettes", "{modalite} : de {bas} à {haut}")
def fourchettes(protegee, *, modalite, bas, haut, groupe, unite="", ax, formats) -> None:
    """
    Une fourchette par ligne, de sa borne basse à sa borne haute : la vérité est entre les deux.

    Args:
        protegee: table protégée, une ligne par modalité.
        modalite, bas, haut: colonnes de l'intitulé et des deux bornes.
        groupe: colonne dont chaque valeur a sa couleur et sa forme ; au-delà de quatre, des marques creuses.
        unite: nom de l'axe.
    """
    vue = Vue(protegee, modalite, formats, total=False)
    mini, maxi = vue.lire(bas), vue.lire(haut)
    noms = vue.mots(groupe)
    rangs = {nom: rang for rang, nom in enumerate(dict.fromkeys(noms))}
    vue.poser(ax, signes=40, corps=10, bords=1.4, pas=0.42)
    for y, (b, h) in enumerate(zip(mini.valeurs, maxi.valeurs, strict=True)):
        style = _style(rangs[noms[y]])
        pareil = mini.textes[y] == maxi.textes[y]
        ecrit = mini.textes[y] if pareil else f"{mini.textes[y]} à {maxi.textes[y]}"
        a_droite(ax, y, ecrit)
        if np.isnan(b) or np.isnan(h):
            creux(ax, y, mini.textes[y] if np.isnan(b) else maxi.textes[y], epaisseur=0.4)
            continue
        ax.plot([b, h], [y, y], linestyle="-", linewidth=2.4, markersize=7, **style)
    ax.set_xlim(0, 1.05 * np.nanmax([*maxi.valeurs, 0.01]))
    graduer(ax.xaxis, np.array([0.5]), maxi.format)
    ax.set_xlabel(typographie(unite))
    legende(ax, [Line2D([], [], label=nom, linewidth=2.4, **_style(rang)) for nom, rang in rangs.items()])


def _style(rang: int) -> dict:
    """Couleur et forme d'un groupe ; au-delà du quatrième, on recommence avec des marques creuses."""
    style = {"color": COULEURS[rang % 4], "marker": MARQUEURS[rang % 4]}
    return style if rang < len(COULEURS) else style | {"markerfacecolor": "white"}


@dessin("Points autour d'une zone", "{modalite} : {valeur}")
def autour_zone(protegee, *, modalite, valeur, effectif, zone, quoi="", ax, formats) -> None:
    """
    Un point par ligne autour de 50 %, la zone visée en gris clair ; plein s'il y est (au pour cent près).

    Args:
        protegee: table protégée, une ligne par modalité.
        modalite, valeur, effectif: colonnes de l'intitulé, de la part et du nombre sur lequel elle repose.
        zone: bornes de la zone visée.
        quoi: nom de l'axe.
    """
    vue = Vue(protegee, modalite, formats)
    mesure, base = vue.lire(valeur), vue.lire(effectif)
    vue.poser(ax, signes=40, corps=10, bords=1.4, pas=0.42)
    ax.axvspan(*zone, color="#E3E3E3", zorder=0)
    ax.axvline(0.5, color=TEXTE, linewidth=1)
    for y, (part, texte) in enumerate(zip(mesure.valeurs, mesure.textes, strict=True)):
        ecrit = texte if " sur " in texte or np.isnan(part) else f"{texte} (n = {base.textes[y]})"
        a_droite(ax, y, ecrit)
        if np.isnan(part):
            creux(ax, y, texte, epaisseur=0.4)
            continue
        ax.plot([0.5, part], [y, y], color=GRIS, linewidth=2)
        dedans = zone[0] <= float(arrondi(part, 2)) <= zone[1]
        ax.plot(part, y, marker="o", markerfacecolor=COULEURS[0] if dedans else "white", **ROND)
    ax.set_xlim(0, 1)
    graduer(ax.xaxis, np.array([0.5]), pourcentage)
    ax.set_xlabel(typographie(quoi))
    visee = f"Zone visée, de {pourcentage(zone[0])} à {pourcentage(zone[1])}"
    cles = [Line2D([], [], marker="o", label="Dans la zone", **ROND)]
    cles += [Line2D([], [], marker="o", markerfacecolor="white", label="Hors de la zone", **ROND)]
    legende(ax, [*cles, Patch(color="#E3E3E3", label=typographie(visee))])
