"""Les constats du protocole."""

from __future__ import annotations

from citelib import protocole
from citelib.chargement import Cite
from citelib.constats.constat import Constat, Constats, assembler, lu
from citelib.formats import accord, liste, nombre
from citelib.protocole.chaine import NON_EVALUE
from citelib.secret import TableProtegee, gardien
from citelib.tables import DIMENSIONS


def protocole_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Ce que nous voulons juger peut-il l'être, et les données sont-elles arrivées ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(diffusion, seuil=cite.seuil(diffusion))
    chaine = protocole.evaluabilite(cite.objectifs, cite.indicateurs, cite.valeurs, annee=annee)
    evaluables = proteger(protocole.evaluabilite_par_axe(chaine))
    attendus = protocole.collecte(cite.collecte, annee=annee, au=cite.arrete_le(annee))
    etats = proteger(protocole.resume_collecte(attendus))
    themes = protocole.couverture(cite.objectifs, cite.indicateurs, cite.valeurs, cite.themes, annee=annee)
    return assembler(_evaluables(evaluables), _collecte(etats), _themes_evalues(proteger(themes)))


def _evaluables(evaluables: TableProtegee) -> Constat | None:
    total, bons = lu(evaluables, "n_objectifs"), lu(evaluables, "n_evaluables")
    if not total:
        return None
    return Constat(
        "protocole.evaluabilite",
        f"{nombre(bons)} objectifs évaluables sur {nombre(total)}",
        f"{nombre(bons)} objectifs sur {nombre(total)} sont évaluables : ils ont un indicateur, une valeur de départ, "
        "une cible et une source.",
        valeur=lu(evaluables, "taux_evaluables"),
        n=total,
        decision=f"Compléter les {nombre(total - bons)} objectifs qui ne sont pas évaluables" if bons < total else "",
    )


def _collecte(etats: TableProtegee) -> Constat | None:
    total = lu(etats, "n_lignes")
    if not total:
        return None
    manquent = lu(etats, "n_lignes", "en retard") or 0
    return Constat(
        "protocole.collecte",
        f"{accord(manquent, 'envoi')} en retard sur {nombre(total)}",
        f"Sur {accord(total, 'envoi')} attendus des partenaires, {nombre(manquent)} ne sont pas arrivés à la date "
        "d'arrêt des données.",
        valeur=manquent,
        n=total,
        decision="Relancer les producteurs en retard" if manquent else "",
    )


def _themes_evalues(themes: TableProtegee) -> Constat | None:
    lignes = themes.donnees
    if lignes.empty:
        return None
    muets = lignes.loc[lignes[list(DIMENSIONS)].eq(NON_EVALUE).all(axis=1), "theme"].tolist()
    quoi = f"{accord(len(muets), 'thème')} du plan sans aucun indicateur renseigné"
    return Constat(
        "protocole.themes_non_evalues",
        quoi if muets else "Tous les thèmes du plan ont un indicateur renseigné",
        f"{quoi} : {liste(f'« {theme} »' for theme in muets)}." if muets else "Chaque thème a un indicateur renseigné.",
        valeur=len(muets),
        n=len(lignes),
        decision="Choisir un indicateur pour ces thèmes, ou dire pourquoi ils ne sont pas évalués" if muets else "",
    )
