"""Ce que les mesures ont en commun : plusieurs cités, et une place dans docs/performance.md."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
PAGE = RACINE / "docs" / "performance.md"


def copier(source: Path, vers: Path, combien: int) -> list[Path]:
    """Autant de cités aux mêmes données, chacune sous sa clé."""
    copies = [shutil.copytree(source, vers / f"cite-{numero}") for numero in range(combien)]
    for numero, copie in enumerate(copies):
        reglages = (copie / "cite.toml").read_text("utf-8")
        (copie / "cite.toml").write_text(reglages.replace('cle = "', f'cle = "c{numero}-', 1), "utf-8")
    return copies


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
