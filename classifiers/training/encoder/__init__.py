"""Fine-tuning of the careful reader's encoder: base weights, vocabulary, network, fitting, export."""
