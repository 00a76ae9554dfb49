# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sonde diff` of a capture and a live model, of files that name things differently, and its figure."""

import copy
import json
import math
import random
import re
import shutil
import signal
import struct
import subprocess
import time

from harness import CONDITIONS, STAGES, check, contains, equal, main, make_model, only, read_header, read_tensors, snapshot, tests_of, write_npz

LAYERS = 7
CHANGED = 5
# what TransformerLens calls the sites of the four stages
THEIRS = {"input": "ln2.hook_normalized_scaled", "expansion": "mlp.hook_pre", "gelu": "mlp.hook_post", "projection": "hook_mlp_out"}


# ------------------------------------------------------------------- files

def flat(rows):
    return [value for row in rows for value in row]


def write_capture(path, arrays, description):
    """safetensors: name to (rows, columns, flat values), and what they say of themselves."""
    header, end, parts = {"__metadata__": {"sonde": json.dumps(description)} if description else {}}, 0, []
    for name, (rows, columns, values) in arrays.items():
        parts.append(struct.pack(f"<{rows * columns}f", *values))
        header[name] = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read_capture(path):
    header, _ = read_header(path)
    return {name: (*header[name]["shape"], list(values)) for name, values in read_tensors(path).items()}, json.loads(header["__metadata__"]["sonde"])


def stage_of(name, site=None, aliases=()):
    return {"id": name, "short-label": name, "label": name, "axis-label": name, "site": site or name, "formula": f"what {name} holds",
            "aliases": [{"library": "some", "name": alias} for alias in aliases]}


def condition_of(name, sequences):
    """Every token that is listed ran; those that are marked are rows: sequences of (id, kept)."""
    tokens = [(s, p, token, kept) for s, sequence in enumerate(sequences) for p, (token, kept) in enumerate(sequence)]
    return {"id": name, "rows": sum(kept for *_, kept in tokens),
            "tokens": {"sequence": [t[0] for t in tokens], "position": [t[1] for t in tokens], "id": [t[2] for t in tokens], "text": [""] * len(tokens), "kept": [int(t[3]) for t in tokens]}}


def change_weights(folder, changed, change):
    """A copy of a model; change (name, values) returns the values of a float32 tensor."""
    shutil.copytree(folder, changed)
    path = changed / "model.safetensors"
    header, start = read_header(path)
    data = bytearray(path.read_bytes())
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        values = list(struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))
        data[begin:end] = struct.pack(f"<{len(values)}f", *change(name, values))
    path.write_bytes(data)
    return changed


def one_weight(name, values):
    return [values[0] + 0.25, *values[1:]] if name == f"h.{CHANGED}.mlp.c_proj.weight" else values


def captured(box, ending="safetensors"):
    """A model of seven layers and a capture of it."""
    if not (box.work / "model").exists():
        make_model(box.work / "model", layers=LAYERS)
    path = box.work / f"mine.{ending}"
    box.sonde("capture", *box.inputs(), "-o", path, "--quiet")
    return box.work / "model", path


def diff(box, *arguments, status=0):
    result = box.sonde("diff", *arguments, "--json", status=status)
    return json.loads(result.out)


def names(sites):
    return [(site["layer"], site["stage"], site["condition"]) for site in sites]


# -------------------------------------------------------------------- tests

def test_the_model_that_made_it(box):
    for ending in ("safetensors", "npz"):
        model, capture = captured(box, ending)
        for pair in ((capture, model), (model, capture)):
            told = diff(box, *pair, "--tolerance", "0")
            equal((told["sites_over"], told["first_over"]), (0, None), f"{pair}: sites over")
            equal(names(told["sites"]), [(layer, stage, condition) for layer in range(LAYERS) for stage in STAGES for condition in CONDITIONS], "order")
            check(all(site["max_absolute"] == site["max_relative"] == site["values_over"] == 0 and site["cosine"] == 1 for site in told["sites"]), "differences")
        page = box.sonde("diff", capture, model).out
        equal(len(page.splitlines()), 2 + len(told["sites"]), "lines")
        check(f"All {len(told['sites'])} sites agree" in page and "*" not in page, page[-200:])


def test_one_changed_weight(box):
    model, capture = captured(box)
    other = change_weights(model, box.work / "changed", one_weight)
    told = diff(box, capture, other, status=1)
    first = told["first_over"]
    equal((first["layer"], first["stage"], first["condition"]), (CHANGED, "projection", CONDITIONS[0]), "the first that differs")
    place = names(told["sites"]).index((CHANGED, "projection", CONDITIONS[0]))
    check(all(site["max_absolute"] == 0 for site in told["sites"][:place]), "what lies before it")
    equal(told["sites_over"], 2 * (1 + 4 * (LAYERS - 1 - CHANGED)), "sites over")
    # one weight of c_proj, row 0 column 0, adds 0.25 times feature 0 of the GELU to feature 0 of the projection
    arrays, _ = read_capture(capture)
    rows, columns, gelu = arrays[f"{CONDITIONS[0]}/L{CHANGED}/gelu"]
    largest = max(abs(0.25 * gelu[columns * row]) for row in range(rows))
    check(math.isclose(first["max_absolute"], largest, rel_tol=1e-5), f"the difference: {first['max_absolute']}, expected {largest}")
    equal(first["feature"], 0, "the feature")
    equal(first["values_over"], sum(abs(0.25 * gelu[columns * row]) > 1e-4 for row in range(rows)), "values over")
    turned = diff(box, other, capture, status=1)
    equal([(site["max_absolute"], site["row"], site["feature"]) for site in turned["sites"]], [(site["max_absolute"], site["row"], site["feature"]) for site in told["sites"]], "the other way round")
    line = box.sonde("diff", capture, other, status=1).out.splitlines()[-1]
    contains(line, [f"{CONDITIONS[0]}/L{CHANGED}/projection", "feature 0", f"{told['sites_over']} of {len(told['sites'])} sites"], "the verdict")
    marked = [line for line in box.sonde("diff", capture, other, status=1).out.splitlines() if line.endswith(" *")]
    equal(len(marked), told["sites_over"], "marked lines")


def test_relative_tolerance(box):
    """As numpy.allclose has it: the second is the reference."""
    generator = random.Random(3)
    a = [[generator.gauss(0, 10 ** generator.uniform(-3, 3)) for _ in range(9)] for _ in range(20)]
    b = [[value * (1 + generator.gauss(0, 0.02)) for value in row] for row in a]
    write_npz(box.work / "a.npz", {"c/L0/s": a})
    write_npz(box.work / "b.npz", {"c/L0/s": b})
    single = [struct.unpack("<180f", struct.pack("<180f", *flat(rows))) for rows in (a, b)]
    for one, other, x, y in (("a.npz", "b.npz", *single), ("b.npz", "a.npz", *reversed(single))):
        for tolerance, relative in ((0.01, 0.01), (0, 0.02), (0.1, 0), (1e9, 0), (0, 1)):
            over = sum(abs(p - q) > tolerance + relative * abs(q) for p, q in zip(x, y))
            site = only(diff(box, one, other, "--tolerance", str(tolerance), "--relative", str(relative), status=1 if over else 0)["sites"], "sites")
            equal((site["values_over"], site["within"]), (over, over == 0), f"{one} {other}, {tolerance} + {relative} |B|")
            shares = [abs(p - q) / max(abs(p), abs(q)) for p, q in zip(x, y)]
            equal((site["relative_row"], site["relative_feature"]), divmod(shares.index(max(shares)), 9), "place of the largest share")


def test_names_of_other_libraries(box):
    """Stages that are called as in TransformerLens, in another order and in fewer conditions, are those of ours."""
    model, capture = captured(box)
    arrays, ours = read_capture(capture)
    for stage in ours["stages"]:
        stage["aliases"] = [{"library": "TransformerLens", "name": f"blocks.{{layer}}.{THEIRS[stage['id']]}"}]
    write_capture(box.work / "ours.safetensors", arrays, ours)
    stages = [stage_of(THEIRS[name], aliases=[f"blocks.{{layer}}.{THEIRS[name]}"]) for name in reversed(STAGES)]
    condition = {**ours["conditions"][1], "id": "cache"}
    theirs = {f"cache/L{layer}/{THEIRS[name]}": arrays[f"{CONDITIONS[1]}/L{layer}/{name}"] for layer in range(LAYERS) for name in STAGES}
    theirs[f"cache/L3/{THEIRS['gelu']}"] = (*theirs[f"cache/L3/{THEIRS['gelu']}"][:2], [value + 1 for value in theirs[f"cache/L3/{THEIRS['gelu']}"][2]])
    write_capture(box.work / "theirs.safetensors", theirs, {**ours, "stages": stages, "conditions": [condition]})
    one = {name: array for name, array in arrays.items() if name.startswith(CONDITIONS[1])}
    write_capture(box.work / "one.safetensors", one, {**ours, "conditions": ours["conditions"][1:]})
    told = diff(box, "one.safetensors", "theirs.safetensors", status=1)
    equal(names(told["sites"]), [(layer, stage, CONDITIONS[1]) for layer in range(LAYERS) for stage in STAGES], "order")
    check(all((site["stage_b"], site["condition_b"]) == (THEIRS[site["stage"]], "cache") for site in told["sites"]), "names in B")
    equal([(site["layer"], site["stage"], site["max_absolute"] > 0.9) for site in told["sites"] if site["max_absolute"] > 0], [(3, "gelu", True)], "what differs")
    check(f"gelu = {THEIRS['gelu']}" in box.sonde("diff", "one.safetensors", "theirs.safetensors", status=1).out, "both names in the table")
    # the model has the names that the file gives as those of another library
    for stage, site in zip(stages, ("mlp.out", "mlp.post", "mlp.pre", "mlp.in")):
        stage["aliases"].append({"library": "sonde", "name": site})
    write_capture(box.work / "theirs.safetensors", theirs, {**ours, "stages": stages, "conditions": [condition]})
    for pair in (("theirs.safetensors", model), (model, "theirs.safetensors")):
        told = diff(box, *pair, status=1)
        equal([site["stage"] for site in told["sites"][:4]], [THEIRS[name] for name in STAGES], "stages in the order of the model")
        equal(names(site for site in told["sites"] if not site["within"]), [(3, THEIRS["gelu"], "cache")], "what differs from the model")
    # by the names of the model's sites, without any description but the tokens
    plain = {f"cache/L{layer}/{site}": arrays[f"{CONDITIONS[1]}/L{layer}/{name}"] for layer in range(LAYERS) for name, site in (("gelu", "mlp.post"), ("input", "mlp.in"))}
    write_capture(box.work / "plain.safetensors", plain, {**ours, "stages": [stage_of("mlp.post"), stage_of("mlp.in")], "conditions": [condition]})
    equal([site["stage"] for site in diff(box, "plain.safetensors", model)["sites"][:2]], ["mlp.in", "mlp.post"], "stages in the order of the model")


def test_two_other_programs(box):
    """Neither file says what it is; a provider of models knows a site by both names."""
    rows = [[float(i * j % 7) for j in range(4)] for i in range(5)]
    theirs = {f"blocks.{i}.{name}": rows for i in range(2) for name in ("hook_mlp_out", "mlp.hook_pre", "hook_resid_pre")}
    write_npz(box.work / "lens.npz", theirs)
    write_npz(box.work / "hooks.npz", {f"transformer.h.{i}.{name}": rows for i in range(2) for name in ("mlp.c_fc", "mlp")})
    contains(box.sonde("diff", "lens.npz", "hooks.npz", status=2).err, ["hook_resid_pre", "--common"], "what only one has")
    told = diff(box, "lens.npz", "hooks.npz", "--common")
    equal([(site["stage"], site["stage_b"]) for site in told["sites"][:2]], [("hook_mlp_out", "mlp"), ("mlp.hook_pre", "mlp.c_fc")], "pairs")
    write_npz(box.work / "mine.npz", {f"L{i}_{name}": rows for i in range(2) for name in ("x", "y")})
    contains(box.sonde("diff", "lens.npz", "mine.npz", status=2).err, ["no stage in common", "hook_mlp_out", "x, y", "model"], "nothing in common")


def test_sites_of_no_layer(box):
    """The embedding comes before all layers and the last norm behind them; each is compared once, wherever the file has it."""
    model, _ = captured(box)
    weights = read_tensors(model / "model.safetensors")
    ids, width = [5, 9, 77, 3], 8
    embedding = [weights["wte.weight"][width * token + i] + weights["wpe.weight"][width * place + i] for place, token in enumerate(ids) for i in range(width)]
    embedding[width * 2 + 1] += 1
    arrays = {}
    for layer in range(LAYERS):
        for name, values in (("ln_f", [0.0] * 32), ("mlp.out", [0.0] * 32), ("embedding", embedding)):
            arrays[f"c/L{layer}/{name}"] = (4, width, values)
    stages = [stage_of(name) for name in ("ln_f", "mlp.out", "embedding")]
    write_capture(box.work / "a.safetensors", arrays, {"format": 2, "model": "none", "layers": LAYERS, "stages": stages, "conditions": [condition_of("c", [[(token, 1) for token in ids]])]})
    told = diff(box, "a.safetensors", model, status=1)
    equal(names(told["sites"]), [(None, "embedding", "c"), *((layer, "mlp.out", "c") for layer in range(LAYERS)), (None, "ln_f", "c")], "order")
    first = told["first_over"]
    equal((first["stage"], first["layer"], first["row"], first["feature"], first["values_over"]), ("embedding", None, 2, 1, 1), "the first that differs")
    check(math.isclose(first["max_absolute"], 1, rel_tol=1e-6), f"its difference: {first['max_absolute']}")
    page = box.sonde("diff", "a.safetensors", model, "--figure", "a.svg", status=1).out
    contains(page, ["the first is c/embedding: "], "the verdict")
    # between two captures their names in other libraries tell; what is not the same in all layers is not said to be
    for stage, alias in zip(stages, ("ln_final.hook_normalized", "blocks.{layer}.hook_mlp_out", "hook_embed")):
        stage["aliases"] = [{"library": "TransformerLens", "name": alias}]
    description = {"format": 2, "model": "none", "layers": LAYERS, "stages": [stages[2], stages[1], stages[0]], "conditions": [condition_of("c", [[(token, 1) for token in ids]])]}
    write_capture(box.work / "b.safetensors", arrays, description)
    changed = {**arrays, "c/L4/embedding": (4, width, [0.0] * 32)}
    write_capture(box.work / "c.safetensors", changed, description)
    equal(len(diff(box, "b.safetensors", "b.safetensors")["sites"]), LAYERS + 2, "sites")
    told = diff(box, "b.safetensors", "c.safetensors", status=1)
    equal(names(told["sites"])[:LAYERS], [(layer, "embedding", "c") for layer in range(LAYERS)], "a site that is not the same in all layers")
    equal(told["first_over"]["layer"], 4, "where it is not")


def test_what_only_one_has(box):
    model, capture = captured(box)
    arrays, description = read_capture(capture)
    part = {name: array for name, array in arrays.items() if "/L0/" not in name and "gelu" not in name and not name.startswith(CONDITIONS[0])}
    smaller = {**description, "stages": [stage for stage in description["stages"] if stage["id"] != "gelu"], "conditions": description["conditions"][1:]}
    write_capture(box.work / "part.safetensors", part, smaller)
    for pair, member in (((capture, "part.safetensors"), "only_a"), (("part.safetensors", capture), "only_b")):
        refused = box.sonde("diff", *pair, status=2)
        contains(refused.err, [f"condition {CONDITIONS[0]}", "stage gelu", "layer 0", "--common"], f"{pair}")
        result = box.sonde("diff", *pair, "--common", "--json")
        told = json.loads(result.out)
        equal((told[member], told[{"only_a": "only_b", "only_b": "only_a"}[member]]), ({"conditions": [CONDITIONS[0]], "stages": ["gelu"], "layers": [0]}, {"conditions": [], "stages": [], "layers": []}), "what only one has")
        equal(len(told["sites"]), 3 * (LAYERS - 1), "sites")
        contains(only(result.warnings, "warnings"), [str(capture), "gelu"], "the warning")
    # a capture of some of its sites is all of what a model is compared in
    equal(len(diff(box, "part.safetensors", model)["sites"]), 3 * (LAYERS - 1), "sites of a part")
    # a site that the model does not have
    description["stages"][2] = {**description["stages"][2], "site": "mlp.nonesuch", "aliases": []}
    write_capture(box.work / "odd.safetensors", arrays, description)
    contains(box.sonde("diff", "odd.safetensors", model, status=2).err, ["stage gelu", "--common"], "a site that the model lacks")
    equal(diff(box, "odd.safetensors", model, "--common")["only_a"]["stages"], ["gelu"], "what only the capture has")


def test_what_cannot_be_compared(box):
    model, capture = captured(box)
    arrays, description = read_capture(capture)
    rows = {name: [array[2][i * array[1]:(i + 1) * array[1]] for i in range(array[0])] for name, array in arrays.items()}
    write_npz(box.work / "bare.npz", rows)
    write_npz(box.work / "other.npz", {"c/L0/s": [[1.0, 2.0]] * 4})
    write_npz(box.work / "two.npz", {f"{c}/L0/s": [[1.0, 2.0]] * 4 for c in ("d", "e")})
    write_capture(box.work / "named.safetensors", {name.replace("/gelu", "/nonesuch"): array for name, array in arrays.items() if "gelu" in name}, {**description, "stages": [stage_of("nonesuch")]})
    make_model(box.work / "deeper", layers=LAYERS + 1)
    make_model(box.work / "shallow", layers=LAYERS - 1)
    make_model(box.work / "wider", layers=LAYERS, features=12)
    make_model(box.work / "short", layers=LAYERS, positions=11)
    small = make_model(box.work / "small", layers=LAYERS, change_config=lambda config: config.update(vocab_size=100), change_shapes=lambda shapes: shapes.update({"wte.weight": [100, 8]}))
    for name in ("vocab.json", "merges.txt"):
        (small / name).unlink()
    for pair, words in (
        ((model, model), ["both models", "sonde capture"]),
        (("bare.npz", model), ["bare.rows.csv", "token_id", "condition"]),
        ((model, "bare.npz"), ["bare.rows.csv"]),
        ((capture, "deeper"), [f"{LAYERS} layers", str(LAYERS + 1), "--common"]),
        (("shallow", capture), [f"{LAYERS - 1} layers", str(LAYERS), "--common"]),
        ((capture, "wider"), ["8 features", "12"]),
        ((capture, "short"), ["13", "11"]),
        ((capture, "small"), ["token", "99"]),
        (("named.safetensors", model), ["nonesuch", "mlp.post"]),
        (("bare.npz", "other.npz"), ["no condition in common"]),
        (("other.npz", "two.npz"), ["no condition in common"]),
        (("bare.npz", "none"), ["none"]),
    ):
        result = box.sonde("diff", *pair, status=2)
        equal((result.out, len(result.errors)), ("", 1), f"{pair}: stdout, and sentences")
        contains(result.err, words, f"{pair}")
    told = diff(box, capture, "deeper", "--common")  # the same seed: the layers that both have are equal
    equal(len(told["sites"]), 8 * LAYERS, "sites of both")
    told = diff(box, capture, "shallow", "--common")
    equal((len(told["sites"]), told["only_a"]["layers"]), (8 * (LAYERS - 1), [LAYERS - 1]), "sites of both, and what only the capture has")
    for wrong in (["--relative", "-1"], ["--relative", "nan"], ["--relative", "inf"], ["--figure", "a.txt"], ["--figure", ""], ["--figure", "svg"], ["--set", "x"], ["--set", "arrays.nonesuch=1"], ["--set", "nonesuch.x=1"]):
        equal(box.sonde("diff", capture, model, *wrong, status=2).out, "", f"{wrong}: stdout")
    (box.work / "empty.safetensors").write_bytes(b"")
    (box.work / "cut.safetensors").write_bytes(capture.read_bytes()[:-1])
    (box.work / "folder").mkdir()
    for wrong in ("empty.safetensors", "cut.safetensors", "folder"):
        equal(len(box.sonde("diff", wrong, model, status=2).errors), 1, f"{wrong}: sentences")


def test_other_tokens(box):
    """Rows of other tokens are compared, and the reader is told."""
    model, capture = captured(box)
    arrays, description = read_capture(capture)
    other = copy.deepcopy(description)
    tokens = other["conditions"][1]["tokens"]
    place = tokens["kept"].index(1) if 1 in tokens["kept"] else tokens["kept"].index(True)
    tokens["id"][place] = 65
    write_capture(box.work / "other.safetensors", arrays, other)
    result = box.sonde("diff", capture, "other.safetensors")
    contains(only(result.warnings, "warnings"), [CONDITIONS[1], "row 0", "65"], "the warning")
    contains(only(box.sonde("diff", "other.safetensors", model, status=1).warnings, "warnings"), ["vocabularies", "65"], "the warning of a model")
    equal(box.sonde("diff", capture, model).err, "", "stderr")


def test_figure(box):
    model, capture = captured(box)
    other = change_weights(model, box.work / "changed", one_weight)
    magic = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    for ending, start in magic.items():
        twice = []
        for name in (f"a.{ending}", f"b.{ending}"):
            box.sonde("diff", capture, other, "--figure", name, status=1)
            twice.append((box.work / name).read_bytes())
            check(twice[-1].startswith(start), f"{name} begins with {twice[-1][:8]}")
        equal(twice[0], twice[1], f"{ending}, drawn twice")
    text = (box.work / "a.svg").read_text()
    caption = re.search("<metadata>(.*?)</metadata>", text, re.DOTALL)
    contains(caption[1], ["mine.safetensors", "changed", "0.0001", "sonde"], "the metadata")
    # many conditions share one row of panels; one layer and nothing but equal values draw too
    write_npz(box.work / "many.npz", {f"c{i}/L0/s": [[float(i), 2.0, 3.0]] * 4 for i in range(9)})
    box.sonde("diff", "many.npz", "many.npz", "--figure", "many.svg")
    contains((box.work / "many.svg").read_text(), ["9 conditions"], "the metadata of many conditions")
    write_npz(box.work / "nan.npz", {f"c{i}/L0/s": [[math.nan, 2.0, 3.0]] * 4 for i in range(9)})
    box.sonde("diff", "many.npz", "nan.npz", "--figure", "nan.svg", status=1)
    before = snapshot(box.work)
    result = box.sonde("diff", capture, model, "--figure", "none/a.svg", status=2)
    equal((result.out, len(result.errors)), ("", 1), "stdout and sentences of a figure that cannot be written")
    equal(snapshot(box.work), before, "the files")


def test_ctrl_c(box):
    """While the model runs: status 130, one sentence, nothing left."""
    demo = box.installation.data / "demo-model"
    positions = json.loads((demo / "config.json").read_text())["n_positions"]
    sequences = [[((17 * s + p) % 250, p + 1 == positions) for p in range(positions)] for s in range(500)]
    arrays = {f"c/L{layer}/mlp.out": (len(sequences), 128, [0.0] * (128 * len(sequences))) for layer in range(12)}
    write_capture(box.work / "long.safetensors", arrays, {"format": 2, "model": "none", "layers": 12, "stages": [stage_of("mlp.out")], "conditions": [condition_of("c", sequences)]})
    before = snapshot(box.root)
    process = box.start("diff", "long.safetensors", demo, "--figure", "a.svg", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    check(process.poll() is None, "it ended before the signal came")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    equal((process.returncode, out, len(err.splitlines())), (130, "", 1), f"{err!r}; status, stdout, lines on stderr")
    equal(snapshot(box.root), before, "the files")


if __name__ == "__main__":
    main(tests_of(globals()))
