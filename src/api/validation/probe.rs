//! Probes, hooks and what they do. Models validateProbe, validateLifecycle and validateHandler.

use k8s_openapi::api::core::v1::{
    Container, ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, PodOS, Probe, SleepAction, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text, validate_nonnegative};
use super::names;

/// What a probe or hook does; more than one is a fault.
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

/// A container's three probes.
pub fn validate_probes(container: &Container, grace: Option<i64>, path: &Path, errors: &mut ErrorList) {
    if let Some(probe) = &container.liveness_probe {
        let path = path.child("livenessProbe");
        validate_probe(probe, grace, &path, errors);
        validate_success_is_one(probe, &path, errors);
    }
    if let Some(probe) = &container.readiness_probe {
        let path = path.child("readinessProbe");
        validate_probe(probe, grace, &path, errors);
        if let Some(seconds) = probe.termination_grace_period_seconds {
            let path = path.child("terminationGracePeriodSeconds");
            errors.push(Error::invalid(&path, seconds, "must not be set for readinessProbes"));
        }
    }
    if let Some(probe) = &container.startup_probe {
        let path = path.child("startupProbe");
        validate_probe(probe, grace, &path, errors);
        validate_success_is_one(probe, &path, errors);
    }
}

fn validate_success_is_one(probe: &Probe, path: &Path, errors: &mut ErrorList) {
    let threshold = probe.success_threshold.unwrap_or(0);
    if threshold != 1 {
        errors.push(Error::invalid(&path.child("successThreshold"), threshold, "must be 1"));
    }
}

fn validate_probe(probe: &Probe, grace: Option<i64>, path: &Path, errors: &mut ErrorList) {
    let handler = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    validate_handler(&handler, grace, path, errors);
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (name, number) in numbers {
        validate_nonnegative(number.unwrap_or(0).into(), &path.child(name), errors);
    }
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|seconds| *seconds <= 0) {
        errors.push(Error::invalid(&path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0"));
    }
}

/// A container's hooks.
pub fn validate_lifecycle(lifecycle: &Lifecycle, grace: Option<i64>, os: Option<&PodOS>, path: &Path, errors: &mut ErrorList) {
    for (name, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        if let Some(hook) = hook {
            validate_handler(&handler_of_hook(hook), grace, &path.child(name), errors);
        }
    }
    if let Some(signal) = &lifecycle.stop_signal {
        validate_stop_signal(signal, os, &path.child("stopSignal"), errors);
    }
}

fn handler_of_hook(hook: &LifecycleHandler) -> Handler<'_> {
    Handler {
        exec: hook.exec.as_ref(),
        http_get: hook.http_get.as_ref(),
        tcp_socket: hook.tcp_socket.as_ref(),
        grpc: None,
        sleep: hook.sleep.as_ref(),
    }
}

const LINUX_SIGNALS: [&str; 35] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMIN",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
];

fn linux_signals() -> Vec<String> {
    let mut signals: Vec<String> = LINUX_SIGNALS.iter().map(|&s| s.to_owned()).collect();
    signals.push("SIGXFSZ".to_owned());
    signals.extend((1..=15).map(|n| format!("SIGRTMIN+{n}")));
    signals.extend((1..=14).map(|n| format!("SIGRTMAX-{n}")));
    signals.sort();
    signals
}

fn validate_stop_signal(signal: &str, os: Option<&PodOS>, path: &Path, errors: &mut ErrorList) {
    let supported: Vec<String> = match os.map(|os| os.name.as_str()) {
        None => {
            errors.push(Error::forbidden(path, "may not be set for containers with empty `spec.os.name`"));
            return;
        }
        Some("windows") => vec!["SIGKILL".to_owned(), "SIGTERM".to_owned()],
        Some("linux") => linux_signals(),
        Some(_) => return,
    };
    if !supported.iter().any(|s| s == signal) {
        let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
        errors.push(Error::not_supported(path, BadValue::word(signal), &supported));
    }
}

fn validate_handler(handler: &Handler, grace: Option<i64>, path: &Path, errors: &mut ErrorList) {
    let mut count = 0;
    let mut is_first = |path: &Path, errors: &mut ErrorList| {
        count += 1;
        if count > 1 {
            errors.push(Error::forbidden(path, "may not specify more than 1 handler type"));
        }
        count == 1
    };
    if let Some(exec) = handler.exec {
        let path = path.child("exec");
        if is_first(&path, errors) && items(&exec.command).is_empty() {
            errors.push(Error::required(&path.child("command"), ""));
        }
    }
    if let Some(http) = handler.http_get {
        let path = path.child("httpGet");
        if is_first(&path, errors) {
            validate_http(http, &path, errors);
        }
    }
    if let Some(tcp) = handler.tcp_socket {
        let path = path.child("tcpSocket");
        if is_first(&path, errors) {
            validate_port(&tcp.port, &path.child("port"), errors);
        }
    }
    if let Some(grpc) = handler.grpc {
        let path = path.child("grpc");
        if is_first(&path, errors) {
            validate_port(&IntOrString::Int(grpc.port), &path.child("port"), errors);
        }
    }
    if let Some(sleep) = handler.sleep {
        let path = path.child("sleep");
        if is_first(&path, errors) {
            validate_sleep(sleep, grace, &path, errors);
        }
    }
    if count == 0 {
        errors.push(Error::required(path, "must specify a handler type"));
    }
}

fn validate_sleep(sleep: &SleepAction, grace: Option<i64>, path: &Path, errors: &mut ErrorList) {
    let Some(grace) = grace else { return };
    if sleep.seconds < 0 || sleep.seconds > grace {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.push(Error::invalid(path, sleep.seconds, detail));
    }
}

fn validate_http(http: &HTTPGetAction, path: &Path, errors: &mut ErrorList) {
    if text(&http.path).is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    }
    validate_port(&http.port, &path.child("port"), errors);
    let scheme = text(&http.scheme);
    if scheme != "HTTP" && scheme != "HTTPS" {
        errors.push(Error::not_supported(&path.child("scheme"), BadValue::word(scheme), &["HTTP", "HTTPS"]));
    }
    for header in items(&http.http_headers) {
        push_invalid(names::http_header_name(&header.name), &header.name, &path.child("httpHeaders"), errors);
    }
}

/// A port's number or name. Models ValidatePortNumOrName.
pub fn validate_port(port: &IntOrString, path: &Path, errors: &mut ErrorList) {
    match port {
        IntOrString::Int(number) => {
            let sentences = names::port_number((*number).into());
            errors.extend(sentences.into_iter().map(|s| Error::invalid(path, *number, s)));
        }
        IntOrString::String(name) => push_invalid(names::port_name(name), name, path, errors),
    }
}
