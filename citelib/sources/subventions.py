"""Les subventions au format national SCDL : lire celles que publient les financeurs, écrire celles de la cité.

Le schéma (Subventions 2.1.1, schema.data.gouv.fr) est déclaré une fois, avec ses noms officiels. La version 1 se lit
aussi : ses périodes s'écrivent avec « _ » là où la 2 met « / », et elle n'a ni RNA ni dispositif. Une ligne publiée ne
devient un financement que si l'on sait sans doute de quelle action elle parle.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import en_texte, lire_fichier
from citelib.contrats import SIRET, Colonne, Entre, Motif, Parmi, Probleme, Table, sans_accent
from citelib.contrats.typage import Lecture, sans_blancs, typer
from citelib.erreurs import ErreurParametre
from citelib.formats import accord
from citelib.sources import Apport
from citelib.tables import FINANCEURS, PAR_NOM

JOUR = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
PERIODE = Motif(rf"{JOUR}(?:/{JOUR})?", "une date AAAA-MM-JJ, ou une période AAAA-MM-JJ/AAAA-MM-JJ")
COURT = Motif(r"[\s\S]{1,256}", "un texte de 256 caractères au plus")
RNA = PAR_NOM["structures"].colonne("rna").contraintes[0]
NATURES = {"numeraire": "aide en numéraire", "valorisation": "aide en nature"}
LES_DEUX = ("aide en numéraire;aide en nature", "aide en nature;aide en numéraire")
_texte = partial(Colonne, type="texte", obligatoire=True)

SCDL = Table(
    "subventions",
    "Subventions attribuées (SCDL 2.1.1)",
    "subvention et bénéficiaire",
    ("idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "objet", "montant"),
    (
        _texte("nomAttribuant", titre="Nom de l'attribuant", exemple="Région Bretagne"),
        _texte("idAttribuant", titre="SIRET de l'attribuant", exemple="23350001600040", contraintes=(SIRET,)),
        Colonne("dateConvention", "date", "Date de la convention", "2017-06-27", obligatoire=True),
        Colonne("referenceDecision", "texte", "Référence de la décision", "2017-03-103"),
        _texte("nomBeneficiaire", titre="Nom du bénéficiaire", exemple="Association fictive"),
        Colonne("idBeneficiaire", "texte", "SIRET du bénéficiaire", "38047555800058", (SIRET,)),
        Colonne("rnaBeneficiaire", "texte", "RNA du bénéficiaire", "W380475558", (RNA,)),
        _texte("objet", titre="Objet de la subvention", exemple="Forum des métiers", contraintes=(COURT,)),
        Colonne("montant", "nombre", "Montant total, avant partage entre bénéficiaires", "47800.20", obligatoire=True),
        _texte("nature", titre="Nature", exemple=NATURES["numeraire"], contraintes=(Parmi((*NATURES.values(), *LES_DEUX)),)),
        _texte("conditionsVersement", titre="unique, échelonné ou autre", exemple="échelonné", contraintes=(COURT,)),
        _texte("datesPeriodeVersement", titre="Date ou période de versement", exemple="2017-03-14", contraintes=(PERIODE,)),
        Colonne("idRAE", "texte", "Numéro du répertoire des aides", "12345", (Motif(r".{1,5}", "5 caractères au plus"),)),
        Colonne("notificationUE", "booleen", "Aide notifiée à la Commission européenne", "non", obligatoire=True),
        Colonne("pourcentageSubvention", "nombre", "Part du bénéficiaire", "0.45", (Entre(0.01, 1),), obligatoire=True),
        Colonne("dispositifAide", "texte", "Dispositif d'aide", "65d5b6c7-102c-4440-ac3b-768f708edc0a"),
    ),
)
"""Le schéma officiel ; la clé, qu'il ne fixe pas, fait voir une ligne publiée deux fois."""

ATTRIBUANTS = (
    ("etat_p230", r"academi\w*|rectorat|dsden|education_nationale"),
    ("etat_p147", r"etat|prefet|prefecture|anct|agence_nationale_de_la_cohesion_des_territoires|sgar|ddets|dreets"),
    ("ars", r"ars|agence_regionale_de_sante"),
    ("caf", r"caf|caisses?_(?:d_)?allocations_familiales"),
    ("metropole", r"metropole|communaute|agglomeration"),
    ("departement", r"departement\w*"),
    ("region", r"regions?|regional"),
    ("ville", r"ville|commune|mairie"),
)
"""Financeur que désigne le nom de l'attribuant ; la première ligne qui convient l'emporte."""
PAR_CATEGORIE = {"etat": "etat_p147", "education_nationale": "etat_p230", "ville": "ville"}


def lire_scdl(chemin: Path) -> tuple[pd.DataFrame, list[Probleme]]:
    """
    Lit un fichier de subventions SCDL 2.1.1 ou 1.x, à virgules ou à points-virgules.

    Args:
        chemin: le fichier publié.

    Returns:
        La table au schéma 2.1.1, et ce qui ne le respecte pas, à sa cellule.

    Raises:
        ErreurDonnees: si le fichier est illisible.
    """
    lecture = _lire(Path(chemin))
    return lecture.table, lecture.problemes


def _lire(chemin: Path) -> Lecture:
    """Le fichier, confronté au schéma."""
    brut, origine, entete = rapprocher(SCDL, lire_fichier(chemin)[0])
    brut["datesPeriodeVersement"] = brut["datesPeriodeVersement"].str.replace(r"\s*[_/]\s*", "/", regex=True)
    lecture = typer(SCDL, brut, origine)
    absentes = {p.colonne for p in entete if p.gravite == "erreur"}
    return replace(lecture, problemes=entete + [p for p in lecture.problemes if p.colonne not in absentes])


def lire_subventions(chemin: Path, cite: Cite, *, credit: str = "specifique") -> Apport:
    """
    Tire d'un fichier SCDL les financements des actions de la cité.

    Une ligne est retenue si son bénéficiaire est un de nos organismes (SIRET, RNA, sinon même nom) et l'année de sa
    convention une année de programme. Son action est celle dont l'intitulé est l'objet ; à défaut, la seule du porteur
    cette année-là (ou la seule que ce financeur suit déjà), s'il n'y a qu'une ligne pour elle. Sinon, un avertissement
    donne les actions possibles, et rien n'est importé.

    Args:
        chemin: le fichier publié.
        cite: la cité.
        credit: type de crédit d'un financement que la cité ne connaît pas encore ; le schéma ne le dit pas.
    """
    lecture = _lire(Path(chemin))
    if any(p.gravite == "erreur" for p in lecture.problemes):
        return Apport({}, problemes=tuple(lecture.problemes))
    ecartees, problemes, retenues = Counter(), list(lecture.problemes), []
    for indice, ligne in lecture.table.iterrows():
        structure = _structure(cite, ligne["nomBeneficiaire"], ligne["idBeneficiaire"], ligne["rnaBeneficiaire"])
        annee, financeur = ligne["dateConvention"].year, _financeur(cite, ligne)
        if structure is None or annee not in cite.annees:
            ecartees["bénéficiaire inconnu" if structure is None else "année sans programme"] += 1
            continue
        actions = cite.actions[cite.actions["annee"].eq(annee) & cite.actions["porteur_nom"].eq(structure)]
        suivies = cite.financements[cite.financements["annee"].eq(annee) & cite.financements["financeur"].eq(financeur)]
        intitulees = actions[actions["intitule"].map(sans_accent).eq(sans_accent(ligne["objet"]))]
        seules = actions[actions["action_id"].isin(suivies["action_id"])] if len(actions) > 1 else actions
        choix = intitulees if len(intitulees) else seules
        retenues.append((indice, annee, financeur, structure, len(intitulees) == 1, list(choix["action_id"]), actions))
