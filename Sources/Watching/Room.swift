// Watching: see docs/architecture.md
