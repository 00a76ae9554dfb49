# SPDX-License-Identifier: LGPL-2.1-or-later
"""What plugins in Python give and take: arrays that are sound, numbers without copies, memory that stays flat."""

from python_box import check, equal, list_environment, main, python, write_plugin

ROWS = '''
import array

class RowsModel(GObject.Object, Sonde.Model):
    __gtype_name__ = "RowsModel"
    def do_get_name(self): return "Rows é"
    def do_get_n_layers(self): return 5
    def do_dup_sites(self): return [Sonde.Site.new("s", "x", 4, True)]
    def do_dup_stages(self): return [Sonde.Stage.new("s", "S", "Stage", "the stage", "s", "x")]
    def do_dup_conditions(self): return [Sonde.Condition.new_plain("one", 6), Sonde.Condition.new_plain("two", 5)]
    def do_dup_layers(self): return [1, 3]
    def do_dup_warnings(self): return ["a warning", "ein zweiter: ä"]
    def do_estimate(self, batch, selection, estimate): estimate.working += 1 << 40
    def do_foreach_file(self, func, data): func("capture", __file__)
    def do_run(self, batch, selection, func, data, cancellable):
        for layer in (1, 3):
            if selection.has(layer, "s"):
                func(layer, "s", Sonde.Tensor.new(Sonde.Dtype.F32, [11, 4], GLib.Bytes.new(array.array("f", [(layer * i * i) % 7 for i in range(44)]).tobytes())))
        return True

class RowsProvider(GObject.Object, Sonde.ModelProvider):
    __gtype_name__ = "RowsProvider"
    def do_probe(self, path): return (100, None) if path.endswith(".rows") else (0, "no rows")
    def do_open(self, path, cancellable): return RowsModel()
    def do_dup_sites(self): return [Sonde.Site.new("s", "x", 0, True)]
'''


def test_a_provider_of_rows(box):
    """All that a capture has, from Python: conditions, stages, layers, warnings, an estimate, files."""
    more = list_environment(box, write_plugin(box.work / "plugins", "rows", "model-provider", ROWS))
    (box.work / "x.rows").touch()
    page = box.sonde("inspect", "./x.rows", env=more).out
    for word in ("Rows é", "one", "two", "ein zweiter: ä"):
        check(word in page, f"{word} is not in {page}")
    check(" s  " in box.sonde("inspect", "rows", env=more).out, "the provider's sites")
    report = box.run("dimensionality", "layer=3", "--capture", "x.rows", env=more)
    text = (report / "tables/dimensionality.csv").read_text()
    equal([line.split(",")[:3] for line in text.splitlines()[1:]], [[condition, layer, "s"] for condition in ("one", "two") for layer in ("1", "3")], "rows of the table")
    refused = box.sonde("run", "dimensionality", "layer=3", "--capture", "x.rows", "--max-memory", "1G", "--output", "b", status=1, env=more).err
    check("TiB" in refused, f"the estimate of memory: {refused}")


def test_no_copies(box):
    """A large tensor is read where it is: the same address, and no growth of the process."""
    script = '''
import gc, gi, resource
gi.require_version("Sonde", "1")
import numpy
from gi.repository import GLib, Sonde

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

n = 48 << 20
tensor = Sonde.Tensor.new(Sonde.Dtype.F32, [n // 4096, 1024], GLib.Bytes.new(bytes(n)))
gc.collect()
before = resident()
views = [numpy.asarray(tensor) for _ in range(50)] + [numpy.asarray(tensor.to_memoryview()) for _ in range(50)]
assert {view.__array_interface__["data"] for view in views} == {(tensor.get_address(), True)}
assert views[0].shape == (n // 4096, 1024) and views[0].dtype == numpy.float32
assert resident() - before < 4 << 20, resident() - before
del tensor
gc.collect()
assert views[7].sum() == 0  # the memory is still there
try:
    views[0][0, 0] = 1
except ValueError:
    print("read-only")
array = numpy.ones((n // 4096, 1024), numpy.float32)
before = resident()
copy = Sonde.Tensor.new_from_array(array)
assert n * 0.9 < resident() - before < n * 1.3, (resident() - before) / n  # once
array[:] = 2
assert numpy.asarray(copy)[3, 3] == 1
'''
    equal(python(box, script).stdout.strip(), "read-only", "writing into a tensor")


def test_frames_are_read_where_they_are(box):
    """In process() too, and what is attached there comes out again."""
    code = '''
import numpy

class LookAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "LookAnalyzer"
    def do_describe(self):
        description = Sonde.Description.new()
        description.add_attaches("look", "rows x features, float32, one per stage", "1", "The same")
        description.add_table(Sonde.new_table("look", "Looks", same=int))
        return description
    def do_process(self, frame, cancellable):
        tensor = frame.get_tensor(0)
        x = numpy.asarray(tensor)
        assert x.ctypes.data == tensor.get_address() and x.shape == (frame.get_n_rows(), tensor.get_n_columns())
        frame.attach("look", 0, tensor)
        assert numpy.asarray(frame.get_attached("look", 0)).ctypes.data == x.ctypes.data
        assert frame.ref_products(0) is None or numpy.allclose(numpy.asarray(frame.ref_products(0)), x.astype(float) @ x.T.astype(float), rtol=1e-9)
        self.x = x  # longer than the frame lives
        return True
    def do_finish(self, cancellable):
        assert numpy.isfinite(self.x).all()
        table = self.do_describe().get_tables()[0]
        table.add_row(1)
        result = Sonde.Result.new()
        result.add_table(table)
        result.add_tensor("look/last", Sonde.Tensor.new_from_array(self.x))
        result.add_key_number("Looks", "1")
        return result
'''
    report = box.run("look", env=list_environment(box, write_plugin(box.work / "plugins", "look", "analyzer", code)))
    equal((report / "tables/look.csv").read_text().split(), ["same", "1"], "the table")


def test_memory_stays_flat(box):
    """Thousands of frames, sites and tokens leave nothing behind."""
    script = '''
import array, gc, gi, resource
gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde

class Flat(GObject.Object, Sonde.Model, Sonde.Tokenizer, Sonde.Analyzer):
    def do_get_name(self): return "Flat"
    def do_get_n_layers(self): return 2
    def do_dup_sites(self): return [Sonde.Site.new("site" * 30, "formula" * 300, 4, True)]
    def do_dup_warnings(self): return ["warning" * 300]
    def do_dup_layers(self): return list(range(1000))
    def do_dup_stages(self): return [Sonde.Stage.new("s", "S" * 30, "Stage", "stage", "site" * 30, "f" * 300)]
    def do_dup_conditions(self): return [Sonde.Condition.new_plain("c", 5)]
    def do_encode(self, text, length, tokens):
        for i, byte in enumerate(text):
            tokens.add(byte, i, i + 1)
        return True
    def do_get_n_tokens(self): return 256
    def do_dup_token(self, number): return GLib.Bytes.new(b"x" * 1000)
    def do_process(self, frame, cancellable):
        frame.get_tensor(0).to_memoryview()[0, 0]
        return True

class FlatTap(GObject.Object, Sonde.Tap):
    def do_dup_stages(self, model): return [Sonde.Stage.new_for_site(model, "s", "S" * 30, "Stage", "stage", "site" * 30, True)]

flat, tap = Flat(), FlatTap()
condition = Sonde.Condition.new_plain("c", 4)
stage = Sonde.Stage.new("s", "S", "Stage", "stage", "x", "f")
big = GLib.Bytes.new(bytes(64 * 1024))

def once():
    Sonde.Model.list_sites(flat), Sonde.Model.list_warnings(flat), Sonde.Model.list_layers(flat), Sonde.Model.list_stages(flat), Sonde.Model.list_conditions(flat)
    Sonde.Tokenizer.encode(flat, b"a text of a few words"), Sonde.Tokenizer.dup_token(flat, 3), tap.list_stages(flat)
    tensor = Sonde.Tensor.new(Sonde.Dtype.F32, [4, 4096], big)
    Sonde.Analyzer.process(flat, Sonde.Frame.new(condition, 0, 0, [stage], [tensor]))
    tensor.to_memoryview()

def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

for _ in range(300):
    once()
before = resident()
for _ in range(3000):
    once()
print((resident() - before) / 3000)
'''
    grown = float(python(box, script).stdout)
    check(grown < 200, f"each round leaves {grown:.0f} bytes behind")


def test_same_as_in_c(box):
    """The demo model's numbers do not depend on who wraps it: Python's tokens are the program's."""
    box.sonde("capture", "mlp-stages", "--layers", "0-1", "-o", "rows.npz", "--quiet")
    script = '''
import gi
gi.require_version("Sonde", "1")
from gi.repository import Sonde
model = Sonde.Registry.new().open_model(Sonde.paths_find_data("demo-model"))
rows = Sonde.Registry.new().open_model("rows.npz")
for lists in (model.list_sites, rows.list_sites, rows.list_conditions, rows.list_stages, rows.list_layers):
    assert 0 < len(lists()) == len(lists()), lists  # what was given is a copy: nobody empties the model's own
print(*[token.id for token in model.get_tokenizer().encode("Coffee, and more of it.".encode())], sep="\\n")
'''
    equal(python(box, script).stdout, box.sonde("tokenize", stdin=b"Coffee, and more of it.").out, "token ids")


if __name__ == "__main__":
    main(globals())
