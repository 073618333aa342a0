"""Confronter une table à son contrat : du texte lu aux valeurs typées, tous les problèmes d'un coup.

Ce qui se comprend sans doute (`cellules`) est converti ; le reste devient un `Probleme` à sa cellule. Un
zéro, une cellule vide, « NC » et « sans objet » restent quatre choses différentes : les trois dernières
n'ont pas de valeur, et leur état est rendu à part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citelib.contrats import TYPES, UNITE_DE_L_INDICATEUR, Colonne, Motif, Ordre, Probleme, Reference, Table, lieu
from citelib.contrats.cellules import ETATS, SANS_VALEUR, lire_cellule

PROBLEMES_PAR_COLONNE = 1000
"""Au-delà, les fautes d'une colonne se comptent sans s'énumérer : un fichier de millions de lignes tient à bord."""


@dataclass(frozen=True)
class Lecture:
    """
    Une table typée, d'où vient chaque ligne, et les cellules sans valeur observée.

    Args:
        table: une colonne par colonne du contrat, typée.
        origine: par ligne, `fichier`, `feuille` et `ligne` (celle que montre un tableur).
        etats: une ligne par cellule particulière : `ligne`, `colonne`, `etat`.
        problemes: ce qui ne respecte pas le contrat.
        pourcents: ligne, colonne et texte des pourcentages lus là où l'unité est celle de l'indicateur.
    """

    table: pd.DataFrame
    origine: pd.DataFrame
    etats: pd.DataFrame
    problemes: list[Probleme]
    pourcents: tuple[tuple[int, str, str], ...] = ()


def typer(table: Table, brut: pd.DataFrame, origine: pd.DataFrame) -> Lecture:
    """
    Confronte des textes lus au contrat d'une table : cellules refusées et clés en double sont des problèmes.

    Une colonne répète peu de valeurs : chaque texte différent n'est lu qu'une fois, ce qui tient dix millions
    de lignes. Une colonne de textes reçue en catégories le reste.

    Args:
        table: le contrat.
        brut: une colonne de textes par colonne lue (noms du contrat), une ligne par ligne lue.
        origine: `fichier`, `feuille` et `ligne` de chacune de ces lignes, même index.
    """
    typees, etats, problemes, pourcents = {}, [], [], []
    for colonne in table.colonnes:
        textes = brut[colonne.nom] if colonne.nom in brut else pd.Series("", index=brut.index, dtype="str")
        rangs, differents = pd.factorize(textes)
        lus = _lire_textes(differents, colonne)
        valeurs = _convertir(_en_serie(lus, 0), colonne.type)
        if isinstance(textes.dtype, pd.CategoricalDtype) and colonne.type == "texte":
            valeurs = valeurs.astype("category")
        typees[colonne.nom] = valeurs.take(rangs).set_axis(brut.index)
        if colonne.unite == UNITE_DE_L_INDICATEUR:
            pourcents += [(ligne, colonne.nom, texte) for ligne, texte in textes[textes.str.contains("%")].items()]
        # La plupart des colonnes n'ont ni refus ni état : ne rien construire pour elles compte, à 283 colonnes.
        if any(lu[2] is not None for lu in lus):
            problemes += _refus(origine, colonne, textes, _des_lignes(_en_serie(lus, 2), rangs, brut.index))
        if any(lu[1] is not None for lu in lus) or not etats:
            etat = _des_lignes(_en_serie(lus, 1).astype(pd.CategoricalDtype(ETATS)), rangs, brut.index)
            noms = pd.Categorical.from_codes(np.full(len(etat), table.noms.index(colonne.nom)), table.noms)
            etats.append(pd.DataFrame({"ligne": etat.index, "colonne": noms, "etat": etat.array}))
    typee = pd.DataFrame(typees, index=brut.index)
    problemes += _cles_en_double(table, typee, origine)
    return Lecture(typee, origine, pd.concat(etats, ignore_index=True), problemes, tuple(pourcents))


def _en_serie(lus: list[tuple], place: int) -> pd.Series:
    """De chaque texte lu, sa valeur (0), son état (1) ou son refus (2)."""
    return pd.Series([lu[place] for lu in lus], dtype="object")


def _des_lignes(par_texte: pd.Series, rangs: np.ndarray, index: pd.Index) -> pd.Series:
    """Ce qui est dit de certains textes, pour chaque ligne qui les porte ; les autres lignes n'y sont pas."""
    lignes = np.flatnonzero(par_texte.notna().to_numpy()[rangs])
    return par_texte.take(rangs[lignes]).set_axis(index[lignes])


def _lire_textes(differents: pd.Index, colonne: Colonne) -> list[tuple]:
    """Ce que `lire_cellule` rend de chaque texte ; les codes déjà conformes à leur motif se reconnaissent en bloc."""
    if colonne.type != "texte" or len(colonne.contraintes) != 1 or type(colonne.contraintes[0]) is not Motif:
        return [lire_cellule(texte, colonne) for texte in differents]
    textes = pd.Series(differents, dtype="str")
    conformes = textes.str.fullmatch(colonne.contraintes[0].motif) & ~textes.str.lower().isin(list(SANS_VALEUR))
    return [
        (texte, None, None) if conforme else lire_cellule(texte, colonne)
        for texte, conforme in zip(differents, conformes, strict=True)
    ]


def _convertir(valeurs: pd.Series, type_: str) -> pd.Series:
    """Donne à une colonne le type de pandas de son contrat."""
    if type_ == "liste":
        return valeurs.map(lambda valeur: valeur if isinstance(valeur, tuple) else ())
    if type_ == "date":
        return pd.to_datetime(valeurs).astype(TYPES[type_])
    return valeurs.astype(TYPES[type_])


def _refus(origine: pd.DataFrame, colonne: Colonne, textes: pd.Series, refuses: pd.Series) -> list[Probleme]:
    """Les problèmes des cellules refusées d'une colonne ; `refuses` porte, par ligne, son `Refus`."""
    problemes = []
    for indice, refus in refuses.head(PROBLEMES_PAR_COLONNE).items():
        lu = textes[indice].strip()
        constat, geste = ("valeur refusée", "Corriger") if lu else ("cellule vide", "Remplir")
        message = f"{constat}, attendu {refus.attendu}"
        remede = refus.remede or f"{geste} la cellule, par exemple « {colonne.exemple} »."
        problemes.append(Probleme("erreur", *lieu(origine, indice), colonne.nom, lu, message, remede))
    return problemes + _suite(refuses, origine, colonne.nom)


def _suite(fautes: pd.Series, origine: pd.DataFrame, colonne: str) -> list[Probleme]:
    """Le problème qui compte les fautes que l'on n'énumère pas."""
    autres = len(fautes) - PROBLEMES_PAR_COLONNE
    if autres <= 0:
        return []
    message = f"et {autres} {'autre faute' if autres == 1 else 'autres fautes'} de même nature à partir d'ici"
    remede = "Corriger d'abord les premières : la cause est sans doute la même."
    return [Probleme("erreur", *lieu(origine, fautes.index[PROBLEMES_PAR_COLONNE]), colonne, "", message, remede)]


def _cles_en_double(table: Table, typee: pd.DataFrame, origine: pd.DataFrame) -> list[Probleme]:
    """Un problème par ligne dont la clé a déjà été vue."""
    cle = list(table.cle)
    obligatoires = [nom for nom in cle if table.colonne(nom).obligatoire]
    complete = typee.loc[typee[obligatoires].notna().all(axis=1), cle]
    # Une clé écrite en liste ne se compare que sous forme de texte.
    comparable = complete.astype({nom: "str" for nom in cle if table.colonne(nom).type == "liste"})
    numeros = _numeroter(comparable)
    tries = np.sort(numeros.to_numpy())
    if (tries[1:] != tries[:-1]).all():
        return []
    redites = comparable[numeros.duplicated()]
    premieres = {}
    for indice, *valeurs in comparable[numeros.isin(numeros[redites.index])].itertuples(name=None):
        premieres.setdefault(tuple(map(str, valeurs)), indice)
    problemes = []
    for indice, *valeurs in redites.head(PROBLEMES_PAR_COLONNE).itertuples(name=None):
        vue = origine.loc[premieres[tuple(map(str, valeurs))]]
        message = f"clé en double, déjà vue : {vue['fichier']}, ligne {vue['ligne']}"
        remede, lues = "Garder une seule des deux lignes.", " + ".join(map(str, valeurs))
        problemes.append(Probleme("erreur", *lieu(origine, indice), " + ".join(cle), lues, message, remede))
    return problemes + _suite(redites, origine, " + ".join(cle))


def _numeroter(cles: pd.DataFrame) -> pd.Series:
    """Un entier par ligne, le même pour les lignes égales : dix millions d'entiers se comparent, pas de textes."""
    numeros, combien = pd.Series(0, index=cles.index, dtype="int64"), 1
    for nom in cles:
        rangs, differents = pd.factorize(cles[nom], use_na_sentinel=False)
        combien *= len(differents) + 1
        if combien > 2**62:
            return pd.Series(pd.MultiIndex.from_frame(cles).factorize()[0], index=cles.index)
        numeros = numeros * (len(differents) + 1) + rangs
    return numeros


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
        for indice, valeur in fautes.head(PROBLEMES_PAR_COLONNE).items():
            lu = f"{valeur:%d/%m/%Y}" if isinstance(valeur, pd.Timestamp) else str(valeur)
            ou, message = lieu(lecture.origine, indice), f"attendu {regle.attendu}"
            problemes.append(Probleme("erreur", *ou, regle.colonne, lu, message, remede))
        problemes += _suite(fautes, lecture.origine, regle.colonne)
    return problemes


def verifier_pourcents(lecture: Lecture, indicateurs: pd.DataFrame) -> list[Probleme]:
    """
    Une erreur par pourcentage dont l'indicateur n'est pas une part : « 85 % » y serait 85, ou 0,85.

    Args:
        lecture: une table dont chaque ligne nomme son indicateur.
        indicateurs: la table qui dit l'unité de chacun ; celui qui n'y est pas est déjà un problème.
    """
    unites, problemes = dict(zip(indicateurs["indicateur_code"], indicateurs["unite"], strict=True)), []
    for ligne, colonne, texte in lecture.pourcents:
        code = lecture.table.at[ligne, "indicateur_code"]
        unite = unites.get(code, "part")
        if pd.notna(unite) and unite != "part":
            message = f"l'indicateur {code} n'est pas une part : un pourcentage ne s'y lit pas"
            remede = f"Écrire le nombre seul, dans l'unité de l'indicateur ({unite})."
            problemes.append(Probleme("erreur", *lieu(lecture.origine, ligne), colonne, texte, message, remede))
    return problemes


def _orphelins(regle: Reference, table: pd.DataFrame, cible: pd.DataFrame) -> pd.Series:
    """Les valeurs de la colonne qui manquent dans la cible, avec l'indice de leur ligne."""
    colonnes = [regle.colonne, "annee"] if regle.par_annee else [regle.colonne]
    citees = table[colonnes].dropna()  # une année illisible est déjà un problème
    citees = _une_par_ligne(citees, regle.colonne)
    connues = _une_par_ligne(cible[[regle.colonne_cible, *colonnes[1:]]].dropna(), regle.colonne_cible)
    connus = set(connues.itertuples(index=False, name=None))
    differentes = citees[~citees[regle.colonne].isin(regle.sauf)].drop_duplicates()
    inconnues = [ligne for ligne in differentes.itertuples(index=False, name=None) if ligne not in connus]
    if not inconnues:
        return citees[regle.colonne].iloc[:0]
    fautives = pd.MultiIndex.from_tuples(inconnues)
    lues = pd.MultiIndex.from_frame(citees)
    return citees.loc[lues.isin(fautives), regle.colonne]


def _une_par_ligne(table: pd.DataFrame, colonne: str) -> pd.DataFrame:
    """Les codes d'une colonne de listes, un par ligne ; une colonne de textes est rendue telle quelle."""
    return table.explode(colonne).dropna() if table[colonne].dtype == "object" else table
