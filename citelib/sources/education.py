"""Les fichiers publics du ministère de l'Éducation nationale, ramenés à la table `valeurs`.

Trois jeux de data.education.gouv.fr (Licence Ouverte 2.0) : les indicateurs de valeur ajoutée des collèges
(IVAC), l'indice de position sociale (IPS) et la liste de l'éducation prioritaire. Leurs en-têtes changent
d'une publication à l'autre : on lit par nom, jamais par position, fautes officielles comprises
(« etablissment »). Les taux y vont de 0 à 100 ; ici, toute part va de 0 à 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.tables import PAR_NOM

MANQUANTS = ("", "ND", "NA", "NS")
IDENTITE = ["uai", "academie", "secteur"]
IVAC = [*IDENTITE, "session", "nom", "nb_candidats", "taux_reussite", "valeur_ajoutee", "taux_acces", "part_presents"]
IPS = [*IDENTITE, "rentree", "nom", "ips", "effectif"]
EDUCATION_PRIORITAIRE = ["uai", "nom", "ep", "qpv_code", "effectif"]
TEXTES = {"uai", "academie", "secteur", "nom", "rentree", "ep", "qpv_code"}
FACULTATIVES = {"effectif", "qpv_code"}
EN_TETES = {
    "academie": ("academie", "acad"),
    "rentree": ("rentree_scolaire",),
    "nom": ("nom_de_l_etablissement", "nom_de_l_etablissment", "nom_etablissement", "nom_etab"),
    "nb_candidats": ("nb_candidats_g",),
    "taux_reussite": ("taux_de_reussite_g", "taux_reussite_g"),
    "valeur_ajoutee": ("va_du_taux_de_reussite_g", "va_taux_reussite_g"),
    "taux_acces": ("taux_d_acces_6eme_3eme", "taux_acces_6eme_3eme"),
    "part_presents": ("part_presents_3eme_ordinaire_total",),
    "ep": ("ep_2022_2023",),
    "qpv_code": ("qp_a_proximite",),
    "effectif": ("effectifs", "nombre_d_eleves"),
}
"""Les en-têtes connus de chaque colonne, sans accent ; les autres portent notre nom."""


def lire_ivac(chemin: Path | str) -> pd.DataFrame:
    """
    Lit un fichier d'indicateurs de valeur ajoutée des collèges, voie générale du DNB.

    Args:
        chemin: fichier `fr-en-indicateurs-valeur-ajoutee-colleges`, avec libellés ou noms de champs.

    Returns:
        Une ligne par session et collège : les colonnes d'`IVAC` ; taux et part de 0 à 1, valeur ajoutée
        en points de pourcentage, secteur « public » ou « privé ».

    Source:
        DEPP, note méthodologique des indicateurs de valeur ajoutée des collèges.
    """
    table = _lire(chemin, IVAC).astype({"session": "Int64"})
    parts = {nom: table[nom] / 100 for nom in ("taux_reussite", "taux_acces", "part_presents")}
    return table.assign(**parts).drop_duplicates(["session", "uai"], ignore_index=True)


def lire_ips(chemin: Path | str) -> pd.DataFrame:
    """
    Lit un fichier d'indices de position sociale, collèges ou écoles.

    Args:
        chemin: fichier `fr-en-ips…` de n'importe quelle époque.

    Returns:
        Une ligne par rentrée (« 2022-2023 ») et établissement : les colonnes d'`IPS` ; `effectif` en
        élèves, vide quand le fichier ne le donne pas.

    Source:
        DEPP ; la méthode change à la rentrée 2022, les deux séries ne s'enchaînent pas.
    """
    return _lire(chemin, IPS).drop_duplicates(["rentree", "uai"], ignore_index=True)


def lire_education_prioritaire(chemin: Path | str) -> pd.DataFrame:
    """
    Lit la liste des établissements de l'éducation prioritaire, `fr-en-etablissements-ep` (rentrée 2022-2023).

    Returns:
        Une ligne par établissement : les colonnes d'`EDUCATION_PRIORITAIRE` ; `ep` vaut « REP+ », « REP »
        ou « HORS EP », `qpv_code` suit la liste de 2015 (vide hors quartier).

    Source:
        DGESCO ; un collège absent de la liste est hors éducation prioritaire.
    """
    table = _lire(chemin, EDUCATION_PRIORITAIRE).drop_duplicates("uai", ignore_index=True)
    return table.assign(qpv_code=table["qpv_code"].where(table["qpv_code"].str.startswith("QP", na=False)))


def valeurs_colleges(
    ivac: pd.DataFrame,
    ips: pd.DataFrame,
    ep: pd.DataFrame,
    *,
    uai: Sequence[str],
    academie: str,
    date_extraction: dt.date,
) -> pd.DataFrame:
    """
    Les indicateurs publics I04 à I07 et I11 de quelques collèges et de leurs comparaisons.

    Les taux de l'académie, des collèges REP+ et de la France (secteur public) sont pondérés par les
    candidats, leur IPS par les effectifs. La valeur ajoutée compare déjà à des semblables : pas d'agrégat.

    Args:
        ivac, ips, ep: ce que rendent les trois lecteurs ; des années peuvent être mises bout à bout.
        uai, academie, date_extraction: les collèges de la cité, leur académie, la date du relevé.

    Returns:
        Des lignes de `valeurs`. Le numérateur reste vide : un taux arrondi au point ne le donne pas.

    Raises:
        ErreurParametre: si un collège n'est dans aucun des fichiers.
    """
    inconnus = sorted(set(uai) - set(ivac["uai"]) - set(ips["uai"]))
    if inconnus:
        noms = ", ".join(inconnus)
        raise ErreurParametre(f"Collèges absents des fichiers IVAC et IPS : {noms}. Vérifier les codes UAI.")
    longues = pd.concat([_ivac_en_lignes(ivac), _ips_en_lignes(ips)], ignore_index=True)
    cite, publics = longues[longues["uai"].isin(uai)], longues[longues["secteur"].eq("public")]
    voisins = publics["academie"].map(sans_accent).eq(sans_accent(academie))
    rep_plus = publics["uai"].isin(ep.loc[ep["ep"].eq("REP+"), "uai"])
    morceaux = [cite.assign(niveau="etablissement", territoire_code=cite["uai"])]
    for niveau, code, perimetre, membres in (
        ("academie", sans_accent(academie).replace("_", "-"), "collèges publics", publics[voisins]),
        ("reseau", "rep_plus_france", "collèges publics, liste REP+ 2022-2023", publics[rep_plus]),
        ("france", "france", "collèges publics", publics),
    ):
        moyennes = _moyennes_ponderees(membres)
        morceaux.append(moyennes.assign(niveau=niveau, territoire_code=code, perimetre_version=perimetre))
    lignes = pd.concat(morceaux, ignore_index=True).dropna(subset="valeur")
    lignes = lignes.assign(statut_valeur="observee", producteur="DEPP", date_extraction=date_extraction)
    contrat = PAR_NOM["valeurs"]
    lignes = lignes.reindex(columns=contrat.noms).astype(contrat.vide().dtypes)
    return lignes.sort_values(list(contrat.cle), ignore_index=True)


def _lire(chemin: Path | str, colonnes: Sequence[str]) -> pd.DataFrame:
    """Le fichier réduit aux colonnes voulues, sous leurs noms à nous."""
    with Path(chemin).open(encoding="utf-8-sig") as fichier:
        separateur = max(";,\t", key=fichier.readline().count)
    options = {"dtype": "str", "encoding": "utf-8-sig", "keep_default_na": False, "na_values": MANQUANTS}
    brut = pd.read_csv(chemin, sep=separateur, **options)
    titres = {sans_accent(titre): titre for titre in brut.columns}
    table = pd.DataFrame(index=brut.index)
    for nom in colonnes:
        connus = EN_TETES.get(nom, (nom,))
        titre = next((titres[connu] for connu in connus if connu in titres), None)
        if titre is None and nom not in FACULTATIVES:
            lues = ", ".join(brut.columns)
            raise ErreurParametre(f"{Path(chemin).name} : colonne « {connus[0]} » introuvable. Lues : {lues}.")
        serie = brut[titre].str.strip() if titre else pd.Series(index=brut.index, dtype="str")
        table[nom] = serie if nom in TEXTES else serie.str.replace(",", ".").astype("Float64")
    if "secteur" in table:
        table["secteur"] = table["secteur"].str.upper().str[:2].map({"PU": "public", "PR": "privé"})
    return table


def _ivac_en_lignes(ivac: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par collège, session et indicateur ; `poids` compte les candidats."""
    session = "session " + ivac["session"].astype("str")
    source = "DEPP, indicateurs de valeur ajoutée des collèges, " + session
    commun = ivac[IDENTITE].assign(annee=ivac["session"], periode=session, poids=ivac["nb_candidats"], source=source)
    # Les candidats ne sont le dénominateur que de la réussite ; les élèves de 3e ne sont pas publiés.
    reussite = commun.assign(denominateur=ivac["nb_candidats"], perimetre_version="DNB, série générale")
    scolarite = commun.assign(perimetre_version="élèves du collège")
    indicateurs = (
        ("I04", "taux_reussite", reussite),
        ("I05", "valeur_ajoutee", reussite),
        ("I06", "taux_acces", scolarite),
        ("I07", "part_presents", scolarite),
    )
    return pd.concat(lignes.assign(indicateur_code=code, valeur=ivac[nom]) for code, nom, lignes in indicateurs)


def _ips_en_lignes(ips: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par collège et année scolaire, rangée à l'année où elle finit ; `poids` compte les élèves."""
    fin = ips["rentree"].str[-4:].astype("Int64")
    return ips[IDENTITE].assign(
        indicateur_code="I11",
        annee=fin,
        periode="année scolaire " + ips["rentree"],
        poids=ips["effectif"],
        denominateur=ips["effectif"],
        valeur=ips["ips"],
        perimetre_version=fin.ge(2023).map({True: "IPS, méthode de 2022", False: "IPS, méthode de 2016 à 2021"}),
        source="DEPP, indice de position sociale des collèges, rentrée " + ips["rentree"],
    )


def _moyennes_ponderees(membres: pd.DataFrame) -> pd.DataFrame:
    """Par indicateur et période, la moyenne pondérée ; la valeur ajoutée n'en a pas."""
    connus = membres.dropna(subset=["valeur", "poids"]).query("indicateur_code != 'I05'")
    connus = connus.assign(produit=connus["valeur"] * connus["poids"])
    cles = ["indicateur_code", "annee", "periode", "source"]
    sommes = connus.groupby(cles, as_index=False).agg(
        produit=("produit", "sum"), poids=("poids", "sum"), n_colleges=("uai", "size")
    )
    poids = sommes["indicateur_code"].eq("I11").map({True: "les effectifs", False: "les candidats"})
    return sommes.assign(
        valeur=(sommes["produit"] / sommes["poids"]).round(4),
        denominateur=sommes["poids"].where(sommes["indicateur_code"].isin(["I04", "I11"])),
        commentaire="Moyenne de " + sommes["n_colleges"].astype("str") + " collèges, pondérée par " + poids,
    )
