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


