"""La correspondance d'une enquête : quelle colonne de l'export est quelle question, ce que veut dire chaque réponse.

L'évaluateur l'écrit en TOML ; `instruments/correspondance_exemple.toml` l'explique, `enquetes` l'applique.
"""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.corrections import raison_toml
from citelib.chargement.fichiers import en_texte
from citelib.contrats import Parmi, Probleme, Table
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.typage import typer
from citelib.erreurs import ErreurParametre
from citelib.tables import PAR_NOM

COMPLETE = {"limesurvey": ("submitdate", "Date de soumission", "Date submitted")}
COMPLETE |= dict.fromkeys(("kobo", "framaforms", "sphinx", "autre"), ())
"""Par outil, la colonne qui dit qu'une réponse est complète quand la correspondance n'en nomme pas."""
PROFILS = {
    "reponses_beneficiaires": {"tranche_age": "NR", "sexe": "NR", "action_id": "", "classe_pseudo": ""},
    "reponses_partenaires": {"categorie": None, "structure_id": "", "anciennete": ""},
}
"""Ce que chaque table dit d'un répondant, et ce qui s'écrit s'il ne répond pas (None : il faut le savoir)."""
CLES = ("table", "outil", "questionnaire", "vague", "annee", "date_extraction", "complete", "repondant", "echelles")
CLES += ("question",)
CLES_CHAMP = ("item", "colonne", "reponses", "valeur", "conditionnelle")
CODES = ("A", "B", "C", *map(str, range(1, 11)), "NSP")
SANS_REPONSE = {"", "sans reponse", "pas de reponse", "non reponse", "no answer"}
VIDES = {*SANS_REPONSE, "n/a", "non affichee"}
"""Ce qui n'est pas une réponse : la question n'a pas reçu de réponse, ou n'a pas été posée."""


@dataclass(frozen=True)
class Champ:
    """
    Une colonne de l'export et ce que ses textes veulent dire.

    Args:
        nom: notre colonne, ou la question (`item`) qu'elle renseigne.
        colonnes: noms sous lesquels la chercher ; aucun si `valeur` vaut pour toutes les réponses.
        reponses: texte de l'export → notre code.
        valeur: ce qui s'écrit sans réponse.
        conditionnelle: n'était-elle montrée qu'à certains ? None si l'export le dit lui-même (« N/A »).
    """

    nom: str
    colonnes: tuple[str, ...] = ()
    reponses: Mapping[str, str] = field(default_factory=dict)
    valeur: str = ""
    conditionnelle: bool | None = None

    @functools.cached_property
    def codes(self) -> dict[str, str]:
        """Les réponses, sous leur forme la plus simple."""
        return {simplifier(texte): code for texte, code in self.reponses.items()}

    def lire(self, texte: str) -> str | None:
        """
        Le code d'une réponse, None si la question n'a pas été posée ; KeyError si la réponse n'était pas prévue.

        >>> question = Champ("oser_parler", reponses={"Tout à fait d'accord": "4"})
        >>> question.lire("TOUT A FAIT  D’ACCORD"), question.lire("Sans réponse"), question.lire("N/A")
        ('4', '', None)
        """
        simple = simplifier(texte)
        if simple in VIDES and simple not in self.codes:
            posee = simple in SANS_REPONSE if self.conditionnelle is None else not self.conditionnelle
            return self.valeur if posee else None
        return self.codes[simple]


@dataclass(frozen=True)
class Correspondance:
    """Ce que dit une correspondance : table visée, valeurs communes à toutes les réponses, colonnes à lire."""

    table: Table
    outil: str
    constantes: Mapping[str, str]
    complete: Champ
    repondant: Champ
    profil: tuple[Champ, ...]
    questions: tuple[Champ, ...]

    @property
    def champs(self) -> list[Champ]:
        """Les champs à chercher dans l'export."""
        return [c for c in (*self.questions, *self.profil, self.repondant, self.complete) if c.colonnes]


def simplifier(texte: str) -> str:
    """Un texte sans accents, majuscules ni blancs de trop ; les signes restent : « < 11 » n'est pas « > 11 »."""
    nu = unicodedata.normalize("NFKD", sans_blancs(texte).replace("’", "'"))
    return "".join(lettre for lettre in nu if not unicodedata.combining(lettre)).casefold()


def lire_correspondance(chemin: Path, cite: Cite) -> tuple[Correspondance, list[Probleme]]:
    """
    Lit une correspondance et la confronte au contrat de la table, aux questions et aux actions de la cité.

    Raises:
        ErreurParametre: si le fichier est illisible, ou si une clé y manque ou y est de trop.
    """
    try:
        contenu = {"table": "reponses_beneficiaires", "outil": "autre", "echelles": {}}
        contenu |= tomllib.loads(chemin.read_text(encoding="utf-8"))
        _exiger([contenu["table"], contenu["outil"]], (), (*PROFILS, *COMPLETE))
        profil = PROFILS[contenu["table"]]
        obligatoires = [nom for nom, vide in profil.items() if vide is None]
        _exiger(contenu, ("questionnaire", "vague", "annee", "question", *obligatoires), (*CLES, *profil))
        for question in contenu["question"]:
            _exiger(question, ("item", "colonne"), CLES_CHAMP)
        if type(contenu["annee"]) is not int or not isinstance(contenu["questionnaire"], str):
            raise ValueError("attendu une année sans guillemets et un questionnaire entre guillemets")
        lue, admis = _interpreter(contenu, cite)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as erreur:
        message = f"correspondance illisible ({_raison(erreur)}). Suivre instruments/correspondance_exemple.toml."
        raise ErreurParametre(f"{chemin.name} : {message}") from erreur
    noms = [question.nom for question in lue.questions]
    essai = pd.DataFrame({"item": noms}, dtype="str").assign(**lue.constantes)
    origine = pd.DataFrame({"fichier": chemin.name, "feuille": "", "ligne": 0}, index=essai.index)
    refus = [p for p in typer(lue.table, essai, origine).problemes if p.colonne in essai]
    fautes = [(p.colonne, p.valeur, p.message) for p in refus]
    fautes += [("item", nom, "question donnée deux fois") for nom in noms if noms.count(nom) > 1]
    connus = ", ".join(nom for nom in admis if nom not in lue.table.noms)
    fautes += [("item", nom, f"question absente de la table items, attendu : {connus}") for nom in {*noms} - {*admis}]
    for champ in (*lue.profil, *lue.questions):
        codes = admis.get(champ.nom, champ.reponses.values())
        refuses = sorted({*champ.reponses.values(), champ.valeur} - {*codes, ""})
        fautes += [(champ.nom, code, f"code refusé, attendu : {', '.join(codes)}") for code in refuses]
    remede = "Corriger la correspondance."
    return lue, [Probleme("erreur", chemin.name, "", None, *faute, remede) for faute in dict.fromkeys(fautes)]


def _raison(erreur: Exception) -> str:
    """En français, ce qui empêche de lire une correspondance."""
    match erreur:
        case OSError() | UnicodeDecodeError() | tomllib.TOMLDecodeError():
            return raison_toml(erreur)
        case KeyError():
            return f"« {erreur.args[0]} » n'y est pas décrit"
        case ValueError():
            return str(erreur)
    return "une valeur n'a pas la forme attendue"


def _exiger(cles: Iterable[str], voulues: Iterable[str], admises: Iterable[str]) -> None:
    """Refuse des clés dont une manque ou est de trop."""
    manquent, inconnues = [c for c in voulues if c not in cles], [c for c in cles if c not in admises]
    if manquent or inconnues:
        raise ValueError(f"clés qui manquent : {manquent} ; inconnues : {inconnues}, attendu : {', '.join(admises)}")


def _interpreter(contenu: Mapping, cite: Cite) -> tuple[Correspondance, dict[str, list[str]]]:
    """La correspondance, et les codes admis de chaque question et de chaque colonne du profil."""
    table, profil = PAR_NOM[contenu["table"]], PROFILS[contenu["table"]]
    admis = {c.nom: list(p.valeurs) for c in table.colonnes for p in c.contraintes if isinstance(p, Parmi)}
    if table.nom == "reponses_beneficiaires":
        admis["action_id"] = list(cite.actions.loc[cite.actions["annee"].eq(contenu["annee"]), "action_id"])
        posees = cite.items[cite.items["questionnaire"].eq(contenu["questionnaire"])]
        maxima = zip(posees["item"], posees["echelle_max"], strict=True)
        admis |= {item: [*map(str, range(1, maxi + 1)), "NSP"] for item, maxi in maxima}
    else:
        admis |= {str(question["item"]): list(CODES) for question in contenu["question"]}
        admis["structure_id"] = list(cite.structures["structure_id"])

    def champ(nom: str, partie: Mapping, **defauts) -> Champ:
        _exiger(partie, (), CLES_CHAMP)
        lu = {"colonne": (), "reponses": {}, "valeur": "", "conditionnelle": False} | defauts | partie
        colonnes = (lu["colonne"],) if isinstance(lu["colonne"], str) else tuple(lu["colonne"])
        if not all(isinstance(texte, str) for texte in colonnes):
            raise ValueError(f"« {nom} » : attendu des noms de colonne entre guillemets")
        reponses = contenu["echelles"][lu["reponses"]] if isinstance(lu["reponses"], str) else lu["reponses"]
        reponses = {texte: str(code) for texte, code in reponses.items()} or {code: code for code in admis.get(nom, ())}
        return Champ(nom, colonnes, reponses, lu["valeur"], lu["conditionnelle"])

    qui = "questionnaire" if "questionnaire" in table.noms else "instrument"
    constantes = {qui: contenu["questionnaire"], "vague": str(contenu["vague"]), "annee": str(contenu["annee"])}
    constantes["source"] = f"Enquête {constantes[qui]}, {constantes['vague']}"
    constantes |= {"date_extraction": en_texte(contenu["date_extraction"])} if "date_extraction" in contenu else {}
    lue = Correspondance(
        table,
        contenu["outil"],
        constantes,
        champ("complete", contenu.get("complete", {}), colonne=COMPLETE[contenu["outil"]]),
        champ("repondant", contenu.get("repondant", {})),
        tuple(
            champ(nom, contenu[nom] if vide is None else contenu.get(nom, {}), valeur=vide or "")
            for nom, vide in profil.items()
        ),
        tuple(champ(str(q["item"]), q, colonne=None, conditionnelle=None) for q in contenu["question"]),
    )
    return lue, admis
