"""La déclaration de chaque table d'une cité : tout le reste (vérification, dictionnaire, schémas) en découle.

Les codes s'écrivent en ASCII ; `LIBELLES` donne leur forme affichée. Une colonne obligatoire a son nom suivi
d'une étoile.
"""

from __future__ import annotations

import functools

from citelib.contrats import (
    CODE_QPV,
    IDENTIFIANT,
    SIRET,
    UNITE_DE_L_INDICATEUR,
    AnneeScolaire,
    Code,
    CodeUai,
    Colonne,
    Entre,
    Motif,
    Ordre,
    Parmi,
    Reference,
    Table,
)

AXES = ("FC", "A1", "A2", "A3")
TRANCHES_AGE = ("0-2", "3-5", "6-10", "11-15", "16-17", "18-25")
AGES = {tranche: tuple(map(int, tranche.split("-"))) for tranche in TRANCHES_AGE}  # premier et dernier âge de chacune
TEMPS = ("scolaire", "periscolaire", "extrascolaire", "vacances")
SEXES = ("F", "G", "NR")
STATUTS_ACTION = ("realisee", "partielle", "reportee", "annulee", "non_realisee", "sans_information")
MOTIFS_ECART = ("moyens_humains", "budget", "public", "partenaire", "calendrier", "sanitaire", "autre")
STATUTS_VALEUR = ("observee", "estimee", "non_collectee", "non_concernee", "supprimee_secret")
CONNUES = ("observee", "estimee")  # statuts d'une valeur que l'on peut lire
OUVERTES = ("a_faire", "en_cours")  # suites d'une décision ou d'une recommandation que l'on attend encore
PROPRES = "autofinancement"  # le financeur qui n'en est pas un : les fonds propres du porteur
INSTANCES = ("dynamique_terrain", "ept", "cotech", "copil", "groupe_thematique")
DIMENSIONS = ("realisation", "resultats", "impacts", "partenariat")
TRANSVERSAUX = {
    "egalite": "Égalité entre filles et garçons",
    "petite_enfance_0_2": "Petite enfance, 0 à 2 ans",
    "petite_enfance_3_5": "Petite enfance, 3 à 5 ans",
    "parents": "Parents",
}
"""Ce que la matrice de couverture montre toujours, même à zéro."""
# fmt: off
CATEGORIES = ("etat", "education_nationale", "ville", "autre_collectivite", "association", "centre_social",
              "institution_sociale", "parents_habitants", "autre")
FINANCEURS = ("etat_p147", "etat_p230", "fonds_ce", "ville", "metropole", "departement", "region", "caf", "ars",
              "autre", PROPRES)
UNITES = ("part", "nombre", "points", "score", "indice", "jours", "euros", "intensite")
NIVEAUX = ("cite", "quartier", "etablissement", "action", "axe")
CALCULS = ("taux_realisation", "taux_pondere", "part_ajoutees", "actions_non_realisees", "taux_consommation",
           "justifications_a_temps", "taux_seances", "retard_median", "part_cofinancement", "droit_commun",
           "repartition", "couverture_ages", "couverture_etablissements", "bilans_a_temps",
           "beneficiaires_uniques", "participations", "intensite", "public_atteint", "part_en_quartier", "part_filles",
           "couverture_population", "assiduite", "objectifs_atteints", "objectifs_evaluables", "satisfaction",
           "parents_touches", "professionnels_formes")
TERRITOIRES = ("etablissement", "cite", "quartier", "axe", "academie", "reseau", "france")

LIBELLES = {
    "FC": "Faire Cité", "A1": "Conforter le rôle de l’école", "A2": "Promouvoir la continuité éducative",
    "A3": "Ouvrir le champ des possibles",
    "realisee": "réalisée", "partielle": "réalisée en partie", "reportee": "reportée", "annulee": "annulée",
    "non_realisee": "non réalisée", "sans_information": "sans information",
    "moyens_humains": "moyens humains", "budget": "budget ou versement tardif", "public": "public insuffisant",
    "sanitaire": "raison sanitaire", "negative": "négative", "mitigee": "mitigée",
    "premiere": "première", "modifiee": "modifiée",
    "elementaire": "élémentaire", "college": "collège", "lycee": "lycée", "ecole": "école",
    "observee": "observée", "estimee": "estimée", "non_collectee": "non collectée", "non_concernee": "sans objet",
    "supprimee_secret": "supprimée (secret statistique)",
    "etat": "État", "education_nationale": "Éducation nationale", "ville": "Ville",
    "autre_collectivite": "autre collectivité", "centre_social": "centre social",
    "institution_sociale": "institution sociale", "parents_habitants": "parents et habitants",
    "dynamique_terrain": "dynamique terrain", "ept": "équipe de projet territorial", "cotech": "comité technique",
    "copil": "comité de pilotage", "groupe_thematique": "groupe thématique",
    "realisation": "réalisation", "resultats": "résultats", "partenariat": "partenariat et pilotage",
    "etat_p147": "État, politique de la ville (P147)", "etat_p230": "État, vie de l’élève (P230)",
    "fonds_ce": "fonds de la cité éducative", "metropole": "Métropole", "departement": "Département",
    "region": "Région", "caf": "Caf", "ars": "ARS",
    "periscolaire": "périscolaire", "numeraire": "numéraire",
    "specifique": "crédits spécifiques", "droit_commun": "droit commun",
    "F": "filles et femmes", "G": "garçons et hommes", "NR": "non renseigné", "hors_qpv": "hors quartier prioritaire",
    "enfant_jeune": "enfants et jeunes", "parent": "parents", "professionnel": "professionnels",
    "a_faire": "à faire", "en_cours": "en cours", "abandonnee": "abandonnée", "sans_suite": "sans suite",
}
SYNONYMES = {
    "fille": "F", "filles": "F", "femme": "F", "femmes": "F", "féminin": "F", "garçon": "G", "garçons": "G",
    "homme": "G", "hommes": "G", "masculin": "G", "M": "G", "H": "G", "adultes": "adulte", "hors QPV": "hors_qpv",
    **{f"axe {rang}": f"A{rang}" for rang in (1, 2, 3)},
    **{f"{t} ans": t for t in TRANCHES_AGE}, **{f"{t.replace('-', ' à ')} ans": t for t in TRANCHES_AGE},
}
"""Ce que les services écrivent aussi pour un code, sans qu'un doute soit possible."""
# fmt: on

FICTIF = "Données fictives"
"""Début de la `source` d'une ligne inventée : tout ce qui en dérive le dit à l'affichage."""


def libelle(code: str) -> str:
    """
    La forme affichée d'un code ; un code sans libellé s'affiche tel quel.

    >>> libelle("realisee"), libelle("association")
    ('réalisée', 'association')
    """
    return LIBELLES.get(code, code)


def tranches_entre(age_min: int, age_max: int) -> tuple[str, ...]:
    """
    Les tranches d'âge que réunit un intervalle, bornes comprises.

    Raises:
        ValueError: si l'intervalle coupe une tranche, dont rien ne dit comment elle se partage.

    >>> tranches_entre(6, 15)
    ('6-10', '11-15')
    """
    touchees = tuple(t for t, (jeune, vieux) in AGES.items() if jeune <= age_max and vieux >= age_min)
    coupees = [t for t in touchees if AGES[t][0] < age_min or AGES[t][1] > age_max]
    if not touchees or coupees:
        quoi = f"coupe la tranche {' et la tranche '.join(coupees)}" if coupees else "ne touche aucune tranche d'âge"
        raise ValueError(f"{age_min}-{age_max} {quoi} ; tranches : {', '.join(TRANCHES_AGE)}")
    return touchees


def _colonne(type_: str, nom: str, titre: str, exemple: str, *contraintes: object, unite: str = "") -> Colonne:
    """Une colonne ; l'étoile qui suit son nom la rend obligatoire."""
    return Colonne(nom.removesuffix("*"), type_, titre, exemple, contraintes, nom.endswith("*"), unite)


_texte, _nombre, _date, _liste = (functools.partial(_colonne, type_) for type_ in ("texte", "nombre", "date", "liste"))


def _identifiant(nom: str, titre: str, exemple: str) -> Colonne:
    return _texte(nom, titre, exemple, IDENTIFIANT)


@functools.cache
def parmi(*valeurs: str) -> Parmi:
    """Une liste fermée de codes, que l'on reconnaît aussi à leur libellé ou à un synonyme."""
    return Parmi(valeurs, SYNONYMES | {libelle: code for code, libelle in LIBELLES.items() if code in valeurs})


def _codes(nom: str, titre: str, *valeurs: str) -> Colonne:
    return _texte(nom, titre, valeurs[0], parmi(*valeurs))


def _compte(nom: str, titre: str, exemple: str, unite: str) -> Colonne:
    return _colonne("entier", nom, titre, exemple, Entre(0), unite=unite)


def _montant(nom: str, titre: str, exemple: str) -> Colonne:
    return _nombre(nom, titre, exemple, Entre(0), unite="euros courants")


def _oui_non(nom: str, titre: str, exemple: str = "non") -> Colonne:
    return _colonne("booleen", nom, titre, exemple)


def _table(fiche: tuple, ligne: tuple, *colonnes: Colonne, regles: tuple = (), facultative: bool = False) -> Table:
    """Une table : (nom, titre), puis (ce qu'est une ligne, colonnes de sa clé), et ses colonnes."""
    grain, cle = ligne
    return Table(*fiche, grain, tuple(cle.split()), (*colonnes, *COMMUNES), regles, facultative)


UAI = CodeUai()
NOTE = Code(r"[1-9]|10|[ABC]|NSP", "une réponse codée : 1 à 10, A, B, C, ou NSP (ne sait pas)")
ANNEE_SCOLAIRE = AnneeScolaire()
RESIDENCE = Code(rf"{CODE_QPV.motif}|hors_qpv|NR", "un code de quartier, hors_qpv ou NR", ("hors_qpv", "NR"))
ACTION = _identifiant("action_id*", "Identifiant de l'action, le même d'une année à l'autre", "A1-03")
ANNEE = _colonne("entier", "annee*", "Année du programme", "2024", Entre(2019, 2100))
MILLESIME = _colonne("entier", "annee", "Année de l'information", "2024", Entre(1990, 2100))
AXE = _codes("axe*", "Axe : FC Faire Cité, A1 rôle de l'école, A2 continuité éducative, A3 champ des possibles", *AXES)
THEME = _texte("theme*", "Thème de l'axe", "Orientation scolaire")
FICHIER = "Document ou fichier d'où vient la ligne ; commence par « Données fictives » si elle est inventée"
VERIFICATIONS = (
    "1 actions menées, 2 public touché, 3 résultat intermédiaire, 4 indicateur, 5 calendrier, "
    "6 autres explications examinées par le comité"
)
COMMUNES = (
    _texte("source*", FICHIER, "Bilans des porteurs"),
    _date("date_extraction*", "Date à laquelle la ligne a été relevée", "15/01/2025"),
    _texte("saisi_par_role", "Fonction de la personne qui a saisi", "CPO"),
)
DE_L_ACTION = Reference("action_id", "actions", "action_id", par_annee=True)
DE_LA_STRUCTURE = Reference("structure_id", "structures", "structure_id")
DE_LA_REUNION = Reference("reunion_id", "instances", "reunion_id", par_annee=True)
DE_L_INDICATEUR = Reference("indicateur_code", "indicateurs", "indicateur_code")

TABLES = (
    _table(
        ("actions", "Programme : les actions prévues, et celles ajoutées en cours d'année"),
        ("action et année", "action_id annee"),
        ACTION,
        ANNEE,
        _texte("intitule*", "Intitulé de l'action", "Forum des métiers"),
        AXE,
        THEME,
        _liste("axes_secondaires", "Autres axes servis", "A2|A3", parmi(*AXES)),
        _identifiant("objectif_operationnel_id*", "Objectif opérationnel servi", "OBJ-01"),
        _texte("porteur_siret", "SIRET du porteur", "21130063500012", SIRET),
        _texte("porteur_nom*", "Nom du porteur, comme dans la table des structures", "Ville"),
        _codes("type_porteur*", "Nature du porteur", "association", "commune", "EPLE", "ecole", "CCAS", "autre"),
        _codes("renouvellement", "Première demande ou suite", "premiere", "reconduite", "modifiee"),
        _codes("temps", "Temps de l'enfant", *TEMPS),
        _compte("age_min", "Âge minimal du public", "11", "ans"),
        _compte("age_max", "Âge maximal du public", "15", "ans"),
        _compte("public_prevu", "Personnes que l'action prévoit de toucher", "60", "personnes"),
        _oui_non("parents_vises", "L'action s'adresse-t-elle aussi aux parents ?"),
        _liste("qpv", "Quartiers prioritaires concernés", "QP013062|QP013063", CODE_QPV),
        _liste("uai", "Établissements concernés", "0132327J", UAI),
        _compte("seances_prevues", "Séances prévues", "10", "séances"),
        _date("date_debut_prevue", "Début prévu", "15/01/2024"),
        _date("date_fin_prevue", "Fin prévue", "30/06/2024"),
        _date("date_validation_copil", "Validation par le comité de pilotage", "12/12/2023"),
        _montant("cout_total_prevu", "Coût total prévu", "12000"),
        _oui_non("hors_programmation*", "Action ajoutée après la validation du programme"),
        regles=(
            Ordre("age_min", "age_max"),
            Ordre("date_debut_prevue", "date_fin_prevue"),
            Reference("porteur_nom", "structures", "nom"),
            Reference("objectif_operationnel_id", "objectifs", "objectif_id", par_annee=True),
            Reference("uai", "etablissements", "uai"),
            Reference("qpv", "quartiers", "qpv_code"),
        ),
    ),
    _table(
        ("realisations", "Bilans : ce que chaque action est devenue"),
        ("action et année", "action_id annee"),
        ACTION,
        ANNEE,
        _codes("statut*", "Statut en fin d'année", *STATUTS_ACTION),
        _codes("motif_ecart", "Motif principal de l'écart", *MOTIFS_ECART),
        _texte("commentaire_ecart", "Explication de l'écart", "Séances déplacées au printemps"),
        _compte("seances_tenues", "Séances tenues", "9", "séances"),
        _date("date_debut_reelle", "Début réel", "22/01/2024"),
        _date("date_fin_reelle", "Fin réelle", "28/06/2024"),
        _date("bilan_recu_le", "Réception du bilan", "10/01/2025"),
        _codes("methode_comptage", "Manière de compter les personnes", "nominatif", "emargement", "estimation"),
        regles=(DE_L_ACTION, Ordre("date_debut_reelle", "date_fin_reelle")),
    ),
    _table(
        ("beneficiaires", "Personnes touchées, par agrégats seulement"),
        (
            "action, année, tranche d'âge, sexe, résidence, établissement et public",
            "action_id annee tranche_age sexe residence uai type_public",
        ),
        ACTION,
        ANNEE,
        _codes("tranche_age*", "Tranche d'âge en années", *TRANCHES_AGE, "adulte", "NR"),
        _codes("sexe*", "Sexe", *SEXES),
        _texte("residence*", "Quartier de résidence : code QPV, hors_qpv ou NR", "QP013063", RESIDENCE),
        _texte("uai", "Établissement fréquenté", "0132327J", UAI),
        _codes("type_public*", "Public", "enfant_jeune", "parent", "professionnel"),
        _compte("nb_uniques*", "Personnes différentes dans l'action", "42", "personnes"),
        _compte("nb_participations", "Présences cumulées", "310", "participations"),
        _compte("nb_nouveaux", "Personnes venues pour la première fois", "12", "personnes"),
        _nombre("heures_proposees", "Heures proposées aux inscrits", "420", Entre(0), unite="heures"),
        _nombre("heures_suivies", "Heures suivies", "365,5", Entre(0), unite="heures"),
        regles=(
            DE_L_ACTION,
            Ordre("nb_nouveaux", "nb_uniques"),
            Ordre("nb_uniques", "nb_participations"),
            Reference("residence", "quartiers", "qpv_code", sauf=("hors_qpv", "NR")),
            Reference("uai", "etablissements", "uai"),
        ),
    ),
    _table(
        ("financements", "Crédits demandés, accordés, versés et justifiés"),
        ("action, année, financeur, nature et type de crédit", "action_id annee financeur nature credit"),
        ACTION,
        ANNEE,
        _codes("financeur*", "Financeur", *FINANCEURS),
        _codes("nature*", "Numéraire ou valorisation", "numeraire", "valorisation"),
        _codes("credit*", "Crédit spécifique ou de droit commun", "specifique", "droit_commun"),
        _montant("demande", "Montant demandé", "8000"),
        _montant("accorde", "Montant accordé (engagé)", "7000"),
        _montant("verse", "Montant versé", "7000"),
        _montant("depense_justifiee", "Dépense justifiée", "6800"),
        _date("date_depot", "Dépôt de la demande", "15/12/2023"),
        _date("date_notification", "Notification", "15/03/2024"),
        _date("date_versement", "Versement", "30/05/2024"),
        _date("compte_rendu_recu_le", "Réception du compte rendu financier", "20/05/2025"),
        regles=(DE_L_ACTION, Ordre("date_depot", "date_notification"), Ordre("date_notification", "date_versement")),
    ),
    _table(
        ("structures", "Organismes partenaires et porteurs"),
        ("organisme", "structure_id"),
        _identifiant("structure_id*", "Identifiant de l'organisme", "S-01"),
        _texte("nom*", "Nom de l'organisme", "Ville"),
        _texte("siret", "SIRET", "21130063500012", SIRET),
        _texte("rna", "Numéro RNA de l'association", "W131000001", Code(r"W\d{9}", "W et 9 chiffres")),
        _codes("categorie*", "Catégorie d'acteur", *CATEGORIES),
        _oui_non("pilote", "L'un des pilotes (troïka)"),
        MILLESIME,
    ),
    _table(
        ("etablissements", "Écoles et collèges de la cité"),
        ("établissement", "nom"),
        _texte("nom*", "Nom de l'établissement", "Collège Miramaris"),
        _texte("uai", "Code UAI, vide s'il n'est pas connu", "0132327J", UAI),
        _codes("type*", "Type", "maternelle", "elementaire", "primaire", "college", "lycee", "ecole"),
        _codes("ep*", "Éducation prioritaire", "REP+", "REP", "hors EP"),
        _compte("effectif", "Élèves", "443", "élèves"),
        _texte("annee_scolaire", "Année scolaire de l'effectif", "2022-2023", ANNEE_SCOLAIRE),
        _texte("qpv_code", "Quartier prioritaire où il se trouve", "QP013063", CODE_QPV),
        _date("valide_du", "Début de validité", "01/09/2021"),
        _date("valide_au", "Fin de validité", "31/08/2027"),
        MILLESIME,
        regles=(Reference("qpv_code", "quartiers", "qpv_code"), Ordre("valide_du", "valide_au")),
    ),
    _table(
        ("quartiers", "Quartiers prioritaires, dans la liste de 2015 et dans celle de 2024"),
        ("quartier et génération de zonage", "qpv_code"),
        _texte("qpv_code*", "Code du quartier", "QP013063", CODE_QPV),
        _texte("nom*", "Nom du quartier", "La Maille"),
        _codes("generation*", "Liste à laquelle le code appartient", "2015", "2024"),
        _compte("population", "Habitants", "4100", "habitants"),
        _compte("population_millesime", "Année de la population", "2018", "année"),
        _texte("correspondance", "Code du même quartier dans l'autre liste", "QN01367M", CODE_QPV),
        _oui_non("contour_modifie", "Le contour a-t-il changé entre les deux listes ?"),
        _oui_non("a_confirmer*", "Le rapprochement du nom et du code reste à confirmer"),
        MILLESIME,
    ),
    _table(
        ("populations", "Habitants des quartiers prioritaires par tranche d'âge et sexe"),
        ("quartier, millésime, tranche d'âge et sexe", "qpv_code annee tranche_age sexe"),
        _texte("qpv_code*", "Code du quartier", "QP013063", CODE_QPV),
        ANNEE,
        _codes("tranche_age*", "Tranche d'âge en années", *TRANCHES_AGE),
        _codes("sexe*", "Sexe", "F", "G"),
        _compte("population*", "Habitants", "310", "habitants"),
        regles=(Reference("qpv_code", "quartiers", "qpv_code"),),
        facultative=True,
    ),
    _table(
        ("objectifs", "Objectifs du programme et leur indicateur"),
        ("objectif opérationnel et année", "objectif_id annee"),
        _identifiant("objectif_id*", "Identifiant de l'objectif", "OBJ-01"),
        ANNEE,
        AXE,
        THEME,
        _texte("objectif_strategique*", "Objectif stratégique", "Conforter le rôle de l'école"),
        _texte("objectif_operationnel*", "Objectif opérationnel", "Faire venir les familles"),
        _texte("question_evaluative", "Question posée à l'évaluation", "Les familles viennent-elles plus ?"),
        _texte("critere", "Critère de jugement", "Part de familles venues au moins une fois"),
        _texte("indicateur_code", "Indicateur, du référentiel", "S12"),
        _nombre("valeur_initiale", "Valeur de départ", "0,4", unite=UNITE_DE_L_INDICATEUR),
        _compte("annee_initiale", "Année de la valeur de départ", "2021", "année"),
        _nombre("cible", "Valeur visée", "0,5", unite=UNITE_DE_L_INDICATEUR),
        _compte("annee_cible", "Échéance de la cible", "2024", "année"),
        _texte("source_prevue", "D'où l'indicateur doit venir", "Vie scolaire"),
        _texte("responsable_role", "Fonction de la personne qui en répond", "Coordonnateur"),
        regles=(DE_L_INDICATEUR,),
    ),
    _table(
        ("contributions", "Analyse de contribution : ce que l'évaluateur répond aux vérifications"),
        ("objectif, année et vérification", "objectif_id annee verification"),
        _identifiant("objectif_id*", "Objectif opérationnel", "OBJ-01"),
        ANNEE,
        _colonne("entier", "verification*", VERIFICATIONS, "6", Entre(1, 6)),
        _codes("reponse*", "Réponse", "oui", "non", "inconnu"),
        _texte("explication", "Explication ; pour la vérification 6, les autres explications examinées", "Réforme"),
        _texte("par_role", "Fonction de la personne qui répond", "Évaluateur"),
        _date("date", "Date de la réponse", "12/01/2025"),
        regles=(Reference("objectif_id", "objectifs", "objectif_id", par_annee=True),),
        facultative=True,
    ),
    _table(
        ("indicateurs", "Référentiel : les indicateurs de la cité"),
        ("indicateur", "indicateur_code"),
        _texte("indicateur_code*", "Code", "S12", Motif(r"[A-Z]+\d+", "lettres puis chiffres")),
        _texte("libelle*", "Intitulé", "Participation des familles"),
        _texte("definition*", "Définition et formule", "Familles venues au moins une fois ÷ familles invitées"),
        _codes("dimension*", "Dimension du protocole", *DIMENSIONS),
        _liste("axe", "Axes concernés", "A1", parmi(*AXES)),
        _codes("unite*", "Unité des valeurs (une part va de 0 à 1)", *UNITES),
        _texte("source_habituelle*", "Source", "Vie scolaire"),
        _texte("producteur*", "Qui fournit la valeur", "Éducation nationale"),
        _codes("periodicite*", "Périodicité", "annuelle", "scolaire", "trimestrielle", "mensuelle", "triennale"),
        _liste("niveau", "Niveaux : cité, quartier, établissement, action, axe", "etablissement", parmi(*NIVEAUX)),
        _codes("sens*", "Ce qui est favorable", "hausse", "baisse", "cible", "contexte"),
        _codes("nature*", "Nature du nombre", "exhaustif", "recensement", "echantillon", "processus"),
        _nombre("delta", "Plus petit changement qui compte", "0,05", Entre(0), unite=UNITE_DE_L_INDICATEUR),
        _compte("seuil_fiabilite", "Effectif minimal pour l'afficher", "30", "personnes"),
        _compte("seuil_secret", "Seuil de secret demandé par la source", "5", "personnes"),
        _oui_non("diffusable*", "Peut-il sortir de la cité ?", "oui"),
        _texte("limites", "Limites, écrites sous chaque graphique", "Déclaratif"),
        _texte("theme", "Thème de l'axe, si l'indicateur n'en sert qu'un", "Orientation scolaire"),
        _texte("question_evaluative", "Question à laquelle il aide à répondre", "Les familles viennent-elles plus ?"),
        _texte("calcul", "Comment la valeur s'obtient (docs/indicateurs.md) ; vide : collecte", "rapport(V01 ; V02)"),
        MILLESIME,
    ),
    _table(
        ("valeurs", "Valeurs collectées des indicateurs"),
        ("indicateur, année, période, niveau et territoire", "indicateur_code annee periode niveau territoire_code"),
        _texte("indicateur_code*", "Indicateur, du référentiel", "I04"),
        ANNEE,
        _texte("periode*", "Période : année civile, année scolaire, session, vague", "session 2024"),
        _codes("niveau*", "Niveau du territoire", *TERRITOIRES),
        _texte("territoire_code*", "Code du territoire : UAI, QPV, axe, académie…", "0132327J"),
        _texte("perimetre_version", "Version du périmètre", "QPV 2015"),
        _nombre("numerateur", "Numérateur", "62", Entre(0)),
        _nombre("denominateur", "Dénominateur", "100", Entre(0)),
        _nombre("valeur", "Valeur", "0,62", unite=UNITE_DE_L_INDICATEUR),
        _codes("statut_valeur*", "État de la valeur", *STATUTS_VALEUR),
        _texte("producteur", "Qui l'a produite", "DEPP"),
        _date("date_production", "Date de production", "01/03/2025"),
        _texte("commentaire", "Commentaire", "Série générale"),
        regles=(DE_L_INDICATEUR,),
    ),
    _table(
        ("reponses_beneficiaires", "Réponses des bénéficiaires aux questionnaires"),
        ("vague, questionnaire, répondant et question", "vague questionnaire repondant_pseudo item"),
        _codes("vague*", "Vague de l'enquête", "T0", "T1", "T2"),
        ANNEE,
        _identifiant("questionnaire*", "Questionnaire", "jeunes"),
        _identifiant("repondant_pseudo*", "Pseudonyme tiré au hasard, jamais dérivé d'un nom", "k7f3q"),
        _codes("tranche_age*", "Tranche d'âge", *TRANCHES_AGE, "adulte", "NR"),
        _codes("sexe*", "Sexe", *SEXES),
        _identifiant("action_id", "Action suivie", "A1-03"),
        _identifiant("classe_pseudo", "Pseudonyme de la classe", "c04"),
        _identifiant("item*", "Question", "satisfaction"),
        _texte("reponse", "Réponse codée", "4", NOTE),
        regles=(Reference("item", "items", "item"), DE_L_ACTION),
    ),
    _table(
        ("items", "Questions des questionnaires"),
        ("questionnaire et question", "questionnaire item"),
        _identifiant("questionnaire*", "Questionnaire", "jeunes"),
        _identifiant("item*", "Question", "satisfaction"),
        _texte("libelle*", "Texte de la question", "Êtes-vous satisfait de l'action ?"),
        _compte("echelle_max*", "Réponse la plus haute ; la plus basse vaut 1", "4", "points"),
        _oui_non("inverse*", "Une réponse haute est-elle défavorable ?"),
        _texte("domaine*", "Domaine de la vie quotidienne", "école"),
        _texte("indicateur_code", "Indicateur alimenté", "S11"),
        _texte("echelle", "Échelle à laquelle la question appartient, s'il y en a une", "climat scolaire"),
        MILLESIME,
        regles=(DE_L_INDICATEUR,),
    ),
    _table(
        ("invitations", "Personnes invitées à répondre à une enquête, par agrégats seulement"),
        ("vague, année, questionnaire, tranche d'âge et sexe", "vague annee questionnaire tranche_age sexe"),
        _codes("vague*", "Vague de l'enquête", "T0", "T1", "T2"),
        ANNEE,
        _identifiant("questionnaire*", "Questionnaire", "jeunes"),
        _codes("tranche_age*", "Tranche d'âge", *TRANCHES_AGE, "adulte", "NR"),
        _codes("sexe*", "Sexe", *SEXES),
        _compte("nb_invites*", "Personnes à qui le questionnaire a été proposé", "85", "personnes"),
        facultative=True,
    ),
    _table(
        ("reponses_partenaires", "Réponses des partenaires aux questionnaires de partenariat"),
        ("vague, répondant, instrument et question", "vague repondant_pseudo instrument item"),
        _texte("vague*", "Vague", "2024"),
        ANNEE,
        _identifiant("repondant_pseudo*", "Pseudonyme tiré au hasard", "p12"),
        _codes("categorie*", "Catégorie d'acteur", *CATEGORIES),
        _identifiant("structure_id", "Organisme du répondant, si l'enquête le demande", "S-01"),
        _codes("anciennete", "Ancienneté dans la cité", "moins_1_an", "1_a_3_ans", "plus_3_ans"),
        _codes("instrument*", "Instrument", "ODAP", "VPAT", "WILDER", "PSATS", "COURT"),
        _colonne("entier", "item*", "Numéro de la question", "3", Entre(1)),
        _texte("reponse", "Réponse codée", "B", NOTE),
        regles=(DE_LA_STRUCTURE,),
    ),
    _table(
        ("instances", "Réunions des instances, prévues et tenues"),
        ("réunion", "reunion_id"),
        _identifiant("reunion_id*", "Identifiant de la réunion", "2024-COTECH-1"),
        ANNEE,
        _codes("instance*", "Instance", *INSTANCES),
        _date("date*", "Date prévue", "14/03/2024"),
        _oui_non("tenue*", "A-t-elle eu lieu ?", "oui"),
        _texte("objet", "Objet", "Point d'étape"),
    ),
    _table(
        ("presences", "Présences des organismes aux réunions"),
        ("réunion et organisme", "reunion_id structure_id"),
        _identifiant("reunion_id*", "Réunion", "2024-COTECH-1"),
        ANNEE,
        _identifiant("structure_id*", "Organisme", "S-01"),
        _oui_non("invite*", "Était-il invité ?", "oui"),
        _oui_non("present*", "Était-il présent ?", "oui"),
        regles=(DE_LA_REUNION, DE_LA_STRUCTURE),
    ),
    _table(
        ("decisions", "Relevé de décisions"),
        ("décision", "decision_id"),
        _identifiant("decision_id*", "Identifiant", "D-2024-01"),
        ANNEE,
        _identifiant("reunion_id*", "Réunion qui l'a prise", "2024-COTECH-1"),
        _texte("libelle*", "Décision", "Ouvrir un créneau de plus"),
        _codes("origine*", "De qui vient la proposition", "pilote", "technique", "parents_habitants", "jeunes"),
        _texte("responsable_role", "Fonction de la personne qui en répond", "CPO"),
        _date("echeance", "Échéance", "30/06/2024"),
        _codes("statut*", "Suite donnée", "a_faire", "en_cours", "faite", "abandonnee"),
        _date("date_execution", "Exécution", "15/06/2024"),
        _texte("preuve", "Ce qui montre la suite donnée", "Relevé du 3 mars"),
        regles=(DE_LA_REUNION,),
    ),
    _table(
        ("verbatims", "Paroles recueillies, rendues anonymes"),
        ("parole", "verbatim_id"),
        _identifiant("verbatim_id*", "Identifiant", "V-001"),
        ANNEE,
        _codes("type_acteur*", "Qui parle", "jeune", "parent", "professionnel", "partenaire"),
        _identifiant("action_id", "Action concernée", "A1-03"),
        _texte("theme_code", "Thème", "confiance"),
        _codes("tonalite*", "Tonalité", "positive", "negative", "mitigee"),
        _texte("texte_anonymise*", "Parole, sans rien qui désigne quelqu'un", "J'ose poser des questions."),
        _texte("recueil", "Manière dont elle a été recueillie", "Entretien collectif"),
        _oui_non("diffusable*", "Peut-elle être publiée ?", "oui"),
        regles=(DE_L_ACTION,),
    ),
    _table(
        ("recommandations", "Recommandations des évaluations et leurs suites"),
        ("recommandation", "reco_id"),
        _identifiant("reco_id*", "Identifiant", "RECO-2023-1"),
        ANNEE,
        _texte("texte*", "Recommandation", "Relever la fréquentation par sexe"),
        _texte("destinataire_role", "À qui elle s'adresse", "CPO"),
        _codes("statut*", "Suite donnée", "faite", "en_cours", "abandonnee", "sans_suite"),
        _texte("preuve", "Ce qui le montre", "Relevé du 3 mars"),
        _date("echeance", "Échéance", "30/06/2024"),
    ),
    _table(
        ("collecte", "Suivi de la collecte des données"),
        ("année, table et producteur", "annee table producteur"),
        ANNEE,
        _identifiant("table*", "Table attendue", "beneficiaires"),
        _texte("producteur*", "Qui doit la fournir", "Porteurs associatifs"),
        _date("attendu_le*", "Échéance", "15/01/2025"),
        _date("recu_le", "Réception", "20/01/2025"),
        _compte("relances", "Relances faites", "1", "relances"),
        _nombre("taux_completude", "Part des champs remplis", "0,92", Entre(0, 1), unite="part de 0 à 1"),
    ),
    _table(
        ("participations", "Présences séance par séance"),
        ("action, séance et participant", "action_id annee seance participant_pseudo"),
        ACTION,
        ANNEE,
        _date("seance*", "Date de la séance", "22/01/2024"),
        _identifiant("participant_pseudo*", "Pseudonyme tiré au hasard", "x8d2k"),
        regles=(DE_L_ACTION,),
        facultative=True,
    ),
    _table(
        ("ateliers", "Ateliers participatifs de co-construction"),
        ("atelier", "atelier_id"),
        _identifiant("atelier_id*", "Identifiant", "AT-1"),
        MILLESIME,
        _texte("theme*", "Thème de l'atelier", "Faire cité"),
        _compte("participants_plus_de*", "Borne basse du nombre de participants (« plus de »)", "50", "personnes"),
    ),
    _table(
        ("liens", "Liens de travail déclarés entre partenaires"),
        ("année, organisme qui déclare et organisme déclaré", "annee structure_id structure_liee_id"),
        ANNEE,
        _identifiant("structure_id*", "Organisme qui déclare", "S-01"),
        _identifiant("structure_liee_id*", "Organisme avec lequel il travaille", "S-02"),
        regles=(DE_LA_STRUCTURE, Reference("structure_liee_id", "structures", "structure_id")),
        facultative=True,
    ),
    _table(
        ("colleges", "Vivier : les collèges publics de la cité, et ceux auxquels les comparer"),
        ("collège et session du brevet", "uai annee"),
        _texte("uai*", "Code UAI", "0132327J", UAI),
        _colonne("entier", "annee*", "Session du brevet", "2024", Entre(1990, 2100)),
        _texte("nom*", "Nom du collège", "Collège Miramaris"),
        _texte("commune", "Commune", "Miramas"),
        _texte("academie*", "Académie", "Aix-Marseille"),
        _codes("secteur*", "Secteur", "public", "privé"),
        _codes("ep*", "Éducation prioritaire", "REP+", "REP", "hors EP"),
        _nombre("ips", "Indice de position sociale, de la même rentrée pour tous", "73,9", Entre(30, 200)),
        _compte("nb_candidats", "Candidats au brevet", "87", "élèves"),
        _nombre("taux_reussite", "Réussite au brevet", "0,69", Entre(0, 1), unite="part de 0 à 1"),
        _nombre("valeur_ajoutee", "Valeur ajoutée, publiée par le ministère", "-6", unite="points"),
        _nombre("taux_acces", "Accès de la 6e à la 3e", "0,92", Entre(0, 1), unite="part de 0 à 1"),
        _nombre("part_presents", "Élèves de 3e présents au brevet", "0,97", Entre(0, 1), unite="part de 0 à 1"),
        _oui_non("cite_educative", "Est-il dans une autre cité éducative ? Vide si on ne sait pas"),
        _texte("perimetre_version", "Définition de la réussite", "DNB, série générale"),
        facultative=True,
    ),
)

PAR_NOM = {table.nom: table for table in TABLES}
"""Les tables, par leur nom."""
