#!/usr/bin/env python3
"""Writes goldens.h: what numpy, scipy and scikit-learn make of the numbers of random.h.

    python3 make-goldens.py > goldens.h

The seeds stand in the calls below, the versions in the first line of the output. Only this script needs Python.
"""

import sys

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.metrics.pairwise import cosine_similarity

np.seterr(over="ignore")


def bits(seed, count):
    z = np.uint64(seed) * np.uint64(0xD1342543DE82EF95)
    z = z + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(seed, count):
    return (bits(seed, count) >> np.uint64(40)).astype(np.float64) * 2.0**-24


def bell(seed, count):
    return uniform(seed, 12 * count).reshape(count, 12).sum(axis=1) - 6


def matrix(seed, rows, columns, offset=0.0):
    """As float32, what the library takes; then float64, what the truth is computed in."""
    return (bell(seed, rows * columns) + offset).astype(np.float32).astype(np.float64).reshape(rows, columns)


def number(value):
    return float(value).hex()


def put(name, value):
    if np.ndim(value) == 0:
        kind, text = ("size_t", str(int(value))) if isinstance(value, (int, np.integer)) else ("double", number(value))
        print(f"static const {kind} {name} = {text};")
        return
    value = np.asarray(value).ravel()
    integers = np.issubdtype(value.dtype, np.integer)
    print(f"static const {'size_t' if integers else 'double'} {name}[{len(value)}] = {{")
    per_line = 12 if integers else 4
    for i in range(0, len(value), per_line):
        print("  " + " ".join(f"{v if integers else number(v)}," for v in value[i : i + per_line]))
    print("};")


def cosine():
    put("golden_cosine_self", cosine_similarity(matrix(1, 6, 50)))
    put("golden_cosine_cross", cosine_similarity(matrix(1, 6, 50), matrix(2, 4, 50)))


def compare():
    x, noise = bell(3, 500), bell(4, 500)
    y = x + noise
    put("golden_pearson", scipy.stats.pearsonr(x, y).statistic)
    put("golden_spearman", scipy.stats.spearmanr(x, y).statistic)
    put("golden_kendall", scipy.stats.kendalltau(x, y).statistic)  # without ties tau-b is tau-a
    x, y = np.floor(4 * x), np.floor(2 * y)
    put("golden_tied_spearman", scipy.stats.spearmanr(x, y).statistic)
    signs = np.sign(np.subtract.outer(x, x)) * np.sign(np.subtract.outer(y, y))
    put("golden_tied_kendall", signs.sum() / (500 * 499))
    put("golden_tied_ranks", scipy.stats.rankdata(x[:40]))


def dimensionality():
    for i, (rows, columns, offset) in enumerate([(30, 80, 0.0), (80, 30, 0.0), (40, 40, 3000.0)]):
        x = matrix(5 + i, rows, columns, offset) * 1.0
        x[:, : columns // 2] *= 4.0  # exact, and less isotropic
        squared = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2
        put(f"golden_ratio_{i}", squared.sum() ** 2 / (squared**2).sum())
        put(f"golden_dimension_{i}", int(np.where(100 * np.cumsum(squared) / squared.sum() > 95)[0][0]) + 1)
        put(f"golden_squared_{i}", squared[:10])


def distributions():
    plain = bell(8, 3000)
    grid = np.floor(10 * bell(9, 2000)) / 10  # multiples of 0.1, so that values meet edges
    whole = np.floor(3 * bell(10, 700))
    far = 1e6 + bell(11, 500) / 1024
    for name, values in ("plain", plain), ("grid", grid), ("whole", whole), ("far", far):
        counts, edges = np.histogram(values, bins="fd")
        put(f"golden_{name}_counts", counts)
        put(f"golden_{name}_edges", edges)
    counts, edges = np.histogram(grid, bins=30, range=(-1.5, 1.5))
    put("golden_ranged_counts", counts)
    put("golden_ranged_edges", edges)
    put("golden_outlier_bins", len(np.histogram_bin_edges(np.append(bell(12, 1000), 1e4), bins="fd")) - 1)
    values = bell(13, 60)
    at = np.linspace(values.min(), values.max(), 100)
    put("golden_kde_at", at)
    put("golden_kde", scipy.stats.gaussian_kde(values)(at))


print("/* Written by make-goldens.py with", end=" ")
print(f"Python {sys.version.split()[0]}, numpy {np.__version__},", end=" ")
print(f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}; not to be edited. */")
print("#pragma once\n\n#include <stddef.h>\n")
cosine()
compare()
dimensionality()
distributions()
