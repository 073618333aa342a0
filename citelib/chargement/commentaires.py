"""Les commentaires de l'évaluateur : un fichier Markdown par page et par année, une partie par section de la page.

Un titre de niveau 2 égal à celui d'une section met la suite sous cette section ; ce qui le précède va en haut de
la page. Un fichier illisible, trop long ou qui nomme quelqu'un est refusé, comme une parole recueillie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from citelib.chargement.fichiers import FichierIllisible, deviner_encodage
from citelib.contrats import Probleme
from citelib.contrats.personnel import nature

DOSSIER = "commentaires"
LONGUEUR_MAX = 50_000
"""Caractères d'un fichier, soit une vingtaine de pages : au-delà, ce n'est plus un commentaire."""
TITRE = re.compile(r" {0,3}##[ \t]+(.*?)[ \t]*#*[ \t]*")
CLOTURE = re.compile(r" {0,3}(```|~~~)")
DATE = r"\d{1,2}(?:er)? \w+ \d{4}"
SIGNATURES = (re.compile(rf"\*([^*\n]+, {DATE})\*"), re.compile(rf"[—–] ?([^\n]+, {DATE})"))
"""« *CPO, 12 janvier 2025* » en première ligne, ou « — CPO, 12 janvier 2025 » en dernière : une fonction, une date."""


@dataclass(frozen=True)
class Partie:
    """
    Une partie d'un commentaire.

    Args:
        titre: celui de la section qu'elle commente ; vide pour le haut de la page.
        ligne: ligne du titre dans le fichier.
        markdown: son texte, signé.
    """

    titre: str
    ligne: int
    markdown: str


def lire(chemin: Path) -> str:
    """Le texte d'un commentaire, quel que soit l'éditeur qui l'a enregistré ; vide s'il n'y en a pas."""
    if not chemin.is_file():
        return ""
    octets = chemin.read_bytes()
    return re.sub("\r\n?", "\n", octets.decode(deviner_encodage(octets)))


def decouper(markdown: str) -> list[Partie]:
    """
    Le haut de page d'un commentaire, puis une partie par titre de niveau 2, hors des blocs de code.

    >>> [(partie.titre, partie.markdown) for partie in decouper("Bien.\\n\\n## Crédits\\nÀ suivre.")]
    [('', 'Bien.'), ('Crédits', 'À suivre.')]
    """
    morceaux: list[tuple[str, int, list[str]]] = [("", 1, [])]
    cloture = None
    for numero, ligne in enumerate(markdown.split("\n"), start=1):
        if borne := CLOTURE.match(ligne):
            cloture = None if cloture == borne[1] else cloture or borne[1]
        titre = TITRE.fullmatch(ligne)
        if titre and cloture is None:
            morceaux.append((titre[1], numero, []))
        else:
            morceaux[-1][2].append(ligne)
    signature = _signature(markdown.strip())
    parties = [Partie(titre, numero, "\n".join(lignes).strip()) for titre, numero, lignes in morceaux]
    return [Partie(p.titre, p.ligne, _signer(p.markdown, signature)) for p in parties]


def _signature(markdown: str) -> str:
    """La fonction et la date qui signent un fichier, vide s'il n'y en a pas."""
    lignes = markdown.split("\n")
    lues = (forme.fullmatch(lignes[place].strip()) for forme, place in zip(SIGNATURES, (0, -1), strict=True))
    return next((lue[1] for lue in lues if lue), "")


def _signer(markdown: str, signature: str) -> str:
    """Le texte d'une partie, suivi de la signature du fichier s'il ne la porte pas déjà."""
    return f"{markdown}\n\n— {signature}" if signature and markdown and signature not in markdown else markdown


def relire(dossier: Path) -> Iterator[Probleme]:
    """Ce qui empêche de publier les commentaires d'une cité : fichier illisible, trop long, donnée personnelle."""
    for chemin in sorted((dossier / DOSSIER).glob("*.md")):
        fichier = f"{DOSSIER}/{chemin.name}"
        try:
            texte = lire(chemin)
        except (FichierIllisible, OSError) as erreur:
            remede = getattr(erreur, "remede", "Vérifier les droits du fichier.")
            message = f"fichier illisible : {erreur if isinstance(erreur, FichierIllisible) else erreur.strerror}"
            yield Probleme("erreur", fichier, ligne=getattr(erreur, "ligne", None), message=message, remede=remede)
            continue
        if len(texte) > LONGUEUR_MAX:
            message = f"commentaire de {len(texte)} caractères, attendu {LONGUEUR_MAX} au plus"
            yield Probleme("erreur", fichier, message=message, remede="Le résumer, ou le joindre à part.")
            continue
        for numero, ligne in enumerate(texte.split("\n"), start=1):
            if sorte := nature(ligne):
                remede = "L'effacer, ou écrire une fonction à la place (« la principale »)."
                message = f"le commentaire semble contenir {sorte}"
                yield Probleme("erreur", fichier, ligne=numero, message=message, remede=remede)
