# SPDX-License-Identifier: LGPL-2.1-or-later
"""Extreme shapes: one layer and many, three rows and a thousand, one feature, long sequences, many conditions."""

from harness import CONDITIONS, STAGES, check, contains, equal, main, make_model, make_text, read_results, read_shapes, read_table, tests_of

RECIPE = """[Recipe]
title={title}
tap=mlp-stages
chain=distribution ! cosine ! rsa ! dimensionality ! laminar
target=\\scoffee
"""


def rows_of(report):
    return {(row["condition"], int(row["rows"])) for row in read_table(report, "dimensionality")}


LAYERS = {"one layer": 1, "48 layers": 48, "130 layers": 130}


def layers_test(n):
    def test(box):
        make_model(box.work / "model", layers=n, features=4, heads=1)
        report = box.tiny()
        equal({int(row["layer"]) for row in read_table(report, "rsa")}, set(range(n)), "layers in rsa.csv")
        equal({row["layer"] for row in read_table(report, "cosine-histogram")}, {str(n // 2)}, "shown layer")
        equal(len(read_table(report, "dimensionality")), n * 8, "rows of dimensionality.csv")
        check((report / "figures/laminar-profile.svg").exists() and (report / "figures/laminar-violin.svg").exists(), "a laminar figure is missing")
        # a thread a core or one: the profile of each layer stands by itself
        alone = box.tiny("--layers", str(n - 1), "--threads", "1", "--format", "svg", output="alone")
        whole = [row for row in read_table(report, "rsa") if row["layer"] == str(n - 1)]
        for a, b in zip(read_table(alone, "rsa"), whole, strict=True):
            check(abs(float(a["score"]) - float(b["score"])) < 1e-6, f"a layer alone differs: {a} {b}")
    return test


SIZES = {
    "one feature": (dict(features=1, heads=1), 12),
    "a head a feature": (dict(features=6, heads=6), 12),
    "more rows than features": (dict(features=2, heads=1), 40),
    "300 targets": (dict(positions=400), 300),
    "as many positions as are needed": (dict(positions=13), 12),
    "three rows": ({}, 3),
}


def size_test(model, n):
    def test(box):
        make_model(box.work / "model", **model)
        (box.work / "text.txt").write_text(make_text(n))
        report = box.tiny("--save-capture")
        equal(rows_of(report), {(condition, n) for condition in CONDITIONS}, "rows")
        shapes = read_shapes(report / "capture.safetensors")
        features = model.get("features", 8)
        equal({shapes[f"one-sequence/L0/{stage}"][1][1] for stage in STAGES}, {features, 4 * features}, "features")
        check(all(shape == [n, n] for _, shape in read_shapes(report / "tensors.safetensors").values()), "cosine matrices of another size")
    return test


def test_a_thousand_lines(box):
    """The condition `lines` through a recipe of one's own: each line is a sequence, its last token a row."""
    make_model(box.work / "model")
    lines = [make_text(1, lead=f"{i} ").strip() for i in range(1000)]
    (box.work / "text.txt").write_text("\n".join(lines) + "\n\n\r\n")
    (box.work / "lines.recipe").write_text(RECIPE.format(title="A thousand lines") + "[Condition lines]\nkind=lines\ntitle=Lines\n")
    report = box.run("lines.recipe", *box.inputs())
    equal(rows_of(report), {("lines", 1000)}, "rows")
    rows = read_table(report, "tokens")
    equal(len({row["sequence"] for row in rows}), 1000, "sequences")
    equal({row["text"] for row in rows if row["kept"] == "1"}, {"."}, "kept tokens")
    equal(read_results(report)["provenance"]["recipe"], "lines", "recipe")
    contains((report / "figures/cosine-matrix.svg").read_text(), ["<image"], "a matrix of a million cells")  # and not a million rectangles
    check((report / "figures/cosine-matrix.svg").stat().st_size < 40e6, "cosine-matrix.svg is huge")


def test_a_line_too_long(box):
    """Its remedy is one that lines have: `rows` is of a prefix."""
    (box.work / "text.txt").write_text("word " * 400 + "\n")
    (box.work / "lines.recipe").write_text(RECIPE.format(title="Lines") + "[Condition lines]\nkind=lines\n")
    result = box.sonde("run", "lines.recipe", "--text", "text.txt", "--output", "out", status=1)
    contains(result.err, ["condition lines needs a sequence of", "divide that line"], "a line of more tokens than positions")
    check("rows" not in result.err, result.err)


def test_lines_and_what_they_drop(box):
    (box.work / "text.txt").write_text("a b c d\nefgh\r\n\nx\nijklm\n")
    (box.work / "lines.recipe").write_text(RECIPE.format(title="Lines") + "[Condition last]\nkind=lines\n[Condition all]\nkind=lines\nkeep=all\ndrop=2\n")
    result = box.sonde("run", "lines.recipe", *box.inputs(), "--output", "out")
    # the tiny model's tokens are letters, but " c" is one, on the way to " coffee"
    equal(rows_of(box.work / "out"), {("last", 3), ("all", 9)}, "rows")
    contains("\n".join(result.warnings), ["1 line was left out", "last", "all", "3 rows"], "warnings")
    kept = [row["text"] for row in read_table(box.work / "out", "tokens") if row["kept"] == "1"]
    equal("".join(kept), "dhm" + "b c d" + "gh" + "klm", "kept tokens")


def test_a_sequence_that_does_not_fit(box):
    make_model(box.work / "model", positions=12)
    result = box.sonde("run", "mlp-progression", *box.inputs(), status=1)
    contains(result.err, ["one-sequence", "13 tokens", "12 positions"], "a position too few")


def test_many_conditions(box):
    """Seven conditions, of 3 to 40 rows: every figure finds a place for them."""
    (box.work / "text.txt").write_text(make_text(40))
    groups = "".join(f"[Condition c{n}]\nkind=prefix\nrows={n}\ntitle=The first {n}\n" for n in (3, 4, 5, 8, 10, 30, 40))
    (box.work / "many.recipe").write_text(RECIPE.format(title="Many conditions") + groups)
    report = box.run("many.recipe", *box.inputs(), "--format", "svg,pdf,png")
    equal(rows_of(report), {(f"c{n}", n) for n in (3, 4, 5, 8, 10, 30, 40)}, "rows")
    contains((report / "results.json").read_text(), ["The first 3", "The first 40"], "results.json")
    scores = {(row["condition"], row["stage_a"], row["stage_b"]) for row in read_table(report, "rsa")}
    equal(len(scores), 7 * 6, "scores")


def test_one_condition(box):
    (box.work / "one.recipe").write_text(RECIPE.format(title="One condition") + "[Condition windows]\nkind=windows\nkeep=all\nwindow=4\n")
    report = box.run("one.recipe", *box.inputs(), "--format", "svg,pdf,png")
    equal(rows_of(report), {("windows", 48)}, "rows")
    equal({row["condition"] for row in read_table(report, "cosine-cross-stage")}, {"windows"}, "condition of the comparison across stages")


if __name__ == "__main__":
    main(tests_of(globals()) + [(name, layers_test(n)) for name, n in LAYERS.items()] + [(name, size_test(*row)) for name, row in SIZES.items()])
