"""What can go wrong, by the codes of docs/errors.md."""


class EgxError(Exception):
    """An error that names its code and, where it is about one object, the object's key."""

    def __init__(self, code: str, text: str, key: str | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.key = key


def busy(key: str) -> EgxError:
    """Another build was there first; the micro-batch begins again from what that one wrote."""
    return EgxError("E_SILVER_BUSY", f"{key} was replaced by another build meanwhile", key)


def superseded() -> EgxError:
    """Another Spark job has the lake now."""
    text = "another Spark job has begun on this lake, and one at a time works on it"
    return EgxError("E_SILVER_BUSY", text)


def missing(key: str) -> EgxError:
    """An object that the ledger names is not there."""
    return EgxError("E_LAKE_OBJECT_MISSING", f"{key} is named by the ledger and missing", key)


def damaged(key: str) -> EgxError:
    """An object is not what the ledger, or the last build, says."""
    return EgxError("E_LAKE_OBJECT_DAMAGED", f"{key} is not what was written", key)
