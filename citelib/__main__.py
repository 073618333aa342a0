"""La commande `citelib` : lire les options, appeler une fonction, écrire ce qu'elle rend.

Codes de retour : 0 tout est fait ; 1 une page a échoué, ou les données ont des problèmes ; 2 données ou
options refusées, rien n'a été touché ; 130 interrompue au clavier ; 143 arrêtée par le système.
"""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from citelib.campagne import Demande, grappe, masquer, mener, raison
from citelib.compte_rendu import conteur, ecrire_courriel
from citelib.erreurs import ErreurCitelib, ErreurParametre
from citelib.ligne import Lecteur

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Exécute la commande et rend son code de retour.

    Args:
        arguments: les mots qui suivent « citelib » ; ceux de la ligne de commande sinon.
    """
    options, restes = analyseur().parse_known_args(arguments)
    if restes:
        options.lecteur.inconnus(restes)
    try:
        with suppress(ValueError):  # un fil qui n'est pas le principal n'a pas le droit d'écouter les signaux
            signal.signal(signal.SIGTERM, _arreter)
        return options.executer(options)
    except KeyboardInterrupt as arret:
        print("\nInterrompu. Rien n'a été écrit de ce qui était en cours.", file=sys.stderr)
        return 128 + signal.SIGTERM if arret.args else 128 + signal.SIGINT
    except ErreurCitelib as erreur:
        print(f"Erreur : {masquer(str(erreur))}", file=sys.stderr)
        return 2
    except OSError as erreur:
        print(f"Erreur : {masquer(raison(erreur))}", file=sys.stderr)
        return 2


def _arreter(numero: int, _) -> None:
    """Un arrêt demandé par le système se traite comme Ctrl-C : rien ne reste à moitié fait, ni aucun processus."""
    raise KeyboardInterrupt(numero)


def accord(*mots) -> str:
    """Un nombre et son nom, accordés."""
    from citelib import formats

    return formats.accord(*mots)


def analyseur() -> Lecteur:
    """Les commandes et leurs options."""
    racine = Lecteur(prog="citelib", description="Évaluer le programme annuel d'une cité éducative.")
    commandes = racine.add_subparsers(title="commandes", metavar="COMMANDE", required=True)

    rapport = _commande(commandes, "rapport", "produit le rapport d'une année", _rapport)
    rapport.add_argument("dossiers", nargs="*", metavar="DOSSIER", default=["data/miramas"], help="données d'une cité")
    rapport.add_argument("--annee", type=int, help="année du programme (la dernière par défaut)")
    rapport.add_argument("--toutes-les-annees", action="store_true", help="une année après l'autre")
    rapport.add_argument("--sortie", default="reports", help="dossier des rapports (reports)")
    rapport.add_argument("--diffusion", default="cotech", help="interne, cotech (par défaut) ou public")
    rapport.add_argument("--seulement", action="append", default=[], metavar="PAGE", help="ne refaire que cette page")
    rapport.add_argument("--tout-refaire", action="store_true", help="refait aussi ce qui n'a pas changé")
    rapport.add_argument("--executeur", choices=["local", "dask"], default="local", help="où calculer (local)")
    rapport.add_argument("--ordonnanceur", default="", metavar="ADRESSE", help="avec dask : tcp://machine:8786")
    rapport.add_argument("--taches", type=int, metavar="N", help="pages calculées à la fois (une par cœur)")
    rapport.add_argument(
        "--journal", choices=["texte", "json"], default="texte", help="une ligne par page : texte, json"
    )
    rapport.add_argument("--courriel", metavar="FICHIER", help="écrit aussi un résumé prêt à envoyer")

    verifier = _commande(commandes, "verifier", "vérifie les données d'une cité", _verifier)
    verifier.add_argument("dossier", metavar="DOSSIER", help="données d'une cité")
    verifier.add_argument("--tout", action="store_true", help="montre tous les problèmes, sans se limiter à un écran")
    verifier.add_argument("--sortie", default="reports", help="dossier où écrire la page et les classeurs (reports)")

    _commandes_de_donnees(commandes)
    _commandes_d_envoi(commandes)
    _commandes_d_essai(commandes)
    return racine


def _commandes_de_donnees(commandes) -> None:
    """Les commandes qui font entrer ou sortir des données."""
    nouvelle = _commande(commandes, "nouvelle-cite", "crée le dossier d'une cité et ses classeurs", _nouvelle_cite)
    nouvelle.add_argument("dossier", metavar="DOSSIER", help="dossier à créer")
    nouvelle.add_argument("--nom", help="nom de la cité (celui du dossier par défaut)")
    nouvelle.add_argument(
        "--annee", type=int, help="année du programme (avec --modeles, la dernière ; sinon cette année)"
    )
    nouvelle.add_argument("--modeles", action="store_true", help="refait seulement les classeurs d'une cité existante")

    importer = _commande(commandes, "importer", "ajoute aux tables d'une cité ce que contient un fichier", _importer)
    importer.add_argument("source", metavar="SOURCE", help="classeur, education, enquete, subventions…")
    importer.add_argument("fichiers", nargs="*", metavar="FICHIER", help="ce qui a été reçu")
    importer.add_argument("--vers", required=True, metavar="DOSSIER", help="données de la cité")
    importer.add_argument("--oui", action="store_true", help="écrit sans poser de question")
    importer.add_argument("--retirer", action="store_true", help="retire les lignes que la source ne donne plus")
    importer.add_argument("--correspondance", metavar="TOML", help="pour une enquête : colonnes et questions")
    importer.add_argument(
        "--vivier", choices=["france", "academie"], help="avec ivac ou dnb : remplit aussi la table des collèges"
    )
    importer.add_argument("--telecharger", action="store_true", help="va chercher le fichier public (education : tous)")

    exporter = _commande(commandes, "exporter", "écrit les subventions d'un financeur au format SCDL", _exporter)
    exporter.add_argument("quoi", metavar="QUOI", choices=["subventions"], help="subventions")
    exporter.add_argument("dossier", metavar="DOSSIER", help="données de la cité")
    exporter.add_argument("--annee", type=int, required=True, help="année du programme")
    exporter.add_argument("--financeur", required=True, help="son code dans la table financements : ville, caf…")
    exporter.add_argument("--nom", required=True, help="son nom officiel")
    exporter.add_argument("--siret", required=True, help="son SIRET")
    exporter.add_argument("--vers", default="subventions.csv", metavar="FICHIER", help="fichier à écrire")


def _commandes_d_essai(commandes) -> None:
    """Les commandes qui décrivent les tables, ou en inventent."""
    dictionnaire = _commande(commandes, "dictionnaire", "écrit le dictionnaire et les schémas", _dictionnaire)
    dictionnaire.add_argument("--verifier", action="store_true", help="dit seulement s'ils sont à jour")

    simuler = _commande(commandes, "simuler", "invente les données qui manquent à une cité", _simuler)
    simuler.add_argument("dossier", metavar="DOSSIER", help="cité à compléter, ou dossier à créer")
    simuler.add_argument("--cites", type=int, default=1, metavar="N", help="nombre de cités à inventer")
    simuler.add_argument("--annees", type=int, default=3, metavar="N", help="nombre d'années, jusqu'à 2024")
    simuler.add_argument("--effet", type=float, default=0.0, metavar="X", help="effet vrai, en écarts-types")
    simuler.add_argument("--actions", type=int, default=45, metavar="N", help="actions programmées par an (45)")
    simuler.add_argument("--graine", type=int, default=1, metavar="N", help="graine du hasard")


def _commandes_d_envoi(commandes) -> None:
    """Les commandes qui écrivent ce que l'on envoie aux partenaires."""
    relances = _commande(commandes, "relances", "écrit un message par producteur en retard", _relances)
    relances.add_argument("dossier", metavar="DOSSIER", help="données d'une cité")
    relances.add_argument("--annee", type=int, help="année du programme (la dernière par défaut)")
    relances.add_argument("--vers", default="relances", metavar="DOSSIER", help="où écrire les messages (relances)")

    vierge = _commande(commandes, "questionnaire", "écrit un questionnaire de partenariat vierge", _questionnaire)
    vierge.add_argument("instrument", metavar="INSTRUMENT", help="court (le nôtre), odap, vpat, wilder ou psats")
    vierge.add_argument("--vers", required=True, metavar="FICHIER", help="à imprimer : .html ; et à saisir : .xlsx")
    vierge.add_argument("--cite", default="data/miramas", metavar="DOSSIER", help="données de la cité (data/miramas)")
    vierge.add_argument("--annee", type=int, default=dt.date.today().year, help="année du programme (cette année)")


def _commande(commandes, nom: str, aide: str, executer) -> Lecteur:
    commande = commandes.add_parser(nom, help=aide, description=f"citelib {nom} : {aide}.")
    commande.set_defaults(executer=executer, lecteur=commande)
    return commande


def _rapport(options: argparse.Namespace) -> int:
    """Les rapports de chaque cité ; une cité refusée n'empêche pas les suivantes."""
    if options.annee and options.toutes_les_annees:
        raise ErreurParametre("--annee et --toutes-les-annees s'excluent : choisir l'une des deux.")
    evenements: list[dict] = []
    dire = conteur(evenements, en_json=options.journal == "json")
    demandes = [
        Demande(
            dossier,
            annee=options.annee,
            toutes=options.toutes_les_annees,
            sortie=options.sortie,
            diffusion=options.diffusion,
            seulement=tuple(options.seulement),
            tout_refaire=options.tout_refaire,
            taches=options.taches,
        )
        for dossier in options.dossiers
    ]
    with grappe(options.ordonnanceur) if options.executeur == "dask" else nullcontext() as executeur:
        code = mener(demandes, dire, executeur=executeur)
    if any(evenement["quoi"] == "page" for evenement in evenements):  # rien n'a changé : la page non plus
        from citelib.recapitulatif import ecrire_recapitulatif

        ecrire_recapitulatif(options.sortie, evenements)
    if options.courriel:
        ecrire_courriel(Path(options.courriel), evenements)
    return code


def _verifier(options: argparse.Namespace) -> int:
    from citelib.chargement import ouvrir
    from citelib.classeurs.renvoi import ecrire
    from citelib.classeurs.verification import ecran
    from citelib.page import egares

    cite, problemes = ouvrir(options.dossier)
    problemes += egares(cite)
    try:
        ecrits = ecrire(cite, problemes, Path(options.sortie))
    except OSError as erreur:
        ecrits = []
        print(f"Rien n'a été écrit dans {options.sortie} : {erreur.strerror}.", file=sys.stderr)
    print(ecran(problemes, cite.dossier, ecrits, tout=options.tout))
    erreurs = [probleme for probleme in problemes if probleme.gravite == "erreur"]
    # Un problème sans ligne ni colonne porte sur un fichier entier, absent ou illisible.
    return 2 if any(p.ligne is None and not p.colonne for p in erreurs) else 1 if erreurs else 0


def _nouvelle_cite(options: argparse.Namespace) -> int:
    from citelib.classeurs.nouvelle import nouvelle_cite, refaire_modeles

    if options.modeles:
        print(f"Classeurs écrits : {refaire_modeles(Path(options.dossier), annee=options.annee)}")
    else:
        annee = options.annee or dt.date.today().year
        print(nouvelle_cite(Path(options.dossier), nom=options.nom, annee=annee))
    return 0


def _importer(options: argparse.Namespace) -> int:
    if bool(options.fichiers) == options.telecharger:
        raise ErreurParametre("Donner un FICHIER, ou --telecharger, l'un des deux.")
    if options.correspondance and len(options.fichiers) > 1:
        raise ErreurParametre("Une vague d'enquête tient en un seul FICHIER : le deuxième remplacerait le premier.")
    from citelib.sources.registre import demandes

    code = 0
    for source, fichier, jeu in demandes(options.source, options.fichiers):
        try:
            code = max(code, _importer_un(source, fichier, jeu, options))
        except ErreurCitelib as erreur:  # un fichier refusé n'empêche pas le suivant
            print(f"Erreur : {masquer(str(erreur))}", file=sys.stderr)
            code = 2
    return code


def _importer_un(source: str, fichier: str | None, jeu: str | None, options: argparse.Namespace) -> int:
    """Lit un fichier, dit ce qu'il changerait, demande, écrit."""
    from citelib.sources.fusion import ecrire
    from citelib.sources.registre import preparer, raconter

    reglages = {"correspondance": options.correspondance, "retirer": options.retirer, "vivier": options.vivier}
    apport, fusion = preparer(source, fichier, options.vers, jeu=jeu, **reglages)
    problemes = [*apport.problemes, *(fusion.problemes if fusion else ())]
    print(masquer(f"{fichier or jeu or 'Téléchargement'}, source « {source} »"))
    for note in apport.notes:
        print(masquer(f"  note : {note}"))
    for probleme in problemes:
        print(f"- {probleme.gravite} : {probleme}")
    if any(probleme.gravite == "erreur" for probleme in problemes):
        print("Rien n'a été écrit : suivre ce qui est dit ci-dessus, puis recommencer.")
        return 1
    print(*raconter(fusion), sep="\n")
    if not fusion.textes:
        print("Rien à écrire.")
        return 0
    if not options.oui and not sys.stdin.isatty():
        print("Rien n'a été écrit : personne pour répondre. Ajouter --oui pour écrire sans question.", file=sys.stderr)
        return 2
    try:
        accepte = options.oui or input("Écrire ces changements ? [o/N] ").strip().lower() in ("o", "oui")
    except EOFError:  # Ctrl-D
        accepte = False
    if not accepte:
        print("Rien n'a été écrit.", file=sys.stderr)
        return 2
    anciens = ecrire(fusion)
    print(f"Écrit : {', '.join(f'{nom}.csv' for nom in fusion.textes)}.")
    if anciens:
        print(f"Les fichiers précédents sont dans {anciens}")
    return 0


def _exporter(options: argparse.Namespace) -> int:
    from citelib.chargement import charger
    from citelib.sources.subventions import ecrire_scdl, exporter_subventions

    qui = {"attribuant_nom": options.nom, "attribuant_siret": options.siret, "financeur": options.financeur}
    table, problemes = exporter_subventions(charger(options.dossier), options.annee, **qui)
    for probleme in problemes:
        print(f"- {probleme.gravite} : {probleme}")
    ecrire_scdl(table, Path(options.vers))
    print(f"{accord(len(table), 'subvention écrite', 'subventions écrites')} dans {options.vers}")
    return 1 if any(probleme.gravite == "erreur" for probleme in problemes) else 0


def _relances(options: argparse.Namespace) -> int:
    from citelib.annexes.messages import ecrire_relances
    from citelib.chargement import charger

    cite = charger(options.dossier)
    annee = options.annee or cite.derniere_annee
    ecrits = ecrire_relances(cite, annee=annee, vers=Path(options.vers))
    print(f"{accord(len(ecrits), 'message écrit', 'messages écrits')} dans {options.vers}, programme {annee}")
    print(*(f"  {fichier.name}" for fichier in ecrits), sep="\n")
    return 0


def _questionnaire(options: argparse.Namespace) -> int:
    from citelib.chargement import charger
    from citelib.classeurs.questionnaire import ecrire_questionnaire

    cite, vers = charger(options.cite), Path(options.vers)
    ecrits = ecrire_questionnaire(options.instrument, cite, vers, annee=options.annee)
    print(f"Écrit : {', '.join(map(str, ecrits))}")
    return 0


def _dictionnaire(options: argparse.Namespace) -> int:
    from citelib.contrats.dictionnaire import ecrire_dictionnaire
    from citelib.tables import TABLES

    attendus = {DOCS / nom: contenu for nom, contenu in ecrire_dictionnaire(TABLES).items()}
    if options.verifier:
        retards = [f.name for f, texte in attendus.items() if not f.is_file() or f.read_text("utf-8") != texte]
        print(f"En retard : {', '.join(retards)}. Lancer « citelib dictionnaire »." if retards else "À jour.")
        return 1 if retards else 0
    for fichier, contenu in attendus.items():
        fichier.parent.mkdir(parents=True, exist_ok=True)
        fichier.write_text(contenu, encoding="utf-8", newline="\n")
    print(f"{accord(len(attendus), 'fichier écrit', 'fichiers écrits')} dans {DOCS.name}/")
    return 0


def _simuler(options: argparse.Namespace) -> int:
    from citelib.simulation import completer

    reglages = {"cites": options.cites, "annees": options.annees, "effet": options.effet, "graine": options.graine}
    for dossier in completer(options.dossier, n_actions=options.actions, **reglages):
        print(f"Données écrites : {dossier}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
