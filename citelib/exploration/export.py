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
from html import escape
from pathlib import Path

from citelib.chargement import Cite
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurSecret
from citelib.exploration.regard import INTERNE, Regard
from citelib.figures import Illustration
from citelib.formats import typographie
from citelib.garde import REGISTRE, lire_registre
from citelib.page.controle import composer
from citelib.page.finition import Contexte
from citelib.secret import DIFFUSIONS
from citelib.secret import registre as publications


class Ecrits(list[Path]):
    """Les fichiers d'un export : une liste, qui se lit."""

    def _repr_html_(self) -> str:
        return f"<p>Exporté :</p><ul>{''.join(f'<li>{escape(str(fichier))}</li>' for fichier in self)}</ul>"

    def __repr__(self) -> str:
        return "\n".join(["Exporté :", *map(str, self)])


def exporter(
    regard: Regard, *, diffusion: str = "cotech", vers: str | Path = "exports", rapports: str | Path = "reports"
) -> Ecrits:
    """
    Écrit ce que l'on voit en CSV, PNG et HTML, protégé pour un public.

    Args:
        regard: la vue, ses filtres.
        diffusion: « cotech », « public », ou « interne », qui ne masque rien et le marque partout.
        vers: dossier où écrire ; créé au besoin.
        rapports: dossier des rapports, où lire le registre de ce qui a déjà été publié ; voir `registre_de`.

    Returns:
        Les fichiers écrits, que le notebook énumère.

    Raises:
        ErreurSecret: si la vue laisserait deviner un petit effectif ; elle dit pourquoi, et que faire.
        ErreurParametre: si la diffusion n'existe pas, ou si le registre est illisible.
    """
    publie, interne = regard.graphique(diffusion), diffusion == INTERNE
    if not interne:
        confronter(regard, diffusion, registre_de(regard.cite, rapports))
    dossier = Path(vers)
    dossier.mkdir(parents=True, exist_ok=True)
    marque = f"{DIFFUSIONS[diffusion].mention}\r\n" if interne else ""
    contenus = {
        "csv": "\ufeff".encode() + marque.encode() + publie.csv().removeprefix("\ufeff".encode()),
        "html": page(regard, publie, diffusion).encode(),
    }
    contenus |= {} if publie.vide else {"png": publie.image_titree}
    fichiers = [dossier / f"{nom_de(regard, diffusion)}.{suffixe}" for suffixe in contenus]
    for fichier, octets in zip(fichiers, contenus.values(), strict=True):
        fichier.write_bytes(octets)
    return Ecrits(fichiers)


def registre_de(cite: Cite, rapports: str | Path) -> Path:
    """
    Le registre des publications d'une cité ; il se cherche ici, puis dans le dossier au-dessus.

    Un notebook s'ouvre dans `notebooks/` alors que la commande écrit les rapports à la racine du projet.
    """
    candidats = [dossier / cite.reglages["cle"] / REGISTRE for dossier in (Path(rapports), Path("..") / rapports)]
    return next((fichier for fichier in candidats if fichier.is_file()), candidats[0])


def confronter(regard: Regard, diffusion: str, fichier: Path) -> None:
    """
    Confronte un export à ce que les rapports ont déjà publié pour le même public, version de travail comprise.

    Args:
        regard: la vue ; c'est sa table entière qui est confrontée, même si une seule ligne en sort.
        diffusion: public visé.
        fichier: le registre ; il est lu, jamais changé.

    Raises:
        ErreurSecret: si, avec un rapport d'avant, elle laisse deviner un petit effectif.
    """
    annee, protegee = regard.choix.annee, regard.entiere(diffusion)
    if not protegee.publiable.effectifs:
        return
    refus, _ = publications.controler(
        {"export": [protegee.comptes()]},
        lire_registre(fichier),
        annee=annee,
        diffusion=diffusion,
        arrete_le=regard.cite.arrete_le(annee).isoformat(),
        fichier=str(fichier),
        remplace=False,
    )
    if refus:
        raise ErreurSecret(typographie(f"« {regard.titre} » : export refusé, {refus['export']}"))


def nom_de(regard: Regard, diffusion: str) -> str:
    """Le nom des fichiers : cité, année, vue, filtres, public ; INTERNE en tête s'il ne faut pas les diffuser."""
    choix = regard.choix
    mots = [regard.cite.reglages["cle"], choix.annee, choix.vue, *regard.filtres.values(), diffusion]
    nom = "-".join(re.sub(r"\W+", "_", sans_accent(str(mot))) for mot in mots)[:120]
    return f"INTERNE-{nom}" if diffusion == INTERNE else nom


def page(regard: Regard, publie: Illustration, diffusion: str) -> str:
    """La page HTML de l'export : autonome, accessible, sans script ni requête."""
    contexte = Contexte(
        nom_cite=regard.cite.nom,
        annee=regard.choix.annee,
        page="export",
        titre=regard.vue.titre,
        diffusion=diffusion,
        mention=DIFFUSIONS[diffusion].mention,
        fictive=publie.fictive,
        arrete_le=regard.cite.arrete_le(regard.choix.annee),
    )
    return composer("export.html.j2", regard.cite, contexte=contexte, corps=publie.html())
