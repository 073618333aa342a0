"""Les dessins en barres : prévu et réalisé, valeurs, parties d'un tout, degrés d'accord."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from citelib.erreurs import ErreurParametre
from citelib.figures.trame import (
    CIBLE,
    CONTOUR,
    COULEURS,
    CREUX,
    EPAISSEUR,
    GRIS,
    TEXTE,
    Colonne,
    Vue,
    a_droite,
    creux,
    dessin,
    etiqueter,
    graduer,
    legende,
)
from citelib.formats import nombre, pourcentage, typographie
from citelib.secret import MARQUE

PART_LISIBLE = 0.08
"""Part au-dessous de laquelle un morceau est trop étroit pour son texte ; le tableau le donne."""
DEGRES = ("#8C3A00", "#E8A36B", "#E3E3E3", "#8FB8DE", "#12436D")
FONCES = (DEGRES[0], DEGRES[4])
SUITES = {2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
"""Pour chaque nombre de parties, ses couleurs ; le degré neutre n'existe que si ce nombre est impair."""


@dessin("Barres horizontales", "{modalite} : {realise} sur {prevu}")
def prevu_realise(protegee, *, modalite, prevu, realise, unite="", noms=("Prévu", "Réalisé"), ax, formats) -> None:
    """
    Une barre pour le réalisé, un trait pour le prévu, « 12 sur 14 » au bout.

    Args:
        protegee: table protégée, une ligne par modalité.
        modalite, prevu, realise: colonnes de l'intitulé et des deux nombres.
        unite: nom de l'axe.
        noms: ce que la légende dit du trait et de la barre.
    """
    vue = Vue(protegee, modalite, formats, total=False)
    fait, attendu = vue.lire(realise), vue.lire(prevu)
    vue.poser(ax)
    ax.barh(fait.vues, fait.valeurs[fait.vues], height=EPAISSEUR, color=COULEURS[0])
    for y in attendu.vues:
        ax.plot([attendu.valeurs[y]] * 2, [y - 0.36, y + 0.36], color=CIBLE, linewidth=3, solid_capstyle="butt")
    tout = np.concatenate([fait.valeurs, attendu.valeurs])
    etendue = 1.16 * (np.nanmax([*tout, 0]) or 1)
    for y, (texte, cible) in enumerate(zip(fait.textes, attendu.textes, strict=True)):
        bout = np.nanmax([fait.valeurs[y], attendu.valeurs[y], -np.inf])
        if np.isnan(fait.valeurs[y]):
            creux(ax, y, texte)
            bout = max(bout, CREUX * etendue)
        etiqueter(ax, bout, y, f"{texte} sur {cible}")
    ax.set_xlim(0, etendue)
    graduer(ax.xaxis, tout, fait.format)
    ax.set_xlabel(typographie(unite))
    trait = {"marker": "|", "markersize": 13, "markeredgewidth": 3, "linestyle": "none"}
    legende(ax, [Line2D([], [], color=CIBLE, label=noms[0], **trait), Patch(color=COULEURS[0], label=noms[1])])


@dessin("Barres horizontales", "{modalite} : {valeur}")
def barres(protegee, *, modalite, valeur, unite="", total=True, ax, formats) -> None:
    """
    Une barre par modalité, sa valeur au bout ; celle du total est grise.

    Args:
        protegee: table protégée, une ligne par modalité.
        modalite, valeur: colonnes de l'intitulé et du nombre.
        unite: nom de l'axe.
        total: dessiner aussi la ligne du total.
    """
    vue = Vue(protegee, modalite, formats, total=total)
    longueur = vue.lire(valeur)
    vue.poser(ax)
    for y, (texte, mesure) in enumerate(zip(longueur.textes, longueur.valeurs, strict=True)):
        if np.isnan(mesure):
            creux(ax, y, texte)
            ax.text(0.09 if texte == MARQUE else 0.01, y, texte, va="center", transform=ax.get_yaxis_transform())
        else:
            ax.barh(y, mesure, height=EPAISSEUR, color=GRIS if vue.noms[y] in vue.totaux else COULEURS[0])
            etiqueter(ax, max(mesure, 0), y, texte)
    bornes = [*longueur.valeurs[longueur.vues], 0]
    ax.set_xlim(1.1 * min(bornes), 1.14 * (max(bornes) or 1))
    graduer(ax.xaxis, longueur.valeurs, longueur.format)
    ax.set_xlabel(typographie(unite))


@dessin("Barres empilées", "{modalite} : {parties}")
def barres_empilees(protegee, *, modalite, parties, unite="", ax, formats) -> None:
    """
    Une barre par modalité, un morceau par partie, son nombre écrit dedans.

    Args:
        protegee: table protégée, une ligne par modalité.
        modalite: colonne de l'intitulé.
        parties: colonne → nom affiché, de la première à la dernière ; de deux à cinq.
        unite: nom de l'axe.
    """
    vue = Vue(protegee, modalite, formats, total=False)
    vue.poser(ax)
    # de la meilleure à la moins bonne : du bleu vers le brun
    teintes, morceaux = _teintes(len(parties))[::-1], [vue.lire(nom) for nom in parties]
    sommes = np.nansum([m.valeurs for m in morceaux], axis=0)
    attente = 0.09 * (sommes.max() or 1)
    for y in range(len(vue.noms)):
        _enfiler(ax, y, 0, morceaux, teintes, attente)
    ax.set_xlim(0, 1.02 * max((barre.get_x() + barre.get_width() for barre in ax.patches), default=1))
    graduer(ax.xaxis, sommes, nombre)
    ax.set_xlabel(typographie(unite))
    legende(ax, _cles(teintes, list(parties.values())))


@dessin("Barres d'opinion", "{modalite} : {niveaux}")
def likert(protegee, *, modalite, niveaux, a_cote=None, total=True, ax, formats) -> None:
    """
    Des degrés d'accord de part et d'autre d'un axe : le désaccord à gauche, l'accord à droite.

    Args:
        protegee: table protégée, une ligne par question.
        modalite: colonne de la question.
        niveaux: colonne de part → nom affiché, du moins d'accord au plus d'accord ; de deux à cinq. Un
            nombre impair met le degré du milieu à cheval sur l'axe.
        a_cote: colonne → nom, écrits à droite de chaque barre et hors d'elle : « n », « ne sait pas ».
        total: dessiner aussi la ligne du total.

    Source:
        Heiberger et Robbins, Journal of Statistical Software 57(5), 2014.
    """
    vue = Vue(protegee, modalite, formats, total=total)
    morceaux, teintes = [vue.lire(nom) for nom in niveaux], _teintes(len(niveaux))
    vue.poser(ax)
    milieu = len(morceaux) // 2
    for y in range(len(vue.noms)):
        dits = [f"{nom} {vue.lire(colonne).textes[y]}" for colonne, nom in (a_cote or {}).items()]
        a_droite(ax, y, "\n".join(dits), fontsize=10)
        parts = [morceau.valeurs[y] for morceau in morceaux]
        if np.isnan(parts).any():
            # une question incomplète n'a pas de centre : chaque degré garde une place égale
            egales = [Colonne(np.full(y + 1, np.nan), m.textes, m.format) for m in morceaux]
            _enfiler(ax, y, -0.5, egales, teintes, 1 / len(morceaux))
            continue
        gauche = -sum(parts[:milieu]) - (parts[milieu] / 2 if len(parts) % 2 else 0)
        _enfiler(ax, y, gauche, morceaux, teintes, 2 * PART_LISIBLE)
    ax.axvline(0, color=TEXTE, linewidth=1.2, zorder=0.9)  # derrière les barres : il barrerait leurs nombres
    bout = 1.05 * max(abs(x) for barre in ax.patches for x in (barre.get_x(), barre.get_x() + barre.get_width()))
    ax.set_xlim(-bout, bout)
    graduer(ax.xaxis, np.array([0.5]), lambda part: pourcentage(abs(part)))
    legende(ax, _cles(teintes, list(niveaux.values())))


def _teintes(combien: int) -> list[str]:
    """Une couleur par partie, du brun au bleu."""
    if combien not in SUITES:
        raise ErreurParametre(f"{combien} parties dans une barre : en montrer de deux à cinq, ou un tableau.")
    return [DEGRES[rang] for rang in SUITES[combien]]


def _cles(teintes: Sequence[str], noms: Sequence[str]) -> list[Patch]:
    """Les entrées de la légende, bordées comme les morceaux."""
    style = {"edgecolor": TEXTE, "linewidth": 0.8}
    return [Patch(facecolor=t, label=typographie(nom), **style) for t, nom in zip(teintes, noms, strict=True)]


def _enfiler(
    ax: Axes, y: int, gauche: float, morceaux: Sequence[Colonne], teintes: Sequence[str], attente: float
) -> None:
    """Les morceaux d'une barre, à la file ; un morceau sans longueur occupe toujours la même place."""
    for morceau, teinte in zip(morceaux, teintes, strict=True):
        valeur, texte = morceau.valeurs[y], morceau.textes[y]
        if valeur == 0:
            continue
        absent = np.isnan(valeur)
        longueur = attente if absent else valeur
        # plein, et couleur du papier : l'axe du milieu, dessous, ne traverse pas « [s] »
        masque = CONTOUR | {"fill": True, "facecolor": "white"}
        style = masque if absent else {"color": teinte, "edgecolor": TEXTE, "linewidth": 0.8}
        (barre,) = ax.barh(y, longueur, left=gauche, height=EPAISSEUR, **style)
        if texte == MARQUE:
            barre.set_label(MARQUE)
        if longueur >= 0.5 * attente:
            couleur = "white" if teinte in FONCES and not absent else TEXTE
            ax.text(gauche + longueur / 2, y, texte, ha="center", va="center", fontsize=10, color=couleur)
        gauche += longueur
