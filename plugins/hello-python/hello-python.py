"""How much of each stage is quiet: the tutorial in Python, to be read from top to bottom. It measures what hello does."""
import gi
import numpy
gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde


class HelloPythonAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "HelloPythonAnalyzer"  # called like the module, so that no other plugin has the name
    # This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance.
    threshold = GObject.Property(type=float, default=0.5, minimum=0, maximum=100, nick="Threshold", blurb="How far from 0 an activation may be to be quiet, in root mean squares of its stage")

    def do_describe(self):  # what it gives: `sonde inspect` shows it, and chains are checked with it
        description = Sonde.Description.new()
        description.add_table(Sonde.new_table("hello-python", "Share of quiet activations", condition=str, layer=int, stage=str, quiet=(float, "1", "Quiet activations")))
        description.add_figure("hello-python", "Share of quiet activations over the layers")
        return description

    def do_prepare(self, investigation):  # once before the first frame, with every property set
        self.layers, self.lines, self.table = investigation.get_layers(), {}, self.do_describe().get_tables()[0]
        return True

    def do_process(self, frame, cancellable):  # for every layer, and in it for every condition; what is raised ends the run with a sentence
        condition, layer = frame.get_condition().get_id(), frame.get_layer()
        for i in range(frame.get_n_stages() if layer in self.layers else 0):
            squares = numpy.square(frame.get_tensor(i), dtype=numpy.float64)  # rows x features, read where they are
            quiet = numpy.mean(squares <= self.threshold**2 * squares.mean())
            self.table.add_row(condition, layer, frame.get_stage(i).id, quiet)
            self.lines.setdefault(f"{frame.get_stage(i).short_label}, {condition}", []).append(quiet)
        return True

    def do_finish(self, cancellable):  # once after the last frame
        result, figure = Sonde.Result.new(), Sonde.Figure.new("hello-python", 1, 1, 400, 300)
        panel = figure.add_panel(0, 0)
        for i, (label, quiet) in enumerate(self.lines.items()):
            panel.add_line(self.layers, quiet, Sonde.new_style(color=Sonde.Color.get_series(i)), label)
        result.add_table(self.table)
        result.add_figure(figure)
        return result
