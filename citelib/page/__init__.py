"""La page HTML d'un rapport : ce que le gabarit doit savoir, la finition, le contrôle.

Le gabarit (gabarits/rapport) donne la charpente, `finition` ce que seule la page entière sait, et
`controle` refuse la page qu'un lecteur ne pourrait pas lire ; `objets` relit ce qu'un notebook exécuté publie.
"""
# ruff: noqa: F401

from citelib.page.commentaires import NOTEBOOKS, egares, sections
from citelib.page.controle import controler, defauts, ecritures
from citelib.page.finition import Contexte, finir, page_en_echec
from citelib.page.objets import objets
