"""A provider of models, and the model that it opens: a text file says how large it is. Put yours in the place of compute ()."""
import array
import configparser
import itertools
import math

import gi

gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde  # noqa: E402

SITES = (("block.input", "wave of this layer"), ("block", "wave of the next layer"))


def compute(sequences, wave, n_features):
    """sin ((feature + 1) (wave + 1) Σ of the ids up to the row's position): the kept rows, sequence after sequence."""
    rows = array.array("f")
    for ids, kept in sequences:
        sums = list(itertools.accumulate(ids))
        for position in kept:
            rows.extend(math.sin((feature + 1) * (wave + 1) * sums[position]) for feature in range(n_features))
    return rows


class @Type@Model(GObject.Object, Sonde.Model, Sonde.Tokenizer):
    __gtype_name__ = "@Type@Model"

    def __init__(self, path, n_layers, n_features):
        super().__init__()
        self.path, self.n_layers, self.n_features = path, n_layers, n_features

    def do_get_name(self):
        return f"Waves, {self.n_layers} layers, {self.n_features} features"

    def do_get_n_layers(self):
        return self.n_layers

    # Where a tensor can be read in every layer, in the order of the data flow, each with what it holds.
    def do_dup_sites(self):
        return [Sonde.Site.new(name, formula, self.n_features, True) for name, formula in SITES]

    # The files whose checksums go into the provenance.
    def do_foreach_file(self, func, data):
        func("config", self.path)

    # Gives each wanted site as soon as it is there, and computes nothing that nobody reads.
    def do_run(self, batch, selection, func, data, cancellable):
        sequences = [(batch.get_ids(i), batch.get_kept(i)) for i in range(batch.get_n_sequences())]
        wrong = next((token for ids, _ in sequences for token in ids if not 0 <= token <= 255), None)
        if wrong is not None:
            raise refusal(Sonde.Error.VALUE, f"token {wrong} is none of the 256 bytes")
        shape = [batch.get_n_rows(), self.n_features]
        for layer, (i, (site, _)) in itertools.product(range(self.n_layers), enumerate(SITES)):
            if cancellable is not None:
                cancellable.set_error_if_cancelled()
            if selection.has(layer, site):
                rows = GLib.Bytes.new(compute(sequences, layer + i, self.n_features).tobytes())
                func(layer, site, Sonde.Tensor.new(Sonde.Dtype.F32, shape, rows))
        return True

    # The model cuts its own text: every byte is a token.
    def do_get_tokenizer(self):
        return self

    def do_encode(self, text, length, tokens):
        for i, byte in enumerate(text):
            tokens.add(byte, i, i + 1)
        return True

    def do_dup_token(self, id):
        return GLib.Bytes.new(bytes([id])) if 0 <= id < 256 else None

    def do_get_n_tokens(self):
        return 256


class @Type@Provider(GObject.Object, Sonde.ModelProvider):
    __gtype_name__ = "@Type@Provider"

    # From 0, not mine, and a sentence why, to 100, certainly mine. It is asked for what its manifest's X-Sonde-Opens fits, and for
    # what nobody else takes: this reads nothing large.
    def do_probe(self, path):
        return (100, None) if path.endswith(".@name@") else (0, f"“{path}” does not end in .@name@")

    def do_open(self, path, cancellable):
        return @Type@Model(path, *read_sizes(path))


def read_sizes(path):
    file = configparser.ConfigParser()
    try:
        with open(path, encoding="utf-8") as lines:
            file.read_file(lines)
        sizes = [file.getint("Model", key) for key in ("layers", "features")]
    except (OSError, ValueError, configparser.Error) as error:
        raise refusal(Sonde.Error.FORMAT, f"“{path}” cannot be read: {' '.join(str(error).split())}") from error
    if not all(1 <= size <= 10000 for size in sizes):
        raise refusal(Sonde.Error.FORMAT, f"“{path}” must have numbers from 1 to 10000 as “layers” and “features” in [Model]")
    return sizes


# What is wrong with a file is said in one sentence. Other exceptions are taken for defects of the plugin.
def refusal(code, sentence):
    return GLib.Error.new_literal(Sonde.error_quark(), sentence, code)
