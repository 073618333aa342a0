"""Ce que coûte le secret : cases et personnes masquées, par le plan, par la règle de ligne et par l'optimum.

La règle de ligne est celle des manuels : sous une somme publiée, jamais une seule case masquée. Elle ne protège pas :
la dernière colonne compte les familles de tables où l'audit trouve alors une fuite.

    python benchmarks/secret.py                 # le tableau de docs/secret.md, en quelques minutes
    python benchmarks/secret.py --familles 10   # pour essayer
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

RACINE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(RACINE), str(RACINE / "tests")]

from test_secret_plan import tirer  # noqa: E402 : les familles des tests

from citelib import charger  # noqa: E402
from citelib.constats.gardien import FAMILLES  # noqa: E402
from citelib.secret import suppression  # noqa: E402
from citelib.secret.attaque import audit  # noqa: E402
from citelib.secret.plan import Liens, hierarchie_de, relier  # noqa: E402


def lier(tables: list) -> Liens:
    """Les effectifs liés d'une famille de tables."""
    tables = [table for table in tables if len(table)]
    return relier(tables, hierarchie_de(tables))


def plan(liens: Liens, seuil: int, *, taille: float, tours: float) -> np.ndarray:
    """Le masque de citelib, avec cette taille exacte et ce nombre de tours au-delà."""
    suppression.TAILLE_EXACTE, suppression.TOURS = taille, tours
    options = {"marges": liens.marges, "totaux": liens.totaux}
    return suppression.masque_approuve(liens.valeurs, liens.grille, seuil=seuil, **options)[0]


def regle_de_ligne(liens: Liens, seuil: int) -> np.ndarray:
    """Dans chaque somme où une seule case est masquée, la plus petite des autres l'est aussi, et ainsi de suite."""
    masque = (liens.valeurs >= 1) & (liens.valeurs < seuil)
    change = True
    while change:
        change = False
        for total, termes in liens.grille.sommes:
            cases = [total, *termes]
            autres = [k for k in cases if not masque[k] and liens.valeurs[k] > 0 and not liens.totaux[k]]
            if masque[cases].sum() == 1 and autres:
                masque[min(autres, key=lambda k: liens.valeurs[k])] = change = True
    return masque


def est_sur(liens: Liens, masque: np.ndarray, seuil: int) -> bool:
    """Vrai si l'audit n'y trouve rien."""
    return bool(audit(np.where(masque, np.nan, liens.valeurs), masque, liens.grille, seuil=seuil)["ok"].all())


METHODES = {
    "règle de ligne": regle_de_ligne,
    "citelib, case par case": lambda liens, seuil: plan(liens, seuil, taille=0, tours=0),
    "citelib": lambda liens, seuil: plan(liens, seuil, taille=300, tours=25),
    "optimum": lambda liens, seuil: plan(liens, seuil, taille=np.inf, tours=25),
}


def mesurer(familles: list[Liens], seuil: int) -> None:
    """Une ligne de tableau par méthode : parts des cases et des personnes masquées, familles qui fuient."""
    for nom, choisir in METHODES.items():
        cases = masquees = personnes = cachees = fuites = 0
        for liens in familles:
            masque, remplies = choisir(liens, seuil), liens.valeurs > 0
            cases, masquees = cases + remplies.sum(), masquees + masque.sum()
            personnes, cachees = personnes + liens.valeurs[remplies].sum(), cachees + liens.valeurs[masque].sum()
            fuites += not est_sur(liens, masque, seuil)
        parts = f"{100 * masquees / cases:.1f} % | {100 * cachees / personnes:.2f} %".replace(".", ",")
        print(f"| {seuil} | {nom} | {parts} | {fuites} sur {len(familles)} |", flush=True)


def main() -> None:
    """Les familles tirées au hasard, puis celles de l'exemple."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--familles", type=int, default=60, help="familles tirées au hasard")
    combien = arguments.parse_args().familles
    tirees = [lier(tirer(graine)[1]) for graine in range(combien)]
    cite = charger(RACINE / "data" / "miramas")
    exemple = [lier([analyse.calculer(cite, 2024) for analyse in analyses]) for analyses in FAMILLES.values()]
    for titre, familles in {f"{combien} familles au hasard": tirees, "Miramas 2024": exemple}.items():
        print(f"\n{titre}\n\n| seuil | méthode | cases masquées | personnes masquées | familles qui fuient |")
        print("|---|---|---|---|---|")
        for seuil in (5, 11):
            mesurer(familles, seuil)


if __name__ == "__main__":
    main()
