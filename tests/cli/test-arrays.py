# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arrays for other tools: tables as npz, captures that numpy and safetensors open unchanged, and theirs that sonde opens.

What the formats demand is checked with the standard library; each of the real
libraries is asked where it is installed.
"""

import json
import math
import re
import shutil
import struct
import subprocess
import sys
import zipfile

from harness import FIGURES, TABLES, Skip, check, contains, data_offsets, equal, main, make_text, module, parse_npy, prefer_python_with, read_results, read_table, snapshot, tests_of, write_npz

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


# ------------------------------------------------- what others write

def read_header(path):
    """Of a safetensors file, and where its data begin."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length)), 8 + length


def read_arrays(path):
    """All of a capture, by numpy alone."""
    numpy = module("numpy")
    header, start = read_header(path)
    return {name: numpy.fromfile(path, "<f4", math.prod(entry["shape"]), offset=start + entry["data_offsets"][0]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def write_bare(path, source):
    """The same arrays, with nothing said of them."""
    header, start = read_header(source)
    del header["__metadata__"]
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + source.read_bytes()[start:])


def capture_of(box, source, *options):
    """The float32 bytes of every array, as a capture of the source has them: by the name that they have there."""
    box.run("cosine", *options, "--capture", source, "--save-capture", "--force", "--format", "npz", output="captured")
    return read_arrays(box.work / "captured/capture.safetensors")


def same_arrays(found, expected, what):
    numpy = module("numpy")
    equal(sorted(found), sorted(expected), f"arrays of {what}")
    for name, array in expected.items():
        equal((found[name].dtype.str, found[name].shape), ("<f4", array.shape), f"type and shape of {name} in {what}")
        equal(found[name].tobytes(), numpy.ascontiguousarray(array, "<f4").tobytes(), f"bytes of {name} in {what}")


def some_numbers(numpy, *shape, seed=1):
    return numpy.random.default_rng(seed).standard_normal(shape).astype("<f4")


def layers_of(numpy, names, *shape):
    """Layers 0 and 1 of each name, with other numbers in each."""
    return {name.format(layer): some_numbers(numpy, *shape, seed=[i, layer]) for i, name in enumerate(names) for layer in range(2)}


ORDERS = {
    "fortran": lambda numpy, x: numpy.asfortranarray(x),
    "big-endian": lambda numpy, x: x.astype(">f4"),
    "both": lambda numpy, x: numpy.asfortranarray(x.astype(">f4")),
    "C": lambda numpy, x: x,
}


def test_orders(box):
    """Round trips are exact, whatever order axes and bytes are in."""
    numpy = module("numpy")
    arrays = layers_of(numpy, ("c/L{}/s", "c/L{}/t", "d/L{}/s", "d/L{}/t"), 67, 35)
    for order, change in ORDERS.items():
        changed = {name: change(numpy, array) for name, array in arrays.items()}
        for save in (numpy.savez, numpy.savez_compressed):
            save(box.work / "order.npz", **changed)
            same_arrays(capture_of(box, "order.npz"), arrays, f"{order}, {save.__name__}")


def numbers_of_kinds(numpy):
    numbers = (some_numbers(numpy, 20, 9) * 50).astype("f8")
    return {kind: numpy.abs(numbers) if kind[0] == "u" else numbers > 0 if kind == "b1" else numbers for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split()}


def test_element_types(box):
    """Each as numpy converts it."""
    numpy = module("numpy")
    for kind, numbers in numbers_of_kinds(numpy).items():
        for order in "<>":
            stored = numbers.astype(order + kind)
            numpy.save(box.work / "L0_1.npy", stored)
            same_arrays(capture_of(box, "L0_1.npy"), {"all/L0/1": stored.astype("<f4")}, order + kind)


def test_element_types_of_safetensors(box):
    numpy, safetensors = module("numpy"), module("safetensors.numpy")
    for kind, numbers in numbers_of_kinds(numpy).items():
        stored = numbers.astype("<" + kind)
        safetensors.save_file({"L0_1": stored}, box.work / "kind.safetensors")
        same_arrays(capture_of(box, "kind.safetensors"), {"all/L0/1": stored.astype("<f4")}, f"{kind} in safetensors")


def test_names(box):
    numpy = module("numpy")
    cases = {
        "L{}_1": "1",
        "blocks.{}.mlp.hook_pre": "mlp.hook_pre",
        "transformer.h.{}.mlp.c_fc": "mlp.c_fc",
        "model.layers.{}": "block",
    }
    for name, stage in cases.items():
        arrays = layers_of(numpy, (name,), 11, 5)
        numpy.savez(box.work / "names.npz", **arrays)
        same_arrays(capture_of(box, "names.npz"), {f"all/L{i}/{stage}": arrays[name.format(i)] for i in range(2)}, name)
    arrays = layers_of(numpy, ("mlp@{}",), 11, 5)
    numpy.savez(box.work / "names.npz", **arrays)
    found = capture_of(box, "names.npz", "--set", "arrays.pattern=^(?<stage>.+)@(?<layer>\\d+)$")
    same_arrays(found, {f"all/L{i}/mlp": arrays[f"mlp@{i}"] for i in range(2)}, "a regular expression")
    description = json.loads(read_header(box.work / "captured/capture.safetensors")[0]["__metadata__"]["sonde"])
    equal([alias["name"] for alias in description["stages"][0]["aliases"]], ["mlp@{layer}"], "what the file calls the stage")


def test_inspect_as_told(box):
    """What a pattern reads can be seen before anything runs."""
    numpy = module("numpy")
    numpy.savez(box.work / "scans.npz", **layers_of(numpy, ("V1_run{}", "IT_run{}"), 11, 5))
    pattern = "arrays.pattern=(?<stage>\\w+)_run(?<layer>\\d+)"
    told = json.loads(box.sonde("inspect", "scans.npz", "--set", pattern, "--json").out)
    equal((told["layers"], [stage["id"] for stage in told["stages"]]), (2, ["V1", "IT"]), "layers and stages")
    contains(box.sonde("inspect", "rsa", "--set", pattern, status=1).err, ["rsa is a plugin"], "a plugin")
    contains(box.sonde("inspect", "scans.npz", "--set", "gpt2.x=1", status=1).err, ["gpt2"], "another provider")


def test_shapes(box):
    """Three and four axes, as the frameworks have them."""
    numpy = module("numpy")
    x = {name: some_numbers(numpy, 2, 7, 3, 4, seed=i) for i, name in enumerate(("L0_q", "L1_q"))}
    numpy.savez(box.work / "q.npz", **x)
    same_arrays(capture_of(box, "q.npz"), {f"all/L{i}/q": x[f"L{i}_q"].reshape(14, 12) for i in range(2)}, "[sequence, position, head, feature]")
    tokens = [(row["sequence"], row["position"], row["token_id"]) for row in read_table(box.work / "captured", "tokens")]
    equal(tokens, [(str(s), str(p), "-1") for s in range(2) for p in range(7)], "where rows come from")
    found = capture_of(box, "q.npz", "--set", "arrays.axes=sequence,feature,position,feature")
    same_arrays(found, {f"all/L{i}/q": x[f"L{i}_q"].transpose(0, 2, 1, 3).reshape(6, 28) for i in range(2)}, "[sequence, feature, position, feature]")
    stack = some_numbers(numpy, 3, 12, 5)
    for change in ORDERS.values():
        numpy.save(box.work / "stack.npy", change(numpy, stack))
        same_arrays(capture_of(box, "stack.npy"), {f"all/L{i}/stack": stack[i] for i in range(3)}, "[layer, row, feature]")
    numpy.savez_compressed(box.work / "stack.npz", stack=stack, other=numpy.asfortranarray(2 * stack))
    same_arrays(capture_of(box, "stack.npz"), {f"all/L{i}/{name}": by * stack[i] for i in range(3) for name, by in (("stack", 1), ("other", 2))}, "two deflated stacks")
    grid = some_numbers(numpy, 3, 2, 6, 5)
    numpy.save(box.work / "grid.npy", grid)
    same_arrays(capture_of(box, "grid.npy"), {f"all/L{i}/grid": grid[i].reshape(12, 5) for i in range(3)}, "[layer, sequence, position, feature]")


def test_folder(box):
    numpy = module("numpy")
    arrays = layers_of(numpy, ("cats/L{}/s", "dogs/L{}/s"), 12, 5)
    for name, array in arrays.items():
        path = box.work / "folder" / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        numpy.save(path, array)
    same_arrays(capture_of(box, "folder"), arrays, "a folder")
    files = read_results(box.work / "captured")["provenance"]["capture"]["files"]
    equal([(file["role"], file["name"]) for file in files], [("capture", "s.npy")] * 4, "files that were read")
    contains(box.sonde("run", "cosine", "--capture", "folder", "--set", "arrays.stages=t", "--dry-run", status=1).err, ["stages", "“t”", "“s”"], "a stage that is not there")


def test_rows_beside(box):
    """A table divides the rows of the arrays, and a report's own tokens.csv is one."""
    numpy = module("numpy")
    arrays = layers_of(numpy, ("L{}_1",), 24, 5)
    numpy.savez(box.work / "mixed.npz", **arrays)
    which = ["ab"[i % 3 == 0] for i in range(24)]
    (box.work / "mixed.rows.csv").write_text("condition,text\n" + "".join(f"{c},t{i}\n" for i, c in enumerate(which)), encoding="utf-8")
    expected = {f"{c}/L{i}/1": arrays[f"L{i}_1"][[w == c for w in which]] for c in "ab" for i in range(2)}
    same_arrays(capture_of(box, "mixed.npz"), expected, "rows that a table divides")
    equal([row["text"] for row in read_table(box.work / "captured", "tokens")], [f"t{i}" for c in "ba" for i in range(24) if which[i] == c], "labels of rows, b first")
    report = box.tiny("--save-capture", "--format", "npz", output="tiny")
    capture = read_arrays(report / "capture.safetensors")
    write_bare(box.work / "bare.safetensors", report / "capture.safetensors")
    found = capture_of(box, "bare.safetensors", "--set", f"arrays.rows={report / 'tables/tokens.csv'}")
    same_arrays(found, capture, "a capture without a description")
    equal((box.work / "captured/tables/tokens.csv").read_text(encoding="utf-8").split("\n")[0], "condition,sequence,position,token_id,text,kept", "header of tokens.csv")
    equal(sorted(map(str, read_table(box.work / "captured", "tokens"))), sorted(map(str, read_table(report, "tokens"))), "tokens that went through a table")


def test_left_out(box):
    """What is no rows x features is listed where people and programs look."""
    numpy = module("numpy")
    numpy.savez(box.work / "some.npz", L0_1=some_numbers(numpy, 12, 5), weights=some_numbers(numpy, 3, 3), L0_ids=numpy.arange(5), L0_z=some_numbers(numpy, 12, 5) * 1j, L0_o=numpy.array([{}, 1], dtype=object))
    report = box.run("cosine", "--capture", "some.npz", "--format", "npz")
    warnings = " ".join(read_results(report)["warnings"])
    contains(warnings, ["“weights”", "“L0_ids” (its shape is [5]", "“L0_z” (its elements are complex", "“L0_o” (its elements are Python objects, which are never unpickled"], "warnings")


def resident_size(box, source):
    """The most memory that a dry run has, mapped files included, in bytes; Linux counts in units of 1024."""
    script = "import resource, subprocess, sys; print(subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    command = [sys.executable, "-c", script, box.installation.program, "run", "cosine", "--capture", source, "--dry-run", "--quiet"]
    done = subprocess.run(command, env=box.environment, cwd=box.work, capture_output=True, text=True, check=True)
    status, size = map(int, done.stdout.split())
    equal(status, 0, f"status of a dry run on {source}: {done.stderr}")
    return 1024 * size


def test_large_files_are_not_read(box):
    """Two gigabytes that are nowhere on the disk: whoever reads them has them in memory."""
    rows, columns = 1 << 17, 1 << 12
    size = 4 * rows * columns
    header = json.dumps({"c/L0/s": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, size]}}).encode()
    with (box.work / "large.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
    dictionary = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".ljust(117).encode() + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(dictionary).to_bytes(2, "little") + dictionary
    with (box.work / "large.npy").open("wb") as file:
        file.write(member)
        file.truncate(128 + size)
    name = b"c/L0/s.npy"
    sizes = [128 + size, 128 + size]
    with (box.work / "large.npz").open("wb") as file:
        start = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 33, 0, *sizes, len(name), 0) + name
        file.write(start + member)
        file.seek(len(start) + 128 + size)
        entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 33, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0) + name
        file.write(entry + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry), len(start) + 128 + size, 0))
    write_npz(box.work / "small.npz", {"c/L0/s": [[math.sin(i + j) for j in range(4)] for i in range(12)]})
    # the estimate of a run knows the rows, and a batch of them takes a few bytes each
    limit = resident_size(box, "small.npz") + 16 * rows + (8 << 20)
    for suffix in ("safetensors", "npy", "npz"):
        found = resident_size(box, f"large.{suffix}")
    check(found < limit, f"a dry run on large.{suffix} has {found} bytes in memory, of which at most {limit} are expected")


if __name__ == "__main__":
    prefer_python_with("numpy", "safetensors")
    main(tests_of(globals()))
