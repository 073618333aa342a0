"""Fusionner un apport avec les tables d'une cité : dire ce qui changerait, vérifier, puis écrire, tout ou rien.

Les lignes se rapprochent par la clé de leur contrat. Tout se passe entre textes : une ligne que l'apport ne
change pas garde ce qui était écrit, fautes comprises, et `corrections.toml` s'y applique toujours. Une cellule
vide n'efface rien, sauf si la ligne était inventée. Les fichiers remplacés passent dans `anciens/`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite, verifier
from citelib.chargement.cite import feuilles_par_table
from citelib.chargement.corrections import corriger
from citelib.chargement.ecriture import ecrire_table, en_textes
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import Feuille
from citelib.chargement.volumes import lire_volumineux
from citelib.contrats import Probleme, Table, lieu
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.typage import Lecture, typer, verifier_pourcents
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.sources import Apport, en_clair
from citelib.tables import COMMUNES, FICTIF, PAR_NOM

TECHNIQUES = {colonne.nom for colonne in COMMUNES}
PORTEE, VAGUE = ("source", "annee"), ("annee", "vague", "questionnaire", "instrument")
"""Ce qui dit quelles lignes un apport devrait redonner ; ce qui désigne une vague d'enquête."""


@dataclass(frozen=True)
class Difference:
    """
    Ce qu'un apport changerait à une table.

    Args:
        table: son contrat.
        nouvelles: lignes ajoutées, en textes.
        modifiees: une ligne par cellule changée : `cle`, `colonne`, `avant`, `apres`.
        disparues: lignes de la cité que la même source donnait pour la même année, et ne donne plus.
        identiques: nombre de lignes confirmées.
        laissees: nombre de cellules vides de l'apport là où la cité a une valeur.
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
    Une fusion prête : différences et textes à écrire par table, fichiers remplacés, erreurs qui naîtraient.

    Les lignes disparues sont retirées si `retirer` ; elles restent sinon.
    """

    dossier: Path
    differences: Mapping[str, Difference]
    textes: Mapping[str, pd.DataFrame]
    remplaces: tuple[Path, ...]
    problemes: tuple[Probleme, ...]
    retirer: bool


def comparer(
    table: Table, actuelle: pd.DataFrame, apport: Lecture, *, remplace: bool = False, corrections: Sequence = ()
) -> Difference:
    """
    Compare les lignes d'un apport à celles de la cité, par la clé de la table.

    Args:
        table: le contrat.
        actuelle: les textes de la cité, tels qu'ils sont écrits.
        apport: les lignes lues dans le fichier importé.
        remplace: les lignes inventées pour la même vague d'enquête disparaissent aussi.
        corrections: celles de la cité ; une cellule que l'apport donne déjà corrigée reste telle qu'écrite.

    Returns:
        Les différences. Une autre source qui dit la même chose ne prend pas la place de la première ; une
        ligne réelle prend toute la place d'une ligne inventée.
    """
    actuelle = actuelle.reset_index(drop=True)
    lues, recues = _lisibles(table, corriger(table, actuelle, corrections)[0]), _en_textes(table, apport)
    rangs = {cle: rang for rang, cle in reversed(list(enumerate(_cles(lues, table.cle))))}
    anciennes, fusionnee, modifiees, nouvelles = lues.to_dict("records"), actuelle.copy(), [], []
    identiques = laissees = 0
    donnees = [nom for nom in table.noms if recues[nom].ne("").any()]
    for cle, ligne in zip(_cles(recues, table.cle), recues.to_dict("records"), strict=True):
        if cle not in rangs:
            nouvelles.append(ligne)
            continue
        avant = anciennes[rangs[cle]]
        reelle = avant["source"].startswith(FICTIF) and not ligne["source"].startswith(FICTIF)
        changees = [nom for nom in table.noms if (ligne[nom] or reelle) and ligne[nom] != avant[nom]]
        laissees += sum(avant[nom] != "" == ligne[nom] for nom in donnees if not reelle)
        if "source" in changees and not reelle and TECHNIQUES.issuperset(changees):
            changees = []
        identiques += not changees
        for nom in changees:
            modifiees.append((" + ".join(filter(None, cle)), nom, actuelle.at[rangs[cle], nom], ligne[nom]))
            fusionnee.at[rangs[cle], nom] = ligne[nom]
    disparues = actuelle[_absentes(table, lues, recues, remplace).to_numpy(dtype="bool")]
    ajoutees = pd.DataFrame(nouvelles, columns=table.noms, dtype="str")
    cellules = pd.DataFrame(modifiees, columns=["cle", "colonne", "avant", "apres"], dtype="str")
    fusionnee = pd.concat([fusionnee, ajoutees], ignore_index=True)
    return Difference(table, ajoutees, cellules, disparues, identiques, laissees, fusionnee)


def _absentes(table: Table, lues: pd.DataFrame, recues: pd.DataFrame, remplace: bool) -> pd.Series:
    """Vrai pour chaque ligne que l'apport devrait redonner, et ne donne plus."""

    def communes(colonnes: Iterable[str]) -> pd.Series:
        presentes = [nom for nom in colonnes if nom in table.noms]
        connues = set(_cles(recues, presentes))
        return pd.Series([cle in connues for cle in _cles(lues, presentes)], lues.index, dtype="bool")

    attendues = communes(PORTEE)
    if remplace:
        # Les pseudonymes diffèrent toujours : laissées là, des réponses inventées compteraient avec les vraies.
        attendues |= communes(VAGUE) & lues["source"].str.startswith(FICTIF)
    return attendues & ~communes(table.cle)


def _cles(textes: pd.DataFrame, colonnes: Iterable[str]) -> list[tuple[str, ...]]:
    return list(textes[list(colonnes)].itertuples(index=False, name=None))


def _lisibles(table: Table, textes: pd.DataFrame) -> pd.DataFrame:
    """Des textes remis sous leur forme habituelle, pour comparer ; ce qui ne se lit pas reste tel quel."""
    origine = pd.DataFrame({"fichier": "", "feuille": "", "ligne": 0}, index=textes.index)
    normes = _en_textes(table, typer(table, textes, origine))
    return normes.mask(normes.eq(""), textes[table.noms].map(sans_blancs))


def _en_textes(table: Table, lecture: Lecture) -> pd.DataFrame:
    """Une lecture telle qu'on l'écrit, en textes."""
    return en_textes(table, lecture.table, lecture.etats)


def fusionner(cite: Cite, apport: Apport, *, retirer: bool = False) -> Fusion:
    """
    Prépare la fusion d'un apport : rien n'est écrit dans les tables, mais tout est vérifié comme si c'était fait.

    Args:
        cite: la cité, telle qu'`ouvrir` la rend.
        apport: ce qu'une source a lu.
        retirer: les lignes disparues sont retirées ; elles restent sinon, sauf si l'apport remplace tout.

    Raises:
        ErreurDonnees: si une table à réécrire ne se lit pas en entier : on y perdrait des lignes.
    """
    retirer = retirer or apport.remplace
    defauts, differences, textes = [], {}, {}
    feuilles = feuilles_par_table(cite.dossier, defauts)
    for nom, lecture in apport.lectures.items():
        actuelle = _reunir(PAR_NOM[nom], feuilles.get(nom, []))
        options = {"remplace": apport.remplace, "corrections": cite.corrections}
        differences[nom] = difference = comparer(PAR_NOM[nom], actuelle, lecture, **options)
        if not difference.rien(retirer):
            textes[nom] = difference.textes.drop(index=difference.disparues.index if retirer else [])
    fichiers = {f"{nom}.csv" for nom in textes if (cite.dossier / f"{nom}.csv").exists()}
    # Un classeur remplacé peut porter d'autres tables : elles sont réécrites aussi, telles quelles.
    while nouveaux := {f.fichier for nom in textes for f in feuilles.get(nom, [])} - fichiers:
        fichiers |= nouveaux
        voisines = [nom for nom, lues in feuilles.items() if any(f.fichier in fichiers for f in lues)]
        textes |= {nom: _reunir(PAR_NOM[nom], feuilles[nom]) for nom in voisines if nom not in textes}
    lus = {feuille.fichier for lues in feuilles.values() for feuille in lues}
    if illisibles := [probleme for probleme in defauts if probleme.fichier in fichiers - lus]:
        raise ErreurDonnees(illisibles)
    remplaces = tuple(cite.dossier / fichier for fichier in sorted(fichiers))
    problemes = [p for lecture in apport.lectures.values() for p in verifier_pourcents(lecture, cite.indicateurs)]
    naitraient = _erreurs_nouvelles(cite.dossier, textes, remplaces) if textes else []
    problemes += _dans_le_fichier_recu(naitraient, textes, apport.lectures) if naitraient else []
    return Fusion(cite.dossier, differences, textes, remplaces, tuple(problemes), retirer)


def exiger_nom(cite: Cite) -> None:
    """Refuse, par une ErreurParametre, un dossier qui n'est pas celui d'une cité : on n'y écrit rien."""
    if "nom" not in cite.reglages:
        raise ErreurParametre(f"{cite.dossier} n'est pas une cité : son cite.toml est absent, illisible ou sans nom.")


def _reunir(table: Table, feuilles: Iterable[Feuille]) -> pd.DataFrame:
    """Les textes d'une table, toutes ses feuilles bout à bout, tels qu'ils sont écrits ; aucune ligne ne s'y perd."""
    textes = [pd.DataFrame(columns=table.noms, dtype="str")]
    for feuille in feuilles:
        brut, _, problemes = lire_volumineux(table, feuille) if feuille.reste else rapprocher(table, feuille)
        if erreurs := [probleme for probleme in problemes if probleme.gravite == "erreur"]:
            raise ErreurDonnees(erreurs)
        textes.append(brut.reindex(columns=table.noms, fill_value="").astype("str"))
    return pd.concat(textes, ignore_index=True)


def _erreurs_nouvelles(dossier: Path, textes: Mapping, remplaces: Iterable[Path]) -> list[Probleme]:
    """Les erreurs que donnerait la vérification du dossier une fois les tables écrites, et qu'il n'a pas déjà."""
    with tempfile.TemporaryDirectory(prefix=".import-", dir=dossier) as essai:
        for chemin in dossier.iterdir():
            if chemin.is_file() and chemin not in remplaces:
                shutil.copy2(chemin, essai)
        _ecrire(textes, Path(essai))
        erreurs = [probleme for probleme in verifier(essai) if probleme.gravite == "erreur"]
    connues, nouvelles = Counter(map(_sans_lieu, verifier(dossier) if erreurs else [])), []
    for probleme in erreurs:
        connues[_sans_lieu(probleme)] -= 1
        if connues[_sans_lieu(probleme)] < 0:
            nouvelles.append(probleme)
    return nouvelles


def _dans_le_fichier_recu(problemes: Iterable[Probleme], textes: Mapping, lectures: Mapping) -> list[Probleme]:
    """Les mêmes problèmes, à la ligne du fichier importé s'ils en viennent : leur table n'est pas encore écrite."""
    cles = {nom: _cles(textes[nom], PAR_NOM[nom].cle) for nom in lectures.keys() & textes.keys()}
    recues = {nom: _cles(_en_textes(PAR_NOM[nom], lectures[nom]), PAR_NOM[nom].cle) for nom in cles}
    rangs, situes = {nom: {cle: rang for rang, cle in enumerate(lues)} for nom, lues in recues.items()}, []
    for probleme in problemes:
        nom, rang = Path(probleme.fichier).stem, (probleme.ligne or 0) - 2  # deux : la ligne qui suit l'en-tête
        fautive = cles[nom][rang] if nom in cles and 0 <= rang < len(cles[nom]) else None
        if fautive in rangs.get(nom, ()):
            origine = lectures[nom].origine
            fichier, feuille, ligne = lieu(origine, origine.index[rangs[nom][fautive]])
            probleme = en_clair(PAR_NOM[nom], replace(probleme, fichier=fichier, feuille=feuille, ligne=ligne))
        situes.append(probleme)
    return situes


def _sans_lieu(probleme: Probleme) -> tuple[str, ...]:
    """Ce qui reste d'un problème quand la ligne ou le nom du fichier changent."""
    return probleme.colonne, probleme.valeur, probleme.message


def _ecrire(textes: Mapping[str, pd.DataFrame], dossier: Path) -> list[Path]:
    for nom, table in textes.items():
        ecrire_table(PAR_NOM[nom], table, dossier / f"{nom}.csv")
    return [dossier / f"{nom}.csv" for nom in textes]


def ecrire(fusion: Fusion) -> Path | None:
    """
    Écrit les tables d'une fusion, toutes ou aucune, et rend le dossier où sont passés les fichiers remplacés.

    Raises:
        ErreurParametre: si la fusion a des problèmes, ou si un fichier ne se laisse pas déplacer.
    """
    if fusion.problemes:
        raise ErreurParametre("Fusion refusée : elle ferait naître des erreurs. Les corriger dans le fichier reçu.")
    with tempfile.TemporaryDirectory(prefix=".import-", dir=fusion.dossier) as attente:
        return mettre_de_cote(fusion.dossier, fusion.remplaces, _ecrire(fusion.textes, Path(attente)))


def mettre_de_cote(dossier: Path, remplaces: Iterable[Path], remplacants: Iterable[Path] = ()) -> Path | None:
    """
    Range des fichiers d'une cité dans `anciens/<date-heure>/` et met les nouveaux à leur place, tout ou rien.

    Raises:
        ErreurParametre: si un fichier ne se laisse pas déplacer ; tout est alors remis en place.
    """
    maintenant = f"{dt.datetime.now():%Y-%m-%d-%Hh%Mm%S}"
    noms = itertools.chain([maintenant], (f"{maintenant}-{rang}" for rang in itertools.count(2)))
    anciens = next(chemin for nom in noms if not (chemin := dossier / "anciens" / nom).exists())
    gestes = [(chemin, anciens / chemin.name) for chemin in remplaces]
    gestes, faits = gestes + [(chemin, dossier / chemin.name) for chemin in remplacants], []
    try:
        for depart, arrivee in gestes:
            arrivee.parent.mkdir(parents=True, exist_ok=True)
            depart.replace(arrivee)
            faits.append((depart, arrivee))
    except BaseException as erreur:  # une interruption au clavier aussi laisse le dossier entier
        for depart, arrivee in reversed(faits):
            arrivee.replace(depart)
        if isinstance(erreur, OSError):
            raise ErreurParametre(f"Rien n'a été écrit : {erreur.filename} est peut-être ouvert ailleurs.") from erreur
        raise
    return anciens if anciens.exists() else None
