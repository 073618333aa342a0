"""L'objet publié d'un dessin : image, texte de remplacement, tableau et fichiers, d'une même table.

Une image se copie et voyage seule : elle porte sa source, et « Données fictives » quand elles le sont.
"""

from __future__ import annotations

import base64
import functools
import io
import re
import string
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from citelib.erreurs import ErreurParametre
from citelib.figures.trame import LARGEUR, NOTRE, STYLE
from citelib.formats import typographie
from citelib.tableaux.cellules import AUCUNE_DONNEE, FICTIVES, TOTAUX, badge, place, sur, telecharger, texte_source
from citelib.tableaux.publication import Publication

RESOLUTION, COULEURS_PNG = 200, 64
LARGEUR_AFFICHEE = round(LARGEUR * 96)
ALTERNATIVE_MAXI = 250
HAUTE = 0.55
"""Hauteur d'une image, en part de sa largeur, au-delà de laquelle 7,6 cm imprimés la rendraient illisible."""
ABREGES = ((90, 60), (60, 42), (45, 30))
"""Longueurs essayées pour le titre et pour chaque valeur du texte de remplacement."""

RENVOI = "Données en tableau sous la figure."
NOMBRE = re.compile(r"\d+(?:[\u202f\u00a0 ]\d{3})*(?:,\d+)?")


@dataclass(frozen=True, repr=False)
class Illustration(Publication):
    """
    Un dessin à publier.

    Args:
        protegee, titre, source, colonnes, formats, sous_titre, lecture, champ, note: voir `Publication`.
        dessin: fonction appelée comme `dessin(protegee, ax=ax, **options)`, par exemple `figures.barres`.
        options: options du dessin.
        alternative: texte de remplacement de l'image ; écrit d'après la table s'il est vide.
        origine: d'où vient l'image, écrit dedans : « Cité éducative de Miramas, Réalisation 2024 ».

    Raises:
        ErreurSecret: si la table n'est pas protégée.
        ErreurParametre: s'il manque le titre, la source ou le texte de remplacement, ou si ce dernier dit
            un nombre que le tableau ne montre pas.
    """

    dessin: Callable = None
    options: Mapping = field(default_factory=dict, kw_only=True)
    alternative: str = field(default="", kw_only=True)
    origine: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.dessin):
            raise ErreurParametre(f"« {self.titre} » : donner la fonction de dessin après la table.")
        ecrite = typographie(self.alternative.strip()) or _decrire(self)
        if len(ecrite) > ALTERNATIVE_MAXI:
            raise ErreurParametre(
                f"« {self.titre} » : texte de remplacement de {len(ecrite)} caractères, "
                f"{ALTERNATIVE_MAXI} au plus. Le raccourcir : le tableau dit le reste."
            )
        lisibles = [self.titre, self.sous_titre, *self.en_tetes().values(), *self.cellules().to_numpy().flat]
        absents = sorted(_nombres(ecrite) - _nombres(" | ".join(lisibles)))
        if absents:
            raise ErreurParametre(
                f"« {self.titre} » : le texte de remplacement dit {', '.join(absents)}, que le tableau ne "
                "montre pas. Montrer la colonne avec colonnes={...}, ou corriger alternative=."
            )
        object.__setattr__(self, "alternative", ecrite)

    @functools.cached_property
    def image(self) -> bytes:
        """Le PNG de la page."""
        return self._png(titre=False)

    @functools.cached_property
    def image_titree(self) -> bytes:
        """Le PNG à télécharger : il porte aussi son titre."""
        return self._png(titre=True)

    def _png(self, *, titre: bool) -> bytes:
        """L'image à 200 points par pouce, en 64 couleurs ; mêmes données, mêmes octets."""
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=(LARGEUR, 4), layout="constrained")
            ax = figure.add_subplot()
            ax.set_gid(NOTRE)
            notre = {"formats": self.formats} if hasattr(self.dessin, "nature") else {}
            self.dessin(self.protegee, ax=ax, **notre, **self.options)
            self._encadrer(figure, titre)
            tampon = io.BytesIO()
            figure.savefig(tampon, format="png", dpi=RESOLUTION, metadata={"Software": None})
        image = Image.open(tampon).convert("RGB").quantize(COULEURS_PNG, dither=Image.Dither.NONE)
        leger = io.BytesIO()
        image.save(leger, format="PNG", optimize=True, dpi=(RESOLUTION, RESOLUTION))
        return leger.getvalue()

    def _encadrer(self, figure: Figure, titre: bool) -> None:
        """Écrit dans l'image son titre, « Données fictives » et sa source."""
        tete = textwrap.wrap(typographie(self.titre), 68) if titre else []
        tete += [FICTIVES] if self.fictive else []
        origine = f"{self.origine}, figure. " if self.origine else ""
        pied = textwrap.wrap(typographie(f"{origine}Source : {texte_source(self.source)}"), 112)
        figure.set_figheight(figure.get_figheight() + 0.25 * len(tete) + 0.18 * len(pied))
        if tete:
            figure.suptitle("\n".join(tete), x=0.01, ha="left", weight="bold", fontsize=12)
        figure.supxlabel("\n".join(pied), x=0.01, ha="left", fontsize=9)

    def html(self) -> str:
        """La figure en HTML ; la page qui l'accueille donnera son numéro."""
        ancre, titre = f"figure-{self.ancre}", sur(self.titre)
        sous_titre = f'<p class="sous-titre">{sur(self.sous_titre)}</p>' if self.sous_titre else ""
        legende, tete = f"{place('Figure {n}. ')}<strong>{titre}</strong>", f"{badge(self.fictive)}{sous_titre}"
        dessin, donnees = f'<p class="vide">{sur(self.raison)}</p>', ""
        if not self.vide:
            adresse = f"data:image/png;base64,{base64.b64encode(self.image).decode()}"
            dessin = (
                f'<img{_allure(self.image)} width="{LARGEUR_AFFICHEE}" src="{adresse}" alt="{sur(self.alternative)}">'
            )
            de = " de la figure {n}"
            png = telecharger(self.image_titree, "image/png", f"{self.ancre}.png", "l'image", de)
            table = self.html_table(ancre, f"Données{place(de)}\u00a0: {titre}")
            donnees = (
                f'<details class="donnees"><summary>Voir les données{place(de)} en tableau</summary>{table}</details>'
                f'<p class="telecharger">{self.lien_csv(de)} · {png}</p>'
            )
        return (
            f'<figure class="constat" id="{ancre}" role="figure" aria-label="{titre}">'
            f"<figcaption>{legende}</figcaption>"
            f'<div class="bloc">{tete}{dessin}{self.html_notes()}</div>{donnees}</figure>'
        )

    def texte(self) -> str:
        """Titre, texte de remplacement et source."""
        return f"{typographie(self.titre)}\n{self.alternative}\nSource : {texte_source(self.source)}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        images = {"image/png": base64.b64encode(self.image_titree).decode()}
        return super()._repr_mimebundle_() | images, {"image/png": {"alt": self.alternative}}


def _allure(image: bytes) -> str:
    """La classe d'une image presque carrée ou plus haute que large, à qui l'impression laisse plus de place."""
    largeur, hauteur = Image.open(io.BytesIO(image)).size
    return ' class="haute"' if hauteur > HAUTE * largeur else ""


def _decrire(illustration: Illustration) -> str:
    """
    Le texte de remplacement : type, titre, deux à quatre valeurs, renvoi au tableau.

    Jusqu'à quatre lignes, toutes sont dites ; au-delà, la plus haute, la plus basse, puis ce qui tient.
    """
    dessin, titre = illustration.dessin, typographie(illustration.titre)
    if not hasattr(dessin, "phrase"):
        raise ErreurParametre(f"« {titre} » : ce dessin ne sait pas se décrire. Donner alternative=.")
    if illustration.vide:
        return f"{typographie(dessin.nature)} : {titre} ; {AUCUNE_DONNEE}"
    for titre_maxi, valeur_maxi in ABREGES:
        tete = typographie(f"{dessin.nature} : {_abrege(titre, titre_maxi)} ; ")
        phrases, dites = _phrases(illustration, valeur_maxi), []
        for phrase in phrases[:4]:
            if len(f"{tete}{' ; '.join([*dites, phrase])}. {RENVOI}") <= ALTERNATIVE_MAXI:
                dites.append(phrase)
        if len(dites) >= min(2, len(phrases)):
            return typographie(f"{tete}{' ; '.join(dites)}. {RENVOI}")
    raise ErreurParametre(f"« {titre} » : intitulés trop longs pour décrire l'image. Donner alternative=.")


def _phrases(illustration: Illustration, maxi: int) -> list[str]:
    """Une phrase par ligne dessinée, selon le modèle du dessin ; au-delà de quatre, les extrêmes en tête."""
    cellules, options = illustration.cellules(), illustration.options
    intitules = cellules.iloc[:, 0]
    detail = cellules[~intitules.isin([*TOTAUX, illustration.protegee.publiable.total_ligne])]
    cellules = detail if len(detail) else cellules
    noms = [nom for _, nom, _, _ in string.Formatter().parse(illustration.dessin.phrase) if nom]
    mesure = options.get(noms[-1])
    if len(cellules) > 4 and isinstance(mesure, str):
        valeurs = pd.to_numeric(illustration.protegee.donnees.loc[cellules.index, mesure], errors="coerce")
        ordre = valeurs.dropna().sort_values(ascending=False, kind="stable").index
        extremes = list(dict.fromkeys([*ordre[:1], *ordre[-1:]]))
        cellules = cellules.loc[[*extremes, *cellules.index.difference(extremes, sort=False)]]
    colonnes = {nom: options.get(nom) for nom in noms}
    colonnes = {nom: voulue if isinstance(voulue, Mapping) else {voulue: ""} for nom, voulue in colonnes.items()}
    absentes = [colonne for suites in colonnes.values() for colonne in suites if colonne not in cellules]
    if absentes:
        raise ErreurParametre(
            f"« {illustration.titre} » : {absentes[0]!r} n'est pas une colonne montrée. "
            "L'ajouter à colonnes={...}, ou donner alternative=."
        )
    phrases = []
    for _, ligne in cellules.iterrows():
        dits = {nom: [f"{mot} {ligne[c]}".strip() for c, mot in suites.items()] for nom, suites in colonnes.items()}
        valeurs = {nom: _abrege(", ".join(dit), maxi) for nom, dit in dits.items()}
        phrases.append(illustration.dessin.phrase.format(**valeurs))
    return phrases


def _abrege(texte: str, longueur: int) -> str:
    """Un texte coupé entre deux mots ; les espaces insécables, donc les nombres, ne se coupent pas."""
    return texte if len(texte) <= longueur else texte[:longueur].rsplit(" ", 1)[0] + "…"


def _nombres(texte: str) -> set[str]:
    """Les nombres écrits dans un texte, espaces des milliers ôtées."""
    return {re.sub(r"[\u202f\u00a0 ]", "", trouve) for trouve in NOMBRE.findall(texte)}
