"""Charger une cité : des fichiers tels que les services les écrivent à une `Cite` vérifiée, en lecture seule.

`fichiers` lit des cellules, `entetes` y retrouve une table, `cite` réunit les tables, `ecriture` en écrit.
C'est par ici, et par `sources`, que les données entrent.
"""

from citelib.chargement.cite import Cite, charger, ouvrir, verifier

__all__ = ["Cite", "charger", "ouvrir", "verifier"]
