"""Un constat : un résultat tel qu'on peut le citer, avec son nombre, sa marge d'erreur et sa réserve.

Les textes sont dans gabarits/constats.toml ; chaque nombre y vient d'une table protégée.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from importlib.resources import files

import pandas as pd

from citelib.formats import accord, nombre, typographie
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret import TableProtegee
from citelib.tableaux.cellules import Affichable, format_de, sur

TYPE_CONSTATS = "application/vnd.citelib.constats+json"
"""Type sous lequel un notebook garde ses constats, pour le manifeste."""

MODELES = tomllib.loads(files("citelib").joinpath("gabarits/constats.toml").read_text(encoding="utf-8"))
TEXTES, NOMBRES = ("titre", "phrase", "reserve", "niveau"), ("valeur", "borne_basse", "borne_haute", "n")


@dataclass(frozen=True)
class Constat:
    """
    Un résultat, tel qu'on peut le citer.

    Args:
        code: nom stable, d'une année à l'autre.
        titre: le constat en quelques mots.
        phrase: le constat, son nombre et ce à quoi le comparer.
        reserve: ce qui limite sa portée.
        valeur, borne_basse, borne_haute: le nombre et son intervalle à 95 %, s'il en a un.
        n: effectif ou nombre de choses sur lequel il repose.
        niveau: niveau de preuve, de A à E, pour un changement.
        decision: ce que le comité pourrait décider.
        section: partie de la page où il se voit.
    """

    code: str
    titre: str
    phrase: str
    reserve: str = ""
    valeur: float | None = None
    borne_basse: float | None = None
    borne_haute: float | None = None
    n: int | None = None
    niveau: str = ""
    decision: str = ""
    section: str = ""

    def __post_init__(self) -> None:
        for champ in fields(self):
            if isinstance(getattr(self, champ.name), str) and champ.name != "code":
                object.__setattr__(self, champ.name, typographie(getattr(self, champ.name)))

    def _repr_html_(self) -> str:
        champs = {"Réserve": self.reserve, "Décision proposée": self.decision, "Code": self.code}
        suites = "".join(f"<p>{sur(nom)}\u00a0: {sur(texte)}</p>" for nom, texte in champs.items() if texte)
        return f"<p><strong>{sur(self.titre)}</strong></p><p>{sur(self.phrase)}</p>{suites}"

    def en_json(self) -> dict:
        """Le constat sans ses champs vides, en types simples."""
        return {nom: _simple(valeur) for nom, valeur in asdict(self).items() if not _vide(valeur)}


@dataclass(frozen=True, repr=False)
class Constats(Affichable):
    """Les constats d'une page, dans l'ordre d'importance ; les premiers s'affichent, tous vont au manifeste."""

    constats: tuple[Constat, ...]
    montres: int = 3

    def __iter__(self):
        return iter(self.constats)

    def __len__(self) -> int:
        return len(self.constats)

    def html(self) -> str:
        """Une liste : la phrase, puis sa réserve."""
        montres = "".join(
            f"<li>{sur(c.phrase)}{f' <small>{sur(c.reserve)}</small>' if c.reserve else ''}</li>"
            for c in self.constats[: self.montres]
        )
        return f'<div class="encadre" role="note"><p class="titre-encadre">L’essentiel</p><ul>{montres}</ul></div>'

    def texte(self) -> str:
        """Une phrase par ligne."""
        return "\n".join(constat.phrase for constat in self.constats)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        donnees = [constat.en_json() for constat in self.constats]
        return super()._repr_mimebundle_() | {TYPE_CONSTATS: donnees}


@dataclass(frozen=True)
class Cellule:
    """
    Une cellule dans une phrase ; après deux-points, un nom accordé à son nombre.

    >>> "{dues}, {dues:décision échue|décisions échues}".format(dues=Cellule(2)).replace("\u00a0", " ")
    '2, 2 décisions échues'
    """

    valeur: object
    ecrire: Callable[[float], str] = nombre

    def __format__(self, noms: str) -> str:
        if isinstance(self.valeur, str):
            return self.valeur
        return accord(self.valeur, *noms.split("|")) if noms else self.ecrire(self.valeur)


def ligne(protegee: TableProtegee, intitule: object = ENSEMBLE) -> dict[str, Cellule]:
    """Les cellules d'une ligne, par colonne ; aucune si la table est vide."""
    noms = [] if protegee.donnees.empty else protegee.donnees.columns
    return {nom: Cellule(protegee.valeur(intitule, nom), format_de(protegee, nom)) for nom in noms}


def lu(protegee: TableProtegee, colonne: str, intitule: object = ENSEMBLE) -> float | None:
    """Une cellule d'une table protégée ; None si elle est masquée, absente, ou si la table est vide."""
    return None if protegee.donnees.empty else protegee.valeur(intitule, colonne)


def constat(code: str, cellules: dict[str, Cellule] | None = None, **mots: object) -> Constat | None:
    """
    Le constat que décrit gabarits/constats.toml ; None si les données ne permettent pas de le faire.

    Args:
        code: son nom dans ce fichier.
        cellules: ligne de table protégée, voir `ligne`.
        mots: textes et nombres qui ne sont pas dans cette ligne.
    """
    modele = MODELES[code]
    dits = (cellules or {}) | {nom: Cellule(mot) for nom, mot in mots.items()}
    valeurs = {nom: None if _vide(dit.valeur) else dit.valeur for nom, dit in dits.items()}
    lus = {champ: valeurs.get(modele[champ]) for champ in NOMBRES if champ in modele}
    if valeurs.get(modele.get("requis") or modele["valeur"]) is None or not lus.get("n", 1):
        return None
    textes = {champ: modele.get(champ, "").format_map(dits) for champ in TEXTES}
    decision = modele.get("decision", "")
    if "reste" in modele:
        tout, *fait = (valeurs[nom] or 0 for nom in modele["reste"])
        decision = decision.format(reste=Cellule(tout - sum(fait))) if tout > sum(fait) else ""
    return Constat(code, **textes, **lus, decision=decision, section=modele.get("section", ""))


def assembler(*constats: Constat | None) -> Constats:
    """Les constats que les données permettent de faire."""
    return Constats(tuple(constat for constat in constats if constat is not None))


def _vide(valeur: object) -> bool:
    return pd.isna(valeur) or valeur == ""


def _simple(valeur: object) -> object:
    """Un nombre de numpy ou de pandas devient un nombre de Python, que JSON sait écrire."""
    return valeur if isinstance(valeur, str) else (int(valeur) if float(valeur).is_integer() else float(valeur))
