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
    canons, noms, modifies = _quartiers(quartiers)
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
            bornes = _bornes(lignes[lieux.eq(canon) & lignes["tranche_age"].eq(tranche)])
            habites = {"population": population, "annee_population": derniers["annee"].max()}
            taux = _taux_bornes(bornes, population)
            if canon in modifies and not taux["note"]:
                taux["note"] = "contour modifié entre les listes de 2015 et de 2024"
            rangees.append({"quartier": nom, "tranche_age": tranche, **bornes, **habites, **taux})
    table = typer(pd.DataFrame(rangees)).astype({"population": "Int64", "annee_population": "Int64"})
    return table if len(lignes) else table.iloc[:0]


def _quartiers(quartiers: pd.DataFrame) -> tuple[dict, dict, set]:
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
        bornes = _bornes(siennes) if len(siennes) or situees else {"nb_min": pd.NA, "nb_max": pd.NA}
        qualite = {"etablissement": ecole["nom"], "type": libelle(ecole["type"]), "ep": ecole["ep"], **bornes}
        rangees.append(qualite | {"effectif": ecole["effectif"]} | _taux_bornes(bornes, ecole["effectif"]))
    autres = _bornes(lignes[~lignes["uai"].isin(etablissements["uai"].dropna())])
    inconnu = {"etablissement": NON_RENSEIGNE, "type": "", "ep": "", **autres, "effectif": pd.NA}
    table = typer(pd.DataFrame([*rangees, inconnu | _taux_bornes(autres, pd.NA)])).astype({"effectif": "Int64"})
    return table if len(lignes) else table.iloc[:0]


