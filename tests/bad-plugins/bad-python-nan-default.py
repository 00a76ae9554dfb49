"""A default that is in no range: the program must not end with it."""
import gi

gi.require_version("Sonde", "1")
from gi.repository import GObject, Sonde  # noqa: E402


class NanDefault(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "BadPythonNanDefault"
    share = GObject.Property(type=float, default=float("nan"))
