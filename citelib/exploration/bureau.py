"""Le bureau : choisir, voir un tableau ou un graphique, remonter aux lignes, apprendre l'appel équivalent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.cite import Source
from citelib.constats.gardien import gardien
from citelib.exploration.choix import DIMENSIONS, TITRES, Choix, choisir, possibles
from citelib.exploration.commandes import bandeau, ligne_de_code, montrer
from citelib.exploration.export import INTERNE, exporter, refuser
from citelib.exploration.filtres import filtrer
from citelib.exploration.lignes import Lignes, lignes_de_la_cite
from citelib.exploration.triable import Triable
from citelib.exploration.vues import VUES, Vue
from citelib.figures import Illustration
from citelib.formats import cite_educative, liste, typographie
from citelib.secret import DIFFUSIONS, TableProtegee
from citelib.tableaux import Tableau
from citelib.tableaux.cellules import Affichable


class Exploration(Affichable):
    """
    Une vue de la cité, filtrée ; les listes du bureau la font changer, `changer` aussi.

    Rien n'y est masqué : pour la donner à quelqu'un, `exporter`, qui la protège.

    Args:
        cite: la cité.
        choix: ce qui est choisi.

    >>> import citelib                                            # doctest: +SKIP
    >>> cite = citelib.charger("data/miramas")                    # doctest: +SKIP
    >>> vue = citelib.exploration.explorer(cite, axe="A1")        # doctest: +SKIP
    >>> vue.tableau, vue.graphique(), vue.lignes, vue.code        # doctest: +SKIP
    """

    def __init__(self, cite: Cite, choix: Choix) -> None:
        self.cite, self.choix = cite, choix

    def __dir__(self) -> list[str]:
        return sorted(nom for nom in super().__dir__() if not nom.startswith("_"))

    @property
    def vue(self) -> Vue:
        """La vue choisie."""
        return VUES[self.choix.vue]

    @property
    def possibles(self) -> dict[str, dict]:
        """Ce que l'on peut choisir cette année-là : nom → code → libellé."""
        return possibles(self.cite, self.choix.annee)

    def changer(self, **voulus: object) -> Exploration:
        """
        Change ce qui est choisi ; None lève un filtre. Rend la même exploration, pour enchaîner.

        Args:
            voulus: `annee`, `vue`, `axe`, `quartier`, `tranche_age`, `porteur`, par code ou par libellé.

        Raises:
            ErreurParametre: si un choix n'existe pas ; rien n'est alors changé.
        """
        actuels = {nom: getattr(self.choix, nom) for nom in TITRES}
        self.choix = choisir(self.cite, **{**actuels, **voulus})
        return self

    @property
    def filtres(self) -> dict[str, str]:
        """Les filtres qui ont un effet sur cette vue."""
        utiles = (*self.vue.filtres, self.vue.lignes)
        return {nom: code for nom, code in self.choix.filtres.items() if nom in utiles}

    @property
    def recomptee(self) -> bool:
        """Vrai si un filtre fait recompter la vue ; faux s'il n'y choisit que des lignes."""
        return any(nom in self.vue.filtres for nom in self.filtres)

    def calculer(self) -> pd.DataFrame:
        """La table de la vue, non protégée, sur ce que les filtres retiennent ; toutes ses lignes."""
        voulus = {nom: code for nom, code in self.filtres.items() if nom in self.vue.filtres}
        analyse = self.vue.analyse
        cite = filtrer(self.cite, voulus, analyse.tables) if voulus else self.cite
        return analyse.calculer(cite, self.choix.annee)

    def entiere(self, diffusion: str) -> TableProtegee:
        """
        La table de la vue, telle que ce public peut la voir, toutes ses lignes.

        Raises:
            ErreurSecret: si elle ne peut sortir de l'équipe, voir `export.refuser`.
            ErreurParametre: si la diffusion n'existe pas.
        """
        proteger = gardien(self.cite, annee=self.choix.annee, diffusion=diffusion)
        if diffusion != INTERNE:
            refuser(self)
        return proteger(self.calculer())

    def protegee(self, diffusion: str) -> TableProtegee:
        """La même, réduite à la ligne choisie s'il y en a une."""
        entiere, voulue = self.entiere(diffusion), self.filtres.get(self.vue.lignes)
        if voulue is None:
            return entiere
        connus = {typographie(voulue), self.possibles[self.vue.lignes][voulue]}
        intitules = entiere.donnees.iloc[:, 0].map(lambda dit: typographie(str(dit)))
        return entiere.retenir(intitules.isin(connus))

    @property
    def tableau(self) -> Triable:
        """Le tableau de la vue, où trier et chercher ; `.donnees` est la table de pandas."""
        publie = Tableau(self.protegee(INTERNE), **self._publie)
        vide = publie.raison if publie.vide else ""
        notes = (vide, *publie.legende(), *(f"{nom} : {dite}" for nom, dite in publie.notes().items()))
        return Triable(publie.protegee.donnees, self.titre, publie.en_tetes(), publie.cellules(), notes)

    def graphique(self, diffusion: str = INTERNE) -> Illustration:
        """
        Le graphique de la vue, avec son texte de remplacement et ses données.

        Args:
            diffusion: public visé ; il se voit ici, mais ne sort que par `exporter`.

        Raises:
            ErreurSecret, ErreurParametre: voir `entiere`.
        """
        protegee = self.protegee(diffusion)
        origine = ". ".join(filter(None, [DIFFUSIONS[diffusion].mention, cite_educative(self.cite.nom)]))
        return Illustration(protegee, self.vue.dessin, options=self.vue.options, origine=origine, **self._publie)

    @property
    def _publie(self) -> dict:
        """Ce que le tableau et le graphique ont en commun."""
        return {"titre": self.titre, "source": self.source, "note": self.vue.note, "sans": self.vue.sans}

    @property
    def lignes(self) -> Lignes:
        """Les lignes des tables de la cité d'où vient la vue, avec le fichier et la ligne de chacune."""
        return lignes_de_la_cite(self.cite, self.vue.analyse.tables, annee=self.choix.annee, filtres=self.filtres)

    @property
    def source(self) -> Source:
        """D'où viennent ses chiffres."""
        return self.cite.source(*self.vue.analyse.tables, annee=self.choix.annee)

    @property
    def titre(self) -> str:
        """Ce que l'on voit : la vue, l'année, les filtres."""
        dits = [self.possibles[nom][code] for nom, code in self.filtres.items()]
        return typographie(", ".join([self.vue.titre, str(self.choix.annee), *dits]))

    @property
    def code(self) -> str:
        """L'appel qui montre la même chose, à recopier dans une cellule."""
        choix = {"annee": self.choix.annee, "vue": self.choix.vue, **self.choix.filtres}
        return f"exploration.explorer(cite, {', '.join(f'{nom}={valeur!r}' for nom, valeur in choix.items())})"

    @property
    def avis(self) -> str:
        """Les filtres choisis qui ne changent rien à cette vue ; vide s'il n'y en a pas."""
        vains = [TITRES[nom].lower() for nom in DIMENSIONS if nom in self.choix.filtres and nom not in self.filtres]
        return typographie(f"Sans effet sur cette vue : {liste(vains)}.") if vains else ""

    def exporter(self, *, diffusion: str = "cotech", vers: str = "exports", rapports: str = "reports") -> list[Path]:
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
