"""L'audit d'un rapport : ce qu'un lecteur devine de tout ce qui a été publié, plusieurs rapports ensemble.

Il ne lit que ce qui est publié : les effectifs que gardent les notebooks exécutés et les annexes
(`TableProtegee.comptes`), et ceux des rapports d'avant (`registre`). Il ne sait rien du plan ni des vraies valeurs.
Une table masquée ici et montrée là, un total qui se soustrait, deux populations qui ne diffèrent que de quelques
personnes : il le voit comme le verrait un lecteur, et la page fautive n'est pas publiée.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from citelib.secret.attaque import Grille, audit
from citelib.secret.cles import Cle, emboiter
from citelib.secret.journal import TYPE_COMPTES


@dataclass(frozen=True)
class Fuite:
    """
    Un effectif que le secret devait cacher, et qu'un lecteur devine.

    Args:
        page: où il se lit : une page, ou une annexe.
        population: qui il compte ; vide si la table se lit seule.
        ligne, colonne: sa case ; pour une différence, la case retirée.
        nature: « case », ou « complément » pour une différence que rien n'écrit.
        basse, haute: ce que le lecteur en déduit ; vides si ce qui est publié se contredit.
        seuil: plus petit effectif non nul montrable.
    """

    page: str
    population: str
    ligne: str
    colonne: str
    nature: str
    basse: float
    haute: float
    seuil: int

    def __str__(self) -> str:
        # sans les bornes : ce message se lit dans la page en échec
        quoi = "ce qui reste quand on la retire d'un total publié" if self.nature == "complément" else "sa valeur"
        deduit = "ce qui est publié se contredit" if np.isnan(self.basse) else f"un lecteur devine {quoi} de trop près"
        return (
            f"ligne « {self.ligne} », colonne « {self.colonne} » : {deduit} (seuil de {self.seuil}). Inscrire la table "
            "dans constats/gardien.py pour qu'elle se masque avec les autres, ou y regrouper des lignes."
        )


def comptes_de(notebook: str) -> list[dict]:
    """Les effectifs publiés par un notebook exécuté, d'après son JSON ; les tables répétées n'y sont qu'une fois."""
    uniques = {}
    for cellule in json.loads(notebook).get("cells", ()) if notebook else ():
        for sortie in cellule.get("outputs", ()):
            for table in sortie.get("data", {}).get(TYPE_COMPTES, ()):
                uniques[json.dumps(table, sort_keys=True)] = table
    return [*uniques.values()]


def attaquer(publies: Mapping[str, Iterable[dict]]) -> list[Fuite]:
    """
    Cherche tout ce qu'un lecteur devine d'un ensemble de publications.

    Args:
        publies: nom de la page (ou du rapport d'avant) → les effectifs qu'elle publie.

    Returns:
        Les fuites, dans l'ordre des pages ; aucune si tout est protégé.
    """
    familles, seules = defaultdict(dict), {}
    for page, tables in publies.items():
        for table in tables:
            population, texte = population_de(table), json.dumps(table, sort_keys=True)
            siennes = familles[population] if population else seules
            siennes.setdefault(texte, (page, table))
    fuites = [f for population, siennes in familles.items() for f in _attaquer([*siennes.values()], population)]
    fuites += [f for seule in seules.values() for f in _attaquer([seule], "")]
    pages = [*publies]
    return sorted(fuites, key=lambda fuite: pages.index(fuite.page))


def population_de(table: Mapping) -> str:
    """Qui compte une table publiée ; vide si aucun de ses effectifs ne se reconnaît ailleurs."""
    return next((cle[0] for rangee in table["cles"] for cle in rangee if cle), "")


class _Lecteur:
    """Ce qu'un lecteur sait des effectifs d'une population : chacun, où il l'a lu, et ce qui les lie."""

    def __init__(self, tables: list[tuple[str, dict]]) -> None:
        self.rangs: dict = {}
        self.montres: dict[int, int] = {}
        self.cachees: set[int] = set()
        self.places: dict[int, tuple[str, str, str]] = {}
        self.bas: dict[int, int] = {}
        self.sommes, self.couples, self.reunions, self.separes = {}, {}, [], set()
        self.actions = dict(_actions(tables))
        for numero, (page, table) in enumerate(tables):
            self._lire(numero, page, table)

    def _lire(self, numero: int, page: str, table: dict) -> None:
        """Ajoute une table : ses cases, puis les sommes que son contrat annonce."""
        colonnes, cases = table["colonnes"], []
        for i, intitule in enumerate(table["lignes"]):
            rangee = {}
            for j, nom in enumerate(colonnes):
                valeur, masquee = table["valeurs"][i][j], table["masque"][i][j]
                if valeur is not None or masquee:
                    rang = self.rangs.setdefault(self._cle(table["cles"][i][j]) or (numero, i, j), len(self.rangs))
                    rangee[nom] = rang
                    # la case masquée d'abord : c'est elle qu'il faut montrer du doigt
                    if rang not in self.places or (masquee and rang not in self.cachees):
                        self.places[rang] = (page, intitule, nom)
                    if masquee:
                        self.cachees.add(rang)
                    plancher = 0 if table["totaux_seuls"] or table["sensible"] else 1
                    self.bas[rang] = min(plancher, self.bas.get(rang, 1))
                    if valeur is not None:
                        self.montres.setdefault(rang, valeur)
            cases.append(rangee)
        self._lier(table, cases)

    def _cle(self, cle: list | None) -> Cle | None:
        """La clé d'un effectif ; une action connue par une fiche y reçoit son axe, son thème…"""
        if cle is None:
            return None
        population, annee, mesure, ou = cle
        ici = dict(map(tuple, ou))
        ici |= self.actions.get((annee, ici.get("action")), {})
        return Cle(population, annee, mesure, frozenset(ici.items()))

    def _lier(self, table: dict, cases: list[dict]) -> None:
        """Les sommes, les couples et les réunions d'une table ; une case vide n'entre dans aucune somme."""
        totaux = [i for i, nom in enumerate(table["lignes"]) if nom == table["total_ligne"]]
        for i in totaux:
            for nom in table["additives"]:
                termes = tuple(sorted(c[nom] for k, c in enumerate(cases) if k != i and nom in c))
                if nom in cases[i] and termes:
                    self.sommes[cases[i][nom], termes] = None
        for case, cles in zip(cases, table["cles"], strict=True):
            for total, noms in table["sommes"].items():
                if total in case:
                    self.sommes[case[total], tuple(sorted(case[nom] for nom in noms if nom in case))] = None
            for num, den in table["couples"]:
                if num in case and den in case:
                    self.couples[case[num], case[den]] = None
            for mesure, noms in table["reunions"].items():
                communes = [dict(map(tuple, cles[table["colonnes"].index(nom)][3])) for nom in noms if nom in case]
                if len(communes) == len(noms):
                    ou = [[d, m] for d, m in communes[0].items() if all(autre.get(d) == m for autre in communes)]
                    cle = self._cle([*cles[table["colonnes"].index(noms[0])][:2], mesure, ou])
                    self.reunions.append((cle, tuple(case[nom] for nom in noms)))
        for rang, ici, la in table.get("confondus", []):  # un registre d'avant n'en dit rien
            if ici in cases[rang] and la in cases[rang]:
                self.sommes[cases[rang][la], (cases[rang][ici],)] = None
        self.separes |= {*table["separes"]}


def _actions(tables: list[tuple[str, dict]]) -> Iterator[tuple]:
    """(année, action) → toutes ses coordonnées, lues dans les fiches."""
    for _, table in tables:
        for rangee in table["cles"] if table["classe_actions"] else ():
            for _, annee, _, ou in filter(None, rangee):
                ici = dict(map(tuple, ou))
                yield (annee, ici.get("action")), ici


def _attaquer(tables: list[tuple[str, dict]], population: str) -> list[Fuite]:
    """Attaque un ensemble de tables qui comptent les mêmes personnes."""
    su, n_cases = (lu := _Lecteur(tables)).montres, len(lu.rangs)
    affiche = np.array([su.get(rang, np.nan) for rang in range(n_cases)], dtype=float)
    connues = {cle: rang for cle, rang in lu.rangs.items() if isinstance(cle, Cle) and cle.mesure not in lu.separes}
    grille = Grille(tuple(lu.sommes), tuple(lu.couples), tuple(emboiter(connues, lu.reunions)))
    arrondi = max((table["arrondi"] or 0 for _, table in tables), default=0)
    seuil = max(table["seuil"] for _, table in tables)
    verdict = audit(
        affiche,
        np.isnan(affiche),
        grille,
        seuil=seuil,
        plancher=np.array([lu.bas[rang] for rang in range(n_cases)]),
        sensible=any(table["sensible"] for _, table in tables),
        marge=arrondi // 2,
    )
    # ce qui est masqué quelque part et montré ailleurs n'est plus flou
    trahies = (verdict["nature"] == "case") & verdict["cellule"].isin(lu.cachees & {*su})
    return [
        Fuite(page, population, ligne, colonne, f.nature, f.borne_basse, f.borne_haute, seuil)
        for f in verdict[~verdict["ok"] | trahies].itertuples()
        for page, ligne, colonne in [lu.places[f.cellule]]
    ]
