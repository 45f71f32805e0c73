"""What every format needs: encodings, tables, pages, times, counts, places, masking, cleaning, identity."""
