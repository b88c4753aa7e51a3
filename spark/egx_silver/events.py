"""What a run tells: one JSON line an event, on standard output."""

import json


def say(event: str, **facts: object) -> None:
    """Write one JSON line."""
    print(json.dumps({"event": event, **facts}), flush=True)
