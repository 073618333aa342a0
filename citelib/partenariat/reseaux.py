"""Le réseau des partenaires : qui siège avec qui, qui travaille avec qui.

Un lien va entre deux organismes, jamais entre deux personnes. Deux organismes présents à une même réunion
n'ont pas forcément travaillé ensemble : la coprésence est un indice. Une densité ne se compare que sur les
mêmes organismes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord, liste, nombre, pourcentage, typographie
from citelib.mesures.comptes import de_l_annee, part, typer
from citelib.partenariat.pilotage import presences_tenues

REPONSE_MINIMALE = 0.7
"""Part de déclarants sous laquelle on ne décrit pas la forme du réseau déclaré. Source : note de méthode."""
CENTRE = ((0.7, "très centré"), (0.4, "assez centré"), (float("-inf"), "peu centré"))
"""Mots pour la centralisation ; seuils de citelib, pour écrire une phrase."""
CENTRE_NET = 0.5
"""Ressemblance au modèle « un centre, des bords » sous laquelle on ne nomme pas de centre. Source : note de méthode."""
MESURES = ("n_organismes", "n_liens", "n_isoles", "n_articulations", "taux_densite", "taux_centralisation")
NOMS = ("isoles", "articulations", "centre", "intermediaires")
COLONNES = ["reseau", "annee", *MESURES, *NOMS, "phrase"]
SEPARATEUR = " | "
"""Entre deux voisins, dans `avec`."""
COPRESENCE, DECLARES = "Coprésence aux réunions", "Liens de travail déclarés"


@publiable(libres=("n_reunions",))
def matrice_copresence(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Nombre de réunions tenues où deux organismes étaient présents ensemble.

    Returns:
        `organisme`, `autre_organisme`, `n_reunions` : chaque couple une fois, zéros compris, les plus
        présents d'abord ; format long d'une carte de chaleur triangulaire.
    """
    graphe = _copresence(presences, instances, structures, annee)
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
        organismes), `isoles`, `articulations` (ceux dont le retrait couperait le réseau), `centre` (le cœur du
        réseau, s'il en a un), `intermediaires` (par qui passent le plus de chemins), `phrase`.

    Source:
        Freeman, Social Networks 1:215 (1978) ; Borgatti et Everett, Social Networks 21:375 (2000).
    """
    return _une_ligne(COPRESENCE, annee, _copresence(presences, instances, structures, annee))


@publiable(libres=("annee", "n_organismes", "n_liens", "taux_densite", "taux_centralisation", "n_venus", "n_partis"))
def evolution_reseau(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Le réseau des réunions, d'une année à la suivante, sur les mêmes organismes : une densité dépend de leur nombre.

    Returns:
        Deux lignes, `annee` − 1 puis `annee` : `reseau`, `annee`, `n_organismes` (attendus les deux années),
        `n_liens`, `taux_densite`, `taux_centralisation` entre eux, `n_venus` et `n_partis` (organismes attendus une
        seule des deux années, à la seconde ligne). Vide si une année manque, et `attrs["motif"]` le dit.
    """
    graphes = {an: _copresence(presences, instances, structures, an) for an in (annee - 1, annee)}
    avant, apres = (set(graphe) for graphe in graphes.values())
    rangees = []
    for an, graphe in graphes.items() if avant & apres else ():
        mesures = mesures_reseau(avant & apres, graphe.subgraph(avant & apres).edges)
        bougent = {"n_venus": len(apres - avant), "n_partis": len(avant - apres)} if an == annee else {}
        rangees.append(mesures | bougent | {"reseau": COPRESENCE, "annee": an})
    noms = ["reseau", "annee", "n_organismes", "n_liens", "taux_densite", "taux_centralisation", "n_venus", "n_partis"]
    table = typer(pd.DataFrame(rangees, columns=noms)).astype({"annee": "Int64"})
    table.attrs["motif"] = "" if rangees else f"pas d'organisme attendu à la fois en {annee - 1} et en {annee}"
    return table


@publiable(libres=("n_liens",))
def liens_du_reseau(presences, instances, structures, *, annee: int) -> pd.DataFrame:
    """
    Le réseau des réunions, organisme par organisme : de quoi le dessiner, et le lire sans dessin.

    Returns:
        `organisme`, `n_liens`, `place` (« centre », « bord » ou « isolé »), `avec` (« Ville : 8 | État : 2 » : avec
        qui parmi les lignes suivantes, et à combien de réunions ; chaque couple est dit une fois) ; les plus liés
        d'abord, isolés compris.
    """
    graphe = _copresence(presences, instances, structures, annee)
    centre = set(mesures_reseau(graphe.nodes, graphe.edges)["centre"])
    rangees, noms = [], sorted(graphe, key=lambda nom: (-graphe.degree(nom), nom))
    for rang, nom in enumerate(noms):
        voisins = sorted((-graphe[nom][autre]["n_reunions"], autre) for autre in noms[rang:] if autre in graphe[nom])
        place = "centre" if nom in centre else "bord" if graphe.degree(nom) else "isolé"
        rangees.append((nom, graphe.degree(nom), place, SEPARATEUR.join(f"{autre} : {-n}" for n, autre in voisins)))
    return typer(pd.DataFrame(rangees, columns=["organisme", "n_liens", "place", "avec"]))


@publiable(libres=("annee", *MESURES, "n_declarants", "taux_declarants", "taux_confirmes", "taux_arcs_rendus"))
def reseau_declare(liens, structures, *, annee: int) -> pd.DataFrame:
    """
    Forme du réseau des liens de travail déclarés ; un lien existe dès qu'un des deux le déclare.

    Sous 70 % d'organismes déclarants, la centralisation et les articulations ne sont pas données : les
    liens de ceux qui n'ont pas répondu ne sont pas connus.

    Returns:
        Les colonnes de `reseau`, puis `n_declarants`, `taux_declarants` (÷ organismes cités), et la réciprocité
        entre deux déclarants, de deux façons qui ne sont pas égales : `taux_confirmes` (par couple : liens déclarés
        des deux côtés ÷ liens) et `taux_arcs_rendus` (par déclaration : déclarations que l'autre rend ÷ déclarations).
    """
    noms = structures.set_index("structure_id")["nom"]
    lignes = de_l_annee(liens, annee)
    arcs = {
        (noms.get(un, un), noms.get(autre, autre))
        for un, autre in zip(lignes["structure_id"], lignes["structure_liee_id"], strict=True)
        if un != autre
    }
    graphe, declarants = nx.Graph(sorted(arcs)), {un for un, _ in arcs}
    reciprocite = mesures_liens(arc for arc in arcs if set(arc) <= declarants)
    repondu = part(len(declarants), len(graphe))
    partiel = len(graphe) > 0 and repondu < REPONSE_MINIMALE
    table = _une_ligne(DECLARES, annee, graphe, partiel=partiel)
    return typer(table.assign(n_declarants=len(declarants), taux_declarants=repondu, **reciprocite))


def mesures_liens(arcs: Iterable[tuple[str, str]]) -> dict:
    """
    Réciprocité de liens qui ont un sens, entre organismes qui ont tous déclaré.

    Args:
        arcs: couples (qui déclare, qui est déclaré) ; un couple répété compte une fois.

    Returns:
        `taux_confirmes` (couples liés des deux côtés ÷ couples liés) et `taux_arcs_rendus` (déclarations rendues ÷
        déclarations), qui diffèrent.

    >>> mesures_liens(["AB", "BA", "AC"])
    {'taux_confirmes': 0.5, 'taux_arcs_rendus': 0.6666666666666666}
    """
    connus = {tuple(arc) for arc in arcs if arc[0] != arc[1]}
    rendus = sum(arc[::-1] in connus for arc in connus)
    confirmes = part(rendus // 2, len(connus) - rendus // 2)
    return {"taux_confirmes": confirmes, "taux_arcs_rendus": part(rendus, len(connus))}


def mesures_reseau(organismes: Iterable[str], liens: Iterable[tuple[str, str]]) -> dict:
    """
    Mesures d'un réseau sans direction.

    Args:
        organismes: tous les organismes, isolés compris.
        liens: couples d'organismes liés ; un lien répété compte une fois.

    Returns:
        Les mesures de `reseau` (taux vides sous deux et trois organismes) ; `isoles`, `articulations`, `centre` et
        `intermediaires` (listes) ; `taux_centre` (ressemblance au réseau « un centre, des bords »).

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
    passages = {nom: round(valeur, 9) for nom, valeur in nx.betweenness_centrality(graphe).items()}
    plus_haut, (centre, taux_centre) = max(passages.values(), default=0), _centre(graphe)
    return {
        "n_organismes": n,
        "n_liens": graphe.number_of_edges(),
        "n_isoles": len(isoles),
        "n_articulations": len(articulations),
        "taux_densite": part(2 * graphe.number_of_edges(), n * (n - 1)),
        "taux_centralisation": part(ecarts, (n - 1) * (n - 2)) if n > 2 else pd.NA,
        "isoles": isoles,
        "articulations": articulations,
        "centre": centre,
        "taux_centre": taux_centre,
        "intermediaires": sorted(nom for nom, valeur in passages.items() if valeur > 0 and valeur == plus_haut),
    }


def _centre(graphe: nx.Graph) -> tuple[list[str], float | None]:
    """
    Le cœur d'un réseau et la ressemblance de celui-ci au modèle « un centre, des bords ».

    Le modèle lie tous ceux du centre entre eux et à tous les autres, et aucun des bords entre eux. Le centre est,
    parmi les k plus liés (la moitié au plus : au-delà, ce n'est plus un centre), celui dont le modèle ressemble le
    plus au réseau ; il n'est nommé qu'à partir de 0,5.
    """
    noms = sorted(graphe, key=lambda nom: (-graphe.degree(nom), str(nom)))
    n, meilleur = len(noms), ([], None)
    couples = np.array([(i, j) for i, j in combinations(range(n), 2)]).reshape(-1, 2)
    lies = np.array([graphe.has_edge(noms[i], noms[j]) for i, j in couples], dtype=float)
    if n < 3 or lies.std() == 0:
        return meilleur
    for k in range(1, n // 2 + 1):
        r = float(np.corrcoef(lies, couples.min(axis=1) < k)[0, 1])
        if meilleur[1] is None or r > meilleur[1] + 1e-9:
            meilleur = (sorted(noms[:k]), r)
    return meilleur if meilleur[1] >= CENTRE_NET else ([], meilleur[1])


def _copresence(presences, instances, structures, annee: int) -> nx.Graph:
    """Graphe pondéré par le nombre de réunions communes ; un nœud par organisme attendu."""
    lignes, graphe = presences_tenues(presences, instances, structures, annee=annee), nx.Graph()
    graphe.add_nodes_from(sorted(lignes.loc[lignes["invite"] | lignes["present"], "nom"].unique()))
    for _, presents in lignes[lignes["present"]].groupby("reunion_id")["nom"]:
        for un, autre in combinations(sorted(presents.unique()), 2):
            graphe.add_edge(un, autre, n_reunions=graphe.get_edge_data(un, autre, {}).get("n_reunions", 0) + 1)
    return graphe


def _une_ligne(titre: str, annee: int, graphe: nx.Graph, *, partiel: bool = False) -> pd.DataFrame:
    """La table d'un réseau : une ligne, ou aucune sans organisme."""
    mesures = mesures_reseau(graphe.nodes, graphe.edges)
    if partiel:
        mesures |= {"taux_centralisation": pd.NA, "n_articulations": pd.NA}
        mesures |= {"articulations": [], "centre": [], "intermediaires": []}
    textes = {nom: liste(mesures[nom]) for nom in NOMS}
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
