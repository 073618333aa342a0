"""Ce que l'on compare sans classer personne : catégories d'acteurs, pilotes, vagues ; et la fidélité de l'outil.

Un écart n'est donné que si chaque groupe comparé compte assez de répondants. Les indices de chaque groupe ne le sont
pas : avec le profil de tous, ils rendraient par soustraction les réponses d'un groupe trop petit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import liste
from citelib.mesures.comptes import ENSEMBLE
from citelib.mesures.echelles import JUGEMENTS, fiabilite
from citelib.mesures.estimation import REPONSES_MINIMALES
from citelib.partenariat.instruments import notes_par_question, reponses_a
from citelib.partenariat.questionnaires import repartition, vide_si
from citelib.tables import libelle

GROUPE_MINIMUM = 5
"""Répondants de chaque groupe comparé. Source : domaine, règle de publication."""
RECOUVREMENT_MINIMUM = 0.6
"""Part commune à deux vagues sous laquelle elles ne se comparent pas. Source : note de méthode."""
PROCHES = 15
"""Écart d'indice, en points sur 100, au-delà duquel des avis sont dits différents ; seuil de citelib."""
ECART_PILOTES = "Écart entre pilotes"
CONTRAT = {"effectifs": ("nb_repondants",), "bases": {"ecart_indice": "nb_repondants"}}


@publiable(**CONTRAT, libres=("n_categories",))
def accord_categories(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Les catégories d'acteurs répondent-elles de la même façon ?

    Returns:
        `condition` (puis « Ensemble »), `n_categories` comparées, `nb_repondants` (plus petite catégorie),
        `ecart_indice` (plus haut − plus bas), `accord` (« avis proches » ou « avis différents »). Vide si moins de
        deux catégories comptent cinq répondants.
    """
    instrument, lignes, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument)
    combien = lignes.groupby("categorie")["repondant"].nunique()
    groupes = list(combien[combien.ge(GROUPE_MINIMUM)].index)
    if not motif and len(groupes) < 2:
        motif = f"il faudrait deux catégories d'acteurs d'au moins {GROUPE_MINIMUM} répondants"
    table = _ecarts(lignes, groupes, motif, instrument)
    proches = table["ecart_indice"].le(PROCHES).map({True: "avis proches", False: "avis différents"})
    table = table.assign(accord=proches.where(table["ecart_indice"].notna(), "").astype("str"))
    table.insert(1, "n_categories", pd.array([len(groupes)] * len(table), dtype="Int64"))
    return table


@publiable(**CONTRAT)
def ecart_pilotes(reponses_partenaires, structures, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Écart entre les catégories de pilotes sur l'indice de chaque condition (P04).

    On compte ici des personnes : un pilote est une institution, et plusieurs de ses membres répondent. Vide sous cinq
    répondants par pilote : un écart entre deux personnes n'en est pas un entre institutions.

    Returns:
        `condition` (puis « Écart entre pilotes », toutes questions réunies), `nb_repondants` (plus petit groupe),
        `ecart_indice` (plus haut − plus bas).
    """
    instrument, lignes, motif = reponses_a(
        reponses_partenaires, annee=annee, instrument=instrument, par_organisme=False
    )
    pilotes = structures.loc[structures["pilote"].fillna(False).astype(bool), "categorie"].unique()
    combien = [lignes.loc[lignes["categorie"].eq(code), "repondant"].nunique() for code in pilotes]
    if not motif and (len(pilotes) < 2 or min(combien) < GROUPE_MINIMUM):
        noms = liste(libelle(code) for code in pilotes)
        motif = f"il faudrait au moins {GROUPE_MINIMUM} répondants pour chaque pilote ({noms})"
    return _ecarts(lignes, pilotes, motif, instrument, ensemble=ECART_PILOTES)


def _ecarts(
    lignes: pd.DataFrame, groupes: Iterable[str], motif: str, instrument: Mapping, *, ensemble: str = ENSEMBLE
) -> pd.DataFrame:
    """Écart d'indice entre des catégories, condition par condition puis toutes réunies."""
    conditions = {d["libelle"]: d["questions"] for d in instrument["dimension"]}
    conditions[ensemble] = [numero for numeros in conditions.values() for numero in numeros]
    rangees = []
    for nom, numeros in conditions.items() if not motif else ():
        ici = lignes[lignes["item"].isin(numeros) & lignes["reponse"].isin(instrument["reponses"])]
        siennes = [ici[ici["categorie"].eq(code)] for code in groupes]
        n = min(reponses["repondant"].nunique() for reponses in siennes)
        indices = [repartition(reponses)["indice"] for reponses in siennes] if n >= GROUPE_MINIMUM else []
        rangees.append((nom, n, max(indices) - min(indices) if indices else pd.NA))
    return vide_si(motif, rangees, ["ecart_indice"], ["condition", "nb_repondants", "ecart_indice"])


@publiable(
    effectifs=("nb_repondants", "nb_autres", "nb_total"),
    bases={"ecart_indice": "nb_total"},
    total_colonne="nb_total",
    additives=("nb_repondants", "nb_autres"),
    libres=("annee_avant",),
)
def evolution_conditions(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Ce que les mêmes répondants disent d'une vague à la suivante.

    Les deux vagues ne se comparent que si 60 % au moins de la plus grande a répondu aux deux, et sur ceux-là seuls.
    Le profil de tous moins celui des communs rendrait les réponses des autres : s'ils sont trop peu, rien n'est donné ;
    les indices eux-mêmes, qui rendraient de petits comptes, ne le sont jamais.

    Returns:
        `condition`, `annee_avant`, `nb_repondants` (communs aux deux vagues), `nb_autres` (ceux d'une seule vague, là
        où ils sont le moins), `nb_total`, `ecart_indice` (positif : plus favorable qu'avant). Vide, et
        `attrs["motif"]` dit pourquoi : première vague, trop peu de répondants communs, ou trop peu d'autres.

    Source:
        Règle des 60 % : domaine, forme de restitution.
    """
    instrument, apres, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument)
    anciennes = reponses_partenaires[reponses_partenaires["instrument"].eq(instrument["sigle"])]["annee"]
    avant = anciennes[anciennes.lt(annee)].max()
    colonnes = ["condition", "annee_avant", "nb_repondants", "nb_autres", "nb_total", "ecart_indice"]
    if not motif and pd.isna(avant):
        motif = f"première vague du questionnaire {instrument['sigle']}, rien à comparer"
    rangees = []
    if not motif:
        avant = int(avant)
        _, ancienne, motif = reponses_a(reponses_partenaires, annee=avant, instrument=instrument)
        qui = [set(vague["repondant"]) for vague in (ancienne, apres)]
        communs = set.intersection(*qui)
        if not motif and len(communs) < RECOUVREMENT_MINIMUM * max(map(len, qui)):
            seuil = round(100 * RECOUVREMENT_MINIMUM)
            motif = f"moins de {seuil} % des mêmes organismes ont répondu en {avant} et en {annee}"
        elif not motif and len(communs) < GROUPE_MINIMUM:
            motif = f"il faudrait au moins {GROUPE_MINIMUM} répondants communs aux deux vagues"
        autres = min((len(vague - communs) for vague in qui if vague - communs), default=0)
        if not motif and 0 < autres < GROUPE_MINIMUM:
            motif = "trop peu de répondants d'une seule vague : leurs réponses se retrouveraient par soustraction"
        vagues = [vague[vague["repondant"].isin(communs)] for vague in (ancienne, apres)]
        for dimension in instrument["dimension"]:
            siennes = [repartition(v[v["item"].isin(dimension["questions"])])["indice"] for v in vagues]
            combien = (len(communs), autres, len(communs) + autres)
            rangees.append((dimension["libelle"], avant, *combien, siennes[1] - siennes[0]))
    return vide_si(motif, rangees, ["ecart_indice"], colonnes).astype({"annee_avant": "Int64"})


@publiable(
    effectifs=("nb_repondants",),
    bases=dict.fromkeys(("alpha", "borne_basse", "borne_haute"), "nb_repondants"),
    libres=("n_questions",),
)
def fidelite(reponses_partenaires, *, annee: int, instrument: Mapping | None = None) -> pd.DataFrame:
    """
    Les questions d'une même dimension mesurent-elles la même chose ? (alpha de Cronbach)

    Args:
        instrument: à trois réponses ou noté ; celui de `instrument_de` sinon.

    Returns:
        `condition` (celles de deux questions ou plus), `n_questions`, `nb_repondants` (réponses complètes), `alpha`,
        `borne_basse`, `borne_haute`, `lecture`. Vide sous 30 répondants : l'intervalle serait trop large.
    """
    instrument, lignes, motif = reponses_a(reponses_partenaires, annee=annee, instrument=instrument)
    if not motif and lignes["repondant"].nunique() < REPONSES_MINIMALES:
        motif = f"il faudrait au moins {REPONSES_MINIMALES} répondants pour juger de la fidélité du questionnaire"
    grille, rangees = notes_par_question(lignes, instrument), []
    for dimension in instrument["dimension"]:
        questions = dimension["questions"]
        if motif or len(questions) < 2:
            continue
        lue = fiabilite(grille.reindex(columns=questions))
        bornes = (pd.NA if pd.isna(v) else v for v in lue.alpha.trio)
        rangees.append((dimension["libelle"], len(questions), int(lue.alpha.n), *bornes, JUGEMENTS[lue.code]))
    colonnes = ["condition", "n_questions", "nb_repondants", "alpha", "borne_basse", "borne_haute", "lecture"]
    return vide_si(motif, rangees, colonnes[3:6], colonnes)
