"""The stages of a mock model that has their sites, whatever others it has. It needs PyGObject."""
import sys

try:
    import gi

    gi.require_version("SondeTesting", "1")
    from gi.repository import Sonde, SondeTesting
except (ImportError, ValueError):
    sys.exit(77)  # skipped

model = SondeTesting.Model.new(2)
for name, features, in_layers in (("block", 4, True), ("logits", 9, False), ("block.input", 4, True)):
    model.add_site(name, None, features, in_layers)
tap = Sonde.Registry.new().create("@name@", Sonde.PluginKind.TAP)
stages = tap.list_stages(model)
assert [(stage.id, stage.formula) for stage in stages] == [("before", "formula of block.input"), ("after", "formula of block")]
