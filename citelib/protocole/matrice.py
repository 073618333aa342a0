"""La matrice de couverture : ce qui est évalué, thème par thème et dimension par dimension, et ce qui ne l'est pas.

L'égalité entre filles et garçons, la petite enfance et les parents sont souvent au programme et rarement évalués :
ils ont toujours leur ligne, même à zéro.

Source :
    INJEP, analyse de 51 protocoles de cités éducatives (2021) ; IGA et IGÉSR (2021), sur la petite enfance et les
    parents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.mesures.comptes import de_l_annee, regrouper, typer
from citelib.protocole.chaine import valorises
from citelib.realisation.couverture import themes_du_plan
from citelib.tables import DIMENSIONS, TRANSVERSAUX, libelle

NON_EVALUE = "non évalué"
TRANSVERSAL = "Tous les axes"


def _sert(jeune: int, vieux: int) -> Callable[[pd.DataFrame], pd.Series]:
    """Vrai pour chaque action dont la tranche d'âge, si elle est connue, rencontre celle-ci."""
    return lambda actions: (actions["age_min"].le(vieux) & actions["age_max"].ge(jeune)).fillna(False).astype(bool)


SERVIES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "petite_enfance_0_2": _sert(0, 2),
    "petite_enfance_3_5": _sert(3, 5),
    "parents": lambda actions: actions["parents_vises"].fillna(False).astype(bool),
}
"""Public transversal → actions qui le servent ; aucune colonne ne dit celles qui visent l'égalité."""


def indicateurs_mesures(valeurs, items, reponses, *, annee: int) -> set[str]:
    """
    Indicateurs mesurés cette année : ceux qui ont une valeur, et ceux qu'une enquête de l'année renseigne.

    Args:
        valeurs: valeurs collectées ; une valeur est lue si elle est observée ou estimée.
        items: questions des questionnaires, et l'indicateur que chacune renseigne.
        reponses: réponses des bénéficiaires.
    """
    posees = de_l_annee(reponses, annee)[["questionnaire", "item"]].drop_duplicates()
    renseignes = items.merge(posees, on=["questionnaire", "item"])["indicateur_code"].dropna()
    return valorises(valeurs, annee) | set(renseignes)


@publiable(libres=("n_actions",))
def couverture(
    objectifs,
    indicateurs,
    actions,
    axes_themes: Mapping[str, Sequence[str]],
    transversaux: Mapping[str, Sequence[str]],
    *,
    mesures: Collection[str],
    annee: int,
) -> pd.DataFrame:
    """
    Ce qui est évalué, thème par thème, dans chaque dimension du protocole.

    Un indicateur appartient au thème des objectifs qui l'emploient cette année. Une case sans indicateur mesuré
    dit « non évalué » : ce n'est ni un zéro, ni un mauvais résultat. Une action sert un public transversal si son
    âge ou son public le dit, ou si son objectif est suivi par un indicateur de ce public.

    Args:
        axes_themes: code d'axe → ses thèmes, dans l'ordre du plan.
        transversaux: clé de `tables.TRANSVERSAUX` → codes des indicateurs qui l'évaluent.
        mesures: codes mesurés cette année, voir `indicateurs_mesures`.

    Returns:
        `theme` (tous ceux du plan, ceux que le plan ne prévoit pas, puis les transversaux, toujours), `axe`,
        `n_actions` (actions de l'année), puis `realisation`, `resultats`, `impacts`, `partenariat` : nombre
        d'indicateurs mesurés (texte) ou « non évalué ».
    """
    lignes, menees = de_l_annee(objectifs, annee), de_l_annee(actions, annee)
    dimension = indicateurs.set_index("indicateur_code")["dimension"]
    rangees = []
    du_plan, hors_plan = themes_du_plan(lignes, axes_themes)
    for (axe, cle), theme in (du_plan | hors_plan).items():
        ici, la = (t["axe"].eq(axe) & t["theme"].map(sans_accent).eq(cle) for t in (lignes, menees))
        codes = set(lignes.loc[ici, "indicateur_code"]) & set(mesures)
        rangees.append({"theme": theme, "axe": libelle(axe), "n_actions": la.sum(), **_cases(codes, dimension)})
    for cle, nom in TRANSVERSAUX.items():
        codes = set(transversaux.get(cle, ()))
        suivis = lignes.loc[lignes["indicateur_code"].isin(codes), "objectif_id"]
        servies = menees["objectif_operationnel_id"].isin(suivis)
        servies = servies | SERVIES[cle](menees) if cle in SERVIES else servies
        cases = _cases(codes & set(mesures), dimension)
        rangees.append({"theme": nom, "axe": TRANSVERSAL, "n_actions": servies.sum(), **cases})
    colonnes = ["theme", "axe", "n_actions", *DIMENSIONS]
    textes = dict.fromkeys(("theme", "axe", *DIMENSIONS), "str")
    return typer(pd.DataFrame(rangees if len(lignes) else [], columns=colonnes).astype(textes))


@publiable(libres=("n_themes", "n_non_evalues"))
def themes_evalues(table: pd.DataFrame) -> pd.DataFrame:
    """
    Nombre de thèmes du plan sans aucun indicateur mesuré, dans la table que rend `couverture`.

    Un public transversal (parents, petite enfance…) n'est pas un thème : il n'est compté ni d'un côté ni de l'autre.

    Returns:
        `perimetre`, `n_themes`, `n_non_evalues`.

    >>> cases = {nom: ["non évalué", "2", "non évalué"] for nom in DIMENSIONS}
    >>> noms = {"theme": ["Santé", "Numérique", "Parents"], "axe": ["A2", "A2", TRANSVERSAL]}
    >>> themes_evalues(pd.DataFrame(noms | cases)).values.tolist()
    [['Ensemble', 2, 1]]
    """
    table = table[table["axe"].ne(TRANSVERSAL)]
    muets = table[list(DIMENSIONS)].eq(NON_EVALUE).all(axis=1)
    return regrouper(table, None, lambda lignes: {"n_themes": len(lignes), "n_non_evalues": int(muets.sum())})


def _cases(codes: set[str], dimension: pd.Series) -> dict[str, str]:
    """Le nombre d'indicateurs de chaque dimension, ou « non évalué »."""
    comptes = dimension[dimension.index.isin(codes)].value_counts()
    return {nom: str(comptes[nom]) if nom in comptes else NON_EVALUE for nom in DIMENSIONS}
