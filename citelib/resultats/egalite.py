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


