"""La chaîne qui mène d'un objectif à un jugement : de la question à la valeur, maillon par maillon.

`objectifs`, `indicateurs` et `valeurs` sont les tables de la cité, toutes années.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import liste, typographie
from citelib.mesures.comptes import de_l_annee, part, regrouper, typer
from citelib.tables import CONNUES, PAR_NOM, libelle

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
ECRITS = {
    "question": ("objectifs", "question_evaluative"),
    "critere": ("objectifs", "critere"),
    "indicateur": ("objectifs", "indicateur_code"),
    "valeur_initiale": ("objectifs", "valeur_initiale"),
    "cible": ("objectifs", "cible"),
    "source": ("objectifs", "source_prevue"),
    "producteur": ("indicateurs", "producteur"),
    "echeance": ("objectifs", "annee_cible"),
    "valeur_annee": ("valeurs", "valeur"),
}
"""Maillon → la table et la colonne où il s'écrit."""
OUVRIR = {
    "objectifs": "classeur cpo.xlsx, feuille « Objectifs »",
    "indicateurs": "fichier indicateurs.csv",
    "valeurs": "fichier valeurs.csv",
}
"""Table → ce que l'on ouvre pour la remplir ; le classeur est dans le dossier modeles de la cité."""
INDISPENSABLES = ("indicateur", "valeur_initiale", "cible", "source")
"""Sans l'un de ces maillons, un objectif n'est pas évaluable. Source : référentiel, S10."""
PRESENT, ABSENT = "oui", "manque"
A_DESIGNER = "à désigner"


@publiable(libres=("n_manques",))
def evaluabilite(objectifs, indicateurs, valeurs, *, annee: int) -> pd.DataFrame:
    """
    Maillons présents et absents de chaque objectif de l'année (S10), les chaînes les plus rompues d'abord.

    Un code d'indicateur absent du référentiel n'est pas un indicateur. `source` est celle que l'objectif
    prévoit ; `producteur`, celui que le référentiel nomme. La valeur de l'année est observée ou estimée.

    Returns:
        `objectif_operationnel`, `objectif_id`, `axe`, `theme`, puis « oui » ou « manque » par maillon :
        `question`, `critere`, `indicateur`, `valeur_initiale`, `cible`, `source`, `producteur`, `echeance`,
        `valeur_annee` ; `n_manques` (maillons absents), `evaluable` (booléen), `rupture` (ce qui manque),
        `responsable_role` (qui doit y remédier, « à désigner » si l'objectif ne le dit pas).

    Source:
        Référentiel d'indicateurs, S10 ; note de l'INJEP sur 51 protocoles de cités éducatives.
    """
    fiches = indicateurs.set_index("indicateur_code")
    lignes = de_l_annee(objectifs, annee).reset_index(drop=True)
    code = lignes["indicateur_code"]
    connu, evalue = code.isin(fiches.index), code.isin(valorises(valeurs, annee))
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
    table = typer(
        lignes[["objectif_operationnel", "objectif_id", "axe", "theme"]]
        .assign(axe=lignes["axe"].map(libelle))
        .join(maillons.map(lambda la: PRESENT if la else ABSENT).astype("str"))
        .assign(
            n_manques=[len(manques) for manques in absents],
            evaluable=maillons[list(INDISPENSABLES)].all(axis=1),
            rupture=pd.Series(map(_rupture, absents, inconnus), index=lignes.index, dtype="str"),
            responsable_role=lignes["responsable_role"].fillna(A_DESIGNER),
        )
    )
    return table.sort_values("n_manques", ascending=False, kind="stable", ignore_index=True)


def _rupture(absents: list[str], inconnu: str) -> str:
    """Ce qui casse la chaîne, en une phrase courte ; vide si rien ne manque."""
    suite = f" (« {inconnu} » n'est pas au référentiel)" if inconnu else ""
    return typographie(f"Il manque : {liste(absents)}{suite}.") if absents else ""


def valorises(valeurs: pd.DataFrame, annee: int) -> set[str]:
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
        remplis = int(evaluables["valeur_annee"].eq(PRESENT).sum())
        return {"n_objectifs": n, "n_evaluables": len(evaluables), "taux_evaluables": taux, "n_avec_valeur": remplis}

    return regrouper(table, "axe", calcul)


@publiable(libres=("n_manques",))
def ruptures(table: pd.DataFrame) -> pd.DataFrame:
    """
    Les seuls objectifs dont la chaîne est rompue, dans la table que rend `evaluabilite` : quoi réparer, et qui.

    Returns:
        `objectif_operationnel`, `axe`, `rupture` (ce qui manque, en toutes lettres), `evaluable` (« oui » si
        seul un maillon secondaire manque), `responsable_role`, `n_manques` ; mêmes rangs que `table`.
    """
    colonnes = ["objectif_operationnel", "axe", "rupture", "evaluable", "responsable_role", "n_manques"]
    rompues = table.loc[table["n_manques"].gt(0), colonnes].reset_index(drop=True)
    rompues.attrs["motif"] = "aucune chaîne n'est rompue" if len(table) else ""
    return rompues


@publiable(libres=("n_objectifs",))
def ruptures_par_maillon(table: pd.DataFrame) -> pd.DataFrame:
    """
    Objectifs auxquels manque chaque maillon, le plus souvent absent d'abord ; seulement ceux qui manquent.

    Returns:
        `maillon`, `n_objectifs`, `ou_ecrire` (le classeur ou le fichier, et la colonne).

    >>> table = pd.DataFrame({nom: ["oui", "oui"] for nom in LIENS}).assign(source=["manque", "oui"])
    >>> print(*ruptures_par_maillon(table).iloc[0], sep=" | ")
    source | 1 | classeur cpo.xlsx, feuille «\u00a0Objectifs\u00a0», colonne «\u00a0D’où l’indicateur doit venir\u00a0»
    """
    comptes = table[list(LIENS)].eq(ABSENT).sum()
    comptes = comptes[comptes.gt(0)].sort_values(ascending=False, kind="stable")
    ruptures = pd.DataFrame({"maillon": comptes.index.map(LIENS), "n_objectifs": comptes.to_numpy()})
    ruptures = ruptures.assign(ou_ecrire=[*map(_ou_ecrire, comptes.index)])
    ruptures = typer(ruptures.astype({"maillon": "str", "ou_ecrire": "str"}))
    ruptures.attrs["motif"] = "aucun maillon ne manque" if len(table) else ""
    return ruptures


def _ou_ecrire(maillon: str) -> str:
    """Ce que l'on ouvre, et la colonne, sous le titre que l'on y lit."""
    table, nom = ECRITS[maillon]
    return typographie(f"{OUVRIR[table]}, colonne « {PAR_NOM[table].colonne(nom).titre} »")
