"""L'ordre du jour du comité technique : une page à imprimer, tirée des constats et de ce qu'il faut trancher."""

from __future__ import annotations

from citelib import constats, partenariat
from citelib.chargement import Cite
from citelib.constats.analyses import Lecteur
from citelib.constats.synthese import constats_de_l_annee, essentiel
from citelib.page.controle import controler, ecritures
from citelib.page.finition import CSP, DECLARATION, Contexte, finir
from citelib.page.gabarits import rendre
from citelib.secret import DIFFUSIONS, gardien
from citelib.tableaux.cellules import FICTIVES
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
    proteger, au = gardien(diffusion, seuil=cite.seuil(diffusion)), cite.arrete_le(annee)
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
    html = rendre(
        "ordre_du_jour.html.j2",
        contexte=contexte,
        csp=CSP,
        declaration=DECLARATION,
        fictives=FICTIVES,
        suites=suites.donnees.to_dict("records"),
        sans_suites=suites.motif,
        constats=list(dits),
        points=points.donnees.to_dict("records"),
    )
    return controler(finir(html, contexte=contexte), toleres=ecritures(cite)).encode()
