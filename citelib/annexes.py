"""Les fichiers qui accompagnent les pages d'un rapport : chacun par son nom, chacun d'une seule fonction.

Une annexe est refaite à chaque production. En échec, elle n'arrête ni les autres ni les pages ; elle est alors
retirée du dossier, car elle ne peut pas dire elle-même qu'elle date de la fois précédente.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from citelib.chargement import Cite
from citelib.classeurs.exports import revue_de_projet

ANNEXES: Mapping[str, Callable[..., bytes]] = {"revue-de-projet.xlsx": revue_de_projet}
"""Nom du fichier → fonction(cite, *, annee, diffusion) qui en rend les octets, toujours les mêmes."""


@dataclass(frozen=True)
class Annexe:
    """
    Ce qu'une annexe a donné.

    Args:
        octets: son contenu, vide si elle n'a pas pu être faite.
        erreur: pourquoi, vide sinon.
    """

    octets: bytes
    erreur: str = ""


def preparer(
    cite: Cite, *, annee: int, diffusion: str, annexes: Mapping[str, Callable[..., bytes]] = ANNEXES
) -> dict[str, Annexe]:
    """
    Le contenu de chaque annexe, ou la raison de son échec.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
        annexes: celles à faire.
    """
    faites = {}
    for nom, ecrire in annexes.items():
        try:
            faites[nom] = Annexe(ecrire(cite, annee=annee, diffusion=diffusion))
        except Exception as erreur:  # une annexe en échec n'emporte ni les autres ni les pages
            faites[nom] = Annexe(b"", f"{type(erreur).__name__} : {erreur}")
    return faites
