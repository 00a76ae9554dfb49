"""The output of layer 1, two kept rows of one sequence, against sums by hand. It needs PyGObject."""
import math
import sys
from pathlib import Path

try:
    import gi

    gi.require_version("Sonde", "1")
    from gi.repository import Sonde
except (ImportError, ValueError):
    sys.exit(77)  # skipped

model = Sonde.Registry.new().open_model(str(Path(__file__).parent / "example.@name@"))
batch = Sonde.Batch.new()
batch.add([5, 6, 7], [0, 2])
selection = Sonde.Selection.new()
selection.add(1, "block")
found = []
model.run(batch, selection, lambda layer, site, tensor, *data: found.append(tensor.to_memoryview().tolist()) or True)
rows = found[0]
assert len(found) == 1 and len(rows) == 2, found
assert abs(rows[0][0] - math.sin(3 * 5)) < 1e-6
assert abs(rows[1][1] - math.sin(2 * 3 * (5 + 6 + 7))) < 1e-6
