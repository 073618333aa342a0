"""La coopération circulaire : la gouvernance prévue, et celle que montrent les réunions.

La gouvernance prévue est celle de cite.toml, section [[gouvernance]], dans l'ordre du cercle ; sa clé facultative
`categories` dit qui doit y siéger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import liste
from citelib.mesures.comptes import de_l_annee, typer
from citelib.partenariat.pilotage import presences_tenues
from citelib.tables import CATEGORIES, INSTANCES, libelle

HORS_GOUVERNANCE = "hors de la gouvernance prévue"
ABSENTE, NON_ATTENDUE = "attendue, absente", "–"


@publiable(libres=("n_prevues", "n_tenues", "n_organismes", "n_decisions"))
def gouvernance_vecue(
    instances, presences, structures, decisions, gouvernance: Sequence[Mapping], *, annee: int
) -> pd.DataFrame:
    """
    Chaque instance prévue par la gouvernance, et ce que les relevés en montrent dans l'année.

    Args:
        gouvernance: sections [[gouvernance]] de cite.toml.

    Returns:
        `instance`, `n_prevues`, `n_tenues`, `n_organismes` (venus une fois au moins), `n_decisions`, `absents`
        (catégories que la gouvernance prévoit et qui ne sont jamais venues), `constat` (une courte phrase).
    """
    prevue = {corps["instance"]: corps for corps in gouvernance}
    reunions, prises = de_l_annee(instances, annee), de_l_annee(decisions, annee)
    venues = _venues(presences, instances, structures, annee)
    autres = [code for code in INSTANCES if code not in prevue and reunions["instance"].eq(code).any()]
    rangees = []
    for code in (*prevue, *autres):
        siennes, ici = reunions[reunions["instance"].eq(code)], venues[venues["instance"].eq(code)]
        tenues = int(siennes["tenue"].fillna(False).sum())
        attendues = prevue.get(code, {}).get("categories", ())
        absents = [libelle(c) for c in attendues if tenues and c not in set(ici["categorie"])]
        decidees = int(prises["reunion_id"].isin(siennes["reunion_id"]).sum())
        constat = _constat(len(siennes), tenues, len(ici), code in prevue)
        comptes = (len(siennes), tenues, ici["structure_id"].nunique(), decidees)
        rangees.append((libelle(code), *comptes, liste(absents), constat))
    noms = ["instance", "n_prevues", "n_tenues", "n_organismes", "n_decisions", "absents", "constat"]
    table = typer(pd.DataFrame(rangees, columns=noms))
    if reunions.empty:
        table = table.iloc[:0]
        table.attrs["motif"] = f"aucune réunion connue en {annee}"
    return table


def _venues(presences, instances, structures, annee: int) -> pd.DataFrame:
    """Les organismes venus aux réunions de l'année."""
    return presences_tenues(presences, instances, structures, annee=annee).query("present")


def _constat(prevues: int, tenues: int, venus: int, prevue: bool) -> str:
    """Ce qu'une instance a fait, en quelques mots."""
    if not prevues:
        return "aucune réunion inscrite : à planifier, ou à relever"
    if not tenues:
        return "ne s'est pas réunie"
    if not venus:
        return "s'est réunie, feuilles de présence absentes"
    return "s'est réunie" if prevue else f"s'est réunie, {HORS_GOUVERNANCE}"


@publiable()
def cercle(presences, instances, structures, gouvernance: Sequence[Mapping], *, annee: int) -> pd.DataFrame:
    """
    Qui siège où : nombre d'organismes de chaque catégorie venus au moins une fois à chaque instance.

    Args:
        gouvernance: voir `gouvernance_vecue`.

    Returns:
        `categorie`, puis une colonne de texte par instance, dans l'ordre du cercle : un nombre d'organismes,
        « attendue, absente » si la gouvernance la prévoyait, « – » sinon. Seules les catégories qui ont un organisme.
    """
    attendues = {corps["instance"]: corps.get("categories", ()) for corps in gouvernance}
    venues = _venues(presences, instances, structures, annee)
    codes = [*attendues, *(code for code in INSTANCES if code not in attendues and code in set(venues["instance"]))]
    comptes = venues.groupby(["categorie", "instance"])["structure_id"].nunique()
    connues = {*structures["categorie"], *(c for siennes in attendues.values() for c in siennes)}
    rangees = []
    for categorie in [code for code in CATEGORIES if code in connues] if len(venues) else ():
        cases = []
        for code in codes:
            combien = int(comptes.get((categorie, code), 0))
            manque = ABSENTE if categorie in attendues.get(code, ()) else NON_ATTENDUE
            cases.append(str(combien) if combien else manque)
        rangees.append((libelle(categorie), *cases))
    table = pd.DataFrame(rangees, columns=["categorie", *codes], dtype="str")
    table.attrs["motif"] = "" if rangees else f"aucune présence connue en {annee}"
    return table


@publiable(libres=("n_organismes",))
def passerelles(presences, instances, structures, gouvernance: Sequence[Mapping], *, annee: int) -> pd.DataFrame:
    """
    Les organismes qui siègent à deux instances voisines du cercle : par eux, ce qui se dit ici se sait là.

    Args:
        gouvernance: voir `gouvernance_vecue` ; le cercle se referme de la dernière à la première.

    Returns:
        `passage` (« équipe de projet territorial → comité technique »), `n_organismes`, `organismes`.
    """
    par_instance = _venues(presences, instances, structures, annee).groupby("instance")["nom"].agg(set)
    codes = [corps["instance"] for corps in gouvernance]
    rangees = []
    for un, autre in zip(codes, [*codes[1:], *codes[:1]], strict=True) if len(codes) > 2 else ():
        communs = sorted(par_instance.get(un, set()) & par_instance.get(autre, set()))
        rangees.append((f"{libelle(un)} → {libelle(autre)}", len(communs), liste(communs) or "aucun"))
    table = typer(pd.DataFrame(rangees, columns=["passage", "n_organismes", "organismes"]))
    if par_instance.empty:
        table = table.iloc[:0]
        table.attrs["motif"] = f"aucune présence connue en {annee}"
    return table
