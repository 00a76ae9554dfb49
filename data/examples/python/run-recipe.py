"""Runs a recipe on the demo model and prints how many dimensions each stage fills. Usage: run-recipe.py [RECIPE]"""
import sys

import gi

gi.require_version("Sonde", "1")
from gi.repository import GLib, Sonde  # noqa: E402

try:
    results = Sonde.run_recipe(sys.argv[1] if len(sys.argv) > 1 else "mlp-progression")
except GLib.Error as error:  # one sentence that says what does not fit
    sys.exit(error.message)
tables = {table.get_name(): table for result in results for table in result.get_tables()}
rows = tables["dimensionality"].to_dict()
for condition, layer, stage, ratio in zip(rows["condition"], rows["layer"], rows["stage"], rows["participation_ratio"]):
    print(f"{condition} layer {layer:2} {stage:12} {ratio:8.3f}")
