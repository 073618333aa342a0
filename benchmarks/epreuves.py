"""Des essais en mémoire, tirés par milliers : ce que la page lirait d'une cité dont on connaît la vérité.

Ni fichier ni programme : seulement les tables que les analyses d'impact reçoivent, et l'effet vrai qu'elles devraient
retrouver. Le hasard est celui de `simulation.colleges` (séries) et de `simulation.enquetes` (notes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import norm

from citelib.contrats.contraintes import CONSONNES_UAI
from citelib.simulation.colleges import tirer_series
from citelib.simulation.enquetes import DECALAGE, ETENDUE, MOMENT, PERSONNE, noter
from citelib.simulation.monde import EXEMPLE, Alea, du_decor, typees
from citelib.tables import FICTIF, PAR_NOM

DEBUT = 2020
"""Première session, ou première vague, d'après le label."""
REUSSITE, DE_TROP = 0.70, 4
"""Réussite moyenne des collèges tirés ; collèges du vivier que la règle de choix doit laisser."""
DES_COLLEGES = ("taux_reussite", "taux_acces", "part_presents")
MESURES = ("I04", "I06", "I07", "I12", "I14")
"""Indicateurs des essais : les trois des collèges, puis celui de chaque question."""
SUIVIS, CLASSES = "suivis", "classes"
"""Questionnaires : les mêmes élèves aux deux vagues ; d'autres élèves, par classe."""
MAXIMUM, SANS_AVIS = 4, 0.03


@dataclass(frozen=True)
class Essai:
    """
    Les tables d'une cité tirée, dans l'ordre où `impacts` les demande, et la vérité.

    Args:
        tables: arguments des fonctions d'`impacts`.
        annee: dernière année, à leur donner.
        vrai: l'écart vrai ; en part pour les collèges, par unité (« score », « part ») pour une enquête.
    """

    tables: tuple
    annee: int
    vrai: float | Mapping[str, float]


def essai_colleges(alea: Alea, *, n_cite: int, n_comparables: int, avant: int, apres: int, gain: float = 0.0) -> Essai:
    """
    Les collèges d'une cité et leur vivier, dont trois indicateurs gagnent `gain` à partir du label.

    Les trois indicateurs suivent la même loi, sans lien entre eux ; la règle choisit `n_comparables` collèges dans
    un vivier un peu plus grand.

    Args:
        alea: générateur.
        n_cite, n_comparables: nombres de collèges.
        avant, apres: nombres de sessions.
        gain: effet vrai, en part (0,10 : dix points).

    >>> essai = essai_colleges(np.random.default_rng(1), n_cite=2, n_comparables=6, avant=3, apres=1)
    >>> len(essai.tables[0]), essai.annee, essai.tables[3]["comparaison"]
    (48, 2020, {'annee_debut': 2020, 'k': 6})
    """
    annees, n = np.arange(DEBUT - avant, DEBUT + apres), n_cite + n_comparables + DE_TROP
    gains, numeros = [gain] * n_cite + [0.0] * (n - n_cite), 9990101 + np.arange(n)
    tirages = [tirer_series(alea, annees, moyennes=[REUSSITE] * n, gains=gains, debut=DEBUT) for _ in DES_COLLEGES]
    uai = np.array([f"{numero}{CONSONNES_UAI[numero % 23]}" for numero in numeros])
    table = pd.DataFrame(
        {
            "uai": uai.repeat(len(annees)),
            "annee": np.tile(annees, n),
            "nom": np.char.add("Collège fictif ", uai).repeat(len(annees)),
            "commune": "Ville fictive",
            "academie": "Académie fictive",
            "secteur": "public",
            "ep": "REP+",
            "ips": alea.normal(74, 5, n).round(1).repeat(len(annees)),
            "nb_candidats": tirages[0][1].ravel(),
            "cite_educative": (np.arange(n) < n_cite).repeat(len(annees)),
            "perimetre_version": "DNB fictif",
            "source": FICTIF,
        }
        | {nom: y.ravel().round(2) for nom, (y, _) in zip(DES_COLLEGES, tirages, strict=True)}
    )
    vivier = table.reindex(columns=PAR_NOM["colleges"].noms).astype(_types("colleges"))
    ecoles = pd.DataFrame({"uai": uai[:n_cite], "nom": uai[:n_cite], "type": "college"})
    ecoles = ecoles.reindex(columns=PAR_NOM["etablissements"].noms).astype(_types("etablissements"))
    reglages = {"comparaison": {"annee_debut": DEBUT, "k": n_comparables}}
    return Essai((vivier, ecoles, referentiel(), reglages), int(annees[-1]), gain)


def essai_enquete(
    alea: Alea,
    *,
    effet: float = 0.0,
    eleves: int = 160,
    classes: int = 8,
    icc: float = 0.05,
    attrition: float = 0.25,
    choc_classe: float = 0.0,
    choc_cohorte: float = 0.0,
) -> Essai:
    """
    Deux vagues de deux questionnaires : l'un suit les mêmes élèves, l'autre interroge d'autres élèves, par classe.

    Args:
        alea: générateur.
        effet: effet vrai, en écarts-types de l'humeur des élèves.
        eleves, classes: élèves interrogés à chaque vague de chaque questionnaire, et leurs classes.
        icc: part de la variance de l'humeur qui tient à la classe.
        attrition: part des élèves suivis que l'on ne retrouve pas, au hasard ; autant de nouveaux les remplacent.
        choc_classe: écart-type de ce qui arrive à une classe suivie entre les vagues, sans lien avec l'effet.
        choc_cohorte: écart-type entre deux promotions différentes.

    >>> essai = essai_enquete(np.random.default_rng(1), eleves=40)
    >>> essai.tables[0].groupby(["questionnaire", "annee"]).size().tolist(), essai.vrai
    ([80, 80, 80, 80], {'score': 0.0, 'part': 0.0})
    """
    questions = _questions()
    morceaux = []
    for questionnaire in (SUIVIS, CLASSES):
        items = questions[questions["questionnaire"].eq(questionnaire)]
        personnes, classe = np.arange(eleves), np.arange(eleves) % classes
        niveaux = _niveaux(alea, classe, icc)
        for rang, annee in enumerate((DEBUT - 1, DEBUT)):
            if rang and questionnaire == SUIVIS:
                partis = alea.random(eleves) < attrition
                personnes = np.where(partis, personnes + eleves, personnes)
                niveaux = np.where(partis, _niveaux(alea, classe, icc), niveaux)
                niveaux = niveaux + effet + alea.normal(0, choc_classe, classes)[classe]
            elif rang:
                personnes = personnes + eleves
                niveaux = _niveaux(alea, classe, icc) + effet + alea.normal(0, choc_cohorte)
            humeurs = niveaux[:, None] + alea.normal(0, MOMENT, (eleves, len(items)))
            morceaux.append(_reponses(alea, humeurs, items, questionnaire, annee, personnes, classe))
    vrai = {"score": score_attendu(effet) - score_attendu(0), "part": part_attendue(effet) - part_attendue(0)}
    return Essai((pd.concat(morceaux, ignore_index=True), questions, referentiel()), DEBUT, vrai)


def score_attendu(effet: float) -> float:
    """
    Note moyenne d'une population dont l'humeur, centrée et réduite, s'est élevée de `effet`.

    >>> round(score_attendu(0), 2), round(score_attendu(10), 2)
    (2.77, 4.0)
    """
    return 1 + sum(_part_au_moins(note, effet) for note in range(2, MAXIMUM + 1))


def part_attendue(effet: float) -> float:
    """Part de notes dans la moitié haute de l'échelle, dans la même population."""
    return _part_au_moins(MAXIMUM // 2 + 1, effet)


def _part_au_moins(note: int, effet: float) -> float:
    """Part de la population qui répond au moins cette note."""
    seuil = (note - 0.5 - (MAXIMUM + 1) / 2 - DECALAGE) / ETENDUE
    return float(norm.sf((seuil - effet) / np.hypot(PERSONNE, MOMENT)))


def _niveaux(alea: Alea, classe: np.ndarray, icc: float) -> np.ndarray:
    """L'humeur durable de chaque élève : celle de sa classe, et la sienne."""
    de_la_classe = alea.normal(0, np.sqrt(icc), int(classe.max()) + 1)
    return de_la_classe[classe] + alea.normal(0, np.sqrt(PERSONNE**2 - icc), len(classe))


def _reponses(alea, humeurs, items, questionnaire, annee, personnes, classe) -> pd.DataFrame:
    """Les réponses d'une vague, une ligne par élève et question."""
    notes = noter(humeurs, MAXIMUM)
    notes = np.where(items["inverse"].to_numpy(bool), MAXIMUM + 1 - notes, notes)
    textes = notes.astype(int).astype(str).astype(object)
    textes[alea.random(notes.shape) < SANS_AVIS] = "NSP"
    n = len(items)
    return pd.DataFrame(
        {
            "annee": annee,
            "vague": f"T{annee - DEBUT + 1}",
            "questionnaire": questionnaire,
            "repondant_pseudo": [f"k{personne:04d}" for personne in personnes.repeat(n)],
            "classe_pseudo": [f"c{rang:02d}" for rang in classe.repeat(n)],
            "item": np.tile(items["item"].to_numpy(object), len(personnes)),
            "reponse": textes.ravel(),
        }
    ).astype({"annee": "Int64"})


@cache
def referentiel() -> pd.DataFrame:
    """Les indicateurs de l'exemple que ces essais mesurent."""
    tous = _decor("indicateurs")
    return tous[tous["indicateur_code"].isin(MESURES)].reset_index(drop=True)


@cache
def _questions() -> pd.DataFrame:
    """Deux questions de l'exemple, une inverse et une lue en part, posées dans chaque questionnaire."""
    posees = _decor("items").set_index("item", drop=False).loc[["a_l_ecart", "aise_ecole"]]
    deux = [posees.assign(questionnaire=q, libelle=f"{q} : " + posees["libelle"]) for q in (SUIVIS, CLASSES)]
    return pd.concat(deux, ignore_index=True)


def _decor(nom: str) -> pd.DataFrame:
    """Une table toute faite de l'exemple."""
    (bloc,) = (bloc for bloc in EXEMPLE["decor"] if bloc["table"] == nom)
    return typees(PAR_NOM[nom], du_decor(bloc))


@cache
def _types(nom: str) -> dict:
    """Les types des colonnes d'une table."""
    return PAR_NOM[nom].vide().dtypes.to_dict()
