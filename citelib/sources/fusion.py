"""Fusionner un apport avec les tables d'une cité : dire ce qui changerait, vérifier, puis écrire, tout ou rien.

Les lignes se rapprochent par la clé de leur contrat. Tout se passe entre textes : une ligne que l'apport ne
change pas garde ce qui était écrit, fautes comprises, et `corrections.toml` s'y applique toujours. Une cellule
vide n'efface rien. Les fichiers remplacés vont d'abord dans `anciens/<date et heure>/`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite, verifier
from citelib.chargement.cite import feuilles_par_table
from citelib.chargement.ecriture import ecrire_table
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import Feuille, en_texte
from citelib.contrats import Probleme, Table
from citelib.contrats.typage import ESTIMEE, NON_COLLECTEE, NON_CONCERNEE, Lecture, sans_blancs, typer
from citelib.erreurs import ErreurParametre
from citelib.sources import Apport
from citelib.tables import COMMUNES, PAR_NOM

TECHNIQUES = [colonne.nom for colonne in COMMUNES]
ECRITS = {ESTIMEE: "≈", NON_COLLECTEE: "NC", NON_CONCERNEE: "sans objet"}
ANCIENS = "anciens"


@dataclass(frozen=True)
class Difference:
    """
    Ce qu'un apport changerait à une table.

    Args:
        table: son contrat.
        nouvelles: lignes ajoutées, en textes.
        modifiees: une ligne par cellule changée : `cle`, `colonne`, `avant`, `apres`.
        disparues: lignes de la cité que la même source donnait pour la même année, et ne donne plus.
        identiques: nombre de lignes que l'apport confirme.
        laissees: nombre de cellules vides de l'apport là où la cité a une valeur ; elles n'effacent rien.
        textes: la table fusionnée, lignes disparues comprises.
    """

    table: Table
    nouvelles: pd.DataFrame
    modifiees: pd.DataFrame
    disparues: pd.DataFrame
    identiques: int
    laissees: int
    textes: pd.DataFrame

    def rien(self, retirer: bool = False) -> bool:
        """Rien à écrire, que l'on retire ou non les lignes disparues."""
        return self.nouvelles.empty and self.modifiees.empty and (self.disparues.empty or not retirer)


@dataclass(frozen=True)
class Fusion:
    """
    Une fusion prête à écrire : ce qui change, par table, et les erreurs qu'elle ferait naître.

    Args:
        dossier: celui de la cité.
        differences: par nom de table.
        textes: par nom, les tables à écrire.
        remplaces: fichiers que ces tables remplacent.
        problemes: erreurs que la cité aurait, et n'a pas aujourd'hui.
    """

    dossier: Path
    differences: Mapping[str, Difference]
    textes: Mapping[str, pd.DataFrame]
    remplaces: tuple[Path, ...]
    problemes: tuple[Probleme, ...]


def en_textes(table: Table, lecture: Lecture) -> pd.DataFrame:
    """Une lecture telle qu'on l'écrit : « ≈30 » pour une estimation, « NC » et « sans objet » pour ce qui manque."""
    textes = pd.DataFrame(
        {nom: [_en_texte(valeur) for valeur in lecture.table[nom]] for nom in table.noms},
        index=lecture.table.index,
        dtype="str",
    )
    particuliers = lecture.etats[lecture.etats["etat"].isin(ECRITS)]
    for ligne, colonne, etat in particuliers[["ligne", "colonne", "etat"]].itertuples(index=False):
        textes.at[ligne, colonne] = ECRITS[etat] + textes.at[ligne, colonne]
    return textes


def _en_texte(valeur: object) -> str:
    if isinstance(valeur, tuple):
        return "|".join(valeur)
    return "" if pd.isna(valeur) else en_texte(valeur)


def comparer(table: Table, actuelle: pd.DataFrame, apport: Lecture) -> Difference:
    """
    Compare les lignes d'un apport à celles de la cité, par la clé de la table.

    Args:
        table: le contrat.
        actuelle: les textes de la cité, tels qu'ils sont écrits.
        apport: les lignes lues dans le fichier importé.

    Returns:
        Les différences. Une ligne que seuls la date ou la fonction distinguent n'est changée que si elle
        vient de la même source : une autre source qui dit la même chose ne prend pas la place de la première.
    """
    actuelle = actuelle.reset_index(drop=True)
    lues, arrivees = _lisibles(table, actuelle), en_textes(table, apport)
    connues = {cle: rang for rang, cle in reversed(list(enumerate(_cles(table, lues))))}
    anciennes = lues.to_dict("records")
    fusionnee, modifiees, nouvelles = actuelle.copy(), [], []
    identiques = laissees = 0
    muettes = {nom for nom in table.noms if arrivees[nom].eq("").all()}
    for cle, ligne in zip(_cles(table, arrivees), arrivees.to_dict("records"), strict=True):
        rang = connues.get(cle)
        if rang is None:
            nouvelles.append(ligne)
            continue
        avant = anciennes[rang]
        changees = [nom for nom in table.noms if ligne[nom] and ligne[nom] != avant[nom]]
        laissees += sum(not ligne[nom] and bool(avant[nom]) for nom in table.noms if nom not in muettes)
        if "source" in changees and not set(changees) - set(TECHNIQUES):
            changees = []
        identiques += not changees
        for nom in changees:
            modifiees.append((_dire(cle), nom, actuelle.at[rang, nom], ligne[nom]))
            fusionnee.at[rang, nom] = ligne[nom]
    ajoutees = pd.DataFrame(nouvelles, columns=table.noms, dtype="str")
    return Difference(
        table,
        ajoutees,
        pd.DataFrame(modifiees, columns=["cle", "colonne", "avant", "apres"], dtype="str"),
        actuelle[_disparues(table, lues, arrivees)],
        identiques,
        laissees,
        pd.concat([fusionnee, ajoutees]) if len(ajoutees) else fusionnee,
    )


def _lisibles(table: Table, textes: pd.DataFrame) -> pd.DataFrame:
    """Des textes remis sous leur forme habituelle, pour comparer ; ce qui ne se lit pas reste tel quel."""
    origine = pd.DataFrame({"fichier": "", "feuille": "", "ligne": 0}, index=textes.index)
    normes = en_textes(table, typer(table, textes, origine))
    return normes.mask(normes.eq(""), textes[table.noms].map(sans_blancs))


def _cles(table: Table, textes: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(textes[list(table.cle)].itertuples(index=False, name=None))


def _dire(cle: tuple[str, ...]) -> str:
    return " + ".join(filter(None, cle))


def _disparues(table: Table, lues: pd.DataFrame, arrivees: pd.DataFrame) -> pd.Series:
    """Les lignes de la cité de même source et de même année que l'apport, dont la clé n'y est plus."""
    portee = ["source", "annee"] if "annee" in table.noms else ["source"]
    couverts = set(arrivees[portee].itertuples(index=False, name=None))
    presentes = set(_cles(table, arrivees))
    perdues = [
        lieu in couverts and cle not in presentes
        for lieu, cle in zip(lues[portee].itertuples(index=False, name=None), _cles(table, lues), strict=True)
    ]
    return pd.Series(perdues, index=lues.index, dtype="bool")


def fusionner(cite: Cite, apport: Apport, *, retirer: bool = False) -> Fusion:
    """
    Prépare la fusion d'un apport : rien n'est écrit dans la cité, mais tout est vérifié comme si c'était fait.

    Args:
        cite: la cité, telle qu'`ouvrir` la rend.
        apport: ce qu'une source a lu.
        retirer: les lignes disparues sont retirées ; elles restent sinon.
    """
    feuilles = feuilles_par_table(cite.dossier, [])
    actuelles = {nom: _reunir(PAR_NOM[nom], feuilles.get(nom, [])) for nom in PAR_NOM}
    differences = {
        nom: comparer(PAR_NOM[nom], actuelles[nom], lecture)
        for nom, lecture in apport.lectures.items()
        if len(lecture.table)
    }
    textes = {}
    for nom, difference in differences.items():
        if not difference.rien(retirer):
            disparues = difference.disparues.index if retirer else []
            textes[nom] = difference.textes.reset_index(drop=True).drop(index=disparues)
    fichiers: set[str] = set()
    # Un classeur remplacé peut porter d'autres tables : elles sont réécrites aussi, telles quelles.
    while nouveaux := {f.fichier for nom in textes for f in feuilles.get(nom, [])} - fichiers:
        fichiers |= nouveaux
        textes |= {n: actuelles[n] for n, lues in feuilles.items() if n not in textes and _touche(lues, fichiers)}
    ecrasables = {f"{nom}.csv" for nom in textes if (cite.dossier / f"{nom}.csv").exists()}
    remplaces = tuple(cite.dossier / fichier for fichier in sorted(fichiers | ecrasables))
    problemes = _nouvelles_erreurs(cite.dossier, textes, remplaces) if textes else []
    return Fusion(cite.dossier, differences, textes, remplaces, tuple(problemes))


def _touche(feuilles: Iterable[Feuille], fichiers: set[str]) -> bool:
    return any(feuille.fichier in fichiers for feuille in feuilles)


def _reunir(table: Table, feuilles: Iterable[Feuille]) -> pd.DataFrame:
    """Les textes d'une table, toutes ses feuilles bout à bout, tels qu'ils sont écrits."""
    vide = pd.DataFrame(columns=table.noms, dtype="str")
    return pd.concat([vide, *(rapprocher(table, feuille)[0] for feuille in feuilles)], ignore_index=True)


def _nouvelles_erreurs(dossier: Path, textes: Mapping, remplaces: Iterable[Path]) -> list[Probleme]:
    """Les erreurs que donnerait la vérification du dossier une fois les tables écrites, et qu'il n'a pas déjà."""
    connues = Counter(map(_sans_lieu, _erreurs(dossier)))
    with tempfile.TemporaryDirectory(prefix=".import-", dir=dossier) as essai:
        gardes = (chemin for chemin in dossier.iterdir() if chemin.is_file() and chemin not in remplaces)
        for chemin in gardes:
            _dupliquer(chemin, Path(essai) / chemin.name)
        _ecrire(textes, Path(essai))
        nouvelles = []
        for probleme in _erreurs(Path(essai)):
            connues[_sans_lieu(probleme)] -= 1
            if connues[_sans_lieu(probleme)] < 0:
                nouvelles.append(probleme)
        return nouvelles


def _erreurs(dossier: Path) -> list[Probleme]:
    return [probleme for probleme in verifier(dossier) if probleme.gravite == "erreur"]


def _sans_lieu(probleme: Probleme) -> tuple[str, ...]:
    """Ce qui reste d'un problème quand la ligne ou le nom du fichier changent."""
    return probleme.colonne, probleme.valeur, probleme.message


def _dupliquer(depart: Path, arrivee: Path) -> None:
    """Une copie, sans recopier les octets là où le disque le permet."""
    try:
        os.link(depart, arrivee)
    except OSError:
        shutil.copy2(depart, arrivee)


def _ecrire(textes: Mapping[str, pd.DataFrame], dossier: Path) -> list[Path]:
    chemins = [dossier / f"{nom}.csv" for nom in textes]
    for nom, chemin in zip(textes, chemins, strict=True):
        ecrire_table(PAR_NOM[nom], textes[nom], chemin)
    return chemins


def ecrire(fusion: Fusion) -> Path | None:
    """
    Écrit les tables d'une fusion, toutes ou aucune.

    Returns:
        Le dossier où sont passés les fichiers remplacés ; None s'il n'y avait rien à remplacer.

    Raises:
        ErreurParametre: si la fusion a des problèmes, ou si un fichier ne se laisse pas déplacer.
    """
    if fusion.problemes:
        raise ErreurParametre("Fusion refusée : elle ferait naître des erreurs. Les corriger dans le fichier reçu.")
    if not fusion.textes:
        return None
    with tempfile.TemporaryDirectory(prefix=".import-", dir=fusion.dossier) as attente:
        ecrits = _ecrire(fusion.textes, Path(attente))
        return mettre_de_cote(fusion.dossier, fusion.remplaces, remplacants=ecrits)


def mettre_de_cote(dossier: Path, remplaces: Iterable[Path], remplacants: Iterable[Path] = ()) -> Path | None:
    """
    Range des fichiers d'une cité dans `anciens/<date et heure>/` et met les nouveaux à leur place, tout ou rien.

    Raises:
        ErreurParametre: si un fichier ne se laisse pas déplacer.
    """
    remplaces = list(remplaces)
    anciens = next(chemin for chemin in _horodates(dossier / ANCIENS) if not chemin.exists())
    if remplaces:
        anciens.mkdir(parents=True)
    gestes = [(chemin, anciens / chemin.name) for chemin in remplaces]
    _deplacer(gestes + [(chemin, dossier / chemin.name) for chemin in remplacants])
    return anciens if remplaces else None


def _horodates(dossier: Path) -> Iterator[Path]:
    """Des noms de dossier à la seconde, puis numérotés si elle a déjà servi."""
    maintenant = f"{dt.datetime.now():%Y-%m-%d-%Hh%Mm%S}"
    yield dossier / maintenant
    yield from (dossier / f"{maintenant}-{rang}" for rang in itertools.count(2))


def _deplacer(gestes: list[tuple[Path, Path]]) -> None:
    """Déplace des fichiers ; si l'un résiste, remet les autres à leur place."""
    faits = []
    try:
        for depart, arrivee in gestes:
            depart.replace(arrivee)
            faits.append((depart, arrivee))
    except BaseException as erreur:
        for depart, arrivee in reversed(faits):
            arrivee.replace(depart)
        if isinstance(erreur, OSError):
            raise ErreurParametre(f"Rien n'a été écrit : {erreur.filename} est peut-être ouvert ailleurs.") from erreur
        raise
