"""The report: one HTML file that opens anywhere, from facts that a command gathered. Reads no store."""
