"""Les analyses qu'une règle ou un champ déclaré peut lire par leur nom, calculées et protégées une seule fois.

Un fichier de règles (gabarits/discussion.toml) ou de champs (instruments/revue_de_projet.toml) nomme une analyse,
une ligne et une colonne : il ne contient aucun calcul, et ne lit que ce que sa diffusion peut voir.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from citelib import partenariat, protocole, realisation, resultats
from citelib.chargement import Cite
from citelib.chargement.cite import Source
from citelib.constats.adresses import PAGES
from citelib.constats.analyse import Analyse
from citelib.constats.gardien import gardien
from citelib.erreurs import ErreurParametre
from citelib.formats import liste
from citelib.indicateurs import objectifs_juges
from citelib.mesures.comptes import ENSEMBLE
from citelib.secret import TableProtegee

AVEC = {"analyse": "colonne", "page": "section"}
"""Dans une déclaration, une clé → celle qu'il faut avec elle."""


def couverture_mesuree(
    objectifs, indicateurs, valeurs, actions, items, reponses_beneficiaires, axes_themes, transversaux, *, annee
) -> pd.DataFrame:
    """La matrice de couverture, sur les indicateurs mesurés cette année."""
    mesures = protocole.indicateurs_mesures(valeurs, items, reponses_beneficiaires, annee=annee)
    return protocole.couverture(
        objectifs, indicateurs, actions, axes_themes, transversaux, mesures=mesures, annee=annee
    )


def _objectifs_juges(cite, objectifs, indicateurs, valeurs, beneficiaires, *, annee) -> pd.DataFrame:
    """Les objectifs de l'année, jugés sur les valeurs calculées ; les tables nommées sont celles qu'il lit."""
    return objectifs_juges(cite, annee=annee)


ANALYSES: Mapping[str, Analyse] = {
    "actions_ajoutees": Analyse(realisation.actions_ajoutees),
    "age_et_sexe": Analyse(resultats.age_et_sexe),
    "beneficiaires": Analyse(resultats.beneficiaires),
    "budget": Analyse(realisation.budget),
    "cofinancement": Analyse(realisation.cofinancement),
    "collecte": Analyse(protocole.resume_collecte, sur=protocole.collecte),
    "completude": Analyse(realisation.completude),
    "decisions": Analyse(partenariat.decisions),
    "ecart_pilotes": Analyse(partenariat.ecart_pilotes),
    "etats_par_axe": Analyse(resultats.etats_par_axe, sur=_objectifs_juges),
    "evaluabilite": Analyse(protocole.evaluabilite_par_axe, sur=protocole.evaluabilite),
    "instances_tenues": Analyse(partenariat.instances_tenues),
    "part_en_quartier": Analyse(resultats.part_en_quartier),
    "memoire": Analyse(partenariat.memoire),
    "place_habitants": Analyse(partenariat.place_habitants),
    "presence": Analyse(partenariat.presence),
    "publics": Analyse(resultats.beneficiaires, options={"par": "type_public"}),
    "recommandations": Analyse(partenariat.recommandations),
    "satisfaction": Analyse(resultats.satisfaction),
    "taux_realisation": Analyse(realisation.taux_realisation, options={"par": "axe"}),
    "themes_evalues": Analyse(protocole.themes_evalues, sur=couverture_mesuree),
}
"""Les analyses par leur nom : les mêmes tables que celles des pages, donc les mêmes masques."""


class Lecteur:
    """
    Les analyses d'une cité et d'une année, protégées pour une diffusion ; chacune ne se calcule qu'une fois.

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """

    def __init__(self, cite: Cite, *, annee: int, diffusion: str) -> None:
        self.cite, self.annee, self.diffusion = cite, annee, diffusion
        self._proteger, self._faites = gardien(cite, annee=annee, diffusion=diffusion), {}

    def __call__(self, nom: str) -> TableProtegee:
        """
        Une analyse de `ANALYSES`, protégée.

        Raises:
            ErreurParametre: si aucune ne porte ce nom.
        """
        if nom not in ANALYSES:
            raise ErreurParametre(f"Analyse inconnue : « {nom} ». Choisir parmi : {', '.join(ANALYSES)}.")
        if nom not in self._faites:
            self._faites[nom] = self._proteger(ANALYSES[nom].calculer(self.cite, self.annee))
        return self._faites[nom]

    @property
    def tables(self) -> list[str]:
        """Les tables de la cité que les analyses lues jusqu'ici emploient."""
        return sorted({table for nom in self._faites for table in ANALYSES[nom].tables})

    def source(self, nom: str) -> Source:
        """La source d'une analyse, de l'année ou, pour ce qui regarde en arrière, de l'année d'avant."""
        annee = self.annee - (nom in ("recommandations", "memoire"))
        return self.cite.source(*ANALYSES[nom].tables, annee=annee)

    def cellule(self, champ: Mapping) -> tuple[object, bool]:
        """
        La cellule que nomme une déclaration (`analyse`, `colonne`, `ligne`), et vrai si elle est masquée.

        Sa valeur est None si elle est masquée, si la table est vide, ou si elle n'a pas cette ligne.

        Raises:
            ErreurParametre: si l'analyse ou la colonne n'existent pas.
        """
        protegee, colonne = self(champ["analyse"]), champ.get("colonne")
        donnees, intitule = protegee.donnees, champ.get("ligne", ENSEMBLE)
        if colonne not in donnees:
            raise ErreurParametre(
                f"L'analyse « {champ['analyse']} » n'a pas de colonne « {colonne} ». Colonnes : {', '.join(donnees)}."
            )
        if not donnees.iloc[:, 0].eq(intitule).any():
            return None, False
        return protegee.valeur(intitule, colonne), protegee.est_masquee(intitule, colonne)


def lire_declarations(
    chemin: Path, section: str, *, obligatoires: Iterable[str], facultatives: Iterable[str], choix: Mapping
) -> list[dict]:
    """
    Les sections [[section]] d'un fichier TOML, leurs clés et leurs renvois vérifiés.

    Args:
        chemin: le fichier.
        section: nom de ses sections.
        obligatoires, facultatives: leurs clés. Une analyse demande aussi une colonne ; une page, une section.
        choix: clé → ce qu'elle peut nommer, outre les analyses et les pages.

    Raises:
        ErreurParametre: avec le fichier, le rang de la section, ce qui manque et ce qui est permis.
    """
    try:
        lues = tomllib.loads(chemin.read_text(encoding="utf-8")).get(section, [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ErreurParametre(f"{chemin.name} : fichier TOML illisible ({erreur}).") from erreur
    if not isinstance(lues, list) or not all(isinstance(lue, dict) for lue in lues):
        raise ErreurParametre(f"{chemin.name} : attendu des sections [[{section}]].")
    permis = {"analyse": ANALYSES, "page": PAGES, **choix}
    for rang, lue in enumerate(lues, start=1):
        ou = f"{chemin.name}, [[{section}]] n° {rang}"
        manquent = [cle for cle in obligatoires if not lue.get(cle)]
        manquent += [suite for cle, suite in AVEC.items() if cle in lue and suite not in lue]
        inconnues = sorted(set(lue) - {*obligatoires, *facultatives})
        if manquent or inconnues:
            dites = f"absentes : {liste(manquent) or 'aucune'} ; inconnues : {liste(inconnues) or 'aucune'}"
            raise ErreurParametre(f"{ou} : clés {dites}.")
        for cle in lue.keys() & permis.keys():
            if str(lue[cle]) not in permis[cle]:
                raise ErreurParametre(f"{ou} : {cle} « {lue[cle]} » inconnu. Choisir parmi : {liste(permis[cle])}.")
    return lues
