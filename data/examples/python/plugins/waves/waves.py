"""Models whose layers are waves of the bytes read so far: a whole provider. A source is a file that says layers=3 and features=6."""
import gi
import numpy

gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde  # noqa: E402


class WavesModel(GObject.Object, Sonde.Model, Sonde.Tokenizer):
    __gtype_name__ = "WavesModel"
    SITES = ("block.input", "block")

    def __init__(self, path="", layers=1, features=2):
        super().__init__()
        self.path, self.layers, self.features = path, layers, features

    def do_get_name(self):
        return f"Waves, {self.layers} layers, {self.features} features"

    def do_get_n_layers(self):
        return self.layers

    def do_dup_sites(self):  # in the order of the data flow, each with what it holds
        formulas = ("wave of this layer", "wave of the next layer")
        return [Sonde.Site.new(name, formula, self.features, True) for name, formula in zip(self.SITES, formulas)]

    def do_foreach_file(self, func, data):  # their checksums go into the provenance
        func("config", self.path)

    def do_run(self, batch, selection, func, data, cancellable):
        sums = [numpy.cumsum(batch.get_ids(i), dtype=float)[batch.get_kept(i)] for i in range(batch.get_n_sequences())]
        rows = numpy.concatenate(sums)[:, None]  # the kept rows, sequence after sequence
        for layer in range(self.layers):
            for i, site in enumerate(self.SITES):
                if selection.has(layer, site):  # what nobody reads is not computed
                    values = numpy.sin(numpy.arange(1, self.features + 1) * (layer + i + 1) * rows)
                    func(layer, site, Sonde.Tensor.new_from_array(values.astype(numpy.float32)))
        return True

    def do_get_tokenizer(self):  # the model cuts its own text, below
        return self

    def do_encode(self, text, length, tokens):  # every byte is a token
        for i, byte in enumerate(text):
            tokens.add(byte, i, i + 1)
        return True

    def do_dup_token(self, number):
        return GLib.Bytes.new(bytes([number])) if 0 <= number < 256 else None

    def do_get_n_tokens(self):
        return 256


class WavesProvider(GObject.Object, Sonde.ModelProvider):
    __gtype_name__ = "WavesProvider"  # called like the module, so that no other plugin has the name

    def do_probe(self, path):  # a score of 0 to 100, and for 0 a reason
        return (100, None) if path.endswith(".waves") else (0, "its name does not end in .waves")

    def do_open(self, path, cancellable):
        with open(path, encoding="utf-8") as file:
            settings = dict(line.strip().split("=") for line in file if line.strip())
        return WavesModel(path, int(settings["layers"]), int(settings["features"]))
