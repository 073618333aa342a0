"""Les indicateurs d'une année, un par ligne : valeur, base, années d'avant, cible, état, et pourquoi l'un manque."""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.contrats.formules import COLLECTE
from citelib.indicateurs.calculs import REGISTRE
from citelib.indicateurs.mesure import Mesure, absente
from citelib.indicateurs.releve import Releve, objectifs_juges

MESURES = ("valeur", "borne_basse", "borne_haute")
PASSEES = {rang: tuple(f"{nom}_n{rang}" for nom in MESURES) for rang in (1, 2)}
"""Les mêmes colonnes pour chacune des deux années d'avant."""
TERMES = ("numerateur", "denominateur")
GROUPES = ("nb_base", "nb_plus_petit_groupe", "nb_groupe_n1", "nb_groupe_n2")
TEXTES = ("indicateur_code", "libelle", "dimension", "formule", "unite", "sens")
COLONNES = (
    *(*TEXTES, *MESURES, *TERMES, "nb_base", "valeur_bis", "bis_libelle", *PASSEES[1], *PASSEES[2], "cible", "etat"),
    *("origine", "manque", "note", "limites", "source_habituelle", "producteur", "sans_personne", *GROUPES[1:]),
)
SANS_CIBLE = "sans cible"
"""Un indicateur dont aucun objectif de l'année ne vise la valeur."""


@publiable(
    effectifs=GROUPES,
    bases=dict.fromkeys((*MESURES, "valeur_bis"), "nb_plus_petit_groupe")
    | {nom: f"nb_groupe_n{rang}" for rang, noms in PASSEES.items() for nom in noms},
    libres=(*TERMES, "cible"),
    sans_personne="sans_personne",
)
def tableau(cite, *, annee: int, dimension: str | None = None, diffusion: str = "cotech") -> pd.DataFrame:
    """
    Les indicateurs du référentiel, dans leur ordre.

    Args:
        cite: la cité, ou tout objet qui porte ses tables sous les mêmes noms.
        dimension: « realisation », « resultats », « impacts » ou « partenariat » ; sinon toutes, pour les seuls
            indicateurs qui disent leur calcul.
        diffusion: hors « interne », un indicateur non diffusable, ou sous le seuil de sa source, perd sa valeur.

    Returns:
        Par indicateur : `indicateur_code`, `libelle`, `dimension`, `formule`, `unite`, `sens`, `valeur`,
        `borne_basse`, `borne_haute`, `numerateur` et `denominateur` (choses seulement), `nb_base` (personnes),
        `valeur_bis` et `bis_libelle` (seconde lecture), les mêmes des années d'avant (`_n1`, `_n2`), `cible`
        (objectif de l'année), `etat` (celui de l'objectif, ou « sans cible »), `origine` (« calculé », « collecté »,
        « estimé », « non collecté », « sans objet »), `manque`, `note`, `limites`, `source_habituelle`, `producteur`,
        `sans_personne`, `nb_plus_petit_groupe`, `nb_groupe_n1`, `nb_groupe_n2` (ce que `secret` examine).
    """
    fiches = cite.indicateurs
    fiches = fiches[fiches["calcul"].notna() if dimension is None else fiches["dimension"].eq(dimension)]
    releves = [Releve(cite, an) for an in (annee, annee - 1, annee - 2)]
    vises = objectifs_juges(cite, annee=annee)
    vises = vises.dropna(subset="cible").drop_duplicates("indicateur_code").set_index("indicateur_code")
    rangees = []
    for fiche in fiches.to_dict("records"):
        mesures = [_montrable(releve.mesure(fiche["indicateur_code"]), fiche, diffusion) for releve in releves]
        rangees.append(_rangee(fiche, mesures, vises))
    reels = (*MESURES, *PASSEES[1], *PASSEES[2], *TERMES, "valeur_bis", "cible")
    types = dict.fromkeys(reels, "Float64") | dict.fromkeys(GROUPES, "Int64")
    return pd.DataFrame(rangees, columns=COLONNES).astype(types | {"sans_personne": "bool"})


def _montrable(mesure: Mesure, fiche: dict, diffusion: str) -> Mesure:
    """La mesure, sans sa valeur si l'indicateur, ou sa source, la réserve à la diffusion interne."""
    if diffusion == "interne":
        return mesure
    if not fiche["diffusable"]:
        return absente("indicateur non diffusable", origine=mesure.origine)
    seuil = fiche["seuil_secret"]
    if mesure.personnes and not pd.isna(seuil) and not pd.isna(mesure.groupe) and 0 < mesure.groupe < seuil:
        return absente("effectif sous le seuil de secret de la source", origine=mesure.origine)
    return mesure


def _rangee(fiche: dict, mesures: list[Mesure], vises: pd.DataFrame) -> dict:
    """La ligne d'un indicateur : l'année, les deux d'avant, la cible et son état."""
    mesure, *passees = mesures
    rangee = {nom: fiche[nom] for nom in (*TEXTES, "source_habituelle", "producteur") if nom in fiche}
    rangee |= {nom: getattr(mesure, nom) for nom in (*MESURES, "origine", "manque", "note", "bis_libelle")}
    rangee |= {"limites": "" if pd.isna(fiche["limites"]) else fiche["limites"], "formule": formule_de(fiche)}
    rangee |= {"valeur_bis": mesure.bis}
    for rang, passee in enumerate(passees, 1):
        rangee |= {f"{nom}_n{rang}": getattr(passee, nom) for nom in MESURES}
    personnes = any(m.personnes for m in mesures)
    rangee |= {"sans_personne": not personnes}
    if personnes:
        rangee |= {"nb_base": mesure.n, "nb_plus_petit_groupe": mesure.groupe}
        rangee |= {f"nb_groupe_n{rang}": passee.groupe for rang, passee in enumerate(passees, 1)}
    else:
        rangee |= {nom: getattr(mesure, nom) for nom in TERMES}
    objectif = vises.loc[fiche["indicateur_code"]] if fiche["indicateur_code"] in vises.index else None
    rangee |= {"cible": pd.NA if objectif is None else objectif["cible"]}
    contexte = "de contexte" if fiche["sens"] == "contexte" else SANS_CIBLE
    return rangee | {"etat": contexte if objectif is None else objectif["etat"]}


def formule_de(fiche: dict) -> str:
    """Le nom de la formule : celui du calcul, ce que la cité a écrit, ou la définition d'une valeur collectée."""
    calcul = COLLECTE if pd.isna(fiche["calcul"]) else fiche["calcul"].strip()
    if calcul in REGISTRE:
        return REGISTRE[calcul][0]
    return fiche["definition"] if calcul.startswith(COLLECTE) else calcul
