"""Un chiffre, son intervalle, et ce que l'on a le droit d'en conclure.

La règle est écrite d'avance et ne dépend pas du résultat : les mêmes nombres donnent les mêmes mots.
Elle dit si une évolution est mesurée, jamais ce qui l'a causée.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan

from scipy import stats

from citelib.erreurs import ErreurParametre
from citelib.formats import arrondi, nombre, points, typographie

SEUIL_Q, PUISSANCE = 0.05, 0.80
"""Risque de fausse alerte accepté ; puissance qui définit l'effet minimal détectable (Bloom, 1995)."""
SENS = ("hausse", "baisse", "cible", "contexte")
"""Évolution favorable d'un indicateur ; les deux derniers ne la jugent pas."""
EN_PARTS = ("part", "points")


@dataclass(frozen=True)
class Estimation:
    """
    Un chiffre, son intervalle et ce qu'il faut savoir pour le lire.

    Args:
        valeur, borne_basse, borne_haute: chiffre et intervalle ; NaN si incalculables.
        n: nombre de réponses, ou de paires.
        methode: nom français de la méthode.
        unite: « part » (0 à 1), « points » (écart de parts, −1 à 1), « score », ou le nom de ce qu'on compte.
        avertissements: réserves à afficher ; jamais d'effectif, qui pourrait être petit.
        p: probabilité critique bilatérale ; None sans test.
        ddl: degrés de liberté de l'intervalle à 95 % (infini : loi normale).
        ecart_type: dispersion individuelle du score.
        manque: condition d'emploi non remplie, à lire après « il faudrait au moins » ; vide sinon.

    >>> round(Estimation(0.10, 0.02, 0.18, 300, "intervalle de Newcombe", "points").erreur_type, 4)
    0.0408
    """

    valeur: float
    borne_basse: float
    borne_haute: float
    n: float
    methode: str
    unite: str
    avertissements: tuple[str, ...] = ()
    p: float | None = None
    ddl: float = inf
    ecart_type: float | None = None
    manque: str = ""

    @property
    def trio(self) -> tuple[float, float, float]:
        """Le chiffre et ses deux bornes."""
        return self.valeur, self.borne_basse, self.borne_haute

    def sous(self, *noms: str) -> dict[str, float]:
        """Le chiffre et ses deux bornes, sous ces trois noms."""
        return dict(zip(noms, self.trio, strict=True))

    @property
    def erreur_type(self) -> float:
        """Erreur type, lue sur la largeur de l'intervalle."""
        return float((self.borne_haute - self.borne_basse) / 2 / stats.t.ppf(0.975, self.ddl))


@dataclass(frozen=True)
class Verdict:
    """
    Ce que l'on conclut d'une estimation.

    Args:
        code: nom ASCII du verdict.
        libelle: les mots convenus, à écrire à côté de la flèche.
        fleche: « ↗ », « → », « ↘ » ou « – » ; elle dit la même chose que le libellé.
        phrase: phrase française complète, chiffres compris.
    """

    code: str
    libelle: str
    fleche: str
    phrase: str


CHIFFRE, AMPLEUR = " : {valeur} {intervalle}", " : {valeur} ; ampleur incertaine : entre {basse} et {haute}."
COMPTE = " : {valeur} (donnée exhaustive, sans marge d'erreur)."
EXCLUE = " ; une évolution de plus de {delta} est exclue."
DECELABLE = " ; seule une évolution d'au moins {decelable} aurait pu être détectée."
CONNUS = {
    "donnees_insuffisantes": ("Données insuffisantes", "–", " : il faudrait au moins {manque}."),
    "hausse": ("Hausse", "↗", COMPTE),
    "baisse": ("Baisse", "↘", COMPTE),
    "stable": ("Stable", "→", " (±{delta})" + COMPTE),
    "progression_nette": ("Progression nette", "↗", CHIFFRE + "."),
    "progression_mesurable": ("Progression mesurable", "↗", AMPLEUR),
    "signal_a_confirmer": ("Signal à confirmer", "↗", CHIFFRE + " ; {doute}."),
    "stabilite": ("Stabilité", "→", CHIFFRE + EXCLUE),
    "pas_d_evolution_mesurable": ("Pas d'évolution mesurable", "–", CHIFFRE + DECELABLE),
    "signal_defavorable": ("Signal défavorable à confirmer", "↘", CHIFFRE + " ; {doute}."),
    "recul_mesurable": ("Recul mesurable", "↘", AMPLEUR),
    "recul_net": ("Recul net", "↘", CHIFFRE + "."),
}
"""Libellé, flèche et suite de la phrase de chaque verdict."""
MIROIRS = {
    "progression_nette": "recul_net",
    "progression_mesurable": "recul_mesurable",
    "signal_a_confirmer": "signal_defavorable",
}
NEUTRES = {
    "progression_nette": ("hausse_nette", "Hausse nette"),
    "progression_mesurable": ("hausse_mesurable", "Hausse mesurable"),
    "signal_a_confirmer": ("hausse_a_confirmer", "Hausse à confirmer"),
    "signal_defavorable": ("baisse_a_confirmer", "Baisse à confirmer"),
    "recul_mesurable": ("baisse_mesurable", "Baisse mesurable"),
    "recul_net": ("baisse_nette", "Baisse nette"),
}
"""Code et libellé des mêmes verdicts, sans jugement, pour un indicateur de contexte ou de zone cible."""


def emd(erreur_type: float, *, ddl: float = inf) -> float:
    """
    Effet minimal détectable : l'évolution que l'enquête avait 80 chances sur 100 de déceler.

    Source:
        Bloom, Evaluation Review 19:547 (1995).

    >>> round(emd(1.2), 3)
    3.362
    """
    return float((stats.t.ppf(1 - SEUIL_Q / 2, ddl) + stats.t.ppf(PUISSANCE, ddl)) * erreur_type)


def verdict(
    estimation: Estimation,
    *,
    delta: float,
    sens: str = "hausse",
    q: float | None = None,
    exhaustif: bool = False,
    manque: str = "",
) -> Verdict:
    """
    Verdict d'une évolution, selon une règle fixée d'avance.

    Dans l'ordre : données insuffisantes, dénombrement complet, progression nette, mesurable, à confirmer,
    stabilité, pas d'évolution mesurable, puis le miroir des trois progressions. Un intervalle contenu entre
    −`delta` et `delta` est une stabilité, même s'il exclut zéro, à la hausse comme à la baisse : quand un changement
    qui compte est exclu, dire « signal à confirmer » parce que le test est moins sûr le ferait paraître plus grand.

    Args:
        estimation: évolution d'avant vers après ; `manque` et `p` y sont lus à défaut des options.
        delta: plus petit changement qui compte, dans l'unité de l'estimation (0,05 pour cinq points).
        sens: évolution favorable, « hausse » ou « baisse » ; « cible » et « contexte » ne jugent pas.
        q: probabilité critique corrigée des comparaisons multiples ; sans elle, celle de l'estimation, seule.
        exhaustif: dénombrement complet, qui n'a ni marge d'erreur ni test.
        manque: ce qu'il faudrait au moins pour conclure ; non vide, aucun verdict n'est rendu.

    Raises:
        ErreurParametre: sens inconnu, delta négatif ou nul ou q hors de [0 ; 1].

    >>> print(verdict(Estimation(0.14, 0.08, 0.2, 400, "Newcombe", "points"), delta=0.05).libelle)
    Progression nette
    """
    _verifier_reglages(delta, sens, q)
    manque = manque or _lacune(estimation, exhaustif)
    if manque:
        code = "donnees_insuffisantes"
    elif exhaustif:
        code = _code_exhaustif(estimation.valeur, delta)
    else:
        risque, basse, haute = estimation.p if q is None else q, estimation.borne_basse, estimation.borne_haute
        orientees = (-haute, -basse) if sens == "baisse" else (basse, haute)
        code = _code_mesure(*orientees, delta, risque is None or risque <= SEUIL_Q)
    libelle, fleche, suite = CONNUS[code]
    if sens in ("cible", "contexte"):
        code, libelle = NEUTRES.get(code, (code, libelle))
    mots = {"manque": manque} if manque else _mots(estimation, delta, sens, q)
    return Verdict(code, libelle, fleche, typographie(libelle + suite.format(**mots)))


def _verifier_reglages(delta: float, sens: str, q: float | None) -> None:
    """Refuse un réglage qui fausserait le verdict en silence."""
    if sens not in SENS:
        raise ErreurParametre(f"verdict : sens={sens!r} n'est pas prévu. Choisir parmi : {', '.join(SENS)}.")
    if not 0 < delta < inf:
        raise ErreurParametre(f"verdict : delta={delta} ; donner un changement positif, dans l'unité lue.")
    if q is not None and not 0 <= q <= 1:
        raise ErreurParametre(f"verdict : q={q} ; donner une probabilité entre 0 et 1, ou rien.")


def _lacune(estimation: Estimation, exhaustif: bool) -> str:
    """Ce qui manque à l'estimation elle-même ; un dénombrement complet n'a pas besoin d'intervalle."""
    if isnan(estimation.valeur):
        return "une valeur avant et une valeur après"
    if exhaustif:
        return ""
    sans_bornes = isnan(estimation.borne_basse) or isnan(estimation.borne_haute)
    return estimation.manque or ("un intervalle de confiance" if sans_bornes else "")


def _code_exhaustif(valeur: float, delta: float) -> str:
    """Hausse, baisse ou stable, selon ce qui est compté et non ce qui est souhaité."""
    # 0,65 − 0,60 dépasse 0,05 d'un rien et 0,60 − 0,55 n'y arrive pas : les deux valent cinq points.
    if abs(valeur) < delta * (1 - 1e-9):
        return "stable"
    return "hausse" if valeur > 0 else "baisse"


def _code_mesure(basse: float, haute: float, delta: float, confirme: bool) -> str:
    """Verdict d'un intervalle orienté ; `confirme` : le test résiste à la correction."""
    negligeable = -delta < basse and haute < delta
    if basse > delta and confirme:
        return "progression_nette"
    if basse > 0 and not negligeable:
        return "progression_mesurable" if confirme else "signal_a_confirmer"
    if negligeable:
        return "stabilite"
    if basse <= 0 <= haute:
        return "pas_d_evolution_mesurable"
    return MIROIRS[_code_mesure(-haute, -basse, delta, confirme)]


def _mots(estimation: Estimation, delta: float, sens: str, q: float | None) -> dict:
    """Nombres et propositions de la phrase, mis en forme."""
    unite, effet = estimation.unite, emd(estimation.erreur_type, ddl=estimation.ddl)
    decimales = _decimales(estimation.trio, unite)
    valeur, basse, haute = (_ecart(nombre_lu, unite, decimales) for nombre_lu in estimation.trio)
    doute = "ne résiste pas à la correction pour comparaisons multiples"
    return {
        "valeur": f"{valeur}, une baisse étant favorable" if sens == "baisse" else valeur,
        "basse": basse,
        "haute": haute,
        "intervalle": f"(intervalle à 95 % : de {basse} à {haute})",
        "delta": _ecart(delta, unite, _decimales((delta,), unite)).removeprefix("+"),
        "decelable": _ecart(effet, unite, _decimales((effet,), unite)).removeprefix("+"),
        "doute": doute if q is not None else "l'intervalle et le test ne concordent pas",
    }


def _decimales(valeurs: tuple[float, ...], unite: str) -> int:
    """Décimales qu'il faut pour qu'aucune valeur non nulle ne s'écrive zéro, deux de plus au maximum."""
    depart, echelle = (2 if unite == "score" else 0), (100 if unite in EN_PARTS else 1)
    if unite not in (*EN_PARTS, "score") and any(valeur % 1 for valeur in valeurs if not isnan(valeur)):
        depart = 1
    reelles = [echelle * valeur for valeur in valeurs if abs(valeur) > 1e-9]
    suffisantes = (d for d in range(depart, depart + 2) if all(arrondi(valeur, d) for valeur in reelles))
    return next(suffisantes, depart + 2)


def _ecart(valeur: float, unite: str, decimales: int) -> str:
    """Écart signé, avec son unité ; un score n'en a pas."""
    if unite in EN_PARTS:
        return points(valeur, decimales)
    if isnan(valeur):
        return nombre(None)
    ecrit = f"{'+' if arrondi(valeur, decimales) > 0 else ''}{nombre(valeur, decimales)}"
    return ecrit if unite == "score" else f"{ecrit} {unite}"
