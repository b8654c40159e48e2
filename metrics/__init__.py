"""What is measured and how: definitions, the calculation that reads them, and the protection of its results."""
