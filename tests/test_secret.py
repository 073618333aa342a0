"""Ce qui est montré à chaque public, et ce qu'un lecteur ne peut pas en déduire."""

import ast
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from sous_contrat import proteger

from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.mesures.comptes import domine
from citelib.secret import TableProtegee, seuil_applicable, suppression
from citelib.secret.attaque import Grille, audit
from citelib.secret.porte import arrondir
from citelib.secret.protegee import NOTE_TOTAUX
from citelib.secret.suppression import cellules_a_masquer

REFERENCES = Path(__file__).parents[2] / "shared" / "oracles"

# Comtés × niveau d'études, délinquants mineurs : FCSM, Statistical Policy Working Paper 22, tableau 1.
COMTES, NIVEAUX = ["Alpha", "Beta", "Gamma", "Delta"], ["Low", "Medium", "High", "VeryHigh"]
WP22 = np.array([[15, 1, 3, 1], [20, 10, 10, 15], [3, 10, 10, 2], [12, 14, 7, 2]])

ENFANTS = Publiable(effectifs=("nb_enfants",), total_ligne="Total")
OPINION = Publiable(
    effectifs=("nb_oui", "nb_reponses"),
    parts={"part_oui": ("nb_oui", "nb_reponses")},
    bases={"score_moyen": "nb_reponses"},
    libres=("n_seances",),
)


def reference(identifiant):
    """Une entrée du recueil de résultats publiés, hors du projet."""
    if not (REFERENCES / "index.json").exists():
        pytest.skip(f"recueil de résultats publiés absent : {identifiant} n'est pas confronté à sa source")
    entrees = json.loads((REFERENCES / "index.json").read_text(encoding="utf-8"))
    return next(entree for entree in entrees if entree["id"] == identifiant)


def carre(interieur):
    """Les cases d'un tableau croisé, marges comprises, numérotées ligne par ligne, et leurs sommes."""
    interieur = np.asarray(interieur)
    avec_bas = np.vstack([interieur, interieur.sum(axis=0)])
    cases = np.column_stack([avec_bas, avec_bas.sum(axis=1)])
    numeros = np.arange(cases.size).reshape(cases.shape)
    sommes = [(int(n[-1]), tuple(n[:-1].tolist())) for n in [*numeros, *numeros.T]]
    return cases.astype(float), Grille(sommes=tuple(sommes))


def masquer(cases, lignes, colonnes, cellules):
    """Vrai aux cellules nommées (ligne, colonne) d'un tableau avec marges."""
    masque = np.zeros(cases.shape, dtype=bool)
    for ligne, colonne in cellules:
        masque[lignes.index(ligne), colonnes.index(colonne)] = True
    return masque


def croiser(interieur):
    """Le même tableau croisé, comme une analyse le rend : table et contrat."""
    cases, _ = carre(interieur)
    colonnes = [f"nb_{j}" for j in range(cases.shape[1] - 1)]
    table = pd.DataFrame(cases.astype(int), columns=[*colonnes, "nb_total"])
    table.insert(0, "quartier", [*(f"quartier {i}" for i in range(len(cases) - 1)), "Ensemble"])
    contrat = Publiable(
        effectifs=(*colonnes, "nb_total"), total_ligne="Ensemble", total_colonne="nb_total", additives=tuple(colonnes)
    )
    return table, contrat


def opinion(*lignes):
    """Une table de réponses : part de oui et score moyen, par groupe."""
    table = pd.DataFrame(lignes, columns=["groupe", "nb_oui", "nb_reponses"])
    part = table["nb_oui"] / table["nb_reponses"].replace(0, np.nan)
    return table.assign(part_oui=part, score_moyen=3.14159, n_seances=2)


def age(*effectifs, total=None):
    """Une colonne d'enfants par âge, avec sa ligne Total."""
    noms = [f"âge {rang}" for rang in range(len(effectifs))]
    somme = sum(effectifs) if total is None else total
    return pd.DataFrame({"age": [*noms, "Total"], "nb_enfants": [*effectifs, somme]})


def intervalle(donnees, ligne, colonne):
    """Ce qu'un attaquant déduit d'une cellule d'un tableau croisé protégé : il sait tout masqué ≥ 1."""
    chiffres = donnees.iloc[:, 1:]
    hauteur, largeur = chiffres.shape
    bornes = [(1, None) if pd.isna(v) else (v, v) for v in chiffres.to_numpy(object).ravel()]
    egalites = []
    for i in range(hauteur):
        egalite = np.zeros((hauteur, largeur))
        egalite[i, :-1], egalite[i, -1] = 1, -1
        egalites.append(egalite.ravel())
    for j in range(largeur):
        egalite = np.zeros((hauteur, largeur))
        egalite[:-1, j], egalite[-1, j] = 1, -1
        egalites.append(egalite.ravel())
    cible = np.zeros((hauteur, largeur))
    cible[ligne, colonne] = 1
    extremes = []
    for sens in (1, -1):
        second_membre = np.zeros(len(egalites))
        reponse = linprog(sens * cible.ravel(), A_eq=np.array(egalites), b_eq=second_membre, bounds=bornes)
        assert reponse.status in (0, 3), reponse.message
        extremes.append(sens * reponse.fun if reponse.status == 0 else np.inf)
    return extremes


# --- Publics et seuils


@pytest.mark.parametrize(
    ("diffusion", "options", "attendu"),
    [
        ("interne", {}, 0),
        ("cotech", {}, 5),
        ("public", {}, 11),
        ("cotech", {"seuil": 11}, 11),
        ("public", {"seuil": 5}, 11),
        ("cotech", {"sensible": True}, 11),
        ("interne", {"sensible": True, "seuil": 20}, 0),
    ],
)
def test_le_seuil_le_plus_exigeant_l_emporte(diffusion, options, attendu):
    """Page Audiences : 1 à 4 masqués en COTECH, 1 à 10 au public ; 11 au moins sur un thème sensible."""
    assert seuil_applicable(diffusion, **options) == attendu


@pytest.mark.parametrize("seuil", [3, 0, -1, 5.5, "11", True])
def test_un_seuil_ne_descend_pas_sous_cinq_hors_diffusion_interne(seuil):
    """Un réglage de cite.toml ne peut pas désarmer le secret."""
    with pytest.raises(ErreurParametre, match="au moins 5"):
        seuil_applicable("cotech", seuil=seuil)


def test_un_public_inconnu_est_refuse_et_les_trois_sont_nommes():
    """Le message dit quoi choisir."""
    with pytest.raises(ErreurParametre, match="interne, cotech, public"):
        proteger(age(3, 40), diffusion="copil", publiable=ENFANTS)


def test_la_diffusion_interne_ne_masque_rien():
    """Toutes les valeurs, aucune note."""
    protegee = proteger(age(1, 40), diffusion="interne", publiable=ENFANTS)
    assert protegee.donnees["nb_enfants"].tolist() == [1, 40, 41]
    assert (protegee.notes, protegee.masque.to_numpy().any()) == ((), False)


# --- Résultats publiés


def test_les_cases_primaires_sont_celles_du_working_paper_22():
    """Six cases sous 5 (WP22, tableau 1 ; tau-Argus FREQ(5) trouve les mêmes)."""
    entree = reference("sdc_wp22_primary")
    table = pd.read_csv(REFERENCES / entree["data"])
    assert table.iloc[:, 1:].to_numpy().tolist() == WP22.tolist()
    contrat = Publiable(effectifs=tuple(NIVEAUX))

    masque = proteger(table, diffusion="cotech", publiable=contrat).masque.iloc[:, 1:]

    trouvees = [[COMTES[i], NIVEAUX[j]] for i, j in zip(*np.nonzero(masque.to_numpy()), strict=True)]
    assert sorted(trouvees) == sorted(entree["expected"]["cellules"])


@pytest.mark.parametrize("identifiant", ["sdc_wp22_unprotected", "sdc_wp22_protected"])
def test_l_audit_retrouve_les_intervalles_du_working_paper_22(identifiant):
    """WP22, tableaux 2 et 3 ; les intervalles sont ceux de G-Confid 2.0.4 (note de l'entrée)."""
    entree = reference(identifiant)
    cases, grille = carre(WP22)
    masque = masquer(cases, COMTES, NIVEAUX, entree["data"]["masque"]).ravel()

    resultat = audit(cases.ravel(), masque, grille, seuil=5, plancher=0)

    resultat = resultat[resultat["masquee"]]
    noms = [f"{COMTES[case // 5]}/{NIVEAUX[case % 5]}" for case in resultat["cellule"]]
    trouves = dict(zip(noms, zip(resultat["borne_basse"], resultat["borne_haute"], strict=True), strict=True))
    note = entree["note"]
    assert trouves == ast.literal_eval(note[note.index("{") : note.index("}") + 1])
    recouvrables = [nom.split("/") for nom, (basse, haute) in trouves.items() if basse == haute]
    assert recouvrables == entree["expected"]["recouvrables"]


def test_le_choix_secondaire_est_l_optimum_du_working_paper_22():
    """WP22, tableau 3, que tau-Argus OPT retrouve : Gamma/Medium, Delta/Low, Delta/High, soit 10 + 12 + 7."""
    cases, grille = carre(WP22)
    cases = cases.ravel()
    marges = masquer(carre(WP22)[0], [*COMTES, "T"], [*NIVEAUX, "T"], [(c, "T") for c in [*COMTES, "T"]])
    marges |= masquer(carre(WP22)[0], [*COMTES, "T"], [*NIVEAUX, "T"], [("T", n) for n in NIVEAUX])

    masque = cellules_a_masquer(
        cases, grille, primaires=cases < 5, visibles=marges.ravel(), largeur=2, plancher=0, couts=cases
    )

    secondaires = np.flatnonzero(masque & (cases >= 5))
    assert {(COMTES[k // 5], NIVEAUX[k % 5]) for k in secondaires} == {
        ("Gamma", "Medium"),
        ("Delta", "Low"),
        ("Delta", "High"),
    }
    assert cases[secondaires].sum() == 29


def test_deux_cases_masquees_par_ligne_et_colonne_ne_suffisent_pas():
    """
    Le piège de sdcTable (test-simpleheuristic.R), avec d'autres nombres.

    Masquées : w en a, b, c ; x en a, c ; y et z en b, d. Lignes w + x : il reste 100 + 75 = 175 à
    répartir ; colonnes a + c : 128. La différence, 47, est w|b. Masquer aussi x|d (31) rend la somme
    w|b + x|d = 78 : chacune va de 0 à 78.
    """
    cases, grille = carre([[20, 47, 33, 60], [50, 80, 25, 31], [70, 90, 45, 66], [110, 120, 130, 140]])
    lettres = [("w", "a"), ("w", "b"), ("w", "c"), ("x", "a"), ("x", "c")]
    lettres += [("y", "b"), ("y", "d"), ("z", "b"), ("z", "d")]
    masque = masquer(cases, list("wxyz"), list("abcd"), lettres).ravel()

    avant = audit(cases.ravel(), masque, grille, seuil=5, plancher=0)
    exactes = avant[avant["masquee"] & avant["largeur"].eq(0)]
    assert exactes[["cellule", "borne_basse"]].to_numpy().tolist() == [[1, 47]]

    apres = cellules_a_masquer(
        cases.ravel(),
        grille,
        primaires=masque,
        visibles=np.zeros(25, dtype=bool),
        largeur=4,
        plancher=0,
        couts=cases.ravel(),
    )
    assert np.flatnonzero(apres & ~masque).tolist() == [8]  # x|d
    w_b = audit(cases.ravel(), apres, grille, seuil=5, plancher=0).set_index("cellule").loc[1]
    assert (w_b["borne_basse"], w_b["borne_haute"]) == (0, 78)


@pytest.mark.parametrize(("plancher", "attendu"), [(0, [0, 2]), (1, [1, 1])])
def test_publier_les_zeros_apprend_au_lecteur_que_les_cases_masquees_valent_au_moins_un(plancher, attendu):
    """GaussSuppression, « The problem of singletons » : 1 + 1 = 2 se retrouve si les zéros sont publiés."""
    cases, grille = carre([[1, 1, 9], [6, 7, 8]])
    carre_xy = [("q1", "x"), ("q1", "y"), ("q2", "x"), ("q2", "y")]
    masque = masquer(cases, ["q1", "q2"], ["x", "y", "z"], carre_xy)
    premiere = audit(cases.ravel(), masque.ravel(), grille, seuil=5, plancher=plancher).iloc[0]
    assert [premiere["borne_basse"], premiere["borne_haute"]] == attendu


def test_l_arrondi_a_cinq_est_celui_d_opensafely():
    """Documentation d'OpenSAFELY : 8, 16, 23 donnent 10, 15, 25 ; 18, 23, 31, 44 donnent 20, 25, 30, 45."""
    assert arrondir(np.array([8, 16, 23]), 5).tolist() == [10, 15, 25]
    assert arrondir(np.array([18, 23, 31, 44]), 5).tolist() == [20, 25, 30, 45]


# --- Effectifs


def test_une_petite_case_en_entraine_une_autre_et_le_total_reste():
    """3 + 40 + 60 = 103 : masquer 3 seul le rendrait par soustraction ; 40 coûte moins que 60."""
    protegee = proteger(age(3, 40, 60), diffusion="cotech", publiable=ENFANTS)
    assert protegee.masque["nb_enfants"].tolist() == [True, True, False, False]
    assert protegee.donnees["nb_enfants"].tolist() == [pd.NA, pd.NA, 60, 103]
    assert protegee.notes == (
        "[s] : donnée masquée (secret statistique) ; certaines cellules plus grandes sont aussi masquées "
        "pour protéger les autres.",
    )


def test_une_somme_publiee_ailleurs_protege_comme_un_total():
    """
    Ailleurs, la page dit 43 pour le groupe A et 60 pour le B. Le 3 du groupe A se retrouverait (43 − 40) : le 40 est
    masqué aussi ; le groupe B n'a rien de petit, il reste entier. Sans déclarer la somme, le 3 seul serait masqué.
    """
    table = pd.DataFrame({"action": list("wxyz"), "axe": list("AABB"), "nb": [3, 40, 20, 40]})
    seul, ailleurs = Publiable(effectifs=("nb",)), Publiable(effectifs=("nb",), groupes={"nb": "axe"})

    assert proteger(table, diffusion="cotech", publiable=seul).masque["nb"].tolist() == [True, False, False, False]
    assert proteger(table, diffusion="cotech", publiable=ailleurs).masque["nb"].tolist() == [True, True, False, False]


def test_une_case_vide_n_entre_dans_aucune_somme_publiee_ailleurs():
    """Sans compte connu, l'action n'est pas de la somme : les deux autres s'y protègent."""
    table = pd.DataFrame({"action": list("wxy"), "axe": list("AAA"), "nb": pd.array([3, None, 9], "Int64")})
    contrat = Publiable(effectifs=("nb",), groupes={"nb": "axe"})

    assert proteger(table, diffusion="cotech", publiable=contrat).masque["nb"].tolist() == [True, False, True]


def test_un_groupe_absent_de_la_table_est_refuse():
    """Un oubli arrête le rapport au lieu de publier."""
    table = pd.DataFrame({"action": ["w"], "nb": [3]})

    with pytest.raises(ErreurSecret, match="déclarée mais absente : axe"):
        proteger(table, diffusion="cotech", publiable=Publiable(effectifs=("nb",), groupes={"nb": "axe"}))


def test_une_table_sans_total_ne_masque_que_la_petite_case():
    """Rien ne se soustrait ; le zéro est publié."""
    contrat = Publiable(effectifs=("nb_enfants",))
    table = pd.DataFrame({"age": ["a", "b", "c"], "nb_enfants": [4, 0, 5]})
    protegee = proteger(table, diffusion="cotech", publiable=contrat)
    assert protegee.masque["nb_enfants"].tolist() == [True, False, False]


def test_un_total_lui_meme_petit_est_masque():
    """Un total de 3 personnes est un effectif de 3 personnes."""
    assert proteger(age(3, 0), diffusion="cotech", publiable=ENFANTS).masque["nb_enfants"].tolist() == [
        True,
        False,
        True,
    ]


def test_un_theme_sensible_masque_aussi_les_zeros():
    """Sur un thème sensible « personne » est une information ; le seuil passe à 11."""
    contrat = Publiable(effectifs=("nb_enfants",), sensible=True)
    table = pd.DataFrame({"age": ["a", "b", "c"], "nb_enfants": [0, 10, 11]})
    protegee = proteger(table, diffusion="cotech", publiable=contrat)
    assert (protegee.seuil, protegee.masque["nb_enfants"].tolist()) == (11, [True, True, False])


def test_une_case_vide_reste_vide_et_masque_ce_qui_en_depend():
    """Un effectif inconnu n'est pas zéro : la part et la moyenne qui reposent sur lui disparaissent."""
    table = opinion(("a", 20, 40), ("b", None, 40))
    protegee = proteger(table, diffusion="cotech", publiable=OPINION)
    assert (protegee.valeur("b", "nb_oui"), protegee.est_masquee("b", "nb_oui")) == (None, False)
    assert protegee.masque.loc[1, ["nb_reponses", "part_oui", "score_moyen"]].tolist() == [False, True, True]
    assert not protegee.masque.loc[0].any()


# --- Parts, moyennes et bornes


@pytest.mark.parametrize(
    ("oui", "reponses", "masquees"),
    [
        (20, 40, []),
        (0, 40, []),
        (40, 40, []),
        (3, 40, ["nb_oui", "part_oui", "score_moyen"]),
        (37, 40, ["nb_oui", "part_oui", "score_moyen"]),
        (35, 40, []),
        (0, 4, ["nb_reponses", "part_oui", "score_moyen"]),
        (0, 8, ["part_oui"]),
    ],
)
def test_une_part_suit_son_numerateur_son_denominateur_et_leur_difference(oui, reponses, masquees):
    """
    Seuil 5. 37 sur 40 : les 3 autres seraient connus ; 35 sur 40 : 5 autres se montrent. 0 sur 4 : le groupe est
    petit. 0 sur 8 : pas de pourcentage sous 10 personnes, mais les effectifs restent.
    """
    protegee = proteger(opinion(("a", oui, reponses)), diffusion="cotech", publiable=OPINION)
    assert [nom for nom in protegee.masque if protegee.masque[nom].iloc[0]] == masquees


def test_une_part_suit_un_denominateur_masque_pour_en_proteger_un_autre():
    """« a » est petit, « b » se masque avec lui sous le total : 20 oui et 50 % rendraient ses 40 réponses."""
    table = opinion(("a", 0, 3), ("b", 20, 40), ("c", 90, 300), ("Ensemble", 110, 343))
    contrat = Publiable(**{**vars(OPINION), "total_ligne": "Ensemble"})
    protegee = proteger(table, diffusion="cotech", publiable=contrat)

    assert protegee.masque.loc[1, ["nb_oui", "nb_reponses", "part_oui"]].tolist() == [False, True, True]


def test_la_moyenne_de_tous_suit_chaque_morceau_de_son_effectif():
    """Filles et garçons sont masqués, leur somme ne l'est pas : la moyenne de la ligne l'est."""
    contrat = Publiable(
        effectifs=("nb_filles", "nb_garcons", "nb_total"),
        bases={"score_moyen": "nb_total"},
        additives=("nb_filles", "nb_garcons"),
        total_colonne="nb_total",
        total_ligne="Ensemble",
    )
    lignes = [("a", 3, 47, 50, 2.5), ("b", 40, 60, 100, 2.5), ("Ensemble", 43, 107, 150, 2.5)]
    table = pd.DataFrame(lignes, columns=["groupe", *contrat.effectifs, "score_moyen"])
    masque = proteger(table, diffusion="cotech", publiable=contrat).masque

    assert masque.loc[0, ["nb_filles", "nb_total", "score_moyen"]].tolist() == [True, False, True]


def test_un_zero_masque_ne_se_lit_pas_dans_une_part_vide():
    """Sur un thème sensible, personne n'a répondu : « non disponible » le dirait, « masqué » le tait."""
    contrat = Publiable(effectifs=OPINION.effectifs, parts=OPINION.parts, sensible=True)
    table = opinion(("a", 0, 0))[["groupe", "nb_oui", "nb_reponses", "part_oui"]]

    assert proteger(table, diffusion="cotech", publiable=contrat).est_masquee("a", "part_oui")


def test_une_moyenne_de_personne_n_est_pas_montree():
    """Zéro réponse, et pourtant un score : il ne repose sur rien."""
    protegee = proteger(opinion(("a", 0, 0)), diffusion="cotech", publiable=OPINION)

    assert protegee.est_masquee("a", "score_moyen")


@pytest.mark.parametrize(("oui", "attendu"), [(0, True), (40, True), (20, False)])
def test_zero_et_cent_pour_cent_sont_masques_sur_un_theme_sensible(oui, attendu):
    """Dire que tous, ou personne, c'est parler de chacun."""
    contrat = Publiable(effectifs=OPINION.effectifs, parts=OPINION.parts, sensible=True)
    table = opinion(("a", oui, 40))[["groupe", "nb_oui", "nb_reponses", "part_oui"]]
    protegee = proteger(table, diffusion="cotech", publiable=contrat)
    assert protegee.est_masquee("a", "part_oui") is attendu


def test_une_part_de_personne_est_vide_et_non_masquee():
    """Zéro réponse est publié : il n'y a rien à cacher, seulement rien à mesurer."""
    protegee = proteger(opinion(("a", 0, 0)), diffusion="cotech", publiable=OPINION)
    assert (protegee.valeur("a", "part_oui"), protegee.est_masquee("a", "part_oui")) == (None, False)


def test_des_numerateurs_qui_epuisent_le_denominateur_se_soustraient():
    """oui + non + sans avis = réponses : masquer 2 sans avis seul le rendrait, même sans total déclaré."""
    noms = ("nb_oui", "nb_non", "nb_sans_avis", "nb_reponses")
    table = pd.DataFrame([["a", 30, 20, 2, 52], ["b", 25, 25, 15, 65]], columns=["groupe", *noms])
    parts = {f"part_{nom[3:]}": (nom, "nb_reponses") for nom in noms[:3]}
    table = table.assign(**{part: table[num] / table[den] for part, (num, den) in parts.items()})
    protegee = proteger(table, diffusion="cotech", publiable=Publiable(effectifs=noms, parts=parts))
    assert protegee.est_masquee("a", "nb_sans_avis")
    assert protegee.masque.loc[0, list(noms)].sum() == 2


# --- Public


def test_le_public_lit_des_effectifs_arrondis_et_des_parts_recalculees():
    """23 sur 42 devient 25 sur 40, soit 62,5 %, écrit 63 % ; la moyenne perd ses décimales inutiles."""
    protegee = proteger(opinion(("a", 23, 42)), diffusion="public", publiable=OPINION)
    assert protegee.donnees.iloc[0].tolist() == ["a", 25, 40, 0.63, 3.14, 2]
    assert protegee.notes == ("Effectifs arrondis à 5 ; les totaux peuvent différer de la somme.",)


# --- Ce qui n'est plus dans l'objet


@pytest.mark.parametrize("type_", ["int64", "Int64", "float64", "object"])
def test_une_valeur_masquee_n_est_plus_nulle_part(type_):
    """Deux effectifs témoins, 3 et 987654, sont masqués : ni l'affichage ni les octets ne les gardent."""
    table = age(3, 987654, 5_000_000).astype({"nb_enfants": type_})
    table = table.assign(montant=[1.5, 2.5, 3.5, 4.5])
    table.attrs["copie"] = table["nb_enfants"].tolist()
    contrat = Publiable(effectifs=("nb_enfants",), libres=("montant",), total_ligne="Total")

    protegee = proteger(table, diffusion="cotech", publiable=contrat)

    assert protegee.masque["nb_enfants"].tolist() == [True, True, False, False]
    assert protegee.donnees.attrs == {}
    assert "987654" not in repr(protegee) + protegee.donnees.to_csv()
    octets = pickle.dumps(protegee)
    for temoin in (np.int32(987654), np.float64(987654)):
        assert temoin.tobytes() not in octets
    assert 987654 not in protegee.donnees["nb_enfants"].array._data
    assert protegee.donnees["montant"].to_numpy().base is None or 987654.0 not in (
        protegee.donnees["montant"].to_numpy().base
    )


def test_la_table_recue_n_est_pas_modifiee():
    """Ni ses valeurs, ni son contrat."""
    table = age(3, 40, 60)
    table.attrs["publiable"] = ENFANTS
    avant = table.copy(deep=True)
    proteger(table, diffusion="public")
    pd.testing.assert_frame_equal(table, avant)
    assert table.attrs == {"publiable": ENFANTS}


def test_une_table_protegee_ne_se_fabrique_pas_a_la_main():
    """Seule la porte fabrique."""
    table = age(3, 40, 60)
    with pytest.raises(ErreurSecret, match=r"secret\.proteger"):
        TableProtegee(table, table.isna(), "cotech", 5, ENFANTS)


def test_on_lit_une_cellule_par_son_intitule():
    """Valeur, masque ; un intitulé absent ou répété est refusé."""
    table = pd.DataFrame({"age": ["a", "b", "a"], "annee": [2023, 2024, 2024], "nb_enfants": [12, 3, 40]})
    contrat = Publiable(effectifs=("nb_enfants",), libres=("annee",))
    protegee = proteger(table, diffusion="cotech", publiable=contrat)
    assert (protegee.valeur("b", "nb_enfants"), protegee.est_masquee("b", "nb_enfants")) == (None, True)
    with pytest.raises(ErreurParametre, match="2 ligne"):
        protegee.valeur("a", "nb_enfants")
    with pytest.raises(ErreurParametre, match="Colonnes : age, annee, nb_enfants"):
        protegee.valeur("b", "nb_eleves")


# --- Dans le doute, rien


@pytest.mark.parametrize(
    ("table", "contrat", "motif"),
    [
        (age(30, 40), None, "sans contrat"),
        (age(30, 40).assign(nb_filles=[1, 2, 3]), ENFANTS, "non déclarée : nb_filles"),
        (age(30, 40).assign(note=pd.Series([1, "x", None], dtype=object)), ENFANTS, "non déclarée : note"),
        (age(30, 40).assign(cle=pd.Categorical([1, 2, 3])), ENFANTS, "non déclarée : cle"),
        (age(30, 40), Publiable(libres=("nb_enfants",)), "déclaré libre : nb_enfants"),
        (age(30, 40), Publiable(effectifs=("nb_enfants", "nb_autres")), "absente : nb_autres"),
        (age(30, 40), Publiable(effectifs=("nb_enfants",), total_colonne="nb_t"), "pas un effectif : nb_t"),
        (age(30, 40, total=71), ENFANTS, "somme de ses parties"),
        (age(30, 40), Publiable(effectifs=("nb_enfants",), total_ligne="Ensemble"), "0 ligne"),
        (age(30, -1), ENFANTS, "positifs ou nuls"),
        (age(30, 1.5), ENFANTS, "entiers"),
        (age(30, np.inf), ENFANTS, "entiers"),
        (opinion(("a", 50, 40)), OPINION, "nb_oui > nb_reponses"),
    ],
)
@pytest.mark.parametrize("diffusion", ["interne", "cotech"])
def test_une_table_mal_decrite_est_refusee(table, contrat, motif, diffusion):
    """Le refus ne dépend pas du public : une erreur de contrat se voit dès le document interne."""
    with pytest.raises(ErreurSecret, match=motif):
        proteger(table, diffusion=diffusion, publiable=contrat)


@pytest.mark.parametrize(
    "panne",
    [
        lambda valeurs, grille, *, primaires, **options: None,
        lambda valeurs, grille, *, primaires, **options: primaires,
        lambda valeurs, grille, *, primaires, **options: ~primaires,
    ],
    ids=["sans réponse", "oublie de protéger", "montre les petites cases"],
)
def test_si_le_choix_echoue_il_ne_reste_que_le_total(monkeypatch, panne):
    """L'audit, et non le solveur, autorise la publication."""
    monkeypatch.setattr(suppression, "cellules_a_masquer", panne)
    protegee = proteger(age(3, 40, 60), diffusion="cotech", publiable=ENFANTS)
    assert protegee.donnees["nb_enfants"].tolist() == [pd.NA, pd.NA, pd.NA, 103]
    assert protegee.totaux_seuls
    assert NOTE_TOTAUX in protegee.notes


@pytest.mark.parametrize("effectifs", [(3, 0, 60), (5, 0, 0)])
def test_quand_il_ne_reste_que_le_total_les_zeros_se_taisent_aussi(monkeypatch, effectifs):
    """Sinon, de 5 en tout et de deux zéros montrés, on lirait la troisième case."""
    monkeypatch.setattr(suppression, "cellules_a_masquer", lambda *args, **options: None)
    protegee = proteger(age(*effectifs), diffusion="cotech", publiable=ENFANTS)

    assert protegee.donnees["nb_enfants"].tolist() == [pd.NA, pd.NA, pd.NA, sum(effectifs)]


def test_une_case_masquee_ailleurs_l_est_ici_meme_si_le_choix_l_oublie(monkeypatch):
    """Grande, elle échapperait à l'audit de cette table seule."""
    monkeypatch.setattr(suppression, "cellules_a_masquer", lambda valeurs, *args, **options: np.full(3, False))
    rien, total = np.full(3, False), np.array([False, False, True])
    options = {"seuil": 5, "marges": rien, "totaux": total, "imposees": np.array([True, False, False])}
    masque, _ = suppression.masque_approuve(np.array([40.0, 60.0, 100.0]), Grille(sommes=((2, (0, 1)),)), **options)

    assert masque.tolist() == [True, True, False]


@pytest.mark.parametrize("tours", [0, 5])
def test_une_petite_case_que_rien_ne_protege_n_a_pas_de_masque(tours):
    """Seule sous un total toujours montré : ni le meilleur choix, ni le choix case par case n'y peuvent rien."""
    cases, grille = np.array([3, 3]), Grille(sommes=((1, (0,)),))
    options = {"primaires": np.array([True, False]), "visibles": np.array([False, True]), "largeur": 4}

    assert cellules_a_masquer(cases, grille, couts=np.ones(2), tours=tours, **options) is None


def test_un_solveur_hors_delai_ne_repond_pas():
    """Sans réponse à temps, aucun masque, même celui qu'il aurait trouvé."""
    cases, grille = carre(WP22)
    cases, options = cases.ravel(), {"visibles": np.zeros(25, dtype=bool), "largeur": 4}
    assert cellules_a_masquer(cases, grille, primaires=cases < 5, couts=cases, delai=0, **options) is None


def test_si_l_audit_refuse_tout_la_table_n_est_pas_diffusable(monkeypatch):
    """Un audit qui ne conclut pas vaut un refus."""

    def audit_perplexe(*args, **options):
        return audit(*args, **options).assign(ok=False)

    monkeypatch.setattr(suppression, "audit", audit_perplexe)
    with pytest.raises(ErreurSecret, match="non diffusable"):
        proteger(age(3, 40, 60), diffusion="cotech", publiable=ENFANTS)


def test_l_audit_voit_une_petite_case_publiee_et_un_petit_complement():
    """3 publié, et 37 sur 40 publiés : deux fuites que rien ne masque."""
    resultat = audit(np.array([3, 37, 40]), np.zeros(3, dtype=bool), Grille(couples=((1, 2),)), seuil=5)
    assert resultat["ok"].tolist() == [False, True, True, False]


@pytest.mark.parametrize("diffusion", ["interne", "cotech", "public"])
@pytest.mark.parametrize(
    ("table", "contrat"),
    [(age(3).iloc[:0], ENFANTS), (pd.DataFrame({"axe": ["a"], "n": [3]}), Publiable(libres=("n",)))],
    ids=["sans ligne", "sans personne"],
)
def test_une_table_sans_rien_a_proteger_passe(diffusion, table, contrat):
    """Table sans ligne, ou qui ne compte que des choses : rien de masqué."""
    protegee = proteger(table, diffusion=diffusion, publiable=contrat)
    assert protegee.masque.shape == table.shape
    assert not protegee.masque.to_numpy().any()


@pytest.mark.parametrize(("lignes", "attendu"), [(0, "il faudrait au moins 5 répondants"), (3, "")])
def test_une_table_vide_garde_son_motif_et_elle_seule(lignes, attendu):
    """Une analyse dit pourquoi elle ne rend rien ; sans cela, ou avec des lignes, le motif est vide."""
    table = age(30, 40).head(lignes)
    assert proteger(table, diffusion="cotech", publiable=ENFANTS).motif == ""
    table.attrs["motif"] = "il faudrait au moins 5 répondants"
    assert proteger(table, diffusion="cotech", publiable=ENFANTS).motif == attendu


# --- Propriété


@pytest.mark.parametrize("graine", range(60))
def test_un_attaquant_ne_resserre_aucune_case_masquee(graine):
    """
    Tableaux tirés au sort, attaquant écrit ici et qui ne lit que la table protégée.

    Toute petite case est masquée, toute case masquée garde au moins T valeurs possibles, le total
    général reste, ce qui est montré est exact.
    """
    alea = np.random.default_rng(graine)
    forme = tuple(alea.integers(2, 6, size=2))
    population = int(alea.choice([80, 200, 600]))
    interieur = alea.multinomial(population, alea.dirichlet(np.full(forme[0] * forme[1], 0.6))).reshape(forme)
    table, contrat = croiser(interieur)
    seuil = int(alea.choice([5, 11]))

    protegee = proteger(table, diffusion="cotech", seuil=seuil, publiable=contrat)

    vrais, masque = table.iloc[:, 1:].to_numpy(), protegee.masque.iloc[:, 1:].to_numpy()
    assert masque[(vrais > 0) & (vrais < seuil)].all()
    assert not masque[-1, -1]
    assert not masque[vrais == 0].any()
    assert (protegee.donnees.iloc[:, 1:].to_numpy(object)[~masque] == vrais[~masque]).all()
    assert protegee.donnees.iloc[:, 1:].isna().to_numpy().tolist() == masque.tolist()
    for ligne, colonne in zip(*np.nonzero(masque), strict=True):
        basse, haute = intervalle(protegee.donnees, ligne, colonne)
        assert basse <= vrais[ligne, colonne] <= haute
        assert haute - basse >= seuil - 1 - 1e-6


def test_une_valeur_absente_dont_leffectif_est_inconnu_reste_absente_et_non_masquee():
    """Rien n'est à cacher là où rien n'a été mesuré : la page écrit « [nd] », non « [s] »."""
    table = pd.DataFrame({"objectif": ["a", "b", "c"], "valeur": [None, 0.4, 0.5], "nb_base": [None, None, 40]})
    protegee = proteger(
        table, diffusion="cotech", publiable=Publiable(effectifs=("nb_base",), bases={"valeur": "nb_base"})
    )
    assert protegee.masque["valeur"].tolist() == [False, True, False]
    assert protegee.donnees["valeur"].isna().tolist() == [True, True, False]


def test_en_public_une_valeur_qui_est_un_effectif_sarrondit_comme_lui():
    """296 parents publiés à côté d'un « arrondi à 5 » donneraient l'effectif exact."""
    table = pd.DataFrame(
        {"objectif": ["a", "b"], "unite": ["nombre", "part"], "valeur": [296.0, 0.613], "nb_base": [296, 300]}
    )
    contrat = Publiable(effectifs=("nb_base",), bases={"valeur": "nb_base"})
    assert proteger(table, diffusion="public", publiable=contrat).donnees["valeur"].tolist() == [295.0, 0.61]


TAUX = Publiable(effectifs=("nb_touches",), rapports={"taux": ("nb_touches", "population")}, libres=("population",))


def test_un_taux_public_se_recalcule_sur_son_effectif_arrondi():
    """182 sur 500 : 36,4 % rendrait 182 ; arrondi à 180, 36 %. Trois personnes : masquées, et leur taux aussi."""
    table = pd.DataFrame({"age": ["6-10", "0-2", "3-5"], "nb_touches": [182, 3, 0], "population": [500, 100, 50]})
    table = table.assign(taux=table["nb_touches"] / table["population"])
    public, cotech = (proteger(table, diffusion=d, publiable=TAUX) for d in ("public", "cotech"))

    assert public.donnees["taux"].tolist() == [0.36, pd.NA, 0]
    assert public.est_masquee("0-2", "taux")
    assert cotech.valeur("6-10", "taux") == 0.364


def test_un_taux_sur_moins_de_dix_personnes_est_masque():
    """6 sur 8 : les deux effectifs se montrent, leur rapport non."""
    table = pd.DataFrame({"age": ["a"], "nb_touches": [6], "nb_inscrits": [8], "taux": [0.75]})
    contrat = Publiable(effectifs=("nb_touches", "nb_inscrits"), rapports={"taux": ("nb_touches", "nb_inscrits")})

    assert proteger(table, diffusion="cotech", publiable=contrat).masque.loc[0].tolist() == [False, False, False, True]


def test_un_taux_sans_population_est_absent_et_non_masque():
    """« [nd] », et non « [s] » : rien n'est caché, il n'y a pas de population."""
    table = pd.DataFrame({"age": ["a"], "nb_touches": [3], "population": [pd.NA], "taux": [pd.NA]})

    assert not proteger(table, diffusion="cotech", publiable=TAUX).est_masquee("a", "taux")


def test_un_rapport_dont_le_diviseur_n_est_pas_declare_est_refuse():
    """La population doit être un effectif ou une colonne libre."""
    table = pd.DataFrame({"age": ["a"], "nb_touches": [30], "taux": [0.3]})
    contrat = Publiable(effectifs=("nb_touches",), rapports={"taux": ("nb_touches", "population")})

    with pytest.raises(ErreurSecret, match="diviseur"):
        proteger(table, diffusion="cotech", publiable=contrat)


def test_le_taux_d_atteinte_d_un_nombre_de_personnes_ne_se_publie_pas_arrondi():
    """296 pour 260 : 114 % rendrait 296 ; la part, elle, garde son taux."""
    table = pd.DataFrame(
        {"objectif": ["a", "b"], "unite": ["nombre", "part"], "valeur": [296.0, 0.6], "nb_base": [296, 100]}
    )
    table = table.assign(taux_atteinte=[296 / 260, 1.2])
    contrat = Publiable(effectifs=("nb_base",), bases=dict.fromkeys(("valeur", "taux_atteinte"), "nb_base"))
    protegee = proteger(table, diffusion="public", publiable=contrat)

    assert protegee.donnees["valeur"].tolist() == [295, 0.6]
    assert protegee.est_masquee("a", "taux_atteinte") and protegee.valeur("b", "taux_atteinte") == 1.2


DEGRES = Publiable(
    effectifs=("nb_1", "nb_2", "nb_3", "nb_4", "nb_non", "nb_oui", "nb_tous"),
    sommes={"nb_non": ("nb_1", "nb_2"), "nb_oui": ("nb_3", "nb_4"), "nb_tous": ("nb_non", "nb_oui")},
    total_ligne="Ensemble",
)


def test_un_sous_total_ne_rend_pas_le_degre_masque():
    """73 satisfaits sur 119, dont 52 « plutôt » : trois « pas du tout » se retrouveraient si 43 restait montré."""
    lignes = {"École": [1, 16, 20, 9], "Cité": [2, 27, 32, 12]}
    lignes["Ensemble"] = [sum(deux) for deux in zip(*lignes.values(), strict=True)]
    rangees = [[nom, *d, d[0] + d[1], d[2] + d[3], sum(d)] for nom, d in lignes.items()]
    table = pd.DataFrame(rangees, columns=["axe", *DEGRES.effectifs])
    protegee = proteger(table, diffusion="cotech", publiable=DEGRES)

    assert protegee.valeur("Ensemble", "nb_oui") == 73 and protegee.valeur("Ensemble", "nb_tous") == 119
    assert protegee.est_masquee("Ensemble", "nb_1") and protegee.est_masquee("Ensemble", "nb_2")


def test_un_sous_total_faux_est_refuse():
    """3 + 4 ne font pas 8."""
    table = pd.DataFrame([["Ensemble", 1, 2, 3, 4, 3, 8, 11]], columns=["axe", *DEGRES.effectifs])

    with pytest.raises(ErreurSecret, match="n'est pas la somme"):
        proteger(table, diffusion="cotech", publiable=DEGRES)


def test_des_lignes_retenues_restent_protegees():
    """On ne choisit que parmi ce qui est montré."""
    table = pd.DataFrame({"axe": ["a", "b", "c"], "nb_enfants": [40, 3, 60]})
    protegee = proteger(table, diffusion="cotech", publiable=Publiable(effectifs=("nb_enfants",)))
    retenue = protegee.retenir(protegee.donnees["nb_enfants"].gt(50))

    assert isinstance(retenue, TableProtegee) and retenue.donnees["axe"].tolist() == ["c"]
    assert protegee.retenir(protegee.donnees["nb_enfants"].lt(50)).donnees["axe"].tolist() == ["a"]


def test_en_diffusion_publique_l_intervalle_d_une_part_suit_ses_effectifs_arrondis():
    """46 sur 61 devient 45 sur 60 : 75 % [62,8 ; 84,2] (Wilson, exemple de la note de domaine), au centième."""
    colonnes = {"groupe": ["Ensemble"], "nb_oui": [46], "nb_tous": [61], "part_oui": [46 / 61]}
    table = pd.DataFrame(colonnes | {"borne_basse": [0.634], "borne_haute": [0.844]})
    contrat = Publiable(
        effectifs=("nb_oui", "nb_tous"),
        parts={"part_oui": ("nb_oui", "nb_tous")},
        bases={"borne_basse": "nb_tous", "borne_haute": "nb_tous"},
    )
    public = proteger(table, diffusion="public", publiable=contrat).donnees.iloc[0]

    assert public[["part_oui", "borne_basse", "borne_haute"]].tolist() == [0.75, 0.63, 0.84]


def test_en_diffusion_publique_un_solde_s_arrondit_en_personnes_et_ne_rend_pas_la_part_exacte():
    """34 pour, 13 contre, sur 58 : 21 de plus, arrondis à 20, sur 60, soit 0,33 ; 35 et 15 sur 60 : 0,58 et 0,25."""
    compte = {"question": ["a"], "nb_pour": [34], "nb_contre": [13], "nb_tous": [58]}
    parts = {f"part_{nom}": (f"nb_{nom}", "nb_tous") for nom in ("pour", "contre")}
    table = pd.DataFrame(compte | {"part_pour": [34 / 58], "part_contre": [13 / 58], "borne_basse": [0.46]})
    contrat = Publiable(
        effectifs=("nb_pour", "nb_contre", "nb_tous"),
        parts=parts,
        bases={"borne_basse": "nb_tous", "solde": "nb_tous"},
        fractions=("solde",),
    )
    public = proteger(table.assign(solde=21 / 58), diffusion="public", publiable=contrat).donnees.iloc[0]

    assert public[["part_pour", "part_contre", "solde"]].tolist() == [0.58, 0.25, 0.33]
    # Wilson pour 35 sur 60, par l'autre forme de la formule : centre (2np + z²) / 2(n + z²)
    n, p, z = 60, 35 / 60, 1.959964
    basse = (2 * n * p + z * z - z * (z * z + 4 * n * p * (1 - p)) ** 0.5) / (2 * (n + z * z))
    assert public["borne_basse"] == round(basse, 2)


MELEES = Publiable(
    effectifs=("nb_base",), bases={"valeur": "nb_base"}, libres=("n_actions",), sans_personne="sans_personne"
)


def melees(**colonnes):
    """Un indicateur de personnes, un indicateur d'actions, dans une même colonne de valeurs."""
    lignes = {"code": ["S11", "R01"], "unite": ["part", "part"], "valeur": [0.5, 0.123], "nb_base": [4, None]}
    table = pd.DataFrame(lignes | {"n_actions": [None, 45], "sans_personne": [False, True]} | colonnes)
    return table.astype({"nb_base": "Int64", "valeur": "Float64"})


def test_une_ligne_sans_personne_se_montre_et_sa_voisine_reste_masquee():
    """La part de 4 personnes disparaît ; celle des actions reste, exacte même pour le public."""
    for diffusion in ("cotech", "public"):
        lue = proteger(melees(), diffusion=diffusion, publiable=MELEES)
        assert lue.est_masquee("S11", "valeur")
        assert lue.valeur("R01", "valeur") == 0.123


def test_une_ligne_dite_sans_personne_qui_en_compte_est_refusee():
    """Se dire sans personne ne suffit pas à échapper au masque."""
    with pytest.raises(ErreurSecret, match="sans personne"):
        proteger(melees(nb_base=[4, 3]), diffusion="cotech", publiable=MELEES)


def test_une_colonne_sans_personne_absente_ou_vide_ne_libere_rien():
    """Dans le doute, la ligne compte des personnes."""
    with pytest.raises(ErreurSecret, match="absente : sans_personne"):
        proteger(melees().drop(columns="sans_personne"), diffusion="cotech", publiable=MELEES)
    douteuse = melees(sans_personne=pd.array([None, None], dtype="boolean"))
    assert proteger(douteuse, diffusion="cotech", publiable=MELEES).est_masquee("R01", "valeur")


@pytest.mark.parametrize(("sensible", "masquees"), [(True, [True, True, False]), (False, [False, False, False])])
def test_tous_et_aucun_se_masquent_sur_une_ligne_sensible(sensible, masquees):
    """Domaine, règles de publication : 0 % et 100 % disent de chacun ce que dit le groupe, quel que soit l'effectif."""
    table = opinion(("aucun", 0, 50), ("tous", 60, 60), ("partagé", 25, 55))
    table.attrs["sensibles"] = [sensible] * 3
    protegee = proteger(table, diffusion="cotech", publiable=OPINION)

    assert protegee.masque["nb_oui"].tolist() == protegee.masque["part_oui"].tolist() == masquees
    assert protegee.donnees["nb_reponses"].tolist() == [50, 60, 55]


def test_la_dominance_est_celle_de_l_insee():
    """Recueil, sdc_dominance : 100, 5 et 5 ; et moins de trois unités."""
    unites = pd.Series(list("abc"))

    assert domine(pd.Series([100, 5, 5]), unites) and domine(pd.Series([50, 50, 0]), unites)
    assert not domine(pd.Series([85, 10, 5]), unites) and not domine(pd.Series([0, 0, 0]), unites)


@pytest.mark.parametrize(
    ("fonds", "domines", "attendu"),
    [
        ([90, 50, 300], [True, True, False], [None, None, 300]),  # deux inconnues : le total n'en rend aucune
        ([90, 0, 300], [True, False, False], [None, 0, None]),  # masquer zéro ne cacherait rien
    ],
)
def test_une_ligne_dominee_seule_en_entraine_une_autre_qui_compte(fonds, domines, attendu):
    """La plus petite des autres lignes, si elle n'est pas nulle, et si rien d'autre n'est masqué."""
    table = pd.DataFrame({"theme": ["a", "b", "c", "Ensemble"], "montant_autres": [*map(float, fonds), sum(fonds)]})
    table.attrs["domines"] = [*domines, False]
    contrat = Publiable(libres=("montant_autres",), montants=("montant_autres",))
    montres = proteger(table, diffusion="public", publiable=contrat).donnees["montant_autres"]

    assert [None if pd.isna(v) else v for v in montres] == [*attendu, sum(fonds)]


@pytest.mark.parametrize(("diffusion", "attendu"), [("public", [None, None, 300, 440]), ("cotech", [90, 50, 300, 440])])
def test_les_fonds_d_un_porteur_presque_seul_sont_masques_au_public(diffusion, attendu):
    """Décision 0007 : la ligne dominée, et la plus petite des autres, que le total rendrait sinon."""
    table = pd.DataFrame({"theme": ["a", "b", "c", "Ensemble"], "montant_autres": [90.0, 50.0, 300.0, 440.0]})
    table.attrs["domines"] = [True, False, False, False]
    contrat = Publiable(libres=("montant_autres",), montants=("montant_autres",))
    montres = proteger(table, diffusion=diffusion, publiable=contrat).donnees["montant_autres"]

    assert [None if pd.isna(v) else v for v in montres] == attendu
