"""Ce que valent les verdicts de la page Impacts : des milliers de cités à la vérité connue, lues par ses fonctions.

    python benchmarks/calibration.py                 # 2 000 cités sans effet, 200 par taille d'effet
    python benchmarks/calibration.py --cites 200 --par-effet 50 --essai

Chaque cité tirée a des collèges (un plan de comparaison parmi trente-six, à tour de rôle), une enquête qui suit les
mêmes élèves et une autre qui n'interroge pas les mêmes. `comparaisons`, `changement_declare` et `avant_apres_part`,
celles que le notebook appelle, rendent leurs verdicts. On compte : verdicts rendus sans effet, intervalles qui
contiennent la vérité, effets trouvés, conclusions dans le mauvais sens. Les comptes vont dans
`citelib/instruments/calibration.toml`, que la page cite, et le tableau dans `docs/hypotheses.md` ; rien n'est écrit
avec `--essai`. La même graine donne les mêmes comptes, quel que soit `--processus`.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from itertools import product
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd
from epreuves import Essai, essai_colleges, essai_enquete
from performance import commit

from citelib import impacts
from citelib.formats import nombre, pourcentage
from citelib.impacts import calibration as lecture

RACINE = Path(__file__).parents[1]
HYPOTHESES = RACINE / "docs" / "hypotheses.md"
DEBUT, FIN = "<!-- calibration : début, écrit par benchmarks/calibration.py -->", "<!-- calibration : fin -->"
DESSINS = [(*qui, *quand) for quand, qui in product(((2, 1), (3, 2), (5, 3)), product((1, 2, 3, 5), (6, 12, 19)))]
"""Collèges de la cité, comparables, sessions avant, sessions après."""
EFFETS = ((0.0, 0.0), (0.05, 0.2), (0.08, 0.3), (0.10, 0.5), (0.15, 0.8))
"""Gain des collèges, en part, et effet des enquêtes, en écarts-types ; le premier est l'absence d'effet."""
EPREUVES = {"choc_classe": 0.2, "choc_cohorte": 0.1}
"""Hypothèses que l'on rompt exprès, sans effet : écarts-types de ce qui arrive à une classe, à une promotion."""
PAR_LOT = 10
QUESTIONNAIRES = ("suivis", "classes")
PLANS = {
    "colleges": "collèges, toutes comparaisons testées",
    "suivis_score": "enquête, mêmes élèves, score",
    "suivis_part": "enquête, mêmes élèves, part",
    "classes_score": "enquête, autres élèves, par classe, score",
    "classes_part": "enquête, autres élèves, par classe, part",
    "choc_classe": "mêmes élèves, score, mais un choc propre à chaque classe",
    "choc_cohorte": "autres élèves, score, mais deux promotions différentes",
}
"""Ce que chaque plan compare."""
NETTES, MESURABLES = ("progression_nette", "recul_net"), ("progression_mesurable", "recul_mesurable")
SIGNAUX = ("signal_a_confirmer", "signal_defavorable")
CONCLUS = (*NETTES, *MESURABLES)
FAVORABLES, DEFAVORABLES = (NETTES[0], MESURABLES[0]), (NETTES[1], MESURABLES[1])
ALERTES = ("Plan, sans effet", "Tests", "« nette »", "« mesurable »", "« à confirmer »", "Non interprétables")
ALERTES += ("Cités où un verdict au moins conclut", "Intervalles qui contiennent la vérité, tous effets")
PUISSANCES = ("Plan", "Tests", "Trouvé, effet faible", "moyen", "fort", "très fort", "Conclu à l'envers")
SANS_TEST = ("graphique_seul", "donnees_insuffisantes")


def cite_tiree(graine: int, effet: int, rang: int) -> list[dict]:
    """Les verdicts d'une cité : une ligne par indicateur des collèges et par question d'enquête."""
    alea, (gain, ecart) = np.random.default_rng([graine, effet, rang]), EFFETS[effet]
    noms = ("n_cite", "n_comparables", "avant", "apres")
    dessin = dict(zip(noms, DESSINS[rang % len(DESSINS)], strict=True))
    essai = essai_colleges(alea, **dessin, gain=gain)
    table = impacts.comparaisons(*essai.tables, annee=essai.annee)
    quand = f"{dessin['avant']}+{dessin['apres']}"
    quoi = {"plan": "colleges", "qui": f"{dessin['n_cite']}v{dessin['n_comparables']}", "quand": quand}
    lignes = [quoi | lue for lue in _lues(table, essai.vrai)]
    lignes += _enquetes(essai_enquete(alea, effet=ecart))
    return [ligne | {"effet": effet, "rang": rang} for ligne in lignes]


def epreuve(graine: int, nom: str, rang: int) -> list[dict]:
    """Les verdicts d'enquêtes sans effet dont une hypothèse est rompue ; du seul plan qu'elle concerne."""
    alea = np.random.default_rng([graine, 100 + [*EPREUVES].index(nom), rang])
    atteint = "suivis" if nom == "choc_classe" else "classes"
    lignes = _enquetes(essai_enquete(alea, **{nom: EPREUVES[nom]}))
    gardees = [ligne for ligne in lignes if ligne["plan"] == f"{atteint}_score"]
    return [ligne | {"plan": nom, "effet": 0, "rang": rang} for ligne in gardees]


def _enquetes(essai: Essai) -> list[dict]:
    """Les verdicts des deux questionnaires, en score et en part."""
    lignes = []
    for unite, analyse in (("score", impacts.changement_declare), ("part", impacts.avant_apres_part)):
        table = analyse(*essai.tables, annee=essai.annee)
        for questionnaire in QUESTIONNAIRES:
            siennes = table[table["libelle"].str.startswith(f"{questionnaire} : ")]
            lignes += [{"plan": f"{questionnaire}_{unite}"} | lue for lue in _lues(siennes, essai.vrai[unite])]
    return lignes


def _lues(table: pd.DataFrame, vrai: float) -> Iterator[dict]:
    """Le verdict de chaque ligne, et si son intervalle contient la vérité ; vide sans intervalle."""
    for ligne in table.to_dict("records"):
        basse, haute = ligne["borne_basse"], ligne["borne_haute"]
        couvert = None if pd.isna(basse) or pd.isna(haute) else bool(basse <= vrai <= haute)
        yield {"code": ligne["verdict_code"], "couvert": couvert}


def lot(demande: tuple) -> tuple[list[dict], int, float]:
    """Quelques tirages à la suite : lignes, nombre de tirages, secondes de processeur."""
    debut, (graine, quoi, rangs) = time.process_time(), demande
    un = epreuve if isinstance(quoi, str) else cite_tiree
    return [ligne for rang in rangs for ligne in un(graine, quoi, rang)], len(rangs), time.process_time() - debut


def tirer(graine: int, nombres: dict, processus: int) -> tuple[pd.DataFrame, float]:
    """
    Tous les tirages, sur plusieurs processus, avec l'avancement ; et les secondes de processeur par cité entière.

    Args:
        nombres: tirages voulus, par rang d'effet ou nom d'épreuve.
    """
    demandes = [(graine, quoi, range(n)[k : k + PAR_LOT]) for quoi, n in nombres.items() for k in range(0, n, PAR_LOT)]
    total, faits, lignes, debut, processeur = sum(nombres.values()), 0, [], time.monotonic(), 0.0
    with Pool(processus, initializer=_preparer) as ouvriers:
        for siennes, n, secondes in ouvriers.imap_unordered(lot, demandes):
            lignes, faits, processeur = [*lignes, siennes], faits + n, processeur + secondes
            _avancement(faits, total, time.monotonic() - debut)
    table = pd.DataFrame([ligne for siennes in lignes for ligne in siennes])
    return table.sort_values(["plan", "effet", "rang"], kind="stable", ignore_index=True), processeur / total


def _preparer() -> None:
    """Ce qui accélère un ouvrier sans rien changer à ses nombres : mille petites tables de textes courts."""
    gc.freeze()
    pd.set_option("mode.string_storage", "python")


def _avancement(faits: int, total: int, secondes: float) -> None:
    """Une barre, sur une seule ligne de la sortie d'erreur."""
    pleins, reste = 40 * faits // total, secondes * (total - faits) / faits
    barre = f"[{'#' * pleins}{'.' * (40 - pleins)}] {faits}/{total} cités, encore {reste:.0f} s "
    print(f"\r{barre}", end="\n" if faits == total else "", file=sys.stderr, flush=True)


def compter(table: pd.DataFrame) -> list[dict]:
    """Un bloc de comptes par plan : enquêtes, collèges, puis collèges par nombre et par durée, et épreuves."""
    colleges = table[table["plan"].eq("colleges")]
    blocs = {plan: table[table["plan"].eq(plan)] for plan in PLANS}
    blocs |= {f"colleges_{qui}": lignes for qui, lignes in colleges.groupby("qui", sort=False)}
    testees = colleges[colleges["code"].ne("graphique_seul")]
    blocs |= {f"colleges_{quand}": lignes for quand, lignes in testees.groupby("quand", sort=False)}
    return [{"plan": nom} | _comptes(lignes) for nom, lignes in blocs.items() if len(lignes)]


def _comptes(lignes: pd.DataFrame) -> dict:
    """Les comptes d'un plan : sans effet, puis à chaque effet."""
    testees = lignes[~lignes["code"].isin(SANS_TEST)]
    nuls, code = testees[testees["effet"].eq(0)], testees["code"]
    alertes = nuls["code"].isin(CONCLUS)
    comptes = {
        "tests": len(nuls),
        "nettes": int(nuls["code"].isin(NETTES).sum()),
        "mesurables": int(nuls["code"].isin(MESURABLES).sum()),
        "signaux": int(nuls["code"].isin(SIGNAUX).sum()),
        "non_interpretables": int(nuls["code"].eq("non_interpretable").sum()),
        "sans_test": int((lignes["effet"].eq(0) & lignes["code"].isin(SANS_TEST)).sum()),
        "cites": int(nuls["rang"].nunique()),
        "cites_alertees": int(nuls.loc[alertes, "rang"].nunique()),
        "intervalles": int(testees["couvert"].notna().sum()),
        "couverts": int(testees["couvert"].eq(True).sum()),
    }
    effets = []
    for effet in sorted(set(testees["effet"]) - {0}):
        ici = testees["effet"].eq(effet)
        contraires = int((ici & code.isin(DEFAVORABLES)).sum())
        trouves = int((ici & code.isin(FAVORABLES)).sum())
        taille = EFFETS[effet][0 if lignes["plan"].iloc[0] == "colleges" else 1]
        effets.append({"taille": taille, "tests": int(ici.sum()), "trouves": trouves, "contraires": contraires})
    return comptes | {"effets": effets}


def en_toml(entete: dict, blocs: Iterable[dict]) -> str:
    """Les comptes, tels que `impacts.calibration` les lit."""

    def valeur(lue: object) -> str:
        if isinstance(lue, list):
            return "[" + ", ".join("{ " + ", ".join(f"{k} = {v}" for k, v in d.items()) + " }" for d in lue) + "]"
        return f'"{lue}"' if isinstance(lue, str) else str(lue)

    lignes = ["# Écrit par benchmarks/calibration.py : ne rien changer à la main."]
    lignes += [f"{nom} = {valeur(lue)}" for nom, lue in entete.items()]
    for bloc in blocs:
        lignes += ["", "[[plans]]", *(f"{nom} = {valeur(lue)}" for nom, lue in bloc.items())]
    return "\n".join(lignes) + "\n"


def en_markdown(lue: Mapping) -> str:
    """Les tableaux de docs/hypotheses.md : fausses alertes et couverture, puis puissance et erreurs de sens."""
    plans = lue["plans"]
    entete = (
        f"Version {lue['version']}, dépôt {lue['commit']}, graine {lue['graine']} : {nombre(lue['cites'])} cités sans "
        f"effet, {nombre(lue['par_effet'])} par taille d'effet ; {nombre(lue['secondes_par_100'])} secondes de "
        "processeur pour 100 cités. Entre crochets, l'intervalle à 95 % dû au nombre de tirages."
    )
    puissances = [_puissance(bloc) for bloc in plans.values() if bloc["effets"]]
    alertes = [_alertes(bloc) for bloc in plans.values()]
    return "\n".join([entete, *_tableau(ALERTES, alertes), *_tableau(PUISSANCES, puissances)])


def _tableau(titres: tuple[str, ...], lignes: list[list[str]]) -> list[str]:
    rangees = [titres, ["---"] * len(titres), *lignes]
    return ["", *(f"| {' | '.join(rangee)} |" for rangee in rangees), ""]


def _alertes(bloc: Mapping) -> list[str]:
    """Une ligne du premier tableau."""
    if not bloc["tests"]:
        return [nom_du_plan(bloc["plan"]), "0", *["sans test"] * (len(ALERTES) - 2)]
    parts = [_part(bloc, quoi) for quoi in ("nettes", "mesurables", "signaux", "non_interpretables")]
    parts += [_part(bloc, "cites_alertees", "cites"), _part(bloc, "couverts", "intervalles")]
    return [nom_du_plan(bloc["plan"]), nombre(bloc["tests"]), *parts]


def _puissance(bloc: Mapping) -> list[str]:
    """Une ligne du second tableau."""
    effets, unite = bloc["effets"], lecture.unite(bloc)
    trouves = [f"{lecture.taille(bloc, effet)} {unite} : {_part(effet, 'trouves')}" for effet in effets]
    envers = {nom: sum(effet[nom] for effet in effets) for nom in ("contraires", "tests")}
    return [nom_du_plan(bloc["plan"]), nombre(envers["tests"]), *trouves, _part(envers, "contraires")]


def nom_du_plan(plan: str) -> str:
    """Un plan en toutes lettres : les épreuves et les enquêtes ont le leur, les collèges leur nombre ou leur durée."""
    if plan in PLANS:
        return PLANS[plan]
    detail = plan.removeprefix("colleges_")
    if "v" in detail:
        return "collèges, {} face à {}".format(*detail.split("v"))
    return "collèges, {} sessions avant et {} après".format(*detail.split("+"))


def _part(bloc: Mapping, quoi: str, sur: str = "tests") -> str:
    """Une part des comptes et son intervalle."""
    part = lecture.part_de(bloc, quoi, sur)
    bornes = [nombre(100 * borne, 1) for borne in (part.borne_basse, part.borne_haute)]
    return f"{pourcentage(part.valeur, 1)} [{bornes[0]} ; {bornes[1]}]"


def ranger(texte: str, tableau: str) -> str:
    """La page des hypothèses, son tableau remplacé entre ses deux repères."""
    avant, suite = texte.split(DEBUT)
    return f"{avant}{DEBUT}\n\n{tableau}\n{FIN}{suite.split(FIN)[1]}"


def _ecrire_tableau(tableau: str) -> None:
    HYPOTHESES.write_text(ranger(HYPOTHESES.read_text("utf-8"), tableau), encoding="utf-8", newline="\n")


def main() -> None:
    """Tire, compte, écrit."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cites", type=int, default=2000, help="cités sans effet")
    options.add_argument("--par-effet", type=int, default=200, help="cités par taille d'effet")
    options.add_argument("--par-epreuve", type=int, default=200, help="enquêtes dont une hypothèse est rompue")
    options.add_argument("--graine", type=int, default=2024)
    options.add_argument("--processus", type=int, default=2)
    options.add_argument("--essai", action="store_true", help="montrer le tableau sans rien écrire")
    options.add_argument("--tableau", action="store_true", help="réécrire le tableau depuis les comptes livrés")
    choix, depot = options.parse_args(), commit()
    if choix.tableau:
        _ecrire_tableau(en_markdown(lecture.comptes_livres()))
        return
    nombres = {0: choix.cites} | dict.fromkeys(range(1, len(EFFETS)), choix.par_effet)
    nombres |= dict.fromkeys(EPREUVES, choix.par_epreuve)
    table, secondes = tirer(choix.graine, nombres, choix.processus)
    entete = {"version": version("citelib"), "commit": depot, "graine": choix.graine, "cites": choix.cites}
    entete |= {"par_effet": choix.par_effet, "secondes_par_100": round(100 * secondes)}
    ecrit = en_toml(entete, compter(table))
    tableau = en_markdown(lecture.lire(ecrit))
    if choix.essai:
        print(tableau)
        return
    lecture.FICHIER.write_text(ecrit, encoding="utf-8", newline="\n")
    _ecrire_tableau(tableau)


if __name__ == "__main__":
    main()
