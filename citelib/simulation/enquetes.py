"""Les enquêtes inventées : bénéficiaires suivis de vague en vague, partenaires interrogés chaque année."""

from __future__ import annotations

import numpy as np

from citelib.simulation.monde import Alea, Lignes, Monde, pseudo

N_JEUNES, N_PARENTS, N_SOLLICITES, N_VPAT = 122, 58, 41, 12
VAGUES = ("T0", "T1", "T2")
ODAP = (85, 80, 45, 60, 82, 62, 55, 70, 75, 78, 72, 45, 30, 20, 48, 32, 58, 64)
"""Aisance de chaque question du diagnostic de partenariat, de 0 (tous C) à 100 (tous A)."""


def reponses_beneficiaires(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Une vague : la moitié des répondants étaient de la précédente, sous le même pseudonyme."""
    vagues = dict(zip(monde.annees[-len(VAGUES) :], VAGUES, strict=False))
    if annee not in vagues:
        return []
    rang = VAGUES.index(vagues[annee])
    lignes = []
    for questionnaire, taille in (("jeunes", N_JEUNES), ("parents", N_PARENTS)):
        questions = [item for item in monde.lignes["items"] if item["questionnaire"] == questionnaire]
        panel = _panel(monde, questionnaire, taille + taille // 2 * (len(VAGUES) - 1))
        suivies = {action["action_id"] for action in monde.de("actions", annee)}
        for personne in panel[rang * (taille // 2) :][:taille]:
            identite = {cle: personne[cle] for cle in ("repondant_pseudo", "sexe", "classe_pseudo")}
            identite |= {"vague": vagues[annee], "questionnaire": questionnaire}
            identite["tranche_age"] = _tranche(personne["age"] + rang) if questionnaire == "jeunes" else "adulte"
            identite["action_id"] = personne["action_id"] if personne["action_id"] in suivies else None
            for question in questions:
                humeur = personne["niveau"] + alea.normal(0, 0.75) + monde.effet * (rang > 0)
                lignes.append(identite | {"item": question["item"], "reponse": _reponse(humeur, question, alea)})
    return lignes


def _panel(monde: Monde, questionnaire: str, taille: int) -> Lignes:
    """Les personnes qui pourront répondre, et ce qui ne change pas chez elles d'une vague à l'autre."""
    alea = monde.alea(f"panel {questionnaire}")
    communes = set.intersection(*({a["action_id"] for a in monde.de("actions", an)} for an in monde.annees))
    jeunes = [
        f["action_id"] for f in monde.fiches if f["public"] == "jeunes" and f["age_max"] >= 11 and f["age_min"] <= 14
    ]
    actions = sorted(communes & set(jeunes))[:8] if questionnaire == "jeunes" else []
    return [
        {
            "repondant_pseudo": pseudo(alea, "k"),
            "sexe": str(alea.choice(["F", "G", "NR"], p=[0.5, 0.46, 0.04] if actions else [0.78, 0.2, 0.02])),
            "classe_pseudo": f"c{alea.integers(1, 11):02d}" if actions else None,
            "action_id": str(alea.choice(actions)) if actions and alea.random() < 0.7 else None,
            "age": int(alea.integers(11, 14)),
            "niveau": float(alea.normal(0, 0.66)),
        }
        for _ in range(taille)
    ]


def _tranche(age: int) -> str:
    """Tranche d'âge d'un collégien."""
    return "11-15" if age <= 15 else "16-17"


def _reponse(humeur: float, question: dict, alea: Alea) -> str:
    """La note d'une humeur centrée et réduite ; parfois « ne sait pas »."""
    if alea.random() < 0.03:
        return "NSP"
    maxi = question["echelle_max"]
    note = int(np.clip(round((maxi + 1) / 2 + 0.3 + 0.9 * humeur), 1, maxi))
    return str(maxi + 1 - note if question["inverse"] else note)


def reponses_partenaires(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Le diagnostic de partenariat chaque année, le questionnaire long la dernière."""
    categories = ["etat", "education_nationale", "ville", "association", "centre_social", "parents_habitants"]
    n_repondants = int(alea.integers(23, 29))
    aisance, lignes = alea.normal(0, 9, n_repondants), []
    for rang in range(n_repondants):
        repondant = {
            "vague": str(annee),
            "repondant_pseudo": pseudo(alea, "p"),
            "categorie": categories[rang % len(categories)],
            "anciennete": str(alea.choice(["moins_1_an", "1_a_3_ans", "plus_3_ans"], p=[0.2, 0.45, 0.35])),
        }
        lignes += [
            repondant | {"instrument": "ODAP", "item": item, "reponse": _lettre(facilite + aisance[rang], alea)}
            for item, facilite in enumerate(ODAP, 1)
        ]
        if annee == monde.annees[-1] and rang < N_VPAT:
            notes = np.clip(np.round(alea.normal(3.6 + aisance[rang] / 30, 0.9, 35)), 1, 5).astype(int)
            lignes += [
                repondant | {"instrument": "VPAT", "item": item, "reponse": str(note)}
                for item, note in enumerate(notes, 1)
            ]
    return lignes


def _lettre(facilite: float, alea: Alea) -> str:
    """A, B ou C selon l'aisance, ou « ne sait pas »."""
    if alea.random() < 0.04:
        return "NSP"
    return "CBA"[int(alea.binomial(2, np.clip(facilite, 2, 98) / 100))]
