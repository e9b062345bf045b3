"""The look of every figure: one palette, one set of matplotlib settings."""

from typing import Any

# Okabe and Ito's colours: readers with any form of colour blindness can tell them apart, on white and on black.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000",
)  # fmt: skip
SERIES_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
GREY, LIGHT_GREY = "#8A8F98", "#DDDDDD"
CHROMOSOME_SHADES = (BLUE, SKY)  # in turn along the genome
HIT_COLOUR = THRESHOLD_COLOUR = VERMILION  # a significant test; the line above which tests are significant

FIGURE_STYLE: Any = {
    "svg.hashsalt": "tcra",  # element ids would be random otherwise
    "svg.fonttype": "none",  # text stays text: it can be searched and edited
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "grid.color": LIGHT_GREY,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
}
