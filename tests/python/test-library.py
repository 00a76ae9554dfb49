# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library from Python: tables, figures, captures, runs."""

import csv
import io
import json

from python_box import check, equal, list_environment, main, python

HEAD = '''
import gc, json, math, sys
import gi
gi.require_version("Sonde", "1")
import numpy
from gi.repository import Gio, GLib, GObject, Sonde
'''


def test_tensors(box):
    """Every element type that numpy has, there and back; the others become float32."""
    python(box, HEAD + '''
for dtype in "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 ?".split():
    for shape in ((), (3,), (2, 3), (2, 3, 4), (0, 5)):
        array = numpy.arange(math.prod(shape)).reshape(shape).astype(dtype)
        tensor = Sonde.Tensor.new_from_array(array)
        assert tensor.shape == shape, tensor.shape
        back = numpy.asarray(tensor)
        assert back.dtype == array.dtype and numpy.array_equal(back, array), (dtype, shape)
        if array.size:
            assert tensor.to_memoryview().tolist() == array.tolist()
assert numpy.array_equal(numpy.asarray(Sonde.Tensor.new_from_array(numpy.arange(6).reshape(2, 3).T)), numpy.arange(6).reshape(2, 3).T)
assert numpy.array_equal(numpy.asarray(Sonde.Tensor.new_from_array(numpy.arange(3, dtype=">i4"))), [0, 1, 2])
half = Sonde.Tensor.new(Sonde.Dtype.BF16, [2], GLib.Bytes.new(b"\\x80\\x3f\\x00\\x40"))
assert numpy.asarray(half).tolist() == [1, 2] and numpy.asarray(half).dtype == numpy.float32
for wrong in (numpy.zeros(2, complex), numpy.array(["a"])):
    try:
        Sonde.Tensor.new_from_array(wrong)
        raise AssertionError(wrong)
    except TypeError:
        pass
array = numpy.asarray(Sonde.Tensor.new_from_array(numpy.arange(1000.0)))
gc.collect()
assert array.sum() == 499500
''')


def test_without_numpy(box):
    """It is imported where it is asked for, and nowhere else."""
    python(box, '''
import array, sys
import gi
gi.require_version("Sonde", "1")
from gi.repository import Sonde
tensor = Sonde.Tensor.new_from_array(array.array("f", [1, 2, 3]))
assert tensor.to_memoryview().tolist() == [1, 2, 3] and tensor.to_memoryview().format == "f"
assert Sonde.Tensor.new_from_array(b"ab").to_memoryview().tolist() == [97, 98]
table = Sonde.new_table("t", "T", name=str, share=(float, "1", "Share"))
table.add_row("a", 0.5)
assert table.to_dict() == {"name": ["a"], "share": [0.5]} and table.get_column_unit(1) == "1"
results = Sonde.run_recipe("mlp-stages ! dimensionality", layers="0")
results[0].get_figures()[0]._repr_svg_()
assert "numpy" not in sys.modules
''')


def test_tables(box):
    out = python(box, HEAD + '''
table = Sonde.new_table("t", "T", name=str, count=int, share=float)
for i in range(100):
    table.add_row(f"<{i % 3}>", numpy.int64(i), None if i == 1 else numpy.float32(i) / 2)
columns = table.to_numpy()
assert columns["name"].tolist()[:3] == ["<0>", "<1>", "<2>"] and columns["count"].dtype == numpy.int64 and columns["share"].dtype == numpy.float64
assert math.isnan(columns["share"][1]) and columns["share"][2:].tolist() == [i / 2 for i in range(2, 100)]
assert list(table.to_dict()) == ["name", "count", "share"] and table.to_dict()["count"] == list(range(100))
page = table._repr_html_()
assert page.count("<tr>") == 61 and "60" in page and "100" in page and "&lt;1&gt;" in page and "<1>" not in page
try:
    table.add_row("a", 1)
    raise AssertionError
except TypeError as error:
    assert "3" in str(error) and "2" in str(error)
assert table.get_n_rows() == 100
print(table.to_csv(), end="")
''').stdout
    equal(len(list(csv.reader(io.StringIO(out)))), 101, "lines of CSV")


def test_run_recipe_is_what_the_program_does(box):
    """To the last digit, while numpy has not brought a BLAS of its own."""
    more = list_environment(box)
    report = box.run("mlp-progression", "--set", "rsa.method=spearman", "--set", "one-sequence.rows=40", "--layers", "2-3", env=more)
    out = python(box, HEAD.replace("import numpy", "") + '''
done = []
results = Sonde.run_recipe("mlp-progression", settings={"rsa.method": "spearman", "one-sequence.rows": 40}, layers="2-3", progress=lambda layer, n: done.append((layer, n)))
print(json.dumps({table.get_name(): table.to_csv() for result in results for table in result.get_tables()}))
assert done and done[-1][0] == done[-1][1], done
''').stdout
    for name, text in json.loads(out).items():
        expected = (report / f"tables/{name}.csv").read_bytes().decode()
        check(text == expected, f"table {name}: {text[:300]}, expected {expected[:300]}")


def test_run_recipe_refuses(box):
    done = python(box, HEAD + '''
def refused(*arguments, **more):
    try:
        Sonde.run_recipe(*arguments, **more)
    except GLib.Error as error:
        print(error.message)
    else:
        raise AssertionError(arguments)
refused("nothing-like-that")
refused("mlp-progression", model="/nowhere")
refused("mlp-progression", settings={"rsa.method": "none"})
refused("mlp-progression", settings={"rsa.nothing": 1})
refused("mlp-progression", settings={"nobody.nothing": 1})
refused("mlp-progression", target="coffee and tea")
cancellable = Gio.Cancellable()
cancellable.cancel()
refused("mlp-progression", cancellable=cancellable)
cancellable = Gio.Cancellable()
refused("mlp-progression", cancellable=cancellable, progress=lambda layer, n: cancellable.cancel())
''')
    equal((len(done.stdout.splitlines()), done.stderr), (8, ""), f"sentences and stderr: {done.stdout}")


def test_captures(box):
    """Both kinds of files give the same arrays, read-only, over the file itself; a packed one is unpacked."""
    for name in ("a.safetensors", "a.npz"):
        box.sonde("capture", "mlp-stages", "--layers", "0,5", "-o", name, "--quiet")
    python(box, HEAD + '''
import resource
def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))
files = [Sonde.Capture(name) for name in ("a.safetensors", "a.npz")]
assert set(files[0]) == set(files[1]) and len(files[0]) == 16 and "one-sequence/L5/gelu" in files[1] and "x" not in files[0]
before = resident()
arrays = [dict(file) for file in files]
sums = [sum(float(array.max()) for array in one.values()) for one in arrays]
assert resident() - before < 2000, resident() - before
assert sums[0] == sums[1]
for name, array in arrays[0].items():
    assert array.dtype == numpy.float32 and numpy.array_equal(array, arrays[1][name]) and not array.flags.writeable and not arrays[1][name].flags.writeable
numpy.savez_compressed("packed.npz", **arrays[0])
packed = Sonde.Capture("packed.npz")
assert all(numpy.array_equal(packed[name], array) for name, array in arrays[0].items()) and packed.description is None
for file in files:
    assert file.description.n_layers == 12 and "12 layers" in file.description.model
    assert [stage.id for stage in file.description.get_stages()] == ["input", "expansion", "gelu", "projection"]
    assert [condition.get_id() for condition in file.description.get_conditions()] == ["one-sequence", "many-sequences"]
try:
    Sonde.Capture("/nowhere.safetensors")
    raise AssertionError
except GLib.Error as error:
    assert "/nowhere" in error.message
''')


def test_frames_and_progress_functions(box):
    """Functions that see a run live as long as it does, and no longer."""
    python(box, HEAD + '''
import weakref
class Seen(list):
    pass
seen = Seen()
registry = Sonde.Registry.new()
model = registry.open_model(Sonde.paths_find_data("demo-model"))
recipe = Sonde.Recipe.load("chain")
corpus = Sonde.Corpus.new(model.get_tokenizer(), "text", GLib.Bytes.new(b"one text of a few words " * 100))
conditions = [condition for condition in recipe.dup_conditions() if not condition.needs_target()]
for condition in conditions:
    Sonde.property_set(condition, condition.get_id(), "rows", "20")
run = Sonde.Run.new(model, registry.create("mlp-stages", Sonde.PluginKind.TAP), None, conditions, corpus, "0-1")
run.set_frame_func(lambda frame, *data: seen.append(numpy.asarray(frame.get_tensor(0)).shape) or True)
run.execute()
assert len(seen) == 2 * len(conditions) and seen[0][1] == 128, seen
found = weakref.ref(seen)
del run, seen
gc.collect()
assert found() is None
''')


def test_what_a_shell_shows(box):
    """Whoever types a name in a shell sees what is in it, and not where it lies."""
    python(box, HEAD + '''
result = Sonde.run_recipe("mlp-stages ! dimensionality", layers="0")[0]
table = result.get_tables()[0]
numpy.savez("a.npz", x=numpy.zeros(3))
shown = [repr(thing) for thing in (Sonde.Tensor.new_from_array(numpy.zeros((2, 3), "f4")), table, Sonde.Figure.new("mine", 1, 1, 9, 9), Sonde.Capture("a.npz"), result)]
assert shown[0] == f"<Sonde.Tensor 2 x 3, {Sonde.dtype_get_name(Sonde.Dtype.F32)}>", shown[0]
assert shown[1].startswith(f"<Sonde.Table dimensionality, {table.get_n_rows()} rows of condition, layer, "), shown[1]
assert shown[2:4] == ["<Sonde.Figure mine>", "<Sonde.Capture a.npz, 1 arrays>"], shown
assert shown[4].startswith("<Sonde.Result, tables: dimensionality") and "figures: " in shown[4], shown[4]
''')


def test_enumerations(box):
    """A property of words, each with what it means, as `inspect` shows them."""
    python(box, HEAD + '''
Centre = Sonde.new_enum("LabCentre", both="Rows and columns have mean 0", as_they_are="Nothing is taken away")

class Lab(GObject.Object):
    __gtype_name__ = "Lab"
    centre = GObject.Property(type=Centre, default=Centre.BOTH, nick="Centre", blurb="What is taken away")

lab = Lab()
assert lab.centre == Centre.BOTH and Sonde.property_set(lab, "lab", "centre", "as-they-are") and lab.centre == Centre.AS_THEY_ARE == 1
value = type(lab).find_property("centre").enum_class.__enum_values__[1]
assert value.value_nick == "as-they-are" and value.value_name == "Nothing is taken away", (value.value_nick, value.value_name)
for arguments, words, kind in ((("LabCentre",), {"a": "A word"}, ValueError), (("LabNothing",), {}, TypeError)):
    try:
        Sonde.new_enum(*arguments, **words)
        raise AssertionError(arguments)
    except kind as error:
        assert arguments[0] in str(error), error
try:
    Sonde.property_set(lab, "lab", "centre", "rows")
    raise AssertionError(lab.centre)
except GLib.Error as error:
    assert "both, as-they-are" in error.message, error.message
''')


def test_languages(box):
    """A language can be chosen, and another; what a plugin says in two reaches people in theirs."""
    python(box, HEAD + '''
for language, text in (("de", "Farben von Abbildungen und Berichten"), ("fr", "Couleurs des figures et des rapports"), ("en", "Colours of figures and reports"), ("de", "Farben von Abbildungen und Berichten")):
    assert Sonde.language_choose(language)
    assert Sonde.language_translate("Colours of figures and reports") == text, (language, Sonde.language_translate("Colours of figures and reports"))
try:
    Sonde.language_choose("deutsch")
    raise AssertionError("deutsch is a language")
except GLib.Error as error:
    assert "keine Sprache" in error.message, error.message
result = Sonde.Result.new()
result.take_warning(Sonde.Words.new("Two rows are equal.", "Zwei Zeilen sind gleich."))
result.take_key_number(Sonde.Words.new("share", "Anteil"), Sonde.Words.new("0.5", "0.5"))
result.add_warning("42")
assert list(result.get_warnings()) == ["Zwei Zeilen sind gleich.", "42"], list(result.get_warnings())
''')


def test_classes_say_what_they_lack(box):
    """A method that is missing is named, also where PyGObject would only say that nothing came; whoever inherits one has it."""
    python(box, HEAD + '''
class Short(GObject.Object, Sonde.Tap):
    pass

class Long(GObject.Object, Sonde.Tap):
    def do_dup_stages(self, model):
        return [Sonde.Stage.new_for_site(model, "a", "A", "A", "a", "block", True)]

class Longer(Long):
    pass

def stages(tap):
    try:
        return str(tap.list_stages(Sonde.Registry.new().open_model(sys.argv[1])))
    except GLib.Error as error:
        return error.message

assert "no method do_dup_stages" in stages(Short()), stages(Short())
assert "Stage" in stages(Long()) and "Stage" in stages(Longer()), stages(Longer())
''', box.installation.data / "demo-model")


def test_library_of_a_prefix(box):
    """Below a prefix that the dynamic loader does not look in, the library is found by where its typelib lies."""
    before = box.environment.pop("LD_LIBRARY_PATH")
    try:
        python(box, HEAD + "print(Sonde.Registry.new())")
    finally:
        box.environment["LD_LIBRARY_PATH"] = before


def test_plain_python_finds_it(box):
    """`meson install` puts it where Python looks below the prefix."""
    places = [path for path in box.installation.program.parents[1].rglob("gi/overrides/Sonde.py") if "share/sonde" not in str(path)]
    equal(len(places), 1, f"installed for Python itself: {places}")
    check(places[0].parents[2].name.endswith("-packages"), f"{places[0]}")


if __name__ == "__main__":
    main(globals())
