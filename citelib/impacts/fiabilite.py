"""Ce que valent les verdicts de la page : fausses alertes, couverture, puissance, mesurées sur des cités inventées.

Les comptes viennent de `benchmarks/calibration.py`, qui fait lire des milliers de cités à la vérité connue par les
fonctions mêmes de la page. Rien n'est recopié à la main : les phrases et le tableau se calculent d'ici.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from citelib.formats import nombre, pourcentage, typographie
from citelib.mesures import Estimation, ic_wilson

FICHIER = Path(str(resources.files("citelib").joinpath("instruments", "calibration.toml")))
QUESTIONNAIRES = ("suivis", "classes")
PLANS = {
    "colleges": "collèges, toutes comparaisons testées",
    "suivis_score": "enquête, mêmes élèves, score",
    "suivis_part": "enquête, mêmes élèves, part",
    "classes_score": "enquête, autres élèves, par classe, score",
    "classes_part": "enquête, autres élèves, par classe, part",
    "choc_classe": "mêmes élèves, score, mais un choc propre à chaque classe",
    "choc_cohorte": "autres élèves, score, mais deux promotions différentes",
}
"""Ce que chaque plan compare."""
NETTES, MESURABLES = ("progression_nette", "recul_net"), ("progression_mesurable", "recul_mesurable")
SIGNAUX = ("signal_a_confirmer", "signal_defavorable")
CONCLUS = (*NETTES, *MESURABLES)
FAVORABLES, DEFAVORABLES = (NETTES[0], MESURABLES[0]), (NETTES[1], MESURABLES[1])
SANS_TEST = ("graphique_seul", "donnees_insuffisantes")


def lire(texte: str) -> dict:
    """Les comptes d'une calibration, un bloc par plan."""
    lue = tomllib.loads(texte)
    return lue | {"plans": {bloc["plan"]: bloc for bloc in lue["plans"]}}


@cache
def calibration() -> dict:
    """Les comptes livrés avec cette version."""
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
    lue = calibration()
    plans = lue["plans"]
    principaux = [plans[nom] for nom in PLANS if nom in plans and not nom.startswith("choc")]
    comptes = {nom: sum(bloc[nom] for bloc in principaux) for nom in ("tests", "nettes", "mesurables")}
    comptes |= {nom: sum(bloc[nom] for bloc in principaux) for nom in ("intervalles", "couverts")}
    couverture = part_de(comptes, "couverts", "intervalles")
    return [
        typographie(phrase)
        for phrase in (
            f"Sur {nombre(lue['cites'])} cités inventées sans effet, lues par les calculs de cette page, "
            f"{pourcentage(part_de(comptes, 'nettes').valeur, 1)} des verdicts annoncent une évolution nette et "
            f"{pourcentage(part_de(comptes, 'mesurables').valeur, 1)} une évolution mesurable.",
            f"{pourcentage(couverture.valeur, 1)} des intervalles à 95 % contiennent la vérité.",
            f"Effets trouvés, face aux collèges comparables : {_trouves(plans['colleges'], 'points', 100)}. "
            f"Dans une enquête qui suit les mêmes élèves : {_trouves(plans['suivis_score'], 'écart-type', 1)}. "
            f"Qui en interroge d'autres : {_trouves(plans['classes_score'], 'écart-type', 1)}.",
            _a_l_envers(principaux),
        )
    ]


def _trouves(bloc: Mapping, unite: str, echelle: int) -> str:
    """La puissance, taille par taille."""
    ecrits = [
        f"{pourcentage(part_de(effet, 'trouves').valeur, 0)} de ceux de {nombre(echelle * effet['taille'])} {unite}"
        for effet in bloc["effets"]
    ]
    return ", ".join(ecrits)


def _a_l_envers(blocs: list[Mapping]) -> str:
    """Les conclusions de sens contraire, tous effets réunis."""
    effets = [effet for bloc in blocs for effet in bloc["effets"]]
    contraires, tests = (sum(effet[nom] for effet in effets) for nom in ("contraires", "tests"))
    return f"Conclusions de sens contraire à l'effet vrai : {nombre(contraires)} sur {nombre(tests)}."


def en_markdown(lue: Mapping) -> str:
    """Les tableaux de docs/hypotheses.md : fausses alertes et couverture, puis puissance et erreurs de sens."""
    plans = lue["plans"]
    entete = (
        f"Version {lue['version']}, dépôt {lue['commit']}, graine {lue['graine']} : {nombre(lue['cites'])} cités sans "
        f"effet, {nombre(lue['par_effet'])} par taille d'effet ; {nombre(lue['secondes_par_100'])} secondes de "
        "processeur pour 100 cités. Entre crochets, l'intervalle à 95 % dû au nombre de tirages."
    )
    morceaux = [entete, *_tableau(ALERTES, [_alertes(bloc) for bloc in plans.values()])]
    puissances = [ligne for bloc in plans.values() for ligne in _puissances(bloc)]
    return "\n".join([*morceaux, *_tableau(PUISSANCES, puissances)])


ALERTES = ("Plan, sans effet", "Tests", "« nette »", "« mesurable »", "« à confirmer »", "Non interprétables")
ALERTES += ("Cités où un verdict au moins conclut", "Intervalles qui contiennent la vérité, tous effets")
PUISSANCES = ("Plan", "Effet vrai", "Tests", "Trouvé", "Conclu à l'envers")


def _tableau(titres: tuple[str, ...], lignes: list[list[str]]) -> list[str]:
    rangees = [titres, ["---"] * len(titres), *lignes]
    return ["", *(f"| {' | '.join(rangee)} |" for rangee in rangees), ""]


def _alertes(bloc: Mapping) -> list[str]:
    """Une ligne du premier tableau."""
    if not bloc["tests"]:
        return [nom_du_plan(bloc["plan"]), "0", *["sans test"] * (len(ALERTES) - 2)]
    parts = [_ecrite(part_de(bloc, quoi)) for quoi in ("nettes", "mesurables", "signaux", "non_interpretables")]
    alertees, couverts = part_de(bloc, "cites_alertees", "cites"), part_de(bloc, "couverts", "intervalles")
    return [nom_du_plan(bloc["plan"]), nombre(bloc["tests"]), *parts, _ecrite(alertees), _ecrite(couverts)]


def _puissances(bloc: Mapping) -> list[list[str]]:
    """Les lignes du second tableau."""
    en_points = bloc["plan"].startswith("colleges")
    return [
        [
            nom_du_plan(bloc["plan"]),
            f"{nombre(100 * effet['taille'])} points" if en_points else f"{nombre(effet['taille'], 1)} écart-type",
            nombre(effet["tests"]),
            _ecrite(part_de(effet, "trouves")),
            _ecrite(part_de(effet, "contraires")),
        ]
        for effet in bloc["effets"]
    ]


def nom_du_plan(plan: str) -> str:
    """
    Un plan en toutes lettres.

    >>> nom_du_plan("colleges_3v12"), nom_du_plan("colleges_5+3")
    ('collèges, 3 face à 12', 'collèges, 5 sessions avant et 3 après')
    """
    if plan in PLANS:
        return PLANS[plan]
    detail = plan.removeprefix("colleges_")
    if "v" in detail:
        return "collèges, {} face à {}".format(*detail.split("v"))
    return "collèges, {} sessions avant et {} après".format(*detail.split("+"))


def _ecrite(part: Estimation) -> str:
    """Une part et son intervalle."""
    bornes = [nombre(100 * borne, 1) for borne in (part.borne_basse, part.borne_haute)]
    return f"{pourcentage(part.valeur, 1)} [{bornes[0]} ; {bornes[1]}]"
