"""Vérifier ce que protocole.toml déclare sous forme de données : la charge de travail, les publics toujours montrés."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from citelib.contrats import Probleme, sans_accent
from citelib.formats import MOIS, liste
from citelib.tables import DIMENSIONS, TRANSVERSAUX

FICHIER = "protocole.toml"
MOIS_RECONNUS = {sans_accent(mois): mois for mois in MOIS}
MODELE = '{ role = "CPO", mois = "mai", jours = 2.5, dimension = "impacts", tache = "Relancer" }'


def lire_protocole(contenu: Mapping, indicateurs: Collection[str]) -> tuple[dict, list[Probleme]]:
    """
    Le protocole, ses entrées mal écrites ôtées, et un problème par défaut.

    Args:
        contenu: celui de protocole.toml.
        indicateurs: codes du référentiel.

    Returns:
        Le contenu, où le mois de chaque tâche s'écrit comme dans `formats.MOIS` ; les problèmes.

    >>> lu, problemes = lire_protocole({"transversaux": {"parents": ["S99"]}}, {"S13"})
    >>> lu["transversaux"], problemes[0].valeur
    ({'parents': []}, 'S99')
    """
    taches, fautes = _charge(contenu.get("charge", []))
    suivis, inconnus = _transversaux(contenu.get("transversaux", {}), indicateurs)
    return {**contenu, "charge": taches, "transversaux": suivis}, fautes + inconnus


def _charge(lues: object) -> tuple[list[dict], list[Probleme]]:
    """Les tâches bien écrites, et un problème par défaut des autres."""
    bonnes, problemes = [], []
    for numero, tache in enumerate(lues if isinstance(lues, list) else [lues], start=1):
        fautes = list(_fautes(tache if isinstance(tache, Mapping) else {}))
        for cle, attendu, lu in fautes:
            ou, remede = f"charge, tâche n° {numero}, {cle}", f"L'écrire comme dans {MODELE}."
            problemes.append(_refuser(ou, attendu, lu, remede))
        bonnes += [] if fautes else [{**tache, "mois": MOIS_RECONNUS[sans_accent(tache["mois"])]}]
    return bonnes, problemes


def _transversaux(lus: object, indicateurs: Collection[str]) -> tuple[dict[str, list[str]], list[Probleme]]:
    """Les codes connus de chaque public, et un problème par clé ou par code inconnu."""
    suivis, problemes = {}, []
    for cle, codes in lus.items() if isinstance(lus, Mapping) else [("transversaux", lus)]:
        if cle not in TRANSVERSAUX or not isinstance(codes, list):
            attendu = f"attendu l'une des clés {liste(TRANSVERSAUX)}, suivie d'une liste de codes"
            remede = 'Écrire par exemple parents = ["S13"].'
            problemes.append(_refuser("transversaux", attendu, f"{cle} = {codes}", remede))
            continue
        suivis[cle] = [code for code in codes if isinstance(code, str) and code in indicateurs]
        for code in codes:
            if code not in suivis[cle]:
                ou, remede = f"transversaux, {cle}", "Corriger le code, ou ajouter l'indicateur au référentiel."
                problemes.append(_refuser(ou, "indicateur absent du référentiel", str(code), remede))
    return suivis, problemes


def _fautes(tache: Mapping) -> Iterator[tuple[str, str, str]]:
    """Ce qui ne va pas dans une tâche : clé, ce qui était attendu, ce qui a été lu."""
    for cle in ("role", "tache"):
        if not (isinstance(tache.get(cle), str) and tache[cle].strip()):
            yield cle, "attendu un texte", _lu(tache, cle)
    if sans_accent(str(tache.get("mois", ""))) not in MOIS_RECONNUS:
        yield "mois", "attendu un mois en toutes lettres", _lu(tache, "mois")
    jours = tache.get("jours")
    if isinstance(jours, bool) or not isinstance(jours, int | float) or not 0 < jours < float("inf"):
        yield "jours", "attendu un nombre de jours plus grand que zéro", _lu(tache, "jours")
    if tache.get("dimension") not in DIMENSIONS:
        yield "dimension", f"attendu l'un des codes {liste(DIMENSIONS)}", _lu(tache, "dimension")


def _lu(tache: Mapping, cle: str) -> str:
    return str(tache[cle]) if cle in tache else "rien"


def _refuser(ou: str, message: str, lu: str, remede: str) -> Probleme:
    return Probleme("erreur", FICHIER, colonne=ou, valeur=lu, message=message, remede=remede)
