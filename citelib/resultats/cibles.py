"""Cibles : les objectifs fixés ont-ils été atteints ?

Chaque objectif est confronté à la valeur de son indicateur pour l'année. Ce qui ne peut pas être jugé est
« non mesurable », et la colonne `manque` dit pourquoi : un objectif sans donnée n'est ni atteint ni manqué.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures import ic_wilson
from citelib.mesures.comptes import de_l_annee, part, regrouper, somme, typer
from citelib.resultats.publics import bornes
from citelib.tables import CONNUES, libelle

ETATS = {
    "atteint": "n_atteints",
    "au plus atteint": "n_incertains",
    "au plus partiel": "n_incertains",
    "partiel": "n_partiels",
    "non atteint": "n_non_atteints",
    "non mesurable": "n_non_mesurables",
}
SEUIL_PARTIEL = 0.7
"""Part de la cible à partir de laquelle un objectif est partiellement atteint. Source : référentiel, S09."""
MAJORANTS = {"S13": "parent", "S25": "professionnel"}
"""Indicateurs comptés action par action, et leur public : leur somme ne dit que le plus grand nombre possible."""
PAR_ACTION = "compté par action"
"""Ce que dit la valeur d'un nombre qui compte deux fois une personne de deux actions."""
NIVEAUX = ("cite", "etablissement", "quartier")
"""Niveaux où lire la valeur d'un objectif de la cité : le premier renseigné, jamais deux mêlés."""
COLONNES = (
    *("objectif_id", "axe", "objectif_operationnel", "indicateur_code", "libelle", "unite", "sens"),
    *("valeur_initiale", "valeur", "borne_basse", "borne_haute", "cible", "taux_atteinte"),
    *("etat", "manque", "note", "nb_base", "nb_plus_petit_groupe"),
    *("annee_cible", "source_prevue", "producteur", "perimetre_version"),
)


@publiable(
    effectifs=("nb_base", "nb_plus_petit_groupe"),
    bases=dict.fromkeys(("valeur", "borne_basse", "borne_haute", "taux_atteinte"), "nb_plus_petit_groupe"),
    libres=("valeur_initiale", "cible", "annee_cible"),
)
def objectifs(objectifs, indicateurs, valeurs, *, annee: int, beneficiaires=None) -> pd.DataFrame:
    """
    Objectifs de l'année : valeur, cible, part de la cible atteinte et état (S09).

    La valeur est celle de la cité ; à défaut Σ numérateurs ÷ Σ dénominateurs de ses établissements, ou de ses
    quartiers. La part atteinte vaut valeur ÷ cible s'il faut une hausse, cible ÷ valeur s'il faut une baisse,
    la plus petite sur la plus grande s'il faut tenir une cible (atteinte à `delta` près) ; un indicateur de
    contexte ne se juge pas. « atteint » : la cible l'est ; « partiel » : à 70 % au moins. Sur un échantillon,
    « atteint » demande que toute la marge d'erreur (Wilson à 95 %) soit du bon côté de la cible. Un nombre de
    personnes compté action par action n'est qu'un plus grand possible : l'état est « au plus atteint » quand
    sa borne basse n'y suffit pas.

    Args:
        beneficiaires: ce qui encadre les parents (S13) et les professionnels (S25).

    Returns:
        `objectif_id`, `axe`, `objectif_operationnel`, `indicateur_code`, `libelle`, `unite`,
        `sens`, `valeur_initiale`, `valeur`, `borne_basse`, `borne_haute` (échantillons, et nombres comptés par
        action), `cible`, `taux_atteinte`,
        `etat`, `manque`, `note`, `nb_base` (dénominateur, ou le nombre lui-même), `nb_plus_petit_groupe`
        (le plus petit groupe non vide que la valeur laisse voir : c'est lui que `secret` examine), `annee_cible`,
        `source_prevue`, `producteur`, `perimetre_version` de la valeur.
    """
    lignes = de_l_annee(objectifs, annee)
    fiches = indicateurs.set_index("indicateur_code").to_dict("index")
    de_l_an, minima = de_l_annee(valeurs, annee), _minima(beneficiaires, annee)
    rangees = [
        _juger(ligne, fiches.get(ligne["indicateur_code"]), de_l_an, minima) for ligne in lignes.to_dict("records")
    ]
    types = dict.fromkeys(("valeur", "valeur_initiale", "cible"), "Float64") | {"annee_cible": "Int64"}
    return typer(pd.DataFrame(rangees, columns=COLONNES)).astype(types)


def _minima(beneficiaires: pd.DataFrame | None, annee: int) -> dict[str, dict]:
    """Bornes du nombre de personnes de chaque indicateur compté par action."""
    if beneficiaires is None:
        return {}
    lignes = de_l_annee(beneficiaires, annee)
    return {code: bornes(lignes[lignes["type_public"].eq(public)]) for code, public in MAJORANTS.items()}


def _juger(objectif: dict, fiche: dict | None, valeurs: pd.DataFrame, minima: dict) -> dict:
    """La ligne d'un objectif."""
    rangee = {nom: objectif[nom] for nom in COLONNES if nom in objectif} | {"axe": libelle(objectif["axe"])}
    rangee |= dict.fromkeys(("valeur", "borne_basse", "borne_haute", "taux_atteinte", "nb_base"), pd.NA)
    rangee |= {"etat": "non mesurable", "manque": "", "note": "", "nb_plus_petit_groupe": pd.NA}
    if fiche is None:
        return rangee | {"manque": "pas d'indicateur"}
    rangee |= {nom: fiche[nom] for nom in ("libelle", "unite", "sens", "producteur")}
    code = objectif["indicateur_code"]
    lecture = _encadrer(lire_valeur(valeurs[valeurs["indicateur_code"].eq(code)], fiche), minima.get(code))
    absents = {"pas de valeur de départ": objectif["valeur_initiale"], "pas de cible": objectif["cible"]}
    manques = [lecture.pop("manque")] + [phrase for phrase, valeur in absents.items() if pd.isna(valeur)]
    manques += ["indicateur de contexte, qui ne se juge pas"] if fiche["sens"] == "contexte" else []
    rangee |= lecture | {"manque": " ; ".join(filter(None, manques))}
    return rangee if rangee["manque"] else rangee | _etat(rangee, fiche)


def _encadrer(lecture: dict, compte: dict | None) -> dict:
    """
    Une valeur comptée par action n'est qu'un majorant : ses deux bornes, et une note.

    Elle l'est si son producteur le dit, ou si elle égale la somme des actions sans égaler la plus grande.
    """
    dite, valeur = lecture.pop("par_action", False), lecture.get("valeur", pd.NA)
    if lecture["manque"] or not (dite or (compte and compte["nb_min"] < valeur == compte["nb_max"])):
        return lecture
    basse = min(compte["nb_min"], valeur) if compte else 0
    groupe = min(nb for nb in (basse, valeur - basse, valeur) if nb > 0) if valeur > 0 else valeur
    note = " ; ".join(filter(None, (f"{PAR_ACTION} : au plus ce nombre de personnes différentes", lecture["note"])))
    encadrement = {"borne_basse": basse, "borne_haute": valeur, "nb_plus_petit_groupe": round(groupe)}
    return lecture | encadrement | {"note": note, "majorant": True}


def lire_valeur(valeurs: pd.DataFrame, fiche: dict) -> dict:
    """
    Valeur collectée d'un indicateur, effectifs, intervalle ; `manque` dit pourquoi si rien n'est utilisable.

    Args:
        valeurs: les lignes de cet indicateur dans l'année.
        fiche: sa ligne du référentiel.
    """
    connues = valeurs[valeurs["statut_valeur"].isin(CONNUES)]
    niveau = next((niveau for niveau in NIVEAUX if connues["niveau"].eq(niveau).any()), None)
    if niveau is None:
        if valeurs["statut_valeur"].eq("supprimee_secret").any():
            return {"manque": "valeur supprimée par son producteur (secret)"}
        sans_objet = len(valeurs) > 0 and valeurs["statut_valeur"].eq("non_concernee").all()
        return {"manque": "sans objet" if sans_objet else "valeur non collectée"}
    du_niveau = connues[connues["niveau"].eq(niveau)]
    numerateur, base, valeur = _agreger(du_niveau)
    if pd.isna(valeur):
        return {"manque": "valeurs sans dénominateur, impossibles à réunir"}
    effectif = valeur if pd.isna(base) and fiche["unite"] == "nombre" else base
    effectif = pd.NA if pd.isna(effectif) else round(effectif)
    if not pd.isna(effectif) and not pd.isna(fiche["seuil_fiabilite"]) and effectif < fiche["seuil_fiabilite"]:
        return {"manque": "effectif sous le seuil de fiabilité"}
    absents = valeurs["niveau"].eq(niveau).sum() - len(du_niveau)
    notes = ["valeur estimée"] if du_niveau["statut_valeur"].eq("estimee").any() else []
    notes += ["certaines valeurs n'ont pas été collectées"] if absents else []
    groupe = plus_petit_groupe(numerateur, effectif) if fiche["unite"] == "part" else effectif
    lecture = {"valeur": valeur, "nb_base": effectif, "nb_plus_petit_groupe": groupe, "manque": ""}
    lecture |= {nom: " ; ".join(sorted({*du_niveau[nom].dropna()})) for nom in ("perimetre_version", "producteur")}
    lecture["producteur"] = lecture["producteur"] or fiche["producteur"]
    lecture["par_action"] = bool(du_niveau["commentaire"].str.contains(PAR_ACTION, case=False).fillna(False).any())
    if fiche["nature"] == "echantillon" and fiche["unite"] == "part" and not pd.isna(numerateur):
        estimation = ic_wilson(round(numerateur), round(base))
        lecture |= {"borne_basse": estimation.borne_basse, "borne_haute": estimation.borne_haute}
    return lecture | {"note": " ; ".join(notes)}


def _agreger(lignes: pd.DataFrame) -> tuple[float, float, float]:
    """Numérateur, dénominateur et valeur de plusieurs territoires : un rapport de sommes."""
    bases = lignes["denominateur"].astype("Float64")
    valeurs = lignes["valeur"].astype("Float64")
    numerateurs = lignes["numerateur"].astype("Float64").fillna(valeurs * bases)
    complet = bool((bases.notna() & numerateurs.notna()).all())
    numerateur, base = (somme(numerateurs), somme(bases)) if complet else (pd.NA, pd.NA)
    if len(lignes) == 1 and not pd.isna(valeurs.iloc[0]):
        return numerateur, base, valeurs.iloc[0]
    return numerateur, base, part(numerateur, base)


def plus_petit_groupe(numerateur: float, effectif: float) -> float:
    """
    Le plus petit groupe non vide qu'une part laisse voir : ceux qui, ceux qui ne, ou tous.

    >>> plus_petit_groupe(98, 100), plus_petit_groupe(0, 100)
    (2, 100)
    """
    if pd.isna(numerateur) or pd.isna(effectif):
        return effectif
    return min((groupe for groupe in (round(numerateur), effectif - round(numerateur)) if groupe > 0), default=effectif)


def _etat(rangee: dict, fiche: dict) -> dict:
    """Part de la cible atteinte, et état."""
    jugement = _comparer(rangee["valeur"], rangee["cible"], fiche)
    if rangee.pop("majorant", False) and fiche["sens"] == "hausse":
        au_moins = _comparer(rangee["borne_basse"], rangee["cible"], fiche)["etat"]
        return jugement if au_moins == jugement["etat"] else jugement | {"etat": f"au plus {jugement['etat']}"}
    if jugement["etat"] == "atteint" and fiche["nature"] == "echantillon" and not _sur(rangee, fiche):
        doute = "cible atteinte dans l'échantillon, mais la marge d'erreur ne permet pas de l'affirmer"
        return jugement | {"etat": "partiel", "note": " ; ".join(filter(None, (rangee["note"], doute)))}
    return jugement


def _comparer(valeur: float, cible: float, fiche: dict) -> dict:
    """Part de la cible qu'atteint une valeur, et l'état qui en découle."""
    sens, delta = fiche["sens"], 0 if pd.isna(fiche["delta"]) else fiche["delta"]
    petite, grande = sorted((valeur, cible))
    taux = {"hausse": part(valeur, cible), "baisse": part(cible, valeur), "cible": part(petite, grande)}[sens]
    # un rapport de nombres négatifs ou nuls ne se lit pas : on s'en tient alors à la comparaison
    taux = pd.NA if min(cible, valeur) < 0 or pd.isna(taux) else taux
    # 0,55 − 0,50 dépasse 0,05 d'un rien et 0,50 − 0,45 n'y arrive pas : les deux valent cinq points.
    tenue = grande - petite <= delta * (1 + 1e-9)
    atteint = {"hausse": valeur >= cible, "baisse": valeur <= cible, "cible": tenue}[sens]
    partiel = not pd.isna(taux) and taux >= SEUIL_PARTIEL
    return {"taux_atteinte": taux, "etat": "atteint" if atteint else "partiel" if partiel else "non atteint"}


def _sur(rangee: dict, fiche: dict) -> bool:
    """Vrai si toute la marge d'erreur est du bon côté de la cible."""
    bas, haut, cible = rangee["borne_basse"], rangee["borne_haute"], rangee["cible"]
    if pd.isna(bas):
        return False
    delta = 0 if pd.isna(fiche["delta"]) else fiche["delta"]
    return {"hausse": bas >= cible, "baisse": haut <= cible, "cible": bas >= cible - delta and haut <= cible + delta}[
        fiche["sens"]
    ]


@publiable(libres=("n_objectifs", *dict.fromkeys(ETATS.values()), "taux_atteints", "taux_mesurables"))
def etats_par_axe(table: pd.DataFrame, *, par: str | None = "axe") -> pd.DataFrame:
    """
    Nombre d'objectifs dans chaque état.

    Args:
        table: ce que rend `objectifs`.
        par: « axe », ou None.

    Returns:
        `par` (puis « Ensemble »), `n_objectifs`, `n_atteints`, `n_incertains` (« au plus »), `n_partiels`,
        `n_non_atteints`, `n_non_mesurables`, `taux_atteints` et `taux_mesurables` (÷ n_objectifs).

    >>> etats = pd.DataFrame({"axe": ["A1", "A1"], "etat": ["atteint", "partiel"]})
    >>> etats_par_axe(etats)[["n_objectifs", "n_atteints", "n_partiels"]].values.tolist()
    [[2, 1, 1], [2, 1, 1]]
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        comptes = lignes["etat"].map(ETATS).value_counts()
        comptes = {colonne: int(comptes.get(colonne, 0)) for colonne in ETATS.values()}
        mesures = len(lignes) - comptes["n_non_mesurables"]
        taux = {"taux_atteints": part(comptes["n_atteints"], len(lignes))}
        return {"n_objectifs": len(lignes), **comptes, **taux, "taux_mesurables": part(mesures, len(lignes))}

    return regrouper(table, par, calcul, acceptes=(None, "axe"))
