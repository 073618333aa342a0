"""Les enquêtes avant et après : ce que les personnes déclarent, d'une vague à la suivante.

On compare les mêmes personnes si on en retrouve assez (20 paires, et la moitié des répondants de départ) ;
sinon des personnes différentes, par moyennes de classe quand les classes sont connues ; sinon on ne conclut
pas. La règle de décision est celle de `verdicts`, les comparaisons multiples sont corrigées dans chaque
table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from citelib.contrats import publiable
from citelib.formats import typographie
from citelib.impacts.colleges import SANS_IMPUTATION
from citelib.mesures import (
    PAIRES_MINIMALES,
    Estimation,
    Verdict,
    ajuster_bh,
    evolution_appariee,
    evolution_non_appariee,
    ic_diff_appariee,
    ic_diff_newcombe,
    verdict,
)
from citelib.mesures.comptes import part, typer

EN_PART = ("I14",)
"""Indicateurs dont la définition est une part de réponses favorables, et non un score."""
PERCUS = ("I15", "I16")
"""Indicateurs d'un changement perçu par les personnes elles-mêmes : niveau de preuve D."""
DELTA_EN_ECART_TYPE, DELTA_EN_PART = 0.20, 0.05
"""Plus petit changement qui compte, quand l'indicateur n'en donne pas. Source : note de méthode, §3.5."""
APPARIEES, EN_PARTIE, DIFFERENTES = ("mêmes personnes", "personnes en partie différentes", "personnes différentes")
BORNES = ("ecart", "borne_basse", "borne_haute", "p", "q")
COMPTES = ("nb_avant", "nb_apres", "nb_paires", "nb_base")
DEBUT = ["libelle", "indicateur_code", "domaine", *COMPTES]
PARTS = ["nb_compares_avant", "nb_favorables_avant", "part_avant"]
PARTS += ["nb_compares_apres", "nb_favorables_apres", "part_apres"]
FIN = [*BORNES, "appariement", "methode", "note", "niveau", "verdict", "verdict_code", "phrase"]


@publiable(
    effectifs=COMPTES,
    bases=dict.fromkeys(("moyenne_avant", "moyenne_apres", *BORNES), "nb_base") | {"solde": "nb_paires"},
)
def changement_declare(
    reponses_beneficiaires: pd.DataFrame,
    items: pd.DataFrame,
    indicateurs: pd.DataFrame,
    *,
    annee: int,
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """
    Évolution du score moyen à chaque question, de la vague précédente à la dernière vague de l'année.

    Une question inverse est retournée : plus haut est toujours mieux. « Ne sait pas » sort de la base. Les
    moyennes sont celles des personnes comparées : leur différence est l'écart.

    Args:
        reponses_beneficiaires, items, indicateurs: tables de la cité, toutes années.
        codes: indicateurs d'impact lus ; tous, sauf ceux de `avant_apres_part`, par défaut.

    Returns:
        `libelle` (la question), `indicateur_code`, `domaine`, `nb_avant`, `nb_apres` (réponses exprimées),
        `nb_paires`, `nb_base` (paires comparées, ou plus petite vague), `moyenne_avant`, `moyenne_apres`,
        `ecart`, `borne_basse`, `borne_haute`, `p`, `q` (corrigée dans la table), `appariement`, `methode`,
        `note`, `niveau` (C ; D si le changement est perçu ; E sans vague précédente), `verdict`,
        `verdict_code`, `phrase`, `solde` (part en progrès − part en recul, mêmes personnes ; vide sans
        paires suffisantes).

    Source:
        Note de méthode, M5, M6 et M9.
    """
    retenus = _impacts(indicateurs, codes, sauf=EN_PART)
    rangees = []
    for question, vagues in _questions(reponses_beneficiaires, items, retenus, annee):
        apparie = _assez_de_paires(vagues)
        estimation = evolution_appariee(vagues["avant"], vagues["apres"]) if apparie else _non_apparie(vagues)
        compares = vagues.dropna(subset=["avant", "apres"]) if apparie else vagues
        ecarts = (vagues["apres"] - vagues["avant"]).dropna()
        solde = part((ecarts > 0).sum() - (ecarts < 0).sum(), len(ecarts)) if apparie else pd.NA
        moyennes = {f"moyenne_{quand}": _moyenne(compares, quand, estimation) for quand in ("avant", "apres")}
        resume = _resume(question, vagues, estimation, apparie=apparie)
        rangees.append(resume | moyennes | {"solde": solde})
    colonnes = [*DEBUT, "moyenne_avant", "moyenne_apres", *FIN, "solde"]
    return _conclure(rangees, colonnes)


@publiable(
    effectifs=(*COMPTES, *PARTS[0::3], *PARTS[1::3]),
    parts={part_: (haut, bas) for bas, haut, part_ in zip(PARTS[0::3], PARTS[1::3], PARTS[2::3], strict=True)},
    bases=dict.fromkeys(BORNES, "nb_base"),
)
def avant_apres_part(
    reponses_beneficiaires: pd.DataFrame,
    items: pd.DataFrame,
    indicateurs: pd.DataFrame,
    *,
    annee: int,
    codes: Sequence[str] = EN_PART,
) -> pd.DataFrame:
    """
    Évolution de la part de réponses favorables (moitié haute de l'échelle), d'une vague à l'autre (I14).

    Args:
        reponses_beneficiaires, items, indicateurs, codes: voir `changement_declare`.

    Returns:
        Les colonnes de `changement_declare`, sauf les moyennes et le solde ; à leur place
        `nb_compares_avant`, `nb_favorables_avant`, `part_avant`, `nb_compares_apres`,
        `nb_favorables_apres`, `part_apres`, sur les personnes comparées. `ecart` et ses bornes sont des
        parts (0,05 pour cinq points).

    Source:
        Note de méthode, M4 (Newcombe) et M5 (Bonett et Price).
    """
    rangees = []
    for question, vagues in _questions(reponses_beneficiaires, items, _impacts(indicateurs, codes), annee):
        milieu, apparie = (question["echelle_max"] + 1) / 2, _assez_de_paires(vagues)
        avis = vagues.assign(**{nom: _favorables(vagues[nom], milieu) for nom in ("avant", "apres")})
        compares = avis.dropna(subset=["avant", "apres"]) if apparie else avis
        couple = compares["avant"], compares["apres"]
        estimation = ic_diff_appariee(*couple) if apparie else _parts_non_appariees(avis)
        comptes = {}
        for quand in ("avant", "apres"):
            exprimes = compares[quand].dropna()
            oui = int(exprimes.sum())
            comptes |= {f"nb_compares_{quand}": len(exprimes), f"nb_favorables_{quand}": oui}
            comptes[f"part_{quand}"] = part(oui, len(exprimes))
        rangees.append(_resume(question, vagues, estimation, apparie=apparie) | comptes)
    return _conclure(rangees, [*DEBUT, *PARTS, *FIN])


def _impacts(indicateurs: pd.DataFrame, codes: Sequence[str] | None, sauf: Sequence[str] = ()) -> pd.DataFrame:
    """Fiches des indicateurs d'impact retenus, par code."""
    fiches = indicateurs[indicateurs["dimension"].eq("impacts")].set_index("indicateur_code")
    return fiches.loc[fiches.index.isin(codes) if codes is not None else ~fiches.index.isin(sauf)]


def _questions(reponses, items, fiches: pd.DataFrame, annee: int) -> list[tuple]:
    """Chaque question posée cette année et ses deux vagues, une ligne par personne."""
    resultat = []
    for question in items[items["indicateur_code"].isin(fiches.index)].to_dict("records"):
        lignes = reponses[
            reponses["questionnaire"].eq(question["questionnaire"]) & reponses["item"].eq(question["item"])
        ]
        vagues = sorted(set(zip(lignes["annee"], lignes["vague"], strict=True)))
        de_l_an = [vague for vague in vagues if vague[0] == annee]
        if not de_l_an:
            continue
        anterieures = [vague for vague in vagues if vague < de_l_an[-1]]
        avant = _vague(lignes, anterieures[-1] if anterieures else None, question, "avant")
        apres = _vague(lignes, de_l_an[-1], question, "apres")
        fiche = fiches.loc[question["indicateur_code"]].to_dict()
        resultat.append((question | {"fiche": fiche}, avant.join(apres, how="outer")))
    return resultat


def _vague(lignes: pd.DataFrame, vague: tuple | None, question: dict, nom: str) -> pd.DataFrame:
    """Score orienté de chaque personne dans une vague, et sa classe."""
    garde = (False,) * len(lignes) if vague is None else lignes["annee"].eq(vague[0]) & lignes["vague"].eq(vague[1])
    ici = lignes[np.asarray(garde, dtype=bool)].set_index("repondant_pseudo")
    maximum = question["echelle_max"]
    notes = pd.to_numeric(ici["reponse"].mask(ici["reponse"].eq("NSP")), errors="coerce").astype(float)
    notes = notes.where(notes.between(1, maximum))
    notes = maximum + 1 - notes if question["inverse"] else notes
    return pd.DataFrame({nom: notes, f"classe_{nom}": ici["classe_pseudo"]})


def _assez_de_paires(vagues: pd.DataFrame) -> bool:
    """Vrai si l'on retrouve assez de personnes, et la moitié au moins de celles du départ."""
    paires = int(vagues[["avant", "apres"]].notna().all(axis=1).sum())
    return paires >= PAIRES_MINIMALES and 2 * paires >= int(vagues["avant"].notna().sum())


def _favorables(notes: pd.Series, milieu: float) -> pd.Series:
    """1 dans la moitié haute de l'échelle, 0 sinon ; vide sans réponse."""
    return notes.gt(milieu).astype(float).where(notes.notna())


def _non_apparie(vagues: pd.DataFrame) -> Estimation:
    """Évolution entre personnes différentes, par classe si chaque vague en a."""
    scores = [vagues[quand].dropna() for quand in ("avant", "apres")]
    classes = [vagues.loc[s.index, f"classe_{s.name}"] for s in scores]
    if all(classe.notna().any() for classe in classes):
        return evolution_non_appariee(*scores, classe_avant=classes[0], classe_apres=classes[1])
    return evolution_non_appariee(*scores)


def _parts_non_appariees(avis: pd.DataFrame) -> Estimation:
    """Écart de parts entre personnes différentes : Newcombe, ou par classe si elles sont connues."""
    vus = [avis[quand].dropna() for quand in ("avant", "apres")]
    if all(avis.loc[v.index, f"classe_{v.name}"].notna().any() for v in vus):
        return replace(_non_apparie(avis), unite="points")
    return ic_diff_newcombe(*(nombre_ for v in vus for nombre_ in (int(v.sum()), len(v))))


def _moyenne(compares: pd.DataFrame, quand: str, estimation: Estimation) -> float:
    """Moyenne d'une vague, telle que la méthode la calcule : des personnes, ou des classes."""
    notes = compares[quand].dropna()
    if "moyennes de classe" in estimation.methode:
        notes = notes.groupby(compares[f"classe_{quand}"]).mean()
    return float(notes.mean()) if len(notes) else pd.NA


def _resume(question: dict, vagues: pd.DataFrame, estimation: Estimation, *, apparie: bool) -> dict:
    """Une ligne, sans son verdict : comptes, écart, intervalle, méthode et niveau de preuve."""
    avant, apres = int(vagues["avant"].notna().sum()), int(vagues["apres"].notna().sum())
    paires = int(vagues[["avant", "apres"]].notna().all(axis=1).sum())
    code, sans_depart = question["indicateur_code"], avant == 0 or apres == 0
    niveau = "E" if sans_depart else "D" if code in PERCUS else "C"
    manque = "une vague d'enquête précédente" if sans_depart else estimation.manque
    sorte = APPARIEES if apparie else EN_PARTIE if paires else DIFFERENTES
    nombres = {nom: getattr(estimation, nom) for nom in ("borne_basse", "borne_haute")}
    return {
        "libelle": question["libelle"],
        "indicateur_code": code,
        "domaine": question["domaine"],
        "nb_avant": avant,
        "nb_apres": apres,
        "nb_paires": paires,
        "nb_base": paires if apparie else min(avant, apres),
        "ecart": estimation.valeur,
        **nombres,
        "p": np.nan if estimation.p is None or manque else estimation.p,
        "appariement": "" if sans_depart else sorte,
        "methode": estimation.methode,
        "note": " ; ".join(estimation.avertissements),
        "niveau": niveau,
        "fiche": question["fiche"],
        "estimation": replace(estimation, manque=manque),
    }


def _conclure(rangees: list[dict], colonnes: list[str]) -> pd.DataFrame:
    """Corrige les probabilités de la table, puis rend le verdict de chaque ligne."""
    corrigees = ajuster_bh([rangee["p"] for rangee in rangees])
    for rangee, q in zip(rangees, corrigees, strict=True):
        rendu = _verdict(rangee["estimation"], rangee["fiche"], None if np.isnan(q) else float(q))
        mots = rendu.phrase[:1].lower() + rendu.phrase[1:]
        fin = "" if rendu.code == "donnees_insuffisantes" else f" {SANS_IMPUTATION}"
        question = rangee["libelle"].rstrip(" .")
        phrase = typographie(f"À « {question} », {mots}{fin}")
        rangee |= {"q": q, "verdict": rendu.libelle, "verdict_code": rendu.code, "phrase": phrase}
    table = pd.DataFrame([{nom: rangee[nom] for nom in colonnes} for rangee in rangees], columns=colonnes)
    reels = [nom for nom in colonnes if nom in (*BORNES, "moyenne_avant", "moyenne_apres", "solde")]
    table = table.astype(dict.fromkeys(reels, "Float64"))
    return typer(table.assign(**{nom: table[nom].mask(table[nom].isna()) for nom in reels}))


def _verdict(estimation: Estimation, fiche: dict, q: float | None) -> Verdict:
    """Verdict d'une évolution ; un score est déjà orienté, la hausse y est favorable."""
    propre = fiche["unite"] == ("part" if estimation.unite == "points" else "score")
    delta = fiche["delta"] if propre and not pd.isna(fiche["delta"]) else None
    if delta is None and estimation.unite == "points":
        delta = DELTA_EN_PART
    elif delta is None:
        delta = DELTA_EN_ECART_TYPE * (estimation.ecart_type or 1)
    sens = "contexte" if fiche["sens"] == "contexte" else "hausse"
    return verdict(estimation, delta=float(delta), sens=sens, q=q, manque=estimation.manque)
