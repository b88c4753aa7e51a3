"""Numbers of a run: as events, and in a file for Prometheus' node exporter."""

import sys
import threading
import time
from pathlib import Path

from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from egx_silver.build import Built
from egx_silver.events import say

# Name, help, type.
METRICS = (
    ("egx_spark_batches_total", "Micro-batches that changed silver.", "counter"),
    ("egx_spark_entries_total", "Ledger entries taken in.", "counter"),
    ("egx_spark_rows_total", "Rows taken in.", "counter"),
    ("egx_spark_bad_lines_total", "Lines put apart because they are no bars.", "counter"),
    ("egx_spark_objects_total", "Silver objects replaced.", "counter"),
    ("egx_spark_progress_total", "Micro-batches that Spark has reported.", "counter"),
    ("egx_spark_batch_seconds", "Length of the last micro-batch.", "gauge"),
    ("egx_spark_last_batch_timestamp_seconds", "When the last micro-batch ended.", "gauge"),
)


class Metrics(StreamingQueryListener):
    """Counts what was built, and what Spark says of its micro-batches."""

    def __init__(self, file: Path | None) -> None:
        """Keep the file's path; without one nothing is written but JSON lines."""
        self._file = file
        self._writing = threading.Lock()
        self.values = {name: 0.0 for name, _, _ in METRICS}
        self.rebuilt: str | None = None

    def built(self, built: Built) -> None:
        """Count a micro-batch."""
        self.rebuilt = self.rebuilt or built.rebuilt
        if built.entries == 0 and built.objects == 0:
            return
        counts = {
            "batches": 1,
            "entries": built.entries,
            "rows": built.rows,
            "bad_lines": built.bad_lines,
            "objects": built.objects,
        }
        for name, count in counts.items():
            self.values[f"egx_spark_{name}_total"] += count
        say("built", **counts)
        self._write()

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        say("started", query=str(event.id))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        progress = event.progress
        self.values["egx_spark_progress_total"] += 1
        self.values["egx_spark_batch_seconds"] = progress.batchDuration / 1000
        self.values["egx_spark_last_batch_timestamp_seconds"] = time.time()
        say(
            "progress",
            batch=progress.batchId,
            files=progress.numInputRows,
            durations_ms=dict(progress.durationMs),
        )
        self._write()

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        self._write()

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        if event.exception is not None:
            print(event.exception, file=sys.stderr)

    def _write(self) -> None:
        if self._file is None:
            return
        lines = [
            f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {self.values[name]}\n"
            for name, text, kind in METRICS
        ]
        # Whoever reads it sees the old file or the new one; Spark's listener is another thread.
        temporary = self._file.with_suffix(".tmp")
        with self._writing:
            temporary.write_text("".join(lines))
            temporary.replace(self._file)
