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
from dataclasses import InitVar, dataclass

import numpy as np
import pandas as pd

from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.secret.suppression import Grille, masque_approuve

MARQUE = "[s]"
"""Ce qui s'affiche à la place d'une donnée masquée, pour une case primaire comme pour une secondaire."""

SEUIL_MINIMAL = 5
"""Hors diffusion interne, aucun réglage ne descend au-dessous. Source : Ofqual, et usage courant."""

SEUIL_SENSIBLE = 11
"""Seuil sur un thème sensible (santé, discipline, handicap) ; celui de la donnée fiscale (Insee)."""

DENOMINATEUR_MINIMAL = 10
"""Aucun pourcentage sur moins de 10 personnes : la marge d'erreur y dépasse 26 points (Wilson)."""

NOTE_SECRET = (
    f"{MARQUE} : donnée masquée (secret statistique) ; certaines cellules plus grandes sont aussi masquées "
    "pour protéger les autres."
)
NOTE_TOTAUX = "Seul le total est diffusé : les autres cellules sont toutes masquées, zéros compris."
NOTE_ARRONDI = "Effectifs arrondis à {base} ; les totaux peuvent différer de la somme."
NOTE_PARTS = f"Les pourcentages sur moins de {DENOMINATEUR_MINIMAL} personnes ne sont pas diffusés."


@dataclass(frozen=True)
class Diffusion:
    """
    Un public et ce qu'on lui montre.

    Args:
        seuil: plus petit effectif non nul montré ; 0 ne masque rien.
        arrondi: multiple auquel les effectifs montrés sont arrondis ; None les laisse exacts.
        mention: ce que chaque page doit dire de sa diffusion.
    """

    seuil: int
    arrondi: int | None
    mention: str


DIFFUSIONS = {
    "interne": Diffusion(0, None, "Document interne, ne pas diffuser"),
    "cotech": Diffusion(SEUIL_MINIMAL, None, "Document réservé au comité technique (COTECH)"),
    "public": Diffusion(11, 5, "Document public"),
}


def seuil_applicable(diffusion: str, *, seuil: int | None = None, sensible: bool = False) -> int:
    """
    Le plus petit effectif non nul montrable, le plus exigeant de ceux qui s'appliquent ; 0 en diffusion interne.

    Args:
        seuil: seuil demandé par cite.toml ou par la source ; il ne peut que relever celui de la diffusion.

    Raises:
        ErreurParametre: si la diffusion est inconnue ou si le seuil demandé est inférieur à 5.

    >>> seuil_applicable("cotech"), seuil_applicable("cotech", seuil=11), seuil_applicable("interne")
    (5, 11, 0)
    """
    if diffusion not in DIFFUSIONS:
        connues = ", ".join(DIFFUSIONS)
        raise ErreurParametre(f"diffusion={diffusion!r} n'est pas prévue. Choisir parmi : {connues}.")
    if diffusion == "interne":
        return 0
    if seuil is not None and (not isinstance(seuil, int | np.integer) or seuil < SEUIL_MINIMAL):
        raise ErreurParametre(
            f"seuil={seuil!r} refusé en diffusion {diffusion} : attendu un entier d'au moins "
            f"{SEUIL_MINIMAL}. Relever le seuil dans cite.toml, ou choisir la diffusion interne."
        )
    return max(DIFFUSIONS[diffusion].seuil, int(seuil or 0), SEUIL_SENSIBLE if sensible else 0)


_SCEAU = object()


@dataclass(frozen=True, eq=False)
class TableProtegee:
    """
    Une table dont ce qui devait être masqué n'existe plus. Seule `proteger` en fabrique.

    Args:
        donnees: les valeurs montrées ; vide (`pd.NA`) sous le masque.
        masque: vrai pour chaque cellule masquée ; mêmes lignes et colonnes que `donnees`.
        diffusion: une clé de DIFFUSIONS.
        seuil: plus petit effectif non nul montré.
        publiable: le contrat de la table.
        totaux_seuls: vrai si toutes les cases ont dû être masquées, sauf le total.
        motif: pourquoi l'analyse n'a rendu aucune ligne ; vide sinon.
    """

    donnees: pd.DataFrame
    masque: pd.DataFrame
    diffusion: str
    seuil: int
    publiable: Publiable
    totaux_seuls: bool = False
    motif: str = ""
    sceau: InitVar[object] = None

    def __post_init__(self, sceau: object) -> None:
        if sceau is not _SCEAU:
            raise ErreurSecret("Une TableProtegee ne se construit pas à la main : appeler secret.proteger.")

    @property
    def notes(self) -> tuple[str, ...]:
        """Les phrases à écrire sous la table."""
        parts = list(self.publiable.parts)
        arrondi = DIFFUSIONS[self.diffusion].arrondi
        notes = [NOTE_SECRET] if self.masque.to_numpy().any() else []
        notes += [NOTE_PARTS] if parts and self.masque[parts].to_numpy().any() else []
        notes += [NOTE_TOTAUX] if self.totaux_seuls else []
        notes += [NOTE_ARRONDI.format(base=arrondi)] if arrondi and self.publiable.effectifs else []
        return tuple(notes)

    def est_masquee(self, ligne: object, colonne: str) -> bool:
        """Vrai si la cellule est masquée ; `ligne` est un intitulé de la première colonne."""
        return bool(self.masque.iloc[self._place(ligne, colonne)])

    def valeur(self, ligne: object, colonne: str) -> object:
        """Valeur montrée ; None si elle est masquée ou absente, ce que `est_masquee` distingue."""
        valeur = self.donnees.iloc[self._place(ligne, colonne)]
        return None if pd.isna(valeur) else valeur

    def _place(self, ligne: object, colonne: str) -> tuple[int, int]:
        """Rangs de l'unique ligne qui porte cet intitulé, et de la colonne."""
        colonnes, rangs = list(self.donnees), _rangs(self.donnees, ligne)
        if colonne not in colonnes:
            connues = ", ".join(map(str, colonnes))
            raise ErreurParametre(f"Colonne {colonne!r} absente de la table. Colonnes : {connues}.")
        if len(rangs) != 1:
            raise ErreurParametre(f"{len(rangs)} ligne(s) {ligne!r} au lieu d'une.")
        return int(rangs[0]), colonnes.index(colonne)


def proteger(
    table: pd.DataFrame, *, diffusion: str, seuil: int | None = None, publiable: Publiable | None = None
) -> TableProtegee:
    """
    Rend la table telle que ce public peut la voir, ou refuse.

    Une part est masquée avec son numérateur, son dénominateur ou leur différence ; une moyenne ou une
    borne, avec son effectif ou le détail de celui-ci. Une case vide reste vide et masque ce qui en
    dépend ; elle n'entre dans aucune somme. Un total général n'est masqué que s'il est petit lui-même.
    Quand les effectifs sont arrondis, les parts le sont au centième (après recalcul), les moyennes aussi.

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
    cases, totaux_seuls = _cases_masquees(effectifs, contrat, _rang_du_total(table, contrat), seuil)
    masque = _masque(table, effectifs, cases, contrat, seuil)
    donnees = _publier(table, effectifs, masque, contrat, DIFFUSIONS[diffusion].arrondi)
    motif = str(table.attrs.get("motif") or "") if table.empty else ""
    return TableProtegee(donnees, masque, diffusion, seuil, contrat, totaux_seuls, motif, sceau=_SCEAU)


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
    declarees = {*effectifs, *contrat.parts, *contrat.bases}
    autres = table[[nom for nom in table if nom not in declarees | libres]]
    appuis = {*contrat.bases.values(), *contrat.additives, contrat.total_colonne} - {None}
    appuis = appuis.union(*contrat.parts.values())
    griefs = {
        "colonne en double": table.columns[table.columns.duplicated()],
        "colonne de nombres non déclarée": [nom for nom, colonne in autres.items() if _compte(colonne)],
        "colonne déclarée mais absente": (declarees | libres | ({contrat.sans_personne} - {None})) - {*table},
        "colonne déclarée de deux façons": declarees & libres,
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
    rangs = _rangs(table, contrat.total_ligne)
    if len(rangs) != 1:
        raise ErreurSecret(f"Total déclaré : {len(rangs)} ligne(s) « {contrat.total_ligne} » au lieu d'une.")
    return int(rangs[0])


def _rangs(table: pd.DataFrame, intitule: object) -> np.ndarray:
    """Rangs des lignes qui portent cet intitulé en première colonne."""
    return np.flatnonzero(table.iloc[:, 0].eq(intitule).fillna(False))


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
    for nom, morceaux in en_ligne.items():
        declaree = nom == contrat.total_colonne
        # un seul morceau égal au tout (« 100 % partout ») est un constat, pas une somme
        if declaree or len(morceaux) > 1:
            yield nom, declaree, list(zip(numeros[nom], numeros[list(morceaux)].to_numpy(), strict=True))


def _cases_masquees(effectifs, contrat, rang_total, seuil) -> tuple[pd.DataFrame, bool]:
    """Le masque des effectifs, et vrai s'il a fallu ne garder que les totaux."""
    grille = _grille(effectifs, contrat, rang_total)
    if seuil == 0 or effectifs.empty:
        return effectifs.isna() & False, False
    marges, totaux = _marges_et_totaux(effectifs, contrat, rang_total)
    cases, sensible = effectifs.to_numpy().ravel(), contrat.sensible
    approuve = masque_approuve(cases, grille, seuil=seuil, sensible=sensible, marges=marges, totaux=totaux)
    if approuve is None:
        raise ErreurSecret("Tableau non diffusable : aucun masque ne le protège. Regrouper des lignes.")
    masque, totaux_seuls = approuve
    return pd.DataFrame(masque.reshape(effectifs.shape), columns=effectifs.columns), totaux_seuls


def _marges_et_totaux(effectifs, contrat, rang_total) -> tuple[np.ndarray, np.ndarray]:
    """Cases qui sont des marges ; parmi elles, les totaux généraux, qui ne sont le morceau de rien."""
    ensembles = {den for _, den in contrat.parts.values()} | {contrat.total_colonne}
    morceaux = {num for num, den in contrat.parts.values() if num != den}
    morceaux.update(contrat.additives if contrat.total_colonne else ())
    au_total = (np.arange(len(effectifs)) == rang_total)[:, None]
    marges = au_total | effectifs.columns.isin(ensembles)
    return marges.ravel(), (au_total & ~effectifs.columns.isin(morceaux)).ravel()


def _masque(table, effectifs, cases, contrat, seuil) -> pd.DataFrame:
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
        for nom, base in ({nom: den for nom, (_, den) in contrat.parts.items()} | {**contrat.bases}).items():
            # un effectif inconnu, ou nul et montré, dit déjà qu'il n'y a rien à mesurer : vide, et non masqué
            muet = effectifs[base].isna() | ((effectifs[base] == 0) & ~cases[base])
            masque[nom] &= ~(muet & table[nom].isna().to_numpy())
        for nom in contrat.bases:
            masque[nom] &= ~_sans_personne(table, contrat)
    return masque.set_axis(table.index)


def _publier(table, effectifs, masque, contrat, base: int | None) -> pd.DataFrame:
    """Reconstruit la table de ce qui est montré : rien d'autre ne passe, pas même en mémoire."""
    if base is not None:
        effectifs = arrondir(effectifs, base)
    donnees = {}
    for nom in table:
        if nom in contrat.effectifs:
            donnees[nom] = _colonne_neuve(effectifs[nom], masque[nom], "Int64")
        elif nom in contrat.parts or nom in contrat.bases:
            exactes = pd.to_numeric(table[nom]).astype("Float64")
            if base is not None and nom in contrat.parts:
                num, den = contrat.parts[nom]
                exactes = effectifs[num] / effectifs[den].where(effectifs[den] > 0)
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


def _colonne_neuve(valeurs: pd.Series, masque: pd.Series, dtype: str) -> pd.api.extensions.ExtensionArray:
    """Une colonne neuve : vider une colonne existante laisserait les valeurs sous son masque interne."""
    paires = zip(valeurs, masque | valeurs.isna().to_numpy(), strict=True)
    return pd.array([pd.NA if cachee else valeur for valeur, cachee in paires], dtype)
