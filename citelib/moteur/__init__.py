"""Exécuter un notebook dans un processus neuf mais déjà chaud, derrière l'interface de moteur de papermill.

`enfant` vit dans le processus du notebook, `processus` le lance et le surveille, `greffon` est ce que papermill
appelle (`papermill --engine citelib`), `depart` ce que tous les notebooks auraient importé. Rien ici ne connaît les
cités : importer cette salle ne charge ni pandas, ni matplotlib. Pourquoi ainsi : docs/decisions/0006-moteur.md.
"""
