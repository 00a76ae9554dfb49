# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything that the program prints as JSON keeps to the schemas in data/schemas, which refuse whatever is broken."""

import copy
import json
import math
import re
import zipfile

from harness import Skip, check, equal, main, make_model, make_text, module, prefer_python_with, read_results, tests_of, write_npz

NAMES = ("capture", "config", "diff", "inspect", "list", "results", "tokenize")
ODD = {"odd": [True]}  # fits nowhere


def load(box, name):
    return json.loads((box.installation.data / f"schemas/{name}.schema.json").read_text(encoding="utf-8"))


def validator(box, name):
    jsonschema = module("jsonschema")
    if not hasattr(jsonschema, "Draft202012Validator"):
        raise Skip("this jsonschema is too old for the draft of 2020-12")
    return jsonschema.Draft202012Validator(load(box, name))


def keeps_to(box, name, document, what):
    faults = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in validator(box, name).iter_errors(document)]
    check(not faults, f"{what} is not what {name}.schema.json says: {faults[:3]}")


# ---------------------------------------------------------------- documents

def some_rows(n, width):
    return [[math.sin(1 + 37 * i + 11.3 * j) for j in range(width)] for i in range(n)]


def write_captures(box):
    """Two that differ in one number, and one with a number that is none; of their stages the last is all zeros."""
    arrays = {f"c/L{layer}/{stage}": rows for layer in range(2) for stage, rows in (("some", some_rows(8, 6)), ("zeros", [[0.0] * 6] * 8))}
    write_npz(box.work / "a.npz", arrays)
    arrays["c/L1/some"] = some_rows(8, 6)
    arrays["c/L1/some"][3][2] += 0.5
    write_npz(box.work / "b.npz", arrays)
    arrays["c/L1/some"][3][2] = math.nan
    write_npz(box.work / "nan.npz", arrays)


def write_broken(box):
    """A plugin whose manifest promises a module that is not there."""
    folder = box.root / "home/.local/share/sonde/plugins/broken"
    folder.mkdir(parents=True)
    (folder / "broken.plugin").write_text("[Plugin]\nModule=broken\nName=Broken\nDescription=Has no module\nX-Sonde-Kind=analyzer\n")


def printed(box, *arguments, **more):
    return json.loads(box.sonde(*arguments, **more).out)


def nulls(results):
    return sum(cell is None for table in results["tables"].values() for row in table["rows"] for cell in row.values())


# -------------------------------------------------------------- the schemas

def test_schemas_are_valid(box):
    equal(sorted(path.name for path in (box.installation.data / "schemas").iterdir()), [f"{name}.schema.json" for name in NAMES], "installed schemas")
    for name in NAMES:
        validator(box, name).check_schema(load(box, name))


def parts(schema, path=""):
    """Every schema within a schema that describes a place of the document, with its path."""
    yield path, schema
    for key, value in (*schema.get("properties", {}).items(), *schema.get("$defs", {}).items()):
        yield from parts(value, f"{path}/{key}")
    if isinstance(schema.get("items"), dict):
        yield from parts(schema["items"], f"{path}[]")


def test_schemas_are_strict(box):
    """Each names its draft, says what every member is, closes every object, and demands nothing that it does not describe."""
    for name in NAMES:
        schema = load(box, name)
        equal((schema["$schema"], schema["$id"]), ("https://json-schema.org/draft/2020-12/schema", f"urn:sonde:schema:{name}"), f"head of {name}")
        for path, part in parts(schema):
            place = f"{name}.schema.json{path}"
            check(path.endswith("[]") or "description" in part or "$ref" in part, f"{place} has no description")
            check(part.get("type") != "object" or "additionalProperties" in part, f"{place} lets any member through")
            if part.get("additionalProperties") is False:
                equal(set(part["required"]) - set(part["properties"]), set(), f"{place}: demanded, not described")
            if "$ref" in part:
                check(re.sub("^#/[$]defs/", "", part["$ref"]) in schema["$defs"], f"{place} refers to {part['$ref']}, which is not there")


# ----------------------------------------------------------- what is printed

def test_results(box):
    report = box.tiny("--format", "svg,png,npz", "--sha256", "--save-capture")
    results = read_results(report)
    keeps_to(box, "results", results, "results.json of the recipe")
    for table in results["tables"].values():
        names = {column["name"] for column in table["columns"]}
        check(all(set(row) == names for row in table["rows"]), f"rows of “{table['description']}” have other members than its columns")
    equal(nulls(results), 0, "undefined numbers")
    inputs = box.inputs()
    (box.work / "own.recipe").write_text((box.installation.data / "recipes/mlp-progression.recipe").read_text().replace("[Recipe]", "[Recipe]\n# mine"))
    for i, arguments in enumerate((["cosine", "!", "rsa", "method=kendall"], ["mlp-stages", "!", "dimensionality"], ["own.recipe", "--layers", "1", "--seed", "9223372036854775807"])):
        keeps_to(box, "results", printed(box, "run", *arguments, *inputs, "--json", "--output", f"run-{i}"), f"run {arguments} --json")


def test_results_of_captures(box):
    write_captures(box)
    own = printed(box, "run", "cosine", "layer=0", "!", "rsa", "layer=0", "!", "dimensionality", "layer=0", "--capture", "a.npz", "--json", "--output", "own")
    keeps_to(box, "results", own, "a run on arrays of somebody")
    equal((nulls(own), own["tables"]["tokens"]["rows"]), (2 + 2 * 3, []), "undefined numbers: in each of two layers a pair, and three of one stage; tokens")
    box.sonde("capture", *box.inputs(), "-o", "tiny.safetensors", "--quiet")
    again = printed(box, "run", "mlp-progression", "--capture", "tiny.safetensors", "--sha256", "--json", "--output", "again")
    keeps_to(box, "results", again, "a run on a capture")
    check(again["tables"]["tokens"]["rows"], "a capture tells no tokens")


def described(box, *words):
    box.sonde("capture", *words, *box.inputs(), "-o", "described.npz", "--quiet")
    with zipfile.ZipFile(box.work / "described.npz") as archive:
        return json.loads(archive.read("sonde.json"))


def test_capture(box):
    keeps_to(box, "capture", described(box), "the description in a capture")


def test_list(box):
    write_broken(box)
    box.sonde("disable", "rsa")
    document = printed(box, "list", "--json")
    keeps_to(box, "list", document, "list --json")
    equal({entry["state"] for entry in document}, {"enabled", "disabled", "unavailable"}, "states that were tried")
    equal({entry["kind"] for entry in document}, {"model-provider", "tap", "analyzer"}, "kinds that were tried")


def test_inspect(box):
    write_broken(box)
    box.sonde("disable", "rsa")
    plugins = {entry["name"]: (entry["kind"], entry["state"]) for entry in printed(box, "list", "--json")}
    check({"broken", "rsa"} < set(plugins), f"plugins: {plugins}")
    for name, place in plugins.items():
        document = printed(box, "inspect", name, "--json")
        equal((document["kind"], document["state"]), place, f"inspect {name}")
        keeps_to(box, "inspect", document, f"inspect {name} --json")


def test_inspect_of_recipes(box):
    for name in ("mlp-progression", "representation-geometry", "chain"):
        document = printed(box, "inspect", name, "--json")
        equal(document["kind"], "recipe", f"kind of {name}")
        keeps_to(box, "inspect", document, f"inspect {name} --json")


def test_inspect_of_sources(box):
    write_captures(box)
    box.sonde("capture", *box.inputs(), "-o", "tiny.safetensors", "--quiet")
    without = make_model(box.work / "without")
    for name in ("vocab.json", "merges.txt"):
        (without / name).unlink()
    for path, kind in ((box.work / "model", "model"), ("without", "model"), ("tiny.safetensors", "rows"), ("a.npz", "rows")):
        document = printed(box, "inspect", path, "--json")
        equal((document["kind"], document["source"]), (kind, str(path)), f"inspect {path}")
        keeps_to(box, "inspect", document, f"inspect {path} --json")


def test_diff(box):
    write_captures(box)
    for other, status, over in (("a.npz", 0, 0), ("b.npz", 1, 1), ("nan.npz", 1, 1)):
        document = printed(box, "diff", "a.npz", other, "--json", status=status)
        equal(document["sites_over"], over, f"sites over the tolerance in {other}")
        keeps_to(box, "diff", document, f"diff a.npz {other} --json")
    check(document["first_over"]["max_absolute"] is None, "a difference from NaN")
    write_npz(box.work / "part.npz", {f"c/L0/{stage}": rows for stage, rows in (("some", some_rows(8, 6)), ("zeros", [[0.0] * 6] * 8))})
    document = printed(box, "diff", "a.npz", "part.npz", "--common", "--relative", "0.1", "--json")
    check(document["only_a"]["layers"], f"what only one has: {document['only_a']}")
    keeps_to(box, "diff", document, "diff a.npz part.npz --common --json")


def test_tokenize(box):
    for text in ("", make_text(2), "☕ \"quoted\" \x01\\ ünï😀"):
        document = printed(box, "tokenize", "--json", stdin=text.encode())
        equal(bool(document), bool(text), "tokens")
        keeps_to(box, "tokenize", document, f"tokens of {text!r}")


# ------------------------------------------------------------ what is broken

def places(document, path=()):
    """The path of everything in a document; of long lists the first two elements."""
    yield path
    for key, value in document.items() if isinstance(document, dict) else enumerate(document[:2]) if isinstance(document, list) else ():
        yield from places(value, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def replaced(document, path, value):
    changed = copy.deepcopy(document)
    if not path:
        return value
    at(changed, path[:-1])[path[-1]] = value
    return changed


def shortened(document):
    """The same with at most three rows a table, so that a thousand copies take no time."""
    tables = {name: {**table, "rows": table["rows"][:3]} for name, table in document["tables"].items()}
    return {**document, "tables": tables}


def refuses(box, name, document, more):
    """Something odd in the place of anything, and beside anything, is refused; so is each change of more: path to new values, where
    ... takes the member away."""
    judge = validator(box, name)
    check(judge.is_valid(document), f"the {name} to be broken is broken from the start")
    for path in places(document):
        check(not judge.is_valid(replaced(document, path, ODD)), f"{name}: {path} may be anything")
        if isinstance(at(document, path), dict):
            check(not judge.is_valid(replaced(document, (*path, "nonesuch"), ODD)), f"{name}: {path} may have any member")
    for path, values in more.items():
        for value in values:
            changed = replaced(document, path, value)
            if value is ...:
                del at(changed, path[:-1])[path[-1]]
            check(not judge.is_valid(changed), f"{name}: {path} may be {value!r}")


def test_broken_results(box):
    document = shortened(printed(box, "run", "mlp-progression", *box.inputs(), "--json", "--output", "out"))
    required = ("key-numbers", "warnings", "tables", "provenance", "files", "arguments", "phases", "finished")
    origin = ("sonde", "model", "text", "tap", "chain", "layers", "seed", "blas", "conditions")
    refuses(box, "results", document, {
        **{(key,): [..., None] for key in required},
        **{("provenance", key): [..., None] for key in origin},
        **{("phases", key): [...] for key in ("load", "run", "report")},
        ("provenance", "capture"): [document["provenance"]["model"]],
        ("provenance", "layers"): [[], [0, 0], [-1], [0.5]],
        ("provenance", "model", "files", 3, "xxh3-128"): [..., "", "z" * 32],
        ("provenance", "conditions", 0, "token-ids"): [..., [], [[]], [[-1]]],
        ("provenance", "text", "target-id"): [...],
        ("provenance", "text", "sha256"): ["F" * 64],
        ("provenance", "chain", 0, "properties", "layer"): [1],
        ("provenance", "blas", "threads"): [0],
        ("tables", "tokens"): [...],
        ("tables", "tokens", "rows", 0, "kept"): [..., 2, True, None],
        ("tables", "tokens", "rows", 0, "position"): [..., -1, "1"],
        ("tables", "rsa", "rows", 0, "score"): [True, [1]],
        ("tables", "rsa", "columns"): [..., []],
        ("tables", "rsa", "columns", 4, "unit"): [None, 1],
        ("phases", "run", "seconds"): [..., -1],
        ("files",): [["report.pdf"], ["results.json", "results.json"], ["results.json", "../results.json"]],
        ("finished",): ["yesterday", "2026-01-01T00:00:00+01:00"],
    })


def test_broken_results_of_a_capture(box):
    write_captures(box)
    document = printed(box, "run", "dimensionality", "layer=0", "--capture", "a.npz", "--json", "--output", "out")
    refuses(box, "results", document, {
        ("provenance", "capture"): [...], ("provenance", "rows"): [...], ("provenance", "rows", "stages"): [[]],
        ("provenance", "conditions", 0, "token-ids"): [[[-1]]],
        ("provenance", "capture", "plugin"): [..., ""],
        ("provenance", "conditions", 0, "rows"): [..., 0, "8"],
    })


def test_broken_capture(box):
    document = described(box)
    for condition in document["conditions"]:
        condition["tokens"] = {key: column[:2] for key, column in condition["tokens"].items()}
    refuses(box, "capture", document, {
        ("format",): [..., 1, "2"], ("model",): [..., None], ("layers",): [..., 0], ("stages",): [..., []], ("conditions",): [..., []],
        ("stages", 0, "id"): [..., ""], ("conditions", 0, "rows"): [..., 0, "8"],
        ("conditions", 0, "tokens", "kept"): [..., [], [2]], ("conditions", 0, "tokens", "id"): [..., [-2]],
    })


def test_broken_list(box):
    write_broken(box)
    document = printed(box, "list", "--json")
    i = [entry["state"] for entry in document].index("unavailable")
    refuses(box, "list", document, {(i, "reason"): [..., ""], (i, "remedy"): [..., ""], (0, "remedy"): ["x"], (0, "manifest"): [..., ""], (0, "state"): [..., "on"], (0, "kind"): [..., "plugin"], (0, "name"): [..., ""], (0, "directory"): [...]})


def test_broken_inspect(box):
    analyzer = printed(box, "inspect", "rsa", "--json")
    keys = ("name", "kind", "state", "authors", "loader", "directory", "manifest", "properties", "reads", "uses", "inputs", "attaches", "tables", "figures")
    refuses(box, "inspect", analyzer, {
        **{(key,): [...] for key in keys},
        ("state",): ["disabled", "unavailable"], ("kind",): ["tap", "recipe"], ("wants",): [[]], ("settings",): [analyzer["properties"]],
        ("inputs", 0, "attached-by"): [..., [""]], ("inputs", 0, "required"): [...], ("tables", 0, "columns", 0, "type"): [..., "float"],
        ("properties", 1, "values"): [[]], ("properties", 1, "values", 0, "name"): [..., ""],
        ("properties", 0, "name"): [..., "Layer", ""], ("properties", 0, "default"): [..., 3],
        ("tables", 0, "columns"): [..., []], ("tables", 0, "columns", 0, "name"): [..., ""],
    })
    provider = printed(box, "inspect", "gpt2", "--json")
    refuses(box, "inspect", provider, {
        ("tables",): [[]], ("properties",): [...], ("opens", 0): [""], ("sites",): [...], ("source",): ["x"], ("layers",): [2],
        **{("sites", 2, key): [...] for key in ("name", "formula", "per-layer", "per-position", "aliases")},
        ("sites", 2, "aliases", 0, "library"): [..., ""], ("sites", 2, "features"): [0, "8"],
    })


def test_broken_inspect_of_taps_and_recipes(box):
    tap = printed(box, "inspect", "mlp-stages", "--json")
    refuses(box, "inspect", tap, {("wants",): [...], ("wants", 0, "id"): [..., ""], ("wants", 0, "site"): [..., ""], ("inputs",): [[]], ("sites",): [[]], ("file",): ["x"]})
    recipe = printed(box, "inspect", "mlp-progression", "--json")
    refuses(box, "inspect", recipe, {
        **{(key,): [...] for key in ("name", "kind", "title", "file", "settings")},
        ("state",): ["enabled"], ("manifest",): ["x"], ("properties",): [[]], ("conditions",): [[]], ("source",): ["x"], ("kind",): ["analyzer", "rows"],
        **{("settings", 0, key): [...] for key in ("name", "kind", "properties")}, ("settings", 0, "kind"): ["recipe"],
        **{("settings", 0, "properties", 0, key): [...] for key in ("name", "type", "range", "default", "value", "origin")}, ("settings", 0, "properties", 0, "origin"): ["user"],
    })


def test_broken_inspect_of_sources(box):
    box.inputs()
    box.sonde("capture", *box.inputs(), "-o", "tiny.safetensors", "--quiet")
    model, rows = printed(box, "inspect", "model", "--json"), printed(box, "inspect", "tiny.safetensors", "--json")
    both = {("name",): [..., ""], ("kind",): [..., "tap"], ("source",): [...], ("provider",): [..., None], ("layers",): [..., 0], ("warnings",): [..., [1]], ("state",): ["enabled"], ("directory",): ["x"], ("properties",): [[]]}
    refuses(box, "inspect", model, {**both, ("sites",): [...], ("positions",): [0], ("tokens",): [0], ("stages",): [[]], ("conditions",): [[]]})
    refuses(box, "inspect", rows, {
        **both, ("stages",): [..., []], ("conditions",): [..., []], ("layers-held",): [..., [], [-1]], ("sites",): [[]], ("positions",): [8],
        **{("stages", 0, key): [...] for key in ("id", "label", "site", "formula", "aliases")},
        **{("conditions", 0, key): [...] for key in rows["conditions"][0]},
    })


def test_broken_diff(box):
    write_captures(box)
    document = printed(box, "diff", "a.npz", "b.npz", "--json", status=1)
    refuses(box, "diff", document, {
        ("sites_over",): [..., -1, 0, 0.5], ("first_over",): [..., None], ("tolerance",): [..., -1, None], ("relative_tolerance",): [..., -1, None], ("only_a",): [..., []],
        ("only_b", "layers"): [..., ["0"], [0, 0], [-1]], ("only_b", "stages"): [..., [0], [""]], ("only_a", "conditions"): [..., [""]], ("sites",): [..., []],
        **{("sites", 0, key): [...] for key in document["sites"][0]},
        ("sites", 0, "within"): [None, 1], ("sites", 0, "pearson"): [1.5], ("sites", 0, "layer"): [-1, 0.5, "0"], ("sites", 0, "values_over"): [-1, 0.5, None],
    })


def test_settings(box):
    for key, value in (("disabled-plugins", "rsa,cosine"), ("threads", "2"), ("theme", "dark"), (None, None)):
        document = printed(box, "config", "--json")
        keeps_to(box, "config", document, f"settings before {key} is chosen")
        box.sonde(*(["config", key, value] if key else ["list"]))
    keys = [entry["key"] for entry in document]
    equal(sorted(load(box, "config")["items"]["properties"]["key"]["enum"]), sorted(keys), "keys in the schema")
    refuses(box, "config", document, {(): [{}, None], (0, "key"): [..., "colour", 0], (0, "value"): [..., None, {}], (0, "origin"): [..., "", None]})


def test_broken_tokens(box):
    document = printed(box, "tokenize", "--json", stdin=b"coffee")
    refuses(box, "tokenize", document, {(): [{}, None], (0, "id"): [..., -1, "1", None], (0, "text"): [..., None], (0, "start"): [..., -1], (0, "end"): [..., 0, 0.5]})


if __name__ == "__main__":
    prefer_python_with("jsonschema")
    main(tests_of(globals()))
