"""Ce qui peut être montré, à qui : la seule porte par laquelle une table calculée sort de citelib.

`proteger` lit le contrat de la table (`Publiable`), masque les petits effectifs, puis ce qu'il faut
d'autres cases pour qu'ils ne se retrouvent pas par soustraction, et ne rend le résultat que si un
audit indépendant l'accepte. Dans le doute elle en montre moins, et au pire refuse :

    petites cases → cases complémentaires → audit → (totaux seuls → audit → refus) → arrondi

Les noms : une case *primaire* est masquée pour elle-même, une case *secondaire* pour protéger les autres.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurSecret
from citelib.mesures import ic_wilson
from citelib.secret.diffusions import DIFFUSIONS, seuil_applicable
from citelib.secret.protegee import DENOMINATEUR_MINIMAL, SCEAU, TableProtegee, rangs_de
from citelib.secret.suppression import Grille, masque_approuve

BORNES = ("borne_basse", "borne_haute")
"""Les bornes de l'intervalle de Wilson d'une part."""


def proteger(
    table: pd.DataFrame, *, diffusion: str, seuil: int | None = None, publiable: Publiable | None = None
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
        table: table calculée ; intitulés en première colonne. Elle n'est pas modifiée. Vide, elle peut dire
            pourquoi en français dans `attrs["motif"]`.
        diffusion: une clé de DIFFUSIONS.
        seuil: seuil plus exigeant, demandé par cite.toml ou par la source.
        publiable: contrat de la table ; par défaut `table.attrs["publiable"]`.

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
    >>> contrat = Publiable(effectifs=("nb_enfants",), total_ligne="Total")
    >>> proteger(table, diffusion="cotech", publiable=contrat).donnees["nb_enfants"].tolist()
    [<NA>, <NA>, 60, 103]
    """
    contrat = _contrat(table, publiable)
    seuil = seuil_applicable(diffusion, seuil=seuil, sensible=contrat.sensible)
    effectifs = _effectifs(table, contrat)
    if effectifs[_sans_personne(table, contrat)].notna().any(axis=None):
        raise ErreurSecret("Ligne dite sans personne, qui en compte pourtant. Corriger l'analyse.")
    ailleurs = _sommes_ailleurs(table, effectifs, contrat)
    cases, totaux_seuls = _cases_masquees(effectifs, contrat, _rang_du_total(table, contrat), seuil, ailleurs)
    masque = _masque(table, effectifs, cases, contrat, seuil, diffusion)
    donnees = _publier(table, effectifs, masque, contrat, DIFFUSIONS[diffusion].arrondi)
    motif = str(table.attrs.get("motif") or "") if table.empty else ""
    return TableProtegee(donnees, masque, diffusion, seuil, contrat, totaux_seuls, motif, sceau=SCEAU)


def gardien(diffusion: str, *, seuil: int | None = None) -> Callable[[pd.DataFrame], TableProtegee]:
    """`proteger`, réglée une fois pour toute une page ; refuse tout de suite une diffusion ou un seuil interdit."""
    seuil_applicable(diffusion, seuil=seuil)
    return functools.partial(proteger, diffusion=diffusion, seuil=seuil)


def arrondir(valeurs: np.ndarray, base: float) -> np.ndarray:
    """
    Arrondit au multiple de `base` le plus proche ; la moitié monte.

    >>> arrondir(np.array([12, 13, 18]), 5).tolist()
    [10.0, 15.0, 20.0]
    """
    return np.floor(valeurs / base + 0.5) * base


def _contrat(table: pd.DataFrame, publiable: Publiable | None) -> Publiable:
    """Le contrat de la table, s'il en décrit chaque colonne de nombres."""
    contrat = publiable if publiable is not None else table.attrs.get("publiable")
    if not isinstance(contrat, Publiable):
        raise ErreurSecret("Table sans contrat de publication : décorer l'analyse avec contrats.publiable.")
    effectifs, libres = {*contrat.effectifs}, {*contrat.libres}
    declarees = {*effectifs, *contrat.parts, *contrat.bases, *contrat.rapports}
    autres = table[[nom for nom in table if nom not in declarees | libres]]
    appuis = {*contrat.bases.values(), *contrat.additives, *contrat.groupes, contrat.total_colonne} - {None}
    appuis = appuis.union(*contrat.parts.values(), (num for num, _ in contrat.rapports.values()))
    appuis = appuis.union(contrat.sommes, *contrat.sommes.values())
    attendues = {*contrat.groupes.values(), contrat.sans_personne} - {None}
    griefs = {
        "colonne en double": table.columns[table.columns.duplicated()],
        "colonne de nombres non déclarée": [nom for nom, colonne in autres.items() if _compte(colonne)],
        "colonne déclarée mais absente": (declarees | libres | attendues) - {*table},
        "colonne déclarée de deux façons": declarees & libres,
        "diviseur d'un rapport ni effectif ni libre": {den for _, den in contrat.rapports.values()}
        - effectifs
        - libres,
        "appui d'une part, d'une base ou d'un total qui n'est pas un effectif": appuis - effectifs,
        "effectif de personnes (nb_) déclaré libre": [nom for nom in libres if str(nom).startswith("nb_")],
    }
    lus = [f"{grief} : {', '.join(sorted(map(str, noms)))}" for grief, noms in griefs.items() if len(noms)]
    if lus:
        raise ErreurSecret(f"Table refusée, {' ; '.join(lus)}. Corriger le « publiable » de l'analyse.")
    return contrat


def _compte(colonne: pd.Series) -> bool:
    """Vrai si la colonne contient autre chose que des textes, des dates et des oui-non."""
    muets = str | bool | np.bool_ | dt.date
    return not all(isinstance(valeur, muets) for valeur in colonne.dropna().astype(object))


def _sans_personne(table: pd.DataFrame, contrat: Publiable) -> np.ndarray:
    """Vrai pour chaque ligne dont le contrat dit qu'elle ne compte personne ; dans le doute, faux."""
    if contrat.sans_personne is None:
        return np.zeros(len(table), dtype=bool)
    return table[contrat.sans_personne].fillna(False).to_numpy(dtype=bool)


def _effectifs(table: pd.DataFrame, contrat: Publiable) -> pd.DataFrame:
    """Les effectifs seuls, en nombres, lignes numérotées ; NaN si la case est vide."""
    lus = table[list(contrat.effectifs)].reset_index(drop=True)
    effectifs = lus.apply(pd.to_numeric, errors="coerce").astype(float)
    refuses = (effectifs.isna() & lus.notna()) | (effectifs < 0) | (effectifs.notna() & (effectifs % 1 != 0))
    fautes = [*refuses.columns[refuses.any()]]
    fautes += [f"{n} > {d}" for n, d in contrat.parts.values() if (effectifs[n] > effectifs[d]).any()]
    if fautes:
        raise ErreurSecret(f"Effectifs à corriger, {', '.join(fautes)} : attendu entiers, positifs ou nuls.")
    return effectifs


def _rang_du_total(table: pd.DataFrame, contrat: Publiable) -> int | None:
    """Rang de la ligne du total ; None si la table n'en a pas."""
    if contrat.total_ligne is None or table.empty:
        return None
    rangs = rangs_de(table, contrat.total_ligne)
    if len(rangs) != 1:
        raise ErreurSecret(f"Total déclaré : {len(rangs)} ligne(s) « {contrat.total_ligne} » au lieu d'une.")
    return int(rangs[0])


def _grille(effectifs: pd.DataFrame, contrat: Publiable, rang_total: int | None) -> Grille:
    """Les sommes et les différences qu'un lecteur peut refaire ; une somme déclarée doit tomber juste."""
    cases, sommes, couples = effectifs.to_numpy().ravel(), [], []
    numeros = pd.DataFrame(np.arange(cases.size).reshape(effectifs.shape), columns=effectifs.columns)
    for nom, declaree, possibles in _sommes_possibles(numeros, contrat, rang_total):
        # une case vide n'entre dans aucune somme : les autres doivent y suffire
        lues = [(total, termes[~np.isnan(cases[termes])]) for total, termes in possibles if cases[total] >= 0]
        if all(cases[total] == cases[termes].sum() for total, termes in lues):
            sommes += [(int(total), tuple(termes.tolist())) for total, termes in lues]
        elif declaree:
            raise ErreurSecret(f"{nom} : le total n'est pas la somme de ses parties. Corriger l'analyse.")
    for num, den in dict.fromkeys(contrat.parts.values()):
        remplies = effectifs[[num, den]].notna().all(axis=1) & (num != den)
        couples += numeros.loc[remplies, [num, den]].itertuples(index=False, name=None)
    return Grille(tuple(sommes), tuple(couples))


def _sommes_possibles(numeros: pd.DataFrame, contrat: Publiable, rang_total: int | None) -> Iterator[tuple]:
    """Sommes déclarées, et sommes qui se vérifient peut-être : colonne, déclarée ou non, (total, termes)."""
    if rang_total is not None:
        additives = {*contrat.additives, contrat.total_colonne} if contrat.additives else {*numeros}
        for nom, colonne in numeros.items():
            yield nom, nom in additives, [(colonne[rang_total], colonne.drop(rang_total).to_numpy())]
    en_ligne = {}
    for num, den in contrat.parts.values():
        en_ligne.setdefault(den, {}).update({num: None} if num != den else {})
    if contrat.total_colonne:
        en_ligne[contrat.total_colonne] = dict.fromkeys(contrat.additives)
    for nom, morceaux in contrat.sommes.items():
        yield nom, True, list(zip(numeros[nom], numeros[list(morceaux)].to_numpy(), strict=True))
    for nom, morceaux in en_ligne.items():
        declaree = nom == contrat.total_colonne
        # un seul morceau égal au tout (« 100 % partout ») est un constat, pas une somme
        if declaree or len(morceaux) > 1:
            yield nom, declaree, list(zip(numeros[nom], numeros[list(morceaux)].to_numpy(), strict=True))


def _sommes_ailleurs(table: pd.DataFrame, effectifs: pd.DataFrame, contrat: Publiable) -> list[np.ndarray]:
    """Pour chaque somme de groupe publiée hors de la table, les cases qui s'y additionnent."""
    numeros = pd.DataFrame(np.arange(effectifs.size).reshape(effectifs.shape), columns=effectifs.columns)
    sommes = []
    for nom, groupe in contrat.groupes.items():
        remplies = effectifs[nom].notna()
        cles = table[groupe].reset_index(drop=True)[remplies]
        sommes += [termes.to_numpy() for _, termes in numeros.loc[remplies, nom].groupby(cles)]
    return sommes


def _cases_masquees(effectifs, contrat, rang_total, seuil, ailleurs) -> tuple[pd.DataFrame, bool]:
    """Le masque des effectifs, et vrai s'il a fallu ne garder que les totaux."""
    grille = _grille(effectifs, contrat, rang_total)
    if seuil == 0 or effectifs.empty:
        return effectifs.isna() & False, False
    marges, totaux = _marges_et_totaux(effectifs, contrat, rang_total)
    cases, sensible = effectifs.to_numpy().ravel(), contrat.sensible
    # une somme publiée ailleurs est une case de plus, que le lecteur connaît et que la table ne montre pas
    sommes = grille.sommes + tuple((cases.size + k, tuple(termes.tolist())) for k, termes in enumerate(ailleurs))
    grille = Grille(sommes, grille.couples)
    connues = np.append(cases, [cases[termes].sum() for termes in ailleurs])
    marges, totaux = (np.append(dits, np.ones(len(ailleurs), bool)) for dits in (marges, totaux))
    approuve = masque_approuve(connues, grille, seuil=seuil, sensible=sensible, marges=marges, totaux=totaux)
    if approuve is None:
        raise ErreurSecret("Tableau non diffusable : aucun masque ne le protège. Regrouper des lignes.")
    masque, totaux_seuls = approuve
    masque = masque[: cases.size].reshape(effectifs.shape)
    return pd.DataFrame(masque, columns=effectifs.columns), totaux_seuls


def _marges_et_totaux(effectifs, contrat, rang_total) -> tuple[np.ndarray, np.ndarray]:
    """Cases qui sont des marges ; parmi elles, les totaux généraux, qui ne sont le morceau de rien."""
    ensembles = {den for _, den in contrat.parts.values()} | {contrat.total_colonne, *contrat.sommes}
    morceaux = {num for num, den in contrat.parts.values() if num != den}
    morceaux.update(contrat.additives if contrat.total_colonne else ())
    morceaux = morceaux.union(*contrat.sommes.values()) - {*contrat.sommes}
    au_total = (np.arange(len(effectifs)) == rang_total)[:, None]
    marges = au_total | effectifs.columns.isin(ensembles)
    return marges.ravel(), (au_total & ~effectifs.columns.isin(morceaux)).ravel()


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
    return masque.set_axis(table.index)


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
            # toutes leurs décimales rendraient l'effectif que l'arrondi vient de cacher
            montrees = exactes if base is None else arrondir(exactes * 100, 1) / 100
            if base is not None and "unite" in table:  # une valeur d'indicateur peut être elle-même un effectif
                montrees = montrees.mask(table["unite"].eq("nombre").to_numpy(), arrondir(exactes, base))
            if nom in contrat.bases:
                montrees = montrees.mask(_sans_personne(table, contrat), exactes)
            donnees[nom] = _colonne_neuve(montrees, masque[nom], "Float64")
        else:
            donnees[nom] = table[nom].copy()
    return pd.DataFrame(donnees, index=table.index.copy())


def _borne_arrondie(nom: str, exactes: pd.Series, effectifs: pd.DataFrame, contrat: Publiable) -> pd.Series:
    """La borne d'une part, recalculée sur ses effectifs arrondis : l'intervalle exact rendrait les vrais."""
    couples = [(num, den) for num, den in contrat.parts.values() if den == contrat.bases[nom]]
    if len(couples) != 1:
        return exactes
    connus = effectifs[list(couples[0])].dropna().astype(int)
    bornes = {rang: getattr(ic_wilson(x, n), nom) for rang, x, n in connus.itertuples(name=None)}
    return pd.Series([bornes.get(rang, np.nan) for rang in effectifs.index], index=exactes.index, dtype="Float64")


def _colonne_neuve(valeurs: pd.Series, masque: pd.Series, dtype: str) -> pd.api.extensions.ExtensionArray:
    """Une colonne neuve : vider une colonne existante laisserait les valeurs sous son masque interne."""
    paires = zip(valeurs, masque | valeurs.isna().to_numpy(), strict=True)
    return pd.array([pd.NA if cachee else valeur for valeur, cachee in paires], dtype)
