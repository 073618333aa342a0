"""Le vocabulaire des formules : ce qu'il sait lire, ce qu'il refuse en disant quoi écrire, ce qu'il calcule."""

import math
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib import indicateurs, secret
from citelib.chargement import charger, verifier
from citelib.chargement.ecriture import ecrire_table
from citelib.contrats.formules import FormuleRefusee, lire_formule
from citelib.erreurs import ErreurDonnees
from citelib.tables import PAR_NOM, TABLES, tranches_entre

RACINE = Path(__file__).parents[1]
FIXES = {
    **dict.fromkeys(("libelle", "definition", "source_habituelle", "producteur"), "Indicateur de la cité"),
    **{"dimension": "resultats", "unite": "nombre", "periodicite": "annuelle", "sens": "hausse", "nature": "exhaustif"},
}

EXEMPLES = {
    "rapport(V01 ; V02)": 0.25,  # 30 ÷ 120
    "somme(V01 ; V02)": 150,  # 30 + 120
    "compte(actions)": 4,
    "compte(actions ; axe = A1 ; statut = realisee)": 2,  # a1 et a2
    "compte(actions ; axe = A1 | A2)": 3,  # a1, a2, a3
    "compte(realisations ; bilan_recu_le = vide)": 1,  # a4
    "somme(financements.accorde ; axe = A1)": 1500,  # 1 000 + 500
    "somme(beneficiaires.nb_uniques ; tranche_age = 0-2)": 12,  # une seule action : exact
    "somme(beneficiaires.nb_uniques ; age = 0-5)": (20, 32),  # 12 + 20, ou les mêmes : de 20 à 32
    "part(actions ; porteur_nom = Ville ; parmi axe = A1)": 0.5,  # a1 sur a1 et a2
    "part(beneficiaires ; sexe = F)": 0.3125,  # 10 sur 32
    "rapport(somme(financements.accorde) ; compte(actions))": 575,  # 2 300 ÷ 4
}
"""Les formules de docs/indicateurs.md, et ce qu'elles valent à la main sur la petite cité."""


@pytest.fixture(scope="module")
def cite(table):
    """Quatre actions, trois crédits, deux lignes de bénéficiaires, deux valeurs."""
    vides = {contrat.nom: contrat.vide() for contrat in TABLES}
    actions = """
    action_id | axe | porteur_nom
    a1        | A1  | Ville
    a2        | A1  | Asso
    a3        | A2  | Ville
    a4        | A3  | Ville
    """
    statuts = "action_id | statut | bilan_recu_le\na1 | realisee | 10/01/2025\na2 | realisee | 10/01/2025"
    statuts += "\na3 | reportee | 10/01/2025\na4 | realisee |"
    accordes = "action_id | accorde\na1 | 1000\na2 | 500\na3 | 800"
    touches = """
    action_id | tranche_age | sexe | nb_uniques
    a1        | 0-2         | F    | 10
    a1        | 0-2         | G    | 2
    a2        | 3-5         | G    | 20
    """
    valeurs = "indicateur_code | valeur | denominateur\nV01 | 30 | \nV02 | 120 | "
    deux = table("indicateur_code | calcul\nV01 | collecte\nV02 | collecte", "indicateurs", **FIXES, diffusable="oui")
    credit = {"financeur": "ville", "nature": "numeraire", "credit": "specifique"}
    public = {"residence": "NR", "type_public": "enfant_jeune"}
    lieu = {"niveau": "cite", "territoire_code": "c", "statut_valeur": "observee", "periode": "2024"}
    dessinees = {
        "actions": table(actions, "actions", annee="2024", hors_programmation="non", theme="Orientation scolaire"),
        "realisations": table(statuts, "realisations", annee="2024"),
        "financements": table(accordes, "financements", annee="2024", **credit),
        "beneficiaires": table(touches, "beneficiaires", annee="2024", **public),
        "valeurs": table(valeurs, "valeurs", annee="2024", **lieu),
        "indicateurs": deux,
    }
    return SimpleNamespace(**vides | dessinees, reglages={})


def mesurer(cite, calcul: str, **fiche) -> pd.Series:
    """La ligne d'un indicateur V99 que la cité ajoute à son référentiel, sans Python."""
    fiches = cite.indicateurs
    neuve = fiches.iloc[[0]].assign(indicateur_code="V99", calcul=calcul, **fiche)
    nouvelle = SimpleNamespace(**vars(cite) | {"indicateurs": pd.concat([fiches, neuve], ignore_index=True)})
    return indicateurs.tableau(nouvelle, annee=2024, diffusion="interne").set_index("indicateur_code").loc["V99"]


@pytest.mark.parametrize("formule", EXEMPLES)
def test_chaque_exemple_de_la_documentation_vaut_son_calcul_a_la_main(cite, formule):
    """Un indicateur ajouté dans le référentiel seul."""
    ligne, attendu = mesurer(cite, formule), EXEMPLES[formule]

    lus = ligne[["valeur", "borne_basse", "borne_haute"]].astype("Float64").to_numpy(float, na_value=math.nan)
    voulus = (math.nan, *attendu) if isinstance(attendu, tuple) else (attendu, math.nan, math.nan)
    assert lus == pytest.approx(voulus, nan_ok=True)
    assert ligne["formule"] == formule


def test_la_documentation_et_les_exemples_verifies_disent_les_memes_formules():
    """Une formule ajoutée à la page doit avoir son calcul ici."""
    page = (RACINE / "docs" / "indicateurs.md").read_text(encoding="utf-8")
    section = page.split("## Écrire une formule")[1].split("\n## ")[0]

    assert re.findall(r"^\| `(.+?)` \|", section, re.M) == [f.replace("|", "\\|") for f in EXEMPLES]


def test_un_zero_se_compte_et_une_annee_vide_se_dit(cite):
    """Aucune action annulée : zéro. Aucune décision relevée : pas de valeur."""
    assert mesurer(cite, "compte(actions ; statut = annulee)")["valeur"] == 0
    vide = mesurer(cite, "compte(decisions)")
    assert pd.isna(vide["valeur"]) and vide["manque"] == "aucune ligne de decisions en 2024"


def test_un_terme_qui_manque_rend_le_tout_inconnu(cite):
    """Une somme dont un terme n'est pas collecté n'est pas la somme des autres."""
    sans = SimpleNamespace(**vars(cite) | {"valeurs": cite.valeurs.iloc[:1]})

    assert mesurer(sans, "somme(V01 ; V02)")["manque"] == "V02 : valeur non collectée"


def test_une_formule_sur_des_personnes_est_protegee(cite):
    """2 garçons parmi 12 : la part laisse voir 2 personnes ; un compte d'actions ne laisse voir personne."""
    part = mesurer(cite, "part(beneficiaires ; sexe = G ; parmi tranche_age = 0-2)")

    assert part["nb_plus_petit_groupe"] == 2 and not part["sans_personne"]
    # 32 personnes en tout : en montrer 20 désigne les 12 autres
    assert mesurer(cite, "compte(beneficiaires ; sexe = F)")["nb_plus_petit_groupe"] == 10
    assert mesurer(cite, "compte(beneficiaires ; action_id = a2)")["nb_plus_petit_groupe"] == 12
    assert mesurer(cite, "rapport(V01 ; compte(actions))")["nb_plus_petit_groupe"] == 30
    assert mesurer(cite, "compte(actions)")["sans_personne"]


def test_une_part_d_echantillon_a_son_intervalle(cite, table):
    """12 répondants sur 15 : 80 % [54,8 ; 93,0] (Wilson, exemple de la note de domaine)."""
    lignes = "repondant_pseudo | reponse" + "".join(f"\nr{n} | {4 if n < 12 else 1}" for n in range(15))
    fixes = {"vague": "T1", "questionnaire": "q", "tranche_age": "11-15", "sexe": "F", "item": "i"}
    sondee = {"reponses_beneficiaires": table(lignes, "reponses_beneficiaires", annee="2024", **fixes)}
    cite = SimpleNamespace(**vars(cite) | sondee)

    ligne = mesurer(cite, "part(reponses_beneficiaires ; reponse = 4)", nature="echantillon", unite="part")
    assert ligne[["valeur", "borne_basse", "borne_haute"]].tolist() == pytest.approx([0.8, 0.548, 0.93], abs=5e-4)


@pytest.mark.parametrize(
    ("numerateur", "n", "bornes"), [(0, 12, (0, 0.242)), (240, 400, (0.551, 0.647)), (18, 30, (0.423, 0.754))]
)
def test_l_intervalle_est_celui_de_la_note_de_domaine(cite, table, numerateur, n, bornes):
    """0/12 → [0 ; 24,2] ; 240/400 → [55,1 ; 64,7] ; 18/30 → [42,3 ; 75,4]."""
    ligne = f"indicateur_code | numerateur | denominateur\nV01 | {numerateur} | {n}"
    lieu = {"niveau": "cite", "territoire_code": "c", "statut_valeur": "observee", "periode": "2024"}
    fiche = cite.indicateurs.iloc[[0]].assign(nature="echantillon", unite="part")
    sondee = {"valeurs": table(ligne, "valeurs", annee="2024", **lieu), "indicateurs": fiche}

    lu = indicateurs.tableau(SimpleNamespace(**vars(cite) | sondee), annee=2024).iloc[0]
    assert (lu["borne_basse"], lu["borne_haute"]) == pytest.approx(bornes, abs=5e-4)


# ------------------------------------------------------------------------------------- ce qui se refuse


@pytest.fixture(scope="module")
def exemplaire(tmp_path_factory, miramas):
    """Une copie de l'exemple, dont on écrit le référentiel à volonté."""
    dossier = tmp_path_factory.mktemp("cite")
    for table in TABLES:
        ecrire_table(table, getattr(miramas, table.nom), dossier / f"{table.nom}.csv")
    for nom in ("cite.toml", "protocole.toml", "corrections.toml"):
        (dossier / nom).write_text((miramas.dossier / nom).read_text(encoding="utf-8"), encoding="utf-8")
    return dossier


def ecrire(dossier: Path, miramas, **formules: str) -> None:
    """Ajoute au référentiel de l'exemple un indicateur par formule."""
    fiches = miramas.indicateurs
    modele = fiches[fiches["indicateur_code"].eq("S18")]
    neuves = [modele.assign(indicateur_code=code, calcul=calcul) for code, calcul in formules.items()]
    ecrire_table(PAR_NOM["indicateurs"], pd.concat([fiches, *neuves], ignore_index=True), dossier / "indicateurs.csv")


REFUS = {
    "V01": ("conpte(actions)", "fonction « conpte » inconnue", "« compte »"),
    "V02": ("taux_realisaton", "calcul « taux_realisaton » inconnu", "« taux_realisation »"),
    "V03": ("compte(action)", "table « action » inconnue", "« actions »"),
    "V04": ("compte(actions ; staut = realisee)", "colonne « staut » absente de actions", "« statut »"),
    "V05": ("compte(actions ; statut = realise)", "valeur « realise » de statut refusée", "« realisee »"),
    "V06": ("compte(actions ; porteur_nom = Vile de Miramas)", "absente de la colonne porteur_nom", "Ville de Miramas"),
    "V07": ("rapport(S18 ; S99)", "indicateur « S99 » absent du référentiel", "« S19 »"),
    "V08": ("somme(V09 ; S18)", "la formule de V08 dépend d'elle-même", "Couper le cercle"),
    "V09": ("somme(V08 ; S18)", "la formule de V09 dépend d'elle-même", "Couper le cercle"),
    "V10": ("somme(beneficiaires.nb_uniques ; age = 6-12)", "6-12 coupe la tranche 11-15", "tranches entières"),
    "V11": ("somme(S12 ; S14)", "on n'additionne pas des parts", "les numérateurs et les dénominateurs"),
    "V12": ("part(actions)", "part sans filtre", "parmi axe = A1"),
    "V13": ("compte(actions ; axe = A1", "formule illisible", "compte(actions ; axe = A1)"),
    "V14": ("somme(S18)", "somme ne s'écrit pas ainsi", "somme(V01 ; V02)"),
    "V15": ("somme(financements.acorde)", "colonne de nombres « acorde » absente", "« accorde »"),
    "V16": ("compte(valeurs)", "table « valeurs » inconnue", "Choisir parmi"),
    "V17": ("rapport(collecte ; S18)", "indicateur « collecte » absent du référentiel", "Choisir parmi"),
}


def test_chaque_formule_fausse_est_dite_a_sa_cellule_avec_ce_qu_il_faut_ecrire(exemplaire, miramas):
    """Fonction, table, colonne, valeur, code, cercle : le lieu, le grief, le nom correct le plus proche."""
    ecrire(exemplaire, miramas, **{code: formule for code, (formule, _, _) in REFUS.items()})

    problemes = {p.ligne - 71: p for p in verifier(exemplaire) if p.colonne == "calcul"}
    assert len(problemes) == len(REFUS)
    for rang, (formule, grief, remede) in enumerate(REFUS.values(), 1):
        probleme = problemes[rang]
        assert (probleme.gravite, probleme.fichier, probleme.valeur) == ("erreur", "indicateurs.csv", formule)
        assert grief in probleme.message and remede in probleme.remede, str(probleme)


def test_une_formule_fausse_arrete_le_chargement(exemplaire, miramas):
    """Un indicateur qu'on ne sait pas calculer ne se publie pas à moitié."""
    ecrire(exemplaire, miramas, V01="conpte(actions)")

    with pytest.raises(ErreurDonnees, match="conpte"):
        charger(exemplaire)


def test_un_indicateur_ajoute_au_referentiel_se_publie_sans_python(exemplaire, miramas):
    """Il se charge, se calcule, se protège ; ses libellés français se lisent comme les codes."""
    ecrire(exemplaire, miramas, V01="compte(actions ; statut = réalisée en partie)", V02="rapport(V01 ; S18)")

    cite = charger(exemplaire)
    lus = secret.proteger(indicateurs.tableau(cite, annee=2024), diffusion="cotech")
    attendu = cite.realisations.query("annee == 2024 and statut == 'partielle'")
    assert lus.valeur("V01", "valeur") == len(attendu) > 0
    assert lus.valeur("V02", "valeur") == pytest.approx(len(attendu) / 128)


@pytest.mark.parametrize(
    "code", ["__import__('os')", "rapport(V01 ; V02) + 1", "compte(actions ; axe)", "()", "part()"]
)
def test_rien_d_autre_que_le_vocabulaire_ne_se_lit(code):
    """Aucun code ne s'exécute : ce qui n'est pas dans le vocabulaire est refusé."""
    with pytest.raises(FormuleRefusee):
        lire_formule(code)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_tout_texte_se_lit_ou_se_refuse_en_francais(texte):
    """Jamais une autre erreur, quelle que soit la saisie."""
    try:
        lire_formule(texte)
    except FormuleRefusee as refus:
        assert refus.message and refus.remede


def test_une_formule_ne_s_emboite_pas_sans_fin():
    """Mille parenthèses sont refusées, sans épuiser la pile."""
    with pytest.raises(FormuleRefusee, match="trop longue"):
        lire_formule("somme(" * 600 + "V01")
    with pytest.raises(FormuleRefusee, match="trop longue"):
        lire_formule("somme(V1;" * 6 + "V2" + ")" * 6)


@pytest.mark.parametrize(("ages", "tranches"), [((0, 2), ("0-2",)), ((6, 15), ("6-10", "11-15")), ((0, 25), None)])
def test_un_intervalle_reunit_des_tranches_entieres(ages, tranches):
    """De 0 à 25 ans, les six."""
    assert tranches_entre(*ages) == (tranches or ("0-2", "3-5", "6-10", "11-15", "16-17", "18-25"))


@pytest.mark.parametrize("ages", [(3, 11), (12, 17), (26, 30), (5, 3)])
def test_un_intervalle_qui_coupe_une_tranche_est_refuse(ages):
    """3-11 couperait 11-15 : rien ne dit combien de ses jeunes ont onze ans."""
    with pytest.raises(ValueError, match="tranche"):
        tranches_entre(*ages)
