"""Which share of a stage's activations lies above a threshold. Put your measure in the place of measure ()."""
import math

import gi
import numpy

gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde  # noqa: E402


def measure(x, threshold):
    """x is rows x features, float32, and lies where the model put it: it cannot be changed."""
    return numpy.mean(x > threshold) if x.size else math.nan  # undefined


class @Type@Analyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "@Type@Analyzer"
    # This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance.
    threshold = GObject.Property(type=float, default=0, minimum=-1e6, maximum=1e6, nick="Threshold", blurb="What an activation must exceed to count")

    # A profile takes a number for each stage of each frame, and gives the table and the figure.
    def __init__(self):
        super().__init__()
        self.profile = Sonde.Profile.new("@name@", "Share of each stage's activations above the threshold", "share", "1", "Share above the threshold; undefined where there are no activations")

    # What `sonde inspect @name@` prints, and chains are checked with; the example runs.
    def do_describe(self):
        return self.profile.describe("@name@ threshold=0.5")

    # Once, before the first frame, with every property set.
    def do_prepare(self, investigation):
        self.profile.begin(investigation)
        return True

    # For every layer, and in it for every condition. Whatever is raised ends the run with a sentence that has file and line.
    def do_process(self, frame, cancellable):
        for i in range(frame.get_n_stages()):
            self.profile.add(frame, i, measure(numpy.asarray(frame.get_tensor(i)), self.threshold))
        return cancellable is None or not cancellable.set_error_if_cancelled()

    # Once, after the last frame. Tables and figures of another form are Sonde.new_table () and a Sonde.Figure in a Sonde.Result.
    def do_finish(self, cancellable):
        return self.profile.finish("The share of each stage's activations above the property threshold.")
