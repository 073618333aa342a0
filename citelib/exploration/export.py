"""Exporter ce que l'on voit au bureau, sans rien laisser deviner : la porte est celle du rapport.

Ce qui peut sortir pour le comité technique ou le public, et pourquoi :

- une vue sans filtre sort comme dans le rapport : la même table, le même plan de masquage (`constats.gardien`) ;
- un filtre sur les lignes de la vue (un axe, dans un tableau par axe) choisit des lignes de cette table déjà
  protégée : rien n'est recompté, donc rien de plus n'est dit ;
- un filtre qui fait recompter la vue est permis si elle ne compte que des choses (actions, euros publics, réunions) ;
- il est **refusé** si elle compte des personnes. La vue filtrée se retrancherait d'un tableau publié : « toutes les
  filles » moins « les filles de l'axe 1 » donne celles des autres axes, qui n'étaient peut-être que deux. La protéger
  seule, même au seuil public, n'y changerait rien : ce n'est pas elle qui est petite, c'est la différence. Deux
  exports successifs se retranchent de même l'un de l'autre. Une telle découpe s'inscrit dans `constats/gardien.py`
  (`FAMILLES`) : le plan la masque alors avec toutes les autres ;
- des montants qu'aucune loi ne rend publics (fonds propres) ne sortent pas recomptés non plus.

Ce qui est permis est encore confronté au registre des rapports publiés, s'il y en a un, version de travail comprise :
si les données ont changé depuis, refaire d'abord le rapport. Une version interne sort telle quelle, et le dit dans le
nom de chaque fichier, en tête de la page et du CSV, et dans l'image.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from citelib.chargement import Cite
from citelib.constats.gardien import FAMILLES
from citelib.contrats import Publiable, sans_accent
from citelib.erreurs import ErreurSecret
from citelib.figures import Illustration
from citelib.formats import typographie
from citelib.garde import REGISTRE, lire_registre
from citelib.page.controle import controler, ecritures
from citelib.page.finition import CSP, Contexte, finir
from citelib.page.gabarits import rendre
from citelib.secret import DIFFUSIONS
from citelib.secret import registre as publications
from citelib.tableaux.cellules import FICTIVES

if TYPE_CHECKING:
    from citelib.exploration.bureau import Exploration

INTERNE = "interne"
QUE_FAIRE = (
    "Exporter la vue sans ce filtre, choisir la diffusion interne, ou inscrire cette découpe dans "
    "constats/gardien.py pour que le rapport la publie, protégée avec les autres."
)


def exporter(
    exploration: Exploration,
    *,
    diffusion: str = "cotech",
    vers: str | Path = "exports",
    rapports: str | Path = "reports",
) -> list[Path]:
    """
    Écrit ce que l'on voit en CSV, PNG et HTML, protégé pour un public.

    Args:
        exploration: la vue, ses filtres.
        diffusion: « cotech », « public », ou « interne », qui ne masque rien et le marque partout.
        vers: dossier où écrire ; créé au besoin.
        rapports: dossier des rapports, où lire le registre de ce qui a déjà été publié ; voir `registre_de`.

    Returns:
        Les fichiers écrits.

    Raises:
        ErreurSecret: si la vue laisserait deviner un petit effectif ; elle dit pourquoi, et que faire.
        ErreurParametre: si la diffusion n'existe pas, ou si le registre est illisible.
    """
    publie, interne = exploration.graphique(diffusion), diffusion == INTERNE
    if not interne:
        confronter(exploration, diffusion, registre_de(exploration.cite, rapports))
    dossier = Path(vers)
    dossier.mkdir(parents=True, exist_ok=True)
    marque = f"{DIFFUSIONS[diffusion].mention}\r\n" if interne else ""
    contenus = {
        "csv": "\ufeff".encode() + marque.encode() + publie.csv().removeprefix("\ufeff".encode()),
        "html": page(exploration, publie, diffusion).encode(),
    }
    contenus |= {} if publie.vide else {"png": publie.image_titree}
    fichiers = [dossier / f"{nom_de(exploration, diffusion)}.{suffixe}" for suffixe in contenus]
    for fichier, octets in zip(fichiers, contenus.values(), strict=True):
        fichier.write_bytes(octets)
    return fichiers


def refuser(exploration: Exploration) -> None:
    """
    Arrête ce qui ne peut pas sortir sans qu'un lecteur le retranche de ce qui est publié.

    Raises:
        ErreurSecret: avec la raison.
    """
    contrat: Publiable = exploration.calculer().attrs["publiable"]
    personnes = bool(contrat.effectifs or contrat.population)
    raison = ""
    if personnes and exploration.recomptee:
        raison = (
            "Cette vue compte des personnes, et le filtre la recompte : retranchée des tableaux publiés, elle "
            "laisserait deviner un petit effectif."
        )
    elif personnes and exploration.vue.analyse not in FAMILLES.get(contrat.population, ()):
        raison = "Cette vue compte des personnes, et aucun plan de masquage ne la connaît."
    elif contrat.montants and exploration.recomptee:
        raison = "Cette vue dit des montants qui ne sont pas publics, et le filtre la recompte."
    if raison:
        raise ErreurSecret(typographie(f"« {exploration.titre} » : export refusé. {raison} {QUE_FAIRE}"))


def registre_de(cite: Cite, rapports: str | Path) -> Path:
    """
    Le registre des publications d'une cité ; il se cherche ici, puis dans le dossier au-dessus.

    Un notebook s'ouvre dans `notebooks/` alors que la commande écrit les rapports à la racine du projet.
    """
    candidats = [dossier / cite.reglages["cle"] / REGISTRE for dossier in (Path(rapports), Path("..") / rapports)]
    return next((fichier for fichier in candidats if fichier.is_file()), candidats[0])


def confronter(exploration: Exploration, diffusion: str, fichier: Path) -> None:
    """
    Confronte un export à ce que les rapports ont déjà publié pour le même public, version de travail comprise.

    Args:
        exploration: la vue ; c'est sa table entière qui est confrontée, même si une seule ligne en sort.
        diffusion: public visé.
        fichier: le registre ; il est lu, jamais changé.

    Raises:
        ErreurSecret: si, avec un rapport d'avant, elle laisse deviner un petit effectif.
    """
    annee, protegee = exploration.choix.annee, exploration.entiere(diffusion)
    if not protegee.publiable.effectifs:
        return
    refus, _ = publications.controler(
        {"export": [protegee.comptes()]},
        lire_registre(fichier),
        annee=annee,
        diffusion=diffusion,
        arrete_le=exploration.cite.arrete_le(annee).isoformat(),
        fichier=str(fichier),
        remplace=False,
    )
    if refus:
        raise ErreurSecret(typographie(f"« {exploration.titre} » : export refusé, {refus['export']}"))


def nom_de(exploration: Exploration, diffusion: str) -> str:
    """Le nom des fichiers : cité, année, vue, filtres, public ; INTERNE en tête s'il ne faut pas les diffuser."""
    choix = exploration.choix
    mots = [exploration.cite.reglages["cle"], choix.annee, choix.vue, *exploration.filtres.values(), diffusion]
    nom = "-".join(re.sub(r"\W+", "_", sans_accent(str(mot))) for mot in mots)[:120]
    return f"INTERNE-{nom}" if diffusion == INTERNE else nom


def page(exploration: Exploration, publie: Illustration, diffusion: str) -> str:
    """La page HTML de l'export : autonome, accessible, sans script ni requête."""
    contexte = Contexte(
        nom_cite=exploration.cite.nom,
        annee=exploration.choix.annee,
        page="export",
        titre=exploration.vue.titre,
        diffusion=diffusion,
        mention=DIFFUSIONS[diffusion].mention,
        fictive=publie.fictive,
        arrete_le=exploration.cite.arrete_le(exploration.choix.annee),
    )
    html = rendre("export.html.j2", contexte=contexte, csp=CSP, fictives=FICTIVES, corps=publie.html())
    return controler(finir(html, contexte=contexte), toleres=ecritures(exploration.cite))
