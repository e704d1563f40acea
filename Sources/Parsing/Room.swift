// Parsing: see docs/architecture.md
