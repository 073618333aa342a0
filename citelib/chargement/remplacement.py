"""Remplacer un dossier publié d'un seul geste, un seul programme à la fois.

À tout instant, même si le programme est tué, on trouve l'ancien dossier entier ou le neuf entier. Ce qu'un programme
tué a laissé à côté est rangé par le suivant.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from citelib.erreurs import ErreurOccupe, ErreurParametre

ICI, ECHANGER = -100, 2  # AT_FDCWD et RENAME_EXCHANGE, de linux/fcntl.h et linux/fs.h


@contextmanager
def reserver(cible: Path, *, attendre: bool = False) -> Iterator[None]:
    """
    Réserve un dossier publié, ou un fichier, à ce programme, le temps d'un bloc.

    Le verrou est celui du système : il tombe avec le programme, même tué, et n'est donc jamais périmé. Le fichier qui
    le porte reste, et dit qui l'a pris en dernier.

    Args:
        cible: le dossier ; ses parents sont créés.
        attendre: attend qu'un autre programme le rende.

    Raises:
        ErreurOccupe: si un autre programme y écrit, et qu'il ne faut pas attendre.
    """
    cible.parent.mkdir(parents=True, exist_ok=True)
    with (cible.parent / f".{cible.name}.verrou").open("a+", encoding="utf-8") as verrou:
        if not _prendre(verrou.fileno(), attendre):
            verrou.seek(0)
            raise ErreurOccupe(f"{cible} : un autre rapport y est en cours ({verrou.read().strip()}). Attendre sa fin.")
        verrou.truncate(0)
        verrou.write(f"processus {os.getpid()} sur {socket.gethostname()}, {dt.datetime.now():%d/%m/%Y %H:%M}\n")
        verrou.flush()
        _ranger(cible)
        yield


def _prendre(fichier: int, attendre: bool) -> bool:
    """Prend le verrou du système sur un fichier ouvert ; faux si un autre programme le tient."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(fichier, msvcrt.LK_LOCK if attendre else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fichier, fcntl.LOCK_EX | (0 if attendre else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _ranger(cible: Path) -> None:
    """Ce qu'un programme tué a laissé : un ancien dossier pas encore remplacé revient, le reste s'efface."""
    ancien = _ancien(cible)
    if ancien.is_dir() and not cible.exists():
        ancien.replace(cible)
    for reste in cible.parent.glob(f".{cible.name}-*"):
        shutil.rmtree(reste, ignore_errors=True)


def remplacer(fichier: Path, octets: bytes) -> None:
    """
    Écrit un fichier d'un seul geste : qui le lit voit l'ancien entier ou le neuf entier, et ses droits sont gardés.

    Raises:
        ErreurParametre: si le système le refuse ; l'ancien fichier reste ce qu'il était.
    """
    fichier = fichier.resolve()
    brouillon = fichier.with_name(f".{fichier.name}.{secrets.token_hex(4)}.tmp")  # deux fils d'un programme aussi
    try:
        brouillon.write_bytes(octets)
        if fichier.exists():
            shutil.copymode(fichier, brouillon)
        brouillon.replace(fichier)
    except OSError as erreur:
        brouillon.unlink(missing_ok=True)
        raison = "Le fermer s'il est ouvert dans un tableur ; vérifier le dossier, ses droits et la place."
        raise ErreurParametre(f"{fichier.name} ne s'écrit pas. {raison}") from erreur


@contextmanager
def dossier_neuf(cible: Path) -> Iterator[Path]:
    """
    Un dossier vide où écrire, qui prend la place de `cible` si rien n'a échoué ; sinon, `cible` reste ce qu'il était.

    Args:
        cible: le dossier à créer ou à remplacer ; ses parents sont créés.
    """
    cible.parent.mkdir(parents=True, exist_ok=True)
    neuf = Path(tempfile.mkdtemp(prefix=f".{cible.name}-", dir=cible.parent))
    try:
        yield neuf
        neuf.chmod(0o755)
        _mettre_en_place(neuf, cible)
    finally:
        shutil.rmtree(neuf, ignore_errors=True)


def _mettre_en_place(neuf: Path, cible: Path) -> None:
    """Met `neuf` à la place de `cible`, en un geste là où le système sait échanger deux dossiers."""
    if not cible.exists():
        neuf.replace(cible)
    elif not _echanger(neuf, cible):
        ancien = _ancien(cible)
        shutil.rmtree(ancien, ignore_errors=True)
        cible.replace(ancien)
        try:
            neuf.replace(cible)
        except OSError:
            ancien.replace(cible)
            raise
        shutil.rmtree(ancien)


def _ancien(cible: Path) -> Path:
    return cible.with_name(f".{cible.name}-ancien")


def _echanger(un: Path, autre: Path) -> bool:
    """Échange deux dossiers d'un geste indivisible (Linux) ; faux si le système ou le disque ne sait pas le faire."""
    with suppress(OSError, AttributeError):
        renommer = ctypes.CDLL(None, use_errno=True).renameat2
        return renommer(ICI, os.fsencode(un), ICI, os.fsencode(autre), ECHANGER) == 0
    return False
