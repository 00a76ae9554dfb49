"""Reads activations into numpy and computes participation ratios again. Usage: read-capture.py CAPTURE

CAPTURE is what `sonde capture -o FILE` wrote, or `sonde run --save-capture`: .safetensors or .npz. The arrays lie over the file;
nothing of it is read that is not used.
"""
import sys

import gi
import numpy

gi.require_version("Sonde", "1")
from gi.repository import Sonde  # noqa: E402

capture = Sonde.Capture(sys.argv[1])
print(f"{len(capture)} arrays of {capture.description.model if capture.description else 'a model that is not named'}")
for name, x in capture.items():  # "one-sequence/L3/gelu", rows x features, float32
    centered = x - x.mean(axis=0, dtype=numpy.float64)
    variances = numpy.linalg.svd(centered, compute_uv=False) ** 2
    print(f"{name} {variances.sum() ** 2 / (variances ** 2).sum():.9g}")
