"""Lire, vérifier et sommer des millions de présences : citelib contre `pandas.read_csv`, dans la même exécution.

    python benchmarks/presences.py --lignes 10000000 --tours 3

Chaque tour lance, l'un après l'autre et chacun dans un processus neuf, les deux chemins sur le même fichier ; le
rapport est celui des durées d'un même tour, le cache de citelib étant effacé avant. Les deux font le même travail :
lire tout en textes ; années et dates converties et bornées ; identifiants conformes à leur motif ; cellules
obligatoires remplies ; ni « NC » ni « sans objet » là où une valeur est due ; cellules vides relevées ; aucune donnée
personnelle dans les textes ; aucune ligne de total ; action connue pour l'année ; aucune clé en double ; puis, par
action, séances, présences et personnes différentes. Le résultat des deux est comparé ligne à ligne. Ce que citelib
fait de plus (origine de chaque ligne, cellules sur plusieurs lignes, écriture du cache) compte dans sa durée.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

SEANCES = 25
ACTIONS = [f"A{i % 3 + 1}-{i:02d}" for i in range(1, 61)]
PERSONNEL = r"[@\s]|\d{9}"  # ce sans quoi un texte n'a la forme d'aucune donnée personnelle
TOTAL = r"(?i)(?:sous[- ]?)?tota(?:l|ux)\b|sommes?\b"
CODE = r"[A-Za-z0-9][A-Za-z0-9_-]*"
SANS_VALEUR = {"", "nc", "n.c.", "nd", "n.d.", "n. d.", "non communiqué", "non collecté"} | {
    *("so", "s.o.", "sans objet", "non concerné", "non concernée")
}


def inventer(chemin: Path, lignes: int, graine: int) -> None:
    """Un fichier de présences sans faute : chaque participant suit 25 séances d'une action."""
    alea = np.random.default_rng(graine)
    lettres = np.array(list("abcdefghjkmnpqrstuvwxyz23456789"))
    jours = [f"{jour:%d/%m/%Y}" for jour in pd.date_range("2024-01-01", periods=360)]
    with chemin.open("w", encoding="utf-8-sig") as fichier:
        fichier.write("action_id;annee;seance;participant_pseudo;source;date_extraction;saisi_par_role\n")
        for rang in range(lignes // SEANCES):
            debut = f"{ACTIONS[rang % len(ACTIONS)]};2024;"
            fin = f";{''.join(alea.choice(lettres, 8))};Données fictives (mesure de vitesse);15/01/2025;\n"
            fichier.write("".join(debut + jours[jour] + fin for jour in alea.permutation(360)[:SEANCES]))


def par_pandas(chemin: Path) -> pd.DataFrame:
    """Le même travail, colonne par colonne, avec `pandas.read_csv`."""
    from citelib.contrats.personnel import nature

    lu = pd.read_csv(chemin, sep=";", dtype="str", encoding="utf-8-sig", keep_default_na=False)
    for colonne in ("action_id", "participant_pseudo"):
        assert lu[colonne].str.fullmatch(CODE).all()
    for colonne in ("action_id", "annee", "seance", "participant_pseudo", "source", "date_extraction"):
        assert not lu[colonne].str.strip().str.lower().isin(SANS_VALEUR).any()
    textes = ("action_id", "participant_pseudo", "source", "saisi_par_role")
    suspects = [lu.loc[lu[colonne].str.contains(PERSONNEL), colonne].drop_duplicates() for colonne in textes]
    assert not any(nature(texte) for colonne in suspects for texte in colonne)
    assert not any(lu[colonne].str.match(TOTAL).any() for colonne in ("action_id", "annee"))
    vides = lu["saisi_par_role"].eq("")
    annee = pd.to_numeric(lu["annee"])
    assert annee.between(2019, 2100).all()
    seance = pd.to_datetime(lu["seance"], format="%d/%m/%Y")
    pd.to_datetime(lu["date_extraction"], format="%d/%m/%Y")
    assert lu["action_id"].isin(ACTIONS).all() and vides.all()
    typee = lu.assign(annee=annee, seance=seance)
    assert not typee.duplicated(["action_id", "annee", "seance", "participant_pseudo"]).any()
    groupes = typee.groupby(["action_id", "annee"])
    return groupes.agg(
        n_seances=("seance", "nunique"),
        nb_participations=("seance", "size"),
        nb_uniques=("participant_pseudo", "nunique"),
    ).reset_index()


def par_citelib(chemin: Path) -> pd.DataFrame:
    """Le chemin du produit : lire, typer, vérifier les règles, sommer."""
    from citelib.chargement.volumes import lire_debut, lire_volumineux
    from citelib.contrats.typage import Lecture, typer, verifier_regles
    from citelib.resultats import presences
    from citelib.tables import PAR_NOM

    contrat = PAR_NOM["participations"]
    brut, origine, problemes = lire_volumineux(contrat, lire_debut(chemin))
    lecture = typer(contrat, brut, origine)
    actions = pd.DataFrame({"action_id": ACTIONS, "annee": pd.array([2024] * len(ACTIONS), "Int64")})
    lectures = {"participations": lecture, "actions": Lecture(actions, origine, lecture.etats, [])}
    assert not problemes + lecture.problemes + verifier_regles(contrat, lectures)
    return presences(lecture.table)


CHEMINS = {"pandas": par_pandas, "citelib": par_citelib}


def mesurer(nom: str, chemin: Path) -> None:
    """Un chemin, dans ce processus : durée hors imports, mémoire au plus haut, résultat."""
    import citelib.chargement.volumes  # noqa: F401

    depart = time.perf_counter()
    resultat = CHEMINS[nom](chemin)
    duree = time.perf_counter() - depart
    memoire = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"duree": duree, "memoire": memoire, "resultat": resultat.astype("str").values.tolist()}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--lignes", type=int, default=10_000_000)
    options.add_argument("--tours", type=int, default=3)
    options.add_argument("--un", nargs=2, metavar=("CHEMIN", "FICHIER"), help=argparse.SUPPRESS)
    choix = options.parse_args()
    if choix.un:
        mesurer(choix.un[0], Path(choix.un[1]))
        return
    rapports = []
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "participations.csv"
        inventer(chemin, choix.lignes, graine=1)
        print(f"{choix.lignes} lignes, {chemin.stat().st_size / 1e6:.0f} Mo")
        for tour in range(choix.tours):
            shutil.rmtree(chemin.parent / ".cache", ignore_errors=True)
            noms = list(CHEMINS) if tour % 2 else list(CHEMINS)[::-1]
            mesures = {}
            for nom in noms:
                commande = [sys.executable, __file__, "--un", nom, str(chemin)]
                sortie = subprocess.run(commande, check=True, capture_output=True, text=True).stdout
                mesures[nom] = json.loads(sortie)
            assert mesures["pandas"]["resultat"] == mesures["citelib"]["resultat"]
            rapports.append(mesures["pandas"]["duree"] / mesures["citelib"]["duree"])
            details = ", ".join(f"{nom} {m['duree']:.1f} s et {m['memoire']:.2f} Gio" for nom, m in mesures.items())
            print(f"tour {tour + 1} : {details} ; rapport {rapports[-1]:.2f}")
    print(f"rapport médian {statistics.median(rapports):.2f} (de {min(rapports):.2f} à {max(rapports):.2f})")


if __name__ == "__main__":
    main()
