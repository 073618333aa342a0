"""Les instruments : leur structure est une donnée, et trop peu de répondants ne se publient pas."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources

import pandas as pd

from citelib.erreurs import ErreurParametre
from citelib.mesures.comptes import de_l_annee


def lire_instrument(nom: str) -> dict:
    """
    La structure d'un instrument : dimensions, questions, échelle, bandes, source et droits.

    Args:
        nom: « odap » ou « vpat ».

    Raises:
        ErreurParametre: si l'instrument n'est pas décrit.

    >>> lire_instrument("odap")["dimension"][3]["questions"]
    [5, 9, 10, 11]
    """
    dossier = resources.files("citelib").joinpath("instruments")
    fichier = dossier.joinpath(f"{nom}.toml")
    contenu = tomllib.loads(fichier.read_text(encoding="utf-8")) if fichier.is_file() else {}
    if "dimension" not in contenu:
        lus = [autre.name.removesuffix(".toml") for autre in dossier.iterdir() if autre.name.endswith(".toml")]
        connus = sorted(autre for autre in lus if autre not in (nom, "exemple"))
        raise ErreurParametre(f"Instrument {nom!r} inconnu. Choisir parmi : {', '.join(connus)}.")
    return contenu


def reponses_publiables(reponses: pd.DataFrame, annee: int, instrument: Mapping) -> tuple[pd.DataFrame, str]:
    """
    Réponses de l'année à un instrument, et pourquoi elles ne se publient pas.

    Args:
        reponses: table des réponses des partenaires.
        instrument: structure de l'instrument ; sa section [publication] donne les minimums.

    Returns:
        Les réponses, ou aucune s'il y a un motif ; le motif, vide sinon.
    """
    lignes = de_l_annee(reponses, annee)
    lignes = lignes[lignes["instrument"].eq(instrument["sigle"])]
    regles, motif = instrument["publication"], ""
    categories = regles.get("categories", 0)
    if lignes.empty:
        motif = f"aucune réponse au questionnaire {instrument['sigle']} en {annee}"
    elif lignes["repondant_pseudo"].nunique() < regles["repondants"]:
        motif = f"il faudrait au moins {regles['repondants']} répondants"
    elif lignes["categorie"].nunique() < categories:
        motif = f"il faudrait au moins {categories} catégories d'acteurs"
    return (lignes.iloc[:0] if motif else lignes), motif
