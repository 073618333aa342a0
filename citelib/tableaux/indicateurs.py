"""Les indicateurs d'une page : un tableau court à lire, ses formules et ses limites dessous, et leur fichier JSON.

Les unités se mêlent d'une ligne à l'autre : chaque valeur s'écrit dans la sienne. Une valeur absente dit pourquoi.
"""

from __future__ import annotations

import json
from dataclasses import KW_ONLY, dataclass

import pandas as pd

from citelib.formats import ABSENT, INSECABLE, nombre, typographie
from citelib.secret import MARQUE, TableProtegee
from citelib.tableaux.cellules import place, texte_source, textes
from citelib.tableaux.publication import Tableau
from citelib.tables import FICTIF

RIEN = "–"
SCHEMA = "indicateurs/1"
"""Version du format JSON ; elle change si un champ change de sens ou disparaît. Voir docs/indicateurs.md."""
INTERNES = ("sans_personne", "nb_plus_petit_groupe", "nb_groupe_n1", "nb_groupe_n2")
"""Ce qui sert à protéger la table, et non à la lire."""
DECIMALES = 6
SENS = {
    "hausse": "la hausse est favorable",
    "baisse": "la baisse est favorable",
    "cible": "une zone est visée",
    "contexte": "de contexte, ne se juge pas",
}
"""Comment se lit un changement."""
ENTIERES = 1000
"""Au-dessus, les termes d'un rapport s'écrivent sans décimale."""


@dataclass(frozen=True, repr=False)
class TableauIndicateurs(Tableau):
    """
    Les indicateurs d'une page, un par ligne.

    Args:
        protegee: ce que rend `indicateurs.tableau`, protégé.
        annee: année du programme ; les deux d'avant ont leur colonne.
    """

    _: KW_ONLY
    annee: int

    def en_tetes(self) -> dict[str, str]:
        """Sept colonnes : le reste est sous le tableau et dans le fichier."""
        annees = {"valeur": str(self.annee), "nb_base": "Base"}
        annees |= {"valeur_n1": str(self.annee - 1), "valeur_n2": str(self.annee - 2)}
        return {"libelle": "Indicateur", **annees, "cible": "Cible", "origine": "Origine"}

    def cellules(self) -> pd.DataFrame:
        """Les textes affichés : code et intitulé, valeur et ses bornes, ou la raison de son absence."""
        donnees, montrees = self.protegee.donnees, super().cellules()
        for suite in ("", "_n1", "_n2"):
            montrees[f"valeur{suite}"] = self._valeurs(suite)
        for ligne, fiche in donnees.iterrows():
            montrees.loc[ligne, "libelle"] = typographie(f"{fiche['indicateur_code']} {fiche['libelle']}")
            if montrees.loc[ligne, "valeur"] == ABSENT and fiche["manque"]:
                montrees.loc[ligne, "valeur"] = typographie(fiche["manque"].removeprefix("valeur "))
            montrees.loc[ligne, "nb_base"] = self._base(ligne, montrees.loc[ligne, "nb_base"])
            cible, etat = montrees.loc[ligne, "cible"], fiche["etat"]
            montrees.loc[ligne, "cible"] = typographie(etat if cible == ABSENT else f"{cible} ({etat})")
        return montrees

    def _valeurs(self, suite: str) -> list[str]:
        """Les valeurs d'une année : « 61 % [52 % ; 70 %] », « 291 à 2 814 », ou la valeur seule."""
        noms = [f"{nom}{suite}" for nom in ("valeur", "borne_basse", "borne_haute")]
        ecrites, lues = [], textes(self.protegee, noms).assign(unite=self.protegee.donnees["unite"])
        for valeur, bas, haut, unite in lues.itertuples(index=False):
            bornee = ABSENT not in (bas, haut) and bas != haut
            if bornee and valeur == ABSENT:
                valeur = f"{bas} à {haut}"
            elif bornee and not suite:  # l'intervalle des années d'avant est dans le fichier
                valeur = f"{valeur} [{bas}{INSECABLE}; {haut}]"
            # les autres unités se lisent dans le format de la valeur, ou dans le nom de l'indicateur
            en_jours = unite == "jours" and valeur not in (ABSENT, MARQUE)
            ecrites.append(f"{valeur}{INSECABLE}jours" if en_jours else valeur)
        return ecrites

    def _base(self, ligne: object, effectif: str) -> str:
        """Sur quoi repose la valeur : « 36 sur 45 », ou « n = 119 » pour des personnes."""
        haut, bas = self.protegee.donnees.loc[ligne, ["numerateur", "denominateur"]]
        if not self.protegee.donnees.loc[ligne, "sans_personne"]:
            return f"n{INSECABLE}={INSECABLE}{effectif}" if effectif != ABSENT else RIEN
        if pd.isna(bas):
            return RIEN
        decimales = 0 if pd.isna(haut) or bas >= ENTIERES else int(haut % 1 != 0)
        return f"sur {nombre(bas)}" if pd.isna(haut) else f"{nombre(haut, decimales)} sur {nombre(bas)}"

    def est_chiffree(self, colonne: str) -> bool:
        """La cible et son état se lisent comme un texte."""
        return colonne != "cible" and super().est_chiffree(colonne)

    def html(self) -> str:
        """Le tableau, puis les formules, les sources et les limites, repliées."""
        if self.vide:
            return super().html()
        intitule = f"Calcul, source et limites de chaque indicateur{place(' du tableau {n}')}"
        details = _Details(self.protegee, titre=self.titre, source=self.source)
        resume = f"<summary>Voir le calcul, la source et les limites{place(' du tableau {n}')}</summary>"
        corps = details.html_table(f"details-{self.ancre}", intitule)
        return f'{super().html().removesuffix("</div>")}<details class="donnees">{resume}{corps}</details></div>'

    def csv(self) -> bytes:
        """Toutes les colonnes, chaque valeur en nombre et son unité à côté."""
        titres = {nom: nom for nom in self.protegee.donnees if nom not in INTERNES}
        return Tableau(self.protegee, titre=self.titre, source=self.source, colonnes=titres).csv()


class _Details(Tableau):
    """Ce qui explique chaque indicateur : comment il se calcule, qui le fournit, ce qu'il ne dit pas."""

    def en_tetes(self) -> dict[str, str]:
        """Trois colonnes : le code répète celui du tableau principal."""
        return {"indicateur_code": "Indicateur", "formule": "Calcul et source", "limites": "Notes et limites"}

    def cellules(self) -> pd.DataFrame:
        """Les textes réunis en phrases."""
        montrees, bis = super().cellules(), textes(self.protegee, ["valeur_bis"])["valeur_bis"]
        for ligne, fiche in self.protegee.donnees.iterrows():
            origine = f"Source : {fiche['source_habituelle']} ; producteur : {fiche['producteur']}"
            seconde = f"{bis[ligne]} {fiche['bis_libelle']}" if fiche["bis_libelle"] else ""
            montrees.loc[ligne, "formule"] = _phrases(fiche["formule"], origine, SENS[fiche["sens"]])
            montrees.loc[ligne, "limites"] = _phrases(seconde, fiche["note"], fiche["limites"])
        return montrees


def _phrases(*morceaux: str) -> str:
    """
    Des morceaux de texte, en phrases.

    >>> _phrases("actions réalisées", "", "Ne dit rien de la qualité.")
    'Actions réalisées. Ne dit rien de la qualité.'
    """
    return typographie(" ".join(f"{m[:1].upper()}{m[1:].rstrip('.')}." for m in morceaux if m))


def json_indicateurs(protegee: TableProtegee, *, cle: str, nom: str, annee: int, source: object) -> str:
    """
    Les indicateurs d'une année en JSON, d'après la seule table protégée ; mêmes données, mêmes octets.

    Args:
        protegee: ce que rend `indicateurs.tableau`, protégé.
        cle, nom: ceux de la cité.
        source: la source des chiffres ; elle dit s'ils sont inventés.

    Returns:
        Le texte du fichier, dont le format est décrit dans docs/indicateurs.md.
    """
    fictive = bool(getattr(source, "fictive", False))
    contenu = {"format": SCHEMA, "cite": cle, "nom": nom, "annee": annee}
    contenu |= {"diffusion": protegee.diffusion, "seuil": protegee.seuil, "donnees_fictives": fictive}
    contenu |= {"mention": FICTIF if fictive else "", "source": texte_source(source)}
    contenu |= {"notes": list(protegee.notes)}
    contenu |= {"indicateurs": [_en_json(protegee, rang, annee) for rang in range(len(protegee.donnees))]}
    return json.dumps(contenu, ensure_ascii=False, indent=1) + "\n"


def _en_json(protegee: TableProtegee, rang: int, annee: int) -> dict:
    """Un indicateur ; `etat_valeur` distingue une valeur masquée d'une valeur absente."""
    ligne, masque = protegee.donnees.iloc[rang], protegee.masque.iloc[rang]
    tous = {nom: _nombre(ligne[nom]) for nom in ligne.index if nom not in INTERNES}
    passees = {}
    for suite in (1, 2):
        lues = {nom.removesuffix(f"_n{suite}"): tous.pop(nom) for nom in list(tous) if nom.endswith(f"_n{suite}")}
        passees[str(annee - suite)] = lues | {"masquee": bool(masque[f"valeur_n{suite}"])}
    connue = any(tous[nom] is not None for nom in ("valeur", "borne_haute"))
    etat = "masquée" if masque["valeur"] else "publiée" if connue else "absente"
    noms = {"indicateur_code": "code", "nb_base": "effectif", "source_habituelle": "source"}
    return {noms.get(nom, nom): valeur for nom, valeur in tous.items()} | {
        "etat_valeur": etat,
        "annees_precedentes": passees,
    }


def _nombre(valeur: object) -> object:
    """Une valeur que JSON sait écrire, toujours de la même façon ; None si elle manque."""
    if isinstance(valeur, str):
        return valeur
    if pd.isna(valeur):
        return None
    arrondie = round(float(valeur), DECIMALES)
    return int(arrondie) if arrondie.is_integer() else arrondie
