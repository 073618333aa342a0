"""Égalité : filles et garçons ont-ils la même place dans les actions ?

La part de filles se calcule sur les seules inscriptions d'enfants et de jeunes dont le sexe est connu ; les
autres se comptent à côté. Zone visée : de 45 à 55 % (S06). L'égalité, très présente dans les plans d'action,
est rarement évaluée (INJEP, note sur 51 protocoles).
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import part, publiable_par, regrouper
from citelib.resultats.publics import DES_ACTIONS, DES_JEUNES, INSCRIPTIONS, croiser, de_l_action, des_jeunes
from citelib.tables import TRANCHES_AGE, libelle

ZONE = (0.45, 0.55)
"""Zone visée pour la part de filles. Source : référentiel, S06."""
EXTREMES = (0.3, 0.7)
"""Au-delà, une action est déséquilibrée ; convention de la maison, à valider par le comité technique."""
SEXES_CONNUS = 20
"""Sexes connus en deçà desquels une action n'entre pas dans la liste : un pourcentage y serait trompeur."""
COMPTES = ("nb_filles", "nb_garcons", "nb_sexe_connu", "nb_non_renseigne")
PAR = ("tranche_age", *DES_ACTIONS)
SEXES = {"nb_filles": "F", "nb_garcons": "G", "nb_non_renseigne": "NR"}
CONTRAT = {
    "effectifs": COMPTES,
    "parts": {"part_filles": ("nb_filles", "nb_sexe_connu")},
    "total_colonne": "nb_sexe_connu",
    "additives": ("nb_filles", "nb_garcons"),
    "population": INSCRIPTIONS,
    "fixes": DES_JEUNES,
    "dimensions": {par: "action" if par == "intitule" else par for par in PAR},
    "mesures": {nom: ("nb_max", {"sexe": libelle(code)}) for nom, code in SEXES.items()},
    "reunions": {"nb_max": ("nb_sexe_connu", "nb_non_renseigne")},
}


def _sexes(lignes: pd.DataFrame) -> dict:
    """Inscriptions par sexe, et part de filles parmi ceux que l'on connaît."""
    comptes = croiser(lignes, "sexe", SEXES)
    connus = comptes["nb_filles"] + comptes["nb_garcons"]
    return comptes | {"nb_sexe_connu": connus, "part_filles": part(comptes["nb_filles"], connus)}


@publiable_par(**CONTRAT)
def age_et_sexe(beneficiaires, *, annee: int) -> pd.DataFrame:
    """
    Inscriptions d'enfants et de jeunes par tranche d'âge et sexe, part de filles, sexe connu (S06).

    Les six tranches sont toujours là, même à zéro : la petite enfance s'oublie vite.

    Returns:
        `tranche_age` (puis « Ensemble »), `nb_filles`, `nb_garcons`, `nb_sexe_connu`, `part_filles`,
        `nb_non_renseigne`.
    """
    table = part_filles(beneficiaires, annee=annee, par="tranche_age")
    if len(table):
        modalites = list(dict.fromkeys([*TRANCHES_AGE, *table["tranche_age"]]))
        table = table.set_index("tranche_age").reindex(modalites).reset_index().fillna(dict.fromkeys(COMPTES, 0))
    return table


@publiable_par(**CONTRAT)
def part_filles(beneficiaires, *, annee: int, par: str, actions=None) -> pd.DataFrame:
    """
    Part de filles parmi les inscriptions d'enfants et de jeunes, sexe connu (S06).

    Args:
        par: « tranche_age », ou une colonne des actions : « axe », « theme », « temps » (de l'enfant).
        actions: table des actions, sauf pour les tranches d'âge.

    Returns:
        `par` (puis « Ensemble »), `nb_filles`, `nb_garcons`, `nb_sexe_connu`, `part_filles`,
        `nb_non_renseigne`.
    """
    lignes = de_l_action(des_jeunes(beneficiaires, annee), actions, annee=annee, par=par)
    table = regrouper(lignes.fillna({"tranche_age": "NR"}), par, _sexes, acceptes=PAR)
    return table[[par, *COMPTES[:3], "part_filles", "nb_non_renseigne"]]


@publiable(**CONTRAT)
def filles_par_action(beneficiaires, actions, *, annee: int) -> pd.DataFrame:
    """
    Part de filles de chaque action d'au moins 20 inscriptions de sexe connu.

    Les écarts se retiennent après protection (`constats.hors_zone`) : une liste dressée avant dirait d'une
    action masquée qu'elle est déséquilibrée.

    Returns:
        `intitule`, `nb_filles`, `nb_garcons`, `nb_sexe_connu`, `part_filles`, `nb_non_renseigne`.
    """
    table = part_filles(beneficiaires, annee=annee, par="intitule", actions=actions)
    # sans son total, chaque action se protège seule
    return table.iloc[:-1][table["nb_sexe_connu"].iloc[:-1].ge(SEXES_CONNUS)].reset_index(drop=True)
