"""Le moteur : les mêmes sorties qu'un noyau ordinaire, aucun état commun, et des arrêts qui se disent."""

import contextlib
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest

from citelib import execution, prets
from citelib.chargement.partage import pretee
from citelib.constats import impacts_de
from citelib.erreurs import ErreurParametre
from citelib.moteur import processus
from citelib.moteur.greffon import NOM
from citelib.moteur.processus import Limites
from citelib.page import Contexte

NOYAU = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def carnet(*sources, **noyau):
    """Un notebook de ces cellules."""
    cellules = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cellules, metadata={"kernelspec": NOYAU["kernelspec"] | noyau})


@pytest.fixture
def jouer(tmp_path, monkeypatch):
    """Exécute des cellules par le moteur de papermill voulu ; rend le notebook, même arrêté."""
    monkeypatch.delenv("MPLBACKEND", raising=False)  # un noyau ordinaire dessine alors dans le notebook

    def par(moteur, *sources, **options):
        logging.getLogger("papermill").setLevel(logging.ERROR)
        entree, sortie = tmp_path / "entree.ipynb", tmp_path / f"{moteur}.ipynb"
        nbformat.write(carnet(*sources), entree)
        if moteur == "nbclient":
            options = {"config": execution._noyau(tmp_path)}
        with contextlib.suppress(papermill.PapermillExecutionError):
            papermill.execute_notebook(str(entree), str(sortie), engine_name=moteur, progress_bar=False, **options)
        return nbformat.read(sortie, as_version=4)

    return par


@pytest.fixture
def sorties(jouer):
    """Les sorties de chaque cellule, par notre moteur."""
    return lambda *sources, **options: [
        cellule.outputs for cellule in jouer(NOM, *sources, **options).cells if cellule.cell_type == "code"
    ]


def textes(cellule):
    return "".join(s.get("text", "") or s.get("data", {}).get("text/plain", "") for s in cellule)


# Chaque cellule est un piège connu : flux mêlés, affichages mis à jour, effacés, figures, commandes, attente…
PIEGES = (
    "import sys\nprint('un')\nprint('deux', file=sys.stderr)",
    "from IPython.display import HTML, display\nprint('avant')\ndisplay(HTML('<b>gras</b>'), metadata={'a': 1})\n42",
    "poignee = display('début', display_id='suivi')",
    "poignee.update('fin')",
    "from IPython.display import clear_output\nprint('effacé')\nclear_output(wait=True)\nprint('gardé')",
    "import pandas as pd\npd.DataFrame([range(30)])",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()",
    "fig, ax = plt.subplots()\nbarres = ax.bar([1, 2], [3, 4])",
    "import asyncio\nawait asyncio.sleep(0)\n'attendu'",
    "%precision 2\n3.14159",
    "x = 5\nx",
    "_ + 1",
    "print('fini', end='')",
    "1 / 0",
    "'jamais'",
)


@pytest.mark.lent
def test_les_sorties_sont_celles_dun_noyau_ordinaire(jouer):
    ordinaire, notre = jouer("nbclient", *PIEGES), jouer(NOM, *PIEGES)
    assert notre.metadata.language_info == ordinaire.metadata.language_info
    assert len(notre.cells) == len(ordinaire.cells)
    for attendue, obtenue in zip(ordinaire.cells, notre.cells, strict=True):
        assert obtenue.get("execution_count") == attendue.get("execution_count"), attendue.source
        assert fondues(obtenue) == fondues(attendue), attendue.source
    assert sum("image/png" in s.get("data", {}) for c in notre.cells for s in c.get("outputs", ())) == 2


def fondues(cellule):
    """
    Les sorties, flux voisins réunis : un noyau les coupe au gré de l'horloge. Une trace se compare sans ses couleurs :
    elles tiennent au terminal.
    """
    reunies = []
    for sortie in cellule.get("outputs", ()):
        if sortie.output_type == "stream" and reunies and reunies[-1].get("name") == sortie.name:
            reunies[-1]["text"] += sortie.text
        else:
            reunies.append(nbformat.from_dict(dict(sortie)))
        if "traceback" in reunies[-1]:
            reunies[-1]["traceback"] = [re.sub(r"\x1b\[[\d;]*m", "", ligne) for ligne in sortie.traceback]
    return reunies


@pytest.mark.lent
def test_une_page_a_les_memes_octets_quavec_un_noyau_ordinaire(miramas):
    """Même empruntée à une réserve, où le plan, les constats et la cité ne viennent pas de son notebook."""
    from citelib.rapport import prevoir

    (tache,) = prevoir(miramas, annee=2024, diffusion="cotech", seulement=["impacts"])
    with prets.ouvrir() as reserve:
        pretee(miramas.dossier, lambda: miramas)
        impacts_de(miramas, annee=2024, diffusion="cotech")
        notre = execution.habiller(tache, execution.calculer(tache, reserve=reserve))
    ordinaire = execution.executer(tache, "nbclient")
    assert notre.erreur == "" and "image/png" in notre.notebook
    assert (notre.html, notre.notebook) == (ordinaire.html, ordinaire.notebook)


def test_un_notebook_ne_voit_rien_du_precedent(sorties):
    """Variables, figures, réglages, environnement, dossier, modules, hasard : tout repart de zéro."""
    hasard = "import random, numpy\nrandom.random(), numpy.random.random()"
    salir = (
        "import os, sys, matplotlib, pandas as pd\nx = 1\nos.environ['TRACE'] = 'oui'\nos.chdir('/')\n"
        "matplotlib.rcParams['font.size'] = 99\npd.set_option('display.max_rows', 3)\nsys.modules['intrus'] = os\n"
        "import citelib\ncitelib.intrus = 1\nimport matplotlib.pyplot as plt\n_ = plt.figure()"
    )
    regarder = (
        "import os, sys, matplotlib, pandas as pd, citelib, matplotlib.pyplot as plt\n"
        "print('x' in globals(), 'TRACE' in os.environ, matplotlib.rcParams['font.size'] == 99, "
        "pd.get_option('display.max_rows') == 3, 'intrus' in sys.modules, 'intrus' in vars(citelib), "
        "plt.get_fignums(), os.getcwd())"
    )
    _, premier = sorties(salir, hasard)
    vu, second = sorties(regarder, hasard)
    assert textes(vu) == f"False False False False False False [] {Path.cwd()}\n"
    assert textes(premier) != textes(second)


def test_le_serveur_a_bien_importe_davance(sorties):
    """Le serveur de Python tait un import manqué : tout marcherait, trois fois moins vite."""
    if not processus.SERVEUR:
        pytest.skip("pas de serveur de processus sur ce système")
    (vu,) = sorties("import sys\nprint('citelib.moteur.depart' in sys.modules, 'seaborn' in sys.modules)")
    assert textes(vu) == "True True\n"


def test_une_cellule_trop_longue_est_arretee_et_ce_qui_precede_est_garde(sorties):
    premiere, longue, suite = sorties("print('là')", "import time\ntime.sleep(60)", "2", limites=Limites(cellule=0.5))
    assert textes(premiere) == "là\n"
    assert (longue[-1].ename, longue[-1].evalue) == ("DureeDepassee", "la cellule a duré plus de 0.5 secondes")
    assert suite == []


def test_un_notebook_trop_long_est_arrete(sorties):
    *_, derniere = sorties("import time\ntime.sleep(60)", limites=Limites(notebook=2))
    assert derniere[-1].evalue == "le notebook a duré plus de 2 secondes"


def test_les_flux_gardent_leur_ordre(sorties):
    """Mieux qu'un noyau ordinaire, qui les range au gré de l'horloge."""
    (cellule,) = sorties("import sys\nprint('un')\nprint('deux', file=sys.stderr)\nprint('trois')")
    assert [(s.name, s.text) for s in cellule] == [("stdout", "un\n"), ("stderr", "deux\n"), ("stdout", "trois\n")]


def test_un_processus_qui_meurt_le_dit_et_garde_ses_sorties(sorties):
    premiere, mort = sorties("print('là')", "import os, signal\nprint('ici')\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert textes(premiere) == "là\n"
    assert mort[-1].ename == "ProcessusArrete"
    assert "signal 11" in mort[-1].evalue


def test_des_sorties_demesurees_sont_refusees(sorties):
    (cellule,) = sorties("print('x' * 100_000)", limites=Limites(sorties=50_000))
    assert cellule[-1].ename == "SortieDemesuree"


@pytest.mark.skipif(os.name != "posix", reason="Windows ne limite pas la mémoire d'un processus")
def test_la_memoire_est_limitee(sorties):
    (cellule,) = sorties("x = bytearray(3 * 2**30)", limites=Limites(memoire=2 * 2**30))
    assert cellule[-1].ename == "MemoryError"


def test_une_commande_et_une_bibliotheque_en_c_se_lisent_dans_le_notebook(sorties):
    (cellule,) = sorties("import os\n!echo commande\n_ = os.write(1, b'brut')")
    assert "commande" in textes(cellule)
    assert "brut" in textes(cellule)


def test_personne_ne_repond_a_une_question(sorties):
    (cellule,) = sorties("input('Nom ? ')")
    assert cellule[-1].ename == "StdinNotImplementedError"


def test_un_fil_laisse_par_le_notebook_ne_retient_personne(sorties):
    fil = "import threading\nthreading.Thread(target=threading.Event().wait).start()\nprint('ok')"
    assert [textes(cellule) for cellule in sorties(fil)] == ["ok\n"]


def test_un_notebook_dun_autre_langage_est_refuse(tmp_path):
    nbformat.write(carnet("1", language="R", name="ir"), tmp_path / "r.ipynb")
    with pytest.raises(ErreurParametre, match=r"que du Python ; ce notebook est en « R »"):
        papermill.execute_notebook(str(tmp_path / "r.ipynb"), None, engine_name=NOM, progress_bar=False)


def test_une_interruption_arrete_les_notebooks_en_cours(tmp_path):
    """Ctrl-C pendant le calcul : les processus sont tués, et la main est rendue tout de suite."""
    nbformat.write(carnet("import time\ntime.sleep(600)"), tmp_path / "long.ipynb")
    contexte = Contexte(nom_cite="Essai", annee=2024, page="impacts", titre="Impacts", diffusion="cotech")
    tache = execution.Tache("impacts", str(tmp_path / "long.ipynb"), {}, contexte)

    def interrompre():
        while not processus._VIVANTS:
            time.sleep(0.05)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execution.executer_ici([tache], jointes=interrompre)
    assert not processus._VIVANTS


def test_importer_le_moteur_ne_charge_pas_les_bibliotheques_de_calcul():
    """Toute commande papermill charge les moteurs installés : le nôtre ne doit pas la ralentir."""
    code = "import sys, papermill, citelib.moteur.greffon; print({'pandas', 'matplotlib'} & set(sys.modules))"
    fait = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert fait.stdout == "set()\n"
