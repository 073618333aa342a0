"""Les moyens humains du protocole : qui y passe combien de jours, et quand.

La charge est déclarée dans protocole.toml, une ligne par tâche : `role`, `mois` (en toutes lettres), `jours`,
`tache`, `dimension`. C'est une prévision, que le comité technique valide.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import MOIS
from citelib.mesures.comptes import ENSEMBLE, typer
from citelib.protocole.cadre import SANS_SOURCE
from citelib.tables import libelle

JOURS = {mois: f"jours_{rang:02d}" for rang, mois in enumerate(MOIS, start=1)}
"""Mois → colonne de ses jours."""
ABREGES = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
MOIS_DE_CHARGE = dict(zip(JOURS.values(), ABREGES, strict=True)) | {"jours_annee": "Année"}
"""Colonne de jours → intitulé court, de janvier à l'année entière."""
SANS_CHARGE = "la charge n'est pas encore prévue : la déclarer dans protocole.toml (rôle, mois, jours, tâche)"


def _declaree(protocole: Mapping) -> pd.DataFrame:
    """Les tâches déclarées, dans l'ordre du fichier."""
    return pd.DataFrame(protocole.get("charge", []), columns=["role", "mois", "jours", "tache", "dimension"])


@publiable(libres=(*JOURS.values(), "jours_annee"))
def charge(protocole: Mapping) -> pd.DataFrame:
    """
    Jours de travail prévus, par rôle et par mois ; le rôle le plus chargé d'abord.

    Args:
        protocole: contenu de protocole.toml.

    Returns:
        `fonction` (puis « Ensemble », qui les somme), `jours_01` à `jours_12` (zéro si rien n'est prévu ce
        mois-là), `jours_annee` (leur somme). Sans charge déclarée, aucune ligne.

    >>> tache = {"role": "CPO", "mois": "mai", "jours": 2, "tache": "Relancer", "dimension": "resultats"}
    >>> charge({"charge": [tache, tache]})[["fonction", "jours_05", "jours_annee"]].values.tolist()
    [['CPO', 4.0, 4.0], ['Ensemble', 4.0, 4.0]]
    """
    taches = _declaree(protocole)
    jours = taches.assign(mois=taches["mois"].map(JOURS), jours=taches["jours"].astype(float))
    table = jours.pivot_table("jours", "role", "mois", "sum", fill_value=0.0) if len(taches) else pd.DataFrame()
    table = table.reindex(columns=list(JOURS.values()), fill_value=0.0)
    table = table.assign(jours_annee=table.sum(axis=1)).sort_values("jours_annee", ascending=False, kind="stable")
    if len(table):
        table.loc[ENSEMBLE] = table.sum()
    resultat = typer(table.rename_axis("fonction").reset_index().rename_axis(columns=None).astype({"fonction": "str"}))
    resultat.attrs["motif"] = "" if len(taches) else SANS_CHARGE
    return resultat


@publiable(libres=("jours",))
def taches(protocole: Mapping) -> pd.DataFrame:
    """
    Les tâches prévues, dans l'ordre des mois.

    Args:
        protocole: contenu de protocole.toml.

    Returns:
        `tache`, `fonction`, `mois`, `jours`, `dimension`.
    """
    table = _declaree(protocole)
    table = table.sort_values("mois", key=lambda mois: mois.map(MOIS.index), kind="stable", ignore_index=True)
    table = table.assign(dimension=table["dimension"].map(libelle)).rename(columns={"role": "fonction"})
    table = table[["tache", "fonction", "mois", "jours", "dimension"]].astype({"jours": "Float64"})
    table.attrs["motif"] = "" if len(table) else SANS_CHARGE
    return table


def source_charge(protocole: Mapping) -> str:
    """
    D'où vient la charge : du document source, ou d'une proposition qui reste à valider.

    Args:
        protocole: contenu de protocole.toml ; `proposition` nomme ce qui ne vient pas du document source.
    """
    proposee = "charge" in protocole.get("proposition", [])
    return protocole.get("mention_proposition", "Proposition") if proposee else protocole.get("source", SANS_SOURCE)
