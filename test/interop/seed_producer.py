"""Publishes bars as the old Python producer did: kafka-python, `json.dumps(…, indent=2)`, times
without a zone (`datetime` is Cairo's, `ingestion_timestamp` UTC), a record at a time.

    seed_producer.py BOOTSTRAP TOPIC SYMBOL DAYS
"""
import json
import sys
from datetime import datetime, timedelta, timezone

from kafka import KafkaProducer

bootstrap, topic, symbol, days = sys.argv[1:]
producer = KafkaProducer(
    bootstrap_servers=bootstrap.split(","),
    value_serializer=lambda value: json.dumps(value, indent=2).encode("utf-8"),
    key_serializer=lambda key: key.encode("utf-8"),
)
for day in range(int(days)):
    close = 80 + day / 4
    bar = {
        "symbol": symbol,
        "exchange": "EGX",
        "interval": "Daily",
        "datetime": (datetime(2025, 11, 2, 10) + timedelta(days=day)).isoformat(),
        "open": close - 0.5,
        "high": close + 1,
        "low": close - 1,
        "close": close,
        "volume": 1000.0 + day,
        "ingestion_timestamp": datetime.now(timezone.utc).replace(tzinfo=None).isoformat(),
    }
    sent = producer.send(topic, key=symbol, value=bar).get(timeout=30)
    print(json.dumps({"partition": sent.partition, "offset": sent.offset}))
producer.close()
