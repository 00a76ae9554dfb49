"""Which share of a stage's activations lies above a threshold. Put your measure in the place of measure ()."""
import gi

gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde  # noqa: E402


def measure(values, threshold):
    return sum(value > threshold for value in values) / len(values) if len(values) else 0.0


class @Type@Analyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "@Type@Analyzer"
    # This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance.
    threshold = GObject.Property(type=float, default=0, minimum=-1e6, maximum=1e6, nick="Threshold", blurb="What an activation must exceed to count")

    def __init__(self):
        super().__init__()
        self.table = Sonde.Table.new("@name@", "Share of each stage's activations above the threshold")
        self.table.add_column("condition", Sonde.ColumnKind.STRING, None, "Condition")
        self.table.add_column("layer", Sonde.ColumnKind.INTEGER, None, "Layer, from 0")
        self.table.add_column("stage", Sonde.ColumnKind.STRING, None, "Stage")
        self.table.add_column("share", Sonde.ColumnKind.NUMBER, "1", "Share of the activations above the threshold")

    def do_describe(self):
        description = Sonde.Description.new()
        description.add_table(self.table)
        description.set_example("@name@ threshold=0.5")
        return description

    def do_prepare(self, investigation):
        self.investigation = investigation
        return True

    def do_process(self, frame, cancellable):
        layer = frame.get_layer()
        for i in range(frame.get_n_stages() if self.investigation.covers(layer) else 0):
            values = memoryview(frame.get_tensor(i).get_bytes().get_data()).cast("f")  # rows x features
            row = (frame.get_condition().get_id(), layer, frame.get_stage(i).id, measure(values, self.threshold))
            self.table.add_row(GLib.Variant("(sxsd)", row))
        return cancellable is None or not cancellable.set_error_if_cancelled()

    def do_finish(self, cancellable):
        result = Sonde.Result.new()
        result.add_table(self.table)
        return result
