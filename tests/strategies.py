"""Des tables conformes, tirées au hasard : une stratégie par type de colonne et par contrainte.

Ce qui ne peut pas revenir tel quel n'est pas tiré, et c'est voulu :

* un texte égal à « NC », « sans objet » ou vide se lit comme un état, et un tiret seul est refusé ;
* une ligne dont l'une des premières cellules annonce un total se lit comme un total ;
* un nombre a six décimales au plus, une date l'une des années que la lecture admet ;
* en Windows-1252, ¤ et un ½ collé à une lettre se lisent comme les € et œ qu'un ISO-8859-15 écrit au même octet,
  et « Ã© » comme un é d'UTF-8 ;
* les blancs se réduisent à une espace : comparer modulo `sans_blancs` ;
* une référence à une autre table n'est pas suivie : on tire une table à la fois.
"""

import datetime as dt
import re
import unicodedata

import pandas as pd
from hypothesis import strategies as st

from citelib.chargement.entetes import TOTAL
from citelib.contrats import TYPES, CodeUai, Entre, Motif, Ordre, Parmi
from citelib.contrats.cellules import (
    AMBIGUS,
    ANNEES,
    ERREUR_DE_FORMULE,
    ESTIMEE,
    NON_COLLECTEE,
    NON_CONCERNEE,
    SANS_VALEUR,
    VIDE,
    sans_blancs,
)
from citelib.contrats.contraintes import CONSONNES_UAI, AnneeScolaire

PIEGES = (
    "=1+1", "+33", "-5", "@somme", "'=1+1", "'90", "''+1", "- un tiret", "007", "1e5", "12,5", "01/02/2024", "oui",
    "NC (attente)", 'dit "oui"', '"', "a;b", "a,b", "a\tb", "l1\nl2", "\u2248 30", "_x0041_", "<b>&amp;</b>", "# N/A",
    "La\u00a0Maille", "1\u202f200", "l'été", "cœur", "5 €", "sep=;", "%", "\\n", "TRUE", "nan", "None",
)  # fmt: skip
"""Ce que les tableurs et les CSV abîment le plus souvent."""

UTF_8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
SANS_GLYPHE = ("Cc", "Cs", "Cn", "Co")
EMOJI = ("\U0001f600", "\u65e5\u672c", "\u0645")


def textes(encodage: str = "utf-8") -> st.SearchStrategy[str]:
    """Un texte libre que l'encodage peut écrire : une phrase tirée au hasard, des pièges, ou les deux."""
    lettres = st.characters(exclude_categories=SANS_GLYPHE) if encodage.startswith("utf") else _alphabet(encodage)
    pieges = st.sampled_from([p for p in (*PIEGES, *EMOJI) if p.encode(encodage, "ignore").decode(encodage) == p])
    tires = st.lists(st.one_of(pieges, st.text(lettres, max_size=6)), min_size=1, max_size=3).map("".join)
    return tires.filter(
        lambda texte: _libre(texte) and (encodage.startswith("utf") or not UTF_8.search(texte.encode(encodage)))
    )


def _alphabet(encodage: str) -> str:
    """
    Les lettres d'un encodage d'un octet, sans celles qu'un autre écrit au même octet.

    `st.characters(codec=…)` essaierait un million de points de code : la moitié du temps de ces tests.
    """
    lettres = bytes(range(256)).decode(encodage, "ignore")
    return "".join(c for c in lettres if unicodedata.category(c) not in SANS_GLYPHE and c not in "¤¼½¾")


def _libre(texte: str) -> bool:
    """Ce texte se lit-il comme un texte ?"""
    propre = sans_blancs(texte)
    etat = propre.lower() in SANS_VALEUR or propre in AMBIGUS or ERREUR_DE_FORMULE.fullmatch(propre)
    return not etat and TOTAL.match(propre) is None


def _entre(contrainte: Entre) -> tuple[float, float]:
    return contrainte.mini, 10**9 if contrainte.maxi is None else contrainte.maxi


def _conforme(contrainte: object) -> st.SearchStrategy[str]:
    """Un texte que la contrainte accepte."""
    if isinstance(contrainte, Parmi):
        return st.sampled_from(contrainte.valeurs)
    if isinstance(contrainte, CodeUai):
        return st.integers(0, 9_999_999).map(lambda n: f"{n:07d}{CONSONNES_UAI[n % 23]}")
    if isinstance(contrainte, AnneeScolaire):
        return st.integers(2000, 2098).map(lambda annee: f"{annee}-{annee + 1}")
    if isinstance(contrainte, Motif):
        ascii_ = st.characters(max_codepoint=127)
        return st.from_regex(contrainte.motif, fullmatch=True, alphabet=ascii_).filter(_libre)
    raise NotImplementedError(contrainte)


def valeurs(colonne, encodage: str = "utf-8") -> st.SearchStrategy:
    """Une valeur, typée, que le contrat de la colonne accepte."""
    contrainte = colonne.contraintes[0] if colonne.contraintes else None
    mini, maxi = _entre(contrainte) if isinstance(contrainte, Entre) else (-(10**9), 10**9)
    jours = st.dates(dt.date(ANNEES[0], 1, 1), dt.date(ANNEES[-1], 12, 31))
    texte = (_conforme(contrainte) if contrainte else textes(encodage)) if colonne.type in ("texte", "liste") else None
    return {
        "texte": lambda: texte,
        "liste": lambda: st.lists(texte, min_size=1, max_size=3).map(tuple),
        "entier": lambda: st.integers(int(mini), int(maxi)),
        "nombre": lambda: st.floats(mini, maxi, allow_nan=False).map(lambda nombre: round(nombre, 6) + 0.0),
        "booleen": st.booleans,
        "date": lambda: jours.map(lambda jour: dt.datetime(jour.year, jour.month, jour.day)),
    }[colonne.type]()


def cellules(colonne, encodage: str = "utf-8") -> st.SearchStrategy[tuple]:
    """Une valeur et son état : observée (None), estimée, ou absente de l'une des trois façons."""
    tirees = valeurs(colonne, encodage)
    choix = [tirees.map(lambda valeur: (valeur, None))]
    if colonne.type in ("entier", "nombre"):
        choix.append(tirees.map(lambda nombre: (nombre, ESTIMEE)))
    if not colonne.obligatoire:
        choix += [st.just((None, etat)) for etat in (VIDE, NON_COLLECTEE, NON_CONCERNEE)]
    return st.one_of(choix)


@st.composite
def lectures(draw, table, encodage: str = "utf-8", max_lignes: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Une table typée conforme à son contrat, et ses états, comme une `Lecture` les rend."""
    ligne = st.tuples(*(cellules(colonne, encodage) for colonne in table.colonnes))
    rangs = [table.noms.index(nom) for nom in table.cle]
    lignes = draw(
        st.lists(ligne, max_size=max_lignes, unique_by=lambda tiree: tuple(_cle(tiree[rang][0]) for rang in rangs))
    )
    lignes = [_ordonnee(table, list(tiree)) for tiree in lignes]
    donnees = {
        colonne.nom: pd.Series(
            [() if colonne.type == "liste" and v is None else v for v in (tiree[rang][0] for tiree in lignes)],
            dtype=TYPES[colonne.type],
        )
        for rang, colonne in enumerate(table.colonnes)
    }
    etats = [
        (numero, nom, tiree[rang][1])
        for rang, nom in enumerate(table.noms)
        for numero, tiree in enumerate(lignes)
        if tiree[rang][1]
    ]
    return pd.DataFrame(donnees), pd.DataFrame(etats, columns=["ligne", "colonne", "etat"])


def _cle(valeur: object) -> str:
    return sans_blancs(str(valeur))


def _ordonnee(table, ligne: list[tuple]) -> list[tuple]:
    """La ligne, deux valeurs échangées là où une règle d'ordre le demande."""
    for regle in table.regles:
        if isinstance(regle, Ordre):
            petite, grande = table.noms.index(regle.petite), table.noms.index(regle.grande)
            (a, _), (b, _) = ligne[petite], ligne[grande]
            if a is not None and b is not None and a > b:
                ligne[petite], ligne[grande] = ligne[grande], ligne[petite]
    return ligne
