"""Ce que les fichiers publics du ministère de l'Éducation nationale apportent à une cité.

`officiels` les lit ; ici, on ne garde que les établissements de la cité, et l'on calcule les moyennes auxquelles les
comparer là où le fichier couvre tout le territoire comparé.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.contrats import sans_accent
from citelib.contrats.typage import Lecture
from citelib.erreurs import ErreurParametre
from citelib.formats import liste
from citelib.sources import Apport
from citelib.sources.officiels import DESCRIPTION, Releve, decrite, lire
from citelib.sources.vivier import vivier as tirer_vivier
from citelib.sources.vivier import voisin
from citelib.tables import PAR_NOM


def lire_source(
    chemin: Path | str, cite: Cite, source: str = "ivac", *, ep: Path | None = None, vivier: str | None = None
) -> Apport:
    """
    Ce qu'un fichier du ministère apporte à une cité : ses établissements et leurs comparaisons.

    Args:
        chemin, source: comme `lire`.
        cite: seuls ses établissements (par UAI) sont retenus.
        ep: fichier de l'éducation prioritaire, qui dit les collèges REP+ ; à défaut, celui rangé à côté.
        vivier: « france » ou « academie » : où prendre des collèges auxquels comparer ; None : nulle part.

    Returns:
        Des lignes de `valeurs`, les établissements de la cité, mis à jour, et le vivier s'il est demandé.

    Raises:
        ErreurParametre: comme `lire`, ou si aucun établissement de la cité n'est dans le fichier.
    """
    chemin, description, releve = Path(chemin), decrite(source), lire(chemin, source)
    uai, notes = _presents(releve, cite, chemin.name)
    tables, academie = {}, _cle(cite.reglages.get("academie"))
    if "indicateurs" in description:
        ep = ep or voisin(chemin, "ep")
        rep_plus = lire(ep, "ep").table.query("ep == 'REP+'")["uai"] if ep else []
        tables["valeurs"], dites = _valeurs(releve, description, uai, academie, rep_plus)
        notes += [f"Liste des collèges REP+ : {ep.name if ep else 'inconnue'}", *dites]
    if vivier:
        if "vivier" not in description:
            raise ErreurParametre(f"La source « {source} » ne donne pas de vivier : l'importer avec ivac ou dnb.")
        voisins = {"ep": ep, "ips": voisin(chemin, "ips"), "cites": voisin(chemin, "cites")}
        options = {"academie": academie, "portee": vivier, "fichiers": voisins}
        tables["colleges"], dites = tirer_vivier(releve, description, uai.tolist(), **options)
        notes += dites
    if "etablissement" in description:
        tables["etablissements"], dites = _etablissements(releve, description, cite.etablissements, academie)
        notes += dites
    jour = _date_extraction(chemin)
    lectures = {nom: _lecture(nom, table, chemin.name, jour) for nom, table in tables.items()}
    if "etablissements" in lectures:
        lue, connue = lectures["etablissements"], cite.lectures["etablissements"]
        lectures["etablissements"] = replace(lue, etats=_etats_gardes(connue, lue.table))
    return Apport(lectures, tuple(notes))


def _presents(releve: Releve, cite: Cite, fichier: str) -> tuple[pd.Series, list[str]]:
    """Les UAI de la cité que le fichier devrait donner, et ce qu'il faut dire de ceux qui n'y sont pas."""
    attendus = cite.etablissements.dropna(subset="uai")
    if "tous" not in (publics := set(releve.table["public"])):
        attendus = attendus[attendus["type"].eq("college") == (publics == {"college"})]
    absents = attendus[~attendus["uai"].isin(releve.table["uai"])]
    if len(absents) == len(attendus):
        noms = ", ".join(attendus["uai"]) or "aucun UAI connu"
        raise ErreurParametre(f"{fichier} : aucun établissement de la cité ({noms}). Vérifier les codes UAI.")
    notes = list(releve.notes)
    if len(absents):
        notes.append("Absents du fichier : " + liste(absents["nom"] + " (" + absents["uai"] + ")"))
    return attendus["uai"], notes


def _valeurs(
    releve: Releve, description: Mapping, uai: Collection[str], academie: str, rep_plus: Collection[str]
) -> tuple[pd.DataFrame, list[str]]:
    """
    Les indicateurs de la cité et, où le fichier les couvre en entier, les moyennes pondérées du secteur public.

    Le numérateur reste vide quand seul un taux arrondi est publié ; « ND » donne une valeur non collectée, le vide
    aucune ligne. Rend aussi ce qui n'a pas pu être comparé.
    """
    longues = _en_lignes(releve, description)
    cite = longues[longues["uai"].isin(uai) & (longues["valeur"].notna() | longues["non_diffuse"])]
    morceaux, notes = [cite.assign(niveau="etablissement", territoire_code=cite["uai"])], []
    publics = longues[longues["secteur"].eq("public") & longues["comparable"]].dropna(subset=["valeur", "poids"])
    liste_rep = ", liste REP+ " + DESCRIPTION["source"]["ep"]["millesime"]
    for debut, annee in publics.groupby("debut"):
        ici, france, entiere = _couverture(annee, academie)
        for niveau, code, precision, membres in (
            ("academie", academie.replace("_", "-"), "", annee[ici & entiere]),
            ("reseau", "rep_plus_france", liste_rep, annee[annee["uai"].isin(rep_plus) & france]),
            ("france", "france", "", annee[ici.notna() & france]),
        ):
            if membres.empty:
                notes.append(f"{debut} : pas de moyenne « {niveau} », le fichier ou la liste REP+ ne la permet pas")
            else:
                lignes = _moyennes(membres, description, precision)
                morceaux.append(lignes.assign(niveau=niveau, territoire_code=code))
    lignes = pd.concat(morceaux, ignore_index=True)
    lignes = lignes.assign(valeur=lignes["valeur"].round(6), producteur=description["producteur"])
    lignes["statut_valeur"] = lignes["valeur"].isna().map({True: "non_collectee", False: "observee"})
    return lignes.sort_values(list(PAR_NOM["valeurs"].cle), ignore_index=True), notes


def _en_lignes(releve: Releve, description: Mapping) -> pd.DataFrame:
    """Une ligne par établissement, année et indicateur ; `poids` pèse dans les moyennes."""
    table, morceaux = releve.table, []
    comparable = table["comparaison"].notna()
    for colonne, voulue in description.get("compares", {}).items():
        comparable &= table[colonne].fillna("").map(sans_accent).eq(voulue)
    commun = table.assign(annee=table["debut"] + description.get("decalage", 0), comparable=comparable)
    vide = pd.Series(pd.NA, table.index, dtype="Float64")
    for indicateur in description["indicateurs"]:
        tu = releve.non_diffuses[indicateur["colonne"]]
        comptes = {nom: table.get(indicateur.get(nom), vide) for nom in ("numerateur", "denominateur", "poids")}
        lignes = commun.assign(
            indicateur_code=indicateur["code"],
            valeur=table[indicateur["colonne"]],
            perimetre_version=indicateur.get("perimetre", table["perimetre"]),
            non_diffuse=tu,
            commentaire=tu.map({True: "Non diffusé par le ministère", False: description.get("commentaire")}),
            **comptes,
        )
        morceaux.append(lignes)
    return pd.concat(morceaux, ignore_index=True)


def _moyennes(membres: pd.DataFrame, description: Mapping, precision: str) -> pd.DataFrame:
    """Par indicateur et année, la moyenne pondérée ; exacte si les numérateurs sont publiés."""
    membres = membres.assign(produit=membres["numerateur"].fillna(membres["valeur"] * membres["poids"]))
    cles = ["indicateur_code", "annee", "periode", "source", "comparaison"]
    groupes = membres.groupby(cles)
    sommes = groupes[["produit", "poids", "numerateur", "denominateur"]].sum(min_count=1).reset_index()
    n_colleges, connus = groupes.size().to_numpy(), groupes["numerateur"].count().to_numpy()
    return sommes.assign(
        valeur=(sommes["produit"] / sommes["poids"]).round(4),
        numerateur=sommes["numerateur"].where(connus == n_colleges),
        perimetre_version=sommes["comparaison"] + precision,
        commentaire="Moyenne de "
        + n_colleges.astype("str").astype("object")
        + " collèges, pondérée par "
        + description["ponderation"],
    )


def _etablissements(
    releve: Releve, description: Mapping, actuels: pd.DataFrame, academie: str
) -> tuple[pd.DataFrame, list[str]]:
    """Les établissements de la cité, ceux que le fichier change mis à jour, et ce qu'il contredit seulement."""
    quoi, lignes, notes = description["etablissement"], [], []
    derniers = releve.table.sort_values("debut").drop_duplicates("uai", keep="last").set_index("uai")
    entier, absents = quoi == "ep" and _liste_entiere(derniers, academie), []
    for ancien in actuels.to_dict("records"):
        present = ancien["uai"] in derniers.index
        lu = derniers.assign(ligne=1).iloc[0] if not present else derniers.loc[ancien["uai"]]
        mention = "effectif" if pd.isna(lu["mention"]) else lu["mention"]
        nouveau, source, ajout = {}, ancien["source"], lu["source"]
        if quoi == "ep" and present:
            nouveau = {"ep": lu["ep"]}
        elif quoi == "ep" and ancien["type"] == "college" and pd.notna(ancien["uai"]):
            nouveau = {"ep": "hors EP"} if entier else {}
            absents.append(ancien["nom"])
        elif quoi == "effectif" and present and pd.notna(lu["effectif"]):
            # Un effectif partiel ne remplace pas un effectif complet, ni un ancien un plus récent.
            meme_champ = mention == "effectif" or mention in source
            if pd.isna(ancien["effectif"]) or (meme_champ and lu["rentree"] >= str(ancien["annee_scolaire"])):
                nouveau = {"effectif": round(lu["effectif"]), "annee_scolaire": lu["rentree"]}
                source, ajout = re.sub(r" \(effectif[^)]*\)", "", source), f"{ajout} ({mention})"
        if any(pd.isna(ancien[nom]) or ancien[nom] != valeur for nom, valeur in nouveau.items()):
            source = source if ajout in source else f"{source} ; {ajout}"
            ancien |= nouveau | {"source": source, "annee": lu["debut"] + 1, "ligne": lu["ligne"]}
        drapeaux = {"REP+": lu.get("rep_plus"), "REP": lu.get("rep")}
        ep = next((sigle for sigle, drapeau in drapeaux.items() if drapeau == "1"), "hors EP")
        if present and {"0", "1"} & set(drapeaux.values()) and ep != ancien["ep"]:
            notes.append(f"{ancien['nom']} : {ep} dans ce fichier, {ancien['ep']} dans la cité (laissé)")
        lignes.append(ancien)
    if absents and not entier:
        couvrir = "la France, ou l'académie avec tous ses départements, ses REP et ses REP+"
        notes.append(f"{liste(absents)} : absents, laissés tels quels, car le fichier ne couvre pas {couvrir}")
    changes = pd.DataFrame(lignes).reindex(columns=[*actuels.columns, "ligne"])
    return changes, [*notes, f"Établissements changés par ce fichier : {changes['ligne'].notna().sum()}"]


def _couverture(lignes: pd.DataFrame, academie: str) -> tuple[pd.Series, bool, bool]:
    """Quelles lignes sont de l'académie ; si elles couvrent toute la France ; toute l'académie."""
    academies = lignes["academie"].map(_cle)
    ici, france = academies.eq(academie), academies.nunique() >= DESCRIPTION["academies_france"]
    attendus = DESCRIPTION["academies"].get(academie, 99)
    return ici, france, france or lignes.loc[ici, "departement"].nunique() >= attendus


def _liste_entiere(lus: pd.DataFrame, academie: str) -> bool:
    """La liste de l'éducation prioritaire couvre-t-elle l'académie ? Un extrait ne dit rien des absents."""
    ici, _, entiere = _couverture(lus, academie)
    return entiere and {"REP", "REP+"} <= set(lus.loc[ici, "ep"])


def _lecture(nom: str, lignes: pd.DataFrame, fichier: str, jour: dt.date) -> Lecture:
    """Des lignes mises à la forme d'une table ; celle d'une moyenne vient de tout le fichier (ligne 1)."""
    contrat, lignes = PAR_NOM[nom], lignes.reset_index(drop=True)
    lus = lignes["ligne"].notna() | (nom == "valeurs")
    lignes["date_extraction"] = pd.Series(jour, lignes.index).where(lus, lignes.get("date_extraction"))
    table = lignes.reindex(columns=contrat.noms).astype(contrat.vide().dtypes)
    origine = pd.DataFrame({"fichier": fichier, "feuille": "", "ligne": lignes["ligne"].fillna(1).astype("int64")})
    tues = lignes.index[lignes["statut_valeur"].eq("non_collectee")] if nom == "valeurs" else []
    etats = pd.DataFrame({"ligne": tues, "colonne": "valeur", "etat": "non_collectee"})
    return Lecture(table, origine, etats, [])


def _etats_gardes(avant: Lecture, apres: pd.DataFrame) -> pd.DataFrame:
    """Les états (« ≈ », « NC ») des cellules que le fichier ne change pas."""

    def gardee(ligne: int, colonne: str) -> bool:
        return str(avant.table.at[ligne, colonne]) == str(apres.at[ligne, colonne])

    return avant.etats.loc[[gardee(etat.ligne, etat.colonne) for etat in avant.etats.itertuples()]]


def _cle(academie: str) -> str:
    """Le nom d'une académie, sans accent ni casse ; vide s'il manque."""
    return "" if pd.isna(academie) else sans_accent(academie)


def _date_extraction(chemin: Path) -> dt.date:
    """Le jour du téléchargement s'il est noté à côté, sinon celui du fichier."""
    fiche = Path(f"{chemin}.json")
    if fiche.is_file():
        return dt.date.fromisoformat(json.loads(fiche.read_text(encoding="utf-8"))["date"][:10])
    return dt.date.fromtimestamp(chemin.stat().st_mtime)
