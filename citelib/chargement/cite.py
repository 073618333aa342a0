"""Charger une cité : d'un dossier de fichiers à une `Cite` vérifiée, en lecture seule.

C'est par ici, et par `sources`, que les données entrent. Les fautes connues d'une source se déclarent
dans `corrections.toml`, jamais dans le fichier reçu.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from citelib.chargement.entetes import rapprocher
from citelib.chargement.fichiers import A_CORRIGER, SUFFIXES_CLASSEUR, Feuille, lire_fichier
from citelib.chargement.identite import refuser_personnel
from citelib.contrats import Probleme, Table, sans_accent
from citelib.contrats.typage import Lecture, sans_blancs, typer, verifier_regles
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.formats import date_longue, liste, nombre, typographie
from citelib.tables import FICTIF, PAR_NOM, TABLES


@dataclass(frozen=True)
class Source:
    """
    D'où viennent des chiffres : le texte à afficher, s'ils sont inventés, la date des relevés.

    Args:
        texte: ce qui suit « Source : ».
        fictive: une partie au moins des lignes est inventée.
        date: date d'extraction la plus récente.
    """

    texte: str
    fictive: bool
    date: dt.date | None


@dataclass(frozen=True)
class Cite:
    """
    Les données vérifiées d'une cité éducative, en lecture seule.

    Chaque table se lit par son nom : `cite.actions`, `cite.valeurs`… Modifier la table obtenue ne
    change pas la cité.

    Args:
        dossier: dossier de ses données.
        reglages: contenu de cite.toml (identité, axes, gouvernance, seuils).
        protocole: contenu de protocole.toml.
        lectures: par table, ce qui a été lu et d'où.
        problemes: avertissements relevés au chargement.
    """

    dossier: Path
    reglages: Mapping
    protocole: Mapping
    lectures: Mapping[str, Lecture] = field(repr=False)
    problemes: list[Probleme] = field(default_factory=list, repr=False)

    def __getattr__(self, nom: str) -> pd.DataFrame:
        if nom.startswith("__") or nom not in self.lectures:
            raise AttributeError(f"Pas de table « {nom} ». Tables : {', '.join(PAR_NOM)}.")
        return self.lectures[nom].table.copy(deep=False)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.lectures])

    @property
    def nom(self) -> str:
        """Nom de la cité."""
        return self.reglages["nom"]

    @property
    def annees(self) -> list[int]:
        """Années de programme présentes, dans l'ordre."""
        return sorted(int(annee) for annee in self.actions["annee"].dropna().unique())

    @property
    def axes(self) -> dict[str, str]:
        """Libellé de chaque axe, par code, dans l'ordre du programme."""
        return {axe["code"]: axe["libelle"] for axe in self.reglages["axe"]}

    @property
    def themes(self) -> dict[str, list[str]]:
        """Thèmes de chaque axe, par code."""
        return {axe["code"]: list(axe["themes"]) for axe in self.reglages["axe"]}

    @property
    def etats(self) -> pd.DataFrame:
        """Cellules sans valeur observée : `table`, `colonne`, `etat`, `ligne`."""
        return pd.concat([lecture.etats.assign(table=nom) for nom, lecture in self.lectures.items()], ignore_index=True)

    def annee_connue(self, annee: int) -> int:
        """L'année, si la cité a un programme pour elle ; sinon une ErreurParametre qui dit les années présentes."""
        if annee not in self.annees:
            raise ErreurParametre(f"Pas de programme {annee} pour {self.nom}. Années présentes : {liste(self.annees)}.")
        return annee

    def seuil(self, diffusion: str) -> int | None:
        """Le seuil de secret demandé par cite.toml pour cette diffusion, s'il y en a un."""
        return self.reglages.get("secret", {}).get(diffusion)

    def source(self, *tables: str, **filtres) -> Source:
        """
        La source à citer sous des chiffres tirés de ces tables.

        Args:
            tables: noms des tables employées.
            filtres: colonne=valeur ou colonne=liste de valeurs, pour les tables qui ont cette colonne.

        Raises:
            ErreurParametre: si une table n'existe pas.
        """
        lignes = []
        for nom in tables:
            if nom not in self.lectures:
                raise ErreurParametre(f"Pas de table « {nom} ». Tables : {', '.join(PAR_NOM)}.")
            table = self.lectures[nom].table
            for colonne, voulu in filtres.items():
                if voulu is not None and colonne in table.columns:
                    table = table[table[colonne].isin(voulu if isinstance(voulu, (list, tuple)) else [voulu])]
            lignes.append(table[["source", "date_extraction"]])
        retenues = pd.concat(lignes)
        textes = sorted(retenues["source"].dropna().unique())
        date = retenues["date_extraction"].max()
        jour = None if pd.isna(date) else date.date()
        releve = f", relevé du {date_longue(jour)}" if jour else ""
        texte = (" ; ".join(textes) or f"{liste(tables)} : aucune ligne") + releve
        return Source(typographie(texte), any(t.startswith(FICTIF) for t in textes), jour)

    def arrete_le(self, annee: int) -> dt.date:
        """
        Date à laquelle le suivi de l'année est arrêté : « aujourd'hui » pour le rapport.

        C'est le dernier relevé des bilans ou de la collecte ; à défaut, celui du programme.
        """
        tables = (self.realisations, self.collecte, self.actions)
        dates = [table.loc[table["annee"] == annee, "date_extraction"].max() for table in tables]
        connues = [date for date in dates if not pd.isna(date)]
        return max(connues[:2] or connues).date()

    def commentaire(self, page: str, annee: int) -> str:
        """Le commentaire de l'évaluateur pour une page et une année (Markdown), ou un texte vide."""
        chemin = self.dossier / "commentaires" / f"{annee}-{page}.md"
        return chemin.read_text(encoding="utf-8") if chemin.is_file() else ""

    def _repr_html_(self) -> str:
        lignes = "".join(
            f"<tr><th scope='row'>{PAR_NOM[nom].titre}</th><td>{nombre(len(lecture.table))}</td></tr>"
            for nom, lecture in self.lectures.items()
        )
        legende = f"Cité éducative de {self.nom} : {liste(self.annees)}"
        return (
            f"<table><caption>{legende}</caption><thead><tr><th scope='col'>Table</th>"
            f"<th scope='col'>Lignes</th></tr></thead><tbody>{lignes}</tbody></table>"
        )


def _trouver(dossier: str | Path) -> Path:
    """
    Le dossier d'une cité ; un chemin relatif se cherche ici, puis dans le dossier au-dessus.

    Un notebook s'ouvre dans `notebooks/` alors que la commande part de la racine du projet.
    """
    for candidat in (Path(dossier), Path("..") / dossier):
        if candidat.is_dir():
            return candidat
    raise ErreurParametre(f"Dossier introuvable : {dossier}. Vérifier le chemin.")


def charger(dossier: str | Path) -> Cite:
    """
    Charge et vérifie les données d'une cité.

    Args:
        dossier: dossier qui contient cite.toml et les tables.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
        ErreurDonnees: si un fichier manque ou ne respecte pas son contrat ; elle porte tous les problèmes.
    """
    cite, problemes = ouvrir(dossier)
    erreurs = [probleme for probleme in problemes if probleme.gravite == "erreur"]
    if erreurs:
        raise ErreurDonnees(erreurs)
    return cite


def verifier(dossier: str | Path) -> list[Probleme]:
    """
    Tous les problèmes des données d'une cité, les erreurs d'abord.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
    """
    _, problemes = ouvrir(dossier)
    return sorted(problemes, key=lambda p: (p.gravite != "erreur", p.fichier, p.feuille, p.ligne or 0))


def ouvrir(dossier: str | Path) -> tuple[Cite, list[Probleme]]:
    """
    La cité telle qu'elle est, même incomplète, et tous ses problèmes : pour qui répare ou importe des données.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
    """
    dossier = _trouver(dossier)
    problemes: list[Probleme] = []
    reglages = _lire_toml(dossier / "cite.toml", ("cle", "nom", "axe"), problemes)
    protocole = _lire_toml(dossier / "protocole.toml", ("dimension",), problemes)
    chemin = dossier / "corrections.toml"
    corrections = _lire_toml(chemin, (), problemes).get("correction", []) if chemin.exists() else []
    trouvees = feuilles_par_table(dossier, problemes)
    lectures = {table.nom: _lire_table(table, trouvees, corrections, problemes) for table in TABLES}
    completes = {nom: lecture for nom, lecture in lectures.items() if nom in trouvees}
    for nom in completes:
        problemes += verifier_regles(PAR_NOM[nom], completes)
    avertissements = [p for p in problemes if p.gravite == "avertissement"]
    return Cite(dossier, reglages, protocole, lectures, avertissements), problemes


def _lire_table(table: Table, trouvees: dict, corrections: list[dict], problemes: list[Probleme]) -> Lecture:
    """La lecture d'une table, toutes ses feuilles réunies ; vide si elle n'a pas de fichier."""
    if table.nom not in trouvees:
        if not table.facultative:
            message = f"fichier introuvable, attendu la table « {table.titre} »"
            remede = "Le déposer là ; s'il n'y a rien à dire, laisser la seule ligne d'en-tête."
            problemes.append(Probleme("erreur", f"{table.nom}.csv", message=message, remede=remede))
        origine = pd.DataFrame(columns=["fichier", "feuille", "ligne"])
        return Lecture(table.vide(), origine, pd.DataFrame(columns=["ligne", "colonne", "etat"]), [])
    bruts, origines, entetes = zip(*(rapprocher(table, feuille) for feuille in trouvees[table.nom]), strict=True)
    entetes = [probleme for feuille in entetes for probleme in feuille]
    brut, obsoletes = corriger(
        table, pd.concat(bruts, ignore_index=True), [c for c in corrections if c.get("table") == table.nom]
    )
    lecture = typer(table, brut, pd.concat(origines, ignore_index=True))
    # Une colonne absente est déjà dite une fois : inutile de la redire à chaque ligne.
    absentes = {p.colonne for p in entetes if p.gravite == "erreur"}
    problemes += entetes + obsoletes + [p for p in lecture.problemes if p.colonne not in absentes]
    return lecture


def feuilles_par_table(dossier: Path, problemes: list[Probleme]) -> dict[str, list[Feuille]]:
    """Les feuilles de chaque table : `actions.csv`, `actions-2024.xlsx`, ou une feuille « actions »."""
    trouvees: dict[str, list[Feuille]] = {}
    for chemin in sorted(dossier.iterdir()):
        if chemin.name.startswith((".", "~")) or chemin.suffix.lower() not in (".csv", *SUFFIXES_CLASSEUR):
            continue
        try:
            feuilles = [feuille for feuille in lire_fichier(chemin) if feuille.nom != A_CORRIGER]
        except ErreurDonnees as erreur:
            problemes += erreur.problemes
            continue
        problemes += refuser_personnel(feuilles)
        racine = sans_accent(chemin.stem.split("-")[0])
        nommees = [(racine, feuilles[0])] if racine in PAR_NOM else [(sans_accent(f.nom), f) for f in feuilles]
        reconnues = [(nom, feuille) for nom, feuille in nommees if nom in PAR_NOM]
        for nom, feuille in reconnues:
            trouvees.setdefault(nom, []).append(feuille)
        if not reconnues:
            message = "aucune table reconnue, fichier ignoré"
            remede = f"Le nommer d'après une table : {', '.join(PAR_NOM)}."
            problemes.append(Probleme("avertissement", chemin.name, message=message, remede=remede))
    return trouvees


def corriger(table: Table, brut: pd.DataFrame, corrections: list[dict]) -> tuple[pd.DataFrame, list[Probleme]]:
    """
    Applique les corrections déclarées d'une table.

    Args:
        table: son contrat.
        brut: les textes lus.
        corrections: entrées de corrections.toml : `ou` (colonne → texte), `colonne`, `lu`, `corrige`, `motif`.

    Returns:
        Les textes corrigés, et un problème par correction qui ne trouve plus ce qu'elle attend.
    """
    corrige, problemes = brut.copy(), []
    for correction in corrections:
        ici = corrige[correction["colonne"]].map(sans_blancs) == correction["lu"]
        for colonne, valeur in correction["ou"].items():
            ici &= corrige[colonne].map(sans_blancs) == str(valeur)
        if not ici.any():
            message = f"correction sans objet : {table.nom}.{correction['colonne']} pour {correction['ou']}"
            remede = "La source a sans doute été corrigée : retirer cette entrée."
            lieu = ("corrections.toml", "", None, correction["colonne"])
            problemes.append(Probleme("erreur", *lieu, correction["lu"], message, remede))
        corrige.loc[ici, correction["colonne"]] = correction["corrige"]
    return corrige, problemes


def _lire_toml(chemin: Path, cles: tuple[str, ...], problemes: list[Probleme]) -> dict:
    """Le contenu d'un fichier TOML, où ces clés sont attendues ; vide s'il ne se lit pas."""
    try:
        contenu = tomllib.loads(chemin.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remede = "Le déposer là, sur le modèle de data/miramas."
        problemes.append(Probleme("erreur", chemin.name, message="fichier introuvable", remede=remede))
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        message, remede = f"fichier TOML illisible ({erreur})", "Corriger la ligne indiquée."
        problemes.append(Probleme("erreur", chemin.name, message=message, remede=remede))
        return {}
    for cle in cles:
        if cle not in contenu:
            message = f"clé absente, attendu « {cle} »"
            problemes.append(Probleme("erreur", chemin.name, colonne=cle, message=message, remede="L'ajouter."))
    return contenu
