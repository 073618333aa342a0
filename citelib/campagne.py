"""Produire les rapports de plusieurs cités et de plusieurs années : ici, l'un après l'autre, ou sur une grappe.

L'unité de travail d'une grappe est une cité : ses pages et ses années partagent leurs données et leur registre, et un
ouvrier perdu n'en laisse aucune à moitié faite. Une cité refusée ou en échec n'empêche pas les autres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace

from citelib.erreurs import ErreurCitelib, ErreurParametre

REPRISES = 3
"""Fois où la grappe recommence une cité que la perte d'un ouvrier a interrompue."""


@dataclass(frozen=True)
class Demande:
    """
    Ce que la commande demande d'une cité.

    Args:
        dossier: ses données, un dossier ou une adresse (`s3://…`).
        annee: année du programme ; la dernière sinon.
        toutes: toutes les années.
        sortie: dossier ou adresse des rapports.
        diffusion: public visé.
        seulement: pages à refaire ; toutes sinon.
        tout_refaire: refait aussi ce qui n'a pas changé.
        taches: notebooks exécutés à la fois ; autant que de cœurs sinon.
    """

    dossier: str
    annee: int | None = None
    toutes: bool = False
    sortie: str = "reports"
    diffusion: str = "cotech"
    seulement: tuple[str, ...] = ()
    tout_refaire: bool = False
    taches: int | None = None


def mener(demandes: Sequence[Demande], dire: Callable[..., None], *, executeur: Executor | None = None) -> int:
    """
    Répond à chaque demande, et rend le plus grave des codes de retour.

    Args:
        demandes: une par cité.
        dire: reçoit chaque événement (`compte_rendu.conteur`).
        executeur: exécuteur de `concurrent.futures` qui se charge des rapports ; cet ordinateur sinon.
    """
    if executeur is None:
        return max(repondre(demande, dire) for demande in demandes)
    codes = [0]
    attendues = {executeur.submit(au_loin, demande): demande for demande in demandes}
    for finie in as_completed(attendues):
        try:
            evenements, code = finie.result()
        except Exception as erreur:  # la grappe a renoncé : trop d'ouvriers perdus, ou ordonnanceur injoignable
            message = f"{type(erreur).__name__} : {erreur}"
            evenements, code = [{"quoi": "refus", "dossier": attendues[finie].dossier, "message": message}], 1
        for evenement in evenements:
            dire(**evenement)
        codes.append(code)
    return max(codes)


def au_loin(demande: Demande) -> tuple[list[dict], int]:
    """Répond à une demande dans un autre processus : les événements à redire, et le code de retour."""
    evenements: list[dict] = []
    code = repondre(demande, lambda quoi, **details: evenements.append({"quoi": quoi, **details}))
    return evenements, code


def repondre(demande: Demande, dire: Callable[..., None]) -> int:
    """Les rapports demandés d'une cité, et leur code de retour ; rien n'est importé si rien n'a changé."""
    try:
        if "://" not in demande.dossier + demande.sortie:
            return _repondre_ici(demande, dire, demande)
        from citelib.chargement.distant import deposer, rapatrier

        with rapatrier(demande.dossier) as dossier, deposer(demande.sortie, dossier) as sortie:
            return _repondre_ici(replace(demande, dossier=dossier, sortie=sortie), dire, demande)
    except (ErreurCitelib, OSError) as erreur:
        dire("refus", dossier=demande.dossier, message=masquer(raison(erreur)))
        return 2


def _repondre_ici(ici: Demande, dire: Callable[..., None], demande: Demande) -> int:
    """Répond sur des dossiers de cet ordinateur ; les événements disent les adresses de la demande."""
    from citelib import reprise

    def dire_ici(quoi: str, annee: int, **details) -> None:
        if "rapport" in details:
            details["rapport"] = str(details["rapport"]).replace(ici.sortie, demande.sortie, 1)
        dire(quoi, dossier=demande.dossier, annee=annee, diffusion=demande.diffusion, **details)

    quoi = {"annee": ici.annee, "toutes": ici.toutes, "seulement": ici.seulement}
    quoi |= {"sortie": ici.sortie, "diffusion": ici.diffusion}
    inchanges = [] if ici.tout_refaire else reprise.inchanges(ici.dossier, **quoi)
    for annee, cible in inchanges:
        dire_ici("debut", annee)
        dire_ici("inchange", annee)
        dire_ici("fin", annee, rapport=cible / "index.html")
    return 0 if inchanges else _produire(ici, dire_ici, entrees=reprise.entrees(ici.dossier))


def _produire(ici: Demande, dire: Callable[..., None], *, entrees: str) -> int:
    """Charge la cité et produit chaque année demandée."""
    from citelib.moteur.processus import rechauffer

    rechauffer()  # le serveur de processus importe pendant que nous lisons les données
    # Importés ici : les autres commandes n'ont pas à attendre papermill.
    from citelib.chargement import charger
    from citelib.rapport import PAGES, produire

    code, cite = 0, charger(ici.dossier)
    derniere = cite.derniere_annee
    for annee in cite.annees if ici.toutes else [ici.annee or derniere]:
        dire("debut", annee)

        def dire_page(page, annee=annee) -> None:
            etat = "echec" if page.erreur else "inchangee" if page.reprise else "faite"
            dire("page", annee, page=PAGES[page.page][1], etat=etat, message=masquer(page.erreur))

        bilan = produire(
            cite,
            annee=annee,
            sortie=ici.sortie,
            diffusion=ici.diffusion,
            seulement=ici.seulement,
            au_fil=dire_page,
            entrees=entrees,
            tout_refaire=ici.tout_refaire,
            taches=ici.taches,
        )
        for nom in sorted(bilan.echecs.keys() - PAGES.keys()):
            dire("page", annee, page=nom, etat="echec", message=masquer(bilan.echecs[nom]))
        for nom, manque in bilan.manques.items():
            dire("page", annee, page=nom, etat="manque", message=manque)
        dire("fin", annee, rapport=bilan.dossier / "index.html")
        code = max(code, bilan.code)
    return code


@contextmanager
def grappe(ordonnanceur: str) -> Iterator[Executor]:
    """
    L'exécuteur d'une grappe Dask.

    Args:
        ordonnanceur: son adresse, `tcp://machine:8786`.

    Raises:
        ErreurParametre: s'il manque l'adresse, ou la bibliothèque.
    """
    if not ordonnanceur:
        raise ErreurParametre(
            "--executeur dask : donner l'adresse de l'ordonnanceur, --ordonnanceur tcp://machine:8786."
        )
    try:
        from distributed import Client
    except ImportError:
        raise ErreurParametre("--executeur dask : installer d'abord citelib[dask], ici et chez les ouvriers.") from None
    try:
        client = Client(ordonnanceur, timeout="30s")
    except OSError as erreur:
        raise ErreurParametre(f"Ordonnanceur {ordonnanceur} injoignable : {erreur}.") from None
    except Exception as erreur:  # ce qui répond parle une autre langue : distributed lève alors n'importe quoi
        raison = f"rien n'y répond comme un ordonnanceur Dask ({type(erreur).__name__})"
        raise ErreurParametre(f"{ordonnanceur} : {raison}. Attendu : tcp://machine:8786.") from None
    with client:
        yield client.get_executor(pure=False, retries=REPRISES)


def raison(erreur: ErreurCitelib | OSError) -> str:
    """Ce qu'une erreur prévue, ou un fichier qui résiste, dit à l'utilisateur."""
    if isinstance(erreur, ErreurCitelib):
        return str(erreur)
    conseil = "Vérifier le chemin, les droits, la place, et qu'il n'est pas ouvert ailleurs."
    return f"{erreur.filename or 'un fichier'} ne se lit ou ne s'écrit pas. {conseil}"


def masquer(texte: str) -> str:
    """Un texte sans donnée personnelle ; ce qui le masque n'est chargé que s'il y a quelque chose à dire."""
    if not texte:
        return ""
    from citelib.contrats import personnel

    return personnel.masquer(texte)
