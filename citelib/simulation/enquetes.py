"""Les enquêtes inventées : bénéficiaires suivis de vague en vague, partenaires interrogés chaque année."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np

from citelib.simulation.monde import Alea, Lignes, Monde, pseudo

TAILLES = {"jeunes": 122, "parents": 58}
N_VPAT = 12
VAGUES = ("T0", "T1", "T2")
DECALAGE, ETENDUE = 0.3, 0.9
"""De l'humeur à la note : on répond un peu au-dessus du milieu, et une humeur d'écart déplace de presque une note."""
PERSONNE, MOMENT = 0.66, 0.75
"""Écarts-types de l'humeur : d'une personne à l'autre, d'une question et d'un jour à l'autre ; ensemble, un."""
CATEGORIES = ("etat", "education_nationale", "ville", "association", "centre_social", "parents_habitants")
ODAP = (85, 80, 45, 60, 82, 62, 55, 70, 75, 78, 72, 45, 30, 20, 48, 32, 58, 64)
"""Aisance de chaque question du diagnostic de partenariat, de 0 (tous C) à 100 (tous A)."""


def reponses_beneficiaires(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Une vague : la moitié des répondants étaient de la précédente, sous le même pseudonyme."""
    vagues = dict(zip(monde.annees[-len(VAGUES) :], VAGUES, strict=False))
    if annee not in vagues:
        return
    rang = VAGUES.index(vagues[annee])
    suivies = {action["action_id"] for action in monde.de("actions", annee)}
    for questionnaire, taille in TAILLES.items():
        questions = [item for item in monde.lignes["items"] if item["questionnaire"] == questionnaire]
        for personne in _panel(monde, questionnaire)[rang * (taille // 2) :][:taille]:
            age = "adulte" if questionnaire == "parents" else "11-15" if personne["age"] + rang <= 15 else "16-17"
            action = personne["action_id"] if personne["action_id"] in suivies else None
            vague = {"vague": vagues[annee], "questionnaire": questionnaire, "tranche_age": age, "action_id": action}
            for question in questions:
                humeur = personne["niveau"] + alea.normal(0, MOMENT) + monde.effet * (rang > 0)
                yield personne | vague | {"item": question["item"], "reponse": _reponse(humeur, question, alea)}


def invitations(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Ce qu'on a proposé à chaque âge et sexe : deux à quatre invités pour deux répondants."""
    personnes = {ligne["repondant_pseudo"]: ligne for ligne in monde.de("reponses_beneficiaires", annee)}
    cases = Counter(
        (ligne["vague"], ligne["questionnaire"], ligne["tranche_age"], "F" if ligne["sexe"] == "NR" else ligne["sexe"])
        for ligne in personnes.values()
    )
    for (vague, questionnaire, age, sexe), n in sorted(cases.items()):
        cle = {"vague": vague, "questionnaire": questionnaire, "tranche_age": age, "sexe": sexe}
        yield cle | {"nb_invites": int(n * alea.uniform(1.2, 2)) + 2}


def _panel(monde: Monde, questionnaire: str) -> Lignes:
    """Les personnes qui pourront répondre, et ce qui ne change pas chez elles d'une vague à l'autre."""
    alea, taille, actions = monde.alea(f"panel {questionnaire}"), TAILLES[questionnaire], []
    if questionnaire == "jeunes":
        communes = set.intersection(*({a["action_id"] for a in monde.de("actions", an)} for an in monde.annees))
        college = [f for f in monde.fiches if f["public"] == "jeunes" and f["age_max"] >= 11 and f["age_min"] <= 14]
        actions = sorted(communes & {fiche["action_id"] for fiche in college})[:8]
    return [
        {
            "repondant_pseudo": pseudo(alea, "k"),
            "sexe": str(alea.choice(["F", "G", "NR"], p=[0.5, 0.46, 0.04] if actions else [0.78, 0.2, 0.02])),
            "classe_pseudo": f"c{alea.integers(1, 11):02d}" if actions else None,
            "action_id": str(alea.choice(actions)) if actions and alea.random() < 0.7 else None,
            "age": int(alea.integers(11, 14)),
            "niveau": float(alea.normal(0, PERSONNE)),
        }
        for _ in range(taille + taille // 2 * (len(VAGUES) - 1))
    ]


def _reponse(humeur: float, question: dict, alea: Alea) -> str:
    """La note d'une humeur centrée et réduite ; parfois « ne sait pas »."""
    if alea.random() < 0.03:
        return "NSP"
    maxi = question["echelle_max"]
    note = int(noter(humeur, maxi))
    return str(maxi + 1 - note if question["inverse"] else note)


def noter(humeur, maxi: int):
    """
    La note entière d'une humeur centrée et réduite, ou de plusieurs : l'échelle va de 1 à `maxi`.

    >>> noter(np.array([-3.0, 0.0, 3.0]), 4).tolist()
    [1.0, 3.0, 4.0]
    """
    return np.clip(np.rint((maxi + 1) / 2 + DECALAGE + ETENDUE * humeur), 1, maxi)


def reponses_partenaires(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Le diagnostic de partenariat chaque année, le questionnaire long la dernière."""
    n_repondants = int(alea.integers(23, 29))
    organismes = _organismes(monde, annee)
    for rang, aisance in enumerate(alea.normal(0, 9, n_repondants)):
        repondant = {
            "vague": str(annee),
            "repondant_pseudo": pseudo(alea, "p"),
            "categorie": CATEGORIES[rang % len(CATEGORIES)],
            "structure_id": next(organismes[CATEGORIES[rang % len(CATEGORIES)]], None),
            "anciennete": str(alea.choice(["moins_1_an", "1_a_3_ans", "plus_3_ans"], p=[0.2, 0.45, 0.35])),
        }
        for item, facilite in enumerate(ODAP, 1):
            yield repondant | {"instrument": "ODAP", "item": item, "reponse": _lettre(facilite + aisance, alea)}
        if annee == monde.annees[-1] and rang < N_VPAT:
            notes = np.clip(np.round(alea.normal(3.6 + aisance / 30, 0.9, 35)), 1, 5).astype(int)
            for item, note in enumerate(notes, 1):
                yield repondant | {"instrument": "VPAT", "item": item, "reponse": str(note)}


def _organismes(monde: Monde, annee: int) -> dict[str, Iterator[str]]:
    """
    Par catégorie, l'organisme de chaque répondant, dans l'ordre ; un hasard à part, qui ne change pas les réponses.

    Les trois pilotes répondent à plusieurs personnes ; les habitants répondent pour eux-mêmes. Un organisme sur huit
    ne répond pas cette année-là.
    """
    alea = monde.alea("organismes des partenaires interrogés", annee)
    suites = {}
    for categorie in CATEGORIES:
        siens = [o["structure_id"] for o in monde.toutes("structures") if o["categorie"] == categorie]
        venus = [organisme for organisme in siens if alea.random() > 0.12] or siens
        suites[categorie] = itertools.cycle(venus) if venus and categorie != "parents_habitants" else iter(())
    return suites


def _lettre(facilite: float, alea: Alea) -> str:
    """A, B ou C selon l'aisance, ou « ne sait pas »."""
    if alea.random() < 0.04:
        return "NSP"
    return "CBA"[int(alea.binomial(2, np.clip(facilite, 2, 98) / 100))]
