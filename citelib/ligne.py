"""La ligne de commande, en français : argparse n'écrit son aide et ses refus qu'en anglais."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

REFUS = {
    r"the following arguments are required: (.+)": "il manque {}.",
    r"argument (.+?): invalid int value: '(.*)'": "{} attend un nombre entier (lu : « {} »).",
    r"argument (.+?): invalid float value: '(.*)'": "{} attend un nombre, avec un point (lu : « {} »).",
    r"argument (.+?): expected one argument": "{} attend une valeur.",
    r"ambiguous option: (\S+) could match (.+)": "{} est abrégé, et peut être {} : l'écrire en entier.",
    r"argument (.+?): ignored explicit argument '(.*)'": "{} ne prend pas de valeur (lu : « {} »).",
}
"""Ce qu'écrit argparse → la même chose en français."""
CHOIX = re.compile(r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.+?)\)")


class Lecteur(argparse.ArgumentParser):
    """Un lecteur d'options qui parle français ; `nom` est celui de la commande, vide pour toutes."""

    def __init__(self, **reglages: object) -> None:
        super().__init__(**{**reglages, "add_help": False})
        self._positionals.title, self._optionals.title = "arguments", "options"
        self.add_argument("-h", "--help", "--aide", action="help", help="affiche cette aide")

    def error(self, message: str) -> NoReturn:
        """Dit ce qui ne va pas et où trouver l'aide, puis arrête avec le code 2."""
        commande = self.prog.removeprefix("citelib").strip()
        aide = " ".join(filter(None, ["python -m citelib", commande, "--aide"]))
        self.exit(2, f"Erreur : {traduire(message)} Toutes les options : {aide}\n")

    def inconnus(self, mots: Sequence[str]) -> NoReturn:
        """Refuse des mots que la commande ne connaît pas ; propose l'option la plus proche du premier."""
        options = [nom for action in self._actions for nom in action.option_strings]
        dits = " ".join(mots)
        self.error(f"option inconnue : {dits}.{proposer(mots[0].partition('=')[0], options)}" if dits[0] == "-" else
                   f"« {dits} » est de trop : un chemin qui contient une espace s'écrit entre guillemets.")  # fmt: skip


def traduire(message: str) -> str:
    """
    Un refus d'argparse, en français ; un message déjà français reste le même.

    >>> traduire("argument --annee: invalid int value: 'deux'")
    '--annee attend un nombre entier (lu : « deux »).'
    >>> traduire("argument COMMANDE: invalid choice: 'raport' (choose from 'rapport', 'verifier')")
    'COMMANDE « raport » inconnue. Vouliez-vous dire « rapport » ? Prévu : rapport, verifier.'
    """
    choix = CHOIX.fullmatch(message)
    if choix:
        quoi, lu, prevus = choix[1], choix[2], re.findall(r"[^\s',]+", choix[3])
        return f"{quoi} « {lu} » inconnue.{proposer(lu, prevus)} Prévu : {', '.join(prevus)}."
    for forme, dite in REFUS.items():
        trouve = re.fullmatch(forme, message)
        if trouve:
            return dite.format(*trouve.groups())
    return message


def proposer(lu: str, connus: Sequence[str]) -> str:
    """Le mot connu le plus proche, en une question ; vide s'il n'y en a pas."""
    proches = difflib.get_close_matches(lu, connus, 1)
    return f" Vouliez-vous dire « {proches[0]} » ?" if proches else ""
