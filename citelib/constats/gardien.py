"""Protéger ensemble les tables d'un rapport : celles qui comptent les mêmes personnes se masquent d'un coup.

`FAMILLES` dit, par population, toutes les tables qu'un rapport en publie. Le plan de masquage d'une famille ne dépend
que d'elles : le premier notebook qui en montre une le calcule, ouvert seul ou dans une production, et c'est le même.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeVar

import pandas as pd

from citelib import impacts, partenariat, realisation, resultats
from citelib.chargement import Cite
from citelib.chargement.partage import une_fois
from citelib.constats.analyse import Analyse
from citelib.secret import Plan, TableProtegee, planifier, proteger, rappeler, seuil_applicable, suivre

ENQUETES = ("invitations",)
T = TypeVar("T")


def _par(fonction: Callable, *decoupes: str | None, avec: tuple[str, ...] = ()) -> list[Analyse]:
    """La même analyse, une fois par découpe."""
    return [Analyse(fonction, options={"par": par}, avec=avec) for par in decoupes]


FAMILLES: Mapping[str, tuple[Analyse, ...]] = {
    "inscriptions": (
        Analyse(realisation.fiches),
        *_par(realisation.public_atteint, "axe"),
        *_par(resultats.beneficiaires, None, "type_public"),
        *_par(resultats.beneficiaires, "axe", avec=("actions",)),
        Analyse(resultats.residence),
        Analyse(resultats.part_en_quartier),
        Analyse(resultats.comparaison),
        Analyse(resultats.publics_attendus),
        Analyse(resultats.parents_par_axe),
        Analyse(resultats.parents_par_type),
        Analyse(resultats.age_et_sexe),
        *_par(resultats.part_filles, "theme", "temps", avec=("actions",)),
        Analyse(resultats.filles_par_action),
        *_par(resultats.couverture, "tranche_age", "sexe"),
        Analyse(resultats.par_etablissement),
        Analyse(resultats.rattachement),
        *_par(resultats.nouveaux, "type_public"),
        *_par(resultats.assiduite, "axe", avec=("actions",)),
    ),
    "répondants à la satisfaction": (
        *_par(resultats.satisfaction, None, "sexe"),
        *_par(resultats.avis, "axe", avec=("actions",)),
        Analyse(resultats.satisfaction_par_action),
    ),
    "répondants aux enquêtes": (
        Analyse(impacts.reponse_par_vague, avec=ENQUETES),
        *_par(impacts.profil_de_reponse, "sexe", "tranche_age", avec=ENQUETES),
    ),
    "réponses aux enquêtes": (
        Analyse(impacts.changement_declare, avec=ENQUETES),
        Analyse(impacts.avant_apres_part, avec=ENQUETES),
        Analyse(impacts.niveaux_declares, avec=ENQUETES),
        Analyse(impacts.changement_des_echelles, avec=ENQUETES),
        *_par(impacts.changement_par_groupe, "sexe", "tranche_age", avec=ENQUETES),
    ),
    "réponses des partenaires": (Analyse(partenariat.profil_conditions),),
    "présences relevées": (Analyse(resultats.frequence),),
    "personnes": (Analyse(resultats.personnes),),
}
"""Population → les tables d'un rapport qui la comptent ; une table publiée s'y inscrit, sinon l'audit la refuse."""


@une_fois
def _plan(cite: Cite, population: str, annee: int, seuil: int) -> Plan:
    """Le plan de masquage d'une population, calculé une seule fois."""
    tables = [analyse.calculer(cite, annee) for analyse in FAMILLES.get(population, ())]
    return planifier(tables, seuil=seuil)


def gardien(cite: Cite, *, annee: int, diffusion: str) -> Callable[[pd.DataFrame], TableProtegee]:
    """
    `secret.proteger`, réglée une fois pour toute une page, avec le plan de chaque population.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.

    Raises:
        ErreurParametre: tout de suite, si la diffusion ou le seuil de la cité est interdit.
    """
    seuil = cite.seuil(diffusion)
    applicable = seuil_applicable(diffusion, seuil=seuil)

    def proteger_(table: pd.DataFrame) -> TableProtegee:
        contrat = table.attrs.get("publiable")
        population = getattr(contrat, "population", "")
        plan = _plan(cite, population, annee, applicable) if population and applicable else None
        return proteger(table, diffusion=diffusion, seuil=seuil, plan=plan)

    return proteger_


def etablie_une_fois(fonction: Callable[..., T]) -> Callable[..., T]:
    """
    `une_fois`, pour une fonction qui protège des tables : où qu'elle soit calculée, la page les dit à l'audit.

    Args:
        fonction: fonction(cite, *, annee, diffusion).
    """

    @une_fois
    @functools.wraps(fonction)
    def calculer(cite: Cite, **options) -> tuple[T, list[dict]]:
        return suivre(lambda: fonction(cite, **options))

    @functools.wraps(fonction)
    def appeler(cite: Cite, **options) -> T:
        resultat, comptes = calculer(cite, **options)
        rappeler(comptes)
        return resultat

    return appeler
