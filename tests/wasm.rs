//! The engine does the same everywhere: one session, played natively and in a browser, leaves the same trace.
//!
//! `cargo xtask test` plays it natively first and hands what that gave to the browser's build in
//! `PODGROUND_NATIVE_TRACE`; without it only sameness from run to run is tested.
use podground::session::{Options, Session};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const MANIFEST: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: kubia-manual
spec:
  containers:
  - image: luksa/kubia
    name: kubia
";

/// What is typed, each line followed by some seconds of virtual time.
const LINES: &[&str] = &[
    "kubectl apply -f pod.yaml",
    "kubectl create deployment web --image=nginx --replicas=3",
    "kubectl run broken --image=no.such/image",
    "kubectl get pods -o wide",
    "kubectl exec kubia-manual -- hostname; echo $RANDOM",
    "for i in 1 2 3; do curl -s --max-time 1 nowhere:8080; done",
    "kubectl delete pod kubia-manual",
    "kubectl get events; kubectl describe pods",
];
const SECONDS_BETWEEN: u64 = 20;

/// Plays the session: the trace's digest, and everything that the terminal printed.
fn play(seed: u64) -> (u64, String) {
    let options = Options { seed, topology: "classroom".to_owned(), lesson: None, unix_time_at_start: 1_700_000_000 };
    let session = Session::new(options);
    let terminal = session.open_terminal();
    session.write_file("pod.yaml", MANIFEST);
    for line in LINES {
        session.type_command(terminal, line);
        // In small pieces, as a page does it, and with a limit on steps, as a page has.
        for _ in 0..SECONDS_BETWEEN * 10 {
            while session.advance(100, 10_000).busy {}
        }
    }
    (session.digest(), String::from_utf8_lossy(&session.take_terminal_output(terminal)).into_owned())
}

/// A short name for a session's trace and output.
fn fingerprint((digest, printed): &(u64, String)) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{digest:016x}-{:016x}", printed.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_same_seed_and_inputs_leave_the_same_trace() {
    let (first, second) = (play(7), play(7));
    assert_eq!(first.1, second.1, "what the terminal printed");
    assert_eq!(first.0, second.0, "the trace");
    assert!(first.1.contains("pod/kubia-manual created"), "{}", first.1);
    assert_ne!(fingerprint(&first), fingerprint(&play(8)), "another seed is another session");
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_native_trace_is_told() {
    use std::io::Write;
    // Past the test harness; xtask listens for this line.
    let _ = writeln!(std::io::stdout(), "\nnative trace: {}", fingerprint(&play(7)));
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn the_browsers_trace_is_the_native_one() {
    if let Some(native) = option_env!("PODGROUND_NATIVE_TRACE") {
        let here = play(7);
        assert_eq!(fingerprint(&here), native, "the terminal printed:\n{}", here.1);
    }
}
