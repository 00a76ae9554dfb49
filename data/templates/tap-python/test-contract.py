"""What every tap keeps, as a test program; it looks at the demo model, or at yours where its path stands in the place of None. It needs PyGObject."""
import sys

try:
    import gi

    gi.require_version("SondeTesting", "1")
    from gi.repository import SondeTesting
except (AttributeError, ImportError, ValueError) as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

sys.exit(SondeTesting.main([sys.argv[0]], "@name@", None))
