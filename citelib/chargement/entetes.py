"""Retrouver une table dans une feuille : où est l'en-tête, quelles colonnes, quelles lignes comptent.

Les services mettent des titres au-dessus de l'en-tête, des totaux dessous, et renomment les colonnes.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import pandas as pd

from citelib.chargement.fichiers import Feuille
from citelib.contrats import Probleme, Table, sans_accent
from citelib.contrats.typage import sans_blancs

LIGNES_DE_TITRE = 20
"""Nombre de lignes où l'on cherche l'en-tête : au-dessus se trouvent parfois des titres."""

TOTAL = re.compile(r"^(sous[- ])?tota(l|ux)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Entete:
    """
    L'en-tête d'une table dans une feuille.

    Args:
        ligne: numéro de sa ligne, tel que le montre un tableur.
        suite: rang, dans `feuille.lignes`, de la première ligne de données.
        titres: texte de chaque colonne de la feuille, dans l'ordre.
        colonnes: nom de la colonne du contrat reconnue à cette place, ou None.
    """

    ligne: int
    suite: int
    titres: tuple[str, ...]
    colonnes: tuple[str | None, ...]


def reperer_entete(table: Table, feuille: Feuille) -> Entete:
    """L'en-tête de la table dans la feuille : la ligne où l'on reconnaît le plus de colonnes."""
    connus = {sans_accent(nom): c.nom for c in table.colonnes for nom in (c.titre, *c.autres_noms, c.nom)}
    debut = [cellules for _, cellules in feuille.lignes[:LIGNES_DE_TITRE]]
    reconnues = [sum(sans_accent(cellule) in connus for cellule in cellules) for cellules in debut]
    rang = reconnues.index(max(reconnues)) if any(reconnues) else 0
    ligne, titres = feuille.lignes[rang] if feuille.lignes else (1, [])
    colonnes = tuple(connus.get(sans_accent(titre)) for titre in titres)
    return Entete(ligne, rang + 1, tuple(map(sans_blancs, titres)), colonnes)


def rapprocher(table: Table, feuille: Feuille) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Retrouve une table dans une feuille : ligne d'en-tête, colonnes, lignes utiles.

    Returns:
        Les textes par colonne du contrat, l'origine de chaque ligne, les problèmes d'en-tête. Les
        titres au-dessus de l'en-tête, les lignes vides et les lignes de total sont laissés de côté.
    """
    entete = reperer_entete(table, feuille)
    problemes = problemes_entete(table, feuille, entete)
    textes, origine = [], []
    for ligne, cellules in feuille.lignes[entete.suite :]:
        premiere = next((sans_blancs(cellule) for cellule in cellules if cellule.strip()), None)
        if premiere is None:
            continue
        if TOTAL.match(premiere):
            problemes.append(_avertir(feuille, ligne, premiere, "ligne de total, laissée de côté"))
            continue
        lus = dict(zip(entete.colonnes, cellules, strict=False))
        textes.append([lus.get(nom, "") for nom in table.noms])
        origine.append((feuille.fichier, feuille.nom, ligne))
    brut = pd.DataFrame(textes, columns=table.noms, dtype="str")
    return brut, pd.DataFrame(origine, columns=["fichier", "feuille", "ligne"]), problemes


def problemes_entete(table: Table, feuille: Feuille, entete: Entete) -> list[Probleme]:
    """Colonnes inconnues (avertissement), absentes ou répétées (erreur)."""
    inconnues = [titre for titre, nom in zip(entete.titres, entete.colonnes, strict=True) if titre and nom is None]
    message = f"colonne inconnue de la table {table.nom}, ignorée"
    problemes = [_avertir(feuille, entete.ligne, titre, message) for titre in inconnues]
    for colonne in table.colonnes:
        if entete.colonnes.count(colonne.nom) > 1:
            message, remede = "colonne en double", "N'en garder qu'une."
        elif colonne.obligatoire and colonne.nom not in entete.colonnes:
            proches = difflib.get_close_matches(colonne.nom, [sans_accent(titre) for titre in inconnues], 1, 0.6)
            message = f"colonne absente, attendu « {colonne.nom} » ({colonne.titre})"
            remede = f"Renommer la colonne « {proches[0]} » ?" if proches else "L'ajouter à l'en-tête."
        else:
            continue
        lieu = (feuille.fichier, feuille.nom, entete.ligne, colonne.nom)
        problemes.append(Probleme("erreur", *lieu, "", message, remede))
    return problemes


def _avertir(feuille: Feuille, ligne: int, valeur: str, message: str) -> Probleme:
    return Probleme("avertissement", feuille.fichier, feuille.nom, ligne, "", valeur, message)
