"""A lake as the driver sees it: small objects are read and objects are replaced here.

The bulk of the data is read and written by Spark itself, at the addresses that `uri` gives.
"""

import hashlib
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

LOCK_WAIT_SECONDS = 10
# What S3A throws when a conditional put was refused.
REFUSALS = ("RemoteFileChangedException", "FileAlreadyExistsException", "PreconditionFailed")
ABSENCES = ("FileNotFoundException",)


class Lake(Protocol):
    """Objects by key. `replace` is one atomic put, refused when the object's version is another."""

    root: str

    def uri(self, key: str) -> str:
        """Give the address by which Spark reads and writes a key."""

    def get(self, key: str) -> bytes | None:
        """Give an object, or None when there is none."""

    def version(self, key: str) -> str | None:
        """Give what changes with every replacement, or None when there is no object."""

    def digest(self, key: str) -> str | None:
        """Give the SHA-256 of an object's bytes, or None when there is none."""

    def folders(self, prefix: str) -> list[str]:
        """Give the names of the folders right below a prefix."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Give the keys of all objects below a prefix."""

    def replace(self, key: str, source: str | bytes, expected: str | None) -> bool:
        """Put bytes, or the object of the key `source`; False when it was refused."""

    def delete(self, key: str) -> None:
        """Remove an object or a whole prefix, if it is there."""


def open_lake(spark: SparkSession, address: str) -> Lake:
    """Open a folder, or `s3://bucket/prefix` by way of S3A."""
    if address.startswith(("s3://", "s3a://")):
        return S3Lake(spark, "s3a://" + address.split("://", 1)[1].rstrip("/"))
    return FolderLake(Path(address).resolve())


class FolderLake:
    """A folder, with the lock that the other programs take for replacing an object."""

    def __init__(self, folder: Path) -> None:
        self.root = folder.as_uri()
        self._folder = folder

    def uri(self, key: str) -> str:
        return f"{self.root}/{key}"

    def get(self, key: str) -> bytes | None:
        try:
            return (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None

    def version(self, key: str) -> str | None:
        try:
            facts = (self._folder / key).stat()
        except FileNotFoundError:
            return None
        return f"{facts.st_ino}-{facts.st_mtime_ns}-{facts.st_size}"

    def digest(self, key: str) -> str | None:
        try:
            with (self._folder / key).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def folders(self, prefix: str) -> list[str]:
        try:
            return sorted(entry.name for entry in (self._folder / prefix).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def keys(self, prefix: str) -> Iterator[str]:
        for path in sorted((self._folder / prefix).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self._folder).as_posix()

    def replace(self, key: str, source: str | bytes, expected: str | None) -> bool:
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            file = self._folder / "_spark" / f"put-{uuid.uuid4()}"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(source)
        else:
            file = self._folder / source
        _sync(file)
        with self._lock():
            if self.version(key) != expected:
                return False
            if expected is not None and file.stat().st_mtime_ns <= target.stat().st_mtime_ns:
                # The clock of a file system ticks slowly: the new version has to be another one.
                later = target.stat().st_mtime_ns + 2_000_000
                os.utime(file, ns=(later, later))
            file.replace(target)
        _sync(target.parent)
        return True

    def delete(self, key: str) -> None:
        path = self._folder / key
        if path.is_dir():
            for child in path.iterdir():
                self.delete(f"{key}/{child.name}")
            path.rmdir()
        else:
            path.unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lake's lock: SQLite's exclusive one, as in src/lake/folder-lock.ts."""
        with closing(
            sqlite3.connect(self._folder / ".lock", timeout=LOCK_WAIT_SECONDS, isolation_level=None)
        ) as database:
            database.execute("PRAGMA journal_mode = MEMORY")
            database.execute("BEGIN EXCLUSIVE")
            yield


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Lake:
    """A bucket by way of Hadoop's S3A, whose conditional puts are the store's own."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        self.root = root
        self._jvm = spark._jvm
        self._conf = spark._jsc.hadoopConfiguration()
        self._fs = self._path("").getFileSystem(self._conf)

    def uri(self, key: str) -> str:
        return f"{self.root}/{key}"

    def get(self, key: str) -> bytes | None:
        stream = self._if_there(lambda: self._fs.open(self._path(key)))
        if stream is None:
            return None
        try:
            return bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()

    def version(self, key: str) -> str | None:
        status = self._if_there(lambda: self._fs.getFileStatus(self._path(key)))
        return None if status is None or status.isDirectory() else str(status.getEtag())

    def digest(self, key: str) -> str | None:
        stream = self._if_there(lambda: self._fs.open(self._path(key)))
        if stream is None:
            return None
        try:
            return str(self._jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream))
        finally:
            stream.close()

    def folders(self, prefix: str) -> list[str]:
        found = self._if_there(lambda: self._fs.listStatus(self._path(prefix)))
        return [] if found is None else sorted(status.getPath().getName() for status in found)

    def keys(self, prefix: str) -> Iterator[str]:
        files = self._if_there(lambda: self._fs.listFiles(self._path(prefix), True))
        while files is not None and files.hasNext():
            yield files.next().getPath().toString().removeprefix(f"{self.root}/")

    def replace(self, key: str, source: str | bytes, expected: str | None) -> bool:
        option = "fs.option.create.conditional.overwrite"
        builder = self._fs.createFile(self._path(key)).overwrite(True)
        if expected is None:
            builder.must(option, True)
        else:
            builder.must(f"{option}.etag", expected)
        try:
            target = builder.build()
            if isinstance(source, bytes):
                target.write(source)
                target.close()
            else:
                stream = self._fs.open(self._path(source))
                # Closes both; the put happens here.
                self._jvm.org.apache.hadoop.io.IOUtils.copyBytes(stream, target, 1 << 20, True)
        except Py4JJavaError as error:
            if any(name in str(error.java_exception) for name in REFUSALS):
                return False
            raise
        return True

    def delete(self, key: str) -> None:
        self._fs.delete(self._path(key), True)

    def _path(self, key: str) -> object:
        return self._jvm.org.apache.hadoop.fs.Path(f"{self.root}/{key}")

    @staticmethod
    def _if_there(look: object) -> object:
        try:
            return look()
        except Py4JJavaError as error:
            if any(name in str(error.java_exception) for name in ABSENCES):
                return None
            raise
