"""L'instruction des demandes : combien de temps, et qui contribue vraiment à une action."""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import de_l_annee, part, regrouper, typer
from citelib.tables import AXES, PROPRES, libelle

ETAPES = {
    "Du dépôt à la notification": ("date_depot", "date_notification"),
    "De la notification au versement": ("date_notification", "date_versement"),
    "Du dépôt au versement": ("date_depot", "date_versement"),
}
FINANCEURS_PAR_CATEGORIE = {
    "etat": ("etat_p147", "etat_p230"),
    "education_nationale": ("fonds_ce",),
    "ville": ("ville",),
    "autre_collectivite": ("metropole", "departement", "region"),
    "institution_sociale": ("caf", "ars"),
    "autre": ("autre",),
}
"""Catégorie d'acteur de chaque financeur ; le fonds de la cité éducative est tenu par le collège chef de file."""
CATEGORIE_DU_FINANCEUR = {code: categorie for categorie, codes in FINANCEURS_PAR_CATEGORIE.items() for code in codes}


@publiable(libres=("n_demandes", "n_sans_date", "jours_median", "jours_bas", "jours_haut"))
def delais(financements, *, annee: int) -> pd.DataFrame:
    """
    Jours entre le dépôt d'une demande, sa notification et son versement (P12).

    Subventions accordées en numéraire, fonds propres exclus. Une date absente ne vaut pas un délai nul : elle se
    compte à part.

    Returns:
        `etape`, `n_demandes` (dont les deux dates sont connues), `n_sans_date`, `jours_median`, `jours_bas` et
        `jours_haut` (premier et troisième quartiles).

    >>> dates = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-05-30"])
    >>> credits = pd.DataFrame({"annee": [2024], "financeur": "ville", "nature": "numeraire", "accorde": 100.0})
    >>> delais(credits.assign(date_depot=dates[0], date_notification=dates[1], date_versement=dates[2]), annee=2024)[
    ...     "jours_median"].tolist()
    [60.0, 90.0, 150.0]
    """
    lignes = de_l_annee(financements, annee)
    lignes = lignes[lignes["nature"].eq("numeraire") & lignes["financeur"].ne(PROPRES)]
    lignes = lignes[lignes["accorde"].gt(0).fillna(False).astype(bool)]
    rangees = []
    for etape, (debut, fin) in ETAPES.items() if len(lignes) else ():
        jours = (lignes[fin] - lignes[debut]).dt.days.dropna()
        quartiles = [jours.quantile(q) for q in (0.5, 0.25, 0.75)] if len(jours) else [pd.NA] * 3
        rangees.append((etape, len(jours), len(lignes) - len(jours), *quartiles))
    colonnes = ["etape", "n_demandes", "n_sans_date", "jours_median", "jours_bas", "jours_haut"]
    table = typer(pd.DataFrame(rangees, columns=colonnes))
    table.attrs["motif"] = "" if rangees else f"aucune subvention accordée en numéraire en {annee}"
    return table


@publiable(libres=("n_actions", "n_coportees", "taux_coportees", "n_categories"))
def actions_coportees(actions, financements, structures, *, annee: int) -> pd.DataFrame:
    """
    Actions où deux catégories d'acteurs au moins contribuent vraiment, en argent ou en nature (P13).

    Contribuer, c'est avoir accordé un montant, ou valorisé du personnel ou des locaux ; les fonds propres sont la
    contribution de la catégorie du porteur. Une action sans financement connu n'est pas dans la base.

    Returns:
        `axe` (puis « Ensemble »), `n_actions` (financées), `n_coportees`, `taux_coportees`, `n_categories` (nombre
        médian de catégories par action).
    """
    categories = structures.set_index("nom")["categorie"]
    lignes = de_l_annee(financements, annee)
    lignes = lignes[lignes["accorde"].gt(0).fillna(False).astype(bool)]
    lignes = lignes.merge(de_l_annee(actions, annee)[["action_id", "axe", "porteur_nom"]], on="action_id")
    du_porteur = lignes["porteur_nom"].map(categories).fillna("autre")
    qui = lignes["financeur"].map(CATEGORIE_DU_FINANCEUR).where(lignes["financeur"].ne(PROPRES), du_porteur)
    par_action = lignes.assign(qui=qui).groupby(["action_id", "axe"])["qui"].nunique().reset_index()

    def calcul(groupe: pd.DataFrame) -> dict:
        coportees = int(groupe["qui"].ge(2).sum())
        mediane = groupe["qui"].median() if len(groupe) else pd.NA
        return {
            "n_actions": len(groupe),
            "n_coportees": coportees,
            "taux_coportees": part(coportees, len(groupe)),
            "n_categories": mediane if pd.isna(mediane) else int(mediane),
        }

    table = regrouper(par_action, "axe", calcul, modalites={axe: libelle(axe) for axe in AXES})
    table.attrs["motif"] = "" if len(table) else f"aucun financement connu en {annee}"
    return table
