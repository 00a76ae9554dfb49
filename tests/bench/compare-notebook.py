#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The notebook's work with PyTorch, transformers, scikit-learn and matplotlib, in turn with sonde, on the same model and text.

    compare-notebook.py BUILD --model ~/models/gpt2 [--text FILE] [--target ' coffee'] [--times 5] [--python VENV/bin/python]

Each begins with nothing in memory and ends with its pictures on the disk. Before times are told, the token ids and the numbers of
all layers must be the same. Where a package is missing it says so and measures nothing.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import run_program

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"
PACKAGES = ("torch", "transformers", "sklearn", "matplotlib")
SKIPPED = 77
# float32 in different orders
SCORE_TOLERANCE = 1e-4
RATIO_TOLERANCE = 1e-4  # relative


def find_missing(python):
    code = f"import importlib.util as u; print(*(name for name in {PACKAGES!r} if u.find_spec(name) is None))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def describe_versions(python):
    code = "import torch, transformers, sklearn, matplotlib as m; print(f'PyTorch {torch.__version__}, transformers {transformers.__version__}, " \
           "scikit-learn {sklearn.__version__}, matplotlib {m.__version__}, {torch.get_num_threads()} threads')"
    return subprocess.run([python, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fail_unless(truth, sentence):
    if not truth:
        sys.exit(f"compare-notebook: {sentence}")


def check_tokens(sonde, arguments, ids):
    with arguments.text.open("rb") as text:
        out = subprocess.run([sonde, "tokenize", "--model", arguments.model, "--json"], stdin=text, check=True, capture_output=True).stdout
    fail_unless([token["id"] for token in json.loads(out)] == ids, "the token ids are not the same")
    print(f"token ids: all {len(ids)} are the same")


def check_numbers(report, notebook):
    """Scores and dimensionalities of all layers; tables are in the order of conditions, layers, stages."""
    places = {name: place for place, name in enumerate(("one-sequence", "many-sequences"))}
    stages = ["input", "expansion", "gelu", "projection"]
    pairs = [(a, b) for i, a in enumerate(stages) for b in stages[i + 1:]]
    worst_score = worst_ratio = n_indices = 0
    for row in read_table(report / "tables/rsa.csv"):
        other = notebook["scores"][int(row["layer"])][places[row["condition"]]][pairs.index((row["stage_a"], row["stage_b"]))]
        worst_score = max(worst_score, abs(float(row["score"]) - other))
    rows = read_table(report / "tables/dimensionality.csv")
    for row in rows:
        ratio, index = notebook["dimensions"][int(row["layer"])][places[row["condition"]]][stages.index(row["stage"])]
        worst_ratio = max(worst_ratio, abs(float(row["participation_ratio"]) / ratio - 1))
        n_indices += int(row["notebook_index"]) != int(index)
    print(f"numbers: RSA differs by {worst_score:.1e} at most, participation ratio by {worst_ratio:.1e} of itself, effective dimension in {n_indices} of {len(rows)} places")
    fail_unless(worst_score < SCORE_TOLERANCE and worst_ratio < RATIO_TOLERANCE and n_indices <= len(rows) / 50, "the numbers are not the same")


def find_phases(results):
    return [(name, phase["seconds"] if isinstance(phase, dict) else phase) for name, phase in results["phases"].items()]


def tell(name, words, values):
    middle = statistics.median(values)
    print(f"{name:10} {words:34} median {middle:9.3f}   least {min(values):9.3f}   most {max(values):9.3f}")
    return middle


def tell_all(usages):
    rows = (("seconds on the wall", "wall"), ("seconds of processor time", "cpu"), ("MiB at most, without files", "private"), ("MiB at most, in all", "resident"))
    for words, field in rows:
        middles = [tell(name, words, [getattr(usage, field) for usage in found]) for name, found in usages.items()]
        ratio = statistics.median(getattr(a, field) / getattr(b, field) for a, b in zip(*usages.values()))
        print(f"{'':10} {words:34} notebook / sonde: {middles[0] / middles[1]:.2f}, pair by pair {ratio:.2f}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, metavar="BUILD", help="a release build folder")
    parser.add_argument("--model", type=Path, default=DATA / "demo-model", help="a GPT-2 folder (default: the demo model)")
    parser.add_argument("--text", type=Path, default=DATA / "demo-text.txt", help="(default: the demo text)")
    parser.add_argument("--target", default=" coffee", help="the word that windows end in")
    parser.add_argument("--times", type=int, default=5, help="how often both run (default 5)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the packages")
    parser.add_argument("--format", default="svg,pdf,png", help="what sonde draws (default: all three)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the pictures and the report there")
    return parser.parse_args()


def compare(arguments, folder):
    sonde = arguments.build.resolve() / "core/sonde"
    report = folder / "report"
    notebook = [arguments.python, "-B", "-W", "ignore", HERE / "notebook.py", "--model", arguments.model, "--text", arguments.text, "--target", arguments.target,
                "--output", folder / "notebook"]
    job = [sonde, "run", "mlp-progression", "--model", arguments.model, "--text", arguments.text, "--target", arguments.target,
           "--output", report, "--format", arguments.format, "--force", "--quiet"]
    usages, work = {"notebook": [], "sonde": []}, []
    for turn in range(arguments.times):
        usages["notebook"].append(run_program(notebook, watch=True, env={**os.environ, "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}))
        usages["sonde"].append(run_program(job, watch=True))
        said = json.loads(usages["notebook"][-1].out.splitlines()[-1])
        work.append(usages["notebook"][-1].wall - said["phases"]["import"])
        if turn == 0:
            check_tokens(sonde, arguments, said["ids"])
            check_numbers(report, said)
    print(f"notebook's phases, last run, in seconds: {', '.join(f'{name} {seconds:.2f}' for name, seconds in said['phases'].items())}")
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    print(f"sonde's phases, last run, in seconds: {', '.join(f'{name} {seconds:.2f}' for name, seconds in find_phases(results))}")
    tell_all(usages)
    without = statistics.median(seconds / usage.wall for seconds, usage in zip(work, usages["sonde"]))
    print(f"{'':10} the notebook without its imports: {statistics.median(work):.3f} seconds on the wall, notebook / sonde {without:.2f}")


def main():
    arguments = parse_arguments()
    missing = find_missing(arguments.python)
    if missing:
        print(f"skipped: {arguments.python} has no {', '.join(missing)}")
        return SKIPPED
    print(describe_versions(arguments.python))
    if arguments.keep:
        compare(arguments, arguments.keep)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        compare(arguments, Path(folder))
    return 0


sys.exit(main())
