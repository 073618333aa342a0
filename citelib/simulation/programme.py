"""Le programme inventé : habitants, objectifs, actions, bilans, bénéficiaires, présences et crédits."""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from citelib.simulation.monde import EXEMPLE, Alea, Monde, arrondi, jour, pseudo
from citelib.tables import AGES, TRANCHES_AGE

PARTS_AGE = dict(zip(TRANCHES_AGE, (0.045, 0.045, 0.078, 0.078, 0.03, 0.105), strict=True))
"""Part de chaque tranche parmi les habitants d'un quartier : des ordres de grandeur, non une mesure."""
STATUTS = {"partielle": 0.07, "reportee": 0.03, "annulee": 0.025, "sans_information": 0.015}
"""Part de chaque statut parmi les actions programmées ; le reste est réalisé."""
PUBLICS = {"jeunes": "enfant_jeune", "parents": "parent", "professionnels": "professionnel"}
EU_LIEU = ("realisee", "partielle")


def populations(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les moins de 26 ans de chaque quartier, par tranche d'âge et sexe."""
    habitants = monde.reglages.get("territoire", {}).get("habitants_qpv", 7000)
    for code, part in zip(monde.zonage(annee), (0.42, 0.58), strict=False):
        for tranche, part_age in PARTS_AGE.items():
            nombre = round(habitants * part * part_age * alea.uniform(0.95, 1.05))
            filles = int(alea.binomial(nombre, 0.49))
            for sexe, n in (("F", filles), ("G", nombre - filles)):
                yield {"qpv_code": code, "tranche_age": tranche, "sexe": sexe, "population": n}


def objectifs(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les objectifs de l'année ; la cible avance chaque année vers celle de la dernière."""
    for numero, objectif in enumerate(monde.objectifs, 1):
        initiale, cible = objectif.get("valeur_initiale"), objectif.get("cible")
        if initiale is not None and cible is not None:
            cible = round(initiale + (cible - initiale) * monde.avancement(annee), 3 if cible < 1 else None)
        yield objectif | {
            "objectif_id": f"OBJ-{numero:02d}",
            "annee_initiale": None if initiale is None else monde.annees[0] - 1,
            "cible": cible,
            "annee_cible": None if cible is None else annee,
            "source_prevue": "Relevé annuel" if "indicateur_code" in objectif else None,
        }


def actions(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Le programme de l'année, puis les actions ajoutées en cours d'année."""
    avant = {fiche["action_id"] for fiche in monde.choisies[annee - 1]}
    vises = defaultdict(list)
    for objectif in monde.de("objectifs", annee):
        vises[objectif["theme"]].append(objectif["objectif_id"])
    for rang, fiche in enumerate(monde.choisies[annee]):
        debut = jour(annee, 9, 16, alea.integers(30)) if alea.random() < 0.25 else jour(annee, 1, 8, alea.integers(90))
        fin = min(debut + dt.timedelta(days=int(alea.integers(20, 160))), dt.datetime(annee, 12, 20))
        suite = "modifiee" if alea.random() < 0.15 else "reconduite"
        seances = max(1, round(fiche["seances"] * alea.uniform(0.9, 1.1)))
        choix = vises[fiche["theme"]]
        ajoutee = rang >= monde.n_actions
        porteur = _porteur(monde, fiche)
        action = fiche | porteur
        action |= {} if fiche["public"] == "jeunes" else {"age_min": None, "age_max": None}
        yield action | {
            "objectif_operationnel_id": choix[zlib.crc32(fiche["action_id"].encode()) % len(choix)],
            "axes_secondaires": ("A1",) if rang % 4 == 1 and fiche["axe"] != "A1" else (),
            "renouvellement": suite if fiche["action_id"] in avant else "premiere",
            "public_prevu": None if alea.random() < 0.04 else round(fiche["effectif"] * alea.uniform(0.9, 1.15)),
            "parents_vises": fiche["public"] == "parents" or bool(alea.random() < 0.15),
            "qpv": tuple(monde.zonage(annee)[int(alea.random() < 0.3) :]),
            "uai": _etablissements_vises(monde, fiche, porteur["porteur_nom"], alea),
            "seances_prevues": seances,
            "date_debut_prevue": debut,
            "date_fin_prevue": debut if seances == 1 else fin,
            "date_validation_copil": None if ajoutee else jour(annee - 1, 12, 12),
            "cout_total_prevu": arrondi(fiche["cout"] * alea.uniform(0.95, 1.1), 100),
            "hors_programmation": ajoutee,
        }


def _porteur(monde: Monde, fiche: Mapping) -> dict:
    """L'organisme qui porte l'action : toujours le même, et plausible pour son public."""
    organismes = monde.toutes("structures")
    if fiche["temps"] == "scolaire" and (fiche["age_min"] >= 11 or fiche["public"] == "parents"):
        nature, choix = "EPLE", [o for o in organismes if o["nom"].startswith("Collège")]
    elif fiche["temps"] == "scolaire":
        nature, choix = "commune", [o for o in organismes if o["categorie"] == "ville"]
    else:
        # Une association réelle ne porte pas d'action inventée.
        libres = [o for o in organismes if o["categorie"] == "association" and "fictive" in o["nom"]]
        nature, choix = "association", libres + [o for o in organismes if o["categorie"] == "centre_social"]
    organisme = choix[zlib.crc32(fiche["intitule"].encode()) % len(choix)]
    return {"porteur_nom": organisme["nom"], "type_porteur": nature}


def _etablissements_vises(monde: Monde, fiche: Mapping, porteur: str, alea: Alea) -> tuple[str, ...]:
    """Des collèges ou des écoles pour les actions du temps scolaire et périscolaire, le porteur d'abord."""
    if fiche["temps"] not in ("scolaire", "periscolaire") or fiche["public"] == "professionnels":
        return ()
    if fiche["age_min"] >= 11 or fiche["public"] == "parents":
        codes = monde.uai("college")
    else:
        codes = monde.uai("maternelle" if fiche["age_max"] <= 5 else "elementaire", "primaire")
    tires = alea.choice(codes, min(len(codes), int(alea.integers(1, 4))), replace=False).tolist()
    chez_lui = [e["uai"] for e in monde.toutes("etablissements") if e["nom"] == porteur]
    return tuple(sorted({*tires, *chez_lui}))


def realisations(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Ce que chaque action est devenue ; une action n'a aucune ligne, comme il arrive."""
    programme = monde.de("actions", annee)
    tirages = {statut: part * alea.uniform(0.5, 1.5) for statut, part in STATUTS.items()}
    statuts = [statut for statut, part in tirages.items() for _ in range(round(part * monde.n_actions))]
    statuts += ["realisee"] * (monde.n_actions - len(statuts))
    alea.shuffle(statuts)
    # Une action ajoutée en cours d'année l'a été parce qu'elle se faisait.
    statuts += ["realisee"] * (len(programme) - len(statuts))
    oubliee = alea.integers(monde.n_actions)
    for rang, (action, statut) in enumerate(zip(programme, statuts, strict=True)):
        if rang != oubliee:
            yield {"action_id": action["action_id"], "statut": statut} | _bilan(action, statut, alea)


def _bilan(action: Mapping, statut: str, alea: Alea) -> dict:
    """Le reste du bilan : séances, dates, motif, réception ; vide quand rien n'est parvenu."""
    if statut == "sans_information":
        return {}
    ecart = {}
    if statut != "realisee":
        motifs = EXEMPLE["phrases"]["ecarts"]
        ecart = dict(zip(("motif_ecart", "commentaire_ecart"), motifs[alea.integers(len(motifs))], strict=True))
    if statut not in EU_LIEU:
        return ecart | {"bilan_recu_le": jour(action["annee"], 12, 1, alea.integers(20))}
    part = alea.uniform(0.85, 1.03) if statut == "realisee" else alea.uniform(0.3, 0.7)
    debut = action["date_debut_prevue"] + dt.timedelta(days=int(max(-3, alea.normal(7, 10))))
    recu = alea.random() < 0.9
    return ecart | {
        "seances_tenues": max(1, round(action["seances_prevues"] * part)) if alea.random() < 0.94 else None,
        "date_debut_reelle": debut,
        "date_fin_reelle": max(debut, action["date_fin_prevue"] + dt.timedelta(days=int(alea.integers(-5, 6)))),
        "bilan_recu_le": jour(action["annee"], 12, 1, alea.integers(40)) if recu else None,
        "methode_comptage": str(alea.choice(["nominatif", "emargement", "estimation"], p=[0.4, 0.45, 0.15])),
    }


def beneficiaires(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les personnes touchées, par agrégats : de grands nombres, de petits, des « non renseigné »."""
    bilans = monde.bilans(annee)
    for action in monde.de("actions", annee):
        bilan = bilans.get(action["action_id"], {})
        if not bilan.get("methode_comptage") or not bilan.get("bilan_recu_le"):
            continue
        part = alea.uniform(0.75, 1.15) if bilan["statut"] == "realisee" else alea.uniform(0.25, 0.6)
        total = max(3, round(action["effectif"] * part))
        public = PUBLICS[action["public"]]
        yield from _agregats(monde, action, bilan, public, total, alea)
        if action["parents_vises"] and public == "enfant_jeune":
            yield from _agregats(monde, action, bilan, "parent", max(2, total // 6), alea)


def _agregats(monde: Monde, action: Mapping, bilan: Mapping, public: str, total: int, alea: Alea) -> Iterator[dict]:
    """Répartit `total` personnes par âge, sexe, résidence et établissement."""
    estime, jeunes = bilan["methode_comptage"] == "estimation", public == "enfant_jeune"
    ages = {"adulte": 1.0}
    if jeunes:
        bornes = {t: (max(a, action["age_min"]), min(z, action["age_max"])) for t, (a, z) in AGES.items()}
        ages = {t: z - a + 1 for t, (a, z) in bornes.items() if z >= a}
    garcons = alea.uniform(0.35, 0.6) if jeunes else 0.12
    sexes = {"NR": 1.0} if estime else {"F": 0.95 - garcons, "G": garcons, "NR": 0.05}
    quartiers = dict(zip(monde.zonage(action["annee"]), (0.2, 0.35), strict=False))
    sans_adresse = estime or public == "professionnel"
    residences = {"NR": 1.0} if sans_adresse else quartiers | {"hors_qpv": 0.37, "NR": 0.08}
    # Un petit groupe venu de plusieurs établissements n'est pas détaillé.
    detaille = jeunes and action["uai"] and total >= 60 * len(action["uai"])
    cases = list(itertools.product(ages, sexes, residences, action["uai"] if detaille else (None,)))
    poids = np.array([ages[age] * sexes[sexe] * residences[residence] for age, sexe, residence, _ in cases])
    seances = bilan["seances_tenues"]
    heures = alea.random() < 0.6 and seances
    for case, n in zip(cases, alea.multinomial(total, poids / poids.sum()), strict=True):
        if not n:
            continue
        venues = n + int(alea.binomial(n * (seances - 1), 0.72)) if seances else None
        yield dict(zip(("tranche_age", "sexe", "residence", "uai"), case, strict=True)) | {
            "action_id": action["action_id"],
            "type_public": public,
            "nb_uniques": int(n),
            "nb_participations": venues,
            "nb_nouveaux": None if estime else int(alea.binomial(n, 0.45)),
            "heures_proposees": 1.5 * n * seances if heures else None,
            "heures_suivies": 1.5 * venues if heures else None,
        }


def participations(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Les présences séance par séance de trois actions, celles mêmes que comptent leurs bénéficiaires."""
    bilans, groupes = monde.bilans(annee), defaultdict(list)
    for ligne in monde.de("beneficiaires", annee):
        groupes[ligne["action_id"]].append(ligne)
    petites = [
        identifiant
        for identifiant, lignes in sorted(groupes.items())
        if 10 <= sum(ligne["nb_uniques"] for ligne in lignes) <= 40
        and 4 <= (bilans[identifiant]["seances_tenues"] or 0) <= 14
    ]
    for identifiant in petites[:3]:
        bilan = bilans[identifiant]
        n_seances, debut = bilan["seances_tenues"], bilan["date_debut_reelle"]
        pas = max(1, (bilan["date_fin_reelle"] - debut).days // n_seances)
        for groupe in groupes[identifiant]:
            n, venues = groupe["nb_uniques"], groupe["nb_participations"]
            # Chacun vient au moins une fois ; le reste se tire parmi les places restantes.
            places = alea.permutation(np.repeat(np.arange(n), n_seances - 1))[: venues - n]
            for personne in range(n):
                nom = pseudo(alea, "x")
                for seance in sorted(alea.choice(n_seances, 1 + int((places == personne).sum()), replace=False)):
                    date = debut + dt.timedelta(days=pas * int(seance))
                    yield {"action_id": identifiant, "seance": date, "participant_pseudo": nom}


def financements(monde: Monde, annee: int, alea: Alea) -> Iterator[dict]:
    """Qui paie quoi : l'État et la Ville à peu près à parité, d'autres en complément."""
    bilans, depots = monde.bilans(annee), monde.alea("dates de dépôt", annee)
    for action in monde.de("actions", annee):
        cout = action["cout_total_prevu"]
        statut = bilans.get(action["action_id"], {}).get("statut", "sans_information")
        montants = {cle: arrondi(part * cout, 50) for cle, part in _parts(action, alea).items() if part}
        montants["autofinancement", "numeraire", "specifique"] = max(0.0, cout - sum(montants.values()))
        eu_lieu = statut in EU_LIEU
        rendu = eu_lieu and alea.random() < 0.82
        for cle, demande in montants.items():
            plein = "autofinancement" in cle or alea.random() < 0.6
            accorde = demande if plein else arrondi(demande * alea.uniform(0.8, 1), 50)
            notifie = jour(annee, 3, 11, alea.integers(60))
            part = {"realisee": alea.uniform(0.88, 1.02), "partielle": alea.uniform(0.4, 0.8)}.get(statut, 0.0)
            # Rien n'est versé ni dépensé si l'action n'a pas eu lieu.
            yield dict(zip(("financeur", "nature", "credit"), cle, strict=True)) | {
                "action_id": action["action_id"],
                "demande": demande,
                "accorde": accorde,
                "verse": accorde if eu_lieu else 0.0,
                "depense_justifiee": round(accorde * part, 2) if rendu else (0.0 if statut == "annulee" else None),
                "date_depot": notifie - dt.timedelta(days=max(1, int(depots.normal(95, 25))))
                if depots.random() < 0.8 and "autofinancement" not in cle
                else None,
                "date_notification": notifie,
                "date_versement": notifie + dt.timedelta(days=int(alea.integers(20, 120))) if eu_lieu else None,
                "compte_rendu_recu_le": jour(annee + 1, 1, 2, alea.integers(9)) if rendu else None,
            }


def _parts(action: Mapping, alea: Alea) -> dict[tuple[str, str, str], float]:
    """Part de chaque financeur dans le coût ; une action ajoutée se passe de l'État."""
    etat = 0.0 if action["hors_programmation"] else alea.uniform(0.36, 0.47)
    parts = {("etat_p147", "numeraire", "specifique"): etat}
    parts["ville", "numeraire", "specifique"] = alea.uniform(0.25, 0.33)
    if action["type_porteur"] == "EPLE":
        parts["fonds_ce", "numeraire", "specifique"] = 0.06
    if alea.random() < 0.4:
        parts["ville", "valorisation", "droit_commun"] = 0.06
    if alea.random() < 0.5:
        financeur = str(alea.choice(["caf", "departement", "region", "ars"], p=[0.55, 0.2, 0.1, 0.15]))
        parts[financeur, "numeraire", "droit_commun"] = 0.08
    return parts
