"""La formule d'un indicateur, telle qu'une cité l'écrit dans son référentiel : quelques mots français, lus à la main.

    rapport(V01 ; V02)                       compte(actions ; axe = A1 ; statut = realisee)
    somme(V01 ; V02)                         somme(beneficiaires.nb_uniques ; age = 0-5)
    collecte                                 part(actions ; porteur_nom = Ville ; parmi axe = A1)

Rien n'est exécuté : le texte devient une `Formule`, que `chargement` vérifie et qu'`indicateurs` calcule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from citelib.contrats.contraintes import le_plus_proche, sans_accent
from citelib.erreurs import ErreurParametre

COLLECTE = "collecte"
FONCTIONS = {
    "rapport": "rapport(V01 ; V02)",
    "somme": "somme(V01 ; V02) ou somme(financements.accorde ; axe = A1)",
    "compte": "compte(actions ; axe = A1)",
    "part": "part(actions ; statut = realisee ; parmi axe = A1)",
    COLLECTE: "collecte, collecte(personnes) ou collecte(choses)",
}
"""Chaque fonction du vocabulaire, et comment elle s'écrit."""
LONGUEUR, PROFONDEUR = 500, 4
"""Au-delà, une formule ne se lit plus."""
NOM = re.compile(r"[A-Za-z]\w*")
APPEL = re.compile(r"(\w+)\s*\((.*)\)", re.DOTALL)
COLONNE = re.compile(r"(\w+)\.(\w+)")
FILTRE = re.compile(r"(parmi\s+)?(\w+)\s*=\s*(.+)", re.DOTALL)


class FormuleRefusee(ErreurParametre):
    """
    Une formule que l'on ne comprend pas.

    Args:
        message: ce qui ne va pas et ce qui était attendu.
        remede: quoi écrire à la place.
    """

    def __init__(self, message: str, remede: str):
        super().__init__(f"{message}. {remede}")
        self.message, self.remede = message, remede


@dataclass(frozen=True)
class Filtre:
    """Les lignes gardées : celles dont la colonne a l'une des valeurs."""

    colonne: str
    valeurs: tuple


@dataclass(frozen=True)
class Formule:
    """
    Une formule lue.

    Args:
        fonction: une clé de FONCTIONS ; vide pour un simple nom.
        nom: ce simple nom, code d'un indicateur ou calcul de citelib.
        termes: les formules que `rapport` et `somme` réunissent.
        table, colonne: ce que `compte`, `part` et `somme` lisent.
        filtres: ce que les lignes comptées respectent.
        parmi: ce que respectent les lignes du dénominateur de `part`.
    """

    fonction: str = ""
    nom: str = ""
    termes: tuple[Formule, ...] = ()
    table: str = ""
    colonne: str = ""
    filtres: tuple[Filtre, ...] = ()
    parmi: tuple[Filtre, ...] = ()


def lire_formule(texte: str, profondeur: int = 0) -> Formule:
    """
    Lit une formule.

    Raises:
        FormuleRefusee: si elle n'est pas écrite dans le vocabulaire.

    >>> lire_formule("compte(actions ; axe = A1 | A2)").filtres
    (Filtre(colonne='axe', valeurs=('A1', 'A2')),)
    >>> [terme.nom for terme in lire_formule("rapport(V01 ; V02)").termes]
    ['V01', 'V02']
    """
    texte = texte.strip()
    if len(texte) > LONGUEUR or profondeur > PROFONDEUR:
        raise FormuleRefusee("formule trop longue", "La couper en deux indicateurs.")
    if NOM.fullmatch(texte):
        return Formule(fonction=COLLECTE, nom="personnes") if texte == COLLECTE else Formule(nom=texte)
    appel = APPEL.fullmatch(texte)
    if appel is None:
        raise FormuleRefusee("formule illisible", _modeles(FONCTIONS))
    fonction = sans_accent(appel[1])
    if fonction not in FONCTIONS:
        raise FormuleRefusee(f"fonction « {appel[1]} » inconnue", conseil(fonction, FONCTIONS))
    arguments = _couper(appel[2])
    if fonction == COLLECTE and arguments in (["personnes"], ["choses"]):  # ce que comptent les valeurs collectées
        return Formule(COLLECTE, nom=arguments[0])
    if fonction in ("compte", "part"):
        return _de_table(fonction, *arguments)
    colonne = COLONNE.fullmatch(arguments[0])
    if fonction == "somme" and colonne:
        return _de_table(fonction, colonne[1], *arguments[1:], colonne=colonne[2])
    if fonction == COLLECTE or len(arguments) < 2 or (fonction == "rapport" and len(arguments) > 2):
        raise FormuleRefusee(f"{fonction} ne s'écrit pas ainsi", _modeles([fonction]))
    return Formule(fonction, termes=tuple(lire_formule(argument, profondeur + 1) for argument in arguments))


def _modeles(fonctions: Iterable[str]) -> str:
    return f"Écrire par exemple {' ; '.join(f'« {FONCTIONS[nom]} »' for nom in fonctions)}."


def _couper(dedans: str) -> list[str]:
    """Les arguments, séparés par des points-virgules hors de toute parenthèse."""
    arguments, niveau = [""], 0
    for signe in dedans:
        niveau += {"(": 1, ")": -1}.get(signe, 0)
        if niveau < 0:
            break
        if signe == ";" and niveau == 0:
            arguments.append("")
        else:
            arguments[-1] += signe
    if niveau or not all(argument.strip() for argument in arguments):
        raise FormuleRefusee("parenthèse ou point-virgule de trop, ou manquant", _modeles(FONCTIONS))
    return [argument.strip() for argument in arguments]


def _de_table(fonction: str, table: str, *arguments: str, colonne: str = "") -> Formule:
    """Une fonction qui lit une table, et ses filtres."""
    filtres, parmi = [], []
    for argument in arguments:
        lu = FILTRE.fullmatch(argument)
        if lu is None or (lu[1] and fonction != "part"):
            raise FormuleRefusee(f"filtre « {argument} » illisible", _modeles([fonction]))
        valeurs = tuple(valeur.strip() for valeur in lu[3].split("|"))
        (parmi if lu[1] else filtres).append(Filtre(lu[2], valeurs))
    if fonction == "part" and not filtres:
        raise FormuleRefusee("part sans filtre : elle vaudrait toujours 100 %", _modeles([fonction]))
    return Formule(fonction, table=table, colonne=colonne, filtres=tuple(filtres), parmi=tuple(parmi))


def conseil(lu: str, connus: Iterable[str]) -> str:
    """
    Quoi écrire à la place d'un nom inconnu : le plus proche, à défaut la liste.

    >>> print(conseil("finacements", ["actions", "financements"]))
    Écrire « financements », si c'est ce qui est voulu.
    """
    noms = {sans_accent(nom): nom for nom in connus}
    a_defaut = f"Choisir parmi : {', '.join(noms.values())}." if noms else "Aucun nom n'est connu ici."
    return le_plus_proche(lu, noms) or a_defaut
