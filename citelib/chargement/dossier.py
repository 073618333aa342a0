"""Le dossier d'une cité : le trouver, et dire lequel était sans doute voulu quand ce n'en est pas un."""

from __future__ import annotations

import difflib
from pathlib import Path

from citelib.erreurs import ErreurParametre

REGLAGES = "cite.toml"
CITES_DITES = 5


def trouver(dossier: str | Path) -> Path:
    """
    Le dossier d'une cité ; un chemin relatif se cherche ici, puis dans le dossier au-dessus.

    Un notebook s'ouvre dans `notebooks/` alors que la commande part de la racine du projet.

    Raises:
        ErreurParametre: s'il n'existe pas, est un fichier, ou contient des cités au lieu d'en être une.
    """
    demande = Path(dossier)
    for candidat in (demande, Path("..") / dossier):
        if candidat.is_dir():
            return _sans_meprise(candidat)
    if demande.is_file():
        raise ErreurParametre(f"{dossier} est un fichier. Donner le dossier de la cité : {demande.parent}.")
    proches = difflib.get_close_matches(demande.name, [voisin.name for voisin in demande.parent.glob("*/")], 1)
    suite = f"Il a été cherché dans {Path.cwd()} : vérifier le chemin, ou se placer dans le dossier du projet."
    if proches:
        suite = f"Vouliez-vous dire {demande.parent / proches[0]} ?"
    raise ErreurParametre(f"Dossier introuvable : {dossier}. {suite}")


def _sans_meprise(dossier: Path) -> Path:
    """Le dossier, sauf s'il contient celui d'une cité au lieu d'en être un."""
    if (dossier / REGLAGES).is_file():
        return dossier
    cites = sorted(str(reglages.parent) for niveau in ("*", "*/*") for reglages in dossier.glob(f"{niveau}/{REGLAGES}"))
    if cites:
        dites = ", ".join(cites[:CITES_DITES]) + ("…" if len(cites) > CITES_DITES else "")
        raise ErreurParametre(f"{dossier} n'est pas le dossier d'une cité, mais il en contient : donner {dites}.")
    return dossier
