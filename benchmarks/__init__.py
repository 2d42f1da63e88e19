"""What keyproof costs in time and memory; `docs/performance.md` has the figures."""
