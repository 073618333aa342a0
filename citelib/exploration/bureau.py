"""Le bureau : choisir, voir un tableau ou un graphique, remonter aux lignes, apprendre l'appel équivalent."""

from __future__ import annotations

from citelib.chargement import Cite
from citelib.exploration.choix import choisir
from citelib.exploration.commandes import bandeau, ligne_de_code, montrer
from citelib.exploration.export import Ecrits, exporter
from citelib.exploration.regard import INTERNE, Regard
from citelib.secret import DIFFUSIONS


class Exploration(Regard):
    """
    Un regard sur la cité que les listes du bureau font changer, `changer` aussi.

    Rien n'y est masqué : pour la donner à quelqu'un, `exporter`, qui la protège.

    Args:
        cite: la cité.
        choix: ce qui est choisi.

    >>> import citelib                                            # doctest: +SKIP
    >>> cite = citelib.charger("data/miramas")                    # doctest: +SKIP
    >>> vue = citelib.exploration.explorer(cite, axe="A1")        # doctest: +SKIP
    >>> vue.tableau, vue.graphique(), vue.lignes, vue.code        # doctest: +SKIP
    """

    def exporter(self, *, diffusion: str = "cotech", vers: str = "exports", rapports: str = "reports") -> Ecrits:
        """Écrit ce que l'on voit, protégé pour un public : voir `exploration.exporter`."""
        return exporter(self, diffusion=diffusion, vers=vers, rapports=rapports)

    def html(self) -> str:
        """Le tableau, précédé de sa mention, suivi du code équivalent."""
        return f"{bandeau(self.avis)}{self.tableau.html()}{ligne_de_code(self.code)}"

    def texte(self) -> str:
        """Le titre, les cellules et le code."""
        return "\n".join(filter(None, [DIFFUSIONS[INTERNE].mention, self.avis, self.tableau.texte(), self.code]))

    def _ipython_display_(self) -> None:
        montrer(self)


def explorer(
    cite: Cite,
    *,
    annee: int | None = None,
    vue: str | None = None,
    axe: str | None = None,
    quartier: str | None = None,
    tranche_age: str | None = None,
    porteur: str | None = None,
) -> Exploration:
    """
    Explore une cité : des listes à dérouler dans JupyterLab, ou ces mêmes choix en paramètres.

    Args:
        cite: la cité, voir `charger`.
        annee: année du programme ; la dernière sinon.
        vue: code d'une vue (`VUES`) ou son titre ; la première sinon.
        axe, quartier, tranche_age, porteur: ce qu'il faut retenir, par code ou par libellé ; tout sinon.

    Raises:
        ErreurParametre: si un choix n'existe pas ; elle propose le plus proche.
    """
    voulus = {"annee": annee, "vue": vue, "axe": axe, "quartier": quartier}
    return Exploration(cite, choisir(cite, **voulus, tranche_age=tranche_age, porteur=porteur))
