"""Qui a été invité à répondre, et ce que la part de répondants permet de publier."""

from __future__ import annotations

import pandas as pd

from citelib.formats import nombre
from citelib.impacts.vagues import de_la_vague
from citelib.mesures import REPONSES_MINIMALES

TAUX_TEMOIGNAGES, TAUX_REPRESENTATIF, ECART_DE_PROFIL = 0.10, 0.30, 0.10
"""Taux de réponse sous lesquels on a des témoignages, ou un résultat non représentatif ; plus grand écart de profil
entre invités et répondants. Source : note de méthode, §4.2."""
TEMOIGNAGES, NON_REPRESENTATIFS = "témoignages, sans pourcentage", "résultats non représentatifs"
PROFIL_DIFFERENT, EXPLOITABLES = "répondants d'un autre profil que les invités", "résultats exploitables"
SANS_INVITES = "nombre de personnes invitées inconnu : représentativité non jugée"


def invites(invitations: pd.DataFrame | None, questionnaire: str, vague: tuple | None) -> pd.DataFrame:
    """Les invités d'une vague d'un questionnaire, par âge et sexe ; aucune ligne s'ils ne sont pas connus."""
    if invitations is None:
        return pd.DataFrame({"tranche_age": [], "sexe": [], "nb_invites": []})
    return de_la_vague(invitations[invitations["questionnaire"].eq(questionnaire)], vague)


def regime(n: int, n_invites: int | None, ecart_de_profil: float | None = None) -> str:
    """
    Ce que `n` réponses permettent de publier.

    Args:
        n_invites: personnes invitées ; None si on ne le sait pas.
        ecart_de_profil: plus grand écart entre la part d'un groupe chez les répondants et chez les invités.

    >>> regime(29, 40) == TEMOIGNAGES, regime(60, 300), regime(120, 200, 0.05)
    (True, 'résultats non représentatifs', 'résultats exploitables')
    """
    if n < REPONSES_MINIMALES or (n_invites and n / n_invites < TAUX_TEMOIGNAGES):
        return TEMOIGNAGES
    if not n_invites:
        return SANS_INVITES
    if n / n_invites <= TAUX_REPRESENTATIF:
        return NON_REPRESENTATIFS
    return PROFIL_DIFFERENT if (ecart_de_profil or 0) > ECART_DE_PROFIL else EXPLOITABLES


def ecart_de_profil(repondants: pd.DataFrame, convies: pd.DataFrame) -> float | None:
    """
    Plus grand écart, par sexe ou par âge, entre les parts d'un groupe chez les répondants et chez les invités.

    Les personnes dont le sexe ou l'âge n'est pas renseigné ne comptent pas. None si les invités sont inconnus.

    >>> qui = pd.DataFrame({"sexe": ["F", "F", "F", "G"], "tranche_age": "11-15"})
    >>> ecart_de_profil(qui, pd.DataFrame({"sexe": ["F", "G"], "tranche_age": "11-15", "nb_invites": [50, 50]}))
    0.25
    """
    ecarts = []
    for nom in ("sexe", "tranche_age"):
        vus = repondants.loc[repondants[nom].ne("NR"), nom].value_counts(normalize=True)
        attendus = convies[convies[nom].ne("NR")].groupby(nom)["nb_invites"].sum().astype(float)
        if attendus.sum() > 0 and len(vus):
            ecarts.append(float(vus.sub(attendus / attendus.sum(), fill_value=0).abs().max()))
    return max(ecarts, default=None)


def trop_peu_ont_repondu(question: dict, invitations: pd.DataFrame | None, vagues: pd.DataFrame) -> str:
    """Ce qu'il faudrait si, dans une vague, moins d'un invité sur dix a répondu ; vide sinon."""
    for quand, vague in zip(("avant", "apres"), question["vagues"], strict=True):
        convies = int(invites(invitations, question["questionnaire"], vague)["nb_invites"].sum())
        if convies and vagues[quand].notna().sum() / convies < TAUX_TEMOIGNAGES:
            return f"{nombre(100 * TAUX_TEMOIGNAGES)} réponses pour 100 personnes invitées"
    return ""
