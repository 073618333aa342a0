"""Remonter d'un chiffre aux lignes reçues d'où il vient : la table, et pour chaque ligne son fichier et sa place.

Le lien d'un constat à ses lignes est déclaré dans gabarits/constats.toml (`lignes`) : il ne se devine pas du code.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from citelib.chargement import Cite
from citelib.constats.constat import MODELES, Constat
from citelib.exploration.choix import inconnu
from citelib.exploration.filtres import rattachees, retenues
from citelib.exploration.triable import Triable
from citelib.formats import accord, typographie
from citelib.tableaux.cellules import Affichable, en_tetes
from citelib.tables import COMMUNES, PAR_NOM

REFERENTIELS = ("colleges", "etablissements", "indicateurs", "items", "populations", "quartiers", "structures")
"""Les tables qui ne se lisent pas année par année : leur millésime n'est pas celui du programme."""
GESTION = {colonne.nom for colonne in COMMUNES}
ORIGINE = {"fichier": "Fichier", "feuille": "Feuille", "ligne": "Ligne"}
EXPLICATION = re.compile(r" ?[,:;(]")
"""Ce qui suit, dans le titre d'une colonne, l'explique à qui la remplit : un tableau à lire s'en passe."""


@dataclass(frozen=True, repr=False)
class Lignes(Affichable):
    """
    Les lignes d'où vient un chiffre, table par table : `lignes["actions"]` est une table de pandas.

    Args:
        titre: ce dont ce sont les lignes.
        tables: nom de la table → ses lignes ; les colonnes `fichier`, `feuille` et `ligne` disent d'où elles viennent.
    """

    titre: str
    tables: Mapping[str, pd.DataFrame]

    def __getitem__(self, nom: str) -> pd.DataFrame:
        return self.tables[nom]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    @property
    def triables(self) -> list[Triable]:
        """Un tableau par table, l'origine de chaque ligne en tête, sous les titres abrégés du dictionnaire."""
        return [
            Triable(table, f"{PAR_NOM[nom].titre} : {accord(len(table), 'ligne')}", _titres(nom, table))
            for nom, table in self.tables.items()
        ]

    def html(self) -> str:
        """Les tableaux, l'un sous l'autre."""
        return "".join(triable.html() for triable in self.triables)

    def texte(self) -> str:
        """Les tableaux, sans mise en page."""
        return "\n\n".join([typographie(self.titre), *(triable.texte() for triable in self.triables)])


def lignes_de(cite: Cite, constat: Constat | str, *, annee: int) -> Lignes:
    """
    Les lignes reçues d'où vient un constat.

    Args:
        cite: la cité.
        constat: un constat, ou son code (« realisation.taux_strict »).
        annee: année du programme.

    Raises:
        ErreurParametre: si aucun constat ne porte ce code ; elle propose le plus proche.
    """
    code = constat.code if isinstance(constat, Constat) else constat
    if code not in MODELES:
        raise inconnu("Constat inconnu", code, difflib.get_close_matches(str(code), MODELES, 1), MODELES)
    conditions = MODELES[code]["lignes"]
    trouvees = lignes_de_la_cite(cite, conditions, annee=annee, conditions=conditions)
    return Lignes(f"Les lignes de « {code} »", trouvees.tables)


def lignes_de_la_cite(
    cite: Cite,
    noms: Iterable[str],
    *,
    annee: int,
    filtres: Mapping[str, str] | None = None,
    conditions: Mapping[str, Mapping] | None = None,
) -> Lignes:
    """
    Les lignes d'une année, dans plusieurs tables, et d'où chacune vient.

    Args:
        cite: la cité.
        noms: les tables.
        annee: année du programme ; une table de référence (`REFERENTIELS`) est rendue entière.
        filtres: dimension → code, voir `filtres.retenues`.
        conditions: table → colonne → la valeur, la liste, ou {"sauf": …}, qu'elle doit avoir. Une table qui porte la
            clé d'une autre ne garde que les lignes que celle-ci retient.
    """
    conditions = conditions or {}
    voulues = {nom: getattr(cite, nom)[_remplies(getattr(cite, nom), posees)] for nom, posees in conditions.items()}
    tables = {}
    for nom in noms:
        table = voulues.get(nom, getattr(cite, nom))
        gardees = retenues(nom, table, cite.actions, filtres or {})
        if nom not in REFERENTIELS:
            gardees &= table["annee"].eq(annee).fillna(False).astype(bool)
        for autre, siennes in voulues.items():
            if conditions[autre] and autre != nom:
                gardees &= rattachees(table, siennes, PAR_NOM[autre].cle)
        tables[nom] = _avec_origine(cite, nom, table[gardees])
    return Lignes(typographie(f"Les lignes de {annee}"), tables)


def _remplies(table: pd.DataFrame, conditions: Mapping) -> pd.Series:
    """
    Les lignes où chaque colonne a une valeur permise ; une valeur absente ne l'est jamais.

    >>> table = pd.DataFrame({"statut": ["realisee", "annulee", "reportee", None]})
    >>> _remplies(table, {"statut": ["annulee", "reportee"]}).tolist()
    [False, True, True, False]
    >>> _remplies(table, {"statut": {"sauf": "annulee"}}).tolist()
    [True, False, True, False]
    """
    gardees = pd.Series(True, index=table.index)
    for colonne, voulue in conditions.items():
        sauf = isinstance(voulue, dict)
        dites = voulue["sauf"] if sauf else voulue
        trouvees = table[colonne].isin(dites if isinstance(dites, list) else [dites]).fillna(False).astype(bool)
        gardees &= table[colonne].notna() & (trouvees ^ sauf)
    return gardees


def _avec_origine(cite: Cite, nom: str, lignes: pd.DataFrame) -> pd.DataFrame:
    """Les lignes, précédées du fichier, de la feuille et de la ligne que montre un tableur."""
    origine = cite.lectures[nom].origine
    return origine.loc[lignes.index, [*ORIGINE]].join(lignes) if len(origine) else lignes


def _titres(nom: str, table: pd.DataFrame) -> dict[str, str]:
    """Les titres, courts, des colonnes qui disent quelque chose ; ni colonne vide, ni colonne de gestion."""
    courts = {colonne.nom: EXPLICATION.split(colonne.titre, 1)[0] for colonne in PAR_NOM[nom].colonnes}
    titres = {**courts, **en_tetes(), **ORIGINE}
    utiles = [colonne for colonne in table if colonne not in GESTION and _est_dite(table[colonne])]
    return {colonne: titres[colonne] for colonne in utiles or table.columns}


def _est_dite(colonne: pd.Series) -> bool:
    """Vrai si une ligne au moins y écrit quelque chose."""
    return bool((colonne.notna() & colonne.astype(str).ne("")).any())
