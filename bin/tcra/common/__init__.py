"""What every room uses: files, tables, accounting, provenance, the genome."""
