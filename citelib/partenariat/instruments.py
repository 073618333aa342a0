"""Les questionnaires de partenariat, comme données : dimensions, échelle, seuils, source et droits.

Le texte des questions appartient à leurs auteurs : seule la structure d'un instrument est ici, sauf le nôtre. Une
cité qui a le droit d'employer un questionnaire dépose le sien (`odap.toml`…) à côté de cite.toml, intitulés compris.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pandas as pd

from citelib.erreurs import ErreurParametre
from citelib.formats import liste
from citelib.mesures.comptes import de_l_annee

INSTRUMENTS = ("odap", "court", "vpat", "wilder", "psats")
"""Ceux de citelib : une réponse porte leur sigle, en capitales."""
TEXTES = ("nom", "sigle", "auteurs", "source", "droits", "usage", "sans_avis")
SCORES = ("somme", "moyenne")
REPONDANTS_MINIMUM = 5
RANGS = {"A": 2, "B": 1, "C": 0}
"""De la moins à la plus favorable des trois réponses."""


def lire_instrument(nom: str, dossier: Path | None = None) -> dict:
    """
    La structure d'un instrument : dimensions, questions, échelle, bandes, seuils, source et droits.

    Args:
        nom: « odap », « court », « vpat », « wilder » ou « psats », ou leur sigle.
        dossier: dossier d'une cité ; son fichier l'emporte sur le nôtre.

    Raises:
        ErreurParametre: instrument inconnu, fichier illisible, ou tout ce qui n'y va pas, d'un coup.

    >>> lire_instrument("odap")["dimension"][3]["questions"]
    [5, 9, 10, 11]
    """
    fichier = f"{nom.lower()}.toml"
    if nom.lower() not in INSTRUMENTS:
        raise ErreurParametre(f"Instrument inconnu : {nom}. Attendu : {', '.join(INSTRUMENTS)}.")
    sien = dossier / fichier if dossier else None
    chemin = sien if sien is not None and sien.is_file() else files("citelib").joinpath("instruments", fichier)
    try:
        instrument = {"libelles": {}} | tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        raise ErreurParametre(f"{fichier} : instrument illisible, {erreur}. Le corriger ou l'ôter.") from erreur
    if problemes := list(defauts_instrument(instrument)):
        raise ErreurParametre(f"{fichier} : {' ; '.join(problemes)}. Suivre instruments/court.toml.")
    return instrument


def defauts_instrument(instrument: Mapping) -> Iterator[str]:
    """
    Ce qui ne va pas dans un instrument ; rien s'il peut servir.

    >>> next(defauts_instrument(lire_instrument("odap") | {"droits": ""}))
    'droits : attendu un texte'
    """
    for cle in TEXTES:
        if not isinstance(instrument.get(cle), str) or not instrument[cle]:
            yield f"{cle} : attendu un texte"
    n, dimensions = instrument.get("questions"), instrument.get("dimension", [])
    if not isinstance(n, int) or n < 1 or not dimensions:
        yield "questions et [[dimension]] : attendu un nombre de questions et au moins une dimension"
        return
    if any(not d.get("libelle") or not d.get("questions") for d in dimensions):
        yield "[[dimension]] : attendu un libelle et des questions"
        return
    numeros = sorted(numero for dimension in dimensions for numero in dimension["questions"])
    if numeros != list(range(1, n + 1)):
        yield f"questions : attendu les numéros de 1 à {n}, chacun dans une dimension et une seule"
    if inconnus := [cle for cle in instrument.get("libelles", {}) if cle not in map(str, numeros)]:
        yield f"libelles : numéros inconnus {', '.join(inconnus)}"
    if instrument.get("publication", {}).get("repondants", 0) < REPONDANTS_MINIMUM:
        yield f"publication.repondants : attendu {REPONDANTS_MINIMUM} au moins"
    yield from _defauts_echelle(instrument)


def _defauts_echelle(instrument: Mapping) -> Iterator[str]:
    """Ce qui ne va pas dans les réponses d'un instrument, A, B, C ou notes, et dans ses bandes."""
    codes = instrument.get("reponses")
    if codes is not None:
        if codes != ["A", "B", "C"]:
            yield "reponses : attendu A, B, C, de la plus à la moins favorable"
    elif instrument.get("score") not in SCORES:
        yield f"score : attendu {' ou '.join(SCORES)}"
    elif not isinstance(instrument.get("minimum"), int) or instrument["minimum"] >= instrument.get("maximum", 0):
        yield "minimum et maximum : attendu deux entiers croissants"
    attendues = set(codes or (str(instrument.get("minimum")), str(instrument.get("maximum"))))
    if not attendues <= instrument.get("echelle", {}).keys():
        yield f"echelle : attendu le sens de {liste(sorted(attendues))}"
    seuils = [bande["des"] for bande in instrument.get("bande", [])]
    if any(bas >= haut for bas, haut in pairwise(seuils)):
        yield "[[bande]] : attendu des seuils « des » croissants"


def bande(instrument: Mapping, score: float) -> dict:
    """
    La bande d'un score non arrondi : les bornes publiées sont arrondies, une moyenne ne l'est pas.

    Les bandes valent pour l'édition dont la plus basse note est `base_des_bandes` : celle de 0 à 4 les descend d'un
    point par question.

    Raises:
        ErreurParametre: si le score est hors de l'échelle.

    >>> bande(lire_instrument("wilder"), 3.95)["libelle"]
    'À consolider'
    """
    n = instrument["questions"] if instrument["score"] == "somme" else 1
    bas, haut = n * instrument["minimum"], n * instrument["maximum"]
    if not bas <= score <= haut:
        raise ErreurParametre(f"{instrument['sigle']} : score {score} ; score attendu de {bas} à {haut}.")
    decalage = n * instrument["base_des_bandes"] - bas
    return max((b for b in instrument["bande"] if score >= b["des"] - decalage), key=lambda b: b["des"])


def instrument_de(
    reponses_partenaires: pd.DataFrame, *, annee: int, note: bool = False, dossier: Path | None = None
) -> dict:
    """
    L'instrument auquel le plus de personnes ont répondu dans l'année ; à égalité, le premier d'INSTRUMENTS.

    Args:
        note: vrai pour un instrument noté (VPAT…), faux pour un instrument à trois réponses (ODAP…).
        dossier: voir `lire_instrument`.
    """
    lignes = de_l_annee(reponses_partenaires, annee)
    comptes = lignes.groupby("instrument")["repondant_pseudo"].nunique()
    possibles = [nom for nom in INSTRUMENTS if ("score" in lire_instrument(nom, dossier)) == note]
    return lire_instrument(max(possibles, key=lambda nom: comptes.get(nom.upper(), 0)), dossier)


def reponses_a(
    reponses_partenaires: pd.DataFrame,
    *,
    annee: int,
    instrument: Mapping | None,
    note: bool = False,
    par_organisme: bool = True,
) -> tuple[Mapping, pd.DataFrame, str]:
    """
    Les réponses d'une année à un instrument, ou aucune et le motif de ne pas les publier.

    Un répondant est un organisme quand on le sait (`structure_id`), sinon une personne.

    Args:
        instrument, note: celui d'`instrument_de` sans `instrument`.
        par_organisme: faux pour compter des personnes, même d'un seul organisme.

    Returns:
        L'instrument ; `repondant`, `categorie`, `item`, `reponse` ; le motif, vide si les réponses se publient.
    """
    instrument = instrument or instrument_de(reponses_partenaires, annee=annee, note=note)
    lignes = de_l_annee(reponses_partenaires, annee)
    lignes = lignes[lignes["instrument"].eq(instrument["sigle"])]
    qui = lignes["repondant_pseudo"]
    if par_organisme and "structure_id" in lignes:
        qui = lignes["structure_id"].fillna(qui)
    lignes = lignes.assign(repondant=qui)[["repondant", "categorie", "item", "reponse"]]
    if "reponses" in instrument:
        lignes = _milieu(lignes)
    regles, motif = instrument["publication"], ""
    if lignes.empty:
        motif = f"aucune réponse au questionnaire {instrument['sigle']} en {annee}"
    elif lignes["repondant"].nunique() < regles["repondants"]:
        motif = f"il faudrait au moins {regles['repondants']} répondants"
    elif lignes["categorie"].nunique() < regles.get("categories", 0):
        motif = f"il faudrait au moins {regles['categories']} catégories d'acteurs"
    elif lignes["reponse"].fillna("").isin(["", instrument["sans_avis"]]).all():
        motif = "toutes les réponses sont « ne sait pas » : rien à décrire, et c'est à discuter"
    return instrument, (lignes.iloc[:0] if motif else lignes), motif


def notes_par_question(lignes: pd.DataFrame, instrument: Mapping) -> pd.DataFrame:
    """Une ligne par répondant, une colonne par question ; vide sans avis, ou hors de l'échelle de l'instrument."""
    notes = lignes["reponse"].map(RANGS)
    if "reponses" not in instrument:
        notes = pd.to_numeric(lignes["reponse"].mask(lignes["reponse"].eq(instrument["sans_avis"])), errors="coerce")
        notes = notes.where(notes.between(instrument["minimum"], instrument["maximum"]))
    return notes.astype(float).groupby([lignes["repondant"], lignes["item"]]).mean().unstack()


def _milieu(lignes: pd.DataFrame) -> pd.DataFrame:
    """
    Une réponse A, B ou C par répondant et par question : celle du milieu ; à égalité, la moins favorable.

    « Ne sait pas » ne compte que si personne de l'organisme n'a d'avis.
    """
    rangs = lignes["reponse"].map(RANGS).fillna(-1)
    triees = lignes.assign(rang=rangs).sort_values("rang", kind="stable")
    avis = triees[triees["rang"].ge(0)]
    groupes = avis.groupby(["repondant", "item"])
    milieu = avis[groupes.cumcount().eq((groupes["rang"].transform("size") - 1) // 2)]
    sans_avis = triees[triees["rang"].lt(0)]
    retenues = pd.concat([milieu, sans_avis]).drop_duplicates(["repondant", "item"])
    return retenues.drop(columns="rang").sort_index(kind="stable")
