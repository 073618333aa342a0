"""Le plan : ce qui se masque dans toutes les tables d'une même population à la fois.

Deux tables publiées ensemble se soustraient : les filles d'un thème moins celles de ses actions, les parents de tous
les axes moins ceux d'un public. `relier` reconnaît le même effectif d'une table à l'autre (sa `Cle`), réunit les sommes
de toutes, y ajoute celles qui vont de l'une à l'autre, et `planifier` masque le tout d'un coup, comme une seule table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from citelib.erreurs import ErreurSecret
from citelib.secret.attaque import Grille
from citelib.secret.cles import Cle, cles, emboiter, lieu
from citelib.secret.lecture import Lue, lire
from citelib.secret.suppression import masque_approuve


@dataclass
class Liens:
    """
    Les effectifs de plusieurs tables, chacun une seule fois, et les opérations qui les lient.

    Args:
        rangs: (clé, valeur) → rang de l'effectif ; une clé qui aurait deux valeurs en fait deux.
        valeurs: leurs valeurs ; vides pour une case vide.
        grille: les sommes de chaque table, et celles d'une table à l'autre.
        marges, totaux: vrai pour les marges, et parmi elles pour les totaux généraux.
        unanimes: vrai pour ce qui se masque de toute façon ; voir `lecture.Lue`.
    """

    rangs: dict
    valeurs: np.ndarray
    grille: Grille
    marges: np.ndarray
    totaux: np.ndarray
    unanimes: np.ndarray


@dataclass(frozen=True)
class Plan:
    """
    Ce qui est masqué dans toutes les tables d'une population.

    Args:
        masques: (clé, valeur) → vrai si l'effectif est masqué.
        hierarchie: voir `hierarchie_de`.
    """

    masques: Mapping = field(default_factory=dict)
    hierarchie: Mapping = field(default_factory=dict)

    def masquees(self, table: pd.DataFrame, lue: Lue) -> np.ndarray:
        """Vrai pour chaque effectif de la table que le plan masque, ligne à ligne."""
        siennes = zip(cles(table, lue.contrat, self.hierarchie), lue.cases, strict=False)
        return np.array([self.masques.get((cle, valeur), False) for cle, valeur in siennes], dtype=bool)


def hierarchie_de(tables: Iterable[pd.DataFrame]) -> dict:
    """(année, action) → ses autres coordonnées (axe, thème…), d'après la table qui les donne toutes."""
    trouvee = {}
    for table in tables:
        contrat = table.attrs["publiable"]
        if contrat.classe_actions:
            for ligne in table.to_dict("records"):
                ici = lieu(ligne, contrat, None)
                trouvee[table.attrs["annee"], ici["action"]] = ici
    return trouvee


def planifier(tables: Iterable[pd.DataFrame], *, seuil: int) -> Plan:
    """
    Choisit ce qui se masque dans toutes ces tables à la fois.

    Args:
        tables: tables calculées qui portent leur contrat, toutes publiées ensemble.
        seuil: plus petit effectif non nul montrable ; 0 ne masque rien.

    Raises:
        ErreurSecret: si aucun masque ne protège l'ensemble.
    """
    tables = [table for table in tables if len(table)]
    if seuil == 0 or not tables:
        return Plan()
    hierarchie = hierarchie_de(tables)
    liens = relier(tables, hierarchie)
    sensible = any(table.attrs["publiable"].sensible for table in tables)
    options = {"seuil": seuil, "sensible": sensible, "marges": liens.marges, "imposees": liens.unanimes}
    partout = {rang for (cle, _), rang in liens.rangs.items() if isinstance(cle, Cle) and not cle.ou}
    ensemble = np.isin(np.arange(len(liens.valeurs)), [*partout])
    # tous les totaux montrés ; à défaut, ceux de toute la population ; à défaut, aucun
    for totaux in (liens.totaux, liens.totaux & ensemble, np.zeros(len(ensemble), bool)):
        approuve = masque_approuve(liens.valeurs, liens.grille, **options, totaux=totaux)
        if approuve is not None and not approuve[1]:
            break
    if approuve is None:
        raise ErreurSecret("Tables non diffusables ensemble : aucun masque ne les protège. Regrouper des lignes.")
    masque, _ = approuve
    return Plan({quoi: bool(masque[rang]) for quoi, rang in liens.rangs.items()}, hierarchie)


def relier(tables: Iterable[pd.DataFrame], hierarchie: Mapping) -> Liens:
    """Réunit les effectifs de plusieurs tables et tout ce qui les lie."""
    rangs, valeurs, dits = {}, [], [defaultdict(bool) for _ in range(3)]
    sommes, couples, morceaux, separes = {}, {}, [], set()
    for numero, table in enumerate(tables):
        lue = lire(table)
        siennes = cles(table, lue.contrat, hierarchie)
        places = []
        for k, valeur in enumerate(lue.cases):
            cle = siennes[k] if k < len(siennes) and not np.isnan(valeur) else None
            quoi = (cle or (numero, k), valeur)
            if quoi not in rangs:
                rangs[quoi] = len(valeurs)
                valeurs.append(valeur)
            places.append(rangs[quoi])
            for dit, vrais in zip(dits, (lue.marges, lue.totaux, lue.unanimes), strict=True):
                dit[rangs[quoi]] |= bool(vrais[k])
        sommes |= dict.fromkeys(
            (places[total], tuple(sorted(places[k] for k in termes))) for total, termes in lue.grille.sommes
        )
        couples |= dict.fromkeys((places[num], places[den]) for num, den in lue.grille.couples)
        separes |= {*lue.contrat.separes}
        morceaux += _morceaux(table, lue, siennes, places)
    liens = Liens(
        rangs,
        np.array(valeurs),
        Grille(tuple(sommes), tuple(couples)),
        *(np.array([dit[k] for k in range(len(valeurs))], bool) for dit in dits),
    )
    connus = {cle: rang for (cle, _), rang in rangs.items() if isinstance(cle, Cle) and cle.mesure not in separes}
    egaux, restes = {}, []
    for plus, moins in emboiter(connus, morceaux):
        reste = liens.valeurs[list(plus)].sum() - liens.valeurs[list(moins)].sum()
        # un reste nul se devine : rien d'autre ne compose l'ensemble
        if reste == 0 and len(plus) == 1:
            egaux[plus[0], moins] = None
        elif reste >= 0:
            restes.append((plus, moins))
    liens.grille = Grille(tuple(sommes | egaux), tuple(couples), tuple(restes))
    return liens


def _morceaux(table: pd.DataFrame, lue: Lue, siennes: list, places: list[int]) -> Iterator[tuple[Cle, tuple[int, ...]]]:
    """Ce que des colonnes d'une ligne composent ensemble, et qu'une autre table publie peut-être."""
    colonnes, largeur = list(lue.contrat.effectifs), len(lue.contrat.effectifs)
    for mesure, noms in lue.contrat.reunions.items():
        for rang in range(len(table)):
            cases = [rang * largeur + colonnes.index(nom) for nom in noms]
            cle = siennes[cases[0]]
            if cle is not None and not np.isnan(lue.cases[cases]).any():
                propres = dict(cle.ou).items() - lue.contrat.mesures.get(noms[0], ("", {}))[1].items()
                yield cle._replace(mesure=mesure, ou=frozenset(propres)), tuple(places[k] for k in cases)
