"""Personnes : combien de personnes différentes, quand les bilans le permettent.

Un compte exact sur plusieurs actions demande un pseudonyme commun aux porteurs ; sans lui, deux bornes. Les
tables et `annee` se lisent comme dans `realisation`.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, regrouper, typer
from citelib.resultats.couverture import couverture, quartiers_reunis
from citelib.resultats.publics import ENCADREMENT, PUBLIC_AGE, bornes
from citelib.tables import TRANCHES_AGE


@publiable(effectifs=("nb_min", "nb_max"), parts={"part_certaine": ("nb_min", "nb_max")}, libres=("n_actions",))
def personnes_uniques(
    beneficiaires, *, annee: int, type_public: str | None = None, participations=None, actions=None
) -> pd.DataFrame:
    """
    Nombre de personnes différentes de l'année (S01), ou d'un public (S13, S25) : deux bornes, égales s'il est exact.

    Args:
        type_public: « enfant_jeune », « parent » ou « professionnel » ; tous sinon.
        participations: présences séance par séance, si leurs pseudonymes sont communs aux actions. Elles ne
            servent que si toutes les actions de l'année y sont : un compte partiel n'est pas un compte exact.
        actions: table des actions, pour ne garder que celles qui visent les parents.

    Returns:
        `perimetre`, `n_actions`, `nb_min` (la plus grande action), `nb_max` (la somme), `part_certaine`
        (nb_min ÷ nb_max), `methode` (« pseudonymes » ou « bornes ») ; aucune ligne sans bénéficiaire relevé.

    >>> lignes = {"action_id": ["a", "b"], "annee": 2024, "type_public": "parent", "nb_uniques": [30, 12]}
    >>> personnes_uniques(pd.DataFrame(lignes), annee=2024)[["nb_min", "nb_max"]].values.tolist()
    [[30, 42]]
    """
    lignes = de_l_annee(beneficiaires, annee)
    if type_public is not None:
        lignes = lignes[lignes["type_public"].eq(type_public)]
    if actions is not None:
        programme = de_l_annee(actions, annee)
        vises = programme.loc[programme["parents_vises"].fillna(False).astype(bool), "action_id"]
        lignes = lignes[lignes["action_id"].isin(vises)]

    def calcul(lignes: pd.DataFrame) -> dict:
        comptes, methode = bornes(lignes), "bornes"
        if participations is not None and type_public is None:
            relevees = de_l_annee(participations, annee)
            if set(lignes["action_id"]) <= set(relevees["action_id"].astype("str")):
                comptes = dict.fromkeys(comptes, relevees["participant_pseudo"].nunique())
                methode = "pseudonymes"
        certaine = part(comptes["nb_min"], comptes["nb_max"])
        return {"n_actions": lignes["action_id"].nunique(), **comptes, "part_certaine": certaine, "methode": methode}

    return regrouper(lignes, None, calcul)


@publiable(
    **ENCADREMENT,
    rapports={"taux_min": ("nb_min", "population"), "taux_max": ("nb_max", "population")},
    libres=("population",),
)
def couverture_ensemble(beneficiaires, populations, quartiers, *, annee: int) -> pd.DataFrame:
    """
    Part des jeunes de tous les quartiers prioritaires que les actions touchent, entre deux bornes (S07).

    La population est celle que `couverture` retient, quartier par quartier ; il les faut toutes.

    Returns:
        `perimetre`, `nb_min`, `nb_max`, `population`, `taux_min`, `taux_max`, `part_certaine`.
    """
    canons, _, _ = quartiers_reunis(quartiers)
    lignes = de_l_annee(beneficiaires, annee)
    lignes = lignes[lignes["type_public"].eq(PUBLIC_AGE) & lignes["tranche_age"].isin(TRANCHES_AGE)]
    population = pd.NA
    if len(lignes) and len(quartiers):
        connues = couverture(beneficiaires, populations, quartiers, annee=annee)["population"]
        population = connues.sum() if connues.notna().all() else pd.NA
    comptes = bornes(lignes[lignes["residence"].isin(list(canons))])
    taux = {"taux_min": part(comptes["nb_min"], population), "taux_max": part(comptes["nb_max"], population)}
    certaine = {"part_certaine": part(comptes["nb_min"], comptes["nb_max"])}
    table = pd.DataFrame([{"perimetre": ENSEMBLE, **comptes, "population": population, **taux, **certaine}])
    return typer(table).astype({"population": "Int64"}).iloc[: None if len(lignes) else 0]
