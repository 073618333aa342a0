"""Un tableau que l'on trie et où l'on cherche, sans réseau : itables s'il est installé, un tableau simple sinon.

Les textes se lisent en français (« 1 234 », « 45 % ») et se trient comme les nombres et les dates qu'ils disent :
chaque colonne de nombres a, cachée, une colonne qui donne l'ordre.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

try:
    import itables
except ImportError:  # l'extra « exploration » n'est pas installé : les tableaux restent simples
    itables = None

from citelib.formats import distincts, nombre, typographie
from citelib.tableaux.cellules import AUCUNE_DONNEE, FORMATS, Affichable, sur, texte_cellule

LIGNES_MAXI = 2000
"""Lignes qu'un tableau du bureau montre au plus ; au-delà, une phrase le dit, et `donnees` les a toutes."""
LANGUE = {
    "emptyTable": AUCUNE_DONNEE,
    "info": "Lignes _START_ à _END_ sur _TOTAL_",
    "infoEmpty": "Aucune ligne",
    "infoFiltered": "(parmi _MAX_)",
    "lengthMenu": "Montrer _MENU_ lignes",
    "loadingRecords": "Chargement…",
    "processing": "Calcul…",
    "search": "Chercher :",
    "zeroRecords": "Aucune ligne ne contient ce texte.",
    "thousands": "\u202f",
    "decimal": ",",
    "aria": {"orderable": " : trier", "orderableReverse": " : trier à rebours", "orderableRemove": " : ne plus trier"},
    "paginate": {"first": "«", "last": "»", "next": "›", "previous": "‹"},
}  # fmt: skip

ATTENTE = re.compile(r"Loading ITables.*?\(need .*?\)", re.S)
"""Ce qu'itables montre, en anglais, le temps que son script s'exécute."""
TRI = "function (texte, usage, ligne) {{ return usage === 'sort' || usage === 'type' ? ligne[{}] : texte; }}"
"""Trier une colonne d'après la colonne cachée de ce rang, et montrer son texte."""
DISPOSITION = {"topStart": "search", "topEnd": "pageLength", "bottomStart": "info", "bottomEnd": "paging"}


@dataclass(frozen=True, repr=False)
class Triable(Affichable):
    """
    Une table à lire, à trier, où chercher.

    Args:
        donnees: ses valeurs.
        titre: ce qu'elle montre.
        en_tetes: colonne → titre affiché ; toutes, sous leur nom, sinon.
        ecrits: les textes affichés, sous leur nom de colonne ; écrits d'après les valeurs sinon.
        notes: phrases à lire sous la table.
    """

    donnees: pd.DataFrame
    titre: str = ""
    en_tetes: Mapping[str, str] = field(default_factory=dict)
    ecrits: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()

    @property
    def textes(self) -> pd.DataFrame:
        """Ce qui s'affiche, au plus `LIGNES_MAXI` lignes, sous les titres affichés."""
        ecrits = ecrire_table(self._montrees) if self.ecrits is None else self.ecrits[[*self._montrees]]
        return ecrits.head(LIGNES_MAXI).rename(columns={n: typographie(t) for n, t in self.en_tetes.items()})

    @property
    def dites(self) -> list[str]:
        """Les notes, et ce qui n'est pas montré."""
        trop = len(self.donnees) - LIGNES_MAXI
        suite = f"{nombre(LIGNES_MAXI)} lignes montrées sur {nombre(len(self.donnees))}." if trop > 0 else ""
        return [note for note in (*self.notes, suite) if note]

    @property
    def _montrees(self) -> pd.DataFrame:
        return self.donnees[list(self.en_tetes) or list(self.donnees)].head(LIGNES_MAXI)

    def html(self) -> str:
        """Le tableau, interactif si itables est installé."""
        corps = _simple(self.textes) if itables is None else _interactif(self.textes, self._ordre())
        titre = f"<p><strong>{sur(self.titre)}</strong></p>" if self.titre else ""
        return titre + corps + "".join(f"<p>{sur(note)}</p>" for note in self.dites)

    def texte(self) -> str:
        """Le titre et les cellules, sans mise en page."""
        return "\n".join(filter(None, [typographie(self.titre), self.textes.to_string(index=False), *self.dites]))

    def _ordre(self) -> dict[int, list]:
        """Rang d'une colonne de nombres ou de dates → ce qui la trie ; une valeur absente vient en dernier."""
        triees = {}
        for rang, (_, valeurs) in enumerate(self._montrees.items()):
            if pd.api.types.is_datetime64_any_dtype(valeurs) or pd.api.types.is_numeric_dtype(valeurs):
                triees[rang] = valeurs.rank(method="dense", na_option="bottom").astype(int).tolist()
        return triees


def ecrire_table(table: pd.DataFrame, *, tel_quel: bool = False) -> pd.DataFrame:
    """
    Toutes les cellules d'une table, en français ; options de `ecrire`.

    >>> ecrire_table(pd.DataFrame({"annee": [2024], "nb": [2024]})).iloc[0].tolist()
    ['2024', '2\u202f024']
    """
    ecrites = {
        nom: colonne.map(functools.partial(ecrire, colonne=nom, tel_quel=tel_quel)) for nom, colonne in table.items()
    }
    return pd.DataFrame(ecrites, index=table.index, dtype=object)


def ecrire(valeur: object, *, colonne: str = "", tel_quel: bool = False) -> str:
    """
    Une cellule, en français ; vide si elle l'est.

    Args:
        valeur: ce qu'elle contient.
        colonne: nom de sa colonne ; une année s'écrit sans espace.
        tel_quel: garder un texte comme il est, au lieu du libellé de son code.

    >>> ecrire("realisee"), ecrire("realisee", tel_quel=True), ecrire(2.5), ecrire(None), ecrire(2024, colonne="annee")
    ('Réalisée', 'realisee', '2,50', '', '2024')
    """
    if tel_quel and isinstance(valeur, str):
        return valeur
    if not isinstance(valeur, tuple | list) and pd.isna(valeur):
        return ""
    annee = colonne.startswith("annee")
    return texte_cellule(valeur, format=FORMATS["annee_"] if annee else lambda lu: nombre(lu, 0 if lu % 1 == 0 else 2))


def _simple(textes: pd.DataFrame) -> str:
    """Un tableau sans script, ce que l'on voit quand itables n'est pas installé."""
    tete = "".join(f'<th scope="col">{sur(titre)}</th>' for titre in textes)
    lignes = (
        "".join(f"<td>{sur(cellule)}</td>" for cellule in ligne) for ligne in textes.itertuples(index=False, name=None)
    )
    corps = "".join(f"<tr>{ligne}</tr>" for ligne in lignes)
    return f"<table><thead><tr>{tete}</tr></thead><tbody>{corps}</tbody></table>"


def _interactif(textes: pd.DataFrame, ordre: Mapping[int, list]) -> str:
    """Le tableau d'itables : textes échappés, colonnes de tri cachées, mots français, aucune requête."""
    cachees = {f"ordre de {rang}": valeurs for rang, valeurs in ordre.items()}
    complete = pd.concat(
        [textes.reset_index(drop=True).set_axis(distincts(textes), axis=1), pd.DataFrame(cachees)], axis=1
    )
    premiere = len(textes.columns)
    # un tri déclaré par orderData marquerait la colonne cachée, et un lecteur d'écran ne saurait pas ce qui est trié
    triees = [
        {"targets": rang, "render": itables.JavascriptFunction(TRI.format(premiere + place))}
        for place, rang in enumerate(ordre)
    ]
    cotes = [{"targets": rang, "className": "dt-right" if rang in ordre else "dt-left"} for rang in range(premiere)]
    caches = [{"targets": premiere + place, "visible": False, "searchable": False} for place in range(len(ordre))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # des avis en anglais sur des types que nous avons déjà écrits
        html = itables.to_html_datatable(
            complete,
            connected=False,
            columnDefs=[*triees, *cotes, *caches],
            language=LANGUE,
            layout=DISPOSITION,
            classes="display compact",
            display_logo_when_loading=False,
            lengthMenu=[10, 25, 100],
            maxBytes=0,
            showIndex=False,
            text_in_header_can_be_selected=False,  # un clic sur le titre trie, où qu'il tombe
            allow_html=False,
        )
    return ATTENTE.sub("Chargement du tableau…", html)
