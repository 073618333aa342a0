"""Ce qui peut être montré, à qui : la seule porte par laquelle une table calculée sort de citelib.

`proteger` lit le contrat de la table (`Publiable`), masque les petits effectifs, puis ce qu'il faut
d'autres cases pour qu'ils ne se retrouvent pas par soustraction, et ne rend le résultat que si un
audit indépendant l'accepte. Dans le doute elle en montre moins, et au pire refuse :

    petites cases → cases complémentaires → audit → (totaux seuls → audit → refus) → arrondi

Les noms : une case *primaire* est masquée pour elle-même, une case *secondaire* pour protéger les autres.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurSecret
from citelib.mesures import ic_wilson
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret.cles import cles
from citelib.secret.diffusions import DIFFUSIONS, seuil_applicable
from citelib.secret.journal import noter
from citelib.secret.lecture import Lue, lire
from citelib.secret.plan import Plan
from citelib.secret.protegee import DENOMINATEUR_MINIMAL, SCEAU, TableProtegee
from citelib.secret.suppression import masque_approuve

BORNES = ("borne_basse", "borne_haute")
"""Les bornes de l'intervalle de Wilson d'une part."""


def proteger(
    table: pd.DataFrame, *, diffusion: str, seuil: int | None = None, plan: Plan | None = None
) -> TableProtegee:
    """
    Rend la table telle que ce public peut la voir, ou refuse.

    Une part est masquée avec son numérateur, son dénominateur ou leur différence ; une moyenne ou une
    borne, avec son effectif ou le détail de celui-ci. Une case vide reste vide et masque ce qui en
    dépend ; elle n'entre dans aucune somme. Un total général n'est masqué que s'il est petit lui-même.
    Quand les effectifs sont arrondis, parts (et leur intervalle de Wilson) et rapports se recalculent sur eux, puis
    s'arrondissent au centième, comme les moyennes : un taux exact rendrait, multiplié par sa population, l'effectif
    que l'arrondi cache. Le taux d'atteinte d'un nombre de personnes (colonne `unite`) est alors masqué.

    Args:
        table: table calculée, qui porte son contrat dans `attrs["publiable"]` ; intitulés en première colonne. Elle
            n'est pas modifiée. Vide, elle peut dire pourquoi en français dans `attrs["motif"]`.
        diffusion: une clé de DIFFUSIONS.
        seuil: seuil plus exigeant, demandé par cite.toml ou par la source.
        plan: ce qui est masqué dans toutes les tables de la même population ; sans lui, la table se protège seule.

    Returns:
        La table protégée ; ses effectifs sont des Int64, ses parts et ses moyennes des Float64.

    Raises:
        ErreurSecret: si le contrat manque ou ne décrit pas la table (colonne numérique non déclarée,
            effectif négatif ou non entier, somme déclarée qui ne tombe pas juste), ou si aucun masque
            ne protège la table.
        ErreurParametre: si la diffusion ou le seuil est refusé.

    Source:
        Hundepool et autres, Statistical Disclosure Control, Wiley (2012), chapitre 4 ;
        Insee, manuel de protection des tableaux.

    >>> table = pd.DataFrame({"age": ["3-5", "6-10", "11-15", "Total"], "nb_enfants": [3, 40, 60, 103]})
    >>> table.attrs["publiable"] = Publiable(effectifs=("nb_enfants",), total_ligne="Total")
    >>> proteger(table, diffusion="cotech").donnees["nb_enfants"].tolist()
    [<NA>, <NA>, 60, 103]
    """
    lue = lire(table)
    contrat, effectifs = lue.contrat, lue.effectifs
    seuil = seuil_applicable(diffusion, seuil=seuil, sensible=contrat.sensible)
    if effectifs[_sans_personne(table, contrat)].notna().any(axis=None):
        raise ErreurSecret("Ligne dite sans personne, qui en compte pourtant. Corriger l'analyse.")
    cases, totaux_seuls = _cases_masquees(table, lue, seuil, plan)
    masque = _masque(table, effectifs, cases, contrat, seuil, diffusion)
    donnees = _publier(table, effectifs, masque, contrat, DIFFUSIONS[diffusion].arrondi)
    motif = str(table.attrs.get("motif") or "") if table.empty else ""
    siennes = tuple(cles(table, contrat))
    return noter(TableProtegee(donnees, masque, diffusion, seuil, contrat, totaux_seuls, motif, siennes, sceau=SCEAU))


def arrondir(valeurs: np.ndarray, base: float) -> np.ndarray:
    """
    Arrondit au multiple de `base` le plus proche ; la moitié monte.

    >>> arrondir(np.array([12, 13, 18]), 5).tolist()
    [10.0, 15.0, 20.0]
    """
    return np.floor(valeurs / base + 0.5) * base


def _sans_personne(table: pd.DataFrame, contrat: Publiable) -> np.ndarray:
    """Vrai pour chaque ligne dont le contrat dit qu'elle ne compte personne ; dans le doute, faux."""
    if contrat.sans_personne is None:
        return np.zeros(len(table), dtype=bool)
    return table[contrat.sans_personne].fillna(False).to_numpy(dtype=bool)


def _cases_masquees(table: pd.DataFrame, lue: Lue, seuil: int, plan: Plan | None) -> tuple[pd.DataFrame, bool]:
    """Le masque des effectifs, et vrai s'il a fallu ne garder que les totaux."""
    effectifs = lue.effectifs
    if seuil == 0 or effectifs.empty:
        return effectifs.isna() & False, False
    imposees = lue.unanimes.copy()
    if plan is not None:
        imposees[: effectifs.size] |= plan.masquees(table, lue)
    approuve = masque_approuve(
        lue.cases,
        lue.grille,
        seuil=seuil,
        sensible=lue.contrat.sensible,
        marges=lue.marges,
        totaux=lue.totaux,
        imposees=imposees,
    )
    if approuve is None:
        raise ErreurSecret("Tableau non diffusable : aucun masque ne le protège. Regrouper des lignes.")
    masque, totaux_seuls = approuve
    masque = masque[: effectifs.size].reshape(effectifs.shape)
    return pd.DataFrame(masque, columns=effectifs.columns), totaux_seuls


def _masque(table, effectifs, cases, contrat, seuil, diffusion) -> pd.DataFrame:
    """Étend le masque des effectifs aux parts et à tout ce qui repose sur eux."""
    masque = pd.DataFrame(False, index=effectifs.index, columns=table.columns)
    if seuil:
        masque[cases.columns] = cases
        cache = cases | effectifs.isna()
        for nom, (num, den) in contrat.parts.items():
            masque[nom] = cache[num] | cache[den] | (effectifs[den] < DENOMINATEUR_MINIMAL)
        for nom, base in contrat.bases.items():
            # une moyenne ou une borne trahit le détail de son effectif : elle en suit les morceaux
            appuis = [base, *(num for num, den in contrat.parts.values() if den == base)]
            appuis += contrat.additives if base == contrat.total_colonne else ()
            masque[nom] = cache[appuis].any(axis=1) | (effectifs[base] < seuil)
        for nom, (num, den) in contrat.rapports.items():
            masque[nom] = cache[num]
            if den in cache:
                masque[nom] |= cache[den] | (effectifs[den] < DENOMINATEUR_MINIMAL)
        appuis = {nom: den for nom, (_, den) in contrat.parts.items()} | {**contrat.bases}
        for nom, base in (appuis | {nom: num for nom, (num, _) in contrat.rapports.items()}).items():
            # un effectif inconnu, ou nul et montré, dit déjà qu'il n'y a rien à mesurer : vide, et non masqué
            muet = effectifs[base].isna() | ((effectifs[base] == 0) & ~cases[base])
            _, den = contrat.rapports.get(nom, ("", base))
            muet |= table[den].isna().to_numpy()
            masque[nom] &= ~(muet & table[nom].isna().to_numpy())
        if DIFFUSIONS[diffusion].arrondi and "unite" in table:
            comptes = table["unite"].eq("nombre").fillna(False).to_numpy(bool)
            for nom in (nom for nom in contrat.bases if nom.startswith("taux_")):
                masque[nom] |= comptes & table[nom].notna().to_numpy()
        for nom in contrat.bases:
            masque[nom] &= ~_sans_personne(table, contrat)
    if DIFFUSIONS[diffusion].dominance and contrat.montants:
        masque.loc[_lignes_dominees(table, contrat), [*contrat.montants]] = True
    return masque.set_axis(table.index)


def _lignes_dominees(table: pd.DataFrame, contrat: Publiable) -> np.ndarray:
    """Les lignes où un contributeur domine, et une de plus s'il n'y en a qu'une : le total la rendrait."""
    dominees = np.array(table.attrs["domines"], dtype=bool)
    detail = table.iloc[:, 0].ne(ENSEMBLE).to_numpy(bool)
    if (dominees & detail).sum() == 1:
        autres = table.reset_index(drop=True)[contrat.montants[0]].where(detail & ~dominees)
        autres = autres[autres.gt(0).fillna(False)]
        dominees[autres.sort_values(kind="stable").index[:1]] = True
    return dominees


def _publier(table, effectifs, masque, contrat, base: int | None) -> pd.DataFrame:
    """Reconstruit la table de ce qui est montré : rien d'autre ne passe, pas même en mémoire."""
    if base is not None:
        effectifs = arrondir(effectifs, base)
    donnees, recalculees = {}, {**contrat.parts, **contrat.rapports}
    for nom in table:
        if nom in contrat.effectifs:
            donnees[nom] = _colonne_neuve(effectifs[nom], masque[nom], "Int64")
        elif nom in recalculees or nom in contrat.bases:
            exactes = pd.to_numeric(table[nom]).astype("Float64")
            if base is not None and nom in recalculees:
                num, den = recalculees[nom]
                diviseur = effectifs[den] if den in effectifs else pd.to_numeric(table[den]).astype("Float64")
                exactes = effectifs[num].to_numpy() / diviseur.where(diviseur > 0)
            elif base is not None and nom in BORNES:
                exactes = _borne_arrondie(nom, exactes, effectifs, contrat)
            elif base is not None and nom in contrat.fractions:
                vrai, montre = (d[contrat.bases[nom]].to_numpy(float, na_value=np.nan) for d in (table, effectifs))
                exactes = arrondir(exactes * vrai, base) / np.where(montre > 0, montre, np.nan)
            # toutes leurs décimales rendraient l'effectif que l'arrondi vient de cacher
            montrees = exactes if base is None else arrondir(exactes * 100, 1) / 100
            if base is not None and "unite" in table:  # une valeur d'indicateur peut être elle-même un effectif
                montrees = montrees.mask(table["unite"].eq("nombre").to_numpy(), arrondir(exactes, base))
            if nom in contrat.bases:
                montrees = montrees.mask(_sans_personne(table, contrat), exactes)
            donnees[nom] = _colonne_neuve(montrees, masque[nom], "Float64")
        elif nom in contrat.montants:
            donnees[nom] = _colonne_neuve(pd.to_numeric(table[nom]), masque[nom], "Float64")
        else:
            donnees[nom] = table[nom].copy()
    return pd.DataFrame(donnees, index=table.index.copy())


def _borne_arrondie(nom: str, exactes: pd.Series, effectifs: pd.DataFrame, contrat: Publiable) -> pd.Series:
    """
    La borne d'une part, recalculée sur ses effectifs arrondis : l'intervalle exact rendrait les vrais.

    De plusieurs parts du même effectif, c'est la première que l'intervalle encadre.
    """
    couples = [(num, den) for num, den in contrat.parts.values() if den == contrat.bases[nom]]
    if not couples:
        return exactes
    connus = effectifs[list(couples[0])].dropna().astype(int)
    bornes = {rang: getattr(ic_wilson(x, n), nom) for rang, x, n in connus.itertuples(name=None)}
    return pd.Series([bornes.get(rang, np.nan) for rang in effectifs.index], index=exactes.index, dtype="Float64")


def _colonne_neuve(valeurs: pd.Series, masque: pd.Series, dtype: str) -> pd.api.extensions.ExtensionArray:
    """Une colonne neuve : vider une colonne existante laisserait les valeurs sous son masque interne."""
    paires = zip(valeurs, masque | valeurs.isna().to_numpy(), strict=True)
    return pd.array([pd.NA if cachee else valeur for valeur, cachee in paires], dtype)
