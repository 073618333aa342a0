"""Résultats : qui sont les bénéficiaires des actions conduites, et en sont-ils satisfaits ?

Les tables et `annee` se lisent comme dans `realisation` ; `cibles` dit si les objectifs sont atteints. Les
bénéficiaires arrivent comptés action par action : qui en suit deux est compté deux fois, et rien ne permet de
le savoir. Sur plusieurs actions, on ne donne donc que deux bornes du nombre de personnes différentes :
`nb_min`, l'effectif de la plus grande action, et `nb_max`, la somme de toutes. Les codes S01 à S11 sont ceux
du référentiel d'indicateurs.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.mesures import REPONSES_MINIMALES, ic_wilson
from citelib.mesures.comptes import ENSEMBLE, NON_RENSEIGNE, de_l_annee, part, publiable_par, regrouper, somme, typer
from citelib.tables import TRANCHES_AGE, libelle

PAR = (None, "type_public", "tranche_age", "sexe", "residence", "uai", "axe")
PUBLIC_AGE = "enfant_jeune"
"""Le seul public dont l'âge se rapporte à une population ou à un effectif d'établissement."""
PLUS_DE_TOUS = "au-dessus de 100 % : doubles comptes entre actions, ou population d'une autre année"
IMPOSSIBLE = "erreur probable : une seule action compte plus de personnes que la population"


def bornes_de(lignes: pd.DataFrame) -> dict:
    """Bornes du nombre de personnes différentes (S01)."""
    par_action = lignes.groupby("action_id")["nb_uniques"].sum()
    return {"nb_min": int(par_action.max()) if len(par_action) else 0, "nb_max": int(par_action.sum())}


@publiable_par(
    effectifs=("nb_min", "nb_max", "nb_participations"),
    # le couple (nb_min, nb_max) empêche de lire dans une borne l'effectif masqué de l'autre
    parts={"part_certaine": ("nb_min", "nb_max")},
    bases={"intensite": "nb_max"},
    libres=("n_actions", "n_sans_participations"),
    additives=("nb_max", "nb_participations"),
)
def beneficiaires(beneficiaires, *, annee: int, par: str | None = None, actions=None) -> pd.DataFrame:
    """
    Bornes du nombre de personnes différentes (S01), participations (S02), intensité (S03).

    Args:
        par: None, « type_public », « tranche_age », « sexe », « residence », « uai » ou « axe ».
        actions: table des actions, pour `par="axe"` seulement.

    Returns:
        `par`, `n_actions`, `nb_min`, `nb_max`, `part_certaine` (nb_min ÷ nb_max : 1, aucun double compte
        possible), `nb_participations` (connues), `intensite` (participations par inscription, là où elles
        sont connues), `n_sans_participations` (actions qui ne les donnent pas).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        bornes = bornes_de(lignes)
        connues = lignes.dropna(subset="nb_participations")
        participations = somme(connues["nb_participations"])
        return {
            "n_actions": lignes["action_id"].nunique(),
            **bornes,
            "part_certaine": part(bornes["nb_min"], bornes["nb_max"]),
            "nb_participations": participations,
            "intensite": part(participations, connues["nb_uniques"].sum()),
            "n_sans_participations": lignes["action_id"].nunique() - connues["action_id"].nunique(),
        }

    lignes = de_l_annee(beneficiaires, annee)
    if par == "axe":
        if actions is None:
            raise ErreurParametre("par='axe' demande la table des actions. L'ajouter : actions=cite.actions.")
        axes = de_l_annee(actions, annee).set_index("action_id")["axe"]
        lignes = lignes.assign(axe=lignes["action_id"].map(axes))
    return regrouper(lignes.fillna({par: "NR"}), par, calcul, acceptes=PAR)


def _croiser(lignes: pd.DataFrame, colonne: str, modalites: dict[str, str]) -> dict:
    """Σ des effectifs par modalité d'une colonne : {nom de la colonne rendue : code}."""
    return {nom: int(lignes.loc[lignes[colonne].eq(code), "nb_uniques"].sum()) for nom, code in modalites.items()}


@publiable_par(
    effectifs=("nb_filles", "nb_garcons", "nb_sexe_connu", "nb_non_renseigne"),
    parts={"part_filles": ("nb_filles", "nb_sexe_connu")},
    total_colonne="nb_sexe_connu",
    additives=("nb_filles", "nb_garcons"),
)
def age_et_sexe(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    Inscriptions d'enfants et de jeunes par tranche d'âge et sexe, part de filles, sexe connu (S06).

    Les six tranches sont toujours là, même à zéro : la petite enfance s'oublie vite.

    Returns:
        `tranche_age` (puis « Ensemble »), `nb_filles`, `nb_garcons`, `nb_sexe_connu`, `part_filles`,
        `nb_non_renseigne`.
    """
    lignes = de_l_annee(beneficiaires, annee).fillna({"tranche_age": "NR"})
    lignes = lignes[lignes["type_public"].eq(PUBLIC_AGE)]

    def calcul(groupe: pd.DataFrame) -> dict:
        comptes = _croiser(groupe, "sexe", {"nb_filles": "F", "nb_garcons": "G", "nb_non_renseigne": "NR"})
        connus = comptes["nb_filles"] + comptes["nb_garcons"]
        return comptes | {"nb_sexe_connu": connus, "part_filles": part(comptes["nb_filles"], connus)}

    table = regrouper(lignes, "tranche_age", calcul, acceptes=("tranche_age",))
    comptes = ["nb_filles", "nb_garcons", "nb_sexe_connu", "nb_non_renseigne"]
    if len(table):
        modalites = list(dict.fromkeys([*TRANCHES_AGE, *table["tranche_age"]]))
        table = table.set_index("tranche_age").reindex(modalites).reset_index().fillna(dict.fromkeys(comptes, 0))
    return table[["tranche_age", *comptes[:3], "part_filles", "nb_non_renseigne"]]


@publiable_par(effectifs=("nb",))
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
)
def part_en_quartier(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    Part des inscriptions de résidents d'un quartier prioritaire, résidence connue (S05).

    Returns:
        `perimetre`, `nb_qpv`, `nb_hors_qpv`, `nb_residence_connue`, `part_qpv`, `nb_non_renseigne`.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        comptes = _croiser(lignes, "residence", {"nb_hors_qpv": "hors_qpv", "nb_non_renseigne": "NR"})
        connus = int(lignes["nb_uniques"].sum()) - comptes["nb_non_renseigne"]
        en_quartier = connus - comptes["nb_hors_qpv"]
        return {"nb_qpv": en_quartier, **comptes, "nb_residence_connue": connus, "part_qpv": part(en_quartier, connus)}

    return regrouper(de_l_annee(beneficiaires, annee), None, calcul)


def _taux_bornes(bornes: dict, population: float) -> dict:
    """Bornes du taux de couverture d'une population, et la réserve qu'elles appellent."""
    taux = {"taux_min": part(bornes["nb_min"], population), "taux_max": part(bornes["nb_max"], population)}
    connu = not pd.isna(taux["taux_max"])
    note = IMPOSSIBLE if connu and taux["taux_min"] > 1 else PLUS_DE_TOUS if connu and taux["taux_max"] > 1 else ""
    return taux | {"part_certaine": part(bornes["nb_min"], bornes["nb_max"]), "note": note}


COUVERTURE = {
    "effectifs": ("nb_min", "nb_max"),
    # la différence des deux bornes compte des personnes : le couple la protège, comme dans `beneficiaires`
    "parts": {"part_certaine": ("nb_min", "nb_max")},
    "bases": {"taux_min": "nb_min", "taux_max": "nb_max"},
}


@publiable(**COUVERTURE, libres=("population", "annee_population"))
def couverture(beneficiaires, populations, quartiers, *, annee: int) -> pd.DataFrame:
    """
    Part des jeunes de chaque quartier prioritaire et tranche d'âge que les actions touchent (S07).

    Les codes d'un même quartier dans les listes de 2015 et de 2024 sont réunis par leur correspondance. La
    population est la plus récente connue à cette date ; à millésime égal, celle du contour de 2024.

    Returns:
        `quartier`, `tranche_age`, `nb_min`, `nb_max`, `population`, `annee_population`, `taux_min`,
        `taux_max`, `note` (au-dessus de 100 %, ou contour modifié entre les deux listes).
    """
    canons, noms, modifies = quartiers_reunis(quartiers)
    lignes = de_l_annee(beneficiaires, annee)
    lignes = lignes[lignes["type_public"].eq(PUBLIC_AGE)]
    lieux = lignes["residence"].map(canons)
    habitants = populations[populations["annee"].le(annee)]
    habitants = habitants.assign(canon=habitants["qpv_code"].map(canons)).sort_values(
        ["annee", "qpv_code"], ascending=[False, True]
    )
    rangees = []
    for canon, nom in noms.items():
        du_quartier = habitants[habitants["canon"].eq(canon)]
        derniers = du_quartier.merge(du_quartier[["annee", "qpv_code"]].head(1))
        for tranche in TRANCHES_AGE:
            population = derniers.loc[derniers["tranche_age"].eq(tranche), "population"].sum(min_count=1)
            bornes = bornes_de(lignes[lieux.eq(canon) & lignes["tranche_age"].eq(tranche)])
            habites = {"population": population, "annee_population": derniers["annee"].max()}
            taux = _taux_bornes(bornes, population)
            if canon in modifies and not taux["note"]:
                taux["note"] = "contour modifié entre les listes de 2015 et de 2024"
            rangees.append({"quartier": nom, "tranche_age": tranche, **bornes, **habites, **taux})
    table = typer(pd.DataFrame(rangees)).astype({"population": "Int64", "annee_population": "Int64"})
    return table if len(lignes) else table.iloc[:0]


def quartiers_reunis(quartiers: pd.DataFrame) -> tuple[dict, dict, set]:
    """Code → code de la liste la plus récente ; son nom ; ceux dont le contour a changé."""
    canons = {code: code for code in quartiers["qpv_code"]}
    lies = quartiers.dropna(subset="correspondance")
    for code, autre in zip(lies["qpv_code"], lies["correspondance"], strict=True):
        # « QN » (liste de 2024) vient avant « QP » (liste de 2015)
        canons |= dict.fromkeys((code, autre), min(code, autre))
    noms = {canons[code]: nom for code, nom in zip(quartiers["qpv_code"], quartiers["nom"], strict=True)}
    modifies = quartiers.loc[quartiers["contour_modifie"].fillna(False).astype(bool), "qpv_code"].map(canons)
    return canons, noms, set(modifies)


@publiable(**COUVERTURE, libres=("effectif",))
def par_etablissement(beneficiaires, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Élèves touchés dans chaque établissement, rapportés à son effectif ; vide si rien ne permet de le dire.

    Returns:
        `etablissement` (puis « non renseigné »), `type`, `ep`, `nb_min`, `nb_max`, `effectif`,
        `taux_min`, `taux_max`, `part_certaine` (nb_min ÷ nb_max), `note`.
    """
    lignes = de_l_annee(beneficiaires, annee)
    lignes = lignes[lignes["type_public"].eq(PUBLIC_AGE)]
    rangees, situees = [], lignes["uai"].notna().all()
    for ecole in etablissements.dropna(subset="uai").to_dict("records"):
        siennes = lignes[lignes["uai"].eq(ecole["uai"])]
        # sans aucune ligne située, zéro serait une invention : des élèves sont peut-être parmi les non situés
        bornes = bornes_de(siennes) if len(siennes) or situees else {"nb_min": pd.NA, "nb_max": pd.NA}
        qualite = {"etablissement": ecole["nom"], "type": libelle(ecole["type"]), "ep": ecole["ep"], **bornes}
        rangees.append(qualite | {"effectif": ecole["effectif"]} | _taux_bornes(bornes, ecole["effectif"]))
    autres = bornes_de(lignes[~lignes["uai"].isin(etablissements["uai"].dropna())])
    inconnu = {"etablissement": NON_RENSEIGNE, "type": "", "ep": "", **autres, "effectif": pd.NA}
    table = typer(pd.DataFrame([*rangees, inconnu | _taux_bornes(autres, pd.NA)])).astype({"effectif": "Int64"})
    return table if len(lignes) else table.iloc[:0]


@publiable_par(
    effectifs=("nb_satisfaits", "nb_repondants", "nb_nsp"),
    parts={"part_satisfaits": ("nb_satisfaits", "nb_repondants")},
    bases={"borne_basse": "nb_repondants", "borne_haute": "nb_repondants"},
)
def satisfaction(reponses_beneficiaires, items, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Part de répondants satisfaits (S11) : réponse dans la moitié haute de l'échelle, intervalle de Wilson.

    Un répondant compte une fois ; s'il a répondu à plusieurs questions ou vagues de l'année, on prend la
    moyenne de ses réponses. « Ne sait pas » sort de la base et se compte à part.

    Args:
        items: table des questions ; celles de l'indicateur S11 sont retenues.
        par: None, « sexe » ou « tranche_age ».

    Returns:
        `par`, `nb_satisfaits`, `nb_repondants`, `part_satisfaits`, `borne_basse`, `borne_haute`, `nb_nsp`,
        `note` (« effectif faible » sous 30 réponses).
    """
    questions = items.loc[items["indicateur_code"].eq("S11"), ["questionnaire", "item", "echelle_max", "inverse"]]
    reponses = de_l_annee(reponses_beneficiaires, annee).merge(questions, on=["questionnaire", "item"])
    reponses = reponses.fillna({par: "NR"})
    notes = pd.to_numeric(reponses["reponse"].mask(reponses["reponse"].eq("NSP")), errors="coerce").astype("Float64")
    hauteur = (notes - 1) / (reponses["echelle_max"] - 1)
    reponses = reponses.assign(hauteur=hauteur.mask(reponses["inverse"].astype(bool), 1 - hauteur))
    cles = ["questionnaire", "repondant_pseudo"]
    autres = {par: "first"} if par in reponses else {}
    repondants = reponses.groupby(cles, as_index=False).agg({"hauteur": "mean"} | autres)
    return regrouper(repondants, par, _satisfaits, acceptes=(None, "sexe", "tranche_age"))


def _satisfaits(repondants: pd.DataFrame) -> dict:
    """Part de répondants dont la réponse dépasse le milieu de l'échelle."""
    exprimees = repondants["hauteur"].dropna()
    satisfaits = int((exprimees > 0.5).sum())
    estimation = ic_wilson(satisfaits, len(exprimees))
    return {
        "nb_satisfaits": satisfaits,
        "nb_repondants": len(exprimees),
        "part_satisfaits": estimation.valeur,
        "borne_basse": estimation.borne_basse,
        "borne_haute": estimation.borne_haute,
        "nb_nsp": len(repondants) - len(exprimees),
        "note": "effectif faible" if len(exprimees) < REPONSES_MINIMALES else "",
    }


_sur_l_annee = beneficiaires
"""Le même calcul, sous un nom que le paramètre `beneficiaires` ne cache pas."""


@publiable(
    effectifs=("nb_min", "nb_max", "nb_participations"),
    parts={"part_certaine": ("nb_min", "nb_max")},
    bases={"intensite": "nb_max"},
    libres=("annee", "n_actions", "n_sans_participations"),
)
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
