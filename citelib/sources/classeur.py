"""Lire un classeur rempli par un producteur : le modèle de `classeurs.modeles`, rendu avec ses réponses.

Une feuille cachée, la marque, dit de quelle version il est, quelle table contient chaque feuille, et ce que
l'import ajoute à chaque ligne (la source, la date, la fonction, l'année), demandé une seule fois.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from citelib.chargement import Cite
from citelib.chargement.entetes import pas_encore_dits, rapprocher, reperer_entete
from citelib.chargement.fichiers import MARQUE, Feuille, lire_fichier
from citelib.chargement.identite import refuser_personnel
from citelib.contrats import Colonne, Parmi, Probleme, Reference, Table, sans_accent
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.personnel import nature
from citelib.contrats.typage import Lecture, typer
from citelib.erreurs import ErreurDonnees
from citelib.sources import Apport, en_clair
from citelib.tables import PAR_NOM, parmi

VERSION = 1
"""Celle des modèles."""
QUESTIONS = {
    "organisme": "Organisme",
    "fonction": "Fonction de la personne qui remplit",
    "date": "Date du relevé",
    "annee": "Année du programme",
}
"""Ce que la première feuille demande, une fois pour tout le classeur."""
SEPARATEUR = " — "
"""Dans une liste, entre un code et son intitulé."""
INTITULES = {
    "actions": "intitule",
    "etablissements": "nom",
    "indicateurs": "libelle",
    "instances": "objet",
    "objectifs": "objectif_operationnel",
    "quartiers": "nom",
    "structures": "nom",
}
"""Par table à laquelle on renvoie, la colonne qui dit en clair de quoi parle un code."""


def lire_classeur(chemin: Path, cite: Cite) -> Apport:
    """
    Lit un classeur rempli, enregistré par Excel ou LibreOffice (xlsx, ods).

    Returns:
        Une lecture par feuille remplie, et tous les problèmes : marque absente ou trop récente, question
        sans réponse, cellules qui ne respectent pas le contrat.

    Raises:
        ErreurDonnees: si le fichier est illisible, ou contient des données personnelles.
    """
    feuilles = lire_fichier(chemin)
    lignes = next((f.lignes for f in feuilles if f.nom == MARQUE), [])
    marque = [[*cellules, "", "", ""] for _, cellules in lignes]
    probleme = _juger_marque(chemin.name, marque)
    if probleme and probleme.gravite == "erreur":
        return Apport({}, (), (probleme,))
    feuilles = [feuille for feuille in feuilles if not feuille.nom.startswith("_")]
    reponses, manques = _reponses(chemin.name, feuilles)
    lectures, notes, problemes = {}, [], [probleme, *manques] if probleme else manques
    declarees = {nom for nom, *_ in marque[1:]}
    renommees = [feuille for feuille in feuilles if feuille.nom not in declarees]
    for nom, table, _, *ajouts in marque[1:]:
        exacte = next((feuille for feuille in feuilles if feuille.nom == nom), None)
        feuille = exacte or _reconnaitre(PAR_NOM[table], renommees)
        if feuille is None:
            message = "feuille absente : elle n'a pas été lue"
            problemes.append(Probleme("avertissement", chemin.name, nom, message=message))
            continue
        personnels = refuser_personnel([feuille])
        if any(personnel.gravite == "erreur" for personnel in personnels):
            raise ErreurDonnees(personnels)
        valeurs = dict(_remplir(ajout, reponses).split("=", 1) for ajout in ajouts if ajout)
        lecture = _lire_feuille(PAR_NOM[table], feuille, valeurs, notes)
        problemes += personnels + lecture.problemes
        if len(lecture.table):
            lectures[table] = lecture
    return Apport(lectures, tuple(notes), tuple(problemes))


def _juger_marque(fichier: str, marque: list[list[str]]) -> Probleme | None:
    """Ce que la marque (« citelib », version, puis une feuille par ligne) empêche, ou fait savoir."""
    if not marque or marque[0][0] != "citelib" or not marque[0][1].isdecimal():
        message = "ce n'est pas un classeur de citelib : sa marque est absente"
        return Probleme("erreur", fichier, message=message, remede="Recopier les lignes dans un modèle.")
    version = int(marque[0][1])
    if version > VERSION:
        message = f"modèle de version {version}, plus récent que ce citelib, qui lit la version {VERSION}"
        return Probleme("erreur", fichier, message=message, remede="Mettre citelib à jour.")
    tables, ajouts = [table for _, table, *_ in marque[1:]], [a for ligne in marque[1:] for a in ligne[3:] if a]
    if not PAR_NOM.keys() >= set(tables) or not all("=" in ajout for ajout in ajouts):
        message = "la marque de ce classeur, sa feuille cachée, a été modifiée"
        return Probleme("erreur", fichier, message=message, remede="Recopier les lignes dans un modèle.")
    if version < VERSION:
        message = f"modèle de version {version}, plus ancien que la version {VERSION} : lu quand même"
        return Probleme("avertissement", fichier, message=message, remede="Envoyer le nouveau modèle.")
    return None


def _reconnaitre(table: Table, feuilles: list[Feuille]) -> Feuille | None:
    """Parmi des feuilles renommées, celle où l'on reconnaît le plus de colonnes de la table, deux au moins."""
    reconnues = [sum(map(bool, reperer_entete(table, feuille).colonnes)) for feuille in feuilles]
    return feuilles[reconnues.index(max(reconnues))] if any(n > 1 for n in reconnues) else None


def _reponses(fichier: str, feuilles: list[Feuille]) -> tuple[dict[str, str], list[Probleme]]:
    """Les réponses de la première feuille, où qu'elles y soient, et celles qui manquent."""
    cellules = (ligne for feuille in feuilles for _, ligne in feuille.lignes if len(ligne) > 1)
    lues = {sans_accent(question): sans_blancs(reponse) for question, reponse, *_ in reversed(list(cellules))}
    reponses = {cle: lues.get(sans_accent(question), "") for cle, question in QUESTIONS.items()}
    remede = "Y répondre sur la première feuille, une fois pour le classeur, sans désigner personne."
    fautes = {cle: nature(reponse) if reponse else "aucune réponse" for cle, reponse in reponses.items()}
    return reponses, [
        Probleme("erreur", fichier, "", None, QUESTIONS[cle], "", f"attendu une réponse, lu {faute}", remede)
        for cle, faute in fautes.items()
        if faute
    ]


def _remplir(modele: str, reponses: dict[str, str]) -> str:
    """Un modèle de texte, ses {questions} remplacées par les réponses."""
    for cle, reponse in reponses.items():
        modele = modele.replace(f"{{{cle}}}", reponse)
    return modele


def _lire_feuille(table: Table, feuille: Feuille, ajouts: dict[str, str], notes: list[str]) -> Lecture:
    """La lecture d'une feuille : libellés remis en codes, exemple écarté, colonnes communes ajoutées."""
    entete = reperer_entete(table, feuille)
    ajouts = {nom: texte for nom, texte in ajouts.items() if nom not in entete.colonnes}
    exemple = [table.colonne(nom).exemple for nom in entete.colonnes if nom]
    lignes, exemple_lu = [(entete.ligne, [*entete.titres, *ajouts])], False
    for numero, cellules in feuille.lignes[entete.suite :]:
        cellules = [*cellules, *[""] * (len(entete.titres) - len(cellules))][: len(entete.titres)]
        codes = [_code(table, nom, texte) for nom, texte in zip(entete.colonnes, cellules, strict=True)]
        # Un seul exemple par feuille : une deuxième ligne qui lui ressemble est une vraie ligne.
        if not exemple_lu and [c for c, nom in zip(codes, entete.colonnes, strict=True) if nom] == exemple:
            notes.append(f"feuille « {feuille.nom} », ligne {numero} : exemple laissé de côté")
            exemple_lu = True
        elif any(map(str.strip, codes)):
            lignes.append((numero, [*codes, *ajouts.values()]))
    brut, origine, problemes = rapprocher(table, replace(feuille, lignes=lignes))
    lecture = typer(table, brut, origine)
    problemes += pas_encore_dits(problemes, lecture.problemes)
    return replace(lecture, problemes=[en_clair(table, probleme) for probleme in problemes])


def _code(table: Table, nom: str | None, texte: str) -> str:
    """Le code d'un choix fait dans une liste : « réalisée » → realisee, « A1-03 — Forum » → A1-03."""
    if nom is None:
        return texte
    colonne = table.colonne(nom)
    fixes = parmi(*codes_fixes(table, colonne))
    morceaux = sans_blancs(texte).split("|") if colonne.type == "liste" else [sans_blancs(texte)]
    if any(INTITULES[regle.cible] != regle.colonne_cible for regle in references(table, colonne)):
        morceaux = [morceau.split(SEPARATEUR)[0] for morceau in morceaux]
    return "|".join(map(fixes.reconnaitre, morceaux))


def references(table: Table, colonne: Colonne) -> list[Reference]:
    """Les règles qui renvoient cette colonne à une table dont les codes ont un intitulé."""
    regles = (regle for regle in table.regles if isinstance(regle, Reference) and regle.cible in INTITULES)
    return [regle for regle in regles if regle.colonne == colonne.nom]


def codes_fixes(table: Table, colonne: Colonne) -> tuple[str, ...]:
    """Les codes qu'une colonne admet dans toute cité : ceux de son contrat, et ceux que sa référence excepte."""
    admis = [contrainte.valeurs for contrainte in colonne.contraintes if isinstance(contrainte, Parmi)]
    admis += [regle.sauf for regle in references(table, colonne)]
    return tuple(code for valeurs in admis for code in valeurs)
