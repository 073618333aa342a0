"""Ce que l'on regarde d'une cité : une vue, une année, des filtres ; son tableau, son graphique, ses lignes.

Rien n'y est masqué en diffusion interne. Pour un autre public, `entiere` passe par la même porte que le rapport, et
`refuser` arrête ce qui s'en retrancherait : voir `export`.
"""

from __future__ import annotations

from typing import Self

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.cite import Source
from citelib.constats.gardien import FAMILLES, gardien
from citelib.contrats import Publiable
from citelib.erreurs import ErreurSecret
from citelib.exploration.choix import TITRES, Choix, choisir, possibles
from citelib.exploration.filtres import filtrer
from citelib.exploration.lignes import Lignes, lignes_de_la_cite
from citelib.exploration.triable import Triable
from citelib.exploration.vues import DIMENSIONS, VUES, Vue
from citelib.figures import Illustration
from citelib.formats import cite_educative, liste, typographie
from citelib.secret import DIFFUSIONS, TableProtegee
from citelib.tableaux import Tableau
from citelib.tableaux.cellules import Affichable

INTERNE = "interne"
QUE_FAIRE = (
    "Exporter la vue sans ce filtre, choisir « l'équipe », ou demander que le rapport publie cette découpe, protégée "
    "avec les autres (docs/guide/ajouter.md, « Une page »)."
)


class Regard(Affichable):
    """
    Une vue de la cité, filtrée, et tout ce qui s'en montre.

    Args:
        cite: la cité.
        choix: ce qui est choisi.
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

    def changer(self, **voulus: object) -> Self:
        """
        Change ce qui est choisi ; None lève un filtre. Rend le même regard, pour enchaîner.

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
            ErreurSecret: si elle ne peut sortir de l'équipe, voir `refuser`.
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


def refuser(regard: Regard) -> None:
    """
    Arrête ce qui ne peut pas sortir sans qu'un lecteur le retranche de ce qui est publié.

    Raises:
        ErreurSecret: avec la raison.
    """
    contrat: Publiable = regard.calculer().attrs["publiable"]
    personnes = bool(contrat.effectifs or contrat.population)
    raison = ""
    if personnes and regard.recomptee:
        raison = (
            "Cette vue compte des personnes, et le filtre la recompte : retranchée des tableaux publiés, elle "
            "laisserait deviner un petit effectif."
        )
    elif personnes and regard.vue.analyse not in FAMILLES.get(contrat.population, ()):
        raison = "Cette vue compte des personnes, et aucun plan de masquage ne la connaît."
    elif contrat.montants and regard.recomptee:
        raison = "Cette vue dit des montants qui ne sont pas publics, et le filtre la recompte."
    if raison:
        raise ErreurSecret(typographie(f"« {regard.titre} » : export refusé. {raison} {QUE_FAIRE}"))
