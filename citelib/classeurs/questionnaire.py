"""Un questionnaire de partenariat vierge : à imprimer (HTML), à saisir (Excel), et de quoi en importer les réponses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement import Cite
from citelib.chargement.ecriture import en_octets
from citelib.classeurs.pose import CENTRE, ENCRE, REPLI, TRAIT, imprimer, poser
from citelib.erreurs import ErreurParametre
from citelib.formats import cite_educative, typographie
from citelib.page.controle import controler, ecritures
from citelib.page.gabarits import rendre
from citelib.partenariat import intitule, lire_instrument
from citelib.tables import CATEGORIES, PAR_NOM, libelle

SANS_AVIS = "Je ne sais pas"
CATEGORIE, ORGANISME, ANCIENNETE = "Catégorie d'acteur", "Organisme", "Ancienneté"
ANCIENNETES = {"moins_1_an": "moins d'un an", "1_a_3_ans": "de un à trois ans", "plus_3_ans": "plus de trois ans"}
LIGNES = 60
"""Réponses que la feuille de saisie prépare."""
GRAS, BLANC, FOND = Font(bold=True), Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=ENCRE)
CONSIGNE = (
    "Il n'y a ni bonne ni mauvaise réponse, ni note : vos réponses servent à discuter. Ne mettez pas votre nom. "
    f"« {SANS_AVIS} » est une réponse."
)


def ecrire_questionnaire(nom: str, cite: Cite, chemin: Path, *, annee: int) -> list[Path]:
    """
    Écrit un questionnaire vierge, et à côté la correspondance qui en importe les réponses.

    Args:
        nom: « court », « odap », « vpat », « wilder » ou « psats ».
        cite: pour son nom, ses organismes, et son propre texte des questions s'il est dans son dossier.
        chemin: fichier .xlsx (à imprimer et à saisir) ou .html (à imprimer).
        annee: année du programme.

    Raises:
        ErreurParametre: instrument inconnu ou mal déclaré, ou autre extension.
    """
    instrument = lire_instrument(nom, cite.dossier)
    if chemin.suffix not in (".xlsx", ".html"):
        raise ErreurParametre(f"{chemin.name} : extension inconnue. Attendu : .xlsx ou .html.")
    chemin.parent.mkdir(parents=True, exist_ok=True)
    if chemin.suffix == ".html":
        chemin.write_text(page(instrument, cite, annee=annee), encoding="utf-8", newline="\n")
        return [chemin]
    chemin.write_bytes(en_octets(classeur(instrument, cite)))
    plan = chemin.with_suffix(".toml")
    plan.write_text(correspondance(instrument, cite, annee=annee), encoding="utf-8", newline="\n")
    return [chemin, plan]


def reponses_possibles(instrument: Mapping) -> dict[str, str]:
    """
    Ce qui s'imprime → notre code, « je ne sais pas » compris.

    >>> reponses_possibles(lire_instrument("court"))["En partie"]
    'B'
    """
    sens = instrument["echelle"]
    if "reponses" in instrument:
        possibles = {sens[code]: code for code in instrument["reponses"]}
    else:
        possibles = {str(note): str(note) for note in range(instrument["minimum"], instrument["maximum"] + 1)}
    return possibles | {SANS_AVIS: instrument["sans_avis"]}


def _questions(instrument: Mapping) -> list[tuple[int, str]]:
    """Numéro et texte de chaque question ; la place du texte, si nous ne l'avons pas."""
    return [(numero, intitule(instrument, numero)) for numero in range(1, instrument["questions"] + 1)]


def _bornes(instrument: Mapping) -> str:
    """Le sens des notes extrêmes, vide pour trois réponses."""
    sens = instrument["echelle"]
    bas, haut = str(instrument.get("minimum")), str(instrument.get("maximum"))
    return "" if "reponses" in instrument else f"{bas} : {sens[bas]} ; {haut} : {sens[haut]}."


def page(instrument: Mapping, cite: Cite, *, annee: int) -> str:
    """Le questionnaire à imprimer : sans script ni requête, une case à cocher par réponse."""
    champs = {"instrument": instrument, "cite": cite_educative(cite.nom), "annee": annee}
    champs |= {"consigne": CONSIGNE, "bornes": _bornes(instrument), "questions": _questions(instrument)}
    champs |= {"categories": [libelle(code) for code in CATEGORIES], "reponses": list(reponses_possibles(instrument))}
    html = rendre("questionnaire.html.j2", **champs, anciennetes=list(ANCIENNETES.values()))
    return controler(html, toleres=ecritures(cite))


def classeur(instrument: Mapping, cite: Cite) -> Workbook:
    """Deux feuilles : le questionnaire à imprimer, et une ligne à saisir par répondant, listes comprises."""
    livre = Workbook()
    _feuille_a_imprimer(livre.active, instrument, cite)
    saisie, listes = livre.create_sheet("Saisie"), livre.create_sheet("_listes")
    listes.sheet_state = "hidden"
    reponses = list(reponses_possibles(instrument))
    choix = {
        CATEGORIE: [libelle(code) for code in CATEGORIES],
        ORGANISME: cite.structures["nom"].dropna().tolist(),
        ANCIENNETE: list(ANCIENNETES.values()),
    } | {f"{numero}. {texte}": reponses for numero, texte in _questions(instrument)}
    plages: dict[tuple, str] = {}
    for rang, (titre, possibles) in enumerate(choix.items(), start=1):
        poser(saisie.cell(1, rang), typographie(titre), font=BLANC, fill=FOND, alignment=CENTRE)
        lettre = get_column_letter(rang)
        saisie.column_dimensions[lettre].width = 24
        cle = tuple(possibles)
        if cle and cle not in plages:
            colonne = get_column_letter(len(plages) + 1)
            for ligne, texte in enumerate(possibles, start=1):
                poser(listes[f"{colonne}{ligne}"], texte)
            plages[cle] = f"'{listes.title}'!${colonne}$1:${colonne}${len(possibles)}"
        if cle:
            regle = DataValidation("list", plages[cle], allow_blank=True, showErrorMessage=True)
            regle.errorTitle, regle.error = "Réponse inattendue", "Choisir dans la liste, ou laisser vide."
            regle.add(f"{lettre}2:{lettre}{LIGNES + 1}")
            saisie.add_data_validation(regle)
    saisie.row_dimensions[1].height = 120
    imprimer(saisie, 1)
    return livre


def _feuille_a_imprimer(feuille: Worksheet, instrument: Mapping, cite: Cite) -> None:
    """Le questionnaire : une ligne par question, une case par réponse."""
    feuille.title = "Questionnaire"
    reponses = list(reponses_possibles(instrument))
    feuille.column_dimensions["A"].width, feuille.column_dimensions["B"].width = 5, 72
    tete = [f"{instrument['nom']}, {cite_educative(cite.nom)}", CONSIGNE, _bornes(instrument)]
    tete += [f"{nom} : ………………………………………" for nom in (CATEGORIE, ORGANISME, ANCIENNETE)]
    tete += [f"{instrument['auteurs']}. {instrument['droits']}."]
    for ligne, texte in enumerate(tete, start=1):
        poser(feuille.cell(ligne, 1), typographie(texte), font=GRAS if ligne == 1 else Font(), alignment=REPLI)
        feuille.merge_cells(start_row=ligne, end_row=ligne, start_column=1, end_column=2 + len(reponses))
        feuille.row_dimensions[ligne].height = 32 if len(texte) > 110 else 18
    entete = len(tete) + 1
    for rang, titre in enumerate(["N°", "Phrase", *reponses], start=1):
        poser(feuille.cell(entete, rang), typographie(titre), font=BLANC, fill=FOND, alignment=CENTRE, border=TRAIT)
        if rang > 2:
            feuille.column_dimensions[get_column_letter(rang)].width = 13
    for ligne, (numero, texte) in enumerate(_questions(instrument), start=entete + 1):
        poser(feuille.cell(ligne, 1), numero, border=TRAIT, alignment=CENTRE)
        poser(feuille.cell(ligne, 2), typographie(texte), border=TRAIT, alignment=REPLI)
        for rang in range(len(reponses)):
            poser(feuille.cell(ligne, 3 + rang), "☐", border=TRAIT, alignment=CENTRE)
        feuille.row_dimensions[ligne].height = 32
    imprimer(feuille, entete)


def correspondance(instrument: Mapping, cite: Cite, *, annee: int) -> str:
    """Le fichier TOML que « citelib importer enquete --correspondance » attend pour la feuille de saisie."""

    def ecrire(texte: object) -> str:
        return json.dumps(texte, ensure_ascii=False)  # un texte JSON est un texte TOML

    def table(codes: Mapping[str, str]) -> str:
        return f"{{ {', '.join(f'{ecrire(texte)} = {ecrire(code)}' for texte, code in codes.items())} }}"

    noms = cite.structures.dropna(subset="nom").set_index("nom")["structure_id"].to_dict()
    profil = {
        "categorie": (CATEGORIE, {libelle(code): code for code in CATEGORIES}),
        "structure_id": (ORGANISME, noms),
        "anciennete": (ANCIENNETE, {texte: code for code, texte in ANCIENNETES.items()}),
    }
    lignes = [
        f"# Pour importer la feuille « Saisie » : {instrument['nom']}.",
        "# python -m citelib importer enquete rempli.xlsx --correspondance CE_FICHIER --vers DOSSIER",
        'outil = "autre"',
        f'table = "{PAR_NOM["reponses_partenaires"].nom}"',
        f"questionnaire = {ecrire(instrument['sigle'])}",
        f'vague = "{annee}"',
        f"annee = {annee}",
    ]
    for nom, (titre, codes) in profil.items():
        lignes += ["", f"[{nom}]", f"colonne = {ecrire(typographie(titre))}", f"reponses = {table(codes)}"]
    lignes += ["", "[echelles]", f"reponses = {table(reponses_possibles(instrument))}"]
    for numero, texte in _questions(instrument):
        titre = ecrire(typographie(f"{numero}. {texte}"))
        lignes += ["", "[[question]]", f"colonne = {titre}", f'item = "{numero}"', 'reponses = "reponses"']
    return "\n".join(lignes) + "\n"
