# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sonde run --capture` and `sonde diff`, on the demo model. Usage: test-capture.py BUILD-FOLDER [PART OF A TEST'S NAME]…

Files of arrays are written and read here with the standard library, from the
published formats, so that nothing is checked against the program's own reader.
"""

import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from harness import SOURCE, Installation, check, equal, keep_environment, npy, run_tests, tests_of, write_npz

SITES = 2 * 12 * 4  # conditions, layers, stages of the demo
RSA_TOLERANCE = 1e-5  # between computations of the same in another order: the project's definition of close enough


# ---------------------------------------------------------------- a harness

class Box:
    """A folder, an empty home, the installed program, and what all tests start from."""

    def __init__(self, installation, root, shared):
        self.program = installation.program
        self.root = root
        self.work = root / "work"
        self.work.mkdir(parents=True)
        (root / "home").mkdir()
        self.shared = shared
        self.environment = {**keep_environment(root), **installation.environment, "HOME": str(root / "home"), "LC_ALL": "C.UTF-8"}

    def sonde(self, *arguments, status=0):
        done = subprocess.run([self.program, *arguments], cwd=self.work, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        check(done.returncode == status, f"sonde {arguments}: status {done.returncode}, expected {status}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
        if status:
            errors = [line for line in done.stderr.splitlines() if not line.startswith("sonde: warning: ")]
            check(len(errors) == (0 if arguments[0] == "diff" and status == 1 else 1), f"sonde {arguments}: more or less than one sentence: {errors}")
        return done

    def run(self, *arguments, output):
        self.sonde("run", *arguments, "--output", output, "--quiet", "--format", "svg")
        return self.work / output


# ------------------------------------------------------------------ formats

def read_npz(path):
    """Name to bytes of each array; and the description."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    description = members.pop("sonde.json", None)
    return {name.removesuffix(".npy"): data for name, data in members.items()}, description and json.loads(description)


def read_safetensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    return {name: (entry["shape"], data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]]) for name, entry in header.items()}, metadata


def read_rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def some_rows(n, width, seed):
    """Numbers without a pattern."""
    return [[math.sin(1 + seed + 37 * i + 11.3 * j) for j in range(width)] for i in range(n)]


def some_arrays():
    return {f"{c}/L{layer}/{s}": some_rows(rows, width, 10 * layer + len(c) + width)
            for layer in range(3) for s, width in (("wide", 9), ("narrow", 5), ("again", 5)) for c, rows in (("first", 12), ("second", 15))}


# -------------------------------------------------------------------- tests

def test_same_tables(box):
    """The analysis of a capture is the analysis of the run that wrote it, from either format, stored or deflated."""
    original = box.shared / "report"
    arrays, metadata = read_safetensors(original / "capture.safetensors")
    equal(len(arrays), SITES, "arrays in the capture")
    equal(sorted(metadata), ["sonde", "stage.expansion", "stage.gelu", "stage.input", "stage.projection"], "metadata of the capture")
    with zipfile.ZipFile(box.shared / "demo.npz") as archive, zipfile.ZipFile(box.work / "deflated.npz", "w", zipfile.ZIP_DEFLATED) as other:
        for name in archive.namelist():
            other.writestr(name, archive.read(name))
    for path in (original / "capture.safetensors", box.shared / "demo.npz", box.work / "deflated.npz"):
        report = box.run("mlp-progression", "--capture", path, output=f"from-{path.name}")
        for table in sorted((original / "tables").iterdir()):
            equal((report / "tables" / table.name).read_bytes(), table.read_bytes(), f"{table.name} from {path.name}")
        for figure in sorted((original / "figures").iterdir()):
            without = [re.sub(rb"<metadata>.*?</metadata>", b"", file.read_bytes(), flags=re.DOTALL) for file in (figure, report / "figures" / figure.name)]
            equal(without[0], without[1], f"{figure.name} from {path.name}")
        equal(read_safetensors(report / "tensors.safetensors")[0], read_safetensors(original / "tensors.safetensors")[0], f"tensors from {path.name}")


def test_description(box):
    """Both formats carry the same description, and it has every token that ran."""
    text = json.loads(read_safetensors(box.shared / "report/capture.safetensors")[1]["sonde"])
    equal(read_npz(box.shared / "demo.npz")[1], text, "description in the npz")
    equal(text["layers"], 12, "layers")
    equal([stage["id"] for stage in text["stages"]], ["input", "expansion", "gelu", "projection"], "stages")
    ran = read_rows(box.shared / "report/tables/tokens.csv")
    told = [{"condition": c["id"], "sequence": str(s), "position": str(p), "token_id": str(t), "text": x, "kept": str(k)}
            for c in text["conditions"] for s, p, t, x, k in zip(*(c["tokens"][key] for key in ("sequence", "position", "id", "text", "kept")))]
    equal(told, ran, "tokens")


def test_capture_again(box):
    """A run on a capture can be captured, and the second capture is the first."""
    report = box.run("mlp-progression", "--capture", box.shared / "demo.npz", "--save-capture", output="again")
    first, second = (read_safetensors(path / "capture.safetensors") for path in (box.shared / "report", report))
    equal(second[0], first[0], "arrays")
    told = [json.loads(capture[1]["sonde"]) for capture in (first, second)]
    equal({**told[1], "model": ""}, {**told[0], "model": ""}, "description")


def test_provenance(box):
    path = box.shared / "report/capture.safetensors"
    told = json.loads((box.run("mlp-progression", "--capture", path, "--sha256", output="out") / "results.json").read_text(encoding="utf-8"))
    provenance = told["provenance"]
    check("model" not in provenance and "text" not in provenance and "tap" not in provenance, "the provenance of a capture speaks of a model, a text or a tap")
    file = provenance["capture"]["files"][0]
    equal(len(provenance["capture"]["files"]), 1, "files")
    equal((file["name"], file["bytes"], file["sha256"]), ("capture.safetensors", path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()), "the file")
    check(re.fullmatch("[0-9a-f]{32}", file["xxh3-128"]), "xxh3-128")
    check(not any("tokens.csv" in warning for warning in told["warnings"]), f"something is missing of tokens.csv: {told['warnings']}")


def test_usage(box):
    demo = box.shared / "demo.npz"
    for option, value in (("--model", "x"), ("--text", "x"), ("--target", " x")):
        check("--capture" in box.sonde("run", "mlp-progression", "--capture", demo, option, value, status=2).stderr, option)
    box.sonde("run", "--capture", demo, status=2)
    check("no such file" in box.sonde("run", "cosine", "--capture", "none.npz", status=1).stderr, "a capture that is not there")
    check("--capture" in box.sonde("run", "mlp-progression", "--model", demo, status=1).stderr, "a capture as a model")
    check("--model" in box.sonde("run", "mlp-progression", "--capture", box.shared / "model", status=1).stderr, "a model as a capture")
    check("one-sequence" in box.sonde("run", "cosine", "--capture", demo, "--set", "one-sequence.drop=2", status=1).stderr, "a condition's property")
    check("Capture: " in box.sonde("run", "cosine", "--capture", demo, "--dry-run").stdout, "--dry-run")
    equal(sorted(path.name for path in box.work.iterdir()), [], "the folder after all that")


def test_not_over_what_is_read(box):
    """A model or a capture may be the only copy that there is."""
    shutil.copytree(box.shared / "model", box.work / "model")
    (box.work / "link").symlink_to("model")
    (box.work / "weights.safetensors").symlink_to("model/model.safetensors")
    options = ("--quiet", "--layers", "0", "--model", "model")
    weights = (box.work / "model/model.safetensors").read_bytes()
    for output in ("model/model.safetensors", "link/model.safetensors", "model/../link/./model.safetensors"):
        check("is read, and would be replaced" in box.sonde("capture", "mlp-stages", *options, "-o", output, status=1).stderr, output)
    box.sonde("capture", "mlp-stages", *options, "-o", "weights.safetensors")  # the link goes, and what it leads to stays
    equal((box.work / "model/model.safetensors").read_bytes(), weights, "the weights")
    shutil.copytree(box.shared / "report", box.work / "out")
    (box.work / "same").symlink_to("out")
    capture = (box.work / "out/capture.safetensors").read_bytes()
    for source, output in (("out/capture.safetensors", "out"), ("same/capture.safetensors", "out/."), ("out/capture.safetensors", "same")):
        told = box.sonde("run", "cosine", "--capture", source, "--output", output, "--force", status=1).stderr
        check("lies in the report that --force would replace" in told, told)
    equal((box.work / "out/capture.safetensors").read_bytes(), capture, "the capture")
    (box.work / "out/capture.safetensors").rename(box.work / "out/mine.safetensors")
    box.sonde("run", "cosine", "--capture", "out/mine.safetensors", "--output", "out", "--force", "--quiet")
    equal((box.work / "out/mine.safetensors").read_bytes(), capture, "a capture of one's own beside the report")


def test_layers(box):
    box.sonde("capture", "--layers", "1-2", "-o", "few.npz", "--quiet")
    check("layer 6" in box.sonde("run", "cosine", "--capture", "few.npz", status=1).stderr, "the shown layer is missing")
    check("layer 3" in box.sonde("run", "cosine", "layer=1", "--capture", "few.npz", "--layers", "1-3", status=1).stderr, "a covered layer is missing")
    report = box.run("cosine", "layer=2", "!", "rsa", "layer=2", "--capture", "few.npz", output="out")
    equal({row["layer"] for row in read_rows(report / "tables/rsa.csv")}, {"1", "2"}, "layers of rsa.csv")
    few = box.run("mlp-progression", "--layers", "0-1", "--save-capture", output="few")
    again = box.run("mlp-progression", "--layers", "0-1", "--capture", few / "capture.safetensors", output="few-again")
    equal({path.name: path.read_bytes() for path in (again / "tables").iterdir()}, {path.name: path.read_bytes() for path in (few / "tables").iterdir()}, "tables of few layers")
    # The same products, the same bytes: as the run of these layers has it.
    table = (report / "tables/rsa.csv").read_bytes()
    equal(table, (box.run("cosine", "layer=2", "!", "rsa", "layer=2", "--layers", "1-2", output="run") / "tables/rsa.csv").read_bytes(), "rsa.csv of a run of the same layers")
    # A run of all layers multiplies all rows in layer 2, where this one ends and needs only those that are kept: with some kernels
    # other last digits. What is below is the same to the byte.
    rows, whole = (read_rows(path / "tables/rsa.csv") for path in (report, box.shared / "report"))
    equal([row for row in rows if row["layer"] == "1"], [row for row in whole if row["layer"] == "1"], "layer 1 of rsa.csv")
    last, expected = ([row for row in found if row["layer"] == "2"] for found in (rows, whole))
    equal([{**row, "score": None} for row in last], [{**row, "score": None} for row in expected], "layer 2 of rsa.csv but for the scores")
    for row, other in zip(last, expected):
        check(abs(float(row["score"]) - float(other["score"])) <= RSA_TOLERANCE, f"score {row}, in a run of all layers {other['score']}")


def test_own_arrays(box):
    """Arrays of whoever keeps to the names, without a description."""
    write_npz(box.work / "own.npz", some_arrays())
    report = box.run("cosine", "!", "rsa", "--capture", "own.npz", output="out")
    rows = read_rows(report / "tables/rsa.csv")
    equal([(row["stage_a"], row["stage_b"]) for row in rows[:3]], [("wide", "narrow"), ("wide", "again"), ("narrow", "again")], "stages in the order of the file")
    equal(read_rows(report / "tables/tokens.csv"), [], "tokens")
    (box.work / "one.npy").write_bytes(npy(some_rows(10, 4, 1), "<f8", "d"))
    found = read_rows(box.run("dimensionality", "--capture", "one.npy", output="one") / "tables/dimensionality.csv")
    equal([(row["condition"], row["layer"], row["stage"], row["rows"], row["features"]) for row in found], [("all", "0", "one", "10", "4")], "a single .npy")


def test_refused_arrays(box):
    arrays = some_arrays()
    arrays["second/L1/narrow"][7][3] = math.nan
    write_npz(box.work / "nan.npz", arrays)
    told = box.sonde("run", "cosine", "--capture", "nan.npz", status=1).stderr
    check(all(part in told for part in ("layer 1", "narrow", "second", "row 7", "feature 3")), f"where the NaN is: {told}")
    write_npz(box.work / "few.npz", {"c/L0/s": some_rows(2, 5, 0)})
    check("2 rows" in box.sonde("run", "cosine", "--capture", "few.npz", status=1).stderr, "two rows")
    (box.work / "texts.npy").write_bytes(npy(some_rows(10, 4, 1), "<U1"))
    check("texts" in box.sonde("run", "cosine", "--capture", "texts.npy", status=1).stderr, "elements that are no numbers")
    equal(sorted(path.name for path in box.work.iterdir()), ["few.npz", "nan.npz", "texts.npy"], "the folder after all that")


def test_diff_same(box):
    done = box.sonde("diff", box.shared / "demo.npz", box.shared / "report/capture.safetensors")
    equal(len(done.stdout.splitlines()), SITES + 2, "lines")
    check(f"All {SITES} sites" in done.stdout, done.stdout[-200:])
    told = json.loads(box.sonde("diff", box.shared / "demo.npz", box.shared / "demo.npz", "--tolerance", "0", "--json").stdout)
    equal((told["sites_over"], told["first_over"], len(told["sites"])), (0, None, SITES), "the same twice")
    equal([(site["layer"], site["stage"], site["condition"]) for site in told["sites"][:3]], [(0, "input", "one-sequence"), (0, "input", "many-sequences"), (0, "expansion", "one-sequence")], "order")
    check(all((site["max_absolute"], site["max_relative"], site["cosine"]) == (0, 0, 1) for site in told["sites"]), "differences")


def test_diff_differs(box):
    arrays = some_arrays()
    write_npz(box.work / "a.npz", arrays)
    for name, row, feature, by in (("second/L1/narrow", 4, 2, 0.25), ("first/L1/again", 1, 1, 0.5), ("first/L2/wide", 0, 0, 0.01)):
        arrays[name][row][feature] += by
    write_npz(box.work / "b.npz", dict(reversed(arrays.items())), zipfile.ZIP_STORED)
    done = box.sonde("diff", "a.npz", "b.npz", status=1)
    check("second/L1/narrow" in done.stdout.splitlines()[-1] and "row 4, feature 2" in done.stdout, done.stdout)
    check("3 of 18 sites" in done.stdout, done.stdout)
    told = json.loads(box.sonde("diff", "a.npz", "b.npz", "--json", "--tolerance", "0.3", status=1).stdout)
    first = told["first_over"]
    equal((told["sites_over"], first["condition"], first["layer"], first["stage"], first["row"], first["feature"], first["rows"], first["features"]), (1, "first", 1, "again", 1, 1, 12, 5), "first over")
    x, y = ([struct.unpack("<f", struct.pack("<f", v))[0] for row in source["first/L1/again"] for v in row] for source in (some_arrays(), arrays))
    n = len(x)
    mx, my = math.fsum(x) / n, math.fsum(y) / n
    expected = {
        "max_absolute": max(abs(a - b) for a, b in zip(x, y)),
        "max_relative": max(abs(a - b) / max(abs(a), abs(b)) for a, b in zip(x, y)),
        "cosine": math.fsum(a * b for a, b in zip(x, y)) / math.sqrt(math.fsum(a * a for a in x) * math.fsum(b * b for b in y)),
        "pearson": math.fsum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(math.fsum((a - mx) ** 2 for a in x) * math.fsum((b - my) ** 2 for b in y)),
    }
    for name, value in expected.items():
        check(math.isclose(first[name], value, rel_tol=1e-12), f"{name}: {first[name]}, expected {value}")
    box.sonde("diff", "a.npz", "b.npz", "--tolerance", "0.6")
    equal(json.loads(box.sonde("diff", "a.npz", "a.npz", "--json", "--tolerance", "1e-8").stdout)["tolerance"], 1e-8, "tolerance")


def test_diff_nan(box):
    arrays = {"c/L0/s": some_rows(4, 4, 0)}
    write_npz(box.work / "a.npz", arrays)
    arrays["c/L0/s"][2][1] = math.nan
    write_npz(box.work / "b.npz", arrays)
    for other in ("a.npz", "b.npz"):
        site = json.loads(box.sonde("diff", other, "b.npz", "--json", "--tolerance", "1e30", status=1).stdout)["sites"][0]
        equal((site["max_absolute"], site["cosine"], site["row"], site["feature"], site["within"]), (None, None, 2, 1, False), f"{other} against NaN")


def test_diff_refused(box):
    write_npz(box.work / "a.npz", some_arrays())
    write_npz(box.work / "layers.npz", {name: rows for name, rows in some_arrays().items() if "/L2/" not in name})
    write_npz(box.work / "stages.npz", {name: rows for name, rows in some_arrays().items() if "again" not in name})
    write_npz(box.work / "conditions.npz", {name.replace("second", "third"): rows for name, rows in some_arrays().items()})
    write_npz(box.work / "rows.npz", {name: rows[:11] for name, rows in some_arrays().items()})
    write_npz(box.work / "features.npz", {name: [row[:4] for row in rows] for name, rows in some_arrays().items()})
    for other, part in (("layers", "layer 2"), ("stages", "stage again"), ("conditions", "condition second"), ("rows", "11"), ("features", "4")):
        for pair in (("a.npz", f"{other}.npz"), (f"{other}.npz", "a.npz")):
            told = box.sonde("diff", *pair, status=2).stderr
            check(part in told or part.replace("second", "third") in told, f"{pair}: {told}")
    check("a.rows.csv" in box.sonde("diff", "a.npz", box.shared / "model", status=2).stderr, "a model, and rows that come from nowhere")
    for wrong in ([], ["a.npz"], ["a.npz", "a.npz", "a.npz"], ["a.npz", "a.npz", "--tolerance", "-1"], ["a.npz", "a.npz", "--tolerance", "nan"], ["a.npz", "a.npz", "--tolerance", "x"], ["a.npz", "none.npz"], ["a.npz", "a.npz", "--more"]):
        box.sonde("diff", *wrong, status=2)
    for part in ("--tolerance", "--json", "sonde diff"):
        check(part in box.sonde("diff", "--help").stdout, part)
    check("diff" in box.sonde("--help").stdout, "sonde --help")


def make_shared(installation, root):
    """What most tests start from: a run of the demo with its capture, the same as npz, and the demo model."""
    shared = root / "shared"
    box = Box(installation, shared, shared)
    box.sonde("run", "mlp-progression", "--save-capture", "--quiet", "--format", "svg", "--output", shared / "report")
    box.sonde("capture", "-o", shared / "demo.npz", "--quiet")
    (shared / "model").symlink_to(SOURCE / "data/demo-model")
    return shared


def main():
    with tempfile.TemporaryDirectory(prefix="sonde-capture-") as name:
        root = Path(name)
        installation = Installation(Path(sys.argv[1]).resolve(), root / "installed")
        shared = make_shared(installation, root)
        good = run_tests(tests_of(globals()), root, lambda folder: Box(installation, folder, shared))
    sys.exit(0 if good else 1)


main()
