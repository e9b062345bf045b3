"""Variants and their scores from one genome build to another."""
