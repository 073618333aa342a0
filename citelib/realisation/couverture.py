"""Couverture : quels thèmes, quels âges, quels établissements, quels mois le programme sert-il ?

Les tables et `annee` se lisent comme dans `realisation`. Ce qui n'est servi par aucune action figure avec un
zéro : c'est ce que l'on vient chercher ici. Une année sans programme donne une table vide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable, sans_accent
from citelib.formats import MOIS
from citelib.mesures.comptes import ENSEMBLE, part, somme, typer
from citelib.realisation.actions import MENEES, bilans
from citelib.realisation.decoupes import eclater, regrouper_actions
from citelib.realisation.financement import avec_accorde
from citelib.tables import AXES, TRANCHES_AGE, libelle


@publiable(libres=("n_prevues", "n_realisees", "n_partielles", "n_ajoutees"))
def themes_couverts(actions, realisations, axes_themes: Mapping[str, Sequence[str]], *, annee: int) -> pd.DataFrame:
    """
    Actions de chaque thème du plan ; un thème que le plan ne prévoit pas vient à la fin, et `note` le dit.

    Args:
        axes_themes: code d'axe → ses thèmes, dans l'ordre du plan.

    Returns:
        `theme`, `axe`, `n_prevues`, `n_realisees`, `n_partielles` (parmi les prévues), `n_ajoutees`, `note`.

    >>> actions = pd.DataFrame({"action_id": ["a"], "annee": 2024, "axe": "A3", "theme": "Arts-sports",
    ...                         "hors_programmation": False})
    >>> bilans = pd.DataFrame({"action_id": ["a"], "annee": 2024, "statut": ["realisee"]})
    >>> plan = {"A3": ["Arts-sports", "Interculturalité"]}
    >>> themes_couverts(actions, bilans, plan, annee=2024)[["theme", "n_prevues", "n_realisees"]]
                  theme  n_prevues  n_realisees
    0       Arts-sports          1            1
    1  Interculturalité          0            0
    """
    lignes = bilans(actions, realisations, annee)
    du_plan, hors_plan = themes_du_plan(lignes, axes_themes)
    par_theme = dict(list(lignes.groupby(["axe", lignes["theme"].map(sans_accent)])))
    rangees = []
    for cle, theme in (du_plan | hors_plan).items():
        du_theme = par_theme.get(cle, lignes.iloc[:0])
        ajoutee = du_theme["hors_programmation"]
        statuts = du_theme.loc[~ajoutee, "statut"]
        comptes = (len(statuts), statuts.eq("realisee").sum(), statuts.eq("partielle").sum(), ajoutee.sum())
        rangees.append((theme, libelle(cle[0]), *comptes, "hors du plan" if cle in hors_plan else ""))
    colonnes = ["theme", "axe", "n_prevues", "n_realisees", "n_partielles", "n_ajoutees", "note"]
    return typer(pd.DataFrame(rangees if len(lignes) else [], columns=colonnes))


def themes_du_plan(lignes: pd.DataFrame, axes_themes: Mapping[str, Sequence[str]]) -> tuple[dict, dict]:
    """Les thèmes du plan, puis ceux que seules les lignes nomment ; chacun par son axe et son nom sans accent."""
    du_plan = {(axe, sans_accent(theme)): theme for axe, themes in axes_themes.items() for theme in themes}
    nommes = {(axe, sans_accent(theme)): theme for axe, theme in zip(lignes["axe"], lignes["theme"], strict=True)}
    return du_plan, {cle: theme for cle, theme in nommes.items() if cle not in du_plan}


@publiable(libres=("n_actions", "n_menees", "n_couvertes", "n_tranches", "taux_couverture", "montant_accorde"))
def tranches_couvertes(actions, realisations, financements, *, annee: int) -> pd.DataFrame:
    """
    Tranches d'âge servies par au moins une action menée, en tout ou partie (R13).

    Une action sert toutes les tranches que son âge minimal et son âge maximal rencontrent : ses crédits
    comptent dans chacune, et les lignes ne se somment pas.

    Returns:
        `tranche_age` (les six, puis « non renseigné » pour les actions sans âge, puis « Ensemble »),
        `n_actions`, `n_menees`, `n_couvertes` (0 ou 1, et leur somme), `n_tranches`,
        `taux_couverture`, `montant_accorde` (numéraire).
    """
    lignes = avec_accorde(bilans(actions, realisations, annee), financements, annee)

    def calcul(groupe: pd.DataFrame) -> dict:
        menees = int(groupe["statut"].isin(MENEES).sum())
        return {"n_actions": len(groupe), "n_menees": menees, "montant_accorde": somme(groupe["accorde"])}

    table = regrouper_actions(lignes, "tranche_age", calcul, annee=annee)
    return _couverture(table, "n_couvertes", "n_tranches", TRANCHES_AGE)


def _couverture(table: pd.DataFrame, couverts: str, possibles: str, modalites: Iterable[str]) -> pd.DataFrame:
    """Ajoute à chaque modalité si elle est servie, et à la dernière ligne, l'ensemble, combien le sont."""
    if table.empty:
        return typer(table.assign(**dict.fromkeys((couverts, possibles, "taux_couverture"), pd.NA)))
    comptees = table.iloc[:, 0].isin(modalites)
    servies = (comptees & table["n_menees"].gt(0)).astype(int)
    servies.iloc[-1], comptees = servies.sum() - servies.iloc[-1], comptees.astype(int)
    comptees.iloc[-1] = comptees.sum()
    taux = [part(servie, comptee) for servie, comptee in zip(servies, comptees, strict=True)]
    return typer(table.assign(**{couverts: servies, possibles: comptees, "taux_couverture": taux}))


@publiable(libres=("n_actions", "n_menees", "n_couverts", "n_etablissements", "taux_couverture"))
def etablissements_couverts(actions, realisations, etablissements, *, annee: int) -> pd.DataFrame:
    """
    Établissements de la cité touchés par au moins une action menée, en tout ou partie (R14).

    Un établissement sans code UAI ne se rapproche d'aucune action : ses nombres sont vides et `note`
    le dit. Il reste au dénominateur de l'ensemble, dont le taux est donc un minimum.

    Returns:
        `nom` (puis « Ensemble »), `type`, `ep`, `n_actions`, `n_menees`, `n_couverts` (0 ou 1, et leur
        somme), `n_etablissements`, `taux_couverture`, `note`.
    """
    lignes = bilans(actions, realisations, annee)
    par_ecole = dict(list(eclater(lignes, "uai", annee=annee).groupby("uai")))
    rangees = []
    for ecole in etablissements.to_dict("records"):
        connu = not pd.isna(ecole["uai"])
        servies = par_ecole.get(ecole["uai"], lignes.iloc[:0])
        menees = int(servies["statut"].isin(MENEES).sum())
        qualite = {"nom": ecole["nom"], "type": libelle(ecole["type"]), "ep": ecole["ep"]}
        note = "" if connu else "code UAI inconnu, couverture non vérifiable"
        rangees.append(qualite | {"n_actions": len(servies), "n_menees": menees, "note": note})
    visees = lignes[lignes["uai"].map(len).gt(0)]
    comptes = {"n_actions": len(visees), "n_menees": int(visees["statut"].isin(MENEES).sum())}
    rangees.append({"nom": ENSEMBLE, "type": "", "ep": "", **comptes, "note": ""})
    table = pd.DataFrame(rangees).iloc[: None if len(lignes) else 0]
    table = _couverture(table, "n_couverts", "n_etablissements", etablissements["nom"])
    inconnus = table["note"].ne("").to_numpy()
    table.loc[inconnus, ["n_actions", "n_menees", "n_couverts", "taux_couverture"]] = pd.NA
    return table[[nom for nom in table if nom != "note"] + ["note"]]


@publiable(libres=("n_actions",))
def calendrier(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    Actions en cours chaque mois de l'année, par axe ; sans ses deux dates réelles, une action n'y est pas.

    Returns:
        `mois` (nom), `axe`, `n_actions` : douze mois pour chaque axe, zéros compris.
    """
    lignes = bilans(actions, realisations, annee)
    rangees = []
    for axe in AXES:
        de_l_axe = lignes[lignes["axe"].eq(axe)]
        for rang, mois in enumerate(MOIS, start=1):
            debut = pd.Timestamp(annee, rang, 1)
            commencee = de_l_axe["date_debut_reelle"] < debut + pd.offsets.MonthBegin()
            rangees.append((mois, libelle(axe), int((commencee & (de_l_axe["date_fin_reelle"] >= debut)).sum())))
    return typer(pd.DataFrame(rangees if len(lignes) else [], columns=["mois", "axe", "n_actions"]))


@publiable(libres=("n_prevues", "n_actions"))
def exercices(actions, realisations, *, annee: int) -> pd.DataFrame:
    """
    Où tombe l'activité de l'année du programme : années scolaires et années budgétaires qu'elle traverse.

    Le programme suit l'année civile du budget ; l'école, l'année scolaire. Une action compte dans chaque période
    que ses dates rencontrent : les lignes ne se somment pas.

    Returns:
        `periode`, `n_prevues` (selon les dates prévues), `n_actions` (selon les dates réelles) ; une action
        sans ses deux dates n'est pas comptée dans la colonne correspondante.
    """
    lignes = bilans(actions, realisations, annee)
    debut, rentree, fin = pd.Timestamp(annee, 1, 1), pd.Timestamp(annee, 9, 1), pd.Timestamp(annee + 1, 1, 1)

    def traversees(debuts: pd.Series, fins: pd.Series) -> list[int]:
        connues = debuts.notna() & fins.notna()
        avant, apres = connues & (debuts < rentree), connues & (fins >= rentree)
        gardes = (avant, apres, avant & apres, connues & (debuts < debut), connues & (fins >= fin))
        return [int(garde.sum()) for garde in gardes]

    periodes = (
        f"année scolaire {annee - 1}-{annee} (avant septembre {annee})",
        f"année scolaire {annee}-{annee + 1} (depuis septembre {annee})",
        "à cheval sur ces deux années scolaires",
        f"commencées avant {annee}",
        f"finies après {annee}",
    )
    comptes = {
        "n_prevues": traversees(lignes["date_debut_prevue"], lignes["date_fin_prevue"]),
        "n_actions": traversees(lignes["date_debut_reelle"], lignes["date_fin_reelle"]),
    }
    return typer(pd.DataFrame({"periode": periodes} | comptes).iloc[: None if len(lignes) else 0])
