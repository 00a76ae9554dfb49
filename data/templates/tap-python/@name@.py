"""Which places of a model an investigation looks at, as stages in order. Put your stages in the place of STAGES."""
import gi

gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde  # noqa: E402

# In the order of the data flow, what files and figures call each place, and which one it is: in files and tables; on axes and in
# legends; in titles; in the running text of an axis; what models call the place, or what other libraries do; whether every layer
# must have it.
STAGES = (
    ("before", "Befo", "Before the block", "block input", "block.input", True),
    ("after", "Afte", "After the block", "block output", "block", True),
)


class @Type@Tap(GObject.Object, Sonde.Tap):
    __gtype_name__ = "@Type@Tap"

    # A tap knows no model: it goes by the names of sites, takes over each one's formula, and a model that lacks one is refused.
    def do_dup_stages(self, model):
        return [Sonde.Stage.new_for_site(model, *stage) for stage in STAGES]

    # The same without a model, for `sonde inspect @name@`.
    def do_dup_wanted(self):
        return [Sonde.Stage.new(*stage[:5], "") for stage in STAGES]
