"""Un problème des données : où il est, ce qui a été lu, ce qui était attendu, que faire ; et leur liste."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from html import escape

import pandas as pd

from citelib.contrats.personnel import PERSONNELLE, masquer, nature

LU_MAXI = 200
"""Ce qu'un message redit au plus de la cellule fautive, en caractères."""


TITRES = {
    "gravite": "Gravité",
    "fichier": "Fichier",
    "feuille": "Feuille",
    "ligne": "Ligne",
    "colonne": "Colonne",
    "valeur": "Valeur lue",
    "message": "Ce qui ne va pas",
    "remede": "Que faire",
}
"""Ce que dit un problème, et le titre de sa colonne."""


@dataclass(frozen=True)
class Probleme:
    """
    Un défaut des données : où il est, ce qui a été lu, ce qui était attendu, comment y remédier.

    Args:
        gravite: « erreur » (le chargement s'arrête) ou « avertissement » (le rapport le signale).
        fichier, feuille, ligne, colonne: l'endroit ; la ligne est celle que montre un tableur.
        valeur: ce qui a été lu.
        message: ce qui ne va pas et ce qui était attendu.
        remede: ce qu'il faut faire.
    """

    gravite: str
    fichier: str
    feuille: str = ""
    ligne: int | None = None
    colonne: str = ""
    valeur: str = ""
    message: str = ""
    remede: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "valeur", PERSONNELLE if nature(str(self.valeur)) else self.valeur)
        for champ in ("colonne", "message", "remede"):
            object.__setattr__(self, champ, masquer(getattr(self, champ)))

    def __str__(self) -> str:
        lieu = [masquer(self.fichier)]
        lieu += [f"feuille « {masquer(self.feuille)} »"] if self.feuille else []
        lieu += [f"ligne {self.ligne}"] if self.ligne is not None else []
        lieu += [f"colonne {self.colonne}"] if self.colonne else []
        debut = self.valeur if len(self.valeur) <= LU_MAXI else f"{self.valeur[:LU_MAXI]}…"
        lu = f" (lu : « {debut} »)" if self.valeur else ""
        remede = f" {self.remede}" if self.remede else ""
        return f"{', '.join(lieu)} : {self.message}{lu}.{remede}"

    def _repr_html_(self) -> str:
        return Problemes([self])._repr_html_()


def lieu(origine: pd.DataFrame, indice: Hashable) -> tuple[str, str, int]:
    """Fichier, feuille et ligne d'où vient une ligne lue ; `origine` est celle de sa `Lecture`."""
    ligne = origine.loc[indice]
    return ligne["fichier"], ligne["feuille"], int(ligne["ligne"])


class Problemes(list):
    """
    Une liste de problèmes : elle se montre en tableau, sous des titres français ; c'est par ailleurs une liste.

    >>> Problemes([Probleme("erreur", "actions.csv", ligne=3, message="texte")]).table["Ligne"].tolist()
    [3]
    """

    @property
    def table(self) -> pd.DataFrame:
        """Une ligne par problème."""
        lignes = [[getattr(probleme, champ) for champ in TITRES] for probleme in self]
        table = pd.DataFrame(lignes, columns=[*TITRES.values()])
        return table.assign(Fichier=table["Fichier"].map(masquer), Feuille=table["Feuille"].map(masquer)).astype(
            {"Ligne": "Int64"}
        )

    def _repr_html_(self) -> str:
        if not self:
            return "<p>Aucun problème dans les données.</p>"
        tete = "".join(f'<th scope="col">{escape(titre)}</th>' for titre in TITRES.values())
        cellules = self.table.astype(object).where(self.table.notna(), "").astype(str)
        corps = "".join(
            f"<tr>{''.join(f'<td>{escape(cellule)}</td>' for cellule in ligne)}</tr>"
            for ligne in cellules.itertuples(index=False, name=None)
        )
        return f"<table><thead><tr>{tete}</tr></thead><tbody>{corps}</tbody></table>"
