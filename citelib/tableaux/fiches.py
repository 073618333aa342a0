"""Des fiches à publier : pour chaque ligne d'une table protégée, un pli et un tableau « prévu, réalisé ».

Elles ont une page à elles : cinquante fiches s'impriment sur douze pages, et quatre cents pèsent un mégaoctet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from citelib.formats import ABSENT
from citelib.mesures.comptes import ordonner
from citelib.tableaux.cellules import badge, place, sur
from citelib.tableaux.publication import Publication


@dataclass(frozen=True, repr=False)
class Fiches(Publication):
    """
    Une fiche par ligne d'une table protégée, son intitulé en première colonne ; `axe` les range, `statut` s'y lit.

    Args:
        protegee, titre, source, colonnes, sans, formats, sous_titre, lecture, champ, note: voir `Publication`.
        rubriques: intitulé d'une rubrique → colonne du prévu, et colonne du réalisé ; None s'il n'y en a pas,
            la rubrique tient alors sur les deux.
    """

    rubriques: Mapping[str, tuple[str, str | None]] = field(kw_only=True)

    def html(self) -> str:
        """Les fiches repliées, rangées, imprimées ouvertes ; la page qui les accueille donnera leur numéro."""
        ancre, intitule = f"tableau-{self.ancre}", f"{place('Tableau {n}. ')}<strong>{sur(self.titre)}</strong>"
        tete = f'{badge(self.fictive)}<p class="titre-tableau">{intitule}</p>'
        if self.vide:
            return f'<div class="tableau" id="{ancre}">{tete}<p>{sur(self.raison)}</p>{self.html_notes()}</div>'
        precisions = "".join(f'<p class="note legende">{sur(phrase)}</p>' for phrase in self.legende())
        cellules = self.cellules()
        groupes = dict(list(cellules.groupby("axe", sort=False)))
        corps = "".join(
            f"<h3>{sur(nom)}</h3>{''.join(map(self._fiche, groupes[nom].to_dict('records')))}"
            for nom in ordonner(groupes)
        )
        lien = f'<p class="telecharger">{self.lien_csv(" du tableau {n}")}</p>'
        corps = f'<div class="fiches">{corps}</div>{self.html_notes()}'
        return f'<div class="tableau" id="{ancre}">{tete}{precisions}{lien}{corps}</div>'

    def _fiche(self, cellules: Mapping[str, str]) -> str:
        """Une fiche : une rubrique par ligne, sans celles dont on ne sait rien."""
        intitule = next(iter(cellules.values()))
        lignes = "".join(self._ligne(nom, cellules, *colonnes) for nom, colonnes in self.rubriques.items())
        return (
            f'<details class="donnees fiche"><summary>{sur(intitule)} ({sur(cellules["statut"].lower())})</summary>'
            f"<table><caption><strong>{sur(intitule)}</strong></caption><thead><tr>"
            '<th scope="col">Rubrique</th><th scope="col">Prévu</th><th scope="col">Réalisé</th>'
            f"</tr></thead><tbody>{lignes}</tbody></table></details>"
        )

    @staticmethod
    def _ligne(nom: str, cellules: Mapping[str, str], prevu: str, realise: str | None) -> str:
        """Une rubrique : le prévu et le réalisé, ou une seule cellule ; rien si l'on n'en sait rien."""
        dits = [cellules.get(colonne, "") for colonne in (prevu, realise) if colonne]
        if {*dits} <= {"", ABSENT}:
            return ""
        if realise is None:
            corps = f'<td colspan="2">{sur(dits[0])}</td>'
        else:
            corps = "".join(f"<td>{sur(dit or ABSENT)}</td>" for dit in dits)
        return f'<tr><th scope="row">{sur(nom)}</th>{corps}</tr>'
