"""Le dictionnaire des tables, pour qui les lit (Markdown) et pour qui les outille (Table Schema)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from citelib.contrats import Colonne, Table

TYPES_EXPORTES = {
    "texte": {"type": "string"},
    "entier": {"type": "integer"},
    "nombre": {"type": "number", "decimalChar": ","},
    "booleen": {"type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
    "date": {"type": "date"},
    "liste": {"type": "string"},
}
"""Chaque type de colonne, en Table Schema."""


def ecrire_dictionnaire(tables: Iterable[Table]) -> dict[str, str]:
    """Contenu de chaque fichier de docs/ : `dictionnaire.md`, et `schemas/<table>.schema.json` de chaque table."""
    lignes = ["# Dictionnaire des tables", "", "Page écrite par « citelib dictionnaire » : ne pas la modifier."]
    fichiers = {}
    for table in tables:
        lignes += ["", f"## {table.nom}", "", f"{table.titre}. Une ligne par {table.grain}.", ""]
        lignes += [f"Clé : {', '.join(f'`{nom}`' for nom in table.cle)}.", ""]
        if table.regles:
            lignes += [*(f"- Règle : `{r.colonne}`, {r.attendu}." for r in table.regles), ""]
        lignes += ["| colonne | contenu | type | obligatoire | attendu | exemple |", "|---|---|---|---|---|---|"]
        for colonne in table.colonnes:
            attendu = _description(colonne).replace("|", "\\|")
            exemple = colonne.exemple.replace("|", "\\|")
            oui = "oui" if colonne.obligatoire else ""
            lignes.append(f"| `{colonne.nom}` | {colonne.titre} | {colonne.type} | {oui} | {attendu} | {exemple} |")
        schema = json.dumps(_table_schema(table), ensure_ascii=False, indent=1)
        fichiers[f"schemas/{table.nom}.schema.json"] = schema + "\n"
    return {"dictionnaire.md": "\n".join(lignes) + "\n"} | fichiers


def _table_schema(table: Table) -> dict:
    """Le Table Schema (Frictionless, format de schema.data.gouv.fr) d'une table."""
    return {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": table.nom,
        "title": table.titre,
        "description": f"Une ligne par {table.grain}.",
        "fields": [_champ(colonne) for colonne in table.colonnes],
        "primaryKey": list(table.cle),
        "missingValues": ["", "NC", "sans objet"],
    }


def _champ(colonne: Colonne) -> dict:
    """Une colonne, en Table Schema."""
    type_ = dict(TYPES_EXPORTES[colonne.type])
    contraintes = {"required": True} if colonne.obligatoire else {}
    for contrainte in colonne.contraintes if colonne.type != "liste" else ():
        contraintes |= contrainte.table_schema()
    champ = {"name": colonne.nom, "title": colonne.titre, "type": type_.pop("type")}
    champ |= {"description": _description(colonne), "example": colonne.exemple, **type_}
    return champ | ({"constraints": contraintes} if contraintes else {})


def _description(colonne: Colonne) -> str:
    """Unité et contraintes d'une colonne, en une phrase."""
    morceaux = [colonne.unite] if colonne.unite else []
    morceaux += [contrainte.attendu for contrainte in colonne.contraintes]
    if colonne.type == "liste":
        morceaux.append("plusieurs valeurs séparées par une barre |")
    return " ; ".join(morceaux)
