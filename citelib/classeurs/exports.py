"""Les classeurs que la cité doit à d'autres : feuille de saisie de la revue de projet, tableau de programmation.

Chaque nombre vient d'une table protégée et dit où le lire dans le rapport. Une case que les données ne
remplissent pas est « à compléter par le CPO » ; elle ne devient jamais un zéro.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement import Cite
from citelib.chargement.ecriture import en_octets
from citelib.classeurs.pose import ENCRE, GRAS, REPLI, hauteur, imprimer, imprimer_large, poser
from citelib.constats.adresses import adresse, lieu
from citelib.constats.analyses import ANALYSES, Lecteur, lire_declarations
from citelib.constats.constat import MODELES
from citelib.constats.gardien import gardien
from citelib.constats.synthese import constats_de_l_annee
from citelib.formats import liste, typographie
from citelib.realisation.programmation import DEMANDE, programmation, totaux_programmation
from citelib.secret import DIFFUSIONS, MARQUE, seuil_applicable
from citelib.tableaux.cellules import en_tetes
from citelib.tables import FICTIF, libelle

REVUE = "revue_de_projet.toml"
CHAMPS = Path(__file__).parents[1] / "instruments" / REVUE
CLES = ("analyse", "ligne", "colonne", "constat", "unite", "page", "section")
A_COMPLETER = "à compléter par le CPO"
LISTE_DE_TRAVAIL = (
    "La liste officielle des champs de la revue de projet n'est pas publique : celle-ci est la nôtre, par volet. "
    f"Une cité la remplace en déposant {REVUE} à côté de cite.toml."
)
UNITES = {
    "": ("", "General"),
    "nombre": ("nombre", "#,##0"),
    "personnes": ("personnes", "#,##0"),
    "part": ("%", "0%"),
    "euros": ("euros", '#,##0 "€"'),
}
"""Unité d'un champ → ce qui s'affiche, et le format de la cellule."""
ATTENTE = "FFF4CE"
A_GAUCHE = Alignment("left", "top", wrap_text=True)


def revue_de_projet(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """
    La feuille de saisie de la revue de projet, volet par volet, en classeur Excel.

    Args:
        cite: la cité ; son fichier revue_de_projet.toml, s'il existe, remplace notre liste de champs.
        annee: année du programme.
        diffusion: public visé : ce qui lui est masqué l'est aussi ici.

    Raises:
        ErreurParametre: si un champ déclaré ne se comprend pas.
    """
    sienne = cite.dossier / REVUE
    champs = lire_champs(sienne if sienne.is_file() else CHAMPS)
    lecteur, phrases = Lecteur(cite, annee=annee, diffusion=diffusion), {}
    if any("constat" in champ for champ in champs):
        par_page = constats_de_l_annee(cite, annee=annee, diffusion=diffusion)
        phrases = {constat.code: constat.phrase for constats in par_page.values() for constat in constats}
    titres = {"Volet": 24, "Champ": 44, "Valeur": 34, "Unité": 11, "D'où vient le chiffre": 44, "Où le lire": 52}
    lignes = [_ligne(champ, lecteur, phrases) for champ in champs]
    classeur = Workbook()
    feuille = classeur.active
    feuille.title = "Revue de projet"
    ecrire_lignes(feuille, titres, lignes)
    for numero, champ in enumerate(champs, start=2):
        valeur, ou = feuille.cell(numero, 3), feuille.cell(numero, 6)
        valeur.alignment = A_GAUCHE
        valeur.number_format = UNITES[champ.get("unite", "")][1]
        if valeur.value == A_COMPLETER:
            valeur.fill = PatternFill("solid", fgColor=ATTENTE)
        if "page" in champ:
            ou.hyperlink, ou.font = adresse(champ["page"], champ.get("section", "")), Font(underline="single")
    notes = [] if sienne.is_file() else [LISTE_DE_TRAVAIL]
    tables = sorted({nom for champ in champs if "analyse" in champ for nom in ANALYSES[champ["analyse"]].tables})
    ecrire_notes(classeur, cite, tables, annee=annee, diffusion=diffusion, notes=notes)
    return en_octets(classeur)


PROGRAMMATION = {
    "action_id": 10,
    "intitule": 44,
    "axe": 24,
    "theme": 28,
    "porteur_nom": 30,
    "type_porteur": 14,
    "renouvellement": 14,
    "temps": 14,
    "age_min": 9,
    "age_max": 9,
    "public_prevu": 9,
    "parents_vises": 9,
    "qpv": 20,
    "uai": 24,
    "n_seances_prevues": 9,
    "date_debut_prevue": 12,
    "date_fin_prevue": 12,
    "date_validation_copil": 13,
    "hors_programmation": 10,
    "montant_cout_prevu": 13,
    "montant_demande": 13,
    "n_actions": 9,
    "source": 30,
}
"""Colonne du tableau de programmation → largeur."""
TITRES = {
    "action_id": "Code",
    "intitule": "Intitulé de l'action",
    "renouvellement": "Première demande ou suite",
    "qpv": "Quartiers prioritaires",
    "uai": "Établissements (UAI)",
    "montant_cout_prevu": "Coût total prévu",
    DEMANDE: "Demandé en tout",
}
"""Ceux qui, dans ce tableau, ne sont pas les titres courants."""


def tableau_de_programmation(cite: Cite, *, annee: int, diffusion: str) -> bytes:
    """
    Le tableau de programmation de l'année, en classeur Excel : une ligne par action, et les totaux à part.

    Args:
        cite, annee, diffusion: voir `revue_de_projet`.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    table = programmation(cite.actions, cite.financements, annee=annee)
    classeur = Workbook()
    classeur.active.title = "Programmation"
    _ecrire_table(classeur.active, proteger(table).donnees)
    imprimer_large(classeur.active, 2)
    _ecrire_table(classeur.create_sheet("Totaux"), proteger(totaux_programmation(table)).donnees)
    notes = [
        "Le public prévu est une prévision, non un compte de personnes.",
        "Les totaux sont sur une feuille à part : le tableau se trie et se filtre sans eux.",
        "Demandes en numéraire et en valorisation. Un financeur à qui rien n'est demandé n'a pas de colonne.",
    ]
    ecrire_notes(classeur, cite, ["actions", "financements"], annee=annee, diffusion=diffusion, notes=notes)
    return en_octets(classeur)


def _ecrire_table(feuille: Worksheet, table: pd.DataFrame) -> None:
    """Une table du programme : nombres, dates et montants restent des valeurs de tableur."""
    autres = [nom for nom in table if nom not in PROGRAMMATION]
    demandes = {nom: f"Demandé : {libelle(nom.removeprefix(f'{DEMANDE}_'))}" for nom in autres}
    titres = en_tetes() | TITRES | demandes
    lignes = [[_cellule(valeur) for valeur in ligne] for ligne in table.astype("object").itertuples(index=False)]
    ecrire_lignes(feuille, {titres[nom]: PROGRAMMATION.get(nom, 13) for nom in table}, lignes)
    for rang, nom in enumerate(table, start=1):
        format_ = "dd/mm/yyyy" if nom.startswith("date_") else UNITES["euros"][1] if nom.startswith("montant_") else ""
        for (cellule,) in feuille.iter_rows(2, feuille.max_row, rang, rang) if format_ else ():
            cellule.number_format = format_


def _cellule(valeur: object) -> object:
    """Une valeur de table, telle qu'un classeur l'écrit."""
    return {True: "oui", False: "non"}[valeur] if isinstance(valeur, bool) else valeur


def lire_champs(chemin: Path) -> list[dict]:
    """
    Les champs de la revue de projet qu'un fichier déclare.

    Raises:
        ErreurParametre: fichier illisible, ou champ qui ne se comprend pas ; le message dit lequel.
    """
    choix = {"constat": MODELES, "unite": UNITES}
    return lire_declarations(chemin, "champ", obligatoires=("volet", "champ"), facultatives=CLES, choix=choix)


def _ligne(champ: Mapping, lecteur: Lecteur, phrases: Mapping[str, str]) -> tuple:
    """Volet, champ, valeur, unité, origine et adresse d'un champ de la revue de projet."""
    valeur, masquee, origine = phrases.get(champ.get("constat")), False, ""
    if "analyse" in champ:
        valeur, masquee = lecteur.cellule(champ)
        tables = ANALYSES[champ["analyse"]].tables
        fictive = f"{FICTIF} : " if lecteur.source(champ["analyse"]).fictive else ""
        origine = f"{fictive}table{'s' * (len(tables) > 1)} {liste(tables)}"
    elif "constat" in champ:
        origine = "Constat du rapport"
    ou = lieu(champ["page"], champ["section"]) if "page" in champ else ""
    ecrite = MARQUE if masquee else A_COMPLETER if valeur is None else valeur
    return champ["volet"], champ["champ"], ecrite, UNITES[champ.get("unite", "")][0], origine, ou


def ecrire_lignes(feuille: Worksheet, titres: Mapping[str, int], lignes: Iterable[Sequence]) -> None:
    """Un tableau d'une feuille : titres et largeurs, de vrais nombres et de vraies dates ; l'en-tête est figé."""
    blanc, fond = Font(name="Calibri", bold=True, color="FFFFFF"), PatternFill("solid", fgColor=ENCRE)
    for rang, (titre, large) in enumerate(titres.items(), start=1):
        poser(feuille.cell(1, rang), typographie(titre), font=blanc, fill=fond, alignment=REPLI)
        feuille.column_dimensions[get_column_letter(rang)].width = large
    feuille.row_dimensions[1].height = hauteur(titres, titres.values())
    dernier = 1
    for dernier, ligne in enumerate(lignes, start=2):
        for rang, valeur in enumerate(ligne, start=1):
            if not pd.isna(valeur):
                valeur = typographie(valeur) if isinstance(valeur, str) else valeur
                poser(feuille.cell(dernier, rang), valeur, alignment=REPLI)
        textes = (valeur if isinstance(valeur, str) else "1" for valeur in ligne)
        feuille.row_dimensions[dernier].height = hauteur(textes, titres.values())
    feuille.auto_filter.ref = f"A1:{get_column_letter(len(titres))}{dernier}"
    imprimer(feuille, 1)


def ecrire_notes(
    classeur: Workbook, cite: Cite, tables: Sequence[str], *, annee: int, diffusion: str, notes: Sequence[str]
) -> None:
    """La feuille « Notes » : cité, année, sources, date, diffusion, règle de secret, données inventées ou non."""
    source = cite.source(*tables, annee=[annee - 1, annee])
    seuil = seuil_applicable(diffusion, seuil=cite.seuil(diffusion))
    secret = f"{MARQUE} : effectif de 1 à {seuil - 1} personnes, ou masqué pour en protéger un autre."
    dites = {
        "Cité éducative": cite.nom,
        "Programme": annee,
        "Données": FICTIF if source.fictive else "Données de la cité",
        "Sources": source.texte,
        "Données arrêtées au": cite.arrete_le(annee),
        "Diffusion": DIFFUSIONS[diffusion].mention,
        "Secret statistique": secret if seuil else "Rien n'est masqué : ne pas diffuser.",
        "Case vide": "La donnée n'est pas connue ; ce n'est pas un zéro.",
    }
    feuille = classeur.create_sheet("Notes")
    ecrire_lignes(feuille, {"Sujet": 24, "Note": 100}, [*dites.items(), *(("Note", note) for note in notes)])
    for (cellule,) in feuille["A2" : f"A{feuille.max_row}"]:
        cellule.font = GRAS
    for (cellule,) in feuille["B2" : f"B{feuille.max_row}"]:
        cellule.alignment = A_GAUCHE
        cellule.number_format = "dd/mm/yyyy" if isinstance(cellule.value, dt.date) else "General"
