"""Outil diagnostique de l'action en partenariat : un profil à discuter, jamais une note ni un classement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, part, publiable_par, typer
from citelib.partenariat.instruments import lire_instrument, reponses_publiables
from citelib.tables import libelle

REPONSES = ("A", "B", "C")
REPARTITION = {
    "effectifs": ("nb_A", "nb_B", "nb_C", "nb_valides", "nb_nsp"),
    "parts": {f"part_{lettre}": (f"nb_{lettre}", "nb_valides") for lettre in REPONSES},
    "bases": {"indice": "nb_valides"},
    "total_colonne": "nb_valides",
    "additives": ("nb_A", "nb_B", "nb_C"),
}
"""Contrat d'une table de réponses A, B, C : ce sont des réponses de personnes."""
PILOTE_MINIMUM = 5
"""Répondants de chaque catégorie de pilotes, pour comparer. Source : domaine, règle de publication."""


@publiable_par(**REPARTITION)
def profil_odap(reponses_partenaires: pd.DataFrame, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Réponses A, B, C aux six conditions d'un bon partenariat (P01), dans l'ordre de l'outil.

    L'indice, (2A + B) ÷ 2n × 100, est le nôtre : il trie, il ne note pas ; l'ensemble n'en a donc pas.

    Args:
        reponses_partenaires: table des réponses, tous instruments.
        instrument: structure de l'outil ; celle de `lire_instrument("odap")` par défaut.

    Returns:
        `condition` (puis « Ensemble »), `nb_A`, `nb_B`, `nb_C`, `nb_valides` (réponses exprimées), `part_A`,
        `part_B`, `part_C`, `indice`, `nb_nsp` (« ne sait pas », hors base). Vide sous 5 répondants ou 3
        catégories d'acteurs.

    Source:
        Bilodeau et autres (2008, 2014), Outil diagnostique de l'action en partenariat.
    """
    instrument = instrument or lire_instrument("odap")
    lignes, motif = reponses_publiables(reponses_partenaires, annee, instrument)
    groupes = [(d["libelle"], lignes["item"].isin(d["questions"])) for d in instrument["dimension"]]
    rangees = [{"condition": nom, **_repartition(lignes[garde])} for nom, garde in groupes]
    rangees.append({"condition": ENSEMBLE, **_repartition(lignes), "indice": pd.NA})
    return _table(rangees, ["condition"], motif)


@publiable(**REPARTITION, libres=("question",))
def items_odap(reponses_partenaires: pd.DataFrame, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Réponses A, B, C à chacune des dix-huit questions.

    Args:
        reponses_partenaires, instrument: voir `profil_odap`.

    Returns:
        `item` (nom court et numéro ; l'intitulé si l'instrument le donne), `question` (numéro), `condition`,
        `nb_A`, `nb_B`, `nb_C`, `nb_valides`, `part_A`, `part_B`, `part_C`, `indice`, `nb_nsp`,
        `avis_partages` (« oui » si un quart au moins des réponses est à chaque bout : l'indice cache alors
        un désaccord).
    """
    instrument = instrument or lire_instrument("odap")
    lignes, motif = reponses_publiables(reponses_partenaires, annee, instrument)
    seuil, intitules = instrument["publication"]["avis_partages"], instrument.get("libelles", {})
    rangees = []
    for dimension in instrument["dimension"]:
        for numero in dimension["questions"]:
            comptes = _repartition(lignes[lignes["item"].eq(numero)])
            bouts = comptes["nb_valides"] and min(comptes["part_A"], comptes["part_C"]) >= seuil
            nom = intitules.get(str(numero), f"{dimension['court']} (question {numero})")
            reperes = {"item": nom, "question": numero, "condition": dimension["libelle"]}
            rangees.append(reperes | comptes | {"avis_partages": "oui" if bouts else "non"})
    rangees.sort(key=lambda rangee: rangee["question"])
    return _table(rangees, ["item", "question", "condition"], motif, ["avis_partages"])


def points_appui(items: pd.DataFrame, *, combien: int = 3) -> pd.DataFrame:
    """
    Les questions les mieux placées selon l'indice ; à égalité, dans l'ordre de l'outil.

    Args:
        items: ce que rend `items_odap`.
        combien: nombre de questions gardées.

    Returns:
        Les lignes de `items`, la plus haute d'abord.
    """
    return _extremes(items, combien, croissant=False)


def points_a_travailler(items: pd.DataFrame, *, combien: int = 3) -> pd.DataFrame:
    """
    Les questions les moins bien placées selon l'indice ; à égalité, dans l'ordre de l'outil.

    Args:
        items, combien: voir `points_appui`.

    Returns:
        Les lignes de `items`, la plus basse d'abord.
    """
    return _extremes(items, combien, croissant=True)


@publiable(effectifs=("nb_repondants",), bases={"indice": "nb_repondants", "ecart_indice": "nb_repondants"})
def ecart_pilotes(
    reponses_partenaires: pd.DataFrame,
    structures: pd.DataFrame,
    *,
    annee: int,
    minimum: int = PILOTE_MINIMUM,
    instrument: Mapping | None = None,
) -> pd.DataFrame:
    """
    Écart entre les catégories de pilotes sur l'indice du profil (P04).

    Args:
        structures: table des organismes ; les pilotes y disent leurs catégories.
        minimum: répondants de chaque catégorie, sans quoi la table est vide : un écart entre deux personnes
            n'est pas un écart entre institutions.

    Returns:
        `categorie` (pilotes, puis « Écart entre pilotes »), `nb_repondants` (le plus petit groupe à la
        dernière ligne), `indice`, `ecart_indice` (plus haut − plus bas, dernière ligne seulement).
    """
    lignes, motif = reponses_publiables(reponses_partenaires, annee, instrument or lire_instrument("odap"))
    rangees = []
    for code in structures.loc[structures["pilote"].fillna(False).astype(bool), "categorie"].drop_duplicates():
        groupe = lignes[lignes["categorie"].eq(code)]
        combien = groupe["repondant_pseudo"].nunique()
        rangees.append((libelle(code), combien, _repartition(groupe)["indice"], pd.NA))
    plus_petit = min((rangee[1] for rangee in rangees), default=0)
    if not motif and (len(rangees) < 2 or plus_petit < minimum):
        motif = f"il faudrait au moins {minimum} répondants dans chacune de deux catégories de pilotes"
    if rangees and not motif:
        indices = [rangee[2] for rangee in rangees]
        rangees.append(("Écart entre pilotes", plus_petit, pd.NA, max(indices) - min(indices)))
    colonnes = ["categorie", "nb_repondants", "indice", "ecart_indice"]
    table = typer(pd.DataFrame([] if motif else rangees, columns=colonnes))
    table = table.astype({"indice": "Float64", "ecart_indice": "Float64"})
    table.attrs["motif"] = motif
    return table


def _repartition(lignes: pd.DataFrame) -> dict:
    """Comptes, parts et indice de réponses A, B, C ; ce qui n'est aucune des trois est « ne sait pas »."""
    comptes = {lettre: int(lignes["reponse"].eq(lettre).sum()) for lettre in REPONSES}
    n = sum(comptes.values())
    indice = part(100 * (2 * comptes["A"] + comptes["B"]), 2 * n)
    return (
        {f"nb_{lettre}": compte for lettre, compte in comptes.items()}
        | {"nb_valides": n}
        | {f"part_{lettre}": part(compte, n) for lettre, compte in comptes.items()}
        | {"indice": indice, "nb_nsp": len(lignes) - n}
    )


def _table(rangees: list[dict], debut: list[str], motif: str, fin: Sequence[str] = ()) -> pd.DataFrame:
    """Une table de réponses, vide s'il y a un motif de ne pas la publier."""
    colonnes = [*debut, "nb_A", "nb_B", "nb_C", "nb_valides", "part_A", "part_B", "part_C", "indice", "nb_nsp"]
    table = pd.DataFrame([] if motif else rangees, columns=[*colonnes, *fin])
    table = typer(table).astype({"indice": "Float64"} | ({"question": "Int64"} if "question" in debut else {}))
    table.attrs["motif"] = motif
    return table


def _extremes(items: pd.DataFrame, combien: int, *, croissant: bool) -> pd.DataFrame:
    """Les premières questions selon l'indice ; le contrat de la table suit."""
    mesurees = items.dropna(subset="indice").sort_values("question")
    ordre = mesurees.sort_values("indice", ascending=croissant, kind="stable", ignore_index=True)
    table = ordre.head(combien)
    table.attrs = dict(items.attrs)
    return table
