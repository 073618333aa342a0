"""Les mêmes feuilles en classeur LibreOffice, écrites sans bibliothèque : le format tient en quatre petits fichiers.

Source : OASIS, Open Document Format 1.3, parties 3 et 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

from citelib.chargement.ecriture import archiver, neutraliser
from citelib.classeurs.feuilles import Case, Feuille, Format
from citelib.classeurs.pose import lisible

MODELE = files("citelib").joinpath("gabarits/feuilles")
MEMBRES = ("mimetype", "content.xml", "styles.xml", "meta.xml", "settings.xml", "META-INF/manifest.xml")
CM_PAR_SIGNE = 0.2


def en_ods(feuilles: Sequence[Feuille], *, titre: str) -> bytes:
    """
    Un classeur LibreOffice ; les mêmes feuilles donnent les mêmes octets.

    Args:
        feuilles: dans l'ordre.
        titre: celui du document.
    """
    formats = dict.fromkeys(dite.format for f in feuilles for ligne in f.lignes for dite in ligne if dite.format)
    noms = {format: f"f{rang}" for rang, format in enumerate(formats)}
    champs = {
        "content.xml": {
            "styles": "".join(_style(format, nom) for format, nom in noms.items())
            + "".join(map(_colonne, sorted({large for feuille in feuilles for large in feuille.largeurs}))),
            "feuilles": "".join(_feuille(feuille, noms) for feuille in feuilles),
            "tableaux": "".join(map(_tableau, feuilles)),
        },
        "meta.xml": {"titre": escape(lisible(titre))},
        "settings.xml": {"figees": "".join(map(_figee, feuilles))},
    }
    textes = {nom: MODELE.joinpath(nom).read_text("utf-8").strip() for nom in MEMBRES}
    return archiver({nom: texte.format(**champs.get(nom, {})).encode() for nom, texte in textes.items()})


def _style(format: Format, nom: str) -> str:
    """Le style d'un nombre, et celui de sa cellule ; un signe toujours dit demande un second style."""
    genre = "percentage" if format.unite == "%" else "number"
    espace = {"": "", "%": "\u202f%"}.get(format.unite, f"\u00a0{format.unite}")
    chiffres = (
        f'<number:number number:decimal-places="{format.decimales}" number:min-decimal-places="{format.decimales}" '
        f'number:min-integer-digits="1" number:grouping="{str(format.milliers).lower()}"/>'
        f"<number:text>{espace}</number:text>"
    )
    plus = moins = ""
    if format.signe:
        signe = f"<number:text>+</number:text>{chiffres}"
        plus = f'<number:{genre}-style style:name="p{nom}">{signe}</number:{genre}-style>'
        moins = f'<style:map style:condition="value()&gt;0" style:apply-style-name="p{nom}"/>'
    return (
        f'{plus}<number:{genre}-style style:name="n{nom}">{chiffres}{moins}</number:{genre}-style>'
        f'<style:style style:name="{nom}" style:family="table-cell" style:parent-style-name="Default" '
        f'style:data-style-name="n{nom}"/>'
    )


def _colonne(large: int) -> str:
    """Le style d'une colonne de cette largeur, en signes."""
    return (
        f'<style:style style:name="c{large}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{large * CM_PAR_SIGNE:.1f}cm"/></style:style>'
    )


def _tableau(feuille: Feuille) -> str:
    """Le tableau d'une feuille, déclaré : il se trie et se filtre."""
    nom, fin = feuille.nom, f"{get_column_letter(len(feuille.colonnes))}{feuille.derniere}"
    plage = quoteattr(f"'{nom}'.A{feuille.entete}:'{nom}'.{fin}")
    return (
        f'<table:database-range table:name="{feuille.cle}" table:display-filter-buttons="true" '
        f"table:target-range-address={plage}/>"
    )


def _figee(feuille: Feuille) -> str:
    """Le réglage qui garde à l'écran les lignes d'en-tête d'une feuille."""
    rang = feuille.entete
    reglages = (("VerticalSplitMode", "short", 2), ("ActiveSplitRange", "short", 2))
    reglages += (("VerticalSplitPosition", "int", rang), ("PositionBottom", "int", rang))
    lignes = "".join(
        f'<config:config-item config:name="{nom}" config:type="{genre}">{valeur}</config:config-item>'
        for nom, genre, valeur in reglages
    )
    return f"<config:config-item-map-entry config:name={quoteattr(feuille.nom)}>{lignes}</config:config-item-map-entry>"


def _feuille(feuille: Feuille, formats: Mapping[Format, str]) -> str:
    """Une feuille : titres et en-têtes se répètent à l'impression."""
    colonnes = "".join(f'<table:table-column table:style-name="c{large}"/>' for large in feuille.largeurs)
    tetes = [[_case(titre, "" if rang else "titre")] for rang, titre in enumerate(feuille.titres)]
    tetes.append([_case(Case(intitule), "entete") for intitule in feuille.intitules])
    corps = [[_case(dite, formats.get(dite.format, "repli")) for dite in ligne] for ligne in feuille.lignes]
    corps += [[_case(Case(note), "")] for note in feuille.notes]
    rangees = [
        "".join(f"<table:table-row>{''.join(ligne)}</table:table-row>" for ligne in bloc) for bloc in (tetes, corps)
    ]
    return (
        f"<table:table table:name={quoteattr(feuille.nom)}>{colonnes}<table:table-header-rows>{rangees[0]}"
        f"</table:table-header-rows>{rangees[1]}</table:table>"
    )


def _case(dite: Case, style: str) -> str:
    """Une cellule ; LibreOffice écrit lui-même un nombre d'après son style."""
    style = f' table:style-name="{style}"' if style else ""
    if not isinstance(dite.valeur, str):
        genre = "percentage" if dite.format and dite.format.unite == "%" else "float"
        return f'<table:table-cell{style} office:value-type="{genre}" office:value="{dite.valeur!r}"/>'
    lignes = escape(lisible(neutraliser(dite.valeur))).split("\n")
    if dite.lien:
        cible = quoteattr(f"#'{dite.lien}'.A1")
        lignes = [f'<text:a xlink:type="simple" xlink:href={cible}>{ligne}</text:a>' for ligne in lignes]
    textes = "".join(f"<text:p>{ligne}</text:p>" for ligne in lignes)
    return f'<table:table-cell{style} office:value-type="string">{textes}</table:table-cell>'
