"""The corpus: every judged mention, found again by any words in it; embedded or on Elasticsearch, the same hits."""
