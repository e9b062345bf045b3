"""Figures of associations as SVG files: QQ with λ, Manhattan, and Miami (genes above, GWAS below)."""
