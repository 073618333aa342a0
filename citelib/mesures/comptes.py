"""Compter par modalité : les gestes que partagent les analyses, de la somme à la ligne « Ensemble ».

Un nombre inconnu reste vide ; un rapport se calcule toujours sur des sommes, jamais sur des moyennes de
pourcentages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from citelib.contrats import Publiable, porter
from citelib.erreurs import ErreurParametre
from citelib.tables import AXES, TRANCHES_AGE, libelle

ENSEMBLE = "Ensemble"
NON_RENSEIGNE = "non renseigné"
PAR = (None, "axe", "theme", "porteur_nom")
"""Découpes que toute analyse du programme accepte."""


def de_l_annee(table: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les lignes de l'année."""
    return table[table["annee"].eq(annee)]


def part(numerateur: float, denominateur: float) -> float:
    """
    Rapport de deux sommes ; vide si l'une manque ou si la seconde est nulle.

    >>> part(1, 4), part(1, 0)
    (0.25, <NA>)
    """
    inconnu = pd.isna(numerateur) or pd.isna(denominateur) or denominateur == 0
    return pd.NA if inconnu else float(numerateur / denominateur)


def somme(valeurs: pd.Series) -> float:
    """
    Somme des valeurs connues ; vide s'il n'y en a aucune.

    >>> int(somme(pd.Series([1, None, 2])))
    3
    """
    return valeurs.sum(min_count=1)


def domine(montants: pd.Series, unites: pd.Series) -> bool:
    """
    Vrai si un montant désigne presque un contributeur : moins de trois unités, ou l'une au-delà de 85 %.

    Source:
        Insee, manuel de protection des tableaux : secret des entreprises.

    >>> domine(pd.Series([100, 5, 5]), pd.Series(list("abc"))), domine(pd.Series([40, 30, 30]), pd.Series(list("abc")))
    (True, False)
    """
    par_unite = montants.groupby(unites).sum()
    par_unite = par_unite[par_unite.gt(0)]
    return len(par_unite) > 0 and bool(len(par_unite) < 3 or par_unite.max() > 0.85 * par_unite.sum())


def ordonner(codes: Iterable[str]) -> list[str]:
    """
    Les axes (codes ou libellés) et les tranches d'âge dans leur ordre, le reste par ordre alphabétique.

    >>> ordonner(["A1", "NR", "FC", "16-17"])
    ['FC', 'A1', '16-17', 'NR']
    """
    rangs = {}
    for rang, code in enumerate(AXES + TRANCHES_AGE):
        rangs |= {code: rang, libelle(code): rang}
    inconnus = len(rangs)
    return sorted(codes, key=lambda code: (rangs.get(code, inconnus + (code == "NR")), code))


def typer(table: pd.DataFrame) -> pd.DataFrame:
    """Entiers pour ce qui compte (`n_`, `nb_`), nombres pour le reste de ce qui se mesure."""
    types = {nom: "Int64" for nom in table if nom.startswith(("n_", "nb_", "public_prevu"))}
    mesures = ("taux_", "part_", "montant_", "jours_", "borne_", "intensite")
    return table.astype(types | {nom: "Float64" for nom in table if nom.startswith(mesures)})


def regrouper(
    lignes: pd.DataFrame,
    par: str | None,
    calcul: Callable[[pd.DataFrame], dict],
    *,
    acceptes: tuple = PAR,
    eclatees: pd.DataFrame | None = None,
    modalites: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Applique un calcul à chaque modalité de `par`, puis à l'ensemble.

    Args:
        calcul: des lignes à leurs nombres, par nom de colonne.
        acceptes: valeurs permises pour `par`.
        eclatees: les lignes répétées pour chacune de leurs modalités, si elles peuvent en avoir plusieurs ;
            l'ensemble, lui, porte toujours sur `lignes`.
        modalites: code → intitulé des modalités toujours montrées, dans l'ordre ; les autres les suivent.

    Raises:
        ErreurParametre: si `par` n'est pas accepté.

    >>> ages = pd.DataFrame({"tranche_age": ["6-10", "3-5", "6-10"]})
    >>> regrouper(ages, "tranche_age", lambda x: {"n": len(x)}, acceptes=("tranche_age",)).values.tolist()
    [['3-5', 1], ['6-10', 2], ['Ensemble', 3]]
    """
    if par not in acceptes:
        choix = ", ".join(map(str, acceptes))
        raise ErreurParametre(f"par={par!r} n'est pas une dimension prévue. Choisir parmi : {choix}.")
    groupes = {} if par is None else dict(list((lignes if eclatees is None else eclatees).groupby(par)))
    titre, fixes = par or "perimetre", dict(modalites or {})
    noms = fixes | {code: libelle(code) for code in ordonner(groupes.keys() - fixes.keys())}
    rangees = [{titre: nom, **calcul(groupes.get(code, lignes.iloc[:0]))} for code, nom in noms.items()]
    table = pd.DataFrame([*rangees, {titre: ENSEMBLE, **calcul(lignes)}])
    return typer(table.iloc[:0] if lignes.empty else table)


def publiable_par(**champs) -> Callable:
    """Comme `publiable`, pour une table `par` : « Ensemble » y est un total dès qu'il somme des lignes."""
    seul, total = Publiable(**champs), Publiable(total_ligne=ENSEMBLE, **champs)
    return porter(lambda table: total if len(table) > 1 else seul)
