//! Kubernetes' words that a learner meets in the terminal, in a sentence of their own language. Shown on demand, beside the output.
use podground::session::Lang;

/// A word as the terminal prints it, and its meaning in Korean and English.
type Gloss = (&'static str, &'static str, &'static str);

const GLOSSES: &[Gloss] = &[
    (
        "Pending",
        "API 서버가 받아들였지만 아직 뜨지 않았습니다. 노드를 기다리거나 이미지를 받는 중입니다.",
        "Accepted, but not running yet: it waits for a node or for its images.",
    ),
    (
        "ContainerCreating",
        "노드가 정해졌고 kubelet이 샌드박스와 이미지, 볼륨을 준비하고 있습니다.",
        "A node has it; its kubelet is preparing the sandbox, images and volumes.",
    ),
    (
        "PodInitializing",
        "초기화 컨테이너가 끝났고 본 컨테이너를 준비하고 있습니다.",
        "The init containers are done; the main ones are being made.",
    ),
    ("Running", "노드에 있고, 컨테이너가 하나 이상 돌고 있습니다.", "It is on a node and at least one container runs."),
    ("Completed", "컨테이너가 모두 종료 코드 0으로 끝났습니다.", "Every container has ended with exit code 0."),
    (
        "CrashLoopBackOff",
        "뜨자마자 죽기를 되풀이해, kubelet이 10초, 20초, 40초… 쉬었다가 다시 띄웁니다.",
        "It keeps dying after start; the kubelet waits 10 s, 20 s, 40 s… between tries.",
    ),
    (
        "ErrImagePull",
        "이미지를 받지 못했습니다. 이름이나 태그가 맞는지 보세요.",
        "The image could not be pulled. Look at its name and tag.",
    ),
    (
        "ImagePullBackOff",
        "이미지를 받지 못해, kubelet이 쉬었다가 다시 받으려 합니다.",
        "The image could not be pulled; the kubelet waits before it tries again.",
    ),
    (
        "Terminating",
        "삭제를 부탁받았습니다. 유예 시간(보통 30초) 안에 끝나지 않으면 강제로 멈춥니다.",
        "It was asked to go, and is stopped by force if it has not ended within its grace period, usually 30 s.",
    ),
    ("OOMKilled", "메모리 한도를 넘어 커널이 죽였습니다.", "It used more memory than its limit, and the kernel killed it."),
    ("Evicted", "노드에 자원이 모자라 kubelet이 내보냈습니다.", "Its node ran short of something, and the kubelet put it out."),
    (
        "NotReady",
        "kubelet이 소식을 보내지 않거나, 준비되지 않은 컨테이너가 있습니다.",
        "The kubelet is not heard from, or a container is not ready.",
    ),
    ("SchedulingDisabled", "cordon된 노드입니다. 새 파드를 받지 않습니다.", "The node is cordoned: it takes no new pods."),
    (
        "FailedScheduling",
        "조건에 맞는 노드가 없었습니다. 바뀌면 스케줄러가 다시 봅니다.",
        "No node fits. The scheduler looks again when something changes.",
    ),
    ("BackOff", "되풀이해 실패해서, 점점 오래 쉬었다가 다시 합니다.", "It failed again and again; each wait is longer than the last."),
    ("Scheduled", "스케줄러가 노드를 정했습니다.", "The scheduler chose its node."),
    ("Pulling", "kubelet이 레지스트리에서 이미지를 받기 시작했습니다.", "The kubelet has begun to pull the image from its registry."),
    ("Pulled", "이미지가 노드에 있습니다.", "The image is on the node."),
    ("Killing", "kubelet이 컨테이너에 끝내라는 신호를 보냈습니다.", "The kubelet has told the container to end."),
    ("Unhealthy", "프로브가 실패했습니다.", "A probe has failed."),
    ("AlreadyExists", "같은 이름의 오브젝트가 이미 있습니다.", "There is an object of that name already."),
    ("NotFound", "그런 이름의 오브젝트가 없습니다. 네임스페이스도 보세요.", "There is no object of that name. Look at the namespace, too."),
    ("Forbidden", "허락되지 않은 일입니다.", "That is not allowed."),
];

/// The words that have a gloss.
pub fn words() -> impl Iterator<Item = &'static str> {
    GLOSSES.iter().map(|(word, ..)| *word)
}

/// What a word means.
pub fn gloss(word: &str, lang: Lang) -> Option<&'static str> {
    let (_, ko, en) = GLOSSES.iter().find(|(known, ..)| *known == word)?;
    Some(match lang {
        Lang::Ko => ko,
        Lang::En => en,
    })
}
