"""Lire un classeur rempli par un producteur : le modèle de `classeurs.modeles`, rendu avec ses réponses.

Une feuille cachée, la marque, dit de quelle version il est, quelle table contient chaque feuille, et ce que
l'import ajoute à chaque ligne (la source, la date, la fonction, l'année), demandé une seule fois.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from citelib.chargement import Cite
from citelib.chargement.entetes import rapprocher, reperer_entete
from citelib.chargement.fichiers import Feuille, lire_fichier
from citelib.contrats import Colonne, Parmi, Probleme, Reference, Table, sans_accent
from citelib.contrats.typage import Lecture, sans_blancs, typer
from citelib.sources import Apport
from citelib.tables import PAR_NOM, libelle

MARQUE = "_citelib"
"""Nom de la feuille cachée ; un lecteur ignore les feuilles dont le nom commence par « _ »."""
VERSION = 1
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

    Args:
        chemin: le classeur.
        cite: la cité à laquelle il est destiné ; rien n'en est lu ni changé.

    Returns:
        Une lecture par feuille remplie, et tous les problèmes : marque absente ou d'une version plus
        récente, question sans réponse, cellules qui ne respectent pas le contrat.

    Raises:
        ErreurDonnees: si le fichier est illisible.
    """
    chemin = Path(chemin)
    feuilles = lire_fichier(chemin)
    marque = next((feuille for feuille in feuilles if feuille.nom == MARQUE), None)
    visibles = [feuille for feuille in feuilles if not feuille.nom.startswith("_")]
    problemes = _juger_marque(chemin.name, marque)
    if any(probleme.gravite == "erreur" for probleme in problemes):
        return Apport({}, (), tuple(problemes))
    reponses, manques = _reponses(chemin.name, visibles)
    problemes += manques
    lectures, notes = {}, []
    declarees = _declarees(marque)
    renommees = [feuille for feuille in visibles if feuille.nom not in {nom for nom, *_ in declarees}]
    for nom, table, ajouts in declarees:
        exacte = next((feuille for feuille in visibles if feuille.nom == nom), None)
        feuille = exacte or _reconnaitre(table, renommees)
        if feuille is None:
            message = f"feuille absente, attendu « {nom} »"
            problemes.append(Probleme("avertissement", chemin.name, nom, message=message))
            continue
        valeurs = {colonne: _remplir(modele, reponses) for colonne, modele in ajouts.items()}
        lecture = _lire_feuille(table, feuille, valeurs, notes)
        problemes += lecture.problemes
        if len(lecture.table):
            lectures[table.nom] = lecture
    return Apport(lectures, tuple(notes), tuple(problemes))


def _juger_marque(fichier: str, marque: Feuille | None) -> list[Probleme]:
    """Ce que la marque empêche, ou fait savoir."""
    cellules = marque.lignes[0][1] if marque and marque.lignes else []
    if len(cellules) < 2 or cellules[0] != "citelib" or not cellules[1].isdigit():
        message = "ce n'est pas un classeur de citelib : sa marque est absente"
        remede = "Partir d'un modèle du dossier « modeles », et y recopier les lignes."
        return [Probleme("erreur", fichier, message=message, remede=remede)]
    if int(cellules[1]) > VERSION:
        message = f"modèle de version {cellules[1]}, plus récent que ce citelib, qui lit la version {VERSION}"
        return [Probleme("erreur", fichier, message=message, remede="Mettre citelib à jour.")]
    if int(cellules[1]) < VERSION:
        message = f"modèle de version {cellules[1]}, plus ancien que la version {VERSION} : lu quand même"
        return [Probleme("avertissement", fichier, message=message, remede="Envoyer le nouveau modèle.")]
    return []


def _declarees(marque: Feuille) -> list[tuple[str, Table, dict[str, str]]]:
    """Par feuille de données : son nom, sa table, et ce que l'import ajoute (colonne → modèle de texte)."""
    declarees = []
    for _, cellules in marque.lignes[1:]:
        nom, table, _, *ajouts = [*cellules, "", "", ""]
        if table in PAR_NOM:
            paires = (ajout.partition("=") for ajout in ajouts if ajout)
            declarees.append((nom, PAR_NOM[table], {colonne: modele for colonne, _, modele in paires}))
    return declarees


def _reconnaitre(table: Table, feuilles: list[Feuille]) -> Feuille | None:
    """Parmi des feuilles renommées, celle où l'on reconnaît le plus de colonnes de la table, deux au moins."""
    reconnues = [sum(map(bool, reperer_entete(table, feuille).colonnes)) for feuille in feuilles]
    return feuilles[reconnues.index(max(reconnues))] if any(n > 1 for n in reconnues) else None


def _reponses(fichier: str, feuilles: list[Feuille]) -> tuple[dict[str, str], list[Probleme]]:
    """Les réponses de la première feuille, où qu'elles y soient, et celles qui manquent."""
    cherchees = {sans_accent(question): cle for cle, question in QUESTIONS.items()}
    reponses, problemes = dict.fromkeys(QUESTIONS, ""), []
    for feuille in feuilles:
        for ligne, cellules in feuille.lignes:
            cle = cherchees.pop(sans_accent(cellules[0]), None) if cellules else None
            if cle:
                reponses[cle] = sans_blancs(cellules[1]) if len(cellules) > 1 else ""
                if not reponses[cle]:
                    lieu = (feuille.fichier, feuille.nom, ligne, QUESTIONS[cle])
                    message, remede = "cellule vide, attendu une réponse", "La remplir, une fois pour le classeur."
                    problemes.append(Probleme("erreur", *lieu, "", message, remede))
    for cle in cherchees.values():
        message = f"question introuvable, attendu « {QUESTIONS[cle]} » en première colonne"
        remede = "Reprendre la première feuille du modèle."
        problemes.append(Probleme("erreur", fichier, colonne=QUESTIONS[cle], message=message, remede=remede))
    return reponses, problemes


def _remplir(modele: str, reponses: dict[str, str]) -> str:
    """Un modèle de texte, ses {questions} remplacées par les réponses."""
    for cle, reponse in reponses.items():
        modele = modele.replace(f"{{{cle}}}", reponse)
    return modele


def _lire_feuille(table: Table, feuille: Feuille, ajouts: dict[str, str], notes: list[str]) -> Lecture:
    """La lecture d'une feuille : libellés remis en codes, exemple écarté, colonnes communes ajoutées."""
    entete = reperer_entete(table, feuille)
    ajouts = {nom: texte for nom, texte in ajouts.items() if nom not in entete.colonnes}
    exemple = {rang: table.colonne(nom).exemple for rang, nom in enumerate(entete.colonnes) if nom}
    lignes, exemples = [(entete.ligne, [*entete.titres, *ajouts])], []
    for numero, cellules in feuille.lignes[entete.suite :]:
        largeur = len(entete.titres)
        codes = [_code(table, nom, c) for nom, c in zip(entete.colonnes, cellules, strict=False)]
        codes += [""] * (largeur - len(codes))
        # Un seul exemple par feuille : une deuxième ligne qui lui ressemble est une vraie ligne.
        if not exemples and exemple and all(codes[rang] == texte for rang, texte in exemple.items()):
            exemples.append(numero)
            continue
        lignes.append((numero, [*codes, *ajouts.values()] if any(map(str.strip, codes)) else []))
    notes += [f"feuille « {feuille.nom} », ligne {numero} : exemple laissé de côté" for numero in exemples]
    brut, origine, problemes = rapprocher(table, replace(feuille, lignes=lignes))
    lecture = typer(table, brut, origine)
    absentes = {p.colonne for p in problemes if p.gravite == "erreur"}
    return replace(lecture, problemes=problemes + [p for p in lecture.problemes if p.colonne not in absentes])


def _code(table: Table, nom: str | None, texte: str) -> str:
    """Le code d'un choix fait dans une liste : « réalisée » → realisee, « A1-03 — Forum » → A1-03."""
    propre = sans_blancs(texte)
    if nom is None or not propre:
        return propre
    colonne = table.colonne(nom)
    codes = codes_fixes(table, colonne)
    connus = {sans_accent(libelle(code)): code for code in codes}
    morceaux = propre.split("|") if colonne.type == "liste" else [propre]
    if any(INTITULES[regle.cible] != regle.colonne_cible for regle in references(table, colonne)):
        morceaux = [morceau.split(SEPARATEUR)[0] for morceau in morceaux]
    return "|".join(connus.get(sans_accent(morceau), morceau) for morceau in morceaux)


def references(table: Table, colonne: Colonne) -> list[Reference]:
    """Les règles qui renvoient cette colonne à une table dont les codes ont un intitulé."""
    regles = (regle for regle in table.regles if isinstance(regle, Reference) and regle.cible in INTITULES)
    return [regle for regle in regles if regle.colonne == colonne.nom]


def codes_fixes(table: Table, colonne: Colonne) -> tuple[str, ...]:
    """Les codes qu'une colonne admet dans toute cité : ceux de son contrat, et ceux que sa référence excepte."""
    admis = [contrainte.valeurs for contrainte in colonne.contraintes if isinstance(contrainte, Parmi)]
    admis += [regle.sauf for regle in references(table, colonne)]
    return tuple(code for valeurs in admis for code in valeurs)
