"""La mémoire du comité : ce qui avait été recommandé et décidé avant, et ce que c'est devenu.

On regarde l'année `annee` à la date `au` : les recommandations et les décisions de l'année d'avant, toutes, et les
décisions plus anciennes qui restent ouvertes, reportées d'année en année jusqu'à ce qu'on les ferme.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import de_l_annee, typer
from citelib.partenariat.pilotage import etats
from citelib.tables import OUVERTES, libelle

RECOMMANDATIONS, DECISIONS = "Recommandations", "Décisions"
ANCIENNES = "Décisions plus anciennes, encore ouvertes"
COMPTES = {
    "faite": "n_faites",
    "en_cours": "n_en_cours",
    "a_faire": "n_a_faire",
    "abandonnee": "n_abandonnees",
    "sans_suite": "n_sans_suite",
}
"""Suite donnée → colonne qui la compte, de la mieux suivie à la moins suivie."""
COLONNES = ["sujet", "nature", "annee", "qui", "echeance", "statut", "en_retard", "preuve"]


@publiable(libres=("n_suivies", *COMPTES.values(), "n_en_retard"))
def memoire(recommandations, decisions, *, annee: int, au: dt.date) -> pd.DataFrame:
    """
    Ce que sont devenues les recommandations et les décisions d'avant (P11, P14).

    Args:
        au: date à laquelle on regarde ; ce qui a été fait après n'est pas encore fait.

    Returns:
        `nature` (recommandations et décisions de `annee` − 1 ; décisions plus anciennes encore ouvertes, s'il y en
        a), `n_suivies`, `n_faites`, `n_en_cours`, `n_a_faire`, `n_abandonnees`, `n_sans_suite`, `n_en_retard`
        (ouvertes, échéance passée). Vide la première année, et `attrs["motif"]` le dit.
    """
    lignes = _suivies(recommandations, decisions, annee, au)
    rangees = []
    for nature in (RECOMMANDATIONS, DECISIONS, ANCIENNES):
        ici = lignes[lignes["nature"].eq(nature)]
        comptes = {colonne: int(ici["statut"].eq(statut).sum()) for statut, colonne in COMPTES.items()}
        if len(ici) or (len(lignes) and nature != ANCIENNES):
            retards = int(ici["en_retard"].sum())
            rangees.append({"nature": nature, "n_suivies": len(ici), **comptes, "n_en_retard": retards})
    noms = ["nature", "n_suivies", *COMPTES.values(), "n_en_retard"]
    return _dire(typer(pd.DataFrame(rangees, columns=noms)), annee)


@publiable()
def liste_memoire(recommandations, decisions, *, annee: int, au: dt.date, faites: bool = True) -> pd.DataFrame:
    """
    Chaque recommandation et décision d'avant, ce qui est en retard en tête.

    Args:
        au: voir `memoire`.
        faites: faux pour ne garder que ce qui n'a pas été fait.

    Returns:
        `sujet`, `origine` (« décision de 2023 »), `qui` (fonction), `echeance`, `etat` (« en retard », « à faire »,
        « en cours », « sans suite », « abandonnée » ou « faite »), `preuve`.
    """
    lignes = _suivies(recommandations, decisions, annee, au)
    lignes = lignes if faites else lignes[lignes["statut"].ne("faite")]
    rangs = {statut: rang for rang, statut in enumerate(("a_faire", "en_cours", "sans_suite", "abandonnee", "faite"))}
    table = lignes.assign(
        etat=lignes["statut"].map(libelle).mask(lignes["en_retard"], "en retard"),
        origine=lignes["nature"].map({RECOMMANDATIONS: "recommandation de "}).fillna("décision de ")
        + lignes["annee"].astype("str"),
        rang=lignes["statut"].map(rangs).mask(lignes["en_retard"], -1),
    ).sort_values(["rang", "echeance", "sujet"], kind="stable", ignore_index=True)
    return _dire(table[["sujet", "origine", "qui", "echeance", "etat", "preuve"]], annee)


def _suivies(recommandations: pd.DataFrame, decisions: pd.DataFrame, annee: int, au: dt.date) -> pd.DataFrame:
    """Tout ce dont on doit rendre compte : COLONNES, une ligne par recommandation ou décision."""
    jour = pd.Timestamp(au)
    conseils = de_l_annee(recommandations, annee - 1)
    conseils = conseils.assign(sujet=conseils["texte"], nature=RECOMMANDATIONS, qui=conseils["destinataire_role"])
    prises = decisions[decisions["annee"].lt(annee)]
    prises = etats(prises, au).assign(sujet=prises["libelle"], qui=prises["responsable_role"])
    pas_encore = prises["statut"].eq("faite") & prises["date_execution"].gt(jour)
    prises = prises.assign(statut=prises["statut"].mask(pas_encore, "en_cours"))
    recentes = prises["annee"].eq(annee - 1)
    prises = prises.assign(nature=recentes.map({True: DECISIONS, False: ANCIENNES}))
    lignes = pd.concat([conseils, prises[recentes | prises["statut"].isin(OUVERTES)]], ignore_index=True)
    retard = lignes["statut"].isin(OUVERTES) & lignes["echeance"].le(jour).fillna(False)
    return lignes.assign(en_retard=retard.astype(bool))[COLONNES]


def _dire(table: pd.DataFrame, annee: int) -> pd.DataFrame:
    """La table, et pourquoi elle est vide s'il n'y a rien avant."""
    if table.empty:
        table.attrs["motif"] = f"aucune recommandation ni décision connue avant {annee}, rien à suivre"
    return table
