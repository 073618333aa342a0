"""Le plan : ce qui se masque dans toutes les tables d'une même population à la fois.

Deux tables publiées ensemble se soustraient : les filles d'un thème moins celles de ses actions, les parents de tous
les axes moins ceux d'un public. `relier` reconnaît le même effectif d'une table à l'autre (sa `Cle`), réunit les sommes
de toutes, y ajoute celles qui vont de l'une à l'autre, et `planifier` masque le tout d'un coup, comme une seule table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurSecret
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret.attaque import Grille
from citelib.secret.lecture import Lue, lire
from citelib.secret.suppression import masque_approuve


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


@dataclass
class Liens:
    """
    Les effectifs de plusieurs tables, chacun une seule fois, et les opérations qui les lient.

    Args:
        rangs: (clé, valeur) → rang de l'effectif ; une clé qui aurait deux valeurs en fait deux.
        valeurs: leurs valeurs ; vides pour une case vide.
        grille: les sommes de chaque table, et celles d'une table à l'autre.
        marges, totaux: vrai pour les marges, et parmi elles pour les totaux généraux.
    """

    rangs: dict
    valeurs: np.ndarray
    grille: Grille
    marges: np.ndarray
    totaux: np.ndarray


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
        siennes = zip(cles(table, lue, self.hierarchie), lue.cases, strict=False)
        return np.array([self.masques.get((cle, valeur), False) for cle, valeur in siennes], dtype=bool)


def cles(table: pd.DataFrame, lue: Lue, hierarchie: Mapping = {}) -> list[Cle | None]:
    """
    La clé de chaque effectif d'une table, ligne à ligne ; None pour ce qui ne se reconnaît pas ailleurs.

    >>> table = pd.DataFrame({"axe": ["Faire Cité", "Ensemble"], "nb": [12, 30]})
    >>> contrat = Publiable(("nb",), population="inscrits", dimensions={"axe": "axe"})
    >>> table.attrs |= {"publiable": contrat, "annee": 2024}
    >>> [dict(cle.ou) for cle in cles(table, lire(table))]
    [{'axe': 'Faire Cité'}, {}]
    """
    contrat, trouvees = lue.contrat, []
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
    options = {"seuil": seuil, "sensible": sensible, "marges": liens.marges, "totaux": liens.totaux}
    approuve = masque_approuve(liens.valeurs, liens.grille, **options)
    if approuve is None:
        raise ErreurSecret("Tables non diffusables ensemble : aucun masque ne les protège. Regrouper des lignes.")
    masque, _ = approuve
    return Plan({quoi: bool(masque[rang]) for quoi, rang in liens.rangs.items()}, hierarchie)


def relier(tables: Iterable[pd.DataFrame], hierarchie: Mapping) -> Liens:
    """Réunit les effectifs de plusieurs tables et tout ce qui les lie."""
    rangs, valeurs, marges, totaux = {}, [], defaultdict(bool), defaultdict(bool)
    sommes, couples, morceaux = {}, {}, []
    for numero, table in enumerate(tables):
        lue = lire(table)
        siennes = cles(table, lue, hierarchie)
        places = []
        for k, valeur in enumerate(lue.cases):
            cle = siennes[k] if k < len(siennes) and not np.isnan(valeur) else None
            quoi = (cle or (numero, k), valeur)
            if quoi not in rangs:
                rangs[quoi] = len(valeurs)
                valeurs.append(valeur)
            places.append(rangs[quoi])
            marges[rangs[quoi]] |= bool(lue.marges[k])
            totaux[rangs[quoi]] |= bool(lue.totaux[k])
        sommes |= dict.fromkeys(
            (places[total], tuple(sorted(places[k] for k in termes))) for total, termes in lue.grille.sommes
        )
        couples |= dict.fromkeys((places[num], places[den]) for num, den in lue.grille.couples)
        morceaux += _morceaux(table, lue, siennes, places)
    liens = Liens(
        rangs,
        np.array(valeurs),
        Grille(tuple(sommes), tuple(couples)),
        *(np.array([dits[k] for k in range(len(valeurs))], bool) for dits in (marges, totaux)),
    )
    entre = _emboitements(liens, morceaux)
    # un reste nul se devine : rien d'autre ne compose l'ensemble
    egaux = {(plus[0], moins): None for plus, moins, reste in entre if reste == 0 and len(plus) == 1}
    restes = tuple((plus, moins) for plus, moins, reste in entre if (plus[0], moins) not in egaux)
    liens.grille = Grille(tuple(sommes | egaux), tuple(couples), restes)
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


def _emboitements(liens: Liens, morceaux: list) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """Un ensemble et ses parties disjointes, d'une table à l'autre : (cases de l'un, cases des autres, le reste)."""
    motifs: dict = defaultdict(dict)
    for (cle, _), rang in liens.rangs.items():
        if isinstance(cle, Cle):
            motifs[cle[:3], frozenset(dimension for dimension, _ in cle.ou)].setdefault(cle.ou, (rang,))
    ensembles = defaultdict(list)
    for (mesure, motif), ici in motifs.items():
        for ou, rangs in ici.items():
            ensembles[mesure, motif].append((ou, rangs))
    for cle, rangs in morceaux:
        ensembles[cle[:3], frozenset(dimension for dimension, _ in cle.ou)].append((cle.ou, rangs))
    trouves = {}
    for (mesure, motif), possibles in ensembles.items():
        for (autre, plus_fin), parties in motifs.items():
            if (
                autre != mesure
                or not motif <= plus_fin
                or (motif == plus_fin and not any(len(r) > 1 for _, r in possibles))
            ):
                continue
            siennes = defaultdict(list)
            for ou, (rang,) in parties.items():
                siennes[frozenset(lieu for lieu in ou if lieu[0] in motif)].append(rang)
            for ou, rangs in possibles:
                communs = {*rangs} & {*siennes.get(ou, ())}
                plus = tuple(sorted({*rangs} - communs))
                moins = tuple(sorted({*siennes.get(ou, ())} - communs))
                reste = liens.valeurs[list(plus)].sum() - liens.valeurs[list(moins)].sum()
                if plus and moins and reste >= 0:
                    trouves[plus, moins] = float(reste)
    return [(plus, moins, reste) for (plus, moins), reste in trouves.items()]
