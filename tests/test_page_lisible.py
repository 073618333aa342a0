"""La feuille de style se lit en clair, en sombre et sur papier, et n'anime rien."""

import re
from pathlib import Path

import pytest

from citelib import tableaux

FEUILLE = (Path(tableaux.__file__).parents[1] / "gabarits/rapport/rapport.css").read_text(encoding="utf-8")
PAIRES = [
    ("texte", "fond"),
    ("discret", "fond"),
    ("lien", "fond"),
    ("texte", "encadre"),
    ("discret", "encadre"),
    ("lien", "encadre"),
    ("fictif", "fictif-fond"),
    ("fond", "texte"),
]


def contraste(une: str, autre: str) -> float:
    """Le rapport de contraste de deux couleurs (WCAG 2.2, « relative luminance »)."""

    def luminance(couleur: str) -> float:
        parts = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lineaires = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(p * poids for p, poids in zip(lineaires, (0.2126, 0.7152, 0.0722), strict=True))

    haut, bas = sorted([luminance(une), luminance(autre)], reverse=True)
    return (haut + 0.05) / (bas + 0.05)


def modes() -> dict[str, dict[str, str]]:
    """Les couleurs de chaque mode, dans l'ordre de la feuille : clair, sombre, papier."""
    blocs = re.findall(r":root \{(.*?)\}", FEUILLE, re.S)
    return dict(
        zip(["clair", "sombre", "papier"], [dict(re.findall(r"--([\w-]+): (#\w{6})", b)) for b in blocs], strict=True)
    )


def test_le_contraste_se_calcule_comme_le_dit_la_norme():
    """Les valeurs connues : 21 du noir au blanc, et 4,54 pour le plus clair des gris lisibles."""
    assert contraste("#000000", "#ffffff") == pytest.approx(21)
    assert contraste("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("mode", ["clair", "sombre", "papier"])
@pytest.mark.parametrize(("encre", "fond"), PAIRES)
def test_tout_texte_a_un_contraste_de_4_5(mode, encre, fond):
    """Le seuil du niveau AA pour un texte courant."""
    couleurs = modes()[mode]

    assert contraste(couleurs[encre], couleurs[fond]) >= 4.5


def test_chaque_mode_redit_toutes_les_couleurs():
    """Une couleur oubliée resterait celle du mode clair, sur fond sombre."""
    clair, sombre, papier = modes().values()

    assert clair.keys() == sombre.keys() == papier.keys()
    assert not re.search(r"#[0-9a-f]{6}", re.sub(r":root \{.*?\}|figure img.*", "", FEUILLE, flags=re.S))


def test_rien_ne_bouge():
    """Sans animation, il n'y a rien à réduire pour qui le demande."""
    assert not re.search(r"animation:|transition:|scroll-behavior|@keyframes", FEUILLE)


def test_rien_n_est_coupe_quand_le_texte_s_espace():
    """Ni hauteur fixe ni débordement caché : l'espacement de WCAG 1.4.12 ne fait rien disparaître."""
    assert not re.search(r"overflow(?:-[xy])?: (?:hidden|clip)|(?<![-\w])height: (?!auto)|line-clamp", FEUILLE)
