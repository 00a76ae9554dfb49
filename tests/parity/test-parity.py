# SPDX-License-Identifier: LGPL-2.1-or-later
"""The notebook's numbers, against expected/, which make-expected.py computed in float64 without Sonde.

Tolerances are those of float32 against float64 with the reference implementation;
what was found is printed beside each.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
sys.path.insert(0, str(HERE.parent / "cli"))

from harness import check, equal, main, read_table, read_tensors, tests_of  # noqa: E402

AGAIN = "python3 tests/parity/make-expected.py"
COUNT_TOLERANCE = 3
EDGE_TOLERANCE = 1e-5     # of the range
SCORE_TOLERANCE = 1e-5
RATIO_TOLERANCE = 1e-5    # relative
SHARE_MARGIN = 1e-3       # percent points: nearer to the threshold rounding decides
COSINE_TOLERANCE = 5e-6
VALUE_TOLERANCE = 1e-4
GOLDEN_ROWS = 16          # of each captured stage
LARGE = 10                # a stage with larger values: 1e-5 of its largest


def expected_rows(name):
    with (EXPECTED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def demo(box, *arguments):
    """The goldens are of one model and one text; another pair needs goldens of its own."""
    made_from = json.loads((EXPECTED / "made-from.json").read_text())
    data = box.installation.data
    for name, path in (("model.safetensors", data / "demo-model/model.safetensors"), ("vocab.json", data / "demo-model/vocab.json"), ("text", data / "demo-text.txt")):
        check(hashlib.sha256(path.read_bytes()).hexdigest() == made_from[name], f"the goldens are of another {name}: run {AGAIN}")
    return box.run("mlp-progression", "--format", "svg", *arguments)


def found(what, largest, tolerance):
    print(f"# {what}: largest difference {largest:.2g}, {tolerance:g} allowed", flush=True)
    check(largest <= tolerance, f"{what}: largest difference {largest:g}, {tolerance:g} allowed")


def pair_up(report, name, keys):
    """Rows of both tables that say the same in the columns `keys`."""
    mine, theirs = ({tuple(row[key] for key in keys): row for row in rows} for rows in (read_table(report, name), expected_rows(name)))
    equal(sorted(mine), sorted(theirs), f"rows of {name}.csv")
    return [(mine[key], theirs[key]) for key in theirs]


def test_tokens(box):
    mine, theirs = read_table(demo(box), "tokens"), expected_rows("tokens")
    equal(len(mine), len(theirs), "rows of tokens.csv")
    for a, b in zip(mine, theirs):
        # half a character: Sonde shows its bytes, the reference a replacement character
        columns = [name for name in b if name != "text" or "\ufffd" not in b["text"]]
        equal([a[name] for name in columns], [b[name] for name in columns], "a row of tokens.csv")


def test_rsa(box):
    pairs = pair_up(demo(box), "rsa", ("condition", "layer", "stage_a", "stage_b"))
    found("RSA score", max(abs(float(a["score"]) - float(b["score"])) for a, b in pairs), SCORE_TOLERANCE)


def test_dimensionality(box):
    pairs = pair_up(demo(box), "dimensionality", ("condition", "layer", "stage", "rows", "features"))
    found("participation ratio, relative", max(abs(float(a["participation_ratio"]) / float(b["participation_ratio"]) - 1) for a, b in pairs), RATIO_TOLERANCE)
    clear = [(a, b) for a, b in pairs if float(b["margin_to_95"]) >= SHARE_MARGIN]
    check(len(clear) > 0.9 * len(pairs), f"only {len(clear)} of {len(pairs)} effective dimensions are clear of the threshold")
    for a, b in clear:
        equal((a["effective_dimension"], a["notebook_index"]), (b["effective_dimension"], b["notebook_index"]), f"effective dimension of {b}")
    print(f"# effective dimension: {len(clear)} of {len(pairs)} compared, all equal")


def compare_histograms(mine, theirs, n_values, what):
    """Returns the largest difference of a count, and of an edge as a share of the range. n_values: None where rows are counts."""
    equal(len(mine), len(theirs), f"bins of {what}")
    left, right = float(theirs[0]["bin_left"]), float(theirs[-1]["bin_right"])
    edge = max(abs(float(a[side]) - float(b[side])) for a, b in zip(mine, theirs) for side in ("bin_left", "bin_right")) / (right - left)

    def count(row):
        return int(row["count"]) if n_values is None else float(row["density"]) * (float(row["bin_right"]) - float(row["bin_left"])) * n_values
    return max(abs(count(a) - count(b)) for a, b in zip(mine, theirs)), edge


def histogram_test(name, keys, count_values):
    def test(box):
        report = demo(box)
        sizes = {(row["condition"], row["stage"]): (int(row["rows"]), int(row["features"])) for row in expected_rows("dimensionality")}
        groups = {}
        for which, rows in enumerate((read_table(report, name), expected_rows(name))):
            for row in rows:
                groups.setdefault(tuple(row[key] for key in keys), ([], []))[which].append(row)
        differences = [compare_histograms(*group, count_values(*sizes[key[0], key[2]]) if count_values else None, f"{name} {key}") for key, group in groups.items()]
        found(f"{name}, values in a bin", max(count for count, _ in differences), COUNT_TOLERANCE + 1e-3)
        found(f"{name}, edges as a share of the range", max(edge for _, edge in differences), EDGE_TOLERANCE)
    return test


def test_capture(box):
    mine, theirs = read_tensors(demo(box, "--save-capture") / "capture.safetensors"), read_tensors(EXPECTED / "capture.safetensors")
    largest = 0.0
    for name, values in theirs.items():
        check(name in mine, f"capture.safetensors has no {name}")
        scale = max(map(abs, values))
        # the goldens are the first rows
        largest = max(largest, max(abs(a - b) for a, b in zip(mine[name], values)) / (scale / LARGE if scale > LARGE else 1))
    found("activations (relative to a tenth of the largest, where that is above 10)", largest, VALUE_TOLERANCE)


def test_cosine(box):
    """The corner of each drawn matrix whose rows the goldens hold."""
    matrices, theirs = read_tensors(demo(box) / "tensors.safetensors"), read_tensors(EXPECTED / "capture.safetensors")
    equal(len(matrices), 10, "matrices")
    n = int(expected_rows("dimensionality")[0]["rows"])
    largest = 0.0
    for name, matrix in matrices.items():
        _, condition, layer, stages = name.split("/")
        x, y = (unit_rows(theirs[f"{condition}/{layer}/{stage}"]) for stage in (stages.split("-") * 2)[:2])
        largest = max(largest, *(abs(matrix[i * n + j] - sum(a * b for a, b in zip(x[i], y[j]))) for i in range(len(x)) for j in range(len(y))))
    found("cosine similarity", largest, COSINE_TOLERANCE)


def unit_rows(values):
    width = len(values) // GOLDEN_ROWS
    rows = [values[i * width:(i + 1) * width] for i in range(GOLDEN_ROWS)]
    return [[value / sum(v * v for v in row) ** 0.5 for value in row] for row in rows]


HISTOGRAMS = [
    ("activation-histogram", ("condition", "layer", "stage"), lambda rows, features: rows * features),
    ("cosine-histogram", ("condition", "layer", "stage"), lambda rows, features: rows * (rows - 1) / 2),
    ("cosine-cross-stage", ("condition", "layer", "stage_a", "stage_b"), None),
]

if __name__ == "__main__":
    main(tests_of(globals()) + [(row[0], histogram_test(*row)) for row in HISTOGRAMS])
