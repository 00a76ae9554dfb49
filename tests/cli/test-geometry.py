# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sonde run representation-geometry`: arrays of any stages, layers and widths, and numbers that are calculated here again."""

import array
import io
import json
import math
import random
import struct
import xml.etree.ElementTree as ElementTree
import zipfile

from harness import FIGURES, SOURCE, check, contains, equal, main, read_results, read_shapes, read_table, tests_of

ROWS = {"words": 5, "pictures": 4}


# ------------------------------------------------------------------ arrays

def name_stages(n):
    """Up to sixty letters, the first forty alike."""
    return [f"encoder.blocks.attention_and_feed_forward.projection.{'query' if i % 2 else 'key'}_{i:02}" for i in range(n)]


def make_arrays(stages, layers, conditions):
    """Name to rows of float32 values. Widths differ from stage to stage, some are equal, and one is 1."""
    arrays = {}
    for condition in conditions:
        for layer in range(layers):
            shared = random.Random(f"{condition}/{layer}")
            common = [[shared.gauss(0, 1) for _ in range(9)] for _ in range(ROWS[condition])]
            for index, stage in enumerate(stages):
                generator = random.Random(f"{condition}/{layer}/{stage}")
                width = 1 + (3 + index * 5) % 7
                rows = [[value + 0.4 * generator.gauss(0, 1) for value in row[:width]] for row in common]
                arrays[f"{condition}/L{layer}/{stage}"] = [array.array("f", row) for row in rows]
    return arrays


def write_npz(path, arrays):
    """As numpy.savez writes it: format 1.0 of npy, stored."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in arrays.items():
            header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
            header += " " * (63 - (10 + len(header)) % 64) + "\n"
            file = io.BytesIO()
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
            for row in rows:
                file.write(struct.pack(f"<{len(row)}f", *row))
            archive.writestr(f"{name}.npy", file.getvalue())


def write_safetensors(path, arrays):
    header, end, parts = {}, 0, []
    for name, rows in arrays.items():
        data = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
        header[name] = {"dtype": "F32", "shape": [len(rows), len(rows[0])], "data_offsets": [end, end + len(data)]}
        parts.append(data)
        end += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


# ----------------------------------------------------------------- numbers

def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def participation_ratio(rows):
    """(Σλ)² / Σλ² from the Gram matrix of the centred rows, whose eigenvalues λ are."""
    means = [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    centred = [[x - m for x, m in zip(row, means, strict=True)] for row in rows]
    gram = [[dot(a, b) for b in centred] for a in centred]
    return math.fsum(gram[i][i] for i in range(len(rows)))**2 / math.fsum(x * x for line in gram for x in line)


def similarities(rows):
    """The strict upper triangle of the cosine similarities of all rows."""
    lengths = [math.sqrt(dot(row, row)) for row in rows]
    return [dot(rows[i], rows[j]) / lengths[i] / lengths[j] for i in range(len(rows)) for j in range(i + 1, len(rows))]


def pearson(a, b):
    a = [x - math.fsum(a) / len(a) for x in a]
    b = [x - math.fsum(b) / len(b) for x in b]
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


def check_numbers(report, arrays):
    """Every 97th row of both tables."""
    for row in read_table(report, "dimensionality")[::97]:
        rows = arrays[f"{row['condition']}/L{row['layer']}/{row['stage']}"]
        equal((int(row["rows"]), int(row["features"])), (len(rows), len(rows[0])), f"shape of {row}")
        expected = participation_ratio(rows)
        check(abs(float(row["participation_ratio"]) / expected - 1) < 1e-5, f"{row}: expected a participation ratio of {expected}")
    for row in read_table(report, "rsa")[::97]:
        a, b = (similarities(arrays[f"{row['condition']}/L{row['layer']}/{row[stage]}"]) for stage in ("stage_a", "stage_b"))
        if 1 in (len(arrays[f"{row['condition']}/L{row['layer']}/{row[stage]}"][0]) for stage in ("stage_a", "stage_b")):
            continue  # rows of one feature are similar by 1 or -1, and all may be equal
        expected = pearson(a, b)
        check(abs(float(row["score"]) - expected) < 1e-5, f"{row}: expected a score of {expected}")


# ------------------------------------------------------------------- tests

SIZES = {(1, 1): 2, (1, 200): 1, (7, 1): 2, (7, 200): 2, (64, 1): 2, (64, 200): 1}


def size_test(n_stages, n_layers, n_conditions):
    def test(box):
        conditions, stages = list(ROWS)[:n_conditions], name_stages(n_stages)
        arrays = make_arrays(stages, n_layers, conditions)
        write = write_npz if n_stages == 7 else write_safetensors
        capture = box.work / ("arrays.npz" if n_stages == 7 else "arrays.safetensors")
        write(capture, arrays)
        report = box.run("representation-geometry", "--capture", capture, "--format", "svg")

        n_pairs = n_stages * (n_stages - 1) // 2
        equal(len(read_table(report, "dimensionality")), n_conditions * n_layers * n_stages, "rows of dimensionality.csv")
        equal(len(read_table(report, "rsa")), n_conditions * n_layers * n_pairs, "rows of rsa.csv")
        for table in ("activation-histogram", "cosine-histogram", "dimensionality"):
            equal(list(dict.fromkeys(row["stage"] for row in read_table(report, table))), stages, f"stages of {table}.csv")
            equal({row["condition"] for row in read_table(report, table)}, set(conditions), f"conditions of {table}.csv")
        if n_stages > 1:
            equal({row[stage] for row in read_table(report, "rsa") for stage in ("stage_a", "stage_b")}, set(stages), "stages of rsa.csv")
        equal({row["layer"] for row in read_table(report, "activation-histogram")}, {str(n_layers // 2)}, "the shown layer")
        check_numbers(report, arrays)

        figures = FIGURES if n_stages > 7 else FIGURES - {"cosine-cross-stage"} if n_stages > 1 else FIGURES - {"cosine-cross-stage", "rsa"}
        equal({path.stem for path in (report / "figures").iterdir()}, figures, "figures")
        for name in figures:
            path = report / f"figures/{name}.svg"
            ElementTree.parse(path)
            check(path.stat().st_size < 8e6, f"{name}.svg has {path.stat().st_size} bytes")
        shapes = read_shapes(report / "tensors.safetensors")
        for condition in conditions:
            for stage in stages:
                equal(shapes[f"cosine/{condition}/L{n_layers // 2}/{stage}"][1], [ROWS[condition]] * 2, "shape of a matrix")
        text = (report / "results.json").read_text().lower()
        check("mlp" not in text and "gpt" not in text, "results.json speaks of a model that is not there")
    return test


def test_a_single_stage_says_why_it_has_no_scores(box):
    write_npz(box.work / "one.npz", make_arrays(["retina"], 2, ["words"]))
    result = box.sonde("run", "representation-geometry", "--capture", "one.npz", "--output", "out")
    contains("\n".join(result.warnings), ["RSA compares stages", "“retina”"], "warnings")
    equal(read_table(box.work / "out", "rsa"), [], "rsa.csv")


def test_equal_pairs_are_all_counted(box):
    """Of eight stages of one width 28 pairs are in the table, whatever is drawn."""
    arrays = {f"words/L0/s{i}": rows for i in range(8) for rows in [make_arrays(["x"], 1, ["words"])["words/L0/x"]]}
    write_npz(box.work / "equal.npz", arrays)
    report = box.run("representation-geometry", "--capture", "equal.npz")
    rows = read_table(report, "cosine-cross-stage")
    equal({(row["stage_a"], row["stage_b"]) for row in rows}, {(f"s{i}", f"s{j}") for i in range(8) for j in range(i + 1, 8)}, "pairs")
    equal(sum(int(row["count"]) for row in rows), 28 * 25, "counts")


def test_it_needs_a_tap_for_a_model(box):
    result = box.sonde("run", "representation-geometry", *box.inputs(), status=1)
    contains(result.err, ["representation-geometry has no tap", "--capture FILE", "tap=NAME"], "what to do")
    recipe = (SOURCE / "data/recipes/representation-geometry.recipe").read_text()
    (box.work / "mine.recipe").write_text(recipe.replace("[Recipe]\n", "[Recipe]\ntap=mlp-stages\n"))
    report = box.run("mine.recipe", *box.inputs(), "--set", "text.rows=40")
    equal({(row["condition"], row["rows"]) for row in read_table(report, "dimensionality")}, {("text", "40")}, "rows")
    equal(read_results(report)["provenance"]["recipe"], "mine", "recipe")


def test_it_is_listed(box):
    contains(box.sonde("list").out, ["representation-geometry", "Representation geometry"], "sonde list")


main([(f"{stages} stages in {layers} layers", size_test(stages, layers, conditions)) for (stages, layers), conditions in SIZES.items()] + tests_of(globals()))
