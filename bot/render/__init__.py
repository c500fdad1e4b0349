"""Words: domain objects in, Slack blocks, e-mails and ticket texts out. Pure; nothing here waits or knows a client."""
