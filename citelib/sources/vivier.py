"""Le vivier : les collèges publics auxquels comparer ceux d'une cité, d'après les fichiers officiels.

On n'en garde que les plus proches, par des caractères de structure (éducation prioritaire, position sociale,
taille) et jamais par leurs résultats : les choisir sur une mauvaise année fabriquerait un progrès.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from importlib import resources
from pathlib import Path

import pandas as pd

from citelib.chargement.fichiers import SUFFIXES_CLASSEUR
from citelib.chargement.reglages import VIVIERS
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.formats import accord, liste
from citelib.sources.officiels import Releve, lire

PROCHES = 40
"""Collèges gardés pour chaque collège de la cité : assez pour en choisir d'autres que ceux par défaut."""
ECHELLES = {"ips": 14.7, "nb_candidats": 43.9}
"""Écart-type des collèges publics en France : IPS de la rentrée 2022, candidats des sessions 2022 à 2024 (DEPP)."""
VOISINS = {"ep": "fr-en-etablissements-ep*", "ips": "*ips*colleges*", "cites": "fr-en-cites_educatives*"}
CONNUES = tomllib.loads(resources.files("citelib").joinpath("instruments", "cites_educatives.toml").read_text("utf-8"))
PETITS_MOTS = {"De", "Du", "Des", "La", "Le", "Les", "L'", "D'", "Et", "En", "Sur", "Sous"}


def distances(fiches: pd.DataFrame, reference: Mapping) -> pd.Series:
    """
    Éloignement de chaque collège à une référence, en écarts-types nationaux d'IPS et de taille.

    >>> fiches = pd.DataFrame({"ips": [73.9, 88.6], "nb_candidats": [100.0, 143.9]})
    >>> distances(fiches, {"ips": 73.9, "nb_candidats": 100}).round(2).tolist()
    [0.0, 1.41]
    """
    carres = [((fiches[nom].astype(float) - float(reference[nom])) / e) ** 2 for nom, e in ECHELLES.items()]
    return sum(carres) ** 0.5


def resumer(colleges: pd.DataFrame) -> pd.DataFrame:
    """
    Une ligne par collège : ce qui ne change pas, et sa taille moyenne.

    Args:
        colleges: table `colleges`.

    Returns:
        `uai`, `nom`, `commune`, `academie`, `secteur`, `ep`, `cite_educative`, `ips` (le dernier connu) et
        `nb_candidats` (moyenne de ses sessions, Float64).
    """
    fixes = ["nom", "commune", "academie", "secteur", "ep", "cite_educative", "ips"]
    groupes = colleges.sort_values("annee").groupby("uai", sort=True)
    return groupes[fixes].last().join(groupes["nb_candidats"].mean().astype("Float64")).reset_index()


def voisin(chemin: Path, source: str) -> Path | None:
    """Le dernier fichier d'une autre source, rangé à côté de celui-ci ; None s'il n'y en a pas."""
    trouves = [f for f in chemin.parent.glob(VOISINS[source]) if f.suffix.lower() in (".csv", *SUFFIXES_CLASSEUR)]
    return max((f for f in trouves if "ecole" not in f.name), default=None)


def vivier(
    releve: Releve,
    description: Mapping,
    attendus: Collection[str],
    *,
    academie: str,
    portee: str,
    fichiers: Mapping[str, Path | None],
) -> tuple[pd.DataFrame, list[str]]:
    """
    Les lignes de la table `colleges` : les collèges de la cité et leurs semblables du secteur public.

    Args:
        releve, description: le fichier lu, et sa description.
        attendus: UAI des collèges de la cité.
        academie: celle de la cité, sans accent.
        portee: « france » ou « academie ».
        fichiers: ceux de l'éducation prioritaire (`ep`), de la position sociale (`ips`) et, s'il est là, des
            cités éducatives (`cites`).

    Raises:
        ErreurParametre: portée inconnue, ou fichier absent.
    """
    if portee not in VIVIERS:
        raise ErreurParametre(f"Vivier inconnu : « {portee} ». Choisir : {' ou '.join(VIVIERS)}.")
    absents = [VOISINS[nom] for nom in ("ep", "ips") if fichiers[nom] is None]
    if absents:
        raise ErreurParametre(f"Vivier : ranger à côté du fichier lu {liste(absents)} (data.education.gouv.fr).")
    publics = releve.table[releve.table["secteur"].eq("public")].dropna(subset=description["vivier"]["nb_candidats"])
    if portee == "academie":
        publics = publics[publics["academie"].map(sans_accent).eq(academie)]
    table, ips_de = _completer(publics, description, fichiers)
    fiches = resumer(table).dropna(subset=[*ECHELLES])
    gardes = {uai for uai in attendus if uai in set(table["uai"])}
    libres = fiches[~fiches["uai"].isin(attendus) & ~fiches["cite_educative"].fillna(False).astype(bool)]
    for reference in fiches[fiches["uai"].isin(attendus)].to_dict("records"):
        memes = libres[libres["ep"].eq(reference["ep"])]
        gardes |= set(memes.loc[distances(memes, reference).nsmallest(PROCHES).index, "uai"])
    retenues = table[table["uai"].isin(gardes)].sort_values(["uai", "annee"], ignore_index=True)
    combien = accord(retenues["uai"].nunique(), "collège")
    sur = accord(len(fiches), "collège public", "collèges publics")
    return retenues, [f"Vivier « {portee} » : {combien} sur {sur}, {ips_de}"]


def _completer(publics: pd.DataFrame, description: Mapping, fichiers: Mapping) -> tuple[pd.DataFrame, str]:
    """Chaque collège et session, son IPS (une seule rentrée pour tous), son statut, sa cité éducative."""
    reussite = next(i for i in description["indicateurs"] if i["colonne"] == description["vivier"]["taux_reussite"])
    ips, ep = lire(fichiers["ips"], "ips").table, lire(fichiers["ep"], "ep").table
    ips = ips[ips["debut"].eq(ips["debut"].max())].drop_duplicates("uai").set_index("uai")
    statuts = ep.drop_duplicates("uai").set_index("uai")["ep"]
    mesures = {nom: publics[colonne] for nom, colonne in description["vivier"].items()}
    communes = publics.get("commune", pd.Series(pd.NA, publics.index, dtype="str"))
    officielles = lire(fichiers["cites"], "cites").table["uai"] if fichiers.get("cites") else None
    rentree = str(ips["rentree"].iloc[0])
    table = publics.assign(
        annee=publics["debut"],
        nom=publics["nom"].map(_nom),
        commune=communes.map(_nom, na_action="ignore"),
        academie=publics["academie"].map(_nom),
        ep=publics["uai"].map(statuts).fillna("hors EP"),
        ips=publics["uai"].map(ips["ips"]),
        cite_educative=_cite_educative(publics, communes, officielles),
        perimetre_version=reussite.get("perimetre", publics["perimetre"]),
        source=f"DEPP, {description['titre']} ; DEPP, IPS, rentrée {rentree} ; {ep['source'].iloc[0]}",
        **mesures,
    )
    return table, f"IPS de la rentrée {rentree}"


def _cite_educative(publics: pd.DataFrame, communes: pd.Series, officielles: pd.Series | None) -> pd.Series:
    """Vrai dans une cité éducative connue, faux si l'on sait que non, vide sinon."""
    if officielles is not None:
        return publics["uai"].isin(officielles).astype("boolean")
    cles = list(zip(publics["academie"].map(sans_accent), communes.fillna("").map(sans_accent), strict=True))
    connues = {
        (academie, sans_accent(commune)): dedans
        for dedans, listes in ((True, CONNUES["communes"]), (False, CONNUES["hors"]))
        for academie, communes_ in listes.items()
        for commune in communes_
    }
    return pd.Series([connues.get(cle) for cle in cles], publics.index, dtype="boolean")


def _nom(texte: str) -> str:
    """
    Un nom que le fichier écrit en capitales.

    >>> _nom("COLLEGE DES PORTES DU MIDI")
    'Collège des Portes du Midi'
    """
    mots = texte.title().replace("College", "Collège").split()
    return " ".join(mot if rang == 0 or mot not in PETITS_MOTS else mot.lower() for rang, mot in enumerate(mots))
