"""Écrire une cellule, une table, un morceau de page : ce que tableaux, figures et blocs ont en commun.

Le texte d'une cellule est le même partout : dans le tableau, au bout d'une barre, dans le texte de
remplacement d'une image. C'est ici qu'il est écrit.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import numbers
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np
import pandas as pd

from citelib import formats
from citelib.formats import ABSENT, typographie
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret import DIFFUSIONS, MARQUE, TYPE_COMPTES, TableProtegee, passees
from citelib.tables import FICTIF, libelle

AUCUNE_DONNEE = "Aucune donnée à afficher pour cette question."
TOTAUX = (ENSEMBLE, "Total")
"""Intitulés d'une ligne de total, outre celui que déclare le contrat de la table."""

LEGENDE_ABSENT = f"{ABSENT} : donnée non disponible."
BASE_MINIMALE = 20
"""Sous cet effectif, une part de personnes s'écrit « a sur b » : un pourcentage y serait trompeur."""

FORMATS = {
    "nb_": formats.nombre,
    "n_": formats.nombre,
    "montant_": formats.euros,
    "taux_": formats.pourcentage,
    "part_": formats.pourcentage,
    "ecart_": lambda valeur: ("+" if valeur > 0 else "") + formats.nombre(valeur, valeur % 1 != 0),
    "jours_": lambda valeur: formats.nombre(valeur, valeur % 1 != 0),
    "annee_": lambda valeur: str(int(valeur)),
    "p_": lambda valeur: formats.nombre(valeur, 3),
    "q_": lambda valeur: formats.nombre(valeur, 3),
}
"""Format d'un nombre selon le début du nom de sa colonne ; une colonne `taux` suit `taux_`."""


@functools.cache
def en_tetes() -> Mapping[str, str]:
    """Titre affiché des colonnes courantes (gabarits/en_tetes.toml)."""
    return tomllib.loads(files("citelib").joinpath("gabarits/en_tetes.toml").read_text(encoding="utf-8"))


def texte_cellule(valeur: object, *, masquee: bool = False, format: Callable[[float], str] = str) -> str:
    """
    Écrit une cellule : « [s] » si elle est masquée, « [nd] » si elle manque, sa valeur sinon.

    >>> texte_cellule(None, masquee=True), texte_cellule(None), texte_cellule("realisee"), texte_cellule(True)
    ('[s]', '[nd]', 'Réalisée', 'oui')
    """
    if masquee:
        return MARQUE
    if isinstance(valeur, tuple | list):
        return formats.liste(map(libelle, valeur)) or ABSENT
    if pd.isna(valeur):
        return ABSENT
    if isinstance(valeur, bool | np.bool_):
        return "oui" if valeur else "non"
    if isinstance(valeur, dt.date):
        return formats.date_longue(valeur)
    if isinstance(valeur, numbers.Number):
        return format(valeur)
    connu = libelle(str(valeur))
    return typographie(connu if connu == valeur else connu[:1].upper() + connu[1:])


UNITES = {
    "part": formats.pourcentage,
    "points": lambda valeur: formats.points(valeur / 100, int(valeur % 1 != 0)),
    "nombre": formats.nombre,
    "euros": formats.euros,
    "jours": formats.nombre,
}
"""Format d'une valeur selon l'unité de son indicateur ; une décimale pour les autres."""

SELON_L_UNITE = ("valeur", "cible", "ecart", "borne")
"""Début des colonnes dont l'unité change à chaque ligne, quand la table a une colonne `unite`."""


def format_selon(unite: object, colonne: str) -> Callable[[float], str]:
    """
    Le format d'une valeur d'indicateur ; un écart entre deux parts s'écrit en points.

    >>> format_selon("part", "valeur")(0.5), format_selon("indice", "valeur")(94.1)
    ('50\u202f%', '94,1')
    """
    if colonne.startswith("ecart"):
        return formats.points if unite == "part" else FORMATS["ecart_"]
    return UNITES.get(unite, functools.partial(formats.nombre, decimales=1))


def format_de(protegee: TableProtegee, colonne: str) -> Callable[[float], str]:
    """
    Le format d'une colonne de nombres, d'après son nom, sinon d'après ses valeurs (entières ou non).

    Les bornes d'un intervalle suivent la part qu'elles encadrent.
    """
    table = protegee.donnees
    if colonne.startswith("borne_") and any(nom.startswith(("part", "taux")) for nom in table):
        return formats.pourcentage
    connu = next((f for debut, f in FORMATS.items() if f"{colonne}_".startswith(debut)), None)
    if connu is not None:
        return connu
    valeurs = pd.to_numeric(table[colonne], errors="coerce").dropna()
    return functools.partial(formats.nombre, decimales=0 if (valeurs % 1 == 0).all() else 1)


def textes(
    protegee: TableProtegee, colonnes: Sequence[str], formats_: Mapping[str, Callable] | None = None
) -> pd.DataFrame:
    """
    Ce qui s'affiche dans chaque cellule d'une table protégée.

    Args:
        protegee: la table.
        colonnes: les colonnes montrées, dans l'ordre.
        formats_: format imposé à certaines colonnes de nombres.

    Returns:
        Des textes, mêmes lignes que la table. Une part sur moins de 20 personnes s'écrit « a sur b » ; une
        valeur et sa cible qui ne diffèrent qu'après l'arrondi gagnent une décimale.
    """
    imposes, montres = formats_ or {}, {}
    for nom in colonnes:
        if nom not in imposes and "unite" in protegee.donnees and nom.startswith(SELON_L_UNITE):
            ecritures = [format_selon(unite, nom) for unite in protegee.donnees["unite"]]
        else:
            ecritures = [imposes.get(nom) or format_de(protegee, nom)] * len(protegee.donnees)
        cellules = zip(protegee.donnees[nom], protegee.masque[nom], ecritures, strict=True)
        montres[nom] = [texte_cellule(v, masquee=bool(m), format=ecrire) for v, m, ecrire in cellules]
    resultat = pd.DataFrame(montres, index=protegee.donnees.index, dtype=object)
    for (rang, nom), ecrit in _departager(protegee).items():
        if nom in montres and nom not in imposes:
            resultat.loc[rang, nom] = ecrit
    for nom, (haut, bas) in protegee.publiable.parts.items():
        if nom in montres and nom not in imposes:
            vus = protegee.donnees[[nom, haut, bas]].notna().all(axis=1)
            petites = vus & protegee.donnees[bas].lt(BASE_MINIMALE).fillna(False)
            for ligne in protegee.donnees.index[petites]:
                resultat.loc[ligne, nom] = " sur ".join(map(formats.nombre, protegee.donnees.loc[ligne, [haut, bas]]))
    return resultat


def _departager(protegee: TableProtegee) -> dict[tuple, str]:
    """Une valeur et sa cible, deux parts que l'arrondi confond : leur texte, une décimale de plus (deux au besoin)."""
    donnees = protegee.donnees
    if not {"valeur", "cible", "unite"} <= {*donnees}:
        return {}
    # des effectifs arrondis ne donnent pas d'autre décimale à la valeur
    noms = ("valeur", "cible") if DIFFUSIONS[protegee.diffusion].arrondi is None else ("cible",)
    ecrits = {}
    for rang, ligne in donnees[["valeur", "cible"]][donnees["unite"].eq("part").fillna(False)].dropna().iterrows():
        lus = [[formats.pourcentage(ligne[nom], d * (nom in noms)) for nom in ("valeur", "cible")] for d in range(3)]
        if ligne["valeur"] != ligne["cible"] and lus[0][0] == lus[0][1]:
            departages = next((deux for deux in lus if deux[0] != deux[1]), lus[0])
            ecrits |= {(rang, nom): ecrit for nom, ecrit in zip(("valeur", "cible"), departages, strict=True)}
    return ecrits


TYPE_OBJETS = "application/vnd.citelib.objets+json"
"""Ce qu'un notebook exécuté garde de chaque objet publié, pour les fichiers qui accompagnent sa page."""


class Affichable:
    """Un objet qu'un notebook montre : `html` pour la page, `texte` pour un terminal, `objets` pour le reste."""

    def objets(self) -> list[dict]:
        """Les tableaux et les figures qu'il publie, tels que leurs lecteurs les voient."""
        return []

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        objets = self.objets()
        montre = {"text/html": self.html(), "text/plain": self.texte()} | ({TYPE_OBJETS: objets} if objets else {})
        comptes = passees()
        return montre | ({TYPE_COMPTES: comptes} if comptes else {})

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.texte()


def texte_source(source: object) -> str:
    """Le texte d'une source, qu'elle soit un texte ou un objet qui en porte un."""
    return str(getattr(source, "texte", None) or source or "").strip()


def lier(texte: str, adresse: str) -> str:
    """
    Un texte qui mène ailleurs dans le rapport ; une adresse d'ailleurs, ou vide, ne donne pas de lien.

    >>> lier("Crédits", "realisation.html#partie-credits"), lier("Ici", "javascript:x"), lier("Ici", "//ailleurs.fr")
    ('<a href="realisation.html#partie-credits">Crédits</a>', 'Ici', 'Ici')
    """
    dans_le_rapport = isinstance(adresse, str) and re.fullmatch(r"[\w-]+\.html(?:#[\w-]+)?", adresse)
    return f'<a href="{adresse}">{sur(texte)}</a>' if dans_le_rapport else sur(texte)


def place(forme: str) -> str:
    """
    L'emplacement d'un numéro que donnera la page.

    >>> place("Figure {n}. ")
    '<span data-forme="Figure {n}. "></span>'
    """
    return f'<span data-forme="{escape(forme)}"></span>'


def badge(fictive: bool) -> str:
    """La mention « Données fictives », en tête de l'objet."""
    return f'<p class="fictif">{FICTIF}</p>' if fictive else ""


def en_adresse(octets: bytes, type_: str) -> str:
    """
    Une adresse qui contient le fichier lui-même.

    >>> en_adresse(b"a;b", "text/csv")
    'data:text/csv;base64,YTti'
    """
    return f"data:{type_};base64,{base64.b64encode(octets).decode()}"


def telecharger(octets: bytes, nom: str, adresse: str, quoi: str, numerote: str) -> str:
    """
    Un lien vers un fichier, qui dit son format et sa taille.

    Args:
        octets: le fichier, ici pour son poids.
        nom: celui sous lequel il s'enregistre.
        adresse: où il est ; voir `en_adresse` pour le mettre dans la page.
        quoi, numerote: ce que le lien dit, le second avec la place d'un numéro.
    """
    poids = f"{len(octets)} octets" if len(octets) < 1000 else f"{round(len(octets) / 1000)} ko"
    precision = f" ({nom.rsplit('.')[-1].upper()}, {poids})"
    return f'<a download="{nom}" href="{adresse}">Télécharger {sur(quoi)}{place(numerote)}{precision}</a>'


def sur(texte: object) -> str:
    """
    Un texte à la typographie française, sans danger dans du HTML.

    >>> sur("<l'an>")
    '&lt;l’an&gt;'
    """
    return escape(typographie(str(texte)))


def paragraphe(nom: str, texte: str) -> str:
    """Une note : son nom, puis son texte."""
    return f'<p class="note"><strong>{nom}\u00a0:</strong> {sur(texte)}</p>'
