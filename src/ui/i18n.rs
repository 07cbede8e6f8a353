//! Every word of the page, in Korean and English. A key without both does not compile.
//!
//! kubectl's own words (`Running`, `CrashLoopBackOff`, `Ready`, field names, commands) are never translated and are not here.
//! `{}` in a text stands for an argument, filled in order by [`fill`].
use podground::session::Lang;

macro_rules! texts {
    ($($key:ident: $ko:literal, $en:literal;)*) => {
        /// Names a text of the page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key { $($key),* }

        /// All of them, for the tests.
        #[allow(dead_code)]
        pub const ALL: &[Key] = &[$(Key::$key),*];

        impl Key {
            /// The text in a language.
            pub fn text(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Key::$key, Lang::Ko) => $ko, (Key::$key, Lang::En) => $en,)*
                }
            }
        }
    };
}

texts! {
    // frame
    SkipToTerminal: "터미널로 건너뛰기", "Skip to the terminal";
    SkipToCourse: "레슨 목록으로 건너뛰기", "Skip to the lessons";
    OtherLanguage: "EN", "한국어";
    SwitchLanguage: "Switch to English", "한국어로 바꾸기";
    ThemeToLight: "밝게 보기", "Light theme";
    ThemeToDark: "어둡게 보기", "Dark theme";
    Home: "처음 화면", "Home";
    Breadcrumb: "지금 있는 곳", "Where you are";
    Sandbox: "샌드박스", "Sandbox";
    LessonPane: "레슨", "Lesson";
    PicturePane: "그림", "Picture";
    EditorPane: "편집기", "Editor";
    TerminalPane: "터미널", "Terminal";
    TimePane: "시간", "Time";
    InspectorPane: "인스펙터", "Inspector";
    PanesNav: "화면 고르기", "Panes";
    LessonWidth: "레슨 너비", "Lesson width";
    PictureHeight: "그림 높이", "Picture height";
    EditorWidth: "편집기 너비", "Editor width";
    InspectorWidth: "인스펙터 너비", "Inspector width";
    Close: "닫기", "Close";
    LoadFailed: "불러오지 못했습니다.", "It could not be loaded.";
    Find: "찾기", "Find";
    FindLong: "명령·파일·레슨 찾기", "Find a command, file or lesson";
    FindNothing: "그런 것이 없습니다", "Nothing of that name";
    Shortcuts: "단축키", "Keyboard shortcuts";
    HelpPanes: "다음 화면으로 (Shift: 앞 화면으로)", "Next pane (with Shift: the one before)";
    HelpLeave: "편집기와 터미널에서 나가기", "Leave the editor or the terminal";
    HelpApply: "편집기의 파일을 apply", "Apply the file in the editor";
    HelpFix: "제안대로 고치기", "Take the suggested fix";
    SaveAndClose: "저장하고 닫기", "Save and close";
    HelpTree: "그림 안에서 옮겨 다니기", "Walk through the picture";
    HelpInspect: "고른 것을 자세히 보기", "Inspect what is selected";
    HelpComplete: "터미널에서 자동 완성", "Complete what is typed in the terminal";
    HelpInterrupt: "터미널에서 멈추기", "Interrupt in the terminal";
    // home
    Starting: "클러스터를 켜는 중입니다…", "Starting the cluster…";
    HeroFirst: "브라우저 안의 작은 쿠버네티스", "A small Kubernetes, in your browser";
    HeroFirstText: "설치도 계정도 없습니다. 진짜처럼 움직이는 클러스터에 kubectl을 치면서 파드를 배웁니다.", "Nothing to install, no account. Learn pods by typing kubectl at a cluster that behaves like the real one.";
    StartFirst: "첫 파드 띄우기", "Run your first pod";
    PickLesson: "레슨 고르기", "Pick a lesson";
    HeroFirstNote: "한 번 열면 인터넷 없이도 됩니다. 기록은 이 브라우저에만 남습니다.", "Works offline once opened. Your progress stays in this browser.";
    HeroBack: "이어서 하기", "Pick up where you stopped";
    HeroBackLesson: "<b>{}. {}</b>, {}단계까지 왔습니다.", "<b>{}. {}</b>, at step {}.";
    HeroBackNext: "다음 할 일: {}", "Next: {}";
    HeroBackSandbox: "샌드박스에 만들어 둔 것이 그대로 있습니다.", "What you built in the sandbox is still there.";
    Continue: "계속하기", "Continue";
    StartOver: "처음부터 다시", "Start it over";
    HeroBackNote: "클러스터는 떠난 그대로 {}에 멈춰 있습니다.", "Your cluster is paused at {}, just as you left it.";
    YourFirstPod: "첫 파드가 올 자리", "your first pod";
    Course: "레슨 목록", "Lessons";
    LessonDone: "마침", "done";
    LessonComing: "준비 중", "coming";
    SandboxText: "레슨 없이 빈 클러스터에서 마음대로", "An empty cluster and no lesson";
    Nodes1: "노드 1개", "1 node";
    Nodes3: "노드 3개", "3 nodes";
    StageletLabel: "클러스터의 지금 모습", "The cluster right now";
    // lesson
    LessonWhere: "레슨 {} · {}단계 중 {}단계", "Lesson {} · step {} of {}";
    LessonWhereOrder: "0 1 2", "0 2 1";
    Steps: "단계", "Steps";
    StepOf: "{}단계: {}", "Step {}: {}";
    PreviousStep: "이전 단계", "Previous step";
    NextStep: "다음 단계", "Next step";
    FinishLesson: "레슨 마치기", "Finish the lesson";
    NextLesson: "다음 레슨", "Next lesson";
    BackToCourse: "레슨 목록으로", "All lessons";
    HintNumber: "힌트 {}/{}", "Hint {}/{}";
    Hint: "힌트", "Hint";
    Met: "됨", "done";
    NotMet: "아직", "not yet";
    QuestionsToAnswer: "질문에 답하기 ({}/{})", "Answer the questions ({}/{})";
    NotYet: "아직 할 일이 남았습니다", "The task is not done yet";
    RunThis: "터미널에서 실행", "Run in the terminal";
    YourAnswer: "답", "Your answer";
    Answer: "확인", "Check";
    Right: "맞습니다.", "That’s right.";
    NotRight: "다시 생각해 보세요.", "Not quite.";
    PredictFirst: "먼저 맞혀 보세요", "Predict first";
    PredictWait: "적어 두었습니다. 해 보면 알 수 있습니다.", "Noted. Do it, and you will see.";
    PredictWrong: "예상과 달랐습니다.", "Not as you expected.";
    Par: "명령 {}개 · 파 {}", "{} commands · par {}";
    ExamLeft: "남은 시간 {}", "{} left";
    ExamFinish: "제출하기", "Hand in";
    ExamPoints: "{}점 / {}점", "{} of {} points";
    ExamLearn: "다시 볼 레슨: {}", "Taught in: {}";
    SandboxTitle: "마음대로 해 보세요", "Do as you like";
    SandboxIntro: "빈 클러스터입니다. 터미널에 kubectl을 치거나, 편집기에 매니페스트를 쓰고 apply 하세요. 눌러서 시작해도 됩니다.", "An empty cluster. Type kubectl in the terminal, or write a manifest in the editor and apply it. Or press one of these.";
    SandboxReset: "새 클러스터로 시작", "Start with a fresh cluster";
    ShowMe: "보여 주기", "Show me";
    ShowPause: "보여 주기 멈추기", "Pause the show";
    ShowPlay: "보여 주기 계속", "Go on showing";
    ShowStep: "다음 명령만", "Only the next command";
    Goal: "목표 그림", "The goal";
    ResetStep: "이 단계를 처음부터", "Start this step over";
    ResetLesson: "이 레슨을 처음부터", "Start the lesson over";
    StepReset: "단계를 처음으로 되돌렸습니다. 두고 온 갈래는 시간 막대의 단추로 다시 갈 수 있습니다.", "The step starts over. The button beside the timeline leads back to what you left.";
    StepHelp: "이 단계에서 할 수 있는 일", "Help with this step";
    ProgressKeep: "기록 내려받기", "Save your progress to a file";
    ProgressBring: "기록 가져오기", "Bring progress from a file";
    TeachTitle: "가져온 레슨", "Lessons you brought";
    TeachOpen: "열기", "Open";
    TeachProve: "처음부터 끝까지 풀어 검사하기", "Prove it by playing it through";
    TeachSound: "글과 구조에는 문제가 없습니다.", "Its words and structure are sound.";
    TeachProved: "풀어 보아도 문제가 없습니다.", "Played through: no faults.";
    TeachPlaying: "풀어 보는 중: {}번째 부분", "Playing: part {}";
    TeachFaults: "고칠 것 {}개", "To mend: {}";
    TeachBring: "레슨 미리 보기", "Preview a lesson";
    TeachHow: "레슨 폴더를 zip으로 묶어 고르거나, 폴더째 페이지에 끌어다 놓으세요.", "Choose a zip of a lesson’s folder, or drop the folder on the page.";
    TeachNoLesson: "lesson.yaml이 든 폴더가 없습니다. {}", "There is no folder with a lesson.yaml in it. {}";
    TeachTooLarge: "레슨이라기에는 너무 큽니다. {}", "That is too large for lessons. {}";
    TeachNotZip: "zip 파일로 읽을 수 없습니다. {}", "It cannot be read as a zip file. {}";
    TeachForeign: "다른 곳에 있는 레슨은 열 수 없습니다: {}", "Lessons of another origin cannot be opened: {}";
    TeachNotFound: "그 주소에 레슨이 없습니다: {}", "There is no lesson at that address: {}";
    TeachUnreadable: "레슨을 읽지 못했습니다: {}", "The lesson could not be read: {}";
    ProgressBad: "Podground의 기록 파일이 아닙니다.", "That is not a Podground progress file.";
    // picture
    Cluster: "클러스터", "Cluster";
    ClusterTree: "클러스터: 노드와 파드", "Cluster: nodes and pods";
    SelectorField: "레이블 셀렉터로 찾기", "Find by label selector";
    SelectorPlaceholder: "레이블 셀렉터", "label selector";
    SelectorCount: "파드 {}개", "{} pods";
    SelectorCountOne: "파드 1개", "1 pod";
    SelectorBad: "셀렉터가 아닙니다", "not a selector";
    ClearSelector: "셀렉터 지우기", "Clear the selector";
    NamespaceFilter: "네임스페이스", "Namespace";
    NamespacesMine: "ns: 내 것", "ns: mine";
    NamespacesAll: "ns: 전부", "ns: all";
    Shelf: "자리 못 찾은 파드", "Not placed";
    NoPods: "노드는 {}개, 파드는 아직 없습니다", "{} nodes, no pods yet";
    NotReady: "NotReady", "NotReady";
    Cordoned: "SchedulingDisabled", "SchedulingDisabled";
    PodLabel: "{}, 파드, {}, {}개 중 {}개 준비, {}", "{}, pod, {}, {} of {} ready, {}";
    OnNode: "{}에 있음", "on {}";
    NotPlaced: "자리를 못 찾음", "not placed";
    NodeLabel: "{}, 노드, {}, 파드 {}개", "{}, node, {}, pods: {}";
    RestartIn: "{} 뒤 다시 시작", "next start in {}";
    Pulling: "이미지 받기 {}%", "Pulling {}%";
    MorePods: "파드 {}개 더", "{} more pods";
    CpuLoad: "CPU 요청량 {}%", "CPU requests {}%";
    MemoryLoad: "메모리 요청량 {}%", "memory requests {}%";
    // cutaway
    Cutaway: "{} 파드의 속", "Inside pod {}";
    SharedFolder: "함께 쓰는 폴더", "shared folder";
    Mounts: "마운트된 볼륨", "Mounted volumes";
    Processes: "프로세스", "Processes";
    NoProcess: "도는 프로세스 없음", "no process runs";
    InitContainer: "초기화", "init";
    HoldsNetwork: "네트워크를 쥐고 있음", "holds the network";
    NetworkLabel: "파드의 네트워크: IP {}, 호스트 이름 {}, 열린 포트 {}", "The pod’s network: IP {}, hostname {}, listening ports {}";
    NoPorts: "없음", "none";
    NoIp: "아직 IP 없음", "no IP yet";
    ContainerLabel: "컨테이너 {}, {}, 이미지 {}", "container {}, {}, image {}";
    VolumeLabel: "볼륨 {}, {}", "volume {}, {}";
    Restarts: "다시 시작 {}번", "restarts: {}";
    Inspect: "자세히 보기", "Inspect";
    NothingSelected: "파드를 고르면 속이 보입니다", "Choose a pod to see inside it";
    // editor
    NewFile: "새 파일", "New file";
    NewEmpty: "빈 파일", "Empty file";
    NewPod: "파드", "Pod";
    NewTwoContainers: "컨테이너 둘인 파드", "Pod with two containers";
    NewDeployment: "디플로이먼트", "Deployment";
    NewService: "서비스", "Service";
    NewNamespace: "네임스페이스", "Namespace";
    DeleteFile: "{} 지우기", "Delete {}";
    Files: "파일", "Files";
    NoFiles: "파일이 없습니다", "No files yet";
    NoFilesText: "여기서 만든 파일은 터미널의 홈 디렉터리에 있습니다.", "A file made here is in the terminal’s home directory.";
    EditorLabel: "{} 편집", "Editing {}";
    ProblemsNone: "문제 없음", "No problems";
    ProblemOne: "문제 1개", "1 problem";
    Problems: "문제 {}개", "{} problems";
    Fix: "고치기", "Fix";
    Required: "꼭 있어야 함", "required";
    ServerAdded: "서버가 채운 것", "added by the server";
    ShowServerAdded: "서버가 채운 줄 보기", "What the server added";
    DidYouMean: "{}을(를) 쓰려던 건가요?", "Did you mean {}?";
    Apply: "apply", "apply";
    ApplyLabel: "{} 적용하기", "Apply {}";
    LineColumn: "{}줄 {}칸", "line {}, column {}";
    TooLarge: "파일이 너무 큽니다 ({} KB). 1,024 KB까지 저장합니다.", "The file is too large ({} KB). Files up to 1,024 KB are kept.";
    // terminal
    Workstation: "내 컴퓨터", "workstation";
    NewTerminal: "새 터미널", "New terminal";
    CloseTerminal: "{} 닫기", "Close {}";
    FindInTerminal: "터미널에서 찾기", "Find in the terminal";
    Terminals: "터미널", "Terminals";
    TerminalLabel: "터미널 {}. Esc나 F6로 나갑니다.", "Terminal {}. Esc or F6 leaves it.";
    ScreenReaderMode: "스크린 리더 모드", "Screen reader mode";
    TerminalKeys: "터미널 키", "Terminal keys";
    ArrowUp: "위", "Up";
    ArrowDown: "아래", "Down";
    PressEnter: "실행", "Enter";
    // inspector
    WhyNodes: "스케줄러가 본 노드", "What the scheduler found";
    WhyHelp: "가장 작은 해결", "The smallest change that helps";
    WhyStory: "여기까지 온 길", "How it came to this";
    TabWhy: "왜?", "Why?";
    TabEvents: "이벤트", "Events";
    TabLogs: "로그", "Logs";
    PodIn: "파드, {} 네임스페이스. {}째 {}", "Pod in {}. {} {}";
    PodInOrder: "0 1 2", "0 2 1";
    NodeKind: "노드", "Node";
    Empty: "비어 있습니다", "Nothing here";
    ChooseContainer: "컨테이너", "Container";
    // time
    NowRunning: "지금, 흐르는 중", "now, running";
    Then: "지난 순간", "a past moment";
    NowPaused: "멈춤", "paused";
    PauseTime: "시간 멈추기", "Pause time";
    ResumeTime: "시간 흐르게 하기", "Let time run";
    StepEvent: "다음 일이 생길 때까지", "Step to the next event";
    Speed: "빠르기", "Speed";
    ScoreEmpty: "명령을 치면 여기에 악보처럼 남습니다", "Commands and pods will be noted here, like a score";
    CommandsSoFar: "지금까지 친 명령", "Commands so far";
    ScoreSlider: "시간 막대. {}개의 명령. 왼쪽·오른쪽 화살표로 옮기고, Page Up과 Page Down은 명령에서 명령으로 갑니다.", "Timeline of {} commands. Arrow keys move, Page Up and Page Down go from command to command.";
    ScoreAt: "{}, {} 다음", "{}, after {}";
    ScoreStart: "맨 처음", "the beginning";
    SkipToChange: "파드에 무슨 일이 생길 때까지 건너뛰기", "Skip to when something happens to a pod";
    NothingHappens: "앞으로 10분 동안 파드에 아무 일도 없습니다.", "Nothing happens to a pod in the next ten minutes.";
    UndoCommand: "마지막 명령 되돌리기", "Undo the last command";
    Undone: "되돌렸습니다: {}", "Undone: {}";
    NothingToUndo: "되돌릴 명령이 없습니다.", "There is no command to undo.";
    PastTitle: "{}의 모습을 보고 있습니다. 지금은 {}입니다.", "You are looking at {}. The present is {}.";
    GoOnFromHere: "여기서 갈라져 계속하기", "Go on from here";
    BackToNow: "지금으로", "Back to now";
    OtherBranch: "두고 온 갈래로 바꾸기", "Switch to the branch you left";
    Branched: "여기서 갈라졌습니다. 두고 온 갈래는 시간 막대의 단추로 다시 갈 수 있습니다.", "This is a new branch. The button beside the timeline leads back to the one you left.";
    CannotGoThere: "그 순간으로 갈 수 없습니다. ({})", "That moment cannot be reached. ({})";
    CompareMoments: "두 순간 비교하기", "Compare two moments";
    CompareFrom: "이때부터", "from";
    CompareTo: "이때까지", "to";
    MomentNow: "지금", "now";
    MomentHere: "보고 있는 순간", "the moment on the screen";
    MomentBefore: "{} 앞", "before {}";
    NoDifference: "두 순간에 다른 것이 없습니다.", "Nothing differs between the two.";
    FateNew: "생김", "new";
    FateChanged: "바뀜", "changed";
    FateGone: "사라짐", "gone";
    Ownership: "소유 관계", "Who owns what";
    Presenter: "발표 화면", "Presenter mode";
    SplitTerminal: "터미널 둘로 나누기", "Two terminals side by side";
    LettersLarger: "글자 크게", "Larger letters";
    LettersSmaller: "글자 작게", "Smaller letters";
    Fold: "{} 접기", "Fold: {}";
    Unfold: "{} 펴기", "Unfold: {}";
    NothingOwned: "아직 소유 관계가 없습니다", "Nothing owns anything yet";
    BreakThings: "장애 내기", "Break things";
    Heal: "고치기", "Heal";
    FaultNetwork: "네트워크 끊기", "Cut the network";
    FaultPower: "전원 끄기", "Switch it off";
    FaultKubelet: "kubelet 멈추기", "Stop the kubelet";
    FaultMemory: "메모리 채우기", "Fill its memory";
    FaultDisk: "디스크 채우기", "Fill its disk";
    FaultRegistry: "이미지 저장소 끊기", "Cut off the registry";
    FaultSlowRegistry: "이미지 저장소 느리게", "Slow the registry down";
    FaultFreeze: "얼리기", "Freeze";
    FaultKill: "컨테이너 죽이기", "Kill the container";
    FaultKillProcess: "프로세스 죽이기", "Kill the process";
    MoreActions: "할 수 있는 일", "Actions";
    MoreActionsOf: "{}: 할 수 있는 일", "Actions: {}";
    OpenShell: "셸 열기", "Open a shell";
    TabSummary: "요약", "Summary";
    TabShell: "셸", "Shell";
    ShellIn: "{} 안에서 셸 열기", "Open a shell in {}";
    FieldNode: "노드", "Node";
    FieldAge: "나이", "Age";
    FieldOwner: "주인", "Owned by";
    FieldLabels: "레이블", "Labels";
    FieldImage: "이미지", "Image";
    FieldPorts: "열린 포트", "Listening on";
    FieldStatus: "상태", "Status";
    FieldPods: "파드", "Pods";
    FieldRestarts: "다시 시작", "Restarts";
    // behind the scenes
    Backstage: "무대 뒤", "Behind the scenes";
    BackstageOf: "{}초 동안 메시지 {}개", "{} s, {} messages";
    BackstagePlay: "사람 속도로 보기", "At human speed";
    BackstageAll: "한꺼번에 보기", "All at once";
    BackstageStep: "다음 메시지", "Next message";
    BackstageNone: "아직 명령이 없습니다. 터미널에 명령을 하나 치고 오세요.", "No command yet. Run one in the terminal first.";
    BackstageLocal: "이 명령은 API 서버에 아무것도 묻지 않았습니다.", "This command asked nothing of the API server.";
    BackstageChoose: "명령 고르기", "Choose a command";
    MorePodsSame: "파드 {}개가 더 같은 길을 갔습니다.", "{} more pods went the same way.";
    PhaseAsk: "부탁하기", "Ask";
    PhaseAskText: "kubectl은 명령을 HTTP 요청으로 바꿔 API 서버에 보낼 뿐입니다.", "kubectl only turns the command into HTTP requests to the API server.";
    PhaseKeep: "적어 두기", "Write it down";
    PhaseKeepText: "API 서버가 기본값을 채우고 검사한 뒤 저장소에 적습니다. kubectl의 일은 여기서 끝납니다.", "The API server fills in defaults, checks it, and writes it to the store. kubectl’s part ends here.";
    PhaseControl: "모자란 것 만들기", "Make what is missing";
    PhaseControlText: "지켜보던 컨트롤러가 바라는 모습과 다른 것을 보고 객체를 만들거나 지웁니다.", "Controllers that were watching create or delete what differs from what is wanted.";
    PhasePlace: "자리 정하기", "Choose a place";
    PhasePlaceText: "스케줄러가 노드마다 되는지 보고 점수를 매겨, 노드 이름 한 칸을 채웁니다.", "The scheduler filters and scores the nodes and fills in one field: the node’s name.";
    PhaseStart: "띄우기", "Start it";
    PhaseStartText: "그 노드의 kubelet이 런타임에 시킵니다. pause로 네트워크부터 만들고 컨테이너를 하나씩 띄웁니다.", "That node’s kubelet tells the runtime: first pause, which holds the network, then the containers one by one.";
    PhaseTell: "알리기", "Tell how it went";
    PhaseTellText: "kubelet이 본 것을 status에 적습니다. 그림과 kubectl get이 보는 것이 이것입니다.", "The kubelet writes what it sees into status. That is what the picture and kubectl get show.";
    NewVersion: "새 버전이 준비되었습니다.", "A new version is ready.";
    // announcements and trouble
    PodIs: "{}: {}", "{}: {}";
    PodGone: "{} 사라짐", "{} is gone";
    CheckMet: "됨: {}", "Done: {}";
    Restored: "저장해 둔 기록에 문제가 있어, 그 바로 앞으로 되돌렸습니다.", "Your saved session could not be continued; you are back just before its last moments.";
    RestoreFailed: "저장해 둔 세션을 다시 열지 못해 새로 시작합니다. ({})", "Your saved session could not be reopened, so this is a fresh one. ({})";
    NotFetched: "레슨을 불러오지 못했습니다. 연결을 확인하고 다시 열어 보세요. 직접 만든 레슨은 다시 가져와야 합니다.", "The lesson could not be loaded: check the connection and open it again. A lesson of your own has to be brought again.";
    StorageFull: "브라우저 저장소가 가득 차서 기록을 남기지 못합니다.", "The browser’s storage is full: this session is not being saved.";
    TrapTitle: "저희 잘못으로 클러스터가 멈췄습니다", "Our cluster broke";
    TrapText: "다시 불러오면 마지막 입력 직전부터 이어집니다.", "Reload to carry on from just before your last input.";
    Reload: "다시 불러오기", "Reload";
}

/// Puts the arguments in place of the `{}` of a text, in order.
pub fn fill(text: &str, arguments: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = arguments.iter();
    let mut pieces = text.split("{}").peekable();
    while let Some(piece) = pieces.next() {
        out.push_str(piece);
        if pieces.peek().is_some() {
            out.push_str(rest.next().copied().unwrap_or_default());
        }
    }
    out
}

/// Puts arguments in place where the two languages want them in different order: `order` holds their positions.
pub fn fill_ordered(text: &str, order: &str, arguments: &[&str]) -> String {
    let sorted: Vec<&str> = order.split(' ').filter_map(|position| arguments.get(position.parse::<usize>().ok()?).copied()).collect();
    fill(text, &sorted)
}
