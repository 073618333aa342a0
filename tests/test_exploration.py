"""Le bureau de l'évaluateur : ce que l'on choisit, ce que l'on voit, d'où cela vient, ce qui peut sortir."""

import builtins
import dataclasses
import importlib
import json
import re
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.interactiveshell import InteractiveShell
from typographie import lisible

import citelib
from citelib import exploration
from citelib.chargement.journal import Lectures
from citelib.constats import constats_de_l_annee
from citelib.constats.constat import MODELES, Constat
from citelib.constats.gardien import FAMILLES
from citelib.contrats import Probleme, Problemes
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.exploration import VUES, Triable, accueil, choix, commandes, explorer, lignes_de, triable
from citelib.exploration.filtres import filtrer, retenues
from citelib.page.controle import defauts
from citelib.tables import PAR_NOM

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ANNEE = 2024

ACTIONS = """
action_id | annee | intitule | axe | theme | porteur_nom | age_min | age_max | qpv      | hors_programmation
a         | 2024  | Lire     | A1  | T     | Ville       | 3       | 10      | QN01366I | non
b         | 2024  | Nager    | A2  | T     | Ville       | 11      | 17      | QN01367M | non
c         | 2024  | Chanter  | A1  | T     | Club        | 6       | 10      |          | oui
a         | 2023  | Lire     | A2  | T     | Ville       | 3       | 10      | QN01366I | non
"""


def avec(cite, **tables):
    """La même cité, certaines de ses tables remplacées."""
    neuves = {nom: dataclasses.replace(cite.lectures[nom], table=table) for nom, table in tables.items()}
    return dataclasses.replace(cite, lectures=Lectures({**cite.lectures, **neuves}))


@pytest.fixture
def actions(table):
    return table(ACTIONS, "actions")


# Choisir


@pytest.mark.parametrize("voulu", ["A1", "a1", "Conforter le rôle de l'école", "conforter le role de l’ecole"])
def test_un_axe_se_dit_par_son_code_ou_son_libelle(miramas, voulu):
    assert explorer(miramas, axe=voulu).choix.axe == "A1"


@pytest.mark.parametrize(
    ("voulus", "message"),
    [
        ({"axe": "conforte l'école"}, "Axe inconnu : « conforte l'école »"),
        ({"annee": 2042}, "Année inconnue : « 2042 ».*Choix : 2022, 2023 et 2024"),
        ({"quartier": "La Mailla"}, "Quartier inconnu : « La Mailla ». Vouliez-vous dire « La Maille » ?"),
        ({"tranche_age": "6-11"}, "Tranche d'âge inconnue : « 6-11 ». Vouliez-vous dire « 6-10 ans » ?"),
        ({"porteur": "ville"}, "Porteur inconnu : « ville ». Vouliez-vous dire « Ville de Miramas » ?"),
        ({"vue": "motif"}, "Vue inconnue : « motif ». Vouliez-vous dire"),
    ],
)
def test_un_choix_inconnu_recoit_le_plus_proche_et_tous_les_choix(miramas, voulus, message):
    with pytest.raises(ErreurParametre) as refus:
        explorer(miramas, **voulus)
    assert re.search(message, lisible(refus.value))
    assert "Choix : " in lisible(refus.value)


def test_un_nom_de_choix_inconnu_est_refuse_et_rien_nest_change(miramas):
    bureau = explorer(miramas, annee=ANNEE, axe="A1")
    with pytest.raises(ErreurParametre, match="quartiers"):
        bureau.changer(axe="A2", quartiers="La Maille")
    assert bureau.choix.axe == "A1"


def test_sans_choix_la_derniere_annee_et_la_premiere_vue(miramas):
    assert explorer(miramas).choix == choix.Choix(2024, "realisation_axes")


def test_none_leve_un_filtre(miramas):
    assert explorer(miramas, axe="A1").changer(axe=None).choix.axe is None


def test_le_code_equivalent_rend_la_meme_exploration(miramas):
    bureau = explorer(miramas, annee=2023, vue="publics", axe="A2", porteur="Ville de Miramas")
    assert bureau.code == (
        "exploration.explorer(cite, annee=2023, vue='publics', axe='A2', porteur='Ville de Miramas')"
    )
    assert eval(bureau.code, {"exploration": exploration, "cite": miramas}).choix == bureau.choix


# Filtrer


@pytest.mark.parametrize(
    ("filtres", "attendues"),
    [
        ({}, [True, True, True, True]),
        ({"axe": "A1"}, [True, False, True, False]),
        ({"quartier": "QN01366I"}, [True, False, False, True]),
        ({"tranche_age": "6-10"}, [True, False, True, True]),
        ({"porteur": "Ville"}, [True, True, False, True]),
        ({"axe": "A1", "porteur": "Ville"}, [True, False, False, False]),
    ],
)
def test_les_actions_se_filtrent_sur_ce_quelles_visent(actions, filtres, attendues):
    assert retenues("actions", actions, actions, filtres).tolist() == attendues


def test_une_table_suit_ses_actions_de_la_meme_annee(table, actions):
    bilans = table(
        "action_id | annee | statut\na | 2024 | realisee\na | 2023 | realisee\nb | 2024 | annulee", "realisations"
    )
    assert retenues("realisations", bilans, actions, {"axe": "A1"}).tolist() == [True, False, False]


def test_un_beneficiaire_se_filtre_sur_son_age_et_son_quartier_et_sur_laxe_de_son_action(table, actions):
    dessin = """
    action_id | annee | tranche_age | sexe | residence | type_public  | nb_uniques
    a         | 2024  | 6-10        | F    | QN01366I  | enfant_jeune | 4
    b         | 2024  | 6-10        | F    | QN01366I  | enfant_jeune | 5
    a         | 2024  | 3-5         | F    | QN01367M  | enfant_jeune | 6
    """
    inscrits = table(dessin, "beneficiaires")
    assert retenues("beneficiaires", inscrits, actions, {"tranche_age": "6-10"}).tolist() == [True, True, False]
    assert retenues("beneficiaires", inscrits, actions, {"quartier": "QN01366I"}).tolist() == [True, True, False]
    assert retenues("beneficiaires", inscrits, actions, {"axe": "A1"}).tolist() == [True, False, True]


def test_filtrer_ne_change_pas_la_cite(miramas):
    avant = len(miramas.actions)
    reduite = filtrer(miramas, {"axe": "A1"}, ["actions"])
    assert set(reduite.actions["axe"]) == {"A1"}
    assert len(miramas.actions) == avant
    assert len(reduite.realisations) == len(miramas.realisations)


# Voir


def test_une_vue_se_recompte_sur_ce_que_les_filtres_retiennent(miramas):
    donnees = explorer(miramas, annee=ANNEE, vue="realisation_themes", porteur="Ville de Miramas").tableau.donnees
    siennes = miramas.actions.query("annee == @ANNEE and porteur_nom == 'Ville de Miramas' and not hors_programmation")
    assert donnees.set_index("theme").loc["Ensemble", "n_prevues"] == len(siennes)


def test_le_filtre_des_lignes_dune_vue_choisit_sa_ligne_sans_rien_recompter(miramas):
    entiere = explorer(miramas, annee=ANNEE, vue="ages_sexes").tableau.donnees.set_index("tranche_age")
    bureau = explorer(miramas, annee=ANNEE, vue="ages_sexes", tranche_age="6-10")
    assert not bureau.recomptee
    assert bureau.tableau.donnees["nb_filles"].tolist() == [entiere.loc["6-10", "nb_filles"]]


def test_un_filtre_sans_effet_se_dit(miramas):
    bureau = explorer(miramas, vue="instances", axe="A1", quartier="La Maille")
    assert lisible(bureau.avis) == "Sans effet sur cette vue : axe et quartier."
    assert "Sans effet" in bureau.html()


@pytest.mark.parametrize("vue", VUES)
def test_chaque_vue_a_un_tableau_un_graphique_des_lignes_et_du_code(miramas, vue):
    bureau = explorer(miramas, annee=ANNEE, vue=vue)
    assert len(bureau.tableau.textes)
    assert bureau.graphique().alternative
    assert set(bureau.lignes) == set(bureau.vue.analyse.tables)
    assert vue in bureau.code
    assert "Document interne, ne pas diffuser" in lisible(bureau.html())


@pytest.mark.parametrize("vue", [nom for nom, vue in VUES.items() if vue.filtres])
def test_une_vue_ou_il_ne_reste_rien_se_montre_encore(miramas, vue):
    bureau = explorer(miramas, annee=ANNEE, vue=vue)
    bureau.choix = dataclasses.replace(bureau.choix, porteur="Ville de Miramas", axe="A1", tranche_age="0-2")
    assert bureau.tableau.html()
    assert bureau.graphique().html()


def test_une_vue_qui_compte_des_personnes_est_dans_le_plan_de_masquage(miramas):
    for vue in VUES.values():
        contrat = vue.analyse.calculer(miramas, ANNEE).attrs["publiable"]
        assert not contrat.effectifs or vue.analyse in FAMILLES[contrat.population], vue.titre


# Remonter aux lignes


@pytest.mark.parametrize("code", MODELES)
def test_chaque_constat_dit_ses_lignes_sur_des_tables_et_des_colonnes_connues(code):
    for nom, conditions in MODELES[code]["lignes"].items():
        assert set(conditions) <= set(PAR_NOM[nom].noms)


def _sommes(trouvees: exploration.Lignes) -> dict[str, int]:
    """Ce qui se compte, à la main, dans les lignes de chaque constat."""
    return {
        "realisation.taux_strict": lambda: len(trouvees["actions"]),
        "resultats.objectifs_atteints": lambda: len(trouvees["objectifs"]),
        "resultats.part_qpv": lambda: trouvees["beneficiaires"]["nb_uniques"].sum(),
        "resultats.part_filles": lambda: trouvees["beneficiaires"]["nb_uniques"].sum(),
        "impacts.non_mesures": lambda: len(trouvees["indicateurs"]),
        "partenariat.instances_tenues": lambda: len(trouvees["instances"]),
        "partenariat.place_habitants": lambda: len(trouvees["decisions"]),
        "protocole.evaluabilite": lambda: len(trouvees["objectifs"]),
        "protocole.collecte": lambda: len(trouvees["collecte"]),
    }


def test_les_lignes_dun_constat_font_son_effectif(miramas):
    par_code = {c.code: c for cs in constats_de_l_annee(miramas, annee=ANNEE, diffusion="interne").values() for c in cs}
    for code in _sommes(None):
        trouvees = lignes_de(miramas, par_code[code], annee=ANNEE)
        assert _sommes(trouvees)[code]() == par_code[code].n, code


def test_les_bilans_dun_taux_ne_sont_que_ceux_de_ses_actions(miramas):
    trouvees = lignes_de(miramas, "realisation.taux_strict", annee=ANNEE)
    assert set(trouvees["realisations"]["action_id"]) <= set(trouvees["actions"]["action_id"])
    assert not trouvees["actions"]["hors_programmation"].any()


def test_les_lignes_disent_d_abord_leur_place_sous_des_titres_courts_et_l_annee_sans_espace(miramas):
    """Sans quoi la place est hors de l'écran, et 2024 se lit « 2 024 »."""
    textes = lignes_de(miramas, "realisation.taux_strict", annee=ANNEE).triables[0].textes
    assert [*textes][:6] == ["Fichier", "Ligne", "Identifiant", "Année", "Intitulé", "Axe"]
    assert set(textes["Année"]) == {"2024"}
    assert max(map(len, textes)) < 35


def test_une_ligne_dit_son_fichier_et_sa_place(miramas):
    trouvee = lignes_de(miramas, "realisation.taux_strict", annee=ANNEE)["actions"].iloc[0]
    lues = (miramas.dossier / trouvee["fichier"]).read_text(encoding="utf-8-sig").splitlines()
    assert trouvee["action_id"] in lues[int(trouvee["ligne"]) - 1]


def test_un_constat_inconnu_recoit_le_plus_proche(miramas):
    with pytest.raises(ErreurParametre) as refus:
        lignes_de(miramas, "realisation.taux_stric", annee=ANNEE)
    assert "Vouliez-vous dire « realisation.taux_strict » ? Choix : " in lisible(refus.value)


# Trier et chercher


@pytest.fixture
def petit():
    valeurs = {
        "nom": ["b", HOSTILE, "a"],
        "n": [1234.5, None, 3.0],
        "le": pd.to_datetime(["2024-02-01", None, "2023-12-31"]),
    }
    return Triable(pd.DataFrame(valeurs), HOSTILE, {"nom": HOSTILE, "n": "Nombre", "le": "Date"}, notes=(HOSTILE,))


def test_les_cellules_se_lisent_en_francais(petit):
    assert [lisible(t) for t in petit.textes["Nombre"]] == ["1 234,50", "", "3"]
    assert [lisible(t) for t in petit.textes["Date"]] == ["1er février 2024", "", "31 décembre 2023"]


def test_un_nombre_et_une_date_se_trient_par_leur_valeur_et_non_par_leur_texte(petit):
    pytest.importorskip("itables")
    lignes = json.loads(json.loads(re.search(r'"data_json": ("(?:[^"\\]|\\.)*")', petit.html())[1]))
    assert re.findall(r"ligne\[(\d)\] : texte; }\", \"targets\": (\d)", petit.html()) == [("3", "1"), ("4", "2")]
    assert [ligne[3] for ligne in lignes] == [2, 3, 1]
    assert [ligne[4] for ligne in lignes] == [2, 3, 1]


@pytest.mark.parametrize("avec_itables", [True, False])
def test_un_texte_hostile_ne_sexecute_pas(petit, monkeypatch, avec_itables):
    if avec_itables:
        pytest.importorskip("itables")
    else:
        monkeypatch.setattr(triable, "itables", None)
    for html in (petit.html(), Constat("c", HOSTILE, HOSTILE, HOSTILE)._repr_html_(), Problemes(
        [Probleme("erreur", HOSTILE, HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE)])._repr_html_()):  # fmt: skip
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_une_cite_hostile_se_montre_sans_rien_executer(miramas):
    piegee = dataclasses.replace(miramas, reglages={**miramas.reglages, "nom": HOSTILE})
    assert "<script>" not in piegee._repr_html_()
    actions = miramas.actions.assign(porteur_nom=HOSTILE)
    bureau = explorer(avec(miramas, actions=actions), annee=ANNEE, vue="realisation_porteurs", porteur=HOSTILE)
    for html in (bureau.html(), bureau.graphique().html(), bureau.lignes.html()):
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_un_tableau_ne_demande_rien_au_reseau(petit):
    pytest.importorskip("itables")
    demandes = re.findall(r"""(?:src=|import\s|import\(|fetch\()["']?\s*https?://[^"'\s>]+""", petit.html())
    assert demandes == []


def test_un_tableau_trop_long_dit_ce_quil_ne_montre_pas():
    long = Triable(pd.DataFrame({"n": range(2500)}))
    assert len(long.textes) == 2000
    assert lisible(long.dites[-1]) == "2 000 lignes montrées sur 2 500."


def test_une_table_de_pandas_garde_ses_codes_son_index_et_ses_colonnes_de_meme_nom():
    table = pd.DataFrame([["realisee", 1, 2]], columns=["statut", "n", "n"], index=pd.Index(["a"], name="action"))
    assert accueil.table_de_pandas(table).textes.to_dict("records") == [
        {"action": "a", "statut": "realisee", "n": "1", "n (2)": "2"}
    ]


def test_des_problemes_se_trient_et_leur_absence_se_dit():
    assert accueil.problemes_en_html(Problemes()) == Problemes()._repr_html_()
    assert "1 problème dans les données" in lisible(accueil.problemes_en_html(Problemes([Probleme("erreur", "f.csv")])))


def test_une_erreur_prevue_nest_quune_phrase_dans_le_notebook(miramas, monkeypatch, capsys):
    """Elle dit toujours ce qui ne va pas ; le programme, lui, ne se montre pas."""
    notebook = InteractiveShell()
    monkeypatch.setattr(accueil, "get_ipython", lambda: notebook)
    monkeypatch.setattr(accueil, "itables", None)
    exploration.preparer()
    notebook.push({"exploration": exploration, "cite": miramas})
    faite = notebook.run_cell("exploration.explorer(cite, vue='realisation_axe')")
    dit = capsys.readouterr()

    assert isinstance(faite.error_in_exec, ErreurParametre)
    assert dit.err.startswith("Erreur : Vue inconnue")
    assert "Traceback" not in dit.out + dit.err


def test_sans_itables_ni_ipywidgets_le_bureau_marche_encore(miramas, monkeypatch, capsys):
    monkeypatch.setattr(triable, "itables", None)
    monkeypatch.setattr(commandes, "ipywidgets", None)
    bureau = explorer(miramas, annee=ANNEE)
    assert "<table>" in bureau.html()
    assert "<script" not in bureau.html()
    commandes.montrer(bureau)
    exploration.preparer()


def test_les_deux_bibliotheques_peuvent_manquer_a_limport(monkeypatch):
    vrai = builtins.__import__

    def sans(nom, *reste, **options):
        if nom.split(".")[0] in {"itables", "ipywidgets"}:
            raise ImportError(nom)
        return vrai(nom, *reste, **options)

    with monkeypatch.context() as contexte:
        contexte.setattr(builtins, "__import__", sans)
        for nom in ("itables", "ipywidgets"):
            contexte.delitem(sys.modules, nom, raising=False)
        assert importlib.reload(triable).itables is None
        assert importlib.reload(commandes).ipywidgets is None
    importlib.reload(triable)
    importlib.reload(commandes)


# Les listes à dérouler


@pytest.fixture
def listes(miramas):
    pytest.importorskip("ipywidgets")
    return commandes.Commandes(explorer(miramas, annee=ANNEE))


def test_chaque_liste_a_son_titre_francais(listes):
    titres = [lisible(liste.description) for liste in listes.listes.values()]
    assert titres == ["Année", "Vue", "Axe", "Quartier", "Tranche d'âge", "Porteur"]


def test_une_liste_change_lexploration_du_notebook(listes):
    listes.listes["axe"].value = "A2"
    assert listes.regard.choix.axe == "A2"
    listes.listes["axe"].value = ""
    assert listes.regard.choix.axe is None


def test_un_quartier_que_lannee_ne_connait_pas_est_leve(listes):
    listes.listes["quartier"].value = "QN01366I"
    listes.listes["annee"].value = 2022
    assert listes.regard.choix.quartier is None
    assert [code for _, code in listes.listes["quartier"].options] == ["", "QP013062", "QP013063"]


# Exporter


def exporter(bureau, dossier: Path, **options):
    return bureau.exporter(vers=dossier, rapports=dossier / "rapports", **options)


def test_une_vue_sans_filtre_sexporte_comme_dans_le_rapport(miramas, tmp_path):
    bureau = explorer(miramas, annee=ANNEE, vue="ages_sexes")
    ecrits = {fichier.suffix: fichier for fichier in exporter(bureau, tmp_path)}
    assert {f.name for f in ecrits.values()} == {f"miramas-2024-ages_sexes-cotech.{s}" for s in ("csv", "html", "png")}
    attendu = bureau.graphique("cotech")
    assert attendu.protegee.masque.to_numpy().any()
    assert ecrits[".csv"].read_bytes() == attendu.csv()
    assert ecrits[".png"].read_bytes().startswith(b"\x89PNG")
    assert defauts(ecrits[".html"].read_text(encoding="utf-8")) == []


def test_un_export_dit_ses_fichiers(miramas, tmp_path):
    ecrits = exporter(explorer(miramas, annee=ANNEE, vue="realisation_axes"), tmp_path)
    html = BeautifulSoup(ecrits._repr_html_(), "html.parser")
    assert [ligne.get_text() for ligne in html.find_all("li")] == [str(fichier) for fichier in ecrits]
    assert repr(ecrits).splitlines() == ["Exporté :", *map(str, ecrits)]


@pytest.mark.parametrize("filtre", [{"axe": "A1"}, {"quartier": "La Maille"}, {"porteur": "Ville de Miramas"}])
@pytest.mark.parametrize("diffusion", ["cotech", "public"])
def test_une_vue_de_personnes_recomptee_ne_sort_pas(miramas, tmp_path, filtre, diffusion):
    with pytest.raises(ErreurSecret, match="export refusé"):
        exporter(explorer(miramas, annee=ANNEE, vue="ages_sexes", **filtre), tmp_path, diffusion=diffusion)
    assert list(tmp_path.iterdir()) == []


def test_une_ligne_choisie_sort_telle_que_le_rapport_la_montre(miramas, tmp_path):
    csv, *_ = exporter(explorer(miramas, annee=ANNEE, vue="ages_sexes", tranche_age="6-10"), tmp_path)
    entiere = explorer(miramas, annee=ANNEE, vue="ages_sexes").graphique("cotech").csv().decode("utf-8-sig")
    sienne = [ligne for ligne in entiere.splitlines() if ligne.startswith("6-10")]
    assert csv.read_text(encoding="utf-8-sig").splitlines() == [entiere.splitlines()[0], *sienne]


def test_une_vue_dactions_recomptee_sort(miramas, tmp_path):
    csv, *_ = exporter(explorer(miramas, annee=ANNEE, vue="realisation_themes", axe="A1"), tmp_path)
    assert "a1" in csv.name


@pytest.mark.parametrize("filtre", [{}, {"axe": "A1"}])
def test_un_export_interne_se_dit_interne_partout(miramas, tmp_path, filtre):
    bureau = explorer(miramas, annee=ANNEE, vue="ages_sexes", **filtre)
    csv, html, png = exporter(bureau, tmp_path, diffusion="interne")
    assert all(fichier.name.startswith("INTERNE-") for fichier in (csv, html, png))
    mention = "Document interne, ne pas diffuser"
    assert lisible(csv.read_text(encoding="utf-8-sig")).startswith(mention)
    assert mention in lisible(html.read_text(encoding="utf-8"))
    assert "protégé pour" not in lisible(html.read_text(encoding="utf-8"))
    assert bureau.graphique("interne").origine.startswith(mention)


def test_un_nom_hostile_ne_fait_pas_ecrire_hors_du_dossier(miramas, tmp_path):
    hostile = f"../../{HOSTILE}"
    cite = avec(miramas, actions=miramas.actions.assign(porteur_nom=hostile))
    bureau = explorer(cite, annee=ANNEE, vue="realisation_porteurs", porteur=hostile)
    for fichier in exporter(bureau, tmp_path / "exports"):
        assert fichier.resolve().parent == (tmp_path / "exports").resolve()
        assert fichier.suffix != ".html" or "<script>" not in fichier.read_text(encoding="utf-8")


def test_une_diffusion_inconnue_est_refusee(miramas, tmp_path):
    with pytest.raises(ErreurParametre):
        exporter(explorer(miramas), tmp_path, diffusion="tous")


@pytest.mark.parametrize("depuis", [".", "notebooks"])
def test_un_export_qui_se_retranche_dun_rapport_publie_est_refuse(miramas, tmp_path, monkeypatch, depuis):
    """Deux personnes de moins publiées hier, de la racine ou de `notebooks/` : elles se devineraient."""
    bureau = explorer(miramas, annee=ANNEE, vue="ages_sexes")
    comptes = bureau.entiere("cotech").comptes()
    rang, place = next((i, j) for i, v in enumerate(comptes["valeurs"]) for j, n in enumerate(v) if n and n > 50)
    comptes["valeurs"][rang][place] -= 2
    publication = {"annee": ANNEE, "diffusion": "cotech", "arrete_le": "2025-01-01", "valide_le": "", "tables": ["t"]}
    registre = tmp_path / "reports" / "miramas" / "registre.json"
    registre.parent.mkdir(parents=True)
    registre.write_text(json.dumps({"tables": {"t": comptes}, "publications": [publication]}), encoding="utf-8")
    avant = registre.read_bytes()
    (tmp_path / depuis).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / depuis)
    with pytest.raises(ErreurSecret, match="sous le seuil de"):
        bureau.exporter()
    assert registre.read_bytes() == avant
    assert not list(tmp_path.rglob("exports"))


# L'accueil, les objets que l'on montre


def test_laccueil_dit_ou_lon_est_et_ce_que_dit_lannee(miramas):
    page = exploration.accueillir(miramas, annee=ANNEE)
    assert "Miramas, programme 2024" in lisible(page.html())
    assert "45 prévues" in lisible(page.html())
    assert "Document interne" in lisible(page.texte())


def test_les_constats_de_lannee_se_trient_et_donnent_leur_code(miramas):
    assert "realisation.taux_strict" in set(exploration.constats_de(miramas, annee=ANNEE).donnees["code"])


def test_une_annee_sans_programme_est_refusee(miramas):
    with pytest.raises(ErreurParametre, match="Années présentes"):
        exploration.accueillir(miramas, annee=2042)


def test_les_problemes_sont_une_liste_et_se_montrent_en_tableau():
    problemes = Problemes([Probleme("erreur", "actions.csv", ligne=3, message="texte")])
    assert problemes == [Probleme("erreur", "actions.csv", ligne=3, message="texte")]
    assert "Ce qui ne va pas" in problemes._repr_html_()
    assert lisible(Problemes()._repr_html_()) == "<p>Aucun problème dans les données.</p>"
    assert problemes[0]._repr_html_() == problemes._repr_html_()


def test_la_completion_ne_montre_que_des_noms_publics(miramas):
    for objet in (miramas, explorer(miramas)):
        assert [nom for nom in dir(objet) if nom.startswith("_")] == []
    assert {"actions", "axes", "source"} <= set(dir(miramas))


def test_chaque_nom_public_du_bureau_se_documente():
    for nom in (nom for nom in dir(exploration) if not nom.startswith("_") and nom != "VUES"):
        assert getattr(exploration, nom).__doc__, nom
    assert citelib.exploration is exploration


@pytest.mark.lent
def test_le_notebook_du_bureau_sexecute_sans_navigateur(pytestconfig, tmp_path, monkeypatch):
    import papermill

    racine = pytestconfig.rootpath
    execute = tmp_path / "exploration.ipynb"
    dossier = {"dossier": str(racine / "data" / "miramas")}
    notebook = str(racine / "notebooks" / "exploration.ipynb")
    monkeypatch.chdir(tmp_path)
    papermill.execute_notebook(notebook, str(execute), dossier, engine_name="citelib", progress_bar=False)
    sorties = [s for c in nbformat.read(execute, as_version=4).cells if c.cell_type == "code" for s in c.outputs]
    assert [s for s in sorties if s.output_type == "error" or s.get("name") == "stderr"] == []
    assert len(list((tmp_path / "exports").iterdir())) == 3
