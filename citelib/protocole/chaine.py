"""La chaîne qui mène d'un objectif à un jugement : de la question à la valeur, maillon par maillon.

`objectifs`, `indicateurs` et `valeurs` sont les tables de la cité, toutes années.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.formats import liste, typographie
from citelib.mesures.comptes import de_l_annee, part, regrouper, typer
from citelib.tables import CONNUES, DIMENSIONS, libelle

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


@publiable(libres=("n_manques",))
def evaluabilite(objectifs, indicateurs, valeurs, *, annee: int) -> pd.DataFrame:
    """
    Maillons présents et absents de chaque objectif de l'année (S10).

    Un code d'indicateur absent du référentiel n'est pas un indicateur. `source` est celle que l'objectif
    prévoit ; `producteur`, celui que le référentiel nomme. La valeur de l'année est observée ou estimée.

    Returns:
        `objectif_id`, `objectif_operationnel`, `axe`, `theme`, puis « oui » ou « non » par maillon :
        `question`, `critere`, `indicateur`, `valeur_initiale`, `cible`, `source`, `producteur`, `echeance`,
        `valeur_annee` ; `n_manques` (maillons absents), `evaluable` (booléen), `rupture` (ce qui manque).

    Source:
        Référentiel d'indicateurs, S10 ; note de l'INJEP sur 51 protocoles de cités éducatives.
    """
    fiches = indicateurs.set_index("indicateur_code")
    lignes = de_l_annee(objectifs, annee).reset_index(drop=True)
    code = lignes["indicateur_code"]
    connu, evalue = code.isin(fiches.index), code.isin(_valorises(valeurs, annee))
    presences = lignes.assign(
        question=lignes["question_evaluative"],
        indicateur=code.where(connu),
        source=lignes["source_prevue"],
        producteur=code.map(fiches["producteur"]),
        echeance=lignes["annee_cible"],
        valeur_annee=code.where(connu & evalue),
    )
    maillons = presences[list(LIENS)].notna()
    absents = [[LIENS[nom] for nom, la in ligne.items() if not la] for ligne in maillons.to_dict("records")]
    inconnus = code.mask(connu).fillna("")
    return typer(
        lignes[["objectif_id", "objectif_operationnel", "axe", "theme"]]
        .assign(axe=lignes["axe"].map(libelle))
        .join(maillons.map(lambda la: "oui" if la else "non").astype("str"))
        .assign(
            n_manques=[len(manques) for manques in absents],
            evaluable=maillons[list(INDISPENSABLES)].all(axis=1),
            rupture=pd.Series(map(_rupture, absents, inconnus), index=lignes.index, dtype="str"),
        )
    )


def _rupture(absents: list[str], inconnu: str) -> str:
    """Ce qui casse la chaîne, en une phrase courte ; vide si rien ne manque."""
    suite = f" (« {inconnu} » n'est pas au référentiel)" if inconnu else ""
    return typographie(f"Il manque : {liste(absents)}{suite}.") if absents else ""


def _valorises(valeurs: pd.DataFrame, annee: int) -> set[str]:
    """Indicateurs qui ont une valeur cette année, ou de quoi la calculer."""
    lignes = de_l_annee(valeurs, annee)
    lisible = lignes["valeur"].notna() | lignes[["numerateur", "denominateur"]].notna().all(axis=1)
    return set(lignes.loc[lisible & lignes["statut_valeur"].isin(CONNUES), "indicateur_code"])


@publiable(libres=("n_objectifs", "n_evaluables", "taux_evaluables", "n_avec_valeur"))
def evaluabilite_par_axe(table: pd.DataFrame) -> pd.DataFrame:
    """
    Part d'objectifs évaluables, par axe, dans la table que rend `evaluabilite`.

    Returns:
        `axe` (puis « Ensemble »), `n_objectifs`, `n_evaluables`, `taux_evaluables`, `n_avec_valeur`
        (objectifs évaluables dont l'indicateur a une valeur cette année).

    >>> table = pd.DataFrame({"axe": "A1", "evaluable": [True, False], "valeur_annee": ["oui", "non"]})
    >>> evaluabilite_par_axe(table)["taux_evaluables"].tolist()
    [0.5, 0.5]
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        n, evaluables = len(lignes), lignes[lignes["evaluable"]]
        taux = part(len(evaluables), n)
        valorises = int(evaluables["valeur_annee"].eq("oui").sum())
        return {"n_objectifs": n, "n_evaluables": len(evaluables), "taux_evaluables": taux, "n_avec_valeur": valorises}

    return regrouper(table, "axe", calcul)


@publiable(libres=("n_themes", "n_non_evalues"))
def themes_evalues(table: pd.DataFrame) -> pd.DataFrame:
    """
    Nombre de thèmes sans aucun indicateur renseigné, dans la table que rend `couverture`.

    Returns:
        `perimetre`, `n_themes`, `n_non_evalues`.

    >>> cases = {nom: ["non évalué", "2"] for nom in DIMENSIONS}
    >>> themes_evalues(pd.DataFrame({"theme": ["Santé", "Numérique"]} | cases)).values.tolist()
    [['Ensemble', 2, 1]]
    """
    muets = table[list(DIMENSIONS)].eq(NON_EVALUE).all(axis=1)
    return regrouper(table, None, lambda lignes: {"n_themes": len(lignes), "n_non_evalues": int(muets.sum())})


@publiable()
def couverture(
    objectifs, indicateurs, valeurs, axes_themes: Mapping[str, Sequence[str]], *, annee: int
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
