"""Les fichiers qu'un rapport dépose à côté de ses pages, et les messages à envoyer.

Une annexe est un nom de fichier et une fonction `(cite, *, annee, diffusion) -> bytes` : elle passe, comme une page,
par `secret.proteger`. L'inscrire dans `ANNEXES` suffit pour que `rapport` l'écrive.
"""

from collections.abc import Callable, Mapping

from citelib.annexes.calendrier import calendrier

ANNEXES: Mapping[str, Callable[..., bytes]] = {"calendrier.ics": calendrier}
"""Fichier du dossier de l'année → fonction qui l'écrit."""

__all__ = ["ANNEXES"]
