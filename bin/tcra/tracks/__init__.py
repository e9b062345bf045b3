"""From bigWig tracks to coverage, and from coverage and DNA to TFRecords."""
