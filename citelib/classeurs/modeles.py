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
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement import Cite
from citelib.contrats import Colonne, Entre, Table
from citelib.contrats.typage import LECTEURS
from citelib.formats import typographie
from citelib.sources.classeur import INTITULES, MARQUE, QUESTIONS, SEPARATEUR, VERSION, codes_fixes, references
from citelib.tables import COMMUNES, PAR_NOM, libelle

PRODUCTEURS: Mapping = tomllib.loads(
    (Path(__file__).parents[1] / "instruments" / "producteurs.toml").read_text(encoding="utf-8")
)
"""Par producteur : titre, qui, quand, feuilles."""
COMMUNS = {"source": "Classeur {nom}, {organisme}", "date_extraction": "{date}", "saisi_par_role": "{fonction}"}
ENTETE, LIGNES = 3, 200
"""Ligne de l'en-tête de chaque feuille ; nombre de lignes préparées sous l'exemple."""
FORMATS = {"date": "dd/mm/yyyy", "entier": "0", "nombre": "General"}
LARGEURS = {"date": 13, "entier": 13, "nombre": 13, "booleen": 13}
TOUT_NOMBRE = Entre(-1_000_000_000, 1_000_000_000)
# fmt: off
CONSIGNES = (
    "Remplir les quatre cases ci-dessous, puis une feuille après l'autre, une ligne par élément.",
    "Un titre suivi d'une étoile * est obligatoire. Une note sur chaque titre dit ce qui est attendu.",
    "La ligne grise en italique est un exemple : elle ne sera pas lue ; on peut la remplacer.",
    "Une valeur estimée s'écrit ≈30 ; une valeur qui n'a pas été relevée, NC ; sans rapport avec la ligne, sans objet.",
    "Zéro veut dire « aucun » : ne pas l'écrire pour « je ne sais pas ».",
    "Aucune donnée nominative : ni nom, ni date de naissance, ni adresse, ni téléphone. Des nombres et des fonctions.",
    "Ne renommer ni les titres ni les feuilles ; renvoyer le fichier en .xlsx ou en .ods.",
)
# fmt: on
ENCRE, PALE, GRIS = "000091", "E3E3FD", "595959"
POLICE = partial(Font, name="Calibri", size=11)
TRAIT = Border(*(Side("thin", "B0B0B0") for _ in range(4)))
REPLI = Alignment(wrap_text=True, vertical="top")


def ecrire_modeles(cite: Cite, dossier: Path, annee: int) -> list[Path]:
    """
    Écrit le classeur à remplir de chaque producteur.

    Args:
        cite: ses actions, ses organismes, ses indicateurs… deviennent des listes.
        dossier: où écrire `porteur.xlsx`, `college.xlsx`…
        annee: année du programme proposée sur la première feuille.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    chemins = []
    for cle in PRODUCTEURS:
        chemins.append(dossier / f"{cle}.xlsx")
        modele(cle, cite, annee).save(chemins[-1])
    return chemins


def modele(cle: str, cite: Cite, annee: int) -> Workbook:
    """Le classeur à remplir d'un producteur de `PRODUCTEURS`, prêt à être enregistré."""
    producteur, classeur = PRODUCTEURS[cle], Workbook()
    classeur.properties.creator, classeur.properties.title = "citelib", producteur["titre"]
    _lisez_moi(classeur.active, producteur, cite, annee)
    marque, listes = [("citelib", VERSION)], classeur.create_sheet("_listes")
    noms = {declaree["table"]: declaree["nom"] for declaree in producteur["feuille"]}
    for declaree in producteur["feuille"]:
        table, rang = PAR_NOM[declaree["table"]], len(classeur.sheetnames) - 1
        feuille = classeur.create_sheet(declaree["nom"], rang)
        ajouts = COMMUNS | ({"annee": "{annee}"} if _annee_commune(table) else {}) | declaree.get("fixe", {})
        colonnes = [c for c in table.colonnes if c.nom not in {*ajouts, *declaree.get("sans", ())}]
        _remplir_feuille(feuille, table, colonnes, declaree["explication"])
        for lettre, colonne in zip(map(get_column_letter, range(1, 99)), colonnes, strict=False):
            choix = _choix(table, colonne, cite, annee, declaree.get("seulement", {}).get(colonne.nom))
            plage = _plage(listes, colonne, choix) or _plage_voisine(table, colonne, producteur, noms)
            regle = _validation(table, colonne, plage)
            if regle:
                regle.add(f"{lettre}{ENTETE + 1}:{lettre}{ENTETE + 1 + LIGNES}")
                feuille.add_data_validation(regle)
        ecrits = (f"{nom}={texte.replace('{nom}', producteur['nom'])}" for nom, texte in ajouts.items())
        marque.append((declaree["nom"], table.nom, ENTETE, *ecrits))
    listes.sheet_state = "hidden"
    feuille = classeur.create_sheet(MARQUE)
    feuille.sheet_state = "veryHidden"
    for ligne in marque:
        feuille.append(ligne)
    return classeur


def _annee_commune(table: Table) -> bool:
    """L'année du programme se demande une fois ; celle d'une information facultative, jamais."""
    return "annee" in table.noms and table.colonne("annee").obligatoire


def _poser(cellule: Cell, valeur: object, **style) -> Cell:
    """Écrit une cellule ; un texte reste un texte, même s'il commence comme une formule."""
    cellule.value = valeur
    if isinstance(valeur, str) and valeur.startswith(("=", "+", "-", "@")):
        cellule.data_type, cellule.quotePrefix = "s", True
    for attribut, voulu in style.items():
        setattr(cellule, attribut, voulu)
    return cellule


def _lisez_moi(feuille: Worksheet, producteur: Mapping, cite: Cite, annee: int) -> None:
    """La première feuille : quoi, qui, quand, comment, et les questions posées une seule fois."""
    feuille.title = "Lisez-moi"
    feuille.column_dimensions["A"].width, feuille.column_dimensions["B"].width = 42, 70
    titre = f"{producteur['titre']}, cité éducative de {cite.nom}"
    _poser(feuille["A1"], typographie(titre), font=POLICE(bold=True, size=16, color=ENCRE))
    textes = [f"Qui le remplit : {producteur['qui']}.", f"Quand le rendre : {producteur['quand']}.", *CONSIGNES]
    for ligne, texte in enumerate(textes, start=2):
        feuille.merge_cells(start_row=ligne, end_row=ligne, start_column=1, end_column=2)
        _poser(feuille.cell(ligne, 1), typographie(texte), font=POLICE(), alignment=REPLI)
        feuille.row_dimensions[ligne].height = 32 if len(texte) > 112 else 16
    debut = len(textes) + 3
    for ligne, (cle, question) in enumerate(QUESTIONS.items(), start=debut):
        _poser(feuille.cell(ligne, 1), f"{question} *", font=POLICE(bold=True), border=TRAIT)
        reponse = feuille.cell(ligne, 2)
        reponse.border, reponse.fill, reponse.alignment = TRAIT, PatternFill("solid", fgColor=PALE), REPLI
        reponse.number_format = {"date": FORMATS["date"], "annee": "0"}.get(cle, "@")
        if cle == "annee":
            reponse.value = annee
    for cle, colonne in (("date", COMMUNES[1]), ("annee", PAR_NOM["actions"].colonne("annee"))):
        regle = _validation(PAR_NOM["actions"], colonne, None)
        regle.add(f"B{debut + list(QUESTIONS).index(cle)}")
        feuille.add_data_validation(regle)
    ligne = debut + len(QUESTIONS) + 1
    _poser(feuille.cell(ligne, 1), "Les feuilles à remplir", font=POLICE(bold=True, color=ENCRE))
    for rang, declaree in enumerate(producteur["feuille"], start=ligne + 1):
        cellule = _poser(feuille.cell(rang, 1), declaree["nom"], font=POLICE(color=ENCRE, underline="single"))
        cellule.hyperlink, cellule.alignment = f"#'{declaree['nom']}'!A1", REPLI
        _poser(feuille.cell(rang, 2), typographie(declaree["explication"]), font=POLICE(), alignment=REPLI)
        feuille.row_dimensions[rang].height = 16 * (1 + len(declaree["explication"]) // 72)
    _imprimer(feuille)


def _remplir_feuille(feuille: Worksheet, table: Table, colonnes: list[Colonne], explication: str) -> None:
    """Le titre, l'explication, l'en-tête annoté, l'exemple et les lignes préparées d'une table."""
    _poser(feuille["A1"], table.titre, font=POLICE(bold=True, size=14, color=ENCRE))
    exemple = "La ligne grise en italique est un exemple, à remplacer."
    _poser(feuille["A2"], typographie(f"{explication} {exemple}"), font=POLICE(color=GRIS))
    feuille.row_dimensions[ENTETE].height = 62
    for rang, colonne in enumerate(colonnes, start=1):
        etoile = " *" if colonne.obligatoire else ""
        entete = _poser(feuille.cell(ENTETE, rang), colonne.titre + etoile, border=TRAIT)
        entete.font, entete.fill = POLICE(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=ENCRE)
        entete.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        entete.comment = Comment(_note(table, colonne), "citelib", height=150, width=320)
        large = 38 if colonne.nom.startswith(("texte", "commentaire", "libelle", "objectif_", "preuve")) else 24
        feuille.column_dimensions[get_column_letter(rang)].width = LARGEURS.get(colonne.type, large)
        exemple = _poser(feuille.cell(ENTETE + 1, rang), _exemple(table, colonne))
        exemple.font = POLICE(italic=True, color=GRIS)
        for ligne in range(ENTETE + 1, ENTETE + 2 + LIGNES):
            cellule = feuille.cell(ligne, rang)
            cellule.number_format, cellule.border = FORMATS.get(colonne.type, "@"), TRAIT
            cellule.alignment = REPLI
    feuille.freeze_panes = feuille.cell(ENTETE + 1, 2)
    _imprimer(feuille)


def _imprimer(feuille: Worksheet) -> None:
    """A4 en largeur, l'en-tête répété, le nom de la feuille et la page au pied."""
    feuille.page_setup.orientation, feuille.page_setup.paperSize = "landscape", 9
    feuille.page_setup.fitToWidth, feuille.page_setup.fitToHeight = 1, 0
    feuille.sheet_properties.pageSetUpPr.fitToPage = True
    feuille.print_title_rows = f"1:{ENTETE}"
    feuille.oddFooter.center.text = "&A, page &P sur &N"
    feuille.sheet_view.showGridLines = False


def _note(table: Table, colonne: Colonne) -> str:
    """Ce qu'on lit en passant sur un titre : définition, unité, ce qui est attendu, exemple."""
    lignes = [colonne.titre, f"Obligatoire : {'oui' if colonne.obligatoire else 'non'}."]
    lignes += [f"Unité : {colonne.unite}."] * bool(colonne.unite)
    choix = ", ".join(map(libelle, codes_fixes(table, colonne)))
    lignes += [f"Attendu : {choix or ' ; '.join(_attendus(colonne))}.", f"Exemple : {_exemple(table, colonne, True)}"]
    return typographie("\n".join(lignes))


def _attendus(colonne: Colonne) -> list[str]:
    """Le type d'une colonne et ses contraintes, en français."""
    return [LECTEURS[colonne.type][1], *(contrainte.attendu for contrainte in colonne.contraintes)]


def _exemple(table: Table, colonne: Colonne, en_clair: bool = False) -> object:
    """L'exemple d'une colonne, tel qu'une personne l'aurait saisi : un nombre, une date, un choix de la liste."""
    texte = colonne.exemple
    if not en_clair and colonne.type == "date":
        return dt.datetime.strptime(texte, "%d/%m/%Y")
    if not en_clair and colonne.type in ("entier", "nombre"):
        return float(texte.replace(",", ".")) if "," in texte else int(texte)
    return libelle(texte) if texte in codes_fixes(table, colonne) else texte


def _choix(table: Table, colonne: Colonne, cite: Cite, annee: int, seulement: list[str] | None) -> list[str]:
    """Ce que propose la liste d'une colonne, en clair ; vide s'il n'y a pas lieu d'en proposer une."""
    choix = ["oui", "non"] if colonne.type == "booleen" else []
    for regle in references(table, colonne):
        cible, intitule = getattr(cite, regle.cible), INTITULES[regle.cible]
        cible = cible[cible["annee"].eq(annee)] if regle.par_annee else cible
        cible = cible.dropna(subset=regle.colonne_cible).drop_duplicates(regle.colonne_cible)
        for code, clair in cible[[regle.colonne_cible, intitule]].fillna("").itertuples(index=False):
            if not seulement or code in seulement:
                choix.append(f"{code}{SEPARATEUR}{clair}" if clair and clair != code else code)
    return choix + [libelle(code) for code in codes_fixes(table, colonne)]


def _plage(listes: Worksheet, colonne: Colonne, choix: list[str]) -> str:
    """Range une liste dans la feuille cachée et rend sa plage ; une liste écrite dans la règle tient en 255 signes."""
    if not choix:
        return ""
    rang = listes.max_column + bool(listes["A1"].value)
    for ligne, texte in enumerate([colonne.nom, *choix], start=1):
        _poser(listes.cell(ligne, rang), texte, number_format="@")
    lettre = get_column_letter(rang)
    return f"'{listes.title}'!${lettre}$2:${lettre}${len(choix) + 1}"


def _plage_voisine(table: Table, colonne: Colonne, producteur: Mapping, noms: Mapping[str, str]) -> str:
    """La plage d'une autre feuille du classeur où se saisissent les codes auxquels la colonne renvoie."""
    for regle in references(table, colonne):
        if regle.cible in noms:
            declaree = next(d for d in producteur["feuille"] if d["table"] == regle.cible)
            hors = {*COMMUNS, "annee", *declaree.get("sans", ()), *declaree.get("fixe", {})}
            lettre = get_column_letter(
                [nom for nom in PAR_NOM[regle.cible].noms if nom not in hors].index(regle.colonne_cible) + 1
            )
            return f"'{noms[regle.cible]}'!${lettre}${ENTETE + 1}:${lettre}${ENTETE + 1 + LIGNES}"
    return ""


def _validation(table: Table, colonne: Colonne, plage: str | None) -> DataValidation | None:
    """La vérification d'une colonne dans le tableur. Seule une liste fermée bloque : « ≈30 » et « NC » s'acceptent."""
    bornes = next((c for c in colonne.contraintes if isinstance(c, Entre)), TOUT_NOMBRE)
    maxi = TOUT_NOMBRE.maxi if bornes.maxi is None else bornes.maxi
    if plage:
        ouverte = colonne.type == "liste" or references(table, colonne)
        regle = DataValidation("list", plage, errorStyle="warning" if ouverte else "stop")
    elif colonne.type == "date":
        regle = DataValidation("date", "DATE(1990,1,1)", "DATE(2100,12,31)", operator="between", errorStyle="warning")
    elif colonne.type in ("entier", "nombre"):
        genre = "whole" if colonne.type == "entier" else "decimal"
        regle = DataValidation(genre, f"{bornes.mini}", f"{maxi}", operator="between", errorStyle="warning")
    else:
        return None
    attendu = "choisir dans la liste" if plage else " ; ".join(_attendus(colonne))
    if plage and colonne.type == "liste":
        attendu += ", ou plusieurs codes séparés par une barre |"
    ailleurs = "" if plage else " Sinon : ≈ devant une estimation, ou NC."
    regle.allow_blank, regle.showErrorMessage, regle.showInputMessage = not colonne.obligatoire, True, True
    regle.errorTitle, regle.error = "Valeur inattendue", f"Attendu : {attendu}.{ailleurs}"[:225]
    regle.promptTitle, regle.prompt = colonne.titre[:32], f"{attendu[0].upper()}{attendu[1:]}.{ailleurs}"[:255]
    return regle
