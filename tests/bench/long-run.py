#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A long run in miniature: many conditions on a model of 24 layers and 1024 features, and how memory grows with each of them.

Usage: long-run.py SONDE [--conditions N] [--rows N] [--layers N] [--features N] [--inner N] [--only WORDS]

A batch has some 2000 tokens: four conditions of 511, of which there are enough for a line through what the batches leave. What a job
writes, 8 GB with a narrow MLP, goes away before the next; with frames it is twice that.

Memory is looked at after every layer of every batch. Without analyzers it must not grow: the slope's confidence interval must reach
down to 4 KiB a condition. Analyzers keep a result for each condition, which is what their slope is; what --checkpoint adds to either
is compared. Times are told and judge nothing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "tests/cli"))
from growth import fit, sample, write_recipe  # noqa: E402

CHAIN = "distribution ! cosine ! rsa ! dimensionality ! laminar"
FLAT = 4  # KiB for each condition: a hundredth of a small one's activations in one layer


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("sonde", type=Path)
    for name, default in (("conditions", 64), ("rows", 511), ("layers", 24), ("features", 1024), ("inner", 256)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", default="", help="only jobs whose name has this in it")
    return parser.parse_args()


def find_model(arguments, folder):
    """Made once where the other benchmarks have theirs, and otherwise for this once."""
    models = Path(os.environ.get("SONDE_BENCH_MODELS", folder))
    model = models / f"long-run-{arguments.layers}x{arguments.features}x{arguments.inner}"
    if not model.is_dir():
        models.mkdir(parents=True, exist_ok=True)
        unfinished = model.with_name("long-run.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ("--layers", arguments.layers, "--features", arguments.features, "--heads", 16, "--vocab", 4096, "--positions", 512, "--n-inner", arguments.inner)
        subprocess.run([sys.executable, SOURCE / "tests/make-random-model.py", unfinished, *map(str, options)], check=True, stdout=subprocess.DEVNULL)
        unfinished.rename(model)
    return model


def remove_outputs(folder, keep_frames):
    for path in [*folder.glob("*.safetensors"), *folder.glob("report*"), *([] if keep_frames else folder.glob("frames"))]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def main():
    arguments = parse_arguments()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sonde-long-run-") as name:
        folder = Path(name)
        model = find_model(arguments, folder)
        (folder / "text.txt").write_text("The cup was warm and full, and nobody drank from it before the evening came. " * 40)
        write_recipe(folder / "many.recipe", arguments.conditions, arguments.rows, CHAIN)
        inputs = ["--model", model, "--text", folder / "text.txt"]
        jobs = {
            "capture": ["capture", folder / "many.recipe", *inputs, "-o", folder / "a.safetensors"],
            "capture, checkpoint": ["capture", folder / "many.recipe", *inputs, "-o", folder / "b.safetensors", "--checkpoint", folder / "frames"],
            "capture, frames that are there": ["capture", folder / "many.recipe", *inputs, "-o", folder / "c.safetensors", "--checkpoint", folder / "frames"],
            "run": ["run", folder / "many.recipe", *inputs, "--output", folder / "report", "--format", "svg"],
            "run, checkpoint": ["run", folder / "many.recipe", *inputs, "--output", folder / "report", "--format", "svg", "--checkpoint", folder / "frames"],
            "run, frames that are there": ["run", folder / "many.recipe", *inputs, "--output", folder / "report", "--format", "svg", "--checkpoint", folder / "frames"],
        }
        jobs = {title: job for title, job in jobs.items() if arguments.only in title}
        print(f"1..{len(jobs)}", flush=True)
        for number, (title, job) in enumerate(jobs.items(), 1):
            remove_outputs(folder, keep_frames=title.endswith("frames that are there"))
            start = time.monotonic()
            samples, status, told = sample([arguments.sonde, *job], env={**os.environ, "LC_ALL": "C.UTF-8"})
            seconds = time.monotonic() - start
            if status != 0:
                print(f"not ok {number} - {title}: status {status}\n# {told[-1000:]!r}", flush=True)
                failed += 1
                continue
            private, resident = (fit(samples, arguments.conditions, arguments.layers, value) for value in ("private", "resident"))
            good = title.startswith("run") or private.slope - private.confidence <= FLAT
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {title}: {arguments.conditions} conditions, private {private.slope:.2f} ± {private.confidence:.2f} KiB each, "
                  f"resident {resident.slope:.2f} ± {resident.confidence:.2f} KiB each, at most {max(one.private for one in samples) / 1024:.0f} MiB private, {seconds:.0f} s, {len(samples)} samples", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
