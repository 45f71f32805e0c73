"""What ``yuqing doctor`` looks at: each check says what it found and, where something is missing, what to do."""
