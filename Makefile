# Les gestes du projet. `make` seul les énumère ; aucun ne demande d'activer l'environnement.
#
#   make rapport ANNEE=2023 DIFFUSION=public DOSSIER="data/ma cité"

PYTHON    ?= python3
DOSSIER   ?= data/miramas
ANNEE     ?= 2024
DIFFUSION ?= cotech

# Tout passe par « python -m » : les lanceurs de .venv/bin ne survivent pas à un dossier déplacé.
VENV     := .venv
PY       := $(VENV)/bin/python
CITELIB  := $(PY) -m citelib
INSTALLE := $(VENV)/.installe
PIP      := $(PY) -m pip --disable-pip-version-check --no-input -qq
export PYTHONUTF8 := 1

# JupyterLab en français, sans rien demander au réseau.
REGLAGES_LAB := $(VENV)/share/jupyter/lab/settings/overrides.json
define REGLAGES
{
  "@jupyterlab/translation-extension:plugin": {"locale": "fr_FR"},
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}
}
endef
export REGLAGES

.DEFAULT_GOAL := aide
.PHONY: aide installer rapport toutes test format eprouver verifier exemple dictionnaire explorer guide verrou propre FORCE
.SUFFIXES:

aide: ## montrer cette aide
	@echo "citelib : évaluer une Cité éducative. Commandes :"
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo
	@echo "Réglages, à la suite de la commande : DOSSIER=$(DOSSIER) ANNEE=$(ANNEE) DIFFUSION=$(DIFFUSION)"
	@echo "DIFFUSION vaut interne, cotech ou public. Exemple : make rapport ANNEE=2023 DIFFUSION=public"

installer: $(INSTALLE) ## préparer l'environnement (.venv) ; ne fait rien s'il est à jour
	@echo "Environnement prêt : $(VENV)"

# Le témoin garde le chemin du projet : un dossier renommé ou copié se réinstalle de lui-même.
ifneq "$(shell cat $(INSTALLE) 2>/dev/null)" "$(CURDIR)"
$(INSTALLE): FORCE
endif
$(INSTALLE): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "citelib demande Python 3.11 ou plus récent ; « $(PYTHON) » est : $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Installez Python 3.11, ou désignez-le : make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installation du paquet python3-venv…"; \
	    apt-get update -qq >/dev/null && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; \
	  fi; \
	  $(PYTHON) -c 'import ensurepip' 2>/dev/null; } || { \
	  echo "Il manque à « $(PYTHON) » de quoi créer un environnement. Sur Debian ou Ubuntu, tapez :" >&2; \
	  echo "  sudo apt-get update && sudo apt-get install python3-venv" >&2; \
	  echo "puis relancez : make $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Installation de l'environnement (une à trois minutes la première fois)…"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@mkdir -p $(dir $(REGLAGES_LAB)) && printf '%s\n' "$$REGLAGES" > $(REGLAGES_LAB)
	@printf '%s' "$(CURDIR)" > $(INSTALLE)

rapport: $(INSTALLE) ## produire le rapport d'une année dans reports/
	@$(CITELIB) rapport "$(DOSSIER)" --annee "$(ANNEE)" --diffusion "$(DIFFUSION)"

toutes: $(INSTALLE) ## produire les rapports de toutes les années
	@$(CITELIB) rapport "$(DOSSIER)" --toutes-les-annees --diffusion "$(DIFFUSION)"

verifier: $(INSTALLE) ## dire tout ce qui ne va pas dans les données
	@$(CITELIB) verifier "$(DOSSIER)"

explorer: $(INSTALLE) ## ouvrir le bureau de l'évaluateur dans JupyterLab
	@$(PY) -m jupyterlab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/notebooks/exploration.ipynb

exemple: $(INSTALLE) ## réécrire les données inventées de Miramas (graine fixe)
	@$(CITELIB) simuler data/miramas --graine 13063

dictionnaire: $(INSTALLE) ## réécrire docs/dictionnaire.md depuis les contrats, et la page des commandes
	@$(CITELIB) dictionnaire
	@$(PY) docs/guide/engendrer.py

guide: $(INSTALLE) ## construire le site du guide, qui se lit sans réseau : build/guide/index.html
	@$(PIP) install --require-hashes -r docs/requirements.lock
	@$(PY) -m sphinx -q -W --keep-going -b html docs build/guide
	@echo "Ouvrez build/guide/index.html"

test: $(INSTALLE) ## relire le code, puis passer tous les tests
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m ruff format --check --quiet --output-format concise . || { echo "Mise en forme à reprendre : make format" >&2; exit 1; }
	@$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

format: $(INSTALLE) ## remettre le code en forme
	@$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format --quiet .

eprouver: rapport ## éprouver les pages et le bureau dans un navigateur (node, chromium et java) : docs/accessibilite.md
	@$(PIP) install -r tests/navigateur/requirements.txt
	@$(PY) -m pytest -n 0 tests/navigateur/eprouver_bureau.py
	@cd tests/navigateur && npm install --silent --no-audit --no-fund
	@node tests/navigateur/eprouver.mjs reports/*/$(ANNEE)/*.html

verrou: ## recalculer requirements.lock depuis pyproject.toml (versions gardées si possible)
	@$(PYTHON) -m venv .verrou && .verrou/bin/python -m pip install -qq uv
	@.verrou/bin/python -m uv pip compile -q --universal --python-version 3.11 --fork-strategy fewest \
	  --all-extras --generate-hashes --custom-compile-command "make verrou" -o requirements.lock pyproject.toml
	@.verrou/bin/python -m uv pip compile -q --universal --python-version 3.11 --fork-strategy fewest \
	  --group guide -c requirements.lock --generate-hashes --custom-compile-command "make verrou" \
	  -o docs/requirements.lock
	@rm -rf .verrou
	@echo "requirements.lock est à jour. Reportez les versions directes dans environment.yml : make test le vérifie."

propre: ## effacer l'environnement et les caches (reports/ et les données restent)
	@rm -rf $(VENV) .verrou build *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find . -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +
