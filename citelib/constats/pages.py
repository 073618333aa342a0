"""Les constats de chaque page : les tables d'où ils viennent, et ce qu'une seule cellule ne dit pas."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from citelib import impacts, indicateurs, partenariat, protocole, realisation, resultats
from citelib.chargement import Cite
from citelib.constats.analyse import Analyse
from citelib.constats.analyses import couverture_mesuree
from citelib.constats.constat import Constats, assembler, constat, ligne, lu
from citelib.constats.gardien import etablie_une_fois, gardien
from citelib.formats import accord, liste, nombre, points, pourcentage
from citelib.mesures.comptes import NON_RENSEIGNE
from citelib.protocole.chaine import INDISPENSABLES, LIENS
from citelib.protocole.matrice import NON_EVALUE, TRANSVERSAL
from citelib.tables import DIMENSIONS


@etablie_une_fois
def realisation_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Ce que nous avons prévu de faire a-t-il été réalisé ?

    Args:
        cite: la cité.
        annee: année du programme.
        diffusion: public visé.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    taux = proteger(realisation.taux_realisation(cite.actions, cite.realisations, annee=annee, par="axe"))
    avant = proteger(realisation.comparaison(cite.actions, cite.realisations, annee=annee))
    credits = proteger(realisation.budget(cite.actions, cite.financements, annee=annee))
    themes = proteger(realisation.themes_couverts(cite.actions, cite.realisations, cite.themes, annee=annee)).donnees
    motifs = proteger(realisation.motifs(cite.actions, cite.realisations, annee=annee, detail=False)).donnees
    ancien = lu(avant, "taux_strict", annee - 1)
    suite = f", contre {pourcentage(ancien)} en {annee - 1}" if ancien is not None else ""
    absents = themes.loc[themes[["n_prevues", "n_ajoutees"]].fillna(0).eq(0).all(axis=1), "theme"].tolist()
    quoi = f"{accord(len(absents), 'thème')} du plan sans action"
    connus = motifs[motifs["motif"].ne(NON_RENSEIGNE)][["motif", "n_actions"]]
    premiers = connus[connus["n_actions"].eq(connus["n_actions"].max())].to_dict("records")
    premier = premiers[0] if len(premiers) == 1 else {}  # à égalité, aucun n'est le plus fréquent
    return assembler(
        constat("realisation.taux_strict", ligne(taux), suite=suite),
        constat("realisation.taux_consommation", ligne(credits)),
        constat(
            "realisation.themes_sans_action",
            quoi=quoi if absents else "Tous les thèmes du plan ont au moins une action",
            noms=_cites(absents),
            n_absents=len(absents),
            n_themes=len(themes),
        ),
        constat("realisation.premier_motif", **premier, n_ecarts=motifs["n_actions"].sum()),
    )


@etablie_une_fois
def resultats_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Les objectifs fixés ont-ils été atteints ? Qui sont les bénéficiaires des actions conduites ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    vises = indicateurs.objectifs_juges(cite, annee=annee)
    touches = proteger(resultats.beneficiaires(cite.beneficiaires, annee=annee))
    quartiers = proteger(resultats.part_en_quartier(cite.beneficiaires, annee=annee))
    sexes = proteger(resultats.age_et_sexe(cite.beneficiaires, annee=annee))
    avis = proteger(resultats.satisfaction(cite.reponses_beneficiaires, cite.items, annee=annee))
    attendus = proteger(resultats.publics_attendus(cite.beneficiaires, annee=annee))
    basse, ecart = lu(touches, "nb_min"), (lu(sexes, "part_filles") or 0) - 0.5
    equilibre = "l'équilibre est tenu" if abs(ecart) <= 0.05 else f"un écart de {points(ecart)} à l'équilibre"
    return assembler(
        constat("resultats.objectifs_atteints", ligne(proteger(resultats.etats_par_axe(vises, par=None)))),
        constat(
            "resultats.personnes_differentes",
            ligne(touches),
            au_moins="un effectif protégé" if basse is None else nombre(basse),
        ),
        constat("resultats.part_qpv", ligne(quartiers)),
        constat("resultats.part_filles", ligne(sexes), equilibre=equilibre),
        constat("resultats.satisfaction", ligne(avis)),
        constat("resultats.parents", ligne(attendus, "parents")),
    )


@etablie_une_fois
def impacts_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Quels changements observe-t-on dans la vie quotidienne des bénéficiaires ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    enquetes = (cite.reponses_beneficiaires, cite.items)
    colleges = proteger(
        impacts.indicateurs_scolaires(cite.valeurs, cite.indicateurs, cite.etablissements, annee=annee, codes=("I04",))
    ).donnees
    quand = {"annee": annee, "invitations": cite.invitations}
    declares = proteger(impacts.changement_declare(*enquetes, cite.indicateurs, **quand)).donnees
    preuves = proteger(
        impacts.tableau_solidite(cite.indicateurs, cite.valeurs, cite.etablissements, *enquetes, **quand)
    ).donnees
    semblables = cite.colleges, cite.etablissements, cite.indicateurs, cite.reglages
    comparees = proteger(impacts.comparaisons(*semblables, annee=annee)).donnees
    comparees = comparees[comparees["indicateur_code"].eq("I04")].to_dict("records")
    declares = declares[declares["ecart"].notna()]
    colleges = colleges[colleges["niveau_territoire"].eq("etablissement") & colleges["ecart_academie"].notna()]
    mots = declares["verdict"].str.lower().value_counts()
    ecarts = zip(colleges["territoire"], colleges["ecart_academie"], strict=True)
    return assembler(
        constat(
            "impacts.changement_declare",
            plus_frequent=_plus_frequent(mots),
            conclusions=liste(f"{mot} ({nombre(combien)})" for mot, combien in mots.items()),
            n_questions=len(declares),
            niveau=max(declares["niveau"], default=""),
            sans_imputation=impacts.SANS_IMPUTATION,
        ),
        constat("impacts.comparaison_colleges", **(comparees[0] if comparees else {})),
        constat(
            "impacts.reussite_dnb",
            annee=str(annee),
            ecarts=liste(f"{territoire} {points(ecart)}" for territoire, ecart in ecarts),
            n_colleges=len(colleges),
            sans_imputation=impacts.SANS_IMPUTATION,
        ),
        constat("impacts.non_mesures", n_muets=preuves["niveau"].eq("E").sum(), n_indicateurs=len(preuves)),
    )


@etablie_une_fois
def partenariat_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Quelle est la qualité du partenariat et du pilotage ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    tenues = proteger(partenariat.instances_tenues(cite.instances, annee=annee))
    suivi = proteger(partenariat.decisions(cite.decisions, annee=annee, au=cite.arrete_le(annee)))
    origines = proteger(partenariat.place_habitants(cite.decisions, annee=annee))
    reponses = cite.reponses_partenaires
    instrument = partenariat.instrument_de(reponses, annee=annee, dossier=cite.dossier)
    faibles = proteger(partenariat.points_a_travailler(reponses, annee=annee, instrument=instrument)).donnees
    reseau = proteger(partenariat.reseau(cite.presences, cite.instances, cite.structures, annee=annee)).donnees
    venues = lu(origines, "n_decisions", "Parents, habitants et jeunes")
    forme = reseau[["phrase", "taux_densite", "n_organismes"]].head(1).to_dict("records")
    return assembler(
        constat("partenariat.instances_tenues", ligne(tenues)),
        constat("partenariat.decisions_executees", ligne(suivi)),
        constat(
            "partenariat.place_habitants",
            ligne(origines),
            n_venues=venues,
            verbe="vient" if (venues or 0) < 2 else "viennent",
        ),
        constat("partenariat.a_travailler", noms=liste(f"« {item} »" for item in faibles["item"])),
        constat("partenariat.reseau", **(forme[0] if forme else {})),
    )


@etablie_une_fois
def protocole_de(cite: Cite, *, annee: int, diffusion: str) -> Constats:
    """
    Ce que nous voulons juger peut-il l'être, et les données sont-elles arrivées ?

    Args:
        cite, annee, diffusion: voir `realisation_de`.
    """
    proteger = gardien(cite, annee=annee, diffusion=diffusion)
    chaine = protocole.evaluabilite(cite.objectifs, cite.indicateurs, cite.valeurs, annee=annee)
    manquants = proteger(protocole.ruptures_par_maillon(chaine)).donnees
    manquants = manquants[manquants["maillon"].isin([LIENS[nom] for nom in INDISPENSABLES])]
    attendus = protocole.collecte(cite.collecte, annee=annee, au=cite.arrete_le(annee))
    etats = proteger(protocole.resume_collecte(attendus))
    lignes = proteger(Analyse(couverture_mesuree).calculer(cite, annee)).donnees
    themes = lignes[lignes["axe"].ne(TRANSVERSAL)]
    muets = themes.loc[themes[list(DIMENSIONS)].eq(NON_EVALUE).all(axis=1), "theme"].tolist()
    quoi = f"{accord(len(muets), 'thème')} du plan sans aucun indicateur renseigné"
    dits = liste(f"{maillon} ({nombre(combien)})" for maillon, combien, _ in manquants.itertuples(index=False))
    suite = f" Ce qui manque le plus souvent : {dits}." if dits else " Aucun maillon ne manque."
    return assembler(
        constat("protocole.evaluabilite", ligne(proteger(protocole.evaluabilite_par_axe(chaine))), suite=suite),
        constat("protocole.collecte", ligne(etats), n_manquants=lu(etats, "n_lignes", "en retard") or 0),
        constat(
            "protocole.themes_non_evalues",
            quoi=quoi if muets else "Tous les thèmes du plan ont un indicateur renseigné",
            noms=_cites(muets),
            n_muets=len(muets),
            n_themes=len(themes),
        ),
    )


def _plus_frequent(mots: pd.Series) -> str:
    """
    La conclusion de toutes les questions, ou la plus fréquente ; à égalité, aucune ne l'emporte.

    >>> [_plus_frequent(pd.Series(comptes)) for comptes in ({"stabilité": 3}, {"a": 2, "b": 1}, {"a": 1, "b": 1}, {})]
    ['stabilité', 'a le plus souvent', 'conclusions partagées', '']
    """
    premiers = mots.index[mots == mots.max()].tolist()
    if len(premiers) > 1:
        return "conclusions partagées"
    return "".join(premiers) if len(mots) < 2 else f"{premiers[0]} le plus souvent"


def _cites(noms: Sequence[str]) -> str:
    """La suite d'une phrase qui cite des noms, rien s'il n'y en a pas."""
    return f" : {liste(f'« {nom} »' for nom in noms)}" if noms else ""
