# SPDX-License-Identifier: LGPL-2.1-or-later
"""What makes libsonde feel at home in Python. PyGObject finds it by itself with `from gi.repository import Sonde`.

Numbers without copies: numpy.asarray (tensor) and tensor.to_memoryview () lie over a tensor's own memory;
    Tensor.new_from_array (array) copies an array once. Capture (path) is a file of activations as a mapping
    of names to arrays that stay in the file.
Tables and figures: table.add_row ("a", 1, 2.5), table.to_dict (), table.to_numpy (); a table or a figure that
    ends a notebook's cell shows itself there.
A run in one call: run_recipe (name) does what `sonde run NAME` does, without a report.
Properties of words: Centre = new_enum ("MyMeasureCentre", both="What it means", none="…").
Plugins: whatever an analyzer, tap, provider, model or tokenizer raises becomes an error that names its class,
    method, file and line. Ctrl-C ends Python code that somebody waits for.

numpy is imported where it is asked for and nowhere else.
"""
import collections.abc
import ctypes
import html
import math
import os
import pathlib
import zipfile

from gi._gi import _gvalue_get
from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import GLib, GObject

Sonde = get_introspection_module("Sonde")
__all__ = []


def _find_library():
    """In a prefix that the dynamic loader does not look in, the library is found by where its typelib lies: beside it in a build, else above it."""
    try:
        ctypes.CDLL("libsonde-1.so.0")
    except OSError:
        folder = pathlib.Path(Sonde.__path__[0]).parent
        for path in (folder / "libsonde-1.so.0", folder.parent / "libsonde-1.so.0"):
            if path.exists():
                ctypes.CDLL(str(path))
                return


_find_library()
from gi.overrides._sonde_guards import guard_methods  # noqa: E402 - it asks the library for its types


def _(text):
    return GLib.dgettext("sonde", text)


# ---- tensors ----

# numpy's name, that of the struct module, and the size of an element; numpy has no name for the three others
_DTYPES = {
    Sonde.Dtype.F64: ("<f8", "d", 8), Sonde.Dtype.F32: ("<f4", "f", 4), Sonde.Dtype.F16: ("<f2", "e", 2),
    Sonde.Dtype.I64: ("<i8", "q", 8), Sonde.Dtype.I32: ("<i4", "i", 4), Sonde.Dtype.I16: ("<i2", "h", 2), Sonde.Dtype.I8: ("|i1", "b", 1),
    Sonde.Dtype.U64: ("<u8", "Q", 8), Sonde.Dtype.U32: ("<u4", "I", 4), Sonde.Dtype.U16: ("<u2", "H", 2), Sonde.Dtype.U8: ("|u1", "B", 1),
    Sonde.Dtype.BOOL: ("|b1", "?", 1),
}
_DTYPE_OF_NUMPY = {names[0]: dtype for dtype, names in _DTYPES.items()}


def _dtype_of_format(letter, size):
    """C's long is an integer of this machine's size."""
    letter = {"l": "q" if size == 8 else "i", "L": "Q" if size == 8 else "I"}.get(letter, letter)
    return next((dtype for dtype, names in _DTYPES.items() if names[1] == letter), None)


@override
class Tensor(Sonde.Tensor):
    """An immutable array. numpy.asarray (tensor) shares its memory, read-only, and keeps it alive."""

    def __repr__(self):
        return f"<Sonde.Tensor {' x '.join(map(str, self.shape)) or '1'}, {Sonde.dtype_get_name(self.get_dtype())}>"

    @property
    def shape(self):
        """The length of each dimension, the slowest first."""
        return tuple(self.get_shape())

    @property
    def __array_interface__(self):
        names = _DTYPES.get(self.get_dtype())
        if names is None:
            raise AttributeError(_("numpy has no element type {name}: read the tensor's bytes").format(name=Sonde.dtype_get_name(self.get_dtype())))
        return {"version": 3, "shape": self.shape, "typestr": names[0], "data": (self.get_address(), True)}

    def __array__(self, dtype=None, copy=None):
        """For the element types that numpy does not have: as float32."""
        import numpy

        return numpy.asarray(self.to_f32(), dtype=dtype)

    def to_numpy(self):
        """A numpy array over the same memory, read-only; of BF16 and F8 a new one, in float32."""
        import numpy

        return numpy.asarray(self)

    def to_memoryview(self):
        """A memoryview over the same memory, read-only, in the tensor's shape; it keeps the tensor alive. Of F16, BF16 and F8 a new one, in float32."""
        names = _DTYPES.get(self.get_dtype())
        if names is None or names[1] == "e":
            return self.to_f32().to_memoryview()
        size = self.get_n_elements() * names[2]
        if size == 0:  # a view of nothing has no shape
            return memoryview(b"").cast(names[1])
        memory = (ctypes.c_char * size).from_address(self.get_address())
        memory.tensor = self
        flat = memoryview(memory).toreadonly().cast("B")
        return flat.cast(names[1], self.shape)

    @staticmethod
    def new_from_array(array):
        """A tensor with the numbers of a numpy array, or of anything else that shows its memory, copied once."""
        interface = getattr(array, "__array_interface__", None)
        if interface is not None:
            import numpy

            plain = numpy.ascontiguousarray(array, dtype=numpy.asarray(array).dtype.newbyteorder("<")).reshape(numpy.shape(array))
            found = _DTYPE_OF_NUMPY.get(plain.__array_interface__["typestr"])
            if found is None:
                raise TypeError(_("a tensor holds no elements of type {name}: convert them to float32").format(name=plain.dtype))
            return Sonde.Tensor.new_for_address(found, list(plain.shape), plain.__array_interface__["data"][0])
        view = memoryview(array)
        found = _dtype_of_format(view.format, view.itemsize)
        if found is None or not view.c_contiguous:
            raise TypeError(_("a tensor holds no elements of type {name}: convert them to float32").format(name=view.format))
        if view.readonly or view.nbytes == 0:
            return Sonde.Tensor.new(found, list(view.shape), GLib.Bytes.new(view.tobytes()))
        memory = (ctypes.c_char * view.nbytes).from_buffer(view)
        return Sonde.Tensor.new_for_address(found, list(view.shape), ctypes.addressof(memory))


__all__.append("Tensor")


# ---- tables ----

_LETTERS = {Sonde.ColumnKind.STRING: "s", Sonde.ColumnKind.INTEGER: "x", Sonde.ColumnKind.NUMBER: "d"}
_MOST_SHOWN = 60  # rows in a notebook, as pandas has it


@override
class Table(Sonde.Table):
    """Rows under named, typed columns. NaN is undefined."""

    def __repr__(self):
        return f"<Sonde.Table {self.get_name()}, {self.get_n_rows()} rows of {', '.join(self.get_column_name(column) for column in range(self.get_n_columns()))}>"

    def add_row(self, *fields):
        """One field a column, in order: str, int or float; None for a number that is undefined. Or one GLib.Variant of them all."""
        if len(fields) == 1 and isinstance(fields[0], GLib.Variant):
            super().add_row(fields[0])
            return
        kinds = [self.get_column_kind(column) for column in range(self.get_n_columns())]
        if len(fields) != len(kinds):
            raise TypeError(_("table {name} has {columns} columns, and the row {fields} fields: give one for each").format(name=self.get_name(), columns=len(kinds), fields=len(fields)))
        convert = {Sonde.ColumnKind.STRING: str, Sonde.ColumnKind.INTEGER: int, Sonde.ColumnKind.NUMBER: lambda field: math.nan if field is None else float(field)}
        super().add_row(GLib.Variant(f"({''.join(_LETTERS[kind] for kind in kinds)})", tuple(convert[kind](field) for kind, field in zip(kinds, fields))))

    def _columns(self, plain):
        columns = {}
        for column in range(self.get_n_columns()):
            numbers = self.dup_column(column)
            columns[self.get_column_name(column)] = [self.get_string(row, column) for row in range(self.get_n_rows())] if numbers is None else plain(numbers)
        return columns

    def to_dict(self):
        """Name of each column to a list of its fields; what pandas.DataFrame () takes."""
        return self._columns(lambda numbers: numbers.to_memoryview().tolist())

    def to_numpy(self):
        """Name of each column to a numpy array of its fields: of str, int64 or float64."""
        import numpy

        return {name: numpy.asarray(fields) for name, fields in self._columns(lambda numbers: numbers).items()}

    def _repr_html_(self):
        columns = self.to_dict()
        n_rows = self.get_n_rows()
        rows = ["".join(f"<td>{html.escape(f'{field[row]:.6g}' if isinstance(field[row], float) else str(field[row]))}</td>" for field in columns.values())
                for row in range(min(n_rows, _MOST_SHOWN))]
        head = "".join(f"<th title=\"{html.escape(self.get_column_blurb(i) or '')}\">{html.escape(name)}</th>" for i, name in enumerate(columns))
        more = f"<caption>{html.escape(_('{shown} of {rows} rows').format(shown=_MOST_SHOWN, rows=n_rows))}</caption>" if n_rows > _MOST_SHOWN else ""
        return f"<table>{more}<thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


_KINDS = {str: Sonde.ColumnKind.STRING, int: Sonde.ColumnKind.INTEGER, float: Sonde.ColumnKind.NUMBER}


def new_table(name, blurb, /, **columns):
    """A table with its columns, each a type, or (type, unit, blurb): new_table ("mine", "Mine", stage=str, share=(float, "1", "Share"))."""
    table = Sonde.Table.new(name, blurb)
    for column, words in columns.items():
        kind, unit, text = (*words, None, None)[:3] if isinstance(words, tuple) else (words, None, None)
        table.add_column(column, _KINDS[kind], unit, text or column.replace("_", " ").capitalize())
    return table


__all__ += ["Table", "new_table"]


# ---- figures ----

def new_color(red=0.0, green=0.0, blue=0.0, alpha=1.0):
    """A Sonde.Color; each number is from 0 to 1."""
    color = Sonde.Color()
    color.red, color.green, color.blue, color.alpha = red, green, blue, alpha
    return color


def new_style(color=None, line_width=1.5, marker=Sonde.Marker.NONE, marker_size=8, edge_color=None, edge_width=0):
    """A Sonde.Style: how a mark looks. Colours are such as Sonde.Color.get_series (0); what is not said is black."""
    style = Sonde.Style()
    for part, value in ((style.color, color or new_color()), (style.edge_color, edge_color or new_color())):
        part.red, part.green, part.blue, part.alpha = value.red, value.green, value.blue, value.alpha
    style.line_width, style.marker, style.marker_size, style.edge_width = line_width, marker, marker_size, edge_width
    return style


__all__ += ["new_color", "new_style"]


@override
class Figure(Sonde.Figure):
    """Panels of marks. figure.to_svg (None).get_data () are the bytes of an SVG file; a notebook shows the figure by itself."""

    def __repr__(self):
        return f"<Sonde.Figure {self.get_name()}>"

    def _repr_svg_(self):
        return self.to_svg(None).get_data().decode()


@override
class Result(Sonde.Result):
    """What an analyzer gives: get_tables (), get_figures (), get_warnings ()."""

    def __repr__(self):
        tables, figures = (", ".join(thing.get_name() for thing in things) or "none" for things in (self.get_tables(), self.get_figures()))
        return f"<Sonde.Result, tables: {tables}; figures: {figures}>"


__all__ += ["Figure", "Result"]


# ---- properties ----

class _EnumValue(ctypes.Structure):
    _fields_ = [("value", ctypes.c_int), ("value_name", ctypes.c_char_p), ("value_nick", ctypes.c_char_p)]


_enums = []  # GObject keeps pointers to the values


def new_enum(name, /, **values):
    """A type for properties that take one of some words, each with what it means:

        Centre = Sonde.new_enum("MyMeasureCentre", both="Rows and columns have mean 0", none="Similarities as they are")
        centre = GObject.Property(type=Centre, default=Centre.BOTH, nick="Centre", blurb="What is taken away first")
    """
    gobject = ctypes.CDLL("libgobject-2.0.so.0")
    gobject.g_type_from_name.restype = gobject.g_enum_register_static.restype = ctypes.c_size_t
    if not values:
        raise TypeError(_("the enumeration {name} has no values: give it some").format(name=name))
    if gobject.g_type_from_name(name.encode()) != 0:
        raise ValueError(_("there is a type {name} already: begin the name with that of the plugin").format(name=name))
    words = [(number, blurb.encode(), word.replace("_", "-").encode()) for number, (word, blurb) in enumerate(values.items())]
    _enums.append((_EnumValue * (len(words) + 1))(*words))
    gobject.g_enum_register_static(name.encode(), _enums[-1])
    first = GObject.Value(GObject.GType.from_name(name))
    kind = type(_gvalue_get(first))  # the class that PyGObject makes of it
    for number, word in enumerate(values):
        setattr(kind, word.upper(), kind(number))
    return kind


__all__.append("new_enum")


# ---- captures ----

def _map_member(path, info):
    """An array that a zip file holds as it is lies in the file as a whole."""
    import numpy

    with open(path, "rb") as file:
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
        file.seek(info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"))
        version = numpy.lib.format.read_magic(file)
        read = numpy.lib.format.read_array_header_1_0 if version == (1, 0) else numpy.lib.format.read_array_header_2_0
        shape, by_columns, dtype = read(file)
        if math.prod(shape) == 0:
            return numpy.empty(shape, dtype)
        return numpy.memmap(path, mode="r", offset=file.tell(), dtype=dtype, shape=shape, order="F" if by_columns else "C")


class Capture(collections.abc.Mapping):
    """A file of activations, .safetensors or .npz: names such as "one-sequence/L3/gelu" to numpy arrays, rows x features.

    What the file holds uncompressed stays in it and is read when it is used.
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        if self.path.endswith(".npz"):
            with zipfile.ZipFile(self.path) as archive:
                self._members = {info.filename[:-4]: info for info in archive.infolist() if info.filename.endswith(".npy")}
            self._tensors = None
        else:
            self._tensors = Sonde.Safetensors.open(self.path)
            self._members = dict.fromkeys(self._tensors.dup_names())

    def __repr__(self):
        return f"<Sonde.Capture {self.path}, {len(self)} arrays>"

    @property
    def description(self):
        """What the file says of itself, a Sonde.CaptureDescription: model, stages, conditions. None for files of other tools."""
        if self._tensors is not None:
            text = self._tensors.get_metadata(Sonde.CAPTURE_METADATA)
        else:
            with zipfile.ZipFile(self.path) as archive:
                text = archive.read(Sonde.CAPTURE_MEMBER).decode() if Sonde.CAPTURE_MEMBER in archive.namelist() else None
        return Sonde.CaptureDescription.parse(text, self.path) if text is not None else None

    def __getitem__(self, name):
        import numpy

        info = self._members[name]
        if self._tensors is not None:
            return numpy.asarray(self._tensors.ref_tensor(name))
        if info.compress_type == zipfile.ZIP_STORED:
            return _map_member(self.path, info)
        with zipfile.ZipFile(self.path) as archive, archive.open(info) as file:
            return numpy.lib.format.read_array(file)

    def __iter__(self):
        return iter(self._members)

    def __len__(self):
        return len(self._members)


__all__.append("Capture")


# ---- a run in one call ----

def _read_text(path):
    with open(path, "rb") as file:
        return GLib.Bytes.new(file.read())


def run_recipe(name, model=None, text=None, target=None, layers="all", settings=None, registry=None, cancellable=None, progress=None):
    """Runs a recipe, or a chain such as "TAP ! ANALYZER PROPERTY=VALUE ! ANALYZER", and returns its results: one Sonde.Result an analyzer.

    model and text are paths; what is None is the demo's. settings has what --set takes: {"ANALYZER.PROPERTY": value}.
    progress (layers_done, n_layers) is called after each layer. Whatever does not fit is a GLib.Error with a sentence.
    """
    Sonde.blas_open()
    registry = registry or Sonde.Registry.new()
    chain_text = name if "!" in name else None
    recipe = Sonde.Recipe.load(Sonde.RECIPE_FOR_CHAINS if chain_text else name)
    recipe.configure_providers(registry)
    chain = recipe.build_chain(registry, chain_text.split() if chain_text else None)
    conditions = recipe.dup_conditions()
    for key, value in (settings or {}).items():
        element, dot, key = key.rpartition(".")
        condition = next((condition for condition in conditions if condition.get_id() == element), None)
        value = str(value).lower() if isinstance(value, bool) else str(value)
        if condition is not None:
            Sonde.property_set(condition, element, key, value)
        else:
            chain.set_property(element, key, value)
    chain.check(registry)
    opened = registry.open_model(model or Sonde.paths_find_data("demo-model"), cancellable)
    path = text or Sonde.paths_find_data("demo-text.txt")
    corpus = Sonde.Corpus.new(opened.get_tokenizer(), path, _read_text(path))
    if any(condition.needs_target() for condition in conditions):
        corpus.set_target(target or recipe.get_target())
    run = Sonde.Run.new(opened, chain.get_tap()[0], chain, conditions, corpus, layers)
    if progress is not None:
        run.set_progress(lambda done, n, *data: progress(done, n))
    run.execute(cancellable)
    return run.get_results()


__all__.append("run_recipe")


# ---- plugins ----

def _add_guards(interface):
    def __init_subclass__(cls, **arguments):
        guard_methods(cls, interface.__name__)
        super(interface, cls).__init_subclass__(**arguments)

    interface.__init_subclass__ = classmethod(__init_subclass__)
    __all__.append(interface.__name__)


@override
class Analyzer(Sonde.Analyzer):
    """Implement do_describe, do_process, do_finish; do_prepare and do_estimate where you need them."""


@override
class Tap(Sonde.Tap):
    """Implement do_dup_stages; do_dup_wanted where the stages are the same for every model."""


@override
class ModelProvider(Sonde.ModelProvider):
    """Implement do_probe and do_open."""


@override
class Tokenizer(Sonde.Tokenizer):
    """Implement do_encode (text, length, tokens), do_dup_token and do_get_n_tokens."""


@override
class Model(Sonde.Model):
    """Implement do_get_name, do_get_n_layers, do_dup_sites, do_get_tokenizer and do_run (batch, selection, func, data, cancellable)."""

    def run(self, batch, selection, func, data=None, cancellable=None):
        """Calls func (layer, site, tensor, data) for each wanted tensor; what it raises ends the run and is raised here."""
        raised = []

        def take(layer, site, tensor, *rest):
            try:
                return func(layer, site, tensor, data) is not False
            except BaseException as exception:
                raised.append(exception)
                return False

        try:
            return super().run(batch, selection, take, None, cancellable)
        except GLib.Error:
            if raised:
                raise raised[0] from None
            raise


for _interface in (Analyzer, Tap, ModelProvider, Tokenizer, Model):
    _add_guards(_interface)
