"""Inventer les données d'une cité : ce qui manque à une cité réelle, ou une cité entière.

Les lignes réelles ne bougent pas. Chaque ligne inventée le dit dans sa `source`. La même graine donne les
mêmes lignes, et chaque table a son propre hasard : en ajouter une ne change pas les autres. Les intitulés,
les phrases et les lignes toutes faites sont dans `instruments/exemple.toml`.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from citelib.chargement import charger
from citelib.chargement.ecriture import ecrire_table
from citelib.erreurs import ErreurParametre
from citelib.simulation import colleges, enquetes, pilotage, programme
from citelib.simulation.monde import EXEMPLE, Lignes, Monde, du_decor, typees
from citelib.tables import FICTIF, TABLES

DERNIERE_ANNEE = 2024
"""Dernière année inventée : celle que les fichiers publics de l'exemple couvrent."""

ACTIONS_MINIMALES = 20
"""En dessous, un thème n'aurait pas son action, ni chaque statut."""

CHAQUE_ANNEE: Mapping[str, Callable] = {
    "populations": programme.populations,
    "objectifs": programme.objectifs,
    "actions": programme.actions,
    "realisations": programme.realisations,
    "beneficiaires": programme.beneficiaires,
    "participations": programme.participations,
    "financements": programme.financements,
    "instances": pilotage.instances,
    "presences": pilotage.presences,
    "decisions": pilotage.decisions,
    "recommandations": pilotage.recommandations,
    "verbatims": pilotage.verbatims,
    "contributions": pilotage.contributions,
    "liens": pilotage.liens,
    "reponses_beneficiaires": enquetes.reponses_beneficiaires,
    "invitations": enquetes.invitations,
    "reponses_partenaires": enquetes.reponses_partenaires,
    "colleges": colleges.colleges,
    "valeurs": pilotage.valeurs,
    "collecte": pilotage.collecte,
}
"""Dans l'ordre : un générateur lit les tables qui le précèdent."""


def simuler(
    base: Mapping[str, pd.DataFrame] | None,
    reglages: Mapping | None,
    *,
    annees: Iterable[int],
    graine: int,
    effet: float = 0.0,
    n_actions: int = 45,
) -> dict[str, pd.DataFrame]:
    """
    Toutes les tables d'une cité : ses lignes réelles, et des lignes inventées pour le reste.

    Args:
        base: tables typées d'une cité ; les lignes qui s'y disent fictives sont refaites. None : une cité
            entière est inventée (quartiers, établissements et indicateurs compris).
        reglages: contenu de cite.toml ; None : les axes et les thèmes de l'exemple.
        annees: années de programme.
        graine: graine du hasard.
        effet: changement vrai après la première vague d'enquête, en écarts-types de l'humeur des répondants ; et gain
            de réussite des collèges de la cité, à partir de la première année, en écarts-types entre collèges.
        n_actions: actions programmées par an.

    Returns:
        Une table typée par nom, prête à écrire.

    >>> tables = simuler(None, None, annees=[2023, 2024], graine=1, n_actions=20)
    >>> tables["actions"].query("not hors_programmation").groupby("annee").size().tolist()
    [20, 20]
    """
    annees = sorted(annees)
    base = base or {table.nom: table.vide() for table in TABLES}
    fictives = {nom: table["source"].str.startswith(FICTIF, na=False) for nom, table in base.items()}
    reelles = {nom: table[~fictives[nom]].reset_index(drop=True) for nom, table in base.items()}
    connues = {nom: table.to_dict("records") for nom, table in reelles.items()}
    monde = Monde(reglages or tomllib.loads(_identite(1, annees[0])), annees, graine, effet, n_actions, connues)
    for bloc in EXEMPLE["decor"]:
        if bloc["toujours"] or not connues[bloc["table"]]:
            monde.lignes.setdefault(bloc["table"], []).extend(_signees(du_decor(bloc), graine, annees[-1]))
    for nom, generateur in CHAQUE_ANNEE.items():
        monde.lignes[nom] = []
        for annee in annees:
            lignes = [{"annee": annee} | ligne for ligne in generateur(monde, annee, monde.alea(nom, annee))]
            monde.lignes[nom] += _signees(lignes, graine, annee)
    inventees = {table.nom: typees(table, monde.lignes.get(table.nom, [])) for table in TABLES}
    return {nom: pd.concat([reelles[nom], lignes], ignore_index=True) for nom, lignes in inventees.items()}


def completer(
    dossier: str | Path, *, cites: int = 1, annees: int = 3, effet: float = 0.0, graine: int = 1, n_actions: int = 45
) -> list[Path]:
    """
    Écrit les données inventées d'une cité existante, ou de cités nouvelles.

    Args:
        dossier: une cité (elle a un cite.toml), dont les lignes réelles sont gardées ; ou un dossier à
            créer, qui contiendra une cité inventée, ou un sous-dossier par cité s'il y en a plusieurs.
        cites: nombre de cités à inventer.
        annees: nombre d'années, jusqu'à 2024.
        effet, graine, n_actions: comme dans `simuler` ; chaque cité a sa graine, à partir de celle-ci.

    Returns:
        Les dossiers écrits.

    Raises:
        ErreurParametre: si un nombre est nul, ou si l'on demande plusieurs cités dans une seule.
    """
    dossier = Path(dossier)
    if cites < 1 or annees < 1:
        raise ErreurParametre("Le nombre de cités et le nombre d'années doivent être au moins 1.")
    if n_actions < ACTIONS_MINIMALES:
        raise ErreurParametre(f"{n_actions} actions par an : en demander {ACTIONS_MINIMALES} au moins.")
    if cites > 1 and (dossier / "cite.toml").is_file():
        raise ErreurParametre(f"{dossier} est déjà une cité : --cites ne s'y applique pas.")
    quand = range(DERNIERE_ANNEE - annees + 1, DERNIERE_ANNEE + 1)
    dossiers = [dossier] if cites == 1 else [dossier / f"cite-{rang:03d}" for rang in range(1, cites + 1)]
    for rang, chemin in enumerate(dossiers):
        _preparer(chemin, rang + 1, quand[0])
        cite = charger(chemin)
        base = {table.nom: getattr(cite, table.nom) for table in TABLES}
        tables = simuler(base, cite.reglages, annees=quand, graine=graine + rang, effet=effet, n_actions=n_actions)
        for table in TABLES:
            ecrire_table(table, tables[table.nom], chemin / f"{table.nom}.csv")
    return dossiers


def _identite(numero: int, premiere_annee: int) -> str:
    """Le cite.toml d'une cité inventée."""
    return EXEMPLE["modeles"]["cite"].format(numero=numero, premiere_annee=premiere_annee)


def _preparer(dossier: Path, numero: int, premiere_annee: int) -> None:
    """Écrit ce qui manque à un dossier pour se charger : l'identité de la cité, des tables sans ligne."""
    dossier.mkdir(parents=True, exist_ok=True)
    if not (dossier / "cite.toml").is_file():
        textes = {"cite": _identite(numero, premiere_annee), "protocole": EXEMPLE["modeles"]["protocole"]}
        for nom, texte in textes.items():
            (dossier / f"{nom}.toml").write_text(texte, encoding="utf-8", newline="\n")
    for table in TABLES:
        if not list(dossier.glob(f"{table.nom}.*")):
            ecrire_table(table, table.vide(), dossier / f"{table.nom}.csv")


def _signees(lignes: Lignes, graine: int, annee: int) -> Lignes:
    """Ajoute à chaque ligne l'aveu qu'elle est inventée, et une date de relevé fixe."""
    aveu = {"source": f"{FICTIF} (simulation, graine {graine})", "date_extraction": dt.datetime(annee + 1, 1, 15)}
    return [ligne | aveu for ligne in lignes]
