"""Satisfaction : que disent de l'action ceux qui l'ont suivie, et combien ont répondu ?

On ne lit que les questions de l'indicateur S11. « Ne sait pas » sort de la base et se compte à part ; une
question inversée se lit à l'envers ; ceux qui n'ont pas répondu ne sont jamais supposés satisfaits.
"""

from __future__ import annotations

import functools

import pandas as pd

from citelib.contrats import Publiable, publiable
from citelib.mesures import REPONSES_MINIMALES, ic_wilson, orienter
from citelib.mesures.comptes import ENSEMBLE, NON_RENSEIGNE, de_l_annee, part, publiable_par, regrouper
from citelib.resultats.publics import de_l_action

PAR = (None, "sexe", "tranche_age", "questionnaire", "axe", "intitule")
PART_ET_BORNES = ("part_satisfaits", "borne_basse", "borne_haute")
REPONDANTS = {
    "population": "répondants à la satisfaction",
    "dimensions": {par: "action" if par == "intitule" else par for par in PAR if par},
}
DEGRES = (2, 3, 4, 5)
"""Longueurs d'échelle que l'on sait montrer en barres d'opinion."""

PLUS_DE_REPONDANTS = "plus de répondants que de participants : revoir l'effectif, ou l'action des réponses"


def _reponses(reponses_beneficiaires, items, *, annee: int, par: str | None, actions) -> pd.DataFrame:
    """Les réponses de l'année sur la satisfaction ; `note`, du moins au plus satisfait, va de 1 à `echelle_max`."""
    questions = items.loc[items["indicateur_code"].eq("S11"), ["questionnaire", "item", "echelle_max", "inverse"]]
    reponses = de_l_annee(reponses_beneficiaires, annee).merge(questions, on=["questionnaire", "item"])
    reponses = de_l_action(reponses, actions, annee=annee, par=par)
    notes = orienter(reponses["reponse"], maximum=reponses["echelle_max"], inverse=reponses["inverse"])
    return reponses.assign(note=notes.astype("Float64")).fillna({par: "NR"})


@publiable_par(
    effectifs=("nb_satisfaits", "nb_repondants", "nb_nsp"),
    parts={"part_satisfaits": ("nb_satisfaits", "nb_repondants")},
    bases={"borne_basse": "nb_repondants", "borne_haute": "nb_repondants"},
    **REPONDANTS,
)
def satisfaction(reponses_beneficiaires, items, *, annee: int, par: str | None = None, actions=None) -> pd.DataFrame:
    """
    Part de répondants satisfaits (S11) : réponse dans la moitié haute de l'échelle, intervalle de Wilson.

    Un répondant compte une fois ; s'il a répondu à plusieurs questions ou vagues de l'année, on prend la
    moyenne de ses réponses. « Ne sait pas » sort de la base et se compte à part.

    Args:
        items: table des questions ; celles de l'indicateur S11 sont retenues.
        par: None, « sexe », « tranche_age », « questionnaire », ou « axe » et « intitule » de l'action.
        actions: table des actions, pour ces deux derniers.

    Returns:
        `par`, `nb_satisfaits`, `nb_repondants`, `part_satisfaits`, `borne_basse`, `borne_haute`, `nb_nsp`,
        `note` (« effectif faible » sous 30 réponses).
    """
    reponses = _reponses(reponses_beneficiaires, items, annee=annee, par=par, actions=actions)
    reponses = reponses.assign(hauteur=(reponses["note"] - 1) / (reponses["echelle_max"] - 1))
    cles = ["questionnaire", "repondant_pseudo"]
    autres = {par: "first"} if par in reponses and par not in cles else {}
    repondants = reponses.groupby(cles, as_index=False).agg({"hauteur": "mean"} | autres)
    return regrouper(repondants, par, _satisfaits, acceptes=PAR)


def _satisfaits(repondants: pd.DataFrame) -> dict:
    """Part de répondants dont la réponse dépasse le milieu de l'échelle."""
    exprimees = repondants["hauteur"].dropna()
    satisfaits = int((exprimees > 0.5).sum())
    return {
        "nb_satisfaits": satisfaits,
        "nb_repondants": len(exprimees),
        **ic_wilson(satisfaits, len(exprimees)).sous(*PART_ET_BORNES),
        "nb_nsp": len(repondants) - len(exprimees),
        "note": "effectif faible" if len(exprimees) < REPONSES_MINIMALES else "",
    }


def avis(reponses_beneficiaires, items, *, annee: int, par: str | None = None, actions=None) -> pd.DataFrame:
    """
    Réponses à la satisfaction, degré par degré, et part de réponses satisfaites (Wilson à 95 %).

    Des échelles de longueurs différentes ne se mêlent pas : on garde celle qui a le plus de réponses, de deux
    à cinq degrés, et `n_autres_echelles` compte les questions laissées de côté. Est satisfaite une réponse de la
    moitié haute ; le milieu d'une échelle impaire ne l'est pas.

    Args:
        items, par, actions: voir `satisfaction`.

    Returns:
        `par` (puis « Ensemble »), `nb_degre_1`… et `part_degre_1`… du moins au plus satisfait, `nb_satisfaits`,
        `nb_non_satisfaits`, `nb_exprimes`, `part_satisfaits`, `borne_basse`, `borne_haute`, `nb_nsp`,
        `n_autres_echelles`.

    Source : Heiberger et Robbins, Journal of Statistical Software 57(5), 2014.
    """
    reponses = _reponses(reponses_beneficiaires, items, annee=annee, par=par, actions=actions)
    longueurs = reponses.loc[reponses["echelle_max"].isin(DEGRES), "echelle_max"].value_counts().sort_index()
    echelle = int(longueurs.idxmax()) if len(longueurs) else 4
    autres = reponses.loc[reponses["echelle_max"].ne(echelle), ["questionnaire", "item"]].drop_duplicates()
    retenues = reponses[reponses["echelle_max"].eq(echelle)]
    table = regrouper(retenues, par, functools.partial(_degres, echelle=echelle), acceptes=PAR)
    table = table.assign(n_autres_echelles=len(autres))
    une_par_personne = not autres.size and not retenues.duplicated(["questionnaire", "repondant_pseudo"]).any()
    contrat = _contrat_degres(echelle, total=len(table) > 1, une_par_personne=une_par_personne)
    table.attrs |= {"publiable": contrat, "annee": annee}
    return table


def _degres(lignes: pd.DataFrame, *, echelle: int) -> dict:
    """Nombre et part de chaque degré, puis la part satisfaite et son intervalle."""
    comptes = {f"nb_degre_{rang}": int(lignes["note"].eq(rang).sum()) for rang in range(1, echelle + 1)}
    exprimes = sum(comptes.values())
    parts = {nom.replace("nb_", "part_"): part(combien, exprimes) for nom, combien in comptes.items()}
    satisfaits = sum(comptes[nom] for nom in _hauts(echelle))
    return {
        **comptes,
        **parts,
        "nb_satisfaits": satisfaits,
        "nb_non_satisfaits": exprimes - satisfaits,
        "nb_exprimes": exprimes,
        **ic_wilson(satisfaits, exprimes).sous(*PART_ET_BORNES),
        "nb_nsp": int(lignes["reponse"].eq("NSP").sum()),
    }


def _hauts(echelle: int) -> tuple[str, ...]:
    """Les degrés au-dessus du milieu de l'échelle."""
    return tuple(f"nb_degre_{rang}" for rang in range(1, echelle + 1) if 2 * rang > echelle + 1)


def _contrat_degres(echelle: int, *, total: bool, une_par_personne: bool) -> Publiable:
    """Le contrat de `avis` : toutes les sommes qu'un lecteur peut refaire ; ses réponses sont alors des répondants."""
    nombres = tuple(f"nb_degre_{rang}" for rang in range(1, echelle + 1))
    hauts = _hauts(echelle)
    return Publiable(
        effectifs=(*nombres, "nb_satisfaits", "nb_non_satisfaits", "nb_exprimes", "nb_nsp"),
        parts={"part_satisfaits": ("nb_satisfaits", "nb_exprimes")},
        bases={"borne_basse": "nb_exprimes", "borne_haute": "nb_exprimes"},
        rapports={nom.replace("nb_", "part_"): (nom, "nb_exprimes") for nom in nombres},
        sommes={
            "nb_satisfaits": hauts,
            "nb_non_satisfaits": tuple(nom for nom in nombres if nom not in hauts),
            "nb_exprimes": ("nb_satisfaits", "nb_non_satisfaits"),
        },
        libres=("n_autres_echelles",),
        total_ligne=ENSEMBLE if total else None,
        **REPONDANTS | ({} if une_par_personne else {"population": "réponses à la satisfaction"}),
        mesures={"nb_exprimes": ("nb_repondants", {})},
    )


@publiable(
    effectifs=("nb_satisfaits", "nb_repondants", "nb_nsp"),
    parts={"part_satisfaits": ("nb_satisfaits", "nb_repondants")},
    bases={"borne_basse": "nb_repondants", "borne_haute": "nb_repondants"},
    **REPONDANTS,
)
def satisfaction_par_action(reponses_beneficiaires, items, actions, *, annee: int) -> pd.DataFrame:
    """
    Satisfaction des actions qui ont au moins 30 réponses ; en deçà, ce sont des témoignages.

    Returns:
        Les colonnes de `satisfaction`, `intitule` en tête. Vide, elle dit pourquoi.
    """
    table = satisfaction(reponses_beneficiaires, items, annee=annee, par="intitule", actions=actions)
    connues = table[~table["intitule"].isin([ENSEMBLE, NON_RENSEIGNE])]
    retenues = connues[connues["nb_repondants"].ge(REPONSES_MINIMALES)].reset_index(drop=True)
    if retenues.empty:
        n = f"{len(connues)} actions interrogées" if len(connues) > 1 else f"{len(connues)} action interrogée"
        retenues.attrs["motif"] = f"aucune action n'a {REPONSES_MINIMALES} réponses ({n})"
    return retenues


@publiable_par(
    effectifs=("nb_repondants", "nb_invites"),
    rapports={"taux_reponse": ("nb_repondants", "nb_invites")},
    libres=("n_actions", "n_sans_effectif"),
)
def taux_reponse(reponses_beneficiaires, items, beneficiaires, actions, *, annee: int, par: str | None = None):
    """
    Part des participants des actions interrogées qui ont répondu à la satisfaction.

    Sont invités les enfants et jeunes (les parents, pour un questionnaire « parents ») comptés dans une action
    qui a au moins un répondant ; les répondants que rien ne relie à une action n'entrent pas au numérateur.

    Args:
        par: None ou « axe ».

    Returns:
        `par` (puis « Ensemble »), `n_actions` interrogées, `nb_repondants`, `nb_invites`, `taux_reponse`,
        `n_sans_effectif` (actions interrogées dont l'effectif manque : leurs répondants sont écartés), `note`.
    """
    reponses = _reponses(reponses_beneficiaires, items, annee=annee, par=None, actions=None)
    publics = reponses["questionnaire"].str.startswith("parent").map({True: "parent", False: "enfant_jeune"})
    cles = ["action_id", "type_public"]
    repondants = reponses.assign(type_public=publics).dropna(subset="action_id").groupby(cles)["repondant_pseudo"]
    table = repondants.nunique().rename("repondants").reset_index()
    invites = de_l_annee(beneficiaires, annee).groupby(cles)["nb_uniques"].sum().rename("invites")
    table = table.merge(invites, left_on=cles, right_index=True, how="left")
    table = de_l_action(table, actions, annee=annee, par=par)

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset="invites")
        oui, tous = int(connues["repondants"].sum()), int(connues["invites"].sum())
        comptes = {"nb_repondants": oui, "nb_invites": tous, "taux_reponse": part(oui, tous)}
        n_actions, muettes = lignes["action_id"].nunique(), lignes.loc[lignes["invites"].isna(), "action_id"].nunique()
        note = PLUS_DE_REPONDANTS if oui > tous else ""
        return {"n_actions": n_actions, **comptes, "n_sans_effectif": muettes, "note": note}

    return regrouper(table, par, calcul, acceptes=(None, "axe"))
