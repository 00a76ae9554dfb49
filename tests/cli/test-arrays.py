# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arrays for other tools: tables as npz, captures that numpy and safetensors open unchanged, and theirs that sonde opens.

What the formats demand is checked with the standard library; each of the real
libraries is asked where it is installed.
"""

import json
import math
import re
import shutil
import subprocess
import zipfile

from harness import FIGURES, TABLES, Skip, check, contains, data_offsets, equal, main, make_text, module, parse_npy, prefer_python_with, read_table, snapshot, tests_of, write_npz

FILES = {"report.pdf", "results.json", "tensors.safetensors", *(f"tables/{name}.csv" for name in TABLES)}
KINDS = {"<f8": float, "<i8": int, "<U": str}
SITES = 2 * 12 * 4  # conditions, layers, stages of the demo


def files_of(report):
    return {name for name, kind in snapshot(report).items() if kind != "folder"}


def read_columns(path):
    """Name to (element type, elements) of a table's arrays, in order."""
    columns = {}
    with zipfile.ZipFile(path) as archive:
        equal(archive.testzip(), None, f"damaged members of {path.name}")
        for name in archive.namelist():
            check(name.endswith(".npy"), f"{path.name} holds {name}")
            descr, shape, elements = parse_npy(archive.read(name))
            equal(len(shape), 1, f"dimensions of {name} in {path.name}")
            columns[name.removesuffix(".npy")] = descr, elements
    return columns


def same_as_csv(report, name):
    """A table's arrays hold what its CSV holds; an empty field is NaN. How many of those there are."""
    rows = read_table(report, name)
    columns = read_columns(report / f"tables/{name}.npz")
    header = (report / f"tables/{name}.csv").read_text(encoding="utf-8").split("\n")[0].rstrip("\r").split(",")
    equal(list(columns), header, f"arrays of {name}")
    undefined = 0
    for column, (descr, elements) in columns.items():
        equal(len(elements), len(rows), f"elements of {name}, {column}")
        kind = KINDS[descr[:2] if descr.startswith("<U") else descr]
        for row, element in zip(rows, elements):
            if kind is float and row[column] == "":
                undefined += 1
                check(math.isnan(element), f"{name}, {column}: {element} where the CSV has nothing")
            else:
                equal(element, kind(row[column]), f"{name}, {column}")
        if kind is str:
            equal(int(descr[2:]), max([1, *map(len, elements)]), f"width of {name}, {column}")
    return undefined


def write_undefined(path):
    """A capture whose second stage is nothing but zeros: no similarity to compare, no variance to share out."""
    some = [[math.sin(1 + 37 * i + 11.3 * j) for j in range(6)] for i in range(8)]
    write_npz(path, {f"c/L{layer}/{stage}": rows for layer in range(2) for stage, rows in (("some", some), ("zeros", [[0.0] * 6] * 8), ("others", some[::-1]))})


# ------------------------------------------------------------------- tables

def test_tables(box):
    report = box.tiny("--format", "npz")
    equal(files_of(report), FILES | {f"tables/{name}.npz" for name in TABLES}, "files of --format npz")
    check(len(re.findall(rb"/Type /Page\b", (report / "report.pdf").read_bytes())) >= len(FIGURES) + 2, "report.pdf lacks the figures")
    for name in TABLES:
        equal(same_as_csv(report, name), 0, f"undefined numbers of {name}")
    types = {name: descr for name, (descr, _) in read_columns(report / "tables/rsa.npz").items()}
    equal(types, {"condition": "<U14", "layer": "<i8", "stage_a": "<U9", "stage_b": "<U10", "score": "<f8"}, "element types")


def test_tables_beside_figures(box):
    first = box.tiny("--format", "svg,npz", output="first")
    equal(files_of(first), FILES | {f"tables/{name}.npz" for name in TABLES} | {f"figures/{name}.svg" for name in FIGURES}, "files of --format svg,npz")
    again = box.tiny("--format", "npz,npz", output="again")
    for name in TABLES:
        equal((again / f"tables/{name}.npz").read_bytes(), (first / f"tables/{name}.npz").read_bytes(), f"bytes of {name}.npz the second time")
    box.run("mlp-progression", *box.inputs(), "--format", "svg", "--force", output="first")
    equal([path.name for path in (first / "tables").glob("*.npz")], [], "an older report's arrays after --force")


def test_undefined_numbers(box):
    write_undefined(box.work / "zeros.npz")
    report = box.run("cosine", "layer=0", "!", "rsa", "layer=0", "!", "dimensionality", "layer=0", "--capture", "zeros.npz", "--format", "npz")
    undefined = {name: same_as_csv(report, name) for name in ("rsa", "dimensionality")}
    equal(undefined, {"rsa": 2 * 2, "dimensionality": 2 * 3}, "undefined numbers: in each of two layers two pairs, and three numbers of one stage")
    equal(same_as_csv(report, "tokens"), 0, "tokens of a capture without a description")


def test_odd_texts(box):
    """Tokens are cut inside characters, and characters lie beyond sixteen bits."""
    (box.work / "text.txt").write_text("ünïcödé 😀, ☕ \"quoted\",\n" + make_text(4))
    report = box.tiny("--format", "npz", "--set", "one-sequence.rows=40")
    same_as_csv(report, "tokens")
    check(any("\\x" in text for text in read_columns(report / "tables/tokens.npz")["text"][1]), "no token is a part of a character")


def test_members_can_be_mapped(box):
    box.sonde("capture", *box.inputs(), "-o", "capture.npz", "--quiet")
    paths = [box.work / "capture.npz", *(box.tiny("--format", "npz") / "tables").glob("*.npz")]
    equal(len(paths), 1 + len(TABLES), "files")
    for path in paths:
        offsets = data_offsets(path)
        check(len(offsets) > 4, f"{path.name} has few members")
        equal({name: offset % 64 for name, offset in offsets.items()}, dict.fromkeys(offsets, 0), f"where data begin in {path.name}, modulo 64")
        data = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                equal(data[offsets[info.filename]:][:info.file_size], archive.read(info), f"{info.filename} in {path.name}, where it lies")


def test_unzip(box):
    if shutil.which("unzip") is None:
        raise Skip("unzip is not installed")
    write_undefined(box.work / "zeros.npz")
    report = box.run("cosine", "layer=0", "--capture", "zeros.npz", "--format", "npz")
    done = subprocess.run(["unzip", "-tq", report / "tables/cosine-histogram.npz"], capture_output=True, text=True, check=False)
    equal((done.returncode, done.stderr), (0, ""), "unzip")
    contains(done.stdout, ["No errors detected"], "stdout of unzip")


# -------------------------------------------------------- the real libraries

def demo_report(box):
    """The run of the demo with its capture, and the same capture as npz: made once, beside the boxes."""
    folder = box.root.parent / "demo"
    if not folder.exists():
        box.sonde("run", "mlp-progression", "--save-capture", "--quiet", "--format", "npz", "--output", folder)
        box.sonde("capture", "-o", folder / "capture.npz", "--quiet")
    return folder


def same_tables(box, original, path):
    """The analysis of a capture gives the bytes of every table that the run itself gave; a capture holds the kept tokens only."""
    report = box.run("mlp-progression", "--capture", path, "--format", "npz", output=f"from-{path.name}")
    for table in sorted((original / "tables").iterdir()):
        if table.stem != "tokens":
            equal((report / "tables" / table.name).read_bytes(), table.read_bytes(), f"{table.name} from {path.name}")


def test_numpy_opens_tables(box):
    numpy = module("numpy")
    write_undefined(box.work / "zeros.npz")
    for report in (demo_report(box), box.run("cosine", "layer=0", "!", "rsa", "layer=0", "--capture", "zeros.npz", "--format", "npz")):
        for path in sorted((report / "tables").glob("*.npz")):
            columns = read_columns(path)
            with numpy.load(path) as table:
                equal(table.files, list(columns), f"arrays of {path.name}")
                for name, (descr, elements) in columns.items():
                    equal((table[name].dtype.str, table[name].shape), (descr, (len(elements),)), f"type and shape of {name} in {path.name}")
                    numpy.testing.assert_array_equal(table[name], numpy.array(elements, descr), f"{name} in {path.name}")
    check(numpy.isnan(numpy.load(report / "tables/rsa.npz")["score"]).any(), "nothing is undefined")


def test_numpy_opens_captures(box):
    numpy = module("numpy")
    path = demo_report(box) / "capture.npz"
    offsets = data_offsets(path)
    with numpy.load(path) as capture, path.open("rb") as file:
        arrays = [name for name in capture.files if name != "sonde.json"]
        equal(len(arrays), SITES, "arrays")
        equal(json.loads(capture["sonde.json"])["layers"], 12, "layers in the description")
        for name in arrays:
            file.seek(offsets[f"{name}.npy"])
            equal(numpy.lib.format.read_magic(file), (1, 0), f"version of {name}")
            shape, fortran, dtype = numpy.lib.format.read_array_header_1_0(file)
            equal((capture[name].dtype.str, capture[name].shape, fortran), ("<f4", shape, False), f"{name} as numpy loads it")
            mapped = numpy.memmap(path, dtype, "r", file.tell(), shape)
            equal(mapped.ctypes.data % 64, 0, f"where {name} lies in memory once the file is mapped")
            check((mapped == capture[name]).all() and mapped.any(), f"{name}, mapped, is another array than loaded")


def test_numpy_writes_captures(box):
    numpy = module("numpy")
    original = demo_report(box)
    with numpy.load(original / "capture.npz") as capture:
        arrays = {name: capture[name] for name in capture.files if name != "sonde.json"}
    numpy.savez(box.work / "plain.npz", **arrays)
    numpy.savez_compressed(box.work / "packed.npz", **arrays)
    check((box.work / "packed.npz").stat().st_size < (box.work / "plain.npz").stat().st_size, "packed.npz is not packed")
    for name in ("plain.npz", "packed.npz"):
        same_tables(box, original, box.work / name)


def test_safetensors_opens_captures(box):
    numpy, safetensors = module("numpy"), module("safetensors.numpy")
    report = demo_report(box)
    capture = safetensors.load_file(report / "capture.safetensors")
    equal(len(capture), SITES, "arrays")
    with numpy.load(report / "capture.npz") as other:
        equal(sorted(capture), sorted(set(other.files) - {"sonde.json"}), "names in both formats")
        for name, array in capture.items():
            equal((array.dtype.str, array.shape), (other[name].dtype.str, other[name].shape), f"type and shape of {name}")
            equal(array.dtype.str, "<f4", f"type of {name}")
            equal(array.tobytes(), other[name].tobytes(), f"bytes of {name} in both formats")
    matrices = safetensors.load_file(report / "tensors.safetensors")
    check(matrices and all(name.startswith("cosine/") and array.shape[0] == array.shape[1] for name, array in matrices.items()), f"tensors.safetensors: {sorted(matrices)}")


def test_safetensors_writes_captures(box):
    """The library sorts arrays by name; the description, which it keeps as metadata, has the order of the stages."""
    original = demo_report(box)
    numpy_part, library = module("safetensors.numpy"), module("safetensors")
    with library.safe_open(original / "capture.safetensors", "numpy") as capture:
        metadata = capture.metadata()
    numpy_part.save_file(numpy_part.load_file(original / "capture.safetensors"), box.work / "again.safetensors", metadata)
    same_tables(box, original, box.work / "again.safetensors")


if __name__ == "__main__":
    prefer_python_with("numpy", "safetensors")
    main(tests_of(globals()))
