"""Dire ce que fait une production, à mesure, et le résumer à la fin : à l'écran, au journal, par courriel.

Chaque événement est un petit dictionnaire : `quoi` (« debut », « page », « inchange », « fin », « refus »), `quand`,
`dossier` et, selon le cas, `annee`, `diffusion`, `page`, `etat`, `message`, `rapport`. Une page est « faite »,
« inchangee » (reprise d'une production précédente) ou en « echec » ; un fichier est en « manque » d'une bibliothèque.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ETATS = {"faite": "faite", "inchangee": "inchangée", "echec": "ÉCHEC", "manque": "non fait"}


def conteur(evenements: list[dict], *, en_json: bool = False) -> Callable[..., None]:
    """
    Une fonction qui note un événement et le dit : en une ligne de texte, ou de JSON pour un programme.

    Args:
        evenements: où les noter, pour `courriel`.
        en_json: écrit une ligne de JSON par événement.
    """

    def dire(quoi: str, **details) -> None:
        evenement = {"quoi": quoi, "quand": dt.datetime.now().astimezone().isoformat(timespec="seconds"), **details}
        evenements.append(evenement)
        sortie = sys.stderr if quoi == "refus" else sys.stdout
        print(json.dumps(evenement, ensure_ascii=False) if en_json else phrase(evenement), file=sortie, flush=True)

    return dire


def phrase(evenement: dict) -> str:
    """
    Un événement, en une ligne.

    >>> phrase({"quoi": "page", "page": "Impacts", "etat": "echec", "message": "cellule 3 : ErreurSecret"})
    '  Impacts : ÉCHEC, cellule 3 : ErreurSecret'
    """
    match evenement["quoi"]:
        case "debut":
            return "{dossier}, programme {annee}, diffusion « {diffusion} »".format(**evenement)
        case "page":
            raison = f", {evenement['message']}" if evenement.get("message") else ""
            return f"  {evenement['page']} : {ETATS[evenement['etat']]}{raison}"
        case "inchange":
            return "  rien n'a changé depuis la dernière fois"
        case "fin":
            return f"Rapport : {evenement['rapport']}"
        case _:
            return f"Erreur : {evenement['message']}"


def courriel(evenements: Sequence[dict]) -> str:
    """
    Un message prêt à envoyer : l'objet sur la première ligne, une ligne vide, puis ce qui a été fait de chaque rapport.

    Les pages faites ne se nomment pas ; celles qui ont échoué, oui, avec leur raison.

    >>> print(courriel([{"quoi": "refus", "dossier": "data/ici", "message": "actions.csv est absent."}]))
    Objet : Rapports des cités éducatives : à regarder (0 à jour, 1 refusé)
    <BLANKLINE>
    data/ici : refusé.
      actions.csv est absent.
    """
    paragraphes, a_jour, en_echec, refuses = [], 0, 0, 0
    echecs: list[dict] = []
    for evenement in evenements:
        match evenement["quoi"]:
            case "debut":
                echecs = []
            case "page" if evenement["etat"] == "echec":
                echecs.append(evenement)
            case "fin":
                a_jour, en_echec = a_jour + (not echecs), en_echec + bool(echecs)
                paragraphes.append(_paragraphe(evenement, echecs))
            case "refus":
                refuses += 1
                lignes = evenement["message"].replace("\n", "\n  ")
                paragraphes.append(f"{evenement['dossier']} : refusé.\n  {lignes}")
    comptes = [f"{a_jour} à jour"]
    comptes += [f"{en_echec} en échec"] if en_echec else []
    comptes += [f"{refuses} refusé{'s' if refuses > 1 else ''}"] if refuses else []
    avis = "à regarder" if en_echec or refuses else "tout est fait"
    return "\n\n".join([f"Objet : Rapports des cités éducatives : {avis} ({', '.join(comptes)})", *paragraphes])


def _paragraphe(fin: dict, echecs: Sequence[dict]) -> str:
    """Un rapport : où le lire, et ce qui n'a pas pu être refait."""
    ou = f"{fin['dossier']}, programme {fin['annee']}, diffusion « {fin['diffusion']} »"
    if not echecs:
        return f"{ou} : à jour.\n  À lire : {fin['rapport']}"
    detail = "\n".join(f"  {echec['page']} : {echec['message']}" for echec in echecs)
    gardees = "Ces pages gardent leur version précédente, avec un avertissement ; les autres sont à jour."
    return f"{ou} : en partie.\n{detail}\n  {gardees}\n  À lire : {fin['rapport']}"


def ecrire_courriel(fichier: Path, evenements: Sequence[dict]) -> None:
    """Écrit le message ; un envoi planifié le donne à `mail` ou à `sendmail`."""
    fichier.write_text(courriel(evenements) + "\n", encoding="utf-8", newline="\n")
