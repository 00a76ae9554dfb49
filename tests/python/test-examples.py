# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every example of data/examples/python does what it says."""

import xml.etree.ElementTree

from python_box import EXAMPLES, check, equal, list_environment, main, python, read_table


def test_run_recipe(box):
    out = python(box, EXAMPLES / "run-recipe.py").stdout.splitlines()
    report = box.run("mlp-progression", env=list_environment(box))
    rows = read_table(report, "dimensionality")
    equal(out, [f"{row['condition']} layer {int(row['layer']):2} {row['stage']:12} {float(row['participation_ratio']):8.3f}" for row in rows], "the printed ratios")


def test_run_recipe_that_is_not_there(box):
    done = python(box, EXAMPLES / "run-recipe.py", "nothing-like-that", status=1)
    equal((done.stdout, len(done.stderr.splitlines()), "nothing-like-that" in done.stderr), ("", 1, True), f"the sentence: {done.stderr!r}")


def test_read_capture(box):
    report = box.run("mlp-progression", "--layers", "0-1", env=list_environment(box))
    expected = {f"{row['condition']}/L{row['layer']}/{row['stage']}": float(row["participation_ratio"]) for row in read_table(report, "dimensionality")}
    for name in ("a.safetensors", "a.npz"):
        box.sonde("capture", "mlp-stages", "--layers", "0-1", "-o", name, "--quiet")
        first, *lines = python(box, EXAMPLES / "read-capture.py", name).stdout.splitlines()
        found = {line.split()[0]: float(line.split()[1]) for line in lines}
        equal(set(found), set(expected), f"the arrays of {name}")
        check(first.startswith("16 arrays of ") and "12 layers" in first, f"what {name} says of itself: {first}")
        for array, value in expected.items():
            check(abs(found[array] / value - 1) < 1e-5, f"{array} of {name}: {found[array]}, and the table says {value}")


def test_notebook_figure(box):
    out = python(box, EXAMPLES / "notebook-figure.py", "own.svg").stdout.splitlines()
    equal([line.split(":")[0] for line in out], ["dimensionality", "own"], "the figures")
    root = xml.etree.ElementTree.parse(box.work / "own.svg").getroot()
    check(root.tag.endswith("svg") and len(list(root.iter())) > 20, "the figure is empty")


def test_tap_and_provider(box):
    """Both in one chain of the program's, and from Python with the same numbers."""
    more = list_environment(box, EXAMPLES / "plugins")
    source = EXAMPLES / "plugins/waves/example.waves"
    page = box.sonde("inspect", source, env=more).out
    check("Waves, 3 layers, 6 features" in page and "wave of the next layer" in page, page)
    report = box.run("ends", "!", "dimensionality", "--model", source, "--target", "e", "--save-capture", env=more)
    rows = read_table(report, "dimensionality")
    equal([(row["layer"], row["stage"]) for row in rows[:6]], [(str(layer), stage) for layer in range(3) for stage in ("first", "last")], "layers and stages")
    equal(rows[1]["participation_ratio"], rows[2]["participation_ratio"], "what leaves a layer, and what enters the next")
    script = f"""
import gi
gi.require_version("Sonde", "1")
from gi.repository import Sonde
results = Sonde.run_recipe("ends ! dimensionality", model={str(source)!r}, target="e")
print(*results[0].get_tables()[0].to_dict()["participation_ratio"])
"""
    found = [float(word) for word in python(box, script, plugins=[EXAMPLES / "plugins"]).stdout.split()]
    equal(found, [float(row["participation_ratio"]) for row in rows], "participation ratios in Python and in the program")


def test_tap_refuses(box):
    """A sentence of the plugin's own stays as it is."""
    plugins = EXAMPLES / "plugins"
    (box.work / "flat").mkdir()
    script = """
import gi, sys
gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde
class Flat(GObject.Object, Sonde.Model):
    def do_get_name(self): return "Flat"
    def do_get_n_layers(self): return 1
    def do_dup_sites(self): return [Sonde.Site.new("x", "x", 2, True)]
registry = Sonde.Registry.new()
tap = registry.create("ends", Sonde.PluginKind.TAP)
try:
    tap.list_stages(Flat())
except GLib.Error as error:
    print(error.message)
"""
    equal(python(box, script, plugins=[plugins]).stdout.strip(), "Flat has no two sites in each layer: choose another tap", "the sentence")


def test_hello_python_in_a_recipe(box):
    more = list_environment(box)
    report = box.run("hello-python", "threshold=0.1", "!", "dimensionality", "--format", "svg,pdf,png", env=more)
    check((report / "figures/hello-python.svg").exists() and (report / "figures/hello-python.png").exists(), "there is no figure")
    equal(len(read_table(report, "hello-python")), 2 * 12 * 4, "rows of its table")


if __name__ == "__main__":
    main(globals())
