"""Le suivi des données : ce qui était attendu, ce qui est arrivé, et dans quel état."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from citelib.contrats import Probleme, publiable, sans_accent
from citelib.contrats.cellules import ESTIMEE, NON_COLLECTEE, NON_CONCERNEE, VIDE
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, somme, typer
from citelib.tables import PAR_NOM

ETATS_COLLECTE = ("reçu à temps", "reçu en retard", "en retard", "attendu")
ETATS_CELLULES = {
    VIDE: "n_vides",
    NON_COLLECTEE: "n_non_collectees",
    NON_CONCERNEE: "n_sans_objet",
    ESTIMEE: "n_estimees",
}


@publiable(libres=("jours_retard", "relances", "taux_completude"))
def collecte(collecte: pd.DataFrame, *, annee: int, au: dt.date) -> pd.DataFrame:
    """
    Ce qui était attendu et ce qui est arrivé, à une date donnée.

    Ce qui est arrivé après `au` n'était pas encore là : le suivi se refait tel qu'on l'aurait lu ce jour.

    Returns:
        `table`, `titre`, `producteur`, `attendu_le`, `recu_le`, `etat` (« reçu à temps », « reçu en retard »,
        « en retard », « attendu »), `jours_retard` (vide si l'échéance n'est pas passée), `relances`,
        `taux_completude` (part des champs remplis ; vide si rien n'est arrivé).
    """
    lignes, jour = de_l_annee(collecte, annee).reset_index(drop=True), pd.Timestamp(au)
    recu = lignes["recu_le"].where(lignes["recu_le"] <= jour)
    retard = (recu.fillna(jour) - lignes["attendu_le"]).dt.days
    etat = pd.Series("attendu", index=lignes.index, dtype="str").mask(retard.gt(0), "en retard")
    etat = etat.mask(recu.notna(), "reçu à temps").mask(recu.notna() & retard.gt(0), "reçu en retard")
    table = lignes.assign(
        titre=lignes["table"].map(_titre),
        recu_le=recu,
        etat=etat,
        jours_retard=retard.clip(lower=0).mask(etat.eq("attendu")).astype("Int64"),
        taux_completude=lignes["taux_completude"].mask(recu.isna()),
    )
    textes, dates = ["table", "titre", "producteur"], ["attendu_le", "recu_le"]
    return table[[*textes, *dates, "etat", "jours_retard", "relances", "taux_completude"]]


@publiable(libres=("n_lignes", "taux_lignes", "relances", "jours_retard_median"))
def resume_collecte(table: pd.DataFrame) -> pd.DataFrame:
    """
    Nombre d'envois dans chaque état, dans la table que rend `collecte`.

    Returns:
        `etat` (les quatre, puis « Ensemble »), `n_lignes`, `taux_lignes`, `relances` (leur somme),
        `jours_retard_median` (parmi les retards).
    """
    noms = ["etat", "n_lignes", "taux_lignes", "relances", "jours_retard_median"]
    rangees = []
    for etat in (*ETATS_COLLECTE, ENSEMBLE):
        lignes = table if etat == ENSEMBLE else table[table["etat"].eq(etat)]
        mediane = lignes.loc[lignes["jours_retard"].gt(0), "jours_retard"].median()
        rangees.append((etat, len(lignes), part(len(lignes), len(table)), somme(lignes["relances"]), mediane))
    resume = typer(pd.DataFrame(rangees, columns=noms)).astype({"relances": "Int64"})
    return resume if len(table) else resume.iloc[:0]


@publiable(libres=(*ETATS_CELLULES.values(), "n_avertissements"))
def qualite(etats: pd.DataFrame, problemes: Iterable[Probleme] = ()) -> pd.DataFrame:
    """
    Cellules sans valeur observée, et avertissements du chargement, par table.

    Une cellule vide n'est pas toujours une faute : beaucoup de colonnes sont facultatives. Vide, « NC »,
    « sans objet » et estimation restent quatre choses différentes ; aucune n'est un zéro.

    Args:
        etats: `table`, `colonne`, `etat` : une ligne par cellule particulière (`cite.etats`).
        problemes: avertissements du chargement (`cite.problemes`).

    Returns:
        `table`, `titre`, `n_vides`, `n_non_collectees`, `n_sans_objet`, `n_estimees`, `n_avertissements` ;
        seules les tables concernées, dans l'ordre du dictionnaire, puis les autres fichiers.

    >>> etats = pd.DataFrame({"table": ["actions"] * 2, "colonne": ["uai"] * 2, "etat": ["vide", "estimee"]})
    >>> qualite(etats)[["table", "n_vides", "n_estimees"]].values.tolist()
    [['actions', 1, 1]]
    """
    avertis = pd.DataFrame({"table": [_nom_de_table(probleme.fichier) for probleme in problemes]})
    tout = pd.concat([etats[["table", "etat"]], avertis.assign(etat="n_avertissements")])
    comptes = pd.crosstab(tout["table"], tout["etat"]).rename(columns=ETATS_CELLULES)
    comptes = comptes.reindex(columns=[*ETATS_CELLULES.values(), "n_avertissements"], fill_value=0)
    rangs = {nom: rang for rang, nom in enumerate(PAR_NOM)}
    comptes = comptes.sort_index(key=lambda noms: noms.map(rangs).fillna(len(rangs)), kind="stable").reset_index()
    comptes.insert(1, "titre", comptes["table"].map(_titre))
    return typer(comptes.rename_axis(columns=None))


def _titre(nom: str) -> str:
    """Titre d'une table, ou à défaut le nom donné."""
    return PAR_NOM[nom].titre if nom in PAR_NOM else nom


def _nom_de_table(fichier: str) -> str:
    """Table dont parle un fichier : « actions-2024.xlsx » parle des actions."""
    racine = sans_accent(Path(fichier).stem.split("-")[0])
    return racine if racine in PAR_NOM else fichier
