"""A local Slack on loopback that refuses what Slack refuses: begin at `server` and `seed`."""
