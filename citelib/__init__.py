"""citelib : évaluer le programme annuel d'une cité éducative, des données des partenaires au rapport.

>>> import citelib                                       # doctest: +SKIP
>>> cite = citelib.charger("data/miramas")               # doctest: +SKIP
>>> citelib.realisation.taux_realisation(cite.actions, cite.realisations, annee=2024)  # doctest: +SKIP
"""

import importlib
from types import ModuleType

ADRESSES = {
    "Cite": "chargement",
    "Illustration": "figures",
    "Tableau": "tableaux",
    "charger": "chargement",
    "verifier": "chargement",
}
"""Les noms qui ne sont pas ceux d'un module, et le module où ils sont."""

__all__ = [
    "Cite",
    "Illustration",
    "Tableau",
    "charger",
    "constats",
    "exploration",
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


def __getattr__(nom: str) -> ModuleType | type | object:
    # Importé à la demande : une commande qui n'a rien à calculer n'attend pas les bibliothèques de calcul.
    if nom not in __all__:
        raise AttributeError(f"citelib n'a pas « {nom} ». Noms publics : {', '.join(__all__)}.")
    module = importlib.import_module(f"citelib.{ADRESSES.get(nom, nom)}")
    return getattr(module, nom) if nom in ADRESSES else module
