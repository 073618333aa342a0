"""Lire un très grand CSV (des millions de présences) : colonnes en catégories, et découpe gardée en Parquet.

Le chemin reste celui des petits fichiers : l'en-tête se cherche de la même façon, et `typer` lit chaque texte
différent une seule fois. Seul change l'outil qui découpe le fichier.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as parquet
from tqdm import tqdm

from citelib.chargement import entetes, fichiers
from citelib.chargement.archives import DEPOUILLER, FichierIllisible
from citelib.chargement.entetes import Entete
from citelib.chargement.fichiers import Feuille, Reste
from citelib.chargement.identite import NOMMABLES
from citelib.contrats import Probleme, Table
from citelib.contrats.personnel import NOM, nature

VOLUMINEUX = 20_000_000
"""Taille, en octets, au-delà de laquelle un CSV prend ce chemin : environ 300 000 présences."""

FAUTES_MAX = 100_000
"""Lignes mal coupées au-delà desquelles un fichier est refusé, avant qu'elles n'emplissent la mémoire."""

CACHE = ".cache"
DEBUT = 65_536
BLOC = 16 << 20
SUSPECT = re.compile(r"[@\s(\[]|\d{9}|(?:\d\d[./-]){3}\d\d|^[Mm]\w{0,12}\.")
"""Sans l'un de ces signes, un texte n'a la forme d'aucune donnée personnelle : un pseudonyme se lit vite."""
CATEGORIE = pa.dictionary(pa.int32(), pa.string())
TEXTES = "textes"


def lire_debut(chemin: Path) -> Feuille:
    """Les premières lignes d'un très grand CSV : de quoi reconnaître sa table ; `reste` dit où lire les autres."""
    with fichiers.dire_le_refus(chemin), chemin.open("rb") as fichier:
        debut = fichier.read(DEBUT)
        fichiers.controler_nature(debut, classeur=False)
        entieres = debut if len(debut) < DEBUT else debut.rpartition(b"\n")[0]
        lignes, *ecriture = fichiers.decouper(entieres, complet=False)
    return Feuille(chemin.name, "", lignes, reste=Reste(chemin, *ecriture))


def _encodage_du_reste(reste: Reste) -> str:
    """
    L'encodage de tout le fichier : sans accent, un début en UTF-8 ne dit rien de la suite.

    Il se contrôle avant la découpe : pyarrow décode une ligne mal coupée avant de nous la rendre, et une faute y
    finit en trace à l'écran au lieu de nous revenir. Le contrôle coûte ce que coûte l'empreinte.

    Raises:
        FichierIllisible: si aucun encodage ne convient.
    """
    if reste.encodage != "utf-8-sig":
        return reste.encodage
    temoin = b""
    with reste.chemin.open("rb") as fichier:
        while bloc := fichier.read(BLOC) + fichier.readline(fichiers.CELLULE_MAX):
            try:
                bloc.decode("utf-8")
            except UnicodeDecodeError:
                return fichiers.deviner_encodage(temoin + bloc)
            temoin = temoin or (b"" if bloc.isascii() else bloc)
    return "utf-8-sig"


def lire_feuilles(chemin: Path) -> list[Feuille]:
    """Les feuilles d'un fichier ; d'un très grand CSV, seulement le début de la sienne."""
    texte = chemin.suffix.lower() in (".csv", ".tsv", ".txt") and chemin.is_file()
    return [lire_debut(chemin)] if texte and chemin.stat().st_size > VOLUMINEUX else fichiers.lire_fichier(chemin)


def lire_volumineux(table: Table, feuille: Feuille) -> tuple[pd.DataFrame, pd.DataFrame, list[Probleme]]:
    """
    Ce que `rapprocher` rend d'une feuille, pour un très grand CSV : ses textes sont en catégories.

    La découpe est gardée en Parquet à côté du fichier, sous l'empreinte de son contenu : un fichier inchangé ne
    se découpe qu'une fois. Ici, une cellule ne tient pas sur plusieurs lignes.
    """
    chemin, entete = feuille.reste.chemin, entetes.reperer_entete(table, feuille)
    problemes = entetes.problemes_entete(table, feuille, entete)
    connues = [nom for nom in entete.colonnes if nom]
    if not connues or len(connues) > len(set(connues)):  # aucune colonne, ou une en double
        return *_sans_ligne(table), problemes
    if entete.suite >= len(feuille.lignes):  # un en-tête, et dessous rien ou une ligne sans fin
        trop_long = chemin.stat().st_size > DEBUT
        return *_sans_ligne(table), [*problemes, _renoncer(feuille)] if trop_long else problemes
    avant = feuille.lignes[entete.suite][0] - 1
    try:
        cache = chemin.parent / CACHE / f"{table.nom}-{_empreinte(chemin, entete)}.parquet"
        brut, fautes = _retrouver(cache), []
        deja = brut is not None
        if not deja:
            brut, fautes = _lire_lignes(feuille.reste, entete, avant)
    except FichierIllisible as refus:
        return *_sans_ligne(table), [*problemes, _renoncer(feuille, str(refus), refus.remede)]
    except (ValueError, pa.ArrowException):
        return *_sans_ligne(table), [*problemes, _renoncer(feuille)]
    problemes += [entetes.ligne_mal_coupee(feuille, entete, ligne) for ligne in fautes]
    lignes = np.setdiff1d(np.arange(avant + 1, avant + 1 + len(brut) + len(fautes)), fautes, assume_unique=True)
    personnelles = _personnelles(brut, lignes, chemin.name)
    problemes += [p for p in personnelles if p.ligne > feuille.lignes[-1][0]]  # le début a déjà été regardé
    if not (deja or fautes or personnelles):
        _garder(brut, cache)
    problemes += _sur_plusieurs_lignes(brut, lignes, feuille)
    ecartees, totaux = _hors_table(table, feuille, brut, lignes)
    if ecartees.any():
        brut, lignes = brut[~ecartees].reset_index(drop=True), lignes[~ecartees]
    vide, fichier = (pd.Categorical.from_codes(np.zeros(len(brut), "int8"), [texte]) for texte in ("", chemin.name))
    brut = brut.assign(**{nom: vide for nom in table.noms if nom not in brut})
    origine = pd.DataFrame({"fichier": fichier, "feuille": vide, "ligne": lignes})
    return brut[table.noms], origine, problemes + totaux


def _sans_ligne(table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les textes et l'origine d'une table sans ligne."""
    return table.vide().astype("str"), pd.DataFrame(columns=["fichier", "feuille", "ligne"])


def _renoncer(
    feuille: Feuille,
    raison: str = "une ligne est démesurée, ou un caractère indéchiffrable",
    remede: str = "L'enregistrer de nouveau en « CSV UTF-8 », une ligne du tableau par ligne du fichier.",
) -> Probleme:
    """Pourquoi rien n'a été lu du fichier."""
    return Probleme("erreur", feuille.fichier, message=f"fichier illisible : {raison}", remede=remede)


def _dit(colonne: pd.Series, test: Callable[[str], object]) -> np.ndarray:
    """Par ligne, ce qu'un test dit du texte ; chaque texte différent n'est regardé qu'une fois."""
    des_textes = np.array([bool(test(texte)) for texte in colonne.cat.categories.tolist()], bool)
    return des_textes[colonne.cat.codes] if des_textes.any() else np.zeros(len(colonne), bool)


def _hors_table(
    table: Table, feuille: Feuille, brut: pd.DataFrame, lignes: np.ndarray
) -> tuple[np.ndarray, list[Probleme]]:
    """Les lignes qui n'en sont pas, vides ou de total, et l'avertissement de chaque total."""
    ecartees, problemes = np.zeros(len(brut), bool), []
    vides = _dit(brut.iloc[:, 0], lambda texte: not texte.strip())
    if vides.any():
        ecartees = np.logical_and.reduce([_dit(brut[nom], lambda texte: not texte.strip()) for nom in brut])
    annonces = np.logical_or.reduce([_dit(brut[nom], lambda texte: entetes.TOTAL.match(texte.strip())) for nom in brut])
    for rang in np.flatnonzero(annonces):
        if total := entetes.annonce_total(table, tuple(brut), brut.iloc[rang].tolist()):
            ecartees[rang] = True
            problemes.append(entetes.dire_total(feuille, int(lignes[rang]), total))
    return ecartees, problemes


def _sur_plusieurs_lignes(brut: pd.DataFrame, lignes: np.ndarray, feuille: Feuille) -> list[Probleme]:
    """L'erreur de la première cellule qui prend plusieurs lignes ; les numéros des suivantes ne seraient plus sûrs."""
    longues = np.logical_or.reduce([_dit(brut[nom], lambda texte: len(texte.splitlines()) > 1) for nom in brut])
    if not longues.any():
        return []
    message, remede = "une cellule prend plusieurs lignes : un guillemet y est sans doute mal fermé", fichiers.REFERMER
    ligne = int(lignes[longues.argmax()])
    return [Probleme("erreur", feuille.fichier, ligne=ligne, message=message, remede=remede)]


def _personnelles(brut: pd.DataFrame, lignes: np.ndarray, fichier: str) -> list[Probleme]:
    """Un problème à la première ligne de chaque texte qui ressemble à une donnée personnelle."""
    problemes = []
    for colonne in brut:
        textes = brut[colonne].cat.categories
        for texte in textes[textes.str.contains(SUSPECT)]:
            if sorte := nature(texte):
                ligne = int(lignes[brut[colonne].eq(texte).argmax()])
                gravite = "avertissement" if sorte == NOM and colonne in NOMMABLES else "erreur"
                message, remede = f"la cellule ressemble à {sorte}", "L'effacer partout où elle est."
                problemes.append(Probleme(gravite, fichier, "", ligne, colonne, "", message, remede))
    return problemes


def _lire_lignes(reste: Reste, entete: Entete, avant: int) -> tuple[pd.DataFrame, list[int]]:
    """Les colonnes connues du fichier, et les lignes qui n'ont pas le bon nombre de cellules."""
    reste = replace(reste, encodage=_encodage_du_reste(reste))
    colonnes = [nom or f"_{rang}" for rang, nom in enumerate(entete.colonnes)]
    fautes: list[int | None] = []

    def noter(ligne) -> str:
        fautes.append(ligne.number)
        return "skip" if len(fautes) < FAUTES_MAX else "error"

    def lire(parallele: bool) -> pa.Table:
        lecture = {"skip_rows": avant, "column_names": colonnes, "use_threads": parallele}
        return _lire_csv(reste, [nom for nom in entete.colonnes if nom], noter, **lecture)

    try:
        textes = lire(parallele=True)
    except (ValueError, pa.ArrowException) as erreur:
        if len(fautes) >= FAUTES_MAX:
            raison = f"plus de {FAUTES_MAX} lignes n'ont pas les {len(colonnes)} cellules de l'en-tête"
            raise FichierIllisible(raison, "Vérifier le séparateur, et qu'aucun texte ne suit le tableau.") from erreur
        raise
    if fautes:  # seule une lecture d'un seul tenant sait à quelles lignes
        fautes.clear()
        textes = lire(parallele=False)
    brut = textes.unify_dictionaries().to_pandas()
    for nom in brut:
        if any(texte.startswith("'") for texte in brut[nom].cat.categories):
            brut[nom] = brut[nom].map(fichiers.sans_apostrophe).astype("category")
    return brut, fautes


def _lire_csv(reste: Reste, connues: list[str], noter: Callable, **lecture) -> pa.Table:
    """Ces colonnes du fichier, en textes ; une barre dit l'avancement si la lecture dure plus d'une seconde."""
    # pyarrow lit l'UTF-8 lui-même, marque comprise ; tout autre encodage passe par Python, bien plus lent.
    encodage = "utf8" if reste.encodage == "utf-8-sig" else reste.encodage
    decoupe = pa_csv.ParseOptions(delimiter=reste.separateur, ignore_empty_lines=False, invalid_row_handler=noter)
    types = pa_csv.ConvertOptions(include_columns=connues, column_types=dict.fromkeys(connues, CATEGORIE))
    with reste.chemin.open("rb") as fichier:
        suivi = {"total": reste.chemin.stat().st_size, "desc": reste.chemin.name, "leave": False}
        with tqdm.wrapattr(fichier, "read", delay=1, disable=None, **suivi) as suivi:
            options = pa_csv.ReadOptions(encoding=encodage, block_size=BLOC, **lecture)
            return pa_csv.read_csv(suivi, options, decoupe, types)


def _empreinte(chemin: Path, entete: Entete) -> str:
    """
    Ce qui désigne une découpe : le contenu du fichier, et les colonnes qu'on y a reconnues.

    Raises:
        FichierIllisible: s'il n'est guère que lignes vides ; pyarrow donnerait à chacune toutes ses cellules, alors
            qu'une vraie ligne a au moins un signe par colonne.
    """
    contenu, lignes = hashlib.sha256(repr(entete).encode()), 0
    with chemin.open("rb") as fichier:
        while bloc := fichier.read(BLOC):
            contenu.update(bloc)
            lignes += max(bloc.count(b"\n"), bloc.count(b"\r"))
    if lignes * len(entete.colonnes) > chemin.stat().st_size:
        raise FichierIllisible(f"la plupart de ses {lignes} lignes sont vides", DEPOUILLER)
    return contenu.hexdigest()[:16]


def _garder(brut: pd.DataFrame, cache: Path) -> None:
    """Écrit la découpe (des rangs, et leurs textes à part), et retire celle de l'état précédent du fichier."""
    textes = json.dumps({nom: brut[nom].cat.categories.tolist() for nom in brut})
    rangs = pa.table({nom: brut[nom].cat.codes.to_numpy() for nom in brut}, metadata={TEXTES: textes})
    provisoire = cache.with_suffix(".partiel")
    with contextlib.suppress(OSError):  # un dossier où l'on n'écrit pas se lit quand même
        cache.parent.mkdir(exist_ok=True)
        parquet.write_table(rangs, provisoire, compression="lz4", use_dictionary=False, write_statistics=False)
        for ancien in cache.parent.glob(f"{cache.stem.rpartition('-')[0]}-*.parquet"):
            ancien.unlink()
        provisoire.replace(cache)


def _retrouver(cache: Path) -> pd.DataFrame | None:
    """La découpe gardée ; None s'il n'y en a pas, ou si elle est abîmée."""
    try:
        rangs = parquet.read_table(cache)
        textes = json.loads(rangs.schema.metadata[TEXTES.encode()])
        return pd.DataFrame({nom: pd.Categorical.from_codes(rangs[nom].to_numpy(), textes[nom]) for nom in textes})
    except (OSError, ValueError, KeyError, TypeError):
        return None
