"""Ce que valent les verdicts de la page : fausses alertes, couverture, puissance, mesurées sur des cités inventées.

Les comptes viennent de `benchmarks/calibration.py`, qui fait lire des milliers de cités à la vérité connue par les
fonctions mêmes de la page. Rien n'est recopié à la main : les phrases se calculent d'ici, le tableau de
`docs/hypotheses.md` là-bas.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from citelib.formats import liste, nombre, pourcentage, typographie
from citelib.mesures import Estimation, ic_wilson

FICHIER = Path(str(resources.files("citelib").joinpath("instruments", "calibration.toml")))
PRINCIPAUX = ("colleges", "suivis_score", "suivis_part", "classes_score", "classes_part")
"""Plans dont les hypothèses tiennent."""
EPREUVES = ("choc_classe", "choc_cohorte")
"""Plans où l'on en rompt une exprès."""


def lire(texte: str) -> dict:
    """Les comptes d'une calibration, un bloc par plan."""
    lue = tomllib.loads(texte)
    return lue | {"plans": {bloc["plan"]: bloc for bloc in lue["plans"]}}


@cache
def comptes_livres() -> dict:
    """Les comptes livrés avec citelib."""
    return lire(FICHIER.read_text("utf-8"))


def part_de(bloc: Mapping, quoi: str, sur: str = "tests") -> Estimation:
    """
    Une part des comptes, et son intervalle de Wilson, dû au nombre de tirages.

    >>> round(part_de({"nettes": 10, "tests": 1000}, "nettes").borne_haute, 4)
    0.0183
    """
    return ic_wilson(bloc[quoi], bloc[sur])


def fiabilite() -> list[str]:
    """Ce que valent les verdicts, en quelques phrases, pour la note de méthode de la page."""
    lue = comptes_livres()
    plans = lue["plans"]
    principaux = [plans[nom] for nom in PRINCIPAUX]
    nettes, mesurables = (_somme(principaux, nom) / _somme(principaux, "tests") for nom in ("nettes", "mesurables"))
    couvertures = [part_de(bloc, "couverts", "intervalles").valeur for bloc in principaux]
    effets = [effet for bloc in principaux for effet in bloc["effets"]]
    classe, cohorte = (part_de(plans[nom], "cites_alertees", "cites").valeur for nom in EPREUVES)
    phrases = (
        f"Sur {nombre(lue['cites'])} cités inventées sans effet, lues par les calculs de cette page, "
        f"{pourcentage(nettes, 1)} des verdicts annoncent une évolution nette et {pourcentage(mesurables, 1)} une "
        f"évolution mesurable. De {pourcentage(min(couvertures), 1)} à {pourcentage(max(couvertures), 1)} des "
        "intervalles à 95 % contiennent la vérité, selon le plan.",
        f"Effets trouvés face à des collèges comparables {_trouves(plans['colleges'])} ; dans une enquête qui suit "
        f"les mêmes élèves {_trouves(plans['suivis_score'])} ; qui en interroge d'autres, par classe "
        f"{_trouves(plans['classes_score'])}. Conclusions de sens contraire à l'effet vrai : "
        f"{nombre(_somme(effets, 'contraires'))} sur {nombre(_somme(effets, 'tests'))}.",
        "Ces chiffres supposent des élèves suivis dont les classes ne vivent rien de particulier, et des promotions "
        f"semblables : sinon, sans aucun effet, {nombre(100 * classe)} verdicts sur cent concluent à tort (classes), "
        f"ou {nombre(100 * cohorte)} (promotions).",
    )
    return [typographie(phrase) for phrase in phrases]


def _somme(blocs: Iterable[Mapping], quoi: str) -> int:
    return sum(bloc[quoi] for bloc in blocs)


def _trouves(bloc: Mapping) -> str:
    """La puissance, taille par taille : « (5 ; 10 points) : 20 % et 45 % »."""
    tailles = " ; ".join(taille(bloc, effet) for effet in bloc["effets"])
    parts = liste([pourcentage(part_de(effet, "trouves").valeur) for effet in bloc["effets"]])
    return f"({tailles} {unite(bloc)}) : {parts}"


def taille(bloc: Mapping, effet: Mapping) -> str:
    """L'effet vrai, sans son unité."""
    return nombre(100 * effet["taille"]) if unite(bloc) == "points" else nombre(effet["taille"], 1)


def unite(bloc: Mapping) -> str:
    """L'unité de l'effet vrai d'un plan."""
    return "points" if bloc["plan"].startswith("colleges") else "écart-type"
