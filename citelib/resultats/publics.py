"""Publics : qui sont les bénéficiaires des actions conduites ?

Les tables et `annee` se lisent comme dans `realisation`. Les bénéficiaires arrivent comptés action par action :
qui en suit deux est compté deux fois, et rien ne permet de le savoir. Sur plusieurs actions, on ne donne donc
que deux bornes du nombre de personnes différentes : `nb_min`, l'effectif de la plus grande action, et `nb_max`,
la somme de toutes. Les codes S01 à S13 sont ceux du référentiel d'indicateurs.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, publiable_par, regrouper, somme, typer
from citelib.tables import AXES, CONNUES, libelle

PAR = (None, "type_public", "tranche_age", "sexe", "residence", "uai", "axe")
PUBLIC_AGE = "enfant_jeune"
"""Le seul public dont l'âge se rapporte à une population ou à un effectif d'établissement."""
DES_ACTIONS = ("axe", "theme", "temps", "intitule")
"""Découpes qui se lisent dans la table des actions."""
INSCRIPTIONS = "inscriptions"
"""Ce que comptent les bilans : qui suit deux actions compte deux fois. Le nom de leur total y est `nb_max`."""


ATTENDUS = {
    "0-2 ans": ("tranche_age", "0-2"),
    "3-5 ans": ("tranche_age", "3-5"),
    "parents": ("type_public", "parent"),
    "professionnels": ("type_public", "professionnel"),
}
ENCADREMENT = {
    "effectifs": ("nb_min", "nb_max"),
    # la différence des deux bornes compte des personnes : le couple la protège
    "parts": {"part_certaine": ("nb_min", "nb_max")},
    "population": INSCRIPTIONS,
    "separes": ("nb_min",),
}
SEULE = {"egaux_si_un": {"n_actions": ("nb_min", "nb_max")}}
"""D'une seule action, la plus grande est la somme : masquer l'une des deux bornes ne suffit pas."""
COMPTES = {
    "population": INSCRIPTIONS,
    "separes": ("nb_min",),
    "dimensions": {par: par for par in PAR if par},
    "effectifs": ("nb_min", "nb_max", "nb_participations", "nb_suivis"),
    # les couples empêchent de lire dans un effectif celui, masqué, d'un autre
    "parts": {"part_certaine": ("nb_min", "nb_max"), "part_suivie": ("nb_suivis", "nb_max")},
    "rapports": {"intensite": ("nb_participations", "nb_suivis")},
}
PARENTS = (
    ENCADREMENT
    | SEULE
    | {"libres": ("n_actions",), "additives": ("nb_max",), "fixes": {"type_public": libelle("parent")}}
)
DES_JEUNES = {"type_public": libelle(PUBLIC_AGE)}
"""Coordonnées des inscriptions d'enfants et de jeunes parmi toutes."""


def bornes(lignes: pd.DataFrame) -> dict:
    """
    Bornes du nombre de personnes différentes (S01), d'après les lignes de `beneficiaires`.

    >>> bornes(pd.DataFrame({"action_id": ["a", "a", "b"], "nb_uniques": [20, 10, 25]}))
    {'nb_min': 30, 'nb_max': 55}
    """
    par_action = lignes.groupby("action_id")["nb_uniques"].sum()
    return {"nb_min": int(par_action.max()) if len(par_action) else 0, "nb_max": int(par_action.sum())}


def encadrement(compte: dict) -> dict:
    """Les deux bornes d'un compte, et `part_certaine` (nb_min ÷ nb_max) : 1, aucun double compte possible."""
    return compte | {"part_certaine": part(compte["nb_min"], compte["nb_max"])}


def des_jeunes(beneficiaires: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Les lignes de l'année qui comptent des enfants et des jeunes."""
    lignes = de_l_annee(beneficiaires, annee)
    return lignes[lignes["type_public"].eq(PUBLIC_AGE)]


@publiable_par(
    **COMPTES | SEULE,
    libres=("n_actions", "n_sans_participations"),
    additives=("nb_max", "nb_participations", "nb_suivis"),
)
def beneficiaires(beneficiaires, *, annee: int, par: str | None = None, actions=None) -> pd.DataFrame:
    """
    Bornes du nombre de personnes différentes (S01), participations (S02), intensité (S03).

    Args:
        par: None, « type_public », « tranche_age », « sexe », « residence », « uai » ou « axe ».
        actions: table des actions, pour `par="axe"` seulement.

    Returns:
        `par`, `n_actions`, `nb_min`, `nb_max`, `part_certaine` (nb_min ÷ nb_max : 1, aucun double compte
        possible), `nb_participations` (connues), `nb_suivis` et `part_suivie` (inscriptions dont elles sont
        connues), `intensite` (participations par inscription suivie), `n_sans_participations` (actions qui ne
        les donnent pas).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        encadre, connues = encadrement(bornes(lignes)), lignes.dropna(subset="nb_participations")
        participations, suivis = somme(connues["nb_participations"]), int(connues["nb_uniques"].sum())
        return {
            "n_actions": lignes["action_id"].nunique(),
            **encadre,
            "nb_participations": participations,
            "nb_suivis": suivis,
            "part_suivie": part(suivis, encadre["nb_max"]),
            "intensite": part(participations, suivis),
            "n_sans_participations": lignes["action_id"].nunique() - connues["action_id"].nunique(),
        }

    lignes = de_l_action(de_l_annee(beneficiaires, annee), actions, annee=annee, par=par)
    return regrouper(lignes.fillna({par: "NR"}), par, calcul, acceptes=PAR)


def de_l_action(lignes: pd.DataFrame, actions, *, annee: int, par: str | None) -> pd.DataFrame:
    """
    Les lignes d'une table, avec la colonne `par` de leur action (« NR » si on l'ignore) pour une de `DES_ACTIONS`.

    Raises:
        ErreurParametre: si la table des actions manque.
    """
    if par not in DES_ACTIONS:
        return lignes
    if actions is None:
        raise ErreurParametre(f"par={par!r} demande la table des actions. L'ajouter : actions=cite.actions.")
    modalites = de_l_annee(actions, annee).set_index("action_id")[par]
    return lignes.assign(**{par: lignes["action_id"].map(modalites).fillna("NR")})


def croiser(lignes: pd.DataFrame, colonne: str, modalites: dict[str, str]) -> dict:
    """Σ des effectifs par modalité d'une colonne : {nom de la colonne rendue : code}."""
    return {nom: int(lignes.loc[lignes[colonne].eq(code), "nb_uniques"].sum()) for nom, code in modalites.items()}


@publiable_par(
    effectifs=("nb",), population=INSCRIPTIONS, dimensions={"residence": "residence"}, mesures={"nb": ("nb_max", {})}
)
def residence(beneficiaires, quartiers, *, annee: int) -> pd.DataFrame:
    """
    Inscriptions par quartier prioritaire de résidence, sous son nom, quelle que soit la liste (2015 ou 2024).

    Returns:
        `residence` (chaque quartier, hors quartier prioritaire, non renseigné, puis « Ensemble »), `nb`.
    """
    noms = dict(zip(quartiers["qpv_code"], quartiers["nom"], strict=True))
    lignes = de_l_annee(beneficiaires, annee)
    lieux = lignes["residence"].map(lambda code: noms.get(code, libelle(code)))
    comptes = lignes["nb_uniques"].groupby(lieux).sum()
    modalites = list(dict.fromkeys([*noms.values(), libelle("hors_qpv"), libelle("NR"), *comptes.index]))
    comptes = comptes.reindex(modalites, fill_value=0)
    comptes.loc[ENSEMBLE] = comptes.sum()
    return typer(comptes.rename_axis("residence").rename("nb").reset_index().iloc[: None if len(lignes) else 0])


@publiable(
    effectifs=("nb_qpv", "nb_hors_qpv", "nb_residence_connue", "nb_non_renseigne"),
    parts={"part_qpv": ("nb_qpv", "nb_residence_connue")},
    total_colonne="nb_residence_connue",
    additives=("nb_qpv", "nb_hors_qpv"),
    population=INSCRIPTIONS,
    mesures={
        "nb_hors_qpv": ("nb_max", {"residence": libelle("hors_qpv")}),
        "nb_non_renseigne": ("nb_max", {"residence": libelle("NR")}),
    },
    reunions={"nb_max": ("nb_residence_connue", "nb_non_renseigne")},
)
def part_en_quartier(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    Part des inscriptions de résidents d'un quartier prioritaire, résidence connue (S05).

    Returns:
        `perimetre`, `nb_qpv`, `nb_hors_qpv`, `nb_residence_connue`, `part_qpv`, `nb_non_renseigne`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        comptes = croiser(lignes, "residence", {"nb_hors_qpv": "hors_qpv", "nb_non_renseigne": "NR"})
        connus = int(lignes["nb_uniques"].sum()) - comptes["nb_non_renseigne"]
        en_quartier = connus - comptes["nb_hors_qpv"]
        return {"nb_qpv": en_quartier, **comptes, "nb_residence_connue": connus, "part_qpv": part(en_quartier, connus)}

    return regrouper(de_l_annee(beneficiaires, annee), None, calcul)


_sur_l_annee = beneficiaires
"""Le même calcul, sous un nom que le paramètre `beneficiaires` ne cache pas."""


@publiable(**COMPTES | SEULE, libres=("annee", "n_actions", "n_sans_participations"))
def comparaison(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    L'année et la précédente, sur les comptes de `beneficiaires`.

    Returns:
        Deux lignes : `annee` et les colonnes de `beneficiaires`, `note`. Une année sans données garde une
        ligne vide, expliquée par `note` ; la table est vide si c'est l'année demandée.
    """
    calculees = {an: _sur_l_annee(beneficiaires, annee=an) for an in (annee - 1, annee)}
    rangees = []
    for an, table in calculees.items():
        note = "" if len(table) else f"Aucun bénéficiaire relevé en {an}."
        rangees.append(table.drop(columns="perimetre").reindex([0]).assign(annee=an, note=note))
    ensemble = pd.concat(rangees, ignore_index=True)
    ensemble = ensemble[["annee", *(nom for nom in ensemble if nom != "annee")]].astype({"annee": "Int64"})
    return ensemble if len(calculees[annee]) else ensemble.iloc[:0]


def _de_l_attendu(nom: str) -> dict[str, str]:
    """Les coordonnées d'un public d'ATTENDUS."""
    dimension, code = ATTENDUS[nom]
    return {dimension: libelle(code)}


@publiable(**ENCADREMENT | SEULE, libres=("n_actions",), dimensions={"public": _de_l_attendu})
def publics_attendus(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    Les publics que l'on oublie le plus : petite enfance, parents, professionnels ; là, même à zéro.

    Source : IGA et IGÉSR, 2021 : la petite enfance et les parents restent les moins touchés.

    Returns:
        `public`, `n_actions` qui en comptent, `nb_min`, `nb_max`, `part_certaine`.

    >>> ligne = {"annee": [2024], "action_id": ["a"], "type_public": ["parent"], "tranche_age": ["adulte"]}
    >>> publics_attendus(pd.DataFrame(ligne | {"nb_uniques": [12]}), annee=2024)["nb_max"].tolist()
    [0, 0, 12, 0]
    """
    lignes = de_l_annee(beneficiaires, annee)
    reconnus = {nom: lignes[colonne].eq(code) for nom, (colonne, code) in ATTENDUS.items()}
    siennes = pd.concat([lignes[reconnu].assign(public=nom) for nom, reconnu in reconnus.items()])
    return _par_modalite(siennes, "public", ATTENDUS, vide=lignes.empty)


@publiable_par(**PARENTS, dimensions={"axe": "axe"})
def parents_par_axe(beneficiaires, actions, *, annee: int) -> pd.DataFrame:
    """
    Parents touchés (S13) dans chaque axe, même quand il n'y en a aucun.

    Returns:
        `axe` (puis « Ensemble »), `n_actions` qui en comptent, `nb_min`, `nb_max`, `part_certaine`.
    """
    lignes = de_l_annee(beneficiaires, annee)
    siens = de_l_action(lignes[lignes["type_public"].eq("parent")], actions, annee=annee, par="axe")
    codes = [*AXES, *(["NR"] if siens["axe"].eq("NR").any() else [])]
    return _par_modalite(siens, "axe", codes, vide=lignes.empty, total=True)


@publiable_par(**PARENTS, dimensions={"type": "type_etablissement"})
def parents_par_type(beneficiaires, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Parents touchés (S13) selon le type d'établissement de leur enfant, même quand il n'y en a aucun.

    Returns:
        `type` (puis « non renseigné » et « Ensemble »), `n_actions` qui en comptent, `nb_min`, `nb_max`,
        `part_certaine`. Tant que des parents restent sans établissement, un type sans parent est inconnu : vide.
    """
    lignes = de_l_annee(beneficiaires, annee)
    types = etablissements.dropna(subset="uai").set_index("uai")["type"]
    siens = lignes[lignes["type_public"].eq("parent")]
    siens = siens.assign(type=siens["uai"].map(types).fillna("NR"))
    presents = [*sorted(etablissements["type"].dropna().unique()), "NR"]
    table = _par_modalite(siens, "type", presents, vide=lignes.empty, total=True)
    inconnus = table["nb_max"].eq(0) & bool(siens.loc[siens["type"].eq("NR"), "nb_uniques"].sum())
    return table.assign(**{nom: table[nom].mask(inconnus) for nom in ("n_actions", "nb_min", "nb_max")})


def _par_modalite(lignes: pd.DataFrame, colonne: str, codes, *, vide: bool, total: bool = False) -> pd.DataFrame:
    """Bornes de chaque modalité, dans l'ordre donné, zéros compris, puis « Ensemble » ; rien si l'année est vide."""
    comptees = lignes[lignes["nb_uniques"].gt(0)]
    groupes = [(libelle(code), comptees[comptees[colonne].eq(code)]) for code in codes]
    rangees = []
    for nom, siennes in [*groupes, *([(ENSEMBLE, comptees)] if total else [])]:
        n_actions = siennes["action_id"].nunique()
        rangees.append({colonne: nom, "n_actions": n_actions, **encadrement(bornes(siennes))})
    table = typer(pd.DataFrame(rangees))
    return table.iloc[:0] if vide else table


@publiable(
    effectifs=("nb_venues", "nb_invitees"),
    parts={"part_venues": ("nb_venues", "nb_invitees")},
    libres=("n_etablissements", "n_renseignes"),
    total_ligne=ENSEMBLE,
)
def rencontres(valeurs, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Familles venues au moins une fois ÷ familles invitées (S12), par type d'établissement, zéros compris.

    Returns:
        `type` (puis « Ensemble »), `n_etablissements`, `n_renseignes` (dont on a les deux nombres),
        `nb_venues`, `nb_invitees`, `part_venues` (Σ venues ÷ Σ invitées, jamais une moyenne de parts).
        Sans valeur, les nombres sont vides : une famille dont on ne sait rien n'est pas absente.
    """
    lues = de_l_annee(valeurs, annee)
    lues = lues[lues["indicateur_code"].eq("S12") & lues["niveau"].eq("etablissement")]
    completes = lues["statut_valeur"].isin(CONNUES) & lues[["numerateur", "denominateur"]].notna().all(axis=1)
    lues = lues[completes].groupby("territoire_code")[["numerateur", "denominateur"]].sum()
    tous = etablissements[["uai", "type"]].merge(lues, left_on="uai", right_index=True, how="left")
    groupes = [(libelle(code), lignes) for code, lignes in tous.groupby("type")] + [(ENSEMBLE, tous)]
    rangees = []
    for nom, lignes in groupes:
        venues, invitees = somme(lignes["numerateur"]), somme(lignes["denominateur"])
        n = {"n_etablissements": len(lignes), "n_renseignes": int(lignes["denominateur"].notna().sum())}
        comptes = {"nb_venues": venues, "nb_invitees": invitees, "part_venues": part(venues, invitees)}
        rangees.append({"type": nom, **n, **comptes})
    return typer(pd.DataFrame(rangees)).iloc[: None if len(de_l_annee(valeurs, annee)) else 0]
