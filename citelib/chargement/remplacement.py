"""Remplacer un dossier publié d'un seul geste : la dernière bonne version n'est jamais à moitié écrasée."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    except BaseException:
        shutil.rmtree(neuf, ignore_errors=True)
        raise


def _mettre_en_place(neuf: Path, cible: Path) -> None:
    """Échange les deux dossiers ; l'ancien n'est effacé qu'une fois le neuf en place."""
    if not cible.exists():
        neuf.replace(cible)
        return
    ancien = cible.with_name(f".{cible.name}-ancien")
    shutil.rmtree(ancien, ignore_errors=True)
    cible.replace(ancien)
    try:
        neuf.replace(cible)
    except OSError:
        ancien.replace(cible)
        raise
    shutil.rmtree(ancien)
