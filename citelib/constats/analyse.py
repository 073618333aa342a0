"""Une analyse, et comment l'appeler sur les tables d'une cité."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, signature

import pandas as pd

from citelib.chargement import Cite
from citelib.tables import PAR_NOM


@dataclass(frozen=True)
class Analyse:
    """
    Une fonction d'analyse, et comment l'appeler : ses arguments portent le nom des tables de la cité.

    Args:
        fonction: l'analyse.
        sur: l'analyse dont elle résume la table, s'il y en a une.
        options: ce qui ne vient pas de la cité.
        avec: arguments facultatifs qui viennent de la cité, eux aussi.
    """

    fonction: Callable[..., pd.DataFrame]
    sur: Callable[..., pd.DataFrame] | None = None
    options: Mapping = field(default_factory=dict)
    avec: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Les tables de la cité qu'elle lit."""
        return tuple(nom for nom in self._attendus if nom in PAR_NOM)

    def calculer(self, cite: Cite, annee: int) -> pd.DataFrame:
        """La table de l'année, non protégée."""
        connus = {"cite": cite, "annee": annee, "au": cite.arrete_le(annee), "axes_themes": cite.themes}
        connus |= {"transversaux": cite.protocole.get("transversaux", {})}
        connus |= {nom: getattr(cite, nom) for nom in self.tables}
        lue = self.sur or self.fonction
        table = lue(**{nom: connus[nom] for nom in self._attendus}, **({} if self.sur else self.options))
        return self.fonction(table, **self.options) if self.sur else table

    @property
    def _attendus(self) -> list[str]:
        """Les arguments que la fonction ne sait pas deviner, et ceux d'`avec`."""
        arguments = signature(self.sur or self.fonction).parameters.items()
        attendus = [nom for nom, argument in arguments if argument.default is Parameter.empty]
        return [*(nom for nom in attendus if nom not in self.options), *self.avec]
