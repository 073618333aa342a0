"""Calculer la formule qu'une cité a écrite au référentiel, sur les lignes de l'année et rien d'autre.

Un zéro se compte, une donnée manquante se dit : sans aucune ligne dans l'année, ou si un terme manque, il n'y a
pas de valeur. Des personnes de plusieurs actions ne s'additionnent pas : leur somme est rendue entre deux bornes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pandas as pd

from citelib.chargement.formules import REMPLI, VIDE, colonnes_lisibles
from citelib.contrats.formules import Filtre, Formule
from citelib.indicateurs.mesure import CALCULE, Mesure, absente, de_choses, de_personnes, entre, plus_petit
from citelib.mesures.comptes import de_l_annee, part, somme
from citelib.realisation.actions import bilans
from citelib.resultats.publics import bornes

REPONDANTS = {
    "participations": "participant_pseudo",
    "reponses_beneficiaires": "repondant_pseudo",
    "reponses_partenaires": "repondant_pseudo",
}
"""Tables où plusieurs lignes parlent d'une même personne, et son pseudonyme."""
DE_PERSONNES = {"beneficiaires", "verbatims", *REPONDANTS}


def evaluer(formule: Formule, cite: object, annee: int, mesure_de: Callable[[str], Mesure]) -> Mesure:
    """
    La mesure d'une formule vérifiée par `chargement.formules.comprendre`.

    Args:
        mesure_de: la mesure d'un autre indicateur du référentiel, pour la même année.
    """
    if not formule.fonction:
        return mesure_de(formule.nom)
    if formule.termes:
        termes = [evaluer(terme, cite, annee, mesure_de) for terme in formule.termes]
        return _reunir(formule, termes)
    lignes = lignes_de(cite, formule.table, annee)
    if lignes.empty:
        return absente(f"aucune ligne de {formule.table} en {annee}")
    if formule.fonction == "part":
        parmi = _garder(lignes, formule.parmi)
        return _part(formule.table, _garder(parmi, formule.filtres), parmi)
    mesure = _nombre(formule, _garder(lignes, formule.filtres))
    if not mesure.personnes or pd.isna(mesure.n):
        return mesure
    # qui connaît le total retrouve les autres par soustraction
    autres = _effectif(formule.table, lignes) - mesure.n
    return dataclasses.replace(mesure, groupe=min(mesure.groupe, autres) if autres > 0 else mesure.groupe)


def lignes_de(cite: object, table: str, annee: int) -> pd.DataFrame:
    """Les lignes de l'année, avec ce que l'on sait de l'action dont elles parlent."""
    if table == "actions":
        return bilans(cite.actions, cite.realisations, annee)
    lignes = de_l_annee(getattr(cite, table), annee)
    ajoutees = [nom for nom in colonnes_lisibles(table) if nom not in lignes]
    if not ajoutees:
        return lignes
    programme = de_l_annee(cite.actions, annee)[["action_id", *ajoutees]]
    return lignes.merge(programme, on="action_id", how="left", validate="many_to_one")


def _garder(lignes: pd.DataFrame, filtres: tuple[Filtre, ...]) -> pd.DataFrame:
    """Les lignes qui respectent tous les filtres."""
    for filtre in filtres:
        colonne = lignes[filtre.colonne]
        listes = colonne.map(lambda valeur: isinstance(valeur, tuple)).any()
        vide = colonne.map(len).eq(0) if listes else colonne.isna()
        gardees = pd.Series(False, index=lignes.index)
        for valeur in filtre.valeurs:
            if valeur in (VIDE, REMPLI):
                gardees |= vide if valeur == VIDE else ~vide
            elif listes:
                gardees |= colonne.map(lambda liste, voulu=valeur: voulu in liste)
            else:
                gardees |= colonne.eq(valeur).fillna(False).astype(bool)
        lignes = lignes[gardees]
    return lignes


def _effectif(table: str, lignes: pd.DataFrame) -> int:
    """Nombre de personnes dont parlent des lignes ; pour `beneficiaires`, d'inscriptions."""
    if table in REPONDANTS:
        return int(lignes[REPONDANTS[table]].nunique())
    return int(lignes["nb_uniques"].sum()) if table == "beneficiaires" else len(lignes)


def _part(table: str, gardees: pd.DataFrame, parmi: pd.DataFrame) -> Mesure:
    """Part de lignes, ou de personnes dans les tables qui en comptent."""
    if table not in DE_PERSONNES:
        return de_choses(len(gardees), len(parmi))
    return de_personnes(_effectif(table, gardees), _effectif(table, parmi))


def _nombre(formule: Formule, lignes: pd.DataFrame) -> Mesure:
    """Un compte de lignes, ou la somme d'une colonne."""
    table, colonne = formule.table, formule.colonne
    if table == "beneficiaires" and colonne in ("", "nb_uniques", "nb_nouveaux"):
        comptes = bornes(lignes.assign(nb_uniques=lignes[colonne or "nb_uniques"]))
        return entre(comptes["nb_min"], comptes["nb_max"])
    valeur, note = len(lignes), ""
    if colonne and len(lignes):
        valeur = somme(lignes[colonne])
        note = "certaines lignes n'ont pas de valeur" if lignes[colonne].isna().any() else ""
    if pd.isna(valeur):
        return absente(f"{colonne} n'est renseigné nulle part", origine=CALCULE)
    effectif = _effectif(table, lignes) if table in DE_PERSONNES else pd.NA
    return Mesure(valeur=valeur, personnes=table in DE_PERSONNES, n=effectif, groupe=effectif, note=note)


def _reunir(formule: Formule, termes: list[Mesure]) -> Mesure:
    """Le rapport ou la somme de plusieurs mesures ; il manque dès que l'une manque."""
    for terme, mesure in zip(formule.termes, termes, strict=True):
        if not mesure.connue:
            return absente(f"{terme.nom or terme.table} : {mesure.manque}")
    personnes = any(mesure.personnes for mesure in termes)
    bas, haut = zip(*(mesure.bornes for mesure in termes), strict=True)
    if formule.fonction == "somme":
        valeurs = sum(bas), sum(haut)
    elif haut[1] == 0 or bas[1] == 0:
        return absente("dénominateur nul", origine=CALCULE)
    else:
        valeurs = part(bas[0], haut[1]), part(haut[0], bas[1])
    appuis = {"personnes": personnes, "groupe": _groupe(formule, termes), "n": _effectif_commun(formule, termes)}
    if formule.fonction == "rapport" and valeurs[0] == valeurs[1]:
        appuis |= {"numerateur": bas[0], "denominateur": bas[1]}
    if valeurs[0] == valeurs[1]:
        return Mesure(valeur=valeurs[0], **appuis)
    return Mesure(borne_basse=valeurs[0], borne_haute=valeurs[1], **appuis)


def _groupe(formule: Formule, termes: list[Mesure]) -> float:
    """Le plus petit groupe que laissent voir les termes, ou la différence des deux termes d'une part de personnes."""
    groupe = plus_petit(termes)
    if formule.fonction == "rapport" and all(mesure.personnes for mesure in termes) and not pd.isna(groupe):
        ecart = termes[1].bornes[1] - termes[0].bornes[1]
        return min(groupe, ecart) if ecart > 0 else groupe
    return groupe


def _effectif_commun(formule: Formule, termes: list[Mesure]) -> float:
    """Nombre de personnes sur lequel repose le tout : celui du dénominateur, ou la somme."""
    comptes = [mesure.n for mesure in termes if mesure.personnes]
    if not comptes or any(pd.isna(compte) for compte in comptes):
        return pd.NA
    return sum(comptes) if formule.fonction == "somme" else comptes[-1]
