"""Endings beside parents, rebuilt from public reports: the input, the facts with their source, and the answer.

Names, ids and times are ours. `says` are parts of the sentence, the hints or what is missing that a reader must find.
"""

from __future__ import annotations

from dataclasses import dataclass

from build import Object, event, job, pod
from parent_documents import (
    DRIVER,
    EXECUTOR,
    HEAD,
    RAY_CLUSTER,
    TASK,
    flow_run,
    held,
    kubeflow,
    labelled,
    log,
    member,
    owned,
    ray_job,
    resource,
    spark,
    step,
    task,
    workflow,
    workload,
)

MASTER = {"training.kubeflow.org/job-role": "master", "training.kubeflow.org/job-name": "train"}
WORKER = {"training.kubeflow.org/replica-type": "worker", "training.kubeflow.org/job-name": "train"}
TORCH = kubeflow("PyTorchJob")
FAILED = "failed@9 BackoffLimitExceeded"


@dataclass(frozen=True, slots=True)
class Ending:
    """One file as somebody had it."""

    name: str
    source: str
    facts: str
    items: tuple[Object, ...]
    answers: tuple[str, ...]
    says: tuple[str, ...] = ()


def ending(name: str, source: str, facts: str, answers: str, *items: Object, says: str = "") -> Ending:
    """Write one; answers and what they say are parted by semicolons."""
    parts = [tuple(part.strip() for part in text.split(";") if part.strip()) for text in (answers, says)]
    return Ending(name, source, facts, items, parts[0], parts[1])


def tekton(kind: str, reason: str, status: str, message: str = "", **more: object) -> Object:
    """Make a TaskRun or a PipelineRun."""
    told = {"type": "Succeeded", "status": status, "reason": reason, "message": message}
    return resource("tekton.dev/v1", kind, "run", {"conditions": [told], "podName": "run-pod", **more})


def in_namespace(item: Object) -> Object:
    """Put an object where the parents are."""
    return labelled(item, {})


RAY = ray_job("RUNNING", "Running")
RAY_ENDINGS = (
    ending(
        "the submission failed while the work goes on",
        "ray-project/kuberay#2314",
        "Under load the submitter's Job reaches its backoff limit: deployment Failed, while jobStatus is RUNNING.",
        "Job train unknown failed K17",
        ray_job("RUNNING", "Failed", message="Job submission has failed. Reason: BackoffLimitExceeded."),
        owned(job(FAILED), RAY),
        pod("main 2-8 1"),
        member("rc-head-x", "ray-head 1-", of=RAY_CLUSTER, labels=HEAD),
        says="RayJob ml/infer says RUNNING, deployment Failed; how the work of RayJob ml/infer ended",
    ),
    ending(
        "a submitter that was started again is refused",
        "ray-project/kuberay#1902",
        "The submitter's pod restarts, the submission id exists already, the Job fails; Ray's work goes on.",
        "Job train unknown failed K17",
        RAY,
        owned(job(FAILED, failed=2), RAY),
        pod("main 2-8 137 Error"),
        pod("main 12-14 1", name="b", created=11),
    ),
    ending(
        "the head lost its memory and the submitter is done",
        "ray-project/kuberay#3903",
        "The head is killed for memory, and the work with it; the submitter ends with 0; the RayJob says RUNNING.",
        "Job train unknown ok K17",
        RAY,
        owned(job("complete@9"), RAY),
        pod("main 2-8 0"),
        member("rc-head-x", "ray-head 2-6 137 OOMKilled", of=RAY_CLUSTER, labels=HEAD),
        says="container ray-head ended with 137 (OOMKilled)",
    ),
    ending(
        "without a submitter",
        "KubeRay documentation, HTTPMode",
        "The operator hands the work in itself: there is no Job, and the cluster's pods serve until they are deleted.",
        "RayJob infer ok ok -",
        ray_job("SUCCEEDED", "Complete", ended=9),
        member("rc-head-x", "ray-head 1-", of=RAY_CLUSTER, labels=HEAD),
        member("rc-worker-x", "ray-worker 1-", of=RAY_CLUSTER, labels={"ray.io/cluster": "rc"}),
    ),
    ending(
        "the RayJob was not saved",
        "ray-project/kuberay#1919",
        "Somebody saved the Job and its pod only.",
        "Job train unknown ok -",
        owned(job("complete@9"), RAY),
        pod("main 2-8 0"),
        says="RayJob ml/infer, which the records do not hold; kubectl get rayjob infer -o json",
    ),
    ending(
        "stopped by somebody",
        "ray-project/kuberay#5100",
        "The work was stopped through the dashboard; the submitter, which follows the logs, ends with 0.",
        "Job train unknown ok K17",
        ray_job("STOPPED", "Complete"),
        owned(job("complete@9"), RAY),
        pod("main 2-8 0"),
        says="says STOPPED",
    ),
)
SPARK_ENDINGS = (
    ending(
        "executors are FAILED in a completed application",
        "kubeflow/spark-operator#1290, #2277, #725",
        "The driver ends with 0 and stops its executors: they end with 143, and executorState says FAILED.",
        "SparkApplication etl ok ok -",
        spark("COMPLETED", ended=42, executors={"etl-exec-1": "FAILED"}),
        member("etl-driver", "spark-kubernetes-driver 2-40 0", labels=DRIVER),
        member("etl-exec-1", "spark-kubernetes-executor 5-39 143", labels=EXECUTOR),
        says="etl-exec-1: container spark-kubernetes-executor ended with 143",
    ),
    ending(
        "the driver is out of memory",
        "Spark documentation, Running on Kubernetes",
        "The driver is killed for memory, the application FAILED: everybody agrees.",
        "SparkApplication etl failed failed -",
        spark("FAILED", ended=42, message="driver container failed with ExitCode: 137, Reason: OOMKilled"),
        member("etl-driver", "spark-kubernetes-driver 2-40 137 OOMKilled", labels=DRIVER),
        says="SparkApplication ml/etl says FAILED: driver container failed with ExitCode: 137",
    ),
    ending(
        "without an operator",
        "Spark documentation, Running on Kubernetes",
        "spark-submit made the driver, the driver owns its executors; one executor was lost on the way.",
        "Pod etl-driver ok none -",
        member("etl-driver", "spark-kubernetes-driver 2-40 0", labels=DRIVER),
        member(
            "etl-exec-1",
            "spark-kubernetes-executor 5-20 137",
            labels=EXECUTOR,
            of={"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "etl-driver", "uid": "etl-driver"}},
        ),
    ),
    ending(
        "the submission failed",
        "kubeflow/spark-operator, SUBMISSION_FAILED",
        "spark-submit itself failed: no pod was made.",
        "SparkApplication etl unknown failed -",
        spark("SUBMISSION_FAILED", message="failed to run spark-submit"),
        says="failed to run spark-submit; the pods of SparkApplication ml/etl",
    ),
    ending(
        "a sidecar of the driver failed",
        "kubeflow/spark-operator#2775 kind of ending",
        "The driver ended with 0, a mesh proxy beside it with 1, and the application is FAILED.",
        "SparkApplication etl ok failed K08",
        spark("FAILED", ended=42),
        member("etl-driver", "spark-kubernetes-driver 2-40 0", "istio-proxy 2-41 1", labels=DRIVER),
    ),
)
KUBEFLOW_ENDINGS = (
    ending(
        "a worker failed and the master ended with 0",
        "kubeflow/trainer#1711",
        "The operator counts every replica: one worker failed, the job is Failed.",
        "PyTorchJob train failed failed -",
        kubeflow("PyTorchJob", held("Failed", 20, "PyTorchJobFailed", "1 Worker replica(s) failed")),
        member("train-master-0", "pytorch 2-18 0", of=TORCH, labels=MASTER),
        member("train-worker-0", "pytorch 2-9 1", of=TORCH, labels=WORKER),
        says="train-worker-0: container pytorch ended with 1; PyTorchJob ml/train says Failed",
    ),
    ending(
        "a worker failed and the master still runs",
        "kubeflow/trainer#1711, cleanPodPolicy None",
        "The operator marks the job Failed when a worker is killed for memory; nobody stops the master.",
        "PyTorchJob train failed failed -",
        kubeflow("PyTorchJob", held("Failed", 20, "PyTorchJobFailed", "1 Worker replica(s) failed")),
        member("train-master-0", "pytorch 2-", of=TORCH, labels=MASTER),
        member("train-worker-0", "pytorch 2-9 137 OOMKilled", of=TORCH, labels=WORKER),
        says="train-worker-0: container pytorch ended with 137 (OOMKilled), and the job is marked failed",
    ),
    ending(
        "the worker that failed is gone",
        "kubeflow/trainer, cleanPodPolicy",
        "Only the master's pod was saved, which ended with 0; the job is Failed, for a worker failed.",
        "PyTorchJob train unknown failed -",
        kubeflow("PyTorchJob", held("Failed", 20, "PyTorchJobFailed", "1 Worker replica(s) failed")),
        member("train-master-0", "pytorch 2-18 0", of=TORCH, labels=MASTER),
        says="the member that failed: none of those that are here did",
    ),
    ending(
        "a success of the chief hides a failed worker",
        "kubedl-io/kubedl#81",
        "TFJob's default success policy looks at the chief only: a worker failed before, the job is Succeeded.",
        "TFJob train unknown ok K28",
        kubeflow("TFJob", held("Succeeded", 20)),
        member("train-chief-0", "tensorflow 2-18 0", of=kubeflow("TFJob"), labels=MASTER),
        member("train-worker-0", "tensorflow 2-9 1", of=kubeflow("TFJob"), labels=WORKER),
        says="train-worker-0",
    ),
    ending(
        "workers are removed when the master is done",
        "kubeflow/pytorch-operator#260",
        "cleanPodPolicy Running stops the workers: they end with 143 after the master's 0.",
        "PyTorchJob train ok ok -",
        kubeflow("PyTorchJob", held("Succeeded", 20)),
        member("train-master-0", "pytorch 2-18 0", of=TORCH, labels=MASTER),
        member("train-worker-0", "pytorch 2-19 143", of=TORCH, labels=WORKER, deleted=(18, 30)),
    ),
    ending(
        "a mesh proxy keeps the master's pod",
        "kubeflow/trainer#1577",
        "The training ended with 0, the proxy beside it runs on, the PyTorchJob never ends.",
        "PyTorchJob train ok none K35",
        kubeflow("PyTorchJob", held("Running", 3)),
        member("train-master-0", "pytorch 2-18 0", "istio-proxy 2-", of=TORCH, labels=MASTER, phase="Running"),
    ),
    ending(
        "the operator never moved",
        "kubeflow/trainer#2044",
        "The only pod ended with 0 long ago, the PyTorchJob still says Running.",
        "PyTorchJob train ok none K39",
        kubeflow("PyTorchJob", held("Running", 3)),
        member("train-master-0", "pytorch 2-18 0", of=TORCH, labels=MASTER),
    ),
    ending(
        "a replica cannot be pulled",
        "kubeflow/trainer#2001",
        "The image is wrong: the pod waits for ever, and the job stays Created.",
        "PyTorchJob train unknown none K36",
        kubeflow("PyTorchJob", held("Created", 0)),
        member("train-master-0", of=TORCH, labels=MASTER, waiting="ImagePullBackOff"),
    ),
    ending(
        "a master that was evicted was made again",
        "kubeflow/trainer, RestartPolicy",
        "The operator makes a pod of the same name again; the second one is done.",
        "PyTorchJob train ok ok -",
        kubeflow("PyTorchJob", held("Succeeded", 60)),
        member("train-master-0", "pytorch 2-9 137", of=TORCH, labels=MASTER),
        {
            **(again := member("train-master-0", "pytorch 22-58 0", of=TORCH, labels=MASTER, created=21)),
            "metadata": {**again["metadata"], "uid": "second"},
        },
    ),
    ending(
        "an MPIJob's launcher is a Job",
        "kubeflow/mpi-operator, v2beta1",
        "The launcher's Job is Complete, the workers were removed.",
        "MPIJob train ok ok -",
        resource("kubeflow.org/v2beta1", "MPIJob", "train", {"conditions": [held("Succeeded", 20)]}),
        owned(job("complete@19"), resource("kubeflow.org/v2beta1", "MPIJob", "train")),
        pod("main 2-18 0"),
        member("train-worker-0", "worker 1-", of=resource("kubeflow.org/v2beta1", "MPIJob", "train"), labels=WORKER),
    ),
    ending(
        "a TrainJob over a JobSet over a Job",
        "kubeflow/trainer, docs of TrainJob",
        "The node Job failed, the JobSet failed with it, the TrainJob too.",
        "Job train failed failed -",
        resource("trainer.kubeflow.org/v1alpha1", "TrainJob", "tj", {"conditions": [held("Failed", 12, "JobsFailed")]}),
        owned(
            resource("jobset.x-k8s.io/v1alpha2", "JobSet", "tj", {"conditions": [held("Failed", 11, "FailedJobs")]}),
            resource("trainer.kubeflow.org/v1alpha1", "TrainJob", "tj"),
        ),
        owned(job(FAILED), resource("jobset.x-k8s.io/v1alpha2", "JobSet", "tj")),
        pod("main 2-8 1"),
        says="it is not the whole work: JobSet ml/tj says Failed (FailedJobs); TrainJob ml/tj says Failed (JobsFailed)",
    ),
    ending(
        "one Job of a JobSet is done and the JobSet goes on",
        "kubernetes-sigs/jobset, documentation",
        "The initializer is done, the others run.",
        "Job train ok ok -",
        resource("jobset.x-k8s.io/v1alpha2", "JobSet", "js", {"restarts": 1}),
        owned(job("complete@9"), resource("jobset.x-k8s.io/v1alpha2", "JobSet", "js")),
        pod("main 2-8 0"),
        says="it is not the whole work: JobSet ml/js says runs after 1 restarts of all its Jobs",
    ),
)
QUEUE_ENDINGS = (
    ending(
        "preempted and waiting",
        "marin-community/marin#7806",
        "A higher priority took the quota: the Workload is Evicted, the Job suspended, its pod gone.",
        "Job train unknown none -",
        in_namespace(job("suspended@5")),
        workload(held("Evicted", 5, "Preempted", "Preempted to accommodate a workload"), held("Requeued", 5)),
        says="Kueue Workload ml/job-train says Evicted (Preempted); it waits in queue gpu to be admitted",
    ),
    ending(
        "deactivated",
        "kubernetes-sigs/kueue, spec.active",
        "Its requeues are used up: the Workload is deactivated, and is not admitted before somebody activates it.",
        "Job train unknown none -",
        in_namespace(job("suspended@5")),
        workload(held("Evicted", 5, "Deactivated", "The workload is deactivated")),
        says="Kueue Workload ml/job-train says Evicted (Deactivated); it is deactivated and is not admitted again",
    ),
    ending(
        "never admitted",
        "kubernetes-sigs/kueue#2185",
        "No quota fits: QuotaReserved is False, Pending.",
        "Job train unknown none -",
        in_namespace(job("suspended@1")),
        workload(held("QuotaReserved", 1, "Pending", "couldn't assign flavors to pod set main", status="False")),
        says="couldn't assign flavors to pod set main",
    ),
    ending(
        "pods were not ready in time",
        "kubernetes-sigs/kueue#2012",
        "waitForPodsReady evicts the Workload: the Job is suspended again.",
        "Job train unknown none -",
        in_namespace(job("suspended@60")),
        workload(held("Evicted", 60, "PodsReadyTimeout", "Exceeded the PodsReady timeout")),
        says="PodsReadyTimeout",
    ),
    ending(
        "it ran in another cluster",
        "kubernetes-sigs/kueue, MultiKueue; batch/v1 JobSpec.managedBy",
        "MultiKueue copies the status of a Job that ran elsewhere: there is no pod here.",
        "Job train unknown ok -",
        in_namespace(job("complete@9", spec={"managedBy": "kueue.x-k8s.io/multikueue"})),
        says="kueue.x-k8s.io/multikueue writes this Job's status",
    ),
)
AIRFLOW_ENDINGS = (
    ending(
        "SIGTERM reaches the task while its pod runs",
        "apache/airflow#73006",
        "on_kill deletes the pod, cleanup returns, and the task is committed as success.",
        "Pod train-a failed none K29",
        labelled(member("train-a", "base 2-8 143", deleted=(6, 30)), TASK),
        task("success", ended=9),
    ),
    ending(
        "both pods are interrupted at once",
        "apache/airflow#71202",
        "Only the pod's last look is left, running and being deleted; the task is a success.",
        "Pod train-a unknown none K29",
        labelled(member("train-a", "base 2-", deleted=(6, 30)), TASK),
        task("success", ended=9),
    ),
    ending(
        "the XCom sidecar cannot be killed",
        "apache/airflow#71369",
        "The work ended with 0, its result was read, and then kill was denied.",
        "Pod train-a ok none K16",
        labelled(member("train-a", "base 2-8 0", "airflow-xcom-sidecar 2-"), TASK),
        task("failed", ended=12, note="Failed to execute command in pod: kill: (1): Permission denied"),
    ),
    ending(
        "a failed pod and a 404",
        "apache/airflow#15456",
        "The pod failed, was deleted, and reading it again gave a 404: the task fails anyway.",
        "Pod train-a failed none -",
        labelled(member("train-a", "base 2-8 1"), TASK),
        task("failed", ended=9, note="(404) Reason: Not Found"),
        says="Airflow task nightly.train says failed (try 1)",
    ),
    ending(
        "the autoscaler removed the node of a finished pod",
        "apache/airflow#42923, #56693",
        "The Job is Complete; the task, which waits for its pod, gets 404 and fails.",
        "Job train ok ok K14",
        labelled(job("complete@9"), TASK),
        pod("main 2-8 0"),
        task("failed", ended=12, note='pods "train-a" not found'),
    ),
    ending(
        "a person marked the task as failed",
        "apache/airflow#37263",
        "The pod ran on and completed; the task says failed and gives no reason.",
        "Pod train-a ok none -",
        labelled(member("train-a", "base 2-8 0"), TASK),
        task("failed", ended=4),
        says="Airflow task nightly.train says failed (try 1)",
    ),
    ending(
        "states of a whole run of a DAG",
        "Airflow documentation, tasks states-for-dag-run",
        "The command prints every task; one of them made the pod, and its state is success while the pod runs.",
        "Pod train-a unknown none K31",
        labelled(member("train-a", "base 2-"), TASK),
        {
            "dag_id": "nightly",
            "execution_date": "2026-06-01T12:00:00+00:00",
            "task_id": "train",
            "state": "success",
            "start_date": "2026-06-01T12:00:00+00:00",
            "end_date": "2026-06-01T12:00:09+00:00",
        },
        {
            "dag_id": "nightly",
            "execution_date": "2026-06-01T12:00:00+00:00",
            "task_id": "load",
            "state": "skipped",
            "start_date": None,
            "end_date": None,
        },
    ),
    ending(
        "an executor's worker ended with 0 and its task failed",
        "Airflow documentation, KubernetesExecutor",
        "The worker's process reports the task's state and ends with 0 itself.",
        "Pod train-a unknown none -",
        labelled(
            member("train-a", "base 2-8 0"), {"dag_id": "nightly", "task_id": "train", "kubernetes_executor": "True"}
        ),
        task("failed", ended=8),
        says="it only runs: Airflow task nightly.train says failed",
    ),
    ending(
        "a log of Airflow 3",
        "apache/airflow#22318 kind of ending",
        "Structured lines: the pod's log could not be read, and the task was marked failed.",
        "Pod train-a ok none K16",
        labelled(member("train-a", "base 2-8 0"), TASK),
        {
            "content": [
                {
                    "event": "Reading of logs interrupted: handshake status 500",
                    "level": "error",
                    "dag_id": "nightly",
                    "task_id": "train",
                    "run_id": "r1",
                    "try_number": 1,
                },
                {"event": "Marking task as FAILED", "level": "info", "dag_id": "nightly", "task_id": "train"},
            ],
            "continuation_token": None,
        },
    ),
    ending(
        "the task of another try",
        "Airflow documentation, labels of the KubernetesPodOperator",
        "The second try failed by a timeout; the pod is that of the first, which was done.",
        "Pod train-a ok none -",
        labelled(member("train-a", "base 2-8 0"), TASK),
        task("failed", ended=90, note="Timeout", try_number=2),
    ),
)
OTHER_ENDINGS = (
    ending(
        "Prefect's worker lost the connection", "PrefectHQ/prefect#15525, #8563",
        "The Job is Complete; the flow run is CRASHED, since the stream broke.",
        "Job train ok ok K13",
        in_namespace(job("complete@9")), in_namespace(pod("main 2-8 0")),
        flow_run("CRASHED", "Connection reset by peer while watching the job"),
    ),
    ending(
        "a flow fails inside a Job that is Complete", "PrefectHQ/prefect, StateType FAILED",
        "The flow's own code raised; the process that ran it ended with 0.",
        "Job train unknown ok -",
        in_namespace(job("complete@9")), in_namespace(pod("main 2-8 0")),
        flow_run("FAILED", "Flow run encountered an exception: ValueError: empty batch"),
        says="ValueError: empty batch",
    ),
    ending(
        "Argo says that the pod was deleted", "argoproj/argo-workflows#5126, #13086",
        "The step's pod ended with 0 and went with its node before the controller read it.",
        "Pod wf-1 ok none K14",
        step("main 2-8 0", "wait 2-9 0"), workflow("Error", "Error", "pod deleted"),
    ),
    ending(
        "a Workflow runs on after its pod", "argoproj/argo-workflows#12103, #13533",
        "The only pod is done long ago, step and Workflow say Running.",
        "Pod wf-1 ok none K39",
        step("main 2-8 0", "wait 2-9 0"), workflow("Running", "Running"),
    ),
    ending(
        "a step of a Task fails and later ones are skipped", "Tekton documentation, TaskRuns",
        "step-train ended with 1, step-upload was skipped with 1: the first is told.",
        "Pod run-pod failed none -",
        tekton("TaskRun", "Failed", "False", '"step-train" exited with code 1'),
        member("run-pod", "step-fetch 2-3 0", "step-train 3-8 1", "step-upload 8-8 1", of=tekton("TaskRun", "", ""),
               labels={"tekton.dev/taskRun": "run"}),
        says="container step-train ended with 1; TaskRun ml/run says Failed",
    ),
    ending(
        "a TaskRun's timeout and steps that were done", "Tekton documentation, timeouts",
        "All steps ended with 0; an injected sidecar kept the pod until the TaskRun's timeout.",
        "Pod run-pod ok none K35",
        tekton("TaskRun", "TaskRunTimeout", "False", 'TaskRun "run" failed to finish within "1h0m0s"'),
        member("run-pod", "step-train 3-8 0", "istio-proxy 2-", of=tekton("TaskRun", "", ""), phase="Running",
               labels={"tekton.dev/taskRun": "run"}),
    ),
    ending(
        "a CronJob's run failed", "cybozu-go/neco#1691",
        "One Job of a CronJob's history failed; the CronJob is told, and changes nothing.",
        "Job train failed failed -",
        resource("batch/v1", "CronJob", "nightly", {"lastSuccessfulTime": "2026-05-31"}, schedule="0 12 * * *"),
        owned(job(FAILED), resource("batch/v1", "CronJob", "nightly")), pod("main 2-8 1"),
        says="one run of CronJob ml/nightly: schedule 0 12 * * *",
    ),
    ending(
        "an owner that nobody here knows", "project-codeflare/appwrapper",
        "The Job is a part of an AppWrapper, which was not saved.",
        "Job train ok ok -",
        owned(job("complete@9"), resource("workload.codeflare.dev/v1beta2", "AppWrapper", "aw")), pod("main 2-8 0"),
        says="it is a part of AppWrapper ml/aw, which the records do not hold; kubectl get appwrapper aw -o json",
    ),
    ending(
        "ACK's TrainingJob failed", "aws-controllers-k8s, sagemaker-controller",
        "A SageMaker job as a Kubernetes object: its status is what was described last.",
        "TrainingJob rank failed failed -",
        resource("sagemaker.services.k8s.aws/v1alpha1", "TrainingJob", "rank", {
            "ackResourceMetadata": {"arn": "arn:aws:sagemaker:eu-west-1:111122223333:training-job/rank"},
            "trainingJobStatus": "Failed", "secondaryStatus": "Failed",
            "failureReason": "AlgorithmError: ExecuteUserScriptError: ExitCode 1",
        }, trainingJobName="rank"),
        says="AlgorithmError",
    ),
    ending(
        "ACK's TrainingJob was refused", "ACK documentation, ACK.Terminal",
        "SageMaker refused the request: there never was a job.",
        "ACK TrainingJob rank unknown failed -",
        resource("sagemaker.services.k8s.aws/v1alpha1", "TrainingJob", "rank", {
            "conditions": [held("ACK.Terminal", 2, message="ValidationException: role is invalid")],
        }, trainingJobName="rank"),
        says="ValidationException: role is invalid",
    ),
    ending(
        "a timeout of Airflow as its log tells it", "apache/airflow#42923 kind of ending",
        "The task's execution_timeout passed while it waited for a pod that was done.",
        "Pod train-a ok none K13",
        labelled(member("train-a", "base 2-8 0"), TASK),
        log("AirflowTaskTimeout: Timeout, PID: 7", "Marking task as FAILED. dag_id=nightly, task_id=train"),
    ),
    ending(
        "events of a pod that is gone, and Airflow says success", "apache/airflow#71202",
        "Only an event is left: the kubelet was asked to stop the container.",
        "Pod train-a unknown none K29",
        in_namespace(event("Killing", 6, "base")), task("success", ended=9, rendered_fields={"name": "train"}),
        says="was deleted before it ended with 0",
    ),
)  # fmt: skip
ENDINGS = (*RAY_ENDINGS, *SPARK_ENDINGS, *KUBEFLOW_ENDINGS, *QUEUE_ENDINGS, *AIRFLOW_ENDINGS, *OTHER_ENDINGS)
