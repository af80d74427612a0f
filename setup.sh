#!/usr/bin/env bash
# The one installer. It makes a virtual environment from a hashed lock file, for
#   Gradescope:      setup.sh                             (it lies in $AUTOGRADER_ROOT/source)
#   a laptop or CI:  setup.sh --venv DIR REQUIREMENTS     (what `make` does; nothing else is touched)
# The interpreter is $PYTHON, else python3. The system's own Python is never changed.
# Running it again does nothing unless the lock file changed or the environment is broken.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

quietly() { # quietly COMMAND...: its output is shown only if it fails
    local output
    if ! output=$("$@" 2>&1); then
        printf '%s\n' "$output" >&2
        return 1
    fi
}

usable() { # usable PYTHON: new enough, and able to make a virtual environment
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

closed() { # closed PYTHON: another user cannot reach its files, so the sandbox's worker could not either
    "$1" -c '
import os, pathlib, sys
files = [pathlib.Path(os.path.realpath(f)) for f in (sys.executable, os.__file__)]
sys.exit(all(p.stat().st_mode & 1 for f in files for p in f.parents))'
}

choose_python() {
    local python=${PYTHON:-python3}
    # Root's pyenv or conda usually lies in a home folder that nobody else may enter.
    if [ -z "${PYTHON:-}" ] && [ "$(id -u)" = 0 ] && usable "$python" && closed "$python" && usable /usr/bin/python3; then
        python=/usr/bin/python3
    fi
    printf '%s' "$python"
}

check_python() { # check_python PYTHON: one clear sentence about what is wrong with it
    command -v "$1" >/dev/null || die "no '$1' was found; install Python 3.10 or newer, or give another: PYTHON=path make ..."
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "'$1' is $("$1" -V 2>&1); Python 3.10 or newer is needed: PYTHON=path make ..."
    usable "$1" || die "'$1' cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"
}

tell_where_the_package_is() { # tell_where_the_package_is DIR: by a relative path, so that the whole folder may be moved
    "$1/bin/python" -c '
import os, sys, sysconfig
packages = sysconfig.get_path("purelib")
with open(os.path.join(packages, "neural_lab.pth"), "w") as file:
    print(os.path.relpath(sys.argv[1], packages), file=file)' "$here/autograder"
}

install_venv() { # install_venv PYTHON DIR REQUIREMENTS
    local python=$1 venv=$2 requirements=$3 stamp=$2/stamp wanted
    [ -f "$requirements" ] || die "the lock file '$requirements' is missing; is the folder complete?"
    check_python "$python"
    wanted="$(cksum <"$requirements") $("$python" -c 'import sys; print(sys.version_info[:3], sys.base_prefix)')"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then
        tell_where_the_package_is "$venv"
        touch "$stamp"
        return
    fi
    say "making $venv with $("$python" -V) from $(basename "$requirements") (once, a minute or less)"
    umask 022
    quietly "$python" -m venv --clear "$venv" || die "'$python' could not make '$venv' (see above)"
    quietly "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes \
        -r "$requirements" ||
        die "the packages of '$requirements' could not be installed (see above); is a package index within reach?"
    tell_where_the_package_is "$venv"
    printf '%s\n' "$wanted" >"$stamp"
}

install_system_packages() { # what bare Debian or Ubuntu lacks
    local missing=()
    command -v python3 >/dev/null || missing+=(python3)
    usable "$(choose_python)" || missing+=(python3-venv)
    ldconfig -p 2>/dev/null | grep -q 'libseccomp\.so\.2' || missing+=(libseccomp2)
    [ "${#missing[@]}" = 0 ] && return
    [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; run this as root, or install them first"
    command -v apt-get >/dev/null || die "missing: ${missing[*]}; this system has no apt-get, install them first"
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get update -qq || die "apt-get update failed; is a Debian or Ubuntu mirror within reach?"
    quietly apt-get install -y -qq --no-install-recommends "${missing[@]}" || die "apt-get could not install ${missing[*]}"
}

set_up_gradescope() {
    local root=${AUTOGRADER_ROOT:-/autograder}
    root=$(cd -- "$root" 2>/dev/null && pwd -P) || die "there is no folder '${AUTOGRADER_ROOT:-/autograder}'; set AUTOGRADER_ROOT"
    [ "$here" = "$root/source" ] ||
        die "expected to lie in '$root/source', found in '$here'; unpack the autograder's zip there, or use --venv DIR REQUIREMENTS"
    install_system_packages
    install_venv "$(choose_python)" "$root/venv" "$here/requirements/grading.txt"
    # every submission gets a fresh container: compiled here, the grader's modules need not be compiled there
    quietly "$root/venv/bin/python" -m compileall -q "$here/autograder" || die "the grader's own files do not compile"
    chmod -R a+rX "$root/venv"       # the sandbox's unprivileged worker reads it
    chmod -R go-rwx "$here"          # and nothing of the source
    [ "$(id -u)" != 0 ] || chown -R 0:0 "$here"
    say "ready: $("$root/venv/bin/python" -V), NumPy $("$root/venv/bin/python" -c 'import numpy; print(numpy.__version__)')"
}

case "$#:${1:-}" in
0:) set_up_gradescope ;;
3:--venv) install_venv "$(choose_python)" "$2" "$3" ;;
1:--python) choose_python ;; # for `make doctor`
*)
    say "usage: setup.sh (in \$AUTOGRADER_ROOT/source), setup.sh --venv DIR REQUIREMENTS, or setup.sh --python"
    exit 2
    ;;
esac
