"""D'une figure publiée aux séries d'un graphique de bureautique, pour les dessins qui s'y prêtent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citelib.classeurs.feuilles import Format, case
from citelib.tableaux.cellules import TOTAUX

CATEGORIES_MAXI = 12
"""Au-delà, un graphique projeté ne se lit plus."""
GENRES = {"prevu_realise": "barres", "barres": "barres", "barres_empilees": "empilees", "lignes": "lignes"}
"""Dessin de `figures` → genre de graphique."""
Series = Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True)
class Graphique:
    """
    Un graphique.

    Args:
        genre: « barres », « empilees » ou « lignes ».
        categories: dans l'ordre.
        series: nom → une valeur par catégorie ; aucune si elle est masquée ou absente.
        format: code de format des nombres.
        masquees: ce dont la valeur est masquée.
    """

    genre: str
    categories: tuple[str, ...]
    series: Series
    format: str
    masquees: tuple[str, ...]


def graphique(objet: dict) -> Graphique | None:
    """
    Le graphique d'une figure ; aucun si son dessin ne s'y prête pas, si elle est vide ou trop longue.

    Args:
        objet: figure publiée, voir `Illustration.objet`.
    """
    genre, options = GENRES.get(objet["dessin"]), objet["options"]
    if genre is None or not objet["lignes"]:
        return None
    rangs = {colonne["nom"]: rang for rang, colonne in enumerate(objet["colonnes"])}
    tetes, colonnes = (_en_lignes if genre == "lignes" else _en_barres)(objet, options, rangs)
    if not tetes or len(tetes) > CATEGORIES_MAXI:
        return None
    cases = {nom: [_case(objet, *place) for place in places] for nom, places in colonnes.items()}
    ecritures = [dite.format for dites in cases.values() for dite in dites if dite and dite.format]
    if not ecritures:
        return None
    masquees = dict.fromkeys(
        objet["lignes"][place[0]][0]
        for places in colonnes.values()
        for place in places
        if place and objet["masque"][place[0]][place[1]]
    )
    series = {nom: tuple(d.valeur if d and d.format else None for d in dites) for nom, dites in cases.items()}
    return Graphique(genre, tuple(tetes), series, (ecritures[0] or Format()).excel, tuple(masquees))


def _en_barres(objet: dict, options: Mapping, rangs: Mapping[str, int]) -> tuple[list[str], dict]:
    """Une catégorie par ligne, hors total ; une série par colonne dessinée."""
    modalite = rangs[options["modalite"]]
    lignes = [rang for rang, ligne in enumerate(objet["lignes"]) if ligne[modalite] not in TOTAUX]
    titres = [colonne["titre"] for colonne in objet["colonnes"]]
    noms = options.get("parties") or [options[nom] for nom in ("prevu", "realise", "valeur") if nom in options]
    dites = noms if isinstance(noms, Mapping) else {nom: titres[rangs[nom]] for nom in noms}
    # un notebook range les clés de ses objets par ordre alphabétique : l'ordre est celui des colonnes
    series = {dites[nom]: [(ligne, rangs[nom]) for ligne in lignes] for nom in sorted(dites, key=rangs.get)}
    return [objet["lignes"][rang][modalite] for rang in lignes], series


def _en_lignes(objet: dict, options: Mapping, rangs: Mapping[str, int]) -> tuple[list[str], dict]:
    """Une catégorie par abscisse, une série par courbe."""
    serie, x, y = (rangs[options[nom]] for nom in ("serie", "x", "y"))
    abscisses = sorted(dict.fromkeys(ligne[x] for ligne in objet["lignes"]))
    places = {(ligne[serie], ligne[x]): (rang, y) for rang, ligne in enumerate(objet["lignes"])}
    noms = dict.fromkeys(ligne[serie] for ligne in objet["lignes"])
    return abscisses, {nom: [places.get((nom, abscisse), ()) for abscisse in abscisses] for nom in noms}


def _case(objet: dict, ligne: int | None = None, colonne: int = 0):
    """La cellule d'une figure, en nombre et en écriture ; aucune hors de la figure."""
    return None if ligne is None else case(objet["lignes"][ligne][colonne], objet["valeurs"][ligne][colonne])
