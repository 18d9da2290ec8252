"""A DAG file for Airflow 2.8 or newer. It runs the command as a program of its own and imports nothing of riskplug."""

from riskplug.schedule.host import AT_MOST_HOURS, HOUR, MINUTE, Installation


def render(host: Installation) -> str:
    """The DAG. riskplug knows which dates are due, so neither data intervals nor Airflow's catch-up are asked."""
    return f'''\
"""riskplug every night. Save into the folder of DAGs."""

import subprocess
from datetime import datetime, timedelta

from airflow import DAG
from airflow.exceptions import AirflowSkipException

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator
from airflow.timetables.trigger import CronTriggerTimetable

COMMAND = {list(host.words)!r}
WORKSPACE = {str(host.workspace)!r}


def scan():
    """1: findings at the threshold of --fail-on. 5: another scan is running. Everything else than 0 is a failure."""
    code = subprocess.run(COMMAND, cwd=WORKSPACE, check=False).returncode
    if code == 5:
        raise AirflowSkipException("another scan of this workspace is running")
    if code not in (0, 1):
        raise RuntimeError(f"riskplug ended with {{code}}; see its messages above and docs/exit-codes.md")


with DAG(
    dag_id="riskplug",
    description="Nightly scan for critical-mineral procurement risk",
    schedule=CronTriggerTimetable("{MINUTE} {HOUR} * * *", timezone={host.timezone!r}),
    start_date=datetime(2020, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={{"retries": 0, "depends_on_past": False}},
):
    PythonOperator(task_id="scan", python_callable=scan, execution_timeout=timedelta(hours={AT_MOST_HOURS}))
'''
