"""Charger une cité : des fichiers tels que les services les écrivent à une `Cite` vérifiée, en lecture seule.

`fichiers` lit et écrit ; `cite` réunit les tables. C'est par ici, et par `sources`, que les données entrent.
"""

from citelib.chargement.cite import Cite, charger, verifier

__all__ = ["Cite", "charger", "verifier"]
