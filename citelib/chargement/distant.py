"""Des dossiers qui sont ailleurs : une adresse (`s3://…`, `memory://…`) se lit et s'écrit par une copie, ici.

Un magasin d'objets ne sait pas remplacer un dossier d'un geste : le manifeste y est déposé en dernier, et un lecteur
qui compare ses empreintes sait si le rapport est entier.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from citelib.chargement.reglages import NOM
from citelib.chargement.remplacement import remplacer, reserver
from citelib.erreurs import ErreurParametre

MANIFESTE = "manifeste.json"


@contextmanager
def rapatrier(adresse: str) -> Iterator[str]:
    """
    Un dossier de données à portée de main : lui-même, ou la copie de celui d'une adresse, le temps d'un bloc.

    Raises:
        ErreurParametre: si l'adresse ne mène à rien, ou si la bibliothèque qui la lit manque.
    """
    if "://" not in adresse:
        yield adresse
        return
    systeme, chemin = _ouvrir(adresse)
    if not systeme.isdir(chemin):
        raise ErreurParametre(f"{adresse} : pas de dossier à cette adresse.")
    with _chez_soi(adresse) as dossier:
        copie = dossier / PurePosixPath(chemin).name
        _copier(systeme, chemin, copie)
        yield str(copie)


@contextmanager
def _chez_soi(adresse: str) -> Iterator[Path]:
    """
    Un dossier vide, que ce seul utilisateur peut lire, effacé à la fin du bloc.

    Il est toujours le même pour une adresse : un notebook qui dit d'où viennent ses données a les mêmes octets à chaque
    production, et ce qui n'a pas changé se reconnaît. Une production tuée y laisse sa copie, que la suivante efface.

    Raises:
        ErreurParametre: si quelqu'un d'autre tient ce dossier.
    """
    racine = Path(tempfile.gettempdir()) / f"citelib-{getpass.getuser()}"
    racine.mkdir(mode=0o700, exist_ok=True)
    etat = racine.lstat()
    if os.name == "posix" and (not stat.S_ISDIR(etat.st_mode) or etat.st_uid != os.getuid() or etat.st_mode & 0o077):
        raise ErreurParametre(f"{racine} n'est pas un dossier que vous seul pouvez lire. L'effacer, puis recommencer.")
    dossier = racine / hashlib.sha256(adresse.encode()).hexdigest()[:16]
    with reserver(dossier, attendre=True):
        shutil.rmtree(dossier, ignore_errors=True)
        dossier.mkdir()
        try:
            yield dossier
        finally:
            shutil.rmtree(dossier, ignore_errors=True)


@contextmanager
def deposer(adresse: str, donnees: str) -> Iterator[str]:
    """
    Un dossier de rapports à portée de main, déposé à son adresse à la fin du bloc s'il n'a pas échoué.

    Args:
        adresse: dossier ou adresse des rapports de toutes les cités.
        donnees: dossier de la cité ; seuls ses rapports sont copiés.
    """
    if "://" not in adresse:
        yield adresse
        return
    systeme, chemin = _ouvrir(adresse)
    with tempfile.TemporaryDirectory() as temporaire:
        cle = str(tomllib.loads((Path(donnees) / "cite.toml").read_text(encoding="utf-8")).get("cle", ""))
        if not NOM.fullmatch(cle):  # le chargement le dira : rien ne sera produit, ni déposé
            yield temporaire
            return
        ici, la_bas = Path(temporaire) / cle, f"{chemin.rstrip('/')}/{cle}"
        if systeme.isdir(la_bas):
            _copier(systeme, la_bas, ici)
        avant = _contenu(ici)
        yield temporaire
        apres = _contenu(ici)
        noms = sorted(apres, key=lambda nom: (nom.endswith(MANIFESTE), nom))
        _poser(systeme, {f"{la_bas}/{nom}": apres[nom] for nom in noms if apres[nom] != avant.get(nom)})
        for nom in avant.keys() - apres.keys():
            systeme.rm_file(f"{la_bas}/{nom}")


def lire_fichiers(adresse: str, motif: str) -> dict[str, bytes]:
    """
    Les fichiers d'un dossier ou d'une adresse dont le chemin suit un motif, par ce chemin.

    Args:
        adresse: dossier ou adresse.
        motif: par exemple « */*/manifeste.json » ; un nom qui commence par un point n'y répond pas.
    """
    if "://" not in adresse:
        trouves = {f.relative_to(adresse).as_posix(): f for f in Path(adresse).glob(motif)}
        return {nom: f.read_bytes() for nom, f in sorted(trouves.items()) if not _cache(nom)}
    systeme, chemin = _ouvrir(adresse)
    racine = chemin.rstrip("/") + "/"
    trouves = {trouve.removeprefix(racine): trouve for trouve in systeme.glob(racine + motif)}
    return {nom: systeme.cat_file(trouve) for nom, trouve in sorted(trouves.items()) if not _cache(nom)}


def deposer_fichier(adresse: str, nom: str, octets: bytes) -> None:
    """Écrit un fichier dans un dossier, d'un seul geste, ou à une adresse."""
    if "://" not in adresse:
        Path(adresse).mkdir(parents=True, exist_ok=True)
        remplacer(Path(adresse) / nom, octets)
        return
    systeme, chemin = _ouvrir(adresse)
    _poser(systeme, {f"{chemin.rstrip('/')}/{nom}": octets})


def _poser(systeme, fichiers: Mapping[str, bytes]) -> None:
    """Écrit des fichiers lointains, dans cet ordre ; chaque dossier, là où il y en a, n'est demandé qu'une fois."""
    for dossier in sorted({chemin.rpartition("/")[0] for chemin in fichiers}):
        systeme.makedirs(dossier, exist_ok=True)
    for chemin, octets in fichiers.items():
        systeme.pipe_file(chemin, octets)


def _cache(nom: str) -> bool:
    return any(partie.startswith(".") for partie in PurePosixPath(nom).parts)


def _ouvrir(adresse: str):
    """Le système de fichiers d'une adresse, et le chemin qu'elle y désigne."""
    try:
        import fsspec
    except ImportError:
        raise ErreurParametre(f"{adresse} : installer d'abord citelib[dask], qui lit ces adresses.") from None
    try:
        return fsspec.core.url_to_fs(adresse)
    except (ImportError, ValueError) as erreur:
        raise ErreurParametre(f"{adresse} ne s'ouvre pas : {erreur}") from None


def _copier(systeme, chemin: str, vers: Path) -> None:
    """Copie un dossier lointain, fichier par fichier ; un nom qui sortirait du dossier est refusé."""
    racine = chemin.rstrip("/") + "/"
    for trouve in systeme.find(chemin):
        nom = PurePosixPath(trouve.removeprefix(racine))
        if nom.is_absolute() or ".." in nom.parts:
            raise ErreurParametre(f"{trouve} : nom de fichier refusé.")
        fichier = vers / nom
        fichier.parent.mkdir(parents=True, exist_ok=True)
        fichier.write_bytes(systeme.cat_file(trouve))


def _contenu(dossier: Path) -> dict[str, bytes]:
    """Chaque fichier d'un dossier, sauf le verrou, qui ne vaut que sur cet ordinateur."""
    fichiers = (f for f in dossier.rglob("*") if f.is_file() and f.suffix != ".verrou")
    return {f.relative_to(dossier).as_posix(): f.read_bytes() for f in fichiers}
