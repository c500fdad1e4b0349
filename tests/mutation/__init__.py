"""Mutation testing of the engine's core: `make mutants`. See docs/proof.md."""
