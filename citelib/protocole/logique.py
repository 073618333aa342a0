"""La logique d'action : des actions à leur réalisation, à leurs résultats, aux changements attendus.

Elle se lit dans les données, rien n'y est dessiné à la main : les actions par l'objectif qu'elles servent, les
indicateurs par leur dimension, et ce qui est mesuré.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord
from citelib.mesures.comptes import de_l_annee
from citelib.realisation.actions import MENEES, bilans

OBJECTIFS_LISIBLES = 8
"""Au-delà, les objectifs d'un axe sont réunis par thème."""
ACTIONS_NOMMEES = 3
"""Au-delà, un groupe nomme ses deux premières actions et compte les autres."""
ACTIONS_LISIBLES = 24
"""Au-delà, dans un axe, les actions sont comptées et ne sont plus nommées."""
TOUT_L_AXE = "Tout l'axe"
SEPARATEUR = " ; "
MESURE, NON_MESURE, SANS_INDICATEUR = "(mesuré)", "(non mesuré)", "aucun indicateur"
RESULTATS = ("resultats", "partenariat")
"""Dimensions de la colonne des résultats : un axe qui sert le partenariat y trouve les siens."""


@publiable()
def logique(
    actions, realisations, objectifs, indicateurs, *, axe: str, mesures: Collection[str], annee: int
) -> pd.DataFrame:
    """
    La chaîne d'un axe, une ligne par objectif ; par thème si l'axe a plus de huit objectifs.

    Args:
        axe: son code.
        mesures: codes des indicateurs mesurés cette année, voir `protocole.indicateurs_mesures`.

    Returns:
        `chaine` (objectif ou thème, puis « Tout l'axe » pour les impacts que le référentiel prévoit et qu'aucun
        objectif n'emploie), `actions`, `realisation`, `resultats`, `impacts` : des textes, un élément après
        l'autre ; `mesure` (« oui » si au moins un résultat ou un impact du groupe est mesuré). Sans objectif
        cette année-là, aucune ligne.
    """
    vises = de_l_annee(objectifs, annee).query("axe == @axe")
    par = "objectif_operationnel" if len(vises) <= OBJECTIFS_LISIBLES else "theme"
    faites = bilans(actions, realisations, annee).query("axe == @axe")
    nommer = len(faites) <= ACTIONS_LISIBLES
    rangees = []
    for nom, groupe in vises.groupby(par, sort=False):
        ici = faites[faites["objectif_operationnel_id"].isin(groupe["objectif_id"])]
        fiches = indicateurs[indicateurs["indicateur_code"].isin(groupe["indicateur_code"])]
        rangees.append({"chaine": nom, "actions": _actions(ici, nommer), **_suite(ici, fiches, mesures)})
    communs = _communs(indicateurs, vises, axe)
    if len(vises) and len(communs):
        vide = dict.fromkeys(("actions", "realisation", "resultats"), "")
        communs = {"impacts": _indicateurs(communs, mesures), "mesure": _dit(communs, mesures)}
        rangees.append({"chaine": TOUT_L_AXE, **vide, **communs})
    colonnes = ["chaine", "actions", "realisation", "resultats", "impacts", "mesure"]
    return pd.DataFrame(rangees, columns=colonnes, dtype="str")


def _actions(ici: pd.DataFrame, nommer: bool) -> str:
    """Les actions d'un groupe : nommées si elles sont peu, comptées sinon."""
    noms = ici["intitule"].tolist()
    if not noms:
        return "aucune action"
    if not nommer:
        return accord(len(noms), "action")
    reste = len(noms) - ACTIONS_NOMMEES + 1 if len(noms) > ACTIONS_NOMMEES else 0
    return SEPARATEUR.join(noms[: len(noms) - reste] + ([f"et {reste} autres"] if reste else []))


def _suite(ici: pd.DataFrame, fiches: pd.DataFrame, mesures: Collection[str]) -> dict[str, str]:
    """Ce qui suit les actions d'un groupe : réalisation, résultats, impacts."""
    menees = f"{accord(ici['statut'].isin(MENEES).sum(), 'menée')} sur {len(ici)}" if len(ici) else ""
    suivies = _indicateurs(fiches[fiches["dimension"].eq("realisation")], mesures)
    return {
        "realisation": SEPARATEUR.join(filter(None, [menees, suivies])),
        "resultats": _indicateurs(fiches[fiches["dimension"].isin(RESULTATS)], mesures) or SANS_INDICATEUR,
        "impacts": _indicateurs(fiches[fiches["dimension"].eq("impacts")], mesures),
        "mesure": _dit(fiches[fiches["dimension"].ne("realisation")], mesures),
    }


def _indicateurs(fiches: pd.DataFrame, mesures: Collection[str]) -> str:
    """Chaque indicateur, et s'il est mesuré."""
    vus = zip(fiches["libelle"], fiches["indicateur_code"].isin(mesures), strict=True)
    return SEPARATEUR.join(f"{nom} {MESURE if vu else NON_MESURE}" for nom, vu in vus)


def _dit(fiches: pd.DataFrame, mesures: Collection[str]) -> str:
    return "oui" if fiches["indicateur_code"].isin(mesures).any() else "non"


def _communs(indicateurs: pd.DataFrame, vises: pd.DataFrame, axe: str) -> pd.DataFrame:
    """Les impacts que le référentiel attend de l'axe et qu'aucun objectif n'emploie ; le contexte n'en est pas."""
    attendus = indicateurs[indicateurs["dimension"].eq("impacts") & indicateurs["sens"].ne("contexte")]
    attendus = attendus[~attendus["indicateur_code"].isin(vises["indicateur_code"])]
    return attendus[[axe in (axes or ()) for axes in attendus["axe"]]]
