# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ctrl-C in every phase of a run: it ends within a second with status 130 and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time

from harness import SLOWER, SOURCE, Skip, check, equal, main, make_text, snapshot, tests_of

SECONDS_TO_END = 1.0 * SLOWER


def long_inputs(box):
    """A run that takes far longer than a test waits. Made once, beside the boxes, whose files are compared."""
    folder = box.root.parent / "long"
    if not folder.exists():
        folder.mkdir()
        subprocess.run([sys.executable, SOURCE / "tests/make-random-model.py", folder / "model", "--layers", "24", "--features", "256", "--heads", "4", "--vocab", "4096"], check=True, capture_output=True)
        (folder / "text.txt").write_text(make_text(700, lead="The cup was warm and full."))
    return ("--model", folder / "model", "--text", folder / "text.txt")


def interrupt(box, arguments, after, number=signal.SIGINT, again=None, **more):
    """Status, stderr and the seconds between the signal and the end. `after` says when the signal comes."""
    process = box.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    try:
        after(process)
        check(process.poll() is None, f"it ended before the signal came, with {process.returncode}: {process.stderr.read() if process.poll() is not None else ''}")
        start = time.monotonic()
        process.send_signal(number)
        if again is not None:
            time.sleep(again)
            process.send_signal(number)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err, time.monotonic() - start
    finally:
        process.kill()
        process.wait()


def wait(seconds):
    return lambda process: time.sleep(seconds)


def wait_for(folder, pattern, seconds=20):
    """Until a file of that pattern lies below the folder."""
    def until(process):
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            if next(folder.rglob(pattern), None):
                return
            time.sleep(0.002)
        check(process.poll() is None, f"it ended before {pattern} was there")
        check(False, f"{pattern} did not appear in {seconds} seconds")
    return until


def interrupted(box, arguments, after, number=signal.SIGINT, **more):
    before = snapshot(box.root)
    status, out, err, seconds = interrupt(box, arguments, after, number, **more)
    equal((status, out, len(err.splitlines())), (130, "", 1), f"stderr {err!r}; status, stdout, lines on stderr")
    check("interrupted" in err, f"the sentence: {err}")
    equal(snapshot(box.root), before, "the files")
    check(seconds < SECONDS_TO_END, f"it ended {seconds:.2f} seconds after the signal, expected within {SECONDS_TO_END}")


def test_sigint_and_sigterm_while_the_model_runs(box):
    inputs = long_inputs(box)
    for number in (signal.SIGINT, signal.SIGTERM):
        for pause in (0.3, 0.8, 1.5):
            interrupted(box, ["run", "mlp-progression", *inputs, "--output", "out"], wait(pause), number)
    interrupted(box, ["run", "mlp-progression", *inputs, "--output", "far/below/out", "--save-capture"], wait_for(box.work, "capture.safetensors"))
    (box.work / "empty").mkdir()
    (box.work / "used").mkdir()
    (box.work / "used/mine.txt").write_text("mine")
    interrupted(box, ["run", "mlp-progression", *inputs, "--output", "empty"], wait(0.6))
    interrupted(box, ["run", "mlp-progression", *inputs, "--output", "used", "--force"], wait(0.6))
    interrupted(box, ["run", "mlp-progression", *inputs, "--output", "out", "--quiet", "--threads", "1"], wait(0.6))
    interrupted(box, ["capture", *inputs, "-o", "a.safetensors"], wait_for(box.work, "*a.safetensors"))
    interrupted(box, ["capture", *inputs, "-o", "a.npz"], wait(0.8))


def test_sigbus_says_why(box):
    """What a mapped file that was cut short does to its reader, without the race of cutting one."""
    status, out, err, _ = interrupt(box, ["run", "mlp-progression", *long_inputs(box), "--output", "out", "--save-capture"], wait_for(box.work, "capture.safetensors"), signal.SIGBUS)
    equal((status, out, len(err.splitlines())), (-signal.SIGBUS, "", 1), f"stderr {err!r}; status, stdout, lines on stderr")
    check(err.startswith("sonde: a file became shorter while it was read"), f"the sentence: {err}")
    check(not (box.work / "out").exists(), "there is a report")


def test_every_phase(box):
    """The demo takes about a second: loading, running, drawing, writing. Too late is no failure, a rest of files is."""
    before = snapshot(box.root)
    done = 0
    for step in range(14):
        process = box.start("run", "mlp-progression", "--output", "out", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.06 + 0.06 * step)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        seconds = time.monotonic() - start
        if process.returncode == 0:
            done += 1
            check((box.work / "out/report.pdf").exists(), "status 0, but no report")
            for path in sorted((box.work / "out").rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            (box.work / "out").rmdir()
        elif process.returncode != -signal.SIGINT or step > 2:  # before its handler stands, a signal ends a program as it always does
            equal((process.returncode, len(err.splitlines())), (130, 1), f"after {0.06 + 0.06 * step:.2f} s: {err!r}; status, lines on stderr")
            check(seconds < SECONDS_TO_END, f"it ended {seconds:.2f} seconds after the signal")
        equal(snapshot(box.root), before, f"the files, interrupted after {0.06 + 0.06 * step:.2f} s")
    check(done < 14, "every run was done before its signal came")


def test_while_figures_are_drawn(box):
    before = snapshot(box.root)
    status, _, err, seconds = interrupt(box, ["run", "mlp-progression", "--format", "svg,pdf,png", "--output", "out"], wait_for(box.work, "*.svg"))
    equal((status, len(err.splitlines())), (130, 1), f"{err!r}; status, lines on stderr")
    equal(snapshot(box.root), before, "the files")
    check(seconds < SECONDS_TO_END, f"it ended {seconds:.2f} seconds after the signal")


def test_while_stdin_is_awaited(box):
    box.inputs()
    before = snapshot(box.root)
    for command in (["run", "mlp-progression", "--model", "model", "--text", "-"], ["capture", "--model", "model", "--text", "-", "-o", "a.npz"]):
        process = box.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            equal((process.wait(timeout=5), time.monotonic() - start < SECONDS_TO_END), (130, True), f"{command[0]}: status, and whether it ended at once")
        finally:
            process.kill()
            process.communicate()
    equal(snapshot(box.root), before, "the files")


def test_second_signal(box):
    inputs = long_inputs(box)
    for pause in (0.0, 0.02):
        status, _, _, seconds = interrupt(box, ["run", "mlp-progression", *inputs, "--output", "out"], wait(0.8), again=pause)
        equal((status, seconds < SECONDS_TO_END), (130, True), "status after a second signal, and whether it ended at once")


def test_signal_to_the_group(box):
    """As a terminal sends it: to every process of the group."""
    inputs = long_inputs(box)
    before = snapshot(box.root)
    process = box.start("run", "mlp-progression", *inputs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(0.6)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    equal(process.returncode, 130, "status")
    equal(snapshot(box.root), before, "the files")


FORKER = """
import os
import signal
import subprocess
import time

import gi

gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde


class ForkerAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "ForkerAnalyzer"

    def do_describe(self):
        return Sonde.Description.new()

    def do_prepare(self, investigation):
        return True

    def do_process(self, frame, cancellable):
        for number in (signal.SIGTERM, signal.SIGABRT):
            child = os.fork()
            while child == 0:
                time.sleep(0.1)
            os.kill(child, number)
            if os.waitpid(child, 0)[1] & 127 != number:
                os._exit(9)
        with subprocess.Popen(["sleep", "1000"]) as started:
            started.terminate()
        return cancellable is None or not cancellable.is_cancelled()

    def do_finish(self, cancellable):
        return Sonde.Result.new()
"""


def test_signals_to_what_a_plugin_started(box):
    """They end the child, and tell the program nothing."""
    usable = [plugin["state"] for plugin in json.loads(box.sonde("list", "--check", "--json", status=None).out) if plugin["name"] == "hello-python"]
    if usable != ["enabled"] or box.installation.is_sanitized:
        raise Skip("plugins in Python cannot be used here")
    folder = box.root / "home/.local/share/sonde/plugins/forker"
    folder.mkdir(parents=True)
    (folder / "forker.py").write_text(FORKER)
    (folder / "forker.plugin").write_text("[Plugin]\nModule=forker\nLoader=python3\nName=Forker\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n")
    for output, more in (("out", ()), ("isolated", ("--isolate",))):
        result = box.sonde("run", "mlp-stages", "!", "forker", *box.inputs(), "--quiet", "--output", output, *more)
        equal(result.err, "", f"stderr of {output}")
        check((box.work / output / "results.json").exists(), f"{output} is there")


def test_closed_pipe(box):
    for arguments in (["list", "--json"], ["run", "mlp-progression", *box.inputs(), "--json"]):
        process = box.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        equal((process.wait(timeout=20), len(err.splitlines())), (1, 1), f"{arguments[0]} into a closed pipe: {err!r}; status, lines on stderr")


if __name__ == "__main__":
    main(tests_of(globals()))
