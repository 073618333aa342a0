"""Lancer le processus d'un notebook, lui parler, et l'arrêter s'il dépasse ses limites.

Le serveur de processus de la bibliothèque standard (« forkserver ») importe une fois `depart`, puis se dédouble à
chaque notebook. Là où il n'existe pas (Windows) ou n'est pas sûr (macOS), chaque processus part de zéro : plus lent,
mêmes octets.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Self

from citelib.erreurs import ErreurExecution
from citelib.prets import Reserve

DEPART = "citelib.moteur.depart"
SERVEUR = sys.platform != "darwin" and "forkserver" in multiprocessing.get_all_start_methods()
ADIEU = 10.0  # secondes laissées à un processus pour finir
_VIVANTS: set[Enfant] = set()


@dataclass(frozen=True)
class Limites:
    """
    Ce qu'un notebook ne peut pas dépasser.

    Args:
        cellule: secondes par cellule.
        notebook: secondes pour le notebook entier.
        memoire: octets de mémoire ; sans limite sinon, et toujours sous Windows.
        sorties: octets montrés par le notebook entier.
    """

    cellule: float = 600.0
    notebook: float = 1800.0
    memoire: int | None = None
    sorties: int = 200 * 2**20


class Arret(ErreurExecution):
    """Le processus d'un notebook s'est arrêté, ou a été arrêté ; `nom` est le genre d'arrêt."""

    def __init__(self, nom: str, message: str):
        super().__init__(message)
        self.nom = nom


def rechauffer() -> None:
    """Démarre le serveur de processus, s'il y en a un : il importe pendant que l'appelant fait autre chose."""
    if SERVEUR:
        from multiprocessing import forkserver

        multiprocessing.set_forkserver_preload([DEPART])
        forkserver.ensure_running()


def tout_arreter() -> None:
    """Tue les processus de notebooks de ce programme ; ceux qui les attendent apprennent leur arrêt."""
    for enfant in [*_VIVANTS]:
        enfant.processus.kill()


class Enfant:
    """Le processus d'un notebook ; en sortant du bloc `with`, il n'existe plus."""

    def __init__(self, limites: Limites, temoin: str = "", reserve: Reserve | None = None):
        from citelib.moteur.enfant import Poste, vivre

        rechauffer()
        contexte = multiprocessing.get_context("forkserver" if SERVEUR else "spawn")
        self.limites, self.recus, self.debut = limites, 0, time.monotonic()
        memoire = limites.memoire if os.name == "posix" else None
        poste = Poste(str(Path.cwd()), dict(os.environ), memoire, temoin)
        self.tuyau, autre = contexte.Pipe()
        comptoir, guichet = contexte.Pipe() if reserve else (None, None)
        self.processus = contexte.Process(target=vivre, args=(autre, poste, guichet))
        self.processus.start()
        _VIVANTS.add(self)
        autre.close()
        if reserve:
            guichet.close()
            threading.Thread(target=reserve.servir, args=(comptoir,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.tuyau.close()
        if self.processus.is_alive():
            self.processus.kill()
        self.processus.join(ADIEU)
        _VIVANTS.discard(self)

    def langage(self) -> dict:
        """Attend que le processus soit prêt ; rend ce qu'il dit de son langage."""
        return self._suivant(self.debut + self.limites.notebook)[1]

    def jouer(self, source: str) -> Iterator[tuple[str, object]]:
        """
        Exécute une cellule ; rend ses messages à mesure, le dernier étant « fin » et sa réussite.

        Raises:
            Arret: si le processus s'arrête ou dépasse une limite.
        """
        echeance = time.monotonic() + self.limites.cellule
        self._dire(source)
        genre = ""
        while genre != "fin":
            genre, contenu = self._suivant(echeance)
            yield genre, contenu

    def finir(self) -> object:
        """Demande au processus de s'en aller ; rend ce que le témoin a dit, None sans témoin."""
        self._dire(None)
        dit, genre = None, ""
        while genre != "adieu":
            genre, contenu = self._suivant(time.monotonic() + ADIEU)
            dit = contenu if genre == "temoin" else dit
        self.processus.join(ADIEU)
        return dit

    def _dire(self, message: str | None) -> None:
        try:
            self.tuyau.send(message)
        except OSError:
            raise self._mort() from None

    def _suivant(self, echeance: float) -> tuple[str, object]:
        """Le message suivant, avant l'échéance."""
        borne = min(echeance, self.debut + self.limites.notebook)
        prets = wait([self.tuyau, self.processus.sentinel], max(0.0, borne - time.monotonic()))
        if not prets:
            duree = self.limites.cellule if borne == echeance else self.limites.notebook
            quoi = "la cellule" if borne == echeance else "le notebook"
            raise Arret("DureeDepassee", f"{quoi} a duré plus de {duree:g} secondes")
        if self.tuyau not in prets and not self.tuyau.poll():
            raise self._mort()
        try:
            octets = self.tuyau.recv_bytes(self.limites.sorties)
        except EOFError:
            raise self._mort() from None
        except OSError:  # un seul message plus grand que toute la limite, ou un tuyau coupé
            raise (Arret("SortieDemesuree", self._trop()) if self.processus.is_alive() else self._mort()) from None
        self.recus += len(octets)
        if self.recus > self.limites.sorties:
            raise Arret("SortieDemesuree", self._trop())
        return pickle.loads(octets)

    def _trop(self) -> str:
        return f"le notebook montre plus de {self.limites.sorties:_} octets".replace("_", "\u202f")

    def _mort(self) -> Arret:
        """Comment le processus s'est arrêté."""
        self.processus.join(ADIEU)
        code = self.processus.exitcode
        comment = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        return Arret("ProcessusArrete", f"le processus du notebook s'est arrêté ({comment})")
