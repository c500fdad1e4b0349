"""Import: what another product exported becomes a `tocsin.yaml`, and a list of what it cannot say."""
