"""Ce qui se lit bien et mérite pourtant qu'on demande : jamais une erreur, toujours un avertissement.

Une valeur douteuse reste telle qu'elle est écrite ; l'avertissement paraît dans la qualité des données.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping

import pandas as pd

from citelib.chargement.fichiers import en_texte
from citelib.chargement.noms import forme
from citelib.contrats import Probleme, lieu
from citelib.contrats.typage import Lecture

MEME_TEXTE = 0.9
"""Part de lettres communes à partir de laquelle deux intitulés semblent les mêmes."""

AUTRE_TEXTE = 0.4
"""Part de lettres communes sous laquelle deux intitulés ne parlent plus de la même chose."""

MARGE = 1.1
"""Un effectif se relève un jour donné ; des élèves arrivent et partent dans l'année."""

Lectures = Mapping[str, Lecture]


def douter(lectures: Lectures) -> list[Probleme]:
    """
    Les avertissements sur des données lisibles mais douteuses.

    Args:
        lectures: les tables lues, par nom ; une table vide ne soulève aucun doute.
    """
    doutes = (_ages, _effectifs, _doublons, _renommees, _accordes, _parts, _homonymes)
    return [probleme for doute in doutes for probleme in doute(lectures)]


def _avertir(lecture: Lecture, indice: int, colonne: str, message: str, remede: str) -> Probleme:
    """Un avertissement à la cellule d'une ligne lue."""
    lu = en_texte(lecture.table.loc[indice, colonne])
    return Probleme("avertissement", *lieu(lecture.origine, indice), colonne, lu, message, remede)


def _ages(lectures: Lectures) -> Iterator[Probleme]:
    """« 0 à 25 ans » pour plus de la moitié des actions d'une année : le champ n'a pas été rempli."""
    actions = lectures["actions"].table
    for annee, groupe in actions.groupby("annee"):
        larges = groupe[((groupe["age_min"] == 0) & (groupe["age_max"] == 25)).fillna(False)]
        if len(larges) * 2 > len(groupe):
            message = f"« 0 à 25 ans » pour {len(larges)} des {len(groupe)} actions de {annee}"
            yield _avertir(lectures["actions"], larges.index[0], "age_min", message, "Écrire l'âge du public visé.")


def _effectifs(lectures: Lectures) -> Iterator[Probleme]:
    """Plus d'élèves d'un établissement dans une action que l'établissement n'en a."""
    ecoles = lectures["etablissements"].table.dropna(subset=["uai", "effectif"])
    effectifs = ecoles.drop_duplicates("uai").set_index("uai")["effectif"]
    touches = lectures["beneficiaires"].table.dropna(subset=["uai"]).query("type_public == 'enfant_jeune'")
    for (action, annee, uai), groupe in touches.groupby(["action_id", "annee", "uai"]):
        nombre = groupe["nb_uniques"].sum()
        if uai in effectifs and nombre > effectifs[uai] * MARGE:
            message = f"action {action} en {annee} : {nombre} élèves de {uai}, qui en compte {effectifs[uai]}"
            remede = "Vérifier que des présences n'ont pas été comptées pour des personnes."
            yield _avertir(lectures["beneficiaires"], groupe.index[0], "nb_uniques", message, remede)


def _doublons(lectures: Lectures) -> Iterator[Probleme]:
    """Une même action saisie deux fois, sous deux identifiants."""
    actions = lectures["actions"].table.dropna(subset=["action_id", "intitule"])
    for _, groupe in actions.groupby(["annee", "porteur_nom"]):
        for avant, indice in _paires_semblables(groupe["intitule"]):
            vue = groupe.loc[avant]
            if vue["action_id"] != groupe.loc[indice, "action_id"]:
                message = f"action peut-être saisie deux fois, voir {vue['action_id']} « {vue['intitule']} »"
                remede = "Garder un seul identifiant, et y réunir les financements."
                yield _avertir(lectures["actions"], indice, "intitule", message, remede)


def _renommees(lectures: Lectures) -> Iterator[Probleme]:
    """Un identifiant qui désigne tout autre chose d'une année à la suivante."""
    actions = lectures["actions"].table.dropna(subset=["annee", "intitule"]).sort_values("annee")
    for action, groupe in actions.groupby("action_id"):
        for (_, avant), (indice, apres) in itertools.pairwise(groupe.iterrows()):
            textes = forme(avant["intitule"]), forme(apres["intitule"])
            if difflib.SequenceMatcher(None, *textes).ratio() < AUTRE_TEXTE:
                message = f"l'action {action} s'intitulait « {avant['intitule']} » en {avant['annee']}"
                remede = "Une action nouvelle prend un identifiant nouveau."
                yield _avertir(lectures["actions"], indice, "intitule", message, remede)


def _accordes(lectures: Lectures) -> Iterator[Probleme]:
    """Plus de crédits accordés à une action que son coût."""
    accordes = lectures["financements"].table.groupby(["action_id", "annee"])["accorde"].sum()
    actions = lectures["actions"].table.dropna(subset=["action_id", "annee", "cout_total_prevu"])
    for indice, action in actions.iterrows():
        accorde = accordes.get((action["action_id"], action["annee"]), 0)
        if accorde > action["cout_total_prevu"]:
            message, remede = f"{accorde:.0f} € accordés, soit plus que le coût total prévu", "Vérifier les montants."
            yield _avertir(lectures["actions"], indice, "cout_total_prevu", message, remede)


def _parts(lectures: Lectures) -> Iterator[Probleme]:
    """Une part écrite 85,7 au lieu de 0,857."""
    indicateurs, valeurs = lectures["indicateurs"].table, lectures["valeurs"].table
    parts = indicateurs.loc[indicateurs["unite"] == "part", "indicateur_code"]
    hors = (valeurs["indicateur_code"].isin(parts) & ~valeurs["valeur"].between(0, 1)).fillna(False)
    for indice, valeur in valeurs.loc[hors, "valeur"].dropna().items():
        message = "l'indicateur est une part, qui va de 0 à 1"
        yield _avertir(lectures["valeurs"], indice, "valeur", message, f"Écrire {en_texte(valeur)} % si c'en est un.")


def _homonymes(lectures: Lectures) -> Iterator[Probleme]:
    """Deux structures qui n'en font sans doute qu'une."""
    noms = lectures["structures"].table["nom"].dropna()
    for avant, indice in _paires_semblables(noms):
        message = f"structure peut-être déjà saisie, voir « {noms[avant]} »"
        yield _avertir(lectures["structures"], indice, "nom", message, "N'en garder qu'une.")


def _paires_semblables(textes: pd.Series) -> Iterator[tuple[int, int]]:
    """Les indices des textes presque identiques ; « Atelier 1 » et « Atelier 2 » ne le sont pas."""
    formes = [(indice, forme(texte)) for indice, texte in textes.items()]
    for rang, (indice, une) in enumerate(formes):
        for autre in difflib.get_close_matches(une, {f for _, f in formes[:rang]}, 3, MEME_TEXTE):
            if re.findall(r"\d+", une) == re.findall(r"\d+", autre):
                yield next(avant for avant, f in formes if f == autre), indice
