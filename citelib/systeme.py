"""La bibliothèque du système que pip n'apporte pas : Pango, qui met le PDF en page."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import functools
import os

PAQUET = "libpangoft2-1.0-0"
"""Celui de Debian et d'Ubuntu ; il amène les autres, et une police."""


@functools.cache
def pango() -> bool:
    """Vrai si Pango se charge ; sous Windows, où WeasyPrint le cherche à sa façon, on le suppose."""
    for nom in ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"):
        with contextlib.suppress(OSError):
            return bool(ctypes.CDLL(nom))
    return os.name == "nt" or ctypes.util.find_library("pangoft2-1.0") is not None
