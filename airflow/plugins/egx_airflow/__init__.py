"""The exchange's calendar and the `egx` command, for Airflow. See docs/airflow.md."""
