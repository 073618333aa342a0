"""Erreurs prévues de citelib : elles s'affichent sans trace Python.

* ErreurCitelib          toute erreur prévue, dont le message suffit à l'utilisateur
  * ErreurDonnees        des fichiers ne respectent pas leur contrat ; porte la liste des problèmes
  * ErreurParametre      un paramètre, une option ou un nom est refusé
  * ErreurSecret         une table ne peut pas être publiée sans risque
  * ErreurExecution      un notebook s'est arrêté pendant le calcul
  * ErreurOccupe         un autre programme écrit déjà ce rapport

Une erreur imprévue (un défaut du programme) reste une exception Python ordinaire, avec sa trace.
"""

from __future__ import annotations

from collections.abc import Sequence

MONTRES = 20
"""Nombre de problèmes écrits dans le message d'une ErreurDonnees ; la liste entière reste à bord."""


class ErreurCitelib(Exception):
    """Toute erreur prévue, affichée sans trace à l'utilisateur."""


class ErreurParametre(ErreurCitelib):
    """Un paramètre, une option ou un nom est refusé."""


class ErreurSecret(ErreurCitelib):
    """Une table ne peut pas être publiée sans risque pour le secret statistique."""


class ErreurExecution(ErreurCitelib):
    """Un notebook s'est arrêté pendant le calcul."""


class ErreurOccupe(ErreurCitelib):
    """Un autre programme écrit déjà au même endroit."""


class ErreurDonnees(ErreurCitelib):
    """
    Des fichiers ne respectent pas leur contrat.

    Args:
        problemes: tous les problèmes relevés, chacun sachant s'écrire en une ligne.

    >>> print(ErreurDonnees(["actions.csv, ligne 3 : texte au lieu d'un nombre"]))
    1 problème dans les données :
    - actions.csv, ligne 3 : texte au lieu d'un nombre
    """

    def __init__(self, problemes: Sequence):
        self.problemes = list(problemes)
        nombre = len(self.problemes)
        lignes = [f"{nombre} problème{'s' if nombre > 1 else ''} dans les données :"]
        lignes += [f"- {probleme}" for probleme in self.problemes[:MONTRES]]
        if nombre > MONTRES:
            lignes.append(f"… et {nombre - MONTRES} autres : « citelib verifier » les donne tous.")
        super().__init__("\n".join(lignes))
