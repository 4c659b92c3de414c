"""Any number of reports or items through a model, in flat memory: cut into tasks, done by workers, written in order.

1. the input is cut into **tasks** of about a megabyte, by what it holds alone: any number of workers sees the same;
2. each task is **worked** on by itself: read, parsed, predicted, encoded; here, in processes, or on a cluster;
3. results are **written** in order of the input as they come, with a journal beside them, so that an interrupted run
   can go on where it stopped and gives the same bytes.
"""

from toolkit.stream.tasks import Task, documents_of_items, tasks_of_items, tasks_of_reports
from toolkit.stream.work import Done, Work, model_fingerprint, run_tasks
from toolkit.stream.write import Progress, write_results

__all__ = [
    "Done",
    "Progress",
    "Task",
    "Work",
    "documents_of_items",
    "model_fingerprint",
    "run_tasks",
    "tasks_of_items",
    "tasks_of_reports",
    "write_results",
]
