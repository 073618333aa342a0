"""La page de tous les rapports d'un dossier : où lire chacun, ce qui lui manque, et les cités refusées.

Elle ne lit que les manifestes : aucun chiffre d'une cité n'y arrive.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from citelib.chargement.distant import MANIFESTE, deposer_fichier, lire_fichiers
from citelib.constats.adresses import PAGES
from citelib.formats import accord, cite_educative, date_longue, liste, typographie
from citelib.page.controle import controler
from citelib.page.gabarits import rendre
from citelib.secret import DIFFUSIONS

NOM = "index.html"
MOTIF = f"*/*/{MANIFESTE}"


def ecrire_recapitulatif(sortie: str, evenements: Sequence[Mapping]) -> None:
    """
    Écrit la page à la racine d'un dossier de rapports, à la place de la précédente.

    Args:
        sortie: dossier ou adresse des rapports.
        evenements: ceux de la production qui finit (`compte_rendu`) ; les cités refusées y sont.
    """
    refusees = sorted({e["dossier"] for e in evenements if e["quoi"] == "refus"})
    lignes = [rangee(chemin, json.loads(octets)) for chemin, octets in lire_fichiers(sortie, MOTIF).items()]
    deposer_fichier(sortie, NOM, page(sorted(distinguer(lignes), key=_ordre), refusees).encode())


def rangee(chemin: str, manifeste: Mapping) -> dict[str, str | int]:
    """
    La ligne d'un rapport, d'après son manifeste.

    Args:
        chemin: celui du manifeste, depuis le dossier des rapports.
        manifeste: son contenu.

    Returns:
        `cite`, `annee`, `diffusion` (à qui le montrer), `arrete_le`, `etat` (« Toutes les pages », ou celles qui ont
        échoué) et `adresse`.
    """
    pages = manifeste["pages"]
    echecs = [PAGES[page][1] for page, etat in pages.items() if etat["statut"] == "échec"]
    fichiers = [nom for nom, etat in manifeste["annexes"].items() if etat["statut"] == "échec"]
    manques = f"{accord(len(echecs + fichiers), 'échec')} : {liste([*echecs, *fichiers])}" if echecs + fichiers else ""
    return {
        "cite": cite_educative(manifeste["nom"]),
        "annee": manifeste["parametres"]["annee"],
        "diffusion": DIFFUSIONS[manifeste["parametres"]["diffusion"]].mention,
        "arrete_le": date_longue(dt.date.fromisoformat(manifeste["arrete_le"])),
        "etat": manques or "Toutes les pages",
        "adresse": f"{chemin.rpartition('/')[0]}/{NOM}",
    }


def distinguer(rangees: Sequence[Mapping]) -> list[Mapping]:
    """Les mêmes lignes ; deux cités du même nom la même année disent aussi leur dossier, dans le texte de leur lien."""
    noms = Counter((ligne["cite"], ligne["annee"]) for ligne in rangees)
    return [
        ligne | {"cite": f"{ligne['cite']} ({ligne['adresse'].partition('/')[0]})"}
        if noms[ligne["cite"], ligne["annee"]] > 1
        else ligne
        for ligne in rangees
    ]


def page(rapports: Sequence[Mapping], refusees: Sequence[str]) -> str:
    """
    La page, contrôlée comme les autres.

    Args:
        rapports: ce que rend `rangee`, dans l'ordre voulu.
        refusees: dossiers des cités dont les données ont été refusées.
    """
    lisibles = [{nom: typographie(str(valeur)) for nom, valeur in rapport.items()} for rapport in rapports]
    for lisible, rapport in zip(lisibles, rapports, strict=True):
        lisible["adresse"] = rapport["adresse"]
    html = rendre("recapitulatif.html.j2", rapports=lisibles, refusees=list(refusees))
    return controler(html, ecriture=False)  # le nom d'une cité s'écrit comme elle veut


def _ordre(rapport: Mapping) -> tuple:
    """Les cités dans l'ordre de leur dossier, l'année la plus récente d'abord."""
    return rapport["adresse"].partition("/")[0], -rapport["annee"]
