"""Une table protégée devient un tableau HTML que chacun peut lire, et télécharger.

`Publication` est ce que partagent un `Tableau` et une illustration : tout ce qu'ils montrent vient d'une
même `TableProtegee`. Leur numéro n'est connu qu'une fois la page assemblée : un élément `data-forme`
garde sa place.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from citelib import formats
from citelib.chargement.ecriture import neutraliser
from citelib.contrats import sans_accent
from citelib.erreurs import ErreurParametre, ErreurSecret
from citelib.formats import ABSENT, typographie
from citelib.secret import MARQUE, TableProtegee
from citelib.tableaux.cellules import (
    AUCUNE_DONNEE,
    LEGENDE_ABSENT,
    TOTAUX,
    Affichable,
    badge,
    en_adresse,
    en_tetes,
    lier,
    paragraphe,
    place,
    sur,
    telecharger,
    texte_cellule,
    texte_source,
    textes,
)

LIGNES_MONTREES = 25
"""Lignes qu'un tableau montre d'emblée ; les suivantes sont repliées, et imprimées ouvertes."""
COLONNES_LARGES = 7
"""Au-delà, un tableau s'imprime en plus petit pour tenir dans la page."""


@dataclass(frozen=True, repr=False)
class Publication(Affichable):
    """
    Ce que tout objet publié porte : une table protégée, un titre, une source et de quoi les lire.

    Args:
        protegee: table sortie de `secret.proteger`.
        titre: le constat, en une phrase courte sans point final.
        source: texte, ou objet portant `texte`, `fictive` et `date`.
        colonnes: colonnes montrées → titre affiché, dans l'ordre ; toutes, avec leur titre courant, sinon.
        sans: colonnes à ne pas montrer.
        formats: colonne → fonction qui écrit ses nombres.
        sous_titre: mesure, unité, période, lieu.
        lecture: une phrase qui lit une valeur de la table.
        champ: population retenue.
        note: intervalle, pondération, rupture de série.
        liens: colonne montrée → colonne de son adresse, dans le dossier du rapport, qui ne se montre pas.

    Raises:
        ErreurSecret: si la table n'est pas protégée.
        ErreurParametre: s'il manque le titre, la source ou le titre d'une colonne.
    """

    genre: ClassVar[str] = "tableau"
    protegee: TableProtegee
    _: KW_ONLY
    titre: str
    source: object
    colonnes: Mapping[str, str] | None = None
    sans: Sequence[str] = ()
    formats: Mapping[str, Callable] = field(default_factory=dict)
    sous_titre: str = ""
    lecture: str = ""
    champ: str = ""
    note: str = ""
    liens: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.protegee, TableProtegee):
            raise ErreurSecret(
                f"{self.titre or 'Objet sans titre'} : attendu une table protégée, reçu "
                f"{type(self.protegee).__name__}. Passer la table par secret.proteger."
            )
        for nom, valeur in {"titre": self.titre, "source": texte_source(self.source)}.items():
            if not valeur.strip():
                raise ErreurParametre(f"« {self.titre} » : {nom} vide. Donner {nom}= à l'objet publié.")
        connues, montrees = list(self.protegee.donnees.columns), self.en_tetes()
        inconnues = [nom for nom in {**montrees, **self.formats, **self.liens} if nom not in connues]
        if inconnues:
            raise ErreurParametre(
                f"« {self.titre} » : colonnes absentes de la table : {', '.join(inconnues)}. "
                f"Colonnes : {', '.join(connues)}."
            )
        muettes = [nom for nom, titre in montrees.items() if not titre.strip()]
        if muettes:
            raise ErreurParametre(
                f"« {self.titre} » : colonnes sans titre affiché : {', '.join(muettes)}. "
                "Le donner avec colonnes={...}, ou l'ajouter à gabarits/en_tetes.toml."
            )

    def en_tetes(self) -> dict[str, str]:
        """Colonnes montrées → titre affiché ; une colonne de notes où rien n'est écrit ne se montre pas."""
        return {**self._en_tetes}

    @functools.cached_property
    def _en_tetes(self) -> dict[str, str]:
        courants = {nom: en_tetes().get(nom, "") for nom in self.protegee.donnees.columns}
        montres = courants if self.colonnes is None else self.colonnes
        muettes = (nom for nom in courants if _est_muette(self.protegee.donnees[nom]))
        inutiles = {*self.sans, *self.liens.values(), *muettes}
        return {nom: titre for nom, titre in montres.items() if nom not in inutiles}

    def cellules(self) -> pd.DataFrame:
        """Les textes affichés, sous leur nom de colonne."""
        return self._cellules.copy()

    @functools.cached_property
    def _cellules(self) -> pd.DataFrame:
        return textes(self.protegee, list(self.en_tetes()), self.formats)

    @property
    def vide(self) -> bool:
        """Vrai si la table n'a aucune ligne."""
        return self.protegee.donnees.empty

    @property
    def raison(self) -> str:
        """Pourquoi la table est vide, en une phrase."""
        motif = self.protegee.motif
        return f"{motif[0].upper()}{motif[1:].rstrip('.')}." if motif else AUCUNE_DONNEE

    @property
    def fictive(self) -> bool:
        """Vrai si une partie au moins des données est inventée."""
        return bool(getattr(self.source, "fictive", False))

    @property
    def ancre(self) -> str:
        """Identifiant tiré du titre, toujours le même ; la page le remplace par un numéro."""
        return sans_accent(self.titre)[:60].strip("_") or "sans_titre"

    def csv(self) -> bytes:
        """La table montrée, pour un tableur français : marque d'encodage, `;`, virgule décimale, « [s] »."""
        titres = self.en_tetes()
        colonnes = [
            [
                texte_cellule(valeur, masquee=masquee, format=_nombre_csv)
                for valeur, masquee in zip(self.protegee.donnees[nom], self.protegee.masque[nom].tolist(), strict=True)
            ]
            for nom in titres
        ]
        lignes = [[*titres.values()], *zip(*colonnes, strict=True)]
        return ("\ufeff" + "".join(";".join(map(_champ_csv, ligne)) + "\r\n" for ligne in lignes)).encode()

    def objet(self) -> dict:
        """
        Ce que cet objet publie, en JSON : ses textes, les nombres montrés, ce qui est masqué.

        Returns:
            `genre`, `ancre`, `titre`, `sous_titre`, `lecture`, `champ`, `note`, `source` (textes), `fictive`,
            `legende` (phrases), `colonnes` (`nom`, `titre`, `chiffree`), puis, dans leur ordre et ligne par ligne,
            `lignes` (textes affichés), `valeurs` (nombres montrés, null ailleurs) et `masque`.
        """
        textes_ = ("titre", "sous_titre", "lecture", "champ", "note")
        montrees = self.en_tetes()
        donnees, masque = self.protegee.donnees[[*montrees]], self.protegee.masque[[*montrees]]
        return {
            "genre": self.genre,
            "ancre": self.ancre,
            **{nom: typographie(getattr(self, nom)) for nom in textes_},
            "source": typographie(texte_source(self.source)),
            "fictive": self.fictive,
            "legende": [typographie(phrase) for phrase in self.legende()],
            "colonnes": [
                {"nom": nom, "titre": typographie(titre), "chiffree": self.est_chiffree(nom)}
                for nom, titre in montrees.items()
            ],
            "lignes": self.cellules().to_numpy().tolist(),
            "valeurs": [[_nombre(valeur) for valeur in ligne] for ligne in donnees.astype(object).to_numpy()],
            "masque": masque.to_numpy(bool).tolist(),
        }

    def objets(self) -> list[dict]:
        """Lui seul."""
        return [self.objet()]

    def legende(self) -> list[str]:
        """Les phrases qui expliquent les marques visibles et l'arrondi."""
        montrees = self.cellules().to_numpy()
        notes = [n for n in self.protegee.notes if MARQUE in montrees or not n.startswith(MARQUE)]
        return notes + ([LEGENDE_ABSENT] if ABSENT in montrees else [])

    def html_table(self, identifiant: str, intitule: str) -> str:
        """
        Le tableau HTML dans sa zone défilante.

        Au-delà de `LIGNES_MONTREES` lignes, les suivantes sont dans un second tableau replié, de même titre ; la
        ligne du total reste dans le premier.
        """
        cellules, totaux = self.cellules(), {*TOTAUX, self.protegee.publiable.total_ligne}
        au_total = cellules.iloc[:, 0].isin(totaux)
        detail = cellules[~au_total] if au_total.sum() == 1 else cellules
        premieres, suivantes = cellules, cellules.iloc[:0]
        if len(detail) > LIGNES_MONTREES + 1:
            premieres = pd.concat([detail.iloc[:LIGNES_MONTREES], cellules.drop(detail.index)])
            suivantes = detail.iloc[LIGNES_MONTREES:]
        precisions = "".join(f'<span class="legende">{sur(phrase)}</span>' for phrase in self.legende())
        html = self._html_lignes(premieres, identifiant, intitule, precisions, totaux)
        if suivantes.empty:
            return html
        suite = self._html_lignes(suivantes, f"{identifiant}-suite", f"{intitule} (suite)", "", totaux)
        combien = f"{formats.nombre(len(suivantes))} lignes suivantes"
        resume = f"<summary>Voir les {sur(combien)}</summary>"
        return f'{html}<details class="donnees suite">{resume}{suite}</details>'

    def _html_lignes(self, cellules: pd.DataFrame, identifiant: str, intitule: str, precisions: str, totaux) -> str:
        """Un tableau de ces lignes, son titre et sa zone défilante."""
        titres = self.en_tetes()
        classes = {nom: ' class="num"' if self.est_chiffree(nom) else "" for nom in titres}
        tete = "".join(f'<th scope="col"{classes[nom]}>{sur(titre)}</th>' for nom, titre in titres.items())
        adresses = {nom: self.protegee.donnees[adresse] for nom, adresse in self.liens.items()}
        corps = []
        for rang, ligne in cellules.iterrows():
            montres = {nom: lier(t, adresses[nom][rang]) if nom in adresses else sur(t) for nom, t in ligne.items()}
            (_, tete_de_ligne), *suite = montres.items()
            textes_ = "".join(f"<td{classes[nom]}>{montre}</td>" for nom, montre in suite)
            total = ' class="total"' if ligne.iloc[0] in totaux else ""
            corps.append(f'<tr{total}><th scope="row">{tete_de_ligne}</th>{textes_}</tr>')
        large = " large" if len(titres) > COLONNES_LARGES else ""
        return (
            f'<div class="defile" role="region" tabindex="0" aria-labelledby="{identifiant}-titre">'
            f'<table id="{identifiant}-table" class="grille{large}">'
            f'<caption><span id="{identifiant}-titre">{intitule}</span>{precisions}</caption>'
            f"<thead><tr>{tete}</tr></thead><tbody>{''.join(corps)}</tbody></table></div>"
        )

    def est_chiffree(self, colonne: str) -> bool:
        """Vrai si la colonne se lit alignée à droite, sans retour à la ligne."""
        valeurs = self.protegee.donnees[colonne]
        return pd.api.types.is_numeric_dtype(valeurs) and not pd.api.types.is_bool_dtype(valeurs)

    def lien_csv(self, numerote: str) -> str:
        """Le lien qui contient le fichier CSV."""
        octets = self.csv()
        adresse = en_adresse(octets, "text/csv;charset=utf-8")
        return telecharger(octets, f"{self.ancre}.csv", adresse, "les données", numerote)

    def notes(self) -> dict[str, str]:
        """Lecture, champ, note et source, dans cet ordre ; seulement ce qui est dit."""
        notes = {"Lecture": self.lecture, "Champ": self.champ, "Note": self.note, "Source": texte_source(self.source)}
        return {nom: texte for nom, texte in notes.items() if texte}

    def html_notes(self) -> str:
        """Les mêmes, en paragraphes."""
        return "".join(paragraphe(nom, texte) for nom, texte in self.notes().items())

    def texte(self) -> str:
        """Titre, cellules et source, sans mise en page."""
        montre = self.cellules().rename(columns=self.en_tetes()).to_string(index=False)
        corps = self.raison if self.vide else montre
        return f"{typographie(self.titre)}\n{corps}\nSource : {texte_source(self.source)}"


@dataclass(frozen=True, repr=False)
class Tableau(Publication):
    """
    Un tableau à publier, avec son titre, ses marques expliquées, sa source et son fichier CSV.

    Args:
        protegee, titre, source, colonnes, sans, formats, sous_titre, lecture, champ, note: voir `Publication`.
        replie: le tableau est secondaire : à l'écran il s'ouvre à la demande ; sur papier, une ligne dit où le lire.
    """

    replie: bool = field(default=False, kw_only=True)

    def html(self) -> str:
        """Le tableau en HTML ; la page qui l'accueille donnera son numéro."""
        ancre = f"tableau-{self.ancre}"
        sous_titre = f'<span class="sous-titre">{sur(self.sous_titre)}</span>' if self.sous_titre else ""
        intitule = f"{place('Tableau {n}. ')}<strong>{sur(self.titre)}</strong>"
        if self.vide:
            corps = f'<p class="titre-tableau">{intitule}</p><p>{sur(self.raison)}</p>{self.html_notes()}'
        else:
            lien = f'<p class="telecharger">{self.lien_csv(" du tableau {n}")}</p>'
            corps = f"{self.html_table(ancre, intitule + sous_titre)}{self.html_notes()}{lien}"
        corps = badge(self.fictive) + corps
        if self.replie and not self.vide:
            resume = f"<summary>{place('Tableau {n}. ')}{sur(self.titre)}</summary>"
            corps = f'<details class="donnees">{resume}{corps}</details>'
        return f'<div class="tableau" id="{ancre}">{corps}</div>'


def _est_muette(colonne: pd.Series) -> bool:
    """Vrai si la colonne a des lignes et n'y écrit que des textes vides."""
    return len(colonne) > 0 and bool(colonne.eq("").fillna(False).all())


def _nombre(valeur: object) -> int | float | None:
    """Un nombre de JSON ; rien si la cellule n'en est pas un, ou n'est pas montrée."""
    if isinstance(valeur, bool | np.bool_) or not isinstance(valeur, numbers.Real) or pd.isna(valeur):
        return None
    return int(valeur) if valeur % 1 == 0 else float(valeur)


def _nombre_csv(valeur: float) -> str:
    """Un nombre tel qu'un tableur français le lit, quatre décimales au plus."""
    return f"{formats.arrondi(valeur, 4).normalize():f}".replace(".", ",")


def _champ_csv(texte: str) -> str:
    """Un champ de CSV ; un texte qu'un tableur prendrait pour une formule est précédé d'une apostrophe."""
    texte = neutraliser(texte)
    return '"' + texte.replace('"', '""') + '"' if set(texte) & set(';"\r\n') else texte
