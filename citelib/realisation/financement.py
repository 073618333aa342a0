"""Financement : les crédits ont-ils été consommés, et qui paie ?

`actions` et `financements` sont les tables de la cité, toutes années ; `annee` et `par` se lisent comme dans
`realisation`. Une année sans crédit donne une table vide. Les montants sont en euros courants.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import PAR, de_l_annee, part, regrouper, somme

ETAT = ("etat_p147", "etat_p230", "fonds_ce")
"""Financeurs de l'État ; le fonds de la cité éducative, tenu par le collège chef de file, vient de lui."""
MONTANTS = {
    "demande": "montant_demande",
    "accorde": "montant_accorde",
    "verse": "montant_verse",
    "depense_justifiee": "montant_justifie",
}


@publiable(libres=(*MONTANTS.values(), "montant_examine", "taux_consommation"))
def budget(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Crédits en numéraire demandés, accordés, versés, justifiés, et taux de consommation (R06).

    Le taux ne porte que sur les crédits dont le compte rendu est arrivé (`montant_examine`, leur montant
    accordé) : une dépense non encore justifiée n'est pas une dépense nulle.

    Args:
        par: aussi « financeur » ou « credit ».

    Returns:
        `par`, `montant_demande`, `montant_accorde`, `montant_verse`, `montant_justifie`,
        `montant_examine`, `taux_consommation`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        examinees = lignes.dropna(subset=["accorde", "depense_justifiee"])
        accorde, justifie = somme(examinees["accorde"]), somme(examinees["depense_justifiee"])
        montants = {colonne: somme(lignes[nom]) for nom, colonne in MONTANTS.items()}
        return montants | {"montant_examine": accorde, "taux_consommation": part(justifie, accorde)}

    lignes = _credits(actions, financements, annee)
    return regrouper(lignes[lignes["nature"].eq("numeraire")], par, calcul, acceptes=(*PAR, "financeur", "credit"))


COFINANCEMENT = ("montant_etat", "montant_ville", "montant_autres", "montant_droit_commun", "montant_total")


@publiable(libres=(*COFINANCEMENT, "part_cofinancement", "part_droit_commun"))
def cofinancement(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Origine des crédits accordés, valorisations comprises : part locale (R10), droit commun (R11).

    L'État comprend le fonds de la cité éducative ; « autres » comprend l'autofinancement des porteurs.

    Returns:
        `par`, `montant_etat`, `montant_ville`, `montant_autres`, `montant_droit_commun`, `montant_total`,
        `part_cofinancement` (Ville et autres ÷ total), `part_droit_commun` (droit commun ÷ total).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        etat, ville = lignes["financeur"].isin(ETAT), lignes["financeur"].eq("ville")
        choix = (etat, ville, ~etat & ~ville, lignes["credit"].eq("droit_commun"), lignes["accorde"].notna())
        montants = [lignes.loc[garde, "accorde"].sum() for garde in choix]
        _, ville, autres, droit_commun, total = montants
        parts = {"part_cofinancement": part(ville + autres, total), "part_droit_commun": part(droit_commun, total)}
        return dict(zip(COFINANCEMENT, montants, strict=True)) | parts

    return regrouper(_credits(actions, financements, annee), par, calcul)


def _credits(actions: pd.DataFrame, financements: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les crédits de l'année et l'action qu'ils paient."""
    communes = [nom for nom in actions if nom in financements and nom != "action_id"]
    actions = de_l_annee(actions, annee).drop(columns=communes)
    return de_l_annee(financements, annee).merge(actions, on="action_id", how="left", validate="many_to_one")
