"""Ce que l'on a le droit de dire d'une comparaison de collèges : les mots, dans l'ordre de la règle."""

from __future__ import annotations

from citelib.formats import INSECABLE, accord, arrondi, nombre, points, typographie
from citelib.mesures.ecarts import COMPARABLES_D_UN_TEST, Comparaison, comparables_necessaires
from citelib.mesures.verdicts import SEUIL_Q, Verdict, verdict

FAVORABLE = "volution plus favorable que dans les collèges comparables ({chiffres})"
DEFAVORABLE = "volution moins favorable que dans les collèges comparables ({chiffres})"
CONTRIBUTION = " : compatible avec une contribution de la Cité éducative, sans la démontrer."
INCERTAIN = " : signal à confirmer, {doute}."
DETECTABLE = " Seul un écart d'au moins {emd} pouvait être détecté."
GRAPHIQUE = "Comparaison graphique, sans test"
INTERPRETATION = "Comparaison non interprétable"
PREFIXE = "À titre indicatif"
INSUFFISANT = f"{GRAPHIQUE} : nombre de collèges insuffisant."
DIVERGENTE = (
    "Les collèges évoluaient déjà différemment avant la labellisation : comparaison non interprétable"
    " ({raison}).{detectable}"
)
LUS = {
    "progression_nette": ("Évolution plus favorable", FAVORABLE + CONTRIBUTION),
    "progression_mesurable": ("Évolution plus favorable", FAVORABLE + CONTRIBUTION),
    "signal_a_confirmer": ("Signal à confirmer", FAVORABLE + INCERTAIN),
    "stabilite": ("Évolution comparable", "volution comparable à celle des collèges comparables ({chiffres})."),
    "signal_defavorable": ("Signal défavorable à confirmer", DEFAVORABLE + INCERTAIN),
    "recul_mesurable": ("Évolution moins favorable", DEFAVORABLE + " : à examiner."),
    "recul_net": ("Évolution moins favorable", DEFAVORABLE + " : à examiner."),
}
"""Libellé et phrase de chaque verdict, sans la première lettre qui dépend de la réserve. Source : méthode, §3.5."""
NON_MESURABLE = (
    "cart non mesurable ({chiffres}) : avec {cite} et {comparables}, "
    "seul un écart d'au moins {emd} aurait pu être détecté."
)


def verdict_colleges(
    comparaison: Comparaison, *, delta: float, sens: str = "hausse", q: float | None = None
) -> Verdict:
    """
    Verdict d'une comparaison de collèges, selon la règle fixée d'avance.

    Dans l'ordre : trop peu d'années, trop peu de collèges pour un test, évolutions déjà différentes avant, puis
    la règle de `verdict`, où l'intervalle et la permutation doivent conclure ensemble. Peu de semblables, ou des
    tailles trop inégales : « À titre indicatif ». L'écart que l'on pouvait détecter est toujours dit.

    Args:
        comparaison: ce que rend `did_colleges`.
        delta: plus petit changement qui compte, en part (0,05 pour cinq points).
        sens: évolution favorable, « hausse » ou « baisse ».
        q: probabilité par permutation, corrigée des comparaisons multiples.

    Source:
        Note de méthode, §3.5, règle M7.
    """
    estimation = comparaison.estimation
    if not comparaison.mesuree:
        return verdict(estimation, delta=delta, sens=sens, manque=estimation.manque or "une année avant")
    if not comparaison.testee:
        return Verdict("graphique_seul", GRAPHIQUE, "–", typographie(_sans_test(comparaison)))
    mots = _mots(comparaison)
    detectable = DETECTABLE.format(**mots)
    if comparaison.divergence(delta):
        phrase = DIVERGENTE.format(raison=_raison(comparaison, delta), detectable=detectable)
        return Verdict("non_interpretable", INTERPRETATION, "–", typographie(phrase))
    rendu = verdict(estimation, delta=delta, sens=sens, q=q)
    if rendu.code == "pas_d_evolution_mesurable":
        libelle, suite = "Écart non mesurable", NON_MESURABLE.format(**mots)
    else:
        doute = "l'intervalle et le test ne concordent pas"
        if q is not None and q > SEUIL_Q and (estimation.p or 0) <= SEUIL_Q:
            doute = "qui ne résiste pas à la correction pour comparaisons multiples"
        libelle, modele = LUS[rendu.code]
        suite = modele.format(**mots, doute=doute) + detectable
    debut = f"{PREFIXE} : é" if comparaison.indicative else "É"
    return Verdict(rendu.code, libelle, rendu.fleche, typographie(debut + suite))


def _sans_test(comparaison: Comparaison) -> str:
    """Pourquoi rien ne se teste, et ce qu'il faudrait."""
    if comparaison.n_comparables < COMPARABLES_D_UN_TEST:
        return INSUFFISANT
    voulus = comparables_necessaires(comparaison.n_cite)
    minimale = f"la plus petite probabilité possible est {nombre(comparaison.p_min, 3)}"
    return f"{INSUFFISANT} Il en faudrait au moins {voulus} de comparaison : {minimale}."


def _raison(comparaison: Comparaison, delta: float) -> str:
    """Ce qui montre que les deux groupes évoluaient déjà différemment."""
    pente = comparaison.pente
    if pente is not None and abs(pente.valeur) > delta:
        return f"leur écart changeait de {points(pente.valeur)} par an"
    return f"l'écart de leurs évolutions y était de {points(comparaison.placebo.valeur)}"


def _mots(comparaison: Comparaison) -> dict[str, str]:
    """Les nombres de la phrase, mis en forme ; une décimale de plus si l'une s'écrivait zéro sans l'être."""
    lue, effet = comparaison.estimation, comparaison.emd
    decimales = 1 if all(arrondi(100 * part, 1) or not part for part in lue.trio) else 2
    ecrits = [_signe(part, decimales) for part in lue.trio]
    p = f"p{INSECABLE}={INSECABLE}{nombre(lue.p, 3)}" if lue.p >= 0.001 else f"p{INSECABLE}<{INSECABLE}0,001"
    unite = "point" if abs(arrondi(100 * lue.valeur, decimales)) < 2 else "points"
    return {
        "chiffres": f"{ecrits[0]} {unite}, intervalle [{ecrits[1]} ; {ecrits[2]}], {p}",
        "cite": accord(comparaison.n_cite, "collège"),
        "comparables": accord(comparaison.n_comparables, "comparable"),
        "emd": points(effet, 1 if effet < 0.1 else 0).removeprefix("+"),
    }


def _signe(part: float, decimales: int) -> str:
    """Un écart de parts en points, toujours signé s'il n'est pas nul."""
    return ("+" if arrondi(100 * part, decimales) > 0 else "") + nombre(100 * part, decimales)
