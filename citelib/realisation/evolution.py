"""Évolution : ce qui sépare le programme d'une année de celui de l'année d'avant, étape par étape.

Les deux cascades partent de ce qui était prévu l'année d'avant et arrivent à l'année regardée ; chaque étape a
la liste des actions qui l'expliquent (`mouvements`), et l'arithmétique tombe juste, au centime. Une action
reportée sort du programme de l'année d'avant, et y revient si elle est reprise.
"""

from __future__ import annotations

import pandas as pd

from citelib.contrats import publiable
from citelib.mesures.comptes import typer
from citelib.realisation.actions import COMPTES, bilans, prevues, statuts_comptes
from citelib.realisation.financement import accordes
from citelib.tables import libelle

NIVEAU, PLUS, MOINS = "niveau", "en plus", "en moins"
ETAPES = {
    "abandonnees": ("Non reconduites au programme", MOINS),
    "reportees": ("Reportées en {avant}", MOINS),
    "reconduites": ("Reconduites", NIVEAU),
    "reprises": ("Reportées de {avant}, reprises", PLUS),
    "perennisees": ("Ajoutées en {avant}, désormais prévues", PLUS),
    "nouvelles": ("Nouvelles", PLUS),
    "ajoutees": ("Ajoutées en cours d'année {annee}", PLUS),
}
"""Ce que devient une action d'une année à l'autre : intitulé, et sens du mouvement."""


@publiable(libres=("annee", "n_prevues", *COMPTES.values(), "taux_strict", "taux_pondere"))
def comparaison(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    L'année et la précédente : actions prévues, et ce qu'elles sont devenues.

    Returns:
        Deux lignes : `annee`, les colonnes de `taux_realisation`, `note`. Une année sans programme garde une
        ligne vide, expliquée par `note`.
    """
    rangees = []
    for an in (annee - 1, annee):
        lignes = prevues(actions, realisations, an)
        comptes, note = statuts_comptes(lignes), ""
        if lignes.empty:
            comptes, note = dict.fromkeys(comptes, pd.NA), f"Aucun programme connu en {an}."
        rangees.append({"annee": an, **comptes, "note": note})
    table = typer(pd.DataFrame(rangees).astype({"annee": "Int64"}))
    return table if table["n_prevues"].notna().iloc[1] else table.iloc[:0]


@publiable(libres=("ecart_montant",))
def mouvements(actions, realisations, financements, *, annee: int) -> pd.DataFrame:
    """
    Chaque action de l'une ou l'autre année, et l'étape des deux cascades qu'elle explique.

    Une action reportée puis reprise a deux lignes, une par étape.

    Returns:
        `intitule`, `etape`, `axe`, `porteur_nom`, `ecart_montant` (son effet sur les crédits accordés en
        numéraire, en euros ; vide si aucun montant n'est connu) : les départs, les arrivées, puis les actions
        reconduites, du plus grand écart au plus petit. Vide, avec son motif, si l'année d'avant est inconnue.
    """
    lignes = _classees(actions, realisations, financements, annee)
    suivies = lignes["code"].eq("reconduites")
    nuances = [_nuance(ecart, connus) for ecart, connus in zip(lignes["ecart"], lignes["n_connus"], strict=True)]
    etapes = lignes["code"].map({code: _titre(code, annee) for code in ETAPES})
    table = lignes.assign(
        etape=etapes.mask(suivies, pd.Series(nuances, index=lignes.index, dtype=object)),
        axe=lignes["axe"].map(libelle),
        ecart_montant=(lignes["ecart"] / 100).mask(lignes["n_connus"].eq(0)),
        rang=lignes["code"].map({code: rang for rang, code in enumerate(ETAPES)} | {"reconduites": len(ETAPES)}),
        taille=-lignes["ecart"].abs(),
    ).sort_values(["rang", "taille", "intitule"], ignore_index=True)
    return _motivee(table[["intitule", "etape", "axe", "porteur_nom", "ecart_montant"]], annee)


HAUSSE, BAISSE = "Reconduites, montant en hausse", "Reconduites, montant en baisse"
INCHANGE, INCONNUE = "Reconduites, montant inchangé", "Reconduites, une année inconnue"


def _nuance(ecart: float, connus: int) -> str:
    """L'étape des crédits d'une action reconduite."""
    if connus < 2:
        return INCONNUE
    return HAUSSE if ecart > 0 else BAISSE if ecart < 0 else INCHANGE


@publiable(libres=("n_actions", "n_apres"))
def cascade(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    Du nombre d'actions prévues l'année d'avant à celui de l'année, étape par étape.

    Returns:
        `etape`, `sens` (« niveau », « en plus » ou « en moins »), `n_actions` (toujours positif), `n_apres`
        (où l'on en est après l'étape). Vide, avec son motif, si l'année d'avant est inconnue.

    >>> actions = pd.DataFrame({"action_id": ["a", "b", "b", "c"], "annee": [2023, 2023, 2024, 2024],
    ...     "intitule": "x", "axe": "A1", "porteur_nom": "Ville", "hors_programmation": False})
    >>> bilans = pd.DataFrame({"action_id": ["a"], "annee": [2023], "statut": ["realisee"]})
    >>> cascade(actions, bilans, annee=2024).query("n_actions > 0")[["etape", "sens", "n_apres"]].head(4)
                              etape      sens  n_apres
    0               Prévues en 2023    niveau        2
    1  Non reconduites au programme  en moins        1
    3                   Reconduites    niveau        1
    6                     Nouvelles   en plus        2
    """
    codes = _classees(actions, realisations, None, annee)["code"]
    comptes = codes.value_counts().reindex(list(ETAPES), fill_value=0)
    depart = comptes[["abandonnees", "reportees", "reconduites"]].sum()
    pas = [(_titre(code, annee), sens, comptes[code]) for code, (_, sens) in ETAPES.items()]
    niveaux = [(f"Prévues en {annee - 1}", NIVEAU, depart), (f"Prévues en {annee}", NIVEAU, None)]
    complet = (f"Programme {annee}, ajouts compris", NIVEAU, None)
    table = _enchainer([niveaux[0], *pas[:-1], niveaux[1], pas[-1], complet], "n_actions", "n_apres")
    return _motivee(table.iloc[:0] if codes.empty else table, annee)


@publiable(libres=("montant", "montant_apres", "n_sans_montant"))
def cascade_credits(actions, realisations, financements, *, annee: int) -> pd.DataFrame:
    """
    Des crédits accordés au programme de l'année d'avant à ceux de l'année, étape par étape, en numéraire.

    Returns:
        `etape`, `sens`, `montant` (toujours positif), `montant_apres` (où l'on en est après l'étape),
        `n_sans_montant` (actions de l'étape dont le montant n'est pas connu : il ne compte ni pour zéro ni
        pour un autre). Vide, avec son motif, si l'année d'avant est inconnue.
    """
    lignes = _classees(actions, realisations, financements, annee)
    pas = _pas_des_credits(lignes, annee)
    table = _enchainer([etape[:3] for etape in pas], "montant", "montant_apres")
    euros = {nom: table[nom].astype("Float64") / 100 for nom in ("montant", "montant_apres")}
    table = table.assign(**euros, n_sans_montant=pd.array([etape[3] for etape in pas], "Int64"))
    return _motivee(table.iloc[:0] if lignes.empty else table, annee)


def _pas_des_credits(lignes: pd.DataFrame, annee: int) -> list[tuple]:
    """Titre, sens, centimes et actions sans montant connu de chaque étape des crédits."""
    par_code = {code: lignes[lignes["code"].eq(code)] for code in ETAPES}
    suivies, attendus = par_code["reconduites"], {PLUS: 1, MOINS: 1, NIVEAU: 2}
    a_deux, ecart = suivies["n_connus"].eq(2), suivies["ecart"]
    seules = ecart[~a_deux].sum()
    depart = sum(par_code[code]["avant"].sum() for code in ("abandonnees", "reportees", "reconduites"))
    pas = {
        code: (_titre(code, annee), sens, abs(par_code[code]["ecart"].sum()),
               (par_code[code]["n_connus"] < attendus[sens]).sum())
        for code, (_, sens) in ETAPES.items()
    }  # fmt: skip
    return [
        (f"Accordé au programme {annee - 1}", NIVEAU, depart, 0),
        pas["abandonnees"],
        pas["reportees"],
        (f"Reconduites, au montant de {annee - 1}", NIVEAU, None, 0),
        (HAUSSE, PLUS, ecart[a_deux & ecart.gt(0)].sum(), 0),
        (BAISSE, MOINS, -ecart[a_deux & ecart.lt(0)].sum(), 0),
        (INCONNUE, MOINS if seules < 0 else PLUS, abs(seules), (~a_deux).sum()),
        pas["reprises"],
        pas["perennisees"],
        pas["nouvelles"],
        (f"Accordé au programme {annee}", NIVEAU, None, 0),
        pas["ajoutees"],
        (f"Programme {annee}, ajouts compris", NIVEAU, None, 0),
    ]


def _titre(code: str, annee: int) -> str:
    """L'intitulé d'une étape, pour l'année."""
    return ETAPES[code][0].format(annee=annee, avant=annee - 1)


def _enchainer(pas: list[tuple], valeur: str, apres: str) -> pd.DataFrame:
    """Les étapes et le niveau atteint après chacune ; un niveau vaut ce que les pas d'avant ont donné."""
    rangees, niveau = [], pas[0][2]
    for titre, sens, combien in pas:
        niveau += {PLUS: 1, MOINS: -1, NIVEAU: 0}[sens] * (combien or 0)
        rangees.append((titre, sens, niveau if sens == NIVEAU else combien, niveau))
    return typer(pd.DataFrame(rangees, columns=["etape", "sens", valeur, apres]))


def _classees(actions: pd.DataFrame, realisations: pd.DataFrame, financements, annee: int) -> pd.DataFrame:
    """
    Une ligne par action et par étape : `code`, montant d'avant et écart en centimes, nombre de montants connus.

    Aucune ligne si l'une des deux années est sans programme.
    """
    avant, apres = (bilans(actions, realisations, an).set_index("action_id") for an in (annee - 1, annee))
    sans = pd.Series(dtype="Float64")
    ancien, nouveau = (sans if financements is None else accordes(financements, an) for an in (annee - 1, annee))
    morceaux = []
    for code, numeros in _ensembles(avant, apres).items():
        sens = ETAPES[code][1]
        fiche = (avant if sens == MOINS else apres).loc[numeros, ["intitule", "axe", "porteur_nom"]]
        comptes = {"avant": sans if sens == PLUS else ancien, "apres": sans if sens == MOINS else nouveau}
        montants = pd.DataFrame({nom: serie.reindex(numeros) for nom, serie in comptes.items()})
        centimes = (montants.astype("Float64") * 100).round()
        ecart = centimes["apres"].fillna(0) - centimes["avant"].fillna(0)
        connus = centimes.notna().sum(axis=1)
        morceaux.append(fiche.assign(code=code, avant=centimes["avant"].fillna(0), ecart=ecart, n_connus=connus))
    table = pd.concat(morceaux, ignore_index=True)
    deux_annees = (~avant["hors_programmation"]).any() and (~apres["hors_programmation"]).any()
    return table if deux_annees else table.iloc[:0]


def _ensembles(avant: pd.DataFrame, apres: pd.DataFrame) -> dict[str, pd.Index]:
    """Les actions de chaque étape, d'après les programmes des deux années."""
    prevue, ajoutee = ~avant["hors_programmation"], apres["hors_programmation"]
    anciennes, actuelles = avant.index[prevue], apres.index[~ajoutee]
    reportees = avant.index[prevue & avant["statut"].eq("reportee")]
    suivies = anciennes.difference(reportees, sort=False)
    entrantes, ajouts_d_avant = actuelles.difference(anciennes, sort=False), avant.index[~prevue]
    return {
        "abandonnees": suivies.difference(actuelles, sort=False),
        "reportees": reportees,
        "reconduites": suivies.intersection(actuelles, sort=False),
        "reprises": reportees.intersection(actuelles, sort=False),
        "perennisees": entrantes.intersection(ajouts_d_avant, sort=False),
        "nouvelles": entrantes.difference(ajouts_d_avant, sort=False),
        "ajoutees": apres.index[ajoutee],
    }


def _motivee(table: pd.DataFrame, annee: int) -> pd.DataFrame:
    """La table ; vide, elle dit pourquoi."""
    if table.empty:
        table.attrs["motif"] = f"Aucun programme connu en {annee - 1} ou en {annee} : pas d'évolution à expliquer"
    return table
