"""Une structure sous plusieurs noms : proposer les noms proches, n'appliquer que ce que l'évaluateur a décidé.

« CS A. Camus » et « Centre social Albert-Camus » sont peut-être le même organisme ; seul qui connaît le terrain
peut le dire. Il l'écrit dans `rapprochements.toml`, et rien n'est rapproché sans lui.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
from collections.abc import Iterable, Mapping

from citelib.chargement.corrections import lire_entrees
from citelib.contrats import Probleme, Reference, sans_accent
from citelib.contrats.personnel import PERSONNELLE, nature
from citelib.contrats.typage import Lecture
from citelib.tables import TABLES

FICHIER = "rapprochements.toml"
ABREGES = {"cs": "centre social", "mjc": "maison jeunes culture", "asso": "association", "assoc": "association"}
ABREGES |= {"clg": "college", "col": "college", "st": "saint", "ste": "sainte"}
MOTS_VIDES = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"}
RESSEMBLANCE = 0.6
"""Part de lettres communes à partir de laquelle un nom est proposé."""

REFERENCES = [
    (table.nom, regle)
    for table in TABLES
    for regle in table.regles
    if isinstance(regle, Reference) and (regle.cible, regle.colonne_cible) == ("structures", "nom")
]
"""Les règles des colonnes où s'écrit le nom d'une structure, et leur table."""

INCONNU = {f"attendu {regle.attendu}" for _, regle in REFERENCES}
"""Ce que dit le problème d'un nom qui n'est pas dans la table des structures."""


def forme(nom: str) -> str:
    """
    Un nom sans accents, sigles pointés, abréviations, mots vides ni ordre : ce qui se compare.

    >>> forme("C.S. Albert-Camus") == forme("Centre social Albert Camus")
    True
    """
    sigles = re.sub(r"\b(?:[a-z] )+[a-z]\b", lambda lu: lu[0].replace(" ", ""), sans_accent(nom).replace("_", " "))
    mots = " ".join(ABREGES.get(mot, mot) for mot in sigles.split()).split()
    return " ".join(sorted(set(mots) - MOTS_VIDES) or sorted(mots))


def proches(nom: str, connus: Iterable[str]) -> list[str]:
    """
    Les noms connus qui ressemblent le plus à un nom, trois au plus, le plus proche d'abord.

    Un nom écrit en abrégé (« Ville » pour « Ville de Valcombe ») est proche de celui qui a tous ses mots.

    >>> proches("Ville", ["Ville de Valcombe", "Préfecture"])
    ['Ville de Valcombe']
    """
    notes = [(_ressemblance(forme(nom), forme(connu)), connu) for connu in set(connus)]
    return [connu for note, connu in sorted(notes, key=lambda n: (-n[0], n[1])) if note >= RESSEMBLANCE][:3]


def _ressemblance(cherche: str, connue: str) -> float:
    """La part de lettres communes à deux formes ; un nom en abrégé atteint au moins le seuil."""
    note = difflib.SequenceMatcher(None, cherche, connue).ratio()
    mots = set(cherche.split())
    return max(note, RESSEMBLANCE) if mots and mots <= set(connue.split()) else note


def appliquer(lectures: Mapping[str, Lecture], contenu: Mapping) -> tuple[dict[str, Lecture], list[Probleme]]:
    """
    Remplace les noms que l'évaluateur a rapprochés d'une structure.

    Args:
        lectures: les tables lues, par nom.
        contenu: celui de rapprochements.toml.

    Returns:
        Les lectures, et un problème par entrée mal écrite, laissée vide ou devenue sans objet.
    """
    entrees, problemes = lire_entrees(contenu, "rapprochement", ("ecrit", "retenu"))
    connus, lues = set(lectures["structures"].table["nom"].dropna()), dict(lectures)
    retenus = {e["ecrit"]: e["retenu"] for e in entrees if e["retenu"] in connus}
    vus: set[str] = set()
    for nom, regle in REFERENCES:
        table, colonne = lues[nom].table, regle.colonne
        vus |= set(table[colonne].dropna())
        lues[nom] = dataclasses.replace(lues[nom], table=table.assign(**{colonne: table[colonne].replace(retenus)}))
    for entree in entrees:
        gravite, ecrit, retenu = "erreur", entree["ecrit"], entree["retenu"]
        if not retenu:
            gravite, message = "avertissement", f"« {ecrit} » n'est rapproché d'aucune structure"
            remede = "Écrire dans « retenu » le nom de la structure, ou retirer l'entrée."
        elif retenu not in connus:
            message, remede = f"« {retenu} » n'est pas le nom d'une structure", _dire(proches(retenu, connus))
        elif ecrit not in vus:
            message, remede = f"« {ecrit} » ne se lit plus nulle part", "Retirer cette entrée."
        else:
            continue
        problemes.append(Probleme(gravite, FICHIER, message=f"entrée n° {entree['numero']} : {message}", remede=remede))
    return lues, problemes


def conseiller(problemes: Iterable[Probleme], connus: Iterable[str]) -> list[Probleme]:
    """Les mêmes problèmes ; ceux d'un nom de structure inconnu proposent les noms proches."""
    connus = set(connus)
    return [
        dataclasses.replace(p, remede=_dire(proches(p.valeur, connus))) if p.message in INCONNU else p
        for p in problemes
    ]


def proposer(cite, problemes: Iterable[Probleme]) -> str:
    """
    Un rapprochements.toml à compléter : une entrée par nom inconnu, ses noms proches en commentaire.

    Rien n'est proposé quand tous les noms sont connus : le texte est alors vide.

    Args:
        cite: la `Cite` qu'`ouvrir` a rendue.
        problemes: ceux qu'`ouvrir` a rendus.
    """
    inconnus = sorted({p.valeur for p in problemes if p.message in INCONNU} - {PERSONNELLE})
    connus = [nom for nom in cite.structures["nom"].dropna() if not nature(nom)]
    if not inconnus:
        return ""
    blocs = [f"# Noms à rapprocher : compléter « retenu », puis enregistrer sous {FICHIER} dans {cite.dossier.name}/."]
    for nom in inconnus:
        candidats = [f"# retenu = {json.dumps(proche, ensure_ascii=False)}" for proche in proches(nom, connus)]
        ecrit = f"ecrit = {json.dumps(nom, ensure_ascii=False)}"
        blocs.append("\n".join(["[[rapprochement]]", ecrit, *candidats, 'retenu = ""']))
    return "\n\n".join(blocs) + "\n"


def _dire(noms: list[str]) -> str:
    """Ce qu'il faut faire d'un nom inconnu, selon les noms qui lui ressemblent."""
    if not noms:
        return "Aucun nom proche : l'ajouter à la table structures."
    return f"Si c'est {' ou '.join(f'« {nom} »' for nom in noms)}, corriger la cellule, ou l'écrire dans {FICHIER}."
