"""The made-up cohort with planted truth, the trunk that reads its grammar, and the comparison of a finished run with the truth."""
