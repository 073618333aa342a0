"""La déclaration d'accessibilité du rapport, à laquelle chaque page renvoie.

Sans audit, un contenu public se déclare non conforme, quoi que disent les contrôles automatiques.

Source : RGAA 4.1.2 ; loi n° 2005-102, article 47 ; décret n° 2019-768 et son modèle de déclaration.
"""

from __future__ import annotations

import importlib.metadata

from citelib.chargement import Cite
from citelib.constats.adresses import PAGES
from citelib.page.controle import CONTROLES, composer
from citelib.page.finition import Contexte


def declaration(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """
    La page de la déclaration : état, tests faits, limites connues, contact et voies de recours.

    Args:
        cite: la cité ; la section `[accessibilite]` de cite.toml dit l'`organisme` qui publie et son `contact`.
        annee: année du programme.
        diffusion: public visé.
    """
    reglages = cite.reglages.get("accessibilite", {})
    reglages = reglages if isinstance(reglages, dict) else {}
    contexte = Contexte(
        nom_cite=cite.nom,
        annee=annee,
        page="accessibilite",
        titre="Déclaration d'accessibilité",
        diffusion=diffusion,
        pages=tuple((cle, fichier, titre) for cle, (fichier, titre) in PAGES.items()),
        arrete_le=cite.arrete_le(annee),
        trace=f"citelib {importlib.metadata.version('citelib')}",
    )
    champs = {"organisme": str(reglages.get("organisme", "L'organisme qui publie ce rapport"))}
    champs |= {"contact": str(reglages.get("contact", "")), "controles": list(CONTROLES.values())}
    return composer("accessibilite.html.j2", cite, contexte=contexte, **champs).encode()
