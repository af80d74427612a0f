# Verbs only: each is one tool, and `make help` lists them with the variables they take.
# Variables reach the tools through the shell's environment ("$$NAME"), so that any path works, spaces included.
.DEFAULT_GOAL := help
.SUFFIXES:

python := .venv/bin/python
tool := $(python) -m neural_lab.tools
# Made by setup.sh from the lock file, and made again when that changes.
ready := .venv/stamp
# $(call option,JOBS,--jobs): the option with the variable's value, or nothing when that is not set.
option = $${$(1):+$(2) "$$$(1)"}
argument = $${$(1):+"$$$(1)"}
keep = $${$(1):+$(1)="$$$(1)"}
lab = $(call option,LAB,--lab)
data = $(call option,DATA,--data)

.PHONY: help
help: ## list the verbs and their variables
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

$(ready): requirements/dev.txt
	@./setup.sh --venv .venv requirements/dev.txt

.PHONY: grade test lint stubs handout zip simulate doctor calibrate batch report similarity data train bench lock clean
grade: $(ready) ## grade the solution or another file or folder [SUBMISSION= LAB= RESULTS=file.json EXPLAIN=1.7 AGAINST=results.json]
	@env -i PYTHONHASHSEED=0 PATH="$$PATH" LANG=C.UTF-8 TERM="$${TERM:-dumb}" $(call keep,COLUMNS) $(call keep,NO_COLOR) \
	  $(python) -s autograder/neural_lab $(lab) $(call option,RESULTS,--results) $(call option,EXPLAIN,--explain) $(call option,AGAINST,--against) \
	  $(call argument,SUBMISSION)
test: $(ready) ## run all tests, or some [TESTS=autograder/tests/test_makefile.py]
	@$(python) -m pytest -n logical --dist loadfile $(TESTS)
lint: $(ready) ## check style, types and shell scripts
	@$(python) -m ruff check .
	@$(python) -m mypy
	@for script in setup.sh autograder/run_autograder .ci/run; do bash -n $$script || exit 1; done
	@if command -v shellcheck >/dev/null; then shellcheck setup.sh autograder/run_autograder .ci/run; fi
stubs: $(ready) ## write student/ anew from solution/
	@$(tool).release.stubs
handout: $(ready) ## build dist/handout.zip for the students
	@$(tool).release.handout
zip: $(ready) ## build dist/autograder-LAB.zip for Gradescope [LAB= DATA=mnist]
	@$(tool).release.package $(lab) $(data)
simulate: $(ready) ## run the built zip as Gradescope would [SUBMISSION= LAB=]
	@$(tool).release.simulate $(lab) $(call argument,SUBMISSION)
doctor: ## tell what this machine lacks, and what to do
	@"$$(./setup.sh --python)" autograder/neural_lab/tools/release/doctor.py
calibrate: $(ready) ## grade every known mistake and print the marks each costs [LAB= JOBS=]
	@$(tool).release.calibrate $(lab) $(call option,JOBS,--jobs)
batch: $(ready) ## grade a whole class [EXPORT=export.zip or folder, OUT=grades/ LAB= JOBS= DASK=tcp://host:8786]
	@$(tool).course.batch $(lab) $(call option,OUT,--out) $(call option,JOBS,--jobs) $(call option,DASK,--dask) $(call argument,EXPORT)
report: $(ready) ## write one HTML page about a graded class [OUT=grades/]
	@$(tool).course.report $(call argument,OUT)
similarity: $(ready) ## list similar pairs of a graded class [OUT=grades/ LAB=]
	@$(tool).course.similarity $(lab) $(call argument,OUT)
data: $(ready) ## fetch or read a data set [DATA=mnist MNIST_DIR=folder of IDX files]
	@$(python) data/fetch_mnist.py $(data) $(call option,MNIST_DIR,--mnist-dir)
train: $(ready) ## train the solution or a student's file [SUBMISSION= DATA= EPOCHS= BATCH= ETA= LAYERS=784,30,10 OUT=]
	@$(tool).training.train $(data) $(call option,EPOCHS,--epochs) $(call option,BATCH,--batch) $(call option,ETA,--eta) \
	  $(call option,LAYERS,--layers) $(call option,OUT,--out) $(call argument,SUBMISSION)
bench: $(ready) ## measure training and grading, and write the tables of docs/ [DATA=]
	@$(tool).bench.page $(data)
lock: .venv/bin/uv ## choose the newest versions anew and write requirements/*.txt
	@$(resolve) --extra staff --extra dask --group dev --output-file requirements/dev.txt
	@$(resolve) --constraint requirements/dev.txt --output-file requirements/grading.txt
clean: ## remove what was made here, but not the secret, data or grades
	@rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis htmlcov .coverage
	@find autograder solution student data -type d -name __pycache__ -prune -exec rm -rf {} +

# One resolution for Python 3.10 to 3.13 and every system; hashes only, no index is named in it.
resolve = .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.10 --upgrade --quiet \
  --generate-hashes --no-header --no-annotate --no-emit-index-url
.venv/bin/uv: $(ready)
	@$(python) -m pip install --quiet --disable-pip-version-check uv
