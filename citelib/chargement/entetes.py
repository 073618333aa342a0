"""Retrouver une table dans une feuille : où est l'en-tête, quelles colonnes, quelles lignes comptent.

Les services mettent des titres au-dessus de l'en-tête, l'écrivent sur deux lignes, sèment des totaux, fusionnent
des cellules, répètent des lignes et renomment les colonnes.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from citelib.chargement.fichiers import Feuille
from citelib.contrats import Probleme, Table, lieu, sans_accent
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.typage import PROBLEMES_PAR_COLONNE

LIGNES_DE_TITRE = 20
"""Nombre de lignes où l'on cherche l'en-tête : au-dessus se trouvent parfois des titres."""

TOTAL = re.compile(r"(sous[- ]?)?tota(l|ux)\b|sommes?\b|ensemble$", re.IGNORECASE)
PRECISION = re.compile(r"\([^()]*\)\s*\*?\s*$")
"""« (en €) », « (facultatif) » : ce qui suit un titre sans le changer."""

AUTRE_UNITE = re.compile(r"[km] ?€|[km] ?euros?|milliers|millions|%|pour ?cent|\b(?:minutes?|min|mn)\b", re.IGNORECASE)
"""Une précision qui, elle, changerait chaque nombre : « (en k€) »."""


@dataclass(frozen=True)
class Entete:
    """
    L'en-tête d'une table dans une feuille.

    Args:
        ligne: numéro de sa ligne (la seconde, s'il en a deux), tel que le montre un tableur.
        suite: rang, dans `feuille.lignes`, de la première ligne de données.
        titres: texte de chaque colonne de la feuille, dans l'ordre.
        colonnes: nom de la colonne du contrat reconnue à cette place, ou None.
    """

    ligne: int
    suite: int
    titres: tuple[str, ...]
    colonnes: tuple[str | None, ...]

    @property
    def reconnues(self) -> int:
        """Nombre de colonnes du contrat que l'on y trouve."""
        return len(set(self.colonnes) - {None})


def reperer_entete(table: Table, feuille: Feuille) -> Entete:
    """L'en-tête de la table dans la feuille : la ligne, ou les deux lignes, où l'on reconnaît le plus de colonnes."""
    connus = _ecritures(table)
    debut = feuille.lignes[: LIGNES_DE_TITRE + 1]
    simples = [
        Entete(ligne, rang + 1, tuple(map(sans_blancs, titres)), tuple(_reconnaitre(t, connus) for t in titres))
        for rang, (ligne, titres) in enumerate(debut[:LIGNES_DE_TITRE])
    ]
    # À égalité, la première : une ligne plutôt que deux, la plus haute plutôt qu'une autre.
    simple = max(simples, key=lambda entete: entete.reconnues, default=Entete(1, 1, (), ()))
    if simple.reconnues and None not in simple.colonnes:
        return simple
    doubles = [_sur_deux_lignes(debut, rang, connus) for rang in range(len(debut) - 1)]
    return max([simple, *doubles], key=lambda entete: entete.reconnues)


def _ecritures(table: Table) -> dict[str | frozenset, str]:
    """Les façons de nommer chaque colonne : son nom, son titre, les mêmes sans précision, et leurs mots en désordre."""
    exactes = {sans_accent(nom): c.nom for c in table.colonnes for nom in (c.titre, c.nom)}
    courtes = {sans_accent(PRECISION.sub("", c.titre)): c.nom for c in table.colonnes}
    mots = {frozenset(ecriture.split("_")): nom for ecriture, nom in exactes.items()}
    return mots | courtes | exactes


def _reconnaitre(titre: str, connus: dict) -> str | None:
    """La colonne que désigne un titre."""
    return connus.get(sans_accent(titre)) or connus.get(sans_accent(PRECISION.sub("", titre)))


def _sur_deux_lignes(lignes: list, rang: int, connus: dict) -> Entete:
    """L'en-tête lu sur une ligne et la suivante : « Date » au-dessus de « début » et de « fin »."""
    (_, hauts), (ligne, bas) = lignes[rang : rang + 2]
    titres, colonnes, groupe = [], [], ""
    for place in range(max(len(hauts), len(bas))):
        haut, dessous = (sans_blancs(cellules[place]) if place < len(cellules) else "" for cellules in (hauts, bas))
        groupe = haut or groupe
        # Sans rien dessous, une cellule est fusionnée vers le bas ; sinon, elle coiffe un groupe de colonnes.
        titres.append(" ".join(filter(None, [groupe if dessous else haut, dessous])))
        mots = frozenset(sans_accent(titres[-1]).split("_"))
        colonnes.append(_reconnaitre(dessous or haut, connus) or connus.get(mots))
    return Entete(ligne, rang + 2, tuple(titres), tuple(colonnes))


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
    for ligne, cellules in _etendre_fusions(table, feuille, entete, problemes):
        lus = dict(zip(entete.colonnes, cellules, strict=False))
        total = annonce_total(table, entete.colonnes, cellules)
        if total:
            problemes.append(dire_total(feuille, ligne, total))
        elif any(cellule.strip() for cellule in cellules):
            textes.append([lus.get(nom, "") for nom in table.noms])
            origine.append((feuille.fichier, feuille.nom, ligne))
            if any(cellule.strip() for cellule in cellules[len(entete.titres) :]):
                problemes.append(ligne_mal_coupee(feuille, entete, ligne))
    brut = pd.DataFrame(textes, columns=table.noms, dtype="str")
    return brut, pd.DataFrame(origine, columns=["fichier", "feuille", "ligne"]), problemes


def annonce_total(table: Table, colonnes: Sequence[str | None], cellules: Sequence[str]) -> str:
    """
    Ce qui fait d'une ligne un total, ou un texte vide.

    Un total s'annonce dans l'une de ses deux premières cellules, et rien d'autre n'y désigne une ligne : une
    action intitulée « Total danse » garde son identifiant.
    """
    remplies = ((place, texte.strip()) for place, texte in enumerate(cellules) if texte.strip())
    for place, texte in itertools.islice(remplies, 2):
        if TOTAL.match(texte):
            noms = enumerate(colonnes[: len(cellules)])
            cle = [nom for p, nom in noms if p != place and nom in table.cle and cellules[p].strip()]
            return "" if cle else sans_blancs(texte)
    return ""


def dire_total(feuille: Feuille, ligne: int, total: str) -> Probleme:
    """L'avertissement d'une ligne de total."""
    return _avertir(feuille, ligne, total, "ligne de total, laissée de côté")


def ligne_mal_coupee(feuille: Feuille, entete: Entete, ligne: int) -> Probleme:
    """L'erreur d'une ligne qui n'a pas les cellules de l'en-tête : un séparateur de trop décale les valeurs."""
    message = f"ligne sans les {len(entete.titres)} cellules de l'en-tête"
    remede = "Vérifier les séparateurs et les guillemets de cette ligne."
    return Probleme("erreur", feuille.fichier, feuille.nom, ligne, "", "", message, remede)


def _etendre_fusions(
    table: Table, feuille: Feuille, entete: Entete, problemes: list[Probleme]
) -> Iterator[tuple[int, list[str]]]:
    """Les lignes de données ; un texte fusionné vaut pour chacune de ses lignes, un nombre ne se partage pas."""
    recopies: dict[tuple[int, int], str] = {}
    textes = dict(feuille.lignes) if feuille.fusions else {}
    for place, debut, fin in feuille.fusions:
        nom = entete.colonnes[place] if place < len(entete.colonnes) else None
        if debut <= entete.ligne or nom is None or debut not in textes or not textes[debut][place]:
            continue
        if table.colonne(nom).type in ("entier", "nombre") and nom not in table.cle:
            message = f"nombre fusionné sur les lignes {debut} à {fin} : est-ce leur total, ou celui de chacune ?"
            lieu = (feuille.fichier, feuille.nom, debut, nom, textes[debut][place])
            problemes.append(Probleme("erreur", *lieu, message, "Défusionner, et écrire le nombre de chaque ligne."))
        else:
            recopies |= {(ligne, place): textes[debut][place] for ligne in range(debut + 1, min(fin, max(textes)) + 1)}
    for ligne, cellules in feuille.lignes[entete.suite :]:
        if recopies and any(cellule.strip() for cellule in cellules):
            cellules = [recopies.get((ligne, place), cellule) for place, cellule in enumerate(cellules)]
        yield ligne, cellules


def sans_repetition(brut: pd.DataFrame, origine: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Lit une seule fois les lignes répétées à l'identique, et le dit.

    Args:
        brut: les textes lus.
        origine: `fichier`, `feuille` et `ligne` de chacune de ces lignes, même index.
    """
    vues, problemes, repetees = {}, [], brut.duplicated()
    for indice, *textes in brut[brut.duplicated(keep=False)].itertuples(name=None):
        premiere = vues.setdefault(tuple(textes), indice)
        if premiere != indice:
            vue = origine.loc[premiere]
            message = f"ligne répétée à l'identique, lue une seule fois : {vue['fichier']}, ligne {vue['ligne']}"
            problemes.append(Probleme("avertissement", *lieu(origine, indice), message=message))
        if len(problemes) == PROBLEMES_PAR_COLONNE:
            break
    if autres := int(repetees.sum()) - len(problemes):
        message = f"et {autres} autres lignes répétées à l'identique, lues une seule fois"
        problemes.append(replace(problemes[-1], message=message))
    return brut[~repetees].reset_index(drop=True), origine[~repetees].reset_index(drop=True), problemes


def problemes_entete(table: Table, feuille: Feuille, entete: Entete) -> list[Probleme]:
    """Colonnes inconnues ou sans titre (avertissement), absentes ou répétées (erreur)."""
    inconnues = [titre for titre, nom in zip(entete.titres, entete.colonnes, strict=True) if titre and nom is None]
    message = f"colonne inconnue de la table {table.nom}, ignorée"
    problemes = [_avertir(feuille, entete.ligne, titre, message) for titre in inconnues]
    problemes += _sans_titre(feuille, entete)
    for colonne in table.colonnes:
        titre = dict(zip(entete.colonnes, entete.titres, strict=True)).get(colonne.nom, "")
        precision = PRECISION.search(titre) if colonne.type in ("entier", "nombre") else None
        if entete.colonnes.count(colonne.nom) > 1:
            message, remede = "colonne en double", "N'en garder qu'une."
        elif precision and AUTRE_UNITE.search(precision[0]):
            attendu = colonne.unite or colonne.titre
            message = f"l'en-tête annonce une autre unité {precision[0].strip()}, attendu : {attendu}"
            remede = "Convertir les nombres, et ôter cette précision de l'en-tête."
        elif colonne.obligatoire and colonne.nom not in entete.colonnes:
            proches = difflib.get_close_matches(colonne.nom, [sans_accent(titre) for titre in inconnues], 1, 0.6)
            message = f"colonne absente, attendu « {colonne.nom} » ({colonne.titre})"
            remede = f"Renommer la colonne « {proches[0]} » ?" if proches else "L'ajouter à l'en-tête."
        else:
            continue
        lieu = (feuille.fichier, feuille.nom, entete.ligne, colonne.nom)
        problemes.append(Probleme("erreur", *lieu, "", message, remede))
    return problemes


def pas_encore_dits(entete: Sequence[Probleme], cellules: Sequence[Probleme]) -> list[Probleme]:
    """
    Les problèmes des cellules, sans ceux d'une colonne absente ou en double : l'en-tête l'a déjà dite.

    Un problème d'en-tête qui montre une valeur (un nombre fusionné) ne parle que de cette valeur.
    """
    dites = {p.colonne for p in entete if p.gravite == "erreur" and not p.valeur}
    return [p for p in cellules if p.colonne not in dites]


def _sans_titre(feuille: Feuille, entete: Entete) -> Iterator[Probleme]:
    """L'avertissement de chaque colonne sans titre, à sa première cellule remplie, qui ne se montre pas."""
    for rang in (rang for rang, titre in enumerate(entete.titres) if not titre):
        lignes = (ligne for ligne, textes in feuille.lignes[entete.suite :] if "".join(textes[rang : rang + 1]).strip())
        if ligne := next(lignes, None):
            message, remede = "colonne sans titre, ignorée", "Lui donner un titre, ou vider la colonne."
            lieu = (feuille.fichier, feuille.nom, ligne, f"n° {rang + 1}", "")
            yield Probleme("avertissement", *lieu, message, remede)


def _avertir(feuille: Feuille, ligne: int, valeur: str, message: str) -> Probleme:
    return Probleme("avertissement", feuille.fichier, feuille.nom, ligne, "", valeur, message)
