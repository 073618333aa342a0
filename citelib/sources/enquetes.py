"""Les exports d'enquête (LimeSurvey, KoboToolbox, Framaforms, Sphinx) ramenés à nos tables de réponses.

Une `correspondance` dit quelle colonne est quelle question. Une question posée et laissée sans réponse donne une ligne
dont `reponse` est vide ; une question qui n'a pas été posée (« N/A ») ne donne pas de ligne. Rien de ce qui désigne
quelqu'un ne sort d'ici, messages compris.
"""

from __future__ import annotations

import base64
import datetime as dt
import difflib
import hmac
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from citelib.chargement import Cite
from citelib.chargement.entetes import LIGNES_DE_TITRE
from citelib.chargement.fichiers import Feuille, en_texte, lire_fichier
from citelib.contrats import Probleme, sans_accent
from citelib.contrats.cellules import sans_blancs
from citelib.contrats.personnel import nature_entete
from citelib.contrats.typage import typer
from citelib.erreurs import ErreurParametre
from citelib.formats import accord
from citelib.sources import Apport
from citelib.sources.correspondance import VIDES, Champ, Correspondance, lire_correspondance, simplifier

TECHNIQUES = {"id", "uuid", "sid", "uid", "ip", "ipaddr", "ip_address", "adresse_ip", "refurl", "username"}
TECHNIQUES |= {"nom_d_utilisateur", "submission_uuid", "submission_id", "submission_time", "submitted_by"}
TECHNIQUES |= {"submitdate", "datestamp", "startdate"}
"""Colonnes par lesquelles un outil d'enquête désigne une réponse, ou dit quand elle est venue."""
CODE_ET_TEXTE = re.compile(r"([A-Za-z]\w*(?:\[[^\]]*\])*)\s*[.:|–-]\s+(.+)", re.DOTALL)


def _tirer() -> str:
    """Un pseudonyme tiré au hasard."""
    return base64.b32encode(secrets.token_bytes(7))[:10].decode().lower()


def pseudonyme(code: str, questionnaire: str, sel: bytes) -> str:
    """
    Le pseudonyme de qui a choisi ce code : le même d'une vague à l'autre, indevinable sans le sel.

    >>> pseudonyme("KL 04", "jeunes", b"sel d'essai") == pseudonyme("kl04", "jeunes", b"sel d'essai")
    True
    """
    if not sel:
        raise ErreurParametre("Pas de sel : un pseudonyme ne se calcule pas sans lui.")
    message = f"{questionnaire}\0{simplifier(code).replace(' ', '')}"
    return base64.b32encode(hmac.digest(sel, message.encode(), "sha256"))[:10].decode().lower()


def _sel(dossier: Path) -> tuple[bytes, bool]:
    """Le sel de la cité, qui ne quitte pas son dossier, et s'il vient d'être créé."""
    chemin = dossier / ".sel"
    if nouveau := not chemin.exists():
        chemin.touch(mode=0o600)
        chemin.write_bytes(os.urandom(32))
    sel = chemin.read_bytes()
    if len(sel) < 16:
        raise ErreurParametre(".sel : sel abîmé. Le restaurer d'une sauvegarde ; sans lui, rien ne s'apparie.")
    return sel, nouveau


def lire_enquete(
    chemin: Path, cite: Cite, *, correspondance: Path, sel: bytes | None = None, tirage: Callable[[], str] = _tirer
) -> Apport:
    """
    Lit un export d'enquête selon sa correspondance.

    Args:
        chemin: l'export, CSV ou classeur.
        cite: la cité, pour ses questions (`items`), ses actions et son sel.
        correspondance: le fichier TOML qui dit quelle colonne est quelle question.
        sel: clé des pseudonymes ; à défaut celle du dossier de la cité, créée au besoin.
        tirage: d'où vient le pseudonyme d'un répondant sans code.

    Raises:
        ErreurParametre: si la correspondance ou le sel est illisible.
        ErreurDonnees: si l'export est illisible.
    """
    plan, problemes = lire_correspondance(Path(correspondance), cite)
    if problemes:
        return Apport({}, problemes=tuple(problemes))
    feuille, rang, places, problemes = _reperer(plan, lire_fichier(Path(chemin)))
    if problemes:
        return Apport({}, problemes=tuple(problemes))
    table = plan.table
    if plan.repondant.colonnes and sel is None:
        sel, nouveau = _sel(cite.dossier)
        if nouveau and len(getattr(cite, table.nom)):
            message = "sel tout juste créé : ces réponses ne s'apparieront à aucune de celles déjà importées"
            remede = "Remettre dans le dossier le fichier .sel des vagues précédentes, s'il existe."
            problemes.append(Probleme("avertissement", ".sel", message=message, remede=remede))
    constantes = {"date_extraction": en_texte(dt.date.fromtimestamp(Path(chemin).stat().st_mtime))} | plan.constantes
    qui = constantes.get("questionnaire", constantes.get("instrument"))

    def nommer(code: str) -> str:
        return pseudonyme(code, qui, sel) if code else tirage()

    lignes, comptes, fautes = _depouiller(plan, feuille, rang, places, nommer)
    ordre = {question.nom: n for n, question in enumerate(plan.questions)}
    lignes.sort(key=lambda ligne: (ligne["repondant_pseudo"], ordre[ligne["item"]]))  # l'ordre d'arrivée trahirait
    brut = pd.DataFrame(lignes, columns=["ligne", *table.noms]).assign(**constantes)
    origine = brut[["ligne"]].assign(fichier=feuille.fichier, feuille=feuille.nom)
    lecture = typer(table, brut[table.noms].astype("str").fillna(""), origine)
    titres = [sans_blancs(t) for n, t in enumerate(feuille.lignes[rang][1]) if t.strip() and n not in places.values()]
    problemes += [*fautes, *lecture.problemes]
    # Les pseudonymes se tirent de nouveau à chaque lecture : garder les anciens compterait chacun deux fois.
    return Apport({table.nom: lecture}, _notes(plan, comptes, titres), tuple(problemes), remplace=True)


def _reperer(plan: Correspondance, feuilles: list[Feuille]) -> tuple[Feuille, int, dict[str, int], list[Probleme]]:
    """La feuille et la ligne d'en-tête où se trouvent le plus de champs, la place de chacun, et ceux qui manquent."""
    essais = []
    for feuille in feuilles:
        for rang, (_, titres) in enumerate(feuille.lignes[:LIGNES_DE_TITRE]):
            dessus = feuille.lignes[rang - 1][1] if rang and plan.outil == "framaforms" else []
            noms = _noms_des_colonnes(titres, dessus)
            trouvees = {champ.nom: _chercher(champ.colonnes, noms) for champ in plan.champs}
            essais.append((sum(map(bool, trouvees.values())), feuille, rang, noms, trouvees))
    compte, feuille, rang, noms, trouvees = max(essais, key=lambda essai: essai[0], default=(0, *[None] * 4))
    if not compte:  # rien n'est cité : ce qui a été lu est peut-être des réponses
        message, fichiers = "aucune colonne de la correspondance n'est dans l'export", [f.fichier for f in feuilles]
        return None, 0, {}, [Probleme("erreur", "".join(fichiers[:1]), message=message)]
    ligne, titres = feuille.lignes[rang]
    problemes = []
    for champ in plan.champs:
        colonnes, lieu = trouvees[champ.nom], (feuille.fichier, feuille.nom, ligne, champ.colonnes[0])
        if not colonnes:
            voulu = sans_accent(champ.colonnes[0])
            connus = {nom: titre for noms_, titre in zip(noms, titres, strict=True) for nom in noms_}
            proches = [sans_blancs(connus[nom]) for nom in difflib.get_close_matches(voulu, connus)]
            remede = f"Proches : {', '.join(f'« {p} »' for p in dict.fromkeys(proches))}." if proches else ""
            message = f"colonne absente de l'export, pour « {champ.nom} »"
            problemes.append(Probleme("erreur", *lieu, "", message, remede))
        elif len(colonnes) > 1:
            remede = "Écrire son nom entier : code, ou groupe/question."
            problemes.append(Probleme("erreur", *lieu, "", f"{len(colonnes)} colonnes portent ce nom", remede))
        elif champ is not plan.complete and any(n in TECHNIQUES or nature_entete(n) for n in noms[colonnes[0]]):
            message = "colonne qui désigne une personne, elle ne se lit pas"
            problemes.append(Probleme("erreur", *lieu, "", message, "La retirer de la correspondance."))
    return feuille, rang, {nom: places[0] for nom, places in trouvees.items() if places}, problemes


def _noms_des_colonnes(titres: list[str], dessus: list[str]) -> list[list[str]]:
    """
    Les noms de chaque colonne : son titre entier d'abord, puis son code, son texte, la fin de son chemin.

    >>> _noms_des_colonnes(["Q1[SQ01]. Je me sens bien", "profil/sexe"], [])
    [['q1_sq01_je_me_sens_bien', 'q1_sq01', 'je_me_sens_bien'], ['profil_sexe', 'sexe']]
    """
    noms, groupe = [], ""
    for rang, titre in enumerate(titres):
        groupe = dessus[rang].strip() or groupe if rang < len(dessus) else ""
        code = CODE_ET_TEXTE.fullmatch(titre.strip())
        morceaux = titre.split("/")
        autres = [*(code.groups() if code else ()), *("/".join(morceaux[n:]) for n in range(1, len(morceaux)))]
        autres += [f"{groupe}/{titre}"] if groupe else []
        noms.append(list(dict.fromkeys(filter(None, map(sans_accent, [titre, *autres])))))
    return noms


def _chercher(colonnes: tuple[str, ...], noms: list[list[str]]) -> list[int]:
    """Les places des colonnes qui portent l'un de ces noms : le titre entier l'emporte sur ses morceaux."""
    for voulu in map(sans_accent, colonnes):
        entiers = [place for place, siens in enumerate(noms) if siens[:1] == [voulu]]
        if trouvees := entiers or [place for place, siens in enumerate(noms) if voulu in siens]:
            return trouvees
    return []


def _depouiller(
    plan: Correspondance, feuille: Feuille, rang: int, places: dict[str, int], nommer: Callable[[str], str]
) -> tuple[list[dict], Counter, list[Probleme]]:
    """Une ligne par réponse à une question, ce qui a été compté, ce qui n'était pas prévu."""
    lignes, comptes, fautes, vus, imprevues = [], Counter(), [], {}, {}

    def texte(champ: Champ) -> str:
        place = places.get(champ.nom, len(cellules))
        return sans_blancs(cellules[place]) if place < len(cellules) else ""

    def lire(champ: Champ) -> str | None:
        try:
            return champ.lire(texte(champ)) if champ.colonnes else champ.valeur
        except KeyError:
            imprevues.setdefault((champ.nom, texte(champ)), []).append(numero)
            return None

    for numero, cellules in feuille.lignes[rang + 1 :]:
        if not any(cellule.strip() for cellule in cellules):
            continue
        finie = simplifier(texte(plan.complete))
        if plan.complete.colonnes and (finie in VIDES or finie not in (plan.complete.codes or [finie])):
            comptes["incompletes"] += 1
            continue
        comptes["completes"] += 1
        code = texte(plan.repondant)
        if simplifier(code) in VIDES:  # sinon tous ceux qui n'ont pas donné de code seraient une seule personne
            code = ""
        comptes["sans_code"] += not code
        pseudo = nommer(code)
        if vus.setdefault(pseudo, numero) != numero:
            fautes.append(_deja_vu(plan, feuille, numero, vus[pseudo]))
            continue
        profil = {"repondant_pseudo": pseudo, "ligne": numero}
        profil |= {champ.nom: lire(champ) or champ.valeur for champ in plan.profil}
        for question in plan.questions:
            reponse = lire(question)
            comptes["sans_reponse" if reponse == "" else "non_posees" if reponse is None else "reponses"] += 1
            if reponse is not None:
                lignes.append(profil | {"item": question.nom, "reponse": reponse})
    return lignes, comptes, fautes + _imprevues(plan, feuille, rang, places, imprevues)


def _deja_vu(plan: Correspondance, feuille: Feuille, numero: int, premiere: int) -> Probleme:
    """Deux lignes d'un même répondant."""
    lieu = (feuille.fichier, feuille.nom, numero, "".join(plan.repondant.colonnes[:1]))
    message = f"même répondant qu'à la ligne {premiere}"
    return Probleme("erreur", *lieu, "", message, "Garder une seule des deux réponses.")


def _imprevues(plan, feuille: Feuille, rang: int, places: dict[str, int], imprevues: dict) -> list[Probleme]:
    """
    Un problème par réponse que la correspondance ne prévoit pas, à sa première cellule.

    Elle n'est citée que si deux personnes l'ont donnée ou si elle ressemble à une réponse prévue : seule, elle peut
    désigner quelqu'un.
    """
    problemes, champs = [], {champ.nom: champ for champ in plan.champs}
    for (nom, texte), lignes in imprevues.items():
        prevues = champs[nom].codes
        citee = texte if len(lignes) > 1 or difflib.get_close_matches(simplifier(texte), prevues, 1) else ""
        titre = sans_blancs(feuille.lignes[rang][1][places[nom]])
        combien, attendu = accord(len(lignes), "fois", "fois"), ", ".join(champs[nom].reponses)
        message = f"réponse non prévue ({combien}), attendu : {attendu}"
        lieu = (feuille.fichier, feuille.nom, lignes[0], titre)
        problemes.append(Probleme("erreur", *lieu, citee, message, "L'ajouter à la correspondance, ou la corriger."))
    return problemes


def _notes(plan: Correspondance, comptes: Counter, titres: list[str]) -> tuple[str, ...]:
    """Ce qui a été lu, écarté, tiré au hasard, remplacé."""
    notes = [
        f"{accord(comptes['completes'], 'réponse complète', 'réponses complètes')} ; "
        f"{accord(comptes['incompletes'], 'incomplète écartée', 'incomplètes écartées')}.",
        f"{accord(comptes['sans_reponse'], 'question laissée', 'questions laissées')} sans réponse (cellule vide) ; "
        f"{accord(comptes['non_posees'], 'non posée', 'non posées')} (pas de ligne).",
        f"L'import remplace toute la vague : {plan.constantes['source']}.",
    ]
    if not plan.complete.colonnes:
        notes.append("Aucune colonne ne dit quelles réponses sont complètes : toutes les lignes comptent.")
    if plan.repondant.colonnes:
        notes.append("Pseudonymes tirés du code de chacun et du fichier .sel, à garder et à ne jamais diffuser.")
    if comptes["sans_code"]:
        notes.append(f"{comptes['sans_code']} pseudonymes tirés au hasard, qui ne s'apparient à aucune autre vague.")
    return (*notes, f"Colonnes laissées de côté : {', '.join(f'« {titre} »' for titre in titres) or 'aucune'}.")
