"""La garde : retirer d'un rapport ce qu'un lecteur devinerait, et tenir le registre de ce qui est publié."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from citelib.annexes import Annexe
from citelib.chargement import Cite
from citelib.chargement.remplacement import remplacer, reserver
from citelib.constats.adresses import PAGES
from citelib.erreurs import ErreurParametre
from citelib.execution import PageFaite
from citelib.secret.audit import comptes_de
from citelib.secret.registre import VIDE, controler

REGISTRE = "registre.json"


def garder(
    cite: Cite, faites: dict[str, PageFaite], annexes: dict[str, Annexe], cible: Path, *, diffusion: str, gardees: bool
) -> None:
    """
    Met en échec les pages et les annexes qui en diraient trop, et inscrit le reste au registre.

    Le registre s'écrit avant le rapport : si le programme est tué entre les deux, il en dit trop et non trop peu.

    Args:
        cite: la cité, pour la date de ses données.
        faites, annexes: ce qui va être publié ; modifiés sur place.
        cible: dossier de l'année ; le registre est tenu à côté, dans celui de la cité.
        diffusion: public visé.
        gardees: vrai si les autres pages de ce dossier y restent telles quelles.

    Raises:
        ErreurParametre: si le registre est illisible ; rien n'est alors publié.
    """
    publies = {page: comptes_de(faite.notebook) for page, faite in faites.items()}
    for page in PAGES if gardees else ():
        ancien = cible / "notebooks" / f"{page}.ipynb"
        # ni refaite, ni réussie : la version d'avant reste en place
        if (page not in faites or faites[page].erreur) and ancien.is_file():
            publies[page] = publies.get(page, []) + comptes_de(ancien.read_text(encoding="utf-8"))
    annee = int(cible.name)
    validee = cite.valide_le(annee)
    quoi = {"annee": annee, "diffusion": diffusion, "arrete_le": cite.arrete_le(annee).isoformat()}
    quoi |= {"valide_le": validee.isoformat() if validee else ""}
    figees = publies.keys() - faites.keys()
    publies |= {nom: list(annexe.comptes) for nom, annexe in annexes.items()}
    fichier = cible.parent / REGISTRE
    with reserver(fichier, attendre=True):  # une autre année de la même cité le tient peut-être
        registre = lire_registre(fichier)
        refus, nouveau = controler(publies, registre, **quoi, fichier=str(fichier), figees=figees)
        if nouveau != registre:
            texte = json.dumps(nouveau, ensure_ascii=False, separators=(",", ":"))
            remplacer(fichier, f"{texte}\n".encode())
    for nom, raison in refus.items():
        if nom in annexes:
            annexes[nom] = Annexe(b"", raison)
        else:
            faites[nom] = replace(
                faites[nom], html="", notebook="", constats=(), erreur=raison, objets=(), retiree=True
            )


def lire_registre(fichier: Path) -> dict:
    """Le registre ; vide s'il n'y en a pas encore."""
    if not fichier.is_file():
        return VIDE
    try:
        registre = json.loads(fichier.read_text(encoding="utf-8"))
        return {"tables": dict(registre["tables"]), "publications": list(registre["publications"])}
    except (ValueError, KeyError, TypeError) as erreur:
        raise ErreurParametre(
            f"{fichier} : registre des publications illisible ({erreur}). Le reprendre d'une sauvegarde ; à défaut, le "
            "supprimer : ce qui a déjà été publié ne sera plus confronté à ce qui le sera."
        ) from erreur
