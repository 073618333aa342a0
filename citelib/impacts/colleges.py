"""Les indicateurs publics des collèges : chaque collège face à lui-même, à l'académie et aux collèges REP+.

Ces fichiers commencent après le label : il n'y a pas d'année d'avant. On décrit des évolutions comparées,
sans test et sans parler de cause. Un taux bouge d'une année à l'autre de lui-même, d'autant plus que le
collège est petit.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import nombre, points, pourcentage, typographie
from citelib.mesures.comptes import typer
from citelib.tables import CONNUES

SANS_IMPUTATION = "Évolution observée, non imputable à la cité éducative seule."
"""Phrase que portent les indicateurs de contexte. Source : règle de lecture du référentiel, I01 à I13."""
CODES = ("I04", "I06", "I07", "I11")
CANDIDATS = "I04"
"""Indicateur dont les candidats au brevet tiennent lieu d'effectif, quand il n'est pas publié."""
NIVEAUX_COMPARES = ("etablissement", "academie", "reseau", "france")
RESEAUX = {"rep_plus_france": "Collèges REP+ (France)", "rep_france": "Collèges REP (France)"}
RUPTURE = "rupture de série, évolution non calculée"
GROUPE_MINIMAL = 11
"""Plus petit groupe qu'une phrase peut laisser deviner : une phrase n'est pas protégée comme une table."""
CLES = ["indicateur_code", "niveau", "territoire_code"]
APPUIS = ("valeur", "valeur_precedente", "ecart", "ecart_academie", "ecart_evolutions")
COLONNES = ["territoire", "indicateur_code", "libelle", "unite", "niveau_territoire", *APPUIS, "nb_eleves"]
COLONNES += ["nb_plus_petit_groupe", "note", "phrase"]


@publiable(effectifs=("nb_eleves", "nb_plus_petit_groupe"), bases=dict.fromkeys(APPUIS, "nb_plus_petit_groupe"))
def indicateurs_scolaires(
    valeurs, indicateurs, etablissements, *, annee: int, codes: Sequence[str] = CODES
) -> pd.DataFrame:
    """
    Chaque collège, l'académie, les collèges REP+ et la France : l'année, la précédente et l'écart.

    Un écart entre deux périmètres ou deux méthodes de calcul n'est pas donné. Une valeur qui repose sur moins
    d'élèves que le seuil de fiabilité de l'indicateur ne l'est pas non plus.

    Args:
        codes: indicateurs lus, dans l'ordre d'affichage.

    Returns:
        `territoire`, `indicateur_code`, `libelle`, `unite`, `niveau_territoire`, `valeur`,
        `valeur_precedente`, `ecart` (dans l'unité ; 0,05 pour cinq points si c'est une part),
        `ecart_academie` (valeur − celle de l'académie), `ecart_evolutions` (écart − celui de l'académie) ;
        ces deux pour les collèges seulement ; `nb_eleves` (dénominateur, ou à défaut candidats au brevet),
        `nb_plus_petit_groupe` (lu par `secret`), `note`, `phrase` (vide si elle laissait deviner un petit
        groupe).
    """
    lues = _lire(valeurs, indicateurs, etablissements)
    lues = lues[lues["indicateur_code"].isin(codes)]
    avant = lues.loc[lues["annee"].eq(annee - 1), [*CLES, "valeur", "perimetre_version"]]
    ici = lues[lues["annee"].eq(annee)].merge(avant, on=CLES, how="left", suffixes=("", "_precedente"))
    versions = ici[["perimetre_version", "perimetre_version_precedente"]].fillna("")
    rompue = ici["valeur_precedente"].notna() & versions.nunique(axis=1).gt(1)
    ecart = (ici["valeur"] - ici["valeur_precedente"]).mask(rompue)
    notes = ici["note"].mask(rompue, ici["note"] + " ; " + RUPTURE).str.removeprefix(" ; ")
    ici = _face_a_l_academie(ici.assign(ecart=ecart, note=notes))
    ici = ici.assign(rang=ici["indicateur_code"].map(list(codes).index)).sort_values(["rang", "ordre"])
    ici = ici.rename(columns={"niveau": "niveau_territoire"})
    phrases = [_phrase(ligne, annee) for ligne in ici.to_dict("records")]
    return typer(ici.assign(phrase=pd.Series(phrases, index=ici.index, dtype="str"))[COLONNES]).reset_index(drop=True)


@publiable(effectifs=("nb_eleves", "nb_plus_petit_groupe"), bases={"valeur": "nb_plus_petit_groupe"}, libres=("annee",))
def serie(valeurs, indicateurs, etablissements, *, code: str, annees: Sequence[int]) -> pd.DataFrame:
    """
    L'indicateur `code`, année après année, par territoire : une ligne par point d'une courbe.

    Deux méthodes de calcul font deux séries : une courbe ne traverse pas une rupture.

    Returns:
        `serie` (le territoire, et sa méthode s'il y en a plusieurs), `territoire`, `annee`, `unite`,
        `valeur`, `nb_eleves`, `nb_plus_petit_groupe`.
    """
    lues = _lire(valeurs, indicateurs, etablissements)
    lues = lues[lues["indicateur_code"].eq(code) & lues["annee"].isin(list(annees))]
    methodes = lues.groupby("territoire")["perimetre_version"].transform("nunique")
    precisee = lues["territoire"] + " (" + lues["perimetre_version"].fillna("méthode non précisée") + ")"
    lues = lues.assign(serie=lues["territoire"].mask(methodes.gt(1), precisee))
    lues = lues.sort_values(["ordre", "annee"], ignore_index=True)
    return typer(lues[["serie", "territoire", "annee", "unite", "valeur", "nb_eleves", "nb_plus_petit_groupe"]])


@publiable(effectifs=("nb_eleves",), bases={"valeur_ajoutee": "nb_eleves"}, libres=("annee",))
def valeur_ajoutee(valeurs, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Valeur ajoutée de chaque collège au brevet (I05), telle que le ministère la calcule, jusqu'à l'année.

    C'est le taux observé moins le taux attendu d'élèves de même origine sociale, de même sexe et de même
    niveau à l'entrée en sixième. Le ministère n'en publie pas la marge d'erreur.

    Returns:
        `territoire`, `annee`, `unite` (« points »), `valeur_ajoutee`, `nb_eleves`.
    """
    fiche = pd.DataFrame(
        {"indicateur_code": ["I05"], "libelle": "Valeur ajoutée", "unite": "points", "seuil_fiabilite": 20}
    )
    lues = _lire(valeurs[valeurs["indicateur_code"].eq("I05")], fiche, etablissements)
    lues = lues[lues["annee"].le(annee) & lues["niveau"].eq("etablissement")]
    lues = lues if lues["annee"].eq(annee).any() else lues.iloc[:0]
    lues = lues.sort_values(["ordre", "annee"], ignore_index=True).rename(columns={"valeur": "valeur_ajoutee"})
    return typer(lues[["territoire", "annee", "unite", "valeur_ajoutee", "nb_eleves"]])


def _lire(valeurs: pd.DataFrame, indicateurs: pd.DataFrame, etablissements: pd.DataFrame) -> pd.DataFrame:
    """Valeurs connues par territoire comparé, leur effectif ; sans valeur s'il est trop petit."""
    lues = valeurs[valeurs["statut_valeur"].isin(CONNUES) & valeurs["niveau"].isin(NIVEAUX_COMPARES)]
    # plusieurs périodes dans l'année : la dernière
    lues = lues.sort_values("periode").drop_duplicates([*CLES, "annee"], keep="last")
    fiches = indicateurs[["indicateur_code", "libelle", "unite", "seuil_fiabilite"]]
    candidats = lues.loc[lues["indicateur_code"].eq(CANDIDATS), [*CLES[1:], "annee", "denominateur"]]
    lues = lues.merge(fiches, on="indicateur_code")
    lues = lues.merge(candidats, on=[*CLES[1:], "annee"], how="left", suffixes=("", "_candidats"))
    eleves = lues["denominateur"].fillna(lues["denominateur_candidats"]).astype("Float64").round()
    faible = (eleves < lues["seuil_fiabilite"].astype("Float64")).fillna(False).astype(bool)
    calculee = (lues["numerateur"] / lues["denominateur"]).where(lues["unite"].eq("part"))
    noms = dict(zip(etablissements["uai"], etablissements["nom"], strict=True))
    lieux = list(zip(lues["niveau"], lues["territoire_code"], strict=True))
    return lues.assign(
        valeur=lues["valeur"].astype("Float64").fillna(calculee).mask(faible),
        nb_eleves=eleves.astype("Int64"),
        nb_plus_petit_groupe=_plus_petit_groupe(lues, eleves).astype("Int64"),
        note=pd.Series("", index=lues.index, dtype="str").mask(faible, "trop peu d'élèves pour une valeur fiable"),
        # Typées même sans aucune ligne : une cité qui commence n'a pas encore de valeur.
        territoire=pd.Series([_nom(niveau, code, noms) for niveau, code in lieux], lues.index, dtype="str"),
        ordre=pd.Series([_rang(niveau, code, list(noms)) for niveau, code in lieux], lues.index, dtype="int64"),
    )


def _plus_petit_groupe(lues: pd.DataFrame, eleves: pd.Series) -> pd.Series:
    """Le plus petit groupe non vide qu'une part laisse voir, quand son numérateur est connu."""
    oui = lues["numerateur"].astype("Float64").round().where(lues["unite"].eq("part"))
    non = (eleves - oui).where(oui.notna())
    petit = pd.concat([oui.where(oui > 0), non.where(non > 0)], axis=1).min(axis=1)
    return petit.astype("Float64").fillna(eleves)


def _nom(niveau: str, code: str, noms: dict[str, str]) -> str:
    """Nom affiché d'un territoire."""
    if niveau == "academie":
        particule = "d'" if code[:1].lower() in "aeiouéè" else "de "
        return typographie(f"Académie {particule}{code.title()}")
    return {"france": "France", "reseau": RESEAUX.get(code, code)}.get(niveau, noms.get(code, code))


def _rang(niveau: str, code: str, codes: list[str]) -> int:
    """Ordre d'affichage : les collèges dans l'ordre de leur table, puis du plus proche au plus large."""
    connu = niveau == "etablissement" and code in codes
    return codes.index(code) if connu else len(codes) + NIVEAUX_COMPARES.index(niveau)


def _face_a_l_academie(lignes: pd.DataFrame) -> pd.DataFrame:
    """Ajoute, aux collèges, leur écart à l'académie, et celui de leurs évolutions."""
    reference = lignes.loc[lignes["niveau"].eq("academie"), ["indicateur_code", "valeur", "ecart"]]
    reference = reference.drop_duplicates("indicateur_code")
    lignes = lignes.merge(reference, on="indicateur_code", how="left", suffixes=("", "_reference"))
    college = lignes["niveau"].eq("etablissement")
    return lignes.assign(
        ecart_academie=(lignes["valeur"] - lignes["valeur_reference"]).where(college),
        ecart_evolutions=(lignes["ecart"] - lignes["ecart_reference"]).where(college),
    )


def _phrase(ligne: dict, annee: int) -> str:
    """L'évolution d'un territoire, comparée à l'académie, en une phrase."""
    groupe = ligne["nb_plus_petit_groupe"]
    if pd.isna(ligne["valeur"]) or pd.isna(groupe) or groupe < GROUPE_MINIMAL:
        return ""
    unite = ligne["unite"]
    texte = f"{ligne['territoire']} : {ecrire(ligne['valeur'], unite)} en {annee}"
    if pd.isna(ligne["ecart"]):
        texte += f", sans valeur comparable en {annee - 1}"
    else:
        avant, ecart = ecrire(ligne["valeur_precedente"], unite), ecrire_ecart(ligne["ecart"], unite)
        texte += f", contre {avant} en {annee - 1} ({ecart})"
    if not pd.isna(ligne["ecart_evolutions"]):
        texte += f" ; dans l'académie : {ecrire_ecart(ligne['ecart_reference'], unite)}"
    college = ligne["niveau_territoire"] == "etablissement"
    return typographie(f"{texte}. {SANS_IMPUTATION if college else ''}".strip())


def ecrire(valeur: float, unite: str) -> str:
    """Une valeur dans l'unité de son indicateur."""
    if unite == "part":
        return pourcentage(valeur)
    return points(valeur / 100, int(valeur % 1 != 0)) if unite == "points" else nombre(valeur, int(valeur % 1 != 0))


def ecrire_ecart(ecart: float, unite: str) -> str:
    """Un écart signé, en points pour une part."""
    if unite in ("part", "points"):
        return points(ecart if unite == "part" else ecart / 100)
    return f"{'+' if ecart > 0 else ''}{nombre(ecart, 1)}"
