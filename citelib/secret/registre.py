"""Le registre de ce qui a été publié : une découpe nouvelle, ou corrigée, ne se soustrait pas d'une ancienne.

Il garde les effectifs protégés de chaque publication, jamais une vraie valeur masquée :

    {"tables": {empreinte: comptes},
     "publications": [{"annee", "diffusion", "arrete_le", "valide_le", "tables": [empreinte…]}]}

Une version validée (`[validations]` de cite.toml) y reste. Une version de travail n'y est que jusqu'à la suivante de la
même année et du même public, qui prend sa place : on corrige ses données sans avoir à s'en justifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping

from citelib.formats import liste
from citelib.secret.audit import attaquer, population_de
from citelib.secret.cles import Cle

VIDE = {"tables": {}, "publications": []}
REMEDE = (
    "Garder la valeur déjà publiée, attendre une correction plus large, ou choisir la diffusion interne. Registre : "
    "{fichier}."
)


def controler(
    publies: Mapping[str, list[dict]],
    registre: Mapping,
    *,
    annee: int,
    diffusion: str,
    arrete_le: str,
    valide_le: str = "",
    fichier: str,
    figees: Iterable[str] = (),
    remplace: bool = True,
) -> tuple[dict[str, str], dict]:
    """
    Ce qui empêche de publier chaque page, et le registre où la publication est inscrite.

    Args:
        publies: page, ou annexe → les effectifs qu'elle publie (`TableProtegee.comptes`).
        registre: celui des publications d'avant.
        annee, diffusion, arrete_le: de quelle publication il s'agit, et la date de ses données.
        valide_le: date de sa validation ; vide pour une version de travail.
        fichier: nom du registre, pour le dire à qui doit le corriger.
        figees: pages déjà en place, que l'on ne refait pas et que l'on ne peut donc pas refuser.
        remplace: elle prend la place de la version de travail ; faux pour ce qui se lira à côté d'elle.

    Returns:
        Page → la raison de son refus ; puis le registre, inchangé si rien de neuf n'est publié.
    """
    quoi = {"annee": annee, "diffusion": diffusion, "arrete_le": arrete_le, "valide_le": valide_le}
    registre, refus = _sans_brouillon(registre, annee, diffusion) if remplace else registre, {}
    while True:
        sures = {page: tables for page, tables in publies.items() if page not in refus}
        libres = [page for page in sures if page not in figees]
        fuites = [(fuite.page, fuite.population, str(fuite)) for fuite in attaquer(sures)]
        fuites += _face_aux_anciennes(sures, registre, diffusion, REMEDE.format(fichier=fichier))
        nouveaux: dict[str, str] = {}
        for page, population, raison in fuites:
            # ce qui se devine d'une page que l'on garde vient d'une autre, qui compte les mêmes personnes
            autres = [p for p in libres if population in map(population_de, sures[p])]
            nouveaux |= dict.fromkeys([page] if page in libres else autres, f"secret statistique : {raison}")
        if not nouveaux:
            return refus, _inscrire(registre, sures, **quoi)
        refus |= nouveaux


def _sans_brouillon(registre: Mapping, annee: int, diffusion: str) -> dict:
    """Le registre sans la version de travail que celle-ci remplace, ni les tables qu'elle seule publiait."""
    brouillon = {"annee": annee, "diffusion": diffusion, "valide_le": ""}.items()
    gardees = [publication for publication in registre["publications"] if not brouillon <= publication.items()]
    citees = {empreinte for publication in gardees for empreinte in publication["tables"]}
    return {"tables": {e: t for e, t in registre["tables"].items() if e in citees}, "publications": gardees}


def _face_aux_anciennes(
    publies: Mapping, registre: Mapping, diffusion: str, remede: str
) -> Iterator[tuple[str, str, str]]:
    """Ce qu'un lecteur des publications d'avant apprend de celle-ci : (page, population, pourquoi)."""
    combinables = {}
    for publication in registre["publications"]:
        if publication["diffusion"] == diffusion:
            validee = publication["valide_le"]
            quand = f"le rapport {publication['annee']} {f'validé le {validee}' if validee else '(version de travail)'}"
            ancienne = [registre["tables"][empreinte] for empreinte in publication["tables"]]
            changees = list(_changees(publies, dict(_montres(ancienne)), quand))
            yield from ((page, cle.population, f"{raison} {remede}") for page, cle, raison in changees if raison)
            # des effectifs qui ont changé ne se combinent plus avec les anciens
            if not changees:
                combinables[quand] = ancienne
    if combinables:
        for fuite in attaquer({**publies, **combinables}):
            yield fuite.page, fuite.population, f"avec {liste(combinables)}, {fuite} {remede}"


def _changees(publies: Mapping, avant: Mapping, quand: str) -> Iterator[tuple[str, Cle, str]]:
    """Les effectifs publiés avant sous une autre valeur : (page, clé, en quoi c'est trop proche, ou vide)."""
    for page, tables in publies.items():
        for cle, (valeur, seuil, ou) in _montres(tables):
            ancienne = avant.get(cle, (valeur,))[0]
            if ancienne != valeur:
                # sans la valeur nouvelle : ce message se lit dans la page en échec
                proche = f"{ou} : l'écart avec {ancienne}, publié dans {quand}, est sous le seuil de {seuil}."
                yield page, cle, proche if abs(ancienne - valeur) < seuil else ""


def _montres(tables: list[dict]) -> Iterator[tuple[Cle, tuple[int, int, str]]]:
    """Chaque effectif montré et reconnaissable d'une publication à l'autre : sa valeur, son seuil, sa place."""
    for table in tables:
        for rangee, valeurs, ligne in zip(table["cles"], table["valeurs"], table["lignes"], strict=True):
            for cle, valeur, colonne in zip(rangee, valeurs, table["colonnes"], strict=True):
                if cle and valeur is not None:
                    # deux arrondis ne diffèrent jamais de moins que leur base : leur écart ne dit rien de petit
                    seuil = 0 if table["arrondi"] else table["seuil"]
                    nom = Cle(*cle[:3], frozenset(map(tuple, cle[3])))
                    yield nom, (valeur, seuil, f"ligne « {ligne} », colonne « {colonne} »")


def _inscrire(registre: Mapping, publies: Mapping, **quoi) -> dict:
    """Le registre avec cette publication ; le même si elle y est déjà."""
    tables = {}
    for table in (table for siennes in publies.values() for table in siennes):
        if any(cle for rangee in table["cles"] for cle in rangee):
            texte = json.dumps(table, sort_keys=True, ensure_ascii=False)
            tables[hashlib.sha256(texte.encode()).hexdigest()[:16]] = table
    publication = quoi | {"tables": sorted(tables)}
    if not tables or publication in registre["publications"]:
        return dict(registre)
    return {
        "tables": dict(sorted((registre["tables"] | tables).items())),
        "publications": [*registre["publications"], publication],
    }
