"""Un constat : un résultat tel qu'on peut le citer, avec son nombre, sa marge d'erreur et sa réserve."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import pandas as pd

from citelib.formats import typographie
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret import TableProtegee
from citelib.tableaux.cellules import Affichable, sur

TYPE_CONSTATS = "application/vnd.citelib.constats+json"
"""Type sous lequel un notebook garde ses constats, pour le manifeste."""


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
        verdict: le mot de la règle de décision.
        niveau: niveau de preuve, de A à E, pour un changement.
        decision: ce que le comité pourrait décider.
    """

    code: str
    titre: str
    phrase: str
    reserve: str = ""
    valeur: float | None = None
    borne_basse: float | None = None
    borne_haute: float | None = None
    n: int | None = None
    verdict: str = ""
    niveau: str = ""
    decision: str = ""

    def __post_init__(self) -> None:
        for champ in fields(self):
            if isinstance(getattr(self, champ.name), str) and champ.name != "code":
                object.__setattr__(self, champ.name, typographie(getattr(self, champ.name)))

    def en_json(self) -> dict:
        """Le constat sans ses champs vides, en types simples."""
        return {nom: _simple(valeur) for nom, valeur in asdict(self).items() if not _vide(valeur)}


@dataclass(frozen=True, repr=False)
class Constats(Affichable):
    """
    Les constats d'une page, dans l'ordre d'importance.

    Args:
        constats: tous, qui vont au manifeste.
        titre: ce qui s'affiche au-dessus.
        montres: nombre de ceux qui s'affichent.
    """

    constats: tuple[Constat, ...]
    titre: str = "L'essentiel"
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
        titre = f'<p class="titre-encadre">{sur(self.titre)}</p>'
        return f'<div class="encadre" role="note">{titre}<ul>{montres}</ul></div>'

    def texte(self) -> str:
        """Une phrase par ligne."""
        return "\n".join(constat.phrase for constat in self.constats)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        donnees = [constat.en_json() for constat in self.constats]
        return super()._repr_mimebundle_() | {TYPE_CONSTATS: donnees}


def _vide(valeur: object) -> bool:
    return valeur == "" or pd.isna(valeur)


def _simple(valeur: object) -> object:
    """Un nombre de numpy ou de pandas devient un nombre de Python, que JSON sait écrire."""
    return valeur if isinstance(valeur, str) else (int(valeur) if float(valeur).is_integer() else float(valeur))


def lu(protegee: TableProtegee, colonne: str, ligne: object = ENSEMBLE) -> float | None:
    """Une cellule d'une table protégée ; None si elle est masquée, absente, ou si la table est vide."""
    return None if protegee.donnees.empty else protegee.valeur(ligne, colonne)


def assembler(*constats: Constat | None) -> Constats:
    """Les constats que les données permettent de faire."""
    return Constats(tuple(constat for constat in constats if constat is not None))
