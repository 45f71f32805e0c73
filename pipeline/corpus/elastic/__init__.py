"""The corpus on Elasticsearch: what the index looks like, how it is filled without loss, how it is searched."""
