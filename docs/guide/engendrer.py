"""Écrire `commandes.md` d'après la commande elle-même : `python docs/guide/engendrer.py` ; un test le tient à jour."""

import argparse
from pathlib import Path

from citelib.__main__ import analyseur

PAGE = Path(__file__).parent / "commandes.md"
EN_TETE = """# Les commandes

Page écrite par « python docs/guide/engendrer.py » d'après la commande : ne pas la modifier.

Toutes se lancent depuis le dossier du projet. Sous Linux et macOS, `.venv/bin/python` remplace `python` après
`make installer`. `python -m citelib COMMANDE --aide` redit ce qui suit. Codes de retour : 0, tout est fait ; 1, une
page a échoué ou les données ont des problèmes ; 2, données ou options refusées, rien n'a été touché ; 130, interrompue
au clavier ; 143, arrêtée par le système.
"""
# Par commande : quand s'en servir, ce qu'elle écrit, et un exemple complet.
EMPLOIS = {
    "rapport": (
        "Vérifie les données, calcule les sept pages et leurs compagnons, puis les met en place d'un seul geste : "
        "on retrouve toujours l'ancien rapport entier, ou le neuf. Relancée, elle ne refait que ce qui a changé.",
        "rapport data/miramas --annee 2024 --diffusion public --sortie publics",
    ),
    "verifier": (
        "Lit toutes les tables et dit tous les problèmes d'un coup, à leur cellule, avec le remède ; prépare la "
        "feuille à renvoyer à chaque partenaire. À lancer après chaque import.",
        "verifier data/ma-cite --tout",
    ),
    "nouvelle-cite": (
        "Crée un dossier complet : réglages expliqués ligne à ligne, tables vides, un classeur par producteur. "
        "`--modeles` réécrit les seuls classeurs : leurs listes ont alors vos organismes et vos actions.",
        'nouvelle-cite data/ma-cite --nom "Ma ville" --annee 2025',
    ),
    "importer": (
        "Montre ce qui est nouveau, changé, disparu, puis demande avant d'écrire ; ce qui est remplacé passe dans "
        "`anciens/`. Les sources sont décrites dans [Des fichiers reçus aux tables vérifiées](../donnees.md).",
        "importer classeur recu.xlsx --vers data/ma-cite",
    ),
    "exporter": (
        "Écrit les subventions d'un financeur au format national (SCDL), prêtes à être publiées.",
        'exporter subventions data/miramas --annee 2024 --financeur ville --nom "Ville de Miramas" '
        "--siret 21130063500012 --vers subventions.csv",
    ),
    "relances": (
        "Écrit un message par producteur dont un envoi est en retard, d'après la table `collecte` : ce qui est dû, "
        "depuis quand, quoi faire. Rien n'est envoyé.",
        "relances data/miramas --annee 2024 --vers relances",
    ),
    "questionnaire": (
        "Écrit un questionnaire de partenariat à imprimer, ou la feuille de saisie et la correspondance pour l'import.",
        "questionnaire court --vers enquete.xlsx",
    ),
    "dictionnaire": (
        "Pour qui programme : réécrit le [dictionnaire des tables](../dictionnaire.md) et les schémas après un "
        "changement de `citelib/tables.py`.",
        "dictionnaire --verifier",
    ),
    "simuler": (
        "Invente les données qui manquent à une cité, ou une cité entière, à graine fixe : pour essayer sans attendre "
        "les bilans. Tout ce qui est inventé dit « Données fictives ».",
        "simuler essai --annees 2 --effet 0.3",
    ),
}


def commandes(racine: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Chaque commande et son analyseur."""
    (choix,) = (action for action in racine._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choix.choices)


def ligne(action: argparse.Action) -> str:
    """Une option : comment elle s'écrit, si on peut l'omettre, ce qu'elle fait."""
    nom = action.option_strings[-1] if action.option_strings else ""
    valeur = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    ecrite = " ".join(filter(None, [nom, "" if action.nargs == 0 else valeur])).replace("|", "\\|")
    obligatoire = "oui" if action.required else ""
    return f"| `{ecrite}` | {obligatoire} | {action.help} |"


def section(nom: str, commande: argparse.ArgumentParser) -> str:
    """Une commande : son emploi, un exemple, ses options."""
    emploi, exemple = EMPLOIS[nom]
    options = [ligne(action) for action in commande._actions if action.dest != "help"]
    entete = ["| argument ou option | obligatoire | ce qu'elle dit |", "|---|---|---|"]
    titre = commande.description.partition(" : ")[2]
    blocs = [f"## {nom}", titre[0].upper() + titre[1:], emploi, f"```sh\npython -m citelib {exemple}\n```"]
    return "\n\n".join([*blocs, "\n".join([*entete, *options])])


def texte() -> str:
    """La page entière."""
    return "\n\n".join([EN_TETE.strip(), *(section(*paire) for paire in commandes(analyseur()).items())]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(texte(), encoding="utf-8", newline="\n")
    print(f"Écrit : {PAGE.name}")
