"""Créer le dossier d'une cité nouvelle : ses réglages expliqués, ses tables sans ligne, ses classeurs à remplir."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path
from string import Template

from citelib.chargement import ouvrir
from citelib.chargement.ecriture import ecrire_table
from citelib.classeurs.modeles import ecrire_modeles
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre
from citelib.sources.fusion import exiger_nom, mettre_de_cote
from citelib.tables import AXES, TABLES, libelle

TEXTES = Path(__file__).parents[1] / "instruments" / "nouvelle_cite"
CATALOGUE = Path(__file__).parents[2] / "data" / "miramas" / "indicateurs.csv"
"""Le référentiel de départ ; il accompagne le projet, pas le paquet installé seul."""


def nouvelle_cite(dossier: Path, *, nom: str | None = None, annee: int) -> str:
    """
    Crée le dossier d'une cité nouvelle, absent ou vide, et rend ce qu'il reste à faire.

    Args:
        dossier: le dossier à créer.
        nom: nom de la cité ; celui du dossier sinon.
        annee: première année du programme, proposée dans les classeurs.

    Raises:
        ErreurParametre: si le dossier contient déjà quelque chose.
    """
    if dossier.exists() and (not dossier.is_dir() or any(dossier.iterdir())):
        raise ErreurParametre(f"{dossier} existe et n'est pas vide : choisir un autre dossier, rien n'a été écrit.")
    nom = nom_court(nom or dossier.resolve().name.replace("-", " ").replace("_", " ").title())
    # Un texte JSON est aussi un texte TOML : les guillemets d'un nom n'y cassent rien.
    champs = {"cle": sans_accent(nom).replace("_", "-") or "cite", "nom": json.dumps(nom, ensure_ascii=False)[1:-1]}
    champs |= {code: libelle(code) for code in AXES} | {"annee": str(annee), "dossier": str(dossier)}
    depart = "contient un référentiel de départ : en retirer, en ajouter."
    champs["catalogue"] = depart if CATALOGUE.is_file() else "est vide : y décrire vos indicateurs."
    textes = {f.name: Template(f.read_text(encoding="utf-8")).substitute(champs) for f in sorted(TEXTES.iterdir())}
    suite = textes.pop("suite.txt")
    dossier.mkdir(parents=True, exist_ok=True)
    for fichier, texte in textes.items():
        (dossier / fichier).write_text(texte, encoding="utf-8", newline="\n")
    for table in TABLES:
        if not table.facultative:
            ecrire_table(table, table.vide(), dossier / f"{table.nom}.csv")
    if CATALOGUE.is_file():
        shutil.copyfile(CATALOGUE, dossier / CATALOGUE.name)
    refaire_modeles(dossier, annee=annee)
    return suite.strip()


def nom_court(nom: str) -> str:
    """
    Le nom qui suivra « Cité éducative de », sans ces mots si l'on vient de les écrire.

    >>> nom_court("Cité éducative de Valcombe"), nom_court("cité éducative du Port"), nom_court("Istres")
    ('Valcombe', 'Le Port', 'Istres')
    """
    lu = re.fullmatch(r"cit[ée] [ée]ducative (de |d['’]|du |des )(.+)", nom.strip(), re.IGNORECASE)
    return {"du ": "Le ", "des ": "Les "}.get(lu[1].lower(), "") + lu[2] if lu else nom


def refaire_modeles(dossier: Path, *, annee: int | None = None) -> Path:
    """
    Écrit les classeurs à remplir, les listes à jour ; les précédents passent dans « anciens ».

    Args:
        dossier: celui de la cité.
        annee: année proposée dans les classeurs ; la dernière du programme, sinon la première prévue.

    Raises:
        ErreurParametre: si le dossier n'est pas celui d'une cité.
    """
    cite, _ = ouvrir(dossier)
    exiger_nom(cite)
    modeles = cite.dossier / "modeles"
    mettre_de_cote(cite.dossier, [modeles] if modeles.exists() else [])
    connues = cite.annees or [cite.reglages.get("premiere_annee", dt.date.today().year)]
    ecrire_modeles(cite, modeles, annee or connues[-1])
    return modeles
