# SPDX-License-Identifier: LGPL-2.1-or-later
"""`run --isolate`: the same bytes as without it; and whatever an analyzer does, it costs no more than what that one would have given."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from harness import SOURCE, Skip, check, contains, equal, main, make_text, module, only, read_results, read_table, snapshot, tests_of

BUILD = Path(sys.argv[1]).resolve()
LIMITS = ("--isolate-time", "60", "--isolate-memory", "300M")
SHORT = ("--isolate-time", "2", "--isolate-memory", "300M")
ARGUMENT = b"--isolated-analyzer"
KEPT = ("--format", "svg,pdf,npz", "--save-capture")
OTHERS = ("mlp-stages", "!", "distribution", "!", "cosine", "!", "rsa")

DEEDS = {  # what an analyzer does in process (): words of the sentence
    "segfault": ["it crashed (signal 11"],
    "null": ["it crashed (signal 11"],
    "recurse": ["it crashed (signal 11"],
    "thread": ["it crashed (signal 11"],
    "abort": ["it crashed (signal 6"],
    "message": ["it gave up with the message", "the sky", "is falling"],
    "exit": ["it ended its process (exit status 0)"],
    "kill": ["it was killed (signal 9)"],
    "error": ["the numbers are not to its taste"],
    "cancelled": ["nobody cancelled it"],
    "silence": ["without saying why"],
    "hang": ["it took longer than the 2 s", "--isolate-time"],
    "spin": ["it took longer than the 2 s", "--isolate-time"],
    "stop": ["it took longer than the 2 s", "--isolate-time"],
    "fork": ["it crashed (signal 11"],
    "speech": ["w" * 2000 + "…"],
}
PEER = {  # answers that it gives in the place of its process
    "many-files": ["an answer that nobody can read"],
    "folder": ["an answer that nobody can read"],
    "flood": ["its process"],
    "colours": ["red\\x0Aand"],
    "scribble": ["it gave up with the message"],
}
MEMORY = ("leak", "crumbs", "hoard")
CONNECTION = {
    "close": ["lost the connection"],
    "close-and-hang": ["closed the connection to the program and went on"],
    "babble": ["an answer that nobody can read"],
}


def with_bad(box):
    """The box, with the plugins crash and crash-reader."""
    folder = box.root / "bad"
    if not folder.exists():
        folder.mkdir()
        for path in (BUILD / "tests/bad-plugins").glob("*crash*"):
            if path.suffix in (".plugin", ".so"):
                shutil.copy(path, folder)
        box.environment["SONDE_PLUGIN_PATH"] += f":{folder}"
    return box


def processes(box):
    """Those that serve an analyzer of this box."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if ARGUMENT in (path / "cmdline").read_bytes() and f"TMPDIR={box.root}\0".encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def dead_children(parent):
    """Those that ended and that nobody has waited for."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, of = path.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(of) == parent:
            yield int(path.parent.name)


def wait_until(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"not within {seconds} seconds: {what}")
        time.sleep(0.01)


def gone(box):
    wait_until("the processes of the analyzers are gone", lambda: not processes(box), 5)


def files_of(report):
    return {name: kind for name, kind in snapshot(report).items() if kind != "folder" and name != "results.json"}


def same(first, second, what):
    a, b = files_of(first), files_of(second)
    equal(sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name)), [], f"files that differ {what}")
    a, b = read_results(first), read_results(second)
    for key in ("provenance", "tables", "key-numbers", "warnings", "files"):
        equal(a[key], b[key], f"{key} {what}")
    check("failures" not in b, f"something failed {what}")


# ------------------------------------------------------------- the same bytes

def test_main_recipe(box):
    for threads in ("1", "2"):
        plain = box.run("mlp-progression", *KEPT, "--threads", threads, output=f"plain-{threads}")
        isolated = box.run("mlp-progression", *KEPT, "--threads", threads, "--isolate", output=f"isolated-{threads}")
        check(len(files_of(plain)) > 30, "a report has few files")
        same(plain, isolated, f"with --isolate and {threads} threads")
    gone(box)


def test_capture(box):
    box.sonde("capture", *box.inputs(), "-o", "a.npz", "--quiet")
    for recipe in ("mlp-progression", "representation-geometry"):
        options = (recipe, *KEPT, "--capture", "a.npz", "--seed", "7")
        same(box.run(*options, output=f"{recipe}-plain"), box.run(*options, "--isolate", output=f"{recipe}-isolated"), f"of a capture with {recipe}")


def test_properties_and_layers(box):
    chain = ("mlp-stages", "!", "distribution", "layer=1", "!", "cosine", "layer=first", "!", "rsa", "method=spearman", "!", "dimensionality", "!", "laminar")
    options = (*chain, *box.inputs(), *KEPT, "--format", "svg,png", "--layers", "0", "--set", "dimensionality.threshold=90", "--max-memory", "8G")
    plain, isolated = box.run(*options, output="plain"), box.run(*options, "--isolate", output="isolated")
    same(plain, isolated, "of a chain with properties")
    equal({row["layer"] for row in read_table(isolated, "activation-histogram")}, {"1"}, "layers of a figure that --layers leaves out")


def test_refusals(box):
    """What is refused without it is refused in the same words."""
    inputs = box.inputs()
    for arguments in (["nonesuch", "!", "cosine"], ["mlp-stages", "!", "rsa"], ["mlp-stages", "!", "cosine", "layer=99"], ["mlp-stages", "!", "cosine", "!", "rsa", "method=x"],
                      ["mlp-stages", "!", "cosine", "nonesuch=1"], ["mlp-stages", "!", "cosine", "!", "cosine"], ["mlp-stages", "!", "gpt2"]):
        plain, isolated = (box.sonde("run", *arguments, *inputs, *more, status=1) for more in ([], ["--isolate"]))
        equal((isolated.err, isolated.out), (plain.err, ""), f"what {arguments} says")
    check(not (box.work / "sonde-report").exists(), "a refused run left a report")
    gone(box)


def test_usage(box):
    for arguments in (["--isolate-time", "3"], ["--isolate-memory", "1G"], ["--isolate", "--isolate-time", "-1"], ["--isolate", "--isolate-time", "nan"], ["--isolate", "--isolate-memory", "much"], ["--isolate", "--isolate-memory", "0"]):
        equal(len(box.sonde("run", "mlp-progression", *arguments, status=2).err.splitlines()), 1, f"lines of {arguments}")
    contains(box.sonde("run", "--help").out, ["--isolate", "--isolate-time=SECONDS", "--isolate-memory=SIZE"], "help of run")


def test_dry_run(box):
    plain, isolated = (box.sonde("run", "mlp-progression", *box.inputs(), "--dry-run", *more) for more in ([], ["--isolate"]))
    without = [line for line in plain.out.splitlines() if not line.startswith("Memory")]
    equal([line for line in isolated.out.splitlines() if not line.startswith("Memory")], without, "the plan")
    gone(box)


# ---------------------------------------------------------------- bad plugins

def expected(box):
    """The report of the others alone."""
    report = box.root.parent / "others"
    return report if report.exists() else box.run(*OTHERS, *box.inputs(), output=report)


def tables_of(report):
    return {name: kind for name, kind in files_of(report).items() if name.startswith("tables/")}


def limits_of(deed):
    """Only what never ends is waited for."""
    return SHORT if any("2 s" in word for word in DEEDS.get(deed, [])) else LIMITS


def run_bad(box, *properties, env=None, more=(), **others):
    """A bad analyzer in front of the others. Its report, what it said, and how long it took."""
    with_bad(box)
    deed = next((word.removeprefix("deed=") for word in properties if word.startswith("deed=")), (env or {}).get("CRASH_IN_INIT"))
    shutil.rmtree(box.work / "out", ignore_errors=True)
    chain = (OTHERS[0], "!", "crash", *properties, "!", *OTHERS[2:])
    start = time.monotonic()
    result = box.sonde("run", *chain, *box.inputs(), "--isolate", *limits_of(deed), "--output", "out", *more, status=1, env=env, **others)
    return box.work / "out", result, time.monotonic() - start


def judge(box, what, report, result, where, words):
    """One sentence about it on stderr, in the report and as data; everything else as if it had not been there."""
    sentence = only(result.warnings, f"{what}: warnings")
    contains(sentence, ["crash failed in", where, *words], f"{what}: the sentence")
    equal(result.errors, ["sonde: 1 analyzer of 4 failed; the report in out has everything else"], f"{what}: other lines on stderr")
    contains(result.out, ["The report is in out"], f"{what}: stdout")
    results = read_results(report)
    equal(results["warnings"], [sentence.replace("\\x0A", "\n").removeprefix("sonde: warning: ")], f"{what}: warnings in results.json")
    failure = only(results["failures"], f"{what}: failures in results.json")
    equal(failure["analyzer"], "crash", f"{what}: the analyzer that failed")
    contains(failure["where"], [where], f"{what}: where")
    contains(failure["reason"], [words[0]], f"{what}: how")
    equal(tables_of(report), tables_of(expected(box)), f"{what}: tables of the others")
    gone(box)


def test_deeds(box):
    for deed, words in DEEDS.items():
        report, result, seconds = run_bad(box, f"deed={deed}", "method=process", "frame=2")
        judge(box, deed, report, result, "process (), layer 1, condition one-sequence", words)
        check(seconds < 30, f"{deed} took {seconds:.1f} seconds")


def test_exit_without(box):
    """Not isolated, a plugin that ends the program with the status of success does not pass for one."""
    with_bad(box)
    for place in ["method=process"], ["method=finish"]:
        result = box.sonde("run", "mlp-stages", "!", "crash", "deed=exit", *place, *box.inputs(), "--output", "out", status=1)
        contains(only(result.errors, "lines on stderr"), ["a plugin ended the program", "--isolate"], "the sentence")
        check(not (box.work / "out").exists(), "a report was left")


def test_crash_without(box):
    """Not isolated, a crash ends the program by its signal, after a sentence that says what helps."""
    if box.installation.is_sanitized:
        raise Skip("a sanitizer speaks of crashes itself")
    with_bad(box)
    result = box.sonde("run", "mlp-stages", "!", "crash", "deed=segfault", "method=process", *box.inputs(), "--output", "out", status=-11)
    contains(only(result.errors, "lines on stderr"), ["crashed, perhaps in a plugin", "--isolate"], "the sentence")
    check(not (box.work / "out").exists(), "a report was left")


def test_memory(box):
    if box.installation.is_sanitized:
        raise Skip("a sanitizer's shadow is larger than any limit")
    for deed in MEMORY:
        report, result, _ = run_bad(box, f"deed={deed}", "method=process")
        judge(box, deed, report, result, "process (), layer 0, condition one-sequence", ["more memory than the 300.0\u00a0MiB", "--isolate-memory"])


def test_connection(box):
    """Files that are closed under its feet, and rubbish on its socket: where that was cannot always be told."""
    for deed, words in CONNECTION.items():
        report, result, _ = run_bad(box, f"deed={deed}", "method=process")
        judge(box, deed, report, result, "layer 0, condition one-sequence", words)


def test_peer(box):
    """One that answers by itself: files nobody asked for, rubbish, errors in colour."""
    for deed, words in PEER.items():
        report, result, seconds = run_bad(box, f"deed={deed}", "method=process")
        contains(only(result.warnings, f"{deed}: warnings"), ["crash failed in", *words], f"{deed}: the sentence")
        check("\033" not in result.err and "\a" not in result.err, f"{deed} writes to the terminal: {result.err!r}")
        equal(tables_of(report), tables_of(expected(box)), f"{deed}: tables of the others")
        check(seconds < 20, f"{deed} took {seconds:.1f} seconds")
        gone(box)


def test_methods(box):
    """Wherever it crashes, or gives no more."""
    places = {"set": "setting a property", "describe": "describe ()", "prepare": "prepare ()", "process": "process ()", "finish": "finish ()"}
    for method, where in places.items():
        for deed in ("null", "exit", "hang") if method in ("describe", "finish") else ("null",):
            report, result, _ = run_bad(box, f"deed={deed}", f"method={method}")
            judge(box, f"{deed} in {method}", report, result, where, DEEDS[deed])
    for deed in ("null", "exit", "hang"):
        report, result, _ = run_bad(box, env={"CRASH_IN_INIT": deed})
        judge(box, f"{deed} while it is made", report, result, "loading", DEEDS[deed])


def test_estimate(box):
    report, result, _ = run_bad(box, "deed=null", "method=estimate", more=("--max-memory", "8G"))
    judge(box, "a crash in estimate", report, result, "estimate ()", DEEDS["null"])


def test_error_of_finish(box):
    report, result, _ = run_bad(box, "deed=error", "method=finish")
    judge(box, "an error of finish", report, result, "finish ()", DEEDS["error"])


def test_odd_results(box):
    """A table with the name of a file elsewhere; a frame that is written into."""
    report, result, _ = run_bad(box, "method=name")
    judge(box, "a name", report, result, "finish ()", ["“../../escaped” is no name"])
    equal([path for path in box.root.rglob("escaped*")], [], "files outside the report")
    report, result, _ = run_bad(box, "method=write")
    judge(box, "writing into a frame", report, result, "process (), layer 0, condition one-sequence", ["it crashed (signal 11"])


def test_odd_figures_and_words(box):
    """A figure that no picture holds costs its analyzer alone; words that are no text are made some, isolated or not."""
    report, result, _ = run_bad(box, "method=large-figure", more=("--format", "png"))
    contains(only(result.warnings, "warnings"), ["crash failed in finish ()", "99000 x 99000 points"], "the sentence")
    equal(tables_of(report), tables_of(expected(box)), "tables of the others")
    for more in (), ("--isolate",):
        report = box.run("mlp-stages", "!", "crash", "method=no-text", *box.inputs(), *more, "--format", "svg,pdf,png", output="words" + "".join(more))
        equal(read_results(report)["warnings"], ["\x1b[31mred\ufffd\ufffd\n\x01"], "the warning")
        check((report / "figures/crash.svg").stat().st_size > 1000, "there is no figure")


def test_error_of_prepare(box):
    """A refusal is no failure: nothing runs, with isolation or without."""
    with_bad(box)
    chain = ("run", "mlp-stages", "!", "crash", "deed=error", "method=prepare", "!", "cosine", *box.inputs())
    plain, isolated = (box.sonde(*chain, *more, status=1) for more in ([], ["--isolate"]))
    equal(isolated.err, plain.err, "the sentence")
    check(not (box.work / "sonde-report").exists(), "a refused run left a report")


def test_odd_parents(box):
    """One that has it that ended processes are forgotten; one whose standard files are closed."""
    report, result, _ = run_bad(box, "deed=exit", "method=process", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    judge(box, "SIGCHLD ignored", report, result, "process (), layer 0, condition one-sequence", DEEDS["exit"])

    def close_all():
        for file in (0, 1, 2):
            os.close(file)

    report, _, _ = run_bad(box, "deed=print", "method=process", "frame=9", env={"CRASH_IN_INIT": "print"}, more=("--set", "crash.deed=null", "--set", "crash.frame=1"), preexec_fn=close_all)
    equal(only(read_results(report)["failures"], "failures")["reason"], "it crashed (signal 11, Segmentation fault)", "how it failed where everything is closed")
    equal({name: kind for name, kind in tables_of(report).items()}, tables_of(expected(box)), "tables of the others")
    gone(box)


def test_readers(box):
    """Those that read from it fail with it, and say so; not where it had given all that they read."""
    with_bad(box)
    for method, deed, missing in (("describe", "null", {"crash", "crash-reader"}), ("prepare", "exit", {"crash", "crash-reader"}), ("process", "abort", {"crash", "crash-reader"}), ("process", "hang", {"crash", "crash-reader"}), ("finish", "null", {"crash"})):
        shutil.rmtree(box.work / "out", ignore_errors=True)
        result = box.sonde("run", "mlp-stages", "!", "crash", f"deed={deed}", f"method={method}", "!", "crash-reader", "!", "distribution", *box.inputs(), "--isolate", *limits_of(deed), "--output", "out", status=1)
        failures = read_results(box.work / "out")["failures"]
        equal({failure["analyzer"] for failure in failures}, missing, f"{deed} in {method}: those that failed")
        equal(len(result.warnings), len(missing), f"{deed} in {method}: warnings")
        if len(missing) == 2:
            contains(result.warnings[1], ["crash-reader reads", "and crash failed"], f"{deed} in {method}: the reader's sentence")
        else:
            equal(read_table(box.work / "out", "crash-reader"), [{"frames": "4", "sum": "0"}], "the reader's table")
        equal((box.work / "out/tables/activation-histogram.csv").read_bytes(), (expected(box) / "tables/activation-histogram.csv").read_bytes(), "the table of one that reads nothing")


def test_users(box):
    """Those that only use what it attaches go on without, where it fails at once; later they have begun with it."""
    with_bad(box)
    for properties, failed, total in ((["deed=null", "method=prepare"], {"crash"}, "400"), (["deed=null", "method=process"], {"crash"}, "400"), (["deed=hang", "method=process"], {"crash"}, "400"),
                                      (["deed=null", "method=process", "frame=3"], {"crash", "crash-reader"}, None), (["deed=exit", "method=finish"], {"crash"}, "0")):
        shutil.rmtree(box.work / "out", ignore_errors=True)
        chain = ("mlp-stages", "!", "crash", *properties, "!", "cosine", "!", "crash-reader", "needs=false")
        result = box.sonde("run", *chain, *box.inputs(), "--isolate", *limits_of(properties[0].removeprefix("deed=")), "--output", "out", status=1)
        results = read_results(box.work / "out")
        equal({failure["analyzer"] for failure in results["failures"]}, failed, f"{properties}: those that failed")
        if total:
            equal(read_table(box.work / "out", "crash-reader"), [{"frames": "4", "sum": total}], f"{properties}: the user's table")
        equal(["went on without what crash attaches" in result.err, len(result.warnings)], [total == "400", 1 if total == "0" else 2], f"{properties}: what is said")
    gone(box)


def test_all_fail(box):
    with_bad(box)
    result = box.sonde("run", "mlp-stages", "!", "crash", "deed=null", "method=process", *box.inputs(), "--isolate", "--output", "out", status=1)
    equal(result.errors, ["sonde: 1 analyzer of 1 failed; the report in out has everything else"], "the last line")
    equal({path.name for path in (box.work / "out/tables").iterdir()}, {"tokens.csv"}, "tables")
    check((box.work / "out/report.pdf").stat().st_size > 1000, "there is no report")


def test_schema(box):
    module("jsonschema")
    import jsonschema
    report, _, _ = run_bad(box, "deed=null", "method=process")
    schema = json.loads((box.installation.data / "schemas/results.schema.json").read_text())
    jsonschema.validate(read_results(report), schema)


def test_stdout(box):
    """What a plugin prints is no data of the program."""
    with_bad(box)
    for method in ("describe", "process", "finish"):
        result = box.sonde("run", "mlp-stages", "!", "crash", "deed=print", f"method={method}", *box.inputs(), "--isolate", "--json", "--force", "--output", "out", env={"CRASH_IN_INIT": "print"})
        equal(json.loads(result.out)["tables"]["crash"]["rows"], [{"frames": 4}], "the table on stdout")
        equal(set(result.err.splitlines()), {"a plugin prints", "a plugin complains"}, "stderr")


def test_dry_run_of_bad(box):
    with_bad(box)
    result = box.sonde("run", "mlp-stages", "!", "crash", "deed=null", "method=prepare", "!", "distribution", *box.inputs(), "--isolate", "--dry-run", status=1)
    contains(only(result.warnings, "warnings"), ["crash failed in prepare ()"], "the warning")
    contains(result.out, ["Condition one-sequence", "Memory"], "the plan")
    check(not (box.work / "sonde-report").exists(), "a dry run left a report")
    gone(box)


# ------------------------------------------------------------------- the end

def start_hanging(box, *properties):
    """A run that waits for an analyzer that hangs, with an hour's patience."""
    with_bad(box)
    chain = ("run", "mlp-stages", "!", "crash", *properties, "!", "cosine", "!", "rsa", *box.inputs(), "--isolate", "--isolate-time", "3600")
    return box.start(*chain, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def test_interrupts(box):
    """Ctrl-C ends it at once, in a run and while an analyzer is made, whoever gets the signal."""
    box.inputs()
    before = None
    for number in (signal.SIGINT, signal.SIGTERM):
        for to_group in (False, True):
            for properties, count in (("deed=hang", "method=process"), 3), (("deed=hang", "method=describe"), 3), (("deed=hang", "method=set"), 1):
                process = start_hanging(box, *properties)
                before = before or snapshot(box.root)
                try:
                    wait_until("the analyzers are there", lambda: len(processes(box)) >= count)
                    time.sleep(0.3)
                    start = time.monotonic()
                    (os.killpg if to_group else os.kill)(process.pid, number)
                    _, err = process.communicate(timeout=10)
                    equal((process.returncode, err.decode()), (130, "sonde: interrupted; nothing was left behind\n"), f"{properties}: status, and what is said")
                    check(time.monotonic() - start < 2, f"{properties}: it ended {time.monotonic() - start:.1f} seconds later")
                finally:
                    process.kill()
                    process.wait()
                gone(box)
    equal(snapshot(box.root), before, "the files")


def test_stopped_for_a_while(box):
    """Ctrl-Z and fg: the time between is not counted."""
    with_bad(box)
    chain = ("run", "mlp-stages", "!", "crash", "deed=nap", "method=process", "!", "cosine", *box.inputs(), "--isolate", "--isolate-time", "3", "--output", "out", "--quiet")
    process = box.start(*chain, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    wait_until("the analyzers are there", lambda: len(processes(box)) == 2)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(4)
    os.killpg(process.pid, signal.SIGCONT)
    _, err = process.communicate(timeout=30)
    equal((process.returncode, err), (0, b""), "status and stderr")


def test_parent_is_killed(box):
    """They do not outlive the program, not even one that hangs."""
    process = start_hanging(box, "deed=spin", "method=process")
    wait_until("the analyzers are there", lambda: len(processes(box)) == 3)
    time.sleep(0.3)
    process.kill()
    process.communicate()
    gone(box)


def test_child_is_killed(box):
    """By somebody else: that is a failure like any other."""
    process = start_hanging(box, "deed=hang", "method=process")
    wait_until("the analyzers are there", lambda: len(processes(box)) == 3)
    time.sleep(0.3)
    # all are looked at first: when the one is gone the others may go, too
    for number in [number for number in processes(box) if "/bad/libcrash.so" in Path(f"/proc/{number}/maps").read_text()]:
        os.kill(number, signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    equal(process.returncode, 1, f"status; {err}")
    contains(err.decode(), ["crash failed in process ()", "it was killed (signal 9)", "1 analyzer of 3 failed"], "stderr")


def test_nothing_is_left(box):
    """While many frames go by: no file stays open, no process waits to be buried."""
    if not Path("/proc/self/fd").exists():
        raise Skip("this system does not tell open files")
    subprocess.run([sys.executable, SOURCE / "tests/make-random-model.py", box.work / "deep", "--layers", "48", "--features", "32", "--heads", "2", "--vocab", "4096"], check=True, capture_output=True)
    (box.work / "long.txt").write_text(make_text(200, lead="The cup was warm and full."))
    process = box.start("run", "mlp-progression", "--model", "deep", "--text", "long.txt", "--isolate", "--output", "out", "--quiet", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most, frames, dead = 0, 0, {}
    while process.poll() is None:
        try:
            links = [os.readlink(path) for path in Path(f"/proc/{process.pid}/fd").iterdir()]
        except OSError:
            continue
        most, frames = max(most, len(links)), max(frames, sum("memfd" in link for link in links))
        now = time.monotonic()
        dead = {number: dead.get(number, now) for number in dead_children(process.pid)}
        equal([number for number, since in dead.items() if now - since > 1], [], "processes that nobody waited for")
        time.sleep(0.005)
    equal(process.returncode, 0, "status")
    check(0 < most < 40, f"{most} files were open")
    check(frames <= 4, f"{frames} frames were held")
    gone(box)


if __name__ == "__main__":
    main(tests_of(globals()))
