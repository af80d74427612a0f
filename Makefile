# Verbs only: each is one tool. `make help` is made of two kinds of comments:
#   verb: ## group: what it does [the VARIABLES it takes]
#   #: VARIABLE=example what it is for
#   #: verb,verb: VARIABLE=example what it is for there, where that is something else
# Variables reach the tools through the shell's environment ("$$NAME"), so that any path works, spaces included.
.DEFAULT_GOAL := help
.SUFFIXES:

python := .venv/bin/python
# In the shell's place, so that a signal to make reaches the tool.
tool = exec $${VERSION:+env PYTHONPATH="$(tree)autograder"} $(python) -m neural_lab.tools
# A version of another year is a checkout of its own, made anew; what works on it is run there. A course with one version
# need not name it: the build tells which it is.
tree = $${VERSION:+dist/versions/"$$VERSION"/}
version = [ -z "$$VERSION$$COURSE" ] || VERSION=$$($(python) -m neural_lab.tools.versions.build $(lab) $(call option,COURSE,--course) $(call argument,VERSION)) || exit;
# Made by setup.sh from the lock file, and made again when that changes.
ready := .venv/stamp
# On all cores; a file's tests stay together, for they share what is dear to set up. Compiled files are kept whatever the
# shell says: hundreds of processes import the same modules.
pytest = env -u PYTHONDONTWRITEBYTECODE $(python) -m pytest -n logical --dist loadfile
# $(call option,JOBS,--jobs): the option with the variable's value, or nothing when that is not set.
option = $${$(1):+$(2) "$$$(1)"}
argument = $${$(1):+"$$$(1)"}
keep = $${$(1):+$(1)="$$$(1)"}
lab = $(call option,LAB,--lab)
data = $(call option,DATA,--data)

# A misspelt variable would be left out without a word, and an empty one be as good as none. Whatever the verb, programs
# look for these in the environment, where make puts what its command line has.
anywhere = PYTHON SHELL TERM COLUMNS NO_COLOR
given := $(foreach name,$(filter-out $(anywhere),$(.VARIABLES)),$(if $(filter command,$(origin $(name))),$(name)))
# Not for a make that a tool starts.
MAKEOVERRIDES =
ifneq ($(strip $(given)),)
said := $(shell $(or $(PYTHON),python3) autograder/neural_lab/tools/release/variables.py Makefile "$(or $(MAKECMDGOALS),help)" "$(given)")
$(if $(said),$(error $(said)))
$(foreach name,$(given),$(if $(value $(name)),,$(error $(name)= is empty: give it a value, or leave it out)))
endif

#: VERB=batch the verb to tell about
#: SUBMISSION=path a student's file or folder, in place of the solution
#: LAB=ann the lab: q1 (the default) or a warm-up lab
#: handout,validate: LAB=ann one lab; all of them if it is left out
#: NAME=logistic the name of a lab that is not there yet
#: VERSION=2027-a a version of q1 for another year, in dist/versions/
#: COURSE=../cs101 a course's private folder: versions, secret, roster
#: RESULTS=file.json write results.json there, and report.json beside it
#: PLATFORM=junit gradescope, prairielearn, autolab, github or junit
#: package,simulate: PLATFORM=autolab gradescope, prairielearn, autolab, classroom50 or github
#: EXPLAIN=1.7 tell everything about one line of the marks
#: AGAINST=file.json with EXPLAIN: the results.json in question
#: WHO=name one student: name, e-mail, SID or submission id
#: QUESTIONS=6 how many on each sheet
#: EXPORT=path Gradescope's export, or any folder of submissions
#: OUT=folder where the results are: grades/, for train dist/training/
#: INTO=export.csv the export of Canvas or Moodle, as downloaded
#: COLUMN=number Canvas's assignment, by its title or its number
#: ROSTER=students.csv names, ids and sections of the course
#: REPLACE=yes put other marks that lie in OUT into OUT/earlier/
#: LOWER=yes totals may become lower than they are in OUT
#: WHO2="name" with whom to compare
#: SOURCES=folder,folder where else work may come from: last years, books
#: JOBS=2 how many to grade at a time
#: DASK=tcp://host:8786 the scheduler, to grade on several machines
#: DATA=mnist digits or mnist
#: data: DATA=mnist mnist; the digits are there already
#: train,bench: DATA=mnist digits, mnist or the path of an .npz file
#: ONLY=id one known mistake
#: bench: ONLY=grading one part of it; docs/bench.json has their names
#: MNIST_DIR=folder MNIST's own files, so that nothing is fetched
#: EPOCHS=30 how often to go through the training data
#: BATCH=10 samples in a mini-batch
#: ETA=0.5 the learning rate
#: LAYERS=784,30,10 neurons in each layer
#: TESTS=path the file of tests to run, in place of all
.PHONY: help
help: ## start: list the verbs, or the variables of one [VERB]
	@awk -v groups="start,hand out,a class,change the lab,maintain" ' \
	  /^#: / { \
	    sub(/^#: /, ""); verbs = ""; \
	    if (match($$0, /^[a-z,-]+: /)) { verbs = substr($$0, 1, RLENGTH - 2); $$0 = substr($$0, RLENGTH + 1) } \
	    name = usage = $$1; sub(/=.*/, "", name); sub(/^[^ ]+ /, ""); \
	    for (i = split(verbs "," , of, ","); i; i--) if (of[i] != "" || verbs == "") \
	      described[of[i], name] = sprintf("  %-21s %s\n", usage, $$0) \
	  } \
	  /^[a-z-]+:.*## / { \
	    verb = $$1; sub(/:.*/, "", verb); sub(/^.*## /, ""); \
	    group = $$0; sub(/: .*/, "", group); sub(/^[^:]*: /, ""); \
	    if (match($$0, / \[.*\]$$/)) { \
	      takes[verb] = substr($$0, RSTART + 2, RLENGTH - 3); $$0 = substr($$0, 1, RSTART - 1) \
	    } \
	    line[verb] = sprintf("  make %-11s %s\n", verb, $$0); listed[group] = listed[group] line[verb] \
	  } \
	  END { \
	    asked = ENVIRON["VERB"]; \
	    if (asked == "") { \
	      for (i = 1; i <= split(groups, name_of, ","); i++) printf "%s\n%s", name_of[i], listed[name_of[i]]; \
	      print "make help VERB=batch: the variables of one verb, such as OUT=folder"; \
	    } else if (asked in line) { \
	      printf "%s", line[asked]; \
	      for (i = 1; i <= split(takes[asked], variable, " "); i++) { \
	        of_verb = (asked, variable[i]) in described ? asked : ""; printf "%s", described[of_verb, variable[i]] \
	      } \
	    } else { print "no verb " asked "; make help lists them" > "/dev/stderr"; exit 1 } \
	  }' Makefile

$(ready): requirements/dev.txt setup.sh
	@./setup.sh --venv .venv requirements/dev.txt

.PHONY: grade test test-all proof lint stubs handout zip simulate doctor calibrate batch report grades similarity data train bench lock package validate new-lab quiz why feedback forget demo recognise clean
grade: $(ready) ## start: grade the solution, or a student's file or folder [SUBMISSION LAB RESULTS EXPLAIN AGAINST PLATFORM VERSION COURSE]
	@$${SUBMISSION:+:} $${VERSION:+:} $${COURSE:+:} $(python) -m neural_lab.tools.release.validate --quiet --lab "$${LAB:-q1}" || :
	@$(version) exec env -i PYTHONHASHSEED=0 PATH="$$PATH" LANG=C.UTF-8 TERM="$${TERM:-dumb}" $(call keep,COLUMNS) $(call keep,NO_COLOR) \
	  $(call keep,GITHUB_STEP_SUMMARY) $(python) -s $(tree)autograder/neural_lab $(lab) $(call option,PLATFORM,--platform) $(call option,RESULTS,--results) $(call option,EXPLAIN,--explain) $(call option,AGAINST,--against) \
	  $(call argument,SUBMISSION)
test: $(ready) ## start: run the fast tests, or some [TESTS]
	@$(pytest) $(or $(TESTS),-m "fast and not slow") || { case $$? in 4|5) \
	  echo 'No test was found. TESTS takes a path such as autograder/tests/unit/test_judge.py' >&2;; esac; exit 1; }
test-all: $(ready) ## maintain: run every test, as CI does
	@$(pytest)
proof: $(ready) ## maintain: run the sweeps, for hours: fuzz, Pythons, mutation
	@$(pytest) -m sweep
	@$(python) autograder/tests/mutate.py
lint: $(ready) ## maintain: check style, types and shell scripts
	@$(python) -m ruff check .
	@$(python) -m mypy
	@for script in setup.sh autograder/run_autograder autograder/run_platform .ci/run; do bash -n $$script || exit 1; done
	@if command -v shellcheck >/dev/null; then shellcheck setup.sh autograder/run_autograder autograder/run_platform .ci/run; fi
stubs: $(ready) ## change the lab: write student/ anew from solution/ [VERSION COURSE]
	@$(version) $(tool).release.stubs
handout: $(ready) ## hand out: build dist/handout.zip for the students [LAB VERSION COURSE]
	@$(version) $(tool).release.handout $(lab)
zip: $(ready) ## hand out: build dist/autograder-LAB.zip for Gradescope [LAB DATA VERSION COURSE]
	@$(version) $(tool).release.package $(lab) $(data)
package: $(ready) ## hand out: build all that another platform needs [PLATFORM LAB DATA]
	@$(tool).release.packages $(call option,PLATFORM,--platform) $(lab) $(data)
simulate: $(ready) ## hand out: run what was built as its platform would [SUBMISSION PLATFORM LAB VERSION COURSE]
	@$(version) $(tool).release.simulate $(call option,PLATFORM,--platform) $(lab) $(call argument,SUBMISSION)
doctor: ## start: tell what this machine lacks, and what to do
	@"$$(./setup.sh --python)" autograder/neural_lab/tools/release/doctor.py
new-lab: $(ready) ## change the lab: write a small lab that works, to change into yours [NAME]
	@$(tool).release.new_lab $(call argument,NAME)
validate: $(ready) ## change the lab: look for slips in its rubric, probes, mistakes, pages [LAB COURSE]
	@[ -z "$$COURSE" ] || exec $(python) -m neural_lab.tools.versions.validate $(call argument,COURSE); $(tool).release.validate $(lab)
calibrate: $(ready) ## change the lab: grade every known mistake, and show what each costs [LAB JOBS ONLY VERSION COURSE]
	@$(version) $(tool).release.calibrate $(lab) $(call option,JOBS,--jobs) $(call option,ONLY,--only)
batch: $(ready) ## a class: grade a whole class [EXPORT OUT ROSTER LAB JOBS DASK REPLACE LOWER VERSION COURSE]
	@$(version) $(tool).course.batch $(lab) $(call option,OUT,--out) $(call option,ROSTER,--roster) $(call option,REPLACE,--replace) $(call option,LOWER,--lower) $(call option,JOBS,--jobs) $(call option,DASK,--dask) $(call option,COURSE,--course) $(call argument,EXPORT)
report: $(ready) ## a class: write one HTML page about a graded class [OUT SOURCES VERSION COURSE]
	@$(version) $(tool).course.report $(call option,SOURCES,--sources) $(call option,COURSE,--course) $(call argument,OUT)
grades: $(ready) ## a class: fill the marks into an export of Canvas or Moodle [OUT INTO COLUMN]
	@$(tool).course.lms $(call option,OUT,--out) $(call option,COLUMN,--column) $(call argument,INTO)
feedback: $(ready) ## a class: a folder for each student with their page [OUT VERSION COURSE]
	@$(version) $(tool).course.handback $(call argument,OUT)
forget: $(ready) ## a class: take a person out of every file [WHO OUT VERSION COURSE]
	@$(version) $(tool).course.forget $(call option,OUT,--out) $(call argument,WHO)
why: $(ready) ## a class: answer a student's "why did I lose these marks?" [WHO WHO2 OUT VERSION COURSE]
	@$(version) $(tool).course.why $(call option,OUT,--out) $(call option,WHO2,--beside) $(call argument,WHO)
demo: $(ready) ## start: grade, report and explain a class that is made up [OUT]
	@$(tool).course.demo $(call argument,OUT)
similarity: $(ready) ## a class: list who resembles whom, and from where [OUT LAB SOURCES VERSION COURSE]
	@$(version) $(tool).course.similarity $(lab) $(call option,SOURCES,--sources) $(call option,COURSE,--course) $(call argument,OUT)
quiz: $(ready) ## a class: write oral checks on students' own code [OUT WHO SUBMISSION QUESTIONS]
	@$(tool).course.quiz $(call option,WHO,--who) $(call option,SUBMISSION,--submission) $(call option,QUESTIONS,--questions) \
	  $(call argument,OUT)
recognise: $(ready) ## a class: list work that is right for another version [EXPORT VERSION]
	@exec $(python) -m neural_lab.tools.versions.recognise $(call option,VERSION,--version) $(call argument,EXPORT)
data: $(ready) ## change the lab: fetch or read a data set [DATA MNIST_DIR]
	@$(python) data/fetch_mnist.py $(data) $(call option,MNIST_DIR,--mnist-dir)
train: $(ready) ## change the lab: train the solution or a student's file [SUBMISSION DATA EPOCHS BATCH ETA LAYERS OUT VERSION COURSE]
	@$(version) $(tool).training.train $(data) $(call option,EPOCHS,--epochs) $(call option,BATCH,--batch) $(call option,ETA,--eta) \
	  $(call option,LAYERS,--layers) $(call option,OUT,--out) $(call argument,SUBMISSION)
bench: $(ready) ## maintain: say whether every bound holds, and write docs/bench.md [DATA ONLY]
	@$(tool).bench.page $(data) $(call option,ONLY,--only)
lock: .venv/bin/uv ## maintain: choose the newest versions anew and write requirements/*.txt
	@$(resolve) --extra staff --extra dask --group dev --output-file requirements/dev.txt
	@$(resolve) --constraint requirements/dev.txt --output-file requirements/grading.txt
clean: ## maintain: remove what was made here, but not the secret, data or grades
	@rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis htmlcov .coverage
	@find autograder solution student data -type d -name __pycache__ -prune -exec rm -rf {} +

# One resolution for Python 3.10 to 3.13 and every system; hashes only, no index is named in it.
resolve = .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.10 --upgrade --quiet \
  --generate-hashes --no-header --no-annotate --no-emit-index-url
.venv/bin/uv: $(ready)
	@$(python) -m pip install --quiet --disable-pip-version-check uv
