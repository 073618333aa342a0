"""Le tableau de programmation : ce que le programme prévoit, action par action, et ce qui est demandé pour le payer."""

from __future__ import annotations

import pandas as pd

from citelib.contrats import Publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, ordonner, somme, typer
from citelib.tables import FINANCEURS, libelle

PREVU = (
    *("intitule", "axe", "theme", "porteur_nom", "type_porteur", "renouvellement", "temps", "age_min", "age_max"),
    *("public_prevu", "parents_vises", "qpv", "uai", "n_seances_prevues", "date_debut_prevue", "date_fin_prevue"),
    *("date_validation_copil", "hors_programmation", "montant_cout_prevu"),
)
"""Ce qui est prévu d'une action, dans l'ordre d'un tableau de programmation."""
RENOMMEES = {"seances_prevues": "n_seances_prevues", "cout_total_prevu": "montant_cout_prevu"}
"""Colonne de la table des actions → la même, sous le préfixe d'une colonne calculée."""
CODES, LISTES = ("axe", "type_porteur", "renouvellement", "temps"), ("qpv", "uai")
DEMANDE = "montant_demande"


def programmation(actions, financements, *, annee: int) -> pd.DataFrame:
    """
    Une ligne par action de l'année : ce qui est prévu, et ce qui est demandé à chaque financeur.

    Le public prévu est une prévision, non un compte de personnes. Un financeur à qui rien n'est demandé cette année
    n'a pas de colonne ; une demande inconnue reste vide.

    Returns:
        `action_id`, les colonnes de `PREVU`, une colonne `montant_demande_<financeur>` par financeur (numéraire et
        valorisation, en euros), `montant_demande` (leur somme) et `source`, par axe puis par intitulé.
    """
    credits = de_l_annee(financements, annee)
    par_financeur = credits.pivot_table(
        index="action_id", columns="financeur", values="demande", aggfunc=somme, dropna=False
    )
    presents = [nom for nom in FINANCEURS if nom in par_financeur]
    demandes = par_financeur.reindex(columns=presents).rename(columns=lambda nom: f"{DEMANDE}_{nom}")
    lignes = de_l_annee(actions, annee).merge(demandes, left_on="action_id", right_index=True, how="left")
    lignes[DEMANDE] = lignes[list(demandes)].sum(axis=1, min_count=1)
    rangs = {code: rang for rang, code in enumerate(ordonner(lignes["axe"].unique()))}
    lignes = lignes.sort_values(["axe", "intitule"], key=lambda c: c.map(rangs) if c.name == "axe" else c)
    table = lignes.rename(columns=RENOMMEES)[["action_id", *PREVU, *demandes, DEMANDE, "source"]].reset_index(drop=True)
    textes = {nom: table[nom].map(libelle, na_action="ignore") for nom in CODES}
    textes |= {nom: table[nom].map(lambda codes: ", ".join(codes) or pd.NA).astype("str") for nom in LISTES}
    table = typer(table.assign(**textes))
    libres = [nom for nom in table if nom.startswith(("n_", "montant_", "public_", "age_"))]
    table.attrs["publiable"] = Publiable(libres=tuple(libres))
    return table


def totaux_programmation(table: pd.DataFrame) -> pd.DataFrame:
    """
    Nombre d'actions, coût prévu et demandes de chaque axe, puis de l'ensemble, dans la table de `programmation`.

    Returns:
        `axe` (puis « Ensemble »), `n_actions`, puis chaque colonne de montant.
    """
    montants = [nom for nom in table if nom.startswith("montant_")]
    groupes = {axe: table[table["axe"].eq(axe)] for axe in table["axe"].unique()} | {ENSEMBLE: table}
    rangees = [
        {"axe": nom, "n_actions": len(groupe)} | {montant: somme(groupe[montant]) for montant in montants}
        for nom, groupe in groupes.items()
    ]
    resume = typer(pd.DataFrame(rangees).iloc[: None if len(table) else 0])
    resume.attrs["publiable"] = Publiable(libres=("n_actions", *montants))
    return resume
