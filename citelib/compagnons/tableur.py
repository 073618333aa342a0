"""tableaux.xlsx et tableaux.ods : chaque tableau et chaque figure du rapport, en nombres, une feuille chacun."""

from __future__ import annotations

from citelib.classeurs.feuilles import Case, Feuille, case, en_xlsx
from citelib.classeurs.ods import en_ods
from citelib.compagnons.matiere import Matiere
from citelib.constats.adresses import PAGES
from citelib.formats import date_longue, typographie
from citelib.tables import FICTIF

SOMMAIRE = "Sommaire"


def tableaux_xlsx(matiere: Matiere) -> bytes:
    """Le classeur Excel."""
    return en_xlsx(feuilles(matiere), titre=matiere.titre)


def tableaux_ods(matiere: Matiere) -> bytes:
    """Le même, pour LibreOffice."""
    return en_ods(feuilles(matiere), titre=matiere.titre)


def nom_de_feuille(objet: dict) -> str:
    """
    Le nom court d'une feuille, celui que les autres compagnons citent.

    >>> nom_de_feuille({"page": "partenariat", "genre": "figure", "numero": 4})
    'Partenariat F4'
    """
    return f"{PAGES[objet['page']][1].split()[0]} {objet['genre'][0].upper()}{objet['numero']}"


def notes_de(objet: dict) -> list[str]:
    """Lecture, champ, note et source d'un objet publié ; seulement ce qui est dit."""
    return [f"{nom.capitalize()} : {objet[nom]}" for nom in ("lecture", "champ", "note", "source") if objet[nom]]


def feuilles(matiere: Matiere) -> list[Feuille]:
    """Le sommaire, les notes, puis une feuille par tableau ou figure qui a des lignes."""
    remplies = [objet for objet in matiere.objets if objet["lignes"]]
    return [_sommaire(matiere), _notes(matiere), *map(_feuille, remplies)]


def _sommaire(matiere: Matiere) -> Feuille:
    """Une ligne par objet publié ; le nom de la feuille y mène."""
    lignes = []
    for objet in matiere.objets:
        nom, combien = nom_de_feuille(objet), len(objet["lignes"])
        etat = FICTIF if objet["fictive"] else "Données réelles"
        dits = [PAGES[objet["page"]][1], objet["titre"], objet["sous_titre"], etat if combien else "Aucune donnée"]
        lignes.append([Case(nom, lien=nom if combien else ""), *map(Case, dits)])
    titres = [Case(matiere.titre), Case(_avertir(matiere))]
    return Feuille(SOMMAIRE, titres, ["Feuille", "Page", "Titre", "Précision", "Données"], lignes, [], "sommaire")


def _notes(matiere: Matiere) -> Feuille:
    """Ce qu'il faut savoir pour lire les feuilles, et d'où elles viennent."""
    contexte = matiere.contexte
    dites = [("Diffusion", contexte.mention)]
    dites += [("Marque ou règle", phrase) for phrase in matiere.legendes]
    dites += [
        ("Lecture", "F désigne une figure et T un tableau, au numéro qu’ils ont sur leur page."),
        ("Nombres", "Ce sont ceux des pages, à quatre décimales près ; une part se lit en pourcentage."),
        ("Sources", contexte.sources),
        ("Données arrêtées au", date_longue(contexte.arrete_le) if contexte.arrete_le else ""),
        ("Production", contexte.trace_ecrite),
    ]
    dites += [("Page non calculée", f"{titre} : ses tableaux manquent ici.") for titre in matiere.absentes]
    lignes = [[Case(sujet), Case(typographie(note))] for sujet, note in dites if note]
    return Feuille("Notes", [Case("Notes"), Case(SOMMAIRE, lien=SOMMAIRE)], ["Sujet", "Note"], lignes, [], "notes")


def _avertir(matiere: Matiere) -> str:
    """La diffusion et, s'il le faut, l'aveu que des données sont inventées."""
    aveu = f" {FICTIF}." if matiere.contexte.fictive else ""
    return f"{matiere.contexte.mention}.{aveu} Marques et sources : feuille « Notes »."


def _feuille(objet: dict) -> Feuille:
    """Un tableau, ou les données d'une figure ; le titre en A1, les notes sous le tableau."""
    numero = f"{objet['genre'].capitalize()} {objet['numero']}, {PAGES[objet['page']][1]}"
    precisions = [numero, objet["sous_titre"], FICTIF if objet["fictive"] else ""]
    titres = [objet["titre"], ". ".join(filter(None, precisions))]
    return Feuille(
        nom=nom_de_feuille(objet),
        titres=[*map(Case, titres), Case("Retour au sommaire ; notes et source sous le tableau", lien=SOMMAIRE)],
        colonnes=[colonne["titre"] for colonne in objet["colonnes"]],
        lignes=[
            [case(texte, valeur) for texte, valeur in zip(*ligne, strict=True)]
            for ligne in zip(objet["lignes"], objet["valeurs"], strict=True)
        ],
        notes=[*objet["legende"], *map(typographie, notes_de(objet))],
        cle=objet["nom"].replace("-", "_"),
    )
