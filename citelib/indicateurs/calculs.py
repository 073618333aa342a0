"""Les indicateurs que citelib sait calculer : chacun tire sa `Mesure` de l'analyse qui en porte la définition.

Un calcul reçoit la cité (ou ce qui porte ses tables sous les mêmes noms) et une année. Il ne refait aucun
compte : il nomme la formule et dit ce que la valeur laisse voir.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import pandas as pd

from citelib import protocole, realisation, resultats
from citelib.formats import nombre, pourcentage
from citelib.indicateurs.mesure import CALCULE, Mesure, absente, de_choses, de_personnes, entre
from citelib.mesures.comptes import de_l_annee
from citelib.realisation.financement import REPERE_ORIENTATION

Calcul = Callable[[object, int], Mesure]
REGISTRE: dict[str, tuple[str, Calcul]] = {}
"""Nom d'un calcul (colonne `calcul` du référentiel) → sa formule en toutes lettres, et sa fonction."""


def _calcul(formule: str) -> Callable[[Calcul], Calcul]:
    """Inscrit un calcul au registre, sous le nom de sa fonction."""

    def inscrire(fonction: Calcul) -> Calcul:
        REGISTRE[fonction.__name__.removeprefix("_")] = (formule, fonction)
        return fonction

    return inscrire


def calculer(nom: str, cite: object, annee: int) -> Mesure:
    """La mesure d'un calcul du registre ; sans donnée pour l'année, elle dit ce qui manque."""
    try:
        return REGISTRE[nom][1](cite, annee)
    except _SansDonnee:
        return absente(f"aucune donnée pour {annee}")


class _SansDonnee(Exception):
    """L'analyse n'a rendu aucune ligne."""


def _ligne(table: pd.DataFrame) -> Mapping:
    """La dernière ligne d'une analyse, celle de l'ensemble."""
    if table.empty:
        raise _SansDonnee
    return table.iloc[-1]


def _ecartes(quoi: str, combien: int) -> str:
    """La réserve qui dit ce que le calcul n'a pas pu compter ; vide s'il n'y a rien."""
    return f"{quoi} : {nombre(combien)}" if combien else ""


# ---------------------------------------------------------------------------------- réalisation


@_calcul("actions réalisées ÷ actions programmées")
def _taux_realisation(cite, annee: int) -> Mesure:
    """R01. Reportées et annulées restent au dénominateur ; les ajoutées n'y entrent pas."""
    lu = _ligne(realisation.taux_realisation(cite.actions, cite.realisations, annee=annee))
    return de_choses(lu["n_realisees"], lu["n_prevues"])


@_calcul("(réalisées + la moitié des réalisées en partie) ÷ programmées")
def _taux_pondere(cite, annee: int) -> Mesure:
    """R02."""
    lu = _ligne(realisation.taux_realisation(cite.actions, cite.realisations, annee=annee))
    return de_choses(lu["n_realisees"] + lu["n_partielles"] / 2, lu["n_prevues"])


@_calcul("actions ajoutées et menées ÷ actions menées")
def _part_ajoutees(cite, annee: int) -> Mesure:
    """R03."""
    lu = _ligne(realisation.actions_ajoutees(cite.actions, cite.realisations, annee=annee))
    return de_choses(lu["n_ajoutees_menees"], lu["n_menees"])


@_calcul("actions reportées, annulées, non réalisées ou sans information")
def _actions_non_realisees(cite, annee: int) -> Mesure:
    """R04 ; les motifs, du plus fréquent au moins, sont dans la note."""
    prevues = _ligne(realisation.taux_realisation(cite.actions, cite.realisations, annee=annee))["n_prevues"]
    lus = realisation.motifs(cite.actions, cite.realisations, annee=annee, detail=False)
    note = " ; ".join(f"{motif} : {nombre(combien)}" for motif, combien in lus[["motif", "n_actions"]].to_numpy())
    return Mesure(valeur=lus["n_actions"].sum(), denominateur=prevues, note=note)


@_calcul("dépenses justifiées ÷ montants accordés dont le compte rendu est reçu")
def _taux_consommation(cite, annee: int) -> Mesure:
    """R06."""
    lu = _ligne(realisation.budget(cite.actions, cite.financements, annee=annee))
    if pd.isna(lu["taux_consommation"]):
        return absente("aucun compte rendu financier reçu", origine=CALCULE)
    return de_choses(round(lu["taux_consommation"] * lu["montant_examine"], 2), lu["montant_examine"])


@_calcul("comptes rendus reçus dans les six mois de l'exercice ÷ subventions à justifier")
def _justifications_a_temps(cite, annee: int) -> Mesure:
    """R07."""
    lu = _ligne(realisation.justifications(cite.actions, cite.financements, annee=annee))
    provisoire = f"provisoire : l'échéance est le 30 juin {annee + 1}" if lu["note"] else ""
    return de_choses(lu["n_recus_a_temps"], lu["n_subventions"], note=provisoire)


@_calcul("séances tenues ÷ séances prévues, les deux connues")
def _taux_seances(cite, annee: int) -> Mesure:
    """R08."""
    lu = _ligne(realisation.seances(cite.actions, cite.realisations, annee=annee))
    note = _ecartes("actions sans l'un des deux nombres", lu["n_actions_sans_information"])
    return de_choses(lu["n_seances_tenues"], lu["n_seances_prevues"], note=note)


@_calcul("médiane des jours entre début prévu et début réel")
def _retard_median(cite, annee: int) -> Mesure:
    """R09."""
    lu = _ligne(realisation.ecart_calendrier(cite.actions, cite.realisations, annee=annee))
    if lu["n_actions"] == 0:
        return absente("aucune action aux deux dates connues", origine=CALCULE)
    return Mesure(valeur=lu["jours_median"], denominateur=lu["n_actions"])


@_calcul("(Ville + autres hors État) ÷ total des crédits accordés")
def _part_cofinancement(cite, annee: int) -> Mesure:
    """R10."""
    lu = _ligne(realisation.cofinancement(cite.actions, cite.financements, annee=annee))
    return de_choses(lu["montant_ville"] + lu["montant_autres"], lu["montant_total"])


@_calcul("droit commun déclaré ÷ coût total des actions")
def _droit_commun(cite, annee: int) -> Mesure:
    """R11."""
    lu = _ligne(realisation.droit_commun(cite.actions, cite.financements, annee=annee))
    note = _ecartes("actions sans coût total", lu["n_sans_cout"])
    return de_choses(lu["montant_droit_commun"], lu["montant_cout"], note=note)


@_calcul("actions d'orientation, de formation et d'insertion ÷ actions")
def _repartition(cite, annee: int) -> Mesure:
    """R12 : la part que le repère national connaît ; celle de chaque axe est dans la note."""
    lu = _ligne(realisation.orientation(cite.actions, cite.financements, annee=annee))
    axes = realisation.repartition(cite.actions, cite.financements, annee=annee).iloc[:-1].to_dict("records")
    dits = [f"{a['axe']} {pourcentage(a['part_actions'])} ({pourcentage(a['part_accorde'])})" for a in axes]
    repere = f"repère national : {pourcentage(REPERE_ORIENTATION)} des actions de 2021"
    note = f"{repere}. Actions (crédits) : {' ; '.join(dits)}"
    return de_choses(lu["n_actions"], lu["n_total"], bis=lu["part_accorde"], bis_libelle="des crédits", note=note)


@_calcul("tranches d'âge ayant au moins une action menée ÷ 6")
def _couverture_ages(cite, annee: int) -> Mesure:
    """R13."""
    lu = _ligne(realisation.tranches_couvertes(cite.actions, cite.realisations, cite.financements, annee=annee))
    return de_choses(lu["n_couvertes"], lu["n_tranches"])


@_calcul("établissements touchés par au moins une action menée ÷ établissements de la cité")
def _couverture_etablissements(cite, annee: int) -> Mesure:
    """R14."""
    lus = realisation.etablissements_couverts(cite.actions, cite.realisations, cite.etablissements, annee=annee)
    lu, inconnus = _ligne(lus), int(lus["note"].ne("").sum())
    note = f"un minimum : établissements sans code UAI connu, {nombre(inconnus)}" if inconnus else ""
    return de_choses(lu["n_couverts"], lu["n_etablissements"], note=note)


@_calcul("bilans reçus au 31 janvier ÷ bilans dus")
def _bilans_a_temps(cite, annee: int) -> Mesure:
    """R15, et en seconde lecture les champs obligatoires remplis ÷ attendus."""
    lu = _ligne(realisation.completude(cite.actions, cite.realisations, annee=annee))
    bis = {"bis": lu["taux_champs_remplis"], "bis_libelle": "des champs obligatoires remplis"}
    return de_choses(lu["n_bilans_a_temps"], lu["n_bilans_attendus"], **bis)


# ------------------------------------------------------------------------------------ résultats


BORNES = "entre l'effectif de la plus grande action et la somme de toutes"
SANS_PARTICIPATIONS = "actions sans participations relevées"


@_calcul(f"personnes différentes, {BORNES}")
def _beneficiaires_uniques(cite, annee: int) -> Mesure:
    """S01 : exact si cite.toml dit les pseudonymes communs et si toutes les actions les relèvent."""
    communs = getattr(cite, "reglages", {}).get("participations", {}).get("pseudonyme_commun", False)
    participations = cite.participations if communs else None
    lu = _ligne(resultats.personnes_uniques(cite.beneficiaires, annee=annee, participations=participations))
    exact = "compte exact, par pseudonymes communs aux actions"
    return entre(lu["nb_min"], lu["nb_max"], note=exact if lu["methode"] == "pseudonymes" else "")


@_calcul("somme des présences relevées")
def _participations(cite, annee: int) -> Mesure:
    """S02."""
    lu = _ligne(resultats.beneficiaires(cite.beneficiaires, annee=annee))
    if pd.isna(lu["nb_participations"]):
        return absente("participations non relevées")
    inscrits, note = _inscrits(lu), _ecartes(SANS_PARTICIPATIONS, lu["n_sans_participations"])
    return Mesure(valeur=lu["nb_participations"], personnes=True, n=inscrits, groupe=inscrits, note=note)


@_calcul("participations ÷ inscriptions dont les participations sont connues")
def _intensite(cite, annee: int) -> Mesure:
    """S03."""
    lu = _ligne(resultats.beneficiaires(cite.beneficiaires, annee=annee))
    if pd.isna(lu["intensite"]):
        return absente("participations non relevées")
    inscrits, note = _inscrits(lu), _ecartes(SANS_PARTICIPATIONS, lu["n_sans_participations"])
    termes = {"numerateur": lu["nb_participations"], "denominateur": inscrits, "n": inscrits, "groupe": inscrits}
    return Mesure(valeur=lu["intensite"], personnes=True, **termes, note=note)


def _inscrits(lu: Mapping) -> int:
    """Inscriptions dont les participations sont connues."""
    return 0 if not lu["nb_participations"] else round(lu["nb_participations"] / lu["intensite"])


@_calcul("public touché ÷ public prévu ; et plafonné à 100 % par action")
def _public_atteint(cite, annee: int) -> Mesure:
    """S04, brut, et en seconde lecture plafonné."""
    lu = _ligne(realisation.public_atteint(cite.actions, cite.beneficiaires, cite.realisations, annee=annee))
    if pd.isna(lu["taux_atteinte_brut"]):
        return absente("aucune action dont le public prévu et le public touché soient connus", origine=CALCULE)
    bis = {"bis": lu["taux_atteinte_plafonne"], "bis_libelle": "plafonné par action"}
    touches, note = lu["nb_uniques"], _ecartes("actions sans l'un des deux nombres", lu["n_sans_information"])
    return Mesure(lu["taux_atteinte_brut"], personnes=True, n=touches, groupe=touches, **bis, note=note)


@_calcul("inscriptions de résidents d'un quartier prioritaire ÷ inscriptions à résidence connue")
def _part_en_quartier(cite, annee: int) -> Mesure:
    """S05."""
    lu = _ligne(resultats.part_en_quartier(cite.beneficiaires, annee=annee))
    return de_personnes(lu["nb_qpv"], lu["nb_residence_connue"])


@_calcul("filles ÷ enfants et jeunes dont le sexe est connu")
def _part_filles(cite, annee: int) -> Mesure:
    """S06."""
    lu = _ligne(resultats.age_et_sexe(cite.beneficiaires, annee=annee))
    return de_personnes(lu["nb_filles"], lu["nb_sexe_connu"], note="la parité est à 50 %")


@_calcul(f"jeunes touchés, {BORNES}, ÷ population des quartiers prioritaires")
def _couverture_population(cite, annee: int) -> Mesure:
    """S07, tous quartiers et toutes tranches ; le détail est dans `resultats.couverture`."""
    lu = _ligne(resultats.couverture_ensemble(cite.beneficiaires, cite.populations, cite.quartiers, annee=annee))
    return entre(lu["nb_min"], lu["nb_max"], population=lu["population"])


@_calcul("heures suivies ÷ heures proposées aux inscrits")
def _assiduite(cite, annee: int) -> Mesure:
    """S08."""
    lu = _ligne(resultats.assiduite(cite.beneficiaires, annee=annee))
    if pd.isna(lu["taux_assiduite"]):
        return absente("heures non relevées")
    note = _ecartes("actions sans heures relevées", lu["n_sans_heures"])
    return Mesure(valeur=lu["taux_assiduite"], personnes=True, n=lu["nb_suivis"], groupe=lu["nb_suivis"], note=note)


@_calcul("objectifs opérationnels atteints ÷ objectifs")
def _objectifs_atteints(cite, annee: int) -> Mesure:
    """S09 ; les autres états sont dans la note."""
    tables = (cite.objectifs, cite.indicateurs, cite.valeurs)
    vises = resultats.objectifs(*tables, annee=annee, beneficiaires=cite.beneficiaires)
    lu = _ligne(resultats.etats_par_axe(vises, par=None))
    autres = {"au plus": "n_incertains", "en partie": "n_partiels"}
    autres |= {"non atteints": "n_non_atteints", "non mesurables": "n_non_mesurables"}
    note = " ; ".join(f"{dit} : {nombre(lu[colonne])}" for dit, colonne in autres.items())
    return de_choses(lu["n_atteints"], lu["n_objectifs"], note=note)


@_calcul("objectifs ayant indicateur, valeur de départ, cible et source ÷ objectifs")
def _objectifs_evaluables(cite, annee: int) -> Mesure:
    """S10."""
    chaine = protocole.evaluabilite(cite.objectifs, cite.indicateurs, cite.valeurs, annee=annee)
    lu = _ligne(protocole.evaluabilite_par_axe(chaine))
    return de_choses(lu["n_evaluables"], lu["n_objectifs"])


@_calcul("répondants satisfaits ÷ répondants, intervalle de Wilson à 95 %")
def _satisfaction(cite, annee: int) -> Mesure:
    """S11."""
    lu = _ligne(resultats.satisfaction(cite.reponses_beneficiaires, cite.items, annee=annee))
    bornes = {"borne_basse": lu["borne_basse"], "borne_haute": lu["borne_haute"]}
    posees = cite.items.loc[cite.items["indicateur_code"].eq("S11"), "questionnaire"]
    invites = de_l_annee(cite.invitations, annee)
    releves = invites.loc[invites["questionnaire"].isin(posees), "nb_invites"].gt(0).any()
    inconnu = "taux de réponse inconnu : le nombre de personnes sollicitées n'est pas relevé"
    note = "taux de réponse de l'enquête : page « Impacts »" if releves else inconnu
    return de_personnes(lu["nb_satisfaits"], lu["nb_repondants"], **bornes, note=note)


@_calcul(f"parents des actions qui les visent, {BORNES}")
def _parents_touches(cite, annee: int) -> Mesure:
    """S13."""
    return _du_public(cite, annee, "parent", actions=cite.actions)


@_calcul(f"professionnels touchés, {BORNES}")
def _professionnels_formes(cite, annee: int) -> Mesure:
    """S25 ; rien dans les bilans ne dit de combien d'institutions ils viennent."""
    mesure = _du_public(cite, annee, "professionnel")
    return dataclasses.replace(mesure, note="les bilans ne disent pas de quelle institution ils viennent")


def _du_public(cite, annee: int, type_public: str, **options) -> Mesure:
    """Les personnes d'un public ; chacun se retrouve en ôtant les autres du total : le plus petit protège tous."""
    lu = _ligne(resultats.personnes_uniques(cite.beneficiaires, annee=annee, type_public=type_public, **options))
    comptes = de_l_annee(cite.beneficiaires, annee).groupby("type_public")["nb_uniques"].sum()
    mesure = entre(lu["nb_min"], lu["nb_max"])
    return dataclasses.replace(mesure, groupe=min(mesure.groupe, comptes[comptes.gt(0)].min()))
