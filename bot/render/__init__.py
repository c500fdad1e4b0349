"""Words: domain objects in, Slack blocks, e-mails and ticket texts out. Pure."""
