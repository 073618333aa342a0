"""Les fichiers qu'un rapport dépose à côté de ses pages, et les messages à envoyer.

Une annexe est un nom de fichier et une fonction `(cite, *, annee, diffusion) -> bytes` : elle passe, comme une page,
par `secret.proteger`. L'inscrire dans `registre.ANNEXES` suffit pour que `rapport` l'écrive.
"""
# ruff: noqa: F401

from citelib.annexes.registre import ANNEXES, Annexe, attendues, preparer
