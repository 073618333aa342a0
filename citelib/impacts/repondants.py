"""Qui a répondu, qui n'a plus répondu, et ce que cela fait à la lecture des enquêtes."""

from __future__ import annotations

from math import nan

import pandas as pd

from citelib.contrats import publiable
from citelib.impacts.enquetes import GROUPES, SANS_ECHELLE, nom_du_groupe
from citelib.impacts.invites import ecart_de_profil, invites, regime
from citelib.impacts.vagues import PERSONNE, de_la_vague, mesures_d_echelle, vagues_comparees
from citelib.mesures import REPONSES_MINIMALES, Estimation, evolution_non_appariee
from citelib.mesures.comptes import part, typer

BORNES = ("ecart", "borne_basse", "borne_haute")


def _questionnaire(vague: str) -> dict[str, str]:
    """Le questionnaire d'une vague, dont l'année se lit à côté."""
    return {"questionnaire": vague.rsplit(", ", 1)[0]}


@publiable(
    effectifs=("nb_repondants", "nb_retrouves", "nb_nouveaux", "nb_depart", "nb_perdus", "nb_convies"),
    rapports={"taux_reponse": ("nb_repondants", "nb_convies")},
    parts={"part_retrouves": ("nb_retrouves", "nb_depart")},
    sommes={"nb_repondants": ("nb_retrouves", "nb_nouveaux"), "nb_depart": ("nb_retrouves", "nb_perdus")},
    libres=("annee",),
    population="répondants aux enquêtes",
    dimensions={"vague": _questionnaire},
)
def reponse_par_vague(reponses_beneficiaires, items, *, annee: int, invitations: pd.DataFrame | None = None):
    """
    Chaque vague de chaque questionnaire jusqu'à l'année : qui a répondu, qui l'avait déjà fait, qui manque.

    Args:
        invitations: personnes invitées, par âge et sexe ; sans elle, le taux de réponse n'est pas connu.

    Returns:
        `vague` (le questionnaire et sa vague), `annee`, `nb_convies`, `nb_repondants`, `taux_reponse`, `nb_depart`
        (répondants de la vague d'avant), `nb_retrouves` (parmi eux), `part_retrouves`, `nb_perdus`, `nb_nouveaux`,
        `lecture` (ce que ce taux permet ; voir `invites.regime`).
    """
    personnes = _personnes(reponses_beneficiaires, items, annee)
    rangees = []
    for questionnaire, siennes in personnes.groupby("questionnaire"):
        avant: set | None = None
        for couple, vague in siennes.groupby(["annee", "vague"]):
            ici, convies = {*vague["repondant_pseudo"]}, invites(invitations, questionnaire, couple)
            n_invites = int(convies["nb_invites"].sum()) if len(convies) else None
            depart, communs = (pd.NA, pd.NA) if avant is None else (len(avant), len(ici & avant))
            rangees.append(
                {
                    "vague": f"{questionnaire}, {couple[1]}",
                    "annee": couple[0],
                    "nb_convies": n_invites,
                    "nb_repondants": len(ici),
                    "taux_reponse": part(len(ici), n_invites),
                    "nb_depart": depart,
                    "nb_retrouves": communs,
                    "part_retrouves": part(communs, depart),
                    "nb_perdus": depart - communs,
                    "nb_nouveaux": len(ici - (avant or set())),
                    "lecture": regime(len(ici), n_invites, ecart_de_profil(vague, convies)),
                }
            )
            avant = ici
    departs = ["nb_depart", "nb_retrouves", "part_retrouves"]
    colonnes = ["vague", "annee", "nb_convies", "nb_repondants", "taux_reponse", *departs]
    return typer(pd.DataFrame(rangees, columns=[*colonnes, "nb_perdus", "nb_nouveaux", "lecture"]))


@publiable(
    effectifs=("nb_repondants", "nb_convies"),
    rapports={"taux_reponse": ("nb_repondants", "nb_convies")},
    groupes={"nb_repondants": "questionnaire", "nb_convies": "questionnaire"},
    population="répondants aux enquêtes",
    dimensions={"questionnaire": "questionnaire", "groupe": "{par}"},
)
def profil_de_reponse(
    reponses_beneficiaires, items, *, annee: int, par: str, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Répondants et invités de la dernière vague de l'année, par sexe ou par âge.

    Args:
        par: « sexe » ou « tranche_age ».
        invitations: personnes invitées, par âge et sexe.

    Returns:
        `groupe` (le questionnaire et le groupe), `questionnaire`, `nb_repondants`, `nb_convies`, `taux_reponse`.
    """
    personnes, rangees = _personnes(reponses_beneficiaires, items, annee), []
    for questionnaire, siennes in personnes.groupby("questionnaire"):
        couple = vagues_comparees(siennes, annee=annee)
        if couple is None:
            continue
        vus = de_la_vague(siennes, couple[1])[par].value_counts()
        convies = invites(invitations, questionnaire, couple[1]).groupby(par)["nb_invites"].sum()
        for code in (code for code in GROUPES[par] if code in vus.index or code in convies.index):
            n, invitees = int(vus.get(code, 0)), convies.get(code, pd.NA)
            ligne = {
                "groupe": f"{questionnaire}, {nom_du_groupe(code)}",
                "questionnaire": questionnaire,
                "nb_repondants": n,
            }
            rangees.append(ligne | {"nb_convies": invitees, "taux_reponse": part(n, invitees)})
    colonnes = ["groupe", "questionnaire", "nb_repondants", "nb_convies", "taux_reponse"]
    return typer(pd.DataFrame(rangees, columns=colonnes))


@publiable(
    effectifs=("nb_retrouves", "nb_perdus"),
    bases={"moyenne_retrouves": "nb_retrouves", "moyenne_perdus": "nb_perdus"} | dict.fromkeys(BORNES, "nb_perdus"),
)
def attrition(reponses_beneficiaires, items, indicateurs, *, annee: int) -> pd.DataFrame:
    """
    Score de départ des personnes retrouvées et de celles qu'on a perdues : l'écart est retrouvées moins perdues.

    Si les perdus partaient de plus bas, l'évolution des retrouvés ne dit pas celle de tous. Rien sous trente personnes
    de chaque côté.

    Returns:
        `libelle` (l'échelle), `nb_retrouves`, `nb_perdus`, `moyenne_retrouves`, `moyenne_perdus`, `ecart`,
        `borne_basse`, `borne_haute` (test de Welch), `lecture`.
    """
    rangees = []
    for question, vagues in mesures_d_echelle(reponses_beneficiaires, items, indicateurs, annee):
        depart = vagues[vagues["avant"].notna()]
        if depart.empty:
            continue
        groupes = [depart.loc[depart["apres"].notna() == vu, "avant"] for vu in (True, False)]
        assez = min(map(len, groupes)) >= REPONSES_MINIMALES
        lue = evolution_non_appariee(groupes[1], groupes[0]) if assez else Estimation(nan, nan, nan, 0, "", "score")
        rangees.append(
            {
                "libelle": question["libelle"],
                "nb_retrouves": len(groupes[0]),
                "nb_perdus": len(groupes[1]),
                "moyenne_retrouves": groupes[0].mean() if assez else nan,
                "moyenne_perdus": groupes[1].mean() if assez else nan,
                **lue.sous(*BORNES),
                "lecture": _lire_attrition(lue),
            }
        )
    colonnes = ["libelle", "nb_retrouves", "nb_perdus", "moyenne_retrouves", "moyenne_perdus", *BORNES, "lecture"]
    table = pd.DataFrame(rangees, columns=colonnes)
    reels = [nom for nom in colonnes if nom.startswith("moyenne") or nom in BORNES]
    table = typer(table.astype(dict.fromkeys(reels, "Float64")))
    table.attrs["motif"] = SANS_ECHELLE
    return table


def _lire_attrition(lue: Estimation) -> str:
    """Ce que dit l'écart de départ entre retrouvés et perdus."""
    if pd.isna(lue.valeur):
        return f"moins de {REPONSES_MINIMALES} personnes d'un côté : non comparé"
    if lue.borne_basse > 0:
        return "les personnes perdues partaient de plus bas : l'évolution des autres ne dit pas celle de tous"
    if lue.borne_haute < 0:
        return "les personnes perdues partaient de plus haut : l'évolution des autres ne dit pas celle de tous"
    return "pas de différence de départ mesurable"


def _personnes(reponses: pd.DataFrame, items: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Une ligne par personne et vague d'un questionnaire décrit, jusqu'à l'année."""
    lues = reponses[reponses["questionnaire"].isin(items["questionnaire"]) & reponses["annee"].le(annee)]
    return lues.dropna(subset="reponse").drop_duplicates(PERSONNE)
