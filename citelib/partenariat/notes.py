"""Les questionnaires notés (VPAT, Wilder, PSAT-S) : une moyenne par dimension, à lire avec les autres."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE
from citelib.partenariat.instruments import bande, notes_par_question, reponses_a
from citelib.partenariat.questionnaires import vide_si

COLONNES = ["domaine", "nb_repondants", "score", "score_minimal", "score_maximal", "nb_exclus", "bande"]


@publiable(
    effectifs=("nb_repondants", "nb_exclus"),
    bases={"score": "nb_repondants"},
    libres=("score_minimal", "score_maximal"),
)
def scores(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Score moyen par domaine, et bande publiée (P02).

    Le répondant est l'organisme quand on le sait : les notes de ses membres se moyennent d'abord. Son score est la
    moyenne de ses réponses (fois le nombre de questions, pour un outil qui les additionne) s'il a répondu à une part
    suffisante des questions posées ; sinon il est exclu et compté. « Ne sait pas » n'est pas une note. Seul un outil
    qui additionne a un total : les autres n'ont pas de note d'ensemble.

    Args:
        instrument: un instrument noté ; celui de `instrument_de` sinon.

    Returns:
        `domaine` (puis « Ensemble » pour un total), `nb_repondants`, `score`, `score_minimal`, `score_maximal`,
        `nb_exclus`, `bande` (texte ; sur le total pour un outil qui additionne, sur chaque domaine sinon, vide si
        elle n'est pas confirmée). Vide sous 5 répondants.

    Source:
        Injury Prevention 22(6):386 (2016), table 2 ; BMC Research Notes 4:224 (2011) ; règle des réponses absentes :
        la nôtre.
    """
    instrument, lignes, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument, note=True)
    grille, posees = notes_par_question(lignes, instrument), set(lignes["item"])
    domaines = {d["libelle"]: d["questions"] for d in instrument["dimension"]}
    if instrument["score"] == "somme":
        domaines[ENSEMBLE] = [numero for numeros in domaines.values() for numero in numeros]
    else:  # une version courte ne pose pas toutes les questions
        domaines = {nom: [n for n in numeros if n in posees] for nom, numeros in domaines.items()}
    rangees = [] if motif else [_score(nom, grille.reindex(columns=n), instrument) for nom, n in domaines.items() if n]
    return vide_si(motif, rangees, ["score"], COLONNES).astype({"score_minimal": "Int64", "score_maximal": "Int64"})


def _score(domaine: str, grille: pd.DataFrame, instrument: Mapping) -> dict:
    """Score moyen de ceux qui ont assez répondu à ces questions, et combien ne l'ont pas fait."""
    facteur = grille.shape[1] if instrument["score"] == "somme" else 1
    garde = grille.notna().mean(axis=1) >= instrument["publication"]["part_repondue"] - 1e-9
    moyens = grille[garde].mean(axis=1) * facteur
    score = float(moyens.mean()) if len(moyens) else pd.NA
    jugee = (domaine == ENSEMBLE) == (instrument["score"] == "somme") and instrument.get("bandes_confirmees", True)
    nom = bande(instrument, score)["libelle"] if jugee and len(moyens) else ""
    comptes = {"nb_repondants": len(moyens), "nb_exclus": int((~garde).sum())}
    bornes = {"score_minimal": facteur * instrument["minimum"], "score_maximal": facteur * instrument["maximum"]}
    return {"domaine": domaine, "score": score, "bande": nom, **comptes, **bornes}
