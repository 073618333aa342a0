"""Chaque action, une par une : sa fiche, le plan et le bilan côte à côte.

Les personnes d'une fiche se publient avec, ailleurs, leur somme par axe (`public_atteint`) : `fiches` le déclare,
et `secret` masque ce qu'il faut pour que cette somme ne rende aucune action masquée.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import INSECABLE, date_longue, liste
from citelib.mesures.comptes import de_l_annee, typer
from citelib.realisation.actions import DU_PLUS_LOIN, bilans, touches
from citelib.realisation.financement import MONTANTS
from citelib.tables import AXES, libelle

RUBRIQUES = {
    "Porteur": ("porteur_nom", None),
    "Thème": ("theme", None),
    "Objectif": ("objectif", None),
    "Indicateur de l'objectif": ("indicateur", None),
    "Cible et valeur de l'indicateur": ("cible", "valeur"),
    "Public visé": ("public_vise", None),
    "Temps de l'enfant": ("temps", None),
    "Quartiers": ("quartiers", None),
    "Établissements": ("etablissements", None),
    "Programme et statut": ("origine", "statut"),
    "Début": ("debut_prevu", "debut_reel"),
    "Fin": ("fin_prevue", "fin_reelle"),
    "Séances": ("n_seances_prevues", "n_seances_tenues"),
    "Personnes": ("public_prevu", "nb_uniques"),
    "Coût total prévu": ("montant_cout", None),
    "Financements demandés": ("montant_demande", None),
    "Accordé, versé": ("montant_accorde", "montant_verse"),
    "Accordé, justifié": ("montant_accorde", "montant_justifie"),
    "Valorisations accordées": ("montant_valorise", None),
    "Motif de l'écart": ("motif", None),
    "Commentaire de l'écart": ("commentaire", None),
}
"""Ce que dit une fiche : intitulé → colonne du prévu, et du réalisé s'il y en a une."""
TEXTES = (
    *("intitule", "axe", "theme", "porteur_nom", "origine", "statut", "motif", "commentaire"),
    *("objectif", "indicateur", "unite", "public_vise", "temps", "quartiers", "etablissements"),
    *("debut_prevu", "debut_reel", "fin_prevue", "fin_reelle", "groupe"),
)
HORS_LISTE = (
    *("theme", "origine", "commentaire", "objectif", "indicateur", "unite", "public_vise", "temps", "quartiers"),
    *("etablissements", "debut_prevu", "debut_reel", "fin_prevue", "fin_reelle", "groupe", "montant_cout"),
    *("montant_demande", "montant_verse", "montant_valorise", "cible", "valeur", "nb_plus_petit_groupe"),
)
"""Ce que la fiche dit et que la liste des actions tait."""
HORS_FICHE = ("groupe", "unite", "nb_plus_petit_groupe")
"""Ce qui sert à protéger et à écrire une fiche, sans s'y lire."""
NOMBRES = ("n_seances_prevues", "n_seances_tenues", "public_prevu", "montant_cout", *MONTANTS.values())


def _comptee(groupe: str) -> dict[str, str]:
    """Si l'action compte parmi celles dont le public était prévu."""
    return {"comptee": groupe.rsplit(" : ", 1)[-1]}


@publiable(
    effectifs=("nb_uniques", "nb_plus_petit_groupe"),
    bases={"valeur": "nb_plus_petit_groupe"},
    libres=(*NOMBRES, "montant_valorise", "cible"),
    groupes={"nb_uniques": "groupe"},
    population="inscriptions",
    dimensions={
        **{"intitule": "action", "axe": "axe", "theme": "theme", "porteur_nom": "porteur", "temps": "temps"},
        "groupe": _comptee,
    },
    mesures={"nb_uniques": ("nb_max", {}), "nb_plus_petit_groupe": None},
    classe_actions=True,
)
def fiches(
    actions, realisations, beneficiaires, financements, *, annee: int, objectifs=None, quartiers=None, ecoles=None
) -> pd.DataFrame:
    """
    Chaque action de l'année, ajoutées comprises, les plus éloignées de leur réalisation d'abord.

    Args:
        objectifs: table de `resultats.objectifs` ; sans elle, l'objectif n'est que son identifiant.
        quartiers, ecoles: code → nom.

    Returns:
        Textes : `intitule`, `axe`, `theme`, `porteur_nom`, `origine` (au programme, ou ajoutée), `statut`,
        `motif`, `commentaire`, `objectif`, `indicateur`, `unite`, `public_vise`, `temps`, `quartiers`,
        `etablissements`, et les dates prévues et réelles. Nombres : séances, `public_prevu`, `nb_uniques`
        (personnes touchées), `montant_cout`, `montant_demande`, `montant_accorde`, `montant_verse`,
        `montant_justifie` (numéraire), `montant_valorise`, `cible` et `valeur` de l'indicateur,
        `nb_plus_petit_groupe` (pour `secret`). `groupe` dit la somme publiée ailleurs où l'action compte.
    """
    lignes = bilans(actions, realisations, annee)
    table = lignes.assign(
        **_textes(lignes, quartiers or {}, ecoles or {}),
        **_montants(lignes, financements, annee),
        n_seances_prevues=lignes["seances_prevues"],
        n_seances_tenues=lignes["seances_tenues"],
        nb_uniques=touches(lignes, beneficiaires, annee),
        ecart=lignes["statut"].map(DU_PLUS_LOIN.index),
        rang_axe=lignes["axe"].map(AXES.index),
    )
    comptee = ~lignes["hors_programmation"] & lignes["public_prevu"].notna()
    table = table.assign(groupe=table["axe"] + comptee.map({True: " : comptée", False: " : non comptée"}))
    table = _avec_objectif(table, objectifs).sort_values(["ecart", "rang_axe", "intitule"], ignore_index=True)
    return typer(
        table[[*TEXTES, *NOMBRES, "montant_valorise", "nb_uniques", "cible", "valeur", "nb_plus_petit_groupe"]]
    )


def _textes(lignes: pd.DataFrame, quartiers: dict, ecoles: dict) -> dict[str, pd.Series]:
    """Les colonnes écrites d'une fiche ; un texte inconnu est vide."""
    ages = zip(lignes["age_min"], lignes["age_max"], lignes["parents_vises"], strict=True)
    dates = {"debut_prevu": "date_debut_prevue", "debut_reel": "date_debut_reelle"}
    dates |= {"fin_prevue": "date_fin_prevue", "fin_reelle": "date_fin_reelle"}
    origines = {False: "au programme", True: "ajoutée en cours d'année"}
    noms = {"quartiers": ("qpv", quartiers), "etablissements": ("uai", ecoles)}
    codes = {"axe": "axe", "statut": "statut", "motif": "motif_ecart", "temps": "temps"}
    return {
        **{nom: _ecrits(lignes[code], libelle) for nom, code in codes.items()},
        **{nom: _ecrits(lignes[date], _jour) for nom, date in dates.items()},
        **{nom: lignes[liste_].map(lambda vus, d=dits: _noms(vus, d)) for nom, (liste_, dits) in noms.items()},
        "commentaire": _ecrits(lignes["commentaire_ecart"]),
        "origine": lignes["hors_programmation"].map(origines),
        "public_vise": pd.Series([_public(*age) for age in ages], index=lignes.index, dtype=object),
    }


def _ecrits(valeurs: pd.Series, ecrire: Callable = str) -> pd.Series:
    """Les valeurs en toutes lettres ; vide où il n'y en a pas."""
    return pd.Series(["" if pd.isna(v) else ecrire(v) for v in valeurs], index=valeurs.index, dtype=object)


def _jour(date: pd.Timestamp) -> str:
    """« 7 octobre 2024 », que l'on peut couper : la colonne d'une fiche est étroite sur un téléphone."""
    return date_longue(date).replace(INSECABLE, " ")


def _noms(codes: Sequence[str], noms: dict[str, str]) -> str:
    return liste(noms.get(code, code) for code in codes)


def _public(age_min: float, age_max: float, parents: bool) -> str:
    """« de 6 à 11 ans et parents », ou ce qui est connu."""
    connu = not (pd.isna(age_min) or pd.isna(age_max))
    morceaux = [f"de {int(age_min)} à {int(age_max)} ans"] if connu else []
    morceaux += ["parents"] if not pd.isna(parents) and parents else []
    return liste(morceaux)


def _montants(lignes: pd.DataFrame, financements: pd.DataFrame, annee: int) -> dict[str, pd.Series]:
    """Coût prévu et crédits de chaque action ; vides si aucun montant n'est connu."""
    credits = de_l_annee(financements, annee)
    numeraire = credits["nature"].eq("numeraire")
    sommes = credits[numeraire].groupby("action_id")[list(MONTANTS)].sum(min_count=1)
    valorises = credits[~numeraire].groupby("action_id")["accorde"].sum(min_count=1)
    montants = {colonne: lignes["action_id"].map(sommes[nom]) for nom, colonne in MONTANTS.items()}
    montants |= {"montant_valorise": lignes["action_id"].map(valorises)}
    return montants | {"montant_cout": lignes["cout_total_prevu"]}


def _avec_objectif(table: pd.DataFrame, objectifs: pd.DataFrame | None) -> pd.DataFrame:
    """Ajoute à chaque action son objectif, l'indicateur qui le mesure, sa cible et sa valeur."""
    lus = ["objectif_id", "objectif_operationnel", "indicateur_code", "libelle", "unite"]
    lus += ["cible", "valeur", "nb_plus_petit_groupe"]
    vus = pd.DataFrame(columns=lus, dtype="object") if objectifs is None else objectifs[lus].astype("object")
    table = table.merge(vus, left_on="objectif_operationnel_id", right_on="objectif_id", how="left")
    inconnu = table["objectif_operationnel"].isna()
    return table.assign(
        objectif=table["objectif_operationnel"].mask(inconnu, table["objectif_operationnel_id"]),
        indicateur=_ecrits(table["indicateur_code"] + ", " + table["libelle"]),
        unite=_ecrits(table["unite"]),
    ).astype({"cible": "Float64", "valeur": "Float64", "nb_plus_petit_groupe": "Int64"})
