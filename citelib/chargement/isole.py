"""Lire un classeur dans un processus à part : `python isole.py PAQUETS`, le classeur en entrée, ses feuilles en sortie.

La bibliothèque qui lit les classeurs réserve la mémoire que le fichier annonce : un fichier abîmé ou piégé peut
arrêter net le processus qui le lit, sans exception à rattraper. Celui-ci n'emporte que lui-même.
"""

import contextlib
import io
import pickle
import sys

MEMOIRE_MAX = 4 * 2**30  # octets : quatre fois ce que demandent dix millions de cases

if __name__ == "__main__":
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows n'a pas de telles bornes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE_MAX, MEMOIRE_MAX))
    sys.path.append(sys.argv[1])  # l'interpréteur part sans ses paquets : il démarre trois fois plus vite
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    classeur, lues = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())), []
    for fiche in classeur.sheets_metadata:
        if fiche.typ == SheetTypeEnum.WorkSheet:
            feuille = classeur.get_sheet_by_name(fiche.name)
            plages = feuille.merged_cell_ranges or ()
            fusions = tuple((c, debut + 1, fin + 1) for (debut, c), (fin, _) in plages if fin > debut)
            cachee = fiche.visible != SheetVisibleEnum.Visible
            lues.append((fiche.name, feuille.to_python(skip_empty_area=False), cachee, fusions))
    pickle.dump(lues, sys.stdout.buffer)
