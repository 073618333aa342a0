"""Titrer une figure par ce qu'elle montre, et lire une de ses lignes, d'après une table protégée.

Un titre dit la direction et l'exception, sans jamais nommer une valeur masquée.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from citelib.formats import INSECABLE, MOIS, accord, liste, nombre, points, pourcentage, typographie
from citelib.mesures.comptes import ENSEMBLE, NON_RENSEIGNE
from citelib.protocole import MOIS_DE_CHARGE
from citelib.protocole.logique import TOUT_L_AXE
from citelib.protocole.matrice import NON_EVALUE, TRANSVERSAL
from citelib.secret import TableProtegee
from citelib.tableaux.cellules import textes
from citelib.tables import DIMENSIONS

EXCEPTIONS = 2
"""Au-delà de deux exceptions, un titre dit combien, sans les nommer."""


def sans_total(protegee: TableProtegee, colonne: str) -> pd.Series:
    """Les valeurs montrées d'une colonne, par intitulé, sans la ligne de total."""
    lignes = protegee.donnees.set_index(protegee.donnees.columns[0])[colonne].dropna().astype(float)
    return lignes.drop(ENSEMBLE, errors="ignore")


def titre_seuil(protegee: TableProtegee, colonne: str, *, seuil: float, quoi: str) -> str:
    """
    Qui atteint un seuil, et qui ne l'atteint pas.

    Args:
        protegee: table protégée, une ligne par modalité.
        colonne: part lue, de 0 à 1.
        seuil: seuil comparé.
        quoi: ce qui est mesuré : « de réalisation ».

    Returns:
        « Au moins 80 % de réalisation partout, sauf « Faire Cité » », ou ce qui convient : sans genre, que les
        modalités soient des axes ou des instances.
    """
    lignes = sans_total(protegee, colonne)
    if lignes.empty:
        return "Aucune donnée"
    dessous = [f"« {nom} »" for nom in lignes.index[lignes < seuil]]
    fin = typographie(f"{pourcentage(seuil)} {quoi}")
    if len(dessous) == len(lignes):
        return f"Moins de {fin} partout"
    if not dessous:
        return f"Au moins {fin} partout"
    if len(dessous) <= EXCEPTIONS:
        return f"Au moins {fin} partout, sauf {liste(dessous)}"
    return f"Au moins {fin} dans {len(lignes) - len(dessous)} cas sur {len(lignes)}"


def titre_extremes(protegee: TableProtegee, colonne: str, *, quoi: str, ecart: float = 0.0) -> str:
    """
    La modalité la plus haute et la plus basse ; « non renseigné » peut être en tête, jamais en retrait.

    Args:
        protegee: table protégée, une ligne par modalité ; les lignes d'une même modalité se somment.
        colonne: nombre comparé.
        quoi: ce qui est mesuré, en tête du titre : « Crédits accordés ».
        ecart: différence, dans l'unité de la colonne, en deçà de laquelle il n'y a rien à signaler.
    """
    lignes = sans_total(protegee, colonne)
    lignes = lignes.groupby(level=0, sort=False).sum()
    if lignes.empty:
        return f"{quoi} : aucune donnée"
    if len(lignes) < 2:
        return f"{quoi} : pas de comparaison possible"
    if lignes.max() - lignes.min() <= ecart:
        return f"{quoi} : pas d'écart net"
    premiers = [f"« {nom} »" for nom in lignes.index[lignes == lignes.max()]]
    tete = f"{liste(premiers) if len(premiers) <= EXCEPTIONS else f'{len(premiers)} à égalité'} en tête"
    derniers = lignes.index[lignes == lignes.min()]
    if len(lignes) == 2 or len(derniers) > 1 or NON_RENSEIGNE in derniers:
        return f"{quoi} : {tete}"
    return f"{quoi} : {tete}, « {derniers[0]} » en retrait"


def titre_cascade(protegee: TableProtegee, colonne: str, *, quoi: str) -> str:
    """
    D'où part une cascade et où elle arrive.

    Args:
        protegee: table protégée de `realisation.cascade` ou de `realisation.cascade_credits`.
        colonne: nombre lu.
        quoi: ce qui est compté, en tête du titre : « Actions prévues ».

    Returns:
        « Actions prévues : de 45 à 47 », du premier niveau à l'avant-dernier, celui du programme sans ajouts.
    """
    niveaux = protegee.donnees["sens"].eq("niveau").to_numpy()
    lus = textes(protegee, [colonne])[colonne][niveaux].tolist()
    if len(lus) < 2:
        return f"{quoi} : pas d'année précédente à comparer"
    depart, arrivee = lus[0], lus[-2]
    return f"{quoi} : {depart}, comme l'an dernier" if depart == arrivee else f"{quoi} : de {depart} à {arrivee}"


_DIXIEMES, _CENTIEMES, _MILLIEMES = (partial(nombre, decimales=combien) for combien in (1, 2, 3))
_AU_CENTIEME = "ecart borne_basse borne_haute moyenne_avant moyenne_apres effet effet_bas effet_haut delta emd"
FORMAT_NIVEAU = dict.fromkeys(("solde", "solde_bas", "solde_haut"), points)
FORMAT_SCORE = dict.fromkeys(_AU_CENTIEME.split(), _CENTIEMES) | dict.fromkeys(("p", "q"), _MILLIEMES) | FORMAT_NIVEAU
"""Un score se lit au centième ; un solde de parts, en points."""
COLONNES_CHANGEMENT = {
    "libelle": "Question posée",
    "nb_paires": "Paires",
    "niveau": "Niveau de preuve",
    "verdict": "Conclusion",
    "phrase": "En une phrase",
}
COLONNES_AMPLEUR = {
    "libelle": "Question posée",
    "effet": "Écart, en écarts-types",
    "effet_bas": "De",
    "effet_haut": "à",
    "solde": "Solde : en progrès moins en recul",
    "solde_bas": "De",
    "solde_haut": "à",
    "delta": "Plus petit changement qui compte",
    "emd": "Écart décelable",
    "q": "q",
    "famille": "Corrigée avec",
}
COLONNES_GROUPE = {
    "groupe": "Échelle et groupe",
    "ecart": "Écart",
    "borne_basse": "De",
    "borne_haute": "à",
    "emd": "Écart décelable",
    "niveau": "Niveau de preuve",
    "verdict": "Conclusion",
}
HORS_CHANGEMENTS = (
    *("indicateur_code", "nb_base", "p", "q", "delta", "emd", "famille", "appariement", "niveau", "verdict_code"),
    *("phrase", "effet", "effet_bas", "effet_haut", "solde", "solde_bas", "solde_haut"),
)
"""Les colonnes des tables d'évolution : celles d'un tableau, celles que la figure ne montre pas."""
FORMAT_PARTS = dict.fromkeys(("emd", "ecart"), points)
FORMAT_DEPART = dict.fromkeys(
    ("ecart", "moyenne_retrouves", "moyenne_perdus", "borne_basse", "borne_haute"), _CENTIEMES
)
FORMAT_ALPHA = dict.fromkeys(("alpha", "alpha_bas", "alpha_haut", "correlation"), _CENTIEMES)
"""Ceux qu'on retrouve, et les échelles."""

FORMAT_PART = {"valeur": pourcentage}
"""Une valeur d'indicateur qui est une part."""


def _en_points(ecart: float) -> str:
    """Un écart de parts en points, signé, sans le mot : « +13,0 »."""
    return ("+" if ecart > 0 else "") + nombre(100 * float(ecart), 1)


FORMAT_ECARTS = dict.fromkeys(("moyenne_cite", "moyenne_comparables"), partial(pourcentage, decimales=1))
FORMAT_ECARTS["ecart"] = _en_points
FORMAT_EVOLUTIONS = {"depart": pourcentage, "arrivee": pourcentage, "changement": _en_points}
"""Deux groupes de collèges : des parts, leur écart et leur évolution en points."""

FORMAT_DISTANCE = {"distance": _CENTIEMES}
FORMAT_EQUILIBRE = {"ecart_standardise": _CENTIEMES, "moyenne_cite": _DIXIEMES, "moyenne_comparables": _DIXIEMES}
"""Deux groupes de collèges, avant toute comparaison."""


def titre_serie(protegee: TableProtegee, *, annee: int, quoi: str) -> str:
    """
    Où se situent les collèges de la cité, l'année lue, par rapport à l'académie.

    Args:
        protegee: série protégée : `territoire`, `annee`, `valeur`.
        annee: année lue.
        quoi: ce qui est mesuré : « Réussite au brevet ».
    """
    lignes = protegee.donnees[protegee.donnees["annee"].eq(annee)].dropna(subset="valeur")
    lieux = lignes.set_index("territoire")["valeur"]
    reference, colleges = lieux[lieux.index.str.startswith("Académie")], lieux[lieux.index.str.startswith("Collège ")]
    if reference.empty or colleges.empty:
        return f"{quoi} : aucune comparaison possible en {annee}"
    dessous = int((colleges < reference.iloc[0]).sum())
    combien = f"{accord(dessous, 'collège')} de la cité sur {len(colleges)}" if dessous else "aucun collège de la cité"
    return f"{quoi} : {combien} sous l'académie en {annee}"


REFERENCES = ("france", "academie", "reseau")
MOUVEMENT = 0.01
"""Hausse ou baisse à partir de laquelle l'année a fait la même chose partout."""


def contexte(protegee: TableProtegee, *, annee: int) -> str:
    """
    Ce que l'année a fait partout à la réussite au brevet : une baisse générale n'est pas celle d'un collège.

    Args:
        protegee: table protégée de `impacts.indicateurs_scolaires`.
        annee: année lue.

    Returns:
        Une phrase si la France, l'académie et le réseau connus baissent ou montent ensemble d'un point au moins ;
        sinon un texte vide.
    """
    lignes = protegee.donnees[protegee.donnees["indicateur_code"].eq("I04")]
    lignes = lignes[lignes["niveau_territoire"].isin(REFERENCES) & lignes["ecart"].notna()]
    if not lignes["niveau_territoire"].eq("france").any():
        return ""
    baisse, hausse = lignes["ecart"].le(-MOUVEMENT).all(), lignes["ecart"].ge(MOUVEMENT).all()
    if not baisse and not hausse:
        return ""
    lieux = sorted(
        zip(lignes["niveau_territoire"].map(REFERENCES.index), lignes["territoire"], lignes["ecart"], strict=True)
    )
    ecrits = liste(f"{lieu} {points(ecart, 1)}" for _, lieu, ecart in lieux)
    verbe, sorte = ("recule", "baisse") if baisse else ("monte", "hausse")
    return typographie(
        f"De {annee - 1} à {annee}, la réussite au brevet {verbe} partout ailleurs ({ecrits}) : une {sorte}, cette "
        "année-là, ne serait pas propre à un collège de la cité."
    )


def titre_comparaison(protegee: TableProtegee) -> str:
    """
    L'écart moyen des collèges de la cité à leurs semblables, avant et après le label.

    Args:
        protegee: table protégée de `impacts.ecarts_par_annee`.

    Returns:
        Sans année d'avant, l'écart de la dernière année, et qu'il en manque une ; s'il y a une rupture de série,
        la dernière définition seulement.
    """
    lignes = protegee.donnees.dropna(subset="ecart")
    if lignes.empty:
        return "Écart aux collèges comparables : aucune donnée"
    lignes = lignes[lignes["serie"].eq(lignes["serie"].iloc[-1])]
    moyennes = lignes.groupby("periode")["ecart"].mean()
    if {"avant", "après"} <= set(moyennes.index):
        avant, apres = (points(moyennes[quand], 1) for quand in ("avant", "après"))
        return f"Écart aux collèges comparables : {avant} avant le label, {apres} après"
    derniere = lignes.iloc[-1]
    return f"{points(derniere['ecart'], 1)} face aux collèges comparables en {derniere['annee']}, sans année d'avant"


def titre_evolutions(protegee: TableProtegee, *, groupe: str) -> str:
    """
    Combien de collèges de la cité évoluent mieux que la moyenne de leurs semblables.

    Args:
        protegee: table protégée de `impacts.evolutions_par_college`.
        groupe: nom du groupe des collèges de la cité.
    """
    lignes = protegee.donnees.dropna(subset="changement")
    ici = lignes["groupe"].eq(groupe)
    if not ici.any() or ici.all():
        return "Évolution de chaque collège : aucune comparaison possible"
    mieux = int(lignes.loc[ici, "changement"].gt(lignes.loc[~ici, "changement"].mean()).sum())
    combien = f"{accord(mieux, 'collège')} de la cité sur {ici.sum()}" if mieux else "Aucun collège de la cité"
    return f"{combien} au-dessus de l'évolution moyenne des collèges comparables"


def titre_changements(protegee: TableProtegee) -> str:
    """
    Combien de questions montrent une évolution que la règle permet d'affirmer.

    Args:
        protegee: table protégée de `impacts.changement_declare`.
    """
    lignes = protegee.donnees[protegee.donnees["ecart"].notna()]
    if lignes.empty:
        return "Aucune évolution ne peut être mesurée"
    nets = lignes["verdict_code"].str.startswith(("progression", "recul")).sum()
    dits = accord(nets, "évolution mesurable", "évolutions mesurables") if nets else "Aucune évolution mesurable"
    return f"{dits} sur {accord(len(lignes), 'question')}"


def lecture_changement(protegee: TableProtegee) -> str:
    """La première évolution mesurée, et son intervalle."""
    lignes = protegee.donnees[protegee.donnees["ecart"].notna()]
    if lignes.empty:
        return ""
    premiere = lignes.iloc[0]
    ecart, bas, haut = (nombre(premiere[nom], 2) for nom in ("ecart", "borne_basse", "borne_haute"))
    return f"« {premiere['libelle']} » : le score moyen change de {ecart}, entre {bas} et {haut}."


def titre_couverture(protegee: TableProtegee) -> str:
    """
    Combien de thèmes n'ont aucune mesure, et quels publics toujours montrés n'en ont pas non plus.

    Args:
        protegee: table protégée de `protocole.couverture`.
    """
    lignes = protegee.donnees
    if lignes.empty:
        return "Aucun objectif cette année : rien n'est évalué"
    muettes, transversales = lignes[list(DIMENSIONS)].eq(NON_EVALUE).all(axis=1), lignes["axe"].eq(TRANSVERSAL)
    n_muets, n_themes = int((muettes & ~transversales).sum()), int((~transversales).sum())
    dits = f"{accord(n_muets, 'thème')} sur {n_themes} sans mesure" if n_muets else "Chaque thème a une mesure"
    noms = [f"« {nom} »" for nom in lignes.loc[muettes & transversales, lignes.columns[0]]]
    qui = liste(noms) if len(noms) <= EXCEPTIONS else f"{len(noms)} publics sur {int(transversales.sum())}"
    return f"{dits} ; rien non plus pour {qui}" if noms else dits


def titre_logique(protegee: TableProtegee, axe: str) -> str:
    """
    Combien de chaînes d'action d'un axe vont jusqu'à un indicateur mesuré.

    Args:
        protegee: table protégée de `protocole.logique`.
        axe: nom de l'axe.
    """
    lignes = protegee.donnees[protegee.donnees["chaine"].ne(TOUT_L_AXE)]
    if lignes.empty:
        return f"« {axe} » : aucun objectif cette année"
    mesurees = int(lignes["mesure"].eq("oui").sum())
    verbe = "vont" if mesurees > 1 else "va"
    return f"« {axe} » : {accord(mesurees, 'chaîne')} sur {len(lignes)} {verbe} jusqu'à une mesure"


def titre_collecte(protegee: TableProtegee) -> str:
    """
    Combien d'envois manquent encore, sur combien d'attendus.

    Args:
        protegee: table protégée de `protocole.resume_collecte`.
    """
    if protegee.donnees.empty:
        return "Aucun envoi n'était attendu"
    manquants, attendus = (protegee.valeur(etat, "n_lignes") for etat in ("en retard", ENSEMBLE))
    suite = f"sur {accord(attendus, 'attendu')}"
    return f"{accord(manquants, 'envoi')} en retard {suite}" if manquants else f"Aucun envoi en retard {suite}"


def titre_charge(protegee: TableProtegee) -> str:
    """
    Combien de jours l'évaluation demande, et le mois le plus chargé.

    Args:
        protegee: table protégée de `protocole.charge`.
    """
    if protegee.donnees.empty:
        return "La charge de l'évaluation n'est pas encore prévue"
    ensemble = protegee.donnees.iloc[-1]
    charge, *mois = (ensemble[nom] for nom in ("jours_annee", *list(MOIS_DE_CHARGE)[:-1]))
    plus_charge = max(range(len(mois)), key=lambda rang: mois[rang])
    return f"{accord(charge, 'jour')} de travail dans l'année, surtout en {MOIS[plus_charge]}"


def lecture(protegee: TableProtegee, phrase: str, formats: Mapping[str, Callable] | None = None) -> str:
    """
    Lit la première ligne entièrement montrée : « Lecture » sous une figure.

    Args:
        protegee: table protégée.
        phrase: phrase où `{colonne}` est remplacé par la cellule affichée, et `{colonne:action réalisée}` par
            la cellule et ce nom, au pluriel s'il le faut.
        formats: ceux de la figure.

    Returns:
        La phrase, ou un texte vide si aucune ligne n'est entièrement montrée.
    """
    entieres = ~protegee.masque.any(axis=1) & protegee.donnees.notna().all(axis=1)
    candidates = entieres if entieres.any() else ~protegee.masque.any(axis=1)
    if not candidates.any():
        return ""
    cellules = textes(protegee, list(protegee.donnees.columns), formats)[candidates.to_numpy()].iloc[0]
    return phrase.format_map({colonne: CelluleEcrite(texte) for colonne, texte in cellules.items()})


class CelluleEcrite(str):
    """
    Une cellule affichée, qu'une phrase peut faire suivre d'un nom accordé ; le pluriel commence à deux.

    >>> f"{CelluleEcrite('1'):action réalisée} sur {CelluleEcrite('13'):prévue}".replace(INSECABLE, " ")
    '1 action réalisée sur 13 prévues'
    """

    def __format__(self, nom: str) -> str:
        if not nom:
            return str(self)
        if not re.fullmatch(r"[01](,\d+)?", self):
            nom = re.sub(r"(?<=[^s])( |$)", r"s\1", nom)
        return f"{self}{INSECABLE}{nom}"


def colleges(etablissements: pd.DataFrame) -> list[str]:
    """
    Les noms des collèges de la cité : les courbes à mettre en avant.

    Args:
        etablissements: table des établissements.
    """
    return sorted(etablissements.loc[etablissements["type"].eq("college"), "nom"])
