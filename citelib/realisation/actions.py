"""Réalisation : ce que nous avions prévu de faire a-t-il été fait ?

Partout, `actions`, `realisations`, `beneficiaires` et `financements` sont les tables de la cité, toutes
années, et `annee` celle que l'on regarde. `par` vaut None (la cité entière), « axe », « theme » ou
« porteur_nom » ; la dernière ligne, « Ensemble », porte sur toutes les lignes. Une action sans bilan est
« sans information » ; un nombre inconnu reste vide et n'est jamais compté pour zéro. Une année sans
programme donne une table vide. Les codes R01 à R15 sont ceux du référentiel d'indicateurs.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import NON_RENSEIGNE, de_l_annee, part, publiable_par, regrouper, somme, typer
from citelib.tables import AXES, MOTIFS_ECART, STATUTS_ACTION, libelle

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


def _prevues(actions: pd.DataFrame, realisations: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les actions du programme, sans celles qui lui ont été ajoutées."""
    return bilans(actions, realisations, annee).query("not hors_programmation")


def _touches(lignes: pd.DataFrame, beneficiaires: pd.DataFrame, annee: int) -> pd.Series:
    """Personnes touchées par action : zéro si elle n'a pas eu lieu, vide si son bilan ne le dit pas."""
    comptes = de_l_annee(beneficiaires, annee).groupby("action_id")["nb_uniques"].sum()
    touches = lignes["action_id"].map(comptes.astype("Int64")).astype("Int64")
    return touches.mask(touches.isna() & lignes["statut"].isin(SANS_SUITE), 0)


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
    return regrouper(_prevues(actions, realisations, annee), par, _statuts)


def _statuts(lignes: pd.DataFrame) -> dict:
    """Nombre d'actions par statut, et les deux taux de réalisation."""
    comptes = {colonne: int(lignes["statut"].eq(statut).sum()) for statut, colonne in COMPTES.items()}
    menees = comptes["n_realisees"] + comptes["n_partielles"] / 2
    taux = {"taux_strict": part(comptes["n_realisees"], len(lignes)), "taux_pondere": part(menees, len(lignes))}
    return {"n_prevues": len(lignes)} | comptes | taux


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

    return regrouper(bilans(actions, realisations, annee), par, calcul)


@publiable(libres=("n_actions",))
def motifs(actions, realisations, *, annee: int, detail: bool = True) -> pd.DataFrame:
    """
    Actions prévues qui n'ont pas été réalisées, selon le motif (R04).

    Args:
        detail: vrai pour croiser le statut et le motif ; faux pour le motif seul, du plus fréquent au moins.

    Returns:
        `statut` (si `detail`), `motif`, `n_actions`.
    """
    lignes = _prevues(actions, realisations, annee)
    lignes = lignes[~lignes["statut"].isin(MENEES)]
    lignes = lignes.assign(motif=lignes["motif_ecart"].fillna(NON_RENSEIGNE))
    cles = ["statut", "motif"] if detail else ["motif"]
    table = lignes.groupby(cles, as_index=False).size().rename(columns={"size": "n_actions"})
    rangs = {code: rang for rang, code in enumerate((*STATUTS_ACTION, *MOTIFS_ECART, NON_RENSEIGNE))}
    table = table.sort_values(cles, key=lambda codes: codes.map(rangs), ignore_index=True)
    if not detail:
        table = table.sort_values("n_actions", ascending=False, kind="stable", ignore_index=True)
    return typer(table.assign(**{cle: table[cle].map(libelle) for cle in cles}))


@publiable(libres=("n_actions", "n_actions_sans_information", "n_seances_prevues", "n_seances_tenues", "taux_seances"))
def seances(actions, realisations, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Part des séances prévues qui ont été tenues (R08), actions prévues aux deux nombres connus.

    Returns:
        `par`, `n_actions` (comptées), `n_actions_sans_information` (écartées), `n_seances_prevues`,
        `n_seances_tenues`, `taux_seances`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset=["seances_prevues", "seances_tenues"])
        prevues, tenues = somme(connues["seances_prevues"]), somme(connues["seances_tenues"])
        return {
            "n_actions": len(connues),
            "n_actions_sans_information": len(lignes) - len(connues),
            "n_seances_prevues": prevues,
            "n_seances_tenues": tenues,
            "taux_seances": part(tenues, prevues),
        }

    return regrouper(_prevues(actions, realisations, annee), par, calcul)


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

    return regrouper(_prevues(actions, realisations, annee), par, calcul)


@publiable_par(
    effectifs=("nb_uniques",),
    bases={"taux_atteinte_brut": "nb_uniques", "taux_atteinte_plafonne": "nb_uniques"},
    libres=("n_actions", "n_sans_information", "public_prevu"),
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

    lignes = _prevues(actions, realisations, annee)
    return regrouper(lignes.assign(touches=_touches(lignes, beneficiaires, annee)), par, calcul)


@publiable(
    effectifs=("nb_uniques",),
    libres=("n_seances_prevues", "n_seances_tenues", "public_prevu", "montant_accorde", "montant_justifie"),
)
def liste_actions(actions, realisations, beneficiaires, financements, *, annee: int) -> pd.DataFrame:
    """
    Chaque action de l'année, ajoutées comprises, les plus éloignées de leur réalisation d'abord.

    Returns:
        `intitule`, `porteur_nom`, `axe`, `theme`, `statut`, `motif`, `n_seances_prevues`,
        `n_seances_tenues`, `public_prevu`, `nb_uniques`, `montant_accorde`, `montant_justifie`.
    """
    lignes = bilans(actions, realisations, annee)
    montants = de_l_annee(financements, annee).groupby("action_id")[["accorde", "depense_justifiee"]].sum(min_count=1)
    table = lignes.assign(
        n_seances_prevues=lignes["seances_prevues"],
        n_seances_tenues=lignes["seances_tenues"],
        nb_uniques=_touches(lignes, beneficiaires, annee),
        montant_accorde=lignes["action_id"].map(montants["accorde"]),
        montant_justifie=lignes["action_id"].map(montants["depense_justifiee"]),
        motif=lignes["motif_ecart"].map(libelle, na_action="ignore"),
        axe=lignes["axe"].map(libelle),
        statut=lignes["statut"].map(libelle),
        ecart=lignes["statut"].map(DU_PLUS_LOIN.index),
        rang_axe=lignes["axe"].map(AXES.index),
    ).sort_values(["ecart", "rang_axe", "intitule"], ignore_index=True)
    textes = ["intitule", "porteur_nom", "axe", "theme", "statut", "motif"]
    nombres = ["n_seances_prevues", "n_seances_tenues", "public_prevu", "nb_uniques"]
    return typer(table[[*textes, *nombres, "montant_accorde", "montant_justifie"]])


SUITES = ("n_reconduites", "n_nouvelles", "n_abandonnees")


@publiable(libres=("annee", "n_prevues", *COMPTES.values(), "taux_strict", "taux_pondere", *SUITES))
def comparaison(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    L'année et la précédente : réalisation, et actions prévues reconduites, nouvelles ou abandonnées.

    Returns:
        Deux lignes : `annee`, les colonnes de `taux_realisation`, `n_reconduites`, `n_nouvelles`,
        `n_abandonnees` (de l'année d'avant, vides si elle est inconnue), `note`. Une année sans
        programme garde une ligne vide, expliquée par `note`.
    """
    rangees = [_annee_comparee(actions, realisations, an) for an in (annee - 1, annee)]
    table = typer(pd.DataFrame(rangees).astype({"annee": "Int64"}))
    return table if table["n_prevues"].notna().iloc[1] else table.iloc[:0]


def _annee_comparee(actions: pd.DataFrame, realisations: pd.DataFrame, annee: int) -> dict:
    """Ce que `comparaison` dit d'une année."""
    lignes = _prevues(actions, realisations, annee)
    de_l_an, d_avant = set(lignes["action_id"]), set(_prevues(actions, realisations, annee - 1)["action_id"])
    if not de_l_an:
        vides = dict.fromkeys([*_statuts(lignes), *SUITES], pd.NA)
        return {"annee": annee} | vides | {"note": f"Aucun programme connu en {annee}."}
    suites = [len(de_l_an & d_avant), len(de_l_an - d_avant), len(d_avant - de_l_an)] if d_avant else [pd.NA] * 3
    return {"annee": annee} | _statuts(lignes) | dict(zip(SUITES, suites, strict=True)) | {"note": ""}


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

    return regrouper(bilans(actions, realisations, annee), par, calcul)
