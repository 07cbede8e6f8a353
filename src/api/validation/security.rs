//! Security contexts. Models ValidateSecurityContext and validatePodSpecSecurityContext.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Container, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, Sysctl, WindowsSecurityContextOptions,
};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{items, push_invalid};
use super::names;
use super::paths::validate_local_descending;
use super::pod::visit_containers;

const PROFILE_TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];
const WINDOWS: &str = "cannot be set for a windows pod";

fn validate_id(id: Option<i64>, path: &Path, errors: &mut ErrorList) {
    let Some(id) = id else { return };
    errors.extend(names::user_id(id).into_iter().map(|s| Error::invalid(path, id, s)));
}

fn shown<T: serde::Serialize>(value: &T, of: &'static go_json::Struct) -> BadValue {
    let value = serde_json::to_value(value).unwrap_or_default();
    BadValue::Json(go_json::compact(Some(&value), &Type::Struct(of)))
}

/// A container's context.
pub fn validate_container(context: &SecurityContext, host_users: bool, path: &Path, errors: &mut ErrorList) {
    validate_id(context.run_as_user, &path.child("runAsUser"), errors);
    validate_id(context.run_as_group, &path.child("runAsGroup"), errors);
    if let Some(mount) = context.proc_mount.as_deref() {
        let path = path.child("procMount");
        if !["Default", "Unmasked"].contains(&mount) {
            errors.push(Error::not_supported(&path, BadValue::word(mount), &["Default", "Unmasked"]));
        }
        if host_users && mount == "Unmasked" {
            let detail = "`hostUsers` must be false to use `Unmasked`";
            errors.push(Error::invalid(&path, BadValue::word(mount), detail));
        }
    }
    validate_seccomp(&context.seccomp_profile, &path.child("seccompProfile"), errors);
    if context.allow_privilege_escalation == Some(false) {
        validate_no_escalation(context, path, errors);
    }
    validate_windows_options(&context.windows_options, &path.child("windowsOptions"), errors);
    validate_app_armor(&context.app_armor_profile, &path.child("appArmorProfile"), errors);
}

fn validate_no_escalation(context: &SecurityContext, path: &Path, errors: &mut ErrorList) {
    if context.privileged == Some(true) {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.push(Error::invalid(path, shown(context, &go_types::SECURITY_CONTEXT), detail));
    }
    let added = context.capabilities.as_ref().map(|c| items(&c.add)).unwrap_or_default();
    for _ in added.iter().filter(|capability| *capability == "CAP_SYS_ADMIN") {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        errors.push(Error::invalid(path, shown(context, &go_types::SECURITY_CONTEXT), detail));
    }
}

/// The pod's context.
pub fn validate_pod(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let none = PodSecurityContext::default();
    let context = spec.security_context.as_ref().unwrap_or(&none);
    validate_id(context.fs_group, &path.child("fsGroup"), errors);
    validate_id(context.run_as_user, &path.child("runAsUser"), errors);
    validate_id(context.run_as_group, &path.child("runAsGroup"), errors);
    for (index, group) in items(&context.supplemental_groups).iter().enumerate() {
        validate_id(Some(*group), &path.child("supplementalGroups").index(index), errors);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.push(Error::invalid(&path.child("shareProcessNamespace"), true, detail));
    }
    validate_sysctls(items(&context.sysctls), spec, &path.child("sysctls"), errors);
    let fs_policies = ["Always", "OnRootMismatch"];
    validate_optional(&context.fs_group_change_policy, &fs_policies, &path.child("fsGroupChangePolicy"), errors);
    validate_seccomp(&context.seccomp_profile, &path.child("seccompProfile"), errors);
    validate_windows_options(&context.windows_options, &path.child("windowsOptions"), errors);
    validate_app_armor(&context.app_armor_profile, &path.child("appArmorProfile"), errors);
    let group_policies = ["Merge", "Strict"];
    let group_path = path.child("supplementalGroupsPolicy");
    validate_optional(&context.supplemental_groups_policy, &group_policies, &group_path, errors);
    let selinux_policies = ["MountOption", "Recursive"];
    validate_optional(&context.se_linux_change_policy, &selinux_policies, &path.child("seLinuxChangePolicy"), errors);
}

fn validate_optional(value: &Option<String>, supported: &[&str], path: &Path, errors: &mut ErrorList) {
    if let Some(value) = value.as_deref().filter(|value| !supported.contains(value)) {
        errors.push(Error::not_supported(path, BadValue::word(value), supported));
    }
}

fn validate_sysctls(sysctls: &[Sysctl], spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    for (index, sysctl) in sysctls.iter().enumerate() {
        let path = path.index(index).child("name");
        let name = sysctl.name.as_str();
        if name.is_empty() {
            errors.push(Error::required(&path, ""));
        } else if !names::is_sysctl_name(name) {
            let segment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
            let detail = format!(r"must have at most 253 characters and match regex ^({segment}[\./])*{segment}$");
            errors.push(Error::invalid(&path, name, detail));
        } else if sysctls.iter().take(index).any(|earlier| earlier.name == name) {
            errors.push(Error::duplicate(&path, name));
        }
        let dotted = name.replace('/', ".");
        let of_ipc = dotted == "kernel.sem" || ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|start| dotted.starts_with(start));
        if spec.host_network == Some(true) && dotted.starts_with("net.") {
            errors.push(Error::invalid(&path, name, "may not be specified when 'hostNetwork' is true"));
        } else if spec.host_ipc == Some(true) && of_ipc {
            errors.push(Error::invalid(&path, name, "may not be specified when 'hostIPC' is true"));
        }
    }
}

fn validate_seccomp(profile: &Option<SeccompProfile>, path: &Path, errors: &mut ErrorList) {
    let Some(profile) = profile else { return };
    let type_path = path.child("type");
    if profile.type_.is_empty() {
        errors.push(Error::required(&type_path, "type is required when seccompProfile is set"));
    } else if !PROFILE_TYPES.contains(&profile.type_.as_str()) {
        errors.push(Error::not_supported(&type_path, BadValue::word(&profile.type_), &PROFILE_TYPES));
    }
    let path = path.child("localhostProfile");
    match (&profile.localhost_profile, profile.type_ == "Localhost") {
        (None, true) => errors.push(Error::required(&path, "must be set when seccomp type is Localhost")),
        (Some(file), true) => validate_local_descending(file, &path, errors),
        (Some(_), false) => {
            let detail = "can only be set when seccomp type is Localhost";
            errors.push(Error::invalid(&path, shown(profile, &go_types::PROFILE), detail));
        }
        (None, false) => {}
    }
}

fn validate_app_armor(profile: &Option<AppArmorProfile>, path: &Path, errors: &mut ErrorList) {
    let Some(profile) = profile else { return };
    let local_path = path.child("localhostProfile");
    match profile.type_.as_str() {
        "Localhost" => {
            let file = profile.localhost_profile.as_deref().unwrap_or_default();
            if file.trim() != file {
                errors.push(Error::invalid(&local_path, file, "must not be padded with whitespace"));
            } else if file.is_empty() {
                errors.push(Error::required(&local_path, "must be set when AppArmor type is Localhost"));
            }
            if file.len() > 4095 {
                errors.push(Error::too_long(&local_path, 4095));
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if let Some(file) = &profile.localhost_profile {
                let detail = "can only be set when AppArmor type is Localhost";
                errors.push(Error::invalid(&local_path, BadValue::word(file), detail));
            }
        }
        "" => errors.push(Error::required(&path.child("type"), "type is required when appArmorProfile is set")),
        other => errors.push(Error::not_supported(&path.child("type"), BadValue::word(other), &PROFILE_TYPES)),
    }
}

fn validate_windows_options(options: &Option<WindowsSecurityContextOptions>, path: &Path, errors: &mut ErrorList) {
    let Some(options) = options else { return };
    if let Some(name) = &options.gmsa_credential_spec_name {
        push_invalid(names::dns1123_subdomain(name), name, &path.child("gmsaCredentialSpecName"), errors);
    }
    if let Some(spec) = &options.gmsa_credential_spec {
        let path = path.child("gmsaCredentialSpec");
        if spec.is_empty() {
            errors.push(Error::invalid(&path, spec, "gmsaCredentialSpec cannot be an empty string"));
        } else if spec.len() > 64 * 1024 {
            errors.push(Error::invalid(&path, spec, "gmsaCredentialSpec size must be under 64 KiB"));
        }
    }
    if let Some(user) = &options.run_as_user_name {
        let path = path.child("runAsUserName");
        errors.extend(windows_user_faults(user).into_iter().map(|fault| Error::invalid(&path, user, fault)));
    }
}

fn windows_user_faults(name: &str) -> Vec<&'static str> {
    if name.is_empty() {
        return vec!["runAsUserName cannot be an empty string"];
    }
    if name.chars().any(|c| c.is_ascii_control()) {
        return vec!["runAsUserName cannot contain control characters"];
    }
    let parts: Vec<&str> = name.split('\\').collect();
    let (domain, user) = match parts.as_slice() {
        [user] => (None, *user),
        [domain, user] => (Some(*domain), *user),
        _ => return vec!["runAsUserName cannot contain more than one backslash"],
    };
    let mut faults = Vec::new();
    if let Some(domain) = domain {
        if domain.len() >= 256 {
            faults.push("runAsUserName's Domain length must be under 256 characters");
        }
        if !is_windows_domain(domain) {
            faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
        }
    }
    if user.is_empty() {
        faults.push("runAsUserName's User cannot be empty");
    } else if user.len() > 104 {
        faults.push("runAsUserName's User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.chars().all(|c| c == '.' || c == ' ') {
        faults.push("runAsUserName's User cannot contain only periods or spaces");
    }
    if user.contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) {
        faults.push(r#"runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]"#);
    }
    faults
}

fn is_windows_domain(domain: &str) -> bool {
    let banned = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    let length = domain.chars().count();
    let net_bios = (1..=15).contains(&length) && !domain.starts_with('.') && !domain.contains(banned);
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let label = |part: &str| {
        part.len() <= 63
            && edge(part.chars().next())
            && edge(part.chars().last())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    net_bios || domain.split('.').all(label)
}

/// Windows containers that run as the node's own processes. Models validateWindowsHostProcessPod.
pub fn validate_host_process(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let pod = spec.security_context.as_ref().and_then(|c| c.windows_options.as_ref()).and_then(|w| w.host_process);
    let (mut count, mut with) = (0, 0);
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        count += 1;
        let own = container.security_context.as_ref().and_then(|c| c.windows_options.as_ref()).and_then(|w| w.host_process);
        if let (Some(pod), Some(own)) = (pod, own)
            && pod != own
        {
            let path = path.child("securityContext").child("windowsOptions").child("hostProcess");
            let detail = format!("pod hostProcess value must be identical if both are specified, was {pod}");
            errors.push(Error::invalid(&path, own, detail));
        }
        if own.or(pod) == Some(true) {
            with += 1;
        }
    });
    if with == 0 {
        return;
    }
    if with != count {
        let detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.push(Error::invalid(path, "", detail));
    }
    if spec.host_network != Some(true) {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.push(Error::invalid(&path.child("hostNetwork"), false, detail));
    }
}

/// A user namespace of the pod's own goes with none of the host's others. Models validateHostUsers.
pub fn validate_host_users(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    if spec.host_users != Some(false) {
        return;
    }
    // Kubernetes spells two of these with a capital.
    let given = [("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)];
    for (name, _) in given.iter().filter(|(_, given)| *given == Some(true)) {
        errors.push(Error::forbidden(&path.child(name), "when `hostUsers` is false"));
    }
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        if !items(&container.volume_devices).is_empty() {
            errors.push(Error::forbidden(&path.child("volumeDevices"), "when `hostUsers` is false"));
        }
    });
}

/// What a pod's operating system rules out. Models validateOS, validateLinux and validateWindows.
pub fn validate_os(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    match spec.os.as_ref().map(|os| os.name.as_str()) {
        None => {}
        Some("") => errors.push(Error::required(&path.child("os").child("name"), "")),
        Some("linux") => validate_linux(spec, path, errors),
        Some("windows") => validate_windows(spec, path, errors),
        Some(other) => {
            errors.push(Error::not_supported(&path.child("os"), BadValue::word(other), &["linux", "windows"]));
        }
    }
}

fn validate_linux(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let detail = "windows options cannot be set for a linux pod";
    if spec.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()) {
        errors.push(Error::forbidden(&path.child("securityContext").child("windowsOptions"), detail));
    }
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        if container.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()) {
            errors.push(Error::forbidden(&path.child("securityContext").child("windowsOptions"), detail));
        }
    });
}

fn validate_windows(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    if let Some(context) = &spec.security_context {
        let own = path.child("securityContext");
        let given = [
            (own.child("appArmorProfile"), context.app_armor_profile.is_some()),
            (own.child("seLinuxOptions"), context.se_linux_options.is_some()),
            (path.child("hostUsers"), spec.host_users.is_some()),
            (path.child("hostPID"), spec.host_pid == Some(true)),
            (path.child("hostIPC"), spec.host_ipc == Some(true)),
            (own.child("seccompProfile"), context.seccomp_profile.is_some()),
            (own.child("fsGroup"), context.fs_group.is_some()),
            (own.child("fsGroupChangePolicy"), context.fs_group_change_policy.is_some()),
            (own.child("sysctls"), !items(&context.sysctls).is_empty()),
            (path.child("shareProcessNamespace"), spec.share_process_namespace.is_some()),
            (own.child("runAsUser"), context.run_as_user.is_some()),
            (own.child("runAsGroup"), context.run_as_group.is_some()),
            (own.child("supplementalGroups"), context.supplemental_groups.is_some()),
            (own.child("supplementalGroupsPolicy"), context.supplemental_groups_policy.is_some()),
            (own.child("seLinuxChangePolicy"), context.se_linux_change_policy.is_some()),
        ];
        errors.extend(given.iter().filter(|(_, given)| *given).map(|(path, _)| Error::forbidden(path, WINDOWS)));
    }
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        let Some(context) = &container.security_context else { return };
        let path = path.child("securityContext");
        let given = [
            ("appArmorProfile", context.app_armor_profile.is_some()),
            ("seLinuxOptions", context.se_linux_options.is_some()),
            ("seccompProfile", context.seccomp_profile.is_some()),
            ("capabilities", context.capabilities.is_some()),
            ("readOnlyRootFilesystem", context.read_only_root_filesystem.is_some()),
            ("privileged", context.privileged.is_some()),
            ("allowPrivilegeEscalation", context.allow_privilege_escalation.is_some()),
            ("procMount", context.proc_mount.is_some()),
            ("runAsUser", context.run_as_user.is_some()),
            ("runAsGroup", context.run_as_group.is_some()),
        ];
        errors.extend(given.iter().filter(|(_, given)| *given).map(|(n, _)| Error::forbidden(&path.child(n), WINDOWS)));
    });
}
