"""Ce qui reste à faire : les échéances de l'année, et les messages à envoyer à qui n'a pas encore répondu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import accord, cite_educative, date_longue, typographie
from citelib.mesures.comptes import de_l_annee, typer
from citelib.realisation.financement import fin_de_justification
from citelib.tables import OUVERTES, libelle

A_MONTRER = 10
COMITES = ("reunion|cotech", "reunion|copil")

CONSIGNES = """\
Ce que nous vous demandons :
1. remplir le classeur que vous avez reçu, ou nous envoyer le fichier que vous tenez déjà, tel quel ;
2. écrire « NC » si vous ne savez pas, « sans objet » si vous n'êtes pas concernés : une case vide n'est pas un zéro ;
3. ne mettre ni nom, ni adresse, ni date de naissance : des nombres suffisent ;
4. nous répondre avec le fichier en pièce jointe, même incomplet.

Si ces données n'existent pas cette année, dites-le-nous en une ligne : le rapport l'écrira. Si votre envoi a croisé \
ce message, merci de ne pas en tenir compte."""


@publiable(libres=("n_tables", "jours_retard", "relances"))
def relances(suivi: pd.DataFrame, *, cite: str, annee: int) -> pd.DataFrame:
    """
    Un message prêt à copier pour chaque producteur qui a un envoi en retard.

    Args:
        suivi: table que rend `collecte`.
        cite: nom de la cité.

    Returns:
        `producteur`, `n_tables` (en retard), `jours_retard` (le plus long), `relances` (déjà faites), `objet` et
        `texte` du message ; le plus en retard d'abord. Sans retard, aucune ligne.
    """
    dus = suivi[suivi["etat"].eq("en retard")].sort_values("jours_retard", ascending=False, kind="stable")
    objet = typographie(f"{cite_educative(cite)}, programme {annee} : données attendues")
    rangees = []
    for producteur, lignes in dus.groupby("producteur", sort=False):
        comptes = len(lignes), lignes["jours_retard"].max(), lignes["relances"].sum()
        rangees.append((producteur, *comptes, objet, message(lignes, cite=cite, annee=annee)))
    table = pd.DataFrame(rangees, columns=["producteur", "n_tables", "jours_retard", "relances", "objet", "texte"])
    table = typer(table).astype({"relances": "Int64"} | dict.fromkeys(("producteur", "objet", "texte"), "str"))
    table.attrs["motif"] = "aucun envoi n'est en retard : personne n'est à relancer" if len(suivi) else ""
    return table


def message(lignes: pd.DataFrame, *, cite: str, annee: int) -> str:
    """
    Le texte d'un message : ce qui est dû, depuis quand, et quoi faire. Aucun nom de personne n'y figure.

    Args:
        lignes: envois en retard d'un même producteur : `titre`, `attendu_le`, `jours_retard`.
    """
    nom = cite_educative(cite)
    dus = [
        f"- {titre} : attendu le {date_longue(jour)}, {accord(retard, 'jour')} de retard ;"
        for titre, jour, retard in lignes[["titre", "attendu_le", "jours_retard"]].itertuples(index=False)
    ]
    programme = f"le programme {annee} de la {nom[0].lower()}{nom[1:]}"
    accroche = f"Pour évaluer {programme}, il nous manque encore de votre part :"
    corps = ["Bonjour,", accroche, "\n".join(dus).removesuffix(" ;") + ".", CONSIGNES]
    return typographie("\n\n".join([*corps, f"Merci de votre aide,\nL'équipe de projet\n{nom}"]) + "\n")


@publiable()
def echeances(suivi, decisions, financements, instances, *, annee: int, au: dt.date) -> pd.DataFrame:
    """
    Toutes les échéances connues à une date : envois, décisions ouvertes, comptes rendus financiers, réunions à venir.

    Args:
        suivi: table que rend `collecte`.
        au: date du suivi.

    Returns:
        `quoi`, `qui` (producteur ou fonction, jamais une personne), `echeance`, `etat` (« en retard de 12 jours »,
        « dans 3 jours », « reçu »), `ouverte` (booléen), `cle` (identifiant stable) ; de la plus ancienne à la
        plus lointaine.
    """
    jour = pd.Timestamp(au)
    lignes = [
        *_envois(suivi, annee),
        *_decisions(decisions, annee),
        *_comptes_rendus(financements, annee, jour),
        *_reunions(instances, jour),
    ]
    table = pd.DataFrame(lignes, columns=["quoi", "qui", "echeance", "ouverte", "cle"])
    table = table.astype({"quoi": "str", "qui": "str", "echeance": "datetime64[us]", "ouverte": bool, "cle": "str"})
    etats = [_etat(le, jour) if la else "reçu" for le, la in zip(table["echeance"], table["ouverte"], strict=True)]
    table.insert(3, "etat", pd.Series(etats, index=table.index, dtype="str"))
    return table.sort_values("echeance", kind="stable", ignore_index=True)


@publiable()
def a_faire(table: pd.DataFrame, *, au: dt.date) -> pd.DataFrame:
    """
    Ce qui reste à faire d'ici le prochain comité, dans la table que rend `echeances` : dix lignes au plus.

    Le comité est la première réunion à venir d'un comité technique ou de pilotage ; si aucune n'est
    connue, les dix premières échéances sont montrées.

    Returns:
        `quoi`, `qui`, `echeance`, `etat`.
    """
    restantes = table[table["ouverte"]]
    comites = restantes.loc[restantes["cle"].str.startswith(COMITES), "echeance"]
    if len(comites):
        restantes = restantes[restantes["echeance"] <= comites.min()]
    a_montrer = restantes.head(A_MONTRER)[["quoi", "qui", "echeance", "etat"]].reset_index(drop=True)
    a_montrer.attrs["motif"] = f"aucune échéance ouverte n'est connue au {date_longue(au)}"
    return a_montrer


def _etat(echeance: pd.Timestamp, jour: pd.Timestamp) -> str:
    """Où en est une échéance ouverte."""
    ecart = (echeance - jour).days
    if ecart < 0:
        return f"en retard de {accord(-ecart, 'jour')}"
    return f"dans {accord(ecart, 'jour')}" if ecart else "aujourd'hui"


Ligne = tuple[str, str, pd.Timestamp, bool, str]


def _envois(suivi: pd.DataFrame, annee: int) -> Iterator[Ligne]:
    for ligne in suivi.itertuples():
        cle = f"{annee}|envoi|{ligne.table}|{ligne.producteur}"
        yield f"Recevoir : {ligne.titre}", ligne.producteur, ligne.attendu_le, pd.isna(ligne.recu_le), cle


def _decisions(decisions: pd.DataFrame, annee: int) -> Iterator[Ligne]:
    lues = de_l_annee(decisions, annee)
    for ligne in lues[lues["statut"].isin(OUVERTES) & lues["echeance"].notna()].itertuples():
        qui = "à désigner" if pd.isna(ligne.responsable_role) else ligne.responsable_role
        yield f"Exécuter : {ligne.libelle}", qui, ligne.echeance, True, f"{annee}|decision|{ligne.decision_id}"


def _comptes_rendus(financements: pd.DataFrame, annee: int, jour: pd.Timestamp) -> Iterator[Ligne]:
    """Une seule ligne pour tous ceux qui manquent : la relance se fait par porteur."""
    lues = de_l_annee(financements, annee)
    recus = lues["compte_rendu_recu_le"].le(jour)
    manquants = lues.loc[lues["nature"].eq("numeraire") & lues["accorde"].gt(0) & ~recus, "action_id"].nunique()
    if manquants:
        quoi = f"Recevoir : comptes rendus financiers de {accord(manquants, 'action')}"
        yield quoi, "Porteurs", fin_de_justification(annee), True, f"{annee}|comptes_rendus"


def _reunions(instances: pd.DataFrame, jour: pd.Timestamp) -> Iterator[Ligne]:
    for ligne in instances[instances["date"].gt(jour)].itertuples():
        cle = f"reunion|{ligne.instance}|{ligne.reunion_id}"
        yield f"Réunir : {libelle(ligne.instance)}", "Équipe de projet", ligne.date, True, cle
