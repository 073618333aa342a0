"""Les subventions au format SCDL : les deux versions, l'aller et retour, et aucune action devinée."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from citelib.erreurs import ErreurParametre
from citelib.sources.subventions import SCDL, ecrire_scdl, exporter_subventions, lire_scdl, lire_subventions

# Noms, ordre et motifs des champs : documentation de scdl/subventions 2.1.1 et 1.1.0, schema.data.gouv.fr.
EN_TETE = """nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,idBeneficiaire,\
rnaBeneficiaire,objet,montant,nature,conditionsVersement,datesPeriodeVersement,idRAE,notificationUE,pourcentageSubvention,\
dispositifAide"""
CHAMPS_2 = EN_TETE.split(",")
CHAMPS_1 = [champ for champ in CHAMPS_2 if champ not in ("rnaBeneficiaire", "dispositifAide")]
LIGNE = dict(
    zip(
        CHAMPS_2,
        [
            "Région Bretagne", "23350001600040", "2017-06-27", "Z34507", "Rodriguez SA", "81223113200026", "",
            "Aide à l'embauche", "22000.80", "aide en numéraire;aide en nature", "échelonné", "2017-12-14/2018-12-14",
            "12345", "non", "0.8", "",
        ],
        strict=True,
    )
)  # fmt: skip
AUTRE = LIGNE | {
    "nomBeneficiaire": "Bellandier SAS",
    "idBeneficiaire": "67895644300011",
    "pourcentageSubvention": "0.2",
}


@pytest.fixture
def publier(tmp_path):
    """Écrit des lignes comme un financeur les publie."""

    def ecrire(lignes, champs=CHAMPS_2, separateur=",", version=2, encodage="utf-8"):
        chemin = tmp_path / f"subventions{len(list(tmp_path.iterdir()))}.csv"
        table = pd.DataFrame(lignes)[champs]
        if version == 1:
            table["datesPeriodeVersement"] = table["datesPeriodeVersement"].str.replace("/", "_")
        chemin.write_bytes(table.to_csv(index=False, sep=separateur).encode(encodage))
        return chemin

    return ecrire


def ligne(miramas, action, **autres):
    """La subvention que la Ville publierait pour une action de Miramas en 2024."""
    prevues = miramas.actions[miramas.actions["annee"].eq(2024)].set_index("action_id").loc[action]
    ici = {"nomAttribuant": "Ville de Miramas", "dateConvention": "2024-03-01", "objet": prevues["intitule"]}
    ici |= {"nomBeneficiaire": prevues["porteur_nom"], "idBeneficiaire": "", "nature": "aide en numéraire"}
    return LIGNE | ici | {"montant": "1000", "pourcentageSubvention": "1"} | autres


def seul_porteur(miramas, annee=2024):
    """Une action dont le porteur n'en a pas d'autre cette année-là."""
    actions = miramas.actions[miramas.actions["annee"].eq(annee)]
    return actions[~actions["porteur_nom"].duplicated(keep=False)]["action_id"].iloc[0]


def test_le_contrat_a_les_champs_du_schema_dans_l_ordre():
    """Les seize champs de la version 2.1.1 ; onze sont obligatoires."""
    assert SCDL.noms == CHAMPS_2
    assert len([c for c in SCDL.colonnes if c.obligatoire]) == 11


@pytest.mark.parametrize("separateur", [",", ";"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig"])
def test_les_deux_versions_donnent_la_meme_table(publier, separateur, encodage):
    """L'exemple officiel : deux bénéficiaires d'une même subvention."""
    nouvelle = lire_scdl(publier([LIGNE, AUTRE], separateur=separateur, encodage=encodage))
    ancienne = lire_scdl(publier([LIGNE, AUTRE], CHAMPS_1, separateur, 1, encodage))
    assert nouvelle.problemes == ancienne.problemes == []
    pd.testing.assert_frame_equal(nouvelle.table, ancienne.table)
    assert nouvelle.table["montant"].tolist() == [22000.8, 22000.8]
    assert nouvelle.table["datesPeriodeVersement"].tolist() == ["2017-12-14/2018-12-14"] * 2


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("idAttribuant", "2335000160004"),
        ("dateConvention", "juin 2017"),
        ("nomBeneficiaire", ""),
        ("idBeneficiaire", "ABC"),
        ("rnaBeneficiaire", "W12"),
        ("objet", "a" * 257),
        ("montant", "beaucoup"),
        ("nature", "aide morale"),
        ("conditionsVersement", "b" * 257),
        ("datesPeriodeVersement", "2017-13-01"),
        ("datesPeriodeVersement", "2017"),
        ("idRAE", "123456"),
        ("notificationUE", "peut-être"),
        ("pourcentageSubvention", "80"),
        ("pourcentageSubvention", "0"),
    ],
)
def test_chaque_violation_est_dite_a_sa_cellule(publier, champ, valeur):
    """Seconde ligne de données : la troisième du fichier."""
    (probleme,) = lire_scdl(publier([LIGNE, AUTRE | {champ: valeur}])).problemes
    assert (probleme.gravite, probleme.ligne, probleme.colonne) == ("erreur", 3, champ)


def test_un_champ_obligatoire_absent_se_dit_une_fois(publier):
    """Une fois à l'en-tête, pas à chaque ligne."""
    (probleme,) = lire_scdl(publier([LIGNE, AUTRE], [champ for champ in CHAMPS_2 if champ != "nature"])).problemes
    assert (probleme.ligne, probleme.colonne) == (1, "nature")


def test_ce_qui_est_ecrit_suit_le_schema_et_se_relit_egal(publier, tmp_path):
    """Virgules, UTF-8 sans marque, dates ISO, point décimal, oui ou non."""
    table = lire_scdl(publier([LIGNE, AUTRE | {"objet": 'Achat, dit "léger"', "montant": "1200,5"}])).table
    ecrire_scdl(table, tmp_path / "sortie.csv")
    octets = (tmp_path / "sortie.csv").read_bytes()
    assert octets.startswith(",".join(CHAMPS_2).encode())
    assert b",2017-06-27," in octets
    assert b",1200.50," in octets
    assert b",non,0.8," in octets
    pd.testing.assert_frame_equal(lire_scdl(tmp_path / "sortie.csv").table, table)


def test_l_objet_egal_a_l_intitule_designe_l_action(publier, miramas):
    """Accents et majuscules mis à part ; le montant est la part du bénéficiaire, à la date de la convention."""
    publiee = ligne(
        miramas, "A1-08", objet="VISITES DE LYCEES ET D'ENTREPRISES", montant="2000", pourcentageSubvention="0.5"
    )
    apport = lire_subventions(publier([publiee | {"datesPeriodeVersement": "2024-05-02"}]), miramas)
    (lu,) = apport.lectures["financements"].table.to_dict("records")
    assert [lu[nom] for nom in ("action_id", "annee", "financeur", "nature")] == ["A1-08", 2024, "ville", "numeraire"]
    assert (lu["accorde"], lu["source"]) == (1000, "Subventions publiées par Ville de Miramas")
    assert (lu["date_notification"], lu["date_versement"]) == (pd.Timestamp(2024, 3, 1), pd.Timestamp(2024, 5, 2))
    assert apport.problemes == ()


def test_la_seule_action_du_porteur_suffit(publier, miramas):
    """L'objet n'est pas l'intitulé, mais ce porteur n'a qu'une action cette année-là."""
    action = seul_porteur(miramas)
    apport = lire_subventions(publier([ligne(miramas, action, objet="Soutien au projet")]), miramas)
    assert apport.lectures["financements"].table["action_id"].tolist() == [action]


@pytest.mark.parametrize(
    ("changements", "doute"),
    [
        ([{"objet": "Fonctionnement"}], "l'action n'est pas sûre"),
        ([{}, {"montant": "5"}], "plusieurs lignes pour la même action"),
        ([{"nature": "aide en nature;aide en numéraire"}], "numéraire et nature mêlés"),
        ([{"nomAttribuant": "Fondation fictive"}], "financeur inconnu"),
    ],
)
def test_au_moindre_doute_rien_n_est_importe(publier, miramas, changements, doute):
    """Un avertissement par ligne, à son objet, avec les actions possibles."""
    apport = lire_subventions(publier([ligne(miramas, "A1-04", **change) for change in changements]), miramas)
    assert apport.lectures["financements"].table.empty
    assert {(p.gravite, p.colonne) for p in apport.problemes} == {("avertissement", "objet")}
    assert [p.ligne for p in apport.problemes] == list(range(2, 2 + len(changements)))
    assert all(doute in p.message and "A1-04 (Médiation" in p.message for p in apport.problemes)


def test_les_lignes_des_autres_sont_comptees_sans_etre_nommees(publier, miramas):
    """Un bénéficiaire inconnu, une année sans programme."""
    lignes = [
        ligne(miramas, "A1-08", nomBeneficiaire="Mme Exemple"),
        ligne(miramas, "A1-08", dateConvention="2011-01-01"),
    ]
    apport = lire_subventions(publier(lignes), miramas)
    assert apport.problemes == ()
    assert "2 hors de nos organismes" in apport.notes[0]
    assert "Exemple" not in repr(apport)


@pytest.mark.parametrize(
    ("attribuant", "financeur"),
    [
        ("MIRAMAS", "ville"),
        ("Commune de Fictive-sur-Mer", "ville"),
        ("Préfecture des Bouches-du-Rhône", "etat_p147"),
        ("Rectorat de l'académie fictive", "etat_p230"),
        ("Conseil départemental fictif", "departement"),
        ("Région fictive", "region"),
        ("Métropole fictive", "metropole"),
        ("Caisse d'allocations familiales", "caf"),
        ("ARS fictive", "ars"),
    ],
)
def test_l_attribuant_dit_le_financeur(publier, miramas, attribuant, financeur):
    """Par la table des organismes, la commune, ou les mots de son nom ; « Marsannay » n'est pas l'ARS."""
    publiee = ligne(miramas, "A1-08", nomAttribuant=attribuant, idAttribuant="11111111111111")
    financements = lire_subventions(publier([publiee]), miramas).lectures["financements"].table
    assert financements["financeur"].tolist() == [financeur]


def test_un_beneficiaire_se_reconnait_a_son_siret_puis_son_rna_puis_son_nom(publier, miramas):
    """Un nom pareil avec un autre SIRET connu n'est pas le même organisme."""
    structures = miramas.structures.copy()
    porteur = miramas.actions.set_index("action_id").loc["A1-08", "porteur_nom"].iloc[0]
    structures.loc[structures["nom"].eq(porteur), ["siret", "rna"]] = ["11111111111111", "W131111111"]
    lecture = dataclasses.replace(miramas.lectures["structures"], table=structures)
    cite = dataclasses.replace(miramas, lectures={**miramas.lectures, "structures": lecture})
    cas = [
        ({"nomBeneficiaire": "Autre nom", "idBeneficiaire": "11111111111111"}, 1),
        ({"nomBeneficiaire": "Autre nom", "rnaBeneficiaire": "W131111111"}, 1),
        ({"idBeneficiaire": "22222222222222"}, 0),
        ({}, 1),
    ]
    for champs, attendus in cas:
        apport = lire_subventions(publier([ligne(miramas, "A1-08", **champs)]), cite)
        assert len(apport.lectures["financements"].table) == attendus, champs


def test_l_export_se_relit_en_memes_financements(miramas, tmp_path):
    """Action, montant, type de crédit et dates : chaque ligne exportée revient à sa place."""
    table, _ = exporter_subventions(
        miramas, 2024, attribuant_nom="Ville de Miramas", attribuant_siret="21130063500012", financeur="ville"
    )
    ecrire_scdl(table, tmp_path / "export.csv")
    relue = lire_scdl(tmp_path / "export.csv")
    assert relue.problemes == []
    pd.testing.assert_frame_equal(relue.table, table)
    apport = lire_subventions(tmp_path / "export.csv", miramas)
    cle = ["action_id", "annee", "financeur", "nature", "credit"]
    colonnes = [*cle, "accorde", "date_notification", "date_versement"]
    attendues = miramas.financements.merge(apport.lectures["financements"].table[cle])[colonnes]
    assert len(attendues) == len(table) > 50
    lues = apport.lectures["financements"].table[colonnes]
    pd.testing.assert_frame_equal(*(t.sort_values(cle, ignore_index=True) for t in (lues, attendues)))


def test_ce_qui_manque_a_l_export_est_dit_et_non_invente(miramas):
    """Un versement sans date : la ligne n'est pas exportée. Un bénéficiaire sans SIRET ni RNA : on prévient."""
    table, problemes = exporter_subventions(
        miramas, 2024, attribuant_nom="Ville de Miramas", attribuant_siret="21130063500012", financeur="ville"
    )
    financements = miramas.financements
    siens = financements[financements["annee"].eq(2024) & financements["financeur"].eq("ville")]
    complets = siens[siens["verse"].eq(siens["accorde"]).fillna(False) & siens["date_versement"].notna()]
    assert len(table) == len(complets)
    assert {p.colonne for p in problemes if p.gravite == "erreur"} == {"verse", "date_versement"}
    assert {p.colonne for p in problemes if p.gravite == "avertissement"} == {"structures.siret"}
    assert table["idBeneficiaire"].isna().all()


@pytest.mark.parametrize(("siret", "financeur"), [("123", "ville"), ("21130063500012", "mairie")])
def test_un_financeur_ou_un_siret_inconnus_sont_refuses(miramas, siret, financeur):
    """Avant d'écrire quoi que ce soit."""
    with pytest.raises(ErreurParametre, match="14 chiffres"):
        exporter_subventions(miramas, 2024, attribuant_nom="Ville", attribuant_siret=siret, financeur=financeur)


def test_un_fichier_fautif_n_apporte_rien(publier, miramas):
    """Les erreurs d'abord ; l'import attendra."""
    apport = lire_subventions(publier([LIGNE | {"montant": "beaucoup"}]), miramas)
    assert apport.lectures == {}
    assert [p.colonne for p in apport.problemes] == ["montant"]
    assert Path(apport.problemes[0].fichier).suffix == ".csv"


def test_un_texte_ne_devient_pas_une_formule(publier, tmp_path):
    """« =HYPERLINK(…) » dans un objet s'écrit avec une apostrophe, et se relit tel quel."""
    objet = '=HYPERLINK("https://exemple.invalid")'
    table = lire_scdl(publier([LIGNE | {"objet": "'" + objet}])).table
    assert table["objet"].tolist() == [objet]
    ecrire_scdl(table, tmp_path / "ecrit.csv")
    assert "\"'=HYPERLINK" in (tmp_path / "ecrit.csv").read_text(encoding="utf-8")
    assert lire_scdl(tmp_path / "ecrit.csv").table["objet"].tolist() == [objet]


def test_un_dossier_absent_est_une_erreur_en_francais(publier, tmp_path):
    """Le fichier à écrire est dans un dossier qui n'existe pas."""
    with pytest.raises(ErreurParametre, match="ne s'écrit pas"):
        ecrire_scdl(lire_scdl(publier([LIGNE])).table, tmp_path / "absent" / "ecrit.csv")
