"""The configuration files and command lines of the cluster's programs. Pure; every odd setting says what it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NODE = "node-a"
PAUSE_IMAGE = "localhost/pause:1"
PODS_MAX = 400
EVICTION: Mapping[str, str] = {"memory.available": "10Mi", "nodefs.available": "1%", "imagefs.available": "1%"}
"""As low as a shared machine needs, so that nothing is evicted by chance."""
CONTROLLERS = (
    "job-controller",
    "cronjob-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "namespace-controller",
    "garbage-collector-controller",
    "pod-garbage-collector-controller",
    "ttl-after-finished-controller",
    "node-lifecycle-controller",
    "taint-eviction-controller",
    "disruption-controller",
    "root-ca-certificate-publisher-controller",
)
Object = dict[str, object]


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports, free when the cluster was started."""

    etcd: int
    peer: int
    api: int
    kubelet: int
    health: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one cluster lives and what it calls what it leaves on the machine."""

    run: Path
    programs: Path
    ports: Ports
    bridge: str
    """Name of the network interface, unique to the run."""
    subnet: str
    """Three octets out of 10.0.0.0/8, such as `10.77.8`, the start of a /22."""
    snapshotter: str
    eviction: Mapping[str, str]
    """The kubelet's evictionHard."""

    @property
    def containerd_socket(self) -> Path:
        """Return the container runtime's socket."""
        return self.run / "containerd.sock"

    @property
    def gateway(self) -> str:
        """Return the machine's own address on the pods' network."""
        return f"{self.subnet}.1"


def commands(at: Layout) -> dict[str, list[str]]:
    """Give each program's command line, in the order in which they start."""
    run, ports = at.run, at.ports
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.peer}"
    kubeconfig = f"--kubeconfig={run}/kubeconfig"
    return {
        "etcd": [
            f"{at.programs}/etcd",
            f"--data-dir={run}/etcd",
            "--unsafe-no-fsync",  # the data need not outlive the machine
            *(f"--{what}-client-urls={client}" for what in ("listen", "advertise")),
            *(f"--{what}={peer}" for what in ("listen-peer-urls", "initial-advertise-peer-urls")),
            f"--initial-cluster=default={peer}",
        ],
        "kube-apiserver": [
            f"{at.programs}/kube-apiserver",
            f"--etcd-servers={client}",
            "--bind-address=127.0.0.1",
            f"--secure-port={ports.api}",
            f"--cert-dir={run}/certificates",
            f"--token-auth-file={run}/tokens.csv",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={run}/service-account.key",
            f"--service-account-signing-key-file={run}/service-account.key",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--kubelet-preferred-address-types=InternalIP",  # logs work without DNS
        ],
        "kube-controller-manager": [
            f"{at.programs}/kube-controller-manager",
            kubeconfig,
            "--leader-elect=false",
            "--secure-port=0",
            f"--service-account-private-key-file={run}/service-account.key",
            "--node-monitor-grace-period=20s",  # a lost node shows soon, and a slow kubelet is not taken for one
            f"--controllers={','.join(CONTROLLERS)}",
        ],
        "kube-scheduler": [f"{at.programs}/kube-scheduler", kubeconfig, "--leader-elect=false", "--secure-port=0"],
        "containerd": ["containerd", f"--config={run}/containerd.toml"],
        "kubelet": [
            f"{at.programs}/kubelet",
            kubeconfig,
            f"--config={run}/kubelet.json",
            f"--root-dir={run}/kubelet",
            f"--cert-dir={run}/kubelet/pki",
            f"--hostname-override={NODE}",
            f"--node-ip={at.gateway}",
        ],
    }


def kubeconfig(at: Layout, token: str, user: str = "admin") -> str:
    """Write a kubeconfig of one context; the API server makes the certificate that it trusts."""
    authority = f"{at.run}/certificates/apiserver.crt"
    cluster = {"server": f"https://127.0.0.1:{at.ports.api}", "certificate-authority": authority}
    return _json(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": user, "namespace": "default"}}],
            "current-context": "cluster",
        }
    )


def containerd(at: Layout) -> str:
    """Write the container runtime's configuration."""
    return f"""version = 2
root = "{at.run}/containerd-root"
state = "{at.run}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{at.containerd_socket}"
[ttrpc]
  address = "{at.run}/containerd-ttrpc.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true               # no CAP_SYS_RESOURCE
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true         # found and unmounted with the rest
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{at.snapshotter}"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{at.run}/cni"
"""


def network(at: Layout) -> str:
    """Write the pods' network: one bridge, addresses by file, everything named after the run."""
    addresses = {
        "type": "host-local",
        "dataDir": f"{at.run}/cni-addresses",
        "ranges": [[{"subnet": f"{at.subnet}.0/22"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": at.bridge, "isGateway": True, "ipam": addresses}
    return _json({"cniVersion": "0.4.0", "name": at.bridge, "plugins": [bridge, {"type": "loopback"}]})


def kubelet(at: Layout) -> str:
    """Write the kubelet's configuration."""
    return _json(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "address": at.gateway,
            "port": at.ports.kubelet,
            "healthzBindAddress": "127.0.0.1",
            "healthzPort": at.ports.health,
            "readOnlyPort": 0,
            "cgroupDriver": "cgroupfs",
            # A machine without CAP_SYS_RESOURCE, and one with cgroup v1, can run pods but not the kubelet's own tree.
            "cgroupsPerQOS": False,
            "enforceNodeAllocatable": [],
            "failCgroupV1": False,
            "featureGates": {"KubeletInUserNamespace": True},
            "containerRuntimeEndpoint": f"unix://{at.containerd_socket}",
            "failSwapOn": False,
            "volumeStatsAggPeriod": "5s",  # so that a volume over its limit is noticed soon
            "evictionHard": dict(at.eviction),
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "nodeStatusUpdateFrequency": "2s",
            "maxPods": PODS_MAX,
            "makeIPTablesUtilChains": False,  # they would outlive the kubelet
            "podLogsDir": f"{at.run}/pod-logs",
            "volumePluginDir": f"{at.run}/volume-plugins",
            "singleProcessOOMKill": True,  # as on cgroup v1: the kernel kills one process, not the whole container
        }
    )


def _json(value: Object) -> str:
    return json.dumps(value, indent=1)
