//! The checks of the pod security standards, baseline first. Models `pod-security-admission/policy`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Capabilities, Container, LifecycleHandler, PodSpec, Probe, SELinuxOptions, SecurityContext, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Level;
use crate::api::well_known::APP_ARMOR;

/// What one check found.
pub(super) struct Fault {
    pub reason: &'static str,
    pub detail: String,
}

const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Sysctls that baseline allows, and the minor version that began to.
const SAFE_SYSCTLS: &[(&str, u32)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];

/// What the checks read of a container of any sort.
struct View<'a> {
    name: &'a str,
    context: Option<&'a SecurityContext>,
    ports: Vec<i32>,
    hosts: Vec<&'a str>,
}

/// The pod under the checks.
struct Subject<'a> {
    spec: &'a PodSpec,
    meta: Option<&'a ObjectMeta>,
    containers: Vec<View<'a>>,
    minor: u32,
}

/// Makes the checks of a level, as those of version 1.`minor` are.
pub(super) fn run(level: Level, minor: u32, meta: Option<&ObjectMeta>, spec: &PodSpec) -> Vec<Fault> {
    let subject = Subject { spec, meta, containers: views(spec), minor };
    let restricted = level == Level::Restricted;
    let baseline = [
        subject.app_armor(),
        if restricted { None } else { subject.capabilities() },
        subject.host_namespaces(),
        if restricted { None } else { subject.host_paths() },
        subject.host_ports(),
        subject.hosts(),
        subject.privileged(),
        subject.proc_mount(),
        if restricted { None } else { subject.seccomp() },
        subject.se_linux(),
        subject.sysctls(),
        subject.host_process(),
    ];
    let mut found: Vec<Fault> = baseline.into_iter().flatten().collect();
    if restricted {
        let more = [
            subject.privilege_escalation(),
            subject.dropped_capabilities(),
            subject.volumes(),
            subject.non_root(),
            subject.root_user(),
            subject.required_seccomp(),
        ];
        found.extend(more.into_iter().flatten());
    }
    found
}

fn views(spec: &PodSpec) -> Vec<View<'_>> {
    let mut all: Vec<View<'_>> = spec.init_containers.iter().flatten().chain(&spec.containers).map(view).collect();
    for container in spec.ephemeral_containers.iter().flatten() {
        let ports = container.ports.iter().flatten().filter_map(|port| port.host_port).collect();
        all.push(View { name: &container.name, context: container.security_context.as_ref(), ports, hosts: Vec::new() });
    }
    all
}

fn view(container: &Container) -> View<'_> {
    let ports = container.ports.iter().flatten().filter_map(|port| port.host_port).collect();
    let mut hosts = Vec::new();
    for probe in [&container.liveness_probe, &container.readiness_probe, &container.startup_probe].into_iter().flatten() {
        hosts.extend(probe_hosts(probe));
    }
    let lifecycle = container.lifecycle.iter().flat_map(|lifecycle| [&lifecycle.post_start, &lifecycle.pre_stop]);
    hosts.extend(lifecycle.flatten().flat_map(handler_hosts));
    View { name: &container.name, context: container.security_context.as_ref(), ports, hosts }
}

fn probe_hosts(probe: &Probe) -> impl Iterator<Item = &str> {
    let http = probe.http_get.as_ref().and_then(|get| get.host.as_deref());
    let tcp = probe.tcp_socket.as_ref().and_then(|socket| socket.host.as_deref());
    [http, tcp].into_iter().flatten().filter(|host| !host.is_empty())
}

fn handler_hosts(handler: &LifecycleHandler) -> impl Iterator<Item = &str> {
    let http = handler.http_get.as_ref().and_then(|get| get.host.as_deref());
    let tcp = handler.tcp_socket.as_ref().and_then(|socket| socket.host.as_deref());
    [http, tcp].into_iter().flatten().filter(|host| !host.is_empty())
}

/// `"a", "b"`
fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn plural(one: &'static str, many: &'static str, count: usize) -> &'static str {
    if count == 1 { one } else { many }
}

/// `container "a"`, `containers "a", "b"`
fn named(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), quoted(names.iter().copied()))
}

fn fault(reason: &'static str, detail: String) -> Option<Fault> {
    Some(Fault { reason, detail })
}

impl<'a> Subject<'a> {
    /// The containers whose security context has something.
    fn those(&self, wrong: impl Fn(&SecurityContext) -> bool) -> Vec<&'a str> {
        self.containers.iter().filter(|view| view.context.is_some_and(&wrong)).map(|view| view.name).collect()
    }

    fn is_windows(&self) -> bool {
        self.minor >= 25 && self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
    }

    /// Users of a pod in a user namespace of its own are nobody outside of it.
    fn has_own_users(&self) -> bool {
        self.minor >= 33 && self.spec.host_users == Some(false)
    }

    /// `pod and container "a"`: who says something wrong.
    fn setters(pod: bool, containers: &[&str]) -> Option<String> {
        match (pod, containers.is_empty()) {
            (false, true) => None,
            (true, true) => Some("pod".to_owned()),
            (false, false) => Some(named(containers)),
            (true, false) => Some(format!("pod and {}", named(containers))),
        }
    }

    fn app_armor(&self) -> Option<Fault> {
        let annotations = self.meta.and_then(|meta| meta.annotations.as_ref()).into_iter().flatten();
        let allowed = |value: &str| value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
        let noted: Vec<String> = annotations
            .filter(|(key, value)| key.starts_with(APP_ARMOR) && !allowed(value))
            .map(|(key, value)| format!("{key}={}", crate::api::go::quote(value)))
            .collect();
        let mut values = BTreeSet::new();
        let mut wrong = |profile: Option<&'a AppArmorProfile>| {
            let bad = profile.filter(|profile| !matches!(profile.type_.as_str(), "RuntimeDefault" | "Localhost"));
            bad.is_some_and(|profile| {
                values.insert(profile.type_.as_str());
                true
            })
        };
        let pod = wrong(self.spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref()));
        let mut names = Vec::new();
        for view in &self.containers {
            if wrong(view.context.and_then(|context| context.app_armor_profile.as_ref())) {
                names.push(view.name);
            }
        }
        let mut details = Vec::new();
        if let Some(setters) = Self::setters(pod, &names) {
            let types = quoted(values.iter().copied());
            details.push(format!("{setters} must not set AppArmor profile type to {types}"));
        }
        let count = noted.len() + names.len() + usize::from(pod);
        if !noted.is_empty() {
            details.push(format!("{} {}", plural("annotation", "annotations", noted.len()), noted.join(", ")));
        }
        if details.is_empty() {
            return None;
        }
        fault(plural("forbidden AppArmor profile", "forbidden AppArmor profiles", count), details.join("; "))
    }

    fn added(context: &SecurityContext) -> &[String] {
        context.capabilities.as_ref().and_then(|Capabilities { add, .. }| add.as_deref()).unwrap_or_default()
    }

    fn capabilities(&self) -> Option<Fault> {
        let wrong = |capability: &&String| !DEFAULT_CAPABILITIES.contains(&capability.as_str());
        let names = self.those(|context| Self::added(context).iter().any(|capability| wrong(&capability)));
        let all = self.containers.iter().filter_map(|view| view.context).flat_map(Self::added);
        let set: BTreeSet<&str> = all.filter(wrong).map(String::as_str).collect();
        if names.is_empty() {
            return None;
        }
        let detail = format!("{} must not include {} in securityContext.capabilities.add", named(&names), quoted(set));
        fault("non-default capabilities", detail)
    }

    fn host_namespaces(&self) -> Option<Fault> {
        let set = [("hostNetwork", self.spec.host_network), ("hostPID", self.spec.host_pid), ("hostIPC", self.spec.host_ipc)];
        let used: Vec<String> = set.iter().filter(|(_, set)| *set == Some(true)).map(|(name, _)| format!("{name}=true")).collect();
        if used.is_empty() { None } else { fault("host namespaces", used.join(", ")) }
    }

    fn host_paths(&self) -> Option<Fault> {
        let volumes = self.spec.volumes.iter().flatten().filter(|volume| volume.host_path.is_some());
        let names: Vec<&str> = volumes.map(|volume| volume.name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        fault("hostPath volumes", format!("{} {}", plural("volume", "volumes", names.len()), quoted(names)))
    }

    fn host_ports(&self) -> Option<Fault> {
        let used = |view: &&View<'_>| view.ports.iter().any(|port| *port != 0);
        let names: Vec<&str> = self.containers.iter().filter(used).map(|view| view.name).collect();
        let ports: BTreeSet<String> =
            self.containers.iter().flat_map(|view| &view.ports).filter(|port| **port != 0).map(ToString::to_string).collect();
        if names.is_empty() {
            return None;
        }
        let detail = format!(
            "{} {} {} {}",
            named(&names),
            plural("uses", "use", names.len()),
            plural("hostPort", "hostPorts", ports.len()),
            ports.into_iter().collect::<Vec<_>>().join(", ")
        );
        fault("hostPort", detail)
    }

    fn hosts(&self) -> Option<Fault> {
        let names: BTreeSet<&str> = self.containers.iter().filter(|view| !view.hosts.is_empty()).map(|view| view.name).collect();
        let hosts: BTreeSet<&str> = self.containers.iter().flat_map(|view| view.hosts.iter().copied()).collect();
        if names.is_empty() || self.minor < 34 {
            return None;
        }
        let names: Vec<&str> = names.into_iter().collect();
        let detail = format!(
            "{} {} {} {}",
            named(&names),
            plural("uses", "use", names.len()),
            plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
            quoted(hosts)
        );
        fault("probe or lifecycle host", detail)
    }

    fn privileged(&self) -> Option<Fault> {
        let names = self.those(|context| context.privileged == Some(true));
        if names.is_empty() { None } else { fault("privileged", format!("{} must not set securityContext.privileged=true", named(&names))) }
    }

    fn proc_mount(&self) -> Option<Fault> {
        let wrong = |context: &SecurityContext| context.proc_mount.as_deref().is_some_and(|mount| mount != "Default");
        let names = self.those(wrong);
        if names.is_empty() || self.has_own_users() {
            return None;
        }
        let contexts = self.containers.iter().filter_map(|view| view.context).filter(|context| wrong(context));
        let set: BTreeSet<&str> = contexts.filter_map(|context| context.proc_mount.as_deref()).collect();
        fault("procMount", format!("{} must not set securityContext.procMount to {}", named(&names), quoted(set)))
    }

    /// Who sets a seccomp profile that no level allows, and which.
    fn bad_seccomp(&self) -> Option<Fault> {
        let wrong = |type_: &str| !matches!(type_, "Localhost" | "RuntimeDefault");
        let of_pod = self.spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
        let pod = of_pod.is_some_and(|profile| wrong(&profile.type_));
        let names = self.those(|context| context.seccomp_profile.as_ref().is_some_and(|profile| wrong(&profile.type_)));
        let setters = Self::setters(pod, &names)?;
        let own = self.containers.iter().filter_map(|view| view.context?.seccomp_profile.as_ref());
        let values: BTreeSet<&str> = own.chain(of_pod).map(|profile| profile.type_.as_str()).filter(|type_| wrong(type_)).collect();
        fault("seccompProfile", format!("{setters} must not set securityContext.seccompProfile.type to {}", quoted(values)))
    }

    fn seccomp(&self) -> Option<Fault> {
        self.bad_seccomp()
    }

    fn se_linux(&self) -> Option<Fault> {
        let allowed = |type_: &str| {
            let engine = type_ == "container_engine_t" && self.minor >= 31;
            engine || matches!(type_, "" | "container_t" | "container_init_t" | "container_kvm_t")
        };
        let type_of = |options: &'a SELinuxOptions| options.type_.as_deref().unwrap_or_default();
        let is_set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let wrong = |options: &&'a SELinuxOptions| !allowed(type_of(options)) || is_set(&options.user) || is_set(&options.role);
        let of_pod = self.spec.security_context.as_ref().and_then(|context| context.se_linux_options.as_ref()).filter(wrong);
        let own: Vec<(&str, &'a SELinuxOptions)> =
            self.containers.iter().filter_map(|view| Some((view.name, view.context?.se_linux_options.as_ref().filter(wrong)?))).collect();
        let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        let setters = Self::setters(of_pod.is_some(), &names)?;
        let all: Vec<&'a SELinuxOptions> = of_pod.into_iter().chain(own.iter().map(|(_, options)| *options)).collect();
        let types: BTreeSet<&str> = all.iter().map(|options| type_of(options)).filter(|type_| !allowed(type_)).collect();
        let mut data = Vec::new();
        if !types.is_empty() {
            data.push(format!("{} {}", plural("type", "types", types.len()), quoted(types)));
        }
        if all.iter().any(|options| is_set(&options.user)) {
            data.push("user may not be set".to_owned());
        }
        if all.iter().any(|options| is_set(&options.role)) {
            data.push("role may not be set".to_owned());
        }
        fault("seLinuxOptions", format!("{setters} set forbidden securityContext.seLinuxOptions: {}", data.join("; ")))
    }

    fn sysctls(&self) -> Option<Fault> {
        let safe = |name: &str| SAFE_SYSCTLS.iter().any(|(known, since)| *known == name && *since <= self.minor);
        let set = self.spec.security_context.iter().flat_map(|context| context.sysctls.iter().flatten());
        let names: Vec<&str> = set.map(|sysctl| sysctl.name.as_str()).filter(|name| !safe(name)).collect();
        if names.is_empty() { None } else { fault("forbidden sysctls", names.join(", ")) }
    }

    fn host_process(&self) -> Option<Fault> {
        let of_pod = self.spec.security_context.as_ref().and_then(|context| context.windows_options.as_ref());
        let pod = of_pod.is_some_and(|options| options.host_process == Some(true));
        let names = self.those(|context| context.windows_options.as_ref().is_some_and(|options| options.host_process == Some(true)));
        let setters = Self::setters(pod, &names)?;
        fault("hostProcess", format!("{setters} must not set securityContext.windowsOptions.hostProcess=true"))
    }

    fn privilege_escalation(&self) -> Option<Fault> {
        let views = self.containers.iter().filter(|view| view.context.and_then(|c| c.allow_privilege_escalation) != Some(false));
        let names: Vec<&str> = views.map(|view| view.name).collect();
        if names.is_empty() || self.is_windows() {
            return None;
        }
        fault("allowPrivilegeEscalation != false", format!("{} must set securityContext.allowPrivilegeEscalation=false", named(&names)))
    }

    fn dropped_capabilities(&self) -> Option<Fault> {
        if self.is_windows() {
            return None;
        }
        let drops_all = |view: &View<'_>| {
            let dropped = view.context.and_then(|context| context.capabilities.as_ref()?.drop.as_ref());
            dropped.is_some_and(|dropped| dropped.iter().any(|capability| capability == "ALL"))
        };
        let keep: Vec<&str> = self.containers.iter().filter(|view| !drops_all(view)).map(|view| view.name).collect();
        let wrong = |capability: &&String| capability.as_str() != "NET_BIND_SERVICE";
        let adding = self.those(|context| Self::added(context).iter().any(|capability| wrong(&capability)));
        let mut details = Vec::new();
        if !keep.is_empty() {
            details.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", named(&keep)));
        }
        if !adding.is_empty() {
            let all = self.containers.iter().filter_map(|view| view.context).flat_map(Self::added);
            let set: BTreeSet<&str> = all.filter(wrong).map(String::as_str).collect();
            details.push(format!("{} must not include {} in securityContext.capabilities.add", named(&adding), quoted(set)));
        }
        if details.is_empty() { None } else { fault("unrestricted capabilities", details.join("; ")) }
    }

    fn volumes(&self) -> Option<Fault> {
        let wrong: Vec<(&str, &str)> =
            self.spec.volumes.iter().flatten().filter_map(|volume| Some((volume.name.as_str(), restricted_type(volume)?))).collect();
        let types: BTreeSet<&str> = wrong.iter().map(|(_, type_)| *type_).collect();
        if wrong.is_empty() {
            return None;
        }
        let detail = format!(
            "{} {} {} {} {}",
            plural("volume", "volumes", wrong.len()),
            quoted(wrong.iter().map(|(name, _)| *name)),
            plural("uses", "use", wrong.len()),
            plural("restricted volume type", "restricted volume types", types.len()),
            quoted(types)
        );
        fault("restricted volume types", detail)
    }

    fn non_root(&self) -> Option<Fault> {
        const REASON: &str = "runAsNonRoot != true";
        if self.has_own_users() {
            return None;
        }
        let of_pod = self.spec.security_context.as_ref().and_then(|context| context.run_as_non_root);
        let names = self.those(|context| context.run_as_non_root == Some(false));
        if let Some(setters) = Self::setters(of_pod == Some(false), &names) {
            return fault(REASON, format!("{setters} must not set securityContext.runAsNonRoot=false"));
        }
        let silent = self.containers.iter().filter(|view| view.context.and_then(|context| context.run_as_non_root).is_none());
        let names: Vec<&str> = silent.map(|view| view.name).collect();
        if of_pod == Some(true) || names.is_empty() {
            return None;
        }
        fault(REASON, format!("pod or {} must set securityContext.runAsNonRoot=true", named(&names)))
    }

    fn root_user(&self) -> Option<Fault> {
        if self.has_own_users() || self.minor < 23 {
            return None;
        }
        let pod = self.spec.security_context.as_ref().and_then(|context| context.run_as_user) == Some(0);
        let setters = Self::setters(pod, &self.those(|context| context.run_as_user == Some(0)))?;
        fault("runAsUser=0", format!("{setters} must not set runAsUser=0"))
    }

    fn required_seccomp(&self) -> Option<Fault> {
        if self.is_windows() {
            return None;
        }
        if let Some(bad) = self.bad_seccomp() {
            return Some(bad);
        }
        let of_pod = self.spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
        let silent = self.containers.iter().filter(|view| view.context.and_then(|c| c.seccomp_profile.as_ref()).is_none());
        let names: Vec<&str> = silent.map(|view| view.name).collect();
        if of_pod.is_some() || names.is_empty() {
            return None;
        }
        let detail =
            format!("pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"", named(&names));
        fault("seccompProfile", detail)
    }
}

/// The type of a volume that restricted pods may not have.
fn restricted_type(volume: &Volume) -> Option<&'static str> {
    let types = [
        ("hostPath", volume.host_path.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("flexVolume", volume.flex_volume.is_some()),
        ("cinder", volume.cinder.is_some()),
        ("cephfs", volume.cephfs.is_some()),
        ("flocker", volume.flocker.is_some()),
        ("fc", volume.fc.is_some()),
        ("azureFile", volume.azure_file.is_some()),
        ("vsphereVolume", volume.vsphere_volume.is_some()),
        ("quobyte", volume.quobyte.is_some()),
        ("azureDisk", volume.azure_disk.is_some()),
        ("photonPersistentDisk", volume.photon_persistent_disk.is_some()),
        ("portworxVolume", volume.portworx_volume.is_some()),
        ("scaleIO", volume.scale_io.is_some()),
        ("storageos", volume.storageos.is_some()),
    ];
    types.iter().find(|(_, is_set)| *is_set).map(|(name, _)| *name)
}
