"""Dire les problèmes d'un dossier, à l'écran et en page : groupés, le fichier le plus fautif d'abord.

`renvoi` dit les mêmes groupes dans les feuilles mêmes des partenaires.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citelib.chargement import Cite
from citelib.chargement.fichiers import SUFFIXES_CLASSEUR
from citelib.contrats import Probleme
from citelib.contrats.personnel import masquer
from citelib.formats import accord, typographie
from citelib.page.controle import controler
from citelib.page.gabarits import rendre

HAUTEUR, LARGEUR = 24, 100
"""L'écran : nombre de lignes, signes par ligne."""
PLURIELS = {"valeur refusée": "valeurs refusées", "cellule vide": "cellules vides", "clé en double": "clés en double"}


@dataclass(frozen=True)
class Groupe:
    """Les problèmes d'une même colonne d'une même feuille qui se disent de la même façon."""

    problemes: tuple[Probleme, ...]

    @property
    def gravite(self) -> str:
        """« erreur » ou « avertissement »."""
        return self.problemes[0].gravite

    @property
    def feuille(self) -> str:
        """Le nom de la feuille, sans celui d'une personne."""
        return masquer(self.problemes[0].feuille)

    @property
    def constat(self) -> str:
        """Ce qui ne va pas : « 14 valeurs refusées, attendu un nombre »."""
        message, nombre = self.problemes[0].message, len(self.problemes)
        if nombre == 1:
            return message
        debut = next((un for un in PLURIELS if message.startswith(un)), None)
        gabarit = _gabarit(message)
        return f"{nombre} {PLURIELS[debut]}{gabarit[len(debut) :]}" if debut else f"{gabarit}, {nombre} fois"

    def exemples(self, lignes: int = 3, valeurs: int = 2) -> str:
        """Où, et ce qui a été lu : « lignes 3, 5, 9… ; lu « fini », « en cours » »."""
        numeros = list(dict.fromkeys(str(p.ligne) for p in self.problemes if p.ligne is not None))
        lus = list(dict.fromkeys(f"« {_abreger(p.valeur, 40)} »" for p in self.problemes if p.valeur))
        ou = f"ligne{'s' * (len(numeros) > 1)} {_debut(numeros, lignes)}" if numeros else ""
        return " ; ".join(filter(None, [ou, f"lu {_debut(lus, valeurs)}" if lus else ""]))

    def __str__(self) -> str:
        premier, exemples = self.problemes[0], self.exemples()
        feuille = f"feuille « {self.feuille} »" if self.feuille else ""
        lieu = ", ".join(filter(None, [feuille, f"colonne {premier.colonne}" if premier.colonne else ""]))
        doute = "avertissement, " if self.gravite == "avertissement" else ""
        ou, detail = (f"{lieu} : " if lieu else ""), (f" ({exemples})" if exemples else "")
        return f"{doute}{ou}{self.constat}{detail}. {premier.remede}".rstrip()


@dataclass(frozen=True)
class Fichier:
    """Un fichier fautif et ses groupes : les erreurs d'abord, les plus nombreuses d'abord."""

    nom: str
    groupes: tuple[Groupe, ...]

    @property
    def titre(self) -> str:
        """Le nom du fichier, sans celui d'une personne."""
        return masquer(self.nom)

    @property
    def problemes(self) -> list[Probleme]:
        """Tous ses problèmes, dans l'ordre de ses groupes."""
        return [probleme for groupe in self.groupes for probleme in groupe.problemes]

    @property
    def comptes(self) -> tuple[int, int]:
        """Nombres d'erreurs et d'avertissements."""
        erreurs = sum(probleme.gravite == "erreur" for probleme in self.problemes)
        return erreurs, len(self.problemes) - erreurs


def _gabarit(message: str) -> str:
    """Un message sans les numéros de ligne qui y changent d'un problème à l'autre."""
    return re.sub(r"(?<=ligne )\d+|(?<=lignes )\d+ à \d+", "…", message)


def _debut(elements: Sequence[str], nombre: int) -> str:
    debut = ", ".join(elements[:nombre])
    return f"{debut}…" if len(elements) > nombre else debut


def _abreger(texte: str, signes: int = 1_000) -> str:
    """Un texte sur une ligne, sans caractère de commande, et coupé s'il est long."""
    net = re.sub(r"[ \x00-\x1f\x7f-\x9f]+", " ", texte)
    return net if len(net) <= signes else f"{net[: signes - 1]}…"


def grouper(problemes: Iterable[Probleme]) -> list[Fichier]:
    """Les problèmes par fichier, le plus fautif d'abord, puis par feuille, colonne et message."""
    par_fichier: dict[str, dict[tuple, list[Probleme]]] = defaultdict(lambda: defaultdict(list))
    for p in problemes:
        par_fichier[p.fichier][p.gravite, p.feuille, p.colonne, _gabarit(p.message)].append(p)
    fichiers = []
    for nom, groupes in par_fichier.items():
        ranges = sorted(groupes.items(), key=lambda g: (g[0][0] != "erreur", -len(g[1]), g[0]))
        fichiers.append(Fichier(nom, tuple(Groupe(tuple(groupe)) for _, groupe in ranges)))
    return sorted(fichiers, key=lambda f: (*(-compte for compte in f.comptes), f.nom))


def compter(fichiers: Sequence[Fichier], dossier: Path) -> str:
    """« 12 erreurs et 3 avertissements dans 4 fichiers sur 27 »."""
    lus = {f.name for f in dossier.iterdir() if f.suffix.lower() in (".csv", ".toml", *SUFFIXES_CLASSEUR)}
    total = len(lus | {fichier.nom for fichier in fichiers})
    if not fichiers:
        return f"Aucun problème dans {accord(total, 'fichier')}"
    erreurs, avertissements = (sum(f.comptes[rang] for f in fichiers) for rang in range(2))
    comptes = f"{accord(erreurs, 'erreur')} et {accord(avertissements, 'avertissement')}"
    return f"{comptes} dans {accord(len(fichiers), 'fichier')} sur {total}"


def ecran(problemes: Iterable[Probleme], dossier: Path, ecrits: Sequence[Path] = (), *, tout: bool = False) -> str:
    """
    Ce que la commande affiche : les comptes, les problèmes groupés, ce qui a été écrit ; un écran au plus.

    Args:
        problemes: ce que `ouvrir` a relevé.
        dossier: le dossier vérifié.
        ecrits: ce qu'`ecrire` a écrit.
        tout: un problème par ligne, sans limite.
    """
    fichiers = grouper(problemes)
    tete, fin, corps, caches = [compter(fichiers, dossier) + "."], _ecrits(ecrits), [], 0
    if tout:
        return "\n".join([*tete, *(_abreger(f"- {p.gravite} : {p}") for f in fichiers for p in f.problemes), *fin])
    hauteur = HAUTEUR - len(tete) - len(fin) - 2
    for rang, fichier in enumerate(fichiers):
        bloc = [_abreger(f"{fichier.titre} : {_bilan(fichier)}", LARGEUR)]
        for groupe in fichier.groupes[: 4 if len(fichiers) > 1 else None]:
            phrase = textwrap.wrap(
                typographie(f"- {groupe}"), LARGEUR, subsequent_indent="  ", max_lines=3, placeholder=" …"
            )
            if len(corps) + len(bloc) + len(phrase) + 1 > hauteur:
                break
            bloc, caches = bloc + phrase, caches + 1
        if len(bloc) == 1:
            autres = ", ".join(autre.titre for autre in fichiers[rang:])
            corps.append(_abreger(f"Autres fichiers : {autres}", LARGEUR))
            break
        corps += bloc
    caches = sum(len(fichier.groupes) for fichier in fichiers) - caches
    if caches:
        corps.append(f"Et {accord(caches, 'autre sorte', 'autres sortes')} de problèmes : ajouter --tout.")
    return "\n".join(tete + corps + fin)


def _bilan(fichier: Fichier) -> str:
    noms = zip(fichier.comptes, ("erreur", "avertissement"), strict=True)
    return ", ".join(accord(compte, nom) for compte, nom in noms if compte)


def _ecrits(ecrits: Sequence[Path]) -> list[str]:
    """La phrase qui dit ce qui a été écrit, en lignes d'écran."""
    if not ecrits:
        return []
    dossier = ecrits[0].parent
    noms = [chemin.name for chemin in ecrits if chemin.parent == dossier]
    if renvois := len(ecrits) - len(noms):
        noms.append(f"a-renvoyer ({accord(renvois, 'classeur')})")
    return textwrap.wrap(f"Écrit dans {dossier} : {', '.join(noms)}", LARGEUR, break_on_hyphens=False)


def page(cite: Cite, fichiers: Sequence[Fichier]) -> str:
    """La page HTML : sans script ni requête, lisible au clavier, à l'étroit et sur papier."""
    nom = cite.reglages.get("nom", cite.dossier.resolve().name)
    comptes = compter(fichiers, cite.dossier)
    html = rendre("verification.html.j2", nom=nom, fichiers=fichiers, comptes=comptes, bilan=_bilan)
    return controler(html, ecriture=False)
