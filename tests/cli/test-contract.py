# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line as it is promised: commands, options, files, names, columns, exit statuses."""

import hashlib
import json
import math
import os
import re
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

from harness import Skip, CONDITIONS, FIGURES, PAIRS, SOURCE, STAGES, TABLES, check, contains, equal, main, make_model, make_text, only, read_results, read_shapes, read_table, read_tensors, snapshot, tests_of

PLUGINS = {"arrays": "model-provider", "gpt2": "model-provider", "mlp-stages": "tap", "residual": "tap", "attention": "tap", "named-sites": "tap", "distribution": "analyzer", "cosine": "analyzer", "rsa": "analyzer", "dimensionality": "analyzer", "laminar": "analyzer"}
OPTIONS = {
    "run": "model text target capture output force format layers set save-capture threads seed dry-run quiet json sha256 theme",
    "capture": "model text target output layers set threads seed dry-run quiet",
    "diff": "tolerance relative common figure set json", "list": "json", "inspect": "json", "enable": "", "disable": "", "config": "reset json", "tokenize": "model json",
}
FILES = {"report.pdf", "results.json", "tensors.safetensors", *(f"tables/{name}.csv" for name in TABLES)}
TINY_LAYERS, TINY_ROWS, TINY_WIDTHS = 2, 12, {"input": 8, "expansion": 32, "gelu": 32, "projection": 8}


def files_of(report):
    return {name for name, kind in snapshot(report).items() if kind != "folder"}


def figures(*endings):
    return {f"figures/{name}.{ending}" for name in FIGURES for ending in endings}


# ---------------------------------------------------------------- commands

def test_help(box):
    equal(box.sonde(status=2).err, "", "stderr without arguments")
    page = box.sonde("--help").out
    contains(page, OPTIONS, "sonde --help")
    for command, options in OPTIONS.items():
        page = box.sonde(command, "--help").out
        contains(page, [f"--{option}" for option in ["help", "verbose", *options.split()]], f"sonde {command} --help")
        contains(page, [f"sonde {command}"], f"sonde {command} --help")


def test_version(box):
    check(re.fullmatch(r"sonde \d+\.\d+\.\d+\n", box.sonde("--version").out), "sonde --version prints more than its version")
    equal(box.sonde("--version", "--verbose").out.splitlines()[0], box.sonde("--version").out.strip(), "first line of sonde --version --verbose")


def test_list(box):
    broken = box.root / "home/.local/share/sonde/plugins/broken"
    broken.mkdir(parents=True)
    (broken / "broken.plugin").write_text("[Plugin]\nModule=broken\nName=Broken\nDescription=Has no module\nX-Sonde-Kind=analyzer\n")
    box.sonde("disable", "rsa")
    listed = json.loads(box.sonde("list", "--json").out)
    kinds = {entry["name"]: entry["kind"] for entry in listed}
    states = {entry["name"]: entry["state"] for entry in listed}
    equal({name: kinds.get(name) for name in PLUGINS}, PLUGINS, "kinds")
    equal({name: states.get(name) for name in [*PLUGINS, "broken"]}, {**dict.fromkeys(PLUGINS, "enabled"), "rsa": "disabled", "broken": "unavailable"}, "states")
    check(only((entry for entry in listed if entry["name"] == "broken"), "broken plugins").get("reason"), "no reason why the broken plugin is unavailable")
    page = box.sonde("list").out
    for name, kind in PLUGINS.items():
        check(re.search(rf"^{name} +{kind} +{states[name]}\b", page, re.M), f"sonde list has no line for {name}:\n{page}")
    check(re.search(r"^broken .*unavailable +\S", page, re.M), "sonde list gives no reason")
    contains(page, ["mlp-progression"], "sonde list")


def test_inspect(box):
    columns = {}
    for name, kind in PLUGINS.items():
        entry = json.loads(box.sonde("inspect", name, "--json").out)
        equal((entry["name"], entry["kind"], entry["state"]), (name, kind, "enabled"), f"inspect {name}")
        page = box.sonde("inspect", name).out
        contains(page, [name, kind, *(option["name"] for option in entry["properties"])], f"inspect {name}")
        for option in entry["properties"]:
            check({"type", "range", "default", "description"} <= option.keys(), f"{name}.{option['name']} lacks something: {option}")
        for table in entry.get("tables", []):
            columns[table["name"]] = ",".join(column["name"] for column in table["columns"])
            contains(page, [f"tables/{table['name']}.csv", *(column["name"] for column in table["columns"])], f"inspect {name}")
            numbers = [column for column in table["columns"] if column["name"] in ("bin_left", "bin_right", "density", "count", "score", "participation_ratio", "effective_dimension")]
            check(all(column.get("unit") for column in numbers), f"{table['name']}: a column has no unit: {numbers}")
    equal(columns, {name: header for name, header in TABLES.items() if name != "tokens"}, "tables that the plugins declare")
    rsa = json.loads(box.sonde("inspect", "rsa", "--json").out)
    equal((rsa["reads"], [entry["name"] for entry in rsa["attaches"]]), (["cosine"], ["rsa"]), "what rsa reads and attaches")


def test_enable_and_disable(box):
    def state():
        return {entry["name"]: entry["state"] for entry in json.loads(box.sonde("list", "--json").out)}

    box.sonde("disable", "rsa", "cosine")
    equal([state()[name] for name in ("rsa", "cosine", "laminar")], ["disabled", "disabled", "enabled"], "states after disable")
    result = box.sonde("run", "mlp-progression", status=1)
    contains(result.err, ["cosine", "disabled", "sonde enable"], "run with a disabled plugin")
    equal(json.loads(box.sonde("inspect", "rsa", "--json").out)["state"], "disabled", "inspect of a disabled plugin")
    box.sonde("enable", "rsa", "cosine")
    equal([state()[name] for name in ("rsa", "cosine")], ["enabled", "enabled"], "states after enable")
    box.sonde("disable", "rsa", "nonesuch", status=1)
    equal(state()["rsa"], "enabled", "rsa after a command that was refused")


def test_tokenize(box):
    text = "Café ☕ coffee,\n coffee\t\"x\\y\" \x01 1922!"
    ids = box.sonde("tokenize", "--model", box.installation.data / "demo-model", stdin=text.encode()).out
    tokens = json.loads(box.sonde("tokenize", "--json", stdin=text.encode()).out)
    equal([int(line) for line in ids.splitlines()], [token["id"] for token in tokens], "ids with and without --json")
    check(all(set(token) == {"id", "text", "start", "end"} for token in tokens), "members of a token")
    equal([token["start"] for token in tokens], [0, *(token["end"] for token in tokens[:-1])], "starts")
    equal(tokens[-1]["end"], len(text.encode()), "last end")
    whole = [token for token in tokens if "\\x" not in token["text"]]
    equal([token["text"] for token in whole], [text.encode()[token["start"]:token["end"]].decode() for token in whole], "texts")
    vocabulary = json.loads((SOURCE / "data/demo-model/vocab.json").read_text())
    equal([token["id"] for token in tokens if token["text"] == " coffee"], [vocabulary["Ġcoffee"]] * 2, "ids of ' coffee'")
    equal((box.sonde("tokenize").out, json.loads(box.sonde("tokenize", "--json").out)), ("", []), "tokens of nothing")


# --------------------------------------------------------------------- run

def test_run_without_options(box):
    result = box.sonde("run", "mlp-progression")
    equal(result.err, "", "stderr")
    contains(result.out, ["sonde-report/report.pdf"], "stdout")
    report = box.work / "sonde-report"
    equal(os.listdir(box.work), ["sonde-report"], "what is in the working folder")
    equal(files_of(report), FILES | figures("svg", "pdf"), "files of a report")
    results = read_results(report)
    equal(results["warnings"], [], "warnings")
    equal(results["provenance"]["layers"], list(range(12)), "covered layers")
    equal({row["condition"] for row in read_table(report, "tokens")}, set(CONDITIONS), "conditions")
    shown = {row["layer"] for name in ("activation-histogram", "cosine-histogram", "cosine-cross-stage") for row in read_table(report, name)}
    equal(shown, {"6"}, "shown layer")


def test_formats(box):
    for formats in (("svg",), ("pdf",), ("png",), ("svg", "pdf", "png")):
        report = box.tiny("--format", ",".join(formats), output="-".join(formats))
        equal(files_of(report), FILES | figures(*formats), f"files of --format {formats}")
        for name in FIGURES:
            for ending, magic in (("svg", b"<?xml"), ("pdf", b"%PDF-"), ("png", b"\x89PNG\r\n\x1a\n")):
                if ending in formats:
                    check((report / f"figures/{name}.{ending}").read_bytes().startswith(magic), f"{name}.{ending} is no {ending}")
    check(len(re.findall(rb"/Type /Page\b", (report / "report.pdf").read_bytes())) >= len(FIGURES) + 2, "report.pdf has fewer pages than a title, the figures and the provenance")


def test_rows_of_tables(box):
    report = box.tiny()
    layers = [str(layer) for layer in range(TINY_LAYERS)]
    places = [(condition, layer, stage) for condition in CONDITIONS for layer in layers for stage in STAGES]
    rows = read_table(report, "dimensionality")
    equal(sorted((row["condition"], row["layer"], row["stage"]) for row in rows), sorted(places), "rows of dimensionality.csv")
    for row in rows:
        equal((int(row["rows"]), int(row["features"])), (TINY_ROWS, TINY_WIDTHS[row["stage"]]), "rows and features")
        equal(int(row["notebook_index"]), int(row["effective_dimension"]) - 1, "notebook_index")
        check(1 <= float(row["participation_ratio"]) <= min(TINY_ROWS - 1, int(row["features"])), f"participation ratio {row}")
    rows = read_table(report, "rsa")
    equal(sorted((row["condition"], row["layer"], row["stage_a"], row["stage_b"]) for row in rows), sorted((c, l, a, b) for c in CONDITIONS for l in layers for a, b in PAIRS), "rows of rsa.csv")
    check(all(-1 <= float(row["score"]) <= 1 for row in rows), "an RSA score is out of range")
    rows = read_table(report, "tokens")
    equal([len([row for row in rows if row["condition"] == c and row["kept"] == "1"]) for c in CONDITIONS], [TINY_ROWS, TINY_ROWS], "kept rows")
    equal([int(row["position"]) for row in rows if row["condition"] == CONDITIONS[0]], list(range(TINY_ROWS + 1)), "positions of one-sequence")
    equal({row["text"] for row in rows if row["condition"] == CONDITIONS[1] and row["kept"] == "1"}, {" coffee"}, "kept tokens of many-sequences")


def test_histograms(box):
    report = box.tiny()
    for name, keys, total in (("activation-histogram", ("condition", "stage"), 1), ("cosine-histogram", ("condition", "stage"), 1), ("cosine-cross-stage", ("stage_a", "stage_b"), TINY_ROWS ** 2)):
        groups = {}
        for row in read_table(report, name):
            equal(row["layer"], str(TINY_LAYERS // 2), f"layer in {name}")
            groups.setdefault(tuple(row[key] for key in keys), []).append(row)
        expected = {(c, s) for c in CONDITIONS for s in STAGES} if total == 1 else {("input", "projection"), ("expansion", "gelu")}
        equal(set(groups), expected, f"groups of {name}")
        for group, rows in groups.items():
            left, right = [float(row["bin_left"]) for row in rows], [float(row["bin_right"]) for row in rows]
            equal(left[1:], right[:-1], f"{name} {group}: edges")
            heights = [float(row["density"]) * (b - a) if total == 1 else int(row["count"]) for row, a, b in zip(rows, left, right)]
            check(math.isclose(sum(heights), total, rel_tol=1e-9), f"{name} {group}: sums to {sum(heights)}, expected {total}")


def test_tensors_and_capture(box):
    report = box.tiny("--save-capture")
    n = [TINY_ROWS, TINY_ROWS]
    matrices = {f"cosine/{c}/L1/{s}": ("F32", n) for c in CONDITIONS for s in STAGES}
    matrices |= {f"cosine/one-sequence/L1/{pair}": ("F32", n) for pair in ("input-projection", "expansion-gelu")}
    equal(read_shapes(report / "tensors.safetensors"), matrices, "tensors.safetensors")
    sites = {f"{c}/L{layer}/{s}": ("F32", [TINY_ROWS, TINY_WIDTHS[s]]) for c in CONDITIONS for layer in range(TINY_LAYERS) for s in STAGES}
    equal(read_shapes(report / "capture.safetensors"), sites, "capture.safetensors")

    cosine = read_tensors(report / "tensors.safetensors")["cosine/one-sequence/L1/input"]
    x = read_tensors(report / "capture.safetensors")["one-sequence/L1/input"]
    rows = [x[8 * i:8 * i + 8] for i in range(TINY_ROWS)]
    for i in range(TINY_ROWS):
        for j in range(TINY_ROWS):
            value = math.fsum(a * b for a, b in zip(rows[i], rows[j])) / math.sqrt(math.fsum(a * a for a in rows[i]) * math.fsum(b * b for b in rows[j]))
            check(abs(cosine[TINY_ROWS * i + j] - value) < 1e-6, f"cosine similarity [{i}, {j}] is {cosine[TINY_ROWS * i + j]}, expected {value}")


def test_capture_command(box):
    report = box.tiny("--save-capture")
    inputs = box.inputs()
    said = box.sonde("capture", *inputs, "-o", "a.safetensors")
    contains(said.out, ["a.safetensors"], "stdout")
    equal(read_tensors(box.work / "a.safetensors"), read_tensors(report / "capture.safetensors"), "capture and run --save-capture")
    box.sonde("capture", "mlp-progression", *inputs, "--layers", "1", "--output", "b.npz", "--quiet")
    with zipfile.ZipFile(box.work / "b.npz") as archive:
        equal(archive.testzip(), None, "damaged members")
        equal(set(archive.namelist()), {"sonde.json", *(f"{c}/L1/{s}.npy" for c in CONDITIONS for s in STAGES)}, "members of b.npz")
        array = archive.read("one-sequence/L1/input.npy")
    check(array.startswith(b"\x93NUMPY") and b"'descr': '<f4'" in array and b"(12, 8)" in array[:128], f"header of an array: {array[:128]}")
    check(array.endswith(b"".join(struct.pack("<f", value) for value in read_tensors(report / "capture.safetensors")["one-sequence/L1/input"])), "values in b.npz")
    before = snapshot(box.work)
    for name in ("c.npy", "no/folder.npz"):
        box.sonde("capture", *inputs, "-o", name, status=1)
    box.sonde("capture", *inputs, status=2)
    box.sonde("capture", *inputs, "-o", "d.npz", "--dry-run")
    equal(snapshot(box.work), before, "the folder after captures that were refused")


def test_results(box):
    report = box.tiny("--seed", "7", "--threads", "1", "--sha256", "--set", "rsa.method=spearman", "--set", "many-sequences.window=8")
    results = read_results(report)
    equal(set(results["tables"]), set(TABLES), "tables in results.json")
    for name in TABLES:
        rows = results["tables"][name]["rows"]
        columns = [column["name"] for column in results["tables"][name]["columns"]]
        equal(",".join(columns), TABLES[name], f"columns of {name} in results.json")
        written = read_table(report, name)
        equal(len(rows), len(written), f"rows of {name}")
        for a, b in zip(rows, written):
            for column in columns:  # every number reads back the same
                equal(type(a[column])(b[column]), a[column], f"{name}.csv, {column}")
    origin = results["provenance"]
    files = {entry["name"]: entry for entry in origin["model"]["files"]}
    for name in ("config.json", "vocab.json", "merges.txt", "model.safetensors"):
        equal(files[name]["sha256"], hashlib.sha256((box.work / "model" / name).read_bytes()).hexdigest(), f"sha256 of {name}")
    check(re.fullmatch("[0-9a-f]{32}", files["model.safetensors"]["xxh3-128"]), "xxh3-128 of the weights")
    equal(origin["text"]["sha256"], hashlib.sha256((box.work / "text.txt").read_bytes()).hexdigest(), "sha256 of the text")
    equal((origin["seed"], origin["blas"]["threads"], origin["text"]["target"], origin["recipe"]), (7, 1, " coffee", "mlp-progression"), "provenance")
    check({"name", "version", "core", "threads"} <= origin["blas"].keys(), "BLAS in the provenance")
    contains(origin["command"], ["sonde run mlp-progression", "rsa.method=spearman"], "command")
    properties = {entry["plugin"]: entry["properties"] for entry in origin["chain"]}
    equal(list(properties), ["distribution", "cosine", "rsa", "dimensionality", "laminar"], "chain")
    equal((properties["rsa"]["method"], properties["dimensionality"]["threshold"]), ("spearman", "95"), "properties")
    equal([stage["id"] for stage in origin["tap"]["stages"]], list(STAGES), "stages")
    check(all(stage["formula"] for stage in origin["tap"]["stages"]), "tap formulas")
    ids = {condition["id"]: condition["token-ids"] for condition in origin["conditions"]}
    written = {c: [] for c in CONDITIONS}
    for row in read_table(report, "tokens"):
        if row["position"] == "0":
            written[row["condition"]].append([])
        written[row["condition"]][-1].append(int(row["token_id"]))
    equal(ids, written, "token ids")
    equal({len(sequence) for sequence in ids["many-sequences"]}, {8}, "window set with --set")
    check({"load", "run", "report"} <= results["phases"].keys(), f"phases: {results['phases']}")


def test_provenance_in_figures(box):
    report = box.tiny("--format", "svg,pdf,png")
    origin = read_results(report)["provenance"]
    for name in FIGURES:
        metadata = ElementTree.parse(report / f"figures/{name}.svg").find("{http://www.w3.org/2000/svg}metadata")
        equal(json.loads(metadata.text), origin, f"metadata of {name}.svg")
    for path in (report / "report.pdf", report / "figures/rsa.pdf"):
        check(re.search(rb"/(Keywords|Subject)", path.read_bytes()), f"{path.name} has no metadata")


def test_reading_aloud(box):
    """Each picture has a title that is no file's name, and says what it shows; documents have a title and a language."""
    report, svg = box.tiny("--format", "svg,pdf,png"), "{http://www.w3.org/2000/svg}"
    titles = {}
    for name in FIGURES:
        root = ElementTree.parse(report / f"figures/{name}.svg").getroot()
        title, description = root.find(f"{svg}title"), root.find(f"{svg}desc")
        equal([root.get(key) for key in ("role", "{http://www.w3.org/XML/1998/namespace}lang", "aria-labelledby", "aria-describedby")], ["img", "en", title.get("id"), description.get("id")], f"attributes of {name}.svg")
        check(" " in title.text and len(description.text) > 60, f"{name}.svg is called {title.text!r} and says {description.text!r}")
        titles[title.text] = name
        document = (report / f"figures/{name}.pdf").read_bytes()
        check(f"/Title ({title.text})".encode() in document and b"/Lang (en)" in document, f"{name}.pdf has not the title {title.text!r}, or no language")
    equal(sorted(titles.values()), sorted(FIGURES), "figures with a title of their own")
    document = (report / "report.pdf").read_bytes()
    check(b"/Lang (en)" in document and b"/DisplayDocTitle true" in document and re.search(rb"/Title \(.+\)", document), "report.pdf has no language or no title")


def test_layers(box):
    make_model(box.work / "model", layers=5)
    for text, expected in (("0-4", [0, 1, 2, 3, 4]), ("1-3", [1, 2, 3]), ("3", [3]), ("middle", [2]), ("first", [0]), ("last", [4]), ("0,4", [0, 4]), ("0-1,3", [0, 1, 3]), ("4,0-1", [0, 1, 4])):
        report = box.tiny("--layers", text, "--format", "svg", "--save-capture", output=f"layers-{text}")
        for name in ("rsa", "dimensionality"):
            equal(sorted({int(row["layer"]) for row in read_table(report, name)}), expected, f"layers in {name}.csv with --layers {text}")
        equal(read_results(report)["provenance"]["layers"], expected, f"layers with --layers {text}")
        equal(sorted({int(name.split("/")[1][1:]) for name in read_shapes(report / "capture.safetensors")}), sorted({*expected, 2}), f"captured layers with --layers {text}: those, and the one that figures show")
        equal({row["layer"] for row in read_table(report, "cosine-histogram")}, {"2"}, "shown layer")


def test_set(box):
    plain = box.tiny("--format", "svg")
    changed = box.tiny("--format", "svg", "--set", "cosine.layer=0", "--set", "rsa.method=kendall", "--set", "dimensionality.threshold=50", "--set", "one-sequence.drop=0", output="changed")
    equal({row["layer"] for row in read_table(changed, "cosine-histogram")}, {"0"}, "layer")
    check(read_table(changed, "rsa") != read_table(plain, "rsa"), "rsa.method changed nothing")
    check(sum(int(row["effective_dimension"]) for row in read_table(changed, "dimensionality")) < sum(int(row["effective_dimension"]) for row in read_table(plain, "dimensionality")), "a lower threshold gives no fewer dimensions")
    equal([row["kept"] for row in read_table(changed, "tokens") if row["condition"] == "one-sequence"], ["1"] * TINY_ROWS, "kept with drop=0")


def test_target_and_text(box):
    make_model(box.work / "model", words=(" coffee", " tea"))
    (box.work / "text.txt").write_text(make_text(12, " coffee") + make_text(4, " tea"))
    report = box.tiny("--target", " tea")
    equal({row["text"] for row in read_table(report, "tokens") if row["kept"] == "1" and row["condition"] == "many-sequences"}, {" tea"}, "target")
    equal(len(read_table(report, "tokens")), 5 + 4 * 10, "rows of tokens.csv")


def test_json(box):
    report = box.tiny()
    result = box.sonde("run", "mlp-progression", *box.inputs(), "--json", "--output", "again")
    equal(result.out, (box.work / "again/results.json").read_text(), "stdout of --json")
    printed, kept = json.loads(result.out), read_results(report)
    equal(printed["tables"], kept["tables"], "tables")
    equal(result.err, "", "stderr of --json")


def test_dry_run(box):
    box.tiny()
    before = snapshot(box.root)
    result = box.sonde("run", "mlp-progression", *box.inputs(), "--dry-run", "--output", "other")
    contains(result.out, ["one-sequence", "many-sequences", "171 tokens", "12 rows", *STAGES], "stdout of --dry-run")
    box.sonde("run", "mlp-progression", *box.inputs(), "--dry-run", "--layers", "9", status=1)
    box.sonde("run", "mlp-progression", *box.inputs(), "--dry-run", "--format", "gif", "--output", "other", status=2)
    equal(snapshot(box.root), before, "files after --dry-run")


def test_quiet(box):
    box.tiny()
    result = box.sonde("run", "mlp-progression", *box.inputs(), "--quiet", "--output", "other")
    equal((result.out, result.err), ("", ""), "output of --quiet")


def test_force(box):
    report = box.tiny()
    first = snapshot(report)
    (report / "mine.txt").write_text("mine")
    (report / "figures/mine.svg").write_text("mine")
    before = snapshot(box.work)
    equal(box.sonde("run", "mlp-progression", *box.inputs(), "--output", "out", status=1).out, "", "stdout")
    equal(snapshot(box.work), before, "a folder that is not empty, without --force")
    box.tiny("--force", "--set", "rsa.method=spearman")
    after = snapshot(report)
    equal(set(after), {*first, "mine.txt", "figures/mine.svg"}, "files after --force")
    box.tiny("--force", "--format", "png")
    equal({name for name in snapshot(report) if name.endswith(".svg")}, {"figures/mine.svg"}, "an older report's figures after --force")
    box.tiny("--force", "--set", "rsa.method=spearman")
    check(after["tables/rsa.csv"] != first["tables/rsa.csv"], "--force kept the old table")
    equal((report / "mine.txt").read_text(), "mine", "a file that was there")
    (box.work / "empty").mkdir()
    equal(files_of(box.tiny(output="empty")), files_of(report) - {"mine.txt", "figures/mine.svg"}, "files in a folder that was empty")
    equal(files_of(box.tiny(output="some/deep/folder")), files_of(box.work / "empty"), "files in a folder whose parents were missing")


def test_force_where_a_stranger_lists_files(box):
    """An older results.json may be anybody's, and say that what lies there is a report's."""
    report = box.tiny()
    mine = {"thesis/chapter.tex", "notes.txt", "figures/notes.txt", "figures/deep/mine.svg", "tables/data.csv/mine.csv"}
    for name in mine:
        (report / name).parent.mkdir(parents=True, exist_ok=True)
        (report / name).write_text(name)
    results = read_results(report)
    listed = ["thesis", "thesis/chapter.tex", "notes.txt", "figures", "figures/notes.txt", "figures/deep", "figures/deep/mine.svg", "tables", "tables/data.csv", "../text.txt", "."]
    (report / "results.json").write_text(json.dumps({**results, "files": results["files"] + listed}))
    box.tiny("--force")
    equal({name: (report / name).read_text() if (report / name).is_file() else None for name in sorted(mine)}, {name: name for name in sorted(mine)}, "files that a report has not")
    check((box.work / "text.txt").is_file(), "the text is gone")


# ------------------------------------------------------------ chains, recipes

def test_chain(box):
    def files(report, kind):
        return {os.path.splitext(name)[0].split("/")[1] for name in files_of(report) if name.startswith(kind)}

    box.tiny()
    inputs = box.inputs()
    report = box.run("mlp-stages", "!", "cosine", "!", "rsa", "method=spearman", "layer=0", "!", "laminar", *inputs, output="full")
    equal(files(report, "tables"), {"tokens", "cosine-histogram", "cosine-cross-stage", "rsa"}, "tables")
    equal(files(report, "figures"), {"cosine-matrix", "cosine-histogram", "cosine-cross-stage", "rsa", "laminar-profile", "laminar-violin"}, "figures")
    properties = {entry["plugin"]: entry["properties"] for entry in read_results(report)["provenance"]["chain"]}
    equal((properties["rsa"]["method"], properties["rsa"]["layer"]), ("spearman", "0"), "properties in the chain")
    equal(read_results(report)["provenance"]["tap"]["plugin"], "mlp-stages", "tap")
    report = box.run("cosine", "!", "rsa", *inputs, output="short")
    equal(read_table(report, "rsa"), read_table(box.work / "out", "rsa"), "scores of a chain and of the recipe")
    report = box.run("cosine ! rsa", *inputs, output="word")
    equal(read_table(report, "rsa"), read_table(box.work / "short", "rsa"), "scores of a chain in one word")
    report = box.run("dimensionality", *inputs, output="one")
    equal(files(report, "tables"), {"tokens", "dimensionality"}, "tables of one analyzer")


def test_recipe_file(box):
    standard = (box.installation.data / "recipes/mlp-progression.recipe").read_text()
    box.tiny()
    inputs = box.inputs()
    changed = re.sub(r"^chain=.*$", "chain=cosine ! rsa method=spearman", standard, flags=re.M)
    changed = re.sub(r"\[Analyzer dimensionality\].*", "", changed, flags=re.S)
    (box.work / "own.recipe").write_text(changed)
    user = box.root / "home/.local/share/sonde/recipes"
    user.mkdir(parents=True)
    (user / "mine.recipe").write_text(changed)
    contains(box.sonde("list").out, ["mine"], "sonde list")
    for i, name in enumerate(("own.recipe", box.work / "own.recipe", "mine")):
        report = box.run(name, *inputs, output=f"recipe-{i}")
        equal(set(read_results(report)["tables"]), {"tokens", "cosine-histogram", "cosine-cross-stage", "rsa"}, f"tables of {name}")


# ------------------------------------------------------- usage, streams, text

USAGE = [
    ["nonesuch"], ["run"], ["run", "mlp-progression", "--nonesuch"], ["run", "mlp-progression", "--threads", "many"], ["run", "mlp-progression", "--seed", "x"],
    ["run", "mlp-progression", "--threads", "-1"], ["run", "mlp-progression", "--format", "gif"], ["run", "mlp-progression", "--format", ""], ["run", "mlp-progression", "--set", "nonsense"],
    ["run", "mlp-progression", "--model"], ["list", "x"], ["inspect"], ["inspect", "rsa", "cosine"], ["enable"], ["disable"], ["tokenize", "x"], ["capture"], ["capture", "mlp-progression", "x", "-o", "a.npz"],
    ["--version", "x"],
]


def usage_test(arguments):
    def test(box):
        result = box.sonde(*arguments, status=2)
        equal((result.out, len(result.err.splitlines()), result.err[:7]), ("", 1, "sonde: "), "stdout, lines on stderr and how it begins")
        equal(os.listdir(box.work), [], "what is in the working folder")
    return test


def test_streams(box):
    for arguments in (["list"], ["list", "--json"], ["inspect", "rsa"], ["--version"], ["--help"], ["tokenize"]):
        result = box.sonde(*arguments)
        equal(result.err, "", f"stderr of {arguments}")
        with open("/dev/full", "wb") as full:
            result = box.sonde(*arguments, stdout=full, stdin=b"coffee", status=1)
            equal(len(result.err.splitlines()), 1, f"lines on stderr when stdout of {arguments} is full")


def test_csv(box):
    report = box.tiny()
    for name in TABLES:
        data = (report / "tables" / f"{name}.csv").read_bytes()
        check(data.endswith(b"\r\n") and not re.search(rb"(?<!\r)\n", data), f"{name}.csv has lines that do not end in CRLF, as RFC 4180 says")
        check(not data.startswith(b"\xef\xbb\xbf"), f"{name}.csv begins with a byte-order mark")


def test_locale_with_comma(box):
    """A locale is made here, where none is installed."""
    source = box.root / "comma"
    source.write_text("LC_CTYPE\nEND LC_CTYPE\nLC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep \"<U002E>\"\ngrouping 3\nEND LC_NUMERIC\n")
    plain = box.tiny("--save-capture")
    subprocess.run(["localedef", "-c", "--quiet", "-i", source, box.root / "xx_XX"], check=False, capture_output=True)
    locale = {"LOCPATH": str(box.root), "LC_ALL": None, "LC_NUMERIC": "xx_XX", "LC_CTYPE": "C.UTF-8"}
    point = subprocess.run(["locale", "decimal_point"], env={**box.environment, "LOCPATH": str(box.root), "LC_ALL": "xx_XX"}, capture_output=True, text=True, check=False).stdout.strip()
    if point != ",":
        raise Skip("no locale with a decimal comma can be made here: the system has no character maps (Debian: locales)")
    comma = box.tiny("--set", "dimensionality.threshold=95.0", "--save-capture", output="comma", env=locale)
    first, second = snapshot(plain), snapshot(comma)
    different = {name for name in first if first[name] != second[name]} - {"results.json"}
    equal({name for name in different if name.startswith("tables")}, set(), "tables that the locale changed")
    a, b = read_results(plain), read_results(comma)
    equal(a["tables"], b["tables"], "tables in results.json")


if __name__ == "__main__":
    main(tests_of(globals()) + [("usage: sonde " + " ".join(arguments), usage_test(arguments)) for arguments in USAGE])
