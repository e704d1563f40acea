// Transfers: see docs/architecture.md
