"""Nombres, dates, listes et pluriels comme on les écrit en français.

Un nombre n'est mis en forme qu'ici, au moment de l'afficher : tables, axes et phrases appellent
les mêmes fonctions. `locale` n'est pas utilisé, car il dépend de la machine.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

FINE = "\u202f"  # espace fine insécable : milliers, « ; ! ? % »
INSECABLE = "\u00a0"  # espace insécable : guillemets, deux-points, unités
MOINS = "\u2212"
APOSTROPHE = "\u2019"
INVISIBLES = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Ce qui ne se voit pas : caractères de contrôle, et marques qui renverseraient le sens de lecture de la suite."""
ABSENT = "[nd]"
"""Ce qui s'affiche à la place d'une donnée absente (« non disponible »)."""

MOIS = ["janvier", "février", "mars", "avril", "mai", "juin"]
MOIS += ["juillet", "août", "septembre", "octobre", "novembre", "décembre"]


def _est_absent(valeur: object) -> bool:
    return valeur is None or pd.isna(valeur)


def arrondi(valeur: float, decimales: int = 0) -> Decimal:
    """
    Arrondit comme un lecteur muni d'une calculatrice : la moitié s'éloigne de zéro.

    Args:
        valeur: nombre à arrondir.
        decimales: nombre de chiffres après la virgule.

    >>> arrondi(-1.25, 1), arrondi(2.5), arrondi(100 * 0.145)
    (Decimal('-1.3'), Decimal('3'), Decimal('15'))
    """
    # neuf décimales : 1.005 vaut « 1.005 » et non 1.00499999…, et 100 fois 0.145 vaut 14.5 et non 14.499999999999998
    pas = Decimal(1).scaleb(-int(decimales))
    resultat = Decimal(repr(round(float(valeur), 9))).quantize(pas, rounding=ROUND_HALF_UP)
    return abs(resultat) if resultat == 0 else resultat


def nombre(valeur: float | None, decimales: int = 0) -> str:
    """
    Écrit un nombre : virgule décimale, espaces fines entre les milliers, « [nd] » s'il manque.

    >>> nombre(1234.5, 1).replace(FINE, "~")
    '1~234,5'
    >>> nombre(None)
    '[nd]'
    """
    if _est_absent(valeur):
        return ABSENT
    ecrit = f"{arrondi(valeur, decimales):,f}"
    return ecrit.replace(",", FINE).replace(".", ",").replace("-", MOINS)


def pourcentage(part: float | None, decimales: int = 0) -> str:
    """
    Écrit en pourcentage une part comprise entre 0 et 1.

    >>> pourcentage(0.624).replace(FINE, "~")
    '62~%'
    """
    return ABSENT if _est_absent(part) else f"{nombre(100 * float(part), decimales)}{FINE}%"


def points(ecart: float | None, decimales: int = 0) -> str:
    """
    Écrit en points de pourcentage un écart entre deux parts (0,14 donne « +14 points »).

    >>> points(-0.01).replace(INSECABLE, " "), points(0.14).replace(INSECABLE, " ")
    ('−1 point', '+14 points')
    """
    if _est_absent(ecart):
        return ABSENT
    arrondie = arrondi(100 * float(ecart), decimales)
    signe = "+" if arrondie > 0 else ""
    unite = "point" if abs(arrondie) < 2 else "points"
    return f"{signe}{nombre(float(arrondie), decimales)}{INSECABLE}{unite}"


def euros(montant: float | None) -> str:
    """
    Écrit un montant en euros entiers.

    >>> euros(312450).replace(FINE, "~").replace(INSECABLE, " ")
    '312~450 €'
    """
    return ABSENT if _est_absent(montant) else f"{nombre(montant)}{INSECABLE}€"


def date_longue(jour: dt.date | None) -> str:
    """
    Écrit une date en toutes lettres.

    >>> date_longue(dt.date(2024, 3, 1)).replace(INSECABLE, " ")
    '1er mars 2024'
    """
    if _est_absent(jour):
        return ABSENT
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{MOIS[jour.month - 1]}{INSECABLE}{jour.year}"


def liste(elements: Iterable[object]) -> str:
    """
    Écrit une énumération.

    >>> liste(["État", "Ville", "CAF"])
    'État, Ville et CAF'
    """
    *debut, fin = [str(element) for element in elements] or [""]
    return f"{', '.join(debut)} et {fin}" if debut else fin


def accord(effectif: float | None, singulier: str, pluriel: str | None = None) -> str:
    """
    Écrit un nombre et son nom accordé ; le pluriel commence à deux.

    >>> accord(1, "action").replace(INSECABLE, " "), accord(1.5, "action").replace(INSECABLE, " ")
    ('1 action', '2 actions')
    """
    seul = not _est_absent(effectif) and abs(arrondi(effectif)) < 2
    return f"{nombre(effectif)}{INSECABLE}{singulier if seul else pluriel or singulier + 's'}"


def typographie(texte: str) -> str:
    """
    Applique la typographie française à un texte : apostrophe courbe, espaces insécables, rien d'invisible.

    >>> typographie("l'école : 42 %").replace(FINE, "~").replace(INSECABLE, "_")
    'l’école_: 42~%'
    """
    texte = INVISIBLES.sub("", texte).replace("'", APOSTROPHE)
    texte = re.sub(r"[ \u00a0]+(?=[;!?%])", FINE, texte)
    texte = re.sub(r" +(?=[:»€])", INSECABLE, texte)
    return re.sub(r"« +", f"«{INSECABLE}", texte)


def distincts(titres: Iterable[str]) -> list[str]:
    """
    Les titres d'un tableau, tous différents : le deuxième « Nombre » devient « Nombre (2) ».

    >>> distincts(["Nombre", "Part", "Nombre"]), distincts(["A", "A (2)", "A"])
    (['Nombre', 'Part', 'Nombre (2)'], ['A', 'A (2)', 'A (3)'])
    """
    vus: list[str] = []
    for titre in titres:
        suivants = (f"{titre} ({rang})" for rang in itertools.count(2))
        vus.append(next(voulu for voulu in itertools.chain([titre], suivants) if voulu not in vus))
    return vus


def cite_educative(nom: str) -> str:
    """
    Le nom entier d'une cité éducative, article compris.

    >>> cite_educative("Arles"), cite_educative("Le Havre"), cite_educative("Cité éducative du Pays d'Aix")
    ('Cité éducative d’Arles', 'Cité éducative du Havre', 'Cité éducative du Pays d’Aix')
    """
    debut = "Cité éducative"
    de = "d'" if unicodedata.normalize("NFD", nom)[:1].lower() in tuple("aeiouy") else "de "
    for initial, remplace in {debut: debut, "Le ": f"{debut} du ", "Les ": f"{debut} des "}.items():
        if nom.startswith(initial):
            return typographie(remplace + nom.removeprefix(initial))
    return typographie(f"{debut} {de}{nom}")
