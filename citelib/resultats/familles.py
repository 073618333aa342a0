"""Familles : viennent-elles aux rencontres de l'école, et sait-on le dire partout ?

Les parents touchés par les actions (S13) se lisent dans `publics`.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, typer
from citelib.tables import CONNUES, libelle


@publiable(
    effectifs=("nb_venues", "nb_invitees"),
    parts={"part_venues": ("nb_venues", "nb_invitees")},
    libres=("n_etablissements", "n_renseignes"),
    total_ligne=ENSEMBLE,
)
def rencontres(valeurs, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Familles venues au moins une fois ÷ familles invitées (S12), par type d'établissement, zéros compris.

    Returns:
        `type` (puis « Ensemble »), `n_etablissements`, `n_renseignes` (dont on a les deux nombres),
        `nb_venues`, `nb_invitees`, `part_venues` (Σ venues ÷ Σ invitées, jamais une moyenne de parts).
        Sans valeur, les nombres sont vides : une famille dont on ne sait rien n'est pas absente.
    """
    lues = de_l_annee(valeurs, annee)
    lues = lues[lues["indicateur_code"].eq("S12") & lues["niveau"].eq("etablissement")]
    completes = lues["statut_valeur"].isin(CONNUES) & lues[["numerateur", "denominateur"]].notna().all(axis=1)
    lues = lues[completes].groupby("territoire_code")[["numerateur", "denominateur"]].sum()
    tous = etablissements[["uai", "type"]].merge(lues, left_on="uai", right_index=True, how="left")
    groupes = [(libelle(code), lignes) for code, lignes in tous.groupby("type")] + [(ENSEMBLE, tous)]
    rangees = []
    for nom, lignes in groupes:
        venues, invitees = (lignes[c].sum(min_count=1) for c in ("numerateur", "denominateur"))
        n = {"n_etablissements": len(lignes), "n_renseignes": int(lignes["denominateur"].notna().sum())}
        comptes = {"nb_venues": venues, "nb_invitees": invitees, "part_venues": part(venues, invitees)}
        rangees.append({"type": nom, **n, **comptes})
    return typer(pd.DataFrame(rangees)) if len(de_l_annee(valeurs, annee)) else typer(pd.DataFrame(rangees)).iloc[:0]
