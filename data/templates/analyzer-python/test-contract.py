"""What every analyzer keeps, as a test program. It needs PyGObject."""
import sys

try:
    import gi

    gi.require_version("SondeTesting", "1")
    from gi.repository import SondeTesting
except (AttributeError, ImportError, ValueError) as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

sys.exit(SondeTesting.main([sys.argv[0]], "@name@", None))
