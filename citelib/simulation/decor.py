"""Le décor d'une cité inventée : organismes, quartiers, établissements, indicateurs, questions, habitants."""

from __future__ import annotations

from citelib.contrats import CONSONNES_UAI
from citelib.simulation.monde import Alea, Lignes, Monde
from citelib.tables import TRANCHES_AGE

PARTS_AGE = dict(zip(TRANCHES_AGE, (0.045, 0.045, 0.078, 0.078, 0.03, 0.105), strict=True))
"""Part de chaque tranche parmi les habitants d'un quartier : des ordres de grandeur, non une mesure."""

ITEM = ("item", "questionnaire", "libelle", "echelle_max", "inverse", "domaine", "indicateur_code")


def structures(monde: Monde, alea: Alea) -> Lignes:
    """Des organismes inventés ; les pilotes aussi si la cité n'en a pas."""
    noms = [] if monde.reelles["structures"] else monde.recette["structures"]["pilotes"]
    pilotes = [
        {"structure_id": f"P-{i:02d}", "nom": nom, "categorie": categorie, "pilote": i <= 3}
        for i, (nom, categorie) in enumerate(noms, 1)
    ]
    autres = enumerate(monde.recette["structures"]["autres"], 1)
    return pilotes + [
        {"structure_id": f"F-{i:02d}", "nom": nom, "categorie": categorie, "pilote": False}
        for i, (nom, categorie) in autres
    ]


def quartiers(monde: Monde, alea: Alea) -> Lignes:
    """Deux quartiers et deux zonages, dans un département qui n'existe pas."""
    if monde.reelles["quartiers"]:
        return []
    codes = [("QP999001", "QN99901A", "A"), ("QP999002", "QN99902B", "B")]
    return [
        {"qpv_code": code, "correspondance": autre, "nom": f"Quartier fictif {nom}", "generation": generation}
        | {"a_confirmer": False}
        for ancien, nouveau, nom in codes
        for code, autre, generation in ((ancien, nouveau, "2015"), (nouveau, ancien, "2024"))
    ]


def etablissements(monde: Monde, alea: Alea) -> Lignes:
    """Trois collèges et huit écoles au code UAI valide, dans le département 999."""
    if monde.reelles["etablissements"]:
        return []
    types = ["college"] * 3 + ["elementaire"] * 5 + ["maternelle"] * 3
    noms = {"college": "Collège fictif", "elementaire": "École élémentaire fictive", "maternelle": "Maternelle fictive"}
    return [
        {
            "nom": f"{noms[type_]} {i}",
            "uai": f"{9990000 + i}{CONSONNES_UAI[(9990000 + i) % 23]}",
            "type": type_,
            "ep": "REP+" if i in (1, 4, 5, 9) else "hors EP",
            "effectif": int(alea.integers(350, 480) if type_ == "college" else alea.integers(90, 240)),
            "annee_scolaire": f"{monde.annees[-1] - 1}-{monde.annees[-1]}",
        }
        for i, type_ in enumerate(types, 1)
    ]


def indicateurs(monde: Monde, alea: Alea) -> Lignes:
    """Les seuls indicateurs dont l'exemple a besoin, si la cité n'a pas de référentiel."""
    if monde.reelles["indicateurs"]:
        return []
    dimensions = {"R": "realisation", "S": "resultats", "I": "impacts", "P": "partenariat"}
    commun = {"definition": "Indicateur inventé", "source_habituelle": "Simulation", "producteur": "Simulation"}
    commun |= {"periodicite": "annuelle", "diffusable": True, "axe": (), "niveau": ("cite",)}
    return [
        commun
        | {"indicateur_code": code, "libelle": libelle, "unite": unite, "sens": sens, "nature": nature}
        | {"dimension": dimensions[code[0]]}
        for code, libelle, unite, sens, nature in monde.recette["indicateurs"]["liste"]
    ]


def items(monde: Monde, alea: Alea) -> Lignes:
    """Les questions des deux enquêtes."""
    return [dict(zip(ITEM, valeurs, strict=True)) for valeurs in monde.recette["questions"]["items"]]


def populations(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les moins de 26 ans de chaque quartier, par tranche d'âge et sexe."""
    habitants = monde.reglages.get("territoire", {}).get("habitants_qpv", 7000)
    lignes = []
    for code, part in zip(monde.zonage(annee), (0.42, 0.58), strict=False):
        for tranche, part_age in PARTS_AGE.items():
            nombre = round(habitants * part * part_age * alea.uniform(0.95, 1.05))
            filles = int(alea.binomial(nombre, 0.49))
            lignes += [
                {"qpv_code": code, "tranche_age": tranche, "sexe": sexe, "population": n}
                for sexe, n in (("F", filles), ("G", nombre - filles))
            ]
    return lignes
