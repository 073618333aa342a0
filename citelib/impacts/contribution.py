"""L'analyse de contribution : six vérifications par objectif, et ce qu'elles permettent de dire, sans cause affirmée.

Les données répondent quand elles le peuvent ; l'évaluateur complète (table `contributions`) ce qu'elles laissent
inconnu, et lui seul dit si d'autres explications ont été examinées. Une réponse des données n'est pas remplacée.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from citelib import realisation, resultats
from citelib.contrats import publiable
from citelib.formats import accord, liste, pourcentage, typographie
from citelib.impacts.enquetes import avant_apres_part, changement_declare, changement_des_echelles
from citelib.mesures.comptes import de_l_annee
from citelib.tables import CONNUES

VERIFICATIONS = {
    "actions_menees": "Actions menées",
    "public_touche": "Public touché",
    "resultat_intermediaire": "Résultat intermédiaire favorable",
    "indicateur_favorable": "Indicateur dans le sens attendu",
    "calendrier": "Changement postérieur aux actions",
    "autres_explications": "Autres explications examinées",
}
"""Les six vérifications, dans l'ordre de leur numéro. Source : note de méthode, §3.6, d'après Mayne (2001 ; 2012)."""
PART_DES_ACTIONS, PART_DU_PUBLIC = 0.70, 0.70
"""Part des actions prévues, et du public prévu, à partir de laquelle on répond oui."""
OUI, NON, INCONNU = "oui", "non", "inconnu"
PLAUSIBLE, POSSIBLE = "Contribution plausible", "Contribution possible"
NON_ETAYEE, NON_EVALUABLE = "Contribution non étayée", "Non évaluable"
INDISPENSABLES = ("actions_menees", "public_touche", "indicateur_favorable", "autres_explications")
OUI_PLAUSIBLES, OUI_POSSIBLES, INCONNUES = 5, 3, 3
REGLE = (
    f"« {PLAUSIBLE} » : {OUI_PLAUSIBLES} oui au moins, dont les vérifications 1, 2, 4 et 6 ; « {POSSIBLE} » : "
    f"{OUI_POSSIBLES} oui au moins, dont la première ; sinon « {NON_EVALUABLE} » dès {INCONNUES} réponses inconnues, "
    f"et « {NON_ETAYEE} » dans les autres cas."
)
"""La règle, telle qu'elle s'imprime sous le tableau."""
DONNEES, EVALUATEUR = "données", "évaluateur"
ETABLIES = ("progression_nette", "progression_mesurable")
DEFAVORABLES = ("recul_net", "recul_mesurable")
OBJECTIF = ["objectif_id", "objectif_operationnel"]
Reponse = tuple[str, str]


@publiable()
def verifications(
    objectifs,
    actions,
    realisations,
    beneficiaires,
    indicateurs,
    valeurs,
    reponses_beneficiaires,
    items,
    *,
    annee: int,
    contributions: pd.DataFrame | None = None,
    invitations: pd.DataFrame | None = None,
    reglages: Mapping | None = None,
) -> pd.DataFrame:
    """
    Les six vérifications de chaque objectif de l'année, leur réponse et d'où elle vient.

    Aucune explication ne donne d'effectif : le sens d'une évolution, jamais sa taille.

    Args:
        contributions: réponses de l'évaluateur.
        invitations: voir `enquetes.changement_declare`.
        reglages: contenu de cite.toml ; sa section `[contribution]` change `public`, la part du public prévu à toucher.

    Returns:
        `objectif_id`, `objectif_operationnel`, `verification` (numéro et nom), `code`, `reponse` (« oui », «
        non », « inconnu »), `origine` (« données », « évaluateur », vide si rien ne répond), `explication`.
    """
    seuil = float((reglages or {}).get("contribution", {}).get("public", PART_DU_PUBLIC))
    lues = (reponses_beneficiaires, items, indicateurs)
    enquetes = [
        analyse(*lues, annee=annee, invitations=invitations)
        for analyse in (changement_des_echelles, changement_declare, avant_apres_part)
    ]
    mesures = pd.concat(enquetes)[["indicateur_code", "libelle", "verdict", "verdict_code"]]
    juges = resultats.objectifs(objectifs, indicateurs, valeurs, annee=annee, beneficiaires=beneficiaires)
    fiches = indicateurs.set_index("indicateur_code").to_dict("index")
    rangees = []
    for objectif, juge in zip(de_l_annee(objectifs, annee).to_dict("records"), juges.to_dict("records"), strict=True):
        siennes = actions[actions["objectif_operationnel_id"].eq(objectif["objectif_id"])]
        fiche = fiches.get(objectif["indicateur_code"])
        reponses = {
            "actions_menees": _actions_menees(siennes, realisations, annee),
            "public_touche": _public_touche(siennes, beneficiaires, realisations, annee, seuil),
            "resultat_intermediaire": _resultat_intermediaire(mesures, objectif, fiches),
            "indicateur_favorable": _indicateur_favorable(juge, fiche),
            "calendrier": _calendrier(siennes, realisations, valeurs, juge, objectif, annee),
            "autres_explications": (INCONNU, "à examiner par le comité"),
        }
        rangees += _rangees(objectif, reponses, _de_l_evaluateur(contributions, objectif["objectif_id"], annee))
    colonnes = [*OBJECTIF, "verification", "code", "reponse", "origine", "explication"]
    return pd.DataFrame(rangees, columns=colonnes, dtype="str")


@publiable()
def contributions_par_objectif(verifiees: pd.DataFrame) -> pd.DataFrame:
    """
    Ce que les vérifications permettent de dire de chaque objectif, à côté des vérifications elles-mêmes.

    Args:
        verifiees: ce que rend `verifications`.

    Returns:
        `objectif_operationnel`, `conclusion`, puis la réponse à chaque vérification, sous son code.
    """
    rangees = []
    for (_, objectif), siennes in verifiees.groupby(OBJECTIF, sort=False):
        reponses = dict(zip(siennes["code"], siennes["reponse"], strict=True))
        rangees.append({"objectif_operationnel": objectif, "conclusion": conclure(reponses)} | reponses)
    return pd.DataFrame(rangees, columns=["objectif_operationnel", "conclusion", *VERIFICATIONS], dtype="str")


@publiable()
def raisons_par_objectif(verifiees: pd.DataFrame) -> pd.DataFrame:
    """
    Ce qui soutient chaque objectif, et ce qui y manque ou le contredit, vérification par vérification.

    Args:
        verifiees: ce que rend `verifications`.

    Returns:
        `objectif_operationnel`, `appuis` (réponses oui), `reserves` (non et inconnues).
    """
    mots = verifiees["reponse"].map({OUI: " ", NON: " non, ", INCONNU: " inconnu, "})
    dites = verifiees["verification"].str.split(" ").str[0] + mots + verifiees["explication"]
    rangees = []
    for (_, objectif), siennes in verifiees.assign(dite=dites).groupby(OBJECTIF, sort=False):
        oui = siennes["reponse"].eq(OUI)
        deux = {nom: " ; ".join(siennes.loc[lues, "dite"]) for nom, lues in (("appuis", oui), ("reserves", ~oui))}
        rangees.append({"objectif_operationnel": objectif} | deux)
    return pd.DataFrame(rangees, columns=["objectif_operationnel", "appuis", "reserves"], dtype="str")


def conclure(reponses: Mapping[str, str]) -> str:
    """
    La conclusion de six réponses, selon REGLE.

    >>> conclure(dict.fromkeys(VERIFICATIONS, "oui")), conclure(dict.fromkeys(VERIFICATIONS, "inconnu"))
    ('Contribution plausible', 'Non évaluable')
    """
    n_oui, n_inconnus = ([*reponses.values()].count(mot) for mot in (OUI, INCONNU))
    if n_oui >= OUI_PLAUSIBLES and all(reponses[code] == OUI for code in INDISPENSABLES):
        return PLAUSIBLE
    if n_oui >= OUI_POSSIBLES and reponses["actions_menees"] == OUI:
        return POSSIBLE
    return NON_EVALUABLE if n_inconnus >= INCONNUES else NON_ETAYEE


def _rangees(objectif: dict, reponses: dict[str, Reponse], dites: Mapping[int, dict]) -> Iterable[dict]:
    """Une ligne par vérification : la réponse des données, sinon celle de l'évaluateur."""
    for numero, (code, nom) in enumerate(VERIFICATIONS.items(), 1):
        (reponse, explication), origine, dite = reponses[code], DONNEES, dites.get(numero)
        if reponse == INCONNU:
            origine = ""
            if code == "autres_explications" and dite and dite["reponse"] == OUI and pd.isna(dite["explication"]):
                explication = "dites examinées, sans que ces explications soient écrites"
            elif dite and (dite["reponse"] != INCONNU or not pd.isna(dite["explication"])):
                reponse, origine, explication = dite["reponse"], EVALUATEUR, ""
        if dite and not pd.isna(dite["explication"]):
            qui = "" if pd.isna(dite["par_role"]) else f" ({dite['par_role']})"
            ajout = f"{dite['explication'].rstrip(' .')}{qui}"
            explication = f"{explication} ; l'évaluateur note : {ajout}" if explication else ajout
        yield {
            **{nom: objectif[nom] for nom in OBJECTIF},
            "verification": f"{numero}. {nom}",
            "code": code,
            "reponse": reponse,
            "origine": origine,
            "explication": typographie(explication),
        }


def _de_l_evaluateur(contributions: pd.DataFrame | None, objectif_id: str, annee: int) -> dict[int, dict]:
    """Les réponses de l'évaluateur pour un objectif, par numéro de vérification."""
    if contributions is None:
        return {}
    siennes = contributions[contributions["objectif_id"].eq(objectif_id) & contributions["annee"].eq(annee)]
    return {int(ligne["verification"]): ligne for ligne in siennes.to_dict("records")}


def _actions_menees(actions: pd.DataFrame, realisations: pd.DataFrame, annee: int) -> Reponse:
    """Une action en partie réalisée compte pour moitié ; un bilan absent laisse inconnu s'il peut tout changer."""
    table = realisation.taux_realisation(actions, realisations, annee=annee)
    if table.empty or not table["n_prevues"].iloc[-1]:
        return INCONNU, "aucune action programmée pour cet objectif"
    comptes = table.iloc[-1]
    taux, muettes = comptes["taux_pondere"], comptes["n_sans_information"]
    dit = f"{accord(comptes['n_realisees'], 'action réalisée', 'actions réalisées')} sur {comptes['n_prevues']}"
    if comptes["n_partielles"]:
        dit += f", {comptes['n_partielles']} en partie"
    if taux >= PART_DES_ACTIONS:
        return OUI, dit
    if taux + muettes / comptes["n_prevues"] >= PART_DES_ACTIONS:
        return INCONNU, f"{dit} ; {accord(muettes, 'bilan manque', 'bilans manquent')}"
    return NON, dit


def _public_touche(actions, beneficiaires, realisations, annee: int, seuil: float) -> Reponse:
    """Personnes touchées rapportées au public prévu, actions prévues dont les deux sont connus."""
    table = realisation.public_atteint(actions, beneficiaires, realisations, annee=annee)
    taux = table["taux_atteinte_brut"].iloc[-1] if len(table) else pd.NA
    if pd.isna(taux):
        return INCONNU, "public prévu ou touché inconnu"
    ecartees = int(table["n_sans_information"].iloc[-1])
    if ecartees > table["n_actions"].iloc[-1]:
        return INCONNU, "public inconnu pour la plupart des actions"
    reserve = f", {accord(ecartees, 'action sans compte écartée', 'actions sans compte écartées')}" if ecartees else ""
    sens = "au moins" if taux >= seuil else "moins de"
    return OUI if taux >= seuil else NON, f"{sens} {pourcentage(seuil)} du public prévu{reserve}"


def _resultat_intermediaire(mesures: pd.DataFrame, objectif: dict, fiches: Mapping[str, dict]) -> Reponse:
    """Ce que déclarent les bénéficiaires aux questions de l'indicateur, ou du thème, de l'objectif."""
    codes = {code for code, fiche in fiches.items() if fiche.get("theme") == objectif["theme"]}
    codes |= {objectif["indicateur_code"]} & fiches.keys()
    liees = mesures[mesures["indicateur_code"].isin(codes)]
    if liees.empty:
        return INCONNU, "aucune question d'enquête ne porte sur cet objectif"
    dit = liste(sorted({*liees["verdict"].str.lower()}))
    favorables, contraires = liees["verdict_code"].isin(ETABLIES), liees["verdict_code"].isin(DEFAVORABLES)
    if favorables.any() and not contraires.any():
        return OUI, f"enquêtes : {dit}"
    if (contraires.any() and not favorables.any()) or liees["verdict_code"].eq("stabilite").all():
        return NON, f"enquêtes : {dit}"
    return INCONNU, f"enquêtes : {dit}"


def _indicateur_favorable(juge: dict, fiche: dict | None) -> Reponse:
    """L'indicateur s'est-il écarté de son départ, du bon côté, d'au moins le plus petit changement qui compte ?"""
    if fiche is None or fiche["sens"] == "contexte" or pd.isna(juge["valeur"]) or pd.isna(juge["valeur_initiale"]):
        return INCONNU, juge["manque"] or "pas d'indicateur qui se juge"
    depart, cible = float(juge["valeur_initiale"]), juge["cible"]
    if fiche["sens"] == "cible" and pd.isna(cible):
        return INCONNU, "pas de cible"

    def gain(valeur: float) -> float:
        if fiche["sens"] == "cible":
            return abs(depart - cible) - abs(valeur - cible)
        return (valeur - depart) * (1 if fiche["sens"] == "hausse" else -1)

    bornes = [juge["valeur"] if pd.isna(juge[nom]) else juge[nom] for nom in ("borne_basse", "borne_haute")]
    gains = sorted(gain(float(valeur)) for valeur in (*bornes, juge["valeur"]))
    delta = (0.0 if pd.isna(fiche["delta"]) else float(fiche["delta"])) * (1 - 1e-9)
    if gains[0] > 0 and gain(float(juge["valeur"])) >= delta:
        return OUI, "évolution dans le sens attendu depuis la valeur de départ"
    if gains[-1] < delta or gains[-1] <= 0:
        return NON, "pas d'évolution dans le sens attendu qui atteigne le plus petit changement qui compte"
    return INCONNU, "la marge d'erreur ne permet pas de dire si l'indicateur a évolué dans le sens attendu"


def _calendrier(actions, realisations, valeurs, juge: dict, objectif: dict, annee: int) -> Reponse:
    """La valeur de départ est-elle antérieure aux actions, et la valeur de l'année postérieure à leur début ?"""
    menees = realisations[realisations["statut"].isin(["realisee", "partielle"]) & realisations["annee"].le(annee)]
    debut = menees.loc[menees["action_id"].isin(actions["action_id"]), "date_debut_reelle"].min()
    if pd.isna(debut):
        return INCONNU, "date de début des actions inconnue"
    if pd.isna(juge["valeur"]) or pd.isna(objectif["annee_initiale"]):
        return INCONNU, "valeur de départ ou de l'année inconnue"
    siennes = valeurs[valeurs["statut_valeur"].isin(CONNUES) & valeurs["annee"].eq(annee)]
    siennes = siennes[siennes["indicateur_code"].eq(objectif["indicateur_code"])]
    produite, depart = siennes["date_production"].max(), int(objectif["annee_initiale"])
    if depart > debut.year or (not pd.isna(produite) and produite < debut):
        return NON, f"actions commencées en {debut.year}, valeur de départ de {depart}"
    if depart == debut.year:
        return INCONNU, f"valeur de départ de l'année où les actions commencent ({depart})"
    return OUI, f"valeur de départ de {depart}, actions commencées en {debut.year}"
