"""Un très grand CSV se lit comme un petit : mêmes valeurs, mêmes problèmes aux mêmes lignes, et un cache sûr."""

import pandas as pd
import pytest

import citelib
from citelib.chargement import volumes
from citelib.resultats import presences

ENTETE = "action_id;annee;seance;participant_pseudo;source;date_extraction;saisi_par_role"
LIGNE = "A2-06;2022;{jour}/02/2022;{pseudo};Feuilles de présence;15/01/2023;"


def lignes(*couples: tuple[str, str]) -> list[str]:
    return [LIGNE.format(jour=jour, pseudo=pseudo) for jour, pseudo in couples]


VIDEES = """
beneficiaires collecte colleges decisions financements liens presences realisations reponses_beneficiaires
reponses_partenaires valeurs verbatims
"""


@pytest.fixture
def cite(copie_de_miramas):
    """Une copie de Miramas dont on remplace les présences ; de quoi les vérifier, et peu d'autres lignes à relire."""
    copie = copie_de_miramas
    for nom in VIDEES.split():
        entete = (copie / f"{nom}.csv").read_text("utf-8-sig").splitlines()[0]
        (copie / f"{nom}.csv").write_text(entete, "utf-8-sig")
    entete, *actions = (copie / "actions.csv").read_text("utf-8-sig").splitlines()
    siennes = [ligne for ligne in actions if ligne.startswith("A2-06;2022;")]
    (copie / "actions.csv").write_text("\n".join([entete, *siennes]), "utf-8-sig")

    def avec(contenu: list[str], encodage: str = "utf-8-sig"):
        (copie / "participations.csv").write_bytes("\r\n".join(contenu).encode(encodage))
        return copie

    return avec


@pytest.fixture(params=["petit", "grand"])
def chemin(request, monkeypatch):
    """Le même test par les deux chemins : cellule à cellule, puis par colonnes."""
    if request.param == "grand":
        monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    return request.param


def problemes(dossier):
    return [(p.gravite, p.ligne, p.colonne) for p in citelib.verifier(dossier) if p.fichier == "participations.csv"]


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
def test_les_presences_se_comptent_pareil_par_les_deux_chemins(cite, chemin, encodage):
    """Deux séances, trois présences, deux personnes ; un titre au-dessus de l'en-tête, une ligne vide au milieu."""
    contenu = ["Présences 2022;;;;;;", ENTETE, *lignes(("05", "xv1"), ("05", "xv2")), "", *lignes(("12", "xv1")), ""]
    dossier = cite(contenu, encodage)

    assert problemes(dossier) == []
    assert presences(citelib.charger(dossier).participations).values.tolist() == [["A2-06", 2022, 2, 3, 2]]


def test_chaque_faute_est_a_sa_ligne_par_les_deux_chemins(cite, chemin):
    """Ligne 3 une date, 5 une année, 6 un identifiant vide, 8 une clé répétée avec une autre source, 9 une action."""
    contenu = [ENTETE, *lignes(("05", "xv1"), ("35", "xv2")), ""]
    contenu += [lignes(("06", "xv1"))[0].replace(";2022;", ";22;"), *lignes(("07", "")), *lignes(("08", "xv1"))]
    contenu += [lignes(("08", "xv1"))[0].replace("Feuilles", "Autres feuilles")]
    contenu += [lignes(("09", "xv1"))[0].replace("A2-06", "FANTOME")]
    cle = "action_id + annee + seance + participant_pseudo"

    assert problemes(cite(contenu)) == [
        ("erreur", 3, "seance"),
        ("erreur", 5, "annee"),
        ("erreur", 6, "participant_pseudo"),
        ("erreur", 8, cle),
        ("erreur", 9, "action_id"),
    ]


def test_une_ligne_repetee_a_l_identique_compte_une_fois(cite, chemin):
    """Un avertissement, pas une erreur ; la personne n'est comptée qu'une fois."""
    dossier = cite([ENTETE, *lignes(("05", "xv1"), ("06", "xv1"), ("05", "xv1"))])

    assert problemes(dossier) == [("avertissement", 4, "")]
    assert presences(citelib.charger(dossier).participations)["nb_participations"].tolist() == [2]


def test_une_donnee_personnelle_est_refusee_sans_etre_montree(cite, chemin):
    """Un téléphone écrit à la place du pseudonyme."""
    dossier = cite([ENTETE, *lignes(("05", "xv1"), ("06", "0612345678"))])
    trouves = [p for p in citelib.verifier(dossier) if p.fichier == "participations.csv"]

    assert [(p.gravite, p.ligne, p.colonne) for p in trouves] == [("erreur", 3, "participant_pseudo")]
    assert "un numéro de téléphone" in trouves[0].message
    assert "0612345678" not in str(trouves)


def test_une_ligne_mal_decoupee_est_dite_a_sa_place(cite, monkeypatch):
    """Le quatrième rang du fichier n'a que deux cellules."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    dossier = cite([ENTETE, *lignes(("05", "xv1"), ("06", "xv1")), "A2-06;2022", *lignes(("45", "xv1"))])

    assert problemes(dossier) == [("erreur", 4, ""), ("erreur", 5, "seance")]
    assert list((dossier / volumes.CACHE).glob("participations-*")) == []


@pytest.mark.parametrize(
    ("suite", "raison"),
    [(b"\n", "la plupart de ses 100002"), (b"\r\n", "la plupart"), (b"une note\n", "plus de 10000 lignes n'ont pas")],
)
def test_un_fichier_presque_vide_se_refuse_sans_remplir_la_memoire(cite, monkeypatch, suite, raison):
    """Cent mille lignes qui n'en sont pas : on s'arrête, au lieu de leur donner sept cellules."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    monkeypatch.setattr(volumes, "FAUTES_MAX", 10_000)
    dossier = cite([ENTETE, *lignes(("05", "xv1"))])
    with (dossier / "participations.csv").open("ab") as fichier:
        fichier.write(b"\r\n" + suite * 100_000)

    (probleme,) = [p for p in citelib.verifier(dossier) if p.fichier == "participations.csv"]
    assert probleme.message.startswith(f"fichier illisible : {raison}")


def test_un_tres_grand_fichier_sans_en_tete_se_dit(cite, monkeypatch):
    """Rien que des lignes vides : les colonnes manquent, et rien d'autre."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)

    assert {p.message.split(",")[0] for p in citelib.verifier(cite([""] * 9)) if p.fichier == "participations.csv"} == {
        "colonne absente"
    }


def test_le_cache_suit_le_contenu_du_fichier(cite, monkeypatch):
    """Relu du cache : mêmes tables. Fichier changé : relu, et l'ancien cache retiré."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    dossier = cite([ENTETE, *lignes(("05", "xv1"), ("06", "xv2"))])
    premiere = citelib.charger(dossier).participations
    (cache,) = (dossier / volumes.CACHE).glob("participations-*")
    monkeypatch.setattr(volumes, "_lire_lignes", lambda *_: pytest.fail("le fichier a été redécoupé"))
    pd.testing.assert_frame_equal(citelib.charger(dossier).participations, premiere)
    monkeypatch.undo()

    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    cite([ENTETE, *lignes(("05", "xv1"))])
    assert len(citelib.charger(dossier).participations) == 1
    (nouveau,) = (dossier / volumes.CACHE).glob("participations-*")
    assert nouveau != cache


def test_mille_fautes_s_enumerent_et_les_autres_se_comptent(cite, chemin):
    """1 500 dates impossibles : mille problèmes, et un qui dit qu'il en reste cinq cents."""
    fautives = [LIGNE.format(jour="31", pseudo=f"xv{rang}") for rang in range(1500)]
    trouves = [p for p in citelib.verifier(cite([ENTETE, *fautives])) if p.fichier == "participations.csv"]

    assert len(trouves) == 1001
    assert "500 autres" in trouves[-1].message


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")  # la trace d'une fonction rappelée
@pytest.mark.parametrize(
    "suite",
    [
        b"x" * 200_000,
        LIGNE.format(jour="01", pseudo="a").encode() + b"\r\n" + b"x" * 5_000_000 + b"\r\n",
        (LIGNE.format(jour="01", pseudo="a").encode() + b"\r\n") * 2_000 + b"\xff\xfe\x81",
    ],
    ids=["une seule cellule", "une ligne plus longue qu'un bloc", "d'autres octets"],
)
def test_un_tres_grand_csv_abime_se_refuse_sans_trace(cite, monkeypatch, suite):
    """Ni trace, ni fichier lu comme s'il était vide : un problème qui dit ce qui ne va pas."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    monkeypatch.setattr(volumes, "BLOC", 1 << 16)
    dossier = cite([ENTETE])
    with (dossier / "participations.csv").open("ab") as fichier:
        fichier.write(b"\r\n" + suite)

    (probleme,) = [p for p in citelib.verifier(dossier) if p.fichier == "participations.csv" and p.gravite == "erreur"]

    assert probleme.message.startswith("fichier illisible : ")


def test_des_lignes_blanches_ou_de_total_ne_comptent_pas(cite, chemin):
    """Une ligne de blancs se tait ; un total se dit, et n'est pas une présence."""
    dossier = cite([ENTETE, *lignes(("05", "xv1")), "  ; ;;;;;", *lignes(("06", "xv1")), "Total;;;;;;"])

    assert problemes(dossier) == [("avertissement", 5, "")]
    assert len(citelib.charger(dossier).participations) == 2


def test_deux_fichiers_d_une_table_n_ont_pas_les_memes_colonnes(cite, chemin):
    """La colonne que le premier n'a pas y reste vide ; elle ne prend pas les valeurs du second."""
    dossier = cite([ligne.rpartition(";")[0] for ligne in [ENTETE, *lignes(("05", "xv1"))]])
    (dossier / "participations-2.csv").write_text("\n".join([ENTETE, lignes(("06", "xv2"))[0] + "animateur"]))
    lues = citelib.charger(dossier).participations.sort_values("participant_pseudo")

    assert lues["saisi_par_role"].fillna("").astype("str").tolist() == ["", "animateur"]


def test_une_colonne_en_double_est_un_probleme(cite, chemin):
    """Deux colonnes « seance » : laquelle croire ?"""
    dossier = cite([f"{ENTETE};seance", lignes(("05", "xv1"))[0] + ";06/02/2022"])

    assert ("erreur", 1, "seance") in problemes(dossier)


def test_une_ligne_qui_a_trop_de_cellules_est_dite(cite, chemin):
    """Un point-virgule de trop décale les valeurs : rien ne s'en devine."""
    dossier = cite([ENTETE, *lignes(("05", "xv1")), lignes(("06", "xv1"))[0] + "bilan;animateur"])

    assert problemes(dossier) == [("erreur", 3, "")]


def test_une_colonne_sans_titre_est_dite(cite, chemin):
    """La huitième colonne n'a pas de nom ; sa première cellule remplie est à la ligne 3."""
    deux = lignes(("05", "xv1"), ("06", "xv1"))

    assert problemes(cite([f"{ENTETE};", f"{deux[0]};", f"{deux[1]};oui"])) == [("avertissement", 3, "n° 8")]


def test_une_correction_d_une_colonne_absente_est_sans_objet(cite, chemin):
    """Elle se dit, au lieu d'arrêter la lecture."""
    dossier = cite([ligne.rpartition(";")[0] for ligne in [ENTETE, *lignes(("05", "xv1"))]])
    (dossier / "corrections.toml").write_text(
        '[[correction]]\ntable = "participations"\ncolonne = "saisi_par_role"\nlu = "a"\ncorrige = "b"\n'
        'motif = "essai"\nou = { annee = "2022" }\n'
    )

    assert "correction sans objet" in str([p for p in citelib.verifier(dossier) if p.gravite == "erreur"])


def test_un_accent_loin_du_debut_dit_l_encodage(cite, chemin):
    """Le premier accent, en Windows-1252, vient après ce que l'on regarde du début du fichier."""
    sans_accent = [ligne.replace("é", "e") for ligne in lignes(*(("05", f"xv{rang}") for rang in range(1500)))]
    dossier = cite([ENTETE, *sans_accent, *lignes(("06", "xv1"))], "cp1252")

    assert problemes(dossier) == []
    assert citelib.charger(dossier).participations["source"].iloc[-1] == "Feuilles de présence"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_une_ligne_mal_coupee_d_un_autre_encodage_est_dite_a_sa_place(cite, monkeypatch):
    """Le premier accent du fichier, en Windows-1252, est dans une ligne qui n'a que deux cellules."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    sans_accent = [ligne.replace("é", "e") for ligne in lignes(*(("05", f"xv{rang}") for rang in range(1500)))]

    assert problemes(cite([ENTETE, *sans_accent, "Relevé;2022"], "cp1252")) == [("erreur", 1502, "")]


def test_un_guillemet_mal_ferme_n_avale_pas_la_ligne_suivante(cite, chemin):
    """Deux lignes tiennent en une cellule : par les deux chemins, une erreur à leur ligne."""
    ouverte, fermee = lignes(("06", "xv1"), ("07", "xv1"))
    contenu = [ENTETE, *lignes(("05", "xv1")), ouverte.replace("Feuilles", '"Feuilles'), fermee.replace("ce;", 'ce";')]
    trouves = [p for p in citelib.verifier(cite(contenu)) if p.fichier == "participations.csv"]

    assert [(p.gravite, p.ligne) for p in trouves][:1] == [("erreur", 3)]
    assert "guillemet" in trouves[0].message


@pytest.mark.parametrize("personnel", ["06.12.34.56.78", "M.Martin", "1234567890A"])
def test_le_cache_ne_garde_rien_de_personnel(cite, monkeypatch, personnel):
    """Trouvée loin après le début du fichier, la donnée se dit ; elle n'est ni montrée, ni recopiée."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    debut = lignes(*(("05", f"xv{rang}") for rang in range(1500)))
    dossier = cite([ENTETE, *debut, *lignes(("06", personnel), ("06", personnel))])
    trouves = [p for p in citelib.verifier(dossier) if p.fichier == "participations.csv"]

    assert trouves[0].ligne == 1502 or trouves[-1].gravite == "avertissement"
    assert any("ressemble à" in p.message for p in trouves)
    assert personnel not in str(trouves)
    assert list((dossier / volumes.CACHE).glob("participations-*")) == []


@pytest.mark.parametrize("abime", ["illisible", "interdit"])
def test_un_cache_inutilisable_n_empeche_pas_de_lire(cite, monkeypatch, abime):
    """Un Parquet tronqué, ou un dossier où l'on ne peut pas écrire : le CSV se découpe."""
    monkeypatch.setattr(volumes, "VOLUMINEUX", 0)
    dossier = cite([ENTETE, *lignes(("05", "xv1"))])
    if abime == "interdit":
        (dossier / volumes.CACHE).write_text("un fichier à la place du dossier")
    else:
        citelib.charger(dossier)
        next((dossier / volumes.CACHE).glob("participations-*")).write_bytes(b"PAR1")

    assert len(citelib.charger(dossier).participations) == 1


def test_mille_actions_inconnues_s_enumerent_et_les_autres_se_comptent(cite, chemin):
    """Une règle entre deux tables, un million de fois enfreinte, ne fait pas un million de problèmes."""
    fautives = [ligne.replace("A2-06", "FANTOME") for ligne in lignes(*(("05", f"xv{i}") for i in range(1500)))]
    trouves = [p for p in citelib.verifier(cite([ENTETE, *fautives])) if p.fichier == "participations.csv"]

    assert len(trouves) == 1001
    assert any("500 autres" in p.message for p in trouves)


def test_mille_lignes_repetees_s_enumerent_et_les_autres_se_comptent(cite, chemin):
    """Un fichier collé deux fois : mille avertissements, et un qui dit qu'il en reste cinq cents."""
    une_fois = lignes(*(("05", f"xv{rang}") for rang in range(1500)))
    dossier = cite([ENTETE, *une_fois, *une_fois])

    assert len(problemes(dossier)) == 1001
    assert len(citelib.charger(dossier).participations) == 1500
