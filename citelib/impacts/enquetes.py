"""Les enquêtes avant et après : ce que les personnes déclarent, d'une vague à la suivante.

On compare les mêmes personnes si on en retrouve assez (20 paires, et la moitié des répondants de départ) ;
sinon des personnes différentes, par moyennes de classe quand les classes sont connues ; sinon on ne conclut
pas. La règle de décision est celle de `verdicts`. Les comparaisons multiples sont corrigées famille par famille :
les mêmes axes, et la même sorte de mesure (questions, échelles, parts, groupes).
"""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd

from citelib.contrats import publiable
from citelib.formats import typographie
from citelib.impacts.colleges import GROUPE_MINIMAL, SANS_IMPUTATION
from citelib.impacts.invites import trop_peu_ont_repondu
from citelib.impacts.vagues import PERCUS, VAGUES, deux_vagues, mesures_d_echelle, notes_orientees, questions_d_impact
from citelib.mesures import (
    PAIRES_MINIMALES,
    REPONSES_MINIMALES,
    Estimation,
    ajuster_bh,
    emd,
    evolution_appariee,
    evolution_non_appariee,
    hedges_g,
    hedges_g_apparie,
    ic_diff_appariee,
    ic_diff_newcombe,
    solde,
    verdict,
)
from citelib.mesures.comptes import part, typer
from citelib.tables import SEXES, TRANCHES_AGE, libelle

EN_PART = "I14"
"""Indicateur dont la définition est une part de réponses favorables, et non un score."""
DELTA_EN_ECART_TYPE, DELTA_EN_PART = 0.20, 0.05
"""Plus petit changement qui compte, quand l'indicateur n'en donne pas. Source : note de méthode, §3.5."""
APPARIEES, EN_PARTIE, DIFFERENTES = ("mêmes personnes", "personnes en partie différentes", "personnes différentes")
BORNES = ("ecart", "borne_basse", "borne_haute", "p", "q", "delta", "emd")
EFFET = ("effet", "effet_bas", "effet_haut")
SOLDE = ("solde", "solde_bas", "solde_haut")
MOYENNES = ("moyenne_avant", "moyenne_apres")
COMPTES = ("nb_avant", "nb_apres", "nb_paires", "nb_base")
DEBUT = ["libelle", "indicateur_code", "domaine", *COMPTES]
PARTS = ["nb_compares_avant", "nb_favorables_avant", "part_avant"]
PARTS += ["nb_compares_apres", "nb_favorables_apres", "part_apres"]
FIN = [*BORNES, "famille", "appariement", "methode", "note", "niveau", "verdict", "verdict_code", "phrase"]
SCORES = [*DEBUT, *MOYENNES, *FIN, *EFFET, *SOLDE]
REPONSES = {
    "population": "réponses aux enquêtes",
    "dimensions": {"libelle": "question", "groupe": "{par}"},
    "mesures": {"nb_base": None, "nb_plus_petit_groupe": None},
}
"""De quoi reconnaître, d'une table à l'autre, les réponses à une même question."""
CONTRAT = {
    "effectifs": COMPTES,
    "bases": dict.fromkeys((*MOYENNES, *BORNES, *EFFET), "nb_base") | dict.fromkeys(SOLDE, "nb_paires"),
    **REPONSES,
}
GROUPES = {"sexe": SEXES, "tranche_age": (*TRANCHES_AGE, "adulte", "NR")}
"""Sous-groupes dans lesquels une échelle se lit aussi ; jamais deux à la fois."""
DITS = {"sexe": "sexe", "tranche_age": "âge"}


def nom_du_groupe(code: str) -> str:
    """Une tranche d'âge ou un sexe, tels qu'ils s'écrivent."""
    return f"{code} ans" if code in TRANCHES_AGE else libelle(code)


@publiable(**CONTRAT)
def changement_declare(
    reponses_beneficiaires, items, indicateurs, *, annee: int, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Évolution du score moyen à chaque question, de la vague précédente à la dernière vague de l'année.

    Tous les indicateurs d'impact, sauf celui d'`avant_apres_part`. Une question inverse est retournée : plus haut
    est toujours mieux. « Ne sait pas » sort de la base. Les moyennes sont celles des personnes comparées : leur
    différence est l'écart.

    Args:
        invitations: personnes invitées ; moins d'une réponse pour dix invitations, et rien ne se conclut.

    Returns:
        `libelle` (la question), `indicateur_code`, `domaine`, `nb_avant`, `nb_apres` (réponses exprimées),
        `nb_paires`, `nb_base` (paires comparées, ou plus petite vague), `moyenne_avant`, `moyenne_apres`,
        `ecart`, `borne_basse`, `borne_haute`, `p`, `q` (corrigée dans sa famille), `delta` (plus petit changement
        qui compte), `emd` (plus petit écart décelable), `famille`, `appariement`, `methode`,
        `note`, `niveau` (C ; D si le changement est perçu ; E sans vague précédente), `verdict`,
        `verdict_code`, `phrase`, `effet`, `effet_bas`, `effet_haut` (l'écart en écarts-types, g de Hedges),
        `solde`, `solde_bas`, `solde_haut` (part en progrès − part en recul, mêmes personnes ; vide sans
        paires suffisantes).

    Source:
        Note de méthode, M5, M6 et M9.
    """
    questions = [q for q in questions_d_impact(items, indicateurs) if q["indicateur_code"] != EN_PART]
    notes = notes_orientees(reponses_beneficiaires, items)
    mesures = deux_vagues(notes, questions, annee=annee)
    return _conclure([_score(*mesure, invitations, "questions") for mesure in mesures], SCORES)


@publiable(**CONTRAT)
def changement_des_echelles(
    reponses_beneficiaires, items, indicateurs, *, annee: int, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Évolution du score moyen à chaque échelle assez fiable pour être publiée.

    Le score d'une personne est la moyenne de ses réponses, si elle a répondu aux deux tiers des questions.

    Args:
        invitations: voir `changement_declare`.

    Returns:
        Les colonnes de `changement_declare` ; `libelle` nomme l'échelle. Vide, avec sa raison, sans échelle.
    """
    mesures = mesures_d_echelle(reponses_beneficiaires, items, indicateurs, annee)
    table = _conclure([_score(*mesure, invitations, "échelles") for mesure in mesures], SCORES)
    table.attrs["motif"] = SANS_ECHELLE
    return table


NOTE_FAMILLES = (
    "q est corrigée des comparaisons multiples parmi les mesures de mêmes axes et de même sorte ; écart décelable : "
    "l'évolution que l'enquête avait 80 chances sur 100 de déceler."
)
SANS_ECHELLE = "aucune échelle assez fiable : la colonne « echelle » de la table des questions les déclare"


@publiable(**CONTRAT, groupes=dict.fromkeys(COMPTES[:3], "libelle"))
def changement_par_groupe(
    reponses_beneficiaires, items, indicateurs, *, annee: int, par: str, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Évolution du score à chaque échelle, groupe par groupe ; rien sous 30 personnes comparées.

    Deux groupes dont l'un évolue et l'autre non ne sont pas pour autant différents l'un de l'autre.

    Args:
        par: « sexe » ou « tranche_age », tels que les déclare la dernière vague où la personne a répondu.
        invitations: voir `changement_declare`.

    Returns:
        `groupe` (l'échelle et le groupe), puis les colonnes de `changement_declare`, sauf la phrase : un groupe peut
        être masqué, et une phrase ne l'est pas.
    """
    rangees = []
    for question, vagues in mesures_d_echelle(reponses_beneficiaires, items, indicateurs, annee):
        groupes = vagues[f"{par}_apres"].fillna(vagues[f"{par}_avant"])
        manque = trop_peu_ont_repondu(question, invitations, vagues)
        codes = [code for code in GROUPES[par] if groupes.eq(code).any()]
        for code in codes if len(codes) > 1 else ():
            rangee = _score(question, vagues[groupes.eq(code)], None, f"groupes par {DITS[par]}")
            petit = rangee["nb_base"] < REPONSES_MINIMALES
            if manque or petit:
                rangee |= _sans_mesure(rangee, manque or f"{REPONSES_MINIMALES} personnes comparées")
            rangees.append({"groupe": f"{question['libelle']}, {nom_du_groupe(code)}"} | rangee)
    table = _conclure(rangees, ["groupe", *SCORES]).drop(columns="phrase")
    table.attrs["motif"] = f"{SANS_ECHELLE} ; ou un seul groupe a répondu"
    return table


@publiable(
    effectifs=(*COMPTES, *PARTS[0::3], *PARTS[1::3], "nb_plus_petit_groupe"),
    parts={part_: (haut, bas) for bas, haut, part_ in zip(PARTS[0::3], PARTS[1::3], PARTS[2::3], strict=True)},
    # l'écart, ajouté à la part d'avant, rendrait celle d'après
    bases=dict.fromkeys(BORNES, "nb_plus_petit_groupe"),
    **REPONSES,
)
def avant_apres_part(
    reponses_beneficiaires, items, indicateurs, *, annee: int, invitations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Évolution de la part de réponses favorables (moitié haute de l'échelle), d'une vague à l'autre (I14).

    Args:
        invitations: voir `changement_declare`.

    Returns:
        Les colonnes de `changement_declare`, sauf les moyennes, l'effet et le solde ; à leur place
        `nb_compares_avant`, `nb_favorables_avant`, `part_avant`, `nb_compares_apres`,
        `nb_favorables_apres`, `part_apres`, sur les personnes comparées. `ecart` et ses bornes sont des
        parts (0,05 pour cinq points). `nb_plus_petit_groupe` (favorables ou non, avant ou après) est lu par
        `secret` ; sous onze personnes, la phrase ne donne pas de nombre.

    Source:
        Note de méthode, M4 (Newcombe) et M5 (Bonett et Price).
    """
    questions = [q for q in questions_d_impact(items, indicateurs) if q["indicateur_code"] == EN_PART]
    rangees = []
    for question, vagues in deux_vagues(notes_orientees(reponses_beneficiaires, items), questions, annee=annee):
        milieu, apparie = (question["echelle_max"] + 1) / 2, _assez_de_paires(vagues)
        avis = vagues.assign(**{nom: vagues[nom].gt(milieu).where(vagues[nom].notna()).astype(float) for nom in VAGUES})
        compares = avis.dropna(subset=VAGUES) if apparie else avis
        couple = compares["avant"], compares["apres"]
        estimation = ic_diff_appariee(*couple) if apparie else _parts_non_appariees(avis)
        comptes, groupes = {}, []
        for quand in VAGUES:
            exprimes = compares[quand].dropna()
            oui = int(exprimes.sum())
            comptes |= {f"nb_compares_{quand}": len(exprimes), f"nb_favorables_{quand}": oui}
            comptes[f"part_{quand}"] = part(oui, len(exprimes))
            groupes += [oui, len(exprimes) - oui]
        resume = _resume(question, vagues, estimation, apparie=apparie, invitations=invitations, sorte="parts")
        petit = min((groupe for groupe in groupes if groupe), default=0)
        rangees.append(resume | comptes | {"nb_plus_petit_groupe": petit})
    return _conclure(rangees, [*DEBUT, *PARTS, *FIN, "nb_plus_petit_groupe"])


def _score(question: dict, vagues: pd.DataFrame, invitations: pd.DataFrame | None, sorte: str) -> dict:
    """La ligne d'un score, sans son verdict."""
    apparie = _assez_de_paires(vagues)
    estimation = evolution_appariee(vagues["avant"], vagues["apres"]) if apparie else _non_apparie(vagues)
    compares = vagues.dropna(subset=VAGUES) if apparie else vagues
    moyennes = {f"moyenne_{quand}": _moyenne(compares, quand, estimation) for quand in VAGUES}
    ecarts = (compares["apres"] - compares["avant"]).dropna() if apparie else pd.Series(dtype=float)
    net = solde(int((ecarts > 1e-9).sum()), int((ecarts < -1e-9).sum()), len(ecarts))
    effet = _effet(compares, estimation, apparie=apparie)
    resume = _resume(question, vagues, estimation, apparie=apparie, invitations=invitations, sorte=sorte)
    return resume | moyennes | effet.sous(*EFFET) | net.sous(*SOLDE)


def _effet(compares: pd.DataFrame, estimation: Estimation, *, apparie: bool) -> Estimation:
    """L'écart en écarts-types ; par classe, l'intervalle est celui de l'écart, ramené à la même unité."""
    avant, apres = (compares[quand].dropna() for quand in VAGUES)
    if apparie:
        return hedges_g_apparie(avant, apres)
    if estimation.manque or min(len(avant), len(apres)) < 2 or not estimation.ecart_type:
        return Estimation(nan, nan, nan, 0, "", "écart-type")
    lu = hedges_g(avant.mean(), apres.mean(), avant.std(ddof=1), apres.std(ddof=1), len(avant), len(apres))
    if "classe" not in estimation.methode:
        return lu
    valeur, basse, haute = (nombre / estimation.ecart_type for nombre in estimation.trio)
    return replace(lu, valeur=valeur, borne_basse=basse, borne_haute=haute)


def _assez_de_paires(vagues: pd.DataFrame) -> bool:
    """Vrai si l'on retrouve assez de personnes, et la moitié au moins de celles du départ."""
    paires = len(vagues.dropna(subset=VAGUES))
    return paires >= PAIRES_MINIMALES and 2 * paires >= int(vagues["avant"].notna().sum())


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


def _resume(question: dict, vagues: pd.DataFrame, estimation: Estimation, *, apparie: bool, invitations, sorte) -> dict:
    """Une ligne, sans son verdict : comptes, écart, intervalle, méthode et niveau de preuve."""
    avant, apres = int(vagues["avant"].notna().sum()), int(vagues["apres"].notna().sum())
    paires = len(vagues.dropna(subset=VAGUES))
    code, sans_depart = question["indicateur_code"], avant == 0 or apres == 0
    niveau = "E" if sans_depart else "D" if code in PERCUS else "C"
    manque = "une vague d'enquête précédente" if sans_depart else estimation.manque
    manque = manque or trop_peu_ont_repondu(question, invitations, vagues)
    apparies = APPARIEES if apparie else EN_PARTIE if paires else DIFFERENTES
    estimation = replace(estimation, manque=manque)
    axes = question["fiche"].get("axe") or ()
    return {nom: question[nom] for nom in ("libelle", "indicateur_code", "domaine", "fiche")} | {
        "nb_avant": avant,
        "nb_apres": apres,
        "nb_paires": paires,
        "nb_base": paires if apparie else min(avant, apres),
        **estimation.sous(*BORNES[:3]),
        "p": nan if estimation.p is None or manque else estimation.p,
        "delta": _delta(estimation, question["fiche"]),
        "emd": nan if manque else emd(estimation.erreur_type, ddl=estimation.ddl),
        "famille": f"{' et '.join(axes) or 'tous les axes'}, {sorte}",
        "appariement": "" if sans_depart else apparies,
        "methode": estimation.methode,
        "note": " ; ".join(estimation.avertissements),
        "niveau": niveau,
        "estimation": estimation,
    }


def _sans_mesure(rangee: dict, manque: str) -> dict:
    """Ce que devient une ligne qui repose sur trop peu de personnes : ses comptes, et ce qu'il faudrait."""
    vides = dict.fromkeys((*BORNES[:4], "emd", *MOYENNES, *EFFET, *SOLDE), nan)
    return vides | {"estimation": replace(rangee["estimation"], manque=rangee["estimation"].manque or manque)}


def _conclure(rangees: list[dict], colonnes: list[str]) -> pd.DataFrame:
    """Corrige les probabilités famille par famille, puis rend le verdict de chaque ligne."""
    for famille in {rangee["famille"] for rangee in rangees}:
        siennes = [rangee for rangee in rangees if rangee["famille"] == famille]
        for rangee, q in zip(siennes, ajuster_bh([rangee["p"] for rangee in siennes]), strict=True):
            rangee["q"] = float(q)
    for rangee in rangees:
        q, lue = rangee["q"], rangee["estimation"]
        # un score est déjà orienté : la hausse y est favorable
        sens = "contexte" if rangee["fiche"]["sens"] == "contexte" else "hausse"
        rendu = verdict(lue, delta=rangee["delta"], sens=sens, q=None if np.isnan(q) else q, manque=lue.manque)
        mots = rendu.phrase[:1].lower() + rendu.phrase[1:]
        petit = rangee.get("nb_plus_petit_groupe", GROUPE_MINIMAL) < GROUPE_MINIMAL
        if petit and rendu.code != "donnees_insuffisantes":
            mots = f"{rendu.libelle.lower()} ; un petit groupe se devinerait, l'ampleur n'est pas dite."
        fin = "" if rendu.code == "donnees_insuffisantes" else f" {SANS_IMPUTATION}"
        question = rangee.get("groupe", rangee["libelle"]).rstrip(" .")
        phrase = typographie(f"À « {question} », {mots}{fin}")
        rangee |= {"verdict": rendu.libelle, "verdict_code": rendu.code, "phrase": phrase}
    table = pd.DataFrame([{nom: rangee[nom] for nom in colonnes} for rangee in rangees], columns=colonnes)
    reels = [nom for nom in colonnes if nom in (*BORNES, *MOYENNES, *EFFET, *SOLDE)]
    table = table.astype(dict.fromkeys(reels, "Float64"))
    return typer(table.assign(**{nom: table[nom].mask(table[nom].isna()) for nom in reels}))


def _delta(estimation: Estimation, fiche: dict) -> float:
    """Plus petit changement qui compte : celui de l'indicateur s'il a la même unité, sinon celui de la méthode."""
    propre = fiche["unite"] == ("part" if estimation.unite == "points" else "score")
    if propre and not pd.isna(fiche["delta"]):
        return float(fiche["delta"])
    return DELTA_EN_PART if estimation.unite == "points" else DELTA_EN_ECART_TYPE * (estimation.ecart_type or 1)
