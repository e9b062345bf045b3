"""The Enformer model, its checkpoints, cached embeddings, transfer learning and track evaluation."""
