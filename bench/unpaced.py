"""The bot as `tocsin run` starts it, but without keeping Slack's rate limits: `python -m bench.unpaced`."""

import math

import uvloop

from bot import log
from bot.clock import SystemClock
from bot.config.environment import read_settings
from bot.config.in_force import ConfigurationInForce
from bot.delivery.slack.pace import Pace
from bot.runtime import run
from bot.wiring import build
from handlers.alerts import PARSERS


def main() -> None:
    """Run until told to stop."""
    settings, clock = read_settings(), SystemClock()
    log.configure(settings.log_level, settings.log_format)
    in_force = ConfigurationInForce(settings.config, settings, PARSERS)
    uvloop.run(run(build(settings, in_force, clock, pace=Pace(clock, math.inf))))


if __name__ == "__main__":
    main()
