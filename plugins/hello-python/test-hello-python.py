# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tutorial in Python against numpy on a capture of its own, and against the one in C where that is built."""
import sys
import tempfile

try:
    import gi
    import numpy
except ImportError as reason:
    print(f"1..0 # SKIP {reason}")
    sys.exit()
gi.require_version("Sonde", "1")
from gi.repository import GLib, Sonde


def run(folder, name):
    numbers = numpy.random.default_rng(3)
    arrays = {f"{condition}/L{layer}/{stage}": numbers.normal(size=(5, 7)).astype(numpy.float32) for condition in ("a", "b") for layer in (0, 1) for stage in ("s", "t")}
    arrays["b/L1/t"][:] = 0
    numpy.savez(f"{folder}/arrays.npz", **arrays)
    registry = Sonde.Registry.new()
    chain = Sonde.Chain.parse(registry, f"{name} threshold=0.25")
    chain.check(registry)
    work = Sonde.Run.new_for_rows(registry.open_model(f"{folder}/arrays.npz"), chain, "all")
    work.execute()
    return arrays, work.get_results()[0]


def agrees_with_numpy(folder):
    arrays, result = run(folder, "hello-python")
    rows = result.get_tables()[0].to_dict()
    assert len(rows["quiet"]) == len(arrays), rows
    for condition, layer, stage, quiet in zip(*rows.values()):
        x = arrays[f"{condition}/L{layer}/{stage}"].astype(float)
        expected = (abs(x) <= 0.25 * numpy.sqrt((x * x).mean())).mean()
        assert abs(quiet - expected) < 1e-12, (condition, layer, stage, quiet, expected)
    assert rows["quiet"][-1] == 1, rows


def agrees_with_c(folder):
    if Sonde.Registry.new().find("hello") is None:
        return "there is no hello"
    tables = [run(folder, name)[1].get_tables()[0].to_dict() for name in ("hello", "hello-python")]
    assert tables[0] == tables[1], tables
    return None


def draws(folder):
    svg = run(folder, "hello-python")[1].get_figures()[0]._repr_svg_()
    assert "<svg" in svg and svg.count("path") > 4, svg[:200]


def refuses_other_values(folder):
    registry = Sonde.Registry.new()
    try:
        Sonde.Chain.parse(registry, "hello-python threshold=-1")
    except GLib.Error as error:
        assert "threshold" in error.message and "0" in error.message, error.message
    else:
        raise AssertionError("a threshold below 0 was taken")


TESTS = (agrees_with_numpy, agrees_with_c, draws, refuses_other_values)
print(f"1..{len(TESTS)}")
for number, test in enumerate(TESTS, 1):
    with tempfile.TemporaryDirectory() as place:
        skipped = test(place)
    print(f"ok {number} - {test.__name__}{f' # SKIP {skipped}' if skipped else ''}", flush=True)
