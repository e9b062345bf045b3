"""All associations of a study together: corrected for the number of tests, combined over SNP sets and tissues."""
