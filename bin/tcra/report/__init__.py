"""Figures and the HTML page: one self-contained file that a biologist and a reviewer can read."""
