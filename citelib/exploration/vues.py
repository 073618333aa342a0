"""Les vues du bureau : chacune est une analyse du rapport, et le dessin qui la montre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from citelib import figures, impacts, partenariat, realisation, resultats
from citelib.constats.analyse import Analyse
from citelib.constats.analyses import ANALYSES
from citelib.constats.titres import HORS_CHANGEMENTS


@dataclass(frozen=True)
class Vue:
    """
    Une question, l'analyse qui y répond, le dessin qui la montre.

    Args:
        titre: ce que l'on voit.
        analyse: la même que celle du rapport ; une analyse qui compte des personnes est aussi dans `FAMILLES`.
        dessin, options: fonction de `figures` et ses options.
        lignes: la dimension dont chaque ligne est une modalité ; ce filtre y choisit des lignes, sans rien recompter.
        filtres: les dimensions par lesquelles la vue se recompte.
        sans: colonnes à ne pas montrer.
        note: ce qu'il faut savoir pour la lire.
    """

    titre: str
    analyse: Analyse
    dessin: Callable
    options: Mapping
    lignes: str = ""
    filtres: tuple[str, ...] = ()
    sans: tuple[str, ...] = ()
    note: str = ""


def _par(fonction: Callable, par: str, **autres: object) -> Analyse:
    return Analyse(fonction, options={"par": par}, **autres)


def _actions(modalite: str) -> dict:
    """Les options d'un dessin d'actions prévues et réalisées."""
    return {"modalite": modalite, "prevu": "n_prevues", "realise": "n_realisees", "unite": "Nombre d'actions"}


def _credits(modalite: str) -> dict:
    """Les options d'un dessin de crédits accordés et justifiés."""
    colonnes = {"modalite": modalite, "prevu": "montant_accorde", "realise": "montant_justifie"}
    return {**colonnes, "noms": ("Accordé", "Justifié"), "unite": "Euros"}


DIMENSIONS = ("axe", "quartier", "tranche_age", "porteur")
"""Les choix qui filtrent les lignes ; vides, ils les gardent toutes."""
HORS_AXE = ("quartier", "tranche_age", "porteur")
DES_ACTIONS = "actions prévues ; « quartier » et « tranche d'âge » retiennent celles qui les visent."
DES_CREDITS = "numéraire ; les crédits d'une action ne se partagent pas."
DES_PERSONNES = "inscriptions ; « quartier » et « tranche d'âge » sont ceux des personnes."

VUES: Mapping[str, Vue] = {
    "realisation_axes": Vue(
        "Actions prévues et réalisées, par axe",
        _par(realisation.taux_realisation, "axe"), figures.prevu_realise, _actions("axe"),
        lignes="axe", filtres=HORS_AXE, note=DES_ACTIONS,
    ),
    "realisation_themes": Vue(
        "Actions prévues et réalisées, par thème",
        _par(realisation.taux_realisation, "theme"), figures.prevu_realise, _actions("theme"),
        filtres=DIMENSIONS, note=DES_ACTIONS,
    ),
    "realisation_ages": Vue(
        "Actions prévues et réalisées, par tranche d'âge visée",
        _par(realisation.prevu_et_fait, "tranche_age"), figures.prevu_realise, _actions("tranche_age"),
        lignes="tranche_age", filtres=("axe", "quartier", "porteur"), note=DES_ACTIONS,
    ),
    "realisation_porteurs": Vue(
        "Actions prévues et réalisées, par porteur",
        _par(realisation.prevu_et_fait, "porteur_nom"), figures.prevu_realise, _actions("porteur_nom"),
        lignes="porteur", filtres=("axe", "quartier", "tranche_age"), note=DES_ACTIONS,
    ),
    "motifs": Vue(
        "Pourquoi des actions n'ont pas été réalisées",
        Analyse(realisation.motifs, options={"detail": False}), figures.barres,
        {"modalite": "motif", "valeur": "n_actions", "unite": "Nombre d'actions"},
        filtres=DIMENSIONS, note=DES_ACTIONS,
    ),
    "calendrier": Vue(
        "Actions en cours chaque mois",
        Analyse(realisation.calendrier), figures.carte_chaleur,
        {"ligne": "axe", "colonne": "mois", "valeur": "n_actions", "triangle": False},
        filtres=DIMENSIONS, note="actions dont les deux dates réelles sont connues.",
    ),
    "credits_axes": Vue(
        "Crédits accordés et justifiés, par axe",
        _par(realisation.budget, "axe"), figures.prevu_realise, _credits("axe"),
        lignes="axe", filtres=HORS_AXE, note=DES_CREDITS,
    ),
    "credits_financeurs": Vue(
        "Crédits accordés et justifiés, par financeur",
        _par(realisation.budget, "financeur"), figures.prevu_realise, _credits("financeur"),
        filtres=DIMENSIONS, note=DES_CREDITS,
    ),
    "credits_porteurs": Vue(
        "Crédits accordés et justifiés, par porteur",
        _par(realisation.budget, "porteur_nom"), figures.prevu_realise, _credits("porteur_nom"),
        lignes="porteur", filtres=("axe", "quartier", "tranche_age"), note=DES_CREDITS,
    ),
    "objectifs": Vue(
        "Objectifs atteints, par axe",
        ANALYSES["etats_par_axe"], figures.barres_empilees,
        {
            "modalite": "axe",
            "parties": {
                "n_atteints": "Atteints", "n_incertains": "Au plus atteints", "n_partiels": "En partie",
                "n_non_atteints": "Non atteints", "n_non_mesurables": "Non mesurables",
            },
            "unite": "Nombre d'objectifs",
        },
        lignes="axe", note="un objectif se juge sur toute la cité.",
    ),
    "publics": Vue(
        "Bénéficiaires et participations, par public",
        _par(resultats.beneficiaires, "type_public"), figures.barres,
        {"modalite": "type_public", "valeur": "nb_max", "unite": "Inscriptions", "total": False},
        filtres=DIMENSIONS, sans=("nb_suivis", "part_suivie"), note=DES_PERSONNES,
    ),
    "ages_sexes": Vue(
        "Inscriptions d'enfants et de jeunes, par tranche d'âge et sexe",
        Analyse(resultats.age_et_sexe), figures.barres_empilees,
        {"modalite": "tranche_age", "parties": {"nb_filles": "Filles", "nb_garcons": "Garçons"},
         "unite": "Inscriptions"},
        lignes="tranche_age", filtres=("axe", "quartier", "porteur"), note=DES_PERSONNES,
    ),
    "residence": Vue(
        "Inscriptions selon le lieu de résidence",
        Analyse(resultats.residence), figures.barres,
        {"modalite": "residence", "valeur": "nb", "unite": "Inscriptions", "total": False},
        lignes="quartier", filtres=("axe", "tranche_age", "porteur"), note=DES_PERSONNES,
    ),
    "filles_themes": Vue(
        "Part de filles, par thème",
        _par(resultats.part_filles, "theme", avec=("actions",)), figures.barres,
        {"modalite": "theme", "valeur": "part_filles", "unite": "Part de filles", "total": False},
        filtres=DIMENSIONS, note=DES_PERSONNES,
    ),
    "satisfaction": Vue(
        "Réponses satisfaites, par axe de l'action suivie",
        _par(resultats.avis, "axe", avec=("actions",)), figures.points_intervalle,
        {
            "modalite": "axe", "valeur": "part_satisfaits", "bas": "borne_basse", "haut": "borne_haute",
            "ecart": False,
        },
        lignes="axe", filtres=("tranche_age", "porteur"),
        sans=(*(f"{debut}_degre_{rang}" for debut in ("nb", "part") for rang in range(1, 6)),
              "nb_non_satisfaits", "n_autres_echelles"),
        note="réponses exprimées ; intervalle de confiance à 95 % (Wilson).",
    ),
    "changements": Vue(
        "Changement déclaré, question par question",
        Analyse(impacts.changement_declare, avec=("invitations",)), figures.points_intervalle,
        {"modalite": "libelle", "valeur": "ecart", "bas": "borne_basse", "haut": "borne_haute"},
        sans=HORS_CHANGEMENTS,
        note="évolution observée, non imputable à la cité éducative seule ; aucun filtre : trop peu de réponses.",
    ),
    "instances": Vue(
        "Réunions prévues et tenues, par instance",
        Analyse(partenariat.instances_tenues), figures.prevu_realise,
        {"modalite": "instance", "prevu": "n_prevues", "realise": "n_tenues", "unite": "Réunions"},
    ),
    "presence": Vue(
        "Présence aux réunions, par catégorie d'organismes",
        Analyse(partenariat.presence), figures.barres,
        {"modalite": "categorie", "valeur": "taux_presence", "unite": "Part de présents", "total": False},
    ),
}  # fmt: skip
"""Code → vue, dans l'ordre des pages du rapport."""
