"""Se prêter un calcul entre les processus d'une même production : l'un le fait, les autres l'attendent.

La réserve est dans la mémoire du programme qui produit le rapport ; un notebook lui parle par un tuyau, son guichet.
Rien ne s'écrit sur le disque, où des données d'enfants survivraient à un arrêt brutal. Hors d'une production, il n'y a
ni réserve ni guichet : chacun calcule, et trouve la même chose.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")


class Reserve:
    """La réserve d'une production : des octets par clé, et ce qu'un demandeur est en train de calculer."""

    def __init__(self) -> None:
        self._faits: dict[str, bytes] = {}
        self._en_cours: set[str] = set()
        self._change = threading.Condition()

    def prendre(self, cle: str) -> bytes | None:
        """
        Ce qui est déposé sous cette clé, attendu tant qu'un autre demandeur le calcule.

        None à un seul demandeur, qui le calcule puis le dépose.
        """
        with self._change:
            self._change.wait_for(lambda: cle in self._faits or cle not in self._en_cours)
            if cle not in self._faits:
                self._en_cours.add(cle)
            return self._faits.get(cle)

    def deposer(self, cle: str, octets: bytes | None) -> None:
        """Dépose un calcul ; None si l'on y a renoncé, et un autre demandeur le fera."""
        with self._change:
            self._en_cours.discard(cle)
            if octets is not None:
                self._faits[cle] = octets
            self._change.notify_all()

    def servir(self, tuyau: Connection) -> None:
        """Répond au guichet d'un processus jusqu'à ce qu'il se ferme ; ce qu'il n'a pas fini est alors à refaire."""
        tenues: set[str] = set()
        try:
            while True:
                cle, *depot = tuyau.recv()
                if depot:
                    tenues.discard(cle)
                    self.deposer(cle, *depot)
                else:
                    octets = self.prendre(cle)
                    if octets is None:
                        tenues.add(cle)
                    tuyau.send(octets)
        except (EOFError, OSError):
            for cle in tenues:
                self.deposer(cle, None)
        finally:
            tuyau.close()


class Guichet:
    """La réserve, vue d'un autre processus."""

    def __init__(self, tuyau: Connection) -> None:
        self._tuyau = tuyau

    def prendre(self, cle: str) -> bytes | None:
        """Voir `Reserve`."""
        self._tuyau.send((cle,))
        return self._tuyau.recv()

    def deposer(self, cle: str, octets: bytes | None) -> None:
        """Voir `Reserve`."""
        self._tuyau.send((cle, octets))


_ICI: ContextVar[Reserve | Guichet | None] = ContextVar("preteur", default=None)


def installer(preteur: Reserve | Guichet) -> None:
    """Emprunte désormais à ce prêteur, jusqu'à la fin du processus."""
    _ICI.set(preteur)


@contextmanager
def ouvrir() -> Iterator[Reserve]:
    """Ouvre la réserve d'une production ; ce qui s'y trouve disparaît avec elle."""
    reserve = Reserve()
    jeton = _ICI.set(reserve)
    try:
        yield reserve
    finally:
        _ICI.reset(jeton)


def emprunter(cle: str, calculer: Callable[[], T]) -> T:
    """
    Ce qu'un autre a déjà calculé sous cette clé ; sinon, le calcule et le prête.

    Args:
        cle: tout ce dont le résultat dépend.
        calculer: donne le résultat, que pickle doit savoir transmettre.

    >>> with ouvrir():
    ...     emprunter("somme", lambda: 2 + 2), emprunter("somme", lambda: 1 / 0)
    (4, 4)
    """
    preteur = _ICI.get()
    if preteur is None:
        return calculer()
    octets = preteur.prendre(cle)
    if octets is not None:
        return pickle.loads(octets)
    try:
        resultat = calculer()
        octets = pickle.dumps(resultat, pickle.HIGHEST_PROTOCOL)
    finally:
        preteur.deposer(cle, octets)
    return resultat
