"""Les questionnaires de partenariat : un profil à discuter, jamais une note ni un classement.

Le texte des questions appartient à leurs auteurs : seule la structure des instruments est ici, comme donnée. Trop
peu de répondants ne se publient pas : la table est alors vide, et `attrs["motif"]` dit ce qu'il faudrait.
"""

from __future__ import annotations

import tomllib
from importlib import resources

import pandas as pd

from citelib.contrats import publiable
from citelib.erreurs import ErreurParametre
from citelib.mesures.comptes import ENSEMBLE, de_l_annee, part, publiable_par, typer
from citelib.tables import libelle

PILOTE_MINIMUM = 5
"""Répondants de chaque catégorie de pilotes, pour comparer. Source : domaine, règle de publication."""
REPARTITION = {
    "effectifs": ("nb_A", "nb_B", "nb_C", "nb_valides", "nb_nsp"),
    "parts": {f"part_{lettre}": (f"nb_{lettre}", "nb_valides") for lettre in "ABC"},
    "bases": {"indice": "nb_valides"},
    "total_colonne": "nb_valides",
    "additives": ("nb_A", "nb_B", "nb_C"),
}
"""Contrat d'une table de réponses A, B, C : ce sont des réponses de personnes."""


def lire_instrument(nom: str) -> dict:
    """
    La structure d'un instrument, « odap » ou « vpat » : dimensions, questions, bandes, source et droits.

    >>> lire_instrument("odap")["dimension"][3]["questions"]
    [5, 9, 10, 11]
    """
    fichier = resources.files("citelib").joinpath("instruments", f"{nom}.toml")
    return tomllib.loads(fichier.read_text(encoding="utf-8"))


ODAP, VPAT = lire_instrument("odap"), lire_instrument("vpat")


def _reponses(reponses: pd.DataFrame, annee: int, instrument: dict) -> tuple[pd.DataFrame, str]:
    """Réponses de l'année à un instrument, ou aucune et le motif de ne pas les publier."""
    lignes = de_l_annee(reponses, annee)
    lignes = lignes[lignes["instrument"].eq(instrument["sigle"])]
    regles = instrument["publication"]
    categories = regles.get("categories", 0)
    motif = ""
    if lignes.empty:
        motif = f"aucune réponse au questionnaire {instrument['sigle']} en {annee}"
    elif lignes["repondant_pseudo"].nunique() < regles["repondants"]:
        motif = f"il faudrait au moins {regles['repondants']} répondants"
    elif lignes["categorie"].nunique() < categories:
        motif = f"il faudrait au moins {categories} catégories d'acteurs"
    return (lignes.iloc[:0] if motif else lignes), motif


def _table(rangees: list, motif: str, reels: list[str], colonnes: list[str] | None = None) -> pd.DataFrame:
    """Une table typée, vide s'il y a un motif de ne pas la publier."""
    table = typer(pd.DataFrame(rangees, columns=colonnes)).astype(dict.fromkeys(reels, "Float64"))
    table = table.iloc[: 0 if motif else None]
    table.attrs["motif"] = motif
    return table


def _repartition(lignes: pd.DataFrame) -> dict:
    """Comptes, parts et indice de réponses A, B, C ; ce qui n'est aucune des trois est « ne sait pas »."""
    comptes = {lettre: int(lignes["reponse"].eq(lettre).sum()) for lettre in "ABC"}
    n = sum(comptes.values())
    return (
        {f"nb_{lettre}": compte for lettre, compte in comptes.items()}
        | {"nb_valides": n}
        | {f"part_{lettre}": part(compte, n) for lettre, compte in comptes.items()}
        | {"indice": part(100 * (2 * comptes["A"] + comptes["B"]), 2 * n), "nb_nsp": len(lignes) - n}
    )


@publiable_par(**REPARTITION)
def profil_odap(reponses_partenaires, *, annee: int) -> pd.DataFrame:
    """
    Réponses A, B, C aux six conditions d'un bon partenariat (P01), dans l'ordre de l'outil.

    L'indice, (2A + B) ÷ 2n × 100, est le nôtre : il trie, il ne note pas ; l'ensemble n'en a donc pas.

    Returns:
        `condition` (puis « Ensemble »), `nb_A`, `nb_B`, `nb_C`, `nb_valides` (réponses exprimées), `part_A`,
        `part_B`, `part_C`, `indice`, `nb_nsp` (« ne sait pas », hors base). Vide sous 5 répondants ou 3
        catégories d'acteurs.

    Source:
        Bilodeau et autres (2008, 2014), Outil diagnostique de l'action en partenariat.
    """
    lignes, motif = _reponses(reponses_partenaires, annee, ODAP)
    groupes = {d["libelle"]: lignes[lignes["item"].isin(d["questions"])] for d in ODAP["dimension"]}
    rangees = [{"condition": nom, **_repartition(groupe)} for nom, groupe in groupes.items()]
    rangees.append({"condition": ENSEMBLE, **_repartition(lignes), "indice": pd.NA})
    return _table(rangees, motif, ["indice"])


@publiable(**REPARTITION, libres=("question",))
def items_odap(reponses_partenaires, *, annee: int) -> pd.DataFrame:
    """
    Réponses A, B, C à chacune des dix-huit questions.

    Returns:
        `item` (nom court et numéro ; l'intitulé si l'instrument le donne), `question` (numéro), `condition`,
        les colonnes de `profil_odap`, `avis_partages` (« oui » si un quart au moins des réponses est à chaque
        bout : l'indice cache alors un désaccord).
    """
    lignes, motif = _reponses(reponses_partenaires, annee, ODAP)
    rangees = []
    for dimension in ODAP["dimension"]:
        for numero in dimension["questions"]:
            comptes = _repartition(lignes[lignes["item"].eq(numero)])
            seuil = ODAP["publication"]["avis_partages"]
            bouts = comptes["nb_valides"] and min(comptes["part_A"], comptes["part_C"]) >= seuil
            nom = ODAP["libelles"].get(str(numero), f"{dimension['court']} (question {numero})")
            reperes = {"item": nom, "question": numero, "condition": dimension["libelle"]}
            rangees.append(reperes | comptes | {"avis_partages": "oui" if bouts else "non"})
    rangees.sort(key=lambda rangee: rangee["question"])
    return _table(rangees, motif, ["indice"]).astype({"question": "Int64"})


def points_appui(items) -> pd.DataFrame:
    """Les trois lignes d'`items_odap` les plus hautes selon l'indice ; à égalité, dans l'ordre de l'outil."""
    return items.dropna(subset="indice").sort_values("indice", ascending=False, kind="stable", ignore_index=True)[:3]


def points_a_travailler(items) -> pd.DataFrame:
    """Les trois lignes d'`items_odap` les plus basses selon l'indice ; à égalité, dans l'ordre de l'outil."""
    return items.dropna(subset="indice").sort_values("indice", kind="stable", ignore_index=True)[:3]


@publiable(effectifs=("nb_repondants",), bases={"indice": "nb_repondants", "ecart_indice": "nb_repondants"})
def ecart_pilotes(reponses_partenaires, structures, *, annee: int) -> pd.DataFrame:
    """
    Écart entre les catégories de pilotes sur l'indice du profil (P04).

    Vide sous cinq répondants par catégorie : un écart entre deux personnes n'en est pas un entre institutions.

    Returns:
        `categorie` (celles des organismes pilotes, puis « Écart entre pilotes »), `nb_repondants` (le plus petit
        groupe à la dernière ligne), `indice`, `ecart_indice` (plus haut − plus bas, dernière ligne seulement).
    """
    lignes, motif = _reponses(reponses_partenaires, annee, ODAP)
    pilotes = structures.loc[structures["pilote"].fillna(False).astype(bool), "categorie"].drop_duplicates()
    groupes = {code: lignes[lignes["categorie"].eq(code)] for code in pilotes}
    combien = [groupe["repondant_pseudo"].nunique() for groupe in groupes.values()]
    indices = [_repartition(groupe)["indice"] for groupe in groupes.values()]
    rangees = [(libelle(code), n, indice, pd.NA) for code, n, indice in zip(groupes, combien, indices, strict=True)]
    if not motif and (len(groupes) < 2 or min(combien) < PILOTE_MINIMUM):
        motif = f"il faudrait au moins {PILOTE_MINIMUM} répondants dans chacune de deux catégories de pilotes"
    if not motif:
        rangees.append(("Écart entre pilotes", min(combien), pd.NA, max(indices) - min(indices)))
    reels = ["indice", "ecart_indice"]
    return _table(rangees, motif, reels, ["categorie", "nb_repondants", *reels])


@publiable(
    effectifs=("nb_repondants", "nb_exclus"),
    bases={"score": "nb_repondants"},
    libres=("score_minimal", "score_maximal"),
)
def score_vpat(reponses_partenaires, *, annee: int) -> pd.DataFrame:
    """
    Score moyen par domaine et au total, et bande publiée du total (P02).

    Le score d'une personne est la moyenne de ses réponses fois le nombre de questions, si elle a répondu à
    80 % au moins ; sinon elle est exclue et comptée.

    Returns:
        `domaine` (puis « Ensemble »), `nb_repondants`, `score`, `score_minimal`, `score_maximal`,
        `nb_exclus`, `bande` (texte, sur l'ensemble seulement). Vide sous 5 répondants.

    Source:
        Injury Prevention 22(6):386 (2016), table 2 ; règle des réponses absentes : la nôtre.
    """
    lignes, motif = _reponses(reponses_partenaires, annee, VPAT)
    notes = pd.to_numeric(lignes["reponse"].mask(lignes["reponse"].eq("NSP")), errors="coerce").astype(float)
    notes = notes.where(notes.between(VPAT["minimum"], VPAT["maximum"]))
    grille = notes.groupby([lignes["repondant_pseudo"], lignes["item"]]).mean().unstack()
    domaines = {d["libelle"]: d["questions"] for d in VPAT["dimension"]}
    domaines[ENSEMBLE] = [numero for numeros in domaines.values() for numero in numeros]
    rangees = [] if motif else [_score(nom, grille.reindex(columns=n)) for nom, n in domaines.items()]
    colonnes = ["domaine", "nb_repondants", "score", "score_minimal", "score_maximal", "nb_exclus", "bande"]
    return _table(rangees, motif, ["score"], colonnes).astype({"score_minimal": "Int64", "score_maximal": "Int64"})


def _score(domaine: str, grille: pd.DataFrame) -> dict:
    """Score moyen des personnes qui ont assez répondu à ces questions, et combien ne l'ont pas fait."""
    n, garde = grille.shape[1], grille.notna().mean(axis=1) >= VPAT["publication"]["part_repondue"] - 1e-9
    scores = grille[garde].mean(axis=1) * n
    score = float(scores.mean()) if len(scores) else pd.NA
    bande = VPAT["bande"][bande_vpat(score) - 1]["libelle"] if domaine == ENSEMBLE and len(scores) else ""
    comptes = {"nb_repondants": len(scores), "nb_exclus": int((~garde).sum())}
    bornes = {"score_minimal": n * VPAT["minimum"], "score_maximal": n * VPAT["maximum"]}
    return {"domaine": domaine, "score": score, "bande": bande, **comptes, **bornes}


def bande_vpat(total: float, *, minimum: int = 1) -> int:
    """
    Bande d'un score total non arrondi, de 1 à 3 : les bornes publiées sont entières, une moyenne ne l'est pas.

    Args:
        minimum: plus basse réponse de l'édition, 1 (de 1 à 5) ou 0 (de 0 à 4, qui retire 35).

    Raises:
        ErreurParametre: si le score est hors de l'échelle.

    >>> bande_vpat(84.99), bande_vpat(126.4), bande_vpat(127), bande_vpat(92, minimum=0)
    (1, 2, 3, 3)
    """
    n, decalage = VPAT["questions"], VPAT["minimum"] - minimum
    bas, haut = n * minimum, n * (VPAT["maximum"] - decalage)
    if not bas <= total <= haut:
        raise ErreurParametre(f"bande_vpat : total={total}, minimum={minimum} ; score attendu de {bas} à {haut}.")
    return max(bande["numero"] for bande in VPAT["bande"] if total >= bande["des"] - n * decalage)
