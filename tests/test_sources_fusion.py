"""Fusionner : rien d'autre que ce qui est annoncé, et tout ou rien."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citelib.chargement import ouvrir, verifier, volumes
from citelib.chargement.ecriture import ecrire_table
from citelib.contrats.typage import typer
from citelib.erreurs import ErreurDonnees, ErreurParametre
from citelib.sources import Apport, fusion
from citelib.sources.education import lire_source
from citelib.sources.fusion import comparer, ecrire, fusionner
from citelib.tables import PAR_NOM

RECOS = PAR_NOM["recommandations"]
COLONNES = ["reco_id", "annee", "texte", "statut", "preuve", "source", "date_extraction"]


def textes(*lignes):
    """Des recommandations, en textes ; les colonnes de COLONNES dans l'ordre."""
    return dessiner(RECOS, *(dict(zip(COLONNES, ligne, strict=True)) for ligne in lignes))


def dessiner(table, *lignes):
    """Des lignes en textes, toutes les colonnes de la table, vides si elles ne sont pas données."""
    return pd.DataFrame(
        [{nom: ligne.get(nom, "") for nom in table.noms} for ligne in lignes], columns=table.noms, dtype="str"
    )


def lecture(table, brut):
    origine = pd.DataFrame({"fichier": "recu.xlsx", "feuille": "", "ligne": range(2, 2 + len(brut))}, index=brut.index)
    return typer(table, brut, origine)


def octets(dossier):
    return {c.relative_to(dossier): c.read_bytes() for c in sorted(dossier.rglob("*")) if c.is_file()}


@pytest.fixture
def cite(copie_de_miramas):
    return ouvrir(copie_de_miramas)[0]


A = ("R-1", "2024", "Relever par sexe", "faite", "Relevé", "Bilan", "15/01/2025")
B = ("R-2", "2024", "Donner une cible", "en_cours", "", "Bilan", "15/01/2025")


def test_nouveau_change_disparu_identique():
    """Trois lignes d'une source, contre trois : une de plus, une changée, une de moins, une même."""
    c = ("R-3", "2024", "Alléger", "faite", "", "Bilan", "15/01/2025")
    change = (*B[:3], "faite", "", *B[5:])
    difference = comparer(RECOS, textes(A, B, ("R-4", *A[1:])), lecture(RECOS, textes(c, change, A)))
    assert list(difference.nouvelles["reco_id"]) == ["R-3"]
    assert difference.modifiees.values.tolist() == [["R-2", "statut", "en_cours", "faite"]]
    assert list(difference.disparues["reco_id"]) == ["R-4"]
    assert difference.identiques == 1


def test_une_cellule_vide_nefface_rien():
    """La preuve déjà connue reste, et c'est compté."""
    sans_preuve = (*A[:4], "", *A[5:])
    difference = comparer(RECOS, textes(A, B), lecture(RECOS, textes(sans_preuve, (*B[:4], "Relevé", *B[5:]))))
    assert difference.laissees == 1
    assert list(difference.textes["preuve"]) == ["Relevé", "Relevé"]


def test_une_ligne_non_touchee_garde_ce_qui_etait_ecrit():
    """« 2024 » avec ses espaces et une faute de frappe restent à la lettre."""
    mal = ("R-1", " 2024 ", "Relever  par sexe", "Faite", "", "Bilan", "2025-01-15")
    difference = comparer(RECOS, textes(mal), lecture(RECOS, textes((*A[:4], "", *A[5:]))))
    assert difference.rien()
    assert difference.textes.iloc[0][["annee", "texte", "statut", "date_extraction"]].tolist() == [
        mal[1],
        mal[2],
        mal[3],
        mal[6],
    ]


def test_une_estimation_et_un_non_communique_secrivent_comme_ils_se_lisent():
    """« environ 30 » s'écrit « ≈30 », « n.c. » s'écrit « NC »."""
    table = PAR_NOM["etablissements"]
    base = {"nom": "École A", "type": "ecole", "ep": "REP", "source": "x", "date_extraction": "15/01/2025"}
    lignes = [base | {"effectif": "environ 30"}, base | {"nom": "École B", "effectif": "n.c."}]
    brut = dessiner(table, *lignes)
    vide = pd.DataFrame(columns=table.noms, dtype="str")
    assert list(comparer(table, vide, lecture(table, brut)).textes["effectif"]) == ["≈30", "NC"]


def test_la_meme_chose_dite_par_une_autre_source_ne_change_rien():
    """La première source garde la ligne ; une date plus récente de la même source se note."""
    ailleurs = (*A[:5], "Autre bilan", "20/01/2025")
    assert comparer(RECOS, textes(A), lecture(RECOS, textes(ailleurs))).rien()
    plus_tard = (*A[:6], "20/01/2025")
    difference = comparer(RECOS, textes(A), lecture(RECOS, textes(plus_tard)))
    assert difference.modifiees["colonne"].tolist() == ["date_extraction"]


def test_une_ligne_inventee_cede_toute_la_place():
    """Aucun reste d'une ligne fictive ne se mêle à une ligne réelle qui n'a pas tout rempli."""
    fictive = (*A[:5], "Données fictives (simulation)", A[6])
    reelle = (*A[:4], "", *A[5:])
    difference = comparer(RECOS, textes(fictive), lecture(RECOS, textes(reelle)))
    assert difference.textes.iloc[0]["preuve"] == ""
    assert difference.textes.iloc[0]["source"] == "Bilan"


LIGNES = st.lists(
    st.tuples(
        st.sampled_from(["R-1", "R-2", "R-3", "R-4"]),
        st.just("2024"),
        st.sampled_from(["Relever", "Alléger"]),
        st.sampled_from(["faite", "en_cours"]),
        st.sampled_from(["", "Relevé", "=1+1"]),
        st.sampled_from(["Bilan", "Réunion"]),
        st.just("15/01/2025"),
    ),
    unique_by=lambda ligne: ligne[0],
    max_size=4,
)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(LIGNES, LIGNES, st.randoms())
def test_lois_de_la_fusion(actuelles, recues, hasard):
    """Fusionner deux fois ne change rien ; l'ordre est indifférent ; rien d'autre que l'annoncé ne bouge."""
    actuelle, apport = textes(*actuelles), lecture(RECOS, textes(*recues))
    difference = comparer(RECOS, actuelle, apport)
    assert comparer(RECOS, difference.textes, apport).rien()

    melangees = list(recues)
    hasard.shuffle(melangees)
    autre = comparer(RECOS, actuelle, lecture(RECOS, textes(*melangees)))
    par_cle = [d.textes.sort_values("reco_id").values.tolist() for d in (difference, autre)]
    assert par_cle[0] == par_cle[1]

    attendu = {ligne["reco_id"]: ligne for ligne in actuelle.to_dict("records")}
    for cle, colonne, avant, apres in difference.modifiees.itertuples(index=False):
        assert attendu[cle][colonne] == avant
        attendu[cle][colonne] = apres
    attendu |= {ligne["reco_id"]: ligne for ligne in difference.nouvelles.to_dict("records")}
    assert {ligne["reco_id"]: ligne for ligne in difference.textes.to_dict("records")} == attendu


def test_ecrire_ne_touche_que_la_table_annoncee_et_garde_lancienne(cite):
    """Un fichier change, son prédécesseur passe dans « anciens », le dossier se vérifie."""
    avant = octets(cite.dossier)
    fusionnee = fusionner(cite, Apport({"recommandations": lecture(RECOS, textes(A))}))
    anciens = ecrire(fusionnee)
    apres = octets(cite.dossier)
    changes = {str(c) for c in avant if avant[c] != apres[c]}
    assert changes == {"recommandations.csv"}
    assert (anciens / "recommandations.csv").read_bytes() == avant[
        next(c for c in avant if c.name == "recommandations.csv")
    ]
    assert verifier(cite.dossier) == []
    assert "R-1" in set(ouvrir(cite.dossier)[0].recommandations["reco_id"])


def test_les_autres_tables_dun_classeur_remplace_sont_reecrites(cite):
    """Un classeur porte deux tables : remplacer l'une ne perd pas l'autre."""
    with pd.ExcelWriter(cite.dossier / "tables.xlsx") as classeur:
        for nom in ("recommandations", "collecte"):
            pd.read_csv(cite.dossier / f"{nom}.csv", sep=";", dtype="str", encoding="utf-8-sig").to_excel(
                classeur, sheet_name=nom, index=False
            )
            (cite.dossier / f"{nom}.csv").unlink()
    cite, _ = ouvrir(cite.dossier)
    ecrire(fusionner(cite, Apport({"recommandations": lecture(RECOS, textes(A))})))
    relue, problemes = ouvrir(cite.dossier)
    assert problemes == []
    assert not (cite.dossier / "tables.xlsx").exists()
    assert len(relue.recommandations) == len(cite.recommandations) + 1
    pd.testing.assert_frame_equal(relue.collecte, cite.collecte)


def test_une_fusion_qui_ferait_une_erreur_est_refusee_sans_rien_toucher(cite):
    """Un indicateur inconnu : le problème est dit, le dossier reste le même à l'octet près."""
    avant = octets(cite.dossier)
    table = PAR_NOM["valeurs"]
    ligne = {c.nom: c.exemple for c in table.colonnes if c.obligatoire} | {"indicateur_code": "Z99"}
    brut = dessiner(table, ligne)
    fusionnee = fusionner(cite, Apport({"valeurs": lecture(table, brut)}))
    assert ["attendu une valeur de la colonne indicateur_code" in p.message for p in fusionnee.problemes] == [True]
    with pytest.raises(ErreurParametre, match="Fusion refusée"):
        ecrire(fusionnee)
    assert octets(cite.dossier) == avant


def test_un_pourcentage_importe_la_ou_il_ne_se_lit_pas_est_refuse(cite):
    """« 85 % » d'un indicateur en points serait écrit 0,85 ; d'une part (I04), c'est bien 0,85."""
    table = PAR_NOM["valeurs"]
    ligne = {c.nom: c.exemple for c in table.colonnes if c.obligatoire} | {"valeur": "85 %", "periode": "essai"}
    (en_points,) = cite.indicateurs.loc[cite.indicateurs["unite"].eq("points"), "indicateur_code"][:1]
    recues = dessiner(table, ligne, ligne | {"indicateur_code": en_points})

    (probleme,) = fusionner(cite, Apport({"valeurs": lecture(table, recues)})).problemes
    assert (probleme.fichier, probleme.ligne, probleme.colonne) == ("recu.xlsx", 3, "valeur")
    assert "(points)" in probleme.remede


@pytest.mark.parametrize(("recu", "refus"), [("sans_suite", []), ("en_cours", ["correction sans objet"])])
def test_une_correction_garde_ce_qui_est_deja_corrige(cite, recu, refus):
    """La source répare une faute corrigée : rien à refuser. Elle dit autre chose : retirer d'abord la correction."""
    premiere = cite.recommandations.iloc[0]
    (cite.dossier / "corrections.toml").write_text(
        f'[[correction]]\ntable = "recommandations"\nou = {{ reco_id = "{premiere["reco_id"]}" }}\n'
        f'colonne = "statut"\nlu = "{premiere["statut"]}"\ncorrige = "sans_suite"\nmotif = "essai"\n',
        encoding="utf-8",
    )
    cite, problemes = ouvrir(cite.dossier)
    assert problemes == []
    brut = textes((premiere["reco_id"], "2022", premiere["texte"], recu, "", "Bilan", "15/01/2025"))
    fusionnee = fusionner(cite, Apport({"recommandations": lecture(RECOS, brut)}))
    assert [probleme.message.split(" :")[0] for probleme in fusionnee.problemes] == refus
    assert not refus or "retirer cette entrée" in fusionnee.problemes[0].remede


def test_un_import_ne_touche_pas_les_cellules_corrigees_des_etablissements(cite, tmp_path):
    """La source réécrit toute la table : ni l'effectif ni le nom corrigés ne doivent la faire refuser."""
    ecrits = pd.read_csv(cite.dossier / "etablissements.csv", sep=";", dtype="str", encoding="utf-8-sig")
    miramaris = ecrits.set_index("uai").loc["0132327J"]
    entree = '[[correction]]\ntable = "etablissements"\nou = {{ uai = "0132327J" }}\ncolonne = "{}"\nlu = "{}"\n'
    entree += 'corrige = "{}"\nmotif = "essai"\n'
    corrections = [entree.format("nom", miramaris["nom"], "Collège Autre Nom")]
    corrections.append(entree.format("effectif", miramaris["effectif"], "500"))
    (cite.dossier / "corrections.toml").write_text("\n".join(corrections), encoding="utf-8")
    (tmp_path / "ep.csv").write_text(
        "uai;ep_2022_2023;nom_etablissement;libelle_academie\n0132327J;REP;Miramaris;Aix-Marseille\n", encoding="utf-8"
    )
    cite, problemes = ouvrir(cite.dossier)
    assert [p for p in problemes if p.gravite == "erreur"] == []

    fusionnee = fusionner(cite, lire_source(tmp_path / "ep.csv", cite, "ep"))
    assert fusionnee.problemes == ()
    assert set(fusionnee.differences["etablissements"].modifiees["colonne"]) <= {
        "ep",
        "source",
        "date_extraction",
        "annee",
    }


def test_un_deplacement_qui_echoue_remet_tout_en_place(cite, monkeypatch):
    """Le deuxième fichier résiste (ouvert ailleurs) : le premier revient, rien n'a changé."""
    avant = octets(cite.dossier)
    collecte = PAR_NOM["collecte"]
    ligne = {c.nom: c.exemple for c in collecte.colonnes}
    apports = {
        "recommandations": lecture(RECOS, textes(A)),
        "collecte": lecture(collecte, pd.DataFrame([ligne], dtype="str")),
    }
    fusionnee = fusionner(cite, Apport(apports))
    vrai = fusion.Path.replace

    def resister(depart, arrivee):
        if depart.name == "recommandations.csv" and "anciens" not in str(depart) and "anciens" in str(arrivee):
            raise PermissionError(13, "occupé", str(depart))
        return vrai(depart, arrivee)

    monkeypatch.setattr(fusion.Path, "replace", resister)
    with pytest.raises(ErreurParametre, match=r"Rien n'a été écrit : .*recommandations\.csv"):
        ecrire(fusionnee)
    assert octets(cite.dossier) == avant


def test_les_lignes_disparues_restent_sauf_demande(cite):
    """Une ligne que la même source ne donne plus : gardée, ou retirée avec `retirer`."""
    ecrire_table(RECOS, textes(A, B), cite.dossier / "recommandations.csv")
    cite, _ = ouvrir(cite.dossier)
    apport = Apport({"recommandations": lecture(RECOS, textes(A))})
    assert not fusionner(cite, apport).textes
    ecrire(fusionner(cite, apport, retirer=True))
    assert list(ouvrir(cite.dossier)[0].recommandations["reco_id"]) == ["R-1"]


PRESENCE = {c.nom: c.exemple for c in PAR_NOM["participations"].colonnes}


def test_un_tres_grand_fichier_ne_perd_aucune_ligne(cite, monkeypatch):
    """Ce qui se lit par gros morceaux se fusionne en entier, pas seulement son début."""
    action = cite.actions.iloc[0]
    monkeypatch.setattr(volumes, "VOLUMINEUX", 50_000)
    monkeypatch.setattr(volumes, "DEBUT", 2_000)
    table, avant = PAR_NOM["participations"], cite.participations
    presence = PRESENCE | {"action_id": action["action_id"], "annee": str(action["annee"])}
    ecrire(fusionner(cite, Apport({"participations": lecture(table, dessiner(table, presence))})))
    apres = ouvrir(cite.dossier)[0].participations
    assert len(apres) == len(avant) + 1
    assert set(avant["participant_pseudo"]) < set(apres["participant_pseudo"])


def test_une_ligne_illisible_de_la_cite_arrete_la_fusion(cite, monkeypatch):
    """Réécrire la table perdrait cette ligne : on la répare d'abord, et rien n'est touché."""
    chemin = cite.dossier / "participations.csv"
    chemin.write_bytes(chemin.read_bytes() + b"A1-03;2024;une cellule de moins\n")
    monkeypatch.setattr(volumes, "VOLUMINEUX", 50_000)
    monkeypatch.setattr(volumes, "DEBUT", 2_000)
    table = PAR_NOM["participations"]
    with pytest.raises(ErreurDonnees, match="sans les 7 cellules"):
        fusionner(cite, Apport({"participations": lecture(table, dessiner(table, PRESENCE))}))


def test_une_table_illisible_nest_jamais_remplacee(cite):
    """Un fichier abîmé que l'on réécrirait y perdrait toutes ses lignes."""
    (cite.dossier / "recommandations.csv").write_bytes(b"\x00\x01\x02PK" * 50)
    with pytest.raises(ErreurDonnees, match=r"recommandations\.csv"):
        fusionner(cite, Apport({"recommandations": lecture(RECOS, textes(A))}))


def test_une_enquete_reelle_chasse_les_reponses_inventees_de_sa_vague():
    """Leurs pseudonymes diffèrent : sans cela, les inventées compteraient avec les vraies."""
    table = PAR_NOM["reponses_beneficiaires"]
    commun = {"vague": "T0", "annee": "2024", "questionnaire": "jeunes", "item": "satisfaction", "reponse": "4"}
    commun |= {"date_extraction": "28/06/2024"}
    inventee = commun | {"repondant_pseudo": "faux", "source": "Données fictives (simulation, graine 1)"}
    autre_vague = inventee | {"vague": "T1"}
    avant = dessiner(table, inventee, autre_vague)
    recue = lecture(table, dessiner(table, commun | {"repondant_pseudo": "vrai", "source": "Enquête jeunes, T0"}))
    assert comparer(table, avant, recue, remplace=True).disparues["vague"].tolist() == ["T0"]
    assert comparer(table, avant, recue).disparues.empty
