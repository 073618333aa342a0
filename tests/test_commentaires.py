"""Les commentaires de l'évaluateur : chacun à sa section, aucun perdu, aucun dangereux."""

import nbformat
import pytest
from bs4 import BeautifulSoup

from citelib.chargement import charger, ouvrir
from citelib.chargement.commentaires import LONGUEUR_MAX, Partie, decouper
from citelib.erreurs import ErreurDonnees
from citelib.execution import exporter
from citelib.page import Contexte, defauts, egares, finir
from citelib.simulation import completer
from citelib.tableaux import Commentaire

HOSTILE = """\
## Crédits

<script>alert(1)</script> <img src=x onerror=alert(1)> <svg onload=alert(1)><a xlink:href="javascript:x">y</a></svg>

<iframe src="https://ailleurs.fr"></iframe> <style>body{display:none}</style> <object data="x"></object>

[un lien](javascript:alert(1)) [un autre](data:text/html;base64,PHNjcmlwdD4=) <javascript:alert(1)> https://ailleurs.fr

![une image](https://ailleurs.fr/v.png) ![une autre](data:image/svg+xml;base64,PHN2Zz4=)

[référence]: javascript:alert(1)
[référence] &lt;script&gt;alert(2)&lt;/script&gt; &#60;script&#62;

# Un titre <b onclick=x>gras</b>

`<script>` et

    <script>alert(3)</script>

```html" onload="alert(4)
</code></pre><script>alert(5)</script>
```
"""


def page(*parties, titres=("Crédits", "Méthode et limites"), **contexte):
    """Une page finie, avec ces sections et ces commentaires."""
    cellules = [nbformat.v4.new_markdown_cell("# Réalisation")]
    cellules += [nbformat.v4.new_markdown_cell(f"## {titre}\n\nTexte de la partie.") for titre in titres]
    reglages = {"nom_cite": "Essai", "annee": 2024, "page": "realisation", "titre": "Réalisation", **contexte}
    reglages = Contexte(diffusion="cotech", commentaires=tuple(parties), **reglages)
    return exporter(nbformat.v4.new_notebook(cells=cellules), reglages), reglages


@pytest.fixture
def dossier(tmp_path):
    """Une cité inventée d'une année, sans commentaire."""
    (chemin,) = completer(tmp_path / "essai", annees=1, graine=7)
    return chemin


def ecrire(dossier, nom, texte, encodage="utf-8"):
    """Dépose un commentaire dans une cité."""
    (dossier / "commentaires").mkdir(exist_ok=True)
    (dossier / "commentaires" / nom).write_text(texte, encoding=encodage)


def test_un_titre_de_niveau_deux_ouvre_une_partie():
    """Le texte d'avant va en haut ; un titre de niveau trois reste dans sa partie ; la ligne est celle du fichier."""
    parties = decouper("Haut.\n\n## Crédits ##\n\nUn.\n\n### Détail\n\nDeux.\n\n##Pas un titre\n##  Qui et où\nTrois.")

    assert [(p.titre, p.ligne, p.markdown) for p in parties] == [
        ("", 1, "Haut."),
        ("Crédits", 3, "Un.\n\n### Détail\n\nDeux.\n\n##Pas un titre"),
        ("Qui et où", 12, "Trois."),
    ]


def test_un_titre_dans_un_bloc_de_code_n_en_est_pas_un():
    """Un exemple de Markdown reste un exemple."""
    assert [partie.titre for partie in decouper("```\n## Non\n```\n~~~\n## Non\n```\n~~~\n## Oui\n")] == ["", "Oui"]


@pytest.mark.parametrize(
    "texte", ["*CPO, 12 janvier 2025*\n\nA.\n\n## Crédits\nB.", "A.\n\n## Crédits\nB.\n\n— CPO, 12 janvier 2025"]
)
def test_chaque_partie_est_signee_par_la_fonction_et_la_date_du_fichier(texte):
    """En première ligne ou en dernière : chaque bloc de la page dit qui parle, une fois."""
    haut, credits = decouper(texte)

    assert haut.markdown.count("CPO, 12 janvier 2025") == 1
    assert credits.markdown == "B.\n\n— CPO, 12 janvier 2025"


def test_un_commentaire_va_sous_sa_section():
    """Juste après le titre, à la casse, aux accents et à l'apostrophe près ; finir deux fois ne le répète pas."""
    html, contexte = page(Partie("CREDITS", 1, "Bien **tenus**."), Partie("methode et limites", 5, "À revoir."))
    lue = BeautifulSoup(html, "html.parser")

    assert [titre.find_next_sibling()["class"] for titre in lue.select("main h2")] == [["commentaire"]] * 2
    assert "tenus" in lue.select_one("h2 + .commentaire").get_text()
    assert finir(html, contexte=contexte) == html
    assert defauts(html) == []


def test_un_commentaire_sans_section_se_lit_en_haut_avec_son_titre():
    """Avant la première partie : il n'est pas perdu."""
    html, _ = page(Partie("Credit", 1, "Perdu ?"))
    lue = BeautifulSoup(html, "html.parser")
    bloc = lue.select_one(".commentaire")

    assert "« Credit »" in bloc.get_text().replace("\u00a0", " ")
    assert bloc.find_next("h2").get_text() == "Crédits"
    assert defauts(html) == []


def test_les_titres_d_un_commentaire_suivent_l_ordre_de_la_page():
    """Sous un titre de niveau 2 : 1 puis 6 deviennent 3 puis 4, jamais un saut ; en haut, du gras."""
    markdown = "# Un\n\n###### Six\n\n## Deux\n\nTexte."
    html, _ = page(Partie("Crédits", 1, markdown))

    assert [t.name for t in BeautifulSoup(html, "html.parser").select(".commentaire :is(h3, h4, h5)")] == [
        "h3",
        "h4",
        "h3",
    ]
    assert defauts(html) == []
    assert BeautifulSoup(Commentaire(markdown).html(), "html.parser").find(["h1", "h2", "h3"]) is None


def test_rien_d_actif_ne_passe_jusqu_a_la_page_publiee():
    """Ni script, ni cadre, ni image, ni lien, ni attribut : seulement des balises de texte."""
    html, _ = page(*decouper(HOSTILE)[1:])
    lue = BeautifulSoup(html, "html.parser")
    bloc = lue.select_one(".commentaire")

    permises = {"p", "strong", "em", "code", "pre", "h3", "h4", "br", "ul", "li", "ol", "blockquote"}
    assert {balise.name for balise in bloc.find_all(True)} <= permises
    hors_page = [b for b in bloc.find_all(True) if set(b.attrs) - {"id", "class"}]
    assert hors_page == []
    assert lue.find(["script", "iframe", "svg", "object", "img", "embed"]) is None
    assert not [a for a in lue.find_all("a") if not a["href"].startswith("#")]
    assert "alert(1)" in bloc.get_text()  # montré comme du texte : l'évaluateur voit ce qu'il a écrit
    assert defauts(html) == []


@pytest.mark.parametrize("morceau", ["[", "> ", "*", "- ", "`", "![", "<", "&", "\\"])
def test_un_markdown_repete_a_l_infini_reste_un_texte(morceau):
    """Des milliers d'imbrications n'arrêtent pas la page et n'y mettent rien d'actif."""
    html = Commentaire(morceau * 5000 + "\n\nfin").html()

    assert "fin" in html
    assert "<script" not in html


def test_un_nombre_a_point_ou_un_chemin_ecrit_par_une_personne_n_arrete_pas_la_page():
    """« version 2.0 » est le texte de l'évaluateur, non un oubli du programme."""
    html, _ = page(Partie("Crédits", 1, "Le tableur version 2.0, dans /home/partage, ne dit None part."))

    assert defauts(html) == []


def test_un_titre_inconnu_est_un_avertissement_a_sa_ligne_avec_le_plus_proche(dossier):
    """« Seances et calendrier » est reconnu sans ses accents ; un titre voisin, non."""
    ecrire(
        dossier, "2024-realisation.md", "Haut.\n\n## Seances et calendrier\nA.\n\n## Les séances et le calendrier\nB.\n"
    )
    (probleme,) = egares(charger(dossier))

    assert (probleme.gravite, probleme.fichier, probleme.ligne) == (
        "avertissement",
        "commentaires/2024-realisation.md",
        6,
    )
    assert "« Les séances et le calendrier »" in str(probleme)
    assert "« Séances et calendrier »" in probleme.remede


@pytest.mark.parametrize(
    "nom", ["2024-realisations.md", "realisation.md", "2019-realisation.md", "2024_realisation.md"]
)
def test_un_fichier_d_aucune_page_se_signale(dossier, nom):
    """Le remède donne un nom qui serait lu."""
    ecrire(dossier, nom, "Bien.")
    (probleme,) = egares(charger(dossier))

    assert probleme.fichier == f"commentaires/{nom}"
    assert "2024-realisation.md" in probleme.remede


@pytest.mark.parametrize("texte", ["Voir Mme Martin.", "Appeler le 06 12 34 56 78.", "Écrire à a.b@exemple.fr"])
def test_une_donnee_personnelle_arrete_la_lecture_a_sa_ligne(dossier, texte):
    """Comme une parole recueillie ; le message ne la répète pas."""
    ecrire(dossier, "2024-realisation.md", f"Bien.\n\n{texte}\n")
    with pytest.raises(ErreurDonnees, match=r"commentaires/2024-realisation\.md, ligne 3") as refus:
        charger(dossier)

    assert not [mot for mot in ("Martin", "06 12", "a.b@") if mot in str(refus.value)]


def test_un_commentaire_trop_long_est_refuse(dossier):
    """Une page le porterait, personne ne le lirait."""
    ecrire(dossier, "2024-realisation.md", "a" * (LONGUEUR_MAX + 1))
    _, problemes = ouvrir(dossier)

    assert [p.fichier for p in problemes if p.gravite == "erreur"] == ["commentaires/2024-realisation.md"]


def test_un_commentaire_du_bloc_notes_se_lit(dossier):
    """Windows-1252 et fins de ligne de Windows."""
    ecrire(dossier, "2024-realisation.md", "Réalisé.\r\n\r\n## Séances et calendrier\r\nTenus.\r\n", "cp1252")
    cite = charger(dossier)

    assert cite.commentaire("realisation", 2024) == "Réalisé."
    assert [partie.titre for partie in cite.commentaires("realisation", 2024)] == ["Séances et calendrier"]
    assert list(egares(cite)) == []


def test_l_exemple_n_a_aucun_commentaire_egare(miramas):
    """Et il montre l'usage : un commentaire sous une section."""
    assert list(egares(miramas)) == []
    assert miramas.commentaires("realisation", 2024)


def test_un_fichier_illisible_se_dit(dossier):
    """Ni trace, ni commentaire à moitié lu."""
    (dossier / "commentaires").mkdir()
    (dossier / "commentaires" / "2024-realisation.md").write_bytes("é".encode() + b"\xe9\n")
    _, problemes = ouvrir(dossier)

    assert any(p.fichier == "commentaires/2024-realisation.md" and "illisible" in p.message for p in problemes)
