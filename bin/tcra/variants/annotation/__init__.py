"""Annotation files for stratified LD score regression and polyfun."""
