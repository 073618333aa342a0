"""citelib : évaluer le programme annuel d'une cité éducative, des données des partenaires au rapport.

>>> import citelib                                       # doctest: +SKIP
>>> cite = citelib.charger("data/miramas")               # doctest: +SKIP
>>> citelib.realisation.taux_realisation(cite.actions, cite.realisations, annee=2024)  # doctest: +SKIP
"""

import importlib
from types import ModuleType

from citelib import constats, figures, impacts, indicateurs, partenariat, protocole, realisation, resultats, secret
from citelib.chargement import Cite, charger, verifier
from citelib.figures import Illustration
from citelib.tableaux import Tableau

__all__ = [
    "Cite",
    "Illustration",
    "Tableau",
    "charger",
    "constats",
    "figures",
    "impacts",
    "indicateurs",
    "partenariat",
    "protocole",
    "rapport",
    "realisation",
    "resultats",
    "secret",
    "verifier",
]


def __getattr__(nom: str) -> ModuleType:
    # Produire un rapport charge papermill et nbconvert : qui explore n'a pas à les attendre.
    if nom == "rapport":
        return importlib.import_module("citelib.rapport")
    raise AttributeError(f"citelib n'a pas « {nom} ». Noms publics : {', '.join(__all__)}.")
