"""Fréquentation : combien de fois vient-on, qui est nouveau, et combien de personnes différentes ?

Deux sources. Les bilans (`beneficiaires`) comptent des inscriptions par action. Les présences relevées séance
par séance (`participations`) portent un pseudonyme : là, et là seulement, le nombre de personnes est exact. Un
pseudonyme n'est commun à plusieurs actions, ou à deux années, que si on l'y retrouve au moins une fois ;
sinon rien ne dit que chaque action n'a pas tiré les siens, et l'on revient à des bornes.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, publiable_par, regrouper, somme, typer
from citelib.resultats.publics import ENCADREMENT, INSCRIPTIONS, SEULE, bornes, de_l_action, encadrement

RYTHMES = {"nb_une_fois": (1, 1), "nb_deux_a_cinq": (2, 5), "nb_six_ou_plus": (6, float("inf"))}
"""Séances suivies par une personne dans une action : bornes de chaque tranche."""
COMMUN = "pseudonyme commun aux actions : nombre exact"
PROPRE = "aucun pseudonyme commun à deux actions : des bornes seulement"
UNE_SEULE = "une seule action suivie : nombre exact"


@publiable_par(
    effectifs=(*RYTHMES, "nb_inscriptions"),
    parts={f"part_{nom[3:]}": (nom, "nb_inscriptions") for nom in RYTHMES},
    total_colonne="nb_inscriptions",
    additives=tuple(RYTHMES),
    population="présences relevées",
    dimensions={"intitule": "action"},
)
def frequence(participations, actions, *, annee: int) -> pd.DataFrame:
    """
    Combien de séances suit une personne, dans chaque action dont les présences sont relevées.

    Args:
        participations: voir `presences`. Une personne de deux actions compte dans chacune.

    Returns:
        `intitule` (puis « Ensemble », la somme), `nb_une_fois`, `nb_deux_a_cinq`, `nb_six_ou_plus`,
        `nb_inscriptions`, et la part de chaque tranche.
    """
    lignes = de_l_annee(participations, annee)
    cles = ["action_id", "participant_pseudo"]
    seances = lignes.drop_duplicates([*cles, "seance"]).groupby(cles, observed=True).size()
    table = seances.rename("seances").reset_index().astype({"action_id": "str"})
    table = de_l_action(table, actions, annee=annee, par="intitule")

    def calcul(groupe: pd.DataFrame) -> dict:
        comptes = {nom: int(groupe["seances"].between(*rythme).sum()) for nom, rythme in RYTHMES.items()}
        parts = {f"part_{nom[3:]}": part(combien, len(groupe)) for nom, combien in comptes.items()}
        return comptes | {"nb_inscriptions": len(groupe)} | parts

    return regrouper(table, "intitule", calcul, acceptes=("intitule",))


@publiable_par(
    effectifs=("nb_nouveaux", "nb_anciens", "nb_renseignes"),
    parts={"part_nouveaux": ("nb_nouveaux", "nb_renseignes")},
    total_colonne="nb_renseignes",
    additives=("nb_nouveaux", "nb_anciens"),
    libres=("n_actions", "n_sans_nouveaux"),
    population=INSCRIPTIONS,
    dimensions={"type_public": "type_public"},
)
def nouveaux(beneficiaires, *, annee: int, par: str | None = None) -> pd.DataFrame:
    """
    Inscriptions de personnes venues pour la première fois, ou déjà venues, là où le bilan le dit.

    Args:
        par: None ou « type_public ».

    Returns:
        `par` (puis « Ensemble »), `nb_nouveaux`, `nb_anciens`, `nb_renseignes`, `part_nouveaux`,
        `n_actions`, `n_sans_nouveaux` (actions dont une ligne au moins ne dit rien : inconnu, et non ancien).
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset="nb_nouveaux")
        premiers, renseignes = int(connues["nb_nouveaux"].sum()), int(connues["nb_uniques"].sum())
        muettes = lignes.loc[lignes["nb_nouveaux"].isna(), "action_id"].nunique()
        comptes = {"nb_nouveaux": premiers, "nb_anciens": renseignes - premiers, "nb_renseignes": renseignes}
        comptes |= {"part_nouveaux": part(premiers, renseignes), "n_actions": lignes["action_id"].nunique()}
        return comptes | {"n_sans_nouveaux": muettes}

    return regrouper(de_l_annee(beneficiaires, annee), par, calcul, acceptes=(None, "type_public"))


@publiable_par(
    effectifs=("nb_suivis",),
    bases={"taux_assiduite": "nb_suivis"},
    libres=("n_actions", "n_sans_heures"),
    population=INSCRIPTIONS,
    dimensions={"type_public": "type_public", "axe": "axe"},
    mesures={"nb_suivis": ("nb_heures_connues", {})},
)
def assiduite(beneficiaires, *, annee: int, par: str | None = None, actions=None) -> pd.DataFrame:
    """
    Assiduité (S08) : heures suivies ÷ heures proposées aux inscrits, des sommes et non une moyenne de taux.

    Args:
        par: None, « type_public » ou « axe ».
        actions: table des actions, pour « axe ».

    Returns:
        `par` (puis « Ensemble »), `n_actions`, `n_sans_heures` (actions qui ne donnent pas leurs heures),
        `nb_suivis` (inscriptions dont les heures sont connues), `taux_assiduite`. Les heures elles-mêmes restent
        ici : divisées par leur durée, elles rendraient un nombre de présences.
    """

    def calcul(lignes: pd.DataFrame) -> dict:
        connues = lignes.dropna(subset=["heures_proposees", "heures_suivies"])
        proposees, suivies = somme(connues["heures_proposees"]), somme(connues["heures_suivies"])
        n_actions, avec = lignes["action_id"].nunique(), connues["action_id"].nunique()
        mesure = {"nb_suivis": int(connues["nb_uniques"].sum()), "taux_assiduite": part(suivies, proposees)}
        return {"n_actions": n_actions, "n_sans_heures": n_actions - avec, **mesure}

    lignes = de_l_action(de_l_annee(beneficiaires, annee), actions, annee=annee, par=par)
    return regrouper(lignes, par, calcul, acceptes=(None, "type_public", "axe"))


@publiable(
    **ENCADREMENT | SEULE | {"population": "personnes"},
    libres=("n_actions",),
    total_ligne=ENSEMBLE,
    additives=("nb_max",),
    dimensions={"comptage": "comptage"},
)
def personnes(beneficiaires, participations, actions, *, annee: int) -> pd.DataFrame:
    """
    Nombre de personnes différentes de l'année : exact là où un pseudonyme le permet, encadré ailleurs.

    Une action dont les présences sont relevées se compte par ses pseudonymes, et non par son bilan. Le tout
    est au moins la plus grande des deux bornes basses, au plus la somme des deux bornes hautes.

    Returns:
        Trois lignes, `comptage` (« par pseudonyme », « action par action », « Ensemble ») : `n_actions`,
        `nb_min`, `nb_max`, `part_certaine`, `note`, `lesquelles` (actions comptées par pseudonyme).
    """
    lignes, releves = de_l_annee(beneficiaires, annee), de_l_annee(participations, annee)
    suivies = releves.groupby("action_id", observed=True)["participant_pseudo"].nunique()
    differents = int(releves["participant_pseudo"].nunique())
    commun = differents < int(suivies.sum()) or len(suivies) < 2
    au_moins = differents if commun else int(suivies.max())
    autres = lignes[~lignes["action_id"].isin(suivies.index.astype("str"))]
    compte = bornes(autres)
    noms = de_l_annee(actions, annee).set_index("action_id")["intitule"]
    rangees = [
        ("par pseudonyme", len(suivies), au_moins, differents),
        ("action par action", autres["action_id"].nunique(), compte["nb_min"], compte["nb_max"]),
    ]
    (_, n1, bas1, haut1), (_, n2, bas2, haut2) = rangees
    rangees.append((ENSEMBLE, n1 + n2, max(bas1, bas2), haut1 + haut2))
    table = pd.DataFrame(rangees, columns=["comptage", "n_actions", "nb_min", "nb_max"])
    table["part_certaine"] = [part(bas, haut) for bas, haut in zip(table["nb_min"], table["nb_max"], strict=True)]
    note = "aucune présence relevée" if not n1 else UNE_SEULE if n1 == 1 else COMMUN if commun else PROPRE
    lesquelles = " ; ".join(sorted(noms.get(code, code) for code in suivies.index.astype("str")))
    table = table.assign(note=[note, "", ""], lesquelles=[lesquelles, "", ""])
    return typer(table if len(lignes) or n1 else table.iloc[:0])


@publiable(
    effectifs=("nb_revenus", "nb_uniques"),
    parts={"part_revenus": ("nb_revenus", "nb_uniques")},
    libres=("annee", "n_actions"),
)
def revenus(participations, *, annee: int) -> pd.DataFrame:
    """
    Personnes déjà venues l'année d'avant, d'après leur pseudonyme.

    Returns:
        Une ligne : `annee`, `n_actions` (dont les présences sont relevées), `nb_uniques`, `nb_revenus`,
        `part_revenus`, `note`. Si aucun pseudonyme ne passe d'une année à l'autre, rien ne dit qu'il soit
        conservé : `nb_revenus` est vide, et non zéro.
    """
    lignes, avant = (de_l_annee(participations, an) for an in (annee, annee - 1))
    pseudos = set(lignes["participant_pseudo"])
    retrouves = len(pseudos & set(avant["participant_pseudo"]))
    note = "" if retrouves else "aucun pseudonyme commun aux deux années : le retour ne se mesure pas"
    if avant.empty:
        note = f"aucune présence relevée en {annee - 1}"
    compte = retrouves or pd.NA
    rangee = {"annee": annee, "n_actions": lignes["action_id"].nunique(), "nb_uniques": len(pseudos)}
    rangee |= {"nb_revenus": compte, "part_revenus": part(compte, len(pseudos)), "note": note}
    table = typer(pd.DataFrame([rangee]))
    return table if len(lignes) else table.iloc[:0]


@publiable(
    **SEULE, effectifs=("nb_min", "nb_max"), parts={"part_certaine": ("nb_min", "nb_max")}, libres=("n_actions",)
)
def personnes_uniques(
    beneficiaires, *, annee: int, type_public: str | None = None, participations=None, actions=None
) -> pd.DataFrame:
    """
    Nombre de personnes différentes de l'année (S01), ou d'un public (S13, S25) : deux bornes, égales s'il est exact.

    Args:
        type_public: « enfant_jeune », « parent » ou « professionnel » ; tous sinon.
        participations: présences séance par séance, si leurs pseudonymes sont communs aux actions. Elles ne
            servent que si toutes les actions de l'année y sont : un compte partiel n'est pas un compte exact.
        actions: table des actions, pour ne garder que celles qui visent les parents.

    Returns:
        `perimetre`, `n_actions`, `nb_min` (la plus grande action), `nb_max` (la somme), `part_certaine`
        (nb_min ÷ nb_max), `methode` (« pseudonymes » ou « bornes ») ; aucune ligne sans bénéficiaire relevé.

    >>> lignes = {"action_id": ["a", "b"], "annee": 2024, "type_public": "parent", "nb_uniques": [30, 12]}
    >>> personnes_uniques(pd.DataFrame(lignes), annee=2024)[["nb_min", "nb_max"]].values.tolist()
    [[30, 42]]
    """
    lignes = de_l_annee(beneficiaires, annee)
    if type_public is not None:
        lignes = lignes[lignes["type_public"].eq(type_public)]
    if actions is not None:
        programme = de_l_annee(actions, annee)
        vises = programme.loc[programme["parents_vises"].fillna(False).astype(bool), "action_id"]
        lignes = lignes[lignes["action_id"].isin(vises)]

    def calcul(lignes: pd.DataFrame) -> dict:
        comptes, methode = bornes(lignes), "bornes"
        if participations is not None and type_public is None:
            relevees = de_l_annee(participations, annee)
            if set(lignes["action_id"]) <= set(relevees["action_id"].astype("str")):
                comptes = dict.fromkeys(comptes, relevees["participant_pseudo"].nunique())
                methode = "pseudonymes"
        return {"n_actions": lignes["action_id"].nunique(), **encadrement(comptes), "methode": methode}

    return regrouper(lignes, None, calcul)


@publiable(effectifs=("nb_uniques", "nb_participations"), libres=("annee", "n_seances"))
def presences(participations: pd.DataFrame) -> pd.DataFrame:
    """
    Séances, présences et personnes différentes de chaque action (S02, et S01 quand il est exact).

    Args:
        participations: une ligne par action, séance et participant (`action_id`, `annee`, `seance`,
            `participant_pseudo`) ; dix millions de lignes ne lui font pas peur.

    Returns:
        Une ligne par action et année : `n_seances` (dates différentes), `nb_participations` (présences
        cumulées) et `nb_uniques` (pseudonymes différents).

    >>> lignes = {"action_id": ["A1-01"] * 3, "annee": [2024] * 3}
    >>> jours = pd.to_datetime(["2024-01-10", "2024-01-10", "2024-01-17"])
    >>> presences(pd.DataFrame(lignes | {"seance": jours, "participant_pseudo": ["x1", "x2", "x1"]})).values.tolist()
    [['A1-01', 2024, 2, 3, 2]]
    """
    groupes = participations.groupby(["action_id", "annee"], observed=True)
    comptes = groupes.agg(
        n_seances=("seance", "nunique"),
        nb_participations=("seance", "size"),
        nb_uniques=("participant_pseudo", "nunique"),
    )
    return comptes.reset_index().astype({"action_id": "str"})
