"""Les collèges de la cité face à leurs semblables : année par année, collège par collège, puis l'écart et son verdict.

Sans année d'avant le label, aucun écart n'est estimé : l'évolution se compare, elle ne s'attribue pas. Aucun calcul
ne traverse un changement de définition, une année exclue, ni la fermeture ou le déplacement d'un collège.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import liste, points, typographie
from citelib.impacts.comparateurs import DANS_LA_CITE, SANS_VIVIER, Regle, groupe_de_comparaison, regle_de
from citelib.impacts.enquetes import DELTA_EN_PART
from citelib.mesures import Comparaison, ajuster_bh, did_colleges, ecarts_annuels, verdict_colleges
from citelib.mesures.comptes import typer

MESURES = {"I04": "taux_reussite", "I06": "taux_acces", "I07": "part_presents"}
"""Indicateurs du référentiel que le vivier porte, et leur colonne."""
CANDIDATS_MINIMAUX = 20
"""Sous ce nombre de candidats, la valeur d'un collège n'est pas lue. Source : le ministère n'en publie pas."""
MOIS_DU_BREVET, JOUR_DU_BREVET = 6, 30
CHIFFRES = ("ecart", "borne_basse", "borne_haute", "p", "q", "ecart_detectable")
COLONNES = ["libelle", "indicateur_code", "unite", *CHIFFRES, "n_cite", "n_comparables", "nb_eleves", "niveau"]
COLONNES += ["verdict", "verdict_code", "phrase"]


@dataclass(frozen=True)
class Etude:
    """
    Un indicateur des collèges de la cité et de leurs semblables, jusqu'à une session.

    Args:
        code: indicateur.
        annee: dernière session lue.
        regle: règle de comparaison de la cité.
        panel: une ligne par collège et session : `unite` (UAI), `nom`, `annee`, `y`, `traite`, `taille`,
            `perimetre_version`.
        notes: ce qui interrompt la série, une phrase chacune.
    """

    code: str
    annee: int
    regle: Regle
    panel: pd.DataFrame
    notes: tuple[str, ...]

    @cached_property
    def recent(self) -> pd.DataFrame:
        """Les seules lignes de la dernière définition : aucun calcul ne traverse un changement de définition."""
        dernier = self.panel.loc[self.panel["annee"].eq(self.panel["annee"].max()), "perimetre_version"]
        return self.panel[self.panel["perimetre_version"].isin(dernier)]

    @cached_property
    def comparaison(self) -> Comparaison:
        """L'écart des évolutions et ce qui le qualifie."""
        return did_colleges(self.recent, annee_debut=self.regle.annee_debut or 0, exclure=self.regle.ruptures)

    @cached_property
    def gardes(self) -> pd.DataFrame:
        """Les lignes des collèges que la comparaison garde, toutes définitions."""
        return self.panel[self.panel["unite"].isin(self.comparaison.changements["unite"])]

    @cached_property
    def bornes(self) -> tuple[int, int] | None:
        """Première et dernière session que tous les collèges gardés ont ; None s'il n'y en a pas deux."""
        annees = [*self.comparaison.avant, *self.comparaison.apres]
        return (annees[0], annees[-1]) if len(annees) > 1 else None

    @property
    def nb_eleves(self) -> int:
        """Candidats des collèges de la cité, à une session moyenne."""
        tailles = self.gardes[self.gardes["traite"]].groupby("unite")["taille"].mean()
        return round(float(tailles.sum()))

    def evolutions(self) -> pd.DataFrame:
        """Par collège gardé : `depart`, `arrivee`, `changement` ; d'avant à après, sinon d'un bout à l'autre."""
        table = self.comparaison.changements.rename(columns={"avant": "depart", "apres": "arrivee"})
        if not self.comparaison.mesuree and self.bornes:
            valeurs = self.recent.pivot(index="unite", columns="annee", values="y")
            bouts = [table["unite"].map(valeurs[annee]).astype(float) for annee in self.bornes]
            table = table.assign(depart=bouts[0], arrivee=bouts[1], changement=bouts[1] - bouts[0])
        return table.assign(nom=table["unite"].map(self.panel.drop_duplicates("unite").set_index("unite")["nom"]))

    def periode(self) -> str:
        """Ce que l'évolution compare."""
        if self.comparaison.mesuree:
            return f"{etendue(self.comparaison.avant)}, puis {etendue(self.comparaison.apres)}"
        return f"de {self.bornes[0]} à {self.bornes[1]}" if self.bornes else "une seule session"


def etudier(colleges, etablissements, reglages: Mapping, *, annee: int, code: str = "I04") -> Etude | None:
    """
    Réunit les valeurs d'un indicateur, pour les collèges de la cité et leurs semblables ; None sans vivier.

    Une valeur qui repose sur moins de 20 candidats n'est pas lue, ni celle d'un collège hors de ses dates de
    validité.

    Args:
        annee: dernière session lue.
        code: une clé de MESURES.
    """
    groupe = groupe_de_comparaison(colleges, etablissements, reglages)
    return _etudier(colleges, etablissements, groupe, regle_de(reglages), annee, code)


def _etudier(colleges, etablissements, groupe: pd.DataFrame, regle: Regle, annee: int, code: str) -> Etude | None:
    """`etudier`, le groupe de comparaison étant déjà choisi : il est le même pour tous les indicateurs."""
    if groupe.empty:
        return None
    roles = groupe.set_index("uai")
    lues = colleges[colleges["uai"].isin(groupe["uai"]) & colleges["annee"].le(annee)]
    lues = lues[lues["nb_candidats"].ge(CANDIDATS_MINIMAUX).fillna(False)]
    panel = pd.DataFrame(
        {
            "unite": lues["uai"],
            "nom": lues["uai"].map(roles["nom"]),
            "annee": lues["annee"].astype(int),
            "y": lues[MESURES[code]].astype("Float64").astype(float),
            "traite": lues["uai"].map(roles["groupe"]).eq(DANS_LA_CITE),
            "taille": lues["nb_candidats"].astype(float),
            "perimetre_version": lues["perimetre_version"].fillna(""),
        }
    ).dropna(subset="y")
    valide, fermes = _en_activite(panel, etablissements)
    panel = panel[valide].sort_values(["annee", "unite"], ignore_index=True)
    if panel.empty or not panel["traite"].any():
        return None
    return Etude(code, annee, regle, panel, (*_ruptures(panel, regle), *fermes))


def etendue(annees: tuple[int, ...]) -> str:
    """
    Des années en quelques mots.

    >>> etendue((2018, 2019, 2021)), etendue((2022,))
    ('2018, 2019 et 2021', '2022')
    """
    suivies = len(annees) > 2 and annees[-1] - annees[0] == len(annees) - 1
    return f"{annees[0]} à {annees[-1]}" if suivies else liste(annees)


def _en_activite(panel: pd.DataFrame, etablissements: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Vrai pour une session passée pendant la validité du collège ; une phrase par collège interrompu."""
    fiches = etablissements.dropna(subset="uai").drop_duplicates("uai").set_index("uai")
    if fiches[["valide_du", "valide_au"]].isna().all(axis=None):
        return pd.Series(True, panel.index), []
    quand = pd.to_datetime([datetime(a, MOIS_DU_BREVET, JOUR_DU_BREVET) for a in panel["annee"]])
    quand = pd.Series(quand, panel.index)
    debut, fin = (panel["unite"].map(fiches[nom]) for nom in ("valide_du", "valide_au"))
    valide = ~((debut > quand).fillna(False) | (fin < quand).fillna(False)).astype(bool)
    noms = panel.loc[~valide].groupby("nom")["annee"].agg(lambda annees: etendue(tuple(sorted(annees))))
    return valide, [f"{nom} : {annees} hors de ses dates de validité, non lues." for nom, annees in noms.items()]


def _ruptures(panel: pd.DataFrame, regle: Regle) -> list[str]:
    """Une phrase par changement de définition et par année exclue."""
    definitions = panel.groupby("annee")["perimetre_version"].first()
    changees = definitions[definitions.ne(definitions.shift()) & (definitions.index > definitions.index[0])]
    dites = [f"La définition change en {annee} : rien n'est comparé à travers cette date." for annee in changees.index]
    exclues = [annee for annee in regle.ruptures if panel["annee"].min() <= annee <= panel["annee"].max()]
    return dites + ([f"Session exclue pour tous : {liste(exclues)} (cite.toml)."] if exclues else [])


@publiable(
    effectifs=("nb_eleves",),
    bases=dict.fromkeys(("moyenne_cite", "moyenne_comparables", "ecart"), "nb_eleves"),
    libres=("annee",),
)
def ecarts_par_annee(colleges, etablissements, reglages: Mapping, *, annee: int, code: str = "I04") -> pd.DataFrame:
    """
    L'écart moyen entre les collèges de la cité et leurs semblables, à chaque session ; sans test d'aucune.

    Returns:
        `serie` (une par définition), `annee`, `unite`, `moyenne_cite`, `moyenne_comparables`, `ecart`, `periode`
        (« avant », « après » ou « exclue »), `nb_eleves` (candidats de la cité).
    """
    etude = etudier(colleges, etablissements, reglages, annee=annee, code=code)
    colonnes = ["serie", "annee", "unite", "moyenne_cite", "moyenne_comparables", "ecart", "periode", "nb_eleves"]
    if etude is None:
        return _vide(colonnes)
    morceaux, seule = [], etude.gardes["perimetre_version"].nunique() == 1
    for perimetre, lignes in etude.gardes.groupby("perimetre_version", sort=False):
        eleves = lignes[lignes["traite"]].groupby("annee")["taille"].sum()
        table = ecarts_annuels(lignes, annee_debut=etude.regle.annee_debut or 0, exclure=etude.regle.ruptures)
        nom = "Cité moins comparables" if seule else f"Cité moins comparables ({perimetre or 'non précisé'})"
        morceaux.append(table.assign(serie=nom, unite="part", nb_eleves=table["annee"].map(eleves).round()))
    table = pd.concat(morceaux, ignore_index=True)
    return typer(table.astype(dict.fromkeys(("moyenne_cite", "moyenne_comparables", "ecart"), "Float64"))[colonnes])


@publiable(effectifs=("nb_candidats",), bases=dict.fromkeys(("depart", "arrivee", "changement"), "nb_candidats"))
def evolutions_par_college(
    colleges, etablissements, reglages: Mapping, *, annee: int, code: str = "I04"
) -> pd.DataFrame:
    """
    L'évolution de chaque collège, de la cité ou de comparaison.

    Returns:
        `nom`, `groupe`, `depart`, `arrivee` (moyennes d'avant et d'après, ou première et dernière sessions),
        `changement`, `nb_candidats`, `periode`. De la plus forte hausse à la plus forte baisse.
    """
    etude = etudier(colleges, etablissements, reglages, annee=annee, code=code)
    colonnes = ["nom", "groupe", "depart", "arrivee", "changement", "nb_candidats", "periode"]
    if etude is None or not etude.bornes:
        return _vide(colonnes)
    table = etude.evolutions().sort_values(["changement", "nom"], ascending=[False, True], ignore_index=True)
    groupe = table["traite"].map({True: DANS_LA_CITE, False: "de comparaison"})
    table = table.assign(groupe=groupe, nb_candidats=table["taille"].round(), periode=etude.periode())
    return typer(table.astype(dict.fromkeys(("depart", "arrivee", "changement"), "Float64"))[colonnes])


@publiable(effectifs=("nb_eleves",), bases=dict.fromkeys(CHIFFRES, "nb_eleves"), libres=("n_cite", "n_comparables"))
def comparaisons(colleges, etablissements, indicateurs, reglages: Mapping, *, annee: int) -> pd.DataFrame:
    """
    Pour chaque indicateur : l'écart des évolutions, son intervalle, ce qui était détectable et le verdict.

    Les probabilités des indicateurs sont corrigées ensemble (Benjamini et Hochberg).

    Returns:
        `libelle`, `indicateur_code`, `unite`, `ecart`, `borne_basse`, `borne_haute`, `p`, `q`, `ecart_detectable`,
        `n_cite`, `n_comparables` (collèges), `nb_eleves`, `niveau` (A à E), `verdict`, `verdict_code`, `phrase`.
    """
    fiches = indicateurs.drop_duplicates("indicateur_code").set_index("indicateur_code")
    retenues = fiches[fiches.index.isin(MESURES) & fiches["sens"].isin(("hausse", "baisse"))]
    groupe, regle = groupe_de_comparaison(colleges, etablissements, reglages), regle_de(reglages)
    etudes = [_etudier(colleges, etablissements, groupe, regle, annee, code) for code in retenues.index]
    etudes = [etude for etude in etudes if etude is not None]
    corrigees = ajuster_bh([e.comparaison.estimation.p if e.comparaison.testee else None for e in etudes])
    rangees = [
        _rangee(etude, retenues.loc[etude.code], None if pd.isna(q) else float(q))
        for etude, q in zip(etudes, corrigees, strict=True)
    ]
    if not rangees:
        return _vide(COLONNES)
    table = pd.DataFrame(rangees, columns=COLONNES).astype(dict.fromkeys(CHIFFRES, "Float64"))
    return typer(table.assign(**{nom: table[nom].mask(table[nom].isna()) for nom in CHIFFRES}))


def delta_de(fiche: Mapping) -> float:
    """Le plus petit changement qui compte, en part."""
    return DELTA_EN_PART if pd.isna(fiche["delta"]) else float(fiche["delta"])


def _rangee(etude: Etude, fiche: pd.Series, q: float | None) -> dict:
    """Une ligne de `comparaisons`."""
    lue, delta = etude.comparaison, delta_de(fiche)
    rendu = verdict_colleges(lue, delta=delta, sens=fiche["sens"], q=q)
    niveau, estimation = lue.niveau(delta), lue.estimation
    phrase = rendu.phrase if lue.testee else f"{rendu.phrase} {_decrite(etude)}".strip()
    # sans test, aucun nombre ne doit passer pour un effet : la figure montre les deux groupes
    chiffres = (*estimation.trio, estimation.p, q, lue.emd) if lue.testee else [None] * len(CHIFFRES)
    return {
        "libelle": fiche["libelle"],
        "indicateur_code": etude.code,
        "unite": "part",
        **dict(zip(CHIFFRES, chiffres, strict=True)),
        "n_cite": lue.n_cite,
        "n_comparables": lue.n_comparables,
        "nb_eleves": etude.nb_eleves,
        "niveau": "C" if niveau == "E" and etude.bornes else niveau,
        "verdict": rendu.libelle,
        "verdict_code": rendu.code,
        "phrase": typographie(phrase),
    }


def _decrite(etude: Etude) -> str:
    """L'évolution des deux groupes, sans rien en conclure."""
    if not etude.bornes:
        return ""
    table = etude.evolutions()
    moyennes = [table.loc[table["traite"].eq(cote), "changement"].mean() for cote in (True, False)]
    ecrits = [points(moyenne, 1) for moyenne in moyennes]
    groupes = f"{ecrits[0]} dans les collèges de la cité, {ecrits[1]} dans les collèges comparables"
    return f"Évolution comparée, {etude.periode()} : {groupes}."


def _vide(colonnes: list[str]) -> pd.DataFrame:
    """Une table sans ligne, qui dit pourquoi."""
    table = pd.DataFrame(columns=colonnes)
    table.attrs["motif"] = SANS_VIVIER
    return table
