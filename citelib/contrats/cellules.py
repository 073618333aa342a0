"""Lire une cellule comme les services l'écrivent : « 1 200 € », « ≈30 », « 85,7 % », « 1er mars 2024 », « oui ».

Ce qui se comprend sans doute donne une valeur ; le reste est un `Refus`, qui dit ce qui était attendu et quoi
faire. Rien ne se devine : « 30 à 40 », « sept-23 » ou « 1.200 » reviennent à qui les a écrits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from citelib.contrats import UNITE_DE_L_INDICATEUR, Colonne
from citelib.contrats.contraintes import AnneeScolaire, sans_accent
from citelib.formats import INVISIBLES, MOIS

ETATS = VIDE, NON_COLLECTEE, NON_CONCERNEE, ESTIMEE = "vide", "non_collectee", "non_concernee", "estimee"

SANS_VALEUR = {
    "": VIDE,
    **dict.fromkeys(("nc", "n.c.", "nd", "n.d.", "n. d.", "non communiqué", "non collecté"), NON_COLLECTEE),
    **dict.fromkeys(("non communiquée", "non collectée", "non renseigné", "inconnu", "inconnue", "?"), NON_COLLECTEE),
    **dict.fromkeys(("so", "s.o.", "sans objet", "non concerné", "non concernée"), NON_CONCERNEE),
}
ERREUR_DE_FORMULE = re.compile(r"#(?:REF|VALEUR|VALUE|NOM|NAME|NOMBRE|NUM|NUL|NULL)[!?]|#DIV/0!|#N/[AD]|Err:\d{3}")
AMBIGUS = {"-", "–", "—", "/"}

BLANCS = re.compile(r"[\s\u00a0\u202f\u2009]+")
ENVIRON = re.compile(
    r"(?:≈|~|(?:env|approx)\.?|environ)\s*(?=[\d−–+-])(.+)|(.*\d.*?)\s*(?:(?:env|approx)\.?|environ)", re.IGNORECASE
)
NOMBRE = re.compile(
    r"(?P<signe>[+−–-]?)\s?(?P<entiers>\d{1,3}(?: \d{3})+|\d{1,3}(?P<milliers>[.,])\d{3}(?:(?P=milliers)\d{3})*|\d+)"
    r"(?:(?P<virgule>[.,])(?P<decimales>\d+))?\s?(?P<unite>[^\d+]*)"
)
UN_SEUL_NOMBRE = "Écrire un seul nombre, précédé de ≈ s'il est estimé."
MULTIPLES = {"k€": 1_000, "m€": 1_000_000}
MAXIMUM = 1e15
"""Au-delà, un nombre ne se lit plus à l'unité près."""

DATE = re.compile(r"(?P<jour>\d{1,2})(?P<sep>[/.-])(?P<mois>\d{1,2})(?P=sep)(?P<an>\d{4}|(?<=/)\d\d)")
DATE_ISO = re.compile(r"(?P<an>\d{4})-(?P<mois>\d{1,2})-(?P<jour>\d{1,2})")
DATE_EN_LETTRES = re.compile(
    r"(?:[a-z]+di |dimanche )?(?P<jour>\d{1,2})(?:er)?[ -](?P<mois>[^\W\d]+)\.?[ -](?P<an>\d{4}|(?<=-)\d\d)",
    re.IGNORECASE,
)
HEURE = re.compile(r"(?:[ T]|,? à )\d{1,2} ?[:h] ?(?:\d\d)?(?::\d\d(?:[.,]\d+)?)?$")
ANNEES = range(1990, 2101)
"""Années qu'une date peut porter ; hors de là, c'est une faute de frappe."""

OUI, NON = {"oui", "o", "vrai", "true", "1", "x", "✓", "✔", "☑"}, {"non", "n", "faux", "false", "0"}

LONGUEUR = 60
"""Un texte plus long n'est ni un nombre, ni une date, ni un oui."""
TEXTE_MAXI = 5_000
"""Un texte plus long, deux pages, est un document collé là par erreur : il rendrait une page du rapport illisible."""


@dataclass(frozen=True)
class Refus:
    """Pourquoi une cellule n'est pas lue : ce qui était attendu, et quoi faire si l'exemple ne le dit pas assez."""

    attendu: str
    remede: str = ""


class Illisible(ValueError):
    """Un texte que l'on ne peut pas lire sans deviner ; le message est le remède."""


def sans_blancs(texte: str) -> str:
    """
    Le texte sans caractère invisible, ses blancs de toute sorte réduits à une espace simple.

    >>> sans_blancs("  La\\u00a0Maille ")
    'La Maille'
    """
    return BLANCS.sub(" ", INVISIBLES.sub("", texte)).strip()


def _lire_nombre(texte: str, colonne: Colonne) -> float:
    """
    Un nombre écrit à la française, suivi ou non de l'unité de sa colonne.

    >>> _lire_nombre("1 200,50 €", Colonne("cout", "nombre", "Coût", "12000", unite="euros courants"))
    1200.5
    """
    lu = NOMBRE.fullmatch(texte)
    if not lu or (lu["milliers"] and lu["milliers"] == lu["virgule"]):
        raise Illisible(_conseil_nombre(texte, colonne))
    entiers, decimales = lu["entiers"], lu["decimales"]
    if lu["milliers"] and not decimales and entiers.count(lu["milliers"]) == 1:
        # Un seul séparateur et trois chiffres : la virgule est décimale, sauf dans un entier ou un montant, où elle
        # fait douter ; le point peut être l'un ou l'autre.
        ambigu = lu["milliers"] == "." or colonne.type == "entier" or colonne.unite.startswith("euros")
        if ambigu and not entiers.startswith(("0.", "0,")):
            petit = entiers.replace(".", ",").rstrip("0").rstrip(",")
            unite = f" {lu['unite']}".rstrip()
            raise Illisible(f"Écrire {re.sub('[.,]', '', entiers)}{unite} ou {petit}{unite}.")
        entiers, decimales = re.split("[.,]", entiers)
    valeur = float(f"{re.sub('[ .,]', '', entiers)}.{decimales or 0}")
    valeur = _convertir_unite(valeur, lu["unite"], colonne)
    if valeur >= MAXIMUM:
        raise Illisible("Ce nombre est trop grand : vérifier qu'il n'en réunit pas plusieurs.")
    return -valeur if lu["signe"] in ("-", "−", "–") and valeur else valeur


def _convertir_unite(valeur: float, unite: str, colonne: Colonne) -> float:
    """La valeur dans l'unité de la colonne, si ce qui suit le nombre est cette unité."""
    ecrite, attendue = unite.strip().lower().rstrip("."), sans_accent(colonne.unite)
    if not ecrite:
        return valeur
    if ecrite == "%" and (attendue.startswith("part") or colonne.unite == UNITE_DE_L_INDICATEUR):
        return round(valeur / 100, 12)
    if attendue.startswith("euros") and ecrite in ("€", *MULTIPLES):
        return round(valeur * MULTIPLES.get(ecrite, 1), 6)  # 4,1 M€ ne font pas 4 099 999,9999999995 €
    mot = sans_accent(ecrite)
    if (len(mot) > 1 or mot == "h") and attendue.split("_")[0].startswith(mot):
        return valeur
    voulue = f" ; l'unité est : {colonne.unite}" if colonne.unite else ""
    raise Illisible(f"Écrire le nombre seul, sans « {unite.strip()} »{voulue}.")


def _conseil_nombre(texte: str, colonne: Colonne) -> str:
    """Le remède d'un texte qui n'est pas un nombre."""
    annees = AnneeScolaire().reconnaitre(texte)
    if (colonne.nom == "annee" or colonne.unite == "année") and not AnneeScolaire().refuse(annees):
        return f"Choisir l'année : {annees.replace('-', ' ou ')}."
    if re.fullmatch(r"[+-]?\d([.,]\d+)?E[+-]?\d+", texte, re.IGNORECASE):
        return "Le format de la colonne a perdu des chiffres : la mettre au format Nombre et retaper la valeur."
    if re.fullmatch(r"\([\d .,]+€?\)", texte):
        return f"Écrire -{texte[1:-1]} si c'est un montant négatif, {texte[1:-1]} sinon."
    if re.search(r"\d|aine\b|plus|moins|[<>]", texte):
        return UN_SEUL_NOMBRE
    return ""


def _lire_entier(texte: str, colonne: Colonne) -> int:
    """Un nombre entier ; « 12,0 » en est un, « 12,5 » non."""
    valeur = _lire_nombre(texte, colonne)
    if not valeur.is_integer():
        raise Illisible("")
    return int(valeur)


def _lire_date(texte: str, colonne: Colonne) -> dt.datetime:
    """
    Une date à la française ou à la norme ISO, avec ou sans heure ; le jour vient toujours avant le mois.

    >>> _lire_date("1er sept. 2024", Colonne("debut", "date", "Début", "01/09/2024"))
    datetime.datetime(2024, 9, 1, 0, 0)
    """
    jour = HEURE.sub("", texte)
    lue = DATE.fullmatch(jour) or DATE_ISO.fullmatch(jour) or DATE_EN_LETTRES.fullmatch(jour)
    if not lue:
        raise Illisible(_conseil_date(texte))
    mois = int(lue["mois"]) if lue["mois"].isdecimal() else _mois(lue["mois"])
    try:
        date = dt.datetime(int(lue["an"] if len(lue["an"]) == 4 else f"20{lue['an']}"), mois, int(lue["jour"]))
    except ValueError:
        raise Illisible("Ce jour n'existe pas : vérifier le jour et le mois, dans cet ordre.") from None
    if date.year not in ANNEES:
        raise Illisible("Vérifier l'année.")
    return date


def _mois(mot: str) -> int:
    """Le rang d'un mois écrit en entier ou abrégé ; 0 si aucun, ou plus d'un, ne commence ainsi."""
    debut = sans_accent(mot)
    rangs = [rang for rang, nom in enumerate(MOIS, 1) if sans_accent(nom).startswith(debut)]
    return rangs[0] if len(rangs) == 1 and len(debut) > 2 else 0


def _conseil_date(texte: str) -> str:
    """Le remède d'un texte qui n'est pas une date."""
    if re.fullmatch(r"\d{5}(?:,\d+)?", texte):
        date = dt.date(1899, 12, 30) + dt.timedelta(days=int(texte[:5]))
        if date.year in ANNEES:
            return f"Mettre la cellule au format Date : ce nombre est sans doute le {date:%d/%m/%Y}."
    if re.search(r"[^\W\d]{3,}|^\d{4}\b|^\d\d?/\d{4}$", texte):
        return "Écrire le jour, par exemple 01/09/2023."
    return "Écrire le jour, le mois et l'année en quatre chiffres, par exemple 01/09/2023."


def _lire_booleen(texte: str, colonne: Colonne) -> bool:
    """Un oui ou un non."""
    if texte.lower() not in OUI | NON:
        raise Illisible("Écrire oui ou non.")
    return texte.lower() in OUI


def _lire_liste(texte: str, colonne: Colonne) -> tuple[str, ...]:
    """Plusieurs valeurs séparées par une barre, un point-virgule, une virgule ou « et »."""
    return tuple(morceau.strip() for morceau in re.split(r"[|;,/]| et ", texte) if morceau.strip())


LECTEURS: Mapping[str, tuple[Callable, str]] = {
    "texte": (lambda texte, colonne: texte, "un texte"),
    "entier": (_lire_entier, "un nombre entier"),
    "nombre": (_lire_nombre, "un nombre"),
    "booleen": (_lire_booleen, "oui ou non"),
    "date": (_lire_date, "une date jj/mm/aaaa"),
    "liste": (_lire_liste, "des valeurs séparées par une barre |"),
}
"""Comment lire chaque type de colonne, et ce qui était attendu si cela échoue."""


def lire_cellule(texte: str, colonne: Colonne) -> tuple[object, str | None, Refus | None]:
    """
    La valeur d'une cellule (None si elle manque), son état particulier, et pourquoi elle est refusée.

    >>> lire_cellule("NC", Colonne("public_prevu", "entier", "Public prévu", "60"))
    (None, 'non_collectee', None)
    """
    propre = sans_blancs(texte.strip().replace("\n", "|") if colonne.type == "liste" else texte)
    # « sans objet » est un état dans une colonne de nombres, une valeur là où le contrat l'énumère.
    etat = SANS_VALEUR.get(propre.lower()) if not any(c.nomme(propre) for c in colonne.contraintes) else None
    if etat:
        return None, etat, Refus("une valeur") if colonne.obligatoire else None
    if ERREUR_DE_FORMULE.fullmatch(propre):
        remede = "La formule de cette cellule est en erreur : la corriger dans le tableur."
        return None, None, Refus("une valeur", remede)
    if propre in AMBIGUS:
        return None, None, Refus("une valeur", "Écrire NC ou sans objet, ou laisser la cellule vide.")
    lire, en_toutes_lettres = LECTEURS[colonne.type]
    if len(propre) > LONGUEUR and colonne.type not in ("texte", "liste"):
        return None, None, Refus(en_toutes_lettres, "Mettre ce texte dans une colonne de commentaire.")
    if len(propre) > TEXTE_MAXI:
        return None, None, Refus(f"un texte d'au plus {TEXTE_MAXI} caractères", "En garder l'essentiel.")
    environ = ENVIRON.fullmatch(propre) if colonne.type in ("entier", "nombre") else None
    if environ:
        propre, etat = environ[1] or environ[2], ESTIMEE
    try:
        valeur = lire(propre, colonne)
    except Illisible as illisible:
        return None, None, Refus(en_toutes_lettres, str(illisible))
    elements = valeur if colonne.type == "liste" else (valeur,)
    if not elements and colonne.obligatoire:
        return None, None, Refus("une valeur")
    for contrainte in colonne.contraintes:
        elements = tuple(contrainte.reconnaitre(element) for element in elements)
        refuse = next((element for element in elements if contrainte.refuse(element)), None)
        if refuse is not None:
            return None, None, Refus(contrainte.attendu, contrainte.conseil(refuse))
    return (elements if colonne.type == "liste" else elements[0]), etat, None
