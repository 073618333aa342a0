"""Ce dont les compagnons sont faits : les pages finies d'un rapport, et ce que leurs notebooks exécutés publient."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from citelib.compagnons.assemblage import assembler
from citelib.constats.adresses import PAGES
from citelib.execution import lire_constats
from citelib.page import Contexte, objets


@dataclass(frozen=True)
class Matiere:
    """
    Un rapport fini.

    Args:
        contexte: ce qui entoure ses pages : cité, année, diffusion, date des données.
        pages: par page, son HTML.
        objets: ses figures et ses tableaux, protégés, dans l'ordre (`page.objets`).
        constats: par page, ses constats.
        absentes: titres des pages qui n'ont pas pu être calculées.
    """

    contexte: Contexte
    pages: Mapping[str, str]
    objets: tuple[dict, ...]
    constats: Mapping[str, tuple[dict, ...]]
    absentes: tuple[str, ...] = ()

    @property
    def titre(self) -> str:
        """« Rapport 2024 – Cité éducative de Miramas »."""
        return f"Rapport {self.contexte.annee} – {self.contexte.cite}"

    @property
    def manques(self) -> list[str]:
        """Une phrase par page absente."""
        return [f"La page « {titre} » n’a pas pu être calculée cette fois-ci." for titre in self.absentes]

    @property
    def legendes(self) -> list[str]:
        """Les phrases qui expliquent les marques de toutes les pages, chacune une fois."""
        return list(dict.fromkeys(phrase for objet in self.objets for phrase in objet["legende"]))

    @functools.cached_property
    def dossier(self) -> str:
        """Toutes les pages en une, d'où le PDF vient aussi."""
        return str(assembler(self.pages, self.contexte, self.manques))


def rassembler(dossier: Path, contexte: Contexte, *, en_echec: Iterable[str] = ()) -> Matiere:
    """
    Relit un rapport dans son dossier.

    Args:
        dossier: où sont ses pages et ses notebooks exécutés.
        contexte: celui d'une de ses pages.
        en_echec: pages dont le notebook s'est arrêté : il n'en est rien repris.
    """
    pages, publies, constats = {}, [], {}
    for page, (fichier, _) in PAGES.items():
        if (dossier / fichier).is_file():
            pages[page] = (dossier / fichier).read_text(encoding="utf-8")
        execute = dossier / "notebooks" / f"{page}.ipynb"
        if page not in en_echec and execute.is_file():
            notebook = nbformat.read(execute, as_version=4)
            publies += objets(notebook, page=page)
            constats[page] = tuple(lire_constats(notebook))
    absentes = tuple(titre for page, (_, titre) in PAGES.items() if page not in constats)
    return Matiere(contexte, pages, tuple(publies), constats, absentes)
