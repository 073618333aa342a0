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
from typing import ClassVar

import matplotlib
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from citelib.erreurs import ErreurParametre
from citelib.figures.trame import LARGEUR, NOTRE, STYLE
from citelib.formats import typographie
from citelib.tableaux.cellules import AUCUNE_DONNEE, TOTAUX, badge, en_adresse, place, sur, telecharger, texte_source
from citelib.tableaux.publication import Publication
from citelib.tables import FICTIF

RESOLUTION, COULEURS_PNG = 200, 64
LIGNE = 25
"""Hauteur d'une ligne de titre, en centièmes de pouce."""
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

    genre: ClassVar[str] = "figure"
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
        """Le PNG de la page, qui écrit le titre elle-même."""
        titree = self._titree
        return _png(titree.crop((0, len(self._titre_coupe) * LIGNE * RESOLUTION // 100, *titree.size)))

    @functools.cached_property
    def image_titree(self) -> bytes:
        """Le PNG à reprendre ailleurs : il porte aussi son titre."""
        return _png(self._titree)

    @functools.cached_property
    def image_vectorielle(self) -> str:
        """La même, en SVG : nette à toute taille, textes en tracés, sans police à fournir."""
        tampon = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": NOTRE}):
            metadonnees = {"Date": None, "Title": typographie(self.titre)}
            self._figure.savefig(tampon, format="svg", metadata=metadonnees)
        return tampon.getvalue()

    @functools.cached_property
    def _titree(self) -> Image.Image:
        """Le dessin à 200 points par pouce, en 64 couleurs ; mêmes données, mêmes octets."""
        toile = FigureCanvasAgg(self._figure)
        toile.draw()
        self._figure.set_layout_engine("none")  # la mise en page est faite : le SVG garde la même
        brute = Image.frombuffer("RGBA", toile.get_width_height(), toile.buffer_rgba())
        return brute.convert("RGB").quantize(COULEURS_PNG, dither=Image.Dither.NONE)

    @functools.cached_property
    def _titre_coupe(self) -> list[str]:
        """Le titre, tel qu'il tient dans la largeur de l'image."""
        return textwrap.wrap(typographie(self.titre), 68)

    @functools.cached_property
    def _figure(self) -> Figure:
        """Le dessin et, autour de lui, son titre, « Données fictives » et sa source."""
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=(LARGEUR, 4), dpi=RESOLUTION, layout="constrained")
            ax = figure.add_subplot()
            ax.set_gid(NOTRE)
            notre = {"formats": self.formats} if hasattr(self.dessin, "nature") else {}
            self.dessin(self.protegee, ax=ax, **notre, **self.options)
            origine = f"{self.origine}, figure. " if self.origine else ""
            pied = textwrap.wrap(typographie(f"{origine}Source : {texte_source(self.source)}"), 112)
            figure.supxlabel("\n".join(pied), x=0.01, ha="left", fontsize=9)
            # le titre en haut, à hauteur comptée : la page montre la même image, coupée dessous
            tete = self._titre_coupe + ([FICTIF] if self.fictive else [])
            bandeau = len(tete) * LIGNE / 100
            hauteur = figure.get_figheight() + bandeau + 0.18 * len(pied)
            figure.set_figheight(hauteur)
            figure.get_layout_engine().set(rect=(0, 0, 1, 1 - bandeau / hauteur))
            for rang, texte in enumerate(tete):
                haut = 1 - (rang * LIGNE / 100 + 0.05) / hauteur
                figure.text(0.01, haut, texte, va="top", weight="bold", fontsize=12)
        return figure

    def html(self) -> str:
        """La figure en HTML ; la page qui l'accueille donnera son numéro."""
        ancre, titre = f"figure-{self.ancre}", sur(self.titre)
        sous_titre = f'<p class="sous-titre">{sur(self.sous_titre)}</p>' if self.sous_titre else ""
        legende, tete = f"{place('Figure {n}. ')}<strong>{titre}</strong>", f"{badge(self.fictive)}{sous_titre}"
        dessin, donnees = f'<p class="vide">{sur(self.raison)}</p>', ""
        if not self.vide:
            decrite = f'src="{en_adresse(self.image, "image/png")}" alt="{sur(self.alternative)}"'
            image = f'<img{_allure(self.image)} width="{LARGEUR_AFFICHEE}" {decrite}>'
            # sur un petit écran, l'image garde une taille lisible et défile dans sa zone, comme un tableau
            dessin = f'<div class="defile" role="region" tabindex="0" aria-labelledby="{ancre}-legende">{image}</div>'
            de = " de la figure {n}"
            images = {f"{self.ancre}.png": self.image_titree, f"{self.ancre}.svg": self.image_vectorielle.encode()}
            # elles sont dans le dossier du rapport : les mettre aussi dans la page la doublerait
            fichiers = [telecharger(octets, nom, f"figures/{nom}", "l'image", de) for nom, octets in images.items()]
            table = self.html_table(ancre, f"Données{place(de)}\u00a0: {titre}")
            donnees = (
                f'<details class="donnees"><summary>Voir les données{place(de)} en tableau</summary>{table}</details>'
                f'<p class="telecharger">{" · ".join([self.lien_csv(de), *fichiers])}</p>'
            )
        return (
            f'<figure class="constat" id="{ancre}" role="figure" aria-label="{titre}">'
            f'<figcaption id="{ancre}-legende">{legende}</figcaption>'
            f'<div class="bloc">{tete}{dessin}{self.html_notes()}</div>{donnees}</figure>'
        )

    def texte(self) -> str:
        """Titre, texte de remplacement et source."""
        return f"{typographie(self.titre)}\n{self.alternative}\nSource : {texte_source(self.source)}"

    def objet(self) -> dict:
        """Celui de `Publication`, plus `alternative`, `dessin`, ses `options` et `images`, vide s'il n'y a rien."""
        images = {}
        if not self.vide:
            images = {"png": base64.b64encode(self.image_titree).decode(), "svg": self.image_vectorielle}
        # une option qui nomme une colonne, ou plusieurs : un autre fichier saura la lire
        lisibles = {nom: option for nom, option in self.options.items() if isinstance(option, str | Mapping)}
        return super().objet() | {
            "alternative": self.alternative,
            "dessin": getattr(self.dessin, "__name__", ""),
            "options": {nom: dict(o) if isinstance(o, Mapping) else o for nom, o in lisibles.items()},
            "images": images,
        }

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        images = {"image/png": base64.b64encode(self.image_titree).decode()}
        return super()._repr_mimebundle_() | images, {"image/png": {"alt": self.alternative}}


def _png(image: Image.Image) -> bytes:
    tampon = io.BytesIO()
    # le niveau 9 gagnerait 8 % sur le poids, en six fois plus de temps
    image.save(tampon, format="PNG", compress_level=6, dpi=(RESOLUTION, RESOLUTION))
    return tampon.getvalue()


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
