"""Les listes à dérouler du bureau, avec ipywidgets ; sans lui, le tableau et la ligne de code."""

from __future__ import annotations

from html import escape

from IPython.display import HTML, display

try:
    import ipywidgets
except ImportError:  # l'extra « exploration » n'est pas installé : il reste les paramètres
    ipywidgets = None

from citelib.erreurs import ErreurCitelib
from citelib.exploration.choix import TITRES
from citelib.exploration.export import exporter
from citelib.exploration.regard import Regard
from citelib.exploration.vues import DIMENSIONS
from citelib.formats import typographie
from citelib.secret import DIFFUSIONS
from citelib.tableaux.cellules import sur

TOUT = ("Tout", "")
"""Ce que montre la liste d'un filtre qui n'est pas posé ; pour ipywidgets, None serait une liste vide."""
POUR_QUI = {"cotech": "le comité technique", "public": "tout le monde", "interne": "l'équipe (ne pas diffuser)"}
"""Diffusion → ce qu'en dit la liste."""
ETIQUETTE = {"description_width": "8em"}


def bandeau(avis: str = "") -> str:
    """La mention « Document interne », et ce qu'il faut savoir avant de lire."""
    suite = f"<p>{sur(avis)}</p>" if avis else ""
    return f"<p><strong>{sur(DIFFUSIONS['interne'].mention)}</strong></p>{suite}"


def ligne_de_code(code: str) -> str:
    """Le code équivalent à ce qui est montré."""
    return f"<p>{sur('Code équivalent :')}</p><pre><code>{escape(code)}</code></pre>"


def montrer(regard: Regard) -> None:
    """Montre un regard dans un notebook : ses listes si ipywidgets est installé, son tableau sinon."""
    if ipywidgets is None:
        display(HTML(regard.html()))
    else:
        display(Commandes(regard).boite)


class Commandes:
    """
    Des listes étiquetées, « Tableau / Graphique », et de quoi exporter ce que l'on voit.

    Args:
        regard: ce qu'elles font changer ; la variable du notebook suit donc ce que l'on voit.
    """

    def __init__(self, regard: Regard) -> None:
        self.regard, self._en_cours = regard, False
        self.listes = {nom: self._liste(titre) for nom, titre in TITRES.items()}
        self.forme = ipywidgets.ToggleButtons(options=["Tableau", "Graphique"], description="Montrer", style=ETIQUETTE)
        self.public = self._liste("Pour qui")
        self.public.options, self.public.value = [(typographie(dit), nom) for nom, dit in POUR_QUI.items()], "cotech"
        self.bouton = ipywidgets.Button(description="Exporter ce que je vois", layout={"width": "16em"})
        self.sortie, self.compte_rendu = ipywidgets.Output(), ipywidgets.Output()
        self._remplir()
        for commande in (*self.listes.values(), self.forme):
            commande.observe(self._changer, names="value")
        self.bouton.on_click(self._exporter)
        a_la_ligne = {"flex_flow": "row wrap"}
        listes = ipywidgets.HBox([*self.listes.values()], layout=a_la_ligne)
        export = ipywidgets.HBox([self.public, self.bouton], layout=a_la_ligne)
        self.boite = ipywidgets.VBox([listes, self.forme, self.sortie, export, self.compte_rendu])
        self._dessiner()

    def _liste(self, titre: str):
        """Une liste à dérouler et son étiquette ; celle des vues est plus large que les autres."""
        largeur = "38em" if titre == TITRES["vue"] else "27em"
        return ipywidgets.Dropdown(description=typographie(titre), style=ETIQUETTE, layout={"width": largeur})

    def _remplir(self) -> None:
        """Met dans chaque liste ce que l'année permet, et ce qui est choisi."""
        for nom, connus in self.regard.possibles.items():
            tout = [TOUT] if nom in DIMENSIONS else []
            self.listes[nom].options = [*tout, *((libelle, code) for code, libelle in connus.items())]
            self.listes[nom].value = getattr(self.regard.choix, nom) or ""

    def _changer(self, _) -> None:
        """Suit les listes ; un choix que l'année nouvelle ne connaît pas (un quartier, un porteur) est levé."""
        if self._en_cours:
            return
        self._en_cours = True
        try:
            voulus = {nom: liste.value for nom, liste in self.listes.items()}
            actuelle = self.regard.changer(annee=voulus["annee"], **dict.fromkeys(DIMENSIONS))
            connus = actuelle.possibles
            actuelle.changer(**{nom: code for nom, code in voulus.items() if code in connus[nom]})
            self._remplir()
        finally:
            self._en_cours = False
        self._dessiner()

    def _dessiner(self) -> None:
        """Montre le tableau ou le graphique, et le code équivalent."""
        actuelle = self.regard
        self.compte_rendu.clear_output()
        self.sortie.clear_output(wait=True)
        with self.sortie:
            display(HTML(bandeau(actuelle.avis)))
            try:
                display(actuelle.tableau if self.forme.value == "Tableau" else actuelle.graphique())
            except ErreurCitelib as erreur:
                display(HTML(f"<p>{sur(erreur)}</p>"))
            display(HTML(ligne_de_code(actuelle.code)))

    def _exporter(self, _) -> None:
        """Exporte ce que l'on voit, et dit où, ou pourquoi c'est refusé."""
        self.compte_rendu.clear_output(wait=True)
        try:
            html = exporter(self.regard, diffusion=self.public.value)._repr_html_()
        except ErreurCitelib as erreur:
            html = f"<p>{sur(erreur)}</p>"
        with self.compte_rendu:
            display(HTML(html))
