"""Which Spark job has a lake's staged files and checkpoint: the one that began last.

The others have lost what they staged: they stop, at the latest before they put anything.
"""

import uuid

from egx_silver.lake import Lake

OWNER_KEY = "_spark/owner"
STAGING = "_spark/staging"
RUN = str(uuid.uuid4())
# What this job stages lies here.
OWN_STAGING = f"{STAGING}/{RUN}"


class Superseded(Exception):
    """Another job has begun on the lake: to begin again would not help."""


def take_over(lake: Lake) -> None:
    """Become the owner; only then remove what others have left, or still have, staged."""
    if not lake.replace(OWNER_KEY, RUN.encode(), lake.version(OWNER_KEY)):
        raise Superseded
    lake.delete(STAGING)


def is_owner(lake: Lake) -> bool:
    """Whether no job has begun since."""
    return lake.get(OWNER_KEY) == RUN.encode()


def check_owner(lake: Lake) -> None:
    """Stop when another job has begun: what was listed of the staged files may lack some."""
    if not is_owner(lake):
        raise Superseded
