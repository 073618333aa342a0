"""La chaîne qui mène d'un objectif à un jugement : de la question à la valeur, maillon par maillon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.formats import liste, typographie
from citelib.mesures.comptes import de_l_annee, part, regrouper, typer
from citelib.tables import DIMENSIONS, libelle

LIENS = {
    "question": "question évaluative",
    "critere": "critère",
    "indicateur": "indicateur",
    "valeur_initiale": "valeur de départ",
    "cible": "cible",
    "source": "source",
    "producteur": "producteur",
    "echeance": "échéance",
    "valeur_annee": "valeur de l'année",
}
"""Les maillons de la chaîne qui mène d'un objectif à un jugement, dans l'ordre."""
INDISPENSABLES = ("indicateur", "valeur_initiale", "cible", "source")
"""Sans l'un de ces maillons, un objectif n'est pas évaluable. Source : référentiel, S10."""
NON_EVALUE = "non évalué"
CONNUES = ("observee", "estimee")


@publiable(libres=("n_manques",))
def evaluabilite(
    objectifs: pd.DataFrame, indicateurs: pd.DataFrame, valeurs: pd.DataFrame, *, annee: int
) -> pd.DataFrame:
    """
    Maillons présents et absents de chaque objectif de l'année (S10).

    Un code d'indicateur absent du référentiel n'est pas un indicateur. `source` est celle que l'objectif
    prévoit ; `producteur`, celui que le référentiel nomme. La valeur de l'année est observée ou estimée.

    Args:
        objectifs, indicateurs, valeurs: tables de la cité, toutes années.

    Returns:
        `objectif_id`, `objectif_operationnel`, `axe`, `theme`, puis « oui » ou « non » par maillon :
        `question`, `critere`, `indicateur`, `valeur_initiale`, `cible`, `source`, `producteur`, `echeance`,
        `valeur_annee` ; `n_manques` (maillons absents), `evaluable` (booléen), `rupture` (ce qui manque).

    Source:
        Référentiel d'indicateurs, S10 ; note de l'INJEP sur 51 protocoles de cités éducatives.
    """
    fiches = indicateurs.set_index("indicateur_code").to_dict("index")
    valorises = _valorises(valeurs, annee)
    rangees = []
    for objectif in de_l_annee(objectifs, annee).to_dict("records"):
        maillons = _maillons(objectif, fiches, valorises)
        absents = [LIENS[nom] for nom, present in maillons.items() if not present]
        rangees.append(
            {nom: objectif[nom] for nom in ("objectif_id", "objectif_operationnel")}
            | {"axe": libelle(objectif["axe"]), "theme": objectif["theme"]}
            | {nom: "oui" if present else "non" for nom, present in maillons.items()}
            | {"n_manques": len(absents), "evaluable": all(maillons[nom] for nom in INDISPENSABLES)}
            | {"rupture": _rupture(objectif, maillons, absents)}
        )
    reperes = ["objectif_id", "objectif_operationnel", "axe", "theme"]
    colonnes = [*reperes, *LIENS, "n_manques", "evaluable", "rupture"]
    return typer(pd.DataFrame(rangees, columns=colonnes)).astype({"evaluable": bool})


def _valorises(valeurs: pd.DataFrame, annee: int) -> set[str]:
    """Indicateurs qui ont une valeur cette année, ou de quoi la calculer."""
    lignes = de_l_annee(valeurs, annee)
    lisible = lignes["valeur"].notna() | (lignes["numerateur"].notna() & lignes["denominateur"].notna())
    return set(lignes.loc[lisible & lignes["statut_valeur"].isin(CONNUES), "indicateur_code"])


def _maillons(objectif: dict, fiches: dict, valorises: set[str]) -> dict[str, bool]:
    """Présence de chaque maillon d'un objectif."""
    fiche = fiches.get(objectif["indicateur_code"], {})
    presences = {
        "question": objectif["question_evaluative"],
        "critere": objectif["critere"],
        "indicateur": fiche.get("libelle"),
        "valeur_initiale": objectif["valeur_initiale"],
        "cible": objectif["cible"],
        "source": objectif["source_prevue"],
        "producteur": fiche.get("producteur"),
        "echeance": objectif["annee_cible"],
    }
    vus = {nom: not (valeur is None or pd.isna(valeur)) for nom, valeur in presences.items()}
    return vus | {"valeur_annee": vus["indicateur"] and objectif["indicateur_code"] in valorises}


def _rupture(objectif: dict, maillons: dict[str, bool], absents: list[str]) -> str:
    """Ce qui casse la chaîne, en une phrase courte ; vide si rien ne manque."""
    inconnu = not maillons["indicateur"] and not pd.isna(objectif["indicateur_code"])
    suite = f" (« {objectif['indicateur_code']} » n'est pas au référentiel)" if inconnu else ""
    return typographie(f"Il manque : {liste(absents)}{suite}.") if absents else ""


@publiable(libres=("n_objectifs", "n_evaluables", "taux_evaluables", "n_avec_valeur"))
def evaluabilite_par_axe(table: pd.DataFrame, *, par: str | None = "axe") -> pd.DataFrame:
    """
    Part d'objectifs évaluables, par axe.

    Args:
        table: ce que rend `evaluabilite`.
        par: « axe », « theme » ou None.

    Returns:
        `par` (puis « Ensemble »), `n_objectifs`, `n_evaluables`, `taux_evaluables`, `n_avec_valeur`
        (objectifs évaluables dont l'indicateur a une valeur cette année).

    >>> table = pd.DataFrame({"evaluable": [True, False], "valeur_annee": ["oui", "non"]})
    >>> evaluabilite_par_axe(table, par=None)[["n_objectifs", "n_evaluables", "taux_evaluables"]]
       n_objectifs  n_evaluables  taux_evaluables
    0            2             1              0.5
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        evaluables = lignes["evaluable"].astype(bool)
        valorises = evaluables & lignes["valeur_annee"].eq("oui")
        comptes = {"n_objectifs": len(lignes), "n_evaluables": int(evaluables.sum())}
        taux = part(comptes["n_evaluables"], len(lignes))
        return comptes | {"taux_evaluables": taux, "n_avec_valeur": int(valorises.sum())}

    return regrouper(table, par, calcul, acceptes=(None, "axe", "theme"))


@publiable()
def couverture(
    objectifs: pd.DataFrame,
    indicateurs: pd.DataFrame,
    valeurs: pd.DataFrame,
    axes_themes: Mapping[str, Sequence[str]],
    *,
    annee: int,
) -> pd.DataFrame:
    """
    Ce qui est évalué, thème par thème, dans chaque dimension du protocole.

    Un indicateur appartient au thème des objectifs qui l'emploient cette année. Une case sans indicateur
    pourvu d'une valeur dit « non évalué » : ce n'est ni un zéro, ni un mauvais résultat.

    Args:
        axes_themes: code d'axe → ses thèmes, dans l'ordre du plan.

    Returns:
        `theme` (tous ceux du plan, puis ceux que le plan ne prévoit pas), `axe`, puis `realisation`,
        `resultats`, `impacts`, `partenariat` : nombre d'indicateurs (texte) ou « non évalué ».
    """
    lignes = de_l_annee(objectifs, annee)
    valorisees = lignes[lignes["indicateur_code"].isin(_valorises(valeurs, annee))]
    dimension = indicateurs.set_index("indicateur_code")["dimension"]
    du_plan = {(axe, sans_accent(theme)): theme for axe, themes in axes_themes.items() for theme in themes}
    vus = list(zip(lignes["axe"], lignes["theme"].map(sans_accent), lignes["theme"], strict=True))
    du_plan |= {(axe, cle): theme for axe, cle, theme in vus if (axe, cle) not in du_plan}
    rangees = []
    for (axe, cle), theme in du_plan.items():
        ici = valorisees["axe"].eq(axe) & valorisees["theme"].map(sans_accent).eq(cle)
        codes = valorisees.loc[ici, "indicateur_code"].drop_duplicates()
        comptes = codes.map(dimension).value_counts()
        cases = {nom: str(comptes[nom]) if nom in comptes else NON_EVALUE for nom in DIMENSIONS}
        rangees.append({"theme": theme, "axe": libelle(axe)} | cases)
    return pd.DataFrame(rangees if len(lignes) else [], columns=["theme", "axe", *DIMENSIONS], dtype="str")
