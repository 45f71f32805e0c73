"""Who must answer first (第一责任主体), by the clauses of the governing documents."""
