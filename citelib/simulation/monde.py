"""Le monde où l'on invente : ce qui est réel, ce qui est déjà inventé, et le hasard de chaque table."""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

FICHE = ("intitule", "temps", "age_min", "age_max", "public", "seances", "effectif", "cout")
PSEUDO = "abcdefghjkmnpqrstuvwxyz23456789"

Lignes = list[dict]
Alea = np.random.Generator


@dataclass(frozen=True)
class Monde:
    """
    Ce que chaque générateur peut lire.

    Args:
        recette: contenu d'exemple.toml.
        reglages: contenu de cite.toml.
        annees: années de programme, dans l'ordre.
        graine, effet, n_actions: comme dans `simulation.simuler`.
        reelles: les lignes à ne pas toucher, par table.
        lignes: les lignes déjà inventées, par table.
    """

    recette: Mapping
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

    def par_action(self, nom: str, annee: int) -> dict[str, dict]:
        """Les lignes inventées d'une année, par action."""
        return {ligne["action_id"]: ligne for ligne in self.de(nom, annee)}

    def zonage(self, annee: int) -> list[str]:
        """Codes des quartiers en vigueur : la liste de 2015, puis celle de 2024."""
        generation = "2024" if annee >= 2024 else "2015"
        return [q["qpv_code"] for q in self.toutes("quartiers") if q["generation"] == generation]

    def uai(self, *types: str) -> list[str]:
        """Codes connus des établissements de ces types."""
        return [e["uai"] for e in self.toutes("etablissements") if e["type"] in types and isinstance(e["uai"], str)]

    @cached_property
    def fiches(self) -> Lignes:
        """Toutes les actions possibles, thème par thème, leur identifiant fixé une fois pour toutes."""
        fiches, connues = [], self.recette["actions"]
        for axe in self.reglages["axe"]:
            rang = itertools.count(1)
            for theme in axe["themes"]:
                modeles = connues.get(theme) or [[f"Action : {theme}", *GENERIQUE]]
                # Un site de plus à chaque fois que l'exemple n'a plus assez d'actions.
                for site, modele in itertools.product(range(1 + self.n_actions // 46), modeles):
                    fiche = dict(zip(FICHE, modele, strict=True))
                    fiche["intitule"] += f" (site {site + 1})" if site else ""
                    fiche |= {"axe": axe["code"], "theme": theme, "action_id": f"{axe['code']}-{next(rang):02d}"}
                    fiches.append(fiche)
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
            n_retenues = self.n_actions + 3 + annee % 3
            choisies[annee] = [fiches[i] for i in [*premieres, *suivantes][:n_retenues]]
        return choisies


GENERIQUE = ("extrascolaire", 6, 15, "jeunes", 10, 40, 6000)


def pseudo(alea: Alea, lettre: str) -> str:
    """Un pseudonyme tiré au hasard : une lettre, puis cinq signes."""
    return lettre + "".join(alea.choice(list(PSEUDO), 5))


def jour(annee: int, mois: int, quantieme: int, decalage: int = 0) -> dt.datetime:
    """Une date ouvrable, décalée de quelques jours."""
    date = dt.datetime(annee, mois, quantieme) + dt.timedelta(days=int(decalage))
    return date + dt.timedelta(days=max(0, date.weekday() - 4) and 7 - date.weekday())


def arrondi(valeur: float, pas: int) -> float:
    """Le multiple de `pas` le plus proche."""
    return float(pas * round(valeur / pas))
