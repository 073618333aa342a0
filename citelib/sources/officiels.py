"""Lire un fichier public du ministère de l'Éducation nationale, de n'importe quelle époque décrite.

`instruments/education.toml` décrit chaque source : en-têtes de toutes les époques, séries et ruptures. On lit par
nom de colonne, jamais par position ; les taux y vont de 0 à 100, chez nous toute part va de 0 à 1.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pandas as pd

from citelib.chargement.fichiers import SUFFIXES_CLASSEUR, lire_fichier
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.formats import accord, liste

DESCRIPTION = tomllib.loads(resources.files("citelib").joinpath("instruments", "education.toml").read_text("utf-8"))
ANNEE = r"(?:\d\d/\d\d/)?((?:19|20)\d\d)(?:-((?:19|20)\d\d)|\.0|-\d\d-\d\d.*)?"
SERIE = ["debut", "rentree", "public", "perimetre", "comparaison", "phrase", "mention", "periode", "source"]


@dataclass(frozen=True)
class Releve:
    """
    Un fichier officiel, lu et rattaché à ses séries.

    Args:
        table: une ligne par établissement et année : les colonnes décrites, `ligne` (du fichier), `debut` (session,
            ou année où commence l'année scolaire), `rentree` (« 2022-2023 »), et ce qui décrit la série.
        non_diffuses: vrai où le fichier dit « ND » ou « NS », mêmes lignes.
        notes: ce qui a été reconnu et compté, une phrase chacun.
    """

    table: pd.DataFrame
    non_diffuses: pd.DataFrame
    notes: tuple[str, ...]


def decrite(source: str) -> Mapping:
    """La description d'une source ; une ErreurParametre dit celles qui existent."""
    if source not in DESCRIPTION["source"]:
        raise ErreurParametre(f"Source inconnue : « {source} ». Sources : {', '.join(DESCRIPTION['source'])}.")
    return DESCRIPTION["source"][source]


def reconnaitre(chemin: Path) -> str:
    """
    La source dont un fichier du ministère a toutes les colonnes, et elle seule.

    Raises:
        ErreurParametre: si le fichier est illisible, ou si son en-tête n'est celui d'aucune source, ou de plusieurs.
    """
    titres = _titres(chemin)
    absentes = {source: _chercher(titres, description)[1] for source, description in DESCRIPTION["source"].items()}
    connues = [source for source in absentes if not absentes[source]]
    if len(connues) == 1:
        return connues[0]
    trouvees = f"ce peut être {liste(connues)}" if connues else "son en-tête n'est celui d'aucune source"
    remede = f"Dire laquelle : citelib importer {' ou '.join(connues or DESCRIPTION['source'])}."
    raise ErreurParametre(f"{chemin.name} : fichier du ministère non reconnu, {trouvees}. {remede}")


def lire(chemin: Path | str, source: str) -> Releve:
    """
    Lit un fichier du ministère, CSV ou classeur, de n'importe quelle époque décrite.

    Args:
        chemin: le fichier, avec libellés ou noms de champs, dans n'importe quel ordre de colonnes.
        source: une clé de `education.toml` : ivac, ips, dnb, ep, effectifs ou evaluations.

    Raises:
        ErreurParametre: fichier illisible, colonne absente, cellule incomprise, échelle ou année inattendue.

    Source:
        DEPP et DGESCO, data.education.gouv.fr, Licence Ouverte 2.0.
    """
    chemin, description = Path(chemin), decrite(source)
    brut = _ouvrir(chemin, description)
    n_lues = len(brut)
    for colonne, voulue in description.get("retenues", {}).items():
        brut = brut[brut[colonne].map(sans_accent).eq(voulue)]
    table, non_diffuses = _typer(brut, description, chemin.name)
    table = _rattacher(table, description, chemin.name)
    # L'ordre d'un export n'est pas stable : de deux lignes qui se contredisent, on garde toujours la même.
    uniques = table.drop_duplicates()
    repetees = uniques.duplicated(["uai", "debut"], keep=False)
    choisies = uniques[repetees].sort_values(list(uniques)).drop_duplicates(["uai", "debut"])
    gardees = pd.concat([uniques[~repetees], choisies]).sort_index()
    doublons, contraires = len(table) - len(gardees), len(uniques) - len(gardees)
    notes = [f"{chemin.name} : {accord(n_lues, 'ligne lue', 'lignes lues')}, {accord(len(gardees), 'gardée')}"]
    if doublons:
        ecartes = accord(doublons, "doublon écarté", "doublons écartés")
        notes.append(f"{ecartes}, dont {contraires} de contenu différent")
    for phrase, serie in gardees.groupby("phrase", sort=False):
        debuts = sorted(serie["debut"].unique())
        annees = liste(debuts) if len(debuts) < 4 else f"{debuts[0]} à {debuts[-1]}"
        notes.append(f"{phrase} : {accord(len(serie), 'ligne')} ({annees})")
    notes.append(description["rupture"])
    gardees = gardees.assign(ligne=gardees.index).reset_index(drop=True)
    return Releve(gardees, non_diffuses.loc[gardees["ligne"]].reset_index(drop=True), tuple(notes))


def _titres(chemin: Path) -> list[str]:
    """L'en-tête d'un fichier du ministère, CSV ou classeur."""
    if chemin.suffix.lower() in SUFFIXES_CLASSEUR:
        return next((textes for _, textes in lire_fichier(chemin)[0].lignes if any(textes)), [])
    return _decouper(chemin)[0]


def _decouper(chemin: Path) -> tuple[list[str], str, str]:
    """L'en-tête d'un CSV, son séparateur, et le texte qui le suit."""
    try:
        octets = chemin.read_bytes()
        try:
            texte = octets.decode("utf-8-sig")
        except UnicodeDecodeError:  # l'enregistrement « CSV » d'un Excel français
            texte = octets.decode("cp1252", errors="replace")
        entete, _, corps = texte.partition("\n")
        separateur = max(";,\t", key=entete.count)
        return next(csv.reader([entete], delimiter=separateur), []), separateur, corps
    except (OSError, csv.Error) as erreur:
        raise ErreurParametre(f"{chemin.name} : fichier illisible ({erreur}).") from erreur


def _ouvrir(chemin: Path, description: Mapping) -> pd.DataFrame:
    """Les textes des colonnes décrites, sous leurs noms à nous ; l'index est la ligne du fichier."""
    if chemin.suffix.lower() in SUFFIXES_CLASSEUR:
        lignes = [(numero, textes) for numero, textes in lire_fichier(chemin)[0].lignes if any(textes)]
        numeros, (titres, *textes) = [numero for numero, _ in lignes[1:]], [li for _, li in lignes] or [[]]
        places = _places(titres, description, chemin.name)
        brut = pd.DataFrame(textes, numeros, range(len(titres)), dtype="str")
    else:
        titres, separateur, corps = _decouper(chemin)
        places = _places(titres, description, chemin.name)
        # Un titre de plus que l'en-tête : ce qui y déborde est une ligne décalée.
        flux = io.StringIO(separateur * len(titres) + "\n" + corps)
        utiles = sorted({*places.values(), len(titres)})
        options = {"names": range(len(titres) + 1), "header": 0, "index_col": False, "skip_blank_lines": False}
        try:
            brut = pd.read_csv(flux, sep=separateur, usecols=utiles, dtype="str", na_filter=False, **options)
        except pd.errors.ParserError as erreur:
            raise ErreurParametre(f"{chemin.name} : fichier illisible ({erreur}).") from erreur
        brut = brut.set_axis(range(2, len(brut) + 2))
        if (decalees := brut[len(titres)].fillna("").ne("")).any():
            raise ErreurParametre(f"{chemin.name}, ligne {decalees.idxmax()} : plus de cellules que de titres.")
    brut = brut[list(places.values())].set_axis(list(places), axis="columns")
    toutes = DESCRIPTION["commun"] | description["colonnes"]
    brut = brut.reindex(columns=list(toutes), fill_value="").fillna("")
    # Une colonne répète peu de valeurs : ici et dans `_typer`, chacune n'est traitée qu'une fois.
    brut = brut.apply(lambda colonne: colonne.map({texte: texte.strip() for texte in colonne.unique()}))
    return brut[brut["uai"].ne("")]


def _places(titres: list[str], description: Mapping, fichier: str) -> dict[str, int]:
    """Le rang de chaque colonne décrite parmi les titres lus ; une ErreurParametre dit celles qui manquent."""
    places, absentes = _chercher(titres, description)
    if absentes:
        raise ErreurParametre(f"{fichier} : colonne {' ; '.join(absentes)}. Lues : {', '.join(titres)[:2000]}.")
    return places


def _chercher(titres: list[str], description: Mapping) -> tuple[dict[str, int], list[str]]:
    """Le rang de chaque colonne décrite parmi les titres lus, et celles qui manquent."""
    lus = [sans_accent(titre.replace("’", "'")) for titre in titres]
    places, absentes = {}, []
    for nom, colonne in (DESCRIPTION["commun"] | description["colonnes"]).items():
        connus = [titre for titre in map(sans_accent, colonne["titres"]) if titre in lus]
        if connus:
            places[nom] = lus.index(connus[0])
        elif nom not in description["facultatives"]:
            absentes.append(f"« {nom} » introuvable (titres connus : {', '.join(colonne['titres'])})")
    return places, absentes


def _typer(brut: pd.DataFrame, description: Mapping, fichier: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les textes convertis selon leur description, et les cellules que le ministère ne diffuse pas."""
    non_diffuses = brut.isin(DESCRIPTION["jetons"]["non_diffuses"])
    textes = brut.mask(non_diffuses | brut.isin(DESCRIPTION["jetons"]["vides"]), "")
    groupes, table = description.get("cent_pour_cent", []), pd.DataFrame(index=brut.index)
    for nom, colonne in (DESCRIPTION["commun"] | description["colonnes"]).items():
        serie, attendu = pd.Series(textes[nom].unique(), dtype="str"), "un nombre"
        vide = serie.eq("")
        fautes = vide & False
        if colonne.get("type") in ("nombre", "part"):
            nus = serie.str.replace(r"[\s%]", "", regex=True).str.replace(",", ".")
            fautes = ~(vide | nus.str.fullmatch(r"-?\d+(\.\d+)?"))
            lus = nus.mask(vide | fautes).astype("Float64")
            if colonne["type"] == "part":
                # Des taux tous sous 1 sont à une autre échelle, sauf s'ils se partagent 100 % (vérifié plus bas).
                maxi = 1 if nom in groupes or lus.gt(1).any() else 0
                lus, attendu = lus / 100, "un taux de 0 à 100"
                fautes |= ~lus.between(0, maxi).fillna(True)
        elif "valeurs" in colonne:
            connues = colonne["valeurs"]
            lus = serie.map({texte: connues.get(sans_accent(texte)) for texte in serie.unique()}).astype("str")
            fautes, attendu = ~vide & lus.isna(), " ou ".join(dict.fromkeys(connues.values()))
        else:
            codes = serie.str.fullmatch(r"\d+[A-Za-z]?") & ("largeur" in colonne)
            lus = serie.mask(codes, serie.str.lstrip("0").str.zfill(colonne.get("largeur", 0))).mask(vide)
        rangs = pd.Index(serie).get_indexer(textes[nom])
        if fautes.any():
            ligne = brut.index[fautes.to_numpy(dtype="bool")[rangs].argmax()]
            lu = brut.at[ligne, nom]
            raise ErreurParametre(f"{fichier}, ligne {ligne}, colonne {nom} : attendu {attendu} (lu : « {lu} »).")
        table[nom] = lus.take(rangs).set_axis(brut.index)
    totaux = table[groupes].sum(axis=1, skipna=False) if groupes else pd.Series(dtype="Float64")
    if (fautes := (totaux - 1).abs().gt(0.03).fillna(False)).any():
        ligne = fautes.idxmax()
        raise ErreurParametre(f"{fichier}, ligne {ligne} : les groupes font {totaux[ligne]:.0%}, attendu 100 %.")
    for somme, parties in description.get("sommes", {}).items():
        table[somme] = table[parties].sum(axis=1, skipna=False)
        non_diffuses[somme] = non_diffuses[parties].any(axis=1)
    return table, non_diffuses


def _rattacher(table: pd.DataFrame, description: Mapping, fichier: str) -> pd.DataFrame:
    """La table, chaque ligne rattachée à son année et à sa série ; une année que rien ne décrit est refusée."""
    ecrites = table.get(description.get("annee"), pd.Series(description.get("millesime"), table.index)).fillna("")
    ecoles = table["nom"].dropna().str.lower().str.startswith(("ecole", "école")).mean() > 0.5
    series = [jeu for jeu in description["jeu"] if jeu["public"] in ("tous", "ecole" if ecoles else "college")]
    fiches = {}
    for ecrite in ecrites.unique():
        lue = re.fullmatch(ANNEE, ecrite)
        debut = int(lue[1]) if lue and int(lue[2] or 0) in (0, int(lue[1]) + 1) else 0
        jeu = next((jeu for jeu in series if jeu["premiere"] <= debut <= jeu["derniere"]), None)
        if jeu is None:
            connues = " ; ".join(f"{jeu['id']}, {jeu['premiere']} à {jeu['derniere']}" for jeu in series) or "aucune"
            remede = "Décrire la série dans instruments/education.toml, après avoir lu si la méthode a changé."
            lu = f"{fichier} : année inconnue (lu : « {ecrite} »)"
            raise ErreurParametre(f"{lu}. Séries décrites : {connues}. {remede}")
        noms = {"debut": debut, "rentree": f"{debut}-{debut + 1}", "public": DESCRIPTION["publics"][jeu["public"]]}
        modeles = {"periode": description["periode"], "source": description["texte_source"]}
        fiches[ecrite] = noms | {nom: modele.format(**noms) for nom, modele in modeles.items()} | jeu
    fiches = pd.DataFrame(fiches.values(), index=list(fiches), columns=SERIE)
    return table.assign(**fiches.loc[ecrites].set_axis(table.index))
