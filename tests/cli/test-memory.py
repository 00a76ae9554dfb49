# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much memory a job needs: what --dry-run says beforehand, what the job then takes, and what --max-memory refuses."""

import random
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from growth import fit, sample, write_recipe
from harness import SOURCE, Skip, check, contains, equal, main, make_text, tests_of, write_safetensors

UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
SHARE = 0.2  # of what is taken, by which the estimate may be off
THREADS = ("--threads", "2")
N_CONDITIONS = 64  # as many as a recipe can have
FLAT = 4  # KiB for each condition, each of which has half a MiB of activations in a layer


def estimate(box, *arguments):
    """Bytes that --dry-run says."""
    out = box.sonde(*arguments, *THREADS, "--dry-run").out
    found = re.search(r"^Memory: about ([\d.]+)\s(\w+)", out, re.MULTILINE)
    check(found, f"--dry-run says nothing of memory: {out}")
    return float(found[1]) * UNITS[found[2]]


def private_bytes(pid):
    """None where it is not said: a process that ends has none any more."""
    found = re.search(r"^RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def measure(box, *arguments):
    """The most private memory that a job was seen to have."""
    if box.installation.is_sanitized:
        raise Skip("a sanitizer takes more memory than the program")
    peak = 0
    with box.start(*arguments, *THREADS, "--quiet", "--output", f"out-{random.getrandbits(32)}") as process:
        while process.poll() is None:
            try:
                peak = max(peak, private_bytes(process.pid) or 0)
            except OSError:
                pass
            time.sleep(0.001)
        equal(process.returncode, 0, f"status of {arguments}")
    if peak == 0:
        raise Skip("this system does not say how much memory of a process is private")
    return peak


def write_rows(path, n_rows, widths):
    """A capture of one condition and layer: rows of numbers that are about normal and have little to do with each other."""
    generator = random.Random(n_rows)
    table = [sum(generator.uniform(-1, 1) for _ in range(3)) for _ in range(1 << 12)]
    shapes = {f"all/L0/s{index}": [n_rows, width] for index, width in enumerate(widths)}
    write_safetensors(path, shapes, lambda name: lambda: table[generator.getrandbits(12)])


def compare(box, what, *arguments):
    """A look every millisecond can miss the most of one run; of three it hardly does."""
    said, taken = estimate(box, *arguments), max(measure(box, *arguments) for _ in range(3))
    print(f"# {what}: {said / 2**20:.1f} MiB said, {taken / 2**20:.1f} MiB taken")
    check(abs(said - taken) <= SHARE * taken, f"{what}: {said / 2**20:.1f} MiB said, {taken / 2**20:.1f} MiB taken")


def test_main_job(box):
    compare(box, "the main job on the demo model", "run", "mlp-progression")


def test_few_rows(box):
    write_rows(box.work / "few.safetensors", 300, (64, 256, 256, 64))
    compare(box, "300 rows", "run", "cosine", "!", "rsa", "!", "dimensionality", "--capture", "few.safetensors")


def test_many_rows(box):
    """Enough for tiles, means of rows, and counting."""
    write_rows(box.work / "many.safetensors", 3000, (48, 192, 192, 48))
    compare(box, "3000 rows", "run", "cosine", "!", "rsa", "!", "dimensionality", "--capture", "many.safetensors")


def test_ranks(box):
    """They need all similarities at once."""
    write_rows(box.work / "ranks.safetensors", 1200, (16, 16))
    compare(box, "ranks of 1200 rows", "run", "cosine", "!", "rsa", "method=spearman", "--capture", "ranks.safetensors")


def test_many_conditions(box):
    """A long run in miniature: what is not analysed leaves nothing behind, whether its frames are kept, read, or neither."""
    if box.installation.is_sanitized:
        raise Skip("a sanitizer keeps what was freed")
    subprocess.run([sys.executable, SOURCE / "tests/make-random-model.py", box.work / "model", "--layers", "12", "--features", "64", "--heads", "4", "--vocab", "4096", "--positions", "512"], check=True, capture_output=True)
    (box.work / "text.txt").write_text(make_text(40, lead="The cup was warm and full."))
    write_recipe(box.work / "many.recipe", N_CONDITIONS, 250, None)
    for more in ((), ("--checkpoint", "frames"), ("--checkpoint", "frames")):
        samples, status, told = sample([box.installation.program, "capture", "./many.recipe", "--model", "model", "--text", "text.txt", "-o", "a.safetensors", *more], cwd=box.work, env=box.environment)
        equal(status, 0, f"status, where it told {told[-500:]!r}")
        if not samples:
            raise Skip("this system does not say how much memory of a process is private")
        line = fit(samples, N_CONDITIONS, 12, "private")
        print(f"# {' '.join(more) or 'no checkpoint'}: {line.slope:.2f} ± {line.confidence:.2f} KiB for each of {N_CONDITIONS} conditions, {len(samples)} samples")
        check(line.slope - line.confidence <= FLAT, f"each condition leaves {line.slope:.1f} ± {line.confidence:.1f} KiB, at most {FLAT} expected: {[one.private for one in samples]}")


def test_limits(box):
    """What would need more is refused before anything is written; what needs less runs."""
    for command in (["run", "mlp-progression"], ["capture", "-o", "a.npz"]):
        result = box.sonde(*command, "--max-memory", "5M", status=1)
        contains(result.err, ["5.0", "MiB", "--max-memory", "--threads"], "the sentence")
        equal(list(box.work.iterdir()), [], f"files after {command}")
    box.sonde("run", "mlp-progression", "--max-memory", "2G", "--quiet")
    for size in ("500000K", "0.5G", "1GiB", "2T", "700m", "600000000"):
        box.sonde("run", "mlp-progression", "--max-memory", size, "--dry-run")


def test_address_space(box):
    """OpenBLAS asks for its buffers for ever where there is no room for them: the program looks first."""
    if box.installation.is_sanitized:
        raise Skip("a sanitizer's shadow is larger than any limit")
    limit = 300 << 20
    result = box.sonde("run", "mlp-progression", *THREADS, "--quiet", status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    contains(result.err, ["128 MiB", "ulimit", "--threads"], "the sentence")
    equal(list(box.work.iterdir()), [], "files")


def test_sizes_that_are_none(box):
    for size in ("", "much", "-1G", "0", "1X", "1GB5", "nan", "inf", "1e400", "G", "1 G", "99999999T"):
        result = box.sonde("run", "mlp-progression", "--max-memory", size, status=2)
        contains(result.err, ["--max-memory", "500M"], f"{size!r}")
        equal(len(result.errors), 1, f"sentences about {size!r}")


if __name__ == "__main__":
    main(tests_of(globals()))
