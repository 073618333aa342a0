"""Charger une cité : d'un dossier de fichiers à une `Cite` vérifiée, en lecture seule.

C'est par ici, et par `sources`, que les données entrent. Les fautes connues d'une source se déclarent
dans `corrections.toml`, jamais dans le fichier reçu.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pandas as pd

from citelib.chargement import commentaires, noms
from citelib.chargement.corrections import lire_corrections, raison_toml
from citelib.chargement.dossier import trouver
from citelib.chargement.doutes import douter
from citelib.chargement.entetes import reperer_entete
from citelib.chargement.fichiers import A_CORRIGER, MARQUE, SUFFIXES_CLASSEUR, Feuille
from citelib.chargement.formules import verifier_formules
from citelib.chargement.identite import refuser_personnel
from citelib.chargement.journal import Lectures, noter
from citelib.chargement.lecture import lire_table
from citelib.chargement.partage import pretee
from citelib.chargement.protocole import lire_protocole
from citelib.chargement.reglages import verifier_comparaison, verifier_contribution, verifier_noms, verifier_validations
from citelib.chargement.volumes import lire_feuilles
from citelib.contrats import Probleme, Problemes, sans_accent
from citelib.contrats.typage import Lecture, verifier_pourcents, verifier_regles
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.formats import INVISIBLES, accord, date_longue, liste, nombre, typographie
from citelib.tables import FICTIF, PAR_NOM, TABLES

A_GAUCHE = " style='text-align: left'"  # JupyterLab met toute cellule à droite
SUFFIXES = (".csv", ".tsv", ".txt", *SUFFIXES_CLASSEUR)


@dataclass(frozen=True)
class Source:
    """
    D'où viennent des chiffres.

    Args:
        texte: ce qui suit « Source : ».
        fictive: une partie au moins des lignes est inventée.
    """

    texte: str
    fictive: bool


@dataclass(frozen=True, eq=False)
class Cite:
    """
    Les données vérifiées d'une cité éducative, en lecture seule ; deux chargements font deux cités différentes.

    Chaque table se lit par son nom : `cite.actions`, `cite.valeurs`… Modifier la table obtenue ne
    change pas la cité.

    Args:
        dossier: dossier de ses données.
        reglages: contenu de cite.toml (identité, axes, gouvernance, seuils).
        protocole: contenu de protocole.toml.
        lectures: par table, ce qui a été lu et d'où.
        problemes: avertissements relevés au chargement.
        corrections: celles que corrections.toml déclare.
    """

    dossier: Path
    reglages: Mapping
    protocole: Mapping
    lectures: Mapping[str, Lecture] = field(repr=False)
    problemes: list[Probleme] = field(default_factory=list, repr=False)
    corrections: list[dict] = field(default_factory=list, repr=False)

    def __getattr__(self, nom: str) -> pd.DataFrame:
        if nom.startswith("__") or nom not in self.lectures:
            raise AttributeError(f"Pas de table « {nom} ». Tables : {', '.join(PAR_NOM)}.")
        return self.lectures[nom].table.copy(deep=False)

    def __dir__(self) -> list[str]:
        return sorted([*(nom for nom in super().__dir__() if not nom.startswith("_")), *self.lectures])

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

    @property
    def derniere_annee(self) -> int:
        """La dernière année du programme ; une ErreurParametre si la cité n'a encore aucune action."""
        return self.annees[-1] if self.annees else self.annee_connue(0)

    def annee_connue(self, annee: int) -> int:
        """L'année, si la cité a un programme pour elle ; sinon une ErreurParametre qui dit les années présentes."""
        if not self.annees:
            remede = (
                f"python -m citelib importer classeur {self.dossier / 'modeles' / 'cpo.xlsx'} --vers {self.dossier}"
            )
            raise ErreurParametre(f"{self.nom} n'a encore aucune action. Remplir ce classeur, puis : {remede}")
        if annee not in self.annees:
            raise ErreurParametre(f"Pas de programme {annee} pour {self.nom}. Années présentes : {liste(self.annees)}.")
        return annee

    def seuil(self, diffusion: str) -> int | None:
        """Le seuil de secret demandé par cite.toml pour cette diffusion, s'il y en a un."""
        return self.reglages.get("secret", {}).get(diffusion)

    def valide_le(self, annee: int) -> dt.date | None:
        """Date à laquelle le comité technique a validé le rapport d'une année (cite.toml) ; None s'il y travaille."""
        return self.reglages.get("validations", {}).get(str(annee))

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
        releve = "" if pd.isna(date) else f", relevé du {date_longue(date)}"
        texte = (" ; ".join(textes) or f"{liste(tables)} : aucune ligne") + releve
        return Source(typographie(texte), any(t.startswith(FICTIF) for t in textes))

    def arrete_le(self, annee: int) -> dt.date:
        """
        Date à laquelle le suivi de l'année est arrêté : « aujourd'hui » pour le rapport.

        C'est le dernier relevé des bilans ou de la collecte ; à défaut, celui du programme.
        """
        tables = (self.realisations, self.collecte, self.actions)
        *suivi, programme = (table.loc[table["annee"] == annee, "date_extraction"].max() for table in tables)
        return max((date for date in suivi if not pd.isna(date)), default=programme).date()

    def commentaire(self, page: str, annee: int) -> str:
        """Le commentaire de l'évaluateur pour le haut d'une page et une année (Markdown), ou un texte vide."""
        return self._parties(page, annee)[0].markdown

    def commentaires(self, page: str, annee: int) -> tuple[commentaires.Partie, ...]:
        """Ses commentaires des sections de cette page."""
        return tuple(self._parties(page, annee)[1:])

    def _parties(self, page: str, annee: int) -> list[commentaires.Partie]:
        noter(f"{commentaires.DOSSIER}/{annee}-{page}.md")
        chemin = self.dossier / commentaires.DOSSIER / f"{annee}-{page}.md"
        return commentaires.decouper(commentaires.lire(chemin))

    def _repr_html_(self) -> str:
        lignes = "".join(
            f"<tr><th scope='row'{A_GAUCHE}>{escape(PAR_NOM[nom].titre)}</th><td{A_GAUCHE}><code>cite.{nom}</code></td>"
            f"<td>{nombre(len(lecture.table))}</td></tr>"
            for nom, lecture in self.lectures.items()
        )
        combien = accord(len(self.problemes), "avertissement") if self.problemes else "aucun avertissement"
        legende = typographie(f"Cité éducative de {self.nom} : {liste(self.annees)} ; {combien}")
        return (
            f"<table><caption>{escape(legende)}</caption><thead><tr><th scope='col'{A_GAUCHE}>Table</th>"
            f"<th scope='col'{A_GAUCHE}>Se lit</th><th scope='col'>Lignes</th></tr></thead>"
            f"<tbody>{lignes}</tbody></table>"
        )


def charger(dossier: str | Path) -> Cite:
    """
    Charge et vérifie les données d'une cité.

    Args:
        dossier: dossier qui contient cite.toml et les tables.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
        ErreurDonnees: si un fichier manque ou ne respecte pas son contrat ; elle porte tous les problèmes.
    """

    def lire() -> Cite:
        cite, problemes = ouvrir(dossier)
        if erreurs := [probleme for probleme in problemes if probleme.gravite == "erreur"]:
            raise ErreurDonnees(erreurs)
        return cite

    return pretee(trouver(dossier), lire)


def verifier(dossier: str | Path) -> list[Probleme]:
    """
    Tous les problèmes des données d'une cité, les erreurs d'abord.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
    """
    _, problemes = ouvrir(dossier)
    return Problemes(sorted(problemes, key=lambda p: (p.gravite != "erreur", p.fichier, p.feuille, p.ligne or 0)))


def ouvrir(dossier: str | Path) -> tuple[Cite, list[Probleme]]:
    """
    La cité telle qu'elle est, même incomplète, et tous ses problèmes : pour qui répare ou importe des données.

    Raises:
        ErreurParametre: si le dossier n'existe pas.
    """
    dossier = trouver(dossier)
    problemes: list[Probleme] = []
    reglages = _lire_toml(dossier / "cite.toml", ("cle", "nom", "axe"), problemes)
    protocole = _lire_toml(dossier / "protocole.toml", ("dimension",), problemes)
    corrections, fautives = lire_corrections(_lire_toml(dossier / "corrections.toml", (), problemes, facultatif=True))
    rapprochements = _lire_toml(dossier / noms.FICHIER, (), problemes, facultatif=True)
    trouvees = feuilles_par_table(dossier, problemes)
    lues = {}
    for table in TABLES:
        lues[table.nom], siens = lire_table(table, trouvees.get(table.nom, ()), corrections)
        problemes += siens
    lectures, obsoletes = noms.appliquer(lues, rapprochements)
    protocole, fautes = lire_protocole(protocole, set(lectures["indicateurs"].table["indicateur_code"].dropna()))
    problemes += fautives + obsoletes + fautes
    completes = {nom: lecture for nom, lecture in lectures.items() if nom in trouvees}
    for nom in completes:
        problemes += noms.conseiller(verifier_regles(PAR_NOM[nom], completes), lectures["structures"].table["nom"])
        problemes += verifier_pourcents(lectures[nom], lectures["indicateurs"].table)
    problemes += [*verifier_formules(lectures), *douter(lectures), *commentaires.relire(dossier)]
    problemes += verifier_comparaison(reglages, lectures) + verifier_contribution(reglages)
    problemes += verifier_noms(reglages) + verifier_validations(reglages)
    avertissements = [p for p in problemes if p.gravite == "avertissement"]
    return Cite(dossier, reglages, protocole, Lectures(lectures), avertissements, corrections), problemes


def feuilles_par_table(dossier: Path, problemes: list[Probleme]) -> dict[str, list[Feuille]]:
    """Les feuilles de chaque table, dans tous les fichiers du dossier."""
    trouvees: dict[str, list[Feuille]] = {}
    for chemin in sorted(dossier.iterdir()):
        if chemin.name.startswith((".", "~")) or chemin.suffix.lower() not in SUFFIXES:
            continue
        try:
            feuilles = [feuille for feuille in lire_feuilles(chemin) if feuille.nom != A_CORRIGER]
        except ErreurDonnees as erreur:
            problemes += erreur.problemes
            continue
        if any(feuille.nom == MARQUE for feuille in feuilles):
            remede = f"python -m citelib importer classeur {chemin} --vers {dossier}, puis le ranger ailleurs."
            message = "classeur rempli, qui s'importe : ignoré ici"
            problemes.append(Probleme("avertissement", chemin.name, message=message, remede=remede))
            continue
        problemes += refuser_personnel(feuilles)
        reconnues = _tables_du_fichier(chemin, feuilles, problemes)
        for nom, feuille in reconnues:
            trouvees.setdefault(nom, []).append(feuille)
        if not reconnues:
            message = "aucune table reconnue, fichier ignoré"
            remede = f"Le nommer d'après une table : {', '.join(PAR_NOM)}."
            problemes.append(Probleme("avertissement", chemin.name, message=message, remede=remede))
    return trouvees


def _tables_du_fichier(chemin: Path, feuilles: list[Feuille], problemes: list[Probleme]) -> list[tuple[str, Feuille]]:
    """Les feuilles à lire et leur table : d'après le nom du fichier, sinon ceux des feuilles, sinon les en-têtes."""
    nommees = [(nom, f) for f in feuilles if (nom := _table_nommee(f.nom)) and not f.nom.startswith("_")]
    ignorees = [(f, "feuille masquée, ignorée") for _, f in nommees if f.cachee]
    nommees = [(nom, f) for nom, f in nommees if not f.cachee]
    visibles = [f for f in feuilles if not f.cachee and not f.nom.startswith("_")]
    racine = _table_nommee(chemin.stem)
    if racine and visibles:
        retenues = [(nom, f) for nom, f in nommees if nom == racine] or [(racine, visibles[0])]
        autres = [f for nom, f in nommees if (nom, f) not in retenues and f is not visibles[0]]
        ignorees += [(f, f"feuille ignorée : le fichier porte le nom de la table {racine}") for f in autres]
    else:
        retenues = nommees or [(nom, f) for f in visibles if (nom := _table_reconnue(f))]
    connues = [f for _, f in retenues] + [f for f, _ in ignorees]
    muettes = [f for f in visibles if f not in connues and _table_reconnue(f)]
    ignorees += [(f, "feuille ignorée, qui ressemble pourtant à une table") for f in muettes]
    for feuille, message in ignorees:
        remede = "L'afficher, lui donner le nom d'une table, ou la mettre dans un fichier à part, si elle compte."
        problemes.append(Probleme("avertissement", chemin.name, feuille.nom, message=message, remede=remede))
    return retenues


def _table_nommee(texte: str) -> str | None:
    """
    La table dont le nom, et lui seul, se lit dans un nom de fichier ou de feuille.

    >>> _table_nommee("bilan Actions_2024 VF"), _table_nommee("actions et bénéficiaires")
    ('actions', None)
    """
    reste, nommees = f"_{sans_accent(texte)}_", []
    for nom in sorted(PAR_NOM, key=len, reverse=True):  # « reponses_beneficiaires » avant « beneficiaires »
        if f"_{nom}_" in reste:
            nommees.append(nom)
            reste = reste.replace(f"_{nom}_", "_")
    return nommees[0] if len(nommees) == 1 else None


def _table_reconnue(feuille: Feuille) -> str | None:
    """La table dont l'en-tête de la feuille a toutes les colonnes obligatoires, et plus de colonnes que toute autre."""
    trouvees = {table.nom: set(reperer_entete(table, feuille).colonnes) - {None} for table in TABLES}
    scores = {
        t.nom: len(trouvees[t.nom]) for t in TABLES if trouvees[t.nom] >= {c.nom for c in t.colonnes if c.obligatoire}
    }
    meilleures = [nom for nom, score in scores.items() if score == max(scores.values())]
    return meilleures[0] if len(meilleures) == 1 else None


def _lire_toml(chemin: Path, cles: tuple[str, ...], problemes: list[Probleme], *, facultatif: bool = False) -> dict:
    """Le contenu d'un fichier TOML, où ces clés sont attendues ; vide s'il ne se lit pas."""
    if facultatif and not chemin.exists():
        return {}
    try:
        contenu = tomllib.loads(INVISIBLES.sub("", chemin.read_text(encoding="utf-8")))
    except FileNotFoundError:
        remede = "Le déposer là, sur le modèle de data/miramas."
        problemes.append(Probleme("erreur", chemin.name, message="fichier introuvable", remede=remede))
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as erreur:
        message = f"fichier illisible : {raison_toml(erreur)}"
        remede = "Vérifier à cette ligne les guillemets, les crochets et les signes =, ou les droits du fichier."
        problemes.append(Probleme("erreur", chemin.name, message=message, remede=remede))
        return {}
    for cle in cles:
        if cle not in contenu:
            message = f"clé absente, attendu « {cle} »"
            problemes.append(Probleme("erreur", chemin.name, colonne=cle, message=message, remede="L'ajouter."))
    return contenu
