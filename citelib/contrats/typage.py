"""Confronter une table à son contrat : du texte lu aux valeurs typées, tous les problèmes d'un coup.

Ce qui se comprend sans doute (`cellules`) est converti ; le reste devient un `Probleme` à sa cellule. Un
zéro, une cellule vide, « NC » et « sans objet » restent quatre choses différentes : les trois dernières
n'ont pas de valeur, et leur état est rendu à part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from citelib.contrats import TYPES, Colonne, Ordre, Probleme, Reference, Table
from citelib.contrats.cellules import Refus, lire_cellule


@dataclass(frozen=True)
class Lecture:
    """
    Une table typée, d'où vient chaque ligne, et les cellules sans valeur observée.

    Args:
        table: une colonne par colonne du contrat, typée.
        origine: par ligne, `fichier`, `feuille` et `ligne` (celle que montre un tableur).
        etats: une ligne par cellule particulière : `ligne`, `colonne`, `etat`.
        problemes: ce qui ne respecte pas le contrat.
    """

    table: pd.DataFrame
    origine: pd.DataFrame
    etats: pd.DataFrame
    problemes: list[Probleme]


def typer(table: Table, brut: pd.DataFrame, origine: pd.DataFrame) -> Lecture:
    """
    Confronte des textes lus au contrat d'une table : cellules refusées et clés en double sont des problèmes.

    Args:
        table: le contrat.
        brut: une colonne de textes par colonne lue (noms du contrat), une ligne par ligne lue.
        origine: `fichier`, `feuille` et `ligne` de chacune de ces lignes, même index.
    """
    typees, etats, problemes = {}, [], []
    for colonne in table.colonnes:
        textes = brut.get(colonne.nom, pd.Series("", index=brut.index, dtype="str"))
        # Une colonne répète peu de valeurs : on lit chacune une seule fois.
        lus = {texte: lire_cellule(texte, colonne) for texte in textes.unique()}
        valeurs, particuliers, attendus = (
            pd.Series([lus[texte][rang] for texte in textes], index=brut.index, dtype="object") for rang in range(3)
        )
        typees[colonne.nom] = _convertir(valeurs, colonne.type)
        for indice, attendu in attendus.dropna().items():
            problemes.append(_refus(origine.loc[indice], colonne, textes[indice].strip(), attendu))
        particuliers = particuliers.dropna()
        etats.append(pd.DataFrame({"ligne": particuliers.index, "colonne": colonne.nom, "etat": particuliers.values}))
    typee = pd.DataFrame(typees, index=brut.index)
    problemes += _cles_en_double(table, typee, origine)
    return Lecture(typee, origine, pd.concat(etats, ignore_index=True), problemes)


def _convertir(valeurs: pd.Series, type_: str) -> pd.Series:
    """Donne à une colonne le type de pandas de son contrat."""
    if type_ == "liste":
        return valeurs.map(lambda valeur: valeur if isinstance(valeur, tuple) else ())
    if type_ == "date":
        return pd.to_datetime(valeurs).astype(TYPES[type_])
    return valeurs.astype(TYPES[type_])


def _erreur(lieu: pd.Series, colonne: str, valeur: str, message: str, remede: str) -> Probleme:
    """Une erreur à la ligne d'origine `lieu`."""
    return Probleme("erreur", lieu["fichier"], lieu["feuille"], int(lieu["ligne"]), colonne, valeur, message, remede)


def _refus(lieu: pd.Series, colonne: Colonne, lu: str, refus: Refus) -> Probleme:
    """Le problème d'une cellule refusée."""
    constat, geste = ("valeur refusée", "Corriger") if lu else ("cellule vide", "Remplir")
    remede = refus.remede or f"{geste} la cellule, par exemple « {colonne.exemple} »."
    return _erreur(lieu, colonne.nom, lu, f"{constat}, attendu {refus.attendu}", remede)


def _cles_en_double(table: Table, typee: pd.DataFrame, origine: pd.DataFrame) -> list[Probleme]:
    """Un problème par ligne dont la clé a déjà été vue."""
    obligatoires = [nom for nom in table.cle if table.colonne(nom).obligatoire]
    complete = typee[typee[obligatoires].notna().all(axis=1)].astype(dict.fromkeys(table.cle, "str"))
    premieres, problemes = {}, []
    for indice, *cle in complete[list(table.cle)].itertuples(name=None):
        premiere = premieres.setdefault(tuple(cle), indice)
        if premiere != indice:
            vue = origine.loc[premiere]
            message = f"clé en double, déjà vue : {vue['fichier']}, ligne {vue['ligne']}"
            noms, valeurs = " + ".join(table.cle), " + ".join(map(str, cle))
            problemes.append(_erreur(origine.loc[indice], noms, valeurs, message, "Garder une seule des deux lignes."))
    return problemes


def verifier_regles(table: Table, lectures: Mapping[str, Lecture]) -> list[Probleme]:
    """
    Vérifie les règles d'une table : entre ses colonnes et vers les autres tables.

    Args:
        table: le contrat, dont les règles sont appliquées.
        lectures: les lectures des tables, par nom ; une table cible absente ne se vérifie pas.
    """
    lecture, problemes = lectures[table.nom], []
    for regle in table.regles:
        if isinstance(regle, Ordre):
            desordre = (lecture.table[regle.petite] > lecture.table[regle.grande]).fillna(False)
            fautes = lecture.table.loc[desordre, regle.petite]
            remede = "Corriger l'une des deux valeurs."
        elif regle.cible in lectures:
            fautes = _orphelins(regle, lecture.table, lectures[regle.cible].table)
            remede = f"Corriger le code, ou ajouter la ligne à la table {regle.cible}."
        else:
            continue
        for indice, valeur in fautes.items():
            lu = f"{valeur:%d/%m/%Y}" if isinstance(valeur, pd.Timestamp) else str(valeur)
            lieu, message = lecture.origine.loc[indice], f"attendu {regle.attendu}"
            problemes.append(_erreur(lieu, regle.colonne_verifiee, lu, message, remede))
    return problemes


def _orphelins(regle: Reference, table: pd.DataFrame, cible: pd.DataFrame) -> pd.Series:
    """Les valeurs de la colonne qui manquent dans la cible, avec l'indice de leur ligne."""
    colonnes = [regle.colonne, "annee"] if regle.par_annee else [regle.colonne]
    citees = table[colonnes].explode(regle.colonne).dropna(subset=regle.colonne)
    citees = citees[~citees[regle.colonne].isin(regle.sauf)]
    connues = cible[[regle.colonne_cible, *colonnes[1:]]].explode(regle.colonne_cible).dropna()
    connus = set(connues.itertuples(index=False, name=None))
    manque = [ligne not in connus for ligne in citees.itertuples(index=False, name=None)]
    return citees.loc[manque, regle.colonne]
