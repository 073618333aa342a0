"""Les enquêtes avant et après : ce que les personnes déclarent, d'une vague à la suivante.

On compare les mêmes personnes si on en retrouve assez (20 paires, et la moitié des répondants de départ) ;
sinon des personnes différentes, par moyennes de classe quand les classes sont connues ; sinon on ne conclut
pas. La règle de décision est celle de `verdicts`, les comparaisons multiples sont corrigées dans chaque
table.
"""

from __future__ import annotations

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

EN_PART = "I14"
"""Indicateur dont la définition est une part de réponses favorables, et non un score."""
PERCUS = ("I15", "I16")
"""Indicateurs d'un changement perçu par les personnes elles-mêmes : niveau de preuve D."""
DELTA_EN_ECART_TYPE, DELTA_EN_PART = 0.20, 0.05
"""Plus petit changement qui compte, quand l'indicateur n'en donne pas. Source : note de méthode, §3.5."""
VAGUES = ["avant", "apres"]
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
def changement_declare(reponses_beneficiaires, items, indicateurs, *, annee: int) -> pd.DataFrame:
    """
    Évolution du score moyen à chaque question, de la vague précédente à la dernière vague de l'année.

    Tous les indicateurs d'impact, sauf celui d'`avant_apres_part`. Une question inverse est retournée : plus haut
    est toujours mieux. « Ne sait pas » sort de la base. Les moyennes sont celles des personnes comparées : leur
    différence est l'écart.

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
    fiches = indicateurs[indicateurs["dimension"].eq("impacts") & indicateurs["indicateur_code"].ne(EN_PART)]
    rangees = []
    for question, vagues in _questions(reponses_beneficiaires, items, fiches, annee):
        apparie = _assez_de_paires(vagues)
        estimation = evolution_appariee(vagues["avant"], vagues["apres"]) if apparie else _non_apparie(vagues)
        compares = vagues.dropna(subset=VAGUES) if apparie else vagues
        ecarts = (vagues["apres"] - vagues["avant"]).dropna()
        solde = part((ecarts > 0).sum() - (ecarts < 0).sum(), len(ecarts)) if apparie else pd.NA
        moyennes = {f"moyenne_{quand}": _moyenne(compares, quand, estimation) for quand in VAGUES}
        resume = _resume(question, vagues, estimation, apparie=apparie)
        rangees.append(resume | moyennes | {"solde": solde})
    return _conclure(rangees, [*DEBUT, "moyenne_avant", "moyenne_apres", *FIN, "solde"])


@publiable(
    effectifs=(*COMPTES, *PARTS[0::3], *PARTS[1::3]),
    parts={part_: (haut, bas) for bas, haut, part_ in zip(PARTS[0::3], PARTS[1::3], PARTS[2::3], strict=True)},
    bases=dict.fromkeys(BORNES, "nb_base"),
)
def avant_apres_part(reponses_beneficiaires, items, indicateurs, *, annee: int) -> pd.DataFrame:
    """
    Évolution de la part de réponses favorables (moitié haute de l'échelle), d'une vague à l'autre (I14).

    Returns:
        Les colonnes de `changement_declare`, sauf les moyennes et le solde ; à leur place
        `nb_compares_avant`, `nb_favorables_avant`, `part_avant`, `nb_compares_apres`,
        `nb_favorables_apres`, `part_apres`, sur les personnes comparées. `ecart` et ses bornes sont des
        parts (0,05 pour cinq points).

    Source:
        Note de méthode, M4 (Newcombe) et M5 (Bonett et Price).
    """
    fiches = indicateurs[indicateurs["dimension"].eq("impacts") & indicateurs["indicateur_code"].eq(EN_PART)]
    rangees = []
    for question, vagues in _questions(reponses_beneficiaires, items, fiches, annee):
        milieu, apparie = (question["echelle_max"] + 1) / 2, _assez_de_paires(vagues)
        avis = vagues.assign(**{nom: vagues[nom].gt(milieu).where(vagues[nom].notna()).astype(float) for nom in VAGUES})
        compares = avis.dropna(subset=VAGUES) if apparie else avis
        couple = compares["avant"], compares["apres"]
        estimation = ic_diff_appariee(*couple) if apparie else _parts_non_appariees(avis)
        comptes = {}
        for quand in VAGUES:
            exprimes = compares[quand].dropna()
            oui = int(exprimes.sum())
            comptes |= {f"nb_compares_{quand}": len(exprimes), f"nb_favorables_{quand}": oui}
            comptes[f"part_{quand}"] = part(oui, len(exprimes))
        rangees.append(_resume(question, vagues, estimation, apparie=apparie) | comptes)
    return _conclure(rangees, [*DEBUT, *PARTS, *FIN])


def _questions(reponses, items, fiches: pd.DataFrame, annee: int) -> list[tuple]:
    """Chaque question posée cette année et ses deux vagues, une ligne par personne."""
    fiches = fiches.set_index("indicateur_code").to_dict("index")
    resultat = []
    for question in items[items["indicateur_code"].isin(fiches)].to_dict("records"):
        lignes = reponses.merge(pd.DataFrame([question])[["questionnaire", "item"]])
        lignes = lignes.assign(quand=list(zip(lignes["annee"], lignes["vague"], strict=True)))
        vagues = sorted(set(lignes["quand"]))
        de_l_an = [vague for vague in vagues if vague[0] == annee]
        if not de_l_an:
            continue
        anterieure = max((vague for vague in vagues if vague < de_l_an[-1]), default=None)
        avant, apres = _vague(lignes, anterieure, question, "avant"), _vague(lignes, de_l_an[-1], question, "apres")
        resultat.append((question | {"fiche": fiches[question["indicateur_code"]]}, avant.join(apres, how="outer")))
    return resultat


def _vague(lignes: pd.DataFrame, vague: tuple | None, question: dict, nom: str) -> pd.DataFrame:
    """Score orienté de chaque personne dans une vague, et sa classe."""
    ici = lignes[[quand == vague for quand in lignes["quand"]]].set_index("repondant_pseudo")
    maximum = question["echelle_max"]
    notes = pd.to_numeric(ici["reponse"].mask(ici["reponse"].eq("NSP")), errors="coerce").astype(float)
    notes = notes.where(notes.between(1, maximum))
    notes = maximum + 1 - notes if question["inverse"] else notes
    return pd.DataFrame({nom: notes, f"classe_{nom}": ici["classe_pseudo"]})


def _assez_de_paires(vagues: pd.DataFrame) -> bool:
    """Vrai si l'on retrouve assez de personnes, et la moitié au moins de celles du départ."""
    paires = len(vagues.dropna(subset=VAGUES))
    return paires >= PAIRES_MINIMALES and 2 * paires >= int(vagues["avant"].notna().sum())


def _favorables(notes: pd.Series, milieu: float) -> pd.Series:
    """1 dans la moitié haute de l'échelle, 0 sinon ; vide sans réponse."""
    return notes.gt(milieu).astype(float).where(notes.notna())


def _non_apparie(vagues: pd.DataFrame) -> Estimation:
    """Évolution entre personnes différentes, par classe si chaque vague en a."""
    scores = [vagues[quand].dropna() for quand in VAGUES]
    if not _par_classe(vagues):
        return evolution_non_appariee(*scores)
    classes = {f"classe_{s.name}": vagues.loc[s.index, f"classe_{s.name}"] for s in scores}
    return evolution_non_appariee(*scores, **classes)


def _parts_non_appariees(avis: pd.DataFrame) -> Estimation:
    """Écart de parts entre personnes différentes : Newcombe, ou par classe si elles sont connues."""
    if _par_classe(avis):
        return replace(_non_apparie(avis), unite="points")
    avant, apres = avis["avant"].dropna(), avis["apres"].dropna()
    return ic_diff_newcombe(int(avant.sum()), len(avant), int(apres.sum()), len(apres))


def _par_classe(vagues: pd.DataFrame) -> bool:
    """Vrai si des classes sont connues dans chaque vague."""
    return all(vagues.loc[vagues[quand].notna(), f"classe_{quand}"].notna().any() for quand in VAGUES)


def _moyenne(compares: pd.DataFrame, quand: str, estimation: Estimation) -> float:
    """Moyenne d'une vague, telle que la méthode la calcule : des personnes, ou des classes."""
    notes = compares[quand].dropna()
    if "moyennes de classe" in estimation.methode:
        notes = notes.groupby(compares[f"classe_{quand}"]).mean()
    return float(notes.mean()) if len(notes) else pd.NA


def _resume(question: dict, vagues: pd.DataFrame, estimation: Estimation, *, apparie: bool) -> dict:
    """Une ligne, sans son verdict : comptes, écart, intervalle, méthode et niveau de preuve."""
    avant, apres = int(vagues["avant"].notna().sum()), int(vagues["apres"].notna().sum())
    paires = len(vagues.dropna(subset=VAGUES))
    code, sans_depart = question["indicateur_code"], avant == 0 or apres == 0
    niveau = "E" if sans_depart else "D" if code in PERCUS else "C"
    manque = "une vague d'enquête précédente" if sans_depart else estimation.manque
    sorte = APPARIEES if apparie else EN_PARTIE if paires else DIFFERENTES
    return {nom: question[nom] for nom in ("libelle", "indicateur_code", "domaine", "fiche")} | {
        "nb_avant": avant,
        "nb_apres": apres,
        "nb_paires": paires,
        "nb_base": paires if apparie else min(avant, apres),
        "ecart": estimation.valeur,
        "borne_basse": estimation.borne_basse,
        "borne_haute": estimation.borne_haute,
        "p": np.nan if estimation.p is None or manque else estimation.p,
        "appariement": "" if sans_depart else sorte,
        "methode": estimation.methode,
        "note": " ; ".join(estimation.avertissements),
        "niveau": niveau,
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
