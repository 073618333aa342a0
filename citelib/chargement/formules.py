"""Vérifier les formules du référentiel avant tout calcul : chaque nom existe, chaque valeur se lit, rien ne tourne."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

import pandas as pd

from citelib.contrats import Colonne, Probleme, lieu
from citelib.contrats.cellules import lire_cellule
from citelib.contrats.formules import COLLECTE, FONCTIONS, Filtre, Formule, FormuleRefusee, conseil, lire_formule
from citelib.contrats.typage import Lecture
from citelib.tables import CALCULS, PAR_NOM, TABLES, tranches_entre

DENOMBRABLES = [
    table.nom
    for table in TABLES
    if "annee" in table.noms and table.colonne("annee").obligatoire and table.nom != "valeurs"
]
"""Tables qu'une formule peut lire : leurs lignes sont d'une année. Une valeur collectée se cite par son code."""
VIDE, REMPLI = "vide", "rempli"
"""À la place d'une valeur : la cellule est vide, ou ne l'est pas."""
ENUMEREES = 15
"""Nombre de valeurs connues que l'on cite devant une valeur inconnue."""


def colonnes_lisibles(table: str) -> dict[str, Colonne]:
    """
    Les colonnes qu'un filtre peut lire : celles de la table, et celles de l'action dont parle chaque ligne.

    >>> "statut" in colonnes_lisibles("actions"), "axe" in colonnes_lisibles("beneficiaires")
    (True, True)
    """
    siennes = PAR_NOM[table]
    liee = "realisations" if table == "actions" else "actions" if "action_id" in siennes.noms else table
    return {colonne.nom: colonne for nom in (liee, table) for colonne in PAR_NOM[nom].colonnes}


def comprendre(texte: str, unites: Mapping[str, str], tables: Mapping[str, pd.DataFrame] | None = None) -> Formule:
    """
    La formule d'un indicateur, tous ses noms vérifiés et les valeurs de ses filtres lues par le contrat.

    Args:
        texte: ce qui est écrit au référentiel ; vide, c'est « collecte ».
        unites: code de chaque indicateur du référentiel → son unité.
        tables: les tables lues ; si elles sont données, un texte libre doit s'y trouver.

    Raises:
        FormuleRefusee: avec ce qui était attendu et le nom correct le plus proche.
    """
    formule = lire_formule(COLLECTE if pd.isna(texte) else texte)
    if formule.nom and not formule.fonction and formule.nom not in CALCULS:
        raise FormuleRefusee(f"calcul « {formule.nom} » inconnu", conseil(formule.nom, [*CALCULS, *FONCTIONS]))
    return _preparer(formule, unites, tables or {})


def _preparer(formule: Formule, unites: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> Formule:
    """La formule et ses termes, vérifiés."""
    if formule.termes:
        for terme in formule.termes:
            if terme.fonction == COLLECTE or (not terme.fonction and terme.nom not in unites):
                lu = terme.nom if not terme.fonction else COLLECTE
                raise FormuleRefusee(f"indicateur « {lu} » absent du référentiel", conseil(lu, unites))
            if formule.fonction == "somme" and (terme.fonction == "part" or unites.get(terme.nom) == "part"):
                remede = "Additionner les numérateurs et les dénominateurs, puis en faire le rapport."
                raise FormuleRefusee("on n'additionne pas des parts, dont les bases diffèrent", remede)
        return dataclasses.replace(formule, termes=tuple(_preparer(t, unites, tables) for t in formule.termes))
    if not formule.table:
        return formule
    if formule.table not in DENOMBRABLES:
        raise FormuleRefusee(f"table « {formule.table} » inconnue", conseil(formule.table, DENOMBRABLES))
    if formule.colonne:
        nombres = [c.nom for c in PAR_NOM[formule.table].colonnes if c.type in ("entier", "nombre")]
        if formule.colonne not in nombres:
            message = f"colonne de nombres « {formule.colonne} » absente de {formule.table}"
            raise FormuleRefusee(message, conseil(formule.colonne, nombres))
    lus = {nom: tuple(_filtre(f, formule.table, tables) for f in getattr(formule, nom)) for nom in ("filtres", "parmi")}
    return dataclasses.replace(formule, **lus)


def _filtre(filtre: Filtre, table: str, tables: Mapping[str, pd.DataFrame]) -> Filtre:
    """Un filtre dont chaque valeur est lue comme une cellule de sa colonne."""
    colonnes = colonnes_lisibles(table)
    if filtre.colonne == "age" and "tranche_age" in colonnes:
        return Filtre("tranche_age", tuple(t for valeur in filtre.valeurs for t in _tranches(valeur)))
    if filtre.colonne not in colonnes:
        raise FormuleRefusee(f"colonne « {filtre.colonne} » absente de {table}", conseil(filtre.colonne, colonnes))
    colonne, valeurs = colonnes[filtre.colonne], []
    for texte in filtre.valeurs:
        if texte in (VIDE, REMPLI):
            valeurs.append(texte)
            continue
        valeur, _, refus = lire_cellule(texte, colonne)
        if refus or valeur is None:
            attendu = refus.attendu if refus else "une valeur, ou « vide »"
            remede = (refus.remede if refus else "") or f"Écrire par exemple « {colonne.exemple} »."
            raise FormuleRefusee(f"valeur « {texte} » de {colonne.nom} refusée, attendu {attendu}", remede)
        _exiger_connue(valeur, colonne, tables)
        valeurs += valeur if isinstance(valeur, tuple) else [valeur]
    return Filtre(filtre.colonne, tuple(valeurs))


def _exiger_connue(valeur: object, colonne: Colonne, tables: Mapping[str, pd.DataFrame]) -> None:
    """Un texte libre mal écrit donnerait zéro sans rien dire : il doit se trouver quelque part dans les tables."""
    if colonne.type != "texte" or colonne.contraintes:
        return
    connues = {v for table in tables.values() if colonne.nom in table for v in table[colonne.nom].dropna().unique()}
    if connues and valeur not in connues:
        remede = conseil(valeur, sorted(connues))
        if not remede.startswith("Écrire"):
            remede = conseil(valeur, sorted(connues)[:ENUMEREES])
        raise FormuleRefusee(f"valeur « {valeur} » absente de la colonne {colonne.nom}", remede)


def _tranches(texte: str) -> tuple[str, ...]:
    """Les tranches d'âge que réunit un intervalle « 6-15 »."""
    lu = re.fullmatch(r"(\d+)\s*(?:-|–|à)\s*(\d+)", texte)
    if lu is None:
        raise FormuleRefusee(f"âge « {texte} » illisible", "Écrire deux âges : « age = 6-15 ».")
    try:
        return tranches_entre(int(lu[1]), int(lu[2]))
    except ValueError as refus:
        remede = "Prendre des tranches entières : l'effectif d'une partie est inconnu."
        raise FormuleRefusee(str(refus), remede) from None


def verifier_formules(lectures: Mapping[str, Lecture]) -> Iterator[Probleme]:
    """Un problème par formule du référentiel que l'on ne peut pas calculer, à sa cellule."""
    lecture, tables = lectures["indicateurs"], {nom: lecture.table for nom, lecture in lectures.items()}
    lignes = lecture.table.dropna(subset=["indicateur_code"])
    unites, appels = dict(zip(lignes["indicateur_code"], lignes["unite"], strict=True)), {}
    for indice, ligne in lignes.dropna(subset=["calcul"]).iterrows():
        try:
            appels[ligne["indicateur_code"]] = set(codes_cites(comprendre(ligne["calcul"], unites, tables)))
        except FormuleRefusee as refus:
            yield _probleme(lecture, indice, refus.message, refus.remede)
    for indice, code in lignes["indicateur_code"].items():
        if code in appels and _tourne(code, appels):
            yield _probleme(lecture, indice, f"la formule de {code} dépend d'elle-même", "Couper le cercle.")


def _probleme(lecture: Lecture, indice: object, message: str, remede: str) -> Probleme:
    """L'erreur à la cellule de la formule."""
    lu = str(lecture.table.loc[indice, "calcul"])
    return Probleme("erreur", *lieu(lecture.origine, indice), "calcul", lu, message, remede)


def codes_cites(formule: Formule) -> Iterator[str]:
    """Les codes d'indicateurs dont une formule a besoin."""
    for terme in formule.termes:
        if terme.nom:
            yield terme.nom
        yield from codes_cites(terme)


def _tourne(depart: str, appels: Mapping[str, set[str]]) -> bool:
    """Vrai si suivre les codes cités ramène au départ."""
    vus, restants = set(), list(appels[depart])
    while restants:
        code = restants.pop()
        if code == depart:
            return True
        if code not in vus:
            vus.add(code)
            restants += appels.get(code, ())
    return False
