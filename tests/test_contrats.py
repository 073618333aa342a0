"""Les contrats : chaque table déclarée une fois, et tout ce qui en découle."""

import json

import pandas as pd
import pytest

from citelib.contrats import Colonne, Entre, Ordre, Parmi, Reference, Table, publiable
from citelib.contrats.cellules import lire_cellule
from citelib.contrats.dictionnaire import ecrire_dictionnaire
from citelib.contrats.typage import typer, verifier_regles
from citelib.tables import PAR_NOM, TABLES

ORIGINE = ["fichier", "feuille", "ligne"]

SEANCES = Table(
    "seances",
    "Séances",
    "séance",
    ("code",),
    (
        Colonne("code", "texte", "Code", "A1", obligatoire=True),
        Colonne("statut", "texte", "Statut", "realisee", (Parmi(("realisee", "annulee")),)),
        Colonne("presents", "entier", "Présents", "12", (Entre(0),)),
        Colonne("invites", "entier", "Invités", "15", (Entre(0),)),
        Colonne("part", "nombre", "Part", "0,5", (Entre(0, 1),)),
        Colonne("jour", "date", "Jour", "01/09/2024"),
        Colonne("ouverte", "booleen", "Ouverte", "oui"),
        Colonne("lieux", "liste", "Lieux", "a|b"),
    ),
    regles=(Ordre("presents", "invites"), Reference("lieux", "lieux", "lieu")),
)


JOURS = Table(
    "jours",
    "Jours",
    "jour",
    ("code", "jour"),
    (
        Colonne("code", "texte", "Code", "A", obligatoire=True),
        Colonne("jour", "date", "Jour", "01/09/2024", obligatoire=True),
    ),
)


def lire(lignes: list[dict], table: Table = SEANCES):
    brut = pd.DataFrame([{nom: ligne.get(nom, "") for nom in table.noms} for ligne in lignes], dtype="str")
    origine = pd.DataFrame([("seances.csv", "", rang) for rang in range(2, 2 + len(lignes))], columns=ORIGINE)
    return typer(table, brut, origine)


@pytest.mark.parametrize(
    ("colonne", "ecrit", "attendu"),
    [
        ("presents", " 1 200 ", 1200),
        ("presents", "1\u202f200", 1200),
        ("presents", "12,0", 12),
        ("part", "0,35", 0.35),
        ("part", "0.35", 0.35),
        ("jour", "01/09/2024", pd.Timestamp(2024, 9, 1)),
        ("jour", "2024-09-01", pd.Timestamp(2024, 9, 1)),
        ("ouverte", "Oui", True),
        ("ouverte", "0", False),
        ("statut", "Réalisée", "realisee"),
        ("lieux", "a | b", ("a", "b")),
    ],
)
def test_ce_que_les_services_ecrivent_est_compris(colonne, ecrit, attendu):
    lecture = lire([{"code": "A", colonne: ecrit}])
    assert lecture.problemes == []
    assert lecture.table[colonne].iloc[0] == attendu


@pytest.mark.parametrize(
    ("colonne", "ecrit", "attendu"),
    [
        ("presents", "douze", "un nombre entier"),
        ("presents", "12,5", "un nombre entier"),
        ("presents", "-3", "un nombre supérieur ou égal à 0"),
        ("part", "62", "un nombre entre 0 et 1"),
        ("jour", "31/02/2024", "une date jj/mm/aaaa"),
        ("jour", "sept-23", "une date jj/mm/aaaa"),
        ("ouverte", "peut-être", "oui ou non"),
        ("statut", "sport", "une valeur parmi : realisee, annulee"),
        ("code", "", "une valeur"),
    ],
)
def test_ce_qui_ne_se_comprend_pas_est_un_probleme_a_sa_cellule(colonne, ecrit, attendu):
    (probleme,) = lire([{"code": "A"}, {"code": "B", colonne: ecrit}]).problemes
    assert (probleme.gravite, probleme.fichier, probleme.ligne, probleme.colonne) == (
        "erreur",
        "seances.csv",
        3,
        colonne,
    )
    assert probleme.valeur == ecrit
    assert attendu in probleme.message
    assert probleme.remede


def test_zero_vide_nc_et_sans_objet_restent_quatre_choses():
    lecture = lire([{"code": c, "presents": p} for c, p in zip("ABCD", ["0", "", "NC", "sans objet"], strict=True)])
    etats = lecture.etats.query("colonne == 'presents'").set_index("ligne")["etat"]
    assert lecture.table["presents"].tolist() == [0, pd.NA, pd.NA, pd.NA]
    assert etats.to_dict() == {1: "vide", 2: "non_collectee", 3: "non_concernee"}


def test_un_nombre_approche_est_lu_et_marque_estime():
    lecture = lire([{"code": "A", "presents": "≈30"}, {"code": "B", "presents": "env. 25"}])
    assert lecture.table["presents"].tolist() == [30, 25]
    assert lecture.etats.query("colonne == 'presents'")["etat"].tolist() == ["estimee", "estimee"]


def test_une_cle_en_double_designe_les_deux_lignes():
    (probleme,) = lire([{"code": "A"}, {"code": "B"}, {"code": "A"}]).problemes
    assert probleme.ligne == 4
    assert "seances.csv, ligne 2" in probleme.message


def test_une_cle_incomplete_n_est_le_double_d_aucune():
    """Deux fois « A » sans date : deux cellules à remplir, et rien qui se répète."""
    lecture = lire([{"code": "A"}, {"code": "A"}], JOURS)

    assert [(p.ligne, p.colonne) for p in lecture.problemes] == [(2, "jour"), (3, "jour")]


def test_une_cle_de_deux_colonnes_ne_se_repete_que_si_les_deux_se_repetent():
    """A le 1er, A le 2, B le 1er : trois clés ; puis A le 2 de nouveau, à la ligne 5."""
    couples = [("A", "01/09/2024"), ("A", "02/09/2024"), ("B", "01/09/2024"), ("A", "02/09/2024")]
    lecture = lire([{"code": code, "jour": jour} for code, jour in couples], JOURS)

    assert [(p.ligne, p.colonne) for p in lecture.problemes] == [(5, "code + jour")]


@pytest.mark.parametrize(("fautes", "dits"), [(1000, 1000), (1001, 1001)])
def test_mille_fautes_d_une_colonne_s_enumerent_et_les_suivantes_se_comptent(fautes, dits):
    """Mille : aucune autre à compter ; mille une : la dernière est un compte."""
    problemes = lire([{"code": f"V{rang}", "presents": "x"} for rang in range(fautes)]).problemes

    assert len(problemes) == dits
    assert problemes[-1].message.startswith("et 1 autre faute de même nature") == (fautes > 1000)


def test_tous_les_problemes_viennent_ensemble():
    lecture = lire([{"code": "", "presents": "x", "part": "2"}, {"code": "B", "jour": "hier"}])
    assert [(p.ligne, p.colonne) for p in lecture.problemes] == [(2, "code"), (2, "presents"), (2, "part"), (3, "jour")]


def test_les_regles_entre_colonnes_et_entre_tables_sont_verifiees():
    lieux = Table("lieux", "Lieux", "lieu", ("lieu",), (Colonne("lieu", "texte", "Lieu", "a"),))
    lectures = {
        "seances": lire(
            [
                {"code": "A", "presents": "9", "invites": "5", "lieux": "a|z"},
                {"code": "B", "presents": "5", "invites": "5", "lieux": "a"},
            ]
        ),
        "lieux": lire([{"lieu": "a"}], lieux),
    }
    problemes = verifier_regles(SEANCES, lectures)
    assert [(p.colonne, p.valeur) for p in problemes] == [("presents", "9"), ("lieux", "z")]
    assert problemes[0].message == "attendu presents au plus égal à invites"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.nom)
def test_lexemple_de_chaque_colonne_respecte_son_contrat(table):
    lecture = lire([{colonne.nom: colonne.exemple for colonne in table.colonnes}], table)
    assert lecture.problemes == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.nom)
def test_chaque_table_dit_son_titre_son_grain_et_une_cle_qui_existe(table):
    assert table.titre and table.grain
    assert set(table.cle) <= set(table.noms)
    assert {"source", "date_extraction", "saisi_par_role"} <= set(table.noms)
    for regle in table.regles:
        assert regle.colonne in table.noms
        if isinstance(regle, Reference):
            assert regle.colonne_cible in PAR_NOM[regle.cible].noms


def test_un_table_schema_porte_titre_type_contraintes_et_cle():
    schema = json.loads(ecrire_dictionnaire([PAR_NOM["beneficiaires"]])["schemas/beneficiaires.schema.json"])
    champs = {champ["name"]: champ for champ in schema["fields"]}
    assert champs["nb_uniques"]["type"] == "integer"
    assert champs["nb_uniques"]["constraints"] == {"required": True, "minimum": 0}
    assert champs["sexe"]["constraints"]["enum"] == ["F", "G", "NR"]
    assert schema["primaryKey"][0] == "action_id"


def test_une_analyse_decoree_porte_le_contrat_de_sa_table():
    @publiable(effectifs=("nb_uniques",), libres=("n_actions",))
    def compte():
        return pd.DataFrame({"nb_uniques": [12], "n_actions": [3]})

    assert compte().attrs["publiable"].effectifs == ("nb_uniques",)


@pytest.mark.parametrize("ecrit", ["12,000", "1,200"])
def test_une_virgule_et_trois_chiffres_font_douter_d_un_entier(ecrit):
    """Douze, ou douze mille à l'anglaise ? Ni l'un ni l'autre ne se devine."""
    lecture = lire([{"code": "A", "presents": ecrit}])

    assert [p.colonne for p in lecture.problemes] == ["presents"]
    assert ecrit.replace(",", "") in lecture.problemes[0].remede


def test_une_liste_obligatoire_de_separateurs_est_vide():
    """Une barre seule n'est pas une valeur."""
    axes = Colonne("axes", "liste", "Axes", "A1|A2", obligatoire=True)

    assert lire_cellule(" | ", axes)[2] is not None
    assert lire_cellule("A1", axes)[0] == ("A1",)


def test_des_millions_d_euros_gardent_leur_valeur_exacte():
    """4,1 fois un million vaut 4 099 999,9999999995 pour une machine."""
    cout = Colonne("cout", "nombre", "Coût", "12000", unite="euros courants")

    assert lire_cellule("4,1 M€", cout)[0] == 4_100_000
