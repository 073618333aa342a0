"""Ranger une mesure dans docs/performance.md, entre ses deux repères, avec le dépôt mesuré."""

from __future__ import annotations

import subprocess
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
PAGE = RACINE / "docs" / "performance.md"


def ranger(nom: str, texte: str) -> None:
    """Remplace ce qui est entre `<!-- nom -->` et `<!-- fin : nom -->`."""
    debut, fin = f"<!-- {nom} -->", f"<!-- fin : {nom} -->"
    avant, suite = PAGE.read_text(encoding="utf-8").split(debut)
    page = f"{avant}{debut}\n\n{texte}\n\n{fin}{suite.split(fin)[1]}"
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def commit() -> str:
    """Le dépôt du code mesuré ; « + » s'il a été changé depuis."""

    def git(*mots: str) -> str:
        return subprocess.run(["git", *mots], cwd=RACINE, capture_output=True, text=True, check=False).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "citelib", "notebooks") else "")
