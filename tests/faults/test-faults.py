# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults of the system, one at a time, at the places of a run where they can happen.

Each program below runs once without a fault, and the calls that could fail are
counted. Then it runs once for each of these places and each fault that is
possible there. Afterwards there is either what an undisturbed run leaves, with
status 0, or what was there before, with status 1 and one sentence (130 after a
signal). Anything else is a loss, and there must be none.

SONDE_FAULTS=all tries every place; otherwise the first, the last and some
between them of each kind.
"""

import errno
import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from harness import Box, Skip, check, equal, main, make_model, make_text, snapshot, tests_of  # noqa: E402

INTERPOSER = Path(sys.argv[1]) / "tests/faults/libfaults.so"
EVERY_PLACE = os.environ.get("SONDE_FAULTS") == "all"
PLACES = 3  # of a kind and fault, unless all are wanted

# what may happen to a call; a short one and an interrupted one are no failures
FAULTS = {
    "open": (errno.EIO, errno.EMFILE),
    "read": (errno.EIO, errno.EINTR, "short"),
    "mmap": (errno.ENOMEM,),
    "write": (errno.ENOSPC, errno.EIO, errno.EINTR, "short"),
    "fsync": (errno.EIO,),
    "rename": (errno.EIO,),
    "mkdir": (errno.ENOSPC,),
    "close": (errno.EIO,),
    "unlink": (errno.EIO,),
    "allocate": (errno.ENOMEM,),
}
LABELS = {"signal": "a signal", "truncate": "a file cut short", "unlink": "a file deleted"}
HARMLESS = ("short", errno.EINTR)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Program(NamedTuple):
    """What runs, in a copy of a folder that was prepared for it."""

    arguments: tuple
    stdin: bytes = b""
    files: tuple = ()       # that it maps or reads: they are cut short, or go away
    refused: int = 1        # the status of a refusal
    folder: str = "."       # where it is started


class Case(NamedTuple):
    """One fault: the nth call of a kind, and what becomes of it."""

    kind: str
    nth: int
    what: str

    def __str__(self):
        return f"{self.what} at {self.kind} {self.nth}"


class Loss(AssertionError):
    """What must not happen."""


# ------------------------------------------------------------- what is compared

def without_times(text):
    """results.json without what differs from run to run."""
    try:
        results = json.loads(text)
    except ValueError:
        return text
    for key in ("phases", "finished", "arguments"):
        if isinstance(results, dict):
            results.pop(key, None)
    return json.dumps(results)


def look(folder):
    """Every path in a folder with its bytes' hash; results.json without its times."""
    found = snapshot(folder)
    for name in ("config/sonde", "config"):  # an empty folder of settings is none
        if (folder / name).is_dir() and not any(other.startswith(f"{name}/") for other in found):
            found.pop(name)
    for path in folder.rglob("results.json"):
        found[os.fspath(path.relative_to(folder))] = without_times(path.read_text(encoding="utf-8", errors="replace"))
    return found


def differences(found, expected):
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


# what a killed process leaves: the folders of parts are cleared away by the next run, single files stay beside their places
PARTS = re.compile(r"\.part-|\.sonde-part-")
TEMPORARY = re.compile(r"(^|/)\.part-|\.(ini|svg)\.[A-Za-z0-9]{6}$")


def leftovers(found):
    return {name for name in found if PARTS.search(name) or TEMPORARY.search(name)}


# -------------------------------------------------------------------- one case

def need_interposer():
    if not INTERPOSER.exists():
        raise Skip("calls are not intercepted in this build: a sanitizer does so itself, or the C library is another")


class Trial:
    """A program, its folder, and what an undisturbed run gives."""

    def __init__(self, box, name, program, prepared):
        self.box, self.name, self.program, self.prepared = box, name, program, prepared
        self.numbers = itertools.count()
        self.before = look(prepared)
        folder, result, places = self.execute(None)
        equal(result.status, 0, f"status of {name} without a fault: {result}")
        self.after, self.out = look(folder), without_times(result.out)
        self.places = {}
        for kind, what in places:
            self.places.setdefault(kind, []).append(what)
        shutil.rmtree(folder)

    def execute(self, case, folder=None):
        """The folder, the result, and the calls that were logged as (kind, what)."""
        number = next(self.numbers)
        log = self.box.root / f"{self.name}-{number}.log"
        if folder is None:
            folder = self.box.root / f"{self.name}-{number}"
            shutil.copytree(self.prepared, folder, symlinks=True)
        environment = {
            "XDG_CONFIG_HOME": folder / "config", "LD_PRELOAD": INTERPOSER, "FAULT_LOG": log,
            "FAULT_ROOTS": f"{folder}:{self.box.installation.root}", "FAULT_KIND": case.kind if case else "", "FAULT_NTH": str(case.nth) if case else "0",
            "FAULT_DO": case.what.replace("@", f"{folder}/") if case else "",
        }
        result = self.box.sonde(*self.program.arguments, stdin=self.program.stdin, status=None, env={name: str(value) for name, value in environment.items()}, cwd=folder / self.program.folder)
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return folder, result, [line.split(" ", 1) for line in lines]

    def list_cases(self):
        kinds = {**self.places, "any": [what for kind, places in self.places.items() if kind != "allocate" for what in places]}
        for kind, places in kinds.items():
            faults = [str(fault) for fault in FAULTS.get(kind, ())]
            if kind == "any":
                faults = [f"signal:{int(number)}" for number in SIGNALS] + [f"{what}:@{file}" for what in ("truncate", "unlink") for file in self.program.files]
            numbers = range(1, len(places) + 1)
            for i, fault in enumerate(faults):
                chosen = numbers if EVERY_PLACE or len(numbers) <= PLACES else {1, len(numbers), *(1 + (len(numbers) * (k + i / len(faults)) // PLACES).__floor__() for k in range(1, PLACES))}
                for n in sorted(n for n in chosen if n <= len(places)):
                    yield Case(kind, n, fault)

    def ended_python(self, folder, result, fired):
        """Where Python's interpreter cannot start, it ends the process itself, after lines of its own: ours is the last."""
        where = " ".join(fired[0]) if fired else ""
        told = bool(result.errors) and re.match(r"sonde: (crashed, perhaps in a plugin|a plugin ended the program)", result.errors[-1])
        return ("libpython" in where or "/python" in where) and result.status in (1, -signal.SIGABRT) and told and not differences(look(folder), self.before)

    def judge(self, case, folder, result):
        """same or refused; raises Loss otherwise."""
        found = look(folder)
        spoilt = {case.what.split("@", 1)[1]} if "@" in case.what else set()
        same = not set(differences(found, self.after)) - spoilt
        untouched = not set(differences(found, self.before)) - spoilt
        sentences = result.errors
        if case.what == f"signal:{int(signal.SIGKILL)}" and result.status == -signal.SIGKILL:
            return self.recover(case, folder, found)
        if case.kind in ("unlink", "open") and leftovers(found) and result.status in (0, self.program.refused) and len(sentences) == (result.status != 0):
            return self.recover(case, folder, found)  # what the system does not let go stays, for the next run to remove
        if result.status == 0 and self.program.arguments[0] in ("list", "inspect") and not sentences and result.out.count("unavailable") > self.out.count("unavailable"):
            return "told"  # a plugin that cannot be used, with the reason
        if result.status == 0:
            lost = "another output" if without_times(result.out) != self.out else f"other files: {differences(found, self.after)}" if not same else "a message" if sentences else None
            verdict = "same"
        elif result.status == (130 if case.what.startswith("signal") else self.program.refused):
            lost = f"other files: {differences(found, self.before)}" if not untouched and not (same and case.kind == "fsync") else "no sentence, or several" if len(sentences) != 1 or not sentences[0].startswith("sonde: ") else None
            lost = "a legal answer of the system refused" if case.what in map(str, HARMLESS) else lost
            verdict = "refused"
        else:
            lost = "another status"
        if lost:
            raise Loss(f"{lost}\n{result}")
        return verdict

    def recover(self, case, folder, found):
        """After a killed process, the next run finds a whole report, or none, and leaves nothing of the killed one."""
        in_pieces = any(rest.endswith("/old") for rest in leftovers(found))
        for rest in leftovers(found):
            found.pop(rest)
        for name, what in sorted(found.items(), reverse=True):  # a folder above what is left
            if what == "folder" and name not in self.before and not any(other.startswith(f"{name}/") for other in found):
                found.pop(name)
        if not in_pieces and differences(found, self.before) and differences(found, self.after):
            raise Loss(f"neither the old files nor the new ones: {differences(found, self.before)}")
        _, again, _ = self.execute(None, folder)
        there = {name: what for name, what in look(folder).items() if not TEMPORARY.search(name)}
        if "new-plugin" in self.program.arguments or "--output" in self.program.arguments and "--force" not in self.program.arguments and not differences(found, self.after):
            return "refused"  # it was done, and is not done twice
        if again.status != 0 or differences(there, self.after):
            raise Loss(f"the run afterwards: {differences(there, self.after)}\n{again}")
        return "refused"

    def attempt(self, case):
        folder, result, fired = self.execute(case)
        try:
            verdict = "told" if self.ended_python(folder, result, fired) else self.judge(case, folder, result)
        except Loss as loss:
            return case, "lost", f"{self.name}: {case} ({' '.join(fired[0]) if fired else 'not reached'}): {loss}"
        shutil.rmtree(folder)
        return case, verdict, None


def try_faults(box, name, program, prepare):
    need_interposer()
    prepared = box.root / f"{name}-prepared"
    prepared.mkdir()
    prepare(box, prepared)
    trial = Trial(box, name, program, prepared)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        done = list(pool.map(trial.attempt, trial.list_cases()))
    kinds = {}
    for case, verdict, _ in done:
        kind = LABELS[case.what.split(":")[0]] if case.kind == "any" else case.kind
        kinds.setdefault(kind, {"tried": 0, "same": 0, "refused": 0, "told": 0, "lost": 0})
        kinds[kind]["tried"] += 1
        kinds[kind][verdict] += 1
    for kind, counts in sorted(kinds.items()):
        print(f"# {name}: {kind}: {len(trial.places.get(kind, [])) or sum(len(p) for k, p in trial.places.items() if k != 'allocate')} places, " + ", ".join(f"{n} {what}" for what, n in counts.items()), flush=True)
    losses = [loss for _, _, loss in done if loss]
    check(not losses, f"{len(losses)} lost of {len(done)}:\n" + "\n".join(losses if EVERY_PLACE else losses[:10]))


# -------------------------------------------------------------------- programs

def prepare_inputs(box, folder):
    make_model(folder / "model", layers=1)
    (folder / "text.txt").write_text(make_text())


def prepare_report(box, folder):
    """An older report of another text, and files of somebody else beside it."""
    prepare_inputs(box, folder)
    (folder / "other.txt").write_text(make_text(lead="Another warm drink,"))
    box.sonde("run", *RUN, "--text", "other.txt", "--format", "svg,png", "--save-capture", "--output", "out", "--quiet", cwd=folder)
    (folder / "out/notes.txt").write_text("mine")
    (folder / "out/figures/mine.svg").write_text("mine")


def prepare_captures(box, folder):
    prepare_inputs(box, folder)
    for name in ("a.npz", "a.safetensors"):
        box.sonde("capture", "--model", "model", "--text", "text.txt", "-o", name, "--quiet", cwd=folder)


def prepare_settings(box, folder):
    (folder / "config/sonde").mkdir(parents=True)
    (folder / "config/sonde/settings.ini").write_text("[Settings]\ndisabled-plugins=['rsa']\n")


def prepare_nothing(box, folder):
    pass


RUN = ("mlp-stages", "!", "cosine", "!", "dimensionality", "--model", "model", "--threads", "1")  # with tensors
SMALL = ("mlp-stages", "!", "dimensionality", "--model", "model", "--text", "text.txt", "--threads", "1")
MODEL = ("model/model.safetensors", "model/vocab.json")


def test_run(box):
    try_faults(box, "run", Program(("run", *SMALL, "--output", "out/report", "--format", "svg,pdf,png,npz", "--json"), files=MODEL), prepare_inputs)


def test_run_force(box):
    try_faults(box, "force", Program(("run", *RUN, "--text", "text.txt", "--output", "out", "--force", "--format", "svg", "--quiet", "--save-capture"), files=MODEL[:1]), prepare_report)


def test_run_force_where_it_is(box):
    """Whoever is in a folder keeps it: files are moved one by one."""
    try_faults(box, "in-place", Program(("run", *RUN[:5], "--model", "../model", "--threads", "1", "--text", "../text.txt", "--output", ".", "--force", "--quiet", "--save-capture", "--format", "svg"), folder="out"), prepare_report)


def test_run_recipe(box):
    try_faults(box, "recipe", Program(("run", "mlp-progression", "--model", "model", "--text", "text.txt", "--output", "out", "--format", "svg", "--quiet", "--threads", "1")), prepare_inputs)


def test_run_capture(box):
    for name in ("a.safetensors", "a.npz"):
        try_faults(box, f"run-{name}", Program(("run", "dimensionality", "--capture", name, "--threads", "1", "--output", "out", "--format", "svg", "--save-capture", "--quiet"), files=(name,)), prepare_captures)


def test_run_with_threads(box):
    """Which call is the nth is another matter each time; what is asked afterwards is not."""
    try_faults(box, "threads", Program(("run", *SMALL[:-1], "3", "--output", "out", "--format", "svg,pdf", "--quiet"), files=MODEL[:1]), prepare_inputs)


def test_run_isolate(box):
    try_faults(box, "isolate", Program(("run", *SMALL, "--output", "out", "--isolate", "--format", "svg", "--quiet"), files=MODEL[:1]), prepare_inputs)


def test_capture(box):
    for name in ("b.safetensors", "b.npz"):
        try_faults(box, f"capture-{name}", Program(("capture", "--model", "model", "--text", "text.txt", "-o", name, "--threads", "1"), files=MODEL[:1]), prepare_inputs)


def test_capture_over_another(box):
    try_faults(box, "capture-again", Program(("capture", "--model", "model", "--text", "text.txt", "--layers", "0", "-o", "a.safetensors", "--threads", "1")), prepare_captures)


def test_diff(box):
    try_faults(box, "diff", Program(("diff", "a.safetensors", "a.npz", "--figure", "diff.svg"), files=("a.safetensors", "a.npz"), refused=2), prepare_captures)
    try_faults(box, "diff-model", Program(("diff", "a.safetensors", "model", "--json"), files=("model/model.safetensors",), refused=2), prepare_captures)


def test_tokenize(box):
    try_faults(box, "tokenize", Program(("tokenize", "--model", "model", "--json"), b"A warm coffee", files=MODEL), prepare_inputs)


def test_list_and_inspect(box):
    try_faults(box, "list", Program(("list", "--json")), prepare_settings)
    for name in ("rsa", "mlp-progression"):
        try_faults(box, f"inspect-{name}", Program(("inspect", name, "--json")), prepare_nothing)
    try_faults(box, "inspect-model", Program(("inspect", "./model", "--json"), files=MODEL), prepare_inputs)
    try_faults(box, "inspect-capture", Program(("inspect", "a.npz"), files=("a.npz",)), prepare_captures)


def test_enable_and_disable(box):
    for command, name in (("enable", "rsa"), ("disable", "cosine")):
        try_faults(box, command, Program((command, name)), prepare_settings)
    try_faults(box, "disable-first", Program(("disable", "cosine")), prepare_nothing)


def test_new_plugin(box):
    for kind in ("analyzer", "tap"):
        try_faults(box, f"new-{kind}", Program(("new-plugin", "my-own", "--kind", kind)), prepare_nothing)


# ------------------------------------------------- what needs no interposition

PRINTING = (("list",), ("list", "--json"), ("inspect", "rsa"), ("inspect", "mlp-progression", "--json"), ("inspect", "./model"), ("tokenize", "--model", "model"),
            ("tokenize", "--model", "model", "--json"), ("diff", "a.npz", "a.safetensors"), ("diff", "a.npz", "a.safetensors", "--json"), ("run", "cosine", "--capture", "a.npz", "--dry-run"),
            ("--help",), ("--version",), ("--version", "--verbose"), ("run", "--help"), ("run", "cosine", "--help"), ("diff", "--help"))
WRITING = (("run", "cosine", "--capture", "a.npz", "--format", "svg", "--output", "out"), ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--output", "out", "--json"),
           ("capture", "--model", "model", "--text", "text.txt", "-o", "b.npz"), ("new-plugin", "my-own"))


def run_into(box, arguments, folder, stdout):
    """Status and stderr of a command whose stdout is an open file, or closed where that is None."""
    close = (lambda: os.close(1)) if stdout is None else None
    with box.start(*arguments, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE, cwd=folder, preexec_fn=close) as process:
        _, err = process.communicate(b"A warm coffee", timeout=60)
    return process.returncode, err.decode().splitlines()


def open_outputs():
    """By name, what takes nothing: a full device, a pipe that nobody reads, nothing at all. Once for all threads: another one's child would hold the pipe's reader."""
    read, write = os.pipe()
    os.close(read)
    return {"full": os.open("/dev/full", os.O_WRONLY), "pipe": write, "closed": None}


def test_stdout_that_takes_nothing(box):
    folder = box.work
    prepare_captures(box, folder)
    before = look(folder)
    outputs = open_outputs()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        jobs = [(arguments, name, pool.submit(run_into, box, arguments, folder, output)) for arguments in PRINTING for name, output in outputs.items()]
        for arguments, stdout, job in jobs:
            status, err = job.result()
            equal((status, err), (2 if arguments[0] == "diff" and len(arguments) > 2 else 1, ["sonde: the output cannot be written"]), f"{' '.join(arguments)} into a stdout that is {stdout}: status, stderr")
    equal(differences(look(folder), before), [], "files of commands that only print")
    for arguments in WRITING:
        trial = box.root / "trial"
        found = []
        for stdout in ("full", "closed", None):
            shutil.copytree(folder, trial)
            status, err = run_into(box, arguments, trial, outputs[stdout]) if stdout else (box.sonde(*arguments, cwd=trial).status, [])
            equal((status, err), (1, ["sonde: the output cannot be written"]) if stdout else (0, []), f"{' '.join(arguments)} into a stdout that is {stdout}: status, stderr")
            found.append(look(trial))
            shutil.rmtree(trial)
        equal([differences(one, found[-1]) for one in found], [[], [], []], f"files of {' '.join(arguments)} beside those where stdout was there")
    for output in filter(None, outputs.values()):
        os.close(output)


def test_closed_stderr(box):
    """Nothing that is said lands in a file that is opened meanwhile."""
    folder = box.work
    prepare_captures(box, folder)
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--output")
    box.sonde(*command, "expected", cwd=folder)
    with box.start(*command, "out", stdout=subprocess.DEVNULL, cwd=folder, preexec_fn=lambda: (os.close(0), os.close(2))) as process:
        equal(process.wait(timeout=60), 0, "status with stdin and stderr closed")
    equal(differences(look(folder / "out"), look(folder / "expected")), [], "the report")


def test_links_in_the_output(box):
    folder = box.work
    prepare_captures(box, folder)
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/cosine-histogram.svg").write_text("mine")
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--output")
    box.sonde(*command, "out", cwd=folder)
    shutil.rmtree(folder / "out/figures")
    (folder / "out/figures").symlink_to("../elsewhere")
    (folder / "out/report.pdf").unlink()
    (folder / "out/report.pdf").symlink_to("../elsewhere/report.pdf")
    before = look(folder)
    for where, cwd in (("out", folder), (".", folder / "out")):
        arguments = [str(folder / word) if word == "a.npz" else word for word in command]
        result = box.sonde(*arguments, where, "--force", status=1, cwd=cwd)
        check("is a symbolic link, which is not followed" in result.errors[0], f"the sentence: {result}")
        equal(differences(look(folder), before), [], "files after a refusal")
    (folder / "out/figures").unlink()
    box.sonde(*command, "out", "--force", cwd=folder)
    check((folder / "out/report.pdf").is_file() and not (folder / "out/report.pdf").is_symlink(), "report.pdf is still a link")
    equal(sorted(path.name for path in (folder / "elsewhere").iterdir()), ["cosine-histogram.svg"], "what lies where the links pointed")
    # an older report that lists what lies behind a link, and a run that has no such folder
    shutil.rmtree(folder / "out/figures")
    (folder / "out/figures").symlink_to("../elsewhere")
    (folder / "out/results.json").write_text(json.dumps({"files": ["figures/cosine-histogram.svg", "../text.txt", "/etc/passwd"]}))
    box.sonde(*command, "out", "--force", status=1, cwd=folder)
    equal((folder / "elsewhere/cosine-histogram.svg").read_text(), "mine", "a file behind a link")


def test_crash_beside_a_folder_of_others(box):
    """Wherever a plugin brings the program down while a report is replaced: what is no part of one is still there after the next run."""
    need_interposer()
    prepare_report(box, box.work)
    (box.work / "out/mine").mkdir()
    (box.work / "out/mine/deep.txt").write_text("mine")
    trial = Trial(box, "crash", Program(("run", *SMALL, "--output", "out", "--force", "--format", "svg", "--quiet")), box.work)
    places = range(1, len(trial.places["rename"]) + 1)
    check(len(places) >= 3, f"renames: {trial.places['rename']}")
    for nth in places:
        folder, result, _ = trial.execute(Case("rename", nth, f"signal:{int(signal.SIGABRT)}"))
        equal(result.status, -signal.SIGABRT, f"status after a crash at rename {nth}")
        trial.execute(None, folder)
        equal(differences(look(folder), trial.after), [], f"files of the run after a crash at rename {nth}")
        shutil.rmtree(folder)


def test_umask(box):
    folder = box.work
    prepare_captures(box, folder)
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--save-capture", "--output", "out")
    for mask in (0o022, 0o077, 0o002):
        with box.start(*command, cwd=folder, preexec_fn=lambda mask=mask: os.umask(mask)) as process:
            equal(process.wait(timeout=60), 0, "status")
        for path in [folder / "out", *(folder / "out").rglob("*")]:
            equal(oct(path.stat().st_mode & 0o777), oct((0o777 if path.is_dir() else 0o666) & ~mask), f"mode of {path.name} with a umask of {oct(mask)}")
        shutil.rmtree(folder / "out")


def test_what_killed_runs_left(box):
    """Only what is certainly ours, and of nobody who still runs, is cleared away."""
    folder = box.work
    prepare_captures(box, folder)
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--output", "out")
    for name in ("out.part-backup/new/report.pdf", "out.part-backup/notes.txt", "out.part-abcdef/new/report.pdf", "out.part-longer-name/new/report.pdf", "out.part-locked/new/report.pdf", "out.part-photos/new/beach.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a report")
        (folder / name.split("/")[0]).chmod(0o755 if "photos" in name else 0o700)
    locked = os.open(folder / "out.part-locked", os.O_RDONLY)
    fcntl.flock(locked, fcntl.LOCK_EX)
    box.sonde(*command, cwd=folder)
    os.close(locked)
    equal(sorted(path.name for path in folder.glob("out*")), ["out", "out.part-backup", "out.part-locked", "out.part-longer-name", "out.part-photos"], "folders")


def test_output_moved_after_a_kill(box):
    """What a killed run had not brought over yet is not lost with the output's name."""
    folder = box.work
    prepare_captures(box, folder)
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--output", "out")
    for name in ("swap", "old"):
        box.sonde(*command, cwd=folder)
        (folder / "out.part-abcdef").mkdir(0o700)
        (folder / "out").rename(folder / f"out.part-abcdef/{name}")
        (folder / f"out.part-abcdef/{name}/thesis").mkdir()
        (folder / f"out.part-abcdef/{name}/thesis/chapter.tex").write_text("mine")
        box.sonde(*command, cwd=folder)
        equal([path.read_text() for path in folder.rglob("chapter.tex")], ["mine"], f"a folder that had not followed from “{name}”")
        if name == "swap":
            box.sonde(*command, "--force", cwd=folder)
            equal([str(path.relative_to(folder)) for path in folder.rglob("chapter.tex")], ["out/thesis/chapter.tex"], "it follows when there is an output again")
        shutil.rmtree(folder / "out")


def test_files_that_come_meanwhile(box):
    """What others put into the folder, or save anew in it, just before the reports change places."""
    need_interposer()
    folder = box.work
    prepare_captures(box, folder)
    command = ("run", "cosine", "--capture", "a.npz", "--format", "svg", "--quiet", "--output", "out", "--force")
    box.sonde(*command, cwd=folder)
    (folder / "out/notes.txt").write_text("old")
    log = folder / "log"
    environment = {"LD_PRELOAD": str(INTERPOSER), "FAULT_ROOTS": str(folder), "FAULT_LOG": str(log), "FAULT_KIND": "fsync", "FAULT_DO": f"signal:{int(signal.SIGSTOP)}"}
    box.sonde(*command, env={**environment, "FAULT_NTH": "0"}, cwd=folder)
    synced = [line for line in log.read_text().splitlines() if line.startswith("fsync ")]
    last = max(i for i, line in enumerate(synced) if line.endswith("/new"))  # the notes are linked by then
    with box.start(*command, env={**environment, "FAULT_NTH": str(last + 1)}, cwd=folder) as process:
        state = Path(f"/proc/{process.pid}/stat")
        while process.poll() is None and state.read_text().rsplit(")", 1)[1].split()[0] != "T":
            time.sleep(0.01)
        equal(process.poll(), None, "the status of a run that waits")
        (folder / "notes.txt").write_text("new")
        (folder / "notes.txt").rename(folder / "out/notes.txt")
        (folder / "out/more.txt").write_text("more")
        (folder / "out/figures/mine.svg").write_text("mine")
        process.send_signal(signal.SIGCONT)
        equal(process.wait(timeout=60), 0, "status")
    equal([(folder / "out" / name).read_text() if (folder / "out" / name).exists() else None for name in ("notes.txt", "more.txt", "figures/mine.svg")], ["new", "more", "mine"], "notes")


if __name__ == "__main__":
    main(tests_of(globals()))
