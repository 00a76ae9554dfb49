# SPDX-License-Identifier: LGPL-2.1-or-later
"""Taps beyond the MLP, from the command line to what is in the files, by arithmetic of its own on the demo model."""

import json
import math
import struct

from harness import SOURCE, Skip, check, contains, equal, main, make_model, read_header, read_results, read_shapes, read_tensors, snapshot, tests_of

LAYERS, HEADS, FEATURES = 12, 4, 128
CONDITIONS = ("one-sequence", "many-sequences")
CLOSE = 1e-5  # of a site's largest value: the project's definition of close enough


def capture(box, *tap, output="rows.safetensors", more=()):
    box.sonde("capture", *tap, *more, "-o", output, "--quiet")
    return box.work / output


def read_rows(path):
    """Name to a list of rows."""
    tensors, shapes = read_tensors(path), read_shapes(path)
    return {name: [values[i:i + shapes[name][1][1]] for i in range(0, len(values), shapes[name][1][1])] for name, values in tensors.items()}


def read_tokens(path, condition):
    """(sequence, position) of each row; and the longest sequence of all conditions."""
    description = json.loads(read_header(path)[0]["__metadata__"]["sonde"])
    tokens = {entry["id"]: entry["tokens"] for entry in description["conditions"]}
    kept = [place for *place, kept in zip(*(tokens[condition][key] for key in ("sequence", "position", "kept"))) if kept]
    return kept, 1 + max(max(entry["position"]) for entry in tokens.values())


def read_weights(names):
    """Of the demo model, float32 tensors as flat tuples."""
    path = SOURCE / "data/demo-model/model.safetensors"
    header, start = read_header(path)
    data = path.read_bytes()
    found = {}
    for name in names:
        entry = next(header[full] for full in (name, f"transformer.{name}") if full in header)
        begin, end = (start + offset for offset in entry["data_offsets"])
        found[name] = widen(data[begin:end], entry["dtype"])
    return found


def widen(data, dtype):
    if dtype == "F32":
        return struct.unpack(f"<{len(data) // 4}f", data)
    if dtype == "F16":
        return struct.unpack(f"<{len(data) // 2}e", data)
    halves = struct.unpack(f"<{len(data) // 2}H", data)
    return struct.unpack(f"<{len(halves)}f", struct.pack(f"<{len(halves)}I", *(half << 16 for half in halves)))


def near(found, expected, what):
    largest = max(1.0, *(abs(x) for x in expected))
    worst = max(abs(a - b) for a, b in zip(found, expected, strict=True))
    check(worst <= CLOSE * largest, f"{what}: {worst} apart, of {largest}")


# ---------------------------------------------------------------- residual

def test_residual_stream(box):
    rows = read_rows(capture(box, "residual"))
    equal(len(rows), len(CONDITIONS) * LAYERS * 4, "arrays")
    for condition in CONDITIONS:
        at = {(layer, stage): rows[f"{condition}/L{layer}/{stage}"] for layer in range(LAYERS) for stage in ("embedding", "before", "after", "ln_f")}
        equal(at[0, "embedding"] == at[0, "before"], True, f"{condition}: the embedding is what block 0 reads")
        for layer in range(LAYERS):
            equal(at[layer, "embedding"] == at[0, "embedding"], True, f"{condition}: the embedding of layer {layer} is that of layer 0")
            equal(at[layer, "ln_f"] == at[0, "ln_f"], True, f"{condition}: the final norm of layer {layer} is that of layer 0")
            check(at[layer, "before"] != at[layer, "after"], f"{condition}: block {layer} changes nothing")
            if layer > 0:
                equal(at[layer, "before"] == at[layer - 1, "after"], True, f"{condition}: block {layer} reads what block {layer - 1} left")


def test_final_norm(box):
    config = json.loads((SOURCE / "data/demo-model/config.json").read_text())
    weights = read_weights(["ln_f.weight", "ln_f.bias"])
    rows = read_rows(capture(box, "residual"))
    for condition in CONDITIONS:
        for x, found in zip(rows[f"{condition}/L{LAYERS - 1}/after"], rows[f"{condition}/L0/ln_f"], strict=True):
            mean = math.fsum(x) / FEATURES
            scale = 1 / math.sqrt(math.fsum((value - mean) ** 2 for value in x) / FEATURES + config["layer_norm_epsilon"])
            near(found, [(value - mean) * scale * gain + bias for value, gain, bias in zip(x, weights["ln_f.weight"], weights["ln_f.bias"])], f"{condition}: the final norm")


# --------------------------------------------------------------- attention

def test_pattern(box):
    """Weights are no less than 0, sum to 1 in each head, and are 0 behind the row's own position."""
    path = capture(box, "attention")
    rows = read_rows(path)
    equal({name.rpartition("/")[2] for name in rows}, {"queries", "keys", "values", "pattern", "heads", "projection"}, "stages")
    for condition in CONDITIONS:
        places, longest = read_tokens(path, condition)
        for layer in range(LAYERS):
            for (_, position), row in zip(places, rows[f"{condition}/L{layer}/pattern"], strict=True):
                equal(len(row), HEADS * longest, f"width of {condition}/L{layer}/pattern")
                for head in range(HEADS):
                    weights = row[head * longest:(head + 1) * longest]
                    check(min(weights) >= 0 and abs(math.fsum(weights) - 1) < 1e-6, f"{condition}/L{layer}: weights at {position} sum to {math.fsum(weights)}")
                    check(not any(weights[position + 1:]), f"{condition}/L{layer}: position {position} reads what comes later")


def test_heads_and_projection(box):
    """All positions of one sequence are kept, so that the rows have all keys and values: scores, weights, sums and c_proj in plain Python."""
    recipe = "[Recipe]\ntitle=All positions\ntap=attention\nchain=cosine\n[Condition a]\nkind=prefix\nrows=12\ndrop=0\n"
    (box.work / "all.recipe").write_text(recipe)
    rows = read_rows(capture(box, "all.recipe", output="all.safetensors"))
    size, n = FEATURES // HEADS, len(rows["a/L3/queries"])
    weights = read_weights(["h.3.attn.c_proj.weight", "h.3.attn.c_proj.bias"])
    for i in range(n):
        read = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = [math.fsum(a * b for a, b in zip(rows["a/L3/queries"][i][part], rows["a/L3/keys"][j][part])) / math.sqrt(size) for j in range(i + 1)]
            powers = [math.exp(score - max(scores)) for score in scores]
            expected = [power / math.fsum(powers) for power in powers]
            near(rows["a/L3/pattern"][i][head * n:head * n + i + 1], expected, f"weights of row {i}, head {head}")
            read += [math.fsum(p * rows["a/L3/values"][j][part][k] for j, p in enumerate(expected)) for k in range(size)]
        near(rows["a/L3/heads"][i], read, f"what the heads read in row {i}")
        projected = [bias + math.fsum(x * weights["h.3.attn.c_proj.weight"][k * FEATURES + j] for k, x in enumerate(read)) for j, bias in enumerate(weights["h.3.attn.c_proj.bias"])]
        near(rows["a/L3/projection"][i], projected, f"the projection of row {i}")


# ------------------------------------------------------------- all of them

TAPS = {"residual": ["residual"], "attention": ["attention"], "named-sites": ["named-sites", "sites=block.middle,attn.in,logits"]}


def test_threads(box):
    """A row has the same bytes however many threads compute it."""
    for name, tap in TAPS.items():
        report = box.run(*tap, "!", "dimensionality", "--threads", "1", "--layers", "4-5", output=f"{name}-blas")
        if read_results(report)["provenance"]["blas"]["linear-maps"] == "OpenBLAS":
            raise Skip("OpenBLAS multiplies on this processor")
        files = [capture(box, *tap, output=f"{name}-{n}.safetensors", more=("--threads", str(n))).read_bytes() for n in (1, 2, 3)]
        check(files[0] == files[1] == files[2], f"a capture of {name} depends on the number of threads")


def test_run_on_a_capture(box):
    """What is analysed later is what would have been analysed at once."""
    for name in ("residual", "attention"):
        path = capture(box, name, output=f"{name}.safetensors")
        chain = ("cosine", "!", "rsa", "!", "dimensionality", "!", "laminar")
        live = box.run(name, "!", *chain, "--format", "svg", output=f"{name}-live")
        later = box.run(*chain, "--capture", path, "--format", "svg", output=f"{name}-later")
        tables, again = ({p: kind for p, kind in snapshot(folder / "tables").items()} for folder in (live, later))
        equal(sorted(tables), ["cosine-cross-stage.csv", "cosine-histogram.csv", "dimensionality.csv", "rsa.csv", "tokens.csv"], "tables")
        equal([table for table in tables if tables[table] != again.get(table)], [], f"tables of {name} that differ")


def test_names_of_other_libraries(box):
    """The same sites by other names give the same bytes."""
    forms = {
        "ours": "mlp.pre,block,attn.q,ln_f",
        "lens": "blocks.6.mlp.hook_pre,blocks.{layer}.hook_resid_post,blocks.*.attn.hook_q,ln_final.hook_normalized",
        "face": "transformer.h.0.mlp.c_fc,h.*,attn.q,transformer.ln_f",
    }
    files = {form: capture(box, "named-sites", f"sites={sites}", output=f"{form}.npz").read_bytes() for form, sites in forms.items()}
    check(len(files["ours"]) > 100000, "a capture is empty")
    check(files["lens"] == files["ours"] == files["face"], "the same sites by other names give other bytes")


def test_refused_names(box):
    for arguments, words in (([], ["no site is named", "mlp.pre"]), (["sites=mlp.pr"], ["“mlp.pr”", "mlp.pre", "ln_f"]), (["sites=h.1,block"], ["second time"])):
        result = box.sonde("run", "named-sites", *arguments, "!", "cosine", status=1)
        equal(len(result.errors), 1, f"sentences about {arguments}")
        contains(result.errors[0], words, f"the sentence about {arguments}")
    equal(list(box.work.iterdir()), [], "files after a refusal")


# ----------------------------------------------------------------- inspect

def test_dictionary(box):
    page = box.sonde("inspect", "gpt2").out
    contains(page, ["attn.pattern", "blocks.{layer}.attn.hook_pattern", "[transformer.]h.{layer}.mlp.c_fc", "mlp.in c_fc + b", "TransformerLens", "Hugging Face"], "inspect gpt2")
    for site in json.loads(box.sonde("inspect", "gpt2", "--json").out)["sites"]:
        contains(page, [site["name"], site["formula"]], "inspect gpt2")
        check("features" not in site, f"a provider tells how wide {site['name']} is")


def test_inspect_model(box):
    model = make_model(box.work / "model", layers=3, heads=2, positions=40)
    page, document = box.sonde("inspect", model).out, json.loads(box.sonde("inspect", model, "--json").out)
    equal([document[key] for key in ("kind", "provider", "layers", "positions", "warnings")], ["model", "gpt2", 3, 40, []], "what is said of a model")
    equal(document["tokens"], len(json.loads((model / "vocab.json").read_text())), "tokens")
    widths = {site["name"]: site["features"] for site in document["sites"]}
    equal([widths[name] for name in ("block", "mlp.pre", "attn.pattern", "logits")], [8, 32, 2, document["tokens"]], "widths")
    equal([site["name"] for site in document["sites"] if not site["per-layer"]], ["embedding", "ln_f", "logits"], "sites of the whole model")
    equal([site["name"] for site in document["sites"] if site["per-position"]], ["attn.pattern"], "sites per position")
    contains(page, [document["name"], str(model), "2 x positions", "gelu_new (mlp.pre)", "blocks.{layer}.hook_resid_mid"], "the page of a model")


def test_inspect_rows(box):
    path = capture(box, "attention", more=("--layers", "4-5"))
    page, document = box.sonde("inspect", path).out, json.loads(box.sonde("inspect", path, "--json").out)
    equal([document[key] for key in ("kind", "provider", "layers", "layers-held")], ["rows", "arrays", LAYERS, [4, 5]], "what is said of rows")
    equal([condition["id"] for condition in document["conditions"]], list(CONDITIONS), "conditions")
    equal([stage["site"] for stage in document["stages"]], ["attn.q", "attn.k", "attn.v", "attn.pattern", "attn.heads", "attn.out"], "sites of the stages")
    contains(page, ["4, 5", "many-sequences", "pattern", "softmax (scale q kᵀ)", "blocks.{layer}.attn.hook_z"], "the page of rows")


def test_plugins_before_files(box):
    """A file of a plugin's name is told by its folder."""
    make_model(box.work / "rsa")
    equal(json.loads(box.sonde("inspect", "rsa", "--json").out)["kind"], "analyzer", "inspect rsa")
    equal(json.loads(box.sonde("inspect", "./rsa", "--json").out)["kind"], "model", "inspect ./rsa")
    contains(box.sonde("inspect", "nonesuch", status=1).err, ["file", "nonesuch", "rsa"], "inspect nonesuch")


def test_recipes_with_a_tap_in_the_chain(box):
    """A tap stands in the key of that name or in front of the chain, with properties there or in a group of its own."""
    conditions = "[Condition a]\nkind=prefix\nrows=12\n"
    told = {}
    for name, head in (("key", "tap=named-sites\n"), ("chain", "chain=named-sites ! cosine\n"), ("words", "chain=named-sites sites=mlp.post ! cosine\n")):
        group = "" if name == "words" else "[Analyzer named-sites]\nsites=mlp.post\n"
        (box.work / f"{name}.recipe").write_text(f"[Recipe]\n{head}{conditions}{group}")
        box.sonde("capture", f"{name}.recipe", *box.inputs(), "-o", f"{name}.safetensors", "--quiet")
        told[name] = sorted(read_shapes(box.work / f"{name}.safetensors"))
    equal((told["chain"], told["words"]), (told["key"], told["key"]), "arrays of the same tap, said in three ways")
    check(all("mlp" in array for array in told["key"]), f"arrays: {told['key']}")


if __name__ == "__main__":
    main(tests_of(globals()))
