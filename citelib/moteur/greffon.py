"""Le moteur que papermill appelle : il garde le notebook, et confie ses cellules à un processus.

Comme le notebook reste ici, ce qu'un processus tué ou trop long avait déjà montré n'est pas perdu.
"""

from __future__ import annotations

import nbformat
from papermill.engines import Engine, NotebookExecutionManager  # papermill s'importe avant ce module, qu'il charge

from citelib.erreurs import ErreurParametre
from citelib.moteur.processus import Arret, Enfant, Limites
from citelib.prets import Reserve

NOM = "citelib"
AFFICHAGES = {"display_data", "execute_result", "update_display_data"}


class MoteurCitelib(Engine):
    """Exécute un notebook Python dans un processus neuf et déjà chaud : `papermill --engine citelib`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        limites: Limites | None = None,
        execution_timeout: float | None = None,
        temoin: str = "",
        reserve: Reserve | None = None,
        **_,
    ) -> None:
        """
        Exécute chaque cellule, et s'arrête à la première en erreur.

        Args:
            nb_man: le notebook, et ce que papermill note de son avancement.
            kernel_name: nom du noyau que le notebook demande ; seul Python est exécuté.
            limites: durées, mémoire et taille des sorties.
            execution_timeout: secondes par cellule, comme papermill les demande.
            temoin: « module:fonction » appelée à la fin ; son résultat est dans `metadata.temoin` du notebook.
            reserve: celle de la production, où les notebooks se prêtent leurs calculs.

        Raises:
            ErreurParametre: si le notebook n'est pas en Python.
        """
        langage = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if langage != "python":
            raise ErreurParametre(f"Le moteur « {NOM} » n'exécute que du Python ; ce notebook est en « {langage} ».")
        limites = limites or Limites(**({"cellule": execution_timeout} if execution_timeout else {}))
        with Enfant(limites, temoin, reserve) as enfant:
            entier = _jouer_tout(nb_man, enfant)
            if entier and temoin:
                nb_man.nb.metadata["temoin"] = enfant.finir()


def _jouer_tout(nb_man: NotebookExecutionManager, enfant: Enfant) -> bool:
    """Exécute les cellules dans l'ordre ; vrai si toutes ont réussi."""
    montres: dict[str, list] = {}
    for rang, cellule in enumerate(nb_man.nb.cells):
        nb_man.cell_start(cellule, rang)
        try:
            if rang == 0:
                nb_man.nb.metadata["language_info"] = enfant.langage()
            reussie = _jouer(cellule, enfant, montres)
        except Arret as arret:
            reussie = False
            cellule.setdefault("outputs", []).append(
                nbformat.v4.new_output("error", ename=arret.nom, evalue=str(arret), traceback=[])
            )
        finally:
            nb_man.cell_complete(cellule, cell_index=rang)
        if not reussie and "raises-exception" not in cellule.metadata.get("tags", ()):
            nb_man.cell_exception(cellule, cell_index=rang)
            return False
    return True


def _jouer(cellule: nbformat.NotebookNode, enfant: Enfant, montres: dict[str, list]) -> bool:
    """Exécute une cellule et range ce qu'elle montre ; vrai si elle a réussi."""
    if cellule.cell_type != "code" or not cellule.source.strip():
        return True
    a_effacer = False
    for genre, contenu in enfant.jouer(cellule.source):
        if genre == "fin":
            return contenu and all(sortie.output_type != "error" for sortie in cellule.outputs)
        if genre == "execute_input":
            cellule.execution_count = contenu["execution_count"]
        elif genre == "clear_output":
            a_effacer = contenu["wait"]
            cellule.outputs = cellule.outputs if a_effacer else []
        elif genre in AFFICHAGES | {"stream", "error"}:
            if a_effacer and genre != "update_display_data":
                cellule.outputs, a_effacer = [], False
            _ranger(cellule, genre, contenu, montres)
    return False


def _ranger(cellule: nbformat.NotebookNode, genre: str, contenu: dict, montres: dict[str, list]) -> None:
    """Ajoute une sortie à une cellule ; un affichage mis à jour change partout où il est montré."""
    nom = (contenu.get("transient") or {}).get("display_id") if genre in AFFICHAGES else None
    for ancienne in montres.get(nom, ()):
        ancienne["data"] = nbformat.from_dict(contenu["data"])
        ancienne["metadata"] = nbformat.from_dict(contenu["metadata"])
    if genre == "update_display_data":
        return
    derniere = cellule.outputs[-1] if cellule.outputs else {}
    if genre == "stream" and derniere.get("name") == contenu["name"]:
        derniere["text"] += contenu["text"]
        return
    cellule.outputs.append(nbformat.v4.output_from_msg({"header": {"msg_type": genre}, "content": contenu}))
    if nom:
        montres.setdefault(nom, []).append(cellule.outputs[-1])
