"""The measure against numbers counted by hand. It needs no libsonde: what the plugin imports from it is stood in for."""
import runpy
import sys
from pathlib import Path
from unittest import mock

try:
    import numpy
except ImportError:
    sys.exit(77)  # skipped

repository = mock.MagicMock()
repository.GObject.Object = type("Object", (), {})
repository.Sonde.Analyzer = type("Analyzer", (), {})
sys.modules["gi"] = mock.MagicMock()
sys.modules["gi.repository"] = repository
plugin = runpy.run_path(str(Path(__file__).parent / "@name@.py"))

x = numpy.array([[-1, 0, 0.25], [0.5, 1, 3]], numpy.float32)
assert plugin["measure"](x, 0) == 4 / 6
assert plugin["measure"](x, 0.5) == 2 / 6
