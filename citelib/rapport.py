"""Produire le rapport d'une cité et d'une année : prévoir, vérifier, exécuter, publier d'un seul geste.

Rien n'est écrit tant que les données et les paramètres de toutes les pages ne sont pas vérifiés. Le
dossier de l'année est préparé à côté, puis mis en place entier ; une page en échec garde sa version
précédente, avec un avertissement.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from citelib import compagnons, impacts, prets, reprise
from citelib.annexes import Annexe, preparer
from citelib.chargement import Cite, charger
from citelib.chargement.commentaires import DOSSIER
from citelib.chargement.journal import empreinte
from citelib.chargement.partage import pretee
from citelib.chargement.remplacement import dossier_neuf, reserver
from citelib.constats.adresses import PAGES
from citelib.erreurs import ErreurParametre
from citelib.execution import Calcul, PageFaite, Tache, executer_ici, executer_toutes, relire, verifier_parametres
from citelib.garde import garder
from citelib.page import NOTEBOOKS, Contexte, ecritures, egares, page_en_echec
from citelib.secret import DIFFUSIONS, seuil_applicable
from citelib.tables import PAR_NOM

MELANGE = (
    "{cible} contient un rapport d'une autre diffusion : ses autres pages y resteraient. Refaire toutes les pages, ou "
    "choisir une autre sortie."
)
BIBLIOTHEQUES = ("pandas", "numpy", "scipy", "networkx", "matplotlib", "seaborn", "papermill", "nbconvert")


@dataclass(frozen=True)
class Bilan:
    """
    Ce qu'une production a donné.

    Args:
        dossier: dossier publié.
        faites: pages faites.
        echecs: par page, annexe ou compagnon en échec, la raison.
        manques: par compagnon non fait, ce qu'il faut installer.
    """

    dossier: Path
    faites: tuple[str, ...]
    echecs: dict[str, str]
    manques: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """Code de retour de la commande : 0 si toutes les pages sont faites, 1 sinon."""
        return 1 if self.echecs else 0


def produire(
    dossier: str | Path | Cite,
    *,
    annee: int,
    sortie: str | Path = "reports",
    diffusion: str = "cotech",
    executeur: Executor | None = None,
    seulement: Sequence[str] = (),
    notebooks: Path = NOTEBOOKS,
    au_fil: Callable[[PageFaite], None] = lambda page: None,
    entrees: str = "",
    tout_refaire: bool = False,
    taches: int | None = None,
) -> Bilan:
    """
    Produit le rapport d'une cité pour une année, et rend son bilan.

    Args:
        dossier: dossier des données de la cité, ou la cité déjà chargée.
        annee: année du programme.
        sortie: dossier des rapports ; celui-ci va dans `sortie/<cité>/<année>`.
        diffusion: public visé, « interne », « cotech » ou « public ».
        executeur: exécuteur de `concurrent.futures` ; les cœurs de cet ordinateur sinon.
        seulement: pages à refaire, toutes sinon ; les autres gardent leur version précédente.
        notebooks: dossier des notebooks.
        au_fil: appelée à chaque page terminée.
        entrees: leur empreinte (`reprise.entrees`), prise avant de charger la cité : les calculs que rien n'a changés
            sont repris. Sans elle, tout est refait.
        tout_refaire: refait tout, mais note de quoi reprendre la prochaine fois.
        taches: notebooks exécutés à la fois sur cet ordinateur ; autant que de cœurs sinon.

    Raises:
        ErreurDonnees, ErreurParametre: données ou paramètre refusés ; rien n'est touché.
        ErreurOccupe: si un autre programme écrit ce rapport ; il n'est pas dérangé.
    """
    cite = dossier if isinstance(dossier, Cite) else charger(dossier)
    prevues = prevoir(cite, annee=annee, diffusion=diffusion, seulement=seulement, notebooks=notebooks)
    cible = _cible(cite, sortie, annee, diffusion=diffusion, partielle=bool(seulement))
    with reserver(cible):
        annexes: dict[str, Annexe] = {}
        empreintes = _empreintes(cite) if entrees else {}
        connus = {} if tout_refaire else _connus(prevues, empreintes, cible)

        def jointes() -> tuple[str, ...]:
            annexes.update(preparer(cite, annee=annee, diffusion=diffusion))
            return (*compagnons.prevus(), *(nom for nom, annexe in annexes.items() if annexe.octets))

        if executeur is None:
            faites = _executer_ici(cite, prevues, jointes=jointes, connus=connus, au_fil=au_fil, places=taches)
        else:
            noms = jointes()
            prevues = [replace(tache, contexte=replace(tache.contexte, annexes=noms)) for tache in prevues]
            faites = executer_toutes(prevues, executeur=executeur, au_fil=au_fil)
        # Des données changées pendant le calcul : rien n'est noté, la prochaine production refera tout.
        sures = empreintes if entrees and entrees == reprise.entrees(cite.dossier, notebooks) else {}
        garder(cite, faites, annexes, cible, diffusion=diffusion, gardees=_meme_diffusion(cible, diffusion))
        fichiers = publier(cite, prevues, faites, annexes, cible, entrees=entrees, empreintes=sures)
    return _bilan(cible, faites, fichiers)


def _executer_ici(cite: Cite, prevues: Sequence[Tache], **options) -> dict[str, PageFaite]:
    """`executer_ici`, où les notebooks et les annexes partagent cette cité et leurs calculs ; mêmes options."""
    with prets.ouvrir() as reserve:
        pretee(cite.dossier, lambda: cite)
        return executer_ici(prevues, reserve=reserve, **options)


def _bilan(cible: Path, faites: Mapping[str, PageFaite], fichiers: Mapping[str, Annexe]) -> Bilan:
    echecs = {page: faites[page].erreur for page in PAGES if page in faites and faites[page].erreur}
    echecs |= {nom: fichier.erreur for nom, fichier in fichiers.items() if fichier.erreur}
    manques = {nom: fichier.manque for nom, fichier in fichiers.items() if fichier.manque}
    return Bilan(cible, tuple(page for page in faites if not faites[page].erreur), echecs, manques)


def _empreintes(cite: Cite) -> dict[str, str]:
    """L'empreinte de chaque table et de chaque commentaire ; sous un nom vide, celle de ce que toute page lit."""
    tables = dict(cite.lectures.items())
    siens = {nom for lecture in tables.values() for nom in lecture.origine["fichier"]}
    fichiers = {f.relative_to(cite.dossier).as_posix(): f for f in reprise.fichiers_de_donnees(cite.dossier)}
    autres = {nom: reprise.sha256(f) for nom, f in fichiers.items() if nom not in siens}
    commentaires = {nom: autres.pop(nom) for nom in [*autres] if nom.startswith(f"{DOSSIER}/")}
    communes = reprise.resume(autres, repr((cite.reglages, cite.protocole, cite.corrections, cite.problemes)))
    return {nom: empreinte(lecture) for nom, lecture in tables.items()} | commentaires | {"": communes}


def _connus(taches: Sequence[Tache], empreintes: Mapping[str, str], cible: Path) -> dict[str, Calcul]:
    """Les calculs de la production précédente dont rien de ce qu'ils ont lu n'a changé."""
    pages = reprise.lire(cible).get("pages", {}) if empreintes else {}
    connus = {}
    for tache in taches:
        page, notebook = pages.get(tache.page), f"notebooks/{Path(tache.notebook).name}"
        meme = page and page["cle"] and page["cle"] == _cle(tache, page["lues"], empreintes)
        if meme and reprise.intacts(cible, {notebook: page["fichiers"].get(notebook, "")}):
            connus[tache.page] = relire(cible / notebook, page["lues"])
    return connus


def _cle(tache: Tache, lues: Iterable[str], empreintes: Mapping[str, str]) -> str:
    return reprise.cle_de_page(Path(tache.notebook), tache.parametres, lues, empreintes)


def prevoir(
    cite: Cite, *, annee: int, diffusion: str, seulement: Sequence[str] = (), notebooks: Path = NOTEBOOKS
) -> list[Tache]:
    """
    Les pages à faire, tous paramètres vérifiés.

    Raises:
        ErreurParametre: page, année ou diffusion inconnue, notebook absent, paramètre refusé.
    """
    cite.annee_connue(annee)
    seuil_applicable(diffusion, seuil=cite.seuil(diffusion))
    inconnues = sorted(set(seulement) - set(PAGES))
    if inconnues:
        raise ErreurParametre(f"Page inconnue : {', '.join(inconnues)}. Pages prévues : {', '.join(PAGES)}.")
    taches, commun = [], _commun(cite, annee=annee, diffusion=diffusion)
    for page in seulement or PAGES:
        notebook = notebooks / f"{page}.ipynb"
        if not notebook.is_file():
            raise ErreurParametre(f"Notebook introuvable : {notebook}. Lancer la commande depuis le projet.")
        parametres = {"dossier": str(cite.dossier), "annee": annee, "diffusion": diffusion}
        verifier_parametres(notebook, parametres)
        contexte = Contexte(page=page, titre=PAGES[page][1], commentaires=cite.commentaires(page, annee), **commun)
        taches.append(Tache(page, str(notebook), parametres, contexte))
    return taches


def _commun(cite: Cite, *, annee: int, diffusion: str) -> dict:
    """Ce que le gabarit écrit autour du contenu de toute page : `Contexte`, sans ce qui est propre à l'une d'elles."""
    source = cite.source(*PAR_NOM, annee=annee)
    return {
        "nom_cite": cite.nom,
        "annee": annee,
        "diffusion": diffusion,
        "mention": DIFFUSIONS[diffusion].mention,
        "fictive": source.fictive,
        "pages": tuple((cle, fichier, titre) for cle, (fichier, titre) in PAGES.items()),
        "arrete_le": cite.arrete_le(annee),
        "valide_le": cite.valide_le(annee),
        "sources": source.texte,
        "empreinte": empreinte_donnees(cite)[:12],
        "trace": f"citelib {importlib.metadata.version('citelib')}",
        "toleres": ecritures(cite),
    }


# ------------------------------------------------------------------------------------- publication


def publier(
    cite: Cite,
    taches: Sequence[Tache],
    faites: dict[str, PageFaite],
    annexes: Mapping[str, Annexe],
    cible: Path,
    *,
    entrees: str = "",
    empreintes: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Annexe]:
    """
    Met en place le dossier d'une année, entier, à la place du précédent.

    Args:
        cite: la cité, pour le manifeste.
        taches: ce qui était à faire.
        faites: ce que chaque page a donné.
        annexes: les fichiers qui accompagnent les pages.
        cible: dossier de l'année.
        entrees, empreintes: de quoi reconnaître la prochaine fois ce qui n'a pas changé ; rien n'est noté sans elles.

    Returns:
        Les fichiers qui accompagnent les pages, compagnons compris, ou pourquoi ils n'ont pas été faits.
    """
    with dossier_neuf(cible) as neuf:
        # Une page faite pour un public plus restreint n'a rien à faire à côté de celles d'un plus large.
        if cible.is_dir() and _meme_diffusion(cible, taches[0].parametres["diffusion"]):
            shutil.copytree(cible, neuf, dirs_exist_ok=True)
        (neuf / "notebooks").mkdir(exist_ok=True)
        statuts = {}
        for tache in taches:
            faite = faites[tache.page]
            fichier = neuf / PAGES[tache.page][0]
            executes = neuf / "notebooks" / Path(tache.notebook).name
            if faite.retiree:
                fichier.unlink(missing_ok=True)
                executes.unlink(missing_ok=True)
            ancienne = fichier.read_text(encoding="utf-8") if fichier.is_file() else ""
            html = faite.html or page_en_echec(ancienne, faite.erreur, contexte=tache.contexte)
            fichier.write_text(html, encoding="utf-8", newline="\n")
            if faite.notebook:
                executes.write_text(faite.notebook, encoding="utf-8", newline="\n")
            if faite.retiree or not faite.erreur:
                _poser_les_figures(faite, neuf / "figures")
            statuts[tache.page] = {
                "fichier": fichier.name,
                "statut": "échec" if faite.erreur else "faite",
                "erreur": faite.erreur,
                "sha256": hashlib.sha256(html.encode()).hexdigest(),
            }
        etats = _ancien(neuf / "manifeste.json").get("pages", {}) | statuts
        en_echec = [page for page, etat in etats.items() if etat["statut"] == "échec"]
        fichiers = {**annexes, **compagnons.preparer(neuf, taches[0].contexte, en_echec=en_echec)}
        jointes = {nom: _joindre(fichier, neuf / nom) for nom, fichier in fichiers.items()}
        jointes = {nom: etat for nom, etat in jointes.items() if etat}
        ecrire_manifeste(cite, taches, faites, statuts, jointes, neuf / "manifeste.json")
        if empreintes:
            _noter(cite, taches, faites, jointes, neuf, entrees=entrees, empreintes=empreintes)
    return fichiers


def _poser_les_figures(page: PageFaite, dossier: Path) -> None:
    """Chaque figure d'une page, en PNG et en SVG, à la place de celles d'avant ; la page y renvoie."""
    dossier.mkdir(exist_ok=True)
    for ancienne in dossier.glob(f"{page.page}-figure-*"):
        ancienne.unlink()
    for objet in page.objets:
        for format, image in objet.get("images", {}).items():
            octets = base64.b64decode(image) if format == "png" else image.encode()
            (dossier / f"{objet['nom']}.{format}").write_bytes(octets)


def _noter(
    cite: Cite,
    taches: Sequence[Tache],
    faites: dict[str, PageFaite],
    annexes: Mapping[str, dict],
    neuf: Path,
    *,
    entrees: str,
    empreintes: Mapping[str, str],
) -> None:
    """Note de quoi chaque page et chaque annexe dépend ; une page en échec n'est pas notée, elle se refera."""
    parametres = taches[0].parametres
    entrees = reprise.resume(entrees, parametres["annee"], parametres["diffusion"])
    pages = reprise.lire(neuf).get("pages", {})
    for tache in taches:
        pages.pop(tache.page, None)
        faite = faites[tache.page]
        if not faite.erreur:
            figures = sorted(f"figures/{f.name}" for f in (neuf / "figures").glob(f"{tache.page}-figure-*"))
            noms = (PAGES[tache.page][0], f"notebooks/{Path(tache.notebook).name}", *figures)
            pages[tache.page] = {
                "entrees": entrees,
                "cle": _cle(tache, faite.lues, empreintes),
                "lues": list(faite.lues),
                "fichiers": {nom: reprise.sha256(neuf / nom) for nom in noms},
            }
    note = {"entrees": entrees, "pages": pages, "annees": cite.annees, "prevues": list(PAGES)}
    note["annexes"] = {nom: etat.get("sha256", "") for nom, etat in annexes.items() if "manque" not in etat}
    reprise.ecrire(neuf, note)


def _cible(cite: Cite, sortie: str | Path, annee: int, *, diffusion: str, partielle: bool) -> Path:
    """Le dossier de l'année ; une production partielle n'y mêle pas deux diffusions."""
    cible = Path(sortie) / cite.reglages["cle"] / str(annee)
    if partielle and not _meme_diffusion(cible, diffusion):
        raise ErreurParametre(MELANGE.format(cible=cible))
    return cible


def _meme_diffusion(cible: Path, diffusion: str) -> bool:
    """Vrai si le rapport en place, s'il y en a un, est fait pour ce public."""
    try:
        manifeste = json.loads((cible / "manifeste.json").read_text(encoding="utf-8"))
        return manifeste["parametres"]["diffusion"] == diffusion
    except (OSError, ValueError, KeyError, TypeError):
        return not (cible.is_dir() and any(cible.glob("*.html")))


def _joindre(annexe: Annexe, chemin: Path) -> dict:
    """Met une annexe à la place de la précédente ; rend son état pour le manifeste, vide si elle n'a rien à dire."""
    chemin.unlink(missing_ok=True)
    if annexe.erreur:
        return {"statut": "échec", "erreur": annexe.erreur}
    if annexe.manque:
        return {"statut": "non faite", "manque": annexe.manque}
    if not annexe.octets:
        return {}
    chemin.write_bytes(annexe.octets)
    return {"statut": "faite", "sha256": hashlib.sha256(annexe.octets).hexdigest()}


def ecrire_manifeste(
    cite: Cite, taches: Sequence[Tache], faites: dict[str, PageFaite], statuts: dict, annexes: dict, chemin: Path
) -> None:
    """Écrit ce qui permet de refaire le rapport et de le vérifier : entrées, paramètres, versions, constats."""
    ancien = _ancien(chemin)
    constats = {page: list(faite.constats) for page, faite in faites.items() if not faite.erreur}
    manifeste = {
        "cite": cite.reglages["cle"],
        "nom": cite.nom,
        "parametres": taches[0].parametres | {"dossier": cite.dossier.name},
        "seuil": seuil_applicable(
            taches[0].parametres["diffusion"], seuil=cite.seuil(taches[0].parametres["diffusion"])
        ),
        "arrete_le": taches[0].contexte.arrete_le.isoformat(),
        "citelib": importlib.metadata.version("citelib"),
        "python": platform.python_version(),
        "bibliotheques": {nom: importlib.metadata.version(nom) for nom in BIBLIOTHEQUES},
        "donnees": {fichier.name: reprise.sha256(fichier) for fichier in reprise.fichiers_de_donnees(cite.dossier)},
        "notebooks": {Path(tache.notebook).name: reprise.sha256(Path(tache.notebook)) for tache in taches},
        "comparaison": impacts.pour_le_manifeste(cite.colleges, cite.etablissements, cite.reglages),
        "avertissements": [str(probleme) for probleme in (*cite.problemes, *egares(cite))],
        "pages": _dans_l_ordre(ancien.get("pages", {}) | statuts),
        "annexes": annexes,
        "constats": _dans_l_ordre(ancien.get("constats", {}) | constats),
    }
    chemin.write_text(json.dumps(manifeste, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _ancien(chemin: Path) -> dict:
    """Le manifeste de la production précédente, vide s'il n'y en a pas."""
    return json.loads(chemin.read_text(encoding="utf-8")) if chemin.is_file() else {}


def _dans_l_ordre(par_page: dict) -> dict:
    return {page: par_page[page] for page in PAGES if page in par_page}


def empreinte_donnees(cite: Cite) -> str:
    """Une empreinte unique de toutes les entrées : la même tant qu'aucune n'a changé."""
    ensemble = hashlib.sha256()
    for fichier in reprise.fichiers_de_donnees(cite.dossier):
        ensemble.update(fichier.relative_to(cite.dossier).as_posix().encode() + fichier.read_bytes())
    return ensemble.hexdigest()
