"""The layers of the lockdown, tried from inside: as root, where workers have a user id of their own, and as a user."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from neural_lab.isolation import lockdown, seccomp
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.lockdown import Layer
from neural_lab.isolation.self_test import (
    FULL,
    PROCESS_ONLY,
    READS_OPEN,
    accepts_weak_isolation,
    intruder_source,
    isolation,
    managed,
)
from neural_lab.schema import places
from tests import engine_copy

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's"),
    # NumPy's own threads: the children forked here start none
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

HERE = places.AUTOGRADER / "tests"
PROGRAM = HERE / "lockdown_attempts.py"
AUTOGRADER = str(HERE.parent)
ROOT = os.geteuid() == 0 if hasattr(os, "geteuid") else False
SOMEBODY = 65534
USERS = ["root", "ordinary user"] if ROOT else ["ordinary user"]


def run_as(user: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs this Python, isolated, as root or as an ordinary user."""
    other: dict[str, Any] = {"user": SOMEBODY, "group": SOMEBODY, "extra_groups": []} if ROOT and user != "root" else {}
    if other and (closed := lockdown.closed_to_others(HERE)) is not None:
        pytest.skip(f"another user can't reach the project: {closed} is closed")
    return subprocess.run(
        [sys.executable, "-I", *command], capture_output=True, text=True, timeout=60, check=True, env={}, **other
    )


@pytest.fixture(scope="module", params=USERS)
def locked(request):
    return request.param, tried_as(request.param)


def tried_as(user: str, *prefix: str) -> dict[str, Any]:
    """What PROGRAM prints as this user; the prefix is a command that runs it."""
    with tempfile.TemporaryDirectory() as folder:
        private = Path(folder) / "solution.py"
        private.write_text("secret = 1\n")
        if ROOT and user != "root":  # only Landlock keeps an ordinary user's worker from the user's own files
            os.chown(private, SOMEBODY, SOMEBODY)
            os.chown(folder, SOMEBODY, SOMEBODY)
        command = [*prefix, sys.executable, "-I", str(PROGRAM), str(private)][2:]  # this Python, isolated, is run_as's
        result: dict[str, Any] = json.loads(run_as(user, *command).stdout)
        assert private.read_text() == "secret = 1\n"
        assert os.listdir(folder) == ["solution.py"]
    return result


def _load_attempts() -> Any:
    spec = importlib.util.spec_from_file_location("lockdown_attempts", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ATTEMPTS: Any = _load_attempts() if sys.platform.startswith("linux") else None


# What nothing but Landlock keeps a worker from, on kernels that have it.
BY_LANDLOCK = {
    "root": {"read the users"},
    "ordinary user": {
        "read the users",
        "read a private file",
        "list a private folder",
        "read the grader's environment",
    },
}


@pytest.mark.fast
def test_every_layer_holds_but_the_user_id_of_an_ordinary_users_worker(locked):
    user, result = locked
    failed = {name for name, held, _ in result["layers"] if not held}
    own_uid = user == "root" and engine_copy.CLOSED is None
    assert failed - (set() if engine_copy.has_landlock() else {"landlock"}) == (set() if own_uid else {"own uid"})


@pytest.mark.fast
def test_whatever_reaches_outside_meets_the_error_that_forbids_it(locked):
    user, result = locked
    expected = {name: error for name, (_, error) in ATTEMPTS.attempts("/nowhere/x", os.getpid()).items()}
    open_here = set() if engine_copy.has_landlock() else BY_LANDLOCK[user]
    assert {name: met for name, met in result["attempts"].items() if name not in open_here} == {
        name: error for name, error in expected.items() if name not in open_here
    }


def test_without_root_and_landlock_reading_is_all_that_is_open():
    result = tried_as("ordinary user", *engine_copy.without("landlock"))
    assert {name for name, held, _ in result["layers"] if not held} == {"own uid", "landlock"}
    expected = {name: error for name, (_, error) in ATTEMPTS.attempts("/nowhere/x", os.getpid()).items()}
    managed = {name for name, met in result["attempts"].items() if met != expected[name]}
    environment = "read the grader's environment"  # of these tests, which may be another user's
    assert managed | {environment} == BY_LANDLOCK["ordinary user"]


def test_numpy_lazy_imports_and_a_workers_own_threads_still_work(locked):
    user, result = locked
    expected = {name: value for name, (_, value) in ATTEMPTS.STILL_WORK.items()}
    if user != "root" or engine_copy.CLOSED is not None:  # nothing bounds the threads of a user id that others have
        expected["threads"] = "RuntimeError"
    assert result["still work"] == expected


@pytest.mark.fast
def test_what_can_not_be_answered_ends_the_worker(locked):
    _, result = locked
    deaths = {name: signal.Signals(number).name if number else "lived" for name, number in result["deaths"].items()}
    assert deaths.pop("ignore the CPU limit") == "SIGKILL"
    assert deaths.pop("abort") in {"SIGABRT", "SIGSEGV"}  # it may not even signal itself
    assert deaths.pop("recursion without end") in {"SIGSEGV", "lived"}  # Python 3.12 bounds C's recursion, too
    assert set(deaths.values()) <= {"SIGSYS", "SIGSEGV"}  # SIGSEGV where the kernel has no 32 bit calls at all


def test_a_layer_that_fails_is_reported_and_the_others_still_hold():
    whole = lockdown.prepare()
    crippled = whole._replace(
        uids=range(0), uid_detail="no ids", program=b"", threadless=b"", program_detail="no filter", ruleset=-1,
        ruleset_detail="no kernel support",
    )  # fmt: skip
    layers, _, status = ATTEMPTS.in_child(crippled, lambda: None, Limits())
    assert status == 0
    failed = {name: detail for name, held, detail in layers if not held}
    assert failed == {"own uid": "no ids", "landlock": "no kernel support", "seccomp": "no filter"}
    _close(whole)


def test_a_worker_ends_with_its_fork_server(tmp_path):
    program = f"""
import os, sys, time
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits
prepared = lockdown.prepare()
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    lockdown.enter_shared(prepared, Limits(), keep=(tell,))
    lockdown.enter(prepared, Limits(), lockdown.fresh_uid(prepared), keep=(tell,))
    os.write(tell, b"x")
    time.sleep(30)
    os._exit(0)
os.read(ready, 1)
print(child, flush=True)
os._exit(0)
"""
    child = int(run_as("root", "-c", program).stdout)
    until = time.monotonic() + 5
    while _alive(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _alive(child)


def test_a_worker_less_closed_than_the_self_tests_gets_no_submission():
    program = f"""
import mmap, sys
sys.path.insert(0, {AUTOGRADER!r})
import neural_lab.isolation.lockdown
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox, SandboxError
whole = neural_lab.isolation.lockdown.layers
count = mmap.mmap(-1, 1)  # shared by all forks
def layers(*given, **named):  # the filter fails from the third worker on, as the kernel might, short of memory
    count[0] += 1
    return whole(*given, **named)[: -1 if count[0] > 2 else None]
neural_lab.isolation.lockdown.layers = layers
with Sandbox(Limits(patience=0.1)) as sandbox:
    for _ in range(2):
        with sandbox.spawn() as worker:
            pass
    try:
        sandbox.spawn()
    except SandboxError as error:
        print(error)
"""
    assert "lacks what the first one had: seccomp" in run_as("root", "-c", program).stdout


@pytest.mark.skipif(not ROOT, reason="it takes a user whose processes are all known")
@pytest.mark.parametrize("seconds, spawned", [(0.5, True), (3, False)])
def test_where_no_process_can_be_had_it_is_waited_for_and_not_for_ever(seconds, spawned):
    program = f"""
import resource, subprocess, sys, threading
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import NoWorkerNow, Sandbox
passing = subprocess.Popen(["sleep", "{seconds}"])
threading.Thread(target=passing.wait).start()
resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))  # this process, its thread, sleep and the fork server
with Sandbox(Limits(patience=2.0)) as sandbox:
    try:
        with sandbox.spawn() as worker:
            print(bool(worker.layers))
    except NoWorkerNow as error:
        print(error)
"""
    closed = lockdown.closed_to_others(HERE)
    if closed is not None:
        pytest.skip(f"another user can't reach the project: {closed} is closed")
    command = [sys.executable, "-c", program]
    environment = {"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"}
    uid = 2_000_000_555 + spawned
    ran = subprocess.run(command, env=environment, user=uid, group=uid, extra_groups=[], capture_output=True, text=True)
    assert ran.stdout == ("True\n" if spawned else "no process for a worker: Resource temporarily unavailable\n")


def test_a_worker_has_its_own_line_alone_however_many_files_the_grader_was_started_with():
    program = f"""
import os, sys
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.runtime.plan import LoadPlan
from neural_lab.isolation.pool import Sandbox
for _ in range(200):
    os.dup(0)
with Sandbox() as sandbox, sandbox.spawn() as one:
    text = "import os, stat\\ndef numbers():\\n    return [n for n in range(1024) if is_open(n)]\\n"
    text += "def is_open(n):\\n    try: return not stat.S_ISCHR(os.fstat(n).st_mode)\\n"
    text += "    except OSError: return False\\n"
    one.request(["load", LoadPlan(("q",), {{"q": text}}).encoded()])
    print(one.request(["call", "q", "numbers"]))
    print(len(os.listdir(f"/proc/{{sandbox._pid}}/fd")) if os.geteuid() == 0 else 5)
"""
    numbers, of_fork_server = run_as("root", "-c", program).stdout.splitlines()
    assert len(json.loads(numbers)) == 1
    assert int(of_fork_server) <= 6  # 0, 1, 2, its own line, the Landlock ruleset


@pytest.mark.parametrize("user", USERS)
def test_the_fork_server_is_closed_to_its_workers_and_to_others_of_the_same_user(user):
    program = f"""
import os, subprocess, sys
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.isolation.pool import Sandbox
look = "import os, sys; print(os.access(sys.argv[1], os.R_OK))"
with Sandbox() as sandbox:
    print(subprocess.check_output([sys.executable, "-I", "-c", look, f"/proc/{{sandbox._pid}}/mem"], text=True), end="")
    print(open(f"/proc/{{sandbox._pid}}/status").read())
"""
    readable, _, status = run_as(user, "-c", program).stdout.partition("\n")
    assert readable == ("True" if ROOT and user == "root" else "False")  # nothing is closed to root
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M)


def test_a_protected_process_is_closed_to_others_of_the_same_user():
    program = f"""
import os, subprocess, sys
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.isolation import lockdown
look = "import os, sys; print(*[os.access(name, os.R_OK) for name in sys.argv[1:]])"
files = [f"/proc/{{os.getpid()}}/{{name}}" for name in ("environ", "mem")]
for protect in (False, True):
    if protect and not lockdown.protect_self().held:
        sys.exit("not held")
    print(subprocess.check_output([sys.executable, "-I", "-c", look, *files], text=True), end="")
"""
    before, after = run_as("ordinary user", "-c", program).stdout.splitlines()
    assert before.split()[0] == "True"  # else this test would prove nothing
    assert after.split() == ["False"] * 2


def test_memory_of_the_grader_is_bounded():
    program = f"""
import sys
sys.path.insert(0, {AUTOGRADER!r})
from neural_lab.isolation import lockdown
assert lockdown.bound_memory(300 << 20).held
try: bytearray(400 << 20)
except MemoryError: print("bounded")
"""
    assert run_as("root", "-c", program).stdout == "bounded\n"


@engine_copy.needs_own_uid
@pytest.mark.skipif(not ROOT, reason="only root can give workers user ids of their own")
def test_user_ids_are_fresh():
    prepared = lockdown.prepare()
    assert len({lockdown.fresh_uid(prepared) for _ in range(50)}) > 45
    _close(prepared)


def test_a_closed_folder_on_the_way_is_named(tmp_path):
    inner = tmp_path / "home" / "venv"
    inner.mkdir(parents=True)
    for folder in (inner, *inner.parents[: len(inner.parents) - 2]):
        os.chmod(folder, 0o755)
    assert lockdown.closed_to_others(inner) is None
    os.chmod(inner.parent, 0o700)
    assert lockdown.closed_to_others(inner) == inner.parent.resolve()


# -- the filter, for both architectures, run as the kernel would ------------------------------------------------------

ALLOW, KILL = "allow", "kill"
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS = {  # from the kernel's tables
    "x86_64": {"read": 0, "mmap": 9, "openat": 257, "clone": 56, "execve": 59, "kill": 62, "socket": 41, "ptrace": 101,
               "unlinkat": 263, "setresuid": 117, "prlimit64": 302, "prctl": 157, "futex": 202, "fcntl": 72},
    "aarch64": {"read": 63, "mmap": 222, "openat": 56, "clone": 220, "execve": 221, "kill": 129, "socket": 198,
                "ptrace": 117, "unlinkat": 35, "setresuid": 147, "prlimit64": 261, "prctl": 167, "futex": 98,
                "fcntl": 25},
}  # fmt: skip
DECISIONS = [
    ("read", (0,), ALLOW),
    ("mmap", (0,), ALLOW),
    ("futex", (0,), ALLOW),
    ("openat", (0, 0, os.O_RDONLY), ALLOW),
    ("openat", (0, 0, os.O_WRONLY), errno.EROFS),
    ("openat", (0, 0, os.O_RDWR), errno.EROFS),
    ("openat", (0, 0, os.O_RDONLY | os.O_CREAT), errno.EROFS),
    ("openat", (0, 0, os.O_RDONLY | os.O_TRUNC | 1 << 40), errno.EROFS),
    ("clone", (0x3D0F00,), ALLOW),  # the flags of pthread_create
    ("clone", (0x1200011,), errno.EPERM),  # the flags of fork
    ("execve", (0,), errno.EPERM),
    ("kill", (1, 0), errno.EPERM),
    ("socket", (2,), errno.EPERM),
    ("ptrace", (16,), errno.EPERM),
    ("unlinkat", (0,), errno.EPERM),
    ("setresuid", (0,), errno.EPERM),
    ("prlimit64", (0, 7), ALLOW),
    ("prlimit64", (1, 7), errno.EPERM),
    ("prctl", (15,), ALLOW),  # the name of a thread
    ("prctl", (1 | 1 << 40,), errno.EPERM),
    ("fcntl", (0, 3), ALLOW),
    ("fcntl", (0, 10), errno.EPERM),
]


def decide(program: bytes, arch: int, number: int, arguments: tuple[int, ...] = ()):
    """Runs the few BPF instructions libseccomp writes on one system call."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("=HBBI", program))
    jumps = {0x15: int.__eq__, 0x25: int.__gt__, 0x35: int.__ge__, 0x45: lambda a, k: bool(a & k)}
    accumulator = position = 0
    while True:
        operation, if_true, if_false, k = code[position]
        position += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, k)
        elif operation == 0x54:
            accumulator &= k
        elif operation == 0x05:
            position += k
        elif operation == 0x06:
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(k) or k & 0xFFFF
        else:
            position += if_true if jumps[operation](accumulator, k) else if_false


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(("name", "arguments", "answer"), DECISIONS)
def test_the_filter_decides_alike_on_both_architectures(machine, name, arguments, answer):
    arch = ARCHITECTURES[machine]
    assert decide(seccomp.build_filter(True, arch), arch, NUMBERS[machine][name], arguments) == answer


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_of_a_worker_without_a_user_id_lets_it_start_no_thread(machine):
    arch, clone = ARCHITECTURES[machine], NUMBERS[machine]["clone"]
    assert decide(seccomp.build_filter(False, arch), arch, clone, (0x3D0F00,)) == errno.EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_calls_of_another_architecture_kill_and_new_calls_do_not_exist(machine):
    arch = ARCHITECTURES[machine]
    program = seccomp.build_filter(True, arch)
    assert decide(program, 0x40000003, 20) == KILL  # i386
    assert decide(program, arch, 423) == ALLOW
    assert {decide(program, arch, number) for number in (424, 435, 437, 999)} == {errno.ENOSYS}
    if machine == "x86_64":
        assert decide(program, arch, 0x40000000 + 39) == KILL


def test_every_name_of_the_deny_list_is_a_system_call():
    resolve = seccomp._library().seccomp_syscall_resolve_name
    names = [name for calls in seccomp.DENIED.values() for name in calls.split()]
    assert [name for name in names if resolve(name.encode()) == -1] == []
    assert len(names) == len(set(names))


# -- what it means ----------------------------------------------------------------------------------------------------

ALWAYS = ("inherited descriptors", "descriptors", "limits", "own limits", "no new privileges", "seccomp")
ALL = (*ALWAYS, "own uid", "landlock")
UNANSWERED = ("self-test: the self-test gave no answer",)
NOTHING_MANAGED = {"reads": {"/solution": False}, "acts": {"write a file": False}}


@pytest.mark.parametrize(
    ("failing", "reply", "root", "level", "missing"),
    [
        ((), NOTHING_MANAGED, True, FULL, ()),
        (("landlock",), NOTHING_MANAGED, True, FULL, ()),
        (("own uid",), NOTHING_MANAGED, False, FULL, ()),
        (("own uid",), NOTHING_MANAGED, True, READS_OPEN, ("own uid",)),
        (("own uid", "landlock"), NOTHING_MANAGED, False, READS_OPEN, ("own uid or landlock",)),
        (("seccomp",), NOTHING_MANAGED, True, PROCESS_ONLY, ("seccomp",)),
        *((((name,), NOTHING_MANAGED, False, PROCESS_ONLY, (name,))) for name in ALWAYS if name != "seccomp"),
        ((), NOTHING_MANAGED | {"reads": {"/solution": True}}, True, READS_OPEN, ("self-test: read /solution",)),
        ((), NOTHING_MANAGED | {"acts": {"write a file": True}}, True, PROCESS_ONLY, ("self-test: write a file",)),
        ((), None, True, PROCESS_ONLY, UNANSWERED),
        ((), {}, True, PROCESS_ONLY, UNANSWERED),
        ((), {"acts": {}}, True, PROCESS_ONLY, UNANSWERED),
    ],
)
@pytest.mark.fast
def test_the_isolation_reached_follows_from_layers_and_self_test(failing, reply, root, level, missing):
    reached = isolation([Layer(name, name not in failing, "why") for name in ALL], managed(reply), root)
    assert (reached.level, reached.critical_missing) == (level, missing)
    assert reached.withholds_marks(official=True, accepted=False) == bool(missing)
    assert not reached.withholds_marks(official=True, accepted=True)
    assert not reached.withholds_marks(official=False, accepted=False)
    assert level in reached.sentence and all(name in reached.withheld_sentence for name in missing)


def test_one_file_accepts_weak_isolation(tmp_path):
    assert not accepts_weak_isolation(tmp_path)
    (tmp_path / "accept_weak_isolation").touch()
    assert accepts_weak_isolation(tmp_path)


def test_the_intruder_manages_everything_without_the_lockdown_and_nothing_within(tmp_path):
    own = tmp_path / "own"
    own.write_text("x")
    program = f"""
import json, os, sys
sys.path.insert(0, {str(HERE)!r})
import lockdown_attempts
prepared = lockdown_attempts.lockdown.prepare()
namespace = {{}}
exec(sys.argv[1], namespace)
def attempt(): return namespace["attempt"]([sys.argv[2]], os.getppid())
print(json.dumps([attempt(), lockdown_attempts.in_child(prepared, attempt, lockdown_attempts.Limits())[1]]))
"""
    if not ROOT and not engine_copy.has_landlock():
        pytest.skip("this kernel can't keep an ordinary user's files from the user's own processes")
    ran = run_as("root", "-c", program, intruder_source(), str(own)).stdout
    bare, locked = ({**found["reads"], **found["acts"]} for found in json.loads(ran))
    assert set(bare) == set(locked)
    assert not any(locked.values())
    # An ordinary user may be kept from tracing (Yama); all else succeeds, so the attempts are real ones.
    assert {name for name, done in bare.items() if not done} <= (set() if ROOT else {"trace the grader"})


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _close(prepared: lockdown.Prepared) -> None:
    if prepared.ruleset >= 0:
        os.close(prepared.ruleset)


def test_the_bench_tells_what_every_layer_costs():
    bench = HERE.parent / "neural_lab" / "tools" / "bench" / "isolation.py"
    output = run_as("root", str(bench), "--workers", "3", "--no-attacks").stdout
    nothing, limits = lockdown.Prepared(0, range(0), "", b"", b"", "", -1, ""), Limits()
    for name, _ in (*lockdown.shared_layers(nothing, limits), *lockdown.layers(nothing, limits, None)):
        assert re.search(rf"^  {name} +[0-9]", output, re.M)
    assert re.search(r"^  fork server +[0-9.na]+ +[0-9.]+$", output, re.M)
