"""Le pilotage inventé : réunions, présences, décisions, paroles, liens, collecte, valeurs relevées."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from citelib.simulation.enquetes import N_SOLLICITES
from citelib.simulation.monde import Alea, Lignes, Monde, jour
from citelib.simulation.programme import modeles_objectifs

EN = "education_nationale"
INSTANCES = {  # catégories invitées, puis mois et jours prévus
    "copil": (
        ("etat", EN, "ville", "institution_sociale", "autre_collectivite", "parents_habitants"),
        ((3, 20), (11, 20)),
    ),
    "cotech": (("etat", EN, "ville"), ((2, 6), (5, 15), (9, 18), (12, 4))),
    "ept": (
        ("etat", EN, "ville", "centre_social", "association", "parents_habitants"),
        ((1, 16), (3, 6), (4, 17), (6, 12), (10, 9)),
    ),
    "groupe_thematique": ((EN, "association", "institution_sociale"), ((6, 18),)),
}
ASSIDUITE = {"etat": 0.85, EN: 0.8, "ville": 0.95, "parents_habitants": 0.45}
MUETTE = "Mission jeunes (participation fictive)"
"""L'organisme qui ne répond pas : de lui devait venir le suivi des jeunes en décrochage."""
COLLECTE = (  # table, producteur, mois et jour de l'échéance (janvier : l'année suivante)
    ("actions", "Pilotes", 3, 31),
    ("reponses_beneficiaires", "Collèges", 6, 30),
    ("reponses_partenaires", "Évaluateur", 12, 15),
    ("valeurs", "Éducation nationale", 12, 20),
    ("valeurs", MUETTE, 12, 20),
    ("realisations", "Porteurs", 1, 10),
    ("beneficiaires", "Porteurs", 1, 10),
    ("financements", "Préfecture et Ville", 1, 12),
)


def instances(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Douze réunions prévues, dont une n'a pas lieu."""
    objets = {"copil": "Orientations et financements", "cotech": "Point d'étape", "ept": "Instruction des projets"}
    lignes = [
        {
            "reunion_id": f"{annee}-{instance.upper().replace('_', '-')}-{rang}",
            "instance": instance,
            "date": jour(annee, *quand, alea.integers(7)),
            "tenue": True,
            "objet": objets.get(instance, "Travail sur un thème"),
        }
        for instance, (_, calendrier) in INSTANCES.items()
        for rang, quand in enumerate(calendrier, 1)
    ]
    lignes[alea.integers(2, len(lignes))]["tenue"] = False
    return lignes


def presences(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les organismes invités à chaque réunion, présents ou non."""
    lignes = []
    for reunion in monde.de("instances", annee):
        categories = INSTANCES[reunion["instance"]][0]
        for organisme in monde.toutes("structures"):
            # Au comité technique ne siègent que les techniciens des pilotes.
            if organisme["categorie"] not in categories or (
                reunion["instance"] == "cotech" and not organisme["pilote"]
            ):
                continue
            vient = alea.random() < ASSIDUITE.get(organisme["categorie"], 0.6)
            lignes.append(
                {
                    "reunion_id": reunion["reunion_id"],
                    "structure_id": organisme["structure_id"],
                    "invite": True,
                    "present": bool(vient and reunion["tenue"]),
                }
            )
    return lignes


def decisions(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Quinze décisions, la plupart exécutées, quelques-unes en retard ou abandonnées."""
    tenues = [r for r in monde.de("instances", annee) if r["tenue"] and r["instance"] != "groupe_thematique"]
    phrases, releve = monde.recette["phrases"]["decisions"], dt.datetime(annee + 1, 1, 14)
    lignes = []
    for rang, libelle in enumerate(alea.permutation(phrases), 1):
        reunion = tenues[alea.integers(len(tenues))]
        echeance = reunion["date"] + dt.timedelta(days=int(alea.integers(30, 150)))
        execution = echeance + dt.timedelta(days=int(alea.normal(-8, 25)))
        abandonnee = alea.random() < 0.08
        faite = not abandonnee and reunion["date"] < execution < releve and alea.random() < 0.85
        en_cours = "en_cours" if alea.random() < 0.6 else "a_faire"
        lignes.append(
            {
                "decision_id": f"D-{annee}-{rang:02d}",
                "reunion_id": reunion["reunion_id"],
                "libelle": str(libelle),
                "origine": str(
                    alea.choice(["pilote", "technique", "parents_habitants", "jeunes"], p=[0.4, 0.4, 0.13, 0.07])
                ),
                "responsable_role": str(
                    alea.choice(["CPO", "Coordonnateur", "Délégué du préfet", "Représentant de la ville"])
                ),
                "echeance": echeance,
                "statut": "abandonnee" if abandonnee else "faite" if faite else en_cours,
                "date_execution": execution if faite else None,
            }
        )
    return lignes


def recommandations(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Six recommandations et leurs suites."""
    lignes = []
    for rang, texte in enumerate(monde.recette["phrases"]["recommandations"], 1):
        statut = str(alea.choice(["faite", "en_cours", "abandonnee", "sans_suite"], p=[0.4, 0.35, 0.1, 0.15]))
        preuve = "Relevé de décisions du comité technique" if statut == "faite" else None
        role = ("CPO", "Coordonnateur", "Comité de pilotage")[rang % 3]
        lignes.append(
            {
                "reco_id": f"RECO-{annee}-{rang}",
                "texte": texte,
                "destinataire_role": role,
                "statut": statut,
                "preuve": preuve,
            }
        )
    return lignes


def verbatims(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Huit paroles, dont quelques-unes ne sortent pas de la cité."""
    paroles, programme = monde.recette["phrases"]["verbatims"], monde.de("actions", annee)
    lignes = []
    for rang, numero in enumerate(alea.permutation(len(paroles))[:8], 1):
        acteur, theme, tonalite, texte = paroles[numero]
        suivies = [a["action_id"] for a in programme if _suit(acteur, a)]
        lignes.append(
            {
                "verbatim_id": f"V-{annee}-{rang}",
                "type_acteur": acteur,
                "action_id": suivies[alea.integers(len(suivies))] if suivies else None,
                "theme_code": theme,
                "tonalite": tonalite,
                "texte_anonymise": texte,
                "recueil": "Entretien collectif" if acteur in ("jeune", "parent") else "Entretien",
                "diffusable": bool(alea.random() < 0.75),
            }
        )
    return lignes


def _suit(acteur: str, action: dict) -> bool:
    """Une personne de ce genre a-t-elle pu suivre l'action ?"""
    if acteur == "jeune":
        return action.get("age_max", 0) >= 11
    return acteur == "parent" and action["parents_vises"]


def liens(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les liens de travail que déclarent les organismes ; les pilotes en déclarent et en reçoivent plus."""
    organismes = monde.toutes("structures")
    poids = {o["structure_id"]: 0.45 if o["pilote"] else 0.09 for o in organismes}
    return [
        {"structure_id": un, "structure_liee_id": autre}
        for un in poids
        for autre in poids
        if un != autre and alea.random() < max(poids[un], poids[autre]) * 0.6
    ]


def collecte(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Ce qui était attendu, de qui, et ce qui est arrivé."""
    lignes = []
    for table, producteur, mois, quantieme in COLLECTE:
        attendu = jour(annee + (mois == 1), mois, quantieme)
        recu = min(attendu + dt.timedelta(days=int(alea.integers(-12, 12))), dt.datetime(annee + 1, 1, 14))
        arrive = producteur != MUETTE
        lignes.append(
            {
                "table": table,
                "producteur": producteur,
                "attendu_le": attendu,
                "recu_le": recu if arrive else None,
                "relances": int(alea.integers(0, 2) if arrive else alea.integers(1, 4)),
                "taux_completude": round(float(alea.uniform(0.82, 1)), 2) if arrive else None,
            }
        )
    return lignes


def valeurs(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les valeurs relevées pour les objectifs, et l'engagement des crédits."""
    cle = monde.reglages["cle"]
    commun = {"periode": f"année {annee}", "niveau": "cite", "territoire_code": cle, "producteur": "Relevé de la cité"}
    commun |= {"perimetre_version": f"QPV {'2024' if annee >= 2024 else '2015'}", "statut_valeur": "observee"}
    engage = sum(f["accorde"] for f in monde.de("financements", annee) if f["financeur"] in ("etat_p147", "ville"))
    notifie = round(engage / alea.uniform(0.93, 1.0))
    lignes = [commun | {"indicateur_code": "R05"} | _rapport(engage, notifie)]
    vus = {"R05"}
    for modele in modeles_objectifs(monde):
        code = modele.get("indicateur")
        if code in vus or not ("valeur" in modele or "non_collectee" in modele):
            continue
        vus.add(code)
        ligne = commun | {"indicateur_code": code}
        if "non_collectee" in modele:
            lignes.append(ligne | {"statut_valeur": "non_collectee", "commentaire": "Suivi non transmis"})
        elif code in COMPTEES:
            lignes.append(ligne | _rapport(*COMPTEES[code](monde, annee)))
        elif modele.get("etablissements"):
            lignes += [
                ligne
                | {"niveau": "etablissement", "territoire_code": uai}
                | _tiree(monde, modele, annee, alea, monde.alea(f"{code} {uai}").normal(1, 0.06))
                for uai in monde.uai("college")
            ]
        else:
            lignes.append(ligne | _tiree(monde, modele, annee, alea))
    return lignes + ([] if monde.reelles["valeurs"] else _colleges(monde, annee, alea))


def _rapport(numerateur: float, denominateur: float | None) -> dict:
    """Numérateur, dénominateur et valeur d'une ligne ; sans dénominateur, la valeur est un nombre."""
    if denominateur is None:
        return {"valeur": numerateur}
    valeur = round(numerateur / denominateur, 4) if denominateur else None
    return {"numerateur": numerateur, "denominateur": denominateur, "valeur": valeur}


def _tiree(monde: Monde, modele: dict, annee: int, alea: Alea, facteur: float = 1.0) -> dict:
    """Une valeur tirée sur le chemin qui va de la valeur de départ à la dernière ; `facteur` est local."""
    depart, fin = monde.annees[0] - 1, monde.annees[-1]
    initiale = modele.get("initiale", modele["valeur"])
    visee = initiale + (modele["valeur"] - initiale) * (annee - depart) / (fin - depart)
    visee *= facteur * alea.normal(1, 0.015)
    if not modele["base"]:
        return _rapport(round(visee), None)
    base = max(5, round(modele["base"] * alea.uniform(0.95, 1.05)))
    return _rapport(min(base, round(base * visee)), base)


def _part_bilans(monde: Monde, annee: int) -> tuple[int, int]:
    recus = [r for r in monde.de("realisations", annee) if r.get("bilan_recu_le")]
    return len(recus), len(monde.de("actions", annee))


def _part_decisions(monde: Monde, annee: int) -> tuple[int, int]:
    origines = [d["origine"] for d in monde.de("decisions", annee)]
    return sum(origine in ("parents_habitants", "jeunes") for origine in origines), len(origines)


def _part_repondants(monde: Monde, annee: int) -> tuple[int, int]:
    repondants = {r["repondant_pseudo"] for r in monde.de("reponses_partenaires", annee) if r["instrument"] == "ODAP"}
    return len(repondants), N_SOLLICITES


def _part_parents(monde: Monde, annee: int) -> tuple[int, int]:
    notes = [r["reponse"] for r in monde.de("reponses_beneficiaires", annee) if r["item"] == "aise_ecole"]
    notes = [note for note in notes if note != "NSP"]
    return sum(note in ("3", "4") for note in notes), len(notes)


def _touches(public: str) -> Callable[[Monde, int], tuple[int, None]]:
    """Compte les personnes d'un public : une borne haute, puisqu'une personne peut suivre deux actions."""
    return lambda monde, annee: (
        sum(b["nb_uniques"] for b in monde.de("beneficiaires", annee) if b["type_public"] == public),
        None,
    )


COMPTEES = {
    "R15": _part_bilans,
    "P10": _part_decisions,
    "P03": _part_repondants,
    "I14": _part_parents,
    "S13": _touches("parent"),
    "S25": _touches("professionnel"),
}
"""Les valeurs qui se comptent dans les autres tables : elles ne doivent pas les contredire."""


def _colleges(monde: Monde, annee: int, alea: Alea) -> Lignes:
    """Les indicateurs scolaires d'une cité inventée, et les moyennes auxquelles les comparer."""
    reperes = {"I04": (0.84, 0.05), "I06": (0.9, 0.03), "I07": (0.96, 0.01), "I11": (95, 8), "I05": (0, 4)}
    territoires = [("etablissement", uai) for uai in monde.uai("college")]
    territoires += [("academie", "academie-fictive"), ("reseau", "rep_plus_france"), ("france", "france")]
    return [
        {
            "indicateur_code": code,
            "periode": f"session {annee}",
            "niveau": niveau,
            "territoire_code": territoire,
            "denominateur": int(alea.integers(80, 130))
            if niveau == "etablissement" and code in ("I04", "I05")
            else None,
            "valeur": round(float(min(alea.normal(milieu, ecart), 1 if milieu < 1 and code != "I05" else 200)), 2),
            "statut_valeur": "observee",
            "producteur": "Simulation",
        }
        for code, (milieu, ecart) in reperes.items()
        for niveau, territoire in territoires
        if code != "I05" or niveau == "etablissement"
    ]
