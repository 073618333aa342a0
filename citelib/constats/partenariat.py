"""Les constats du partenariat et du pilotage."""

from __future__ import annotations

from citelib import partenariat
from citelib.chargement import Cite
from citelib.constats.constat import Constat, Constats, assembler, lu
from citelib.formats import accord, liste, nombre
from citelib.secret import TableProtegee, gardien


def partenariat_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Quelle est la qualité du partenariat et du pilotage ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(diffusion, seuil=cite.seuil(diffusion))
    tenues = proteger(partenariat.instances_tenues(cite.instances, annee=annee))
    suivi = proteger(partenariat.decisions(cite.decisions, annee=annee, au=cite.arrete_le(annee)))
    origines = proteger(partenariat.place_habitants(cite.decisions, annee=annee))
    questions = proteger(
        partenariat.points_a_travailler(partenariat.items_odap(cite.reponses_partenaires, annee=annee))
    )
    reseau = proteger(partenariat.reseau(cite.presences, cite.instances, cite.structures, annee=annee))
    return assembler(_tenues(tenues), _suivi(suivi), _habitants(origines), _a_travailler(questions), _reseau(reseau))


def _tenues(tenues: TableProtegee) -> Constat | None:
    prevues, faites = lu(tenues, "n_prevues"), lu(tenues, "n_tenues")
    if not prevues:
        return None
    return Constat(
        "partenariat.instances_tenues",
        f"{nombre(faites)} réunions tenues sur {nombre(prevues)}",
        f"{nombre(faites)} réunions des instances se sont tenues sur {nombre(prevues)} prévues.",
        valeur=lu(tenues, "taux_tenues"),
        n=prevues,
    )


def _suivi(suivi: TableProtegee) -> Constat | None:
    dues = lu(suivi, "n_dues")
    if not dues:
        return None
    a_temps, retards = lu(suivi, "n_faites_a_temps"), lu(suivi, "n_en_retard")
    return Constat(
        "partenariat.decisions_executees",
        f"{nombre(a_temps)} décisions exécutées à temps sur {nombre(dues)}",
        f"Sur {accord(dues, 'décision échue', 'décisions échues')}, {nombre(a_temps)} ont été exécutées à temps et "
        f"{nombre(retards)} sont en retard.",
        valeur=lu(suivi, "taux_execution"),
        n=dues,
        decision=f"Confirmer ou abandonner les {nombre(retards)} décisions en retard" if retards else "",
    )


def _habitants(origines: TableProtegee) -> Constat | None:
    total = lu(origines, "n_decisions")
    if not total:
        return None
    venues = lu(origines, "n_decisions", "Parents, habitants et jeunes")
    return Constat(
        "partenariat.place_habitants",
        f"{accord(venues, 'décision')} sur {nombre(total)} {'vient' if venues < 2 else 'viennent'} des habitants",
        f"{nombre(venues)} des {nombre(total)} décisions de l'année viennent de parents, d'habitants ou de jeunes.",
        valeur=venues,
        n=total,
    )


def _a_travailler(questions: TableProtegee) -> Constat | None:
    if questions.donnees.empty:
        return None
    noms = liste(f"« {item} »" for item in questions.donnees["item"])
    return Constat(
        "partenariat.a_travailler",
        "Trois points de la coopération à travailler",
        f"Les partenaires placent le moins bien {noms}.",
        "L'indice qui les trie est le nôtre ; il ne note pas le partenariat.",
    )


def _reseau(reseau: TableProtegee) -> Constat | None:
    phrase = None if reseau.donnees.empty else reseau.donnees["phrase"].iloc[0]
    if not phrase:
        return None
    return Constat(
        "partenariat.reseau",
        "Forme du réseau des réunions",
        phrase,
        "Être présent ensemble n'est pas travailler ensemble.",
        valeur=reseau.donnees["taux_densite"].iloc[0],
        n=reseau.donnees["n_organismes"].iloc[0],
    )
