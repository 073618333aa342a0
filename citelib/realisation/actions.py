"""Réalisation : ce que nous avions prévu de faire a-t-il été fait ?

Partout, `actions`, `realisations`, `beneficiaires` et `financements` sont les tables de la cité, toutes
années, et `annee` celle que l'on regarde. `par` vaut None (la cité entière) ou l'une des découpes de
`decoupes`, et `modalites` dit les intitulés qu'elle montre toujours ; la dernière ligne, « Ensemble », compte
chaque action une fois. Une action sans bilan est « sans information » ; un nombre inconnu reste vide et n'est
jamais compté pour zéro. Une année sans programme donne une table vide. Les codes R01 à R15 sont ceux du
référentiel d'indicateurs.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import NON_RENSEIGNE, de_l_annee, part, publiable_par, regrouper, somme, typer
from citelib.realisation.decoupes import regrouper_actions
from citelib.tables import MOTIFS_ECART, STATUTS_ACTION, libelle

COMPTES = {statut: f"n_{statut}s" for statut in STATUTS_ACTION} | {"sans_information": "n_sans_information"}
"""Statut → colonne qui compte les actions dans ce statut."""
MENEES, SANS_SUITE = ("realisee", "partielle"), ("reportee", "annulee", "non_realisee")
DU_PLUS_LOIN = ("non_realisee", "annulee", "reportee", "sans_information", "partielle", "realisee")
"""Statuts, du plus éloigné au plus proche de la réalisation."""
COMPLETUDE_MINIMALE = 0.8
"""En dessous, les taux de l'année sont provisoires. Source : note de méthode, M1."""
CHAMPS_DU_BILAN = ("seances_tenues", "date_debut_reelle", "date_fin_reelle", "methode_comptage")
"""Ce que doit remplir le bilan d'une action menée ; celui d'une autre donne son motif d'écart."""


def bilans(actions: pd.DataFrame, realisations: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les actions de l'année, ajoutées comprises, et leur bilan, même absent."""
    communes = [nom for nom in realisations if nom in actions and nom != "action_id"]
    lus = de_l_annee(realisations, annee).drop(columns=communes)
    lignes = de_l_annee(actions, annee).merge(lus, on="action_id", how="left", validate="one_to_one")
    absents = {"statut": "sans_information", "hors_programmation": False}
    return lignes.fillna(absents).astype({"hors_programmation": bool})


def prevues(actions: pd.DataFrame, realisations: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les actions du programme, sans celles qui lui ont été ajoutées."""
    return bilans(actions, realisations, annee).query("not hors_programmation")


def touches(lignes: pd.DataFrame, beneficiaires: pd.DataFrame, annee: int) -> pd.Series:
    """Personnes touchées par action : zéro si elle n'a pas eu lieu, vide si son bilan ne le dit pas."""
    comptes = de_l_annee(beneficiaires, annee).groupby("action_id")["nb_uniques"].sum()
    comptees = lignes["action_id"].map(comptes.astype("Int64")).astype("Int64")
    return comptees.mask(comptees.isna() & lignes["statut"].isin(SANS_SUITE), 0)


@publiable(libres=("n_prevues", *COMPTES.values(), "taux_strict", "taux_pondere"))
def taux_realisation(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Part des actions prévues qui ont été réalisées ; les actions ajoutées n'y comptent pas.

    Une action reportée ou annulée reste au dénominateur. Le taux pondéré (R02) compte pour moitié une
    action réalisée en partie, le taux strict (R01) pour rien.

    Returns:
        `par`, `n_prevues`, une colonne `n_` par statut, `taux_strict`, `taux_pondere`.

    >>> actions = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "hors_programmation": False})
    >>> bilans = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "statut": ["realisee", "partielle"]})
    >>> taux_realisation(actions, bilans, annee=2024)[["n_prevues", "taux_strict", "taux_pondere"]]
       n_prevues  taux_strict  taux_pondere
    0          2          0.5          0.75
    """
    lignes = prevues(actions, realisations, annee)
    return regrouper_actions(lignes, par, statuts_comptes, annee=annee)


def statuts_comptes(lignes: pd.DataFrame) -> dict:
    """Nombre d'actions par statut, et les deux taux de réalisation."""
    comptes = {colonne: int(lignes["statut"].eq(statut).sum()) for statut, colonne in COMPTES.items()}
    menees = comptes["n_realisees"] + comptes["n_partielles"] / 2
    taux = {"taux_strict": part(comptes["n_realisees"], len(lignes)), "taux_pondere": part(menees, len(lignes))}
    return {"n_prevues": len(lignes)} | comptes | taux


SEANCES = ("n_seances_prevues", "n_seances_tenues", "taux_seances")


@publiable(libres=("n_prevues", "n_realisees", "n_partielles", "n_non_menees", "taux_strict", *SEANCES))
def prevu_et_fait(actions, realisations, *, annee: int, par: str | None = None, modalites=None) -> pd.DataFrame:
    """
    Ce qui était prévu et ce qui a été fait : actions (R01) et séances (R08), selon une découpe du programme.

    Une action qui relève de plusieurs modalités (deux quartiers, deux trimestres) compte dans chacune, et une
    seule fois dans « Ensemble ». Aucune personne n'y est comptée.

    Returns:
        `par`, `n_prevues`, `n_realisees`, `n_partielles`, `n_non_menees` (reportées, annulées, non réalisées
        ou sans information), `taux_strict`, puis les colonnes de `seances`.

    >>> actions = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "hors_programmation": False,
    ...                         "qpv": [("Q1", "Q2"), ("Q1",)], "seances_prevues": [4, 6]})
    >>> bilans = pd.DataFrame({"action_id": ["a", "b"], "annee": 2024, "statut": ["realisee", "annulee"],
    ...                        "seances_tenues": [3, 0]})
    >>> prevu_et_fait(actions, bilans, annee=2024, par="qpv")[["qpv", "n_prevues", "n_realisees", "taux_strict"]]
            qpv  n_prevues  n_realisees  taux_strict
    0        Q1          2            1          0.5
    1        Q2          1            1          1.0
    2  Ensemble          2            1          0.5
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        statuts, tenues = statuts_comptes(lignes), _seances(lignes)
        menees = statuts["n_realisees"] + statuts["n_partielles"]
        gardes = {nom: statuts[nom] for nom in ("n_prevues", "n_realisees", "n_partielles")}
        gardes |= {"n_non_menees": len(lignes) - menees, "taux_strict": statuts["taux_strict"]}
        return gardes | {nom: tenues[nom] for nom in SEANCES}

    lignes = prevues(actions, realisations, annee)
    return regrouper_actions(lignes, par, calcul, annee=annee, modalites=modalites)


@publiable(libres=("n_ajoutees", "n_ajoutees_menees", "n_menees", "taux_ajoutees"))
def actions_ajoutees(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Part d'actions ajoutées au programme parmi celles menées, en tout ou partie (R03).

    Returns:
        `par`, `n_ajoutees` (menées ou non), `n_ajoutees_menees`, `n_menees`, `taux_ajoutees`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        ajoutee, menee = lignes["hors_programmation"], lignes["statut"].isin(MENEES)
        comptes = {"n_ajoutees": ajoutee.sum(), "n_ajoutees_menees": (ajoutee & menee).sum(), "n_menees": menee.sum()}
        return comptes | {"taux_ajoutees": part(comptes["n_ajoutees_menees"], comptes["n_menees"])}

    return regrouper_actions(bilans(actions, realisations, annee), par, calcul, annee=annee)


@publiable(libres=("n_actions",))
def motifs(actions, realisations, *, annee: int, detail: bool = True) -> pd.DataFrame:
    """
    Actions prévues qui n'ont pas été réalisées, selon le motif (R04).

    Args:
        detail: vrai pour croiser le statut et le motif ; faux pour le motif seul, du plus fréquent au moins.

    Returns:
        `statut` (si `detail`), `motif`, `n_actions`.
    """
    lignes = prevues(actions, realisations, annee)
    lignes = lignes[~lignes["statut"].isin(MENEES)]
    lignes = lignes.assign(motif=lignes["motif_ecart"].fillna(NON_RENSEIGNE))
    cles = ["statut", "motif"] if detail else ["motif"]
    table = lignes.groupby(cles, as_index=False).size().rename(columns={"size": "n_actions"})
    rangs = {code: rang for rang, code in enumerate((*STATUTS_ACTION, *MOTIFS_ECART, NON_RENSEIGNE))}
    table = table.sort_values(cles, key=lambda codes: codes.map(rangs), ignore_index=True)
    if not detail:
        table = table.sort_values("n_actions", ascending=False, kind="stable", ignore_index=True)
    return typer(table.assign(**{cle: table[cle].map(libelle) for cle in cles}))


@publiable(libres=("n_actions", "n_actions_sans_information", *SEANCES))
def seances(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Part des séances prévues qui ont été tenues (R08), actions prévues aux deux nombres connus.

    Returns:
        `par`, `n_actions` (comptées), `n_actions_sans_information` (écartées), `n_seances_prevues`,
        `n_seances_tenues`, `taux_seances`.
    """
    return regrouper_actions(prevues(actions, realisations, annee), par, _seances, annee=annee)


def _seances(lignes: pd.DataFrame) -> dict:
    """Séances prévues et tenues des actions dont les deux nombres sont connus."""
    connues = lignes.dropna(subset=["seances_prevues", "seances_tenues"])
    prevues, tenues = somme(connues["seances_prevues"]), somme(connues["seances_tenues"])
    comptees = {"n_actions": len(connues), "n_actions_sans_information": len(lignes) - len(connues)}
    return comptees | dict(zip(SEANCES, (prevues, tenues, part(tenues, prevues)), strict=True))


@publiable(libres=("n_actions", "n_en_retard", "taux_en_retard", "jours_median"))
def ecart_calendrier(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Retard des actions prévues : écart médian entre débuts réel et prévu, en jours (R09).

    Returns:
        `par`, `n_actions` (aux deux dates connues), `n_en_retard` (parties après la date prévue),
        `taux_en_retard`, `jours_median` (négatif : en avance).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        ecarts = (lignes["date_debut_reelle"] - lignes["date_debut_prevue"]).dt.days.dropna()
        comptes = {"n_actions": len(ecarts), "n_en_retard": int((ecarts > 0).sum())}
        return comptes | {"taux_en_retard": part(comptes["n_en_retard"], len(ecarts)), "jours_median": ecarts.median()}

    return regrouper_actions(prevues(actions, realisations, annee), par, calcul, annee=annee)


@publiable_par(
    effectifs=("nb_uniques",),
    bases={"taux_atteinte_brut": "nb_uniques", "taux_atteinte_plafonne": "nb_uniques"},
    libres=("n_actions", "n_sans_information", "public_prevu"),
    population="inscriptions",
    fixes={"comptee": "comptée"},
    dimensions={"axe": "axe", "theme": "theme", "porteur_nom": "porteur"},
    mesures={"nb_uniques": ("nb_max", {})},
)
def public_atteint(actions, beneficiaires, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Personnes touchées rapportées au public prévu, actions prévues (S04).

    Une action qui n'a pas eu lieu a touché zéro personne. Une action sans compte, ou sans public prévu, est
    écartée des deux termes et comptée à part. Qui suit deux actions compte deux fois.

    Returns:
        `par`, `n_actions` (comptées), `n_sans_information` (écartées), `public_prevu`, `nb_uniques`,
        `taux_atteinte_brut`, `taux_atteinte_plafonne` (chaque action plafonnée à son public prévu).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset=["public_prevu", "touches"])
        prevu, touches = somme(connues["public_prevu"]), somme(connues["touches"])
        plafonnes = somme(connues[["public_prevu", "touches"]].min(axis=1))
        return {
            "n_actions": len(connues),
            "n_sans_information": len(lignes) - len(connues),
            "public_prevu": prevu,
            "nb_uniques": touches,
            "taux_atteinte_brut": part(touches, prevu),
            "taux_atteinte_plafonne": part(plafonnes, prevu),
        }

    lignes = prevues(actions, realisations, annee)
    return regrouper(lignes.assign(touches=touches(lignes, beneficiaires, annee)), par, calcul)


@publiable(
    libres=(
        *("n_bilans_attendus", "n_bilans_recus", "n_bilans_a_temps", "taux_bilans", "taux_bilans_a_temps"),
        *("n_champs_attendus", "n_champs_remplis", "taux_champs_remplis"),
    )
)
def completude(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Bilans reçus, dont au 31 janvier de l'année suivante, et champs obligatoires remplis (R15).

    Returns:
        `par`, `n_bilans_attendus` (une par action, ajoutées comprises), `n_bilans_recus`, `n_bilans_a_temps`,
        `taux_bilans`, `taux_bilans_a_temps`, `n_champs_attendus`, `n_champs_remplis`,
        `taux_champs_remplis`, `note` (« provisoire » sous 80 % de bilans reçus).
    """
    echeance = pd.Timestamp(annee + 1, 1, 31)

    def calcul(lignes: pd.DataFrame) -> dict:
        recus, a_temps = lignes["bilan_recu_le"].notna().sum(), lignes["bilan_recu_le"].le(echeance).sum()
        menees = lignes["statut"].isin(MENEES)
        champs = [lignes.loc[menees, list(CHAMPS_DU_BILAN)], lignes.loc[~menees, ["motif_ecart"]]]
        attendus, remplis = sum(c.size for c in champs), sum(int(c.notna().sum().sum()) for c in champs)
        taux = part(recus, len(lignes))
        provisoire = not pd.isna(taux) and taux < COMPLETUDE_MINIMALE
        return {
            "n_bilans_attendus": len(lignes),
            "n_bilans_recus": recus,
            "n_bilans_a_temps": a_temps,
            "taux_bilans": taux,
            "taux_bilans_a_temps": part(a_temps, len(lignes)),
            "n_champs_attendus": attendus,
            "n_champs_remplis": remplis,
            "taux_champs_remplis": part(remplis, attendus),
            "note": "provisoire" if provisoire else "",
        }

    return regrouper_actions(bilans(actions, realisations, annee), par, calcul, annee=annee)
