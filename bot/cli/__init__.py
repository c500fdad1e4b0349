"""The command line's larger subjects, one module each; `bot/__main__.py` registers them."""
