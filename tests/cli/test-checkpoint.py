# SPDX-License-Identifier: LGPL-2.1-or-later
"""`--checkpoint`: a run that was killed goes on where it stopped and gives the same bytes; what lies in the folder is not believed."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

from harness import SOURCE, check, contains, equal, main, make_model, make_text, read_results, snapshot, tests_of

KEPT = ("--format", "svg,pdf,npz", "--save-capture")
FRAMES = 4  # of the tiny model: two conditions, two layers
RECIPE = """[Recipe]
title=Many conditions
description=Enough of them for several batches.
tap=mlp-stages
chain=distribution ! cosine ! rsa ! dimensionality ! laminar
"""


def reproducible(report):
    """Every file; of results.json what is neither a time nor the command line, which names folders."""
    files = {name: kind for name, kind in snapshot(report).items() if kind != "folder" and name != "results.json"}
    results = read_results(report)
    for key in ("phases", "finished", "arguments"):
        results.pop(key)
    return {**files, "results.json": json.dumps(results)}


def same(first, second, what):
    a, b = reproducible(first), reproducible(second)
    equal(sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name)), [], f"files that {what} changes")


def frames(folder):
    return sorted(path for path in folder.glob("*.frame")) if folder.exists() else []


def first_and_checkpoint(box):
    """A report made without a checkpoint, and the checkpoint of another one, which is as good: made once, beside the boxes."""
    folder = box.root.parent / "first"
    if not folder.exists():
        folder.mkdir()
        box.tiny(*KEPT, output=folder / "report")
        report = box.tiny(*KEPT, "--checkpoint", folder / "frames")
        equal(len(frames(folder / "frames")), FRAMES, "frames of the whole run")
        same(folder / "report", report, "--checkpoint")
        shutil.rmtree(report)
    shutil.copytree(folder / "frames", box.work / "frames")
    return folder / "report", box.work / "frames"


def resume(box, *arguments, output="again", **more):
    """Status 0, the report's path and what is said."""
    result = box.sonde("run", "mlp-progression", *box.inputs(), *KEPT, "--checkpoint", "frames", "--output", output, *arguments, **more)
    return box.work / output, result


def long_job(box):
    """Twelve conditions in several batches, twelve layers: about a second of work. Made once, beside the boxes."""
    folder = box.root.parent / "long"
    if not folder.exists():
        folder.mkdir()
        subprocess.run([sys.executable, SOURCE / "tests/make-random-model.py", folder / "model", "--layers", "12", "--features", "96", "--heads", "4", "--vocab", "4096", "--positions", "512"], check=True, capture_output=True)
        (folder / "text.txt").write_text(make_text(40, lead="The cup was warm and full."))
        conditions = "".join(f"\n[Condition c{i}]\nkind=prefix\nrows={250 + 5 * i}\ntitle=Condition {i}\n" for i in range(12))
        (folder / "many.recipe").write_text(RECIPE + conditions)
        box.sonde("run", folder / "many.recipe", "--model", folder / "model", "--text", folder / "text.txt", *KEPT, "--quiet", "--output", folder / "report")
    return folder / "report", ["run", folder / "many.recipe", "--model", folder / "model", "--text", folder / "text.txt", *KEPT, "--checkpoint", "frames"]


def start_until(box, arguments, n, number, output="out"):
    """Starts, and sends a signal when so many frames are there; how many there are then, the status and stderr."""
    process = box.start(*arguments, "--output", output, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while len(frames(box.work / "frames")) < n:
            check(process.poll() is None and time.monotonic() < end, f"it ended before {n} frames were there")
            time.sleep(0.001)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    return len(frames(box.work / "frames")), process.returncode, err


# ------------------------------------------------------------------- killed

def test_after_every_frame(box):
    """What a run leaves that is killed after N frames: those, and the next one under another name. With and without isolation."""
    first, folder = first_and_checkpoint(box)
    whole = [path.name for path in frames(folder)]
    order = sorted(whole, key=lambda name: (name[6:11], name[:5]))  # layer by layer
    for n in range(FRAMES + 1):
        for name in order[n:]:
            (folder / name).rename(folder / f"{name}.part")
        report, result = resume(box, *(["--isolate"] if n == 2 else []), output=f"after-{n}")
        same(first, report, f"a run that was killed after {n} frames")
        equal([path.name for path in frames(folder)], whole, f"frames after the run that had {n}")
        equal(result.warnings, [], f"warnings with {n} frames")
        contains(result.out, ["frames", "remove"], "what is said of the folder")
        for path in folder.glob("*.part"):
            path.unlink()


def test_killed(box):
    """SIGKILL again and again, each time some frames later; then a run that nobody kills."""
    first, arguments = long_job(box)
    at = []
    for n in (1, 13, 40, 85, 130):
        found, status, _ = start_until(box, arguments, n, signal.SIGKILL)
        equal(status, -signal.SIGKILL, "status")
        at.append(found)
    check(at == sorted(at) and at[-1] < 144, f"frames after each kill: {at}")
    check(not (box.work / "out").exists(), "there is a report")
    box.sonde(*arguments, "--output", "out", "--quiet")
    same(first, box.work / "out", "killing")
    print(f"# killed with {at} of 144 frames")


def test_interrupted(box):
    """SIGINT and SIGTERM: one sentence, which names the folder; nothing half-written in it, and nothing beside it."""
    first, arguments = long_job(box)
    for n, number in ((5, signal.SIGINT), (60, signal.SIGTERM)):
        _, status, err = start_until(box, arguments, n, number)
        equal((status, len(err.splitlines())), (130, 1), f"{err!r}; status, lines on stderr")
        contains(err, ["interrupted", "“frames”", "the same command"], "the sentence")
        equal(list((box.work / "frames").glob("*.part")), [], "half-written frames")
        equal([path.name for path in box.work.iterdir()], ["frames"], "files")
    box.sonde(*arguments, "--output", "out", "--quiet")
    same(first, box.work / "out", "interrupting")


def test_goes_on(box):
    """Frames that are there are not written again, and the model does not run for conditions that are whole."""
    first, arguments = long_job(box)
    start_until(box, arguments, 100, signal.SIGKILL)
    before = {path.name: path.stat().st_ino for path in frames(box.work / "frames")}
    box.sonde(*arguments, "--output", "out", "--quiet")
    after = {path.name: path.stat().st_ino for path in frames(box.work / "frames")}
    equal({name: after[name] for name in before}, before, "frames that were there")
    same(first, box.work / "out", "going on")


def test_capture(box):
    box.inputs()
    arguments = ("capture", *box.inputs(), "--quiet")
    for name in ("a.safetensors", "a.npz"):
        box.sonde(*arguments, "-o", name)
        shutil.rmtree(box.work / "frames", ignore_errors=True)
        for n in (FRAMES, 1, 0):
            box.sonde(*arguments, "-o", f"{n}-{name}", "--checkpoint", "frames")
            equal((box.work / f"{n}-{name}").read_bytes() == (box.work / name).read_bytes(), True, f"{name} from a checkpoint")
            for path in frames(box.work / "frames")[:FRAMES - n]:
                path.unlink()


def test_other_chain(box):
    """Frames know nothing of analyzers: another chain of the same tap reads them."""
    _, _ = first_and_checkpoint(box)
    chain = ("mlp-stages", "!", "dimensionality")
    plain = box.run(*chain, *box.inputs())
    same(plain, box.run(*chain, *box.inputs(), "--checkpoint", "frames", output="again"), "frames of another chain")


def test_dry_run(box):
    before = snapshot(box.root)
    out = box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", "--dry-run").out
    contains(out, ["Checkpoint: ", "0 bytes are there"], "--dry-run")
    equal(set(snapshot(box.root)) - set(before) - {name for name in snapshot(box.root) if "model" in name or "text.txt" in name}, set(), "files")
    _, folder = first_and_checkpoint(box)
    frames(folder)[0].unlink()
    size = sum(path.stat().st_size - 64 for path in frames(folder))
    out = box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", "--dry-run").out
    contains(out, [f"{size / 1024:.1f}\u00a0KiB are there"], "--dry-run with some of the frames")


# ----------------------------------------------------------------- refusals

def test_another_run(box):
    """Each sentence names what differs, and what to do. Nothing is changed."""
    _, folder = first_and_checkpoint(box)
    before = snapshot(folder)
    (box.work / "other.txt").write_text(make_text(13))
    make_model(box.work / "other", seed=2)
    make_model(box.work / "deeper", layers=3)
    model, text = box.inputs()[:2], box.inputs()[2:]
    recipe = ["mlp-progression"]
    for arguments, words in (
        ([*recipe, *model, "--text", "other.txt"], ["condition 0, one-sequence"]),
        ([*recipe, "--model", "other", *text], ["file 3, weights", "xxh3-128"]),
        ([*recipe, "--model", "deeper", *text], ["“model”", "3 layers"]),
        (["mlp-stages", "!", "dimensionality", "layer=0", *model, *text, "--layers", "0"], ["“layers” is “0 1”, and now it is “0”"]),
        ([*recipe, *model, *text, "--threads", "3"], ["“threads”", "“3”"]),
        ([*recipe, *model, *text, "--set", "one-sequence.rows=5"], ["condition 0, one-sequence"]),
        ([*recipe, *model, *text, "--set", "many-sequences.keep=all"], ["condition "]),
        (["residual", "!", "dimensionality", *model, *text], ["stage "]),
    ):
        result = box.sonde("run", *arguments, "--checkpoint", "frames", status=1)
        contains(result.err, ["“frames” is of another run", *words, "--checkpoint"], f"sentence about {arguments}")
        equal(len(result.err.splitlines()), 1, "sentences")
        equal(snapshot(folder), before, f"the folder after {arguments}")
        check(not (box.work / "sonde-report").exists(), "there is a report")


def test_no_checkpoint(box):
    """Folders that are something else, and names that cannot be."""
    box.inputs()
    (box.work / "mine").mkdir()
    (box.work / "mine/precious.txt").write_text("mine")
    (box.work / "file").write_text("a file")
    for name, words in (("mine", ["“mine” is not empty and is no checkpoint"]), ("file", ["“file” is no folder"]), ("file/below", ["“file/below”"]), ("/proc/nowhere", ["/proc/nowhere", "cannot be made"])):
        result = box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", name, status=1)
        contains(result.err, [*words, "--checkpoint"], f"sentence about {name}")
    equal((box.work / "mine/precious.txt").read_text(), "mine", "a file of somebody's")
    (box.work / "empty").mkdir()
    (box.work / "link").symlink_to("empty")
    box.tiny("--checkpoint", "link", "--checkpoint", "link")
    equal(len(frames(box.work / "empty")), FRAMES, "frames in the folder that the user's link points to")
    for arguments, words in ((["--checkpoint", ""], ["--checkpoint", "empty"]), (["--checkpoint", "out/frames", "--output", "out"], ["report"]), (["--checkpoint", "./out/", "--output", "out"], ["report"]),
                             (["--capture", "a.npz", "--checkpoint", "c"], ["--capture", "--checkpoint"])):
        contains(box.sonde("run", "mlp-progression", *arguments, status=2).err, words, f"sentence about {arguments}")


def test_description(box):
    """The text that says whose frames they are: damaged, too deep, too large, a link, another kind of thing."""
    _, folder = first_and_checkpoint(box)
    description = folder / "checkpoint.json"
    text = description.read_text()
    other = box.work / "elsewhere.json"
    other.write_text(text)
    with (box.work / "huge").open("wb") as file:
        file.truncate(1 << 40)

    def link():
        description.unlink()
        description.symlink_to(other)

    def move_huge():
        description.unlink()
        (box.work / "huge").rename(description)

    for spoil, words in (
        (lambda: description.write_text(text[:100]), ["checkpoint.json"]),
        (lambda: description.write_text("[" * 100000), ["checkpoint.json"]),
        (lambda: description.write_text(text.replace('"threads"', '"\x1b[31mthreads"')), ["checkpoint.json"]),
        (lambda: description.write_text(text.replace('"1"', "1")), ["it has no “format”"]),
        (lambda: description.write_text(text.rstrip("}\n") + ', "more" : "' + "x" * 1000 + '"}'), ["it has a “more”", "…"]),
        (lambda: description.write_text("{}"), ["it has no “sonde”"]),
        (lambda: description.write_bytes(b'{"sonde":"\xff"}'), ["checkpoint.json"]),
        (link, ["no plain file"]),
        (move_huge, ["at most 16777216"]),
    ):
        spoil()
        result = box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", status=1)
        contains(result.err, ["“frames”", *words], "the sentence")
        equal(len(result.err.splitlines()), 1, f"sentences: {result.err[:300]}")
        description.unlink()
        description.write_text(text)
    equal(other.read_text(), text, "what a link pointed to")
    description.unlink()
    contains(box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", status=1).err, ["not empty and is no checkpoint"], "frames of nobody")


def test_two_at_once(box):
    first, arguments = long_job(box)
    process = box.start(*arguments, "--output", "out", "--quiet", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while len(frames(box.work / "frames")) < 2 and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        result = box.sonde(*arguments, "--output", "second", status=1)
        contains(result.err, ["“frames” is in use by another run", "--checkpoint"], "the sentence")
        check(not (box.work / "second").exists(), "there is a second report")
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=60)
        equal((process.returncode, b"computed again" in err), (0, False), f"the first run's status, and whether it speaks of damage: {err}")
    finally:
        process.kill()
        process.wait()
    same(first, box.work / "out", "another run that was refused")


def test_isolated_processes_do_not_hold_it(box):
    """SIGKILL for a run whose analyzers have processes of their own: the folder is free at once."""
    first, arguments = long_job(box)
    for n in (3, 50):
        equal(start_until(box, [*arguments, "--isolate"], n, signal.SIGKILL)[1], -signal.SIGKILL, "status")
    box.sonde(*arguments, "--output", "out", "--quiet", "--isolate")
    same(first, box.work / "out", "killing and isolation")


# ------------------------------------------------------------------ damaged

def test_damaged_frames(box):
    """Each is computed again, with a warning that names it; links lead nowhere, and a wrong size is not read."""
    first, folder = first_and_checkpoint(box)
    names = [path.name for path in frames(folder)]
    precious = box.work / "precious"

    def swap(path):
        path.write_bytes((folder / names[-1]).read_bytes() if path.name != names[-1] else (folder / names[0]).read_bytes())

    def flip(at):
        def spoil(path):
            data = bytearray(path.read_bytes())
            data[at] ^= 1
            path.write_bytes(data)
        return spoil

    def put_link(path):
        precious.write_bytes(path.read_bytes())
        path.unlink()
        path.symlink_to(precious)

    def put_fifo(path):
        path.unlink()
        os.mkfifo(path)

    def grow(path):
        with path.open("r+b") as file:
            file.truncate(1 << 40)

    for i, (what, spoil) in enumerate({
        "empty": lambda path: path.write_bytes(b""),
        "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
        "a terabyte": grow,
        "another frame's": swap,
        "magic": flip(0), "key": flip(10), "length": flip(24), "hash": flip(32), "zeros": flip(60), "first number": flip(64), "last number": flip(-1),
        "a link": put_link,
        "a pipe": put_fifo,
    }.items()):
        name = names[i % FRAMES]
        spoil(folder / name)
        report, result = resume(box, output=f"report-{i}")
        equal(len(result.warnings), 1, f"warnings about a frame that is {what}: {result.err}")
        contains(result.warnings[0], [name, "frames", "computed again"], f"{what}: the warning")
        same(first, report, f"a frame that is {what}")
        check((folder / name).is_file() and not (folder / name).is_symlink(), f"{what}: the frame is whole again")
        equal(resume(box, output="whole")[1].warnings, [], f"{what}: warnings of the next run")
        shutil.rmtree(box.work / "whole")
    check(precious.exists(), "what a link pointed to is gone")
    (folder / names[1]).unlink()
    (folder / names[1]).mkdir()
    contains(box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", "--output", "no", status=1).err, [names[1], "cannot be written"], "a folder in a frame's place")


def test_full_disk(box):
    """A frame that cannot be written ends the run with a sentence; those before it stay, and more room lets it go on."""
    first, folder = first_and_checkpoint(box)
    size = frames(folder)[0].stat().st_size
    shutil.rmtree(folder)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, size - 1))

    result = box.sonde("run", "mlp-progression", *box.inputs(), "--checkpoint", "frames", "--output", "again", status=1, preexec_fn=limit)
    contains(result.err, [".frame", "“frames”", "the same command"], "the sentence")
    equal(list(folder.glob("*.part")), [], "half-written frames")
    report, result = resume(box)
    same(first, report, "a disk that was full")


if __name__ == "__main__":
    main(tests_of(globals()))
