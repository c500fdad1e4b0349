"""Services as routes want them: made once, so that incidents share what is stored of them."""

from bot.domain.configuration import Configuration
from bot.domain.route import Placement
from bot.domain.service import Service


class Services:
    """A service with another ladder or other tickets is the same object each time it is asked for."""

    def __init__(self) -> None:
        self._of: Configuration | None = None
        self._made: dict[tuple[object, ...], Service] = {}

    def serving(self, configuration: Configuration, placement: Placement) -> Service:
        """The service of an alert that was placed there."""
        service, handling = configuration.services[placement.service], placement.handling
        if handling.ladder is None and handling.ticket is None:
            return service
        if self._of is not configuration:
            self._of, self._made = configuration, {}
        ladder = handling.ladder.id if handling.ladder else None
        key = (service.id, ladder, handling.ticket)
        if key not in self._made:
            self._made[key] = handling.serving(service)
        return self._made[key]
