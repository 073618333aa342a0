"""Ce que le comité est invité à discuter : des points que des règles écrites tirent des tables protégées.

Une règle compare une cellule à un seuil ; elle ne conclut rien. Une cellule masquée ou absente ne donne pas de point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pandas as pd

from citelib.constats.adresses import adresse, lieu
from citelib.constats.analyses import Lecteur, lire_declarations
from citelib.constats.constat import Cellule, ligne
from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.formats import accord, arrondi
from citelib.mesures.comptes import ENSEMBLE
from citelib.tableaux.cellules import format_de

FICHIER = "discussion.toml"
REGLES = Path(str(files("citelib"))) / "gabarits" / FICHIER
OBLIGATOIRES = ("titre", "mesure", "analyse", "colonne", "phrase", "page", "section")
CONDITIONS = {
    "sous": (lambda valeur, seuil: valeur < seuil, "sous {}"),
    "au_dela": (lambda valeur, seuil: valeur > seuil, "plus de {}"),
    "egal": (lambda valeur, seuil: valeur == seuil, "égal à {}"),
    "hors": (lambda valeur, bornes: not bornes[0] <= valeur <= bornes[1], "hors de {} à {}"),
}
"""Les conditions qu'une règle peut poser : le test, et comment il se lit."""
POINTS = 8
"""Au-delà, une réunion n'a pas le temps : les suivants ne sont que nommés."""
QUESTION = "Que décidons-nous, qui s'en charge, et pour quand ?"
"""La question d'une règle qui n'en pose pas."""
DECLENCHEE, MUETTE, TUE = "se déclenche", "donnée absente ou masquée", "ne se déclenche pas"


def lire_regles(chemin: Path) -> list[dict]:
    """
    Les règles qu'un fichier déclare, de la plus importante à la moins importante.

    Raises:
        ErreurParametre: fichier illisible, ou règle qui ne se comprend pas ; le message dit laquelle.
    """
    facultatives = ("ligne", "absente", "et", "question", *CONDITIONS)
    regles = lire_declarations(chemin, "regle", obligatoires=OBLIGATOIRES, facultatives=facultatives, choix={})
    for regle in regles:
        if len(CONDITIONS.keys() & regle.keys()) != 1:
            choix = ", ".join(CONDITIONS)
            raise ErreurParametre(f"{chemin.name}, « {regle['titre']} » : attendu une seule condition parmi {choix}.")
    return regles


@publiable()
def a_discuter(lecteur: Lecteur) -> pd.DataFrame:
    """
    Les `POINTS` premiers points à discuter, du plus important au moins important ; une dernière ligne nomme les autres.

    Args:
        lecteur: les analyses de la cité, de l'année et de la diffusion.

    Returns:
        `titre`, `point` (le nombre, en une phrase), `regle` (ce qui l'a fait retenir), `ou_regarder` (page et
        section) et son `adresse`. Vide si aucune règle ne se déclenche, et `attrs["motif"]` le dit.
    """
    lues = list(_examiner(lecteur))
    points = [(regle, phrase, seuil) for regle, etat, phrase, seuil in lues if etat == DECLENCHEE]
    rangees = []
    for regle, phrase, seuil in points[:POINTS]:
        ou = regle["page"], regle["section"]
        rangees.append((regle["titre"], phrase, _regle(regle, seuil), lieu(*ou), adresse(*ou)))
    if autres := [regle["titre"] for regle, _, _ in points[POINTS:]]:
        combien = accord(len(autres), "autre point", "autres points")
        methode = "Méthode et limites"
        suite = f"Les règles sont toutes sous « {methode} »."
        rangees.append((f"Et {combien}", ", ".join(autres), suite, f"« {methode} »", adresse("synthese", methode)))
    table = pd.DataFrame(rangees, columns=["titre", "point", "regle", "ou_regarder", "adresse"], dtype="str")
    if table.empty:
        muettes = accord(sum(etat == MUETTE for _, etat, _, _ in lues), "règle n'a pas", "règles n'ont pas")
        table.attrs["motif"] = f"aucune des {len(lues)} règles ne se déclenche ; {muettes} pu être lues"
    return table


@publiable()
def questions(lecteur: Lecteur, *, maximum: int) -> pd.DataFrame:
    """
    Ce que le comité a à trancher : les points à discuter, chacun avec sa question, du plus au moins important.

    Args:
        lecteur: voir `a_discuter`.
        maximum: nombre de points gardés.

    Returns:
        `titre`, `point`, `question`, `ou_regarder`.
    """
    points = [(regle, phrase) for regle, etat, phrase, _ in _examiner(lecteur) if etat == DECLENCHEE][:maximum]
    rangees = [
        (regle["titre"], phrase, regle.get("question", QUESTION), lieu(regle["page"], regle["section"]))
        for regle, phrase in points
    ]
    return pd.DataFrame(rangees, columns=["titre", "point", "question", "ou_regarder"], dtype="str")


@publiable()
def regles(lecteur: Lecteur) -> pd.DataFrame:
    """
    Toutes les règles, dans leur ordre : `titre`, `regle` (mesure et seuil), `etat` pour l'année.

    Args:
        lecteur: voir `a_discuter`.
    """
    lues = _examiner(lecteur)
    rangees = [(regle["titre"], _regle(regle, seuil), etat) for regle, etat, _, seuil in lues]
    return pd.DataFrame(rangees, columns=["titre", "regle", "etat"], dtype="str")


def _regle(regle: Mapping, seuil: str) -> str:
    """« Taux de réalisation strict : sous 80 % »."""
    return f"{regle['mesure'][:1].upper()}{regle['mesure'][1:]} : {seuil}"


def _examiner(lecteur: Lecteur) -> Iterator[tuple[dict, str, str, str]]:
    """Chaque règle, son état, sa phrase si elle se déclenche, et son seuil tel qu'il se lit."""
    siennes = lecteur.cite.dossier / FICHIER
    for regle in lire_regles(siennes if siennes.is_file() else REGLES):
        condition = next(iter(CONDITIONS.keys() & regle.keys()))
        test, forme = CONDITIONS[condition]
        ecrire = _ecriture(lecteur, regle)
        bornes = regle[condition] if condition == "hors" else [regle[condition]]
        seuil = forme.format(*map(ecrire, bornes))
        champs = [regle, regle | {"colonne": regle["et"]}] if "et" in regle else [regle]
        valeurs = [_valeur(lecteur, champ) for champ in champs]
        if any(valeur is None for valeur in valeurs):
            yield regle, MUETTE, "", seuil
        elif all(test(float(arrondi(valeur, 2)), regle[condition]) for valeur in valeurs):  # ce que le lecteur voit
            phrase = _phrase(lecteur, regle, valeurs[0])
            yield regle, DECLENCHEE if phrase else MUETTE, phrase, seuil
        else:
            yield regle, TUE, "", seuil


def _ecriture(lecteur: Lecteur, regle: Mapping) -> Callable[[float], str]:
    """Le format d'une cellule et de son seuil, sans le signe d'un écart."""
    ecrire = format_de(lecteur(regle["analyse"]), regle["colonne"])
    return lambda valeur: ecrire(valeur).removeprefix("+")


def _valeur(lecteur: Lecteur, champ: Mapping) -> float | None:
    """La cellule qu'une règle lit ; celle d'une ligne absente d'une table remplie est sa valeur `absente`."""
    valeur, masquee = lecteur.cellule(champ)
    donnees = lecteur(champ["analyse"]).donnees
    absente = len(donnees) and not donnees.iloc[:, 0].eq(champ.get("ligne", ENSEMBLE)).any()
    return champ.get("absente") if valeur is None and not masquee and absente else valeur


def _phrase(lecteur: Lecteur, regle: Mapping, valeur: float) -> str:
    """La phrase d'une règle ; vide si elle cite une cellule masquée ou absente."""
    protegee, intitule = lecteur(regle["analyse"]), regle.get("ligne", ENSEMBLE)
    connue = protegee.donnees.iloc[:, 0].eq(intitule).any()
    cellules = ligne(protegee, intitule) if connue else {}
    cellules["valeur"] = Cellule(valeur, _ecriture(lecteur, regle))
    citees = [nom for _, nom, _, _ in Formatter().parse(regle["phrase"]) if nom]
    inconnues = [nom for nom in citees if nom not in cellules]
    if connue and inconnues:
        raise ErreurParametre(
            f"Règle « {regle['titre']} » : la phrase cite {', '.join(inconnues)}. Colonnes : {', '.join(cellules)}."
        )
    if inconnues or any(pd.isna(cellules[nom].valeur) for nom in citees):
        return ""
    return regle["phrase"].format_map(cellules)
