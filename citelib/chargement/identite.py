"""Trouver les données personnelles d'un fichier reçu, avant qu'il ne soit copié ou recopié où que ce soit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from citelib.chargement.entetes import LIGNES_DE_TITRE, Entete, reperer_entete
from citelib.chargement.fichiers import Feuille
from citelib.contrats import Probleme, sans_accent
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.personnel import ADRESSE, NOM, nature, nature_entete
from citelib.tables import PAR_NOM, TABLES

LIEUX = re.compile(r"etabliss?ment|ecole|college|lycee|organisme|commune|patronyme")
"""Un établissement peut porter le nom de quelqu'un, ou s'appeler « 17 rue de la Mairie »."""

NOMMABLES = {"nom", "porteur_nom", "intitule"}


@dataclass(frozen=True)
class Reperage:
    """
    Ce qu'une feuille contient de personnel.

    Args:
        entete: l'en-tête reconnu.
        colonnes: rang de chaque colonne personnelle, hors contrat, et de quelle sorte.
        cellules: (ligne, rang) de chaque autre cellule personnelle, et de quelle sorte.
    """

    entete: Entete
    colonnes: dict[int, str]
    cellules: dict[tuple[int, int], str]

    def cache(self, ligne: int, rang: int) -> bool:
        """Cette cellule ne doit pas être recopiée."""
        return (ligne, rang) in self.cellules or (rang in self.colonnes and ligne > self.entete.ligne)


def reperer(feuille: Feuille) -> Reperage:
    """Les colonnes et les cellules personnelles d'une feuille, quelle que soit sa table."""
    entete, vus, cellules = _entete(feuille), {}, {}
    hors_contrat = {rang for rang, nom in enumerate(entete.colonnes) if nom is None}
    lieux = {rang for rang in hors_contrat if LIEUX.search(sans_accent(entete.titres[rang]))}
    colonnes = {rang: sorte for rang in sorted(hors_contrat) if (sorte := nature_entete(entete.titres[rang]))}
    for ligne, textes in feuille.lignes:
        for rang, texte in enumerate(textes):
            if texte not in vus:
                vus[texte] = nature(texte)
            if vus[texte] in (NOM, ADRESSE) and rang in lieux:
                continue
            if vus[texte] and ligne > entete.ligne and (rang in hors_contrat or rang >= len(entete.colonnes)):
                colonnes.setdefault(rang, vus[texte])
            elif vus[texte]:
                cellules[ligne, rang] = vus[texte]
    return Reperage(entete, colonnes, cellules)


def _entete(feuille: Feuille) -> Entete:
    """L'en-tête de la table que dit la feuille, ou son fichier ; à défaut, de celle qui lui ressemble le plus."""
    noms = feuille.nom, Path(feuille.fichier).stem.split("-")[0]
    nommee = next((PAR_NOM[nom] for nom in map(sans_accent, noms) if nom in PAR_NOM), None)
    entetes = [reperer_entete(table, feuille) for table in ([nommee] if nommee else TABLES)]
    entete = max(entetes, key=lambda e: e.reconnues)
    if entete.reconnues > (0 if nommee else 1) or not feuille.lignes:
        return entete
    # Une feuille qui n'est à aucune table, une liste d'élèves par exemple : là où les titres sont les plus personnels.
    debut = feuille.lignes[:LIGNES_DE_TITRE]
    rang = max(range(len(debut)), key=lambda rang: sum(nature_entete(titre) is not None for titre in debut[rang][1]))
    ligne, titres = debut[rang]
    return Entete(ligne, rang + 1, tuple(map(sans_blancs, titres)), (None,) * len(titres))


def refuser_personnel(feuilles: Iterable[Feuille]) -> list[Probleme]:
    """
    Un problème par colonne personnelle et par cellule personnelle ; aucun n'en montre la valeur.

    Un nom précédé d'une civilité n'est qu'un avertissement là où un organisme peut le porter : « Association
    M. Martin ». Dans une parole ou un commentaire, que le rapport montre, c'est une erreur.
    """
    problemes = []
    for feuille in feuilles:
        if feuille.nom.startswith("_"):
            continue
        reperage = reperer(feuille)
        titres = dict(enumerate(reperage.entete.titres))
        lieu = (feuille.fichier, feuille.nom)
        for rang, sorte in reperage.colonnes.items():
            ou = (*lieu, reperage.entete.ligne, titres.get(rang) or f"n° {rang + 1}")
            remede = "La retirer du fichier avant de l'envoyer."
            problemes.append(Probleme("erreur", *ou, "", f"la colonne ressemble à {sorte}", remede))
        noms = dict(enumerate(reperage.entete.colonnes))
        for (ligne, rang), sorte in reperage.cellules.items():
            gravite = "avertissement" if sorte == NOM and noms.get(rang) in NOMMABLES else "erreur"
            ou = (*lieu, ligne, noms.get(rang) or titres.get(rang) or f"n° {rang + 1}")
            remede = "L'effacer, ou écrire une fonction à la place (« la principale »)."
            problemes.append(Probleme(gravite, *ou, "", f"la cellule ressemble à {sorte}", remede))
    return problemes
