"""Ce que valent les verdicts de la page : fausses alertes, couverture, puissance, mesurées sur des cités inventées.

Les comptes viennent de `benchmarks/calibration.py`, qui fait lire des milliers de cités à la vérité connue par les
fonctions mêmes de la page. Rien n'est recopié à la main : les phrases et le tableau se calculent d'ici.
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
EPREUVES = ("choc_classe", "choc_cohorte")
PRINCIPAUX = tuple(nom for nom in PLANS if nom not in EPREUVES)
"""Plans dont les hypothèses tiennent ; les épreuves en rompent une exprès."""
NETTES, MESURABLES = ("progression_nette", "recul_net"), ("progression_mesurable", "recul_mesurable")
SIGNAUX = ("signal_a_confirmer", "signal_defavorable")
CONCLUS = (*NETTES, *MESURABLES)
FAVORABLES, DEFAVORABLES = (NETTES[0], MESURABLES[0]), (NETTES[1], MESURABLES[1])
ALERTES = ("Plan, sans effet", "Tests", "« nette »", "« mesurable »", "« à confirmer »", "Non interprétables")
ALERTES += ("Cités où un verdict au moins conclut", "Intervalles qui contiennent la vérité, tous effets")
PUISSANCES = ("Plan", "Tests", "Trouvé, effet faible", "moyen", "fort", "très fort", "Conclu à l'envers")
SANS_TEST = ("graphique_seul", "donnees_insuffisantes")


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


def fiabilite(lue: Mapping | None = None) -> list[str]:
    """
    Ce que valent les verdicts, en quelques phrases, pour la note de méthode de la page.

    Args:
        lue: comptes de `lire` ; ceux livrés avec citelib à défaut.
    """
    lue = lue or comptes_livres()
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
    tailles = " ; ".join(_taille(bloc, effet) for effet in bloc["effets"])
    parts = liste([pourcentage(part_de(effet, "trouves").valeur) for effet in bloc["effets"]])
    return f"({tailles} {_unite(bloc)}) : {parts}"


def _taille(bloc: Mapping, effet: Mapping) -> str:
    """L'effet vrai, sans son unité."""
    return nombre(100 * effet["taille"]) if _unite(bloc) == "points" else nombre(effet["taille"], 1)


def _unite(bloc: Mapping) -> str:
    return "points" if bloc["plan"].startswith("colleges") else "écart-type"


def en_markdown(lue: Mapping) -> str:
    """Les tableaux de docs/hypotheses.md : fausses alertes et couverture, puis puissance et erreurs de sens."""
    plans = lue["plans"]
    entete = (
        f"Version {lue['version']}, dépôt {lue['commit']}, graine {lue['graine']} : {nombre(lue['cites'])} cités sans "
        f"effet, {nombre(lue['par_effet'])} par taille d'effet ; {nombre(lue['secondes_par_100'])} secondes de "
        "processeur pour 100 cités. Entre crochets, l'intervalle à 95 % dû au nombre de tirages."
    )
    puissances = [_puissance(bloc) for bloc in plans.values() if bloc["effets"]]
    alertes = [_alertes(bloc) for bloc in plans.values()]
    return "\n".join([entete, *_tableau(ALERTES, alertes), *_tableau(PUISSANCES, puissances)])


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


def _puissance(bloc: Mapping) -> list[str]:
    """Une ligne du second tableau."""
    trouves = [
        f"{_taille(bloc, effet)} {_unite(bloc)} : {_ecrite(part_de(effet, 'trouves'))}" for effet in bloc["effets"]
    ]
    envers = {nom: _somme(bloc["effets"], nom) for nom in ("contraires", "tests")}
    return [nom_du_plan(bloc["plan"]), nombre(envers["tests"]), *trouves, _ecrite(part_de(envers, "contraires"))]


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
