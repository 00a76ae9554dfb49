"""How much of each stage is quiet: the tutorial in Python, to be read from top to bottom. It measures what hello does."""
import gi
import numpy

gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde  # noqa: E402


class HelloPythonAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "HelloPythonAnalyzer"  # called like the module, so that no other plugin has the name
    # This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance.
    threshold = GObject.Property(type=float, default=0.5, minimum=0, maximum=100, nick="Threshold", blurb="How far from 0 an activation may be to be quiet, in root mean squares of its stage")

    def __init__(self):
        super().__init__()  # a profile takes a number for each stage of each frame, and gives the table and the figure
        self.profile = Sonde.Profile.new("hello-python", "Share of quiet activations over the layers", "quiet", "1", "Quiet activations")

    def do_describe(self):  # what `sonde inspect` shows and chains are checked with; the example runs
        return self.profile.describe("hello-python threshold=0.1")

    def do_prepare(self, investigation):  # once before the first frame, with every property set
        self.profile.begin(investigation)
        return True

    def do_process(self, frame, cancellable):  # for every layer, and in it for every condition
        for i in range(frame.get_n_stages()):
            if frame.get_n_rows() == 0:  # a sentence for people, told as it stands; whatever else is raised is told with its file and line
                raise GLib.Error("there are no rows to count quiet activations in")
            squares = numpy.square(frame.get_tensor(i), dtype=numpy.float64)  # rows x features, read where they are
            self.profile.add(frame, i, numpy.mean(squares <= self.threshold**2 * squares.mean()))
        return True

    def do_finish(self, cancellable):  # once after the last frame
        return self.profile.finish("The share of each stage's activations that are no farther from 0 than the property threshold times their root mean square.")
