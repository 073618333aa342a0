"""Une mesure : la valeur d'un indicateur pour une année, sur quoi elle repose, et pourquoi elle manque s'il le faut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from citelib.mesures.comptes import part
from citelib.resultats.cibles import plus_petit_groupe

CALCULE, COLLECTE, ESTIME = "calculé", "collecté", "estimé"
NON_COLLECTE, SANS_OBJET = "non collecté", "sans objet"


@dataclass(frozen=True)
class Mesure:
    """
    La valeur d'un indicateur, ou la raison de son absence.

    Args:
        valeur: la valeur ; vide si l'on n'en connaît que les bornes, ou rien.
        borne_basse, borne_haute: intervalle de confiance d'un échantillon, ou bornes d'un compte inexact.
        numerateur, denominateur: les deux termes d'un rapport.
        personnes: vrai si la valeur repose sur un nombre de personnes, que `secret` doit protéger.
        n: ce nombre de personnes.
        groupe: le plus petit groupe de personnes, non vide, que la valeur laisse voir.
        bis, bis_libelle: une seconde lecture du même indicateur, et ce qu'elle est.
        origine: « calculé », « collecté », « estimé », « non collecté » ou « sans objet ».
        manque: pourquoi il n'y a pas de valeur.
        note: réserve. Elle n'est pas protégée : aucun nombre de personnes ne s'y écrit.
    """

    valeur: float = pd.NA
    borne_basse: float = pd.NA
    borne_haute: float = pd.NA
    numerateur: float = pd.NA
    denominateur: float = pd.NA
    personnes: bool = False
    n: float = pd.NA
    groupe: float = pd.NA
    bis: float = pd.NA
    bis_libelle: str = ""
    origine: str = CALCULE
    manque: str = ""
    note: str = ""

    @property
    def connue(self) -> bool:
        """Vrai si l'on a une valeur, ou ses bornes."""
        return not (pd.isna(self.valeur) and pd.isna(self.borne_haute))

    @property
    def bornes(self) -> tuple[float, float]:
        """Entre quoi elle est ; deux fois sa valeur si elle est exacte."""
        exacte = not pd.isna(self.valeur)
        return (self.valeur, self.valeur) if exacte else (self.borne_basse, self.borne_haute)


def absente(manque: str, *, origine: str = NON_COLLECTE) -> Mesure:
    """Une mesure sans valeur, et la raison."""
    return Mesure(origine=origine, manque=manque)


def de_choses(numerateur: float, denominateur: float, **autres) -> Mesure:
    """
    Un rapport d'actions, d'euros ou de dates : il ne laisse voir personne.

    >>> de_choses(2, 5).valeur
    0.4
    """
    if pd.isna(denominateur) or denominateur == 0:
        return absente("dénominateur nul ou inconnu", origine=CALCULE)
    valeur = part(numerateur, denominateur)
    return Mesure(valeur=valeur, numerateur=numerateur, denominateur=denominateur, **autres)


def de_personnes(numerateur: float, denominateur: float, **autres) -> Mesure:
    """
    Une part de personnes, et le plus petit groupe qu'elle laisse voir.

    >>> de_personnes(98, 100).groupe
    2
    """
    if pd.isna(denominateur) or denominateur == 0:
        return absente("aucune personne au dénominateur", origine=CALCULE)
    termes = {"numerateur": numerateur, "denominateur": denominateur, "n": denominateur}
    groupe = plus_petit_groupe(numerateur, denominateur)
    return Mesure(valeur=part(numerateur, denominateur), personnes=True, groupe=groupe, **termes, **autres)


def entre(mini: float, maxi: float, *, population: float | None = None, **autres) -> Mesure:
    """
    Un nombre de personnes connu à deux bornes près, exact si elles se rejoignent ; ou sa part d'une population.

    >>> entre(30, 42).borne_haute, entre(30, 30).valeur, entre(30, 42).groupe
    (42, 30, 12)
    """
    groupe = min((combien for combien in (mini, maxi - mini) if combien > 0), default=maxi)
    valeurs = (mini, maxi) if population is None else (part(mini, population), part(maxi, population))
    if pd.isna(valeurs[1]):
        return absente("population inconnue", origine=CALCULE)
    appuis = {"personnes": True, "n": maxi, "groupe": groupe}
    if mini == maxi:
        return Mesure(valeur=valeurs[1], **appuis, **autres)
    return Mesure(borne_basse=valeurs[0], borne_haute=valeurs[1], **appuis, **autres)


def plus_petit(mesures: Iterable[Mesure]) -> float:
    """Le plus petit des groupes que laissent voir plusieurs mesures de personnes ; vide si l'un est inconnu."""
    groupes = [mesure.groupe for mesure in mesures if mesure.personnes]
    return pd.NA if not groupes or any(pd.isna(groupe) for groupe in groupes) else min(groupes)
