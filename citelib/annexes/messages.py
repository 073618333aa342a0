"""Les messages de relance, un fichier par producteur en retard."""

from __future__ import annotations

from pathlib import Path

from citelib import protocole
from citelib.chargement import Cite
from citelib.constats.gardien import gardien
from citelib.contrats import sans_accent
from citelib.tables import FICTIF


def ecrire_relances(cite: Cite, *, annee: int, vers: Path) -> list[Path]:
    """
    Écrit un message par producteur en retard, et ôte ceux d'avant : qui a répondu n'est plus relancé.

    Args:
        cite: la cité.
        annee: année du programme.
        vers: dossier des messages ; seuls ses fichiers `relance-*.txt` sont remplacés.

    Returns:
        Les fichiers écrits, le plus en retard d'abord.
    """
    proteger, au = gardien(cite, annee=annee, diffusion="cotech"), cite.arrete_le(cite.annee_connue(annee))
    suivi = protocole.collecte(cite.collecte, annee=annee, au=au)
    messages = proteger(protocole.relances(suivi, cite=cite.nom, annee=annee)).donnees
    aveu = f"[{FICTIF}] " if cite.source("collecte", annee=annee).fictive else ""
    vers.mkdir(parents=True, exist_ok=True)
    for perime in vers.glob("relance-*.txt"):
        perime.unlink()
    ecrits = []
    for rang, ligne in enumerate(messages.itertuples(), start=1):
        ecrits.append(vers / f"relance-{rang:02d}-{sans_accent(ligne.producteur)[:60]}.txt")
        ecrits[-1].write_text(f"Objet : {aveu}{ligne.objet}\n\n{ligne.texte}", encoding="utf-8", newline="\n")
    return ecrits
