"""Télécharger les fichiers du ministère : repris où ils s'étaient arrêtés, vérifiés, gardés en cache.

Une copie est gardée avec une fiche (`….csv.json`) : adresse, date, taille, empreinte SHA-256, ETag. Tant que
l'empreinte est la bonne et que la copie est récente, rien n'est demandé ; ensuite, le serveur dit si elle a changé.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode

from tqdm import tqdm

from citelib.chargement import Cite
from citelib.erreurs import ErreurParametre
from citelib.sources.officiels import decrite

SERVEUR = "https://data.education.gouv.fr"
EXPORT = "/api/explore/v2.1/catalog/datasets/{}/exports/csv?"
BLOC = 1 << 18
PASSAGERS = {429, 500, 502, 503, 504}
REFUS = {400: "le serveur refuse le filtre", 403: "accès refusé", 404: "jeu introuvable, sans doute renommé"}
ESSAIS, DELAI, PAUSE = 4, 30.0, 1.0
"""Nombre d'essais, attente d'une réponse et attente (doublée) entre deux essais, en secondes."""


def adresse(source: str, cite: Cite, *, jeu: str | None = None, serveur: str = SERVEUR) -> str:
    """
    L'adresse d'export d'un jeu : la France entière s'il faut comparer, sinon les établissements de la cité.

    Args:
        source: une source de `education.toml`.
        jeu: l'un de ses jeux ; par défaut le premier, le plus récent.

    Raises:
        ErreurParametre: jeu inconnu, ou aucun UAI à demander.
    """
    jeux = {description["id"]: description for description in decrite(source)["jeu"]}
    if jeu is not None and jeu not in jeux:
        raise ErreurParametre(f"Jeu inconnu : « {jeu} ». Jeux de la source {source} : {', '.join(jeux)}.")
    choisi = jeux[jeu or next(iter(jeux))]
    filtres = [choisi["filtre"]] if "filtre" in choisi else []
    if choisi["portee"] == "cite":
        codes = sorted(cite.etablissements["uai"].dropna())
        if not codes:
            raise ErreurParametre("Aucun UAI dans la table etablissements : rien à demander. Les y écrire d'abord.")
        filtres.append(f"{choisi.get('cle', 'uai')} in (" + ",".join(f'"{code}"' for code in codes) + ")")
    options = {"lang": "fr", "timezone": "Europe/Berlin", "use_labels": "true", "delimiter": ";"}
    if filtres:
        options["where"] = " and ".join(filtres)
    return serveur + EXPORT.format(choisi["id"]) + urlencode(options)


def telecharger(
    source: str, cite: Cite, *, dossier: Path, jeu: str | None = None, serveur: str = SERVEUR, jours: int = 30
) -> Path:
    """
    Télécharge un jeu du ministère, ou rend la copie déjà gardée.

    Args:
        source, cite, jeu: comme `adresse`.
        dossier: où garder les fichiers ; ce qui est en cours s'y nomme `….partiel`.
        jours: âge à partir duquel on demande au serveur si la copie a changé.

    Raises:
        ErreurParametre: pas de réseau, refus du serveur, ou fichier toujours incomplet ; elle dit quoi faire.
    """
    url = adresse(source, cite, jeu=jeu, serveur=serveur)
    nom = url.split("/datasets/")[1].split("/")[0]
    fichier = Path(dossier) / f"{nom}.csv"
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fiche = _fiche(fichier, url)
    if fiche and dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(fiche["date"]) < dt.timedelta(days=jours):
        return fichier
    for essai in range(ESSAIS):
        try:
            _recevoir(url, fichier, fiche)
            return fichier
        except urllib.error.HTTPError as erreur:
            if erreur.code not in PASSAGERS:
                quoi = REFUS.get(erreur.code, "demande refusée")
                raise ErreurParametre(f"{nom} : {quoi} (réponse {erreur.code}). Adresse : {url}") from erreur
            echec = f"le serveur ne répond pas (réponse {erreur.code})"
        except (OSError, http.client.HTTPException) as erreur:
            cause = getattr(erreur, "reason", erreur)
            if isinstance(cause, ssl.SSLCertVerificationError):
                refus = f"{nom} : certificat du serveur refusé, rien n'est téléchargé ({cause})."
                raise ErreurParametre(refus) from erreur
            echec = str(cause) or type(cause).__name__
        if essai < ESSAIS - 1:
            time.sleep(PAUSE * 2**essai)
    conseil = f"Télécharger à la main {url} puis importer le fichier obtenu."
    conseil += f" Une copie du {fiche['date'][:10]} reste dans {fichier}." if fiche else ""
    raise ErreurParametre(f"{nom} : pas de réseau, ou coupé {ESSAIS} fois ({echec}). {conseil}")


def _lire_fiche(chemin: Path) -> Mapping:
    """Le contenu d'une fiche ; vide si elle n'existe pas ou ne se lit pas."""
    try:
        return json.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _fiche(fichier: Path, url: str) -> Mapping:
    """La fiche d'une copie intacte de cette adresse ; vide s'il n'y en a pas."""
    fiche = _lire_fiche(Path(f"{fichier}.json"))
    intacte = fichier.is_file() and fiche.get("url") == url and fiche.get("sha256") == _empreinte(fichier)
    return fiche if intacte else {}


def _empreinte(fichier: Path) -> str:
    """SHA-256 du fichier."""
    with fichier.open("rb") as octets:
        return hashlib.file_digest(octets, "sha256").hexdigest()


def _recevoir(url: str, fichier: Path, fiche: Mapping) -> None:
    """Un essai : reprend le fichier partiel de la même version, ou garde la copie que le serveur dit inchangée."""
    partiel, suivi = Path(f"{fichier}.partiel"), Path(f"{fichier}.partiel.json")
    en_cours = _lire_fiche(suivi) if partiel.is_file() else {}
    debut = partiel.stat().st_size if en_cours.get("url") == url and en_cours.get("repere") else 0
    entetes = {"User-Agent": "citelib", "Accept-Encoding": "identity"}
    if debut:
        entetes |= {"Range": f"bytes={debut}-", "If-Range": en_cours["repere"]}
    elif fiche:
        connus = {"If-None-Match": fiche["etag"], "If-Modified-Since": fiche["modifie"]}
        entetes |= {nom: valeur for nom, valeur in connus.items() if valeur}
    maintenant = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    try:
        reponse = urllib.request.urlopen(urllib.request.Request(url, headers=entetes), timeout=DELAI)
    except urllib.error.HTTPError as erreur:
        if erreur.code == 416:  # le fichier partiel ne correspond plus à rien : reprendre du début
            partiel.unlink()
            raise http.client.HTTPException("reprise refusée") from erreur
        if erreur.code != 304:
            raise
        Path(f"{fichier}.json").write_text(json.dumps({**fiche, "date": maintenant}), encoding="utf-8")
        return
    with reponse:
        if "html" in reponse.headers.get_content_type():
            raise http.client.HTTPException("une page web au lieu d'un CSV : un portail d'accès au réseau ?")
        etag, modifie = reponse.headers.get("ETag", ""), reponse.headers.get("Last-Modified", "")
        # Un repère faible ne permet pas de reprendre : les octets peuvent différer.
        repere = modifie if etag.startswith("W/") else etag or modifie
        suivi.write_text(json.dumps({"url": url, "repere": repere}), encoding="utf-8")
        reprise = reponse.headers.get("Content-Range", "").startswith(f"bytes {debut}-")
        with partiel.open("ab" if reprise else "wb") as sortie:
            _copier(reponse, sortie, fichier.name)
    nouvelle = {"url": url, "date": maintenant, "octets": partiel.stat().st_size, "sha256": _empreinte(partiel)}
    partiel.replace(fichier)
    suivi.unlink()
    nouvelle |= {"etag": etag, "modifie": modifie}
    Path(f"{fichier}.json").write_text(json.dumps(nouvelle, indent=1), encoding="utf-8")


def _copier(reponse: http.client.HTTPResponse, sortie: BinaryIO, nom: str) -> None:
    """Copie le corps, une barre disant l'avancement ; une longueur annoncée et non tenue est une coupure."""
    with tqdm.wrapattr(reponse, "read", total=reponse.length, desc=nom, disable=None, leave=False) as suivie:
        shutil.copyfileobj(suivie, sortie, BLOC)
    if reponse.length:
        raise http.client.IncompleteRead(b"", reponse.length)
