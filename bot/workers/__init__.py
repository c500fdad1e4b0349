"""The clock's side: climbing what is due, delivering what is ready, and looking after the rest."""
