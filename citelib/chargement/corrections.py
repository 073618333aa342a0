"""Les corrections déclarées : une faute connue d'un fichier se corrige dans `corrections.toml`, jamais sur place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import Probleme, Table
from citelib.contrats.cellules import sans_blancs
from citelib.tables import PAR_NOM


def lire_entrees(contenu: Mapping, nom: str, cles: Sequence[str]) -> tuple[list[dict], list[Probleme]]:
    """
    Les entrées `[[nom]]` d'un fichier TOML, et un problème pour chacune de celles qui sont mal écrites.

    Args:
        contenu: le fichier, une fois lu.
        nom: le nom des entrées ; le fichier porte le même, au pluriel.
        cles: celles dont chaque entrée doit donner le texte.
    """
    entrees, autres = contenu.get(nom, []), [cle for cle in contenu if cle != nom]
    fautes, bonnes = [f"clé inconnue « {cle} », attendu [[{nom}]]" for cle in autres], []
    for numero, entree in enumerate(entrees if isinstance(entrees, list) else [None], start=1):
        lue = entree if isinstance(entree, dict) else {}
        manques = [cle for cle in cles if not isinstance(lue.get(cle), str)]
        fautes += [f"entrée n° {numero} : attendu « {cle} », un texte entre guillemets" for cle in manques]
        if not manques:
            bonnes.append({**lue, "numero": numero})
    return bonnes, [_refuser(nom, faute) for faute in fautes]


def raison_toml(erreur: Exception) -> str:
    """En français, ce qui empêche de lire un fichier TOML."""
    if isinstance(erreur, OSError):
        return "fichier introuvable, ou que le système refuse d'ouvrir"
    if isinstance(erreur, RecursionError):
        return "trop de crochets l'un dans l'autre"
    if isinstance(erreur, UnicodeDecodeError):
        return "attendu un texte en UTF-8"
    ligne = re.search(r"line (\d+)", str(erreur))
    return f"TOML mal écrit, ligne {ligne[1]}" if ligne else "TOML mal écrit, à la fin du fichier"


def _refuser(nom: str, faute: str) -> Probleme:
    """Le problème d'une entrée mal écrite."""
    return Probleme("erreur", f"{nom}s.toml", message=faute, remede="Corriger l'entrée ; elle n'est pas appliquée.")


def lire_corrections(contenu: Mapping) -> tuple[list[dict], list[Probleme]]:
    """Les corrections que l'on peut appliquer, et un problème par défaut des autres."""
    entrees, problemes = lire_entrees(contenu, "correction", ("table", "colonne", "lu", "corrige", "motif"))
    bonnes = []
    for entree in entrees:
        table, ou = PAR_NOM.get(entree["table"]), entree.get("ou")
        citees = [entree["colonne"], *(ou if isinstance(ou, dict) else ())]
        fautes = [f"colonne inconnue « {c} »" for c in citees if table and c not in table.noms]
        if not table:
            fautes.append(f"table inconnue « {entree['table']} »")
        if not isinstance(ou, dict) or not ou:
            fautes.append('clé absente, attendu ou = { colonne = "valeur" }')
        if not entree["motif"].strip():
            fautes.append("motif vide : dire d'où vient la correction")
        problemes += [_refuser("correction", f"entrée n° {entree['numero']} : {faute}") for faute in fautes]
        if not fautes:
            bonnes.append(entree)
    return bonnes, problemes


def corriger(table: Table, brut: pd.DataFrame, corrections: list[dict]) -> tuple[pd.DataFrame, list[Probleme]]:
    """
    Applique, parmi les corrections déclarées, celles d'une table.

    Args:
        table: son contrat.
        brut: les textes lus.
        corrections: entrées de corrections.toml : `ou` (colonne → texte), `colonne`, `lu`, `corrige`, `motif`.

    Returns:
        Les textes corrigés, et un problème par correction qui ne trouve plus ce qu'elle attend.
    """
    corrige, problemes = brut.copy(), []
    for correction in [c for c in corrections if c["table"] == table.nom]:
        corrige = corrige.astype({correction["colonne"]: "str"})  # une catégorie n'accepte pas de texte nouveau
        ici = corrige[correction["colonne"]].map(sans_blancs) == sans_blancs(correction["lu"])
        for colonne, valeur in correction["ou"].items():
            ici &= corrige[colonne].map(sans_blancs) == sans_blancs(str(valeur))
        if not ici.any():
            message = f"correction sans objet : {table.nom}.{correction['colonne']} pour {correction['ou']}"
            remede = "La source a sans doute été corrigée : retirer cette entrée."
            lieu = ("corrections.toml", "", None, correction["colonne"])
            problemes.append(Probleme("erreur", *lieu, correction["lu"], message, remede))
        corrige.loc[ici, correction["colonne"]] = correction["corrige"]
    return corrige, problemes
