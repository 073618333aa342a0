"""La mémoire du comité : rien de ce qui a été décidé ne disparaît avant d'être fait ou abandonné."""

import datetime as dt

import pytest

from citelib import partenariat

AU = dt.date(2025, 1, 15)


@pytest.fixture(scope="module")
def conseils(table):
    """Trois recommandations de 2023, une de 2024 que le rapport de 2024 ne regarde pas encore."""
    return table(
        """
        reco_id | annee | texte           | destinataire_role | statut     | preuve     | echeance
        R1      | 2023  | Compter par âge | CPO               | faite      | Relevé n°1 | 01/06/2024
        R2      | 2023  | Viser un taux   | Coordonnateur     | en_cours   |            | 01/06/2024
        R3      | 2023  | Inviter         | CPO               | sans_suite |            |
        R4      | 2024  | Plus tard       | CPO               | en_cours   |            | 01/06/2025
        """,
        "recommandations",
    )


@pytest.fixture(scope="module")
def releve(table):
    """Décisions de 2023, deux anciennes dont une faite, une de 2024."""
    return table(
        """
        decision_id | annee | libelle   | responsable_role | statut     | echeance   | date_execution
        D1          | 2023  | Ouvrir    | CPO              | faite      | 01/03/2024 | 20/02/2024
        D2          | 2023  | Prêter    | Ville            | a_faire    | 01/09/2024 |
        D3          | 2023  | Former    | Ville            | en_cours   | 01/09/2025 |
        D4          | 2023  | Réunir    | CPO              | abandonnee | 01/02/2024 |
        D5          | 2023  | Signer    | CPO              | faite      | 31/12/2024 | 20/01/2025
        D6          | 2021  | Traduire  | CPO              | en_cours   | 01/01/2022 |
        D7          | 2021  | Ancienne  | CPO              | faite      | 01/01/2022 | 01/01/2022
        D8          | 2024  | De l'an   | CPO              | a_faire    | 01/01/2025 |
        """,
        "decisions",
    )


def test_chaque_suite_se_compte_et_ce_qui_est_ouvert_d_avant_se_reporte(conseils, releve):
    """
    En tout, faites, en cours, à faire, abandonnées, sans suite, en retard, au 15 janvier 2025.

    D5, faite le 20 janvier, est encore en cours ce jour-là, et son échéance du 31 décembre est passée : elle est en
    retard avec D2. D3 n'est pas échue. D6, de 2021, est reportée ; D7, faite, ne l'est pas.
    """
    resultat = partenariat.memoire(conseils, releve, annee=2024, au=AU)

    assert resultat.values.tolist() == [
        ["Recommandations", 3, 1, 1, 0, 0, 1, 1],
        ["Décisions", 5, 1, 2, 1, 1, 0, 2],
        ["Décisions plus anciennes, encore ouvertes", 1, 0, 1, 0, 0, 0, 1],
    ]


def test_la_liste_va_du_plus_en_retard_au_fait(conseils, releve):
    """Les retards par échéance, puis à faire, en cours, sans suite, abandonné et fait ; D7 et D8 n'y sont pas."""
    resultat = partenariat.liste_memoire(conseils, releve, annee=2024, au=AU)

    assert resultat[["sujet", "etat"]].values.tolist() == [
        ["Traduire", "en retard"],
        ["Viser un taux", "en retard"],
        ["Prêter", "en retard"],
        ["Signer", "en retard"],
        ["Former", "en cours"],
        ["Inviter", "sans suite"],
        ["Réunir", "abandonnée"],
        ["Ouvrir", "faite"],
        ["Compter par âge", "faite"],
    ]
    assert resultat["origine"].tolist()[:2] == ["décision de 2021", "recommandation de 2023"]
    assert resultat["preuve"].tolist()[-1] == "Relevé n°1"


def test_ce_qui_n_est_pas_fait_se_liste_seul(conseils, releve):
    """Sept lignes sur neuf."""
    resultat = partenariat.liste_memoire(conseils, releve, annee=2024, au=AU, faites=False)

    assert len(resultat) == 7
    assert "faite" not in set(resultat["etat"])


def test_la_premiere_annee_dit_qu_il_n_y_a_rien_avant(conseils, releve):
    """Avant 2021, aucune décision n'est connue : ni zéro, ni tableau vide muet."""
    for analyse in (partenariat.memoire, partenariat.liste_memoire):
        resultat = analyse(conseils, releve, annee=2021, au=AU)

        assert resultat.empty
        assert resultat.attrs["motif"] == "aucune recommandation ni décision connue avant 2021, rien à suivre"


def test_un_fichier_sans_echeance_se_lit_encore(table, releve):
    """La colonne est facultative : sans elle, une recommandation en cours n'est pas en retard."""
    sans = table("reco_id | annee | texte | statut\nR1 | 2023 | Un | en_cours", "recommandations")

    assert partenariat.memoire(sans, releve[:0], annee=2024, au=AU)["n_en_retard"].tolist() == [0, 0]


def test_une_decision_sans_recommandation_garde_les_deux_lignes(conseils, releve):
    """Zéro recommandation est une information : la ligne reste."""
    resultat = partenariat.memoire(conseils[:0], releve, annee=2022, au=dt.date(2023, 1, 15))

    assert resultat[["nature", "n_suivies"]].values.tolist() == [["Recommandations", 0], ["Décisions", 2]]
