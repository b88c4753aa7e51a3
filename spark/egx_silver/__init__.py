"""Silver by Apache Spark: the rows that `egx silver` makes with DuckDB."""
