"""D'une figure publiée aux séries d'un graphique de bureautique, pour les dessins qui s'y prêtent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citelib.classeurs.feuilles import case
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
    places = [place for suite in colonnes.values() for place in suite if place]
    cases = {(i, j): case(objet["lignes"][i][j], objet["valeurs"][i][j]) for i, j in places}
    nombres = {place: lue for place, lue in cases.items() if lue.format}
    if not nombres or len(tetes) > CATEGORIES_MAXI:
        return None
    masquees = dict.fromkeys(objet["lignes"][i][0] for i, j in places if objet["masque"][i][j])
    series = {nom: tuple(nombres[p].valeur if p in nombres else None for p in suite) for nom, suite in colonnes.items()}
    return Graphique(genre, tuple(tetes), series, next(iter(nombres.values())).format.excel, tuple(masquees))


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
    return abscisses, {nom: [places.get((nom, abscisse)) for abscisse in abscisses] for nom in noms}
