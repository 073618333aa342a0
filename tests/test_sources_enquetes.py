"""Les exports d'enquête : les mêmes réponses d'un outil à l'autre, et personne qui s'y reconnaisse."""

import dataclasses
import datetime as dt
import itertools
import random
from pathlib import Path

import openpyxl
import pytest

from citelib.erreurs import ErreurParametre
from citelib.sources.enquetes import lire_enquete, pseudonyme

EXEMPLE = Path(__file__).parents[1] / "citelib" / "instruments" / "correspondance_exemple.toml"
SEL = b"un sel d'essai, jamais employe"
PERSONNES = ("zoe.exemple@exemple.invalid", "203.0.113.7", "Zoé Exemplaire", "8f14e45f-ceea", "2024-06-14 10:02:33")
CODES = ("KL 04", "mb12", "ZO33")

# Trois réponses complètes, une interrompue ; la dernière question n'est posée qu'à certains.
LIMESURVEY_CODES = f"""\
"id";"submitdate";"lastpage";"ipaddr";"token";"CODE";"AGE";"SEXE";"ACTION";"SATIS";"CLIMAT[SQ001]";"CLIMAT[SQ002]"
"1";"{PERSONNES[4]}";"3";"{PERSONNES[1]}";"tk1";"KL 04";"A1";"F";"A1-08";"AO01";"AO02";"AO05"
"2";"{PERSONNES[4]}";"3";"{PERSONNES[1]}";"tk2";"mb12";"A2";"M";"";"AO03";"";""
"3";"";"1";"{PERSONNES[1]}";"tk3";"PP99";"A1";"F";"A1-08";"AO01";"AO01";"AO01"
"4";"{PERSONNES[4]}";"3";"{PERSONNES[1]}";"tk4";"ZO33";"A1";"";"A1-08";"AO04";"AO01";"AO03"

"""
LIMESURVEY_TEXTES = f"""\
"id. ID de la réponse";"submitdate. Date de soumission";"ipaddr. Adresse IP";"CODE. Ton code secret";\
"AGE. Quel âge as-tu ?";"SEXE. Tu es…";"ACTION. Code de l'action";"SATIS. Es-tu satisfait de l'action, globalement ?";\
"CLIMAT[SQ001]. Dans ton collège, dirais-tu que… [Je me sens bien]";\
"CLIMAT[SQ002]. Dans ton collège, dirais-tu que… [J'ose prendre la parole]"
"1";"{PERSONNES[4]}";"{PERSONNES[1]}";"KL 04";"11 à 15 ans";"Une fille";"A1-08";"Tout à fait d'accord";\
"Plutôt d’accord";"Je ne sais pas"
"2";"{PERSONNES[4]}";"{PERSONNES[1]}";"mb12";"16 ou 17 ans";"Un garçon";"";"PLUTOT PAS D'ACCORD";"Sans réponse";"N/A"
"3";"";"{PERSONNES[1]}";"PP99";"11 à 15 ans";"Une fille";"A1-08";"Tout à fait d'accord";"N/A";"N/A"
"4";"{PERSONNES[4]}";"{PERSONNES[1]}";"ZO33";"11 à 15 ans";"N/A";"A1-08";"Pas du tout d'accord";\
"Tout à fait d'accord";"Plutôt pas d'accord"
"""
LIMESURVEY_TITRES = LIMESURVEY_TEXTES
for _code in ("id", "submitdate", "ipaddr", "CODE", "AGE", "SEXE", "ACTION", "SATIS", "CLIMAT[SQ001]", "CLIMAT[SQ002]"):
    LIMESURVEY_TITRES = LIMESURVEY_TITRES.replace(f'"{_code}. ', '"')
FRAMAFORMS = f"""\
"Enquête des jeunes"\t""\t""\t""\t""\t""\t""\t""\t""\t""\t""\t""
"Détails de la soumission"\t""\t""\t""\t""\t""\t""\t""\t""\t""\t"Dans ton collège"\t""
"Numéro"\t"Temps soumis"\t"Brouillon"\t"Adresse IP"\t"Nom d'utilisateur"\t"Ton code secret"\t"Quel âge as-tu ?"\t\
"Tu es…"\t"Code de l'action"\t"Es-tu satisfait ?"\t"Bien"\t"Ose"
1\t{PERSONNES[4]}\t"Non"\t{PERSONNES[1]}\t"{PERSONNES[2]}"\tKL 04\t11 à 15 ans\tUne fille\tA1-08\t4\t3\tNSP
2\t{PERSONNES[4]}\t"Non"\t{PERSONNES[1]}\t"{PERSONNES[2]}"\tmb12\t16 ou 17 ans\tUn garçon\t\t2\t\t
3\t{PERSONNES[4]}\t"Oui"\t{PERSONNES[1]}\t"{PERSONNES[2]}"\tPP99\t11 à 15 ans\tUne fille\tA1-08\t4\t4\t4
4\t{PERSONNES[4]}\t"Non"\t{PERSONNES[1]}\t"{PERSONNES[2]}"\tZO33\t11 à 15 ans\t\tA1-08\t1\t4\t2
"""
SPHINX = f"""\
CLE;DATE_SAISIE;PROGRESSION;E-mail;Ton code secret;Quel âge as-tu ?;Tu es…;Code de l'action;Es-tu satisfait ?;Bien;Ose
1;{PERSONNES[4]};Terminé;{PERSONNES[0]};KL 04;11 à 15 ans;Une fille;A1-08;4;3;NSP
2;{PERSONNES[4]};Terminé;{PERSONNES[0]};mb12;16 ou 17 ans;Un garçon;;2;Non réponse;
3;{PERSONNES[4]};En cours;{PERSONNES[0]};PP99;11 à 15 ans;Une fille;A1-08;4;;
4;{PERSONNES[4]};Terminé;{PERSONNES[0]};ZO33;11 à 15 ans;;A1-08;1;4;2
"""
KOBO = [
    [
        "start",
        "_id",
        "_uuid",
        "nom",
        "profil/code",
        "profil/age",
        "profil/sexe",
        "profil/action",
        "avis/satis",
        "loisirs",
    ],
    [PERSONNES[4], 1, PERSONNES[3], PERSONNES[2], "KL 04", "11_15", "f", "A1-08", 4, "sport musique"],
    [PERSONNES[4], 2, PERSONNES[3], PERSONNES[2], "mb12", "16_17", "g", None, 2, None],
    [PERSONNES[4], 4, PERSONNES[3], PERSONNES[2], "ZO33", "11_15", None, "A1-08", 1, "musique"],
]
KOBO_SUITE = [["avis/bien", "avis/ose", "loisirs/sport"], [3, "nsp", 1], [None, None, None], [4, 2, 0]]

TETE = """
outil = "{outil}"
questionnaire = "jeunes"
vague = "T0"
annee = 2024
date_extraction = 2024-06-28
[repondant]
colonne = "{code}"
[tranche_age]
colonne = "{age}"
reponses = {{ "11 à 15 ans" = "11-15", "16 ou 17 ans" = "16-17", "11_15" = "11-15", "16_17" = "16-17" }}
[sexe]
colonne = "{sexe}"
reponses = {{ "Une fille" = "F", "Un garçon" = "G", f = "F", g = "G" }}
[action_id]
colonne = "{action}"
[[question]]
colonne = "{satis}"
item = "satisfaction"
[[question]]
colonne = "{bien}"
item = "bien_au_college"
[[question]]
colonne = "{ose}"
item = "oser_parler"
conditionnelle = true
"""
TITRES = {"code": "Ton code secret", "age": "Quel age as-tu", "sexe": "Tu es", "action": "Code de l'action"}
TITRES |= {"satis": "Es-tu satisfait ?"}
FRAMA = TETE.format(outil="framaforms", **TITRES, bien="Dans ton collège/Bien", ose="Ose")
FRAMA += '[complete]\ncolonne = "Brouillon"\nreponses = { Non = "oui" }\n'
SPHI = TETE.format(outil="sphinx", **TITRES, bien="Bien", ose="Ose")
SPHI += '[complete]\ncolonne = "Progression"\nreponses = { "Terminé" = "oui" }\n'
CHEMINS = {nom: nom for nom in ("code", "age", "sexe", "action", "satis", "bien")}
KOB = TETE.format(outil="kobo", **CHEMINS, ose="avis/ose")

ATTENDUES = {
    ("KL 04", "11-15", "F", "A1-08"): {"satisfaction": "4", "bien_au_college": "3", "oser_parler": "NSP"},
    ("mb12", "16-17", "G", ""): {"satisfaction": "2", "bien_au_college": ""},
    ("ZO33", "11-15", "NR", "A1-08"): {"satisfaction": "1", "bien_au_college": "4", "oser_parler": "2"},
}


@pytest.fixture
def cite(miramas, tmp_path):
    """Miramas, dans un dossier où écrire, sans réponse encore."""
    reponses = miramas.lectures["reponses_beneficiaires"]
    vide = dataclasses.replace(reponses, table=reponses.table.iloc[:0])
    return dataclasses.replace(miramas, dossier=tmp_path, lectures={**miramas.lectures, "reponses_beneficiaires": vide})


@pytest.fixture
def importer(cite, tmp_path):
    """Importe un texte ou des lignes selon une correspondance."""
    numeros = itertools.count()

    def lire(export, correspondance=EXEMPLE, encodage="utf-8-sig", vers=cite, **options):
        chemin = tmp_path / f"export{next(numeros)}"
        if isinstance(export, str):
            chemin = chemin.with_suffix(".csv")
            chemin.write_bytes(export.encode(encodage))
        else:
            chemin = chemin.with_suffix(".xlsx")
            classeur = openpyxl.Workbook()
            for ligne in export:
                classeur.active.append(ligne)
            classeur.create_sheet("fratrie").append(["_index", "_parent_index", "fratrie/prenom"])
            classeur.save(chemin)
        if isinstance(correspondance, str):
            toml = chemin.with_suffix(".toml")
            toml.write_text(correspondance, encoding="utf-8")
            correspondance = toml
        return lire_enquete(chemin, vers, correspondance=correspondance, **{"sel": SEL} | options)

    return lire


def reponses(apport):
    """Les réponses importées, sans l'ordre ni l'origine."""
    assert [p for p in apport.problemes if p.gravite == "erreur"] == []
    table = apport.lectures["reponses_beneficiaires"].table.fillna("")
    colonnes = ["repondant_pseudo", "tranche_age", "sexe", "action_id", "item", "reponse"]
    return sorted(table[colonnes].itertuples(index=False, name=None))


def attendues():
    return sorted(
        (pseudonyme(code, "jeunes", SEL), age, sexe, action, item, reponse)
        for (code, age, sexe, action), donnees in ATTENDUES.items()
        for item, reponse in donnees.items()
    )


def separer(texte, separateur):
    return texte.replace('";"', f'"{separateur}"')


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("export", [LIMESURVEY_CODES, LIMESURVEY_TEXTES, LIMESURVEY_TITRES])
def test_limesurvey_se_lit_en_codes_et_en_textes_avec_la_correspondance_livree(importer, export, separateur):
    """Codes, « code. texte » ou texte seul en en-tête, les trois séparateurs de LimeSurvey."""
    assert reponses(importer(separer(export, separateur))) == attendues()


def test_limesurvey_ecrit_aussi_les_codes_avec_un_tiret_bas(importer):
    """L'option « codes compatibles avec le gestionnaire d'expressions » écrit Q_SQ001."""
    export = LIMESURVEY_CODES.replace("[SQ001]", "_SQ001").replace("[SQ002]", "_SQ002")
    assert reponses(importer(export)) == attendues()


def test_kobo_framaforms_et_sphinx_donnent_la_meme_table(importer):
    """Kobo : groupe/question, choix multiples, seconde feuille ; Framaforms : trois lignes d'en-tête."""
    kobo = [debut + suite for debut, suite in zip(KOBO, KOBO_SUITE, strict=True)]
    assert reponses(importer(kobo, KOB)) == attendues()
    assert reponses(importer(FRAMAFORMS, FRAMA)) == attendues()
    assert reponses(importer(SPHINX, SPHI, encodage="cp1252")) == attendues()


def test_un_choix_multiple_de_kobo_se_lit_colonne_par_colonne(importer):
    """« loisirs/sport » vaut 1, 0 ou rien ; la colonne « loisirs » qui les résume n'est pas prise pour elle."""
    kobo = [debut + suite for debut, suite in zip(KOBO, KOBO_SUITE, strict=True)]
    toml = KOB + '[[question]]\ncolonne = "loisirs/sport"\nitem = "activite_choisie"\nreponses = { "1" = 4, "0" = 1 }\n'
    lus = {
        (pseudo, reponse) for pseudo, *_, item, reponse in reponses(importer(kobo, toml)) if item == "activite_choisie"
    }
    assert lus == {(pseudonyme(c, "jeunes", SEL), r) for c, r in zip(CODES, ("4", "", "1"), strict=True)}


def test_les_constantes_viennent_de_la_correspondance(importer):
    """Vague, année, source et date valent pour toutes les lignes."""
    table = importer(LIMESURVEY_CODES).lectures["reponses_beneficiaires"].table
    assert set(table["vague"]) == {"T0"}
    assert set(table["annee"]) == {2024}
    assert set(table["source"]) == {"Enquête jeunes, T0"}
    assert set(table["date_extraction"].dt.date) == {dt.date(2024, 6, 28)}


def test_ce_qui_est_ecarte_est_compte(importer):
    """Une réponse interrompue, une question laissée, une non posée ; les colonnes ignorées sont nommées une fois."""
    notes = " ".join(importer(LIMESURVEY_CODES).notes).replace("\u00a0", " ")
    assert "3 réponses complètes ; 1 incomplète écartée." in notes
    assert "1 question laissée sans réponse" in notes
    assert "1 non posée" in notes
    assert "Colonnes laissées de côté : « id », « lastpage », « ipaddr », « token »." in notes


@pytest.mark.parametrize("graine", range(3))
def test_permuter_lignes_ou_colonnes_ne_change_rien(importer, graine):
    """La table importée est la même, dans le même ordre."""
    entete, *lignes = [ligne.split(";") for ligne in LIMESURVEY_CODES.strip().splitlines()]
    alea = random.Random(graine)
    alea.shuffle(lignes)
    places = alea.sample(range(len(entete)), len(entete))
    permute = "\n".join(";".join(ligne[place] for place in places) for ligne in [entete, *lignes])
    avant, apres = (importer(e).lectures["reponses_beneficiaires"].table for e in (LIMESURVEY_CODES, permute))
    assert apres.equals(avant)


def test_personne_ne_se_reconnait_dans_ce_qui_sort(importer):
    """Ni adresse, ni nom, ni IP, ni identifiant, ni code de répondant, ni heure : tables, notes, problèmes, repr."""
    kobo = [debut + suite for debut, suite in zip(KOBO, KOBO_SUITE, strict=True)]
    faux = LIMESURVEY_CODES.replace("mb12", "KL04")  # deux fois le même répondant
    libre = LIMESURVEY_CODES.replace('"AO03";""', '"Zoé Exemplaire"')
    mal_branchees = [
        KOB.replace('"avis/ose"', '"_uuid"'),
        KOB.replace('"satis"', '"nom"'),
        KOB.replace('"age"', '"nom"'),
    ]
    apports = [importer(e) for e in (LIMESURVEY_CODES, LIMESURVEY_TEXTES, faux, libre)]
    apports += [importer(kobo, KOB), importer(FRAMAFORMS, FRAMA), importer(SPHINX, SPHI, encodage="cp1252")]
    apports += [importer(kobo, toml) for toml in mal_branchees] + [importer(LIMESURVEY_CODES.partition("\n")[2])]
    for apport in apports:
        sorti = repr(apport) + " ".join([*apport.notes, *map(str, apport.problemes)])
        sorti += "".join(lecture.table.to_csv() + lecture.origine.to_csv() for lecture in apport.lectures.values())
        assert [cache for cache in (*PERSONNES, *CODES, "10:02", "tk1", "KL04") if cache in sorti] == []


@pytest.mark.parametrize("colonne", ["_uuid", "nom", "_id"])
def test_une_colonne_qui_designe_quelqu_un_ne_se_lit_pas(importer, colonne):
    """Même si la correspondance la demande, fût-ce comme code du répondant."""
    kobo = [debut + suite for debut, suite in zip(KOBO, KOBO_SUITE, strict=True)]
    (probleme,) = importer(kobo, KOB.replace('"code"', f'"{colonne}"')).problemes
    assert (probleme.gravite, probleme.colonne) == ("erreur", colonne)
    assert "désigne une personne" in probleme.message


def test_une_reponse_non_prevue_est_un_probleme_a_sa_cellule(importer):
    """Le message donne les réponses admises ; une faute de frappe est citée, un texte libre unique ne l'est pas."""
    faute, libre = (
        importer(LIMESURVEY_TEXTES.replace("PLUTOT PAS D'ACCORD", texte)).problemes[0]
        for texte in ("Plutôt pas d'acord", "Demandez à mon frère Exemplin")
    )
    assert (faute.ligne, faute.valeur) == (3, "Plutôt pas d'acord")
    assert faute.colonne.startswith("SATIS")
    assert "attendu : Tout à fait d'accord, Plutôt d'accord" in faute.message
    assert (libre.ligne, libre.valeur) == (3, "")


def test_un_code_hors_de_l_echelle_de_la_question_est_refuse(importer):
    """La satisfaction va de 1 à 4 : un 5 n'est ni gardé, ni ramené à 4."""
    (probleme,) = importer(FRAMAFORMS.replace("A1-08\t1\t4\t2", "A1-08\t5\t4\t2"), FRAMA).problemes
    assert (probleme.ligne, probleme.colonne) == (7, "Es-tu satisfait ?")
    assert probleme.message.endswith("attendu : 1, 2, 3, 4, NSP")


def test_une_colonne_absente_est_signalee_avec_ses_voisines(importer):
    """« SATISF » manque : « SATIS » est proposée."""
    toml = EXEMPLE.read_text(encoding="utf-8").replace(
        '["SATIS", "Es-tu satisfait de l\'action, globalement ?"]', '"SATISF"'
    )
    (probleme,) = importer(LIMESURVEY_CODES, toml).problemes
    assert (probleme.ligne, probleme.colonne, probleme.remede) == (1, "SATISF", "Proches : « SATIS ».")


def test_un_nom_de_colonne_ambigu_ne_se_devine_pas(importer):
    """Deux groupes de Kobo ont une question « ose »."""
    kobo = [debut + suite for debut, suite in zip(KOBO, KOBO_SUITE, strict=True)]
    kobo[0][-1] = "autre/ose"
    (probleme,) = importer(kobo, KOB.replace("avis/ose", "ose")).problemes
    assert probleme.message == "2 colonnes portent ce nom"


def test_une_question_inconnue_de_la_table_items_est_refusee(importer):
    """Le message donne les questions de ce questionnaire."""
    (probleme,) = importer(SPHINX, SPHI.replace('"oser_parler"', '"oser"')).problemes
    assert (probleme.colonne, probleme.valeur) == ("item", "oser")
    assert "oser_parler" in probleme.message


@pytest.mark.parametrize(
    ("avant", "apres", "colonne", "valeur"),
    [
        ('vague = "T0"', 'vague = "T9"', "vague", "T9"),
        ('"Une fille" = "F"', '"Une fille" = "femme"', "sexe", "femme"),
        ('item = "satisfaction"', 'item = "satisfaction"\nreponses = { oui = 9 }', "satisfaction", "9"),
        ('item = "satisfaction"', 'item = "oser_parler"', "item", "oser_parler"),
    ],
)
def test_une_correspondance_fausse_est_refusee_avant_de_lire(importer, avant, apres, colonne, valeur):
    """Vague, codes et questions passent par les contrats."""
    (probleme,) = importer(SPHINX, SPHI.replace(avant, apres)).problemes
    assert (probleme.colonne, probleme.valeur, probleme.ligne) == (colonne, valeur, None)


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ('vague = "T0"', 'vage = "T0"', r"manquent : \['vague'\] ; inconnues : \['vage'\]"),
        ('item = "satisfaction"', 'item = "satisfaction"\nreponse = 4', r"inconnues : \['reponse'\]"),
        ('outil = "sphinx"', 'outil = "sphynx"', "sphynx"),
        ('outil = "sphinx"', "outil = ", r"illisible \(TOML mal écrit, ligne 2\)"),
        ("annee = 2024", 'annee = "2024"', "une année sans guillemets"),
        ('item = "satisfaction"', 'item = "satisfaction"\nreponses = "acord"', "« acord » n'y est pas décrit"),
        ('colonne = "Bien"', "colonne = [1]", "des noms de colonne entre guillemets"),
    ],
)
def test_une_correspondance_mal_ecrite_est_une_erreur(importer, avant, apres, message):
    """Une clé mal tapée ne passe pas inaperçue."""
    with pytest.raises(ErreurParametre, match=message):
        importer(SPHINX, SPHI.replace(avant, apres))


def test_le_meme_repondant_deux_fois_est_un_probleme(importer):
    """« KL04 » et « KL 04 » sont le même code ; il n'est pas redit."""
    (probleme,) = importer(LIMESURVEY_CODES.replace("mb12", "KL04")).problemes
    assert (probleme.gravite, probleme.ligne, probleme.valeur) == ("erreur", 3, "")
    assert probleme.message == "même répondant qu'à la ligne 2"


def test_sans_code_les_pseudonymes_sont_tires_au_hasard(importer):
    """Le tirage est injecté ; une note dit que la vague remplace l'ancienne et ne s'apparie pas."""
    toml = SPHI.replace('[repondant]\ncolonne = "Ton code secret"\n', "")
    tires = iter(["aaaaaaaaa2", "bbbbbbbbb2", "ccccccccc2"])
    apport = importer(SPHINX, toml, tirage=lambda: next(tires))
    table = apport.lectures["reponses_beneficiaires"].table
    assert sorted(set(table["repondant_pseudo"])) == ["aaaaaaaaa2", "bbbbbbbbb2", "ccccccccc2"]
    assert any("tirés au hasard" in note for note in apport.notes)
    assert any("remplace toute la vague" in note for note in apport.notes)
    assert set(importer(SPHINX, toml).lectures["reponses_beneficiaires"].table["repondant_pseudo"]).isdisjoint(
        set(importer(SPHINX, toml).lectures["reponses_beneficiaires"].table["repondant_pseudo"])
    )


def test_le_sel_est_cree_une_fois_et_reste_prive(importer, cite):
    """Deux vagues donnent les mêmes pseudonymes ; le fichier n'est lisible que par son propriétaire."""
    t0 = importer(SPHINX, SPHI, sel=None)
    t1 = importer(SPHINX, SPHI.replace('"T0"', '"T1"'), sel=None)
    sel = cite.dossier / ".sel"
    assert sel.stat().st_mode & 0o777 == 0o600
    assert len(sel.read_bytes()) == 32
    assert reponses(t0) == reponses(t1)
    assert reponses(t0) != attendues()


def test_sans_sel_rien_ne_se_calcule():
    """Un pseudonyme sans sel se retrouverait en essayant tous les codes."""
    with pytest.raises(ErreurParametre, match="sel"):
        pseudonyme("KL04", "jeunes", b"")


def test_un_sel_abime_arrete_l_import(importer, cite):
    """Un sel vide n'est pas un sel."""
    (cite.dossier / ".sel").write_bytes(b"")
    with pytest.raises(ErreurParametre, match="sel abîmé"):
        importer(SPHINX, SPHI, sel=None)


def test_une_vague_reimportee_remplace_la_precedente(importer):
    """Les pseudonymes tirés au sort changent d'une lecture à l'autre : les anciens compteraient deux fois."""
    assert importer(SPHINX, SPHI).remplace


def test_les_reponses_des_partenaires_vont_dans_leur_table(importer):
    """Questionnaire ODAP, réponses A, B, C en toutes lettres, catégorie obligatoire."""
    export = "Vous êtes;P1;P2\nUne association;Tout à fait;Je ne sais pas\nLa Ville;Pas du tout;\n"
    toml = """
table = "reponses_partenaires"
questionnaire = "ODAP"
vague = 2024
annee = 2024
[categorie]
colonne = "Vous êtes"
reponses = { "Une association" = "association", "La Ville" = "ville" }
[echelles]
accord = { "Tout à fait" = "A", "En partie" = "B", "Pas du tout" = "C", "Je ne sais pas" = "NSP" }
[[question]]
colonne = "P1"
item = 1
reponses = "accord"
[[question]]
colonne = "P2"
item = 2
reponses = "accord"
"""
    table = importer(export, toml).lectures["reponses_partenaires"].table.fillna("")
    lus = sorted(table[["categorie", "instrument", "item", "reponse"]].itertuples(index=False, name=None))
    assert lus == [
        ("association", "ODAP", 1, "A"),
        ("association", "ODAP", 2, "NSP"),
        ("ville", "ODAP", 1, "C"),
        ("ville", "ODAP", 2, ""),
    ]


def test_un_export_sans_reponse_complete_donne_une_table_vide(importer):
    """Ni erreur, ni ligne : la note le dit."""
    apport = importer(SPHINX.replace("Terminé", "En cours"), SPHI)
    assert apport.lectures["reponses_beneficiaires"].table.empty
    assert apport.problemes == ()
    assert apport.notes[0].replace("\u00a0", " ") == "0 réponse complète ; 4 incomplètes écartées."


@pytest.mark.parametrize("rien", ["N/A", "Sans réponse"])
def test_ne_pas_donner_son_code_n_est_pas_un_code(importer, rien):
    """Deux personnes sans code restent deux personnes."""
    apport = importer(LIMESURVEY_CODES.replace("mb12", rien).replace("ZO33", rien))
    assert apport.problemes == ()
    assert apport.lectures["reponses_beneficiaires"].table["repondant_pseudo"].nunique() == 3
