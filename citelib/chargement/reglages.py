"""Vérifier les réglages de cite.toml : noms de fichiers, comparaison des collèges, contribution, validations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from citelib.contrats import Probleme
from citelib.contrats.typage import Lecture

NOM = re.compile(r"[A-Za-z0-9][\w-]{0,59}", re.ASCII)
VIVIERS = ("france", "academie")
ENTIERS, LISTES = ("k", "annee_debut"), {"uai": str, "ruptures": int}
PAR_DEFAUT = "La corriger ; sans elle, la règle par défaut s'applique."
SANS_DATE = "La corriger ; sans elle, le rapport est une version de travail."
CLES = (*ENTIERS, *LISTES, "vivier", "exclus")


def verifier_comparaison(reglages: Mapping, lectures: Mapping[str, Lecture]) -> list[Probleme]:
    """
    Les erreurs de la section `[comparaison]` de cite.toml ; aucune si elle n'y est pas.

    Args:
        reglages: contenu de cite.toml.
        lectures: tables lues, par nom : `colleges` dit les codes connus.
    """
    section = reglages.get("comparaison", {})
    if not isinstance(section, Mapping):
        return [_erreur("comparaison", section, "attendu une section [comparaison]")]
    return [_erreur(f"comparaison.{cle}", lu, attendu) for cle, lu, attendu in _fautes(section, lectures)]


def verifier_contribution(reglages: Mapping) -> list[Probleme]:
    """Les erreurs de la section `[contribution]` de cite.toml, qui ne règle que `public` ; aucune sans elle."""
    section = reglages.get("contribution", {})
    if not isinstance(section, Mapping) or section.keys() - {"public"}:
        return [_erreur("contribution", section, "attendu une section [contribution] et sa seule clé, public")]
    public = section.get("public", 1)
    if isinstance(public, int | float) and not isinstance(public, bool) and 0 < public <= 1:
        return []
    return [_erreur("contribution.public", public, "attendu une part du public prévu, entre 0 et 1 : 0.7")]


def verifier_validations(reglages: Mapping) -> list[Probleme]:
    """
    Les erreurs de la section `[validations]` de cite.toml, une date par année ; aucune si elle n'y est pas.

    >>> verifier_validations({"validations": {"2024": dt.date(2025, 3, 12)}})
    []
    """
    section = reglages.get("validations", {})
    if not isinstance(section, Mapping):
        return [_erreur("validations", section, "attendu une section [validations]", SANS_DATE)]
    return [
        _erreur(f"validations.{annee}", lu, "attendu une année et une date, 2024 = 2025-03-12", SANS_DATE)
        for annee, lu in section.items()
        if not (annee.isdigit() and isinstance(lu, dt.date) and not isinstance(lu, dt.datetime))
    ]


def verifier_noms(reglages: Mapping) -> list[Probleme]:
    """
    Les noms de cite.toml qui deviennent ceux d'un dossier ou d'un fichier du rapport, et n'en sont pas.

    >>> [str(p.valeur) for p in verifier_noms({"cle": "../ailleurs", "financeurs": {"ville": {}}})]
    ['../ailleurs']
    """
    financeurs = reglages.get("financeurs", {})
    codes = {"cle": reglages["cle"]} if "cle" in reglages else {}
    codes |= {f"financeurs.{code}": code for code in financeurs} if isinstance(financeurs, Mapping) else {}
    attendu = "attendu des lettres sans accent, des chiffres et des tirets, 60 au plus"
    remede = "Le changer : c'est le nom d'un dossier ou d'un fichier du rapport."
    return [
        _erreur(ou[:60], str(lu)[:60], attendu, remede)
        for ou, lu in codes.items()
        if not (isinstance(lu, str) and NOM.fullmatch(lu))
    ]


def _erreur(ou: str, lu: object, attendu: str, remede: str = PAR_DEFAUT) -> Probleme:
    return Probleme("erreur", "cite.toml", colonne=ou, valeur=str(lu), message=attendu, remede=remede)


def _fautes(section: Mapping, lectures: Mapping[str, Lecture]) -> Iterator[tuple[str, object, str]]:
    """Chaque faute : la clé, ce qui y est écrit, ce qui était attendu."""
    for cle in section.keys() - {*CLES}:
        yield cle, section[cle], f"clé inconnue, attendu {', '.join(CLES)}"
    for cle in ENTIERS:
        if not _entier(section.get(cle, 1)):
            yield cle, section[cle], "attendu un entier positif"
    if section.get("vivier", VIVIERS[0]) not in VIVIERS:
        yield "vivier", section["vivier"], f"attendu {' ou '.join(VIVIERS)}"
    for cle, type_ in LISTES.items():
        lus = section.get(cle, [])
        if not isinstance(lus, list) or any(not isinstance(lu, type_) or isinstance(lu, bool) for lu in lus):
            yield cle, lus, "attendu une liste de codes UAI" if type_ is str else "attendu une liste d'années"
            return
    exclus = section.get("exclus", [])
    if not isinstance(exclus, list) or any(not isinstance(e, Mapping) for e in exclus):
        yield "exclus", exclus, "attendu des sections [[comparaison.exclus]] avec uai et motif"
        return
    for exclu in exclus:
        if not exclu.get("uai") or not exclu.get("motif"):
            yield "exclus", dict(exclu), "attendu un uai et le motif de son exclusion"
    cite = set(lectures["etablissements"].table["uai"].dropna())
    connus = set(lectures["colleges"].table["uai"])
    for uai in section.get("uai", []):
        if uai not in connus or uai in cite:
            yield "uai", uai, "attendu un collège du vivier (table colleges), hors de la cité"


def _entier(lu: object) -> bool:
    return isinstance(lu, int) and not isinstance(lu, bool) and lu > 0
