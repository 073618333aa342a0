"""Les subventions au format national SCDL : lire celles que publient les financeurs, écrire celles de la cité.

Le schéma (Subventions 2.1.1, schema.data.gouv.fr) est déclaré une fois, avec ses noms officiels. La version 1 se lit
aussi : ses périodes s'écrivent avec « _ » là où la 2 met « / », et elle n'a ni RNA ni dispositif. Une ligne publiée ne
devient un financement que si l'on sait sans doute de quelle action elle parle.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.ecriture import neutraliser
from citelib.chargement.entetes import pas_encore_dits, rapprocher
from citelib.chargement.fichiers import en_texte, lire_fichier
from citelib.chargement.remplacement import remplacer
from citelib.contrats import SIRET, Colonne, Entre, Motif, Parmi, Probleme, Table, lieu, sans_accent
from citelib.contrats.typage import Lecture, typer
from citelib.erreurs import ErreurParametre
from citelib.formats import accord
from citelib.sources import Apport
from citelib.tables import FICTIF, FINANCEURS, PAR_NOM

JOUR = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
PERIODE = Motif(rf"{JOUR}(?:/{JOUR})?", "une date AAAA-MM-JJ, ou une période AAAA-MM-JJ/AAAA-MM-JJ")
COURT = Motif(r"[\s\S]{1,256}", "un texte de 256 caractères au plus")
RNA = PAR_NOM["structures"].colonne("rna").contraintes[0]
NATURES = {"numeraire": "aide en numéraire", "valorisation": "aide en nature"}
NATURE = Parmi((*NATURES.values(), ";".join(NATURES.values()), ";".join(reversed(NATURES.values()))))
_texte, _voulu = partial(Colonne, type="texte"), partial(Colonne, type="texte", obligatoire=True)
SCDL = Table(
    "subventions",
    "Subventions attribuées (SCDL 2.1.1)",
    "subvention et bénéficiaire",
    ("idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "objet", "montant", "nature"),
    (
        _voulu("nomAttribuant", titre="Nom de l'attribuant", exemple="Région Bretagne"),
        _voulu("idAttribuant", titre="SIRET de l'attribuant", exemple="23350001600040", contraintes=(SIRET,)),
        Colonne("dateConvention", "date", "Date de la convention", "2017-06-27", obligatoire=True),
        _texte("referenceDecision", titre="Référence de la décision", exemple="2017-03-103"),
        _voulu("nomBeneficiaire", titre="Nom du bénéficiaire", exemple="Association fictive"),
        _texte("idBeneficiaire", titre="SIRET du bénéficiaire", exemple="38047555800058", contraintes=(SIRET,)),
        _texte("rnaBeneficiaire", titre="RNA du bénéficiaire", exemple="W380475558", contraintes=(RNA,)),
        _voulu("objet", titre="Objet", exemple="Forum des métiers", contraintes=(COURT,)),
        Colonne("montant", "nombre", "Montant avant partage entre bénéficiaires", "47800.20", (), True, "euros"),
        _voulu("nature", titre="Nature", exemple=NATURES["numeraire"], contraintes=(NATURE,)),
        _voulu("conditionsVersement", titre="unique, échelonné ou autre", exemple="échelonné", contraintes=(COURT,)),
        _voulu("datesPeriodeVersement", titre="Date ou période", exemple="2017-03-14", contraintes=(PERIODE,)),
        _texte(
            "idRAE", titre="Répertoire des aides", exemple="12345", contraintes=(Motif(".{1,5}", "5 signes au plus"),)
        ),
        Colonne("notificationUE", "booleen", "Aide notifiée à la Commission européenne", "non", obligatoire=True),
        Colonne("pourcentageSubvention", "nombre", "Part du bénéficiaire", "0.45", (Entre(0.01, 1),), obligatoire=True),
        _texte("dispositifAide", titre="Dispositif d'aide", exemple="65d5b6c7-102c-4440-ac3b-768f708edc0a"),
    ),
)
"""Le schéma officiel ; la clé, qu'il ne fixe pas, fait voir une ligne publiée deux fois."""
ATTRIBUANTS = {
    "etat_p230": r"academi\w*|rectorat|dsden|education_nationale",
    "etat_p147": r"etat|prefet|prefecture|anct|cohesion_des_territoires|ddets|dreets",
    "ars": r"ars|agence_regionale_de_sante",
    "caf": r"caf|caisses?_d_allocations_familiales",
    "metropole": r"metropole|communaute|agglomeration",
    "departement": r"departement\w*",
    "region": r"regions?|regional",
    "ville": r"ville|commune|mairie",
}
"""Par financeur, les mots du nom de l'attribuant ; le premier qui convient l'emporte."""
PAR_CATEGORIE = {"etat": "etat_p147", "education_nationale": "etat_p230", "ville": "ville"}
CREDIT = "specifique"
"""Type de crédit d'un financement que la cité ne connaît pas encore ; le schéma ne le dit pas."""
INVENTEE = f"{FICTIF} : "
"""Début de l'objet d'une subvention inventée : le schéma n'a pas de colonne pour le dire."""
ORIGINES = {"dateConvention": "date_notification", "conditionsVersement": "verse", "objet": "actions.intitule"}
ORIGINES |= {"datesPeriodeVersement": "date_versement", "idBeneficiaire": "structures.siret"}
"""D'où vient chaque champ que l'on exporte, pour dire où il manque."""


def lire_scdl(chemin: Path) -> Lecture:
    """
    Lit un fichier SCDL Subventions 2.1.1 ou 1.x : la table au schéma 2.1.1, et chaque défaut à sa cellule.

    Raises:
        ErreurDonnees: si le fichier est illisible.
    """
    brut, origine, entete = rapprocher(SCDL, lire_fichier(chemin)[0])
    brut["datesPeriodeVersement"] = brut["datesPeriodeVersement"].str.replace("_", "/")
    lecture = typer(SCDL, brut, origine)
    return replace(lecture, problemes=entete + pas_encore_dits(entete, lecture.problemes))


def lire_subventions(chemin: Path, cite: Cite) -> Apport:
    """
    Tire d'un fichier SCDL les financements des actions de la cité.

    Une ligne est retenue si son bénéficiaire est un de nos organismes (SIRET, RNA, sinon même nom) et l'année de sa
    convention une année de programme. Son action est celle dont l'intitulé est l'objet, sinon la seule du porteur que
    ce financeur suive déjà, sinon la seule du porteur. Au moindre doute, un avertissement donne les actions possibles.
    """
    lecture = lire_scdl(Path(chemin))
    if any(p.gravite == "erreur" for p in lecture.problemes):
        return Apport({}, problemes=tuple(lecture.problemes))
    retenues = {n: _rattacher(cite, ligne) for n, ligne in lecture.table.iterrows()}
    retenues = {n: retenue for n, retenue in retenues.items() if retenue}
    cle = PAR_NOM["financements"].cle[:4]
    compte = Counter(tuple(ligne[nom] for nom in cle) for ligne, _, _ in retenues.values())
    problemes, gardees = list(lecture.problemes), {}
    for n, (ligne, actions, doutes) in retenues.items():
        if compte[tuple(ligne[nom] for nom in cle)] > 1 and len(actions) == 1:
            doutes = [*doutes, "plusieurs lignes pour la même action"]
        if not doutes:
            gardees[n] = ligne
            continue
        possibles = ", ".join(f"{action} ({intitule})" for action, intitule in actions.items()) or "aucune"
        message = f"à rattacher : {', '.join(doutes)} ; actions possibles : {possibles}"
        lu = ("objet", lecture.table.at[n, "objet"], message, "La saisir dans la table financements.")
        problemes.append(Probleme("avertissement", *lieu(lecture.origine, n), *lu))
    brut = pd.DataFrame(list(gardees.values()), columns=PAR_NOM["financements"].noms, dtype="str").fillna("")
    brut = brut.assign(date_extraction=en_texte(dt.date.fromtimestamp(Path(chemin).stat().st_mtime)))
    financements = typer(PAR_NOM["financements"], brut, lecture.origine.loc[list(gardees)].reset_index(drop=True))
    lues = accord(len(lecture.table), "subvention lue", "subventions lues")
    hors = len(lecture.table) - len(retenues)
    notes = (
        f"{lues} : {accord(len(gardees), 'financement')}, {len(retenues) - len(gardees)} à rattacher, {hors} hors de "
        "nos organismes ou de nos années.",
        f"Le schéma ne dit ni le crédit ni le programme : « {CREDIT} » s'il n'est pas connu, P147 pour l'État.",
    )
    return Apport({"financements": financements}, notes, (*problemes, *financements.problemes))


def _rattacher(cite: Cite, ligne: pd.Series) -> tuple[dict, dict, list[str]] | None:
    """Le financement que dit une ligne, les actions possibles et ce qui fait douter ; None s'il ne nous regarde pas."""
    porteur = _structure(cite, ligne["nomBeneficiaire"], ligne["idBeneficiaire"], ligne["rnaBeneficiaire"])
    annee, financeur = ligne["dateConvention"].year, _financeur(cite, ligne)
    if porteur is None or annee not in cite.annees:
        return None
    actions = cite.actions[cite.actions["annee"].eq(annee) & cite.actions["porteur_nom"].eq(porteur["nom"])]
    objet = ligne["objet"].removeprefix(INVENTEE)
    inventee = INVENTEE if objet != ligne["objet"] else ""
    intitulees = actions[actions["intitule"].map(sans_accent).eq(sans_accent(objet))]
    connus = cite.financements[cite.financements["annee"].eq(annee) & cite.financements["financeur"].eq(financeur)]
    suivies = actions[actions["action_id"].isin(connus["action_id"])]
    choix = next((lot for lot in (intitulees, suivies) if len(lot) == 1), actions)
    possibles = choix.set_index("action_id")["intitule"].to_dict()
    nature = next((code for code, texte in NATURES.items() if texte == ligne["nature"]), None)
    raisons = {
        "financeur inconnu": financeur is None,
        "numéraire et nature mêlés": nature is None,
        "l'action n'est pas sûre": len(possibles) != 1,
    }
    doutes = [raison for raison, vraie in raisons.items() if vraie]
    action, versement = "".join([*possibles][:1]), ligne["datesPeriodeVersement"]
    credits = connus.loc[connus["action_id"].eq(action) & connus["nature"].eq(nature), "credit"].unique()
    financement = {"action_id": action, "annee": str(annee), "financeur": financeur, "nature": nature}
    financement |= {
        "credit": credits[0] if len(credits) == 1 else CREDIT,
        "accorde": en_texte(float(round(ligne["montant"] * ligne["pourcentageSubvention"], 2))),
        "date_notification": en_texte(ligne["dateConvention"]),
        "date_versement": "" if "/" in versement else versement,
        "source": f"{inventee}Subventions publiées par {ligne['nomAttribuant']}",
    }
    return financement, possibles, doutes


def _structure(cite: Cite, nom: str, siret: str, rna: str) -> pd.Series | None:
    """L'organisme de ce SIRET, sinon de ce RNA, sinon de ce nom (sans autre SIRET connu), si un seul convient."""
    connues = cite.structures.astype({"siret": "object", "rna": "object"}).fillna({"siret": "", "rna": ""})
    siret, rna = ("" if pd.isna(code) else code for code in (siret, rna))
    autre = connues["siret"].ne(siret) & connues["siret"].ne("") & bool(siret)
    meme_nom = connues["nom"].map(sans_accent).eq(sans_accent(nom)) & ~autre
    tests = (connues["siret"].eq(siret) & bool(siret), connues["rna"].eq(rna) & bool(rna), meme_nom)
    return next((connues[test].iloc[0] for test in tests if test.sum() == 1), None)


def _financeur(cite: Cite, ligne: pd.Series) -> str | None:
    """Le financeur que désigne l'attribuant : par nos organismes, le nom de la commune, sinon les mots de son nom."""
    nom, structure = ligne["nomAttribuant"], _structure(cite, ligne["nomAttribuant"], ligne["idAttribuant"], "")
    if structure is not None and structure["categorie"] in PAR_CATEGORIE:
        return PAR_CATEGORIE[structure["categorie"]]
    if sans_accent(nom) == sans_accent(cite.reglages.get("commune", "")):
        return "ville"
    mots = f"_{sans_accent(nom)}_"
    return next((code for code, motif in ATTRIBUANTS.items() if re.search(f"_(?:{motif})_", mots)), None)


def exporter_subventions(
    cite: Cite, annee: int, *, attribuant_nom: str, attribuant_siret: str, financeur: str, notification_ue: bool = False
) -> tuple[pd.DataFrame, list[Probleme]]:
    """
    Les subventions accordées par un financeur aux actions d'une année, au schéma SCDL 2.1.1.

    Args:
        cite, annee: le programme.
        attribuant_nom, attribuant_siret: le nom et le SIRET officiels du financeur.
        financeur: son code dans la table financements.
        notification_ue: ces aides ont-elles été notifiées à la Commission européenne ?

    Returns:
        Une ligne par financement complet, et ce qui manque aux autres : rien n'est inventé. Le versement est
        « unique » quand tout ce qui est accordé est versé à une date connue.

    Raises:
        ErreurParametre: si l'année, le financeur ou le SIRET ne conviennent pas.
    """
    if financeur not in FINANCEURS or SIRET.refuse(attribuant_siret):
        raise ErreurParametre(f"Attendu {SIRET.attendu}, et un financeur parmi : {', '.join(FINANCEURS)}.")
    tous, origine = cite.financements, cite.lectures["financements"].origine
    credits = tous[tous["annee"].eq(cite.annee_connue(annee)) & tous["financeur"].eq(financeur) & tous["accorde"].gt(0)]
    actions = cite.actions[cite.actions["annee"].eq(annee)].merge(
        cite.structures.drop_duplicates("nom")[["nom", "siret", "rna"]], "left", left_on="porteur_nom", right_on="nom"
    )
    actions = actions.set_index("action_id").reindex(credits["action_id"]).set_axis(credits.index)
    inventees = credits["source"].str.startswith(FICTIF).fillna(False).astype("bool")
    solde = credits["verse"].eq(credits["accorde"]).fillna(False) & credits["date_versement"].notna()
    brut = pd.DataFrame(
        {
            "dateConvention": credits["date_notification"].dt.strftime("%Y-%m-%d"),
            "nomBeneficiaire": actions["porteur_nom"],
            "idBeneficiaire": actions["porteur_siret"].fillna(actions["siret"]),
            "rnaBeneficiaire": actions["rna"],
            "objet": (inventees.map({True: INVENTEE, False: ""}) + actions["intitule"]).str.slice(0, 256),
            "montant": credits["accorde"].map(en_texte),
            "nature": credits["nature"].map(NATURES),
            "conditionsVersement": solde.map({True: "unique", False: ""}),
            "datesPeriodeVersement": credits["date_versement"].dt.strftime("%Y-%m-%d").where(solde, ""),
        }
    )
    brut = brut.assign(nomAttribuant=attribuant_nom, idAttribuant=attribuant_siret, pourcentageSubvention="1")
    brut = brut.assign(notificationUE="oui" if notification_ue else "non").fillna("").astype("str")
    lecture = typer(SCDL, brut, origine)
    fautives = {(p.fichier, p.feuille, p.ligne) for p in lecture.problemes}
    problemes = []
    for p in lecture.problemes:
        ou = ORIGINES.get(p.colonne, p.colonne)
        problemes.append(replace(p, colonne=ou, remede=f"Compléter {ou} : sans cela, la ligne n'est pas exportée."))
    for n in brut.index[brut["idBeneficiaire"].eq("") & brut["rnaBeneficiaire"].eq("")]:
        lu = ("structures.siret", brut.at[n, "nomBeneficiaire"])
        message, remede = "bénéficiaire sans SIRET ni RNA", "Compléter la table structures."
        problemes.append(Probleme("avertissement", *lieu(origine, n), *lu, message, remede))
    lieux = origine.loc[brut.index, ["fichier", "feuille", "ligne"]].itertuples(index=False, name=None)
    return lecture.table[[ici not in fautives for ici in lieux]].reset_index(drop=True), problemes


def ecrire_scdl(table: pd.DataFrame, chemin: Path) -> None:
    """
    Écrit des subventions comme le schéma le veut.

    Raises:
        ErreurParametre: si le fichier ne s'écrit pas.
    """
    remplacer(Path(chemin), en_scdl(table))


def en_scdl(table: pd.DataFrame) -> bytes:
    """Des subventions comme le schéma les veut : virgules, UTF-8 sans marque, dates ISO, point décimal."""
    textes = table.select_dtypes("str")
    table = table.assign(**{nom: textes[nom].map(neutraliser, na_action="ignore") for nom in textes})
    ecrites = table.assign(
        dateConvention=table["dateConvention"].dt.strftime("%Y-%m-%d"),
        montant=table["montant"].map("{:.2f}".format),
        notificationUE=table["notificationUE"].map({True: "oui", False: "non"}),
        pourcentageSubvention=table["pourcentageSubvention"].map("{:g}".format),
    )
    return ecrites.to_csv(index=False, lineterminator="\n").encode("utf-8")
