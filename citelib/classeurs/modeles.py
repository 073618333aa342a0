"""Le classeur à remplir de chaque producteur : explications, listes, bornes, exemple et marque de version.

Tout vient des contrats des tables ; `instruments/producteurs.toml` dit seulement qui remplit quoi, et quand.
`sources.classeur` relit ce qui est rendu.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement import Cite
from citelib.classeurs.pose import CENTRE, ENCRE, REPLI, TRAIT, imprimer, poser
from citelib.contrats import Colonne, Entre, Table
from citelib.contrats.cellules import LECTEURS
from citelib.formats import typographie
from citelib.sources.classeur import INTITULES, MARQUE, QUESTIONS, SEPARATEUR, VERSION, codes_fixes, references
from citelib.tables import ANNEE, COMMUNES, PAR_NOM, libelle

INSTRUMENT: Mapping = tomllib.loads(
    (Path(__file__).parents[1] / "instruments" / "producteurs.toml").read_text(encoding="utf-8")
)
CONSIGNES = INSTRUMENT["consignes"]
PRODUCTEURS: Mapping = {cle: producteur for cle, producteur in INSTRUMENT.items() if cle != "consignes"}
"""Par producteur : nom, titre, qui, quand, feuilles."""
AJOUTS = {"source": "Classeur {nom}, {organisme}", "date_extraction": "{date}", "saisi_par_role": "{fonction}"}
"""Ce que l'import met dans les colonnes communes."""
ENTETE, LIGNES = 3, 200
"""Ligne de l'en-tête de chaque feuille ; nombre de lignes préparées sous l'exemple."""
FORMATS = {"date": "dd/mm/yyyy", "entier": "0", "nombre": "General"}
TOUT_NOMBRE = Entre(-1_000_000_000, 1_000_000_000)
GRIS = "595959"
POLICE, APLAT = partial(Font, name="Calibri", size=11), partial(PatternFill, "solid")


def ecrire_modeles(cite: Cite, dossier: Path, annee: int) -> None:
    """
    Écrit le classeur à remplir de chaque producteur : `porteur.xlsx`, `college.xlsx`…

    Args:
        cite: ses actions, ses organismes, ses indicateurs… deviennent des listes.
        dossier: où écrire.
        annee: année du programme proposée sur la première feuille.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    for cle in PRODUCTEURS:
        modele(cle, cite, annee).save(dossier / f"{cle}.xlsx")


def modele(cle: str, cite: Cite, annee: int) -> Workbook:
    """Le classeur à remplir d'un producteur de `PRODUCTEURS`, prêt à être enregistré."""
    producteur, classeur, marque = PRODUCTEURS[cle], Workbook(), [("citelib", VERSION)]
    classeur.properties.creator, classeur.properties.title = "citelib", producteur["titre"]
    _lisez_moi(classeur.active, producteur, cite, annee)
    listes = classeur.create_sheet("_listes")
    demandees = {declaree["table"]: (declaree["nom"], _demandees(declaree)) for declaree in producteur["feuille"]}
    for declaree in producteur["feuille"]:
        table, (nom, colonnes) = PAR_NOM[declaree["table"]], demandees[declaree["table"]]
        feuille = classeur.create_sheet(nom, len(classeur.sheetnames) - 1)
        _remplir_feuille(feuille, table, colonnes, declaree["explication"])
        for rang, colonne in enumerate(colonnes, start=1):
            choix = _choix(table, colonne, cite, annee, declaree.get("seulement", {}).get(colonne.nom))
            plage = _plage(listes, colonne.nom, choix) or _plage_voisine(table, colonne, demandees)
            _verifier(feuille, _lignes(rang), table, colonne, plage)
        ajouts = (f"{ajoutee}={texte}" for ajoutee, texte in _ajouts(declaree).items())
        marque.append((nom, table.nom, ENTETE, *(ajout.replace("{nom}", producteur["nom"]) for ajout in ajouts)))
    cachee = classeur.create_sheet(MARQUE)
    listes.sheet_state, cachee.sheet_state = "hidden", "veryHidden"
    for ligne in marque:
        cachee.append(ligne)
    return classeur


def _ajouts(declaree: Mapping) -> dict[str, str]:
    """Ce que l'import mettra dans les colonnes qu'une feuille ne demande pas ; l'année, si la table en exige une."""
    annee = {"annee": "{annee}"} if ANNEE in PAR_NOM[declaree["table"]].colonnes else {}
    return AJOUTS | annee | declaree.get("fixe", {})


def _demandees(declaree: Mapping) -> list[Colonne]:
    """Les colonnes qu'une feuille demande."""
    hors = {*_ajouts(declaree), *declaree.get("sans", ())}
    return [colonne for colonne in PAR_NOM[declaree["table"]].colonnes if colonne.nom not in hors]


def _lignes(rang: int, absolu: str = "") -> str:
    """La plage des lignes à remplir d'une colonne, exemple compris."""
    debut = f"{absolu}{get_column_letter(rang)}{absolu}"
    return f"{debut}{ENTETE + 1}:{debut}{ENTETE + 1 + LIGNES}"


def _lisez_moi(feuille: Worksheet, producteur: Mapping, cite: Cite, annee: int) -> None:
    """La première feuille : quoi, qui, quand, comment, et les questions posées une seule fois."""
    feuille.title = "Lisez-moi"
    feuille.column_dimensions["A"].width, feuille.column_dimensions["B"].width = 42, 72
    titre = f"{producteur['titre']}, cité éducative de {cite.nom}"
    poser(feuille["A1"], typographie(titre), font=POLICE(bold=True, size=16, color=ENCRE))
    textes = [f"Qui le remplit : {producteur['qui']}.", f"Quand le rendre : {producteur['quand']}.", *CONSIGNES]
    for ligne, texte in enumerate(textes, start=2):
        feuille.merge_cells(start_row=ligne, end_row=ligne, start_column=1, end_column=2)
        poser(feuille.cell(ligne, 1), typographie(texte), font=POLICE(), alignment=REPLI)
        feuille.row_dimensions[ligne].height = 32 if len(texte) > 112 else 16
    ligne = len(textes) + 3
    for cle, question in QUESTIONS.items():
        poser(feuille.cell(ligne, 1), f"{question} *", font=POLICE(bold=True), border=TRAIT)
        reponse = annee if cle == "annee" else None
        reponse = poser(feuille.cell(ligne, 2), reponse, border=TRAIT, fill=APLAT(fgColor="E3E3FD"), alignment=REPLI)
        reponse.number_format = {"date": FORMATS["date"], "annee": "0"}.get(cle, "@")
        if cle in ("date", "annee"):
            _verifier(feuille, reponse.coordinate, PAR_NOM["actions"], ANNEE if cle == "annee" else COMMUNES[1], "")
        ligne += 1
    poser(feuille.cell(ligne + 1, 1), "Les feuilles à remplir", font=POLICE(bold=True, color=ENCRE))
    for rang, declaree in enumerate(producteur["feuille"], start=ligne + 2):
        lien = poser(feuille.cell(rang, 1), declaree["nom"], alignment=REPLI)
        lien.hyperlink, lien.font = f"#'{declaree['nom']}'!A1", POLICE(color=ENCRE, underline="single")
        poser(feuille.cell(rang, 2), typographie(declaree["explication"]), font=POLICE(), alignment=REPLI)
        feuille.row_dimensions[rang].height = 16 * (1 + len(declaree["explication"]) // 70)
    imprimer(feuille, 1)


def _remplir_feuille(feuille: Worksheet, table: Table, colonnes: list[Colonne], explication: str) -> None:
    """Le titre, l'explication, l'en-tête annoté, l'exemple et les lignes préparées d'une table."""
    exemple = "La ligne grise en italique est un exemple, à remplacer."
    poser(feuille["A1"], table.titre, font=POLICE(bold=True, size=14, color=ENCRE))
    poser(feuille["A2"], typographie(f"{explication} {exemple}"), font=POLICE(color=GRIS))
    feuille.row_dimensions[ENTETE].height = 76
    for rang, colonne in enumerate(colonnes, start=1):
        titre, blanc = f"{colonne.titre} *" if colonne.obligatoire else colonne.titre, POLICE(bold=True, color="FFFFFF")
        entete = poser(feuille.cell(ENTETE, rang), titre, font=blanc, fill=APLAT(fgColor=ENCRE), alignment=CENTRE)
        entete.comment = Comment(_note(table, colonne), "citelib", height=150, width=320)
        longue = colonne.nom.startswith(("texte", "commentaire", "libelle", "objectif_", "preuve"))
        etroite = colonne.type not in ("texte", "liste")
        feuille.column_dimensions[entete.column_letter].width = 13 if etroite else 38 if longue else 24
        poser(feuille.cell(ENTETE + 1, rang), _exemple(table, colonne))
        for (cellule,) in feuille[_lignes(rang)]:
            cellule.number_format, cellule.border = FORMATS.get(colonne.type, "@"), TRAIT
            cellule.alignment, cellule.font = REPLI, POLICE()
        feuille.cell(ENTETE + 1, rang).font = POLICE(italic=True, color=GRIS)
    imprimer(feuille, ENTETE)
    feuille.freeze_panes = feuille.cell(ENTETE + 1, 2)


def _note(table: Table, colonne: Colonne) -> str:
    """Ce qu'on lit en passant sur un titre : définition, unité, ce qui est attendu, exemple."""
    attendu = ", ".join(map(libelle, codes_fixes(table, colonne))) or _attendu(colonne)
    unite = f"Unité : {colonne.unite}.\n" if colonne.unite else ""
    exemple = libelle(colonne.exemple) if codes_fixes(table, colonne) else colonne.exemple
    obligatoire = "oui" if colonne.obligatoire else "non"
    return typographie(
        f"{colonne.titre}.\n{unite}Obligatoire : {obligatoire}.\nAttendu : {attendu}.\nExemple : {exemple}"
    )


def _attendu(colonne: Colonne) -> str:
    """Le type d'une colonne et ses contraintes, en français."""
    return " ; ".join([LECTEURS[colonne.type][1], *(contrainte.attendu for contrainte in colonne.contraintes)])


def _exemple(table: Table, colonne: Colonne) -> object:
    """L'exemple d'une colonne, tel qu'une personne l'aurait saisi : un nombre, une date, un choix de la liste."""
    if colonne.type == "date":
        return dt.datetime.strptime(colonne.exemple, "%d/%m/%Y")
    if colonne.type in ("entier", "nombre"):
        return float(colonne.exemple.replace(",", "."))
    return libelle(colonne.exemple) if colonne.exemple in codes_fixes(table, colonne) else colonne.exemple


def _choix(table: Table, colonne: Colonne, cite: Cite, annee: int, seulement: list[str] | None) -> list[str]:
    """Ce que propose la liste d'une colonne, en clair ; vide s'il n'y a pas lieu d'en proposer une."""
    choix = ["oui", "non"] if colonne.type == "booleen" else []
    for regle in references(table, colonne):
        cible, intitule = getattr(cite, regle.cible), INTITULES[regle.cible]
        cible = cible[cible["annee"].eq(annee)] if regle.par_annee else cible
        for code, clair in zip(cible[regle.colonne_cible].fillna(""), cible[intitule].fillna(""), strict=True):
            if code and (not seulement or code in seulement):
                choix.append(f"{code}{SEPARATEUR}{clair}" if clair not in ("", code) else code)
    return list(dict.fromkeys(choix + [libelle(code) for code in codes_fixes(table, colonne)]))


def _plage(listes: Worksheet, titre: str, choix: list[str]) -> str:
    """Range une liste dans la feuille cachée et rend sa plage ; écrite dans la règle, elle tiendrait en 255 signes."""
    if not choix:
        return ""
    rang = listes.max_column + bool(listes["A1"].value)
    for ligne, texte in enumerate([titre, *choix], start=1):
        poser(listes.cell(ligne, rang), texte, number_format="@")
    lettre = get_column_letter(rang)
    return f"'{listes.title}'!${lettre}$2:${lettre}${len(choix) + 1}"


def _plage_voisine(table: Table, colonne: Colonne, demandees: Mapping[str, tuple[str, list[Colonne]]]) -> str:
    """La plage d'une autre feuille du classeur, où se saisissent les codes auxquels la colonne renvoie."""
    for regle in references(table, colonne):
        if regle.cible in demandees:
            feuille, colonnes = demandees[regle.cible]
            rang = [voisine.nom for voisine in colonnes].index(regle.colonne_cible) + 1
            return f"{quote_sheetname(feuille)}!{_lignes(rang, '$')}"
    return ""


def _verifier(feuille: Worksheet, cellules: str, table: Table, colonne: Colonne, plage: str) -> None:
    """La vérification d'une colonne par le tableur. Seule une liste fermée bloque : « ≈30 » et « NC » s'acceptent."""
    bornes = next((c for c in colonne.contraintes if isinstance(c, Entre)), TOUT_NOMBRE)
    maxi = TOUT_NOMBRE.maxi if bornes.maxi is None else bornes.maxi
    ouverte = not plage or colonne.type == "liste" or references(table, colonne)
    if plage:
        regle = DataValidation("list", plage)
    elif colonne.type == "date":
        regle = DataValidation("date", "DATE(1990,1,1)", "DATE(2100,12,31)", operator="between")
    elif colonne.type in ("entier", "nombre"):
        genre = "whole" if colonne.type == "entier" else "decimal"
        regle = DataValidation(genre, str(bornes.mini), str(maxi), operator="between")
    else:
        return
    attendu = "choisir dans la liste" if plage else f"{_attendu(colonne)}. Sinon : ≈ devant une estimation, ou NC"
    if colonne.type == "liste":
        attendu += ", ou plusieurs codes séparés par une barre |"
    regle.errorStyle, regle.allow_blank = "warning" if ouverte else "stop", not colonne.obligatoire
    regle.showErrorMessage = regle.showInputMessage = True
    regle.errorTitle, regle.error = "Valeur inattendue", f"Attendu : {attendu}."[:225]
    regle.promptTitle, regle.prompt = colonne.titre[:32], f"Attendu : {attendu}."[:255]
    regle.add(cellules)
    feuille.add_data_validation(regle)
