"""Les constats de la réalisation."""

from __future__ import annotations

from citelib import realisation
from citelib.chargement import Cite
from citelib.constats.constat import Constat, Constats, assembler, lu
from citelib.formats import accord, euros, liste, nombre, pourcentage
from citelib.mesures.comptes import NON_RENSEIGNE
from citelib.secret import TableProtegee, gardien


def realisation_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Ce que nous avons prévu de faire a-t-il été réalisé ?

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """
    proteger = gardien(diffusion, seuil=cite.seuil(diffusion))
    taux = proteger(realisation.taux_realisation(cite.actions, cite.realisations, annee=annee, par="axe"))
    avant = proteger(realisation.comparaison(cite.actions, cite.realisations, annee=annee))
    credits = proteger(realisation.budget(cite.actions, cite.financements, annee=annee))
    themes = proteger(realisation.themes_couverts(cite.actions, cite.realisations, cite.themes, annee=annee))
    causes = proteger(realisation.motifs(cite.actions, cite.realisations, annee=annee, detail=False))
    return assembler(_taux(taux, avant, annee), _credits(credits), _themes(themes), _causes(causes))


def _taux(taux: TableProtegee, avant: TableProtegee, annee: int) -> Constat | None:
    valeur = lu(taux, "taux_strict")
    if valeur is None:
        return None
    prevues = lu(taux, "n_prevues")
    ancien = lu(avant, "taux_strict", annee - 1)
    suite = f", contre {pourcentage(ancien)} en {annee - 1}" if ancien is not None else ""
    return Constat(
        "realisation.taux_strict",
        f"{pourcentage(valeur)} des actions prévues ont été réalisées",
        f"{nombre(lu(taux, 'n_realisees'))} actions réalisées sur {nombre(prevues)} prévues, soit "
        f"{pourcentage(valeur)}{suite}.",
        "Taux strict : une action réalisée en partie, reportée ou annulée n'y compte pas.",
        valeur=valeur,
        n=prevues,
        decision=f"Décider de la suite des {nombre(prevues - lu(taux, 'n_realisees'))} actions qui n'ont pas été "
        "entièrement réalisées",
    )


def _credits(credits: TableProtegee) -> Constat | None:
    consommation = lu(credits, "taux_consommation")
    if consommation is None:
        return None
    examine = lu(credits, "montant_examine")
    return Constat(
        "realisation.taux_consommation",
        f"{pourcentage(consommation)} des crédits examinés sont justifiés",
        f"Sur {euros(lu(credits, 'montant_accorde'))} accordés, {euros(lu(credits, 'montant_justifie'))} sont "
        f"justifiés ; les comptes rendus reçus portent sur {euros(examine)}, consommés à {pourcentage(consommation)}.",
        "Un crédit dont le compte rendu n'est pas arrivé n'est pas un crédit non dépensé.",
        valeur=consommation,
        decision="Relancer les porteurs dont le compte rendu financier manque",
    )


def _themes(themes: TableProtegee) -> Constat | None:
    lignes = themes.donnees
    if lignes.empty:
        return None
    absents = lignes.loc[lignes["n_prevues"].fillna(0).eq(0) & lignes["n_ajoutees"].fillna(0).eq(0), "theme"].tolist()
    titre = "Tous les thèmes du plan ont au moins une action"
    if absents:
        titre = f"{accord(len(absents), 'thème')} du plan sans action"
    return Constat(
        "realisation.themes_sans_action",
        titre,
        f"{titre} : {liste(f'« {theme} »' for theme in absents)}." if absents else f"{titre}.",
        valeur=len(absents),
        n=len(lignes),
        decision="Dire si ces thèmes restent au programme" if absents else "",
    )


def _causes(causes: TableProtegee) -> Constat | None:
    connus = causes.donnees[causes.donnees["motif"].ne(NON_RENSEIGNE)]
    if connus.empty:
        return None
    premier = connus.iloc[0]
    return Constat(
        "realisation.premier_motif",
        f"Premier motif d'écart : {premier['motif']}",
        f"Le motif connu le plus fréquent des actions non réalisées est « {premier['motif']} » "
        f"({accord(premier['n_actions'], 'action')} sur {nombre(causes.donnees['n_actions'].sum())}).",
        valeur=premier["n_actions"],
        n=causes.donnees["n_actions"].sum(),
    )
