"""Le calendrier des échéances, au format iCalendar : il s'ajoute à tout agenda.

Le format tient en peu de lignes ; une bibliothèque n'en épargnerait guère.

Source :
    RFC 5545 : lignes en CRLF d'au plus 75 octets, textes échappés, UID stable, DTSTAMP.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pandas as pd

from citelib import protocole
from citelib.chargement import Cite
from citelib.constats.gardien import gardien
from citelib.formats import cite_educative
from citelib.tables import FICTIF

OCTETS_PAR_LIGNE = 75


def calendrier(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """
    Les échéances de l'année, une journée par échéance.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """
    proteger, au = gardien(cite, annee=annee, diffusion=diffusion), cite.arrete_le(annee)
    suivi = protocole.collecte(cite.collecte, annee=annee, au=au)
    lues = (cite.decisions, cite.financements, cite.instances)
    table = proteger(protocole.echeances(suivi, *lues, annee=annee, au=au)).donnees
    fictif = cite.source("collecte", "decisions", "financements", annee=annee).fictive
    nom = f"{cite_educative(cite.nom)}, programme {annee}{f' ({FICTIF})' if fictif else ''}"
    return ecrire_ics(table, nom=nom, domaine=cite.reglages["cle"], au=au)


def ecrire_ics(table: pd.DataFrame, *, nom: str, domaine: str, au: dt.date) -> bytes:
    """
    Une table d'échéances en iCalendar ; les mêmes données donnent les mêmes octets.

    Args:
        table: `quoi`, `qui`, `echeance`, `etat`, `cle` : ce que rend `protocole.echeances`.
        nom: nom du calendrier, redit dans chaque échéance.
        domaine: ce qui distingue les échéances de cette cité de celles d'une autre.
        au: date des données, dite dans DTSTAMP.
    """
    lignes = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//citelib//calendrier//FR", "CALSCALE:GREGORIAN"]
    lignes.append(f"X-WR-CALNAME:{echapper(nom)}")
    for ligne in table.itertuples():
        empreinte = hashlib.sha256(f"{domaine}|{ligne.cle}".encode()).hexdigest()
        lignes += [
            "BEGIN:VEVENT",
            f"UID:{empreinte[:32]}@citelib",
            f"DTSTAMP:{au:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{ligne.echeance:%Y%m%d}",
            f"SUMMARY:{echapper(f'{ligne.quoi} ({ligne.qui})')}",
            f"DESCRIPTION:{echapper(ligne.etat)} au {au:%d/%m/%Y}\\n{echapper(nom)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(map(plier, [*lignes, "END:VCALENDAR"])).encode()


def echapper(texte: str) -> str:
    r"""
    Un texte d'iCalendar, sans caractère de contrôle.

    >>> echapper("a;b,c" + chr(10) + "d")
    'a\\;b\\,c\\nd'
    """
    echappe = re.sub(r"([\\;,])", r"\\\1", texte)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", re.sub(r"\r\n?|\n", r"\\n", echappe))


def plier(ligne: str) -> str:
    """
    Une ligne coupée tous les 75 octets sans couper un caractère, la suite après une espace ; CRLF compris.

    >>> plier("x" * 80) == "x" * 75 + chr(13) + chr(10) + " " + "x" * 5 + chr(13) + chr(10)
    True
    """
    morceaux, pris = [""], 0
    for signe in ligne:
        octets = len(signe.encode())
        if pris + octets > OCTETS_PAR_LIGNE:
            morceaux.append(" ")
            pris = 1
        morceaux[-1] += signe
        pris += octets
    return "\r\n".join(morceaux) + "\r\n"
