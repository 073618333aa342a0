"""Les vagues d'une enquête : les réponses orientées, celles des échelles, et les deux vagues que l'on compare."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from citelib.mesures import Fiabilite, fiabilite, orienter, score_d_echelle

VAGUES = ["avant", "apres"]
CONTEXTE = ["classe_pseudo", "sexe", "tranche_age"]
PERCUS = ("I15", "I16")
"""Indicateurs d'un changement perçu par les personnes elles-mêmes : niveau de preuve D."""
QUESTION = ["questionnaire", "item"]
PERSONNE = ["questionnaire", "annee", "vague", "repondant_pseudo"]


def notes_orientees(reponses_beneficiaires: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """
    Une ligne par réponse : `note`, plus haute si elle est plus favorable, vide pour « ne sait pas ».

    Returns:
        Les colonnes de PERSONNE et de CONTEXTE, `item`, `note` et `nsp` (vrai pour « ne sait pas »).
    """
    voulues = [*PERSONNE, *CONTEXTE, "item", "reponse"]
    lues = reponses_beneficiaires.reindex(columns=voulues)
    lues = lues.merge(items[[*QUESTION, "echelle_max", "inverse"]], on=QUESTION)
    nsp = lues["reponse"].eq("NSP").fillna(False).astype(bool)
    notes = orienter(lues["reponse"], maximum=lues["echelle_max"], inverse=lues["inverse"])
    return lues[[*PERSONNE, *CONTEXTE, "item"]].assign(note=notes, nsp=nsp)


def questions_d_impact(items: pd.DataFrame, indicateurs: pd.DataFrame) -> list[dict]:
    """Les questions qui alimentent un indicateur d'impact, chacune avec la fiche de son indicateur."""
    fiches = indicateurs[indicateurs["dimension"].eq("impacts")].set_index("indicateur_code").to_dict("index")
    lignes = items[items["indicateur_code"].isin(fiches)].to_dict("records")
    return [question | {"fiche": fiches[question["indicateur_code"]]} for question in lignes]


def echelles_d_impact(items: pd.DataFrame, indicateurs: pd.DataFrame) -> list[dict]:
    """
    Les échelles déclarées dans les questions : comme une question, et `questions`, la liste des siennes.

    Une échelle qui sert un changement perçu en est un. Des questions notées différemment ne se réunissent pas.
    """
    par_echelle: dict[tuple, list[dict]] = {}
    for question in questions_d_impact(items, indicateurs):
        nom = question.get("echelle")
        if not pd.isna(nom) and nom:
            par_echelle.setdefault((question["questionnaire"], nom, question["echelle_max"]), []).append(question)
    echelles = []
    for (questionnaire, nom, maximum), siennes in par_echelle.items():
        if len(siennes) < 2:
            continue
        modele = next((question for question in siennes if question["indicateur_code"] in PERCUS), siennes[0])
        domaines = ", ".join(dict.fromkeys(question["domaine"] for question in siennes))
        commun = {"questionnaire": questionnaire, "item": nom, "echelle_max": maximum, "domaine": domaines}
        commun |= {"libelle": f"Échelle {nom}", "inverse": False, "questions": [q["item"] for q in siennes]}
        echelles.append({nom: modele[nom] for nom in ("indicateur_code", "fiche")} | commun)
    return echelles


def reponses_a_l_echelle(notes: pd.DataFrame, echelle: dict) -> pd.DataFrame:
    """Une ligne par personne et vague, une colonne par question de l'échelle ; l'index les désigne."""
    siennes = notes[notes["questionnaire"].eq(echelle["questionnaire"]) & notes["item"].isin(echelle["questions"])]
    return siennes.pivot(index=PERSONNE, columns="item", values="note").reindex(columns=echelle["questions"])


def notes_d_echelle(notes: pd.DataFrame, echelles: Iterable[dict]) -> pd.DataFrame:
    """Le score de chaque personne à chaque échelle, dans les colonnes de `notes_orientees`."""
    personnes = notes.drop_duplicates(PERSONNE)[[*PERSONNE, *CONTEXTE]]
    scores = [
        score_d_echelle(reponses_a_l_echelle(notes, echelle)).rename("note").reset_index().assign(item=echelle["item"])
        for echelle in echelles
    ]
    if not scores:
        return notes.iloc[:0]
    return pd.concat(scores).merge(personnes, on=PERSONNE).assign(nsp=False)


def fiabilites(notes: pd.DataFrame, items, indicateurs, annee: int) -> list[tuple[dict, Fiabilite]]:
    """Chaque échelle des questionnaires posés cette année, et sa fiabilité dans la dernière vague."""
    lues = []
    for echelle in echelles_d_impact(items, indicateurs):
        siennes = notes[notes["questionnaire"].eq(echelle["questionnaire"])]
        couple = vagues_comparees(siennes, annee=annee)
        if couple is not None:
            reponses = reponses_a_l_echelle(de_la_vague(siennes, couple[1]), echelle)
            lues.append((echelle, fiabilite(reponses)))
    return lues


def mesures_d_echelle(reponses_beneficiaires, items, indicateurs, annee: int) -> list[tuple[dict, pd.DataFrame]]:
    """Les deux vagues de chaque échelle que sa fiabilité, dans la dernière, permet de publier."""
    notes = notes_orientees(reponses_beneficiaires, items)
    gardees = [echelle for echelle, lue in fiabilites(notes, items, indicateurs, annee) if lue.agregeable]
    return deux_vagues(notes_d_echelle(notes, gardees), gardees, annee=annee)


def deux_vagues(notes: pd.DataFrame, questions: Iterable[dict], *, annee: int) -> list[tuple[dict, pd.DataFrame]]:
    """
    Chaque question posée cette année et ses deux vagues, une ligne par personne.

    Returns:
        La question, avec `vagues` (les couples année et vague comparés, le premier à None s'il n'y en a pas), et une
        table : `avant`, `apres`, et le contexte de chacune (`sexe_avant`…).
    """
    resultat = []
    for question in questions:
        lignes = notes[notes["questionnaire"].eq(question["questionnaire"]) & notes["item"].eq(question["item"])]
        couple = vagues_comparees(lignes, annee=annee)
        if couple is not None:
            avant, apres = (_vague(lignes, *lue) for lue in zip(couple, VAGUES, strict=True))
            resultat.append((question | {"vagues": couple}, avant.join(apres, how="outer")))
    return resultat


def vagues_comparees(lignes: pd.DataFrame, *, annee: int) -> tuple | None:
    """La dernière vague de l'année et celle qui la précède (None sans précédente) ; None si l'année n'en a pas."""
    vagues = sorted(set(zip(lignes["annee"], lignes["vague"], strict=True)))
    de_l_an = [vague for vague in vagues if vague[0] == annee]
    if not de_l_an:
        return None
    return max((vague for vague in vagues if vague < de_l_an[-1]), default=None), de_l_an[-1]


def de_la_vague(lignes: pd.DataFrame, vague: tuple | None) -> pd.DataFrame:
    """Les lignes d'une vague ; aucune si elle n'existe pas."""
    annee, nom = vague or (None, None)
    return lignes[lignes["annee"].eq(annee) & lignes["vague"].eq(nom)] if vague else lignes.iloc[:0]


def _vague(lignes: pd.DataFrame, vague: tuple | None, nom: str) -> pd.DataFrame:
    """Note orientée et contexte de chaque personne dans une vague."""
    ici = de_la_vague(lignes, vague).set_index("repondant_pseudo")[["note", *CONTEXTE]]
    return ici.set_axis([nom, f"classe_{nom}", f"sexe_{nom}", f"tranche_age_{nom}"], axis=1)
