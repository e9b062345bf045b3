"""All drawing: one style, one palette, one genome axis, one rule for thinning points."""
