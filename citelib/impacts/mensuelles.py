"""Les séries mensuelles des collèges de la cité (absences, incidents), quand elles sont assez longues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import nombre, pourcentage, typographie
from citelib.mesures import Estimation, serie_interrompue
from citelib.mesures.comptes import typer
from citelib.mesures.series import POINTS_MENSUELS
from citelib.mesures.verdicts import SEUIL_Q
from citelib.tables import CONNUES

MOIS = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])"
"""Période d'une valeur mensuelle : « 2024-01 »."""
TROP_COURTE = (
    f"Aucune série d'au moins {POINTS_MENSUELS} mois, dont six avant le label : "
    "des absences relevées chaque mois (période « 2024-01 ») permettraient de suivre un changement de niveau."
)
COLONNES = ["libelle", "indicateur_code", "n_mois", "rapport", "borne_basse", "borne_haute", "p", "nb_base", "niveau"]


@publiable(
    effectifs=("nb_base",),
    bases=dict.fromkeys(("rapport", "borne_basse", "borne_haute", "p"), "nb_base"),
    libres=("n_mois",),
)
def series_mensuelles(valeurs, indicateurs, etablissements, reglages: Mapping, *, annee: int) -> pd.DataFrame:
    """
    Pour chaque indicateur compté chaque mois : son niveau après le label, rapporté à celui d'avant, à tendance égale.

    Les collèges de la cité sont sommés ; un mois où l'un manque n'est pas lu. Sans comparaison : niveau C.

    Args:
        annee: dernière année lue.

    Returns:
        `libelle`, `indicateur_code`, `n_mois`, `rapport` (1 : aucun changement), `borne_basse`, `borne_haute`, `p`,
        `nb_base` (plus petit total compté, avant ou après), `niveau`, `verdict`, `phrase`. Vide, avec son motif, sous
        24 mois.
    """
    debut = reglages.get("annonce_label") or date(int(reglages.get("premiere_annee", annee)), 1, 1)
    lues = valeurs[valeurs["niveau"].eq("etablissement") & valeurs["statut_valeur"].isin(CONNUES)]
    lues = lues[lues["periode"].str.fullmatch(MOIS) & lues["annee"].le(annee)]
    lues = lues[lues["territoire_code"].isin(etablissements["uai"].dropna())]
    lues = lues.dropna(subset=["numerateur", "denominateur"])
    rangees = []
    for code, lignes in lues.groupby("indicateur_code"):
        sommes = lignes.groupby("periode")[["numerateur", "denominateur"]].sum()
        sommes = sommes[lignes.groupby("periode").size().eq(lignes["territoire_code"].nunique())].astype(float)
        avant = int((sommes.index < f"{debut:%Y-%m}").sum())
        lue = serie_interrompue(sommes["numerateur"], avant, population=sommes["denominateur"], saison=True)
        if not lue.manque:
            cotes = [sommes["numerateur"].iloc[:avant], sommes["numerateur"].iloc[avant:]]
            rangees.append(_rangee(lue, indicateurs.set_index("indicateur_code").loc[code], code, cotes))
    table = pd.DataFrame(rangees, columns=[*COLONNES, "verdict", "phrase"])
    table = typer(table.astype({"rapport": "Float64", "p": "Float64"}))
    table.attrs["motif"] = TROP_COURTE
    return table


def _rangee(lue: Estimation, fiche: pd.Series, code: str, cotes: list[pd.Series]) -> dict:
    """Une ligne : le rapport, et ce qu'il permet de dire."""
    change = lue.p <= SEUIL_Q
    verdict = ("Hausse mesurable" if lue.valeur > 1 else "Baisse mesurable") if change else "Pas d'évolution mesurable"
    bornes = " ; ".join(nombre(borne, 2) for borne in (lue.borne_basse, lue.borne_haute))
    taille = pourcentage(lue.valeur - 1)
    phrase = (
        f"{verdict} : niveau {'+' if lue.valeur > 1 else ''}{taille} après le label, à tendance et saison égales "
        f"(rapport {nombre(lue.valeur, 2)}, intervalle [{bornes}]) ; sans comparaison, la cause n'est pas connue."
    )
    return {
        "libelle": fiche["libelle"],
        "indicateur_code": code,
        "n_mois": sum(map(len, cotes)),
        **lue.sous("rapport", "borne_basse", "borne_haute"),
        "p": lue.p,
        "nb_base": round(min(float(cote.sum()) for cote in cotes)),
        "niveau": "C",
        "verdict": verdict,
        "phrase": typographie(phrase),
    }
