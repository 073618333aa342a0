"""Le pilotage : réunions tenues, présences, décisions et recommandations suivies d'effet."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, regrouper, typer
from citelib.tables import CATEGORIES, INSTANCES, PAR_NOM, libelle

ORIGINES = PAR_NOM["decisions"].colonne("origine").contraintes[0].valeurs
SUITES = PAR_NOM["recommandations"].colonne("statut").contraintes[0].valeurs
HABITANTS = ("parents_habitants", "jeunes")
"""Origines d'une décision qui sont celles des habitants. Source : référentiel, P10."""
ORDRES = {"categorie": CATEGORIES, "instance": INSTANCES}


@publiable(libres=("n_prevues", "n_tenues", "taux_tenues"))
def instances_tenues(instances, *, annee: int) -> pd.DataFrame:
    """
    Réunions tenues parmi les réunions prévues (P08) ; une réunion sans « tenue » compte comme non tenue.

    Returns:
        `instance` (puis « Ensemble »), `n_prevues`, `n_tenues`, `taux_tenues`.

    >>> reunions = pd.DataFrame({"annee": 2024, "instance": ["copil", "copil"], "tenue": [True, False]})
    >>> instances_tenues(reunions, annee=2024)["taux_tenues"].tolist()
    [0.5, 0.5]
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        tenues = int(lignes["tenue"].fillna(False).sum())
        return {"n_prevues": len(lignes), "n_tenues": tenues, "taux_tenues": part(tenues, len(lignes))}

    return _dans_l_ordre(regrouper(de_l_annee(instances, annee), "instance", calcul, acceptes=("instance",)))


@publiable(libres=("n_invitations", "n_presences", "taux_presence", "part_sieges"))
def presence(presences, instances, structures, *, annee: int, par: str = "categorie") -> pd.DataFrame:
    """
    Sièges occupés parmi les sièges invités, aux seules réunions tenues (P09).

    Un organisme venu sans être invité compte comme invité : le taux ne dépasse jamais 100 %.

    Args:
        par: « categorie » (catégorie d'acteur) ou « instance ».

    Returns:
        `par` (puis « Ensemble »), `n_invitations`, `n_presences`, `taux_presence`, `part_sieges` (part des
        sièges occupés de l'ensemble, où se lit la place des parents et habitants, P10).
    """
    lignes = presences_tenues(presences, instances, structures, annee=annee)
    total = int(lignes["present"].sum())

    def calcul(groupe: pd.DataFrame) -> dict:
        venus, invites = int(groupe["present"].sum()), int((groupe["invite"] | groupe["present"]).sum())
        taux = {"taux_presence": part(venus, invites), "part_sieges": part(venus, total)}
        return {"n_invitations": invites, "n_presences": venus} | taux

    return _dans_l_ordre(regrouper(lignes, par, calcul, acceptes=tuple(ORDRES)))


def _dans_l_ordre(table: pd.DataFrame) -> pd.DataFrame:
    """Les lignes dans l'ordre des instances ou des catégories, puis les autres comme elles viennent."""
    nom = table.columns[0]
    rangs = {libelle(code): rang for rang, code in enumerate(ORDRES[nom])}
    return table.sort_values(nom, key=lambda noms: noms.map(rangs).fillna(len(rangs)), kind="stable", ignore_index=True)


def presences_tenues(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Les présences aux réunions tenues dans l'année, avec l'instance et l'organisme.

    Returns:
        `reunion_id`, `instance`, `structure_id`, `nom`, `categorie`, `invite`, `present` (booléens).
    """
    tenues = de_l_annee(instances, annee)
    tenues = tenues.loc[tenues["tenue"].fillna(False).astype(bool), ["reunion_id", "instance"]]
    lignes = presences[["reunion_id", "structure_id", "invite", "present"]].merge(tenues, on="reunion_id")
    lignes = lignes.merge(structures[["structure_id", "nom", "categorie"]], on="structure_id", how="left")
    inconnus = {"nom": lignes["structure_id"], "categorie": "autre", "invite": False, "present": False}
    return lignes.fillna(inconnus).astype({"invite": bool, "present": bool})


@publiable(libres=("n_decisions", "taux_decisions", "n_faites"))
def place_habitants(decisions, *, annee: int) -> pd.DataFrame:
    """
    De qui viennent les décisions prises, et combien sont faites (P10).

    Returns:
        `origine` (toutes, zéros compris, puis « Parents, habitants et jeunes » qui réunit deux d'entre elles,
        puis « Ensemble »), `n_decisions`, `taux_decisions` (÷ ensemble), `n_faites`.
    """
    lignes = de_l_annee(decisions, annee)
    groupes = {libelle(origine): lignes[lignes["origine"].eq(origine)] for origine in ORIGINES}
    groupes["Parents, habitants et jeunes"] = lignes[lignes["origine"].isin(HABITANTS)]
    groupes[ENSEMBLE] = lignes
    rangees = [
        (nom, len(groupe), part(len(groupe), len(lignes)), int(groupe["statut"].eq("faite").sum()))
        for nom, groupe in groupes.items()
    ]
    table = typer(pd.DataFrame(rangees, columns=["origine", "n_decisions", "taux_decisions", "n_faites"]))
    return table if len(lignes) else table.iloc[:0]


@publiable(
    libres=(
        *("n_decisions", "n_dues", "n_faites_a_temps", "n_faites"),
        *("n_en_retard", "n_abandonnees", "taux_execution"),
    )
)
def decisions(decisions, *, annee: int, au: dt.date, par: str | None = None) -> pd.DataFrame:
    """
    Décisions exécutées à l'échéance parmi les décisions échues (P11).

    Une décision est échue si son échéance n'est pas après `au`. Faite sans date d'exécution, elle est
    faite, mais rien ne dit que c'était à temps. Abandonnée, elle reste due.

    Args:
        au: date à laquelle on regarde ; ce qui a été fait après n'est pas encore fait.
        par: « origine », toutes montrées ; None pour l'ensemble.

    Returns:
        `perimetre` (ou `origine`, puis « Ensemble »), `n_decisions` (prises dans l'année), `n_dues`,
        `n_faites_a_temps`, `n_faites`, `n_en_retard`,
        `n_abandonnees` (ces quatre parmi les dues), `taux_execution` (faites à temps ÷ dues).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        dues = lignes.loc[lignes["due"], "etat"]
        a_temps = int(dues.eq("faite à temps").sum())
        return {
            "n_decisions": len(lignes),
            "n_dues": len(dues),
            "n_faites_a_temps": a_temps,
            "n_faites": int(dues.str.startswith("faite").sum()),
            "n_en_retard": int(dues.eq("en retard").sum()),
            "n_abandonnees": int(dues.eq("abandonnée").sum()),
            "taux_execution": part(a_temps, len(dues)),
        }

    origines = {code: libelle(code) for code in ORIGINES} if par else None
    lignes = etats(de_l_annee(decisions, annee), au)
    return regrouper(lignes, par, calcul, acceptes=(None, "origine"), modalites=origines)


@publiable()
def liste_decisions(decisions, *, annee: int, au: dt.date) -> pd.DataFrame:
    """
    Chaque décision de l'année et ce qu'elle est devenue à la date `au`.

    Returns:
        `decision`, `origine`, `responsable_role`, `echeance`, `etat` (« faite à temps », « faite en retard »,
        « faite », sans date, « en retard », « à faire », « abandonnée »), les plus en retard d'abord.
    """
    lignes = etats(de_l_annee(decisions, annee).reset_index(drop=True), au)
    rang = lignes["etat"].map({"en retard": 0, "à faire": 1, "abandonnée": 3}).fillna(2)
    lignes = lignes.assign(rang=rang, origine=lignes["origine"].map(libelle)).rename(columns={"libelle": "decision"})
    lignes = lignes.sort_values(["rang", "echeance", "decision_id"], kind="stable", ignore_index=True)
    return lignes[["decision", "origine", "responsable_role", "echeance", "etat"]]


def etats(lignes: pd.DataFrame, au: dt.date) -> pd.DataFrame:
    """Des décisions, avec `due` et `etat` à la date donnée."""
    jour = pd.Timestamp(au)
    due, execution = lignes["echeance"] <= jour, lignes["date_execution"]
    faite = lignes["statut"].eq("faite") & ~(execution > jour)
    etat = pd.Series("à faire", index=lignes.index, dtype="str").mask(due, "en retard")
    etat = etat.mask(lignes["statut"].eq("abandonnee"), "abandonnée").mask(faite, "faite")
    etat = etat.mask(faite & (execution <= lignes["echeance"]), "faite à temps")
    return lignes.assign(due=due, etat=etat.mask(faite & (execution > lignes["echeance"]), "faite en retard"))


@publiable(libres=("n_recommandations", "taux_recommandations"))
def recommandations(recommandations, *, annee: int) -> pd.DataFrame:
    """
    Suites données, cette année, aux recommandations de l'évaluation précédente, celles de `annee` − 1 (P14).

    Returns:
        `suite` (les quatre, zéros compris, puis « Ensemble »), `n_recommandations`, `taux_recommandations`.
    """
    lignes = de_l_annee(recommandations, annee - 1)
    comptes = {libelle(suite): int(lignes["statut"].eq(suite).sum()) for suite in SUITES} | {ENSEMBLE: len(lignes)}
    rangees = [(suite, combien, part(combien, len(lignes))) for suite, combien in comptes.items()]
    table = typer(pd.DataFrame(rangees, columns=["suite", "n_recommandations", "taux_recommandations"]))
    return table if len(lignes) else table.iloc[:0]
