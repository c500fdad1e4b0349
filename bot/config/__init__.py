"""From `tocsin.yaml` to domain objects."""
