"""Produire le rapport d'une cité et d'une année : prévoir, vérifier, exécuter, publier d'un seul geste.

Rien n'est écrit tant que les données et les paramètres de toutes les pages ne sont pas vérifiés. Le
dossier de l'année est préparé à côté, puis mis en place entier ; une page en échec garde sa version
précédente, avec un avertissement.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from citelib import compagnons, prets, reprise
from citelib.annexes import Annexe, preparer
from citelib.chargement import Cite, charger
from citelib.chargement.commentaires import DOSSIER
from citelib.chargement.partage import pretee
from citelib.chargement.remplacement import reserver
from citelib.constats.adresses import PAGES
from citelib.contrats.typage import Lecture
from citelib.erreurs import ErreurParametre
from citelib.execution import Calcul, PageFaite, Tache, executer_ici, executer_toutes, relire, verifier_parametres
from citelib.garde import garder
from citelib.page import NOTEBOOKS, Contexte, ecritures
from citelib.publication import Production, meme_diffusion, publier
from citelib.secret import DIFFUSIONS, seuil_applicable
from citelib.tables import PAR_NOM

MELANGE = (
    "{cible} contient un rapport d'une autre diffusion : ses autres pages y resteraient. Refaire toutes les pages, ou "
    "choisir une autre sortie."
)


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
        garder(cite, faites, annexes, cible, diffusion=diffusion, gardees=meme_diffusion(cible, diffusion))
        fichiers = publier(Production(cite, prevues, faites, annexes, entrees, sures), cible)
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
    return {nom: empreinte_de(lecture) for nom, lecture in tables.items()} | commentaires | {"": communes}


def empreinte_de(lecture: Lecture) -> str:
    """L'empreinte d'une table lue : la même tant que ni ses valeurs, ni leur origine, ni leurs états ne changent."""
    somme = hashlib.sha256(repr((lecture.problemes, lecture.pourcents)).encode())
    for table in (lecture.table, lecture.origine, lecture.etats):
        somme.update(repr([*table.dtypes.items()]).encode())
        somme.update(pd.util.hash_pandas_object(table).to_numpy().tobytes())
    return somme.hexdigest()


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


def _cible(cite: Cite, sortie: str | Path, annee: int, *, diffusion: str, partielle: bool) -> Path:
    """Le dossier de l'année ; une production partielle n'y mêle pas deux diffusions."""
    cible = Path(sortie) / cite.reglages["cle"] / str(annee)
    if partielle and not meme_diffusion(cible, diffusion):
        raise ErreurParametre(MELANGE.format(cible=cible))
    return cible


def empreinte_donnees(cite: Cite) -> str:
    """Une empreinte unique de toutes les entrées : la même tant qu'aucune n'a changé."""
    ensemble = hashlib.sha256()
    for fichier in reprise.fichiers_de_donnees(cite.dossier):
        ensemble.update(fichier.relative_to(cite.dossier).as_posix().encode() + fichier.read_bytes())
    return ensemble.hexdigest()
