// LoopbackServer: see docs/architecture.md
