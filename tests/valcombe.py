"""Valcombe, ville inventée : ce que deux personnes tapent dans leurs classeurs la première fois, fautes comprises.

`docs/guide/premiere-heure.md` raconte cette heure ; `test_premiere_heure.py` la rejoue.
"""
# ruff: noqa: E501 : un tableau se lit en colonnes, comme dans le tableur

from pathlib import Path

import openpyxl

EN_TETE, PREMIERE = 3, 4  # ligne des titres, ligne de l'exemple, que l'on remplace

CPO = {
    "Organismes": """
        Identifiant ; Nom                        ; Catégorie           ; L'un des pilotes
        S-01        ; Ville de Valcombe          ; Ville               ; oui
        S-02        ; Préfecture                 ; État                ; Oui
        S-03        ; Collège des Tilleuls       ; Éducation nationale ; OUI
        S-04        ; Tremplin                   ; association         ; non
        S-05        ; Centre social du Port      ; centre social       ; non
    """,
    "Quartiers": """
        Code     ; Nom     ; Liste ; Le rapprochement
        QN07501A ; Le Port ; 2024  ; oui
    """,
    "Objectifs": """
        Identifiant ; Axe                              ; Thème                                ; Objectif stratégique      ; Objectif opérationnel                ; Indicateur ; Valeur de départ ; Année de la ; Valeur visée ; Échéance
        OBJ-01      ; Conforter le rôle de l’école     ; Relations avec les familles          ; Rapprocher les familles   ; Faire venir les familles au collège  ; S12        ; 40 %             ; 2024        ; 50 %         ; 2025
        OBJ-02      ; Promouvoir la continuité éducative ; Absentéisme et décrochage scolaire ; Réduire le décrochage     ; Accompagner les absents répétés      ; S13        ; 12               ; 2024        ; 30           ; 2025
        OBJ-03      ; Ouvrir le champ des possibles    ; Pratiques artistiques et sportives   ; Ouvrir les pratiques      ; Faire pratiquer un art ou un sport   ; S01        ; 150              ; 2024        ; 220          ; 2025
    """,
    "Actions": """
        Identifiant ; Intitulé                ; Axe                                ; Thème                              ; Objectif ; Nom du porteur        ; Nature du porteur ; Âge minimal ; Âge maximal ; Personnes ; L'action s'adresse ; Séances ; Début      ; Fin           ; Coût    ; Action ajoutée
        A1-01       ; Cafés des parents       ; Conforter le rôle de l’école       ; Relations avec les familles        ; OBJ-01   ; Collège des Tilleuls  ; EPLE              ; 25          ; 65          ; 60        ; oui                ; 9       ; 15/01/2025 ; 20 juin 2025  ; 4 500 € ; non
        A1-02       ; Forum des métiers       ; Conforter le rôle de l’école       ; Orientation scolaire               ; OBJ-01   ; Ville                 ; commune           ; 11          ; 15          ; 120       ; non                ; 1       ; mi-mars    ; 28/03/2025    ; 6000    ; non
        A2-01       ; Accompagnement du soir  ; Promouvoir la continuité éducative ; Absentéisme et décrochage scolaire ; OBJ-02   ; Tremplin              ; association       ; 11          ; 15          ; 40        ; Oui                ; 60      ; 06/01/2025 ; 30/06/2025    ; 18 000  ; non
        A2-02       ; Ateliers numériques     ; Promouvoir la continuité éducative ; Usage du numérique                 ; OBJ-02   ; Centre social du Port ; centre social     ; 11          ; 17          ; 30        ; non                ; 12      ; 03/02/2025 ; 30/05/2025    ; 3 200   ; non
        A3-01       ; Théâtre au collège      ; Ouvrir le champ des possibles      ; Pratiques artistiques et sportives ; OBJ-03   ; Tremplin              ; association       ; 11          ; 15          ; une trentaine ; non            ; 20      ; 13/01/2025 ; 13/06/2025    ; 9 000,50 ; non
        A3-02       ; Vacances à la mer       ; Ouvrir le champ des possibles      ; Environnement de proximité         ; OBJ-03   ; Centre social du Port ; association       ; 6           ; 15          ; 48        ; non                ; 5       ; 07/07/2025 ; 11/07/2025    ; 15000   ; oui
    """,
    "Réunions": """
        Identifiant   ; Instance         ; Date       ; A-t-elle ; Objet
        2025-COTECH-1 ; comité technique ; 14/03/2025 ; oui      ; Lancement du programme
        2025-COTECH-2 ; comité technique ; 26/09/2025 ; oui      ; Point d'étape
        2025-COPIL-1  ; comité de pilotage ; 12/12/2025 ; non    ; Bilan, reporté
    """,
    "Présences": """
        Réunion       ; Organisme ; Était-il invité ; Était-il présent
        2025-COTECH-1 ; S-01      ; oui             ; oui
        2025-COTECH-1 ; S-02      ; oui             ; non
        2025-COTECH-1 ; S-03      ; oui             ; oui
        2025-COTECH-2 ; S-01      ; oui             ; oui
        2025-COTECH-2 ; S-04      ; oui             ; oui
    """,
    "Décisions": """
        Identifiant ; Réunion       ; Décision                             ; De qui vient ; Fonction      ; Échéance   ; Suite
        D-2025-01   ; 2025-COTECH-1 ; Ouvrir un café des parents en soirée ; pilote       ; CPO           ; 30/06/2025 ; faite
        D-2025-02   ; 2025-COTECH-2 ; Relever la fréquentation par sexe    ; pilote       ; Porteurs      ; 15/12/2025 ; en cours
    """,
}

CORRECTIONS_CPO = [
    ("Actions", "une trentaine", "Personnes", "≈30"),
    ("Actions", "mi-mars", "Début", "15/03/2025"),
    ("Actions", "centre social", "Nature", "association"),
]

PORTEUR = {
    "Bilans": """
        Identifiant ; Statut            ; Motif                    ; Explication              ; Séances ; Début réel ; Fin réelle    ; Manière
        A2-01       ; réalisée          ;                          ;                          ; 58      ; 06/01/2025 ; 27 juin 2025  ; nominatif
        A3-1        ; réalisée en partie ; budget ou versement tardif ; Deux ateliers annulés  ; 16      ; 13/01/2025 ; 13/06/2025    ; emargement
    """,
    "Bénéficiaires": """
        Identifiant ; Tranche ; Sexe              ; Quartier                 ; Public             ; Personnes différentes ; Présences ; Heures proposées ; Heures suivies
        A2-01       ; 11-15   ; filles et femmes  ; hors quartier prioritaire ; enfants et jeunes ; 14                    ; 410       ; 820              ; 615,5
        A2-01       ; 11-15   ; garçons et hommes ; hors quartier prioritaire ; enfants et jeunes ; 19                    ; 530       ; 1 060            ; 12,5
        A2-01       ; 11-15   ; garçons et hommes ; QN07501A                 ; enfants et jeunes  ; 9                     ; 240       ; 480              ; 400
        A3-01       ; 11-15   ; filles et femmes  ; non renseigné            ; enfants et jeunes  ; 17                    ; 230       ;                  ;
        A3-01       ; 11-15   ; garçons et hommes ; non renseigné            ; enfants et jeunes  ; 8 ou 9                ; 96        ;                  ;
    """,
    "Financements": """
        Identifiant ; Financeur                          ; Numéraire ; Crédit              ; Montant demandé ; Montant accordé ; Montant versé ; Dépense justifiée ; Dépôt
        A2-01       ; État, politique de la ville (P147) ; numéraire ; crédits spécifiques ; 12 000 €        ; 10 000 €        ; 10 000 €      ; 9 850,20          ; 12/12/2024
        A2-01       ; Ville                              ; numéraire ; droit commun        ; 6000            ; 6000            ; 6000          ; 6000              ; 12/12/2024
        A3-01       ; État, politique de la ville (P147) ; numéraire ; crédits spécifiques ; 9000            ; 7000            ; 7000          ; 5 200             ; 12/12/2024
    """,
}


def remplir(fichier: Path, feuilles: dict[str, str], *, organisme: str, le: str) -> None:
    """Remplit un classeur comme une personne : la première feuille, puis chaque table, colonne par colonne."""
    classeur = openpyxl.load_workbook(fichier)
    for ligne, valeur in zip((12, 13, 14), (organisme, "Chargée de projet", le), strict=True):
        classeur["Lisez-moi"].cell(ligne, 2, valeur)
    for nom, texte in feuilles.items():
        saisir(classeur[nom], texte)
    classeur.save(fichier)


def saisir(feuille, texte: str) -> None:
    """Une ligne de texte par ligne du tableau ; un titre se reconnaît à son début."""
    titres, *lignes = ([c.strip() for c in ligne.split(" ;")] for ligne in texte.strip().splitlines())
    colonnes = [colonne(feuille, titre) for titre in titres]
    for cellule in feuille[PREMIERE]:
        cellule.value = None
    for rang, ligne in enumerate(lignes, PREMIERE):
        for ou, valeur in zip(colonnes, ligne, strict=True):
            feuille.cell(rang, ou, valeur or None)


def colonne(feuille, debut: str) -> int:
    """Le rang de la colonne dont le titre commence ainsi."""
    return next(c.column for c in feuille[EN_TETE] if str(c.value).startswith(debut))


def retirer_colonne(fichier: Path, nom: str, debut: str) -> None:
    """Supprime une colonne, comme une personne qui la croit inutile."""
    classeur = openpyxl.load_workbook(fichier)
    classeur[nom].delete_cols(colonne(classeur[nom], debut))
    classeur.save(fichier)


def reprendre(fichier: Path, corrections: list[tuple[str, str, str, object]]) -> None:
    """Corrige des cellules : (feuille, identifiant ou valeur fautive, titre, valeur juste)."""
    classeur = openpyxl.load_workbook(fichier)
    for nom, fautive, titre, juste in corrections:
        ou = colonne(classeur[nom], titre)
        for ligne in range(PREMIERE, classeur[nom].max_row + 1):
            if classeur[nom].cell(ligne, ou).value == fautive:
                classeur[nom].cell(ligne, ou, juste)
    classeur.save(fichier)
