"""Which share of each stage is quiet: the tutorial in Python, to be read from top to bottom. It measures what hello does."""
import math

import gi
import numpy

gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde  # noqa: E402
_ = Sonde.language_translate  # what people read; what programs read, as names and blurbs, is kept in English


def measure(x, threshold):  # the measure, in numpy that knows nothing of Sonde; x is rows x features, float32
    squares = numpy.square(x, dtype=numpy.float64)
    return numpy.mean(squares <= threshold**2 * squares.mean()) if x.size else math.nan


class HelloPythonAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "HelloPythonAnalyzer"  # called like the module, so that no other plugin has the name
    # This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance.
    threshold = GObject.Property(type=float, default=0.5, minimum=0, maximum=100, nick="Threshold", blurb="How far from 0 an activation may be to be quiet, in root mean squares of its stage")

    def __init__(self):  # a profile takes a number for each stage of each frame, and gives the table and the figure
        super().__init__()
        self.profile = Sonde.Profile.new("hello-python", "Share of quiet activations over the layers", "quiet", "1", "Quiet activations; undefined where there are no activations")

    def do_describe(self):  # what `sonde inspect hello-python` shows and chains are checked with; the example runs
        return self.profile.describe("hello-python threshold=0.1")

    def do_prepare(self, investigation):  # once before the first frame, with every property set
        self.profile.begin(investigation)
        return True

    def do_process(self, frame, cancellable):  # for every layer, and in it for every condition; what is raised ends the run with a sentence
        for i in range(frame.get_n_stages()):
            self.profile.add(frame, i, measure(numpy.asarray(frame.get_tensor(i)), self.threshold))  # nothing is copied
        return cancellable is None or not cancellable.set_error_if_cancelled()

    def do_finish(self, cancellable):  # once after the last frame; Sonde.new_table and Sonde.Figure make others
        return self.profile.finish(_("The share of each stage's activations that are no farther from 0 than the property threshold times their root mean square."))
