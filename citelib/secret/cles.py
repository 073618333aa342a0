"""Reconnaître le même effectif d'une table à l'autre, et ce qui s'additionne de l'une à l'autre."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from citelib.contrats import Publiable
from citelib.mesures.comptes import ENSEMBLE


class Cle(NamedTuple):
    """
    Un effectif publié, reconnaissable d'une table à l'autre.

    Args:
        population, annee, mesure: qui est compté, quand, et quel compte.
        ou: ses coordonnées, (dimension, modalité) ; aucune pour l'ensemble.
    """

    population: str
    annee: int
    mesure: str
    ou: frozenset[tuple[str, str]]


def cles(table: pd.DataFrame, contrat: Publiable, hierarchie: Mapping = {}) -> list[Cle | None]:
    """
    La clé de chaque effectif d'une table, ligne à ligne ; None pour ce qui ne se reconnaît pas ailleurs.

    >>> table = pd.DataFrame({"axe": ["Faire Cité", "Ensemble"], "nb": [12, 30]})
    >>> contrat = Publiable(("nb",), population="inscrits", dimensions={"axe": "axe"})
    >>> table.attrs |= {"publiable": contrat, "annee": 2024}
    >>> [dict(cle.ou) for cle in cles(table, table.attrs["publiable"])]
    [{'axe': 'Faire Cité'}, {}]
    """
    trouvees: list[Cle | None] = []
    for ligne in table.to_dict("records"):
        annee = ligne["annee"] if "annee" in contrat.libres else table.attrs.get("annee")
        ici = lieu(ligne, contrat, table.attrs.get("par"))
        for nom in contrat.effectifs:
            mesure = contrat.mesures.get(nom, (nom, {}))
            if not contrat.population or mesure is None or pd.isna(annee):
                trouvees.append(None)
                continue
            ou = {**ici, **mesure[1]}
            ou |= hierarchie.get((annee, ou.get("action")), {})
            trouvees.append(Cle(contrat.population, int(annee), mesure[0], frozenset(ou.items())))
    fois = Counter(trouvees)
    return [cle if fois[cle] == 1 else None for cle in trouvees]


def lieu(ligne: Mapping, contrat: Publiable, par: str | None) -> dict[str, str]:
    """Les coordonnées d'une ligne ; « Ensemble », ou une modalité vide, n'en a pas."""
    ici = dict(contrat.fixes)
    for colonne, dimension in contrat.dimensions.items():
        modalite = ligne.get(colonne, ENSEMBLE)
        if pd.notna(modalite) and modalite not in (ENSEMBLE, ""):
            simple = isinstance(dimension, str)
            ici |= {dimension.format(par=par): str(modalite)} if simple else dimension(str(modalite))
    return ici


def emboiter(
    rangs: Mapping[Cle, int], reunions: Iterable[tuple[Cle, tuple[int, ...]]]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """
    Les ensembles et leurs parties disjointes, d'une table à l'autre : les parties ne dépassent jamais l'ensemble.

    Args:
        rangs: rang de chaque effectif qui s'additionne d'une modalité à l'autre.
        reunions: ensemble que plusieurs effectifs d'une même ligne composent → leurs rangs.

    Returns:
        (rangs qui composent l'ensemble, rangs de ses parties), ceux qui seraient des deux côtés retirés.

    >>> def ici(**ou):
    ...     return Cle("inscrits", 2024, "nb", frozenset(ou.items()))
    >>> emboiter({ici(axe="A"): 0, ici(axe="A", age="3"): 1, ici(axe="A", age="4"): 2, ici(axe="B", age="3"): 3}, [])
    [((0,), (1, 2))]
    """
    motifs: dict = defaultdict(dict)
    for cle, rang in rangs.items():
        motifs[_motif(cle)][cle.ou] = rang
    ensembles: dict = defaultdict(list)
    for cle, composent in [*((cle, (rang,)) for cle, rang in rangs.items()), *reunions]:
        ensembles[_motif(cle)].append((cle.ou, composent))
    trouves = {}
    for (mesure, motif), possibles in ensembles.items():
        for (autre, plus_fin), parties in motifs.items():
            if autre != mesure or not motif <= plus_fin:
                continue
            siennes = defaultdict(set)
            for ou, rang in parties.items():
                siennes[frozenset(lieu for lieu in ou if lieu[0] in motif)].add(rang)
            for ou, composent in possibles:
                plus, moins = {*composent} - siennes[ou], siennes[ou] - {*composent}
                if plus and moins:
                    trouves[tuple(sorted(plus)), tuple(sorted(moins))] = None
    return [*trouves]


def _motif(cle: Cle) -> tuple:
    """La mesure d'un effectif, et les dimensions qui le situent."""
    return cle[:3], frozenset(dimension for dimension, _ in cle.ou)
