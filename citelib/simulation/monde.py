"""Le monde où l'on invente : ce qui est réel, ce qui est déjà inventé, et le hasard de chaque table."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources

import numpy as np
import pandas as pd

from citelib.contrats import TYPES, Table

EXEMPLE = tomllib.loads(resources.files("citelib").joinpath("instruments", "exemple.toml").read_text("utf-8"))
FICHE = ("intitule", "temps", "age_min", "age_max", "public", "seances", "effectif", "cout")
OBJECTIF = ("objectif_operationnel", "question_evaluative", "critere", "responsable_role")
GENERIQUE = ("extrascolaire", 6, 15, "jeunes", 10, 40, 6000)
SIGNES = list("abcdefghjkmnpqrstuvwxyz23456789")

Lignes = list[dict]
Alea = np.random.Generator


@dataclass(frozen=True)
class Monde:
    """
    Ce que chaque générateur peut lire : cite.toml, les lignes réelles et inventées par table.

    `graine`, `effet` et `n_actions` : comme dans `simulation.simuler`.
    """

    reglages: Mapping
    annees: Sequence[int]
    graine: int
    effet: float
    n_actions: int
    reelles: Mapping[str, Lignes]
    lignes: dict[str, Lignes] = field(default_factory=dict)

    def alea(self, nom: str, annee: int = 0) -> Alea:
        """Le hasard propre à une table et à une année."""
        return np.random.default_rng([self.graine, zlib.crc32(nom.encode()), annee])

    def toutes(self, nom: str) -> Lignes:
        """Les lignes réelles puis inventées d'une table."""
        return [*self.reelles[nom], *self.lignes.get(nom, [])]

    def de(self, nom: str, annee: int) -> Lignes:
        """Les lignes inventées d'une table pour une année."""
        return [ligne for ligne in self.lignes[nom] if ligne["annee"] == annee]

    def bilans(self, annee: int) -> dict[str, dict]:
        """Les bilans d'une année, par action."""
        return {bilan["action_id"]: bilan for bilan in self.de("realisations", annee)}

    def avancement(self, annee: int) -> float:
        """Part du chemin parcouru, de 0 l'année d'avant la première à 1 la dernière."""
        depart = self.annees[0] - 1
        return (annee - depart) / (self.annees[-1] - depart)

    def zonage(self, annee: int) -> list[str]:
        """Codes des quartiers en vigueur : la liste de 2015, puis celle de 2024."""
        generation = "2024" if annee >= 2024 else "2015"
        return [q["qpv_code"] for q in self.toutes("quartiers") if q["generation"] == generation]

    def uai(self, *types: str) -> list[str]:
        """Codes connus des établissements de ces types."""
        return [e["uai"] for e in self.toutes("etablissements") if e["type"] in types and isinstance(e["uai"], str)]

    def themes(self) -> Iterator[tuple[dict, str, dict]]:
        """Chaque axe, chacun de ses thèmes, et ce qu'en dit l'exemple ; le minimum s'il ne le connaît pas."""
        for axe in self.reglages["axe"]:
            for theme in axe["themes"]:
                minimum = {
                    "strategique": axe["libelle"],
                    "actions": [[f"Action : {theme}", *GENERIQUE]],
                    "objectifs": [[theme, None, None, "CPO", {}]],
                }
                yield axe, theme, EXEMPLE["themes"].get(theme, minimum)

    @cached_property
    def objectifs(self) -> Lignes:
        """Les objectifs de l'exemple, sous les axes de la cité."""
        return [
            {"axe": axe["code"], "theme": theme, "objectif_strategique": modele["strategique"]}
            | dict(zip(OBJECTIF, textes, strict=True))
            | mesure
            for axe, theme, modele in self.themes()
            for *textes, mesure in modele["objectifs"]
        ]

    @cached_property
    def fiches(self) -> Lignes:
        """Toutes les actions possibles, thème par thème, leur identifiant fixé une fois pour toutes."""
        rangs = {axe["code"]: itertools.count(1) for axe in self.reglages["axe"]}
        fiches = []
        for axe, theme, modele in self.themes():
            # Un site de plus à chaque fois que l'exemple n'a plus assez d'actions.
            for site, valeurs in itertools.product(range(1 + self.n_actions // 46), modele["actions"]):
                fiche = dict(zip(FICHE, valeurs, strict=True))
                fiche["intitule"] += f" (site {site + 1})" if site else ""
                identifiant = f"{axe['code']}-{next(rangs[axe['code']]):02d}"
                fiches.append(fiche | {"axe": axe["code"], "theme": theme, "action_id": identifiant})
        return fiches

    @cached_property
    def choisies(self) -> dict[int, Lignes]:
        """Les actions de chaque année, et de l'année d'avant la première, les programmées d'abord."""
        fiches = self.fiches
        themes = self.alea("oublis").permutation(list(dict.fromkeys(fiche["theme"] for fiche in fiches)))
        choisies = {}
        for annee in (self.annees[0] - 1, *self.annees):
            alea, oublie = self.alea("choix", annee), themes[annee % len(themes)]
            # La préférence d'une action est durable : beaucoup sont reconduites d'une année à l'autre.
            notes = 0.6 * self.alea("preferences").random(len(fiches)) + 0.4 * alea.random(len(fiches))
            ordre = [i for i in notes.argsort() if fiches[i]["theme"] != oublie]
            premieres = {fiches[i]["theme"]: i for i in reversed(ordre)}.values()
            suivantes = [i for i in ordre if i not in set(premieres)]
            choisies[annee] = [fiches[i] for i in [*premieres, *suivantes][: self.n_actions + 3 + annee % 3]]
        return choisies


def pseudo(alea: Alea, lettre: str) -> str:
    """Un pseudonyme tiré au hasard : une lettre, puis cinq signes."""
    return lettre + "".join(alea.choice(SIGNES, 5))


def jour(annee: int, mois: int, quantieme: int, decalage: int = 0) -> dt.datetime:
    """Une date ouvrable, décalée de quelques jours."""
    date = dt.datetime(annee, mois, quantieme) + dt.timedelta(days=int(decalage))
    return date + dt.timedelta(days=max(0, date.weekday() - 4) and 7 - date.weekday())


def arrondi(valeur: float, pas: int) -> float:
    """Le multiple de `pas` le plus proche."""
    return float(pas * round(valeur / pas))


def du_decor(bloc: Mapping) -> Lignes:
    """Les lignes toutes faites d'un bloc de l'exemple."""
    return [bloc["commun"] | dict(zip(bloc["colonnes"], ligne, strict=True)) for ligne in bloc["lignes"]]


def typees(table: Table, lignes: Lignes) -> pd.DataFrame:
    """Des lignes inventées, typées selon le contrat de leur table."""
    inventees = {}
    for colonne in table.colonnes:
        valeurs = [ligne.get(colonne.nom) for ligne in lignes]
        if colonne.type == "liste":
            valeurs = [tuple(valeur or ()) for valeur in valeurs]
        inventees[colonne.nom] = pd.Series(valeurs, dtype="object").astype(TYPES[colonne.type])
    return pd.DataFrame(inventees)
