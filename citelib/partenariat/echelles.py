"""Les autres questionnaires : VPAT et ses bandes publiées, zones de Wilder, moyennes de PSAT-S."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.mesures.comptes import ENSEMBLE, typer
from citelib.partenariat.instruments import lire_instrument, reponses_publiables

NSP = "NSP"
ZONES_WILDER = ((4.0, "point fort"), (3.0, "à consolider"), (float("-inf"), "point de vigilance"))
"""Seuils sur la moyenne non arrondie. Source : Wilder Collaboration Factors Inventory."""
COLONNES = ["domaine", "nb_repondants", "score", "score_minimal", "score_maximal", "nb_exclus", "bande"]


@publiable(
    effectifs=("nb_repondants", "nb_exclus"),
    bases={"score": "nb_repondants"},
    libres=("score_minimal", "score_maximal"),
)
def score_vpat(
    reponses_partenaires: pd.DataFrame, *, annee: int, minimum: int = 1, instrument: Mapping | None = None
) -> pd.DataFrame:
    """
    Score moyen par domaine et au total, et bande publiée du total (P02).

    Le score d'une personne est la moyenne de ses réponses fois le nombre de questions, si elle a répondu à
    80 % au moins ; sinon elle est exclue et comptée.

    Args:
        minimum: plus basse réponse de l'édition employée, 1 (1 à 5) ou 0 (0 à 4).

    Returns:
        `domaine` (puis « Ensemble »), `nb_repondants`, `score`, `score_minimal`, `score_maximal`,
        `nb_exclus`, `bande` (texte, sur l'ensemble seulement). Vide sous 5 répondants.

    Source:
        Injury Prevention 22(6):386 (2016), table 2 ; règle des réponses absentes : la nôtre.
    """
    instrument = instrument or lire_instrument("vpat")
    lignes, motif = reponses_publiables(reponses_partenaires, annee, instrument)
    etendue = (minimum, minimum + instrument["maximum"] - instrument["minimum"])
    notes = pd.to_numeric(lignes["reponse"].mask(lignes["reponse"].eq(NSP)), errors="coerce").astype(float)
    notes = notes.where(notes.between(*etendue))
    grille = notes.groupby([lignes["repondant_pseudo"], lignes["item"]]).mean().unstack()
    domaines = [(d["libelle"], d["questions"]) for d in instrument["dimension"]]
    domaines.append((ENSEMBLE, [numero for _, numeros in domaines for numero in numeros]))
    repondue = instrument["publication"]["part_repondue"]
    rangees = [_moyenne(nom, grille.reindex(columns=n), etendue, repondue) for nom, n in domaines if not motif]
    if rangees and not pd.isna(rangees[-1]["score"]):
        numero = bande_vpat(rangees[-1]["score"], minimum=minimum, instrument=instrument)
        titres = {bande["numero"]: bande["libelle"] for bande in instrument["bande"]}
        rangees[-1]["bande"] = titres[numero]
    table = typer(pd.DataFrame(rangees, columns=COLONNES))
    table = table.astype({"score": "Float64", "score_minimal": "Int64", "score_maximal": "Int64"})
    table.attrs["motif"] = motif
    return table


def _moyenne(nom: str, grille: pd.DataFrame, etendue: tuple[int, int], repondue: float) -> dict:
    """Score moyen des personnes qui ont assez répondu à ces questions, et combien ne l'ont pas fait."""
    garde = grille.notna().mean(axis=1) >= repondue - 1e-9
    k, scores = grille.shape[1], grille[garde].mean(axis=1) * grille.shape[1]
    bornes = {"score_minimal": k * etendue[0], "score_maximal": k * etendue[1]}
    score = float(scores.mean()) if len(scores) else pd.NA
    comptes = {"nb_repondants": len(scores), "nb_exclus": int((~garde).sum())}
    return {"domaine": nom, "score": score, "bande": "", **comptes, **bornes}


def bande_vpat(total: float, *, minimum: int = 1, instrument: Mapping | None = None) -> int:
    """
    Bande d'un score total, de 1 à 3 : les bornes publiées sont entières, la moyenne ne l'est pas.

    Args:
        total: score, ou moyenne de scores, non arrondi.
        minimum: plus basse réponse de l'édition, 1 ou 0 ; l'édition de 0 à 4 retire 35.

    Raises:
        ErreurParametre: si le score est hors de l'échelle.

    >>> bande_vpat(84.99), bande_vpat(126.4), bande_vpat(127), bande_vpat(92, minimum=0)
    (1, 2, 3, 3)
    """
    instrument = instrument or lire_instrument("vpat")
    n = instrument["questions"]
    bas, haut = n * minimum, n * (minimum + instrument["maximum"] - instrument["minimum"])
    if minimum not in (0, 1) or not bas <= total <= haut:
        raise ErreurParametre(f"bande_vpat : total={total}, minimum={minimum} ; score attendu de {bas} à {haut}.")
    decalage = n * (instrument["minimum"] - minimum)
    return max(bande["numero"] for bande in instrument["bande"] if total >= bande["des"] - decalage)


def zone_wilder(moyenne: float) -> str:
    """
    Zone d'une moyenne de 1 à 5 du questionnaire Wilder, non arrondie.

    Raises:
        ErreurParametre: si la moyenne n'est pas entre 1 et 5.

    >>> zone_wilder(4.0), zone_wilder(3.95), zone_wilder(2.99)
    ('point fort', 'à consolider', 'point de vigilance')
    """
    if not 1 <= moyenne <= 5:
        raise ErreurParametre(f"zone_wilder : moyenne={moyenne} ; attendu de 1 à 5.")
    return next(zone for seuil, zone in ZONES_WILDER if moyenne >= seuil)


def moyenne_psats(reponses: Sequence) -> float:
    """
    Moyenne simple de réponses ou de moyennes de questions (PSAT-S), hors « ne sait pas ».

    Args:
        reponses: nombres, textes chiffrés ou « NSP ».

    Returns:
        La moyenne ; vide sans réponse exprimée.

    Raises:
        ErreurParametre: pour une réponse qui n'est ni un nombre, ni « NSP », ni vide.

    Source:
        Cramm, Strating et Nieboer, BMC Research Notes 4:224 (2011).

    >>> moyenne_psats(["3", "2", "NSP"])
    2.5
    """
    exprimees = [reponse for reponse in reponses if not pd.isna(reponse) and reponse != NSP]
    try:
        notes = [float(reponse) for reponse in exprimees]
    except ValueError as erreur:
        raise ErreurParametre(f"moyenne_psats : {erreur}. Donner des nombres, ou NSP.") from erreur
    return sum(notes) / len(notes) if notes else pd.NA
