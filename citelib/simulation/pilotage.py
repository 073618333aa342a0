"""Le pilotage inventé : réunions, présences, décisions, paroles, liens, collecte, valeurs relevées."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from citelib.simulation.monde import EXEMPLE, Alea, Lignes, Monde, jour

ASSIDUITE = {"etat": 0.85, "education_nationale": 0.8, "ville": 0.95, "parents_habitants": 0.45}
ORIGINES = {"pilote": 0.4, "technique": 0.4, "parents_habitants": 0.13, "jeunes": 0.07}
ROLES = ("CPO", "Coordonnateur", "Délégué du préfet", "Représentant de la ville")
SUITES = {"faite": 0.4, "en_cours": 0.35, "abandonnee": 0.1, "sans_suite": 0.15}
PAROLE = ("type_acteur", "theme_code", "tonalite", "texte_anonymise")
N_SOLLICITES = 41
"""Partenaires à qui l'enquête est envoyée."""
SCOLAIRES = {  # indicateurs scolaires d'une cité inventée : moyenne, écart-type, plus grande valeur, colonne du vivier
    "I04": (0.84, 0.05, 1, "taux_reussite"),
    "I06": (0.9, 0.03, 1, "taux_acces"),
    "I07": (0.96, 0.01, 1, "part_presents"),
    "I11": (95, 8, 200, "ips"),
    "I05": (0, 4, 100, "valeur_ajoutee"),
}


def instances(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Douze réunions prévues, dont une n'a pas lieu."""
    lignes = [
        {
            "reunion_id": f"{annee}-{instance.upper().replace('_', '-')}-{rang}",
            "instance": instance,
            "date": jour(annee, *quand, alea.integers(7)),
            "tenue": True,
            "objet": objet,
        }
        for instance, (objet, _, calendrier) in EXEMPLE["instances"].items()
        for rang, quand in enumerate(calendrier, 1)
    ]
    lignes[alea.integers(2, len(lignes))]["tenue"] = False
    return lignes


def presences(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les organismes invités à chaque réunion, présents ou non."""
    for reunion in monde.de("instances", annee):
        _, categories, _ = EXEMPLE["instances"][reunion["instance"]]
        for organisme in monde.toutes("structures"):
            # Au comité technique ne siègent que les techniciens des pilotes.
            siege = organisme["pilote"] or reunion["instance"] != "cotech"
            if siege and organisme["categorie"] in categories:
                vient = alea.random() < ASSIDUITE.get(organisme["categorie"], 0.6) and reunion["tenue"]
                ligne = {"reunion_id": reunion["reunion_id"], "structure_id": organisme["structure_id"]}
                yield ligne | {"invite": True, "present": bool(vient)}


def decisions(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Quinze décisions, la plupart exécutées, quelques-unes en retard ou abandonnées."""
    tenues = [r for r in monde.de("instances", annee) if r["tenue"] and r["instance"] != "groupe_thematique"]
    preuves = monde.alea("preuves des décisions", annee)
    for rang, libelle in enumerate(alea.permutation(EXEMPLE["phrases"]["decisions"]), 1):
        reunion = tenues[alea.integers(len(tenues))]
        echeance = reunion["date"] + dt.timedelta(days=int(alea.integers(30, 150)))
        execution = echeance + dt.timedelta(days=int(alea.normal(-8, 25)))
        abandonnee = alea.random() < 0.08
        possible = not abandonnee and reunion["date"] < execution < dt.datetime(annee + 1, 1, 14)
        faite = possible and alea.random() < 0.85
        en_cours = "en_cours" if alea.random() < 0.6 else "a_faire"
        yield {
            "decision_id": f"D-{annee}-{rang:02d}",
            "reunion_id": reunion["reunion_id"],
            "libelle": str(libelle),
            "origine": str(alea.choice(list(ORIGINES), p=list(ORIGINES.values()))),
            "responsable_role": str(alea.choice(ROLES)),
            "echeance": echeance,
            "statut": "abandonnee" if abandonnee else "faite" if faite else en_cours,
            "date_execution": execution if faite else None,
            "preuve": "Relevé de décisions de la réunion suivante" if preuves.random() < 0.7 and faite else None,
        }


def recommandations(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Six recommandations, à suivre l'année d'après, et leurs suites."""
    echeances = monde.alea("échéances des recommandations", annee)
    for rang, texte in enumerate(EXEMPLE["phrases"]["recommandations"], 1):
        statut = str(alea.choice(list(SUITES), p=list(SUITES.values())))
        yield {
            "reco_id": f"RECO-{annee}-{rang}",
            "texte": texte,
            "destinataire_role": ("CPO", "Coordonnateur", "Comité de pilotage")[rang % 3],
            "statut": statut,
            "preuve": "Relevé de décisions du comité technique" if statut == "faite" else None,
            "echeance": jour(annee + 1, int(echeances.integers(3, 13)), 15),
        }


def verbatims(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Huit paroles, dont quelques-unes ne sortent pas de la cité."""
    paroles, actions = EXEMPLE["phrases"]["verbatims"], monde.de("actions", annee)
    possibles = {
        "jeune": [a["action_id"] for a in actions if (a["age_max"] or 0) >= 11],
        "parent": [a["action_id"] for a in actions if a["parents_vises"]],
    }
    for rang, numero in enumerate(alea.permutation(len(paroles))[:8], 1):
        parole = dict(zip(PAROLE, paroles[numero], strict=True))
        suivies = possibles.get(parole["type_acteur"])
        yield parole | {
            "verbatim_id": f"V-{annee}-{rang}",
            "action_id": suivies[alea.integers(len(suivies))] if suivies else None,
            "recueil": "Entretien" if suivies is None else "Entretien collectif",
            "diffusable": bool(alea.random() < 0.75),
        }


def contributions(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Ce que l'évaluateur a répondu, la dernière année, pour la moitié des objectifs qui ont un indicateur."""
    rivales = EXEMPLE["phrases"]["rivales"]
    for objectif in monde.de("objectifs", annee) if annee == monde.annees[-1] else []:
        if objectif.get("indicateur_code") is None or alea.random() < 0.4:
            continue
        qui = {"objectif_id": objectif["objectif_id"], "par_role": "Évaluateur", "date": jour(annee + 1, 1, 10)}
        examinee = alea.random() < 0.7
        texte = rivales[alea.integers(len(rivales))] if examinee else "À examiner au prochain comité technique."
        yield qui | {"verification": 6, "reponse": "oui" if examinee else "inconnu", "explication": texte}
        if alea.random() < 0.4:
            texte = "Entretiens avec les porteurs : les participants disent revenir plus volontiers."
            yield qui | {"verification": 3, "reponse": "oui", "explication": texte}


def liens(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les liens de travail que déclarent les organismes ; les pilotes en déclarent et en reçoivent plus."""
    poids = {o["structure_id"]: 0.45 if o["pilote"] else 0.09 for o in monde.toutes("structures")}
    return [
        {"structure_id": un, "structure_liee_id": autre}
        for un in poids
        for autre in poids
        if un != autre and alea.random() < max(poids[un], poids[autre]) * 0.6
    ]


def collecte(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Ce qui était attendu, de qui, et ce qui est arrivé."""
    for table, producteur, mois, quantieme, arrive in EXEMPLE["collecte"]:
        attendu = jour(annee + (mois == 1), mois, quantieme)
        recu = min(attendu + dt.timedelta(days=int(alea.integers(-12, 12))), dt.datetime(annee + 1, 1, 14))
        yield {
            "table": table,
            "producteur": producteur,
            "attendu_le": attendu,
            "recu_le": recu if arrive else None,
            "relances": int(alea.integers(0, 2) if arrive else alea.integers(1, 4)),
            "taux_completude": round(float(alea.uniform(0.82, 1)), 2) if arrive else None,
        }


def valeurs(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les valeurs relevées pour les objectifs, et l'engagement des crédits."""
    commun = {"periode": f"année {annee}", "niveau": "cite", "territoire_code": monde.reglages["cle"]}
    commun |= {"producteur": "Relevé de la cité", "statut_valeur": "observee"}
    commun |= {"perimetre_version": f"QPV {'2024' if annee >= 2024 else '2015'}"}
    engage = sum(f["accorde"] for f in monde.de("financements", annee) if f["financeur"] in ("etat_p147", "ville"))
    yield commun | {"indicateur_code": "R05"} | _rapport(engage, round(engage / alea.uniform(0.93, 1.0)))
    comptees = _comptees(monde, annee)
    for objectif in monde.objectifs:
        code = objectif.get("indicateur_code")
        ligne = commun | {"indicateur_code": code}
        if "non_collectee" in objectif:
            yield ligne | {"statut_valeur": "non_collectee", "commentaire": "Suivi non transmis"}
        elif code in comptees:
            yield ligne | comptees[code]
        elif "etablissements" in objectif:
            for uai in monde.uai("college"):
                facteur = monde.alea(f"{code} {uai}").normal(1, 0.06)
                local = {"niveau": "etablissement", "territoire_code": uai}
                yield ligne | local | _tiree(monde, objectif, annee, alea, facteur)
        elif "valeur" in objectif:
            yield ligne | _tiree(monde, objectif, annee, alea)
    if not monde.reelles["valeurs"]:
        yield from _scolaires(monde, annee, alea)


def _rapport(numerateur: float, denominateur: float) -> dict:
    """Numérateur, dénominateur et valeur d'une ligne."""
    valeur = round(numerateur / denominateur, 4) if denominateur else None
    return {"numerateur": numerateur, "denominateur": denominateur, "valeur": valeur}


def _tiree(monde: Monde, objectif: dict, annee: int, alea: Alea, facteur: float = 1.0) -> dict:
    """Une valeur tirée sur le chemin qui va de la valeur de départ à la dernière ; `facteur` est local."""
    initiale = objectif.get("valeur_initiale", objectif["valeur"])
    visee = initiale + (objectif["valeur"] - initiale) * monde.avancement(annee)
    visee *= facteur * alea.normal(1, 0.015)
    if not objectif["base"]:
        return {"valeur": round(visee)}
    base = max(5, round(objectif["base"] * alea.uniform(0.95, 1.05)))
    return _rapport(min(base, round(base * visee)), base)


def _comptees(monde: Monde, annee: int) -> dict[str, dict]:
    """Les valeurs qui se comptent dans les autres tables : elles ne doivent pas les contredire."""
    recus = [bilan for bilan in monde.de("realisations", annee) if bilan.get("bilan_recu_le")]
    origines = [decision["origine"] for decision in monde.de("decisions", annee)]
    odap = {r["repondant_pseudo"] for r in monde.de("reponses_partenaires", annee) if r["instrument"] == "ODAP"}
    notes = [r["reponse"] for r in monde.de("reponses_beneficiaires", annee) if r["item"] == "aise_ecole"]
    notes = [note for note in notes if note != "NSP"]
    # Une borne haute : une personne peut suivre deux actions.
    touches = Counter()
    for ligne in monde.de("beneficiaires", annee):
        touches[ligne["type_public"]] += ligne["nb_uniques"]
    return {
        "R15": _rapport(len(recus), len(monde.de("actions", annee))),
        "P10": _rapport(sum(o in ("parents_habitants", "jeunes") for o in origines), len(origines)),
        "P03": _rapport(len(odap), N_SOLLICITES),
        "I14": _rapport(sum(note in ("3", "4") for note in notes), len(notes)),
        "S13": {"valeur": touches["parent"]},
        "S25": {"valeur": touches["professionnel"]},
    }


def _scolaires(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les indicateurs scolaires d'une cité inventée, et les moyennes auxquelles les comparer."""
    colleges = [("etablissement", uai) for uai in monde.uai("college")]
    connus = {ligne["uai"]: ligne for ligne in monde.de("colleges", annee)}
    reperes = [("academie", "academie-fictive"), ("reseau", "rep_plus_france"), ("france", "france")]
    for code, (moyenne, ecart, maxi, colonne) in SCOLAIRES.items():
        for niveau, territoire in colleges + (reperes if code != "I05" else []):
            candidats = niveau == "etablissement" and code in ("I04", "I05")
            tires = int(alea.integers(80, 130)), round(float(min(alea.normal(moyenne, ecart), maxi)), 2)
            connu = connus.get(territoire, {})
            yield {
                "indicateur_code": code,
                "periode": f"session {annee}",
                "niveau": niveau,
                "territoire_code": territoire,
                "denominateur": connu.get("nb_candidats", tires[0]) if candidats else None,
                "valeur": connu.get(colonne, tires[1]),
                "statut_valeur": "observee",
                "producteur": "Simulation",
            }
