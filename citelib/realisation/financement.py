"""Financement : les crédits ont-ils été consommés, et qui paie ?

`actions` et `financements` sont les tables de la cité, toutes années ; `annee` et `par` se lisent comme dans
`realisation`. Une année sans crédit donne une table vide. Les montants sont en euros courants.

Les subventions d'un porteur se montrent sans masque, même s'il est seul dans une case : elles sont publiques. Ses
fonds propres ne le sont pas : en diffusion publique, ils suivent la règle de dominance (décisions 0005 et 0007).
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.mesures.comptes import de_l_annee, domine, part, regrouper, somme, typer
from citelib.realisation.decoupes import DECOUPES, quartiers_de, regrouper_actions
from citelib.tables import AXES, CONNUES, PROPRES, libelle

ETAT = ("etat_p147", "etat_p230", "fonds_ce")
"""Financeurs de l'État ; le fonds de la cité éducative, tenu par le collège chef de file, vient de lui."""
MONTANTS = {
    "demande": "montant_demande",
    "accorde": "montant_accorde",
    "verse": "montant_verse",
    "depense_justifiee": "montant_justifie",
}
DES_CREDITS = ("financeur", "credit", "nature")
"""Découpes qui ne portent que sur les crédits."""


@publiable(libres=(*MONTANTS.values(), "montant_examine", "taux_consommation"))
def budget(
    actions, financements, *, annee: int, par: str | None = None, nature: str | None = "numeraire"
) -> pd.DataFrame:
    """
    Crédits demandés, accordés, versés, justifiés, et taux de consommation (R06).

    Le taux ne porte que sur les crédits dont le compte rendu est arrivé (`montant_examine`, leur montant
    accordé) : une dépense non encore justifiée n'est pas une dépense nulle. Une subvention restée non versée
    n'appelle pas de compte rendu (voir `justifications`) : un zéro y est écrit d'avance, il n'est pas examiné.

    Args:
        par: aussi « financeur », « credit » ou « nature ».
        nature: « numeraire » ou « valorisation » ; None pour les deux.

    Returns:
        `par`, `montant_demande`, `montant_accorde`, `montant_verse`, `montant_justifie`,
        `montant_examine`, `taux_consommation`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        examinees = lignes.dropna(subset=["accorde", "depense_justifiee"])
        examinees = examinees[examinees["compte_rendu_recu_le"].notna() | ~_non_versees(examinees)]
        accorde, justifie = somme(examinees["accorde"]), somme(examinees["depense_justifiee"])
        montants = {colonne: somme(lignes[nom]) for nom, colonne in MONTANTS.items()}
        return montants | {"montant_examine": accorde, "taux_consommation": part(justifie, accorde)}

    lignes = _credits(actions, financements, annee)
    lignes = lignes if nature is None else lignes[lignes["nature"].eq(nature)]
    return regrouper_actions(lignes, par, calcul, annee=annee, acceptes=(*DECOUPES, *DES_CREDITS))


@publiable(libres=("annee", "montant_notifie", "montant_engage", "taux_engagement"))
def engagement(valeurs, *, annee: int) -> pd.DataFrame:
    """
    Crédits engagés rapportés à l'enveloppe notifiée (R05), telle que la préfecture et la Ville la relèvent.

    L'enveloppe notifiée n'est dans aucune autre table : ce qui n'a pas été relevé reste vide, et la note le dit.

    Returns:
        Les trois dernières années : `annee`, `montant_notifie`, `montant_engage`, `taux_engagement`, `note`.
    """
    lignes = valeurs[valeurs["indicateur_code"].eq("R05") & valeurs["niveau"].eq("cite")]
    connues = lignes[lignes["statut_valeur"].isin(CONNUES)].drop_duplicates("annee", keep="last").set_index("annee")
    rangees = []
    for an in range(annee - 2, annee + 1):
        notifie, engage = connues.loc[an, ["denominateur", "numerateur"]] if an in connues.index else (pd.NA, pd.NA)
        note = "" if an in connues.index else "non relevé"
        rangees.append((an, notifie, engage, part(engage, notifie), note))
    colonnes = ["annee", "montant_notifie", "montant_engage", "taux_engagement", "note"]
    return typer(pd.DataFrame(rangees if len(connues) else [], columns=colonnes)).astype({"annee": "Int64"})


COFINANCEMENT = ("montant_etat", "montant_ville", "montant_autres", "montant_droit_commun", "montant_total")


@publiable(
    libres=(*COFINANCEMENT, "part_cofinancement", "part_droit_commun"),
    montants=("montant_autres", "montant_droit_commun", "montant_total", "part_cofinancement", "part_droit_commun"),
)
def cofinancement(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Origine des crédits accordés, valorisations comprises : part locale (R10), part du droit commun.

    L'État comprend le fonds de la cité éducative ; « autres » comprend l'autofinancement des porteurs. Le droit
    commun y est rapporté aux crédits accordés ; `droit_commun` le rapporte au coût des actions (R11). Une subvention de
    l'État ou de la Ville est publique ; les fonds d'un porteur ne le sont pas, et se protègent s'il est presque seul.

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
        seul = domine(lignes.loc[choix[2], "accorde"].astype(float), lignes.loc[choix[2], "porteur_nom"])
        return dict(zip(COFINANCEMENT, montants, strict=True)) | parts | {"domine": seul}

    table = regrouper(_credits(actions, financements, annee), par, calcul)
    table.attrs["domines"] = table["domine"].tolist()
    return table.drop(columns="domine")


@publiable(libres=("n_subventions", "n_recus", "n_recus_a_temps", "taux_recus_a_temps"))
def justifications(actions, financements, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Comptes rendus financiers reçus dans les six mois qui suivent l'exercice (R07).

    Une subvention est à justifier si elle a été accordée en numéraire par un financeur et n'a pas été laissée
    non versée : un montant versé de zéro n'appelle pas de compte rendu, un montant versé inconnu en appelle un.

    Args:
        par: aussi « financeur » ou « credit ».

    Returns:
        `par`, `n_subventions` (à justifier), `n_recus`, `n_recus_a_temps`, `taux_recus_a_temps`,
        `note` (« provisoire » si les lignes ont été relevées avant l'échéance).
    """
    echeance = fin_de_justification(annee)

    def calcul(lignes: pd.DataFrame) -> dict:
        dates, releve = lignes["compte_rendu_recu_le"], lignes["date_extraction"].max()
        recus, a_temps = dates.notna().sum(), dates.le(echeance).sum()
        provisoire = not pd.isna(releve) and releve < echeance and recus < len(lignes)
        comptes = {"n_subventions": len(lignes), "n_recus": recus, "n_recus_a_temps": a_temps}
        taux = {"taux_recus_a_temps": part(a_temps, len(lignes))}
        return comptes | taux | {"note": "provisoire" if provisoire else ""}

    lignes = _credits(actions, financements, annee)
    dues = lignes["nature"].eq("numeraire") & lignes["financeur"].ne(PROPRES) & lignes["accorde"].gt(0).fillna(False)
    dues &= ~_non_versees(lignes)
    return regrouper_actions(lignes[dues], par, calcul, annee=annee, acceptes=(*DECOUPES, *DES_CREDITS))


def _non_versees(lignes: pd.DataFrame) -> pd.Series:
    """Vrai pour une subvention dont on sait qu'elle n'a pas été versée : elle n'appelle pas de compte rendu."""
    return lignes["verse"].eq(0).fillna(False).astype(bool)


def fin_de_justification(annee: int) -> pd.Timestamp:
    """
    Le jour où le compte rendu financier d'une subvention est dû : six mois après l'exercice.

    Source:
        service-public.fr, formulaire cerfa 15059.
    """
    return pd.Timestamp(annee + 1, 6, 30)


@publiable(libres=("n_actions", "n_sans_cout", "montant_droit_commun", "montant_cout", "taux_droit_commun"))
def droit_commun(actions, financements, *, annee: int) -> pd.DataFrame:
    """
    Crédits de droit commun déclarés rapportés au coût total des actions (R11).

    Une action sans coût total est écartée des deux termes. Sans droit commun déclaré, elle en a zéro.

    Returns:
        « Ensemble », `n_actions` (comptées), `n_sans_cout` (écartées), `montant_droit_commun` (accordé),
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

    return regrouper(lignes, None, calcul)


REPERE_ORIENTATION = 0.12
"""Part des actions de 2021 sur l'orientation, la formation et l'insertion, toutes cités. Source : INJEP, 2022."""
ORIENTATION = ("orientation", "formation", "insertion")
"""Mots qui, dans l'intitulé d'un thème, le rangent dans ce repère."""


@publiable(libres=("n_actions", "n_total", "part_actions", "montant_accorde", "montant_total", "part_accorde"))
def orientation(actions, financements, *, annee: int) -> pd.DataFrame:
    """
    Part des actions et des crédits pour l'orientation, la formation et l'insertion (R12).

    Les actions de l'année, ajoutées comprises, d'après l'intitulé de leur thème ; les crédits accordés en
    numéraire. À comparer au repère national (`REPERE_ORIENTATION`).

    Returns:
        `perimetre`, `n_actions`, `n_total`, `part_actions`, `montant_accorde`, `montant_total`, `part_accorde`.
    """
    lignes = avec_accorde(de_l_annee(actions, annee), financements, annee)
    du_repere = lignes["theme"].map(sans_accent).str.contains("|".join(ORIENTATION)).astype(bool)

    def calcul(toutes: pd.DataFrame) -> dict:
        n, accorde, total = int(du_repere.sum()), toutes.loc[du_repere, "accorde"].sum(), somme(toutes["accorde"])
        comptes = {"n_actions": n, "n_total": len(toutes), "part_actions": part(n, len(toutes))}
        return comptes | {"montant_accorde": accorde, "montant_total": total, "part_accorde": part(accorde, total)}

    return regrouper(lignes, None, calcul)


@publiable(libres=("n_actions", "part_actions", "montant_accorde", "part_accorde"))
def repartition(actions, financements, *, annee: int, par: str = "axe") -> pd.DataFrame:
    """
    Part des actions et part des crédits accordés en numéraire, par axe ou par thème (R12).

    Les actions ajoutées en cours d'année y sont : c'est le programme tel qu'il a été financé.

    Returns:
        `par`, `n_actions`, `part_actions`, `montant_accorde`, `part_accorde`.

    Source:
        Repère national : 12 % des actions de 2021 portaient sur l'orientation, la formation et l'insertion.
    """
    lignes = avec_accorde(de_l_annee(actions, annee), financements, annee)
    total = somme(lignes["accorde"])

    def calcul(groupe: pd.DataFrame) -> dict:
        accorde = somme(groupe["accorde"])
        comptes = {"n_actions": len(groupe), "part_actions": part(len(groupe), len(lignes))}
        return comptes | {"montant_accorde": accorde, "part_accorde": part(accorde, total)}

    return regrouper(lignes, par, calcul, acceptes=("axe", "theme"))


@publiable(libres=("n_actions", "montant_accorde", "population", "annee_population", "montant_par_jeune"))
def credits_par_jeune(actions, financements, populations, quartiers, *, annee: int, par: str = "qpv") -> pd.DataFrame:
    """
    Crédits accordés en numéraire par habitant de 0 à 25 ans des quartiers prioritaires.

    Par quartier, seuls les crédits des actions qui ne visent que lui s'y rapportent : on ne sait pas partager
    ceux d'une action qui en vise plusieurs, qui ont leur ligne et la population de tous. Les crédits sans
    quartier n'ont pas de population. C'est l'effort prévu pour un territoire, non le coût d'un bénéficiaire.

    Args:
        par: « qpv » ou « axe » (les actions qui visent un quartier au moins, rapportées à la population de tous).

    Returns:
        `par`, `n_actions`, `montant_accorde`, `population`, `annee_population` (millésime, le plus récent à
        cette date ; vide, avec le montant par jeune, si aucun n'est connu), `montant_par_jeune`.
    """
    noms = quartiers_de(quartiers, annee=annee)
    lignes = avec_accorde(de_l_annee(actions, annee), financements, annee)
    connues = populations[populations["qpv_code"].isin(list(noms)) & populations["annee"].le(annee)]
    millesime = connues["annee"].max()
    jeunes = connues[connues["annee"].eq(millesime)].groupby("qpv_code")["population"].sum()
    # un quartier sans population connue rendrait le total faux
    tous = jeunes.sum() if len(noms) and jeunes.index.isin(list(noms)).sum() == len(noms) else pd.NA
    vises = lignes["qpv"].map(len)
    if par == "axe":
        groupes = {libelle(axe): (lignes["axe"].eq(axe) & vises.gt(0), tous) for axe in AXES}
    else:
        seul = lignes["qpv"].map(lambda codes: codes[0] if len(codes) == 1 else "")
        groupes = {nom: (seul.eq(code), jeunes.get(code, pd.NA)) for code, nom in noms.items()}
        groupes["plusieurs quartiers à la fois"] = (vises.gt(1), tous)
    groupes["actions qui visent un quartier"] = (vises.gt(0), tous)
    groupes["actions sans quartier visé"] = (vises.eq(0), pd.NA)
    rangees = []
    for nom, (garde, population) in groupes.items():
        accorde = somme(lignes.loc[garde, "accorde"])
        quand = pd.NA if pd.isna(population) else millesime
        rangees.append((nom, garde.sum(), accorde, population, quand, part(accorde, population)))
    colonnes = [par, "n_actions", "montant_accorde", "population", "annee_population", "montant_par_jeune"]
    table = typer(pd.DataFrame(rangees if len(lignes) else [], columns=colonnes))
    return table.astype({"population": "Int64", "annee_population": "Int64"})


def accordes(financements: pd.DataFrame, annee: int) -> pd.Series:
    """Montant accordé en numéraire à chaque action, vide si aucun n'est connu."""
    lignes = de_l_annee(financements, annee)
    return lignes[lignes["nature"].eq("numeraire")].groupby("action_id")["accorde"].sum(min_count=1).astype("Float64")


def avec_accorde(lignes: pd.DataFrame, financements: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Des actions, et le montant accordé à chacune."""
    return lignes.assign(accorde=lignes["action_id"].map(accordes(financements, annee)))


def _credits(actions: pd.DataFrame, financements: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les crédits de l'année et l'action qu'ils paient."""
    communes = [nom for nom in actions if nom in financements and nom != "action_id"]
    actions = de_l_annee(actions, annee).drop(columns=communes)
    return de_l_annee(financements, annee).merge(actions, on="action_id", how="left", validate="many_to_one")
