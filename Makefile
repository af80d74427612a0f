# Verbs only: each is one tool. `make help` lists them; what they do lies in setup.sh and autograder/.
# Variables reach the tools through the shell's environment ("$$NAME"), so any path works, spaces included.
.DEFAULT_GOAL := help
.PHONY: help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

python := .venv/bin/python
staff := $(python) autograder/staff
ready := .venv/stamp

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile

$(ready): requirements/dev.txt
	@./setup.sh --venv .venv requirements/dev.txt
