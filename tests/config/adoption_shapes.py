"""Documents as teams have them: shapes of public files, with names, registries, accounts and values of our own."""

# ruff: noqa: E501 - documents are easier to compare in few lines

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One input, and what `init` makes of it."""

    name: str
    text: str
    gives: tuple[str, ...] = ()
    """repository/job, one an entry."""
    refused: tuple[str, ...] = ()
    """Words of each refusal."""
    lost: tuple[str, ...] = ()
    """What is lost and matters, in the order in which it is told."""
    says: tuple[str, ...] = ()
    """Lines of the entry, without their indent and comment."""


ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
MAIN = f"{{name: main, image: '{ECR}/job:1', command: [python, train.py]}}"


def job(name: str, pod: str = "", spec: str = "", container: str = "") -> str:
    """Write a Job around what is special of it."""
    main = MAIN[:-1] + (f", {container}" if container else "") + "}"
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, namespace: ml}}\n"
        f"spec: {{{spec + ', ' if spec else ''}template: {{spec: {{restartPolicy: Never, "
        f"{pod + ', ' if pod else ''}containers: [{main}]}}}}}}\n"
    )


def training(name: str, more: str = "", algorithm: str = "", resources: str = "InstanceCount: 1") -> str:
    """Write a CreateTrainingJob request around what is special of it."""
    return (
        f"{{TrainingJobName: {name}, RoleArn: 'arn:aws:iam::123456789012:role/Exec', "
        f"AlgorithmSpecification: {{TrainingImage: '{ECR}/job:1', TrainingInputMode: File, "
        f"ContainerEntrypoint: [python, train.py]{', ' + algorithm if algorithm else ''}}}, "
        "OutputDataConfig: {S3OutputPath: 's3://acme-out/x'}, "
        f"ResourceConfig: {{{resources}, InstanceType: ml.m5.xlarge, VolumeSizeInGB: 30}}, "
        f"StoppingCondition: {{MaxRuntimeInSeconds: 3600}}{', ' + more if more else ''}}}"
    )


PLACEMENT, FILES, BEFORE = "where it runs", "files that it is given", "what runs before it"
BESIDE, RIGHTS, AGAIN = "containers beside it", "what it may do", "how it is tried again"
TAKES, ENDING = "CPU, memory and devices", "how it is watched and stopped"
VARIABLES = "environment whose values the document does not hold"
DATA, PROTECTION, COST = "how its data reaches it", "keys and isolation", "spot capacity and checkpoints"
WATCHED, ADDED = "what watches it", "what the cluster adds to its pod"
OPERATOR = "settings of its operator"

KUBERNETES = (
    Shape("plain job", job("plain"), ("plain/main",), says=("retries: 6", "namespace: ml", "effects: CHANGE-ME")),
    Shape("job that names its tries", job("tries", spec="backoffLimit: 0"), ("tries/main",), says=("retries: 0",)),
    Shape("job with a deadline", job("limit", spec="activeDeadlineSeconds: 5400"), ("limit/main",),
          says=("time_limit: 90m",)),
    Shape("pod with a deadline", job("limit", pod="activeDeadlineSeconds: 60"), ("limit/main",),
          says=("time_limit: 1m",)),
    Shape("too many tries", job("tries", spec="backoffLimit: 99"), ("tries/main",),
          lost=("99 retries: 30 are the most that can be written",)),
    Shape("claim", job("claim", pod="volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]",
                       container="volumeMounts: [{name: data, mountPath: /data}]"), ("claim/main",), lost=(FILES,)),
    Shape("empty folder", job("scratch", pod="volumes: [{name: tmp, emptyDir: {}}]",
                              container="volumeMounts: [{name: tmp, mountPath: /tmp/x}]"), ("scratch/main",),
          says=("tmp: /tmp/x",)),
    Shape("folder in memory", job("shm", pod="volumes: [{name: shm, emptyDir: {medium: Memory}}]",
                                  container="volumeMounts: [{name: shm, mountPath: /dev/shm}]"), ("shm/main",),
          lost=(FILES,)),
    Shape("placement", job("gpu", pod="nodeSelector: {pool: gpu}, tolerations: [{key: gpu, operator: Exists}], "
                                      "affinity: {nodeAffinity: {}}, priorityClassName: high"), ("gpu/main",),
          lost=(PLACEMENT,)),
    Shape("devices", job("gpu", container="resources: {limits: {nvidia.com/gpu: 1, cpu: 4, memory: 16Gi}}"),
          ("gpu/main",), says=("gpu: 1", "cpu: 4", "memory: 16Gi", "instance_type: ml.g4dn.xlarge")),
    Shape("a slice of a device", job("mig", container="resources: {limits: {nvidia.com/mig-1g.5gb: 1}}"),
          ("mig/main",), lost=(TAKES,)),
    Shape("a large job", job("large", container="resources: {requests: {cpu: 16, memory: 512Gi}}"), ("large/main",),
          says=("instance_type: ml.r5.16xlarge",)),
    Shape("bytes and thousandths", job("odd", container="resources: {requests: {cpu: 1500m, memory: 1073741824}}"),
          ("odd/main",), says=("cpu: 1.5", "memory: 1048576Ki")),
    Shape("secret and field", job("env", container=(
        "env: [{name: A, value: x}, {name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}, "
        "{name: P, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]")), ("env/main",), lost=(VARIABLES,),
        says=("A: x", "secret: s", "key: k", "secrets_manager: CHANGE-ME")),
    Shape("variables from elsewhere", job("from", container="envFrom: [{configMapRef: {name: c}}]"), ("from/main",),
          lost=(VARIABLES,)),
    Shape("variables of a ConfigMap beside it",
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: ml}\ndata: {RATE: '0.1', MODE: fast}\n---\n"
          + job("from", container="envFrom: [{configMapRef: {name: c}}], env: [{name: MODE, value: slow}]"),
          ("from/main",), says=('RATE: "0.1"', "MODE: slow")),
    Shape("a key of a ConfigMap beside it",
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {rate: '0.1'}\n---\n"
          + job("key", container="env: [{name: RATE, valueFrom: {configMapKeyRef: {name: c, key: rate}}}]"),
          ("key/main",), says=('RATE: "0.1"',)),
    Shape("variables in arguments", job("expand", container=(
        "env: [{name: DAY, value: monday}, {name: OUT, value: '/out/$(DAY)'}], args: [--out, $(OUT), $$(DAY), $(x y)]")),
        ("expand/main",), says=("OUT: /out/monday", 'command: [python, train.py, "--out", /out/monday, "$(DAY)", "$(x y)"]')),
    Shape("a variable that only the cluster knows", job("node", container=(
        "env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}], args: [$(NODE)]")),
        refused=("$(NODE), whose value only the cluster knows",)),
    Shape("a variable of a ConfigMap that is not there", job("node", container=(
        "envFrom: [{configMapRef: {name: c}}], args: [$(RATE)]")), refused=("$(RATE), whose value only",)),
    Shape("a variable of a service", job("node", container="args: [$(DB_SERVICE_HOST)]"),
          refused=("$(DB_SERVICE_HOST)",)),
    Shape("init container", job("init", pod="initContainers: [{name: fetch, image: 'fetch:1', command: [fetch]}]"),
          ("init/main",), lost=(BEFORE,)),
    Shape("native sidecar", job("mesh", pod=(
        "initContainers: [{name: mesh, image: 'mesh:1', command: [mesh], restartPolicy: Always}]")), ("mesh/main",),
        says=("- {name: mesh, command: [mesh], image: mesh:1, native: true}",)),
    Shape("sidecar without a command",
          job("two").replace("containers: [", "containers: [{name: agent, image: 'agent:1'}, "),
          ("two/main",), lost=("which of 2 containers is the work: agent was taken, the first one",)),
    Shape("rights", job("root", pod="hostNetwork: true, securityContext: {runAsUser: 0}",
                        container="securityContext: {privileged: true}"), ("root/main",), lost=(RIGHTS,)),
    Shape("service account", job("irsa", pod="serviceAccountName: trainer, serviceAccount: trainer"), ("irsa/main",),
          says=("service_account: trainer",)),
    Shape("pull secret", job("pull", pod="imagePullSecrets: [{name: r}]"), ("pull/main",),
          lost=("credentials for its image",)),
    Shape("working folder", job("folder", container="workingDir: /app"), ("folder/main",),
          lost=("the folder that it starts in",)),
    Shape("probes and hooks", job("hook", pod="terminationGracePeriodSeconds: 600",
                                  container="lifecycle: {preStop: {exec: {command: [save]}}}"), ("hook/main",),
          lost=(ENDING,)),
    Shape("failure policy", job("policy", spec="podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [3]}}]}"),
          ("policy/main",), lost=(AGAIN,)),
    Shape("restarts in its place", job("again").replace("Never", "OnFailure"), ("again/main",), lost=(AGAIN,)),
    Shape("annotation that injects", job("istio").replace(
        "template: {spec", "template: {metadata: {annotations: {sidecar.istio.io/inject: 'true'}, labels: {a: b}}, spec"),
        ("istio/main",), lost=(ADDED,)),
    Shape("queue", job("queue").replace("namespace: ml}", "namespace: ml, labels: {kueue.x-k8s.io/queue-name: team}}"),
          ("queue/main",), lost=(ADDED,)),
    Shape("host alias and DNS", job("dns", pod="hostAliases: [{ip: 10.0.0.1, hostnames: [db]}], dnsPolicy: Default"),
          ("dns/main",), lost=("names and addresses",)),
    Shape("arguments only", job("args").replace("command:", "args:"), ("args/main",),
          says=("command: [CHANGE-ME, python, train.py]",)),
    Shape("no command", job("none").replace(", command: [python, train.py]", ""), ("none/main",),
          says=("command: [CHANGE-ME]",)),
    Shape("no image", "{apiVersion: batch/v1, kind: Job, metadata: {name: bare}}", ("bare/main",)),
    Shape("generated name", job("x").replace("name: x", "generateName: train-"), ("train/main",)),
    Shape("a name in capitals", job("Nightly.Train"), ("nightly-train/main",)),
    Shape("indexed", job("shard", spec="completions: 4, parallelism: 2, completionMode: Indexed"),
          refused=("4 members of an Indexed Job",)),
    Shape("completions", job("many", spec="completions: 10"), refused=("10 members",)),
    Shape("work queue", job("queue", spec="parallelism: 3"), refused=("3 members",)),
    Shape("indexed with one", job("one", spec="completions: 1, completionMode: Indexed"), ("one/main",),
          lost=("the index of its member",)),
    Shape("daily", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: daily, namespace: ml}\nspec:\n  schedule: '0 3 * * *'\n"
          "  concurrencyPolicy: Forbid\n  timeZone: Europe/Vienna\n  jobTemplate: {spec: {backoffLimit: 1, template: {spec: "
          f"{{containers: [{MAIN}]}}}}}}}}\n", ("daily/main",), says=("cadence: 1d", "retries: 1")),
    Shape("every quarter of an hour", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: often}\nspec: {schedule: '*/15 * * * *', "
          f"jobTemplate: {{spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}\n", ("often/main",), says=("cadence: 15m",)),
    Shape("a schedule that is none", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: odd}\nspec: {schedule: soon, "
          f"jobTemplate: {{spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}\n", ("odd/main",)),
    Shape("cron of many", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: many}\nspec: {schedule: '@daily', "
          f"jobTemplate: {{spec: {{completions: 5, template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}\n", refused=("5 members",)),
    Shape("live job of a CronJob", '{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"nightly-29400000","namespace":"ml","uid":"u",'
          '"ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":"nightly","uid":"c","controller":true}]},'
          '"spec":{"backoffLimit":6,"completions":1,"parallelism":1,"completionMode":"NonIndexed","suspend":false,'
          '"template":{"spec":{"containers":[{"name":"main","image":"' + ECR + '/n:7","command":["python"],'
          '"imagePullPolicy":"IfNotPresent","terminationMessagePath":"/dev/termination-log","resources":{}}],'
          '"dnsPolicy":"ClusterFirst","restartPolicy":"Never","schedulerName":"default-scheduler","securityContext":{}}}},'
          '"status":{"succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}}', ("nightly/main",)),
    Shape("list of two", "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- {{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}\n"
        for name in ("a", "b")), ("a/main", "b/main")),
    Shape("typed list without kinds", "apiVersion: batch/v1\nkind: JobList\nitems:\n- {metadata: {name: a}, "
          f"spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}\n", ("a/main",)),
    Shape("several documents", f"{job('a')}---\n# nothing\n---\n{job('b')}...\n", ("a/main", "b/main")),
    Shape("one line a document", "\n".join(
        f'{{"apiVersion":"batch/v1","kind":"Job","metadata":{{"name":"{name}"}},"spec":{{"template":{{"spec":{{"containers":[]}}}}}}}}'
        for name in "ab"), ("a/main", "b/main")),
    Shape("one name in two namespaces", f"{job('train')}---\n{job('train').replace('namespace: ml', 'namespace: prod')}",
          ("train/main", "prod-train/main")),
    Shape("names that are cut to one", f"{job('a' * 40 + '-x')}---\n{job('a' * 40 + '-y')}",
          ("a" * 36 + "/main", "ml-" + "a" * 33 + "/main")),
    Shape("a job, its CronJob and its pod", "apiVersion: v1\nkind: List\nitems:\n"
          f"- {{apiVersion: batch/v1, kind: CronJob, metadata: {{name: n, uid: c}}, spec: {{schedule: '@daily', jobTemplate: {{spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}}}\n"
          f"- {{apiVersion: batch/v1, kind: Job, metadata: {{name: n-29400000, uid: j, ownerReferences: [{{kind: CronJob, name: n, uid: c}}]}}, spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}\n"
          f"- {{apiVersion: v1, kind: Pod, metadata: {{name: n-29400000-x, uid: p, ownerReferences: [{{kind: Job, name: n-29400000, uid: j}}]}}, spec: {{containers: [{MAIN}]}}}}\n",
          ("n/main",)),
    Shape("two runs of one CronJob", "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- {{apiVersion: batch/v1, kind: Job, metadata: {{name: n-{stamp}, uid: j{stamp}, creationTimestamp: '{stamp}', ownerReferences: [{{kind: CronJob, name: n, uid: c}}]}}, "
        f"spec: {{template: {{spec: {{containers: [{{name: main, image: '{ECR}/n:{stamp}', command: [x]}}]}}}}}}}}\n" for stamp in (1, 2)),
        ("n/main",), says=(f"image: {ECR}/n:2",)),
    Shape("bare pod", f"apiVersion: v1\nkind: Pod\nmetadata: {{name: once, namespace: ml}}\nspec: {{restartPolicy: Never, containers: [{MAIN}]}}\n",
          ("once/main",), says=("retries: 0",)),
    Shape("live pod", "apiVersion: v1\nkind: Pod\nmetadata: {name: once}\nspec:\n  nodeName: n\n  priority: 0\n  preemptionPolicy: PreemptLowerPriority\n"
          "  enableServiceLinks: true\n  serviceAccountName: default\n  tolerations: [{effect: NoExecute, key: node.kubernetes.io/not-ready, operator: Exists, tolerationSeconds: 300}]\n"
          "  volumes: [{name: kube-api-access-x, projected: {sources: []}}]\n  containers:\n  - {name: main, image: 'a@sha256:" + "0" * 64 + "', command: [x], volumeMounts: [{name: kube-api-access-x, mountPath: /var/run/secrets}]}\n",
          ("once/main",)),
    Shape("pod of the work's name", "apiVersion: v1\nkind: Pod\nmetadata: {name: two, annotations: {kubectl.kubernetes.io/default-container: main}}\n"
          f"spec: {{containers: [{{name: proxy, image: 'p:1', command: [proxy]}}, {MAIN}]}}\n", ("two/main",),
          says=(f"image: {ECR}/job:1", "- {name: proxy, command: [proxy], image: p:1}")),
    Shape("pod of a member", "apiVersion: v1\nkind: Pod\nmetadata: {name: s-2-x, annotations: {batch.kubernetes.io/job-completion-index: '2'}, "
          f"ownerReferences: [{{apiVersion: batch/v1, kind: Job, name: s, uid: j}}]}}\nspec: {{containers: [{MAIN}]}}\n", refused=("at least 3 members",)),
    Shape("Airflow's pod", "apiVersion: v1\nkind: Pod\nmetadata: {name: score-x, namespace: airflow, labels: {dag_id: nightly_scoring, task_id: score, kubernetes_pod_operator: 'True', try_number: '1'}}\n"
          f"spec: {{containers: [{{name: base, image: '{ECR}/score:1', command: [python, -m, score]}}, {{name: airflow-xcom-sidecar, image: alpine, command: [sh]}}]}}\n",
          ("nightly-scoring/score",), lost=(BESIDE,)),
    Shape("two tasks of one DAG", "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {task}-x, namespace: airflow, labels: {{dag_id: nightly, task_id: {task}}}}}\n"
        f"spec: {{containers: [{{name: base, image: '{ECR}/{task}:1', command: [python]}}]}}\n" for task in ("fit", "score")),
        ("nightly/fit", "nightly/score")),
    Shape("Airflow's executor", "apiVersion: v1\nkind: Pod\nmetadata: {name: w, labels: {dag_id: d, task_id: t}}\nspec: {containers: "
          "[{name: base, image: 'airflow:2', args: [airflow, tasks, run, d, t, now]}]}\n", refused=("a worker of Airflow's Kubernetes executor",)),
    Shape("Argo's pod", "apiVersion: v1\nkind: Pod\nmetadata: {name: f-1, labels: {workflows.argoproj.io/workflow: f-x, workflows.argoproj.io/workflow-template: flow}, "
          "annotations: {workflows.argoproj.io/node-name: 'f-x.fit(0)'}}\nspec: {containers: [{name: wait, image: argoexec, command: [argoexec, wait]}, "
          f"{{name: main, image: '{ECR}/fit:1', command: [/var/run/argo/argoexec, emissary, --loglevel, info, --, python, fit.py], args: [--n, '3']}}]}}\n",
          ("flow/fit",), lost=(BESIDE,), says=('command: [python, fit.py, "--n", "3"]',)),
    Shape("Argo's workflow of one step", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: fit-}\nspec: {entrypoint: fit, templates: [{name: fit, "
          f"container: {MAIN}}}]}}\n", ("fit/main",)),
    Shape("Argo's schedule", "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: fit}\nspec: {schedule: '0 * * * *', workflowSpec: {entrypoint: fit, templates: [{name: fit, "
          f"container: {MAIN}}}]}}}}\n", ("fit/main",), says=("cadence: 1h",)),
    Shape("Argo's workflow of steps", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: f}\nspec: {entrypoint: all, templates: "
          f"[{{name: all, dag: {{tasks: []}}}}, {{name: a, container: {MAIN}}}, {{name: b, script: {{source: x}}}}]}}\n", refused=("2 steps",)),
    Shape("Argo's parameter", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: f}\nspec: {entrypoint: a, templates: "
          "[{name: a, container: {image: 'a:1', command: [python, '{{inputs.parameters.day}}']}}]}\n", refused=("a parameter that nobody filled",)),
    Shape("PyTorchJob of one", "apiVersion: kubeflow.org/v1\nkind: PyTorchJob\nmetadata: {name: mnist, namespace: kubeflow}\nspec: {runPolicy: {cleanPodPolicy: None, backoffLimit: 2}, "
          f"pytorchReplicaSpecs: {{Master: {{replicas: 1, template: {{spec: {{containers: [{{name: sidecar, image: 's:1', command: [s]}}, {{name: pytorch, image: '{ECR}/m:1', command: [python, m.py]}}]}}}}}}}}}}\n",
          ("mnist/main",), says=(f"image: {ECR}/m:1", "retries: 2")),
    Shape("PyTorchJob of three", "apiVersion: kubeflow.org/v1\nkind: PyTorchJob\nmetadata: {name: mnist}\nspec: {pytorchReplicaSpecs: {Master: {replicas: 1, template: {}}, Worker: {replicas: 2, template: {}}}}\n",
          refused=("3 members (Master 1, Worker 2)",)),
    Shape("TFJob of one", "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: digits-tf}\nspec: {tfReplicaSpecs: {Worker: {replicas: 1, restartPolicy: OnFailure, "
          f"template: {{spec: {{containers: [{{name: tensorflow, image: '{ECR}/d:1', command: [python]}}]}}}}}}}}}}\n", ("digits-tf/main",), lost=(AGAIN,)),
    Shape("TFJob of many", "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: d}\nspec: {tfReplicaSpecs: {Chief: {template: {}}, PS: {replicas: 2, template: {}}, Worker: {replicas: 4, template: {}}}}\n",
          refused=("7 members (Chief 1, PS 2, Worker 4)",)),
    Shape("MPIJob", "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: h}\nspec: {mpiReplicaSpecs: {Launcher: {replicas: 1, template: {}}, Worker: {replicas: 2, template: {}}}}\n",
          refused=("3 members",)),
    Shape("XGBoostJob of one", f"apiVersion: kubeflow.org/v1\nkind: XGBoostJob\nmetadata: {{name: x}}\nspec: {{xgbReplicaSpecs: {{Master: {{replicas: 1, template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}\n", ("x/main",)),
    Shape("TrainJob", f"apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {{name: t}}\nspec: {{runtimeRef: {{name: torch}}, trainer: {{image: '{ECR}/t:1', command: [python], numNodes: 1, resourcesPerNode: {{requests: {{cpu: 2}}}}}}}}\n",
          ("t/main",), lost=(OPERATOR, "the pod of its training runtime torch"), says=("cpu: 2",)),
    Shape("TrainJob of four", "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {name: t}\nspec: {trainer: {numNodes: 4}}\n", refused=("4 members",)),
    Shape("JobSet of one", f"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: s}}\nspec: {{replicatedJobs: [{{name: w, replicas: 1, template: {{spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}]}}\n", ("s/main",)),
    Shape("JobSet of eight", "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: s}\nspec: {replicatedJobs: [{name: w, replicas: 2, template: {spec: {completions: 4, parallelism: 4}}}]}\n", refused=("8 members",)),
    Shape("RayJob without workers", f"apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{name: r}}\nspec: {{entrypoint: python tune.py --n 3, rayClusterSpec: {{headGroupSpec: {{rayStartParams: {{}}, template: {{spec: {{containers: [{{name: ray-head, image: '{ECR}/r:1'}}]}}}}}}}}}}\n",
          ("r/main",), lost=("the Ray cluster: the program has to start Ray in its own process",), says=('command: [python, tune.py, "--n", "3"]',)),
    Shape("RayJob with workers", "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: r}\nspec: {entrypoint: x, rayClusterSpec: {headGroupSpec: {}, workerGroupSpecs: [{replicas: 2}, {replicas: 1, numOfHosts: 2}]}}\n",
          refused=("5 members (a head and 4 workers)",)),
    Shape("RayJob on a cluster that is there", "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: r}\nspec: {entrypoint: x, clusterSelector: {ray.io/cluster: c}}\n", refused=("work on a cluster that is there already",)),
    Shape("the Job of a RayJob", f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: r-x, ownerReferences: [{{apiVersion: ray.io/v1, kind: RayJob, name: r, uid: u}}]}}\nspec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}\n",
          refused=("a Job of RayJob r",)),
    Shape("SparkApplication alone", f"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {{name: pi}}\nspec: {{type: Python, image: '{ECR}/s:1', mainApplicationFile: 'local:///app/pi.py', arguments: ['10'], sparkConf: {{spark.master: 'local[*]', spark.sql.shuffle.partitions: '8'}}, driver: {{cores: 2, memory: 4g, serviceAccount: spark}}}}\n",
          ("pi/main",), lost=("the operator's own settings of Spark",), says=('command: [spark-submit, "--master", "local[*]", "--conf", "spark.sql.shuffle.partitions=8", local:///app/pi.py, "10"]', "memory: 4Gi", "cpu: 2", "service_account: spark")),
    Shape("SparkApplication with executors", "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: pi}\nspec: {mainApplicationFile: x, executor: {instances: 4}}\n", refused=("5 members (a driver and 4 executors)",)),
    Shape("a service", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {}\n", refused=("found kind Deployment", "it serves and has no end")),
    Shape("a kustomization", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [job.yaml]\n", refused=("render it first: kubectl kustomize",)),
    Shape("a chart's template", "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Chart.Name }}\n", refused=("a template of Helm",)),
    Shape("a template of another kind", "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ name }}\n  {% if x %}\n", refused=("found a template",)),
    Shape("no documents", "# nothing\n", refused=("found nothing",)),
    Shape("credentials in a command", job("tok", container="args: [--db-password=aG93LW5vdC10by1kby1pdA, --url, 'postgresql://u:hunter2@db/x']"),
          refused=("credentials", "credentials")),
    Shape("credentials in variables", job("tok", container="env: [{name: DB_PASSWORD, value: aG93LW5vdC10by1kby1pdA}]"), ("tok/main",),
          lost=(VARIABLES, "credentials in DB_PASSWORD: the file takes none"), says=("DB_PASSWORD:", "secret: CHANGE-ME")),
    Shape("places outside", job("out", container=(
        "args: [--to, 's3://prod/table/', '--jdbc=jdbc:postgresql://db:5432/x', --topic, scores], env: [{name: SMTP_HOST, value: smtp.example.com}, "
        "{name: HOOK_URL, value: 'https://hooks.example.com/x'}, {name: MLFLOW_TRACKING_URI, value: 'http://mlflow:5000'}, {name: QUEUE, value: 'arn:aws:sqs:us-east-1:123456789012:q'}]")),
        ("out/main",), says=(
            "#   bucket s3://prod/table/ (command[3])", "#   table jdbc:postgresql://db:5432/x (command[4])", "#   topic scores (command[6])",
            "#   mail smtp.example.com (environment.SMTP_HOST)", "#   http https://hooks.example.com/x (environment.HOOK_URL)",
            "#   registry http://mlflow:5000 (environment.MLFLOW_TRACKING_URI)", "#   topic arn:aws:sqs:us-east-1:123456789012:q (environment.QUEUE)")),
)  # fmt: skip

SAGEMAKER = (
    Shape("training request", training("fit-2026-11-01"), ("fit/train",), says=(
        'account: "123456789012"', "instance_type: ml.m5.xlarge", "time_limit: 1h")),
    Shape("a request's metric", training("fit", algorithm="MetricDefinitions: [{Name: 'validation:auc', Regex: 'auc:(.*)'}]"),
          ("fit/train",), says=('regex: "auc:(.*)"', "better: CHANGE-ME", "margin: CHANGE-ME")),
    Shape("a metric that can't be read", training("fit", algorithm="MetricDefinitions: [{Name: a, Regex: 'a:('}]"),
          ("fit/train",), lost=("metrics whose expressions can't be read",)),
    Shape("two hosts", training("fit", resources="InstanceCount: 2"), refused=("2 hosts",)),
    Shape("groups", training("fit", resources="InstanceGroups: [{InstanceType: ml.m5.large, InstanceCount: 1}, {InstanceType: ml.p3.2xlarge, InstanceCount: 2}]"),
          refused=("3 hosts in 2 groups",)),
    Shape("spot and checkpoints", training("fit", more="EnableManagedSpotTraining: true, CheckpointConfig: {S3Uri: 's3://c/x'}"), ("fit/train",), lost=(COST,)),
    Shape("keys and isolation", training("fit", more="EnableNetworkIsolation: true", resources="InstanceCount: 1, VolumeKmsKeyId: k"), ("fit/train",), lost=(PROTECTION,)),
    Shape("channels", training("fit", more=(
        "InputDataConfig: [{ChannelName: a, InputMode: Pipe, DataSource: {S3DataSource: {S3DataType: S3Prefix, S3Uri: 's3://data/a'}}}, "
        "{ChannelName: b, DataSource: {FileSystemDataSource: {FileSystemId: fs-1, DirectoryPath: /x}}}]")), ("fit/train",),
        lost=(DATA, FILES), says=("uri: s3://data/a", "pin: CHANGE-ME")),
    Shape("debugger", training("fit", more="DebugHookConfig: {S3OutputPath: 's3://data/x'}, Tags: [{Key: a, Value: b}]"), ("fit/train",), lost=(WATCHED,)),
    Shape("Amazon's image", training("fit").replace(f"{ECR}/job:1", "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.1"), ("fit/train",),
          says=('account: "123456789012"', "region: us-east-1")),
    Shape("parameters", training("fit", more="HyperParameters: {eta: '0.2', sagemaker_program: '\"train.py\"'}"), ("fit/train",), says=('eta: "0.2"',)),
    Shape("describe answer", training("fit", more=(
        "TrainingJobArn: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/fit', TrainingJobStatus: Completed, CreationTime: '2026-11-01T05:49:40Z', "
        "SecondaryStatusTransitions: [{Status: Starting}], ModelArtifacts: {S3ModelArtifacts: 's3://x/y'}, VpcConfig: null, Environment: null, BillableTimeInSeconds: 10")),
        ("fit/train",), says=("region: eu-west-1",)),
    Shape("processing request", "{ProcessingJobName: prep, AppSpecification: {ImageUri: '" + ECR + "/p:1', ContainerEntrypoint: [python, p.py], ContainerArguments: [--to, 's3://lake/agg']}, "
          "RoleArn: 'arn:aws:iam::123456789012:role/Exec', ProcessingResources: {ClusterConfig: {InstanceCount: 1, InstanceType: ml.m5.large, VolumeSizeInGB: 20}}, "
          "ProcessingInputs: [{InputName: in, S3Input: {S3Uri: 's3://data/in', LocalPath: /opt/ml/processing/in, S3DataType: S3Prefix, S3InputMode: File}}], "
          "ProcessingOutputConfig: {Outputs: [{OutputName: o, S3Output: {S3Uri: 's3://data/o', LocalPath: /opt/ml/processing/o, S3UploadMode: EndOfJob}}]}}", ("prep/process",),
          says=("path: /opt/ml/processing/o", "#   bucket s3://lake/agg (command[3])")),
    Shape("processing cluster", "{ProcessingJobName: agg, AppSpecification: {ImageUri: x}, ProcessingResources: {ClusterConfig: {InstanceCount: 4}}}", refused=("4 hosts",)),
    Shape("tuning", "{HyperParameterTuningJobName: h, TrainingJobDefinition: {}}", refused=("a tuning job",)),
    Shape("transform", "{TransformJobName: t, ModelName: m}", refused=("a transform job",)),
    Shape("AutoML", "{AutoMLJobName: a}", refused=("an AutoML job",)),
    Shape("endpoint", "{EndpointName: e}", refused=("an endpoint",)),
    Shape("ACK's training", "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: TrainingJob\nmetadata: {name: fit, namespace: ml}\nspec: {trainingJobName: fit, roleARN: 'arn:aws:iam::123456789012:role/E', "
          f"algorithmSpecification: {{trainingImage: '{ECR}/f:1', trainingInputMode: File, containerEntrypoint: [python]}}, resourceConfig: {{instanceCount: 1, instanceType: ml.m5.large, volumeSizeInGB: 5}}, "
          "stoppingCondition: {maxRuntimeInSeconds: 60}, hyperParameters: {max_depth: '5'}, inputDataConfig: [{channelName: train, dataSource: {s3DataSource: {s3DataType: S3Prefix, s3URI: 's3://data/t'}}}]}\nstatus: {trainingJobStatus: Completed}\n",
          ("fit/train",), says=('max_depth: "5"', "uri: s3://data/t", "disk: 5Gi")),
    Shape("ACK's training of two", "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: TrainingJob\nmetadata: {name: fit}\nspec: {trainingJobName: fit, resourceConfig: {instanceCount: 2}}\n", refused=("2 hosts",)),
)  # fmt: skip
SHAPES = (*KUBERNETES, *SAGEMAKER)
