"""Classes that need a parent's word: for each where it must be named, and the nearest documents where it must not."""

from __future__ import annotations

from dataclasses import dataclass

from build import Object, job, pod
from parent_documents import (
    DRIVER,
    EXECUTOR,
    TASK,
    flow_run,
    held,
    history,
    kubeflow,
    labelled,
    log,
    member,
    owned,
    ray_job,
    spark,
    step,
    task,
    waiter,
    workflow,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One file, its answers written `kind name work platform class`, and the classes beside the first."""

    title: str
    items: tuple[Object, ...]
    answers: tuple[str, ...]
    also: str = ""


def case(title: str, answers: str, *items: Object, also: str = "") -> Case:
    """Write one case; several answers are parted by semicolons."""
    return Case(title, items, tuple(part.strip() for part in answers.split(";")), also)


RAY = ray_job("RUNNING", "Running", message="Job is currently running.")
SUBMITTED = owned(job("complete@9"), RAY)
NOT_SUBMITTED = owned(job("failed@9 BackoffLimitExceeded"), RAY)
DONE_POD = labelled(member("train-a", "base 2-8 0"), TASK)
FAILED_POD = labelled(member("train-a", "base 2-8 1"), TASK)
DONE_JOB = (job("complete@9"), pod("main 2-8 0"))
PLAIN = (labelled(DONE_JOB[0], {}), labelled(DONE_JOB[1], {}))

NAMED: dict[str, tuple[Case, ...]] = {
    "K13": (
        case(
            "Prefect's worker lost its stream, the Job is Complete", "Job train ok ok K13",
            *PLAIN, flow_run("CRASHED", "Flow run infrastructure exited with non-zero status code -1."),
        ),
        case(
            "Airflow's own timeout, as its log tells", "Pod train-a ok none K13",
            DONE_POD,
            log("ERROR - AirflowTaskTimeout: Timeout, PID: 9", "Marking task as FAILED. dag_id=nightly, task_id=train"),
        ),
    ),
    "K14": (
        case(
            "Airflow asked for the pod when it had been removed", "Pod train-a ok none K14",
            DONE_POD, task("failed", ended=12, note='(404) Reason: Not Found: pods "train-a" not found'),
        ),
        case(
            "Argo says that the pod was deleted", "Pod wf-1 ok none K14",
            step("main 2-8 0", "wait 2-9 0"), workflow("Error", "Error", "pod deleted"),
        ),
    ),
    "K15": (
        case(
            "a log with both marks of one attempt", "Pod train-a ok none K15",
            DONE_POD,
            log(
                "Marking task as SUCCESS. dag_id=nightly, task_id=train",
                "Marking task as FAILED. dag_id=nightly, task_id=train",
            ),
        ),
        case(
            "two looks at one attempt", "Pod train-a ok none K15",
            DONE_POD, task("success", ended=9), task("failed", ended=70),
        ),
    ),
    "K16": (
        case(
            "the XCom sidecar could not be killed", "Pod train-a ok none K16",
            DONE_POD, task("failed", ended=12, note="Failed to extract xcom: kill: Permission denied"),
        ),
        case(
            "Argo could not save the step's outputs", "Pod wf-1 ok none K16",
            step("main 2-8 0", "wait 2-9 1"), workflow("Error", "Error", "failed to save outputs: timeout"), also="K08",
        ),
    ),
    "K17": (
        case(
            "the submitter is done, and the work goes on", "Job train unknown ok K17",
            RAY, SUBMITTED, pod("main 2-8 0"),
        ),
        case(
            "the submitter failed, and the work goes on", "Job train unknown failed K17",
            RAY, NOT_SUBMITTED, pod("main 2-8 1"),
        ),
        case(
            "the submitter failed, and the work succeeded", "Job train ok failed K17",
            ray_job("SUCCEEDED", "Complete"), NOT_SUBMITTED, pod("main 2-8 137 OOMKilled"),
        ),
        case(
            "only the RayJob is left: its submission failed while the work goes on", "RayJob infer unknown failed K17",
            ray_job("RUNNING", "Failed", message="Job submission has failed. Reason: BackoffLimitExceeded."),
        ),
    ),
    "K18": (
        case(
            "a driver that had reported its end was stopped", "SparkApplication etl unknown failed K18",
            spark("FAILED", ended=41, message="driver container failed with ExitCode: 143, Reason: Error"),
            member("etl-driver", "spark-kubernetes-driver 2-40 143", labels=DRIVER), history(completed=True, ended=9),
        ),
        case(
            "executors were stopped when the driver had ended", "SparkApplication etl ok ok -",
            spark("COMPLETED", ended=41, executors={"etl-exec-1": "FAILED"}),
            member("etl-driver", "spark-kubernetes-driver 2-40 0", labels=DRIVER),
            member("etl-exec-1", "spark-kubernetes-executor 5-39 143", labels=EXECUTOR), also="K18",
        ),
    ),
    "K29": (
        case(
            "Airflow was stopped, deleted its pod and recorded success", "Pod train-a failed none K29",
            labelled(member("train-a", "base 2-8 143", deleted=(6, 30)), TASK), task("success", ended=9),
        ),
        case(
            "the deleted pod's end was never seen", "Pod train-a unknown none K29",
            labelled(member("train-a", "base 2-", deleted=(6, 30)), TASK), task("success", ended=9),
        ),
    ),
    "K30": (
        case(
            "the second attempt only followed the logs", "Job train unknown ok K30",
            ray_job("FAILED", "Failed", message="Job entrypoint command failed with exit code 1"),
            owned(job("complete@20", failed=1), RAY),
            pod("main 2-8 1", name="a"), pod("main 12-18 0", name="b", created=11),
            also="K27",
        ),
    ),
    "K31": (
        case(
            "Airflow says success while the pod runs", "Pod train-a unknown none K31",
            labelled(member("train-a", "base 2-"), TASK), task("success", ended=9),
        ),
        case(
            "the pod ended long after Airflow had said success", "Pod train-a failed none K31",
            labelled(member("train-a", "base 2-90 1"), TASK), task("success", ended=9),
        ),
    ),
    "K39": (
        case(
            "a PyTorchJob runs on when its pods have ended", "PyTorchJob train ok none K39",
            kubeflow("PyTorchJob", held("Created", 0), held("Running", 3)),
            member("train-master-0", "pytorch 2-8 0", of=kubeflow("PyTorchJob"),
                   labels={"training.kubeflow.org/job-role": "master", "training.kubeflow.org/job-name": "train"}),
        ),
        case(
            "a Workflow's step runs on when its pod was removed", "Pod wf-1 ok none K39",
            step("main 2-8 0", "wait 2-9 0"), workflow("Running", "Running"),
        ),
        case(
            "a RayJob has failed long ago and its deployment runs on", "Job train failed none K39",
            ray_job("FAILED", "Running", ended=30), owned(job(), RAY), pod("main 2-"),
        ),
    ),
    "K40": (
        case(
            "kubectl wait for Complete, and the Job failed", "Job train failed failed K40; Pod waits unknown none -",
            labelled(job("failed@9 BackoffLimitExceeded"), {}), pod("main 2-8 1"),
            waiter("kubectl wait --for=condition=complete --timeout=-1s job/train && echo go"),
        ),
        case(
            "a resource step that knows success only", "Job train failed failed K40",
            labelled(job("failed@9 BackoffLimitExceeded"), {}), labelled(pod("main 2-8 1"), {}),
            workflow("Running", "Running", resource={
                "action": "create", "successCondition": "status.succeeded > 0",
                "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: train\n",
            }),
        ),
    ),
}  # fmt: skip

CONTROLS: dict[str, tuple[Case, ...]] = {
    "K13": (
        case(
            "the flow run failed, and so did the Job", "Job train failed failed -",
            labelled(job("failed@9 BackoffLimitExceeded"), {}), labelled(pod("main 2-8 1"), {}),
            flow_run("CRASHED", "Flow run infrastructure exited with non-zero status code -1."),
        ),
        case(
            "the flow run's own code failed, and its process ended with 0", "Job train unknown ok -",
            *PLAIN, flow_run("FAILED", "Flow run encountered an exception: ValueError"),
        ),
    ),
    "K14": (
        case(
            "the pod had failed before it was removed", "Pod train-a failed none -",
            FAILED_POD, task("failed", ended=12, note='pods "train-a" not found'),
        ),
    ),
    "K15": (
        case(
            "two attempts, one mark each", "Pod train-a ok none -", DONE_POD,
            task("failed", ended=9, try_number=2), task("success", ended=70),
        ),
    ),
    "K16": (
        case(
            "the side channel works", "Pod train-a ok none -", DONE_POD, task("success", ended=12, note="xcom pushed"),
        ),
    ),
    "K17": (
        case(
            "both say that it is done", "Job train ok ok -",
            ray_job("SUCCEEDED", "Complete"), SUBMITTED, pod("main 2-8 0"),
        ),
        case(
            "both say that it failed", "Job train failed failed -",
            ray_job("FAILED", "Failed"), NOT_SUBMITTED, pod("main 2-8 1"),
        ),
        case(
            "both go on", "Job train unknown none -", RAY, owned(job(), RAY), pod("main 2-"),
        ),
        case(
            "the RayJob was not read", "Job train unknown ok -", SUBMITTED, pod("main 2-8 0"),
        ),
    ),
    "K18": (
        case(
            "the driver was stopped before it reported its end", "SparkApplication etl failed failed -",
            spark("FAILED", ended=41), member("etl-driver", "spark-kubernetes-driver 2-40 143", labels=DRIVER),
            history(completed=True, ended=45),
        ),
        case(
            "an executor was lost on the way", "SparkApplication etl ok ok -",
            spark("COMPLETED", ended=200, executors={"etl-exec-1": "FAILED"}),
            member("etl-driver", "spark-kubernetes-driver 2-190 0", labels=DRIVER),
            member("etl-exec-1", "spark-kubernetes-executor 5-39 137 OOMKilled", labels=EXECUTOR),
        ),
    ),
    "K29": (
        case(
            "the pod ended with 0 and was tidied up", "Pod train-a ok none -",
            labelled(member("train-a", "base 2-8 0", deleted=(9, 30)), TASK), task("success", ended=9),
        ),
    ),
    "K30": (
        case(
            "the second attempt followed the logs of work that succeeded", "Job train ok ok -",
            ray_job("SUCCEEDED", "Complete"), owned(job("complete@20", failed=1), RAY),
            pod("main 2-8 1", name="a"), pod("main 12-18 0", name="b", created=11), also="K27",
        ),
    ),
    "K31": (
        case(
            "Airflow says success when the pod has ended", "Pod train-a ok none -", DONE_POD, task("success", ended=9),
        ),
    ),
    "K39": (
        case(
            "the PyTorchJob has ended with its pods", "PyTorchJob train ok ok -",
            kubeflow("PyTorchJob", held("Running", 3, status="False"), held("Succeeded", 9)),
            member("train-master-0", "pytorch 2-8 0", of=kubeflow("PyTorchJob"),
                   labels={"training.kubeflow.org/job-role": "master"}),
        ),
        case(
            "one of its pods goes on", "PyTorchJob train unknown none -",
            kubeflow("PyTorchJob", held("Running", 3)),
            member("train-master-0", "pytorch 2-", of=kubeflow("PyTorchJob"),
                   labels={"training.kubeflow.org/job-role": "master"}),
        ),
    ),
    "K40": (
        case(
            "kubectl wait for Complete, and the Job is Complete", "Job train ok ok -; Pod waits unknown none -",
            *PLAIN, waiter("kubectl wait --for=condition=complete job/train"),
        ),
        case(
            "who waited has gone on", "Job train failed failed -; Pod waits ok none -",
            labelled(job("failed@9 BackoffLimitExceeded"), {}), pod("main 2-8 1"),
            waiter("kubectl wait --for=condition=complete job/train", running=False),
        ),
    ),
}  # fmt: skip
