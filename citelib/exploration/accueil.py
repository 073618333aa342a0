"""La première page du bureau : où l'on est, si les données sont saines, ce que dit l'année, par où commencer."""

from __future__ import annotations

import sys

import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, display

from citelib.chargement import Cite
from citelib.constats import constats_de_l_annee, essentiel
from citelib.contrats import Problemes
from citelib.erreurs import ErreurCitelib
from citelib.exploration.commandes import bandeau
from citelib.exploration.triable import LIGNES_MAXI, Triable, ecrire_table, itables
from citelib.formats import accord, cite_educative, date_longue, distincts
from citelib.secret import DIFFUSIONS
from citelib.tableaux.cellules import Affichable, sur

CONSTATS = {"code": "Code", "titre": "Constat", "phrase": "En une phrase", "reserve": "Réserve", "n": "Effectif"}


class Accueil(Affichable):
    """L'année d'une cité, en une page : ses données, ses premiers constats."""

    def __init__(self, cite: Cite, annee: int) -> None:
        self.cite, self.annee = cite, annee
        self.essentiel = essentiel(constats_de_l_annee(cite, annee=annee, diffusion="interne"))

    @property
    def titre(self) -> str:
        """La cité et l'année."""
        return f"{cite_educative(self.cite.nom)}, programme {self.annee}"

    @property
    def etat(self) -> str:
        """L'état des données, en une phrase."""
        combien, dits = len(self.cite.problemes), "aucun avertissement"
        if combien:
            dits = f"{accord(combien, 'avertissement')} : verifier(dossier) les montre"
        return f"Données arrêtées au {date_longue(self.cite.arrete_le(self.annee))}, {dits}."

    def html(self) -> str:
        """Le titre, l'état des données, le premier constat de chaque page du rapport."""
        return f"<h3>{sur(self.titre)}</h3>{bandeau()}<p>{sur(self.etat)}</p>{self.essentiel.html()}"

    def texte(self) -> str:
        """La même chose, sans mise en page."""
        return "\n".join([self.titre, DIFFUSIONS["interne"].mention, self.etat, self.essentiel.texte()])


def accueillir(cite: Cite, *, annee: int) -> Accueil:
    """
    Où l'on est, si les données sont saines, et ce que dit l'année.

    Raises:
        ErreurParametre: si la cité n'a pas de programme cette année-là.
    """
    return Accueil(cite, cite.annee_connue(annee))


def constats_de(cite: Cite, *, annee: int) -> Triable:
    """Tous les constats de l'année, à trier, où chercher ; leur code s'emploie dans `lignes_de`."""
    par_page = constats_de_l_annee(cite, annee=cite.annee_connue(annee), diffusion="interne")
    rangees = [[getattr(c, nom) for nom in CONSTATS] for constats in par_page.values() for c in constats]
    table = pd.DataFrame(rangees, columns=[*CONSTATS]).astype({"n": "Int64"})
    return Triable(table, f"Les constats de {annee}", CONSTATS)


def preparer() -> None:
    """
    Prépare un notebook : une erreur prévue y est une phrase ; tables et problèmes s'y trient, si itables est installé.

    Hors d'un notebook, ne fait rien.
    """
    notebook = get_ipython()
    if notebook is None:
        return
    notebook.set_custom_exc((ErreurCitelib,), dire_sans_trace)
    if itables is None:
        return
    itables.init_notebook_mode(all_interactive=False, connected=False)
    html = notebook.display_formatter.formatters["text/html"]
    html.for_type(pd.DataFrame, lambda table: table_de_pandas(table).html())
    html.for_type(Problemes, problemes_en_html)
    display(HTML(f"<p>{sur('Bureau prêt : les tableaux se trient et se fouillent, sans réseau.')}</p>"))


def dire_sans_trace(
    notebook: object, genre: type, erreur: ErreurCitelib, trace: object, tb_offset: object = None
) -> None:
    """Écrit ce que dit une erreur prévue ; IPython montrerait d'abord quarante lignes de programme."""
    print(f"Erreur : {erreur}", file=sys.stderr)


def problemes_en_html(problemes: Problemes) -> str:
    """Les problèmes des données, à trier, sous des titres français ; une phrase s'il n'y en a pas."""
    if not problemes:
        return problemes._repr_html_()
    return Triable(problemes.table, f"{accord(len(problemes), 'problème')} dans les données").html()


def table_de_pandas(table: pd.DataFrame) -> Triable:
    """
    Une table de pandas, à trier : ses noms de colonnes et ses codes tels quels, pour les employer dans une cellule.

    Args:
        table: la table ; un index qui a un nom en fait les premières colonnes.

    >>> table_de_pandas(pd.DataFrame({"statut": ["realisee"], "n": [2]})).textes.to_dict("records")
    [{'statut': 'realisee', 'n': '2'}]
    """
    nomme = any(nom is not None for nom in table.index.names)
    ecrite = table.reset_index() if nomme and not set(table.index.names) & {*table.columns} else table
    noms = [" ".join(map(str, nom)) if isinstance(nom, tuple) else str(nom) for nom in ecrite]
    ecrite = ecrite.set_axis(distincts(noms), axis=1)
    return Triable(ecrite, ecrits=ecrire_table(ecrite.head(LIGNES_MAXI), tel_quel=True))
