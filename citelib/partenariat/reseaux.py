"""Le réseau des partenaires : qui siège avec qui, qui travaille avec qui.

Un lien va entre deux organismes, jamais entre deux personnes. Deux organismes présents à une même réunion
n'ont pas forcément travaillé ensemble : la coprésence est un indice. Une densité ne se compare que sur les
mêmes organismes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import networkx as nx
import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord, liste, nombre, pourcentage, typographie
from citelib.mesures.comptes import de_l_annee, part, typer
from citelib.partenariat.pilotage import presences_tenues

REPONSE_MINIMALE = 0.7
"""Part de déclarants sous laquelle on ne décrit pas la forme du réseau déclaré. Source : note de méthode."""
CENTRE = ((0.7, "très centré"), (0.4, "assez centré"), (float("-inf"), "peu centré"))
"""Mots pour la centralisation ; seuils de citelib, pour écrire une phrase."""
MESURES = ("n_organismes", "n_liens", "n_isoles", "n_articulations", "taux_densite", "taux_centralisation")
COLONNES = ["reseau", "annee", *MESURES, "isoles", "articulations", "phrase"]


@publiable(libres=("n_reunions",))
def matrice_copresence(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Nombre de réunions tenues où deux organismes étaient présents ensemble.

    Returns:
        `organisme`, `autre_organisme`, `n_reunions` : chaque couple une fois, zéros compris, les plus
        présents d'abord ; format long d'une carte de chaleur triangulaire.
    """
    graphe = _copresence(presences_tenues(presences, instances, structures, annee=annee))
    poids = graphe.degree(weight="n_reunions")
    noms = sorted(graphe, key=lambda nom: (-poids[nom], nom))
    rangees = [
        (un, autre, graphe.get_edge_data(un, autre, {}).get("n_reunions", 0)) for un, autre in combinations(noms, 2)
    ]
    return typer(pd.DataFrame(rangees, columns=["organisme", "autre_organisme", "n_reunions"]))


@publiable(libres=("annee", *MESURES))
def reseau(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Forme du réseau que dessinent les réunions : densité (P05), centralisation (P06).

    Deux organismes sont liés s'ils étaient présents ensemble à une réunion. Les organismes sont ceux qui
    étaient attendus à une réunion tenue de l'année.

    Returns:
        Une ligne : `reseau`, `annee`, `n_organismes`, `n_liens`, `n_isoles`, `n_articulations`,
        `taux_densite` (liens ÷ liens possibles), `taux_centralisation` (Freeman, degré ; vide sous trois
        organismes), `isoles`, `articulations` (ceux dont le retrait couperait le réseau), `phrase`.

    Source:
        Freeman, Social Networks 1:215 (1978).
    """
    lignes = presences_tenues(presences, instances, structures, annee=annee)
    return _une_ligne("Coprésence aux réunions", annee, _copresence(lignes))


@publiable(libres=("annee", *MESURES, "n_declarants", "taux_declarants", "taux_confirmes"))
def reseau_declare(liens, structures, *, annee: int) -> pd.DataFrame:
    """
    Forme du réseau des liens de travail déclarés ; un lien existe dès qu'un des deux le déclare.

    Sous 70 % d'organismes déclarants, la centralisation et les articulations ne sont pas données : les
    liens de ceux qui n'ont pas répondu ne sont pas connus.

    Returns:
        Les colonnes de `reseau`, puis `n_declarants`, `taux_declarants` (÷ organismes cités),
        `taux_confirmes` (liens déclarés des deux côtés ÷ liens entre deux déclarants).
    """
    noms = structures.set_index("structure_id")["nom"]
    lignes = de_l_annee(liens, annee)
    arcs = {
        (noms.get(un, un), noms.get(autre, autre))
        for un, autre in zip(lignes["structure_id"], lignes["structure_liee_id"], strict=True)
        if un != autre
    }
    graphe, declarants = nx.Graph(sorted(arcs)), {un for un, _ in arcs}
    entre_eux = {frozenset(arc) for arc in arcs if set(arc) <= declarants}
    confirmes = len({frozenset(arc) for arc in arcs if arc[::-1] in arcs})
    repondu = part(len(declarants), len(graphe))
    partiel = len(graphe) > 0 and repondu < REPONSE_MINIMALE
    table = _une_ligne("Liens de travail déclarés", annee, graphe, partiel=partiel)
    taux = {"taux_declarants": repondu, "taux_confirmes": part(confirmes, len(entre_eux))}
    return typer(table.assign(n_declarants=len(declarants), **taux))


def mesures_reseau(organismes: Iterable[str], liens: Iterable[tuple[str, str]]) -> dict:
    """
    Mesures d'un réseau sans direction.

    Args:
        organismes: tous les organismes, isolés compris.
        liens: couples d'organismes liés ; un lien répété compte une fois.

    Returns:
        Les mesures de `reseau` (taux vides sous deux et trois organismes), `isoles` et `articulations` (listes).

    Source:
        Freeman, Social Networks 1:215 (1978) : Σ(max − dᵢ) ÷ [(n − 1)(n − 2)], 1 pour une étoile, 0 pour un
        cercle.

    >>> etoile = mesures_reseau("ABCD", [("A", "B"), ("A", "C"), ("A", "D")])
    >>> etoile["taux_densite"], etoile["taux_centralisation"], etoile["articulations"]
    (0.5, 1.0, ['A'])
    """
    graphe = nx.Graph()
    graphe.add_nodes_from(organismes)
    graphe.add_edges_from((un, autre) for un, autre in liens if un != autre)
    n, degres = len(graphe), [degre for _, degre in graphe.degree()]
    isoles, articulations = sorted(nx.isolates(graphe)), sorted(nx.articulation_points(graphe))
    ecarts = sum(max(degres, default=0) - degre for degre in degres)
    return {
        "n_organismes": n,
        "n_liens": graphe.number_of_edges(),
        "n_isoles": len(isoles),
        "n_articulations": len(articulations),
        "taux_densite": part(2 * graphe.number_of_edges(), n * (n - 1)),
        "taux_centralisation": part(ecarts, (n - 1) * (n - 2)) if n > 2 else pd.NA,
        "isoles": isoles,
        "articulations": articulations,
    }


def _copresence(lignes: pd.DataFrame) -> nx.Graph:
    """Graphe pondéré par le nombre de réunions communes ; un nœud par organisme attendu."""
    graphe = nx.Graph()
    graphe.add_nodes_from(sorted(lignes.loc[lignes["invite"] | lignes["present"], "nom"].unique()))
    for _, presents in lignes[lignes["present"]].groupby("reunion_id")["nom"]:
        for un, autre in combinations(sorted(presents.unique()), 2):
            graphe.add_edge(un, autre, n_reunions=graphe.get_edge_data(un, autre, {}).get("n_reunions", 0) + 1)
    return graphe


def _une_ligne(titre: str, annee: int, graphe: nx.Graph, *, partiel: bool = False) -> pd.DataFrame:
    """La table d'un réseau : une ligne, ou aucune sans organisme."""
    mesures = mesures_reseau(graphe.nodes, graphe.edges)
    if partiel:
        mesures |= {"taux_centralisation": pd.NA, "n_articulations": pd.NA, "articulations": []}
    textes = {nom: liste(mesures[nom]) for nom in ("isoles", "articulations")}
    rangee = mesures | textes | {"reseau": titre, "annee": annee, "phrase": _phrase(mesures, graphe)}
    table = pd.DataFrame([rangee] if len(graphe) else [], columns=COLONNES)
    return typer(table).astype({"annee": "Int64"})


def _phrase(mesures: dict, graphe: nx.Graph) -> str:
    """Le réseau en une phrase : taille, densité, et sur qui il est centré."""
    debut = accord(mesures["n_organismes"], "partenaire")
    if pd.isna(mesures["taux_densite"]):
        return f"{debut}."
    texte = f"{debut}, {pourcentage(mesures['taux_densite'])} des liens possibles"
    centralisation = mesures["taux_centralisation"]
    if not pd.isna(centralisation):
        mot = next(mot for seuil, mot in CENTRE if centralisation >= seuil)
        plus_lies = [nom for nom, degre in graphe.degree() if degre == max(d for _, d in graphe.degree())]
        qui = f" sur {plus_lies[0]}" if len(plus_lies) == 1 and mot != "peu centré" else ""
        texte += f", réseau {mot}{qui} (centralisation {nombre(centralisation, 2)})"
    return typographie(f"{texte}.")
