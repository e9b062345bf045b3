"""Gene-expression models: weights and covariances in PredictDB's layout."""
