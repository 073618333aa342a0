"""Une table protégée : ce qui est montré, ce qui est masqué, et les phrases qui le disent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import InitVar, dataclass, replace

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.secret.diffusions import DIFFUSIONS

MARQUE = "[s]"
"""Ce qui s'affiche à la place d'une donnée masquée, pour une case primaire comme pour une secondaire."""

DENOMINATEUR_MINIMAL = 10
"""Aucun pourcentage sur moins de 10 personnes : la marge d'erreur y dépasse 26 points (Wilson)."""


NOTE_SECRET = (
    f"{MARQUE} : donnée masquée (secret statistique) ; certaines cellules plus grandes sont aussi masquées "
    "pour protéger les autres."
)
NOTE_TOTAUX = "Seul le total est diffusé : les autres cellules sont toutes masquées, zéros compris."
NOTE_ARRONDI = "Effectifs arrondis à {base} ; les totaux peuvent différer de la somme."
NOTE_PARTS = f"Les pourcentages sur moins de {DENOMINATEUR_MINIMAL} personnes ne sont pas diffusés."


SCEAU = object()


@dataclass(frozen=True, eq=False)
class TableProtegee:
    """
    Une table dont ce qui devait être masqué n'existe plus. Seule `proteger` en fabrique.

    Args:
        donnees: les valeurs montrées ; vide (`pd.NA`) sous le masque.
        masque: vrai pour chaque cellule masquée ; mêmes lignes et colonnes que `donnees`.
        diffusion: une clé de DIFFUSIONS.
        seuil: plus petit effectif non nul montré.
        publiable: le contrat de la table.
        totaux_seuls: vrai si toutes les cases ont dû être masquées, sauf le total.
        motif: pourquoi l'analyse n'a rendu aucune ligne ; vide sinon.
        cles: la clé de chaque effectif, ligne à ligne ; voir `cles.Cle`.
    """

    donnees: pd.DataFrame
    masque: pd.DataFrame
    diffusion: str
    seuil: int
    publiable: Publiable
    totaux_seuls: bool = False
    motif: str = ""
    cles: tuple = ()
    sceau: InitVar[object] = None

    def __post_init__(self, sceau: object) -> None:
        if sceau is not SCEAU:
            raise ErreurSecret("Une TableProtegee ne se construit pas à la main : appeler secret.proteger.")

    @property
    def notes(self) -> tuple[str, ...]:
        """Les phrases à écrire sous la table."""
        parts = list(self.publiable.parts)
        arrondi = DIFFUSIONS[self.diffusion].arrondi
        notes = [NOTE_SECRET] if self.masque.to_numpy().any() else []
        notes += [NOTE_PARTS] if parts and self.masque[parts].to_numpy().any() else []
        notes += [NOTE_TOTAUX] if self.totaux_seuls else []
        notes += [NOTE_ARRONDI.format(base=arrondi)] if arrondi and self.publiable.effectifs else []
        return tuple(notes)

    def est_masquee(self, ligne: object, colonne: str) -> bool:
        """Vrai si la cellule est masquée ; `ligne` est un intitulé de la première colonne."""
        return bool(self.masque.iloc[self._place(ligne, colonne)])

    def valeur(self, ligne: object, colonne: str) -> object:
        """Valeur montrée ; None si elle est masquée ou absente, ce que `est_masquee` distingue."""
        valeur = self.donnees.iloc[self._place(ligne, colonne)]
        return None if pd.isna(valeur) else valeur

    def retenir(self, lignes: pd.Series) -> TableProtegee:
        """Les lignes qu'une condition, lue sur ce qui est montré, retient (un booléen par ligne)."""
        gardees = lignes.fillna(False).to_numpy(bool)
        return replace(self, donnees=self.donnees[gardees], masque=self.masque[gardees], sceau=SCEAU)

    def comptes(self) -> dict:
        """
        Les effectifs publiés et ce qui les lie, en JSON : ce que lit l'audit d'un rapport, et rien de masqué.

        Returns:
            `seuil`, `sensible`, `arrondi`, `totaux_seuls` ; `colonnes` d'effectifs ; ligne par ligne, `lignes`
            (intitulés), `valeurs` (null si rien n'est montré), `masque`, `cles` (null, ou population, année, mesure,
            coordonnées) ; les sommes du contrat : `sommes`, `couples`, `reunions`, `confondus` (ligne et deux
            colonnes égales), `total_ligne`, `additives`, et `separes`, `classe_actions`.
        """
        contrat, colonnes = self.publiable, [*self.publiable.effectifs]
        en_ligne = {nom: [*termes] for nom, termes in contrat.sommes.items()}
        if contrat.total_colonne:
            en_ligne[contrat.total_colonne] = [*contrat.additives]
        additives = [nom for nom in colonnes if nom in {*contrat.additives, contrat.total_colonne}]
        rangees = [self.cles[k : k + len(colonnes)] for k in range(0, len(self.cles), len(colonnes) or 1)]
        return {
            "seuil": self.seuil,
            "sensible": contrat.sensible,
            "arrondi": DIFFUSIONS[self.diffusion].arrondi,
            "totaux_seuls": self.totaux_seuls,
            "colonnes": colonnes,
            "lignes": [str(nom) for nom in self.donnees.iloc[:, 0]],
            "valeurs": [[None if pd.isna(v) else int(v) for v in x] for x in self.donnees[colonnes].to_numpy(object)],
            "masque": self.masque[colonnes].to_numpy(bool).tolist(),
            "cles": [[cle and [*cle[:3], sorted(map(list, cle.ou))] for cle in rangee] for rangee in rangees],
            "sommes": en_ligne,
            "couples": [[*couple] for couple in dict.fromkeys(contrat.parts.values()) if len({*couple}) > 1],
            "reunions": {nom: [*termes] for nom, termes in contrat.reunions.items()},
            "confondus": [[*egaux] for egaux in confondus(self.donnees, contrat)],
            "total_ligne": contrat.total_ligne,
            "additives": additives or colonnes,
            "separes": [*contrat.separes],
            "classe_actions": contrat.classe_actions,
        }

    def _place(self, ligne: object, colonne: str) -> tuple[int, int]:
        """Rangs de l'unique ligne qui porte cet intitulé, et de la colonne."""
        colonnes, rangs = list(self.donnees), rangs_de(self.donnees, ligne)
        if colonne not in colonnes:
            connues = ", ".join(map(str, colonnes))
            raise ErreurParametre(f"Colonne {colonne!r} absente de la table. Colonnes : {connues}.")
        if len(rangs) != 1:
            raise ErreurParametre(f"{len(rangs)} ligne(s) {ligne!r} au lieu d'une.")
        return int(rangs[0]), colonnes.index(colonne)


def rangs_de(table: pd.DataFrame, intitule: object) -> np.ndarray:
    """Rangs des lignes qui portent cet intitulé en première colonne."""
    return np.flatnonzero(table.iloc[:, 0].eq(intitule).fillna(False))


def confondus(table: pd.DataFrame, contrat: Publiable) -> Iterator[tuple[int, str, str]]:
    """Rang de ligne et les deux effectifs qui s'y confondent (`Publiable.egaux_si_un`)."""
    for nom, (ici, la) in contrat.egaux_si_un.items():
        seuls = table[nom].eq(1).fillna(False).to_numpy(bool)
        yield from ((rang, ici, la) for rang in np.flatnonzero(seuls).tolist())
