"""Le relevé d'une année : la mesure de chaque indicateur, calculée, lue ou saisie.

La colonne `calcul` du référentiel dit d'où elle vient : un calcul de citelib (`calculs`), une formule de la cité
(`formules`), ou la table `valeurs`. Une valeur calculée l'emporte sur une valeur saisie.
"""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace

import pandas as pd

from citelib.chargement.formules import codes_cites, comprendre
from citelib.chargement.partage import une_fois
from citelib.contrats import Probleme
from citelib.contrats.formules import COLLECTE
from citelib.indicateurs.calculs import calculer
from citelib.indicateurs.formules import evaluer
from citelib.indicateurs.mesure import CALCULE, ESTIME, NON_COLLECTE, SANS_OBJET, Mesure, absente
from citelib.indicateurs.mesure import COLLECTE as COLLECTEE
from citelib.mesures import ic_wilson
from citelib.mesures.comptes import de_l_annee
from citelib.resultats.cibles import lire_valeur, objectifs

JUGES = ("objectifs_atteints", "objectifs_evaluables")
"""Calculs qui lisent le jugement des objectifs."""


class Releve:
    """Les mesures d'une année, chacune calculée une fois."""

    def __init__(self, cite, annee: int):
        self.cite, self.annee = cite, annee
        self.fiches = cite.indicateurs.set_index("indicateur_code", drop=False).to_dict("index")
        self.unites = {code: fiche["unite"] for code, fiche in self.fiches.items()}
        self.collectees = dict(list(de_l_annee(cite.valeurs, annee).groupby("indicateur_code")))
        self.faites: dict[str, Mesure] = {}

    def mesure(self, code: str) -> Mesure:
        """La mesure d'un indicateur ; une valeur saisie précise un calcul qui n'a que des bornes."""
        if code not in self.faites:
            self.faites[code] = self._mesurer(self.fiches[code])
        return self.faites[code]

    def _mesurer(self, fiche: dict) -> Mesure:
        formule = comprendre(fiche["calcul"], self.unites)
        if formule.fonction == COLLECTE:
            return self.collectee(fiche, personnes=formule.nom == "personnes")
        if formule.fonction:
            mesure = evaluer(formule, self.cite, self.annee, self.mesure)
        else:
            mesure = calculer(formule.nom, self._pour(formule.nom), self.annee)
        mesure = _avec_intervalle(mesure, fiche)
        if not pd.isna(mesure.valeur):
            return mesure
        saisie = self.collectee(fiche, personnes=mesure.personnes)
        bas, haut = mesure.bornes
        if pd.isna(saisie.valeur) or (mesure.connue and not bas <= saisie.valeur <= haut):
            return mesure
        gardees = {"borne_basse": bas, "borne_haute": haut} if mesure.connue else {}
        groupes = [groupe for groupe in (saisie.groupe, mesure.groupe) if not pd.isna(groupe)]
        return dataclasses.replace(saisie, **gardees, groupe=min(groupes, default=pd.NA))

    def _pour(self, calcul: str) -> object:
        """La cité que lit un calcul ; les objectifs se jugent sur les valeurs calculées, partout les mêmes."""
        if calcul not in JUGES:
            return self.cite
        tables = {nom: getattr(self.cite, nom) for nom in ("objectifs", "indicateurs", "beneficiaires")}
        return SimpleNamespace(**tables, valeurs=self.valeurs_completes)

    def lit_les_objectifs(self, code: str) -> bool:
        """Vrai si la valeur d'un indicateur dépend du jugement des objectifs : elle ne peut pas servir à les juger."""
        formule = comprendre(self.fiches[code]["calcul"], self.unites)
        return formule.nom in JUGES or any(map(self.lit_les_objectifs, codes_cites(formule)))

    @functools.cached_property
    def valeurs_completes(self) -> pd.DataFrame:
        """Les valeurs de la cité, celles de l'année remplacées par leur calcul là où un objectif les vise."""
        valeurs, calculees = self.cite.valeurs, []
        vises = set(de_l_annee(self.cite.objectifs, self.annee)["indicateur_code"].dropna())
        for code in [code for code in self.fiches if code in vises and not self.lit_les_objectifs(code)]:
            mesure = self.mesure(code)
            if mesure.origine == CALCULE and not pd.isna(mesure.valeur):
                calculees.append(_ligne_de_valeur(code, self.annee, mesure))
        if not calculees:
            return valeurs
        nouvelles = pd.DataFrame(calculees).reindex(columns=valeurs.columns).astype(valeurs.dtypes)
        refaites = valeurs["annee"].eq(self.annee) & valeurs["indicateur_code"].isin(nouvelles["indicateur_code"])
        return pd.concat([valeurs[~refaites], nouvelles], ignore_index=True)

    def collectee(self, fiche: dict, *, personnes: bool) -> Mesure:
        """La mesure que donne la table `valeurs`."""
        lignes = self.collectees.get(fiche["indicateur_code"])
        lu = lire_valeur(self.cite.valeurs.iloc[:0] if lignes is None else lignes, fiche)
        if "valeur" not in lu:
            sans_objet = lu["manque"] == SANS_OBJET
            return absente(lu["manque"], origine=SANS_OBJET if sans_objet else NON_COLLECTE)
        estimee = "valeur estimée" in lu["note"]
        bornes = {nom: lu[nom] for nom in ("borne_basse", "borne_haute") if nom in lu}
        appuis = {"n": lu["nb_base"], "groupe": lu["nb_plus_petit_groupe"]} if personnes else {}
        base = {} if personnes else {"denominateur": lu["nb_base"]}
        lue = {"valeur": lu["valeur"], "note": lu["note"], "origine": ESTIME if estimee else COLLECTEE}
        return Mesure(personnes=personnes, **lue, **bornes, **appuis, **base)


def _avec_intervalle(mesure: Mesure, fiche: dict) -> Mesure:
    """L'intervalle de Wilson d'une part d'échantillon ; rien sous le seuil de fiabilité de l'indicateur."""
    seuil = fiche["seuil_fiabilite"]
    if mesure.personnes and not pd.isna(seuil) and not pd.isna(mesure.n) and mesure.n < seuil:
        return absente("effectif sous le seuil de fiabilité", origine=CALCULE)
    sonde = fiche["nature"] == "echantillon" and fiche["unite"] == "part" and pd.isna(mesure.borne_haute)
    if not sonde or pd.isna(mesure.numerateur) or pd.isna(mesure.denominateur):
        return mesure
    estimation = ic_wilson(round(mesure.numerateur), round(mesure.denominateur))
    return dataclasses.replace(mesure, borne_basse=estimation.borne_basse, borne_haute=estimation.borne_haute)


@une_fois
def valeurs_completes(cite, *, annee: int) -> pd.DataFrame:
    """
    La table `valeurs`, où la valeur calculée de chaque indicateur de l'année remplace celle que l'on aurait saisie.

    Elle sert à juger les objectifs : un calcul qui n'a que des bornes n'y remplace rien, un indicateur qui se lit
    dans les objectifs non plus.
    """
    return Releve(cite, annee).valeurs_completes


@une_fois
def objectifs_juges(cite, *, annee: int) -> pd.DataFrame:
    """Les objectifs de l'année, jugés sur les valeurs calculées : les colonnes de `resultats.objectifs`."""
    completes = valeurs_completes(cite, annee=annee)
    return objectifs(cite.objectifs, cite.indicateurs, completes, annee=annee, beneficiaires=cite.beneficiaires)


def _ligne_de_valeur(code: str, annee: int, mesure: Mesure) -> dict:
    """Une mesure, écrite comme une ligne de la table `valeurs`."""
    lieu = {"indicateur_code": code, "annee": annee, "periode": str(annee), "niveau": "cite", "territoire_code": "cite"}
    termes = {"numerateur": mesure.numerateur, "denominateur": mesure.denominateur, "valeur": mesure.valeur}
    return lieu | termes | {"statut_valeur": "observee", "producteur": "calcul de citelib"}


def desaccords(cite, *, annee: int) -> list[Probleme]:
    """Un avertissement par valeur saisie qui contredit, de plus d'un arrondi, ce que les autres tables donnent."""
    releve, problemes = Releve(cite, annee), []
    for code, fiche in releve.fiches.items():
        calcul = fiche["calcul"]
        if code not in releve.collectees or pd.isna(calcul) or calcul.startswith(COLLECTE):
            continue
        saisie, mesure = releve.collectee(fiche, personnes=False), releve.mesure(code)
        if pd.isna(saisie.valeur) or mesure.origine != CALCULE or not mesure.connue:
            continue
        arrondi = 0.5 * 10 ** -len(f"{saisie.valeur:.10g}".partition(".")[2])
        bas, haut = mesure.bornes
        if not bas - arrondi - 1e-9 <= saisie.valeur <= haut + arrondi + 1e-9:
            message = f"{code} en {annee} : la valeur saisie n'est pas celle que donnent les autres tables"
            remede = "Vérifier les bilans ; le rapport montre la valeur calculée."
            lu = f"{saisie.valeur:.10g}".replace(".", ",")
            problemes.append(Probleme("avertissement", "valeurs", "", None, "valeur", lu, message, remede))
    return problemes
