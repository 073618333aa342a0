"""À quels collèges comparer ceux de la cité : une règle écrite, appliquée avant de regarder un résultat.

Du secteur public, même statut d'éducation prioritaire, position sociale et taille les plus proches, hors des
cités éducatives connues. La section `[comparaison]` de cite.toml change la règle, avec ses raisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from citelib.contrats import publiable
from citelib.formats import liste, nombre, typographie
from citelib.mesures.comptes import typer
from citelib.mesures.ecarts import comparables_necessaires
from citelib.sources.vivier import distances, resumer

NOMBRE_PAR_DEFAUT = 12
DANS_LA_CITE, COMPARABLE = "de la cité", "de comparaison"
SANS_VIVIER = (
    "Aucun collège auquel comparer : la table « colleges » est vide. "
    "La remplir avec « citelib importer ivac --vivier france »."
)
EQUILIBRE = 0.25
"""Écart standardisé au-delà duquel deux groupes diffèrent. Source : What Works Clearinghouse, Standards Handbook."""
COLONNES = ["nom", "uai", "commune", "academie", "groupe", "semblable_a", "ep", "ips", "nb_candidats", "distance"]
COLONNES += ["autre_cite"]


@dataclass(frozen=True)
class Regle:
    """
    La règle de comparaison d'une cité, telle que cite.toml la règle.

    Args:
        annee_debut: première session d'après le label ; None si rien ne la dit.
        k: nombre de collèges de comparaison ; None : douze, ou ce qu'il faut pour qu'un test existe.
        vivier: « france » ou « academie ».
        ruptures: sessions exclues pour tous, comme 2020.
        uai: collèges désignés à la main, à la place de la règle.
        exclus: par UAI, pourquoi il est exclu.
    """

    annee_debut: int | None
    k: int | None = None
    vivier: str = "france"
    ruptures: tuple[int, ...] = ()
    uai: tuple[str, ...] = ()
    exclus: Mapping[str, str] = field(default_factory=dict)

    def nombre(self, n_cite: int) -> int:
        """Collèges de comparaison à choisir pour `n_cite` collèges de la cité."""
        return self.k or max(NOMBRE_PAR_DEFAUT, comparables_necessaires(n_cite) if n_cite else 0)

    def dite(self) -> str:
        """La règle en une phrase."""
        if self.uai:
            return "Collèges désignés dans cite.toml."
        ou = "de France" if self.vivier == "france" else "de l'académie"
        return typographie(
            f"Parmi les collèges publics {ou}, hors cités éducatives connues : même statut d'éducation prioritaire, "
            "puis indice de position sociale et nombre de candidats les plus proches (écarts-types nationaux). "
            "Aucun résultat n'entre dans ce choix."
        )


def regle_de(reglages: Mapping) -> Regle:
    """
    La règle de comparaison que donne cite.toml, vérifiée au chargement.

    >>> regle_de({"premiere_annee": 2021, "comparaison": {"ruptures": [2020]}}).ruptures
    (2020,)
    """
    section = reglages.get("comparaison", {})
    return Regle(
        section.get("annee_debut", reglages.get("premiere_annee")),
        section.get("k"),
        section.get("vivier", "france"),
        tuple(section.get("ruptures", ())),
        tuple(section.get("uai", ())),
        {exclu["uai"]: exclu["motif"] for exclu in section.get("exclus", ())},
    )


@publiable(effectifs=("nb_candidats",), bases={"ips": "nb_candidats", "distance": "nb_candidats"})
def groupe_de_comparaison(colleges, etablissements, reglages: Mapping) -> pd.DataFrame:
    """
    Les collèges de la cité, et ceux auxquels on les compare.

    Chaque collège de la cité choisit à son tour le plus proche qui reste, jusqu'au nombre voulu.

    Returns:
        `nom`, `uai`, `commune`, `academie`, `groupe` (« de la cité » ou « de comparaison »), `semblable_a` (nom du
        collège de la cité), `ep`, `ips`, `nb_candidats` (moyenne de ses sessions), `distance` (écarts-types),
        `autre_cite` (« non », « inconnu »). Vide, avec son motif, sans vivier.
    """
    regle, fiches = regle_de(reglages), resumer(colleges)
    noms = etablissements.dropna(subset="uai").set_index("uai")["nom"]
    ici = fiches[fiches["uai"].isin(noms.index)].assign(semblable_a="", distance=pd.NA, groupe=DANS_LA_CITE)
    ici = ici.assign(nom=ici["uai"].map(noms)).sort_values("uai", key=lambda codes: codes.map(list(noms.index).index))
    libres = fiches[~fiches["uai"].isin(noms.index)]
    choisis = _designes(libres, ici, regle) if regle.uai else _plus_proches(_candidats(libres, ici, regle), ici, regle)
    # deux collèges de France portent souvent le même nom
    precises = (choisis["nom"] + " (" + choisis["commune"] + ")").fillna(choisis["nom"])
    choisis = choisis.assign(nom=precises, groupe=COMPARABLE)
    groupe = pd.concat([ici, choisis], ignore_index=True) if len(ici) else ici
    autre = groupe["cite_educative"].map({True: "oui", False: "non"}).fillna("inconnu")
    groupe = groupe.assign(autre_cite=autre.mask(groupe["groupe"].eq(DANS_LA_CITE), ""))
    groupe = groupe.assign(nb_candidats=groupe["nb_candidats"].astype("Float64").round())
    groupe = typer(groupe.astype({"distance": "Float64", "ips": "Float64"}))[COLONNES].reset_index(drop=True)
    groupe.attrs["motif"] = SANS_VIVIER
    return groupe


def _candidats(libres: pd.DataFrame, ici: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Les collèges parmi lesquels la règle choisit."""
    permis = libres["secteur"].eq("public") & ~libres["cite_educative"].fillna(False).astype(bool)
    permis &= ~libres["uai"].isin(regle.exclus)
    if regle.vivier == "academie":
        permis &= libres["academie"].isin(ici["academie"])
    return libres[permis].dropna(subset=["ips", "nb_candidats"])


def _plus_proches(candidats: pd.DataFrame, ici: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """À tour de rôle, le plus proche de chaque collège de la cité parmi ceux de même statut."""
    voulus, files = regle.nombre(len(ici)), []
    for reference in ici.dropna(subset=["ips", "nb_candidats"]).to_dict("records"):
        memes = candidats[candidats["ep"].eq(reference["ep"])]
        memes = memes.assign(distance=distances(memes, reference), semblable_a=reference["nom"])
        files.append(memes.sort_values(["distance", "uai"]).to_dict("records"))
    choisis: dict[str, dict] = {}
    while len(choisis) < voulus and any(files):
        for file in files:
            suivant = next((college for college in file if college["uai"] not in choisis), None)
            if suivant and len(choisis) < voulus:
                choisis[suivant["uai"]] = suivant
        files = [[college for college in file if college["uai"] not in choisis] for file in files]
    return pd.DataFrame(choisis.values(), columns=[*candidats.columns, "distance", "semblable_a"])


def _designes(libres: pd.DataFrame, ici: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Les collèges que cite.toml désigne, chacun rattaché au plus proche de la cité."""
    designes = libres[libres["uai"].isin(regle.uai) & ~libres["uai"].isin(regle.exclus)]
    ecarts = pd.DataFrame({r["nom"]: distances(designes, r) for r in ici.to_dict("records")}, index=designes.index)
    proche = ecarts.fillna(float("inf")).idxmin(axis=1) if len(ecarts.columns) and len(ecarts) else ""
    return designes.assign(distance=ecarts.min(axis=1), semblable_a=proche)


@publiable(
    effectifs=("nb_candidats_cite", "nb_candidats_comparables"),
    bases={"moyenne_cite": "nb_candidats_cite", "ecart_standardise": "nb_candidats_cite"}
    | {"moyenne_comparables": "nb_candidats_comparables"},
)
def equilibre(colleges, etablissements, reglages: Mapping) -> pd.DataFrame:
    """
    En quoi les deux groupes se ressemblent, avant de comparer leurs évolutions.

    Returns:
        `caractere`, `moyenne_cite`, `moyenne_comparables`, `ecart_standardise` (différence en écarts-types des deux
        groupes réunis), `lecture` (« proches » jusqu'à 0,25), `nb_candidats_cite` et `nb_candidats_comparables`
        (sommes des candidats d'une session moyenne). La réussite n'y est que si des années précèdent le label.
    """
    regle, groupe = regle_de(reglages), groupe_de_comparaison(colleges, etablissements, reglages)
    avant = colleges[colleges["annee"].lt(regle.annee_debut or 0) & ~colleges["annee"].isin(regle.ruptures)]
    avant = avant[avant["perimetre_version"].fillna("").eq(_dernier_perimetre(colleges))]
    groupe = groupe.assign(reussite=groupe["uai"].map(100 * avant.groupby("uai")["taux_reussite"].mean()))
    # la taille de chaque collège n'est arrondie que pour se lire : une moyenne d'arrondis serait fausse au dixième
    groupe = groupe.assign(taille=groupe["uai"].map(resumer(colleges).set_index("uai")["nb_candidats"]))
    caracteres = {"ips": "Indice de position sociale", "taille": "Candidats au brevet par session"}
    caracteres |= {"reussite": "Réussite au brevet avant le label (%)"} if groupe["reussite"].notna().any() else {}
    ici = groupe["groupe"].eq(DANS_LA_CITE)
    comptes = {f"nb_candidats_{qui}": groupe.loc[qui_, "nb_candidats"].sum() for qui, qui_ in _groupes(ici)}
    rangees = [{"caractere": dit} | _ressemblance(groupe[nom], ici) | comptes for nom, dit in caracteres.items()]
    colonnes = ["caractere", "moyenne_cite", "moyenne_comparables", "ecart_standardise", "lecture", *comptes]
    table = pd.DataFrame(rangees if ici.any() and not ici.all() else [], columns=colonnes)
    reels = dict.fromkeys(["moyenne_cite", "moyenne_comparables", "ecart_standardise"], "Float64")
    table = typer(table.astype(reels | {"lecture": "str", "caractere": "str"}))
    table.attrs["motif"] = SANS_VIVIER
    return table


def _groupes(ici: pd.Series) -> tuple:
    return ("cite", ici), ("comparables", ~ici)


def _dernier_perimetre(colleges: pd.DataFrame) -> str:
    """La définition de la réussite à la dernière session."""
    return "" if colleges.empty else str(colleges.sort_values("annee")["perimetre_version"].fillna("").iloc[-1])


def _ressemblance(valeurs: pd.Series, ici: pd.Series) -> dict:
    """Moyennes des deux groupes et leur écart standardisé."""
    groupes = [valeurs[qui].astype("Float64").dropna().to_numpy(float) for _, qui in _groupes(ici)]
    carres = sum(((groupe - groupe.mean()) ** 2).sum() for groupe in groupes if len(groupe))
    ddl = sum(map(len, groupes)) - 2
    moyennes = [groupe.mean() if len(groupe) else float("nan") for groupe in groupes]
    ecart_type = (carres / ddl) ** 0.5 if ddl > 0 else 0
    ecart = (moyennes[0] - moyennes[1]) / ecart_type if ecart_type else float("nan")
    lecture = "proches" if abs(ecart) <= EQUILIBRE else "écart à garder en tête"
    mesures = {"moyenne_cite": moyennes[0], "moyenne_comparables": moyennes[1], "ecart_standardise": ecart}
    return mesures | {"lecture": lecture}


def ce_qu_on_ignore(groupe: pd.DataFrame) -> str:
    """
    Ce que la règle ne permet pas de savoir du groupe choisi, en une phrase ; vide s'il n'y a rien à dire.

    Args:
        groupe: table de `groupe_de_comparaison`.
    """
    choisis = groupe[groupe["groupe"].eq(COMPARABLE)]
    inconnus = int(choisis["autre_cite"].eq("inconnu").sum())
    if not inconnus:
        return ""
    tous = inconnus == len(choisis)
    combien = f"aucun des {nombre(inconnus)}" if tous else f"{nombre(inconnus)} des {nombre(len(choisis))}"
    debut = "d'" if tous else "pas, de "
    return typographie(
        f"On ne sait {debut}{combien} collèges de comparaison s'il est dans une autre cité éducative : "
        "le fichier « fr-en-cites_educatives », rangé à côté des fichiers importés, le dirait."
    )


def pour_le_manifeste(colleges, etablissements, reglages: Mapping) -> dict:
    """Les collèges de comparaison et la règle qui les a choisis, pour que la comparaison puisse être refaite."""
    regle, groupe = regle_de(reglages), groupe_de_comparaison(colleges, etablissements, reglages)
    if groupe.empty:
        return {"regle": SANS_VIVIER, "cite": [], "comparables": []}
    par_groupe = {nom: groupe.loc[groupe["groupe"].eq(nom), "uai"].tolist() for nom in (DANS_LA_CITE, COMPARABLE)}
    return {
        "regle": regle.dite(),
        "annee_debut": regle.annee_debut,
        "ruptures": list(regle.ruptures),
        "exclus": dict(regle.exclus),
        "vivier": liste(sorted(set(colleges["source"]))),
        "cite": par_groupe[DANS_LA_CITE],
        "comparables": par_groupe[COMPARABLE],
    }
