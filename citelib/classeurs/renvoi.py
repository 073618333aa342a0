"""Renvoyer à chaque partenaire ses propres feuilles, cellules fautives colorées et annotées, et rien d'un autre.

Les données personnelles qu'il y avait mises n'y sont pas recopiées.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from citelib.chargement import Cite, noms
from citelib.chargement.entetes import Entete
from citelib.chargement.fichiers import A_CORRIGER, SUFFIXES_CLASSEUR, Feuille, en_texte
from citelib.chargement.identite import reperer
from citelib.chargement.remplacement import dossier_neuf
from citelib.chargement.volumes import lire_feuilles
from citelib.classeurs.pose import GRAS, LIEN, REPLI, hauteur, imprimer, lisible, poser
from citelib.classeurs.verification import Fichier, grouper, page
from citelib.contrats import Probleme
from citelib.contrats.personnel import masquer
from citelib.erreurs import ErreurDonnees

LIGNES_RENDUES, NOTES_RENDUES, LIGNES_TABLEUR = 20_000, 5_000, 1_048_576
"""Au-delà, une copie ne garde que les lignes fautives, puis que la couleur ; un tableur n'a pas plus de lignes."""
TEINTES = {"erreur": "F8CBAD", "avertissement": "FFE699"}
RETIREE = "Donnée personnelle retirée de cette copie."


def ecrire(cite: Cite, problemes: Sequence[Probleme], sortie: Path) -> list[Path]:
    """
    Écrit la page, le classeur de l'évaluateur et ceux à renvoyer, à la place des précédents ; rend leurs chemins.

    Args:
        cite: la cité telle qu'`ouvrir` l'a lue.
        problemes: ce qu'il y a relevé.
        sortie: dossier des rapports ; ceux-ci vont dans `sortie/<cité>/verification`.
    """
    cle = str(cite.reglages.get("cle", ""))
    cible = sortie / (cle if re.fullmatch(r"[\w-]+", cle) else cite.dossier.resolve().name) / "verification"
    fichiers, faits = grouper(problemes), ["verification.html"]
    with dossier_neuf(cible) as neuf:
        (neuf / faits[0]).write_text(page(cite, fichiers), encoding="utf-8", newline="\n")
        lues = {fichier.nom: _relire(cite.dossier / fichier.nom) for fichier in fichiers}
        (neuf / "a-renvoyer").mkdir()
        if rapprochements := noms.proposer(cite, problemes):
            faits.append(noms.FICHIER)
            (neuf / noms.FICHIER).write_text(rapprochements, encoding="utf-8", newline="\n")
        if fichiers:
            faits.append("verification.xlsx")
            classeur(fichiers, lues, bilan=True).save(neuf / faits[-1])
        for fichier in fichiers:
            if lues[fichier.nom]:
                chemin = Path(fichier.nom)
                jumeau = any(autre != fichier.nom and Path(autre).stem == chemin.stem for autre in lues)
                nom = f"{chemin.stem}-{chemin.suffix[1:]}.xlsx" if jumeau else f"{chemin.stem}.xlsx"
                faits.append(f"a-renvoyer/{nom}")
                classeur([fichier], lues).save(neuf / faits[-1])
        if not any(lues.values()):
            (neuf / "a-renvoyer").rmdir()
    return [cible / fait for fait in faits]


def _relire(chemin: Path) -> list[Feuille]:
    """Les feuilles d'un fichier, celles du programme exceptées ; aucune s'il est absent, illisible ou réglé en TOML."""
    if chemin.suffix.lower() not in (".csv", *SUFFIXES_CLASSEUR) or not chemin.is_file():
        return []
    try:
        return [f for f in lire_feuilles(chemin) if not f.nom.startswith("_") and f.nom != A_CORRIGER]
    except ErreurDonnees:
        return []


def classeur(fichiers: Sequence[Fichier], lues: dict[str, list[Feuille]], *, bilan: bool = False) -> Workbook:
    """
    Les feuilles telles qu'elles ont été reçues, leurs cellules fautives colorées et annotées, et la liste de tout.

    Args:
        fichiers: les fichiers fautifs.
        lues: les feuilles de chacun.
        bilan: les comptes d'abord, et seulement les feuilles fautives ; sinon, toutes.
    """
    livre, liens = Workbook(), {}
    livre.active.title = A_CORRIGER
    for fichier in fichiers:
        for feuille in lues[fichier.nom]:
            fautes = [p for p in fichier.problemes if p.feuille == feuille.nom]
            if fautes or not bilan:
                stem = Path(fichier.nom).stem
                nom = masquer(f"{stem} {feuille.nom}" if bilan else feuille.nom or stem).strip()
                copie = livre.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", nom)[:28] or "Feuille")
                places = _copier(copie, feuille, fautes)
                liens |= {id(p): f"{quote_sheetname(copie.title)}!{place}" for p, place in places}
    lignes = [
        (f.titre, g.feuille, g.problemes[0].colonne, g.exemples(12), g.gravite, g.constat, g.problemes[0].remede,
         liens.get(id(g.problemes[0]), ""))
        for f in fichiers for g in f.groupes
    ]  # fmt: skip
    titres = {"Fichier": 22, "Feuille": 16, "Colonne": 22, "Où, et ce qui a été lu": 36, "Gravité": 15}
    titres |= {"Ce qui ne va pas": 46, "Que faire": 46, "Aller à": 22}
    _tableau(livre.active, titres, lignes)
    if bilan:
        etats = ("relu" if lues[f.nom] else "absent, illisible ou sans feuille" for f in fichiers)
        comptes = [(f.titre, *f.comptes, etat) for f, etat in zip(fichiers, etats, strict=True)]
        titres = {"Fichier": 34, "Erreurs": 12, "Avertissements": 16, "État": 36}
        _tableau(livre.create_sheet("Bilan", 0), titres, comptes)
    return livre


def _tableau(feuille: Worksheet, titres: dict[str, int], lignes: Iterable[tuple]) -> None:
    """Un tableau : titres et largeurs, lignes ; la colonne « Aller à » mène à une cellule."""
    for rang, (titre, large) in enumerate(titres.items(), start=1):
        poser(feuille.cell(1, rang), titre, font=GRAS)
        feuille.column_dimensions[get_column_letter(rang)].width = large
    for numero, valeurs in enumerate(lignes, start=2):
        feuille.row_dimensions[numero].height = hauteur(map(str, valeurs), titres.values())
        for rang, (titre, valeur) in enumerate(zip(titres, valeurs, strict=True), start=1):
            cellule = poser(feuille.cell(numero, rang), valeur, alignment=REPLI)
            if titre == "Aller à" and valeur:
                cellule.hyperlink = Hyperlink(cellule.coordinate, location=valeur)
                cellule.font = LIEN
    imprimer(feuille, 1)


def _copier(copie: Worksheet, feuille: Feuille, problemes: Sequence[Probleme]) -> list[tuple[Probleme, str]]:
    """Recopie une feuille, colore et annote ses cellules fautives ; rend la cellule de chaque problème qui en a une."""
    reperage = reperer(feuille)
    places: dict[tuple[int, int], list[Probleme]] = defaultdict(list)
    for probleme in problemes:
        if probleme.ligne is not None and probleme.ligne <= LIGNES_TABLEUR:
            places[probleme.ligne, _rang(probleme, reperage.entete)].append(probleme)
    fautives, largeurs = {ligne for ligne, _ in places}, defaultdict(lambda: 10)
    for ligne, textes in feuille.lignes:
        if ligne <= LIGNES_RENDUES or (ligne in fautives and ligne <= LIGNES_TABLEUR):
            for rang, texte in enumerate(textes):
                if texte and not reperage.cache(ligne, rang):
                    poser(copie.cell(ligne, rang + 1), _valeur(texte))
                    largeurs[rang] = max(largeurs[rang], min(len(texte) + 2, 50))
    for vue, ((ligne, rang), ici) in enumerate(places.items()):
        cellule = copie.cell(ligne, rang + 1)
        pire = min((p.gravite for p in ici), key=list(TEINTES).index)
        cellule.fill = PatternFill("solid", fgColor=TEINTES[pire])
        retiree = reperage.cache(ligne, rang) or (rang in reperage.colonnes and ligne == reperage.entete.ligne)
        notes = [f"{p.gravite.upper()} : {p.message}. {p.remede}".rstrip() for p in ici]
        if retiree:
            notes.append(RETIREE)
        if vue < NOTES_RENDUES:
            cellule.comment = Comment(lisible("\n".join(notes)), "citelib", height=60 * len(notes) + 40, width=340)
    for rang, large in largeurs.items():
        copie.column_dimensions[get_column_letter(rang + 1)].width = large
    imprimer(copie, reperage.entete.ligne)
    return [(p, f"{get_column_letter(rang + 1)}{ligne}") for (ligne, rang), ici in places.items() for p in ici]


def _rang(probleme: Probleme, entete: Entete) -> int:
    """Le rang de la colonne d'un problème : celle du contrat, celle dont c'est le titre, ou la première."""
    if probleme.colonne.startswith("n° "):
        return int(probleme.colonne.removeprefix("n° ")) - 1
    titres = [masquer(titre) for titre in entete.titres] if probleme.ligne == entete.ligne else []
    for noms_lus in (list(entete.colonnes), titres):
        for cherche in (probleme.colonne.split(" + ")[0], probleme.valeur):
            if cherche and cherche in noms_lus:
                return noms_lus.index(cherche)
    return 0


def _valeur(texte: str) -> object:
    """Un nombre si le texte n'en dit pas plus (un zéro de tête, un code long, un blanc restent du texte)."""
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,10})(?:,\d{1,6})?", texte):
        nombre = float(texte.replace(",", ".")) if "," in texte else int(texte)
        return nombre if en_texte(nombre) == texte else texte
    return texte
