"""Ce qu'un constat, un titre ou une lecture dit, et surtout ce qu'il tait."""

import json

import numpy as np
import pandas as pd
import pytest
from sous_contrat import proteger

from citelib import constats, protocole, resultats
from citelib.constats.constat import MODELES, Constat, Constats, assembler, constat, ligne
from citelib.contrats import Publiable
from citelib.formats import FINE, INSECABLE

SATISFACTION = {
    "groupe": ["Ensemble"],
    "nb_satisfaits": [3],
    "nb_repondants": [40],
    "part_satisfaits": [3 / 40],
    "borne_basse": [0.02],
    "borne_haute": [0.2],
}
CONTRAT = Publiable(
    effectifs=("nb_satisfaits", "nb_repondants"),
    parts={"part_satisfaits": ("nb_satisfaits", "nb_repondants")},
    bases={"borne_basse": "nb_satisfaits", "borne_haute": "nb_satisfaits"},
)


def protegee(colonnes: dict, diffusion: str = "cotech", **contrat):
    """Une table protégée, en une ligne."""
    return proteger(pd.DataFrame(colonnes), diffusion=diffusion, publiable=Publiable(**contrat))


def choses(valeurs: dict[str, float | None], colonne: str = "taux"):
    """Une valeur sans secret par modalité."""
    table = {"axe": list(valeurs), colonne: pd.array(list(valeurs.values()), dtype="Float64")}
    return protegee(table, "interne", libres=(colonne,))


def test_un_constat_ne_dit_pas_un_nombre_masque():
    """Trois satisfaits sur quarante : visible en interne, aucun constat au comité technique."""
    table = pd.DataFrame(SATISFACTION)
    interne, cotech = (
        constat("resultats.satisfaction", ligne(proteger(table, diffusion=diffusion, publiable=CONTRAT)))
        for diffusion in ("interne", "cotech")
    )

    assert interne.titre == f"8{FINE}% de répondants satisfaits"
    assert cotech is None


def test_une_cellule_masquee_a_cote_de_la_valeur_reste_muette():
    """Quatre personnes au moins, quarante au plus : la borne haute se dit, la basse non."""
    table = protegee(
        {"groupe": ["Ensemble"], "n_actions": [3], "nb_min": [4], "nb_max": [40], "nb_participations": [400]},
        effectifs=("nb_min", "nb_max", "nb_participations"),
        libres=("n_actions",),
    )
    dit = constat("resultats.personnes_differentes", ligne(table), au_moins="un effectif protégé")

    assert dit.titre == "Entre un effectif protégé et 40 personnes différentes"
    assert set(dit.en_json()) == {"code", "titre", "phrase", "reserve", "borne_haute"}


@pytest.mark.parametrize("dues", [{"groupe": [], "n_dues": []}, {"groupe": ["Ensemble"], "n_dues": [0]}])
def test_pas_de_constat_sans_donnees(dues):
    """Une table vide, ou rien d'échu : on ne dit pas « 0 sur 0 »."""
    comptes = ("n_faites", "n_faites_a_temps", "n_abandonnees", "n_en_retard")
    colonnes = dues | {nom: dues["n_dues"] for nom in comptes}
    table = pd.DataFrame(colonnes | {"taux_execution": [np.nan] * len(dues["n_dues"])})
    contrat = Publiable(libres=tuple(table.columns[1:]))
    vide = constat("partenariat.decisions_executees", ligne(proteger(table, diffusion="interne", publiable=contrat)))

    assert vide is None
    assert len(assembler(vide, Constat("a", "A", "A."), None)) == 1


@pytest.mark.parametrize(
    ("en_retard", "decision"), [(0, ""), (None, ""), (2, "Confirmer ou abandonner 2\u00a0décisions en retard")]
)
def test_un_constat_n_appelle_une_decision_que_s_il_reste_a_faire(en_retard, decision):
    """Quatorze décisions échues, aucun retard, ou un nombre inconnu : rien à décider."""
    dues = {"n_dues": 14, "n_faites": 12, "n_faites_a_temps": 9, "n_abandonnees": 0, "n_en_retard": en_retard}

    assert constat("partenariat.decisions_executees", **dues, taux_execution=0.9).decision == decision


def test_un_nom_s_accorde_a_son_nombre():
    """Une décision échue, deux décisions échues."""
    dues = {"n_faites": 1, "n_faites_a_temps": 1, "n_abandonnees": 0, "n_en_retard": 0, "taux_execution": 1.0}
    une, deux = (constat("partenariat.decisions_executees", **dues, n_dues=n).phrase for n in (1, 2))

    assert une.startswith("Sur 1\u00a0décision échue, ")
    assert deux.startswith("Sur 2\u00a0décisions échues, ")


def test_les_decisions_echues_se_retrouvent_toutes_dans_la_phrase():
    """14 échues : 6 faites à temps, 4 faites après l'échéance, 2 abandonnées, 2 non faites ; 10 + 2 + 2 = 14."""
    dues = {"n_dues": 14, "n_faites": 10, "n_faites_a_temps": 6, "n_abandonnees": 2, "n_en_retard": 2}
    dit = constat("partenariat.decisions_executees", **dues, taux_execution=6 / 14).phrase.replace(INSECABLE, " ")

    assert dit == "Sur 14 décisions échues, 10 exécutées dont 6 à temps, 2 abandonnées et 2 encore à exécuter."


def test_des_parents_que_personne_n_a_comptes_ne_sont_pas_zero_parent():
    """L'action des parents n'a pas rendu son bilan : « au plus 0 parent » serait faux ; 8 dans une action se dit."""
    comptes = {"public": ["parents"], "nb_min": [0], "nb_max": [0], "n_actions": [0]}
    muet, dit = (
        constat("resultats.parents", ligne(protegee(comptes | vus, "interne", **contrat), "parents"))
        for contrat in [{"effectifs": ("nb_min", "nb_max"), "libres": ("n_actions",)}]
        for vus in ({}, {"nb_min": [8], "nb_max": [8], "n_actions": [1]})
    )

    assert muet is None
    assert dit.titre.replace(INSECABLE, " ") == "Au plus 8 parents touchés"


def test_un_titre_somme_les_lignes_d_une_meme_modalite():
    """Avril a la plus haute case (11), mais mars et avril ont 27 actions chacun : 7 + 2 + 9 + 9 et 5 + 3 + 11 + 8."""
    mois = ["mars"] * 4 + ["avril"] * 4 + ["mai"] * 2
    table = protegee({"mois": mois, "n_actions": [7, 2, 9, 9, 5, 3, 11, 8, 4, 6]}, "interne", libres=("n_actions",))

    assert constats.titre_extremes(table, "n_actions", quoi="Actions") == (
        "Actions : « mars » et « avril » en tête, « mai » en retrait"
    )


def test_une_petite_cite_lit_un_francais_juste():
    """Une action réalisée, zéro objectif évaluable : le pluriel commence à deux."""
    prevu = {"n_realisees": 1, "n_prevues": 5, "taux_strict": 0.2, "suite": ""}
    evaluables = {"n_evaluables": 0, "n_objectifs": 3, "taux_evaluables": 0.0, "suite": ""}
    une = constat("realisation.taux_strict", **prevu)
    aucun = constat("protocole.evaluabilite", **evaluables)

    assert une.phrase.replace("\u00a0", " ").startswith("1 action réalisée sur 5 prévues")
    assert aucun.phrase.replace("\u00a0", " ").startswith("Sur 3 objectifs, 0 est évaluable, avec un indicateur")


def test_un_constat_s_ecrit_en_json_avec_des_types_simples():
    """Les nombres de numpy et de pandas, que JSON refuse, deviennent ceux de Python ; le vide disparaît."""
    ecrit = Constat("a", "L'un", "Un.", valeur=np.float64(0.5), n=np.int64(4), borne_basse=pd.NA).en_json()

    assert ecrit == {"code": "a", "titre": "L’un", "phrase": "Un.", "valeur": 0.5, "n": 4}
    assert {type(valeur) for valeur in ecrit.values()} == {str, float, int}
    assert json.loads(json.dumps(ecrit)) == ecrit


def test_les_constats_de_l_exemple_sont_complets_et_se_gardent(miramas):
    """Toutes les pages parlent, sans case « [nd] », sous des codes déclarés et dans l'ordre du fichier."""
    par_page = constats.constats_de_l_annee(miramas, annee=2024, diffusion="cotech")
    codes = [dit.code for dits in par_page.values() for dit in dits]

    # les sessions publiées commencent après le label : l'exemple n'a pas d'écart d'évolutions à citer
    # et ses motifs d'écart sont à égalité : aucun n'est le premier
    assert codes == [c for c in MODELES if c not in ("impacts.comparaison_colleges", "realisation.premier_motif")]
    assert not [dit for dits in par_page.values() for dit in dits if "[" in dit.titre + dit.phrase]
    for dits in par_page.values():
        json.dumps(dits._repr_mimebundle_()[constats.TYPE_CONSTATS])


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [
        ({}, "Aucune donnée"),
        ({"A": None}, "Aucune donnée"),
        ({"A": 0.8, "B": 0.9}, "Au moins 80 % de réalisation partout"),
        ({"A": 0.1, "B": 0.2}, "Moins de 80 % de réalisation partout"),
        ({"A": 0.9, "B": 0.2}, "Au moins 80 % de réalisation partout, sauf « B »"),
        ({"A": 0.9, "B": 0.2, "C": 0.1}, "Au moins 80 % de réalisation partout, sauf « B » et « C »"),
        ({"A": 0.9, "B": 0.2, "C": 0.1, "D": 0.3}, "Au moins 80 % de réalisation dans 1 cas sur 4"),
        ({"A": 0.9, "Ensemble": 0.2}, "Au moins 80 % de réalisation partout"),
    ],
)
def test_le_titre_d_un_seuil_dit_la_direction_et_l_exception(valeurs, attendu):
    """Partout, nulle part, deux exceptions nommées au plus, un compte au-delà ; le total n'en est pas."""
    titre = constats.titre_seuil(choses(valeurs), "taux", seuil=0.8, quoi="de réalisation")

    assert titre.replace(FINE, " ") == attendu


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [
        ({}, "Crédits : aucune donnée"),
        ({"A": 10, "B": 9}, "Crédits : pas d'écart net"),
        ({"A": 10, "B": 1}, "Crédits : « A » en tête"),
        ({"A": 1, "B": 9, "C": 1}, "Crédits : « B » en tête"),
        ({"A": 1, "B": 9, "C": 5, "Ensemble": 15}, "Crédits : « B » en tête, « A » en retrait"),
        ({"A": 9, "B": 9, "C": 5}, "Crédits : « A » et « B » en tête, « C » en retrait"),
        ({"A": 9, "B": 9, "C": 9, "D": 5, "E": 5}, "Crédits : 3 à égalité en tête"),
        ({"A": 9, "B": 7, "non renseigné": 2}, "Crédits : « A » en tête"),
    ],
)
def test_le_titre_des_extremes_nomme_le_plus_haut_et_le_plus_bas(valeurs, attendu):
    """Ni retrait à deux modalités ou à égalité, ni classement sous l'écart qui compte."""
    assert constats.titre_extremes(choses(valeurs), "taux", quoi="Crédits", ecart=1) == attendu


def test_un_titre_ne_nomme_pas_une_modalite_masquee():
    """« Bus » est la plus basse, et masquée : le titre ne la dit pas."""
    table = protegee({"axe": ["École", "Cité", "Bus"], "nb": [90, 40, 3]}, effectifs=("nb",))

    assert "Bus" not in constats.titre_extremes(table, "nb", quoi="Public")


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [
        ([0.8, 0.9, 0.85], "aucun collège de la cité sous l'académie en 2024"),
        ([0.8, 0.7, 0.85], "1\u00a0collège de la cité sur 2 sous l'académie en 2024"),
        ([None, 0.7, 0.85], "aucune comparaison possible en 2024"),
    ],
)
def test_le_titre_d_une_serie_situe_les_colleges(valeurs, attendu):
    """Sans valeur de l'académie, aucune comparaison."""
    lieux = ["Académie d'Aix-Marseille", "Collège A", "Collège B"]
    table = pd.DataFrame({"territoire": lieux, "annee": 2024, "valeur": pd.array(valeurs, dtype="Float64")})
    serie = proteger(table, diffusion="interne", publiable=Publiable(libres=("annee", "valeur")))

    assert constats.titre_serie(serie, annee=2024, quoi="Brevet") == f"Brevet : {attendu}"


@pytest.mark.parametrize(
    ("codes", "attendu"),
    [
        ([], "Aucune évolution ne peut être mesurée"),
        (["stable", "stable"], "Aucune évolution mesurable sur 2\u00a0questions"),
        (["progression_nette", "recul", "stable"], "2\u00a0évolutions mesurables sur 3\u00a0questions"),
    ],
)
def test_le_titre_des_changements_compte_les_evolutions_mesurables(codes, attendu):
    """Une progression et un recul en sont ; la lecture dit la première et son intervalle."""
    colonnes = {"libelle": [f"Q{n}" for n, _ in enumerate(codes)], "verdict_code": codes}
    libres = ("ecart", "borne_basse", "borne_haute")
    table = protegee(colonnes | dict(zip(libres, np.full((3, len(codes)), 0.5), strict=True)), "interne", libres=libres)

    assert constats.titre_changements(table) == attendu
    assert constats.lecture_changement(table) == (
        "« Q0 » : le score moyen change de 0,50, entre 0,50 et 0,50." if codes else ""
    )


def test_la_lecture_prend_la_premiere_ligne_entierement_montree():
    """« Bus » est masquée, « École » a une donnée absente : la phrase lit « Cité »."""
    table = protegee(
        {"axe": ["Bus", "École", "Cité"], "nb": [3, 90, 40], "n": pd.array([1, None, 5], dtype="Int64")},
        effectifs=("nb",),
        libres=("n",),
    )

    assert constats.lecture(table, "{axe} : {nb} élèves, {n} séances.") == "Cité : 40 élèves, 5 séances."


@pytest.mark.parametrize(("n", "dit"), [(0, "0 séance tenue"), (1, "1 séance tenue"), (2, "2 séances tenues")])
def test_la_lecture_accorde_les_noms_qu_elle_compte(n, dit):
    """En français, le pluriel commence à deux (formats.accord)."""
    table = protegee({"axe": ["Cité"], "n": pd.array([n], dtype="Int64")}, libres=("n",))

    assert constats.lecture(table, "{axe} : {n:séance tenue}.") == f"Cité : {dit}.".replace(f"{n} ", f"{n}\u00a0")


MUETTE = ("non évalué", "non évalué")


@pytest.mark.parametrize(
    ("lignes", "attendu"),
    [
        ([("Arts", "A3", MUETTE), ("Sports", "A3", ("1", "2"))], "1 thème sur 2 sans mesure"),
        (
            [("Arts", "A3", ("1", "1")), ("Parents", "Tous les axes", MUETTE)],
            "Chaque thème a une mesure ; rien non plus pour « Parents »",
        ),
        (
            [("Arts", "A3", ("1", "1")), *((nom, "Tous les axes", MUETTE) for nom in "ABC")],
            "Chaque thème a une mesure ; rien non plus pour 3 publics sur 3",
        ),
        ([("Arts", "A3", ("1", "1")), ("Parents", "Tous les axes", ("1", "1"))], "Chaque thème a une mesure"),
        ([], "Aucun objectif cette année : rien n'est évalué"),
    ],
)
def test_le_titre_de_la_couverture_compte_les_themes_muets_et_nomme_les_publics(lignes, attendu):
    """Un public toujours montré n'est pas un thème ; il est nommé."""
    rangees = [(nom, axe, *cases, *MUETTE) for nom, axe, cases in lignes]
    colonnes = ["theme", "axe", "realisation", "resultats", "impacts", "partenariat"]
    table = proteger(pd.DataFrame(rangees, columns=colonnes, dtype="str"), diffusion="cotech", publiable=Publiable())

    assert constats.titre_couverture(table).replace(INSECABLE, " ") == attendu


@pytest.mark.parametrize(
    ("mesures", "attendu"),
    [
        (["oui", "non", "oui"], "« École » : 1 chaîne sur 2 va jusqu'à une mesure"),
        (["oui", "oui", "non"], "« École » : 2 chaînes sur 2 vont jusqu'à une mesure"),
        ([], "« École » : aucun objectif cette année"),
    ],
)
def test_le_titre_d_une_logique_compte_les_chaines_mesurees(mesures, attendu):
    """La ligne de tout l'axe n'est pas une chaîne."""
    groupes = ["Un", "Deux", "Tout l'axe"][: len(mesures)]
    table = protegee({"chaine": groupes, "mesure": mesures})

    assert constats.titre_logique(table, "École").replace(INSECABLE, " ") == attendu


def test_le_titre_de_la_collecte_compte_ce_qui_manque():
    """Un envoi en retard sur huit ; aucun sur huit ; aucun attendu."""
    en_retard = protegee({"etat": ["en retard", "Ensemble"], "n_lignes": [1, 8]}, libres=("n_lignes",))
    a_jour = protegee({"etat": ["en retard", "Ensemble"], "n_lignes": [0, 8]}, libres=("n_lignes",))

    assert constats.titre_collecte(en_retard).replace(INSECABLE, " ") == "1 envoi en retard sur 8 attendus"
    assert constats.titre_collecte(a_jour).replace(INSECABLE, " ") == "Aucun envoi en retard sur 8 attendus"
    assert constats.titre_collecte(protegee({"etat": [], "n_lignes": []}, libres=("n_lignes",))) == (
        "Aucun envoi n'était attendu"
    )


def test_le_titre_de_la_charge_dit_les_jours_et_le_mois_le_plus_lourd():
    """Trois jours en mars, un en juin ; sans charge, le titre le dit."""
    prevue = [("mars", 3), ("juin", 1)]
    taches = [{"role": "CPO", "mois": mois, "jours": n, "tache": "T", "dimension": "impacts"} for mois, n in prevue]
    charge = proteger(protocole.charge({"charge": taches}), diffusion="cotech")

    assert constats.titre_charge(charge).replace(INSECABLE, " ") == "4 jours de travail dans l'année, surtout en mars"
    assert "pas encore prévue" in constats.titre_charge(proteger(protocole.charge({}), diffusion="cotech"))


def test_sans_ligne_entierement_montree_il_n_y_a_pas_de_lecture():
    """Plutôt rien qu'une phrase avec « [s] »."""
    table = protegee({"axe": ["Bus", "Cité"], "nb": [3, 2]}, effectifs=("nb",))

    assert constats.lecture(table, "{axe} : {nb} élèves.") == ""


@pytest.fixture
def cinq_pages():
    """Cinq pages de deux constats, dont le second seul appelle une décision ; la première n'en appelle pas."""
    pages = ("realisation", "resultats", "impacts", "partenariat", "protocole")
    return {
        page: assembler(
            Constat(f"{page}.a", f"Premier {page}", "A."),
            Constat(f"{page}.b", f"Second {page}", "B.", decision="Agir" if page != "realisation" else ""),
            Constat(f"{page}.c", f"Troisième {page}", "C.", decision="Agir encore" if page != "realisation" else ""),
        )
        for page in pages
    }


def test_le_comite_a_trois_decisions_au_plus_une_par_page(cinq_pages):
    """La page sans décision est passée ; la quatrième décision n'y est pas."""
    table = constats.decisions(cinq_pages)

    assert table["constat"].tolist() == ["Second resultats", "Second impacts", "Second partenariat"]
    assert table["ou_regarder"].tolist() == ["Résultats", "Impacts", "Partenariat et pilotage"]
    assert table["adresse"].tolist() == ["resultats.html", "impacts.html", "partenariat.html"]
    assert table["instance_competente"].tolist() == ["Comité technique", "Comité technique", "Comité de pilotage"]


def test_l_essentiel_est_le_premier_constat_de_chaque_page(cinq_pages):
    """Une page sans constat n'y est pas, et garde sa ligne au plan."""
    pages = cinq_pages | {"impacts": Constats(())}

    assert [dit.titre for dit in constats.essentiel(pages)] == [
        "Premier realisation",
        "Premier resultats",
        "Premier partenariat",
        "Premier protocole",
    ]
    assert constats.essentiel(pages).html().count("<li>") == 4
    assert constats.plan(pages).set_index("page").loc["Impacts", "constat"] == ""


@pytest.mark.parametrize(
    ("niveaux", "attendu"),
    [([45, 8, 37, 47, 50], "Actions : de 45 à 47"), ([45, 8, 37, 45, 50], "Actions : 45, comme l'an dernier")],
)
def test_le_titre_d_une_cascade_dit_le_depart_et_l_arrivee(niveaux, attendu):
    """L'arrivée est le programme sans les ajouts, l'avant-dernier niveau."""
    sens = ["niveau", "en moins", "niveau", "niveau", "niveau"]
    table = protegee({"etape": list("abcde"), "sens": sens, "n_actions": niveaux}, "interne", libres=("n_actions",))

    assert constats.titre_cascade(table, "n_actions", quoi="Actions") == attendu


def etats(*noms: str):
    """Une table d'objectifs qui n'a que leurs états."""
    return protegee({"objectif": list(map(str, range(len(noms)))), "etat": list(noms)})


@pytest.mark.parametrize(
    ("table", "titre"),
    [
        (etats(), "Aucun objectif"),
        (etats("atteint"), "1 cible atteinte"),
        (etats("atteint", "atteint", "au plus atteint", "partiel", "non mesurable"),
         "2 cibles atteintes, 1 au plus, 1 en partie, 1 non mesurable"),
        (etats("non mesurable", "non mesurable"), "0 cible atteinte, 2 non mesurables"),
    ],
)  # fmt: skip
def test_le_titre_des_cibles_compte_chaque_etat(table, titre):
    """Ce qui n'est pas mesurable n'est jamais caché."""
    assert constats.titre_cibles(table).replace("\u00a0", " ") == titre


@pytest.mark.parametrize(
    ("parts", "fin"),
    [
        ({"a": 0.5, "b": 0.446}, "toujours dans la zone 45 % à 55 %"),  # 44,6 % s'affiche 45 %
        ({"a": 0.5, "b": 0.44}, "« b » hors de la zone 45 % à 55 %"),
        ({"a": 0.1, "b": 0.2, "c": 0.9, "d": 0.5}, "3 sur 4 hors de la zone 45 % à 55 %"),
        ({"a": None}, "aucune donnée"),
    ],
)
def test_le_titre_d_une_zone_juge_ce_qui_s_affiche(parts, fin):
    """Au pour cent près, comme la cellule que l'on lit."""
    titre = constats.titre_zone(choses(parts), "taux", zone=(0.45, 0.55), quoi="Part de filles")

    assert titre.replace(FINE, " ").replace("\u00a0", " ") == f"Part de filles : {fin}"


def test_hors_zone_ne_retient_jamais_une_ligne_masquee():
    """10 % et 80 % sortent de la zone ; la ligne masquée, on n'en sait rien."""
    table = protegee(
        {"action": ["a", "b", "c"], "nb_f": [10, 2, 80], "nb_t": [100, 30, 100], "part_f": [0.1, 2 / 30, 0.8]},
        effectifs=("nb_f", "nb_t"),
        parts={"part_f": ("nb_f", "nb_t")},
    )

    assert constats.hors_zone(table, "part_f", zone=(0.3, 0.7)).donnees["action"].tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("bornes", "fin"),
    [
        ([(0.4, 0.6), (0.7, 0.9)], "« b » au-dessus de « a »"),
        ([(0.4, 0.75), (0.7, 0.9)], "aucun écart établi"),
        ([(0.4, 0.6)], "pas de comparaison possible"),
        ([], "aucune donnée"),
    ],
)
def test_un_ecart_ne_se_dit_que_si_les_intervalles_sont_disjoints(bornes, fin):
    """50 % [40 ; 60] et 80 % [70 ; 90] s'écartent ; [40 ; 75] et [70 ; 90] se recouvrent."""
    basses, hautes = ([float(deux[rang]) for deux in bornes] for rang in (0, 1))
    milieux = [(b + h) / 2 for b, h in bornes]
    colonnes = {"axe": list("ab")[: len(bornes)], "part": milieux, "bas": basses, "haut": hautes}
    table = protegee(colonnes, "interne", libres=("part", "bas", "haut"))

    assert constats.titre_intervalles(table, "part", bas="bas", haut="haut", quoi="Avis") == f"Avis : {fin}"


@pytest.mark.parametrize(
    ("hausse", "recul", "titre"),
    [(2, 1, "2 objectifs changent d'état en mieux, 1 en moins bien"),
     (1, 3, "1 objectif change d'état en mieux, 3 en moins bien"), (0, 0, "Aucun objectif n'a changé d'état")],
)  # fmt: skip
def test_le_titre_des_changements_compte_les_deux_sens(hausse, recul, titre):
    """Sans changement, il le dit aussi."""
    noms = ["progresse", "recule", "sans comparaison", "Ensemble"]
    table = protegee({"changement": noms, "n_objectifs": [hausse, recul, 0, 9]}, libres=("n_objectifs",))

    assert constats.titre_changements_etat(table).replace("\u00a0", " ") == titre


def test_sans_annee_d_avant_le_titre_des_changements_ne_dit_pas_que_rien_n_a_bouge():
    """Neuf objectifs, aucun état l'année d'avant : rien à comparer."""
    noms = ["progresse", "recule", "sans comparaison", "Ensemble"]
    table = protegee({"changement": noms, "n_objectifs": [0, 0, 9, 9]}, libres=("n_objectifs",))

    assert constats.titre_changements_etat(table) == "Aucun objectif à comparer"


@pytest.mark.parametrize(
    ("nombres", "titre"),
    [
        ([10, 20, 60, 30], "« Plutôt » est la réponse la plus fréquente"),
        ([3, 43, 52, 21], "« Plutôt » est la réponse la plus fréquente"),  # 46 masqués sur 119, moins que 52
        ([3, 60, 50, 21], "Réponses en partie protégées"),  # 63 masqués : peut-être plus que 50
    ],
)
def test_le_titre_d_un_avis_ne_devine_pas_un_degre_masque(nombres, titre):
    """Un degré masqué pourrait être le plus fréquent : on ne le dit alors d'aucun."""
    reponses = pd.DataFrame(
        {
            "questionnaire": "jeunes",
            "item": "satis",
            "repondant_pseudo": [f"j{rang}" for rang in range(sum(nombres))],
            "reponse": [str(degre) for degre, combien in enumerate(nombres, 1) for _ in range(combien)],
            "annee": 2024,
        }
    )
    item = {"questionnaire": ["jeunes"], "item": ["satis"], "echelle_max": [4], "inverse": [False]}
    table = resultats.avis(reponses, pd.DataFrame(item | {"indicateur_code": ["S11"]}), annee=2024)

    assert constats.titre_likert(proteger(table, diffusion="cotech")) == titre
    assert constats.degres(proteger(table, diffusion="cotech"))["part_degre_1"] == "Pas du tout"
