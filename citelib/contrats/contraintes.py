"""Ce qu'une valeur doit respecter, et comment on la reconnaît sous les habits que les services lui donnent.

Une contrainte sait se dire (`attendu`), reconnaître une autre écriture de la même valeur (`reconnaitre`), refuser
(`refuse`), conseiller devant un refus (`conseil`) et s'exporter (`table_schema`).
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

CONSONNES_UAI = "ABCDEFGHJKLMNPRSTUVWXYZ"
TYPOGRAPHIE = str.maketrans({"’": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "œ": "oe", "Œ": "OE", "æ": "ae"})
"""Signes qu'Unicode ne ramène pas à l'ASCII, et qui ne changent pas un mot."""


@functools.lru_cache(maxsize=20_000)  # les mêmes titres se comparent à chaque table
def sans_accent(texte: str) -> str:
    """
    Un texte réduit à ses lettres et chiffres ASCII minuscules, séparés par `_`.

    >>> sans_accent("Réalisée  (en partie)"), sans_accent("L’œuvre")
    ('realisee_en_partie', 'l_oeuvre')
    """
    nu = unicodedata.normalize("NFKD", texte.translate(TYPOGRAPHIE))
    return "_".join(re.findall(r"[a-z0-9+]+", nu.encode("ascii", "ignore").decode().lower()))


def le_plus_proche(lu: str, connus: Mapping[str, str]) -> str:
    """Conseille le nom connu le plus proche (forme sans accent → nom), ou rien si aucun ne ressemble."""
    proches = difflib.get_close_matches(sans_accent(lu), connus, 1)
    return f"Écrire « {connus[proches[0]]} », si c'est ce qui est voulu." if proches else ""


class Contrainte:
    """Ce que toute contrainte sait faire, et qui ne change rien si elle n'en dit pas plus."""

    def nomme(self, valeur: str) -> bool:
        """Ce texte est-il l'une des valeurs que la contrainte énumère ?"""
        return False

    def reconnaitre(self, valeur):
        """La valeur telle que le contrat l'écrit, si on la reconnaît sans doute ; sinon la valeur lue."""
        return valeur

    def conseil(self, valeur) -> str:
        """Ce qu'il faut faire d'une valeur refusée, si on peut le dire mieux qu'en citant l'exemple."""
        return ""


@dataclass(frozen=True)
class Parmi(Contrainte):
    """
    Une valeur d'une liste fermée.

    Args:
        valeurs: les codes admis.
        libelles: autre écriture → code ; celles dont le code n'est pas admis ne servent pas.

    >>> Parmi(("partielle",), {"réalisée en partie": "partielle"}).reconnaitre("Réalisée EN PARTIE")
    'partielle'
    """

    valeurs: tuple[str, ...]
    libelles: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def attendu(self) -> str:
        return "une valeur parmi : " + ", ".join(self.valeurs)

    @functools.cached_property
    def _connues(self) -> dict[str, str]:
        ecritures = {ecrit: code for ecrit, code in self.libelles.items() if code in self.valeurs}
        return {sans_accent(ecrit): code for ecrit, code in (ecritures | {v: v for v in self.valeurs}).items()}

    def refuse(self, valeur: str) -> bool:
        return valeur not in self.valeurs

    def nomme(self, valeur: str) -> bool:
        return sans_accent(valeur) in self._connues

    def reconnaitre(self, valeur: str) -> str:
        return valeur if valeur in self.valeurs else self._connues.get(sans_accent(valeur), valeur)

    def conseil(self, valeur: str) -> str:
        date = re.fullmatch(r"0?(\d+)/0?(\d+)/\d\d(\d\d)", valeur)
        if date:  # un tableur prend « 6-10 » pour le 6 octobre et « 11-15 » pour novembre 2015
            jour, mois, annee = date.groups()
            for tranche in {f"{jour}-{mois}", f"{mois}-{annee}"}.intersection(self.valeurs):
                return f"Le tableur a pris « {tranche} » pour une date : mettre la colonne au format Texte."
        # Entre « 0-25 » et « 0-2 », la ressemblance ne dit rien : on ne rapproche que des mots.
        return "" if re.search(r"\d", valeur) else le_plus_proche(valeur, self._connues)

    def table_schema(self) -> dict:
        return {"enum": list(self.valeurs)}


@dataclass(frozen=True)
class Entre(Contrainte):
    """Un nombre entre deux bornes comprises ; sans `maxi`, rien ne le borne par le haut."""

    mini: float
    maxi: float | None = None

    @property
    def attendu(self) -> str:
        if self.maxi is None:
            return f"un nombre supérieur ou égal à {self.mini}"
        return f"un nombre entre {self.mini} et {self.maxi}"

    def refuse(self, valeur: float) -> bool:
        return valeur < self.mini or (self.maxi is not None and valeur > self.maxi)

    def conseil(self, valeur: float) -> str:
        if (self.mini, self.maxi) == (0, 1) and 1 < valeur <= 100:
            return f"Écrire {valeur:.10g} % ou {valeur / 100:.10g}".replace(".", ",") + "."
        return ""

    def table_schema(self) -> dict:
        return {"minimum": self.mini} | ({} if self.maxi is None else {"maximum": self.maxi})


@dataclass(frozen=True)
class Motif(Contrainte):
    """Un texte d'une forme donnée, dite en français par `attendu`."""

    motif: str
    attendu: str

    def refuse(self, valeur: str) -> bool:
        return re.fullmatch(self.motif, valeur) is None

    def table_schema(self) -> dict:
        return {"pattern": f"^(?:{self.motif})$"}


@dataclass(frozen=True)
class Code(Motif):
    """
    Un code officiel : les blancs et les minuscules n'y comptent pas, les zéros de tête si.

    Args:
        mots: valeurs admises à la place d'un code.

    >>> Code(r"QP[0-9]{6}|hors_qpv", "un quartier", ("hors_qpv",)).reconnaitre("qp 013063")
    'QP013063'
    """

    mots: tuple[str, ...] = ()

    def nomme(self, valeur: str) -> bool:
        return Parmi(self.mots).nomme(valeur)

    def reconnaitre(self, valeur: str) -> str:
        return Parmi(self.mots).reconnaitre(valeur) if self.nomme(valeur) else re.sub(r"\s", "", valeur).upper()

    def conseil(self, valeur: str) -> str:
        if re.fullmatch(r"\d([.,]\d+)?E\+?\d+", valeur):
            return "Le tableur a perdu des chiffres : mettre la colonne au format Texte et retaper le code."
        if not self.refuse(f"0{valeur}"):
            return f"Un zéro de tête a sans doute été perdu : ce serait « 0{valeur} »."
        return ""


@dataclass(frozen=True)
class CodeUai(Code):
    """
    Un code UAI : sept chiffres et leur lettre de contrôle (reste de la division par 23).

    >>> CodeUai().refuse("0132327J"), CodeUai().refuse("0132327K")
    (False, True)
    """

    motif: str = r"\d{7}[A-Z]"
    attendu: str = "un code UAI : 7 chiffres et leur lettre de contrôle"

    def refuse(self, valeur: str) -> bool:
        return super().refuse(valeur) or CONSONNES_UAI[int(valeur[:7]) % 23] != valeur[7]


@dataclass(frozen=True)
class AnneeScolaire(Motif):
    """
    Une année scolaire, que l'on écrit aussi « 2023/2024 », « 2023-24 » ou « 23/24 ».

    >>> AnneeScolaire().reconnaitre("23/24"), AnneeScolaire().refuse("2023-2025")
    ('2023-2024', True)
    """

    motif: str = r"\d{4}-\d{4}"
    attendu: str = "deux années : 2022-2023"

    def refuse(self, valeur: str) -> bool:
        return super().refuse(valeur) or int(valeur[5:]) - int(valeur[:4]) != 1

    def reconnaitre(self, valeur: str) -> str:
        lue = re.fullmatch(r"(\d\d)?(\d\d)\s*[-/–—]\s*(\d\d)?(\d\d)", valeur)
        if not lue:
            return valeur
        siecle, debut, autre_siecle, fin = lue.groups()
        return f"{siecle or 20}{debut}-{autre_siecle or siecle or 20}{fin}"


CODE_QPV = Code(
    r"QP\d{6}|QN[0-9AB]{3}\d{2}[A-Z]",
    "un code de quartier prioritaire : QP et 6 chiffres (2015) ou QN, 5 chiffres et une lettre (2024)",
)
SIRET = Code(r"\d{14}", "un SIRET de 14 chiffres")
IDENTIFIANT = Motif(r"[A-Za-z0-9][A-Za-z0-9_-]*", "un identifiant sans espace ni accent")
