//! A stand-in for the session until the real one lands.
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use podground::session::*;

#[derive(Default)]
struct World {
    now: u64,
    generation: u64,
    files: BTreeMap<String, String>,
    terminals: BTreeMap<TerminalId, (VecDeque<u8>, String)>,
    commands: Vec<CommandMark>,
    requests: Vec<RequestView>,
    lesson: Option<String>,
    step: usize,
    hints: usize,
    empty: bool,
}

#[derive(Clone)]
pub struct Session(Rc<RefCell<World>>);

fn strings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

impl Session {
    pub fn new(options: Options) -> Session {
        let mut files = BTreeMap::new();
        files.insert(
            "my-nginx-pod.yaml".to_owned(),
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: my-nginx-pod\nspec:\n  containers:\n  - name: nginx\n    images: nginx:1.29\n"
                .to_owned(),
        );
        let empty = options.topology == "single";
        Session(Rc::new(RefCell::new(World { files, lesson: options.lesson, empty, ..World::default() })))
    }
    pub fn restore(save: &str) -> Result<Session, String> {
        let mut parts = save.split('|');
        let now = parts.next().and_then(|n| n.parse().ok()).ok_or("bad")?;
        let lesson = parts.next().filter(|l| !l.is_empty()).map(str::to_owned);
        let session = Session::new(Options { lesson, ..Options::default() });
        session.0.borrow_mut().now = now;
        Ok(session)
    }
    pub fn save(&self) -> String {
        let w = self.0.borrow();
        format!("{}|{}", w.now, w.lesson.clone().unwrap_or_default())
    }
    pub fn advance(&self, millis: u64, _max: usize) -> Progress {
        let mut w = self.0.borrow_mut();
        let before = w.now / 4000;
        w.now += millis;
        if w.now / 4000 != before && !w.empty {
            let seq = w.requests.len() as u64 + 1;
            let at_ms = w.now;
            let pod = |c: &str| Endpoint::Pod { namespace: "default".into(), name: "my-nginx-pod".into(), container: Some(c.into()) };
            let kind = seq % 3;
            w.requests.push(RequestView {
                seq,
                at_ms,
                from: if kind == 2 { Endpoint::Workstation } else { pod("sidecar") },
                to: pod("nginx"),
                port: if kind == 0 { 81 } else { 80 },
                source_port: 48212 + seq as u16,
                loopback: kind != 2,
                label: "GET /".into(),
                outcome: if kind == 0 { Outcome::Refused } else { Outcome::Answered("200".into()) },
            });
            w.generation += 1;
        }
        Progress { busy: false }
    }
    pub fn step_to_next_event(&self) {
        self.0.borrow_mut().now += 1000;
    }
    pub fn now_ms(&self) -> u64 {
        self.0.borrow().now
    }
    pub fn generation(&self) -> u64 {
        self.0.borrow().generation
    }
    pub fn terminals(&self) -> Vec<TerminalId> {
        self.0.borrow().terminals.keys().copied().collect()
    }
    pub fn open_terminal(&self) -> TerminalId {
        let mut w = self.0.borrow_mut();
        let id = TerminalId(w.terminals.keys().last().map_or(1, |id| id.0 + 1));
        w.terminals.insert(id, (b"\x1b[32m~ $\x1b[0m ".to_vec().into(), String::new()));
        w.generation += 1;
        id
    }
    pub fn terminal_input(&self, id: TerminalId, bytes: &[u8]) {
        let mut w = self.0.borrow_mut();
        let now = w.now;
        w.generation += 1;
        let mut line = None;
        if let Some((out, typed)) = w.terminals.get_mut(&id) {
            for c in String::from_utf8_lossy(bytes).chars() {
                if c == '\r' {
                    out.extend(b"\r\ndemo: nothing here\r\n\x1b[32m~ $\x1b[0m ");
                    line = Some(std::mem::take(typed));
                } else {
                    typed.push(c);
                    out.extend(c.to_string().as_bytes());
                }
            }
        }
        if let Some(line) = line {
            w.commands.push(CommandMark { at_ms: now, line, terminal: id });
        }
    }
    pub fn terminal_resize(&self, _id: TerminalId, _c: u32, _r: u32) {}
    pub fn take_terminal_output(&self, id: TerminalId) -> Vec<u8> {
        self.0.borrow_mut().terminals.get_mut(&id).map(|(out, _)| out.drain(..).collect()).unwrap_or_default()
    }
    pub fn terminal_title(&self, _id: TerminalId) -> String {
        String::new()
    }
    pub fn close_terminal(&self, id: TerminalId) {
        self.0.borrow_mut().terminals.remove(&id);
    }
    pub fn type_command(&self, id: TerminalId, line: &str) {
        self.terminal_input(id, format!("{line}\r").as_bytes());
    }
    pub fn files(&self) -> Vec<String> {
        self.0.borrow().files.keys().cloned().collect()
    }
    pub fn read_file(&self, path: &str) -> Option<String> {
        self.0.borrow().files.get(path).cloned()
    }
    pub fn write_file(&self, path: &str, text: &str) {
        let mut w = self.0.borrow_mut();
        w.generation += 1;
        w.files.insert(path.into(), text.into());
    }
    pub fn remove_file(&self, path: &str) {
        let mut w = self.0.borrow_mut();
        w.generation += 1;
        w.files.remove(path);
    }
    pub fn diagnose(&self, _path: &str, text: &str) -> Vec<Diagnostic> {
        text.find("images")
            .map(|at| Diagnostic {
                from_utf16: at,
                to_utf16: at + 6,
                line: 8,
                column: 5,
                severity: Severity::Error,
                message: "unknown field \"spec.containers[0].images\"".into(),
                did_you_mean: Some("image".into()),
            })
            .into_iter()
            .collect()
    }
    pub fn cluster_view(&self) -> Rc<ClusterView> {
        let w = self.0.borrow();
        let node = |i: u32| NodeView {
            name: format!("node-{i}"),
            ready: true,
            cpu_fraction: 0.2 * i as f32,
            memory_fraction: 0.3,
            ..NodeView::default()
        };
        let nodes = if w.empty { vec![node(1)] } else { vec![node(1), node(2), node(3)] };
        let pod = |name: &str, node: Option<&str>, word: &str, state: State, labels: &[(&str, &str)]| PodView {
            uid: name.into(),
            namespace: "default".into(),
            name: name.into(),
            node: node.map(str::to_owned),
            phase_word: word.into(),
            state,
            ready: (1, 1),
            labels: strings(labels),
            ip: Some("10.244.2.7".into()),
            hostname: name.into(),
            age_ms: w.now + 5000,
            containers: vec![ContainerView {
                name: "main".into(),
                image: "luksa/kubia".into(),
                state,
                word: "Running".into(),
                ports: vec![8080],
                processes: vec![(1, "node app.js".into())],
                ..ContainerView::default()
            }],
            ..PodView::default()
        };
        let mut nginx = pod("my-nginx-pod", Some("node-2"), "Running", State::Running, &[("app", "nginx"), ("env", "lab")]);
        nginx.age_ms = w.now;
        nginx.ready = (2, 2);
        nginx.volumes = vec![VolumeView { name: "scratch".into(), kind: "emptyDir".into() }];
        nginx.containers = vec![
            ContainerView {
                name: "nginx".into(),
                image: "nginx:1.29".into(),
                state: State::Running,
                word: "Running".into(),
                ports: vec![80],
                processes: vec![
                    (1, "nginx: master process".into()),
                    (29, "nginx: worker process".into()),
                    (30, "nginx: worker process".into()),
                ],
                mounts: strings(&[("scratch", "/scratch")]),
                ..ContainerView::default()
            },
            ContainerView {
                name: "sidecar".into(),
                image: "ubuntu-curl:24.04".into(),
                state: State::Running,
                word: "Running".into(),
                restarts: 1,
                processes: vec![(1, "tail -f /dev/null".into()), (14, "bash".into()), (31, "curl localhost".into())],
                mounts: strings(&[("scratch", "/scratch")]),
                ..ContainerView::default()
            },
        ];
        let mut crash = pod("two-on-8080", Some("node-3"), "CrashLoopBackOff", State::Failed, &[]);
        crash.countdown_ms = Some(27_000);
        let mut make = pod("web-7d4b9c6f5-h8w5d", Some("node-3"), "ContainerCreating", State::Making, &[("app", "web")]);
        make.progress = Some(0.62);
        let mut stop = pod("web-7d4b9c6f5-9zt4m", Some("node-2"), "Terminating", State::Terminating, &[("app", "web")]);
        stop.countdown_ms = Some(21_000);
        let mut wait = pod("kubia-gpu", None, "Pending", State::Waiting, &[]);
        wait.reason = Some("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.".into());
        wait.ip = None;
        let pods = if w.empty {
            vec![]
        } else {
            vec![
                pod("hello-once", Some("node-1"), "Completed", State::Done, &[("run", "hello")]),
                wait,
                pod("kubia-manual", Some("node-2"), "Running", State::Running, &[("env", "prod")]),
                nginx,
                crash,
                pod("web-7d4b9c6f5-2xkqp", Some("node-1"), "Running", State::Running, &[("app", "web")]),
                stop,
                make,
                pod("web-7d4b9c6f5-q7nlc", Some("node-1"), "Running", State::Running, &[("app", "web")]),
            ]
        };
        Rc::new(ClusterView { nodes, pods, namespaces: vec!["default".into(), "kube-system".into()], current_namespace: "default".into() })
    }
    pub fn requests_since(&self, seq: u64) -> Vec<RequestView> {
        self.0.borrow().requests.iter().filter(|r| r.seq > seq).cloned().collect()
    }
    pub fn timeline(&self) -> TimelineView {
        let w = self.0.borrow();
        let view = self.cluster_view();
        let pods = view
            .pods
            .iter()
            .enumerate()
            .map(|(i, p)| PodTrack {
                uid: p.uid.clone(),
                namespace: p.namespace.clone(),
                name: p.name.clone(),
                spans: vec![
                    Span { state: State::Making, from_ms: i as u64 * 2000, to_ms: Some(i as u64 * 2000 + 1500) },
                    Span { state: p.state, from_ms: i as u64 * 2000 + 1500, to_ms: None },
                ],
            })
            .collect();
        TimelineView { now_ms: w.now, commands: w.commands.clone(), pods }
    }
    pub fn yaml_of(&self, o: &ObjectRef) -> String {
        format!("kind: {}\n", o.kind)
    }
    pub fn describe_of(&self, o: &ObjectRef) -> String {
        format!("Name: {}\n", o.name)
    }
    pub fn events_of(&self, _o: &ObjectRef) -> String {
        String::new()
    }
    pub fn logs_of(&self, _o: &ObjectRef) -> String {
        String::new()
    }
    pub fn why_of(&self, _o: &ObjectRef, _lang: Lang) -> String {
        String::new()
    }
    pub fn course(&self, _lang: Lang) -> CourseView {
        let part = |n: usize| PartView {
            title: format!("Part {n}"),
            lessons: (0..5)
                .map(|i| CourseLessonView {
                    id: format!("l{n}{i}"),
                    number: n * 5 + i + 1,
                    title: "Inside a pod".into(),
                    steps: 6,
                    available: i < 3,
                })
                .collect(),
        };
        CourseView { parts: (0..4).map(part).collect() }
    }
    pub fn lesson(&self, _lang: Lang) -> Option<LessonView> {
        let w = self.0.borrow();
        let id = w.lesson.clone()?;
        let step = |i: usize| {
            StepView { id: format!("s{i}"), title: "옆 컨테이너를 localhost로 부르기".into(),
            html: "<p>이 파드(Pod)에는 컨테이너가 둘 있습니다. <code>nginx</code>는 80번 포트에서 기다리고, <code>sidecar</code>는 <code>tail -f /dev/null</code>로 그저 살아 있습니다.</p><button class=\"cmd\" data-run=\"curl -sI localhost\"><span>curl -sI localhost</span></button><p>그림의 <span class=\"ink-net\">구리색 띠</span>를 보세요.</p>".into(),
            task: "방금 보낸 요청을 nginx의 로그에서 찾으세요.".into(),
            checks: vec![CheckView { text: "sidecar에서 셸을 열었습니다".into(), met: true }, CheckView { text: "127.0.0.1에서 온 요청을 로그에서 봅니다".into(), met: i < 2 }],
            hints: (0..w.hints).map(|_| "<p>로그를 보세요</p>".into()).collect(), hints_total: 2,
            mistakes: vec!["<p><b>curl nginx</b>가 안 된 까닭: <code>nginx</code>는 컨테이너 이름입니다.</p>".into()], passed: i < 2,
            questions: vec![QuestionView { id: "q".into(), text: "IP는 몇 개?".into(), choices: vec!["1".into(), "2".into()], ..QuestionView::default() }] }
        };
        Some(LessonView {
            id,
            number: 3,
            part_title: "1부 파드란 무엇인가".into(),
            title: "파드 속 들여다보기".into(),
            step_index: w.step,
            steps: (0..6).map(step).collect(),
            passed: false,
            next_lesson: None,
        })
    }
    pub fn lesson_hint(&self) {
        let mut w = self.0.borrow_mut();
        w.hints += 1;
        w.generation += 1;
    }
    pub fn lesson_next(&self) {
        let mut w = self.0.borrow_mut();
        w.step = (w.step + 1).min(5);
        w.generation += 1;
    }
    pub fn lesson_back(&self) {
        let mut w = self.0.borrow_mut();
        w.step = w.step.saturating_sub(1);
        w.generation += 1;
    }
    pub fn lesson_answer(&self, _id: &str, _text: &str) {}
}
