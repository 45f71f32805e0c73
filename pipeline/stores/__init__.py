"""What is kept: the log, the ledger, the corpus, the rejected bytes."""
