"""Les questionnaires à trois réponses : un profil à discuter, jamais une note ni un classement.

Trop peu de répondants ne se publient pas : la table est alors vide, et `attrs["motif"]` dit ce qu'il faudrait.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, part, publiable_par, typer
from citelib.partenariat.instruments import reponses_a

REPARTITION = {
    "effectifs": ("nb_A", "nb_B", "nb_C", "nb_valides", "nb_nsp"),
    "parts": {f"part_{lettre}": (f"nb_{lettre}", "nb_valides") for lettre in "ABC"},
    "bases": {"indice": "nb_valides"},
    "rapports": {"part_nsp": ("nb_nsp", "nb_valides")},
    "total_colonne": "nb_valides",
    "additives": ("nb_A", "nb_B", "nb_C"),
    "population": "réponses des partenaires",
    "dimensions": {"condition": "condition", "question": "question"},
}
"""Contrat d'une table de réponses A, B, C : ce sont des réponses de personnes."""


def vide_si(motif: str, rangees: list, reels: list[str], colonnes: list[str] | None = None) -> pd.DataFrame:
    """Une table typée, vide s'il y a un motif de ne pas la publier."""
    table = typer(pd.DataFrame(rangees, columns=colonnes)).astype(dict.fromkeys(reels, "Float64"))
    table = table.iloc[: 0 if motif else None]
    table.attrs["motif"] = motif
    return table


def repartition(lignes: pd.DataFrame) -> dict:
    """Comptes, parts et indice de réponses A, B, C ; ce qui n'est aucune des trois est « ne sait pas »."""
    comptes = {lettre: int(lignes["reponse"].eq(lettre).sum()) for lettre in "ABC"}
    n = sum(comptes.values())
    return (
        {f"nb_{lettre}": compte for lettre, compte in comptes.items()}
        | {"nb_valides": n}
        | {f"part_{lettre}": part(compte, n) for lettre, compte in comptes.items()}
        | {"indice": part(100 * (2 * comptes["A"] + comptes["B"]), 2 * n), "nb_nsp": len(lignes) - n}
        | {"part_nsp": part(len(lignes) - n, len(lignes))}
    )


@publiable_par(**REPARTITION)
def profil_conditions(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Réponses A, B, C aux six conditions d'un bon partenariat (P01), dans l'ordre de l'outil.

    L'indice, (2A + B) ÷ 2n × 100, est le nôtre : il trie, il ne note pas ; l'ensemble n'en a donc pas.

    Args:
        instrument: celui de `instrument_de` sinon.

    Returns:
        `condition` (puis « Ensemble »), `nb_A`, `nb_B`, `nb_C`, `nb_valides` (réponses exprimées), `part_A`,
        `part_B`, `part_C`, `indice`, `nb_nsp` et `part_nsp` (« ne sait pas », hors base ; ÷ toutes les réponses).
        Vide sous 5 répondants ou 3 catégories d'acteurs, ou si personne n'a d'avis.

    Source:
        Bilodeau et autres (2008, 2014), Outil diagnostique de l'action en partenariat.
    """
    instrument, lignes, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument)
    groupes = {d["libelle"]: lignes[lignes["item"].isin(d["questions"])] for d in instrument["dimension"]}
    rangees = [{"condition": nom, **repartition(groupe)} for nom, groupe in groupes.items()]
    rangees.append({"condition": ENSEMBLE, **repartition(lignes), "indice": pd.NA})
    return vide_si(motif, rangees, ["indice"])


@publiable(**REPARTITION, libres=("question",))
def items_conditions(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Réponses A, B, C à chacune des questions.

    Args:
        instrument: voir `profil_conditions`.

    Returns:
        `item` (nom court et numéro ; l'intitulé si l'instrument le donne), `question` (numéro), `condition`,
        les colonnes de `profil_conditions`, `avis_partages` (« oui » si un quart au moins des réponses est à chaque
        bout : l'indice cache alors un désaccord).
    """
    instrument, lignes, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument)
    rangees = []
    for dimension in instrument["dimension"]:
        for numero in dimension["questions"]:
            comptes = repartition(lignes[lignes["item"].eq(numero)])
            seuil = instrument["publication"]["avis_partages"]
            bouts = comptes["nb_valides"] and min(comptes["part_A"], comptes["part_C"]) >= seuil
            reperes = {"item": intitule(instrument, numero), "question": numero, "condition": dimension["libelle"]}
            rangees.append(reperes | comptes | {"avis_partages": "oui" if bouts else "non"})
    rangees.sort(key=lambda rangee: rangee["question"])
    return vide_si(motif, rangees, ["indice"]).astype({"question": "Int64"})


def intitule(instrument: Mapping, numero: int) -> str:
    """Le texte d'une question s'il est connu ; sinon le nom court de sa dimension et son numéro."""
    dimension = next(d for d in instrument["dimension"] if numero in d["questions"])
    nom = dimension.get("court", dimension["libelle"])
    return instrument["libelles"].get(str(numero), f"{nom} (question {numero})")


@publiable()
def points_appui(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Les trois questions les plus hautes selon l'indice, la plus haute d'abord ; à égalité, dans l'ordre de l'outil.

    Sans leurs comptes : avec ceux du profil, ils rendraient par soustraction les réponses des autres questions.

    Args:
        instrument: voir `profil_conditions`.

    Returns:
        `item`, `condition`, `avis_partages`, comme `items_conditions`.
    """
    return _trois(items_conditions(reponses_partenaires, annee=annee, instrument=instrument), croissant=False)


@publiable()
def points_a_travailler(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """Les trois questions les plus basses selon l'indice, la plus basse d'abord ; voir `points_appui`."""
    return _trois(items_conditions(reponses_partenaires, annee=annee, instrument=instrument), croissant=True)


def _trois(items: pd.DataFrame, *, croissant: bool) -> pd.DataFrame:
    """Les trois premières questions jugées, selon l'indice, en toutes lettres."""
    triees = items.sort_values("indice", ascending=croissant, kind="stable")
    table = triees.dropna(subset="indice")[["item", "condition", "avis_partages"]].head(3).reset_index(drop=True)
    table.attrs["motif"] = items.attrs["motif"]
    return table
