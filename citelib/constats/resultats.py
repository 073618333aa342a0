"""Les constats des résultats."""

from __future__ import annotations

from citelib import resultats
from citelib.chargement import Cite
from citelib.constats.constat import Constat, Constats, assembler, lu
from citelib.formats import accord, nombre, points, pourcentage
from citelib.secret import TableProtegee, gardien


def resultats_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Les objectifs fixés ont-ils été atteints ? Qui sont les bénéficiaires des actions conduites ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(diffusion, seuil=cite.seuil(diffusion))
    vises = resultats.objectifs(cite.objectifs, cite.indicateurs, cite.valeurs, annee=annee)
    etats = proteger(resultats.etats_par_axe(vises, par=None))
    touches = proteger(resultats.beneficiaires(cite.beneficiaires, annee=annee))
    quartiers = proteger(resultats.part_en_quartier(cite.beneficiaires, annee=annee))
    sexes = proteger(resultats.age_et_sexe(cite.beneficiaires, annee=annee))
    avis = proteger(resultats.satisfaction(cite.reponses_beneficiaires, cite.items, annee=annee))
    return assembler(_objectifs(etats), _touches(touches), _quartiers(quartiers), _filles(sexes), _satisfaction(avis))


def _objectifs(etats: TableProtegee) -> Constat | None:
    total = lu(etats, "n_objectifs")
    if not total:
        return None
    atteints, muets = lu(etats, "n_atteints"), lu(etats, "n_non_mesurables")
    return Constat(
        "resultats.objectifs_atteints",
        f"{nombre(atteints)} objectifs atteints sur {nombre(total)}",
        f"Sur {accord(total, 'objectif')}, {nombre(atteints)} sont atteints, {nombre(lu(etats, 'n_partiels'))} en "
        f"partie, {nombre(lu(etats, 'n_non_atteints'))} ne le sont pas et {nombre(muets)} ne sont pas mesurables.",
        "Un objectif sans donnée n'est ni atteint ni manqué.",
        valeur=atteints,
        n=total,
        decision=f"Rendre mesurables les {nombre(muets)} objectifs qui ne le sont pas, ou y renoncer" if muets else "",
    )


def _touches(touches: TableProtegee) -> Constat | None:
    basse, haute = lu(touches, "nb_min"), lu(touches, "nb_max")
    if haute is None:
        return None
    au_moins = nombre(basse) if basse is not None else "un effectif protégé"
    return Constat(
        "resultats.personnes_differentes",
        f"Entre {au_moins} et {nombre(haute)} personnes différentes",
        f"Les actions ont touché entre {au_moins} et {nombre(haute)} personnes différentes, pour "
        f"{accord(lu(touches, 'nb_participations'), 'participation')}.",
        "Une personne qui suit deux actions est comptée deux fois dans la borne haute.",
        borne_basse=basse,
        borne_haute=haute,
    )


def _quartiers(quartiers: TableProtegee) -> Constat | None:
    part, base = lu(quartiers, "part_qpv"), lu(quartiers, "nb_residence_connue")
    if part is None:
        return None
    return Constat(
        "resultats.part_qpv",
        f"{pourcentage(part)} des inscriptions viennent des quartiers prioritaires",
        f"{pourcentage(part)} des {nombre(base)} inscriptions dont la résidence est connue viennent d'un quartier "
        "prioritaire.",
        "Des inscriptions, non des personnes.",
        valeur=part,
        n=base,
    )


def _filles(sexes: TableProtegee) -> Constat | None:
    part, base = lu(sexes, "part_filles"), lu(sexes, "nb_sexe_connu")
    if part is None:
        return None
    ecart = part - 0.5
    equilibre = "l'équilibre est tenu" if abs(ecart) <= 0.05 else f"un écart de {points(ecart)} à l'équilibre"
    return Constat(
        "resultats.part_filles",
        f"{pourcentage(part)} de filles parmi les enfants et les jeunes",
        f"Les filles sont {pourcentage(part)} des {nombre(base)} inscriptions d'enfants et de jeunes : {equilibre}.",
        valeur=part,
        n=base,
    )


def _satisfaction(avis: TableProtegee) -> Constat | None:
    part, base = lu(avis, "part_satisfaits"), lu(avis, "nb_repondants")
    if part is None:
        return None
    bas, haut = lu(avis, "borne_basse"), lu(avis, "borne_haute")
    return Constat(
        "resultats.satisfaction",
        f"{pourcentage(part)} de répondants satisfaits",
        f"{pourcentage(part)} des {nombre(base)} répondants sont satisfaits (intervalle à 95 % : de "
        f"{pourcentage(bas)} à {pourcentage(haut)}).",
        "Seuls ceux qui ont répondu sont connus.",
        valeur=part,
        borne_basse=bas,
        borne_haute=haut,
        n=base,
    )
