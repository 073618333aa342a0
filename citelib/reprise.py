"""Ne refaire que ce qui a changé : ce dont une page dépend, en empreintes, gardées à côté d'elle.

Deux questions, de la plus prompte à la plus fine. Un fichier quelconque a-t-il changé (données, notebooks, code,
bibliothèques), ou une page publiée a-t-elle été touchée ? Sinon, il n'y a rien à faire, et rien à importer. Si oui,
une page dont ni le notebook, ni les paramètres, ni les tables qu'elle lit n'ont changé garde son calcul. Dans le
doute, tout se refait.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import site
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from citelib.systeme import pango

NOM = ".reprise.json"
PAGE = {"cle", "entrees", "fichiers", "lues"}  # ce qui est noté de chaque page
PAQUET = Path(__file__).resolve().parent
NOTEBOOKS = PAQUET.parent / "notebooks"


def resume(*parties: object) -> str:
    """
    L'empreinte de plusieurs parties, dans leur ordre.

    >>> resume("a", 1) == resume("a", 1), resume("a", 1) == resume("a", "1")
    (True, False)
    """
    return hashlib.sha256(json.dumps(parties, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def sha256(fichier: Path) -> str:
    """L'empreinte d'un fichier, vide s'il n'existe pas."""
    return hashlib.sha256(fichier.read_bytes()).hexdigest() if fichier.is_file() else ""


def fichiers_de_donnees(dossier: Path) -> list[Path]:
    """Les fichiers d'entrée d'une cité, commentaires compris ; ce qui commence par un point n'en est pas."""
    tous = (f for f in dossier.rglob("*") if f.is_file())
    return sorted(f for f in tous if not any(part.startswith(".") for part in f.relative_to(dossier).parts))


@functools.cache
def socle() -> str:
    """L'empreinte de ce qui calcule : le code de citelib, Python, la version de chaque paquet installé, et Pango."""
    code = {f.relative_to(PAQUET).as_posix(): sha256(f) for f in PAQUET.rglob("*") if "__pycache__" not in f.parts}
    dossiers = {Path(d) for d in (*sys.path, *site.getsitepackages()) if d and Path(d).is_dir()}
    versions = sorted({f.name for dossier in dossiers for f in dossier.glob("*.dist-info")})
    return resume(code, versions, sys.version, platform.machine(), pango())


def entrees(dossier: str | Path, notebooks: Path = NOTEBOOKS) -> str:
    """
    L'empreinte de tout ce dont les rapports d'une cité dépendent ; vide s'il n'y a pas là de cité.

    Args:
        dossier: dossier de ses données.
        notebooks: dossier des notebooks.
    """
    donnees = Path(dossier)
    if not (donnees / "cite.toml").is_file():
        return ""
    fichiers = {f.relative_to(donnees).as_posix(): sha256(f) for f in fichiers_de_donnees(donnees)}
    carnets = {f.name: sha256(f) for f in notebooks.glob("*.ipynb")}
    return resume(socle(), fichiers, carnets, str(dossier))


def cle_de_page(notebook: Path, parametres: Mapping, lus: Iterable[str], empreintes: Mapping[str, str]) -> str:
    """
    L'empreinte de ce dont le calcul d'une page dépend ; vide si quelque chose qu'elle a lu n'est plus là.

    Args:
        notebook: son notebook.
        parametres: ceux qui y sont injectés.
        lus: noms des tables et des commentaires qu'elle a lus ; vides, on ne sait pas.
        empreintes: celle de chaque table et de chaque commentaire, et de ce que toutes les pages lisent (`""`).
    """
    lus = sorted(lus)
    if not lus:
        return ""
    return resume(socle(), sha256(notebook), parametres, empreintes[""], {nom: empreintes.get(nom, "") for nom in lus})


def lire(cible: Path) -> dict:
    """Ce que la production précédente a noté ; rien s'il manque, est abîmé, ou n'a pas la forme attendue."""
    try:
        note = json.loads((cible / NOM).read_text(encoding="utf-8"))
        entiere = {"annees", "annexes", "entrees", "pages", "prevues"} <= note.keys()
        return note if entiere and all(page.keys() == PAGE for page in note["pages"].values()) else {}
    except (OSError, ValueError, AttributeError):
        return {}


def ecrire(cible: Path, note: Mapping) -> None:
    """Note, à côté des pages, de quoi reconnaître la prochaine fois ce qui n'est pas à refaire."""
    texte = json.dumps(note, ensure_ascii=False, indent=1, sort_keys=True)
    (cible / NOM).write_text(texte + "\n", encoding="utf-8", newline="\n")


def intacts(cible: Path, fichiers: Mapping[str, str]) -> bool:
    """Vrai si chaque fichier publié est encore celui qui a été écrit."""
    return all(empreinte and sha256(cible / nom) == empreinte for nom, empreinte in fichiers.items())


def inchanges(
    dossier: str, *, sortie: str, annee: int | None, toutes: bool, diffusion: str, seulement: Iterable[str] = ()
) -> list[tuple[int, Path]]:
    """
    Les rapports demandés, chacun par son année et son dossier, si aucun n'est à refaire ; aucun sinon.

    Rien n'est importé ni calculé : seules des empreintes de fichiers sont comparées.

    Args:
        dossier: dossier des données.
        sortie: dossier des rapports.
        annee: année demandée ; la dernière sinon.
        toutes: toutes les années.
        diffusion: public visé.
        seulement: pages demandées ; toutes sinon.
    """
    lues = entrees(dossier)
    if not lues:
        return []
    try:
        cle = tomllib.loads((Path(dossier) / "cite.toml").read_text(encoding="utf-8"))["cle"]
        publies = {int(p.parent.name): p.parent for p in (Path(sortie) / cle).glob(f"*/{NOM}")}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    notes = {an: lire(cible) for an, cible in publies.items()}
    a_jour = [an for an in publies if _a_jour(publies[an], notes[an], resume(lues, an, diffusion), set(seulement))]
    if not a_jour:
        return []
    connues = notes[a_jour[0]]["annees"]
    voulues = connues if toutes else [annee or connues[-1]]
    return [(voulue, publies[voulue]) for voulue in voulues] if set(voulues) <= set(a_jour) else []


def _a_jour(cible: Path, note: dict, attendues: str, seulement: set[str]) -> bool:
    """Vrai si chaque page demandée date de ces entrées, et si rien de publié n'a été touché."""
    if note.get("entrees") != attendues:
        return False
    pages = [note["pages"].get(page) for page in seulement or note["prevues"]]
    if not all(page and page["entrees"] == attendues for page in pages):
        return False
    return intacts(cible, note["annexes"]) and all(intacts(cible, page["fichiers"]) for page in pages)
