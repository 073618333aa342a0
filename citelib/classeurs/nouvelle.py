"""Créer le dossier d'une cité nouvelle : ses réglages expliqués, ses tables sans ligne, ses classeurs à remplir."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from string import Template

from citelib.chargement import ouvrir
from citelib.chargement.ecriture import ecrire_table
from citelib.classeurs.modeles import ecrire_modeles
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.sources.fusion import mettre_de_cote
from citelib.tables import AXES, TABLES, libelle

TEXTES = Path(__file__).parents[1] / "instruments" / "nouvelle_cite"
CATALOGUE = Path(__file__).parents[2] / "data" / "miramas" / "indicateurs.csv"
"""Le référentiel de départ ; il accompagne le projet, pas le paquet installé seul."""
MODELES = "modeles"
SUITE = """Et maintenant :
1. Compléter cite.toml et protocole.toml dans un éditeur de texte : chaque ligne y est expliquée.
2. Remplir modeles/cpo.xlsx (organismes, objectifs, actions…), puis :
   citelib importer classeur cpo.xlsx --vers {dossier}
3. Refaire les classeurs, dont les listes connaîtront alors vos actions, et les envoyer :
   citelib nouvelle-cite {dossier} --modeles
4. À leur retour, les importer de même, puis : citelib verifier {dossier}
{catalogue}"""


def nouvelle_cite(dossier: Path, *, nom: str | None = None, annee: int) -> str:
    """
    Crée le dossier d'une cité nouvelle.

    Args:
        dossier: le dossier à créer, absent ou vide.
        nom: nom de la cité ; celui du dossier sinon.
        annee: première année du programme, proposée dans les classeurs.

    Returns:
        Ce qu'il reste à faire, en quelques lignes.

    Raises:
        ErreurParametre: si le dossier contient déjà quelque chose.
    """
    if dossier.exists() and (not dossier.is_dir() or any(dossier.iterdir())):
        raise ErreurParametre(f"{dossier} existe et n'est pas vide : choisir un autre dossier, rien n'a été écrit.")
    nom = nom or dossier.resolve().name.replace("-", " ").replace("_", " ").title()
    dossier.mkdir(parents=True, exist_ok=True)
    # Un texte JSON est aussi un texte TOML : les guillemets d'un nom n'y cassent rien.
    champs = {"cle": sans_accent(nom).replace("_", "-") or "cite", "nom": json.dumps(nom, ensure_ascii=False)[1:-1]}
    champs |= {code: libelle(code) for code in AXES} | {"annee": str(annee)}
    for modele in sorted(TEXTES.glob("*.toml")):
        texte = Template(modele.read_text(encoding="utf-8")).substitute(champs)
        (dossier / modele.name).write_text(texte, encoding="utf-8", newline="\n")
    for table in TABLES:
        if table.nom == "indicateurs" and CATALOGUE.is_file():
            shutil.copyfile(CATALOGUE, dossier / CATALOGUE.name)
        elif not table.facultative:
            ecrire_table(table, table.vide(), dossier / f"{table.nom}.csv")
    refaire_modeles(dossier, annee=annee)
    depart = "indicateurs.csv contient les indicateurs du référentiel de départ : en retirer, en ajouter."
    sans = "indicateurs.csv est vide : y décrire vos indicateurs (docs/dictionnaire.md)."
    return SUITE.format(dossier=dossier, catalogue=depart if CATALOGUE.is_file() else sans)


def refaire_modeles(dossier: Path, *, annee: int) -> Path:
    """
    Écrit les classeurs à remplir d'une cité, avec ses actions et ses organismes d'aujourd'hui dans les listes.

    Args:
        dossier: la cité ; ses classeurs précédents passent dans « anciens ».
        annee: année du programme proposée.

    Returns:
        Le dossier des classeurs.
    """
    cite, _ = ouvrir(dossier)
    modeles = cite.dossier / MODELES
    if modeles.exists():
        mettre_de_cote(cite.dossier, [modeles])
    ecrire_modeles(cite, modeles, annee)
    return modeles
