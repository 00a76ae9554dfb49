"""Draws a figure of the library's own, as a cell of a notebook shows it. Usage: notebook-figure.py [FILE.svg]

In a notebook the figure as the last line of a cell is enough. These are the bytes behind that.
"""
import sys

import gi

gi.require_version("Sonde", "1")
from gi.repository import Sonde  # noqa: E402

results = Sonde.run_recipe("mlp-stages ! dimensionality", layers="0-5")
figure = results[0].get_figures()[0]

own = Sonde.Figure.new("own", 1, 1, 360, 240)  # one that no analyzer drew
panel = own.add_panel(0, 0)
rows = results[0].get_tables()[0].to_dict()
gelu = [ratio for ratio, stage, condition in zip(rows["participation_ratio"], rows["stage"], rows["condition"]) if (stage, condition) == ("gelu", "one-sequence")]
panel.add_line(list(range(len(gelu))), gelu, Sonde.new_style(color=Sonde.Color.get_series(1)), "GELU")
panel.set_x_label("Layer")
panel.set_y_label("Participation ratio")

for drawn in (figure, own):
    svg = drawn.to_svg(None).get_data()
    print(f"{drawn.get_name()}: {len(svg)} bytes of SVG")
if len(sys.argv) > 1:
    with open(sys.argv[1], "wb") as file:
        file.write(own.to_svg(None).get_data())
