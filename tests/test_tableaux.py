"""Ce que les tableaux, chiffres clés et encadrés montrent, et ce qu'ils refusent."""

from dataclasses import dataclass

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sous_contrat import proteger

from citelib.contrats import Publiable
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.formats import ABSENT, FINE, INSECABLE
from citelib.tableaux import Chiffre, Commentaire, Encadre, Tableau, chiffres_cles
from citelib.tableaux.cellules import format_de, textes


@dataclass(frozen=True)
class SourceDEssai:
    """Une source telle que `chargement` en fait."""

    texte: str
    fictive: bool = False


AGES = pd.DataFrame(
    {
        "tranche_age": ["3-5", "6-10", "11-15", "Ensemble"],
        "nb_filles": [3, 40, 60, 103],
        "nb_total": [17, 1080, 110, 1207],
        "part_filles": [3 / 17, 40 / 1080, 60 / 110, 103 / 1207],
    }
)
CONTRAT = Publiable(
    effectifs=("nb_filles", "nb_total"), parts={"part_filles": ("nb_filles", "nb_total")}, total_ligne="Ensemble"
)


@pytest.fixture(scope="module")
def ages():
    """Quatre lignes, dont une de trois filles que le comité technique ne doit pas voir."""
    return proteger(AGES, diffusion="cotech", publiable=CONTRAT)


def soupe(objet) -> BeautifulSoup:
    """Le HTML d'un objet, prêt à fouiller."""
    return BeautifulSoup(objet.html(), "html.parser")


def test_une_table_non_protegee_est_refusee():
    """Le message dit par où passer."""
    with pytest.raises(ErreurSecret, match=r"secret\.proteger"):
        Tableau(AGES, titre="Les filles", source="Bilans")


@pytest.mark.parametrize(("titre", "source"), [("", "Bilans"), ("Les filles", " "), ("Les filles", None)])
def test_un_tableau_sans_titre_ou_sans_source_est_refuse(ages, titre, source):
    """Un tableau voyage seul : il dit toujours ce qu'il est et d'où il vient."""
    with pytest.raises(ErreurParametre, match="vide"):
        Tableau(ages, titre=titre, source=source)


def test_une_colonne_sans_titre_affiche_est_refusee(ages):
    """Le lecteur ne voit jamais un nom de colonne informatique."""
    with pytest.raises(ErreurParametre, match="sans titre affiché : nb_filles"):
        Tableau(ages, titre="Les filles", source="Bilans", colonnes={"tranche_age": "Âge", "nb_filles": ""})


def test_une_colonne_absente_est_refusee(ages):
    """Une faute de frappe se voit avant la publication."""
    with pytest.raises(ErreurParametre, match="absentes de la table : nb_fille"):
        Tableau(ages, titre="Les filles", source="Bilans", colonnes={"nb_fille": "Filles"})


def test_le_tableau_a_un_titre_des_portees_et_une_zone_nommee(ages):
    """RGAA 5.4 à 5.7 : titre, en-têtes de ligne et de colonne ; la zone défilante s'atteint au clavier."""
    page = soupe(Tableau(ages, titre="Les filles", source="Bilans"))

    assert "Les filles" in page.caption.get_text()
    assert [th["scope"] for th in page.thead.find_all("th")] == ["col"] * 4
    assert [th["scope"] for th in page.tbody.find_all("th")] == ["row"] * 4
    zone = page.select_one('[role="region"]')
    assert zone["tabindex"] == "0"
    assert page.find(id=zone["aria-labelledby"])


def test_une_cellule_masquee_s_ecrit_s_et_sa_legende_la_suit(ages):
    """La valeur 3 n'est nulle part ; la marque est expliquée avec le titre."""
    tableau = Tableau(ages, titre="Les filles", source="Bilans")
    page = soupe(tableau)

    assert page.select_one("tbody tr td").get_text() == "[s]"
    assert page.caption.select_one(".legende").get_text().startswith(f"[s]{INSECABLE}: donnée masquée")
    for sortie in (tableau.html(), tableau.texte(), tableau.csv().decode("utf-8-sig")):
        assert ">3<" not in sortie and ";3;" not in sortie and " 3 " not in sortie


def test_les_nombres_sont_francais_et_la_ligne_du_total_se_distingue(ages):
    """1 080 s'écrit avec une espace fine ; 60 sur 110 fait 55 %."""
    page = soupe(Tableau(ages, titre="Les filles", source="Bilans"))

    assert page.find("td", string=f"1{FINE}080")
    assert page.find("td", string=f"55{FINE}%")
    assert page.select_one("tr.total th").get_text() == "Ensemble"


def test_une_part_sur_moins_de_vingt_personnes_s_ecrit_a_sur_b():
    """12 sur 17 : un pourcentage y serait trompeur (17 personnes)."""
    table = pd.DataFrame({"sexe": ["F"], "nb_oui": [12], "nb_total": [17], "part_oui": [12 / 17]})
    contrat = Publiable(effectifs=("nb_oui", "nb_total"), parts={"part_oui": ("nb_oui", "nb_total")})

    assert textes(proteger(table, diffusion="cotech", publiable=contrat), ["part_oui"]).iloc[0, 0] == "12 sur 17"


@pytest.mark.parametrize(
    ("colonne", "valeur", "attendu"),
    [
        ("n_actions", 1200, f"1{FINE}200"),
        ("montant_verse", 312450.4, f"312{FINE}450{INSECABLE}€"),
        ("taux_strict", 0.857, f"86{FINE}%"),
        ("annee", 2024, "2024"),
        ("ecart_moyenne", 0.25, "+0,3"),
        ("indice", 61.54, "61,5"),
        ("score", 12, "12"),
    ],
)
def test_le_format_suit_le_debut_du_nom_de_colonne(colonne, valeur, attendu):
    """Une année n'a pas d'espace des milliers, un montant a son unité."""
    table = proteger(
        pd.DataFrame({"axe": ["A1"], colonne: [valeur]}), diffusion="interne", publiable=Publiable(libres=(colonne,))
    )

    assert format_de(table, colonne)(valeur) == attendu


def test_une_donnee_absente_s_ecrit_nd_et_s_explique():
    """Vide, zéro et masqué restent trois choses différentes."""
    table = pd.DataFrame({"axe": ["A1", "A2"], "n_actions": pd.array([0, None], dtype="Int64")})
    protegee = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_actions",)))
    page = soupe(Tableau(protegee, titre="Actions", source="Bilans"))

    assert [td.get_text() for td in page.find_all("td")] == ["0", "[nd]"]
    assert "[nd]" in page.select_one(".legende").get_text()


def _longue(lignes: int, total: bool) -> Tableau:
    """Un tableau d'autant de lignes, et son total."""
    noms = [f"Action {rang}" for rang in range(lignes)] + ["Ensemble"] * total
    table = pd.DataFrame({"intitule": noms, "n_actions": range(len(noms))})
    return Tableau(
        proteger(table, diffusion="cotech", publiable=Publiable(libres=("n_actions",))), titre="Liste", source="Bilans"
    )


@pytest.mark.parametrize(("lignes", "montrees", "pliees"), [(25, 25, 0), (26, 26, 0), (27, 25, 2), (400, 25, 375)])
def test_un_long_tableau_replie_ses_dernieres_lignes(lignes, montrees, pliees):
    """Vingt-cinq lignes d'emblée ; une seule ligne de trop ne vaut pas un pli."""
    page = soupe(_longue(lignes, total=False))
    tableaux = page.find_all("table")

    assert [len(t.tbody.find_all("tr")) for t in tableaux] == [n for n in (montrees, pliees) if n]
    assert bool(page.details) == bool(pliees)
    assert len(_longue(lignes, total=False).csv().decode().splitlines()) == 1 + lignes


def test_la_suite_d_un_long_tableau_a_son_titre_et_laisse_le_total_en_vue():
    """Le total reste sous les premières lignes, et n'est écrit qu'une fois ; aucun identifiant n'est répété."""
    page = soupe(_longue(40, total=True))
    premier, second = page.find_all("table")

    assert premier.tbody.find_all("tr")[-1].th.get_text() == "Ensemble"
    assert "Ensemble" not in second.get_text()
    assert second.caption.get_text().endswith("Liste (suite)")
    assert page.details.summary.get_text() == "Voir les 15 lignes suivantes"
    identifiants = [element["id"] for element in page.select("[id]")]
    assert len(identifiants) == len(set(identifiants))
    assert all(page.find(id=zone["aria-labelledby"]) for zone in page.select('[role="region"]'))


def test_un_tableau_secondaire_s_ouvre_a_la_demande(ages):
    """Son titre reste lisible dans le résumé du pli."""
    page = soupe(Tableau(ages, titre="Les filles", source="Bilans", replie=True))

    assert page.details.summary.get_text().endswith("Les filles")
    assert page.details.table.caption.get_text().startswith("Les filles")


def test_une_table_vide_devient_une_phrase():
    """Un tableau sans ligne se lirait comme une page cassée."""
    table = pd.DataFrame({"axe": pd.Series(dtype="str"), "n_actions": pd.Series(dtype="Int64")})
    protegee = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_actions",)))
    page = soupe(Tableau(protegee, titre="Actions", source="Bilans"))

    assert page.table is None
    assert "Aucune donnée" in page.get_text()


def test_une_table_vide_dit_pourquoi_elle_l_est():
    """Le motif de l'analyse remplace la phrase générale, en HTML comme en texte."""
    table = pd.DataFrame({"axe": pd.Series(dtype="str"), "n_actions": pd.Series(dtype="Int64")})
    table.attrs["motif"] = "il faudrait au moins 5 répondants"
    protegee = proteger(table, diffusion="cotech", publiable=Publiable(libres=("n_actions",)))
    tableau = Tableau(protegee, titre="Actions", source="Bilans")

    for sortie in (soupe(tableau).get_text(), tableau.texte()):
        assert "Il faudrait au moins 5 répondants." in sortie
        assert "Aucune donnée" not in sortie


def test_le_csv_s_ouvre_dans_un_tableur_francais(ages):
    """Marque d'encodage, point-virgule, virgule décimale, [s] ; 60 / 110 = 0,5455."""
    octets = Tableau(ages, titre="Les filles", source="Bilans").csv()

    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = octets.decode("utf-8-sig").split("\r\n")
    assert lignes[0] == "Tranche d'âge;Filles;Ensemble;Part de filles"
    assert "[s]" in lignes[1]
    assert lignes[3] == "11-15;60;110;0,5455"


def test_le_csv_ne_contient_pas_de_formule():
    """Un intitulé saisi par un partenaire ne s'exécute pas dans le tableur qui l'ouvre."""
    table = pd.DataFrame({"axe": ['=LIEN("x")', "- 3 ans"], "n_actions": [1, 2]})
    protegee = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_actions",)))
    lignes = Tableau(protegee, titre="Actions", source="Bilans").csv().decode("utf-8-sig").split("\r\n")

    assert lignes[1].startswith("\"'=LIEN")
    assert lignes[2].startswith("'- 3 ans")


@pytest.mark.parametrize("texte", ["-2+3+cmd|x!A0", " =1+1", "\t=1+1", "@SOMME(A1)", "-2"])
def test_le_csv_garde_un_nombre_negatif_et_rien_de_ce_qu_un_tableur_calculerait(texte):
    """OWASP, « CSV injection » : =, +, -, @, tabulation et retour en tête ; « -2 » seul ne calcule rien."""
    table = pd.DataFrame({"axe": [texte], "n_actions": [1]})
    protegee = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_actions",)))
    (_, ligne, _) = Tableau(protegee, titre="Actions", source="Bilans").csv().decode("utf-8-sig").split("\r\n")

    assert ligne.lstrip('"').startswith("'") == (texte != "-2")


def test_un_texte_dangereux_reste_du_texte():
    """Un intitulé ne peut pas devenir une balise."""
    table = pd.DataFrame({"axe": ["<script>x</script>"], "n_actions": [1]})
    protegee = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_actions",)))

    assert soupe(Tableau(protegee, titre="<b>Actions</b>", source="Bilans")).find(["script", "b"]) is None


def test_des_donnees_fictives_le_disent(ages):
    """La mention vient de la source, jamais de l'auteur du notebook."""
    source = SourceDEssai("Simulation", fictive=True)

    assert "Données fictives" in Tableau(ages, titre="Les filles", source=source).html()
    assert "Données fictives" not in Tableau(ages, titre="Les filles", source="Bilans").html()


def test_le_meme_tableau_donne_le_meme_html(ages):
    """Aucun identifiant au hasard."""
    html = [Tableau(ages, titre="Les filles", source="Bilans").html() for _ in range(2)]

    assert html[0] == html[1]


def test_un_chiffre_cle_se_lit_dans_la_table_protegee(ages):
    """La comparaison vient de la même ligne ; une valeur masquée le reste."""
    ensemble = Chiffre("Filles", ages, "{nb_filles} sur {nb_total}", "{part_filles}", ligne="Ensemble")
    petits = Chiffre("Petites filles", ages, "{nb_filles}", ligne="3-5")
    bloc = chiffres_cles([ensemble, petits, ensemble], source="Bilans")

    assert bloc.tuiles[0] == ("Filles", f"103 sur 1{FINE}207", f"9{FINE}%")
    assert bloc.tuiles[1][1] == "[s]"
    assert "secret statistique" in bloc.html()


def test_un_chiffre_cle_sans_aucune_donnee_se_dit_au_lieu_d_arreter_la_page():
    """Une cité qui commence n'a pas encore d'enquête : « [nd] », et pourquoi."""
    table = pd.DataFrame({"groupe": pd.Series(dtype="str"), "n_reponses": pd.Series(dtype="Int64")})
    vide = proteger(table, diffusion="interne", publiable=Publiable(libres=("n_reponses",)))

    assert Chiffre("Réponses", vide, "{n_reponses}").ecrire()[1:] == (ABSENT, "rien de relevé pour l'instant")


@pytest.mark.parametrize("combien", [2, 6])
def test_les_chiffres_cles_vont_par_trois_a_cinq(ages, combien):
    """Trop de chiffres clés n'en font plus aucun."""
    with pytest.raises(ErreurParametre, match="de trois à cinq"):
        chiffres_cles([Chiffre("Filles", ages, "{nb_filles}", ligne="Ensemble")] * combien, source="Bilans")


def test_un_chiffre_cle_sur_une_colonne_ou_une_ligne_inconnue_est_refuse(ages):
    """Les deux messages disent ce qui existe."""
    with pytest.raises(ErreurParametre, match="Colonnes : tranche_age"):
        Chiffre("Filles", ages, "{nb_fille}", ligne="Ensemble").ecrire()
    with pytest.raises(ErreurParametre, match="il en faut une"):
        Chiffre("Filles", ages, "{nb_filles}").ecrire()


def test_un_encadre_garde_trois_phrases_au_plus():
    """Trois réserves lues valent mieux que dix ignorées."""
    assert soupe(Encadre("L'essentiel", ["Un.", "Deux."])).find_all("li")[1].get_text() == "Deux."
    with pytest.raises(ErreurParametre, match="trois au plus"):
        Encadre("L'essentiel", ["Un."] * 4)


def test_un_commentaire_ne_porte_ni_titre_ni_lien_ni_html():
    """Le texte de l'équipe ne dérange ni le plan de la page, ni son autonomie."""
    page = soupe(Commentaire("# Bilan\n\nL'an **deux** [ici](http://exemple.fr) <script>x</script> ![vue](v.png)"))

    assert page.find(["h1", "a", "script", "img"]) is None
    assert page.find("strong", string="deux")
    assert "L’an" in page.get_text()


def test_un_commentaire_vide_ne_montre_rien():
    """Ni cadre, ni titre."""
    assert Commentaire("  \n").html() == ""


@pytest.mark.parametrize(
    ("diffusion", "valeur", "cible", "attendus"),
    [
        ("cotech", 0.061, 0.055, ["6,1 %", "5,5 %"]),  # « 6 % » pour « 6 % », non atteint, ne se comprendrait pas
        ("cotech", 0.06, 0.06, ["6 %", "6 %"]),
        ("cotech", 0.62, 0.7, ["62 %", "70 %"]),
        ("cotech", 0.5504, 0.55, ["55,04 %", "55,00 %"]),
        ("public", 0.061, 0.055, ["6 %", "5,5 %"]),  # l'arrondi a ôté à la valeur ses autres décimales
    ],
)
def test_une_valeur_que_l_arrondi_confond_avec_sa_cible_gagne_une_decimale(diffusion, valeur, cible, attendus):
    """La comparaison se voit dans les nombres écrits."""
    table = pd.DataFrame(
        {"objectif": ["a"], "unite": ["part"], "valeur": [valeur], "cible": [cible], "nb_base": [1000]}
    )
    contrat = Publiable(effectifs=("nb_base",), bases={"valeur": "nb_base"}, libres=("cible",))
    montres = textes(proteger(table, diffusion=diffusion, publiable=contrat), ["valeur", "cible"])

    assert [texte.replace(FINE, " ") for texte in montres.iloc[0]] == attendus
