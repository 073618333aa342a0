"""Lire une table à publier : son contrat, ses effectifs, et les opérations qu'un lecteur peut y refaire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurSecret
from citelib.secret.attaque import Grille
from citelib.secret.protegee import confondus, rangs_de


@dataclass(frozen=True, eq=False)
class Lue:
    """
    Une table à publier, telle que le secret la voit.

    Args:
        contrat: ce qu'elle compte.
        effectifs: ses effectifs seuls, lignes numérotées ; NaN si la case est vide.
        cases: leurs valeurs, ligne à ligne, puis les sommes de groupe publiées hors de la table.
        grille: les opérations qu'un lecteur peut refaire sur ces cases.
        marges, totaux: vrai pour les cases qui sont des marges ; parmi elles, les totaux généraux.
        unanimes: vrai pour « tous » et « aucun » sur une ligne sensible (`attrs["sensibles"]`), toujours masqués.
    """

    contrat: Publiable
    effectifs: pd.DataFrame
    cases: np.ndarray
    grille: Grille
    marges: np.ndarray
    totaux: np.ndarray
    unanimes: np.ndarray


def lire(table: pd.DataFrame) -> Lue:
    """
    Lit une table et le contrat qu'elle porte dans `attrs["publiable"]`.

    Raises:
        ErreurSecret: si le contrat manque ou ne décrit pas la table.
    """
    contrat = _contrat(table)
    effectifs, rang = _effectifs(table, contrat), _rang_du_total(table, contrat)
    grille, ailleurs = _grille(effectifs, contrat, rang), _sommes_ailleurs(table, effectifs, contrat)
    cases = effectifs.to_numpy().ravel()
    # une somme publiée ailleurs est une case de plus, que le lecteur connaît et que la table ne montre pas
    sommes = grille.sommes + tuple((cases.size + k, tuple(termes.tolist())) for k, termes in enumerate(ailleurs))
    numeros = dict(zip(effectifs, np.arange(cases.size).reshape(effectifs.shape).T, strict=True))
    sommes += tuple((int(numeros[la][k]), (int(numeros[ici][k]),)) for k, ici, la in _confondus(table, contrat))
    marges, totaux = (
        np.append(dits, np.ones(len(ailleurs), bool)) for dits in _marges_et_totaux(effectifs, contrat, rang)
    )
    connues = np.append(cases, [cases[termes].sum() for termes in ailleurs])
    unanimes = np.append(_unanimes(table, effectifs, contrat), np.zeros(len(ailleurs), bool))
    return Lue(contrat, effectifs, connues, Grille(sommes, grille.couples), marges, totaux, unanimes)


def _confondus(table: pd.DataFrame, contrat: Publiable) -> Iterator[tuple[int, str, str]]:
    """Les effectifs confondus de chaque ligne ; aucun s'il en manque un."""
    return (c for c in confondus(table, contrat) if table[[*c[1:]]].iloc[c[0]].notna().all())


def _unanimes(table: pd.DataFrame, effectifs: pd.DataFrame, contrat: Publiable) -> np.ndarray:
    """« Tous » et « aucun » : sur un sujet sensible, ils disent de chacun ce que dit le groupe."""
    trouvees = pd.DataFrame(False, index=effectifs.index, columns=effectifs.columns)
    sensibles = np.array(table.attrs.get("sensibles", [False] * len(table)), dtype=bool)
    for num, den in contrat.parts.values():
        extreme = effectifs[num].eq(0) | effectifs[num].eq(effectifs[den])
        trouvees[num] |= sensibles & extreme & effectifs[den].gt(0)
    return trouvees.to_numpy().ravel()


def _contrat(table: pd.DataFrame) -> Publiable:
    """Le contrat de la table, s'il en décrit chaque colonne de nombres."""
    contrat = table.attrs.get("publiable")
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


def _marges_et_totaux(effectifs, contrat, rang_total) -> tuple[np.ndarray, np.ndarray]:
    """Cases qui sont des marges ; parmi elles, les totaux généraux, qui ne sont le morceau de rien."""
    ensembles = {den for _, den in contrat.parts.values()} | {contrat.total_colonne, *contrat.sommes}
    morceaux = {num for num, den in contrat.parts.values() if num != den}
    morceaux.update(contrat.additives if contrat.total_colonne else ())
    morceaux = morceaux.union(*contrat.sommes.values()) - {*contrat.sommes}
    au_total = (np.arange(len(effectifs)) == rang_total)[:, None]
    marges = au_total | effectifs.columns.isin(ensembles)
    return marges.ravel(), (au_total & ~effectifs.columns.isin(morceaux)).ravel()
