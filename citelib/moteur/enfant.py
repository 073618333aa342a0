"""Dans le processus d'un notebook : exécuter chaque cellule reçue, et renvoyer ce qu'elle montre, au fil de l'eau.

L'interpréteur est celui d'ipykernel ; seule sa session change : ses messages partent dans un tuyau, et non sur le
réseau. Ce qu'un noyau ordinaire aurait montré se retrouve donc à l'identique.
"""

from __future__ import annotations

import builtins
import importlib
import io
import os
import pickle
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import SimpleNamespace

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from traitlets import Any
from traitlets.config import Config

from citelib import prets

TAMPON = 2**16  # caractères gardés avant d'être envoyés


@dataclass(frozen=True)
class Poste:
    """
    Où et comment un notebook s'exécute.

    Args:
        dossier: dossier courant.
        environnement: variables d'environnement.
        memoire: octets de mémoire au plus ; sans limite sinon.
        temoin: fonction à appeler à la fin, « module:fonction », dont le résultat est rendu.
    """

    dossier: str
    environnement: dict[str, str]
    memoire: int | None = None
    temoin: str = ""


class Emetteur(Session):
    """La session d'un noyau, dont les messages partent dans un tuyau."""

    envoyer = Any()

    def send(self, stream, msg_or_type, content=None, *autres, **options):
        """Envoie un message : son genre et son contenu, sans les adresses d'un réseau."""
        if isinstance(msg_or_type, str):
            self.envoyer(msg_or_type, content)
        else:
            self.envoyer(msg_or_type["msg_type"], msg_or_type["content"])


class Flux(io.TextIOBase):
    """Une sortie standard : ce qui y est écrit part avec son nom, dans l'ordre des deux flux."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, nom: str, fichier: int, envoyer: Callable):
        self.nom, self.fichier, self.envoyer, self.autre = nom, fichier, envoyer, None
        self.textes: list[str] = []
        self.taille = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.fichier

    def write(self, texte: str) -> int:
        if not isinstance(texte, str):
            raise TypeError(f"write() attend un texte, pas {type(texte).__name__}")
        if self.autre and self.autre.textes:
            self.autre.flush()
        self.textes.append(texte)
        self.taille += len(texte)
        if self.taille > TAMPON:
            self.flush()
        return len(texte)

    def flush(self) -> None:
        textes, self.textes, self.taille = self.textes, [], 0
        if any(textes):
            self.envoyer("stream", {"name": self.nom, "text": "".join(textes)})


def vivre(tuyau: Connection, poste: Poste, guichet: Connection | None = None) -> None:
    """
    Exécute les cellules reçues, jusqu'à ce que l'autre bout se ferme.

    Args:
        tuyau: reçoit le texte d'une cellule, ou None à la fin ; rend des couples (genre, contenu).
        poste: dossier, environnement et mémoire.
        guichet: mène à la réserve de la production, s'il y en a une (`prets`).
    """
    if guichet is not None:
        prets.installer(prets.Guichet(guichet))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # au clavier, c'est le parent qui décide
    recues: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_ecouter, args=(tuyau, recues), daemon=True).start()
    verrou = threading.Lock()

    def envoyer(genre: str, contenu) -> None:
        with verrou:
            tuyau.send_bytes(pickle.dumps((genre, contenu)))

    _installer(poste)
    # Windows ne sait pas relire un fichier sans déplacer son écriture : il n'y a pas de détour.
    detours = [Detour(*flux, envoyer) for flux in (("stdout", 1), ("stderr", 2)) if hasattr(os, "pread")]
    shell = _interpreteur(envoyer)
    envoyer("pret", IPythonKernel.language_info)
    while (source := recues.get()) is not None:
        envoyer("execute_input", {"execution_count": shell.execution_count})
        reussie = shell.run_cell(source, store_history=True).success
        sys.stdout.flush()
        sys.stderr.flush()
        for detour in detours:
            detour.relever()
        envoyer("fin", reussie)
    if poste.temoin:
        module, nom = poste.temoin.split(":")
        envoyer("temoin", getattr(importlib.import_module(module), nom)())
    envoyer("adieu", None)
    os._exit(0)  # sans attendre un fil que le notebook aurait laissé


def _ecouter(tuyau: Connection, recues: queue.SimpleQueue) -> None:
    """Garde ce qui arrive ; si le parent disparaît, ce processus aussi, même au milieu d'une cellule."""
    try:
        while True:
            recues.put(tuyau.recv())
    except (EOFError, OSError):
        os._exit(1)


def _installer(poste: Poste) -> None:
    """Le dossier, l'environnement, la mémoire et le hasard de ce notebook, et de lui seul."""
    os.chdir(poste.dossier)
    affichage = os.environ.get("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.clear()
    os.environ.update({"MPLBACKEND": affichage} | poste.environnement)
    if poste.memoire is not None:
        import resource  # absent de Windows

        resource.setrlimit(resource.RLIMIT_DATA, (poste.memoire, poste.memoire))
    if "numpy" in sys.modules:  # un processus dédoublé hériterait du même hasard que son voisin
        sys.modules["numpy"].random.seed()


def _interpreteur(envoyer: Callable) -> ZMQInteractiveShell:
    """L'interpréteur d'ipykernel, sans réseau ni historique, et ses figures dans la page."""
    sys.stdout, sys.stderr = Flux("stdout", 1, envoyer), Flux("stderr", 2, envoyer)
    sys.stdout.autre, sys.stderr.autre = sys.stderr, sys.stdout
    shell = ZMQInteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.kernel = SimpleNamespace(eventloop=None, shell=shell)
    shell.enable_gui = lambda gui=None: None
    shell.displayhook.session = shell.display_pub.session = Emetteur(envoyer=envoyer)
    builtins.input = _sans_clavier
    if "matplotlib" in sys.modules:
        shell.enable_matplotlib("inline")
    return shell


def _sans_clavier(*_) -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


class Detour:
    """Ce qu'un programme écrit sans passer par Python (`!commande`, bibliothèque en C) va dans un fichier, relu ici."""

    def __init__(self, nom: str, numero: int, envoyer: Callable):
        self.nom, self.envoyer, self.lu = nom, envoyer, 0
        with tempfile.TemporaryFile() as fichier:
            self.fichier = os.dup(fichier.fileno())
        os.dup2(self.fichier, numero)

    def relever(self) -> None:
        """Envoie ce qui a été écrit depuis la dernière fois ; l'écriture, elle, reste où elle en était."""
        nouveau = os.fstat(self.fichier).st_size - self.lu
        if nouveau:
            texte = os.pread(self.fichier, nouveau, self.lu).decode("utf-8", "replace")
            self.lu += nouveau
            self.envoyer("stream", {"name": self.nom, "text": texte})
