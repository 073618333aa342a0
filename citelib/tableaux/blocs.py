"""Ce qu'une page dit hors des tableaux et des figures : chiffres clés, encadrés, commentaires.

Un chiffre clé se lit dans une table protégée, jamais dans une variable. Un commentaire est le texte de
l'équipe de projet : il s'affiche sans HTML, sans image et sans lien actif.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import mistune
import nh3

from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.formats import ABSENT, typographie
from citelib.secret import MARQUE, TableProtegee
from citelib.tableaux.cellules import (
    AUCUNE_DONNEE,
    LEGENDE_ABSENT,
    Affichable,
    badge,
    paragraphe,
    sur,
    texte_source,
    textes,
)

MARQUES = {MARQUE: f"{MARQUE} : donnée masquée (secret statistique).", ABSENT: LEGENDE_ABSENT}


@dataclass(frozen=True)
class Chiffre:
    """
    Un chiffre clé : un intitulé, une valeur et ce à quoi la comparer, tirés d'une ligne de table protégée.

    Args:
        intitule: ce qui est mesuré.
        protegee: la table.
        valeur: texte où `{colonne}` est remplacé par la cellule affichée : « {n_realisees} sur {n_prevues} ».
        comparaison: cible ou année précédente, écrite de la même façon.
        ligne: intitulé de la ligne lue ; inutile si la table n'en a qu'une.
    """

    intitule: str
    protegee: TableProtegee
    valeur: str
    comparaison: str = ""
    ligne: object = None

    def ecrire(self) -> tuple[str, str, str]:
        """Intitulé, valeur et comparaison, cellules remplacées ; « [nd] » si la table n'a aucune ligne."""
        if not isinstance(self.protegee, TableProtegee):
            raise ErreurSecret(f"« {self.intitule} » : passer la table par secret.proteger.")
        if self.protegee.donnees.empty:  # une cité qui commence n'a pas encore tout relevé
            return self.intitule, ABSENT, "rien de relevé pour l'instant"
        montre = textes(self.protegee, list(self.protegee.donnees.columns))
        if self.ligne is not None:
            montre = montre[self.protegee.donnees.iloc[:, 0].eq(self.ligne).fillna(False).to_numpy(bool)]
        if len(montre) != 1:
            combien = f"{len(montre)} ligne(s) pour ligne={self.ligne!r}, il en faut une"
            raise ErreurParametre(f"« {self.intitule} » : {combien}.")
        cellules = montre.iloc[0].to_dict()
        try:
            return self.intitule, self.valeur.format_map(cellules), self.comparaison.format_map(cellules)
        except KeyError as erreur:
            connues = ", ".join(cellules)
            raise ErreurParametre(f"« {self.intitule} » : pas de colonne {erreur}. Colonnes : {connues}.") from None


@dataclass(frozen=True, repr=False)
class Chiffres(Affichable):
    """Les chiffres clés d'une page, et leur source."""

    tuiles: tuple[tuple[str, str, str], ...]
    source: object

    def html(self) -> str:
        """Une liste de définitions : l'intitulé, puis la valeur et sa comparaison."""
        tuiles = "".join(
            f'<div><dt>{sur(nom)}</dt><dd class="valeur">{sur(valeur)}</dd>'
            f'<dd class="comparaison">{sur(comparaison)}</dd></div>'
            for nom, valeur, comparaison in self.tuiles
        )
        ecrit = " ".join(valeur + comparaison for _, valeur, comparaison in self.tuiles)
        legende = "".join(f'<p class="note">{sur(t)}</p>' for marque, t in MARQUES.items() if marque in ecrit)
        source = paragraphe("Source", texte_source(self.source))
        return (
            f'<div class="chiffres-cles">{badge(getattr(self.source, "fictive", False))}'
            f'<dl class="chiffres">{tuiles}</dl>{legende}{source}</div>'
        )

    def texte(self) -> str:
        """Un chiffre par ligne."""
        return "\n".join(f"{nom} : {' ; '.join(filter(None, suite))}" for nom, *suite in self.tuiles)


def chiffres_cles(chiffres: Sequence[Chiffre], *, source: object) -> Chiffres:
    """
    Assemble les trois à cinq chiffres clés d'une page.

    Args:
        chiffres: chaque chiffre, dans l'ordre de lecture.
        source: texte, ou objet portant `texte` et `fictive`.

    Raises:
        ErreurParametre: s'il y en a moins de trois ou plus de cinq, ou pas de source.
    """
    if not 3 <= len(chiffres) <= 5:
        raise ErreurParametre(f"{len(chiffres)} chiffres clés : en donner de trois à cinq.")
    if not texte_source(source):
        raise ErreurParametre("Chiffres clés sans source. Donner source=.")
    return Chiffres(tuple(chiffre.ecrire() for chiffre in chiffres), source)


@dataclass(frozen=True, repr=False)
class Encadre(Affichable):
    """Un titre et trois phrases au plus : « L'essentiel », « À retenir avant de lire »."""

    titre: str
    phrases: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.phrases) > 3:
            raise ErreurParametre(f"« {self.titre} » : {len(self.phrases)} phrases. En garder trois au plus.")

    def html(self) -> str:
        """L'encadré, rien s'il n'a aucune phrase."""
        phrases = "".join(f"<li>{sur(phrase)}</li>" for phrase in self.phrases)
        return phrases and _note("encadre", self.titre, f"<ul>{phrases}</ul>")

    def texte(self) -> str:
        """Le titre, puis une phrase par ligne."""
        return "\n".join([typographie(self.titre), *map(typographie, self.phrases)])


BALISES = {"p", "br", "hr", "strong", "em", "ul", "ol", "li", "blockquote", "pre", "code", "h3", "h4", "h5", "h6"}
"""Tout ce qu'un commentaire peut contenir, sans aucun attribut."""


class _SansRisque(mistune.HTMLRenderer):
    """Un Markdown sans HTML, sans image ni lien actif, dont les titres ne dérangent pas ceux de la page."""

    def __init__(self, niveau: int | None) -> None:
        super().__init__(escape=True)
        self.niveau, self.dernier = niveau, (niveau or 0) - 1

    def heading(self, text: str, level: int, **attrs: object) -> str:
        if self.niveau is None:
            return f"<p><strong>{text}</strong></p>\n"
        self.dernier = min(max(level, self.niveau), self.dernier + 1, 6)
        return f"<h{self.dernier}>{text}</h{self.dernier}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return text if text == url else f"{text} ({escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


@dataclass(frozen=True, repr=False)
class Commentaire(Affichable):
    """
    Ce que l'équipe de projet écrit elle-même, en Markdown, daté et signé dans le texte.

    Args:
        markdown: son texte.
        titre: ce qu'il est.
        niveau: plus haut niveau de ses titres, 3 sous une section ; sans lui, un titre n'est qu'un texte en gras.
    """

    markdown: str
    titre: str = "Commentaire de l'équipe de projet"
    niveau: int | None = None

    def html(self) -> str:
        """Le commentaire, rien s'il est vide."""
        rendu = mistune.create_markdown(renderer=_SansRisque(self.niveau))(typographie(self.markdown.strip()))
        corps = nh3.clean(rendu, tags=BALISES, attributes={}, url_schemes=set())
        return corps and _note("commentaire", self.titre, corps)

    def texte(self) -> str:
        """Le titre et le texte."""
        return f"{typographie(self.titre)}\n{typographie(self.markdown.strip())}"


@dataclass(frozen=True, repr=False)
class Suite(Affichable):
    """Plusieurs objets publiés l'un après l'autre, quand leur nombre vient des données : un par axe, par exemple."""

    suite: Sequence[Affichable]

    def html(self) -> str:
        """Chaque objet, dans l'ordre."""
        return "".join(objet.html() for objet in self.suite)

    def texte(self) -> str:
        """Chaque objet, une ligne vide entre deux."""
        return "\n\n".join(objet.texte() for objet in self.suite)

    def objets(self) -> list[dict]:
        """Ceux de chacun, dans l'ordre."""
        return [publie for objet in self.suite for publie in objet.objets()]


@dataclass(frozen=True, repr=False)
class Messages(Affichable):
    """
    Des messages prêts à copier, repliés : un par ligne d'une table protégée.

    Ils nomment qui n'a pas répondu : la diffusion publique ne les montre pas.

    Args:
        protegee: table protégée de `protocole.relances`.
        source: texte, ou objet portant `texte` et `fictive`.
    """

    protegee: TableProtegee
    source: object

    def __post_init__(self) -> None:
        if not isinstance(self.protegee, TableProtegee):
            raise ErreurSecret("Messages : passer la table par secret.proteger.")

    def html(self) -> str:
        """Un pli par destinataire, l'objet et le texte dedans."""
        if self.protegee.diffusion == "public":
            return "<p>Les relances ne figurent pas dans la version publique.</p>"
        if self.protegee.donnees.empty:
            return f"<p>{sur(self.protegee.motif or AUCUNE_DONNEE)}</p>"
        plis = []
        for ligne in self.protegee.donnees.to_dict("records"):
            qui = sur(ligne["producteur"])
            plis.append(
                f'<details class="message"><summary>Message à copier pour {qui}</summary>'
                f'<p class="note"><strong>Objet\u00a0:</strong> {sur(ligne["objet"])}</p>'
                f'<pre tabindex="0" role="region" aria-label="Message pour {qui}">{sur(ligne["texte"])}</pre></details>'
            )
        return badge(getattr(self.source, "fictive", False)) + "".join(plis)

    def texte(self) -> str:
        """L'objet et le texte de chaque message."""
        montres = [] if self.protegee.diffusion == "public" else self.protegee.donnees.to_dict("records")
        return "\n".join(f"{ligne['producteur']}\n{ligne['objet']}\n\n{ligne['texte']}" for ligne in montres)


def _note(genre: str, titre: str, corps: str) -> str:
    """Un bloc à part, que son titre nomme."""
    ancre = f"{genre}-{sans_accent(titre)}"
    return (
        f'<div class="{genre}" role="note" aria-labelledby="{ancre}">'
        f'<p class="titre-encadre" id="{ancre}">{sur(titre)}</p>{corps}</div>'
    )
