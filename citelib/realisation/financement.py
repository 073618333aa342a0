"""Financement : les crédits ont-ils été consommés, et qui paie ?

`actions` et `financements` sont les tables de la cité, toutes années ; `annee` et `par` se lisent comme dans
`realisation`. Une année sans crédit donne une table vide. Les montants sont en euros courants.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.mesures.comptes import PAR, de_l_annee, part, regrouper, somme, typer
from citelib.tables import AXES, libelle

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
    Origine des crédits accordés, valorisations comprises : part locale (R10), part du droit commun.

    L'État comprend le fonds de la cité éducative ; « autres » comprend l'autofinancement des porteurs. Le droit
    commun y est rapporté aux crédits accordés ; `droit_commun` le rapporte au coût des actions (R11).

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


DELAI_JUSTIFICATION = pd.DateOffset(months=6)
"""Délai du compte rendu financier après la fin de l'exercice. Source : cerfa 15059, service-public.fr (R46623)."""


@publiable(libres=("n_a_justifier", "n_recues", "n_a_temps", "taux_a_temps"))
def justifications(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Comptes rendus financiers reçus dans les six mois de la fin de l'exercice (R07).

    Une subvention à justifier est un montant accordé en numéraire par un autre que le porteur.

    Returns:
        `par`, `n_a_justifier`, `n_recues`, `n_a_temps`, `taux_a_temps` (÷ à justifier), `note` (« provisoire »
        si les lignes ont été relevées avant l'échéance).
    """
    echeance = pd.Timestamp(annee, 12, 31) + DELAI_JUSTIFICATION

    def calcul(lignes: pd.DataFrame) -> dict:
        recus, releve = lignes["compte_rendu_recu_le"], lignes["date_extraction"].max()
        comptes = {"n_a_justifier": len(lignes), "n_recues": int(recus.notna().sum())}
        comptes |= {"n_a_temps": int((recus <= echeance).sum())}
        provisoire = not pd.isna(releve) and releve < echeance and comptes["n_recues"] < len(lignes)
        taux = {"taux_a_temps": part(comptes["n_a_temps"], len(lignes))}
        return comptes | taux | {"note": "provisoire" if provisoire else ""}

    lignes = _credits(actions, financements, annee)
    subventions = lignes["nature"].eq("numeraire") & lignes["accorde"].gt(0).fillna(False)
    return regrouper(lignes[subventions & lignes["financeur"].ne("autofinancement")], par, calcul)


@publiable(libres=("n_actions", "n_sans_cout", "montant_droit_commun", "montant_cout", "taux_droit_commun"))
def droit_commun(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Crédits de droit commun déclarés rapportés au coût total des actions (R11).

    Une action sans coût total est écartée des deux termes. Sans droit commun déclaré, elle en a zéro.

    Returns:
        `par`, `n_actions` (comptées), `n_sans_cout` (écartées), `montant_droit_commun` (accordé),
        `montant_cout` (coût total prévu), `taux_droit_commun`.
    """
    declares = de_l_annee(financements, annee)
    declares = declares[declares["credit"].eq("droit_commun")].groupby("action_id")["accorde"].sum()
    lignes = de_l_annee(actions, annee)
    lignes = lignes.assign(droit_commun=lignes["action_id"].map(declares).astype("Float64").fillna(0))

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset="cout_total_prevu")
        declare, cout = somme(connues["droit_commun"]), somme(connues["cout_total_prevu"])
        comptes = {"n_actions": len(connues), "n_sans_cout": len(lignes) - len(connues)}
        montants = {"montant_droit_commun": declare, "montant_cout": cout}
        return comptes | montants | {"taux_droit_commun": part(declare, cout)}

    return regrouper(lignes, par, calcul)


REPERE_ORIENTATION = 0.12
"""Part des actions de 2021 sur l'orientation, la formation et l'insertion, toutes cités. Source : INJEP, 2022."""
ORIENTATION = ("orientation", "formation", "insertion")
"""Mots qui, dans l'intitulé d'un thème, le rangent dans ce repère."""


@publiable(libres=("n_actions", "n_total", "part_actions", "montant_accorde", "montant_total", "part_montants"))
def repartition(actions, financements, *, annee: int) -> pd.DataFrame:
    """
    Part des actions et des crédits accordés, par axe puis pour l'orientation, la formation et l'insertion (R12).

    Les actions de l'année, ajoutées comprises ; les crédits, valorisations comprises. La dernière ligne se
    compare au repère national (`REPERE_ORIENTATION`) ; ses actions comptent aussi dans leur axe.

    Returns:
        `modalite`, `n_actions`, `n_total`, `part_actions`, `montant_accorde`, `montant_total`, `part_montants`.
    """
    lignes, credits = de_l_annee(actions, annee), de_l_annee(financements, annee)
    themes = lignes["theme"].map(sans_accent)
    groupes = {libelle(axe): lignes["axe"].eq(axe) for axe in AXES}
    groupes["Orientation, formation, insertion"] = themes.str.contains("|".join(ORIENTATION)).astype(bool)
    total, rangees = somme(credits["accorde"]), []
    for modalite, garde in groupes.items():
        accorde = credits.loc[credits["action_id"].isin(lignes.loc[garde, "action_id"]), "accorde"].sum()
        comptes = {"modalite": modalite, "n_actions": int(garde.sum()), "n_total": len(lignes)}
        comptes |= {"part_actions": part(comptes["n_actions"], len(lignes)), "montant_accorde": accorde}
        rangees.append(comptes | {"montant_total": total, "part_montants": part(accorde, total)})
    return typer(pd.DataFrame(rangees).iloc[: None if len(lignes) else 0])


def _credits(actions: pd.DataFrame, financements: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les crédits de l'année et l'action qu'ils paient."""
    communes = [nom for nom in actions if nom in financements and nom != "action_id"]
    actions = de_l_annee(actions, annee).drop(columns=communes)
    return de_l_annee(financements, annee).merge(actions, on="action_id", how="left", validate="many_to_one")
