"""L'ordre du jour du comité technique : une page à imprimer, tirée des constats et de ce qu'il faut trancher."""

from __future__ import annotations

from citelib import constats, partenariat
from citelib.chargement import Cite
from citelib.constats.analyses import Lecteur
from citelib.constats.gardien import gardien
from citelib.constats.synthese import constats_de_l_annee, essentiel
from citelib.page.controle import composer
from citelib.page.finition import DECLARATION, Contexte
from citelib.secret import DIFFUSIONS
from citelib.tables import PAR_NOM

POINTS = 5
"""Au-delà, une réunion de deux heures n'y suffit pas, ni une page."""


def ordre_du_jour(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """
    Une page A4 : suites d'avant, constats de l'année, questions à trancher avec la place de la décision.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé ; ce qui lui est masqué l'est aussi ici.
    """
    proteger, au = gardien(cite, annee=annee, diffusion=diffusion), cite.arrete_le(annee)
    suites = proteger(partenariat.memoire(cite.recommandations, cite.decisions, annee=annee, au=au))
    dits = essentiel(constats_de_l_annee(cite, annee=annee, diffusion=diffusion))
    points = proteger(constats.questions(Lecteur(cite, annee=annee, diffusion=diffusion), maximum=POINTS))
    contexte = Contexte(
        nom_cite=cite.nom,
        annee=annee,
        page="ordre-du-jour",
        titre="Ordre du jour du comité technique",
        diffusion=diffusion,
        mention=DIFFUSIONS[diffusion].mention,
        fictive=cite.source(*PAR_NOM, annee=annee).fictive,
        arrete_le=au,
    )
    champs = {"suites": suites.donnees.to_dict("records"), "sans_suites": suites.motif, "constats": list(dits)}
    champs |= {"points": points.donnees.to_dict("records"), "declaration": DECLARATION}
    return composer("ordre_du_jour.html.j2", cite, contexte=contexte, **champs).encode()
