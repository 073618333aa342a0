"""Confronter une table à son contrat : du texte lu aux valeurs typées, tous les problèmes d'un coup.

Chaque cellule est lue comme les services l'écrivent (« 1 200 € », « 3,5 », « 01/09/2024 », « oui »).
Ce qui se comprend sans doute est converti ; le reste devient un `Probleme` à sa cellule. Un zéro, une
cellule vide, « NC » et « sans objet » restent quatre choses différentes : les trois dernières n'ont pas
de valeur, et leur état est rendu à part.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from citelib.contrats import TYPES, Colonne, Ordre, Parmi, Probleme, Reference, Table

VIDE, NON_COLLECTEE, NON_CONCERNEE, ESTIMEE = "vide", "non_collectee", "non_concernee", "estimee"

SANS_VALEUR = {
    "": VIDE,
    **dict.fromkeys(("nc", "n.c.", "nd", "n.d.", "n. d.", "non communiqué", "non collecté"), NON_COLLECTEE),
    **dict.fromkeys(("so", "s.o.", "sans objet", "non concerné", "non concernée"), NON_CONCERNEE),
}

BLANCS = re.compile(r"[\s\u00a0\u202f\u2009]+")
ENVIRON = re.compile(r"^(?:≈|~|env\.?|environ)\s*(?=\d)", re.IGNORECASE)
OUI, NON = {"oui", "o", "vrai", "1", "x"}, {"non", "n", "faux", "0"}

EN_TOUTES_LETTRES = {
    "entier": "un nombre entier",
    "nombre": "un nombre",
    "booleen": "oui ou non",
    "date": "une date jj/mm/aaaa",
}


@dataclass(frozen=True)
class Lecture:
    """
    Une table typée, d'où vient chaque ligne, et les cellules sans valeur observée.

    Args:
        table: une colonne par colonne du contrat, typée.
        origine: par ligne, `fichier`, `feuille` et `ligne` (celle que montre un tableur).
        etats: une ligne par cellule particulière : `ligne`, `colonne`, `etat`.
        problemes: ce qui ne respecte pas le contrat.
    """

    table: pd.DataFrame
    origine: pd.DataFrame
    etats: pd.DataFrame
    problemes: list[Probleme]


def sans_blancs(texte: str) -> str:
    """
    Le texte, ses blancs de toute sorte réduits à une espace simple.

    >>> sans_blancs("  La\\u00a0Maille ")
    'La Maille'
    """
    return BLANCS.sub(" ", texte).strip()


def lire_nombre(texte: str) -> float:
    """
    Lit un nombre écrit à la française.

    >>> lire_nombre("1 200,50 €")
    1200.5
    """
    nu = BLANCS.sub("", texte).removesuffix("€").replace("\u2212", "-")
    if not re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", nu):
        raise ValueError(texte)
    return float(nu.replace(",", "."))


def lire_entier(texte: str) -> int:
    """
    Lit un nombre entier ; « 12,0 » en est un, « 12,5 » non.

    >>> lire_entier("1 200")
    1200
    """
    valeur = lire_nombre(texte)
    if not valeur.is_integer():
        raise ValueError(texte)
    return int(valeur)


def lire_date(texte: str) -> dt.datetime:
    """
    Lit une date `jj/mm/aaaa` ou `aaaa-mm-jj`, avec ou sans heure.

    >>> lire_date("01/09/2024").date().isoformat()
    '2024-09-01'
    """
    jour = texte.split(" ")[0].split("T")[0]
    for forme in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(jour, forme)
        except ValueError:
            continue
    raise ValueError(texte)


def lire_booleen(texte: str) -> bool:
    """
    Lit un oui ou un non.

    >>> lire_booleen("Oui")
    True
    """
    mot = texte.lower()
    if mot not in OUI | NON:
        raise ValueError(texte)
    return mot in OUI


def lire_liste(texte: str) -> tuple[str, ...]:
    """
    Lit plusieurs valeurs séparées par une barre, un point-virgule ou une virgule.

    >>> lire_liste("QP013062 | QP013063")
    ('QP013062', 'QP013063')
    """
    return tuple(morceau.strip() for morceau in re.split(r"[|;,]", texte) if morceau.strip())


LECTEURS: Mapping[str, Callable] = {
    "texte": str,
    "entier": lire_entier,
    "nombre": lire_nombre,
    "booleen": lire_booleen,
    "date": lire_date,
    "liste": lire_liste,
}


def lire_cellule(texte: str, colonne: Colonne) -> tuple[object, str | None, str | None]:
    """
    Lit une cellule selon son contrat.

    Args:
        texte: ce que la cellule contient.
        colonne: son contrat.

    Returns:
        La valeur (None si elle manque), son état s'il est particulier, ce qui était attendu si
        elle est refusée.

    >>> lire_cellule("NC", Colonne("public_prevu", "entier", "Public prévu", "60"))
    (None, 'non_collectee', None)
    """
    propre = sans_blancs(texte)
    etat = SANS_VALEUR.get(propre.lower())
    if etat:
        return None, etat, "une valeur" if colonne.obligatoire else None
    chiffre = colonne.type in ("entier", "nombre")
    etat = ESTIMEE if chiffre and ENVIRON.match(propre) else None
    try:
        valeur = LECTEURS[colonne.type](ENVIRON.sub("", propre) if chiffre else propre)
    except ValueError:
        return None, None, EN_TOUTES_LETTRES[colonne.type]
    elements = valeur if colonne.type == "liste" else (valeur,)
    for contrainte in colonne.contraintes:
        if isinstance(contrainte, Parmi):
            elements = tuple(contrainte.reconnaitre(element) for element in elements)
        if any(contrainte.refuse(element) for element in elements):
            return None, None, contrainte.attendu
    return (elements if colonne.type == "liste" else elements[0]), etat, None


def typer(table: Table, brut: pd.DataFrame, origine: pd.DataFrame) -> Lecture:
    """
    Confronte des textes lus au contrat d'une table.

    Args:
        table: le contrat.
        brut: une colonne de textes par colonne lue (noms du contrat), une ligne par ligne lue.
        origine: `fichier`, `feuille` et `ligne` de chacune de ces lignes, même index.

    Returns:
        La lecture : table typée, origine, états et problèmes (cellules refusées et clés en double).
    """
    typees, etats, problemes = {}, [], []
    for colonne in table.colonnes:
        textes = brut.get(colonne.nom, pd.Series("", index=brut.index, dtype="str"))
        # Une colonne répète peu de valeurs : on lit chacune une seule fois.
        lus = {texte: lire_cellule(texte, colonne) for texte in textes.unique()}
        valeurs = pd.Series([lus[texte][0] for texte in textes], index=brut.index, dtype="object")
        typees[colonne.nom] = _convertir(valeurs, colonne.type)
        for indice, texte in textes[textes.map(lambda t, lus=lus: bool(lus[t][2]))].items():
            problemes.append(_refus(origine.loc[indice], colonne, texte, lus[texte][2]))
        particuliers = textes.map({t: lu[1] for t, lu in lus.items()}).dropna()
        etats.append(pd.DataFrame({"ligne": particuliers.index, "colonne": colonne.nom, "etat": particuliers.values}))
    typee = pd.DataFrame(typees, index=brut.index)
    problemes += _cles_en_double(table, typee, origine)
    return Lecture(typee, origine, pd.concat(etats, ignore_index=True), problemes)


def _convertir(valeurs: pd.Series, type_: str) -> pd.Series:
    """Donne à une colonne le type de pandas de son contrat."""
    if type_ == "liste":
        return valeurs.map(lambda valeur: valeur if isinstance(valeur, tuple) else ())
    if type_ == "date":
        return pd.to_datetime(valeurs).astype(TYPES[type_])
    return valeurs.astype(TYPES[type_])


def _refus(origine: pd.Series, colonne: Colonne, texte: str, attendu: str) -> Probleme:
    """Le problème d'une cellule refusée."""
    vide = not texte.strip()
    return Probleme(
        "erreur",
        origine["fichier"],
        origine["feuille"],
        int(origine["ligne"]),
        colonne.nom,
        texte.strip(),
        f"{'cellule vide' if vide else 'valeur refusée'}, attendu {attendu}",
        f"{'Remplir' if vide else 'Corriger'} la cellule, par exemple « {colonne.exemple} ».",
    )


def _cles_en_double(table: Table, typee: pd.DataFrame, origine: pd.DataFrame) -> list[Probleme]:
    """Un problème par ligne dont la clé a déjà été vue."""
    cle = list(table.cle)
    obligatoires = [nom for nom in cle if table.colonne(nom).obligatoire]
    complete = typee[typee[obligatoires].notna().all(axis=1)].astype({nom: "str" for nom in cle})
    doubles = complete[complete.duplicated(cle, keep="first")]
    premieres = complete[~complete.duplicated(cle)].reset_index(names="_premiere").set_index(cle)["_premiere"]
    problemes = []
    for indice, ligne in doubles[cle].iterrows():
        premiere = origine.loc[premieres.loc[tuple(ligne) if len(cle) > 1 else ligne.iloc[0]]]
        lieu = f"{premiere['fichier']}, ligne {premiere['ligne']}"
        problemes.append(
            Probleme(
                "erreur",
                *origine.loc[indice, ["fichier", "feuille"]],
                int(origine.loc[indice, "ligne"]),
                " + ".join(cle),
                " + ".join(str(valeur) for valeur in ligne),
                f"clé en double, déjà vue : {lieu}",
                "Garder une seule des deux lignes.",
            )
        )
    return problemes


def verifier_regles(table: Table, lectures: Mapping[str, Lecture]) -> list[Probleme]:
    """
    Vérifie les règles d'une table : entre ses colonnes et vers les autres tables.

    Args:
        table: le contrat, dont les règles sont appliquées.
        lectures: les lectures de toutes les tables, par nom.

    Returns:
        Un problème par cellule en défaut ; une table cible absente ne se vérifie pas.
    """
    lecture = lectures[table.nom]
    problemes = []
    for regle in table.regles:
        if isinstance(regle, Ordre):
            colonnes, fautes = regle.petite, lecture.table[regle.petite] > lecture.table[regle.grande]
            fautes = lecture.table.loc[fautes.fillna(False), regle.petite]
            remede = "Corriger l'une des deux valeurs."
        elif regle.cible in lectures:
            colonnes, fautes = regle.colonne, _orphelins(regle, lecture.table, lectures[regle.cible].table)
            remede = f"Corriger le code, ou ajouter la ligne à la table {regle.cible}."
        else:
            continue
        for indice, valeur in fautes.items():
            lieu = lecture.origine.loc[indice]
            problemes.append(
                Probleme(
                    "erreur",
                    lieu["fichier"],
                    lieu["feuille"],
                    int(lieu["ligne"]),
                    colonnes,
                    f"{valeur:%d/%m/%Y}" if isinstance(valeur, pd.Timestamp) else str(valeur),
                    f"attendu {regle.attendu}",
                    remede,
                )
            )
    return problemes


def _orphelins(regle: Reference, table: pd.DataFrame, cible: pd.DataFrame) -> pd.Series:
    """Les valeurs de la colonne qui manquent dans la cible, avec l'indice de leur ligne."""
    colonnes = [regle.colonne, "annee"] if regle.par_annee else [regle.colonne]
    citees = table[colonnes].explode(regle.colonne).dropna(subset=regle.colonne)
    citees = citees[~citees[regle.colonne].isin(regle.sauf)]
    connues = cible[[regle.colonne_cible, *colonnes[1:]]].explode(regle.colonne_cible).dropna()
    connus = set(connues.itertuples(index=False, name=None))
    manque = [ligne not in connus for ligne in citees.itertuples(index=False, name=None)]
    return citees.loc[manque, regle.colonne]
