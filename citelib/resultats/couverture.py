"""Couverture : qui les actions touchent-elles, et qui ne touchent-elles pas ?

Un taux de couverture rapporte deux bornes (voir `publics`) à une population datée ou à l'effectif d'un
établissement : il est donc lui-même une fourchette, et non un intervalle de confiance. Il ne compte que les
enfants et jeunes dont la résidence, l'âge ou l'établissement est connu ; les autres se comptent à part.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.mesures.comptes import ENSEMBLE, NON_RENSEIGNE, part, somme, typer
from citelib.resultats.publics import DES_JEUNES, ENCADREMENT, INSCRIPTIONS, bornes, des_jeunes, encadrement
from citelib.tables import TRANCHES_AGE, libelle

PLUS_DE_TOUS = "au-dessus de 100 % : doubles comptes entre actions, ou population d'une autre année"
IMPOSSIBLE = "erreur probable : une seule action compte plus de personnes que la population"
CONTOUR = "contour modifié entre les listes de 2015 et de 2024"
AUTRE_LISTE = "population d'une autre liste de quartiers que les résidences : contours peut-être différents"
MODALITES = {"tranche_age": TRANCHES_AGE, "sexe": ("F", "G")}
NOMS = {code: f"{code} ans" for code in TRANCHES_AGE} | {"F": "filles", "G": "garçons"}


def _taux(compte: dict, diviseur: str, population: float) -> dict:
    """Bornes d'un taux de couverture, ce qui le divise, et la réserve qu'elles appellent."""
    taux = {"taux_min": part(compte["nb_min"], population), "taux_max": part(compte["nb_max"], population)}
    connu = not pd.isna(taux["taux_max"])
    note = IMPOSSIBLE if connu and taux["taux_min"] > 1 else PLUS_DE_TOUS if connu and taux["taux_max"] > 1 else ""
    return {**compte, diviseur: population, **taux} | encadrement(compte) | {"note": note}


@publiable(
    **ENCADREMENT,
    rapports={"taux_min": ("nb_min", "population"), "taux_max": ("nb_max", "population")},
    libres=("population", "annee_population"),
    fixes=DES_JEUNES,
    dimensions={"quartier": "residence", "tranche_age": "tranche_age", "sexe": "sexe"},
)
def couverture(beneficiaires, populations, quartiers, *, annee: int, par: str = "tranche_age") -> pd.DataFrame:
    """
    Part des jeunes de chaque quartier prioritaire que les actions touchent (S07), par âge ou par sexe.

    Les codes d'un même quartier dans les listes de 2015 et de 2024 sont réunis par leur correspondance, et la
    note dit quand la population et les résidences n'ont pas le même contour. La population est la plus
    récente connue à cette date ; à millésime égal, celle de la liste de 2024. Âge et sexe ne se croisent pas :
    avec le quartier, ce seraient trois variables.

    Args:
        par: « tranche_age » ou « sexe ».

    Returns:
        `habitants` (« La Maille, 6-10 ans »), `quartier`, `par`, `nb_min`, `nb_max`, `population`, `taux_min`,
        `taux_max`, `part_certaine`, `note`, `annee_population`, `liste` (des quartiers de cette population).

    Raises:
        ErreurParametre: si `par` n'est pas prévu.
    """
    if par not in MODALITES:
        raise ErreurParametre(f"par={par!r} n'est pas une dimension prévue. Choisir parmi : {', '.join(MODALITES)}.")
    canons, noms, modifies = quartiers_reunis(quartiers)
    listes = dict(zip(quartiers["qpv_code"], quartiers["generation"], strict=True))
    lignes = des_jeunes(beneficiaires, annee)
    lieux = lignes["residence"].map(canons)
    habitants = populations[populations["annee"].le(annee)]
    habitants = habitants.assign(canon=habitants["qpv_code"].map(canons))
    habitants = habitants.sort_values(["annee", "qpv_code"], ascending=[False, True])
    rangees = []
    for canon, nom in noms.items():
        du_quartier, touches = habitants[habitants["canon"].eq(canon)], lignes[lieux.eq(canon)]
        derniers = du_quartier.merge(du_quartier[["annee", "qpv_code"]].head(1))
        liste = next(iter(derniers["qpv_code"].map(listes)), "")
        reserve = CONTOUR if canon in modifies else ""
        if liste and not touches["residence"].map(listes).isin([liste]).all():
            reserve = reserve or AUTRE_LISTE
        for code in MODALITES[par]:
            population = somme(derniers.loc[derniers[par].eq(code), "population"])
            taux = _taux(bornes(touches[touches[par].eq(code)]), "population", population)
            taux |= {"note": taux["note"] or reserve, "annee_population": derniers["annee"].max(), "liste": liste}
            rangees.append({"habitants": f"{nom}, {NOMS[code]}", "quartier": nom, par: libelle(code), **taux})
    table = typer(pd.DataFrame(rangees)).astype({"population": "Int64", "annee_population": "Int64"})
    return table if len(lignes) else table.iloc[:0]


@publiable(
    **ENCADREMENT,
    rapports={"taux_min": ("nb_min", "population"), "taux_max": ("nb_max", "population")},
    libres=("population",),
)
def couverture_ensemble(beneficiaires, populations, quartiers, *, annee: int) -> pd.DataFrame:
    """
    Part des jeunes de tous les quartiers prioritaires que les actions touchent, entre deux bornes (S07).

    La population est celle que `couverture` retient, quartier par quartier ; il les faut toutes.

    Returns:
        `perimetre`, `nb_min`, `nb_max`, `population`, `taux_min`, `taux_max`, `part_certaine`.
    """
    canons, _, _ = quartiers_reunis(quartiers)
    lignes = des_jeunes(beneficiaires, annee)
    lignes = lignes[lignes["tranche_age"].isin(TRANCHES_AGE)]
    population = pd.NA
    if len(lignes) and len(quartiers):
        connues = couverture(beneficiaires, populations, quartiers, annee=annee)["population"]
        population = connues.sum() if connues.notna().all() else pd.NA
    taux = _taux(bornes(lignes[lignes["residence"].isin(list(canons))]), "population", population)
    table = typer(pd.DataFrame([{"perimetre": ENSEMBLE} | taux])).drop(columns="note")
    return table.astype({"population": "Int64"}).iloc[: None if len(lignes) else 0]


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


@publiable(
    **ENCADREMENT,
    rapports={"taux_min": ("nb_min", "effectif"), "taux_max": ("nb_max", "effectif")},
    libres=("effectif",),
    fixes=DES_JEUNES,
    dimensions={"etablissement": "etablissement"},
)
def par_etablissement(beneficiaires, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Élèves touchés dans chaque établissement, rapportés à son effectif ; vide si rien ne permet de le dire.

    Returns:
        `etablissement` (puis « non renseigné »), `type`, `ep`, `nb_min`, `nb_max`, `effectif`,
        `taux_min`, `taux_max`, `part_certaine` (nb_min ÷ nb_max), `note`, `annee_scolaire` de l'effectif.
    """
    lignes = des_jeunes(beneficiaires, annee)
    rangees, situees = [], lignes["uai"].notna().all()
    for ecole in etablissements.dropna(subset="uai").to_dict("records"):
        siennes = lignes[lignes["uai"].eq(ecole["uai"])]
        # sans aucune ligne située, zéro serait une invention : des élèves sont peut-être parmi les non situés
        compte = bornes(siennes) if len(siennes) or situees else {"nb_min": pd.NA, "nb_max": pd.NA}
        qualite = {"etablissement": ecole["nom"], "type": libelle(ecole["type"]), "ep": ecole["ep"]}
        taux = _taux(compte, "effectif", ecole["effectif"])
        rangees.append(qualite | taux | {"annee_scolaire": ecole["annee_scolaire"]})
    autres = _taux(bornes(lignes[~lignes["uai"].isin(etablissements["uai"].dropna())]), "effectif", pd.NA)
    inconnu = {"etablissement": NON_RENSEIGNE, "type": "", "ep": "", **autres, "annee_scolaire": ""}
    table = typer(pd.DataFrame([*rangees, inconnu])).astype({"effectif": "Int64"})
    return table if len(lignes) else table.iloc[:0]


@publiable(
    effectifs=("nb_situes", "nb_non_situes", "nb_total"),
    parts={"part_situee": ("nb_situes", "nb_total")},
    total_colonne="nb_total",
    additives=("nb_situes", "nb_non_situes"),
    libres=("n_etablissements", "n_avec_uai", "n_sans_uai"),
    population=INSCRIPTIONS,
    fixes=DES_JEUNES,
    mesures={"nb_total": ("nb_max", {}), "nb_non_situes": ("nb_max", {"etablissement": NON_RENSEIGNE})},
)
def rattachement(beneficiaires, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Ce que l'on sait rattacher à un établissement : sans quoi sa couverture ne se lit pas.

    Returns:
        `perimetre`, `nb_situes` et `nb_non_situes` (inscriptions d'enfants et de jeunes dont l'établissement
        est connu ou non), `nb_total`, `part_situee`, `n_etablissements` de la cité, `n_avec_uai`, `n_sans_uai`.
    """
    lignes = des_jeunes(beneficiaires, annee)
    total = int(lignes["nb_uniques"].sum())
    situes = int(lignes.loc[lignes["uai"].isin(etablissements["uai"].dropna()), "nb_uniques"].sum())
    avec = int(etablissements["uai"].notna().sum())
    rangee = {"perimetre": ENSEMBLE, "nb_situes": situes, "nb_non_situes": total - situes, "nb_total": total}
    rangee |= {"part_situee": part(situes, total), "n_etablissements": len(etablissements)}
    table = typer(pd.DataFrame([rangee | {"n_avec_uai": avec, "n_sans_uai": len(etablissements) - avec}]))
    return table if len(lignes) else table.iloc[:0]
