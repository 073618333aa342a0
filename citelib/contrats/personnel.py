"""Reconnaître une donnée personnelle à sa forme, dans une cellule ou dans un en-tête, pour ne jamais la recopier.

Un nom sans civilité ne se reconnaît qu'à l'en-tête de sa colonne ; le reste se reconnaît à son écriture, et
les numéros qui ont une clé (sécurité sociale, compte bancaire) à leur clé.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from citelib.contrats.contraintes import sans_accent

NOM, COURRIEL, TELEPHONE = "un nom de personne", "une adresse électronique", "un numéro de téléphone"
SECU, INE, IBAN = "un numéro de sécurité sociale", "un identifiant national d'élève (INE)", "un numéro de compte"
NAISSANCE, ADRESSE, ALLOCATAIRE = "une date de naissance", "une adresse postale", "un numéro d'allocataire"
PERSONNELLE = "(donnée personnelle, non reproduite)"

# fmt: off
VOIE = r"(?i:rue|avenue|av\.|boulevard|bo?u?l?d\.?|chemin|impasse|imp\.|all[ée]e|traverse|faubourg|lieu-dit)"
LIEU = r"(?i:place|cours|route|rte|quai|square|passage|r[ée]sidence|lotissement|hameau|mont[ée]e|voie)"
VILLE = r"\d{5}\s+[A-ZÉÎ][\w'’ -]{2,30}"
FONCTIONS = (
    r"(?:sous-|vice-)?(?:maire|princip|proviseur|direct|pr[ée]sident|pr[ée]f[eè]t|rect(?:eur|rice)|inspect|d[ée]l[ée]gu|"
    r"chef|adjoint|conseill|coord|dasen|ien\b|ia\b|cpe\b|secr[ée]taire|r[ée]f[ée]rent|profess|enseignant|m[ée]diat|"
    r"ministre|d[ée]put|s[ée]nat|responsable|repr[ée]sentant|infirmi|assistant|[ée]ducat|animat|gardien|commissaire)"
)
CIVILITE = r"(?i:mr\.?|mme\.?|mmes|mlles?\.?|monsieur|madame|mademoiselle|messieurs|mesdames|mm\.?)"
ETABLISSEMENT = re.compile(  # ce qui précède un nom ou une rue qui ne sont que ceux d'une école : « École M. Pagnol »
    r"(?:^|[\s(])(?i:[ée]coles?|[ée]lementaire|coll[èe]ge|lyc[ée]e|groupe|maternelle|g\.?\s?s\.?|e\.?\s?[emp]\.?(?:\s?p[ur]\.?)?|"
    r"rue|avenue|place|stade|gymnase|salle|centre|m[ée]diath[èe]que)"
    r"(?:[\s(.-]+(?:(?i:[ée]l[ée]mentaire|maternelle|primaire|scolaire|publique?|priv[ée]e?|g[ée]n[ée]ral|d['’]\w+|de|la|du|et)"
    r"|[A-ZÉÈÎ\d][\w.'’-]*))*[\s(-]+$"
)
FORMES = {nature: re.compile(forme) for nature, forme in {
    COURRIEL: r"(?<![\w.+'-])[\w.+'-]++\s?(?:@|\((?i:at)\)|\[(?i:at)\])\s?[\w-]+(?:\.[\w-]+)+",
    IBAN: r"\bFR\d\d(?:\s?[0-9A-Z]{4}){5}\s?[0-9A-Z]{3}\b",
    SECU: r"(?<![\w.,])[1-478][\s-]?\d\d[\s-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s-]?\d[\dABab](?:[\s-]?\d{3}){2}"
    r"[\s-]?\d\d(?!\w)"
    r"|(?i:\bNIR\b|s[ée]cu(?:rit[ée] sociale|\b)|\bN°\s?SS\b)\D{0,15}[12](?:\s?\d){5}\s?[\dABab](?:\s?\d){6}(?!\s?\d)",
    TELEPHONE: r"(?<![\w+])(?<!\d[.,/-])(?:(?:\+|00)\s?33[\s.-]?(?:\(0\)[\s.-]?)?[1-9]|0[1-9])"
    r"(?P<s>[\s./-]?)\d\d(?:(?P=s)\d\d){3}(?![\s.-]?\d)(?!\w)",
    INE: r"(?<![^\s«'\"])\d{10}[A-Z](?![^\s»'\"])|(?<!\w)\d{9}[A-Z]{2}(?!\w)|\b(?i:INE)\b\W{0,5}\d{9}[\dA-Z][A-Z]\b",
    NAISSANCE: r"(?i:(?:\bn[ée](?:e|[(.·]e[)]?)?s? le|\bdate de naissance\b|\bddn\b)\W{0,5}"
    r"\d{1,2}(?:er)?\s?[\s./-]\s?(?:\d{1,2}|[a-zéû]{3,9}\.?)\s?[\s./-]\s?\d{2,4})",
    ADRESSE: rf"(?<![\w,.])\d{{1,4}}(?:\s?(?i:bis|ter|quater|[a-d]))?(?:\s?,\s?|\s+)"
    rf"(?:{VOIE}\s[^,;|\n]*\w{{2}}[^,;|\n]*|(?<=,\s){LIEU}\s[^,;|\n]+|{LIEU}\s[^;|\n]{{2,60}}?{VILLE})(?:,?\s+{VILLE})?"
    rf"|\b(?:{VOIE}|{LIEU})\s[^;|\n]{{2,60}}?\b{VILLE}",
    NOM: r"(?:(?<![\w.])(?:M\.|"
    rf"{CIVILITE})|(?:^|(?<=« )|(?<=\+ )|(?<='))M(?=\s(?:[A-ZÉ][a-zé]|\S+\s\S)))\s*"
    r"(?<=[\s.])(?!L(?:es|e|a|['’])\s?[a-zé])"
    rf"(?!(?i:(?:(?:le|la|les|l['’])\s?)?(?:{FONCTIONS}|(?:{CIVILITE}|M\.)\s)))"
    r"[A-ZÉÈÊËÀÂÎÏÔÖÙÛÜÇ](?:\.|[\w'’-]+)(?:[\s-]*[A-ZÉÈ][\w'’.-]+){0,3}",
}.items()}
"""La forme sous laquelle s'écrit chaque sorte de donnée personnelle."""

LIEN = r"(?:d_|de_|du_|des_|de_l_|de_la_)?"
PERSONNE = (
    r"(?:eleve|enfant|jeune|participant|parent|pere|mere|tuteur|habitant|agent|contact|referent|intervenant|stagiaire|"
    r"enseignant|professeur|responsable|representant|animateur|directeur|directrice|president|usager|salarie|famille)"
)
ENTETES = {
    NOM: rf"noms?(?:_?(?:et_)?prenoms?)?|(?:.*_)?prenoms?(?:_.*)?|noms?_(?:et_prenoms?_)?{LIEN}{PERSONNE}s?(?:_.*)?"
    r"|nom_(?:de_famille|de_naissance|d_usage|usuel|marital|de_jeune_fille)|(?:.*_)?(?:responsable|representant)s?_leg.*",
    NAISSANCE: r"(?:date|jour|lieu|ville)_(?:de_)?naissance(?:_d[eu]_.*)?|naissance|ddn|nee?(?:_e)?_le",
    COURRIEL: r"(?:.*_)?(?:e_?mails?|mails?|courriels?|mel)(?:_.*)?|adresses?_electroniques?(?:_.*)?",
    TELEPHONE: r"(?:.*_)?(?:tel|telephones?|fax)(?:_.*)?|(?:numero_|n_)?(?:de_)?portable(?:_.*)?",
    INE: r"(?:.*_)?ine(?:_.*)?|identifiant_national_.*eleve",
    SECU: r"(?:.*_)?nir(?:_.*)?|securite_sociale|(?:n|no|num|numero)_(?:de_)?secu.*",
    ALLOCATAIRE: r"(?:(?:n|no|num|numero|matricule)_)?(?:d_)?allocataire(?:_caf)?|matricule_caf",
    IBAN: r"(?:.*_)?(?:iban|rib)(?:_.*)?",
    ADRESSE: rf"adresses?(?!_{LIEN}(?:site|etablissement|structure|organisme|association|porteur|ecole|college|lycee"
    r"|equipement|lieu|siege|action|web|internet|page))(?:_.*)?|domicile",
}
# fmt: on
COMPTES = re.compile(r"(?:nb|nombre|taux|part|total|effectif)_.*")


def _confirmer(sorte: str, trouve: re.Match) -> bool:
    """Ce que la forme ne dit pas : la clé d'un numéro, ou que le nom et la rue ne sont pas ceux d'une école."""
    if sorte in (NOM, ADRESSE):
        return not ETABLISSEMENT.search(trouve.string[: trouve.start()])
    if sorte == IBAN:  # les quatre premiers signes à la fin, les lettres en nombres : reste de 1 par 97
        compact = re.sub(r"\W", "", trouve[0])
        return int("".join(str(int(signe, 36)) for signe in compact[4:] + compact[:4])) % 97 == 1
    numero = re.sub(r"\W", "", trouve[0]).upper().replace("2A", "19").replace("2B", "18")  # la Corse
    return sorte != SECU or not numero.isdigit() or 97 - int(numero[:13]) % 97 == int(numero[13:])


def _trouver(texte: str) -> Iterator[tuple[str, re.Match]]:
    """Chaque donnée personnelle du texte : sa sorte et sa place."""
    chiffre = any("0" <= signe <= "9" for signe in texte)
    for sorte, forme in FORMES.items():
        if chiffre or sorte in (COURRIEL, NOM):
            yield from ((sorte, trouve) for trouve in forme.finditer(texte) if _confirmer(sorte, trouve))


def nature(texte: str) -> str | None:
    """
    La sorte de donnée personnelle que contient un texte, ou None.

    >>> nature("joindre le 06 12 34 56 78"), nature("0132327J")
    ('un numéro de téléphone', None)
    """
    return next((sorte for sorte, _ in _trouver(texte)), None)


def nature_entete(titre: str) -> str | None:
    """
    La sorte de donnée personnelle qu'annonce l'en-tête d'une colonne, ou None.

    >>> nature_entete("Prénom de l'enfant"), nature_entete("Nom de l'établissement")
    ('un nom de personne', None)
    """
    nu = sans_accent(titre)
    return None if COMPTES.fullmatch(nu) else next((s for s, motif in ENTETES.items() if re.fullmatch(motif, nu)), None)


@functools.lru_cache(maxsize=1000)  # les messages se répètent
def masquer(texte: str) -> str:
    """
    Le texte, ses données personnelles remplacées par « … » : ce qu'un message ou un journal peut montrer.

    >>> masquer("Voir avec Mme X. Martin, contact@exemple.fr"), masquer("bilan_Mme_Martin.csv")
    ('Voir avec …, …', 'bilan_….csv')
    """
    for sorte, forme in FORMES.items():
        for blanc in "_ ":  # dans un nom de fichier, « _ » vaut une espace
            trouves = [t for t in forme.finditer(texte.replace("_", blanc)) if _confirmer(sorte, t)]
            for trouve in reversed(trouves):
                texte = f"{texte[: trouve.start()]}…{texte[trouve.end() :]}"
    return texte
