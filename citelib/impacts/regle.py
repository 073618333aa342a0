"""La règle de décision, imprimée avec les libellés et les seuils mêmes du calcul."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import nombre, points, pourcentage, typographie
from citelib.impacts.enquetes import DELTA_EN_ECART_TYPE, DELTA_EN_PART
from citelib.impacts.invites import TAUX_TEMOIGNAGES
from citelib.mesures import PAIRES_MINIMALES, REPONSES_MINIMALES
from citelib.mesures.ecarts import COMPARABLES_D_UN_TEST, COMPARABLES_D_UNE_PREUVE, RAPPORT_DE_TAILLES
from citelib.mesures.verdicts import CONNUS, PUISSANCE, SEUIL_Q
from citelib.mesures.verdicts_colleges import GRAPHIQUE, INTERPRETATION, PREFIXE

GABARIT = tomllib.loads(files("citelib").joinpath("gabarits/regle.toml").read_text(encoding="utf-8"))
SEUILS = {
    "reponses": REPONSES_MINIMALES,
    "paires": PAIRES_MINIMALES,
    "taux": pourcentage(TAUX_TEMOIGNAGES),
    "q": nombre(SEUIL_Q, 2),
    "puissance": nombre(100 * PUISSANCE),
    "comparables": COMPARABLES_D_UN_TEST,
    "preuve": COMPARABLES_D_UNE_PREUVE,
    "tailles": nombre(RAPPORT_DE_TAILLES),
    "delta_part": points(DELTA_EN_PART).removeprefix("+"),
    "delta_score": nombre(DELTA_EN_ECART_TYPE, 2),
}
COLLEGES = {"graphique_seul": GRAPHIQUE, "non_interpretable": INTERPRETATION, "indicative": PREFIXE}
"""Ce qui n'existe que pour les collèges."""


@publiable()
def regle_de_decision() -> pd.DataFrame:
    """
    La règle, dans l'ordre où elle s'applique.

    Returns:
        `rang`, `application` (à quoi elle s'applique), `condition`, `verdict` (libellés et flèches).

    >>> regle_de_decision()["verdict"].iloc[0]
    'Données insuffisantes –'
    """
    rangees = [
        {
            "rang": f"{rang}",
            "application": regle["quoi"],
            "condition": typographie(regle["condition"].format(**SEUILS)),
            "verdict": typographie(" ; ".join(map(_dit, regle["codes"]))),
        }
        for rang, regle in enumerate(GABARIT["regle"], 1)
    ]
    return pd.DataFrame(rangees, dtype="str")


def note_de_la_regle() -> str:
    """Ce que veulent dire δ et q, et leurs valeurs par défaut."""
    return GABARIT["note"]["texte"].format(**SEUILS)


def _dit(code: str) -> str:
    """Le libellé d'un verdict et sa flèche."""
    return COLLEGES[code] if code in COLLEGES else " ".join(CONNUS[code][:2])
